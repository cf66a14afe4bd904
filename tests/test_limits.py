"""Limits by hand: ceilings and floors on amounts and shares, in what is shipped, what it costs and what a limit is worth."""

from __future__ import annotations

import numpy as np
import pytest

from models.pools import settled
from planner.results import Plan
from planner.study import BadInput
from tests.solving import flows, solved

BASE = """
Settings
  setting        value
  discount rate  0
Commodities
  commodity  unit  unmet cost
  ore        t     1000
  salt       t     1000
Processes
  process  unit
  mine     t
  pan      t
Recipes
  process  commodity  direction  quantity
  mine     ore        out        1
  pan      salt       out        1
"""
OPEN = """
Lanes
  commodity  from  to
  *          *     *
"""
# AUS at 5 and CHL at 7, each enough for all; 10 wanted in DEU.
TWO = """
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      100       5
  c     mine     CHL      100       7
Demand
  commodity  country  2025
  ore        DEU      10
"""


def limited(*text: str, status: str = "optimal") -> Plan:
    return solved(BASE + OPEN + "".join(text), status)


def shipped(plan: Plan, *keys: str) -> dict[object, float]:
    return flows(plan, "Shipments", "quantity", *(keys or ("from", "to")))


def delivered(plan: Plan, *keys: str) -> dict[object, float]:
    frame = plan["Prices"].dropna(subset=["delivered"])
    names = frame[list(keys or ("country",))].itertuples(index=False, name=None)
    return {k if len(k) > 1 else k[0]: round(float(v), 6) for k, v in zip(names, frame["delivered"], strict=True)}


def only(plan: Plan) -> dict[str, object]:
    """The one row of the sheet Limits."""
    (row,) = plan["Limits"].to_dict("records")
    return row


def test_a_ceiling_of_the_whole_market_is_no_limit_and_not_reported() -> None:
    """A row at 100 %, there for a scenario to lower, says nothing beside one that holds."""
    plan = limited(
        TWO,
        """
Limits
  limit  commodity  basis   market  source country  max share
  open   ore        supply  DEU     CHL             1
  cap    ore        supply  DEU     AUS             0.6
    """,
    )
    assert only(plan)["limit"] == "cap"


def test_the_largest_supplier_of_a_market_is_told_first() -> None:
    """CHL comes second by cost but first by what the ceiling leaves it: 7 of 10."""
    plan = limited(
        TWO,
        """
Limits
  limit  commodity  basis   market  source country  max share
  cap    ore        supply  DEU     AUS             0.3
    """,
    )
    supply = plan["Shares"].query("basis == 'supply'")
    assert list(zip(supply["country"], supply["share"], strict=True)) == [
        ("CHL", pytest.approx(0.7)), ("AUS", pytest.approx(0.3)),
    ]  # fmt: skip


def test_the_solvers_rounding_is_no_room() -> None:
    """Relative to what is counted, or below a ten-millionth of a unit: 0, and never -0."""
    room = settled(np.array([-1e-9, -1e-3, 1e-5, 1e-5]), np.array([1.0, 1.0, 1e6, 10.0]))
    assert room.tolist() == [0.0, -1e-3, 0.0, 1e-5]
    assert not np.signbit(room[0])


# What a share costs


def test_a_ceiling_on_a_share_costs_the_difference_to_the_next_source() -> None:
    """AUS may give 60 % of 10, so CHL gives 4. Loosened by one unit, 2 are saved; by one percentage point, 0.1 x 2. One
    more ore wanted is 60 % of 5 and 40 % of 7."""
    plan = limited(TWO, """
Limits
  limit  commodity  basis   market  source country  max share
  cap    ore        supply  DEU     AUS             0.6
""")  # fmt: skip
    assert shipped(plan) == {("AUS", "DEU"): 6, ("CHL", "DEU"): 4}
    assert delivered(plan) == {"DEU": 5.8}
    assert plan.objective == pytest.approx(58)
    assert only(plan) == {
        "limit": "cap", "commodity": "ore", "market": "DEU", "source country": "AUS", "year": 2025, "kind": "max share",
        "value": pytest.approx(0.6), "bound": 0.6, "slack": pytest.approx(0, abs=1e-9),
        "price": pytest.approx(2), "price pp": pytest.approx(0.2),
    }  # fmt: skip


def test_a_ceiling_that_does_not_bind_is_worth_nothing() -> None:
    """CHL, the dearer one, gives nothing of its 30 %."""
    plan = limited(TWO, """
Limits
  limit  commodity  basis   market  source country  max share
  cap    ore        supply  DEU     CHL             0.3
""")  # fmt: skip
    row = only(plan)
    assert (row["value"], row["slack"], row["price"], row["price pp"]) == (0, 0.3, 0, 0)
    assert plan.objective == pytest.approx(50)


def test_a_floor_on_a_share_costs_the_difference_to_the_cheapest_source() -> None:
    """CHL must give 30 %: 3 at 7. Lowered by a percentage point the floor saves 0.1 x 2."""
    plan = limited(TWO, """
Limits
  limit  commodity  basis   market  source country  min share
  floor  ore        supply  DEU     CHL             0.3
""")  # fmt: skip
    assert shipped(plan) == {("AUS", "DEU"): 7, ("CHL", "DEU"): 3}
    assert delivered(plan) == {"DEU": 5.6}
    row = only(plan)
    assert (row["kind"], row["value"], row["slack"]) == ("min share", pytest.approx(0.3), pytest.approx(0, abs=1e-9))
    assert (row["price"], row["price pp"]) == (pytest.approx(2), pytest.approx(0.2))


@pytest.mark.parametrize("share", [0.5, 0.6, 0.75])
def test_a_share_of_output_can_be_bought_with_output_that_nobody_wants(share: float) -> None:
    """DEU is reached by AUS alone, at 5; of the world's output AUS may make the share s. CHL, which uses 1, makes as much
    more and dumps it as AUS needs for 10: 10 (1 - s) / s in all, at 2. So the row is worth 2 / s, that cost over the
    share of it that counts, and ore in DEU 5 + 2 (1 - s) / s."""
    plan = solved(
        BASE
        + f"""
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      100       5
  c     mine     CHL      100       2
Demand
  commodity  country  2025
  ore        DEU      10
  ore        CHL      1
Lanes
  commodity  from  to
  ore        AUS   DEU
Limits
  limit  commodity  basis       source country  max share
  cap    ore        production  AUS             {share}
"""
    )
    made = 10 * (1 - share) / share
    assert flows(plan, "Production", "activity", "site") == {"a": 10, "c": round(made, 6)}
    assert only(plan)["price"] == pytest.approx(2 / share)
    assert delivered(plan)["DEU"] == pytest.approx(5 + 2 * (1 - share) / share, abs=1e-6)
    assert plan.objective == pytest.approx(50 + 2 * made)


# Amounts


@pytest.mark.parametrize(("kind", "source", "bound", "price"), [("max", "AUS", 4, 7), ("min", "CHL", 6, 5)])
def test_a_ceiling_and_a_floor_on_an_amount(kind: str, source: str, bound: float, price: float) -> None:
    """AUS at most 4, or CHL at least 6: the same plan, 4 at 5 and 6 at 7; a unit is worth 2. The next ore comes of CHL
    under the ceiling and of AUS over the floor."""
    plan = limited(TWO, f"""
Limits
  limit  commodity  basis   market  source country  {kind}
  x      ore        supply  DEU     {source}        {bound}
""")  # fmt: skip
    assert shipped(plan) == {("AUS", "DEU"): 4, ("CHL", "DEU"): 6}
    row = only(plan)
    assert (row["kind"], row["value"], row["bound"]) == (kind, pytest.approx(bound), bound)
    assert row["price"] == pytest.approx(2)
    assert np.isnan(row["price pp"])
    assert delivered(plan) == {"DEU": price}


def test_a_hard_floor_beyond_all_capacity_is_infeasible_and_just_below_is_not() -> None:
    text = """
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      100       5
  c     mine     CHL      3         7
Demand
  commodity  country  2025
  ore        DEU      10
Limits
  limit  commodity  basis       source country  min
  x      ore        production  CHL             {}
"""
    limited(text.format(3.1), status="infeasible")
    assert limited(text.format(2.9)).objective == pytest.approx(7.1 * 5 + 2.9 * 7)


# The four bases


HOME = """
Sites
  site  process  country  capacity  variable cost
  d     mine     DEU      5         1
  a     mine     AUS      100       5
  c     mine     CHL      100       7
Demand
  commodity  country  2025
  ore        DEU      10
  ore        AUS      2
Lanes
  commodity  from  to
  *          *     DEU
Limits
  limit  commodity  basis    market  source country  max share
  cap    ore        {basis}  {market}  AUS           {share}
"""


@pytest.mark.parametrize(
    ("basis", "market", "share", "aus"),
    [
        ("supply", "DEU", 0.4, 4),  # of the 10 that arrive, DEU's own among them
        ("imports", "DEU", 0.4, 2),  # of the 5 that come from outside
        ("supply", "*", 0.5, 4),  # of the 12 that arrive anywhere; its own use of 2 counts
        ("imports", "*", 0.4, 2),  # of the 5 that cross a border
        ("production", "*", 0.5, 4),  # of the 12 that are made
    ],
)
def test_each_basis_has_its_own_whole(basis: str, market: str, share: float, aus: float) -> None:
    """DEU makes 5 of its 10; AUS, which uses 2 itself, would give the other 5 and gives what the basis allows."""
    plan = solved(BASE + HOME.format(basis=basis, market=market, share=share))
    assert shipped(plan) == {
        ("DEU", "DEU"): 5, ("AUS", "AUS"): 2, ("AUS", "DEU"): aus, ("CHL", "DEU"): 5 - aus,
    }  # fmt: skip
    assert only(plan)["value"] == pytest.approx(share)


def test_arrivals_are_counted_after_loss() -> None:
    """Half of what leaves AUS is lost: a ceiling of 4 lets 8 go, of which 4 arrive."""
    plan = solved(
        BASE
        + """
Lanes
  commodity  from  to   loss
  ore        AUS   DEU  0.5
  ore        CHL   DEU  0
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      100       1
  c     mine     CHL      100       7
Demand
  commodity  country  2025
  ore        DEU      10
Limits
  limit  commodity  basis   market  source country  max
  cap    ore        supply  DEU     AUS             4
"""
    )
    assert shipped(plan) == {("AUS", "DEU"): 8, ("CHL", "DEU"): 6}
    assert only(plan)["value"] == pytest.approx(4)


def test_capacity_counts_what_stands_and_what_is_built_by_what_it_can_make() -> None:
    """A mill makes 2 ore per activity. AUS runs half of the time, so its 10 stand for 10 ore; CHL runs all of it, its 5
    stand for 10. AUS may have 60 % of the world: 15, so 5 may be built, and make 5 more ore from 2026 on."""
    plan = solved("""
Settings
  setting        value
  discount rate  0
Years
  year
  2025
  2026
Commodities
  commodity  unit  unmet cost
  ore        t     1000
Processes
  process  unit  max use
  mill     h     0.5
Recipes
  process  commodity  direction  quantity
  mill     ore        out        2
Sites
  site  process  country  capacity  variable cost  capex  max use
  a     mill     AUS      10        1              10     -
  c     mill     CHL      5         1              -      1
Demand
  commodity  country  2025
  ore        AUS      30
Lanes
  commodity  from  to
  *          *     *
Limits
  limit  commodity  basis     source country  max share
  cap    ore        capacity  AUS             0.6
""")
    assert flows(plan, "Builds", "capacity", "site") == {"a": 5}
    assert flows(plan, "Production", "activity", "site", "year") == {
        ("a", 2025): 5, ("c", 2025): 5, ("a", 2026): 7.5, ("c", 2026): 5,
    }  # fmt: skip
    assert flows(plan, "Limits", "value", "year") == {2025: 0.5, 2026: 0.6}


def test_basis_capacity_refuses_an_unlimited_site() -> None:
    with pytest.raises(BadInput) as found:
        limited(TWO.replace("100       7", "unlimited  7"), """
Limits
  limit  commodity  basis     source country  max share
  cap    ore        capacity  AUS             0.75
""")  # fmt: skip
    (problem,) = found.value.problems
    assert (problem.sheet, problem.cell) == ("Limits", "C2")
    assert "unlimited" in problem.problem


# Markets and sources


MARKETS = """
Groups
  group  country
  EU     DEU
  EU     FRA
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      100       5
  c     mine     CHL      100       7
Demand
  commodity  country  2025
  ore        DEU      10
  ore        FRA      10
  ore        JPN      10
Lanes
  commodity  from  to   freight
  *          *     *    0
  *          CHL   FRA  1
Limits
  limit  commodity  basis   market    source country  max share
  cap    ore        supply  {market}  AUS             0.6
"""


@pytest.mark.parametrize(
    ("market", "chile"),
    [
        ("DEU", {"DEU": 4}),
        ("EU", {"DEU": 8}),  # 8 of the 20 of both together, where it costs least
        ("each", {"DEU": 4, "FRA": 4, "JPN": 4}),
    ],
)
def test_a_market_is_a_country_a_group_together_or_each_country(market: str, chile: dict[str, float]) -> None:
    """CHL costs 2 more than AUS, and 3 more in FRA."""
    plan = solved(BASE + MARKETS.format(market=market))
    got = {k[1]: v for k, v in shipped(plan).items() if k[0] == "CHL"}
    assert got == chile
    assert set(plan["Limits"]["market"]) == (set(chile) if market == "each" else {market})


def test_the_world_is_one_market() -> None:
    """12 of 30 come of CHL, none of them in FRA, where it costs one more."""
    plan = solved(BASE + MARKETS.format(market="*"))
    got = {k[1]: v for k, v in shipped(plan).items() if k[0] == "CHL"}
    assert sum(got.values()) == pytest.approx(12)
    assert set(got) <= {"DEU", "JPN"}
    assert plan.objective == pytest.approx(18 * 5 + 12 * 7)


THREE = """
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      100       5
  c     mine     CHL      100       7
  p     mine     PER      100       9
  d     mine     DEU      6         8
Demand
  commodity  country  2025
  ore        DEU      10
"""


def test_each_source_is_limited_on_its_own() -> None:
    """No source above 40 %: 4 of AUS, 4 of CHL, 2 at home. One more wanted is 0.4 of each of the two and 0.2 of DEU's:
    0.4 x 5 + 0.4 x 7 + 0.2 x 8 = 6.4."""
    plan = limited(THREE, """
Limits
  limit  commodity  basis   market  source country  max share
  cap    ore        supply  DEU     each            0.4
""")  # fmt: skip
    assert shipped(plan) == {("AUS", "DEU"): 4, ("CHL", "DEU"): 4, ("DEU", "DEU"): 2}
    assert flows(plan, "Limits", "price", "source country") == {"AUS": 3, "CHL": 1, "DEU": 0, "PER": 0}
    assert delivered(plan) == {"DEU": 6.4}


@pytest.mark.parametrize(
    ("exempt", "expected"),
    [
        ("no", {("AUS", "DEU"): 3, ("CHL", "DEU"): 3, ("DEU", "DEU"): 3, ("PER", "DEU"): 1}),
        ("yes", {("AUS", "DEU"): 3, ("CHL", "DEU"): 3, ("DEU", "DEU"): 4}),
    ],
)
def test_the_markets_own_output_may_be_exempt_and_still_counts_in_the_whole(
    exempt: str, expected: dict[object, float]
) -> None:
    """No source above 30 %; exempt, DEU's own mine at 8 may give 4 of the 10, so that PER at 9 is not needed."""
    plan = limited(THREE, f"""
Limits
  limit  commodity  basis   market  source country  exempt own  max share
  cap    ore        supply  each    each            {exempt}    0.3
""")  # fmt: skip
    assert shipped(plan) == expected
    assert ("DEU" in set(plan["Limits"]["source country"])) == (exempt == "no")


def test_all_members_of_a_group_market_are_exempt() -> None:
    """Of what the EU uses, FRA's mine may give DEU all it can; AUS, no member, is held to 30 % of 10."""
    plan = limited("""
Groups
  group  country
  EU     DEU
  EU     FRA
Sites
  site  process  country  capacity  variable cost
  f     mine     FRA      6         8
  a     mine     AUS      100       5
  c     mine     CHL      100       9
Demand
  commodity  country  2025
  ore        DEU      10
Limits
  limit  commodity  basis   market  source country  exempt own  max share
  cap    ore        supply  EU      each            yes         0.3
""")
    assert shipped(plan) == {("FRA", "DEU"): 6, ("AUS", "DEU"): 3, ("CHL", "DEU"): 1}


OWNERS = """
Countries
  country  territory  owner
  CHN      -          -
  COD      -          -
  COD.CN   COD        CHN
  USA      -          -
  USA.CN   USA        CHN
  COD.US   COD        USA
Groups
  group  country
  FEOC   CHN
  FEOC   COD.CN
Sites
  site  process  country  capacity  variable cost
  n     mine     CHN      100       {}
  c     mine     COD      100       {}
  x     mine     COD.CN   100       {}
  u     mine     USA      100       20
  y     mine     USA.CN   {}        {}
  z     mine     COD.US   {}        {}
Demand
  commodity  country  2025
  ore        USA      10
Limits
  limit  commodity  basis   market  source country  by  exempt own  {}
  cap    ore        supply  USA     {}              {}  {}          {}
"""


@pytest.mark.parametrize(
    ("source", "by", "expected"),
    [
        ("CHN", "territory", {"COD.CN": 10}),  # COD.CN lies in COD: no ceiling meets it
        ("CHN", "owner", {"COD.CN": 4, "COD": 6}),  # it belongs to CHN, which is held to 4
        ("COD", "territory", {"COD.CN": 4, "CHN": 6}),  # COD and COD.CN together are held to 4
        ("COD", "owner", {"COD.CN": 10}),  # what COD owns itself: nothing of COD.CN
        ("COD.CN", "territory", {"COD.CN": 4, "CHN": 6}),  # the place alone
        ("COD.CN", "owner", {"COD.CN": 4, "CHN": 6}),
        ("FEOC", "territory", {"COD.CN": 4, "COD": 6}),  # a group that lists the place itself
        ("FEOC", "owner", {"COD.CN": 4, "COD": 6}),
    ],
)
def test_sources_fold_by_territory_or_by_owner(source: str, by: str, expected: dict[str, float]) -> None:
    """COD.CN at 1 lies in COD and belongs to CHN; CHN sells at 2, COD at 3. The row holds its source to 4 of 10."""
    plan = limited(OWNERS.format(2, 3, 1, 0, 9, 0, 9, "max", source, by, "no", 4))
    assert shipped(plan, "from") == expected


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        # On US soil both plants of USA.CN are the market's own; CHN and COD (with all its places) are held to 3 each.
        ("territory", {"USA.CN": 4, "COD.US": 3, "CHN": 3}),
        # By owner USA.CN counts as CHN, and COD.US as the market's own, without a ceiling.
        ("owner", {"COD.US": 4, "USA.CN": 3, "COD": 3}),
    ],
)
def test_the_markets_own_is_what_lies_there_or_by_owner_what_it_owns(by: str, expected: dict[str, float]) -> None:
    """USA.CN at 1 and COD.US at 2 make 4 each, CHN sells at 5 and COD at 6 (nothing of COD.CN at 19); no source but the
    market's own above 30 % of 10."""
    plan = limited(OWNERS.format(5, 6, 19, 4, 1, 4, 2, "max share", "each", by, "yes", 0.3))
    assert shipped(plan, "from") == expected


BUNDLE = """
Countries
  country  aggregate
  OTH      yes
  AUS      no
  CHL      no
  DEU      no
Sites
  site  process  country  capacity  variable cost
  o     mine     OTH      8         1
  a     mine     AUS      100       5
  c     mine     CHL      100       7
Demand
  commodity  country  2025
  ore        DEU      10
  ore        OTH      10
Lanes
  commodity  from  to   freight
  ore        *     DEU  0
  ore        OTH   DEU  0.5
  ore        AUS   OTH  1
Limits
  limit  commodity  basis   market  source country  max share
"""


def test_bundles_of_small_countries_are_neither_source_nor_market_under_each() -> None:
    """No source above 40 % in any market: 4 of AUS in DEU. The bundle OTH is no source there: it gives the other 6, at
    1.5 for CHL's 7. Nor is it a market: the 8 it then lacks come of AUS alone, at 6."""
    plan = solved(BASE + BUNDLE + "  cap    ore        supply  each    each            0.4")
    assert shipped(plan) == {("AUS", "DEU"): 4, ("OTH", "DEU"): 6, ("OTH", "OTH"): 2, ("AUS", "OTH"): 8}
    assert set(plan["Limits"]["market"]) == {"DEU"}
    assert set(plan["Limits"]["source country"]) == {"AUS", "CHL"}


def test_a_bundle_that_is_named_is_limited_like_any_other() -> None:
    """Held to 40 % in DEU by name, as AUS is, OTH gives 4 there and CHL 2."""
    plan = solved(
        BASE
        + BUNDLE
        + "  cap    ore        supply  DEU     AUS             0.4\n"
        + "  cap    ore        supply  DEU     OTH             0.4\n"
    )
    assert shipped(plan) == {
        ("AUS", "DEU"): 4, ("OTH", "DEU"): 4, ("CHL", "DEU"): 2, ("OTH", "OTH"): 4, ("AUS", "OTH"): 6,
    }  # fmt: skip


# Goods


def test_one_plant_that_makes_two_goods_of_a_stage_counts_both() -> None:
    """A run of the cheap plant gives 1 t of ore (content 0.2) and 2 t of salt (0.1): 0.4 t of the material. The cap of 2
    lets it run 5 times, so 5 of the 10 t of ore come of CHL."""
    plan = solved("""
Settings
  setting        value
  discount rate  0
Commodities
  commodity  unit  unmet cost  material  stage  content
  ore        t     1000        x         mine   0.2
  salt       t     1000        x         mine   0.1
Processes
  process  unit
  both     t
  mine     t
Recipes
  process  commodity  direction  quantity
  both     ore        out        1
  both     salt       out        2
  mine     ore        out        1
Sites
  site  process  country  capacity  variable cost
  a     both     AUS      100       5
  c     mine     CHL      100       7
Demand
  commodity  country  2025
  ore        DEU      10
Limits
  limit  commodity  basis       source country  max
  cap    x/mine     production  AUS             2
""" + OPEN)  # fmt: skip
    assert shipped(plan, "commodity", "from") == {("ore", "AUS"): 5, ("ore", "CHL"): 5}
    assert only(plan)["value"] == pytest.approx(2)
    counted = plan.data.limits.counted.sites  # one term, as a Set holds a key once
    assert counted.columns["weight"].tolist() == [pytest.approx(0.4)]


def test_material_and_stage_are_summed_by_content() -> None:
    """Rich ore holds 0.5 t of nickel in a tonne and poor ore 0.1. CHN may supply at most 3 t of nickel at the mine: its
    5 of poor ore, 0.5 t, leave 2.5 t, which is 5 of the 10 of rich ore. Loosening it by a tonne of nickel lets 2 t of
    rich ore in, each 8 cheaper than that of AUS: 16."""
    plan = solved("""
Commodities
  commodity  unit  unmet cost  material  stage  content
  rich       t     1000        nickel    mine   0.5
  poor       t     1000        nickel    mine   0.1
  metal      t     1000        nickel    metal  1
Processes
  process  unit
  r        t
  p        t
Recipes
  process  commodity  direction  quantity
  r        rich       out        1
  p        poor       out        1
Sites
  site  process  country  capacity  variable cost
  rc    r        CHN      100       1
  ra    r        AUS      100       9
  pc    p        CHN      100       1
  pa    p        AUS      100       9
Demand
  commodity  country  2025
  rich       DEU      10
  poor       DEU      5
Lanes
  commodity  from  to
  *          *     *
Limits
  limit  commodity    basis   market  source country  max
  cap    nickel/mine  supply  DEU     CHN             3
""")
    assert shipped(plan, "commodity", "from") == {("rich", "CHN"): 5, ("rich", "AUS"): 5, ("poor", "CHN"): 5}
    assert only(plan)["price"] == pytest.approx(16)
    # 0.5 x 16 on each rich ore of CHN, 0.1 x 16 on each poor one.
    assert delivered(plan, "commodity") == {"rich": 9, "poor": 2.6}


@pytest.mark.parametrize(("sheet", "columns", "row", "cell"), [
    ("Limits", "limit  commodity  basis  market  source country  max", "cap  nickel/mine  supply  DEU  CHN  3", "B2"),
    ("Concentration", "limit  commodity  basis  market  max hhi", "cap  nickel/mine  supply  DEU  3000", "B2"),
    ("Benchmarks", "limit  commodity  basis  place  min share  of basis", "cap  nickel/mine  supply  DEU  0.1  use", "B2"),
    ("Benchmarks", "limit  commodity  basis  place  min share  of commodity  of basis", "cap  rich  supply  DEU  0.1  poor  use", "F2"),
])  # fmt: skip
def test_goods_without_content_cannot_be_summed_by_it(sheet: str, columns: str, row: str, cell: str) -> None:
    with pytest.raises(BadInput) as found:
        solved(f"""
Commodities
  commodity  unit  unmet cost  material  stage  content
  rich       t     1000        nickel    mine   0.5
  poor       t     1000        nickel    mine   -
Processes
  process  unit
  r        t
Recipes
  process  commodity  direction  quantity
  r        rich       out        1
Sites
  site  process  country  capacity  variable cost
  rc    r        CHN      100       1
Demand
  commodity  country  2025
  rich       DEU      10
Lanes
  commodity  from  to
  *          *     *
{sheet}
  {columns}
  {row}
""")
    errors = [p for p in found.value.problems if p.severity == "error"]
    assert [(p.sheet, p.cell) for p in errors] == [(sheet, cell)]
    assert "poor has no content" in errors[0].problem


def test_each_commodity_is_limited_on_its_own() -> None:
    """AUS may give 60 % of DEU's ore and 60 % of its salt; the sum of both is no matter."""
    plan = limited("""
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      100       5
  c     mine     CHL      100       7
  b     pan      AUS      100       1
  d     pan      CHL      100       2
Demand
  commodity  country  2025
  ore        DEU      10
  salt       DEU      20
Limits
  limit  commodity  basis   market  source country  max share
  cap    each       supply  DEU     AUS             0.6
""")
    assert shipped(plan, "commodity", "from") == {
        ("ore", "AUS"): 6, ("ore", "CHL"): 4, ("salt", "AUS"): 12, ("salt", "CHL"): 8,
    }  # fmt: skip
    assert flows(plan, "Limits", "price pp", "commodity") == {"ore": 0.2, "salt": 0.2}


# Soft limits


@pytest.mark.parametrize(("soft", "excess", "price"), [(1.5, 4, 1.5), (2.5, 0, 2)])
def test_a_soft_limit_is_broken_where_that_gains_more_than_it_costs(soft: float, excess: float, price: float) -> None:
    """Beyond 6 of AUS each unit gains 2 and costs the soft cost; the row is worth the lesser of the two."""
    plan = limited(TWO, f"""
Limits
  limit  commodity  basis   market  source country  max share  soft cost
  cap    ore        supply  DEU     AUS             0.6        {soft}
""")  # fmt: skip
    assert shipped(plan)["AUS", "DEU"] == 6 + excess
    row = only(plan)
    assert row["slack"] == pytest.approx(-excess / 10, abs=1e-9)
    assert row["price"] == pytest.approx(price)
    assert plan.excess_value == pytest.approx(soft * excess)
    assert plan.objective == pytest.approx(58 - 2 * excess + soft * excess)
    assert plan.system_cost == pytest.approx(58 - 2 * excess)
    booked = plan["Costs"].query("term == 'excess of limits'")
    assert list(booked["country"]) == (["DEU"] if excess else [])


def test_a_soft_floor_that_cannot_be_reached_costs_what_is_missing() -> None:
    """CHL can make 3 of the 5 asked for: 2 x 10 are paid, and a unit of the floor is worth 10."""
    plan = limited("""
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      100       5
  c     mine     CHL      3         7
Demand
  commodity  country  2025
  ore        DEU      10
Limits
  limit  commodity  basis       source country  min  soft cost
  floor  ore        production  CHL             5    10
""")
    assert flows(plan, "Production", "activity", "site") == {"a": 7, "c": 3}
    assert plan.excess_value == pytest.approx(20)
    assert (only(plan)["slack"], only(plan)["price"]) == (pytest.approx(-2), pytest.approx(10))


# Years, and markets where nothing is


YEARS = """
Years
  year
  2025
  2026
  2027
  2028
"""


def test_a_limit_holds_in_its_years_both_ends_included() -> None:
    plan = limited(TWO, YEARS, """
Limits
  limit  commodity  basis   market  source country  max share  first year  last year
  cap    ore        supply  DEU     AUS             0.6        2026        2027
""")  # fmt: skip
    assert {k: v for k, v in shipped(plan, "from", "year").items() if k[0] == "AUS"} == {
        ("AUS", 2025): 10, ("AUS", 2026): 6, ("AUS", 2027): 6, ("AUS", 2028): 10,
    }  # fmt: skip
    assert list(plan["Limits"]["year"]) == [2026, 2027]


LATE = """
Years
  year
  2025
  2026
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      100       5
  c     mine     CHL      0         7
Site years
  site  item      2026
  c     capacity  100
Demand
  commodity  country  2025
  ore        DEU      10
Limits
  limit  commodity  basis       source country  min  first year  soft cost
  floor  ore        production  CHL             5    {}          {}
"""


def test_a_hard_floor_where_nothing_can_be_made_is_an_error_that_names_its_year() -> None:
    """CHL opens in 2026: a floor that begins in 2025 cannot be met there; it is not passed over in silence."""
    with pytest.raises(BadInput) as found:
        limited(LATE.format("-", "-"))
    (problem,) = found.value.problems
    assert (problem.sheet, problem.cell) == ("Limits", "E2")
    assert "2025" in problem.problem
    assert flows(limited(LATE.format(2026, "-")), "Production", "activity", "site", "year")["c", 2026] == 5


def test_a_soft_floor_where_nothing_can_be_made_costs_all_that_is_missing() -> None:
    """5 x 10 in 2025; in 2026 a unit of CHL costs 2 more than of AUS, less than the 10."""
    plan = limited(LATE.format("-", 10))
    assert flows(plan, "Limits", "value", "year") == {2025: 0, 2026: 5}
    assert flows(plan, "Limits", "slack", "year") == {2025: -5, 2026: 0}
    assert plan.excess_value == pytest.approx(50)
    assert plan.objective == pytest.approx(10 * 5 + 5 * 5 + 5 * 7 + 50)


def test_a_soft_floor_in_a_market_that_is_not_there_yet_costs_all_that_is_missing() -> None:
    """FRA wants nothing in 2025, so that nothing can be shipped there at all: 5 x 10. In 2026 it gets its 10."""
    plan = limited("""
Years
  year
  2025
  2026
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      100       5
Demand
  commodity  country  2025  2026
  ore        FRA      0     10
Limits
  limit  commodity  basis    market  min  soft cost
  floor  ore        imports  FRA     5    10
""")
    assert flows(plan, "Limits", "value", "year") == {2025: 0, 2026: 10}
    assert plan.excess_value == pytest.approx(50)
    assert plan.objective == pytest.approx(50 + 50)


def test_a_market_without_arrivals_has_no_share_and_is_not_met() -> None:
    """No source may give more than half, and there is one: any arrival would be all. All 10 stay unmet, and the share
    of nothing is blank."""
    plan = limited("""
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      100       5
Demand
  commodity  country  2025
  ore        DEU      10
Limits
  limit  commodity  basis   market  source country  max share
  cap    ore        supply  DEU     each            0.5
""")
    assert flows(plan, "Unmet", "unmet", "country") == {"DEU": 10}
    row = only(plan)
    assert np.isnan(row["value"]) and np.isnan(row["slack"])
    assert row["price pp"] == pytest.approx(0)


def test_a_limit_on_a_source_that_sells_nothing_is_told() -> None:
    plan = limited(TWO, """
Countries
  country
  AUS
  CHL
  DEU
  RUS
Limits
  limit  commodity  basis   market  source country  max share
  cap    ore        supply  DEU     RUS             0.1
""")  # fmt: skip
    (note,) = plan.notes
    assert note.startswith("Limits!A2: this row matches nothing")
    assert plan.objective == pytest.approx(50)


# The report


@pytest.mark.parametrize(
    ("columns", "cells", "step"),
    [
        ("max share", "supply  DEU  AUS  {}", 0.55),
        ("min share", "supply  DEU  PER  {}", 0.15),
        ("max", "supply  DEU  AUS  {}", 5.5),
        ("min", "imports  DEU  PER  {}", 1.5),
        ("max share", "imports  *  AUS  {}", 0.55),
        ("max share", "production  *  AUS  {}", 0.55),
        ("max share", "supply  each  each  {}", 0.45),
    ],
)
def test_what_the_report_says_of_a_limit_is_what_moving_it_does(columns: str, cells: str, step: float) -> None:
    """The bound is moved a little to either side, over 2025-27 and 2028 at 7 %: the objective moves by the price of each
    row, per unit or per percentage point, times what its years weigh. Where the two sides differ the price is between."""
    basis, market, source, bound = cells.split("  ")
    text = """
Settings
  setting        value
  discount rate  0.07
  base year      2023
Years
  year
  2025
  2028
Commodities
  commodity  unit  unmet cost
  ore        t     1000
Processes
  process  unit
  mine     t
Recipes
  process  commodity  direction  quantity
  mine     ore        out        1
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      100       5
  c     mine     CHL      4         7
  p     mine     PER      100       11
Demand
  commodity  country  2025  2028
  ore        DEU      10    13
  ore        AUS      1     1
Lanes
  commodity  from  to   freight
  *          *     *    0.5
Limits
  limit  commodity  basis  market  source country  {}
  x      ore        {}     {}      {}              {}
"""

    def at(value: float) -> Plan:
        return solved(text.format(columns, basis, market, source, bound.format(value)))

    plan, h = at(step), 1e-4 * step
    factor = dict(zip([2025, 2028], plan.data.network.factor, strict=True))
    rows = plan["Limits"]
    assert (rows["slack"] >= -1e-9).all()
    share = "share" in columns
    weights = rows["year"].map(factor)
    said = float((rows["price pp"] * 100 * weights).sum() if share else (rows["price"] * weights).sum())
    assert said > 1
    sign = -1 if columns.startswith("max") else 1  # what raising the bound does to the cost
    left, right = ((plan.objective - at(step - h).objective) / h, (at(step + h).objective - plan.objective) / h)
    assert min(left, right) - 1e-3 * said <= sign * said <= max(left, right) + 1e-3 * said


def test_shares_by_owner_and_by_territory_of_one_market_stand_apart() -> None:
    """All comes from COD's soil, 30 of 100 from the mine there that CHN owns: 100 % of COD by territory, 70 % by owner."""
    plan = solved("""
Countries
  country  territory  owner
  COD      -          -
  COD.CN   COD        CHN
  CHN      -          -
  DEU      -          -
Commodities
  commodity  unit  unmet cost
  ore        t     1000
Processes
  process  unit
  dig      t
Recipes
  process  commodity  direction  quantity
  dig      ore        out        1
Sites
  site  process  country  capacity   variable cost
  a     dig      COD      unlimited  5
  b     dig      COD.CN   30         1
Demand
  commodity  country  2025
  ore        DEU      100
Lanes
  commodity  from  to
  *          *     *
Limits
  limit  commodity  basis   market  source country  by         max share
  soil   ore        supply  DEU     COD             territory  1
  owned  ore        supply  DEU     COD             owner      0.9
""")  # fmt: skip
    shares = plan["Shares"].query("basis == 'supply'")
    got = {(row["by"], row["country"]): round(row["share"], 6) for _, row in shares.iterrows()}
    assert got == {("territory", "COD"): 1, ("owner", "COD"): 0.7, ("owner", "CHN"): 0.3}
    assert shares.groupby("by")["hhi"].first().round(3).to_dict() == {"territory": 10_000, "owner": 5_800}
    assert list(plan["Shares"].columns)[-1] == "by"

"""Trade by hand: lanes, duties and measures, each seen in what is shipped and in what goods are worth."""

from __future__ import annotations

import pytest

import models
from planner.results import Plan
from planner.study import BadInput
from tests.solving import flows, solved
from tests.studies import study

BASE = """
Settings
  setting        value
  discount rate  0
Commodities
  commodity  unit  price  unmet cost  mass
  ore        t     100    1000        -
  cell       MWh   100    1000        4
  dust       t     -      1000        -
Processes
  process  unit
  mine     t
  plant    MWh
  sweep    t
Recipes
  process  commodity  direction  quantity
  mine     ore        out        1
  plant    cell       out        1
  sweep    dust       out        1
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


def traded(*text: str, status: str = "optimal") -> Plan:
    return solved(BASE + "".join(text), status)


def shipped(plan: Plan, *keys: str) -> dict[object, float]:
    return flows(plan, "Shipments", "quantity", *(keys or ("from", "to")))


def delivered(plan: Plan, *keys: str) -> dict[object, float]:
    frame = plan["Prices"].dropna(subset=["delivered"])
    names = frame[list(keys or ("country",))].itertuples(index=False, name=None)
    return {k if len(k) > 1 else k[0]: round(float(v), 6) for k, v in zip(names, frame["delivered"], strict=True)}


def cost(plan: Plan, term: str) -> dict[object, float]:
    """What each country pays under one term, over all years."""
    frame = plan["Costs"]
    return frame[frame["term"] == term].groupby("country")["cost"].sum().to_dict()


# Lanes


def test_trade_exists_only_where_a_lane_matches() -> None:
    """AUS is cheaper, but only CHL has a lane to DEU."""
    plan = traded(TWO, """
Lanes
  commodity  from  to
  ore        CHL   DEU
  ore        AUS   JPN
""")  # fmt: skip
    assert shipped(plan) == {("CHL", "DEU"): 10}
    assert plan.objective == pytest.approx(70)


def test_a_country_uses_its_own_goods_without_a_lane_and_free_of_cost() -> None:
    plan = traded("""
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      100       5
Demand
  commodity  country  2025
  ore        AUS      10
""")
    assert shipped(plan) == {("AUS", "AUS"): 10}
    assert plan.objective == pytest.approx(50)


def test_rows_for_groups_and_stars_cost_nothing_at_home_but_a_row_that_names_both_ends_does() -> None:
    """Freight of 9 from anywhere to anywhere and of 8 inside ASIA leaves home use free; AUS to AUS is named, with 2."""
    plan = traded("""
Groups
  group  country
  ASIA   AUS
  ASIA   CHN
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      100       5
  b     mine     CHN      100       5
Demand
  commodity  country  2025
  ore        AUS      10
  ore        CHN      10
Lanes
  commodity  from  to    freight
  *          *     *     9
  ore        ASIA  ASIA  8
  ore        AUS   AUS   2
""")
    assert shipped(plan) == {("AUS", "AUS"): 10, ("CHN", "CHN"): 10}
    assert delivered(plan) == {"AUS": 7, "CHN": 5}
    assert plan.objective == pytest.approx(20 * 5 + 10 * 2)


def test_the_most_specific_lane_row_sets_the_freight() -> None:
    """One mine at 0 and six buyers, whose price is the freight of the row that won: what names more columns, then what
    names a country rather than a group, then the smaller group."""
    plan = traded("""
Groups
  group  country
  EU     DEU
  EU     FRA
  EU     ITA
  BIG    DEU
  BIG    FRA
  BIG    ITA
  BIG    GBR
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      100       0
  p     plant    AUS      100       0
Demand
  commodity  country  2025
  ore        JPN      1
  ore        GBR      1
  ore        FRA      1
  ore        DEU      1
  cell       JPN      1
  cell       DEU      1
Lanes
  commodity  from  to   freight
  *          *     *    1
  ore        *     *    2
  *          *     BIG  3
  *          *     EU   4
  *          *     DEU  5
  ore        *     DEU  6
""")
    # GBR: of `ore, *, *` and `*, *, BIG`, both with one column named, the first names a single item.
    assert delivered(plan, "commodity", "country") == {
        ("ore", "JPN"): 2, ("ore", "GBR"): 2, ("ore", "FRA"): 2, ("ore", "DEU"): 6, ("cell", "JPN"): 1, ("cell", "DEU"): 5,
    }  # fmt: skip


def test_the_smaller_group_wins() -> None:
    """FRA is in EU (3 places) and in BIG (4): EU's 4 holds, not BIG's 3. GBR is in BIG alone."""
    plan = traded("""
Groups
  group  country
  EU     DEU
  EU     FRA
  EU     ITA
  BIG    DEU
  BIG    FRA
  BIG    ITA
  BIG    GBR
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      100       0
Demand
  commodity  country  2025
  ore        GBR      1
  ore        FRA      1
Lanes
  commodity  from  to   freight
  *          *     BIG  3
  *          *     EU   4
""")
    assert delivered(plan) == {"GBR": 3, "FRA": 4}


def test_each_cell_of_a_lane_is_won_on_its_own_and_freight_in_both_units_together() -> None:
    """To DEU the specific row gives a freight of 6 per unit (its blank freight per tonne is 0, they win together) and
    leaves the loss of 20 % to the general row: (5 + 6) / 0.8 = 13.75. To JPN: (5 + 2 + 4 x 1) / 0.8 for a cell of 4 t."""
    plan = traded("""
Sites
  site  process  country  capacity  variable cost
  p     plant    AUS      100       5
Demand
  commodity  country  2025
  cell       DEU      8
  cell       JPN      8
Lanes
  commodity  from  to   freight  freight per tonne  loss
  *          *     *    2        1                  0.2
  cell       AUS   DEU  6        -                  -
""")
    assert shipped(plan) == {("AUS", "DEU"): 10, ("AUS", "JPN"): 10}
    assert delivered(plan) == {"DEU": 13.75, "JPN": 13.75}
    assert cost(plan, "freight") == {"DEU": 60, "JPN": 60}
    assert plan.objective == pytest.approx(2 * 10 * 5 + 60 + 60)


def test_freight_per_tonne_counts_the_mass_of_the_unit() -> None:
    """3 per tonne is 3 for ore in t and 12 for a cell of 4 t; the importer pays."""
    plan = traded("""
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      100       5
  p     plant    AUS      100       5
Demand
  commodity  country  2025
  ore        DEU      10
  cell       DEU      10
Lanes
  commodity  from  to  freight per tonne
  *          *     *   3
""")
    assert delivered(plan, "commodity") == {"ore": 8, "cell": 17}
    assert cost(plan, "freight") == {"DEU": 10 * 3 + 10 * 12}


def test_what_is_lost_on_the_way_is_bought_and_carried() -> None:
    """10 arrive of 12.5: 12.5 x (5 + 1) = 75, so 7.5 a unit; the far mine wins at 7.4 without loss."""
    text = """
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      100       5
  c     mine     CHL      100       {}
Demand
  commodity  country  2025
  ore        DEU      10
Lanes
  commodity  from  to   freight  loss
  ore        AUS   DEU  1        0.2
  ore        CHL   DEU  0        0
"""
    plan = traded(text.format(7.6))
    assert shipped(plan) == {("AUS", "DEU"): 12.5}
    assert delivered(plan) == {"DEU": 7.5}
    assert flows(plan, "Balance", "arrived", "country")["DEU"] == 10
    assert plan.objective == pytest.approx(75)
    assert shipped(traded(text.format(7.4))) == {("CHL", "DEU"): 10}


def test_a_contract_moves_its_minimum_and_does_not_set_the_price() -> None:
    """4 must come of CHL at 7, the other 6 come of AUS: one more costs 5."""
    plan = traded(TWO, """
Lanes
  commodity  from  to   min
  *          *     *    -
  ore        CHL   DEU  4
""")  # fmt: skip
    assert shipped(plan) == {("AUS", "DEU"): 6, ("CHL", "DEU"): 4}
    assert delivered(plan) == {"DEU": 5}
    assert plan.objective == pytest.approx(6 * 5 + 4 * 7)


def test_a_contract_beyond_what_is_wanted_arrives_and_makes_the_next_unit_free() -> None:
    """12 must come, 10 are wanted: 2 are dumped and one more would cost nothing."""
    plan = traded(TWO, """
Lanes
  commodity  from  to   min
  ore        CHL   DEU  12
  ore        AUS   DEU  -
""")  # fmt: skip
    assert shipped(plan) == {("CHL", "DEU"): 12}
    assert delivered(plan) == {"DEU": 0}
    assert plan.objective == pytest.approx(12 * 7)


def test_a_lanes_maximum_holds_for_each_lane_and_none_takes_it_back() -> None:
    """Each lane carries at most 4. DEU gets 4 + 4 and goes short of 2; for FRA the row of AUS lifts it again."""
    plan = traded("""
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      100       5
  c     mine     CHL      100       7
Demand
  commodity  country  2025
  ore        DEU      10
  ore        FRA      10
Lanes
  commodity  from  to   max
  *          *     *    4
  *          AUS   FRA  none
""")
    assert shipped(plan) == {("AUS", "DEU"): 4, ("CHL", "DEU"): 4, ("AUS", "FRA"): 10}
    assert flows(plan, "Unmet", "unmet", "country") == {"DEU": 2}
    assert delivered(plan) == {"DEU": 1000, "FRA": 5}


def test_a_lane_row_speaks_in_its_years_alone() -> None:
    """Freight is 1 in 2025 and 9 in 2026 and 2027; in 2028 the lane of AUS is gone and that of CHL is there."""
    plan = traded(TWO, """
Years
  year
  2025
  2026
  2027
  2028
Lanes
  commodity  from  to   freight  first year  last year
  ore        AUS   DEU  1        2025        2025
  ore        AUS   DEU  9        2026        2027
  ore        CHL   DEU  0        2028        -
""")  # fmt: skip
    assert delivered(plan, "year") == {2025: 6, 2026: 14, 2027: 14, 2028: 7}
    assert shipped(plan, "from", "year") == {("AUS", 2025): 10, ("AUS", 2026): 10, ("AUS", 2027): 10, ("CHL", 2028): 10}


def test_places_of_one_territory_trade_freely_and_without_duty() -> None:
    """A Chinese-owned mine in COD ships home use to COD without a lane; the duty of COD on everything from abroad
    touches the goods of AUS alone."""
    plan = traded("""
Countries
  country  territory  owner
  COD      -          -
  COD.CN   COD        CHN
  CHN      -          -
  AUS      -          -
Sites
  site  process  country  capacity  variable cost
  x     mine     COD.CN   6         8
  a     mine     AUS      100       5
Demand
  commodity  country  2025
  ore        COD      10
Lanes
  commodity  from  to
  ore        AUS   COD
Tariffs
  measure  commodity  from  to   rate
  duty     *          *     COD  0.05
""")
    assert shipped(plan) == {("COD.CN", "COD"): 6, ("AUS", "COD"): 4}
    assert cost(plan, "duty") == {"COD": 4 * 5}
    assert delivered(plan) == {"COD": 10}


def test_a_rule_on_a_country_touches_all_places_of_its_territory() -> None:
    """The ban on COD stops its Chinese-owned mine too; a ban on COD.CN would leave COD alone."""
    text = """
Countries
  country  territory  owner
  COD      -          -
  COD.CN   COD        CHN
  CHN      -          -
  AUS      -          -
  DEU      -          -
Sites
  site  process  country  capacity  variable cost
  x     mine     COD.CN   6         1
  y     mine     COD      6         2
  a     mine     AUS      100       5
Demand
  commodity  country  2025
  ore        DEU      10
Trade measures
  measure  commodity  from  kind
  stop     ore        {}    ban
"""
    assert shipped(traded(text.format("COD"), OPEN)) == {("AUS", "DEU"): 10}
    assert shipped(traded(text.format("COD.CN"), OPEN)) == {("COD", "DEU"): 6, ("AUS", "DEU"): 4}


def test_a_contract_where_nothing_is_made_is_an_error_that_names_its_cell_and_year() -> None:
    """The mine of CHL closes in 2025, the contract goes on in 2026."""
    text = """
Years
  year
  2025
  2026
Sites
  site  process  country  capacity  last year  variable cost
  a     mine     AUS      100       -          5
  c     mine     CHL      100       2025       7
Demand
  commodity  country  2025
  ore        DEU      10
Lanes
  commodity  from  to   min  last year
  ore        AUS   DEU  -    -
  ore        CHL   DEU  4    {}
"""
    with pytest.raises(BadInput) as found:
        traded(text.format("-"))
    (problem,) = found.value.problems
    assert (problem.sheet, problem.cell) == ("Lanes", "D3")
    assert "2026" in problem.problem
    assert shipped(traded(text.format(2025)), "from", "year") == {("AUS", 2025): 6, ("CHL", 2025): 4, ("AUS", 2026): 10}


@pytest.mark.parametrize(
    ("lanes", "more", "message"),
    [
        ("  ore  AUS  DEU  101\n", "", "Lanes!D3: in 2025 contracts ask 101 of ore from AUS, which can make 100 at most."),
        ("  ore  AUS  DEU  60\n  ore  AUS  CHL  60\n", "", "Lanes!D4: in 2025 contracts ask 120 of ore from AUS, which can make 100 at most."),
        ("  ore  AUS  DEU  100\n", "", ""),
        ("  ore  AUS  DEU  101\n", "Scrap\n  commodity  country  2025\n  ore        AUS      1\n", ""),
        ("  ore  AUS  DEU  101\n", "Stockpiles\n  commodity  country  held by   initial  capacity\n  ore  AUS  producer  5  5\n", ""),
        ("  ore  AUS  DEU  101\n", "Site years\n  site  item  operation  2025\n  a  capacity  multiply  2\n", ""),
        ("  ore  AUS  DEU  101\n", "Trade measures\n  measure  commodity  from  kind\n  stop  ore  AUS  ban\n", ""),
        ("  ore  AUS  DEU  90\n", "Site years\n  site  item  2025\n  a  max use  0.5\n", "Lanes!D3: in 2025 contracts ask 90 of ore from AUS, which can make 50 at most."),
    ],
)  # fmt: skip
def test_contracts_beyond_what_their_origin_can_have_are_an_error(lanes: str, more: str, message: str) -> None:
    text = (
        BASE
        + TWO
        + "  ore        CHL      1\nLanes\n  commodity  from  to  min\n  *          *     *   -\n"
        + lanes
        + more
    )
    said = [str(p) for p in models.index(study(text)).problems if p.severity == "error"]
    assert len(said) == (lanes.count("\n") if message else 0), said
    assert "".join(said).startswith(message)


def test_a_contract_may_wait_for_a_site_that_can_grow() -> None:
    """200 are asked from 2030 on, and 100 can be built by then."""
    text = """
Years
  year
  2025
  2030
Sites
  site  process  country  capacity  variable cost  capex
  a     mine     AUS      100       5              {capex}
Demand
  commodity  country  2025
  ore        DEU      10
Lanes
  commodity  from  to   min  first year
  *          *     *    -    -
  ore        AUS   DEU  200  {year}
"""
    for capex, year, fine in (("9", "2030", True), ("-", "2030", False), ("9", "2025", False)):
        tables = study(BASE + text.replace("{capex}", capex).replace("{year}", year))
        assert ([p for p in models.index(tables).problems if p.severity == "error"] == []) == fine


# Tariffs


@pytest.mark.parametrize(("rate", "source"), [(0.0199, "AUS"), (0.0201, "CHL")])
def test_sourcing_switches_where_the_duty_eats_the_difference(rate: float, source: str) -> None:
    """AUS is cheaper by 2; a duty on it of 2 / 100 of the price is as much."""
    plan = traded(TWO, OPEN, f"""
Tariffs
  measure  commodity  from  to   rate
  duty     ore        AUS   DEU  {rate}
""")  # fmt: skip
    assert shipped(plan) == {(source, "DEU"): 10}
    assert plan.objective == pytest.approx(10 * min(5 + 100 * rate, 7))
    assert delivered(plan) == {"DEU": round(min(5 + 100 * rate, 7), 6)}


def test_ad_valorem_and_specific_parts_of_one_row_add_up() -> None:
    """1 % of 100 and 0.5 a unit on both sources: 5 + 1.5, paid by DEU."""
    plan = traded(TWO, OPEN, """
Tariffs
  measure  commodity  from  to   rate  specific
  duty     ore        *     DEU  0.01  0.5
""")  # fmt: skip
    assert delivered(plan) == {"DEU": 6.5}
    assert cost(plan, "duty") == {"DEU": 15}
    assert flows(plan, "Shipments", "duty", "from") == {"AUS": 15}


def test_two_measures_add_up_and_within_one_the_most_specific_row_wins() -> None:
    """`most favoured` has 1 % on all and 0.5 % on AUS, of which the second holds; `anti-dumping` puts 0.4 a unit on top."""
    plan = traded(TWO, OPEN, """
Tariffs
  measure         commodity  from  to   rate   specific
  most favoured   *          *     DEU  0.01   -
  most favoured   ore        AUS   DEU  0.005  -
  anti-dumping    ore        AUS   DEU  -      0.4
""")  # fmt: skip
    assert delivered(plan) == {"DEU": 5.9}
    assert cost(plan, "duty") == {"DEU": 9}


def test_rate_and_specific_win_together() -> None:
    """The specific row says 0.4 a unit. Its blank rate is 0 and not the 1 % of the general row: they are one decision."""
    plan = traded(TWO, OPEN, """
Tariffs
  measure  commodity  from  to   rate  specific
  duty     *          *     DEU  0.01  -
  duty     ore        AUS   DEU  -     0.4
""")  # fmt: skip
    assert delivered(plan) == {"DEU": 5.4}


def test_a_duty_that_a_specific_row_sets_to_nothing_is_gone() -> None:
    """A free-trade agreement: rate 0 for CHL beats 5 % for all, so CHL at 7 beats AUS at 5 + 5."""
    plan = traded(TWO, OPEN, """
Tariffs
  measure  commodity  from  to   rate
  duty     *          *     DEU  0.05
  duty     *          CHL   DEU  0
""")  # fmt: skip
    assert shipped(plan) == {("CHL", "DEU"): 10}
    assert plan.objective == pytest.approx(70)


INSIDE = """
Groups
  group  country
  EU     DEU
  EU     FRA
Sites
  site  process  country  capacity  variable cost
  d     mine     DEU      4         9
  f     mine     FRA      4         9
  a     mine     AUS      100       9
Demand
  commodity  country  2025
  ore        DEU      10
"""


def test_a_duty_from_everywhere_into_a_group_touches_neither_home_nor_trade_inside() -> None:
    """50 % on what enters the EU: DEU uses its own 4 and 4 of FRA at 9, and 2 of AUS at 9 + 50."""
    plan = traded(INSIDE, OPEN, """
Tariffs
  measure  commodity  from  to  rate
  duty     *          *     EU  0.5
""")  # fmt: skip
    assert shipped(plan) == {("DEU", "DEU"): 4, ("FRA", "DEU"): 4, ("AUS", "DEU"): 2}
    assert cost(plan, "duty") == {"DEU": 100}
    assert plan.objective == pytest.approx(90 + 100)
    assert delivered(plan) == {"DEU": 59}


def test_a_duty_from_everywhere_into_a_country_touches_every_neighbour_but_not_home() -> None:
    """The same on DEU alone: FRA pays it too, so that the 6 that DEU does not make cost 59 each."""
    plan = traded(INSIDE, OPEN, """
Tariffs
  measure  commodity  from  to   rate
  duty     *          *     DEU  0.5
""")  # fmt: skip
    assert shipped(plan)["DEU", "DEU"] == 4
    assert cost(plan, "duty") == {"DEU": 6 * 50}


def test_reference_prices_by_year_move_an_ad_valorem_duty() -> None:
    """2 % of 50, 75 and 100: 1, 1.5 and 2 on the 5 of AUS. CHL at 6.7 takes over in 2027."""
    plan = traded(
        """
Years
  year
  2025
  2026
  2027
Reference prices
  commodity  2025  2027
  ore        50    100
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      100       5
  c     mine     CHL      100       6.7
Demand
  commodity  country  2025
  ore        DEU      10
Tariffs
  measure  commodity  from  to   rate
  duty     ore        AUS   DEU  0.02
""",
        OPEN,
    )
    assert shipped(plan, "from", "year") == {("AUS", 2025): 10, ("AUS", 2026): 10, ("CHL", 2027): 10}
    assert delivered(plan, "year") == {2025: 6, 2026: 6.5, 2027: 6.7}
    assert cost(plan, "duty") == {"DEU": 10 + 15}


def test_a_duty_holds_in_its_years_both_ends_included() -> None:
    plan = traded(TWO, OPEN, """
Years
  year
  2025
  2026
  2027
  2028
Tariffs
  measure  commodity  from  to   rate  first year  last year
  duty     ore        AUS   DEU  0.01  2026        2027
""")  # fmt: skip
    assert delivered(plan, "year") == {2025: 5, 2026: 6, 2027: 6, 2028: 5}


@pytest.mark.parametrize(
    ("sheet", "cell"),
    [
        ("Tariffs\n  measure  commodity  from  to   rate\n  duty     *          *     DEU  0.1\n", "E2"),
        ("Trade measures\n  measure  commodity  from  kind  value\n  levy     *          *     tax   0.1\n", "E2"),
        (
            "Trade measures\n  measure  commodity  from  kind          value  rate\n"
            "  trq      dust       *     tariff quota  1      0.1\n",
            "F2",
        ),
    ],
)
def test_a_rate_on_a_commodity_without_price_is_an_error_at_its_cell(sheet: str, cell: str) -> None:
    with pytest.raises(BadInput) as found:
        traded(OPEN, sheet, """
Sites
  site  process  country  capacity  variable cost
  s     sweep    AUS      100       5
Demand
  commodity  country  2025
  dust       DEU      10
""")  # fmt: skip
    (problem,) = found.value.problems
    assert (problem.sheet, problem.cell) == (sheet.splitlines()[0], cell)
    assert "no price" in problem.problem


@pytest.mark.parametrize(("kind", "figures", "cell"), [
    ("quota", "-  -", "E2"), ("tax", "-  -", "E2"), ("share", "-  -", "E2"), ("tariff quota", "-  0.1", "E2"), ("tariff quota", "5  -", "F2"),
])  # fmt: skip
def test_a_measure_without_its_figure_is_an_error(kind: str, figures: str, cell: str) -> None:
    """A blank quota would be read as none at all by some and as a ban by others."""
    with pytest.raises(BadInput) as found:
        traded(OPEN, TWO, f"""
Trade measures
  measure  commodity  from  kind    value  rate
  m        ore        AUS   {kind}  {figures}
""")  # fmt: skip
    assert [(p.sheet, p.cell) for p in found.value.problems] == [("Trade measures", cell)]


# Bans


FOUR_YEARS = """
Years
  year
  2025
  2026
  2027
  2028
"""


def test_a_ban_closes_its_lanes_in_its_years() -> None:
    """AUS is shut out in 2026 and 2027, when CHL at 7 takes over."""
    plan = traded(TWO, OPEN, FOUR_YEARS, """
Trade measures
  measure  commodity  from  to   kind  first year  last year
  stop     *          AUS   DEU  ban   2026        2027
""")  # fmt: skip
    assert shipped(plan, "from", "year") == {("AUS", 2025): 10, ("CHL", 2026): 10, ("CHL", 2027): 10, ("AUS", 2028): 10}
    assert delivered(plan, "year") == {2025: 5, 2026: 7, 2027: 7, 2028: 5}


def test_a_ban_touches_no_home_trade_and_nobody_else() -> None:
    """AUS may not sell abroad: it keeps its own use, and DEU buys of CHL."""
    plan = traded(OPEN, """
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      100       5
  c     mine     CHL      100       7
Demand
  commodity  country  2025
  ore        DEU      10
  ore        AUS      3
Trade measures
  measure  commodity  from  kind
  stop     *          AUS   ban
""")  # fmt: skip
    assert shipped(plan) == {("AUS", "AUS"): 3, ("CHL", "DEU"): 10}


def test_a_ban_overrules_a_contract_and_says_so() -> None:
    """4 a year are owed by AUS; with the ban of 2026 nothing moves, and the warning names both cells."""
    plan = traded(FOUR_YEARS, """
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      100       9
  c     mine     CHL      100       7
Demand
  commodity  country  2025
  ore        DEU      10
Lanes
  commodity  from  to   min
  *          *     *    -
  ore        AUS   DEU  4
Trade measures
  measure  commodity  from  to   kind  first year
  stop     *          AUS   DEU  ban   2026
""")  # fmt: skip
    assert {k: v for k, v in shipped(plan, "from", "year").items() if k[0] == "AUS"} == {("AUS", 2025): 4}
    (note,) = plan.notes
    assert note.startswith("Trade measures!E2: the ban stop overrules the minimum in Lanes!D3.")


def test_a_ban_that_begins_inside_a_year_lets_a_part_of_the_last_flow_through() -> None:
    """In force for 0.75 of 2026: a quarter of the 10 of 2025 still moves, then nothing."""
    plan = traded(TWO, OPEN, FOUR_YEARS, """
Trade measures
  measure  commodity  from  to   kind  first year  in first year
  stop     ore        AUS   DEU  ban   2026        0.75
""")  # fmt: skip
    assert shipped(plan, "from", "year") == {
        ("AUS", 2025): 10, ("AUS", 2026): 2.5, ("CHL", 2026): 7.5, ("CHL", 2027): 10, ("CHL", 2028): 10,
    }  # fmt: skip
    # One more wanted in 2025 lets a quarter more move in 2026, which spares 0.25 x 2: 5 - 0.5.
    assert delivered(plan, "year") == {2025: 4.5, 2026: 7, 2027: 7, 2028: 7}


def test_a_fading_ban_on_a_lane_that_was_closed_the_year_before_lets_nothing_through() -> None:
    """Half of the flow of 2025 may move in 2026, but until 2026 another ban closed the lane: half of nothing."""
    plan = traded(TWO, OPEN, FOUR_YEARS, """
Trade measures
  measure  commodity  from  to   kind  first year  last year  in first year
  before   ore        AUS   DEU  ban   -           2025       -
  stop     ore        AUS   DEU  ban   2026        -          0.5
""")  # fmt: skip
    assert set(plan["Shipments"]["from"]) == {"CHL"}


def test_a_ban_whose_first_year_falls_between_model_years_fades_in_the_next_one() -> None:
    """First year 2026 is no model year: 2027 is the first not before it, and half of 2025's 10 still moves then."""
    plan = traded(TWO, OPEN, """
Years
  year
  2025
  2027
  2029
Trade measures
  measure  commodity  from  to   kind  first year  in first year
  stop     ore        AUS   DEU  ban   2026        0.5
""")  # fmt: skip
    assert {k: v for k, v in shipped(plan, "from", "year").items() if k[0] == "AUS"} == {
        ("AUS", 2025): 10,
        ("AUS", 2027): 5,
    }


@pytest.mark.parametrize("first", ["-", "2020", "2025"])
def test_a_ban_that_holds_from_the_first_model_year_is_in_full_force(first: str) -> None:
    plan = traded(TWO, OPEN, f"""
Years
  year
  2025
  2026
Trade measures
  measure  commodity  from  to   kind  first year  in first year
  stop     ore        AUS   DEU  ban   {first}     0.5
""")  # fmt: skip
    assert set(plan["Shipments"]["from"]) == {"CHL"}


def test_of_two_bans_that_begin_together_the_stricter_one_holds() -> None:
    """A tenth of the 10 of 2025 may still move under one, 0.8 under the other."""
    plan = traded(TWO, OPEN, """
Groups
  group  country
  BLOC   AUS
Years
  year
  2025
  2026
Trade measures
  measure  commodity  from  to   kind  first year  in first year
  a        ore        AUS   DEU  ban   2026        0.9
  b        *          BLOC  *    ban   2026        0.2
""")  # fmt: skip
    assert {k: v for k, v in shipped(plan, "from", "year").items() if k[1] == 2026} == {
        ("AUS", 2026): 1,
        ("CHL", 2026): 9,
    }


# Quotas


def test_a_quota_of_a_group_is_one_joint_cap() -> None:
    """Four mines of the bloc and two buyers share one quota of 6, not one a pair; the rest comes of AUS at 9, and the
    unit price of the quota, 9 - 2, goes to whoever gets in: ore is worth 9 at both buyers and 2 at the makers."""
    plan = traded(OPEN, """
Groups
  group  country
  BLOC   CHN
  BLOC   RUS
Sites
  site  process  country  capacity  variable cost
  c     mine     CHN      100       2
  r     mine     RUS      100       2
  a     mine     AUS      100       9
Demand
  commodity  country  2025
  ore        DEU      10
  ore        FRA      10
Trade measures
  measure  commodity  from  to  kind   value
  cap      ore        BLOC  *   quota  6
""")  # fmt: skip
    assert plan["Shipments"].groupby("from")["quantity"].sum()["AUS"] == pytest.approx(14)
    assert plan.objective == pytest.approx(6 * 2 + 14 * 9)
    assert delivered(plan) == {"DEU": 9, "FRA": 9}


def test_a_quota_over_all_commodities_adds_those_of_one_unit() -> None:
    """6 t of ore and dust together may leave CHN. Ore gains 9 - 2 by it and dust 1000 - 2: dust is served first."""
    plan = traded(OPEN, """
Sites
  site  process  country  capacity  variable cost
  c     mine     CHN      100       2
  s     sweep    CHN      100       2
  a     mine     AUS      100       9
Demand
  commodity  country  2025
  ore        DEU      10
  dust       DEU      4
Trade measures
  measure  commodity  from  to  kind   value
  cap      *          CHN   *   quota  6
""")  # fmt: skip
    assert shipped(plan, "commodity", "from") == {("dust", "CHN"): 4, ("ore", "CHN"): 2, ("ore", "AUS"): 8}
    assert plan.objective == pytest.approx(6 * 2 + 8 * 9)
    assert delivered(plan, "commodity") == {"ore": 9, "dust": 9}


CONTENT = """
Commodities
  commodity  unit  unmet cost  material  stage  content
  ore        t     1000        nickel    mine   0.5
  cell       MWh   1000        nickel    cell   {}
Processes
  process  unit
  mine     t
  plant    MWh
Recipes
  process  commodity  direction  quantity
  mine     ore        out        1
  plant    cell       out        1
Sites
  site  process  country  capacity  variable cost
  c     mine     CHN      100       2
  p     plant    CHN      100       2
  a     mine     AUS      100       9
Demand
  commodity  country  2025
  ore        DEU      10
  cell       DEU      4
Trade measures
  measure  commodity  from  to  kind   value
  cap      *          CHN   *   quota  4
"""


def test_a_quota_over_goods_of_several_units_adds_their_content() -> None:
    """4 MWh of cells hold 4 x 0.25 = 1 t of nickel; the quota of 4 t leaves 3, which is 6 t of ore."""
    plan = solved(CONTENT.format(0.25) + OPEN)
    assert shipped(plan, "commodity", "from") == {("cell", "CHN"): 4, ("ore", "CHN"): 6, ("ore", "AUS"): 4}
    # One more cell displaces 0.25 t of nickel, 0.5 t of ore, from 2 to 9: 2 + 0.5 x 7.
    assert delivered(plan, "commodity") == {"cell": 5.5, "ore": 9}


def test_a_quota_over_goods_of_several_units_without_content_is_an_error() -> None:
    with pytest.raises(BadInput) as found:
        solved(CONTENT.format("-") + OPEN)
    assert [(p.sheet, p.cell) for p in found.value.problems] == [("Trade measures", "B2")]
    assert "cell has no content" in found.value.problems[0].problem


@pytest.mark.parametrize(("wanted", "price", "duty"), [(5, 2, 0), (7, 5, 3), (9, 6, 6)])
def test_a_tariff_quota_has_a_kink(wanted: float, price: float, duty: float) -> None:
    """6 enter free at 2, what is beyond pays 3 % of 100, so 5, up to the 8 that CHN makes; then AUS sells at 6."""
    plan = traded(OPEN, f"""
Sites
  site  process  country  capacity  variable cost
  c     mine     CHN      8         2
  a     mine     AUS      100       6
Demand
  commodity  country  2025
  ore        DEU      {wanted}
Trade measures
  measure  commodity  from  to   kind          value  rate
  trq      ore        CHN   DEU  tariff quota  6      0.03
""")  # fmt: skip
    assert delivered(plan) == {"DEU": price}
    assert plan.totals["quota duty"] == pytest.approx(duty)
    assert plan.objective == pytest.approx(2 * min(wanted, 8) + duty + 6 * max(wanted - 8, 0))


def test_at_the_kink_of_a_tariff_quota_the_price_lies_between_its_two_sides() -> None:
    """Exactly 6 wanted: one less saves 2, one more costs 5."""
    plan = traded(OPEN, """
Sites
  site  process  country  capacity  variable cost
  c     mine     CHN      8         2
Demand
  commodity  country  2025
  ore        DEU      6
Trade measures
  measure  commodity  from  to   kind          value  rate
  trq      ore        CHN   DEU  tariff quota  6      0.03
""")  # fmt: skip
    assert 2 <= delivered(plan)["DEU"] <= 5
    assert plan.objective == pytest.approx(12)


def test_a_tariff_quota_is_shared_by_all_its_lanes() -> None:
    """6 free for the whole EU: DEU and FRA want 4 each, so 2 pay, and one more pays at either."""
    plan = traded(OPEN, """
Groups
  group  country
  EU     DEU
  EU     FRA
Sites
  site  process  country  capacity  variable cost
  c     mine     CHN      100       2
Demand
  commodity  country  2025
  ore        DEU      4
  ore        FRA      4
Trade measures
  measure  commodity  from  to  kind          value  rate
  trq      ore        *     EU  tariff quota  6      0.03
""")  # fmt: skip
    assert delivered(plan) == {"DEU": 5, "FRA": 5}
    assert plan.objective == pytest.approx(8 * 2 + 2 * 3)


# Export taxes and export shares


@pytest.mark.parametrize(("tax", "source"), [(0.0199, "AUS"), (0.0201, "CHL")])
def test_an_export_tax_is_booked_by_the_exporter_and_moves_sourcing(tax: float, source: str) -> None:
    """A tax of 2 / 100 of the price eats the advantage of AUS; its own use stays free of it."""
    plan = traded(OPEN, f"""
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      100       5
  c     mine     CHL      100       7
Demand
  commodity  country  2025
  ore        DEU      10
  ore        AUS      3
Trade measures
  measure  commodity  from  to  kind  value
  levy     ore        AUS   *   tax   {tax}
""")  # fmt: skip
    assert shipped(plan) == {(source, "DEU"): 10, ("AUS", "AUS"): 3}
    assert cost(plan, "export tax") == ({"AUS": pytest.approx(1000 * tax)} if source == "AUS" else {})
    assert delivered(plan)["AUS"] == 5
    assert plan.objective == pytest.approx(15 + 10 * min(5 + 100 * tax, 7))


def test_export_taxes_of_several_rows_add_up() -> None:
    """1 % on all that leaves AUS and 0.5 % on what goes to DEU."""
    plan = traded(TWO, OPEN, """
Trade measures
  measure  commodity  from  to   kind  value
  levy     *          AUS   *    tax   0.01
  levy     ore        AUS   DEU  tax   0.005
""")  # fmt: skip
    assert cost(plan, "export tax") == {"AUS": pytest.approx(15)}
    assert delivered(plan) == {"DEU": 6.5}


def test_an_export_share_binds_each_exporter_by_its_own_output() -> None:
    """Half of what each makes may leave. IDN makes 4 for its own use, so 4 may leave besides, at 5. PHL at 4.9 uses
    nothing itself: to sell one it would make two, for 9.8, and AUS at 9 is cheaper. (As one joint share the 4 would come
    of PHL.) One more used in IDN costs 5 and lets one more out at 5, which spares 9 in AUS: it is worth 1."""
    plan = traded("""
Groups
  group  country
  ISLES  IDN
  ISLES  PHL
Sites
  site  process  country  capacity  variable cost
  i     mine     IDN      100       5
  p     mine     PHL      100       4.9
  a     mine     AUS      100       9
Demand
  commodity  country  2025
  ore        DEU      10
  ore        IDN      4
Lanes
  commodity  from  to
  *          *     DEU
Trade measures
  measure  commodity  from   to  kind   value
  keep     ore        ISLES  *   share  0.5
""")
    assert shipped(plan) == {("IDN", "IDN"): 4, ("IDN", "DEU"): 4, ("AUS", "DEU"): 6}
    assert delivered(plan) == {"IDN": 1, "DEU": 9}
    assert plan.objective == pytest.approx(8 * 5 + 6 * 9)


def test_an_export_share_may_be_earned_by_making_more_than_is_used() -> None:
    """At 2 a unit IDN makes two to sell one: 4 is less than the 9 of AUS. Of the 10 it can make, 5 leave."""
    plan = traded("""
Sites
  site  process  country  capacity  variable cost
  i     mine     IDN      10        2
  a     mine     AUS      100       9
Demand
  commodity  country  2025
  ore        DEU      10
Lanes
  commodity  from  to
  *          *     DEU
Trade measures
  measure  commodity  from  to  kind   value
  keep     ore        IDN   *   share  0.5
""")
    assert shipped(plan) == {("IDN", "DEU"): 5, ("AUS", "DEU"): 5}
    assert flows(plan, "Balance", "surplus", "country")["IDN"] == 5
    assert plan.objective == pytest.approx(10 * 2 + 5 * 9)


def test_an_export_share_of_nothing_is_a_ban_that_leaves_home_use() -> None:
    plan = traded(OPEN, """
Sites
  site  process  country  capacity  variable cost
  i     mine     IDN      100       2
  a     mine     AUS      100       9
Demand
  commodity  country  2025
  ore        DEU      10
  ore        IDN      4
Trade measures
  measure  commodity  from  to  kind   value
  keep     ore        IDN   *   share  0
""")  # fmt: skip
    assert shipped(plan) == {("IDN", "IDN"): 4, ("AUS", "DEU"): 10}


def test_measures_are_named_on_the_lanes_they_touch_and_told_where_they_touch_none() -> None:
    plan = traded(TWO, OPEN, """
Trade measures
  measure  commodity  from  to   kind   value
  levy     ore        AUS   DEU  tax    0.001
  cap      ore        *     DEU  quota  100
  idle     cell       AUS   DEU  ban    -
""")  # fmt: skip
    (line,) = plan["Shipments"].itertuples()
    assert set(line.measures.split(", ")) == {"levy", "cap"}
    (note,) = plan.notes
    assert note.startswith("Trade measures!A4: this row matches nothing")

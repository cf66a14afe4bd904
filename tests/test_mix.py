"""Mix by hand: which process must or may make which share of a place's output, and what that does to the price."""

from __future__ import annotations

import numpy as np
import pytest

from planner.results import Plan
from tests.solving import flows, solved

BASE = """
Settings
  setting        value
  discount rate  0
Commodities
  commodity  unit  unmet cost
  poly       t     1000
Processes
  process   unit
  siemens   t
  fluidbed  t
  upgraded  t
Recipes
  process   commodity  direction  quantity
  siemens   poly       out        1
  fluidbed  poly       out        1
  upgraded  poly       out        1
"""
ONE_PLACE = (
    BASE
    + """
Sites
  site  process   country  capacity   variable cost
  s     siemens   DEU      unlimited  10
  f     fluidbed  DEU      unlimited  20
  u     upgraded  DEU      unlimited  14
Demand
  commodity  country  2025
  poly       DEU      100
Mix
  commodity  process  country  min share  max share
"""
)


def made(plan: Plan, key: str = "site") -> dict[object, float]:
    """Activity by site, zeros left out."""
    return {k: v for k, v in flows(plan, "Production", "activity", key).items() if v}


def test_a_floor_is_met_exactly_and_its_price_is_the_extra_cost() -> None:
    """30 of 100 must come from the fluid bed: 70 x 10 + 30 x 20 = 1300. One more tonne costs 0.7 x 10 + 0.3 x 20 =
    13; one more tonne from the fluid bed, whatever the floor, costs 20 - 10."""
    plan = solved(ONE_PLACE + "  poly       fluidbed  *        0.3        -\n")
    assert made(plan) == {"s": 70, "f": 30}
    assert flows(plan, "Prices", "delivered", "country") == {"DEU": 13}
    assert plan.duals("mix.min_share")[1] == pytest.approx([10])
    (line,) = plan["Mix"].itertuples(index=False, name=None)
    assert line[:5] == ("poly", "fluidbed", "*", 2025, "min share")
    # share, bound, slack, cur/t, and for one percentage point of the 100 t
    assert line[5:] == pytest.approx((0.3, 0.3, 0, 10, 10))
    assert plan.objective == pytest.approx(1300)


def test_a_ceiling_is_met_exactly_and_the_next_cheapest_process_fills_up() -> None:
    """At most 60 % Siemens: 60 x 10 + 40 x 14 = 1160; a tonne more costs 0.6 x 10 + 0.4 x 14, and a tonne that could
    come from Siemens beyond it saves 4."""
    plan = solved(ONE_PLACE + "  poly       siemens  *        -          0.6\n")
    assert made(plan) == {"s": 60, "u": 40}
    assert flows(plan, "Prices", "delivered", "country") == {"DEU": pytest.approx(11.6)}
    assert plan.duals("mix.max_share")[1] == pytest.approx([4])
    assert plan.objective == pytest.approx(1160)


def test_several_rows_of_one_output_share_one_total() -> None:
    """At most half Siemens and at least a tenth fluid bed: 50, 10, and 40 upgraded. Both rows stand on one total
    column."""
    plan = solved(
        ONE_PLACE + "  poly       siemens   *        -          0.5\n  poly       fluidbed  *        0.1        0.9\n"
    )
    assert made(plan) == {"s": 50, "f": 10, "u": 40}
    assert plan.objective == pytest.approx(50 * 10 + 10 * 20 + 40 * 14)
    _, totals = plan.values("mix.output_total")
    assert totals == pytest.approx([100])


def test_shares_that_cannot_add_up_leave_nothing_to_be_made() -> None:
    """At most 30 % each of three processes allow no output at all: all 100 are given up."""
    rows = "".join(f"  poly       {p}  *        -          0.3\n" for p in ("siemens ", "fluidbed", "upgraded"))
    plan = solved(ONE_PLACE + rows)
    assert made(plan) == {}
    assert flows(plan, "Unmet", "unmet", "country") == {"DEU": 100}


def test_a_share_is_of_output_and_not_of_activity() -> None:
    """A batch of fluid bed gives 4 t: at a share of 0.2 of 100 t 20 t, i.e. 5 batches at 60."""
    study = ONE_PLACE.replace("fluidbed  poly       out        1", "fluidbed  poly       out        4")
    plan = solved(study.replace("unlimited  20", "unlimited  60") + "  poly       fluidbed  DEU      0.2        -\n")
    assert made(plan) == {"s": 80, "f": 5}
    assert plan.objective == pytest.approx(800 + 300)


def test_a_share_counts_one_commodity_alone() -> None:
    """Siemens also makes five of silane, which no share of poly counts: 60 of 100 may come from it, 30 must from others."""
    study = ONE_PLACE.replace("  poly       t     1000", "  silane     t     1\n  poly       t     1000").replace(
        "  siemens   poly       out        1",
        "  siemens   poly       out        1\n  siemens   silane     out        5",
    )
    plan = solved(
        study + "  poly       siemens   *        -          0.6\n  poly       fluidbed  *        0.3        -\n"
    )
    assert made(plan) == {"s": 60, "f": 30, "u": 10}


PLACES = (
    BASE
    + """
Countries
  country  territory
  AUS      AUS
  BRA      BRA
  BRA.CN   BRA
  CHN      CHN
Groups
  group  country
  south  AUS
  south  BRA
Sites
  site  process   country  capacity   variable cost
  as    siemens   AUS      unlimited  10
  af    fluidbed  AUS      unlimited  20
  bs    siemens   BRA      unlimited  10
  bf    fluidbed  BRA      unlimited  12
  ns    siemens   BRA.CN   40         5
  cs    siemens   CHN      unlimited  10
  cf    fluidbed  CHN      unlimited  11
Demand
  commodity  country  2025
  poly       AUS      100
  poly       BRA      100
  poly       CHN      100
Mix
  commodity  process   country    min share
  poly       fluidbed  {country}  0.3
"""
)


@pytest.mark.parametrize(
    ("country", "expected", "cost"),
    [
        ("each", {"af": 30, "bf": 30, "cf": 30}, 300 + 60 + 30),
        ("*", {"bf": 0, "cf": 90}, 90),
        ("south", {"bf": 60}, 120),
        ("BRA", {"bf": 30}, 60),
        ("BRA.CN", {}, 0),
    ],
)
def test_each_place_on_its_own_or_a_group_or_all_together(
    country: str, expected: dict[str, float], cost: float
) -> None:
    """Fluid bed costs 10 more than Siemens in AUS, 2 in BRA, 1 in CHN; nobody trades, and each wants 100. `each`: 30
    in every territory (BRA with its place BRA.CN). `*`: 90 of 300, all in CHN. A group: 60 of its 200, all in BRA. A
    country is its territory. The place BRA.CN alone has no fluid bed, so it makes nothing: its 40 are made by BRA,
    for 5 more."""
    plan = solved(PLACES.format(country=country))
    fluid = {site: amount for site, amount in made(plan).items() if str(site).endswith("f")}
    assert fluid == {site: amount for site, amount in expected.items() if amount}
    base = 300 * 10 - 40 * 5
    extra = 200 if country == "BRA.CN" else cost
    assert plan.objective == pytest.approx(base + extra)


def test_a_territory_without_the_process_can_make_nothing_under_a_floor_on_each() -> None:
    """30 % of nothing: CHN has Siemens alone and gives up its 100, while `*` would let the others make its share."""
    study = PLACES.replace("  cf    fluidbed  CHN      unlimited  11\n", "")
    plan = solved(study.format(country="each"))
    assert flows(plan, "Unmet", "unmet", "country") == {"CHN": 100}
    plan = solved(study.format(country="*"))
    assert plan["Unmet"].empty
    assert made(plan)["bf"] == 90


def test_a_bundle_of_small_countries_is_one_territory_like_any_other() -> None:
    """Its output must have its 30 % of fluid bed too."""
    study = PLACES.replace("  country  territory\n", "  country  territory  aggregate\n")
    for place in ("AUS      AUS", "BRA      BRA", "BRA.CN   BRA"):
        study = study.replace(f"  {place}\n", f"  {place}        no\n")
    plan = solved(study.replace("  CHN      CHN\n", "  CHN      CHN        yes\n").format(country="each"))
    assert made(plan)["cf"] == 30


def test_a_share_holds_from_its_first_to_its_last_year() -> None:
    """30 % in 2026 and 2027 alone, both ends included."""
    years = "Years\n  year\n  2025\n  2026\n  2027\n  2028\n"
    study = ONE_PLACE.replace("min share  max share\n", "min share  first year  last year\n")
    plan = solved(years + study + "  poly       fluidbed  *        0.3        2026        2027\n")
    fluid = plan["Production"].query("site == 'f' and activity > 0")
    assert dict(zip(fluid["year"], np.round(fluid["activity"], 6), strict=True)) == {2026: 30, 2027: 30}
    assert flows(plan, "Prices", "delivered", "year") == {2025: 10, 2026: 13, 2027: 13, 2028: 10}


def test_a_floor_grows_with_an_output_that_can_vary() -> None:
    """Siemens can make 50, the fluid bed any amount at 20, and demand gives up at 18. A quarter of fluid bed lets
    the 50 be three quarters: 66.67 are served, though the fluid bed's own tonne costs more than 18, as four cost 3 x
    10 + 20."""
    study = ONE_PLACE.replace("unlimited  10", "50         10").replace(
        "  u     upgraded  DEU      unlimited  14\n", ""
    )
    study = study.replace("t     1000", "t     18")
    plan = solved(study + "  poly       fluidbed  *        0.25       -\n")
    assert made(plan) == {"s": 50, "f": pytest.approx(50 / 3, abs=1e-6)}
    assert flows(plan, "Unmet", "unmet", "country") == {"DEU": pytest.approx(100 / 3, abs=1e-6)}
    assert flows(plan, "Prices", "delivered", "country") == {"DEU": 18}
    assert plan.objective == pytest.approx(500 + 50 / 3 * 20 + 100 / 3 * 18)

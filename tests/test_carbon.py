"""Carbon by hand: which price counts where, caps over places together and what they cost, and who emits how much."""

from __future__ import annotations

import pytest

from planner.results import Plan
from tests.solving import flows, solved

BASE = """
Settings
  setting        value
  discount rate  0
Commodities
  commodity  unit  unmet cost
  metal      t     1000
Processes
  process  unit  emissions
  coal     t     2
  gas      t     0.5
Recipes
  process  commodity  direction  quantity
  coal     metal      out        1
  gas      metal      out        1
"""
EVERYWHERE = (
    BASE
    + """
Countries
  country  territory
  DEU      DEU
  FRA      FRA
  CHN      CHN
  CHN.X    CHN
  USA      USA
Groups
  group  country
  EU     DEU
  EU     FRA
Sites
  site  process  country  capacity   variable cost
  c     coal     *        unlimited  10
Demand
  commodity  country  2025
  metal      DEU      1
  metal      FRA      1
  metal      CHN      1
  metal      CHN.X    1
  metal      USA      1
Carbon
  country  kind   2025
"""
)


def delivered(plan: Plan) -> dict[object, float]:
    return flows(plan, "Prices", "delivered", "country")


def emissions(plan: Plan, *keys: str) -> dict[object, float]:
    return flows(plan, "Emissions", "emissions", *keys)


def test_the_most_specific_price_wins_and_prices_do_not_add() -> None:
    """2 tCO2 a tonne at 80 in DEU (a country), 50 in FRA (its group), 20 in CHN and on its soil, 5 in USA
    (everyone)."""
    plan = solved(
        EVERYWHERE + "  *        price  5\n  EU       price  50\n  DEU      price  80\n  CHN      price  20\n"
    )
    assert delivered(plan) == {"DEU": 170, "FRA": 110, "CHN": 50, "CHN.X": 50, "USA": 20}
    assert plan.objective == pytest.approx(170 + 110 + 50 + 50 + 20)
    assert flows(plan, "Emissions", "cost", "country")["DEU"] == 160


def test_a_price_of_zero_takes_a_country_out() -> None:
    """The place CHN.X is more specific than CHN and pays nothing, so that it makes the metal of all of that
    territory."""
    plan = solved(EVERYWHERE + "  *        price  5\n  CHN      price  20\n  CHN.X    price  0\n")
    assert delivered(plan) == {"DEU": 20, "FRA": 20, "CHN": 10, "CHN.X": 10, "USA": 20}


def test_where_no_row_speaks_emissions_are_free() -> None:
    plan = solved(EVERYWHERE + "  DEU      price  80\n")
    assert delivered(plan) == {"DEU": 170, "FRA": 10, "CHN": 10, "CHN.X": 10, "USA": 10}


def test_a_price_is_interpolated_between_its_years_and_steers_the_plan() -> None:
    """0 in 2025 and 40 in 2029: coal costs 10 + 2 p, gas 25 + 0.5 p. They meet at p = 10: coal in 2025, either in 2026,
    gas from 2027 on."""
    plan = solved(
        BASE
        + """
Years
  year
  2025
  2027
  2029
Sites
  site  process  country  capacity   variable cost
  c     coal     DEU      unlimited  10
  g     gas      DEU      unlimited  25
Demand
  commodity  country  2025
  metal      DEU      10
Carbon
  country  kind   2025  2029
  DEU      price  0     40
"""
    )
    assert flows(plan, "Prices", "delivered", "year") == {2025: 10, 2027: 35, 2029: 45}
    made = flows(plan, "Production", "activity", "site", "year")
    assert [made.get(("c", y), 0) for y in (2025, 2027, 2029)] == [10, 0, 0]
    assert emissions(plan, "process", "year") == {("coal", 2025): 20, ("gas", 2027): 5, ("gas", 2029): 5}
    assert flows(plan, "Emissions", "cost", "year") == {2025: 0, 2027: 100, 2029: 200}
    assert plan.objective == pytest.approx(2 * 100 + 2 * 350 + 450)


CAPPED = (
    BASE
    + """
Countries
  country
  DEU
  FRA
  CHN
Groups
  group  country
  EU     DEU
  EU     FRA
Sites
  site  process  country  capacity   variable cost
  dc    coal     DEU      unlimited  10
  dg    gas      DEU      unlimited  25
  fc    coal     FRA      unlimited  10
  fg    gas      FRA      unlimited  19
  cc    coal     CHN      unlimited  10
Demand
  commodity  country  2025
  metal      DEU      80
  metal      FRA      40
  metal      CHN      50
Carbon
  country  kind  2025
"""
)


def test_a_cap_is_met_exactly_and_its_price_stands_in_the_price_of_the_good() -> None:
    """80 t may emit 100: c + g = 80 and 2 c + 0.5 g = 100 give 40 and 40. A tonne of CO2 less costs (25 - 10) / 1.5
    = 10, so a tonne of metal 10 + 2 x 10 = 25 + 0.5 x 10 = 30. CHN and FRA are not under the cap."""
    plan = solved(CAPPED + "  DEU      cap   100\n")
    made = flows(plan, "Production", "activity", "site")
    assert (made["dc"], made["dg"]) == (40, 40)
    assert delivered(plan) == {"DEU": 30, "FRA": 10, "CHN": 10}
    assert plan.duals("carbon.cap")[1] == pytest.approx([10])
    (line,) = plan["Carbon caps"].itertuples(index=False, name=None)
    assert line[:2] == ("DEU", 2025)
    assert line[2:] == pytest.approx((100, 100, 0, 10))
    assert emissions(plan, "country", "process") == {
        ("DEU", "coal"): 80, ("DEU", "gas"): 20, ("FRA", "coal"): 80, ("CHN", "coal"): 100,
    }  # fmt: skip
    assert plan.objective == pytest.approx(40 * 10 + 40 * 25 + 40 * 10 + 50 * 10)


def test_a_cap_over_a_group_is_met_where_it_costs_least() -> None:
    """DEU and FRA emit 240 and may emit 170 together: FRA saves a tonne at (19 - 10) / 1.5 = 6, 60 with all of its
    40 t; the other 10 are saved in DEU at 10, which is what a tonne is worth in both."""
    plan = solved(CAPPED + "  EU       cap   170\n")
    made = flows(plan, "Production", "activity", "site")
    assert made["fg"] == 40
    assert made["dg"] == pytest.approx(10 / 1.5, abs=1e-6)
    assert delivered(plan) == {"DEU": 30, "FRA": 24, "CHN": 10}
    assert plan.duals("carbon.cap")[1] == pytest.approx([10])


def test_caps_of_several_places_hold_each() -> None:
    """CHN has coal alone and emits 100, which leaves the EU 150 of all the 250: less than its own cap of 170. DEU
    must come down to 100, FRA, where it costs less, to the other 50. A tonne for all is worth FRA's 6, one for DEU
    the other 4."""
    plan = solved(CAPPED + "  DEU      cap   100\n  EU       cap   170\n  *        cap   250\n")
    assert plan["Unmet"].empty
    by_place = {
        k: sum(v for (place, _), v in emissions(plan, "country", "process").items() if place == k)
        for k in ("DEU", "FRA", "CHN")
    }
    assert by_place == {"DEU": 100, "FRA": 50, "CHN": 100}
    assert plan.duals("carbon.cap")[1] == pytest.approx([4, 0, 6])


def test_a_cap_that_cannot_be_met_otherwise_makes_demand_give_up() -> None:
    """Gas alone emits 0.5 t: of the 40 t that FRA wants 20 can be made under a cap of 10. A tonne of CO2 is worth
    (1000 - 19) / 0.5."""
    plan = solved(CAPPED + "  FRA      cap   10\n")
    assert flows(plan, "Unmet", "unmet", "country") == {"FRA": 20}
    assert plan.duals("carbon.cap")[1] == pytest.approx([(1000 - 19) / 0.5])


def test_a_price_and_a_cap_hold_side_by_side() -> None:
    """At 4 a tonne coal still costs less, 18 against 27; the cap asks for 40 t of gas, and is worth the (27 - 18) /
    1.5 = 6 that the price leaves of 10."""
    plan = solved(CAPPED + "  DEU      cap   100\n  EU       price  4\n")
    made = flows(plan, "Production", "activity", "site")
    assert (made["dc"], made["dg"]) == (40, 40)
    assert plan.duals("carbon.cap")[1] == pytest.approx([6])
    assert delivered(plan) == {"DEU": 30, "FRA": 18, "CHN": 10}
    costs = flows(plan, "Emissions", "cost", "country", "process")
    assert costs == {("DEU", "coal"): 320, ("DEU", "gas"): 80, ("FRA", "coal"): 320, ("CHN", "coal"): 0}


def test_a_cap_may_change_by_year() -> None:
    """160 in 2025 let coal make all 80 t, 100 in 2027 half of it, 130 between them three quarters."""
    plan = solved(
        "Years\n  year\n  2025\n  2026\n  2027\n"
        + CAPPED.replace("kind  2025", "kind  2025  2027")
        + "  DEU      cap   160   100\n"
    )
    made = flows(plan, "Production", "activity", "site", "year")
    assert [made.get(("dc", y)) for y in (2025, 2026, 2027)] == [80, 60, 40]
    _, price = plan.duals("carbon.cap")
    assert price[1:] == pytest.approx([10, 10])


def test_a_site_may_emit_otherwise_than_its_process() -> None:
    """A plant of its own 1.5 tCO2 a tonne pays 30 of a price of 20; two processes of one country have a line each."""
    study = (
        BASE
        + """
Sites
  site  process  country  capacity  variable cost  emissions
  a     coal     DEU      6         10             1.5
  b     coal     DEU      100       10             -
  g     gas      DEU      2         1              -
Demand
  commodity  country  2025
  metal      DEU      10
Carbon
  country  kind   2025
  DEU      price  20
"""
    )
    plan = solved(study)
    assert emissions(plan, "country", "process", "year") == {
        ("DEU", "coal", 2025): 6 * 1.5 + 2 * 2,
        ("DEU", "gas", 2025): 1,
    }
    assert flows(plan, "Emissions", "cost", "process") == {"coal": 260, "gas": 20}
    assert plan.objective == pytest.approx(80 + 2 + 280)


def test_what_takes_up_carbon_is_paid_the_price_and_widens_a_cap() -> None:
    """`coal` takes up 2 t here. At a price of 3 it costs 10 - 6 = 4, gas 1 + 1.5: gas is the cheaper, but may emit 1
    t more than what is taken up: c + g = 42 and 0.5 g - 2 c = 1 give 34 of gas and 8. One tonne more to emit saves
    1.5 / 2.5."""
    study = CAPPED.replace("  coal     t     2\n", "  coal     t     -2\n").replace("unlimited  19", "unlimited  1")
    plan = solved(
        study.replace("  metal      FRA      40\n", "  metal      FRA      42\n")
        + "  FRA      cap    1\n  FRA      price  3\n"
    )
    made = flows(plan, "Production", "activity", "site")
    assert made["fg"] == pytest.approx(34)
    assert made["fc"] == pytest.approx(8)
    assert emissions(plan, "country", "process")["FRA", "coal"] == -16
    assert plan.duals("carbon.cap")[1] == pytest.approx([1.5 / 2.5])


def test_a_row_for_a_place_where_nothing_emits_says_so() -> None:
    """ITA has no site; neither its price nor its cap does anything, which is worth a warning each."""
    study = (
        CAPPED.replace("  CHN\nGroups", "  CHN\n  ITA\nGroups")
        + "  ITA      cap   5\n  ITA      price  9\n  DEU      price  0\n"
    )
    plan = solved(study)
    assert [note for note in plan.notes if "matches nothing" in note] == [
        f"Carbon!A{row}: this row matches nothing in the study. Check its names, places and years." for row in (2, 3)
    ]

"""Secondary supply by hand: scrap from outside, what served demand gives back, and what that is worth beforehand."""

from __future__ import annotations

import pytest

from planner.results import Plan
from tests.solving import flows, solved

BASE = """
Commodities
  commodity  unit  unmet cost
  metal      t     {unmet}
  scrap      t     1
Processes
  process  unit
  mine     t
  recycle  t
Recipes
  process  commodity  direction  quantity
  mine     metal      out        1
  recycle  scrap      in         1
  recycle  metal      out        0.9
Settings
  setting        value
  discount rate  {rate}
"""


def planned(text: str, rate: float = 0.0, unmet: float = 1000) -> Plan:
    """Studies of metal, mined or recycled from scrap of which 0.9 is metal; not discounted unless a rate is given."""
    return solved(BASE.format(rate=rate, unmet=unmet) + text)


def returned(plan: Plan) -> dict[object, float]:
    """What comes back by year, zeros left out."""
    return {k: v for k, v in flows(plan, "Balance", "returned", "commodity", "country", "year").items() if v}


def test_scrap_of_a_group_is_split_by_weight_and_interpolated_between_years() -> None:
    """40 t in 2025 and 80 t in 2027 for DEU (3) and FRA (1): 30 and 10, 45 and 15 in between, 60 and 20 from 2027
    on."""
    plan = planned("""
Years
  year
  2025
  2026
  2027
  2028
Groups
  group  country  weight
  EU     DEU      3
  EU     FRA      1
Countries
  country
  DEU
  FRA
Scrap
  commodity  country  2025  2027
  scrap      EU       40    80
Sites
  site  process  country  capacity   variable cost
  r     recycle  EU       unlimited  2
Demand
  commodity  country  2025
  metal      DEU      1000
  metal      FRA      1000
""")
    assert returned(plan) == {
        ("scrap", "DEU", 2025): 30, ("scrap", "DEU", 2026): 45, ("scrap", "DEU", 2027): 60, ("scrap", "DEU", 2028): 60,
        ("scrap", "FRA", 2025): 10, ("scrap", "FRA", 2026): 15, ("scrap", "FRA", 2027): 20, ("scrap", "FRA", 2028): 20,
    }  # fmt: skip
    assert flows(plan, "Production", "activity", "site", "year")["r@DEU", 2026] == 45
    made = flows(plan, "Balance", "made", "commodity", "country", "year")
    assert (made["metal", "DEU", 2026], made["metal", "FRA", 2026]) == (40.5, 13.5)


def test_scrap_is_free_and_need_not_be_used() -> None:
    """Recycling a tonne of metal costs 9 / 0.9 = 10, mining 8: the 50 t of scrap are left, and are worth nothing."""
    study = """
Scrap
  commodity  country  2025
  scrap      DEU      50
Sites
  site  process  country  capacity   variable cost
  r     recycle  DEU      unlimited  9
  m     mine     DEU      unlimited  {mining}
Demand
  commodity  country  2025
  metal      DEU      100
"""
    plan = planned(study.format(mining=8))
    assert flows(plan, "Production", "activity", "site") == {"m": 100}
    assert plan.objective == pytest.approx(800)
    plan = planned(study.format(mining=12))
    assert flows(plan, "Production", "activity", "site") == {"m": 55, "r": 50}
    assert flows(plan, "Prices", "producer", "commodity") == {"metal": 12, "scrap": pytest.approx(0.9 * 12 - 9)}
    assert plan.objective == pytest.approx(50 * 9 + 55 * 12)


UNEQUAL = """
Years
  year  length
  2025  5
  2030  3
  2033  3
  2036  1
Sites
  site  process  country  capacity   variable cost
  m     mine     DEU      unlimited  10
  r     recycle  DEU      unlimited  1
Demand
  commodity  country  2025  2030  2033  2036
  metal      DEU      10    20    30    40
Returns
  demand commodity  scrap commodity  quantity  delay    collected
  metal             scrap            0.5       {delay}  0.8
"""


@pytest.mark.parametrize(
    ("delay", "expected"),
    [
        (5, {2030: 4, 2033: 4, 2036: 8}),
        (3, {2030: 4, 2033: 8, 2036: 12}),
        (1, {2030: 4, 2033: 8, 2036: 12}),
        (6, {2033: 4, 2036: 8}),
        (7, {2033: 4, 2036: 4}),
        (11, {2036: 4}),
        (12, {}),
    ],
)
def test_what_comes_back_was_served_in_the_period_that_contains_the_year_less_the_delay(
    delay: int, expected: dict[int, float]
) -> None:
    """0.5 x 0.8 = 0.4 of what was served come back. With a delay of 5, 2030 gets from 2025, 2033 from 2028 (in the
    period of 2025), 2036 from 2031 (in that of 2030). What would be from before 2025 is nothing."""
    plan = planned(UNEQUAL.format(delay=delay))
    assert returned(plan) == {("scrap", "DEU", year): amount for year, amount in expected.items()}
    mined = sum(
        n * (d - 0.9 * expected.get(y, 0)) for y, n, d in ((2025, 5, 10), (2030, 3, 20), (2033, 3, 30), (2036, 1, 40))
    )
    recycled = sum(n * expected.get(y, 0) for y, n in ((2030, 3), (2033, 3), (2036, 1)))
    assert plan.objective == pytest.approx(10 * mined + recycled)


def test_years_that_no_period_stands_for_give_nothing_back() -> None:
    """2025 stands for 2 years. 2030 - 2 = 2028 lies in no period; 2032 - 2 lies in 2030's."""
    plan = planned("""
Years
  year  length
  2025  2
  2030  2
  2032  1
Sites
  site  process  country  capacity   variable cost
  m     mine     DEU      unlimited  10
Demand
  commodity  country  2025
  metal      DEU      10
Returns
  demand commodity  scrap commodity  quantity  delay
  metal             scrap            1         2
""")
    assert returned(plan) == {("scrap", "DEU", 2032): 10}


def test_demand_that_is_given_up_gives_nothing_back() -> None:
    """6 of 10 are served in 2025 and 4 in 2026, so 3 and then 2 come back, of which 0.9 is metal: 6.7 are served in
    2026. (Serving 2025 first is worth the more, as it gives back: 6 + 4 + 0.9 x 3.)"""
    plan = planned("""
Years
  year
  2025
  2026
  2027
Sites
  site  process  country  capacity  variable cost
  m     mine     DEU      6         10
  r     recycle  DEU      100       1
Site years
  site  item      2025  2026
  m     capacity  6     4
Demand
  commodity  country  2025
  metal      DEU      10
Returns
  demand commodity  scrap commodity  quantity  delay
  metal             scrap            0.5       1
""")
    served = flows(plan, "Balance", "served", "commodity", "year")
    assert served["metal", 2025] == 6
    assert served["metal", 2026] == pytest.approx(4 + 0.9 * 3)
    assert served["metal", 2027] == pytest.approx(4 + 0.9 * 0.5 * 6.7)
    assert returned(plan) == {("scrap", "DEU", 2026): 3, ("scrap", "DEU", 2027): 3.35}


def test_every_matching_row_of_returns_adds() -> None:
    """Cars: 0.2 from any use and 0.3 of their own, half collected; grids: 0.2. 10 + 20 are served a year in DEU;
    FRA's 5 give back 0.2. Slag comes back by a row of its own."""
    plan = solved("""
    Years
      year
      2025
      2026
    Commodities
      commodity  unit  unmet cost
      metal      t     1000
      scrap      t     1
      slag       t     1
    Processes
      process  unit
      mine     t
    Recipes
      process  commodity  direction  quantity
      mine     metal      out        1
    Sites
      site  process  country  capacity   variable cost
      m     mine     *        unlimited  10
    Demand
      commodity  country  use    2025
      metal      DEU      cars   10
      metal      DEU      grids  20
      metal      FRA      cars   5
    Returns
      demand commodity  country  use   scrap commodity  quantity  delay  collected
      metal             *        *     scrap            0.2       1      -
      metal             DEU      cars  scrap            0.3       1      0.5
      metal             DEU      cars  slag             0.1       1      -
    """)
    assert returned(plan) == {
        ("scrap", "DEU", 2026): 10 * (0.2 + 0.15) + 20 * 0.2, ("scrap", "FRA", 2026): 1, ("slag", "DEU", 2026): 1,
    }  # fmt: skip


def test_returns_and_scrap_of_one_commodity_add_up() -> None:
    plan = planned("""
Years
  year
  2025
  2026
Sites
  site  process  country  capacity   variable cost
  m     mine     DEU      unlimited  10
Scrap
  commodity  country  2025
  scrap      DEU      7
Demand
  commodity  country  2025
  metal      DEU      10
Returns
  demand commodity  scrap commodity  quantity  delay
  metal             scrap            0.5       1
""")
    assert returned(plan) == {("scrap", "DEU", 2025): 7, ("scrap", "DEU", 2026): 12}


def test_a_recycling_site_is_an_ordinary_process_and_scrap_an_ordinary_good() -> None:
    """DEU's 50 t of scrap can go to its own plant of 30 t at 4, or at a freight of 1 to CHN's at 2, whose metal pays
    1 on the way back: (2 + 1) / 0.9 + 1 = 4.33 a tonne of metal against 4 / 0.9 = 4.44. So CHN gets all, unless
    scrap may not leave: then 30 t are recycled at home and the rest is mined at 6."""
    study = """
Scrap
  commodity  country  2025
  scrap      DEU      50
Sites
  site  process  country  capacity   variable cost
  a     recycle  DEU      30         4
  b     recycle  CHN      unlimited  2
  m     mine     DEU      unlimited  6
Demand
  commodity  country  2025
  metal      DEU      100
Lanes
  commodity  from  to  freight
  *          *     *   1
"""
    plan = planned(study)
    assert flows(plan, "Production", "activity", "site") == {"a": 0, "b": 50, "m": 55}
    assert flows(plan, "Shipments", "quantity", "commodity", "from", "to") == {
        ("metal", "CHN", "DEU"): 45, ("metal", "DEU", "DEU"): 55, ("scrap", "DEU", "CHN"): 50,
    }  # fmt: skip
    assert plan.objective == pytest.approx(50 * 3 + 45 + 55 * 6)
    plan = planned(
        study + "Trade measures\n  measure  commodity  from  to  kind\n  keep     scrap      DEU   *   ban\n"
    )
    assert flows(plan, "Production", "activity", "site") == {"a": 30, "m": 73}
    assert flows(plan, "Prices", "producer", "commodity", "country")["scrap", "DEU"] == 0
    assert plan.objective == pytest.approx(30 * 4 + 73 * 6)


TOMORROW = """
Years
  year
  2025
  2026
Sites
  site  process  country  capacity    variable cost
  m     mine     DEU      {capacity}  10
  n     mine     FRA      unlimited   10
  r     recycle  DEU      unlimited   1
Demand
  commodity  country  2025      2026
  metal      DEU      {demand}  10
Lanes
  commodity  from  to   first year
  metal      FRA   DEU  2026
Returns
  demand commodity  scrap commodity  quantity  delay
  metal             scrap            0.5       1
"""


def test_one_more_unit_of_demand_costs_its_supply_less_what_its_scrap_will_save() -> None:
    """In 2026 a tonne of scrap saves 0.9 x 10 - 1 = 8, so a tonne served in 2025 saves 0.5 x 8 / 1.07 later. The metal
    itself is worth the 10 it costs to mine: that is the price, and demand is cheaper by the scrap."""
    plan = planned(TOMORROW.format(capacity=100, demand=10), rate=0.07)
    assert flows(plan, "Prices", "delivered", "commodity", "year")["metal", 2025] == 10
    assert flows(plan, "Prices", "producer", "commodity", "country", "year")["scrap", "DEU", 2026] == pytest.approx(8)
    more = planned(TOMORROW.format(capacity=100, demand=11), rate=0.07)
    assert more.objective - plan.objective == pytest.approx(10 - 0.5 * 8 / 1.07)


def test_a_scarce_unit_is_worth_what_demand_gives_for_it_and_its_scrap() -> None:
    """6 of 10 are mined in 2025, all that there is; demand gives up at 50. One more tonne of metal saves 50 and
    gives back 0.5 t of scrap worth 8 in 2026: 50 + 4 / 1.07."""
    plan = planned(TOMORROW.format(capacity=6, demand=10), rate=0.07, unmet=50)
    assert flows(plan, "Unmet", "unmet", "year") == {2025: 4}
    price = flows(plan, "Prices", "delivered", "commodity", "year")["metal", 2025]
    assert price == pytest.approx(50 + 0.5 * 8 / 1.07, abs=1e-5)
    more = planned(TOMORROW.format(capacity=7, demand=10), rate=0.07, unmet=50)
    assert plan.objective - more.objective == pytest.approx(price - 10, abs=1e-5)


def test_demand_is_served_beyond_its_value_when_its_scrap_pays_for_it() -> None:
    """Mining costs 10 and demand gives up at 9; but served demand gives back 0.5 t worth 8 a year later, 4 in all."""
    study = TOMORROW.replace(
        "  metal      DEU      {demand}  10", "  metal      DEU      10  0\n  metal      FRA      0   10"
    )
    study = study.replace("metal      FRA   DEU  2026", "metal      DEU   FRA  2025")
    steps = "Demand steps\n  commodity  country  step  share  value\n  metal      DEU      s     1      {}\n"
    assert planned((study + steps).format(9, capacity=100))["Unmet"].empty
    plan = planned((study + steps).format(5, capacity=100))
    assert flows(plan, "Unmet", "unmet", "country", "year") == {("DEU", 2025): 10}

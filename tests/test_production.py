"""Production by hand: recipes, sites and their figures by year, seen in what sites run and what goods are worth."""

from __future__ import annotations

import numpy as np
import pytest

from planner.results import Plan
from planner.study import BadInput
from tests.solving import flows, solved

MINE = """
Commodities
  commodity  unit  unmet cost
  ore        t     1000
Processes
  process  unit
  mine     t
  pit      t
Recipes
  process  commodity  direction  quantity
  mine     ore        out        1
  pit      ore        out        1
"""


def mined(text: str) -> Plan:
    """Studies with one good, ore, that `mine` and `pit` make out of nothing."""
    return solved(MINE + text)


def runs(plan: Plan, *keys: str) -> dict[object, float]:
    return flows(plan, "Production", "activity", *(keys or ("site",)))


def price(plan: Plan, side: str = "delivered") -> dict[object, float]:
    """Price by commodity and year, of studies in which each good has one country on that side."""
    frame = plan["Prices"].dropna(subset=[side])
    keys = zip(frame["commodity"], frame["year"], strict=True)
    return {key: round(float(v), 6) for key, v in zip(keys, frame[side], strict=True)}


def test_a_recipe_draws_all_its_inputs_and_passes_their_prices_on() -> None:
    """10 metal want 20 ore at 3 and 5 coke at 8: a metal is worth 20 + 2 x 3 + 0.5 x 8 = 30, the plan costs 300."""
    plan = solved("""
Commodities
  commodity  unit
  ore        t
  coke       t
  metal      t
Processes
  process  unit
  mine     t
  oven     t
  smelt    t
Recipes
  process  commodity  direction  quantity
  mine     ore        out        1
  oven     coke       out        1
  smelt    ore        in         2
  smelt    coke       in         0.5
  smelt    metal      out        1
Sites
  site  process  country  capacity   variable cost
  m     mine     CHL      unlimited  3
  o     oven     POL      unlimited  8
  s     smelt    DEU      unlimited  20
Demand
  commodity  country  2025
  metal      DEU      10
Lanes
  commodity  from  to
  *          *     *
""")
    assert runs(plan) == {"m": 20, "o": 5, "s": 10}
    assert flows(plan, "Shipments", "quantity", "commodity", "from", "to") == {
        ("ore", "CHL", "DEU"): 20,
        ("coke", "POL", "DEU"): 5,
        ("metal", "DEU", "DEU"): 10,
    }
    assert price(plan) == {("ore", 2025): 3, ("coke", 2025): 8, ("metal", 2025): 30}
    assert plan.objective == pytest.approx(300)


@pytest.mark.parametrize(
    ("cobalt", "cobaltmine", "cobalt_price", "copper_price"),
    [(5, 0, 0, 40), (15, 5, 50, 35)],
)
def test_a_by_product_is_worth_nothing_in_surplus_and_carries_its_host_when_scarce(
    cobalt: float, cobaltmine: float, cobalt_price: float, copper_price: float
) -> None:
    """100 copper bring 10 cobalt along. Of 5 wanted the rest is dumped, so that copper bears its cost of 40 alone; of 15
    wanted the last 5 come from a mine at 50, so that each copper earns 0.1 x 50 = 5 beside and costs 35."""
    plan = solved(f"""
Commodities
  commodity  unit
  copper     t
  cobalt     t
Processes
  process  unit
  both     t
  single   t
Recipes
  process  commodity  direction  quantity
  both     copper     out        1
  both     cobalt     out        0.1
  single   cobalt     out        1
Sites
  site    process  country  capacity   variable cost
  both    both     COD      unlimited  40
  single  single   COD      100        50
Demand
  commodity  country  2025
  copper     COD      100
  cobalt     COD      {cobalt}
""")
    assert runs(plan)["single"] == cobaltmine
    assert runs(plan)["both"] == 100
    assert flows(plan, "Balance", "made", "commodity") == {"copper": 100, "cobalt": 10 + cobaltmine}
    assert price(plan) == {("copper", 2025): copper_price, ("cobalt", 2025): cobalt_price}
    assert plan.objective == pytest.approx(100 * 40 + cobaltmine * 50)


ACID = """
Commodities
  commodity  unit  unmet cost  disposable
  metal      t     1000        yes
  acid       t     -           {disposable}
Processes
  process     unit
  smelt       t
  neutralise  t
Recipes
  process     commodity  direction  quantity
  smelt       metal      out        1
  smelt       acid       out        3
  neutralise  acid       in         1
Sites
  site  process     country  capacity   variable cost
  s     smelt       ZMB      unlimited  10
  n     neutralise  ZMB      {capacity}  2
Demand
  commodity  country  2025
  metal      ZMB      4
"""


def test_what_may_not_be_dumped_is_used_up_and_costs_its_maker() -> None:
    """4 metal give 12 acid that only the neutraliser takes, at 2 each: acid is worth -2, a metal 10 + 3 x 2 = 16."""
    plan = solved(ACID.format(disposable="no", capacity="unlimited"))
    assert runs(plan) == {"s": 4, "n": 12}
    assert price(plan) == {("metal", 2025): 16, ("acid", 2025): -2}
    assert price(plan, "producer") == {("metal", 2025): 16, ("acid", 2025): -2}
    assert plan.objective == pytest.approx(64)


def test_what_may_not_be_dumped_stops_its_maker_where_its_outlet_is_full() -> None:
    """The neutraliser takes 6 acid, so 2 metal are made and 2 are given up at 1000: a metal is worth its unmet cost,
    and an acid less worth than nothing by what keeps the smelter from running, (1000 - 10) / 3 = 330."""
    plan = solved(ACID.format(disposable="no", capacity="6"))
    assert runs(plan) == {"s": 2, "n": 6}
    assert flows(plan, "Unmet", "unmet", "commodity") == {"metal": 2}
    assert price(plan) == {("metal", 2025): 1000, ("acid", 2025): -330}
    assert plan.objective == pytest.approx(2 * 10 + 6 * 2 + 2 * 1000)


def test_what_may_be_dumped_costs_nothing() -> None:
    """The same smelter dumps its 12 acid: nobody pays to use them up, and a metal costs 10."""
    plan = solved(ACID.format(disposable="yes", capacity="unlimited"))
    assert runs(plan)["s"] == 4
    assert runs(plan).get("n", 0) == 0
    assert price(plan)["metal", 2025] == 10
    assert plan.objective == pytest.approx(40)


def test_a_recipe_changes_by_year_in_a_straight_line() -> None:
    """Ore per metal falls from 3 in 2025 to 1 in 2035, so 2 in 2030: 10 metal take 30, 20 and 10 ore at 5."""
    plan = solved("""
Settings
  setting        value
  discount rate  0
Years
  year
  2025
  2030
  2035
Commodities
  commodity  unit
  ore        t
  metal      t
Processes
  process  unit
  mine     t
  smelt    t
Recipes
  process  commodity  direction  2025  2035
  mine     ore        out        1     1
  smelt    ore        in         3     1
  smelt    metal      out        1     1
Sites
  site  process  country  capacity   variable cost
  m     mine     CHL      unlimited  5
  s     smelt    CHL      unlimited  0
Demand
  commodity  country  2025
  metal      CHL      10
""")
    assert flows(plan, "Production", "activity", "site", "year") == {
        ("m", 2025): 30, ("m", 2030): 20, ("m", 2035): 10,
        ("s", 2025): 10, ("s", 2030): 10, ("s", 2035): 10,
    }  # fmt: skip
    assert {k[1]: v for k, v in price(plan).items() if k[0] == "metal"} == {2025: 15, 2030: 10, 2035: 5}
    assert plan.objective == pytest.approx(5 * (5 * 30 + 5 * 20 + 10))


def test_an_input_that_falls_to_nothing_is_no_longer_bought() -> None:
    """Rhenium is given up by 2026: nobody makes it then, and the alloy costs 1 instead of 1 + 0.2 x 100."""
    plan = solved("""
Years
  year
  2025
  2026
Commodities
  commodity  unit
  rhenium    t
  alloy      t
Processes
  process  unit
  roast    t
  melt     t
Recipes
  process  commodity  direction  year  quantity
  roast    rhenium    out        2025  1
  melt     rhenium    in         2025  0.2
  melt     rhenium    in         2026  0
  melt     alloy      out        2025  1
Sites
  site  process  country  capacity  last year  variable cost
  r     roast    CHL      50        2025       100
  m     melt     CHL      50        -          1
Demand
  commodity  country  2025
  alloy      CHL      10
""")
    assert {k: v for k, v in runs(plan, "site", "year").items() if v} == {
        ("r", 2025): 2,
        ("m", 2025): 10,
        ("m", 2026): 10,
    }
    assert {k[1]: v for k, v in price(plan).items() if k[0] == "alloy"} == {2025: 21, 2026: 1}


def test_a_site_given_for_a_group_stands_whole_in_each_of_its_countries() -> None:
    """10 in DEU and 10 in FRA, not 5 each: of 15 wanted at home in each, 5 go unmet in each."""
    plan = mined("""
Groups
  group  country
  EU     DEU
  EU     FRA
Sites
  site  process  country  capacity  variable cost
  m     mine     EU       10        7
Demand
  commodity  country  2025
  ore        DEU      15
  ore        FRA      15
""")
    assert runs(plan) == {"m@DEU": 10, "m@FRA": 10}
    assert flows(plan, "Unmet", "unmet", "country") == {"DEU": 5, "FRA": 5}


def test_a_site_given_everywhere_stands_in_every_country() -> None:
    """DEU and FRA have no lane and each its own copy at 7; the copy in CHL has no one to sell to."""
    plan = mined("""
Countries
  country
  DEU
  FRA
  CHL
Sites
  site  process  country  capacity   variable cost
  m     mine     *        unlimited  7
Demand
  commodity  country  2025
  ore        DEU      15
  ore        FRA      4
""")
    assert {k: v for k, v in runs(plan).items() if v} == {"m@DEU": 15, "m@FRA": 4}
    assert plan.objective == pytest.approx(19 * 7)


THREE = """
Settings
  setting        value
  discount rate  0
Years
  year
  2025
  2027
  2029
  2031
"""


def test_capacity_set_by_year_steps_until_its_last_year_and_then_the_site_speaks_again() -> None:
    """Sites says 10. From 2026 it is 30 and from 2028 on 40, a step: 2027 has 30 and not 35. After 2029 it is 10 again."""
    plan = mined(
        THREE
        + """
Sites
  site  process  country  capacity  variable cost
  m     mine     AUS      10        5
Demand
  commodity  country  2025
  ore        AUS      100
Site years
  site  item      last year  2026  2028
  m     capacity  2029       30    40
"""
    )
    assert runs(plan, "year") == {2025: 10, 2027: 30, 2029: 40, 2031: 10}
    assert flows(plan, "Production", "capacity", "year") == {2025: 10, 2027: 30, 2029: 40, 2031: 10}
    assert flows(plan, "Unmet", "unmet", "year") == {2025: 90, 2027: 70, 2029: 60, 2031: 90}


def test_capacity_set_by_year_outlives_the_last_year_of_the_site() -> None:
    """Sites closes the mine after 2026; an announced reopening sets 8 from 2029 on. Nothing stands in 2027."""
    plan = mined(
        THREE
        + """
Sites
  site  process  country  capacity  last year  variable cost
  m     mine     AUS      10        2026       5
Demand
  commodity  country  2025
  ore        AUS      100
Site years
  site  item      2029
  m     capacity  8
"""
    )
    assert runs(plan, "year") == {2025: 10, 2029: 8, 2031: 8}
    assert flows(plan, "Unmet", "unmet", "year") == {2025: 90, 2027: 100, 2029: 92, 2031: 92}


def test_the_last_year_of_a_site_is_a_year_of_work() -> None:
    """Open through 2029, closed in 2031."""
    plan = mined(
        THREE
        + """
Sites
  site  process  country  capacity  last year  variable cost
  m     mine     AUS      10        2029       5
Demand
  commodity  country  2025
  ore        AUS      10
"""
    )
    assert runs(plan, "year") == {2025: 10, 2027: 10, 2029: 10}
    assert flows(plan, "Unmet", "unmet", "year") == {2031: 10}


def test_a_learning_curve_multiplies_costs_in_a_straight_line_and_holds_its_ends() -> None:
    """20 is untouched in 2025, before the curve begins. From 1.1 in 2026 to 0.7 in 2030 it passes 1.0 in 2027 and 0.8 in
    2029; the 0.7 holds in 2031."""
    plan = mined(
        THREE
        + """
Sites
  site  process  country  capacity  variable cost
  m     mine     AUS      100       20
Demand
  commodity  country  2025
  ore        AUS      10
Site years
  site  item           operation  2026  2030
  m     variable cost  multiply   1.1   0.7
"""
    )
    assert price(plan) == {("ore", 2025): 20, ("ore", 2027): 20, ("ore", 2029): 16, ("ore", 2031): 14}
    assert plan.objective == pytest.approx(10 * (2 * 20 + 2 * 20 + 2 * 16 + 14))


def test_multiply_acts_on_what_set_has_left() -> None:
    """set says 30 from 2027 on, multiply halves from 2029 on: 10, 30, 15, 15 of variable cost."""
    plan = mined(
        THREE
        + """
Sites
  site  process  country  capacity  variable cost
  m     mine     AUS      100       10
Demand
  commodity  country  2025
  ore        AUS      10
Site years
  site  item           operation  2027  2029
  m     variable cost  set        30    30
  m     variable cost  multiply   -     0.5
"""
    )
    assert price(plan) == {("ore", 2025): 10, ("ore", 2027): 30, ("ore", 2029): 15, ("ore", 2031): 15}


def test_an_outage_takes_a_share_of_the_standing_capacity_for_its_years_alone() -> None:
    """A strike halves 10 in 2027; the dearer pit stands in at 9, and is the price only then."""
    plan = mined(
        THREE
        + """
Sites
  site  process  country  capacity  variable cost
  m     mine     AUS      10        5
  p     pit      AUS      10        9
Demand
  commodity  country  2025
  ore        AUS      8
Site years
  site  item      operation  last year  2026
  m     capacity  multiply   2028       0.5
"""
    )
    assert {k: v for k, v in runs(plan, "site", "year").items() if v} == {
        ("m", 2025): 8, ("m", 2027): 5, ("m", 2029): 8, ("m", 2031): 8, ("p", 2027): 3,
    }  # fmt: skip
    assert price(plan) == {("ore", 2025): 5, ("ore", 2027): 9, ("ore", 2029): 5, ("ore", 2031): 5}


def test_the_most_specific_row_of_site_years_decides() -> None:
    """A site beats its process in its country, that beats the process, that a group, and that `*`: seven mines, each
    alone in its country, whose price shows which row it heard. Of two rows with one key column named, the one that
    names a single country beats the one that names a group."""
    plan = mined("""
Groups
  group  country
  EU     DEU
  EU     FRA
  EU     ITA
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      10        1
  b     mine     AUS      0         1
  c     mine     CHL      10        1
  d     mine     PER      10        1
  e     pit      FRA      10        1
  f     pit      DEU      10        1
  g     pit      USA      10        1
Demand
  commodity  country  2025
  ore        AUS      5
  ore        CHL      5
  ore        PER      5
  ore        FRA      5
  ore        DEU      5
  ore        USA      5
Site years
  site  process  country  item           2025
  a     *        *        variable cost  10
  *     mine     CHL      variable cost  20
  *     mine     *        variable cost  30
  *     *        DEU      variable cost  40
  *     *        EU       variable cost  50
  *     *        *        variable cost  60
""")
    assert flows(plan, "Prices", "producer", "country") == {
        "AUS": 10, "CHL": 20, "PER": 30, "DEU": 40, "FRA": 50, "USA": 60,
    }  # fmt: skip


def test_equally_specific_rows_that_disagree_on_a_site_are_an_error_that_names_both_cells() -> None:
    text = """
Sites
  site  process  country  capacity  variable cost
  a     mine     CHL      10        1
Demand
  commodity  country  2025
  ore        CHL      5
Site years
  process  country  item           2025
  mine     *        variable cost  30
  *        CHL      variable cost  {}
"""
    with pytest.raises(BadInput) as found:
        mined(text.format(40))
    (problem,) = found.value.problems
    assert (problem.sheet, problem.cell) == ("Site years", "D2")
    assert "Site years!D3" in problem.problem
    assert price(mined(text.format(30))) == {("ore", 2025): 30}


def test_a_declared_name_stands_for_all_copies_and_one_copy_for_itself() -> None:
    """All copies run at 20, the one in FRA at 30, a copy being more specific than the name of them all."""
    plan = mined("""
Groups
  group  country
  EU     DEU
  EU     FRA
Sites
  site  process  country  capacity  variable cost
  m     mine     EU       10        1
Demand
  commodity  country  2025
  ore        DEU      5
  ore        FRA      5
Site years
  site   item           2025
  m      variable cost  20
  m@FRA  variable cost  30
""")
    assert flows(plan, "Prices", "producer", "country") == {"DEU": 20, "FRA": 30}


def test_a_row_that_matches_no_site_is_told() -> None:
    plan = mined("""
Countries
  country
  AUS
  PER
Sites
  site  process  country  capacity  variable cost
  a     mine     AUS      10        1
Demand
  commodity  country  2025
  ore        AUS      5
Site years
  country  item           2025
  PER      variable cost  30
""")
    assert any("Site years" in note and "matches nothing" in note for note in plan.notes)
    assert price(plan) == {("ore", 2025): 1}


def test_a_site_that_must_run_runs_beside_a_cheaper_one() -> None:
    """40 % of 10 at 9 must run; the other 6 come at 5, which is the price: must-run output does not set it."""
    plan = mined("""
Sites
  site  process  country  capacity  variable cost  min use
  m     mine     AUS      100       5              -
  p     pit      AUS      10        9              0.4
Demand
  commodity  country  2025
  ore        AUS      10
""")
    assert runs(plan) == {"m": 6, "p": 4}
    assert price(plan) == {("ore", 2025): 5}
    assert plan.objective == pytest.approx(6 * 5 + 4 * 9)


def test_a_site_that_must_run_dumps_what_nobody_wants() -> None:
    """4 run, 3 are wanted, 1 is dumped: one more would cost nothing."""
    plan = mined("""
Sites
  site  process  country  capacity  variable cost  min use
  p     pit      AUS      10        9              0.4
Demand
  commodity  country  2025
  ore        AUS      3
""")
    assert runs(plan) == {"p": 4}
    assert flows(plan, "Balance", "made", "country") == {"AUS": 4}
    assert flows(plan, "Balance", "served", "country") == {"AUS": 3}
    assert price(plan) == {("ore", 2025): 0}
    assert plan.objective == pytest.approx(36)


def test_min_use_speaks_of_what_stands_and_not_of_builds() -> None:
    """10 stand and 20 are built for 2026. When 2027 wants only 2, 5 must run: half of 10, and not half of 30."""
    plan = mined("""
Years
  year
  2025
  2026
  2027
Sites
  site  process  country  capacity  variable cost  min use  capex  lead time
  p     pit      AUS      10        9              0.5      1      1
Demand
  commodity  country  2025  2026  2027
  ore        AUS      30    30    2
""")
    assert runs(plan, "year") == {2025: 10, 2026: 30, 2027: 5}


def test_unlimited_capacity_serves_whatever_is_wanted_and_shows_no_capacity() -> None:
    plan = mined("""
Sites
  site  process  country  capacity   variable cost
  m     mine     AUS      unlimited  5
Demand
  commodity  country  2025
  ore        AUS      1e7
""")
    assert runs(plan) == {"m": 1e7}
    assert plan["Production"]["capacity"].isna().all()
    assert plan.objective == pytest.approx(5e7)


def test_unlimited_stays_unlimited_when_multiplied_and_ends_when_set() -> None:
    """Nothing times unlimited is unlimited too, in 2027; from 2029 on the capacity is 6, which is halved."""
    plan = mined(
        THREE
        + """
Sites
  site  process  country  capacity   variable cost
  m     mine     AUS      unlimited  5
Demand
  commodity  country  2025
  ore        AUS      100
Site years
  site  item      operation  2027  2029
  m     capacity  multiply   0     0.5
  m     capacity  set        -     6
"""
    )
    assert runs(plan, "year") == {2025: 100, 2027: 100, 2029: 3, 2031: 3}
    assert np.isnan(plan["Production"].set_index("year")["capacity"][2027])


def test_an_unlimited_site_may_close_and_be_built_again() -> None:
    """Unlimited until 2027; the 10 decided then, with a lead time of 2, work from 2029 on and are paid for 3 years."""
    plan = mined(
        THREE
        + """
Sites
  site  process  country  capacity   last year  variable cost  capex  lead time
  m     mine     AUS      unlimited  2027       5              1      2
Demand
  commodity  country  2025
  ore        AUS      10
"""
    )
    assert runs(plan, "year") == {2025: 10, 2027: 10, 2029: 10, 2031: 10}
    assert flows(plan, "Builds", "capacity", "year") == {2027: 10}
    assert plan.totals["investment"] == pytest.approx(3 * 10 * 1 / 20)


@pytest.mark.parametrize(("disposable", "made", "worth"), [("yes", 10, 0), ("no", 4, -5)])
def test_a_negative_cost_runs_a_site_to_its_capacity_where_the_surplus_may_be_dumped(
    disposable: str, made: float, worth: float
) -> None:
    """At -5 a unit (a credit for something outside) all 10 run and 6 are dumped: one more wanted costs nothing. Where
    nothing may be dumped 4 run, and one more wanted earns 5."""
    plan = solved(f"""
Commodities
  commodity  unit  disposable
  ore        t     {disposable}
Processes
  process  unit
  mine     t
Recipes
  process  commodity  direction  quantity
  mine     ore        out        1
Sites
  site  process  country  capacity  variable cost
  m     mine     AUS      10        -5
Demand
  commodity  country  2025
  ore        AUS      4
""")
    assert runs(plan) == {"m": made}
    assert price(plan) == {("ore", 2025): worth}
    assert plan.objective == pytest.approx(-5 * made)


def test_max_use_of_the_site_overrides_its_process_and_site_years_both() -> None:
    """The process may run 50 % of 10; site b says 80 %, and 20 % from 2027 on."""
    plan = solved(
        THREE
        + """
Commodities
  commodity  unit  unmet cost
  ore        t     1000
Processes
  process  unit  max use
  mine     t     0.5
Recipes
  process  commodity  direction  quantity
  mine     ore        out        1
Sites
  site  process  country  capacity  variable cost  max use
  a     mine     AUS      10        5              -
  b     mine     AUS      10        5              0.8
Demand
  commodity  country  2025
  ore        AUS      100
Site years
  site  item     2027
  b     max use  0.2
"""
    )
    assert runs(plan, "site", "year") == {
        ("a", 2025): 5, ("a", 2027): 5, ("a", 2029): 5, ("a", 2031): 5,
        ("b", 2025): 8, ("b", 2027): 2, ("b", 2029): 2, ("b", 2031): 2,
    }  # fmt: skip


def test_what_arrives_is_not_shipped_on_unless_a_process_does_so() -> None:
    """CHN buys ore of AUS and sells none of it to DEU, to which AUS has no lane: 5 go unmet. With a re-export process
    that takes and gives ore they move, at 5 + 1."""
    text = """
Commodities
  commodity  unit  unmet cost
  ore        t     1000
Processes
  process   unit
  mine      t
  reexport  t
Recipes
  process   commodity  direction  quantity
  mine      ore        out        1
  reexport  ore        in         1
  reexport  ore        out        1
Sites
  site  process   country  capacity  variable cost
  m     mine      AUS      100       5
  r     reexport  CHN      {}        1
Demand
  commodity  country  2025
  ore        CHN      10
  ore        DEU      5
Lanes
  commodity  from  to
  ore        AUS   CHN
  ore        CHN   DEU
"""
    none, some = solved(text.format("0  ")), solved(text.format("100"))
    assert flows(none, "Unmet", "unmet", "country") == {"DEU": 5}
    assert flows(none, "Shipments", "quantity", "from", "to") == {("AUS", "CHN"): 10}
    assert flows(some, "Shipments", "quantity", "from", "to") == {("AUS", "CHN"): 15, ("CHN", "DEU"): 5}
    assert some.objective == pytest.approx(15 * 5 + 5)

"""Capacity by hand: what stands, what is built, when it works, and what it costs over years of unequal length."""

from __future__ import annotations

import pytest

from planner.results import Plan
from tests.solving import flows, solved

BASE = """
Commodities
  commodity  unit  unmet cost
  ore        t     {unmet}
Processes
  process  unit
  mine     t
Recipes
  process  commodity  direction  quantity
  mine     ore        out        1
Settings
  setting        value
  discount rate  {rate}
  base year      {base}
"""


def planned(text: str, rate: float = 0.0, unmet: float = 1000, base: int = 2025) -> Plan:
    """Studies with one good, ore, that `mine` makes; not discounted unless a rate is given."""
    return solved(BASE.format(rate=rate, unmet=unmet, base=base) + text)


def discounted(plan: Plan, term: str) -> float:
    frame = plan["Costs"]
    return float(frame.loc[frame["term"] == term, "discounted"].sum())


def annual(first: int, last: int) -> str:
    return "Years\n  year\n" + "".join(f"  {y}\n" for y in range(first, last + 1))


LIVES_INSIDE = (
    annual(2025, 2033)
    + """
Countries
  country  capital rate
  AUS      {}
Sites
  site  process  country  capacity  variable cost  capex  lead time  lifetime
  m     mine     AUS      0         0              1000   2          5
Demand
  commodity  country  2026  2027  2031  2032
  ore        AUS      0     10    10    0
"""
)


@pytest.mark.parametrize("rate", [0.0, 0.03, 0.07, 0.15])
def test_at_the_discount_rate_a_plant_that_lives_inside_the_horizon_costs_its_capex(rate: float) -> None:
    """10 are decided in 2025, work from 2027 to 2031 and are paid by five annuities: discounted to the first year of
    operation they are worth the capex of 10,000 exactly."""
    plan = planned(LIVES_INSIDE.format("-"), rate=rate)
    assert flows(plan, "Builds", "capacity", "year") == {2025: 10}
    assert flows(plan, "Builds", "available", "year") == {2025: 2027}
    assert discounted(plan, "investment") == pytest.approx(10_000 / (1 + rate) ** 2, rel=1e-12)
    assert plan.objective == pytest.approx(10_000 / (1 + rate) ** 2)
    paid = plan["Costs"].set_index("year")["cost"]
    assert list(paid.index) == [2027, 2028, 2029, 2030, 2031]
    assert paid.to_numpy() == pytest.approx([paid[2027]] * 5)


@pytest.mark.parametrize("own", [0.0, 0.05, 0.12])
def test_a_countrys_capital_rate_sets_its_annuity_and_not_the_discounting(own: float) -> None:
    """The annuity is the capex times the recovery factor at the country's own rate i over 5 years, paid at the start of
    each year: capex x i / (1 - (1+i)^-5) / (1+i), and a fifth of the capex at i = 0. It is discounted at 7 %."""
    plan = planned(LIVES_INSIDE.format(own), rate=0.07)
    annuity = 10_000 * own / (1 - (1 + own) ** -5) / (1 + own) if own else 2_000
    assert flows(plan, "Costs", "cost", "term", "year")["investment", 2029] == pytest.approx(annuity)
    assert plan.objective == pytest.approx(sum(annuity / 1.07**k for k in range(2, 7)))


@pytest.mark.parametrize(("share", "built"), [(0.999, {"b"}), (1.001, {"a"})])
def test_the_cheaper_annuity_wins_and_not_the_cheaper_capex(share: float, built: set[str]) -> None:
    """Money costs 5 % in AUS and 12 % in COD. The plant of COD is built while its capex is below that of AUS, 1000,
    times the ratio of the annuities of one unit of capital over 20 years."""
    unit = {i: i / (1 - (1 + i) ** -20) / (1 + i) for i in (0.05, 0.12)}
    plan = planned(f"""
Years
  year
  2025
  2026
Countries
  country  capital rate
  AUS      0.05
  COD      0.12
Sites
  site  process  country  capacity  variable cost  capex
  a     mine     AUS      0         7              1000
  b     mine     COD      0         7              {share * 1000 * unit[0.05] / unit[0.12]:.6f}
Demand
  commodity  country  2025  2026
  ore        AUS      0     10
Lanes
  commodity  from  to
  *          *     *
""")  # fmt: skip
    assert set(flows(plan, "Builds", "capacity", "site")) == built
    assert plan["Builds"]["capacity"].sum() == pytest.approx(10)


def test_where_a_build_is_the_last_resort_the_price_is_its_annuity_and_running_cost() -> None:
    """One more ore in 2026 wants one more unit of capacity for the one year inside the horizon: 5 + 1000 x CRF / 1.07."""
    plan = planned(
        """
Years
  year
  2025
  2026
Sites
  site  process  country  capacity  variable cost  capex  lifetime
  m     mine     AUS      3         5              1000   10
Demand
  commodity  country  2025  2026
  ore        AUS      2     10
""",
        rate=0.07,
    )
    annuity = 1000 * 0.07 / (1 - 1.07**-10) / 1.07
    assert flows(plan, "Builds", "capacity", "year") == {2025: 7}
    assert flows(plan, "Prices", "delivered", "year") == {2025: 5, 2026: pytest.approx(5 + annuity, abs=1e-5)}
    assert plan.objective == pytest.approx(2 * 5 + (10 * 5 + 7 * annuity) / 1.07)


def test_a_build_works_after_its_lead_time() -> None:
    """Decided in 2025 it works from 2028 on: 10 go unmet in each of the three years before."""
    plan = planned(
        annual(2025, 2030)
        + """
Sites
  site  process  country  capacity  variable cost  capex  lead time
  m     mine     AUS      0         0              100    3
Demand
  commodity  country  2025
  ore        AUS      10
"""
    )
    assert flows(plan, "Builds", "capacity", "year") == {2025: 10}
    assert flows(plan, "Unmet", "unmet", "year") == {2025: 10, 2026: 10, 2027: 10}
    assert flows(plan, "Production", "activity", "year") == {2028: 10, 2029: 10, 2030: 10}
    assert plan.objective == pytest.approx(30 * 1000 + 3 * 10 * 100 / 20)


@pytest.mark.parametrize("lead", [0, 1])
def test_no_build_works_in_the_first_period_nor_is_it_paid_there(lead: int) -> None:
    """The first model year stands for 2025 to 2029. What is decided then could work from 2025 or 2026; it does from 2030,
    and the five years until then cost nothing. 2030 and 2031 are paid: 2 x 10 x 100 / 20 = 100."""
    plan = planned(f"""
Years
  year
  2025
  2030
  2031
Sites
  site  process  country  capacity  variable cost  capex  lead time
  m     mine     AUS      0         0              100    {lead}
Demand
  commodity  country  2025
  ore        AUS      10
""")
    assert flows(plan, "Unmet", "unmet", "year") == {2025: 10}
    assert flows(plan, "Costs", "cost", "term", "year") == {
        ("investment", 2030): 50, ("investment", 2031): 50, ("unmet demand", 2025): 10_000,
    }  # fmt: skip
    assert plan.objective == pytest.approx(5 * 10_000 + 100)


def test_without_lead_time_a_build_works_in_the_year_it_is_decided() -> None:
    """Builds may begin in 2027: 2025 and 2026 go unmet, 2027 is served."""
    plan = planned(
        annual(2025, 2028)
        + """
Sites
  site  process  country  capacity  variable cost  capex  build from  lead time
  m     mine     AUS      0         0              100    2027        0
Demand
  commodity  country  2025
  ore        AUS      10
"""
    )
    assert flows(plan, "Builds", "capacity", "year") == {2027: 10}
    assert flows(plan, "Unmet", "unmet", "year") == {2025: 10, 2026: 10}


def test_a_life_that_ends_inside_a_period_counts_and_costs_its_share_of_it() -> None:
    """What is decided in 2025 (no other year may) works from 2030 to 2036: all of the period 2030-34, and 2 years of
    2035-39. The 10 that 2030 wants give 0.4 x 10 = 4 in 2035. A unit costs 1000 over its 7 years, and an idle one more
    would save only 0.4 x 5 x 300 = 600 of unmet demand. Fixed cost of 3 is paid for 10 and then for 4."""
    plan = planned(
        """
Years
  year  length
  2025  -
  2030  -
  2035  5
Sites
  site  process  country  capacity  variable cost  fixed cost  capex  lead time  lifetime
  m     mine     AUS      0         0              3           1000   5          7
Site years
  site  item       2025  2030
  m     max build  1000  0
Demand
  commodity  country  2025  2030
  ore        AUS      0     10
""",
        unmet=300,
    )
    assert flows(plan, "Builds", "capacity", "year") == {2025: 10}
    assert flows(plan, "Production", "activity", "year") == {2030: 10, 2035: 4}
    assert flows(plan, "Unmet", "unmet", "year") == {2035: 6}
    assert flows(plan, "Costs", "discounted", "term", "year") == {
        ("fixed cost", 2030): 5 * 30, ("fixed cost", 2035): 5 * 12,
        ("investment", 2030): pytest.approx(10_000 * 5 / 7), ("investment", 2035): pytest.approx(10_000 * 2 / 7),
        ("unmet demand", 2035): 5 * 6 * 300,
    }  # fmt: skip


def test_a_life_that_does_not_end_with_a_year_is_paid_once() -> None:
    """2.5 years from 2026 on are the years 2026, 2027 and 2028: 3 payments, each a third of 10 x 900 at no interest."""
    plan = planned(
        annual(2025, 2030)
        + """
Sites
  site  process  country  capacity  variable cost  capex  lifetime
  m     mine     AUS      0         0              900    2.5
Demand
  commodity  country  2025  2026  2028  2029
  ore        AUS      0     10    10    0
""",
        unmet=1000,
    )
    assert flows(plan, "Production", "activity", "year") == {2026: 10, 2027: 10, 2028: 10}
    assert flows(plan, "Costs", "discounted", "term", "year") == {("investment", y): 3000 for y in (2026, 2027, 2028)}


def test_a_build_that_ramps_up_reaches_its_capacity_year_by_year_and_is_paid_in_full() -> None:
    """With a ramp of 3 years 10 give 2.5, 5, 7.5 and then 10. They cost 4 x 10 x 1000 / 20 = 2000; a further unit would
    cost 200 and save (0.25 + 0.5 + 0.75) x 100 = 150 of unmet demand."""
    plan = planned(
        annual(2025, 2029)
        + """
Sites
  site  process  country  capacity  variable cost  capex  ramp
  m     mine     AUS      0         0              1000   3
Site years
  site  item       2025  2026
  m     max build  1000  0
Demand
  commodity  country  2025  2026
  ore        AUS      0     10
""",
        unmet=100,
    )
    assert flows(plan, "Production", "activity", "year") == {2026: 2.5, 2027: 5, 2028: 7.5, 2029: 10}
    assert discounted(plan, "investment") == pytest.approx(2000)
    assert plan.objective == pytest.approx(2000 + 15 * 100)


def test_a_ramp_inside_a_period_counts_with_the_mean_of_its_years() -> None:
    """Ramp 3 from 2030 on: (0.25 + 0.5 + 0.75 + 1 + 1) / 5 = 0.7 of the 10 that were allowed."""
    plan = planned("""
Years
  year  length
  2025  -
  2030  5
Sites
  site  process  country  capacity  variable cost  capex  ramp  lead time  max build
  m     mine     AUS      0         0              10     3     5          10
Demand
  commodity  country  2025
  ore        AUS      100
""")
    assert flows(plan, "Production", "activity", "year") == {2030: 7}
    assert flows(plan, "Builds", "capacity", "year") == {2025: 10}


def test_what_may_be_built_grows_with_the_years_since_the_last_decision() -> None:
    """2 a year: 2 in 2025 (the year before stands alone), 4 in 2027. Of these 4, at work from 2028 on, the period 2027-31
    sees 4 of its 5 years: 2 + 0.8 x 4 = 5.2. What is decided in 2032 would work in 2033: beyond the horizon, no build."""
    plan = planned("""
Years
  year
  2025
  2027
  2032
Sites
  site  process  country  capacity  variable cost  capex  max build
  m     mine     AUS      0         0              10     2
Demand
  commodity  country  2025
  ore        AUS      100
""")
    assert flows(plan, "Builds", "capacity", "year") == {2025: 2, 2027: 4}
    assert flows(plan, "Production", "activity", "year") == {2027: 5.2, 2032: 6}


def test_max_build_may_change_by_year() -> None:
    """1, 2, 3 in a straight line from 2025 to 2027: 1, 3 and 6 stand a year later."""
    plan = planned(
        annual(2025, 2028)
        + """
Sites
  site  process  country  capacity  variable cost  capex  max build
  m     mine     AUS      0         0              10     100
Site years
  site  item       2025  2027
  m     max build  1     3
Demand
  commodity  country  2025
  ore        AUS      100
"""
    )
    assert flows(plan, "Production", "activity", "year") == {2026: 1, 2027: 3, 2028: 6}


def test_max_capacity_bounds_what_stands_and_what_is_built_together() -> None:
    """8 may stand. 6 do through 2026, so 2 are built for 2026; when the 6 close, 6 more replace them from 2027 on."""
    plan = planned(
        annual(2025, 2028)
        + """
Sites
  site  process  country  capacity  last year  variable cost  capex  max capacity
  m     mine     AUS      6         2026       0              10     8
Demand
  commodity  country  2025
  ore        AUS      100
"""
    )
    assert flows(plan, "Production", "activity", "year") == {2025: 6, 2026: 8, 2027: 8, 2028: 8}
    assert flows(plan, "Builds", "capacity", "year") == {2025: 2, 2026: 6}


def test_max_capacity_below_what_stands_only_forbids_builds() -> None:
    plan = planned(
        annual(2025, 2027)
        + """
Sites
  site  process  country  capacity  variable cost  capex  max capacity
  m     mine     AUS      10        0              10     8
Demand
  commodity  country  2025
  ore        AUS      100
"""
    )
    assert flows(plan, "Production", "activity", "year") == {2025: 10, 2026: 10, 2027: 10}
    assert plan["Builds"].empty


def test_builds_begin_with_build_from() -> None:
    """Not decided before 2027, so at work in 2028."""
    plan = planned(
        annual(2025, 2029)
        + """
Sites
  site  process  country  capacity  variable cost  capex  build from
  m     mine     AUS      0         0              10     2027
Demand
  commodity  country  2025
  ore        AUS      10
"""
    )
    assert flows(plan, "Builds", "capacity", "year") == {2027: 10}
    assert flows(plan, "Production", "activity", "year") == {2028: 10, 2029: 10}


def test_a_build_too_late_for_the_horizon_is_no_decision() -> None:
    """With a lead time of 5 nothing decided from 2025 on works by 2029: the LP has no such column."""
    plan = planned(
        annual(2025, 2029)
        + """
Sites
  site  process  country  capacity  variable cost  capex  lead time
  m     mine     AUS      3         0              10     5
Demand
  commodity  country  2025
  ore        AUS      10
"""
    )
    index, _ = plan.values("capacity.build")
    assert len(index) == 0
    assert flows(plan, "Unmet", "unmet", "year") == dict.fromkeys(range(2025, 2030), 7)


def test_a_site_without_capex_cannot_grow() -> None:
    plan = planned(
        annual(2025, 2027)
        + """
Sites
  site  process  country  capacity  variable cost
  m     mine     AUS      3         0
Demand
  commodity  country  2025
  ore        AUS      10
"""
    )
    assert flows(plan, "Production", "activity", "year") == {2025: 3, 2026: 3, 2027: 3}
    assert len(plan.values("capacity.build")[0]) == 0


def test_capex_of_the_year_of_decision_is_paid() -> None:
    """Capex falls from 100 to 20 in 2027. 2026 must be served by what is decided in 2025, 4 at 100 / 20 a year; the 6
    that 2028 wants beyond are decided in 2027, at 20 / 20 a year."""
    plan = planned(
        annual(2025, 2028)
        + """
Sites
  site  process  country  capacity  variable cost  capex
  m     mine     AUS      0         0              100
Site years
  site  item   2026  2027
  m     capex  100   20
Demand
  commodity  country  2025  2026  2027  2028
  ore        AUS      0     4     4     10
"""
    )
    assert flows(plan, "Builds", "capacity", "year") == {2025: 4, 2027: 6}
    assert flows(plan, "Builds", "capex", "year") == {2025: 400, 2027: 120}
    assert plan.objective == pytest.approx(3 * 4 * 100 / 20 + 6 * 20 / 20)


def test_fixed_cost_falls_on_what_stands_used_or_not_and_on_builds_at_work() -> None:
    """4 stand until 2026, 2 of them idle in 2025: 4 x 3. 6 are built for 2026: 10 x 3. In 2027 the 4 are gone, and the
    fixed cost is 5: 6 x 5. No site may close early to save it."""
    plan = planned(
        annual(2025, 2027)
        + """
Sites
  site  process  country  capacity  last year  variable cost  fixed cost  capex
  m     mine     AUS      4         2026       0              3           20
Site years
  site  item        2027
  m     fixed cost  5
Demand
  commodity  country  2025  2026  2027
  ore        AUS      2     10    6
"""
    )
    assert {k[1]: v for k, v in flows(plan, "Costs", "cost", "term", "year").items() if k[0] == "fixed cost"} == {
        2025: 12, 2026: 30, 2027: 30,
    }  # fmt: skip
    assert plan.objective == pytest.approx(12 + 30 + 30 + 2 * 6 * 20 / 20)


def test_max_use_holds_for_builds_too() -> None:
    """At 80 % use 10 ore want 12.5 of capacity."""
    plan = planned(
        annual(2025, 2026)
        + """
Sites
  site  process  country  capacity  variable cost  capex  max use
  m     mine     AUS      0         0              20     0.8
Demand
  commodity  country  2025  2026
  ore        AUS      0     10
"""
    )
    assert flows(plan, "Builds", "capacity", "year") == {2025: 12.5}
    assert flows(plan, "Production", "use", "year") == {2026: 0.8}
    assert plan.objective == pytest.approx(12.5)


def test_a_site_overrides_the_times_of_its_process() -> None:
    """The process needs 3 years and lives 20; this site needs 1 and lives 2: 2025's build works in 2026 and 2027."""
    plan = solved(
        """
Commodities
  commodity  unit  unmet cost
  ore        t     1000
Processes
  process  unit  lead time  lifetime
  mine     t     3          20
Recipes
  process  commodity  direction  quantity
  mine     ore        out        1
Settings
  setting        value
  discount rate  0
Sites
  site  process  country  capacity  variable cost  capex  lead time  lifetime
  a     mine     AUS      0         0              10     1          2
  b     mine     PER      0         0              10     -          -
Demand
  commodity  country  2025
  ore        AUS      10
  ore        PER      10
"""
        + annual(2025, 2028)
    )
    assert flows(plan, "Unmet", "unmet", "country", "year") == {
        ("AUS", 2025): 10, ("PER", 2025): 10, ("PER", 2026): 10, ("PER", 2027): 10,
    }  # fmt: skip
    builds = flows(plan, "Builds", "capacity", "site", "year")
    assert builds == {("a", 2025): 10, ("a", 2027): 10, ("b", 2025): 10}
    # Two lives of 10 / 2 a year, in 2026-27 and (its second year beyond the horizon) 2028; b: 1 year of 10 / 20.
    assert discounted(plan, "investment") == pytest.approx(10 * (3 * 10 / 2 + 10 / 20))


def test_a_resource_is_used_up_over_periods_of_unequal_length() -> None:
    """100 ore at no cost against a backstop at 50. A unit used a year earlier saves more after discounting, so 2025-29
    takes 5 x 10, 2030-39 the other 50, 5 a year, and 2040 none. The unit's worth is what it saves on average over
    2030-39, lambda = 50 f1 / 10; so ore costs 5 lambda / f0 in 2025, and 50 where the backstop runs."""
    plan = planned(
        """
Years
  year
  2025
  2030
  2040
Sites
  site  process  country  capacity   variable cost  resource
  m     mine     AUS      100        0              100
  b     mine     CHL      unlimited  50             -
Demand
  commodity  country  2025
  ore        AUS      10
Lanes
  commodity  from  to
  *          *     *
""",
        rate=0.07,
    )
    f0, f1, f2 = (sum(1.07 ** -(first + j) for j in range(n)) for first, n in ((0, 5), (5, 10), (15, 1)))
    assert {k: v for k, v in flows(plan, "Production", "activity", "site", "year").items() if v} == {
        ("m", 2025): 10, ("m", 2030): 5, ("b", 2030): 5, ("b", 2040): 10,
    }  # fmt: skip
    prices = plan["Prices"].set_index(["country", "year"])["delivered"]["AUS"]
    assert prices.to_dict() == pytest.approx({2025: 5 * (50 * f1 / 10) / f0, 2030: 50, 2040: 50})
    assert plan.objective == pytest.approx(5 * 50 * f1 + 10 * 50 * f2)


def test_costs_of_a_period_are_those_of_each_of_its_years_discounted_to_the_base_year() -> None:
    """10 ore at 7 over 2025, 2026-29 and 2030, seen from 2020 at 10 %: each of the 6 years on its own. The price is
    what a unit costs in its year, neither discounted nor multiplied by the length."""
    plan = planned(
        """
Years
  year
  2025
  2026
  2030
Sites
  site  process  country  capacity   variable cost
  m     mine     AUS      unlimited  7
Demand
  commodity  country  2025
  ore        AUS      10
""",
        rate=0.1,
        base=2020,
    )
    years = {2025: [2025], 2026: [2026, 2027, 2028, 2029], 2030: [2030]}
    factor = {y: sum(1.1 ** (2020 - j) for j in part) for y, part in years.items()}
    assert plan.objective == pytest.approx(70 * sum(factor.values()), rel=1e-12)
    assert flows(plan, "Costs", "cost", "year") == {2025: 70, 2026: 70, 2030: 70}
    assert flows(plan, "Costs", "discounted", "year") == pytest.approx({y: 70 * f for y, f in factor.items()})
    assert flows(plan, "Prices", "delivered", "year") == {2025: 7, 2026: 7, 2030: 7}


def test_an_annuity_inside_a_period_is_discounted_by_the_years_it_is_paid() -> None:
    """A plant decided in 2025 with a lead time of 3 works in 2028 and 2029, the last two years of the period 2026-29,
    and in 2030: three payments of annuity, each discounted by its own year. 8 are wanted on average in 2026-29, so 16."""
    plan = planned(
        """
Years
  year
  2025
  2026
  2030
Sites
  site  process  country  capacity  variable cost  capex  lead time  build from
  m     mine     AUS      0         0              1000   3          2020
Site years
  site  item       2025  2026
  m     max build  100   0
Demand
  commodity  country  2025  2026  2030
  ore        AUS      0     8     8
""",
        rate=0.1,
        unmet=100_000,
    )
    annuity = 1000 * 0.1 / (1 - 1.1**-20) / 1.1
    assert flows(plan, "Builds", "capacity", "year") == {2025: 16}
    assert flows(plan, "Production", "capacity", "year") == {2026: 8, 2030: 16}
    assert plan.objective == pytest.approx(16 * annuity * (1.1**-3 + 1.1**-4 + 1.1**-5))

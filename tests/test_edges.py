"""Edge cases by hand: nothing wanted, nobody to make it, rules on empty markets, dates that fall out of the horizon."""

from __future__ import annotations

import math

import pytest

import models
from planner.checks import check
from planner.publish import run_lines, summary
from planner.study import BadInput
from tests.solving import flows, solved
from tests.studies import read

BASE = """
Settings
  setting        value
  discount rate  0
Commodities
  commodity  unit  price  unmet cost
  ore        t     10     100
Processes
  process  unit
  mine     t
Recipes
  process  commodity  direction  quantity
  mine     ore        out        1
Lanes
  commodity  from  to
  *          *     *
"""
TWO = (
    BASE
    + """
Sites
  site  process  country  capacity   variable cost
  a     mine     AUS      unlimited  5
  b     mine     BRA      unlimited  7
Demand
  commodity  country  2025
  ore        DEU      100
"""
)
FIRM = TWO.replace("unmet cost\n  ore        t     10     100", "unmet cost\n  ore        t     10     -")


# nothing wanted


@pytest.mark.parametrize("demand", ["0", "0\n  ore        AUS      0"])
def test_without_demand_the_plan_is_empty_and_costs_nothing(demand: str) -> None:
    """No lane, no flow, no price; every report is there, with its columns and no line."""
    plan = solved(TWO.replace("DEU      100", f"DEU      {demand}"))
    assert plan.objective == 0
    assert plan.unmet == {}
    for report in models.REPORTS:
        assert plan[report.name].empty, report.name
        assert list(plan[report.name].columns) == [c.name for c in report.columns]
    assert summary(plan)["status"] == "optimal"
    assert run_lines(plan)


def test_demand_that_begins_later_leaves_the_first_year_empty() -> None:
    plan = solved(
        "Years\n  year\n  2025\n  2026\n"
        + TWO.replace(
            "country  2025\n  ore        DEU      100", "country  2025  2026\n  ore        DEU      0     100"
        )
    )
    assert flows(plan, "Shipments", "quantity", "from", "to", "year") == {("AUS", "DEU", 2026): 100}
    assert plan.objective == 500


# nobody to make it


def test_what_nobody_can_make_goes_unmet_at_its_unmet_cost() -> None:
    """The price is the unmet cost, marked as the user's own figure; nobody spends or sells anything."""
    plan = solved(BASE + "Sites\n  site  process  country  capacity  variable cost\n  a     mine     AUS      0         5\n"
                  "Demand\n  commodity  country  2025\n  ore        DEU      100\n")  # fmt: skip
    assert flows(plan, "Unmet", "unmet", "commodity", "country") == {("ore", "DEU"): 100}
    assert plan["Prices"][["delivered", "at cap"]].to_numpy().tolist() == [[100, "yes"]]
    assert plan.objective == plan.unmet_value == 10_000
    assert plan["Countries"].empty


def test_firm_demand_that_nobody_can_meet_is_named_before_and_has_no_plan() -> None:
    text = FIRM.replace("unlimited", "0")
    tables, _ = read(text)
    problem = next(p for p in check(tables) if p.severity == "error")
    assert (problem.sheet, "nobody can make it" in problem.problem) == ("Demand", True)
    solved(text, status="infeasible")


def test_an_input_that_nobody_makes_stops_what_needs_it() -> None:
    """Refining needs acid, which nothing makes: its site stands idle, all metal is given up, and no ore is mined for
    it."""
    plan = solved("""
    Commodities
      commodity  unit  unmet cost
      ore        t     -
      acid       t     -
      metal      t     50
    Processes
      process  unit
      mine     t
      refine   t
    Recipes
      process  commodity  direction  quantity
      mine     ore        out        1
      refine   ore        in         2
      refine   acid       in         0.1
      refine   metal      out        1
    Sites
      site  process  country  capacity  variable cost
      m     mine     DEU      100       5
      r     refine   DEU      100       5
    Demand
      commodity  country  2025
      metal      DEU      10
    """)
    assert set(flows(plan, "Production", "activity", "site").values()) == {0}
    assert plan.objective == 500


def test_what_is_made_where_no_lane_leads_to_a_user_stays_unmade() -> None:
    plan = solved(TWO.replace("  *          *     *\n", "  ore        AUS   BRA\n"))
    assert plan["Production"].empty
    assert plan.unmet == {"ore": 100}


# rules on empty markets


LIMIT = """
Limits
  limit  commodity  basis   market  source country  max share  min share  max  min  soft cost
  l      ore        supply  {}
"""


@pytest.mark.parametrize("rest", ["FRA  each  0.5  -  -  -  -", "FRA  AUS  -  0.3  -  -  -", "FRA  *  -  -  40  -  -"])
def test_a_limit_on_a_market_without_supply_changes_nothing(rest: str) -> None:
    """FRA wants nothing and gets nothing: its share is blank, its price 0."""
    plan = solved(TWO + LIMIT.format(rest).replace("FRA  each", "FRA     each"))
    assert flows(plan, "Shipments", "quantity", "from", "to") == {("AUS", "DEU"): 100}
    assert plan.objective == 500
    assert (plan["Limits"]["price"] == 0).all()


def test_a_share_limit_on_a_market_that_gives_everything_up_is_blank_and_not_met() -> None:
    """Ore costs more than its unmet cost, so DEU's market is empty though it wants 100: no share of nothing."""
    plan = solved(
        TWO.replace("unlimited  5", "unlimited  500").replace("unlimited  7", "unlimited  700")
        + LIMIT.format("DEU  each  0.6  -  -  -  -")
    )
    assert len(plan["Limits"]) == 2
    assert plan["Limits"]["value"].isna().all()
    assert plan["Shares"].empty
    assert plan.unmet == {"ore": 100}


def test_a_least_amount_of_a_market_without_supply_is_refused_or_costs_its_soft_cost() -> None:
    """5 t to FRA, which has no use for any: the cell of `min` is named; softly, 5 t are missing at 3."""
    with pytest.raises(BadInput) as refused:
        solved(TWO + LIMIT.format("FRA  *  -  -  -  5  -"))
    assert [(p.sheet, p.cell) for p in refused.value.problems if p.severity == "error"] == [("Limits", "I2")]
    plan = solved(TWO + LIMIT.format("FRA  *  -  -  -  5  3"))
    assert plan.excess_value == 15
    assert plan.objective == 515
    line = plan["Limits"].iloc[0]
    assert (line["value"], line["bound"], line["slack"]) == (0, 5, -5)


def test_a_limit_in_years_outside_the_horizon_says_that_it_matches_nothing() -> None:
    plan = solved(
        TWO + "Limits\n  limit  commodity  basis   market  source country  max share  first year\n"
        "  l      ore        supply  DEU     each            0.5        2040\n"
    )
    assert flows(plan, "Shipments", "quantity", "from", "to") == {("AUS", "DEU"): 100}
    assert any("Limits" in note and "matches nothing" in note for note in plan.notes)


# more is asked of the sources than there are


@pytest.mark.parametrize(("share", "served"), [(0.5, 100), (0.49, 0), (0.1, 0)])
def test_a_cap_below_what_the_number_of_sources_permits_empties_the_market(share: float, served: float) -> None:
    """Two sources of at most 50 % each serve all; of at most 49 % each they could make up 98 % of any total but 0."""
    plan = solved(TWO + LIMIT.format(f"DEU  each  {share}  -  -  -  -"))
    assert plan.unmet.get("ore", 0) == pytest.approx(100 - served)
    assert plan.objective == pytest.approx(50 * 12 if served else 10_000)


def test_such_a_cap_on_firm_demand_has_no_plan_and_a_soft_one_costs_what_is_beyond_it() -> None:
    """Softly, AUS may be as far beyond 40 % as it likes at 1 a tonne, less than the 2 that BRA is dearer: 60 beyond."""
    solved(FIRM + LIMIT.format("DEU  each  0.4  -  -  -  -"), status="infeasible")
    plan = solved(FIRM + LIMIT.format("DEU  each  0.4  -  -  -  1"))
    assert flows(plan, "Shipments", "quantity", "from", "to") == {("AUS", "DEU"): 100}
    assert plan.excess_value == pytest.approx(60)


def test_a_cap_below_the_number_of_sources_binds_only_in_its_years() -> None:
    plan = solved(
        "Years\n  year\n  2025\n  2026\n"
        + TWO
        + LIMIT.format("DEU  each  0.4  -  -  -  -")
        .replace("soft cost\n", "soft cost  first year\n")
        .replace("-  -  -  -\n", "-  -  -  -  2026\n")
    )
    assert flows(plan, "Unmet", "unmet", "year") == {2026: 100}


# dates that fall inside a period, or out of the horizon


ONE = (
    BASE
    + """
Years
  year  length
  2025  5
  2030  5
  2035  5
Demand
  commodity  country  2025
  ore        AUS      10
"""
)


def test_a_last_year_inside_a_period_counts_for_the_whole_of_it() -> None:
    """Capacity that stands until 2032 counts in the period of 2030, whose model year it reaches, and not in that of
    2035."""
    plan = solved(
        ONE
        + "Sites\n  site  process  country  capacity  last year  variable cost\n  a     mine     AUS      10        2032       5\n"
    )
    assert flows(plan, "Production", "activity", "year") == {2025: 10, 2030: 10}
    assert plan.objective == pytest.approx(10 * 10 * 5 + 5 * 1000)


def test_a_lifetime_that_ends_inside_a_period_gives_its_part_of_it() -> None:
    """Decided in 2025 with a lead of 5 years and a life of 8: five years of the period of 2030, three of that of
    2035, where 10 give 6. A unit costs 8 annuities of 80 / 8 and saves (5 + 3) x 95; beyond 10 it would save only 3
    x 95 in 2035."""
    plan = solved(
        ONE
        + """
Sites
  site  process  country  capacity  variable cost  capex  lead time  lifetime
  a     mine     AUS      0         5              400    5          8
Site years
  site  item       2025  2030
  a     max build  1000  0
"""
    )
    assert flows(plan, "Builds", "capacity", "year") == {2025: 10}
    assert flows(plan, "Production", "activity", "year") == {2030: 10, 2035: 6}
    costs = plan["Costs"]
    assert costs.loc[costs["term"] == "investment", "discounted"].sum() == pytest.approx(10 * 400)
    assert plan.objective == pytest.approx(4000 + 5 * (50 + 30) + 5 * (1000 + 400))


@pytest.mark.parametrize(("lead", "built"), [(14, True), (15, False), (40, False)])
def test_a_lead_time_beyond_the_horizon_makes_no_build(lead: int, built: bool) -> None:
    """2039 is the last year there is: with a lead of 14 years 2025's build works a fifth of the last period."""
    plan = solved(
        ONE + "Sites\n  site  process  country  capacity  variable cost  capex  lead time\n"
        f"  a     mine     AUS      0         5              20     {lead}\n"
    )
    assert plan["Builds"].empty is not built
    assert flows(plan, "Production", "activity", "year") == ({2035: 10} if built else {})
    assert flows(plan, "Unmet", "unmet", "year") == ({2025: 10, 2030: 10} if built else {2025: 10, 2030: 10, 2035: 10})


def test_what_is_announced_beyond_the_horizon_is_not_there() -> None:
    plan = solved(ONE + "Sites\n  site  process  country  capacity  variable cost\n  a     mine     AUS      4         5\n"
                  "Site years\n  site  item      2045\n  a     capacity  40\n")  # fmt: skip
    assert flows(plan, "Production", "capacity", "year") == {2025: 4, 2030: 4, 2035: 4}


# what must run


MUST = (
    BASE
    + """
Years
  year
  2025
  2026
  2027
Sites
  site  process  country  capacity   variable cost  min use
  a     mine     AUS      20         9              0.5
  b     mine     BRA      unlimited  7              -
Site years
  site  item      {years}
  a     {item}    {values}
Demand
  commodity  country  2025
  ore        AUS      10
"""
)


def test_capacity_that_shrinks_takes_its_minimum_along() -> None:
    """20, 8 and 0 must run at half: 10, 4 and none, though BRA is cheaper."""
    plan = solved(MUST.format(years="2025  2026  2027", item="capacity", values="20  8  0"))
    made = flows(plan, "Production", "activity", "site", "year")
    assert [made.get(("a", y), 0) for y in (2025, 2026, 2027)] == [10, 4, 0]
    assert plan.objective == pytest.approx(14 * 9 + 16 * 7)


def test_capacity_that_shrinks_below_what_a_contract_takes_is_refused() -> None:
    """6 t must be shipped from AUS, which makes 5 from 2026 on."""
    contract = "  ore        AUS   AUS  6\n"
    study = MUST.format(years="2025  2026", item="capacity", values="20  5").replace(
        "  commodity  from  to\n  *          *     *\n",
        "  commodity  from  to   min\n  *          *     *    -\n" + contract,
    )
    with pytest.raises(BadInput) as found:
        solved(study)
    (problem,) = found.value.problems
    assert problem.problem == "in 2026 contracts ask 6 of ore from AUS, which can make 5 at most."
    plan = solved(study.replace("20  5", "20  6"))
    assert flows(plan, "Shipments", "quantity", "from", "to", "year")["AUS", "AUS", 2026] == 6


def test_a_mine_that_cannot_run_need_not() -> None:
    """In 2026 nothing of its capacity can be used: the half that must run is none."""
    plan = solved(MUST.format(years="2025  2026  2027", item="max use", values="1  0  1"))
    made = flows(plan, "Production", "activity", "site", "year")
    assert [made.get(("a", y), 0) for y in (2025, 2026, 2027)] == [10, 0, 10]


def test_an_outage_below_the_least_use_holds_and_is_told() -> None:
    """At a max use of 0.3 in 2026 the mine that must run at half runs at 0.3 x 20 = 6."""
    plan = solved(MUST.format(years="2025  2026  2027", item="max use", values="1  0.3  1"))
    made = flows(plan, "Production", "activity", "site", "year")
    assert [made.get(("a", y), 0) for y in (2025, 2026, 2027)] == [10, 6, 10]
    (note,) = plan.notes
    assert note.startswith("Sites!F2: in 2026 the min use 0.5 of a is above its max use 0.3.")


# contracts and bans


CONTRACT = TWO.replace(
    "  commodity  from  to\n  *          *     *\n",
    "  commodity  from  to   min\n  *          *     *    -\n  ore        BRA   DEU  30\n",
)
BAN = "Trade measures\n  measure  commodity  from  to   kind  first year\n  embargo  ore        {}    DEU  ban   {}\n"


def test_a_ban_overrules_a_contract_and_says_so() -> None:
    """30 t from BRA, at 2 more, until the ban of 2026; then all is AUS'."""
    years = "Years\n  year\n  2025\n  2026\n"
    plan = solved(years + CONTRACT + BAN.format("BRA", 2026))
    assert flows(plan, "Shipments", "quantity", "from", "year") == {
        ("AUS", 2025): 70,
        ("BRA", 2025): 30,
        ("AUS", 2026): 100,
    }
    assert plan.objective == pytest.approx(70 * 5 + 30 * 7 + 500)
    assert any("embargo" in note and "Lanes" in note for note in plan.notes)


def test_a_ban_on_others_leaves_a_contract_alone() -> None:
    plan = solved(CONTRACT + BAN.format("AUS", "-"))
    assert flows(plan, "Shipments", "quantity", "from", "to") == {("BRA", "DEU"): 100}
    assert plan.notes == []


def test_a_contract_where_nothing_is_made_is_refused() -> None:
    with pytest.raises(BadInput):
        solved(CONTRACT.replace("BRA   DEU  30", "DEU   BRA  30"))


# sizes


def test_a_study_of_milligrams_is_served_like_one_of_megatonnes() -> None:
    """The same shares and prices at 1e-5 and at 1e8 t."""
    for size in (1e-5, 1e8):
        plan = solved(TWO.replace("DEU      100", f"DEU      {size:f}") + LIMIT.format("DEU  each  0.6  -  -  -  -"))
        got = flows(plan, "Shares", "share", "basis", "country")
        assert got["supply", "AUS"] == pytest.approx(0.6)
        assert plan.objective == pytest.approx(size * (0.6 * 5 + 0.4 * 7))
        assert flows(plan, "Prices", "delivered", "country")["DEU"] == pytest.approx(5.8)
        assert not math.isnan(plan["Limits"].iloc[0]["price"])

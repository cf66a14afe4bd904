"""Subsidies by hand: paid per output, on the running cost or on an investment, and royalties; who runs then, at what
price."""

from __future__ import annotations

import pytest

from planner.results import Plan
from tests.solving import flows, solved

BASE = """
Settings
  setting        value
  discount rate  {rate}
Commodities
  commodity  unit  unmet cost
  cell       GWh   1000
Processes
  process  unit  lifetime
  plant    GWh   10
  other    GWh   10
Recipes
  process  commodity  direction  quantity
  plant    cell       out        1
  other    cell       out        1
Lanes
  commodity  from  to
  *          *     *
Subsidies
  measure  process  country  kind    value  first year  last year
"""
TWO = """
Sites
  site  process  country  capacity   variable cost
  d     plant    DEU      60         10
  c     plant    CHN      unlimited  8
  o     other    DEU      unlimited  9
Demand
  commodity  country  2025
  cell       DEU      100
"""


def planned(rows: str, study: str = TWO, rate: float = 0.0) -> Plan:
    """A study with these rows of Subsidies; not discounted unless a rate is given."""
    return solved(study + BASE.format(rate=rate) + rows)


def made(plan: Plan) -> dict[object, float]:
    """Activity by site, zeros left out."""
    return {k: v for k, v in flows(plan, "Production", "activity", "site").items() if v}


def paid(plan: Plan) -> dict[tuple[str, int], float]:
    """The cost term of subsidies by place and year: negative where it supports."""
    frame = plan["Costs"]
    frame = frame[frame["term"] == "subsidies"]
    return {
        (k, int(y)): round(float(v), 6) for k, y, v in zip(frame["country"], frame["year"], frame["cost"], strict=True)
    }


@pytest.mark.parametrize(("value", "own"), [(1.9, 0), (2.1, 60)])
def test_support_of_output_lets_the_dearer_plant_run(value: float, own: float) -> None:
    """DEU's plant costs 10 and CHN's 8: from 2 a GWh on DEU's runs. What it is paid is no cost of the plan as a whole,
    but of the one who decides: 60 x (10 - 2.1) + 40 x 8. CHN still sets the price."""
    plan = planned(f"  aid      plant    DEU      output  {value}    -           -\n")
    assert made(plan) == {k: v for k, v in {"d": own, "c": 100 - own}.items() if v}
    assert paid(plan) == ({("DEU", 2025): pytest.approx(-own * value)} if own else {})
    assert flows(plan, "Prices", "delivered", "country")["DEU"] == 8
    assert plan.objective == pytest.approx(own * (10 - value) + (100 - own) * 8)
    assert plan.system_cost == plan.objective


def test_the_marginal_plants_support_lowers_the_price() -> None:
    """CHN is paid 3: a GWh costs 5."""
    plan = planned("  aid      plant    CHN      output  3      -           -\n")
    assert made(plan) == {"c": 100}
    assert flows(plan, "Prices", "delivered", "country")["DEU"] == 5


@pytest.mark.parametrize(("value", "own"), [(0.19, 0), (0.21, 60)])
def test_a_share_of_the_running_cost_is_of_the_variable_cost(value: float, own: float) -> None:
    """A fifth of 10 is the 2 by which DEU is dearer."""
    plan = planned(f"  aid      plant    DEU      cost share  {value}    -           -\n")
    assert made(plan) == {k: v for k, v in {"d": own, "c": 100 - own}.items() if v}
    assert plan.objective == pytest.approx(800 + own * (10 * (1 - value) - 8))


def test_a_share_follows_a_running_cost_that_changes_by_year() -> None:
    """A quarter of 12 and then of 8: 60 x 3 and 60 x 2."""
    plan = planned(
        "  aid      plant    DEU      cost share  0.25   -           -\n",
        TWO.replace("unlimited  8", "unlimited  50").replace("unlimited  9", "unlimited  50")
        + "Years\n  year\n  2025\n  2026\nSite years\n  site  item           2025  2026\n  d     variable cost  12    8\n",
    )
    assert paid(plan) == {("DEU", 2025): -180, ("DEU", 2026): -120}
    assert plan.objective == pytest.approx(60 * (9 + 6) + 2 * 40 * 50)


def test_a_negative_subsidy_is_a_royalty() -> None:
    """CHN takes 1.5 a GWh from its plants: at 9.5 they are dearer than `other`, at 9, that runs then and sets the
    price. With 0.5 they go on and pay 50, and the price is 8.5."""
    plan = planned("  royalty  plant    CHN      output  -1.5   -           -\n")
    assert made(plan) == {"o": 100}
    plan = planned("  royalty  plant    CHN      output  -0.5   -           -\n")
    assert made(plan) == {"c": 100}
    assert paid(plan) == {("CHN", 2025): 50}
    assert flows(plan, "Prices", "delivered", "country")["DEU"] == 8.5
    assert plan.objective == pytest.approx(850)


def test_it_is_paid_from_its_first_to_its_last_year() -> None:
    """DEU runs in 2026 and 2027 alone, both ends included."""
    plan = planned(
        "  aid      plant    DEU      output  3      2026        2027\n",
        TWO + "Years\n  year\n  2025\n  2026\n  2027\n  2028\n",
    )
    assert paid(plan) == {("DEU", 2026): -180, ("DEU", 2027): -180}
    assert flows(plan, "Production", "activity", "site", "year")["d", 2026] == 60
    assert flows(plan, "Production", "activity", "site", "year")["d", 2028] == 0


def test_every_matching_row_adds() -> None:
    """For DEU 1 from everywhere's row, 0.5 of its own and a tenth of 10 of its cost: 2.5. CHN has the 1 alone: at 7
    against DEU's 7.5 it runs and sets the price; `other` is another process and gets none."""
    rows = (
        "  a        plant    *        output      1      -  -\n  b        plant    DEU      output      0.5    -  -\n"
    )
    rows += "  a        plant    DEU      cost share  0.1    -  -\n"
    plan = planned(rows, TWO.replace("unlimited  8", "10         8"))
    assert made(plan) == {"c": 10, "d": 60, "o": 30}
    assert paid(plan) == {("CHN", 2025): -10, ("DEU", 2025): -150}
    assert plan.objective == pytest.approx(10 * 7 + 60 * 7.5 + 30 * 9)


BUILT = """
Years
  year
  2025
  2026
  2027
Sites
  site  process  country  capacity  variable cost  capex
  p     plant    DEU      0         5              100
Demand
  commodity  country  2025  2026  2027
  cell       DEU      0     0     10
"""


@pytest.mark.parametrize(("share", "decided", "cost"), [(0.4, 2026, 100), (0.6, 2025, 2 * 100 * 0.4)])
def test_a_share_of_an_investment_goes_to_what_is_decided_in_its_years(share: float, decided: int, cost: float) -> None:
    """10 GWh for 2027 have annuities of 10 x 100 / 10 = 100. Decided in 2026 they pay one; decided in 2025, when
    there is support, two of them less the share: worth it from a half on."""
    plan = planned(f"  aid      plant    DEU      capex share  {share}    2025        2025\n", BUILT)
    assert flows(plan, "Builds", "capacity", "year") == {decided: 10}
    assert plan.objective == pytest.approx(50 + cost)
    assert paid(plan) == ({("DEU", y): pytest.approx(-100 * share) for y in (2026, 2027)} if decided == 2025 else {})


def test_a_share_of_an_investment_comes_with_its_annuities() -> None:
    """At 7 % a third of the annuity of 100 x CRF / 1.07 is paid in 2027, with the annuity, and lowers the price by
    that."""
    plan = planned("  aid      plant    DEU      capex share  0.3333333  2026        2026\n", BUILT, rate=0.07)
    annuity = 100 * 0.07 / (1 - 1.07**-10) / 1.07
    assert paid(plan) == {("DEU", 2027): pytest.approx(-10 * annuity / 3, rel=1e-5)}
    assert flows(plan, "Prices", "delivered", "year") == {2027: pytest.approx(5 + annuity * 2 / 3, rel=1e-5)}
    assert plan.objective == pytest.approx(10 * (5 + annuity * 2 / 3) / 1.07**2, rel=1e-6)


def test_capacity_that_stands_gets_no_share_of_an_investment() -> None:
    plan = planned("  aid      plant    DEU      capex share  0.9    -           -\n")
    assert paid(plan) == {}
    assert made(plan) == {"c": 100}

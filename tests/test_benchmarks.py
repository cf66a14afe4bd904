"""Benchmarks by hand: ore mined in the EU against its use of the metal, and other amounts as shares of others."""

from __future__ import annotations

from typing import Any

import pytest

from planner.results import Plan
from planner.study import BadInput
from tests.solving import flows, solved

CHAIN = """
Settings
  setting        value
  discount rate  0
Countries
  country
  DEU
  FRA
  CHN
Groups
  group  country
  EU     DEU
  EU     FRA
Commodities
  commodity  unit  material  stage   content  unmet cost
  ore        t     nickel    mine    0.4      1000
  metal      t     nickel    refine  1        1000
  alloy      t     -         -       -        1000
Processes
  process  unit
  mine     t
  refine   t
  alloying  t
Recipes
  process   commodity  direction  quantity
  mine      ore        out        1
  refine    ore        in         2.5
  refine    metal      out        1
  alloying  metal      in         0.5
  alloying  alloy      out        1
Sites
  site  process   country  capacity     variable cost  capex
  cm    mine      CHN      {chinese}    10             -
  cr    refine    CHN      unlimited    20             -
  fm    mine      FRA      {french}     16             -
  fr    refine    FRA      {refining}
  a     alloying  DEU      unlimited    5              -
Demand
  commodity  country  2025
  metal      FRA      100
  alloy      DEU      40
  metal      CHN      30
Lanes
  commodity  from  to  loss
  *          *     *   {loss}
"""
HEAD = """
Benchmarks
  limit  commodity  basis  place  min share  max share  of commodity  of basis  of place  first year  last year  soft cost
"""


def chain(
    chinese: object = "unlimited", french: object = "unlimited", refining: str = "unlimited  20  -", loss: float = 0
) -> str:
    """The chain with the capacities of the two mines and what refining in FRA is like (capacity, cost, capex)."""
    return CHAIN.format(chinese=chinese, french=french, refining=refining, loss=loss)


def planned(row: str, **changes: Any) -> Plan:
    """The chain under a benchmark."""
    return solved(chain(**changes) + HEAD + row)


def mined(plan: Plan, site: str) -> float:
    return flows(plan, "Production", "activity", "site").get(site, 0.0)


def test_ore_mined_in_the_eu_against_the_eus_use_of_the_metal() -> None:
    """The EU uses 100 t of metal as demand and 0.5 x 40 for alloys: 120. A tenth of it, 12 t of nickel, are 12 / 0.4
    = 30 t of ore. A tonne of nickel in the ground of FRA instead of CHN costs (16 - 10) / 0.4 = 15; metal costs a
    tenth of that more in FRA and in DEU, alloy half of it, and CHN's metal nothing."""
    plan = planned("  crma   ore        production  EU  0.1  -  metal  use  EU  -  -  -\n")
    assert mined(plan, "fm") == 30
    assert mined(plan, "cm") == 150 * 2.5 - 30
    line = plan["Benchmarks"].iloc[0]
    assert (line["amount"], line["of"], line["value"], line["bound"]) == pytest.approx((12, 120, 0.1, 0.1))
    assert line["slack"] == pytest.approx(0)
    assert line["price"] == pytest.approx(15)
    assert plan.objective == pytest.approx(150 * (25 + 20) + 40 * 5 + 30 * 6)
    prices = flows(plan, "Prices", "delivered", "commodity", "country")
    assert prices["alloy", "DEU"] == pytest.approx(0.5 * (45 + 1.5) + 5)
    assert prices["metal", "CHN"] == 45


def test_a_benchmark_that_holds_anyway_costs_nothing() -> None:
    """FRA's ore is made the cheaper one: it is all the ore there is, 1.25 times the use of the EU."""
    plan = planned(
        "  crma   ore        production  EU  0.1  -  metal  use  EU  -  -  -\n".replace("EU  0.1", "EU  0.1"), chinese=0
    )
    line = plan["Benchmarks"].iloc[0]
    assert line["value"] == pytest.approx(150 / 120)
    assert line["slack"] == pytest.approx(150 / 120 - 0.1)
    assert line["price"] == 0


def test_too_little_ore_holds_down_the_use_of_the_metal() -> None:
    """Use is what is served, not what is wanted. FRA can mine 20 t, 8 t of nickel: the EU may use 80 t and gives up
    40. The alloy is worth twice as much a tonne of metal, so it is served and FRA gives up 40 of 100. A tonne of
    nickel mined more serves 10 more, at 1000 - 45 each, and saves CHN's ore: 9550 - 15."""
    plan = planned("  crma   ore        production  EU  0.1  -  metal  use  EU  -  -  -\n", french=20)
    assert flows(plan, "Unmet", "unmet", "commodity", "country") == {("metal", "FRA"): 40}
    assert plan["Benchmarks"].iloc[0]["of"] == pytest.approx(80)
    assert plan["Benchmarks"].iloc[0]["price"] == pytest.approx(9550)


@pytest.mark.parametrize(("soft", "ore"), [(14, 0), (16, 30)])
def test_a_soft_benchmark_is_missed_where_that_is_cheaper(soft: float, ore: float) -> None:
    """A tonne of nickel costs 15 more from FRA; what is missing of the 12 t pays the soft cost, per t of nickel."""
    plan = planned(f"  crma   ore        production  EU  0.1  -  metal  use  EU  -  -  {soft}\n")
    assert mined(plan, "fm") == ore
    assert plan.excess_value == pytest.approx(0 if ore else 12 * soft)
    assert plan.objective == pytest.approx(150 * 45 + 200 + 12 * min(soft, 15))
    line = plan["Benchmarks"].iloc[0]
    assert line["slack"] == pytest.approx(0 if ore else -0.1)
    assert line["price"] == pytest.approx(min(soft, 15))


def test_it_holds_in_its_years() -> None:
    plan = solved("Years\n  year\n  2025\n  2026\n  2027\n" + chain() + HEAD
                  + "  crma   ore        production  EU  0.1  -  metal  use  EU  2026  2026  -\n")  # fmt: skip
    ore = flows(plan, "Production", "activity", "site", "year")
    assert {y: ore.get(("fm", y), 0) for y in (2025, 2026, 2027)} == {2025: 0, 2026: 30, 2027: 0}
    assert list(plan["Benchmarks"]["year"]) == [2026]


def test_the_second_amount_may_be_of_another_place() -> None:
    """Ore of the EU at least a fifth of CHN's use of metal: 6 t of nickel, 15 t of ore. `*` is the world: a tenth of
    150."""
    plan = planned("  a      ore        production  EU  0.2  -  metal  use  CHN  -  -  -\n")
    assert mined(plan, "fm") == 15
    plan = planned("  a      ore        production  EU  0.1  -  metal  use  *    -  -  -\n")
    assert mined(plan, "fm") == pytest.approx(37.5)


def test_blank_says_the_same_commodity_and_place_in_its_own_unit() -> None:
    """Refined in FRA, at 22 instead of 20, at least a quarter of FRA's use of metal: 25 t at 2 more. And a quarter
    of the world's ore, 375 t, in its own unit."""
    plan = planned("  a      metal      production  FRA  0.25  -  -  use  -  -  -  -\n", refining="unlimited  22  -")
    line = plan["Benchmarks"].iloc[0]
    assert (line["amount"], line["of"], line["price"]) == pytest.approx((25, 100, 2))
    assert mined(plan, "fr") == 25
    plan = planned("  a      ore        production  FRA  0.25  -  -  production  *  -  -  -\n")
    assert mined(plan, "fm") == pytest.approx(375 / 4)


def test_a_max_share_of_imports_in_use() -> None:
    """Refining costs 30 in FRA, and a fifth of all that crosses a border is lost: CHN's metal is there at 45 / 0.8 =
    56.25, FRA's own from CHN's ore at 31.25 + 30 = 61.25. At most 40 % of the 120 t that the EU uses may come from
    outside, 48 on arrival: 60 are shipped, 25 of them to DEU, and 72 are refined in FRA for FRA."""
    plan = planned(
        "  a      metal      imports  EU  -  0.4  -  use  -  -  -  -\n", loss=0.2, refining="unlimited  30  -"
    )
    line = plan["Benchmarks"].iloc[0]
    assert line["kind"] == "max share"
    assert (line["amount"], line["of"], line["value"], line["bound"]) == pytest.approx((48, 120, 0.4, 0.4))
    assert line["price"] == pytest.approx(61.25 - 56.25)
    shipped = flows(plan, "Shipments", "quantity", "commodity", "from", "to")
    assert shipped["metal", "CHN", "DEU"] == 25
    assert shipped["metal", "CHN", "FRA"] == 35
    assert plan.objective == pytest.approx(90 * 45 + 72 * 61.25 + 200)


def test_material_and_stage_add_up_by_content() -> None:
    """A poor ore of 0.2 at 7 is 35 a tonne of nickel, 10 more than CHN's 10 / 0.4, where FRA's other ore is 15 more:
    the 12 t of nickel come from 60 t of it."""
    study = chain()
    for head, line in (
        ("  ore        t     nickel", "  poor ore   t     nickel    mine    0.2      1000\n"),
        ("  refine   t\n", "  scrape    t\n  leach     t\n"),
        ("  refine    ore        in", "  scrape    poor ore   out        1\n"
         "  leach     poor ore   in         5\n  leach     metal      out        1\n"),
        ("  fm    mine", "  fs    scrape    FRA      unlimited    7              -\n"
         "  fl    leach     FRA      unlimited    20             -\n"),
    ):  # fmt: skip
        assert head in study
        study = study.replace(head, line + head)
    plan = solved(study + HEAD + "  crma   nickel/mine  production  EU  0.1  -  metal  use  EU  -  -  -\n")
    assert (mined(plan, "fs"), mined(plan, "fm")) == (60, 0)
    line = plan["Benchmarks"].iloc[0]
    assert (line["amount"], line["of"]) == pytest.approx((12, 120))
    assert line["price"] == pytest.approx(10)


def test_capacity_may_be_benchmarked_and_is_built_for_it() -> None:
    """Refining capacity in the EU at least 40 % of its use of 120: 48 t, of which 10 stand: 38 are built, though CHN
    refines for less, and never run. A unit costs its annuity of 100 / 20."""
    study = "Years\n  year\n  2025\n  2026\n" + chain(refining="10  30  100")
    plan = solved(study + HEAD + "  a      metal      capacity  EU  0.4  -  -  use  -  2026  -  -\n")
    assert flows(plan, "Builds", "capacity", "site") == {"fr": 38}
    assert flows(plan, "Production", "activity", "site", "year")["fr", 2026] == 0
    line = plan["Benchmarks"].iloc[0]
    assert (line["amount"], line["of"]) == pytest.approx((48, 120))
    assert line["price"] == pytest.approx(5)
    assert plan.objective == pytest.approx(2 * (150 * 45 + 200) + 38 * 5)


@pytest.mark.parametrize("basis", ["capacity", "production"])
def test_unlimited_capacity_is_refused_where_it_would_be_counted(basis: str) -> None:
    """There is no share of an unlimited capacity: the row and its column are named."""
    row = f"  a      metal      {basis}  EU  0.4  -  -  {'use' if basis == 'capacity' else 'capacity'}  -  -  -  -\n"
    with pytest.raises(BadInput) as refused:
        planned(row)
    problem = refused.value.problems[-1]
    assert (problem.sheet, problem.cell, problem.severity) == (
        "Benchmarks",
        "C2" if basis == "capacity" else "H2",
        "error",
    )
    assert "unlimited" in problem.problem


def test_several_benchmarks_hold_together() -> None:
    """Ore for a tenth of the EU's use and for a tenth of the world's: the second, 15 t of nickel, is the greater."""
    plan = planned(
        "  a      ore        production  EU  0.1  -  metal  use  EU  -  -  -\n"
        "  b      ore        production  EU  0.1  -  metal  use  *   -  -  -\n"
    )
    assert mined(plan, "fm") == pytest.approx(37.5)
    price = flows(plan, "Benchmarks", "price", "limit")
    assert price == {"a": 0, "b": 15}

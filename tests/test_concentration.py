"""The HHI cone by hand: cheapest supply under a sum of squares, its price, and what the certificate makes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from planner import cones, neighbour
from planner.engine import STRATEGIES, Engine
from planner.publish import run_lines
from planner.results import Plan
from planner.study import BadInput, Study, solve, solve_all
from planner.ties import UNDECIDED
from tests.solving import flows, solved
from tests.studies import read

BASE = """
Settings
  setting        value
  discount rate  0
Commodities
  commodity  unit  unmet cost
  metal      t     {unmet}
Processes
  process  unit
  refine   t
Recipes
  process  commodity  direction  quantity
  refine   metal      out        1
Lanes
  commodity  from  to
  *          *     *
"""
COUNTRIES = """
Countries
  country  risk  aggregate
  CHN      0.9   no
  RUS      0.6   no
  AUS      0.2   no
  DEU      0.1   no
  FRA      0.1   no
  REST     0.5   yes
"""


def world(
    costs: dict[str, Any],
    demand: str = "  metal      DEU      100",
    unmet: object = 1000,
    capacity: dict[str, Any] | None = None,
) -> str:
    """One site in each country, unlimited unless a capacity is given."""
    rows = "".join(
        f"  {k.lower()}    refine   {k}      {(capacity or {}).get(k, 'unlimited')}  {cost}\n"
        for k, cost in costs.items()
    )
    return (
        BASE.format(unmet=unmet) + COUNTRIES + "Sites\n  site  process  country  capacity  variable cost\n" + rows
        + f"Demand\n  commodity  country  2025\n{demand}\n"
    )  # fmt: skip


def ceiling(
    hhi: float, basis: str = "supply", market: str = "*", weight: str = "none", by: str = "territory", name: str = "h"
) -> str:
    return f"""
Concentration
  limit   commodity  basis    market    by    weight    max hhi
  {name}  metal      {basis}  {market}  {by}  {weight}  {hhi}
"""


def made(plan: Plan) -> dict[str, float]:
    return {str(k): v for k, v in flows(plan, "Production", "activity", "country").items()}


def cheapest(
    costs: np.ndarray, h: float, total: float, weight: np.ndarray | None = None
) -> tuple[np.ndarray, float, float]:
    """Closed form of min costs x supply, subject to sum supply = total and sum weight x supply^2 = h total^2.

    Supply, cost, and what one more HHI point saves, as long as every supply comes out positive.
    """
    inverse = 1 / (np.ones(len(costs)) if weight is None else weight)
    whole = inverse.sum()
    mean = (inverse * costs).sum() / whole
    spread = (inverse * (costs - mean) ** 2).sum()
    step = total * np.sqrt((h - 1 / whole) / spread)
    supply = inverse * (total / whole - step * (costs - mean))
    assert (supply > 0).all()
    return supply, float(costs @ supply), float(total * np.sqrt(spread) / (2 * np.sqrt(h - 1 / whole)) / 10_000)


@pytest.mark.parametrize("hhi", [5010, 5100, 6000, 8000, 9900])
def test_two_suppliers_share_as_the_quadratic_says(hhi: int) -> None:
    """s^2 + (1 - s)^2 = H / 10000 gives s = (1 + sqrt(2 H / 10000 - 1)) / 2: at 6000 the cheap one has 72.36 %."""
    plan = solved(world({"CHN": 10, "AUS": 30}) + ceiling(hhi))
    cheap = 50 * (1 + np.sqrt(2 * hhi / 10_000 - 1))
    assert made(plan) == {"CHN": pytest.approx(cheap, rel=1e-5), "AUS": pytest.approx(100 - cheap, rel=1e-4)}
    assert plan.objective == pytest.approx(cheap * 10 + (100 - cheap) * 30, rel=5e-6)
    line = plan["Concentration"].iloc[0]
    assert line["hhi"] == pytest.approx(hhi, rel=1e-6)
    assert line["slack"] == 0  # and no -0.0004
    # d cost / d H = -20 x d cheap / d H = -20 x 50 / sqrt(2 H / 10000 - 1) / 10000
    assert line["price"] == pytest.approx(0.1 / np.sqrt(2 * hhi / 10_000 - 1), rel=5e-3)


@pytest.mark.parametrize("hhi", [3400, 4000, 5000])
def test_three_suppliers_share_as_the_closed_form_says(hhi: int) -> None:
    """With mean cost c and spread |c_i - c|, supply is T/3 - T sqrt(h - 1/3) (c_i - c) / spread; a point is worth T
    spread / (2 sqrt(h - 1/3)) / 10000. (An index 1e-6 too high moves supplies by up to 1e-3, the cost by 1e-6.)"""
    costs = {"CHN": 10.0, "RUS": 18.0, "AUS": 26.0}
    supply, cost, price = cheapest(np.array(list(costs.values())), hhi / 10_000, 100)
    plan = solved(world(costs) + ceiling(hhi))
    assert list(made(plan).values()) == pytest.approx(supply, rel=2e-3)
    assert plan.objective == pytest.approx(cost, rel=1e-6)
    assert plan["Concentration"].iloc[0]["price"] == pytest.approx(price, rel=5e-3)


@pytest.mark.parametrize("costs", [(10, 18, 26), (5, 31, 60), (10, 10.5, 11)])
def test_the_price_is_what_a_point_more_saves(costs: tuple[float, ...]) -> None:
    """Against the cost at 20 points less and more, at 7 % over a period of 5 years: the same within half a percent."""
    place = dict(zip(("CHN", "RUS", "AUS"), costs, strict=True))
    study = world(place).replace("discount rate  0", "discount rate  0.07") + "Years\n  year  length\n  2025  5\n"
    plans = [solved(study + ceiling(hhi)) for hhi in (4180, 4200, 4220)]
    slope = (plans[0].objective - plans[2].objective) / 40
    factor = sum(1.07**-k for k in range(5))
    assert plans[1]["Concentration"].iloc[0]["price"] * factor == pytest.approx(slope, rel=5e-3)


@pytest.mark.parametrize("hhi", [1500, 2000])
def test_squares_may_be_weighted_by_risk(hhi: int) -> None:
    """Risks 0.9, 0.6 and 0.2: the same closed form with sums weighted by 1 / risk."""
    costs = {"CHN": 10.0, "RUS": 18.0, "AUS": 26.0}
    supply, cost, price = cheapest(np.array(list(costs.values())), hhi / 10_000, 100, np.array([0.9, 0.6, 0.2]))
    plan = solved(world(costs) + ceiling(hhi, weight="risk"))
    assert list(made(plan).values()) == pytest.approx(supply, rel=5e-3, abs=0.05)
    assert plan.objective == pytest.approx(cost, rel=1e-6)
    line = plan["Concentration"].iloc[0]
    assert line["hhi"] == pytest.approx(hhi, rel=1e-6)
    assert line["price"] == pytest.approx(price, rel=5e-3)


def test_a_ceiling_that_holds_anyway_costs_nothing_and_needs_no_cut() -> None:
    """CHN can make 50 of 100 and RUS the rest: 5000 is below 5500."""
    plan = solved(world({"CHN": 10, "RUS": 18}, capacity={"CHN": 50}) + ceiling(5500))
    line = plan["Concentration"].iloc[0]
    assert (line["hhi"], line["bound"], line["slack"], line["price"]) == pytest.approx((5000, 5500, 500, 0))
    assert plan.cuts == 0
    assert plan.objective == pytest.approx(50 * 28)


def test_ten_thousand_points_allow_everything_and_make_no_cone() -> None:
    plan = solved(world({"CHN": 10, "RUS": 18}) + ceiling(10_000))
    assert made(plan) == {"CHN": 100}
    assert plan.cones is None
    assert plan["Concentration"].empty


def test_run_tells_how_many_cuts_it_took() -> None:
    plan = solved(world({"CHN": 10, "RUS": 18, "AUS": 26}) + ceiling(4000))
    assert plan.cuts > 0
    assert dict(run_lines(plan))["HHI cuts"] == plan.cuts
    assert plan.compiled.lp.matrix.shape[0] == plan.solution.row_dual.shape[0]


def test_several_ceilings_hold_at_once() -> None:
    """DEU and FRA want 100 each. DEU's supply stays below 6000, FRA's below 8000, all output below 9000, which then
    holds anyway: each market is the two-supplier case on its own."""
    study = world({"CHN": 10, "AUS": 30}, demand="  metal      DEU      100\n  metal      FRA      100")
    plan = solved(study + ceiling(6000, market="DEU") + "  f       metal      supply   FRA       territory  none      8000\n"
                  "  w       metal      production  *      territory  none      9000\n")  # fmt: skip
    got = flows(plan, "Shipments", "quantity", "from", "to")
    for market, hhi in (("DEU", 6000), ("FRA", 8000)):
        assert got["CHN", market] == pytest.approx(50 * (1 + np.sqrt(2 * hhi / 10_000 - 1)), rel=1e-5)
    table = plan["Concentration"].set_index("limit")
    assert table.loc[["h", "f"], "hhi"].tolist() == pytest.approx([6000, 8000], rel=1e-6)
    share = (got["CHN", "DEU"] + got["CHN", "FRA"]) / 200
    assert table.loc["w", "hhi"] == pytest.approx(10_000 * (share**2 + (1 - share) ** 2), rel=1e-5)
    assert table.loc["w", "price"] == 0


def test_a_ceiling_and_a_share_limit_hold_together() -> None:
    """CHN may have 40 % at most. Of 4000 its 1600 leave 2400 for RUS and AUS on 60 %: s^2 + (0.6 - s)^2 = 0.24, so
    RUS has 0.3 + sqrt(0.12 - 0.09) = 47.3 %, more than CHN."""
    study = (
        world({"CHN": 10, "RUS": 18, "AUS": 26})
        + ceiling(4000)
        + """
Limits
  limit  commodity  basis   source country  max share
  cap    metal      supply  CHN             0.4
"""
    )
    plan = solved(study)
    second = 0.3 + np.sqrt(0.03)
    assert made(plan) == {
        "CHN": pytest.approx(40, rel=1e-5), "RUS": pytest.approx(100 * second, rel=1e-5),
        "AUS": pytest.approx(100 * (0.6 - second), rel=1e-4),
    }  # fmt: skip
    assert plan["Concentration"].iloc[0]["hhi"] == pytest.approx(4000, rel=1e-6)
    assert plan["Limits"].iloc[0]["value"] == pytest.approx(0.4)


def test_the_total_may_give_way() -> None:
    """AUS can make 20, no more; at 6000 it is 27.64 %, so the market is 72.36 and the rest is given up. One more
    from AUS would let 2.62 more come from CHN."""
    plan = solved(world({"CHN": 10, "AUS": 30}, capacity={"AUS": 20}, unmet=500) + ceiling(6000))
    total = 20 / (0.5 - 0.5 * np.sqrt(0.2))
    assert sum(made(plan).values()) == pytest.approx(total, rel=1e-5)
    assert plan.unmet["metal"] == pytest.approx(100 - total, rel=1e-5)
    assert flows(plan, "Prices", "delivered", "country")["DEU"] == 500
    assert plan.objective == pytest.approx(20 * 30 + (total - 20) * 10 + (100 - total) * 500, rel=1e-6)


def test_the_price_holds_where_the_total_gives_way() -> None:
    study = world({"CHN": 10, "AUS": 30}, capacity={"AUS": 20}, unmet=500)
    plans = [solved(study + ceiling(hhi)) for hhi in (5990, 6000, 6010)]
    slope = (plans[0].objective - plans[2].objective) / 20
    assert plans[1]["Concentration"].iloc[0]["price"] == pytest.approx(slope, rel=5e-3)


TWO_MARKETS = (
    world({"CHN": 10, "AUS": 30, "RUS": 26}, demand="  metal      DEU      100\n  metal      FRA      60")
    + "Groups\n  group  country\n  EU     DEU\n  EU     FRA\n"
)


def test_each_market_has_its_own_index() -> None:
    """5200 of CHN and RUS in DEU and in FRA, each 60 %: s = (1 + sqrt(0.04)) / 2. A third supplier costs more than
    it helps."""
    two = TWO_MARKETS.replace("  aus    refine   AUS      unlimited  30\n", "")
    plan = solved(two + ceiling(5200, market="each"))
    got = flows(plan, "Shipments", "quantity", "from", "to")
    assert got == {
        ("CHN", "DEU"): pytest.approx(60, rel=1e-5), ("RUS", "DEU"): pytest.approx(40, rel=1e-5),
        ("CHN", "FRA"): pytest.approx(36, rel=1e-5), ("RUS", "FRA"): pytest.approx(24, rel=1e-5),
    }  # fmt: skip
    table = plan["Concentration"]
    assert sorted(table["market"]) == ["DEU", "FRA"]
    assert table["hhi"].to_numpy() == pytest.approx([5200, 5200], rel=1e-6)


def test_a_group_is_one_market() -> None:
    """Of the 160 of both together CHN has 60 %, however it is spread over DEU and FRA."""
    two = TWO_MARKETS.replace("  aus    refine   AUS      unlimited  30\n", "")
    plan = solved(two + ceiling(5200, market="EU"))
    assert made(plan) == {"CHN": pytest.approx(96, rel=1e-5), "RUS": pytest.approx(64, rel=1e-5)}
    assert plan["Concentration"]["market"].tolist() == ["EU"]


def test_imports_leave_the_markets_own_supply_out() -> None:
    """DEU makes 40 itself; of the 60 that it imports CHN may have 60 %."""
    plan = solved(
        world({"CHN": 10, "RUS": 26, "DEU": 5}, capacity={"DEU": 40}) + ceiling(5200, basis="imports", market="DEU")
    )
    assert made(plan) == {"CHN": pytest.approx(36, rel=1e-5), "RUS": pytest.approx(24, rel=1e-5), "DEU": 40}


def test_owners_are_one_supplier_wherever_they_produce() -> None:
    """COD.CN's plants on the soil of COD belong to CHN: by owner they are one square with CHN's own, so at 5200 RUS
    must have 40 %; by territory three suppliers have it easier and the 100 of the cheapest two are shared among
    them."""
    study = world({"CHN": 10, "RUS": 26}).replace(
        COUNTRIES, "Countries\n  country  territory  owner\n  CHN      CHN        CHN\n  RUS      RUS        RUS\n"
        "  DEU      DEU        DEU\n  COD      COD        COD\n  COD.CN   COD        CHN\n"
    ).replace("  rus    refine", "  cn     refine   COD.CN   unlimited  11\n  rus    refine")  # fmt: skip
    plan = solved(study + ceiling(5200, by="owner"))
    got = made(plan)
    assert got["RUS"] == pytest.approx(40, rel=1e-5)
    assert got.get("COD.CN", 0) == 0
    plan = solved(study + ceiling(5200, by="territory"))
    assert made(plan) == {"CHN": pytest.approx(60, rel=1e-4), "COD.CN": pytest.approx(40, rel=1e-4)}


def test_a_bundle_of_small_countries_counts_in_the_total_and_has_no_square() -> None:
    """REST makes 40 at most, CHN the rest: 0.6^2 = 3600 is allowed at 3600 without RUS. A single country's 40 would
    be 5200."""
    study = world({"CHN": 10, "RUS": 50, "REST": 12}, capacity={"REST": 40})
    plan = solved(study + ceiling(3600))
    assert made(plan) == {"CHN": pytest.approx(60, rel=1e-5), "REST": pytest.approx(40, rel=1e-5)}
    assert plan["Concentration"].iloc[0]["hhi"] == pytest.approx(3600, rel=1e-6)
    single = solved(study.replace("REST     0.5   yes", "REST     0.5   no") + ceiling(3600))
    assert made(single)["RUS"] > 10


def test_a_ceiling_holds_in_its_years() -> None:
    study = "Years\n  year\n  2025\n  2026\n  2027\n" + world({"CHN": 10, "AUS": 30})
    plan = solved(
        study
        + """
Concentration
  limit  commodity  basis   max hhi  first year  last year
  h      metal      supply  5200     2026        2026
"""
    )
    cheap = flows(plan, "Production", "activity", "country", "year")
    assert {y: cheap["CHN", y] for y in (2025, 2026, 2027)} == {2025: 100, 2026: pytest.approx(60, rel=1e-5), 2027: 100}
    assert plan["Concentration"]["year"].tolist() == [2026]


def test_each_commodity_has_an_index_and_a_stage_adds_up_by_content() -> None:
    """Two grades of metal, 50 t each with contents 1 and 0.5. `each`: CHN has 60 % of either. Together by content,
    75 t: 45 are from CHN, cheapest where RUS' grade costs the least more per tonne of content."""
    study = """
Settings
  setting        value
  discount rate  0
Commodities
  commodity  unit  material  stage   content  unmet cost
  pure       t     nickel    refine  1        1000
  half       t     nickel    refine  0.5      1000
Processes
  process  unit
  high     t
  low      t
Recipes
  process  commodity  direction  quantity
  high     pure       out        1
  low      half       out        1
Sites
  site  process  country  capacity   variable cost
  a     high     CHN      unlimited  10
  b     high     RUS      unlimited  30
  c     low      CHN      unlimited  10
  d     low      RUS      unlimited  14
Demand
  commodity  country  2025
  pure       DEU      50
  half       DEU      50
Lanes
  commodity  from  to
  *          *     *
Concentration
  limit  commodity    basis       max hhi
  h      {commodity}  production  5200
"""
    plan = solved(study.format(commodity="each"))
    assert flows(plan, "Production", "activity", "site") == {
        "a": pytest.approx(30, rel=1e-5), "b": pytest.approx(20, rel=1e-5),
        "c": pytest.approx(30, rel=1e-5), "d": pytest.approx(20, rel=1e-5),
    }  # fmt: skip
    assert sorted(plan["Concentration"]["commodity"]) == ["half", "pure"]
    # Content from RUS: 30 of 75. A tonne of it costs 20 more as pure and 8 as half: 25 as half, then 5 as pure.
    plan = solved(study.format(commodity="nickel/refine"))
    assert flows(plan, "Production", "activity", "site") == {
        "a": pytest.approx(45, rel=1e-5), "b": pytest.approx(5, rel=1e-4), "d": 50,
    }  # fmt: skip


def test_capacity_may_be_spread_out_too() -> None:
    """CHN has 80 of refining capacity; at 5200 another 53.33 must stand elsewhere, built in AUS for an annuity of
    100 / 20 though nobody needs it."""
    study = "Years\n  year\n  2025\n  2026\n" + world(
        {"CHN": 10, "AUS": 30}, demand="  metal      DEU      50", capacity={"CHN": 80, "AUS": 0}
    )
    study = (
        study.replace("capacity  variable cost\n", "capacity  variable cost  capex\n")
        .replace("  80  10\n", "  80  10  -\n")
        .replace("  0  30\n", "  0  30  100\n")
    )
    plan = solved(
        study
        + """
Concentration
  limit  commodity  basis     max hhi  first year
  h      metal      capacity  5200     2026
"""
    )
    built = 80 * 2 / 3
    assert flows(plan, "Builds", "capacity", "country") == {"AUS": pytest.approx(built, rel=1e-5)}
    assert plan.objective == pytest.approx(2 * 500 + built * 5, rel=1e-6)


def test_unlimited_capacity_is_refused_where_its_share_is_asked() -> None:
    with pytest.raises(BadInput) as refused:
        solved(world({"CHN": 10, "AUS": 30}) + ceiling(5200, basis="capacity"))
    problem = next(p for p in refused.value.problems if p.severity == "error")
    assert (problem.sheet, problem.cell) == ("Concentration", "C2")
    assert "unlimited" in problem.problem


def test_a_supplier_without_a_risk_is_refused_where_squares_are_weighted_by_it() -> None:
    study = world({"CHN": 10, "AUS": 30}).replace("AUS      0.2", "AUS      -")
    with pytest.raises(BadInput, match="AUS supplies this market and has no risk in Countries"):
        solved(study + ceiling(5200, weight="risk"))
    assert solved(study + ceiling(5200)).status == "optimal"


@pytest.mark.parametrize("hhi", [4999, 3000, 100, 1])
def test_below_what_the_number_of_suppliers_permits_nothing_can_be_supplied(hhi: int) -> None:
    """Two suppliers are never below 5000: the market stays empty, its index is 0, and all demand is given up."""
    plan = solved(world({"CHN": 10, "AUS": 30}) + ceiling(hhi))
    assert plan.unmet == {"metal": pytest.approx(100)}
    assert plan["Concentration"].iloc[0]["hhi"] == 0


def test_below_what_the_number_of_suppliers_permits_firm_demand_has_no_plan() -> None:
    solved(world({"CHN": 10, "AUS": 30}, unmet="-") + ceiling(4900), status="infeasible")


def test_equal_suppliers_meet_the_least_index_exactly() -> None:
    """Four at equal cost can just be at 2500: a quarter each."""
    plan = solved(world({"CHN": 10, "RUS": 11, "AUS": 12, "FRA": 13}) + ceiling(2500.01))
    assert list(made(plan).values()) == pytest.approx([25] * 4, abs=0.1)
    assert plan["Unmet"].empty


def test_the_index_of_a_market_of_grams_is_met_as_strictly_as_that_of_a_market_of_megatonnes() -> None:
    """Shares and prices do not depend on the size of the market."""
    prices = []
    for size in (1e-3, 100.0, 1e8):
        plan = solved(world({"CHN": 10, "AUS": 30}, demand=f"  metal      DEU      {size:f}") + ceiling(6000))
        line = plan["Concentration"].iloc[0]
        assert line["hhi"] == pytest.approx(6000, rel=2e-6)
        prices.append(line["price"] / size)
    assert prices == pytest.approx([prices[1]] * 3, rel=5e-3)


def test_a_plan_that_breaks_the_cone_is_not_optimal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The LP alone knows no squares: without its cuts its plan is CHN's 100 %, which the certificate must not pass."""
    monkeypatch.setattr(cones, "solve", lambda engine, *_: engine.solve())
    plan = solved(world({"CHN": 10, "AUS": 30}) + ceiling(6000), status="certificate failed")
    assert plan.certificate is not None
    assert plan.certificate.primal == pytest.approx(10_000 / 6000 - 1)
    assert "HHI" in plan.certificate.primal_at


def test_a_cone_that_is_not_met_in_time_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cones, "ROUNDS", 1)
    plan = solved(world({"CHN": 10, "RUS": 18, "AUS": 26}) + ceiling(4000), status="HHI not met after 1 rounds of cuts")
    assert plan.certificate is None


def test_no_cut_removes_a_point_that_the_cone_allows() -> None:
    """500 random points inside the cone, their squares as they are, satisfy every tangent row of the solved LP."""
    plan = solved(world({"CHN": 10, "RUS": 18, "AUS": 26}) + ceiling(4000))
    over, lp = plan.cones, plan.compiled.lp
    assert over is not None
    cut = next(part for part in lp.rows if part.name == cones.CUT)
    rows = lp.matrix.tocsr()[cut.start : lp.matrix.shape[0]]
    points = np.random.default_rng(1).dirichlet(np.ones(3), 20_000)
    points = points[(points**2).sum(axis=1) <= 0.4][:500]
    assert len(points) == 500
    x = np.zeros((lp.matrix.shape[1], len(points)))
    x[over.supply], x[over.square], x[over.total[0]] = points.T, points.T**2, 1.0
    assert rows.shape[0] == plan.cuts
    assert (rows @ x <= 1e-12).all()


def many(low: float, high: float) -> str:
    """Twelve suppliers, each of that part of what is wanted, six markets of 1 to 100,000 t, freight of their own on
    every lane."""
    generator = np.random.default_rng(3)
    places = [f"C{i:02}" for i in range(12)]
    wanted = 10.0 ** np.arange(6)
    capacity = wanted.sum() * generator.uniform(low, high, 12)
    text = BASE.format(unmet=500).replace(
        "  commodity  from  to\n  *          *     *\n", "  commodity  from  to  freight\n"
    )
    text += "".join(f"  metal  {a}  {b}  {generator.uniform(1, 9):.3f}\n" for a in places for b in places[:6] if a != b)
    text += "Sites\n  site  process  country  capacity  variable cost\n" + "".join(
        f"  {k}  refine  {k}  {most:.3f}  {generator.uniform(10, 30):.3f}\n"
        for k, most in zip(places, capacity, strict=True)
    )
    return (
        text
        + "Demand\n  commodity  country  2025\n"
        + "".join(f"  metal  {k}  {q}\n" for k, q in zip(places, wanted, strict=False))
    )


def test_many_suppliers_of_many_markets_come_under_their_ceilings() -> None:
    """None has more than a quarter of what is wanted: each index is met within a millionth, and what no lane brings is
    given up."""
    plan = solved(many(0.05, 0.25) + ceiling(1500, market="each"))
    table = plan["Concentration"]
    assert len(table) == 6
    assert (table["hhi"] <= 1500 * (1 + 1e-6)).all()
    assert table["hhi"].to_numpy() == pytest.approx([1500] * 6, rel=1e-5)
    assert plan["Unmet"].empty
    shipped = plan["Shipments"]
    for market, part in shipped.groupby("to"):
        shares = part["quantity"] / part["quantity"].sum()
        assert 10_000 * (shares**2).sum() == pytest.approx(1500, rel=1e-5), market


def test_ties_outside_the_ceiling_are_broken_alike_on_every_road(monkeypatch: pytest.MonkeyPatch) -> None:
    """Salt comes from three suppliers at one cost for three buyers: the plan is one, whichever method found it."""
    places = ("CHN", "RUS", "AUS")
    rows = "".join(f"  brine {k}  evaporate  {k}  40  5\n" for k in places)
    salt = (
        world({"CHN": 10, "AUS": 30})
        .replace("  metal      t     1000\n", "  metal      t     1000\n  salt       t     1000\n")
        .replace("  refine   t\n", "  refine   t\n  evaporate  t\n")
        .replace("  refine   metal      out        1\n", "  refine   metal      out        1\n  evaporate  salt  out  1\n")
        .replace("Demand\n", rows + "Demand\n")
        .replace("  metal      DEU      100\n", "  metal      DEU      100\n" + "".join(f"  salt  {k}  30\n" for k in ("DEU", "FRA", "RUS")))
    )  # fmt: skip
    plans = []
    for solver in ("simplex", "ipm"):
        monkeypatch.setitem(STRATEGIES["dual"], "solver", solver)
        plans.append(solved(salt + ceiling(6000)))
    one, other = (plan["Shipments"].set_index(["commodity", "from", "to"])["quantity"] for plan in plans)
    assert UNDECIDED not in plans[0].solution.log + plans[1].solution.log
    assert len(one.loc["salt"]) >= 3
    assert one.loc["salt"].to_dict() == pytest.approx(other.loc["salt"].to_dict(), abs=1e-6)
    assert made(plans[0])["AUS"] == pytest.approx(made(plans[1])["AUS"], rel=1e-4)


CHANGES = """
Scenarios
  scenario  operation  sheet          where        column         value
  outage    multiply   Sites          country=C03  capacity       0.5
  more      multiply   Demand         country=*    value          1.1
  dearer    multiply   Sites          country=C01  variable cost  1.5
  stricter  set        Concentration  limit=h      max hhi        1200
  looser    set        Concentration  limit=h      max hhi        2500
"""


@pytest.mark.parametrize("scenario", ["outage", "more", "dearer", "stricter", "looser"])
def test_a_plan_from_a_neighbours_basis_costs_what_it_costs_cold(
    scenario: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bounds, sides, costs and ceilings changed; the tangents of the neighbour are not carried over."""
    monkeypatch.setattr(neighbour, "FAR", 10.0)  # in a study this small the tangents are much of the basis
    begun: list[bool] = []
    real = cones.solve

    def watched(*given: Any) -> Any:
        begun.append(given[4] is not None)
        return real(*given)

    monkeypatch.setattr(cones, "solve", watched)
    tables, problems = read(many(0.1, 0.4) + ceiling(1500, market="each") + CHANGES)
    study = Study(Path("study.xlsx"), tables, [p for p in problems if "missing" not in p.problem], "")
    first, warm = solve_all(study, ["base", scenario])
    cold = solve(study, scenario)
    assert begun == [False, True, False]
    assert warm.status == cold.status == "optimal"
    assert abs(warm.objective - first.objective) > 1e-4 * first.objective
    assert warm.objective == pytest.approx(cold.objective, rel=1e-9)
    assert warm["Concentration"]["hhi"].to_numpy() == pytest.approx(cold["Concentration"]["hhi"].to_numpy(), rel=1e-5)


def test_polishing_that_stops_keeps_the_plan_that_meets_the_ceilings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The solver gives up as soon as all ceilings are met: later tangents are as if never asked for."""
    text = world({"CHN": 10.0, "RUS": 18.0, "AUS": 26.0}) + ceiling(4000)
    cold = solved(text)
    real, polishing = Engine.solve, []

    def solve_once(engine: Engine, **how: Any) -> Any:
        found = real(engine, **how)
        return replace(found, status="time limit") if polishing else found

    met = cones._polished

    def polished(*given: Any) -> Any:
        polishing.append(True)
        try:
            return met(*given)
        finally:
            polishing.clear()

    monkeypatch.setattr(Engine, "solve", solve_once)
    monkeypatch.setattr(cones, "_polished", polished)
    plan = solved(text)
    assert plan.objective < cold.objective  # unpolished, so not quite as dear
    assert plan.objective == pytest.approx(cold.objective, rel=1e-5)
    assert plan["Concentration"].iloc[0]["hhi"] <= 4000 * (1 + 1e-6)

"""What a price and an objective must be whatever the study: slopes of the cost, sums of their terms, blind to form."""

from __future__ import annotations

import random
from copy import deepcopy
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from models.schema import Tables
from planner.engine import Engine
from planner.results import Plan
from planner.study import Study
from planner.study import solve as run
from tests.solving import solved
from tests.studies import read

Sheets = dict[str, list[dict[str, object]]]
SEEDS = range(4)


def text(sheets: Sheets) -> str:
    """The sheets as tests.studies reads them."""
    lines = []
    for name, rows in sheets.items():
        headers = list(dict.fromkeys(header for row in rows for header in row))
        cells = [headers, *([row.get(header, "-") for header in headers] for row in rows)]
        lines += [name, *("  " + " | ".join(map(str, row)) for row in cells)]
    return "\n".join(lines)


def drawn(seed: int) -> Sheets:
    """A study of two stages over 2025-26, 2027-29 and 2030, with plants to build, duties, measures, limits and steps.

    There is an unmet cost, so that every such study has a plan.
    """
    rng = random.Random(seed)
    some, pick = rng.randint, rng.choice
    sites: list[dict[str, object]] = [
        {"site": "a", "process": "mine", "country": "AUS", "capacity": some(5, 15), "variable cost": some(10, 30)},
        {"site": "a2", "process": "mine", "country": "AUS", "capacity": some(5, 15), "variable cost": some(30, 60)},
        {"site": "c", "process": "mine", "country": "CHL", "capacity": "unlimited", "variable cost": some(40, 80)},
        {"site": "n", "process": "mine", "country": "CHN", "capacity": some(0, 9), "variable cost": some(10, 50)},
        {"site": "s", "process": "smelt", "country": "CHN", "capacity": some(8, 20), "variable cost": some(20, 40)},
        {"site": "t", "process": "smelt", "country": "AUS", "capacity": some(0, 5), "variable cost": some(20, 90)},
        {"site": "d", "process": "smelt", "country": "DEU", "capacity": some(0, 5), "variable cost": some(60, 120)},
    ]  # fmt: skip
    for site in sites[-2:]:
        site |= {"capex": some(200, 900), "fixed cost": some(0, 9), "max build": some(1, 4), "lead time": some(1, 2)}
        site |= {"lifetime": some(4, 20), "ramp": some(0, 2)}
    sites[0]["resource"] = some(40, 80)
    return {
        "Settings": [
            {"setting": "discount rate", "value": 0.01 * some(0, 12)},
            {"setting": "base year", "value": some(2020, 2025)},
        ],
        "Years": [{"year": 2025}, {"year": 2027}, {"year": 2030}],
        "Countries": [{"country": k} for k in ("AUS", "CHL", "CHN", "DEU", "JPN")],
        "Groups": [{"group": "WEST", "country": k} for k in ("DEU", "JPN", "AUS")],
        "Commodities": [
            {"commodity": "ore", "unit": "t", "price": 60, "unmet cost": 700, "disposable": "yes"},
            {"commodity": "metal", "unit": "t", "price": 200, "unmet cost": 3000, "disposable": "yes"},
            {"commodity": "slag", "unit": "t", "unmet cost": 500, "disposable": "no" if seed % 2 else "yes"},
        ],
        "Processes": [{"process": p, "unit": "t"} for p in ("mine", "smelt", "fill")],
        "Recipes": [
            {"process": "mine", "commodity": "ore", "direction": "out", "quantity": 1},
            {"process": "smelt", "commodity": "ore", "direction": "in", "quantity": 1.5},
            {"process": "smelt", "commodity": "metal", "direction": "out", "quantity": 1},
            {"process": "smelt", "commodity": "slag", "direction": "out", "quantity": 0.2},
            {"process": "fill", "commodity": "slag", "direction": "in", "quantity": 1},
        ],
        "Sites": [
            *sites,
            *(
                {"site": f"f{k}", "process": "fill", "country": k, "capacity": "unlimited", "variable cost": some(1, 5)}
                for k in ("AUS", "CHN", "DEU")
            ),
        ],
        "Site years": [
            {"site": "s", "item": "capacity", "operation": "multiply", 2025: 1, 2027: 0.1 * some(3, 10), 2030: 1},
            {"process": "mine", "item": "variable cost", "operation": "multiply", 2025: 1, 2030: 0.1 * some(7, 13)},
        ],
        "Demand": [
            {"commodity": "metal", "country": "DEU", 2025: some(3, 9), 2027: some(3, 9), 2030: some(3, 12)},
            {"commodity": "metal", "country": "JPN", 2025: some(3, 9), 2027: some(3, 9), 2030: some(3, 12)},
            {"commodity": "ore", "country": "JPN", 2025: some(3, 9), 2027: some(3, 9), 2030: some(3, 12)},
        ],
        "Demand steps": [
            {"commodity": "metal", "country": "JPN", "step": "low", "share": 0.3, "value": some(90, 400)},
            {"commodity": "metal", "country": "JPN", "step": "high", "share": 0.2, "value": some(400, 900)},
        ],
        "Lanes": [
            {"commodity": "*", "from": "*", "to": "*", "freight": some(2, 9)},
            {"commodity": "ore", "from": "AUS", "to": "*", "freight": some(1, 20)},
            {"commodity": "metal", "from": "*", "to": "JPN", "freight": some(1, 20), "loss": 0.1},
            {"commodity": "metal", "from": "CHN", "to": "DEU", "freight": some(1, 9), "min": pick([0, 1])},
        ],
        "Tariffs": [
            {"measure": "general", "commodity": "metal", "from": "*", "to": "WEST", "rate": 0.01 * some(0, 30)},
            {"measure": "extra", "commodity": "metal", "from": "CHN", "to": "DEU", "specific": some(0, 40)},
        ],
        "Trade measures": [
            {"measure": "levy", "commodity": "ore", "from": "CHL", "kind": "tax", "value": 0.05},
            {"measure": "cap", "commodity": "ore", "from": "AUS", "kind": "quota", "value": some(6, 14)},
            {"measure": "trq", "commodity": "metal", "from": "CHN", "to": "WEST", "kind": "tariff quota", "value": 4, "rate": 0.2},
        ],
        "Limits": [
            {"limit": "third", "commodity": "metal", "basis": "supply", "market": "each", "source country": "each", "max share": 0.05 * some(10, 18)},
            {"limit": "joint", "commodity": "metal", "basis": "imports", "market": "WEST", "source country": "CHN", "max": some(5, 12)},
            {"limit": "home", "commodity": "metal", "basis": "production", "source country": "DEU", "min share": 0.2, "soft cost": some(20, 90)},
        ],
    }  # fmt: skip


@cache
def parsed(seed: int) -> Tables:
    return read(text(drawn(seed)))[0]


@cache
def base(seed: int) -> Plan:
    return solved(text(drawn(seed)))


def objective(sheets: Sheets) -> float:
    """Cost of the plan, infinite where there is none: a contract may stand against a ceiling."""
    plan = run(Study(Path(), read(text(sheets))[0], [], ""))
    assert plan.status in ("optimal", "infeasible")
    return plan.objective if plan.status == "optimal" else np.inf


def slopes(cost: float, lower: float, higher: float, step: float) -> tuple[float, float]:
    return (cost - lower) / step, (higher - cost) / step


# Prices


@pytest.mark.parametrize("seed", SEEDS)
def test_every_price_lies_between_the_slopes_of_the_cost_on_its_two_sides(seed: int) -> None:
    """Each pool through which something flows is asked for a little more and a little less, and the LP solved again:
    per unit, and by the weight of its period, the cost moves by at least and by at most the price."""
    plan, step = base(seed), 1e-3
    factor = dict(zip(plan.data.network.years.tolist(), plan.data.network.factor.tolist(), strict=True))
    engine = Engine(plan.compiled.lp)
    engine.solve()

    def asked(name: str, row: int, more: float) -> float:
        lp = plan.compiled.lp
        upper, lower = lp.row_upper.copy(), lp.row_lower.copy()
        upper[row] -= more
        lower[row] -= more if np.isfinite(lower[row]) else 0.0
        engine.update(row_upper=upper, row_lower=lower)
        answer = engine.solve(with_basis=False)
        return answer.objective if answer.status == "optimal" else np.inf

    prices = plan["Prices"].set_index(["commodity", "country", "year"])
    checked = 0
    for side, column in (("use", "delivered"), ("supply", "producer")):
        for name in (f"balance.{side}", f"balance.{side}_exact"):
            labels = next(part for part in plan.compiled.lp.rows if part.name == name)
            keys = plan.frame(plan.duals(name)[0]).itertuples(index=False, name=None)
            for row, key in enumerate(keys, labels.start):
                price = prices[column].get(key, np.nan)
                if np.isnan(price):
                    continue
                left, right = slopes(plan.objective, asked(name, row, -step), asked(name, row, step), step)
                weight, slack = factor[key[2]], 1e-4 * (1 + abs(price))
                assert left / weight - slack <= price <= right / weight + slack, (name, key)
                checked += 1
    assert checked >= 15


@pytest.mark.parametrize("seed", SEEDS)
def test_one_more_in_a_cell_of_demand_costs_each_step_its_price_or_its_value(seed: int) -> None:
    """A cell of Demand is raised and lowered a little in the tables. Of one more unit each step takes its share, at the
    price or, where that is less, at the value at which it gives up."""
    plan, step = base(seed), 1e-3
    prices = plan["Prices"].set_index(["commodity", "country", "year"])["delivered"]
    factor = dict(zip(plan.data.network.years.tolist(), plan.data.network.factor.tolist(), strict=True))
    steps = {row["step"]: (row["share"], row["value"]) for row in drawn(seed)["Demand steps"]}
    worth = {"ore": 700, "metal": 3000}
    cells = parsed(seed)["Demand"]
    for at in random.Random(seed).sample(range(len(cells)), 3):
        good, country, year = cells.loc[cells.index[at], ["commodity", "country", "year"]]
        price = prices[good, country, year]
        parts = list(steps.values()) if (good, country) == ("metal", "JPN") else []
        parts.append((1 - sum(share for share, _ in parts), worth[good]))
        said = sum(share * min(price, value) for share, value in parts)

        def moved(by: float, at: int = at) -> float:
            tables = Tables(parsed(seed), parsed(seed).letters)
            tables["Demand"] = cells.copy()
            tables["Demand"].loc[cells.index[at], "value"] += by
            return run(Study(Path(), tables, [], "")).objective

        left, right = slopes(plan.objective, moved(-step), moved(step), step)
        slack = 1e-4 * (1 + abs(said))
        assert left / factor[year] - slack <= said <= right / factor[year] + slack, (good, country, year)


# Sums


@pytest.mark.parametrize("seed", SEEDS)
def test_the_costs_of_the_report_add_up_to_the_objective(seed: int) -> None:
    """The sheet's discounted costs, and its yearly ones times the weight of their period."""
    plan = base(seed)
    sheet = plan["Costs"]
    factor = dict(zip(plan.data.network.years.tolist(), plan.data.network.factor.tolist(), strict=True))
    assert sheet["discounted"].sum() == pytest.approx(plan.objective, rel=1e-12)
    assert (sheet["cost"] * sheet["year"].map(factor)).sum() == pytest.approx(plan.objective, rel=1e-12)
    assert plan.system_cost + plan.unmet_value + plan.excess_value == pytest.approx(plan.objective, rel=1e-12)
    assert {"variable cost", "freight"} <= set(sheet["term"])


@pytest.mark.parametrize("seed", SEEDS)
def test_flows_of_the_report_balance(seed: int) -> None:
    """What is made and arrives is shipped, used, served or left over, and nothing is left over that must be used."""
    plan = base(seed)
    flows = plan["Balance"]
    assert (flows["surplus"] > -1e-6).all()
    lost = plan["Shipments"].query("commodity == 'metal' and to == 'JPN'").groupby("year")["quantity"].sum() * 0.1
    metal = flows[flows["commodity"] == "metal"].groupby("year")[["made", "shipped", "arrived"]].sum()
    assert (metal["shipped"] - lost.reindex(metal.index).fillna(0)).to_numpy() == pytest.approx(
        metal["arrived"].to_numpy()
    )
    if plan.data.tables["Commodities"].set_index("commodity").loc["slag", "disposable"] == "no":
        assert flows[flows["commodity"] == "slag"]["surplus"].abs().max() < 1e-6


# What changes nothing, and what can only help


COSTS = {
    "Commodities": ("price", "unmet cost"),
    "Sites": ("variable cost", "fixed cost", "capex"),
    "Demand steps": ("value",),
    "Lanes": ("freight",),
    "Tariffs": ("specific",),
    "Limits": ("soft cost",),
}


@pytest.mark.parametrize("seed", SEEDS)
def test_costs_in_another_currency_scale_the_objective(seed: int) -> None:
    sheets = drawn(seed)
    for sheet, columns in COSTS.items():
        for row in sheets[sheet]:
            row |= {c: row[c] * 2.5 for c in columns if isinstance(row.get(c), (int, float))}
    assert objective(sheets) == pytest.approx(2.5 * base(seed).objective)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    sheets = drawn(seed)
    rng = random.Random(seed + 100)
    for rows in sheets.values():
        header = dict.fromkeys(key for row in rows for key in row)
        rows[:] = [{key: row.get(key, "-") for key in header} for row in rows]
        rng.shuffle(rows)
    assert objective(sheets) == pytest.approx(base(seed).objective)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_country_in_two_halves_is_the_same_country(seed: int) -> None:
    """AUS, which mines, smelts and may build, becomes two places on its soil, each with half of every figure; rules go on
    naming AUS."""
    sheets = drawn(seed)
    sheets["Countries"] += [{"country": f"AUS.{half}", "territory": "AUS"} for half in "12"]
    halves = []
    for row in sheets["Sites"]:
        if row["country"] != "AUS":
            halves.append(row)
            continue
        for half in "12":
            split = deepcopy(row) | {"site": f"{row['site']}.{half}", "country": f"AUS.{half}"}
            for column in ("capacity", "max build", "resource"):
                if isinstance(row.get(column), (int, float)):
                    split[column] = row[column] / 2
            halves.append(split)
    sheets["Sites"] = halves
    assert objective(sheets) == pytest.approx(base(seed).objective)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_supplier_that_another_beats_everywhere_changes_nothing(seed: int) -> None:
    """Beside CHL's unlimited mine stands another that costs 1 more."""
    sheets = drawn(seed)
    (mine,) = (row for row in sheets["Sites"] if row["site"] == "c")
    sheets["Sites"].append(mine | {"site": "c2", "capacity": 50, "variable cost": mine["variable cost"] + 1})
    assert objective(sheets) == pytest.approx(base(seed).objective)


@pytest.mark.parametrize("seed", SEEDS)
def test_tightening_a_limit_never_lowers_the_cost_and_loosening_it_never_raises_it(seed: int) -> None:
    """All ceilings up by a fifth, and down; the floor the other way round; and no limit or quota at all."""
    cost = base(seed).objective

    def scaled(by: float) -> Sheets:
        sheets = drawn(seed)
        for row in (*sheets["Limits"], *sheets["Trade measures"]):
            for column in {"max share", "max"} & set(row):
                row[column] = row[column] * by
            row |= {"min share": row["min share"] / by} if "min share" in row else {}
            row |= {"value": row["value"] * by} if row.get("kind") in ("quota", "tariff quota") else {}
        return sheets

    assert np.isfinite(cost)
    loose, tight, free = scaled(1.1), scaled(0.8), drawn(seed)
    del free["Limits"], free["Trade measures"]
    slack = 1e-6 * abs(cost)
    assert objective(free) - slack <= objective(loose) <= cost + slack
    assert cost - slack <= objective(tight)
    assert objective(free) < cost - slack

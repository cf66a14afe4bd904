"""A generated study of any size: chains of four stages, lanes and tariffs by wildcards, a share limit on every commodity.

`world` draws the figures as arrays, `frames` says them as the sheets of a study, `tables` as the typed tables of one:
by hand (`by_hand.py`) the arrays become a linear program directly, our road takes the tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from models.schema import Tables
from planner.cells import Grid
from planner.template import write_study
from planner.workbook import parse

STAGES = ("ore", "concentrate", "metal", "part")
REGIONS, BLOCS, FIRST = 8, 3, 2025
DISCOUNT, UNMET = 0.07, 10.0
PRICES = np.array([100.0, 900.0, 6000.0, 20000.0])  # of the stages [cur/t]


class Size(NamedTuple):
    """How large a study is."""

    countries: int
    chains: int
    makers: int  # countries that make each commodity
    years: int


SIZES = {"6,000": Size(24, 2, 9, 6), "60,000": Size(48, 5, 13, 10), "600,000": Size(80, 10, 20, 20)}


@dataclass(frozen=True)
class World:
    """The figures of a study. C commodities, K countries, S sites, R regions, B blocs, Y years.

    Site s = c n + i is the i-th of the n makers of commodity c, which is also the number of its process. Every sheet of
    rules is a few small arrays: what `*` stands for is what nothing more specific overwrites.
    """

    size: Size
    region: Any  # (K,)
    bloc: Any  # (K,)
    place: Any  # (S,) ascending within a commodity
    price: Any  # (C, Y) cur/t
    content: Any  # (C,)
    inflow: Any  # (C,) of the stage before, per unit
    lifetime: Any  # (C,) y
    lead: Any  # (C,)
    ramp: Any  # (C,)
    capital_rate: Any  # (K,) NaN: the discount rate
    capacity: Any  # (S, Y)
    variable_cost: Any  # (S, Y)
    fixed_cost: Any  # (S,)
    capex: Any  # (S,)
    max_build: Any  # (S,)
    max_capacity: Any  # (S,)
    demand: Any  # (chains, K, Y) of the parts
    freight: Any  # (R, R) cur/t
    loss: Any  # (C,)
    lane_max: Any  # rows (commodity, from, to, most)
    general_duty: float  # share of the price
    duty: Any  # (C, R) the same of the importer's region, from outside it
    penalties: Any  # rows (from, to, first year, cur/t)
    taxes: Any  # rows (commodity, from, share of the price)
    bans: Any  # rows (commodity, from, to, first year)
    quotas: Any  # rows (commodity, from, most)
    world_share: float  # of any maker in the output of a commodity
    bloc_share: float  # of any maker in what arrives of a part in the first bloc

    @property
    def years(self) -> Any:
        """The model years."""
        return FIRST + np.arange(self.size.years)


def world(size: Size, seed: int = 1) -> World:
    """Draw a study."""
    rng = np.random.default_rng(seed)
    n_countries, chains, makers, years = size
    goods = 4 * chains
    stage = np.arange(goods) % 4
    draw = rng.uniform
    inflow = np.where(stage > 0, draw(1.05, 1.4, goods).round(2), 0.0)
    growth = 1 + 0.04 * np.arange(years)
    base = draw(1, 20, (chains, n_countries)).round(2)
    demand = (base[:, :, None] * np.array([1.0, growth[-1]])).round(3)
    demand = demand[:, :, :1] + (demand[:, :, 1:] - demand[:, :, :1]) * np.linspace(0, 1, years)
    # What each stage must give for the stage after it, had all demand to be met.
    needed = np.zeros(goods)
    for c in reversed(range(goods)):
        needed[c] = base[c // 4].sum() if stage[c] == 3 else needed[c + 1] * inflow[c + 1]
    place = np.concatenate([np.sort(rng.choice(n_countries, makers, replace=False)) for _ in range(goods)])
    made = np.repeat(np.arange(goods), makers)
    weight = rng.pareto(1.2, len(made)) + 0.3
    share = weight / np.bincount(made, weight)[made]
    standing = (1.15 * share * needed[made]).round(3) + 0.01
    capacity = np.repeat(standing[:, None], years, axis=1)
    announced = rng.choice(len(made), len(made) // 8, replace=False)
    capacity[announced, years // 2 :] = (1.5 * standing[announced, None]).round(3)
    cost = (draw(0.2, 0.9, len(made)) * np.diff(PRICES, prepend=0.0)[stage[made]]).round(2)
    learning = draw(0.85, 1.0, goods).round(3)[made]
    variable_cost = cost[:, None] * (1 + (learning[:, None] - 1) * np.linspace(0, 1, years))
    capital_rate = np.where(rng.random(n_countries) < 0.5, np.nan, draw(0.03, 0.14, n_countries).round(3))

    def rules(count: int, stages: tuple[int, ...]) -> tuple[Any, Any, Any]:
        """Makers that a rule names, commodity and place, and a customer of each abroad."""
        s = np.sort(rng.choice(np.flatnonzero(np.isin(stage[made], stages)), count, replace=False))
        customers = np.where(stage[made[s]] == 3, rng.integers(0, n_countries, count), place[(s + makers) % len(place)])
        return made[s], place[s], np.where(customers == place[s], (customers + 1) % n_countries, customers)

    ban_c, ban_o, ban_k = rules(2 * chains, (1, 2))
    tax_c, tax_o, _ = rules(2 * chains, (0,))
    quota_c, quota_o, _ = rules(2 * chains, (0, 1))
    lane_c, lane_o, lane_k = rules(2 * goods, (0, 1, 2, 3))
    pairs = rng.choice(n_countries * n_countries, 3 * n_countries, replace=False)
    pairs = pairs[pairs // n_countries != pairs % n_countries]
    return World(
        size, np.arange(n_countries) % REGIONS, np.arange(n_countries) * BLOCS // n_countries, place,
        price=np.repeat(PRICES[stage][:, None], years, axis=1) * (1 + 0.01 * np.arange(years)),
        content=np.array([0.02, 0.3, 1.0, 0.5])[stage], inflow=inflow,
        lifetime=rng.choice([15.0, 20.0, 25.0], goods), lead=np.array([3.0, 2.0, 1.0, 1.0])[stage], ramp=np.array([2.0, 1.0, 0.0, 0.0])[stage],
        capital_rate=capital_rate, capacity=capacity, variable_cost=variable_cost,
        fixed_cost=(0.05 * cost).round(2), capex=(draw(2, 5, len(made)) * cost).round(1), max_build=(0.2 * standing).round(4),
        max_capacity=np.where(rng.random(len(made)) < 0.3, 4 * standing, np.inf).round(3), demand=demand,
        freight=draw(10, 150, (REGIONS, REGIONS)).round(1), loss=np.where(stage == 0, 0.01, 0.0),
        lane_max=np.column_stack([lane_c, lane_o, lane_k, (0.2 * needed[lane_c]).round(2)]),
        general_duty=0.03, duty=draw(0, 0.1, (goods, REGIONS)).round(3),
        penalties=np.column_stack([pairs // n_countries, pairs % n_countries, FIRST + rng.integers(0, years, len(pairs)), draw(5, 50, len(pairs)).round(1)]),
        taxes=np.column_stack([tax_c, tax_o, draw(0.02, 0.2, len(tax_c)).round(3)]),
        bans=np.column_stack([ban_c, ban_o, ban_k, FIRST + rng.integers(1, years, len(ban_c))]),
        quotas=np.column_stack([quota_c, quota_o, (0.1 * needed[quota_c]).round(2)]),
        world_share=0.35, bloc_share=0.45,
    )  # fmt: skip


def names(w: World) -> tuple[list[str], list[str], list[str]]:
    """Commodities (each also the name of its process), countries and sites."""
    goods = [f"m{c // 4:02d} {STAGES[c % 4]}" for c in range(len(w.inflow))]
    countries = [f"C{k:02d}" for k in range(w.size.countries)]
    sites = [f"{goods[s // w.size.makers]} in {countries[k]}" for s, k in enumerate(w.place)]
    return goods, countries, sites


def frames(w: World) -> dict[str, pd.DataFrame]:
    """The study as its sheets, with the headers of the workbook; years are columns where figures change."""
    goods, countries, sites = (np.array(part, object) for part in names(w))
    stage = np.arange(len(goods)) % 4
    chain, made = np.array([g.split()[0] for g in goods], object), np.repeat(np.arange(len(goods)), w.size.makers)
    years, regions, blocs = (
        w.years,
        np.array([f"R{r}" for r in range(REGIONS)]),
        np.array([f"B{b}" for b in range(BLOCS)]),
    )
    ends = {int(years[0]): 0, int(years[-1]): -1}
    inputs = np.flatnonzero(stage > 0)
    origin, target = np.divmod(np.arange(REGIONS**2), REGIONS)
    c, r = np.divmod(np.arange(w.duty.size), REGIONS)
    parts = np.flatnonzero(stage == 3)
    free = np.repeat(parts, BLOCS), np.tile(np.arange(BLOCS), len(parts))
    d, k = np.divmod(np.arange(len(parts) * len(countries)), len(countries))
    announced = np.flatnonzero(w.capacity[:, 0] != w.capacity[:, -1])
    learning = w.variable_cost[:: w.size.makers, -1] / w.variable_cost[:: w.size.makers, 0]
    named = lambda rows, column, kind: kind[rows[:, column].astype(np.int64)]  # noqa: E731
    return {
        "Settings": pd.DataFrame({"setting": ["title", "discount rate", "unmet cost factor"], "value": ["Generated study", DISCOUNT, UNMET]}),
        "Years": pd.DataFrame({"year": years}),
        "Countries": pd.DataFrame({"country": countries, "region": regions[w.region], "capital rate": w.capital_rate, "risk": 0.5}),
        "Groups": pd.DataFrame({"group": blocs[w.bloc], "country": countries}),
        "Commodities": pd.DataFrame({"commodity": goods, "chain": chain, "stage": np.array(STAGES)[stage], "unit": "t", "material": chain, "content": w.content, "price": w.price[:, 0]}),
        "Reference prices": pd.DataFrame({"commodity": goods, **{y: w.price[:, at] for y, at in ends.items()}}),
        "Processes": pd.DataFrame({"process": goods, "chain": chain, "stage": np.array(STAGES)[stage], "unit": "t", "lifetime": w.lifetime, "lead time": w.lead, "ramp": w.ramp}),
        "Recipes": pd.DataFrame({
            "process": [*goods, *goods[inputs]], "commodity": [*goods, *goods[inputs - 1]], "direction": ["out"] * len(goods) + ["in"] * len(inputs),
            "quantity": [*np.ones(len(goods)), *w.inflow[inputs]],
        }),
        "Sites": pd.DataFrame({
            "site": sites, "process": goods[made], "country": countries[w.place], "capacity": w.capacity[:, 0], "variable cost": w.variable_cost[:, 0],
            "fixed cost": w.fixed_cost, "capex": w.capex, "max build": w.max_build, "max capacity": np.where(np.isinf(w.max_capacity), np.nan, w.max_capacity),
        }),
        "Site years": pd.concat([
            pd.DataFrame({"site": sites[announced], "process": "*", "item": "capacity", "operation": "set", int(years[w.size.years // 2]): w.capacity[announced, -1]}),
            pd.DataFrame({"site": "*", "process": goods, "item": "variable cost", "operation": "multiply", int(years[0]): 1.0, int(years[-1]): learning}),
        ]),
        "Demand": pd.DataFrame({"commodity": goods[parts][d], "country": countries[k], **{y: w.demand[d, k, at] for y, at in ends.items()}}),
        "Lanes": pd.concat([
            pd.DataFrame({"commodity": "*", "from": regions[origin], "to": regions[target], "freight per tonne": w.freight[origin, target]}),
            pd.DataFrame({"commodity": goods[w.loss > 0], "from": "*", "to": "*", "loss": w.loss[w.loss > 0]}),
            pd.DataFrame({"commodity": named(w.lane_max, 0, goods), "from": named(w.lane_max, 1, countries), "to": named(w.lane_max, 2, countries), "max": w.lane_max[:, 3]}),
        ]),
        "Tariffs": pd.concat([
            pd.DataFrame({"measure": "general", "commodity": "*", "from": "*", "to": ["*"], "rate": w.general_duty}),
            pd.DataFrame({"measure": "general", "commodity": goods[c], "from": "*", "to": regions[r], "rate": w.duty[c, r]}),
            pd.DataFrame({"measure": "general", "commodity": goods[free[0]], "from": blocs[free[1]], "to": blocs[free[1]], "rate": 0.0}),
            pd.DataFrame({"measure": "penalty", "commodity": "*", "from": named(w.penalties, 0, countries), "to": named(w.penalties, 1, countries),
                          "specific": w.penalties[:, 3], "first year": w.penalties[:, 2]}),
        ]),
        "Trade measures": pd.concat([
            pd.DataFrame({"measure": "tax", "commodity": named(w.taxes, 0, goods), "from": named(w.taxes, 1, countries), "kind": "tax", "value": w.taxes[:, 2]}),
            pd.DataFrame({"measure": "ban", "commodity": named(w.bans, 0, goods), "from": named(w.bans, 1, countries), "to": named(w.bans, 2, countries),
                          "kind": "ban", "first year": w.bans[:, 3]}),
            pd.DataFrame({"measure": "quota", "commodity": named(w.quotas, 0, goods), "from": named(w.quotas, 1, countries), "kind": "quota", "value": w.quotas[:, 2]}),
        ]).assign(measure=lambda f: [f"{m} {i}" for i, m in enumerate(f["measure"])]),
        "Limits": pd.concat([
            pd.DataFrame({"limit": [f"world {g}" for g in goods], "commodity": goods, "basis": "production", "market": "*", "source country": "each", "max share": w.world_share}),
            pd.DataFrame({"limit": [f"bloc {g}" for g in goods[parts]], "commodity": goods[parts], "basis": "supply", "market": blocs[0], "source country": "each", "max share": w.bloc_share}),
        ]),
    }  # fmt: skip


def tables(w: World) -> Tables:
    """The study as typed tables, read as if its sheets had come from a workbook."""
    made, problems = parse([_grid(name, frame) for name, frame in frames(w).items()])
    errors = [str(p) for p in problems if p.severity == "error"]
    if errors:
        raise ValueError("\n".join(errors[:5]))
    return made


def workbook(w: World, path: Path) -> None:
    """The study as a workbook."""
    write_study({name: frame.rename(columns=str).reset_index(drop=True) for name, frame in frames(w).items()}, path)


def _grid(name: str, frame: pd.DataFrame) -> Grid:
    cells = frame.astype(object).where(frame.notna(), "").to_numpy().tolist()
    header: list[object] = [float(c) if isinstance(c, int) else c for c in frame.columns]
    return Grid(name, [header, *([float(v) if isinstance(v, int) else v for v in row] for row in cells)])

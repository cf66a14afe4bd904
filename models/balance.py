"""Balance: what a country makes covers what it ships, and what arrives there covers what it uses.

Two pools per commodity, country and year: what arrives can be used, stored or consumed, not shipped on.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from models.pools import price, settled
from models.schema import TINY, Column, Component, Report, Tables
from models.symbolic import Builder, Index, Model

POOL = ("commodity", "country", "year")


def index(t: Tables, d: Any) -> Any:
    """Pools of supply and of use, those of disposable commodities apart from the others."""
    n = d.network
    free = (t["Commodities"]["disposable"] == "yes").to_numpy()
    shape = (len(n.commodities), len(n.places.names), len(n.years))
    out = {}
    for name, register in (("supply", d.supplies), ("use", d.needs)):
        there = np.zeros(shape, bool)
        for keys in register:
            there[keys] = True
        pools = Index(POOL, np.nonzero(there))
        out[name] = pools
        out[f"{name}_free"], out[f"{name}_tied"] = (
            pools.where(free[pools.key("commodity")] == flag) for flag in (True, False)
        )
    return out


def build(b: Builder, m: Model) -> None:
    """The two rows of every pool, and the flows through them as reported."""
    lanes, ship, kept = m.trade.lanes, m.trade.ship, m.trade.lanes_kept
    leaving = b.members("leaving", lanes, ("commodity", "from", "year"), ("to",))
    arriving = b.members("arriving", lanes, ("commodity", "to", "year"), ("from",))
    shipped = lambda c, k, y: sum(ship[c, k, t, y] for t in leaving[c, k, y])  # noqa: E731
    arrived = lambda c, k, y: sum(kept[c, o, k, y] * ship[c, o, k, y] for o in arriving[c, k, y])  # noqa: E731
    supplied = lambda c, k, y: sum(flow.rule(c, k, y) for flow in m.supply)  # noqa: E731
    used = lambda c, k, y: sum(flow.rule(c, k, y) for flow in m.use)  # noqa: E731
    b.constraint(
        "supply", b.set("supply_free", b.data["supply_free"]), lambda c, k, y: shipped(c, k, y) <= supplied(c, k, y)
    )
    b.constraint(
        "supply_exact",
        b.set("supply_tied", b.data["supply_tied"]),
        lambda c, k, y: shipped(c, k, y) == supplied(c, k, y),
    )
    b.constraint("use", b.set("use_free", b.data["use_free"]), lambda c, k, y: used(c, k, y) <= arrived(c, k, y))
    b.constraint("use_exact", b.set("use_tied", b.data["use_tied"]), lambda c, k, y: used(c, k, y) == arrived(c, k, y))
    pools = {"supply": b.set("supply_pools", b.data["supply"]), "use": b.set("use_pools", b.data["use"])}
    b.report("shipped", pools["supply"], shipped)
    b.report("arrived", pools["use"], arrived)
    for side, register in (("supply", m.supply), ("use", m.use)):
        for flow in register:
            b.report(f"{side}_{flow.name}", pools[side], flow.rule)


FLOWS = ("made", "returned", "shipped", "arrived", "used", "served", "stocked")


def balance(plan: Any) -> pd.DataFrame:
    """Both pools at a glance: `stocked` is what goes into stockpiles less what comes out, `surplus` what is left over."""
    both = {side: plan.data.balance[side] for side in ("supply", "use")}
    keys = np.unique(np.concatenate([np.column_stack(pool.keys) for pool in both.values()]), axis=0)
    all_ = Index(POOL, keys.T)
    flows = {name: np.zeros(len(all_)) for name in FLOWS}
    for name in plan.model.reports:
        if name.startswith("balance."):
            index, value = plan.amount(name)
            flow = name.removeprefix("balance.").removeprefix("supply_").removeprefix("use_")
            sign = -1 if name == "balance.supply_stocked" else 1
            flows[flow][all_.positions(index.keys)] += sign * value
    into = flows["made"] + flows["returned"] + flows["arrived"]
    left = into - flows["shipped"] - flows["used"] - flows["served"] - flows["stocked"]
    frame = plan.frame(all_, **flows, surplus=settled(left, into))
    some = (frame[list(FLOWS)].abs() > TINY).any(axis=1)
    return frame[some]


def prices(plan: Any) -> pd.DataFrame:
    """Shadow prices of both pools per unit, not discounted; blank where nothing flows: that dual would be arbitrary.

    Where all that is wanted is given up, any figure from the last value to give up to the cost of supply is a dual:
    the value is told, which is what one unit less would save.
    """
    supply, pools = _price(plan, "supply", "shipped"), plan.data.balance["use"]
    flowing = [plan.amount(f"balance.{flow}")[1] > TINY for flow in ("arrived", "use_served", "use_used")]
    parts, given_up = plan.data.demand.unmet, plan.values("demand.unmet")[1]
    at = pools.positions([parts.key(name) for name in POOL])
    worth, some = parts.columns["value"], given_up > TINY
    last = np.full(len(pools), -np.inf)
    np.maximum.at(last, at[some], worth[some])
    idle = np.where(last > -np.inf, last, np.nan)
    delivered = np.where(np.logical_or.reduce(flowing), price(plan, "use"), idle)
    capped = np.bincount(at, np.abs(delivered[at] - worth) <= 1e-6 * worth, len(pools)) > 0
    left = plan.frame(pools, delivered=delivered, cap=np.where(capped, "yes", "no"))
    frame = left.merge(plan.frame(plan.data.balance["supply"], producer=supply), on=list(POOL), how="outer")
    frame = frame[frame["delivered"].notna() | frame["producer"].notna()]
    return frame.rename(columns={"cap": "at cap"}).assign(
        **{"at cap": lambda f: f["at cap"].where(f["delivered"].notna(), "no")}
    )


def _price(plan: Any, side: str, flow: str) -> Any:
    """Price of the pools through which something flows, NaN for the others."""
    return np.where(plan.amount(f"balance.{flow}")[1] > TINY, price(plan, side), np.nan)


POOL_COLUMNS = (
    Column("commodity", "code", "Commodity."), Column("country", "place", "Where."), Column("year", "year", "Model year."),
)  # fmt: skip
BALANCE = Report(
    "Balance", "Both pools at a glance: what is made, returned and shipped; what arrives, is used and served.",
    (
        *POOL_COLUMNS,
        Column("made", "number", "Output of the sites.", unit="unit/y"), Column("returned", "number", "Scrap and end-of-life returns.", unit="unit/y"),
        Column("shipped", "number", "Shipments out, home use included.", unit="unit/y"), Column("arrived", "number", "Arrivals after loss.", unit="unit/y"),
        Column("used", "number", "Inputs of the sites.", unit="unit/y"), Column("served", "number", "Demand met.", unit="unit/y"),
        Column("stocked", "number", "Into stockpiles less out of them.", unit="unit/y"), Column("surplus", "number", "Made or arrived and not used.", unit="unit/y"),
    ),
    balance,
)  # fmt: skip
PRICES = Report(
    "Prices", "Shadow prices in money of the price year: what one more unit costs where it is used, and is worth where it is made.",
    (
        *POOL_COLUMNS,
        Column("delivered", "number", "What one more unit of demand would cost.", unit="cur/unit"),
        Column("producer", "number", "What one more unit made would be worth.", unit="cur/unit"),
        Column("at cap", "word", "yes: the price is an unmet cost or step value, the user's own input and no finding.", choices=("yes", "no")),
    ),
    prices,
)  # fmt: skip
component = Component(
    "balance",
    "What is made covers what is shipped, what arrives covers what is used",
    (),
    index,
    build,
    reports=(BALANCE, PRICES),
)

"""Balance: what a country makes covers what it ships, and what arrives there covers what it uses.

Two pools per commodity, country and year: what arrives can be used, stored or consumed, not shipped on.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from models.schema import Component, Tables
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
        out[f"{name}_free"], out[f"{name}_tied"] = (pools.where(free[pools.key("commodity")] == flag) for flag in (True, False))
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
    b.constraint("supply", b.set("supply_free", b.data["supply_free"]), lambda c, k, y: shipped(c, k, y) <= supplied(c, k, y))
    b.constraint("supply_exact", b.set("supply_tied", b.data["supply_tied"]), lambda c, k, y: shipped(c, k, y) == supplied(c, k, y))
    b.constraint("use", b.set("use_free", b.data["use_free"]), lambda c, k, y: used(c, k, y) <= arrived(c, k, y))
    b.constraint("use_exact", b.set("use_tied", b.data["use_tied"]), lambda c, k, y: used(c, k, y) == arrived(c, k, y))
    pools = {"supply": b.set("supply_pools", b.data["supply"]), "use": b.set("use_pools", b.data["use"])}
    b.report("shipped", pools["supply"], shipped)
    b.report("arrived", pools["use"], arrived)
    for side, register in (("supply", m.supply), ("use", m.use)):
        for flow in register:
            b.report(f"{side}_{flow.name}", pools[side], flow.rule)


component = Component("balance", "What is made covers what is shipped, what arrives covers what is used", (), index, build)

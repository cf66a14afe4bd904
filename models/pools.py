"""Pools as a plan leaves them: what a unit is worth there, what comes in and what is left over. Reports share it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.schema import TINY
from models.symbolic import Index

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pools:
    """The pools of supply or of use: (pools,) each."""

    index: Index  # (commodity, country, year)
    price: Floats  # what one more unit there is worth [cur/unit]
    into: Floats  # what comes in, out of stockpiles included [unit/y]
    surplus: Floats  # what of it nobody takes [unit/y]


def supply(plan: Any) -> Pools:
    """Pools of what is made and returned, before shipping."""
    shipped = _flow(plan, "shipped")
    made, returned, drawn = (_flow(plan, f"supply_{name}") for name in ("made", "returned", "stocked"))
    surplus = made + returned + drawn - shipped
    return Pools(plan.data.balance["supply"], price(plan, "supply"), made + returned + np.maximum(drawn, 0.0), surplus)


def use(plan: Any) -> Pools:
    """Pools of what arrives, after loss."""
    arrived = _flow(plan, "arrived")
    used, served, stored = (_flow(plan, f"use_{name}") for name in ("used", "served", "stocked"))
    surplus = arrived - used - served - stored
    return Pools(plan.data.balance["use"], price(plan, "use"), arrived + np.maximum(-stored, 0.0), surplus)


def price(plan: Any, side: str) -> Floats:
    """The dual of every pool of one side, not discounted [cur/unit]; arbitrary where nothing flows."""
    pools: Index = plan.data.balance[side]
    worth = np.full(len(pools), np.nan)
    for row in (side, f"{side}_exact"):
        index, dual = plan.duals(f"balance.{row}")
        worth[pools.positions(index.keys)] = dual / plan.data.network.factor[index.key("year")]
    return worth + 0.0  # no negative zero


def settled(room: Floats, of: Any = 0.0, part: float = 1e-9) -> Floats:
    """Differences of amounts without the solver's rounding: 0 below TINY, or below a small part of what they are of."""
    return np.where(np.abs(room) <= np.fmax(TINY, part * np.abs(of)), 0.0, room)


def _flow(plan: Any, name: str) -> Floats:
    values: Floats = plan.amount(f"balance.{name}")[1]
    return values

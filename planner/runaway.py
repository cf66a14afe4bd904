"""What runs away in a plan whose cost falls without end: the decisions that grow together along the solver's ray."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.schema import Problem
from planner.guard import label

if TYPE_CHECKING:
    from planner.results import Plan

SHOWN = 3  # of those that earn, and of those that come along
WORDS = {
    "production.activity": "what runs",
    "trade.ship": "what is shipped",
    "capacity.build": "what is built",
    "stockpiles.stock_in": "what is put aside",
    "stockpiles.stock_out": "what is taken from stock",
    "demand.unmet": "unmet demand",
}
FIX = (
    "Look for a cost below 0 there (a variable cost, a subsidy above the cost, a duty), and give the site a "
    "capacity, or what it makes disposable no."
)


def runaway(plan: Plan) -> list[Problem]:
    """What grows without end in an unbounded plan, and how to mend it; nothing to say of any other."""
    if plan.status != "unbounded":
        return []
    ray, lp = plan.solution.ray, plan.compiled.lp
    if not len(ray):
        return [Problem("", "", "", "the cost can fall without end: something earns money without a limit.", FIX)]
    earns = lp.cost * ray
    # What earns most comes first, then what must grow with it, such as a site's inputs.
    order = np.argsort(earns, kind="stable")
    first = [int(at) for at in order[:SHOWN] if earns[at] < 0]
    told = [run for run in lp.columns if run.name in WORDS]  # totals and the like grow only because these do
    moved = {at for run in told for at in (np.flatnonzero(ray[run.start : run.stop]) + run.start).tolist()}
    along = sorted(moved - set(first), key=lambda at: -abs(ray[at]))[:SHOWN]
    names = [_named(label(lp.columns, at, plan.data.network.names)) for at in (*first, *along)]
    problem = f"the cost can fall without end, as these grow without a limit: {'; '.join(names)}."
    return [Problem("", "", "", problem, FIX)]


def _named(text: str) -> str:
    name, _, keys = text.partition("[")
    return f"{WORDS.get(name, name)} ({keys.removesuffix(']')})" if keys else text

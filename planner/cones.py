"""The HHI cone by cutting planes: solve, add tangents where squares are too small, go on from the simplex basis.

The LP holds a square for every supply, meant to be supply^2 / T, and keeps their weighted sum below (H / 10000) T.
Each is held up by tangents `square >= 2 a supply - a^2 T` at shares a of plans seen before. A tangent cuts off
nothing that is allowed, also where T varies, so the last solve is the exact optimum. (Tangents of the norm as a
whole, one for each cone and round, take hundreds of rounds in markets of many suppliers: theirs are too few for so
many directions.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

import models
from models.concentration import MET
from models.schema import TINY
from planner.engine import Engine
from planner.lean import sparse as sp
from planner.linear import Basis, Codes, Floats, Labels, LinearProgram, Solution

CUT = "concentration.cut"
SHARP, POLISH = 2e-9, 8  # rounds for the last digits of cost and prices, while a met index is above its ceiling by more
ROUNDS = 200
EXACT = 1e-9  # the solver's tolerance: a tangent broken by less does nothing, which small markets would feel
SLIGHT = 1e-4  # no tangent at a smaller share: its coefficient would be noise, and so is its square


@dataclass(frozen=True)
class Cones:
    """Cones over columns of the LP: (members,) supply, square, cone, country, weight; (cones,) total, ceiling."""

    supply: Codes
    square: Codes
    cone: Codes
    country: Codes
    weight: Floats
    total: Codes
    ceiling: Floats
    number: Codes  # (cones,) in the data

    def index(self, x: Floats) -> Floats:
        """The (weighted) HHI of every cone, 0 where its market is empty: (cones,)."""
        shares = self._shares(x)
        return 10_000 * np.bincount(self.cone, self.weight * shares**2, len(self.total)).astype(np.float64)

    def excess(self, x: Floats) -> Floats:
        """By what share every index is above its ceiling; 0 where only rounding would have to move: (cones,)."""
        above = self.index(x) / self.ceiling - 1
        return np.where(above * self.ceiling / 10_000 * x[self.total] > TINY, above, 0.0)

    def violation(self, x: Floats) -> float:
        """The largest relative excess of an index over its ceiling."""
        return float(np.max(self.excess(x), initial=0.0))

    def tangents(self, x: Floats, chosen: Codes) -> tuple[Codes, sp.csr_array]:
        """Members of the chosen cones whose squares are too small at x, and rows `2 a supply - a^2 T - square <= 0`."""
        shares, total = self._shares(x), x[self.total][self.cone]
        missing = self.weight * (shares**2 - x[self.square] / np.where(total > 0, total, 1.0))
        # All that matters: what is left out comes to a hundredth of the excess.
        enough = self.excess(x) * self.ceiling / 10_000 / 100 / np.bincount(self.cone, minlength=len(self.total))
        at = np.flatnonzero(np.isin(self.cone, chosen) & (missing > enough[self.cone]))
        a = np.maximum(shares[at], SLIGHT)
        rows = np.tile(np.arange(len(at)), 3)
        columns = np.concatenate([self.supply[at], self.total[self.cone[at]], self.square[at]])
        values = np.concatenate([2 * a, -(a**2), -np.ones(len(at))])
        return at, sp.csr_array((values, (rows, columns)), (len(at), len(x)))

    @property
    def columns(self) -> Codes:
        """Supplies, squares and totals of all cones."""
        return np.concatenate([self.supply, self.square, self.total])

    def _shares(self, x: Floats) -> Floats:
        """Share of every member in its market."""
        total = x[self.total][self.cone]
        return np.where(total > TINY, np.maximum(x[self.supply], 0.0) / np.maximum(total, TINY), 0.0)


def cones(data: models.Data, lp: LinearProgram) -> Cones | None:
    """The cones of a study; None where it has none."""
    x = data.concentration
    start = {part.name: part.start for part in lp.columns}
    number = x.ceilings.key("cone")
    if not len(number):
        return None
    cone, country = x.squares.keys
    return Cones(
        start["concentration.source_supply"] + x.supplies.positions([cone, country]),
        start["concentration.square"] + np.arange(len(cone)), np.searchsorted(number, cone), country, x.squares.columns["weight"],
        start["concentration.market_total"] + number, x.ceiling[number], number,
    )  # fmt: skip


def solve(
    engine: Engine,
    over: Cones,
    time_limit: float | None = None,
    say: Callable[[str], None] = lambda text: None,
    basis: Basis | None = None,
    strategy: str = "dual",
) -> Solution:
    """The exact optimum; its LP, cuts included, is `engine.lp`. Its status says so where ROUNDS did not suffice.

    Where all ceilings are met the cost is exact, but tangents beside the point still tilt the price a little: a last
    round or two puts that right.
    """
    engine.tighten(EXACT)
    solution = engine.solve(basis=basis, strategy=strategy, time_limit=time_limit)
    for turn in range(ROUNDS):
        if solution.status != "optimal":
            return solution
        above = np.flatnonzero(over.excess(solution.x) > MET)
        if not len(above):
            return _polished(engine, over, solution, time_limit)
        say(f"HHI: round {turn + 1}, {len(above)} ceilings broken, lower bound {solution.objective:,.6g}")
        _cut(engine, over, solution, above)
        solution = engine.solve(time_limit=time_limit)
    return replace(solution, status=f"HHI not met after {ROUNDS} rounds of cuts")


def _polished(engine: Engine, over: Cones, solution: Solution, time_limit: float | None) -> Solution:
    """The same optimum with a sharper cost and prices; the last one that meets the ceilings, should a round lose it."""
    latest, since = solution, 0  # tangents since the solution
    for _ in range(POLISH):
        near = np.flatnonzero(over.excess(latest.x) > SHARP)
        if not len(near):
            break
        since += _cut(engine, over, latest, near)
        latest = engine.solve(time_limit=time_limit)
        if latest.status != "optimal":
            break
        if over.violation(latest.x) <= MET:  # a round may lead a little away before it leads near
            solution, since = latest, 0
    if since:
        side = engine.lp.row_upper.copy()
        side[-since:] = np.inf  # as if these tangents had never been asked for
        engine.update(row_upper=side)
        return replace(solution, row_dual=np.append(solution.row_dual, np.zeros(since)))
    return solution


def _cut(engine: Engine, over: Cones, solution: Solution, chosen: Codes) -> int:
    """Add the tangents of the chosen cones at the solution; returns their number."""
    at, part = over.tangents(solution.x, chosen)
    labels = Labels(CUT, engine.lp.matrix.shape[0], ("cone", "country"), (over.number[over.cone[at]], over.country[at]))
    engine.add_rows(part, np.full(len(at), -np.inf), np.zeros(len(at)), labels)
    return len(at)


def prices(over: Cones, lp: LinearProgram, solution: Solution) -> Floats:
    """What one more HHI point of every ceiling saves [cur/point, discounted]: the row's price x T / 10000, (cones,)."""
    row = next(part for part in lp.rows if part.name == "concentration.hhi")
    saved: Floats = -solution.row_dual[row.start : row.start + len(over.total)] * solution.x[over.total] / 10_000 + 0.0
    return saved

"""The HHI cone by cutting planes: solve, add a tangent where it is violated, go on from the simplex basis.

||sqrt(weight) supply||_2 <= sqrt(H / 10000) T is convex also where T varies, so a tangent row at a violating point cuts
off nothing that is allowed, and the last solve is the exact optimum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

import models
from planner.engine import Engine
from planner.linear import Codes, Floats, Labels, LinearProgram, Solution

CUT = "concentration.cut"
CLOSE = 1e-6  # an index above its ceiling by less than this share of it is met
ROUNDS = 200


@dataclass(frozen=True)
class Cones:
    """Cones over columns of the LP: (members,) column, cone and weight; (cones,) column of T and ceiling H."""

    column: Codes
    cone: Codes
    weight: Floats
    total: Codes
    ceiling: Floats

    def index(self, x: Floats) -> Floats:
        """The (weighted) HHI of every cone, 0 where its market is empty: (cones,)."""
        squares = np.bincount(self.cone, self.weight * x[self.column] ** 2, len(self.total))
        total = x[self.total]
        return np.where(total > 1e-9, 10_000 * squares / np.maximum(total, 1e-9) ** 2, 0.0)

    def violation(self, x: Floats) -> float:
        """The largest relative excess of an index over its ceiling."""
        return float(np.max(self.index(x) / self.ceiling - 1, initial=0.0))

    def cuts(self, x: Floats, chosen: Codes, columns: int) -> sp.csr_array:
        """Tangent rows `u . supply - sqrt(H / 10000) T <= 0` of the chosen cones at x: (chosen, columns)."""
        row = np.full(len(self.total), -1)
        row[chosen] = np.arange(len(chosen))
        at = row[self.cone] >= 0
        scaled = self.weight[at] * x[self.column[at]]
        norm = np.sqrt(np.bincount(self.cone[at], scaled * x[self.column[at]], len(self.total)))
        values = np.concatenate([scaled / norm[self.cone[at]], -np.sqrt(self.ceiling[chosen] / 10_000)])
        rows = np.concatenate([row[self.cone[at]], np.arange(len(chosen))])
        cut = sp.csr_array(
            (values, (rows, np.concatenate([self.column[at], self.total[chosen]]))), (len(chosen), columns)
        )
        cut.eliminate_zeros()
        return cut


def cones(data: models.Data, lp: LinearProgram) -> Cones | None:
    """The cones of a study; None where it has none."""
    x = data.concentration
    start = {part.name: part.start for part in lp.columns}
    binding = x.ceiling < 10_000  # at 10000 one country may have everything
    if not binding.any():
        return None
    number = np.cumsum(binding) - 1
    cone = x.supplies.key("cone")
    at = np.flatnonzero(binding[cone])
    return Cones(
        start["concentration.source_supply"] + at, number[cone[at]], x.supplies.columns["weight"][at],
        start["concentration.market_total"] + np.flatnonzero(binding), x.ceiling[binding],
    )  # fmt: skip


def solve(
    engine: Engine, over: Cones, time_limit: float | None = None, say: Callable[[str], None] = lambda text: None
) -> Solution:
    """The exact optimum; its LP, cuts included, is `engine.lp`. Its status says so where ROUNDS did not suffice."""
    solution = engine.solve(time_limit=time_limit)
    columns = engine.lp.matrix.shape[1]
    for turn in range(ROUNDS):
        if solution.status != "optimal":
            return solution
        above = np.flatnonzero(over.index(solution.x) > over.ceiling * (1 + CLOSE))
        if not len(above):
            return solution
        say(f"HHI: round {turn + 1}, {len(above)} ceilings broken, lower bound {solution.objective:,.6g}")
        part = over.cuts(solution.x, above, columns)
        labels = Labels(CUT, engine.lp.matrix.shape[0], ("cone",), (above,))
        engine.add_rows(part, np.full(len(above), -np.inf), np.zeros(len(above)), labels)
        solution = engine.solve(time_limit=time_limit)
    return replace(solution, status=f"HHI not met after {ROUNDS} rounds of cuts")


def prices(over: Cones, lp: LinearProgram, solution: Solution) -> Floats:
    """What one more HHI point of every ceiling saves [cur/point, discounted]: lambda T / (2 sqrt(10000 H)), (cones,)."""
    force = np.zeros(len(over.total))
    for part in lp.rows:
        if part.name == CUT:
            force -= np.bincount(part.codes[0], solution.row_dual[part.start : part.stop], len(force))
    saved: Floats = force * solution.x[over.total] / (2 * np.sqrt(10_000 * over.ceiling)) + 0.0
    return saved

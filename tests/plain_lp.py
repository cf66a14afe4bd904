"""The linear program of a study from the second reading, solved by scipy: what the cheapest plan must cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.optimize import linprog

from models.schema import Tables
from tests.second_algebra import Algebra, Expr, Key


@dataclass(frozen=True)
class Answer:
    """status: optimal, infeasible or unbounded; values of all decisions where optimal."""

    status: str
    objective: float
    values: dict[Key, float]


def cheapest(tables: Tables) -> Answer:
    """The optimum of a study without ceilings on concentration."""
    algebra = Algebra(tables)
    assert not algebra.ceilings, "an HHI is no linear program"
    cost: Expr = {}
    for (_, _, year), expr in algebra.costs.items():
        for key, value in expr.items():
            cost[key] = cost.get(key, 0.0) + algebra.world.factor[year] * value
    constant = cost.pop((), 0.0)
    column = {key: at for at, key in enumerate(algebra.bounds)}
    matrix, sides = _rows(algebra, column)
    low, high = np.array(sides).T
    equal = low == high
    at_most, at_least = ~equal & np.isfinite(high), ~equal & np.isfinite(low)
    result = linprog(
        [cost.get(key, 0.0) for key in column],
        A_ub=sp.vstack([matrix[at_most], -matrix[at_least]]),
        b_ub=np.concatenate([high[at_most], -low[at_least]]),
        A_eq=matrix[equal],
        b_eq=low[equal],
        bounds=list(algebra.bounds.values()),
        method="highs-ds",
    )
    status = {0: "optimal", 2: "infeasible", 3: "unbounded"}.get(result.status, result.message)
    values = dict(zip(column, result.x, strict=True)) if status == "optimal" else {}
    return Answer(status, (result.fun or 0.0) + constant, values)


def _rows(algebra: Algebra, column: dict[Key, int]) -> tuple[sp.csr_array, list[tuple[float, float]]]:
    at, columns, data, sides = [], [], [], []
    for number, row in enumerate(algebra.rows):
        constant = row.expr.get((), 0.0)
        sides.append((row.low - constant, row.high - constant))
        terms = {key: value for key, value in row.expr.items() if key != ()}
        if row.relief:  # the row gives way on the side that binds
            terms[row.relief] = 1.0 if row.high == np.inf else -1.0
        for key, value in terms.items():
            at.append(number)
            columns.append(column[key])
            data.append(value)
    return sp.csr_array((data, (at, columns)), shape=(len(sides), len(column))), sides

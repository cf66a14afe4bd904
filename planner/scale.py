"""Powers of two for rows, columns and the objective, so that coefficients, values and sides come near 1.

GW stand beside tonnes beside kilograms, 4e8 t of bauxite beside 10 kg of iridium, while the solver's tolerances are the
same absolute 1e-7 for all. So sides and bounds take part: the logs of the factors are the least-squares solution of
"every coefficient near 1, every side and bound near 32" (Curtis and Reid 1972, sides added), by a few steps of
conjugate gradients. Powers of two change no digit of any number.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.lean import sparse as sp
from planner.linear import Floats, LinearProgram

TARGET = 5.0  # log2 of the wanted size of sides and bounds: values then lie about 1..1e3, well above the tolerance
STEPS = 16  # conjugate-gradient steps: enough for a mine-to-product chain whose sides stand at its far end
DUST = 1e-12  # a side below this says nothing about the size of its row


@dataclass(frozen=True)
class Scaling:
    """Scaled coefficient = rows x coefficient x columns; value = value / columns; cost = objective x cost x columns."""

    rows: Floats
    columns: Floats
    objective: float

    def scale(self, lp: LinearProgram) -> LinearProgram:
        """The same LP in solver units, without its constant."""
        matrix = lp.matrix
        data = matrix.data * self.rows[matrix.indices] * np.repeat(self.columns, np.diff(matrix.indptr))
        return replace(
            lp,
            cost=lp.cost * self.columns * self.objective,
            offset=0.0,
            matrix=sp.csc_array((data, matrix.indices, matrix.indptr), shape=matrix.shape),
            row_lower=lp.row_lower * self.rows,
            row_upper=lp.row_upper * self.rows,
            col_lower=lp.col_lower / self.columns,
            col_upper=lp.col_upper / self.columns,
        )

    def unscale(self, x: Floats, row_dual: Floats, col_dual: Floats) -> tuple[Floats, Floats, Floats]:
        """Values, row duals and reduced costs back in workbook units."""
        return x * self.columns, row_dual * self.rows / self.objective, col_dual / (self.columns * self.objective)


def scaling(lp: LinearProgram) -> Scaling:
    """Factors for this LP; they stay usable after changes of costs, sides and bounds."""
    rows, columns = _balance(lp)
    cost = np.abs(lp.cost * columns)
    cost = cost[cost > 0]
    return Scaling(rows, columns, float(_power(-np.log2(cost).mean())) if len(cost) else 1.0)


def _balance(lp: LinearProgram) -> tuple[Floats, Floats]:
    matrix = lp.matrix
    pattern = sp.csc_array((np.ones(matrix.nnz), matrix.indices, matrix.indptr), shape=matrix.shape)
    logs = sp.csc_array((np.log2(np.abs(matrix.data)), matrix.indices, matrix.indptr), shape=matrix.shape)
    ones_r, ones_c = np.ones(matrix.shape[0]), np.ones(matrix.shape[1])
    count_r, count_c = np.maximum(pattern @ ones_c, 1.0), np.maximum(pattern.T @ ones_r, 1.0)
    has_r, side_r = _size(lp.row_lower, lp.row_upper)
    has_c, side_c = _size(lp.col_lower, lp.col_upper)
    # A side weighs as much as all coefficients of its row: with less, few steps do not carry it down a chain.
    weight_r, weight_c = count_r * (1 + has_r), count_c * (1 + has_c)
    pull_r = count_r * has_r * (TARGET - side_r) - logs @ ones_c
    pull_c = count_c * has_c * (side_c - TARGET) - logs.T @ ones_r
    # Normal equations, columns eliminated: (weight_r - P P'/weight_c) r = pull_r - P (pull_c/weight_c), P the pattern
    r = np.zeros_like(ones_r)
    residual = pull_r - pattern @ (pull_c / weight_c)
    direction = residual / weight_r
    size = (
        residual * direction
    ).sum()  # not @: BLAS' threads cost ten times the work where other work keeps cores busy
    for _ in range(STEPS):
        if size <= 1e-4 * len(r):  # factors are rounded to powers of two anyhow
            break
        image = weight_r * direction - pattern @ ((pattern.T @ direction) / weight_c)
        step = size / (direction * image).sum()
        r += step * direction
        residual -= step * image
        steepest = residual / weight_r
        new = (residual * steepest).sum()
        direction = steepest + new / size * direction
        size = new
    return _power(r), _power((pull_c - pattern.T @ r) / weight_c)


def _size(lower: Floats, upper: Floats) -> tuple[NDArray[np.bool_], Floats]:
    size = np.maximum(*(np.where(np.isfinite(side), np.abs(side), 0.0) for side in (lower, upper)))
    return size > DUST, np.log2(np.maximum(size, DUST))


def _power(log: Floats | np.float64) -> Floats:
    return np.asarray(np.exp2(np.rint(log)))

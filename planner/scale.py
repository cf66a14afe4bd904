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
CLOSE = 2e-2  # mean square of what is left on a row: a seventh of a factor of two, which is then rounded
Singles = NDArray[np.float32]


@dataclass(frozen=True)
class Scaling:
    """Scaled coefficient = rows x coefficient x columns; value = value / columns; cost = objective x cost x columns."""

    rows: Floats
    columns: Floats
    objective: float

    def scale(self, lp: LinearProgram) -> LinearProgram:
        """The same LP in solver units, without its constant."""
        matrix = lp.matrix
        data = self.rows.take(matrix.indices)
        data *= matrix.data
        data *= np.repeat(self.columns, np.diff(matrix.indptr))
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
    mean = np.log2(cost.astype(np.float32)).mean(dtype=float) if len(cost) else np.float64(0.0)
    return Scaling(rows, columns, float(_power(-mean)))


def _balance(lp: LinearProgram) -> tuple[Floats, Floats]:
    # In single precision, half the memory to go through: what comes out is rounded to powers of two.
    matrix = lp.matrix
    pattern = _with(matrix, np.ones(matrix.nnz, np.float32))
    logs = _with(matrix, np.log2(np.abs(matrix.data).astype(np.float32)))
    ones_r, ones_c = (np.ones(count, np.float32) for count in matrix.shape)
    count_r, count_c = np.maximum(pattern @ ones_c, 1), np.maximum(np.diff(matrix.indptr), 1).astype(np.float32)
    side_r, side_c = _side(lp.row_lower, lp.row_upper), _side(lp.col_lower, lp.col_upper)
    # A side weighs as much as all coefficients of its row: with less, few steps do not carry it down a chain.
    weight_r, weight_c = count_r + count_r * (side_r != 0), count_c + count_c * (side_c != 0)
    pull_r, pull_c = -count_r * side_r - logs @ ones_c, count_c * side_c - logs.T @ ones_r
    # Normal equations, columns eliminated: (weight_r - P P'/weight_c) r = pull_r - P (pull_c/weight_c), P the pattern
    r = np.zeros_like(ones_r)
    residual = pull_r - pattern @ (pull_c / weight_c)
    direction = residual / weight_r
    # Sums, not @: BLAS' threads cost ten times the work where other work keeps cores busy.
    size = (residual * direction).sum(dtype=float)
    for _ in range(STEPS):
        if size <= CLOSE * len(r):
            break
        along = pattern.T @ direction
        along /= weight_c
        image = weight_r * direction - pattern @ along
        step = np.float32(size / (direction * image).sum(dtype=float))
        r += step * direction
        residual -= step * image
        steepest = residual / weight_r
        new = (residual * steepest).sum(dtype=float)
        direction = steepest + np.float32(new / size) * direction
        size = new
    return _power(r), _power((pull_c - pattern.T @ r) / weight_c)


def _with(matrix: sp.csc_array, data: Singles) -> sp.csc_array:
    """Other numbers in the places of the matrix' coefficients."""
    return sp.csc_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def _side(lower: Floats, upper: Floats) -> Singles:
    """How far the log2 of the larger side is from the target; 0 where there is none, or nothing is known of its size."""
    known = [np.isfinite(side) & (np.abs(side) > DUST) for side in (lower, upper)]
    at = np.flatnonzero(known[0] | known[1])
    size = np.maximum(
        *(np.where(has[at], np.abs(side[at]), 0.0) for has, side in zip(known, (lower, upper), strict=True))
    )
    out = np.zeros(len(lower), np.float32)
    out[at] = np.log2(size) - TARGET
    return out


def _power(log: Singles | np.float64) -> Floats:
    return np.asarray(np.exp2(np.rint(log).astype(np.float64)))

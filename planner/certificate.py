"""Proof of a plan, independent of the solver: is it feasible, are its prices, and do the two costs agree?

Everything is recomputed from the arrays of the LP in workbook units; values, prices and the objective are all that is
taken from the answer. Every residual is relative to what was added up to get it, so that 10 kg of iridium are judged as
strictly as 4e8 t of bauxite.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from planner.guard import label
from planner.linear import Floats, LinearProgram, Solution

TOLERANCE = 1e-6


@dataclass(frozen=True)
class Certificate:
    """The worst relative residuals of a plan and where they are; all below 1e-6 prove it optimal."""

    primal: float  # broken row sides and column bounds
    dual: float  # reduced costs that differ from the reported ones, or that a better plan could use
    gap: float  # cost of the plan against the bound from its prices, and against the cost it reports
    primal_at: str = ""  # row or column of the worst residual
    dual_at: str = ""  # column of the worst residual

    @property
    def ok(self) -> bool:
        """Whether the plan is proven optimal; a residual that is not a number proves nothing."""
        return all(residual < TOLERANCE for residual in (self.primal, self.dual, self.gap))

    def __str__(self) -> str:
        return (
            f"feasibility {self.primal:.1e} ({self.primal_at}), reduced costs {self.dual:.1e} ({self.dual_at}), "
            f"duality gap {self.gap:.1e}: each must be below {TOLERANCE:g}"
        )


def certify(lp: LinearProgram, solution: Solution, names: Mapping[str, Sequence[str]] | None = None) -> Certificate:
    """Check a solution; where it lacks values or they are not finite, every residual is infinite."""
    rows, columns = lp.matrix.shape
    x, price = solution.x, solution.row_dual
    shapes = x.shape, price.shape, solution.col_dual.shape
    if (
        shapes != ((columns,), (rows,), (columns,))
        or not np.isfinite(np.concatenate([x, price, solution.col_dual])).all()
    ):
        return Certificate(np.inf, np.inf, np.inf)
    size = abs(lp.matrix)

    activity, terms = lp.matrix @ x, size @ np.abs(x)
    row_below, row_above = _outside(activity, terms, lp.row_lower, lp.row_upper)
    col_below, col_above = _outside(x, np.abs(x), lp.col_lower, lp.col_upper)
    primal = np.concatenate([np.maximum(row_below, row_above), np.maximum(col_below, col_above)])

    # A price above zero must come from a lower side that is reached, one below zero from an upper: others are void.
    held_down, held_up = row_below > -TOLERANCE, row_above > -TOLERANCE
    valid = np.where((price > 0) & held_down | (price < 0) & held_up, price, 0.0)
    reduced = lp.cost - lp.matrix.T @ valid
    # Likewise a reduced cost above zero holds a column at its lower bound, one below zero at its upper bound.
    unused = np.where(reduced > 0, ~(col_below > -TOLERANCE), ~(col_above > -TOLERANCE)) * np.abs(reduced)
    wrong = np.maximum(unused, np.abs(solution.col_dual - reduced))
    unit = min(1.0, float(np.median(np.abs(lp.cost[lp.cost != 0])))) if lp.cost.any() else 1.0
    dual = wrong / (unit + np.abs(lp.cost) + size.T @ np.abs(price))

    cost = float((lp.cost * x).sum()) + lp.offset
    bound = _held(valid, lp.row_lower, lp.row_upper) + _held(reduced, lp.col_lower, lp.col_upper) + lp.offset
    spread = np.max(np.abs([cost - bound, cost - solution.objective]))
    gap = float(spread / (1 + abs(lp.offset) + np.abs(lp.cost * x).sum()))

    row, column = _worst(primal), _worst(dual)
    primal_at = label(lp.rows, row, names) if row < rows else label(lp.columns, row - rows, names)
    return Certificate(
        primal=float(np.max(primal, initial=0.0)),
        dual=float(np.max(dual, initial=0.0)),
        gap=gap,
        primal_at=primal_at,
        dual_at=label(lp.columns, column, names),
    )


def _outside(values: Floats, terms: Floats, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """How far values are below and above their sides, relative to all that was added up; negative inside."""
    with np.errstate(invalid="ignore"):  # -inf / inf where a side is open: set to -inf, never reached
        below = np.where(lower == -np.inf, -np.inf, (lower - values) / (1 + np.abs(lower) + terms))
        above = np.where(upper == np.inf, -np.inf, (values - upper) / (1 + np.abs(upper) + terms))
    return below, above


def _held(prices: Floats, lower: Floats, upper: Floats) -> float:
    """Sum of prices times the sides they stand for; an open side has no price (its residual is the dual one)."""
    sides = np.where(prices > 0, lower, upper)
    return float((prices * np.where(np.isfinite(sides), sides, 0.0)).sum())


def _worst(residuals: Floats) -> int:
    return int(np.argmax(residuals)) if len(residuals) else 0

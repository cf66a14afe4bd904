"""The linear program as arrays: what the compiler makes, the solver takes and every analysis works on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.lean import sparse as sp

Floats = NDArray[np.float64]
Codes = NDArray[np.signedinteger[Any]]


@dataclass(frozen=True)
class Labels:
    """Names of a run of rows or columns: the component's path and one code per key and member."""

    name: str  # e.g. "trade.ship"
    start: int
    dimensions: tuple[str, ...]  # e.g. ("commodity", "from", "to", "year")
    codes: tuple[Codes, ...]  # one array per key, all of the same length

    @property
    def stop(self) -> int:
        """One past the last row or column of the run."""
        return self.start + len(self.codes[0])


@dataclass(frozen=True)
class LinearProgram:
    """min cost.x + offset over row_lower <= matrix x <= row_upper, col_lower <= x <= col_upper, in workbook units."""

    cost: Floats  # (columns,)
    offset: float
    matrix: sp.csc_array  # (rows, columns), indices sorted, no explicit zeros, no duplicates
    row_lower: Floats  # (rows,), -inf where free
    row_upper: Floats
    col_lower: Floats  # (columns,)
    col_upper: Floats
    rows: tuple[Labels, ...]
    columns: tuple[Labels, ...]


@dataclass(frozen=True)
class Basis:
    """Simplex basis: HiGHS' own codes (0 lower, 1 basic, 2 upper, 3 zero, 4 nonbasic)."""

    columns: NDArray[np.int8]
    rows: NDArray[np.int8]


@dataclass(frozen=True)
class Solution:
    """What the solver answered, in workbook units. Arrays are empty unless status is "optimal"."""

    status: str  # "optimal", "infeasible", "unbounded", "time limit", or another word of the solver's own
    objective: float
    x: Floats  # (columns,)
    row_dual: Floats  # (rows,), d objective / d side
    col_dual: Floats  # (columns,), reduced costs
    basis: Basis | None
    iterations: int
    seconds: float
    log: tuple[str, ...]  # the solver's warnings
    ray: Floats = field(default_factory=lambda: np.zeros(0))  # where "unbounded": a direction in which the cost falls

"""The door to the solver: an LP with numbers that HiGHS would silently misread is refused, by name and value.

Measured with HiGHS 1.16: a NaN cost is ignored and the answer called optimal; a side of 1e21 counts as infinite, so
that a demand of that size is switched off; a row with a coefficient of 1e15 is left out and the rest solved; a
coefficient of 1e-9 is dropped, which makes a feasible plan infeasible. None of this reaches the caller as an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.schema import GREATEST, SMALLEST
from planner.linear import Floats, Labels, LinearProgram

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Limits:
    """Sizes that a number of the LP may have; infinite bounds and sides are allowed, an infinite cost is not."""

    smallest: float  # coefficients: at least
    largest: float  # coefficients: at most
    side: float  # row sides and column bounds, where finite: at most
    cost: float  # at most
    when: str = ""  # they apply


# In workbook units, what is beyond is a fault of typing or of units; after scaling, it is where HiGHS starts to misread.
WORKBOOK = Limits(smallest=SMALLEST, largest=GREATEST, side=1e12, cost=1e12)
SOLVER = Limits(smallest=1.01e-12, largest=9e14, side=9e19, cost=9e19, when=" after scaling")


class GuardError(ValueError):
    """The LP must not reach the solver."""


class FigureError(GuardError):
    """It holds a number that HiGHS would misread: one line for each kind, with its first case."""


def label(runs: Sequence[Labels], position: int, names: Mapping[str, Sequence[str]] | None = None) -> str:
    """Name of a row or column, such as `trade.ship[bauxite, AU, CN, 2030]`; a code without a name is shown as it is."""
    for run in runs:
        if run.start <= position < run.stop:
            keys = []
            for dimension, codes in zip(run.dimensions, run.codes, strict=True):
                code = int(codes[position - run.start])
                known = (names or {}).get(dimension, ())
                keys.append(str(known[code]) if 0 <= code < len(known) else f"{dimension} {code}")
            return f"{run.name}[{', '.join(keys)}]"
    return f"number {position}"


def guard(lp: LinearProgram, names: Mapping[str, Sequence[str]] | None = None, limits: Limits = WORKBOOK) -> None:
    """Raise FigureError, one line for each kind of fault with its first case, unless every number may be solved.

    GuardError where the arrays do not fit together.
    """
    if shapes := list(_shapes(lp)):
        raise GuardError("\n".join(shapes))
    if problems := list(_problems(lp, names, limits)):
        raise FigureError("\n".join(problems))


def _shapes(lp: LinearProgram) -> Iterator[str]:
    rows, columns = lp.matrix.shape
    wanted = {"row_lower": rows, "row_upper": rows, "col_lower": columns, "col_upper": columns, "cost": columns}
    for name, length in wanted.items():
        if getattr(lp, name).shape != (length,):
            yield f"{name} has shape {getattr(lp, name).shape}, the matrix asks for ({length},)"
    for axis, runs, length in (("rows", lp.rows, rows), ("columns", lp.columns, columns)):
        stops = [0, *(run.stop for run in runs)]
        if [run.start for run in runs] != stops[:-1] or stops[-1] != length:
            yield f"labels of the {axis} do not cover 0 to {length} without gaps"


def _problems(lp: LinearProgram, names: Mapping[str, Sequence[str]] | None, limits: Limits) -> Iterator[str]:
    def column(at: int) -> str:
        return label(lp.columns, at, names)

    def row(at: int) -> str:
        return label(lp.rows, at, names)

    def entry(at: int) -> str:
        owner = int(np.searchsorted(lp.matrix.indptr, at, side="right")) - 1
        return f"{column(owner)} in {row(int(lp.matrix.indices[at]))}"

    # Each test is written so that NaN fails it.
    wanted = f"at most {limits.cost:g} in size{limits.when}"
    if not abs(lp.offset) <= limits.cost:
        yield f"constant cost is {lp.offset:g}: it must be {wanted}"
    yield from _first(~(np.abs(lp.cost) <= limits.cost), lp.cost, "cost of", column, wanted)
    coefficient = np.abs(lp.matrix.data)
    fine = (coefficient >= limits.smallest) & (coefficient <= limits.largest)
    wanted = f"between {limits.smallest:g} and {limits.largest:g} in size{limits.when}"
    yield from _first(~fine, lp.matrix.data, "coefficient of", entry, wanted)
    wanted = f"at most {limits.side:g} in size{limits.when}, or no limit at all"
    both = (("row", lp.row_lower, lp.row_upper, row), ("column", lp.col_lower, lp.col_upper, column))
    for what, lower, upper, name in both:
        crossed = lower > upper
        for side, values, unlimited in (("lower", lower, -np.inf), ("upper", upper, np.inf)):
            fine = (np.abs(values) <= limits.side) | (values == unlimited)
            yield from _first(~fine, values, f"{side} limit of {what}", name, wanted)
            crossed &= fine  # one fault, one line
        yield from _first(crossed, lower, f"lower limit of {what}", name, "at most its upper limit")


def _first(bad: Flags, values: Floats, what: str, name: Callable[[int], str], wanted: str) -> Iterator[str]:
    found = np.flatnonzero(bad)
    if len(found):
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        yield f"{what} {name(int(found[0]))} is {values[found[0]]:g}: it must be {wanted}{more}"

"""One plan of several equally cheap ones, the same whatever road the solver took.

Thousands of a large study's flows may be exchanged at no cost; which the simplex ends with depends on where it started.
So among all plans of least cost the one is taken with the least sum of weights x decisions, where every decision has a
fixed weight from its label. The optimal plans are those that agree with one set of optimal prices: what has a reduced
cost stays at its bound, a row with a price at its side. Over them the weights are minimised; cost and prices stay
exactly what they were.

(Weights added to the costs themselves, of a relative size 1e-6, left up to forty flows of the base study undecided:
what they tell apart is smaller than the solver's tolerance. They also slowed it by a half.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from planner.certificate import certify
from planner.engine import OPTIONS, Engine, SolverError
from planner.linear import Basis, Codes, Floats, Labels, LinearProgram, Solution
from planner.scale import Scaling, scaling

Hashes = NDArray[np.uint64]

FREE = float(OPTIONS["dual_feasibility_tolerance"])  # in solver units: a price below it is none
EXACT = 1e-9  # solver units: a column a ten-millionth below its bound is many tonnes where values are large
SAME = 1e-9  # relative change of cost that is rounding
UNDECIDED = "ties were not broken: flows that may be exchanged at no cost can differ from run to run"
MIX = np.uint64(0x9E3779B97F4A7C15)  # odd, without a pattern (2^64 over the golden ratio)


def settle(
    lp: LinearProgram,
    solution: Solution,
    names: Mapping[str, Sequence[str]],
    basis: Basis | None = None,
    with_basis: bool = True,
    time_limit: float | None = None,
    fixed: Codes | None = None,
) -> tuple[Solution, Basis | None]:
    """An optimal solution with its ties broken, and the basis for a neighbour's. `basis`: such a one, carried over.

    `fixed`: columns that stay what they are. Where the solver finds no plan of the same cost, for want of time or
    precision, the solution comes back as it was but for a line of its log.
    """
    scale = scaling(lp)
    lower, upper = _held(lp.col_lower, lp.col_upper, solution.col_dual * scale.columns * scale.objective)
    sides = _held(lp.row_lower, lp.row_upper, solution.row_dual / scale.rows * scale.objective)
    if fixed is not None:
        lower[fixed] = upper[fixed] = solution.x[fixed]
    free = lower < upper
    if not free.any():
        return solution, None
    x = np.where(free, 0.0, lower)
    at = np.flatnonzero(free)
    matrix = lp.matrix[:, at]
    open_ = np.bincount(matrix.indices, minlength=len(sides[0])) > 0  # the others hold, but for rounding
    row_lower, row_upper = (
        np.where(open_, side - lp.matrix @ x, none) for side, none in zip(sides, (-np.inf, np.inf), strict=True)
    )
    # Most columns are held; to leave them out here is four times as fast as to let the solver find them.
    face = LinearProgram(
        (weights(lp.columns, names) / (scale.columns * scale.objective))[at], 0.0, matrix,
        row_lower, row_upper, lower[at], upper[at], lp.rows, (Labels("free", 0, ("column",), (at,)),),
    )  # fmt: skip
    factors = replace(scale, columns=scale.columns[at])
    starts = [None] if basis is None else [Basis(basis.columns[at], basis.rows), None]
    for start in starts:  # from a neighbour's the solver is sometimes less exact
        try:
            engine = Engine(face, factors=factors)
            engine.tighten(EXACT)
            found = engine.solve(basis=start, with_basis=with_basis, time_limit=time_limit)
        except SolverError:
            continue
        if found.status != "optimal":
            continue
        if start is not None and _residual(face, found.x, factors) > 10 * EXACT:
            continue
        x[at] = np.clip(found.x, face.col_lower, face.col_upper)  # what is outside by the tolerance
        paid = lp.cost * x
        settled = replace(solution, x=x, objective=float(paid.sum()) + lp.offset)
        allowed = SAME * (1 + abs(lp.offset) + float(np.abs(paid).sum()))
        if abs(settled.objective - solution.objective) <= allowed and certify(lp, settled).ok:
            return settled, _whole(found.basis, at, len(x)) if found.basis is not None else None
    return replace(solution, log=(*solution.log, UNDECIDED)), None


def _residual(lp: LinearProgram, x: Floats, factors: Scaling) -> float:
    """How far a row is from its sides, in solver units: HiGHS tells of 1e-10 also where it calculated 1e-5 wrong."""
    row = lp.matrix @ x
    return float((np.maximum(lp.row_lower - row, row - lp.row_upper) * factors.rows).max(initial=0.0))


def _whole(basis: Basis, at: NDArray[np.int64], size: int) -> Basis:
    """The basis with the columns that were held, out of the plan."""
    columns = np.zeros(size, np.int8)
    columns[at] = basis.columns
    return Basis(columns, basis.rows)


def _held(lower: Floats, upper: Floats, price: Floats) -> tuple[Floats, Floats]:
    """The sides where those with a price are held to the one it comes from."""
    below, above = (price > FREE) & np.isfinite(lower), (price < -FREE) & np.isfinite(upper)
    return np.where(above, upper, lower), np.where(below, lower, upper)


def weights(columns: Sequence[Labels], names: Mapping[str, Sequence[str]]) -> Floats:
    """A number from 1 to 2 for every column, made of its label alone: (columns,)."""
    parts = [np.zeros(0)]
    for run in columns:
        state = np.full(len(run.codes[0]), _hash(run.name), np.uint64)
        for key, codes in zip(run.dimensions, run.codes, strict=True):
            state = _mixed(state ^ _hashes(names.get(key), codes))
        parts.append(1.0 + (state >> np.uint64(11)) / float(1 << 53))
    return np.concatenate(parts)


def _hashes(names: Sequence[str] | None, codes: NDArray[np.int64]) -> Hashes:
    """A hash for each code: of its name, or of itself where it has none."""
    if names is None or (len(codes) and int(codes.max()) >= len(names)):
        return _mixed(codes.astype(np.uint64))
    return np.array([_hash(name) for name in names], np.uint64)[codes]


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def _mixed(state: Hashes) -> Hashes:
    """Every bit depends on every bit (the finisher of splitmix64; products wrap around)."""
    state = (state + MIX) ^ (state >> np.uint64(30))
    state = state * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Hashes = state ^ (state >> np.uint64(31))
    return mixed

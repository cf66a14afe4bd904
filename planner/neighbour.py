"""A plan as the start of the next: the simplex basis of a solved program carried over to one that differs from it.

Rows and columns are matched by label, component and names of their keys, since a scenario may add and drop some.
What is new starts out of the plan: columns at a bound, rows slack. The solver mends what is no basis.

Measured on the base study's scenarios: the dual simplex wins wherever bounds, sides or rows changed, the primal where
costs alone did, both only without HiGHS' perturbation of costs and bounds, which takes thousands of steps to undo; and
where much of the basis has no counterpart, a cold start with presolve is as fast.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from planner.engine import Engine
from planner.linear import Basis, Codes, Labels, LinearProgram

LOWER, BASIC = 0, 1  # HiGHS' codes: nonbasic at the lower bound (it moves to the other one where there is none), basic
FAR = 0.05  # share of the rows: with more of the basis lost than that, start cold

Names = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Neighbour:
    """A solved program: the names of its labels' codes, its optimal basis, and the solver that holds it."""

    lp: LinearProgram  # cuts included
    names: Names
    basis: Basis
    ties: Basis | None = None  # after the ties were broken (planner.ties)
    engine: Engine | None = None


@dataclass(frozen=True)
class Start:
    """Where and how to start."""

    basis: Basis
    ties: Basis | None
    strategy: str  # of planner.engine
    engine: Engine | None  # the neighbour's, where only bounds, sides and costs changed


def start(near: Neighbour, lp: LinearProgram, names: Names) -> Start | None:
    """The start from a neighbour, or None where it is too far away to help."""
    old, renamed = near.lp, _renamed(near.names, names)
    rows, columns = _matched(old.rows, lp.rows, renamed), _matched(old.columns, lp.columns, renamed)
    # A basis has as many members as there are rows: basic columns, and rows that do not hold the plan.
    held, used = near.basis.rows != BASIC, near.basis.columns == BASIC
    lost = int(held.sum() - held[rows[rows >= 0]].sum() + used.sum() - used[columns[columns >= 0]].sum())
    if lost > FAR * lp.matrix.shape[0]:
        return None
    same = not renamed and _all(rows, old.matrix.shape[0]) and _all(columns, old.matrix.shape[1]) and _equal(old, lp)
    limits = (
        (old.row_lower, lp.row_lower), (old.row_upper, lp.row_upper),
        (old.col_lower, lp.col_lower), (old.col_upper, lp.col_upper),
    )  # fmt: skip
    priced = same and all(np.array_equal(a, b) for a, b in limits)
    return Start(
        _carried(near.basis, rows, columns),
        _carried(near.ties, rows, columns) if near.ties is not None else None,
        "primal" if priced else "dual",
        near.engine if same else None,
    )


def _renamed(old: Names, new: Names) -> dict[str, Codes]:
    """By key whose names differ: its new codes to the old ones, -1 where a name is new."""
    out: dict[str, Codes] = {}
    for key in old.keys() & new.keys():
        if list(old[key]) == list(new[key]):
            continue
        known = {name: code for code, name in enumerate(old[key])}
        out[key] = np.array([known.get(name, -1) for name in new[key]], np.int64)
        if len(known) < len(old[key]) or len(set(new[key])) < len(new[key]):
            out[key][:] = -1  # names that do not tell members apart carry nothing over
    return out


def _matched(old: Sequence[Labels], new: Sequence[Labels], renamed: Mapping[str, Codes]) -> Codes:
    """Position in the old program of every row (or column) of the new one, -1 where it has none."""
    known = {run.name: run for run in old}
    parts = [np.full(len(run.codes[0]), -1) for run in new]
    for part, run in zip(parts, new, strict=True):
        was = known.get(run.name)
        if was is None or was.dimensions != run.dimensions or not len(part) or was.stop == was.start:
            continue
        keys = zip(run.dimensions, run.codes, strict=True)
        found = _positions(was.codes, [renamed[key][codes] if key in renamed else codes for key, codes in keys])
        part[:] = np.where(found >= 0, found + was.start, -1)
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _positions(table: Sequence[Codes], wanted: Sequence[Codes]) -> Codes:
    """Row of the table with the wanted keys, -1 where there is none; of equal rows, such as cuts, the first."""
    size = len(table[0])
    packed = np.zeros(size + len(wanted[0]), np.int64)
    for column, codes in zip(table, wanted, strict=True):
        # Packed keys become ranks after each column, so that no number of keys overflows.
        both = np.concatenate([column, codes])
        packed = np.unique(packed * (int(both.max()) + 2) + both + 1, return_inverse=True)[1]
    members, first = np.unique(packed[:size], return_index=True)
    at = np.minimum(np.searchsorted(members, packed[size:]), len(members) - 1)
    return np.where(members[at] == packed[size:], first[at], -1)


def _carried(basis: Basis, rows: Codes, columns: Codes) -> Basis:
    return Basis(
        np.where(columns >= 0, basis.columns[columns], LOWER).astype(np.int8),
        np.where(rows >= 0, basis.rows[rows], BASIC).astype(np.int8),
    )


def _all(matched: Codes, size: int) -> bool:
    return len(matched) == size and bool((matched == np.arange(size)).all())


def _equal(old: LinearProgram, new: LinearProgram) -> bool:
    """Whether the two matrices hold the same numbers."""
    a, b = old.matrix, new.matrix
    parts = (a.indptr, b.indptr), (a.indices, b.indices), (a.data, b.data)
    return a.shape == b.shape and all(np.array_equal(x, y) for x, y in parts)

"""A linear program as mathematics: `balance.use[ore, AUS, 2025]: demand.unmet[...] + 0.9 trade.ship[...] >= 5`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp

import models
from models.symbolic import Index
from planner.compile import Compiled, Linear
from planner.guard import label
from planner.linear import Labels, LinearProgram

Names = Mapping[str, Sequence[str]]


def rows(lp: LinearProgram, names: Names, components: Sequence[str]) -> Iterator[str]:
    """The rows of some components, one a line; a row that begins with a minus is turned round."""
    columns = [label(lp.columns, at, names) for at in range(lp.matrix.shape[1])]
    matrix = sp.csr_array(lp.matrix)
    for run in _of(lp.rows, components):
        for at in range(run.start, run.stop):
            part = slice(matrix.indptr[at], matrix.indptr[at + 1])
            order = np.argsort(matrix.indices[part])
            at_columns, values = matrix.indices[part][order], matrix.data[part][order]
            lower, upper = lp.row_lower[at], lp.row_upper[at]
            if len(values) and values[0] < 0:
                values, lower, upper = -values, -upper, -lower
            side = (
                f"= {number(lower)}"
                if lower == upper
                else f"<= {number(upper)}"
                if upper < np.inf
                else f">= {number(lower)}"
            )
            yield f"{label(lp.rows, at, names)}: {_sum(values, [columns[c] for c in at_columns])} {side}"


def bounds(lp: LinearProgram, names: Names, components: Sequence[str]) -> Iterator[str]:
    """The columns of some components with their bounds, one a line."""
    for run in _of(lp.columns, components):
        for at in range(run.start, run.stop):
            upper = "" if lp.col_upper[at] == np.inf else f" <= {number(lp.col_upper[at])}"
            yield f"{number(lp.col_lower[at])} <= {label(lp.columns, at, names)}{upper}"


def cost(data: models.Data, made: Compiled, term: str, places: Index) -> Iterator[str]:
    """A cost term by place and year, undiscounted."""
    yield from _values(term, made.costs[term], places, data.network.names, made.lp)


def report(data: models.Data, made: Compiled, name: str) -> Iterator[str]:
    """A reported quantity by its members."""
    index, linear = made.report(name)
    yield from _values(name, linear, index, data.network.names, made.lp)


def objective(lp: LinearProgram, names: Names) -> Iterator[str]:
    """The objective, a line for each column that costs something."""
    for at in np.flatnonzero(lp.cost).tolist():
        yield _sum(lp.cost[[at]], [label(lp.columns, at, names)])
    yield number(lp.offset)


def number(value: float) -> str:
    """Twelve digits, and no negative zero."""
    return f"{value + 0.0:.12g}"


def _values(name: str, linear: Linear, index: Index, names: Names, lp: LinearProgram) -> Iterator[str]:
    matrix = np.zeros((len(index), lp.matrix.shape[1]))
    for r, c, v in linear.terms:
        np.add.at(matrix, (r, c), v)
    here = [Labels(name, 0, index.names, index.keys)]
    for at, line in enumerate(matrix):
        used = np.flatnonzero(line)
        if len(used) or linear.constant[at]:
            terms = _sum(line[used], [label(lp.columns, int(c), names) for c in used]) if len(used) else ""
            rest = float(linear.constant[at])
            constant = (
                f" {'-' if rest < 0 else '+'} {number(abs(rest))}" if rest and terms else number(rest) if rest else ""
            )
            yield f"{label(here, at, names)}: {terms}{constant}"


def _of(runs: Sequence[Labels], components: Sequence[str]) -> list[Labels]:
    return [run for run in runs if run.name.split(".")[0] in components]


def _sum(values: Any, names: Sequence[str]) -> str:
    """`2 x - y`; `0` without terms."""
    text = ""
    for value, name in zip(values.tolist(), names, strict=True):
        sign = "-" if value < 0 else "+" if text else ""
        size = "" if abs(value) == 1 else f"{number(abs(value))} "
        text += f"{' ' if text else ''}{sign}{' ' if text else ''}{size}{name}"
    return text or "0"

"""Two roads to one linear program: the compiler's, and Pyomo's own over the same rules with filled Sets and Params.

Rows and columns are named alike on both (`limits.max_share_rows`, 3, 7), so the two are compared name by name. What
they may differ in is taken out first: order, exact zeros, rows without columns, and the direction of a row (a row with
one side is made <=, an equality begins with a positive coefficient).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.common.errors import InfeasibleConstraintException
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

import models
from models.symbolic import Model
from planner.compile import Compiled, compile_model
from planner.linear import Labels, LinearProgram

Name = tuple[Any, ...]  # (component's path, *codes)
INF = float("inf")
IMPOSSIBLE = (ValueError, InfeasibleConstraintException)


@dataclass
class Road:
    """A linear program by names. rows: name -> ({column: coefficient}, lower, upper); bounds: of every column."""

    rows: dict[Name, tuple[dict[Name, float], float, float]]
    cost: dict[Name, float]
    offset: float
    bounds: dict[Name, tuple[float, float]]
    impossible: set[Name]  # rows without columns that do not hold


def names(runs: tuple[Labels, ...]) -> list[Name]:
    """Names of all rows or columns, in order."""
    return [(run.name, *key) for run in runs for key in zip(*(c.tolist() for c in run.codes), strict=True)]


def compiled(data: models.Data) -> tuple[Model, Compiled]:
    """The skeleton and its arrays."""
    model = models.build(data)
    return model, compile_model(model, data.network.factor)


def fast(lp: LinearProgram) -> Road:
    """The compiler's program by names."""
    rows, columns = names(lp.rows), names(lp.columns)
    matrix = lp.matrix.tocsr()
    terms = [
        {columns[c]: v for c, v in zip(matrix.indices[a:b].tolist(), matrix.data[a:b].tolist(), strict=True)}
        for a, b in zip(matrix.indptr, matrix.indptr[1:], strict=False)
    ]
    sides = zip(lp.row_lower.tolist(), lp.row_upper.tolist(), strict=True)
    return _road(
        {name: (line, *side) for name, line, side in zip(rows, terms, sides, strict=True)},
        dict(zip(columns, lp.cost.tolist(), strict=True)),
        lp.offset,
        dict(zip(columns, zip(lp.col_lower.tolist(), lp.col_upper.tolist(), strict=True), strict=True)),
    )


def ordinary(data: models.Data) -> tuple[pyo.ConcreteModel, Road]:
    """Pyomo's model and the program that its own compiler makes of it. A row that cannot hold raises one of IMPOSSIBLE."""
    m = models.build(data, full=True).pyomo
    form = LinearStandardFormCompiler().write(m, mixed_form=True)
    columns = [_name(v) for v in form.columns]
    rows: dict[Name, tuple[dict[Name, float], float, float]] = {}
    matrix = form.A.tocsr()
    for at, ((constraint, kind), side) in enumerate(zip(form.rows, list(map(float, form.rhs)), strict=True)):
        part = slice(matrix.indptr[at], matrix.indptr[at + 1])
        line = {columns[c]: v for c, v in zip(matrix.indices[part].tolist(), matrix.data[part].tolist(), strict=True)}
        assert _name(constraint) not in rows, f"{constraint.name} has two sides"
        rows[_name(constraint)] = (line, -INF if kind == 1 else side, INF if kind == -1 else side)
    cost = dict(zip(columns, form.c.toarray().ravel().tolist(), strict=True))
    bounds = {_name(v): (_or(v.lb, -INF), _or(v.ub, INF)) for v in m.component_data_objects(pyo.Var)}
    return m, _road(rows, cost, float(form.c_offset[0]), bounds)


def differences(a: Road, b: Road) -> Iterator[str]:
    """What two programs do not share; numbers may differ in their last digits."""
    for what in ("rows", "cost", "bounds"):
        for name in sorted(getattr(a, what).keys() ^ getattr(b, what).keys(), key=str):
            yield f"{what}: {name} stands on {'the first' if name in getattr(a, what) else 'the second'} alone"
    if not _same(a.offset, b.offset):
        yield f"offset: {a.offset} and {b.offset}"
    for what in ("cost", "bounds"):
        first, second = getattr(a, what), getattr(b, what)
        for name in first.keys() & second.keys():
            if not _same(first[name], second[name]):
                yield f"{what} of {name}: {first[name]} and {second[name]}"
    for name in a.rows.keys() & b.rows.keys():
        (line, *sides), (other, *others) = a.rows[name], b.rows[name]
        if line.keys() != other.keys() or not _same([line[c] for c in line], [other[c] for c in line]):
            yield f"row {name}: {line} and {other}"
        if not _same(sides, others):
            yield f"sides of {name}: {sides} and {others}"


def impossible(problem: Exception) -> str:
    """The row that Pyomo says can never hold, as it spells it; "" for any other problem."""
    found = re.search(r"Constraint '(.*)' is always infeasible|trivially infeasible constraint, '(.*)'", str(problem))
    return found[1] or found[2] if found else ""


def spelled(name: Name) -> str:
    """A name as Pyomo spells it."""
    return f"{name[0]}[{','.join(map(str, name[1:]))}]"


def _road(rows: Any, cost: dict[Name, float], offset: float, bounds: Any) -> Road:
    kept, broken = {}, set()
    for name, (terms, lower, upper) in rows.items():
        line = {column: v for column, v in terms.items() if v}
        if not line:
            if lower > 0 or upper < 0:
                broken.add(name)
        elif upper == INF or (lower == upper and line[min(line)] < 0):
            kept[name] = ({column: -v for column, v in line.items()}, -upper, -lower)
        else:
            kept[name] = (line, lower, upper)
    return Road(kept, {column: v for column, v in cost.items() if v}, offset, bounds, broken)


def _name(element: Any) -> Name:
    index = element.index()
    return (element.parent_component().name, *(index if isinstance(index, tuple) else (index,)))


def _or(value: float | None, default: float) -> float:
    return default if value is None else float(value)


def _same(a: Any, b: Any) -> bool:
    return bool(np.allclose(a, b, rtol=1e-12, atol=1e-12))

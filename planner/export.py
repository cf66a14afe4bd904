"""The linear program as an .mps or .lp file, with the names of the workbook, for any other solver.

Names are `component.key.key`, such as `trade.ship.bauxite.AU.CN.2030`; whatever a format may stumble over becomes `_`,
and what is then no longer unique gets a number. Numbers read back to the last digit. Rows without a side are left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from planner.lean import sparse as sp
from planner.linear import Floats, Labels, LinearProgram

Names = Mapping[str, Sequence[str]]  # key name ("commodity", "from", ...) -> readable codes
LONGEST = 200  # characters of a name; HiGHS reads 255
PER_LINE = 2  # terms on a line of an .lp file, of which HiGHS reads 560 characters
COST = "cost"  # the objective row: a name without a dot, so no row's


def write_mps(lp: LinearProgram, names: Names, path: Path) -> None:
    """Write free MPS: blanks between fields, the constant as the negative side of the objective row."""
    _write(path, _mps(lp, names))


def write_lp(lp: LinearProgram, names: Names, path: Path) -> None:
    """Write the LP format of CPLEX; a row with two sides becomes two rows, as not every reader takes ranges."""
    _write(path, _lp(lp, names))


def unique_names(runs: Iterable[Labels], names: Names) -> list[str]:
    """Names of all rows or all columns in order, fit for both formats."""
    found: list[str] = []
    for run in runs:
        start = _clean(run.name)
        if re.match(r"[.\d]|e\d|inf|nan", start, re.IGNORECASE):  # reads like a number
            start = f"_{start}"
        parts = [[start] * len(run.codes[0])]
        for dimension, codes in zip(run.dimensions, run.codes, strict=True):
            known = [_clean(str(name)) for name in names.get(dimension, ())]
            parts.append([known[code] if 0 <= code < len(known) else str(code) for code in codes.tolist()])
        found += map(".".join, zip(*parts, strict=True))
    found = [name if len(name) <= LONGEST else name[:LONGEST] for name in found]
    count = Counter(found)
    if len(count) < len(found):  # the position makes it unique: no clean name holds "#"
        found = [name if count[name] == 1 else f"{name}#{position}" for position, name in enumerate(found)]
    return found


def _clean(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.]", "_", name)


def _mps(lp: LinearProgram, names: Names) -> Iterator[str]:
    rows, matrix, lower, upper = _bounded(lp, names)
    columns = unique_names(lp.columns, names)
    one_sided = ~np.isfinite(lower) | ~np.isfinite(upper)
    kinds = np.where(lower == upper, "E", np.where(np.isfinite(lower), "G", "L")).tolist()
    sides = np.where(np.isfinite(lower), lower, upper).tolist()
    yield from ("NAME planner", "ROWS", f" N {COST}")
    yield from (f" {kind} {name}" for kind, name in zip(kinds, rows, strict=True))

    # Every column starts with its cost, zero or not: so none is missing and their order is kept.
    first = matrix.indptr[:-1]
    owners = np.repeat(np.arange(len(columns)), np.diff(matrix.indptr) + 1).tolist()
    entries = np.insert(matrix.indices + 1, first, 0).tolist()
    values = np.insert(matrix.data, first, lp.cost).tolist()
    names_of = [COST, *rows]
    yield "COLUMNS"
    yield from (f" {columns[c]} {names_of[r]} {v!r}" for c, r, v in zip(owners, entries, values, strict=True))

    yield "RHS"
    yield f" RHS {COST} {-lp.offset!r}"
    yield from (f" RHS {name} {side!r}" for name, side in zip(rows, sides, strict=True) if side)
    yield "RANGES"
    for at in np.flatnonzero(~one_sided & (lower != upper)).tolist():
        yield f" RANGES {rows[at]} {float(upper[at] - lower[at])!r}"
    yield "BOUNDS"
    for name, low, high in _limited(columns, lp):
        if low == high:
            yield f" FX BOUNDS {name} {low!r}"
        elif low == -np.inf and high == np.inf:
            yield f" FR BOUNDS {name}"
        else:
            if low:
                yield f" MI BOUNDS {name}" if low == -np.inf else f" LO BOUNDS {name} {low!r}"
            if high < np.inf:
                yield f" UP BOUNDS {name} {high!r}"
    yield "ENDATA"


def _lp(lp: LinearProgram, names: Names) -> Iterator[str]:
    rows, matrix, lower, upper = _bounded(lp, names)
    columns = unique_names(lp.columns, names)
    yield from ("min", f" {COST}:")
    # Every column has its cost, zero or not: so none is missing and their order is kept.
    yield from _lines(_terms(lp.cost, columns))
    yield f" {'-' if lp.offset < 0 else '+'} {abs(lp.offset)!r}"
    yield "st"
    byrow = sp.csr_array(matrix)
    terms = _terms(byrow.data, [columns[at] for at in byrow.indices.tolist()])
    starts = byrow.indptr.tolist()
    for name, start, stop, low, high in zip(rows, starts, starts[1:], lower.tolist(), upper.tolist(), strict=False):
        lines = list(_lines(terms[start:stop] or [f"+ 0.0 {columns[0] if columns else 'nothing'}"]))
        sides = [("=", low)] if low == high else [side for side in ((">=", low), ("<=", high)) if np.isfinite(side[1])]
        for sense, side in sides:
            tail = "" if len(sides) == 1 else "#min" if sense == ">=" else "#max"
            yield from (f" {name}{tail}:", *lines, f" {sense} {side!r}")
    yield "bounds"
    for name, low, high in _limited(columns, lp):
        if low == high:
            yield f" {name} = {low!r}"
        elif low == -np.inf and high == np.inf:
            yield f" {name} free"
        else:
            yield f" {low!r} <= {name}" + (f" <= {high!r}" if high < np.inf else "")
    yield "end"


def _bounded(lp: LinearProgram, names: Names) -> tuple[list[str], sp.csc_array, Floats, Floats]:
    """Names, terms and sides of the rows that have a side."""
    has = np.isfinite(lp.row_lower) | np.isfinite(lp.row_upper)
    rows = [name for name, kept in zip(unique_names(lp.rows, names), has.tolist(), strict=True) if kept]
    return rows, sp.csc_array(lp.matrix[has]), lp.row_lower[has], lp.row_upper[has]


def _limited(columns: list[str], lp: LinearProgram) -> Iterator[tuple[str, float, float]]:
    """Columns whose bounds are not those every format assumes, 0 and unlimited."""
    for at in np.flatnonzero((lp.col_lower != 0) | (lp.col_upper < np.inf)).tolist():
        yield columns[at], float(lp.col_lower[at]), float(lp.col_upper[at])


def _terms(values: Floats, names: list[str]) -> list[str]:
    return [
        f"{'-' if value < 0 else '+'} {abs(value)!r} {name}" for value, name in zip(values.tolist(), names, strict=True)
    ]


def _lines(terms: list[str]) -> Iterator[str]:
    return (" " + " ".join(terms[at : at + PER_LINE]) for at in range(0, len(terms), PER_LINE))


def _write(path: Path, lines: Iterator[str]) -> None:
    with path.open("w", encoding="ascii", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)

"""Which rows of a sheet a `where` means: `column=value; column=value`, `a|b` for either, `*` for anything but blank."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.schema import Column, Table, Tables
from planner.cast import cast
from planner.codes import Names
from planner.headers import known_columns
from planner.names import cut, fold, listed, squeeze, suggestion
from planner.numbers import as_typed


class Unclear(Exception):
    """A row of a scenario that cannot be carried out: in which column, why, and how to mend it."""

    def __init__(self, column: str, problem: str, fix: str) -> None:
        super().__init__(problem)
        self.column, self.problem, self.fix = column, problem, fix


def column_of(table: Table, name: str, where: str) -> Column:
    """The column of a sheet a scenario names; the value column of a series may be called by either name."""
    known = {squeeze(n): column for n, column in known_columns(table).items()}
    column = known.get(squeeze(name.split("[")[0]))
    if column is None:
        fix = suggestion(name, known_columns(table)) or f"Known are {listed(known_columns(table), 30)}."
        raise Unclear(where, f'{table.name} has no column "{cut(name)}".', fix)
    return column


def typed_name(table: Table, column: Column) -> str:
    """The column's name in the typed table."""
    return "value" if column is table.series else column.name


def conditions(text: str) -> Iterator[tuple[str, str]]:
    """The parts `column=value` of a `where`."""
    for part in text.split(";"):
        if not part.strip():
            continue
        name, sign, value = part.partition("=")
        if not sign or not name.strip():
            raise Unclear("where", f'"{cut(part.strip())}" is no condition.', "Write column=value; column=value.")
        yield name.strip(), value.strip()


def matched(tables: Tables, table: Table, text: str) -> NDArray[np.bool_]:
    """Whether each row of a typed table fulfils every condition; Unclear names the condition that no row fulfils."""
    frame: pd.DataFrame = tables[table.name]
    hit = np.ones(len(frame), dtype=bool)
    for name, value in conditions(text):
        if table.series and squeeze(name) == "year":
            raise Unclear("where", "years are no part of where.", "Use first year and last year.")
        column = column_of(table, name, "where")
        cells = frame[typed_name(table, column)]
        here = np.zeros(len(frame), dtype=bool)
        for option in value.split("|"):
            here |= _is(tables, column, cells, option.strip())
        if not here.any():
            fix = suggestion(value, map(str, cells.unique())) if "|" not in value and not _counts(column) else ""
            raise Unclear(
                "where",
                f'no row of {table.name} has {column.name} "{cut(value)}".',
                fix or "Correct the condition, or delete the row.",
            )
        hit &= here
    if not hit.any():
        raise Unclear(
            "where",
            f"no row of {table.name} fulfils all conditions together."
            if text.strip()
            else f"{table.name} has no rows.",
            "Correct where, or delete the row.",
        )
    return hit


def _counts(column: Column) -> bool:
    return column.numeric or column.kind == "year"


def _is(tables: Tables, column: Column, cells: pd.Series[Any], option: str) -> NDArray[np.bool_]:
    if _counts(column):
        values = cells.to_numpy(np.float64)
        blank = np.isnan(values) | ((values == column.default) & (column.kind == "year" or np.isinf(values)))
        if option in ("", "*"):
            return np.asarray(blank if option == "" else ~blank)
        return np.asarray(values == value_of(column, option, "where"))
    if option == "*":
        return np.asarray(cells != "")
    wanted = fold(Names(tables).spelled(column, option)) if column.kind in ("code", "place") else fold(option)
    return np.asarray(cells.isin([text for text in cells.unique() if fold(text) == wanted]))


def value_of(column: Column, text: str, where: str) -> Any:
    """A scenario's text as a typed value of a column: the same rules as for a cell of the sheet."""
    values, faults = cast(column, [as_typed(text) if _counts(column) else text])
    for fault in faults:
        if fault.severity == "error":
            raise Unclear(where, fault.problem, fault.fix)
    return values[0]

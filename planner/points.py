"""The rows of a sheet with values by year: one for each value given, whether the sheet is long or wide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.schema import FIRST, REQUIRED, Column
from planner.cast import UNREAD, blank
from planner.names import letters

if TYPE_CHECKING:
    from planner.sheet import Reader

Bools = NDArray[np.bool_]
AROUND = "to take it from the years around it"
ENTER = "Enter one (0 for none), or delete the row."


def points(reader: Reader, data: dict[str, Any]) -> dict[str, Any]:
    """The sheet's columns repeated for every value, with `year`, `value` and `at`, the letters of the value's column."""
    where, years, series = reader.header.columns, reader.header.years, reader.table.series
    assert series
    long = "year" in where and not years
    names = dict.fromkeys(("value", series.name) if long else (series.name,) if reader.table.constant else ())
    spots = [(FIRST, where[name]) for name in names if name in where] + list(years.items())
    if not spots:
        nothing = np.zeros(0, dtype=np.int64)
        return _take(data, nothing, nothing, nothing.astype(np.float64), nothing.astype(object))
    read = [_values(reader, series, at, "" if year == FIRST else AROUND) for year, at in spots]
    value, said = (np.stack(part, axis=1) for part in zip(*read, strict=True))
    at = np.array([letters(at + 1) for _, at in spots], dtype=object)
    row, spot = np.nonzero(said & ~np.isnan(value))
    if long:
        _one_each(reader, series, said, at)
        year = _years(reader, series)
        one = (year[row] != UNREAD) & (np.diff(row, prepend=-1) > 0)
        row, spot = row[one], spot[one]
        return _take(data, row, year[row], value[row, spot], at[spot])
    _gaps(reader, series, said, [year for year, _ in spots], list(at))
    given = np.array([year for year, _ in spots], dtype=np.int64)
    return _take(data, row, given[spot], value[row, spot], at[spot])


def _values(reader: Reader, series: Column, at: int, blank_means: str) -> tuple[NDArray[np.float64], Bools]:
    """Values of one column, and which of its cells say something (an error too)."""
    said = np.array([not blank(cell) for cell in reader.cells(at)], dtype=bool)
    said[list(reader.broken(at))] = True
    return reader.cast(series, at, keep=True, blank_means=blank_means), said


def _years(reader: Reader, series: Column) -> NDArray[np.int64]:
    """The years of a long sheet; where one column may hold a value for all years, a blank year means that."""
    always = reader.table.constant and series.name in reader.header.columns
    column = Column("year", "year", "The year the value holds for.", default=FIRST if always else REQUIRED)
    years: NDArray[np.int64] = reader.cast(column, reader.header.columns["year"])
    return years


def _one_each(reader: Reader, series: Column, said: Bools, at: NDArray[Any]) -> None:
    """Report rows of a long sheet with no value, or with two."""
    count = said.sum(axis=1)
    for i in np.flatnonzero(count == 0):
        reader.say(f"{at[0]}{reader.numbers[i]}", "", f"{series.name} is empty, expected a number.", ENTER)
    for i in np.flatnonzero(count > 1):
        reader.say(
            f"{at[1]}{reader.numbers[i]}", "", f"the row has a value and a {series.name}.", "Keep one of the two."
        )


def _gaps(reader: Reader, series: Column, said: Bools, years: list[int], names: list[str]) -> None:
    """Report rows of a wide sheet without any value, and hint at the years left out in the others."""
    for i in np.flatnonzero(~said.any(axis=1)):
        ends = sorted(names, key=lambda name: (len(name), name))
        span = ":".join(f"{name}{reader.numbers[i]}" for name in dict.fromkeys((ends[0], ends[-1])))
        reader.say(span, "", f"the row has no {series.name} in any year.", ENTER)
    by_year = said[:, [year != FIRST for year in years]]
    shift = len(years) - by_year.shape[1]
    outer = reader.table.name != "Site years"  # it says nothing before its first value, and the last one holds
    for i in np.flatnonzero(by_year.any(axis=1) & ~by_year.all(axis=1)):
        given = np.flatnonzero(by_year[i])
        blanks = [j for j in np.flatnonzero(~by_year[i]) if outer or given[0] < j < given[-1]]
        if blanks:
            which = ", ".join(str(years[shift + j]) for j in blanks)
            cell = f"{names[shift + blanks[0]]}{reader.numbers[i]}"
            reader.say(
                cell, "", f"no value for {which}: taken from the years around it.", "Type 0 if none is meant.", "hint"
            )


def _take(data: dict[str, Any], row: Any, year: Any, value: Any, at: Any) -> dict[str, Any]:
    """Repeat the columns of the sheet's rows for their points."""
    taken = {
        name: np.asarray(cells, dtype=object if isinstance(cells, list) else None)[row] for name, cells in data.items()
    }
    return taken | {"year": year, "value": value, "at": at}

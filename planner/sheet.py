"""One sheet: from its cells to its typed table, and everything wrong with them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.schema import FIRST, Column, Problem, Table
from planner.cast import UNREAD, Fault, blank, cast, shown
from planner.headers import CARRIED, Header, read_header
from planner.names import letters

if TYPE_CHECKING:
    from planner.cells import Grid

YEAR = Column("year", "year", "The year the value holds for.", key=True)


def columns_of(table: Table) -> dict[str, str]:
    """Columns of a typed table and their types, in order."""
    types = {c.name: "float64" if c.numeric else "int64" if c.kind == "year" else "str" for c in table.columns}
    if table.series:
        types |= {"year": "int64", "value": "float64"}
    types |= {name: "str" for name in CARRIED if name not in types}
    return types | {"row": "int64"} | ({"at": "str"} if table.series else {})


def empty(table: Table) -> pd.DataFrame:
    """A typed table without rows."""
    return pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in columns_of(table).items()})


def _fault(column: Column, place: int, text: str) -> Fault:
    """A cell that shows an error, or whose formula was never calculated."""
    if text.startswith("#"):
        return Fault(place, f"{column.name} shows {text}.", "Correct the formula, or clear the cell if unknown.")
    return Fault(place, f"{column.name}: {text}.", "Open the workbook in Excel, press Ctrl+Alt+F9 and save it.")


@dataclass
class Reader:
    """Reads one sheet into its typed table and collects what is wrong with it."""

    table: Table
    grid: Grid
    currency: str
    header: Header = field(init=False)
    problems: list[Problem] = field(init=False)
    numbers: NDArray[np.int64] = field(init=False)  # Excel row of every data row
    columns: list[tuple[object, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self.header, self.problems = read_header(self.table, self.grid, self.currency)
        rows = self._rows()
        self.numbers = np.array([number for number, _ in rows], dtype=np.int64)
        self.columns = list(zip_longest(*(row for _, row in rows), fillvalue=""))

    def frame(self) -> pd.DataFrame:
        """The typed table."""
        data: dict[str, Any] = {}
        for column in self.table.columns:
            data[column.name] = self._cast(
                column, self.header.columns.get(column.name), keep=self.table.rule == "one" and not column.required
            )
        for name in CARRIED:
            if name not in data:
                data[name] = self._cast(Column(name, "text", "", default=""), self.header.columns.get(name))
        data["row"] = self.numbers
        if self.table.series:
            data = self._points(data)
        return pd.DataFrame(
            {
                name: pd.array(data[name], dtype=kind) if kind == "str" else data[name]
                for name, kind in columns_of(self.table).items()
            }
        )

    def _rows(self) -> list[tuple[int, list[object]]]:
        """Data rows that are not blank and no comment, with their Excel row numbers."""
        if not self.header.row:
            return []
        start, stop = self.header.row, self.grid.last_row or len(self.grid.rows)
        faulty = {row for row, _ in self.grid.faults}
        rows, comments = [], 0
        for number, row in enumerate(self.grid.rows[start:stop], start + 1):
            head = row[0] if row else ""
            if isinstance(head, str):
                if head.startswith("#"):
                    comments += 1
                    continue
                if (not head or head.isspace()) and all(map(blank, row)) and number not in faulty:
                    continue
            rows.append((number, row))
        if comments:
            self._say("", "", f"{comments} row{'s' * (comments > 1)} starting with # skipped.", "", "hint")
        self._outside()
        return rows

    def _outside(self) -> None:
        """Report what stands beside the sheet's Excel Table: a second one, or rows below its last."""
        tables = self.grid.tables
        if len(tables) > 1:
            name, where = tables[1]
            fix = 'Move it to a sheet of its own, whose name begins with "_" if it is no part of the study.'
            self._say(where.split(":")[0], "", f'a second Excel Table "{name}" on this sheet.', fix)
        if not self.grid.last_row or not tables:
            return
        end = int(re.sub(r"\D", "", tables[0][1].split(":")[-1]))  # its totals row, if it has one, is no data
        below = [number for number, row in enumerate(self.grid.rows[end:], end + 1) if not all(map(blank, row))]
        if below:
            rest = f" and {len(below) - 1} more rows below" if below[1:] else ""
            problem = f"the row{rest} stands below the Excel Table, which ends in row {end}, and would not be read."
            self._say(f"A{below[0]}", "", problem, "Drag the table's corner down over it, or delete it.")

    def _cast(self, column: Column, at: int | None, keep: bool = False) -> Any:
        """Typed values of one column; its faults become problems."""
        if at is None:
            quiet = (
                column
                if not column.required
                else Column(
                    column.name,
                    column.kind,
                    "",
                    default=""
                    if not (column.numeric or column.kind == "year")
                    else UNREAD
                    if column.kind == "year"
                    else np.nan,
                )
            )
            return cast(quiet, [""] * len(self.numbers), keep)[0]
        cells: Sequence[object] = self.columns[at] if at < len(self.columns) else ("",) * len(self.numbers)
        broken = self._broken(at)
        if broken:
            cells = ["" if i in broken else cell for i, cell in enumerate(cells)]
        values, faults = cast(column, cells, keep)
        for place, text in broken.items():
            self._at(place, at, "", _fault(column, place, text))
        for fault in faults:
            if fault.at not in broken:
                self._at(fault.at, at, cells[fault.at], fault)
        return values

    def _broken(self, at: int) -> dict[int, str]:
        """Positions of the cells of a column that show an error or have no saved result."""
        here = {row: text for (row, column), text in self.grid.faults.items() if column == at + 1}
        return {i: here[number] for i, number in enumerate(self.numbers.tolist()) if number in here} if here else {}

    def _at(self, place: int, at: int, cell: object, fault: Fault) -> None:
        self._say(f"{letters(at + 1)}{self.numbers[place]}", shown(cell)[:80], fault.problem, fault.fix, fault.severity)

    def _say(self, cell: str, value: str, problem: str, fix: str, severity: Any = "error") -> None:
        self.problems.append(Problem(self.table.name, cell, value, problem, fix, severity))

    def _points(self, data: dict[str, Any]) -> dict[str, Any]:
        """The rows of a series sheet, one for each value given."""
        if "year" in self.header.columns and not self.header.years:
            return self._long(data)
        return self._wide(data)

    def _series(self, at: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Values of one value column, and which of its cells say something (an error too)."""
        assert self.table.series
        said = np.array(
            [not blank(c) for c in self.columns[at]] if at < len(self.columns) else [False] * len(self.numbers),
            dtype=bool,
        )
        said[list(self._broken(at))] = True
        return self._cast(self.table.series, at, keep=True), said

    def _wide(self, data: dict[str, Any]) -> dict[str, Any]:
        series = self.table.series
        assert series
        spots = [(year, at) for year, at in self.header.years.items()]
        if self.table.constant and series.name in self.header.columns:
            spots.insert(0, (FIRST, self.header.columns[series.name]))
        if not spots:
            return self._take(data, np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0, object))
        read = [self._series(at) for _, at in spots]
        values = np.stack([v for v, _ in read], axis=1)
        said = np.stack([s for _, s in read], axis=1)
        names = [letters(at + 1) for _, at in spots]
        self._gaps(said, [year for year, _ in spots], names)
        row, spot = np.nonzero(said & ~np.isnan(values))
        years = np.array([year for year, _ in spots], dtype=np.int64)
        return self._take(data, row, years[spot], values[row, spot], np.array(names, dtype=object)[spot])

    def _gaps(self, said: NDArray[np.bool_], years: list[int], names: list[str]) -> None:
        """Report rows without any value, and hint at the years left out in the others."""
        series = self.table.series
        assert series
        for i in np.flatnonzero(~said.any(axis=1)):
            span = f"{names[0]}{self.numbers[i]}" + (f":{names[-1]}{self.numbers[i]}" if len(names) > 1 else "")
            self._say(
                span, "", f"the row has no {series.name} in any year.", "Enter one (0 for none), or delete the row."
            )
        start = 1 if years[0] == FIRST else 0
        said, years, names = said[:, start:], years[start:], names[start:]
        steps = self.table.name == "Site years"  # says nothing before its first year, holds its last value
        for i in np.flatnonzero(said.any(axis=1) & ~said.all(axis=1)):
            given = np.flatnonzero(said[i])
            missing = [j for j in np.flatnonzero(~said[i]) if not steps or given[0] < j < given[-1]]
            if missing:
                cells = [f"{names[j]}{self.numbers[i]}" for j in missing]
                which = ", ".join(str(years[j]) for j in missing)
                self._say(
                    cells[0],
                    "",
                    f"no value for {which}: taken from the years around it.",
                    "Type 0 if none is meant.",
                    "hint",
                )

    def _long(self, data: dict[str, Any]) -> dict[str, Any]:
        series = self.table.series
        assert series
        where = self.header.columns
        spots = [where[name] for name in dict.fromkeys(("value", series.name)) if name in where]
        constant = self.table.constant and series.name in where
        year = self._cast(
            Column("year", "year", YEAR.doc, default=FIRST, key=True) if constant else YEAR, where["year"]
        )
        if not spots:
            return self._take(data, np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0, object))
        read = [self._series(at) for at in spots]
        count = np.sum([said for _, said in read], axis=0)
        for i in np.flatnonzero(count == 0):
            self._say(
                f"{letters(spots[0] + 1)}{self.numbers[i]}",
                "",
                f"{series.name} is empty, expected a number.",
                "Enter it (0 for none), or delete the row.",
            )
        for i in np.flatnonzero(count > 1):
            self._say(
                f"{letters(spots[1] + 1)}{self.numbers[i]}",
                "",
                f"the row has both a value and a {series.name}.",
                "Keep one of the two.",
            )
        first = read[0][1]
        value = np.where(first, read[0][0], read[-1][0])
        at = np.where(first, letters(spots[0] + 1), letters(spots[-1] + 1)).astype(object)
        row = np.flatnonzero(~np.isnan(value) & (year != UNREAD))
        return self._take(data, row, year[row], value[row], at[row])

    def _take(self, data: dict[str, Any], row: Any, year: Any, value: Any, at: Any) -> dict[str, Any]:
        """Repeat the columns of the sheet's rows for their points."""
        taken = {
            name: np.asarray(values, dtype=object if isinstance(values, list) else None)[row]
            for name, values in data.items()
        }
        return taken | {"year": year, "value": value, "at": at}

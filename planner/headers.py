"""The header of a sheet: which column holds what. Names match loosely, units strictly."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from models.schema import Column, Problem, Table
from planner.cast import blank
from planner.names import cut, letters, listed, nearest, squeeze
from planner.numbers import YEARS, dated, shown

if TYPE_CHECKING:
    from planner.cells import Grid

CARRIED: Final = ("note", "source", "quality")
FAR: Final = 20  # rows below the first text in which a header is still looked for
NOTE: Final = "To keep it as a note, begin the header with #."


@dataclass
class Header:
    """Where the columns of a sheet stand, counted from 0; `row` is the header's own row in Excel, 0: none."""

    row: int = 0
    columns: dict[str, int] = field(default_factory=dict)
    years: dict[int, int] = field(default_factory=dict)  # year -> column, ascending

    @property
    def letters(self) -> dict[str, str]:
        """Letters of each column in Excel."""
        return {name: letters(at + 1) for name, at in self.columns.items()}


def known_columns(table: Table) -> dict[str, Column]:
    """Every header a sheet may have, years aside."""
    columns = {c.name: c for c in table.columns}
    if table.series:
        columns["year"] = Column("year", "year", "The year the value holds for.")
        columns["value"] = columns[table.series.name] = table.series
    for name in CARRIED:
        columns.setdefault(name, Column(name, "text", "", default=""))
    return columns


def split_header(text: str) -> tuple[str, str]:
    """Name and unit of a header such as `capacity [unit/y]`."""
    found = re.fullmatch(r"\s*(.*?)\s*\[([^\[\]]*)\]\s*", text, re.DOTALL)
    return (found[1], found[2]) if found and found[1] else (text, "")


def year_of(text: str) -> int | None:
    """The year a header means, or None."""
    found = re.fullmatch(r"\s*(\d{4})(?:\.0+)?\s*", text, re.ASCII)
    year = int(found[1]) if found else 0
    return year if YEARS[0] <= year <= YEARS[1] else None


def read_header(table: Table, grid: Grid, currency: str) -> tuple[Header, list[Problem]]:
    """Find a sheet's header and match its cells to the declared columns."""
    reader = _Reader(table, grid, currency)
    if reader.header.row:
        reader.read()
    return reader.header, reader.problems


class _Reader:
    """Matches one header row."""

    def __init__(self, table: Table, grid: Grid, currency: str) -> None:
        self.table, self.grid, self.currency = table, grid, currency
        self.known = known_columns(table)
        self.names = {squeeze(name): name for name in self.known}
        self.problems: list[Problem] = []
        self.meant: set[str] = set()  # columns that a misspelt header seems to mean
        self.header = Header(self._row())

    def _say(
        self, at: int, problem: str, fix: str, severity: Literal["error", "warning"] = "error", to: int | None = None
    ) -> None:
        row = self.grid.rows[self.header.row - 1]
        where = f"{letters(at + 1)}{self.header.row}" + ("" if to is None else f":{letters(to)}{self.header.row}")
        value = shown(row[at])[:80] if at < len(row) and to is None else ""
        self.problems.append(Problem(self.table.name, where, value, problem, fix, severity))

    def _filled(self) -> Iterator[tuple[int, list[object]]]:
        """Rows that are not blank, with their Excel row numbers."""
        return ((i, row) for i, row in enumerate(self.grid.rows, 1) if not all(map(blank, row)))

    def _row(self) -> int:
        """The Excel Table's header, else the first row that is not blank, else one below it that names the columns."""
        if self.grid.header_row:
            return self.grid.header_row
        required = {squeeze(c.name) for c in self.table.columns if c.required}
        first = 0
        for number, row in self._filled():
            names = {squeeze(split_header(shown(cell))[0]) for cell in row}
            if not first:
                first = number
                if names & set(self.names):
                    break
            elif required and required <= names:
                return number
            elif number > first + FAR:
                break
        return first

    def read(self) -> None:
        """Match every cell of the header row."""
        if not self.grid.header_row and self.header.row > next(self._filled())[0]:
            problem = f"the header was found in row {self.header.row}, below other text."
            self._say(0, problem, "Make it an Excel Table (Ctrl+T), or delete the rows above it.", "warning")
        row = self.grid.rows[self.header.row - 1]
        width = max(map(len, self.grid.rows))
        for at in range(width):
            cell = row[at] if at < len(row) else ""
            fault = self.grid.faults.get((self.header.row, at + 1))
            if fault:
                self._say(at, f"the header shows {fault}.", "Type the column's name.")
            elif blank(cell):
                below = self.grid.rows[self.header.row : self.grid.last_row or None]
                if any(at < len(line) and not blank(line[at]) for line in below):
                    self._say(at, "the column holds values but has no header.", f"Give it the name of a column. {NOTE}")
            elif not shown(cell).lstrip().startswith("#"):
                self._match(at, cell)
        self.header.years = dict(sorted(self.header.years.items()))
        self._missing(width)

    def _match(self, at: int, cell: object) -> None:
        """One header: a column, a year, or an error."""
        text, unit = split_header(shown(cell))
        name = self.names.get(squeeze(text))
        columns = self.header.columns
        if name is None:
            self._year(at, cell, text, unit)
        elif name in columns:
            where = f"{letters(columns[name] + 1)} and {letters(at + 1)}"
            self._say(at, f'column "{name}" appears twice, in {where}.', "Delete or rename one.")
        else:
            columns[name] = at
            self._unit(self.known[name], unit, at)

    def _unit(self, column: Column, unit: str, at: int) -> None:
        if not unit or not (column.numeric or column.kind == "year"):
            return
        said = [column.unit, *column.unit.split(" or ")]
        said += [re.sub(r"\bcur\b", lambda _: self.currency, one) for one in said]
        if squeeze(unit) not in map(squeeze, said):
            expected = f"[{column.unit}]" if column.unit else "no unit"
            fix = f"Convert the values and write {column.header}; nothing is converted silently."
            self._say(at, f'column "{column.name}" is in [{cut(unit)}], expected {expected}.', fix)

    def _year(self, at: int, cell: object, text: str, unit: str) -> None:
        """A header that names no column: a year of a wide sheet, or an error."""
        series, year = self.table.series, year_of(text)
        if isinstance(cell, dt.date):
            number, how = dated(cell)
            if number <= YEARS[1] or (cell.month, cell.day) != (1, 1):
                self._say(at, f"{how}, expected a year or the name of a column.", "Set its format to General.")
                return
            year = cell.year
        if series is None or (year is None and not re.search(r"\d{3}", text)):
            near = nearest(text, self.known)
            self.meant.add(near)
            fix = f'Did you mean "{near}"?' if near else f"Known are {listed(self.known, 20)}."
            self._say(at, f'column "{cut(text)}" is not known.', f"{fix} {NOTE}")
        elif year is None:
            self._say(at, f'"{cut(text)}" is not a year.', f"Write it with four digits. {NOTE}")
        elif year in self.header.years:
            where = f"{letters(self.header.years[year] + 1)} and {letters(at + 1)}"
            self._say(at, f"year {year} appears twice, in {where}.", "Delete or rename one.")
        else:
            self.header.years[year] = at
            self._unit(series, unit, at)

    def _missing(self, width: int) -> None:
        """Report columns that are not there, and a series that is long and wide at once."""
        columns, years, series = self.header.columns, self.header.years, self.table.series
        missing = [c.name for c in self.table.columns if c.required and c.name not in columns]
        if missing and self._transposed():
            fix = "Copy it and use Paste Special > Transpose."
            self._say(0, "the columns' names stand below each other, expected in one row.", fix)
            return
        if series:
            constant = self.table.constant and series.name in columns
            if years and ("year" in columns or "value" in columns):
                at = columns["year" if "year" in columns else "value"]
                self._say(at, "there are columns by year and also the columns year and value.", "Keep one form.")
            elif not years and "year" not in columns and not constant:
                by_year = "one column per year (or year and value)"
                missing.append(
                    "year" if "value" in columns else f"{series.name} or {by_year}" if self.table.constant else by_year
                )
            elif "year" in columns and "value" not in columns and not constant:
                missing.append("value")
        found = listed([*columns, *map(str, years)], 20)
        for name in missing:
            if name not in self.meant:
                self._say(0, f'"{name}" is missing (found: {found}).', "Add the column.", to=width)

    def _transposed(self) -> bool:
        """Whether the names of columns stand in column A."""
        down = {squeeze(split_header(shown(row[0]))[0]) for row in self.grid.rows if row}
        return len(down & set(self.names)) > max(2, len(self.header.columns))

"""The header of a sheet: which column holds what. Names match loosely, units strictly."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.schema import Column, Problem, Table
from planner.cast import YEARS, blank, dated, shown
from planner.names import letters, listed, squeeze, suggestion

if TYPE_CHECKING:
    from planner.cells import Grid

CARRIED = ("note", "source", "quality")
FAR = 20  # rows in which a header below a title is looked for
NOTE = "To keep it as a note, begin the header with #."


@dataclass
class Header:
    """Where the columns of a sheet stand, counted from 0; `row` is the header's own row in Excel, 0: none."""

    row: int = 0
    columns: dict[str, int] = field(default_factory=dict)
    years: dict[int, int] = field(default_factory=dict)  # year -> column, ascending
    unread: set[str] = field(default_factory=set)  # columns whose header has an error

    @property
    def letters(self) -> dict[str, str]:
        """Letters of each column in Excel."""
        return {name: letters(at + 1) for name, at in self.columns.items()}


def known_columns(table: Table) -> dict[str, Column]:
    """Every header a sheet may have, years aside."""
    columns = {c.name: c for c in table.columns}
    if table.series:
        columns["year"] = Column("year", "year", "The year the value holds for.")
        columns["value"] = table.series
        columns[table.series.name] = table.series
    for name in CARRIED:
        columns.setdefault(name, Column(name, "text", "", default=""))
    return columns


def read_header(table: Table, grid: Grid, currency: str) -> tuple[Header, list[Problem]]:
    """Find a sheet's header and match its cells to the declared columns."""
    problems: list[Problem] = []

    def say(column: int, problem: str, fix: str, severity: str = "error") -> None:
        where = f"{letters(column + 1)}{header.row}"
        cells = grid.rows[header.row - 1] if header.row else []
        value = shown(cells[column]) if column < len(cells) else ""
        problems.append(Problem(table.name, where, value[:80], problem, fix, severity))  # type: ignore[arg-type]

    known = {squeeze(name): column for name, column in known_columns(table).items()}
    names = {squeeze(name): name for name in known_columns(table)}
    header = Header(_header_row(table, grid, set(known)))
    if not header.row:
        return header, problems
    if not grid.header_row and header.row > next(_filled(grid))[0]:
        say(
            0,
            f"the header was found in row {header.row}, below other text.",
            "Make the table an Excel Table (Ctrl+T), or delete the rows above it.",
            "warning",
        )
    row = grid.rows[header.row - 1]
    width = max(map(len, grid.rows))
    for at in range(width):
        cell = row[at] if at < len(row) else ""
        if (header.row, at + 1) in grid.faults:
            say(at, f"the header shows {grid.faults[header.row, at + 1]}.", "Type the column's name.")
        elif blank(cell):
            if any(at < len(r) and not blank(r[at]) for r in grid.rows[header.row : grid.last_row or None]):
                say(at, "the column holds values but has no header.", f"Give it the name of a column. {NOTE}")
        elif not (isinstance(cell, str) and cell.lstrip().startswith("#")):
            name, unit = split_header(shown(cell))
            column = known.get(squeeze(name))
            if column is None:
                _year(table, header, at, cell, currency, say)
                continue
            name = names[squeeze(name)]
            if name in header.columns:
                other = letters(header.columns[name] + 1)
                say(at, f'column "{name}" appears twice, in {other} and {letters(at + 1)}.', "Delete or rename one.")
                continue
            header.columns[name] = at
            _check_unit(column, unit, currency, at, say)
    _complete(table, header, width, say, problems)
    header.years = dict(sorted(header.years.items()))
    return header, problems


def _filled(grid: Grid) -> Iterator[tuple[int, list[object]]]:
    """Rows that are not blank, with their Excel row numbers."""
    return ((i, row) for i, row in enumerate(grid.rows, 1) if not all(map(blank, row)))


def _header_row(table: Table, grid: Grid, known: set[str]) -> int:
    """The Excel Table's header, else the first row that is not blank, else one below it that names the columns."""
    if grid.header_row:
        return grid.header_row
    required = {squeeze(c.name) for c in table.columns if c.required}
    first = 0
    for number, row in _filled(grid):
        names = {squeeze(split_header(shown(cell))[0]) for cell in row}
        if not first:
            first = number
            if names & known:
                return number
        elif number > first + FAR:
            break
        elif required <= names:
            return number
    return first


def split_header(text: str) -> tuple[str, str]:
    """Name and unit of a header such as `capacity [unit/y]`."""
    found = re.fullmatch(r"\s*(.*?)\s*\[([^\[\]]*)\]\s*", text, re.DOTALL)
    return (found[1], found[2]) if found and found[1] else (text, "")


def _check_unit(column: Column, unit: str, currency: str, at: int, say: Callable[..., None]) -> None:
    if not unit or not (column.numeric or column.kind == "year") or squeeze(unit) == squeeze(column.unit):
        return
    named = re.sub(r"\bcur\b", currency, column.unit)
    if squeeze(unit) != squeeze(named):
        expected = f"[{column.unit}]" if column.unit else "no unit"
        say(
            at,
            f'column "{column.name}" is in [{unit}], expected {expected}.',
            f"Convert the values and write {column.header}; nothing is converted silently.",
        )


def year_of(text: str) -> int | None:
    """The year a header means, or None."""
    found = re.fullmatch(r"\d{4}(?:\.0+)?", text.strip(), re.ASCII)
    year = int(float(text)) if found else 0
    return year if YEARS[0] <= year <= YEARS[1] else None


def _year(table: Table, header: Header, at: int, cell: object, currency: str, say: Callable[..., None]) -> None:
    """A header that is no known name: a year of a wide sheet, or an error."""
    name, unit = split_header(shown(cell))
    year = year_of(name)
    if isinstance(cell, dt.datetime):
        number, how = dated(cell)
        year = cell.year if (cell.month, cell.day) == (1, 1) and number > YEARS[1] else None
        if year is None:
            say(at, f"{how}, expected the name of a column or a year.", "Set the format to General.")
            return
    if table.series is None or (year is None and not re.search(r"\d{3}", name)):
        options = [*known_columns(table)] + (["a year"] if table.series else [])
        near = suggestion(name, known_columns(table)) or f"Known are {listed(options, 20)}."
        say(at, f'column "{name}" is not known.', f"{near} {NOTE}")
    elif year is None:
        say(
            at,
            f'"{name}" is not a year.',
            f"Write the year with four digits and mark estimates in the source column. {NOTE}",
        )
    elif year in header.years:
        say(
            at,
            f"year {year} appears twice, in {letters(header.years[year] + 1)} and {letters(at + 1)}.",
            "Delete or rename one column.",
        )
    else:
        header.years[year] = at
        _check_unit(table.series, unit, currency, at, say)


def _complete(table: Table, header: Header, width: int, say: Callable[..., None], problems: list[Problem]) -> None:
    """Report columns that are missing, and a series that is long and wide at once."""
    where = f"A{header.row}:{letters(width)}{header.row}"
    found = listed([*header.columns, *map(str, header.years)], 20)
    missing = [c.name for c in table.columns if c.required and c.name not in header.columns]
    series = table.series
    if series:
        long = [name for name in ("year", "value") if name in header.columns]
        constant = table.constant and series.name in header.columns
        if long and header.years:
            say(
                header.columns[long[0]],
                "the sheet has year columns and also the columns year and value.",
                "Keep one of the two forms.",
            )
        elif "value" in long and "year" not in long:
            missing.append("year")
        elif "year" in long and "value" not in long and not constant:
            missing.append("value")
        elif not (long or header.years or constant):
            missing.append(
                f"{series.name}, or one column per year" if table.constant else "one per year, or year and value"
            )
    for name in missing:
        near = suggestion(name, []) or "Add it."
        problems.append(Problem(table.name, where, "", f'column "{name}" is missing (found: {found}).', near))

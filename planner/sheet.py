"""One sheet: from its cells to its typed table, and everything wrong with them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from models.schema import Column, Problem, Table
from planner.cast import DEFAULT, UNREAD, Fault, blank, cast
from planner.headers import CARRIED, read_header
from planner.names import letters
from planner.numbers import shown
from planner.points import points

if TYPE_CHECKING:
    from planner.cells import Grid

NEXT_ROW = "to take what the next most specific row says"


def columns_of(table: Table) -> dict[str, str]:
    """Columns of a typed table and their types, in order."""
    types = {c.name: "float64" if c.numeric else "int64" if c.kind == "year" else "str" for c in table.columns}
    if table.series:
        types |= {"year": "int64", "value": "float64"}
    types |= {name: "str" for name in CARRIED if name not in types}
    return types | {"row": "int64"} | ({"at": "str"} if table.series else {})


def empty(table: Table) -> pd.DataFrame:
    """A typed table without rows."""
    kinds = columns_of(table).items()
    return pd.DataFrame(
        {name: pd.array([], dtype="str") if kind == "str" else np.zeros(0, kind) for name, kind in kinds}
    )


class Reader:
    """Reads one sheet into its typed table and collects what is wrong with it.

    numbers: (rows,) the Excel row of every data row.
    """

    def __init__(self, table: Table, grid: Grid, currency: str) -> None:
        self.table, self.grid = table, grid
        self.header, self.problems = read_header(table, grid, currency)
        rows = self._rows()
        self._outside()
        self.numbers = np.array([number for number, _ in rows], dtype=np.int64)
        self._columns = list(zip_longest(*(row for _, row in rows), fillvalue=""))

    def frame(self) -> pd.DataFrame:
        """The typed table."""
        where = self.header.columns
        keep = self.table.rule == "one"  # a blank there is no default: the next most specific row may speak
        blank_means = NEXT_ROW if keep else DEFAULT
        data = {
            c.name: self.cast(c, where.get(c.name), keep and not c.required, blank_means) for c in self.table.columns
        }
        for name in CARRIED:
            if name not in data:
                data[name] = self.cast(Column(name, "text", "", default=""), where.get(name))
        data["row"] = self.numbers
        if self.table.series:
            data = points(self, data)
        kinds = columns_of(self.table).items()
        return pd.DataFrame({n: pd.array(data[n], dtype=kind) if kind == "str" else data[n] for n, kind in kinds})

    def say(
        self, cell: str, value: str, problem: str, fix: str, severity: Literal["error", "warning", "hint"] = "error"
    ) -> None:
        """Add a problem of this sheet."""
        self.problems.append(Problem(self.table.name, cell, value, problem, fix, severity))

    def cells(self, at: int) -> Sequence[object]:
        """Cells of a column in the data rows."""
        return self._columns[at] if at < len(self._columns) else ("",) * len(self.numbers)

    def broken(self, at: int) -> dict[int, str]:
        """Positions of a column's cells that show an error or have no saved result, and what it is."""
        here = {row: text for (row, column), text in self.grid.faults.items() if column == at + 1}
        return {i: here[number] for i, number in enumerate(self.numbers.tolist()) if number in here} if here else {}

    def cast(self, column: Column, at: int | None, keep: bool = False, blank_means: str = DEFAULT) -> Any:
        """Typed values of one column (None: the sheet has none such); its faults become problems."""
        if at is None:  # a required column that is missing has been reported with the header
            unread = np.nan if column.numeric else UNREAD if column.kind == "year" else ""
            quiet = dataclasses.replace(column, default=unread) if column.required else column
            return cast(quiet, [""] * len(self.numbers), keep)[0]
        cells, broken = self.cells(at), self.broken(at)
        if broken:
            cells = ["" if i in broken else cell for i, cell in enumerate(cells)]
        values, faults = cast(column, cells, keep, blank_means)
        free = (keep or not column.required) and blank_means != ""  # to be left blank
        faults = [fault for fault in faults if fault.at not in broken]
        for fault in [*(_broken(column, i, text, free) for i, text in broken.items()), *faults]:
            row, cell = int(self.numbers[fault.at]), cells[fault.at]
            merged = self._merged(row, at + 1) if blank(cell) else ""
            fix = (
                f"It lies in the merged cells {merged}: unmerge them and fill every row (Ctrl+D)."
                if merged
                else fault.fix
            )
            self.say(f"{letters(at + 1)}{row}", shown(cell)[:80], fault.problem, fix, fault.severity)
        return values

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
            self.say("", "", f"{comments} row{'s' * (comments > 1)} starting with # skipped.", "", "hint")
        return rows

    def _outside(self) -> None:
        """Report what stands beside the sheet's Excel Table: a second one, or rows below its last."""
        tables = self.grid.tables
        if tables[1:]:
            name, where = tables[1]
            fix = "Move it to a sheet of its own; one whose name begins with _ is not read."
            self.say(where.split(":")[0], "", f'a second Excel Table, "{name}", stands on this sheet.', fix)
        elif tables and self.grid.last_row:
            end = _address(tables[0][1].split(":")[-1])[1]  # that of its totals row, if it has one
            below = [number for number, row in enumerate(self.grid.rows[end:], end + 1) if not all(map(blank, row))]
            if below:
                rest = f" and {len(below) - 1} more" if below[1:] else ""
                problem = (
                    f"row {below[0]}{rest} stands below the Excel Table, which ends in row {end}, and is not read."
                )
                self.say(f"A{below[0]}", "", problem, "Drag the table's corner down over it, or delete it.")

    def _merged(self, row: int, column: int) -> str:
        """The merged range in which a cell lies, or ""."""
        for area in self.grid.merged:
            (left, top), (right, bottom) = (_address(cell) for cell in (area.split(":")[0], area.split(":")[-1]))
            if left <= column <= right and top <= row <= bottom:
                return area
        return ""


def _broken(column: Column, at: int, text: str, free: bool) -> Fault:
    """A cell that shows an error, or whose formula was never calculated."""
    if text.startswith("#"):
        fix = (
            "Correct the formula, or clear the cell if unknown." if free else "Correct the formula, or type the value."
        )
        return Fault(at, f"{column.name} shows {text}.", fix)
    return Fault(at, f"{column.name}: {text}.", "Open the workbook in Excel, press Ctrl+Alt+F9 and save it.")


def _address(cell: str) -> tuple[int, int]:
    """Column and row of an address such as D17, counted from 1."""
    column, row = re.sub(r"[\d$]", "", cell), re.sub(r"\D", "", cell)
    return sum((ord(letter) - 64) * 26**i for i, letter in enumerate(reversed(column))), int(row or 0)

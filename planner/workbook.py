"""From the cells of a workbook to typed tables and the list of everything wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import models
from models.schema import Problem, Table, Tables
from planner.codes import spell
from planner.names import fold, suggestion
from planner.settings import settle
from planner.sheet import Reader, empty
from planner.validate import validate

if TYPE_CHECKING:
    from planner.cells import Grid

CONTENTS = ("readme", "contents")  # sheets our own template writes for people
LATER = ("futures", "uncertainty")  # sheets of the contract that no command reads yet
AS_NOTE = "To keep it as a note, begin its name with # or _."


def parse(grids: Iterable[Grid], schema: Sequence[Table] | None = None) -> tuple[Tables, list[Problem]]:
    """Typed tables of a study and every problem in it: sheets, headers, cells, then what `validate` finds.

    Every table of the schema is there, empty where its sheet is absent. A row with an error keeps what could be read
    (points of a series without a year or value are left out), and its error is among the problems.
    """
    schema = models.TABLES if schema is None else schema
    problems: list[Problem] = []
    sheets = _sheets(grids, schema, problems)
    tables = Tables()
    currency = "USD"
    for table in schema:
        if table.name not in sheets:
            tables[table.name] = empty(table)
            continue
        reader = Reader(table, sheets[table.name], currency)
        frame = tables[table.name] = reader.frame()
        tables.letters[table.name] = reader.header.letters
        problems += reader.problems
        if table.name == "Settings":  # the first sheet, so that the units of all others may name the currency
            currency = next(iter(frame.loc[frame["setting"] == "currency", "value"]), "") or currency
    spell(tables, schema)
    failed = {p.sheet for p in problems if p.severity == "error"}
    problems += [p for p in validate(tables, schema) if p.cell or p.sheet not in failed]
    settle(tables)
    return tables, problems


def _sheets(grids: Iterable[Grid], schema: Sequence[Table], problems: list[Problem]) -> dict[str, Grid]:
    """The sheet of each table, by name."""
    known = {fold(table.name): table.name for table in schema}
    found: dict[str, Grid] = {}
    for grid in grids:
        name = known.get(fold(grid.name))
        if name in found:
            problems.append(
                Problem(
                    grid.name,
                    "",
                    "",
                    f'a second sheet "{name}" (names ignore case and spaces).',
                    "Delete or rename one.",
                )
            )
        elif name:
            found[name] = grid
            if grid.hidden:
                problems.append(
                    Problem(name, "", "", "the sheet is hidden but was used.", "Unhide it, or delete it.", "warning")
                )
        elif grid.name.strip().startswith(("_", "#")):
            problems.append(Problem(grid.name, "", "", "the sheet was ignored, as its name asks.", "", "hint"))
        elif fold(grid.name) in LATER:
            problems.append(Problem(grid.name, "", "", "this version of planner does not read this sheet.", AS_NOTE))
        elif fold(grid.name) not in CONTENTS:
            fix = suggestion(grid.name, known.values()).replace("?", "? Rename the tab.") or "Rename the tab."
            problems.append(
                Problem(
                    grid.name,
                    "",
                    "",
                    "the sheet is not known.",
                    f"{fix} {AS_NOTE}",
                )
            )
    return found

"""A study as text, a line for each row, so that `git diff` shows what changed in a workbook.

Every line names its sheet, the row's first cell and what stands under which header; blank cells, formats and positions
are left out, so that an inserted row is one new line.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import models
from planner.cast import blank
from planner.cells import Grid, read_cells
from planner.headers import read_header
from planner.names import fold
from planner.numbers import shown
from planner.workbook import CONTENTS


def lines(grids: list[Grid]) -> Iterator[str]:
    """The rows of all sheets, in their order."""
    schema = {fold(table.name): table for table in models.TABLES}
    for grid in grids:
        table = schema.get(fold(grid.name))
        start = read_header(table, grid, "")[0].row if table else 0
        heads = [_text(cell) for cell in grid.rows[start - 1]] if start else []
        for row in grid.rows[start:] if start or fold(grid.name) not in CONTENTS else ():
            cells = [(heads[at] if at < len(heads) else "", _text(cell)) for at, cell in enumerate(row)]
            said = [f"{head}: {text}" if head and at else text for at, (head, text) in enumerate(cells) if text]
            if said:
                yield f"{grid.name} | " + " | ".join(said)


def _text(cell: object) -> str:
    return "" if blank(cell) else " ".join(shown(cell).split())


def main(arguments: list[str]) -> int:
    """Print a workbook as text; what cannot be read is said instead, so that git can still compare."""
    if len(arguments) != 1:
        print("Usage: python -m planner.text STUDY.xlsx", file=sys.stderr)
        return 2
    grids, problems = read_cells(Path(arguments[0]))
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    for line in lines(grids):
        print(line)
    for problem in problems:
        if problem.severity == "error":
            print(problem)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

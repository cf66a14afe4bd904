"""Problems of a study as a workbook: a list with links to the cells, or a marked copy for reading."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from models.schema import Problem
from planner.files import CannotWrite

COLUMNS = (
    ("severity", 10),
    ("cell", 24),
    ("what stands there", 28),
    ("what is wrong", 70),
    ("how to mend it", 60),
    ("done?", 8),
)
FILLS = {"error": "FFC7CE", "warning": "FFEB9C", "hint": "DDEBF7"}


def write_problems(problems: Sequence[Problem], study: Path, path: Path) -> None:
    """Write the list; each cell's address is a link that opens the study there."""
    import xlsxwriter

    book = xlsxwriter.Workbook(
        path, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    sheet = book.add_worksheet("Problems")
    head = book.add_format({"bold": True, "font_size": 14, "font_color": "#1E4E78"})
    wrap = {
        name: book.add_format({"text_wrap": True, "valign": "top", "bg_color": f"#{colour}"})
        for name, colour in FILLS.items()
    }
    text = book.add_format({"text_wrap": True, "valign": "top"})
    link = book.add_format({"font_color": "#1F4FBF", "underline": 1, "valign": "top"})
    sheet.write_string(0, 0, f"Problems of {study.name}", head)
    for at, (_, width) in enumerate(COLUMNS):
        sheet.set_column(at, at, width)
    # A link is relative to where the list lies.
    target = os.path.relpath(study.resolve(), path.resolve().parent).replace("\\", "/")
    for row, p in enumerate(problems, start=3):
        sheet.write_string(row, 0, p.severity, wrap[p.severity])
        where = f"{p.sheet}!{p.cell}" if p.cell else p.sheet
        if p.cell and row < 60_000:  # Excel takes 65,530 links on a sheet
            quoted = p.sheet.replace("'", "''")
            sheet.write_url(row, 1, f"external:{target}#'{quoted}'!{p.cell}", link, where)
        else:
            sheet.write_string(row, 1, where, text)
        for at, words in ((2, p.value), (3, p.problem), (4, p.fix)):
            sheet.write_string(row, at, words[:32_000], text)
        sheet.write_blank(row, 5, None, text)
    last = max(3, 2 + len(problems))
    sheet.add_table(
        2,
        0,
        last,
        len(COLUMNS) - 1,
        {"columns": [{"header": name} for name, _ in COLUMNS], "style": "Table Style Light 1"},
    )
    sheet.freeze_panes(3, 2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    book.close()


def write_annotated(problems: Sequence[Problem], study: Path, path: Path) -> None:
    """Write a copy of the study with faulty cells filled and a note on each.

    The copy is for reading: saved formula results, pictures and some Excel features do not survive it.
    """
    import openpyxl
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    try:
        book = openpyxl.load_workbook(study)
    except Exception as error:  # our reader leaves out much of a file, and openpyxl takes it all
        problem = f"{study} holds what cannot be copied ({error}). Fix: ask for --problems instead of --annotate."
        raise CannotWrite(problem) from error
    names = {name.strip().casefold(): name for name in book.sheetnames}
    for p in reversed(problems):
        if not p.cell or (name := names.get(p.sheet.strip().casefold())) is None:
            continue
        cell = book[name][p.cell.split(":")[0]]
        cell.fill = PatternFill("solid", fgColor=FILLS[p.severity])
        said = f"{p.severity}: {p.problem} {p.fix}".strip()
        before = f"{cell.comment.text}\n" if cell.comment is not None else ""
        cell.comment = Comment(before + said, "planner", width=320, height=120)
    book.save(path)

"""The report: a solved plan as an Excel workbook that people read, filter, audit and print."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import IO, Any

import pandas as pd
from xlsxwriter import Workbook

from planner.report import style as s
from planner.report import tables
from planner.report.book import Book
from planner.report.cells import Placed
from planner.report.findings import charts
from planner.report.front import Front
from planner.report.grids import SHEET, Desk
from planner.report.sheets import write_sheet

__all__ = ["Book", "write_report"]

# Text is text: nothing a user typed becomes a formula, a link or a number on its own.
OPTIONS: dict[str, Any] = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_format_properties": {"font_name": s.FONT, "font_size": 10},
}


def write_report(book: Book, path: str | PathLike[str] | IO[bytes]) -> Path:
    """Writes the report to a path (or an open binary file) and returns the path."""
    workbook = Workbook(path, OPTIONS)
    workbook.set_properties({"title": s.clean(book.title)[:255], "subject": s.clean(book.scenario)[:255]})
    style = s.Style(workbook)
    summary = workbook.add_worksheet("Summary")
    placed: dict[str, Placed] = {}
    cuts = []
    for name in book.tables:
        if name != "Run":
            placed[name], cut = write_sheet(workbook, style, book, name)
            cuts += [cut] if cut else []
    book = replace(book, notes=[*book.notes, *cuts])
    desk = Desk(workbook.add_worksheet(SHEET), style, book, placed)
    blocks = charts(desk)
    book = _with_run(book)
    placed["Run"], _ = write_sheet(workbook, style, book, "Run")
    front = Front(summary, style, book, placed)
    _summary(workbook, front, blocks)
    summary.activate()
    workbook.close()
    return Path(path if isinstance(path, str | PathLike) else getattr(path, "name", ""))


def _with_run(book: Book) -> Book:
    """The book with its Run sheet: the run's own lines, then every warning."""
    lines = [*book.run, *(("warning", note) for note in book.notes)]
    frame = pd.DataFrame(lines, columns=["name", "value"], dtype=object)
    doc = "How this plan came about: versions, sizes, seconds, the input's fingerprint, the certificate, warnings."
    return replace(book, tables=book.tables | {"Run": book.tables.get("Run", frame)}, docs={"Run": doc} | book.docs)


def _summary(workbook: Workbook, front: Front, blocks: dict[str, Any]) -> None:
    top = front.title()
    row = front.sentences(top + 2)
    row = 1 + max(part(front, row + 1) for part in (tables.cost_by_term, tables.supplies, tables.limits))
    second = front.charts(workbook, row, [blocks.get(name) for name in ("cost", "sourcing", "concentration")])
    row = 1 + max(part(front, second + 1) for part in (tables.cost_by_year, tables.builds, tables.unmet))
    third = front.charts(workbook, row, [blocks.get(name) for name in ("sourcing too", "builds", "prices")])
    front.tiles(top, front.checks(third + 1))
    row = front.charts(workbook, third + 1, [blocks.get(name) for name in ("capacity", "leaders")])
    front.contents(row + 1)
    front.sheet.set_h_pagebreaks([second, third])

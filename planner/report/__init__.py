"""The report: a solved plan as an Excel workbook that people read, filter, audit and print."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import IO, Any

import pandas as pd
from xlsxwriter import Workbook

from planner.report import style as s
from planner.report.book import Book
from planner.report.cells import Placed
from planner.report.comparison import is_comparison, write_comparison
from planner.report.front import Front
from planner.report.grids import SHEET, Desk
from planner.report.page import write_page
from planner.report.sheets import write_sheet

__all__ = ["Book", "write_report"]

# Text is text: nothing a user typed becomes a formula, a link or a number on its own.
OPTIONS: dict[str, Any] = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_format_properties": {"font_name": s.FONT, "font_size": 10},
}


# As the report names them; sheets it does not name come after these, in the order they were given.
ORDER = (
    *("Comparison", "Costs", "Production", "Shipments", "Balance", "Builds", "Unmet", "Prices", "Shares", "Limits"),
    *(
        "Concentration",
        "Benchmarks",
        "Mix",
        "Growth",
        "By-products",
        "Stocks",
        "Emissions",
        "Carbon caps",
        "Countries",
        "Trade balance",
        "Back-cast",
        "Names",
    ),
)


def write_report(book: Book, path: str | PathLike[str] | IO[bytes]) -> Path:
    """Writes the report to a path (or an open binary file) and returns the path."""
    workbook = Workbook(path, OPTIONS)
    workbook.set_properties({"title": s.clean(book.title)[:255], "subject": s.clean(book.scenario)[:255]})
    style = s.Style(workbook)
    summary = workbook.add_worksheet("Summary")
    placed: dict[str, Placed] = {}
    cuts = []
    names = [name for name in book.tables if name != "Run"]
    for name in sorted(names, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER)):
        placed[name], cut = write_sheet(workbook, style, book, name)
        cuts += [cut] if cut else []
    book = replace(book, notes=[*book.notes, *cuts])
    desk = Desk(workbook.add_worksheet(SHEET), style, book, placed)
    book = _with_run(book)
    placed["Run"], _ = write_sheet(workbook, style, book, "Run")
    front = Front(summary, style, book, placed)
    (write_comparison if is_comparison(book) else write_page)(workbook, front, desk)
    summary.activate()
    workbook.close()
    return Path(path if isinstance(path, str | PathLike) else getattr(path, "name", ""))


def _with_run(book: Book) -> Book:
    """The book with its Run sheet: the run's own lines, then every warning not yet among them."""
    said = {value for _, value in book.run if isinstance(value, str)}
    lines = [*book.run, *(("warning", note) for note in book.notes if note not in said)]
    frame = pd.DataFrame(lines, columns=["name", "value"], dtype=object)
    doc = "How this plan came about: versions, sizes, seconds, the input's fingerprint, the certificate, warnings."
    return replace(book, tables=book.tables | {"Run": book.tables.get("Run", frame)}, docs={"Run": doc} | book.docs)

"""The report: a solved plan as an Excel workbook that people read, filter, audit and print."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import IO, Any

from xlsxwriter import Workbook

from planner.report import style as s
from planner.report.book import Book
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
    style = s.Style(workbook)
    workbook.add_worksheet("Summary")
    for name in book.tables:
        write_sheet(workbook, style, book, name)
    workbook.close()
    return Path(path if isinstance(path, str | PathLike) else getattr(path, "name", ""))

"""How a study workbook looks: Excel Tables with units, help, drop-downs and colours, and a contents sheet."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from models.schema import Column, Table
from planner.names import letters
from planner.numbers import YEARS
from planner.reference import allowed, default_of, series_forms
from planner.report.style import FONT, INK, MUTED, NAVY, Style, clean, decimals

HEADER: Final = 3  # row of the header, counted from 0: a title, a purpose and a link stand above
MARGIN: Final = 1000  # rows below the last one that still get drop-downs
MOST_FROZEN: Final = 3  # key columns that stay in view
LONGEST_TITLE, LONGEST_HELP = 32, 255  # of an input message in Excel
LARGEST: Final = 1e9  # no bound lies beyond it
CONTENTS_WIDTH, LINE = 100, 14.0  # characters of a line of the contents sheet; its height in points
KEY_FILL, INPUT_FILL, INPUT_INK, MISSING_FILL = "#DDEBF7", "#FFF9E5", "#1F4FBF", "#FFEB9C"
TABS: Final = ("#1B3A57", "#3F8F86", "#D69A2D", "#B5483A", "#6B4C8A", "#66727F")
CONTENTS: Final = "README"
PURPOSE: Final = (
    "Fill in the sheets below; planner finds the cheapest plan that respects all of them. This sheet is not read."
)
STEPS: Final = (
    "Declare the places in Countries, the goods in Commodities and the activities in Processes and Recipes.",
    "Say where each process runs and what it costs in Sites, who needs what in Demand, and what may be shipped in Lanes.",
    "planner check STUDY.xlsx lists everything that is missing or odd, with its cell and how to mend it.",
    "planner solve STUDY.xlsx writes the report.",
    "More sheets (policies, stockpiles, scenarios): planner new OTHER.xlsx --add Limits, then copy the sheet.",
)
LEGEND: Final = (
    (NAVY, "#FFFFFF", "header", "names and units: keep them; click one to read what the column means"),
    (KEY_FILL, INPUT_INK, "key", "says which thing the row speaks of"),
    (INPUT_FILL, INPUT_INK, "input", "a figure or choice; blank means the default that the header's help names"),
    (MISSING_FILL, INK, "missing", "a required cell that is still blank"),
)


@dataclass(frozen=True)
class Sheet:
    """A sheet to write: its table, and its columns with one value per row (None: blank)."""

    table: Table
    columns: list[tuple[Column, list[Any]]]

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return len(self.columns[0][1])


class Book:
    """One study workbook in the making."""

    def __init__(
        self,
        path: Path,
        title: str,
        sheets: list[Sheet],
        headings: list[str],
        about: Sequence[tuple[str, str]] = (),
    ) -> None:
        safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self._workbook = xlsxwriter.Workbook(str(path), safe)
        self._workbook.formats[0].set_font_name(FONT)
        self._workbook.formats[0].set_font_size(10)
        self._style = Style(self._workbook)
        self._title, self._sheets = title, sheets
        self._about = about or [(f"Step {i}", step) for i, step in enumerate(STEPS, 1)]
        self._homes = {sheet.table.name: sheet for sheet in sheets}
        self._tabs = {heading: TABS[i % len(TABS)] for i, heading in enumerate(headings)}

    def write(self) -> None:
        """Write all sheets and close the file."""
        contents = self._workbook.add_worksheet(CONTENTS)
        for sheet in self._sheets:
            self._write(sheet)
        self._contents(contents)
        self._workbook.close()

    def _format(self, **properties: Any) -> Any:
        return self._style(**{"font_name": FONT, "font_size": 10, **properties})

    def _text(self, paper: Worksheet, row: int, column: int, text: str, **properties: Any) -> None:
        paper.write_string(row, column, clean(text), self._format(**properties))

    def _link(self, paper: Worksheet, row: int, column: int, sheet: str, text: str) -> None:
        paper.write_url(row, column, f"internal:'{sheet}'!A1", self._format(font_color=INPUT_INK, underline=1), text)

    def _contents(self, paper: Worksheet) -> None:
        """The first sheet: what the book is, how to go on, what the colours mean, and a link to every sheet."""
        paper.hide_gridlines(2)
        paper.set_landscape()
        paper.fit_to_pages(1, 0)
        paper.set_column(0, 0, 22)
        paper.set_column(1, 1, CONTENTS_WIDTH)
        self._text(paper, 0, 0, self._title, bold=True, font_size=14, font_color=NAVY)
        self._text(paper, 1, 0, PURPOSE, font_color=MUTED)
        row = 3
        for label, text in self._about:
            self._text(paper, row, 0, label, bold=True, valign="top")
            self._text(paper, row, 1, text, text_wrap=True, valign="top")
            paper.set_row(row, LINE * lines(text, CONTENTS_WIDTH))
            row += 1
        row += 1
        for fill, ink, name, meaning in LEGEND:
            self._text(paper, row, 0, name, bg_color=fill, font_color=ink, border=1, border_color="#C9D1D9")
            self._text(paper, row, 1, meaning)
            row += 1
        heading = ""
        for sheet in self._sheets:
            if sheet.table.heading != heading:
                heading = sheet.table.heading
                row += 1
                self._text(paper, row, 0, heading, bold=True, font_color=self._tabs[heading])
                row += 1
            self._link(paper, row, 0, sheet.table.name, sheet.table.name)
            self._text(paper, row, 1, f"{'Required. ' if sheet.table.required else ''}{sheet.table.doc}")
            row += 1

    def _write(self, sheet: Sheet) -> None:
        """One sheet: title, purpose and link, then an Excel Table with help, drop-downs and marks of missing cells."""
        table, paper = sheet.table, self._workbook.add_worksheet(sheet.table.name)
        paper.set_tab_color(self._tabs[table.heading])
        self._text(paper, 0, 0, table.name, bold=True, font_size=14, font_color=NAVY)
        forms = f" Values by year: {series_forms(table)}".replace("`", "") if table.series else ""
        self._text(paper, 1, 0, table.doc + forms, font_color=MUTED)
        self._link(paper, 2, 0, CONTENTS, "< README")
        look = {"bold": True, "font_color": "#FFFFFF", "bg_color": NAVY, "text_wrap": True, "valign": "top"}
        heads = [
            self._format(**look, align="right" if column.numeric else "left", indent=int(_remark(column)))
            for column, _ in sheet.columns
        ]
        titles = [column.name if column.name.isdigit() else column.header for column, _ in sheet.columns]
        last, right = HEADER + sheet.rows, len(titles) - 1
        shape = {
            "name": "tbl" + "".join(filter(str.isalnum, table.name)),
            "columns": [
                {"header": clean(title), "header_format": head} for title, head in zip(titles, heads, strict=True)
            ],
            "style": "Table Style Light 1",
        }
        paper.add_table(HEADER, 0, last, right, shape)
        for at, (column, values) in enumerate(sheet.columns):
            cell_format = self._shape(column, values)
            paper.set_column(at, at, _width(column, values))
            for row, value in enumerate(values, HEADER + 1):
                _put(paper, row, at, value, cell_format)
            self._help(paper, at, column)
            self._choices(paper, at, column, last + MARGIN)
            if column.required:
                self._mark_missing(paper, at, right, last)
        keys = [column.key for column, _ in sheet.columns[:MOST_FROZEN]]
        paper.freeze_panes(HEADER + 1, keys.index(False) if False in keys else len(keys))
        paper.set_row(HEADER, 32)
        paper.set_landscape()
        paper.fit_to_pages(1, 0)
        paper.repeat_rows(HEADER)
        paper.print_area(0, 0, last, right)  # a long note runs out of its column; on paper it would make all else small
        paper.set_footer("&L&F&C&A&R&P/&N")

    def _shape(self, column: Column, values: list[Any]) -> Any:
        """Format of a column's cells: keys blue, inputs yellow, notes plain."""
        if _remark(column):
            return self._format(indent=1)
        fill = KEY_FILL if column.key else INPUT_FILL
        look = {"bg_color": fill, "font_color": INPUT_INK, "border": 1, "border_color": "#E3E7EB"}
        if column.kind == "year":
            look["num_format"] = "0"
        elif column.kind in ("share", "rate"):
            look["num_format"] = "0.0%"
        elif numbers := [v for v in values if column.numeric and isinstance(v, (int, float))]:
            places = decimals(np.array(numbers, dtype=float))
            look["num_format"] = "#,##0" + ("." + "0" * places if places else "")
        return self._format(**look)

    def _help(self, paper: Worksheet, at: int, column: Column) -> None:
        """The input message of a header: meaning, unit, default, what is allowed."""
        unit = f"Unit: {column.unit}. " if column.unit else ""
        blank = "Required." if column.required else f"Default: {default_of(column)}."
        may = f" Allowed: {allowed(column)}.".replace("`", "") if allowed(column) else ""
        text = clean(f"{column.doc} {unit}{blank}{may}")
        message = text if len(text) <= LONGEST_HELP else text[: LONGEST_HELP - 1] + "…"
        rule = {"validate": "any", "input_title": clean(column.name)[:LONGEST_TITLE], "input_message": message}
        paper.data_validation(HEADER, at, HEADER, at, rule)

    def _mark_missing(self, paper: Worksheet, at: int, right: int, last: int) -> None:
        """Fill a required cell while it is blank and its row is not."""
        row = HEADER + 2
        rule = f"=AND(COUNTA($A{row}:${letters(right + 1)}{row})>0,ISBLANK({letters(at + 1)}{row}))"
        look = {"type": "formula", "criteria": rule, "format": self._style(bg_color=MISSING_FILL)}
        paper.conditional_format(HEADER + 1, at, last, at, look)

    def _choices(self, paper: Worksheet, at: int, column: Column, last: int) -> None:
        """Drop-downs and number ranges of a column; what Excel lets through, the reader checks again."""
        # Where words may stand beside numbers, Excel asks back but does not forbid.
        words = column.words or (column.numeric and default_of(column) in ("none", "blank"))
        rule = self._names(column) or _range(column)
        if rule:
            title = clean(column.name)[:LONGEST_TITLE]
            rule = {"ignore_blank": True, "error_type": "warning" if words else "stop", "error_title": title} | rule
            paper.data_validation(HEADER + 1, at, last, at, rule)

    def _names(self, column: Column) -> dict[str, Any]:
        """The drop-down of a column that takes words or names declared on another sheet of the book."""
        if column.choices or column.name == "quality":
            return {"validate": "list", "source": list(column.choices) or ["A", "B", "C", "D"]}
        home = "Countries" if column.kind == "place" else column.refers.split(" or ")[0]
        home = home or ("Sources" if column.name == "source" and not column.key else "")
        if home not in self._homes:
            return {}
        # Groups, * and `material/stage` are right too, though they are not in the list.
        closed = column.kind == "code" and not column.words and " or " not in column.refers
        return {"validate": "list", "source": self._declared(home), "show_error": closed}

    def _declared(self, home: str) -> str:
        """The declared names of a sheet, without the blank cells below them."""
        first, end = HEADER + 2, HEADER + 1 + self._homes[home].rows + MARGIN
        whole = f"'{home}'!$A${first}:$A${end}"
        return f"='{home}'!$A${first}:INDEX({whole},MAX(1,COUNTA({whole})))"


def _remark(column: Column) -> bool:
    """Whether a column says where the figures come from, and what there is to say of them."""
    return column.name in ("note", "source", "quality") and not column.key


def lines(text: str, width: int) -> int:
    """How many lines of a cell a text takes, wrapped between words; a little more than less."""
    return max(1, len(textwrap.wrap(text, round(width * 0.95))))


def _range(column: Column) -> dict[str, Any]:
    """The numbers that Excel lets into a column."""
    if column.kind == "year":
        message = "A year with four digits."
        return {
            "validate": "integer",
            "criteria": "between",
            "minimum": YEARS[0],
            "maximum": YEARS[1],
            "error_message": message,
        }
    if column.kind == "share":
        message = "A share from 0 to 1: 65 % is 0.65."
        return {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1, "error_message": message}
    least = max(column.above, column.low)
    if not column.numeric or least < -LARGEST:
        return {}
    sign, words = (">", "above") if column.above >= column.low else (">=", "of at least")
    return {"validate": "decimal", "criteria": sign, "value": least, "error_message": f"A number {words} {least:g}."}


def _put(paper: Worksheet, row: int, column: int, value: Any, shape: Any) -> None:
    if value is None:
        paper.write_blank(row, column, None, shape)
    elif isinstance(value, (bool, np.bool_)):
        paper.write_boolean(row, column, bool(value), shape)
    elif isinstance(value, (int, float, np.integer, np.floating)):
        paper.write_number(row, column, float(value), shape)
    else:
        paper.write_string(row, column, clean(str(value)), shape)


def _width(column: Column, values: list[Any]) -> float:
    longest = max((len(v) if isinstance(v, str) else 8 for v in values if v is not None), default=8)
    words = max(map(len, column.header.split()), default=8)
    return min(max(9, longest + 2, words + 2, len(column.header) / 2 + 3), 48)

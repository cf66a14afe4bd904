"""The numbers behind the charts, on a sheet of their own, every one a live formula over a result table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from planner.report import style as s
from planner.report.book import Book
from planner.report.cells import Placed, floats, mean_where, sum_where

SHEET: Final = "Chart data"
OTHER: Final = "Other"
PLAIN: Final = '#,##0;-#,##0;"–"'


@dataclass(frozen=True)
class Block:
    """A chart's data where it stands (rows and columns zero based): one row per category, one column per series."""

    kind: str  # column, bar, line, or marks: columns with dashes above them
    title: int  # row of the title; the words of the axis stand one below
    names: int  # row of the series' names
    first: int
    last: int
    left: int  # column of the first series
    colors: tuple[str, ...]
    number_format: str  # of the axis
    floor: bool  # whether the axis begins at zero


class Desk:
    """The sheet `Chart data` and the next free row on it."""

    def __init__(self, sheet: Worksheet, style: s.Style, book: Book, placed: dict[str, Placed]) -> None:
        self.sheet, self.style, self.book, self.placed = sheet, style, book, placed
        self.row = 4
        self.faint = style(font_color=s.MUTED, font_size=9)
        self.faint_right = style(font_color=s.MUTED, font_size=9, align="right")
        self.key = style(bold=True, font_color=s.NAVY, bottom=1, bottom_color=s.LINE)
        self.head = style(bold=True, font_color=s.NAVY, bottom=1, bottom_color=s.LINE, align="right")
        sheet.hide_gridlines(2)
        sheet.set_row_pixels(0, 30)
        sheet.write_string(0, 0, SHEET, style(bold=True, font_size=16, font_color=s.NAVY))
        sheet.write_string(1, 0, "What the charts of the Summary show: live sums over the result tables.", style(font_color=s.MUTED))
        sheet.write_url(2, 0, "internal:'Summary'!A1", style(font_color=s.NAVY, underline=1, font_size=9), "‹ Summary")
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 12, 17)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)

    def start(self, title: str, axis: str, fixed: dict[str, str] | None = None) -> dict[str, tuple[str, object]]:
        """Title, axis words and the keys that hold for the whole block; returns the cells of these keys."""
        top, cells = self.row, {}
        self.sheet.write_string(top, 0, s.clean(title), self.style(bold=True, font_color=s.NAVY))
        self.sheet.write_string(top + 1, 0, s.clean(axis), self.faint)
        for i, (name, content) in enumerate((fixed or {}).items()):
            self.sheet.write_string(top + 1, 1 + 2 * i, name, self.faint_right)
            self.sheet.write_string(top + 1, 2 + 2 * i, s.clean(content), self.style(bold=True))
            cells[name] = (f"${xl_col_to_name(2 + 2 * i)}${top + 2}", content)
        return cells

    def label(self, row: int, col: int, content: Any) -> tuple[str, object]:
        """A key of one row; returns its cell and content."""
        if isinstance(content, int):
            self.sheet.write_number(row, col, content, self.style(align="left"))
        else:
            self.sheet.write_string(row, col, s.clean(str(content)), self.style(align="left"))
        return f"${xl_col_to_name(col)}{row + 1}", content

    def finish(self, kind: str, first: int, last: int, left: int, colors: list[str], number_format: str, floor: bool) -> Block:
        """The block that began at the current row; moves on below it."""
        block = Block(kind, self.row, self.row + 2, first, last, left, tuple(colors), number_format, floor)
        self.row = last + 3
        return block

    def sums(
        self,
        kind: str,
        title: str,
        axis: str,
        sheet: str,
        value: str,
        rows: tuple[str, list[Any]],
        series: tuple[str, list[str]],
        fixed: dict[str, str],
        colors: list[str],
        number_format: str,
    ) -> Block:
        """Rows by series: each cell the live sum of a table's `value` over the rows with these keys and the fixed ones.

        Where series are left out, a last one holds what the others leave of each row's total.
        """
        placed, names, codes, first = self.placed[sheet], self.row + 2, self.row + 3, self.row + 4
        held = self.start(title, axis, fixed)
        table = _pivot(placed.frame, value, rows, series[0], fixed)
        shown = series[1]
        rest = len(table.columns) > len(shown)
        self.sheet.write_string(codes, 0, rows[0], self.key)
        for col, code in enumerate([*shown, OTHER] if rest else shown, 1):
            self.sheet.write_string(names, col, s.clean(self.book.name(code)), self.faint_right)
            self.sheet.write_string(codes, col, s.clean(code), self.head)
        number = self.style(num_format=PLAIN)
        for row, content in enumerate(rows[1], first):
            across = {rows[0]: self.label(row, 0, content)} | held
            for col, code in enumerate(shown, 1):
                keys = across | {series[0]: (f"{xl_col_to_name(col)}${codes + 1}", code)}
                self.sheet.write_formula(row, col, sum_where(placed, value, keys), number, float(table.loc[content, code]))
            if rest:
                named = f"SUM(B{row + 1}:{xl_col_to_name(len(shown))}{row + 1})"
                others = f"=ROUND({sum_where(placed, value, across)[1:]}-{named},6)"  # no dust of a difference
                left = round(float(table.loc[content].drop(shown).sum()), 6)
                self.sheet.write_formula(row, len(shown) + 1, others, number, left)
        used = [*colors[: len(shown)], s.OTHER] if rest else colors[: len(shown)]
        return self.finish(kind, first, first + len(rows[1]) - 1, 1, used, number_format, bool((table.to_numpy() >= 0).all()))

    def indices(self, title: str, axis: str, means: pd.DataFrame, fixed: dict[str, str], colors: list[str]) -> Block:
        """Mean delivered prices (year by commodity) and, beside them, the same with the first year as 100."""
        placed, names, codes, first = self.placed["Prices"], self.row + 2, self.row + 3, self.row + 4
        held = self.start(title, axis, fixed)
        left = len(means.columns) + 2
        self.sheet.write_string(codes, 0, "year", self.key)
        for col, code in enumerate(means.columns, 1):
            self.sheet.write_string(codes, col, s.clean(str(code)), self.head)
            self.sheet.write_string(codes, left + col - 1, f"index {col}", self.head)
            self.sheet.write_string(names, left + col - 1, s.clean(self.book.name(code)), self.faint_right)
        price, index = self.style(num_format="#,##0.00"), self.style(num_format="0.0")
        for row, (year, values) in enumerate(means.iterrows(), first):
            across = {"year": self.label(row, 0, int(float(str(year))))} | held
            for col, (code, value) in enumerate(values.items(), 1):
                if value != value:  # no price that year: a gap in the line
                    continue
                letter = xl_col_to_name(col)
                keys = across | {"commodity": (f"{letter}${codes + 1}", code)}
                self.sheet.write_formula(row, col, mean_where(placed, "delivered", keys, ("at cap", "yes")), price, value)
                base = means[code].iloc[0]
                formula = f"=100*{letter}{row + 1}/{letter}${first + 1}"
                self.sheet.write_formula(row, left + col - 1, formula, index, 100 * value / base)
        return self.finish("line", first, first + len(means) - 1, left, colors[: len(means.columns)], "0", False)

    def concentration(self, title: str, axis: str, lines: pd.DataFrame) -> Block:
        """The index of each market named in `lines` and, where a limit holds, its bound."""
        shares, names, codes, first = self.placed["Shares"], self.row + 2, self.row + 3, self.row + 4
        self.start(title, axis)
        keys = ["commodity", "basis", "market", "year", "limit"]
        for col, name in enumerate(["supply", "hhi", "bound", *keys]):
            self.sheet.write_string(codes, col, name, self.head if col in (1, 2) else self.key)
        self.sheet.write_string(names, 1, "concentration", self.faint_right)
        self.sheet.write_string(names, 2, "limit", self.faint_right)
        number = self.style(num_format="#,##0")
        for row, line in enumerate(lines.to_dict("records"), first):
            self.label(row, 0, line["label"])
            cells = {name: self.label(row, 3 + i, line[name]) for i, name in enumerate(keys)}
            where = {name: cells[name] for name in keys[:4]}
            self.sheet.write_formula(row, 1, mean_where(shares, "hhi", where), number, line["hhi"])
            if line["limit"]:
                where = {name: cells[name] for name in ("commodity", "market", "year", "limit")}
                self.sheet.write_formula(row, 2, mean_where(self.placed["Limits"], "bound", where), number, line["bound"])
        colors = [s.SERIES[1], s.AMBER] if lines["limit"].astype(bool).any() else [s.SERIES[1]]
        return self.finish("marks", first, first + len(lines) - 1, 1, colors, "#,##0", True)


def _pivot(
    frame: pd.DataFrame, value: str, rows: tuple[str, list[Any]], series: str, fixed: dict[str, str]
) -> pd.DataFrame:
    for name, content in fixed.items():
        frame = frame[frame[name].astype(str) == content]
    frame = pd.DataFrame({"row": frame[rows[0]], "series": frame[series].astype(str), "value": floats(frame[value])})
    table = frame.pivot_table(index="row", columns="series", values="value", aggfunc="sum", observed=True)
    return table.reindex(index=rows[1]).fillna(0.0)

"""The numbers behind the charts, on a sheet of their own, every one a live formula over a result table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from planner.report import style as s
from planner.report.book import Book
from planner.report.cells import Keys, Placed, floats, mean_where, plain, sum_where
from planner.report.words import short

SHEET: Final = "Chart data"
OTHER: Final = "Other"
PLAIN: Final = '#,##0;-#,##0;"–"'
DOC: Final = "What the charts of the Summary show: live formulas over the result tables."


@dataclass(frozen=True)
class Series:
    """One colour of a chart: what the legend calls it, and the rows it adds up (column -> key)."""

    name: str
    color: str
    keys: dict[str, str | int]


@dataclass(frozen=True)
class Block:
    """A chart's data where it stands (rows and columns zero based): one row per category, one column per series."""

    kind: str  # column, bar, line, or marks: columns with dashes above them
    words: str  # of the title
    title: int  # its row; the words of the axis stand one below
    first: int  # the series' names stand one above
    last: int
    left: int  # column of the first series
    colors: tuple[str, ...]
    number_format: str  # of the axis
    low: float | None = None  # ends of the axis, where the data do not set them
    high: float | None = None


class Desk:
    """The sheet `Chart data`, and the next free row on it."""

    def __init__(self, sheet: Worksheet, style: s.Style, book: Book, placed: dict[str, Placed]) -> None:
        self.sheet, self.style, self.book, self.placed = sheet, style, book, placed
        self.row = 4
        head = {"bold": True, "font_color": s.NAVY, "bottom": 1, "bottom_color": s.LINE}
        self.left, self.right = style(**head), style(**head, align="right")
        self.faint = style(font_color=s.MUTED, font_size=9)
        self.key = style(font_color=s.MUTED, font_size=9, align="right")
        sheet.hide_gridlines(2)
        sheet.set_row_pixels(0, 30)
        sheet.write_string(0, 0, SHEET, style(bold=True, font_size=16, font_color=s.NAVY))
        sheet.write_string(1, 0, DOC, style(font_color=s.MUTED))
        sheet.write_url(2, 0, "internal:'Summary'!A1", style(font_color=s.NAVY, underline=1, font_size=9), "‹ Summary")
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 18, 17)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)

    def grid(
        self,
        kind: str,
        title: str,
        axis: str,
        source: tuple[str, str],
        rows: tuple[str, Sequence[Any]],
        series: Sequence[Series],
        number_format: str,
        total: dict[str, str | int] | None = None,
    ) -> Block:
        """Rows by series: each cell the live sum of a sheet's column (`source`) over the rows with these keys.

        Given the keys of a `total`, a last series holds what the others leave of it, if they leave anything.
        """
        placed, value = self.placed[source[0]], source[1]
        names = list(series[0].keys)
        top, first = self.row, self._head(title, axis, [rows[0], *names], series)
        sums = _sums(placed.frame, value, [rows[0], *names])
        some = {key[:-1] for key in sums.index} if kind == "line" and names else set()
        number = self.style(num_format=number_format if number_format.endswith("%") else PLAIN)
        for i, content in enumerate(rows[1]):
            across = {rows[0]: self._label(first + i, 0, content)}
            for col, line in enumerate(series, 1):
                if some and (content, *list(line.keys.values())[:-1]) not in some:
                    continue  # nothing there that year, of anyone: a gap in the line, not a fall to 0
                amount = float(sums.get((content, *line.keys.values()) if names else content, 0.0))
                formula = sum_where(placed, value, across | self._keys(line, top, col))
                self.sheet.write_formula(first + i, col, formula, number, amount)
        colors = [line.color for line in series]
        if total is not None:
            colors += self._rest(placed, value, rows, total, top, first, series, sums)
        low = 0.0 if (sums >= 0).all() else None
        high = 1.0 if number_format.endswith("%") else None
        return self._block(kind, title, first, len(rows[1]), 1, colors, number_format, low, high)

    def _rest(
        self, placed: Placed, value: str, rows: tuple[str, Sequence[Any]], total: dict[str, str | int], top: int, first: int,
        series: Sequence[Series], sums: pd.Series,
    ) -> list[str]:  # fmt: skip
        """The series of what is left of the total; its colour, or none where nothing is left."""
        names, count = list(series[0].keys), len(series)
        shown = {tuple(line.keys.values()) for line in series}
        left = sums[
            [key[1:] not in shown and all(key[1 + names.index(n)] == t for n, t in total.items()) for key in sums.index]
        ]
        if not left.any():
            return []
        rest = left.groupby(level=0).sum()
        # Rounded, so that a difference of large sums leaves no dust.
        places = min(9, max(0, 13 - math.ceil(math.log10(sums.abs().max()))))
        self.sheet.write_string(first - 1, count + 1, OTHER, self.right)
        for row, content in enumerate(rows[1], first):
            keys: Keys = {rows[0]: (f"$A{row + 1}", content)} | {
                name: (f"$B${top + 3 + names.index(name)}", text) for name, text in total.items()
            }
            named = f"SUM(B{row + 1}:{xl_col_to_name(count)}{row + 1})"
            formula = f"=ROUND({sum_where(placed, value, keys)[1:]}-{named},{places})"
            amount = round(float(rest.get(content, 0.0)), places)
            self.sheet.write_formula(row, count + 1, formula, self.style(num_format=PLAIN), amount)
        return [s.OTHER]

    def indices(
        self, title: str, axis: str, means: pd.DataFrame, fixed: dict[str, str | int], colors: Sequence[str]
    ) -> Block:
        """Mean delivered prices (year by commodity) without those at cap and, beside them, the first year as 100."""
        placed = self.placed["Prices"]
        series = [
            Series(short(self.book.name(code)), color, {"commodity": str(code), **fixed})
            for code, color in zip(means, colors, strict=False)
        ]
        top, first = self.row, self._head(title, axis, ["year", *series[0].keys], series)
        left = len(series) + 2
        price, index = self.style(num_format="#,##0.00"), self.style(num_format="0.0")
        for col, line in enumerate(series, 1):
            self.sheet.write_string(first - 1, left + col - 1, s.clean(line.name), self.right)
            letter, values = xl_col_to_name(col), means[line.keys["commodity"]]
            for row, (year, value) in enumerate(values.items(), first):
                if value != value:  # no price that year: a gap in the line
                    continue
                keys = {"year": self._label(row, 0, int(float(str(year))))} | self._keys(line, top, col)
                formula = mean_where(placed, "delivered", keys, ("at cap", "yes"))
                self.sheet.write_formula(row, col, formula, price, value)
                formula = f"=100*{letter}{row + 1}/{letter}${first + 1}"
                self.sheet.write_formula(row, left + col - 1, formula, index, 100 * value / values.iloc[0])
        return self._block("line", title, first, len(means), left, [line.color for line in series], "0")

    def concentration(self, title: str, axis: str, lines: pd.DataFrame) -> Block:
        """The index of each supply named in `lines` and, where a limit holds, its bound."""
        first = self._head(title, axis, ["supply"], [])
        keys = ["commodity", "basis", "market", "year", "limit", "by"]
        for col, name in enumerate(["concentration", "limit", *keys], 1):
            self.sheet.write_string(first - 1, col, name, self.right if col < 3 else self.left)
        number = self.style(num_format="#,##0")
        for row, line in enumerate(lines.to_dict("records"), first):
            self._label(row, 0, line["label"])
            cells = {name: self._label(row, 3 + i, line[name]) for i, name in enumerate(keys)}
            where = {name: cells[name] for name in keys if name != "limit"}
            self.sheet.write_formula(row, 1, mean_where(self.placed["Shares"], "hhi", where), number, line["hhi"])
            if line["limit"]:
                formula = mean_where(self.placed["Concentration"], "bound", {name: cells[name] for name in keys[:5]})
                self.sheet.write_formula(row, 2, formula, number, line["bound"])
        colors = [s.SERIES[1], s.AMBER][: 1 + bool(lines["limit"].astype(bool).any())]
        return self._block("marks", title, first, len(lines), 1, colors, "#,##0", low=0.0, high=10_000.0)

    def _head(self, title: str, axis: str, keys: list[str], series: Sequence[Series]) -> int:
        """Title, axis words, a row per key of the series, their names; returns the first row of the numbers."""
        self.sheet.write_string(self.row, 0, s.clean(title), self.style(bold=True, font_color=s.NAVY, font_size=11))
        self.sheet.write_string(self.row + 1, 0, s.clean(axis), self.faint)
        for k, name in enumerate(keys[1:], self.row + 2):
            self.sheet.write_string(k, 0, name, self.faint)
            for col, line in enumerate(series, 1):
                key = line.keys[name]
                (self.sheet.write_number if isinstance(key, int) else self.sheet.write_string)(
                    k, col, plain(key), self.key
                )
        first = self.row + 2 + len(keys)
        self.sheet.write_string(first - 1, 0, keys[0], self.left)
        for col, line in enumerate(series, 1):
            self.sheet.write_string(first - 1, col, s.clean(line.name), self.right)
        return first

    def _keys(self, line: Series, top: int, col: int) -> Keys:
        letter = xl_col_to_name(col)
        return {name: (f"{letter}${top + 3 + k}", text) for k, (name, text) in enumerate(line.keys.items())}

    def _label(self, row: int, col: int, content: Any) -> tuple[str, object]:
        """Writes a key of one row; returns its cell and content."""
        if isinstance(content, int):
            self.sheet.write_number(row, col, content, self.style(align="left"))
        else:
            self.sheet.write_string(row, col, s.clean(str(content)), self.style(align="left"))
        return f"${xl_col_to_name(col)}{row + 1}", content

    def _block(
        self, kind: str, title: str, first: int, rows: int, left: int, colors: Sequence[str], number_format: str,
        low: float | None = None, high: float | None = None,
    ) -> Block:  # fmt: skip
        block = Block(kind, title, self.row, first, first + rows - 1, left, tuple(colors), number_format, low, high)
        self.row = block.last + 3
        return block


def _sums(frame: pd.DataFrame, value: str, keys: list[str]) -> pd.Series:
    """Sums of a column's finite values by keys; all keys but numbers as text, so that categories compare alike."""
    texts = [frame[name] if pd.api.types.is_numeric_dtype(frame[name]) else frame[name].astype(str) for name in keys]
    numbers = floats(frame[value])
    return pd.Series(np.where(np.isfinite(numbers), numbers, 0.0)).groupby([t.to_numpy() for t in texts]).sum()

"""The Summary sheet: where its title, headline figures, sentences, checks and contents stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from planner.report import style as s
from planner.report.book import Book
from planner.report.cells import Placed
from planner.report.charts import draw
from planner.report.grids import DOC, SHEET, Block

# A margin, then three blocks of columns with gaps between them; widths in pixels.
WIDTHS: Final = (18, 190, 90, 110, 110, 24, 150, 112, 48, 104, 86, 24, 134, 192, 78, 96)
COST, SUPPLY, LIMITS, END = 1, 6, 12, 15
CHART_WIDTH, CHART_ROWS = 500, 15  # pixels; rows of 20 pixels, the gap below them included
LINE: Final = 200  # characters of a sentence's line
TOLERANCE: Final = 1e-6
TILES: Final = 5  # row of the headline figures


@dataclass(frozen=True)
class Check:
    """Two numbers that must agree: a sum the report makes (live where there is a formula) and the solver's."""

    words: str
    formula: str
    value: float
    target: float

    @property
    def good(self) -> bool:
        """Whether they are the same but for rounding."""
        return bool(abs(self.value - self.target) <= TOLERANCE * max(1.0, abs(self.target)))


class Front:
    """The Summary sheet and the parts any table on it is made of."""

    small: Final[dict[str, Any]] = {
        "bold": True, "font_size": 9, "font_color": s.MUTED, "bottom": 1, "bottom_color": s.LINE,
    }  # fmt: skip

    def __init__(self, sheet: Worksheet, style: s.Style, book: Book, placed: dict[str, Placed]) -> None:
        self.sheet, self.style, self.book, self.placed = sheet, style, book, placed
        _, word, self.money = s.scale(book.objective)
        self.unit = f"{book.currency} {word}".strip()
        sheet.hide_gridlines(2)
        sheet.set_tab_color(s.NAVY)
        sheet.set_zoom(90)  # the whole width on a laptop
        for col, width in enumerate(WIDTHS):
            sheet.set_column_pixels(col, col, width)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.35, right=0.35, top=0.4, bottom=0.5)
        sheet.set_footer("&L&8&F&R&8&P / &N")

    def text(self, row: int, col: int, text: str, **look: Any) -> None:
        """One cell of text; shrunk where it would not fit beside its neighbour."""
        self.sheet.write_string(row, col, s.clean(text), self.style(**look))

    def number(self, row: int, col: int, value: float, number_format: str, **look: Any) -> None:
        """One number; nothing where there is none."""
        if np.isfinite(value):
            self.sheet.write_number(row, col, value, self.style(num_format=number_format, **look))

    def formula(self, row: int, col: int, formula: str, value: float, number_format: str, **look: Any) -> None:
        """One live formula with the value it shows."""
        self.sheet.write_formula(row, col, formula, self.style(num_format=number_format, **look), value)

    def heading(self, row: int, col: int, text: str, link: str = "") -> None:
        """The title of a small table, with a link to its sheet at the right end of the block."""
        self.text(row, col, text, bold=True, font_size=12, font_color=s.NAVY)
        if link in self.placed:
            last = {COST: 4, SUPPLY: 10, LIMITS: END}[col]
            look = self.style(font_color=s.NAVY, underline=1, font_size=9, align="right")
            self.sheet.write_url(row, last, f"internal:'{self.placed[link].sheet}'!A1", look, f"{link} ›")

    def header(self, row: int, col: int, names: Sequence[str], right: int) -> None:
        """The header of a small table; columns from `right` on stand over numbers."""
        for i, name in enumerate(names):
            self.text(row, col + i, name, **self.small, align="right" if i >= right else "left")

    def empty(self, row: int, col: int, text: str) -> int:
        """What a table says that has no rows."""
        self.text(row, col, text, italic=True, font_color=s.MUTED)
        return row + 1

    def title(self, scenarios: str = "") -> int:
        """Study, scenario (or how many), status; returns the next free row, as every part does."""
        book = self.book
        self.sheet.set_row_pixels(0, 14)
        self.sheet.set_row_pixels(1, 36)
        self.text(1, COST, book.title or "Sourcing plan", bold=True, font_size=20, font_color=s.NAVY)
        money = f"money of {book.price_year}, discounted" if book.price_year else "discounted money"
        scenario = [scenarios] if scenarios else [f"Scenario: {book.scenario or 'base'}", f"Plan: {book.status}"]
        parts = [*scenario, f"{book.currency}, {money}"]
        parts += [] if book.focus == "world" else [f"Seen from {book.name(book.focus)}"]
        self.text(2, COST, " · ".join(parts), font_color=s.MUTED, font_size=11)
        for col in range(COST, END + 1):
            self.sheet.write_blank(3, col, None, self.style(bottom=2, bottom_color=s.NAVY))
        self.sheet.set_row_pixels(3, 6)
        self.sheet.set_row_pixels(4, 8)
        self.sheet.set_row_pixels(TILES, 22)
        self.sheet.set_row_pixels(TILES + 1, 34)
        return TILES + 2

    def tile(
        self, row: int, left: int, right: int, words: str, value: float | str, formula: str = "", **look: Any
    ) -> None:
        """A headline figure with its words above it; live where a formula is given."""
        box: dict[str, Any] = {"bg_color": s.WASH, "indent": 1, "align": "left"}
        big = self.style(**box | {"font_size": 18, "bold": True, "font_color": s.NAVY, "num_format": self.money} | look)
        self.sheet.merge_range(row, left, row, right, "", self.style(**box))
        self.text(row, left, words, **box, font_size=9, font_color=s.MUTED)
        self.sheet.merge_range(row + 1, left, row + 1, right, "", big)
        if formula:
            self.sheet.write_formula(row + 1, left, formula, big, value)
        else:
            (self.sheet.write_string if isinstance(value, str) else self.sheet.write_number)(row + 1, left, value, big)

    def sentences(self, row: int, lines: Sequence[tuple[str, str]]) -> int:
        """The story and the remarks, a merged and wrapped line each under the word it answers to."""
        self.sheet.set_row_pixels(row, 10)
        form = self.style(font_size=11, text_wrap=True, valign="top")
        for i, (word, text) in enumerate(lines, row + 1):
            self.sheet.set_row_pixels(
                i, min(540, 8 + 18 * (1 + len(text) // LINE))
            )  # merged cells do not fit themselves
            color = s.AMBER if word == "Note" else s.NAVY
            self.text(i, COST, word, bold=True, font_size=11, font_color=color, valign="top")
            self.sheet.merge_range(i, COST + 1, i, END, "", form)
            self.sheet.write_string(i, COST + 1, s.clean(text), form)
        return row + 1 + len(lines)

    def charts(self, workbook: Workbook, row: int, blocks: Sequence[Block | None], rows: int = CHART_ROWS) -> int:
        """A row of charts, one under each block of columns."""
        for col, block in zip((COST, SUPPLY, LIMITS), blocks, strict=False):
            if block:
                chart = draw(workbook, block, CHART_WIDTH, 20 * rows - 16)
                self.sheet.insert_chart(row, col, chart, {"object_position": 2, "description": s.clean(block.words)})
        return row + (rows if any(blocks) else 0)

    def checks(self, row: int, tests: Sequence[Check]) -> None:
        """Report against solver, line by line, and the verdict on all of them in the tile on top."""
        self.heading(row, LIMITS, "Checks")
        self.header(row + 1, LIMITS, ("sum", f"report, {self.unit}", "solver", "verdict"), 1)
        for i, test in enumerate(tests, row + 2):
            self.text(i, LIMITS, test.words, shrink=True)
            if test.formula:
                self.formula(i, LIMITS + 1, test.formula, test.value, self.money)
            else:
                self.number(i, LIMITS + 1, test.value, self.money)
            self.number(i, LIMITS + 2, test.target, self.money)
            verdict = f'=IF(ABS(N{i + 1}-O{i + 1})<={TOLERANCE:f}*MAX(1,ABS(O{i + 1})),"OK","CHECK")'
            look = self.style(bold=True, align="right", font_color=s.GREEN if test.good else s.RED)
            self.sheet.write_formula(i, LIMITS + 3, verdict, look, "OK" if test.good else "CHECK")
        good = all(test.good for test in tests)
        formula = f'=IF(COUNTIF($P${row + 3}:$P${row + 2 + len(tests)},"CHECK")=0,"All OK","CHECK")'
        words, color = ("All OK", s.GREEN) if good else ("CHECK", s.RED)
        self.tile(TILES, LIMITS + 2, END, "Checks", words, formula, font_color=color)

    def contents(self, row: int) -> int:
        """Every sheet with its rows, what it tells in a sentence, and a link."""
        self.heading(row, COST, "What is in this workbook")
        self.header(row + 1, COST, ("sheet", "rows", *[""] * 8), 1)
        self.text(row + 1, COST + 2, "what it tells", **self.small, indent=1)
        docs, placed = self.book.docs, self.placed.items()
        lines = [(name, at.sheet, float(len(at.frame)), docs.get(name, "")) for name, at in placed]
        for i, (name, sheet, rows, doc) in enumerate([*lines, (SHEET, SHEET, np.nan, DOC)], row + 2):
            link = self.style(font_color=s.NAVY, underline=1)
            self.sheet.write_url(i, COST, f"internal:'{sheet}'!A1", link, s.clean(name))
            self.number(i, COST + 1, rows, "#,##0")
            self.text(i, COST + 2, doc.split(". ")[0].rstrip(".") + ".", font_color=s.MUTED, indent=1)
        return row + 3 + len(lines)

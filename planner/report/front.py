"""The Summary: a page that tells the plan in five sentences, a few small tables and the charts people ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from planner.report import style as s
from planner.report import summary as tell
from planner.report.book import Book
from planner.report.cells import Placed, floats, plain, sum_where
from planner.report.charts import draw
from planner.report.grids import Block
from planner.report.words import counted

# Three blocks side by side; widths in pixels, the first column a margin.
WIDTHS: Final = (18, 190, 90, 110, 110, 24, 160, 120, 56, 78, 86, 24, 116, 204, 80, 100)
COST, SUPPLY, LIMITS, END = 1, 6, 12, 15
CHART_WIDTH, CHART_HEIGHT = 500, 290
LINE_CHARS: Final = 200  # of a sentence, by the width of its merged cells
SHOWN: Final = 8


class Front:
    """The Summary sheet and how its parts are written."""

    def __init__(self, sheet: Worksheet, style: s.Style, book: Book, placed: dict[str, Placed]) -> None:
        self.sheet, self.style, self.book, self.placed = sheet, style, book, placed
        self.total = abs(book.objective)
        self.divisor, self.word, self.money = s.scale(book.objective)
        self.unit = f"{book.currency} {self.word}".strip()
        sheet.hide_gridlines(2)
        sheet.set_zoom(90)  # the whole width on a laptop
        for col, width in enumerate(WIDTHS):
            sheet.set_column_pixels(col, col, width)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.35, right=0.35, top=0.4, bottom=0.5)
        sheet.set_footer("&L&8&F&R&8&P / &N")

    def text(self, row: int, col: int, text: str, **look: Any) -> None:
        self.sheet.write_string(row, col, s.clean(text), self.style(**look))

    # ---- parts, from the top down; each returns the next free row

    def title(self) -> int:
        self.sheet.set_row_pixels(0, 14)
        self.sheet.set_row_pixels(1, 36)
        self.text(1, COST, self.book.title or "Sourcing plan", bold=True, font_size=20, font_color=s.NAVY)
        money = f"money of {self.book.price_year}, discounted" if self.book.price_year else "discounted money"
        parts = [f"Scenario: {self.book.scenario or 'base'}", f"Plan: {self.book.status}", f"{self.book.currency}, {money}"]
        parts += [] if self.book.focus == "world" else [f"Seen from {self.book.name(self.book.focus)}"]
        self.text(2, COST, " · ".join(parts), font_color=s.MUTED, font_size=11)
        for col in range(COST, END + 1):
            self.sheet.write_blank(3, col, None, self.style(bottom=2, bottom_color=s.NAVY))
        self.sheet.set_row_pixels(3, 6)
        self.sheet.set_row_pixels(4, 8)
        return 5

    def tiles(self, row: int, checks: str) -> None:
        """The headline figures: live sums where there is something to sum."""
        book, costs = self.book, self.placed.get("Costs")
        live = costs is not None and {"kind", "discounted"} <= set(costs.letters)
        tiles: list[tuple[int, int, str, str, float]] = [
            (1, 2, f"Total cost, {self.unit}", f"=SUM({costs.ref('discounted')})" if live and costs else "", book.objective),
            (3, 4, f"System cost, {self.unit}", f'=SUMIFS({costs.ref("discounted")},{costs.ref("kind")},"<>penalty")' if live and costs else "", book.system_cost),
            (6, 7, f"Demand given up, {self.unit}", "", book.unmet_value),
            (8, 10, f"Limits exceeded, {self.unit}", "", book.excess_value),
        ]  # fmt: skip
        look: dict[str, Any] = {"bg_color": s.WASH, "indent": 1, "align": "left"}
        small = self.style(**look, font_size=9, font_color=s.MUTED)
        big = {"font_size": 18, "bold": True, "font_color": s.NAVY, "num_format": self.money} | look
        self.sheet.set_row_pixels(row, 22)
        self.sheet.set_row_pixels(row + 1, 34)
        for left, right, words, formula, value in tiles:
            self.sheet.merge_range(row, left, row, right, s.clean(words), small)
            self.sheet.merge_range(row + 1, left, row + 1, right, "", self.style(**big))
            if formula:
                self.sheet.write_formula(row + 1, left, formula, self.style(**big), value)
            else:
                self.sheet.write_number(row + 1, left, value, self.style(**big))
        self.sheet.merge_range(row, 12, row, 13, "Where it pinches", small)
        short, tight = len(tell.unmet_demand(book, 10_000)), len(tell.binding(book))
        words = f"{counted(short, 'commodity', 'commodities')} short, {counted(tight, 'limit')} binding"
        self.sheet.merge_range(row + 1, 12, row + 1, 13, words, self.style(**(big | {"font_size": 12})))
        self.sheet.merge_range(row, 14, row, 15, "Checks", small)
        self.sheet.merge_range(row + 1, 14, row + 1, 15, "", self.style(**(big | {"font_color": s.GREEN})))
        self.sheet.write_formula(row + 1, 14, f'=IF(COUNTIF({checks},"CHECK")=0,"All OK","CHECK")', self.style(**(big | {"font_color": s.GREEN})), self.verdict())

    def sentences(self, row: int) -> int:
        self.sheet.set_row_pixels(row, 10)
        lines = tell.story(self.book) + [("Note", remark) for remark in tell.remarks(self.book)]
        for i, (word, text) in enumerate(lines, row + 1):
            color = s.AMBER if word == "Note" else s.NAVY
            self.sheet.set_row_pixels(i, 8 + 18 * (1 + len(text) // LINE_CHARS))
            self.text(i, COST, word, bold=True, font_size=11, font_color=color, valign="top")
            form = self.style(font_size=11, text_wrap=True, valign="top")
            self.sheet.merge_range(i, COST + 1, i, END, s.clean(text), form)
        return row + 1 + len(lines)

    def heading(self, row: int, col: int, text: str, link: str = "") -> None:
        self.text(row, col, text, bold=True, font_size=12, font_color=s.NAVY)
        if link in self.placed:
            last = {COST: 4, SUPPLY: 10, LIMITS: 15}[col]
            look = self.style(font_color=s.NAVY, underline=1, font_size=9, align="right")
            self.sheet.write_url(row, last, f"internal:'{self.placed[link].sheet}'!A1", look, f"{link} ›")

    def header(self, row: int, col: int, names: Sequence[str], right: Sequence[int]) -> None:
        for i, name in enumerate(names):
            look = {"bold": True, "font_size": 9, "font_color": s.MUTED, "bottom": 1, "bottom_color": s.LINE}
            self.text(row, col + i, name, **look, align="right" if i in right else "left")

    def empty(self, row: int, col: int, text: str) -> int:
        self.text(row, col, text, italic=True, font_color=s.MUTED)
        return row + 1

    def charts(self, workbook: Workbook, row: int, blocks: Sequence[Block | None]) -> int:
        """A row of charts, one under each block."""
        for col, block in zip((COST, SUPPLY, LIMITS), blocks, strict=False):
            if block:
                chart = draw(workbook, block, CHART_WIDTH, CHART_HEIGHT)
                self.sheet.insert_chart(row, col, chart, {"object_position": 2})
        return row + (16 if any(blocks) else 0)

    def verdict(self) -> str:
        return "All OK" if all(abs(a - b) <= 1e-6 * max(1.0, abs(b)) for _, _, a, b in self.tests()) else "CHECK"

    def tests(self) -> list[tuple[str, str, float, float]]:
        """What must agree: words, the formula of the first number, its value now, the solver's value."""
        book, costs = self.book, self.placed.get("Costs")
        parts = book.system_cost + book.unmet_value + book.excess_value
        found = [("System + penalties", "", parts, book.objective)]
        if costs is None or not {"kind", "discounted"} <= set(costs.letters):
            return found
        values, kinds = np.nan_to_num(floats(costs.frame["discounted"])), costs.frame["kind"].astype(str).to_numpy()
        money, kind = costs.ref("discounted"), costs.ref("kind")
        return [
            ("Sum of Costs", f"=SUM({money})", float(values.sum()), book.objective),
            ("Real costs", f'=SUMIFS({money},{kind},"<>penalty")', float(values[kinds != "penalty"].sum()), book.system_cost),
            ("Penalties", f'=SUMIFS({money},{kind},"penalty")', float(values[kinds == "penalty"].sum()), book.unmet_value + book.excess_value),
            *found,
        ]  # fmt: skip

    def checks(self, row: int) -> str:
        """Report against solver, line by line; returns the cells of the verdicts."""
        self.heading(row, LIMITS, "Checks")
        self.header(row + 1, LIMITS, ("report against solver", f"report, {self.unit}", "solver", ""), (1, 2, 3))
        money = self.style(num_format=self.money)
        for i, (words, formula, value, target) in enumerate(self.tests(), row + 2):
            self.text(i, LIMITS, words)
            if formula:
                self.sheet.write_formula(i, LIMITS + 1, formula, money, value)
            else:
                self.sheet.write_number(i, LIMITS + 1, value, money)
            self.sheet.write_number(i, LIMITS + 2, target, money)
            ok = "OK" if abs(value - target) <= 1e-6 * max(1.0, abs(target)) else "CHECK"
            test = f'=IF(ABS(N{i + 1}-O{i + 1})<=0.000001*MAX(1,ABS(O{i + 1})),"OK","CHECK")'
            self.sheet.write_formula(i, LIMITS + 3, test, self.style(bold=True, align="right", font_color=s.GREEN), ok)
        return f"$P${row + 3}:$P${row + 2 + len(self.tests())}"

    def contents(self, row: int) -> int:
        self.heading(row, COST, "What is in this workbook")
        self.header(row + 1, COST, ("sheet", "rows", "  what it tells", *[""] * 7), (1,))
        for i, (name, placed) in enumerate(self.placed.items(), row + 2):
            link = self.style(font_color=s.NAVY, underline=1)
            self.sheet.write_url(i, COST, f"internal:'{placed.sheet}'!A1", link, name)
            self.sheet.write_number(i, COST + 1, len(placed.frame), self.style(num_format="#,##0"))
            self.text(i, COST + 2, self.book.docs.get(name, ""), font_color=s.MUTED, indent=1)
        return row + 2 + len(self.placed)

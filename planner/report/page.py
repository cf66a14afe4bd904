"""The Summary of one plan: headline figures, sentences, small tables, charts, checks, contents."""

from __future__ import annotations

import numpy as np
from xlsxwriter import Workbook

from planner.report import tables
from planner.report.cells import floats
from planner.report.facts import binding, unmet_demand
from planner.report.findings import charts
from planner.report.front import COST, LIMITS, SUPPLY, TILES, Check, Front
from planner.report.grids import Desk
from planner.report.summary import remarks, story
from planner.report.words import counted


def write_page(workbook: Workbook, front: Front, desk: Desk) -> None:
    """Fills the Summary from the top down; each part says where the next may begin."""
    book, blocks = front.book, charts(desk)
    row = front.title()
    row = front.sentences(row, [*story(book), *(("Note", remark) for remark in remarks(book))])
    row = 1 + max(part(front, row + 1) for part in (tables.cost_by_term, tables.supplies, tables.limits))
    second = front.charts(workbook, row, [blocks.get(name) for name in ("cost", "sourcing", "concentration")])
    row = 1 + max(part(front, second + 1) for part in (tables.cost_by_year, tables.builds, tables.unmet))
    third = front.charts(workbook, row, [blocks.get(name) for name in ("sourcing too", "builds", "prices")])
    tests = checks(front)
    headline(front, tests)
    front.checks(third + 1, tests)
    row = front.charts(workbook, third + 1, [blocks.get(name) for name in ("capacity", "leaders")])
    front.contents(max(row, third + 2 + len(tests)) + 1)
    front.sheet.set_h_pagebreaks([second, third])


def headline(front: Front, tests: list[Check]) -> None:
    """The tiles: what the plan costs in all, without its penalties, and where it pinches."""
    book, sums = front.book, {test.words: test.formula for test in tests}
    front.tile(TILES, COST, COST + 1, f"Total cost, {front.unit}", book.objective, sums.get("Sum of Costs", ""))
    front.tile(TILES, COST + 2, COST + 3, f"System cost, {front.unit}", book.system_cost, sums.get("Real costs", ""))
    front.tile(TILES, SUPPLY, SUPPLY + 1, f"Demand given up, {front.unit}", book.unmet_value)
    front.tile(TILES, SUPPLY + 2, SUPPLY + 4, f"Limits exceeded, {front.unit}", book.excess_value)
    short, tight = len(unmet_demand(book)), len(binding(book))
    pinch = f"{counted(short, 'commodity', 'commodities')} short, {counted(tight, 'limit')} binding"
    front.tile(TILES, LIMITS, LIMITS + 1, "Where it pinches", pinch, font_size=12)


def checks(front: Front) -> list[Check]:
    """What must agree between the sheet Costs and what the solver says."""
    book, costs = front.book, front.placed.get("Costs")
    penalties = book.unmet_value + book.excess_value
    parts = Check("System + penalties", "", book.system_cost + penalties, book.objective)
    if costs is None or not {"kind", "discounted"} <= set(costs.letters):
        return [parts]
    values = np.nan_to_num(floats(costs.frame["discounted"]))
    penal = (costs.frame["kind"].astype(str) == "penalty").to_numpy()
    money, kind = costs.ref("discounted"), costs.ref("kind")
    real, fined = f'=SUMIFS({money},{kind},"<>penalty")', f'=SUMIFS({money},{kind},"penalty")'
    return [
        Check("Sum of Costs", f"=SUM({money})", float(values.sum()), book.objective),
        Check("Real costs", real, float(values[~penal].sum()), book.system_cost),
        Check("Penalties", fined, float(values[penal].sum()), penalties),
        parts,
    ]

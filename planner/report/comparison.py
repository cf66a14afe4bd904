"""The Summary of several scenarios: what each costs against the first, what it gives up, who supplies instead."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from xlsxwriter import Workbook

from planner.report import style as s
from planner.report.book import Book
from planner.report.cells import floats, sum_where
from planner.report.differences import shown
from planner.report.facts import TINY, binding, numbers, records, unmet_demand
from planner.report.front import CHART_ROWS, COST, END, LIMITS, SUPPLY, TILES, Check, Front
from planner.report.grids import Desk
from planner.report.moves import price_move, sourcings
from planner.report.side_by_side import (
    HEAD,
    SHEET,
    builds_chart,
    change_chart,
    cost_chart,
    sourcing_chart,
    unmet_chart,
)
from planner.report.summary import bound_words, noted, subject_words
from planner.report.words import counted, listed, money, percent, quantity, short

SENTENCES = 8  # scenarios told in words
PAGE = 40  # rows that fit on one


def is_comparison(book: Book) -> bool:
    """Whether the book sets several scenarios side by side."""
    return bool(len(book.table(SHEET, *HEAD)))


def scenarios(book: Book) -> dict[str, Book]:
    """Every scenario as a book of its own."""
    split = {
        sheet: dict(list(frame.groupby(frame["scenario"].astype(str), sort=False)))
        for sheet, frame in (book.whole or book.tables).items()
        if sheet != SHEET and "scenario" in frame.columns
    }
    parts = {}
    for line in records(book.table(SHEET, *HEAD)):
        name = str(line["scenario"])
        tables = {
            sheet: by.get(name, (book.whole or book.tables)[sheet].iloc[:0]).drop(columns="scenario")
            for sheet, by in split.items()
        }
        total, cost, unmet = (float(line[column]) for column in ("objective", "system cost", "unmet value"))
        part = replace(book, scenario=name, status=str(line["status"]), tables=tables)
        parts[name] = replace(part, objective=total, system_cost=cost, unmet_value=unmet)
    return parts


def shortened(book: Book) -> Book:
    """The book with the sheets it shows: long ones keep the rows that differ most and those that the Summary adds up."""
    keep: dict[str, Any] = {}
    flows = book.table("Shipments", "scenario", "commodity", "from", "year", "quantity")
    if len(flows):
        drawn = pd.MultiIndex.from_tuples(sourcings(book, scenarios(book)), names=["commodity", "year"])
        keep["Shipments"] = pd.MultiIndex.from_arrays([flows["commodity"].astype(str), flows["year"]]).isin(drawn)
    limits = book.table("Limits", "scenario", "price")
    if len(limits):
        keep["Limits"] = np.nan_to_num(floats(limits["price"])) != 0
    tables, said = shown(book.tables, book.columns, keep)
    docs = book.docs | {name: book.docs.get(name, "") + text for name, text in said.items()}
    return replace(book, tables=tables, docs=docs, whole=book.tables)


def story(book: Book) -> list[tuple[str, str]]:
    """One sentence on all scenarios, one on each."""
    parts = scenarios(book)
    first, *rest = parts.values()
    solved = [part for part in parts.values() if np.isfinite(part.system_cost)]
    ends = sorted(solved, key=lambda part: part.system_cost)
    text = f"{counted(len(parts), 'scenario')}, each against {first.scenario}."
    if len(ends) > 1:
        text += " In system cost " + " and ".join(
            f"{part.scenario} is the {word} ({money(part.system_cost, book.currency)})"
            for part, word in ((ends[0], "cheapest"), (ends[-1], "dearest"))
        )
        text += ". What goes unmet is valued apart." if any(part.unmet_value for part in solved) else "."
    rest.sort(key=lambda part: -abs(np.nan_to_num(part.objective - first.objective, nan=np.inf)))
    told = [first, *rest[: SENTENCES - 1]]
    if len(told) < len(parts):
        text += f" The {SENTENCES - 1} that differ most are told here, all in the tables."
    return [("All", text), *((short(part.scenario), scenario_words(part, first)) for part in told)]


def scenario_words(part: Book, first: Book) -> str:
    """What one scenario costs, gives up and runs into."""
    if not np.isfinite(part.system_cost):
        return f"There is no plan: the solver ended with `{part.status}`."
    text = f"System cost {money(part.system_cost, part.currency)}"
    more = part.system_cost - first.system_cost
    if part is not first:
        change = f"{money(abs(more), part.currency)} ({percent(abs(more) / abs(first.system_cost or 1))})"
        text += f", {change} {'more' if more > 0 else 'less'} than {first.scenario}" if more else ", as in the first"
    worth = money(part.unmet_value, part.currency)
    if part is first or not part.unmet_value:
        named = _shortages(part, unmet_demand(part))
        text += f". Demand goes unmet for {named}, valued at {worth}." if named else ". All demand is met."
    else:
        named, more = _shortages(part, unmet_demand(part, first)), part.unmet_value - first.unmet_value
        change = f"{money(abs(more), part.currency)} {'more' if more > 0 else 'less'}"
        alike = abs(more) <= TINY * abs(first.unmet_value)
        text += f". Demand given up is worth {worth}, {'as in ' + first.scenario if alike else change}"
        text += f": more is missing of {named}." if named else "."
    for line in records(price_move(part, first)):
        cap = ", at cap" if line["capped"] else ""
        change = f"{abs(line['change']):,.0%} {'above' if line['change'] > 0 else 'below'}"
        text += f" The price that moves most is of {part.name(line['commodity'])}: {change} in {line['year']}{cap}."
    bind = records(binding(part).head(1))
    if bind:
        on = f"{subject_words(part, bind[0])} at {bound_words(part, bind[0])}"
        text += (
            f" {counted(len(binding(part)), 'limit binds', 'limits bind')}, the dearest “{bind[0]['limit']}” on {on}."
        )
    return text


def _shortages(part: Book, lines: pd.DataFrame) -> str:
    """The first two of some shortages, and how many there are besides; "" for none."""
    named = [
        f"{part.name(line['commodity'])}"
        f" ({quantity(line['unmet'], part.units.get(line['commodity'], ''))} in {line['year']:.0f}"
        + (f", {percent(line['share'])} of demand)" if line["share"] == line["share"] else ")")
        for line in records(lines.head(2))
    ]
    named += [counted(len(lines) - 2, "more commodity", "more commodities")] if len(lines) > 2 else []
    return listed(named)


def write_comparison(workbook: Workbook, front: Front, desk: Desk) -> None:
    """Fills the Summary of several scenarios."""
    book = front.book
    lines = len(book.table(SHEET, *HEAD))
    row = front.title(counted(lines, "scenario"))
    row = front.sentences(row, [*story(book), *(("Note", note) for note in noted(book))])
    second = 1 + max(part(front, row + 1) for part in (cost_table, unmet_table, price_table))
    rows = max(CHART_ROWS, lines + 8)  # a bar a scenario
    third = front.charts(workbook, second, [cost_chart(desk), change_chart(desk), unmet_chart(desk)], rows)
    drawn = sourcings(replace(book, tables=book.whole or book.tables), scenarios(book))
    told = [sourcing_chart(desk, commodity, year) for commodity, year in drawn]
    last = front.charts(workbook, third, [*told, *[None] * (2 - len(told)), builds_chart(desk)], rows)
    tests = checks(front, last + 3)
    front.checks(last, tests)
    headline(front)
    front.contents(last)
    front.sheet.set_h_pagebreaks([second, last] if 2 * rows <= PAGE else [second, third, last])


def headline(front: Front) -> None:
    """The tiles: how many scenarios, and the ends of what they cost and give up."""
    lines = numbers(front.book.table(SHEET, *HEAD), "system cost", "unmet value")
    at = front.placed[SHEET]
    cost, unmet = at.ref("system cost"), at.ref("unmet value")
    ends = [(cost, "MIN", "Cheapest"), (cost, "MAX", "Dearest"), (unmet, "MAX", "Most demand given up")]
    values = [lines["system cost"].min(), lines["system cost"].max(), lines["unmet value"].max()]
    places = [(COST + 2, COST + 3), (SUPPLY, SUPPLY + 1), (SUPPLY + 2, SUPPLY + 4)]
    front.tile(TILES, COST, COST + 1, "Scenarios", counted(len(lines), "scenario"))
    for (area, function, words), value, (left, right) in zip(ends, values, places, strict=True):
        value = float(value) if np.isfinite(value) else 0.0
        front.tile(TILES, left, right, f"{words}, {front.unit}", value, f"={function}({area})")
    status = lines["status"].astype(str)
    words = "all optimal" if (status == "optimal").all() else f"{(status == 'optimal').sum()} of {len(lines)} optimal"
    front.tile(TILES, LIMITS, LIMITS + 1, "Plans", words, font_size=12)


def checks(front: Front, row: int) -> list[Check]:
    """The sum of each scenario's costs against its objective; `row` is the first line's row as Excel counts."""
    costs, found = front.placed.get("Costs"), []
    for i, (name, part) in enumerate(scenarios(front.book).items(), row):
        if costs is not None and np.isfinite(part.objective) and {"scenario", "discounted"} <= set(costs.letters):
            formula = sum_where(costs, "discounted", {"scenario": (f"$M{i}", name)})
            value = float(np.nan_to_num(floats(part.table("Costs", "discounted")["discounted"])).sum())
            found.append(Check(name, formula, value, part.objective))
    return found


def cost_table(front: Front, row: int) -> int:
    """scenario, status, system cost, change: live from Comparison. Returns the next free row."""
    front.heading(row, COST, "What each scenario costs", SHEET)
    front.header(row + 1, COST, ("scenario", "status", front.unit, "change"), 2)
    at, lines = front.placed[SHEET], records(front.book.table(SHEET, *HEAD))
    for i, line in enumerate(lines, row + 2):
        front.text(i, COST, str(line["scenario"]), shrink=True)
        front.text(i, COST + 1, str(line["status"]), font_color=s.MUTED, shrink=True)
        for col, name in ((COST + 2, "system cost"), (COST + 3, "change of cost")):
            if np.isfinite(line[name]):
                formula = sum_where(at, name, {"scenario": (f"$B{i + 1}", line["scenario"])})
                front.formula(i, col, formula, float(line[name]), front.money)
    return row + 2 + len(lines)


def unmet_table(front: Front, row: int) -> int:
    """Each scenario's worst shortage; of all but the first one only what is missing besides."""
    front.heading(row, SUPPLY, "The worst shortage each adds", "Unmet")
    front.header(row + 1, SUPPLY, ("scenario", "commodity", "year", "of demand", "goods short"), 2)
    parts = scenarios(front.book)
    first = next(iter(parts.values()))
    for i, (name, part) in enumerate(parts.items(), row + 2):
        front.text(i, SUPPLY, name, shrink=True)
        for line in records(unmet_demand(part, None if part is first else first).head(1)):
            front.text(i, SUPPLY + 1, short(part.name(line["commodity"])), shrink=True)
            front.number(i, SUPPLY + 2, line["year"], "0")
            front.number(i, SUPPLY + 3, line["share"], "0.0%")
        short_of = len(unmet_demand(part))
        front.number(i, SUPPLY + 4, short_of, '0;;"–"')
    return row + 2 + len(parts)


def price_table(front: Front, row: int) -> int:
    """The price that moves most in each scenario."""
    parts = scenarios(front.book)
    first = next(iter(parts.values()))
    front.heading(row, LIMITS, f"The price that moves most, against {short(first.scenario)}", "Prices")
    front.header(row + 1, LIMITS, ("scenario", "  commodity", "year", "change"), 2)
    for i, (name, part) in enumerate(parts.items(), row + 2):
        front.text(i, LIMITS, name, shrink=True)
        for line in records(price_move(part, first)):
            cap = " (at cap)" if line["capped"] else ""
            front.text(i, LIMITS + 1, short(part.name(line["commodity"])) + cap, shrink=True, indent=1)
            front.number(i, LIMITS + 2, line["year"], "0")
            front.number(i, END, line["change"], "+#,##0%;-#,##0%;0%")
    return row + 2 + len(parts)

"""The small tables of the Summary: what costs, who supplies, what binds, what is built, what goes unmet."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from planner.report import style as s
from planner.report.cells import floats, sum_where
from planner.report.facts import binding, builds_by, concentrated, cost_terms, records, unmet_demand
from planner.report.front import COST, LIMITS, SUPPLY, Front
from planner.report.words import short

ROWS: Final = 8
SHARE: Final = '0.0%;-0.0%;"–"'


def cost_by_term(front: Front, row: int) -> int:
    """term, kind, discounted, share: live sums over Costs, the small terms together. Returns the next free row."""
    front.heading(row, COST, "What it costs, by term", "Costs")
    terms, costs = cost_terms(front.book), front.placed.get("Costs")
    if not len(terms) or costs is None:
        return front.empty(row + 1, COST, "No costs.")
    front.header(row + 1, COST, ("term", "kind", front.unit, "of total"), 2)
    shown, first = terms.head(ROWS if len(terms) <= ROWS else ROWS - 1), row + 2
    amounts = [float(value) for value in shown["discounted"]]
    for i, line in enumerate(records(shown), first):
        front.text(i, COST, str(line["term"]))
        front.text(i, COST + 1, str(line["kind"]), font_color=s.MUTED)
        keys = {"term": (f"$B{i + 1}", line["term"]), "kind": (f"$C{i + 1}", line["kind"])}
        front.formula(i, COST + 2, sum_where(costs, "discounted", keys), line["discounted"], front.money)
    if len(terms) > len(shown):
        amounts.append(float(terms["discounted"].iloc[len(shown) :].sum()))
        last = first + len(shown)
        front.text(last, COST, "other terms")
        formula = f"=SUM({costs.ref('discounted')})-SUM(D{first + 1}:D{last})"
        front.formula(last, COST + 2, formula, amounts[-1], front.money)
    end, total = first + len(amounts), sum(amounts)
    for i, amount in enumerate(amounts, first):
        formula = f"=IF(D${end + 1}=0,0,D{i + 1}/D${end + 1})"
        front.formula(i, COST + 3, formula, amount / total if total else 0.0, SHARE)
    line = {"bold": True, "top": 1, "top_color": s.NAVY}
    for col, text in enumerate(("total", "", "", ""), COST):
        front.text(end, col, text, **line)
    front.formula(end, COST + 2, f"=SUM(D{first + 1}:D{end})", total, front.money, **line)
    return end + 1


def cost_by_year(front: Front, row: int) -> int:
    """year, cost, discounted: live sums over Costs."""
    front.heading(row, COST, "What it costs, by year", "Costs")
    costs = front.placed.get("Costs")
    if costs is None or not {"year", "cost", "discounted"} <= set(costs.letters) or not len(costs.frame):
        return front.empty(row + 1, COST, "No costs.")
    front.header(row + 1, COST, ("year", "", f"paid, {front.unit}", "discounted"), 2)
    columns = {name: floats(costs.frame[name]) for name in ("cost", "discounted")}
    sums = pd.DataFrame(columns).groupby(costs.frame["year"].to_numpy()).sum()
    for i, line in enumerate(records(sums.reset_index(names="year")), row + 2):
        year = int(line["year"])
        front.number(i, COST, year, "0", align="left")
        for col, name in ((COST + 2, "cost"), (COST + 3, "discounted")):
            front.formula(i, col, sum_where(costs, name, {"year": (f"$B{i + 1}", year)}), line[name], front.money)
    return row + 2 + len(sums)


def supplies(front: Front, row: int) -> int:
    """The most concentrated supplies with their top supplier."""
    front.heading(row, SUPPLY, "Most concentrated supplies", "Shares")
    lines = records(concentrated(front.book, ROWS))
    if not lines:
        return front.empty(row + 1, SUPPLY, "No market shares.")
    front.header(row + 1, SUPPLY, ("commodity", "top supplier", "year", "share", "HHI"), 2)
    for i, line in enumerate(lines, row + 2):
        front.text(i, SUPPLY, short(front.book.name(line["commodity"]), 26), shrink=True)
        front.text(i, SUPPLY + 1, short(front.book.name(line["country"]), 26), shrink=True)
        front.number(i, SUPPLY + 2, int(line["year"]), "0")
        front.number(i, SUPPLY + 3, line["share"], "0.0%")
        front.number(i, SUPPLY + 4, line["hhi"], "#,##0")
    return row + 2 + len(lines)


def limits(front: Front, row: int) -> int:
    """The limits that bind, their bound, and what a little more room is worth."""
    front.heading(row, LIMITS, "Binding limits", "Limits")
    book, lines = front.book, records(binding(front.book).head(ROWS))
    if not lines:
        return front.empty(row + 1, LIMITS, "No limit binds.")
    front.header(row + 1, LIMITS, ("limit", "  on", "bound", f"more room, {book.currency}"), 2)
    for i, line in enumerate(lines, row + 2):
        unit = book.units.get(line["commodity"], "")
        forms = {"share": ("0.0%", "pp"), "index": ('#,##0" HHI"', "point")}
        form, per = forms.get(line["measure"], (s.number_format(s.decimals(np.array([line["bound"]])), unit), unit))
        front.text(i, LIMITS, f"{line['limit']}{' (exceeded)' if line['broken'] else ''}", shrink=True)
        ways = [str(line[end]) for end in ("source country", "market") if line[end] not in ("", "*")]
        on = ", ".join(filter(None, (short(book.name(line["commodity"])), " to ".join(ways), f"{line['year']:.0f}")))
        front.text(i, LIMITS + 1, on, shrink=True, indent=1)
        front.number(i, LIMITS + 2, line["bound"], form, shrink=True)
        front.number(i, LIMITS + 3, line["room"], s.short_format(line["room"], per), shrink=True)
    return row + 2 + len(lines)


def builds(front: Front, row: int) -> int:
    """What is built where."""
    front.heading(row, SUPPLY, "Largest investments", "Builds")
    lines = records(builds_by(front.book).head(ROWS))
    if not lines:
        return front.empty(row + 1, SUPPLY, "Nothing new is built.")
    _, word, form = s.scale(lines[0]["capex"])
    money = f"{front.book.currency} {s.SHORT[word]}".strip()
    front.header(row + 1, SUPPLY, ("process", "country", "by", "capacity", money), 2)
    for i, line in enumerate(lines, row + 2):
        front.text(i, SUPPLY, short(front.book.name(line["process"]), 26), shrink=True)
        front.text(i, SUPPLY + 1, short(front.book.name(line["country"]), 26), shrink=True)
        front.number(i, SUPPLY + 2, line["last"], "0")
        places, unit = s.decimals(np.array([line["capacity"]]), 2), front.book.activities.get(line["process"], "")
        front.number(i, SUPPLY + 3, line["capacity"], s.number_format(places, unit), shrink=True)
        front.number(i, SUPPLY + 4, line["capex"], form)
    return row + 2 + len(lines)


def unmet(front: Front, row: int) -> int:
    """Demand given up: each commodity's worst year."""
    front.heading(row, LIMITS, "Demand that goes unmet", "Unmet")
    lines = records(unmet_demand(front.book).head(ROWS))
    if not lines:
        return front.empty(row + 1, LIMITS, "All demand is met.")
    front.header(row + 1, LIMITS, ("commodity", "worst year, most in", "unmet", "of demand"), 2)
    for i, line in enumerate(lines, row + 2):
        front.text(i, LIMITS, short(front.book.name(line["commodity"]), 26), shrink=True)
        front.text(i, LIMITS + 1, f"{line['year']:.0f}, {front.book.name(line['country'])}", shrink=True)
        places = s.decimals(np.array([line["unmet"]]))
        unit = front.book.units.get(line["commodity"], "")
        front.number(i, LIMITS + 2, line["unmet"], s.number_format(places, unit), shrink=True)
        front.number(i, LIMITS + 3, line["share"], "0.0%")
    return row + 2 + len(lines)

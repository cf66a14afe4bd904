"""The small tables of the Summary: what costs, who supplies, what binds, what is built, what goes unmet."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.report import style as s
from planner.report import summary as tell
from planner.report.cells import Placed, floats, sum_where
from planner.report.front import COST, LIMITS, SUPPLY, Front

ROWS = 8


def cost_by_term(front: Front, row: int) -> int:
    """term, kind, discounted, share: live sums over Costs, the small terms together."""
    front.heading(row, COST, "What it costs, by term", "Costs")
    terms, costs = tell.cost_terms(front.book), front.placed.get("Costs")
    if not len(terms) or costs is None:
        return front.empty(row + 1, COST, "No costs.")
    front.header(row + 1, COST, ("term", "kind", f"{front.unit}", "of total"), (2, 3))
    shown = terms.head(ROWS if len(terms) <= ROWS else ROWS - 1)
    first, total = row + 2, float(terms["discounted"].sum())
    last = first + len(shown) + (len(terms) > len(shown))
    money, share = front.style(num_format=front.money), front.style(num_format='0.0%;-0.0%;"–"')
    for i, line in enumerate(shown.to_dict("records"), first):
        front.text(i, COST, str(line["term"]))
        front.text(i, COST + 1, str(line["kind"]), font_color=s.MUTED)
        keys = {"term": (f"$B{i + 1}", line["term"]), "kind": (f"$C{i + 1}", line["kind"])}
        front.sheet.write_formula(i, COST + 2, sum_where(costs, "discounted", keys), money, line["discounted"])
    if len(terms) > len(shown):
        front.text(last - 1, COST, "other terms")
        formula = f"=SUM({costs.ref('discounted')})-SUM(D{first + 1}:D{last - 1})"
        front.sheet.write_formula(last - 1, COST + 2, formula, money, float(terms["discounted"].iloc[len(shown) :].sum()))
    for i in range(first, last):
        value = float(shown["discounted"].iloc[i - first]) if i - first < len(shown) else float(terms["discounted"].iloc[len(shown) :].sum())
        front.sheet.write_formula(i, COST + 3, f"=IF(D${last + 1}=0,0,D{i + 1}/D${last + 1})", share, value / total if total else 0.0)
    _total(front, last, f"=SUM(D{first + 1}:D{last})", total)
    return last + 1


def _total(front: Front, row: int, formula: str, value: float) -> None:
    line = {"bold": True, "top": 1, "top_color": s.NAVY}
    front.text(row, COST, "total", **line)
    front.sheet.write_blank(row, COST + 1, None, front.style(**line))
    front.sheet.write_formula(row, COST + 2, formula, front.style(**line, num_format=front.money), value)
    front.sheet.write_blank(row, COST + 3, None, front.style(**line))


def cost_by_year(front: Front, row: int) -> int:
    """year, cost, discounted: live sums over Costs."""
    front.heading(row, COST, "What it costs, by year", "Costs")
    costs = front.placed.get("Costs")
    if costs is None or not {"year", "cost", "discounted"} <= set(costs.letters) or not len(costs.frame):
        return front.empty(row + 1, COST, "No costs.")
    front.header(row + 1, COST, ("year", "", f"paid, {front.unit}", "discounted"), (2, 3))
    years = sorted({int(y) for y in costs.frame["year"].dropna()})
    sums = pd.DataFrame({c: floats(costs.frame[c]) for c in ("cost", "discounted")}).groupby(costs.frame["year"].to_numpy()).sum()
    money = front.style(num_format=front.money)
    for i, year in enumerate(years, row + 2):
        front.sheet.write_number(i, COST, year, front.style(align="left", num_format="0"))
        for col, name in ((COST + 2, "cost"), (COST + 3, "discounted")):
            formula = sum_where(costs, name, {"year": (f"$B{i + 1}", year)})
            front.sheet.write_formula(i, col, formula, money, float(sums.loc[year, name]))
    return row + 2 + len(years)


def supplies(front: Front, row: int) -> int:
    """The most concentrated supplies with their top supplier."""
    front.heading(row, SUPPLY, "Most concentrated supplies", "Shares")
    lines = tell.concentrated(front.book, ROWS)
    if not len(lines):
        return front.empty(row + 1, SUPPLY, "No market shares.")
    front.header(row + 1, SUPPLY, ("commodity", "top supplier", "year", "share", "HHI"), (2, 3, 4))
    for i, line in enumerate(lines.itertuples(), row + 2):
        front.text(i, SUPPLY, front.book.name(line.commodity))
        front.text(i, SUPPLY + 1, front.book.name(line.country))
        front.sheet.write_number(i, SUPPLY + 2, int(line.year), front.style(num_format="0"))
        front.sheet.write_number(i, SUPPLY + 3, line.share, front.style(num_format="0.0%"))
        front.sheet.write_number(i, SUPPLY + 4, line.hhi, front.style(num_format="#,##0"))
    return row + 2 + len(lines)


def limits(front: Front, row: int) -> int:
    """The limits that bind, their bound, and what a little more room is worth."""
    front.heading(row, LIMITS, "Binding limits", "Limits")
    book, lines = front.book, tell.binding(front.book).head(ROWS)
    if not len(lines):
        return front.empty(row + 1, LIMITS, tell.limits_sentence(book))
    front.header(row + 1, LIMITS, ("limit", "on", "bound", f"more room, {book.currency}"), (2, 3))
    for i, line in enumerate(lines.to_dict("records"), row + 2):
        unit = book.units.get(line["commodity"], "")
        front.text(i, LIMITS, f"{line['limit']}{' (exceeded)' if line['broken'] else ''}")
        front.text(i, LIMITS + 1, f"{tell.subject_words(book, line)}, {line['year']}")
        form, per = {"share": ("0.0%", "pp"), "index": ('#,##0" HHI"', "point")}.get(line["measure"], (s.number_format(0, unit), unit))
        front.sheet.write_number(i, LIMITS + 2, line["bound"], front.style(num_format=form))
        if np.isfinite(line["room"]):
            form = s.short_format(line["room"], per)
            front.sheet.write_number(i, LIMITS + 3, line["room"], front.style(num_format=form))
    return row + 2 + len(lines)


def builds(front: Front, row: int) -> int:
    """What is built where."""
    front.heading(row, SUPPLY, "Largest investments", "Builds")
    lines = tell.builds_by(front.book).head(ROWS)
    if not len(lines):
        return front.empty(row + 1, SUPPLY, "Nothing new is built.")
    _, word, form = s.scale(float(lines["capex"].max()))
    front.header(row + 1, SUPPLY, ("process", "country", "by", "capacity", f"{front.book.currency} {s.SHORT[word]}".strip()), (2, 3, 4))
    for i, line in enumerate(lines.itertuples(), row + 2):
        front.text(i, SUPPLY, str(line.process))
        front.text(i, SUPPLY + 1, front.book.name(line.country))
        front.sheet.write_number(i, SUPPLY + 2, line.last, front.style(num_format="0"))
        places = s.decimals(np.array([line.capacity]), 2)
        front.sheet.write_number(i, SUPPLY + 3, line.capacity, front.style(num_format=s.number_format(places)))
        front.sheet.write_number(i, SUPPLY + 4, line.capex, front.style(num_format=form))
    return row + 2 + len(lines)


def unmet(front: Front, row: int) -> int:
    """Demand given up: each commodity's worst year."""
    front.heading(row, LIMITS, "Demand that goes unmet", "Unmet")
    lines = tell.unmet_demand(front.book, ROWS)
    if not len(lines):
        return front.empty(row + 1, LIMITS, "All demand is met.")
    front.header(row + 1, LIMITS, ("commodity", "worst year, most in", "unmet", "of demand"), (2, 3))
    for i, line in enumerate(lines.itertuples(), row + 2):
        front.text(i, LIMITS, front.book.name(line.commodity))
        front.text(i, LIMITS + 1, f"{line.year}, {front.book.name(line.country)}")
        form = s.number_format(s.decimals(np.array([line.unmet])), front.book.units.get(str(line.commodity), ""))
        front.sheet.write_number(i, LIMITS + 2, line.unmet, front.style(num_format=form))
        if line.share == line.share:
            front.sheet.write_number(i, LIMITS + 3, line.share, front.style(num_format="0.0%"))
    return row + 2 + len(lines)

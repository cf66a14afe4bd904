"""The story of a plan: five sentences in plain English, from the result tables alone."""

from __future__ import annotations

from typing import Any, Final

from planner.report.book import Book
from planner.report.cells import floats
from planner.report.facts import (
    LIMIT,
    TINY,
    all_limits,
    at_cap,
    back_cast,
    binding,
    builds_by,
    concentrated,
    cost_terms,
    idle_limits,
    largest,
    records,
    surplus,
    unmet_demand,
)
from planner.report.words import capital, counted, listed, money, percent, quantity, span

NAMED: Final = 3  # how many of a kind a sentence names
WARNINGS: Final = 5  # how many of them the Summary repeats


def story(book: Book) -> list[tuple[str, str]]:
    """The five sentences, each with the word it answers to; one more where statistics stand beside the plan."""
    past = history_sentence(book)
    return [
        ("Cost", cost_sentence(book)),
        ("Supply", supply_sentence(book)),
        ("Limits", limits_sentence(book)),
        ("Demand", demand_sentence(book)),
        ("Investment", builds_sentence(book)),
        *([("Back-cast", past)] if past else []),
    ]


def cost_sentence(book: Book) -> str:
    """What the plan costs, by its largest terms, and how much of that is the study's own penalties."""
    terms = cost_terms(book)
    if not len(terms) and book.status != "optimal":
        return f"There is no plan to show: the solver ended with `{book.status}`."
    if not len(terms) or not book.objective:
        return "The plan costs nothing."
    years = floats(book.table("Costs", "year")["year"])
    text = f"The plan costs {money(book.objective, book.currency)}"
    text += f" in {book.price_year} money" if book.price_year else ""
    text += f", discounted over {years.min():.0f}–{years.max():.0f}" if len(set(years)) > 1 else ", discounted"
    paid = float(terms.loc[terms["discounted"] > 0, "discounted"].sum())
    parts = [
        f"{line['term']} ({money(line['discounted'], book.currency)}{share})"
        for line, share in zip(
            records(terms.head(NAMED)),
            [f", {percent(terms['discounted'].iloc[0] / paid)} of what is paid" if paid else "", "", ""],
            strict=False,
        )
    ]
    text += f"; the largest {'terms are' if len(parts) > 1 else 'term is'} {listed(parts)}."
    penalties = [
        f"{money(value, book.currency)} {words}"
        for value, words in ((book.unmet_value, "for demand given up"), (book.excess_value, "for limits exceeded"))
        if value > TINY * abs(book.objective)
    ]
    return text + (f" It contains {listed(penalties)}: values the study sets, which nobody pays." if penalties else "")


def supply_sentence(book: Book) -> str:
    """The most concentrated supplies with their top supplier, in the worst year and in the last."""
    parts = []
    for line in records(concentrated(book, NAMED)):
        later = f", {percent(line['later'])} in {line['until']:.0f}" if line["until"] > line["year"] else ""
        parts.append(
            f"{book.name(line['commodity'])} ({book.name(line['country'])} has {percent(line['share'])} of"
            f" {market_words(book, line['basis'], line['market'])} in {line['year']:.0f}{later})"
        )
    return f"Supply is most concentrated for {listed(parts)}." if parts else "The plan reports no market shares."


def market_words(book: Book, basis: str, market: str) -> str:
    """What a share is a share of: `world output`, `imports into Germany`."""
    if basis in ("production", "capacity"):
        return "world output" if basis == "production" else "world capacity"
    if market in ("*", "world"):
        return "world supply" if basis == "supply" else "world trade"
    return f"supply in {book.name(market)}" if basis == "supply" else f"imports into {book.name(market)}"


def limits_sentence(book: Book) -> str:
    """How many limits bind, and what a little more room would be worth under the dearest."""
    total = len(all_limits(book)[LIMIT].drop_duplicates())
    if not total:
        return "The study sets no limits."
    bind = binding(book)
    if not len(bind):
        return f"None of the {counted(total, 'limit')} binds." if total > 1 else "The one limit does not bind."
    parts = [
        f"“{line['limit']}” for {subject_words(book, line)} ({'exceeded: ' if line['broken'] else ''}"
        f"{bound_words(book, line)} in {line['year']:.0f}, {room_words(book, line)})"
        for line in records(bind.drop_duplicates("limit").head(NAMED))
    ]
    verb = "binds" if len(bind) == 1 else "bind"
    where = "A little more room is worth most under" if len(bind) > 1 else "A little more room has a price under"
    return f"{len(bind)} of {counted(total, 'limit')} {verb}. {where} {listed(parts)}."


def subject_words(book: Book, line: dict[str, Any]) -> str:
    """What a limit is about: the commodity, its source and its market."""
    text = book.name(line["commodity"])
    text += f" from {book.name(line['source country'])}" if line["source country"] not in ("", "*") else ""
    return text + (f" in {book.name(line['market'])}" if line["market"] not in ("", "*") else "")


def bound_words(book: Book, line: dict[str, Any]) -> str:
    """A bound as a reader says it: `65%`, `an index of 2,500`, `148,000 t a year`."""
    if line["measure"] == "share":
        return percent(line["bound"])
    if line["measure"] == "index":
        return f"an index of {line['bound']:,.0f}"
    return f"{quantity(line['bound'], book.units.get(line['commodity'], ''))} a year"


def room_words(book: Book, line: dict[str, Any]) -> str:
    """What a little more room is worth."""
    per = {"share": "a year per percentage point", "index": "a year per point"}.get(line["measure"])
    return f"{money(line['room'], book.currency)} {per or 'per ' + book.units.get(line['commodity'], 'unit')}"


def demand_sentence(book: Book) -> str:
    """What goes unmet, how much, where, and which prices are therefore the study's own input."""
    worst = unmet_demand(book)
    parts = []
    for line in records(worst.head(NAMED)):
        year = f"{line['year']:.0f}"
        when = f"{line['years']}, at worst " if year != line["years"] else ""
        share = f", {percent(line['share'])} of that year's demand" if line["share"] == line["share"] else ""
        amount = quantity(line["unmet"], book.units.get(line["commodity"], ""))
        where = f"most of it in {book.name(line['country'])}"
        parts.append(f"{book.name(line['commodity'])} ({when}{amount} in {year}{share}, {where})")
    rest = len(worst) - len(parts)
    parts += [counted(rest, "more commodity", "more commodities")] if rest else []
    text = f"Demand goes unmet for {listed(parts)}." if parts else "All demand is met."
    caps = at_cap(book)
    if caps:
        text += f" {counted(caps, 'price stands', 'prices stand')} at the value the study itself puts on unmet demand"
        text += " (at cap): an input, not a finding."
    return text


def builds_sentence(book: Book) -> str:
    """What is built where, by when, and what that takes."""
    builds = builds_by(book)
    if not len(builds):
        return "Nothing new is built."
    parts = [
        f"{book.name(line['process'])} in {book.name(line['country'])}"
        f" ({quantity(line['capacity'], book.activities.get(line['process'], ''))} a year"
        f" by {line['last']:.0f}, {money(line['capex'], book.currency)})"
        for line in records(builds.head(NAMED))
    ]
    lead = largest(builds, "country", "capex")
    text = f"New plants take {money(lead.sum(), book.currency)} of investment, undiscounted"
    if lead.sum() > 0 and len(lead) > 1:
        text += f", {percent(lead.iloc[0] / lead.sum())} of it in {book.name(lead.index[0])}"
    return f"{text}; the largest {'are' if len(parts) > 1 else 'is'} {listed(parts)}."


def history_sentence(book: Book) -> str:
    """How far the plan's shares by country are from the statistics, and how far naive plans would be; "" without any."""
    stages = back_cast(book)
    if not len(stages):
        return ""
    by = stages.groupby("year")["distance"].agg(["mean", "size"])
    by = by if len(by) <= NAMED else by.iloc[[0, -1]]
    ((year, mean, size), *later) = by.itertuples()
    years = [
        f"{percent(mean)} of output in other countries than the statistics in {year} (mean of {counted(size, 'stage')})"
    ]
    years += [f"{percent(mean)} in {year} ({size})" for year, mean, size in later]
    text = f"The plan has {listed(years)}."
    better = [
        f"{words} for {stages['naive plan nearer'].str.contains(name).sum()} of {stages[name].notna().sum()}"
        for name, words in (
            ("by capacity", "Sharing by capacity alone is nearer"),
            ("by last year", "last year's shares"),
        )
        if stages[name].notna().any()
    ]
    text += f" {capital(' and '.join(better))}." if better else ""
    worst = stages.sort_values("distance", ascending=False, kind="stable").drop_duplicates("commodity").head(NAMED)
    parts = [
        f"{book.name(line['commodity'])} ({percent(line['distance'])} in {line['year']})" for line in records(worst)
    ]
    return f"{text} Farthest {'are' if len(parts) > 1 else 'is'} {listed(parts)}."


def remarks(book: Book) -> list[str]:
    """What a reader should know besides: goods left over that have a price, idle limits, the plan's own warnings."""
    left, idle = surplus(book), idle_limits(book)
    parts = [
        f"{quantity(line['surplus'], book.units.get(line['commodity'], ''))} of {book.name(line['commodity'])}"
        f" in {book.name(line['countries'][0]) if len(line['countries']) == 1 else counted(len(line['countries']), 'place')}"
        f" in {span(line['years'])}"
        for line in records(left.head(NAMED))
    ]
    rest = len(left) - NAMED
    parts += [counted(rest, "more commodity", "more commodities")] if rest > 0 else []
    lines = [f"Left over although it has a price elsewhere: {listed(parts)}."] if parts else []
    if idle:
        verb = "limit speaks" if idle == 1 else "limits speak"
        lines.append(f"{idle} {verb} of a year and market in which nothing moves: neither met nor broken.")
    return [*lines, *noted(book)]


def noted(book: Book) -> list[str]:
    """The plan's first warnings; the sheet Run has them all."""
    rest = len(book.notes) - WARNINGS
    return book.notes[:WARNINGS] + ([f"{counted(rest, 'more warning')} on the sheet Run."] if rest > 0 else [])

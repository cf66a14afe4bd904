"""The charts of several scenarios: a bar for each."""

from __future__ import annotations

from planner.report import findings
from planner.report import style as s
from planner.report.book import Book
from planner.report.facts import cost_terms, largest, numbers, records
from planner.report.grids import Block, Desk, Series
from planner.report.moves import lines_of
from planner.report.words import money, short

SHEET = "Comparison"  # a line for each scenario
HEAD = ("scenario", "status", "objective", "system cost", "unmet value", "change of cost")


def _names(book: Book) -> tuple[str, list[str]]:
    return "scenario", [str(name) for name in book.table(SHEET, *HEAD)["scenario"]]


def cost_chart(desk: Desk) -> Block | None:
    """What each scenario costs, by term, discounted."""
    book = desk.book
    terms = cost_terms(book).drop_duplicates("term").head(findings.SHOWN)
    if not len(terms):
        return None
    series = [
        Series(line["term"], s.RED if line["kind"] == "penalty" else s.SERIES[i], {"term": str(line["term"])})
        for i, line in enumerate(records(terms))
    ]
    most = float(numbers(book.table(SHEET, *HEAD), "objective")["objective"].max())
    axis = f"{book.currency} {s.scale(most)[1]}, discounted"
    form = s.axis_format(most)
    return desk.grid("bar", "What each scenario costs", axis, ("Costs", "discounted"), _names(book), series, form, {})


def change_chart(desk: Desk) -> Block | None:
    """System cost against the first scenario."""
    book = desk.book
    lines = numbers(book.table(SHEET, *HEAD), "change of cost")
    most = float(lines["change of cost"].abs().max())
    if not most > 0:
        return None
    worst = records(lines.loc[[lines["change of cost"].abs().idxmax()]])[0]
    sign = "more" if worst["change of cost"] > 0 else "less"
    change = f"{money(abs(worst['change of cost']), book.currency)} {sign}"
    title = f"{worst['scenario']} costs {change} than {lines['scenario'].iloc[0]}"
    series = [Series("change of system cost", s.SERIES[1], {})]
    axis, source = f"{book.currency} {s.scale(most)[1]}".strip(), (SHEET, "change of cost")
    return desk.grid("bar", title, axis, source, _names(book), series, s.axis_format(most))


def unmet_chart(desk: Desk) -> Block | None:
    """The value of what each scenario gives up."""
    book = desk.book
    lines = numbers(book.table(SHEET, *HEAD), "unmet value")
    most = float(lines["unmet value"].max())
    if not most > 0:
        return None
    worst = largest(lines, "scenario", "unmet value").index[0]
    title = f"{worst} gives up the most demand, valued at {money(most, book.currency)}"
    series = [Series("value of unmet demand", s.RED, {})]
    axis, source = f"{book.currency} {s.scale(most)[1]}".strip(), (SHEET, "unmet value")
    return desk.grid("bar", title, axis, source, _names(book), series, s.axis_format(most))


def sourcing_chart(desk: Desk, commodity: str, year: int) -> Block | None:
    """Who supplies a commodity in a year, scenario by scenario."""
    book = desk.book
    flows = book.table("Shipments", "scenario", "commodity", "from", "year", "quantity")
    sources = largest(lines_of(flows, commodity, year), "from", "quantity")
    if not sources.sum() > 0:
        return None
    fixed: dict[str, str | int] = {"commodity": commodity, "year": year}
    series = findings.by_country(book, "from", list(sources.index), fixed)
    title = f"Who supplies {short(book.name(commodity), 40)} in {year}"
    axis = f"{book.units.get(commodity, 'quantity')} a year"
    return desk.grid("bar", title, axis, ("Shipments", "quantity"), _names(book), series, "#,##0", fixed)


def builds_chart(desk: Desk) -> Block | None:
    """Investment by country, scenario by scenario."""
    book = desk.book
    builds = book.table("Builds", "scenario", "country", "capex")
    countries = largest(builds, "country", "capex")
    if not countries.sum() > 0:
        return None
    most = float(largest(builds, "scenario", "capex").iloc[0])
    series = findings.by_country(book, "country", list(countries.index), {})
    axis = f"capex, {book.currency} {s.scale(most)[1]}".strip()
    form, source = s.axis_format(most), ("Builds", "capex")
    return desk.grid("bar", "Where new plants are built", axis, source, _names(book), series, form, {})

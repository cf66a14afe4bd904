"""Which charts a report shows, and the finding each one states in its title."""

from __future__ import annotations

from typing import Final

import pandas as pd

from planner.report import style as s
from planner.report.book import Book
from planner.report.cells import floats
from planner.report.facts import (
    CAPPED,
    binding,
    builds_by,
    concentrated,
    cost_terms,
    largest,
    numbers,
    records,
    unmet_demand,
)
from planner.report.grids import Block, Desk, Series
from planner.report.summary import market_words
from planner.report.words import capital, money, percent, quantity, short, significant

SHOWN: Final = 7  # series by name; the rest is Other
ALL: Final = 9_999  # an index above it is that of a single supplier


def commodities_by_value(book: Book) -> list[str]:
    """Commodities by what their shipments are worth at their median delivered price, the dearest first."""
    flows = book.table("Shipments", "commodity", "quantity")
    prices = book.table("Prices", "commodity", "delivered")
    price = pd.Series(floats(prices["delivered"])).groupby(prices["commodity"].to_numpy()).median()
    moved = pd.Series(floats(flows["quantity"])).groupby(flows["commodity"].to_numpy()).sum()
    worth = (moved * price.reindex(moved.index)).fillna(0.0)
    return [str(c) for c in worth.sort_values(ascending=False, kind="stable").index]


def colors(book: Book) -> dict[str, str]:
    """The colour of every country of the report, the biggest shippers choosing first."""
    flows = book.table("Shipments", "from", "quantity")
    moved = pd.Series(floats(flows["quantity"])).groupby(flows["from"].to_numpy()).sum()
    codes = [str(c) for c in moved.sort_values(ascending=False, kind="stable").index]
    more = [str(c) for sheet in ("Builds", "Production") for c in book.table(sheet, "country")["country"].unique()]
    return s.country_colors([*codes, *more])


def _years(values: pd.Series) -> list[int]:
    return sorted({int(y) for y in values.dropna()})


def by_country(book: Book, column: str, codes: list[str], fixed: dict[str, str | int]) -> list[Series]:
    """A series for each of the first countries, in the colour it wears everywhere."""
    named = codes[:SHOWN]
    return [
        Series(short(book.name(code)), color, fixed | {column: code})
        for code, color in zip(named, s.told_apart(named, colors(book)), strict=True)
    ]


def cost_chart(desk: Desk) -> Block | None:
    """What each year costs, by term."""
    book = desk.book
    costs = book.table("Costs", "term", "kind", "year", "cost")
    if not len(costs):
        return None
    yearly = pd.Series(floats(costs["cost"])).groupby(costs["year"].to_numpy()).sum()
    terms = cost_terms(book).drop_duplicates("term").head(SHOWN)
    first, last = yearly.iloc[0], yearly.iloc[-1]
    verb = "rise" if last > 1.02 * first else "fall" if last < 0.98 * first else "stay"
    title = f"Costs {verb} from {money(first, book.currency)} to {money(last, '').strip()} a year"
    title = f"Costs stay near {money(first, book.currency)} a year" if verb == "stay" else title
    series = [
        Series(str(term), s.RED if kind == "penalty" else s.SERIES[i % len(s.SERIES)], {"term": str(term)})
        for i, (term, kind) in enumerate(zip(terms["term"], terms["kind"], strict=True))
    ]
    axis = f"{book.currency} {s.scale(yearly.abs().max())[1]} a year".replace("  ", " ")
    form = s.axis_format(yearly.abs().max())
    return desk.grid("column", title, axis, ("Costs", "cost"), ("year", _years(costs["year"])), series, form, {})


def sourcing_chart(desk: Desk, commodity: str) -> Block | None:
    """Who supplies a commodity, year by year: to the focus where it buys, else to everyone."""
    book = desk.book
    flows = book.table("Shipments", "commodity", "from", "to", "year", "quantity")
    flows = flows[flows["commodity"].astype(str) == commodity]
    fixed: dict[str, str | int] = {"commodity": commodity}
    if (flows["to"].astype(str) == book.focus).any():
        flows, fixed = flows[flows["to"].astype(str) == book.focus], fixed | {"to": book.focus}
    sources = largest(flows, "from", "quantity")
    if not sources.sum() > 0:
        return None
    market = f" in {book.name(book.focus)}" if "to" in fixed else ""
    title = capital(f"{book.name(commodity)}{market}: {_leaders(book, flows, 'from', 'quantity')}")
    axis = f"{book.units.get(commodity, 'quantity')} a year"
    series = by_country(book, "from", list(sources.index), fixed)
    rows = ("year", _years(flows["year"]))
    return desk.grid("column", title, axis, ("Shipments", "quantity"), rows, series, "#,##0", fixed)


def _leaders(book: Book, frame: pd.DataFrame, by: str, value: str) -> str:
    """Who leads in the first year and who in the last, with their shares."""
    years = _years(frame["year"])
    first, last = (largest(frame[frame["year"] == year], by, value) for year in (years[0], years[-1]))
    (one, other) = (first.index[0], last.index[0])
    ends = [percent(sums.iloc[0] / sums.sum()) for sums in (first, last)]
    if one != other:
        return f"{book.name(one)} leads in {years[0]} ({ends[0]}), {book.name(other)} in {years[-1]} ({ends[1]})"
    if ends[0] == ends[1]:
        return f"{ends[0]} from {book.name(one)}"
    return f"{ends[0]} from {book.name(one)} in {years[0]}, {ends[1]} in {years[-1]}"


def builds_chart(desk: Desk) -> Block | None:
    """Where the money for new plants goes: by process, stacked by country."""
    book = desk.book
    builds = builds_by(book)
    if not builds["capex"].sum() > 0:
        return None
    processes, countries = largest(builds, "process", "capex"), largest(builds, "country", "capex")
    share = percent(countries.iloc[0] / countries.sum())
    title = capital(f"{book.name(countries.index[0])} gets {share} of the investment in new plants")
    axis = f"capex, {book.currency} {s.scale(processes.iloc[0])[1]}".strip()
    series = by_country(book, "country", list(countries.index), {})
    rows = ("process", [str(p) for p in processes.index[:6]])
    return desk.grid("bar", title, axis, ("Builds", "capex"), rows, series, s.axis_format(processes.iloc[0]), {})


def capacity_chart(desk: Desk) -> Block | None:
    """Capacity of the process that takes the most investment, by country."""
    book = desk.book
    builds = builds_by(book)
    sites = book.table("Production", "process", "country", "year", "capacity")
    if not len(builds) or not len(sites):
        return None
    process = str(largest(builds, "process", "capex").index[0])
    sites = sites[sites["process"].astype(str) == process]
    countries = largest(sites, "country", "capacity")
    years = _years(sites["year"])
    if not 0 < countries.sum() < float("inf"):
        return None
    first, last = (floats(sites.loc[sites["year"] == year, "capacity"]).sum() for year in (years[0], years[-1]))
    unit = book.activities.get(process, "unit")
    title = capital(f"{book.name(process)}: capacity {significant(first)} to {quantity(last, f'{unit} a year')}")
    series = by_country(book, "country", list(countries.index), {"process": process})
    source, rows = ("Production", "capacity"), ("year", years)
    return desk.grid("column", title, f"capacity, {unit} a year", source, rows, series, "#,##0", {"process": process})


def leaders_chart(desk: Desk) -> Block | None:
    """The share of the leading supplier of the most concentrated supplies over time."""
    book = desk.book
    worst = concentrated(book, 5)
    if not len(worst):
        return None
    keys = ["commodity", "basis", "market", "by", "country"]
    lines = records(worst)
    names = [f"{short(book.name(line['commodity']))}, {short(book.name(line['country']))}" for line in lines]
    series = [
        Series(name, color, {key: str(line[key]) for key in keys})
        for name, color, line in zip(names, s.LINES, lines, strict=False)
    ]
    line = max(lines, key=lambda line: abs(line["later"] - line["share"]))
    name = f"{book.name(line['country'])}'s share of {book.name(line['commodity'])}"
    when = [(line["share"], line["year"]), (line["later"], line["until"])][: 1 + (line["until"] > line["year"])]
    title = capital(f"{name}: {', '.join(f'{percent(share)} in {year:.0f}' for share, year in when)}")
    market = market_words(book, str(line["basis"]), str(line["market"]))
    years = _years(book.table("Shares", "year")["year"])
    return desk.grid("line", title, f"share of {market}", ("Shares", "share"), ("year", years), series, "0%")


def concentration_chart(desk: Desk) -> Block | None:
    """The most concentrated supplies against the limits set on them."""
    book = desk.book
    lines = _against_limits(book, concentrated(book, 6))
    if not len(lines):
        return None
    worst = lines.iloc[0]
    market = market_words(book, str(worst["basis"]), str(worst["market"]))
    found = f"all of {market} from one country" if worst["hhi"] > ALL else f"HHI {worst['hhi']:,.0f} in {market}"
    title = capital(f"{book.name(worst['commodity'])}: {found}")
    return desk.concentration(title, "HHI, 0 to 10,000", lines)


def _against_limits(book: Book, worst: pd.DataFrame) -> pd.DataFrame:
    """The worst supplies with the limit on them; where one holds, in the year that comes closest to it."""
    keys = ["commodity", "basis", "market", "year"]
    limits = numbers(book.table("Concentration", "limit", *keys, "hhi", "bound"), "hhi", "bound")
    shares = numbers(book.table("Shares", *keys, "by", "hhi"), "hhi")[[*keys, "by", "hhi"]].drop_duplicates(
        [*keys, "by"]
    )
    limits = limits.merge(shares.rename(columns={"hhi": "plain"}), on=keys)
    limits = limits[(limits["hhi"] - limits["plain"]).abs() <= 1]  # not those weighted by risk: another index
    limits = limits.assign(near=limits["hhi"] / limits["bound"]).sort_values("near", kind="stable")
    place = ("commodity", "basis", "market", "by")
    held = {tuple(line[name] for name in place): line for line in records(limits)}  # nearest comes last
    lines = []
    for line in records(worst):
        limit = held.get(tuple(line[name] for name in place), {"limit": "", "bound": 0.0})
        line |= {name: limit[name] for name in ("limit", "bound", "year", "hhi") if name in limit}
        line |= {"year": int(line["year"]), "label": f"{book.name(line['commodity'])} {line['year']:.0f}"}
        lines.append(line)
    return pd.DataFrame(lines).sort_values("hhi", ascending=False, kind="stable") if lines else worst


def price_chart(desk: Desk) -> Block | None:
    """Delivered prices of the five most valuable commodities, the first year as 100."""
    book = desk.book
    prices = book.table("Prices", "commodity", "country", "year", "delivered", "at cap")
    prices = prices.assign(delivered=floats(prices["delivered"]), commodity=prices["commodity"].astype(str))
    capped = prices["at cap"].isin(CAPPED)
    prices = prices[prices["delivered"].notna() & ~capped]
    fixed: dict[str, str | int] = {}
    if (prices["country"].astype(str) == book.focus).any():
        prices, fixed = prices[prices["country"].astype(str) == book.focus], {"country": book.focus}
    means = prices.pivot_table(index="year", columns="commodity", values="delivered", aggfunc="mean").sort_index()
    means = means.loc[:, means.iloc[0] > 0] if len(means) else means
    means = means[[c for c in commodities_by_value(book) if c in means.columns][: len(s.LINES)]]
    if means.empty:
        return None
    index = means / means.iloc[0] * 100
    name, first = str((index - 100).abs().max().idxmax()), means.index[0]
    at = int((index[name] - 100).abs().argmax())
    title = f"{short(book.name(name))}: price at {index[name].iloc[at]:.0f} in {means.index[at]:.0f}"
    title = capital(f"{title}, {first:.0f} = 100" + (", caps left out" if capped.any() else ""))
    axis = f"{first:.0f} = 100"
    return desk.indices(title, axis, means, fixed, s.LINES)


def told(book: Book) -> list[str]:
    """The two commodities whose sourcing is drawn: the most valuable, and where it pinches most (or the next one)."""
    dear = commodities_by_value(book)
    tight = [str(c) for frame in (unmet_demand(book), binding(book)) for c in frame["commodity"] if str(c) in dear]
    return list(dict.fromkeys([*dear[:1], *tight, *dear[1:]]))[:2]


def charts(desk: Desk) -> dict[str, Block]:
    """Every chart that has something to show, by the name of its place on the Summary."""
    sourcing = dict(zip(("sourcing", "sourcing too"), told(desk.book), strict=False))
    made = {
        "cost": cost_chart(desk),
        **{place: sourcing_chart(desk, commodity) for place, commodity in sourcing.items()},
        "concentration": concentration_chart(desk),
        "builds": builds_chart(desk),
        "prices": price_chart(desk),
        "capacity": capacity_chart(desk),
        "leaders": leaders_chart(desk),
    }
    return {place: block for place, block in made.items() if block}

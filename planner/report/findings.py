"""Which charts a report shows, and the finding each one states in its title."""

from __future__ import annotations

from typing import Final

import pandas as pd

from planner.report import style as s
from planner.report import summary as tell
from planner.report.book import Book
from planner.report.cells import floats
from planner.report.grids import Block, Desk
from planner.report.words import capital, money, percent

SHOWN: Final = 7  # series by name; the rest is Other
KEYS: Final = ["commodity", "country", "year"]


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
    return s.country_colors([*codes, *(str(c) for c in book.table("Builds", "country")["country"].unique())])


def _years(values: pd.Series) -> list[int]:
    return sorted({int(y) for y in values.dropna()})


def cost_chart(desk: Desk) -> Block | None:
    """What each year costs, by term."""
    costs = desk.book.table("Costs", "term", "year", "cost")
    if not len(costs):
        return None
    yearly = pd.Series(floats(costs["cost"])).groupby(costs["year"].to_numpy()).sum()
    terms = list(dict.fromkeys(tell.cost_terms(desk.book)["term"].astype(str)))[:SHOWN]
    years = _years(costs["year"])
    first, last = yearly.loc[years[0]], yearly.loc[years[-1]]
    currency = desk.book.currency
    verb = "rise" if last > 1.02 * first else "fall" if last < 0.98 * first else "stay"
    title = f"Costs {verb} from {money(first, currency)} to {money(last, currency).removeprefix(currency).strip()} a year"
    title = f"Costs stay near {money(first, currency)} a year" if verb == "stay" else title
    word = s.scale(yearly.abs().max())[1]
    shades = [_penalty_color(desk.book, term, i) for i, term in enumerate(terms)]
    return desk.sums("column", title, f"{currency} {word} a year, undiscounted".replace("  ", " "), "Costs", "cost", ("year", years), ("term", terms), {}, shades, s.axis_format(yearly.abs().max()))


def _penalty_color(book: Book, term: str, i: int) -> str:
    kinds = tell.cost_terms(book).set_index("term")["kind"].astype(str).to_dict()
    return s.RED if kinds.get(term) == "penalty" else s.SERIES[i % len(s.SERIES)]


def sourcing_chart(desk: Desk, commodity: str) -> Block | None:
    """Who supplies a commodity, year by year: to the focus where it buys, else to everyone."""
    book = desk.book
    flows = book.table("Shipments", "commodity", "from", "to", "year", "quantity")
    flows = flows[flows["commodity"].astype(str) == commodity]
    fixed = {"commodity": commodity}
    if (flows["to"].astype(str) == book.focus).any():
        flows, fixed = flows[flows["to"].astype(str) == book.focus], fixed | {"to": book.focus}
    flows = flows.assign(quantity=floats(flows["quantity"]), source=flows["from"].astype(str))
    if not (flows["quantity"] > 0).any():
        return None
    years = _years(flows["year"])
    sources = flows.groupby("source")["quantity"].sum().sort_values(ascending=False, kind="stable")
    shown = [str(c) for c in sources.index[:SHOWN]]
    palette = colors(book)
    unit = book.units.get(commodity, "")
    market = f" in {book.name(book.focus)}" if "to" in fixed else ""
    title = capital(f"{book.name(commodity)}{market}: {_leaders(book, flows)}")
    axis = f"{unit} a year" if unit else "quantity a year"
    return desk.sums(
        "column", title, axis, "Shipments", "quantity", ("year", years), ("from", shown), fixed,
        [palette[c] for c in shown], "#,##0",
    )  # fmt: skip


def _leaders(book: Book, flows: pd.DataFrame) -> str:
    """Who leads in the first year and who in the last, with their shares."""
    by = flows.groupby(["year", "source"])["quantity"].sum()
    share = by / by.groupby("year").transform("sum")
    years = sorted(share.index.get_level_values("year").unique())
    (first, last) = (share.loc[years[0]], share.loc[years[-1]])
    one, other = first.idxmax(), last.idxmax()
    if one == other and years[0] == years[-1]:
        return f"{percent(first[one])} comes from {book.name(one)}"
    if one == other:
        return f"{percent(first[one])} from {book.name(one)} in {years[0]}, {percent(last[one])} in {years[-1]}"
    return f"{book.name(one)} leads in {years[0]} ({percent(first[one])}), {book.name(other)} in {years[-1]} ({percent(last[other])})"


def builds_chart(desk: Desk) -> Block | None:
    """Where the money for new plants goes: by process, stacked by country."""
    book = desk.book
    builds = tell.builds_by(book)
    if not builds["capex"].sum() > 0:
        return None
    processes = builds.groupby("process")["capex"].sum().sort_values(ascending=False, kind="stable")
    countries = builds.groupby("country")["capex"].sum().sort_values(ascending=False, kind="stable")
    shown = [str(c) for c in countries.index[:SHOWN]]
    spent = countries.sum()
    title = f"{capital(book.name(countries.index[0]))} gets {percent(countries.iloc[0] / spent)} of the investment in new plants"
    word = s.scale(processes.iloc[0])[1]
    palette = colors(book)
    return desk.sums(
        "bar", title, f"capex, {book.currency} {word}".strip(), "Builds", "capex", ("process", [str(p) for p in processes.index[:8]]),
        ("country", shown), {}, [palette[c] for c in shown], s.axis_format(processes.iloc[0]),
    )  # fmt: skip


def concentration_chart(desk: Desk) -> Block | None:
    """The most concentrated supplies against the limits set on them."""
    book = desk.book
    lines = _against_limits(book, tell.concentrated(book, 7))
    if not len(lines):
        return None
    worst = lines.iloc[0]
    market = tell.market_words(book, str(worst["basis"]), str(worst["market"]))
    title = capital(f"{book.name(worst['commodity'])}: {worst['hhi']:,.0f} of 10,000 in {market}")
    return desk.concentration(title, "HHI, 0 to 10,000", lines)


def _against_limits(book: Book, worst: pd.DataFrame) -> pd.DataFrame:
    """The worst supplies with the limit on them; where one holds in some years, in the year that comes closest to it."""
    limits = book.table("Limits", "limit", "commodity", "market", "year", "value", "bound", "price pp")
    limits = limits.assign(hhi=floats(limits["value"]), bound=floats(limits["bound"]))[tell.measures(book, limits) == "index"]
    limits = limits.assign(near=limits["hhi"] / limits["bound"]).sort_values("near", ascending=False, kind="stable")
    limits = limits.drop_duplicates(["commodity", "market"]).set_index(["commodity", "market"])
    lines = []
    for line in worst.to_dict("records"):
        key = (line["commodity"], line["market"])
        held = limits.loc[key].to_dict() if key in limits.index else {"limit": "", "bound": 0.0}
        line |= {name: held[name] for name in ("limit", "bound", "year", "hhi") if name in held}
        lines.append(line | {"year": int(line["year"]), "label": f"{book.name(line['commodity'])} {line['year']:.0f}"})
    return pd.DataFrame(lines).sort_values("hhi", ascending=False, kind="stable") if lines else worst


def price_chart(desk: Desk) -> Block | None:
    """Delivered prices of the five most valuable commodities, the first year as 100."""
    book = desk.book
    prices = book.table("Prices", "commodity", "country", "year", "delivered", "at cap")
    prices = prices.assign(delivered=floats(prices["delivered"]), commodity=prices["commodity"].astype(str))
    capped = prices["at cap"].isin(tell.CAPPED)
    prices = prices[prices["delivered"].notna() & ~capped]
    fixed = {}
    if (prices["country"].astype(str) == book.focus).any():
        prices, fixed = prices[prices["country"].astype(str) == book.focus], {"country": book.focus}
    means = prices.pivot_table(index="year", columns="commodity", values="delivered", aggfunc="mean").sort_index()
    means = means.loc[:, means.iloc[0] > 0] if len(means) else means
    means = means[[c for c in commodities_by_value(book) if c in means.columns][:5]]
    if means.empty:
        return None
    index = means / means.iloc[0] * 100
    moves = (index - 100).abs().max().sort_values(ascending=False, kind="stable")
    name, first = str(moves.index[0]), means.index[0]
    year = (index[name] - 100).abs().idxmax()
    title = capital(f"{book.name(name)} moves most: {index.loc[year, name]:.0f} in {year:.0f}")
    axis = f"delivered price, {first:.0f} = 100" + (", caps left out" if capped.any() else "")
    return desk.indices(title, axis, means, fixed, list(s.LINES))


def charts(desk: Desk) -> dict[str, Block]:
    """Every chart that has something to show, by the place it takes on the Summary."""
    top = commodities_by_value(desk.book)[:2]
    made = {
        "cost": cost_chart(desk),
        "sourcing": sourcing_chart(desk, top[0]) if top else None,
        "concentration": concentration_chart(desk),
        "builds": builds_chart(desk),
        "sourcing too": sourcing_chart(desk, top[1]) if len(top) > 1 else None,
        "prices": price_chart(desk),
    }
    return {place: block for place, block in made.items() if block}

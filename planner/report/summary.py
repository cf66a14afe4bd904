"""The story of a plan: small tables of what matters and five sentences in plain English, from the result tables alone."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from planner.report.book import Book
from planner.report.cells import floats
from planner.report.words import capital, counted, listed, money, percent, quantity, significant, span

TINY: Final = 1e-6  # relative: below it a slack, a price or a quantity is the solver's dust

CAPPED: Final = ["yes", True]  # what `at cap` says of a price that is the study's own input


def story(book: Book) -> list[tuple[str, str]]:
    """The five sentences, each with the one word it answers to."""
    return [
        ("Cost", cost_sentence(book)),
        ("Supply", supply_sentence(book)),
        ("Limits", limits_sentence(book)),
        ("Demand", demand_sentence(book)),
        ("Investment", builds_sentence(book)),
    ]


# ---- what it costs


def cost_terms(book: Book) -> pd.DataFrame:
    """term, kind, discounted: the largest first, whatever their sign."""
    costs = book.table("Costs", "term", "kind", "discounted")
    costs = costs.assign(discounted=floats(costs["discounted"]))
    terms = costs.groupby(["term", "kind"], as_index=False, sort=False)["discounted"].sum()
    return terms.sort_values("discounted", key=np.abs, ascending=False, kind="stable", ignore_index=True)


def cost_sentence(book: Book) -> str:
    terms = cost_terms(book)
    years = floats(book.table("Costs", "year")["year"])
    if not len(terms) and book.status != "optimal":
        return f"There is no plan to show: the solver ended with `{book.status}`."
    if not len(terms) or not book.objective:
        return "The plan costs nothing."
    text = f"The plan costs {money(book.objective, book.currency)} in {book.price_year} money, discounted"
    text += f" over {years.min():.0f}–{years.max():.0f}" if len(set(years)) > 1 else ""
    gross = terms.loc[terms["discounted"] > 0, "discounted"].sum()
    parts = [
        f"{term} ({money(value, book.currency)}" + (f", {percent(value / gross)} of what is paid)" if i == 0 else ")")
        for i, (term, value) in enumerate(terms[["term", "discounted"]].head(3).itertuples(index=False, name=None))
    ]
    text += f"; the largest {'terms are' if len(parts) > 1 else 'term is'} {listed(parts)}."
    penalties = [
        f"{money(value, book.currency)} {words}"
        for value, words in ((book.unmet_value, "for demand given up"), (book.excess_value, "for limits exceeded"))
        if value > TINY * abs(book.objective)
    ]
    if penalties:
        text += f" It contains {listed(penalties)}, which the study's own values set and nobody pays."
    return text


# ---- where supply comes from


def concentrated(book: Book, count: int = 6) -> pd.DataFrame:
    """commodity, basis, market, year, country, share, hhi, until, later: each commodity's worst year, the worst first.

    `later` is the same country's share in the last year, `until`. The focus' markets speak, or the whole world's, or,
    where neither is watched, all that are.
    """
    keys = ["commodity", "basis", "market", "year"]
    shares = book.table("Shares", *keys, "country", "share", "hhi")
    shares = shares.assign(share=floats(shares["share"]), hhi=floats(shares["hhi"]))
    shares = shares[shares["hhi"].notna() & (shares["share"] > 0)]
    told = shares["market"].isin(["*", "world", book.focus] if book.focus == "world" else [book.focus])
    if not told.any():
        told = shares["market"].isin(["*", "world"])
    shares = shares[told] if told.any() else shares
    order = ["hhi", "share", "year"]
    top = shares.sort_values(order, ascending=[False, False, True], kind="stable").drop_duplicates("commodity")
    place = ["commodity", "basis", "market"]
    last = shares.groupby(place, as_index=False)["year"].max().rename(columns={"year": "until"})
    later = shares.rename(columns={"year": "until", "share": "later"})[[*place, "until", "country", "later"]]
    top = top.head(count).merge(last, on=place, how="left").merge(later, on=[*place, "until", "country"], how="left")
    return top[[*keys, "country", "share", "hhi", "until", "later"]].fillna({"later": 0.0})


def supply_sentence(book: Book) -> str:
    top = concentrated(book, 3)
    if not len(top):
        return "The plan reports no market shares."
    parts = []
    for line in top.itertuples():
        later = f", {percent(float(line.later))} in {line.until}" if line.until > line.year else ""
        parts.append(
            f"{book.name(line.commodity)} ({book.name(line.country)} has {percent(float(line.share))} of"
            f" {market_words(book, str(line.basis), str(line.market))} in {line.year}{later})"
        )
    return f"Supply is most concentrated for {listed(parts)}."


def market_words(book: Book, basis: str, market: str) -> str:
    """What a share is a share of: `world output`, `imports into Germany`."""
    if basis in ("production", "capacity"):
        return "world output" if basis == "production" else "world capacity"
    if market in ("*", "world"):
        return "world supply" if basis == "supply" else "world trade"
    return f"supply in {book.name(market)}" if basis == "supply" else f"imports into {book.name(market)}"


def surplus(book: Book) -> pd.DataFrame:
    """commodity, country, year, surplus: what is left over of a commodity that has a price that year, largest first."""
    left = book.table("Balance", "commodity", "country", "year", "surplus", "made", "arrived")
    size = floats(left["surplus"])
    left = left[size > TINY * np.maximum(1.0, np.fmax(floats(left["made"]), floats(left["arrived"])))]
    prices = book.table("Prices", "commodity", "year", "producer", "delivered")
    dear = prices[np.fmax(floats(prices["producer"]), floats(prices["delivered"])) > 0]
    left = left.merge(dear[["commodity", "year"]].drop_duplicates(), on=["commodity", "year"])
    return left[["commodity", "country", "year", "surplus"]].sort_values("surplus", ascending=False, ignore_index=True)


# ---- what binds


def measures(book: Book, limits: pd.DataFrame) -> pd.Series:
    """What each line of Limits measures: a `share`, the `index` of concentration, or a `quantity`.

    A share has a price per percentage point and a bound of at most one; an index is what Shares gives for that market.
    """
    bound, value, point = (floats(limits[name]) for name in ("bound", "value", "price pp"))
    keys = ["commodity", "market", "year"]
    known = book.table("Shares", *keys, "hhi")[[*keys, "hhi"]].drop_duplicates().astype({"hhi": float})
    lines = limits[keys].assign(line=np.arange(len(limits)), value=value).astype(dict.fromkeys(keys, object))
    lines = lines.merge(known.astype(dict.fromkeys(keys, object)), on=keys)
    same = np.zeros(len(limits), dtype=bool)
    same[lines.loc[(lines["hhi"] - lines["value"]).abs() <= 1, "line"].to_numpy(dtype=int)] = True
    index = same & (bound > 1) & (bound <= 10_000)
    share = np.isfinite(point) & (np.abs(bound) <= 1)
    return pd.Series(np.select([share, index], ["share", "index"], "quantity"), index=limits.index, dtype=object)


def binding(book: Book) -> pd.DataFrame:
    """The limits that bind at a price, one line each in its dearest year, the dearest first.

    measure: what it limits; room: the price of a percentage point, a point of the index or a unit; worth, by which
    they are ordered: money a year for a percentage point of a share, or a hundredth of any other bound.
    """
    keys = ["limit", "commodity", "market", "source country"]
    frame = book.table("Limits", *keys, "year", "value", "bound", "slack", "price", "price pp")
    frame = frame.assign(**{c: floats(frame[c]) for c in ("value", "bound", "slack", "price", "price pp")})
    frame[keys] = frame[keys].fillna("")
    frame["measure"] = measures(book, frame)
    frame["room"] = frame["price"].where((frame["measure"] == "quantity") | frame["price pp"].isna(), frame["price pp"]).abs()
    hundredth = (frame["bound"].abs() / 100).where(frame["measure"] != "share", 1.0)
    frame["worth"] = (frame["room"] * hundredth).fillna(0.0)
    met = frame["slack"].abs() <= TINY * np.maximum(1.0, frame["bound"].abs())
    broken = frame["slack"] < -TINY * np.maximum(1.0, frame["bound"].abs())
    frame = frame[met & (frame["worth"] > 0) | broken].assign(broken=broken)
    return frame.sort_values("worth", ascending=False, kind="stable").drop_duplicates(keys).reset_index(drop=True)


def bound_words(book: Book, line: pd.Series) -> str:
    """A bound as a reader says it: `65%`, `an index of 2,500`, `148,000 t a year`."""
    if line["measure"] == "share":
        return percent(line["bound"])
    if line["measure"] == "index":
        return f"an index of {line['bound']:,.0f}"
    return f"{quantity(line['bound'], book.units.get(line['commodity'], ''))} a year"


def room_words(book: Book, line: pd.Series) -> str:
    """What a little more room is worth."""
    per = {"share": "a year per percentage point", "index": "a year per point"}
    return f"{money(line['room'], book.currency)} {per.get(line['measure']) or 'per ' + book.units.get(line['commodity'], 'unit')}"


def subject_words(book: Book, line: pd.Series) -> str:
    """What a limit is about: the commodity, its source and its market."""
    text = book.name(line["commodity"])
    if line["source country"] not in ("", "*"):
        text += f" from {book.name(line['source country'])}"
    if line["market"] not in ("", "*"):
        text += f" in {book.name(line['market'])}"
    return text


def limits_sentence(book: Book) -> str:
    keys = ["limit", "commodity", "market", "source country"]
    limits = book.table("Limits", *keys)
    if not len(limits):
        return "The study sets no limits."
    total = len(limits[keys].fillna("").drop_duplicates())
    bind = binding(book)
    if not len(bind):
        return f"None of the {counted(total, 'limit')} binds." if total > 1 else "The one limit does not bind."
    parts = [
        f"{line['limit']} for {subject_words(book, line)} ({'exceeded: ' if line['broken'] else ''}"
        f"{bound_words(book, line)} in {line['year']}, {room_words(book, line)})"
        for _, line in bind.head(3).iterrows()
    ]
    verb = "binds" if len(bind) == 1 else "bind"
    where = "A little more room is worth most under" if len(bind) > 1 else "A little more room has a price:"
    return f"{len(bind)} of {counted(total, 'limit')} {verb}. {where} {listed(parts)}."


# ---- what goes unmet


def unmet_demand(book: Book, count: int = 6) -> pd.DataFrame:
    """commodity, year, unmet, share, country, years: each commodity's worst year, the largest share first.

    share is of that year's demand, known where Balance tells what was served; country is who goes short most.
    """
    unmet = book.table("Unmet", "commodity", "country", "year", "unmet")
    unmet = unmet.assign(unmet=floats(unmet["unmet"]))
    served = book.table("Balance", "commodity", "year", "served")
    served = served.assign(served=floats(served["served"])).groupby(["commodity", "year"])["served"].sum()
    sums = unmet.groupby(["commodity", "year"], as_index=False)["unmet"].sum()
    sums = sums.merge(served.reset_index(), on=["commodity", "year"], how="left")
    sums["share"] = sums["unmet"] / (sums["unmet"] + sums["served"])
    sums = sums[sums["unmet"] > TINY * np.maximum(1.0, sums["served"].fillna(0.0))]
    years = sums.groupby("commodity")["year"].agg(lambda values: span([int(y) for y in values]))
    worst = sums.sort_values(["share", "unmet"], ascending=False, kind="stable").drop_duplicates("commodity").head(count)
    by = unmet.groupby(["commodity", "year", "country"], as_index=False)["unmet"].sum()
    most = by.sort_values("unmet", ascending=False, kind="stable").drop_duplicates(["commodity", "year"])
    worst = worst.merge(most[["commodity", "year", "country"]], on=["commodity", "year"], how="left")
    worst["years"] = worst["commodity"].map(years)
    return worst[["commodity", "year", "unmet", "share", "country", "years"]].reset_index(drop=True)


def at_cap(book: Book) -> int:
    """How many prices stand at a value the study itself put on unmet demand."""
    caps = book.table("Prices", "at cap")["at cap"]
    return int(caps.isin(CAPPED).sum())


def demand_sentence(book: Book) -> str:
    worst = unmet_demand(book)
    if not len(worst):
        text = "All demand is met."
    else:
        parts = []
        for line in worst.head(3).itertuples():
            share = f", {percent(line.share)} of that year's demand" if line.share == line.share else ""
            when = f"{line.years}, at worst " if str(line.year) != line.years else ""
            parts.append(
                f"{book.name(line.commodity)} ({when}{quantity(float(line.unmet), book.units.get(str(line.commodity), ''))}"
                f" in {line.year}{share}, most of it in {book.name(line.country)})"
            )
        more = f" and {counted(len(worst) - 3, 'more commodity', 'more commodities')}" if len(worst) > 3 else ""
        text = f"Demand goes unmet for {listed(parts)}{more}."
    caps = at_cap(book)
    if caps:
        text += (
            f" {counted(caps, 'price stands', 'prices stand')} at the value the study itself puts on unmet demand"
            " (at cap): an input, not a finding."
        )
    return text


# ---- what is built


def builds_by(book: Book) -> pd.DataFrame:
    """process, country, capacity, capex, first, last: what is built where, the dearest first."""
    builds = book.table("Builds", "process", "country", "available", "capacity", "capex")
    builds = builds.assign(**{c: floats(builds[c]) for c in ("available", "capacity", "capex")})
    builds = builds[builds["capacity"] > TINY]
    by = builds.groupby(["process", "country"], as_index=False).agg(
        capacity=("capacity", "sum"), capex=("capex", "sum"), first=("available", "min"), last=("available", "max")
    )
    return by.sort_values(["capex", "capacity"], ascending=False, kind="stable", ignore_index=True)


def builds_sentence(book: Book) -> str:
    builds = builds_by(book)
    if not len(builds):
        return "Nothing new is built."
    spent = builds["capex"].sum()
    parts = [
        f"{line.process} in {book.name(line.country)} ({significant(float(line.capacity))} a year by {line.last:.0f},"
        f" {money(float(line.capex), book.currency)})"
        for line in builds.head(3).itertuples()
    ]
    text = f"New plants take {money(spent, book.currency)} of investment, undiscounted"
    lead = builds.groupby("country")["capex"].sum().sort_values(ascending=False, kind="stable")
    if spent > 0 and len(lead) > 1:
        text += f", {percent(lead.iloc[0] / spent)} of it in {book.name(lead.index[0])}"
    return f"{text}; the largest {'are' if len(parts) > 1 else 'is'} {listed(parts)}."


def remarks(book: Book) -> list[str]:
    """What a reader should know besides: goods left over that have a price, and the plan's own warnings."""
    left = surplus(book)
    lines = []
    if len(left):
        parts = [
            f"{quantity(line.surplus, book.units.get(line.commodity, ''))} of {book.name(line.commodity)}"
            f" in {book.name(line.country)} in {line.year}"
            for line in left.head(3).itertuples()
        ]
        more = f" and {counted(len(left) - 3, 'more case')}" if len(left) > 3 else ""
        lines.append(capital(f"left over although it has a price elsewhere: {listed(parts)}{more}."))
    return lines + book.notes

"""What matters in a plan, as small tables made from the result tables: costs, supplies, limits, demand, builds."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from planner.report.book import Book
from planner.report.cells import floats
from planner.report.words import span

TINY: Final = 1e-6  # relative: below it a slack, a price or a quantity is the solver's dust
SLIGHT: Final = 1e-3  # of a demand: less is no shortage that a scenario adds
CAPPED: Final = ["yes", True]  # what `at cap` says of a price that is the study's own input
LIMIT: Final = ["limit", "commodity", "market", "source country"]


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table, each by the names of its columns."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def largest(frame: pd.DataFrame, by: str, value: str) -> pd.Series:
    """Sums of a column by another, taken as text, the largest first."""
    sums = pd.Series(floats(frame[value])).groupby(frame[by].astype(str).to_numpy()).sum()
    return sums.sort_values(ascending=False, kind="stable")


def numbers(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The table with these columns as numbers, NaN where there is none."""
    return frame.assign(**{name: floats(frame[name]) for name in columns})


def cost_terms(book: Book) -> pd.DataFrame:
    """term, kind, discounted: the largest first, whatever their sign."""
    costs = numbers(book.table("Costs", "term", "kind", "discounted"), "discounted")
    terms = costs.groupby(["term", "kind"], sort=False, observed=True)[["discounted"]].sum().reset_index()
    order = np.argsort(-np.abs(floats(terms["discounted"])), kind="stable")
    return terms.iloc[order].reset_index(drop=True)


def concentrated(book: Book, count: int) -> pd.DataFrame:
    """commodity, basis, market, by, year, country, share, hhi, until, later: each commodity's worst year, the worst first.

    `later` is the same country's share in the last year, `until`. The focus' markets speak, or the whole world's, or,
    where neither is watched, all that are.
    """
    place = ["commodity", "basis", "market", "by"]
    shares = numbers(book.table("Shares", *place, "year", "country", "share", "hhi"), "share", "hhi")
    shares = shares[shares["hhi"].notna() & (shares["share"] > 0)]
    world = shares["market"].isin(["*", "world"])
    focus = shares["market"] == book.focus
    told = focus if focus.any() else world
    shares = shares[told] if told.any() else shares
    top = shares.sort_values(["hhi", "share", "year"], ascending=[False, False, True], kind="stable")
    top = top.drop_duplicates("commodity").head(count)
    last = shares.groupby(place, observed=True)[["year"]].max().reset_index().set_axis([*place, "until"], axis=1)
    later = shares[[*place, "year", "country", "share"]].set_axis([*place, "until", "country", "later"], axis=1)
    top = top.merge(last, on=place, how="left").merge(later, on=[*place, "until", "country"], how="left")
    return top[[*place, "year", "country", "share", "hhi", "until", "later"]].fillna({"later": 0.0})


def surplus(book: Book) -> pd.DataFrame:
    """commodity, surplus, countries, years: what is left over of a commodity in years in which it has a price elsewhere.

    surplus is the sum of all places and years; the commodity with the largest single surplus comes first.
    """
    left = numbers(book.table("Balance", "commodity", "country", "year", "surplus", "made", "arrived"), "surplus")
    size = np.fmax(1.0, np.fmax(floats(left["made"]), floats(left["arrived"])))
    left = left[left["surplus"] > TINY * size]
    prices = book.table("Prices", "commodity", "year", "producer", "delivered")
    dear = prices[np.fmax(floats(prices["producer"]), floats(prices["delivered"])) > 0]
    left = left.merge(dear[["commodity", "year"]].drop_duplicates(), on=["commodity", "year"])
    left = left.sort_values("surplus", ascending=False, kind="stable")
    of = left.groupby(left["commodity"].astype(str), sort=False)
    some = of.agg(surplus=("surplus", "sum"), countries=("country", "unique"), years=("year", "unique"))
    return some.reset_index()


def measures(limits: pd.DataFrame) -> pd.Series:
    """What each line of Limits or Benchmarks measures, as its kind says: a `share` or a `quantity`."""
    kinds = limits["kind"].astype(str) if "kind" in limits.columns else pd.Series("", index=limits.index)
    return kinds.str.endswith("share").map({True: "share", False: "quantity"}).astype(object)


def all_limits(book: Book) -> pd.DataFrame:
    """Every line of Limits, Concentration and Benchmarks in one shape.

    measure: a `share`, the `index` of concentration or a `quantity`; room: what a percentage point, a point of the
    index or a unit more of room is worth a year.
    """
    columns = ("value", "bound", "slack", "price")
    plain = numbers(book.table("Limits", *LIMIT, "year", "kind", *columns, "price pp"), *columns, "price pp")
    plain = plain.assign(measure=measures(plain))
    plain["room"] = plain["price pp"].where(plain["measure"] == "share", plain["price"])
    index = book.table("Concentration", "limit", "commodity", "market", "year", "hhi", "bound", "slack", "price")
    index = numbers(index.rename(columns={"hhi": "value"}), *columns).assign(measure="index")
    index["room"] = index["price"]
    ratio = book.table("Benchmarks", "limit", "commodity", "place", "year", "kind", *columns, "of")
    ratio = numbers(ratio.rename(columns={"place": "market"}), *columns, "of").assign(measure="share")
    ratio["room"] = ratio["price"] * ratio["of"] / 100
    wanted = [*LIMIT, "year", "measure", "value", "bound", "slack", "room"]
    parts = [part.reindex(columns=wanted).astype(dict.fromkeys(LIMIT, object)) for part in (plain, index, ratio)]
    lines = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    return lines.assign(room=lines["room"].abs()).fillna(dict.fromkeys(LIMIT, ""))


def binding(book: Book) -> pd.DataFrame:
    """The limits that bind at a price, one line each in its dearest year, the dearest first.

    worth, by which they are ordered: money a year for a percentage point of a share, or a hundredth of another bound.
    """
    lines = all_limits(book)
    hundredth = (lines["bound"].abs() / 100).where(lines["measure"] != "share", 1.0)
    dust = TINY * np.fmax(1.0, lines["bound"].abs())
    lines = lines.assign(worth=(lines["room"] * hundredth).fillna(0.0), broken=lines["slack"] < -dust)
    lines = lines[((lines["slack"].abs() <= dust) & (lines["worth"] > 0)) | lines["broken"]]
    return lines.sort_values("worth", ascending=False, kind="stable").drop_duplicates(LIMIT).reset_index(drop=True)


def idle_limits(book: Book) -> int:
    """How many lines of limits speak of a market in which nothing moves, so that there is nothing to measure."""
    lines = all_limits(book)
    return int((lines["value"].isna() & lines["bound"].notna() & (lines["measure"] == "share")).sum())


def unmet_demand(book: Book, beyond: Book | None = None) -> pd.DataFrame:
    """commodity, year, unmet, share, country, years: each commodity's worst year, the largest share first.

    share is of that year's demand, known where Balance tells what was served; country is who goes short most. beyond:
    another scenario, of which only what is given up besides is told.
    """
    keys = ["commodity", "year"]
    unmet = numbers(book.table("Unmet", *keys, "country", "unmet"), "unmet")[[*keys, "country", "unmet"]]
    given_up = unmet.groupby(keys, observed=True)["unmet"].sum().rename("all").reset_index()
    if beyond is not None:
        other = numbers(beyond.table("Unmet", *keys, "country", "unmet"), "unmet")[[*keys, "country", "unmet"]]
        unmet = pd.concat([unmet, other.assign(unmet=-other["unmet"])], ignore_index=True)
    served = numbers(book.table("Balance", *keys, "served"), "served")
    served = served.groupby(keys, observed=True)[["served"]].sum().reset_index()
    sums = unmet.groupby(keys, observed=True)[["unmet"]].sum().reset_index().merge(given_up, on=keys)
    sums = sums.merge(served, on=keys, how="left")
    sums["share"] = sums["unmet"] / (sums["all"] + sums["served"])
    sums = sums[sums["unmet"] > TINY * np.fmax(1.0, sums["served"].fillna(0.0))]
    if beyond is not None:
        sums = sums[~(sums["share"] < SLIGHT)]
    years = {str(name): span([int(y) for y in part["year"]]) for name, part in sums.groupby("commodity", observed=True)}
    worst = sums.sort_values(["share", "unmet"], ascending=False, kind="stable").drop_duplicates("commodity")
    by = unmet.groupby([*keys, "country"], observed=True)[["unmet"]].sum().reset_index()
    most = by.sort_values("unmet", ascending=False, kind="stable").drop_duplicates(keys)
    worst = worst.merge(most[[*keys, "country"]], on=keys, how="left")
    worst["years"] = worst["commodity"].astype(str).map(years)
    return worst[["commodity", "year", "unmet", "share", "country", "years"]]


def back_cast(book: Book) -> pd.DataFrame:
    """commodity, year, distance, by capacity, by last year, naive plan nearer: every stage told beside statistics."""
    figures = ("distance", "by capacity", "by last year")
    lines = numbers(book.table("Back-cast", "commodity", "year", "country", *figures, "naive plan nearer"), *figures)
    return lines[(lines["country"] == "*") & lines["distance"].notna()]


def at_cap(book: Book) -> int:
    """How many prices stand at a value the study itself put on unmet demand."""
    return int(book.table("Prices", "at cap")["at cap"].isin(CAPPED).sum())


def builds_by(book: Book) -> pd.DataFrame:
    """process, country, capacity, capex, last: what is built where and works by when, the dearest first."""
    columns = ("available", "capacity", "capex")
    builds = numbers(book.table("Builds", "process", "country", *columns), *columns)
    builds = builds[builds["capacity"] > TINY]
    by = builds.groupby(["process", "country"], observed=True).agg(
        capacity=("capacity", "sum"), capex=("capex", "sum"), last=("available", "max")
    )
    return by.reset_index().sort_values(["capex", "capacity"], ascending=False, kind="stable", ignore_index=True)

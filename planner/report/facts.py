"""What matters in a plan, as small tables made from the result tables: costs, supplies, limits, demand, builds."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from planner.report.book import Book
from planner.report.cells import floats
from planner.report.words import span

TINY: Final = 1e-6  # relative: below it a slack, a price or a quantity is the solver's dust
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
    """commodity, basis, market, year, country, share, hhi, until, later: each commodity's worst year, the worst first.

    `later` is the same country's share in the last year, `until`. The focus' markets speak, or the whole world's, or,
    where neither is watched, all that are.
    """
    place = ["commodity", "basis", "market"]
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
    """commodity, country, year, surplus: what is left over of a commodity that has a price that year, largest first."""
    left = numbers(book.table("Balance", "commodity", "country", "year", "surplus", "made", "arrived"), "surplus")
    size = np.fmax(1.0, np.fmax(floats(left["made"]), floats(left["arrived"])))
    left = left[left["surplus"] > TINY * size]
    prices = book.table("Prices", "commodity", "year", "producer", "delivered")
    dear = prices[np.fmax(floats(prices["producer"]), floats(prices["delivered"])) > 0]
    left = left.merge(dear[["commodity", "year"]].drop_duplicates(), on=["commodity", "year"])
    left = left.sort_values("surplus", ascending=False, kind="stable", ignore_index=True)
    return left[["commodity", "country", "year", "surplus"]]


def measures(book: Book, limits: pd.DataFrame) -> pd.Series:
    """What each line of Limits measures: a `share`, the `index` of concentration, or a `quantity`.

    A share has a price per percentage point and a bound of at most one; an index is what Shares gives for that market.
    """
    bound, value, point = (floats(limits[name]) for name in ("bound", "value", "price pp"))
    keys = ["commodity", "market", "year"]
    known = numbers(book.table("Shares", *keys, "hhi"), "hhi")[[*keys, "hhi"]].drop_duplicates()
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
    columns = ("value", "bound", "slack", "price", "price pp")
    frame = numbers(book.table("Limits", *LIMIT, "year", *columns), *columns)
    frame[LIMIT] = frame[LIMIT].astype(object).fillna("")
    frame["measure"] = measures(book, frame)
    by_point = (frame["measure"] != "quantity") & frame["price pp"].notna()
    frame["room"] = frame["price pp"].where(by_point, frame["price"]).abs()
    hundredth = (frame["bound"].abs() / 100).where(frame["measure"] != "share", 1.0)
    frame["worth"] = (frame["room"] * hundredth).fillna(0.0)
    dust = TINY * np.fmax(1.0, frame["bound"].abs().where(frame["measure"] != "share", 1.0))
    frame["broken"] = frame["slack"] < -dust
    frame = frame[((frame["slack"].abs() <= dust) & (frame["worth"] > 0)) | frame["broken"]]
    return frame.sort_values("worth", ascending=False, kind="stable").drop_duplicates(LIMIT).reset_index(drop=True)


def idle_limits(book: Book) -> int:
    """How many lines of Limits speak of a market in which nothing moves, so that there is nothing to measure."""
    limits = numbers(book.table("Limits", "value", "bound"), "value", "bound")
    return int((limits["value"].isna() & limits["bound"].notna()).sum())


def unmet_demand(book: Book) -> pd.DataFrame:
    """commodity, year, unmet, share, country, years: each commodity's worst year, the largest share first.

    share is of that year's demand, known where Balance tells what was served; country is who goes short most.
    """
    keys = ["commodity", "year"]
    unmet = numbers(book.table("Unmet", *keys, "country", "unmet"), "unmet")
    served = numbers(book.table("Balance", *keys, "served"), "served")
    served = served.groupby(keys, observed=True)[["served"]].sum().reset_index()
    sums = unmet.groupby(keys, observed=True)[["unmet"]].sum().reset_index().merge(served, on=keys, how="left")
    sums["share"] = sums["unmet"] / (sums["unmet"] + sums["served"])
    sums = sums[sums["unmet"] > TINY * np.fmax(1.0, sums["served"].fillna(0.0))]
    years = {str(name): span([int(y) for y in part["year"]]) for name, part in sums.groupby("commodity", observed=True)}
    worst = sums.sort_values(["share", "unmet"], ascending=False, kind="stable").drop_duplicates("commodity")
    by = unmet.groupby([*keys, "country"], observed=True)[["unmet"]].sum().reset_index()
    most = by.sort_values("unmet", ascending=False, kind="stable").drop_duplicates(keys)
    worst = worst.merge(most[[*keys, "country"]], on=keys, how="left")
    worst["years"] = worst["commodity"].astype(str).map(years)
    return worst[["commodity", "year", "unmet", "share", "country", "years"]]


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

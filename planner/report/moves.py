"""How a scenario departs from the first one: the price that moves most, and the two sourcings worth drawing."""

from __future__ import annotations

from typing import Final

import pandas as pd

from planner.report.book import Book
from planner.report.cells import floats
from planner.report.facts import CAPPED, largest, numbers, records
from planner.report.findings import told

USUAL: Final = 0.2  # of a commodity's usual price: from less than that any price is a great rise
ALIKE: Final = 1e-6


def price_move(part: Book, first: Book) -> pd.DataFrame:
    """commodity, year, change, capped: whose delivered price moves most from the first scenario, in its worst year.

    Prices of a year are means over the places, weighed by what arrives there in the first scenario. What moves most has
    the largest product of the bill's change and its relative change, up to a doubling: neither a cheap residue nor a
    dear good that hardly moves. capped: some of these prices are the study's own input. No row where nothing moves.
    """
    keys = ["commodity", "country", "year"]
    weight = numbers(first.table("Balance", *keys, "arrived"), "arrived")[[*keys, "arrived"]]
    before, after = (
        book.table("Prices", *keys, "delivered", "at cap")[[*keys, "delivered", "at cap"]] for book in (first, part)
    )
    both = before.drop(columns="at cap").rename(columns={"delivered": "before"})
    both = both.merge(after.rename(columns={"delivered": "after"}), on=keys).merge(weight, on=keys)
    both = numbers(both, "before", "after").dropna(subset=["before", "after"])
    both = both[both["arrived"] > 0]
    bills = both.assign(**{name: both["arrived"] * both[name] for name in ("before", "after")})
    by = bills.assign(capped=both["at cap"].isin(CAPPED)).groupby(["commodity", "year"], observed=True)
    sums = by.agg({"arrived": "sum", "before": "sum", "after": "sum", "capped": "any"}).reset_index()
    price = sums["before"] / sums["arrived"]
    usual = price.groupby(sums["commodity"], observed=True).transform("median")
    sums = sums[(price > USUAL * usual) & (usual > 0)]
    sums = sums.assign(change=sums["after"] / sums["before"] - 1)
    sums = sums[sums["change"].abs() > ALIKE]
    sums = sums.assign(worth=sums["change"].abs().clip(upper=1) * (sums["after"] - sums["before"]).abs())
    sums = sums.sort_values("worth", ascending=False, kind="stable")
    return sums[["commodity", "year", "change", "capped"]].head(1)


def sourcings(book: Book, parts: dict[str, Book]) -> list[tuple[str, int]]:
    """Two commodities and years whose sourcing is drawn side by side: where prices move most, else what any plan tells.

    parts: the scenarios of the book, the first one first.
    """
    first, *rest = parts.values()
    lines = sorted(
        (line for part in rest for line in records(price_move(part, first))), key=lambda line: -abs(line["change"])
    )
    moved = [(str(line["commodity"]), int(line["year"])) for line in lines]
    flows = book.table("Shipments", "commodity", "from", "year", "quantity")
    last = flows.groupby(flows["commodity"].astype(str))["year"].max()
    usual = [(good, int(last[good])) for good in told(book)]
    chosen: dict[str, int] = {}
    for good, year in (*moved, *usual):
        if good in last.index and largest(lines_of(flows, good, year), "from", "quantity").sum() > 0:
            chosen.setdefault(good, year)
    return list(chosen.items())[:2]


def lines_of(flows: pd.DataFrame, good: str, year: int) -> pd.DataFrame:
    """The lines of one commodity in one year."""
    some: pd.DataFrame = flows[(flows["commodity"].astype(str) == good) & (floats(flows["year"]) == year)]
    return some

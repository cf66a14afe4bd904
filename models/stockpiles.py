"""Stockpiles: what is put aside in one period may be used in a later one.

stock[y] = stock[before] x (1 - loss)^n[y] + n[y] x (in - out), at most its capacity; the last stock is at least
`min final`, and every stock covers `min cover` days of the country's inputs and served demand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models import columns
from models.schema import BLANK, SMALLEST, TINY, Column, Component, Cost, Flow, Report, Table, Tables
from models.symbolic import Builder, Index, Model

if TYPE_CHECKING:
    from models.network import Network

HOLDERS = ["user", "producer"]
STOCKPILES = Table(
    "Stockpiles",
    "Stores that carry a commodity from one year to later ones.",
    columns.DEMAND,
    columns=(
        columns.commodity(),
        columns.place("country", "Where; a group has one in each member."),
        Column(
            "held by",
            "word",
            "user: filled from what arrives; producer: from own output before shipping.",
            default="user",
            choices=("user", "producer"),
            key=True,
        ),
        Column("initial", "number", "Stock before the first period.", unit="unit", default=0.0, low=0),
        Column(
            "capacity", "number", "Most it can hold; or the word unlimited.", unit="unit", low=0, words=("unlimited",)
        ),
        Column(
            "holding cost", "number", "On the stock at the end of the period.", unit="cur/unit/y", default=0.0, low=0
        ),
        Column("loss", "share", "Share lost per year.", unit="1/y", default=0.0, left=SMALLEST),
        Column(
            "min final",
            "number",
            "Least stock at the end; blank: the initial one after loss; 0: may be run down.",
            unit="unit",
            default=BLANK,
            low=0,
        ),
        Column(
            "min cover",
            "number",
            "Days of the country's use and demand the stock must cover.",
            unit="days",
            default=0.0,
            low=0,
            high=1e6,
            least=1e-6,
        ),
        Column(
            "soft cost",
            "number",
            "What each unit missing from `min final` or `min cover` costs; blank: hard.",
            unit="cur/unit",
            default=BLANK,
            low=0,
        ),
        Column(
            "cover applies",
            "word",
            "calm: lapses in the shock years of stress tests; always.",
            default="calm",
            choices=("calm", "always"),
        ),
    ),
)
KEY = ("commodity", "country", "holder", "year")


@dataclass(frozen=True)
class Stockpiles:
    """Every store in every year, and the rows on its level."""

    levels: Index  # KEY | capacity, holding
    first: Index  # KEY of the first year | carried [unit], length
    later: Index  # KEY of the other years | kept, length
    finals: Index  # KEY of the last year | least
    finals_soft: Index
    covers: Index  # KEY | years: min cover / 365
    covers_soft: Index
    missing: Index  # KEY + (what: 0 final, 1 cover) | cost


def index(t: Tables, d: Any) -> Stockpiles:
    """One store for each row and member of its group."""
    n: Network = d.network
    sheet = t["Stockpiles"]
    spread = n.places.data(sheet["country"], split=False)
    commodity = n.code("commodities", sheet["commodity"])[spread.row]
    holder = pd.Index(HOLDERS).get_indexer(pd.Index(sheet["held by"]))[spread.row]
    count, last = len(n.years), len(n.years) - 1
    of, y = np.repeat(np.arange(len(spread.row)), count), np.tile(np.arange(count), len(spread.row))
    f = {
        c: sheet[c].to_numpy(np.float64)[spread.row][of]
        for c in ("initial", "capacity", "holding cost", "loss", "min final", "min cover", "soft cost")
    }
    keys = (commodity[of], spread.place[of], holder[of], y)
    kept = (1 - f["loss"]) ** n.length[y]
    levels = Index(
        KEY,
        keys,
        capacity=f["capacity"],
        holding=f["holding cost"],
        kept=kept,
        length=n.length[y],
        carried=f["initial"] * kept,
    )
    whole = f["initial"] * (1 - f["loss"]) ** float(n.length.sum())
    final = np.where(np.isnan(f["min final"]), whole, f["min final"])
    soft = ~np.isnan(f["soft cost"])
    finals = Index(KEY, keys, least=final)
    covers = Index(KEY, keys, years=f["min cover"] / 365)
    ends, covered = (y == last) & (final > 0), f["min cover"] > 0
    parts = [(ends & soft, 0), (covered & soft, 1)]
    missing = Index(
        (*KEY, "what"),
        [np.concatenate([k[mask] for mask, _ in parts]) for k in keys]
        + [np.concatenate([np.full(mask.sum(), w) for mask, w in parts])],
        cost=np.concatenate([f["soft cost"][mask] for mask, _ in parts]),
    )
    n.names.update(holder=HOLDERS, what=["min final", "min cover"])
    for register, which in ((d.needs, 0), (d.supplies, 1)):
        at = keys[2] == which
        register.append((keys[0][at], keys[1][at], y[at]))
    return Stockpiles(
        levels, levels.where(y == 0), levels.where(y > 0),
        finals.where(ends & ~soft), finals.where(ends & soft), covers.where(covered & ~soft), covers.where(covered & soft), missing,
    )  # fmt: skip


def build(b: Builder, m: Model) -> None:
    """Levels and flows of every store, their rows and the holding cost."""
    x: Stockpiles = b.data
    levels = b.set("levels", x.levels)
    stock, into, out = b.var("stock", levels, upper="capacity"), b.var("stock_in", levels), b.var("stock_out", levels)
    (holding,) = b.params(levels, "holding")
    first, later = b.set("first", x.first), b.set("later", x.later)
    (carried, span), (kept, length) = b.params(first, "carried", "length"), b.params(later, "kept", "length")
    b.constraint(
        "begin",
        first,
        lambda c, k, h, y: (
            stock[c, k, h, y] - span[c, k, h, y] * (into[c, k, h, y] - out[c, k, h, y]) == carried[c, k, h, y]
        ),
    )
    b.constraint("carry", later, lambda c, k, h, y: (
        stock[c, k, h, y] - kept[c, k, h, y] * stock[c, k, h, y - 1] - length[c, k, h, y] * (into[c, k, h, y] - out[c, k, h, y]) == 0
    ))  # fmt: skip
    missing = b.set("missing", x.missing)
    (cost,) = b.params(missing, "cost")
    excess = b.var("excess", missing)
    consumed = list(m.use)  # inputs and served demand: what a cover is counted against
    used = lambda c, k, y: sum(flow.rule(c, k, y) for flow in consumed)  # noqa: E731
    final, final_soft = b.set("finals", x.finals), b.set("finals_soft", x.finals_soft)
    (least,), (wanted,) = b.params(final, "least"), b.params(final_soft, "least")
    b.constraint("min_final", final, lambda c, k, h, y: stock[c, k, h, y] >= least[c, k, h, y])
    b.constraint(
        "min_final_soft", final_soft, lambda c, k, h, y: stock[c, k, h, y] + excess[c, k, h, y, 0] >= wanted[c, k, h, y]
    )
    cover, cover_soft = b.set("covers", x.covers), b.set("covers_soft", x.covers_soft)
    (years,), (wish,) = b.params(cover, "years"), b.params(cover_soft, "years")
    b.constraint("min_cover", cover, lambda c, k, h, y: stock[c, k, h, y] >= years[c, k, h, y] * used(c, k, y))
    b.constraint(
        "min_cover_soft",
        cover_soft,
        lambda c, k, h, y: stock[c, k, h, y] + excess[c, k, h, y, 1] >= wish[c, k, h, y] * used(c, k, y),
    )

    at = b.members("at", b.set("spots", _spots(x.levels)), ("country", "year"), ("commodity", "holder"))
    m.costs.append(
        Cost(
            "holding stock", "resource", lambda k, y: sum(holding[c, k, h, y] * stock[c, k, h, y] for c, h in at[k, y])
        )
    )
    short = b.members("short", missing, ("country", "year"), ("commodity", "holder", "what"))
    m.costs.append(
        Cost(
            "excess of stockpiles",
            "penalty",
            lambda k, y: sum(cost[c, k, h, y, w] * excess[c, k, h, y, w] for c, h, w in short[k, y]),
        )
    )
    for which, register, sign in ((0, m.use, 1), (1, m.supply, -1)):
        held = b.set(f"held_by_{HOLDERS[which]}", x.levels.where(x.levels.key("holder") == which))
        stores = b.members(f"{HOLDERS[which]}_stores", held, ("commodity", "country", "year"), ("holder",))
        register.append(Flow("stocked", _flow(sign, into, out, stores)))


def _flow(sign: int, into: Any, out: Any, stores: Any) -> Any:
    return lambda c, k, y: sum(sign * (into[c, k, h, y] - out[c, k, h, y]) for h in stores[c, k, y])


def _spots(levels: Index) -> Index:
    c, k, h, y = levels.keys
    return Index(("country", "year", "commodity", "holder"), (k, y, c, h))


def stocks(plan: Any) -> pd.DataFrame:
    """Level and flows of every store."""
    index, stock = plan.values("stockpiles.stock")
    flows = {c: plan.values(f"stockpiles.{name}")[1] for c, name in (("in", "stock_in"), ("out", "stock_out"))}
    frame = plan.frame(index, stock=stock, **flows).rename(columns={"holder": "held by"})
    return frame[(frame[["stock", "in", "out"]] > TINY).any(axis=1)]


STOCKS = Report(
    "Stocks",
    "Level and flows of every stockpile; in and out are rates of the year.",
    (
        Column("commodity", "code", "Commodity."),
        Column("country", "place", "Where."),
        Column("held by", "word", "user or producer."),
        Column("year", "year", "Model year."),
        Column("stock", "number", "At the end of the period.", unit="unit"),
        Column("in", "number", "Put aside.", unit="unit/y"),
        Column("out", "number", "Taken out.", unit="unit/y"),
    ),
    stocks,
)
component = Component("stockpiles", "What is put aside", (STOCKPILES,), index, build, reports=(STOCKS,))

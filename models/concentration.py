"""Concentration: a ceiling on the Herfindahl-Hirschman index of a market.

sum over countries of weight x supply^2 <= (H / 10000) x T^2, a cone that is convex also where T varies. The LP holds
the supplies, the total T and, for each supply, its square / T, whose weighted sum is at most (H / 10000) x T; the
solver's loop adds tangents of the squares where they are too small.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models import columns
from models.amounts import (
    Amounts,
    Rules,
    amounts,
    expression,
    folding,
    goods,
    mixed,
    numbered,
    said,
    terms,
    unlimited,
    without_content,
)
from models.pools import settled
from models.rules import active
from models.schema import Column, Component, Report, Table, Tables
from models.symbolic import Builder, Index, Model
from models.titles import Titles

if TYPE_CHECKING:
    from models.network import Network

CONCENTRATION = Table(
    "Concentration",
    "Ceilings on the HHI of a market over single countries; every row holds.",
    columns.POLICIES,
    rule="all",
    columns=(
        Column("limit", "code", "Name of the limit.", key=True),
        Column(
            "commodity",
            "code",
            "A commodity, material/stage summed by content, or each.",
            refers="Commodities or material/stage",
            words=("each",),
            key=True,
        ),
        columns.BASIS,
        columns.place(
            "market",
            "Where it arrives: a country, a group together, each, or * for the world.",
            "*",
            "each",
            default="*",
        ),
        columns.BY,
        Column(
            "weight",
            "word",
            "risk: each square counts times its country's risk.",
            default="none",
            choices=("none", "risk"),
        ),
        Column("max hhi", "number", "Largest index.", unit="0-10000", above=0, high=10000),
        *columns.years(),
        columns.IN_SHOCK,
    ),
)
SPLIT = ["rule", "commodity", "market", "year"]
MET = 1e-6  # an index above its ceiling by less than this part of it is the ceiling: tangents lead near, not onto it


@dataclass(frozen=True)
class Concentration:
    """Cones, one for each limit, commodity, market and year, with the supplies and totals they stand on."""

    cones: pd.DataFrame  # rule, commodity, market, year
    ceiling: Any  # (cones,) H
    supplies: Index  # (cone, country) | weight, fixed
    squares: Index  # (cone, country) | weight: the supplies of cones that can bind
    totals: Index  # (cone,) | fixed
    ceilings: Index  # (cone,) that can bind | most: H / 10000
    numbers: Index  # (cone, country, amount): the amount each supply is
    counted: Amounts
    whole: Amounts
    terms: pd.DataFrame  # every term of every total, with the country it counts as


def index(t: Tables, d: Any) -> Concentration:
    """Amounts by single country and in all; bundles of small countries count in the total alone."""
    n: Network = d.network
    sheet = t["Concentration"]
    holds = active(sheet["first year"].to_numpy(np.int64), sheet["last year"].to_numpy(np.int64), n.years)
    good = goods(sheet["commodity"], t["Commodities"])
    rules = Rules(
        good, sheet["basis"].to_numpy(object), n.places.rule(sheet["market"]), n.places.rule(pd.Series(["each"] * len(sheet), dtype=object)),
        folding(sheet, n.places), holds, mixed(good),
    )  # fmt: skip
    frame = terms(d, rules)
    d.unmatched("Concentration", np.setdiff1d(np.arange(len(sheet)), frame["rule"].to_numpy()))
    unlimited(d, "Concentration", "basis", frame)
    without_content(d, "Concentration", "commodity", good)
    frame = frame[np.isfinite(frame["weight"])]
    cones, (of,) = numbered(SPLIT, frame)
    frame = frame.assign(cone=of)
    single = frame[~n.places.aggregate[frame["country"].to_numpy(np.int64)]]
    supplies, (of,) = numbered(["cone", "country"], single)
    counted = amounts(d, single, of, len(supplies))
    whole = amounts(d, frame, frame["cone"], len(cones))
    rule = cones["rule"].to_numpy(np.int64)
    risky = (sheet["weight"] == "risk").to_numpy()[rule[supplies["cone"]]]
    country = supplies["country"].to_numpy(np.int64)
    weight = np.where(risky, n.places.risk[country], 1.0)
    for k in np.unique(country[np.isnan(weight)]):
        at = int(rule[supplies["cone"].to_numpy()[country == k][0]])
        d.problem(
            "Concentration",
            at,
            "weight",
            f"{n.places.names[k]} supplies this market and has no risk in Countries.",
            "Fix: enter its risk.",
        )
    keys = (supplies["cone"].to_numpy(np.int64), country)
    high = sheet["max hhi"].to_numpy(np.float64)[rule]
    binding = high < 10_000  # at 10000 one country may have everything
    every = Index(("cone", "country"), keys, weight=np.nan_to_num(weight), fixed=counted.fixed)
    n.names["cone"] = Titles(lambda: said(d, "Concentration", cones))
    n.names["amount"] = [n.places.names[k] for k in country]  # its key in rows of supplies, whose cone tells the rest
    return Concentration(
        cones, high, every, every.where(binding[keys[0]]), Index(("cone",), (np.arange(len(cones)),), fixed=whole.fixed),
        Index(("cone",), (np.flatnonzero(binding),), most=high[binding] / 10_000),
        Index(("cone", "country", "amount"), (*keys, np.arange(len(supplies)))), counted, whole, frame,
    )  # fmt: skip


def build(b: Builder, m: Model) -> None:
    """The exact sums that the cone stands on and the ceiling on squares, which the solver's cuts alone hold up."""
    x: Concentration = b.data
    part, all_ = expression(b, m, "part", x.counted), expression(b, m, "whole", x.whole)
    supplies, totals = b.set("supplies", x.supplies), b.set("totals", x.totals)
    (fixed,), (base,) = b.params(supplies, "fixed"), b.params(totals, "fixed")
    supply, total = b.var("source_supply", supplies), b.var("market_total", totals)
    b.constraint("supply", b.set("numbers", x.numbers), lambda h, k, a: supply[h, k] - part(a) == fixed[h, k])
    b.constraint("total", totals, lambda h: total[h] - all_(h) == base[h])
    squares, ceilings = b.set("squares", x.squares), b.set("ceilings", x.ceilings)
    (weight,), (most,) = b.params(squares, "weight"), b.params(ceilings, "most")
    square, under = b.var("square", squares), b.members("under", squares, ("cone",), ("country",))
    b.constraint("hhi", ceilings, lambda h: sum(weight[h, k] * square[h, k] for k in under[h]) <= most[h] * total[h])


def concentration(plan: Any) -> pd.DataFrame:
    """Every ceiling: the index the plan reaches, and what one more point is worth."""
    x: Concentration = plan.data.concentration
    n: Network = plan.data.network
    line = plan.data.tables["Concentration"].iloc[x.cones["rule"]]
    value, price = plan.hhi()
    frame = said(plan.data, "Concentration", x.cones).assign(
        basis=line["basis"].to_numpy(), hhi=value, bound=x.ceiling, slack=settled(x.ceiling - value, x.ceiling, MET),
        price=price / n.factor[x.cones["year"].to_numpy(np.int64)],
    )  # fmt: skip
    return frame[frame["bound"] < 10_000]


CONCENTRATION_REPORT = Report(
    "Concentration",
    "Every ceiling on an HHI below 10,000, which even one country meets: the index of the plan, and what one more point is worth.",
    (
        Column("limit", "code", "Name of the limit."),
        Column("commodity", "code", "Commodity."),
        Column("basis", "word", "What is counted."),
        Column("market", "place", "Market; * is the world."),
        Column("year", "year", "Model year."),
        Column("hhi", "number", "Index of the plan (weighted by risk where the limit is).", unit="0-10000"),
        Column("bound", "number", "Ceiling.", unit="0-10000"),
        Column("slack", "number", "Room left.", unit="0-10000"),
        Column("price", "number", "What one more HHI point saves.", unit="cur/point"),
    ),
    concentration,
)
component = Component(
    "concentration", "Ceilings on the HHI", (CONCENTRATION,), index, build, reports=(CONCENTRATION_REPORT,)
)

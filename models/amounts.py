"""Amounts: what a policy counts, as weighted sums of shipments, activities and builds.

A policy row names commodities, a basis, markets and sources; `each` splits it. `count` makes one amount per split and
year: the terms of all of them are three index tables, whatever the number of rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.places import Bools, Floats, Specs
from models.rules import match
from models.symbolic import Builder, Codes, Index

NO = -1  # the split of a column that is not `each`
TERMS = ["lane", "site", "build"]


@dataclass(frozen=True)
class Rules:
    """Rows of a policy sheet, as counted: (rules,) each. Specs are over commodities and places."""

    commodity: Specs
    basis: NDArray[Any]  # supply, imports, production, capacity
    market: Specs
    source: Specs
    fold: Codes  # (rules, places) the country a source counts as: its territory or its owner
    holds: Bools  # (rules, years)


def terms(d: Any, rules: Rules) -> pd.DataFrame:
    """Every term of every rule: rule, year, commodity, market and source (the split they fall in, or NO), kind, at, weight.

    kind: `lane` (row of trade.lanes), `site` (row of production.runs), `build` (row of capacity.works), or `fixed`
    (weight is an amount of its own). Sources are not filtered here: the total needs them all; `own` says that the
    source belongs to the market, `wanted` that the rule speaks of it.
    """
    parts = [_arrivals(d, rules), _output(d, rules, "production"), _output(d, rules, "capacity")]
    return pd.concat([p for p in parts if len(p)], ignore_index=True) if any(map(len, parts)) else parts[0]


def _arrivals(d: Any, rules: Rules) -> pd.DataFrame:
    """Terms of `supply` and `imports`: shipments after loss."""
    lanes, territory = d.trade.lanes, d.network.places.territory
    c, o, k, y = lanes.keys
    rows = np.flatnonzero(np.isin(rules.basis, ("supply", "imports")))
    found = match([(_part(rules.commodity, rows), c), (_part(rules.market, rows), k)])
    rule, at = rows[found.rule], found.item
    keep = rules.holds[rule, y[at]]
    rule, at = rule[keep], at[keep]
    market = rules.market
    spec = market.code[rule]
    # Inside the market: the same country where the market is each country or the world, else any of its members.
    open_ = market.any[spec] | market.each[spec]
    inside = np.where(open_, territory[o[at]] == territory[k[at]], market.member[spec, o[at]])
    arrives = (rules.basis[rule] == "supply") | ~inside
    rule, at, inside = rule[arrives], at[arrives], inside[arrives]
    frame = _frame(d, rules, rule, c[at], o[at], y[at], "lane", at, lanes.columns["kept"][at])
    each = market.each[market.code[rule]]
    frame["market"] = np.where(each, territory[k[at]], NO)
    frame["own"] = inside
    return frame[~(each & d.network.places.aggregate[territory[k[at]]])]


def _output(d: Any, rules: Rules, basis: str) -> pd.DataFrame:
    """Terms of `production` (output) or `capacity` (capacity x max use x output per activity)."""
    rows = np.flatnonzero(rules.basis == basis)
    making = d.production.making
    c, o, s, y = making.keys
    found = match([(_part(rules.commodity, rows), c)])
    rule, at = rows[found.rule], found.item
    keep = rules.holds[rule, y[at]]
    rule, at = rule[keep], at[keep]
    quantity = making.columns["quantity"][at]
    if basis == "production":
        return _frame(d, rules, rule, c[at], o[at], y[at], "site", d.production.runs.positions([s[at], y[at]]), quantity)
    figures = d.production.figures
    use = figures["max use"][s[at], y[at]] * quantity
    fixed = _frame(d, rules, rule, c[at], o[at], y[at], "fixed", np.full(len(at), NO), use * figures["capacity"][s[at], y[at]])
    works = d.capacity.works
    build = pd.DataFrame({"site": works.key("site"), "year": works.key("year"), "build": np.arange(len(works)), "share": works.columns["share"]})
    pairs = pd.DataFrame({"pair": np.arange(len(at)), "site": s[at], "year": y[at]}).merge(build, on=["site", "year"])
    p = pairs["pair"].to_numpy(np.int64)
    grown = _frame(
        d, rules, rule[p], c[at][p], o[at][p], y[at][p], "build", pairs["build"].to_numpy(np.int64), use[p] * pairs["share"].to_numpy(np.float64),
    )  # fmt: skip
    return pd.concat([fixed, grown], ignore_index=True)


def _frame(d: Any, rules: Rules, rule: Codes, commodity: Codes, origin: Codes, year: Codes, kind: str, at: Codes, weight: Floats) -> pd.DataFrame:
    """Terms with the splits they fall in; several commodities of one rule are added by content where it names a material."""
    source, good = rules.source, rules.commodity
    spec = source.code[rule]
    country = rules.fold[rule, origin]
    single = good.single[good.code[rule]] | good.each[good.code[rule]]
    return pd.DataFrame({
        "rule": rule, "year": year,
        "commodity": np.where(good.each[good.code[rule]], commodity, NO),
        "market": NO,
        "source": np.where(source.each[spec], country, NO),
        # A place named itself (COD.CN) is that place alone, whoever owns it; anything else is asked of the fold.
        "wanted": source.member[spec, country] | (source.member[spec, origin] & (source.size[spec] == 1) & source.single[spec]),
        "own": False, "kind": kind, "at": at,
        "weight": weight * np.where(single, 1.0, d.network.content[commodity]),
        "country": country,
    })  # fmt: skip


def _part(specs: Specs, rows: Codes) -> Specs:
    """The specs of some rows."""
    return Specs(specs.code[rows], specs.member, specs.any, specs.each, specs.single, specs.size)


@dataclass(frozen=True)
class Amounts:
    """Terms of numbered amounts, and their constants."""

    lanes: Index  # (amount, commodity, from, to, year) | weight
    sites: Index  # (amount, site, year) | weight
    builds: Index  # (amount, site, decided, year) | weight
    fixed: Floats  # (amounts,)


def amounts(d: Any, frame: pd.DataFrame, amount: Any, count: int) -> Amounts:
    """Terms gathered under their amount; `amount`: number of each term's amount."""
    frame = frame.assign(amount=amount)
    summed = frame.groupby(["amount", "kind", "at"], as_index=False, sort=True)["weight"].sum()
    tables = []
    for kind, index in zip(TERMS, (d.trade.lanes, d.production.runs, d.capacity.works), strict=True):
        part = summed[summed["kind"] == kind]
        at = part["at"].to_numpy(np.int64)
        tables.append(Index(("amount", *index.names), (part["amount"], *(k[at] for k in index.keys)), weight=part["weight"]))
    fixed = frame[frame["kind"] == "fixed"]
    return Amounts(*tables, np.bincount(fixed["amount"], weights=fixed["weight"], minlength=count))


def expression(b: Builder, m: Any, name: str, x: Amounts) -> Any:
    """A function of the amount's number: its linear expression without the constant."""
    lanes, sites, builds = (b.set(f"{name}_{kind}", index) for kind, index in zip(TERMS, (x.lanes, x.sites, x.builds), strict=True))
    (u,), (v,), (w,) = (b.params(s, "weight") for s in (lanes, sites, builds))
    of_lane = b.members(f"{name}_of_lane", lanes, ("amount",), ("commodity", "from", "to", "year"))
    of_site = b.members(f"{name}_of_site", sites, ("amount",), ("site", "year"))
    of_build = b.members(f"{name}_of_build", builds, ("amount",), ("site", "decided", "year"))
    ship, activity, build = m.trade.ship, m.production.activity, m.capacity.build
    return lambda a: (
        sum(u[a, c, o, k, y] * ship[c, o, k, y] for c, o, k, y in of_lane[a])
        + sum(v[a, s, y] * activity[s, y] for s, y in of_site[a])
        + sum(w[a, s, z, y] * build[s, z] for s, z, y in of_build[a])
    )

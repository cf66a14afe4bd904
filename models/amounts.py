"""Amounts: what a policy counts, as weighted sums of shipments, activities and builds.

A policy row names commodities, a basis, markets and sources; `each` splits it. `count` makes one amount per split and
year: the terms of all of them are three index tables, whatever the number of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.places import Bools, Floats, Places, Specs, speak
from models.rules import match
from models.symbolic import Builder, Codes, Index, ranks

NO = -1  # the split of a column that is not `each`
TERMS = ["lane", "site", "build", "unmet"]
KINDS = pd.CategoricalDtype([*TERMS, "fixed"])


@dataclass(frozen=True)
class Rules:
    """Rows of a policy sheet, as counted: (rules,) each. Specs are over commodities and places."""

    commodity: Specs
    basis: NDArray[Any]  # supply, imports, production, capacity; in Benchmarks also use
    market: Specs
    source: Specs
    fold: Codes  # (rules, places) the country a source counts as: its territory or its owner
    holds: Bools  # (rules, years)
    content: Bools  # (rules,) counted in tonnes of the material, not in the commodity's unit


def terms(d: Any, rules: Rules) -> pd.DataFrame:
    """Every term of every rule: rule, year, commodity, market and source (the split they fall in, or NO), kind, at, weight.

    kind: `lane` (row of trade.lanes), `site` (row of production.runs), `build` (row of capacity.works), `unmet` (row of
    demand.unmet), or `fixed` (weight is an amount of its own). Sources are not filtered here: the total needs them all; `own` says that the
    source belongs to the market, `wanted` that the rule speaks of it.
    """
    parts = [
        part
        for make, bases in ((_arrivals, ("supply", "imports")), (_output, ("production",)), (_capacity, ("capacity",)), (_use, ("use",)))
        if len(rows := np.flatnonzero(np.isin(rules.basis, bases)))
        for part in make(d, rules, rows)
    ]  # fmt: skip
    if not parts:
        none = np.zeros(0, np.int64)
        return _frame(d, rules, none, none, none, none, "fixed", none, none.astype(np.float64))
    return pd.concat(parts, ignore_index=True) if parts[1:] else parts[0]


def _arrivals(d: Any, rules: Rules, rows: Codes) -> list[pd.DataFrame]:
    """Terms of `supply` and `imports`: shipments after loss."""
    lanes, territory = d.trade.lanes, d.network.places.territory
    c, o, k, y = lanes.keys
    found = match([(_part(rules.commodity, rows), c), (_part(rules.market, rows), k)])
    rule, at = rows[found.rule], found.item
    keep = rules.holds[rule, y[at]]
    rule, at = rule[keep], at[keep]
    market = rules.market

    def inside(rule: Codes, origin: Codes, place: Codes) -> Bools:
        """The same country where the market is each country or the world, else any of its members."""
        spec = market.code[rule]
        open_ = market.any[spec] | market.each[spec]
        return np.where(open_, territory[origin] == territory[place], market.member[spec, origin])

    arrives = (rules.basis == "supply")[rule]
    if not arrives.all():
        arrives |= ~inside(rule, o[at], k[at])
        rule, at = rule[arrives], at[arrives]
    frame = _frame(d, rules, rule, c[at], o[at], y[at], "lane", at, lanes.columns["kept"][at])
    each = market.each[market.code[rule]]
    frame["market"] = np.where(each, territory[k[at]], NO)
    # By owner, what a plant makes is its owner's: the market's own where the owner is.
    fold = rules.fold[rule, o[at]]
    frame["own"] = inside(rule, np.where(fold == territory[o[at]], o[at], fold), k[at])
    bundle = each & d.network.places.aggregate[territory[k[at]]]
    return [frame[~bundle] if bundle.any() else frame]


def _made(d: Any, rules: Rules, rows: Codes) -> tuple[Codes, Codes]:
    """Pairs of a rule and a row of production.making, in years in which the rule holds."""
    making = d.production.making
    found = match([(_part(rules.commodity, rows), making.key("commodity"))])
    rule, at = rows[found.rule], found.item
    keep = rules.holds[rule, making.key("year")[at]]
    return rule[keep], at[keep]


def _output(d: Any, rules: Rules, rows: Codes) -> list[pd.DataFrame]:
    """Terms of `production`: output."""
    making = d.production.making
    rule, at = _made(d, rules, rows)
    c, o, s, y = (key[at] for key in making.keys)
    return [
        _frame(d, rules, rule, c, o, y, "site", d.production.runs.positions([s, y]), making.columns["quantity"][at])
    ]


def _capacity(d: Any, rules: Rules, rows: Codes) -> list[pd.DataFrame]:
    """Terms of `capacity`: capacity x max use x output per activity."""
    making, figures = d.production.making, d.production.figures
    rule, at = _made(d, rules, rows)
    c, o, s, y = (key[at] for key in making.keys)
    use = figures["max use"][s, y] * making.columns["quantity"][at]
    fixed = _frame(d, rules, rule, c, o, y, "fixed", np.full(len(at), NO), use * figures["capacity"][s, y])
    works = d.capacity.works
    build = pd.DataFrame(
        {
            "site": works.key("site"),
            "year": works.key("year"),
            "build": np.arange(len(works)),
            "share": works.columns["share"],
        }
    )
    pairs = pd.DataFrame({"pair": np.arange(len(at)), "site": s, "year": y}).merge(build, on=["site", "year"])
    p = pairs["pair"].to_numpy(np.int64)
    grown = _frame(
        d, rules, rule[p], c[p], o[p], y[p], "build", pairs["build"].to_numpy(np.int64), use[p] * pairs["share"].to_numpy(np.float64),
    )  # fmt: skip
    return [fixed, grown]


def _use(d: Any, rules: Rules, rows: Codes) -> list[pd.DataFrame]:
    """Terms of `use`: recipe inputs, demand, and what is given up of it."""
    taking, lines, unmet = d.production.taking, d.demand.lines, d.demand.unmet
    out = []
    for index, kind, weight in (
        (taking, "site", taking.columns["quantity"]),
        (lines, "fixed", lines.columns["demand"]),
        (unmet, "unmet", -np.ones(len(unmet))),
    ):
        c, k, y = (index.key(name) for name in ("commodity", "country", "year"))
        found = match([(_part(rules.commodity, rows), c), (_part(rules.market, rows), k)])
        rule, at = rows[found.rule], found.item
        keep = rules.holds[rule, y[at]]
        rule, at = rule[keep], at[keep]
        where = d.production.runs.positions([index.key("site")[at], y[at]]) if kind == "site" else at
        out.append(_frame(d, rules, rule, c[at], k[at], y[at], kind, where, weight[at]))
    return out


def _frame(
    d: Any,
    rules: Rules,
    rule: Codes,
    commodity: Codes,
    origin: Codes,
    year: Codes,
    kind: str,
    at: Codes,
    weight: Floats,
) -> pd.DataFrame:
    """Terms with the splits they fall in; several commodities of one rule are added by content where it names a material."""
    source, good = rules.source, rules.commodity
    spec = source.code[rule]
    country = rules.fold[rule, origin]
    return pd.DataFrame({
        "rule": rule, "year": year,
        "commodity": np.where(good.each[good.code[rule]], commodity, NO),
        "market": NO,
        "source": np.where(source.each[spec], country, NO),
        "wanted": source.member[spec, origin],
        "own": False, "kind": pd.Categorical.from_codes(np.full(len(rule), KINDS.categories.get_loc(kind), np.int8), dtype=KINDS), "at": at,
        "weight": weight * np.where(rules.content[rule], d.network.content[commodity], 1.0),
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
    unmet: Index  # (amount, commodity, country, use, step, year) | weight
    fixed: Floats  # (amounts,)


def amounts(d: Any, frame: pd.DataFrame, amount: Any, count: int) -> Amounts:
    """Terms gathered under their amount; `amount`: number of each term's amount."""
    number, at = np.asarray(amount, np.int64), frame["at"].to_numpy(np.int64)
    weight, kind = frame["weight"].to_numpy(np.float64), frame["kind"].cat.codes.to_numpy()
    tables = []
    for code, index in enumerate((d.trade.lanes, d.production.runs, d.capacity.works, d.demand.unmet)):
        mine, width = np.flatnonzero(kind == code), max(len(index), 1)
        both, values = number[mine] * width + at[mine], weight[mine]
        if not np.diff(np.sort(both)).all():  # a site may give or take several goods of one amount
            both, which = np.unique(both, return_inverse=True)
            values = np.bincount(which, weights=values)
        of, row = np.divmod(both, width)
        tables.append(index.under("amount", of, row, weight=values))
    fixed = kind == len(TERMS)
    constants = np.bincount(number[fixed], weights=weight[fixed], minlength=count).astype(np.float64)
    return Amounts(tables[0], tables[1], tables[2], tables[3], constants)


def numbered(columns: Sequence[str], *frames: pd.DataFrame) -> tuple[pd.DataFrame, list[Codes]]:
    """The distinct splits that stand in columns of the frames, ascending, and for each frame the number of every row's."""
    keys = [np.concatenate([f[c].to_numpy() for f in frames]) - NO for c in columns]  # NO is below 0
    rank, distinct = ranks(keys)
    values = pd.DataFrame({c: k + NO for c, k in zip(columns, distinct, strict=True)})
    return values, np.split(rank, np.cumsum([len(f) for f in frames])[:-1])


def said(d: Any, sheet: str, rows: pd.DataFrame) -> pd.DataFrame:
    """What rows of a policy speak of: its name, commodity, market, source where they have one, and year.

    As split by `each`, else as the sheet says.
    """
    n = d.network
    line = d.tables[sheet].iloc[rows["rule"]]
    out = {"limit": line["limit"].to_numpy(object)}
    columns = {
        "commodity": ("commodity", n.commodities),
        "market": ("market", n.places.names),
        "source": ("source country", n.places.names),
    }
    for split in [name for name in columns if name in rows]:
        column, names = columns[split]
        code = rows[split].to_numpy(np.int64)
        out[column] = np.where(code >= 0, np.array(names, object)[code], line[column].to_numpy(object))
    return pd.DataFrame(out | {"year": n.years[rows["year"].to_numpy(np.int64)]})


def expression(b: Builder, m: Any, name: str, x: Amounts) -> Any:
    """A function of the amount's number: its linear expression without the constant."""
    tables = (x.lanes, x.sites, x.builds, x.unmet)
    sets = [b.set(f"{name}_{kind}", index) for kind, index in zip(TERMS, tables, strict=True)]
    (u,), (v,), (w,), (z,) = (b.params(s, "weight") for s in sets)
    lanes, sites, builds, given_up = (
        b.members(f"{name}_of_{kind}", s, ("amount",), index.names[1:])
        for kind, s, index in zip(TERMS, sets, tables, strict=True)
    )
    ship, activity, build, unmet = m.trade.ship, m.production.activity, m.capacity.build, m.demand.unmet
    return lambda a: (
        sum(u[a, c, o, k, y] * ship[c, o, k, y] for c, o, k, y in lanes[a])
        + sum(v[a, s, y] * activity[s, y] for s, y in sites[a])
        + sum(w[a, s, t, y] * build[s, t] for s, t, y in builds[a])
        + sum(z[a, c, k, q, p, y] * unmet[c, k, q, p, y] for c, k, q, p, y in given_up[a])
    )


def goods(cells: pd.Series[Any], commodities: pd.DataFrame) -> Specs:
    """What the cells of a commodity column speak of: a commodity, `material/stage`, or each."""
    names = list(commodities["commodity"])
    stages: dict[str, list[int]] = {}
    for at, (material, stage) in enumerate(zip(commodities["material"], commodities["stage"], strict=True)):
        stages.setdefault(f"{material}/{stage}", []).append(at)
    group = {text: np.array(items) for text, items in stages.items()}
    return speak(cells, len(names), {name: np.array([i]) for i, name in enumerate(names)}, group)


def mixed(good: Specs) -> Bools:
    """Whether each cell names several commodities together, which are then added by content."""
    return ~(good.single | good.each)[good.code]


def sources(sheet: pd.DataFrame, places: Places) -> Specs:
    """The places each cell of `source country` speaks of: those on a country's soil, or by owner those it owns."""
    land, owned = places.rule(sheet["source country"]), places.rule(sheet["source country"], by="owner")
    both = {f.name: np.concatenate([getattr(land, f.name), getattr(owned, f.name)]) for f in fields(Specs)}
    return Specs(**both | {"code": np.where(sheet["by"] == "owner", len(land.member) + owned.code, land.code)})


def without_content(d: Any, sheet: str, column: str, good: Specs, adds: Bools | None = None) -> None:
    """Tell of rules that add goods by content, and name goods that have none; `adds`: which do, (rules,)."""
    adds = mixed(good) if adds is None else adds
    rule, at = np.nonzero(good.member[good.code] & adds[:, None] & np.isnan(d.network.content)[None, :])
    for r, c in zip(rule, at, strict=True):
        problem = f"{d.network.commodities[c]} has no content to add it by."
        d.problem(sheet, r, column, problem, "Fix: give it a content in Commodities.")


def unlimited(d: Any, sheet: str, column: str, frame: pd.DataFrame) -> None:
    """Tell of rules that count a capacity without limit: no share and no amount can be taken of it."""
    for r in np.unique(frame["rule"].to_numpy()[np.isinf(frame["weight"].to_numpy(np.float64))]):
        problem = "basis `capacity` meets a site of unlimited capacity."
        d.problem(sheet, r, column, problem, "Fix: give the site a capacity, or use `production`.")


def folding(sheet: pd.DataFrame, places: Places) -> Codes:
    """The country each place counts as under every row: (rules, places), by territory or by owner."""
    return np.where((sheet["by"] == "owner").to_numpy()[:, None], places.owner[None, :], places.territory[None, :])

"""Lanes: between whom trade may exist in each year, what moving costs, and what bans and contracts leave of it.

The index half of `models.trade`: from the three trade sheets to figures of every (commodity, from, to) and year;
tables of figures have one column where all years are alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models.places import Bools, Floats, codes
from models.rules import (
    Decision,
    Matches,
    active,
    add_up,
    idle,
    match_trade,
    matched_years,
    resolve,
    said,
    specificity,
    spread,
    within,
)
from models.schema import Tables
from models.symbolic import Codes

if TYPE_CHECKING:
    from models.network import Network


def triples(d: Any) -> tuple[tuple[Codes, Codes, Codes], Bools]:
    """Every (commodity, from, to) with a supplier and a user, and the years in which both are there."""
    n: Network = d.network
    goods, spots, years = len(n.commodities), len(n.places.names), len(n.years)
    ends: list[Bools] = []
    for register in (d.supplies, d.needs):
        there = np.zeros((goods, spots, years), bool)
        for c, k, y in register:
            there[c, k, y] = True
        ends.append(there)
    supply, need = ends
    anyone: list[Bools] = [np.logical_or.reduce(there, axis=2) for there in ends]
    c, o, k = (code.astype(np.int32) for code in np.nonzero(anyone[0][:, :, None] & anyone[1][:, None, :]))
    return (c, o, k), supply[c, o] & need[c, k]


def figures(
    t: Tables, d: Any, triple: tuple[Codes, Codes, Codes], open_: Bools
) -> tuple[dict[str, Floats], Bools, Decision]:
    """Freight, loss and bounds of every (commodity, from, to) and year, where a lane exists, and which rows give the min."""
    n: Network = d.network
    sheet = t["Lanes"]
    keys = (codes(sheet["commodity"], n.commodities), n.places.rule(sheet["from"]), n.places.rule(sheet["to"]))
    matches = match_trade(n.places, *keys, triple, home=True)
    holds = active(sheet["first year"].to_numpy(np.int64), sheet["last year"].to_numpy(np.int64), n.years)
    rank, items = specificity(keys), len(triple[0])
    d.unmatched("Lanes", idle(matches, len(sheet)))
    column = {c: sheet[c].to_numpy(np.float64) for c in ("freight", "freight per tonne", "loss", "min", "max")}
    figures: dict[str, Floats] = {}
    for group in (("freight", "freight per tonne"), ("loss",), ("max",), ("min",)):
        defaults = [0.0 if c != "max" else np.inf for c in group]
        decision = resolve(matches, rank, holds, [column[c] for c in group], items, defaults)
        d.tie("Lanes", np.arange(len(sheet)), decision.ties, group[0])
        figures |= {
            c: spread(said(decision, column[c], default), decision) for c, default in zip(group, defaults, strict=True)
        }
    mass = np.nan_to_num(n.mass)[triple[0]][:, None]
    figures["freight"] = figures["freight"] + figures.pop("freight per tonne") * mass
    same = n.places.territory[triple[1]] == n.places.territory[triple[2]]
    matched = matched_years(matches, holds, items)
    _dead_contracts(d, sheet, matches, holds, open_)
    return figures, open_ & (matched | same[:, None]), decision  # of `min`, the last one


def _dead_contracts(d: Any, sheet: pd.DataFrame, matches: Matches, holds: Bools, open_: Bools) -> None:
    """A minimum where nothing is made or used is an error."""
    asked = sheet["min"].to_numpy(np.float64) > 0
    alive = np.zeros(holds.shape, bool)
    pairs = np.flatnonzero(asked[matches.rule])
    np.logical_or.at(alive, matches.rule[pairs], open_[matches.item[pairs]])
    for r in np.flatnonzero(asked & (holds & ~alive).any(axis=1)):
        year = d.network.years[int(np.flatnonzero(holds[r] & ~alive[r])[0])]
        d.problem(
            "Lanes",
            r,
            "min",
            f"a minimum stands where nothing is made at `from` or used at `to` in {year}.",
            "Fix: remove the minimum or limit its years.",
        )


def duties(t: Tables, d: Any, triple: tuple[Codes, Codes, Codes]) -> Floats:
    """Duty per unit [cur/unit] of every (commodity, from, to) and year: one winner within each measure, measures add."""
    n: Network = d.network
    sheet = t["Tariffs"]
    if not len(sheet):
        return np.zeros((len(triple[0]), 1))
    keys = (codes(sheet["commodity"], n.commodities), n.places.rule(sheet["from"]), n.places.rule(sheet["to"]))
    measure = codes(sheet["measure"], list(pd.unique(sheet["measure"])))
    label = pd.factorize(sheet["measure"])[0].astype(np.int64)
    matches, item = within(match_trade(n.places, *keys, triple, home=False), label)
    d.unmatched("Tariffs", idle(matches, len(sheet)))
    holds = active(sheet["first year"].to_numpy(np.int64), sheet["last year"].to_numpy(np.int64), n.years)
    rate, specific = sheet["rate"].to_numpy(np.float64), sheet["specific"].to_numpy(np.float64)
    decision = resolve(matches, specificity((measure, *keys)), holds, [rate, specific], len(item), [0.0, 0.0])
    d.tie("Tariffs", np.arange(len(sheet)), decision.ties, "rate")
    share, good = said(decision, rate, 0.0), triple[0]
    bare = np.isnan(n.price)
    at = np.flatnonzero(np.logical_or.reduce(bare, axis=1)[good[item]])
    unpriced(d, "Tariffs", "rate", decision.winner[at][(share[at][:, decision.pattern] != 0) & bare[good[item[at]]]])
    # A lane's measures are added up before its price multiplies them: rates have few patterns of years.
    duty = np.nan_to_num(n.price)[good]
    duty *= spread(add_up(share, item, len(good)), decision)
    duty += spread(add_up(said(decision, specific, 0.0), item, len(good)), decision)
    return duty


def unpriced(d: Any, sheet: str, column: str, rows: Codes) -> None:
    """A rate on a commodity without price is an error."""
    for r in np.unique(rows):
        d.problem(
            sheet,
            r,
            column,
            "a rate stands on a commodity that has no price.",
            "Fix: give the commodity a price, or name those that have one."
            if sheet == "Trade measures"
            else "Fix: give the commodity a price, or use `specific`.",
        )


def taxes(
    d: Any, sheet: pd.DataFrame, kind: Any, matches: Matches, holds: Bools, triple: tuple[Codes, Codes, Codes]
) -> Floats:
    """Export tax per unit [cur/unit]: every matching row adds."""
    n: Network = d.network
    rate = np.where(kind == "tax", sheet["value"].to_numpy(np.float64), 0.0)
    pairs = np.flatnonzero(rate[matches.rule] > 0)
    if not len(pairs):
        return np.zeros((len(triple[0]), 1))
    total = np.zeros((len(triple[0]), len(n.years)))
    rule, item = matches.rule[pairs], matches.item[pairs]
    tax = np.where(holds[rule], rate[rule][:, None] * n.price[triple[0][item]], 0.0)
    unpriced(d, "Trade measures", "value", rule[np.isnan(tax).any(axis=1)])
    np.add.at(total, item, tax)
    return total


def bans(
    d: Any,
    sheet: pd.DataFrame,
    kind: Any,
    matches: Matches,
    holds: Bools,
    exists: Bools,
    least: Floats,
    contract: Decision,
) -> tuple[Bools, Floats, tuple[Codes, Codes, Floats]]:
    """Lanes that bans leave open, the contracts they leave, and the lanes that fade out.

    These are (lane, year, share of the year before that may still move).

    A ban closes its lanes, but a ban that is only partly in force in its first year leaves (1 - that) of the flow of
    the model year before, unless it holds from the first model year on.
    """
    n: Network = d.network
    first, part = sheet["first year"].to_numpy(np.int64), sheet["in first year"].to_numpy(np.float64)
    begin = np.searchsorted(n.years, first)
    fades = (kind == "ban") & (part < 1) & (begin > 0) & (begin < len(n.years))
    closing = holds & (kind == "ban")[:, None]
    fade_in = np.zeros(holds.shape, bool)
    fade_in[np.flatnonzero(fades), begin[fades]] = holds[np.flatnonzero(fades), begin[fades]]
    closing &= ~fade_in
    pairs = np.flatnonzero(kind[matches.rule] == "ban")
    rule, item = matches.rule[pairs], matches.item[pairs]
    closed = np.zeros(exists.shape, bool)
    np.logical_or.at(closed, item, closing[rule])
    _overruled(d, rule, item, closing[rule] & exists[item] & (least[item] > 0), contract)
    fading = np.flatnonzero(fades[rule])
    lane, year, kept = item[fading], begin[rule[fading]], 1 - part[rule[fading]]
    at = exists[lane, year] & ~closed[lane, year] & holds[rule[fading], year]
    _overruled(d, rule[fading], lane, fade_in[rule[fading]] & exists[lane] & (least[lane] > 0), contract)
    if at.any():
        least = np.array(np.broadcast_to(least, exists.shape))
        least[lane[at], year[at]] = 0.0
    # Of several bans that begin on a lane in one year the strictest holds.
    spot, which = np.unique(lane[at] * len(n.years) + year[at], return_inverse=True)
    strictest = np.full(len(spot), np.inf)
    np.minimum.at(strictest, which, kept[at])
    return exists & ~closed, least, (*np.divmod(spot, len(n.years)), strictest)


def overdrawn(d: Any, triple: tuple[Codes, Codes, Codes], exists: Bools, least: Floats, contract: Decision) -> None:
    """Contracts that together ask more of a place than it can have in that year, whatever is built, are an error."""
    n: Network = d.network
    lane = np.flatnonzero((least > 0).any(axis=1))
    if not len(lane):
        return
    owed = np.where(exists[lane], least[lane], 0.0)
    asked, can = np.zeros((2, len(n.commodities), len(n.places.names), len(n.years)))
    np.add.at(asked, (triple[0][lane], triple[1][lane]), owed)
    figures, grows, making, scrap = d.production.figures, d.capacity.works, d.production.making, d.recycling.scrap
    use = figures["max use"]
    most = np.where(use > 0, figures["capacity"], 0.0) * np.where(use > 0, use, 1.0)  # unlimited times 0 is no number
    most[grows.key("site"), grows.key("year")] = np.inf
    c, k, s, y = making.keys
    quantity = making.columns["quantity"]
    np.add.at(can, (c, k, y), np.where(quantity > 0, most[s, y], 0.0) * quantity)
    np.add.at(can, scrap.keys[:3], scrap.columns["amount"])
    c, k, holder, y = d.stockpiles.levels.keys
    stored = np.array(n.names["holder"], object)[holder] == "producer"
    for pool in (d.recycling.served.keys[:3], (c[stored], k[stored], y[stored])):
        can[pool] = np.inf
    spot = triple[0][lane], triple[1][lane]
    over = (owed > 0) & (asked[spot] > can[spot] * (1 + 1e-9))
    told: set[tuple[int, int, int]] = set()
    for at in np.flatnonzero(over.any(axis=1)):
        c, k, y = int(spot[0][at]), int(spot[1][at]), int(np.argmax(over[at]))
        row = int(contract.by_pattern[lane[at], contract.pattern[y]])
        if (c, k, row) in told:  # one row may give the minimum of several lanes
            continue
        told.add((c, k, row))
        problem = (
            f"in {n.years[y]} contracts ask {asked[c, k, y]:.10g} of {n.commodities[c]} from {n.places.names[k]}, "
            f"which can make {can[c, k, y]:.10g} at most."
        )
        d.problem("Lanes", row, "min", problem, "Fix: lower the minimum, or raise the capacity.")


def _overruled(d: Any, rule: Codes, item: Codes, void: Bools, contract: Decision) -> None:
    """Warn of contracts that a ban sets aside where they are owed (void: pairs of ban and lane, years), naming both cells."""
    pair, year = np.nonzero(void)
    owed = contract.by_pattern[item[pair], contract.pattern[year]]
    table = d.tables["Trade measures"]
    for r, c in np.unique(np.column_stack([rule[pair], owed]), axis=0):
        d.problem(
            "Trade measures",
            r,
            "kind",
            f"the ban {table['measure'].iloc[r]} overrules the minimum in {d.tables.named('Lanes', c, 'min')}.",
            "The minimum is dropped there.",
            "warning",
        )

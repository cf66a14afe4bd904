"""Limits: how much or how large a share of a market one source may have, or must have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models import columns
from models.amounts import (
    NO,
    Amounts,
    Rules,
    amounts,
    expression,
    folding,
    goods,
    mixed,
    numbered,
    said,
    sources,
    terms,
    unlimited,
    without_content,
)
from models.places import Specs
from models.pools import settled
from models.rules import active
from models.schema import NO_LIMIT, SMALLEST, TINY, Column, Component, Cost, Report, Table, Tables
from models.symbolic import Builder, Codes, Index, Model
from models.titles import Titles

if TYPE_CHECKING:
    from models.network import Network

LIMITS = Table(
    "Limits", "Ceilings and floors on amounts and shares; every row holds.", columns.POLICIES, rule="all",
    columns=(
        Column("limit", "code", "Name of the limit.", key=True),
        Column("commodity", "code", "A commodity, material/stage summed by content, or each.", refers="Commodities or material/stage", words=("each",), key=True),
        columns.BASIS,
        columns.place("market", "Where it arrives: a country, a group together, each, or * for the world.", "*", "each", default="*"),
        columns.place("source country", "Where it comes from: a place, a group together, each, or *.", "*", "each", default="*"),
        columns.BY,
        Column("exempt own", "word", "yes: the market's own members are not limited.", default="no", choices=("no", "yes")),
        Column("max share", "share", "Largest share of the total.", default=NO_LIMIT, least=SMALLEST),
        Column("min share", "share", "Smallest share of the total.", default=0.0, least=SMALLEST),
        Column("max", "number", "Largest amount.", unit="unit/y", default=NO_LIMIT, low=0),
        Column("min", "number", "Smallest amount.", unit="unit/y", default=0.0, low=0),
        *columns.years(),
        columns.SOFT_COST,
        columns.IN_SHOCK,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """Rows of every limit: an amount S, where it is a share the total T it is a share of, and the bounds."""

    rows: pd.DataFrame  # rule, commodity, market, source, year, amount, total, and the bounds of the rule
    counted: Amounts  # amounts of the rows
    whole: Amounts  # totals
    kinds: dict[
        str, Index
    ]  # max_share, min_share, max, min -> (limit_row, limit_total) and, where soft, (.., limit_excess) | bound, fixed
    totals: Index  # (limit_total,) | fixed
    soft: Index  # (limit_excess,) | cost
    soft_spots: Index  # (country, year, limit_excess)
    amount_rows: Index  # (limit_row,) | fixed
    terms: pd.DataFrame  # every term of every total, with the country it counts as


SPLIT = ["rule", "commodity", "market", "year"]


def index(t: Tables, d: Any) -> Limits:
    """Amounts and totals of the sheet's rows, split by `each`, and their bounds."""
    n: Network = d.network
    sheet = t["Limits"]
    holds = active(sheet["first year"].to_numpy(np.int64), sheet["last year"].to_numpy(np.int64), n.years)
    good = goods(sheet["commodity"], t["Commodities"])
    rules = Rules(
        good, sheet["basis"].to_numpy(object), n.places.rule(sheet["market"]),
        sources(sheet, n.places), folding(sheet, n.places), holds, mixed(good),
    )  # fmt: skip
    frame = terms(d, rules)
    _uncountable(d, frame, good)
    frame = frame[np.isfinite(frame["weight"])]
    whole, (of, _) = numbered(SPLIT, frame, _idle(d, sheet, rules, frame))
    whole["total"] = np.arange(len(whole))
    frame = frame.assign(total=of)
    each = rules.source.each[rules.source.code]
    exempt = (sheet["exempt own"] == "yes").to_numpy()[frame["rule"]] & frame["own"].to_numpy(bool)
    bundle = each[frame["rule"]] & n.places.aggregate[frame["country"].to_numpy(np.int64)]
    counted = frame[frame["wanted"].to_numpy(bool) & ~exempt & ~bundle]
    # A row with `each` stands for every source that occurs; any other row also where its source has nothing to give.
    always = whole[~each[whole["rule"]]].assign(source=NO)
    rows, (of, _) = numbered(["total", "source"], counted, always)
    rows = rows.join(whole[SPLIT], on="total").assign(amount=np.arange(len(rows)))
    counted = counted.assign(amount=of)
    sums = amounts(d, counted, counted["amount"], len(rows))
    wholes = amounts(d, frame, frame["total"], len(whole))
    bounds = {
        k: sheet[k].to_numpy(np.float64)[rows["rule"]] for k in ("max share", "min share", "max", "min", "soft cost")
    }
    rows = rows.assign(**bounds)
    kinds, bounded = {}, {"max share": np.isfinite, "min share": np.abs, "max": np.isfinite, "min": np.abs}
    soft = np.isfinite(bounds["soft cost"])
    missed = np.zeros(0, np.int64)  # the row of every bound that may be broken, each by an excess of its own
    broken: list[str] = []  # its kind
    for kind, test in bounded.items():
        for flag, suffix in ((False, ""), (True, "_soft")):
            r = np.flatnonzero((test(bounds[kind]).astype(bool)) & (soft == flag))
            keys = {"limit_row": r, "limit_total": rows["total"].to_numpy(np.int64)[r]}
            if flag:
                keys["limit_excess"] = len(missed) + np.arange(len(r))
                missed = np.concatenate([missed, r])
                broken += [kind] * len(r)
            kinds[kind.replace(" ", "_") + suffix] = Index(
                tuple(keys), keys.values(), bound=bounds[kind][r], fixed=sums.fixed[r]
            )
    each_one = np.arange(len(missed))
    place, year = _market_place(n, sheet, rows), rows["year"].to_numpy(np.int64)
    spots = Index(("country", "year", "limit_excess"), (place[missed], year[missed], each_one))
    used = np.unique(np.concatenate([kinds[k].key("limit_total") for k in kinds if "share" in k]))
    n.names["limit_row"] = Titles(lambda: said(d, "Limits", rows))
    n.names["limit_total"] = Titles(lambda: said(d, "Limits", whole))
    n.names["limit_excess"] = Titles(lambda: said(d, "Limits", rows.iloc[missed]).assign(kind=broken))
    return Limits(
        rows, sums, wholes, kinds, Index(("limit_total",), (used,), fixed=wholes.fixed[used]),
        Index(("limit_excess",), (each_one,), cost=bounds["soft cost"][missed]), spots, Index(("limit_row",), (np.arange(len(rows)),), fixed=sums.fixed), frame,
    )  # fmt: skip


def _uncountable(d: Any, frame: pd.DataFrame, good: Specs) -> None:
    """Tell of rows that count nothing, that meet an unlimited capacity, or goods without content."""
    sheet = d.tables["Limits"]
    counted = frame["rule"].to_numpy()[frame["wanted"].to_numpy(bool)]
    d.unmatched("Limits", np.flatnonzero(np.bincount(counted, minlength=len(sheet)) == 0))
    without_content(d, "Limits", "commodity", good)
    unlimited(d, "Limits", "basis", frame)


def _idle(d: Any, sheet: pd.DataFrame, rules: Rules, frame: pd.DataFrame) -> pd.DataFrame:
    """Years in which nothing can count towards a `min`: an error where it is hard, a row that misses it where soft."""
    single = ~(rules.source.each[rules.source.code] | rules.market.each[rules.market.code])
    single &= ~rules.commodity.each[rules.commodity.code] & (sheet["min"].to_numpy(np.float64) > 0)
    counts = np.zeros(rules.holds.shape, bool)
    wanted = frame["wanted"].to_numpy(bool)
    counts[frame["rule"].to_numpy(np.int64)[wanted], frame["year"].to_numpy(np.int64)[wanted]] = True
    missing = rules.holds & ~counts & single[:, None]
    soft = np.isfinite(sheet["soft cost"].to_numpy(np.float64))
    for r in np.flatnonzero(missing.any(axis=1) & ~soft):
        problem = f"nothing can count towards this minimum in {d.network.years[int(np.argmax(missing[r]))]}."
        d.problem("Limits", r, "min", problem, "Fix: limit its years, or give it a soft cost.")
    rule, year = np.nonzero(missing & soft[:, None])
    return pd.DataFrame({"rule": rule, "commodity": NO, "market": NO, "year": year})[SPLIT]


def _market_place(n: Network, sheet: pd.DataFrame, rows: pd.DataFrame) -> Codes:
    """Where the cost of a broken soft limit is booked: its market or source where that is one place, else `*`."""
    nobody = len(n.places.names)
    place = rows["market"].to_numpy(np.int64)
    for column in ("market", "source country"):
        named = pd.Index(n.places.names).get_indexer(pd.Index(sheet[column]))[rows["rule"]]
        place = np.where(place < 0, named, place)
    return np.where(place < 0, nobody, place)


def build(b: Builder, m: Model) -> None:
    """Totals, the four kinds of rows, hard and soft, and the cost of breaking the soft ones."""
    x: Limits = b.data
    part, all_ = expression(b, m, "part", x.counted), expression(b, m, "whole", x.whole)
    totals = b.set("totals", x.totals)
    (constant,) = b.params(totals, "fixed")
    total = b.var("market_total", totals)
    b.constraint("total", totals, lambda a: total[a] - all_(a) == constant[a])
    soft = b.set("soft", x.soft)
    (cost,) = b.params(soft, "cost")
    excess = b.var("excess", soft)
    for kind, index in x.kinds.items():
        over = b.set(kind, index)
        bound, fixed = b.params(over, "bound", "fixed")
        b.constraint(f"{kind}_rows", over, _rule(kind, part, total, bound, fixed, excess))
    broken = b.members("broken", b.set("soft_spots", x.soft_spots), ("country", "year"), ("limit_excess",))
    m.costs.append(Cost("excess of limits", "penalty", lambda k, y: sum(cost[e] * excess[e] for e in broken[k, y])))
    amount_rows = b.set("amount_rows", x.amount_rows)
    (base,) = b.params(amount_rows, "fixed")
    b.report("amount", amount_rows, lambda r: part(r) + base[r])


def _rule(kind: str, part: Any, total: Any, bound: Any, fixed: Any, excess: Any) -> Any:
    """The row of one kind: S <= bound x T, S >= bound x T, S <= bound or S >= bound, with an excess where soft."""
    share, floor = "share" in kind, kind.startswith("min")

    def hard(r: Any, t: Any) -> Any:
        limit = bound[r, t] * total[t] if share else bound[r, t]
        return part(r) + fixed[r, t] >= limit if floor else part(r) + fixed[r, t] <= limit

    def soft(r: Any, t: Any, e: Any) -> Any:
        limit = bound[r, t, e] * total[t] if share else bound[r, t, e]
        return part(r) + fixed[r, t, e] + excess[e] >= limit if floor else part(r) + fixed[r, t, e] <= limit + excess[e]

    return soft if kind.endswith("_soft") else hard


def limits(plan: Any) -> pd.DataFrame:
    """Every row of every limit: its value, bound and slack, and what one more unit or percentage point is worth."""
    x: Limits = plan.data.limits
    n: Network = plan.data.network
    _, amount = plan.amount("limits.amount")
    index, total = plan.values("limits.market_total")
    parts = []
    for kind, rows in x.kinds.items():
        if not len(rows):
            continue
        r, floor = rows.key("limit_row"), kind.startswith("min")
        _, dual = plan.duals(f"limits.{kind}_rows")
        line = x.rows.iloc[r]
        year = line["year"].to_numpy(np.int64)
        price = dual / n.factor[year] + 0.0
        size = total[index.positions([rows.key("limit_total")])] if "share" in kind else np.ones(len(r))
        value = (
            np.divide(amount[r], size, out=np.full(len(r), np.nan), where=size > TINY) if "share" in kind else amount[r]
        )
        bound = rows.columns["bound"]
        parts.append(pd.DataFrame({
            **said(plan.data, "Limits", line),
            "kind": kind.removesuffix("_soft").replace("_", " "), "value": value, "bound": bound,
            "slack": settled(value - bound if floor else bound - value, bound),
            "price": price, "price pp": price * size / 100 if "share" in kind else np.nan,
        }))  # fmt: skip
    columns_ = [c.name for c in LIMITS_REPORT.columns]
    if not parts:
        return pd.DataFrame(columns=columns_)
    frame = pd.concat(parts, ignore_index=True)
    idle = (frame["kind"] == "max share") & (frame["bound"] >= 1)  # as a row that only a scenario lowers
    return frame[~idle].reset_index(drop=True)


SPLITS = (
    Column("limit", "code", "Name of the limit."), Column("commodity", "code", "Commodity."), Column("market", "place", "Market."),
    Column("source country", "place", "Source."), Column("year", "year", "Model year."),
)  # fmt: skip
LIMITS_REPORT = Report(
    "Limits", "Every limit but a max share of 100 %, which one country may have: what it came to, its bound, and what loosening it is worth.",
    (
        *SPLITS,
        Column("value", "number", "Amount or share of the plan; blank where the total is 0."), Column("bound", "number", "The bound."),
        Column("slack", "number", "Room left; negative where a soft limit is broken."),
        Column("price", "number", "What one more unit of the quantity is worth.", unit="cur/unit"),
        Column("price pp", "number", "What one more percentage point is worth.", unit="cur/pp"),
        Column("kind", "word", "max share, min share, max or min."),
    ),
    limits,
)  # fmt: skip
component = Component(
    "limits", "Ceilings and floors on amounts and shares", (LIMITS,), index, build, reports=(LIMITS_REPORT,)
)

"""Benchmarks: one amount as a share of another, such as ore mined in the EU against the EU's use of the metal.

S >= min share x T and S <= max share x T, S and T counted by their own commodity, basis and place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models import columns
from models.amounts import Amounts, Rules, amounts, expression, goods, mixed, terms, unlimited, without_content
from models.pools import settled
from models.rules import active
from models.schema import NO_LIMIT, SMALLEST, TINY, Column, Component, Cost, Report, Table, Tables
from models.symbolic import Builder, Index, Model
from models.titles import Titles

if TYPE_CHECKING:
    from models.network import Network

BASES = ("supply", "imports", "production", "capacity", "use")
BENCHMARKS = Table(
    "Benchmarks",
    "One amount at least, or at most, a share of another; every row holds.",
    columns.POLICIES,
    rule="all",
    columns=(
        Column("limit", "code", "Name of the benchmark.", key=True),
        Column(
            "commodity", "code", "What is counted; or material/stage.", refers="Commodities or material/stage", key=True
        ),
        Column("basis", "word", "How it is counted.", choices=BASES[:4]),
        columns.place(
            "place", "Maker for production and capacity, market for supply and imports; * is the world.", "*"
        ),
        Column("min share", "share", "Smallest share of the second amount.", default=0.0, least=SMALLEST),
        Column("max share", "share", "Largest share of the second amount.", default=NO_LIMIT, least=SMALLEST),
        Column(
            "of commodity",
            "code",
            "What it is a share of; blank: the same.",
            refers="Commodities or material/stage",
            default="",
        ),
        Column("of basis", "word", "How that is counted; use: inputs and served demand.", choices=BASES),
        Column("of place", "place", "Where; blank: the same place.", default="", words=("*",)),
        *columns.years(),
        columns.SOFT_COST,
        columns.IN_SHOCK,
    ),
)


@dataclass(frozen=True)
class Benchmarks:
    """Rows (rule x year) with both amounts and their bounds."""

    speaks: pd.DataFrame  # (rows,) limit, commodity, place, year
    first: Amounts
    second: Amounts
    kinds: dict[str, Index]  # (benchmark,) | share, side
    soft: Index  # (benchmark,) | cost
    spots: Index  # (country, year, benchmark)
    rows: Index  # (benchmark,) | first, second: the constants


def index(t: Tables, d: Any) -> Benchmarks:
    """Both amounts of every row and year in which it holds."""
    n: Network = d.network
    sheet = t["Benchmarks"]
    other = sheet.assign(
        commodity=np.where(sheet["of commodity"] == "", sheet["commodity"], sheet["of commodity"]),
        place=np.where(sheet["of place"] == "", sheet["place"], sheet["of place"]),
        basis=sheet["of basis"],
    )
    holds = active(sheet["first year"].to_numpy(np.int64), sheet["last year"].to_numpy(np.int64), n.years)
    rule, year = np.nonzero(holds)
    number = np.full(holds.shape, -1)
    number[rule, year] = np.arange(len(rule))
    differ = (sheet["commodity"] != other["commodity"]).to_numpy()
    sides = []
    for part, of in ((sheet, ""), (other, "of ")):
        rules = _rules(part, t, n, holds, differ)
        frame = terms(d, rules)
        told = rules.content & differ if of else rules.content  # a commodity that stands for both is told once
        without_content(d, "Benchmarks", f"{of}commodity", rules.commodity, told)
        frame = frame[frame["wanted"].to_numpy(bool)]
        d.unmatched("Benchmarks", np.setdiff1d(np.arange(len(sheet)), frame["rule"].to_numpy()))
        unlimited(d, "Benchmarks", f"{of}basis", frame)
        frame = frame[np.isfinite(frame["weight"])]
        sides.append(amounts(d, frame, number[frame["rule"], frame["year"]], len(rule)))
    first, second = sides
    low, high, cost = (sheet[c].to_numpy(np.float64)[rule] for c in ("min share", "max share", "soft cost"))
    kinds = {}
    for kind, share, said in (("min_share", low, low > 0), ("max_share", high, np.isfinite(high))):
        side = np.where(said, share, 0.0) * second.fixed - first.fixed
        for flag, suffix in ((False, ""), (True, "_soft")):
            r = np.flatnonzero(said & (np.isfinite(cost) == flag))
            kinds[kind + suffix] = Index(("benchmark",), (r,), share=share[r], side=side[r])
    soft = np.flatnonzero(np.isfinite(cost))
    place = pd.Index(n.places.names).get_indexer(pd.Index(sheet["place"]))[rule]
    place = np.where(place < 0, len(n.places.names), place)
    speaks = sheet[["limit", "commodity", "place"]].iloc[rule].assign(year=n.years[year])
    n.names["benchmark"] = Titles(lambda: speaks)
    return Benchmarks(
        speaks, first, second, kinds, Index(("benchmark",), (soft,), cost=cost[soft]),
        Index(("country", "year", "benchmark"), (place[soft], year[soft], soft)),
        Index(("benchmark",), (np.arange(len(rule)),), first=first.fixed, second=second.fixed),
    )  # fmt: skip


def _rules(part: pd.DataFrame, t: Tables, n: Network, holds: Any, differ: Any) -> Rules:
    """One side as rules: its place is the maker, or the market."""
    good = goods(part["commodity"], t["Commodities"])
    maker = part["basis"].isin(["production", "capacity"]).to_numpy()
    anywhere = np.full(len(part), "*", object)
    where = part["place"].to_numpy(object)
    return Rules(
        good, part["basis"].to_numpy(object), n.places.rule(np.where(maker, anywhere, where)), n.places.rule(np.where(maker, where, anywhere)),
        np.broadcast_to(n.places.territory, (len(part), len(n.places.names))), holds, mixed(good) | differ,
    )  # fmt: skip


def build(b: Builder, m: Model) -> None:
    """Rows, hard and soft, and the cost of missing the soft ones."""
    x: Benchmarks = b.data
    first, second = expression(b, m, "first", x.first), expression(b, m, "second", x.second)
    soft = b.set("soft", x.soft)
    (cost,) = b.params(soft, "cost")
    excess = b.var("excess", soft)
    for kind, index in x.kinds.items():
        over = b.set(kind, index)
        share, side = b.params(over, "share", "side")
        b.constraint(f"{kind}_rows", over, _rule(kind, first, second, share, side, excess))
    missed = b.members("missed", b.set("spots", x.spots), ("country", "year"), ("benchmark",))
    m.costs.append(Cost("excess of benchmarks", "penalty", lambda k, y: sum(cost[r] * excess[r] for r in missed[k, y])))
    rows = b.set("rows", x.rows)
    constant, base = b.params(rows, "first", "second")
    b.report("first", rows, lambda r: first(r) + constant[r])
    b.report("second", rows, lambda r: second(r) + base[r])


def _rule(kind: str, first: Any, second: Any, share: Any, side: Any, excess: Any) -> Any:
    """S >= share x T or S <= share x T, constants on the right, with slack where soft."""
    slack = (lambda r: excess[r]) if kind.endswith("_soft") else (lambda r: 0)
    if kind.startswith("min"):
        return lambda r: first(r) - share[r] * second(r) + slack(r) >= side[r]
    return lambda r: first(r) - share[r] * second(r) - slack(r) <= side[r]


def benchmarks(plan: Any) -> pd.DataFrame:
    """Both amounts of every benchmark, and what one more unit of it is worth."""
    x: Benchmarks = plan.data.benchmarks
    n: Network = plan.data.network
    first, second = (plan.amount(f"benchmarks.{side}")[1] for side in ("first", "second"))
    parts = []
    for kind, index in x.kinds.items():
        r = index.key("benchmark")
        line = x.speaks.iloc[r]
        _, dual = plan.duals(f"benchmarks.{kind}_rows")
        value = np.divide(first[r], second[r], out=np.full(len(r), np.nan), where=np.abs(second[r]) > TINY)
        bound = index.columns["share"]
        parts.append(line.assign(**{
            "kind": kind.removesuffix("_soft").replace("_", " "), "amount": first[r], "of": second[r], "value": value, "bound": bound,
            "slack": settled(value - bound if kind.startswith("min") else bound - value),
            "price": dual / n.factor[np.searchsorted(n.years, line["year"])] + 0.0,
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


BENCHMARKS_REPORT = Report(
    "Benchmarks",
    "Every benchmark: the two amounts, their ratio, its bound, and what loosening it is worth.",
    (
        Column("limit", "code", "Name of the benchmark."),
        Column("commodity", "code", "What is counted."),
        Column("place", "place", "Where."),
        Column("year", "year", "Model year."),
        Column("kind", "word", "min share or max share."),
        Column("amount", "number", "First amount.", unit="unit/y"),
        Column("of", "number", "Second amount.", unit="unit/y"),
        Column("value", "number", "First by second; blank where the second is 0."),
        Column("bound", "number", "The bound."),
        Column("slack", "number", "Room left; negative where a soft benchmark is missed."),
        Column("price", "number", "What one more unit of the first amount is worth.", unit="cur/unit"),
    ),
    benchmarks,
)
component = Component(
    "benchmarks", "One amount as a share of another", (BENCHMARKS,), index, build, reports=(BENCHMARKS_REPORT,)
)

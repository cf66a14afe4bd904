"""Demand: what each country needs, and what it costs to leave a part of it unmet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models import columns
from models.places import codes
from models.rules import match, resolve, specificity
from models.schema import TINY, Column, Component, Cost, Flow, Report, Table, Tables
from models.series import complete
from models.symbolic import Builder, Codes, Index, Model

if TYPE_CHECKING:
    from models.network import Network

REST = "rest"  # the step of demand that is valued at the unmet cost

DEMAND = Table(
    "Demand", "What each country needs, by use and year.", columns.DEMAND, template=True, required=True,
    columns=(
        columns.commodity(),
        columns.place("country", "Where; a group is split by its weights."),
        Column("use", "code", "A label, so that several lines can stand side by side.", default="all", key=True),
    ),
    series=Column("value", "number", "Demand of the year.", unit="unit/y", low=0),
)  # fmt: skip
STEPS = Table(
    "Demand steps", "Parts of the demand that give up when supply costs more than their value.", columns.DEMAND,
    columns=(
        columns.commodity("*"),
        columns.place("country", "Where; * is everywhere.", "*", default="*"),
        Column("use", "code", "The use; * is every use.", words=("*",), default="*", key=True),
        Column("step", "code", "Name of the step.", key=True),
        Column("share", "share", "Share of that demand."),
        Column("value", "number", "It gives up when a unit costs more.", unit="cur/unit", low=0),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Demand:
    """Demand lines by year and the parts of them that may stay unmet."""

    uses: list[str]
    steps: list[str]
    lines: Index  # (commodity, country, use, year) | demand [unit/y]
    unmet: Index  # (commodity, country, use, step, year) | most [unit/y], value [cur/unit]


def index(t: Tables, d: Any) -> Demand:
    """Demand lines split over the members of groups, and their steps with the unmet cost for the rest."""
    n: Network = d.network
    heads, values = complete(t["Demand"], ["commodity", "country", "use"], n.years)
    spread = n.places.data(heads["country"])
    values = values[spread.row] * spread.share[:, None]
    commodity = n.code("commodities", heads["commodity"])[spread.row]
    use, uses = pd.factorize(heads["use"])
    use = use.astype(np.int64)[spread.row]
    line, y = np.nonzero(values > 0)
    lines = Index(
        ("commodity", "country", "use", "year"),
        (commodity[line], spread.place[line], use[line], y),
        demand=values[line, y],
    )
    d.needs.append((lines.key("commodity"), lines.key("country"), lines.key("year")))
    sheet = t["Demand steps"]
    named, steps = pd.factorize(sheet["step"]) if len(sheet) else (np.zeros(0, np.int64), [])
    names = [*map(str, steps), REST]
    wins = _winning_set(sheet, d, list(uses), commodity, spread.place, use)
    # Every line has the steps of its winning set, and the rest of its demand at the unmet cost.
    order = np.argsort(wins.sheet, kind="stable")
    start, stop = (np.searchsorted(wins.sheet[order], wins.line, side) for side in ("left", "right"))
    many = np.where(wins.line >= 0, stop - start, 0)[line]
    of = np.repeat(np.arange(len(line)), many)
    row = order[(np.repeat(start[line] - (np.cumsum(many) - many), many) + np.arange(len(of)))]
    share, worth = (sheet[c].to_numpy(np.float64)[row] for c in ("share", "value"))
    rest = 1.0 - np.bincount(of, weights=share, minlength=len(line))
    value = n.unmet[lines.key("commodity"), lines.key("year")]
    left = np.flatnonzero((rest > 1e-12) & ~np.isnan(value))
    owner = np.concatenate([of, left])
    stepped = np.concatenate([named[row], np.full(len(left), len(names) - 1)])
    c, k, u, y = lines.keys
    unmet = Index(
        ("commodity", "country", "use", "step", "year"), (c[owner], k[owner], u[owner], stepped, y[owner]),
        most=np.concatenate([share, rest[left]]) * lines.columns["demand"][owner], value=np.concatenate([worth, value[left]]),
    )  # fmt: skip
    n.names.update(use=[str(u) for u in uses], step=names)
    return Demand([str(u) for u in uses], names, lines, unmet)


@dataclass(frozen=True)
class _Wins:
    """The set of steps of each row of the sheet, and the set that wins for each demand line (-1: none)."""

    sheet: Codes
    line: Codes


def _winning_set(sheet: pd.DataFrame, d: Any, uses: list[str], commodity: Codes, place: Codes, use: Codes) -> _Wins:
    """The most specific (commodity, country, use) set of steps replaces all others."""
    if not len(sheet):
        return _Wins(np.zeros(0, np.int64), np.full(len(commodity), -1))
    n: Network = d.network
    group: Codes = np.asarray(sheet.groupby(["commodity", "country", "use"], sort=False).ngroup(), np.int64)
    first = np.unique(group, return_index=True)[1]
    heads = sheet.iloc[first]
    known = heads["use"].isin([*uses, "*"]).to_numpy()
    heads, sets = heads[known], group[first][known]
    keys = (codes(heads["commodity"], n.commodities), n.places.rule(heads["country"]), codes(heads["use"], uses))
    matches = match(list(zip(keys, (commodity, place, use), strict=True)))
    speaks = np.ones((len(heads), 1), bool)
    decision = resolve(matches, specificity(keys), speaks, [np.arange(len(heads), dtype=np.float64)], len(commodity))
    d.tie("Demand steps", first[known], decision.ties, "step")
    winner = decision.winner[:, 0].astype(np.int64)
    return _Wins(group, np.where(winner >= 0, sets[winner] if len(sets) else -1, -1))


def build(b: Builder, m: Model) -> None:
    """Unmet demand, what is served, and what the unmet part costs."""
    lines, parts = b.set("lines", b.data.lines), b.set("parts", b.data.unmet)
    (demand,) = b.params(lines, "demand")
    (value,) = b.params(parts, "value")
    unmet = b.var("unmet", parts, upper="most")
    needed = b.members("needed", lines, ("commodity", "country", "year"), ("use",))
    given_up = b.members("given_up", parts, ("commodity", "country", "year"), ("use", "step"))
    m.use.append(
        Flow(
            "served",
            lambda c, k, y: (
                sum(demand[c, k, u, y] for u in needed[c, k, y])
                - sum(unmet[c, k, u, s, y] for u, s in given_up[c, k, y])
            ),
        )
    )
    there = b.members("there", parts, ("country", "year"), ("commodity", "use", "step"))
    m.costs.append(
        Cost(
            "unmet demand",
            "penalty",
            lambda k, y: sum(value[c, k, u, s, y] * unmet[c, k, u, s, y] for c, u, s in there[k, y]),
        )
    )


def unmet(plan: Any) -> pd.DataFrame:
    """The demand that is given up."""
    x: Demand = plan.data.demand
    index, given_up = plan.values("demand.unmet")
    some = np.flatnonzero(given_up > TINY)
    part = index.where(some)
    c, k, u, _, y = part.keys
    demand = x.lines.columns["demand"][x.lines.positions([c, k, u, y])]
    return plan.frame(part, demand=demand, unmet=given_up[some])


UNMET = Report(
    "Unmet", "The demand that is given up, by step.",
    (
        Column("commodity", "code", "Commodity."), Column("country", "place", "Where."), Column("use", "code", "Use."),
        Column("year", "year", "Model year."), Column("step", "code", "Step of Demand steps; rest: valued at the unmet cost."),
        Column("demand", "number", "Demand of the use.", unit="unit/y"), Column("unmet", "number", "Part of it given up.", unit="unit/y"),
    ),
    unmet,
)  # fmt: skip
component = Component("demand", "What each country needs", (DEMAND, STEPS), index, build, reports=(UNMET,))

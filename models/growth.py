"""Growth: how fast the capacity of a process may grow in a place.

capacity(y) - announced increases since the model year before <= capacity(before) x (1 + g)^gap + seed x gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models import columns
from models.places import codes
from models.rules import match
from models.schema import Column, Component, Report, Table, Tables
from models.symbolic import Builder, Index, Model, ranks
from models.titles import Titles

if TYPE_CHECKING:
    from models.network import Network

GROWTH = Table(
    "Growth",
    "How fast the capacity of a process may grow; every row holds.",
    columns.POLICIES,
    rule="all",
    columns=(
        columns.process(),
        columns.place(
            "country", "Where: each territory, or a place or group taken together.", "*", "each", default="each"
        ),
        Column("max growth", "rate", "Largest growth per year.", unit="1/y", low=0, high=1000),
        Column("seed", "number", "Capacity that can be added per year from nothing.", unit="unit/y/y", low=0),
    ),
)


@dataclass(frozen=True)
class Growth:
    """Rows (row, year) with their right side, and the builds that count now and in the model year before."""

    rows: Index  # (growth_row, year) | side
    now: Index  # (growth_row, year, site, decided) | share
    before: Index  # (growth_row, year, site, decided) | share x (1 + g)^gap
    speaks: pd.DataFrame  # (growth rows,) process, country


def index(t: Tables, d: Any) -> Growth:
    """One row for each place and model year after the first; what stands is constant, builds are decisions."""
    n: Network = d.network
    sheet = t["Growth"]
    capacity = d.production.figures["capacity"]
    place = n.places.rule(sheet["country"])
    found = match([(codes(sheet["process"], n.processes), n.site_process), (place, n.site_place)])
    d.unmatched("Growth", np.setdiff1d(np.arange(len(sheet)), found.rule))
    keep = np.isfinite(capacity[found.item]).all(axis=1)
    rule, site = found.rule[keep], found.item[keep]
    spot = np.where(place.each[place.code[rule]], n.places.territory[n.site_place[site]], -1)
    group, (owner, place_of) = ranks((rule, spot + 1))
    place_of, count = place_of - 1, len(owner)
    stands, announced = np.zeros((count, len(n.years))), np.zeros((count, len(n.years)))
    np.add.at(stands, group, capacity[site])
    rise = np.maximum(np.diff(capacity[site], axis=1, prepend=capacity[site][:, :1]), 0.0)
    np.add.at(announced, group, rise)
    rate = sheet["max growth"].to_numpy(np.float64)[owner]
    seed = sheet["seed"].to_numpy(np.float64)[owner]
    factor = (1 + rate)[:, None] ** n.gap[None, :]
    side = announced[:, 1:] + stands[:, :-1] * factor[:, 1:] + seed[:, None] * n.gap[1:] - stands[:, 1:]
    row, y = np.repeat(np.arange(count), len(n.years) - 1), np.tile(np.arange(1, len(n.years)), count)
    works = d.capacity.works
    build = pd.DataFrame(dict(zip(works.names, works.keys, strict=True))).assign(share=works.columns["share"])
    mine = pd.DataFrame({"growth_row": group, "site": site}).merge(build, on="site")
    keys = ("growth_row", "year", "site", "decided")
    now = Index(keys, [mine[k] for k in keys], share=mine["share"])
    late = mine[mine["year"] + 1 < len(n.years)].assign(year=lambda f: f["year"] + 1)
    grown = (
        late["share"].to_numpy(np.float64)
        * factor[late["growth_row"].to_numpy(np.int64), late["year"].to_numpy(np.int64)]
    )
    rows = Index(("growth_row", "year"), (row, y), side=side.ravel())
    # A row without a build of its own year is a statement about constants, and no decision.
    able = np.isin(
        row * len(n.years) + y, mine["growth_row"].to_numpy(np.int64) * len(n.years) + mine["year"].to_numpy(np.int64)
    )
    speaks = pd.DataFrame({
        "process": sheet["process"].to_numpy(object)[owner],
        "country": np.where(place_of >= 0, np.array(n.places.names, object)[place_of], sheet["country"].iloc[owner]),
    })  # fmt: skip
    n.names["growth_row"] = Titles(lambda: speaks)
    return Growth(rows.where(able), now, Index(keys, [late[k] for k in keys], share=grown), speaks)


def build(b: Builder, m: Model) -> None:
    """The rows of growth."""
    rows, now, before = b.set("rows", b.data.rows), b.set("now", b.data.now), b.set("before", b.data.before)
    (side,), (share,), (grown,) = b.params(rows, "side"), b.params(now, "share"), b.params(before, "share")
    at, past = (
        b.members("at", now, ("growth_row", "year"), ("site", "decided")),
        b.members("past", before, ("growth_row", "year"), ("site", "decided")),
    )
    decide = m.capacity.build

    def grown_by(r: Any, y: Any) -> Any:
        builds = sum(share[r, y, s, v] * decide[s, v] for s, v in at[r, y])
        return builds - sum(grown[r, y, s, v] * decide[s, v] for s, v in past[r, y])

    b.constraint("growth", rows, lambda r, y: grown_by(r, y) <= side[r, y])
    b.report("grown", rows, grown_by)


def growth(plan: Any) -> pd.DataFrame:
    """Every place and year whose growth is bounded and can change: what grows, what may, and what more would be worth."""
    x: Growth = plan.data.growth
    row, year = x.rows.keys
    _, grown = plan.amount("growth.grown")
    _, dual = plan.duals("growth.growth")
    side = x.rows.columns["side"]
    return x.speaks.iloc[row].assign(
        year=plan.data.network.years[year], slack=side - grown, price=dual / plan.data.network.factor[year] + 0.0
    )


GROWTH_REPORT = Report(
    "Growth",
    "Every bound on the growth of capacity: the room left, and what more would be worth.",
    (
        Column("process", "code", "Process."),
        Column("country", "place", "Where."),
        Column("year", "year", "Model year."),
        Column("slack", "number", "Capacity that could still be added.", unit="unit/y"),
        Column("price", "number", "What one more unit of capacity is worth.", unit="cur/(unit/y)/y"),
    ),
    growth,
)
component = Component("growth", "How fast capacity may grow", (GROWTH,), index, build, reports=(GROWTH_REPORT,))

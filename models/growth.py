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
from models.schema import Column, Component, Table, Tables
from models.symbolic import Builder, Index, Model, ranks

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
        Column("max growth", "rate", "Largest growth per year.", unit="1/y", low=0),
        Column("seed", "number", "Capacity that can be added per year from nothing.", unit="unit/y/y", low=0),
    ),
)


@dataclass(frozen=True)
class Growth:
    """Rows (row, year) with their right side, and the builds that count now and in the model year before."""

    rows: Index  # (row, year) | side
    now: Index  # (row, year, site, decided) | share
    before: Index  # (row, year, site, decided) | share x (1 + g)^gap


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
    group, (owner, _) = ranks((rule, spot + 1))
    count = len(owner)
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
    mine = pd.DataFrame({"row": group, "site": site}).merge(build, on="site")
    keys = ("row", "year", "site", "decided")
    now = Index(keys, [mine[k] for k in keys], share=mine["share"])
    late = mine[mine["year"] + 1 < len(n.years)].assign(year=lambda f: f["year"] + 1)
    grown = late["share"].to_numpy(np.float64) * factor[late["row"].to_numpy(np.int64), late["year"].to_numpy(np.int64)]
    rows = Index(("row", "year"), (row, y), side=side.ravel())
    # A row without a build of its own year is a statement about constants, and no decision.
    able = np.isin(
        row * len(n.years) + y, mine["row"].to_numpy(np.int64) * len(n.years) + mine["year"].to_numpy(np.int64)
    )
    return Growth(rows.where(able), now, Index(keys, [late[k] for k in keys], share=grown))


def build(b: Builder, m: Model) -> None:
    """The rows of growth."""
    rows, now, before = b.set("rows", b.data.rows), b.set("now", b.data.now), b.set("before", b.data.before)
    (side,), (share,), (grown,) = b.params(rows, "side"), b.params(now, "share"), b.params(before, "share")
    at, past = (
        b.members("at", now, ("row", "year"), ("site", "decided")),
        b.members("past", before, ("row", "year"), ("site", "decided")),
    )
    decide = m.capacity.build
    b.constraint("growth", rows, lambda r, y: (
        sum(share[r, y, s, v] * decide[s, v] for s, v in at[r, y]) - sum(grown[r, y, s, v] * decide[s, v] for s, v in past[r, y]) <= side[r, y]
    ))  # fmt: skip


component = Component("growth", "How fast capacity may grow", (GROWTH,), index, build)

"""Subsidies: what a state pays per unit of output, of the running cost or of an investment; negative is a royalty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from models import columns
from models.places import codes
from models.rules import active, match
from models.schema import Column, Component, Cost, Table, Tables
from models.symbolic import Builder, Index, Model

if TYPE_CHECKING:
    from models.network import Network

SUBSIDIES = Table(
    "Subsidies",
    "Support per output, cost or investment; every matching row adds.",
    columns.POLICIES,
    rule="all",
    columns=(
        Column("measure", "code", "Name of the measure.", key=True),
        columns.process(),
        columns.place("country", "Where; * is everywhere.", "*", default="*"),
        Column(
            "kind",
            "word",
            "output: per unit of activity; cost share: of the variable cost; capex share: of investments decided in its years.",
            choices=("output", "cost share", "capex share"),
        ),
        Column("value", "number", "cur/unit of activity, or a share; negative is a royalty."),
        *columns.years(),
    ),
)


@dataclass(frozen=True)
class Subsidies:
    """Support of every site at work and of every build, as paid."""

    running: Index  # (country, year, site) | rate [cur/unit]
    building: Index  # (country, year, site, decided) | rate [cur/(unit/y)/y]


def index(t: Tables, d: Any) -> Subsidies:
    """Matching rows summed for each site and year, and for each site and year of decision."""
    n: Network = d.network
    sheet = t["Subsidies"]
    found = match(
        [(codes(sheet["process"], n.processes), n.site_process), (n.places.rule(sheet["country"]), n.site_place)]
    )
    d.unmatched("Subsidies", np.setdiff1d(np.arange(len(sheet)), found.rule))
    holds = active(sheet["first year"].to_numpy(np.int64), sheet["last year"].to_numpy(np.int64), n.years)
    value, kind = sheet["value"].to_numpy(np.float64), sheet["kind"].to_numpy(object)
    total = {k: np.zeros((len(n.sites), len(n.years))) for k in ("output", "cost share", "capex share")}
    for name, sums in total.items():
        at = kind[found.rule] == name
        np.add.at(sums, found.item[at], holds[found.rule[at]] * value[found.rule[at]][:, None])
    s, y = d.production.runs.keys
    rate = total["output"][s, y] + total["cost share"][s, y] * d.production.figures["variable cost"][s, y]
    running = Index(("country", "year", "site"), (n.site_place[s], y, s), rate=rate)
    works = d.capacity.works
    s, v, y = works.keys
    paid = total["capex share"][s, v] * works.columns["annuity"]
    building = Index(("country", "year", "site", "decided"), (n.site_place[s], y, s, v), rate=paid)
    return Subsidies(running.where(rate != 0), building.where(paid != 0))


def build(b: Builder, m: Model) -> None:
    """One cost term, negative where it supports."""
    running, building = b.set("running", b.data.running), b.set("building", b.data.building)
    (rate,), (share,) = b.params(running, "rate"), b.params(building, "rate")
    runs, builds = (
        b.members("runs", running, ("country", "year"), ("site",)),
        b.members("builds", building, ("country", "year"), ("site", "decided")),
    )
    activity, decide = m.production.activity, m.capacity.build
    m.costs.append(
        Cost(
            "subsidies",
            "transfer",
            lambda k, y: (
                -sum(rate[k, y, s] * activity[s, y] for s in runs[k, y])
                - sum(share[k, y, s, v] * decide[s, v] for s, v in builds[k, y])
            ),
        )
    )


component = Component("subsidies", "What a state adds or takes", (SUBSIDIES,), index, build)

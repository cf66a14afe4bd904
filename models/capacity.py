"""Capacity: what a site runs stays within what stands and what was built, and above what must run.

activity <= max use x (installed + sum of builds at work), activity >= min use x installed, and
max capacity bounds what stands. A build works from `year + lead time` for `lifetime` years and is paid by an annuity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.schema import TINY, Column, Component, Cost, Report, Tables
from models.symbolic import Builder, Index, Model, ranks

if TYPE_CHECKING:
    from models.network import Network
    from models.production import Production

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Capacity:
    """What stands, what may be built, and when a build works and is paid."""

    builds: Index  # (site, decided) | most [unit/y]
    works: Index  # (site, decided, year) | share at work (ramped), alive (not ramped), annuity [cur/(unit/y)/y] as paid
    stands: Index  # (site, year) of all finite sites | installed, fixed cost
    caps: Index  # (site, year) with finite capacity | max_use, installed
    floors: Index  # (site, year) | least [unit/y]
    tops: Index  # (site, year) | most [unit/y] of builds
    totals: Index  # (site,) | most [unit]
    weights: Index  # (site, year) | length
    inside: Floats  # (builds,) share of the lifetime inside the horizon


def crf(rate: Floats, lifetime: Floats) -> Floats:
    """Capital recovery factor i / (1 - (1+i)^-n), 1/n at i = 0: the end-of-year annuity of one unit of capital."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(rate == 0, 1 / lifetime, rate / (1 - (1 + rate) ** -lifetime))


def index(t: Tables, d: Any) -> Capacity:
    """Builds with the share of each period in which they work, and the sites whose activity a row bounds."""
    n: Network = d.network
    p: Production = d.production
    sites = t["Sites"]
    works, builds, inside = _builds(n, p, sites)
    s, y = np.nonzero(np.isfinite(p.figures["capacity"]))
    stands = Index(("site", "year"), (s, y), installed=p.figures["capacity"][s, y], fixed=p.figures["fixed cost"][s, y])
    stands = stands.where(stands.columns["installed"] * stands.columns["fixed"] > 0)
    s, y = p.runs.key("site"), p.runs.key("year")
    installed, most, least = (p.figures[k][s, y] for k in ("capacity", "max use", "min use"))
    at = np.isfinite(installed)
    caps = Index(("site", "year"), (s[at], y[at]), max_use=most[at], installed=installed[at])
    floor = at & (least * np.where(at, installed, 0.0) > 0)
    floors = Index(("site", "year"), (s[floor], y[floor]), least=(least * np.where(at, installed, 0.0))[floor])
    ceiling = sites["max capacity"].to_numpy(np.float64)[n.site_row]
    grown = np.zeros(p.figures["capacity"].shape, bool)
    grown[works.key("site"), works.key("year")] = True
    s, y = np.nonzero(grown)
    bounded = np.isfinite(ceiling[s])
    s, y = s[bounded], y[bounded]
    tops = Index(("site", "year"), (s, y), most=np.maximum(ceiling[s] - p.figures["capacity"][s, y], 0.0))
    resource = sites["resource"].to_numpy(np.float64)[n.site_row]
    own = np.unique(p.runs.key("site"))
    own = own[np.isfinite(resource[own])]
    weights = p.runs.where(np.isin(p.runs.key("site"), own))
    return Capacity(
        builds, works, stands, caps, floors, tops, Index(("site",), (own,), most=resource[own]),
        Index(weights.names, weights.keys, length=n.length[weights.key("year")]), inside,
    )  # fmt: skip


def _builds(n: Network, p: Production, sites: Any) -> tuple[Index, Index, Floats]:
    """Works, builds and the share of each build's life inside the horizon.

    A build decided in v works in the years j with v + lead <= j < v + lead + lifetime, in its k-th year (k = 0, 1, ...)
    with (k + 1) / (ramp + 1) of its capacity until that is 1; none works in the first period.
    """
    s, v = np.nonzero(p.figures["can build"])
    # Builds of one year with the same lead time, life and ramp work alike: their years are gone through once.
    told = [np.unique(p.choice[k], return_inverse=True) for k in ("lead time", "lifetime", "ramp")]
    kind, (decided, *codes) = ranks([v, *(code[s] for _, code in told)])
    lead, life, ramp = (values[code] for (values, _), code in zip(told, codes, strict=True))
    start, stop = np.ceil(n.years[decided] + lead), np.ceil(n.years[decided] + lead + life)
    share, alive, paid = np.zeros((3, len(decided), len(n.years)))
    lived = np.zeros(len(decided))
    for y in range(1, len(n.years)):
        for j in range(int(n.years[y]), int(n.years[y] + n.length[y])):
            at = (start <= j) & (j < stop)
            lived += at
            alive[:, y] += at / n.length[y]
            share[:, y] += np.where(at, np.minimum((j - start + 1) / (ramp + 1), 1.0), 0.0) / n.length[y]
            paid[:, y] += at * (n.discount(j) / n.factor[y])
    there = alive > 0
    useful = np.logical_or.reduce(there, axis=1)[kind]
    s, v, kind = s[useful], v[useful], kind[useful]
    rate = n.places.capital_rate[n.site_place[s]]
    rate = np.where(np.isnan(rate), n.settings.discount_rate, rate)
    # A life that does not end with a year counts as the years in which the build works: each of them is paid.
    life = stop - start
    # Costs fall at the start of a year, hence / (1 + i): n such payments are worth the capex when operation starts.
    annuity = p.figures["capex"][s, v] * crf(rate, life[kind]) / (1 + rate)
    of, year = np.nonzero(there[kind])
    like = kind[of]
    works = Index(
        ("site", "decided", "year"), (s[of], v[of], year),
        share=share[like, year], alive=alive[like, year], annuity=annuity[of] * paid[like, year],
        fixed=p.figures["fixed cost"][s[of], year] * alive[like, year],
    )  # fmt: skip
    return (
        works,
        Index(
            ("site", "decided"), (s, v), most=p.figures["max build"][s, v] * n.gap[v], capex=p.figures["capex"][s, v]
        ),
        (lived / life)[kind],
    )


def build(b: Builder, m: Model) -> None:
    """Builds, the rows that bound activity, and what capacity costs."""
    n: Network = m.index.network
    x: Capacity = b.data
    activity = m.production.activity
    decide = b.set("decide", x.builds)
    build_ = b.var("build", decide, upper="most")
    works = b.set("works", x.works)
    share, alive, annuity, fixed = b.params(works, "share", "alive", "annuity", "fixed")
    working = b.members("working", works, ("site", "year"), ("decided",))

    caps = b.set("caps", x.caps)
    max_use, installed = b.params(caps, "max_use", "installed")
    b.constraint(
        "most",
        caps,
        lambda s, y: (
            activity[s, y] - max_use[s, y] * sum(share[s, v, y] * build_[s, v] for v in working[s, y])
            <= max_use[s, y] * installed[s, y]
        ),
    )
    b.report(
        "available", caps, lambda s, y: installed[s, y] + sum(share[s, v, y] * build_[s, v] for v in working[s, y])
    )
    floors = b.set("floors", x.floors)
    (least,) = b.params(floors, "least")
    b.constraint("least", floors, lambda s, y: activity[s, y] >= least[s, y])
    tops = b.set("tops", x.tops)
    (room,) = b.params(tops, "most")
    b.constraint(
        "max_capacity", tops, lambda s, y: sum(alive[s, v, y] * build_[s, v] for v in working[s, y]) <= room[s, y]
    )
    totals = b.set("totals", x.totals)
    (total,) = b.params(totals, "most")
    weights = b.set("weights", x.weights)
    (length,) = b.params(weights, "length")
    over = b.members("over", weights, ("site",), ("year",))
    b.constraint("resource", totals, lambda s: sum(length[s, y] * activity[s, y] for y in over[s]) <= total[s])

    stands = b.set("stands", x.stands)
    standing, upkeep = b.params(stands, "installed", "fixed")
    here = b.members("stands_at", b.set("stands_spots", _at(n, x.stands)), ("country", "year"), ("site",))
    there = b.members("works_at", b.set("works_spots", _at(n, x.works)), ("country", "year"), ("site", "decided"))
    m.costs.append(Cost(
        "fixed cost", "resource",
        lambda k, y: sum(upkeep[s, y] * standing[s, y] for s in here[k, y]) + sum(fixed[s, v, y] * build_[s, v] for s, v in there[k, y]),
    ))  # fmt: skip
    m.costs.append(
        Cost("investment", "resource", lambda k, y: sum(annuity[s, v, y] * build_[s, v] for s, v in there[k, y]))
    )


def _at(n: Network, index: Index) -> Index:
    """The same members with the site's country before them."""
    return Index(("country", *index.names), (n.site_place[index.key("site")], *index.keys))


def production(plan: Any) -> pd.DataFrame:
    """What every site runs, of what capacity (blank: unlimited)."""
    n, x = plan.data.network, plan.data.capacity
    index, activity = plan.values("production.activity")
    where, at_work = plan.amount("capacity.available")
    rows = x.caps.positions(index.keys, missing=-1)
    capacity = np.where(rows >= 0, at_work[np.maximum(rows, 0)] if len(where) else np.nan, np.nan)
    frame = plan.frame(index, activity=activity, capacity=capacity)
    frame["use"] = frame["activity"] / frame["capacity"].where(frame["capacity"] > 0)
    site = index.key("site")
    frame["process"] = np.array(n.processes, object)[n.site_process[site]]
    frame["country"] = np.array(n.places.names, object)[n.site_place[site]]
    return frame[(frame["activity"] > TINY) | (frame["capacity"] > TINY)]


def builds(plan: Any) -> pd.DataFrame:
    """What is built where, decided when, at work from when."""
    n, p = plan.data.network, plan.data.production
    index, built = plan.values("capacity.build")
    capex = plan.data.capacity.builds.columns["capex"]
    site = index.key("site")
    frame = plan.frame(index.where(built > TINY))
    kept = built > TINY
    ready = np.ceil(n.years[index.key("decided")[kept]] + p.choice["lead time"][site[kept]])
    return frame.assign(
        process=np.array(n.processes, object)[n.site_process[site[kept]]], country=np.array(n.places.names, object)[n.site_place[site[kept]]],
        available=np.maximum(ready, n.years[0] + n.length[0]).astype(np.int64),  # none works in the first period
        capacity=built[kept], capex=(built * capex)[kept], year=n.years[index.key("decided")[kept]],
    )  # fmt: skip


SITE = (
    Column("site", "code", "Site."), Column("process", "code", "Its process."), Column("country", "place", "Its country."),
    Column("year", "year", "Model year."),
)  # fmt: skip
PRODUCTION = Report(
    "Production", "What every site runs, of what capacity.",
    (*SITE, Column("activity", "number", "What the site runs.", unit="unit/y"), Column("capacity", "number", "Capacity at work; blank: unlimited.", unit="unit/y"),
     Column("use", "share", "Activity by capacity.")),
    production,
)  # fmt: skip
BUILDS = Report(
    "Builds", "What is built where: the year of decision, and the year from which it works.",
    (*SITE, Column("available", "year", "First year at work."), Column("capacity", "number", "New capacity.", unit="unit/y"),
     Column("capex", "number", "Investment, not discounted.", unit="cur")),
    builds,
)  # fmt: skip
component = Component("capacity", "What stands and what is built", (), index, build, reports=(PRODUCTION, BUILDS))

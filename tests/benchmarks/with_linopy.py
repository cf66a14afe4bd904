"""The linear program of a generated study in linopy: dense arrays over sites, lanes and years, sums by groups.

Like `by_hand.py` it takes the generator's arrays, so that its time is that of linopy's expressions and writers.
"""

from __future__ import annotations

import warnings
from typing import Any

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from tests.benchmarks.generate import DISCOUNT, FIRST, UNMET, World

warnings.filterwarnings("ignore", category=linopy.LinopySemanticsWarning)  # an absent lane adds nothing, as is meant


def build(w: World) -> linopy.Model:
    """The model; nothing is written yet."""
    countries, chains, n, years = w.size
    goods, year = 4 * chains, np.arange(years)
    made, stage = np.repeat(np.arange(goods), n), np.arange(goods) % 4
    parts = np.flatnonzero(stage == 3)
    factor = xr.DataArray((1 + DISCOUNT) ** -year.astype(float), dims="year", coords={"year": year})
    site_index = pd.RangeIndex(len(made), name="site")

    def by_site(values: Any, *more: str) -> xr.DataArray:
        coords = {"site": site_index} | dict.fromkeys(more, year)
        return xr.DataArray(values, dims=("site", *more), coords=coords)

    m = linopy.Model()
    activity = m.add_variables(lower=0, coords=[site_index, pd.Index(year, name="year")], name="activity")
    # Builds and when they work.
    lead, life, ramp = (values[made] for values in (w.lead, w.lifetime, w.ramp))
    age = year - (year[:, None] + lead[:, None, None])
    alive = (age >= 0) & (age < life[:, None, None])
    share = np.where(alive, np.minimum((age + 1) / (ramp + 1)[:, None, None], 1.0), 0.0)
    useful = by_site(alive.any(axis=2), "decided")
    build_ = m.add_variables(
        lower=0,
        upper=by_site(w.max_build),
        coords=[site_index, pd.Index(year, name="decided")],
        mask=useful,
        name="build",
    )
    rate = np.where(np.isnan(w.capital_rate), DISCOUNT, w.capital_rate)[w.place]
    annuity = w.capex * rate / (1 - (1 + rate) ** -life) / (1 + rate)
    build_cost = by_site((alive * factor.to_numpy()).sum(axis=2) * (annuity + w.fixed_cost)[:, None], "decided")

    # Lanes.
    uses, makes = np.zeros((goods, countries), bool), np.zeros((goods, countries), bool)
    uses[made[made % 4 > 0] - 1, w.place[made % 4 > 0]] = True
    uses[parts] = True
    makes[made, w.place] = True
    c, o, k = np.nonzero(makes[:, :, None] & uses[:, None, :])
    lane_index = pd.RangeIndex(len(c), name="lane")

    def by_lane(values: Any, *more: str) -> xr.DataArray:
        return xr.DataArray(values, dims=("lane", *more), coords={"lane": lane_index} | dict.fromkeys(more, year))

    number = np.full((goods, countries, countries), -1)
    number[c, o, k] = np.arange(len(c))
    open_ = np.ones((len(c), years), bool)
    for bc, bo, bk, first in w.bans.astype(int):
        if number[bc, bo, bk] >= 0:
            open_[number[bc, bo, bk], first - FIRST :] = False
    most = np.full(len(c), np.inf)
    at = number[tuple(w.lane_max[:, :3].astype(int).T)]
    most[at[at >= 0]] = w.lane_max[at >= 0, 3]
    abroad = o != k
    duty = np.where(abroad, np.where(w.region[o] == w.region[k], w.general_duty, w.duty[c, w.region[k]]), 0.0)
    duty[abroad & (stage[c] == 3) & (w.bloc[o] == w.bloc[k])] = 0.0
    for tc, to, rate_ in w.taxes:
        duty[(c == tc) & (o == to) & abroad] += rate_
    per_unit = np.where(abroad, w.freight[w.region[o], w.region[k]], 0.0)[:, None] + duty[:, None] * w.price[c]
    fine = np.zeros((countries, countries, years))
    for fo, fk, first, amount in w.penalties:
        fine[int(fo), int(fk), int(first) - FIRST :] += amount
    per_unit += fine[o, k]
    kept = by_lane(np.where(abroad, 1 - w.loss[c], 1.0))
    ship = m.add_variables(
        lower=0,
        upper=by_lane(most),
        coords=[lane_index, pd.Index(year, name="year")],
        mask=by_lane(open_, "year"),
        name="ship",
    )
    need = pd.RangeIndex(chains * countries, name="need")
    wanted = xr.DataArray(w.demand.reshape(-1, years), dims=("need", "year"), coords={"need": need, "year": year})
    unmet = m.add_variables(lower=0, upper=wanted, name="unmet")
    total = m.add_variables(
        lower=0, coords=[pd.RangeIndex(goods + chains, name="limit"), pd.Index(year, name="year")], name="total"
    )

    # Capacity.
    working = xr.DataArray(
        share, dims=("site", "decided", "year"), coords={"site": site_index, "decided": year, "year": year}
    )
    m.add_constraints(activity - (working * build_).sum("decided") <= by_site(w.capacity, "year"), name="most")
    stands = xr.DataArray(alive * 1.0, dims=("site", "decided", "year"), coords=working.coords)
    bounded = by_site(alive.any(axis=1) & np.isfinite(w.max_capacity)[:, None], "year")
    room = by_site(
        np.maximum(np.where(np.isinf(w.max_capacity), 0.0, w.max_capacity)[:, None] - w.capacity, 0.0), "year"
    )
    m.add_constraints((stands * build_).sum("decided") <= room, name="max_capacity", mask=bounded)

    # Sums over lanes by groups; a lane outside every group is left out first.
    def summed(expression: Any, group: Any, name: str) -> Any:
        inside = np.flatnonzero(group >= 0)
        label = xr.DataArray(group[inside], dims="lane", coords={"lane": lane_index[inside]}, name=name)
        return expression.sel(lane=lane_index[inside]).groupby(label).sum()

    quota = np.full(len(c), -1)
    for i, (qc, qo, _) in enumerate(w.quotas):
        quota[(c == qc) & (o == qo) & abroad] = i
    sides = xr.DataArray(w.quotas[:, 2], dims="quota", coords={"quota": np.arange(len(w.quotas))})
    m.add_constraints(summed(1.0 * ship, quota, "quota") <= sides, name="quota")
    good = xr.DataArray(made, dims="site", coords={"site": site_index}, name="limit")
    m.add_constraints(
        total.sel(limit=slice(0, goods - 1)) - (1.0 * activity).groupby(good).sum() == 0, name="world_total"
    )
    m.add_constraints(activity - w.world_share * total.sel(limit=good) <= 0, name="world_share")
    bloc = np.where((stage[c] == 3) & (w.bloc[k] == 0), goods + c // 4, -1)
    m.add_constraints(total.sel(limit=slice(goods, None)) - summed(kept * ship, bloc, "limit") == 0, name="bloc_total")
    maker = np.zeros((goods, countries), int)
    maker[made, w.place] = np.tile(np.arange(n), goods)
    source = np.where(bloc >= 0, (bloc - goods) * n + maker[c, o], -1)
    pairs = pd.RangeIndex(chains * n, name="source")
    of = xr.DataArray(goods + np.arange(chains * n) // n, dims="source", coords={"source": pairs})
    share_of = w.bloc_share * total.sel(limit=of)
    m.add_constraints(summed(kept * ship, source, "source") - share_of <= 0, name="bloc_share")

    # Pools.
    pool = np.zeros((goods, countries), int)
    pool[made, w.place] = np.arange(len(made))
    m.add_constraints(summed(1.0 * ship, pool[c, o], "site") - activity <= 0, name="supply")
    user = np.cumsum(uses).reshape(uses.shape) - 1
    later = np.flatnonzero(made % 4 > 0)
    inflow = xr.DataArray(w.inflow[made[later]], dims="site", coords={"site": site_index[later]})
    taker = xr.DataArray(
        user[made[later] - 1, w.place[later]], dims="site", coords={"site": site_index[later]}, name="pool"
    )
    users = pd.RangeIndex(int(uses.sum()), name="pool")
    arrives = summed(kept * ship, user[c, k], "pool")
    takes = (inflow * activity.sel(site=site_index[later])).groupby(taker).sum().reindex(pool=users)
    consumer = xr.DataArray(user[parts].ravel(), dims="need", coords={"need": need}, name="pool")
    gone = (1.0 * unmet).groupby(consumer).sum().reindex(pool=users)
    asked = np.zeros((goods, countries, years))
    asked[parts] = w.demand
    rest = xr.DataArray(-asked[uses], dims=("pool", "year"), coords={"pool": users, "year": year})
    m.add_constraints(takes - gone - arrives <= rest, name="use")

    price = xr.DataArray(UNMET * w.price[3], dims="year", coords={"year": year})
    m.add_objective(
        (by_site(w.variable_cost, "year") * factor * activity).sum() + (build_cost * build_).sum()
        + (price * factor * unmet).sum() + (by_lane(per_unit, "year") * factor * ship).sum()
    )  # fmt: skip
    return m

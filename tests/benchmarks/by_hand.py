"""The linear program of a generated study as somebody would write it for this one study: numpy and scipy, nothing else.

It takes the generator's arrays, not the sheets: nothing is read, no rule is resolved and no name is looked up, so that
its time is what the matrix itself costs. Columns and rows stand in the order of ours.
"""

from __future__ import annotations

from typing import NamedTuple

import highspy
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from tests.benchmarks.generate import DISCOUNT, FIRST, UNMET, World

Floats = NDArray[np.float64]


class Arrays(NamedTuple):
    """min cost.x + offset over row_lower <= matrix x <= row_upper, 0 <= x <= col_upper."""

    cost: Floats
    offset: float
    matrix: sp.csc_array
    row_lower: Floats
    row_upper: Floats
    col_upper: Floats


def build(w: World) -> Arrays:
    """Columns: activity, build, unmet, ship, total of a limit. All are sorted by their keys, the year last."""
    countries, chains, n, years = w.size
    goods, sites = 4 * chains, len(w.place)
    year = np.arange(years)
    made, stage = np.repeat(np.arange(goods), n), np.arange(goods) % 4
    factor = (1 + DISCOUNT) ** -year.astype(float)
    parts = np.flatnonzero(stage == 3)

    # Builds: (site, decided) that work inside the horizon, and when they do.
    lead, life, ramp = (values[made] for values in (w.lead, w.lifetime, w.ramp))
    s, v = np.nonzero(year + lead[:, None] < years)
    age = year - (v + lead[s])[:, None]
    alive = (age >= 0) & (age < life[s][:, None])
    share = np.where(alive, np.minimum((age + 1) / (ramp[s] + 1)[:, None], 1.0), 0.0)
    rate = np.where(np.isnan(w.capital_rate), DISCOUNT, w.capital_rate)[w.place][s]
    annuity = w.capex[s] * rate / (1 - (1 + rate) ** -life[s]) / (1 + rate)
    build_cost = (alive * factor).sum(axis=1) * (annuity + w.fixed_cost[s])

    # Lanes: (commodity, from, to) from every maker to every user, without those inside a ban's years.
    uses = np.zeros((goods, countries), bool)
    uses[made[made % 4 > 0] - 1, w.place[made % 4 > 0]] = True
    uses[parts] = True
    makes = np.zeros((goods, countries), bool)
    makes[made, w.place] = True
    c, o, k = np.nonzero(makes[:, :, None] & uses[:, None, :])
    lane = np.full((goods, countries, countries), -1, np.int32)
    lane[c, o, k] = np.arange(len(c))
    open_ = np.ones((len(c), years), bool)
    for bc, bo, bk, first in w.bans.astype(int):
        if lane[bc, bo, bk] >= 0:
            open_[lane[bc, bo, bk], first - FIRST :] = False
    most = np.full(len(c), np.inf)
    at = lane[tuple(w.lane_max[:, :3].astype(int).T)]
    most[at[at >= 0]] = w.lane_max[at >= 0, 3]
    abroad = o != k
    # `*` opposite a region is everyone outside it: within a region the general rate holds.
    duty = np.where(abroad, np.where(w.region[o] == w.region[k], w.general_duty, w.duty[c, w.region[k]]), 0.0)
    duty[abroad & (stage[c] == 3) & (w.bloc[o] == w.bloc[k])] = 0.0
    for tc, to, rate_ in w.taxes:
        duty[(c == tc) & (o == to) & abroad] += rate_
    per_unit = np.where(abroad, w.freight[w.region[o], w.region[k]], 0.0)[:, None] + duty[:, None] * w.price[c]
    fine = np.zeros((countries, countries, years))
    for fo, fk, first, amount in w.penalties:
        fine[int(fo), int(fk), int(first) - FIRST :] += amount
    per_unit += fine[o, k]
    kept = np.where(abroad, 1 - w.loss[c], 1.0)
    i, y = np.nonzero(open_)
    c, o, k = c[i], o[i], k[i]

    # Columns.
    d = np.repeat(np.arange(chains), countries)
    sizes = [sites * years, len(s), len(d) * years, len(i), (goods + chains) * years]
    run, build_, unmet, ship, total = np.cumsum([0, *sizes[:-1]])
    cost = np.concatenate([
        (w.variable_cost * factor).ravel(), build_cost, np.tile(UNMET * w.price[3, :] * factor, len(d)),
        per_unit[i, y] * factor[y], np.zeros(sizes[4]),
    ])  # fmt: skip
    col_upper = np.concatenate([
        np.full(sizes[0], np.inf), w.max_build[s], w.demand.ravel(), most[i], np.full(sizes[4], np.inf),
    ])  # fmt: skip

    rows: list[NDArray[np.int32]] = []
    cols: list[NDArray[np.int32]] = []
    data: list[Floats] = []

    def add(row: NDArray[np.int64], col: NDArray[np.int64], value: float | Floats) -> None:
        rows.append(row.ravel().astype(np.int32))
        cols.append(col.ravel().astype(np.int32))
        data.append(np.broadcast_to(value, row.shape).ravel())

    # Capacity: activity - builds at work <= what stands; builds alive <= what may stand beyond that.
    of, at_y = np.nonzero(alive)
    runs = np.arange(sites * years).reshape(sites, years)
    add(runs, run + runs, 1.0)
    add(runs[s[of], at_y], build_ + of, -share[of, at_y])
    sides = [w.capacity.ravel()]
    grown = np.zeros((sites, years), bool)
    grown[s[of], at_y] = True
    bounded = grown & np.isfinite(w.max_capacity)[:, None]
    top = np.cumsum(bounded).reshape(bounded.shape) - 1 + runs.size
    inside = bounded[s[of], at_y]
    add(top[s[of], at_y][inside], build_ + of[inside], 1.0)
    sides.append(np.maximum(w.max_capacity[:, None] - w.capacity, 0.0)[bounded])
    end = runs.size + int(bounded.sum())
    # Quotas.
    for qc, qo, amount in w.quotas:
        mine = np.flatnonzero((c == qc) & (o == qo) & (o != k))
        add(end + y[mine], ship + mine, 1.0)
        sides.append(np.full(years, amount))
        end += years
    # Limits: total - sum = 0, then one row for every limit, year and maker.
    goods_year = np.arange(goods * years).reshape(goods, years)
    start = end
    add(start + np.arange(sizes[4]), total + np.arange(sizes[4]), 1.0)
    add(start + goods_year[made], run + runs, -1.0)
    here = np.flatnonzero((stage[c] == 3) & (w.bloc[k] == 0))
    market = goods * years + c[here] // 4 * years + y[here]
    add(start + market, ship + here, -kept[i[here]])
    sides.append(np.zeros(sizes[4]))
    end = start + sizes[4]
    source = np.tile(np.arange(n), goods)
    row = end + (made[:, None] * years + year) * n + source[:, None]
    add(row, run + runs, 1.0)
    add(row, total + goods_year[made], -w.world_share)
    end += row.size
    maker = np.zeros((goods, countries), np.int64)
    maker[made, w.place] = source
    row = end + (market - goods * years) * n + maker[c[here], o[here]]
    add(row, ship + here, kept[i[here]])
    numbers = np.arange(chains * years * n)
    add(end + numbers, total + goods * years + numbers // n, -w.bloc_share)
    sides.append(np.zeros(sites * years + len(numbers)))
    end += len(numbers)
    # What a maker ships <= what it makes; what a user takes <= what arrives.
    pool = np.zeros((goods, countries), np.int64)
    pool[made, w.place] = np.arange(sites)
    add(end + runs, run + runs, -1.0)
    add(end + pool[c, o] * years + y, ship + np.arange(len(i)), 1.0)
    sides.append(np.zeros(sites * years))
    end += sites * years
    user = np.cumsum(uses).reshape(uses.shape) - 1
    later = made % 4 > 0
    add(
        end + user[made[later] - 1, w.place[later]][:, None] * years + year,
        run + runs[later],
        w.inflow[made[later]][:, None],
    )
    add(end + user[parts].ravel()[:, None] * years + year, unmet + np.arange(sizes[2]).reshape(-1, years), -1.0)
    add(end + user[c, k] * years + y, ship + np.arange(len(i)), -kept[i])
    wanted = np.zeros((goods, countries, years))
    wanted[parts] = -w.demand
    sides.append(wanted[uses].ravel())
    end += int(uses.sum()) * years

    shape = end, int(np.sum(sizes))
    matrix = sp.csc_array((np.concatenate(data), (np.concatenate(rows), np.concatenate(cols))), shape=shape)
    row_upper = np.concatenate(sides)
    row_lower = np.full(end, -np.inf)
    row_lower[start : start + sizes[4]] = 0.0
    offset = float((w.fixed_cost[:, None] * w.capacity * factor).sum())
    return Arrays(cost, offset, matrix, row_lower, row_upper, col_upper)


def highs(a: Arrays) -> highspy.Highs:
    """The program inside HiGHS."""
    h = highspy.Highs()
    h.setOptionValue("output_flag", False)
    rows, columns = a.matrix.shape
    h.passModel(
        columns, rows, a.matrix.nnz, 1, 1, a.offset, a.cost, np.zeros(columns), a.col_upper, a.row_lower, a.row_upper,
        a.matrix.indptr, a.matrix.indices, a.matrix.data, np.zeros(columns, np.int32),
    )  # fmt: skip
    return h

"""Hosts: what limits the supply of a by-product, the process that sets it free, its recovery or its refining.

available = quantity x activity of the host; recovered = the part of it that somebody takes. A by-product is every
output of a process but its main one, which is the output worth the most at reference prices (without prices: the
largest). Recovery plants take the by-product in, refineries what these make, as long as it stays the same material.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models import pools
from models.pools import Floats, Pools
from models.schema import TINY, Column, Component, Report
from models.symbolic import Index

if TYPE_CHECKING:
    from models.network import Network

POOL = ["commodity", "country", "year"]
STAGES = ("host", "recovery plant", "refinery")
ROUNDING = 1e-6  # a rent that is this close to what a build costs is nothing but that
NOTHING = 1e-9  # a worth below this part of the largest price of the plan is rounding


def by_products(plan: Any) -> pd.DataFrame:
    """Every by-product: what its host sets free, what of it is taken, and what one more is worth at each stage."""
    n: Network = plan.data.network
    made, frame = pools.supply(plan), _set_free(plan)
    at = made.index.positions([frame[name].to_numpy(np.int64) for name in POOL])
    taken = 1 - np.clip(_left(plan, made)[at] / np.maximum(made.into[at], TINY), 0, 1)
    recovered = frame["available"].to_numpy(np.float64) * taken
    recovery, refinery = _downstream(plan, frame)
    worth = np.column_stack([made.price[at], recovery, refinery])
    ranked = np.where(np.isnan(worth), -np.inf, worth)
    stage = np.array(STAGES, object)[ranked.argmax(axis=1)]
    scarce = ranked.max(axis=1) > max(NOTHING * float(np.abs(made.price).max(initial=0)), NOTHING)
    alone = np.isnan(recovery) & (recovered <= TINY)  # nobody takes it at all
    limit = np.where(alone, "recovery plant", np.where(scarce, stage, "demand"))
    return pd.DataFrame({
        "commodity": np.array(n.commodities, object)[frame["commodity"]], "country": np.array(n.places.names, object)[frame["country"]],
        "year": n.years[frame["year"]], "host process": np.array(n.processes, object)[frame["process"]],
        "available": frame["available"].to_numpy(), "recovered": recovered, "limited by": limit,
        "host price": worth[:, 0], "recovery price": recovery, "refinery price": refinery,
    })  # fmt: skip


def _set_free(plan: Any) -> pd.DataFrame:
    """By-products by pool and host process, with the amount that is set free."""
    n: Network = plan.data.network
    c, k, s, y = plan.data.production.making.keys
    quantity = plan.data.production.making.columns["quantity"]
    runs, activity = plan.values("production.activity")
    made = pd.DataFrame({
        "commodity": c, "country": k, "year": y, "process": n.site_process[s], "quantity": quantity,
        "worth": quantity * np.nan_to_num(n.price[c, y]), "available": quantity * activity[runs.positions([s, y])],
    })  # fmt: skip
    # One line for each process and output, the main one first.
    lines = made.groupby(["process", "commodity"], as_index=False)[["worth", "quantity"]].mean()
    lines = lines.sort_values(["process", "worth", "quantity"], ascending=[True, False, False], kind="stable")
    minor = lines.loc[lines.duplicated("process"), ["process", "commodity"]]
    free: Any = made.merge(minor, on=["process", "commodity"])
    free = free.groupby([*POOL, "process"], as_index=False)["available"].sum()
    return free[free["available"] > TINY].reset_index(drop=True)


def _left(plan: Any, made: Pools) -> Floats:
    """What nobody takes of what every supply pool gets: not shipped, or shipped and left where it arrives [unit/y]."""
    needed = pools.use(plan)
    c, o, k, y = plan.data.trade.lanes.keys
    part = np.clip(needed.surplus / np.maximum(needed.into, TINY), 0, 1)
    idle = plan.values("trade.ship")[1] * part[needed.index.positions([c, k, y])]
    return made.surplus + np.bincount(made.index.positions([c, o, y]), idle, len(made.index))


def _downstream(plan: Any, frame: pd.DataFrame) -> tuple[Floats, Floats]:
    """What one more unit of recovery and of refining is worth, per unit of the by-product; NaN where none works.

    Of several plants in reach the least scarce counts: as long as one has room, plants are not what limits.
    """
    plants = _plants(plan)
    start = frame[POOL].assign(line=np.arange(len(frame)))
    first = _reached(plan, start, plants)
    onward = first[["line", "made", "plant", "year", "yield"]]
    onward = onward.rename(columns={"made": "commodity", "plant": "country", "yield": "per unit"})
    second = _reached(plan, onward, plants)
    out = []
    for stage, worth in ((first, first["worth"]), (second, second["worth"] * second["per unit"])):
        least = np.full(len(frame), np.inf)
        np.minimum.at(least, stage["line"].to_numpy(np.int64), worth.to_numpy(np.float64))
        out.append(np.where(np.isinf(least), np.nan, least))
    return out[0], out[1]


def _reached(plan: Any, goods: pd.DataFrame, plants: pd.DataFrame) -> pd.DataFrame:
    """Goods of a pool (commodity, country, year) with the plants that a lane leads them to."""
    lanes: Index = plan.data.trade.lanes
    lanes = lanes.where(np.isin(lanes.key("commodity"), goods["commodity"]))
    ways = pd.DataFrame(dict(zip(("commodity", "country", "plant", "year"), lanes.keys, strict=True)))
    return goods.merge(ways, on=POOL).merge(plants, on=["commodity", "plant", "year"])


def _plants(plan: Any) -> pd.DataFrame:
    """Every plant at work that makes a commodity of the same material as one it takes in, by input and output.

    worth: of one more unit of its capacity, per unit of input; yield: output per unit of input.
    """
    there, scarcity = _capacity(plan)
    sides = []
    for side in ("taking", "making"):
        pool: Index = getattr(plan.data.production, side)
        c, k, s, y = pool.keys
        sides.append(pd.DataFrame({"good": c, "plant": k, "site": s, "year": y, "quantity": pool.columns["quantity"]}))
    both = sides[0].merge(sides[1], on=["plant", "site", "year"], suffixes=("", " made"))
    material = plan.data.tables["Commodities"]["material"].to_numpy(object)
    good, made, s, y = (both[name].to_numpy(np.int64) for name in ("good", "good made", "site", "year"))
    frame = pd.DataFrame({
        "commodity": good, "plant": both["plant"], "year": y, "made": made,
        "worth": scarcity[s, y] / both["quantity"], "yield": both["quantity made"] / both["quantity"],
    })  # fmt: skip
    same = (material[good] == "") | (material[good] == material[made])
    return frame.loc[same & (good != made) & there[s, y]]


def _capacity(plan: Any) -> tuple[Any, Floats]:
    """Where capacity is at work, and what one more unit of it is worth beyond the cost of building it [cur/unit].

    A build that was free to be larger earns its annuity and no more: such a plant is as large as it is worth.
    """
    n: Network = plan.data.network
    works: Index = plan.data.capacity.works
    caps, dual = plan.duals("capacity.most")
    s, y = caps.keys
    there = np.ones((len(n.sites), len(n.years)), bool)
    there[s, y] = plan.amount("capacity.available")[1] > TINY
    rent = np.zeros(there.shape)
    rent[s, y] = np.maximum(dual, 0.0)  # discounted
    s, v, y = works.keys
    build = plan.data.capacity.builds.positions([s, v])
    paid = (works.columns["annuity"] + works.columns["fixed"]) * n.factor[y]
    support: Index = plan.data.subsidies.building
    np.subtract.at(
        paid,
        works.positions([support.key(name) for name in ("site", "decided", "year")]),
        support.columns["rate"] * n.factor[support.key("year")],
    )
    use = plan.data.production.figures["max use"][s, y] * works.columns["share"]
    count = len(plan.data.capacity.builds)
    cost, earned = (np.bincount(build, values, count) for values in (paid, use * rent[s, y]))
    left = 1 - np.divide(cost, earned, out=np.ones(count), where=earned > 0)
    beyond = np.ones(there.shape)
    np.minimum.at(beyond, (s, y), np.where(left > ROUNDING, left, 0.0)[build])
    return there, rent * beyond / n.factor


BY_PRODUCTS = Report(
    "By-products",
    "What limits the supply of every by-product: the host that sets it free, its recovery, its refining, or demand.",
    (
        Column("commodity", "code", "By-product: an output of a process that is not the one worth the most."),
        Column("country", "place", "Where it is set free."),
        Column("year", "year", "Model year."),
        Column("host process", "code", "Process that sets it free."),
        Column("available", "number", "Set free by the host.", unit="unit/y"),
        Column("recovered", "number", "Part of it that somebody takes.", unit="unit/y"),
        Column(
            "limited by",
            "word",
            "Where one more unit is worth the most; demand: nowhere; recovery plant also where nobody takes any of it.",
            choices=(*STAGES, "demand"),
        ),
        Column("host price", "number", "What one more unit set free is worth; negative: a burden.", unit="cur/unit"),
        Column(
            "recovery price",
            "number",
            "What capacity to recover one more unit is worth beyond the cost of building it; blank: none works.",
            unit="cur/unit",
        ),
        Column(
            "refinery price",
            "number",
            "The same of the refining that follows, per unit of the by-product; blank: none works.",
            unit="cur/unit",
        ),
    ),
    by_products,
)
component = Component("hosts", "What limits the supply of by-products", reports=(BY_PRODUCTS,))

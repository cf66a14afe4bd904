"""Back-cast: the plan against what statistics observed, beside what naive plans would have come to.

distance = half the sum over countries of |share of the plan - share observed|: 0 is the same, 1 is nothing in common.
Countries count by territory. Where the sheet states the world (country `*`), all that is not listed is one more share,
`rest`; without it shares are among the listed countries. Output from scrap is left out: statistics of mines, refineries
and plants count primary production. A second row of one key with another source is a second statistic.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models import pools
from models.amounts import goods, mixed
from models.schema import TINY, Column, Component, Report
from models.symbolic import Codes

if TYPE_CHECKING:
    from models.network import Network

WORLD, REST = -1, -2  # the world's total; what it holds beyond the listed countries
SHARED = ("production", "use")  # items whose shares by country are compared
MISSING = 0.05  # with more than this part of the observed amount unknown a year before, last year's shares say nothing
Amounts: TypeAlias = "dict[int, float]"  # by territory
Total: TypeAlias = "NDArray[np.float64]"  # (commodities, years, places), by territory
NEARER = 0.0005  # a naive plan is nearer than the plan by more than this, or the two are level
RIVALS = ("by capacity", "by last year")
KEY = ["commodity", "item", "year", "partner"]


def back_cast(plan: Any) -> pd.DataFrame:
    """Every observed figure of a model year with the plan's, and the distances of every set of shares."""
    n: Network = plan.data.network
    facts = _facts(plan)
    columns = [c.name for c in BACK_CAST.columns]
    if not len(facts):
        return pd.DataFrame(columns=columns)
    planned = _Plan(plan, facts)
    rows: list[dict[str, Any]] = []
    first = facts[facts["turn"] == 0]
    second = facts[facts["turn"] == 1]
    listed, other = (
        {key: dict(zip(part["place"], part["value"], strict=True)) for key, part in some.groupby(KEY, sort=False)}
        for some in (first, second)
    )
    for key, observed in listed.items():
        good, item, year, partner = cast("tuple[str, str, int, str]", key)
        if year not in n.years:
            continue
        y = int(np.flatnonzero(n.years == year)[0])
        made = planned.of(good, item, y, partner)
        head = {"commodity": good, "item": item, "year": year, "partner": partner, "naive plan nearer": ""}
        if item not in SHARED or partner or len(observed) < 2:
            if item != "price":
                made[WORLD] = sum(made.values())
            none = np.nan if item == "price" else 0.0
            rows += [
                {**head, "place": k, "plan": made.get(k, none), "observed": value} for k, value in observed.items()
            ]
            continue
        before = listed.get((good, item, year - 1, partner))
        able = planned.able(good, y) if item == "production" else None
        rows += [{**head, **row} for row in _compare(made, observed, able, before, other.get(key))]
    frame = pd.DataFrame(rows, columns=[*columns, "place"])
    names = np.array([*n.places.names, "rest", "*"], object)
    return _in_order(frame.assign(country=names[frame["place"].to_numpy(np.int64)])[columns])


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """The lines that hold a distance first, year by year, the farthest on top; then their countries, then the flows."""
    whole = (frame["country"] == "*") & frame["distance"].notna()
    first = frame[whole].sort_values(["year", "distance"], ascending=[True, False], kind="stable")
    rest = frame[~whole]
    good = pd.Series(pd.factorize(frame["commodity"])[0], frame.index)[rest.index]
    order = np.lexsort((~rest["item"].isin(SHARED), good))
    return pd.concat([first, rest.iloc[order]], ignore_index=True)


def _compare(
    made: Amounts, observed: Amounts, able: Amounts | None, before: Amounts | None, second: Amounts | None
) -> list[dict[str, Any]]:
    """Rows of one good and year, the total first."""
    places = [k for k in observed if k != WORLD] + [REST] * (WORLD in observed)
    seen = _buckets(observed, places, observed.get(WORLD, 0.0))
    share = seen / seen.sum()
    plan, can = _buckets(made, places, sum(made.values())), np.full(len(places), np.nan)
    sets = {"distance": plan}
    if able is not None and np.isfinite(sum(able.values())):  # without plants of unlimited capacity
        can = sets["by capacity"] = _buckets(able, places, sum(able.values()))
    if before is not None and (REST not in places or WORLD in before):
        known = np.array([k == REST or k in before for k in places])
        if share[~known].sum() <= MISSING:
            sets["by last year"] = _buckets(before, places, before.get(WORLD, 0.0))
    if second is not None:
        both = {**observed, **second}
        sets["spread"] = _buckets(both, places, both.get(WORLD, 0.0))
    shares = {name: part / part.sum() for name, part in sets.items() if part.sum() > TINY}
    apart = {name: np.abs(part - share) / 2 for name, part in shares.items()}
    utilisation = np.divide(seen, can, out=np.full(len(places), np.nan), where=can > TINY)
    part = shares.get("distance", np.full(len(places), np.nan))
    columns = {"plan": plan, "observed": seen, "plan share": part, "observed share": share, "utilisation": utilisation}
    rows = [
        {"place": k, **{name: float(values[i]) for name, values in (columns | apart).items()}}
        for i, k in enumerate(places)
    ]
    total = {"place": WORLD, "plan": plan.sum(), "observed": seen.sum(), **{n: v.sum() for n, v in apart.items()}}
    if can.sum() > TINY:
        room = np.maximum(can - seen, 0.0).sum()
        total |= {"utilisation": seen.sum() / can.sum(), "bound": min(1.0, room / seen.sum())}
    rivals = [name for name in RIVALS if name in apart]
    if rivals and "distance" in apart:
        nearer = [name for name in rivals if total[name] < total["distance"] - NEARER]
        total["naive plan nearer"] = " and ".join(nearer) or "none"
    return [total, *rows]


def _buckets(amounts: Amounts, places: list[int], whole: float) -> NDArray[np.float64]:
    """Amounts of the countries that are listed and, where the world is observed, of the rest of a whole."""
    part = np.array([amounts.get(k, 0.0) for k in places])
    if REST in places:
        part[-1] = max(whole - part[:-1].sum(), 0.0)
    return part


def _facts(plan: Any) -> pd.DataFrame:
    """Observed figures by territory: KEY, turn (0 the first statistic of its key, 1 the second), place, value."""
    n: Network = plan.data.network
    table = plan.data.tables["Observed"]
    same = table.groupby([*KEY, "country"], sort=False).cumcount().to_numpy(np.int64)
    world = (table["country"] == "*").to_numpy()
    spread = n.places.data(table["country"].where(~world, n.places.names[0]))
    row, place = spread.row, np.where(world[spread.row], WORLD, n.places.territory[spread.place])
    facts = table.iloc[row][KEY].assign(
        turn=same[row], place=place, value=table["value"].to_numpy(np.float64)[row] * spread.share
    )
    return facts.groupby([*KEY, "turn", "place"], sort=False, as_index=False)["value"].sum()


@dataclass
class _Plan:
    """What the plan makes, uses, ships, stores and pays of the goods that are observed."""

    plan: Any
    facts: pd.DataFrame

    def __post_init__(self) -> None:
        plan, n = self.plan, self.plan.data.network
        names = pd.Series(self.facts["commodity"].unique(), dtype="str")
        spec = goods(names, plan.data.tables["Commodities"])
        weight = np.where(mixed(spec)[:, None], n.content[None, :], 1.0)
        self.weight = dict(zip(names, np.where(spec.member[spec.code], weight, 0.0), strict=True))
        making, activity = plan.data.production.making, plan.values("production.activity")
        c, k, s, y = making.keys
        quantity = making.columns["quantity"] * ~self._from_scrap()[n.site_process[s]]
        figures, counted = plan.data.production.figures, quantity > 0
        able = np.zeros(len(quantity))
        able[counted] = quantity[counted] * (figures["capacity"] * figures["max use"])[s[counted], y[counted]]
        use = plan.data.balance["use"]
        used = plan.amount("balance.use_used")[1] + plan.amount("balance.use_served")[1]
        runs = quantity * activity[1][activity[0].positions([s, y])]
        lanes, shipped = plan.data.trade.lanes, plan.values("trade.ship")[1]
        abroad = n.places.territory[lanes.key("from")] != n.places.territory[lanes.key("to")]
        self.shipped = tuple(part[abroad] for part in (*lanes.keys, shipped))
        good, o, to, year, sent = self.shipped
        levels, stock = plan.values("stockpiles.stock")
        self.amounts = {
            "production": _total(n, (c, k, y), runs),
            "capacity": _total(n, (c, k, y), able),
            "use": _total(n, use.keys, used),
            "exports": _total(n, (good, o, year), sent),
            "imports": _total(n, (good, to, year), sent),
            "stock": _total(n, [levels.key(name) for name in ("commodity", "country", "year")], stock),
        }
        needed = pools.use(plan)
        there = needed.into > TINY  # elsewhere a price says nothing
        self.arrives = _total(n, needed.index.keys, np.where(there, needed.into, 0.0))
        self.paid = _total(n, needed.index.keys, np.where(there, needed.into * needed.price, 0.0))

    def of(self, good: str, item: str, y: int, partner: str) -> Amounts:
        """The plan's amount by territory."""
        if item == "price":
            asked = self.weight[good] > 0
            value, paid = (part[asked, y].sum(axis=0) for part in (self.arrives, self.paid))
            there = np.flatnonzero(value)
            return dict(zip(there.tolist(), paid[there] / value[there], strict=True)) | (
                {WORLD: paid.sum() / value.sum()} if len(there) else {}
            )
        return self._sum(self._with(partner, item) if partner else self.amounts[item], good, y)

    def able(self, good: str, y: int) -> Amounts:
        """What standing plants could make, builds of the plan apart, by territory."""
        return self._sum(self.amounts["capacity"], good, y)

    def _with(self, partner: str, item: str) -> Total:
        """Exports to or imports from one partner."""
        n: Network = self.plan.data.network
        c, o, k, y, sent = self.shipped
        own, far = (o, k) if item == "exports" else (k, o)
        asked = n.places.rule([partner]).member[0][far]
        return _total(n, (c[asked], own[asked], y[asked]), sent[asked])

    def _sum(self, total: Total, good: str, y: int) -> Amounts:
        asked = np.flatnonzero(self.weight[good] > 0)
        worth = (self.weight[good][asked, None] * total[asked, y]).sum(axis=0)
        there = np.flatnonzero(worth)
        return dict(zip(there.tolist(), worth[there].tolist(), strict=True))

    def _from_scrap(self) -> Any:
        """(processes,) whether a process takes in scrap or what comes back from users."""
        t, n = self.plan.data.tables, self.plan.data.network
        scrap = set(t["Scrap"]["commodity"]) | set(t["Returns"]["scrap commodity"])
        made = set(t["Recipes"].loc[t["Recipes"]["direction"] == "out", "commodity"])
        lines = t["Recipes"]
        fed = lines[(lines["direction"] == "in") & lines["commodity"].isin(scrap - made)]
        return np.isin(n.processes, fed["process"].unique())


def _total(n: Network, keys: Sequence[Codes], value: NDArray[np.float64]) -> Total:
    """Sums by commodity, territory and year; keys: the commodity, place and year of each value."""
    shape = len(n.commodities), len(n.years), len(n.places.names)
    commodity, place, year = keys
    at = np.ravel_multi_index((commodity, year, n.places.territory[place]), shape)
    return np.asarray(np.bincount(at, weights=value, minlength=math.prod(shape)), np.float64).reshape(shape)


BACK_CAST = Report(
    "Back-cast",
    "The plan against statistics, the farthest stages of each year on top: how far apart shares by country are, and naive plans' would be.",
    (
        Column("commodity", "code", "Commodity, or material/stage in tonnes of the material."),
        Column("item", "word", "What was observed."),
        Column("year", "year", "Model year."),
        Column("country", "place", "Country, by territory; *: all that is compared; rest: the world beyond the countries listed."),
        Column("partner", "place", "The other side of exports and imports."),
        Column("plan", "number", "The plan's amount; output from scrap left out.", unit="unit/y"),
        Column("observed", "number", "The first statistic of the sheet.", unit="unit/y"),
        Column("plan share", "share", "Share in what is compared."),
        Column("observed share", "share", "Share in what is compared."),
        Column("utilisation", "rate", "Observed amount over what standing plants can make (capacity x max use)."),
        Column("distance", "number", "Half the absolute difference of the shares; * holds the sum: 0 the same, 1 nothing in common."),
        Column("bound", "number", "No plan that makes the observed amount within the standing plants can be further off: their idle room over the observed amount."),
        Column("by capacity", "number", "Distance of a plan that shares output by capacity x max use; 0 by arithmetic where capacities were made from the same statistic."),
        Column("by last year", "number", "Distance of last year's observed shares; blank: over 5 % of the amount unknown then."),
        Column("spread", "number", "Distance of a second statistic where the sheet gives one."),
        Column("naive plan nearer", "word", "Which naive plans are nearer to the statistics than the plan: a miss; none: as near as the best of them, or nearer."),
    ),
    back_cast,
)  # fmt: skip
component = Component("backcast", "The plan against statistics", reports=(BACK_CAST,))

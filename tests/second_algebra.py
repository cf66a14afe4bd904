"""A second reading of the workbook: every row and every cost of the linear program, as plain dictionaries.

A decision is a tuple such as ("activity", site, year); the key () stands for the constant 1. The same rows serve to
check a plan (its decisions put in) and to solve the study again (handed to another solver).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from models.schema import Tables
from tests.second_sites import Sites
from tests.second_trade import Lane, Pair, Trade
from tests.second_world import World, blank, winner

Key = tuple[Any, ...]
Expr = dict[Key, float]
INF = math.inf
WORLD = "*"


@dataclass
class Row:
    """low <= expr <= high; with a relief, a decision >= 0 gives way at its cost."""

    name: Key
    expr: Expr
    low: float = -INF
    high: float = INF
    relief: Key | None = None


@dataclass
class Ceiling:
    """sum of weight x square of each expr <= bound / 10000 x total squared."""

    name: Key
    weights: list[float]
    squares: list[Expr]
    total: Expr
    bound: float


@dataclass
class Told:
    """A line of the report on a policy: an amount, what it is a share of (None for an amount alone), and its bound."""

    sheet: str
    key: Key
    kind: str
    part: Expr
    of: Expr | None
    bound: float


def add(into: Expr, expr: Expr, factor: float = 1.0) -> Expr:
    """Add a multiple of an expression to another."""
    for key, value in expr.items():
        into[key] = into.get(key, 0.0) + factor * value
    return into


def total(exprs: Iterable[Expr]) -> Expr:
    """The sum of expressions."""
    result: Expr = {}
    for expr in exprs:
        add(result, expr)
    return result


class Algebra:
    """Decisions, rows and costs of a study.

    lanes: the lanes and years to speak of (those with a flow, when a plan is checked); None: all there may be.
    """

    def __init__(self, tables: Tables, lanes: Iterable[tuple[Pair, int]] | None = None) -> None:
        self.tables = tables
        self.world = World(tables)
        self.sites = Sites(self.world)
        self.trade = Trade(self.world)
        self.bounds: dict[Key, tuple[float, float]] = {}  # of every decision
        self.rows: list[Row] = []
        self.ceilings: list[Ceiling] = []
        self.told: list[Told] = []
        self.costs: dict[tuple[str, str, int], Expr] = defaultdict(dict)  # (term, country, year): cost of the year
        self.outputs: dict[tuple[str, str, int], dict[str, Expr]] = defaultdict(
            dict
        )  # good, place, year: process: expr
        self.inputs: dict[tuple[str, str, int], Expr] = defaultdict(dict)
        self.back: dict[tuple[str, str, int], Expr] = defaultdict(dict)  # scrap and returns
        self.served: dict[tuple[str, str, int], Expr] = defaultdict(dict)
        self.arrivals: dict[tuple[str, str, int], list[tuple[str, Expr]]] = defaultdict(list)  # from, after loss
        self.shipped: dict[tuple[str, str, int], Expr] = defaultdict(dict)
        self.makers: set[tuple[str, str, int]] = set()  # where something can enter the supply pool: good, place, year
        self.takers: set[tuple[str, str, int]] = set()  # where something can be wanted from the use pool
        self.stocks: dict[tuple[str, str, str, int], Expr] = defaultdict(dict)  # held by; into less out of
        self._production()
        self._capacity()
        self._demand()
        self._recycling()
        self._stockpiles()
        self._lanes(self._all_lanes() if lanes is None else lanes)
        self._measures()
        self._subsidies()
        self._pools()
        from tests.second_policies import policies

        policies(self)

    def row(self, name: Key, expr: Expr, low: float = -INF, high: float = INF, soft: float = math.nan) -> Row:
        """Add a row; with a soft cost it may be broken, and the caller charges its relief."""
        relief = None if blank(soft) else ("excess", *name)
        if relief:
            self.bounds[relief] = 0.0, INF
        self.rows.append(Row(name, expr, low, high, relief))
        return self.rows[-1]

    def charge(self, term: str, place: str, year: int, key: Key, cost: float) -> None:
        """Add a cost of the year, per unit of a decision, to a term."""
        if cost:
            add(self.costs[term, place, year], {key: cost})

    # Production and capacity --------------------------------------------------------------------------------------

    def _production(self) -> None:
        sites = self.sites
        carbon = self.world.series("Carbon", "country", "kind")
        for name, site in sites.sites.items():
            for y in self.world.years:
                key = "activity", name, y
                self.bounds[key] = 0.0, INF
                self.charge("variable cost", site.place, y, key, sites.item(name, "variable cost", y))
                price = winner(
                    (self.world.rank([(place, True)]), values(y))
                    for (place, kind), values in carbon.items()
                    if kind == "price" and site.place in self.world.spoken_of(place)
                )
                self.charge("carbon", site.place, y, key, (price or 0.0) * site.emissions)
                for process, good, direction in sites.recipes:
                    if process != site.process:
                        continue
                    made = {key: sites.quantity(process, good, direction, y)}
                    if made[key] and sites.can_work(name, y):
                        (self.makers if direction == "out" else self.takers).add((good, site.place, y))
                    if direction == "out":
                        add(self.outputs[good, site.place, y].setdefault(process, {}), made)
                    else:
                        add(self.inputs[good, site.place, y], made)
            if not math.isinf(site.line["resource"]):
                used = {("activity", name, y): float(self.world.length[y]) for y in self.world.years}
                self.row(("resource", name), used, high=site.line["resource"])

    def capacity(self, name: str, year: int) -> Expr:
        """Installed capacity and builds at work, ramp included."""
        built = {("build", name, v): self.sites.yields(name, v, year) for v in self.sites.decisions(name)}
        return {(): self.sites.installed(name, year), **built}

    def _capacity(self) -> None:
        sites, world = self.sites, self.world
        for name, site in sites.sites.items():
            decisions = sites.decisions(name)
            for v in decisions:
                key = "build", name, v
                self.bounds[key] = 0.0, sites.item(name, "max build", v) * world.gap[v]
                for y in world.years:
                    self.charge("investment", site.place, y, key, sites.payments(name, v, y) / world.factor[y])
            for y in world.years:
                stands = sites.installed(name, y)
                fixed = sites.item(name, "fixed cost", y)
                at_work = {("build", name, v): sites.at_work(name, v, y) for v in decisions}
                for key, share in at_work.items():
                    self.charge("fixed cost", site.place, y, key, fixed * share)
                if math.isinf(stands):
                    continue
                self.charge("fixed cost", site.place, y, (), fixed * stands)
                use = add({("activity", name, y): 1.0}, self.capacity(name, y), -sites.item(name, "max use", y))
                self.row(("max use", name, y), use, high=0.0)
                self.row(
                    ("min use", name, y),
                    {("activity", name, y): 1.0},
                    low=min(sites.item(name, "min use", y), sites.item(name, "max use", y)) * stands,
                )
                if not math.isinf(site.line["max capacity"]):
                    room = max(0.0, site.line["max capacity"] - stands)
                    self.row(("max capacity", name, y), at_work, high=room)

    def _subsidies(self) -> None:
        sites, world = self.sites, self.world
        for line in self.world.lines("Subsidies"):
            for name, site in sites.sites.items():
                if site.process != line["process"] or site.place not in world.spoken_of(line["country"]):
                    continue
                for y in world.speaking(line):
                    if line["kind"] == "capex share":
                        for at in world.years if y in sites.decisions(name) else []:
                            paid = sites.payments(name, y, at) / world.factor[at]
                            self.charge("subsidies", site.place, at, ("build", name, y), -line["value"] * paid)
                    else:
                        unit = 1.0 if line["kind"] == "output" else sites.item(name, "variable cost", y)
                        self.charge("subsidies", site.place, y, ("activity", name, y), -line["value"] * unit)

    # Demand, scrap and returns ------------------------------------------------------------------------------------

    def _demand(self) -> None:
        world = self.world
        self.demand: dict[tuple[str, str, str, int], float] = {}
        for (good, cell, use), values in self.world.series("Demand", "commodity", "country", "use").items():
            for place, part in world.portions(cell).items():
                for y in world.years:
                    assert (good, place, use, y) not in self.demand, f"demand of {good} in {place} for {use} twice"
                    self.demand[good, place, use, y] = values(y) * part
        self.given_up: dict[tuple[str, str, str, int], list[Key]] = {}
        for (good, place, use, y), amount in self.demand.items():
            add(self.served[good, place, y], {(): amount})
            if amount:
                self.takers.add((good, place, y))
            steps = self.steps(good, place, use)
            rest = 1 - sum(share for _, share, _ in steps)
            cost = world.unmet_cost(good, y)
            steps = steps if blank(cost) else [*steps, ("rest", max(rest, 0.0), cost)]
            self.given_up[good, place, use, y] = []
            for step, share, value in steps:
                key = "unmet", good, place, use, step, y
                self.bounds[key] = 0.0, share * amount
                self.given_up[good, place, use, y].append(key)
                add(self.served[good, place, y], {key: -1.0})
                self.charge("unmet demand", place, y, key, value)

    def steps(self, good: str, place: str, use: str) -> list[tuple[str, float, float]]:
        """The most specific set of steps that speaks of a demand: (step, share, value)."""
        sets: dict[tuple[str, str, str], list[tuple[str, float, float]]] = {}
        for line in self.world.lines("Demand steps"):
            key = line["commodity"], line["country"], line["use"]
            sets.setdefault(key, []).append((line["step"], line["share"], line["value"]))
        return (
            winner(
                (self.world.rank([(key[0], False), (key[1], True), (key[2], False)]), sorted(said))
                for key, said in sets.items()
                if key[0] in ("*", good) and place in self.world.spoken_of(key[1]) and key[2] in ("*", use)
            )
            or []
        )

    def _recycling(self) -> None:
        world = self.world
        for (good, cell), values in self.world.series("Scrap", "commodity", "country").items():
            for place, part in world.portions(cell).items():
                for y in world.years:
                    add(self.back[good, place, y], {(): values(y) * part})
                    if values(y) * part:
                        self.makers.add((good, place, y))
        for line in self.world.lines("Returns"):
            for good, place, use, then in self.demand:
                speaks = good == line["demand commodity"] and line["use"] in ("*", use)
                if not speaks or place not in world.spoken_of(line["country"]):
                    continue
                met = {
                    (): self.demand[good, place, use, then],
                    **dict.fromkeys(self.given_up[good, place, use, then], -1.0),
                }
                for y in world.years:
                    if world.containing(y - line["delay"]) == then:
                        back = line["quantity"] * line["collected"]
                        add(self.back[line["scrap commodity"], place, y], met, back)
                        self.makers.add((line["scrap commodity"], place, y))

    # Trade --------------------------------------------------------------------------------------------------------

    def _all_lanes(self) -> Iterable[tuple[Pair, int]]:
        world = self.world
        for good in world.goods:
            for start in world.places:
                for end in world.places:
                    for y in world.years:
                        if self.lane((good, start, end), y) is not None:
                            yield (good, start, end), y

    def lane(self, pair: Pair, y: int) -> Lane | None:
        """A lane between a place where something can be made and one where it can be used."""
        good, start, end = pair
        there = (good, start, y) in self.makers and (good, end, y) in self.takers
        return self.trade.lane(pair, y) if there else None

    def _lanes(self, lanes: Iterable[tuple[Pair, int]]) -> None:
        self.lanes: dict[tuple[Pair, int], Lane] = {}
        for pair, y in lanes:
            lane = self.lane(pair, y)
            if lane is None:
                continue
            self.lanes[pair, y] = lane
            good, start, end = pair
            key = "ship", *pair, y
            self.bounds[key] = lane.least, lane.most
            add(self.shipped[good, start, y], {key: 1.0})
            self.arrivals[good, end, y].append((start, {key: 1 - lane.loss}))
            self.charge("freight", end, y, key, lane.freight)
            self.charge("duty", end, y, key, lane.duty)
            self.charge("export tax", start, y, key, lane.tax)

    def _measures(self) -> None:
        world, trade = self.world, self.trade
        by_year: dict[int, list[Pair]] = defaultdict(list)
        for pair, y in self.lanes:
            by_year[y].append(pair)
        for at, line in enumerate(trade.measures):
            for y in world.speaking(line) if line["kind"] != "tax" else []:
                lanes = [pair for pair in by_year[y] if trade.touches(line, pair)]
                name = line["measure"], at, y
                if line["kind"] == "ban":
                    self._late_ban(line, y, lanes, name)
                elif line["kind"] == "share":
                    self._share(line, y, name)
                else:
                    self._quota(line, y, lanes, name)

    def _late_ban(self, line: dict[str, Any], y: int, lanes: list[Pair], name: Key) -> None:
        ratio = self.trade.ban_ratio(line, y)
        for pair in lanes:
            before = self.world.before(y)
            was = {("ship", *pair, before): 1.0} if (pair, before) in self.lanes else {}
            self.row(("ban", *name, pair), add({("ship", *pair, y): 1.0}, was, -ratio), high=0.0)

    def _in_unit(self, line: dict[str, Any], y: int) -> dict[str, float]:
        """The commodities a measure adds up, those with matched lanes, with their factors."""
        world = self.world
        goods = [g for g in world.goods if any(self.trade.touches(line, p) for p in self._foreign(g, y))]
        if len({world.good[g]["unit"] for g in goods}) > 1:
            return {g: world.good[g]["content"] for g in goods}
        return dict.fromkeys(goods, 1.0)

    def _foreign(self, good: str, y: int) -> Iterable[Pair]:
        for start in self.world.places:
            for end in self.world.places:
                if self.world.abroad(start, end) and self.lane((good, start, end), y):
                    yield good, start, end

    def _quota(self, line: dict[str, Any], y: int, lanes: list[Pair], name: Key) -> None:
        factors = self._in_unit(line, y) if line["commodity"] == "*" else {line["commodity"]: 1.0}
        carried = total({("ship", *pair, y): factors[pair[0]]} for pair in lanes)
        duty = line["kind"] == "tariff quota"
        row = self.row(("quota", *name), carried, high=line["value"], soft=0.0 if duty else math.nan)
        if duty and line["rate"]:
            paid = line["rate"] * self.world.price(line["commodity"], y)
            self.charge("quota duty", WORLD, y, row.relief or (), paid)

    def _share(self, line: dict[str, Any], y: int, name: Key) -> None:
        factors = self._in_unit(line, y) if line["commodity"] == "*" else {line["commodity"]: 1.0}
        for place in self.world.places:
            abroad = total(
                {("ship", *pair, y): factors[pair[0]]}
                for pair, at in self.lanes
                if at == y and pair[1] == place and self.trade.touches(line, pair)
            )
            if abroad:
                made = total(self.made(good, place, y, factor) for good, factor in factors.items())
                self.row(("share", *name, place), add(abroad, made, -line["value"]), high=0.0)

    def made(self, good: str, place: str, y: int, factor: float = 1.0) -> Expr:
        """Output of the sites."""
        return add({}, total(self.outputs[good, place, y].values()), factor)

    # Stockpiles and pools -----------------------------------------------------------------------------------------

    def _stockpiles(self) -> None:
        for line in self.world.lines("Stockpiles"):
            for place in self.world.named(line["country"]):
                self._stockpile(line, place)

    def _stockpile(self, line: dict[str, Any], place: str) -> None:
        world = self.world
        good, held, keep = line["commodity"], line["held by"], 1 - line["loss"]
        for y in world.years:
            stock, into, out = ((what, good, place, held, y) for what in ("stock", "in", "out"))
            self.bounds |= {stock: (0.0, line["capacity"]), into: (0.0, INF), out: (0.0, INF)}
            add(self.stocks[good, place, held, y], {into: 1.0, out: -1.0})
            (self.makers if held == "producer" else self.takers).add((good, place, y))
            self.charge("holding stock", place, y, stock, line["holding cost"])
            n, before = world.length[y], world.before(y)
            level: Expr = {stock: -1.0, into: float(n), out: float(-n)}
            was: Expr = {("stock", good, place, held, before): keep**n} if before else {(): line["initial"] * keep**n}
            self.row(("stock", good, place, held, y), add(level, was), low=0.0, high=0.0)
            if line["min cover"]:
                needed = add(add({}, self.inputs[good, place, y]), self.served[good, place, y])
                name = "cover", good, place, held, y
                row = self.row(
                    name, add({stock: 1.0}, needed, -line["min cover"] / 365), low=0.0, soft=line["soft cost"]
                )
                self._miss(row, line, place, y)
        last, years = world.years[-1], sum(world.length.values())
        final = line["initial"] * keep**years if blank(line["min final"]) else line["min final"]
        if final:
            stock = "stock", good, place, held, last
            row = self.row(("final", good, place, held), {stock: 1.0}, low=final, soft=line["soft cost"])
            self._miss(row, line, place, last)

    def _miss(self, row: Row, line: dict[str, Any], place: str, y: int) -> None:
        if row.relief:
            self.charge("excess of stockpiles", place, y, row.relief, line["soft cost"])

    def _pools(self) -> None:
        for good in self.world.goods:
            most = INF if self.world.disposable(good) else 0.0
            for place in self.world.places:
                for y in self.world.years:
                    at = good, place, y
                    supply = add(self.made(*at), self.back[at])
                    add(add(supply, self.shipped[at], -1.0), self.stocks[good, place, "producer", y], -1.0)
                    use = total(expr for _, expr in self.arrivals[at])
                    add(add(use, self.stocks[good, place, "user", y], -1.0), self.inputs[at], -1.0)
                    add(use, self.served[at], -1.0)
                    self.row(("supply", *at), supply, 0.0, most)
                    self.row(("use", *at), use, 0.0, most)

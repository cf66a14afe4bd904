"""A second reading of the workbook: limits, concentration, benchmarks, mix, growth and carbon caps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.second_algebra import WORLD, Algebra, Ceiling, Expr, Told, add, total
from tests.second_world import World

Goods = dict[str, float]  # commodities that are added up, with their factors
Places = frozenset[str]


def policies(a: Algebra) -> None:
    """Add the rows of every policy."""
    for at, line in enumerate(a.world.lines("Limits")):
        _limit(a, at, line)
    for at, line in enumerate(a.world.lines("Concentration")):
        _concentration(a, at, line)
    for at, line in enumerate(a.world.lines("Benchmarks")):
        _benchmark(a, at, line)
    for at, line in enumerate(a.world.lines("Mix")):
        _mix(a, at, line)
    for at, line in enumerate(a.world.lines("Growth")):
        _growth(a, at, line)
    _carbon(a)


# Amounts --------------------------------------------------------------------------------------------------------------


def by_source(a: Algebra, basis: str, goods: Goods, market: str, y: int) -> dict[str, Expr]:
    """The amount of a basis in a year by the place it comes from or is made in."""
    found: dict[str, Expr] = {}
    members = a.world.spoken_of(market)
    for good, factor in goods.items():
        if basis in ("supply", "imports"):
            for place in members:
                for start, arriving in a.arrivals[good, place, y]:
                    if basis == "supply" or _imported(a.world, start, place, market):
                        add(found.setdefault(start, {}), arriving, factor)
        elif basis == "production":
            for place in members:
                if (good, place, y) in a.makers and (made := a.made(good, place, y)):
                    add(found.setdefault(place, {}), made, factor)
        else:
            for place, able in _able(a, good, y):
                if place in members:
                    add(found.setdefault(place, {}), able, factor)
    return found


def _makers(a: Algebra, basis: str, goods: Goods, market: str, y: int) -> set[str]:
    """The places from which something may count, whether or not a plan uses it."""
    if basis in ("production", "capacity"):
        return set(by_source(a, basis, goods, market, y))
    return {
        start
        for good in goods
        for start in a.world.places
        for place in a.world.spoken_of(market)
        if a.lane((good, start, place), y) and (basis == "supply" or _imported(a.world, start, place, market))
    }


def _imported(world: World, start: str, end: str, market: str) -> bool:
    """Whether a shipment into a market comes from outside; into the world, whether it crosses a border."""
    return world.abroad(start, end) if market == WORLD else start not in world.spoken_of(market)


def _able(a: Algebra, good: str, y: int) -> Iterator[tuple[str, Expr]]:
    """Capacity x max use x output per activity of every site, by place."""
    for name, site in a.sites.sites.items():
        out = a.sites.quantity(site.process, good, "out", y)
        if out and a.sites.can_work(name, y):
            yield site.place, add({}, a.capacity(name, y), a.sites.item(name, "max use", y) * out)


def splits(world: World, cell: str) -> list[tuple[str, Goods]]:
    """What a commodity cell counts, each under the name the report gives it."""
    return [(next(iter(goods)) if cell == "each" else cell, goods) for goods in world.counted(cell)]


def markets(world: World, cell: str) -> list[str]:
    """The markets a cell names, each a country, a group or the world."""
    return list(world.countries()) if cell == "each" else [cell]


def sources(world: World, line: dict[str, Any], market: str) -> dict[str, Places]:
    """The sources a row of Limits speaks of in one market."""
    cell, by = line["source country"], line["by"]
    if cell == "each":
        found = world.countries(by)
        if line["exempt own"] == "yes" and market != WORLD:
            return {k: places for k, places in found.items() if k not in world.spoken_of(market)}
        return found
    return {cell: world.spoken_of(cell, by)}


def _payer(world: World, *cells: str) -> str:
    """Where the cost of a broken soft limit is booked: at its market or source where that is one place."""
    return next((cell for cell in cells if world.single(cell)), WORLD)


def _of(found: dict[str, Expr], places: Places) -> Expr:
    return total(found[p] for p in sorted(places) if p in found)


# Rows -----------------------------------------------------------------------------------------------------------------


def _limit(a: Algebra, at: int, line: dict[str, Any]) -> None:
    for label, goods in splits(a.world, line["commodity"]):
        for market in markets(a.world, line["market"]):
            for y in a.world.speaking(line):
                found = by_source(a, line["basis"], goods, market, y)
                makers = _makers(a, line["basis"], goods, market, y) if line["min"] > 0 else set(found)
                if not makers and "each" in (line["commodity"], line["market"]):  # `each` stands for what occurs
                    continue
                for source, places in sources(a.world, line, market).items():
                    if not makers & places and line["source country"] == "each":
                        continue
                    payer = _payer(a.world, market, line["source country"])
                    what = What("Limits", at, (line["limit"], label, market, source, y), payer)
                    _bounds(a, what, line, _of(found, places), total(found.values()))


@dataclass(frozen=True)
class What:
    """Which row of which sheet, split by `each`; the last of the key is the year; who pays where it is broken."""

    sheet: str
    at: int
    key: tuple[Any, ...]
    payer: str = WORLD


def _bounds(a: Algebra, what: What, line: dict[str, Any], part: Expr, of: Expr) -> None:
    """The bounds a row gives: shares of a total, and amounts where it has such columns."""
    soft = line.get("soft cost", math.nan)
    for kind, nothing in (("max share", math.inf), ("min share", 0.0), ("max", math.inf), ("min", 0.0)):
        bound = line.get(kind, nothing)
        if bound == nothing:
            continue
        share, least = "share" in kind, kind.startswith("min")
        expr, side = (add(add({}, part), of, -bound), 0.0) if share else (part, bound)
        name = what.sheet, what.at, *what.key, kind
        row = a.row(name, expr, *((side, math.inf) if least else (-math.inf, side)), soft)
        a.told.append(Told(what.sheet, what.key, kind, part, of if share else None, bound))
        if row.relief:
            a.charge(f"excess of {what.sheet.lower()}", what.payer, what.key[-1], row.relief, soft)


def _concentration(a: Algebra, at: int, line: dict[str, Any]) -> None:
    world = a.world
    for label, goods in splits(world, line["commodity"]):
        for market in markets(world, line["market"]):
            for y in world.speaking(line):
                found = by_source(a, line["basis"], goods, market, y)
                single = world.countries(line["by"])
                weights = [world.risk[k] if line["weight"] == "risk" else 1.0 for k in single]
                squares = [_of(found, places) for places in single.values()]
                name = line["limit"], label, line["basis"], market, y
                a.ceilings.append(Ceiling(name, weights, squares, total(found.values()), line["max hhi"]))


def _benchmark(a: Algebra, at: int, line: dict[str, Any]) -> None:
    world = a.world
    of_cell, of_place = line["of commodity"] or line["commodity"], line["of place"] or line["place"]
    first, second = world.counted(line["commodity"])[0], world.counted(of_cell)[0]
    if of_cell != line["commodity"]:
        first, second = ({g: world.good[g]["content"] for g in goods} for goods in (first, second))
    for y in world.speaking(line):
        part = total(by_source(a, line["basis"], first, line["place"], y).values())
        if line["of basis"] == "use":
            of = total(_used(a, second, world.spoken_of(of_place), y))
        else:
            of = total(by_source(a, line["of basis"], second, of_place, y).values())
        key = line["limit"], line["commodity"], line["place"], y
        _bounds(a, What("Benchmarks", at, key, _payer(world, line["place"])), line, part, of)


def _used(a: Algebra, goods: Goods, places: Places, y: int) -> Iterator[Expr]:
    """Inputs and served demand."""
    for good, factor in goods.items():
        for place in sorted(places):
            yield add({}, a.inputs[good, place, y], factor)
            yield add({}, a.served[good, place, y], factor)


def _together(world: World, cell: str) -> dict[str, Places]:
    """The places a row of Mix or Growth takes together; each: every territory, aggregates included."""
    return world.countries(aggregates=True) if cell == "each" else {cell: world.spoken_of(cell)}


def _mix(a: Algebra, at: int, line: dict[str, Any]) -> None:
    world = a.world
    for country, places in _together(world, line["country"]).items():
        for y in world.speaking(line):
            made = [
                (process, expr) for p in sorted(places) for process, expr in a.outputs[line["commodity"], p, y].items()
            ]
            part = total(expr for process, expr in made if process == line["process"])
            _bounds(a, What("Mix", at, (country, y)), line, part, total(expr for _, expr in made))


def _growth(a: Algebra, at: int, line: dict[str, Any]) -> None:
    """What is unlimited does not grow, and is left out."""
    world = a.world
    for country, places in _together(world, line["country"]).items():
        names = [
            name
            for name, site in a.sites.sites.items()
            if site.process == line["process"] and site.place in places and not a.sites.ever_unlimited(name)
        ]
        for y in world.years[1:] if names else []:
            before, gap = world.before(y), world.gap[y]
            now = total(a.capacity(n, y) for n in names)
            announced = sum(max(0.0, a.sites.installed(n, y) - a.sites.installed(n, before)) for n in names)
            add(now, total(a.capacity(n, before) for n in names), -((1 + line["max growth"]) ** gap))
            a.row(("growth", at, country, y), now, high=line["seed"] * gap + announced)


def _carbon(a: Algebra) -> None:
    for (country, kind), values in a.world.series("Carbon", "country", "kind").items():
        for y in a.world.years if kind == "cap" else []:
            emitted = {
                ("activity", name, y): site.emissions
                for name, site in a.sites.sites.items()
                if site.place in a.world.spoken_of(country)
            }
            a.row(("carbon cap", country, y), emitted, high=values(y))

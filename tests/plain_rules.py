"""A second reading of the rules of the workbook: plain loops over plain rows, sharing no code with `models/`.

Slow and close to the words of the contract, so that a test can hold the fast road against it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Place:
    """A row of Countries; blank text where the cell is blank."""

    name: str
    region: str = ""
    territory: str = ""

    @property
    def soil(self) -> str:
        return self.territory or self.name


@dataclass(frozen=True)
class World:
    """Countries and Groups: rows (group, country, weight)."""

    places: tuple[Place, ...]
    groups: tuple[tuple[str, str, float], ...] = ()

    def place(self, name: str) -> Place:
        return next(place for place in self.places if place.name == name)

    def is_country(self, name: str) -> bool:
        return any(place.name == name for place in self.places)

    def listed(self, group: str) -> list[str]:
        """What a group lists; a region is a group unless Groups declares one of that name."""
        rows = [country for name, country, _ in self.groups if name == group]
        return rows or [place.name for place in self.places if place.region == group]

    def speaks_of(self, name: str, place: Place) -> bool:
        """Whether a rule that names a country or a group speaks of a place."""
        if not self.is_country(name):
            return any(self.speaks_of(country, place) for country in self.listed(name))
        if self.place(name).soil != name:  # a place named itself is always that place alone
            return place.name == name
        return place.soil == name

    def size(self, name: str) -> int:
        return sum(self.speaks_of(name, place) for place in self.places)

    def shares(self, cell: str) -> dict[str, float]:
        """The places a cell of a data sheet names and the part of the amount each one gets."""
        if self.is_country(cell):
            return {cell: 1.0}
        if cell == "*":
            return {place.name: 1 / len(self.places) for place in self.places}
        weights = {country: weight for name, country, weight in self.groups if name == cell}
        weights = weights or dict.fromkeys(self.listed(cell), 1.0)
        return {country: weight / sum(weights.values()) for country, weight in weights.items()}


@dataclass(frozen=True)
class Row:
    """A row of a one-winner sheet: its key cells, its values by column and year (NaN: blank) and its years."""

    keys: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]  # (columns, years)
    first: int = 0
    last: int = 9999


@dataclass(frozen=True)
class Site:
    """A site as it stands: `mine@COD` is the copy of the declared `mine` in COD."""

    name: str
    declared: str
    process: str
    place: str


@dataclass
class Outcome:
    """For every (item, year index) the values of the deciding row; the rows that contradict each other."""

    values: dict[tuple[int, int], tuple[float, ...]] = field(default_factory=dict)
    ties: set[tuple[int, int]] = field(default_factory=set)


def touches(world: World, row: Row, lane: tuple[str, str, str], home: bool) -> bool:
    """Whether a trade row touches a lane (commodity, from, to); home: the sheet is Lanes."""
    commodity, origin, destination = row.keys
    start, end = world.place(lane[1]), world.place(lane[2])
    if commodity not in ("*", lane[0]):
        return False
    if start.soil == end.soil:  # only a lane that names both ends by country or place reaches inside a territory
        named = world.is_country(origin) and world.is_country(destination)
        return home and named and world.speaks_of(origin, start) and world.speaks_of(destination, end)
    return _end(world, origin, start, destination) and _end(world, destination, end, origin)


def _end(world: World, cell: str, place: Place, opposite: str) -> bool:
    if cell != "*":
        return world.speaks_of(cell, place)
    if opposite == "*" or world.is_country(opposite):
        return True
    return not world.speaks_of(opposite, place)  # everyone outside that group


def trade_specificity(world: World, row: Row) -> tuple[int, int, int]:
    """Higher is more specific: columns that are not `*`, single items among them, small sizes."""
    commodity, *ends = row.keys
    named = [cell for cell in ends if cell != "*"]
    return (
        len(named) + (commodity != "*"),
        sum(world.is_country(cell) for cell in named) + (commodity != "*"),
        -sum(world.size(cell) for cell in named) - (commodity != "*"),
    )


def speaks_of_site(world: World, row: Row, site: Site) -> bool:
    """Whether a row of Site years (site, process, country) speaks of a site."""
    name, process, country = row.keys
    return (
        name in ("*", site.name, site.declared)
        and process in ("*", site.process)
        and (country == "*" or world.speaks_of(country, world.place(site.place)))
    )


def site_specificity(world: World, row: Row, sites: list[Site]) -> tuple[int, int, int]:
    """As for trade; a named site names its process and country too, and one with copies is a group."""
    name, process, country = row.keys
    score: list[tuple[bool, int] | None] = [  # for each column: a single item? how many?
        None,
        None if process == "*" else (True, 1),
        None if country == "*" else (world.is_country(country), world.size(country)),
    ]
    if name != "*":
        copies = [site for site in sites if name in (site.name, site.declared)]
        alone = any(site.name == name for site in sites)
        score[0] = (alone, len(copies))
        score[1] = (True, 1)
        by_site = (alone, len({site.place for site in copies}))
        # The country cell may say more than the site does: then it is what makes the row specific.
        score[2] = max([by_site] + ([score[2]] if score[2] else []), key=lambda pair: (pair[0], -pair[1]))
    told = [pair for pair in score if pair]
    return len(told), sum(single for single, _ in told), -sum(size for _, size in told)


def decide(
    rows: list[Row],
    matching: list[list[int]],
    specificity: list[tuple[int, int, int]],
    group: tuple[int, ...],
    defaults: tuple[float, ...],
    years: list[int],
) -> Outcome:
    """The most specific row for each item and year; group: positions of the value columns that win together."""
    outcome = Outcome()
    for item, candidates in enumerate(matching):
        for y, year in enumerate(years):
            said = {
                r: tuple(rows[r].values[column][y] for column in group)
                for r in candidates
                if rows[r].first <= year <= rows[r].last
            }
            said = {r: cells for r, cells in said.items() if not all(math.isnan(cell) for cell in cells)}
            if not said:
                outcome.values[item, y] = defaults
                continue
            best = max(specificity[r] for r in said)
            equals = sorted(r for r in said if specificity[r] == best)
            full = {
                r: tuple(d if math.isnan(cell) else cell for cell, d in zip(said[r], defaults, strict=True))
                for r in equals
            }
            outcome.values[item, y] = full[equals[0]]
            outcome.ties |= {(equals[0], r) for r in equals[1:] if full[r] != full[equals[0]]}
    return outcome

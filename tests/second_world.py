"""A second reading of the workbook: who and what. Plain loops over typed tables, sharing no code with the model.

Written from the words of the contract alone; slow, and meant to be read beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from models.schema import Tables

Rank = tuple[int, int, int]  # columns that are not `*`, single items among them, minus the sum of sizes


class Tie(Exception):
    """Equally specific rows disagree where they decide."""


def rows_of(frame: Any) -> list[dict[str, Any]]:
    """The rows of a table, by column name."""
    names = list(frame.columns)
    columns = [frame[name].tolist() for name in names]
    return [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]


def blank(value: float) -> bool:
    """Whether a number's cell is blank."""
    return math.isnan(value)


def otherwise(*values: float) -> float:
    """The first value whose cell is not blank."""
    return next((v for v in values if not blank(v)), math.nan)


@dataclass
class Series:
    """Points by year: linear between given years, constant outside them."""

    points: dict[int, float] = field(default_factory=dict)

    def __call__(self, year: int) -> float:
        given = sorted(self.points)
        before = [y for y in given if y <= year]
        after = [y for y in given if y >= year]
        if not before:
            return self.points[given[0]]
        if not after:
            return self.points[given[-1]]
        a, b = before[-1], after[0]
        if a == b:
            return self.points[a]
        return self.points[a] + (self.points[b] - self.points[a]) * (year - a) / (b - a)

    def step(self, year: int) -> float:
        """A value holds until the next given year."""
        return self.points[max(y for y in self.points if y <= year)]


class World:
    """Settings, years, places and commodities of a study."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._lines: dict[str, list[dict[str, Any]]] = {}
        self.settings = {line["setting"]: line["value"] for line in self.lines("Settings")}
        self.rate = float(self.settings.get("discount rate", 0.07))
        self._read_years()
        self._read_places()
        self._read_commodities()

    def lines(self, sheet: str) -> list[dict[str, Any]]:
        """The rows of a sheet, by column name."""
        if sheet not in self._lines:
            self._lines[sheet] = rows_of(self.tables[sheet]) if sheet in self.tables else []
        return self._lines[sheet]

    def series(self, sheet: str, *keys: str) -> dict[tuple[str, ...], Series]:
        """The series of a sheet marked W by its keys."""
        found: dict[tuple[str, ...], Series] = {}
        for line in self.lines(sheet):
            one = found.setdefault(tuple(line[k] for k in keys), Series())
            if not blank(line["value"]):
                one.points[int(line["year"])] = line["value"]
        return found

    # Years --------------------------------------------------------------------------------------------------------

    def _read_years(self) -> None:
        given = {int(line["year"]): line["length"] for line in self.lines("Years")}
        self.years = sorted(given)
        self.base = int(float(self.settings.get("base year", self.years[0])))
        self.length: dict[int, int] = {}
        self.gap: dict[int, int] = {}
        self.factor: dict[int, float] = {}
        for at, year in enumerate(self.years):
            following = self.years[at + 1] if at + 1 < len(self.years) else year + 1
            self.length[year] = int(otherwise(given[year], following - year))
            self.gap[year] = year - self.years[at - 1] if at else 1
            self.factor[year] = sum(self.discount(j) for j in self.within(year))

    def discount(self, calendar: int) -> float:
        """What money of a calendar year is worth in the base year."""
        return (1 + self.rate) ** -(calendar - self.base)

    def within(self, year: int) -> list[int]:
        """The calendar years a model year stands for."""
        return [year + k for k in range(self.length[year])]

    def before(self, year: int) -> int | None:
        """The model year before this one."""
        at = self.years.index(year)
        return self.years[at - 1] if at else None

    def containing(self, calendar: float) -> int | None:
        """The model year whose period contains a moment."""
        return next((y for y in self.years if y <= calendar < y + self.length[y]), None)

    def speaking(self, line: dict[str, Any]) -> list[int]:
        """The model years between a row's first and last year."""
        return [y for y in self.years if line["first year"] <= y <= line["last year"]]

    # Places -------------------------------------------------------------------------------------------------------

    def _read_places(self) -> None:
        rows = self.lines("Countries")
        self.places: list[str] = [row["country"] for row in rows]
        self.territory = {row["country"]: row["territory"] or row["country"] for row in rows}
        self.owner = {row["country"]: row["owner"] or row["country"] for row in rows}
        self.risk = {row["country"]: row["risk"] for row in rows}
        self.aggregate = {row["country"]: row["aggregate"] == "yes" for row in rows}
        self.capital = {row["country"]: otherwise(row["capital rate"], self.rate) for row in rows}
        self._spoken: dict[tuple[str, str], frozenset[str]] = {}
        self.weights: dict[str, dict[str, float]] = {}
        for row in self.lines("Groups"):
            self.weights.setdefault(row["group"], {})[row["country"]] = row["weight"]
        declared = set(self.weights)
        for row in rows:
            if row["region"] and row["region"] not in declared:
                self.weights.setdefault(row["region"], {})[row["country"]] = 1.0

    def single(self, cell: str) -> bool:
        """Whether a cell names a country or place rather than a group."""
        return cell in self.territory

    def spoken_of(self, cell: str, by: str = "territory") -> frozenset[str]:
        """The places a rule speaks of that names a country, a place, a group or `*`; by owner, a country is what it owns."""
        if (cell, by) not in self._spoken:
            self._spoken[cell, by] = self._speak(cell, by)
        return self._spoken[cell, by]

    def _speak(self, cell: str, by: str) -> frozenset[str]:
        if cell == "*":
            return frozenset(self.places)
        if not self.single(cell):
            return frozenset(p for country in self.weights[cell] for p in self.spoken_of(country, by))
        fold = self.owner if by == "owner" else self.territory
        if fold[cell] != cell:  # a place named itself
            return frozenset([cell])
        return frozenset(p for p in self.places if fold[p] == cell)

    def portions(self, cell: str) -> dict[str, float]:
        """The places a cell of a data sheet names, and their part of an amount given for all of them."""
        if self.single(cell):
            return {cell: 1.0}
        weights = self.weights[cell]
        return {country: weight / sum(weights.values()) for country, weight in weights.items()}

    def named(self, cell: str) -> list[str]:
        """The places a cell of a data sheet names."""
        return self.places if cell == "*" else list(self.portions(cell))

    def abroad(self, one: str, other: str) -> bool:
        """Whether two places belong to different territories."""
        return self.territory[one] != self.territory[other]

    def countries(self, by: str = "territory", aggregates: bool = False) -> dict[str, frozenset[str]]:
        """Every single country and the places that fold into it."""
        fold = self.owner if by == "owner" else self.territory
        found: dict[str, set[str]] = {}
        for place in self.places:
            found.setdefault(fold[place], set()).add(place)
        return {k: frozenset(v) for k, v in found.items() if aggregates or not self.aggregate[k]}

    # Commodities --------------------------------------------------------------------------------------------------

    def _read_commodities(self) -> None:
        rows = self.lines("Commodities")
        self.goods: list[str] = [row["commodity"] for row in rows]
        self.good = {row["commodity"]: row for row in rows}
        self.prices = {c: s for (c,), s in self.series("Reference prices", "commodity").items()}

    def price(self, good: str, year: int) -> float:
        """Reference price; blank where there is none."""
        return self.prices[good](year) if good in self.prices else self.good[good]["price"]

    def mass(self, good: str) -> float:
        """Tonnes per unit; blank where unknown."""
        return otherwise(self.good[good]["mass"], 1.0 if self.good[good]["unit"] == "t" else math.nan)

    def disposable(self, good: str) -> bool:
        """Whether surplus may be dumped."""
        return self.good[good]["disposable"] == "yes"

    def unmet_cost(self, good: str, year: int) -> float:
        """What a unit of unmet demand costs; blank where demand is firm."""
        factor = float(self.settings.get("unmet cost factor", math.nan))
        return otherwise(self.good[good]["unmet cost"], factor * self.price(good, year))

    def counted(self, cell: str) -> list[dict[str, float]]:
        """What a limit's commodity cell counts: sets of commodities with their factors (one set per limit)."""
        if cell == "each":
            return [{good: 1.0} for good in self.goods]
        if cell in self.good:
            return [{cell: 1.0}]
        material, stage = (part.strip() for part in cell.split("/", 1))
        rows = self.good.values()
        return [{r["commodity"]: r["content"] for r in rows if r["material"] == material and r["stage"] == stage}]

    # Specificity --------------------------------------------------------------------------------------------------

    def size(self, cell: str) -> int:
        """How many places a rule's cell speaks of."""
        return len(self.spoken_of(cell))

    def rank(self, columns: Iterable[tuple[str, bool]]) -> Rank:
        """How specific key cells are, each given with whether it names a place."""
        named = [(cell, place) for cell, place in columns if cell != "*"]
        single = [cell for cell, place in named if not place or self.single(cell)]
        return len(named), len(single), -sum(self.size(cell) if place else 1 for cell, place in named)


def winner(rows: Iterable[tuple[Rank, Any]]) -> Any:
    """What the most specific row says; Tie where equally specific rows disagree; None where none speaks."""
    best = list(_top(rows))
    if any(said != best[0] for said in best):
        raise Tie(str(best))
    return best[0] if best else None


def _top(rows: Iterable[tuple[Rank, Any]]) -> Iterator[Any]:
    given = list(rows)
    top = max((rank for rank, _ in given), default=None)
    return (said for rank, said in given if rank == top)

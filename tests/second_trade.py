"""A second reading of the workbook: lanes, tariffs and trade measures, lane by lane."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.second_world import Rank, World, blank, winner

Pair = tuple[str, str, str]  # commodity, from, to


@dataclass(frozen=True)
class Lane:
    """What the workbook says of one lane in one year, money per unit shipped."""

    freight: float
    loss: float
    least: float
    most: float
    duty: float
    tax: float


class Trade:
    """Lanes that may exist, and the measures that speak of them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.measures = world.lines("Trade measures")
        self._lanes: dict[tuple[Pair, int], Lane | None] = {}
        self._matched: dict[tuple[str, Pair], list[tuple[Rank, dict[str, Any]]]] = {}

    def lane(self, pair: Pair, year: int) -> Lane | None:
        """The lane, or None where there is none in that year: no row, or a ban."""
        if (pair, year) not in self._lanes:
            self._lanes[pair, year] = self._read(pair, year)
        return self._lanes[pair, year]

    def touches(self, line: dict[str, Any], pair: Pair, home: bool = False) -> bool:
        """Whether a row speaks of a lane, its years apart; home: the sheet is Lanes."""
        good, start, end = pair
        if line["commodity"] not in ("*", good):
            return False
        world = self.world
        if not world.abroad(start, end):
            named = world.single(line["from"]) and world.single(line["to"])
            return (
                home
                and named
                and start in world.spoken_of(line["from"])
                and end in world.spoken_of(line["to"])
            )  # fmt: skip
        return self._end(line["from"], start, line["to"]) and self._end(line["to"], end, line["from"])

    def _end(self, cell: str, place: str, opposite: str) -> bool:
        world = self.world
        if cell != "*":
            return place in world.spoken_of(cell)
        outside = opposite != "*" and not world.single(opposite)  # `*` opposite a group: everyone outside it
        return place not in world.spoken_of(opposite) if outside else True

    def matched(self, sheet: str, pair: Pair) -> list[tuple[Rank, dict[str, Any]]]:
        """The rows of a sheet that touch a lane, with how specific they are."""
        if (sheet, pair) not in self._matched:
            self._matched[sheet, pair] = [
                (self.world.rank([(line["commodity"], False), (line["from"], True), (line["to"], True)]), line)
                for line in self.world.lines(sheet)
                if self.touches(line, pair, home=sheet == "Lanes")
            ]
        return self._matched[sheet, pair]

    def speaking(self, sheet: str, pair: Pair, year: int) -> list[tuple[Rank, dict[str, Any]]]:
        """Those of them that hold in a year."""
        return [(rank, r) for rank, r in self.matched(sheet, pair) if r["first year"] <= year <= r["last year"]]

    def _read(self, pair: Pair, year: int) -> Lane | None:
        good, start, end = pair
        rows = self.speaking("Lanes", pair, year)
        if self.world.abroad(start, end) and not rows:
            return None
        bans = [line for _, line in self.speaking("Trade measures", pair, year) if line["kind"] == "ban"]
        if any(self.ban_ratio(line, year) is None for line in bans):
            return None
        flat, per_tonne = _decide(rows, {"freight": 0.0, "freight per tonne": 0.0})
        return Lane(
            freight=flat + (per_tonne * self.world.mass(good) if per_tonne else 0.0),
            loss=_decide(rows, {"loss": 0.0})[0],
            least=0.0 if bans else _decide(rows, {"min": 0.0})[0],
            most=_decide(rows, {"max": math.inf})[0],
            duty=self._duty(pair, year),
            tax=self._tax(pair, year),
        )

    def _duty(self, pair: Pair, year: int) -> float:
        rows = self.speaking("Tariffs", pair, year)
        total = 0.0
        for measure in {line["measure"] for _, line in rows}:
            own = [(rank, line) for rank, line in rows if line["measure"] == measure]
            rate, specific = _decide(own, {"rate": 0.0, "specific": 0.0})
            total += specific + (rate * self.world.price(pair[0], year) if rate else 0.0)
        return total

    def _tax(self, pair: Pair, year: int) -> float:
        taxes = [line["value"] for _, line in self.speaking("Trade measures", pair, year) if line["kind"] == "tax"]
        return sum(value * self.world.price(pair[0], year) for value in taxes if value)

    def ban_ratio(self, line: dict[str, Any], year: int) -> float | None:
        """The part of the flow of the model year before that a ban leaves in this year; None: nothing at all."""
        years = self.world.years
        begins = min((y for y in years if y >= line["first year"]), default=None)
        if line["first year"] <= years[0] or year != begins or line["in first year"] == 1:
            return None
        return 1 - line["in first year"]

    @cached_property
    def contracts(self) -> list[tuple[Pair, int]]:
        """Lanes with a minimum."""
        return [(pair, y) for pair, y in self._minima() if (lane := self.lane(pair, y)) and lane.least > 0]

    def _minima(self) -> Iterator[tuple[Pair, int]]:
        world = self.world
        seen = set()
        for line in world.lines("Lanes"):
            if blank(line["min"]) or not line["min"]:
                continue
            goods = world.goods if line["commodity"] == "*" else [line["commodity"]]
            for good in goods:
                for start in world.places:
                    for end in world.places:
                        pair = good, start, end
                        if pair not in seen and self.touches(line, pair, home=True):
                            seen.add(pair)
                            yield from ((pair, y) for y in world.years)


def _decide(rows: list[tuple[Rank, dict[str, Any]]], cells: dict[str, float]) -> tuple[float, ...]:
    """The cells of one decision: of the most specific row that fills at least one of them, else the defaults."""
    said = [
        (rank, tuple(d if blank(line[c]) else line[c] for c, d in cells.items()))
        for rank, line in rows
        if not all(blank(line[c]) for c in cells)
    ]
    return winner(said) or tuple(cells.values())

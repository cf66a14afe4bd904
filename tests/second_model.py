"""A second reading of the workbook that checks a plan: every row and every cost from the plan's own result tables.

`check_plan` takes the typed tables of a study and the plan's result tables and returns what does not fit, in words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from models.schema import Tables
from tests.second_algebra import Algebra, Expr, Key, Row
from tests.second_trade import Pair, Trade
from tests.second_world import World, rows_of

NEAR = 1e-6  # of the amounts that are added up
SMALL = 1e-6  # in workbook units: below it amounts are the solver's rounding
Frames = Mapping[str, Any]


def check_plan(tables: Tables, plan: Frames, objective: float | None = None) -> list[str]:
    """Discrepancies between a plan's result tables and the second reading of its study; empty where all is well."""
    check = Check(tables, plan)
    check.decisions()
    check.rows()
    check.ceilings()
    check.costs(objective)
    from tests.second_reports import reports

    reports(check)
    return check.found


class Check:
    """A plan put into the second reading."""

    def __init__(self, tables: Tables, plan: Frames) -> None:
        self.plan = plan
        self.found: list[str] = []
        self.values: dict[Key, float] = {(): 1.0}
        self.algebra = Algebra(tables, self._lanes(tables))
        self._fill()

    def _lanes(self, tables: Tables) -> list[tuple[Pair, int]]:
        shipped = [((r["commodity"], r["from"], r["to"]), int(r["year"])) for r in rows_of(self.plan["Shipments"])]
        contracts = Trade(World(tables)).contracts
        return list(dict.fromkeys([*shipped, *contracts]))

    def _fill(self) -> None:
        taken = {
            "Production": ("activity", ("site", "year"), "activity"),
            "Builds": ("build", ("site", "year"), "capacity"),
            "Shipments": ("ship", ("commodity", "from", "to", "year"), "quantity"),
            "Unmet": ("unmet", ("commodity", "country", "use", "step", "year"), "unmet"),
        }
        for sheet, (name, keys, column) in taken.items():
            for row in rows_of(self.plan[sheet]):
                self._take((name, *(row[k] for k in keys)), row[column])
        for row in rows_of(self.plan["Stocks"]):
            where = row["commodity"], row["country"], row["held by"], row["year"]
            for name in ("stock", "in", "out"):
                self._take((name, *where), row[name])

    def _take(self, key: Key, value: float) -> None:
        if key in self.values:
            self.say(f"{key} stands twice")
        self.values[key] = float(value)

    def say(self, text: str) -> None:
        """Note a discrepancy."""
        self.found.append(text)

    def value(self, expr: Expr) -> float:
        """What an expression comes to in this plan."""
        return math.fsum(self.values.get(key, 0.0) * factor for key, factor in expr.items())

    def size(self, expr: Expr) -> float:
        """What its terms come to, signs apart."""
        return math.fsum(abs(self.values.get(key, 0.0) * factor) for key, factor in expr.items())

    def differ(self, one: float, other: float, size: float = 0.0) -> bool:
        """Whether two figures differ by more than rounding."""
        if math.isnan(one) or math.isnan(other) or math.isinf(one) or math.isinf(other):
            return not (one == other or (math.isnan(one) and math.isnan(other)))
        return abs(one - other) > SMALL + NEAR * max(abs(one), abs(other), size)

    def expect(self, what: object, told: float, found: float, size: float = 0.0) -> None:
        """A figure of the report against the second reading."""
        if self.differ(told, found, size):
            self.say(f"{what}: reported {told:.9g}, found {found:.9g}")

    def same(self, what: object, told: object, found: object) -> None:
        """Words of the report against the second reading."""
        if told != found:
            self.say(f"{what}: reported {told}, found {found}")

    # ----------------------------------------------------------------------------------------------------------------

    def decisions(self) -> None:
        """Every decision exists and keeps its bounds."""
        for key, value in self.values.items():
            if key == ():
                continue
            if key not in self.algebra.bounds:
                self.say(f"{key} is {value:.9g}, but there is no such decision")
        for key, (low, high) in self.algebra.bounds.items():
            value = self.values.get(key, 0.0)
            if value < low - SMALL - NEAR * abs(low) or value > high + SMALL + NEAR * abs(high):
                self.say(f"{key} is {value:.9g}, allowed {low:.9g} to {high:.9g}")

    def rows(self) -> None:
        """Every row holds; a soft one gives way by what its relief comes to."""
        for row in self.algebra.rows:
            over = self._over(row)
            if row.relief:
                self.values[row.relief] = max(over, 0.0)
            elif over > SMALL + NEAR * self.size(row.expr):
                self.say(
                    f"{row.name} is broken by {over:.9g}: {self.value(row.expr):.9g} not in {row.low:g} to {row.high:g}"
                )

    def _over(self, row: Row) -> float:
        value = self.value(row.expr)
        return max(value - row.high, row.low - value)

    def ceilings(self) -> None:
        """Every HHI stays below its ceiling, up to the tolerance of its cuts."""
        for c in self.algebra.ceilings:
            squares = math.fsum(w * self.value(s) ** 2 for w, s in zip(c.weights, c.squares, strict=True))
            allowed = c.bound / 10000 * self.value(c.total) ** 2
            if squares > allowed * (1 + 1e-5) + SMALL:
                self.say(f"{c.name}: {squares:.9g} above {allowed:.9g}")

    def costs(self, objective: float | None) -> None:
        """Every cost by term, country and year, and their sum."""
        told = {(r["term"], r["country"], int(r["year"])): r for r in rows_of(self.plan["Costs"])}
        scale = math.fsum(self.size(expr) for expr in self.algebra.costs.values())
        everything = 0.0
        for key in sorted({*told, *self.algebra.costs}):
            expr, factor = self.algebra.costs.get(key, {}), self.algebra.world.factor[key[2]]
            cost = self.value(expr)
            everything += cost * factor
            line = told.get(key, {"cost": 0.0, "discounted": 0.0})
            rounding = self.size(expr) + 1e-3 * NEAR * scale
            self.expect(("cost", *key), line["cost"], cost, rounding)
            self.expect(("discounted cost", *key), line["discounted"], cost * factor, rounding * factor)
        if objective is not None:
            self.expect("objective", objective, everything, 1e-2 * scale)

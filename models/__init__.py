"""The model: its components in order, and what they declare together."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from models import (
    accounts,
    backcast,
    balance,
    benchmarks,
    capacity,
    carbon,
    concentration,
    demand,
    evidence,
    growth,
    hosts,
    limits,
    mix,
    network,
    objective,
    production,
    recycling,
    shares,
    stockpiles,
    subsidies,
    trade,
)
from models.schema import Report, Table, Tables
from models.symbolic import Model

COMPONENTS = (
    network.component, production.component, capacity.component, demand.component, recycling.component,
    stockpiles.component, trade.component, limits.component, concentration.component, benchmarks.component,
    mix.component, growth.component, subsidies.component, carbon.component,
    balance.component, shares.component, accounts.component, hosts.component, objective.component, evidence.component,
    backcast.component,
)  # fmt: skip
TABLES: tuple[Table, ...] = tuple(table for component in COMPONENTS for table in component.tables)
REPORTS: tuple[Report, ...] = tuple(report for component in COMPONENTS for report in component.reports)


class Data(SimpleNamespace):
    """Index tables of every component by its name, and what the components register while they make them.

    supplies, needs: (commodity, place, year) codes of what can enter a supply pool or be wanted from a use pool.
    """

    def __init__(self, tables: Tables) -> None:
        super().__init__(supplies=[], needs=[], problems=[])
        self.tables = tables

    def problem(self, sheet: str, position: int, column: str, problem: str, fix: str, severity: Any = "error") -> None:
        """Report a problem of the row at this position of a typed table."""
        self.problems.append(self.tables.told(sheet, position, column, problem, fix, severity))

    def tie(self, sheet: str, positions: Any, ties: Any, column: str) -> None:
        """Report pairs of equally specific rows that contradict each other."""
        for first, second in ties:
            other = self.tables.named(sheet, positions[second], column)
            self.problem(
                sheet,
                positions[first],
                column,
                f"this row and {other} are equally specific and disagree.",
                "Fix: make one more specific, or let them agree.",
            )

    def unmatched(self, sheet: str, positions: Any) -> None:
        """Warn of rule rows that touch nothing."""
        key = self.tables[sheet].columns[0]
        for position in positions:
            self.problem(
                sheet,
                position,
                key,
                "this row matches nothing in the study.",
                "Check its names, places and years.",
                "warning",
            )


def index(tables: Tables) -> Data:
    """Index tables of all components, made from the tables alone; problems that show on the way stand in `problems`."""
    data = Data(tables)
    for component in COMPONENTS:
        if component.index is not None:
            setattr(data, component.name, component.index(tables, data))
    return data


def build(data: Data, full: bool = False) -> Model:
    """The algebra over the index tables: a skeleton for the compiler, or an ordinary Pyomo model."""
    model = Model(full)
    model.index = data
    for component in COMPONENTS:
        if component.build is not None:
            component.build(model.block(component.name), model)
    return model

"""Objective: the discounted sum of every cost term that a component registered, and the cost sheet that adds up to it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyomo.environ as pyo

from models.schema import Column, Component, Report
from models.symbolic import Builder, Model


def build(b: Builder, m: Model) -> None:
    """The objective of the ordinary road; on the fast road the compiler sums the same terms."""
    if m.full:
        n = m.index.network
        total = sum(float(n.factor[y]) * term.rule(k, y) for term in m.costs for k, y in m.network.place_years)
        b.block.add_component("total", pyo.Objective(expr=total))


def costs(plan: Any) -> pd.DataFrame:
    """Every cost term by country and year: M x, the same M whose discounted sum is the objective."""
    parts = []
    for term in plan.model.costs:
        index, value = plan.cost(term.name)
        frame = plan.frame(index.where(value != 0), cost=value[value != 0])
        frame["discounted"] = frame["cost"] * plan.data.network.factor[index.key("year")[value != 0]]
        parts.append(frame.assign(term=term.name, kind=term.kind))
    return pd.concat(parts, ignore_index=True)[["term", "kind", "country", "year", "cost", "discounted"]]


COSTS = Report(
    "Costs", "Every cost term by country and year; the discounted ones add up to the objective.",
    (
        Column("term", "code", "Cost term."),
        Column("kind", "word", "resource: goods and work used up; transfer: paid from one to another; penalty: what is given up or broken."),
        Column("country", "place", "Who pays: the site's country, the importer, for export taxes the exporter; * where no single place pays."),
        Column("year", "year", "Model year."),
        Column("cost", "number", "Cost of the year.", unit="cur"),
        Column("discounted", "number", "The same discounted to the base year, times the years the model year stands for.", unit="cur"),
    ),
    costs,
)  # fmt: skip
component = Component("objective", "The cost that is minimised", (), None, build, reports=(COSTS,))

"""Demand: what each country needs, and what it costs to leave a part of it unmet."""

from __future__ import annotations

from models import columns
from models.schema import Column, Table

DEMAND_HEADING = "Demand and secondary supply"

DEMAND = Table(
    "Demand", "What each country needs, by use and year.", DEMAND_HEADING, template=True, required=True,
    columns=(
        columns.commodity(),
        columns.place("country", "Where; a group is split by its weights."),
        Column("use", "code", "A label, so that several lines can stand side by side.", default="all", key=True),
    ),
    series=Column("value", "number", "Demand of the year.", unit="unit/y", low=0),
)  # fmt: skip
STEPS = Table(
    "Demand steps", "Parts of the demand that give up when supply costs more than their value.", DEMAND_HEADING,
    columns=(
        columns.commodity("*"),
        columns.place("country", "Where; * is everywhere.", "*", default="*"),
        Column("use", "code", "The use; * is every use.", words=("*",), default="*", key=True),
        Column("step", "code", "Name of the step.", key=True),
        Column("share", "share", "Share of that demand."),
        Column("value", "number", "It gives up when a unit costs more.", unit="cur/unit", low=0),
    ),
)  # fmt: skip

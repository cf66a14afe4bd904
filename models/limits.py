"""Limits: how much or how large a share of a market one source may have, or must have."""

from __future__ import annotations

from models import columns
from models.schema import NO_LIMIT, Column, Table

POLICIES = "Policies"

LIMITS = Table(
    "Limits", "Ceilings and floors on amounts and shares; every row holds.", POLICIES, rule="all",
    columns=(
        Column("limit", "code", "Name of the limit.", key=True),
        Column("commodity", "code", "A commodity, material/stage summed by content, or each.", refers="Commodities or material/stage", words=("each",), key=True),
        columns.BASIS,
        columns.place("market", "Where it arrives: a country, a group together, each, or * for the world.", "*", "each", default="*"),
        columns.place("source country", "Where it comes from: a place, a group together, each, or *.", "*", "each", default="*"),
        columns.BY,
        Column("exempt own", "word", "yes: the market's own members are not limited.", default="no", choices=("no", "yes")),
        Column("max share", "share", "Largest share of the total.", default=NO_LIMIT),
        Column("min share", "share", "Smallest share of the total.", default=0.0),
        Column("max", "number", "Largest amount.", unit="unit/y", default=NO_LIMIT, low=0),
        Column("min", "number", "Smallest amount.", unit="unit/y", default=0.0, low=0),
        *columns.years(),
        columns.SOFT_COST,
        columns.IN_SHOCK,
    ),
)  # fmt: skip

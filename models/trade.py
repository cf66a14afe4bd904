"""Trade: shipments from the pool of the maker to the pool of the user, their freight, duties and limits."""

from __future__ import annotations

from models import columns
from models.schema import NO_LIMIT, Column, Table

TRADE = "Trade"

LANES = Table(
    "Lanes", "Where goods may move and what moving costs; trade exists only where a row matches.", TRADE, rule="one", template=True,
    columns=(
        columns.commodity("*"),
        columns.place("from", "Origin: a country, a group or *.", "*"),
        columns.place("to", "Destination: a country, a group or *.", "*"),
        Column("freight", "number", "Freight per unit.", unit="cur/unit", default=0.0, low=0, together="freight"),
        Column("freight per tonne", "number", "Freight per tonne, times the mass of a unit.", unit="cur/t", default=0.0, low=0, together="freight"),
        Column("loss", "share", "Share lost on the way.", default=0.0),
        Column("min", "number", "Least that must move (contracts).", unit="unit/y", default=0.0, low=0),
        Column("max", "number", "Most that can move, per lane.", unit="unit/y", default=NO_LIMIT, low=0),
        *columns.years(key=True),
    ),
    example=(("*", "*", "*"),),
)  # fmt: skip
TARIFFS = Table(
    "Tariffs", "Import duties: one winner within each measure, measures add up.", TRADE, rule="one",
    columns=(
        Column("measure", "code", "Name of the measure.", key=True),
        columns.commodity("*"),
        columns.place("from", "Origin.", "*"),
        columns.place("to", "Destination.", "*"),
        Column("rate", "rate", "Share of the reference price.", default=0.0, together="duty"),
        Column("specific", "number", "Duty per unit.", unit="cur/unit", default=0.0, together="duty"),
        *columns.years(key=True),
    ),
)  # fmt: skip
MEASURES = Table(
    "Trade measures", "Bans, quotas, tariff quotas, export taxes and export shares; every matching row holds.", TRADE, rule="all",
    columns=(
        Column("measure", "code", "Name of the measure.", key=True),
        columns.commodity("*"),
        columns.place("from", "Origin.", "*"),
        columns.place("to", "Destination.", "*", default="*"),
        Column("kind", "word", "What it does.", choices=("ban", "quota", "tariff quota", "tax", "share")),
        Column("value", "number", "Quota in unit/y, tax as a share of the price, share of the own output.", default=0.0, low=0),
        Column("rate", "rate", "Duty above a tariff quota, as a share of the price.", default=0.0),
        *columns.years(),
        Column("in first year", "share", "How much of a ban's first year it is in force.", default=1.0),
        Column("announced", "year", "Year from which a plan with limited foresight knows it; blank: its first year.", default=0),
    ),
)  # fmt: skip

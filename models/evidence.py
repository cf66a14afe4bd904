"""Scenarios and evidence: sheets that change or support the study and are no part of the algebra."""

from __future__ import annotations

from models import columns
from models.schema import FIRST, LAST, Column, Component, Table

SCENARIOS = Table(
    "Scenarios", "Named changes of the study; the rows of a scenario apply in order.", columns.EVIDENCE,
    columns=(
        Column("scenario", "code", "Name of the scenario."),
        Column("operation", "word", "What the row does.", choices=("set", "multiply", "add", "insert", "delete", "include")),
        Column("sheet", "text", "The sheet it changes.", default=""),
        Column("where", "text", "column=value; column=value (a|b: either; *: anything but blank).", default=""),
        Column("column", "text", "The column it changes.", default=""),
        Column("value", "text", "The new value, factor or summand; for include the other scenario's name.", default=""),
        Column("first year", "year", "First year of the change.", default=FIRST),
        Column("last year", "year", "Last year of the change.", default=LAST),
    ),
)  # fmt: skip
OBSERVED = Table(
    "Observed", "Statistics, for the back-cast alone.", columns.EVIDENCE,
    columns=(
        Column("commodity", "code", "A commodity, or material/stage.", refers="Commodities or material/stage", key=True),
        columns.place("country", "Where; a group is split by its weights, * is the world.", "*"),
        Column("partner", "place", "The other side of exports and imports; blank: all.", default="", key=True),
        Column("year", "year", "Year.", key=True, low=1900, high=2200),
        Column("item", "word", "What was observed.", choices=("production", "exports", "imports", "use", "price", "stock"), key=True),
        Column("value", "number", "The figure, in the unit of its item."),
        Column("source", "text", "Whose statistic it is; a second source for the same figure is a second statistic.", default="", key=True),
    ),
)  # fmt: skip
SOURCES = Table(
    "Sources", "Where the figures come from.", columns.EVIDENCE, template=True,
    columns=(
        Column("source", "code", "Short name used in the source columns.", key=True),
        Column("citation", "text", "Full citation."),
        Column("link", "text", "Address.", default=""),
        Column("licence", "text", "Licence of the figures.", default=""),
        Column("accessed", "text", "When it was read.", default=""),
    ),
)  # fmt: skip

component = Component("evidence", "Scenarios and sources", (SCENARIOS, OBSERVED, SOURCES))

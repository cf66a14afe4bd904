"""The settings of a study: what each may be, what it means, and what holds when it is not given."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from models.schema import FIRST, Column, Tables
from planner.cast import cast
from planner.codes import Names
from planner.numbers import as_typed, shown

SETTINGS: Final[dict[str, Column]] = {
    column.name: column
    for column in (
        Column("format", "number", "Version of the workbook format.", default=1.0, low=1),
        Column("title", "text", "Title of the study, shown on the report.", default=""),
        Column("currency", "text", "Name of the currency; `cur` in units means it.", default="USD"),
        Column("price year", "year", "Year whose prices all costs are in.", default=FIRST),
        Column(
            "discount rate",
            "rate",
            "Real interest rate, also of investments unless a country has its own.",
            default=0.07,
            above=-1,
        ),
        Column("base year", "year", "Year to which costs are discounted; blank: the first model year.", default=FIRST),
        Column(
            "unmet cost factor",
            "number",
            "Unmet demand costs this many times the price; blank: demand is firm and must be met.",
            default=math.nan,
            low=0,
        ),
        Column("focus", "place", "The place the Summary speaks from.", default="world", words=("world",)),
        Column("time limit [s]", "number", "Seconds the solver may take.", default=math.inf, above=0),
        Column(
            "threads",
            "number",
            "Threads the solver may use; blank: its own choice.",
            default=math.nan,
            low=1,
            high=1024,
        ),
    )
}


def settle(tables: Tables) -> None:
    """Write every setting as the model reads it: numbers as numbers, `none` as blank, the focus as it is declared."""
    if "Settings" not in tables:
        return
    frame, names = tables["Settings"], Names(tables)
    values = []
    for name, text in zip(frame["setting"], frame["value"], strict=True):
        column = SETTINGS.get(name)
        if column is None or column.kind == "text" or not text:
            values.append(text)
        elif column.kind == "place":
            values.append("world" if text.casefold() == "world" else names.spelled(column, text))
        else:
            value = cast(column, [as_typed(text)])[0][0]
            blank = not np.isfinite(value) or (column.kind == "year" and value == column.default)
            values.append("" if blank else shown(float(value)))
    tables["Settings"] = frame.assign(value=np.array(values, dtype=object)).astype({"value": "str"})

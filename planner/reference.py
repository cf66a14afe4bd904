"""The workbook reference as Markdown, and the words that explain a column: made from the schema, never by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence

import models
from models.schema import FIRST, LAST, Column, Table
from planner.numbers import shown
from planner.settings import SETTINGS

INTRODUCTION = """\
# Workbook reference

Every sheet and column of a study, as the program itself knows them. Sheet and column names match without regard to
case and spacing. A unit stands in the header in square brackets, such as `capacity [unit/y]`; a header with another
unit is an error, one without brackets is accepted. `unit` is the unit of the commodity or process the row speaks of,
`cur` the currency of Settings. A blank cell means the default. Every sheet may also have the columns `note`, `source`
(a row of Sources), `quality` (A official, B trade press, C weak, D own estimate) and any column headed `#...`; the
model does not read them.
"""
RULES = {
    "": "One row for each key.",
    "one": "The most specific matching row wins, cell by cell; a blank cell takes the value of the next one.",
    "all": "Every matching row holds.",
}


def reference(schema: Sequence[Table] | None = None) -> str:
    """The whole page."""
    parts = [INTRODUCTION]
    for heading, tables in by_heading(models.TABLES if schema is None else schema).items():
        parts += [f"## {heading}\n", *map(_sheet, tables)]
    return "\n".join(parts)


def by_heading(schema: Sequence[Table]) -> dict[str, list[Table]]:
    """The sheets under each heading, in the order of the schema."""
    return {
        heading: [t for t in schema if t.heading == heading] for heading in dict.fromkeys(t.heading for t in schema)
    }


def _sheet(table: Table) -> str:
    rule = RULES[table.rule] if table.keys else ""
    lines = [f"### {table.name}", "", f"{table.doc} {rule}".rstrip() + (" Required." if table.required else "")]
    if table.keys and table.rule != "all":
        lines.append(f"Key: {', '.join(map(_code, table.keys))}{' and the year' if table.series else ''}.")
    if table.series:
        whole = " A row's values are completed first; then they win or lose together." if table.rule == "one" else ""
        lines.append(f"Values by year: {series_forms(table)}{whole}")
    for label in dict.fromkeys(c.together for c in table.columns if c.together):
        pair = " and ".join(_code(c.name) for c in table.columns if c.together == label)
        lines.append(f"{pair} are one decision: they win or lose together.")
    lines += ["", "| column | unit | default | meaning | allowed |", "|---|---|---|---|---|"]
    for column in (*table.columns, *((table.series,) if table.series else ())):
        name = f"`{column.name}`{'*' if column.required else ''}"
        lines.append(_row(name, _code(column.unit), default_of(column), column.doc, allowed(column)))
    if table.name == "Settings":
        lines += ["", "| setting | default | meaning | allowed |", "|---|---|---|---|"]
        lines += [_row(_code(c.name), default_of(c), c.doc, allowed(c)) for c in SETTINGS.values()]
    return "\n".join(lines) + "\n"


def _row(*cells: str) -> str:
    return "|" + "|".join(f" {text} ".replace("|", "\\|") if text else " " for text in cells) + "|"


def series_forms(table: Table) -> str:
    """The ways in which a sheet takes values by year."""
    assert table.series
    always = f"the column `{table.series.name}` for all years, or " if table.constant else ""
    return f"{always}one column per year, or the columns `year` and `value`."


def default_of(column: Column) -> str:
    """What a blank cell means, in a word."""
    if column.required:
        return "required"
    if isinstance(column.default, str):
        return column.default or "blank"
    if (column.kind == "year" and column.default in (FIRST, LAST)) or math.isnan(column.default):
        return "blank"
    return "none" if math.isinf(column.default) else shown(float(column.default))


def allowed(column: Column) -> str:
    """What a cell may hold, beyond what its kind says."""
    parts = []
    if column.choices:
        parts.append(", ".join(f"`{word}`" for word in column.choices))
    if column.kind == "place":
        parts.append("a country or group")
    elif column.refers:
        first, *rest = column.refers.split(" or ")
        parts.append(" or ".join([f"a name of {first}", *(f"`{word}`" for word in rest)]))
    elif column.kind == "year":
        parts.append("a year")
    elif column.kind == "share":
        parts.append("0 to 1")
    elif column.numeric:
        floor = f"above {column.above:g}" if column.above >= column.low else f"at least {column.low:g}"
        parts += [floor] * (max(column.above, column.low) > -1e9) + [f"at most {column.high:g}"] * (column.high < 1e9)
    parts += [f"`{word}`" for word in column.words]
    if column.numeric and default_of(column) == "none":
        parts.append("`none`")
    return ", ".join(dict.fromkeys(parts))


def _code(text: str) -> str:
    return f"`{text}`" if text else ""

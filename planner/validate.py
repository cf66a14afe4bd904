"""Checks of typed tables against the schema: bounds, words, references, keys, settings. Scenarios end here too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

import models
from models.schema import Column, Problem, Table, Tables
from planner.cast import UNREAD, blank, cast, choice
from planner.codes import SUGGESTED, Names, unknown
from planner.keys import repeated, unlike
from planner.names import cut, fold, listed, suggestion
from planner.numbers import as_typed, shown
from planner.say import Found, among, where
from planner.settings import SETTINGS

LARGEST: Final = 1e12
QUALITIES: Final = ("A", "B", "C", "D")
ORDERED: Final = (("min", "max"), ("min share", "max share"), ("min use", "max use"), ("first year", "last year"))
BOUNDS: Final = (
    *ORDERED,
    ("initial", "capacity"),
    ("min final", "capacity"),
    ("low", "high"),
)  # the first is never above the second


def validate(tables: Tables, schema: Sequence[Table] | None = None) -> list[Problem]:
    """Every problem of typed tables that lies within one sheet or in what one cell names."""
    schema = models.TABLES if schema is None else schema
    problems = [_empty(table, tables) for table in schema if table.required and not len(tables[table.name])]
    for table in schema:
        looks = (_values(tables, table), _bounds(tables, table), repeated(tables, table), unlike(tables, table))
        problems += [found.told(tables) for look in looks for found in look]
        problems += [found.told(tables) for found in _evidence(tables, table)]
    problems += [found.told(tables) for found in unknown(tables, schema)]
    if "Settings" in tables:
        problems += [found.told(tables) for found in _settings(tables)]
    return list(dict.fromkeys(problems))  # a wide row is many rows here, and says the same of each


def _empty(table: Table, tables: Tables) -> Problem:
    if table.name in tables.letters or not tables.letters:
        return Problem(table.name, "", "", "no data rows.", "Enter at least one row under the header.")
    fix = "Add it, or copy it from a fresh workbook (planner new)."
    return Problem("", "", "", f'sheet "{table.name}" is missing (found: {listed(tables.letters, 30)}).', fix)


def _values(tables: Tables, table: Table) -> Iterator[Found]:
    """Words and figures of every column."""
    columns = {column.name: column for column in table.columns} | ({"value": table.series} if table.series else {})
    for name, column in columns.items():
        values = tables[table.name][name]
        if column.kind == "word":
            texts = enumerate(values.unique())
            faults = {text: fault for i, text in texts if (fault := choice(column, text, i < SUGGESTED))}
            for at, fault in among(values, faults):
                yield Found(table.name, at, name, fault.problem, fault.fix)
        elif column.numeric or column.kind == "year":
            for at, problem, fix, severity in out_of_bounds(column, values.to_numpy(np.float64)):
                yield Found(table.name, at, name, problem, fix, severity)


def out_of_bounds(column: Column, values: Any) -> Iterator[tuple[int, str, str, Any]]:
    """Position, problem, fix and severity of every figure outside a column's bounds; NaN and the default pass."""
    default = np.nan if column.required else float(column.default)
    check = ~np.isnan(values) & (values != default)
    if column.kind == "year":
        check &= values != UNREAD
    if "unlimited" in column.words:
        check &= values != np.inf
    low, high = (0.0, 1.0) if column.kind == "share" else (column.low, column.high)
    huge = check & (np.abs(values) > LARGEST)
    for at in where(huge):
        free = "write unlimited" if "unlimited" in column.words else "leave the cell blank for no limit"
        fix = f"Enter the real figure, or {free}." if "unlimited" in column.words or default == np.inf else "Check it."
        yield at, f"{column.name}: {shown(values[at])} is beyond the limit 1e12.", fix, "error"
    for at in where(check & ~huge & ((values < low) | (values > high) | (values <= column.above))):
        value = float(values[at])
        if column.kind == "share" and value > 1:
            problem = f"{column.name} is {shown(value)}, expected a share from 0 to 1; {value:g} % is {value / 100:g}."
            yield at, problem, f"Type {value / 100:g}." if value <= 100 else "Correct the figure.", "error"
        else:
            expected = _expected(low, high, column.above)
            yield at, f"{column.name} is {shown(value)}, expected {expected}.", "Correct the figure.", "error"
    size = np.abs(values)
    for at in where(check & (size > 0) & (size < column.least)):
        zero, fix = ("", "Check its unit.") if column.above >= 0 else ("0 or ", "Type 0, or check its unit.")
        yield at, f"{column.name} is {shown(values[at])}, expected {zero}at least {column.least:g}.", fix, "error"
    for at in where(check & (values < 1) & (values > 1 - column.left)):
        problem = (
            f"{column.name} is so near to 1 that it leaves {1 - values[at]:g}, expected 1 or to leave {column.left:g}."
        )
        yield at, problem, "Type 1, or correct the figure.", "error"
    for at in where(check & ~huge & (values > 1)) if column.kind == "rate" else ():
        value = float(values[at])
        problem = f"{column.name} is {shown(value)}, that is {value * 100:g} %."
        yield at, problem, f"If {value:g} % is meant, type {value / 100:g}.", "hint"


def _expected(low: float, high: float, above: float) -> str:
    floor = f"above {above:g}" if above >= low else f"at least {low:g}"
    bounds = [floor] * (max(low, above) > -LARGEST) + [f"at most {high:g}"] * (high < LARGEST)
    return " and ".join(bounds)


def _bounds(tables: Tables, table: Table) -> Iterator[Found]:
    """Lower bounds that stand above their upper bounds."""
    frame = tables[table.name]
    for low, high in BOUNDS:
        if low in frame and high in frame:
            for at in where((frame[low] > frame[high]) & (frame[high] != UNREAD)):
                values = shown(float(frame[low].iloc[at])), shown(float(frame[high].iloc[at]))
                problem = f"{low} {values[0]} is above {high} {values[1]}."
                by_scenario = tables.origin(table.name, at, high)[0] != table.name
                yield Found(table.name, at, high if by_scenario else low, problem, "Swap the two, or correct one.")


def _evidence(tables: Tables, table: Table) -> Iterator[Found]:
    """Sources nobody declared and qualities that are no grade: the model does not read them, so they only warn."""
    frame = tables[table.name]
    for at in where(~frame["quality"].isin(["", *QUALITIES])):
        problem = f'quality: "{cut(frame["quality"].iloc[at])}", expected A, B, C or D.'
        yield Found(table.name, at, "quality", problem, "Choose one of them.", "warning")
    if table.name == "Sources" or "Sources" not in tables:
        return
    known = {fold(name): name for name in tables["Sources"]["source"]}
    parts = {text: [part for part in text.split(";") if fold(part) not in known] for text in frame["source"].unique()}
    strange = {text: names[0].strip() for text, names in parts.items() if fold(text) not in known and any(names)}
    for at, name in among(frame["source"], strange):
        fix = (suggestion(name, known.values()) if len(strange) <= SUGGESTED else "") or "Add it there."
        yield Found(table.name, at, "source", f'source: "{cut(name)}" is not in Sources.', fix, "warning")


def _settings(tables: Tables) -> Iterator[Found]:
    """The values of Settings, each by its own rule."""
    frame, names = tables["Settings"], Names(tables)
    for at, (name, text) in enumerate(zip(frame["setting"], frame["value"], strict=True)):
        column = SETTINGS.get(name)
        if column is None or blank(text):
            continue
        if column.kind == "place":
            if not names.knows(column, names.spelled(column, text)):
                fix = suggestion(text, names.of(column).values()) or "Name a country or group, or world."
                yield Found("Settings", at, "value", f'{name}: "{cut(text)}" is not in Countries or Groups.', fix)
        elif column.kind != "text":
            values, faults = cast(column, [as_typed(text)], blank_means="")
            for _, problem, fix, severity in faults:
                yield Found("Settings", at, "value", problem, fix, severity)
            for _, problem, fix, severity in out_of_bounds(column, values.astype(np.float64)):
                yield Found("Settings", at, "value", problem, fix, severity)
            if name == "format" and values[0] > 1:
                problem = f"this is format {text}, and this planner reads format 1."
                yield Found("Settings", at, "value", problem, "Install a newer planner.")

"""Checks of typed tables against the schema: bounds, words, references, duplicates. Scenarios end here too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

import models
from models.schema import FIRST, LAST, Column, Problem, Table, Tables
from planner.cast import UNREAD, blank, cast, choice, shown
from planner.codes import Names, unknown
from planner.names import fold, listed, suggestion
from planner.settings import SETTINGS

LARGEST = 1e12
QUALITIES = ("A", "B", "C", "D")


def validate(tables: Tables, schema: Sequence[Table] | None = None) -> list[Problem]:
    """Every problem of typed tables: missing rows, bounds, words, references, duplicates, settings."""
    schema = models.TABLES if schema is None else schema
    problems: list[Problem] = []
    for table in schema:
        if table.required and not len(tables[table.name]):
            problems.append(_empty(table, tables))
        for column in table.columns:
            problems += _values(tables, table, column, column.name)
        if table.series:
            problems += _values(tables, table, table.series, "value")
            problems += _one_row_each(tables, table)
        problems += _duplicates(tables, table)
        problems += _evidence(tables, table)
    problems += unknown(tables, schema)
    if "Settings" in tables:
        problems += _settings(tables)
    return problems


def _empty(table: Table, tables: Tables) -> Problem:
    if table.name in tables.letters or not tables.letters:
        return Problem(table.name, "", "", "no data rows.", "Enter at least one row under the header.")
    fix = "Add it, or copy it from a fresh workbook (planner new)."
    return Problem("", "", "", f'sheet "{table.name}" is missing (found: {listed(tables.letters, 30)}).', fix)


def _values(tables: Tables, table: Table, column: Column, name: str) -> Iterator[Problem]:
    """Bounds and words of one column."""
    values = tables[table.name][name]
    if column.kind == "word":
        for text in values.unique():
            fault = choice(column, str(text))
            if fault:
                for at in np.flatnonzero((values == text).to_numpy()):
                    yield Problem(table.name, tables.cell(table.name, at, name), str(text)[:80], fault.problem, fault.fix)
    elif column.numeric or column.kind == "year":
        label = column.name
        for at, problem, fix, severity in out_of_bounds(column, values.to_numpy(np.float64), label):
            yield Problem(table.name, tables.cell(table.name, at, name), shown(values.iloc[at]), problem, fix, severity)


def out_of_bounds(column: Column, values: Any, label: str) -> Iterator[tuple[int, str, str, Any]]:
    """Position, problem, fix and severity of every value outside a column's bounds; NaN and the default pass."""
    default = np.nan if column.required else float(column.default)
    check = ~np.isnan(values) & (values != default)
    if column.kind == "year":
        check &= values != UNREAD
    if "unlimited" in column.words or default == np.inf:
        check &= values != np.inf
    low, high = (max(column.low, 0.0), min(column.high, 1.0)) if column.kind == "share" else (column.low, column.high)
    huge = check & (np.abs(values) > LARGEST)
    outside = check & ~huge & ((values < low) | (values > high) | (values <= column.above))
    for at in np.flatnonzero(huge):
        none = "leave the cell blank for no limit" if default == np.inf else "write unlimited" if "unlimited" in column.words else "check its unit"
        yield int(at), f"{label}: {shown(values[at])} is beyond the limit 1e12.", f"Enter the real figure, or {none}.", "error"
    for at in np.flatnonzero(outside):
        value = float(values[at])
        if column.kind == "share" and 1 < value <= 100:
            yield int(at), f"{label} is {shown(value)}, expected a share from 0 to 1; {value:g} % is {value / 100:g}.", f"Type {value / 100:g}.", "error"
        else:
            yield int(at), f"{label} is {shown(value)}, expected {_expected(low, high, column.above)}.", "Correct the figure.", "error"
    if column.kind == "rate":
        for at in np.flatnonzero(check & ~huge & (values > 1)):
            value = float(values[at])
            yield int(at), f"{label} is {shown(value)}, that is {value * 100:g} %.", f"If {value:g} % is meant, type {value / 100:g}.", "hint"


def _expected(low: float, high: float, above: float) -> str:
    floor = f"above {above:g}" if above >= low else f"at least {low:g}" if low > -LARGEST else ""
    roof = f"at most {high:g}" if high < LARGEST else ""
    return " and ".join(p for p in (floor, roof) if p)


def _duplicates(tables: Tables, table: Table) -> Iterator[Problem]:
    """Rows with one key, except on sheets where every row holds."""
    frame = tables[table.name]
    keys = [*table.keys, *(["year"] if table.series else [])]
    if table.rule == "all" or not table.keys or not len(frame):
        return
    years = [c.name for c in table.columns if c.key and c.kind == "year"] + (["year"] if table.series else [])
    texts = [c.name for c in table.columns if c.key and c.required and c.kind != "year"]
    read = np.ones(len(frame), dtype=bool)
    for name in years:
        read &= (frame[name] != UNREAD).to_numpy()
    for name in texts:
        read &= (frame[name] != "").to_numpy()
    at = np.flatnonzero(read)
    lines = frame.iloc[at]
    again = np.flatnonzero(lines.duplicated(keys).to_numpy())
    if not len(again):
        return
    groups = lines.groupby(keys, sort=False, dropna=False).ngroup().to_numpy()
    first = {int(groups[i]): i for i in reversed(range(len(groups)))}
    seen: set[tuple[int, int]] = set()
    for i in again:
        one, two = int(at[first[int(groups[i])]]), int(at[i])
        rows = (int(frame["row"].iloc[one]), int(frame["row"].iloc[two]))
        if rows in seen and all(rows):
            continue  # a wide row repeats its key in every year: said once
        seen.add(rows)
        key = table.keys[0] if not table.series else table.keys[-1]
        here, there = (tables.cell(table.name, p, key) or "a row a scenario inserted" for p in (two, one))
        said = ", ".join(f"{k} {shown(frame[k].iloc[two])}" for k in keys if _said(table, k, frame[k].iloc[two]))
        problem = f"{here} repeats {there}: {said}." if here else f"a second row with {said}."
        yield Problem(table.name, tables.cell(table.name, two, key), shown(frame[key].iloc[two])[:80], problem, "Delete one of the two rows, or give them different keys.")


def _said(table: Table, key: str, value: object) -> bool:
    """Whether a part of a key is worth saying: a blank year is not."""
    return key == "year" and value != FIRST or key != "year" and value not in ("", FIRST, LAST)


def _one_row_each(tables: Tables, table: Table) -> Iterator[Problem]:
    """Rows of one series that differ beyond their key, or give one value for all years and values by year."""
    frame = tables[table.name]
    rest = [c.name for c in table.columns if not c.key]
    keys = list(table.keys)
    if not len(frame):
        return
    group = frame.groupby(keys, sort=False, dropna=False).ngroup().to_numpy()
    head = np.unique(group, return_index=True)[1][group]
    for name in rest:
        values = frame[name].to_numpy()
        for at in np.flatnonzero(values != values[head]):
            other = tables.cell(table.name, head[at], name)
            yield Problem(
                table.name, tables.cell(table.name, at, name), shown(values[at])[:80],
                f"{name} differs within one series (see {other}).", "Give every row of the series the same.",
            )  # fmt: skip
    if table.constant:
        always = (frame["year"] == FIRST).to_numpy()
        mixed = np.unique(group[always])
        mixed = mixed[np.isin(mixed, group[~always])]
        for at in np.flatnonzero(always & np.isin(group, mixed)):
            problem = f"there is a {table.column(table.series.name).name if table.series else 'value'} for all years and also values by year."
            yield Problem(table.name, tables.cell(table.name, at, "value"), "", problem, "Keep one of the two.")


def _evidence(tables: Tables, table: Table) -> Iterator[Problem]:
    """Sources nobody declared and qualities that are no grade: the model does not read them, so they only warn."""
    frame = tables[table.name]
    if "quality" in frame:
        for at in np.flatnonzero(~frame["quality"].isin(["", *QUALITIES]).to_numpy()):
            text = str(frame["quality"].iloc[at])
            yield Problem(table.name, tables.cell(table.name, at, "quality"), text[:80], f'quality: "{text}", expected A, B, C or D.', "Choose one of them.", "warning")
    if "source" in frame and table.name != "Sources" and "Sources" in tables:
        known = {fold(s): s for s in tables["Sources"]["source"]}
        for text in frame["source"].unique():
            strange = [s for s in _parts(str(text)) if fold(s) not in known] if fold(str(text)) not in known else []
            for at in np.flatnonzero((frame["source"] == text).to_numpy()) if strange else ():
                fix = suggestion(strange[0], known.values()) or "Add it there."
                yield Problem(table.name, tables.cell(table.name, at, "source"), str(text)[:80], f'source: "{strange[0]}" is not in Sources.', fix, "warning")


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _settings(tables: Tables) -> Iterator[Problem]:
    """The values of Settings, each by its own rule."""
    frame = tables["Settings"]
    names = Names(tables)
    place = SETTINGS["focus"]
    for at, (name, value) in enumerate(zip(frame["setting"], frame["value"], strict=True)):
        cell = tables.cell("Settings", at, "value")
        column = SETTINGS.get(str(name))
        if column and column.kind not in ("text", "place"):
            number: object = float(value) if _plain(str(value)) else str(value)
            values, faults = cast(column, [number])
            for _, problem, fix, severity in faults:
                yield Problem("Settings", cell, str(value)[:80], problem, fix, severity)
            if not blank(number):
                for _, problem, fix, severity in out_of_bounds(column, values.astype(np.float64), column.name):
                    if name == "format" and float(values[0]) > 1:
                        problem, fix = f"format {shown(values[0])}, this planner reads format 1.", "Install a newer planner."
                    yield Problem("Settings", cell, str(value)[:80], problem, fix, severity)
        elif name == "focus" and "Countries" in tables and not names.knows(place, names.spelled(place, str(value))):
            fix = suggestion(str(value), names.of(place).values()) or "Name a country or group."
            yield Problem("Settings", cell, str(value)[:80], f'focus: "{value}" is not in Countries or Groups.', fix)


def _plain(text: str) -> bool:
    """Whether a setting's text is what a number cell leaves behind."""
    try:
        return text == shown(float(text)) and pd.notna(float(text))
    except ValueError:
        return False

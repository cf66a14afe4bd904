"""Study workbooks as an analyst would want to fill them in: fresh ones, and ones made from tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import models
from models.schema import FIRST, Column, Table
from planner.headers import CARRIED, known_columns, split_header, year_of
from planner.names import fold, listed, squeeze, suggestion
from planner.numbers import as_typed
from planner.reference import by_heading
from planner.template_sheet import Book, Sheet

MODEL_YEARS = (2025, 2030, 2035, 2040)  # of a fresh workbook
SETTINGS = (
    ("format", 1.0), ("title", "New study"), ("currency", "USD"), ("price year", 2025.0), ("discount rate", 0.07), ("unmet cost factor", 10.0),
)  # fmt: skip
BLANK_ROWS = 20


def new(path: Path, add: Sequence[str] = ()) -> None:
    """Write a fresh workbook: the sheets most studies need and those named in `add`; KeyError says which are unknown."""
    known = {fold(table.name): table.name for table in models.TABLES}
    for name in add:
        if fold(name) not in known:
            raise KeyError(
                f'there is no sheet "{name}". {suggestion(name, known.values())} Known are {listed(known.values(), 40)}.'.replace(
                    "  ", " "
                )
            )
    wanted = {table.name for table in models.TABLES if table.template} | {known[fold(name)] for name in add}
    frames = {
        table.name: pd.DataFrame(list(table.example), columns=[c.name for c in table.columns][: len(table.example[0])])
        for table in models.TABLES
        if table.example
    }
    frames["Settings"] = pd.DataFrame(SETTINGS, columns=["setting", "value"])
    frames["Years"] = pd.DataFrame({"year": MODEL_YEARS})
    write_study(frames, path, sheets=wanted)


def write_study(
    tables: Mapping[str, pd.DataFrame],
    path: Path,
    schema: Sequence[Table] | None = None,
    sheets: Iterable[str] | None = None,
    about: Sequence[tuple[str, str]] = (),
) -> None:
    """Write a study from typed tables, or from frames whose columns are headers of the contract (years allowed).

    sheets: which to write; all of the template and all with rows when None. A column the sheet does not know is a
    KeyError. about: (label, text) lines of the first sheet that explain the study, in place of the first steps.
    """
    schema = models.TABLES if schema is None else schema
    unknown = set(tables) - {table.name for table in schema}
    if unknown:
        raise KeyError(f"no such sheets: {listed(sorted(unknown))}")
    groups = by_heading(schema)
    wanted = (
        set(sheets) if sheets is not None else {t.name for t in schema if t.template or len(tables.get(t.name, ()))}
    )
    chosen = [table for group in groups.values() for table in group if table.name in wanted]
    book = Book(path, _title(tables), [_sheet(table, tables.get(table.name)) for table in chosen], list(groups), about)
    book.write()


def _title(tables: Mapping[str, pd.DataFrame]) -> str:
    settings = tables.get("Settings", pd.DataFrame())
    said = dict(settings[["setting", "value"]].to_numpy().tolist()) if {"setting", "value"} <= set(settings) else {}
    return str(said.get("title") or "Critical minerals sourcing study")


def _sheet(table: Table, frame: pd.DataFrame | None) -> Sheet:
    """Columns and rows of a sheet; without a frame, blank rows to fill in."""
    if frame is None:
        frame = pd.DataFrame()
    data = _from_typed(table, frame) if "row" in frame else _from_plain(table, frame)
    columns: list[tuple[Column, list[object]]] = []
    rows = max(len(frame) and max(map(len, data.values()), default=0), 1 if len(frame) else BLANK_ROWS)
    blank: list[object] = [None] * rows
    carried = [
        Column(name, "text", text, default="")
        for name, text in CARRIED_DOCS.items()
        if name not in {c.name for c in table.columns}
    ]
    for column in table.columns:
        columns.append((column, data.pop(column.name, blank)))
    if table.series:
        spots = [name for name in ("year", "value", table.series.name) if name in data]
        years = sorted(int(name) for name in data if year_of(name))
        if table.constant and not spots and not years:
            spots = [table.series.name]
        elif not spots and not years:
            years = list(MODEL_YEARS)
        known = known_columns(table)
        columns += [(known[name], data.pop(name, blank)) for name in dict.fromkeys(spots)]
        columns += [(_year_column(table.series, year), data.pop(str(year), blank)) for year in years]
    columns += [(column, data.pop(column.name, blank)) for column in carried]
    columns += [(Column(name, "text", "Not read.", default=""), values) for name, values in data.items()]
    return Sheet(table, [(column, [*values, *blank[len(values) :]]) for column, values in columns])


CARRIED_DOCS = {
    "source": "Where the figures of the row come from: a name of Sources.",
    "quality": "A: official or repository data, B: trade press, C: weak, D: own estimate.",
    "note": "Free text; the model does not read it.",
}
assert set(CARRIED_DOCS) == set(CARRIED)


def _year_column(series: Column, year: int) -> Column:
    doc = f"{series.doc} Blank: taken from the years around it."
    return dataclasses.replace(series, name=str(year), doc=doc, default=np.nan)


def _from_plain(table: Table, frame: pd.DataFrame) -> dict[str, list[object]]:
    """Cells by column name of a frame as a CSV file would hold it; blank is None, NaN or ""."""
    known = {squeeze(name): name for name in known_columns(table)}
    data: dict[str, list[object]] = {}
    for header in frame.columns:
        text = str(header)
        name, _ = split_header(text)
        found = text if text.startswith("#") else known.get(squeeze(name))
        if found is None and table.series and year_of(name):
            found = str(year_of(name))
        if found is None:
            raise KeyError(f'{table.name} has no column "{text}". {suggestion(name, known_columns(table))}'.strip())
        data[found] = [None if _absent(value) else value for value in frame[header].tolist()]
    return data


def _absent(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, float) and np.isnan(value))


def _from_typed(table: Table, frame: pd.DataFrame) -> dict[str, list[object]]:
    """Cells by column name of a typed table: a default is left blank; a series stands wide where its rows allow."""
    if table.series:
        return _series_cells(table, frame, table.series)
    data = {
        column.name: [_cell(table, column, value) for value in frame[column.name].tolist()] for column in table.columns
    }
    first = table.columns[0].name
    for column in table.columns:
        if column.refers == table.name:  # itself
            data[column.name] = [
                None if value == own else value for value, own in zip(data[column.name], data[first], strict=True)
            ]
    if table.name == "Settings":
        data["value"] = [as_typed(str(value)) for value in data["value"]]
    return data | _carried(table, frame)


def _carried(table: Table, frame: pd.DataFrame) -> dict[str, list[object]]:
    own = {c.name for c in table.columns}
    return {
        name: [text or None for text in frame[name].tolist()] for name in CARRIED if name in frame and name not in own
    }


def _series_cells(table: Table, frame: pd.DataFrame, series: Column) -> dict[str, list[object]]:
    rest = [c.name for c in table.columns if not c.key] + [name for name in CARRIED if name in frame]
    keys = list(table.keys)
    group = frame.groupby(keys, sort=False, dropna=False).ngroup().to_numpy()
    first = np.unique(group, return_index=True)[1]
    heads = frame.iloc[np.sort(first)] if len(frame) else frame
    position = {int(group[i]): at for at, i in enumerate(np.sort(first))}
    wide = (
        all((frame[name].to_numpy() == frame[name].to_numpy()[first][group]).all() for name in rest)
        if len(frame)
        else True
    )
    source = heads if wide else frame
    data = {c.name: [_cell(table, c, value) for value in source[c.name].tolist()] for c in table.columns}
    data |= _carried(table, source)
    values = [_cell(table, series, value) for value in frame["value"].tolist()]
    if not wide:
        return data | {
            "year": [year if year != FIRST else None for year in frame["year"].tolist()],
            series.name if table.constant else "value": values,
        }
    for year in sorted(frame["year"].unique().tolist()):
        data[series.name if year == FIRST else str(year)] = [None] * len(heads)
    for at, year, value in zip(group.tolist(), frame["year"].tolist(), values, strict=True):
        data[series.name if year == FIRST else str(year)][position[at]] = value
    return data


def _cell(table: Table, column: Column, value: Any) -> object:
    """What a person would type for a typed value; None where a blank cell says the same."""
    if isinstance(value, float):
        if np.isnan(value):
            return None
        if np.isinf(value):
            return "unlimited" if "unlimited" in column.words else "none" if table.rule == "one" else None
        return None if not column.required and value == column.default and table.rule != "one" else value
    return None if value == ("" if column.required else column.default) else value

"""Scenarios: named changes of a study, applied row by row to its typed tables and validated like an input."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import models
from models.schema import FIRST, LAST, Problem, Table, Tables
from models.series import complete
from planner.cast import shown
from planner.codes import spell
from planner.names import fold, listed, suggestion
from planner.site_years import ITEMS, write
from planner.validate import validate
from planner.where import Unclear, column_of, conditions, matched, typed_name, value_of
from planner.workbook import columns_of

RESERVED = ("history", "con", "nul", "prn", "aux", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)))
BASE = "base"  # the study as it stands, unless a scenario has that name
OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "set": lambda old, new: np.broadcast_to(new, np.shape(old)),
    "multiply": lambda old, new: np.where(np.isinf(old), old, old * new),
    "add": lambda old, new: old + new,
}


def apply(tables: Tables, names: Sequence[str], schema: Sequence[Table] | None = None) -> tuple[Tables, list[Problem]]:
    """The tables as the named scenarios change them, one after the other, and every error met on the way."""
    schema = models.TABLES if schema is None else schema
    result = Tables(dict(tables), tables.letters)
    problems: list[Problem] = []
    for position in _rows(tables, names, problems):
        line = tables["Scenarios"].iloc[position]
        try:
            _Change(result, schema, line).run()
        except Unclear as unclear:
            problems.append(_problem(tables, position, unclear))
    changed = {name for name in result if result[name] is not tables[name]}
    for name in changed:  # `spell` writes into the frames
        result[name] = result[name].reset_index(drop=True)
    spell(result, [table for table in schema])
    said = f"in scenario {' + '.join(names)}: "
    for p in validate(result, schema):
        if p.severity == "error":
            problems.append(Problem(p.sheet, p.cell, p.value, said + p.problem, p.fix, p.severity))
    return result, problems


def scenario_names(tables: Tables) -> Iterator[Problem]:
    """Names that cannot be the name of a report or of a sheet in it, and rows with nothing to do."""
    sheet = tables["Scenarios"]
    for at in np.flatnonzero(~sheet["scenario"].duplicated().to_numpy()):
        name = str(sheet["scenario"].iloc[at])
        if len(name) > 40 or re.search(r"[\\/:*?\"<>|\[\]]|^[.']|[.']$", name):
            fix = "Use letters, digits, spaces, - and _ (at most 40)."
            yield _problem(tables, int(at), Unclear("scenario", f'"{name}" cannot name a scenario.', fix))
        elif fold(name) in RESERVED:
            yield _problem(tables, int(at), Unclear("scenario", f'"{name}" is a reserved name.', "Choose another name."))


def _problem(tables: Tables, position: int, unclear: Unclear) -> Problem:
    value = shown(tables["Scenarios"].iloc[position][unclear.column])
    cell = tables.cell("Scenarios", position, unclear.column)
    return Problem("Scenarios", cell, value[:80], unclear.problem, unclear.fix)


def _rows(tables: Tables, names: Sequence[str], problems: list[Problem]) -> list[int]:
    """Positions of the rows to apply, those of included scenarios first."""
    sheet = tables["Scenarios"]
    declared = {fold(name): name for name in sheet["scenario"]}
    order: list[int] = []
    done: set[str] = set()  # a scenario that two others include is applied once

    def visit(name: str, above: tuple[str, ...], asked: int | None) -> None:
        known = declared.get(fold(name))
        if known is None:
            if fold(name) != BASE:
                fix = suggestion(name, declared.values()) or f"There are {listed(declared.values())}."
                _missing(tables, problems, name, asked, fix)
            return
        if known in above:
            loop = " > ".join((*above[above.index(known) :], known))
            assert asked is not None
            problems.append(_problem(tables, asked, Unclear("value", f"scenarios include each other in a circle: {loop}.", "Delete one of the include rows.")))
            return
        if known in done:
            return
        done.add(known)
        rows = np.flatnonzero((sheet["scenario"] == known).to_numpy())
        included = (sheet["operation"] == "include").to_numpy()
        for at in rows[included[rows]]:
            visit(str(sheet["value"].iloc[at]), (*above, known), int(at))
        order.extend(int(at) for at in rows[~included[rows]])

    for name in names:
        visit(name, (), None)
    return order


def _missing(tables: Tables, problems: list[Problem], name: str, asked: int | None, fix: str) -> None:
    text = f'there is no scenario "{name}".'
    problems.append(Problem("Scenarios", "", name, text, fix) if asked is None else _problem(tables, asked, Unclear("value", text, fix)))


class _Change:
    """One row of Scenarios, carried out on the tables."""

    def __init__(self, tables: Tables, schema: Sequence[Table], line: pd.Series[Any]) -> None:
        self.tables, self.line = tables, line
        self.operation = str(line["operation"])
        self.first, self.last = int(line["first year"]), int(line["last year"])
        self.ranged = self.first != FIRST or self.last != LAST
        known = {fold(table.name): table for table in schema}
        table = known.get(fold(line["sheet"]))
        if table is None or table.name == "Scenarios":
            fix = suggestion(line["sheet"], [t.name for t in schema]) or "Name the sheet it changes."
            raise Unclear("sheet", f'"{line["sheet"]}" is no sheet a scenario can change.', fix)
        self.table = table

    @property
    def frame(self) -> pd.DataFrame:
        frame: pd.DataFrame = self.tables[self.table.name]
        return frame

    def run(self) -> None:
        if self.first > self.last:
            raise Unclear("first year", f"first year {self.first} is after last year {self.last}.", "Swap them.")
        if self.operation in ("insert", "delete"):
            if self.ranged:
                raise Unclear("first year", f"{self.operation} takes no years.", "Clear first year and last year.")
            return self._insert() if self.operation == "insert" else self._delete()
        return self._change()

    def _delete(self) -> None:
        for name in ("column", "value"):
            if self.line[name]:
                raise Unclear(name, f"delete takes whole rows, no {name}.", f"Clear {name}.")
        hit = matched(self.tables, self.table, str(self.line["where"]))
        self.tables[self.table.name] = self.frame[~hit]

    def _insert(self) -> None:
        """Add the row given in where (and in column and value): column=value; a series also takes year=value."""
        given = dict(conditions(str(self.line["where"])))
        if self.line["column"]:
            given[str(self.line["column"])] = str(self.line["value"])
        row: dict[str, Any] = {}
        points: dict[int, float] = {}
        for name, text in given.items():
            if self.table.series and name.isdigit():
                points[int(name)] = value_of(self.table.series, text, "where")
                continue
            column = column_of(self.table, name, "where")
            row[typed_name(self.table, column)] = value_of(column, text, "where")
        for column in self.table.columns:
            if column.name not in row:
                row[column.name] = self._default(column)
        if self.table.series:
            if "value" in row:
                points[int(row.pop("year", FIRST if self.table.constant else self._years()[0]))] = row.pop("value")
            if not points:
                raise Unclear("where", f"the new row of {self.table.name} has no value.", "Add value=..., or 2030=... for single years.")
        lines = [row | {"year": year, "value": value} for year, value in points.items()] if self.table.series else [row]
        self._append(pd.DataFrame([{name: line.get(name, "" if kind == "str" else 0) for name, kind in columns_of(self.table).items()} for line in lines]))

    def _default(self, column: Any) -> Any:
        if column.required:
            raise Unclear("where", f'the new row of {self.table.name} lacks "{column.name}".', f"Add {column.name}=... to where.")
        return np.nan if column.numeric and self.table.rule == "one" else column.default

    def _append(self, rows: pd.DataFrame) -> None:
        kinds = columns_of(self.table)
        self.tables[self.table.name] = pd.concat([self.frame, rows[list(kinds)].astype(kinds)], ignore_index=True)

    def _years(self) -> NDArray[np.int64]:
        return np.sort(self.tables["Years"]["year"].to_numpy(np.int64))

    def _change(self) -> None:
        """Set, multiply or add in one column."""
        named = str(self.line["column"]) or ("value" if self.table.series else "")
        if not named:
            raise Unclear("column", "the column is empty.", "Name the column it changes.")
        column = column_of(self.table, named, "column")
        if self.table.series and column.name == "year":
            raise Unclear("column", "the years of a series cannot be changed.", "Change its value; use first year and last year.")
        name = typed_name(self.table, column)
        hit = matched(self.tables, self.table, str(self.line["where"]))
        by_year = bool(self.table.series) and name == "value"
        on_site = self.table.name == "Sites" and name in ITEMS
        if self.ranged and not by_year and not on_site:
            raise Unclear("first year", f"{self.table.name} has no values by year in {column.name}.", "Clear first year and last year.")
        value = self._value(column)
        if self.ranged and on_site:
            inside = self._years()[(self._years() >= self.first) & (self._years() <= self.last)]
            if not len(inside):
                raise Unclear("first year", "no model year lies in these years.", "Correct the years.")
            write(self.tables, self.frame[hit], name, self.operation, float(value), max(self.first, int(self._years()[0])), self.last)
            return
        if self.ranged:
            hit = self._complete(hit)
        self._write(hit, name, value)

    def _value(self, column: Any) -> Any:
        text = str(self.line["value"])
        if not text:
            raise Unclear("value", "the value is empty.", "Enter it; `none` takes a bound away.")
        if self.operation == "set":
            return value_of(column, text, "value")
        try:
            number = float(text) if text == shown(float(text)) else None
        except ValueError:
            number = None
        counts = column.numeric or (column.kind == "year" and self.operation == "add") or self.table.name == "Settings"
        if number is None:
            raise Unclear("value", f'"{text}", expected a number for {self.operation}.', "Type the number.")
        if not counts:
            raise Unclear("column", f"{column.name} cannot be used with {self.operation}; it holds no numbers.", "Use set.")
        return number

    def _write(self, hit: NDArray[np.bool_], name: str, value: Any) -> None:
        frame = self.frame.copy()
        if self.operation == "set":
            frame.loc[hit, name] = value
        elif self.table.name == "Settings":
            old = np.array([_number(text) for text in frame.loc[hit, name]])
            if np.isnan(old).any():
                raise Unclear("value", f"a setting it matches is no number, as {self.operation} needs.", "Use set.")
            frame.loc[hit, name] = [shown(number) for number in OPERATIONS[self.operation](old, value)]
        else:
            old = frame[name].to_numpy(np.float64)
            column = column_of(self.table, name, "column")
            hit = hit & ~np.isnan(old) & ~((column.kind == "year") & (old == _sentinel(column)))
            if not hit.any():
                raise Unclear("where", f"{column.name} is blank in every row it matches.", "Use set.")
            new = old.copy()
            new[hit] = OPERATIONS[self.operation](old[hit], value)
            if column.kind == "year" and (new != np.floor(new)).any():
                raise Unclear("value", "a year would not be whole.", "Add whole years.")
            frame[name] = new.astype(np.int64) if column.kind == "year" else new
        self.tables[self.table.name] = frame

    def _complete(self, hit: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Give the matched series a value in every model year, so that only the given years change."""
        frame, keys = self.frame, list(self.table.keys)
        years = self._years()
        mine = frame[hit].reset_index(drop=True)
        grid = np.unique(np.concatenate([years, mine["year"].to_numpy(np.int64)]))
        grid = grid[grid != FIRST]
        site_years = self.table.name == "Site years"
        step = ((mine["item"] == "capacity") & (mine["operation"] == "set")).to_numpy() if site_years else False
        heads, values = complete(mine, keys, grid, step=step, early=not site_years)
        if site_years:
            values = np.where(grid[None, :] <= heads["last year"].to_numpy(np.int64)[:, None], values, np.nan)
        group, spot = np.nonzero(~np.isnan(values))
        points = heads.iloc[group].drop(columns="first").assign(year=grid[spot], value=values[group, spot]).reset_index(drop=True)
        points = _own_cells(points, mine, keys)
        inside = (points["year"] >= self.first) & (points["year"] <= self.last)
        if not (inside & points["year"].isin(years)).any():
            raise Unclear("first year", f"no model year for which {self.table.name} speaks lies in these years.", "Correct the years.")
        kinds = columns_of(self.table)
        rest = frame[~hit]
        self.tables[self.table.name] = pd.concat([rest, points[list(kinds)].astype(kinds)], ignore_index=True)
        return np.concatenate([np.zeros(len(rest), dtype=bool), inside.to_numpy(dtype=bool)])


def _own_cells(points: pd.DataFrame, given: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Points that were given keep the row and column they came from; the others keep those of their series' first."""
    cells = given[[*keys, "year", "row", "at"]].rename(columns={"row": "own row", "at": "own at"})
    both = points.merge(cells, on=[*keys, "year"], how="left")
    own = both["own row"].notna()
    return both.assign(row=both["own row"].where(own, both["row"]), at=both["own at"].where(own, both["at"]))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def _sentinel(column: Any) -> float:
    return np.nan if column.required or isinstance(column.default, str) else float(column.default)

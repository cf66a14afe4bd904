"""What one row of Scenarios does to the typed tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.schema import FIRST, LAST, Column, Table, Tables, inserted
from models.series import complete
from planner.names import fold, suggestion
from planner.numbers import as_typed, shown
from planner.sheet import columns_of
from planner.site_years import ITEMS, write
from planner.where import Unclear, column_of, conditions, matched, typed_name, value_of

Bools = NDArray[np.bool_]


class Change:
    """One row of Scenarios, to be carried out on the tables."""

    def __init__(self, tables: Tables, schema: Sequence[Table], at: int) -> None:
        self.tables, self.at = tables, at
        line = tables["Scenarios"].iloc[at]
        self.operation, self.where = str(line["operation"]), str(line["where"])
        self.column, self.value = str(line["column"]), str(line["value"])
        self.first, self.last = int(line["first year"]), int(line["last year"])
        self.ranged = (self.first, self.last) != (FIRST, LAST)
        known = {fold(table.name): table for table in schema if table.name != "Scenarios"}
        if fold(line["sheet"]) not in known:
            fix = suggestion(line["sheet"], [table.name for table in known.values()]) or "Name the sheet it changes."
            raise Unclear("sheet", f'"{line["sheet"]}" is no sheet that a scenario can change.', fix)
        self.table = known[fold(line["sheet"])]

    @property
    def frame(self) -> pd.DataFrame:
        """The typed table as it stands."""
        frame: pd.DataFrame = self.tables[self.table.name]
        return frame

    @property
    def years(self) -> NDArray[np.int64]:
        """The model years, ascending."""
        return np.sort(self.tables["Years"]["year"].to_numpy(np.int64))

    def carry_out(self) -> None:
        """Change the tables; Unclear says why the row cannot be carried out or touches nothing."""
        if self.operation in ("insert", "delete") and self.ranged:
            raise Unclear("first year", f"{self.operation} takes no years.", "Clear first year and last year.")
        {"insert": self._insert, "delete": self._delete}.get(self.operation, self._change)()

    def _delete(self) -> None:
        for name, text in (("column", self.column), ("value", self.value)):
            if text:
                raise Unclear(name, f"delete takes whole rows, no {name}.", f"Clear {name}.")
        self._put(self.frame[~matched(self.tables, self.table, self.where)])

    def _put(self, *frames: pd.DataFrame) -> None:
        kinds = columns_of(self.table)
        self.tables[self.table.name] = pd.concat([f[list(kinds)].astype(kinds) for f in frames], ignore_index=True)

    def _insert(self) -> None:
        """Add the row that where (and column and value) gives; a series also takes a value for a year, as 2030=5."""
        given = dict(conditions(self.where)) | ({self.column: self.value} if self.column else {})
        row: dict[str, Any] = {}
        points: dict[int, Any] = {}
        written = ""  # what column and value give, in the typed table
        for name, text in given.items():
            named, valued = ("column", "value") if name == self.column else ("where", "where")
            into = "value"
            if self.table.series and name.isdigit():
                points[int(name)] = value_of(self.table.series, text, valued)
            else:
                column = column_of(self.table, name, named)
                into = typed_name(self.table, column)
                row[into] = value_of(column, text, valued)
            written = into if name == self.column else written
        for column in self.table.columns:
            if column.name not in row and column.required:
                fix = f"Add {column.name}=... to where."
                raise Unclear("where", f'the new row of {self.table.name} lacks "{column.name}".', fix)
            row.setdefault(column.name, np.nan if column.numeric and self.table.rule == "one" else column.default)
        if self.table.series and "value" in row:
            always = FIRST if self.table.constant else int(self.years[0])  # one value holds for all years
            points[row.pop("year", always)] = row.pop("value")
        if self.table.series and not points:
            fix = "Add value=..., or 2030=... for single years."
            raise Unclear("where", f"the new row of {self.table.name} has no value.", fix)
        bare = {name: "" if kind == "str" else 0 for name, kind in columns_of(self.table).items()} | row
        bare["row"] = inserted(self.at)
        new = pd.DataFrame([bare | {"year": y, "value": v} for y, v in points.items()] or [bare])
        self.tables.wrote(self.table.name, written, self.at, new)
        self._put(self.frame, new)

    def _change(self) -> None:
        """Set, multiply or add in one column."""
        if not self.column and not self.table.series:
            raise Unclear("column", "the column is empty.", "Name the column it changes.")
        if self.table.series and self.column.isdigit():
            self._point(self.table.series, int(self.column))
            return
        column = column_of(self.table, self.column or "value", "column")
        name = typed_name(self.table, column)
        by_year = self.table.series is not None and name == "value"
        on_site = self.table.name == "Sites" and name in ITEMS
        if self.table.series and name == "year":
            raise Unclear("column", "the years of a series stay as they are.", "Change its value in some years.")
        hit = matched(self.tables, self.table, self.where)
        value = self._typed_value(column)
        if not self.ranged:
            self._write(hit, column, value)
        elif by_year:
            self._write(self._complete(hit), column, value)
        elif on_site:
            self._model_year_inside(self.years)
            first = max(self.first, int(self.years[0]))
            write(self.tables, self.frame[hit], name, self.operation, float(value), first, self.last, self.at)
        else:
            problem = f"{column.name} of {self.table.name} has no values by year."
            raise Unclear("first year", problem, "Clear first year and last year.")

    def _point(self, series: Column, year: int) -> None:
        """Change the cells of one year's column, as a wide sheet shows them; set fills the blank ones."""
        if self.ranged:
            raise Unclear("first year", f"the column {year} is a year already.", "Clear first year and last year.")
        hit, value = matched(self.tables, self.table, self.where), self._typed_value(series)
        frame = self.frame
        group = frame.groupby(list(self.table.keys), sort=False, dropna=False).ngroup()
        mine = hit & group.isin(group[hit & (frame["year"] == year)]).to_numpy()
        blank = frame[hit & ~mine & ~group.duplicated().to_numpy()]
        if (blank["year"] == FIRST).any():
            raise Unclear(
                "column",
                "one value stands for all years there.",
                f"Change {series.name} with first year and last year.",
            )
        if self.operation == "set":
            self._put(frame, blank.assign(year=year))
            touched = np.concatenate([mine & (frame["year"] == year).to_numpy(), np.ones(len(blank), dtype=bool)])
        else:
            touched = mine & (frame["year"] == year).to_numpy()
            if not touched.any():
                raise Unclear(
                    "column", f"no value stands in {year} in any row it matches.", "Use first year and last year."
                )
        self._write(touched, series, value)

    def _typed_value(self, column: Column) -> Any:
        """The scenario's value: typed like a cell of the column for set, else a number."""
        if not self.value:
            raise Unclear("value", "the value is empty.", "Enter it; the word none takes a bound away.")
        if self.operation == "set":
            return value_of(column, self.value, "value")
        number = as_typed(self.value)
        if not isinstance(number, float):
            raise Unclear("value", f'"{self.value}", expected a number to {self.operation}.', "Type the number.")
        if not (column.numeric or (column.kind == "year" and self.operation == "add") or self.table.name == "Settings"):
            raise Unclear("column", f"{column.name} holds no numbers to {self.operation}.", "Use set.")
        return number

    def _write(self, hit: Bools, column: Column, value: Any) -> None:
        """Change the matched cells; multiply and add leave blank and unlimited ones as they are."""
        frame, name = self.frame.copy(), typed_name(self.table, column)
        if self.operation == "set":
            frame.loc[hit, name] = value
        elif column.kind == "text":  # of Settings
            numbers = [as_typed(text) for text in frame.loc[hit, name]]
            if not all(isinstance(number, float) for number in numbers):
                raise Unclear("where", f"a setting it matches holds no number to {self.operation}.", "Use set.")
            frame.loc[hit, name] = [shown(self._changed(number, value)) for number in numbers]
        else:
            old = frame[name].to_numpy(np.float64)
            blank = np.isnan(old) | (old == (np.nan if column.required or column.kind != "year" else column.default))
            if (blank | ~hit).all():
                raise Unclear("where", f"{column.name} is blank in every row it matches.", "Use set.")
            hit = hit & ~blank & np.isfinite(old)
            new = np.where(hit, self._changed(old, value), old)
            if column.kind == "year" and (new != np.floor(new)).any():
                raise Unclear("value", "a year would not be whole.", "Add whole years.")
            frame[name] = new.astype(np.int64) if column.kind == "year" else new
        self.tables.wrote(self.table.name, name, self.at, frame[hit])
        self._put(frame)

    def _changed(self, old: Any, value: float) -> Any:
        return old * value if self.operation == "multiply" else old + value

    def _model_year_inside(self, years: Any) -> None:
        if not ((years >= self.first) & (years <= self.last)).any():
            problem = "these years hold no model year for which anything is said."
            raise Unclear("first year", problem, "Correct the years.")

    def _complete(self, hit: Bools) -> Bools:
        """Give the matched series a value in every model year, so that only those in the given years change."""
        frame, keys, years = self.frame, list(self.table.keys), self.years
        group = frame.groupby(keys, sort=False, dropna=False).ngroup().to_numpy()
        whole = np.isin(group, group[hit])
        mine, rest = frame[whole].reset_index(drop=True), frame[~whole]
        grid = np.unique(np.concatenate([years, mine["year"].to_numpy(np.int64)]))
        grid = grid[grid != FIRST]
        if self.table.name == "Site years":  # it says nothing before its first year nor after its last
            step = ((mine["item"] == "capacity") & (mine["operation"] == "set")).to_numpy()
            heads, values = complete(mine, keys, grid, step=step, early=False)
            values = np.where(grid <= heads["last year"].to_numpy(np.int64)[:, None], values, np.nan)
        else:
            heads, values = complete(mine, keys, grid)
        series, spot = np.nonzero(~np.isnan(values))
        points = heads.iloc[series].assign(year=grid[spot], value=values[series, spot])
        inside = ((points["year"] >= self.first) & (points["year"] <= self.last)).to_numpy()
        self._model_year_inside(np.intersect1d(points["year"], years))
        self._put(rest, _own_cells(points, mine, keys))
        return np.concatenate([np.zeros(len(rest), dtype=bool), inside])


def _own_cells(points: pd.DataFrame, given: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Points that were given keep the cell they came from; the others name the first of their series."""
    cells = given[[*keys, "year", "row", "at"]].rename(columns={"row": "own row", "at": "own at"})
    both = points.merge(cells, on=[*keys, "year"], how="left")
    own = both["own row"].notna()
    return both.assign(row=both["own row"].where(own, both["row"]), at=both["own at"].where(own, both["at"]))

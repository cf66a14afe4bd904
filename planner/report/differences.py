"""Sheets of a comparison that would be long: the rows that differ most between the scenarios, in every scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from models.schema import Column

ROWS: Final = 20_000  # of a sheet that is kept whole
WHOLE: Final = ("Comparison", "Unmet", "Builds")  # few rows, and the Summary adds them up
ALIKE: Final = 1e-6
TOGETHER: Final = "*"


def shorter(
    name: str, frame: pd.DataFrame, columns: Sequence[Column], keep: Any = False, rows: int = ROWS
) -> tuple[pd.DataFrame, str]:
    """A sheet of a comparison and what its heading says of rows left out. keep: a mask of rows that stay in any case.

    Costs are summed over countries; of other sheets stay the rows that differ most between two scenarios, by the figure
    that stands first, relative to the largest of its commodity or process.
    """
    if name in WHOLE or len(frame) <= rows:
        return frame, ""
    if name == "Costs":
        by = ["scenario", "term", "kind", "year"]
        sums = frame.groupby(by, sort=False, observed=True)[["cost", "discounted"]].sum().reset_index()
        return sums.assign(country=TOGETHER)[list(frame.columns)], " All countries together."
    held = (columns[i].name for i in range(1, len(columns)) if columns[i].numeric and columns[i].kind != "year")
    first = next(held, "")
    keys = [c.name for c in columns[1:]]
    keys = keys[: keys.index(first)] + ["by"] * ("by" in keys)  # of Shares, whose rows by territory and owner differ
    row = frame.groupby(keys, sort=False, observed=True, dropna=False).ngroup().to_numpy()
    move = _moves(frame, columns, first, row)
    order = np.argsort(-move, kind="stable")
    room = np.cumsum(np.bincount(row, minlength=len(move))[order]) <= rows
    chosen = np.zeros(len(move), bool)
    chosen[order[room & (move[order] > ALIKE)]] = True
    mask = chosen[row] | keep
    left, alike = len(move) - len(np.unique(row[mask])), int((move <= ALIKE).sum())
    text = f" Rows of all scenarios where they differ most; {left:,} left out, {alike:,} of them alike in all:"
    return frame[mask].reset_index(drop=True), text + " each scenario's own report has them."


def _moves(frame: pd.DataFrame, columns: Sequence[Column], first: str, row: Any) -> Any:
    """How far each row's figures part between scenarios: largest less smallest, over the largest there is."""
    unit = {c.name: c.unit for c in columns}
    of, names = pd.factorize(frame["scenario"])
    group = _alike_units(frame, unit[first])
    home = np.zeros(row.max() + 1, np.int64)
    home[row] = group
    move = np.zeros(row.max() + 1)
    for name in [c.name for c in columns if c.unit == unit[first] and c.numeric and c.kind != "year"]:
        value = np.nan_to_num(frame[name].to_numpy(float))
        table = np.zeros((len(move), len(names)))
        np.add.at(table, (row, of), value)
        largest = np.zeros(group.max() + 1)
        np.maximum.at(largest, group, np.abs(value))
        move = np.maximum(move, np.ptp(table, axis=1) / np.fmax(largest, ALIKE)[home])
    return move


def _alike_units(frame: pd.DataFrame, unit: str) -> Any:
    """Rows whose figures can be set beside each other: those in money and shares all, others by what they count."""
    what = next((name for name in ("commodity", "process") if name in frame), "")
    if not what or unit in ("", "cur"):
        return np.zeros(len(frame), np.int64)
    return pd.factorize(frame[what])[0]


def shown(
    tables: Mapping[str, pd.DataFrame], columns: Mapping[str, Sequence[Column]], keep: Mapping[str, Any]
) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """Every sheet as it is shown, and what its heading adds."""
    parts = {name: shorter(name, frame, columns.get(name, ()), keep.get(name, False)) for name, frame in tables.items()}
    return {name: frame for name, (frame, _) in parts.items()}, {
        name: said for name, (_, said) in parts.items() if said
    }

"""Keys: two rows that say the same thing twice, and rows of one series that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.schema import FIRST, LAST, Table, Tables
from planner.cast import UNREAD
from planner.numbers import shown
from planner.say import Found, other, where


def repeated(tables: Tables, table: Table) -> Iterator[Found]:
    """Rows with the key of an earlier row, except on sheets where every row holds."""
    frame, keys = tables[table.name], [*table.keys, *(["year"] if table.series else [])]
    if table.rule == "all" or not table.keys or not frame.duplicated(keys).any():
        return
    unread = frame[keys].isin(["", UNREAD]) & [_required(table, key) for key in keys]
    lines = frame[~unread.any(axis=1).to_numpy()]
    group = lines.groupby(keys, sort=False, dropna=False).ngroup().to_numpy()
    first = np.unique(group, return_index=True)[1][group]
    positions, rows = lines.index.tolist(), frame["row"].tolist()
    cells = {key: frame[key].tolist() for key in keys}
    said: set[tuple[int, int]] = set()
    for i in where(first != np.arange(len(lines))):
        one, two = positions[first[i]], positions[i]
        if (rows[one], rows[two]) in said:
            continue  # a wide row repeats its key in every year: said once
        said.add((rows[one], rows[two]))
        what = [f"{key} {shown(values[two])}" for key, values in cells.items() if values[two] not in ("", FIRST, LAST)]
        problem = (
            f"a second row with {', '.join(what)}; the first is {other(tables, table.name, one, table.keys[0], two)}."
        )
        yield Found(table.name, two, table.keys[0], problem, "Delete one of the two, or give them different keys.")


def _required(table: Table, key: str) -> bool:
    return key in ("year", "value") or table.column(key).required


def unlike(tables: Tables, table: Table) -> Iterator[Found]:
    """Rows of one series that differ beyond their key, or give one value for all years and others by year."""
    frame = tables[table.name]
    if not table.series or not len(frame):
        return
    group = frame.groupby(list(table.keys), sort=False, dropna=False).ngroup().to_numpy()
    head = np.unique(group, return_index=True)[1][group]
    for name in [c.name for c in table.columns if not c.key]:
        values = frame[name].to_numpy()
        for at in where(values != values[head]):
            problem = f"{name} differs within one series (see {other(tables, table.name, int(head[at]), name, at)})."
            yield Found(table.name, at, name, problem, "Give all its rows the same.")
    always = (frame["year"] == FIRST).to_numpy()
    mixed = np.intersect1d(group[always], group[~always])
    for at in where(always & np.isin(group, mixed) & table.constant):
        problem = f"there is a {table.series.name} for all years and also values by year."
        yield Found(table.name, at, "value", problem, "Keep one of the two.")

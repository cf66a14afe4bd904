"""What a scenario changes in a site for some years is written where changes by year live: in Site years."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models import production
from models.places import Places
from models.schema import LAST, Tables, inserted
from models.series import complete
from planner.names import listed
from planner.sheet import columns_of
from planner.where import Unclear

TABLE = production.SITE_YEARS
ITEMS = TABLE.column("item").choices
THERE = "Change it there: sheet Site years."


def write(
    tables: Tables, sites: pd.DataFrame, item: str, operation: str, value: float, first: int, last: int, at: int
) -> None:
    """Add rows of Site years that set or multiply an item of these sites from the first to the last year.

    at: position in Scenarios of the row that asks for it.
    """
    if operation == "add":
        raise Unclear("operation", "a site's figures by year can be set or multiplied only.", "Use one of them.")
    sheet: pd.DataFrame = tables["Site years"]
    same = sheet[(sheet["item"] == item) & (sheet["operation"] == operation)]
    _refuse_copies(tables, same, sites)
    if operation == "multiply":
        _refuse_displaced(tables, same, sites)
    years = np.sort(tables["Years"]["year"].to_numpy(np.int64))
    kinds = columns_of(TABLE)
    bare = {name: "" if kind == "str" else 0 for name, kind in kinds.items()}
    bare |= {"process": "*", "country": "*", "item": item, "operation": operation}
    new = []
    for name in sites["site"]:
        own = same[same["site"] == name]
        points, end = {first: value}, last
        if len(own):
            points, end = _merged(tables, own, operation, value, first, last, years)
        where = {"row": int(own["row"].iloc[0]), "at": own["at"].iloc[0]} if len(own) else {"row": inserted(at)}
        new += [bare | where | {"site": name, "last year": end, "year": y, "value": v} for y, v in points.items()]
    kept = sheet.drop(index=same.index[same["site"].isin(sites["site"])])
    rows = pd.DataFrame(new)[list(kinds)].astype(kinds)
    changed = rows[(rows["year"] >= first) & (rows["year"] <= last)]
    tables.wrote("Site years", "value", at, changed)
    tables["Site years"] = pd.concat([kept, rows], ignore_index=True)


def _merged(
    tables: Tables, own: pd.DataFrame, operation: str, value: float, first: int, last: int, years: NDArray[np.int64]
) -> tuple[dict[int, float], int]:
    """Points and last year of a site's own series once the years from first to last are changed in it."""
    end = int(own["last year"].iloc[0])
    step = operation == "set" and own["item"].iloc[0] == "capacity"
    _, values = complete(own, ["site"], years, step=step, early=False)
    said = np.where(years <= end, values[0], np.nan)
    inside = (years >= first) & (years <= last)
    if operation == "multiply":  # where nothing is said the factor is 1
        factor = np.where(np.isnan(said), 1.0, said) * np.where(inside, value, 1.0)
        return dict(zip(years.tolist(), factor.tolist(), strict=True)), LAST
    said = np.where(inside, value, said)
    spoken = np.flatnonzero(~np.isnan(said))
    if len(spoken) < spoken[-1] - spoken[0] + 1:
        problem = f"Site years sets this in row {_rows(tables, own)} for other years, with a gap between."
        raise Unclear("first year", problem, THERE)
    open_end = spoken[-1] == len(years) - 1
    return {int(years[i]): float(said[i]) for i in spoken}, LAST if open_end else int(years[spoken[-1]])


def _refuse_copies(tables: Tables, same: pd.DataFrame, sites: pd.DataFrame) -> None:
    """Rows that speak of single copies, or name process or country too, would stand against the new ones."""
    own = same["site"].isin(sites["site"])
    copies = same["site"].map(lambda name: name.rpartition("@")[0]).isin(sites["site"]) & ~own
    named = own & ((same["process"] != "*") | (same["country"] != "*"))
    other = same[copies | named]
    if len(other):
        problem = f"Site years speaks of {other['site'].iloc[0]} already, in row {_rows(tables, other.iloc[:1])}."
        raise Unclear("where", problem, THERE)


def _refuse_displaced(tables: Tables, same: pd.DataFrame, sites: pd.DataFrame) -> None:
    """A general row that multiplies these sites would lose to the more specific new one, its factor with it."""
    general = same[same["site"] == "*"]
    places = Places(tables["Countries"], tables["Groups"])
    home = places.data(sites["country"], split=False)
    spec = places.rule(general["country"])
    process = general["process"].to_numpy(object)[:, None]
    fits = (process == "*") | (process == sites["process"].to_numpy(object)[home.row])
    hit = (spec.member[spec.code][:, home.place] & fits).any(axis=1)
    if hit.any():
        rows = _rows(tables, general[hit])
        problem = f"Site years multiplies these sites already, in row {rows}; only the most specific row counts."
        raise Unclear("where", problem, THERE)


def _rows(tables: Tables, frame: pd.DataFrame) -> str:
    """The rows of these lines in the workbook: of their own sheet, or of Scenarios."""
    cells = tables["Scenarios"]["row"].tolist()
    rows = dict.fromkeys(frame["row"].tolist())
    return listed([str(row) if row > 0 else f"{cells[inserted(row)]} of Scenarios" for row in rows])

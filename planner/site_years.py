"""What a scenario changes in a site for some years is written where changes by year live: in Site years."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models import production
from models.places import Places
from models.schema import LAST, Tables
from models.series import complete
from planner.names import listed
from planner.where import Unclear
from planner.workbook import columns_of

TABLE = production.SITE_YEARS
ITEMS = TABLE.column("item").choices
KEYS = list(TABLE.keys)


def write(tables: Tables, sites: pd.DataFrame, item: str, operation: str, value: float, first: int, last: int) -> None:
    """Add rows of Site years that set or multiply an item of these sites from first to last year."""
    if operation == "add":
        raise Unclear("operation", "years in Sites work with set and multiply only.", "Use one of them.")
    sheet: pd.DataFrame = tables["Site years"]
    same = sheet[(sheet["item"] == item) & (sheet["operation"] == operation)]
    names = list(sites["site"])
    copies = same[same["site"].str.rpartition("@")[0].isin(names)] if len(same) else same
    if len(copies):
        raise Unclear("where", f"Site years speaks of single copies of a site ({copies['site'].iloc[0]}).", "Change those rows, in sheet Site years.")
    if operation == "multiply":
        _refuse_displaced(tables, same, sites)
    years = np.sort(tables["Years"]["year"].to_numpy(np.int64))
    own = same["site"].isin(names) & (same["process"] == "*") & (same["country"] == "*")
    other = same["site"].isin(names) & ~own
    if other.any():
        raise Unclear("where", f"Site years already speaks of {same.loc[other, 'site'].iloc[0]} (row {same.loc[other, 'row'].iloc[0]}).", "Change that row, in sheet Site years.")
    written = same[own]
    fresh = [name for name in names if name not in set(written["site"])]
    rows = [_rows(name, item, operation, last, {first: value}) for name in fresh]
    for name, series in written.groupby("site", sort=False):
        points, end = _merged(series, operation, value, first, last, years)
        rows.append(_rows(str(name), item, operation, end, points).assign(row=int(series["row"].iloc[0]), at=str(series["at"].iloc[0])))
    kinds = columns_of(TABLE)
    kept = sheet.drop(index=written.index)
    tables["Site years"] = pd.concat([kept, *rows], ignore_index=True)[list(kinds)].astype(kinds)


def _rows(site: str, item: str, operation: str, last: int, points: dict[int, float]) -> pd.DataFrame:
    line = {name: "" if kind == "str" else 0 for name, kind in columns_of(TABLE).items()}
    line |= {"site": site, "process": "*", "country": "*", "item": item, "operation": operation, "last year": last}
    return pd.DataFrame([line | {"year": year, "value": value} for year, value in points.items()])


def _merged(series: pd.DataFrame, operation: str, value: float, first: int, last: int, years: NDArray[np.int64]) -> tuple[dict[int, float], int]:
    """The points and last year of a site's own series once the years from first to last are changed."""
    end = int(series["last year"].iloc[0])
    step = operation == "set" and series["item"].iloc[0] == "capacity"
    _, values = complete(series.reset_index(drop=True), KEYS, years, step=step, early=False)
    said = np.where(years <= end, values[0], np.nan)
    inside = (years >= first) & (years <= last)
    if operation == "multiply":
        factor = np.where(np.isnan(said), 1.0, said)
        return dict(zip(years.tolist(), np.where(inside, factor * value, factor).tolist(), strict=True)), LAST
    new = np.where(inside, value, said)
    spoken = np.flatnonzero(~np.isnan(new))
    if len(spoken) != spoken[-1] - spoken[0] + 1:
        row = int(series["row"].iloc[0])
        raise Unclear("first year", f"Site years already sets this for other years (row {row}), with a gap between.", "Change that row, in sheet Site years.")
    final = LAST if spoken[-1] == len(years) - 1 and max(end, last) == LAST else int(years[spoken[-1]])
    return {int(years[i]): float(new[i]) for i in spoken}, final


def _refuse_displaced(tables: Tables, same: pd.DataFrame, sites: pd.DataFrame) -> None:
    """A general row that multiplies these sites would lose to the more specific new one: say so, drop nothing."""
    general = same[same["site"] == "*"]
    if not len(general):
        return
    places = Places(tables["Countries"], tables["Groups"])
    home = places.data(sites["country"], split=False)
    spec = places.rule(general["country"])
    process = general["process"].to_numpy(object)[:, None]
    fits = (process == "*") | (process == sites["process"].to_numpy(object)[home.row][None, :])
    hit = (spec.member[spec.code][:, home.place] & fits).any(axis=1)
    if hit.any():
        rows = listed([f"row {r}" for r in dict.fromkeys(general["row"].to_numpy()[hit].tolist())])
        raise Unclear("where", f"Site years multiplies these sites already ({rows}); only the most specific row counts.", "Multiply those rows, in sheet Site years.")

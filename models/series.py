"""Series by year: values given for some years, completed over the model years."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.schema import LAST
from models.symbolic import ranks

Floats = NDArray[np.float64]
BEYOND = LAST + 1


def complete(
    table: pd.DataFrame, keys: Sequence[str], years: NDArray[np.int64], step: Any = False, early: Any = True
) -> tuple[pd.DataFrame, Floats]:
    """One row per key, in order of appearance, and its values (keys, years).

    Between given years linear, outside them constant. Where `step` (bool, or one per row of the table) a value holds
    until the next given year; where not `early`, nothing (NaN) is said before the first given year.
    The first frame holds the first row of each key, with the position of that row in the column `first`.
    """
    distinct = ranks([pd.factorize(table[key], use_na_sentinel=False)[0] for key in keys])[0]
    group = pd.factorize(distinct)[0].astype(np.int64)  # in order of appearance
    first = np.flatnonzero(np.diff(np.maximum.accumulate(group), prepend=-1))
    heads = table.iloc[first].reset_index(drop=True).assign(first=first)
    if not len(table):
        return heads, np.zeros((0, len(years)))
    given, value = table["year"].to_numpy(np.int64), table["value"].to_numpy(np.float64)
    at = group * BEYOND + given
    order = np.argsort(at, kind="stable")
    at, given, value, owner = at[order], given[order], value[order], group[order]
    wanted = np.arange(len(heads))[:, None]
    before = np.searchsorted(at, wanted * BEYOND + years[None, :], side="right") - 1
    known = (before >= 0) & (owner[np.maximum(before, 0)] == wanted)
    after = np.minimum(before + 1, len(at) - 1)
    more = (before + 1 < len(at)) & (owner[after] == wanted)
    low = np.where(known, np.maximum(before, 0), after)
    high = np.where(more, after, low)
    gap = np.maximum(given[high] - given[low], 1)
    share = np.where(known & more, (years[None, :] - given[low]) / gap, 0.0)
    share = np.where(np.broadcast_to(np.asarray(step), (len(table),))[first][:, None], 0.0, share)
    out = value[low] * (1 - share) + value[high] * share
    return heads, np.where(known | np.broadcast_to(np.asarray(early), out.shape), out, np.nan)

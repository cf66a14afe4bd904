"""Markets that `each` passes by: bundles of small countries, where most of a demand stands at them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from models.amounts import goods
from models.rules import active
from models.series import complete
from planner.names import listed
from planner.reach import World
from planner.say import Found, where

MOST = 0.5  # of a demand: what is passed by is then not the rest of it, but the matter itself
NAMED = 3  # commodities and places that a line names
FIX = "Name these markets, or a group that holds them, in a row of their own; or set aggregate to no in Countries."


def passed_by(world: World) -> Iterator[Found]:
    """Rows with market each that leave out most of the demand, the world's or a group's: one line for each of these."""
    sheets = [sheet for sheet in ("Limits", "Concentration") if (world.tables[sheet]["market"] == "each").any()]
    if not sheets:
        return
    demand = _demand(world)
    for sheet in sheets:
        for whose, part in _left_out(world, sheet, demand).groupby("whose", sort=False):
            wanted, places = (listed(part[name].unique(), NAMED) for name in ("commodity", "place"))
            of = f" of {whose!s}" if whose else ""
            problem = (
                f"each leaves out bundles of small countries, where most of the demand{of} for {wanted} is: {places}."
            )
            yield Found(sheet, int(part["row"].iloc[0]), "market", problem, FIX, "hint")


def _left_out(world: World, sheet: str, demand: pd.DataFrame) -> pd.DataFrame:
    """row, commodity, whose (a group, or "" for the world), place: the bundles that hold most of a demand, row by row."""
    table, years = world.tables[sheet], world.tables["Years"]["year"].to_numpy(np.int64)
    spec = goods(table["commodity"], world.tables["Commodities"])
    counts = spec.member[spec.code]
    holds = active(table["first year"].to_numpy(np.int64), table["last year"].to_numpy(np.int64), years)
    each = (table["market"] == "each").to_numpy()
    parts = [demand.iloc[:0].assign(row=0)]
    for row in where(each & table["basis"].isin(["supply", "imports"])):
        mine = demand[counts[row, demand["good"]]]
        mine = mine.assign(row=row, wanted=mine[list(years[holds[row]])].sum(axis=1))
        own = {
            (name, market)
            for name, good in world.goods.items()
            for market in table.loc[~each & counts[:, good], "market"]
        }
        limited = [pair in own for pair in zip(mine["commodity"], mine["whose"], strict=True)]
        parts += [_mostly(mine.assign(whose="")), _mostly(mine[(mine["whose"] != "") & ~np.array(limited, bool)])]
    found = pd.concat(parts)[["row", "commodity", "whose", "place"]]
    # What is told of the world need not be told again of a group.
    return found.sort_values("whose", kind="stable").drop_duplicates(["commodity", "place"])


def _mostly(demand: pd.DataFrame) -> pd.DataFrame:
    """The lines of bundles that together want more than half of what is wanted of a commodity."""
    keys = [demand["commodity"], demand["whose"]]
    bundled = demand["wanted"].where(demand["bundle"], 0.0)
    most = bundled.groupby(keys).transform("sum") > MOST * demand["wanted"].groupby(keys).transform("sum")
    return demand[most & (bundled > 0)]


def _demand(world: World) -> pd.DataFrame:
    """commodity, good, whose (the group it is given for, or ""), place, bundle, and a column for every model year."""
    years = np.sort(world.tables["Years"]["year"].to_numpy(np.int64))
    heads, values = complete(world.tables["Demand"], ["commodity", "country", "use"], years)
    parts, places = world.places.data(heads["country"]), world.places
    heads = heads.iloc[parts.row].reset_index(drop=True)
    frame = pd.DataFrame(values[parts.row] * parts.share[:, None], columns=list(years))
    return frame.assign(
        commodity=heads["commodity"], good=heads["commodity"].map(world.goods).astype(np.int64),
        whose=heads["country"].where(heads["country"].isin(places.groups), ""),
        place=np.array(places.names, object)[parts.place], bundle=places.aggregate[places.territory[parts.place]],
    )  # fmt: skip

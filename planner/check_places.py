"""Places: names that mean two things, groups that cannot be split, amounts given for one place twice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import models
from models.places import Places
from models.schema import Tables
from planner.say import Found, other, where

RESERVED = ("*", "each", "none", "unlimited")
ONCE = {"Demand": ["commodity", "use"], "Scrap": ["commodity"], "Stockpiles": ["commodity", "held by"]}
SPLIT = ("Demand", "Scrap", "Observed")


def look(tables: Tables) -> Iterator[Found]:
    """Everything this file looks for."""
    yield from _names(tables)
    yield from _territories(tables)
    yield from _regions(tables)
    yield from _copies(tables)
    yield from _split(tables)
    for sheet, keys in ONCE.items():
        if sheet in tables:
            yield from _twice(tables, sheet, keys)


def _names(tables: Tables) -> Iterator[Found]:
    """Names that are words of the workbook, or of a country and a group at once."""
    for table in models.TABLES:
        column = table.columns[0]
        if column.kind == "code" and column.key and not column.refers and table.rule != "all":
            for at in where(tables[table.name][column.name].isin(RESERVED)):
                word = tables[table.name][column.name].iloc[at]
                yield Found(table.name, at, column.name, f'"{word}" has a meaning of its own.', "Choose another name.")
    groups = tables["Groups"]["group"]
    for at in where(groups.isin(tables["Countries"]["country"])):
        problem = f"{groups.iloc[at]} is a country too, so a cell could mean either."
        yield Found("Groups", at, "group", problem, "Rename the group.")


def _territories(tables: Tables) -> Iterator[Found]:
    """A territory that lies in another territory."""
    frame = tables["Countries"]
    home = dict(zip(frame["country"], frame["territory"], strict=True))
    for at, (name, territory) in enumerate(home.items()):
        above = home.get(territory, territory)
        if above != territory:
            problem = f"{name} lies in {territory}, which itself lies in {above}."
            yield Found("Countries", at, "territory", problem, f"Name {above}.")


def _regions(tables: Tables) -> Iterator[Found]:
    """Regions whose name means something else as well."""
    frame = tables["Countries"]
    region, country = frame["region"], frame["country"]
    for at in where(region.isin(country) & (region != country)):
        problem = f"the region {region.iloc[at]} is a country too; a cell that names it means the country."
        yield Found("Countries", at, "region", problem, "Rename the region.", "warning")
    written = tables["Groups"].groupby("group")["country"].agg(set).to_dict()
    for name, members in country.groupby(region, sort=False).agg(set).items():
        if name in written and written[name] != members:
            problem = f"{name} stands in Groups too, with other members; those of Groups count."
            at = where(region == name)[0]
            yield Found("Countries", at, "region", problem, "Rename one of the two, or let them agree.", "warning")


def _copies(tables: Tables) -> Iterator[Found]:
    """Sites named like a copy that another row makes."""
    sites, places = tables["Sites"], Places(tables["Countries"], tables["Groups"])
    parts = places.data(sites["country"], split=False)
    several = ~sites["country"].isin(places.names).to_numpy()
    of = several[parts.row]
    made = sites["site"].to_numpy(object)[parts.row[of]] + "@" + np.array(places.names, object)[parts.place[of]]
    for at in where(sites["site"].isin(made)):
        problem = f"{sites['site'].iloc[at]} is also the name of a copy of {sites['site'].iloc[at].rpartition('@')[0]}."
        yield Found("Sites", at, "site", problem, "Rename the site.")


def _split(tables: Tables) -> Iterator[Found]:
    """Amounts to be split over a group whose weights are all zero."""
    weights = tables["Groups"].groupby("group")["weight"].sum()
    weightless = set(weights.index[weights <= 0])
    for sheet in SPLIT:
        if sheet in tables:
            for at in where(tables[sheet]["country"].isin(weightless)):
                problem = f"the weights of group {tables[sheet]['country'].iloc[at]} are all zero."
                yield Found(sheet, at, "country", problem, "Give its members weights in Groups.")


def _twice(tables: Tables, sheet: str, keys: list[str]) -> Iterator[Found]:
    """An amount that a place has of its own and also as a part of a group."""
    frame = tables[sheet]
    heads = frame[~frame.duplicated([*keys, "country"])]
    places = Places(tables["Countries"], tables["Groups"])
    parts = places.data(heads["country"], split=False)
    lines = heads[keys].iloc[parts.row].assign(position=heads.index[parts.row], place=parts.place)
    first = lines.groupby([*keys, "place"], sort=False)["position"].transform("first")
    again = lines.assign(first=first)[lines["position"] != first].drop_duplicates(["first", "position"])
    for one, two, place in again[["first", "position", "place"]].itertuples(index=False):
        what = ", ".join(str(frame[key].iloc[two]) for key in keys)
        first = f"{other(tables, sheet, one, 'country', two)} ({frame['country'].iloc[one]})"
        problem = f"{what} of {places.names[place]} is given here and in {first}."
        yield Found(sheet, two, "country", problem, "Keep one of the two, or give them different names.")

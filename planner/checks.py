"""Checks that span rows and sheets and need no model: what no single cell shows to be wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

import models
from models.places import Places
from models.schema import Column, Problem, Tables
from planner import reach
from planner.cast import shown
from planner.names import listed
from planner.reach import say
from planner.scenarios import scenario_names
from planner.validate import QUALITIES

SPAN = 1e9


def check(tables: Tables) -> list[Problem]:
    """Problems across the sheets of validated tables (`parse` and `apply` end in `validate`), errors first told."""
    problems: list[Problem] = []
    for look in (_years, _places, _split, _twice, _shares, _markets, _measures, _unmet, _spread, scenario_names):
        problems += look(tables)
    if not any(p.severity == "error" for p in problems):
        for look in (reach.sources, reach.contracts, reach.caps):
            problems += look(tables)
    for component in models.COMPONENTS:
        if component.checks is not None:
            problems += component.checks(tables)
    return problems


def grades(tables: Tables) -> dict[str, int]:
    """How many figures the study gives, by the quality of their row: A, B, C, D, and those without a grade."""
    counts = dict.fromkeys((*QUALITIES, "ungraded"), 0)
    for table in models.TABLES:
        frame = tables[table.name]
        given = np.zeros(len(frame), dtype=np.int64)
        for column in table.columns:
            if column.numeric:
                values = frame[column.name].to_numpy(np.float64)
                given += ~np.isnan(values) & (values != (np.nan if column.required else column.default))
        given += 1 if table.series else 0
        for quality, figures in zip(frame["quality"], given.tolist(), strict=True):
            counts[quality if quality in counts else "ungraded"] += figures
    return counts


def _years(tables: Tables) -> Iterator[Problem]:
    """A model year stands for whole years and never reaches beyond the next one."""
    frame = tables["Years"]
    years, length = frame["year"].to_numpy(np.int64), frame["length"].to_numpy(np.float64)
    for at in np.flatnonzero(~np.isnan(length)):
        later = years[years > years[at]]
        if length[at] != np.floor(length[at]):
            yield say(tables, "Years", at, "length", f"length is {shown(length[at])}, expected whole years.", "Correct it.")
        elif len(later) and years[at] + length[at] > later.min():
            most = later.min() - years[at]
            problem = f"{years[at]} and {shown(length[at])} years reach beyond the next model year {later.min()}."
            yield say(tables, "Years", at, "length", problem, f"Give at most {most}, or leave it blank.")
    if len(years) and len(tables["Sites"]):
        for at in np.flatnonzero(tables["Sites"]["build from"].to_numpy(np.int64) > years.max()):
            yield say(tables, "Sites", at, "build from", f"builds begin after the last model year {years.max()}: never.", "Correct the year.", "warning")


def _places(tables: Tables) -> Iterator[Problem]:
    """Names that mean two things, and territories that lie in other territories."""
    frame, groups = tables["Countries"], tables["Groups"]
    countries = set(frame["country"])
    for at in np.flatnonzero(groups["group"].isin(countries).to_numpy()):
        yield say(tables, "Groups", at, "group", f"{groups['group'].iloc[at]} is a country too; a cell could mean either.", "Rename the group.")
    home = dict(zip(frame["country"], frame["territory"], strict=True))
    for at, (name, territory) in enumerate(home.items()):
        if territory in home and home[territory] != territory:
            yield say(tables, "Countries", at, "territory", f"{name} lies in {territory}, which itself lies in {home[territory]}.", f"Name {home[territory]}.")
    for at in np.flatnonzero((frame["region"].isin(countries) & (frame["region"] != frame["country"])).to_numpy()):
        yield say(tables, "Countries", at, "region", f"the region {frame['region'].iloc[at]} is a country too; a cell that names it means the country.", "Rename the region.", "warning")
    written = groups.groupby("group")["country"].agg(set).to_dict()
    for region, part in frame[frame["region"] != ""].groupby("region"):
        if region in written and written[region] != set(part["country"]):
            at = int(np.flatnonzero((frame["region"] == region).to_numpy())[0])
            yield say(tables, "Countries", at, "region", f"{region} stands in Groups too, with other members; those of Groups count.", "Rename one, or let them agree.", "warning")
    for table in models.TABLES:
        column = table.columns[0]
        if column.kind == "code" and column.key and not column.refers and table.rule != "all":
            words = tables[table.name][column.name].isin(["*", "each", "none", "unlimited"])
            for at in np.flatnonzero(words.to_numpy()):
                yield say(tables, table.name, at, column.name, f"{tables[table.name][column.name].iloc[at]} is a word of its own and cannot be a name.", "Choose another name.")


def _parts(tables: Tables, sheet: str) -> pd.DataFrame:
    """Places that the rows of a data sheet name: position of the row, place, and whether by a group."""
    places = Places(tables["Countries"], tables["Groups"])
    frame = tables[sheet]
    known = np.flatnonzero(frame["country"].isin([*places.names, *places.groups]).to_numpy())
    parts = places.data(frame["country"].iloc[known], split=False)
    return pd.DataFrame({"position": known[parts.row], "place": np.array(places.names, object)[parts.place]})


def _split(tables: Tables) -> Iterator[Problem]:
    """Groups whose weights are all zero, where something is split over them."""
    weights = tables["Groups"].groupby("group")["weight"].sum()
    empty = set(weights[weights <= 0].index)
    for sheet in ("Demand", "Scrap", "Observed"):
        if sheet in tables:
            for at in np.flatnonzero(tables[sheet]["country"].isin(empty).to_numpy()):
                group = tables[sheet]["country"].iloc[at]
                yield say(tables, sheet, at, "country", f"the weights of group {group} are all zero.", "Give its members weights in Groups.")


def _twice(tables: Tables) -> Iterator[Problem]:
    """Amounts given for a place twice, once of them through a group."""
    for sheet, keys in (("Demand", ["commodity", "use"]), ("Scrap", ["commodity"]), ("Stockpiles", ["commodity", "held by"])):
        if sheet not in tables or not len(tables[sheet]):
            continue
        frame = tables[sheet]
        rows = frame[~frame.duplicated([*keys, "country"])]
        parts = _parts(tables, sheet)
        parts = parts[parts["position"].isin(np.flatnonzero(~frame.duplicated([*keys, "country"]).to_numpy()))]
        parts = parts.join(rows[keys].set_axis(keys, axis=1), on="position") if len(parts) else parts
        if not len(parts):
            continue
        first = parts.groupby([*keys, "place"])["position"].transform("first")
        said: set[tuple[int, int]] = set()
        for one, two, place in parts.assign(first=first)[["first", "position", "place"]].itertuples(index=False):
            if one != two and (one, two) not in said:
                said.add((one, two))
                other = tables.cell(sheet, int(one), "country")
                what = ", ".join(str(frame[k].iloc[two]) for k in keys)
                yield say(tables, sheet, two, "country", f"{what} of {place} is given here and in {other} ({frame['country'].iloc[one]}).", "Keep one, or give them different uses." if sheet == "Demand" else "Keep one.")


def _shares(tables: Tables) -> Iterator[Problem]:
    """Parts of one demand that add up to more than all of it."""
    steps = tables["Demand steps"]
    keys = ["commodity", "country", "use"]
    if len(steps):
        total = steps.groupby(keys, sort=False)["share"].transform("sum").to_numpy()
        first = ~steps.duplicated(keys).to_numpy()
        for at in np.flatnonzero(first & (total > 1 + 1e-9)):
            yield say(tables, "Demand steps", at, "share", f"the shares of these steps add up to {total[at]:g}, expected at most 1.", "Lower them.")
        uses = {*tables["Demand"]["use"], "*"}
        for at in np.flatnonzero(~steps["use"].isin(uses).to_numpy()):
            yield say(tables, "Demand steps", at, "use", f'no row of Demand has the use "{steps["use"].iloc[at]}".', f"Uses are {listed(sorted(uses))}.", "warning")


def _markets(tables: Tables) -> Iterator[Problem]:
    """Limits whose columns do not fit together."""
    for sheet in ("Limits", "Concentration"):
        if sheet not in tables:
            continue
        frame = tables[sheet]
        wrong = frame["basis"].isin(["production", "capacity"]) & (frame["market"] != "*")
        for at in np.flatnonzero(wrong.to_numpy()):
            basis = frame["basis"].iloc[at]
            fix = "Leave market blank; name the makers in source country." if sheet == "Limits" else "Leave market blank."
            yield say(tables, sheet, at, "market", f"basis {basis} has no market.", fix)
    frame = tables["Limits"]
    for at in np.flatnonzero(((frame["source country"] == "each") & (frame["min share"] > 0)).to_numpy()):
        yield say(tables, "Limits", at, "min share", "min share does not go with source country each.", "Name the source.")
    for at in np.flatnonzero(((frame["exempt own"] == "yes") & ((frame["source country"] != "each") | (frame["market"] == "*"))).to_numpy()):
        yield say(tables, "Limits", at, "exempt own", "exempt own goes with source country each and a market.", "Fill them in, or leave it blank.")
    bounds = _given(frame, "max share") | _given(frame, "max") | (frame["min share"] > 0).to_numpy() | (frame["min"] > 0).to_numpy()
    for at in np.flatnonzero(~bounds):
        yield say(tables, "Limits", at, "limit", "the row has no bound and does nothing.", "Enter max share, min share, max or min.", "warning")


def _given(frame: pd.DataFrame, column: str) -> Any:
    return np.isfinite(frame[column].to_numpy(np.float64))


def _measures(tables: Tables) -> Iterator[Problem]:
    """Trade measures whose value does not fit their kind, and rates on goods without a price."""
    goods = tables["Commodities"]
    priced = goods.set_index("commodity")["price"].to_dict()
    later = set(tables["Reference prices"]["commodity"])
    frame = tables["Trade measures"]
    share = (frame["kind"] == "share") & (frame["value"] > 1)
    for at in np.flatnonzero(share.to_numpy()):
        value = float(frame["value"].iloc[at])
        yield say(tables, "Trade measures", at, "value", f"value is {shown(value)}, expected a share of the own output from 0 to 1; {value:g} % is {value / 100:g}.", f"Type {value / 100:g}.")
    for at in np.flatnonzero(((frame["kind"] == "tariff quota") & (frame["commodity"] == "*")).to_numpy()):
        yield say(tables, "Trade measures", at, "commodity", "a tariff quota speaks of one commodity.", "Name it.")
    rated = [("Trade measures", at, "value" if kind == "tax" else "rate") for at, kind in enumerate(frame["kind"]) if kind in ("tax", "tariff quota")]
    rated += [("Tariffs", int(at), "rate") for at in np.flatnonzero((tables["Tariffs"]["rate"] > 0).to_numpy())]
    for sheet, at, column in rated:
        name = tables[sheet]["commodity"].iloc[at]
        price = priced.get(name, 1.0) if name not in later else 1.0
        if np.isnan(price) and sheet != "Tariffs":
            yield say(tables, sheet, at, column, f"a rate stands on {name}, which has no price.", "Give it a price in Commodities.")
        elif price == 0:
            yield say(tables, sheet, at, column, f"a rate stands on {name}, whose price is 0: it has no effect.", "Give it a price in Commodities.", "warning")


def _unmet(tables: Tables) -> Iterator[Problem]:
    """Demand without an unmet cost is firm."""
    firm = reach.firm(tables)
    wanted = tables["Demand"].loc[tables["Demand"]["value"] > 0, "commodity"].unique()
    hard = [name for name in wanted if name in firm]
    if hard:
        fix = "Give Settings an unmet cost factor and the commodities a price, or an unmet cost, to see what is scarce."
        yield Problem("Commodities", "", "", f"demand for {listed(hard)} is firm: there is no unmet cost, so it must be met in full.", fix, "hint")


def _spread(tables: Tables) -> Iterator[Problem]:
    """Figures so far apart that the smallest drown in the solver's tolerance."""
    low: tuple[float, str] = (np.inf, "")
    high: tuple[float, str] = (0.0, "")
    for table in models.TABLES:
        columns: list[tuple[Column, str]] = [(c, c.name) for c in table.columns if c.numeric] + ([(table.series, "value")] if table.series else [])
        for _, name in columns:
            values = np.abs(tables[table.name][name].to_numpy(np.float64))
            values = np.where(np.isfinite(values) & (values > 0), values, np.nan)
            if np.isnan(values).all():
                continue
            least, most = int(np.nanargmin(values)), int(np.nanargmax(values))
            if values[least] < low[0]:
                low = (float(values[least]), f"{table.name}!{tables.cell(table.name, least, name)}")
            if values[most] > high[0]:
                high = (float(values[most]), f"{table.name}!{tables.cell(table.name, most, name)}")
    if high[0] > SPAN * low[0]:
        orders = np.log10(high[0] / low[0])
        problem = f"figures span {orders:.0f} orders of magnitude ({high[1]} {high[0]:g} ... {low[1]} {low[0]:g})."
        yield Problem("", "", "", problem, "Check the units of both.", "hint")


"""Rules: shares that add up to too much, limits and measures whose columns do not fit together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.demand import REST
from models.schema import Tables
from planner.names import fold, listed
from planner.numbers import shown
from planner.say import Found, where

BOUNDS = ("max share", "min share", "max", "min")  # of a limit


def look(tables: Tables) -> Iterator[Found]:
    """Everything this file looks for."""
    yield from _steps(tables)
    yield from _site_years(tables)
    yield from _markets(tables)
    yield from _limits(tables)
    yield from _measures(tables)
    yield from _rates(tables)


def _steps(tables: Tables) -> Iterator[Found]:
    """Parts of one demand that add up to more than all of it; steps of a use nobody has."""
    steps, keys = tables["Demand steps"], ["commodity", "country", "use"]
    total = steps.groupby(keys, sort=False)["share"].transform("sum")
    for at in where((total > 1 + 1e-9) & ~steps.duplicated(keys)):
        problem = f"the shares of these steps add up to {total.iloc[at]:g}, expected at most 1."
        yield Found("Demand steps", at, "share", problem, "Lower them.")
    for at in where(steps["step"].map(fold) == REST):
        problem = f'"{REST}" is what the report calls the demand that no step covers.'
        yield Found("Demand steps", at, "step", problem, "Choose another name.")
    uses = sorted({*tables["Demand"]["use"]})
    for at in where(~steps["use"].isin([*uses, "*"])):
        problem = f'no row of Demand has the use "{steps["use"].iloc[at]}".'
        yield Found("Demand steps", at, "use", problem, f"Uses are {listed(uses)}.", "warning")


def _site_years(tables: Tables) -> Iterator[Found]:
    """Figures of single years that the column of the site itself would not take."""
    frame = tables["Site years"]
    value, sets = frame["value"], frame["operation"] == "set"
    share = frame["item"].isin(["max use", "min use"])
    for at in where(((value < 0) & (frame["item"] != "variable cost")) | ((value > 1) & sets & share)):
        what = frame["item"].iloc[at] if sets.iloc[at] else f"the factor on {frame['item'].iloc[at]}"
        most = " and at most 1" if sets.iloc[at] and share.iloc[at] else ""
        problem = f"{what} is {shown(float(value.iloc[at]))}, expected at least 0{most}."
        yield Found("Site years", at, "value", problem, "Correct the figure.")


def _markets(tables: Tables) -> Iterator[Found]:
    """Output and capacity arrive nowhere: they have no market."""
    for sheet in ("Limits", "Concentration"):
        if sheet in tables:
            frame = tables[sheet]
            for at in where(frame["basis"].isin(["production", "capacity"]) & (frame["market"] != "*")):
                fix = "Leave market blank" + ("; name the makers in source country." if sheet == "Limits" else ".")
                yield Found(sheet, at, "market", f"basis {frame['basis'].iloc[at]} has no market.", fix)


def _limits(tables: Tables) -> Iterator[Found]:
    """Columns of Limits that go together or not."""
    frame = tables["Limits"]
    each = frame["source country"] == "each"
    for at in where(each & (frame["min share"] > 0)):
        yield Found("Limits", at, "min share", "min share does not go with source country each.", "Name the source.")
    for at in where((frame["exempt own"] == "yes") & ~(each & (frame["market"] != "*"))):
        problem = "exempt own goes with source country each and a market."
        yield Found("Limits", at, "exempt own", problem, "Fill both in, or leave exempt own blank.")
    bound = np.isfinite(frame["max share"]) | np.isfinite(frame["max"]) | (frame["min share"] > 0) | (frame["min"] > 0)
    for at in where(~bound):
        if any(tables.origin("Limits", at, c)[::2] == ("Scenarios", "value") for c in BOUNDS):
            continue  # a scenario that writes `none` there means to lift the limit
        fix = "Enter max share, min share, max or min."
        yield Found("Limits", at, "limit", "the row has no bound, so it does nothing.", fix, "warning")


def _measures(tables: Tables) -> Iterator[Found]:
    """Trade measures whose cells do not fit their kind."""
    frame = tables["Trade measures"]
    for at in where((frame["kind"] == "share") & (frame["value"] > 1)):
        value = float(frame["value"].iloc[at])
        problem = f"value is {shown(value)}, expected a share from 0 to 1; {value:g} % is {value / 100:g}."
        yield Found("Trade measures", at, "value", problem, f"Type {value / 100:g}.")
    for at in where((frame["kind"] == "tax") & (frame["value"] > 1)):
        value = float(frame["value"].iloc[at])
        problem = f"value is {shown(value)}, that is {value * 100:g} %."
        yield Found("Trade measures", at, "value", problem, f"If {value:g} % is meant, type {value / 100:g}.", "hint")
    for at in where((frame["kind"] == "tariff quota") & (frame["commodity"] == "*")):
        yield Found("Trade measures", at, "commodity", "a tariff quota speaks of one commodity.", "Name it.")
    unread = (
        ("value", (frame["kind"] == "ban") & frame["value"].notna()),
        ("rate", (frame["kind"] != "tariff quota") & frame["rate"].notna()),
        ("in first year", (frame["kind"] != "ban") & (frame["in first year"] != 1)),
    )
    for column, mask in unread:
        for at in where(mask):
            problem = f"a {frame['kind'].iloc[at]} does not read {column}, so the cell does nothing."
            yield Found("Trade measures", at, column, problem, "Clear it, or choose another kind.", "warning")


def _rates(tables: Tables) -> Iterator[Found]:
    """Rates on goods whose price is 0. (On goods without a price they are errors of the index tables.)"""
    goods = tables["Commodities"]
    later = tables["Reference prices"]["commodity"]
    worthless = goods.loc[(goods["price"] == 0) & ~goods["commodity"].isin(later), "commodity"]
    measures, tariffs = tables["Trade measures"], tables["Tariffs"]
    for sheet, column, mask in (
        ("Trade measures", "value", (measures["kind"] == "tax") & (measures["value"] > 0)),
        ("Trade measures", "rate", (measures["kind"] == "tariff quota") & (measures["rate"] > 0)),
        ("Tariffs", "rate", tariffs["rate"] > 0),
    ):
        for at in where(mask & tables[sheet]["commodity"].isin(worthless)):
            name = tables[sheet]["commodity"].iloc[at]
            problem = f"a rate stands on {name}, whose price is 0, so it has no effect."
            yield Found(sheet, at, column, problem, "Give it a price in Commodities.", "warning")

"""Who can make and bring what, read from the sheets alone: demand nobody can serve, contracts and caps that cannot hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.places import Places, codes
from models.schema import Problem, Tables
from planner.cast import shown

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


def say(
    tables: Tables, sheet: str, at: Any, column: str, problem: str, fix: str,
    severity: Literal["error", "warning", "hint"] = "error",
) -> Problem:  # fmt: skip
    """A problem of the row at a position of a typed table."""
    value = shown(tables[sheet].iloc[int(at)][column])
    return Problem(sheet, tables.cell(sheet, int(at), column), value[:80], problem, fix, severity)


def firm(tables: Tables) -> set[str]:
    """Commodities whose demand has no unmet cost."""
    goods = tables["Commodities"]
    said = dict(zip(tables["Settings"]["setting"], tables["Settings"]["value"], strict=True))
    later = set(tables["Reference prices"]["commodity"])
    priced = goods["price"].notna() | goods["commodity"].isin(later)
    valued = goods["unmet cost"].notna() | (priced & bool(str(said.get("unmet cost factor", "")).strip()))
    return set(goods.loc[~valued, "commodity"])


class World:
    """Commodities, places and what could be where: made: (commodities, places); used likewise."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.places = Places(tables["Countries"], tables["Groups"])
        self.goods = list(tables["Commodities"]["commodity"])
        self.good = {name: i for i, name in enumerate(self.goods)}
        sites = tables["Sites"]
        parts = self.places.data(sites["country"], split=False)
        self.sites = pd.DataFrame({"row": parts.row, "place": parts.place, "process": sites["process"].to_numpy(object)[parts.row]})
        self.sites["capacity"] = _capacity(tables)[parts.row]
        self.recipes = tables["Recipes"][tables["Recipes"]["value"] > 0]
        self.made = self._flow("out", active=True)
        self._secondary()

    def _flow(self, direction: str, active: bool) -> Bools:
        lines = self.recipes[self.recipes["direction"] == direction][["process", "commodity"]].drop_duplicates()
        sites = self.sites[self.sites["capacity"] > 0] if active else self.sites
        both = sites.merge(lines, on="process")
        there = np.zeros((len(self.goods), len(self.places.names)), dtype=bool)
        there[both["commodity"].map(self.good).to_numpy(np.int64), both["place"].to_numpy(np.int64)] = True
        return there

    def _secondary(self) -> None:
        """Scrap, stocks and returns are sources too."""
        for sheet, amount in (("Scrap", "value"), ("Stockpiles", "initial")):
            if sheet in self.tables:
                frame = self.tables[sheet]
                frame = frame[frame[amount] > 0]
                parts = self.places.data(frame["country"], split=False)
                self.made[frame["commodity"].map(self.good).to_numpy(np.int64)[parts.row], parts.place] = True
        if "Returns" in self.tables:
            frame = self.tables["Returns"]
            spec = self.places.rule(frame["country"])
            for at, name in enumerate(frame["scrap commodity"]):
                self.made[self.good[name]] |= spec.member[spec.code[at]]

    def arrivals(self) -> Bools:
        """Where each commodity can arrive: it is made on the territory, or a row of Lanes leads there from a maker."""
        lanes = self.tables["Lanes"]
        good, start, end = codes(lanes["commodity"], self.goods), self.places.rule(lanes["from"]), self.places.rule(lanes["to"])
        territory = self.places.territory
        reached = np.zeros_like(self.made)
        for g in range(len(self.goods)):
            at_home = np.isin(territory, territory[self.made[g]])
            rows = np.flatnonzero(good.member[good.code, g])
            leaves = (start.member & self.made[g]).any(axis=1)[start.code[rows]]
            ends = np.unique(end.code[rows[leaves]])
            reached[g] = at_home | end.member[ends].any(axis=0)
        return reached


def _capacity(tables: Tables) -> Floats:
    """Most that each row of Sites could ever run at; infinite where it can grow or Site years speaks of it."""
    sites, changes = tables["Sites"], tables["Site years"]
    capacity = sites["capacity"].to_numpy(np.float64).copy()
    most = sites["max use"].to_numpy(np.float64)
    process = tables["Processes"].set_index("process")["max use"]
    most = np.where(np.isnan(most), sites["process"].map(process).to_numpy(np.float64), most)
    named = changes.loc[changes["item"].isin(["capacity", "max use"]), "site"]
    changed = sites["site"].isin([name.rpartition("@")[0] or name for name in named] + list(named)).to_numpy() | (named == "*").any()
    grows = sites["capex"].notna().to_numpy() & (sites["max capacity"].to_numpy(np.float64) > 0)
    return np.where(grows | changed, np.inf, np.where(capacity > 0, capacity * most, 0.0))


def sources(tables: Tables) -> Iterator[Problem]:
    """Demand and inputs that nobody can make or bring."""
    world = World(tables)
    arrives = world.arrivals()
    hard = firm(tables)
    stepped = set(tables["Demand steps"]["commodity"])
    demand = tables["Demand"]
    wanted = np.flatnonzero(((demand["value"] > 0) & ~demand.duplicated(["commodity", "country", "use"])).to_numpy())
    parts = world.places.data(demand["country"].iloc[wanted])
    for row, place, share in zip(parts.row, parts.place, parts.share, strict=True):
        at = int(wanted[row])
        name = demand["commodity"].iloc[at]
        if share > 0 and not arrives[world.good[name], place]:
            nobody = not world.made[world.good[name]].any()
            problem = f"{name} is wanted in {world.places.names[place]} but " + ("nobody can make it." if nobody else "no lane leads there from any maker.")
            fix = "Add a site that makes it" + (", or remove the demand." if nobody else " there, or a row of Lanes.")
            yield say(tables, "Demand", at, "commodity", problem, fix, "error" if name in hard and not stepped & {name, "*"} else "warning")
    yield from _inputs(tables, world, arrives)


def _inputs(tables: Tables, world: World, arrives: Bools) -> Iterator[Problem]:
    recipes = tables["Recipes"]
    used = recipes["direction"] == "in"
    live = world.sites[world.sites["capacity"] > 0]
    for at in np.flatnonzero((used & (recipes["value"] > 0) & ~recipes.duplicated(["process", "commodity", "direction"])).to_numpy()):
        process, name = recipes["process"].iloc[at], recipes["commodity"].iloc[at]
        spots = live.loc[live["process"] == process, "place"].to_numpy(np.int64)
        if len(spots) and not arrives[world.good[name], spots].any():
            nobody = not world.made[world.good[name]].any()
            why = "nobody can make it" if nobody else "no lane brings it to a site of the process"
            yield say(tables, "Recipes", at, "commodity", f"{process} needs {name}, but {why}.", "Add a source, or a row of Lanes.", "warning")
    silent = ~tables["Sites"]["process"].isin(recipes["process"])
    for at in np.flatnonzero(silent.to_numpy()):
        process = tables["Sites"]["process"].iloc[at]
        yield say(tables, "Sites", at, "process", f"{process} has no recipe, so the site does nothing.", "Add its inputs and outputs in Recipes.", "warning")


def contracts(tables: Tables) -> Iterator[Problem]:
    """Minimum shipments above what their origin can make."""
    lanes = tables["Lanes"]
    asked = np.flatnonzero((lanes["min"] > 0).to_numpy())
    if not len(asked):
        return
    world = World(tables)
    out = world.recipes[world.recipes["direction"] == "out"].groupby(["process", "commodity"], as_index=False)["value"].max()
    made = world.sites.merge(out, on="process")
    made["amount"] = made["capacity"] * made["value"]
    most = made.groupby(["commodity", "place"])["amount"].sum()
    spec = world.places.rule(lanes["from"])
    for at in asked:
        name, origin, least = lanes["commodity"].iloc[at], lanes["from"].iloc[at], float(lanes["min"].iloc[at])
        if name not in world.good or not spec.single[spec.code[at]]:
            continue
        members = np.flatnonzero(spec.member[spec.code[at]])
        can = sum(float(most.get((name, int(k)), 0.0)) for k in members)
        if can < least:
            problem = f"the minimum {shown(least)} of {name} is above what {origin} can make ({shown(can)})."
            yield say(tables, "Lanes", int(at), "min", problem, "Lower it, or raise the capacity.", "hint")


def caps(tables: Tables) -> Iterator[Problem]:
    """Ceilings on the shares of every source that together leave a part of the market to nobody."""
    limits = tables["Limits"]
    capped = np.isfinite(limits["max share"].to_numpy(np.float64)) & (limits["max share"] < 1).to_numpy()
    hard = capped & limits["soft cost"].isna().to_numpy() & limits["basis"].isin(["supply", "production"]).to_numpy() & (limits["exempt own"] == "no").to_numpy()
    if not hard.any():
        return
    world = World(tables)
    years = tables["Years"]["year"].to_numpy(np.int64)
    must = firm(tables)
    for (name, basis, market, by), part in limits[hard].groupby(["commodity", "basis", "market", "by"], sort=False):
        if name not in world.good:
            continue
        fold = world.places.owner if by == "owner" else world.places.territory
        makers = np.unique(fold[world.made[world.good[name]]])
        if not len(makers) or (world.places.aggregate[makers] & (part["source country"] == "each").any()).any():
            continue
        for year in years:
            rows = part[(part["first year"] <= year) & (part["last year"] >= year)]
            total, firsts = _total(world, rows, makers, fold, by)
            if len(rows) and total < 1 - 1e-9:
                at = firsts
                problem = f"the ceilings on {name} in {year} add up to {total * 100:g} % over its {len(makers)} sources, so nothing could be supplied."
                fix = "Raise one, or give them a soft cost."
                yield say(tables, "Limits", at, "max share", problem, fix, "error" if name in must and basis == "supply" else "warning")
                break


def _total(world: World, rows: pd.DataFrame, makers: Any, fold: Any, by: Any) -> tuple[float, int]:
    """The most that all makers together may have, and the position of the first row that says so."""
    most = np.ones(len(makers))
    for source, share in zip(rows["source country"], rows["max share"].astype(float), strict=True):
        if source == "each":
            most = np.minimum(most, share)
        elif source != "*":
            spec = world.places.rule([source], by)
            inside = np.isin(makers, np.unique(fold[spec.member[spec.code[0]]]))
            if spec.single[spec.code[0]]:
                most[inside] = np.minimum(most[inside], share)
            elif inside.all():
                return share, int(rows.index[0])
    return float(most.sum()), int(rows.index[0]) if len(rows) else 0

"""Who can make and bring what, from the sheets alone: demand nobody serves, caps that cannot hold."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.places import Places, codes
from models.rules import active
from models.schema import Tables
from planner.names import listed
from planner.numbers import shown
from planner.say import Found, where

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def firm(tables: Tables) -> set[str]:
    """Commodities whose demand has no unmet cost."""
    goods = tables["Commodities"]
    said = dict(zip(tables["Settings"]["setting"], tables["Settings"]["value"], strict=True))
    priced = goods["price"].notna() | goods["commodity"].isin(tables["Reference prices"]["commodity"])
    valued = goods["unmet cost"].notna() | (priced & bool(said.get("unmet cost factor")))
    return set(goods.loc[~valued, "commodity"])


class World:
    """What could be made and brought where, whatever the year: commodities and places in the order of their sheets."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.places = Places(tables["Countries"], tables["Groups"])
        self.goods = {name: i for i, name in enumerate(tables["Commodities"]["commodity"])}
        self.firm = firm(tables)
        self.recipes = tables["Recipes"][tables["Recipes"]["value"] > 0]
        parts = self.places.data(tables["Sites"]["country"], split=False)
        sites = tables["Sites"][["process"]].assign(capacity=_capacity(tables)).iloc[parts.row]
        self.sites = sites.assign(place=parts.place)  # one row for each copy

    @cached_property
    def made(self) -> Bools:
        """Where a site, scrap, a stock or a return can provide each commodity: (commodities, places)."""
        there = self._at_sites("out")
        for sheet, amount in (("Scrap", "value"), ("Stockpiles", "initial")):
            rows = self.tables[sheet][self.tables[sheet][amount] > 0]
            parts = self.places.data(rows["country"], split=False)
            there[rows["commodity"].map(self.goods).to_numpy(np.int64)[parts.row], parts.place] = True
        returns = self.tables["Returns"]
        spec = self.places.rule(returns["country"])
        for name, code in zip(returns["scrap commodity"], spec.code, strict=True):
            there[self.goods[name]] |= spec.member[code]
        return there

    @cached_property
    def used(self) -> Bools:
        """Where a site, a demand or a stock can take each commodity: (commodities, places)."""
        there = self._at_sites("in")
        for sheet in ("Demand", "Stockpiles"):
            rows = self.tables[sheet]
            parts = self.places.data(rows["country"], split=False)
            there[rows["commodity"].map(self.goods).to_numpy(np.int64)[parts.row], parts.place] = True
        return there

    def _at_sites(self, direction: str) -> Bools:
        """Where sites that can be at work make or take each commodity."""
        there = np.zeros((len(self.goods), len(self.places.names)), dtype=bool)
        lines = self.recipes[self.recipes["direction"] == direction][["process", "commodity"]].drop_duplicates()
        sites = self.sites[self.sites["capacity"] > 0].merge(lines, on="process")
        there[sites["commodity"].map(self.goods).to_numpy(np.int64), sites["place"].to_numpy(np.int64)] = True
        return there

    @cached_property
    def arrives(self) -> Bools:
        """Where each commodity is made on the territory, or a row of Lanes leads from a maker: (commodities, places)."""
        return self._linked(self.made, "from", "to")

    @cached_property
    def leaves(self) -> Bools:
        """Where each commodity is used on the territory, or a row of Lanes leads to a user: (commodities, places)."""
        return self._linked(self.used, "to", "from")

    def _linked(self, given: Bools, near: str, far: str) -> Bools:
        lanes, territory = self.tables["Lanes"], self.places.territory
        good = codes(lanes["commodity"], list(self.goods))
        start, end = self.places.rule(lanes[near]), self.places.rule(lanes[far])
        reached = np.zeros_like(given)
        for g, here in enumerate(given):
            rows = where(good.member[good.code, g])
            touched = (start.member & here).any(axis=1)[start.code[rows]]
            ends = np.unique(end.code[rows][touched])
            reached[g] = np.isin(territory, territory[here]) | end.member[ends].any(axis=0)
        return reached


def _capacity(tables: Tables) -> Floats:
    """Most that each row of Sites could ever run at; infinite where it can grow or Site years speaks of it."""
    sites, changes = tables["Sites"], tables["Site years"]
    process = tables["Processes"].set_index("process")["max use"]
    most = sites["capacity"] * sites["max use"].fillna(sites["process"].map(process))
    named = set(changes.loc[changes["item"].isin(["capacity", "max use"]), "site"])
    named |= {name.rpartition("@")[0] for name in named}
    changed = sites["site"].isin(named) | ("*" in named)
    grows = sites["capex"].notna() & (sites["max capacity"] > 0)
    return np.asarray(most.mask(sites["capacity"] == 0, 0.0).mask(grows | changed, np.inf), dtype=np.float64)


def sources(world: World) -> Iterator[Found]:
    """Demand and inputs that nobody can make or bring."""
    demand, stepped = world.tables["Demand"], set(world.tables["Demand steps"]["commodity"])
    wanted = where((demand["value"] > 0) & ~demand[demand["value"] > 0].duplicated(["commodity", "country", "use"]))
    parts = world.places.data(demand["country"].iloc[wanted])
    names = demand["commodity"].to_numpy(object)[wanted]
    good = pd.Series(names).map(world.goods).to_numpy(np.int64)[parts.row]
    for part in where((parts.share > 0) & ~world.arrives[good, parts.place]):
        name = names[parts.row[part]]
        must = name in world.firm and not stepped & {name, "*"}
        problem = f"{name} is wanted in {world.places.names[parts.place[part]]} but {_why(world, name)}."
        fix = "Add a source or a row of Lanes, or remove the demand."
        yield Found("Demand", wanted[parts.row[part]], "commodity", problem, fix, "error" if must else "warning")
    recipes, able = world.tables["Recipes"], world.sites[world.sites["capacity"] > 0]
    inputs = recipes[(recipes["direction"] == "in") & (recipes["value"] > 0)].drop_duplicates(["process", "commodity"])
    taken = inputs.assign(at=inputs.index)[["at", "process", "commodity"]].merge(able, on="process")
    good = taken["commodity"].map(world.goods).to_numpy(np.int64)
    fed = (
        pd.Series(world.arrives[good, taken["place"].to_numpy(np.int64)]).groupby(taken["at"].to_numpy(np.int64)).any()
    )
    for at in fed.index[~fed]:
        process, name = recipes["process"].iloc[at], recipes["commodity"].iloc[at]
        problem = f"{process} needs {name}, but {_why(world, name)}."
        yield Found("Recipes", int(at), "commodity", problem, "Add a source or a row of Lanes.", "warning")


def outlets(world: World) -> Iterator[Found]:
    """Sites that make nothing, or whose products nobody can use; sites that cost nothing, or less."""
    sites, able = world.tables["Sites"], world.sites[world.sites["capacity"] > 0]
    processes = world.tables["Processes"].set_index("process")
    bare = ~sites["process"].isin(world.tables["Recipes"]["process"])
    for at in where(bare):
        problem = f"{sites['process'].iloc[at]} has no recipe, so the site does nothing."
        yield Found("Sites", at, "process", problem, "Add its inputs and outputs in Recipes.", "warning")
    outputs = world.recipes[world.recipes["direction"] == "out"][["process", "commodity"]].drop_duplicates()
    made = able.assign(at=able.index).merge(outputs, on="process")
    good = made["commodity"].map(world.goods).to_numpy(np.int64)
    useful = pd.Series(world.leaves[good, made["place"].to_numpy(np.int64)]).groupby(made["at"]).any()
    for at in useful.index[~useful]:
        products = listed(made.loc[made["at"] == at, "commodity"].unique())
        problem = f"nobody uses the {products} it makes, there or where a lane leads."
        yield Found("Sites", int(at), "site", problem, "Add a demand, or a row of Lanes.", "warning")
    inputs = world.recipes.loc[world.recipes["direction"] == "in", "process"]
    free = np.isinf(sites["capacity"]) & ~sites["process"].isin(inputs) & ~bare
    clean = sites["emissions"].fillna(sites["process"].map(processes["emissions"])) == 0
    for at in where(free & clean):
        yield from _gift(world, at)


def _gift(world: World, at: int) -> Iterator[Found]:
    """A site without inputs and of unlimited capacity that costs nothing, or less: it supplies everything, or more."""
    cost, support, row = float(world.tables["Sites"]["variable cost"].iloc[at]), *_support(world, at)
    if cost - support > 0:
        return
    endless = cost - support < 0 and not _held(world, at)
    what = f"its capacity is unlimited and a unit costs {shown(cost)}"
    if support > 0:
        what += f" less a subsidy of {shown(support)}"
    then = "so the plan would make it without end" if endless else "so it can supply everything"
    severity: Literal["error", "warning", "hint"] = "error" if endless else "warning" if cost - support < 0 else "hint"
    sheet, position, column = (
        ("Subsidies", row, "value") if cost >= 0 and support > 0 else ("Sites", at, "variable cost")
    )
    name = f"{world.tables['Sites']['site'].iloc[at]}: " if sheet != "Sites" else ""
    yield Found(sheet, position, column, f"{name}{what}, {then}.", "Give it a cost or a capacity.", severity)


def _support(world: World, at: int) -> tuple[float, int]:
    """The largest support of a unit of a site's activity in any model year, and the first row that gives it."""
    sheet, site = world.tables["Subsidies"], world.tables["Sites"].iloc[at]
    spec = world.places.rule(sheet["country"])
    places = world.sites.loc[[at], "place"].to_numpy(np.int64)
    here = np.logical_or.reduce(spec.member[:, places], axis=1)[spec.code]
    gives = sheet["value"].to_numpy(np.float64)
    gives = np.where(sheet["kind"] == "cost share", gives * float(site["variable cost"]), gives)
    gives = np.where(here & (sheet["process"] == site["process"]) & (sheet["kind"] != "capex share"), gives, 0.0)
    years = world.tables["Years"]["year"].to_numpy(np.int64)
    holds = active(sheet["first year"].to_numpy(np.int64), sheet["last year"].to_numpy(np.int64), years)
    most = float((gives @ holds).max(initial=0.0))
    return most, int(np.argmax(gives > 0)) if most > 0 else -1


def _held(world: World, at: int) -> bool:
    """Whether something may bound what a site makes: a resource, a closure, a policy, or a good nobody may dump."""
    tables, site = world.tables, world.tables["Sites"].iloc[at]
    made = world.recipes.loc[world.recipes["process"] == site["process"], "commodity"]
    goods = tables["Commodities"]
    sums = {"each", *(goods["material"] + "/" + goods["stage"])}
    spoken = {name for sheet in ("Limits", "Concentration", "Benchmarks", "Mix") for name in tables[sheet]["commodity"]}
    return bool(
        np.isfinite(site["resource"])
        or site["last year"] < tables["Years"]["year"].min()
        or len(tables["Site years"])
        or spoken & {*made, *sums}
        or (goods.loc[goods["commodity"].isin(made), "disposable"] == "no").any()
    )


def _why(world: World, name: str) -> str:
    return "no lane leads there from any maker" if world.made[world.goods[name]].any() else "nobody can make it"


def caps(world: World) -> Iterator[Found]:
    """Hard ceilings on the shares of all sources that leave a part of the market to nobody."""
    limits = world.tables["Limits"]
    hard = limits[(limits["max share"] < 1) & limits["soft cost"].isna() & (limits["exempt own"] == "no")]
    hard = hard[hard["basis"].isin(["supply", "production"]) & hard["commodity"].isin(list(world.goods))]
    years = np.sort(world.tables["Years"]["year"])
    for (name, basis, _, by), rows in hard.groupby(["commodity", "basis", "market", "by"], sort=False):
        fold = world.places.owner if by == "owner" else world.places.territory
        makers = np.unique(fold[world.made[world.goods[name]]])
        holds = active(rows["first year"].to_numpy(np.int64), rows["last year"].to_numpy(np.int64), years)
        for at in np.sort(np.unique(holds, axis=1, return_index=True)[1]):  # years in which the same rows hold are one
            year, now = years[at], rows[holds[:, at]]
            total = _most(world, now, makers, fold, by)
            if len(makers) and total < 1 - 1e-9:
                many = f"{len(makers)} source{'s' * (len(makers) != 1)}"
                problem = f"the ceilings on {name} in {year} let its {many} supply {total * 100:g} % at most."
                must = name in world.firm and basis == "supply"
                fix = "Raise them to at least 100 % together, or give them a soft cost."
                yield Found("Limits", int(now.index[0]), "max share", problem, fix, "error" if must else "warning")
                break


def _most(world: World, rows: pd.DataFrame, makers: Ints, fold: Ints, by: str) -> float:
    """The largest share that all makers together may have."""
    most = np.ones(len(makers))
    for source, share in zip(rows["source country"], rows["max share"].to_numpy(np.float64), strict=True):
        if source == "each":
            most = np.where(world.places.aggregate[makers], most, np.minimum(most, share))
        elif source != "*":
            spec = world.places.rule([source], "owner" if by == "owner" else "territory")
            inside = np.isin(makers, fold[spec.member[spec.code[0]]])
            if spec.single[spec.code[0]]:
                most = np.where(inside, np.minimum(most, share), most)
            elif inside.all():
                return float(share)
    return float(most.sum())


def ceilings(world: World) -> Iterator[Found]:
    """Ceilings on an HHI that even shares of all makers would break: n of them reach 10000 / n at the least.

    With risks w the least sum of w x share^2 over shares that add up to 1 is 1 / sum(1 / w).
    """
    sheet = world.tables["Concentration"]
    for at in where(sheet["basis"].isin(["supply", "production"]) & sheet["commodity"].isin(list(world.goods))):
        line = sheet.iloc[at]
        fold = world.places.owner if line["by"] == "owner" else world.places.territory
        makers = np.unique(fold[world.made[world.goods[line["commodity"]]]])
        weight = world.places.risk[makers] if line["weight"] == "risk" else np.ones(len(makers))
        if not len(makers) or world.places.aggregate[makers].any() or not (weight > 0).all():
            continue  # a bundle's square is left out, and so is that of a country without risk
        least = 10_000 / (1 / weight).sum()
        if line["max hhi"] < least * (1 - 1e-9):
            many = f"{len(makers)} source{'s' * (len(makers) != 1)}"
            problem = f"the {many} of {line['commodity']} cannot be less concentrated than {least:,.0f}, so the market stays empty."
            fix = f"Raise it to {np.ceil(least):,.0f} at least, or add sources."
            must = line["commodity"] in world.firm and line["basis"] == "supply"
            yield Found("Concentration", at, "max hhi", problem, fix, "error" if must else "warning")

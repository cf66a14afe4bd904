"""Production: what a site runs turns the inputs of its recipe into its outputs, at most as its capacity allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models import columns
from models.places import codes
from models.rules import match, pick, resolve, site_keys, specificity
from models.schema import BLANK, GREATEST, LAST, NO_LIMIT, SMALLEST, Column, Component, Cost, Flow, Table, Tables
from models.series import complete
from models.symbolic import Builder, Index, Model

if TYPE_CHECKING:
    from models.network import Network

Floats = NDArray[np.float64]

CAPACITY_UNIT = "cur/(unit/y)"


def site_choices(default: float) -> tuple[Column, ...]:
    """Columns that a process declares and a site may override (blank: as the process says)."""
    say = (lambda value: value) if default == 0 else (lambda value: BLANK)
    return (
        Column("lifetime", "number", "Years a build works.", unit="y", default=say(20.0), above=0),
        Column("lead time", "number", "Years from decision to first operation.", unit="y", default=say(1.0), low=0),
        Column("ramp", "number", "Years until a build reaches its full capacity.", unit="y", default=say(0.0), low=0, high=LAST),
        Column("max use", "share", "Largest share of the capacity that can run.", default=say(1.0), least=SMALLEST),
        Column("min use", "share", "Smallest share of the installed capacity that must run.", default=say(0.0), least=SMALLEST),
        Column("emissions", "number", "Emissions per unit of activity.", unit="tCO2/unit", default=say(0.0), low=-GREATEST, high=GREATEST, least=SMALLEST),
    )  # fmt: skip


PROCESSES = Table(
    "Processes", "What a site can do: mining, refining, assembly.", columns.WHO, template=True, required=True,
    columns=(
        Column("process", "code", "Name of the process.", key=True),
        Column("name", "text", "Readable name.", default=""),
        Column("chain", "text", "Supply chain it belongs to.", default=""),
        Column("stage", "text", "Stage of the chain.", default=""),
        Column("unit", "text", "Unit of its activity."),
        *site_choices(0),
    ),
)  # fmt: skip
RECIPES = Table(
    "Recipes", "What one unit of activity takes in and gives out.", columns.WHO, template=True, required=True, constant=True,
    columns=(
        columns.process(),
        columns.commodity(),
        Column("direction", "word", "in: used; out: made.", choices=("in", "out"), key=True),
    ),
    series=Column("quantity", "number", "Quantity per unit of activity, the same in all years or by year.", unit="unit/activity", low=0, high=GREATEST, least=SMALLEST),
)  # fmt: skip
SITES = Table(
    "Sites", "Where each process runs: capacity, costs and what may be built.", columns.WHO, template=True, required=True,
    columns=(
        Column("site", "code", "Name of the site.", key=True),
        Column("process", "code", "Its process.", refers="Processes"),
        Column("country", "place", "Its country; a group or * makes one such site in each country.", words=("*",)),
        Column("capacity", "number", "Capacity that stands; or the word unlimited.", unit="unit/y", default=0.0, low=0, words=("unlimited",)),
        Column("last year", "year", "Last year of operation without new builds; blank: the whole horizon.", default=LAST),
        Column("variable cost", "number", "Cost per unit of activity; may be negative.", unit="cur/unit"),
        Column("fixed cost", "number", "Cost per unit of capacity and year.", unit="cur/(unit/y)/y", default=0.0, low=0),
        Column("capex", "number", "Investment per unit of new capacity; blank: it cannot grow.", unit=CAPACITY_UNIT, default=BLANK, low=0),
        Column("build from", "year", "First year in which a build may be decided.", default=0),
        Column("max build", "number", "Most that can be decided per year.", unit="unit/y/y", default=NO_LIMIT, low=0),
        Column("max capacity", "number", "Most that may stand; below what stands it only forbids builds.", unit="unit/y", default=NO_LIMIT, low=0),
        Column("resource", "number", "Total activity over the horizon.", unit="unit", default=NO_LIMIT, low=0),
        *site_choices(1),
    ),
)  # fmt: skip
SITE_YEARS = Table(
    "Site years", "Site figures that change by year: announced projects, closures, outages, learning.", columns.WHO, rule="one",
    columns=(
        Column("site", "code", "A site, one of its copies as site@country, or *.", refers="Sites", words=("*",), default="*", key=True),
        columns.process("*", default="*"),
        columns.place("country", "Where; a country, a group or *.", "*", default="*"),
        Column("item", "word", "The figure that changes.", key=True, choices=(
            "capacity", "variable cost", "fixed cost", "capex", "max build", "max use", "min use",
        )),
        Column("operation", "word", "set the figure, or multiply it.", default="set", choices=("set", "multiply"), key=True),
        Column("last year", "year", "Last year in which the row speaks; blank: to the end.", default=LAST),
    ),
    series=Column("value", "number", "The figure or factor by year, in the item's own unit.", low=-1e12),
)  # fmt: skip


@dataclass(frozen=True)
class Production:
    """What each site runs on: figures by year, and its recipe."""

    figures: dict[str, Floats]  # item of Site years -> (S, Y)
    choice: dict[str, Floats]  # lifetime, lead time, ramp, emissions -> (S,)
    runs: Index  # (site, year) that can be at work | variable cost
    making: Index  # (commodity, country, site, year) | quantity
    taking: Index  # (commodity, country, site, year) | quantity


def index(t: Tables, d: Any) -> Production:
    """Figures of every site by year, and recipes as rows of (commodity, country, site, year)."""
    n: Network = d.network
    sites, processes = t["Sites"], t["Processes"]
    row, owner = n.site_row, n.site_process
    shape = (len(n.sites), len(n.years))
    wide = lambda values: np.repeat(values[:, None], shape[1], axis=1)  # noqa: E731
    choice = {}
    for name in ("lifetime", "lead time", "ramp", "max use", "min use", "emissions"):
        own = sites[name].to_numpy(np.float64)[row]
        choice[name] = np.where(np.isnan(own), processes[name].to_numpy(np.float64)[owner], own)
    figures = {
        name: wide(sites[name].to_numpy(np.float64)[row])
        for name in ("variable cost", "fixed cost", "capex", "max build")
    }
    standing = n.years[None, :] <= sites["last year"].to_numpy(np.int64)[row][:, None]
    figures["capacity"] = np.where(standing, wide(sites["capacity"].to_numpy(np.float64)[row]), 0.0)
    figures |= {name: wide(choice[name]) for name in ("max use", "min use")}
    _site_years(t, d, figures)
    _least_use(d, figures)
    can_build = ~np.isnan(figures["capex"]) & (figures["max build"] > 0)
    can_build &= n.years[None, :] >= sites["build from"].to_numpy(np.int64)[row][:, None]
    figures["can build"] = can_build & (sites["max capacity"].to_numpy(np.float64)[row] > 0)[:, None]
    # A site is at work where capacity stands, or where a build decided in the horizon can work.
    built = np.zeros(shape, bool)
    for v, decided in enumerate(n.years):
        start = (decided + choice["lead time"])[:, None]
        first = np.maximum(n.years[None, :], np.ceil(start))  # its first year at work inside each period
        alive = (first < n.years + n.length) & (first < start + choice["lifetime"][:, None])
        built |= figures["can build"][:, v, None] & alive
    built[:, 0] = False  # none works in the first period
    at_work = ((figures["capacity"] > 0) | built) & (figures["max use"] > 0)
    s, y = np.nonzero(at_work)
    runs = Index(("site", "year"), (s, y), cost=figures["variable cost"][s, y])
    making, taking = _recipes(t, n, runs)
    for register, pool in ((d.supplies, making), (d.needs, taking)):
        register.append((pool.key("commodity"), pool.key("country"), pool.key("year")))
    return Production(figures, choice, runs, making, taking)


def _least_use(d: Any, figures: dict[str, Floats]) -> None:
    """An outage comes before a plant's reasons to run: `min use` is at most `max use`."""
    least, most = figures["min use"], figures["max use"]
    torn = (least > most) & (most > 0) & (figures["capacity"] > 0)
    for site in np.flatnonzero(torn.any(axis=1)):
        y = int(np.argmax(torn[site]))
        problem = f"in {d.network.years[y]} the min use {least[site, y]:g} of {d.network.sites[site]} is above its max use {most[site, y]:g}."
        d.problem(
            "Sites",
            d.network.site_row[site],
            "min use",
            problem,
            "The max use holds, and the site must run at it.",
            "warning",
        )
    figures["min use"] = np.minimum(least, most)


def _recipes(t: Tables, n: Network, runs: Index) -> list[Index]:
    """Outputs and inputs of every site and year at work."""
    heads, quantity = complete(t["Recipes"], ["process", "commodity", "direction"], n.years)
    process, commodity = n.code("processes", heads["process"]), n.code("commodities", heads["commodity"])
    out = []
    for direction in ("out", "in"):
        lines = np.flatnonzero((heads["direction"] == direction).to_numpy())
        lines = lines[np.argsort(process[lines], kind="stable")]
        owner = n.site_process[runs.key("site")]
        start, stop = (np.searchsorted(process[lines], owner, side) for side in ("left", "right"))
        many = stop - start
        of = np.repeat(np.arange(len(runs)), many)
        line = lines[start[of] + np.arange(len(of)) - np.repeat(np.cumsum(many) - many, many)]
        site, year = runs.key("site")[of], runs.key("year")[of]
        pool = Index(
            ("commodity", "country", "site", "year"),
            (commodity[line], n.site_place[site], site, year),
            quantity=quantity[line, year],
        )
        out.append(pool.where(pool.columns["quantity"] > 0))
    return out


def _site_years(t: Tables, d: Any, figures: dict[str, Floats]) -> None:
    """Let the winning rows of Site years set or multiply the figures; contradictions are added to `d.problems`."""
    n: Network = d.network
    sheet = t["Site years"]
    if not len(sheet):
        return
    stepping = ((sheet["item"] == "capacity") & (sheet["operation"] == "set")).to_numpy()
    heads, values = complete(
        sheet, ["site", "process", "country", "item", "operation"], n.years, step=stepping, early=False
    )
    values = np.where(n.years[None, :] <= heads["last year"].to_numpy(np.int64)[:, None], values, np.nan)
    declared = t["Sites"]["site"].to_numpy(object)[n.site_row]
    items, operations = (heads[name].to_numpy(object) for name in ("item", "operation"))
    hit = np.zeros(len(heads), bool)
    for item in figures:
        for operation in ("set", "multiply"):
            rows = np.flatnonzero((items == item) & (operations == operation))
            if not len(rows):
                continue
            part = heads.iloc[rows]
            keys = site_keys(
                part["site"].to_numpy(object), codes(part["process"], n.processes), n.places.rule(part["country"]),
                n.sites, declared, n.site_process, n.site_place,
            )  # fmt: skip
            matches = match(list(zip(keys, (np.arange(len(n.sites)), n.site_process, n.site_place), strict=True)))
            hit[rows[np.unique(matches.rule)]] = True
            decision = resolve(matches, specificity(keys), ~np.isnan(values[rows]), [values[rows]], len(n.sites))
            d.tie("Site years", heads["first"].to_numpy()[rows], decision.ties, "value")
            said = pick(decision, values[rows], np.nan)
            if operation == "set":
                figures[item] = np.where(np.isnan(said), figures[item], said)
            else:  # what is unlimited stays so
                figures[item] = figures[item] * np.where(np.isnan(said) | np.isinf(figures[item]), 1.0, said)
    d.unmatched("Site years", heads["first"].to_numpy()[~hit])


def build(b: Builder, m: Model) -> None:
    """Activities, their pools and their running cost."""
    runs = b.set("runs", b.data.runs)
    activity = b.var("activity", runs)
    (cost,) = b.params(runs, "cost")
    spots = b.set("spots", _spots(m.index.network, b.data.runs))
    here = b.members("here", spots, ("country", "year"), ("site",))
    for name, register, label in (("making", m.supply, "made"), ("taking", m.use, "used")):
        pool = b.set(name, getattr(b.data, name))
        (quantity,) = b.params(pool, "quantity")
        of = b.members(f"{name}_at", pool, ("commodity", "country", "year"), ("site",))
        register.append(Flow(label, _flow(quantity, activity, of)))
    m.costs.append(Cost("variable cost", "resource", lambda k, y: sum(cost[s, y] * activity[s, y] for s in here[k, y])))


def _flow(quantity: Any, activity: Any, of: Any) -> Any:
    return lambda c, k, y: sum(quantity[c, k, s, y] * activity[s, y] for s in of[c, k, y])


def _spots(n: Network, runs: Index) -> Index:
    """Where each site at work stands."""
    return Index(("country", "site", "year"), (n.site_place[runs.key("site")], *runs.keys))


component = Component("production", "What each site runs", (PROCESSES, RECIPES, SITES, SITE_YEARS), index, build)

"""Changes of a random study that leave its optimum alone, scale it, or can only lower it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any

from tests.random_worlds import BLANK, PLACES, Sheets

Row = dict[str, Any]
YEARS = "20"  # how the header of a column of values begins


def edited(sheets: Sheets, edit: Callable[[str, Row], Row | Iterable[Row] | None]) -> Sheets:
    """The study with every row put through `edit`, which may return it changed, several rows, or none."""
    made: Sheets = {}
    for name, (header, *rows) in sheets.items():
        kept: list[list[object]] = []
        for cells in rows:
            given = edit(name, dict(zip(map(str, header), cells, strict=True)))
            for row in [] if given is None else [given] if isinstance(given, dict) else given:
                kept.append([row[str(h)] for h in header])
        if kept:
            made[name] = [header, *kept]
    return made


def scaled(row: Row, factor: float, *columns: str) -> Row:
    """The row with the numbers of some columns multiplied; `by year` means the values of a wide row."""
    names = {
        c for column in columns for c in ([k for k in row if k.startswith(YEARS)] if column == "by year" else [column])
    }
    return {k: v * factor if k in names and isinstance(v, float | int) else v for k, v in row.items()}


def shuffled(sheets: Sheets, seed: int) -> Sheets:
    """Rows in another order on every sheet."""
    rng = random.Random(seed)
    return {name: [header, *rng.sample(rows, len(rows))] for name, (header, *rows) in sheets.items()}


# Money ----------------------------------------------------------------------------------------------------------------

MONEY = {
    "Commodities": ("price", "unmet cost"),
    "Reference prices": ("by year",),
    "Sites": ("variable cost", "fixed cost", "capex"),
    "Demand steps": ("value",),
    "Stockpiles": ("holding cost", "soft cost"),
    "Lanes": ("freight", "freight per tonne"),
    "Tariffs": ("specific",),
    "Limits": ("soft cost",),
    "Benchmarks": ("soft cost",),
}


def dearer(sheets: Sheets, factor: float) -> Sheets:
    """All money multiplied: so is the objective."""

    def edit(name: str, row: Row) -> Row:
        if (
            name == "Site years"
            and row["operation"] == "set"
            and row["item"] in ("variable cost", "fixed cost", "capex")
        ):
            return scaled(row, factor, "by year")
        if (name == "Subsidies" and row["kind"] == "output") or (name == "Carbon" and row["kind"] == "price"):
            return scaled(row, factor, "value", "by year")
        return scaled(row, factor, *MONEY.get(name, ()))

    return edited(sheets, edit)


# Units ----------------------------------------------------------------------------------------------------------------

UNITS = {  # by the sheet: what grows with the number of units, what falls
    "Commodities": ((), ("price", "unmet cost", "content", "mass")),
    "Reference prices": ((), ("by year",)),
    "Recipes": (("by year",), ()),
    "Demand": (("by year",), ()),
    "Demand steps": ((), ("value",)),
    "Scrap": (("by year",), ()),
    "Stockpiles": (("initial", "capacity", "min final"), ("holding cost", "soft cost")),
    "Lanes": (("min", "max"), ("freight",)),
    "Tariffs": ((), ("specific",)),
    "Limits": (("max", "min"), ("soft cost",)),
}


def by_the_unit(sheets: Sheets) -> Sheets:
    """The study without rows that speak of units of several commodities at once."""

    def edit(name: str, row: Row) -> Row | None:
        several = row.get("commodity") in ("*", "each")
        if name == "Lanes" and several:
            return row | {
                "freight": BLANK,
                "min": BLANK,
                "max": BLANK,
                "freight per tonne": row["freight per tonne"] or row["freight"],
            }
        if name == "Tariffs" and several:
            return row | {"specific": BLANK, "rate": row["rate"] or 0.1}
        mixed = name in ("Demand steps", "Limits") or (name == "Trade measures" and row["kind"] in ("quota", "share"))
        return None if several and mixed else row

    return edited(sheets, edit)


def in_other_units(sheets: Sheets, good: str, factor: float) -> Sheets:
    """One commodity counted in units that many times smaller: nothing else changes."""

    def edit(name: str, row: Row) -> Row:
        if name == "Returns":
            back, met = (row[f"{what} commodity"] == good for what in ("scrap", "demand"))
            return scaled(row, factor ** (back - met), "quantity")
        if row.get("commodity") != good:
            return row
        if name == "Trade measures":
            return scaled(row, factor, "value") if row["kind"] in ("quota", "tariff quota") else row
        if name == "Benchmarks":
            alone = row["of commodity"] in (BLANK, good)  # else both amounts are tonnes of content
            return scaled(row, 1 / factor, "soft cost") if alone else row
        if name == "Commodities":
            row = row | {
                "mass": 1.0 if row["unit"] == "t" and row["mass"] == BLANK else row["mass"],
                "unit": "small units",
            }
        more, less = UNITS.get(name, ((), ()))
        return scaled(scaled(row, factor, *more), 1 / factor, *less)

    return edited(sheets, edit)


# Places ---------------------------------------------------------------------------------------------------------------


def without_groups(sheets: Sheets) -> Sheets:
    """The study without groups, bounds by lane and figures for whole sites by wildcard; sites named one by one."""
    places = [str(row[0]) for row in sheets["Countries"][1:]]

    def edit(name: str, row: Row) -> Row | list[Row] | None:
        if name == "Groups":
            return None
        if name == "Countries":
            return row | {"region": BLANK}
        ends = [row[c] for c in ("country", "from", "to", "market", "source country", "place", "of place") if c in row]
        if any(end not in (*places, "*", "each", BLANK) for end in ends):
            return None
        if name == "Lanes":
            return row | {"min": BLANK, "max": BLANK}
        if name == "Site years":
            halves = row["operation"] == "set" and row["item"] in ("capacity", "max build")
            return None if halves or row["site"] != "*" else row
        if name == "Sites" and row["country"] == "*":
            return [row | {"site": f"{row['site']} {place}", "country": place} for place in places]
        return row

    return edited(sheets, edit)


HALVES = {
    "Sites": ("capacity", "max build", "max capacity", "resource"),
    "Demand": ("by year",),
    "Scrap": ("by year",),
    "Stockpiles": ("initial", "capacity", "min final"),
}


def halved(sheets: Sheets, place: str) -> Sheets:
    """One country as two places of its territory, each with half of everything."""
    other = f"{place}.2"

    def edit(name: str, row: Row) -> Row | list[Row]:
        if name == "Countries" and row["country"] == place:
            return [row, row | {"country": other, "territory": place, "owner": place}]
        if name not in HALVES or row["country"] != place:
            return row
        half = scaled(row, 0.5, *HALVES[name])
        twin = {"site": f"{row['site']} 2"} if name == "Sites" else {}
        return [half, half | {"country": other} | twin]

    return edited(sheets, edit)


def divisible(sheets: Sheets) -> list[str]:
    """Countries of a single place that no other place belongs to."""
    places = [str(row[0]) for row in sheets["Countries"][1:]]
    heads = {str(PLACES[p][at]) for p in places for at in (0, 1)}
    return [p for p in places if PLACES[p][0] == BLANK and PLACES[p][1] == BLANK and p not in heads]


# Suppliers and limits -------------------------------------------------------------------------------------------------


def plain_mines(sheets: Sheets) -> Sheets:
    """The study without rows that count capacity, hold its growth or change it everywhere, or pay a share of costs."""

    def edit(name: str, row: Row) -> Row | None:
        everywhere = name == "Site years" and row["site"] == "*" and row["item"] in ("capacity", "max use", "min use")
        counted = name == "Growth" or "capacity" in (row.get("basis"), row.get("of basis"))
        return None if everywhere or counted or row.get("kind") == "cost share" else row

    return edited(sheets, edit)


def with_mine(sheets: Sheets, name: str, place: str, cost: float) -> Sheets:
    """The study with one more mine, ready from the start, of any size."""
    header = [str(h) for h in sheets["Sites"][0]]
    row = dict.fromkeys(header, BLANK) | {
        "site": name, "process": "dig", "country": place, "capacity": "unlimited", "variable cost": cost, "min use": 0.0,
        "max use": 1.0, "emissions": 0.1,
    }  # fmt: skip
    return {**sheets, "Sites": [*sheets["Sites"], [row[h] for h in header]]}


def loosened(sheets: Sheets, seed: int) -> Sheets:
    """Every limit a little wider, some more than others."""
    rng = random.Random(seed)
    wider = {
        "Sites": ("max build", "max capacity", "resource"),
        "Lanes": ("max",),
        "Limits": ("max share", "max"),
        "Benchmarks": ("max share",),
        "Mix": ("max share",),
        "Growth": ("max growth", "seed"),
        "Concentration": ("max hhi",),
    }
    lower = {
        "Stockpiles": ("min cover",),
        "Lanes": ("min",),
        "Limits": ("min share", "min"),
        "Benchmarks": ("min share",),
        "Mix": ("min share",),
    }

    def edit(name: str, row: Row) -> Row:
        factor = rng.uniform(1, 1.6)
        if name == "Trade measures" and row["kind"] in ("quota", "tariff quota", "share"):
            row = scaled(row, factor, "value")
            return row | {"value": min(row["value"], 1.0)} if row["kind"] == "share" else row
        if name == "Carbon" and row["kind"] == "cap":
            return scaled(row, factor, "by year")
        row = scaled(scaled(row, factor, *wider.get(name, ())), 1 / factor, *lower.get(name, ()))
        caps = {"max share": 1.0, "max hhi": 10_000.0}
        return {k: min(v, caps[k]) if k in caps and isinstance(v, float | int) else v for k, v in row.items()}

    return edited(sheets, edit)

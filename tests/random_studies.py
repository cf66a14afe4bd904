"""Studies at random, for Hypothesis: two goods, five places, and rows of every sheet that has algebra."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

FRAME = """
    Countries
      country  region  territory  owner  capital rate  risk  aggregate
      AA       North   -          -      0.1           0.3   no
      AB       -       AA         DD     -             0.8   no
      BB       North   -          -      0             0.5   no
      CC       -       -          -      -             0.2   yes
      DD       -       -          -      0.05          0     no
    Groups
      group  country  weight
      club   BB       1
      club   DD       3
    Commodities
      commodity  unit  material  stage  content  price  mass  disposable
      ore        kt    m         mine   0.4      20     -     {ore}
      metal      t     m         metal  1        900    -     {metal}
    Processes
      process  unit  lifetime  lead time  ramp  max use  min use  emissions
      dig      kt    12        1          2     0.9      0.1      0.5
      melt     t     3         0.5        0     1        0        2
    Recipes
      process  commodity  direction  quantity
      dig      ore        out        1
      melt     ore        in         1.5
      melt     metal      out        0.8
"""
ANYWHERE = ("*", "North", "club")
PLACES = ("AA", "AB", "BB", "CC", "DD")
GOODS = ("ore", "metal")
BASES = ("supply", "imports", "production", "capacity")


def some(*values: object) -> st.SearchStrategy[object]:
    return st.sampled_from(values)


amount = some("-", 0, 0.5, 1, 2.5, 7)
share = some("-", 0, 0.25, 0.6, 1)
least, most = some("-", "-", 0.1, 0.2), some("-", 0.25, 0.6, 1)
first, last = some("-", "-", 2026, 2027), some("-", "-", 2027, 2030)
place, spot, maker = some(*PLACES), some(*["*"] * 6, *ANYWHERE, *PLACES), some("*", "each", "North", "AA", "AB", "DD")
good, wide_good = some(*GOODS), some("*", *GOODS)
counted = some("ore", "metal", "each", "m/mine", "m/metal")
soft = some("-", "-", 0, 40)
by, fold, half = some("territory", "owner"), some("yes", "no"), some(0, 0.4, 1)

# Sheet -> its columns, and how many of them are a key that must not repeat (0: rows may repeat).
SHEETS: dict[str, tuple[int, dict[str, st.SearchStrategy[object]]]] = {
    "Site years": (
        5,
        {
            "site": some("*", "pit", "works", "works@BB"), "process": some("*", "dig", "melt"), "country": spot,
            "item": some("capacity", "variable cost", "fixed cost", "max build", "max use", "min use"),
            "operation": some("set", "multiply"), "2025": some("-", 0.5), "2029": some(0, 0.3, 1), "last year": last,
        },
    ),
    "Demand": (3, {"commodity": good, "country": some("AA", "AB", "BB", "CC"), "use": some("all", "x"), "2025": some(1, 4), "2029": some(0, 3)}),
    "Demand steps": (4, {"commodity": wide_good, "country": spot, "use": some("*", "x"), "step": some("low"), "share": half, "value": some(30, 999)}),
    "Scrap": (2, {"commodity": good, "country": some(*PLACES, "club"), "2025": some(0, 0.5), "2029": some(0.2, 1)}),
    "Returns": (
        0,
        {
            "demand commodity": good, "country": spot, "use": some("*", "x", "all"), "scrap commodity": good,
            "quantity": some(0, 0.5), "delay": some(1, 1.5, 3), "collected": share,
        },
    ),
    "Stockpiles": (
        3,
        {
            "commodity": good, "country": place, "held by": some("user", "producer"), "initial": some("-", 0.5, 2),
            "capacity": some(3, "unlimited"), "holding cost": amount, "loss": some(0, 0.1), "min final": some("-", 0, 2),
            "min cover": some(0, 30), "soft cost": soft,
        },
    ),
    "Lanes": (
        5,
        {
            "commodity": wide_good, "from": spot, "to": spot, "first year": first, "last year": last,
            "freight": amount, "freight per tonne": amount, "loss": some("-", 0, 0.1), "min": some("-", 0, 0.5), "max": some("-", 3),
        },
    ),
    "Tariffs": (
        6,
        {
            "measure": some("m1", "m2"), "commodity": wide_good, "from": spot, "to": spot, "first year": first,
            "last year": last, "rate": share, "specific": amount,
        },
    ),
    "Trade measures": (
        0,
        {
            "measure": some("t1", "t2"), "commodity": good, "from": spot, "to": spot,
            "kind": some("ban", "quota", "tariff quota", "tax", "share"), "value": some(0, 0.25, 0.6, 1), "rate": some(0, 0.25, 0.6, 1),
            "first year": first, "last year": last, "in first year": half,
        },
    ),
    "Limits": (
        0,
        {
            "limit": some("l"), "commodity": counted, "basis": some(*BASES), "market": some("*", "each", "North", "AA"),
            "source country": maker, "by": by, "exempt own": fold, "max share": most, "min share": least,
            "max": some("-", 5), "min": some("-", 0.5), "first year": first, "last year": last, "soft cost": soft,
        },
    ),
    "Concentration": (
        0,
        {
            "limit": some("h"), "commodity": counted, "basis": some(*BASES), "market": some("*", "each", "club"), "by": by,
            "weight": some("none", "risk"), "max hhi": some(2000, 10000), "first year": first,
        },
    ),
    "Benchmarks": (
        0,
        {
            "limit": some("b"), "commodity": some("ore", "m/metal"), "basis": some(*BASES), "place": spot,
            "min share": least, "max share": most, "of commodity": some("-", "metal", "m/mine"),
            "of basis": some(*BASES, "use"), "of place": some("-", "*", "DD"), "first year": first, "soft cost": soft,
        },
    ),
    "Mix": (
        0,
        {
            "commodity": good, "process": some("dig", "melt"), "country": some("each", *ANYWHERE, "AA"),
            "min share": least, "max share": most, "first year": first,
        },
    ),
    "Growth": (0, {"process": some("dig", "melt"), "country": maker, "max growth": half, "seed": some(0, 0.5, 2)}),
    "Subsidies": (
        0,
        {
            "measure": some("s"), "process": some("dig", "melt"), "country": spot,
            "kind": some("output", "cost share", "capex share"), "value": some(-1, 0.2), "last year": last,
        },
    ),
    "Carbon": (2, {"country": spot, "kind": some("price", "cap"), "2025": some(1, 9), "2029": some(0, 40)}),
}  # fmt: skip
SITES: dict[str, st.SearchStrategy[object]] = {
    "last year": last, "variable cost": some(-1, 3), "fixed cost": some(0, 2),
    "capex": some("-", 10), "build from": first, "max build": some("-", 0, 2), "max capacity": some("-", 6),
    "resource": some("-", 20),
}  # fmt: skip
EVERYWHERE = ("*", "*", "*", "-", "-", 1, "-", "-", "-", "-")  # a row of Lanes
FEWEST = {"Demand": 2, "Trade measures": 1}
MEASURED = ("Limits", "Concentration", "Benchmarks")


@st.composite
def studies(draw: Any) -> str:
    """The text of a study."""
    years = draw(st.lists(st.sampled_from([2025, 2026, 2028, 2031]), min_size=1, max_size=3, unique=True))
    parts = [FRAME.format(ore=draw(fold), metal=draw(fold)), _sheet("Years", ["year"], [[y] for y in sorted(years)])]
    factor = [["unmet cost factor", 10]] if draw(st.booleans()) else []
    parts.append(_sheet("Settings", ["setting", "value"], [["format", 1], *factor]))
    # Basis `capacity` refuses sites of unlimited capacity: a study has one or the other.
    unlimited = draw(st.booleans())
    sites = [["pit", "dig", "AA"], ["pit2", "dig", "AB"], ["works", "melt", "North"], ["mill", "melt", "DD"]]
    rows = [
        [*site, *draw(st.tuples(some(5, 5, 0, "unlimited" if unlimited else 9), *SITES.values()))] for site in sites
    ]
    parts.append(_sheet("Sites", ["site", "process", "country", "capacity", *SITES], rows))
    for name, (keys, columns) in SHEETS.items():
        line = st.tuples(*columns.values())
        unique: Any = {"unique_by": lambda row, keys=keys: row[:keys]} if keys else {}
        rows = draw(st.lists(line, max_size=3, min_size=FEWEST.get(name, 0), **unique))
        if name == "Lanes" and EVERYWHERE[:keys] not in [row[:keys] for row in rows]:
            rows.append(EVERYWHERE)
        if unlimited:
            rows = [["production" if cell == "capacity" and name in MEASURED else cell for cell in row] for row in rows]
        if rows:
            parts.append(_sheet(name, list(columns), rows))
    return "".join(parts)


def _sheet(name: str, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = ["  ".join(map(str, line)) for line in (headers, *rows)]
    return f"    {name}\n" + "".join(f"      {line}\n" for line in lines)

"""A made-up but lifelike plan, 2023 to 2030, whose tables agree with each other; no solver needed."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from models.schema import Column
from planner.report import Book

YEARS = range(2023, 2031)
RATE = 0.07
NAMES = {
    "CHN": "China", "USA": "United States", "DEU": "Germany", "JPN": "Japan", "KOR": "South Korea", "COD": "DR Congo",
    "AUS": "Australia", "CHL": "Chile", "IDN": "Indonesia", "FIN": "Finland", "ARG": "Argentina", "MYS": "Malaysia",
}  # fmt: skip

# commodity -> unit, price, capex per unit/y, demand in 2023 and 2030, buyers, makers with their share in 2023 and 2030
GOODS: dict[str, tuple[str, float, float, float, float, dict[str, float], dict[str, tuple[float, float]]]] = {
    "cobalt hydroxide": ("t", 19_500, 21_000, 190_000, 330_000, {"CHN": 0.86, "FIN": 0.09, "JPN": 0.05},
                         {"COD": (0.79, 0.68), "IDN": (0.09, 0.22), "AUS": (0.12, 0.10)}),
    "refined cobalt": ("t", 34_128, 9_500, 185_000, 322_000, {"CHN": 0.52, "KOR": 0.14, "JPN": 0.12, "USA": 0.12, "DEU": 0.10},
                       {"CHN": (0.79, 0.66), "FIN": (0.12, 0.11), "JPN": (0.09, 0.06), "IDN": (0.0, 0.17)}),
    "lithium chemicals": ("t", 207_579, 160_000, 165_000, 460_000, {"CHN": 0.61, "KOR": 0.13, "JPN": 0.08, "USA": 0.10, "DEU": 0.08},
                          {"CHN": (0.66, 0.55), "CHL": (0.25, 0.19), "ARG": (0.07, 0.13), "AUS": (0.02, 0.09), "USA": (0.0, 0.04)}),
    "polysilicon": ("t", 14_200, 18_000, 1_520_000, 2_450_000, {"CHN": 0.93, "MYS": 0.05, "USA": 0.02},
                    {"CHN": (0.92, 0.84), "DEU": (0.05, 0.06), "USA": (0.03, 0.06), "MYS": (0.0, 0.04)}),
    "solar module": ("MW", 180_000, 60_000, 410_000, 780_000, {"CHN": 0.52, "USA": 0.16, "DEU": 0.17, "JPN": 0.08, "AUS": 0.07},
                     {"CHN": (0.86, 0.74), "MYS": (0.09, 0.10), "USA": (0.03, 0.10), "KOR": (0.02, 0.06)}),
    "gallium": ("kg", 310, 95, 610_000, 1_050_000, {"CHN": 0.55, "JPN": 0.25, "USA": 0.12, "DEU": 0.08},
                {"CHN": (0.985, 0.93), "JPN": (0.01, 0.03), "DEU": (0.005, 0.04)}),
}  # fmt: skip
SHORT = {("refined cobalt", 2026): 0.03, ("refined cobalt", 2027): 0.085, ("gallium", 2027): 0.12}


def _columns(spec: str) -> tuple[Column, ...]:
    """`name:kind:unit` parts, separated by commas."""
    columns = []
    for part in spec.split(","):
        name, kind, unit = (*part.strip().split(":"), "", "")[:3]
        columns.append(Column(name, kind or "text", f"What {name} means here.", unit=unit))  # type: ignore[arg-type]
    return tuple(columns)


COLUMNS = {
    "Costs": _columns("term,kind:word,country:place,year:year,cost:number:cur,discounted:number:cur"),
    "Production": _columns(
        "site:code,process:code,country:place,year:year,activity:number:unit/y,capacity:number:unit/y,use:share"
    ),
    "Shipments": _columns(
        "commodity:code,from:place,to:place,year:year,quantity:number:unit/y,freight:number:cur,duty:number:cur,measures"
    ),
    "Balance": _columns(
        "commodity:code,country:place,year:year,made:number:unit/y,returned:number:unit/y,shipped:number:unit/y,arrived:number:unit/y,used:number:unit/y,"
        "served:number:unit/y,stocked:number:unit/y,surplus:number:unit/y"
    ),
    "Builds": _columns(
        "site:code,process:code,country:place,year:year,available:year,capacity:number:unit/y,capex:number:cur"
    ),
    "Unmet": _columns(
        "commodity:code,country:place,use:text,year:year,step:text,demand:number:unit/y,unmet:number:unit/y"
    ),
    "Prices": _columns(
        "commodity:code,country:place,year:year,delivered:number:cur/unit,producer:number:cur/unit,at cap:word"
    ),
    "Shares": _columns(
        "commodity:code,basis:word,market:place,year:year,country:place,share:share,hhi:number:0-10000,by:word"
    ),
    "Limits": _columns(
        "limit:text,commodity:code,market:place,source country:place,year:year,value:number,bound:number,slack:number,"
        "price:number:cur/unit,price pp:number:cur/pp,kind:word"
    ),
    "Concentration": _columns(
        "limit:code,commodity:code,basis:word,market:place,year:year,hhi:number:0-10000,bound:number:0-10000,"
        "slack:number:0-10000,price:number:cur/point"
    ),
}
DOCS = {
    "Costs": "Every term of the objective by country and year; the discounted column adds up to the objective.",
    "Production": "What every site runs, what it could run, and how much of that it uses.",
    "Shipments": "Who ships what to whom, home use included, and what freight and duty add.",
    "Balance": "Where every commodity comes from and goes to, country by country.",
    "Builds": "Capacity the plan decides to build, when it works and what it costs.",
    "Unmet": "Demand the plan gives up because meeting it would cost more than its value.",
    "Prices": "What one more unit would cost, delivered and at the producer, in constant money.",
    "Shares": "Share of every country in every market that is watched, with the Herfindahl-Hirschman index.",
    "Limits": "Every limit: what it measures, its bound, the room left and the price of the bound.",
    "Concentration": "Every ceiling on an index of concentration, and what one more point is worth.",
}


def _path(ends: tuple[float, float], year: int) -> float:
    return ends[0] + (ends[1] - ends[0]) * (year - YEARS[0]) / (YEARS[-1] - YEARS[0])


def _frame(sheet: str, rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[column.name for column in COLUMNS[sheet]])


def _flows() -> pd.DataFrame:
    rows = []
    for good, (_, price, _, first, last, buyers, makers) in GOODS.items():
        for year in YEARS:
            demand = _path((first, last), year) * (1 - SHORT.get((good, year), 0.0))
            for maker, ends in makers.items():
                for buyer, part in buyers.items():
                    quantity = demand * part * _path(ends, year)
                    if quantity > 0:
                        home = maker == buyer
                        freight = 0.0 if home else quantity * price * 0.012
                        duty = quantity * price * 0.25 if (maker, buyer) == ("CHN", "USA") else 0.0
                        rows.append((good, maker, buyer, year, quantity, freight, duty, "Section 301" if duty else ""))
    return _frame("Shipments", rows)


def _costs(flows: pd.DataFrame, builds: pd.DataFrame, unmet: pd.DataFrame) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = []
    prices = flows["commodity"].map(lambda good: GOODS[good][1])
    runs = (flows["quantity"] * prices).groupby([flows["from"], flows["year"]]).sum()
    for term, share in (("variable cost", 0.58), ("fixed cost", 0.09)):
        rows += [(term, "resource", maker, year, share * value) for (maker, year), value in runs.items()]
    for term, column, kind in (("freight", "freight", "resource"), ("duty", "duty", "transfer")):
        sums = flows.groupby(["to", "year"])[column].sum()
        rows += [(term, kind, buyer, year, value) for (buyer, year), value in sums.items() if value]
    rows += [
        ("investment", "resource", b.country, year, b.capex * 0.094)
        for b in builds.itertuples()
        for year in YEARS
        if year >= b.available
    ]
    rows += [("subsidy", "transfer", "USA", year, -4.1e8) for year in YEARS]
    for line in unmet.itertuples():
        rows.append(("unmet demand", "penalty", line.country, line.year, line.unmet * GOODS[line.commodity][1] * 10))
    rows += [("excess over limits", "penalty", "DEU", 2030, 6.4e7)]
    return _frame("Costs", [(*row, row[-1] / (1 + RATE) ** (row[3] - YEARS[0])) for row in rows])


def _builds() -> pd.DataFrame:
    rows = []
    for good, (_, _, capex, first, last, _, makers) in GOODS.items():
        process = f"{good} plant"
        for maker, ends in makers.items():
            for year in (2024, 2026, 2028):
                more = first + (last - first) * (year + 2 - YEARS[0]) / 7
                added = more * _path(ends, year + 2) - _path((first, last), year) * _path(ends, year)
                if added > 0.002 * first:
                    rows.append((f"{process}@{maker}", process, maker, year, year + 2, added, added * capex))
    return _frame("Builds", rows)


def _production(flows: pd.DataFrame, builds: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (good, maker, year), made in flows.groupby(["commodity", "from", "year"])["quantity"].sum().items():
        site = f"{good} plant@{maker}"
        capacity = made / (0.74 + 0.2 * math.sin(year + len(maker + good)) ** 2)
        rows.append((site, f"{good} plant", maker, year, made, capacity, made / capacity))
    return _frame("Production", rows)


def _balance(flows: pd.DataFrame) -> pd.DataFrame:
    made = flows.groupby(["commodity", "from", "year"])["quantity"].sum()
    came = flows.groupby(["commodity", "to", "year"])["quantity"].sum()
    rows = []
    for key in sorted(set(made.index) | set(came.index)):
        out, arrived = float(made.get(key, 0.0)), float(came.get(key, 0.0))
        used = arrived if key[0] in ("cobalt hydroxide", "polysilicon") else 0.0
        extra = 1_850.0 if key == ("cobalt hydroxide", "AUS", 2024) else 0.0
        rows.append((*key, out + extra, 0.0, out, arrived, used, arrived - used, 0.0, extra))
    return _frame("Balance", rows)


def _unmet() -> pd.DataFrame:
    rows = []
    for (good, year), part in SHORT.items():
        _, _, _, first, last, buyers, _ = GOODS[good]
        missing = _path((first, last), year) * part
        for buyer, share in (("KOR", 0.62), ("DEU", 0.38)) if good == "refined cobalt" else (("JPN", 1.0),):
            demand = _path((first, last), year) * buyers[buyer]
            rows.append((good, buyer, "all", year, "rest", demand, missing * share))
    return _frame("Unmet", rows)


def _prices(flows: pd.DataFrame, unmet: pd.DataFrame) -> pd.DataFrame:
    short = set(zip(unmet["commodity"], unmet["country"], unmet["year"], strict=True))
    growth = {"refined cobalt": 0.03, "lithium chemicals": -0.055, "polysilicon": -0.03, "gallium": 0.02}
    rows = []
    for key in flows[["commodity", "to", "year"]].drop_duplicates().itertuples(index=False, name=None):
        good, buyer, year = key
        price = GOODS[good][1] * (1 + growth.get(good, 0.005)) ** (year - YEARS[0])
        price *= 1 + 1.1 * sum(SHORT.get((good, y), 0) for y in (year, year - 1)) * 4
        delivered = GOODS[good][1] * 10 if key in short else price * 1.012
        rows.append(
            (*key, delivered, price if good != "gallium" or buyer != "DEU" else math.nan, "yes" if key in short else "")
        )
    return _frame("Prices", rows)


def _shares(flows: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for basis, market, part in (("production", "*", flows), ("supply", "DEU", flows[flows["to"] == "DEU"])):
        by = part.groupby(["commodity", "year", "from"])["quantity"].sum()
        share = by / by.groupby(["commodity", "year"]).transform("sum")
        hhi = (share**2).groupby(["commodity", "year"]).sum() * 10_000
        rows += [
            (good, basis, market, year, c, v, hhi[good, year], "territory") for (good, year, c), v in share.items()
        ]
    return _frame("Shares", rows)


def _limits(shares: pd.DataFrame) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = []
    german = shares[(shares["market"] == "DEU") & (shares["year"] == 2030)]
    for line in german[german["country"] == "CHN"].itertuples():
        binds = line.commodity in ("lithium chemicals", "refined cobalt")
        bound = line.share if binds else 0.95
        price = {"lithium chemicals": 18_400.0, "refined cobalt": 6_150.0}.get(line.commodity, 0.0)
        rows.append(("CRMA 65", line.commodity, "DEU", "CHN", 2030, line.share, bound, bound - line.share, price, price * 360,
                     "max share"))  # fmt: skip
    for year in YEARS:
        rows.append(("DRC export quota", "cobalt hydroxide", "*", "COD", year, 155_000.0, 155_000.0 + 7_000 * (year < 2026),
                     7_000.0 * (year < 2026), 0.0 if year < 2026 else 4_300.0, math.nan, "max"))  # fmt: skip
    return _frame("Limits", rows)


def _concentration(shares: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for line in shares[shares["market"] == "*"].drop_duplicates(["commodity", "year"]).itertuples():
        if line.year >= 2028 and line.commodity in ("lithium chemicals", "polysilicon", "refined cobalt"):
            bound = line.hhi if line.commodity == "refined cobalt" and line.year == 2030 else 8_000.0
            price = 1.9e6 if bound == line.hhi else 0.0
            key = ("HHI world", line.commodity, "production", "*", line.year)
            rows.append((*key, line.hhi, bound, bound - line.hhi, price))
    return _frame("Concentration", rows)


def book(focus: str = "world", **changes: Any) -> Book:
    """The whole plan, with any of the Book's fields changed."""
    flows, builds, unmet = _flows(), _builds(), _unmet()
    shares, costs = _shares(flows), _costs(flows, builds, unmet)
    tables = {
        "Costs": costs, "Production": _production(flows, builds), "Shipments": flows, "Balance": _balance(flows),
        "Builds": builds, "Unmet": unmet, "Prices": _prices(flows, unmet), "Shares": shares, "Limits": _limits(shares),
        "Concentration": _concentration(shares),
    }  # fmt: skip
    terms = costs.groupby("term")["discounted"].sum()
    content: dict[str, Any] = {
        "title": "Critical minerals for solar and batteries, 2023-2030",
        "scenario": "DRC cobalt quota",
        "status": "optimal",
        "currency": "USD",
        "price_year": "2023",
        "focus": focus,
        "objective": float(costs["discounted"].sum()),
        "system_cost": float(terms.drop(["unmet demand", "excess over limits"]).sum()),
        "unmet_value": float(terms["unmet demand"]),
        "excess_value": float(terms["excess over limits"]),
        "tables": tables,
        "columns": COLUMNS,
        "docs": DOCS,
        "names": NAMES,
        "units": {good: values[0] for good, values in GOODS.items()},
        "run": [
            ("planner", "0.1.0"), ("solver", "HiGHS 1.16.0"), ("input", "base.xlsx"), ("rows", 63_114), ("columns", 392_007),
            ("seconds to read", 0.84), ("seconds to solve", 3.92), ("largest primal residual", 3.1e-10),
            ("relative gap", 2.2e-12), ("input sha256", "9f2c" * 16),
        ],
        "notes": ["Builds of 2028 live less than a quarter of their life inside the horizon."],
    }  # fmt: skip
    return Book(**content | changes)


def empty(**changes: Any) -> Book:
    """A plan in which nothing happens: every sheet is there, none has a row."""
    tables = {sheet: _frame(sheet, []) for sheet in COLUMNS}
    return book(
        **{"tables": tables, "objective": 0.0, "system_cost": 0.0, "unmet_value": 0.0, "excess_value": 0.0} | changes
    )

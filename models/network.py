"""Who and what: years, places, commodities, processes; who can supply and who can use each commodity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models import columns
from models.places import Places
from models.schema import BLANK, GREATEST, SMALLEST, Column, Component, Table, Tables
from models.series import complete
from models.symbolic import Builder, Codes, Index, Model

Floats = NDArray[np.float64]

SETTINGS = Table(
    "Settings", "Choices that hold for the whole study.", columns.WHO, template=True, required=True,
    columns=(
        Column("setting", "word", "Name of the setting.", key=True, choices=(
            "format", "title", "currency", "price year", "discount rate", "base year", "unmet cost factor", "focus", "time limit [s]", "threads",
        )),
        Column("value", "text", "Its value."),
    ),
)  # fmt: skip
YEARS = Table(
    "Years", "The model years; each stands for the years up to the next one.", columns.WHO, template=True, required=True,
    columns=(
        Column("year", "year", "A model year.", key=True, low=1900, high=2200),
        Column("length", "number", "Years it stands for, itself the first; blank: up to the next model year, the last one 1.", unit="y", default=BLANK, low=1),
    ),
)  # fmt: skip
COUNTRIES = Table(
    "Countries", "Every place that can make, use or trade something.", columns.WHO, template=True, required=True,
    columns=(
        Column("country", "code", "Code of the place, such as COD, or COD.CN for foreign-owned plants there.", key=True),
        Column("name", "text", "Readable name.", default=""),
        Column("region", "text", "Region; it is a group of that name.", default=""),
        Column("territory", "code", "Country on whose soil the place lies; blank: itself.", refers="Countries", default=""),
        Column("owner", "code", "Country that owns the plants there; blank: itself.", refers="Countries", default=""),
        Column("capital rate", "rate", "Real interest rate for investments there; blank: the discount rate.", default=BLANK, low=0),
        Column("risk", "share", "Supply risk from 0 (none) to 1.", default=BLANK),
        Column("aggregate", "word", "yes: a bundle of small countries, neither source nor market under `each`.", default="no", choices=("no", "yes")),
    ),
)  # fmt: skip
GROUPS = Table(
    "Groups", "Groups of places that rules and data may name.", columns.WHO, template=True,
    columns=(
        Column("group", "code", "Name of the group.", key=True),
        Column("country", "code", "A member.", refers="Countries", key=True),
        Column("weight", "number", "Its weight where Demand, Scrap or Observed given for the group are split.", default=1.0, low=0),
    ),
)  # fmt: skip
COMMODITIES = Table(
    "Commodities", "What is made, shipped and used.", columns.WHO, template=True, required=True,
    columns=(
        Column("commodity", "code", "Name of the commodity.", key=True),
        Column("name", "text", "Readable name.", default=""),
        Column("chain", "text", "Supply chain it belongs to.", default=""),
        Column("stage", "text", "Stage of the chain, such as mine, refine, component.", default=""),
        Column("unit", "text", "Unit of its quantities: t, kg, MW, MWh ..."),
        Column("material", "text", "Material it contains, for limits on `material/stage`.", default=""),
        Column("content", "number", "Tonnes of the material in one unit.", unit="t/unit", default=BLANK, above=0, high=GREATEST, least=SMALLEST),
        Column("price", "number", "Reference price, on which duties and unmet cost stand.", unit="cur/unit", default=BLANK, low=0),
        Column("mass", "number", "Mass of one unit; blank: 1 where the unit is t.", unit="t/unit", default=BLANK, above=0),
        Column("unmet cost", "number", "What a unit of unmet demand costs; blank: the unmet cost factor times the price.", unit="cur/unit", default=BLANK, low=0),
        Column("disposable", "word", "yes: surplus may be dumped at no cost; no: it must be used.", default="yes", choices=("yes", "no")),
    ),
)  # fmt: skip
PRICES = Table(
    "Reference prices", "Reference prices that change by year.", columns.WHO,
    columns=(columns.commodity(),),
    series=Column("value", "number", "Reference price of the year.", unit="cur/unit", low=0),
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """The sheet Settings, typed."""

    title: str = ""
    currency: str = "USD"
    price_year: str = ""
    focus: str = "world"
    discount_rate: float = 0.07  # 1/y
    base_year: int | None = None
    unmet_cost_factor: float = np.nan
    time_limit: float | None = None  # s
    threads: int | None = None


@dataclass(frozen=True)
class Network:
    """Codes and figures of the study: every other component reads its integer codes here.

    C, K, S, Y: the numbers of commodities, places, sites and model years.
    """

    settings: Settings
    years: Codes  # (Y,)
    length: Codes  # (Y,) years each stands for
    gap: Codes  # (Y,) years since the model year before
    factor: Floats  # (Y,) sum of the discount factors of the period's years
    places: Places
    commodities: list[str]
    units: list[str]
    price: Floats  # (C, Y) cur/unit, NaN where none
    unmet: Floats  # (C, Y) cur/unit, NaN where demand is firm
    mass: Floats  # (C,) t/unit, NaN where unknown
    content: Floats  # (C,) t/unit
    processes: list[str]
    sites: list[str]
    site_row: Codes  # (S,) row of Sites
    site_process: Codes  # (S,)
    site_place: Codes  # (S,)
    names: dict[str, Sequence[str]]  # key name of index tables -> readable codes
    place_years: Index  # every place, and `*` for what no single place pays, in every year

    def discount(self, year: Any) -> Any:
        """Discount factor of a calendar year: costs of a year fall at its start."""
        base = self.settings.base_year if self.settings.base_year is not None else self.years[0]
        return (1 + self.settings.discount_rate) ** -(np.asarray(year, np.float64) - base)

    def code(self, kind: str, cells: Any) -> Codes:
        """Integer codes of a column of names; an unknown name raises KeyError."""
        known = getattr(self, kind) if kind != "places" else self.places.names
        codes = pd.Index(known).get_indexer(pd.Index(cells))
        if (codes < 0).any():
            raise KeyError(f"{kind}: {list(pd.Index(cells)[codes < 0][:3])} not declared")
        return codes.astype(np.int64)


def settings(table: pd.DataFrame) -> Settings:
    """Settings with their types; ValueError where a number is none."""
    said = dict(zip(table["setting"], table["value"], strict=True))

    def number(name: str) -> float | None:
        return float(said[name]) if str(said.get(name, "")).strip() else None

    rate, factor, base, threads = (number(x) for x in ("discount rate", "unmet cost factor", "base year", "threads"))
    return Settings(
        title=said.get("title", ""),
        currency=said.get("currency", "") or "USD",
        price_year=str(said.get("price year", "")),
        focus=said.get("focus", "") or "world",
        discount_rate=0.07 if rate is None else rate,
        base_year=None if base is None else int(base),
        unmet_cost_factor=np.nan if factor is None else factor,
        time_limit=number("time limit [s]"),
        threads=None if threads is None else int(threads),
    )


def index(t: Tables, d: Any) -> Network:
    """Codes, years and prices of the study."""
    s = settings(t["Settings"])
    sheet = t["Years"].sort_values("year")
    years = sheet["year"].to_numpy(np.int64)
    gap = np.diff(years, prepend=years[0] - 1)
    length = np.append(gap[1:], 1)
    said = sheet["length"].to_numpy(np.float64)
    length = np.where(np.isnan(said), length, said).astype(np.int64)
    places = Places(t["Countries"], t["Groups"])
    goods = t["Commodities"]
    commodities = list(goods["commodity"])
    price = np.repeat(goods["price"].to_numpy(np.float64)[:, None], len(years), axis=1)
    heads, by_year = complete(t["Reference prices"], ["commodity"], years)
    price[pd.Index(commodities).get_indexer(pd.Index(heads["commodity"]))] = by_year
    unmet = np.repeat(goods["unmet cost"].to_numpy(np.float64)[:, None], len(years), axis=1)
    unmet = np.where(np.isnan(unmet), s.unmet_cost_factor * price, unmet)
    mass = goods["mass"].to_numpy(np.float64)
    mass = np.where(np.isnan(mass) & (goods["unit"] == "t").to_numpy(), 1.0, mass)
    processes = list(t["Processes"]["process"])
    copies = places.data(t["Sites"]["country"], split=False)
    declared = t["Sites"]["site"].to_numpy(object)
    one = np.isin(t["Sites"]["country"].to_numpy(object), places.names)
    sites = [
        str(n) if alone else f"{n}@{places.names[k]}"
        for n, alone, k in zip(declared[copies.row], one[copies.row], copies.place, strict=True)
    ]
    base = s.base_year if s.base_year is not None else int(years[0])
    ahead = np.arange(int(length.max(initial=1)))
    factor = np.where(ahead < length[:, None], (1 + s.discount_rate) ** -(years[:, None] + ahead - base), 0.0).sum(
        axis=1
    )
    spots = len(places.names) + 1
    return Network(
        s, years, length, gap, factor, places, commodities, list(goods["unit"]), price, unmet, mass,
        goods["content"].to_numpy(np.float64), processes, sites, copies.row,
        pd.Index(processes).get_indexer(pd.Index(t["Sites"]["process"]))[copies.row].astype(np.int64), copies.place,
        names={
            "commodity": commodities, "process": processes, "site": sites, **{k: [str(y) for y in years] for k in ("year", "decided", "before")},
            **{k: [*places.names, "*"] for k in ("country", "from", "to", "market", "source country")},
        },
        place_years=Index(("country", "year"), (np.repeat(np.arange(spots), len(years)), np.tile(np.arange(len(years)), spots))),
    )  # fmt: skip


def build(b: Builder, m: Model) -> None:
    """The set over which costs are counted."""
    b.set("place_years", b.data.place_years)


component = Component(
    "network", "Who and what", (SETTINGS, YEARS, COUNTRIES, GROUPS, COMMODITIES, PRICES), index, build
)

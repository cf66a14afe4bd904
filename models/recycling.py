"""Secondary supply: scrap from outside the model, and what served demand gives back years later.

returned[y] = scrap[y] + quantity x collected x (demand - unmet) of the period that contains `y - delay`; demand met
before the horizon returns nothing. Both enter the supply pool of their country; recycling sites are ordinary processes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models import columns
from models.places import codes
from models.rules import match
from models.schema import GREATEST, SMALLEST, Column, Component, Flow, Table, Tables
from models.series import complete
from models.symbolic import Builder, Index, Model

if TYPE_CHECKING:
    from models.network import Network

SCRAP = Table(
    "Scrap",
    "Secondary feed from outside the model, free of charge.",
    columns.DEMAND,
    columns=(columns.commodity(), columns.place("country", "Where; a group is split by its weights.")),
    series=Column("value", "number", "Feed of the year.", unit="unit/y", low=0),
)
RETURNS = Table(
    "Returns",
    "What served demand gives back at the end of its life; every row holds.",
    columns.DEMAND,
    rule="all",
    columns=(
        Column("demand commodity", "code", "The commodity whose demand was served.", refers="Commodities", key=True),
        columns.place("country", "Where; * is everywhere.", "*", default="*"),
        Column("use", "code", "The use; * is every use.", words=("*",), default="*", key=True),
        Column("scrap commodity", "code", "What comes back.", refers="Commodities", key=True),
        Column("quantity", "number", "Of it per unit of served demand.", unit="unit/unit", low=0, high=GREATEST, least=SMALLEST),
        Column("delay", "number", "Years until it comes back.", unit="y", low=1),
        Column("collected", "share", "Share that is collected.", default=1.0, least=SMALLEST),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Recycling:
    """Feed by year, and the demand lines of earlier periods that come back."""

    scrap: Index  # (commodity, country, year, part) | amount [unit/y]
    served: Index  # (commodity, country, year, good, use, before) | rate, demand
    unmet: Index  # (commodity, country, year, good, use, step, before) | rate


def index(t: Tables, d: Any) -> Recycling:
    """Scrap split over the members of groups; returns matched to demand lines and their unmet steps."""
    n: Network = d.network
    heads, values = complete(t["Scrap"], ["commodity", "country"], n.years)
    spread = n.places.data(heads["country"])
    values = values[spread.row] * spread.share[:, None]
    line, y = np.nonzero(values > 0)
    commodity = n.code("commodities", heads["commodity"])[spread.row]
    scrap = Index(
        ("commodity", "country", "year", "part"), (commodity[line], spread.place[line], y, line), amount=values[line, y]
    )
    served, unmet = _returns(t["Returns"], n, d.demand.uses, d.demand.lines, d.demand.unmet)
    for pool in (scrap, served):
        d.supplies.append(pool.keys[:3])
    d.unmatched("Returns", np.setdiff1d(np.arange(len(t["Returns"])), served.columns["row"].astype(np.int64)))
    n.names.update(good=n.commodities)
    return Recycling(scrap, served, unmet)


def _returns(sheet: pd.DataFrame, n: Network, uses: list[str], lines: Index, unmet: Index) -> tuple[Index, Index]:
    """Pairs of a row of Returns and a demand line, in every model year in which it comes back."""
    names = ("commodity", "country", "year", "good", "use", "step", "before")
    if not len(sheet):
        none = np.zeros(0, np.int64)
        served = Index((*names[:5], names[6]), [none] * 6, rate=none, demand=none, row=none)
        return served, Index(names, [none] * 7, rate=none)
    c, k, u, before = lines.keys
    known = np.flatnonzero(sheet["use"].isin([*uses, "*"]))
    part = sheet.iloc[known]
    keys = (codes(part["demand commodity"], n.commodities), n.places.rule(part["country"]), codes(part["use"], uses))
    found = match(list(zip(keys, (c, k, u), strict=True)))
    row, line = known[found.rule], found.item
    delay = sheet["delay"].to_numpy(np.float64)[row]
    born = n.years[None, :] - delay[:, None]  # the calendar year whose served demand comes back
    start = n.years[before[line]][:, None]
    pair, year = np.nonzero((start <= born) & (born < start + n.length[before[line]][:, None]))
    row, line = row[pair], line[pair]
    rate = (sheet["quantity"] * sheet["collected"]).to_numpy(np.float64)[row]
    scrap = n.code("commodities", sheet["scrap commodity"])[row]
    # Several rows may speak of one line (any use, and this use): they add up.
    frame = pd.DataFrame(
        {
            "c": scrap,
            "k": k[line],
            "y": year,
            "g": c[line],
            "u": u[line],
            "b": before[line],
            "rate": rate,
            "line": line,
            "row": row,
        }
    )
    by = ["c", "k", "y", "g", "u", "b"]
    frame = frame.groupby(by, as_index=False).agg(rate=("rate", "sum"), line=("line", "first"), row=("row", "first"))
    keyed = [frame[x].to_numpy(np.int64) for x in by]
    served = Index(
        ("commodity", "country", "year", "good", "use", "before"),
        keyed,
        rate=frame["rate"],
        demand=lines.columns["demand"][frame["line"]],
        row=frame["row"],
    )
    steps = pd.DataFrame(dict(zip(("g", "k", "u", "s", "b"), unmet.keys, strict=True)))
    both = frame.merge(steps, on=["g", "k", "u", "b"])
    return served, Index(names, [both[x] for x in ("c", "k", "y", "g", "u", "s", "b")], rate=both["rate"])


def build(b: Builder, m: Model) -> None:
    """What comes back enters the supply pool."""
    scrap, served, gone = b.set("scrap", b.data.scrap), b.set("served", b.data.served), b.set("gone", b.data.unmet)
    (amount,), (rate, demand), (lost,) = (
        b.params(scrap, "amount"),
        b.params(served, "rate", "demand"),
        b.params(gone, "rate"),
    )
    pool = ("commodity", "country", "year")
    feeding = b.members("feeding", scrap, pool, ("part",))
    coming = b.members("coming", served, pool, ("good", "use", "before"))
    missing = b.members("missing", gone, pool, ("good", "use", "step", "before"))
    unmet = m.demand.unmet
    m.supply.append(
        Flow(
            "returned",
            lambda c, k, y: (
                sum(amount[c, k, y, p] for p in feeding[c, k, y])
                + sum(rate[c, k, y, g, u, z] * demand[c, k, y, g, u, z] for g, u, z in coming[c, k, y])
                - sum(lost[c, k, y, g, u, s, z] * unmet[g, k, u, s, z] for g, u, s, z in missing[c, k, y])
            ),
        )
    )


component = Component("recycling", "What comes back", (SCRAP, RETURNS), index, build)

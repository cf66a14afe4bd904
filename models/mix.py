"""Mix: which share of a commodity's output a process may or must have in a place.

S <= max share x T and S >= min share x T, with S the output of the process and T that of all processes in the place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models import columns
from models.amounts import numbered
from models.places import codes
from models.pools import settled
from models.rules import active, match
from models.schema import NO_LIMIT, SMALLEST, TINY, Column, Component, Report, Table, Tables
from models.symbolic import Builder, Index, Model
from models.titles import Titles

if TYPE_CHECKING:
    from models.network import Network

MIX = Table(
    "Mix",
    "Share of a process in a place's output of a commodity (substitution); every row holds.",
    columns.POLICIES,
    rule="all",
    columns=(
        columns.commodity(),
        columns.process(),
        columns.place("country", "Where: *, a group (taken together), a country, or each.", "*", "each", default="*"),
        Column("min share", "share", "Smallest share.", default=0.0, least=SMALLEST),
        Column("max share", "share", "Largest share.", default=NO_LIMIT, least=SMALLEST),
        *columns.years(),
    ),
)


@dataclass(frozen=True)
class Mix:
    """Rows (rule, place, year), with the sites that count in S and in T."""

    totals: Index  # (mix_total,) distinct (commodity, place, year) of the rows
    whole: Index  # (mix_total, site, year) | quantity
    part: Index  # (mix_row, site, year) | quantity
    ceilings: Index  # (mix_row, mix_total) | share
    floors: Index  # (mix_row, mix_total) | share
    speaks: pd.DataFrame  # (rows,) commodity, process, country, year as text


def index(t: Tables, d: Any) -> Mix:
    """Outputs counted under every row; `each` splits a row by territory, bundles of small countries included."""
    n: Network = d.network
    sheet = t["Mix"]
    making = d.production.making
    c, k, s, y = making.keys
    place = n.places.rule(sheet["country"])
    found = match([(codes(sheet["commodity"], n.commodities), c), (place, k)])
    holds = active(sheet["first year"].to_numpy(np.int64), sheet["last year"].to_numpy(np.int64), n.years)
    at = holds[found.rule, y[found.item]]
    rule, item = found.rule[at], found.item[at]
    spec = place.code[rule]
    spot = np.where(place.each[spec], n.places.territory[k[item]], -1)
    frame = pd.DataFrame({
        "rule": rule, "spot": spot, "year": y[item], "site": s[item], "quantity": making.columns["quantity"][item],
        # Rows that speak of one commodity, place and year share one total.
        "commodity": c[item], "spec": np.where(place.each[spec], -1, spec),
        "mine": n.site_process[s[item]] == n.code("processes", sheet["process"])[rule],
    })  # fmt: skip
    frame["total"] = numbered(["commodity", "spec", "spot", "year"], frame)[1][0]
    frame["row"] = numbered(["rule", "spot", "year"], frame)[1][0]
    d.unmatched("Mix", np.setdiff1d(np.arange(len(sheet)), frame["rule"][frame["mine"]]))
    rows = frame.drop_duplicates("row").sort_values("row")
    totals = frame.drop_duplicates(["total", "site"])
    mine = frame[frame["mine"]]
    high, low = (sheet[name].to_numpy(np.float64)[rows["rule"]] for name in ("max share", "min share"))
    speaks = pd.DataFrame({
        "commodity": np.array(n.commodities, object)[rows["commodity"]],
        "process": sheet["process"].to_numpy(object)[rows["rule"]],
        "country": np.where(rows["spot"] >= 0, np.array(n.places.names, object)[rows["spot"]], sheet["country"].iloc[rows["rule"]]),
        "year": n.years[rows["year"]],
    })  # fmt: skip
    n.names["mix_row"] = Titles(lambda: speaks)
    first = np.unique(rows["total"].to_numpy(np.int64), return_index=True)[1]
    n.names["mix_total"] = Titles(lambda: speaks.drop(columns="process").iloc[first])
    bounds = Index(("mix_row", "mix_total"), (rows["row"], rows["total"]), high=high, low=low)
    return Mix(
        Index(("mix_total",), (np.unique(frame["total"].to_numpy(np.int64)),)),
        Index(
            ("mix_total", "site", "year"),
            (totals["total"], totals["site"], totals["year"]),
            quantity=totals["quantity"],
        ),
        Index(("mix_row", "site", "year"), (mine["row"], mine["site"], mine["year"]), quantity=mine["quantity"]),
        bounds.where(high < 1),
        bounds.where(low > 0),
        speaks,
    )


def build(b: Builder, m: Model) -> None:
    """Totals and the rows of shares."""
    activity = m.production.activity
    totals, whole, part = b.set("totals", b.data.totals), b.set("whole", b.data.whole), b.set("part", b.data.part)
    (all_,), (own,) = b.params(whole, "quantity"), b.params(part, "quantity")
    total = b.var("output_total", totals)
    makers, mine = (
        b.members("makers", whole, ("mix_total",), ("site", "year")),
        b.members("mine", part, ("mix_row",), ("site", "year")),
    )
    b.constraint("total", totals, lambda t: total[t] - sum(all_[t, s, y] * activity[s, y] for s, y in makers[t]) == 0)
    made = lambda r: sum(own[r, s, y] * activity[s, y] for s, y in mine[r])  # noqa: E731
    ceilings, floors = b.set("ceilings", b.data.ceilings), b.set("floors", b.data.floors)
    (high,), (low,) = b.params(ceilings, "high"), b.params(floors, "low")
    b.report("made", b.set("rows", Index(("mix_row",), (np.arange(len(b.data.speaks)),))), made)
    b.constraint("max_share", ceilings, lambda r, t: made(r) <= high[r, t] * total[t])
    b.constraint("min_share", floors, lambda r, t: made(r) >= low[r, t] * total[t])


def mixes(plan: Any) -> pd.DataFrame:
    """Every bound on a share: the share of the plan, and what loosening the bound is worth."""
    x: Mix = plan.data.mix
    index, totals = plan.values("mix.output_total")
    _, made = plan.amount("mix.made")
    parts = []
    for kind, bounds, name in (("max share", x.ceilings, "high"), ("min share", x.floors, "low")):
        row, total = bounds.keys
        _, dual = plan.duals(f"mix.{kind.replace(' ', '_')}")
        line = x.speaks.iloc[row]
        size = totals[index.positions([total])]
        share = np.divide(made[row], size, out=np.full(len(row), np.nan), where=size > TINY)
        bound = bounds.columns[name]
        slack = settled(bound - share if kind == "max share" else share - bound)
        price = dual / plan.data.network.factor[np.searchsorted(plan.data.network.years, line["year"])] + 0.0
        parts.append(line.assign(**{
            "kind": kind, "value": share, "bound": bound, "slack": slack,
            "price": price, "price pp": price * size / 100,
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


MIX_REPORT = Report(
    "Mix",
    "Every bound on a process's share: the share of the plan, and what loosening the bound is worth.",
    (
        Column("commodity", "code", "Commodity."),
        Column("process", "code", "Process."),
        Column("country", "place", "Where; * is the world."),
        Column("year", "year", "Model year."),
        Column("kind", "word", "max share or min share."),
        Column("value", "number", "Share of the plan; blank where nothing is made."),
        Column("bound", "number", "The bound."),
        Column("slack", "number", "Room left."),
        Column("price", "number", "What one more unit of the process's output is worth.", unit="cur/unit"),
        Column("price pp", "number", "What one more percentage point is worth.", unit="cur/pp"),
    ),
    mixes,
)
component = Component("mix", "Which process makes which share", (MIX,), index, build, reports=(MIX_REPORT,))

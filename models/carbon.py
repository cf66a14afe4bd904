"""Carbon: a price on emissions by place, and caps on the emissions of places taken together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models import columns
from models.rules import match, pick, resolve, specificity
from models.schema import TINY, Column, Component, Cost, Report, Table, Tables
from models.series import complete
from models.symbolic import Builder, Index, Model
from models.titles import Titles

if TYPE_CHECKING:
    from models.network import Network

CARBON = Table(
    "Carbon",
    "Price and cap of emissions.",
    columns.POLICIES,
    columns=(
        columns.place("country", "Where: a country, a group or *.", "*"),
        Column(
            "kind",
            "word",
            "price in cur/tCO2 (the most specific row wins); cap in tCO2/y, over the place together.",
            choices=("price", "cap"),
            key=True,
        ),
    ),
    series=Column("value", "number", "Price or cap of the year.", unit="cur/tCO2 or tCO2/y", low=0),
)


@dataclass(frozen=True)
class Carbon:
    """Emissions of every site at work, their price, and the caps."""

    emitters: Index  # (country, year, site) | emissions [tCO2/unit], price [cur/tCO2]
    caps: Index  # (cap, year) | most [tCO2/y]
    under: Index  # (cap, year, site) | emissions


def index(t: Tables, d: Any) -> Carbon:
    """Prices resolved to places; caps as rows over their members."""
    n: Network = d.network
    heads, values = complete(t["Carbon"], ["country", "kind"], n.years)
    spots = np.arange(len(n.places.names))
    price = np.zeros((len(spots), len(n.years)))
    at = np.flatnonzero((heads["kind"] == "price").to_numpy())
    if len(at):
        place = n.places.rule(heads["country"].iloc[at])
        every = np.ones((len(at), len(n.years)), bool)
        decision = resolve(match([(place, spots)]), specificity([place]), every, [values[at]], len(spots), [0.0])
        d.tie("Carbon", heads["first"].to_numpy()[at], decision.ties, "value")
        price = pick(decision, values[at], 0.0)
    runs = d.production.runs
    s, y = runs.keys
    rate = d.production.choice["emissions"][s]
    s, y, rate = s[rate != 0], y[rate != 0], rate[rate != 0]
    k = n.site_place[s]
    emitters = Index(("country", "year", "site"), (k, y, s), emissions=rate, price=price[k, y])
    touched = match([(n.places.rule(heads["country"]), k)]).rule
    d.unmatched("Carbon", heads["first"].to_numpy()[np.setdiff1d(np.arange(len(heads)), touched)])
    caps = np.flatnonzero((heads["kind"] == "cap").to_numpy())
    found = match([(n.places.rule(heads["country"].iloc[caps]), k)])
    under = Index(("cap", "year", "site"), (found.rule, y[found.item], s[found.item]), emissions=rate[found.item])
    pairs = np.unique(np.column_stack(under.keys[:2]), axis=0)
    rows = Index(("cap", "year"), pairs.T, most=values[caps][pairs[:, 0], pairs[:, 1]])
    n.names["cap"] = Titles(lambda: heads[["country"]].iloc[caps])
    return Carbon(emitters, rows, under)


def build(b: Builder, m: Model) -> None:
    """The cost of emissions and the rows of caps."""
    emitters, caps, under = b.set("emitters", b.data.emitters), b.set("caps", b.data.caps), b.set("under", b.data.under)
    (emissions, price), (most,), (rate,) = (
        b.params(emitters, "emissions", "price"),
        b.params(caps, "most"),
        b.params(under, "emissions"),
    )
    activity = m.production.activity
    here, below = (
        b.members("here", emitters, ("country", "year"), ("site",)),
        b.members("below", under, ("cap", "year"), ("site",)),
    )
    m.costs.append(
        Cost(
            "carbon",
            "transfer",
            lambda k, y: sum(price[k, y, s] * emissions[k, y, s] * activity[s, y] for s in here[k, y]),
        )
    )
    emitted = lambda r, y: sum(rate[r, y, s] * activity[s, y] for s in below[r, y])  # noqa: E731
    b.constraint("cap", caps, lambda r, y: emitted(r, y) <= most[r, y])
    b.report("emitted", caps, emitted)


def emissions(plan: Any) -> pd.DataFrame:
    """Emissions by country, process and year, and what they cost."""
    n: Network = plan.data.network
    x = plan.data.carbon.emitters
    index, activity = plan.values("production.activity")
    y, s = x.key("year"), x.key("site")
    amount = x.columns["emissions"] * activity[index.positions([s, y])]
    frame = plan.frame(x, emissions=amount, cost=amount * x.columns["price"])
    frame["process"] = np.array(n.processes, object)[n.site_process[s]]
    frame = frame.groupby(["country", "process", "year"], as_index=False)[["emissions", "cost"]].sum()
    return frame[frame["emissions"].abs() > TINY]


EMISSIONS = Report(
    "Emissions",
    "Emissions by country and process.",
    (
        Column("country", "place", "Country."),
        Column("process", "code", "Process."),
        Column("year", "year", "Model year."),
        Column("emissions", "number", "Emissions of the year.", unit="tCO2/y"),
        Column("cost", "number", "What they cost.", unit="cur"),
    ),
    emissions,
)


def caps(plan: Any) -> pd.DataFrame:
    """Every cap: the emissions under it, and the price at which it holds."""
    n: Network = plan.data.network
    x = plan.data.carbon.caps
    _, emitted = plan.amount("carbon.emitted")
    _, dual = plan.duals("carbon.cap")
    most = x.columns["most"]
    frame = plan.frame(
        x, emissions=emitted, bound=most, slack=most - emitted, price=dual / n.factor[x.key("year")] + 0.0
    )
    return frame.rename(columns={"cap": "country"})


CAPS = Report(
    "Carbon caps",
    "Every cap on emissions: what is emitted under it, and the price at which it holds.",
    (
        Column("country", "place", "Where, taken together."),
        Column("year", "year", "Model year."),
        Column("emissions", "number", "Emissions of the year.", unit="tCO2/y"),
        Column("bound", "number", "The cap.", unit="tCO2/y"),
        Column("slack", "number", "Room left.", unit="tCO2/y"),
        Column("price", "number", "What one more tonne is worth.", unit="cur/tCO2"),
    ),
    caps,
)
component = Component(
    "carbon", "What emissions cost and how much they may be", (CARBON,), index, build, reports=(EMISSIONS, CAPS)
)

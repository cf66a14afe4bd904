"""Accounts: who spends, earns and collects how much, and what each country sells to and buys from the others.

Model prices are the shadow prices of the pools: sales of a site count at the price of the producer's pool, purchases at
the delivered price. value added = sales - inputs; producer rent = value added + subsidies - all costs of the sites.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models import pools
from models.pools import Floats, Pools
from models.schema import TINY, Column, Component, Report
from models.symbolic import Codes, Index

if TYPE_CHECKING:
    from models.network import Network

PAID_BY_SITES = ("variable cost", "fixed cost", "investment", "carbon", "subsidies")


def countries(plan: Any) -> pd.DataFrame:
    """What the users of every place spend, its sites earn and its treasury takes or gives, in every year."""
    spots: Index = plan.data.network.place_years
    made, needed = pools.supply(plan), pools.use(plan)
    served = plan.amount("balance.use_served")[1]
    spending = _by_place(spots, needed.index, served * needed.price)
    value_added = _sales(plan, spots, made, "making") - _sales(plan, spots, needed, "taking")
    cost = {name: plan.cost(name)[1] for name in (*PAID_BY_SITES, "duty", "quota duty", "export tax")}
    lanes: Index = plan.data.trade.lanes
    c, origin, k, y = lanes.keys
    # What must be taken at a negative price (a burden) is no import anyone relies on.
    worth = np.maximum(needed.price, 0.0)[needed.index.positions([c, k, y])]
    arrives = lanes.columns["kept"] * plan.values("trade.ship")[1] * worth
    territory: Codes = plan.data.network.places.territory
    abroad = np.where(territory[origin] != territory[k], arrives, 0.0)
    at = spots.positions([k, y])
    whole, foreign = (np.bincount(at, values, len(spots)) for values in (arrives, abroad))
    frame = plan.frame(
        spots,
        **{
            "spending": spending,
            "value added": value_added,
            "producer rent": value_added - sum(cost[name] for name in PAID_BY_SITES),
            "duty": cost["duty"] + cost["quota duty"],
            "export tax": cost["export tax"],
            "subsidy": 0.0 - cost["subsidies"],
            "import reliance": np.divide(foreign, whole, out=np.full(len(spots), np.nan), where=whole > TINY),
        },
    )
    money = [c.name for c in COUNTRIES.columns if c.unit == "cur"]
    return frame[(frame[money].abs() > TINY).any(axis=1)]


def _sales(plan: Any, spots: Index, pool: Pools, side: str) -> Floats:
    """Worth of what the sites of every place make, or take in."""
    recipe: Index = getattr(plan.data.production, side)
    c, k, s, y = recipe.keys
    runs, activity = plan.values("production.activity")
    amount = recipe.columns["quantity"] * activity[runs.positions([s, y])]
    return _by_place(spots, recipe, amount * pool.price[pool.index.positions([c, k, y])])


def _by_place(spots: Index, index: Index, values: Floats) -> Floats:
    """Sums by place and year."""
    at = spots.positions([index.key("country"), index.key("year")])
    return np.bincount(at, values, len(spots)).astype(np.float64)


def balances(plan: Any) -> pd.DataFrame:
    """What every territory ships to the others and gets from them, by chain, at reference and at model prices."""
    n: Network = plan.data.network
    lanes: Index = plan.data.trade.lanes
    shipped, territory = plan.values("trade.ship")[1], n.places.territory
    abroad = np.flatnonzero((territory[lanes.key("from")] != territory[lanes.key("to")]) & (shipped > TINY))
    c, origin, k, y = (key[abroad] for key in lanes.keys)
    amount = shipped[abroad]
    worth = pools.price(plan, "supply")[plan.data.balance["supply"].positions([c, origin, y])]
    chain = plan.data.tables["Commodities"]["chain"].to_numpy(object)
    keys = ["country", "chain", "year"]
    ends = pd.DataFrame({
        "country": np.array(n.places.names, object)[territory[np.concatenate([origin, k])]],
        "chain": np.tile(chain[c], 2), "year": np.tile(n.years[y], 2),
    })  # fmt: skip
    number = ends.groupby(keys).ngroup().to_numpy()
    frame = ends.drop_duplicates().sort_values(keys, ignore_index=True)
    for prices, values in (
        ("", amount * n.price[c, y]),
        (" at model prices", amount * (worth + lanes.columns["tax"][abroad])),
    ):
        # A commodity without price leaves its chain without a figure (NaN), not with one that is too small.
        sold, bought = (np.bincount(part, values, len(frame)) for part in np.split(number, 2))
        frame[f"exports{prices}"], frame[f"imports{prices}"] = sold, bought
        frame[f"balance{prices}"] = sold - bought
    return frame


COUNTRIES = Report(
    "Countries",
    "Who spends, earns and collects what: the users, sites and treasury of every place, in money of the year.",
    (
        Column("country", "place", "Place; * where no single place pays (tariff quotas)."),
        Column("year", "year", "Model year."),
        Column("spending", "number", "Demand met there, at delivered prices.", unit="cur"),
        Column(
            "producer rent",
            "number",
            "Value added and subsidies less the variable, fixed, investment and carbon costs of its sites.",
            unit="cur",
        ),
        Column("duty", "number", "Import duties paid there.", unit="cur"),
        Column("export tax", "number", "Export taxes paid there.", unit="cur"),
        Column("subsidy", "number", "Paid to its sites; negative: royalties taken from them.", unit="cur"),
        Column(
            "value added",
            "number",
            "Output of its sites at producer prices less their inputs at delivered prices.",
            unit="cur",
        ),
        Column(
            "import reliance",
            "share",
            "Part of all that arrives there, at delivered prices, that comes from other territories; blank: nothing of worth arrives.",
        ),
    ),
    countries,
)
TRADE_BALANCE = Report(
    "Trade balance",
    "What every territory sells to the others and buys from them, by chain.",
    (
        Column("country", "place", "Territory."),
        Column("chain", "code", "Chain of the commodities."),
        Column("year", "year", "Model year."),
        Column("exports", "number", "Shipped abroad, at reference prices; blank: a commodity has none.", unit="cur"),
        Column("imports", "number", "Shipped from abroad, at reference prices.", unit="cur"),
        Column("balance", "number", "Exports less imports, at reference prices.", unit="cur"),
        Column(
            "exports at model prices",
            "number",
            "Shipped abroad, at the producer's price of the plan and export tax.",
            unit="cur",
        ),
        Column(
            "imports at model prices",
            "number",
            "Shipped from abroad, at the price where it was made and export tax, before freight and duty.",
            unit="cur",
        ),
        Column("balance at model prices", "number", "Exports less imports, at model prices.", unit="cur"),
    ),
    balances,
)
component = Component("accounts", "Who spends, earns and collects what", reports=(COUNTRIES, TRADE_BALANCE))

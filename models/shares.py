"""Shares: who supplies what part of the world's output, and of every market that a limit speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models.schema import TINY, Column, Component, Report

if TYPE_CHECKING:
    from models.network import Network

MARKET = ["commodity", "basis", "market", "by", "year"]


def shares(plan: Any) -> pd.DataFrame:
    """Shares of every commodity's output by territory, and of every limit's market by the countries it folds to."""
    n: Network = plan.data.network
    made, value = plan.amount("balance.supply_made")
    world = pd.DataFrame({
        "commodity": np.array(n.commodities, object)[made.key("commodity")], "basis": "production", "market": "*",
        "by": "territory", "year": made.key("year"), "country": n.places.territory[made.key("country")], "amount": value, "rule": -1,
    })  # fmt: skip
    markets = [
        _market(plan, sheet, getattr(plan.data, name).terms)
        for sheet, name in (("Limits", "limits"), ("Concentration", "concentration"))
    ]
    both = pd.concat([world, *(m for m in markets if len(m))], ignore_index=True)
    both = both.groupby([*MARKET, "rule", "country"])["amount"].sum().reset_index()
    both = both[both["amount"] > TINY].drop_duplicates([*MARKET, "country"])
    both["share"] = both["amount"] / both.groupby(MARKET)["amount"].transform("sum")
    # Bundles of small countries count in the total, but their square is left out.
    both["hhi"] = np.where(n.places.aggregate[both["country"]], 0.0, both["share"] ** 2) * 10_000
    both["hhi"] = both.groupby(MARKET)["hhi"].transform("sum")
    both = both.sort_values([*MARKET, "share"], ascending=[True] * len(MARKET) + [False], kind="stable")
    return both.assign(year=n.years[both["year"]], country=np.array(n.places.names, object)[both["country"]])


def _market(plan: Any, sheet: str, frame: pd.DataFrame) -> pd.DataFrame:
    """What every term of a policy's totals comes to in the plan."""
    n: Network = plan.data.network
    table = plan.data.tables[sheet].iloc[frame["rule"]]
    worth = frame["weight"].to_numpy(np.float64).copy()
    for kind, name in (("lane", "trade.ship"), ("site", "production.activity")):
        at = (frame["kind"] == kind).to_numpy()
        worth[at] *= plan.values(name)[1][frame["at"].to_numpy(np.int64)[at]]
    at = (frame["kind"] == "build").to_numpy()
    index, built = plan.values("capacity.build")
    worth[at] *= built[index.positions(plan.data.capacity.works.keys[:2])[frame["at"].to_numpy(np.int64)[at]]]
    split = {c: frame[c].to_numpy(np.int64) for c in ("commodity", "market")}
    return pd.DataFrame({
        **{c: np.where(code >= 0, np.array(n.names[c], object)[code], table[c]) for c, code in split.items()},
        "basis": table["basis"].to_numpy(), "by": table["by"].to_numpy(), "year": frame["year"].to_numpy(np.int64),
        "country": frame["country"].to_numpy(np.int64), "amount": worth, "rule": frame["rule"].to_numpy(np.int64),
    })  # fmt: skip


SHARES = Report(
    "Shares",
    "Who supplies what share, the largest first: of the world's output, and of every market a limit speaks of.",
    (
        Column("commodity", "code", "Commodity."),
        Column("basis", "word", "What is counted."),
        Column("market", "place", "Market; * is the world."),
        Column("year", "year", "Model year."),
        Column("country", "place", "Country, by territory or owner as the limit says."),
        Column("share", "share", "Its share."),
        Column("hhi", "number", "Herfindahl-Hirschman index: the sum of squared shares.", unit="0-10000"),
        Column("by", "word", "Whether countries are territories or owners; each adds up to 1 by itself."),
    ),
    shares,
)
component = Component("shares", "Who supplies what share", reports=(SHARES,))

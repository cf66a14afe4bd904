"""The model: its components in order, and what they declare together."""

from __future__ import annotations

from models import demand, evidence, limits, network, production, trade
from models.schema import Table

TABLES: tuple[Table, ...] = (
    network.SETTINGS, network.YEARS, network.COUNTRIES, network.GROUPS, network.COMMODITIES, network.PRICES,
    production.PROCESSES, production.RECIPES, production.SITES, production.SITE_YEARS,
    demand.DEMAND, demand.STEPS,
    trade.LANES, trade.TARIFFS, trade.MEASURES,
    limits.LIMITS,
    evidence.SCENARIOS, evidence.SOURCES,
)  # fmt: skip

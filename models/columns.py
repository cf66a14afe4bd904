"""Columns that several sheets share, declared once."""

from __future__ import annotations

from typing import Any

from models.schema import BLANK, FIRST, LAST, Column

# The tab colours' groups, as the contract heads its chapters.
WHO = "Who and what"
DEMAND = "Demand and secondary supply"
TRADE = "Trade"
POLICIES = "Policies"
EVIDENCE = "Scenarios, uncertainty, evidence"


def commodity(*words: str, default: str | None = None, key: bool = True) -> Column:
    """The commodity a row speaks of; `*` and other words where the sheet allows them."""
    more: dict[str, Any] = {} if default is None else {"default": default}
    return Column(
        "commodity", "code", "The commodity this row speaks of.", refers="Commodities", words=words, key=key, **more
    )


def process(*words: str, default: str | None = None) -> Column:
    """The process a row speaks of."""
    more: dict[str, Any] = {} if default is None else {"default": default}
    return Column(
        "process", "code", "The process this row speaks of.", refers="Processes", words=words, key=True, **more
    )


def place(name: str, doc: str, *words: str, default: str | None = None) -> Column:
    """A country, place or group; `*` and `each` where the sheet allows them."""
    more: dict[str, Any] = {} if default is None else {"default": default}
    return Column(name, "place", doc, words=words, key=True, **more)


def years(key: bool = False) -> tuple[Column, Column]:
    """`first year` and `last year`, both inclusive; blank is the whole horizon."""
    return (
        Column(
            "first year", "year", "First year in which the row holds; blank: from the start.", default=FIRST, key=key
        ),
        Column("last year", "year", "Last year in which the row holds; blank: to the end.", default=LAST, key=key),
    )


IN_SHOCK = Column(
    "in shock",
    "word",
    "Whether the rule lapses or holds in the shock years of a stress test.",
    default="lapse",
    choices=("lapse", "hold"),
)
SOFT_COST = Column(
    "soft cost",
    "number",
    "Blank: the rule is hard; else what each unit beyond it costs.",
    unit="cur/unit",
    default=BLANK,
    low=0.0,
)
BASIS = Column(
    "basis",
    "word",
    "What is counted: arrivals in the market, arrivals from outside it, output, or capacity.",
    choices=("supply", "imports", "production", "capacity"),
)
BY = Column(
    "by",
    "word",
    "Whether sources are folded by territory or by owner.",
    default="territory",
    choices=("territory", "owner"),
)

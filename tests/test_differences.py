"""What a comparison of many scenarios keeps of a long sheet: the rows that differ most, in every scenario."""

from __future__ import annotations

import pandas as pd
import pytest

import models
from planner.report.differences import shorter

SHIPMENTS = next(report.columns for report in models.REPORTS if report.name == "Shipments")
COSTS = next(report.columns for report in models.REPORTS if report.name == "Costs")
NAME = models.schema.Column("scenario", "code", "Scenario.")


def shipments(lines):
    names = ["scenario", "commodity", "from", "to", "year", "quantity"]
    return pd.DataFrame(lines, columns=names).assign(freight=0.0, duty=0.0, measures="")


FLOWS = shipments([
    ("base", "ore", "AUS", "CHN", 2025, 1000.0),
    ("base", "ore", "CHL", "CHN", 2025, 500.0),
    ("base", "gold", "GHA", "CHN", 2025, 2.0),
    ("base", "gold", "AUS", "CHN", 2025, 1.0),
    ("ban", "ore", "AUS", "CHN", 2025, 900.0),
    ("ban", "ore", "CHL", "CHN", 2025, 500.0),
    ("ban", "gold", "AUS", "CHN", 2025, 3.0),
])  # fmt: skip


def kept(rows, keep=False):
    frame, said = shorter("Shipments", FLOWS, (NAME, *SHIPMENTS), keep, rows)
    return list(zip(frame["scenario"], frame["commodity"], frame["from"], strict=True)), said


def test_shares_by_territory_and_by_owner_are_rows_of_their_own():
    """By owner nothing moves; by territory CHN loses 20 points: its rows alone stay."""
    columns = next(report.columns for report in models.REPORTS if report.name == "Shares")
    lines = [
        (scenario, "ore", "supply", "DEU", 2025, "CHN", share, 5000.0, by)
        for scenario, by, share in (("base", "territory", 0.6), ("ban", "territory", 0.4), ("base", "owner", 0.4), ("ban", "owner", 0.4))
    ]  # fmt: skip
    frame = pd.DataFrame(lines, columns=["scenario", *(c.name for c in columns)])
    found, said = shorter("Shares", frame, (NAME, *columns), rows=3)
    assert found["by"].tolist() == ["territory", "territory"]
    assert "1 left out, 1 of them alike in all" in said


def test_a_short_sheet_is_kept_whole():
    found, said = kept(7)
    assert len(found) == 7
    assert said == ""


def test_rows_that_differ_stay_in_every_scenario_and_alike_ones_go():
    """Ore moves by 100 of 1,000, gold by 2 of 3 from each place; one flow is the same in both."""
    found, said = kept(6)
    gold = [("base", "gold", "GHA"), ("base", "gold", "AUS"), ("ban", "gold", "AUS")]
    assert sorted(found) == sorted([("base", "ore", "AUS"), ("ban", "ore", "AUS"), *gold])
    assert "1 left out, 1 of them alike" in said


def test_the_rows_that_move_most_of_their_own_commodity_come_first():
    """Gold moves by a thousandth of what ore does, but by two thirds of itself."""
    assert {name for _, name, _ in kept(4)[0]} == {"gold"}


def test_what_the_summary_needs_stays():
    chile = ((FLOWS["from"] == "CHL") & (FLOWS["scenario"] == "base")).to_numpy()
    assert ("base", "ore", "CHL") in kept(4, chile)[0]


def test_costs_are_summed_over_countries():
    lines = [
        (name, "freight", "resource", k, 2025, 10.0 * i, 9.0 * i)
        for name in ("base", "ban")
        for i, k in enumerate("AB", 1)
    ]
    names = ["scenario", "term", "kind", "country", "year", "cost", "discounted"]
    frame, said = shorter("Costs", pd.DataFrame(lines, columns=names), (NAME, *COSTS), False, 3)
    assert frame[["scenario", "country", "cost", "discounted"]].to_numpy().tolist() == [
        ["base", "*", 30, 27],
        ["ban", "*", 30, 27],
    ]
    assert said == " All countries together."


@pytest.mark.parametrize("name", ["Unmet", "Builds", "Comparison"])
def test_sheets_that_the_summary_adds_up_are_never_cut(name):
    assert len(shorter(name, FLOWS, (NAME, *SHIPMENTS), False, 1)[0]) == len(FLOWS)

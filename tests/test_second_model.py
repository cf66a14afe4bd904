"""Plans against a second reading of the workbook, which shares no code with the model: every row and every cost."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import models
from planner.study import BadInput, Study, changed, read, solve
from tests.random_changes import edited, scaled
from tests.random_worlds import Sheets, random_study, typed
from tests.second_model import check_plan
from tests.solving import flows, solved
from tests.studies import read as read_text
from tests.studies import study
from tests.workers import spread

INPUTS = Path(__file__).parent.parent / "inputs"


def shipped(which: tuple[str, str]) -> list[str]:
    """On what the two readings of a scenario of a shipped study disagree."""
    name, scenario = which
    found = read(INPUTS / name)
    plan = solve(found, scenario)
    return check_plan(changed(found, scenario)[0], plan.tables, plan.objective)


# Some seconds each, so not every scenario of the base study: those whose rows no other one has.
OF_MANY = {
    "base.xlsx": (
        "hhi-2500",  # cones
        "crma-benchmarks",  # benchmarks that cannot all be had
        "ga-ge-ban-reexport",  # a ban with hubs: processes that carry a commodity on
        "self-sufficiency-usa",  # lanes closed one by one, and most demand steps
    )
}


@pytest.mark.parametrize("name", sorted(path.name for path in INPUTS.glob("*.xlsx")))
def test_shipped_studies_and_their_scenarios(name: str) -> None:
    scenarios = ["", *OF_MANY.get(name, read(INPUTS / name).scenarios)]
    for (_, scenario), found in spread(shipped, [(name, scenario) for scenario in scenarios]):
        assert not found, f"{scenario}: {found[:9]}"


# What a check must catch ------------------------------------------------------------------------------------------------

REPORTED = {
    "Production": ("activity", "capacity", "use"),
    "Builds": ("capacity", "available", "capex"),
    "Shipments": ("quantity", "freight", "duty"),
    "Unmet": ("demand", "unmet"),
    "Stocks": ("stock", "in", "out"),
    "Balance": ("made", "returned", "shipped", "arrived", "used", "served", "stocked", "surplus"),
    "Limits": ("value", "slack"),
    "Concentration": ("hhi",),
    "Benchmarks": ("value", "slack"),
    "Emissions": ("emissions",),
    "Shares": ("share", "hhi"),
    "Costs": ("cost", "discounted"),
}
FIGURES = {
    "Years": ("length",),
    "Countries": ("capital rate", "risk"),
    "Groups": ("weight",),
    "Commodities": ("content", "price", "mass", "unmet cost"),
    "Processes": ("lifetime", "lead time", "ramp", "max use", "min use", "emissions"),
    "Recipes": ("by year",),
    "Sites": (
        *("capacity", "last year", "variable cost", "fixed cost", "capex", "build from", "max build", "max capacity"),
        *("resource", "lifetime", "lead time", "ramp", "max use", "emissions"),
    ),
    "Site years": ("by year", "last year"),
    "Reference prices": ("by year",),
    "Demand": ("by year",),
    "Demand steps": ("share", "value"),
    "Scrap": ("by year",),
    "Returns": ("quantity", "delay", "collected"),
    "Stockpiles": ("initial", "capacity", "holding cost", "loss", "min final", "min cover", "soft cost"),
    "Lanes": ("freight", "freight per tonne", "loss", "max", "first year", "last year"),
    "Tariffs": ("rate", "specific", "first year", "last year"),
    "Trade measures": ("value", "rate", "first year", "last year", "in first year"),
    "Limits": ("max share", "min share", "max", "min", "first year", "last year", "soft cost"),
    "Concentration": ("max hhi",),
    "Benchmarks": ("min share", "max share", "first year", "soft cost"),
    "Mix": ("min share", "max share"),
    "Growth": ("max growth", "seed"),
    "Subsidies": ("value", "first year", "last year"),
    "Carbon": ("by year",),
}
SAMPLES = [range(first, first + 40) for first in range(2000, 2400, 40)]


def planned(seed: int) -> tuple[Sheets, dict[str, pd.DataFrame]] | None:
    """A random study and the tables of its plan; None where there is no plan."""
    sheets = random_study(seed, ceilings=True)
    tables, problems = typed(sheets)
    if problems:
        return None
    try:
        plan = solve(Study(Path("study.xlsx"), tables, [], ""))
    except BadInput:
        return None
    return (sheets, {name: plan[name] for name in REPORTED}) if plan.status == "optimal" else None


@cache
def sample(seeds: range) -> list[tuple[Sheets, dict[str, pd.DataFrame]]]:
    return [found for _, found in spread(planned, seeds) if found]


def plans() -> Iterator[tuple[Sheets, dict[str, pd.DataFrame]]]:
    """Random studies with their plans; more of them only for a column that the first do not try."""
    for seeds in SAMPLES:
        yield from sample(seeds)


def pairs(columns: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(sheet, column) for sheet, names in columns.items() for column in names]


@pytest.mark.parametrize(("sheet", "column"), pairs(REPORTED))
def test_a_figure_of_the_report_that_is_a_little_off_is_caught(sheet: str, column: str) -> None:
    tried = 0
    for sheets, plan in sample(SAMPLES[0]):
        rows = [i for i, value in enumerate(plan[sheet][column].tolist()) if value > 0.05][:2]
        for row in rows if tried < 6 else []:
            changed = plan[sheet].copy()
            changed[column] = changed[column].astype(float)
            changed.loc[changed.index[row], column] *= 1.03
            assert check_plan(typed(sheets)[0], {**plan, sheet: changed}), changed.iloc[row]
            tried += 1
    assert tried


def altered(sheets: Sheets, sheet: str, column: str, change: float) -> Sheets:
    """The study with one column of figures far larger or smaller, or of years two later or earlier."""

    def edit(name: str, row: dict[str, Any]) -> dict[str, Any]:
        if name != sheet or (name == "Groups" and row["country"] > "D"):  # a group's weights as one change nothing
            return row
        if column in ("first year", "last year", "build from"):
            return row | {column: row[column] and row[column] + (2 if change > 1 else -2)}
        return scaled(row, change, column)

    return edited(sheets, edit)


@pytest.mark.parametrize(("sheet", "column"), pairs(FIGURES))
def test_a_plan_of_another_study_is_caught(sheet: str, column: str) -> None:
    """Whichever column has other figures: in some study the plan no longer fits."""
    for sheets, plan in plans():
        for change in (0.2, 1.5, 4.0):
            other = altered(sheets, sheet, column, change)
            if other == sheets:
                continue
            tables, problems = typed(other)
            if not problems and check_plan(tables, plan):
                return
    raise AssertionError("no plan minds")


# Small studies on which the two readings once differed ------------------------------------------------------------------

ORE = """
Commodities
  commodity  unit  unmet cost
  ore        t     1000
Processes
  process  unit
  mine     t
Recipes
  process  commodity  direction  quantity
  mine     ore        out        1
"""


def test_every_bound_of_a_soft_limit_is_broken_on_its_own() -> None:
    """All of the capacity of 10 is AUS's, 4 above its share of 6 and 2 below its minimum of 12: 6 units at 5 each."""
    text = f"""{ORE}
Sites
  site  process  country  capacity  variable cost
  m     mine     AUS      10        1
Demand
  commodity  country  2025
  ore        AUS      0
Limits
  limit  commodity  basis     source country  max share  min  soft cost
  both   ore        capacity  AUS             0.6        12   5
"""
    plan = solved(text)
    assert plan.objective == pytest.approx(30)
    assert check_plan(study(text), plan.tables, plan.objective) == []


def test_no_build_is_at_work_in_the_first_period() -> None:
    """Decided in 2025 with a lead time of a year, it works from 2030: 2026 belongs to the first period."""
    text = f"""{ORE}
Years
  year
  2025
  2030
Sites
  site  process  country  capacity  variable cost  capex
  m     mine     AUS      0         1              100
Demand
  commodity  country  2025  2030
  ore        AUS      0     3
"""
    plan = solved(text)
    assert flows(plan, "Builds", "available", "year") == {2025: 2030}
    assert check_plan(study(text), plan.tables, plan.objective) == []


def test_a_contract_after_the_last_build_has_died_is_an_error() -> None:
    """What is decided in 2025 works in 2026 and 2027, which belong to the first period: nothing can be made in 2038."""
    tables, _ = read_text(f"""{ORE}
Years
  year
  2025
  2038
Sites
  site  process  country  capacity  last year  variable cost  capex  lifetime
  m     mine     AUS      5         2025       1              100    2
Demand
  commodity  country  2025  2038
  ore        DEU      1     1
Lanes
  commodity  from  to   min
  ore        AUS   DEU  0.5
""")
    problems = [p for p in models.index(tables).problems if p.severity == "error"]
    assert [(p.sheet, p.cell) for p in problems] == [("Lanes", "D2")]
    assert "in 2038" in problems[0].problem

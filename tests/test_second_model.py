"""Plans against a second reading of the workbook, which shares no code with the model: every row and every cost."""

from __future__ import annotations

from pathlib import Path

import pytest

import models
from planner.study import read, solve
from tests.second_model import check_plan
from tests.solving import flows, solved
from tests.studies import read as read_text
from tests.studies import study

INPUTS = Path(__file__).parent.parent / "inputs"


@pytest.mark.parametrize("name", sorted(path.name for path in INPUTS.glob("*.xlsx")))
def test_shipped_studies(name: str) -> None:
    found = read(INPUTS / name)
    plan = solve(found)
    assert check_plan(found.tables, plan.tables, plan.objective) == []


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

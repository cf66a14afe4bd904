"""What a report says beside the result tables: the lines of Run, the names of codes, units of processes."""

from __future__ import annotations

from planner.publish import book, run_lines
from tests.solving import solved

STUDY = """
Years
  year
  2025
  2026
  2027
Settings
  setting        value
  discount rate  0
Countries
  country  name
  AUS      Australia
  DEU      -
Commodities
  commodity  unit  unmet cost
  ore        t     1000
Processes
  process  name      unit  lifetime  lead time
  mine     Ore mine  kt    20        1
Recipes
  process  commodity  direction  quantity
  mine     ore        out        1
Sites
  site  process  country  capacity  variable cost  capex  max build
  a     mine     AUS      5         5              10     5
Lanes
  commodity  from  to
  ore        *     *
Demand
  commodity  country  2025  2026  2027
  ore        DEU      5     10    15
"""


def test_builds_of_one_site_that_hardly_work_share_a_line() -> None:
    """Of 20 years of life two and one lie inside the horizon."""
    lines = [value for name, value in run_lines(solved(STUDY)) if "quarter of their life" in name]
    assert lines == ["a, decided 2025–2026"]


def test_the_names_of_codes_and_the_units_of_processes_are_told() -> None:
    told = book(solved(STUDY))
    assert told.activities == {"mine": "kt"}
    rows = told.tables["Names"].to_numpy().tolist()
    assert rows == [
        ["AUS", "Australia", "place", ""], ["DEU", "DEU", "place", ""], ["ore", "ore", "commodity", "t"], ["mine", "Ore mine", "process", "kt"],
    ]  # fmt: skip
    assert [c.name for c in told.columns["Names"]] == list(told.tables["Names"])

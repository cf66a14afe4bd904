"""How large the program becomes: with the sites and the lanes between countries, never with the square of the sites."""

from __future__ import annotations

from pathlib import Path

from planner.study import Study, compiled
from tests.studies import read

PLACES = ("AAA", "BBB", "CCC", "DDD")


def columns(sites: int, places: int = len(PLACES)) -> dict[str, int]:
    """Columns by name where each of the countries has so many mines and refineries."""
    rows = "".join(
        f"  {process} {k} {i}  {process}  {k}  10  1  1  1\n"
        for process in ("mine", "refine")
        for k in PLACES[:places]
        for i in range(sites)
    )
    tables, problems = read(f"""
Settings
  setting        value
  discount rate  0
Years
  year  length
  2025  1
  2026  1
Commodities
  commodity  unit  unmet cost
  ore        t     1
  metal      t     100
Processes
  process  unit  lifetime
  mine     t     10
  refine   t     10
Recipes
  process  commodity  direction  quantity
  mine     ore        out        1
  refine   ore        in         2
  refine   metal      out        1
Countries
  country
{"".join(f"  {k}{chr(10)}" for k in PLACES[:places])}
Lanes
  commodity  from  to
  *          *     *
Sites
  site  process  country  capacity  variable cost  fixed cost  capex
{rows}
Demand
  commodity  country  2025  2026
{"".join(f"  metal  {k}  1  1{chr(10)}" for k in PLACES[:places])}
""")
    lp = compiled(Study(Path("study.xlsx"), tables, problems, ""))[2].lp
    return {run.name: run.stop - run.start for run in lp.columns}


def test_columns_grow_with_the_sites_and_lanes_do_not():
    one, two, four = columns(1), columns(2), columns(4)
    assert sum(four.values()) - sum(two.values()) == 2 * (sum(two.values()) - sum(one.values())) > 0
    assert one["trade.ship"] == two["trade.ship"] == four["trade.ship"] > 0
    assert four["production.activity"] == 4 * one["production.activity"]


def test_lanes_are_pairs_of_countries():
    """Two goods, two years, and every ordered pair of countries and each country with itself."""
    assert [columns(2, places)["trade.ship"] for places in (1, 2, 4)] == [2 * 2 * places**2 for places in (1, 2, 4)]

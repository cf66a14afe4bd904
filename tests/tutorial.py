"""The tutorial study as text; `python -m tests.tutorial` writes inputs/tutorial.xlsx from it."""

from __future__ import annotations

from pathlib import Path

from planner.files import write_atomically
from planner.template import write_study
from tests.studies import study

PATH = Path(__file__).parent.parent / "inputs" / "tutorial.xlsx"
TEXT = """
Settings
  setting            | value                              | note
  format             | 1                                  | layout of the workbook
  title              | Tutorial: cobalt for Finland       |
  currency           | USD                                |
  price year         | 2025                               |
  discount rate      | 0                                  | none, so that every number can be checked by hand
Years
  year | note
  2025 |
  2026 |
  2027 |
Countries
  country | name     | note
  COD     | DR Congo | mines
  CHN     | China    | refines and uses
  FIN     | Finland  | uses, and may build a refinery
Commodities
  commodity      | unit | unmet cost [cur/unit] | source | quality | note
  cobalt ore     | t    | -                     | own    | D       | t of contained cobalt
  refined cobalt | t    | 60000                 | own    | D       | about twice the price of a good year: what a buyer would lose
Processes
  process  | unit | lifetime [y] | lead time [y] | source | quality
  mining   | t    | 20           | 1             | own    | D
  refining | t    | 10           | 1             | own    | D
Recipes
  process  | commodity      | direction | quantity [unit/activity] | source | quality
  mining   | cobalt ore     | out       | 1                        | own    | D
  refining | cobalt ore     | in        | 1                        | own    | D
  refining | refined cobalt | out       | 1                        | own    | D
Sites
  site         | process  | country | capacity [unit/y] | variable cost [cur/unit] | capex [cur/(unit/y)] | source | quality | note
  mines COD    | mining   | COD     | 60000             | 10000                    | -                    | own    | D       | round figures
  refinery CHN | refining | CHN     | 60000             | 3000                     | -                    | own    | D       |
  refinery FIN | refining | FIN     | 0                 | 4000                     | 8000                 | own    | D       | not yet built: 8,000 over 10 years is 800 USD/t
Demand
  commodity      | country | 2025  | 2026  | 2027  | source | quality
  refined cobalt | CHN     | 40000 | 40000 | 40000 | own    | D
  refined cobalt | FIN     | 10000 | 10000 | 12000 | own    | D
Lanes
  commodity | from | to | freight [cur/unit] | source | quality | note
  *         | *    | *  | 500                | own    | D       | every lane between two countries
Limits
  limit            | commodity      | basis  | market | source country | exempt own | max share | first year | source | quality | note
  no more than 65% | refined cobalt | supply | FIN    | each           | yes        | 0.65      | 2026       | own    | D       | as the EU asks of strategic raw materials
Scenarios
  scenario     | operation | sheet          | where                                                                                     | column    | value
  no limit     | set       | Limits         | limit=no more than 65%                                                                    | max share | 1
  export ban   | insert    | Trade measures | measure=export ban; commodity=refined cobalt; from=CHN; to=FIN; kind=ban; first year=2026 |           |
Sources
  source | citation
  own    | Round figures made up for this tutorial
"""


def write(path: Path = PATH) -> None:
    """Write the tutorial workbook."""
    tables = study(TEXT)
    write_atomically(path, lambda to: write_study(tables, to))


if __name__ == "__main__":
    write()

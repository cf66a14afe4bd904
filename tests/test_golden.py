"""The algebra of every component on a study small enough to read, as text under tests/golden.

`pytest --update-golden` rewrites them; the difference is then reviewed as mathematics.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

import models
from planner.compile import compile_model
from tests import mathematics
from tests.studies import study

GOLDEN = Path(__file__).parent / "golden"


@dataclass(frozen=True)
class Case:
    """A study, and what of its program is shown beside the component's own rows and columns."""

    study: str
    costs: tuple[str, ...] = ()  # terms that the component registers
    beside: tuple[str, ...] = ()  # further components whose rows show its terms
    reports: tuple[str, ...] = ()


# A mine in AAA and smelters in AAA and BBB; no interest, so that money can be added by hand.
GOODS = """
    Commodities
      commodity  unit  material  stage  content  price
      ore        kt    m         mine   10       20
      metal      t     m         metal  1        100
    Processes
      process  unit
      mining   kt
      smelt    t
      remelt   t
    Recipes
      process  commodity  direction  quantity
      mining   ore        out        1
      smelt    ore        in         0.2
      smelt    metal      out        1
      remelt   ore        in         0.3
      remelt   metal      out        1
"""
TIED = GOODS.replace("price\n", "price  disposable\n").replace("20\n", "20     no\n").replace("100\n", "100    yes\n")
NO_INTEREST = """
    Settings
      setting            value
      discount rate      0
      unmet cost factor  10
"""
TWO_YEARS = """
    Years
      year  length
      2025  5
      2030  1
"""
PLACES = """
    Countries
      country  region  territory  owner  risk  aggregate
      AAA      -       -          -      0.9   no
      AAA.B    -       AAA        BBB    0.5   no
      BBB      South   -          -      0.1   no
      CCC      South   -          -      0.2   no
      ZZZ      -       -          -      0.3   yes
"""
SITES = """
    Sites
      site      process  country  capacity  variable cost
      mine      mining   AAA      10        5
      smelter   smelt    AAA      30        7
      smelterB  smelt    BBB      20        9
"""
DEMAND = """
    Demand
      commodity  country  2025
      metal      BBB      8
"""
LANES = """
    Lanes
      commodity  from  to  freight
      *          *     *   1
"""

CASES = {
    "production": Case(
        NO_INTEREST
        + TWO_YEARS
        + """
    Commodities
      commodity  unit  price  disposable
      ore        kt    20     yes
      metal      t     100    yes
      slag       t     -      no
    Processes
      process  unit
      mining   kt
      smelt    t
      dump     t
    Recipes
      process  commodity  direction  quantity  2025  2030
      mining   ore        out        1         -     -
      smelt    ore        in         -         0.2   0.1
      smelt    metal      out        1         -     -
      smelt    slag       out        0.5       -     -
      dump     slag       in         1         -     -
    Sites
      site     process  country  capacity   last year  variable cost
      mine     mining   AAA      10         -          5
      smelter  smelt    AAA      30         2029       7
      heap     dump     AAA      unlimited  -          -1
    Site years
      site     process  country  item           operation  2025  2030
      *        mining   *        variable cost  multiply   1     1.2
    Demand
      commodity  country  2025
      metal      AAA      8
    """,
        costs=("variable cost",),
        beside=("balance",),
    ),
    "capacity": Case(
        NO_INTEREST
        + """
    Years
      year
      2025
      2027
      2030
    Commodities
      commodity  unit  price
      ore        kt    20
    Processes
      process  unit  lifetime  lead time  ramp  max use  min use
      mining   kt    4         1          1     0.8      0.1
    Recipes
      process  commodity  direction  quantity
      mining   ore        out        1
    Sites
      site  process  country  capacity  last year  variable cost  fixed cost  capex  max build  max capacity  resource
      mine  mining   AAA      10        2029       5              2           40     3          12            60
      open  mining   AAA      unlimited  -          9              0           -      -          -             -
    Demand
      commodity  country  2025
      ore        AAA      8
    """,
        costs=("fixed cost", "investment"),
        reports=("capacity.available",),
    ),
    "demand": Case(
        NO_INTEREST
        + GOODS
        + SITES
        + LANES
        + """
    Demand
      commodity  country  use    2025
      metal      AAA      wire   8
      metal      AAA      sheet  4
      ore        BBB      all    2
    Demand steps
      commodity  country  use   step   share  value
      metal      *        *     early  0.25   300
      metal      *        wire  first  0.5    400
      metal      *        wire  last   0.5    900
    """,
        costs=("unmet demand",),
        beside=("balance",),
    ),
    "recycling": Case(
        NO_INTEREST
        + GOODS
        + SITES
        + """
    Years
      year
      2025
      2028
      2030
    Demand
      commodity  country  use    2025
      metal      AAA      wire   8
      metal      AAA      sheet  4
    Scrap
      commodity  country  2025  2030
      ore        AAA      0     1
    Returns
      demand commodity  country  use   scrap commodity  quantity  delay  collected
      metal             *        *     ore              0.2       3      0.5
      metal             AAA      wire  metal            0.4       2      -
    """,
        beside=("balance",),
    ),
    "stockpiles": Case(
        NO_INTEREST
        + TWO_YEARS
        + GOODS
        + """
    Sites
      site     process  country  capacity  variable cost
      mine     mining   AAA      10        5
      smelter  smelt    AAA      30        7
    Demand
      commodity  country  2025
      metal      AAA      8
    Stockpiles
      commodity  country  held by   initial  capacity   holding cost  loss  min final  min cover  soft cost
      metal      AAA      user      2        9          3             0.1   -          73         -
      ore        AAA      producer  0        unlimited  1             0     0.5        36.5       50
    """,
        costs=("holding stock", "excess of stockpiles"),
        beside=("balance",),
    ),
    "trade": Case(
        NO_INTEREST
        + TWO_YEARS
        + GOODS
        + """
    Sites
      site      process  country  capacity  variable cost
      mine      mining   AAA      10        5
      smelter   smelt    AAA      30        7
    Demand
      commodity  country  2025
      metal      BBB      8
      metal      CCC      4
    Lanes
      commodity  from  to   freight  freight per tonne  loss  min  max
      *          *     *    2        -                  -     -    -
      metal      AAA   BBB  -        3                  0.01  1    6
    Tariffs
      measure  commodity  from  to   rate  specific
      base     metal      *     *    0.1   -
      base     metal      AAA   CCC  -     4
      extra    *          AAA   CCC  0.05  -
    Trade measures
      measure  commodity  from  to   kind          value  rate  first year  in first year
      stop     metal      AAA   CCC  ban           -      -     2030        0.25
      few      metal      AAA   *    quota         9      -     -           -
      some     metal      *     BBB  tariff quota  3      0.5   2030        -
      levy     metal      AAA   *    tax           0.2    -     -           -
      keep     metal      AAA   *    share         0.9    -     -           -
    """,
        costs=("freight", "duty", "export tax", "quota duty"),
        beside=("balance",),
    ),
    "limits": Case(
        NO_INTEREST
        + PLACES
        + GOODS
        + SITES
        + """
      smelterC  smelt    AAA.B    5         8
    """
        + DEMAND
        + LANES
        + """
    Limits
      limit    commodity  basis       market  source country  by         exempt own  max share  min share  max  min  soft cost
      each     metal      supply      BBB     each            territory  yes         0.65       -          -    -    -
      owned    metal      supply      BBB     BBB             owner      no          -          0.3        -    -    70
      cap      m/metal    imports     *       AAA             territory  no          -          -          6    -    -
      floor    metal      production  *       South           territory  no          -          -          -    2    50
      stands   metal      capacity    *       BBB             territory  no          -          0.25       -    -    -
    """,
        costs=("excess of limits",),
        reports=("limits.amount",),
    ),
    "concentration": Case(
        NO_INTEREST
        + PLACES
        + GOODS
        + SITES
        + """
      smelterC  smelt    AAA.B    5         8
      others    smelt    ZZZ      5         8
    """
        + DEMAND
        + LANES
        + """
    Concentration
      limit  commodity  basis       market  by         weight  max hhi
      made   metal      production  *       owner      none    4000
      risky  metal      supply      BBB     territory  risk    5000
    """,
    ),
    "benchmarks": Case(
        NO_INTEREST
        + PLACES
        + GOODS
        + SITES
        + DEMAND
        + LANES
        + """
    Benchmarks
      limit    commodity  basis       place  min share  max share  of commodity  of basis    of place  soft cost
      mined    m/mine     production  AAA    0.1        -          metal         use         BBB       -
      made     metal      production  BBB    0.4        -          -             use         -         60
      foreign  metal      imports     BBB    -          0.5        -             supply      -         -
      stands   metal      capacity    BBB    0.2        -          -             capacity    *         -
    """,
        costs=("excess of benchmarks",),
        reports=("benchmarks.first", "benchmarks.second"),
    ),
    "mix": Case(
        NO_INTEREST
        + GOODS
        + SITES
        + """
      furnace   remelt   BBB      5         8
    """
        + DEMAND
        + LANES
        + """
    Mix
      commodity  process  country  min share  max share
      metal      remelt   *        0.2        -
      metal      smelt    each     -          0.8
    """,
    ),
    "growth": Case(
        NO_INTEREST
        + """
    Years
      year
      2025
      2027
      2030
    """
        + GOODS
        + """
    Sites
      site     process  country  capacity  variable cost  capex
      mine     mining   AAA      10        5              -
      smelter  smelt    AAA      30        7              50
      new      smelt    BBB      0         7              60
    Site years
      site     process  country  item      2025  2027  2030
      smelter  *        *        capacity  30    36    20
    Demand
      commodity  country  2025
      metal      AAA      8
    Growth
      process  country  max growth  seed
      smelt    each     0.1         2
    """,
    ),
    "subsidies": Case(
        NO_INTEREST
        + """
    Years
      year
      2025
      2030
    """
        + GOODS
        + """
    Sites
      site      process  country  capacity  variable cost  capex
      mine      mining   AAA      10        5              -
      smelterB  smelt    BBB      20        9              100
    Demand
      commodity  country  2025
      metal      BBB      8
    Lanes
      commodity  from  to
      *          *     *
    Subsidies
      measure  process  country  kind         value  first year  last year
      bonus    smelt    BBB      output       2      2030        -
      part     smelt    *        cost share   0.1    -           -
      grant    smelt    BBB      capex share  0.25   -           2027
      royalty  mining   AAA      output       -3     -           -
    """,
        costs=("subsidies",),
    ),
    "carbon": Case(
        NO_INTEREST
        + TWO_YEARS
        + """
    Commodities
      commodity  unit  price
      metal      t     100
    Processes
      process  unit  emissions
      smelt    t     2
      green    t     0
    Recipes
      process  commodity  direction  quantity
      smelt    metal      out        1
      green    metal      out        1
    Sites
      site      process  country  capacity  variable cost  emissions
      smelter   smelt    AAA      30        7              -
      smelterB  smelt    BBB      20        9              1.5
      plant     green    BBB      20        30             -
    Demand
      commodity  country  2025
      metal      BBB      8
    Lanes
      commodity  from  to
      *          *     *
    Carbon
      country  kind   2025  2030
      *        price  10    20
      BBB      price  50    90
      *        cap    40    30
    """,
        costs=("carbon",),
    ),
    "balance": Case(
        NO_INTEREST
        + TIED
        + SITES
        + DEMAND
        + """
    Lanes
      commodity  from  to  freight  loss
      *          *     *   1        0.02
    """,
        reports=("balance.supply_made", "balance.shipped", "balance.arrived", "balance.use_used", "balance.use_served"),
    ),
    "objective": Case(
        """
    Settings
      setting            value
      discount rate      0.25
      base year          2024
      unmet cost factor  10
    Years
      year
      2025
      2027
    """
        + GOODS
        + """
    Sites
      site     process  country  capacity  variable cost  fixed cost
      mine     mining   AAA      10        5              1
      smelter  smelt    AAA      30        7              0
    Demand
      commodity  country  2025
      metal      AAA      8
    """,
        costs=("variable cost", "fixed cost", "unmet demand"),
    ),
}


def text(name: str) -> str:
    """What the golden file of a component says."""
    case = CASES[name]
    data = models.index(study(case.study))
    assert not [str(p) for p in data.problems]
    model = models.build(data)
    made = compile_model(model, data.network.factor)
    names, places = data.network.names, model.data[id(model.network.place_years)]
    parts = {
        "Costs by place and year": [line for term in case.costs for line in mathematics.cost(data, made, term, places)],
        "Objective": list(mathematics.objective(made.lp, names)) if name == "objective" else [],
        "Rows": list(mathematics.rows(made.lp, names, (name, *case.beside))),
        "Columns": list(mathematics.bounds(made.lp, names, (name,))),
        "Reports": [line for report in case.reports for line in mathematics.report(data, made, report)],
    }
    said = "\n".join(line for line in dedent(case.study).splitlines() if line.strip())
    return (
        said
        + "\n"
        + "".join(f"\n{head}\n" + "".join(f"  {x}\n" for x in lines) for head, lines in parts.items() if lines)
    )


@pytest.mark.parametrize("name", CASES)
def test_golden(name, pytestconfig):
    path = GOLDEN / f"{name}.lp"
    made = text(name)
    if pytestconfig.getoption("--update-golden"):
        path.write_text(made, encoding="utf-8")
    assert made == path.read_text(encoding="utf-8"), f"{path.name} changed; review it, then pytest --update-golden"


def test_every_component_with_algebra_has_one():
    algebra = {c.name for c in models.COMPONENTS if c.build is not None} - {"network"}
    assert algebra == set(CASES) == {path.stem for path in GOLDEN.glob("*.lp")}

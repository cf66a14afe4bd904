"""Checks across rows and sheets: each fault alone in a sound study, and the sound study without any."""

from __future__ import annotations

import pytest

import models
from models.schema import Component, Problem, Tables
from planner.checks import check, grades
from tests.studies import study
from tests.whole_study import WHOLE

SOUND = """
Settings
  setting            value
  unmet cost factor  10
Years
  year  length
  2025  5
  2030  -
Countries
  country  region  territory
  AAA      West    -
  AAA.X    -       AAA
  BBB      West    -
  CCC      -       -
Groups
  group  country  weight
  club   AAA      1
  club   BBB      1
Commodities
  commodity  unit  price
  ore        t     100
  metal      t     1000
Processes
  process  unit
  mine     t
  smelt    t
Recipes
  process  commodity  direction  quantity
  mine     ore        out        1
  smelt    ore        in         2
  smelt    metal      out        1
Sites
  site   process  country  capacity  variable cost  capex
  pit    mine     AAA.X    100       5              -
  works  smelt    BBB      40        7              -
Demand
  commodity  country  use  2025
  metal      CCC      car  10
Demand steps
  commodity  use  step  share  value
  metal      car  lazy  0.4    900
Lanes
  commodity  from  to   min
  ore        AAA   BBB  -
  metal      West  CCC  20
Limits
  limit  commodity  basis   market  source country  max share
  half   metal      supply  CCC     BBB             0.5
"""
FIRM = "  unmet cost factor  10\n"


def found(text: str) -> list[str]:
    return [f"{p.severity} {p}" for p in check(study(text))]


def without(old: str, new: str, text: str = SOUND) -> str:
    assert old in text
    return text.replace(old, new)


def test_a_sound_study_has_one_problem_only() -> None:
    """Its only maker of metal may have half of the market: the other half has no one."""
    assert found(SOUND) == [
        "warning Limits!F2: the ceilings on metal in 2025 let its 1 source supply 50 % at most. "
        "Raise them to at least 100 % together, or give them a soft cost."
    ]
    assert found(without("BBB             0.5", "BBB             1")) == []
    assert found(WHOLE) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("2025  5", "2025  6", "error Years!B2: 6 years from 2025 reach beyond the next model year 2030. Give at most 5"),
        ("2025  5", "2025  2.5", "error Years!B2: length is 2.5, expected whole years."),
        ("CCC      -       -", "CCC      -       AAA.X", "error Countries!C5: CCC lies in AAA.X, which itself lies in AAA."),
        ("club   AAA      1", "CCC    AAA      1", "error Groups!A2: CCC is a country too"),
        ("club   AAA      1\n  club   BBB      1\nCom", "club   AAA      0\n  club   BBB      0\nScrap\n  commodity  country  2025\n  ore        club     1\nCom",
         "error Scrap!B2: the weights of group club are all zero."),
        ("club   AAA      1", "each   AAA      1", 'error Groups!A2: "each" has a meaning of its own.'),
        ("CCC      -       -", "CCC      BBB     -", "warning Countries!B5: the region BBB is a country too"),
        ("club   AAA      1", "west   AAA      1", "warning Countries!B2: West stands in Groups too, with other members"),
        ("metal      CCC      car  10", "metal  CCC  car  10\n  metal  club  car  1\n  metal  BBB  car  2",
         "error Demand!B4: metal, car of BBB is given here and in B3 (club)."),
        ("lazy  0.4    900", "lazy  0.4  900\n  metal  car  eager  0.7  950", "error Demand steps!D2: the shares of these steps add up to 1.1"),
        ("car  lazy", "car  Rest", 'error Demand steps!C2: "rest" is what the report calls the demand that no step covers.'),
        ("metal      car  lazy", "metal      cat  lazy", 'warning Demand steps!B2: no row of Demand has the use "cat". Uses are car.'),
        ("supply  CCC     BBB             0.5", "capacity  CCC  BBB  1", "error Limits!D2: basis capacity has no market. Leave market blank; name"),
        ("supply  CCC     BBB             0.5", "supply  CCC     BBB             -", "warning Limits!A2: the row has no bound"),
        ("source country  max share\n  half   metal      supply  CCC     BBB             0.5", "source country  min share\n  half   metal      supply  CCC     each            0.5",
         "error Limits!F2: min share does not go with source country each. Name the source."),
        ("source country  max share\n  half   metal      supply  CCC     BBB             0.5", "source country  exempt own  max share\n  half   metal      supply  CCC     BBB             yes         1",
         "error Limits!F2: exempt own goes with source country each and a market. Fill both in, or leave exempt own blank."),
        ("source country  max share\n  half   metal      supply  CCC     BBB             0.5", "source country  exempt own  max share\n  half   metal      supply  -       each            yes         1",
         "error Limits!F2: exempt own goes with source country each and a market."),
        ("Limits\n", "Trade measures\n  measure  commodity  from  to  kind   value\n  m        ore        AAA   *   share  60\nLimits\n",
         "error Trade measures!F2: value is 60, expected a share from 0 to 1; 60 % is 0.6. Type 0.6."),
        ("Limits\n", "Trade measures\n  measure  commodity  from  to  kind  value\n  m        ore        AAA   *   tax   15\nLimits\n",
         "hint Trade measures!F2: value is 15, that is 1500 %. If 15 % is meant, type 0.15."),
        ("Limits\n", "Trade measures\n  measure  commodity  from  to  kind  value\n  m        ore        AAA   *   ban   15\nLimits\n",
         "warning Trade measures!F2: a ban does not read value, so the cell does nothing."),
        ("Limits\n", "Trade measures\n  measure  commodity  from  to  kind   value  rate\n  m        ore        AAA   *   quota  15     0\nLimits\n",
         "warning Trade measures!G2: a quota does not read rate, so the cell does nothing."),
        ("Limits\n", "Trade measures\n  measure  commodity  from  to  kind   value  in first year\n  m        ore        AAA   *   share  0.5     0.5\nLimits\n",
         "warning Trade measures!G2: a share does not read in first year, so the cell does nothing."),
        ("ore        t     100", "ore        t     1e-7", "hint study: figures span 10 orders of magnitude (Commodities!C3 1000 ... Commodities!C2 1e-07)."),
        ("mine     ore        out        1\n", "", "warning Recipes!B2: smelt needs ore, but nobody can make it."),
        ("mine     ore        out        1\n", "", "warning Sites!B2: mine has no recipe, so the site does nothing."),
        ("ore        AAA   BBB  -", "ore        BBB   AAA  -", "warning Recipes!B3: smelt needs ore, but no lane leads there from any maker."),
        ("metal      West  CCC  20", "metal      AAA   CCC  -", "warning Demand!A2: metal is wanted in CCC but no lane leads there from any maker."),
        ("works  smelt    BBB      40", "works  smelt    BBB      0", "warning Demand!A2: metal is wanted in CCC but nobody can make it."),
        ("ore        AAA   BBB  -", "ore        BBB   AAA  -", "warning Sites!A2: nobody uses the ore it makes, there or where a lane leads."),
        ("pit    mine     AAA.X    100       5", "pit    mine     AAA.X    unlimited  0", "hint Sites!E2: its capacity is unlimited and a unit costs 0"),
        ("pit    mine     AAA.X    100       5", "pit    mine     AAA.X    unlimited  -3", "error Sites!E2: its capacity is unlimited and a unit costs -3, so the plan would make it without end."),
        ("works  smelt    BBB ", "hill@AAA  mine  AAA  1  1  -\n  hill  mine  West  1  1  -\n  works  smelt    BBB ", "error Sites!A3: hill@AAA is also the name of a copy of hill."),
    ],
)  # fmt: skip
def test_one_fault(old: str, new: str, message: str) -> None:
    assert any(text.startswith(message) for text in found(without(old, new))), "\n".join(found(without(old, new)))


PIT = "pit    mine     AAA.X    100       5"


@pytest.mark.parametrize(
    ("cost", "more", "message"),
    [
        ("5", "Subsidies\n  measure  process  kind    value  first year\n  m  mine  output  4  -\n  n  mine  output  3  2030\n",
         "error Subsidies!D2: pit: its capacity is unlimited and a unit costs 5 less a subsidy of 7, so the plan would make it without end."),
        ("5", "Subsidies\n  measure  process  kind    value  last year\n  m  mine  output  4  2025\n  n  mine  output  3  2024\n", ""),
        ("5", "Subsidies\n  measure  process  country  kind  value\n  m  mine  BBB  output  9\n", ""),
        ("5", "Subsidies\n  measure  process  kind  value\n  m  mine  cost share  1.5\n", "error Subsidies!D2: pit: its capacity"),
        ("-3", "Mix\n  commodity  process  max share\n  ore  mine  1\n", "warning Sites!E2: its capacity is unlimited and a unit costs -3, so it can supply everything."),
        ("-3", "Site years\n  site  item  2025\n  pit  max use  0\n", "warning Sites!E2: its capacity is unlimited"),
    ],
)  # fmt: skip
def test_a_site_that_earns_without_a_limit_is_an_error_where_nothing_holds_it(
    cost: str, more: str, message: str
) -> None:
    said = found(without(PIT, f"pit    mine     AAA.X    unlimited  {cost}") + more)
    gifts = [text for text in said if "capacity is unlimited" in text]
    assert len(gifts) == bool(message), said
    assert "".join(gifts).startswith(message)


def test_demand_that_must_be_met_but_cannot_is_an_error() -> None:
    """With an unmet cost, or steps that give up, it is only a warning."""
    text = without("metal      West  CCC  20", "metal      AAA   CCC  -")
    hint = "hint Commodities: demand for metal is firm: it has no unmet cost, so it must be met in full."
    firm = without("  metal      car  lazy  0.4    900\n", "", without(FIRM, "  format  1\n", text))
    message = "Demand!A2: metal is wanted in CCC but no lane leads there"
    for study_, severity in ((text, "warning"), (firm, "error"), (without(FIRM, "  format  1\n", text), "warning")):
        assert any(line.startswith(f"{severity} {message}") for line in found(study_))
    assert any(line.startswith(hint) for line in found(firm))
    assert not any(line.startswith(hint) for line in found(text))
    priced_later = firm + "Reference prices\n  commodity  2025\n  metal      5\n"
    assert any(line.startswith(hint) for line in found(priced_later))  # without a factor a price is no unmet cost


@pytest.mark.parametrize(
    "source",
    [
        "Scrap\n  commodity  country  2025\n  metal      CCC      1\n",
        "Stockpiles\n  commodity  country  initial  capacity\n  metal      CCC      1        5\n",
        "Returns\n  demand commodity  country  scrap commodity  quantity  delay\n  ore  CCC  metal  1  5\n",
        "Site years\n  site   item      2030\n  works  capacity  5\n",
    ],
)
def test_other_sources_count(source: str) -> None:
    idle = without("works  smelt    BBB      40", "works  smelt    BBB      0")
    assert any("nobody can make it" in line for line in found(idle))
    assert not any("nobody can make it" in line for line in found(idle + source))


def test_a_site_that_can_be_built_counts() -> None:
    idle = without(
        "works  smelt    BBB      40        7              -", "works  smelt    BBB      0        7              99"
    )
    assert not any("nobody can make it" in line for line in found(idle))


CAPS = """
Limits
  limit  commodity  basis   market  source country  max share  exempt own  soft cost  first year
"""


@pytest.mark.parametrize(
    ("rows", "caught"),
    [
        ("  a  metal  supply  CCC  each  0.4  -  -  -\n", True),  # two makers: 80 %
        ("  a  metal  supply  CCC  each  0.5  -  -  -\n", False),
        ("  a  metal  supply  CCC  each  0.4  -  9  -\n", False),  # soft
        ("  a  metal  supply  CCC  each  0.4  yes  -  -\n", False),
        ("  a  metal  imports  CCC  each  0.4  -  -  -\n", False),  # nothing need be imported
        ("  a  metal  supply  CCC  AAA  0.4  -  -  -\n  b  metal  supply  CCC  BBB  0.5  -  -  -\n", True),
        ("  a  metal  supply  CCC  AAA  0.4  -  -  -\n  b  metal  supply  CCC  BBB  0.5  -  -  2030\n", True),
        ("  a  metal  supply  CCC  AAA  0.4  -  -  -\n  b  metal  supply  BBB  BBB  0.5  -  -  -\n", False),
        ("  a  metal  supply  CCC  West  0.9  -  -  -\n", True),  # both makers together
        ("  a  metal  supply  CCC  *  0.9  -  -  -\n", False),
        ("  a  metal  supply  CCC  AAA.X  0.4  -  -  -\n  b  metal  supply  CCC  BBB  0.5  -  -  -\n", True),
    ],
)
def test_ceilings_that_leave_a_part_to_nobody(rows: str, caught: bool) -> None:
    two = without("works  smelt    BBB      40", "forge  smelt    AAA.X    9  7  -\n  works  smelt    BBB      40")
    text = two.split("Limits\n")[0] + CAPS + rows
    assert any("the ceilings on metal in 20" in line for line in found(text)) == caught, found(text)
    firm = without("  metal      car  lazy  0.4    900\n", "", without(FIRM, "  format  1\n", text))
    assert any(line.startswith("error Limits!F2: the ceilings") for line in found(firm)) == caught


def test_components_may_check_too(monkeypatch: pytest.MonkeyPatch) -> None:
    said = Problem("Sites", "A2", "", "odd.", "")
    mine = Component("mine", "", checks=lambda tables: [said] * (len(tables["Sites"]) == 2))
    monkeypatch.setattr(models, "COMPONENTS", (*models.COMPONENTS, mine))
    assert said in check(study(SOUND))


def test_grades() -> None:
    """A figure is a number somebody wrote: defaults do not count, each value of a series does."""
    text = """
Commodities
  commodity  unit  price  mass  quality
  ore        t     5      1     A
  metal      t     -      -     A
  cell       t     7      -     -
Demand
  commodity  country  2025  2030  quality
  ore        DEU      1     2     D
  metal      DEU      1     -     B
Lanes
  commodity  from  to  freight  loss  quality
  ore        *     *   0        -     B
"""
    tables: Tables = study(text)
    assert grades(tables) == {"A": 2, "B": 2, "C": 0, "D": 2, "ungraded": 1}


@pytest.mark.parametrize(
    ("weight", "ceiling", "least"),
    [("none", 4999, "5,000"), ("none", 5000, ""), ("risk", 1333, "1,333"), ("risk", 1334, "")],
)
def test_a_ceiling_on_an_hhi_below_what_even_shares_reach(weight: str, ceiling: int, least: str) -> None:
    """Two makers at halves have 2 x 0.25 = 5,000; with risks 0.2 and 0.4 the least is 10,000 / (1/0.2 + 1/0.4) = 1,333.3."""
    text = f"""
Countries
  country  risk
  AAA      0.2
  BBB      0.4
  CCC      -
Commodities
  commodity  unit  unmet cost
  ore        t     1000
Processes
  process  unit
  mine     t
Recipes
  process  commodity  direction  quantity
  mine     ore        out        1
Sites
  site  process  country  capacity  variable cost
  a     mine     AAA      50        1
  b     mine     BBB      50        1
Demand
  commodity  country  2025
  ore        CCC      10
Lanes
  commodity  from  to
  *          *     *
Concentration
  limit  commodity  basis   market  weight    max hhi
  even   ore        supply  CCC     {weight}  {ceiling}
"""
    lines = [line for line in found(text) if "Concentration" in line]
    assert len(lines) == bool(least)
    if least:
        assert lines[0].startswith("warning Concentration!F2: the 2 sources of ore cannot be less concentrated than")
        assert least in lines[0]


BUNDLES = """
Settings
  setting            value
  unmet cost factor  10
Years
  year
  2025
  2030
Countries
  country  aggregate
  AAA      -
  BBB      -
  EU_R     yes
  R_WLD    yes
Groups
  group  country  weight
  EU     AAA      1
  EU     EU_R     3
Commodities
  commodity  unit  price  material  stage   content
  ore        t     100    x         mine    1
  metal      t     1000   x         refine  1
Processes
  process  unit
  mine     t
  smelt    t
Recipes
  process  commodity  direction  quantity
  mine     ore        out        1
  smelt    metal      out        1
Sites
  site   process  country  capacity  variable cost
  pit    mine     BBB      1000      5
  works  smelt    BBB      1000      7
Demand
  commodity  country  2025  2030
  metal      EU       8     8
  metal      BBB      20    20
  ore        BBB      9     9
  ore        R_WLD    1     30
Lanes
  commodity  from  to
  *          *     *
Limits
  limit  commodity  basis   market  source country  max share  first year  last year
"""
FIX = "Name these markets, or a group that holds them, in a row of their own; or set aggregate to no in Countries."
EU = f"metal is: EU_R. {FIX}"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # Ore: 9 + 9 in BBB, 1 + 30 in R_WLD; the EU's 8 of metal are 6 in EU_R, the world's 28 are not.
        ("each  supply  each  each  0.9  -  -", ["Limits!D2: each leaves out bundles of small countries, where most of the demand for ore is: R_WLD. " + FIX,
                                                 "Limits!D2: each leaves out bundles of small countries, where most of the demand of EU for " + EU]),
        # In 2025 alone ore is 9 in BBB and 1 in R_WLD.
        ("ore  supply  each  each  0.9  -  2029", []),
        ("ore  supply  each  each  0.9  2030  -", ["Limits!D2: each leaves out bundles of small countries, where most of the demand for ore is: R_WLD. " + FIX]),
        # One line for all the rows of a sheet, at the first of them; a market that is named, and an output, are no `each`.
        ("ore  supply  EU  each  0.9  -  -\n  l  ore  imports  each  each  0.9  -  -\n  l  x/mine  supply  each  each  0.8  -  -",
         ["Limits!D3: each leaves out bundles of small countries, where most of the demand for ore is: R_WLD. " + FIX]),
        ("ore  production  -  each  0.9  -  -", []),
        # The EU has a row of its own.
        ("metal  supply  each  each  0.9  -  -\n  l  metal  supply  EU  each  0.9  -  -", []),
        ("metal  supply  each  each  0.9  -  -\n  l  ore  supply  EU  each  0.9  -  -",
         ["Limits!D2: each leaves out bundles of small countries, where most of the demand of EU for " + EU]),
    ],
)  # fmt: skip
def test_an_each_that_leaves_out_most_of_a_demand_is_told(rows: str, expected: list[str]) -> None:
    lines = [line for line in found(BUNDLES + "  l  " + rows) if "leaves out" in line]
    assert lines == [f"hint {line}" for line in expected]


def test_an_each_of_concentration_is_told_like_one_of_limits() -> None:
    text = (
        BUNDLES.partition("Limits")[0]
        + "Concentration\n  limit  commodity  basis   market  max hhi\n  h  ore  supply  each  9000\n"
    )
    (line,) = [line for line in found(text) if "leaves out" in line]
    assert line.startswith("hint Concentration!D2: each leaves out")


def test_a_study_without_bundles_hears_nothing_of_them() -> None:
    text = BUNDLES.replace("yes", "no") + "  l  each  supply  each  each  0.9  -  -"
    assert not [line for line in found(text) if "leaves out" in line]

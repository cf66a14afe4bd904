"""Scenarios: what each operation does, on which rows and years, and which rows are refused with their cell."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import models
from models.evidence import SCENARIOS
from models.schema import LAST, Tables
from planner.cells import read_cells
from planner.checks import check
from planner.scenarios import apply
from planner.study import BadInput, Study, compiled, look_deeper
from planner.study import changed as changed_study
from planner.template import write_study
from planner.workbook import parse
from tests.studies import read, study
from tests.test_workbook import plain
from tests.whole_study import WHOLE

STUDY = """
Years
  year
  2025
  2030
  2035
Countries
  country
  AAA
  BBB
Commodities
  commodity  unit  price
  ore        t     100
  metal      t     -
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
  site   process  country  capacity   last year  variable cost  max build  build from
  pit    mine     AAA      100        2032       5              -          2027
  hole   mine     BBB      unlimited  -          6              20         -
  works  smelt    *        10         -          7              -          -
Demand
  commodity  country  use  2025  2035
  metal      AAA      -    10    30
  metal      BBB      car  1     2
  ore        BBB      -    5     5
Lanes
  commodity  from  to   freight  max
  *          *     *    1        -
  ore        AAA   BBB  2        50
"""
OPERATIONS = SCENARIOS.column("operation").choices
HEADER = "Scenarios\n  scenario | operation | sheet | where | column | value | first year | last year\n"


def changed(*rows: str, names: tuple[str, ...] = ("s",), more: str = "") -> Tables:
    """The study after a scenario `s` of these rows."""
    tables, problems = apply(study(STUDY + more + scenario(*rows)), names)
    assert [str(p) for p in problems] == []
    return tables


def refused(*rows: str, names: tuple[str, ...] = ("s",), more: str = "") -> list[str]:
    _, problems = apply(study(STUDY + more + scenario(*rows)), names)
    assert all(p.severity == "error" for p in problems)
    return [str(p) for p in problems]


def scenario(*rows: str) -> str:
    """Rows of Scenarios; those that begin with their operation belong to `s`."""
    return HEADER + "".join(f"  {f's | {row}' if row.split()[0] in OPERATIONS else row}\n" for row in rows)


def column(tables: Tables, sheet: str, name: str) -> list[object]:
    return list(tables[sheet][name])


def series(tables: Tables, *key: str) -> dict[int, float]:
    """Values by year of the rows of Demand with these words among their cells."""
    frame = tables["Demand"]
    rows = frame[(frame[["commodity", "country", "use"]].isin(key).sum(axis=1) == len(key))]
    return dict(sorted(zip(rows["year"], rows["value"], strict=True)))


def test_set() -> None:
    t = changed("set | Sites | site=pit | variable cost | 9 | | ")
    assert column(t, "Sites", "variable cost") == [9, 6, 7]


def test_set_takes_what_a_cell_takes() -> None:
    """Words, names in any spelling, `none` for a bound, texts."""
    t = changed(
        "set | Sites | site=pit | capacity | Unlimited | | ",
        "set | Sites | site=hole | max build | none | | ",
        "set | Sites | site=hole | country | aaa | | ",
        "set | Settings | setting=format | note | mine | | ",
        "set | Lanes | commodity=ore | max | none | | ",
    )
    assert math.isinf(t["Sites"]["capacity"].iloc[0])
    assert math.isinf(t["Sites"]["max build"].iloc[1])
    assert column(t, "Sites", "country") == ["AAA", "AAA", "*"]
    assert column(t, "Settings", "note") == ["mine"]
    assert math.isinf(t["Lanes"]["max"].iloc[1])


def test_multiply_and_add_leave_blank_and_unlimited_cells() -> None:
    t = changed(
        "multiply | Sites |  | capacity | 0.5 | | ",
        "add | Sites | process=mine | variable cost | -1 | | ",
        "add | Sites |  | build from | 2 | | ",
        "add | Sites |  | max build | 5 | | ",
        "multiply | Lanes |  | max | 2 | | ",
    )
    assert column(t, "Sites", "capacity") == [50, math.inf, 5]
    assert column(t, "Sites", "variable cost") == [4, 5, 7]
    assert column(t, "Sites", "build from") == [2029, 0, 0]
    assert column(t, "Sites", "max build") == [math.inf, 25, math.inf]
    assert math.isnan(t["Lanes"]["max"].iloc[0])
    assert t["Lanes"]["max"].iloc[1] == 100


def test_settings_count_as_the_numbers_they_are() -> None:
    more = "Settings\n  setting  value\n  format  1\n  discount rate  0.05\n"
    t = changed("multiply | Settings | setting=Discount  Rate | value | 2 | | ", more=more)
    assert column(t, "Settings", "value") == ["1", "0.1"]


@pytest.mark.parametrize(
    ("where", "hit"),
    [
        ("site=pit", [0]),
        ("site=PIT|hole", [0, 1]),
        ("process=mine; country=BBB", [1]),
        ("country=*", [0, 1, 2]),  # `*` asks for anything but blank; the cell `*` is no blank
        ("build from=*", [0]),
        ("build from=", [1, 2]),
        ("max build=20", [1]),
        ("capacity=unlimited", [1]),
        ("capacity=100|10", [0, 2]),
        ("last year=2032", [0]),
        ("", [0, 1, 2]),
    ],
)
def test_where(where: str, hit: list[int]) -> None:
    t = changed(f"set | Sites | {where} | note | hit | | ")
    assert [i for i, note in enumerate(t["Sites"]["note"]) if note == "hit"] == hit


def test_years_change_only_these_years() -> None:
    """10 in 2025 and 30 in 2035 make 20 in 2030; with a change in 2030 the other model years stay what they were."""
    t = changed("multiply | Demand | country=AAA | | 2 | 2030 | 2030")
    assert series(t, "AAA") == {2025: 10, 2030: 40, 2035: 30}
    assert series(t, "BBB", "car") == {2025: 1, 2035: 2}
    t = changed("add | Demand | use=car | value | 1 | 2026 | ")
    assert series(t, "car") == {2025: 1, 2030: 2.5, 2035: 3}
    t = changed("set | Recipes | process=smelt; commodity=ore | quantity | 3 | | 2029")
    points = t["Recipes"].query("commodity == 'ore' and process == 'smelt'")
    assert dict(zip(points["year"], points["value"], strict=True)) == {2025: 3, 2030: 2, 2035: 2}


def test_a_year_as_the_column_is_that_cell_of_a_wide_sheet() -> None:
    assert series(changed("set | Demand | country=AAA | 2035 | 50 | | "), "AAA") == {2025: 10, 2035: 50}
    assert series(changed("set | Demand | country=AAA | 2030 | 50 | | "), "AAA") == {2025: 10, 2030: 50, 2035: 30}
    t = changed("multiply | Demand | * | 2025 | 2 | | ".replace("*", "commodity=*"))
    assert series(t, "ore") == {2025: 10, 2035: 5}


def test_without_years_a_series_changes_where_it_is_given() -> None:
    assert series(changed("set | Demand | commodity=ore | | 7 | | "), "ore") == {2025: 7, 2035: 7}


def test_changed_values_keep_their_cells() -> None:
    t = changed("multiply | Demand | country=AAA | | 2 | 2030 | 2030")
    at = {
        year: t.cell("Demand", i, "value")
        for i, (c, year) in enumerate(zip(t["Demand"]["country"], t["Demand"]["year"], strict=True))
        if c == "AAA"
    }
    assert at == {2025: "D2", 2030: "D2", 2035: "E2"}


def site_years(t: Tables) -> list[tuple[object, ...]]:
    names = ["site", "item", "operation", "year", "value", "last year"]
    return [tuple(row) for row in t["Site years"][names].to_numpy().tolist()]


def test_years_on_a_site_are_written_in_site_years() -> None:
    t = changed(
        "multiply | Sites | process=mine | capacity | 0.5 | 2030 | ",
        "set | Sites | site=works | variable cost | 9 | | 2030",
    )
    assert column(t, "Sites", "capacity") == [100, math.inf, 10]
    assert site_years(t) == [
        ("pit", "capacity", "multiply", 2030, 0.5, LAST),
        ("hole", "capacity", "multiply", 2030, 0.5, LAST),
        ("works", "variable cost", "set", 2025, 9, 2030),
    ]


def test_two_changes_of_one_site_meet() -> None:
    """Half from 2030 on, and half of that in 2035; what Site years says of the site already is kept too."""
    more = """
Site years
  site  item           operation  last year  2025  2035
  pit   capacity       set        -          80    60
  pit   variable cost  set        2032       4     6
"""
    t = changed(
        "multiply | Sites | site=pit | max use | 0.5 | 2030 | ",
        "multiply | Sites | site=pit | max use | 0.5 | 2035 | ",
        "set | Sites | site=pit | capacity | 70 | 2030 | 2030",
        "set | Sites | site=pit | variable cost | 9 | 2035 | ",
        more=more,
    )
    assert site_years(t) == [
        ("pit", "max use", "multiply", 2025, 1, LAST),
        ("pit", "max use", "multiply", 2030, 0.5, LAST),
        ("pit", "max use", "multiply", 2035, 0.25, LAST),
        ("pit", "capacity", "set", 2025, 80, LAST),
        ("pit", "capacity", "set", 2030, 70, LAST),
        ("pit", "capacity", "set", 2035, 60, LAST),
        ("pit", "variable cost", "set", 2025, 4, LAST),
        ("pit", "variable cost", "set", 2030, 5, LAST),
        ("pit", "variable cost", "set", 2035, 9, LAST),
    ]


def test_site_years_itself_changes_only_where_it_speaks() -> None:
    """A capacity set to 80 from 2025 and 60 from 2035 is 80 in 2030; a row that begins in 2030 says nothing in 2025."""
    more = """
Site years
  site  item      operation  last year  2025  2030  2035
  pit   capacity  set        -          80    -     60
  hole  max use   multiply   2032       -     0.8   -
"""
    t = changed("multiply | Site years |  | | 2 | | 2030", more=more)
    assert site_years(t) == [
        ("pit", "capacity", "set", 2025, 160, LAST),
        ("pit", "capacity", "set", 2030, 160, LAST),
        ("pit", "capacity", "set", 2035, 60, LAST),
        ("hole", "max use", "multiply", 2030, 1.6, 2032),
    ]


def test_insert_and_delete() -> None:
    t = changed(
        "insert | Lanes | commodity=metal; from=aaa; to=BBB; last year=2030 | max | 3 | | ",
        "insert | Demand | commodity=ore; country=AAA; 2025=1; 2035=2 | | | | ",
        "insert | Demand | commodity=ore; country=AAA; use=art; value=4 | | | | ",
        "insert | Recipes | process=mine; commodity=metal; direction=OUT; quantity=0.1 | | | | ",
        "delete | Demand | commodity=metal | | | | ",
    )
    lane = t["Lanes"].iloc[2]
    assert tuple(lane[["commodity", "from", "to", "max", "first year", "last year", "row"]]) == (
        "metal",
        "AAA",
        "BBB",
        3,
        0,
        2030,
        -1,
    )
    assert math.isnan(lane["freight"])
    assert series(t, "AAA", "all") == {2025: 1, 2035: 2}
    assert series(t, "art") == {2025: 4}
    assert t["Recipes"].iloc[-1][["direction", "year", "value"]].tolist() == ["out", 0, 0.1]
    assert set(t["Demand"]["commodity"]) == {"ore"}
    assert t.cell("Lanes", 2, "max") == ""


def test_rows_apply_in_order_and_included_scenarios_first() -> None:
    rows = (
        "s | include | | | | t | | ",
        "s | set | Sites | site=pit | capacity | 1 | | ",
        "s | add | Sites | site=pit | capacity | 1 | | ",
        "s | include | | | | T2 | | ",
        "t | multiply | Sites | site=hole | variable cost | 2 | | ",
        "t2 | include | | | | t | | ",
        "t2 | set | Sites | site=pit | capacity | 8 | | ",
    )
    t = changed(*rows)
    assert column(t, "Sites", "capacity") == [2, math.inf, 10]
    assert column(t, "Sites", "variable cost") == [5, 12, 7]  # t is included twice and applied once
    both = changed(*rows, names=("t2", "S"))
    assert column(both, "Sites", "capacity") == [2, math.inf, 10]
    assert plain(changed(*rows, names=("base",)), "Sites").equals(plain(study(STUDY), "Sites"))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("set | Sites | site=pot | capacity | 1 | | ", 'Scenarios!D2: no row of Sites has site "pot". Did you mean "pit"?'),
        ("set | Sites | site=pit; process=smelt | capacity | 1 | | ", "Scenarios!D2: no row of Sites fulfils all conditions together."),
        ("set | Sites | site | capacity | 1 | | ", 'Scenarios!D2: "site" is no condition.'),
        ("set | Sites | sight=pit | capacity | 1 | | ", 'Scenarios!D2: Sites has no column "sight". Did you mean "site"?'),
        ("set | Sites | site=pit | capcity | 1 | | ", 'Scenarios!E2: Sites has no column "capcity". Did you mean "capacity"?'),
        ("set | Sites | site=pit | | 1 | | ", "Scenarios!E2: the column is empty."),
        ("set | Sights | site=pit | capacity | 1 | | ", 'Scenarios!C2: "Sights" is no sheet that a scenario can change. Did you mean "Sites"?'),
        ("set | Sites | site=pit | capacity | 1,5 | | ", 'Scenarios!F2: capacity: "1,5" is text, expected a number in unit/y. Retype it as 1.5.'),
        ("set | Sites | site=pit | capacity | | | ", "Scenarios!F2: the value is empty."),
        ("multiply | Sites | site=pit | capacity | lots | | ", 'Scenarios!F2: "lots", expected a number to multiply.'),
        ("multiply | Sites | site=pit | country | 2 | | ", "Scenarios!E2: country holds no numbers to multiply."),
        ("multiply | Settings | setting=format | note | 2 | | ", "Scenarios!D2: a setting it matches holds no number"),
        ("add | Lanes | commodity=ore | loss | 0.1 | | ", "Scenarios!D2: loss is blank in every row it matches."),
        ("add | Sites | site=pit | build from | 0.5 | | ", "Scenarios!F2: a year would not be whole."),
        ("set | Sites | site=pit | last year | 2030 | 2030 | ", "Scenarios!G2: last year of Sites has no values by year."),
        ("set | Demand | year=2030 | | 5 | | ", "Scenarios!D2: years are no part of where. Use first year and last year."),
        ("set | Demand | country=AAA | year | 2030 | | ", "Scenarios!E2: the years of a series stay as they are."),
        ("set | Demand | country=AAA | | 5 | 2026 | 2029", "Scenarios!G2: these years hold no model year"),
        ("set | Sites | site=pit | capacity | 5 | 2026 | 2029", "Scenarios!G2: these years hold no model year"),
        ("add | Sites | site=pit | capacity | 5 | 2030 | ", "Scenarios!B2: a site's figures by year can be set or multiplied only."),
        ("insert | Lanes | commodity=ore; from=AAA | | | | ", 'Scenarios!D2: the new row of Lanes lacks "to". Add to=... to where.'),
        ("insert | Demand | commodity=ore; country=AAA; use=x | | | | ", "Scenarios!D2: the new row of Demand has no value."),
        ("insert | Lanes | commodity=ore; from=AAA; to=BBB; max=5 | | | 2030 | ", "Scenarios!G2: insert takes no years."),
        ("multiply | Demand | country=AAA | 2030 | 2 | | ", "Scenarios!E2: no value stands in 2030 in any row it matches."),
        ("set | Demand | country=AAA | 2035 | 2 | 2035 | ", "Scenarios!G2: the column 2035 is a year already."),
        ("set | Recipes | process=mine | 2030 | 2 | | ", "Scenarios!E2: one value stands for all years there."),
        ("delete | Lanes | commodity=ore | max | | | ", "Scenarios!E2: delete takes whole rows, no column."),
        ("delete | Scenarios | scenario=s | | | | ", 'Scenarios!C2: "Scenarios" is no sheet that a scenario can change.'),
        ("include | | | | q | | ", 'Scenarios!F2: there is no scenario "q". There are: s.'),
        ("include | | | | s | | ", "Scenarios!F2: scenarios include each other in a circle: s > s."),
        ("set | Sites | site=pit | capacity | -5 | | ", "Scenarios!F2: in scenario s: Sites!D2: capacity is -5, expected at least 0."),
        ("set | Sites | site=pit | process | melt | | ", 'Scenarios!F2: in scenario s: Sites!B2: process: "melt" is not in Processes.'),
        ("set | Sites | site=pit | site | hole | | ", "Sites!A3: in scenario s: a second row with site hole; the first is Scenarios!F2."),
        ("insert | Sites | site=pit; process=mine; country=AAA; variable cost=1 | | | | ", "Scenarios!D2: in scenario s: new row of Sites: a second row with site pit; the first is Sites!A2."),
        ("multiply | Sites | site=pit | capacity | -1 | | ", "Scenarios!F2: in scenario s: Sites!D2: capacity is -100, expected at least 0."),
        ("add | Demand | use=car | value | -5 | | ", "Scenarios!F2: in scenario s: Demand!D3: value is -4"),
        ("add | Demand | use=car | value | -5 | 2030 | 2030", "Scenarios!F2: in scenario s: Demand!D3: value is -3.5"),
        ("set | Demand | use=car | 2030 | -5 | | ", "Scenarios!F2: in scenario s: Demand!D3: value is -5"),
        ("set | Lanes | commodity=ore | min | 60 | | ", "Scenarios!F2: in scenario s: Lanes!A3: min 60 is above max 50."),
        ("insert | Sites | site=sea; process=mine; country=AAA; variable cost=1; capacity=-1 | | | | ", "Scenarios!D2: in scenario s: new row of Sites: capacity is -1"),
        ("insert | Sites | site=sea; process=mine; country=AAA; variable cost=1 | capacity | -1 | | ", "Scenarios!F2: in scenario s: new row of Sites: capacity is -1"),
        ("insert | Sites | site=sea; process=mine; country=AAA; variable cost=1 | capacity | lots | | ", 'Scenarios!F2: capacity: "lots" is text'),
        ("insert | Demand | commodity=ore; country=AAA | 2030 | -1 | | ", "Scenarios!F2: in scenario s: new row of Demand: "),
        ("delete | Sites | | | | | ", "Sites: in scenario s: no data rows."),
    ],
)  # fmt: skip
def test_refused(row: str, message: str) -> None:
    found = refused(row)
    assert any(text.startswith(message) for text in found), "\n".join(found)


def test_what_was_wrong_of_two_rows_that_scenarios_wrote_is_told_of_the_later() -> None:
    rows = "insert | Sites | site=sea; process=mine; country=AAA; variable cost=1 | | | | "
    (twice,) = refused(rows, rows)
    assert twice.startswith(
        "Scenarios!D3: in scenario s: new row of Sites: a second row with site sea; the first is D2."
    )
    found = refused(
        "set | Sites | site=pit | capacity | 5 | | ",
        "multiply | Sites | process=mine | capacity | -1 | | ",
        "set | Sites | site=pit | variable cost | 5 | | ",
    )
    assert found == [
        "Scenarios!F3: in scenario s: Sites!D2: capacity is -5, expected at least 0. Correct the figure.",
    ]


def test_refused_for_what_site_years_says() -> None:
    general = "Site years\n  site  process  item  operation  2030\n  *  mine  max use  multiply  0.9\n"
    row = "multiply | Sites | site=pit | max use | 0.5 | 2030 | "
    assert refused(row, more=general)[0].startswith(
        "Scenarios!D2: Site years multiplies these sites already, in row 2;"
    )
    assert refused(row.replace("pit", "works"), more=general) == []
    copy = "Site years\n  site  item  2030\n  works@AAA  capacity  9\n"
    assert "speaks of works@AAA already" in refused("set | Sites | site=works | capacity | 5 | 2030 | ", more=copy)[0]
    later = "Site years\n  site  item  2035\n  pit  capacity  9\n"
    assert "with a gap between" in refused("set | Sites | site=pit | capacity | 5 | 2025 | 2025", more=later)[0]


WORDS = st.sampled_from(
    [
        "",
        "pit",
        "ore",
        "AAA|BBB",
        "*",
        "none",
        "unlimited",
        "2030",
        "0.5",
        "-1",
        "value",
        "capacity",
        "site=pit",
        "use=car; country=*",
        "commodity=metal",
        "2030=5",
        "=",
    ]
)
SHEETS = st.sampled_from([table.name for table in models.TABLES])
YEAR = st.sampled_from(["", "2025", "2030"])


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(OPERATIONS), SHEETS, WORDS, WORDS, WORDS, YEAR, YEAR)
def test_no_row_brings_it_down(
    operation: str, sheet: str, where: str, name: str, value: str, first: str, last: str
) -> None:
    """Whatever a row says: it is carried out, or refused with a problem."""
    more = "Site years\n  site  item      2030\n  pit   capacity  5\n"
    row = scenario(f"{operation} | {sheet} | {where} | {name} | {value} | {first} | {last}")
    tables, problems = read(STUDY + more + row)
    if not any(p.severity == "error" for p in problems):
        result, refused_ = apply(tables, ["s"])
        assert refused_ or operation == "include" or any(result[name] is not tables[name] for name in tables)


def test_an_unknown_scenario_and_a_circle() -> None:
    assert refused("set | Sites | site=pit | capacity | 1 | | ", names=("z",)) == [
        'Scenarios: there is no scenario "z". There are: s.'
    ]
    circle = refused("s | include | | | | t | | ", "t | include | | | | s | | ")
    assert circle == [
        "Scenarios!F3: scenarios include each other in a circle: s > t > s. Delete one of the include rows."
    ]


def test_the_study_itself_is_not_touched() -> None:
    before = study(WHOLE)
    kept = {name: frame.copy() for name, frame in before.items()}
    _, problems = apply(before, ["worse"])
    assert problems == []
    for name, frame in kept.items():
        pd.testing.assert_frame_equal(frame, before[name])


def test_the_changed_study_can_be_written_and_read_again(tmp_path: Path) -> None:
    tables, _ = apply(study(WHOLE), ["worse"])
    path = tmp_path / "worse.xlsx"
    write_study(tables, path)
    again, _ = parse(read_cells(path)[0])
    for table in models.TABLES:
        pd.testing.assert_frame_equal(plain(again, table.name), plain(tables, table.name))


def whole(*rows: str, more: str = "") -> Study:
    """A study with a scenario `s` of these rows, checked as a workbook is."""
    tables, problems = read(STUDY + more + scenario(*rows))
    return Study(Path("s.xlsx"), tables, [p for p in problems if p.cell] + check(tables), "")


GROUP = "insert | Groups | group=G; country=AAA | | | | "


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["set | Years | year=2025 | length | 7 | | "], "7 years from 2025 reach beyond the next model year 2030."),
        (["insert | Demand steps | commodity=ore; step=a; share=0.7; value=5 | | | | ",
          "insert | Demand steps | commodity=ore; step=b; share=0.7; value=6 | | | | "], "the shares of these steps add up to 1.4"),
        ([GROUP, "insert | Demand | commodity=metal; country=G; value=7 | | | | "], "metal, all of AAA is given here and in"),
        ([GROUP, "insert | Scrap | commodity=ore; country=G; value=7 | | | | ",
          "insert | Scrap | commodity=ore; country=AAA; value=7 | | | | "], "ore of AAA is given here and in"),
        ([GROUP, "insert | Stockpiles | commodity=ore; country=G; capacity=7 | | | | ",
          "insert | Stockpiles | commodity=ore; country=AAA; capacity=7 | | | | "], "ore, user of AAA is given here and in"),
        (["insert | Limits | limit=l; commodity=ore; basis=production; market=AAA; max share=0.5 | | | | "], "basis production has no market."),
        (["insert | Countries | country=* | | | | "], '"*" has a meaning of its own.'),
        (["insert | Countries | country=CCC; territory=AAA | | | | ", "set | Countries | country=AAA | territory | BBB | | "],
         "CCC lies in AAA, which itself lies in BBB."),
        (["insert | Sites | site=works@AAA; process=smelt; country=AAA; variable cost=1 | | | | "], "works@AAA is also the name of a copy of works."),
        (["insert | Limits | limit=l; commodity=ore; basis=supply; market=AAA; source country=*; exempt own=yes; max share=0.5 | | | | "],
         "exempt own goes with source country each and a market."),
    ],
)  # fmt: skip
def test_what_a_scenario_makes_is_checked_like_an_input(rows: list[str], message: str) -> None:
    found = whole(*rows)
    assert found.errors == []
    with pytest.raises(BadInput) as refused_:
        compiled(found, "s")
    said = [str(p) for p in refused_.value.problems if p.severity == "error"]
    assert len(said) == 1, said
    assert "in scenario s: " in said[0]
    assert message in said[0]
    assert [str(p) for p in look_deeper(found) if p.severity == "error"] == said


def test_a_limit_that_a_scenario_lifts_is_no_row_without_a_bound() -> None:
    more = "Limits\n  limit  commodity  basis   max share\n  l      ore        supply  0.5\n"
    assert changed_study(whole("set | Limits | limit=l | max share | none | | ", more=more), "s")[1] == []
    bare = "insert | Limits | limit=m; commodity=ore; basis=supply | | | | "
    (warning,) = changed_study(whole(bare, more=more), "s")[1]
    assert "the row has no bound, so it does nothing." in warning.problem


def test_a_scenario_says_what_is_new_and_only_that() -> None:
    """The study has a row that matches nothing and a use nobody has; its scenario brings one of each more."""
    more = "Limits\n  limit  commodity  basis  max share\n  l      metal      supply  -\n"
    more += "Growth\n  process  max growth  seed\n  mine     0.1         1\n"
    row = "insert | Demand steps | commodity=ore; use=art; step=a; share=0.5; value=5 | | | | "
    found = whole(row, more=more)
    assert [p.problem for p in found.problems if p.severity == "warning"] == [
        "the row has no bound, so it does nothing."
    ]
    _, problems = changed_study(found, "s")
    assert [p.problem for p in problems] == [
        'in scenario s: new row of Demand steps: no row of Demand has the use "art".'
    ]
    assert compiled(found, "s")[0].problems[:1] == problems
    assert compiled(found)[0].problems == look_deeper(whole(more=more)) == []
    assert changed_study(found, "") == (found.tables, [])


def test_figures_that_multiply_to_what_cannot_be_solved_are_named() -> None:
    """Each is fine; together they make a coefficient of 1e-10."""
    more = "Returns\n  demand commodity  scrap commodity  quantity  delay  collected\n  ore  metal  0.5  5  0.5\n"
    more += "Settings\n  setting  value\n  unmet cost factor  10\n"
    found = whole("set | Returns | | quantity | 1e-5 | | ", "set | Returns | | collected | 1e-5 | | ", more=more)
    compiled(found)
    with pytest.raises(BadInput) as refused_:
        compiled(found, "s")
    (problem,) = refused_.value.problems
    assert str(problem).startswith(
        "study: in scenario s: its figures make a program that cannot be solved safely: coefficient of demand.unmet[ore, BBB, "
    )
    assert "it must be between 1e-09 and 1e+09 in size" in problem.problem
    assert problem.fix == "Look at the figures, and the units, of what stands in brackets."


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["insert | Lanes | commodity=*; from=AAA; to=*; freight=7 | | | | ", "insert | Lanes | commodity=*; from=*; to=BBB; freight=8 | | | | "],
         "are equally specific and disagree."),
        (["insert | Tariffs | measure=m; commodity=metal; from=AAA; to=BBB; rate=0.1 | | | | "], "price"),
        (["insert | Trade measures | measure=m; commodity=ore; from=AAA; kind=quota | | | | "], "a quota needs a value"),
        (["insert | Concentration | limit=l; commodity=ore; basis=supply; market=AAA; weight=risk; max hhi=5000 | | | | "], "has no risk in Countries."),
        (["insert | Limits | limit=l; commodity=ore; basis=capacity; source country=BBB; max share=0.5 | | | | "], "meets a site of unlimited capacity."),
        (["insert | Site years | site=*; process=mine; country=AAA; item=max use; 2025=1 | | | | ",
          "insert | Groups | group=G; country=AAA | | | | ", "insert | Groups | group=H; country=AAA | | | | ",
          "insert | Site years | site=*; process=smelt; country=G; item=max use; 2025=1 | | | | ",
          "insert | Site years | site=*; process=smelt; country=H; item=max use; 2025=0.5 | | | | "], "are equally specific and disagree."),
        (["insert | Demand steps | commodity=ore; step=a; share=0.7; value=5 | | | | ",
          "insert | Demand steps | commodity=*; country=BBB; step=b; share=0.7; value=6 | | | | "], "are equally specific and disagree."),
        (["insert | Groups | group=G; country=AAA | | | | ", "insert | Groups | group=H; country=AAA | | | | ",
          "insert | Carbon | country=G; kind=price; value=6 | | | | ", "insert | Carbon | country=H; kind=price; value=7 | | | | "],
         "are equally specific and disagree."),
    ],
)  # fmt: skip
def test_check_finds_what_only_the_index_tables_of_a_scenario_show(rows: list[str], message: str) -> None:
    found = whole(*rows)
    assert found.errors == []
    said = [str(p) for p in look_deeper(found) if p.severity == "error"]
    assert said
    assert all("in scenario s: " in text and message in text for text in said)
    with pytest.raises(BadInput) as refused_:
        compiled(found, "s")
    assert [str(p) for p in refused_.value.problems if p.severity == "error"] == said
    compiled(found)

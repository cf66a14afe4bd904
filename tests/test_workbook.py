"""From cells to typed tables: what is understood, and what is refused with its cell and how to mend it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import models
from models.schema import FIRST, LAST, Problem, Tables
from planner.cast import cast
from planner.checks import check
from planner.numbers import NUMBER, UNSURE
from planner.workbook import parse
from tests.studies import Sheet, read, sheets, study, with_defaults
from tests.whole_study import WHOLE

Cells = dict[str, Sheet]


def whole() -> Cells:
    """The sheets of the whole study, without its two hints."""
    found = {sheet.name: sheet for sheet in sheets(WHOLE)}
    found["Site years"].rows[2][7] = 95.0
    found["Demand"].rows[2][4] = 3.0
    return found


def problems(cells: Cells) -> list[Problem]:
    """What reading and checking these sheets finds."""
    tables, found = parse(cells.values())  # type: ignore[arg-type]
    return found if any(p.severity == "error" for p in found) else found + check(tables)


def put(cells: Cells, where: str, value: object) -> None:
    """Write a value into a cell such as `Sites!D3`, making room for it."""
    sheet, _, address = where.partition("!")
    rows, row, column = cells[sheet].rows, int(address[1:]), ord(address[0]) - 65
    rows += [[""] * len(rows[0]) for _ in range(row - len(rows))]
    rows[row - 1] += [""] * (column + 1 - len(rows[row - 1]))
    rows[row - 1][column] = value


def test_a_study_with_every_sheet_has_no_problem() -> None:
    assert [str(p) for p in problems(whole())] == []


# One cell each: the number of the case in the list of bad inputs, the cell, what is typed there, how severe it is, and
# words the message must have. The cell of the message is the cell itself unless it is named after an arrow.
CELLS = [
    ("S09", "Sites!C1", "#country", "error", '"country" is missing (found: site, process'),
    ("S10", "Sites!D1", "capcity", "error", 'column "capcity" is not known. Did you mean "capacity"?'),
    ("S11", "Sites!G1", "capacity", "error", 'column "capacity" appears twice, in D and G.'),
    ("S13", "Sites!D1", "Capacity\n[unit / y]\u00a0", "", ""),
    ("S14", "Sites!O1", "#my remarks", "", ""),
    ("S14 unmarked", "Sites!P1", "my remarks", "error", "begin the header with #"),
    ("S18", "Demand!B4", "Total", "error", "it looks like a sum"),
    ("S21", "Sites!A8", "# old pit", "hint", "1 row starting with # skipped"),
    ("C01", "Sites!F3", "", "error", "variable cost is empty, expected a number"),
    ("C02", "Sites!D2", "1000", "warning", 'the text "1000" was read as the number 1000.'),
    ("C02 narrow space", "Sites!D2", "1\u202f000", "warning", "was read as the number 1000."),
    ("C03", "Sites!D2", "1 200,5", "error", '"1 200,5" is text, expected a number in unit/y. Retype it as 1200.5.'),
    ("C04", "Sites!D2", "1,200", "error", '"1,200" could be 1200 or 1.2'),
    ("C04 plain", "Sites!D2", "1 200", "error", "Retype it as 1200."),
    ("C04 dot", "Sites!D2", "60.000", "error", '"60.000" could be 60000 or 60, expected a number in unit/y. Retype'),
    ("C04 typographic", "Sites!F2", "\u221260.000", "error", "could be -60000 or -60"),
    ("C04 with a unit", "Sites!D2", "60.000 t", "error", "Type 60000 or 60.000 in the unit of the column."),
    ("C04 no thousand", "Sites!D2", "0.125", "warning", "was read as the number 0.125."),
    ("C04 no thousand, comma", "Sites!D2", "0,125", "error", "Retype it as 0.125."),
    ("C04 no thousand, four digits", "Sites!D2", "1000.125", "warning", "was read as the number 1000.125."),
    ("C04 apostrophes", "Sites!D2", "60'000", "error", '"60\'000" is text, expected a number in unit/y. Retype it as 60000.'),
    ("C04 typographic apostrophes", "Sites!D2", "1’234’567.5", "error", "Retype it as 1234567.5."),
    ("C04 apostrophes and a unit", "Sites!D2", "60'000 t", "error", "Type 60000 in the unit of the column."),
    ("C04 dots", "Sites!D2", "1.234.567", "error", "Retype it as 1234567."),
    ("C04 dots and a comma", "Sites!D2", "1.234.567,89", "error", "Retype it as 1234567.89."),
    ("C04 a comma and a dot", "Sites!D2", "1,234.567", "error", "Retype it as 1234.567."),
    ("C04 neither", "Sites!D2", "1.2.3", "error", '"1.2.3" is text, expected a number in unit/y. Type a number, or'),
    ("C04 another neither", "Sites!D2", "12,34,567", "error", "Type a number, or leave the cell blank for the default."),
    ("C06", "Sites!F2", "\u22125", "error", "typographic dash, expected a number in cur/unit. Retype it as -5."),
    ("C07", "Sites!F2", "(5)", "error", '"(5)" is text, expected a number in cur/unit. Retype it as -5.'),
    ("C08", "Limits!H2", "65%", "warning", 'the text "65%" was read as the number 0.65.'),
    ("C08 spaced", "Limits!H2", "65 %", "warning", 'the text "65 %" was read as the number 0.65.'),
    ("C08 spaced by another space", "Limits!H2", "65\u00a0%", "warning", "was read as the number 0.65."),
    ("C08 comma", "Limits!H2", "65,5 %", "error", '"65,5 %" is text, expected a share from 0 to 1. Retype it as 65.5%.'),
    ("C08 elsewhere", "Sites!D2", "12%", "error", "mixes a number and a percent sign"),
    ("C09", "Limits!H2", 65.0, "error", "max share is 65, expected a share from 0 to 1; 65 % is 0.65. Type 0.65."),
    ("C10", "Limits!H2", 6500.0, "error", "expected a share from 0 to 1"),
    ("C16", "Sites!D2", True, "error", "capacity: TRUE, expected a number"),
    ("C18", "Sites!F2", "nan", "error", '"nan" is not a number'),
    ("C18 in words", "Sites!D2", "n/a", "error", "Type a number, or leave the cell blank for the default."),
    ("C18 where a figure must stand", "Sites!F3", "n/a", "error", "expected a number in cur/unit. Type a number."),
    ("C18 in a year", "Demand!E3", "n/a", "error", "or leave the cell blank to take it from the years around it."),
    ("in words for all years", "Recipes!D2", "n/a", "error", "expected a number in unit/activity. Type a number."),
    ("C18 in a rule", "Lanes!H4", "n/a", "error", "blank to take what the next most specific row says."),
    ("C18 in a setting", "Settings!B6", "n/a", "error", "expected a number. Type a number."),
    ("C18 as a year", "Years!A2", "n/a", "error", "expected a number. Type a number."),
    ("C18 inf", "Sites!F2", "inf", "error", '"inf" is not a number'),
    ("C16 in a word", "Countries!H2", True, "error", 'aggregate: "TRUE", expected no or yes. Choose one of them.'),
    ("C19", "Sites!D2", "1_000", "error", '"1_000" is text, expected a number in unit/y. Retype it as 1000.'),
    ("C20", "Sites!D2", "１２", "error", "non-Latin digits"),
    ("C20 Arabic", "Sites!D2", "١٢", "error", "non-Latin digits"),
    ("C23", "Sites!D2", -5.0, "error", "capacity is -5, expected at least 0."),
    ("C24", "Processes!F2", 0.0, "error", "lifetime is 0, expected above 0."),
    ("C26", "Sites!D2", "5-10", "error", '"5-10" is a range'),
    ("C26 about", "Sites!D2", "~500", "error", "is approximate"),
    ("C26 less", "Sites!D2", "<5", "error", "is approximate"),
    ("C27", "Sites!D2", "12 kt", "error", "mixes a number and a unit, expected a number in unit/y. Type 12 in"),
    ("C28", "Sites!D3", "", "", ""),
    ("C28 spaces", "Sites!E3", "\u00a0 ", "", ""),
    ("C30", "Sites!B2", " Mine\u00a0", "", ""),
    ("C31", "Sites!C6", "\u0421HN", "error", '"\u0421HN" contains the Cyrillic letter U+0421'),
    ("C31 where it is declared", "Sources!A2", "\u0421RU", "error", 'source: "\u0421RU" contains the Cyrillic letter U+0421. Retype it.'),
    ("C34", "Sources!B2", "a\x0bb", "", ""),
    ("Y01", "Demand!D1", "2025", "", ""),
    ("Y02", "Demand!D1", dt.datetime(1905, 7, 17), "error", "Excel shows 17-Jul-1905; this is the number 2025"),
    ("Y02 cell", "Years!A2", dt.datetime(1905, 7, 17), "error", "Excel shows 17-Jul-1905; this is the number 2025"),
    ("Y02 first of January", "Demand!D1", dt.datetime(2025, 1, 1), "", ""),
    ("Y04", "Demand!D1", "2025e", "error", '"2025e" is not a year.'),
    ("Y05", "Demand!F1", 2030.0, "error", "year 2030 appears twice, in E and F."),
    ("Y09", "Observed!D2", 205.0, "error", "year is 205, expected a year from 1900 to 2200."),
    ("Y09 many", "Observed!D2", 20205.0, "error", "expected a year from 1900 to 2200."),
    ("Y10", "Observed!D2", 2025.5, "error", "year is 2025.5, expected a whole year. Type 2025 or 2026."),
    ("R01", "Demand!A4", "metl", "error", 'commodity: "metl" is not in Commodities. Did you mean "metal"?'),
    ("R02", "Sites!C6", "CHNA", "error", '"CHNA" is not in Countries or Groups. Did you mean "CHN"?'),
    ("R07", "Countries!A4", "cod", "error", "a second row with country COD; the first is A2."),
    ("R13", "Recipes!C2", "into", "error", 'direction: "into", expected in or out. Did you mean "in"?'),
    ("U01", "Sites!D1", "capacity [kt/y]", "error", 'column "capacity" is in [kt/y], expected [unit/y].'),
    ("U02", "Sites!F1", "variable cost [EUR/unit]", "", ""),
    ("U07", "Sites!F1", "variable cost [USD/unit]", "error", "is in [USD/unit], expected [cur/unit]."),
    ("U09", "Sites!D1", "capacity", "", ""),
    ("U10", "Limits!H1", "max share [%]", "error", 'column "max share" is in [%], expected no unit.'),
    ("L01", "Limits!K3", 100.0, "error", "min 100 is above max 90."),
    ("L06", "Stockpiles!D2", 12.0, "error", "initial 12 is above capacity 10."),
    ("least stock above the store", "Stockpiles!H2", 600.0, "error", "min final 600 is above capacity 10."),
    ("L09", "Sites!I3", 2055.0, "warning", "builds may begin only after the last model year 2035"),
    ("L13", "Demand!D4", 1e21, "error", "is beyond the limit 1e12."),
    ("too small to be solved", "Recipes!D2", 1e-12, "error", "quantity is 1e-12, expected 0 or at least 1e-09. Type 0, or check its unit."),
    ("too large to be solved", "Recipes!D2", 1e10, "error", "quantity is 10000000000, expected at least 0 and at most 1e+09."),
    ("a share too small", "Limits!H2", 1e-10, "error", "max share is 1e-10, expected 0 or at least 1e-09."),
    ("no share at all", "Limits!H2", 0.0, "", ""),
    ("a loss of nearly all", "Lanes!F2", 1 - 1e-11, "error", "loss is so near to 1 that it leaves 1e-11, expected 1 or to leave 1e-09."),
    ("a loss of all", "Lanes!F2", 1.0, "", ""),
    ("a rise of ages", "Processes!H2", 1e9, "error", "ramp is 1000000000, expected at least 0 and at most 9999."),
    ("less than nothing in a year", "Site years!H2", -800.0, "error", "capacity is -800, expected at least 0."),
    ("more than all in a year", "Site years!D2", "max use", "error -> Site years!H2", "max use is 800, expected at least 0 and at most 1."),
    ("a factor below 0", "Site years!G4", -0.5, "error", "the factor on max use is -0.5, expected at least 0."),
    ("a cost below 0 in a year", "Site years!G3", -100.0, "", ""),
    ("N01", "Scenarios!A5", "CON", "error", '"CON" is a reserved name'),
    ("N02", "Scenarios!A5", "../../etc/x", "error", '"../../etc/x" cannot name a scenario.'),
    ("N09", "Scenarios!A5", "History", "error", "reserved"),
    ("N10", "Scenarios!A5", dt.datetime(2026, 2, 1), "error", "Excel turned the name into a date (2026-02-01)"),
    ("rate above 1", "Tariffs!E2", 5.0, "hint", "rate is 5, that is 500 %. If 5 % is meant, type 0.05."),
    ("none", "Lanes!H4", "None", "", ""),
    ("none as a year that must be", "Years!A2", "none", "error", '"none" is text, expected a number. Type a number.'),
    ("none where it means nothing", "Sites!F2", "none", "error", '"none" is text, expected a number'),
    ("a long text", "Sites!D2", "x" * 61, "error", f'"{"x" * 60}…" is text'),
    ("a long name", "Demand!A4", "x" * 61, "error", f'"{"x" * 60}…" is not in Commodities'),
    ("a long word", "Countries!H2", "x" * 61, "error", f'"{"x" * 60}…", expected no or yes'),
    ("a long header", "Demand!D1", "x" * 61, "error", f'column "{"x" * 60}…" is not known'),
    ("unlimited", "Stockpiles!E2", "UNLIMITED", "", ""),
    ("unlimited where it is no value", "Lanes!H4", "unlimited", "error", '"unlimited" is text, expected a number'),
    ("a word of another sheet", "Demand!B4", "*", "error", '"*" is not allowed here'),
    ("quality", "Sources!F1", "quality", "", ""),
    ("series without a column", "Demand!F1", "#2035", "", ""),
    ("column of values without a header", "Sites!O3", 5.0, "error -> Sites!O1", "holds values but has no header"),
    ("no model year may overrun the next", "Years!B2", 6.0, "error", "reach beyond the next model year 2030"),
    ("format", "Settings!B2", 2.0, "error", "this planner reads format 1"),
    ("setting", "Settings!A2", "fromat", "error", '"fromat", expected format'),
    ("discount rate", "Settings!B6", 5.0, "hint", "discount rate is 5, that is 500 %"),
    ("focus", "Settings!B9", "Erope", "error", 'Did you mean "Europe"?'),
    ("no such copy", "Site years!A3", "pit@DEU", "error", "is no copy of a site"),
    ("no such stage", "Limits!B3", "cobalt/refin", "error", 'Did you mean "cobalt/refine"?'),
    ("a group is no country", "Groups!A2", "CHN", "error", "is a country too"),
    ("part of a group", "Demand!C3", "car", "error -> Demand!B3", "car of DEU is given here and in B2 (EU)"),
    ("weights", "Groups!C2", -1.0, "error", "weight is -1, expected at least 0"),
    ("shares of steps", "Demand steps!E2", 0.6, "error", "add up to 1.1"),
    ("market of output", "Limits!D3", "EU", "error", "basis production has no market"),
    ("tariff quota", "Trade measures!B4", "*", "error", "speaks of one commodity"),
    ("price", "Commodities!H2", 0.0, "warning -> Trade measures!F5", "a rate stands on ore, whose price is 0"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "value", "expected", "words"), [c[1:] for c in CELLS], ids=[c[0] for c in CELLS])
def test_one_cell(where: str, value: object, expected: str, words: str) -> None:
    cells = whole()
    put(cells, where, value)
    found = problems(cells)
    severity, _, cell = expected.partition(" -> ")
    if not severity:
        assert [str(p) for p in found] == []
        return
    here = [
        p
        for p in found
        if f"{p.sheet}!{p.cell}".split(":")[0]
        in ((cell or where), f"{where.split('!')[0]}!A1", f"{where.split('!')[0]}!")
    ]
    assert any(p.severity == severity and words in str(p) for p in here), "\n".join(map(str, found))
    if severity != "error":
        assert not [str(p) for p in found if p.severity == "error"]


@pytest.mark.parametrize("value", [True, dt.datetime(2020, 1, 1)])
def test_what_excel_made_of_a_word_is_told_once(value: object) -> None:
    """And not as a name, which an apostrophe would mend: a word does not become another one by it."""
    cells = whole()
    put(cells, "Countries!H2", value)
    (problem,) = problems(cells)
    assert problem.fix == "Choose one of them."


def altered(**changes: object) -> list[str]:
    """Problems after the sheet Demand is replaced by one with these attributes."""
    cells = whole()
    cells["Demand"] = dataclasses.replace(cells["Demand"], **changes)  # type: ignore[arg-type]
    return [f"{p.severity} {p}" for p in problems(cells)]


def said(texts: list[str], *words: str) -> bool:
    return any(all(word in text for word in words) for text in texts)


def test_sheet_names() -> None:
    """S01 to S05: missing, misspelt, differently spelled, hidden, ignored."""
    without = {name: sheet for name, sheet in whole().items() if name != "Demand"}
    assert said([str(p) for p in problems(without)], 'study: sheet "Demand" is missing (found: Settings, Years')
    for name in ("Futures", "uncertainty"):
        later = (
            f"error {name}: this version of planner does not read this sheet. To keep it as a note, begin its name with"
        )
        assert said(altered(name=name), later)
    assert said(altered(name="Demnd"), 'error Demnd: the sheet is not known. Did you mean "Demand"? Rename the tab.')
    assert altered(name=" deMAND ") == []
    assert altered(hidden=True) == ["warning Demand: the sheet is hidden but was used. Unhide it, or delete it."]
    notes = whole() | {"_n": Sheet("_notes", [["x"]]), "R": Sheet("README", [["x"]])}
    assert [str(p) for p in problems(notes)] == ["_notes: the sheet was ignored, as its name asks."]
    assert said([str(p) for p in problems(whole() | {"twice": Sheet("demand ", [["x"]])})], 'a second sheet "Demand"')


def test_where_the_header_stands() -> None:
    """S06, S07, S19, S27, and the rules about Excel Tables: S15, S17 and rows outside."""
    rows = whole()["Demand"].rows
    title: list[list[object]] = [["Demand of the world"], [""], *rows]
    assert said(altered(rows=rows[:1]), "error Demand: no data rows. Enter at least one row")
    assert altered(rows=title, header_row=3) == []
    assert said(altered(rows=title), "warning Demand!A3: the header was found in row 3")
    far: list[list[object]] = [["Demand of the world"], *[["a word"]] * 25, *rows]
    assert said(altered(rows=far), 'error Demand!A1: column "Demand of the world" is not known.')
    assert altered(rows=[*rows[:2], [""] * 6, *rows[2:]]) == []
    assert said(altered(rows=[list(row) for row in zip(*rows, strict=True)]), "Paste Special > Transpose")
    total: list[object] = ["Total", "", "", 15.0, 26.0, 47.0]
    table = {"header_row": 1, "last_row": 4}
    assert altered(rows=[*rows, total], tables=(("tbl", "A1:F5"),), **table) == []
    below = altered(rows=[*rows, total], tables=(("tbl", "A1:F4"),), **table)
    assert said(below, "error Demand!A5: row 5 stands below the Excel Table, which ends in row 4")
    assert said(altered(tables=(("one", "A1:F4"), ("two", "H4:J9"))), 'error Demand!H4: a second Excel Table, "two"')


def test_merged_and_faulty_cells() -> None:
    """S23, S26, C11, C12 and C14: what calamine reads as blank is no blank."""
    rows = [list(row) for row in whole()["Demand"].rows]
    rows[2][0] = ""
    assert said(altered(rows=rows, merged=("A2:A3",)), "error Demand!A3: commodity is empty", "merged cells A2:A3")
    rows[1][3] = ""
    errors = altered(rows=rows, faults={(2, 4): "#N/A", (3, 1): "#REF! (formula =X1)"})
    assert said(errors, "error Demand!D2: value shows #N/A. Correct the formula, or clear the cell if unknown.")
    assert said(errors, "error Demand!A3: commodity shows #REF! (formula =X1). Correct the formula, or type the value.")
    assert len(errors) == 2
    uncached = altered(rows=rows, faults={(2, 4): "formula without a saved result: =C2*1.1", (3, 1): "#N/A"})
    assert said(uncached, "error Demand!D2: value: formula without a saved result: =C2*1.1.", "Ctrl+Alt+F9")
    assert said(altered(faults={(1, 4): "#REF!"}), "error Demand!D1: the header shows #REF!.")
    every_cell_of_a_row = {(5, column): "#N/A" for column in range(1, 7)}
    assert said(altered(rows=[*whole()["Demand"].rows, [""] * 6], faults=every_cell_of_a_row), "Demand!A5", "#N/A")


@settings(deadline=None, max_examples=25)
@given(
    st.lists(
        st.sampled_from([c for c in CELLS if c[3] == "error" and c[0][0] in "CR" and c[0] != "R07"]),
        min_size=2,
        max_size=5,
        unique_by=lambda c: c[1],
    )
)
def test_every_fault_is_told_at_once(cases: list[tuple[str, str, object, str, str]]) -> None:
    cells = whole()
    for _, where, value, _, _ in cases:
        put(cells, where, value)
    _, found = parse(cells.values())  # type: ignore[arg-type]
    for _, where, _, _, words in cases:
        assert any(f"{p.sheet}!{p.cell}" == where and words in str(p) for p in found), where


CELL = st.one_of(
    st.text(max_size=12), st.floats(), st.booleans(), st.datetimes(), st.integers(-10, 3000).map(float),
    st.sampled_from(["*", "each", "none", "EU", "COD", "2030", "1,5", "#", "ore", "cobalt/mine", "", "pit@COD", "12 kt", "٣"]),
)  # fmt: skip


@settings(deadline=None)
@given(st.sampled_from(sorted(whole())), st.integers(0, 8), st.integers(0, 12), CELL)
@example("Groups", 1, 1, "")
@example("Countries", 0, 0, "")
def test_no_cell_brings_it_down(sheet: str, row: int, column: int, value: object) -> None:
    """Whatever stands in a cell: problems, and never an exception."""
    cells = whole()
    put(cells, f"{sheet}!{chr(65 + column)}{row + 1}", value)
    for problem in problems(cells):
        assert problem.problem
        assert str(problem).isprintable() or not str(value).isprintable()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_typed_as_text_is_the_number(value: float) -> None:
    assume(not UNSURE.fullmatch(repr(value)))
    column = models.production.SITES.column("variable cost")
    values, faults = cast(column, [repr(value)])
    assert values[0] == value
    assert [f.severity for f in faults] == ["warning"]


@given(st.text())
def test_text_that_is_no_number_is_refused(text: str) -> None:
    """Only plain digits make a number: float() would also take `1_000`, `nan` and digits of other scripts."""
    column = models.production.SITES.column("variable cost")
    values, faults = cast(column, [text])
    assert len(faults) == 1
    assert math.isnan(values[0]) == (faults[0].severity == "error")
    assert math.isnan(values[0]) or NUMBER.fullmatch("".join(c for c in text if c.isascii()).strip())


def test_blank_cells_mean_their_defaults() -> None:
    t = study(WHOLE)
    pit, grown = t["Sites"].iloc[0], t["Sites"].iloc[1]
    assert (grown["last year"], grown["fixed cost"], grown["max build"]) == (LAST, 0.0, 100.0)
    assert math.isinf(pit["max build"])
    assert math.isnan(pit["capex"])
    assert math.isinf(t["Sites"]["capacity"].iloc[3])
    assert list(t["Countries"]["territory"]) == ["COD", "COD", "CHN", "DEU", "FRA", "ROW"]
    assert list(t["Countries"]["owner"]) == ["COD", "CHN", "CHN", "DEU", "FRA", "ROW"]
    assert list(t["Countries"]["aggregate"]) == ["no"] * 5 + ["yes"]
    assert list(t["Demand"]["use"].unique()) == ["car", "truck", "all"]


def test_settings_come_as_the_model_reads_them() -> None:
    text = WHOLE.replace("unmet cost factor  10", "unmet cost factor  none").replace(
        "focus              EU", "focus              eu"
    )
    settings = study(text.replace("discount rate      0.05", "discount rate      5%"))["Settings"]
    said = dict(zip(settings["setting"], settings["value"], strict=True))
    assert (said["unmet cost factor"], said["focus"], said["discount rate"], said["base year"]) == (
        "",
        "EU",
        "0.05",
        "2025",
    )


def test_a_schema_of_ones_own() -> None:
    """The reader knows nothing but the schema it is given."""
    goods = dataclasses.replace(models.network.COMMODITIES, name="Goods", required=False)
    tables, found = parse([Sheet("goods", [["commodity", "unit"], ["ore", "t"]])], [goods])  # type: ignore[list-item]
    assert [str(p) for p in found] == []
    assert list(tables) == ["Goods"]


def test_on_one_winner_sheets_a_blank_is_no_default_and_none_is_a_value() -> None:
    lanes = study(WHOLE)["Lanes"]
    assert np.isnan(lanes["freight"].iloc[0])
    assert list(lanes["max"]) == [100000, math.inf, 500]
    assert list(lanes["first year"]) == [FIRST, FIRST, 2030]


def test_names_take_their_declared_spelling() -> None:
    loud = WHOLE.replace("  metal  ", "  METAL  ").replace("  metal      30000", "  metal      30000")
    t = study(loud.replace("metal      cobalt", "x").replace("  cell       EU       car", "  Cell       eu       CAR"))
    assert set(t["Demand"]["country"]) == {"EU", "DEU", "CHN"}
    assert set(t["Demand"]["commodity"]) == {"cell", t["Commodities"]["commodity"].iloc[1]}
    assert set(t["Demand steps"]["use"]) == {"CAR"}  # as Demand, the sheet before it, spells it
    assert t["Site years"]["site"].iloc[2] == "Gigafab@FRA"


def test_every_value_knows_its_cell() -> None:
    t = study(WHOLE)
    assert t.cell("Sites", 1, "variable cost") == "F3"
    values = t["Demand"].set_index(["country", "year"])["value"]
    position = list(values.index).index(("CHN", 2035))
    assert t.cell("Demand", position, "value") == "F4"
    assert t.cell("Demand", position, "country") == "B4"


def test_every_sheet_of_the_schema_has_its_table() -> None:
    """Absent sheets are empty tables with the same types as full ones."""
    full, (bare, _) = study(WHOLE), parse([])
    assert set(bare) == {table.name for table in models.TABLES}
    for name, frame in bare.items():
        assert len(frame) == 0
        assert dict(frame.dtypes) == dict(full[name].dtypes), name


LONG = """
Demand
  commodity  country  year  value
  ore        DEU      2030  20
  ore        DEU      2025  10
  ore        FRA      2025  5
Recipes
  process  commodity  direction  quantity  year  value
  mine     ore        out        1         -     -
  burn     ore        in         -         2025  2
  burn     ore        in         -         2030  3
"""
WIDE = """
Demand
  commodity  country  2030  2025
  ore        DEU      20    10
  ore        FRA      -     5
Recipes
  process  commodity  direction  quantity  2030  2025
  mine     ore        out        1         -     -
  burn     ore        in         -         3     2
"""
REST = """
Commodities
  commodity  unit
  ore        t
Processes
  process  unit
  mine     t
  burn     t
"""


def plain(tables: Tables, sheet: str) -> pd.DataFrame:
    """A table without its addresses, in an order that does not depend on how it was written."""
    frame = tables[sheet].drop(columns=["row", "at"], errors="ignore")
    return frame.sort_values(list(frame.columns)).reset_index(drop=True)


@pytest.mark.parametrize("sheet", ["Demand", "Recipes"])
def test_long_and_wide_say_the_same(sheet: str) -> None:
    pd.testing.assert_frame_equal(plain(study(REST + LONG), sheet), plain(study(REST + WIDE), sheet))


def test_order_of_sheets_columns_and_rows_does_not_matter() -> None:
    mixed = [
        dataclasses.replace(sheet, rows=[row[::-1] for row in [sheet.rows[0], *sheet.rows[:0:-1]]])
        for sheet in reversed(whole().values())
    ]
    turned, found = parse(mixed)  # type: ignore[arg-type]
    assert [str(p) for p in found] == []
    straight, _ = parse(whole().values())  # type: ignore[arg-type]
    for name in straight:
        pd.testing.assert_frame_equal(plain(turned, name), plain(straight, name))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("  ore        DEU      2025  10", "  ore        deu      2030  7", "Demand!A3: a second row with commodity ore, country DEU, use all, year 2030; the first is A2."),
        ("2025  10", "-     10", "Demand!C3: year is empty, expected a year."),
        ("2025  10", "2025  -", "Demand!D3: value is empty, expected a number."),
        ("year  value\n  ore", "year  2030\n  ore", "there are columns by year and also the columns year and value."),
        ("year  value\n  ore", "year  #v\n  ore", 'Demand!A1:D1: "value" is missing'),
        ("1         -     -", "1         -     1", "Recipes!D2: the row has a value and a quantity."),
        ("1         -     -", "-         -     -", "Recipes!F2: quantity is empty"),
        ("-         2030  3", "3         -     -", "a quantity for all years and also values by year"),
    ],
)  # fmt: skip
def test_faults_of_long_sheets(old: str, new: str, words: str) -> None:
    text = REST + LONG
    assert old in text
    _, found = read(text.replace(old, new))
    assert said([str(p) for p in found], words), "\n".join(map(str, found))


def test_a_wide_row_that_comes_twice_is_told_once() -> None:
    """It repeats its key in every year."""
    _, found = read(REST + WIDE.replace("  ore        FRA      -     5\n", "  ore        DEU      7     5\n"))
    assert [str(p) for p in found if p.severity == "error" and p.sheet == "Demand"] == [
        "Demand!A3: a second row with commodity ore, country DEU, use all, year 2025; the first is A2."
        " Delete one of the two, or give them different keys."
    ]


def test_gaps_of_wide_rows_are_hints_and_rows_without_values_errors() -> None:
    _, found = read(REST + WIDE)
    assert [str(p) for p in found if p.severity == "hint"] == [
        "Demand!C3: no value for 2030: taken from the years around it. Type 0 if none is meant."
    ]
    _, found = read(REST + WIDE.replace("FRA      -     5", "FRA      -     -"))
    assert said([str(p) for p in found], "Demand!C3:D3: the row has no value in any year.")


def test_a_row_with_an_error_keeps_what_could_be_read() -> None:
    """So that its other cells, and the rows that name it, are checked all the same."""
    cells = whole()
    put(cells, "Countries!G4", "high")
    tables, found = parse(cells.values())  # type: ignore[arg-type]
    assert [p.cell for p in found] == ["G4"]
    assert list(tables["Countries"]["country"]) == ["COD", "COD.CN", "CHN", "DEU", "FRA", "ROW"]


def test_namibia_is_no_blank() -> None:
    """R03."""
    assert list(study("Countries\n  country\n  NA\n  NAN")["Countries"]["country"]) == ["NA", "NAN"]


def test_sources_and_qualities_only_warn() -> None:
    cells = whole()
    for row, (source, quality) in enumerate([("source", "quality"), ("usgs", "A"), ("USGS; iea", "E")], 1):
        put(cells, f"Demand!G{row}", source)
        put(cells, f"Demand!H{row}", quality)
    assert [f"{p.severity} {p}" for p in problems(cells)] == [
        'warning Demand!H3: quality: "E", expected A, B, C or D. Choose one of them.',
        'warning Demand!G3: source: "iea" is not in Sources. Add it there.',
    ]


def test_a_hundred_thousand_rows_in_a_moment() -> None:
    """Far below a second on an idle machine; the bound is for one that is busy."""
    places = [f"P{i:03d}" for i in range(180)]
    header: list[object] = ["commodity", "from", "to", "freight [cur/unit]", "loss", "max", "first year", "note"]
    rows: list[list[object]] = [
        [f"c{i % 50}", places[i // 50 % 180], places[i // 9000], float(i), 0.01, "" if i % 2 else 9.0, "", f"row {i}"]
        for i in range(100_000)
    ]
    goods: list[list[object]] = [["commodity", "unit"], *([f"c{i}", "t"] for i in range(50))]
    cells = with_defaults([Sheet("Commodities", goods), Sheet("Lanes", [header, *rows])])
    start = time.process_time()
    tables, _ = parse(cells)  # type: ignore[arg-type]
    assert time.process_time() - start < 2
    assert len(tables["Lanes"]) == 100_000

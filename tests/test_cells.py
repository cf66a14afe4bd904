"""Reading cells: what Excel saved arrives as it stands, and every bad file ends in one sentence."""

from __future__ import annotations

import datetime as dt
import gc
import os
import re
import subprocess
import sys
import tempfile
import textwrap
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest
import xlsxwriter
from bad_files import BOOK, FAULTS, SHEET, SILENT, change, far, good, put, unzip, with_cells, zipped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.styles import NamedStyle

from planner import cells
from planner.cells import Grid, read_cells

NO_RESULT = "formula without a saved result"
Key = tuple[str, int, int]


@pytest.fixture(autouse=True)
def fast_only(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calamine reads everything, unless a test says otherwise: a silent fallback would only be slow."""
    if "slow" not in request.node.name:

        def refuse(package: object) -> None:
            raise ValueError("the fallback was used")

        monkeypatch.setattr(cells, "_slow_values", refuse)


def read(path: Path) -> list[Grid]:
    grids, problems = read_cells(path)
    assert problems == []
    return grids


@pytest.mark.parametrize(("make", "severity", "words"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_every_faulty_file_is_one_sentence(
    make: Callable[[Path], Path], severity: str, words: str, tmp_path: Path
) -> None:
    grids, problems = read_cells(make(tmp_path / "input.xlsx"))
    assert len(problems) == 1, problems
    assert words in str(problems[0])
    assert problems[0].severity == severity
    assert problems[0].fix or severity == "hint"
    assert bool(grids) == (severity != "error" or bool(problems[0].cell))


@pytest.mark.parametrize("make", [make for _, make in SILENT], ids=[name for name, _ in SILENT])
def test_harmless_oddities_pass_in_silence(make: Callable[[Path], Path], tmp_path: Path) -> None:
    assert read(make(tmp_path / "input.xlsx"))[0].rows


def test_mended_files_read_clean(tmp_path: Path) -> None:
    """The recipe of a fault is what is wrong with it: the good book it starts from has no problem."""
    book = far(tmp_path / "input.xlsx")
    assert read_cells(book)[1]
    put(book, b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', b"")
    assert read(book) == read(good(tmp_path / "good.xlsx"))


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F14, mocked: root may read everything."""

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    grids, (problem,) = read_cells(good(tmp_path / "input.xlsx"))
    assert not grids
    assert str(problem).startswith("input.xlsx: there is no permission to read it. Close it")


def test_names_at_the_edge_of_what_a_file_may_have(tmp_path: Path) -> None:
    """That of a lock file is longer than the study's own: then there is none."""
    assert read(good(tmp_path / ("a" * 250 + ".xlsx")))
    _, (problem,) = read_cells(tmp_path / ("a" * 300 + ".xlsx"))
    assert "it cannot be read: File name too long. Check the name" in str(problem)


def test_too_large_a_file(tmp_path: Path) -> None:
    path = tmp_path / "input.xlsx"
    with path.open("wb") as stream:
        stream.truncate((50 << 20) + 1)
    assert "the file has 50 MB; at most 50 MB are read" in str(read_cells(path)[1][0])


def test_whatever_else_happens_is_a_problem_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("surprise")

    monkeypatch.setattr(cells, "_search", broken)
    grids, (problem,) = read_cells(good(tmp_path / "input.xlsx"))
    assert not grids
    assert "cannot be read (RuntimeError: surprise)" in problem.problem


def test_values_and_faults_of_one_sheet(tmp_path: Path) -> None:
    """Errors, formulas without a result and those with one, booleans, an empty text: each where it stands."""
    path = with_cells(
        tmp_path / "input.xlsx",
        {
            "A1": "site",
            "B1": True,
            "C1": 12,
            "D1": ("=1/0", "#DIV/0!"),
            "A2": ("=C1*2", 24),
            "B2": ('=""', "?"),
            "D3": ('=A9&"<"', "ok"),
        },
    )
    put(path, b"<v>?</v>", b"<v></v>")
    put(
        path,
        b'<c r="D3" t="str"><f>A9&amp;"&lt;"</f><v>ok</v></c>',
        b'<c r="C3" t="e"><v>#N/A</v></c><c r="D3"><f>A9&amp;"&lt;"</f></c>',
    )
    put(path, b"<v>24</v>", b'<v>24</v></c><c r="E2" t="e"><f t="array" ref="E2">F2#</f><v>#SPILL!</v>')
    (grid,) = read(path)
    assert grid.rows == [["site", True, 12.0, "", ""], [24.0, "", "", "", ""], ["", "", "", "", ""]]
    assert grid.faults == {
        (1, 4): "#DIV/0! (formula =1/0)",
        (2, 5): "#SPILL! (formula =F2#)",
        (3, 3): "#N/A",
        (3, 4): f'{NO_RESULT}: =A9&"<"',
    }


def test_long_formulas_are_cut_in_what_is_said_of_them(tmp_path: Path) -> None:
    long = "=" + "+".join(["RAND()"] * 100)
    grids, (problem,) = read_cells(
        with_cells(tmp_path / "input.xlsx", {"A1": (long, 1), "A2": ("=1/0" + "+1" * 100, "#DIV/0!")})
    )
    assert problem.problem.startswith(long[:61] + "… changes at every recalculation")
    assert grids[0].faults == {(2, 1): "#DIV/0! (formula =1/0" + "+1" * 28 + "+…)"}


def test_a_year_with_a_date_format_arrives_as_a_date(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "input.xlsx") as book:
        page, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        page.write_number("A1", 2025, day)
        page.write_number("B1", 45000.5, day)
    assert read(tmp_path / "input.xlsx")[0].rows == [[dt.date(1905, 7, 17), dt.datetime(2023, 3, 15, 12)]]


def test_dates_of_the_1904_system(tmp_path: Path) -> None:
    name, make = SILENT[-1]
    assert name == "F25 1904"
    assert read(make(tmp_path / "input.xlsx"))[0].rows[3][1] == dt.date(2025, 1, 2)


def test_table_and_its_totals_row(tmp_path: Path) -> None:
    supply, notes = read(good(tmp_path / "input.xlsx"))
    assert (supply.header_row, supply.last_row, supply.tables) == (4, 9, (("tblSupply", "A4:C10"),))
    assert [supply.rows[3], supply.rows[8]] == [["site", "capacity", "note"], ["Grasberg", 7.0, "y"]]
    assert (notes.header_row, notes.last_row, notes.tables) == (0, 0, ())


def test_two_tables_leave_the_header_to_be_found(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "input.xlsx") as book:
        page = book.add_worksheet("Supply")
        page.add_table("A4:B6", {"name": "one", "header_row": True})
        page.add_table("H4:I6", {"name": "two"})
    (grid,) = read(tmp_path / "input.xlsx")
    assert (grid.header_row, grid.last_row, grid.tables) == (0, 0, (("one", "A4:B6"), ("two", "H4:I6")))


def test_merged_cells_and_hidden_sheets(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "input.xlsx") as book:
        page = book.add_worksheet("Supply")
        page.merge_range("A5:A9", "lithium")
        page.merge_range("B1:C1", "title")
        hidden = book.add_worksheet("Lists")
        hidden.hide()
        book.add_worksheet("Deep").very_hidden()
    supply, lists, deep = read(tmp_path / "input.xlsx")
    assert set(supply.merged) == {"A5:A9", "B1:C1"}
    assert supply.rows[4:] == [["lithium", ""]]
    assert (supply.hidden, lists.hidden, deep.hidden) == (False, True, True)


def test_row_numbers_stay_those_of_excel(tmp_path: Path) -> None:
    (grid,) = read(with_cells(tmp_path / "input.xlsx", {"C4": "capacity", "C6": 5, "C9": 7}))
    assert [row[2] for row in grid.rows] == ["", "", "", "capacity", "", 5.0, "", "", 7.0]


def test_a_large_sheet_beyond_the_near_cells_is_no_stray(tmp_path: Path) -> None:
    """60 columns in 12,000 rows reach past AZ and row 9,999, and nothing is cut."""
    cell = "".join(f'<c r="{cells.letters(c)}{{0}}"><v>{c}</v></c>' for c in range(1, 61))
    rows = "".join(f'<row r="{r}">{cell.format(r)}</row>' for r in range(1, 12_001)).encode()
    path = change(
        good(tmp_path / "input.xlsx"),
        SHEET,
        lambda x: re.sub(b"<sheetData>.*</sheetData>", b"<sheetData>%s</sheetData>" % rows, x),
    )
    grid, _ = read(path)
    assert (len(grid.rows), len(grid.rows[-1]), grid.rows[-1][-1]) == (12_000, 60, 60.0)


def test_formatted_blanks_far_out_are_no_stray(tmp_path: Path) -> None:
    path = put(
        good(tmp_path / "input.xlsx"),
        b'<row r="4"',
        b'<row r="3"><c r="XFD3" s="0"/><c r="XFE3" s="0"></c></row><row r="4"',
    )
    assert read(path)[0].rows[3] == ["site", "capacity", "note"]


def test_values_scattered_over_the_whole_sheet_are_refused(tmp_path: Path) -> None:
    rows = b"".join(
        b'<row r="%d"><c r="%s%d"><v>1</v></c></row>' % (r, cells.letters(1 + r // 10).encode(), r)
        for r in range(900, 160_000, 900)
    )
    path = put(good(tmp_path / "input.xlsx"), b"<row", rows + b"<row")
    grids, (problem,) = read_cells(path)
    assert not grids
    assert "Supply: its values are scattered up to cell" in str(problem)


MAIN = b'"http://schemas.openxmlformats.org/spreadsheetml/2006/main"'

# The same sheet in spellings that other writers use: prefixes, no addresses, indents, single quotes, comments.
SPELLINGS: dict[str, Callable[[bytes], bytes]] = {
    "prefix": lambda x: (
        re.sub(rb"<(/?)(\w)", rb"<\1x:\2", x.replace(b"<?xml", b"<!xml"))
        .replace(b"<!x:xml", b"<?xml")
        .replace(b"<!xml", b"<?xml")
        .replace(b"xmlns=", b"xmlns:x=")
    ),
    "no address": lambda x: re.sub(rb'(<c|<row) r="\w+"', rb"\1", x),
    "indents": lambda x: re.sub(rb"><(/?(?:row|c)\b|[vf]\b)", rb">\n  <\1", x),
    "prefix of cells": lambda x: re.sub(rb"<(/?)c\b", rb"<\1x:c", x).replace(b"xmlns=", b"xmlns:x=%s xmlns=" % MAIN),
    "single quotes": lambda x: re.sub(rb' ([rst])="(\w+)"', rb" \1='\2'", x),
    "single quotes of types": lambda x: re.sub(rb' t="(\w+)"', rb" t='\1'", x),
    "comment": lambda x: x.replace(b"<sheetData>", b'<sheetData><!-- <c r="XFD1048576"><v>1</v></c> -->'),
    "order of attributes": lambda x: re.sub(rb'<c (r="\w+") (t="\w+")', rb"<c \2 \1", x),
    "small letters": lambda x: re.sub(rb'<c r="(\w+)"', lambda m: m[0].lower(), x),
    "spaces in tags": lambda x: x.replace(b"<row ", b"<row\n ").replace(b"<c ", b"<c  "),
    "byte order mark": lambda x: b"\xef\xbb\xbf" + x,
}


RICH = b'<r><t xml:space="preserve">a </t></r><r><t>b</t></r><rPh sb="0" eb="1"><t>P</t></rPh>'


def full(path: Path) -> Path:
    """Every kind of cell from A1 on without a gap, so that addresses may be left out."""
    with_cells(
        path,
        {
            "A1": "site",
            "B1": True,
            "C1": 0.1,
            "A2": ("=C1*2", 24),
            "B2": ('=""', "?"),
            "C2": "x",
            "A3": ("=1/0", "#DIV/0!"),
            "B3": ("=A1", 1),
        },
    )
    put(path, b"<v>?</v>", b"<v></v>")
    put(path, b"<f>A1</f><v>1</v>", b"<f>A1</f>")
    return put(
        path,
        b'<c r="C2" t="s"><v>1</v></c>',
        b'<c r="C2" t="inlineStr"><is>' + RICH + b"</is></c>",
    )


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_other_spellings_of_the_same_sheet(spelling: str, tmp_path: Path) -> None:
    (plain,) = read(full(tmp_path / "plain.xlsx"))
    assert plain.rows == [["site", True, 0.1], [24.0, "", "a b"], ["", "", ""]]
    assert plain.faults == {(3, 1): "#DIV/0! (formula =1/0)", (3, 2): f"{NO_RESULT}: =A1"}
    odd = change(full(tmp_path / "odd.xlsx"), SHEET, SPELLINGS[spelling])
    assert unzip(odd)[SHEET] != unzip(tmp_path / "plain.xlsx")[SHEET]
    assert read(odd) == [plain]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_hides_a_far_cell(spelling: str, tmp_path: Path) -> None:
    """Unseen, it would take the whole test run down."""
    path = put(
        full(tmp_path / "odd.xlsx"),
        b"</sheetData>",
        b'<row r="1048576"><c r="XFD1048576" t="n"><v>1</v></c></row></sheetData>',
    )
    if spelling == "no address":
        spell = SPELLINGS[spelling]
        change(
            path,
            SHEET,
            lambda x: spell(x.split(b'<row r="1048576"')[0]) + b'<row r="1048576"' + x.split(b'<row r="1048576"')[1],
        )
    else:
        change(path, SHEET, SPELLINGS[spelling])
    _, (problem,) = read_cells(path)
    assert problem.cell == "XFD1048576"


@pytest.mark.parametrize("attribute", ["hidden", "s", "t"])
def test_slow_or_not_nothing_slips_in_through_an_attribute(attribute: str, tmp_path: Path) -> None:
    """What another spelling says is written anew: a text must not become a tag on the way, least of all a far cell."""
    slip = b"&quot;&gt;&lt;x:c r=&quot;XFD1048576&quot;&gt;&lt;x:v&gt;1&lt;/x:v&gt;&lt;/x:c&gt;"
    row = b"<row r='9' hidden='0'><c r='A9' s='0' t='n'><v>1</v></c></row></sheetData>"
    row = re.sub(rb"( %s=.\w)" % attribute.encode(), rb"\1" + slip, row)
    path = put(full(tmp_path / "odd.xlsx"), b"</sheetData>", row)
    put(path, b"<workbookPr", b'<workbookPr date1904="1%s"' % slip, BOOK)
    grids, _ = read_cells(path)
    assert [(len(grid.rows), len(grid.rows[0])) for grid in grids] == [(9, 3)]


def test_a_workbook_part_with_another_name(tmp_path: Path) -> None:
    """Excel on the web has written xl/workbook2.xml."""
    parts = unzip(good(tmp_path / "input.xlsx"))
    parts["xl/workbook2.xml"] = parts.pop("xl/workbook.xml")
    parts["xl/_rels/workbook2.xml.rels"] = parts.pop("xl/_rels/workbook.xml.rels")
    parts["_rels/.rels"] = parts["_rels/.rels"].replace(b"workbook.xml", b"workbook2.xml")
    assert read(zipped(tmp_path / "other.xlsx", parts)) == read(good(tmp_path / "input.xlsx"))


class Panic(BaseException):
    """What a panic in Rust becomes."""


@pytest.mark.parametrize("error", [Panic, ValueError])
def test_slow_path_reads_the_same_when_calamine_gives_up(
    error: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [good(tmp_path / "good.xlsx"), full(tmp_path / "full.xlsx"), SILENT[2][1](tmp_path / "chart.xlsx")]
    expected = [read(path) for path in paths]

    def panic(*_: object) -> None:
        raise error

    monkeypatch.setattr(cells, "CalamineWorkbook", SimpleNamespace(from_filelike=panic))
    assert [read(path) for path in paths] == expected


def test_slow_path_for_a_long_text_in_many_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calamine would copy the text into each cell."""
    path = with_cells(tmp_path / "input.xlsx", {f"A{i}": "x" * 30_000 for i in range(1, 50)})
    used = []
    monkeypatch.setattr(cells, "MOST_TEXT", 1 << 20)
    slow = cells._slow_values
    monkeypatch.setattr(cells, "_slow_values", lambda package: used.append(1) or slow(package))
    assert read(path)[0].rows == [["x" * 30_000]] * 49
    assert used


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interruption_is_not_swallowed(
    error: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise error

    monkeypatch.setattr(cells, "CalamineWorkbook", SimpleNamespace(from_filelike=interrupt))
    with pytest.raises(error):
        read_cells(good(tmp_path / "input.xlsx"))
    assert gc.isenabled()


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8).filter(
    lambda t: not t.startswith("=") and "_x" not in t
)
VALUE = st.one_of(
    st.integers(-(10**9), 10**9),
    st.floats(-1e12, 1e12, allow_nan=False),
    st.booleans(),
    TEXT,
    st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2100, 1, 1)).map(lambda d: d.replace(microsecond=0, second=0)),
    st.just("#N/A"),
    st.just("=A1*2"),
    st.just("one\ntwo"),
)
CELLS = st.dictionaries(st.tuples(st.integers(1, 30), st.integers(1, 30)), VALUE, max_size=25)


def reference(path: Path) -> tuple[dict[Key, object], dict[Key, str]]:
    """Values and faults as openpyxl tells them: twice loaded, cell by cell."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        saved, written = openpyxl.load_workbook(path, data_only=True), openpyxl.load_workbook(path)
    values, faults = {}, {}
    for sheet in saved.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                key = (sheet.title, cell.row, cell.column)
                if cell.data_type == "e":
                    faults[key] = str(cell.value)
                elif cell.value is None and written[sheet.title][cell.coordinate].data_type == "f":
                    faults[key] = NO_RESULT
                elif cell.value not in (None, ""):
                    values[key] = alike(cell.value)
    return values, faults


def alike(value: object) -> object:
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, float):
        return float(f"{value:.12g}")
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime.combine(value, dt.time())
    return value


def ours(path: Path) -> tuple[dict[Key, object], dict[Key, str]]:
    grids = read(path)
    values = {
        (g.name, r, c): alike(v)
        for g in grids
        for r, row in enumerate(g.rows, 1)
        for c, v in enumerate(row, 1)
        if v != ""
    }
    faults = {(g.name, r, c): re.split(r"[ :] ?[(=]", text)[0] for g in grids for (r, c), text in g.faults.items()}
    return values, faults


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CELLS, CELLS, st.booleans())
def test_every_cell_is_what_openpyxl_reads(
    first: dict[tuple[int, int], object], second: dict[tuple[int, int], object], by_openpyxl: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        if by_openpyxl:
            book = openpyxl.Workbook()
            for page, found in zip((book.active, book.create_sheet("Zwei & drei")), (first, second), strict=True):
                for (row, column), value in found.items():
                    page.cell(row, column, value)
            book.save(path)
        else:
            with xlsxwriter.Workbook(path) as made:
                day = made.add_format({"num_format": "yyyy-mm-dd hh:mm"})
                for name, found in (("Eins", first), ("Zwei & drei", second)):
                    page = made.add_worksheet(name)
                    for (row, column), value in found.items():
                        write = {
                            dt.datetime: page.write_datetime,
                            bool: page.write_boolean,
                            str: page.write_string,
                        }.get(type(value), page.write_number)
                        if value == "=A1*2":
                            page.write_formula(row - 1, column - 1, value, None, 7.5)
                        elif value == "#N/A":
                            page.write_formula(row - 1, column - 1, "=NA()", None, "#N/A")
                        elif value != "":
                            write(row - 1, column - 1, value, *([day] if type(value) is dt.datetime else []))
        assert ours(path) == reference(path)


def test_a_book_with_everything_is_what_openpyxl_reads(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book = openpyxl.Workbook()
    page = book.active
    book.add_named_style(NamedStyle("day", number_format="DD/MM/YYYY"))
    page.append(["site", "capacity", "since", "note"])
    page.append(["Kamoa", 12, dt.date(2021, 5, 1), None])
    page.append([None, None, None, None])
    page.append(["Côte d’Ivoire 鉱山", 0.1 + 0.2, dt.datetime(2030, 1, 1, 6, 30), "#REF!"])
    page["C9"].style = "day"
    page["C9"] = 2025
    page["E9"] = "=SUM(B2:B4)"
    page.merge_cells("A11:B12")
    page["A11"] = "merged"
    page.row_dimensions[20].height = 30
    page.conditional_formatting.add("A1:A9", openpyxl.formatting.rule.CellIsRule("equal", ["1"]))
    page.add_data_validation(openpyxl.worksheet.datavalidation.DataValidation("list", "A1:A2"))
    book.create_sheet("Empty")
    book.save(path)
    values, faults = ours(path)
    assert (values, faults) == reference(path)
    assert faults == {("Sheet", 4, 4): "#REF!", ("Sheet", 9, 5): NO_RESULT}
    assert values["Sheet", 9, 3] == dt.datetime(1905, 7, 17)


def test_broken_bytes_never_take_the_process_down() -> None:
    """Changed bytes in the archive and in its parts; in a process of its own, as a crash in Rust ends the process."""
    program = """
        import io, random, sys, tempfile, zipfile
        from pathlib import Path
        sys.path[:0] = [{here!r}, {root!r}]
        from bad_files import good, linked, unzip, zipped
        from planner.cells import read_cells
        luck, folder = random.Random(7), Path(tempfile.mkdtemp())
        books = [good(folder / "good.xlsx"), linked(folder / "linked.xlsx")]
        pieces = [b"<", b">", b'"', b"'", b"&", b"<f>", b"</c>", b"<!--", b't="e"', b"99999999", b"x:c"]
        pieces.append(b'<c r="XFD1048576"><v>1</v></c>')
        path, read, told = folder / "broken.xlsx", 0, 0
        for turn in range(400):
            book = luck.choice(books)
            parts = {{"": book.read_bytes()}} if turn % 3 == 0 else unzip(book)
            for _ in range(luck.randint(1, 4)):
                part = luck.choice(list(parts))
                data, at = parts[part], luck.randrange(len(parts[part]) or 1)
                new = luck.choice([bytes([luck.randrange(256)]), b"", luck.choice(pieces)])
                parts[part] = data[:at] + new + data[at + luck.randint(0, 20):]
            path.write_bytes(parts[""]) if turn % 3 == 0 else zipped(path, parts)
            grids, problems = read_cells(path)
            assert grids or any(p.severity == "error" and p.problem and p.fix for p in problems)
            read, told = read + bool(grids), told + any(p.severity == "error" for p in problems)
        print(read, told)
    """
    here = Path(__file__).parent
    code = textwrap.dedent(program).format(here=str(here), root=str(here.parent))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    read_well, told = map(int, done.stdout.split())
    assert read_well > 50
    assert told > 50


def test_every_shorter_file_is_told_from_the_whole(tmp_path: Path) -> None:
    data = good(tmp_path / "good.xlsx").read_bytes()
    path = tmp_path / "short.xlsx"
    for length in [0, 1, 2, 3, 4, 20, *range(21, len(data), 97), len(data) - 1]:
        path.write_bytes(data[:length])
        grids, problems = read_cells(path)
        assert not grids
        assert [p.severity for p in problems] == ["error"]


def test_openpyxl_is_not_imported_for_an_ordinary_book(tmp_path: Path) -> None:
    """It costs a third of a second."""
    path = good(tmp_path / "input.xlsx")
    code = "import sys; from planner.cells import read_cells; g, p = read_cells(sys.argv[1]); assert g and not p"
    code += "; assert 'openpyxl' not in sys.modules"
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_zip_of_a_book_may_be_stored(tmp_path: Path) -> None:
    parts = unzip(good(tmp_path / "input.xlsx"))
    with zipfile.ZipFile(tmp_path / "stored.xlsx", "w", zipfile.ZIP_STORED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    assert read(tmp_path / "stored.xlsx") == read(tmp_path / "input.xlsx")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes among the files of this system")
def test_a_pipe_is_no_workbook_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "study.xlsx")
    grids, (problem,) = read_cells(tmp_path / "study.xlsx")
    assert grids == []
    assert problem.problem == "this is not an ordinary file."

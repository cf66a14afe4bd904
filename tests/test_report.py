"""The report workbook: its contract, its sentences, its formulas, and what it does with text that would be more."""

from __future__ import annotations

import io
import math
import re
import zipfile
from dataclasses import replace
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
import report_fixture as fixture
from openpyxl.utils import range_boundaries

import models
from planner.report import Book, comparison, facts, moves, sheets, summary, words, write_report
from planner.report.style import (
    _COUNTRIES,
    clean,
    country_colors,
    money_format,
    number_format,
    scale,
    short_format,
    told_apart,
)

CONTRACT = {
    "Costs": "term, kind, country, year, cost [USD], discounted [USD]",
    "Production": "site, process, country, year, activity [unit/y], capacity [unit/y], use",
    "Shipments": "commodity, from, to, year, quantity [unit/y], freight [USD], duty [USD], measures",
    "Balance": "commodity, country, year, made [unit/y], returned [unit/y], shipped [unit/y], arrived [unit/y],"
    " used [unit/y], served [unit/y], stocked [unit/y], surplus [unit/y]",
    "Builds": "site, process, country, year, available, capacity [unit/y], capex [USD]",
    "Unmet": "commodity, country, use, year, step, demand [unit/y], unmet [unit/y]",
    "Prices": "commodity, country, year, delivered [USD/unit], producer [USD/unit], at cap",
    "Shares": "commodity, basis, market, year, country, share, hhi [0-10000], by",
    "Limits": "limit, commodity, market, source country, year, value, bound, slack, price [USD/unit], price [USD/pp], kind",
}
NASTY = [
    "=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x","y")', "http://example.com", "{=1}",
    "<r>x</r>", "<r><t>", "a*b", "~x?", "<5", ">=3", "TRUE", "2025", "1e5", "NA", "#N/A", "tab\there", "new\nline", " lead ",
    "'quoted'", '"', "&amp;", "]]>", "_x0041_",
]  # fmt: skip


def written(book: Book) -> bytes:
    target = io.BytesIO()
    write_report(book, target)
    return target.getvalue()


def opened(book: Book, **how: Any) -> Any:
    return openpyxl.load_workbook(io.BytesIO(written(book)), **how)


def body(sheet: Any) -> pd.DataFrame:
    """The Excel Table of a result sheet as a frame."""
    left, top, right, bottom = range_boundaries(next(iter(sheet.tables.values())).ref)
    rows = list(sheet.iter_rows(top, bottom, left, right, values_only=True))
    return pd.DataFrame(rows[1:], columns=rows[0], dtype=object)


@pytest.fixture(scope="module")
def report() -> tuple[Any, Any]:
    """The fixture's workbook as formulas and as cached values."""
    data = written(fixture.book())
    return openpyxl.load_workbook(io.BytesIO(data)), openpyxl.load_workbook(io.BytesIO(data), data_only=True)


# ---- the contract


def test_headers_letter_for_letter(report: tuple[Any, Any]) -> None:
    for name, headers in CONTRACT.items():
        assert ", ".join(body(report[1][name]).columns) == headers


def test_summary_first_and_sheets_in_the_order_of_the_contract(report: tuple[Any, Any]) -> None:
    assert report[0].sheetnames == ["Summary", *CONTRACT, "Concentration", "Chart data", "Run"]
    assert report[0].active.title == "Summary"


def test_the_currency_takes_the_place_of_cur_and_of_nothing_else() -> None:
    book = fixture.book(currency="€")
    columns = {"Odd": (replace(fixture.COLUMNS["Costs"][4], name="current", unit="cur/curie"),)}
    book = replace(book, tables={"Odd": pd.DataFrame({"current": [1.0]})}, columns=columns)
    assert list(body(opened(book)["Odd"]).columns) == ["current [€/curie]"]


def test_every_row_and_value_arrives(report: tuple[Any, Any]) -> None:
    for name, frame in fixture.book().tables.items():
        got = body(report[1][name])
        assert len(got) == len(frame)
        for header, column in zip(got.columns, frame.columns, strict=True):
            for value, sent in zip(got[header], frame[column], strict=True):
                if isinstance(sent, str) or sent != sent:
                    assert (value or "") == (sent if sent == sent else "")
                else:
                    assert value == pytest.approx(sent, rel=1e-15)  # a cell holds 16 digits


def test_a_sheet_nobody_declared_is_written_all_the_same() -> None:
    frame = pd.DataFrame({"country": ["CHN"], "year": [2030], "rent": [1.5], "yes or no": [True], "note": ["x"]})
    workbook = opened(fixture.book(tables={"Trade balance": frame}, columns={}))
    assert body(workbook["Trade balance"]).iloc[0].tolist() == ["CHN", 2030, 1.5, "yes", "x"]
    assert workbook["Trade balance"].freeze_panes == "C6"


def test_categories_and_missing_values_of_every_kind() -> None:
    frame = pd.DataFrame({
        "code": pd.Categorical(["a", None, "b"]), "text": pd.array(["x", pd.NA, "y"], dtype="string"),
        "whole": pd.array([1, pd.NA, 3], dtype="Int64"), "number": [1.0, math.nan, math.inf], "mixed": [True, 1, None],
    })  # fmt: skip
    got = body(opened(fixture.book(tables={"Odd": frame}))["Odd"])
    assert got["code"].tolist() == ["a", None, "b"]
    assert got["text"].tolist() == ["x", None, "y"]
    assert got["number"].tolist() == [1, None, "unlimited"]
    assert got["whole"].tolist() == [1, None, 3]
    assert got["mixed"].tolist() == ["yes", 1, None]


def test_run_lists_the_lines_and_the_warnings() -> None:
    got = body(opened(fixture.book())["Run"])
    assert got.iloc[0].tolist() == ["planner", "0.1.0"]
    assert got.iloc[-1].tolist() == [
        "warning",
        "Builds of 2028 live less than a quarter of their life inside the horizon.",
    ]


def test_two_writes_give_equal_cells() -> None:
    first, second = (opened(fixture.book()) for _ in range(2))
    for sheet in first:
        there = second[sheet.title]
        assert [[c.value for c in row] for row in sheet] == [[c.value for c in row] for row in there]


# ---- formulas


def numbers(values: Any, sheet: str, reference: str) -> list[Any]:
    left, top, right, bottom = range_boundaries(reference.replace("$", ""))
    return [cell for row in values[sheet].iter_rows(top, bottom, left, right, values_only=True) for cell in row]


RANGE = r"(?:'([^']+)'!)?(\$?[A-Z]+\$?\d+:\$?[A-Z]+\$?\d+)"


def recomputed(values: Any, sheet: str, formula: str) -> float | None:
    """The value of a formula of the kinds the report writes, by hand; None for any other."""

    def column(reference: str) -> list[Any]:
        name, area = re.fullmatch(RANGE, reference).groups()
        return numbers(values, name or sheet, area)

    def content(key: str) -> Any:
        return key.strip('"') if key.startswith('"') else values[sheet][key.replace("$", "")].value

    def matching(tests: list[tuple[str, str]], amounts: str) -> list[float]:
        """The numbers of a column in the rows whose keys equal (or, after <>, do not equal) what is asked."""
        rows = zip(column(amounts), *(column(area) for area, _ in tests), strict=True)
        asked = [(str(content(key)).removeprefix("<>"), not key.startswith('"<>')) for _, key in tests]
        return [
            v for v, *keys in rows
            if isinstance(v, int | float) and all((str(k or "") == a) == want for k, (a, want) in zip(keys, asked, strict=True))
        ]  # fmt: skip

    if found := re.fullmatch(r"=ROUND\((.+)-SUM\((\w+:\w+)\),(\d)\)", formula):
        whole = recomputed(values, sheet, f"={found[1]}")
        return None if whole is None else round(whole - math.fsum(column(found[2])), int(found[3]))
    if found := re.fullmatch(rf"=(?:SUM\(|SUBTOTAL\(109,)({RANGE})\)", formula):
        return math.fsum(v for v in column(found[1]) if isinstance(v, int | float))
    if found := re.fullmatch(r"=(SUMIFS|AVERAGEIFS)\((.*)\)", formula):
        amounts, *pairs = found[2].split(",")
        chosen = matching(list(zip(pairs[::2], pairs[1::2], strict=True)), amounts)
        return math.fsum(chosen) / (len(chosen) if found[1] == "AVERAGEIFS" else 1)
    if found := re.fullmatch(r"=SUMPRODUCT\(1\*([^,]*),([^,()]*)\)(/SUMPRODUCT\(.*ISNUMBER.*)?", formula):
        tests = re.findall(rf"\(({RANGE})(=|<>)([^)]*)\)", found[1])
        keys = [(area, key if sign == "=" else f'"<>{key[1:]}') for area, _, _, sign, key in tests]
        chosen = matching(keys, found[2])
        return math.fsum(chosen) / (len(chosen) if found[3] else 1)
    if found := re.fullmatch(r"=(100\*|IF\((\S+)=0,0,)([A-Z]+\d+)/([A-Z]+\$\d+)\)?", formula):
        return (100 if found[2] is None else 1) * content(found[3]) / content(found[4])
    return None


def renamed(book: Book) -> Book:
    """The book with commodities whose codes SUMIFS would take for wildcards and comparisons."""
    codes = dict(zip(fixture.GOODS, ("a*b", "<5", "=x", "~y?", "TRUE", "2025"), strict=True))
    tables = {
        name: frame.assign(commodity=frame["commodity"].map(codes)) if "commodity" in frame.columns else frame
        for name, frame in book.tables.items()
    }
    return replace(book, tables=tables, units={codes[good]: unit for good, unit in book.units.items()})


@pytest.mark.parametrize(
    "book", [fixture.book(), fixture.book("DEU"), renamed(fixture.book())], ids=["world", "focus", "odd"]
)
def test_cached_values_are_what_the_formulas_give(book: Book) -> None:
    data = written(book)
    formulas = openpyxl.load_workbook(io.BytesIO(data))
    values = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    seen = 0
    for sheet in formulas:
        for cell in (cell for row in sheet for cell in row if cell.data_type == "f"):
            cached, again = values[sheet.title][cell.coordinate].value, recomputed(values, sheet.title, cell.value)
            assert cached is not None and not str(cached).startswith("#"), (sheet.title, cell.coordinate)
            if again is not None:
                seen += 1
                assert cached == pytest.approx(again, rel=1e-9, abs=1e-6), (sheet.title, cell.coordinate, cell.value)
    assert seen > 300


def test_checks_say_ok_when_the_sums_agree_and_check_when_they_do_not(report: tuple[Any, Any]) -> None:
    def verdicts(values: Any) -> list[Any]:
        return [c.value for row in values["Summary"].iter_rows() for c in row if c.value in ("OK", "CHECK", "All OK")]

    assert verdicts(report[1]) == ["All OK", "OK", "OK", "OK", "OK"]
    book = fixture.book()
    wrong = opened(replace(book, objective=book.objective * 1.001), data_only=True)
    assert verdicts(wrong) == ["CHECK", "CHECK", "OK", "OK", "CHECK"]


def test_totals_never_add_tonnes_to_megawatts() -> None:
    book = fixture.book()
    cobalt = {"Shipments": book.tables["Shipments"].query("commodity == 'refined cobalt'")}
    assert opened(book)["Shipments"]["E4"].value == "mixed units"
    assert opened(replace(book, tables=cobalt))["Shipments"]["E4"].value == "=SUBTOTAL(109,$E$6:$E$160)"


# ---- text that would be more


def test_text_stays_text_whatever_it_begins_with() -> None:
    book = fixture.book(title=NASTY[0], scenario=NASTY[1], currency="=EUR", notes=NASTY, run=[(t, t) for t in NASTY])
    frame = book.tables["Costs"].head(len(NASTY)).assign(term=NASTY, country=NASTY)
    data = written(
        replace(book, tables=book.tables | {"Costs": frame}, names={"CHN": "=CHN"}, units={"gallium": '"=kg"'})
    )
    workbook = openpyxl.load_workbook(io.BytesIO(data))
    got = body(workbook["Costs"])
    assert got["term"].tolist() == [clean(text) for text in NASTY]
    assert all(cell.data_type != "f" for column in "AC" for cell in workbook["Costs"][column][5:])
    assert all(cell.data_type != "f" for column in "AB" for cell in workbook["Run"][column][5:])
    assert workbook["Summary"]["B2"].value == "=1+1" and workbook["Summary"]["B2"].data_type == "s"
    parts = zipfile.ZipFile(io.BytesIO(data))
    targets = [parts.read(name).decode() for name in parts.namelist() if name.endswith(".rels")]
    assert not any("example.com" in text for text in targets)
    for name in parts.namelist():
        formulas = re.findall(r"<(?:f|c:f)>(.*?)</(?:f|c:f)>", parts.read(name).decode(errors="replace"))
        assert not any(bad in formula for formula in formulas for bad in ("calc", "HYPERLINK", "EUR", "1+1", "CHN"))


def test_keys_that_mean_more_to_sumifs_are_compared_literally() -> None:
    costs = pd.DataFrame({
        "term": ["a*b", "axb", "<5", "~x?", "2025"], "kind": "resource", "country": "CHN", "year": 2030,
        "cost": [1.0, 2.0, 4.0, 8.0, 16.0], "discounted": [1.0, 2.0, 4.0, 8.0, 16.0],
    })  # fmt: skip
    workbook = opened(
        fixture.book(tables={"Costs": costs}, objective=31.0, system_cost=31.0, unmet_value=0, excess_value=0)
    )
    by_term = {row[1].value: row[3].value for row in workbook["Summary"].iter_rows() if row[2].value == "resource"}
    literal = {term for term, formula in by_term.items() if formula.startswith("=SUMPRODUCT(1*(")}
    assert literal == {"a*b", "<5", "~x?"}
    assert set(by_term) - literal == {"axb", "2025"}


def test_clean_text() -> None:
    assert clean("a\x00b\x1fc\ud800d") == "abcd"
    assert len(clean("x" * 40_000)) == 32_767
    assert len(clean("\N{GRINNING FACE}" * 20_000).encode("utf-16-le")) <= 2 * 32_767
    assert clean("<r>a</r>") == "<r>a</r >"
    assert number_format(1, 'k"g;[Red]') == '#,##0.0" kgRed";-#,##0.0" kgRed";"–"'


def test_sheet_names_excel_accepts() -> None:
    taken: list[str] = []
    for name in ("a/b:c*?[d]", "History", "x" * 40, "X" * 40, "'quoted'", ""):
        taken.append(sheets.sheet_name(name, taken))
    assert taken == ["a b c   d", "History of plan", "x" * 31, "X" * 27 + " (2)", "quoted", "Sheet"]


def test_a_table_too_long_for_a_sheet_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "LAST_ROW", 105)
    workbook = opened(fixture.book())
    note = "Shipments: only the first 100 of 771 rows fit on an Excel sheet."
    assert len(body(workbook["Shipments"])) == 100
    assert note in workbook["Shipments"]["A2"].value
    assert note in body(workbook["Run"])["value"].tolist()
    assert any(cell.value == note for row in workbook["Summary"].iter_rows() for cell in row)


def test_a_plan_in_which_nothing_happens() -> None:
    book = fixture.empty()
    workbook = opened(book, data_only=True)
    assert [len(body(workbook[name])) for name in CONTRACT] == [1] * len(
        CONTRACT
    )  # Excel wants one row, and it is blank
    assert body(workbook["Costs"]).isna().all(axis=None)
    assert summary.story(book) == [
        ("Cost", "The plan costs nothing."),
        ("Supply", "The plan reports no market shares."),
        ("Limits", "The study sets no limits."),
        ("Demand", "All demand is met."),
        ("Investment", "Nothing new is built."),
    ]


def test_a_plan_without_tables_says_why() -> None:
    book = fixture.empty(tables={}, status="infeasible")
    assert opened(book).sheetnames == ["Summary", "Chart data", "Run"]
    assert summary.cost_sentence(book) == "There is no plan to show: the solver ended with `infeasible`."


# ---- charts


def test_every_chart_is_drawn_from_cells_of_the_workbook(report: tuple[Any, Any]) -> None:
    parts = zipfile.ZipFile(io.BytesIO(written(fixture.book())))
    charts = [parts.read(name).decode() for name in parts.namelist() if re.search(r"charts/chart\d+\.xml", name)]
    assert len(charts) == 8
    for chart in charts:
        title = re.search(r"<c:title><c:tx><c:strRef><c:f>'Chart data'!\$A\$(\d+)</c:f>", chart)
        assert title and report[1]["Chart data"][f"A{title[1]}"].value
        assert set(re.findall(r"<c:f>(.*?)!", chart)) == {"'Chart data'"}


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ({2023: (0.8, 0.2), 2030: (0.8, 0.2)}, "Gallium: 80% from China"),
        ({2023: (0.8, 0.2), 2030: (0.6, 0.4)}, "Gallium: 80% from China in 2023, 60% in 2030"),
        ({2023: (0.8, 0.2), 2030: (0.3, 0.7)}, "Gallium: China leads in 2023 (80%), Germany in 2030 (70%)"),
    ],
)
def test_the_title_of_a_sourcing_tells_who_leads(shares: dict[int, tuple[float, float]], words: str) -> None:
    rows = [
        ("gallium", k, "USA", year, part)
        for year, parts in shares.items()
        for k, part in zip(("CHN", "DEU"), parts, strict=True)
    ]
    flows = pd.DataFrame(rows, columns=["commodity", "from", "to", "year", "quantity"]).assign(
        freight=0.0, duty=0.0, measures=""
    )
    values = opened(fixture.book(tables={"Shipments": flows}), data_only=True)["Chart data"]
    assert words in [cell.value for cell in values["A"]]


def test_a_country_keeps_its_colour() -> None:
    few, many = country_colors(["CHN", "XXX"]), country_colors(["YYY", "COD", "CHN", "USA"])
    assert few["CHN"] == many["CHN"]
    assert len(set(many.values())) == 4


def test_a_chart_of_places_without_a_colour_of_their_own_tells_them_apart() -> None:
    """Sixty places share a dozen colours; the seven of a chart never do, and the well known keep theirs."""
    codes = [f"P{i:02d}" for i in range(60)]
    palette = country_colors([*codes, *_COUNTRIES])
    shown = [*codes[::13], "CHN", "USA"]
    colors = told_apart(shown, palette)
    assert len(set(colors)) == len(shown) == 7
    assert colors[-2:] == [palette["CHN"], palette["USA"]]


def test_a_year_in_which_nobody_supplies_is_a_gap_and_not_a_fall_to_nothing() -> None:
    """Gallium is made from 2024 on, by DEU from 2025: its line has no 2023, a 0 in 2024."""
    rows = [("gallium", 2024, "CHN", 1.0), ("gallium", 2025, "CHN", 0.2), ("gallium", 2025, "DEU", 0.8), ("cobalt", 2023, "COD", 0.6),
            ("cobalt", 2024, "COD", 0.6), ("cobalt", 2025, "COD", 0.6)]  # fmt: skip
    shares = pd.DataFrame(rows, columns=["commodity", "year", "country", "share"])
    shares = shares.assign(basis="production", market="*", by="territory", hhi=[9000.0, 9000, 10_000, 3600, 3600, 3600])
    values = opened(fixture.book(tables={"Shares": shares}), data_only=True)["Chart data"]
    cells = [[cell.value for cell in row] for row in values.iter_rows()]
    names = next(i for i, row in enumerate(cells) if row[0] == "year" and "gallium, Germany" in row)
    at = cells[names].index("gallium, Germany")
    assert [row[at] for row in cells[names + 1 : names + 4]] == [None, 0, 0.8]


# ---- formats


def formats(workbook: Any, sheet: str, header: str) -> list[str]:
    """Number formats of a column, from its first row on."""
    at = next(cell.column for cell in workbook[sheet][5] if cell.value == header)
    return [row[at - 1].number_format for row in workbook[sheet].iter_rows(6)]


def test_money_is_read_in_one_scale_a_column_and_kept_whole() -> None:
    for typical, form, divisor in (
        (4e9, '#,##0.00,,,"bn"', 1e9), (3.357e8, '#,##0.0,,"m"', 1e6), (4.2e6, '#,##0.00,,"m"', 1e6), (900.0, "#,##0", 1),
    ):  # fmt: skip
        found = money_format(np.array([typical, -typical, 0.0, math.nan, typical]))
        assert found == (f'{form};-{form};"–"', divisor)
    assert [scale(v)[1] for v in (5.8e12, 3e9, 3e6, 3e3)] == ["billion", "billion", "million", ""]
    assert short_format(1_956_078, "pp") == '#,##0.0,,"m /pp"'


def test_a_distance_of_shares_has_three_decimals_and_never_a_unit() -> None:
    columns = next(r.columns for r in models.REPORTS if r.name == "Back-cast")
    row = (
        "gallium",
        "production",
        2023,
        "*",
        "",
        7e5,
        6e5,
        0.5,
        0.4,
        0.9,
        0.0271828,
        0.375,
        7.9e-7,
        math.nan,
        0.014,
        "none",
    )
    frame = pd.DataFrame([row], columns=[c.name for c in columns])
    workbook = opened(fixture.book(tables={"Back-cast": frame}, columns={"Back-cast": columns}))
    for header in ("distance", "bound", "by capacity", "spread"):
        assert formats(workbook, "Back-cast", header)[0].split(";")[0] in ("#,##0.00", "#,##0.000")
    assert formats(workbook, "Back-cast", "plan [unit/y]")[0].startswith('#,##0" kg"')


def test_activity_and_capacity_carry_the_unit_of_their_process() -> None:
    book = fixture.book(activities={"gallium plant": "kg", "solar module plant": "MW"})
    workbook = opened(book)
    made = book.tables["Production"]["process"].tolist()
    units = [form.split('"')[1] for form in formats(workbook, "Production", "activity [unit/y]")]
    assert units[made.index("gallium plant")] == " kg" and units[made.index("solar module plant")] == " MW"
    assert workbook["Production"]["E4"].value == "mixed units"
    one = {"Production": book.tables["Production"].query("process == 'gallium plant'")}
    assert ' kg"' in opened(replace(book, tables=one))["Production"]["E4"].number_format
    assert "(20 kg a year by 2028" in summary.builds_sentence(
        replace(small(Builds=BUILDS), activities={"refining": "kg"})
    )


def test_other_is_what_the_named_leave(report: tuple[Any, Any]) -> None:
    """Twelve suppliers of one unit each: seven are named, five are the rest."""
    flows = pd.DataFrame({
        "commodity": "gallium", "from": [f"C{i:02d}" for i in range(12)], "to": "USA", "year": 2030, "quantity": 1.0,
        "freight": 0.0, "duty": 0.0, "measures": "",
    })  # fmt: skip
    values = opened(fixture.book(tables={"Shipments": flows}), data_only=True)["Chart data"]
    rows = {row[0].value: [cell.value for cell in row[1:9]] for row in values.iter_rows() if row[0].value}
    assert rows["year"] == ["C00", "C01", "C02", "C03", "C04", "C05", "C06", "Other"]
    assert rows[2030] == [1, 1, 1, 1, 1, 1, 1, 5]


# ---- sentences


def small(**tables: pd.DataFrame) -> Book:
    return fixture.empty(tables={name.replace("_", " "): frame for name, frame in tables.items()}, focus="world")


def test_cost_sentence() -> None:
    costs = pd.DataFrame(
        [
            ("running", "resource", "CHN", 2025, 80.0), ("running", "resource", "CHN", 2030, 40.0),
            ("unmet", "penalty", "USA", 2030, 60.0), ("subsidy", "transfer", "USA", 2030, -20.0),
        ],
        columns=["term", "kind", "country", "year", "discounted"],
    )  # fmt: skip
    book = replace(small(Costs=costs), objective=160.0, system_cost=100.0, unmet_value=60.0)
    assert summary.cost_sentence(book) == (
        "The plan costs USD 160 in 2023 money, discounted over 2025–2030; the largest terms are"
        " running (USD 120, 67% of what is paid), unmet (USD 60) and subsidy (-USD 20)."
        " It contains USD 60 for demand given up: values the study sets, which nobody pays."
    )


SHARES = pd.DataFrame(
    [
        ("cobalt", "production", "*", 2025, "CHN", 0.8, 6_800.0), ("cobalt", "production", "*", 2025, "FIN", 0.2, 6_800.0),
        ("cobalt", "production", "*", 2030, "CHN", 0.5, 5_000.0), ("cobalt", "production", "*", 2030, "FIN", 0.5, 5_000.0),
        ("cobalt", "imports", "USA", 2025, "FIN", 1.0, 10_000.0), ("nickel", "production", "*", 2025, "IDN", 1.0, 10_000.0),
    ],
    columns=["commodity", "basis", "market", "year", "country", "share", "hhi"],
).assign(by="territory")  # fmt: skip


def test_supply_sentence_speaks_of_the_world_or_of_the_focus() -> None:
    book = small(Shares=SHARES)
    assert summary.supply_sentence(book) == (
        "Supply is most concentrated for nickel (Indonesia has 100% of world output in 2025)"
        " and cobalt (China has 80% of world output in 2025, 50% in 2030)."
    )
    assert summary.supply_sentence(replace(book, focus="USA")) == (
        "Supply is most concentrated for cobalt (Finland has 100% of imports into United States in 2025)."
    )


def limits_book() -> Book:
    limits = pd.DataFrame(
        [
            ("CRMA", "cobalt", "DEU", "CHN", 2030, 0.65, 0.65, 0.0, -10.0, -5e6, "max share"),
            ("CRMA", "cobalt", "DEU", "CHN", 2029, 0.65, 0.65, 0.0, -10.0, -4e6, "max share"),
            ("CRMA", "nickel", "DEU", "CHN", 2030, 0.10, 0.65, 0.55, 0.0, 0.0, "max share"),
            ("CRMA", "gallium", "DEU", "CHN", 2030, math.nan, 0.65, math.nan, 0.0, 0.0, "max share"),
            ("quota", "cobalt", "*", "COD", 2030, 100.0, 100.0, 0.0, 4_300.0, math.nan, "max"),
            ("soft", "nickel", "*", "*", 2030, 70.0, 50.0, -20.0, 0.0, math.nan, "max"),
            ("met", "nickel", "*", "*", 2030, 50.0, 50.0, 0.0, 0.0, math.nan, "max"),
        ],
        columns=["limit", "commodity", "market", "source country", "year", "value", "bound", "slack", "price", "price pp", "kind"],
    )  # fmt: skip
    return replace(small(Limits=limits), units={"cobalt": "t", "nickel": "t"})


def test_limits_sentence_prices_what_a_little_more_room_is_worth() -> None:
    """A point of the share is worth 5 million, a hundredth of the quota 4,300: the share comes first."""
    assert summary.limits_sentence(limits_book()) == (
        "3 of 6 limits bind. A little more room is worth most under"
        " “CRMA” for cobalt from China in Germany (65% in 2030, USD 5 million a year per percentage point),"
        " “quota” for cobalt from DR Congo (100 t a year in 2030, USD 4,300 per t)"
        " and “soft” for nickel (exceeded: 50 t a year in 2030, USD 0 per t)."
    )
    assert "1 limit speaks of a year and market in which nothing moves" in summary.remarks(limits_book())[0]


def test_a_ceiling_on_concentration_binds_in_points_and_a_benchmark_in_percent() -> None:
    concentration = pd.DataFrame(
        [("H", "cobalt", "supply", "DEU", 2030, 2_500.0, 2_500.0, 0.0, 1_000.0)],
        columns=["limit", "commodity", "basis", "market", "year", "hhi", "bound", "slack", "price"],
    )
    benchmarks = pd.DataFrame(
        [("B", "nickel", "DEU", 2030, "min share", 20.0, 200.0, 0.1, 0.1, 0.0, 500.0)],
        columns=["limit", "commodity", "place", "year", "kind", "amount", "of", "value", "bound", "slack", "price"],
    )
    bind = facts.binding(small(Concentration=concentration, Benchmarks=benchmarks))
    assert bind[["limit", "measure", "room", "worth"]].to_numpy().tolist() == [
        ["H", "index", 1_000.0, 25_000.0],  # a hundredth of 2,500 points
        ["B", "share", 1_000.0, 1_000.0],  # a point of 200 is 2
    ]


def test_demand_sentence_gives_the_worst_year_and_names_caps_as_input() -> None:
    unmet = pd.DataFrame(
        [
            ("cobalt", "KOR", "all", 2026, "rest", 50.0, 5.0), ("cobalt", "KOR", "all", 2027, "rest", 50.0, 10.0),
            ("cobalt", "DEU", "all", 2027, "rest", 50.0, 20.0), ("dust", "DEU", "all", 2027, "rest", 1e9, 1e-7),
        ],
        columns=["commodity", "country", "use", "year", "step", "demand", "unmet"],
    )  # fmt: skip
    balance = pd.DataFrame({"commodity": "cobalt", "year": [2026, 2027], "served": [95.0, 70.0]})
    prices = pd.DataFrame({"at cap": ["yes", "no", ""]})
    book = replace(small(Unmet=unmet, Balance=balance, Prices=prices), units={"cobalt": "t"})
    assert summary.demand_sentence(book) == (
        "Demand goes unmet for cobalt (2026–2027, at worst 30 t in 2027, 30% of that year's demand, most of it in Germany)."
        " 1 price stands at the value the study itself puts on unmet demand (at cap): an input, not a finding."
    )


BUILDS = pd.DataFrame(
    [("refining", "FIN", 2026, 10.0, 3e9), ("refining", "FIN", 2028, 10.0, 3e9), ("mining", "AUS", 2027, 5.0, 2e9)],
    columns=["process", "country", "available", "capacity", "capex"],
)


def test_builds_sentence() -> None:
    assert summary.builds_sentence(small(Builds=BUILDS)) == (
        "New plants take USD 8 billion of investment, undiscounted, 75% of it in Finland; the largest are"
        " refining in Finland (20 a year by 2028, USD 6 billion) and mining in Australia (5 a year by 2027, USD 2 billion)."
    )


def test_surplus_is_named_only_where_the_commodity_has_a_price_that_year() -> None:
    balance = pd.DataFrame({
        "commodity": ["cobalt", "cobalt", "slag"], "country": ["COD", "COD", "COD"], "year": [2025, 2026, 2025],
        "made": 100.0, "arrived": 0.0, "surplus": [7.0, 9.0, 50.0],
    })  # fmt: skip
    prices = pd.DataFrame(
        {"commodity": ["cobalt", "slag"], "year": 2025, "producer": [3.0, 0.0], "delivered": [math.nan, 0.0]}
    )
    book = replace(small(Balance=balance, Prices=prices), units={"cobalt": "t"}, notes=["Mind the gap."])
    assert summary.remarks(book) == [
        "Left over although it has a price elsewhere: 7 t of cobalt in DR Congo in 2025.",
        "Mind the gap.",
    ]


def test_what_is_left_over_is_summed_by_commodity() -> None:
    balance = pd.DataFrame({
        "commodity": ["slag", "cobalt", "slag", "slag"], "country": ["COD", "COD", "AUS", "COD"], "year": [2025, 2025, 2026, 2027],
        "made": 100.0, "arrived": 0.0, "surplus": [7.0, 1.0, 9.0, 4.0],
    })  # fmt: skip
    prices = pd.DataFrame({"commodity": ["cobalt", "slag"] * 3, "year": [2025, 2025, 2026, 2026, 2027, 2027], "producer": 3.0,
                           "delivered": math.nan})  # fmt: skip
    assert summary.remarks(small(Balance=balance, Prices=prices))[:1] == [
        "Left over although it has a price elsewhere: 20 of slag in 2 places in 2025–2027 and 1 of cobalt in DR Congo in 2025."
    ]


def test_history_sentence_counts_what_is_nearer_and_names_the_farthest() -> None:
    rows = [
        ("gallium", 2023, "*", 0.04, 0.01, math.nan, "by capacity"), ("cobalt", 2023, "*", 0.02, 0.05, 0.01, "by last year"),
        ("gallium", 2023, "CHN", 0.02, 0.01, math.nan, ""), ("gallium", 2024, "*", 0.2, math.nan, 0.3, "none"),
        ("cobalt", 2024, "*", math.nan, math.nan, math.nan, ""),
    ]  # fmt: skip
    columns = ["commodity", "year", "country", "distance", "by capacity", "by last year", "naive plan nearer"]
    book = small(**{"Back-cast": pd.DataFrame(rows, columns=columns)})
    assert summary.history_sentence(book) == (
        "The plan has 3% of output in other countries than the statistics in 2023 (mean of 2 stages) and 20% in 2024 (1)."
        " Sharing by capacity alone is nearer for 1 of 2 and last year's shares for 1 of 2. Farthest are gallium (20% in 2024)"
        " and cobalt (2% in 2023)."
    )
    assert dict(summary.story(book))["Back-cast"] == summary.history_sentence(book)


def test_numbers_in_words() -> None:
    assert [words.money(v, "USD") for v in (0, 12.345, 999_600, 1.5e9, -2e12)] == [
        "USD 0", "USD 12.3", "USD 1 million", "USD 1.5 billion", "-USD 2 trillion",
    ]  # fmt: skip
    assert [words.percent(v) for v in (0.0, 0.0004, 0.031, 0.5, 0.99, 0.9995, 1.0)] == [
        "0%", "under 0.1%", "3.1%", "50%", "99%", "over 99.9%", "100%",
    ]  # fmt: skip
    assert [words.significant(v) for v in (1_234_567, 0.001234, 5)] == ["1,230,000", "0.00123", "5"]
    assert [words.span(y) for y in ([2027], [2026, 2027], [2024, 2027], [2020, 2022, 2025, 2027])] == [
        "2027", "2026–2027", "2024 and 2027", "2020–2027",
    ]  # fmt: skip
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.short("Rest of Europe (UK, Norway, Switzerland)") == "Rest of Europe"


# ---- several scenarios


def several() -> Book:
    first, second = fixture.book(), fixture.book(objective=fixture.book().objective + 4e9)
    tables = {
        name: pd.concat([frame.assign(scenario="base"), frame.assign(scenario="quota")], ignore_index=True)
        for name, frame in first.tables.items()
    }
    more = {
        "term": "more",
        "kind": "resource",
        "country": "CHN",
        "year": 2023,
        "cost": 4e9,
        "discounted": 4e9,
        "scenario": "quota",
    }
    tables["Costs"] = pd.concat([tables["Costs"], pd.DataFrame([more])], ignore_index=True)
    head = [
        (
            name,
            "optimal",
            book.objective,
            book.objective - book.unmet_value - book.excess_value,
            book.unmet_value,
            change,
        )
        for name, book, change in (("base", first, 0.0), ("quota", second, 4e9))
    ]
    tables["Comparison"] = pd.DataFrame(head, columns=list(comparison.HEAD))
    return replace(first, tables=tables)


def test_a_comparison_tells_every_scenario_against_the_first() -> None:
    story = dict(comparison.story(several()))
    assert list(story) == ["All", "base", "quota"]
    assert story["All"].startswith(
        "2 scenarios, each against base. In system cost base is the cheapest (USD 934 billion)"
    )
    assert story["quota"].startswith(
        "System cost USD 938 billion, USD 4 billion (0.4%) more than base. Demand given up is worth USD 8.11 billion, as in base."
    )


def test_a_scenario_without_a_plan_has_a_line_of_its_own() -> None:
    book = several()
    head = book.tables["Comparison"]
    lost = head.iloc[[1]].assign(scenario="ban", status="infeasible", **dict.fromkeys(comparison.HEAD[2:], math.nan))
    book = replace(book, tables=book.tables | {"Comparison": pd.concat([head, lost], ignore_index=True)})
    story = dict(comparison.story(book))
    assert story["ban"] == "There is no plan: the solver ended with `infeasible`."
    assert story["All"].startswith("3 scenarios, each against base. In system cost base is the cheapest")
    cells = [cell.value for row in opened(book, data_only=True)["Summary"].iter_rows() for cell in row]
    assert "2 of 3 optimal" in cells


def test_of_many_scenarios_those_that_differ_most_are_told() -> None:
    book = several()
    head = book.tables["Comparison"]
    more = [head.iloc[[1]].assign(scenario=f"s{i}", objective=head["objective"].iloc[0] + i) for i in range(20)]
    book = replace(book, tables=book.tables | {"Comparison": pd.concat([head, *more], ignore_index=True)})
    story = comparison.story(book)
    assert [name for name, _ in story] == ["All", "base", "quota", *(f"s{i}" for i in range(19, 13, -1))]
    assert "The 7 that differ most are told here, all in the tables." in story[0][1]


def test_a_comparison_checks_the_costs_of_each_scenario() -> None:
    summary_sheet = opened(several(), data_only=True)["Summary"]
    cells = [cell.value for row in summary_sheet.iter_rows() for cell in row]
    assert [value for value in cells if value in ("OK", "CHECK", "All OK")] == ["All OK", "OK", "OK"]


def test_scenarios_are_never_added_up() -> None:
    book = several()
    costs = book.tables["Costs"]
    tables = book.tables | {"Costs": costs[["scenario", *costs.columns.drop("scenario")]]}
    workbook = opened(replace(book, tables=tables), data_only=True)
    assert workbook["Comparison"]["A4"].value == "2 rows shown; scenarios are not added up"
    for name in ("Comparison", "Costs"):
        assert all(cell.value is None for cell in workbook[name][4][1:])


def test_the_contents_say_one_sentence_a_sheet() -> None:
    docs = fixture.DOCS | {"Costs": "Every term. Rows of all scenarios where they differ most."}
    cells = [cell.value for row in opened(replace(several(), docs=docs))["Summary"].iter_rows() for cell in row]
    assert "Every term." in cells and not any("Rows of all scenarios" in str(value) for value in cells)


def test_long_names_are_cut_in_the_tables_of_a_comparison() -> None:
    """Shrunk to the width of a cell they would be a hair."""
    book = several()
    prices = book.tables["Prices"]
    dearer = (prices["scenario"] == "quota") & (prices["commodity"] == "gallium")
    prices = prices.assign(delivered=prices["delivered"].where(~dearer, prices["delivered"] * 3))
    long = "Gallium of high purity for compound semiconductors and magnets"
    book = replace(book, tables=book.tables | {"Prices": prices}, names={"gallium": long})
    cells = [cell.value for row in opened(book, data_only=True)["Summary"].iter_rows() for cell in row]
    assert "Gallium of high purity…" in [str(value).removesuffix(" (at cap)") for value in cells]
    assert long not in cells


BALANCE = pd.DataFrame(
    [("ore", "CHN", 2025, 100.0, 90.0), ("ore", "DEU", 2025, 300.0, 270.0), ("residue", "CHN", 2025, 1.0, 1.0),
     ("residue", "CHN", 2026, 1.0, 1.0), ("residue", "CHN", 2027, 1.0, 1.0), ("cell", "CHN", 2025, 9000.0, 9000.0)],
    columns=["commodity", "country", "year", "arrived", "served"],
)  # fmt: skip


def priced(ore: float, home: float, residue: float, cell: float, cap: str = "no") -> Book:
    """A plan of three goods with these prices; the residue is next to worthless in 2026."""
    prices = BALANCE[["commodity", "country", "year"]].assign(
        delivered=[ore, home, 5.0, residue, 5.0, cell], **{"at cap": "no"}
    )
    prices.loc[0, "at cap"] = cap
    unmet = pd.DataFrame(
        {"commodity": ["ore", "ore"], "country": ["CHN", "DEU"], "year": 2025, "unmet": [ore - 10, 30.0]}
    )
    return small(Prices=prices, Balance=BALANCE, Unmet=unmet)


def test_the_price_that_moves_most_is_neither_a_residues_nor_of_a_good_that_hardly_moves() -> None:
    """Ore: (100 x 20 + 300 x 10) / (100 x 10 + 300 x 10) = 1.25, a bill of 1,000 more. Cells: 1 % of 900,000 is 9,000, but a
    hundredth of it counts. The residue's price rises a thousandfold from next to nothing."""
    first = priced(10.0, 10.0, 0.01, 100.0)
    (line,) = facts.records(moves.price_move(priced(20.0, 10.0, 10.0, 101.0, "yes"), first))
    assert line == {"commodity": "ore", "year": 2025, "change": pytest.approx(0.25), "capped": True}
    assert moves.price_move(first, first).empty


def test_a_scenario_tells_only_the_shortage_it_adds() -> None:
    """CHN gives up 10 more than in the first plan, of a demand of 40 + 360; DEU gives up 30 in both."""
    first, second = priced(10.0, 10.0, 0.01, 100.0), priced(20.0, 10.0, 0.01, 100.0)
    (line,) = facts.records(facts.unmet_demand(second, first))
    assert (line["unmet"], line["share"], line["country"]) == (10.0, pytest.approx(10 / 400), "CHN")
    assert facts.unmet_demand(first, second).empty
    assert facts.unmet_demand(priced(10.3, 10.0, 0.01, 100.0), first).empty  # 0.3 of 390 is no shortage
    assert len(facts.unmet_demand(priced(10.5, 10.0, 0.01, 100.0), first)) == 1


def test_the_sourcing_that_is_drawn_is_that_of_the_price_that_moves() -> None:
    flows = pd.DataFrame(
        {"commodity": ["ore", "ore", "cell"], "from": "AUS", "year": [2025, 2026, 2026], "quantity": [4.0, 5, 6]}
    )
    first, second = (
        replace(book, tables=book.tables | {"Shipments": flows}, scenario=name)
        for name, book in (("base", priced(10.0, 10.0, 0.01, 100.0)), ("ban", priced(20.0, 10.0, 0.01, 100.0)))
    )
    both = replace(first, tables={"Shipments": flows, "Prices": first.tables["Prices"]})
    assert moves.sourcings(both, {"base": first, "ban": second}) == [("ore", 2025), ("cell", 2026)]
    later = replace(priced(10.0, 10.0, 0.01, 150.0), scenario="tax")  # cells are half as dear again, in 2025
    flows.loc[3] = ["cell", "AUS", 2025, 6.0]
    assert moves.sourcings(both, {"base": first, "ban": second, "tax": later}) == [("cell", 2025), ("ore", 2025)]
    assert moves.sourcings(both, {"base": first}) == [("cell", 2026), ("ore", 2026)]


def test_shares_by_owner_do_not_add_to_those_by_territory() -> None:
    """All cobalt is made in COD; by owner CHN has 60 % of it: the chart of leaders draws 100 %, not 140 % or 200 %."""
    rows = [("COD", 1.0, 10_000.0, "territory"), ("COD", 0.4, 5_200.0, "owner"), ("CHN", 0.6, 5_200.0, "owner")]
    shares = pd.DataFrame([("cobalt", "supply", "DEU", 2025, *row) for row in rows], columns=SHARES.columns)
    values = opened(fixture.book(tables={"Shares": shares}), data_only=True)["Chart data"]
    cells = [[cell.value for cell in row] for row in values.iter_rows()]
    at = next(i for i, row in enumerate(cells) if row[0] == "year" and "cobalt, DR Congo" in row)
    assert cells[at + 1][:2] == [2025, 1]
    marks = next(i for i, row in enumerate(cells) if row[0] == "supply")
    assert cells[marks + 1][1] == 10_000
    report = opened(fixture.book(tables={"Shares": shares}))["Chart data"]
    assert report.cell(marks + 2, 2).value.count("Shares") > 0

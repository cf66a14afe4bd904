"""Workbooks to fill in: what is written is what is read, and what an analyst sees helps to fill it in."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from openpyxl.worksheet.worksheet import Worksheet

import models
from models.schema import Problem, Tables
from planner.cells import read_cells
from planner.template import new, write_study
from planner.workbook import parse
from tests.studies import study
from tests.test_workbook import LONG, REST, WIDE, plain
from tests.whole_study import WHOLE


def reread(path: Path) -> tuple[Tables, list[Problem]]:
    grids, problems = read_cells(path)
    tables, more = parse(grids)
    return tables, problems + more


def errors(problems: list[Problem]) -> list[str]:
    return [str(p) for p in problems if p.severity != "hint"]


def same(one: Tables, two: Tables) -> None:
    for table in models.TABLES:
        pd.testing.assert_frame_equal(plain(one, table.name), plain(two, table.name))


@pytest.mark.parametrize("text", [WHOLE, REST + WIDE, REST + LONG], ids=["whole", "wide", "long"])
def test_what_is_written_is_what_is_read(tmp_path: Path, text: str) -> None:
    given = study(text)
    write_study(given, tmp_path / "study.xlsx")
    tables, problems = reread(tmp_path / "study.xlsx")
    assert [p for p in errors(problems) if '"Sites"' not in p and "Sites: no data" not in p] == []
    same(tables, given)


def test_a_series_whose_notes_differ_stays_long(tmp_path: Path) -> None:
    given = study(
        REST
        + LONG.replace("year  value\n", "year  value  note\n", 1)
        .replace("20\n", "20  new\n")
        .replace("10\n", "10  old\n")
        .replace("2025  5\n", "2025  5  -\n")
    )
    write_study(given, tmp_path / "study.xlsx")
    tables, _ = reread(tmp_path / "study.xlsx")
    same(tables, given)
    assert "value" in tables.letters["Demand"]


def test_plain_frames_are_written_as_they_stand(tmp_path: Path) -> None:
    """Units, spelling and order of the headers do not matter; numbers, texts and blanks stay what they are."""
    frames = {
        "Commodities": pd.DataFrame(
            {"unit": ["t", "kg"], "Commodity": ["ore", "=1+1"], "price [cur/unit]": [None, 5], "#mine": [1, 2]}
        ),
        "Countries": pd.DataFrame({"country": ["NA", "DEU"]}),
        "Demand": pd.DataFrame(
            {"commodity": ["ore"], "country": ["NA"], 2030: [2.5], "2025": [float("nan")], "note": ["@x"]}
        ),
    }
    write_study(frames, tmp_path / "study.xlsx")
    tables, _ = reread(tmp_path / "study.xlsx")
    assert list(tables["Commodities"]["commodity"]) == ["ore", "=1+1"]
    assert list(tables["Countries"]["country"]) == ["NA", "DEU"]
    assert tables["Demand"][["year", "value", "note"]].to_numpy().tolist() == [[2030, 2.5, "@x"]]
    book = openpyxl.load_workbook(tmp_path / "study.xlsx")
    assert book["Commodities"]["A6"].data_type == "s"  # text that looks like a formula stays text
    assert "#mine" in [cell.value for cell in book["Commodities"][4]]


@pytest.mark.parametrize(("sheet", "column"), [("Demand", "contry"), ("Demnd", "country")])
def test_unknown_names_are_refused(tmp_path: Path, sheet: str, column: str) -> None:
    with pytest.raises(KeyError, match=r"contry|Demnd"):
        write_study({sheet: pd.DataFrame({column: ["DEU"]})}, tmp_path / "study.xlsx")
    assert not (tmp_path / "study.xlsx").exists()


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("new") / "study.xlsx"
    new(path, [table.name.upper() for table in models.TABLES])
    return path


def test_a_fresh_workbook_has_the_common_sheets_and_those_asked_for(tmp_path: Path) -> None:
    new(tmp_path / "study.xlsx", ["limits"])
    names = openpyxl.load_workbook(tmp_path / "study.xlsx", read_only=True).sheetnames
    common = [table.name for table in models.TABLES if table.template]
    assert names[0] == "README"
    assert set(names) == {"README", "Limits", *common}
    assert {"Settings", "Years", "Countries", "Commodities", "Processes", "Recipes", "Sites", "Demand", "Lanes"} <= set(
        names
    )
    with pytest.raises(KeyError, match='Did you mean "Limits"'):
        new(tmp_path / "other.xlsx", ["limit"])


def test_a_fresh_workbook_lacks_nothing_but_its_rows(fresh: Path) -> None:
    tables, problems = reread(fresh)
    required = {table.name for table in models.TABLES if table.required} - {"Settings", "Years"}
    assert {p.sheet for p in problems} == required
    assert all("no data rows" in p.problem for p in problems)
    settings = dict(zip(tables["Settings"]["setting"], tables["Settings"]["value"], strict=True))
    assert (settings["format"], settings["unmet cost factor"]) == ("1", "10")
    assert tables["Lanes"][["commodity", "from", "to"]].to_numpy().tolist() == [["*", "*", "*"]]


def header(sheet: Worksheet) -> dict[str, str]:
    return {str(cell.value).split(" [")[0]: cell.coordinate for cell in sheet[4]}


def rules(sheet: Worksheet, cell: str) -> list[tuple[str | None, str | None, bool]]:
    return [
        (v.type, v.formula1, bool(v.showErrorMessage)) for v in sheet.data_validations.dataValidation if cell in v.sqref
    ]


def test_every_header_explains_its_column(fresh: Path) -> None:
    book = openpyxl.load_workbook(fresh)
    for table in models.TABLES:
        sheet = book[table.name]
        where = header(sheet)
        for column in table.columns:
            help_ = [v for v in sheet.data_validations.dataValidation if where[column.name] in v.sqref]
            assert column.doc[:60] in (help_[0].prompt or ""), f"{table.name} {column.name}"
            assert len(help_[0].prompt or "") <= 255
            assert len(help_[0].promptTitle or "") <= 32
        assert [t.ref.split(":")[0] for t in sheet.tables.values()] == ["A4"]
        assert sheet.freeze_panes == sheet.cell(5, 1 + int(str(sheet.freeze_panes) != "A5") * _frozen(table)).coordinate
        assert sheet["A1"].value == table.name
        assert str(sheet["A2"].value).startswith(table.doc)


def _frozen(table: models.Table) -> int:
    return min(3, next((i for i, c in enumerate(table.columns) if not c.key), len(table.columns)))


def test_drop_downs_and_ranges(fresh: Path) -> None:
    book = openpyxl.load_workbook(fresh)
    recipes, sites, lanes = book["Recipes"], book["Sites"], book["Lanes"]
    assert ("list", '"in,out"', True) in rules(recipes, "C5")
    kind, formula, strict = rules(recipes, "B5")[0]
    assert (kind, strict) == ("list", True)
    assert str(formula).startswith("'Commodities'!$A$5:INDEX(")
    assert rules(sites, "C5")[0][0::2] == ("list", False)  # a group or * is right too
    assert rules(lanes, "A5")[0][0::2] == ("list", False)
    use = header(sites)["max use"].replace("4", "5")
    assert rules(sites, use) == [("decimal", "0", True)]
    assert rules(book["Years"], "A5") == [("whole", "1900", True)]
    assert rules(book["Countries"], "A5") == []  # its names are declared here


def test_the_first_sheet_links_to_all_others(fresh: Path) -> None:
    book = openpyxl.load_workbook(fresh)
    links = {cell.hyperlink.location for row in book["README"].iter_rows() for cell in row if cell.hyperlink}
    assert links == {f"'{name}'!A1" for name in book.sheetnames[1:]}
    colours = {table.heading: book[table.name].sheet_properties.tabColor.rgb for table in models.TABLES}
    assert len(set(colours.values())) == len(colours)


def test_the_first_sheet_can_explain_the_study(tmp_path):
    path = tmp_path / "a.xlsx"
    write_study({}, path, sheets=["Settings"], about=[("What it is", "A study of =cobalt"), ("Places", "Two")])
    sheet = openpyxl.load_workbook(path)["README"]
    lines = [(row[0].value, row[1].value) for row in sheet.iter_rows(max_col=2) if row[1].value]
    assert lines[:2] == [("What it is", "A study of =cobalt"), ("Places", "Two")]
    assert not any(str(label).startswith("Step") for label, _ in lines)

"""Problems as a workbook, and the marked copy."""

from __future__ import annotations

import openpyxl
import pytest

from models.schema import Problem
from planner.problems import write_annotated, write_problems
from tests.tutorial import PATH

FOUND = [
    Problem("Sites", "D7", "=cmd|' /C calc'!A0", "expected a number.", "Fix: type it."),
    Problem("Demand", "", "", "no rows.", "Fix: enter one.", "warning"),
]


def test_the_list_links_to_the_cells_and_runs_nothing(tmp_path):
    out = tmp_path / "problems.xlsx"
    write_problems(FOUND, PATH, out)
    sheet = openpyxl.load_workbook(out)["Problems"]
    assert [c.value for c in sheet[4]][:5] == [
        "error",
        "Sites!D7",
        "=cmd|' /C calc'!A0",
        "expected a number.",
        "Fix: type it.",
    ]
    assert sheet["C4"].data_type == "s"
    assert sheet["B4"].hyperlink.target.endswith("tutorial.xlsx")
    assert sheet["B4"].hyperlink.location == "'Sites'!D7"
    assert [c.value for c in sheet[5]][:2] == ["warning", "Demand"]


@pytest.mark.filterwarnings("ignore:Data Validation extension:UserWarning")
def test_the_marked_copy_leaves_the_study_alone(tmp_path):
    before = PATH.read_bytes()
    out = tmp_path / "marked.xlsx"
    write_annotated(FOUND, PATH, out)
    cell = openpyxl.load_workbook(out)["Sites"]["D7"]
    assert cell.fill.fgColor.rgb.endswith("FFC7CE")
    assert "expected a number. Fix: type it." in cell.comment.text
    assert PATH.read_bytes() == before

"""A study as text, for `git diff`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd

from planner.template import write_study
from planner.text import main

ROOT = Path(__file__).parent.parent


def written(path: Path, capacity: float) -> Path:
    sites = [["m1", "mine", "COD", capacity, 2.5, "dear =1 ore\n2 lines"], ["m2", "mine", "COD", 10, 3, None]]
    frames = {
        "Settings": pd.DataFrame([["format", 1], ["title", "A study"]], columns=["setting", "value"]),
        "Sites": pd.DataFrame(sites, columns=["site", "process", "country", "capacity", "variable cost", "note"]),
    }
    write_study(frames, path, sheets=["Settings", "Sites"])
    return path


def test_a_line_for_each_row_with_its_sheet_and_headers(tmp_path, capsys):
    assert main([str(written(tmp_path / "a.xlsx", 100))]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Settings | format | value: 1",
        "Settings | title | value: A study",
        "Sites | m1 | process: mine | country: COD | capacity [unit/y]: 100 | variable cost [cur/unit]: 2.5 | note: dear =1 ore 2 lines",
        "Sites | m2 | process: mine | country: COD | capacity [unit/y]: 10 | variable cost [cur/unit]: 3",
    ]


def test_git_diff_shows_the_row_that_changed(tmp_path):
    def git(*command: str) -> str:
        return subprocess.run(
            ["git", "-C", str(tmp_path), *command], check=True, capture_output=True, text=True, cwd=ROOT
        ).stdout

    git("init", "-q")
    git("config", "diff.xlsx.textconv", f"'{sys.executable}' -m planner.text")
    (tmp_path / ".gitattributes").write_text((ROOT / ".gitattributes").read_text(encoding="utf-8"), encoding="utf-8")
    written(tmp_path / "a.xlsx", 100)
    git("add", "a.xlsx")
    written(tmp_path / "a.xlsx", 120)
    changed = [
        line for line in git("diff", "--", "a.xlsx").splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    assert [line[:13] for line in changed] == ["-Sites | m1 |", "+Sites | m1 |"]
    assert "capacity [unit/y]: 100" in changed[0]
    assert "capacity [unit/y]: 120" in changed[1]


def test_what_cannot_be_read_is_said(tmp_path, capsys):
    (tmp_path / "a.xlsx").write_text("no workbook", encoding="utf-8")
    assert main([str(tmp_path / "a.xlsx")]) == 0
    assert "no Excel workbook" in capsys.readouterr().out
    assert main([]) == 2

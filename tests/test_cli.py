"""The command line as a person or a program meets it: what it prints, what it writes, how it leaves."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

import models
import planner
from models.schema import Problem
from planner import cli
from planner.console import SHOWN, WARNED, warn
from planner.study import BadInput
from planner.template import write_study
from tests.studies import read, study
from tests.tutorial import PATH

BAD = """
Commodities
  commodity  unit  price
  metal      t     100
Processes
  process  unit
  refine   t
Recipes
  process  commodity  direction  quantity
  refine   metal      out        1
Sites
  site  process  country  capacity  variable cost
  a     refine   CHN      10        10
Demand
  commodity  country  2025
  metal      CHN      100
Sources
  source  citation
  own     own
Scenarios
  scenario  operation  sheet  where   column    value
  more      set        Sites  site=a  capacity  500
"""


@pytest.fixture
def firm(tmp_path: Path) -> Path:
    """A study whose firm demand cannot be met but in the scenario `more`."""
    path = tmp_path / "firm.xlsx"
    write_study(study(BAD), path)
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        cli.main([str(a) for a in arguments])
    said = capsys.readouterr()
    return int(left.value.code or 0), said.out, said.err


def test_new_check_solve_in_an_empty_folder(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(capsys, "new", "s.xlsx", "--example", "tutorial")[0] == 0
    code, out, err = run(capsys, "check", "s.xlsx")
    assert (code, err) == (0, "")
    assert "Figures by grade: A 0, B 0, C 0, D 19" in out
    code, out, _ = run(capsys, "solve", "s.xlsx", "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["status"] == "optimal"
    assert answer["objective"] == pytest.approx(2078.01e6)
    assert answer["objective"] == pytest.approx(answer["system_cost"] + answer["unmet_value"] + answer["excess_value"])
    assert sum(answer["costs"].values()) == pytest.approx(answer["objective"], rel=1e-9)
    assert max(answer["certificate"].values()) < 1e-6
    assert (answer["rows"], answer["columns"], answer["unmet"], answer["problems"]) == (31, 33, {}, [])
    assert set(answer["seconds"]) >= {"read", "build", "solve", "report"}
    assert len(answer["input_sha256"]) == 64
    assert Path(answer["report"]) == Path("reports/s-base.xlsx")
    assert "Summary" in openpyxl.load_workbook(answer["report"]).sheetnames


def test_an_existing_file_is_never_overwritten(capsys, tmp_path):
    path = tmp_path / "mine.xlsx"
    path.write_bytes(b"precious")
    code, _, err = run(capsys, "new", path)
    assert (code, path.read_bytes()) == (6, b"precious")
    assert "exists already" in err


def test_a_fresh_workbook_has_the_sheets_and_passes_only_when_filled(capsys, tmp_path):
    path = tmp_path / "fresh.xlsx"
    assert run(capsys, "new", path, "--add", "Limits", "Stockpiles")[0] == 0
    assert {"Settings", "Sites", "Lanes", "Limits", "Stockpiles"} <= set(openpyxl.load_workbook(path).sheetnames)
    code, out, _ = run(capsys, "check", path, "--json")
    assert code == 3
    assert {p["sheet"] for p in json.loads(out)["problems"] if p["severity"] == "error"} >= {"Sites", "Demand"}


def test_bad_input_lists_every_problem_and_no_traceback(capsys, tmp_path):
    path = tmp_path / "bad.xlsx"
    write_study(study(BAD), path)
    book = openpyxl.load_workbook(path)
    rows = {row[0].value: row for row in book["Sites"].iter_rows() if row[0].value}
    rows["a"][1].value, rows["a"][3].value = "refin", "1 200,5"
    where = {"process": rows["a"][1].coordinate, "capacity": rows["a"][3].coordinate}
    book.save(path)
    code, out, err = run(capsys, "solve", path, "--json")
    found = {p["cell"]: p for p in json.loads(out)["problems"] if p["sheet"] == "Sites"}
    assert code == 3
    assert set(found) >= set(where.values())
    assert 'did you mean "refine"' in (found[where["process"]]["problem"] + found[where["process"]]["fix"]).lower()
    assert "Traceback" not in out + err
    listed = tmp_path / "problems.xlsx"
    code, _, err = run(capsys, "check", path, "--problems", listed)
    assert (code, listed.exists()) == (3, True)
    assert f"Sites!{where['capacity']}" in err


def test_no_plan_leaves_with_4_and_says_what_to_loosen(capsys, firm, tmp_path):
    code, out, _ = run(capsys, "solve", firm, "-o", tmp_path / "r.xlsx")
    assert (code, (tmp_path / "r.xlsx").exists()) == (4, False)
    assert "infeasible" in out
    assert "unmet cost factor" in out


def test_some_of_several_scenarios_failing_leaves_with_7(capsys, firm, tmp_path):
    code, out, _ = run(capsys, "solve", firm, "--scenario", "base", "more", "-o", tmp_path / "r.xlsx", "--json")
    assert code == 7
    assert [r["status"] for r in json.loads(out)] == ["infeasible", "optimal"]
    assert (tmp_path / "r.xlsx").exists()


def test_wrong_calls_leave_with_2(capsys, tmp_path):
    assert run(capsys, "solev")[0] == 2
    assert run(capsys, "new", tmp_path / "x.xlsx", "--example", "nonsense")[0] == 2
    code, _, err = run(capsys, "solve", PATH, "-o", PATH)
    assert code == 2
    assert "is the study itself" in err


def test_no_result_takes_the_place_of_the_study_or_of_another(capsys, tmp_path):
    path, link = tmp_path / "s.lp", tmp_path / "link.xlsx"
    path.write_bytes(PATH.read_bytes())
    link.symlink_to(path)
    for call in (("check", path, "--problems", link), ("check", path, "--annotate", link), ("solve", path, "-o", link), ("export", path, "-o", path)):  # fmt: skip
        code, _, err = run(capsys, *call)
        assert (code, path.read_bytes()) == (2, PATH.read_bytes())
        assert "is the study itself. Fix:" in err
    code, _, err = run(
        capsys, "check", PATH, "--problems", tmp_path / "p.xlsx", "--annotate", tmp_path / "." / "p.xlsx"
    )
    assert (code, (tmp_path / "p.xlsx").exists()) == (2, False)
    assert "is asked for twice" in err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes among the files of this system")
@pytest.mark.parametrize("ending", ["xlsx", "mps"])
def test_a_pipe_in_the_place_of_a_result_is_told_before_any_work(capsys, tmp_path, monkeypatch, ending):
    monkeypatch.setattr("planner.study.read", lambda path: 1 / 0)
    path = tmp_path / f"r.{ending}"
    os.mkfifo(path)
    calls = {"xlsx": (("solve", PATH, "-o"), ("check", PATH, "--problems"), ("check", PATH, "--annotate"))}
    for call in calls.get(ending, (("export", PATH, "-o"),)):
        code, _, err = run(capsys, *call, path)
        assert (code, path.is_fifo()) == (6, True)
        assert err == f"planner: {path} is a device or a pipe, not an ordinary file. Fix: give another name.\n"


@pytest.mark.parametrize("call", [("new",), ("solve", PATH, "-o"), ("check", PATH, "--problems")])
def test_a_workbook_to_be_written_has_the_name_of_one(capsys, tmp_path, call):
    for name, code, words in (("r.txt", 2, "expected a name that ends in .xlsx"), ("r" * 300 + ".xlsx", 6, "too long")):
        left, _, err = run(capsys, *call, tmp_path / name)
        assert left == code
        assert words in err
    assert list(tmp_path.iterdir()) == []


def test_a_default_folder_that_cannot_be_made_leaves_with_6(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reports").write_text("no folder")
    code, _, err = run(capsys, "solve", PATH)
    assert code == 6
    assert err.startswith("planner: reports is a file, not a folder. Fix:")


def test_whatever_else_the_system_refuses_is_no_bug(capsys, monkeypatch, tmp_path):
    def refuse(*given):
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("planner.study.read", refuse)
    code, _, err = run(capsys, "solve", PATH, "-o", tmp_path / "r.xlsx")
    assert code == 6
    assert "planner: the system refused: [Errno 24] Too many open files" in err


class Full(io.TextIOWrapper):
    """A standard output without space."""

    def flush(self) -> None:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("call", [("check", PATH), ("reference",), ("reference", "--json"), ("--help",)])
def test_an_output_without_space_leaves_with_6(capsys, monkeypatch, call):
    monkeypatch.setattr("sys.stdout", Full(io.BytesIO()))
    code, _, err = run(capsys, *call)
    assert (code, err) == (6, "planner: cannot write to standard output: No space left on device.\n")


def test_closed_outputs(capsys, monkeypatch, tmp_path):
    """Nobody listens: 6. Nobody listens to complaints: they do not stand among the results."""
    monkeypatch.setattr("sys.stdout", None)
    code, _, err = run(capsys, "reference")
    assert (code, err) == (6, "planner: standard output is closed.\n")
    monkeypatch.undo()
    monkeypatch.setattr("sys.stderr", None)
    code, out, _ = run(capsys, "check", tmp_path / "none.xlsx")
    assert (code, out) == (3, "")


def test_no_space_even_for_complaints(capsys, monkeypatch, tmp_path):
    class Crowded(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("sys.stderr", Crowded())
    assert run(capsys, "check", tmp_path / "none.xlsx") == (6, "", "")


def test_a_progress_line_takes_no_answer_away(capsys, monkeypatch, tmp_path):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stderr", Terminal())
    code, out, _ = run(capsys, "solve", PATH, "--scenario", "nope", "-o", tmp_path / "r.xlsx", "--json")
    assert code == 3
    assert json.loads(out)["problems"][0]["value"] == "nope"


def test_a_reader_that_has_read_enough_is_told_nothing(capsys, monkeypatch):
    class Gone(io.TextIOWrapper):
        def flush(self) -> None:
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr("sys.stdout", Gone(io.BytesIO()))
    code, _, err = run(capsys, "reference")
    assert (code, err) == (6, "")


def test_characters_the_terminal_does_not_know_are_spelled_out(capsys, monkeypatch, tmp_path):
    path, terminal = tmp_path / "漢字.xlsx", io.BytesIO()
    path.write_bytes(PATH.read_bytes())
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(terminal, encoding="cp1252"))
    assert run(capsys, "check", path)[0] == 0
    assert rb"\u6f22\u5b57.xlsx: no errors." in terminal.getvalue()


def test_a_missing_study_is_a_problem_with_a_guess(capsys, tmp_path):
    (tmp_path / "study.xlsx").write_bytes(b"")
    code, out, err = run(capsys, "solve", tmp_path / "studdy.xlsx")
    assert code == 3
    assert "study.xlsx" in err
    assert "Traceback" not in out + err


def test_an_unknown_scenario_is_a_problem_with_a_guess(capsys, tmp_path):
    code, _, err = run(capsys, "solve", PATH, "--scenario", "exprt ban", "-o", tmp_path / "r.xlsx")
    assert code == 3
    assert 'Did you mean "export ban"?' in err


def test_a_folder_that_cannot_be_written_leaves_with_6(capsys, tmp_path):
    code, _, err = run(capsys, "solve", PATH, "-o", tmp_path / "nowhere" / "r.xlsx")
    assert code == 6
    assert "nowhere" in err


def test_a_time_limit_leaves_with_5(capsys, tmp_path):
    code, out, _ = run(
        capsys, "solve", PATH.parent / "base.xlsx", "--time-limit", "0", "-o", tmp_path / "r.xlsx", "--json"
    )
    assert code == 5
    assert json.loads(out)["status"] == "time limit"


def test_several_scenarios_give_one_comparison(capsys, tmp_path):
    out = tmp_path / "r.xlsx"
    code, said, _ = run(capsys, "solve", PATH, "--scenario", "no limit", "export ban", "-o", out)
    assert code == 0
    assert "against no limit: system cost +28.60 million USD" in said
    book = openpyxl.load_workbook(out)
    assert {row[0].value for row in book["Builds"].iter_rows(min_row=5)} >= {"export ban"}


@pytest.mark.parametrize("ending", ["mps", "lp"])
def test_export_is_read_back_to_the_same_optimum(capsys, tmp_path, ending):
    import highspy

    path = tmp_path / f"model.{ending}"
    assert run(capsys, "export", PATH, "-o", path)[0] == 0
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.readModel(str(path))
    highs.run()
    assert highs.getInfo().objective_function_value == pytest.approx(2078.01e6)
    assert run(capsys, "export", PATH, "-o", tmp_path / "model.txt")[0] == 2


def test_reference_lists_every_sheet(capsys):
    code, out, _ = run(capsys, "reference")
    assert code == 0
    assert [t.name for t in models.TABLES if f"\n### {t.name}\n" not in out] == []


def test_every_command_shows_an_example():
    for command in ("new", "check", "solve", "export", "reference"):
        done = subprocess.run(
            [sys.executable, "-m", "planner", command, "--help"], capture_output=True, text=True, check=True
        )
        assert "Example: planner" in done.stdout


def test_a_bug_is_told_as_ours(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("planner.study.compiled", lambda *a: 1 / 0)
    code, _, err = run(capsys, "solve", PATH, "-o", tmp_path / "r.xlsx")
    assert code == 1
    assert "bug in planner" in err
    assert "Traceback" not in err


def test_answers_of_export_and_reference_for_machines(capsys, tmp_path):
    path = tmp_path / "model.mps"
    code, out, _ = run(capsys, "export", PATH, "-o", path, "--json")
    answer = json.loads(out)
    assert code == 0
    assert (answer["model"], answer["rows"], answer["columns"], answer["problems"]) == (str(path), 31, 33, [])
    code, out, _ = run(capsys, "reference", "--json")
    assert code == 0
    assert "### Limits" in json.loads(out)["markdown"]
    code, out, _ = run(capsys, "new", tmp_path / "s.xlsx", "--add", "Limitz", "--json")
    assert code == 2
    assert "Limitz" in json.loads(out)["problems"][0]["problem"]


def hidden(path: Path, sheets: int) -> Path:
    """The tutorial with so many warnings: hidden sheets are used."""
    book = openpyxl.load_workbook(PATH)
    for table in [t.name for t in models.TABLES if t.name in book.sheetnames][:sheets]:
        book[table].sheet_state = "hidden"
    path.parent.mkdir(exist_ok=True)
    book.save(path)
    return path


def test_warnings_of_a_study_are_told_beside_its_plan(capsys, tmp_path):
    path, out = hidden(tmp_path / "s.xlsx", 1), tmp_path / "r.xlsx"
    (tmp_path / "~$s.xlsx").write_bytes(b"somebody")
    said = ["unsaved edits are not included", "the sheet is hidden but was used"]
    for call in (("solve", path, "-o", out), ("export", path, "-o", tmp_path / "m.lp")):
        code, _, err = run(capsys, *call)
        assert (code, len(err.splitlines())) == (0, 2)
        assert all(
            line.startswith("warning ") and words in line for line, words in zip(err.splitlines(), said, strict=True)
        )
        code, printed, err = run(capsys, *call, "--json")
        found = json.loads(printed)["problems"]
        assert (code, err, [p["severity"] for p in found]) == (0, "", ["warning", "warning"])
        assert all(words in p["problem"] for p, words in zip(found, said, strict=True))
    code, printed, _ = run(capsys, "solve", path, "--scenario", "base", "export ban", "-o", out, "--json")
    assert [len(answer["problems"]) for answer in json.loads(printed)] == [2, 2]
    code, _, err = run(capsys, "solve", path, "--scenario", "base", "export ban", "-o", out)
    assert len(err.splitlines()) == 2


def test_more_warnings_than_one_wants_to_read_are_counted(capsys, tmp_path):
    found = [Problem("Sites", f"D{i}", "", "odd.", "", "warning") for i in range(WARNED + 2)]
    warn(found, tmp_path / "s.xlsx")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == WARNED + 1
    assert lines[-1] == f"... and 2 more warnings: planner check {tmp_path / 's.xlsx'}"


def test_what_would_be_ignored_is_refused(capsys, tmp_path):
    code, _, err = run(capsys, "new", tmp_path / "n.xlsx", "--example", "tutorial", "--add", "Trade measures")
    assert code == 2
    assert "--add would be ignored" in err
    code, _, err = run(capsys, "export", PATH, "-o", tmp_path / "m.lp", "--scenario", "export ban", "base")
    assert code == 2
    assert "one model, not 2 scenarios" in err
    assert list(tmp_path.iterdir()) == []


def test_an_exception_holds_the_first_problems(tmp_path):
    with pytest.raises(BadInput, match=r'1 problem in the study\nScenarios: there is no scenario "nope"'):
        planner.solve(PATH, scenario="nope")
    found = [Problem("Sites", f"D{i}", "", "odd.", "Even it.") for i in range(7)]
    said = str(BadInput([*found, Problem("Sites", "A1", "", "fine.", "", "warning")])).splitlines()
    assert said[:2] == ["7 problems in the study", "Sites!D0: odd. Even it."]
    assert said[-2:] == ["Sites!D4: odd. Even it.", "... and 2 more"]


def test_bad_input_is_told_by_export_too(capsys, firm, tmp_path):
    code, _, err = run(capsys, "export", firm, "-o", tmp_path / "m.lp", "--scenario", "mor")
    assert code == 3
    assert 'Did you mean "more"?' in err
    assert not (tmp_path / "m.lp").exists()


def test_check_looks_into_every_scenario(capsys, tmp_path):
    """The base is sound; a scenario that makes a capacity negative is not."""
    path = tmp_path / "s.xlsx"
    write_study(study(BAD.replace("capacity  500", "capacity  -5")), path)
    code, out, _ = run(capsys, "check", path, "--json")
    assert code == 3
    (error,) = [p for p in json.loads(out)["problems"] if p["severity"] == "error"]
    assert "capacity is -5, expected at least 0" in error["problem"]


def test_a_fault_of_a_scenario_is_marked_where_the_scenario_says_it(capsys, tmp_path):
    """10 tonnes times -1 stand in no cell of Sites: the factor in Scenarios is at fault."""
    path, copy, table = tmp_path / "s.xlsx", tmp_path / "marked.xlsx", tmp_path / "problems.xlsx"
    write_study(
        study(BAD.replace("set        Sites  site=a  capacity  500", "multiply   Sites  site=a  capacity  -1")), path
    )
    assert run(capsys, "check", path, "--annotate", copy, "--problems", table)[0] == 3
    marked = openpyxl.load_workbook(copy)
    (cell,) = [
        c for row in marked["Scenarios"].iter_rows() for c in row if c.comment and "in scenario more" in c.comment.text
    ]
    assert cell.value == "-1"
    assert not any(c.comment for row in marked["Sites"].iter_rows(min_row=5) for c in row)
    listed = [[c.value for c in row] for row in openpyxl.load_workbook(table).active.iter_rows()]
    assert ["error", f"Scenarios!{cell.coordinate}", "-1"] in [row[:3] for row in listed]


def test_an_unbounded_plan_names_what_runs_away(capsys, tmp_path):
    """A refinery paid more than it costs, and ore without end: only the plan shows that the two grow together."""
    path = tmp_path / "s.xlsx"
    text = BAD.replace("  metal      t     100\n", "  metal      t     100\n  ore  t  10\n")
    text = text.replace("  refine   t\n", "  refine   t\n  mine  t\n")
    text = text.replace(
        "  refine   metal      out        1\n", "  refine   metal  out  1\n  refine  ore  in  1\n  mine  ore  out  1\n"
    )
    text = text.replace("CHN      10        10\n", "CHN  unlimited  -10\n  b  mine  CHN  unlimited  1\n")
    write_study(study(text), path)
    code, out, _ = run(capsys, "solve", path, "-o", tmp_path / "r.xlsx")
    assert code == 4
    assert "no proven plan (unbounded)." in out
    assert "the cost can fall without end, as these grow without a limit: what runs (a, 2025)" in out
    assert "what runs (b, 2025)" in out
    code, out, _ = run(capsys, "solve", path, "-o", tmp_path / "r.xlsx", "--json")
    assert "what runs (b, 2025)" in json.loads(out)["problems"][0]["problem"]


def test_check_finds_what_solve_would_refuse_in_a_scenario(capsys, tmp_path):
    """Two equally specific rows, each in a scenario's row: only the index tables show that they disagree."""
    path = tmp_path / "s.xlsx"
    rows = "".join(
        f"  tied      insert     Lanes  commodity=metal; from={ends}; freight={freight}  -  -\n"
        for ends, freight in (("CHN; to=*", 1), ("*; to=FIN", 2))
    )
    rows += "  tied      insert     Countries  country=FIN  -  -\n  tied  insert  Demand  commodity=metal; country=FIN  2025  5\n"
    write_study(study(BAD + rows), path)
    code, out, _ = run(capsys, "check", path, "--json")
    assert code == 3
    (error,) = [p for p in json.loads(out)["problems"] if p["severity"] == "error"]
    assert error["problem"].startswith("in scenario tied: ")
    assert "equally specific and disagree" in error["problem"]


def test_more_problems_than_a_screen_holds_are_counted(capsys, tmp_path):
    path = tmp_path / "s.xlsx"
    rows = "".join(f"  s{i}    refine   CHN      -5        10\n" for i in range(30))
    write_study(read(BAD.replace("Demand\n", rows + "Demand\n"))[0], path)
    code, _, err = run(capsys, "check", path)
    assert code == 3
    assert err.count("error Sites!") == SHOWN
    assert f"... and {30 - SHOWN} more: planner check" in err


def test_a_marked_copy_for_reading(capsys, tmp_path):
    path, copy = tmp_path / "s.xlsx", tmp_path / "marked.xlsx"
    write_study(study(BAD), path)
    book = openpyxl.load_workbook(path)
    cell = next(c for row in book["Sites"].iter_rows() for c in row if c.value == 10)
    cell.value = "ten"
    book.save(path)
    assert run(capsys, "check", path, "--annotate", copy)[0] == 3
    marked = openpyxl.load_workbook(copy)["Sites"][cell.coordinate]
    assert marked.fill.fgColor.rgb.endswith("FFC7CE")
    assert '"ten" is text' in marked.comment.text


def test_a_study_that_cannot_be_read_has_no_marked_copy(capsys, tmp_path):
    path, copy = tmp_path / "s.xlsx", tmp_path / "marked.xlsx"
    for content in (None, b"a,b", PATH.read_bytes()[:20_000]):
        if content is not None:
            path.write_bytes(content)
        code, _, err = run(capsys, "check", path, "--annotate", copy)
        assert (code, copy.exists()) == (3, False)
        assert "error s.xlsx: " in err


def test_what_openpyxl_cannot_copy_is_told(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(openpyxl, "load_workbook", lambda path: 1 / 0)
    code, _, err = run(capsys, "check", PATH, "--annotate", tmp_path / "marked.xlsx")
    assert code == 6
    assert "holds what cannot be copied (division by zero). Fix: ask for --problems" in err


def test_stopped_by_hand(capsys, monkeypatch, tmp_path):
    def stop(*given):
        raise KeyboardInterrupt

    monkeypatch.setattr("planner.study.read", stop)
    code, out, err = run(capsys, "solve", PATH, "-o", tmp_path / "r.xlsx", "--json")
    assert code == 130
    assert "stopped" in err
    assert json.loads(out)["problems"][0]["problem"] == "stopped."


def test_a_bug_shows_where_it_happened_when_asked(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("planner.study.compiled", lambda *a: 1 / 0)
    monkeypatch.setenv("PLANNER_DEBUG", "1")
    code, _, err = run(capsys, "solve", PATH, "-o", tmp_path / "r.xlsx")
    assert code == 1
    assert "Traceback" in err and "ZeroDivisionError" in err


def test_names_after_one_option_run_to_the_next_option_or_workbook():
    assert cli.spread(["solve", "--scenario", "a", "b", "s.xlsx", "--json"]) == [
        "solve",
        "--scenario",
        "a",
        "--scenario",
        "b",
        "s.xlsx",
        "--json",
    ]
    assert cli.spread(["solve", "--scenario", "a", "s.XLSM"]) == ["solve", "--scenario", "a", "s.XLSM"]
    assert cli.spread(["solve", "s.xlsx", "-o", "r.xlsx"]) == ["solve", "s.xlsx", "-o", "r.xlsx"]


def test_a_report_open_in_excel_is_saved_beside_and_said_so(capsys, monkeypatch, tmp_path):
    target, replace = tmp_path / "r.xlsx", Path.replace

    def refuse(self: Path, to: Path) -> Path:
        if to == target:
            raise PermissionError(13, "Access is denied")
        return replace(self, to)

    target.write_bytes(b"open in Excel")
    monkeypatch.setattr(Path, "replace", refuse)
    code, out, _ = run(capsys, "solve", PATH, "-o", target)
    assert (code, target.read_bytes()) == (0, b"open in Excel")
    assert "r.xlsx is open in another program; saved as r (2).xlsx instead." in out
    assert (tmp_path / "r (2).xlsx").exists()

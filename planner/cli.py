"""The command line: thin commands over `planner.study`; nothing on stdout but the result."""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated

import typer

from planner.console import (
    BUG,
    CANNOT_WRITE,
    DONE,
    INPUT,
    INTERRUPTED,
    NO_PLAN,
    SOME_FAILED,
    UNPROVEN,
    USAGE,
    as_object,
    bad_input,
    fail,
    printed,
    progress,
    show,
    speak,
    tell,
    warn,
    warnings,
    writes,
)

COLLECT = 100_000, 50, 100  # nearly all a run makes lives to its end: searching it for cycles took a tenth of its time
WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")  # no name of a scenario ends so

app = typer.Typer(
    help="Find the cheapest sourcing and investment plan for critical minerals that an Excel study allows.",
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    epilog="First steps: planner new my.xlsx --example tutorial; planner solve my.xlsx",
)  # fmt: skip

StudyPath = Annotated[Path, typer.Argument(help="The study workbook (.xlsx).", metavar="STUDY.xlsx")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]


@app.command(epilog="Example: planner new my.xlsx --example tutorial")
def new(
    path: Annotated[
        Path, typer.Argument(metavar="STUDY.xlsx", help="Where to write it; an existing file is never overwritten.")
    ],
    example: Annotated[str, typer.Option(help="Copy a shipped study instead: tutorial or base.")] = "",
    add: Annotated[
        list[str] | None, typer.Option(help="Also write this sheet, such as Limits; repeat for more.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a fresh workbook with every common sheet, or a copy of a shipped study."""
    from planner.files import write_atomically
    from planner.shipped import example_path
    from planner.template import new as write_new

    if example and add:
        problem = "--example copies a shipped study as it is, so --add would be ignored. Fix: leave one of the two out."
        fail(USAGE, problem, as_json)
    if os.path.lexists(path):
        fail(CANNOT_WRITE, f"{path} exists already. Fix: choose another name, or move it away first.", as_json)
    writes(path, as_json=as_json)
    if example:
        source = example_path(example)
        if source is None:
            fail(USAGE, f"there is no shipped study {example!r}; there are: tutorial, base.", as_json)
        content = source.read_bytes()
        written = write_atomically(path, lambda to: to.write_bytes(content))
    else:
        try:
            written = write_atomically(path, lambda to: write_new(to, add or ()))
        except KeyError as problem:
            fail(USAGE, str(problem.args[0]), as_json)
    if as_json:
        printed({"study": str(written), "problems": []})
    else:
        print(f"Wrote {written}.")
        print(f"Next: planner solve {written}" if example else f"Next: fill it in, then planner check {written}")


@app.command(epilog="Example: planner check inputs/base.xlsx --problems problems.xlsx")
def check(
    path: StudyPath,
    problems: Annotated[
        Path | None, typer.Option(metavar="OUT.xlsx", help="Write the problems as a workbook that links to the cells.")
    ] = None,
    annotate: Annotated[
        Path | None,
        typer.Option(metavar="OUT.xlsx", help="Write a copy of the study with the faulty cells marked, for reading."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Read and validate a study; list every problem with its cell and how to mend it."""
    from planner.checks import grades
    from planner.study import look_deeper, read

    writes(problems, annotate, study=path, as_json=as_json)
    with progress() as say:
        say(f"reading {path}")
        study = read(path)
        found = study.problems + (look_deeper(study) if not study.errors else [])
    if problems is not None or annotate is not None:
        from planner.files import write_atomically
        from planner.problems import write_annotated, write_problems

        if problems is not None:
            write_atomically(problems, lambda to: write_problems(found, path, to))
        if annotate is not None and (study.tables or any(p.cell for p in found)):  # else there is nothing to copy
            write_atomically(annotate, lambda to: write_annotated(found, path, to))
    errors = [p for p in found if p.severity == "error"]
    if as_json:
        printed({"problems": [as_object(p) for p in found]})
    else:
        show(found, path)
        if not errors:
            counts = grades(study.tables)
            print(f"{path}: no errors. Figures by grade: " + ", ".join(f"{g} {n:,}" for g, n in counts.items()) + ".")
            print(f"Next: planner solve {path}")
    raise typer.Exit(INPUT if errors else DONE)


@app.command(epilog="Example: planner solve inputs/base.xlsx --scenario base drc-cobalt-shock")
def solve(
    path: StudyPath,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="REPORT.xlsx",
            help="Where the report goes; default reports/<study>-<scenario>.xlsx.",
        ),
    ] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option(help="Scenario of the study; several give one comparison report.", metavar="NAME ..."),
    ] = None,
    time_limit: Annotated[float | None, typer.Option(help="Seconds the solver may take.", min=0.0)] = None,
    as_json: Json = False,
) -> None:
    """Find the cheapest plan and write its report."""
    from planner.files import make_folder, moved
    from planner.publish import compare, default_path, publish, summary
    from planner.runaway import runaway
    from planner.study import BadInput, read, solve_all

    names = list(scenario or [""])
    target = output or default_path(path, names)
    if output is None:
        make_folder(target.parent)
    writes(target, study=path, as_json=as_json)
    try:
        with progress() as say:
            say(f"reading {path}")
            study = read(path)
            plans = list(solve_all(study, names, time_limit, say))
            good = [p for p in plans if p.status == "optimal"]
            say("writing the report")
            if len(names) > 1 and good:
                written = compare(good, target)
            elif good:
                written = publish(good[0], target)
    except BadInput as bad:  # told outside: what is printed beside a progress line goes where that line stands
        bad_input(bad.problems, path, as_json)
    code = max(_code(plan.status) for plan in plans)
    heard = [warnings(study.problems, plan.data.problems) for plan in plans]
    results = [
        summary(p) | {"problems": list(map(as_object, [*said, *runaway(p)]))}
        for p, said in zip(plans, heard, strict=True)
    ]
    if code and good:
        code = SOME_FAILED
    if as_json:
        printed(results if len(names) > 1 else results[0])
    else:
        warn(warnings(*heard), path)
        for plan, result in zip(plans, results, strict=True):
            tell(plan, result, results[0])
        if good:
            if note := moved(target, written):
                print(note)
            print(f"Report: {written}\nNext: open it, sheet Summary.")
    raise typer.Exit(code)


@app.command(epilog="Example: planner export inputs/base.xlsx -o base.mps")
def export(
    path: StudyPath,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="MODEL.mps", help="Where to write it; the ending chooses .mps or .lp."),
    ],
    scenario: Annotated[list[str] | None, typer.Option(help="Scenario of the study, one.", metavar="NAME")] = None,
    as_json: Json = False,
) -> None:
    """Write the linear program for other tools."""
    from planner.export import write_lp, write_mps
    from planner.files import write_atomically
    from planner.study import BadInput, compiled, read

    names = list(scenario or [""])
    if len(names) > 1:
        fail(USAGE, f"a file holds one model, not {len(names)} scenarios. Fix: export them one by one.", as_json)
    writers = {".mps": write_mps, ".lp": write_lp}
    writes(output, study=path, endings=list(writers), as_json=as_json)
    study = read(path)
    try:
        data, _, made = compiled(study, names[0])
    except BadInput as bad:
        bad_input(bad.problems, path, as_json)
    written = write_atomically(output, lambda to: writers[output.suffix.lower()](made.lp, data.network.names, to))
    rows, columns = made.lp.matrix.shape
    heard = warnings(study.problems, data.problems)
    if as_json:
        size = {"rows": rows, "columns": columns, "nonzeros": int(made.lp.matrix.nnz)}
        printed({"model": str(written), **size, "problems": list(map(as_object, heard))})
    else:
        warn(heard, path)
        print(f"Wrote {written}: {rows:,} rows, {columns:,} columns.")


@app.command(epilog="Example: planner reference > reference.md")
def reference(as_json: Json = False) -> None:
    """Print the workbook reference as Markdown: every sheet and column."""
    import models
    from planner.reference import reference as page

    text = page(models.TABLES)
    if as_json:
        printed({"markdown": text})
    else:
        print(text, end="")


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: runs a command and turns what goes wrong into an exit code."""
    gc.set_threshold(*COLLECT)
    if sys.stderr is None:  # closed: what is for it must not end up among the results
        sys.stderr = io.StringIO()
    if sys.stdout is None:
        fail(CANNOT_WRITE, "standard output is closed.", as_json=False, leave=True)
    code: int | str | None = DONE
    said = io.StringIO()  # printed in one piece and last, so that a full or closed output is met in one place
    with redirect_stdout(said):
        try:
            _run(list(sys.argv[1:] if arguments is None else arguments))
        except SystemExit as left:
            code = left.code
        except OSError:  # no space even for complaints
            code, sys.stderr = CANNOT_WRITE, io.StringIO()
    sys.exit(code if speak(said.getvalue()) else CANNOT_WRITE)


def _run(given: list[str]) -> None:
    """Run a command; it leaves with its exit code."""
    as_json = "--json" in given
    try:
        app(args=spread(given), prog_name="planner")
    except SystemExit as left:
        if left.code == INTERRUPTED:  # what typer makes of Ctrl-C, without a word
            fail(INTERRUPTED, "stopped.", as_json, leave=True)
        raise
    except Exception as problem:  # the last door: a user never sees a traceback
        if type(problem).__name__ == "CannotWrite":
            fail(CANNOT_WRITE, str(problem), as_json, leave=True)
        import traceback

        if os.environ.get("PLANNER_DEBUG"):
            traceback.print_exc()
        where = "(PLANNER_DEBUG=1 shows where)"
        if isinstance(problem, OSError):  # a disk, a folder, a name: no fault of the study, but no bug either
            fail(CANNOT_WRITE, f"the system refused: {problem} {where}", as_json, leave=True)
        text = f"this is a bug in planner, not in your study: {type(problem).__name__}: {problem} {where}"
        fail(BUG, text, as_json, leave=True)


def spread(arguments: Sequence[str]) -> list[str]:
    """`--scenario A B` as `--scenario A --scenario B`: names run until the next option or workbook."""
    out: list[str] = []
    taking = 0
    for text in arguments:
        if text in ("--scenario", "--add"):
            taking, option = 1, text
            out.append(text)
        elif taking and not text.startswith("-") and not text.lower().endswith(WORKBOOKS):
            out += [text] if taking == 1 else [option, text]
            taking += 1
        else:
            taking = 0
            out.append(text)
    return out


def _code(status: str) -> int:
    return {"optimal": DONE, "infeasible": NO_PLAN, "unbounded": NO_PLAN}.get(status, UNPROVEN)

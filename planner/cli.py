"""The command line: thin commands over `planner.study`; nothing on stdout but the result."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from models.schema import Problem
    from planner.study import Study

DONE, BUG, USAGE, INPUT, NO_PLAN, UNPROVEN, CANNOT_WRITE, SOME_FAILED, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 7, 130
COLLECT = 100_000, 50, 100  # nearly all a run makes lives to its end: searching it for cycles took a tenth of its time
SHOWN = 20  # problems printed; `--problems` writes them all

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

    if path.exists():
        _fail(CANNOT_WRITE, f"{path} exists already. Fix: choose another name, or move it away first.", as_json)
    if example:
        source = example_path(example)
        if source is None:
            _fail(USAGE, f"there is no shipped study {example!r}; there are: tutorial, base.", as_json)
        content = source.read_bytes()
        written = write_atomically(path, lambda to: to.write_bytes(content))
    else:
        try:
            written = write_atomically(path, lambda to: write_new(to, add or ()))
        except KeyError as problem:
            _fail(USAGE, str(problem.args[0]), as_json)
    if as_json:
        _print({"study": str(written), "problems": []})
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
    from planner.study import read

    with _progress() as say:
        say(f"reading {path}")
        study = read(path)
        found = study.problems + (_model_problems(study) if not study.errors else [])
    if problems is not None or annotate is not None:
        from planner.files import write_atomically
        from planner.problems import write_annotated, write_problems

        if problems is not None:
            write_atomically(problems, lambda to: write_problems(found, path, to))
        if annotate is not None:
            write_atomically(annotate, lambda to: write_annotated(found, path, to))
    errors = [p for p in found if p.severity == "error"]
    if as_json:
        _print({"problems": [_problem(p) for p in found]})
    else:
        _show(found, path)
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
    from planner.files import CannotWrite, moved, same_file, writable
    from planner.publish import compare, default_path, publish, summary
    from planner.study import BadInput, read, solve_all

    names = list(scenario or [""])
    target = output or default_path(path, names)
    if same_file(target, path):
        _fail(USAGE, f"{target} is the study itself. Fix: choose another -o.", as_json)
    if output is None:
        target.parent.mkdir(parents=True, exist_ok=True)
    writable(target.parent)
    with _progress() as say:
        say(f"reading {path}")
        study = read(path)
        try:
            plans = list(solve_all(study, names, time_limit, say))
        except BadInput as bad:
            _bad_input(bad.problems, path, as_json)
        code = max(_code(plan.status) for plan in plans)
        good = [p for p in plans if p.status == "optimal"]
        say("writing the report")
        try:
            if len(names) > 1 and good:
                written = compare(good, target)
            elif good:
                written = publish(good[0], target)
        except CannotWrite as problem:
            _fail(CANNOT_WRITE, str(problem), as_json)
    results = [summary(p) for p in plans]
    if code and good:
        code = SOME_FAILED
    if as_json:
        _print(results if len(names) > 1 else results[0])
    else:
        for plan, result in zip(plans, results, strict=True):
            _tell(plan, result, results[0])
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
    scenario: Annotated[str, typer.Option(help="Scenario of the study.")] = "",
    as_json: Json = False,
) -> None:
    """Write the linear program for other tools."""
    from planner.export import write_lp, write_mps
    from planner.files import write_atomically
    from planner.study import BadInput, compiled, read

    writers = {".mps": write_mps, ".lp": write_lp}
    if output.suffix.lower() not in writers:
        _fail(USAGE, f"{output}: expected a name that ends in .mps or .lp.", as_json)
    study = read(path)
    try:
        data, _, made = compiled(study, scenario)
    except BadInput as bad:
        _bad_input(bad.problems, path, as_json)
    written = write_atomically(output, lambda to: writers[output.suffix.lower()](made.lp, data.network.names, to))
    rows, columns = made.lp.matrix.shape
    if as_json:
        _print(
            {
                "model": str(written),
                "rows": rows,
                "columns": columns,
                "nonzeros": int(made.lp.matrix.nnz),
                "problems": [],
            }
        )
    else:
        print(f"Wrote {written}: {rows:,} rows, {columns:,} columns.")


@app.command(epilog="Example: planner reference > reference.md")
def reference(as_json: Json = False) -> None:
    """Print the workbook reference as Markdown: every sheet and column."""
    import models
    from planner.reference import reference as page

    text = page(models.TABLES)
    if as_json:
        _print({"markdown": text})
    else:
        print(text, end="")


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: runs a command and turns what goes wrong into an exit code."""
    gc.set_threshold(
        100_000, 50, 100
    )  # nearly all a run makes lives to its end; searching it for cycles took a tenth of it
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    try:
        app(args=spread(given), prog_name="planner")
    except KeyboardInterrupt:
        _fail(INTERRUPTED, "stopped.", as_json, leave=True)
    except Exception as problem:  # the last door: a user never sees a traceback
        if type(problem).__name__ == "CannotWrite":
            _fail(CANNOT_WRITE, str(problem), as_json, leave=True)
        import os
        import traceback

        if os.environ.get("PLANNER_DEBUG"):
            traceback.print_exc()
        text = f"this is a bug in planner, not in your study: {type(problem).__name__}: {problem} (PLANNER_DEBUG=1 shows where)"
        _fail(BUG, text, as_json, leave=True)


def spread(arguments: Sequence[str]) -> list[str]:
    """`--scenario A B` as `--scenario A --scenario B`: names run until the next option or workbook."""
    out: list[str] = []
    taking = 0
    for text in arguments:
        if text in ("--scenario", "--add"):
            taking, option = 1, text
            out.append(text)
        elif taking and not text.startswith("-") and not text.lower().endswith(".xlsx"):
            out += [text] if taking == 1 else [option, text]
            taking += 1
        else:
            taking = 0
            out.append(text)
    return out


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Says on stderr what goes on, where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda text: None
        return
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield lambda text: status.update(text)


def _model_problems(study: Study) -> list[Problem]:
    """What shows only when the index tables are made (ties of rules, rules that match nothing), and in scenarios."""
    import models
    from planner.study import BadInput, scenario_tables

    found = list(models.index(study.tables).problems)
    for name in study.scenarios:
        try:
            scenario_tables(study, name)
        except BadInput as bad:
            found += bad.problems
    return list(dict.fromkeys(found))


def _code(status: str) -> int:
    return {"optimal": DONE, "infeasible": NO_PLAN, "unbounded": NO_PLAN}.get(status, UNPROVEN)


def _tell(plan: Any, result: dict[str, Any], first: dict[str, Any]) -> None:
    """A plan in a few lines, and what it changes against the first one."""
    name = result["scenario"]
    if result["status"] != "optimal":
        print(f"{name}: no proven plan ({result['status']}).")
        if result["status"] == "infeasible":
            print(
                "Some demand or minimum cannot be met. Fix: give Settings an `unmet cost factor`, or loosen Limits, lanes' `min` or `min use`."
            )
        return
    cur, seconds = result["currency"], sum(result["seconds"].values())
    print(f"{name}: optimal and certified in {seconds:.1f} s ({result['columns']:,} columns, {result['rows']:,} rows).")
    print(
        f"  system cost {money(result['system_cost'], cur)}, discounted; unmet demand worth {money(result['unmet_value'], cur)}"
    )
    if first and first is not result and first["status"] == "optimal":
        changes = [
            f"{what.replace('_', ' ')} {money(result[what] - first[what], cur, sign='+')}"
            for what in ("system_cost", "unmet_value")
        ]
        print(f"  against {first['scenario']}: " + ", ".join(changes))
    units = plan.data.network.units
    for commodity, amount in sorted(result["unmet"].items(), key=lambda item: -item[1])[:5]:
        unit = units[plan.data.network.commodities.index(commodity)]
        print(f"  unmet over the horizon: {amount:,.0f} {unit} of {commodity}")


def money(value: float, currency: str, sign: str = "") -> str:
    """An amount with its scale in words."""
    for size, word in ((1e9, "billion "), (1e6, "million ")):
        if abs(value) >= size:
            return f"{value / size:{sign},.2f} {word}{currency}"
    return f"{round(value):{sign},} {currency}"


def _show(problems: Sequence[Problem], path: Path) -> None:
    """Problems, worst first, at most SHOWN of them."""
    order = {"error": 0, "warning": 1, "hint": 2}
    listed = sorted(problems, key=lambda p: order[p.severity])
    for problem in listed[:SHOWN]:
        print(f"{problem.severity} {problem}", file=sys.stderr)
    if len(listed) > SHOWN:
        print(f"... and {len(listed) - SHOWN} more: planner check {path} --problems problems.xlsx", file=sys.stderr)
    counts = {s: sum(p.severity == s for p in problems) for s in order}
    if problems:
        print(
            ", ".join(f"{n} {s}{'s' if n != 1 else ''}" for s, n in counts.items() if n) + f" in {path}",
            file=sys.stderr,
        )


def _problem(p: Problem) -> dict[str, str]:
    return {
        "sheet": p.sheet,
        "cell": p.cell,
        "value": p.value,
        "problem": p.problem,
        "fix": p.fix,
        "severity": p.severity,
    }


def _bad_input(problems: list[Problem], path: Path, as_json: bool) -> NoReturn:
    if as_json:
        _print({"problems": [_problem(p) for p in problems if p.severity == "error"]})
    else:
        _show(problems, path)
    raise typer.Exit(INPUT)


def _print(what: Any) -> None:
    print(json.dumps(what, indent=1))


def _fail(code: int, text: str, as_json: bool, leave: bool = False) -> NoReturn:
    """Say what went wrong and leave with its code."""
    print(f"planner: {text}", file=sys.stderr)
    if as_json:
        _print({"status": "error", "problems": [{"sheet": "", "cell": "", "value": "", "problem": text, "fix": ""}]})
    if leave:
        sys.exit(code)
    raise typer.Exit(code)

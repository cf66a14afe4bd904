"""What the command line says, to people and to machines, and how it leaves."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

if TYPE_CHECKING:
    from models.schema import Problem

DONE, BUG, USAGE, INPUT, NO_PLAN, UNPROVEN, CANNOT_WRITE, SOME_FAILED, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 7, 130
SHOWN = 20  # problems printed; `--problems` writes them all
WARNED = 10  # warnings printed beside a plan


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Says on stderr what goes on, where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda text: None
        return
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield lambda text: status.update(text)


def speak(text: str) -> bool:
    """Print all a command has to say; whether somebody could listen.

    A character the terminal does not know is spelled out (`\\u6f22`), rather than nothing said.
    """
    try:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        print(text, end="", flush=True)
        return True
    except OSError as error:
        if not isinstance(error, BrokenPipeError):  # as of `| head`, which has read enough
            print(f"planner: cannot write to standard output: {error.strerror or error}.", file=sys.stderr)
        with suppress(OSError):  # what is left must not fail once more when Python leaves
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False


def tell(plan: Any, result: dict[str, Any], first: dict[str, Any]) -> None:
    """A plan in a few lines, and what it changes against the first one."""
    name = result["scenario"]
    if result["status"] != "optimal":
        print(f"{name}: no proven plan ({result['status']}).")
        for problem in result["problems"]:
            if problem["severity"] == "error":
                print(f"  {problem['problem']} {problem['fix']}")
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


def show(problems: Sequence[Problem], path: Path) -> None:
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


def writes(
    *targets: Path | None, study: Path | None = None, endings: Sequence[str] = (".xlsx",), as_json: bool = False
) -> None:
    """Leave, before any work, where a target would take the study's place or another's, or cannot be written."""
    from planner.files import CannotWrite, same_file, writable

    given = [target for target in targets if target is not None]
    for at, target in enumerate(given):
        if target.suffix.lower() not in endings:
            fail(USAGE, f"{target}: expected a name that ends in {' or '.join(endings)}.", as_json)
        if study is not None and same_file(target, study):
            fail(USAGE, f"{target} is the study itself. Fix: choose another name.", as_json)
        if any(same_file(target, other) for other in given[:at]):
            fail(USAGE, f"{target} is asked for twice. Fix: give each result a name of its own.", as_json)
    try:
        for target in given:
            writable(target)
    except CannotWrite as problem:
        fail(CANNOT_WRITE, str(problem), as_json)


def warnings(*found: Sequence[Problem]) -> list[Problem]:
    """The warnings among problems, each once."""
    return list(dict.fromkeys(p for problems in found for p in problems if p.severity == "warning"))


def warn(found: Sequence[Problem], path: Path) -> None:
    """What is worth knowing of a study that is solved all the same, at most WARNED lines of it."""
    for problem in found[:WARNED]:
        print(f"warning {problem}", file=sys.stderr)
    if len(found) > WARNED:
        print(f"... and {len(found) - WARNED} more warnings: planner check {path}", file=sys.stderr)


def as_object(p: Problem) -> dict[str, str]:
    """A problem as `--json` prints it."""
    return {
        "sheet": p.sheet,
        "cell": p.cell,
        "value": p.value,
        "problem": p.problem,
        "fix": p.fix,
        "severity": p.severity,
    }


def bad_input(problems: list[Problem], path: Path, as_json: bool) -> NoReturn:
    """Say what is wrong with a study and leave."""
    if as_json:
        printed({"problems": [as_object(p) for p in problems if p.severity == "error"]})
    else:
        show(problems, path)
    raise typer.Exit(INPUT)


def printed(what: Any) -> None:
    """One JSON object, or a list of them, on stdout."""
    print(json.dumps(what, indent=1))


def fail(code: int, text: str, as_json: bool, leave: bool = False) -> NoReturn:
    """Say what went wrong and leave with its code."""
    print(f"planner: {text}", file=sys.stderr)
    if as_json:
        printed({"status": "error", "problems": [{"sheet": "", "cell": "", "value": "", "problem": text, "fix": ""}]})
    if leave:
        sys.exit(code)
    raise typer.Exit(code)

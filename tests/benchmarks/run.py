"""Where the time goes, as tables: `python -m tests.benchmarks.run [--size 6,000 60,000 600,000] [--only NAME ...]`.

Run by hand on a quiet machine; every measurement has a process of its own. Peers that are not installed are left out
(`pip install -e '.[bench]'`). Without --size, all three; the whole takes about ten minutes, most of it for the methods of
solving that lose.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks import measure
from tests.benchmarks.generate import SIZES

Found = dict[str, Any]
PYOMO_AT_MOST = 600_000  # columns
RUNS = 5  # processes of which the median counts
LINE = "start of Python and imports", "read", "resolve", "compile", "scale and pass", "HiGHS", "HiGHS: ties", "check"
AFTER = "result tables", "write the report"


def measured(name: str, argument: str = "") -> Found | None:
    """The numbers of `measure.<name>(argument)` in a fresh process; None where it fails, with its reason on stderr."""
    code = (
        "import sys, json; from tests.benchmarks import measure; "
        "print(json.dumps(getattr(measure, sys.argv[1])(sys.argv[2])))"
    )
    command = [sys.executable, "-c", code, name, argument, repr(time.time())]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    if done.returncode:
        print(f"{name} {argument}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return None
    found: Found = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def typical(runs: int, *named: tuple[str, str]) -> list[Found]:
    """Medians of several processes of each kind, one of each in turn, so that a busy minute is everybody's."""
    found: list[list[Found]] = [[] for _ in named]
    for _ in range(runs):
        for kind, (name, argument) in zip(found, named, strict=True):
            one = measured(name, argument)
            assert one is not None
            kind.append(one)
    return [{key: statistics.median(one[key] for one in kind) for key in kind[0]} for kind in found]


def table(title: str, head: list[str], rows: list[list[object]]) -> None:
    """Print rows in columns, numbers to three digits."""
    text = [head, *([cell if isinstance(cell, str) else f"{cell:.3g}" for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in text) for i in range(len(head))]
    print(f"\n{title}")
    for row in text:
        print("  " + "  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))))  # fmt: skip
    sys.stdout.flush()


def build(sizes: list[str]) -> None:
    """Tables -> LP in HiGHS, against the same by hand, in plain Pyomo and in linopy."""
    steps, against = [], []
    per_column: dict[str, Found] = {}
    for size in sizes:
        ours, hand = typical(RUNS, ("ours", size), ("by_hand", size))
        pyomo = measured("plain_pyomo", size) if int(size.replace(",", "")) <= PYOMO_AT_MOST else None
        linopy = measured("linopy", size)
        named = "resolve", "algebra", "compile", "pass"
        whole, bare = ours["whole"], hand["whole"]
        per_column[size] = {step: ours[step] / ours["columns"] for step in named} | {"whole": whole / ours["columns"]}
        steps.append(
            [f"{ours['columns']:,.0f} columns", *(ours[step] for step in named), whole, hand["build"], hand["pass"]]
        )
        against.append([
            size, whole / bare, (ours["algebra"] + ours["compile"]) / hand["build"], f"{ours['MB']:.0f} / {hand['MB']:.0f}", ours["MB"] / hand["MB"],
            ((ours["resolve"] + pyomo["build"]) / whole) if pyomo else "-",
            ((linopy["build"] + linopy["file"]) / whole) if linopy else "-",
            ((linopy["build"] + linopy["pass"]) / whole) if linopy else "-",
            ((linopy["build"] + linopy["pass"]) / (whole - ours["resolve"])) if linopy else "-",
        ])  # fmt: skip
    head = ["", "resolve", "algebra", "compile", "scale+pass", "whole", "by hand: build", "pass"]
    table("Tables -> LP in HiGHS [s]", head, steps)
    head = [
        "columns",
        "x by hand",
        "compile x by hand",
        "peak MB ours/by hand",
        "x",
        "Pyomo / ours",
        "linopy by file / ours",
        "directly / ours",
        "directly / ours from index tables",
    ]
    table(
        "The same as ratios (Pyomo: index tables, its rules, its matrix; linopy: from resolved arrays to HiGHS)",
        head,
        against,
    )
    pairs = list(itertools.pairwise(sizes))
    if pairs:
        rows: list[list[object]] = [
            [f"{b} against {a}", *(per_column[b][s] / per_column[a][s] for s in per_column[a])] for a, b in pairs
        ]
        table("Time per column, as a ratio", ["", *per_column[sizes[0]]], rows)


def road(sizes: list[str]) -> None:
    """Workbook to certified plan, against HiGHS alone on the matrix made by hand."""
    rows = []
    for size in sizes:
        ours, hand = typical(RUNS, ("road", size), ("by_hand", size))
        assert abs(ours["objective"] / hand["objective"] - 1) < 1e-8
        rows.append([size, *(ours[s] for s in ("read", "build", "solve", "check", "tables", "whole")), hand["solve"], ours["whole"] / hand["solve"], f"{ours['MB']:.0f}"])  # fmt: skip
    head = ["columns", "read", "build", "solve", "check", "result tables", "whole", "HiGHS alone", "ratio", "MB"]
    table("Workbook -> certified plan and its tables [s]", head, rows)


def base(_: list[str]) -> None:
    """The base study step by step, against the bare import of the libraries; `planner --help`."""
    line, starts = typical(RUNS, ("line", ""), ("starts", ""))
    line["start of Python and imports"] += line["imports"]
    steps = (*LINE, *AFTER)
    rows: list[list[object]] = [
        [step, line[step], sum(line[s] for s in steps[: at + 1])] for at, step in enumerate(steps)
    ]
    table("The base study [s]", ["", "step", "sum"], rows)
    other = sum(line[s] for s in steps if not s.startswith("HiGHS"))
    plan = sum(line[s] for s in LINE if not s.startswith("HiGHS"))
    told = plan + line["result tables"]
    bare = starts["bare imports"]
    table("Against the bare import of the libraries", ["", "seconds", "ratio"], [
        ["bare import of pandas, pyomo.environ, highspy and the Excel libraries", bare, 1.0],
        ["all but HiGHS, to the certified plan", plan, plan / bare],
        ["all but HiGHS, to the result tables", told, told / bare],
        ["all but HiGHS, to the written report", other, other / bare],
        [f"XlsxWriter's bare loop over the report's {line['cells']:,.0f} cells", line["bare loop"], line["bare loop"] / bare],
        ["planner --help", starts["help"], starts["help"] / bare],
        ["python -c pass", starts["python"], starts["python"] / bare],
    ])  # fmt: skip


def excel(_: list[str]) -> None:
    """Reading 100,000 rows and writing 200,000, against the libraries alone."""
    read, write = measured("reading"), measured("writing")
    assert read is not None and write is not None
    table("Reading 100,000 rows of 8 cells [s of processor]", ["", "seconds", "ratio"], [[k, v, v / read["calamine"]] for k, v in read.items()])  # fmt: skip
    table("Writing 200,000 rows of 6 cells [s of processor]", ["", "seconds", "ratio"], [[k, v, v / write["bare loop"]] for k, v in write.items()])  # fmt: skip


def neighbours(_: list[str]) -> None:
    """Ten scenarios of the base study from its base plan, against cold."""
    found = measured("neighbours")
    assert found is not None
    rows: list[list[object]] = [
        [n, f["cold"], f["near"], f["near"] / f["cold"], f"{f['cold steps']:,}", f"{f['near steps']:,}", f["cost differs by"], f["flows differ by"]]
        for n, f in found.items()
    ]  # fmt: skip
    head = ["scenario", "cold [s]", "near [s]", "ratio", "steps cold", "near", "cost differs", "flows differ"]
    table("From the base plan's basis: matrix to plan, ties included", head, rows)


def ways(sizes: list[str]) -> None:
    """Methods and options of HiGHS, on the base study and the generated sizes."""
    columns = ["base", *sizes]
    found = [measured("ways", name) or {} for name in columns]
    rows: list[list[object]] = []
    for way in found[0]:
        cells: list[object] = [way]
        for one in found:
            n = one.get(way)
            wrong = n is not None and n["solved"] and not n["cost differs by"] < 1e-6
            cells.append("-" if n is None else f"> {n['seconds']:.0f}" if not n["solved"] else f"{n['seconds']:.2f}" + (" (!)" if wrong else ""))  # fmt: skip
        rows.append(cells)
    table("HiGHS alone [s]; > where its time was up, (!) where its cost is off by more than 1e-6", ["", *columns], rows)


PARTS: dict[str, Callable[[list[str]], None]] = {
    "build": build, "road": road, "base": base, "excel": excel, "neighbours": neighbours, "ways": ways,
}  # fmt: skip


def main() -> None:
    """Print every table asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--size", nargs="+", choices=SIZES, default=list(SIZES), help="columns of the generated studies"
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="tables to print")
    given = parser.parse_args()
    print(f"{os.cpu_count()} cores; {measure.versions()}")
    for name in given.only:
        PARTS[name](given.size)


if __name__ == "__main__":
    main()

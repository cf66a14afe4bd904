"""What `run.py` measures, one function each. Every one runs in a process of its own, so that its memory is its own.

Each returns numbers by name: seconds, counts, megabytes.
"""

from __future__ import annotations

import gc
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.generate import SIZES, tables, workbook, world

Numbers = dict[str, float]
BASE = Path(__file__).parents[2] / "inputs" / "base.xlsx"
BARE = "import pandas, pyomo.environ, highspy, openpyxl, python_calamine, xlsxwriter"
TEN = (
    "drc-cobalt-shock", "indonesia-no-ban", "zimbabwe-ore-ban", "no-min-use", "crma-65",
    "demand-low", "decoupling", "quartz-duty-off", "south-africa-pgm-shock", "ga-ge-ban",
)  # fmt: skip


@contextmanager
def timed(seconds: Numbers, step: str) -> Iterator[None]:
    """Adds the time of a block."""
    start = time.perf_counter()
    yield
    seconds[step] = seconds.get(step, 0.0) + time.perf_counter() - start


def peak() -> float:
    """Most memory this process ever held [MB]."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1e6 if platform.system() == "Darwin" else 1e3)


def best(tries: int, once: Callable[[Numbers], None]) -> Numbers:
    """The fastest of several runs, step by step."""
    found: list[Numbers] = []
    for _ in range(tries):
        found.append({})
        once(found[-1])
    return {step: min(run[step] for run in found) for step in found[0]}


# Tables -> LP in HiGHS -------------------------------------------------------------------------------------------------


def ours(size: str) -> Numbers:
    """Our road from typed tables to the LP in HiGHS; the peak is that of the first run."""
    import models
    from planner.compile import compile_model
    from planner.engine import Engine

    given = tables(world(SIZES[size]))
    before = peak()
    most: list[float] = []
    shape: list[int] = []

    def once(seconds: Numbers) -> None:
        with timed(seconds, "resolve"):
            data = models.index(given)
        with timed(seconds, "algebra"):
            model = models.build(data)
        with timed(seconds, "compile"):
            lp = compile_model(model, data.network.factor).lp
        with timed(seconds, "pass"):
            Engine(lp)
        shape[:] = lp.matrix.shape[1], lp.matrix.nnz
        most.append(peak())

    found = best(3, once)
    return found | {"whole": sum(found.values()), "columns": shape[0], "nonzeros": shape[1], "before MB": before, "MB": most[0]}  # fmt: skip


def by_hand(size: str) -> Numbers:
    """The same matrix written with numpy and scipy, and HiGHS alone on it."""
    from tests.benchmarks import by_hand as hand

    w = world(SIZES[size])
    before = peak()
    most: list[float] = []
    held: list[Any] = []

    def once(seconds: Numbers) -> None:
        held.clear()
        with timed(seconds, "build"):
            arrays = hand.build(w)
        with timed(seconds, "pass"):
            held.append(hand.highs(arrays))
        most.append(peak())

    found = best(3, once)
    found["whole"] = sum(found.values())
    with timed(found, "solve"):
        held[0].run()
    return found | {"objective": held[0].getInfo().objective_function_value, "before MB": before, "MB": most[0]}


def plain_pyomo(size: str) -> Numbers:
    """The same rules on filled Sets and Params, and Pyomo's own matrix writer, from the index tables."""
    import models
    from tests.benchmarks.plain_pyomo import build

    data = models.index(tables(world(SIZES[size])))
    found: Numbers = {}
    with timed(found, "build"):
        build(data)
    return found | {"MB": peak()}


def linopy(size: str) -> Numbers:
    """linopy: the same program to HiGHS by the file it writes unless told otherwise, and directly."""
    import highspy
    from linopy.io import to_highspy

    from tests.benchmarks.with_linopy import build

    w = world(SIZES[size])
    found: Numbers = {}
    with timed(found, "build"):
        model = build(w)
    with timed(found, "pass"):
        to_highspy(model)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program.lp"
        with timed(found, "file"):
            model.to_file(path, progress=False)
            reader = highspy.Highs()
            reader.setOptionValue("output_flag", False)
            reader.readModel(str(path))
    return found | {"MB": peak()}


# Workbook -> plan -----------------------------------------------------------------------------------------------------


def road(size: str) -> Numbers:
    """Workbook to certified plan and its result tables, beside HiGHS alone on the finished matrix."""
    import planner.checks
    import planner.cones
    import planner.results
    import planner.ties  # noqa: F401 (what `read` and `solve` import when first called is not their work)
    from planner.study import read, solve

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "study.xlsx"
        workbook(world(SIZES[size]), path)
        found: Numbers = {}
        with timed(found, "whole"):
            study = read(path)
            plan = solve(study)
            with timed(found, "tables"):
                rows = sum(len(frame) for frame in plan.tables.values())
    assert plan.status == "optimal", plan.status
    return found | plan.seconds | {"objective": plan.objective, "rows": rows, "MB": peak()}


def line(_: str) -> Numbers:
    """The base study step by step, from the start of Python to the written report; `sys.argv[-1]` is when it began."""
    found = {"start of Python and imports": time.time() - float(sys.argv[-1])}
    with timed(found, "imports"):
        from planner.cli import COLLECT

        gc.set_threshold(*COLLECT)
        exec(BARE)
        import planner.study

        models = planner.study.models
        from planner import cones
        from planner.certificate import certify
        from planner.compile import compile_model
        from planner.engine import Engine
        from planner.guard import guard
        from planner.publish import publish
        from planner.results import Plan
        from planner.ties import settle
    from python_calamine import CalamineWorkbook

    with timed(found, "read"):
        study = planner.study.read(BASE)
    with timed(found, "resolve"):
        data = models.index(study.tables)
    with timed(found, "compile"):
        model = models.build(data)
        made = compile_model(model, data.network.factor)
        guard(made.lp, data.network.names)
    with timed(found, "scale and pass"):
        engine = Engine(made.lp)
    assert cones.cones(data, made.lp) is None
    with timed(found, "HiGHS"):
        solution = engine.solve()
    with timed(found, "HiGHS: ties"):
        solution, _ = settle(made.lp, solution, data.network.names)
    with timed(found, "check"):
        certificate = certify(made.lp, solution, data.network.names)
    plan = Plan(data, model, made, solution, certificate, source=str(BASE))
    with timed(found, "result tables"):
        assert plan.tables
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.xlsx"
        with timed(found, "write the report"):
            publish(plan, path)
        sheets = [
            [[value for value in row if value != ""] for row in sheet.to_python()]
            for sheet in map(CalamineWorkbook.from_path(str(path)).get_sheet_by_index, range(len(plan.tables)))
        ]
        found["cells"] = sum(len(row) for sheet in sheets for row in sheet)
        gc.collect()
        with timed(found, "bare loop"):
            bare_loop(sheets, Path(folder) / "bare.xlsx")
    return found


def command(code: str, *more: str) -> float:
    """Wall time of a fresh Python, best of five."""
    took = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, *(["-c", code] if code else []), *more], check=True, capture_output=True)
        took.append(time.perf_counter() - start)
    return min(took)


def starts(_: str) -> Numbers:
    """A bare Python, the bare import of the libraries, and `planner --help`."""
    return {"python": command("pass"), "bare imports": command(BARE), "help": command("", "-m", "planner", "--help")}


# Reading and writing --------------------------------------------------------------------------------------------------


def reading(_: str) -> Numbers:
    """100,000 rows of 8 cells: our guarded reader, typed tables, calamine alone, openpyxl alone (process time)."""
    import openpyxl
    import pandas as pd
    from python_calamine import CalamineWorkbook

    from planner.cells import read_cells
    from planner.template import write_study

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.xlsx"
        n = np.arange(100_000)
        frame = pd.DataFrame({
            "commodity": np.array([f"good {i % 40}" for i in n], object), "from": np.array([f"C{i % 80:02d}" for i in n], object),
            "to": np.array([f"C{i // 80 % 80:02d}" for i in n], object), "freight": n * 0.37, "loss": n % 7 / 100,
            "max": n * 1.5, "first year": 2025 + n % 10, "source": np.array([f"source {i % 200}" for i in n], object),
        })  # fmt: skip
        write_study({"Lanes": frame}, path)

        def once(seconds: Numbers) -> None:
            for name, task in (
                ("ours", lambda: read_cells(path)),
                ("calamine", lambda: CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Lanes").to_python()),
            ):
                start = time.process_time()
                task()
                seconds[name] = time.process_time() - start

        found = best(5, once)
        start = time.process_time()
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        assert sum(1 for _ in book["Lanes"].iter_rows(values_only=True)) > 100_000
        return found | {"openpyxl": time.process_time() - start}


def writing(_: str) -> Numbers:
    """200,000 result rows of 6 cells: our report's sheet against XlsxWriter's bare loop (process time)."""
    import pandas as pd

    from planner.report import write_report
    from planner.report.book import Book

    n = np.arange(200_000)
    frame = pd.DataFrame({
        "commodity": np.array([f"good {i % 40}" for i in n], object), "from": np.array([f"C{i % 80:02d}" for i in n], object),
        "to": np.array([f"C{i // 80 % 80:02d}" for i in n], object), "year": 2025 + n % 20, "quantity": n * 0.37 + 0.1, "cost": n * 1.7 + 0.3,
    })  # fmt: skip
    book = Book("t", "base", "optimal", "USD", "2025", "world", 0.0, 0.0, 0.0, 0.0, {"Trips": frame})
    with tempfile.TemporaryDirectory() as folder:

        def once(seconds: Numbers) -> None:
            start = time.process_time()
            write_report(book, Path(folder) / "ours.xlsx")
            seconds["ours"] = time.process_time() - start
            start = time.process_time()
            bare_loop([frame.itertuples(index=False)], Path(folder) / "bare.xlsx")
            seconds["bare loop"] = time.process_time() - start

        return best(2, once)


def bare_loop(sheets: Iterable[Iterable[Sequence[Any]]], path: Path) -> None:
    """Strings and numbers into cells, and nothing else."""
    import xlsxwriter

    book = xlsxwriter.Workbook(path)
    for rows in sheets:
        sheet = book.add_worksheet()
        for row, values in enumerate(rows):
            for column, value in enumerate(values):
                if type(value) is str:
                    sheet.write_string(row, column, value)
                else:
                    sheet.write_number(row, column, value)
    book.close()


# Solving --------------------------------------------------------------------------------------------------------------


def neighbours(_: str) -> dict[str, Numbers]:
    """Ten scenarios of the base study from the base plan, and cold: everything between the matrix and its plan."""
    from planner.study import read, solve, solve_all

    study = read(BASE)
    out: dict[str, Numbers] = {}
    for plan in solve_all(study, ["", *TEN]):
        if plan.scenario:
            cold = solve(study, plan.scenario)
            assert plan.status == cold.status == "optimal"
            out[plan.scenario] = {
                "cold": cold.seconds["solve"], "cold steps": cold.solution.iterations,
                "near": plan.seconds["solve"], "near steps": plan.solution.iterations,
                "cost differs by": abs(plan.objective / cold.objective - 1),
                "flows differ by": float(np.max(np.abs(plan.solution.x - cold.solution.x) / (1 + np.abs(cold.solution.x)))),
            }  # fmt: skip
    return out


WAYS: dict[str, dict[str, Any]] = {
    "presolve, dual simplex (ours)": {},
    "presolve, primal simplex": {"simplex_strategy": 4},
    "dual simplex, steepest edge": {"simplex_dual_edge_weight_strategy": 2},
    "dual simplex, Devex": {"simplex_dual_edge_weight_strategy": 1},
    "dual simplex, no presolve": {"presolve": "off"},
    "dual simplex, not scaled by HiGHS": {"simplex_scale_strategy": 0},
    "dual simplex, not scaled by us": {"ours": False},
    "interior point, crossover": {"solver": "ipm", "run_crossover": "on"},
    "interior point, no crossover": {"solver": "ipm", "run_crossover": "off"},
    "PDLP": {"solver": "pdlp"},
}


def ways(study: str) -> dict[str, Numbers]:
    """HiGHS' methods and options on one LP, each at most five times as long as ours and ten seconds."""
    from planner.engine import Engine
    from planner.scale import Scaling
    from planner.study import Study, compiled, read

    given = read(BASE) if study == "base" else Study(Path("study.xlsx"), tables(world(SIZES[study])), [], "")
    lp = compiled(given)[2].lp
    alone = Scaling(np.ones(lp.matrix.shape[0]), np.ones(lp.matrix.shape[1]), 1.0)
    out: dict[str, Numbers] = {}
    limit, right = 300.0, 0.0
    for name, options in WAYS.items():
        engine = Engine(lp, factors=None if options.get("ours", True) else alone)
        for option, value in ({"solver": "simplex"} | options).items():
            if option != "ours":
                engine._set(option, value)
        engine._set("time_limit", limit)
        start = time.perf_counter()
        engine._run()
        took = time.perf_counter() - start
        status = engine._highs.getModelStatus().name
        cost = engine._highs.getInfo().objective_function_value / engine._scaling.objective + lp.offset
        if not out:
            limit, right = 5 * took + 10, cost
        out[name] = {"seconds": took, "solved": float(status == "kOptimal"), "cost differs by": abs(cost / right - 1)}
    out["coarse years first"] = coarse(given, lp, limit) | {"solved": 1.0}
    out["coarse years first"]["cost differs by"] = abs(out["coarse years first"].pop("cost") / right - 1)
    return out


def coarse(study: Any, lp: Any, limit: float) -> Numbers:
    """Every fourth year solved, its basis copied to the years between, the dual simplex for the rest."""
    from models.schema import Tables
    from planner import neighbour
    from planner.engine import Engine
    from planner.study import Study, compiled

    sheets = Tables(dict(study.tables), study.tables.letters)
    sheets["Years"] = study.tables["Years"].iloc[::4].reset_index(drop=True)
    small = compiled(Study(study.path, sheets, [], ""))[2].lp
    found: Numbers = {}
    with timed(found, "seconds"):
        first = Engine(small).solve()
        assert first.basis is not None
        copied = [
            tuple(
                replace(run, codes=tuple(c // 4 if k in ("year", "decided", "before") else c for k, c in zip(run.dimensions, run.codes, strict=True)))
                for run in runs
            )
            for runs in (lp.rows, lp.columns)
        ]  # fmt: skip
        rows, columns = neighbour._matched(small.rows, copied[0], {}), neighbour._matched(small.columns, copied[1], {})
        plan = Engine(lp).solve(basis=neighbour._carried(first.basis, rows, columns), time_limit=limit)
    return found | {"cost": plan.objective}


def versions() -> str:
    """Of everything measured."""
    out = [f"Python {platform.python_version()}"]
    for name in (
        "pyomo",
        "highspy",
        "pandas",
        "numpy",
        "scipy",
        "python-calamine",
        "openpyxl",
        "xlsxwriter",
        "linopy",
        "xarray",
    ):
        try:
            out.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            out.append(f"no {name}")
    return ", ".join(out)

"""A plan as a report: gathers tables, names and the lines of `Run`, and writes the workbook in one piece."""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import models
from models.schema import Column
from planner.files import slug, write_atomically
from planner.report import write_report
from planner.report.book import Book
from planner.report.comparison import shortened
from planner.report.words import span
from planner.results import Plan

LIBRARIES = ("pyomo", "highspy", "pandas", "numpy", "scipy", "xlsxwriter")
NAMES = "Names"
NAMED = (
    Column("code", "code", "As the sheets write it."), Column("name", "text", "As the Summary and the charts write it."),
    Column("kind", "word", "place, commodity or process."), Column("unit", "text", "Unit of a commodity, or of a process's activity."),
)  # fmt: skip
OWN = "critical-minerals-planner"


def default_path(study: Path, scenarios: Sequence[str]) -> Path:
    """`reports/<study>-<scenario>.xlsx`, or `<study>-comparison.xlsx` for several."""
    name = "comparison" if len(scenarios) > 1 else scenarios[0] if scenarios and scenarios[0] else "base"
    return Path("reports") / f"{study.stem}-{slug(name)}.xlsx"


def publish(plan: Plan, path: Path) -> Path:
    """Write the report of one plan; returns where it went."""
    start = time.perf_counter()
    written = write_atomically(path, lambda to: write_report(book(plan), to))
    plan.seconds["report"] = time.perf_counter() - start
    plan.report = str(written)
    return written


def book(plan: Plan) -> Book:
    """What the report says about one plan."""
    n, s = plan.data.network, plan.data.network.settings
    return Book(
        title=s.title or Path(plan.source).stem, scenario=plan.scenario or "base", status=plan.status, currency=s.currency,
        price_year=s.price_year, focus=s.focus, objective=plan.objective, system_cost=plan.system_cost,
        unmet_value=plan.unmet_value, excess_value=plan.excess_value, tables=plan.tables | {NAMES: legend(plan)},
        columns={r.name: r.columns for r in models.REPORTS} | {NAMES: NAMED},
        docs={r.name: r.doc for r in models.REPORTS} | {NAMES: "What the codes of places, commodities and processes stand for."},
        names=readable(plan), units=dict(zip(n.commodities, n.units, strict=True)),
        activities=dict(zip(plan.data.tables["Processes"]["process"], plan.data.tables["Processes"]["unit"], strict=True)), run=run_lines(plan), notes=plan.notes,
    )  # fmt: skip


def readable(plan: Plan) -> dict[str, str]:
    """Codes of countries, commodities and processes with a name of their own."""
    out: dict[str, str] = {}
    for sheet in ("Processes", "Commodities", "Countries"):
        table = plan.data.tables[sheet]
        out |= {str(c): str(v) for c, v in zip(table.iloc[:, 0], table["name"], strict=True) if v}
    return out


def legend(plan: Plan) -> pd.DataFrame:
    """Every place, commodity and process with its name: code, name, kind, unit."""
    parts = []
    for sheet, kind in (("Countries", "place"), ("Commodities", "commodity"), ("Processes", "process")):
        table = plan.data.tables[sheet]
        code = table.iloc[:, 0]
        name = table["name"].where(table["name"] != "", code)
        parts.append(pd.DataFrame({"code": code, "name": name, "kind": kind, "unit": table.get("unit", "")}))
    return pd.concat(parts, ignore_index=True)


def run_lines(plan: Plan) -> list[tuple[str, object]]:
    """How the plan came about: input, model, solver, certificate, versions."""
    lp, c, n = plan.compiled.lp, plan.certificate, plan.data.network
    lines: list[tuple[str, object]] = [
        ("study", Path(plan.source).name), ("input sha256", plan.sha256), ("scenario", plan.scenario or "base"), ("status", plan.status),
        ("rows", lp.matrix.shape[0]), ("columns", lp.matrix.shape[1]), ("nonzeros", int(lp.matrix.nnz)),
        ("simplex iterations", plan.solution.iterations), ("HHI cuts", plan.cuts),
    ]  # fmt: skip
    if c is not None:
        figures = (("primal", c.primal), ("dual", c.dual), ("gap", c.gap))
        lines += [(f"certificate: {name}", float(f"{figure:.2g}")) for name, figure in figures]
    lines += [(f"seconds: {k}", round(v, 3)) for k, v in plan.seconds.items()]
    lines += [(f"version: {k}", version(k)) for k in LIBRARIES] + [("version: python", platform.python_version())]
    lines += [("solver says", text) for text in plan.solution.log] + [("warning", text) for text in plan.notes]
    built = plan.values("capacity.build")[1] > models.schema.TINY
    short = np.flatnonzero(built & (plan.data.capacity.inside < 0.25))
    site, decided = (k[short] for k in plan.data.capacity.builds.keys)
    lines += [
        ("builds with less than a quarter of their life inside the horizon", f"{n.sites[i]}, decided {span(n.years[decided[site == i]])}")
        for i in dict.fromkeys(site)
    ]  # fmt: skip
    return lines


def summary(plan: Plan) -> dict[str, Any]:
    """The object `--json` prints."""
    lp, c = plan.compiled.lp, plan.certificate
    solved = plan.solution.status == "optimal"
    return {
        "status": plan.status, "scenario": plan.scenario or "base",
        "objective": plan.objective if solved else None, "system_cost": plan.system_cost if solved else None,
        "unmet_value": plan.unmet_value if solved else None, "excess_value": plan.excess_value if solved else None,
        "currency": plan.data.network.settings.currency,
        "rows": lp.matrix.shape[0], "columns": lp.matrix.shape[1], "nonzeros": int(lp.matrix.nnz),
        "costs": plan.totals if solved else {}, "unmet": plan.unmet if solved else {},
        "seconds": {k: round(v, 4) for k, v in plan.seconds.items()},
        "certificate": {"primal": c.primal, "dual": c.dual, "gap": c.gap} if c is not None else None,
        "report": plan.report, "input_sha256": plan.sha256, "problems": [],
    }  # fmt: skip


COMPARED = (
    Column("scenario", "code", "Scenario."), Column("status", "word", "What the solver and the certificate say."),
    Column("objective", "number", "System cost + unmet value + excess value, discounted.", unit="cur"),
    Column("system cost", "number", "All but the two penalties.", unit="cur"),
    Column("unmet value", "number", "Value of unmet demand.", unit="cur"), Column("excess value", "number", "Cost of broken soft limits.", unit="cur"),
    Column("change of cost", "number", "System cost against the first scenario.", unit="cur"),
    Column("change of unmet value", "number", "Unmet value against the first scenario.", unit="cur"),
)  # fmt: skip


def compare(plans: Sequence[Plan], path: Path) -> Path:
    """Write one workbook that sets several scenarios side by side: headline figures, then every table with its scenario."""
    first = plans[0]
    head = pd.DataFrame(
        [
            (p.scenario or "base", p.status, p.objective, p.system_cost, p.unmet_value, p.excess_value,
             p.system_cost - first.system_cost, p.unmet_value - first.unmet_value)
            for p in plans
        ],
        columns=[c.name for c in COMPARED],
    )  # fmt: skip
    name = Column("scenario", "code", "Scenario.")
    tables = {"Comparison": head, NAMES: legend(first)}
    columns: dict[str, tuple[Column, ...]] = {"Comparison": COMPARED, NAMES: NAMED}
    for report in models.REPORTS:
        tables[report.name] = pd.concat(
            [p.tables[report.name].assign(scenario=p.scenario or "base") for p in plans], ignore_index=True
        )
        tables[report.name] = tables[report.name][["scenario", *(c.name for c in report.columns)]]
        columns[report.name] = (name, *report.columns)
    whole = book(first)
    both = Book(
        **{**whole.__dict__, "tables": tables, "columns": columns, "docs": {"Comparison": "Every scenario against the first one.", **whole.docs},
           "scenario": ", ".join(p.scenario or "base" for p in plans),
           "run": [(f"{p.scenario or 'base'}: {k}", v) for p in plans for k, v in run_lines(p)]},
    )  # fmt: skip
    written = write_atomically(path, lambda to: write_report(shortened(both), to))
    for plan in plans:
        plan.report = str(written)
    return written

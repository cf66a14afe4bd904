"""From a study workbook to certified plans: read, check, apply a scenario, build, solve, certify."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import models
from models.schema import Problem, Tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from models.symbolic import Model
    from planner.compile import Compiled
    from planner.neighbour import Neighbour
    from planner.results import Plan

BASE = "base"  # the study as it stands, unless a scenario has that name
TOLD = 5  # problems in the text of an exception


class BadInput(Exception):
    """The study has errors: `problems` names each with its cell and how to mend it."""

    def __init__(self, problems: list[Problem]) -> None:
        errors = list(map(str, _errors(problems)))
        more = f"... and {len(errors) - TOLD} more" if len(errors) > TOLD else ""
        said = "1 problem" if len(errors) == 1 else f"{len(errors)} problems"
        super().__init__("\n".join([f"{said} in the study", *errors[:TOLD], more]).rstrip())
        self.problems = problems


@dataclass
class Study:
    """A workbook read once: its typed tables and everything worth saying about them."""

    path: Path
    tables: Tables
    problems: list[Problem]
    sha256: str
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def errors(self) -> list[Problem]:
        """What keeps the study from being solved."""
        return _errors(self.problems)

    @property
    def scenarios(self) -> list[str]:
        """Names of the scenarios, in the order of their first rows."""
        return list(dict.fromkeys(self.tables["Scenarios"]["scenario"]))


def read(path: Path) -> Study:
    """Read and check a workbook; every problem is collected, none raised."""
    from planner.cells import read_cells
    from planner.checks import check
    from planner.files import sha256
    from planner.workbook import parse

    start = time.perf_counter()
    grids, problems = read_cells(path)
    if _errors(problems):
        return Study(path, Tables(), problems, "")
    tables, more = parse(grids)
    problems += more
    if not _errors(problems):
        problems += check(tables)
    return Study(path, tables, problems, sha256(path), {"read": time.perf_counter() - start})


def compiled(study: Study, scenario: str = "") -> tuple[models.Data, Model, Compiled]:
    """Index tables, algebra and arrays of one scenario. BadInput where the scenario or the study has errors."""
    from planner.compile import compile_model
    from planner.guard import guard

    if study.errors:
        raise BadInput(study.problems)
    tables, found = changed(study, scenario)
    if not _errors(found):
        data = models.index(tables)
        found += _brought(study, scenario, _errors(data.problems))
    if _errors(found):
        raise BadInput(found)
    data.problems[:0] = found
    model = models.build(data)
    made = compile_model(model, data.network.factor)
    with _figures(study, scenario):
        guard(made.lp, data.network.names)
    return data, model, made


def solve(
    study: Study, scenario: str = "", time_limit: float | None = None, say: Callable[[str], None] = lambda text: None
) -> Plan:
    """The cheapest plan of one scenario, with its certificate."""
    return _solve(study, scenario, time_limit, say, None, last=True)[0]


def solve_all(
    study: Study,
    scenarios: Sequence[str],
    time_limit: float | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Iterator[Plan]:
    """The plans of several scenarios, one after the other, each from the basis of the first where that is near.

    Always the first, so that a plan does not depend on which others stand between.
    """
    near = None
    for name in scenarios:
        last = near is not None or len(scenarios) == 1
        plan, found = _solve(study, name, time_limit, _prefixed(name or BASE, say), near, last)
        near = near or found
        yield plan


def _solve(
    study: Study,
    scenario: str,
    time_limit: float | None,
    say: Callable[[str], None],
    near: Neighbour | None,
    last: bool,
) -> tuple[Plan, Neighbour | None]:
    """A plan and, unless it is the `last` that matters, what others may start from."""
    from planner import cones
    from planner.certificate import certify
    from planner.engine import Engine
    from planner.neighbour import Neighbour, start
    from planner.results import Plan
    from planner.ties import settle

    seconds = dict(study.seconds)
    with _timed(seconds, "build"):
        say("building the model")
        data, model, made = compiled(study, scenario)
    lp, settings = made.lp, data.network.settings
    with _timed(seconds, "solve"):
        say(f"solving {lp.matrix.shape[1]:,} columns, {lp.matrix.shape[0]:,} rows")
        limit = time_limit if time_limit is not None else settings.time_limit
        begin = start(near, lp, data.network.names) if near is not None else None
        with _figures(study, scenario):
            if begin is not None and begin.engine is not None:
                engine = begin.engine  # its matrix is ours
                engine.change(lp)
            else:
                engine = Engine(lp, threads=settings.threads, progress=say)
        over = cones.cones(data, lp)
        basis, strategy = (begin.basis, begin.strategy) if begin is not None else (None, "dual")
        if over:
            solution = cones.solve(engine, over, limit, say, basis, strategy)
        else:
            solution = engine.solve(basis=basis, strategy=strategy, time_limit=limit, with_basis=not last)
        ties = None
        if solution.status == "optimal":
            near_ties = begin.ties if begin is not None and not over else None
            # Supplies under an HHI ceiling stay: cuts are only near their squares. All else is settled.
            solution, ties = settle(
                engine.lp, solution, data.network.names, near_ties, with_basis=not last, time_limit=limit, fixed=over.columns if over else None,
            )  # fmt: skip
        made = replace(made, lp=engine.lp)
    with _timed(seconds, "check"):
        certificate = certify(engine.lp, solution, data.network.names) if solution.status == "optimal" else None
        if certificate is not None and over and (broken := over.violation(solution.x)) > certificate.primal:
            certificate = replace(certificate, primal=broken, primal_at="an HHI ceiling")
    notes = [str(p) for p in (*study.problems, *data.problems) if p.severity == "warning"]
    plan = Plan(data, model, made, solution, certificate, over, scenario, seconds, notes, str(study.path), study.sha256)
    found = solution.basis if plan.status == "optimal" else None
    return plan, Neighbour(engine.lp, data.network.names, found, ties, engine) if found is not None else None


def _prefixed(name: str, say: Callable[[str], None]) -> Callable[[str], None]:
    return lambda text: say(f"{name}: {text}")


def changed(study: Study, scenario: str) -> tuple[Tables, list[Problem]]:
    """The tables as a scenario changes them, checked like an input, and what the study itself does not say of them."""
    if _is_base(study, scenario):
        return study.tables, []
    from planner.checks import check
    from planner.scenarios import apply

    tables, problems = apply(study.tables, [scenario], known=study.problems)
    if not _errors(problems):
        problems += _brought(study, scenario, check(tables))
    return tables, problems


def look_deeper(study: Study) -> list[Problem]:
    """What only the index tables show (ties of rules, rules that match nothing), in the study and in every scenario."""
    from planner.scenarios import brought

    base = models.index(study.tables).problems
    found = list(base)
    for name in study.scenarios:
        tables, problems = changed(study, name)
        if not _errors(problems):
            problems += brought([name], models.index(tables).problems, base)
        found += problems
    return list(dict.fromkeys(found))


def _brought(study: Study, scenario: str, problems: list[Problem]) -> list[Problem]:
    """What of these problems the study itself does not say; those of a scenario name it."""
    from planner.scenarios import brought

    return problems if _is_base(study, scenario) else brought([scenario], problems, study.problems)


def _is_base(study: Study, scenario: str) -> bool:
    return not scenario or (scenario == BASE and BASE not in study.scenarios)


def _errors(problems: list[Problem]) -> list[Problem]:
    return [p for p in problems if p.severity == "error"]


@contextmanager
def _figures(study: Study, scenario: str) -> Iterator[None]:
    """A number of the program that cannot be solved is a fault of the study's figures: BadInput names it."""
    from planner.guard import FigureError

    try:
        yield
    except FigureError as refused:
        fix = "Look at the figures, and the units, of what stands in brackets."
        said = (
            f"its figures make a program that cannot be solved safely: {line}." for line in str(refused).splitlines()
        )
        raise BadInput(_brought(study, scenario, [Problem("", "", "", text, fix) for text in said])) from refused


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[step] = seconds.get(step, 0.0) + time.perf_counter() - start

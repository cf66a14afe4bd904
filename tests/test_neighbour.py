"""A plan found from another plan's basis is the plan that is found cold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pandas as pd
import pytest

from planner import engine, neighbour
from planner.certificate import certify
from planner.engine import Engine, SolverError
from planner.linear import Basis, Labels, LinearProgram
from planner.neighbour import Neighbour, Start, start
from planner.study import BadInput, Study, compiled, read, solve, solve_all
from tests import random_changes as changes
from tests.random_worlds import Sheets, random_study, typed
from tests.small_lps import minerals, network
from tests.tutorial import PATH

ENDLESS = np.iinfo(np.int32).max  # no limit of steps
NAMES = {"lane": ["a", "b", "c"], "good": ["x", "y"]}


def labelled(*runs: tuple[str, list[tuple[int, int]]]) -> tuple[Labels, ...]:
    """Runs over (lane, good), one after the other."""
    out, at = [], 0
    for name, keys in runs:
        out.append(
            Labels(name, at, ("lane", "good"), tuple(np.array(part, np.int64) for part in zip(*keys, strict=True)))
        )
        at = out[-1].stop
    return tuple(out)


def program(rows: tuple[Labels, ...], columns: tuple[Labels, ...]) -> LinearProgram:
    """Labels matter here, numbers do not."""
    lp = minerals()
    free = [np.zeros(part[-1].stop) for part in (rows, columns)]
    matrix = type(lp.matrix)((rows[-1].stop, columns[-1].stop))
    return LinearProgram(free[1], 0.0, matrix, free[0], free[0], free[1], free[1], rows, columns)


def test_statuses_are_carried_by_label_and_what_is_new_starts_out_of_the_plan():
    """Run `ship` moves behind `make`, loses (b, x), gains (c, y); lane a is now called b, lane b a."""
    old = program(
        labelled(("pool", [(0, 0), (1, 0)])), labelled(("ship", [(0, 0), (1, 0), (2, 0)]), ("make", [(0, 1)]))
    )
    new = program(
        labelled(("pool", [(0, 0), (1, 0)]), ("cap", [(0, 0)])),
        labelled(("make", [(1, 1)]), ("ship", [(1, 0), (2, 0), (2, 1)])),
    )
    near = Neighbour(old, NAMES, Basis(np.array([1, 0, 2, 4], np.int8), np.array([0, 1], np.int8)))
    found = start(near, new, NAMES | {"lane": ["b", "a", "c"]})
    assert found is not None
    assert found.basis.columns.tolist() == [4, 1, 2, 0]
    assert found.basis.rows.tolist() == [1, 0, 1]
    assert found.strategy == "dual"
    assert found.engine is None


def test_names_that_do_not_tell_members_apart_carry_nothing():
    columns = labelled(("ship", [(0, 0), (1, 0)]))
    rows = labelled(("pool", [(k % 3, k // 3) for k in range(6)] * 10))
    old, new = program(rows, columns), program(rows, columns)
    near = Neighbour(old, NAMES, Basis(np.zeros(2, np.int8), np.ones(60, np.int8)))
    found = start(near, new, NAMES | {"lane": ["a", "a", "c"]})
    assert found is not None
    assert found.basis.columns.tolist() == [0, 0]


@pytest.mark.parametrize("change, strategy", [("cost", "primal"), ("row_lower", "dual"), ("col_upper", "dual")])
def test_where_the_matrix_stays_the_solver_does_too(change: str, strategy: str):
    lp = minerals()
    holder = Engine(lp)
    basis = holder.solve().basis
    assert basis is not None
    changed = replace(lp, offset=7.0, **{change: getattr(lp, change) * 1.01})
    found = start(Neighbour(lp, {}, basis, None, holder), changed, {})
    assert found == Start(found.basis, None, strategy, holder)  # type: ignore[union-attr]
    holder.change(changed)
    plan = holder.solve(basis=found.basis, strategy=found.strategy)  # type: ignore[union-attr]
    assert plan.objective == pytest.approx(Engine(changed).solve().objective, rel=1e-12)
    assert certify(changed, plan).ok


def test_a_neighbour_that_keeps_little_of_its_basis_is_no_start():
    lp = minerals()
    basis = Engine(lp).solve().basis
    assert basis is not None
    other = replace(lp, rows=tuple(replace(run, name="other") for run in lp.rows))
    assert start(Neighbour(lp, {}, basis), other, {}) is None


def test_a_basis_that_leads_nowhere_soon_is_given_up_for_a_cold_start(monkeypatch):
    lp = minerals()
    monkeypatch.setattr("planner.engine.STEPS", -len(lp.row_lower))
    bad = Basis(np.zeros(len(lp.cost), np.int8), np.ones(len(lp.row_lower), np.int8))
    assert Engine(lp).solve(basis=bad).objective == pytest.approx(Engine(lp).solve().objective, rel=1e-12)


def refused_when_gentle(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Lets every run from a given basis fail; returns the list of step limits with which the solver is then run."""
    limits: list[int] = []

    def run(highs: Any) -> Any:
        limits.append(highs.getOptionValue("simplex_iteration_limit")[1])
        return highspy.HighsStatus.kError if limits[-1] < ENDLESS else real(highs)

    real = engine._run
    monkeypatch.setattr(engine, "_run", run)
    return limits


def test_a_start_that_the_solver_refuses_is_followed_by_a_cold_one(monkeypatch: pytest.MonkeyPatch):
    """From its own optimal basis not a step would be needed; cold it takes as many as the first time, and no limit is left."""
    lp = network()
    cold = Engine(lp).solve()
    assert cold.basis is not None and cold.iterations > 0
    limits = refused_when_gentle(monkeypatch)
    warm = Engine(lp)
    found = warm.solve(basis=cold.basis)
    assert len(limits) == 2 and limits[0] < limits[1] == ENDLESS
    assert (found.status, found.iterations, found.objective) == ("optimal", cold.iterations, cold.objective)
    assert found.x.tolist() == cold.x.tolist() and found.row_dual.tolist() == cold.row_dual.tolist()
    assert found.log == ()
    # Perturbations are on again for whatever comes next.
    assert all(warm._highs.getOptionValue(name)[1] == 1.0 for name in engine.PERTURBATIONS)


def test_what_fails_cold_too_is_an_error(monkeypatch: pytest.MonkeyPatch):
    lp = minerals()
    basis = Engine(lp).solve().basis
    monkeypatch.setattr(engine, "_run", lambda highs: highspy.HighsStatus.kError)
    with pytest.raises(SolverError, match="kError without a reason"):
        Engine(lp).solve(basis=basis)


def test_scenarios_whose_start_fails_have_the_plan_they_have_alone(monkeypatch: pytest.MonkeyPatch):
    study, names = read(PATH), ["base", "no limit", "export ban"]
    alone = [solve(study, name) for name in names]
    monkeypatch.setattr(neighbour, "FAR", 10.0)
    limits = refused_when_gentle(monkeypatch)
    for plan, cold in zip(solve_all(study, names), alone, strict=True):
        assert plan.status == "optimal" and plan.certificate is not None and plan.certificate.ok
        assert plan.objective == pytest.approx(cold.objective, rel=1e-12)
        pd.testing.assert_frame_equal(plan["Shipments"], cold["Shipments"])
        pd.testing.assert_frame_equal(plan["Prices"], cold["Prices"])
    assert sum(limit < ENDLESS for limit in limits) >= 2


@pytest.mark.parametrize(
    "path, names",
    [
        (PATH, ["base", "no limit", "export ban"]),
        (PATH.parent / "base.xlsx", ["base", "drc-cobalt-shock", "quartz-duty-off", "demand-low", "hhi-2500"]),
    ],
)
def test_scenarios_of_a_study(path: Path, names: list[str]):
    study = read(path)
    plans = list(solve_all(study, names))
    for plan in plans[1:]:
        cold = solve(study, plan.scenario)
        assert plan.status == cold.status == "optimal"
        assert plan.objective == pytest.approx(cold.objective, rel=1e-9)


def _solved(sheets: Sheets, near: Neighbour | None) -> tuple[str, float, Neighbour | None] | None:
    """Status, objective and what others may start from; None for a study with errors."""
    tables, problems = typed(sheets)
    try:
        data, _, made = compiled(Study(Path("study.xlsx"), tables, problems, ""))
    except BadInput:
        return None
    begin = start(near, made.lp, data.network.names) if near is not None else None
    holder = Engine(made.lp)
    plan = holder.solve(basis=begin.basis, strategy=begin.strategy) if begin is not None else holder.solve()
    if plan.status == "optimal":
        assert certify(made.lp, plan).ok
    return plan.status, plan.objective, Neighbour(made.lp, data.network.names, plan.basis) if plan.basis else None


def test_random_studies_that_change(monkeypatch):
    """Whatever lies between the two, far neighbours included."""
    monkeypatch.setattr(neighbour, "FAR", 10.0)
    tried = 0
    for seed in range(40):
        first = random_study(seed)
        found = _solved(first, None)
        if found is None or found[2] is None:
            continue
        for other in (changes.dearer(first, 1.7), changes.loosened(first, seed), random_study(seed + 1)):
            cold, warm = _solved(other, None), _solved(other, found[2])
            if cold is not None and warm is not None:
                assert warm[0] == cold[0], seed
                assert warm[1] == pytest.approx(cold[1], rel=1e-9, nan_ok=True), seed
                tried += 1
    assert tried > 40

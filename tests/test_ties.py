"""Of plans that cost the same, every road takes the same one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from planner.certificate import certify
from planner.engine import Engine, SolverError
from planner.linear import Labels
from planner.study import BadInput, Study, compiled, read, solve, solve_all
from planner.ties import UNDECIDED, settle, weights
from tests.random_worlds import random_study, typed
from tests.small_lps import INF, network, program
from tests.tutorial import PATH


def test_a_tie_is_broken_and_the_price_stays():
    """Three equal ways to meet 10, at most 6 by each: the two lightest are taken, whatever the solver took."""
    lp = program([2, 2, 2], [[1, 1, 1]], [(10, INF)], [(0, 6)] * 3)
    light = np.argsort(weights(lp.columns, {}))
    for strategy in ("dual", "primal", "interior"):
        found = Engine(lp).solve(strategy=strategy)
        settled, _ = settle(lp, found, {})
        assert settled.x[light] == pytest.approx([6, 4, 0])
        assert settled.objective == found.objective == 20
        assert settled.row_dual.tolist() == [2]
        assert certify(lp, settled).ok


def test_roads_agree_on_a_degenerate_network():
    lp = network()
    ways = [settle(lp, Engine(lp).solve(strategy=strategy), {})[0] for strategy in ("dual", "primal", "interior")]
    for other in ways[1:]:
        np.testing.assert_allclose(other.x, ways[0].x, rtol=1e-7, atol=1e-7)
        assert other.objective == pytest.approx(ways[0].objective, rel=1e-9)


def test_a_cheaper_plan_is_no_tie():
    """The answer given is not optimal in truth: prices that fit no plan of its cost leave it as it is."""
    lp = program([2, 3], [[1, 1]], [(10, INF)])
    found = Engine(lp).solve()
    wrong = type(found)(**{**found.__dict__, "objective": 31.0})
    kept, basis = settle(lp, wrong, {})
    assert basis is None
    assert kept.x is wrong.x
    assert kept.objective == 31.0
    assert "ties were not broken" in kept.log[-1]


class Stubborn(Engine):
    """A solver that fails in one of its ways."""

    way = "error"

    def solve(self, **how: Any) -> Any:
        """As told."""
        if self.way == "error":
            raise SolverError("excessive dual values")
        found = super().solve(**how)
        return replace(found, status="time limit") if self.way == "limit" else replace(found, x=found.x + 1e-3)


@pytest.mark.parametrize("way", ["error", "limit", "off"])
def test_ties_that_cannot_be_broken_leave_the_plan_and_say_so(way: str, monkeypatch: pytest.MonkeyPatch):
    """Whatever fails, from a neighbour's basis or cold: refused, out of time, or off by a thousandth of a unit."""
    lp = program([2, 2, 2], [[1, 1, 1]], [(10, INF)], [(0, 6)] * 3)
    found = Engine(lp).solve()
    _, near = settle(lp, found, {})
    monkeypatch.setattr(Stubborn, "way", way)
    monkeypatch.setattr("planner.ties.Engine", Stubborn)
    for basis in (None, near):
        kept, left = settle(lp, found, {}, basis)
        assert left is None
        assert kept.x is found.x and kept.objective == found.objective
        assert kept.log == (*found.log, UNDECIDED)


def test_a_neighbours_basis_that_fails_is_followed_by_a_cold_start(monkeypatch: pytest.MonkeyPatch):
    lp = program([2, 2, 2], [[1, 1, 1]], [(10, INF)], [(0, 6)] * 3)
    found = Engine(lp).solve()
    settled, near = settle(lp, found, {})
    assert near is not None
    starts: list[bool] = []
    real = Engine.solve

    def solve_cold(self: Engine, **how: Any) -> Any:
        starts.append(how.get("basis") is not None)
        if starts[-1]:
            raise SolverError("excessive dual values")
        return real(self, **how)

    monkeypatch.setattr(Engine, "solve", solve_cold)
    again, _ = settle(lp, found, {}, near)
    assert starts == [True, False]
    assert again.x.tolist() == settled.x.tolist()
    assert UNDECIDED not in again.log


def test_weights_come_from_labels_alone():
    """The same members under other codes and in another order weigh the same; no two weigh alike."""
    codes = np.arange(20_000)
    run = Labels("ship", 0, ("lane", "year"), (codes // 100, codes % 100))
    names = {"lane": [f"l{i}" for i in range(200)]}
    w = weights((run,), names)
    assert len(set(w.tolist())) == len(codes)
    assert 1 <= w.min() < 1.001 and 1.999 < w.max() < 2
    assert abs(np.corrcoef(w[:-1], w[1:])[0, 1]) < 0.05
    backwards = Labels("ship", 0, ("lane", "year"), (199 - codes[::-1] // 100, codes[::-1] % 100))
    assert weights((backwards,), {"lane": names["lane"][::-1]})[::-1].tolist() == w.tolist()


def test_roads_agree_on_random_studies():
    tried = 0
    for seed in range(30):
        tables, problems = typed(random_study(seed))
        try:
            data, _, made = compiled(Study(Path("study.xlsx"), tables, problems, ""))
        except BadInput:
            continue
        found = [Engine(made.lp).solve(strategy=strategy) for strategy in ("dual", "primal", "interior")]
        if found[0].status != "optimal":
            continue
        plans = [settle(made.lp, plan, data.network.names)[0] for plan in found]
        scale = 1 + np.abs(plans[0].x)
        for plan in plans[1:]:
            assert plan.objective == pytest.approx(plans[0].objective, rel=1e-9)
            assert np.max(np.abs(plan.x - plans[0].x) / scale) < 1e-6, seed
        assert certify(made.lp, plans[0]).ok
        tried += 1
    assert tried > 10


def test_the_base_study_has_one_plan_whatever_was_solved_before():
    study = read(PATH.parent / "base.xlsx")
    near = list(solve_all(study, ["base", "drc-cobalt-shock", "no-min-use"]))
    for plan in near[1:]:
        cold = solve(study, plan.scenario)
        scale = 1 + np.abs(cold.solution.x)
        assert np.max(np.abs(plan.solution.x - cold.solution.x) / scale) < 1e-6
        assert plan.objective == pytest.approx(cold.objective, rel=1e-9)

"""The solver's door: what comes back is right, in workbook units, and "optimal" only when it is."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import replace

import highspy
import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from small_lps import INF, minerals, network, program

from planner.certificate import certify
from planner.engine import Engine, SolverError, solve
from planner.guard import GuardError
from planner.linear import Basis, Labels, Solution


def put(array, at, value):
    changed = array.copy()
    changed[at] = value
    return changed


def without_values(solution: Solution) -> bool:
    arrays = solution.x, solution.row_dual, solution.col_dual
    return np.isnan(solution.objective) and solution.basis is None and all(len(a) == 0 for a in arrays)


def test_plan_and_prices_by_hand():
    """See the docstring of `minerals`: 4e8 t beside 10 kg beside 0.5 GW."""
    found = solve(minerals())
    assert found.status == "optimal"
    assert np.allclose(found.x, [2.5e8, 1.5e8, 6, 4, 0.5], rtol=1e-12)
    assert np.allclose(found.row_dual, [45, 180_000, 803_600_000], rtol=1e-12)
    assert np.allclose(found.col_dual, [-15, 0, -30_000, 0, 0], atol=1e-9)
    assert np.isclose(found.objective, 14_651_620_000, rtol=1e-14)
    assert certify(minerals(), found).ok


def test_a_constant_cost_is_part_of_the_objective():
    found = solve(replace(minerals(), offset=5e9))
    assert np.isclose(found.objective, 19_651_620_000, rtol=1e-14)


@pytest.mark.parametrize("row", range(3))
def test_a_price_is_the_cost_of_one_more_unit(row):
    """Central differences of the optimal cost over a side, both with the plan's own basis optimal."""
    lp = minerals()
    step = [1e5, 0.01, 0.001][row]
    more, less = (solve(replace(lp, row_lower=put(lp.row_lower, row, lp.row_lower[row] + s))) for s in (step, -step))
    assert np.isclose(solve(lp).row_dual[row], (more.objective - less.objective) / (2 * step), rtol=1e-6)


@pytest.mark.parametrize("column", (0, 2))
def test_a_reduced_cost_is_the_cost_of_one_more_unit_of_a_bound(column):
    lp = minerals()
    step = [1e5, 0, 0.01][column]
    more, less = (
        solve(replace(lp, col_upper=put(lp.col_upper, column, lp.col_upper[column] + s))) for s in (step, -step)
    )
    assert np.isclose(solve(lp).col_dual[column], (more.objective - less.objective) / (2 * step), rtol=1e-6)


def test_price_of_an_upper_side_is_negative():
    """max 2x (min -2x) with x <= 3 as a row: one more unit of the side lowers the cost by 2."""
    found = solve(program([-2], [[1]], [(-INF, 3)]))
    assert found.objective == -6
    assert found.row_dual.tolist() == [-2]


@pytest.mark.parametrize("strategy", ("dual", "primal", "interior"))
def test_strategies_agree(strategy):
    lp = network()
    found = solve(lp, strategy=strategy)
    assert found.status == "optimal"
    assert found.iterations > 0
    assert np.isclose(found.objective, solve(lp).objective, rtol=1e-9)
    assert certify(lp, found).ok


def test_ten_kilograms_counted_in_megatonnes_are_delivered():
    """1e-8 Mt beside 400 Mt: HiGHS alone calls nothing at all optimal, being within its tolerance of 1e-7."""
    lp = program([50, 1e9], [[1, 0], [0, 1]], [(400, INF), (1e-8, INF)])
    raw = highspy.Highs()
    assert raw.setOptionValue("output_flag", False) == highspy.HighsStatus.kOk
    raw.addVars(1, np.zeros(1), np.full(1, INF))
    raw.changeColCost(0, 1e9)
    raw.addRow(1e-8, INF, 1, np.array([0]), np.ones(1))
    raw.run()
    assert raw.getModelStatus() == highspy.HighsModelStatus.kOptimal
    assert raw.getSolution().col_value[0] == 0.0  # the fault this test guards against is still there
    assert np.allclose(solve(lp).x, [400, 1e-8], rtol=1e-9, atol=0)


def test_a_spread_that_no_scaling_can_heal_is_solved_while_highs_reads_it_and_refused_beyond():
    """A grid of coefficients of 1e9 with one of 1e-9: HiGHS would drop it unseen."""
    for size, fine in ((3, True), (6, False)):
        grid = np.full((size, size), 1e9)
        grid[0, 0] = 1e-9
        lp = program([1.0] * size, grid.tolist(), [(1, INF)] * size)
        if fine:
            assert certify(lp, solve(lp)).ok
        else:
            with pytest.raises(
                GuardError, match=r"coefficient of column\[number 0\] in row\[number 0\] is .* after scaling"
            ):
                solve(lp)


# --- status -----------------------------------------------------------------------------------------------------------


def test_infeasible():
    found = solve(program([1, 1], [[1, 1]], [(3, INF)], [(0, 1), (0, 1)]))
    assert found.status == "infeasible"
    assert without_values(found)


def test_unbounded():
    """The second earns, but never runs ahead of the first: both grow along the ray."""
    found = solve(program([-1, -1], [[1, -1]], [(0, INF)]))
    assert found.status == "unbounded"
    assert without_values(found)
    x, y = found.ray
    assert x >= y >= 0 and x > 0
    assert len(solve(program([1], [[1]], [(1, INF)])).ray) == 0


@pytest.mark.parametrize(("needed", "word"), ((0, "unbounded"), (1, "infeasible")))
def test_presolve_that_cannot_tell_is_asked_again_without(needed, word):
    """z lowers the cost without end; x1 > x2 > x3 > x1 cannot be. Presolve may stop at z, the simplex decides."""
    circle = [[1, -1, 0, 0], [0, 1, -1, 0], [-1, 0, 1, 0]]
    engine = Engine(program([1, 1, 1, -1], circle, [(needed, INF)] * 3))
    assert engine._highs.setOptionValue("allow_unbounded_or_infeasible", True) == highspy.HighsStatus.kOk
    answers = []
    status = engine._highs.getModelStatus
    engine._highs.getModelStatus = lambda: answers.append(status()) or answers[-1]
    assert engine.solve().status == word
    assert answers[0] == highspy.HighsModelStatus.kUnboundedOrInfeasible
    assert engine._highs.getOptionValue("presolve")[1] == "choose"


def test_time_limit_has_no_values():
    """HiGHS marks its zeros valid all the same."""
    found = solve(network(60), time_limit=0.0)
    assert found.status == "time limit"
    assert without_values(found)


def test_time_limit_counts_each_solve_alone():
    """HiGHS' clock runs on over the solves of one object: a limit once spent must not stop the next solve."""
    engine = Engine(network())
    engine.solve()
    spent = engine._highs.getRunTime()
    assert spent > 0
    engine.solve(time_limit=100.0)
    assert engine._highs.getOptionValue("time_limit")[1] == spent + 100.0
    engine.solve()
    assert engine._highs.getOptionValue("time_limit")[1] == INF


def test_goes_on_after_a_time_limit():
    engine = Engine(network(60))
    assert engine.solve(time_limit=0.0).status == "time limit"
    found = engine.solve()
    assert found.status == "optimal"
    assert certify(engine.lp, found).ok


def test_no_rows():
    """Each column goes to its cheaper bound."""
    found = solve(program([1, -1], np.zeros((0, 2)).tolist(), [], [(2, 9), (0, 5)]))
    assert (found.status, found.objective, found.x.tolist()) == ("optimal", -3.0, [2.0, 5.0])
    assert found.row_dual.shape == (0,)
    assert solve(program([1, -1], np.zeros((0, 2)).tolist(), [])).status == "unbounded"


def test_no_columns():
    """HiGHS calls both "empty"."""
    fine = program([], [[]], [(-1, 1)], offset=4)
    found = solve(fine)
    assert (found.status, found.objective, found.row_dual.tolist()) == ("optimal", 4.0, [0.0])
    assert certify(fine, found).ok
    assert solve(program([], [[]], [(1, 2)])).status == "infeasible"
    assert solve(program([], np.zeros((0, 0)).tolist(), [])).status == "optimal"


def test_an_empty_row_that_asks_for_something_is_infeasible():
    assert solve(program([1], [[1], [0]], [(1, INF), (1, INF)])).status == "infeasible"


# --- talking ----------------------------------------------------------------------------------------------------------


def test_warnings_are_kept_and_nothing_else():
    spread = program([1e6, 1e-9], [[1, 0], [0, 1]], [(1, INF), (1, INF)])
    assert any("small costs" in line for line in solve(spread).log)
    assert solve(minerals()).log == ()
    engine = Engine(spread)
    assert engine.solve().log == engine.solve().log != ()


def test_progress_hears_the_solver():
    heard: list[str] = []
    assert solve(network(), progress=heard.append).status == "optimal"
    assert any("Presolving" in line for line in heard)


def test_nothing_is_printed():
    """Not even HiGHS' banner, which comes once per process: so in a fresh one."""
    code = "import sys; sys.path[:0] = ['.', 'tests']; import small_lps; from planner.engine import solve; "
    code += "solution = solve(small_lps.minerals()); sys.exit(solution.status != 'optimal')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_ctrl_c_stops_the_solver_and_the_engine_stays_usable():
    hit = []

    def interrupt(line: str) -> None:
        if not hit:
            hit.append(line)
            signal.raise_signal(signal.SIGINT)
            deadline = time.monotonic() + 30
            while not engine._wire.stop and time.monotonic() < deadline:  # until the engine has heard of it
                time.sleep(0.01)

    engine = Engine(network(), progress=interrupt)
    with pytest.raises(KeyboardInterrupt):
        engine.solve()
    # In presolve HiGHS leaves the status unset, later it says that it was interrupted.
    unfinished = highspy.HighsModelStatus.kNotset, highspy.HighsModelStatus.kInterrupt
    assert engine._highs.getModelStatus() in unfinished
    assert engine.solve().status == "optimal"


def test_a_refused_option_or_strategy_is_an_error():
    engine = Engine(minerals())
    with pytest.raises(SolverError):
        engine._set("presolve", "perhaps")
    with pytest.raises(KeyError):
        engine.solve(strategy="guess")


def test_what_the_solver_holds_is_counted():
    engine = Engine(minerals())
    engine._count()
    engine.lp = program([1], [[1]], [(0, 1)])
    with pytest.raises(SolverError, match=r"\(3, 5, 6\) rows, columns and nonzeros, but was given \(1, 1, 1\)"):
        engine._count()


def test_threads_may_differ_between_solves():
    """HiGHS refuses that within one thread."""
    assert [solve(network(), threads=count).status for count in (1, 2, 1)] == ["optimal"] * 3


# --- from a basis -----------------------------------------------------------------------------------------------------


def test_own_basis_needs_no_iteration():
    lp = network()
    cold = solve(lp)
    assert cold.iterations > 0
    warm = solve(lp, basis=cold.basis)
    assert warm.iterations == 0
    assert np.isclose(warm.objective, cold.objective, rtol=1e-12)
    assert (warm.basis.columns == cold.basis.columns).all()
    assert (warm.basis.rows == cold.basis.rows).all()


def test_a_neighbour_s_basis_saves_iterations():
    lp = network()
    cold = solve(lp)
    near = replace(lp, row_lower=put(lp.row_lower, 35, lp.row_lower[35] + 1))
    warm = solve(near, basis=cold.basis)
    assert warm.iterations < cold.iterations / 4
    assert np.isclose(warm.objective, solve(near).objective, rtol=1e-10)
    assert certify(near, warm).ok


def test_a_basis_that_does_not_fit_the_program_is_repaired_or_refused():
    lp = network(8)
    best = solve(lp).objective
    every = Basis(np.ones(64, np.int8), np.ones(16, np.int8))  # all basic
    none = Basis(np.full(64, 2, np.int8), np.zeros(16, np.int8))  # at upper bounds that do not exist
    for basis in (every, none):
        found = solve(lp, basis=basis)
        assert np.isclose(found.objective, best, rtol=1e-10)
        assert certify(lp, found).ok
    with pytest.raises(SolverError):
        solve(lp, basis=Basis(np.ones(3, np.int8), np.ones(16, np.int8)))


def test_engine_changes_costs_bounds_and_sides():
    """After each change the answer is that of a new engine, and the engine's program certifies it."""
    draw = np.random.default_rng(4)
    engine = Engine(network(12))
    engine.solve()
    for name, low, high in (
        ("cost", 1, 9),
        ("col_upper", 3, 9),
        ("col_lower", 0, 0.1),
        ("row_lower", 0, 3),
        ("row_upper", 30, 60),
    ):
        array = draw.uniform(low, high, len(getattr(engine.lp, name)))
        engine.update(**{name: array})
        assert (getattr(engine.lp, name) == array).all()
        found, cold = engine.solve(strategy="primal" if name == "cost" else "dual"), solve(engine.lp)
        assert found.status == "optimal"
        assert np.isclose(found.objective, cold.objective, rtol=1e-10)
        assert certify(engine.lp, found).ok


def test_a_refused_change_leaves_the_engine_as_it_was():
    engine = Engine(minerals())
    with pytest.raises(GuardError):
        engine.update(cost=np.array([30, np.nan, 1, 1, 1]))
    assert (engine.lp.cost == minerals().cost).all()
    assert np.isclose(engine.solve().objective, 14_651_620_000, rtol=1e-14)


def test_added_rows_cut_the_plan_and_restart_from_its_basis():
    """At most 1e8 t of bauxite from GN: 1.5e8 t more from AU, 15 USD/t dearer each; price of the new side -15."""
    engine = Engine(minerals())
    before = engine.solve()
    cut = sp.csr_array(np.array([[1.0, 0, 0, 0, 0]]))
    engine.add_rows(cut, np.array([-INF]), np.array([1e8]), Labels("cut", 3, ("number",), (np.arange(1),)))
    after = engine.solve()
    assert np.allclose(after.x, [1e8, 3e8, 6, 4, 0.5], rtol=1e-12)
    assert np.isclose(after.objective - before.objective, 1.5e8 * 15, rtol=1e-12)
    assert np.isclose(after.row_dual[3], -15, rtol=1e-12)
    assert after.iterations <= 2
    assert engine.lp.matrix.shape == (4, 5)
    assert certify(engine.lp, after).ok


def test_many_cuts_agree_with_a_cold_solve():
    draw = np.random.default_rng(5)
    engine = Engine(network(12))
    plan = engine.solve(with_basis=False)
    assert plan.basis is None
    for _ in range(5):
        direction = np.where(draw.random(144) < 0.3, draw.uniform(1e-3, 1e3, 144), 0.0)
        rows = engine.lp.matrix.shape[0]
        label = Labels("cut", rows, ("number",), (np.zeros(1, np.int64),))
        side = np.array([0.999 * float(direction @ plan.x)])
        engine.add_rows(sp.csr_array(direction[None, :]), np.array([-INF]), side, label)
        plan = engine.solve()
        cold = solve(engine.lp)
        assert plan.status == cold.status == "optimal"
        assert np.isclose(plan.objective, cold.objective, rtol=1e-9)
        assert certify(engine.lp, plan).ok
        assert plan.iterations < cold.iterations


# --- against another solver's door ------------------------------------------------------------------------------------


@st.composite
def programs(draw):
    """Small programs with every kind of side and bound; some infeasible, some unbounded."""
    rows, columns = draw(st.integers(1, 5)), draw(st.integers(1, 6))
    small = st.integers(-4, 4).map(float)
    matrix = [draw(st.lists(small, min_size=columns, max_size=columns)) for _ in range(rows)]

    def limits(kinds):
        kind, at, wide = draw(st.sampled_from(kinds)), draw(small), draw(st.integers(0, 5))
        return {
            "=": (at, at),
            ">": (at, INF),
            "<": (-INF, at),
            "<>": (at, at + wide),
            "free": (-INF, INF),
            "+": (0.0, INF),
        }[kind]

    sides = [limits(["=", ">", "<", "<>", "free"]) for _ in range(rows)]
    bounds = [limits(["+", "+", "+", "<>", ">", "<", "free"]) for _ in range(columns)]
    cost = draw(st.lists(small, min_size=columns, max_size=columns))
    return program(cost, matrix, sides, bounds, offset=draw(small))


@settings(deadline=None, max_examples=300)
@given(programs())
def test_agrees_with_scipy(lp):
    found = solve(lp)
    dense = lp.matrix.toarray()
    upper, lower = np.isfinite(lp.row_upper), np.isfinite(lp.row_lower)
    other = linprog(
        lp.cost,
        A_ub=np.vstack([dense[upper], -dense[lower]]),
        b_ub=np.concatenate([lp.row_upper[upper], -lp.row_lower[lower]]),
        bounds=np.column_stack([lp.col_lower, lp.col_upper]),
    )
    feasible = linprog(
        np.zeros_like(lp.cost),
        A_ub=np.vstack([dense[upper], -dense[lower]]),
        b_ub=np.concatenate([lp.row_upper[upper], -lp.row_lower[lower]]),
        bounds=np.column_stack([lp.col_lower, lp.col_upper]),
    )
    if other.status == 0:
        assert found.status == "optimal"
        assert np.isclose(found.objective, other.fun + lp.offset, rtol=1e-9, atol=1e-9)
        assert certify(lp, found).ok
    else:
        assert found.status == ("unbounded" if feasible.status == 0 else "infeasible")

"""The certificate proves sound plans and rejects every corrupted one, on large markets and on tiny ones alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from small_lps import INF, NAMES, minerals, network, program

from planner.certificate import Certificate, certify
from planner.engine import solve
from planner.linear import LinearProgram, Solution


def put(array, at, value):
    changed = array.copy()
    changed[at] = value
    return changed


def by_hand() -> Solution:
    """The plan of `minerals`, from its docstring: no solver."""
    x = np.array([2.5e8, 1.5e8, 6.0, 4.0, 0.5])
    price = np.array([45.0, 180_000.0, 8e8 + 20 * 180_000.0])
    reduced = np.array([30 - 45, 0, 150_000 - 180_000, 0, 0.0])
    return Solution("optimal", 14_651_620_000.0, x, price, reduced, None, 0, 0.0, ())


def test_the_plan_by_hand_is_proven():
    certificate = certify(minerals(), by_hand())
    assert certificate.ok
    assert max(certificate.primal, certificate.dual, certificate.gap) < 1e-12


# Each on the large market (bauxite: row 0, columns 0 and 1) and on the tiny one (iridium: row 1, columns 2 and 3).
LARGE, TINY = 0, 1


def flow(lp: LinearProgram, plan: Solution, market: int):
    """One unit in 100,000 is not delivered."""
    at = 1 + 2 * market
    return lp, replace(plan, x=put(plan.x, at, plan.x[at] * (1 - 1e-5)))


def dual(lp: LinearProgram, plan: Solution, market: int):
    """A price is off by one part in 10,000."""
    return lp, replace(plan, row_dual=put(plan.row_dual, market, plan.row_dual[market] * 1.0001))


def reduced_cost(lp: LinearProgram, plan: Solution, market: int):
    """A reduced cost is reported off by one percent."""
    at = 2 * market
    return lp, replace(plan, col_dual=put(plan.col_dual, at, plan.col_dual[at] * 1.01))


def bound(lp: LinearProgram, plan: Solution, market: int):
    """The cheap source can in truth give one percent less."""
    at = 2 * market
    return replace(lp, col_upper=put(lp.col_upper, at, lp.col_upper[at] * 0.99)), plan


def loose_bound(lp: LinearProgram, plan: Solution, market: int):
    """The cheap source can in truth give one percent more, so that a cheaper plan exists."""
    at = 2 * market
    return replace(lp, col_upper=put(lp.col_upper, at, lp.col_upper[at] * 1.01)), plan


def cost(lp: LinearProgram, plan: Solution, market: int):
    """The dear source costs in truth one part in 10,000 more."""
    at = 1 + 2 * market
    return replace(lp, cost=put(lp.cost, at, lp.cost[at] * 1.0001)), plan


def swapped_row(lp: LinearProgram, plan: Solution, market: int):
    """Two rows have changed places, with their sides."""
    order = np.array([[1, 0, 2], [0, 2, 1]][market])
    matrix = sp.csc_array(sp.csr_array(lp.matrix)[order])
    matrix.sort_indices()
    return replace(lp, matrix=matrix, row_lower=lp.row_lower[order]), plan


def scaled_column(lp: LinearProgram, plan: Solution, market: int):
    """A column is in truth counted in another unit: its value in thousands."""
    at = 1 + 2 * market
    factor = np.ones(len(lp.cost))
    factor[at] = 1000.0
    return replace(lp, matrix=sp.csc_array(lp.matrix @ sp.diags_array(factor)), cost=lp.cost * factor), plan


def objective(lp: LinearProgram, plan: Solution, market: int):
    """The reported cost is off by one part in 100,000."""
    return lp, replace(plan, objective=plan.objective * (1 + 1e-5 * (-1) ** market))


CORRUPTIONS = (flow, dual, reduced_cost, bound, loose_bound, cost, swapped_row, scaled_column, objective)


@pytest.mark.parametrize("market", (LARGE, TINY))
@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda f: f.__name__)
def test_each_corruption_is_rejected(corruption, market):
    assert not certify(*corruption(minerals(), by_hand(), market)).ok


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda f: f.__name__)
def test_a_corrupted_network_is_rejected(corruption):
    """The same faults where a plan of 64 lanes hides them; the lane and the row are ones in use."""
    lp = network(8)
    plan = solve(lp)
    assert certify(lp, plan).ok
    used = int(np.argmax(plan.x))
    row = int(lp.matrix.indices[lp.matrix.indptr[used] + 1])  # where it arrives
    assert plan.row_dual[row] > 0
    other = (row + 1) % 8 + 8
    order = np.arange(16)
    order[[row, other]] = other, row
    factor = put(np.ones(64), used, 1000.0)
    swapped = sp.csc_array(sp.csr_array(lp.matrix)[order])
    swapped.sort_indices()
    broken = {
        flow: (lp, replace(plan, x=put(plan.x, used, plan.x[used] * (1 - 1e-4)))),
        dual: (lp, replace(plan, row_dual=put(plan.row_dual, row, plan.row_dual[row] * 1.001))),
        reduced_cost: (lp, replace(plan, col_dual=plan.col_dual + 0.01)),
        bound: (replace(lp, col_upper=put(lp.col_upper, used, plan.x[used] * 0.99)), plan),
        loose_bound: (replace(lp, row_lower=put(lp.row_lower, row, lp.row_lower[row] * 0.99)), plan),
        cost: (replace(lp, cost=put(lp.cost, used, lp.cost[used] * 1.001)), plan),
        swapped_row: (replace(lp, matrix=swapped), plan),
        scaled_column: (
            replace(lp, matrix=sp.csc_array(lp.matrix @ sp.diags_array(factor)), cost=lp.cost * factor),
            plan,
        ),
        objective: (lp, replace(plan, objective=plan.objective + 0.01)),
    }
    assert not certify(*broken[corruption]).ok


def test_the_worst_row_and_column_are_named():
    short = certify(*flow(minerals(), by_hand(), TINY), NAMES)
    assert short.primal_at == "balance.use[iridium]"
    over = certify(*bound(minerals(), by_hand(), LARGE), NAMES)
    assert over.primal_at == "trade.ship[bauxite, GN]"
    dear = certify(*cost(minerals(), by_hand(), TINY), NAMES)
    assert dear.dual_at == "trade.ship[iridium, RU]"
    assert "trade.ship[iridium, RU]" in str(dear)


def test_a_feasible_plan_that_is_not_the_cheapest_is_rejected():
    """All bauxite from AU: feasible, dearer; its own prices do not prove it."""
    plan = by_hand()
    x = np.array([0.0, 4e8, 6.0, 4.0, 0.5])
    dearer = replace(plan, x=x, objective=float(minerals().cost @ x))
    certificate = certify(minerals(), dearer)
    assert certificate.primal < 1e-12
    assert not certificate.ok


def test_prices_on_sides_that_do_not_exist_or_are_not_reached_prove_nothing():
    """min x, x >= 1 and x <= 5 as rows: price (1, 0); the optimum is 1."""
    lp = program([1], [[1], [1]], [(1, INF), (-INF, 5)], [(-INF, INF)])
    plan = Solution("optimal", 1.0, np.array([1.0]), np.array([1.0, 0.0]), np.array([0.0]), None, 0, 0.0, ())
    assert certify(lp, plan).ok
    assert not certify(lp, replace(plan, row_dual=np.array([0.0, 1.0]))).ok
    at_five = replace(plan, x=np.array([5.0]), objective=5.0)
    assert not certify(lp, at_five).ok
    assert not certify(lp, replace(at_five, row_dual=np.array([0.0, 1.0]))).ok
    assert not certify(lp, replace(plan, row_dual=np.zeros(2), col_dual=np.array([1.0]))).ok


@pytest.mark.parametrize(
    ("side", "bound", "cost", "value", "price", "reduced"),
    (
        ((1, INF), (0, INF), 1, 5.0, 1.0, 0.0),  # a lower side that 5 does not reach
        ((-INF, 5), (0, INF), -1, 1.0, -1.0, 0.0),  # an upper side that 1 does not reach
        ((-INF, INF), (1, INF), 1, 5.0, 0.0, 1.0),  # the same as bounds
        ((-INF, INF), (0, 5), -1, 1.0, 0.0, -1.0),
    ),
)
def test_a_wrong_plan_in_a_small_market_does_not_hide_behind_a_large_one(side, bound, cost, value, price, reduced):
    """4 USD too dear beside 1e12: the duality gap cannot see it, the slack of a priced side can."""
    lp = program([1e9, cost], [[1, 0], [0, 1]], [(1000, INF), side], [(0, INF), bound])
    x, prices = np.array([1000.0, value]), np.array([1e9, price])
    plan = Solution("optimal", 1e12 + cost * value, x, prices, np.array([0.0, reduced]), None, 0, 0.0, ())
    wrong = certify(lp, plan)
    assert wrong.gap < 1e-6
    assert wrong.primal < 1e-6
    assert not wrong.ok
    right = put(x, 1, 6.0 - value)
    assert certify(lp, replace(plan, x=right, objective=1e12 + cost * right[1])).ok


def test_a_money_unit_of_billions_does_not_hide_a_wrong_price():
    lp = replace(minerals(), cost=minerals().cost / 1e9)
    plan = by_hand()
    plan = replace(plan, objective=plan.objective / 1e9, row_dual=plan.row_dual / 1e9, col_dual=plan.col_dual / 1e9)
    assert certify(lp, plan).ok
    assert not certify(*dual(lp, plan, LARGE)).ok
    assert not certify(*dual(lp, plan, TINY)).ok


@pytest.mark.parametrize("name", ("x", "row_dual", "col_dual"))
@pytest.mark.parametrize("value", (np.nan, np.inf))
def test_values_that_are_no_numbers_prove_nothing(name, value):
    plan = by_hand()
    assert not certify(minerals(), replace(plan, **{name: put(getattr(plan, name), 0, value)})).ok


def test_a_solution_without_values_proves_nothing():
    empty = np.zeros(0)
    assert not certify(minerals(), Solution("time limit", np.nan, empty, empty, empty, None, 0, 0.0, ())).ok
    assert not certify(minerals(), replace(by_hand(), objective=np.nan)).ok
    assert not Certificate(0.0, np.nan, 0.0).ok


def test_programs_without_rows_or_columns():
    none = np.zeros(0)
    free = program([1, -1], np.zeros((0, 2)).tolist(), [], [(2, INF), (0, 5)], offset=10)
    plan = Solution("optimal", 7.0, np.array([2.0, 5.0]), none, np.array([1.0, -1.0]), None, 0, 0.0, ())
    assert certify(free, plan).ok
    assert not certify(free, replace(plan, x=np.array([2.0, 4.0]), objective=8.0)).ok
    empty = program([], [[]], [(0, 1)], offset=3)
    assert certify(empty, Solution("optimal", 3.0, none, np.zeros(1), none, None, 0, 0.0, ())).ok
    unmet = program([], [[]], [(1, 2)], offset=3)
    assert not certify(unmet, Solution("optimal", 3.0, none, np.zeros(1), none, None, 0, 0.0, ())).ok


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_every_move_off_the_optimum_is_rejected(seed):
    """A unique optimum (random costs) moved along any feasible or infeasible direction is no longer proven."""
    draw = np.random.default_rng(seed)
    lp = network(6, seed=int(draw.integers(1000)))
    plan = solve(lp)
    assert certify(lp, plan).ok
    moved = plan.x + draw.choice([0.0, 0.01], len(plan.x), p=[0.8, 0.2])
    if (moved != plan.x).any():
        assert not certify(lp, replace(plan, x=moved, objective=float(lp.cost @ moved))).ok

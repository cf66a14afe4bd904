"""Scaling brings GW, tonnes and kilograms near 1 and changes neither the optimum nor a digit of the data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from small_lps import INF, minerals, network, program

from planner.certificate import certify
from planner.engine import solve
from planner.linear import LinearProgram
from planner.scale import scaling


def other_units(lp: LinearProgram, rows: np.ndarray, columns: np.ndarray) -> LinearProgram:
    """The same problem with each row and each column counted in another unit."""
    matrix = sp.csc_array(sp.diags_array(rows) @ lp.matrix @ sp.diags_array(1 / columns))
    matrix.sort_indices()
    return replace(
        lp,
        cost=lp.cost / columns,
        matrix=matrix,
        row_lower=lp.row_lower * rows,
        row_upper=lp.row_upper * rows,
        col_lower=lp.col_lower * columns,
        col_upper=lp.col_upper * columns,
    )


def test_factors_are_powers_of_two():
    factors = scaling(minerals())
    every = np.concatenate([factors.rows, factors.columns, [factors.objective]])
    assert (np.frexp(every)[0] == 0.5).all()


def test_scaled_numbers_and_values_are_near_one():
    lp = minerals()
    factors = scaling(lp)
    scaled = factors.scale(lp)
    assert np.abs(np.log10(np.abs(scaled.matrix.data))).max() < 1.5
    sides = np.concatenate([scaled.row_lower, scaled.col_upper])
    sides = sides[np.isfinite(sides) & (sides != 0)]
    assert (sides > 1).all()
    assert (sides < 1e3).all()
    values = solve(lp).x / factors.columns
    assert (values > 1).all()
    assert (values < 1e3).all()
    assert np.abs(np.log10(scaled.cost)).max() < 5


def test_scale_reaches_far_down_a_chain():
    """A demand of 4e8 at the far end of ten links, none of which says how large its flow is, beside one of 10."""
    for demand in (4e8, 10.0):
        matrix = np.eye(10) - np.eye(10, k=1)
        sides = [(0.0, INF)] * 9 + [(demand, INF)]
        lp = program([1.0] * 10, matrix.tolist(), sides)
        values = demand / scaling(lp).columns
        assert values.max() < 1e4
        assert values.min() > 1


def test_open_sides_stay_open_and_the_constant_is_left_out():
    lp = replace(minerals(), offset=7.0)
    scaled = scaling(lp).scale(lp)
    assert (np.isinf(scaled.row_upper) == np.isinf(lp.row_upper)).all()
    assert (np.isinf(scaled.col_upper) == np.isinf(lp.col_upper)).all()
    assert scaled.offset == 0.0


def test_scale_and_back_is_exact():
    lp = minerals()
    factors = scaling(lp)
    scaled = factors.scale(lp)
    draw = np.random.default_rng(2)
    x, y, d = draw.normal(size=5), draw.normal(size=3), draw.normal(size=5)
    back, price, reduced = factors.unscale(x / factors.columns, y, d)
    assert (back == x).all()
    assert np.allclose(lp.matrix @ back, scaled.matrix @ (x / factors.columns) / factors.rows, rtol=1e-15)
    # c - A'y means the same in both units
    assert np.allclose(
        (lp.cost - lp.matrix.T @ price) * factors.columns * factors.objective,
        scaled.cost - scaled.matrix.T @ y,
        rtol=1e-12,
    )
    assert (reduced * factors.columns * factors.objective == d).all()


def test_programs_without_rows_columns_or_costs():
    for lp in (
        program([1, 0], np.zeros((0, 2)).tolist(), []),
        program([], [[]], [(0, 1)]),
        program([0], [[2]], [(0, 1)]),
    ):
        factors = scaling(lp)
        scaled = factors.scale(lp)
        assert np.isfinite(factors.rows).all()
        assert np.isfinite(factors.columns).all()
        assert factors.objective > 0
        assert scaled.matrix.shape == lp.matrix.shape


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_units_do_not_change_the_plan(seed):
    """Random units over eight powers of ten for goods (rows and their columns): same cost, certified."""
    draw = np.random.default_rng(seed)
    lp = network(8, seed=3)
    rows = 10.0 ** draw.uniform(-4, 4, lp.matrix.shape[0])
    columns = 10.0 ** draw.uniform(-4, 4, lp.matrix.shape[1])
    base, same = solve(lp), other_units(lp, rows, columns)
    found = solve(same)
    assert found.status == "optimal"
    assert np.isclose(found.objective, base.objective, rtol=1e-9)
    assert certify(same, found).ok

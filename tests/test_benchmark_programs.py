"""The programs that the benchmark compares are one program, and it prints what it measures. (Smallest size, no times.)"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import models
from planner.study import Study, compiled
from tests.benchmarks import by_hand, plain_pyomo, run
from tests.benchmarks.generate import SIZES, tables, workbook, world
from tests.benchmarks.measure import TEN

SIZE = "6,000"


@cache
def _ours():
    return compiled(Study(Path("study.xlsx"), tables(world(SIZES[SIZE])), [], ""))[2].lp


def test_by_hand_is_our_program_row_by_row():
    lp, hand = _ours(), by_hand.build(world(SIZES[SIZE]))
    hand.matrix.sum_duplicates()
    hand.matrix.eliminate_zeros()
    assert hand.matrix.shape == lp.matrix.shape
    difference = abs(hand.matrix - lp.matrix)
    assert difference.nnz == 0 or difference.max() <= 1e-9
    for name in ("cost", "row_lower", "row_upper", "col_upper"):
        np.testing.assert_allclose(getattr(hand, name), getattr(lp, name), rtol=1e-9, atol=1e-9, err_msg=name)
    assert hand.offset == pytest.approx(lp.offset)


def test_plain_pyomo_makes_as_many_coefficients():
    """That they are the same ones, test_compile shows on other studies."""
    form = plain_pyomo.build(models.index(tables(world(SIZES[SIZE]))))
    matrix = form.A.copy()
    matrix.eliminate_zeros()
    assert matrix.nnz == _ours().matrix.nnz


def test_linopy_has_the_same_optimum():
    pytest.importorskip("linopy")
    from linopy.io import to_highspy

    from tests.benchmarks import with_linopy

    theirs, hand = to_highspy(with_linopy.build(world(SIZES[SIZE]))), by_hand.highs(by_hand.build(world(SIZES[SIZE])))
    theirs.setOptionValue("output_flag", False)
    theirs.run()
    hand.run()
    offset = by_hand.build(world(SIZES[SIZE])).offset
    costs = [h.getInfo().objective_function_value for h in (theirs, hand)]
    assert costs[0] == pytest.approx(costs[1] - offset, rel=1e-9)


def test_the_generated_workbook_reads_as_its_tables(tmp_path):
    from planner.study import read

    workbook(world(SIZES[SIZE]), tmp_path / "study.xlsx")
    lp = compiled(read(tmp_path / "study.xlsx"))[2].lp
    assert abs(lp.matrix - _ours().matrix).nnz == 0
    np.testing.assert_allclose(lp.cost, _ours().cost, rtol=1e-12)


def test_a_table_is_printed(capsys, monkeypatch):
    """Two steps of one size, each in its own process."""
    monkeypatch.setattr(run, "RUNS", 1)
    run.build([SIZE])
    printed = capsys.readouterr().out
    assert "Tables -> LP in HiGHS" in printed
    assert f"{_ours().matrix.shape[1]:,} columns" in printed


def test_the_ten_neighbours_are_scenarios_of_the_base_study():
    from planner.study import read

    assert len(set(TEN)) == 10
    assert set(TEN) <= set(read(Path(__file__).parent.parent / "inputs" / "base.xlsx").scenarios)

"""What is written as .mps or .lp reads back as the same program, under the names of the workbook."""

from __future__ import annotations

from dataclasses import replace

import highspy
import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from small_lps import INF, NAMES, minerals, program

from planner.engine import solve
from planner.export import unique_names, write_lp, write_mps
from planner.linear import Labels, LinearProgram
from tests.test_engine import programs

FORMATS = {"mps": write_mps, "lp": write_lp}


def read_back(lp: LinearProgram, kind: str, folder) -> highspy.Highs:
    path = folder / f"program.{kind}"
    FORMATS[kind](lp, NAMES, path)
    highs = highspy.Highs()
    assert highs.setOptionValue("output_flag", False) == highspy.HighsStatus.kOk
    assert highs.readModel(str(path)) == highspy.HighsStatus.kOk, path.read_text()
    return highs


def arrays(highs: highspy.Highs):
    """The program HiGHS holds: cost, offset, dense matrix, sides, bounds."""
    held = highs.getLp()
    matrix = sp.csc_array(
        (held.a_matrix_.value_, held.a_matrix_.index_, held.a_matrix_.start_), shape=(held.num_row_, held.num_col_)
    )
    if held.a_matrix_.format_ == highspy.MatrixFormat.kRowwise:
        matrix = sp.csr_array(
            (held.a_matrix_.value_, held.a_matrix_.index_, held.a_matrix_.start_), shape=(held.num_row_, held.num_col_)
        )
    sides = held.row_lower_, held.row_upper_, held.col_lower_, held.col_upper_
    return [held.col_cost_, [held.offset_], matrix.toarray(), *sides]


def every_kind() -> LinearProgram:
    """Every kind of row and of bound, an empty row, an empty column, a constant, numbers with all their digits."""
    return program(
        cost=[1 / 3, -2.5e-7, 0, 4e11, 5, 0, 1, 2],
        matrix=[
            [1, 1, 0, 0, 0, 0, 0, 0.1],  # =
            [0, 1 / 3, 1, 0, 0, 0, 0, 0],  # >=
            [0, 0, 1, -2e-9, 0, 0, 0, 0],  # <=
            [0, 0, 0, 1, 1e9, 0, 0, 0],  # range
            [1, 1, 1, 1, 1, 0, 1, 1],  # no side: left out
            [0, 0, 0, 0, 0, 0, 0, 0],  # empty
            [1, 0, 0, 0, 0, 0, -1, 0],  # range around 0
        ],
        rows=[(7, 7), (-3, INF), (-INF, 1e12), (2, 5), (-INF, INF), (-1, 4), (-2.5, 2)],
        columns=[(0, INF), (-INF, INF), (-INF, 5), (2, 2), (-4, INF), (-3, 8), (0, 9), (-7, -6)],
        offset=-12.345678901234567,
    )


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("lp", (minerals(), every_kind()), ids=("minerals", "every kind"))
def test_every_number_reads_back(lp, kind, tmp_path):
    """In .lp files, a row with two sides has become two rows."""
    rows = []
    for low, high, terms in zip(lp.row_lower, lp.row_upper, lp.matrix.toarray(), strict=True):
        two = kind == "lp" and -INF < low < high < INF
        sides = [(low, INF), (-INF, high)] if two else [(low, high)]
        rows += [(*side, terms) for side in sides if side != (-INF, INF)]
    lower, upper, matrix = (np.array(part) for part in zip(*rows, strict=True))
    wanted = [lp.cost, [lp.offset], matrix, lower, upper, lp.col_lower, lp.col_upper]
    for found, value in zip(arrays(read_back(lp, kind, tmp_path)), wanted, strict=True):
        assert np.array_equal(found, value)


@pytest.mark.parametrize("kind", FORMATS)
def test_names_are_those_of_the_workbook(kind, tmp_path):
    held = read_back(minerals(), kind, tmp_path).getLp()
    ships = [
        f"trade.ship.{c}.{k}" for c, k in (("bauxite", "GN"), ("bauxite", "AU"), ("iridium", "ZA"), ("iridium", "RU"))
    ]
    assert held.col_names_ == [*ships, "capacity.build.electrolyser"]
    assert held.row_names_ == ["balance.use.bauxite", "balance.use.iridium", "balance.use.electrolyser"]


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_optimum(kind, tmp_path):
    highs = read_back(replace(minerals(), offset=1e9), kind, tmp_path)
    highs.run()
    assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    assert np.isclose(highs.getInfo().objective_function_value, 15_651_620_000, rtol=1e-12)


@settings(deadline=None, max_examples=60)
@given(lp=programs())
def test_any_program_has_the_same_optimum(lp, tmp_path_factory):
    for kind in FORMATS:
        highs = read_back(lp, kind, tmp_path_factory.mktemp("export"))
        highs.run()
        found, word = highs.getModelStatus(), solve(lp).status
        assert (found == highspy.HighsModelStatus.kOptimal) == (word == "optimal")
        if word == "optimal":
            assert np.isclose(highs.getInfo().objective_function_value, solve(lp).objective, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", FORMATS)
def test_awkward_names_are_cleaned_and_stay_apart(kind, tmp_path):
    codes = ["Côte d'Ivoire", "C_te d Ivoire", "C te d'Ivoire", "a+b:c<=3", "free", "\\ * $", "x" * 300, "x" * 301]
    lp = program([1.0] * 8, np.eye(8).tolist(), [(k + 1, INF) for k in range(8)])
    names = {"country": codes}
    lp = replace(
        lp,
        rows=(Labels("3e5.inf", 0, ("country",), (np.arange(8),)),),
        columns=tuple(
            Labels(name, 2 * at, ("country",), (np.array([2 * at, 2 * at + 1]),))
            for at, name in enumerate(("infinite", "e1", "nan.x", "st"))
        ),
    )
    path = tmp_path / f"program.{kind}"
    FORMATS[kind](lp, names, path)
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    assert highs.readModel(str(path)) == highspy.HighsStatus.kOk
    held = highs.getLp()
    assert len(set(held.col_names_)) == len(set(held.row_names_)) == 8
    assert held.col_names_ == unique_names(lp.columns, names)
    assert max(map(len, held.row_names_)) < 255
    highs.run()
    assert highs.getInfo().objective_function_value == sum(range(1, 9))


def test_codes_without_a_name_are_written_as_numbers():
    assert unique_names(minerals().columns, {})[:2] == ["trade.ship.0.0", "trade.ship.0.1"]
    assert unique_names(minerals().columns, {"commodity": ["Al ore"]})[:3] == [
        "trade.ship.Al_ore.0", "trade.ship.Al_ore.1", "trade.ship.1.2"
    ]  # fmt: skip


@pytest.mark.parametrize("kind", FORMATS)
def test_a_program_without_rows(kind, tmp_path):
    lp = program([1, -1], np.zeros((0, 2)).tolist(), [], [(2, 9), (0, 5)])
    highs = read_back(lp, kind, tmp_path)
    highs.run()
    assert highs.getInfo().objective_function_value == -3

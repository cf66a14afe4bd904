"""Numbers that HiGHS would silently misread are refused before it sees them, by name and value."""

from __future__ import annotations

from dataclasses import replace

import highspy
import numpy as np
import pytest
from small_lps import INF, NAMES, minerals, program

from planner.engine import solve
from planner.guard import SOLVER, GuardError, guard, label
from planner.linear import LinearProgram


def put(array, at, value):
    changed = array.copy()
    changed[at] = value
    return changed


def coefficient(value: float) -> LinearProgram:
    lp = minerals()
    matrix = lp.matrix.copy()
    matrix.data[2] = value  # of ship[iridium, ZA]
    return replace(lp, matrix=matrix)


def vector(name: str, at: int, value: float) -> LinearProgram:
    lp = minerals()
    return replace(lp, **{name: put(getattr(lp, name), at, value)})


FAULTS = {
    "NaN cost": (vector("cost", 1, np.nan), "cost of trade.ship[bauxite, AU] is nan"),
    "infinite cost": (vector("cost", 1, INF), "cost of trade.ship[bauxite, AU] is inf"),
    "cost of 1e20": (vector("cost", 1, 1e20), "cost of trade.ship[bauxite, AU] is 1e+20"),
    "NaN constant": (replace(minerals(), offset=np.nan), "constant cost is nan"),
    "NaN demand": (vector("row_lower", 0, np.nan), "lower limit of row balance.use[bauxite] is nan"),
    "demand of 1e21": (vector("row_lower", 0, 1e21), "lower limit of row balance.use[bauxite] is 1e+21"),
    "demand of 1e13": (vector("row_lower", 0, 1e13), "lower limit of row balance.use[bauxite] is 1e+13"),
    "infinite demand": (vector("row_lower", 0, INF), "lower limit of row balance.use[bauxite] is inf"),
    "upper side -inf": (vector("row_upper", 0, -INF), "upper limit of row balance.use[bauxite] is -inf"),
    "NaN bound": (vector("col_upper", 2, np.nan), "upper limit of column trade.ship[iridium, ZA] is nan"),
    "bound of 1e30": (vector("col_upper", 2, 1e30), "upper limit of column trade.ship[iridium, ZA] is 1e+30"),
    "bounds crossed": (vector("col_lower", 2, 7), "lower limit of column trade.ship[iridium, ZA] is 7"),
    "sides crossed": (vector("row_upper", 2, 0.4), "lower limit of row balance.use[electrolyser] is 0.5"),
    "NaN coefficient": (coefficient(np.nan), "coefficient of trade.ship[iridium, ZA] in balance.use[iridium] is nan"),
    "infinite coefficient": (coefficient(-INF), "trade.ship[iridium, ZA] in balance.use[iridium] is -inf"),
    "coefficient of 1e15": (coefficient(1e15), "trade.ship[iridium, ZA] in balance.use[iridium] is 1e+15"),
    "coefficient of 1e-10": (coefficient(1e-10), "trade.ship[iridium, ZA] in balance.use[iridium] is 1e-10"),
    "stored zero": (coefficient(0.0), "trade.ship[iridium, ZA] in balance.use[iridium] is 0"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_named(fault):
    lp, message = FAULTS[fault]
    with pytest.raises(GuardError) as refused:
        guard(lp, NAMES)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_reaches_the_solver(fault):
    with pytest.raises(GuardError):
        solve(FAULTS[fault][0])


def test_the_sound_program_passes():
    guard(minerals(), NAMES)
    guard(program([1], np.zeros((0, 1)).tolist(), []))


def test_all_kinds_of_fault_are_reported_each_with_its_count():
    lp = replace(minerals(), cost=np.array([1, np.nan, np.nan, np.nan, 1]))
    lp = replace(lp, row_lower=put(lp.row_lower, 0, 1e21))
    with pytest.raises(GuardError) as refused:
        guard(lp, NAMES)
    cost, side = str(refused.value).splitlines()
    assert cost.startswith("cost of trade.ship[bauxite, AU]")
    assert cost.endswith("(and 2 more)")
    assert side.startswith("lower limit of row balance.use[bauxite]")
    assert "more" not in side


def test_arrays_that_do_not_fit_the_matrix_are_refused():
    with pytest.raises(GuardError, match=r"cost has shape \(4,\)"):
        guard(replace(minerals(), cost=np.ones(4)))
    with pytest.raises(GuardError, match="labels of the columns do not cover 0 to 5"):
        guard(replace(minerals(), columns=minerals().columns[:1]))


def test_scaled_limits_are_where_highs_starts_to_misread():
    """The largest numbers that pass are solved as they stand; the guard is not wider than HiGHS."""
    for coefficient_, side in ((SOLVER.largest, SOLVER.largest), (SOLVER.smallest, SOLVER.smallest), (1.0, 1e19)):
        highs = highspy.Highs()
        assert highs.setOptionValue("output_flag", False) == highspy.HighsStatus.kOk
        assert highs.setOptionValue("small_matrix_value", 1e-12) == highspy.HighsStatus.kOk
        assert highs.addVar(0.0, highspy.kHighsInf) == highspy.HighsStatus.kOk
        assert (
            highs.addRow(side, highspy.kHighsInf, 1, np.array([0]), np.array([coefficient_])) == highspy.HighsStatus.kOk
        )
        assert highs.getNumNz() == 1
        assert highs.getLp().row_lower_[0] == side


def test_labels_show_names_where_known_and_codes_elsewhere():
    lp = minerals()
    assert label(lp.columns, 3, NAMES) == "trade.ship[iridium, RU]"
    assert label(lp.columns, 4, NAMES) == "capacity.build[electrolyser]"
    assert label(lp.columns, 3) == "trade.ship[commodity 1, from 3]"
    assert label(lp.columns, 3, {"from": ["GN"]}) == "trade.ship[commodity 1, from 3]"
    assert label(lp.columns, 9) == "number 9"

"""Plans against a second reading of the workbook, which shares no code with the model: every row and every cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.study import read, solve
from tests.second_model import check_plan

INPUTS = Path(__file__).parent.parent / "inputs"


@pytest.mark.parametrize("name", sorted(path.name for path in INPUTS.glob("*.xlsx")))
def test_shipped_studies(name: str) -> None:
    study = read(INPUTS / name)
    plan = solve(study)
    assert check_plan(study.tables, plan.tables, plan.objective) == []

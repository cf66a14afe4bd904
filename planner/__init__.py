"""planner: the cheapest sourcing and investment plan for critical minerals that a study allows.

import planner
plan = planner.solve("inputs/base.xlsx", scenario="drc-cobalt-shock")
plan.objective, plan["Shipments"]
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.results import Plan


def solve(path: str | Path, scenario: str = "", time_limit: float | None = None) -> Plan:
    """Solve one scenario of a study workbook.

    Raises planner.study.BadInput where the study has errors. `plan.status` is "optimal" only for a certified plan;
    `plan["Shipments"]` is a result table (DataFrame), `plan.objective` is discounted, in the study's currency.
    """
    from planner import study

    return study.solve(study.read(Path(path)), scenario, time_limit)

"""From a study written as text to its certified plan, for tests."""

from __future__ import annotations

from pathlib import Path

from planner.results import Plan
from planner.study import Study
from planner.study import solve as run
from tests.studies import read


def solved(text: str, status: str = "optimal") -> Plan:
    """The plan of a study written as text (tests.studies); asserts its status and that its costs add up."""
    tables, problems = read(text)
    plan = run(Study(Path("study.xlsx"), tables, [p for p in problems if "missing" not in p.problem], ""))
    assert plan.status == status
    if status == "optimal":
        scale = 1 + sum(abs(v) for v in plan.totals.values())
        assert abs(sum(plan.totals.values()) - plan.objective) <= 1e-9 * scale
    return plan


def flows(plan: Plan, sheet: str, value: str, *keys: str) -> dict[object, float]:
    """A result table as {key or tuple of keys: value}, rounded to 1e-6."""
    frame = plan[sheet]
    names = [tuple(row) if len(keys) > 1 else row[0] for row in frame[list(keys)].itertuples(index=False)]
    return {k: round(float(v), 6) for k, v in zip(names, frame[value], strict=True)}

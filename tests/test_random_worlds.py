"""Random studies: the plan against a second reading, its cost against another solver, and what must not change it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from models.schema import Tables
from planner.results import Plan
from planner.study import BadInput, Study, solve
from tests import random_changes as changes
from tests.plain_lp import cheapest
from tests.random_worlds import Sheets, picture, random_study, typed
from tests.second_model import check_plan
from tests.workers import spread

CHUNKS, EACH = 6, 50


def plan_of(tables: Tables) -> Plan | None:
    """The plan of a study; None where it has errors."""
    try:
        return solve(Study(Path("study.xlsx"), tables, [], ""))
    except BadInput:
        return None


def disagreements(seed: int) -> tuple[str, list[str]]:
    """How a random study ends, and all on which the two readings of it disagree; a third may have ceilings on HHI."""
    sheets = random_study(seed, ceilings=seed % 3 == 0)
    tables, problems = typed(sheets)
    plan = None if problems else plan_of(tables)
    if plan is None:
        return "refused", []
    found = []
    if "Concentration" not in sheets:
        other = cheapest(tables)
        if other.status != plan.status:
            found.append(f"{plan.status}, by the second reading {other.status}")
        elif plan.status == "optimal" and abs(other.objective - plan.objective) > 1e-6 * (1 + abs(plan.objective)):
            found.append(f"costs {plan.objective:.9g}, by the second reading {other.objective:.9g}")
    if plan.status == "optimal":
        found += check_plan(tables, plan.tables, plan.objective)
    return plan.status, found


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_random_studies(chunk: int) -> None:
    ends: Counter[str] = Counter()
    for seed, (status, found) in spread(disagreements, range(chunk * EACH, chunk * EACH + EACH)):
        ends[status] += 1
        assert not found, f"seed {seed}\n" + "\n".join(found[:9]) + "\n" + picture(random_study(seed, seed % 3 == 0))
    assert ends["optimal"] > EACH / 2, ends


# What must not change the optimum ---------------------------------------------------------------------------------------


def split(sheets: Sheets, seed: int) -> Sheets:
    places = changes.divisible(sheets)
    return changes.halved(sheets, places[seed % len(places)]) if places else sheets


def mine(sheets: Sheets, seed: int, name: str, cost: float) -> Sheets:
    places = sheets["Countries"][1:]
    return changes.with_mine(sheets, name, str(places[seed % len(places)][0]), cost)


STEPS: dict[str, Callable[[Sheets, int], Sheets]] = {
    "shuffle": changes.shuffled,
    "dearer": lambda sheets, seed: changes.dearer(sheets, 7.0),
    "by the unit": lambda sheets, seed: changes.by_the_unit(sheets),
    "small units": lambda sheets, seed: changes.in_other_units(sheets, ("ore", "metal")[seed % 2], 1000.0),
    "no groups": lambda sheets, seed: changes.without_groups(sheets),
    "split": split,
    "plain mines": lambda sheets, seed: changes.plain_mines(sheets),
    "a mine": lambda sheets, seed: mine(sheets, seed, "first", 5.0),
    "a dearer mine": lambda sheets, seed: mine(sheets, seed, "second", 5.5),
    "loosen": changes.loosened,
}
CHANGES: dict[
    str, tuple[tuple[str, ...], tuple[str, ...], float]
] = {  # what comes first, the change, the factor of costs
    "the order of rows": ((), ("shuffle",), 1),
    "the currency": ((), ("dearer",), 7),
    "the unit of a commodity": (("by the unit",), ("small units",), 1),
    "a border inside a country": (("no groups",), ("split",), 1),
    "a supplier dearer than one that never runs out": (("plain mines", "a mine"), ("a dearer mine",), 1),
    "wider limits": ((), ("loosen",), 1),
}
SEEDS = range(1000, 1016)


def cost(seed: int, steps: tuple[str, ...]) -> float | None:
    """The optimum of a random study put through some steps; None where there is none."""
    sheets = random_study(seed, ceilings=True)
    for step in steps:
        sheets = STEPS[step](sheets, seed)
    tables, problems = typed(sheets)
    plan = None if problems else plan_of(tables)
    return plan.objective if plan is not None and plan.status == "optimal" else None


def before_and_after(what: tuple[str, int]) -> tuple[float | None, float | None]:
    """The optimum of a random study without a change and with it."""
    first, change, _ = CHANGES[what[0]]
    return cost(what[1], first), cost(what[1], first + change)


def optima(change: str) -> list[tuple[float, float]]:
    """The optima of the random studies before and after a change, where there are both."""
    found = [(a, b) for _, (a, b) in spread(before_and_after, [(change, seed) for seed in SEEDS]) if a and b]
    assert len(found) > len(SEEDS) / 3
    return found


@pytest.mark.parametrize("change", [name for name in CHANGES if name != "wider limits"])
def test_what_changes_nothing(change: str) -> None:
    for before, after in optima(change):
        assert after == pytest.approx(CHANGES[change][2] * before, rel=2e-6, abs=1e-3)


def test_a_wider_limit_never_costs_more() -> None:
    found = optima("wider limits")
    assert all(after <= before + 1e-6 * (1 + abs(before)) for before, after in found)
    assert any(after < before - 1e-3 for before, after in found)

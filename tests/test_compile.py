"""The compiler and Pyomo's own road make one and the same linear program of every rule, whatever the study."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path

import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import given, settings

import models
from models import columns
from planner.guard import label
from planner.study import read
from tests import roads
from tests.library import STUDIES
from tests.random_studies import studies
from tests.studies import study

INPUTS = Path(__file__).parent.parent / "inputs"


@pytest.fixture(autouse=True)
def _quiet(caplog):
    """Pyomo logs what it also raises."""
    caplog.set_level(logging.CRITICAL, logger="pyomo")


@cache
def _made(name: str):
    """Index tables, model and arrays of a study of the library."""
    data = models.index(study(STUDIES[name]))
    return data, *roads.compiled(data)


def _same(data: models.Data) -> tuple[pyo.ConcreteModel, roads.Road]:
    """Pyomo's model and its program, which is the compiler's."""
    model, road = roads.ordinary(data)
    differ = list(roads.differences(roads.fast(roads.compiled(data)[1].lp), road))
    assert not differ, "\n".join(differ[:10])
    return model, road


@pytest.mark.parametrize("name", STUDIES)
def test_both_roads_make_the_same_program(name):
    _, road = _same(_made(name)[0])
    assert road.rows
    assert road.cost


@pytest.mark.parametrize("name", ["tutorial", "base"])
def test_both_roads_make_the_same_program_of_the_shipped_studies(name):
    _, road = _same(models.index(read(INPUTS / f"{name}.xlsx").tables))
    assert road.rows


@given(studies())
@settings(max_examples=30, deadline=None)
def test_both_roads_make_the_same_program_of_any_study(text):
    data = models.index(study(text))
    try:
        _same(data)
    except roads.IMPOSSIBLE as problem:
        # A row without columns that cannot hold: Pyomo raises on the first, the compiler leaves it to the solver.
        first = roads.impossible(problem)
        assert first in {roads.spelled(name) for name in roads.fast(roads.compiled(data)[1].lp).impossible}


def test_a_row_that_cannot_hold_is_the_same_one():
    """Firm demand and no maker: nothing can arrive."""
    text = STUDIES["bare"].replace("AUS      5", "NZL      5")
    data = models.index(study(text))
    with pytest.raises(roads.IMPOSSIBLE, match="infeasible") as caught:
        roads.ordinary(data)
    broken = roads.fast(roads.compiled(data)[1].lp).impossible
    assert {roads.spelled(name) for name in broken} == {roads.impossible(caught.value)} == {"balance.use[0,1,0]"}


def test_the_library_uses_every_sheet_row_decision_cost_and_report():
    made = [_made(name) for name in STUDIES]
    used = {sheet for data, _, _ in made for sheet, frame in data.tables.items() if len(frame)}
    assert used >= {table.name for table in models.TABLES if table.heading != columns.EVIDENCE}
    filled = [{part.name for part in (*c.lp.rows, *c.lp.columns) if len(part.codes[0])} for _, _, c in made]
    m = made[0][1]
    assert set().union(*filled) == {name for name, _, _ in (*m.rows, *m.variables)}
    rng = np.random.default_rng(1)
    for term in m.costs:
        assert any(c.costs[term.name].value(rng.random(c.lp.matrix.shape[1])).any() for _, _, c in made), term.name
    for name in m.reports:
        assert any(_report(c, name, rng).any() for _, _, c in made), name


def _report(compiled, name, rng):
    return compiled.report(name)[1].value(rng.random(compiled.lp.matrix.shape[1]))


@pytest.mark.parametrize("name", STUDIES)
def test_the_objective_is_the_sum_of_the_terms(name):
    data, model, compiled = _made(name)
    x = np.random.default_rng(2).uniform(0, 10, compiled.lp.matrix.shape[1])
    year = model.data[id(model.network.place_years)].key("year")
    terms = [data.network.factor[year] @ compiled.costs[term.name].value(x) for term in model.costs]
    assert compiled.lp.cost @ x + compiled.lp.offset == pytest.approx(sum(terms), rel=1e-12)


def test_costs_and_reports_are_what_pyomo_makes_of_their_rules():
    """At random decisions, every cost term and every reported quantity, member by member."""
    data, _, compiled = _made("everything")
    model = models.build(data, full=True)
    x = np.random.default_rng(3).uniform(0, 10, compiled.lp.matrix.shape[1])
    value = dict(zip(roads.names(compiled.lp.columns), x.tolist(), strict=True))
    for path, variable, _ in model.variables:
        for key in variable:
            variable[key].set_value(value[(path, *(key if isinstance(key, tuple) else (key,)))], skip_validation=True)
    rules = [(name, over, rule, compiled.report(name)[1]) for name, (over, rule) in model.reports.items()]
    rules += [(t.name, model.network.place_years, t.rule, compiled.costs[t.name]) for t in model.costs]
    for name, over, rule, linear in rules:
        plain = [pyo.value(rule(*(key if isinstance(key, tuple) else (key,)))) for key in over]
        np.testing.assert_allclose(linear.value(x), plain, rtol=1e-12, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("name", STUDIES)
def test_labels_name_every_row_and_column(name):
    """They run without gaps, each key is one of its index table's and has a name, no two are alike when spelled out."""
    data, model, compiled = _made(name)
    lp = compiled.lp
    tables = {path: model.data[id(over)] for path, over, _ in model.rows} | {path: i for path, _, i in model.variables}
    for runs, size in zip((lp.rows, lp.columns), lp.matrix.shape, strict=True):
        assert [run.start for run in runs] == [0, *(run.stop for run in runs)][:-1]
        assert runs[-1].stop == size == len(set(roads.names(runs)))
        for run in runs:
            assert run.dimensions == tables[run.name].names
            assert tables[run.name].positions(run.codes).tolist() == list(range(run.stop - run.start))
        assert len({label(runs, at, data.network.names) for at in range(size)}) == size
    for run in (*lp.rows, *lp.columns):
        for dimension, codes in zip(run.dimensions, run.codes, strict=True):
            assert not len(codes) or codes.max() < len(data.network.names[dimension]), (run.name, dimension)

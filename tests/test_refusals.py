"""A rule must stay a template: the compiler makes of it what the ordinary road makes of it, or refuses and names it."""

from __future__ import annotations

import logging

import numpy as np
import pyomo.environ as pyo
import pytest

from models.symbolic import Index, Model
from planner.compile import CompileError, Compiler

INF = np.inf


@pytest.fixture(autouse=True)
def _quiet(caplog):
    """Pyomo logs what it also raises."""
    caplog.set_level(logging.CRITICAL, logger="pyomo")


class Toy:
    """Three decisions x[i]; p = 1, 2, 3 and q with a hole; of[i]: 0 -> 0, 2; 2 -> 1; a set and a Var of nobody's."""

    def __init__(self) -> None:
        self.model = Model()
        b = self.model.block("toy")
        self.set = b.set("set", Index(("i",), ([0, 1, 2],), p=[1, 2, 3], q=[1, np.nan, 3]))
        self.p, self.q = b.params(self.set, "p", "q")
        self.x = b.var("x", self.set)
        self.of = b.members("of", b.set("pairs", Index(("i", "j"), ([0, 0, 2], [0, 2, 1]))), ("i",), ("j",))
        b.block.own_set, b.block.own_var = pyo.Set(initialize=[0, 1, 2]), pyo.Var([0, 1, 2])
        self.b = b
        self.stray: list[object] = []  # a template that another rule left behind
        self.row(lambda i: self.stray.append(i) or self.x[i] <= 1)

    def row(self, rule):
        """Dense matrix, lower and upper sides of a rule over the three members."""
        lower, upper, terms = Compiler(self.model).row("toy.row", self.set, rule)
        matrix = np.zeros((3, 3))
        for r, c, v in terms:
            np.add.at(matrix, (r, c), v)
        return matrix.tolist(), lower.tolist(), upper.tolist()


def test_a_relation_is_what_stands_left_less_what_stands_right():
    t = Toy()
    one = np.eye(3).tolist()
    assert t.row(lambda i: t.x[i] <= t.p[i]) == (one, [-INF] * 3, [1, 2, 3])
    assert t.row(lambda i: t.x[i] >= t.p[i]) == ((-np.eye(3)).tolist(), [-INF] * 3, [-1, -2, -3])
    assert t.row(lambda i: t.x[i] - 1 == t.p[i]) == (one, [2, 3, 4], [2, 3, 4])
    assert t.row(lambda i: t.p[i] == 5 - t.x[i]) == (one, [4, 3, 2], [4, 3, 2])


def test_arithmetic():
    t = Toy()
    all_ = [1.0, 1.0, 1.0]
    assert t.row(lambda i: -(t.x[i] * t.p[i]) / 2 + 1 <= 3)[0] == np.diag([-0.5, -1, -1.5]).tolist()
    assert t.row(lambda i: t.p[i] * (t.x[i] + 1) <= 3)[2] == [2, 1, 0]
    assert t.row(lambda i: sum(t.x[j] for j in t.set) <= 0)[0] == [all_] * 3
    assert t.row(lambda i: sum(t.p[j] * t.x[j] for j in t.of[i]) <= 0)[0] == [[1, 0, 3], [0, 0, 0], [0, 2, 0]]
    assert t.row(lambda i: sum(t.p[j] for j in t.of[i]) * t.x[i] <= 0)[0] == np.diag([4.0, 0, 2]).tolist()
    assert t.row(lambda i: sum(t.x[j] + t.x[i] for j in t.of[i] for k in t.set) <= 0)[0] == [
        [9, 0, 3], [0, 0, 0], [0, 3, 3],
    ]  # fmt: skip
    assert t.row(lambda i: t.x[3 - t.p[i]] <= i)[::2] == (np.fliplr(np.eye(3)).tolist(), [0, 1, 2])
    assert t.row(lambda i: sum(t.x.values()) <= 0)[0] == [all_] * 3  # a template of Pyomo's own, all members
    assert t.row(lambda i: t.p[i] <= 3) == (np.zeros((3, 3)).tolist(), [-INF] * 3, [2, 1, 0])


def total_in_a_loop(t):
    total = 0
    for j in t.of[0]:
        total += t.x[j]
    return total


REFUSED = {
    # concrete elements, or data read while the rule is a skeleton
    "one element": (lambda t, i: t.x[0] <= 1, "cannot compile VarData: toy.x"),
    "one element among others": (lambda t, i: t.x[i] + t.x[0] <= 1, "cannot compile VarData: toy.x"),
    "an element that is no witness": (lambda t, i: t.x[1] <= 1, "Index '1' is not valid"),
    "a string": (lambda t, i: t.x["a"] <= 1, "Index 'a' is not valid"),
    "a slice": (lambda t, i: sum(t.x[:]) <= 1, ""),
    "one Param": (lambda t, i: t.p[0] * t.x[i] <= 1, "Param value"),
    "one Param compared": (lambda t, i: t.x[i] <= (1 if t.p[0] > 2 else 3), "Param value"),
    "a filter on one Param": (lambda t, i: sum(t.x[j] for j in t.set if t.p[0] > 2) <= 1, ""),
    "NaN": (lambda t, i: np.nan * t.x[i] <= 1, "NaN stands in the rule"),
    "a hole in the data": (lambda t, i: t.q[i] * t.x[i] <= 1, "q holds NaN"),
    "a value": (lambda t, i: pyo.value(t.p[i]) * t.x[i] <= 1, "IndexTemplate"),
    "a bound": (lambda t, i: t.x[i] <= t.x[i].ub, "cannot compile"),
    "a dictionary": (lambda t, i: {0: 1, 1: 2, 2: 3}[i] * t.x[i] <= 1, "unhashable"),
    "an array": (lambda t, i: np.ones(3)[i] * t.x[i] <= 1, "valid indices"),
    # control flow on data
    "if on a Param": (lambda t, i: t.x[i] <= (1 if t.p[i] > 2 else 3), "to bool"),
    "if on an index": (lambda t, i: t.x[i] <= (1 if i == 0 else 3), "to bool"),
    "if on a membership": (lambda t, i: t.x[i] <= (1 if i in (0, 1) else 3), "to bool"),
    "a filter": (lambda t, i: sum(t.x[j] for j in t.set if j > 1) <= 1, ""),
    "a maximum": (lambda t, i: t.x[i] <= max(t.p[i], 1), "to bool"),
    "a loop": (lambda t, i: total_in_a_loop(t) <= 1, "for loops"),
    "a sum over a range": (lambda t, i: sum(t.x[j] for j in range(3)) <= 1, "Index '1' is not valid"),
    # what is not linear
    "a product": (lambda t, i: t.x[i] * t.x[i] <= 1, "product of two variables"),
    "a power": (lambda t, i: t.x[i] ** 2 <= 1, "cannot compile PowExpression"),
    "a variable below": (lambda t, i: t.p[i] / t.x[i] <= 1, "division by a variable"),
    "a zero below": (lambda t, i: t.x[i] / (t.p[i] - 1) <= 1, "division by zero"),
    "an absolute value": (lambda t, i: abs(t.x[i]) <= 1, "cannot compile AbsExpression"),
    # keys
    "a key beyond the table": (lambda t, i: t.x[i + 1] <= 1, "toy.x: 1 keys are not in the index table .* first i 3"),
    "a key before the table": (lambda t, i: t.x[i - 1] <= 1, "toy.x: 1 keys are not in the index table .* first i -1"),
    "a Param's key": (lambda t, i: t.p[i + 2] * t.x[i] <= 1, "toy.set_p: 2 keys are not in the index table"),
    "half a key": (lambda t, i: t.x[i / 2] <= 1, "an index is no whole number: _1/2"),
    "a variable as key": (lambda t, i: t.x[t.x[i]] <= 1, "a variable stands in an index"),
    "a template of another rule": (lambda t, i: t.x[t.stray[0]] <= 1, "bound by no sum and no set"),
    # what the Builder does not know
    "a set of nobody's": (lambda t, i: sum(t.x[j] for j in t.b.block.own_set) <= 1, "own_set was not declared"),
    "a Var of nobody's": (lambda t, i: t.b.block.own_var[i] <= 1, "own_var was not declared"),
    "a difference of sets": (lambda t, i: sum(t.x[j] for j in t.set - t.set) <= 1, "was not declared"),
    # no row
    "an expression": (lambda t, i: t.x[i], "expected a relation with = or <=, found Numeric_GetItemExpression"),
    "nothing": (lambda t, i: None, "expected a relation with = or <=, found NoneType"),
    "a truth": (lambda t, i: True, "expected a relation with = or <=, found bool"),
    "a word of Pyomo's": (lambda t, i: pyo.Constraint.Skip, "expected a relation with = or <=, found"),
    "two sides": (lambda t, i: pyo.inequality(0, t.x[i], 1), "found RangedExpression"),
    "two sides in a tuple": (lambda t, i: (0, t.x[i], 1), "expected a relation with = or <=, found"),
    "a strict inequality": (lambda t, i: t.x[i] < 1, "strict"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    rule, message = REFUSED[case]
    t = Toy()
    with pytest.raises(CompileError, match=rf"(?s)^toy\.row: .*{message}"):
        t.row(lambda i: rule(t, i))


def test_a_cost_or_report_is_refused_alike():
    t = Toy()
    with pytest.raises(CompileError, match=r"^excess: product of two variables"):
        Compiler(t.model).expression("excess", t.set, lambda i: t.x[i] * t.x[i])
    with pytest.raises(CompileError, match=r"^excess: cannot compile InequalityExpression"):
        Compiler(t.model).expression("excess", t.set, lambda i: t.x[i] <= 1)

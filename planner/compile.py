"""From algebra to arrays: templates of Pyomo rules compiled by joins of index tables.

Each rule is turned into one template (`templatize_rule`), whatever the number of its members; a walk over the template
then makes (row, column, coefficient) arrays for all members at once. What the walk does not understand it refuses,
naming the rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyomo.environ as pyo
import scipy.sparse as sp
from numpy.typing import NDArray
from pyomo.core.base.initializer import Initializer
from pyomo.core.expr import numeric_expr as ne
from pyomo.core.expr import relational_expr as rel
from pyomo.core.expr.template_expr import GetItemExpression, IndexTemplate, TemplateSumExpression, templatize_rule

from models.symbolic import Codes, Index, Members, Model
from planner.linear import Labels, LinearProgram

Floats = NDArray[np.float64]
Terms = list[tuple[Codes, Codes, Floats]]  # row, column, coefficient


class CompileError(Exception):
    """A rule that is no template: names the rule and what stands in it."""


@dataclass(frozen=True)
class Linear:
    """A linear expression over the members of a Set: a constant and terms per member."""

    constant: Floats  # (members,)
    terms: Terms

    def value(self, x: Floats) -> Floats:
        """M x + constant: the expression's value for every member at the decisions x."""
        rows, cols, values = _joined(self.terms)
        return self.constant + np.bincount(rows, weights=values * x[cols], minlength=len(self.constant))


@dataclass(frozen=True)
class Compiled:
    """The linear program and, on demand, every reported quantity in its columns."""

    lp: LinearProgram
    costs: dict[str, Linear]  # by term, over (country, year), undiscounted
    compiler: Compiler

    def report(self, name: str) -> tuple[Index, Linear]:
        """A reported quantity and the index table of its members."""
        over, rule = self.compiler.model.reports[name]
        return self.compiler.model.data[id(over)], self.compiler.expression(name, over, rule)


def compile_model(model: Model, factor: Floats) -> Compiled:
    """Arrays of a skeleton. factor (years,): the discount factor times the length of each period."""
    compiler = Compiler(model)
    lows, highs, at, parts, labels = [], [], 0, [], []
    for name, over, rule in model.rows:
        index: Index = model.data[id(over)]
        lower, upper, terms = compiler.row(name, over, rule)
        parts += [(r + at, c, v) for r, c, v in terms]
        lows.append(lower)
        highs.append(upper)
        labels.append(Labels(name, at, index.names, index.keys))
        at += len(index)
    n = compiler.width
    rows, cols, values = _joined(parts)
    matrix = sp.csc_array((values, (rows, cols)), shape=(at, n))
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    cost, offset, costs = np.zeros(n), 0.0, {}
    years = model.data[id(model.network.place_years)].key("year")
    for term in model.costs:
        linear = costs[term.name] = compiler.expression(term.name, model.network.place_years, term.rule)
        weight = factor[years]
        offset += float(weight @ linear.constant)
        for r, c, v in linear.terms:
            cost += np.bincount(c, weights=v * weight[r], minlength=n)
    ends = [(name, index) for name, _, index in model.variables]
    lp = LinearProgram(
        cost, offset, matrix, _stacked(lows), _stacked(highs),
        _stacked([i.columns["lower"] for _, i in ends]), _stacked([i.columns["upper"] for _, i in ends]),
        tuple(labels), tuple(Labels(name, compiler.offset[id(v)], i.names, i.keys) for name, v, i in model.variables),
    )  # fmt: skip
    return Compiled(lp, costs, compiler)


@dataclass
class Scope:
    """What the templates stand for at one depth of sums: codes per instance, and rows already found by a join."""

    size: int
    codes: dict[int, Codes] = field(default_factory=dict)
    found: list[tuple[Index, tuple[int, ...], Codes]] = field(default_factory=list)  # table, templates, rows
    outer: Scope | None = None
    repeat: Codes | None = None  # instance of the outer scope that each instance came from

    def code(self, template: Any) -> Codes:
        """Codes of an index template; KeyError where nothing binds it."""
        key = id(template)
        if key not in self.codes:
            if self.outer is None:
                raise CompileError(f"the index {template} is bound by no sum and no set")
            self.codes[key] = self.outer.code(template)[self.repeat]
        return self.codes[key]

    def rows(self, index: Index, args: tuple[int, ...]) -> Codes | None:
        """Row numbers in `index` of the keys `args` where a join already found them."""
        for table, templates, rows in self.found:
            if table is index and templates == args:
                return rows
        if self.outer is not None and (outside := self.outer.rows(index, args)) is not None:
            self.found.append((index, args, outside[self.repeat]))
            return self.found[-1][2]
        return None


class Compiler:
    """Walks templates; `offset` maps each Var to its first column."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.offset: dict[int, int] = {}
        self.width = 0
        for _, v, index in model.variables:
            self.offset[id(v)] = self.width
            self.width += len(index)

    def row(self, name: str, over: Any, rule: Callable[..., Any]) -> tuple[Floats, Floats, Terms]:
        """Lower and upper sides and terms of one constraint rule over all members of its Set."""
        e, scope = self._template(name, over, rule)
        with _Naming(name):
            if isinstance(e, rel.EqualityExpression | rel.InequalityExpression):
                if isinstance(e, rel.InequalityExpression) and e.strict:
                    raise CompileError(f"a strict inequality has no row; write <= or >=: {e}")
                left, right = (self._linear(a, scope) for a in e.args)
                side = right.constant - left.constant
                terms = left.terms + [(r, c, -v) for r, c, v in right.terms]
                return side if isinstance(e, rel.EqualityExpression) else np.full(scope.size, -np.inf), side, terms
            raise CompileError(f"expected a relation with = or <=, found {type(e).__name__}: {e}")

    def expression(self, name: str, over: Any, rule: Callable[..., Any]) -> Linear:
        """A linear expression over all members of a Set."""
        e, scope = self._template(name, over, rule)
        with _Naming(name):
            return self._linear(e, scope)

    def _template(self, name: str, over: Any, rule: Callable[..., Any]) -> tuple[Any, Scope]:
        index: Index = self.model.data[id(over)]
        with _Naming(name):
            e, templates = templatize_rule(over.parent_block(), Initializer(lambda b, *k: rule(*k)), over)
        scope = Scope(len(index), {id(t): k for t, k in zip(templates, index.keys, strict=True)})
        scope.found.append((index, tuple(id(t) for t in templates), np.arange(len(index))))
        return e, scope

    def _linear(self, e: Any, scope: Scope) -> Linear:
        n = scope.size
        if isinstance(e, GetItemExpression) and e.args[0].ctype is pyo.Var:
            rows = self._positions(e, self._data(e.args[0]), scope)
            return Linear(np.zeros(n), [(np.arange(n), self.offset[id(e.args[0])] + rows, np.ones(n))])
        if isinstance(e, ne.SumExpression | ne.LinearExpression):
            parts = [self._linear(a, scope) for a in e.args]
            return Linear(np.sum([p.constant for p in parts], axis=0), [t for p in parts for t in p.terms])
        if isinstance(e, ne.ProductExpression):
            a, b = (self._linear(x, scope) for x in e.args)
            if a.terms and b.terms:
                raise CompileError(f"product of two variables: {e}")
            if b.terms:
                a, b = b, a
            f = b.constant
            return Linear(a.constant * f, [(r, c, v * f[r]) for r, c, v in a.terms])
        if isinstance(e, ne.DivisionExpression):
            a, b = (self._linear(x, scope) for x in e.args)
            if b.terms:
                raise CompileError(f"division by a variable: {e}")
            if not b.constant.all():
                raise CompileError(f"division by zero: {e}")
            return Linear(a.constant / b.constant, [(r, c, v / b.constant[r]) for r, c, v in a.terms])
        if isinstance(e, ne.NegationExpression):
            a = self._linear(e.args[0], scope)
            return Linear(-a.constant, [(r, c, -v) for r, c, v in a.terms])
        if isinstance(e, TemplateSumExpression):
            return self._sum(e, scope)
        return Linear(np.broadcast_to(np.asarray(self._value(e, scope), np.float64), (n,)), [])

    def _sum(self, e: Any, scope: Scope) -> Linear:
        inner, parent = scope, np.arange(scope.size)
        for group in e._iters:
            inner = self._joined(group, inner)
            parent = parent[inner.repeat]
        body = self._linear(e._local_args_[0], inner)
        constant: Floats = np.zeros(scope.size)
        if body.constant.any():
            constant = np.bincount(parent, weights=body.constant, minlength=scope.size).astype(np.float64)
        return Linear(constant, [(parent[r], c, v) for r, c, v in body.terms])

    def _joined(self, group: Any, scope: Scope) -> Scope:
        """The scope inside one `for`: an instance for every outer instance and every member of the set."""
        over = group[0]._set
        if isinstance(over, GetItemExpression):
            members: Members = self._data(over.args[0])
            where = members.groups.positions([self._code(a, scope) for a in over.args[1:]], missing=-1)
            many = np.where(where >= 0, members.length[where] if len(members.length) else 0, 0)
            repeat = np.repeat(np.arange(scope.size), many)
            first = members.start[where[repeat]] - (np.cumsum(many) - many)[repeat]
            rows = members.order[first + np.arange(len(repeat))]
            index, take = members.index, members.take
            templates = [0] * len(index.keys)
            for j, a in zip(members.by, over.args[1:], strict=True):
                templates[j] = id(a)
        else:
            index = self._data(over)
            take = tuple(range(len(index.keys)))
            repeat = np.repeat(np.arange(scope.size), len(index))
            rows = np.tile(np.arange(len(index)), scope.size)
            templates = [0] * len(index.keys)
        inner = Scope(len(repeat), outer=scope, repeat=repeat)
        for j, t in zip(take, group, strict=True):
            templates[j] = id(t)
            inner.codes[id(t)] = index.keys[j][rows]
        inner.found.append((index, tuple(templates), rows))
        return inner

    def _value(self, e: Any, scope: Scope) -> Any:
        """A number, or one number per instance."""
        if type(e) in (int, float):
            if np.isnan(e):
                raise CompileError("NaN stands in the rule: data that was read outside a template")
            return e
        if isinstance(e, IndexTemplate):
            return scope.code(e)
        if isinstance(e, GetItemExpression) and e.args[0].ctype is pyo.Param:
            index, column = self._data(e.args[0])
            values = index.columns[column][self._positions(e, index, scope)]
            if np.isnan(values).any():
                raise CompileError(f"{e.args[0].name} holds NaN")
            return values
        raise CompileError(f"cannot compile {type(e).__name__}: {e}")

    def _positions(self, e: Any, index: Index, scope: Scope) -> Codes:
        rows = scope.rows(index, tuple(id(a) for a in e.args[1:]))
        if rows is not None:
            return rows
        try:
            return index.positions([self._code(a, scope) for a in e.args[1:]])
        except KeyError as problem:
            raise CompileError(f"{e.args[0].name}: {problem.args[0]}") from problem

    def _code(self, e: Any, scope: Scope) -> Codes:
        if isinstance(e, IndexTemplate):
            return scope.code(e)
        linear = self._linear(e, scope)  # index arithmetic such as y - 1
        if linear.terms:
            raise CompileError(f"a variable stands in an index: {e}")
        codes = linear.constant.astype(np.int64)
        if (codes != linear.constant).any():
            raise CompileError(f"an index is no whole number: {e}")
        return codes

    def _data(self, component: Any) -> Any:
        """What the Builder keeps for a Set, Param or Var: its index table, column or members."""
        if id(component) not in self.model.data:
            raise CompileError(f"{component} was not declared by a Builder")
        return self.model.data[id(component)]


class _Naming:
    """Puts the rule's name before whatever Pyomo or the compiler has to say against it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, problem: BaseException | None, trace: Any) -> None:
        if isinstance(problem, Exception):
            raise CompileError(f"{self.name}: {problem}") from problem


def _joined(terms: Terms) -> tuple[Codes, Codes, Floats]:
    if not terms:
        none = np.zeros(0, np.int64)
        return none, none, np.zeros(0)
    rows, cols, values = (np.concatenate(part) for part in zip(*terms, strict=True))
    return rows, cols, values


def _stacked(parts: list[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(0)

"""From algebra to arrays: templates of Pyomo rules compiled by joins of index tables.

Each rule is turned into one template (`templatize_rule`), whatever the number of its members; a walk over the template
then makes (row, column, coefficient) arrays for all members at once. What the walk does not understand it refuses,
naming the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from pyomo.core.base.initializer import Initializer
from pyomo.core.expr import numeric_expr as ne
from pyomo.core.expr import relational_expr as rel
from pyomo.core.expr.template_expr import GetItemExpression, IndexTemplate, TemplateSumExpression, templatize_rule

from models.symbolic import ALL, Codes, Index, Members, Model
from planner.lean import sparse as sp
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
        out = self.constant.copy()
        for row, column, coefficient in self.terms:
            out += np.bincount(row, weights=coefficient * x.take(column), minlength=len(out))
        return out


@dataclass(frozen=True)
class Compiled:
    """The linear program and, on demand, every reported quantity in its columns."""

    lp: LinearProgram
    costs: Costs
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
        if len(index):  # a template of no row is not worth its time
            lower, upper, terms = compiler.row(name, over, rule)
            parts += [(at, *term) for term in terms]
            lows.append(lower)
            highs.append(upper)
        labels.append(Labels(name, at, index.names, index.keys))
        at += len(index)
    matrix = _matrix(parts, (at, compiler.width))
    cost, offset, costs = np.zeros(compiler.width), 0.0, Costs(compiler)
    weight = factor[model.data[id(model.network.place_years)].key("year")]
    for term in model.costs:
        linear = costs[term.name]
        offset += float(weight @ linear.constant)
        for row, column, value in linear.terms:
            np.add.at(cost, column, value * weight.take(row))
    ends = [(name, index) for name, _, index in model.variables]
    lp = LinearProgram(
        cost, offset, matrix, _stacked(lows), _stacked(highs),
        _stacked([i.columns["lower"] for _, i in ends]), _stacked([i.columns["upper"] for _, i in ends]),
        tuple(labels), tuple(Labels(name, compiler.offset[id(v)], i.names, i.keys) for name, v, i in model.variables),
    )  # fmt: skip
    for data in model.data.values():
        if isinstance(data, Index):
            data.forget()
    return Compiled(lp, costs, compiler)


class Costs(Mapping[str, Linear]):
    """Cost terms by name, over (country, year), undiscounted; each is made when asked for."""

    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler
        self._rules = {term.name: term.rule for term in compiler.model.costs}

    def __getitem__(self, name: str) -> Linear:
        return self._compiler.expression(name, self._compiler.model.network.place_years, self._rules[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)


class Term(NamedTuple):
    """One coefficient in each of some instances: (terms,) each, or what stands for it."""

    row: Codes | None  # instance; None: every instance in turn
    column: Codes
    value: Floats | float  # a number: the same in all

    def times(self, factor: Floats | float) -> Term:
        """The term times a number of each instance."""
        if isinstance(factor, np.ndarray) and self.row is not None:
            factor = factor.take(self.row)
        return self._replace(value=factor if type(self.value) is float and self.value == 1.0 else self.value * factor)


class Expression(NamedTuple):
    """A linear expression over the instances of a scope while the walk goes on; a number stands for all instances."""

    constant: Floats | float
    terms: list[Term]

    def times(self, factor: Floats | float) -> Expression:
        """The expression times a number of each instance."""
        return Expression(self.constant * factor, [term.times(factor) for term in self.terms])

    def settled(self, size: int) -> Linear:
        """One constant per instance, and arrays for what stood for them."""
        terms = [
            (_numbers(0, len(column)) if row is None else row, column, np.broadcast_to(value, column.shape))
            for row, column, value in self.terms
        ]
        return Linear(np.array(np.broadcast_to(self.constant, size), np.float64), terms)


@dataclass
class Scope:
    """What the templates stand for at one depth of sums: codes per instance, and rows already found by a join."""

    size: int
    keys: dict[int, tuple[Codes, Any]] = field(default_factory=dict)  # template -> key column, rows of it
    found: list[tuple[Index, tuple[int, ...], Any]] = field(default_factory=list)  # table, templates, rows
    outer: Scope | None = None
    parent: Any = field(default_factory=lambda: ALL)  # instance of the outer scope that each instance came from

    def code(self, template: Any) -> Codes:
        """Codes of an index template; CompileError where nothing binds it."""
        key = id(template)
        if key not in self.keys:
            if self.outer is None:
                raise CompileError(f"the index {template} is bound by no sum and no set")
            self.keys[key] = self.outer.code(template)[self.parent], ALL
        column, rows = self.keys[key]
        self.keys[key] = column[rows], ALL
        return self.keys[key][0]

    def rows(self, index: Index, args: tuple[int, ...]) -> Any:
        """Row numbers in `index` of the keys `args` where a join already found them, or None."""
        for table, templates, rows in self.found:
            if table is index and templates == args:
                return rows
        if self.outer is not None and (outside := self.outer.rows(index, args)) is not None:
            self.found.append((index, args, self.parent if outside is ALL else outside[self.parent]))
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
                both = Expression(left.constant - right.constant, left.terms + right.times(-1.0).terms)
                whole = both.settled(scope.size)
                side = 0.0 - whole.constant
                equal = isinstance(e, rel.EqualityExpression)
                return side if equal else np.full(scope.size, -np.inf), side, whole.terms
            raise CompileError(f"expected a relation with = or <=, found {type(e).__name__}: {e}")

    def expression(self, name: str, over: Any, rule: Callable[..., Any]) -> Linear:
        """A linear expression over all members of a Set."""
        e, scope = self._template(name, over, rule)
        with _Naming(name):
            return self._linear(e, scope).settled(scope.size)

    def _template(self, name: str, over: Any, rule: Callable[..., Any]) -> tuple[Any, Scope]:
        index: Index = self.model.data[id(over)]
        with _Naming(name):
            e, templates = templatize_rule(over.parent_block(), Initializer(lambda b, *k: rule(*k)), over)
        scope = Scope(len(index), {id(t): (k, ALL) for t, k in zip(templates, index.keys, strict=True)})
        scope.found.append((index, tuple(id(t) for t in templates), ALL))
        return e, scope

    def _linear(self, e: Any, scope: Scope) -> Expression:
        if isinstance(e, GetItemExpression) and e.args[0].ctype is pyo.Var:
            rows = self._positions(e, self._data(e.args[0]), scope)
            first = self.offset[id(e.args[0])]
            column = _numbers(first, scope.size) if rows is ALL else (rows + first).astype(np.int32)
            return Expression(0.0, [Term(None, column, 1.0)])
        if isinstance(e, ne.SumExpression | ne.LinearExpression):
            parts = [self._linear(a, scope) for a in e.args]
            return Expression(sum(p.constant for p in parts), [t for p in parts for t in p.terms])
        if isinstance(e, ne.ProductExpression):
            a, b = (self._linear(x, scope) for x in e.args)
            if a.terms and b.terms:
                raise CompileError(f"product of two variables: {e}")
            return b.times(a.constant) if b.terms else a.times(b.constant)
        if isinstance(e, ne.DivisionExpression):
            a, b = (self._linear(x, scope) for x in e.args)
            if b.terms:
                raise CompileError(f"division by a variable: {e}")
            if not np.all(b.constant):
                raise CompileError(f"division by zero: {e}")
            return a.times(1.0 / b.constant)
        if isinstance(e, ne.NegationExpression):
            return self._linear(e.args[0], scope).times(-1.0)
        if isinstance(e, TemplateSumExpression):
            return self._sum(e, scope)
        return Expression(self._value(e, scope), [])

    def _sum(self, e: Any, scope: Scope) -> Expression:
        inner, parent = scope, ALL
        for group in e._iters:
            inner = self._joined(group, inner)
            parent = inner.parent if parent is ALL else parent[inner.parent]
        body = self._linear(e._local_args_[0], inner)
        constant: Any = 0.0
        if np.any(body.constant):
            weights = np.broadcast_to(body.constant, inner.size)
            constant = np.bincount(parent, weights=weights, minlength=scope.size).astype(np.float64)
        return Expression(
            constant, [t._replace(row=parent if t.row is None else parent.take(t.row)) for t in body.terms]
        )

    def _joined(self, group: Any, scope: Scope) -> Scope:
        """The scope inside one `for`: an instance for every outer instance and every member of the set."""
        over = group[0]._set
        rows: Any
        if isinstance(over, GetItemExpression):
            members: Members = self._data(over.args[0])
            parent, rows = members.join([self._code(a, scope) for a in over.args[1:]])
            index, take = members.index, members.take
            templates = [0] * len(index.keys)
            for j, a in zip(members.by, over.args[1:], strict=True):
                templates[j] = id(a)
        else:
            index = self._data(over)
            take = tuple(range(len(index.keys)))
            parent = np.repeat(_numbers(0, scope.size), len(index))
            rows = np.tile(_numbers(0, len(index)), scope.size)
            templates = [0] * len(index.keys)
        inner = Scope(len(parent), outer=scope, parent=parent)
        for j, t in zip(take, group, strict=True):
            templates[j] = id(t)
            inner.keys[id(t)] = index.keys[j], rows
        inner.found.append((index, tuple(templates), rows))
        if index.origin is not None:
            table, of = index.origin
            inner.found.append((table, tuple(templates[-len(table.keys) :]), of[rows]))
        return inner

    def _value(self, e: Any, scope: Scope) -> Any:
        """A number, or one number per instance."""
        if type(e) in (int, float):
            if np.isnan(e):
                raise CompileError("NaN stands in the rule: data that was read outside a template")
            return float(e)
        if isinstance(e, IndexTemplate):
            return scope.code(e).astype(np.float64)
        if isinstance(e, GetItemExpression) and e.args[0].ctype is pyo.Param:
            index, column = self._data(e.args[0])
            values = index.columns[column][self._positions(e, index, scope)]
            if np.isnan(values).any():
                raise CompileError(f"{e.args[0].name} holds NaN")
            return values
        raise CompileError(f"cannot compile {type(e).__name__}: {e}")

    def _positions(self, e: Any, index: Index, scope: Scope) -> Any:
        """Rows of the table that the keys in brackets name, one per instance; ALL: each in turn."""
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
        values = np.broadcast_to(linear.constant, scope.size)
        codes = values.astype(np.int64)
        if (codes != values).any():
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


def _matrix(parts: list[tuple[int, Codes, Codes, Floats]], shape: tuple[int, int]) -> sp.csc_array:
    """Terms, each after the first row of its rule, added up: columns one after the other, rows ascending, no zeros.

    The parts are used up, so that they do not stand beside what is made of them.
    """
    size = sum(len(row) for _, row, _, _ in parts)
    rows, columns, values = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size)
    while parts:
        first, row, column, value = parts.pop()
        here = slice(size - len(row), size)
        np.add(row, first, out=rows[here], casting="unsafe")
        columns[here], values[here] = column, value
        size = here.start
    matrix = sp.csc_array((values, (rows, columns)), shape=shape)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return matrix


def _numbers(first: int, count: int) -> Codes:
    """first, first + 1, ... as the solver wants its indices."""
    return np.arange(first, first + count, dtype=np.int32)


def _stacked(parts: list[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(0)

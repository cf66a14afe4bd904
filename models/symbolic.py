"""Algebra over index tables: Sets, Params, Vars and Constraints of Pyomo, as a skeleton or in full.

As a skeleton every Set holds ONE witness element, so that Pyomo sees its shape, and every Param no value at all, so that
reading one raises; the members and their data stay in the index tables, where the compiler joins them. In full
(`Model(full=True)`) the same declarations make an ordinary Pyomo model: the oracle of the compiler, and what other
Pyomo solvers take.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from models.schema import Cost, Flow

Codes = NDArray[np.signedinteger[Any]]  # of members, rows and columns, in 32 bits where there are many
DENSE = 1 << 16  # a lookup table of this many cells is always worth its memory
ALL: Final[Any] = slice(None)  # every row of a table in its order: what is taken so is not copied
SMALL, LARGEST = 1 << 31, 1 << 63  # numbers of different integers >= 0 of 32 and 64 bits


class Index:
    """The members of a Set: integer-coded key columns, one row per member; its Params are further columns."""

    def __init__(self, names: Sequence[str], keys: Iterable[Any], **columns: Any) -> None:
        self.names = tuple(names)
        self.keys: tuple[Codes, ...] = tuple(self._narrow(np.asarray(k)) for k in keys)
        self.columns: dict[str, NDArray[np.float64]] = {
            n: np.broadcast_to(np.asarray(c, np.float64), (len(self),)) for n, c in columns.items()
        }
        self.origin: tuple[Index, Codes] | None = (
            None  # the table whose keys end this one's, and the row of each member
        )
        self._packings: dict[tuple[int, ...], Packing] = {}  # by key columns
        self._find: tuple[Packing, Codes, Codes | None] | None = None

    def _narrow(self, codes: Codes) -> Codes:
        """A key column in 32 bits: half the memory, and numbers of members, rows and columns fit."""
        if codes.min(initial=0) < 0:
            raise ValueError(f"negative code in the keys {self.names}")
        if codes.dtype != np.int32 and codes.max(initial=0) >= SMALL:
            raise OverflowError(f"code {codes.max()} in the keys {self.names} does not fit 32 bits")
        return np.ascontiguousarray(codes, np.int32)

    def __len__(self) -> int:
        return len(self.keys[0])

    def key(self, name: str) -> Codes:
        """Codes of one key column."""
        return self.keys[self.names.index(name)]

    def where(self, mask: Any) -> Index:
        """The members for which `mask` (booleans or row numbers) holds, with their columns."""
        return Index(self.names, [k[mask] for k in self.keys], **{n: c[mask] for n, c in self.columns.items()})

    def under(self, name: str, codes: Codes, rows: Codes, **columns: Any) -> Index:
        """Rows of this table under a further key, which stands first; what they are rows of need not be looked up."""
        index = Index((name, *self.names), (codes, *(k[rows] for k in self.keys)), **columns)
        index.origin = self, rows
        return index

    def positions(self, codes: Sequence[Any], missing: int | None = None) -> Codes:
        """Row numbers of the given keys. A key that is not there raises KeyError, or gives `missing` where that is given."""
        codes = np.broadcast_arrays(*codes) if len(codes) > 1 else [np.asarray(codes[0])]
        if self._find is None:
            self._find = self._lookup()
        packing, at, order = self._find
        packed, found = packing.pack(codes)
        if order is None:
            rows = at.take(packed).astype(np.int64)
            found &= rows >= 0
        elif len(at):
            j = np.minimum(np.searchsorted(at, packed), len(at) - 1)
            found &= at[j] == packed
            rows = order[j]
        else:
            rows, found = packed, np.zeros(packed.shape, bool)
        if missing is not None:
            return np.where(found, rows, missing)
        if not found.all():
            first = int(np.flatnonzero(~found)[0])
            key = ", ".join(f"{n} {int(c[first])}" for n, c in zip(self.names, codes, strict=True))
            raise KeyError(f"{int((~found).sum())} keys are not in the index table over {self.names}, first {key}")
        return rows

    def packing(self, by: tuple[int, ...]) -> Packing:
        """The rows packed by some of the key columns; made once."""
        if by not in self._packings:
            self._packings[by] = Packing([self.keys[j] for j in by])
        return self._packings[by]

    def forget(self) -> None:
        """Let go of what lookups and joins keep; it is made again when needed."""
        self._packings.clear()
        self._find = None

    def _lookup(self) -> tuple[Packing, Codes, Codes | None]:
        """(dense table of row numbers, None) where that is small, else (sorted packed keys, their rows)."""
        packing, rows = Packing(self.keys), np.arange(len(self))
        at: Codes
        order: Codes | None
        if packing.dense:
            at, order = np.full(packing.cells, -1, np.int32), None
            at[packing.members] = rows
            alone = at.take(packing.members) == rows
        else:
            at, order = packing.ascending, packing.order
            alone = np.diff(at, prepend=-1) != 0
        if not alone.all():
            raise ValueError(f"{int((~alone).sum())} keys stand more than once in the index table over {self.names}")
        return packing, at, order


class Packing:
    """One integer for each key of several columns: distinct for the members, whatever the number and size of the columns.

    Codes are the digits, each column's largest code its radix. Where 63 bits do not suffice for a further column, what
    is packed so far is replaced by its rank among the members, of which there are few.
    """

    def __init__(self, keys: Sequence[Codes]) -> None:
        self.radix = tuple(int(k.max(initial=0)) + 1 for k in keys)
        self.ranked: dict[int, Codes] = {}  # column -> packed members of the columns before it, where these are ranked
        small = math.prod(self.radix) < SMALL
        self.members: Codes = keys[0].astype(np.int32 if small else np.int64)
        self.cells = self.radix[0]
        for j, (key, radix) in enumerate(zip(keys[1:], self.radix[1:], strict=True), start=1):
            if self.cells * radix > LARGEST:
                self.ranked[j], self.members = np.unique(self.members, return_inverse=True)
                self.cells = len(self.ranked[j])
            self.members *= radix
            np.add(self.members, key, out=self.members, casting="unsafe")
            self.cells *= radix

    @property
    def dense(self) -> bool:
        """Whether a table of all cells is worth its memory."""
        return self.cells <= max(DENSE, 16 * len(self.members))

    @cached_property
    def order(self) -> Codes:
        """The members by their integers, equal ones as they stand."""
        ordered = bool((self.members[1:] >= self.members[:-1]).all())
        return np.arange(len(self.members)) if ordered else np.argsort(self.members, kind="stable")

    @cached_property
    def ascending(self) -> Codes:
        """The integers of the members in that order."""
        return self.members.take(self.order)

    def pack(self, codes: Sequence[Codes]) -> tuple[Codes, NDArray[np.bool_]]:
        """The integers of any keys, and where they can be one of the members' (elsewhere the integer says nothing)."""
        found = np.ones(codes[0].shape, bool)
        for c, r in zip(codes, self.radix, strict=True):
            found &= (c >= 0) & (c < r)
        if not found.all():
            codes = [np.where(found, c, 0) for c in codes]
        out = codes[0].astype(self.members.dtype)  # wide enough for what all digits make
        for j, (c, r) in enumerate(zip(codes[1:], self.radix[1:], strict=True), start=1):
            if (ranked := self.ranked.get(j)) is not None:
                rank = np.minimum(np.searchsorted(ranked, out), len(ranked) - 1)
                found &= ranked[rank] == out
                out = rank
            out = out * r + c
        return out, found


def ranks(keys: Sequence[Codes]) -> tuple[Codes, list[Codes]]:
    """The rank of every key among the distinct ones, and these, ascending."""
    packing = Packing(keys)
    if packing.dense:
        there = np.zeros(packing.cells, bool)
        there[packing.members] = True
        rank: Codes = (np.cumsum(there, dtype=np.int32) - 1).take(packing.members)
    else:
        rank = np.unique(packing.members, return_inverse=True)[1]
    some = np.zeros(int(rank.max(initial=-1)) + 1, np.int64)
    some[rank] = np.arange(len(rank))  # one row of each, whichever
    return rank, [k[some] for k in keys]


class Members:
    """For each value of some key columns of an index table, its rows: what an inner sum runs over."""

    def __init__(self, index: Index, by: Sequence[str], take: Sequence[str]) -> None:
        self.index = index
        self.by = tuple(index.names.index(n) for n in by)
        self.take = tuple(index.names.index(n) for n in take)

    def join(self, codes: Sequence[Codes]) -> tuple[Codes, Any]:
        """Every pair of a given key and a row that has it: (pairs,) number of the key, and row; ALL: every row in turn."""
        packing = self.index.packing(self.by)
        packed, found = packing.pack(codes)
        asked = np.flatnonzero(found)
        packed = packed[asked]
        if packing.dense:
            number = np.full(packing.cells, -1, np.int32)
            number[packed] = asked
            if (number[packed] == asked).all():  # no two keys alike: every row has one at most, so nothing is sorted
                number = number.take(packing.members)
                if number.min(initial=0) >= 0:
                    return number, ALL
                rows = np.flatnonzero(number >= 0)
                return number[rows], rows
        start, stop = (np.searchsorted(packing.ascending, packed, side) for side in ("left", "right"))
        many = stop - start
        key = np.repeat(np.arange(len(asked)), many)
        return asked[key], packing.order[(start - np.cumsum(many) + many)[key] + np.arange(len(key))]


class Model:
    """A model under construction: its Pyomo blocks, and the registers where components meet."""

    def __init__(self, full: bool = False) -> None:
        self.full = full
        self.pyomo = pyo.ConcreteModel()
        self.supply: list[Flow] = []
        self.use: list[Flow] = []
        self.costs: list[Cost] = []
        self.data: dict[int, Any] = {}  # id of a Pyomo component -> its index table, column or members
        self.variables: list[tuple[str, Any, Index]] = []
        self.rows: list[tuple[str, Any, Callable[..., Any]]] = []
        self.reports: dict[str, tuple[Any, Callable[..., Any]]] = {}
        self.index = SimpleNamespace()  # component name -> namespace of its index tables

    def __getattr__(self, name: str) -> Any:
        """Block of an earlier component: `m.trade.ship` is its Var."""
        return getattr(self.__dict__["pyomo"], name)

    def block(self, name: str) -> Builder:
        """A new block named after its component."""
        self.pyomo.add_component(name, pyo.Block(concrete=True))
        return Builder(self, name, getattr(self.index, name, SimpleNamespace()))


class Builder:
    """Declares one component's Sets, Params, Vars and rows on its block; `data` holds its index tables."""

    def __init__(self, model: Model, name: str, data: Any) -> None:
        self.model, self.name, self.data = model, name, data
        self.block = getattr(model.pyomo, name)

    def set(self, name: str, index: Index) -> Any:
        """The Set of an index table's members."""
        keys = index.keys if self.model.full else [np.zeros(1, np.int64)] * len(index.keys)
        return self._add(name, pyo.Set(dimen=len(index.keys), initialize=_tuples(keys), ordered=True), index)

    def param(self, over: Any, column: str) -> Any:
        """The Param that one column of an index table holds."""
        index: Index = self.model.data[id(over)]
        values: Any = {}
        if self.model.full:
            values = dict(zip(_tuples(index.keys), map(float, index.columns[column]), strict=True))
        name = f"{over.local_name}_{column}".replace(" ", "_")
        return self._add(name, pyo.Param(over, initialize=values, within=pyo.Any), (index, column))

    def params(self, over: Any, *names: str) -> tuple[Any, ...]:
        """Several Params over one Set."""
        return tuple(self.param(over, n) for n in names)

    def members(self, name: str, over: Any, by: Sequence[str], take: Sequence[str]) -> Any:
        """Indexed set: for each value of the key columns `by`, the key columns `take` of the rows of `over`."""
        members = Members(self.model.data[id(over)], by, take)
        if self.model.full:
            return _Lookup(members)
        witness = _tuples([np.zeros(1, np.int64)] * len(by))
        outer = pyo.Set(dimen=len(by), initialize=witness)
        self.block.add_component(f"{name}_by", outer)
        inner = pyo.Set(outer, dimen=len(take), initialize={witness[0]: _tuples([np.zeros(1, np.int64)] * len(take))})
        return self._add(name, inner, members)

    def var(self, name: str, over: Any, lower: str = "", upper: str = "") -> Any:
        """A decision over a Set, >= 0 unless columns of its index table say otherwise."""
        index: Index = self.model.data[id(over)]
        bounds = tuple(index.columns[c] if c else np.full(len(index), d) for c, d in ((lower, 0.0), (upper, np.inf)))
        if self.model.full:
            pairs = {
                k: (float(lo), None if hi == np.inf else float(hi))
                for k, lo, hi in zip(_tuples(index.keys), *bounds, strict=True)
            }
            v = self._add(name, pyo.Var(over, bounds=lambda b, *k: pairs[k if len(k) > 1 else k[0]]), index)
        else:
            v = self._add(name, pyo.Var(over), index)
        self.model.variables.append(
            (f"{self.name}.{name}", v, Index(index.names, index.keys, lower=bounds[0], upper=bounds[1]))
        )
        return v

    def constraint(self, name: str, over: Any, rule: Callable[..., Any]) -> None:
        """One row for each member of a Set: rule(*keys) -> relational expression."""
        if self.model.full:
            self.block.add_component(name, pyo.Constraint(over, rule=lambda b, *k: _settled(rule(*k))))
        self.model.rows.append((f"{self.name}.{name}", over, rule))

    def report(self, name: str, over: Any, rule: Callable[..., Any]) -> None:
        """A reported quantity: rule(*keys) -> linear expression, compiled like the rows but no part of the LP."""
        self.model.reports[f"{self.name}.{name}"] = (over, rule)

    def _add(self, name: str, component: Any, data: Any) -> Any:
        self.block.add_component(name, component)
        self.model.data[id(component)] = data
        return component


class _Lookup:
    """`members` in full: plain lists of key tuples."""

    def __init__(self, members: Members) -> None:
        index = members.index
        self.groups: dict[tuple[int, ...], list[Any]] = {}
        by = _tuples([index.keys[j] for j in members.by], always=True)
        take = _tuples([index.keys[j] for j in members.take])
        for k, t in zip(by, take, strict=True):
            self.groups.setdefault(k, []).append(t)

    def __getitem__(self, key: Any) -> list[Any]:
        return self.groups.get(key if isinstance(key, tuple) else (key,), [])


def _tuples(keys: Sequence[Codes], always: bool = False) -> list[Any]:
    """Key tuples as Pyomo wants them: plain values where there is one column."""
    if len(keys) == 1 and not always:
        return [int(v) for v in keys[0]]
    return list(zip(*(k.tolist() for k in keys), strict=True))


def _settled(row: Any) -> Any:
    """A row that came out without columns is true or false."""
    if isinstance(row, (bool, np.bool_)):
        return pyo.Constraint.Feasible if row else pyo.Constraint.Infeasible
    return row

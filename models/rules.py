"""Which rule row matches what, and which of the matching rows decides: joins by numpy, never row by row.

A rule sheet is a few key columns (`Specs`) and some value columns. `match` pairs its rows with the items of the model
(lanes, sites), `specificity` ranks the rows, and `resolve` lets the most specific one decide for each item and year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.places import Bools, Cells, Floats, Ints, Places, Specs, image, narrower, speak

NOBODY: Final = -1  # the winner where no row decides


@dataclass(frozen=True)
class Matches:
    """Every pair of a rule row and an item it matches: (pairs,) positions, in no order a caller may rely on."""

    rule: Ints
    item: Ints


@dataclass(frozen=True)
class Decision:
    """The rule row that decides each item in each year, and the pairs of rows that contradict each other.

    by_pattern: (items, patterns) row or NOBODY; pattern: (years,) the pattern of each year (years in which the same
    rows speak share one); ties: (k, 2) distinct pairs of rows: the first of the equals, and one that disagrees with it.
    """

    by_pattern: NDArray[np.int32]
    pattern: Ints
    ties: Ints

    @property
    def winner(self) -> NDArray[np.int32]:
        """Row that decides, or NOBODY: (items, years)."""
        return np.take(self.by_pattern, self.pattern, axis=1)


def match(keys: Sequence[tuple[Specs, Ints]]) -> Matches:
    """All pairs of a rule row and an item it matches; keys: the cells and the items' codes of each key column."""
    specs, codes = [spec for spec, _ in keys], [code for _, code in keys]
    rules, items = len(specs[0].code), len(codes[0])
    if not rules or not items:
        return Matches(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    # Rows that leave the same key columns open are joined together, over the columns that bar something.
    bars = np.stack([~_every(spec.member)[spec.code] for spec in specs])
    patterns, pattern = _patterns(bars)
    found = []
    for p in range(patterns.shape[1]):
        rows = np.flatnonzero(pattern == p)
        used = [k for k in range(len(keys)) if patterns[k, p]]
        # The column that bars most comes first, so that the join stays narrow.
        used.sort(key=lambda k: float(specs[k].member.mean(axis=1)[specs[k].code[rows]].mean()))
        found.append(_join(rows, [specs[k] for k in used], [codes[k] for k in used], items))
    return Matches(np.concatenate([rule for rule, _ in found]), np.concatenate([item for _, item in found]))


def match_trade(
    places: Places, commodity: Specs, origin: Specs, destination: Specs, lanes: tuple[Ints, Ints, Ints], home: bool
) -> Matches:
    """All pairs of a trade rule and a lane it touches; lanes: (lanes,) commodity, origin place, destination place.

    `*` opposite a group is everyone outside that group. A lane inside one territory is touched only with home (the
    sheet Lanes), by a row that names both ends by country or place.
    """
    out, into = _facing(origin, destination), _facing(destination, origin)
    found = match([(commodity, lanes[0]), (out, lanes[1]), (into, lanes[2])])
    foreign = places.territory[lanes[1]] != places.territory[lanes[2]]
    named = origin.single[origin.code] & destination.single[destination.code] & home
    touched = foreign[found.item] | named[found.rule]
    return Matches(found.rule[touched], found.item[touched])


def site_keys(
    cells: Cells, process: Specs, country: Specs,
    copies: Sequence[str], declared: Sequence[str], runs: Ints, place: Ints,
) -> tuple[Specs, Specs, Specs]:  # fmt: skip
    """Keys (site, process, country) of the rows of Site years, over the sites as they stand.

    cells: the site column; copies: (sites,) their own names, `mine@COD` for a copy; declared: (sites,) their names in
    Sites; runs, place: (sites,) process and place. A named site names its process and country too: these two columns
    speak of the narrower of what their own cell and what the site says.
    """
    stands: dict[str, list[int]] = {}
    for i, name in enumerate(declared):
        stands.setdefault(name, []).append(i)
    named = set(cells)
    single = {name: np.array([i], dtype=np.int64) for i, name in enumerate(copies) if name in named}
    site = speak(cells, len(copies), single, {name: np.array(i, dtype=np.int64) for name, i in stands.items()})
    made = replace(image(site, runs, process), single=~site.any, size=np.where(site.any, 0, 1))
    return site, narrower(process, made), narrower(country, image(site, place, country))


def specificity(keys: Sequence[Specs]) -> Ints:
    """Dense rank of how specific each row is: (rules,), higher is more specific, equal is a tie.

    First the number of key columns that are not `*`, then those that name a single item, then the smaller sizes.
    """
    named = np.sum([~spec.any[spec.code] for spec in keys], axis=0)
    single = np.sum([spec.single[spec.code] for spec in keys], axis=0)
    size = np.sum([spec.size[spec.code] for spec in keys], axis=0)
    rank = np.unique(np.stack([named, single, -size], axis=1), axis=0, return_inverse=True)[1]
    return rank.astype(np.int64).ravel()


def active(first: Ints, last: Ints, years: Ints) -> Bools:
    """Whether each row holds in each year, both ends inclusive: (rules, years)."""
    return np.asarray((first[:, None] <= years) & (years <= last[:, None]))


def resolve(
    matches: Matches, rank: Ints, active: Bools, values: Sequence[Floats], items: int, defaults: Sequence[float] = ()
) -> Decision:
    """The most specific matching row for each item and year, among those that say something; and the ties.

    values: the columns that win together, each (rules,) or (rules, years), NaN where blank; a row takes part where at
    least one is given. defaults: what a blank among them means, so that a blank and its default do not disagree.
    """
    rules = len(rank)
    given = [~np.isnan(_table(value)) for value in values]
    patterns, pattern = _patterns(active & np.logical_or.reduce(np.broadcast_arrays(*given)))
    # A row that something more specific outranks in every year decides nothing: drop it before sorting.
    best = np.full(items, -1, dtype=np.int64)
    steady = _every(patterns)[matches.rule]
    np.maximum.at(best, matches.item[steady], rank[matches.rule[steady]])
    alive = ~_every(~patterns)[matches.rule] & (rank[matches.rule] >= best[matches.item])
    # Within an item, the most specific first; among equals, the row that stands first in the sheet.
    order = np.argsort(-rank, kind="stable")
    turn = np.argsort(order, kind="stable")
    item, at = np.divmod(np.sort(matches.item[alive] * rules + turn[matches.rule[alive]]), max(rules, 1))
    rule = order[at]
    level, flags = rank[rule], np.ascontiguousarray(patterns.T)
    # Only rows as specific as their neighbour on the same item can contradict one another.
    twin = (np.diff(item) == 0) & (np.diff(level) == 0)
    rivals = np.flatnonzero(np.append(twin, False) | np.append(False, twin))
    winner = np.full((items, len(flags)), NOBODY, dtype=np.int32)
    first = np.flatnonzero(np.diff(item, prepend=-1))
    winner[item[first]] = rule[first, None]
    # Where all that is left speaks in every year that is it; the other items are gone through year by year.
    some = np.flatnonzero(np.isin(item, item[~_every(patterns)[rule]]))
    winner[item[some]] = NOBODY
    ties = [np.zeros(0, dtype=np.int64)]
    for p, flag in enumerate(flags):
        speaks = some[flag[rule[some]]]
        first = speaks[np.diff(item[speaks], prepend=-1) != 0]
        winner[item[first], p] = rule[first]
        rival = rivals[flag[rule[rivals]]]
        head = winner[item[rival], p].astype(np.int64)
        equal = (level[rival] == rank[head]) & (rule[rival] != head)
        pairs = np.unique(head[equal] * rules + rule[rival][equal])
        ties.append(pairs[_disagree(*np.divmod(pairs, max(rules, 1)), values, defaults, pattern == p)])
    tied = np.unique(np.concatenate(ties))
    return Decision(winner, pattern, np.stack(np.divmod(tied, max(rules, 1)), axis=1))


def said(decision: Decision, values: Floats, default: float) -> Floats:
    """What the deciding rows say: (items, patterns); where none does or its cell is blank, default. values: (rules,)."""
    filled = np.where(np.isnan(values), default, values)
    return np.append(filled, default)[decision.by_pattern]  # NOBODY, -1, reads the last one


def spread(figures: Floats, decision: Decision) -> Floats:
    """Figures of each pattern of years as those of each year: (items, years), or (items, 1) where all years are alike."""
    return figures[:, :1] if (figures[:, 1:] == figures[:, :1]).all() else np.take(figures, decision.pattern, axis=1)


def pick(decision: Decision, values: Floats, default: float) -> Floats:
    """What the deciding rows say: (items, years); values: (rules,) or (rules, years)."""
    if values.ndim == 1:
        return np.take(said(decision, values, default), decision.pattern, axis=1)
    filled = np.where(np.isnan(values), default, values)
    lines = np.append(filled, np.full((1, filled.shape[1]), default), axis=0)
    return lines[decision.winner, np.arange(lines.shape[1])]


def idle(matches: Matches, rules: int) -> Ints:
    """Rows that match nothing."""
    return np.flatnonzero(np.bincount(matches.rule, minlength=rules) == 0)


def matched_years(matches: Matches, active: Bools, items: int) -> Bools:
    """Whether any row matches each item in each year: (items, years)."""
    patterns, pattern = _patterns(active)
    reached = np.zeros((items, patterns.shape[1]), dtype=bool)
    reached[matches.item[_every(patterns)[matches.rule]]] = True
    rest = np.flatnonzero(~_every(reached)[matches.item])
    for p in range(patterns.shape[1]):
        reached[matches.item[rest[patterns[matches.rule[rest], p]]], p] = True
    return np.take(reached, pattern, axis=1)


def within(matches: Matches, label: Ints) -> tuple[Matches, Ints]:
    """The same pairs, with one item for each item and label of a rule (one winner within each measure).

    label: (rules,) from 0. Returns the pairs over the new items and, ascending, the old item of each new one.
    """
    labels = int(label.max(initial=0)) + 1
    both, item = np.unique(matches.item * labels + label[matches.rule], return_inverse=True)
    return Matches(matches.rule, item.astype(np.int64)), both // labels


def add_up(values: Floats, item: Ints, items: int) -> Floats:
    """Sum over the parts of each item: (parts, columns) -> (items, columns); item: (parts,)."""
    return np.stack([np.bincount(item, column, items) for column in values.T], axis=1)


def _join(rows: Ints, specs: Sequence[Specs], codes: Sequence[Ints], items: int) -> tuple[Ints, Ints]:
    """Pairs of these rows and the items that lie in every one of the given key columns.

    The items are sorted by the columns in turn; each step cuts the runs of items still open to a row into runs of one
    code of the next column and keeps those the row speaks of.
    """
    if not specs:
        return np.repeat(rows, items), np.tile(np.arange(items), len(rows))
    # Items that none of the rows can speak of stay out.
    spoken = [np.logical_or.reduce(spec.member[spec.code[rows]])[code] for spec, code in zip(specs, codes, strict=True)]
    near = np.flatnonzero(np.logical_and.reduce(spoken))
    order, items = near[_sorted([code[near] for code in codes])], len(near)
    change = np.zeros(items + 1, dtype=bool)
    change[[0, items]] = True
    rule, low, high = rows, np.zeros(len(rows), dtype=np.int64), np.full(len(rows), items)
    for step, (spec, given) in enumerate(zip(specs, codes, strict=True)):
        code = given[order]
        change[1:-1] |= code[1:] != code[:-1]
        edge = np.flatnonzero(change)
        if step == 0:  # every run is still open to every row: look only at those its spec speaks of
            speaker, run = np.nonzero(spec.member[:, code[edge[:-1]]])
            start = np.searchsorted(speaker, np.arange(len(spec.member) + 1))
            parent, at = _spread(start[spec.code[rule]], start[spec.code[rule] + 1])
            rule, node = rule[parent], run[at]
        else:
            run = np.cumsum(change) - 1  # the run that holds each position
            parent, node = _spread(run[low], run[high])
            keep = spec.member[spec.code[rule[parent]], code[edge[node]]]
            rule, node = rule[parent[keep]], node[keep]
        low, high = edge[node], edge[node + 1]
    parent, position = _spread(low, high)
    return rule[parent], order[position]


def _sorted(codes: Sequence[Ints]) -> Ints:
    """The order of items by several columns of codes, ties as they stand."""
    packed, cells, items = codes[0].astype(np.int64), int(codes[0].max(initial=0)) + 1, len(codes[0])
    for code in codes[1:]:
        radix = int(code.max(initial=0)) + 1
        packed, cells = packed * radix + code, cells * radix
    if cells * items >= 1 << 63:
        return np.lexsort(codes[::-1])
    return np.sort(packed * items + np.arange(items)) % max(items, 1)  # many times faster than sorting positions


def _spread(low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """Every number of each half-open range, and the range it comes from."""
    count = high - low
    parent = np.repeat(np.arange(len(low)), count)
    return parent, np.arange(len(parent)) + np.repeat(low - np.cumsum(count) + count, count)


def _facing(end: Specs, other: Specs) -> Specs:
    """This end of a trade rule, with `*` opposite a group read as everyone outside that group."""
    group = ~(other.any | other.each | other.single)
    opposite = end.any[end.code] & group[other.code]
    code = np.where(opposite, len(end.member) + other.code, end.code)
    return Specs(
        code=code,
        member=np.concatenate([end.member, ~other.member]),
        any=np.concatenate([end.any, other.any]),
        each=np.concatenate([end.each, other.each]),
        single=np.concatenate([end.single, other.single]),
        size=np.concatenate([end.size, other.size]),
    )


def _every(flags: Bools) -> Bools:
    """Whether a whole line is set: (lines, columns) -> (lines,)."""
    return np.asarray(flags.all(axis=1))


def _patterns(flags: Bools) -> tuple[Bools, Ints]:
    """The distinct columns of a table of flags, and which of them each column is."""
    if not len(flags):
        return flags[:, :1], np.zeros(flags.shape[1], dtype=np.int64)
    packed = np.packbits(flags, axis=0)
    _, first, which = np.unique(packed, axis=1, return_index=True, return_inverse=True)
    return flags[:, first], which.astype(np.int64).ravel()


def _table(values: Floats) -> Floats:
    """A value column as (rules, 1) or (rules, years)."""
    return values if values.ndim > 1 else values[:, None]


def _disagree(a: Ints, b: Ints, values: Sequence[Floats], defaults: Sequence[float], years: Bools) -> Bools:
    """Whether two rows say something different in any of these years, for each pair: (pairs,)."""
    differ = np.zeros(len(a), dtype=bool)
    for value, default in zip(values, defaults or [np.nan] * len(values), strict=True):
        full = _table(np.where(np.isnan(value), default, value))
        full = full[:, years] if full.shape[1] > 1 else full
        same = (full[a] == full[b]) | (np.isnan(full[a]) & np.isnan(full[b]))
        differ |= ~same.all(axis=1)
    return differ

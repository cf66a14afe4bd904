"""Places, territories, owners and groups as integer codes, and what a cell that names some of them speaks of.

A rule and a data sheet read the same name differently: in a rule a country is every place on its soil and a group
takes in the places on its members' soil; in a data sheet a country is that one place and a group what it lists.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

ANY: Final = "*"
EACH: Final = "each"

Ints = NDArray[np.signedinteger[Any]]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Cells: TypeAlias = "Sequence[str] | NDArray[Any] | pd.Series[Any]"  # a column of text


@dataclass(frozen=True)
class Specs:
    """What the cells of one key column speak of: one spec for each distinct text, over the items it may name.

    code: (cells,) the spec of each cell; member: (specs, items) the items a spec speaks of; any: (specs,) the word `*`;
    each: (specs,) the word `each`, which speaks of every item on its own; single: (specs,) names one item and not a
    group (a country with several places is one item); size: (specs,) how many items it speaks of, 0 for `*`.
    """

    code: Ints
    member: Bools
    any: Bools
    each: Bools
    single: Bools
    size: Ints


@dataclass(frozen=True)
class Members:
    """The places that the cells of a data sheet name: (pairs,) each, in the order of the rows.

    row: position of the cell; place: a place it names; share: that place's part of the cell's amount, 1 in all.
    """

    row: Ints
    place: Ints
    share: Floats


class Places:
    """Every place of the study by its position in Countries, with its territory, owner, risk and groups.

    names: codes in the order of the sheet; territory, owner: (places,) place -> place; aggregate: (places,) bool;
    risk [0..1], capital_rate [1/y]: (places,) NaN where blank; groups: names of Groups, then of regions.
    """

    def __init__(self, countries: pd.DataFrame, groups: pd.DataFrame) -> None:
        self.names: list[str] = [str(name) for name in countries["country"]]
        self.position: dict[str, int] = {name: i for i, name in enumerate(self.names)}
        self.territory = self._places(countries["territory"])
        self.owner = self._places(countries["owner"])
        self.aggregate: Bools = np.asarray(countries["aggregate"] == "yes", dtype=bool)
        self.risk: Floats = np.asarray(countries["risk"], dtype=float)
        self.capital_rate: Floats = np.asarray(countries["capital rate"], dtype=float)
        members: dict[str, list[tuple[int, float]]] = {}
        for name, country, weight in zip(groups["group"], groups["country"], groups["weight"], strict=True):
            members.setdefault(str(name), []).append((self.position[country], weight))
        # A region that Groups declares too is the one of Groups: what the analyst wrote out by hand is meant.
        declared = set(members) | {""}
        for at, name in enumerate(map(str, countries["region"])):
            if name not in declared:
                members.setdefault(name, []).append((at, 1.0))
        self._listed: dict[str, tuple[Ints, Floats]] = {
            name: (np.array([at for at, _ in pairs], dtype=np.int64), np.array([w for _, w in pairs], dtype=float))
            for name, pairs in members.items()
        }
        self.groups: list[str] = list(self._listed)
        self._countries, self._reach = {}, {}
        for by, fold in (("territory", self.territory), ("owner", self.owner)):
            # A country is every place that folds into it; a place that folds into another country is that place alone.
            alone = fold != np.arange(len(fold))
            reach = [np.flatnonzero(fold == i) if not alone[i] else np.array([i]) for i in range(len(fold))]
            self._countries[by] = dict(zip(self.names, reach, strict=True))
            # So a listed country brings all of its places into the group, a listed place (COD.CN) only itself.
            self._reach[by] = {
                name: np.unique(np.concatenate([reach[i] for i in places]))
                for name, (places, _) in self._listed.items()
            }

    def rule(self, cells: Cells, by: Literal["territory", "owner"] = "territory") -> Specs:
        """What the cells of a rule sheet's place column speak of, over the places; an unknown name is a KeyError.

        by owner, a country is every place it owns (Limits and Concentration may fold sources that way).
        """
        return speak(cells, len(self.names), self._countries[by], self._reach[by])

    def data(self, cells: Cells, split: bool = True) -> Members:
        """The places that the cells of a data sheet's place column name, one pair for each row and place.

        With split, shares follow the weights of Groups (a ValueError where a group's weights are all zero); without,
        each place has the whole (a site in each, a stockpile in each). An unknown name is a KeyError.
        """
        code, texts = _distinct(cells)
        named = [self._named(text, split) for text in texts]
        count = np.array([len(places) for places, _ in named], dtype=np.int64)
        begin = np.cumsum(count) - count
        row = np.repeat(np.arange(len(code), dtype=np.int64), count[code])
        at = np.arange(len(row)) - np.repeat(np.cumsum(count[code]) - count[code] - begin[code], count[code])
        place = np.concatenate([places for places, _ in named]) if named else np.zeros(0, dtype=np.int64)
        share = np.concatenate([shares for _, shares in named]) if named else np.zeros(0)
        return Members(row, place[at], share[at])

    def _named(self, text: str, split: bool) -> tuple[Ints, Floats]:
        """Places and shares of one cell of a data sheet."""
        if text in self.position:
            places, weights = np.array([self.position[text]], dtype=np.int64), np.ones(1)
        elif text == ANY:
            places, weights = np.arange(len(self.names), dtype=np.int64), np.ones(len(self.names))
        else:
            places, weights = self._listed[text]
        if not split:
            return places, np.ones(len(places))
        if not weights.sum() > 0:
            raise ValueError(f"the weights of group {text} are all zero")
        return places, weights / weights.sum()

    def _places(self, cells: pd.Series[Any]) -> Ints:
        """Position of the place each cell names; a blank cell is the place of its own row."""
        return np.array([self.position[name] if name else i for i, name in enumerate(cells)], dtype=np.int64)


def codes(cells: Cells, names: Sequence[str]) -> Specs:
    """What the cells of a plain code column (commodity, process) speak of, over names; an unknown one is a KeyError."""
    return speak(cells, len(names), {name: np.array([i], dtype=np.int64) for i, name in enumerate(names)}, {})


def speak(cells: Cells, items: int, single: Mapping[str, Ints], group: Mapping[str, Ints]) -> Specs:
    """Specs of cells over items, from the items each single name and each group stands for; `*`, `each` are all."""
    code, texts = _distinct(cells)
    member = np.zeros((len(texts), items), dtype=bool)
    for spec, text in enumerate(texts):
        member[spec, slice(None) if text in (ANY, EACH) else single[text] if text in single else group[text]] = True
    star = np.array([text == ANY for text in texts], dtype=bool)
    return Specs(
        code=code,
        member=member,
        any=star,
        each=np.array([text == EACH for text in texts], dtype=bool),
        single=np.array([text in single for text in texts], dtype=bool),
        size=np.where(star, 0, member.sum(axis=1, dtype=np.int64)),
    )


def image(site: Specs, of: Ints, like: Specs) -> Specs:
    """Cells of one key column read as another: the processes or places (of: (items,)) of the sites they speak of."""
    member = np.zeros((len(site.member), like.member.shape[1]), dtype=bool)
    spec, item = np.nonzero(site.member)
    member[spec, of[item]] = True
    member[site.any] = True
    return replace(site, member=member)


def narrower(stated: Specs, implied: Specs) -> Specs:
    """Cells that say two things at once: they speak of what both do, and the more specific of the two counts."""
    pairs, code = np.unique(np.stack([stated.code, implied.code], axis=1), axis=0, return_inverse=True)
    a, b = pairs.T
    wide = int(max(stated.size.max(initial=0), implied.size.max(initial=0))) + 1
    own, other = (np.where(s.any, 2 * wide, np.where(s.single, 0, wide) + s.size) for s in (stated, implied))
    mine = own[a] <= other[b]
    return Specs(
        code=code.astype(np.int64).ravel(),
        member=stated.member[a] & implied.member[b],
        any=stated.any[a] & implied.any[b],
        each=stated.each[a] & implied.each[b],
        single=np.where(mine, stated.single[a], implied.single[b]),
        size=np.where(mine, stated.size[a], implied.size[b]),
    )


def _distinct(cells: Cells) -> tuple[Ints, list[str]]:
    """The distinct texts of a column and which of them each cell holds."""
    code, texts = pd.factorize(np.asarray(cells, dtype=object))
    return code.astype(np.int64), [str(text) for text in texts]

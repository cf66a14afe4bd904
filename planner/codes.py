"""Codes and places: every spelling becomes the declared one, and a name nobody declared is found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Final

from models.schema import Column, Table, Tables
from planner.names import cut, fold, listed, lookalike, nearest
from planner.say import Found, among

SAID: Final = ("region", "material", "stage", "chain")  # free texts that other cells speak of
SUMS: Final = frozenset({
    "total", "world", "world total", "grand total", "sum", "subtotal", "other", "others", "rest of world", "row", "top 3 share",
})  # fmt: skip
SUGGESTED: Final = 50  # unknown names of one column for which a similar one is looked for; that takes its time


class Names:
    """The names a study declares: folded spelling -> declared spelling, by what a column refers to."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._known: dict[str, dict[str, str]] = {}

    def of(self, column: Column) -> dict[str, str]:
        """What a code or place column may name; empty for a free one."""
        refers = "places" if column.kind == "place" else column.refers
        if refers not in self._known:
            self._known[refers] = {fold(name): name for name in reversed(list(self._declared(refers))) if name}
        return self._known[refers]

    def spelled(self, column: Column, text: str) -> str:
        """The declared spelling of a name, or the text as it stands."""
        known = self.of(column)
        name = known.get(fold(text))
        if name is None and column.refers == "Sites" and "@" in text:
            site, _, country = text.rpartition("@")
            return "@".join((known.get(fold(site), site), self._countries.get(fold(country), country)))
        return text if name is None else name

    def knows(self, column: Column, text: str) -> bool:
        """Whether a name, in its declared spelling, is one the column may hold."""
        if not text or text in column.words or self.of(column).get(fold(text)) == text:
            return True
        site, _, country = text.rpartition("@")
        return column.refers == "Sites" and country in self._members.get(self._homes.get(site, ""), ())

    def like(self, column: Column, text: str) -> str:
        """The declared name that a text seems to mean: one that looks like it, or whose readable name does."""
        near = nearest(text, [*self.of(column).values(), *column.words])
        if near:
            return near
        sheet = "Countries" if column.kind == "place" else column.refers.split(" or ")[0]
        frame = self._tables.get(sheet)
        if frame is None or "name" not in frame:
            return ""
        readable = dict(zip(frame["name"], frame[frame.columns[0]], strict=True))
        return str(readable.get(nearest(text, [name for name in readable if name]), ""))

    def _declared(self, refers: str) -> Iterable[str]:
        if refers == "places":
            yield from self._column("Countries", "country")
            yield from self._column("Groups", "group")
            yield from self._column("Countries", "region")
        for part in refers.split(" or ") if refers != "places" else ():
            if part == "material/stage":
                goods = self._tables["Commodities"]
                both = goods[(goods["material"] != "") & (goods["stage"] != "")]
                yield from both["material"] + "/" + both["stage"]
            elif part in self._tables:
                yield from self._column(part, self._tables[part].columns[0])

    def _column(self, sheet: str, column: str) -> list[str]:
        return list(self._tables[sheet][column].unique()) if sheet in self._tables else []

    @cached_property
    def _countries(self) -> dict[str, str]:
        return {fold(name): name for name in self._column("Countries", "country")}

    @cached_property
    def _homes(self) -> dict[str, str]:
        """What each site of Sites says of its country."""
        sites = self._tables["Sites"]
        return dict(zip(sites["site"], sites["country"], strict=True))

    @cached_property
    def _members(self) -> dict[str, set[str]]:
        """Countries in which a site of a group, of a region or of `*` has copies."""
        countries, groups = self._tables["Countries"], self._tables["Groups"]
        regions = countries.groupby("region")["country"].agg(set).to_dict()
        return {
            **regions,
            **groups.groupby("group")["country"].agg(set).to_dict(),
            "*": set(countries["country"]),
            "": set(),
        }


def spell(tables: Tables, schema: Sequence[Table]) -> None:
    """Give every name in the tables its declared spelling; a free name is spelled as where it first stands."""
    spelled: dict[str, dict[str, str]] = {}
    for table in schema:
        for column in table.columns:
            if (column.kind == "code" and not column.refers) or (column.kind == "text" and column.name in SAID):
                pool = spelled.setdefault("group" if column.name == "region" else column.name, {})
                texts = tables[table.name][column.name].unique()
                _rename(tables, table, column, {text: pool.setdefault(fold(text), text) for text in texts})
    names = Names(tables)
    for table in schema:
        for column in table.columns:
            if column.kind == "place" or (column.kind == "code" and column.refers):
                texts = tables[table.name][column.name].unique()
                mine = {"", *column.words}
                _rename(tables, table, column, {t: t if t in mine else names.spelled(column, t) for t in texts})
    if "Countries" in tables:
        frame = tables["Countries"]
        own = {name: frame[name].where(frame[name] != "", frame["country"]) for name in ("territory", "owner")}
        tables["Countries"] = frame.assign(**own)


def _rename(tables: Tables, table: Table, column: Column, spelled: dict[str, str]) -> None:
    """Map a column's texts; the frame itself stays as it is, for it may be another study's too."""
    if any(text != name for text, name in spelled.items()):
        frame = tables[table.name]
        tables[table.name] = frame.assign(**{column.name: frame[column.name].map(spelled).astype("str")})


def unknown(tables: Tables, schema: Sequence[Table]) -> Iterator[Found]:
    """Every cell that names something nobody declared."""
    names = Names(tables)
    for table in schema:
        for column in table.columns:
            if column.kind == "place" or (column.kind == "code" and column.refers):
                values = tables[table.name][column.name]
                strange = [text for text in values.unique() if not names.knows(column, text)]
                said = {text: _what(column, text, names, i < SUGGESTED) for i, text in enumerate(strange)}
                for at, (problem, fix) in among(values, said):
                    yield Found(table.name, at, column.name, problem, fix)


def _what(column: Column, text: str, names: Names, search: bool) -> tuple[str, str]:
    """What is wrong with an unknown name and how to mend it."""
    known = list(names.of(column).values())
    home = "Countries or Groups" if column.kind == "place" else column.refers
    if text in ("*", "each"):
        words = f" or {listed(column.words)}" if column.words else ""
        return f'{column.name}: "{cut(text)}" is not allowed here.', f"Name one of {home}{words}."
    if column.refers == "Sites" and "@" in text:
        fix = "Write site@country, of a site whose country is * or a group with that country."
        return f'{column.name}: "{cut(text)}" is no copy of a site.', fix
    if odd := lookalike(text):
        return f'{column.name}: "{cut(text)}" {odd} and is not in {home}.', "Retype it."
    if fold(text) in SUMS and home.startswith("Countries"):
        fix = "Delete the row if it is a sum (it would count twice), or declare it in Countries."
        return f'{column.name}: "{cut(text)}" is not in {home}; it looks like a sum.', fix
    like = names.like(column, text) if search else ""
    fix = f'Did you mean "{like}"?' if like else f"Declare it there, or use one of {listed(known)}."
    return f'{column.name}: "{cut(text)}" is not in {home}.', fix

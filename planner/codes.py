"""Codes and places: every spelling becomes the declared one, and a name nobody declared is found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from models.schema import Column, Table, Tables
from planner.names import fold, listed, lookalike, suggestion
from planner.say import Found, where

SAID = ("region", "material", "stage", "chain")  # free texts that other cells speak of
SUMS = (
    "total",
    "world",
    "world total",
    "grand total",
    "sum",
    "subtotal",
    "other",
    "others",
    "rest of world",
    "row",
    "top 3 share",
)


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
            return "@".join((known.get(fold(site), site), self._countries().get(fold(country), country)))
        return text if name is None else name

    def knows(self, column: Column, text: str) -> bool:
        """Whether a name, in its declared spelling, is one the column may hold."""
        if text in column.words or not text or text in self.of(column).values():
            return True
        if column.refers != "Sites" or "@" not in text:
            return False
        site, _, country = text.rpartition("@")
        sites = self._tables["Sites"]
        home = sites.loc[sites["site"] == site, "country"]
        return len(home) > 0 and country in self._members(str(home.iloc[0]))

    def _declared(self, refers: str) -> Iterable[str]:
        if refers == "places":
            return [
                *self._column("Countries", "country"),
                *self._column("Groups", "group"),
                *self._column("Countries", "region"),
            ]
        names: list[str] = []
        for part in refers.split(" or "):
            if part == "material/stage":
                goods = self._tables["Commodities"]
                names += list(
                    (goods["material"] + "/" + goods["stage"])[(goods["material"] != "") & (goods["stage"] != "")]
                )
            elif part:
                names += self._column(part, self._tables[part].columns[0]) if part in self._tables else []
        return names

    def _column(self, sheet: str, column: str) -> list[str]:
        return list(self._tables[sheet][column].unique()) if sheet in self._tables else []

    def _countries(self) -> dict[str, str]:
        return {fold(name): name for name in self._column("Countries", "country")}

    def _members(self, group: str) -> set[str]:
        """Countries in which a site of this `country` has copies."""
        countries, groups = self._tables["Countries"], self._tables["Groups"]
        if group == "*":
            return set(countries["country"])
        if group in set(countries["country"]):
            return set()
        listed_ = groups.loc[groups["group"] == group, "country"]
        return set(listed_) or set(countries.loc[countries["region"] == group, "country"])


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
                for text in values.unique():
                    if not names.knows(column, text):
                        problem, fix = _what(column, text, names)
                        yield from (Found(table.name, at, column.name, problem, fix) for at in where(values == text))


def _what(column: Column, text: str, names: Names) -> tuple[str, str]:
    """What is wrong with an unknown name and how to mend it."""
    known = list(names.of(column).values())
    home = "Countries or Groups" if column.kind == "place" else column.refers
    odd = lookalike(text)
    near = suggestion(text, [*known, *column.words])
    if text == "*" or text == "each":
        allowed = f" Allowed are names of {home}" + (f" and {listed(column.words)}." if column.words else ".")
        return f'{column.name}: "{text}" is not allowed here.', f"Name one.{allowed}"
    if column.refers == "Sites" and "@" in text:
        return (
            f'{column.name}: "{text}" is no copy of a site.',
            "Write site@country where the site's country is a group or * that holds the country.",
        )
    if odd:
        return f'{column.name}: "{text}" {odd} and is not in {home}.', "Retype it."
    if fold(text) in SUMS and (column.kind == "place" or column.refers == "Countries"):
        fix = "Delete the row if it is a sum (it would count twice), or declare it in Countries."
        return f'{column.name}: "{text}" is not in {home}; it looks like a sum.', fix
    return f'{column.name}: "{text}" is not in {home}.', near or f"Declare it there, or use one of {listed(known)}."

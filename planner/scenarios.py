"""Scenarios: named changes of a study, applied row by row to its typed tables and validated like an input."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import models
from models.schema import Problem, Table, Tables
from planner.changes import Change
from planner.codes import spell
from planner.names import fold, listed, suggestion
from planner.say import Found, where
from planner.settings import settle
from planner.validate import validate
from planner.where import Unclear

RESERVED = ("history", "con", "nul", "prn", "aux", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)))
BASE = "base"  # the study as it stands, unless a scenario has that name


def apply(
    tables: Tables, names: Sequence[str], schema: Sequence[Table] | None = None, known: Iterable[Problem] = ()
) -> tuple[Tables, list[Problem]]:
    """The tables as the named scenarios change them, one after the other, and every problem met on the way.

    The tables given are not touched. A scenario that several others include is applied once. known: what the study
    itself says; it is not said again.
    """
    schema = models.TABLES if schema is None else schema
    result = Tables(dict(tables), tables.letters)
    order, problems = _Order(tables).rows(names)
    for at in order:
        try:
            Change(result, schema, at).carry_out()
        except Unclear as unclear:
            problems.append(_problem(tables, at, unclear))
    spell(result, schema)
    problems += brought(names, validate(result, schema), known)
    settle(result)
    return result, problems


def brought(names: Sequence[str], problems: Iterable[Problem], known: Iterable[Problem]) -> list[Problem]:
    """What the named scenarios bring to a study that has the known problems already."""
    before = {(p.sheet, p.cell, p.problem, p.severity) for p in known}
    new = [p for p in problems if (p.sheet, p.cell, p.problem, p.severity) not in before]
    new = [p for p in new if p.cell or p.severity != "hint"]  # hints on the study as a whole are said once, of it
    return [replace(p, problem=f"in scenario {' + '.join(names)}: {p.problem}") for p in new]


def scenario_names(tables: Tables) -> Iterator[Found]:
    """Names that cannot be the name of a report or of a sheet in it."""
    names = tables["Scenarios"]["scenario"]
    for at in where(~names.duplicated()):
        name = str(names.iloc[at])
        if len(name) > 40 or re.search(r"[\\/:*?\"<>|\[\]]|^[.']|[.']$", name):
            fix = "Use letters, digits, spaces, - and _ (at most 40)."
            yield Found("Scenarios", at, "scenario", f'"{name}" cannot name a scenario.', fix)
        elif fold(name) in RESERVED:
            yield Found("Scenarios", at, "scenario", f'"{name}" is a reserved name.', "Choose another name.")


def _problem(tables: Tables, at: int, unclear: Unclear) -> Problem:
    return Found("Scenarios", at, unclear.column, unclear.problem, unclear.fix).told(tables)


class _Order:
    """The order in which rows of Scenarios apply: the rows of included scenarios first."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.sheet = tables["Scenarios"]
        self.declared = {fold(name): str(name) for name in reversed(self.sheet["scenario"].tolist())}
        self.problems: list[Problem] = []
        self.order: list[int] = []
        self.done: set[str] = set()

    def rows(self, names: Sequence[str]) -> tuple[list[int], list[Problem]]:
        """Positions of the rows of these scenarios, and what is wrong with their names or includes."""
        for name in names:
            if fold(name) in self.declared:
                self._visit(self.declared[fold(name)], ())
            elif fold(name) != BASE:
                problem, fix = self._unknown(name)
                self.problems.append(Problem("Scenarios", "", name, problem, fix))
        return self.order, self.problems

    def _visit(self, name: str, above: tuple[str, ...]) -> None:
        self.done.add(name)
        own = self.sheet["scenario"] == name
        includes = self.sheet["operation"] == "include"
        for at in where(own & includes):
            other = self.declared.get(fold(self.sheet["value"].iloc[at]))
            if other is None:
                self._say(at, *self._unknown(self.sheet["value"].iloc[at]))
            elif other in (*above, name):
                loop = " > ".join((*(*above, name)[(*above, name).index(other) :], other))
                self._say(at, f"scenarios include each other in a circle: {loop}.", "Delete one of the include rows.")
            elif other not in self.done:
                self._visit(other, (*above, name))
        self.order += where(own & ~includes)

    def _unknown(self, name: str) -> tuple[str, str]:
        known = self.declared.values()
        return f'there is no scenario "{name}".', suggestion(name, known) or f"There are: {listed(known)}."

    def _say(self, at: int, problem: str, fix: str) -> None:
        self.problems.append(_problem(self.tables, at, Unclear("value", problem, fix)))

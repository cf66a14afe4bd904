"""What a study may say: columns, tables, reports, components. Frozen dataclasses that only say, never do.

One `Column` drives header matching, casting, bound checks with the cell's address, drop-downs, cell notes,
the empty template, the workbook reference and the headers of the report.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal, SupportsInt

NO_LIMIT: Final = math.inf  # the default of a bound nobody set; the word `none` in a cell
BLANK: Final = math.nan  # the default of a number whose absence means something of its own
FIRST: Final = 0  # the default of `first year`: before every horizon
LAST: Final = 9999  # the default of `last year`: after every horizon
SMALLEST: Final = 1e-9  # figures that become coefficients of the program are at least this
GREATEST: Final = 1e9  # and at most this
TINY: Final = 1e-7  # a decision below this, in workbook units, is the solver's rounding and is not reported
REQUIRED: Final = "\0required"

Kind = Literal["code", "place", "text", "number", "share", "rate", "year", "word"]


@dataclass(frozen=True)
class Column:
    """One column of a sheet or of a report.

    kind: `code` names a thing (declared by the first column of the sheet in `refers`, or free when that is empty);
    `place` takes a country or a group of `Countries`/`Groups`; `text` is free; `number` any finite number;
    `share` lies in [0, 1]; `rate` may exceed 1 but gets a hint; `year` is a whole number; `word` one of `choices`.
    Typed values: number, share, rate are float64 (a blank on a one-winner sheet is NaN), year is int64, the rest str.
    """

    name: str
    kind: Kind
    doc: str
    unit: str = ""  # as it stands in the header's brackets
    default: float | str = REQUIRED
    low: float = -math.inf
    high: float = math.inf
    above: float = -math.inf  # strict lower bound
    least: float = 0.0  # smallest size other than 0, where smaller ones would be lost in solving
    left: float = 0.0  # of a share: the least it may leave of 1, if it leaves anything
    choices: tuple[str, ...] = ()
    refers: str = ""
    words: tuple[str, ...] = ()  # further words the cell may hold: `*`, `each`, `all`, `unlimited`, `none`
    key: bool = False
    together: str = ""  # on a one-winner sheet, columns with one label are one decision

    @property
    def required(self) -> bool:
        """Whether a blank cell is an error."""
        return self.default == REQUIRED

    @property
    def numeric(self) -> bool:
        """Whether its typed values are float64."""
        return self.kind in ("number", "share", "rate")

    @property
    def header(self) -> str:
        """Name and unit as they stand in the sheet."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name


@dataclass(frozen=True)
class Table:
    """One sheet of the study.

    rule: "" data (one row per key), "one" most specific row wins cell by cell, "all" every matching row holds.
    series: the value of a sheet marked W. Such a sheet is read long (`year`, `value`) or wide (a column per year), and
    its typed table is always long: the key columns, `year`, `value`. With `constant`, a column of the series' own
    name holds one value for all years (a single point, year FIRST).
    Every typed table also has the int column `row` (row number in the workbook; below 0 for a row that a scenario
    inserted: `inserted` of the position of its row in Scenarios) and, for a series, `at` (the letters of the value's
    own column).
    """

    name: str
    doc: str
    heading: str  # the tab's colour group
    columns: tuple[Column, ...]
    rule: Literal["", "one", "all"] = ""
    series: Column | None = None
    constant: bool = False
    required: bool = False
    template: bool = False  # `planner new` writes it unasked
    example: tuple[tuple[object, ...], ...] = ()  # rows that `planner new` writes

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the key columns."""
        return tuple(c.name for c in self.columns if c.key)

    def column(self, name: str) -> Column:
        """The column, or the series, of this name."""
        return next(c for c in (*self.columns, *((self.series,) if self.series else ())) if c.name == name)


@dataclass(frozen=True)
class Problem:
    """One thing wrong (or worth knowing) in a study: where, what stands there, what was expected, how to mend it."""

    sheet: str
    cell: str
    value: str
    problem: str
    fix: str
    severity: Literal["error", "warning", "hint"] = "error"

    def __str__(self) -> str:
        where = f"{self.sheet}!{self.cell}" if self.cell else self.sheet or "study"
        return f"{where}: {self.problem} {self.fix}".rstrip()


class Tables(dict[str, Any]):
    """The study as typed tables: sheet name -> DataFrame (empty with its columns where the sheet is absent).

    letters: sheet -> column -> the letters of its Excel column, so that every value knows its cell.
    written: sheet -> what rows of Scenarios wrote there, in their order: the column, the position of the row in
    Scenarios, and the `lines` whose values it wrote.
    """

    def __init__(self, frames: dict[str, Any] | None = None, letters: dict[str, dict[str, str]] | None = None) -> None:
        super().__init__(frames or {})
        self.letters: dict[str, dict[str, str]] = letters or {}
        self.written: dict[str, list[tuple[str, int, Any]]] = {}

    def cell(self, sheet: str, position: SupportsInt, column: str) -> str:
        """Address such as `D17` of a value, by the position of its row in the typed table; "" for an inserted row."""
        frame, at = self[sheet], int(position)
        row = frame["row"].iloc[at]
        if row <= 0:
            return ""
        letters = frame["at"].iloc[at] if column in ("value", "year") and "at" in frame else ""
        return f"{letters or self.letters.get(sheet, {}).get(column, 'A')}{row}"

    def wrote(self, sheet: str, column: str, at: int, frame: Any) -> None:
        """Keep in mind that the row of Scenarios at a position wrote a column of these lines, so that it is told of them."""
        self.written.setdefault(sheet, []).append((column, at, lines(frame).to_numpy()))

    def origin(self, sheet: str, position: SupportsInt, column: str) -> tuple[str, int, str]:
        """Sheet, position and column where a value was given: its own, or those of the row of Scenarios that wrote it."""
        at, frame = int(position), self[sheet]
        row = int(frame["row"].iloc[at])
        wrote = self.written.get(sheet, [])
        line = int(lines(frame.iloc[at : at + 1]).iloc[0]) if wrote else 0
        for name, source, hit in reversed(wrote):
            if name == column and line in hit:
                return "Scenarios", source, "value"
        return ("Scenarios", inserted(row), "where") if row < 0 else (sheet, at, column)

    def named(self, sheet: str, position: SupportsInt, column: str) -> str:
        """Sheet and address of the cell where a value was given, such as `Sites!D17`."""
        home, at, name = self.origin(sheet, position, column)
        return f"{home}!{self.cell(home, at, name)}"

    def told(
        self, sheet: str, position: SupportsInt, column: str, problem: str, fix: str,
        severity: Literal["error", "warning", "hint"] = "error", show: Callable[[Any], str] = str,
    ) -> Problem:  # fmt: skip
        """A problem of a value, at the cell where it was given."""
        home, at, name = self.origin(sheet, position, column)
        if home != sheet:
            cell = self.cell(sheet, position, column)
            problem = f"{sheet}!{cell}: {problem}" if cell else f"new row of {sheet}: {problem}"
        return Problem(home, self.cell(home, at, name), show(self[home][name].iloc[at]), problem, fix, severity)


def lines(frame: Any) -> Any:
    """What tells the lines of a typed table apart however it is sorted or joined: row and, in a series, year."""
    return frame["row"] * (LAST + 1) + (frame["year"] if "at" in frame else 0)


def inserted(at: int) -> int:
    """The `row` of what the row of Scenarios at a position inserts; and the position, of such a `row`."""
    return -1 - at


@dataclass(frozen=True)
class Report:
    """One sheet of the report: its columns and the function that makes its rows from a solved plan."""

    name: str
    doc: str
    columns: tuple[Column, ...]
    rows: Callable[[Any], Any]  # (plan) -> DataFrame with these columns


@dataclass(frozen=True)
class Cost:
    """A term of the objective: rule(country, year) -> expression in cur/y, undiscounted."""

    name: str
    kind: Literal["resource", "transfer", "penalty"]
    rule: Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Flow:
    """A term of a pool: rule(commodity, country, year) -> expression in unit/y."""

    name: str
    rule: Callable[[Any, Any, Any], Any]


@dataclass(frozen=True)
class Component:
    """One file of `models/`: its sheets, its index tables, its algebra, its checks and its reports."""

    name: str
    doc: str
    tables: tuple[Table, ...] = ()
    index: Callable[..., Any] | None = None  # (tables, data of earlier components) -> its index tables
    build: Callable[..., None] | None = None  # (builder, model) -> Sets, Params, Vars, rows, registered terms
    checks: Callable[..., list[Problem]] | None = None  # (tables) -> problems that span columns
    reports: tuple[Report, ...] = field(default=())

"""Cells to typed values: strict about numbers, forgiving about case and spacing. Every fault is kept, none raised."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.schema import LAST, REQUIRED, Column
from planner.names import cut, fold, lookalike, squeeze, suggestion, tidy
from planner.numbers import YEARS, dated, from_text, shown

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DEFAULT: Final = "for the default"  # what a blank cell usually means
UNREAD: Final = -1  # stands in a year column for a cell that could not be read (its problem is reported)


class Fault(NamedTuple):
    """What is wrong with one cell of a column: `at` is its position."""

    at: int
    problem: str
    fix: str
    severity: Literal["error", "warning", "hint"] = "error"


def cast(
    column: Column, cells: Sequence[object], keep: bool = False, blank_means: str = DEFAULT
) -> tuple[Any, list[Fault]]:
    """Typed values of a column's cells, one per cell, and the faults found.

    Numbers are a float64 array (NaN where a cell could not be read), years int64 (the default or UNREAD there), the
    rest a list of str ("" there). keep: a blank number is no default but NaN, and no fault. blank_means: to what end a
    number may be left blank, "" if it may not.
    """
    if column.numeric:
        return _numbers(column, cells, keep, blank_means)
    if column.kind == "year":
        return _years(column, cells)
    return _texts(column, cells)


def blank(cell: object) -> bool:
    """Whether a cell holds nothing but space."""
    return isinstance(cell, str) and (not cell or cell.isspace())


def _numbers(
    column: Column, cells: Sequence[object], keep: bool, blank_means: str = DEFAULT
) -> tuple[Floats, list[Fault]]:
    kinds = set(map(type, cells))
    if kinds <= {float, int}:
        values = np.array(cells, dtype=np.float64)
        faults: list[Fault] = []
    else:
        empty = math.nan if keep or column.required else float(column.default)
        values, faults = np.full(len(cells), empty), []
        for at, cell in enumerate(cells):
            if type(cell) in (float, int):
                values[at] = cell  # type: ignore[call-overload]
            elif cell == "" or blank(cell):
                if column.required and not keep:
                    faults.append(_missing(column, at))
            else:
                values[at], fault = _number(column, at, cell, blank_means if keep or not column.required else "")
                if fault:
                    faults.append(fault)
    if len(values) and not math.isfinite(values.sum()):
        unwritten = [i for i, c in enumerate(cells) if isinstance(c, float) and not math.isfinite(c)]
        faults += [
            Fault(i, f"{column.name} is {cells[i]}, expected a finite number.", "Enter the figure.") for i in unwritten
        ]
        values[unwritten] = math.nan
    return values, faults


def _missing(column: Column, at: int) -> Fault:
    kinds = {"word": f"one of {', '.join(column.choices)}", "year": "a year", "text": "a text"}
    expected = "a number" if column.numeric else kinds.get(column.kind, "a value")
    return Fault(at, f"{column.name} is empty, expected {expected}.", "Fill it in, or clear the whole row.")


def _number(column: Column, at: int, cell: object, blank_means: str) -> tuple[float, Fault | None]:
    """One cell that is neither a plain number nor blank."""
    unit = f" in {column.unit}" if column.unit else ""
    expected = "a share from 0 to 1" if column.kind == "share" else f"a number{unit}"
    if isinstance(cell, str):
        word = fold(cell)
        if word == "unlimited" and word in column.words:
            return math.inf, None
        if word == "none" and not column.required and not math.isfinite(float(column.default)):
            return float(column.default), None
        instead = f", or leave the cell blank {blank_means}" if blank_means else ""
        value, problem, fix, severity = from_text(cell, expected, column.kind in ("share", "rate"), instead)
        return value, Fault(at, f"{column.name}: {problem}", fix, severity)
    if isinstance(cell, dt.date):
        fix = "Set the cell's format to General and check the number."
        return math.nan, Fault(at, f"{column.name}: {dated(cell)[1]}, expected {expected}.", fix)
    return math.nan, Fault(at, f"{column.name}: {shown(cell)}, expected {expected}.", "Type the number.")


def _years(column: Column, cells: Sequence[object]) -> tuple[Ints, list[Fault]]:
    empty = UNREAD if column.required else int(column.default)
    blanks = np.array([blank(cell) for cell in cells], dtype=bool)
    faults = [_missing(column, int(at)) for at in np.flatnonzero(blanks)] if column.required else []
    if blanks.all():
        return np.full(len(cells), empty, dtype=np.int64), faults
    # `none` is a year only where it can mean "to the end".
    default = REQUIRED if column.required else math.inf if column.default == LAST else math.nan
    number = Column(column.name, "number", column.doc, default=default)
    values, wrong = _numbers(number, cells, keep=True, blank_means="" if column.required else DEFAULT)
    given = np.isfinite(values)
    for at in np.flatnonzero(given & (values != np.floor(values))):
        value = float(values[at])
        problem = f"{column.name} is {shown(value)}, expected a whole year."
        wrong.append(Fault(int(at), problem, f"Type {int(value)} or {int(value) + 1}."))
    inside = given & (values == np.floor(values)) & (values >= YEARS[0]) & (values <= YEARS[1])
    for at in np.flatnonzero(given & (values == np.floor(values)) & ~inside):
        problem = f"{column.name} is {shown(float(values[at]))}, expected a year from {YEARS[0]} to {YEARS[1]}."
        wrong.append(Fault(int(at), problem, "Type the year with four digits."))
    return np.where(inside, values, empty).astype(np.int64), faults + wrong


def _texts(column: Column, cells: Sequence[object]) -> tuple[list[str], list[Fault]]:
    plain = all(type(cell) is str for cell in cells)
    texts = [str(cell) for cell in cells] if plain else [shown(cell) for cell in cells]
    spelled = _spelled(column, set(texts))
    values = [spelled[text] for text in texts]
    faults = [] if plain or column.kind == "text" else _guessed(column, cells)
    if "" in spelled.values():
        empty = "" if column.required else str(column.default)
        blanks = [at for at, value in enumerate(values) if not value]
        for at in blanks:
            values[at] = empty
        faults += [_missing(column, at) for at in blanks] if column.required else []
    if column.kind == "code" and not column.refers:
        odd = {text: why for text in spelled.values() if (why := lookalike(text))}
        for at, value in enumerate(values) if odd else ():
            if value in odd:
                faults.append(Fault(at, f'{column.name}: "{cut(value)}" {odd[value]}.', "Retype it."))
    return values, faults


def _guessed(column: Column, cells: Sequence[object]) -> list[Fault]:
    """Names that Excel took for something else."""
    faults = []
    for at, cell in enumerate(cells):
        if isinstance(cell, (dt.date, bool)):
            if column.choices:  # no name: it is told with the words that may stand here, see `choice`
                continue
            kind = "a truth value" if isinstance(cell, bool) else "a date"
            problem = f"{column.name}: Excel turned the name into {kind} ({shown(cell)})."
            faults.append(Fault(at, problem, "Type it with a leading apostrophe."))
        elif isinstance(cell, (int, float)) and abs(cell) >= 1e15:
            problem = f"{column.name}: Excel keeps 15 digits; {shown(cell)} may have been rounded."
            faults.append(Fault(at, problem, "Store it as text.", "warning"))
    return faults


def _spelled(column: Column, texts: set[str]) -> dict[str, str]:
    """Each text as the column spells it: its words and choices, else the text itself, tidied."""
    if column.kind == "text":
        return {text: text.strip() for text in texts}
    own = (*column.choices, *column.words)
    words = {squeeze(word.split("[")[0]): word for word in own} | {squeeze(word): word for word in own}
    return {text: words.get(squeeze(text)) or tidy(text) for text in texts} if words else {t: tidy(t) for t in texts}


def choice(column: Column, text: str, search: bool = True) -> Fault | None:
    """The fault of a text that is none of a column's words; with search, the one it seems to mean is named."""
    if text in column.choices or text in column.words or not text:
        return None
    fix = suggestion(text, column.choices) if search else ""
    return Fault(0, f'{column.name}: "{cut(text)}", expected {_either(column.choices)}.', fix or "Choose one of them.")


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"

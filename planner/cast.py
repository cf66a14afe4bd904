"""Cells to typed values: strict about numbers, forgiving about case and spacing. Every fault is kept, none raised."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.schema import LAST, Column
from planner.names import fold, lookalike, squeeze, suggestion, tidy

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

UNREAD = -1  # stands in a year column for a cell that could not be read (its problem is reported)
YEARS = (1900, 2200)

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?(%?)", re.ASCII)
INNER_SPACE = re.compile("(?<=[0-9])[\u00a0\u2009\u202f](?=[0-9])")
DASHES = "\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d"


class Fault(NamedTuple):
    """What is wrong with one cell of a column: `at` is its position."""

    at: int
    problem: str
    fix: str
    severity: Literal["error", "warning", "hint"] = "error"


def cast(column: Column, cells: Sequence[object], keep: bool = False) -> tuple[Any, list[Fault]]:
    """Typed values of a column's cells, one per cell, and the faults found.

    Numbers are a float64 array (NaN where a cell could not be read), years int64 (the default or UNREAD there), the
    rest a list of str ("" there). keep: a blank number is no default but NaN, and no fault.
    """
    if column.numeric:
        return _numbers(column, cells, keep)
    if column.kind == "year":
        return _years(column, cells)
    return _texts(column, cells)


def blank(cell: object) -> bool:
    """Whether a cell holds nothing but space."""
    return isinstance(cell, str) and (not cell or cell.isspace())


def shown(cell: object) -> str:
    """A cell as a reader of Excel knows it."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, (float, np.floating)) and math.isfinite(cell):
        number = float(cell)
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    if isinstance(cell, dt.datetime):
        return cell.strftime("%Y-%m-%d %H:%M") if cell.time() != dt.time() else cell.strftime("%Y-%m-%d")
    return str(cell)


def as_typed(text: str) -> object:
    """The number of which this text is what a number cell leaves behind in a text column, or the text."""
    try:
        return float(text) if shown(float(text)) == text else text
    except ValueError:
        return text


def _numbers(column: Column, cells: Sequence[object], keep: bool) -> tuple[Floats, list[Fault]]:
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
                values[at], fault = _number(column, at, cell)
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
    what = {"word": f"one of {', '.join(column.choices)}", "year": "a year", "text": "a text"}.get(
        column.kind, "a value"
    )
    return Fault(
        at,
        f"{column.name} is empty, expected {'a number' if column.numeric else what}.",
        "Fill it in, or clear the whole row.",
    )


def _number(column: Column, at: int, cell: object) -> tuple[float, Fault | None]:
    """One cell that is neither a plain number nor blank."""
    expected = (
        "a share from 0 to 1" if column.kind == "share" else f"a number in {column.unit}" if column.unit else "a number"
    )
    if isinstance(cell, str):
        word = fold(cell)
        if word in column.words and word == "unlimited":
            return math.inf, None
        if word == "none" and not column.required and not math.isfinite(float(column.default)):
            return float(column.default), None
        value, problem, fix, severity = _from_text(cell, expected, column.kind in ("share", "rate"))
        return value, Fault(at, f"{column.name}: {problem}", fix, severity)
    if isinstance(cell, (dt.datetime, dt.date)):
        return math.nan, Fault(
            at,
            f"{column.name}: {dated(cell)[1]}, expected {expected}.",
            "Set the cell's format to General and check the number.",
        )
    return math.nan, Fault(at, f"{column.name}: {shown(cell)}, expected {expected}.", "Type the number.")


def dated(cell: dt.date) -> tuple[int, str]:
    """The number behind a date, and how to say what Excel shows: 2025 with a date format is 17-Jul-1905."""
    day = cell.date() if isinstance(cell, dt.datetime) else cell
    number = (day - dt.date(1899, 12, 30)).days
    if YEARS[0] <= number <= YEARS[1]:
        return number, f"Excel shows {day:%d-%b-%Y}; this is the number {number} with a date format"
    return number, f"{day:%Y-%m-%d} is a date"


def _from_text(cell: str, expected: str, percent: bool) -> tuple[float, str, str, Literal["error", "warning"]]:
    """The number a text holds, if it holds one beyond doubt, and what to say about it."""
    text = INNER_SPACE.sub("", cell.strip())
    found = NUMBER.fullmatch(text)
    if found and (percent or not found[3]):
        value = float(text.rstrip("%")) / (100 if found[3] else 1)
        if math.isfinite(value):
            return (
                value,
                f'the text "{cell}" was read as the number {shown(value)}.',
                "Convert it to a number (green corner of the cell).",
                "warning",
            )
    return math.nan, *_why_no_number(text, expected), "error"


def _why_no_number(text: str, expected: str) -> tuple[str, str]:
    """What keeps a text from being a number, and how to mend it."""
    said = f'"{text}"'
    bare = re.sub(r"\s", "", text)
    if fold(bare) in ("nan", "inf", "-inf", "+inf", "infinity", "-infinity"):
        return (
            f"{said} is not a number, expected {expected}.",
            "Enter the figure, or leave the cell blank for the default.",
        )
    if any(c.isdigit() and not c.isascii() for c in text):
        return f"{said} uses non-Latin digits, expected {expected}.", "Retype it with the digits 0-9."
    if bare[:1] in DASHES and re.fullmatch(r"[\d.,]+", bare[1:], re.ASCII):
        return f"the minus sign in {said} is a typographic dash, expected {expected}.", f"Retype -{bare[1:]}."
    if re.fullmatch(r"\([\d.,]+\)", bare, re.ASCII):
        return f"{said} is text, expected {expected}.", f"Type -{bare[1:-1]}."
    if re.fullmatch(r"[+-]?\d{1,3},\d{3}", bare, re.ASCII):
        return (
            f"{said} could be {bare.replace(',', '')} or {bare.replace(',', '.')}, expected {expected}.",
            "Retype it as a number.",
        )
    if re.fullmatch(r"[+-]?[\d.]*,\d+", bare, re.ASCII):
        plain = bare.replace(".", "").replace(",", ".")
        return f"{said} is text, expected {expected}.", f"Retype it as {plain}."
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?|[+-]?\d[\d_ ]*(\.\d+)?", bare, re.ASCII):
        return f"{said} is text, expected {expected}.", f"Retype {re.sub('[,_ ]', '', bare)}."
    if re.fullmatch(rf"\d[\d.]*[-{DASHES}]\d[\d.]*", bare, re.ASCII):
        return f"{said} is a range, expected {expected}.", "Enter a best estimate; put the range in Uncertainty."
    if re.fullmatch(r"(~|<|>|≈|≤|≥|ca\.?|approx\.?|about)\s*\d.*", text, re.IGNORECASE):
        return f"{said} is approximate, expected {expected}.", "Enter a best estimate; put the range in Uncertainty."
    unit = re.fullmatch(r"([+-]?\d[\d.]*)\s*([^\d\s].*)", text, re.ASCII)
    if unit and NUMBER.fullmatch(unit[1]):
        return (
            f"{said} mixes a number and {'a percent sign' if unit[2] == '%' else 'a unit'}, expected {expected}.",
            f"Type {unit[1]} in the unit of the column.",
        )
    return f"{said} is text, expected {expected}.", "Type a number, or leave the cell blank for the default."


def _years(column: Column, cells: Sequence[object]) -> tuple[Ints, list[Fault]]:
    empty = UNREAD if column.required else int(column.default)
    if cells and all(type(c) is str and not c for c in cells):
        return np.full(len(cells), empty, dtype=np.int64), [
            _missing(column, i) for i in range(len(cells))
        ] if column.required else []
    number = Column(column.name, "number", column.doc, default=math.inf if column.default == LAST else math.nan)
    values, faults = _numbers(number, cells, keep=False)
    wrong = {f.at for f in faults if f.severity == "error"}
    given = np.array([not blank(c) for c in cells], dtype=bool)
    given[list(wrong)] = False
    if column.required:
        faults += [_missing(column, i) for i, c in enumerate(cells) if blank(c)]
    whole = np.isfinite(values) & (values == np.floor(values))
    for at in np.flatnonzero(given & np.isfinite(values) & ~whole):
        faults.append(
            Fault(
                int(at),
                f"{column.name} is {shown(values[at])}, expected a whole year.",
                f"Type {int(values[at])} or {int(values[at]) + 1}.",
            )
        )
    inside = whole & (values >= YEARS[0]) & (values <= YEARS[1])
    for at in np.flatnonzero(given & whole & ~inside):
        faults.append(
            Fault(
                int(at),
                f"{column.name} is {shown(values[at])}, expected a year from {YEARS[0]} to {YEARS[1]}.",
                "Type the year with four digits.",
            )
        )
    return np.where(inside & given, np.nan_to_num(values, posinf=0.0), empty).astype(np.int64), faults


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
                faults.append(Fault(at, f'{column.name}: "{value}" {odd[value]}.', "Retype it."))
    return values, faults


def _guessed(column: Column, cells: Sequence[object]) -> list[Fault]:
    """Names that Excel took for something else."""
    faults = []
    for at, cell in enumerate(cells):
        if isinstance(cell, (dt.date, bool)):
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
    return Fault(0, f'{column.name}: "{text}", expected {_either(column.choices)}.', fix or "Choose one of them.")


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"

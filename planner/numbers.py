"""Numbers that stand in a cell as text or as a date: read where no doubt is left, else told how to mend."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Final, Literal

from planner.names import fold

YEARS: Final = (1900, 2200)  # what can be a year

NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?(%?)", re.ASCII)
INNER_SPACE: Final = re.compile("(?<=[0-9])[\u00a0\u2009\u202f](?=[0-9])")
DASHES: Final = "\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d"
NOT_FINITE: Final = ("nan", "inf", "-inf", "+inf", "infinity", "-infinity")
ESTIMATE: Final = "Enter a best estimate; put the range in Uncertainty."


def shown(cell: object) -> str:
    """A cell as a reader of Excel knows it."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and math.isfinite(cell):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(float(cell))
    if isinstance(cell, dt.datetime):
        return f"{cell:%Y-%m-%d}" if cell.time() == dt.time() else f"{cell:%Y-%m-%d %H:%M}"
    return str(cell)


def as_typed(text: str) -> object:
    """The number of which this text is what a number cell leaves behind in a text column, or the text."""
    try:
        return float(text) if shown(float(text)) == text else text
    except ValueError:
        return text


def dated(cell: dt.date) -> tuple[int, str]:
    """The number behind a date, and how to say what Excel shows: 2025 with a date format is 17-Jul-1905."""
    day = cell.date() if isinstance(cell, dt.datetime) else cell
    number = (day - dt.date(1899, 12, 30)).days
    if YEARS[0] <= number <= YEARS[1]:
        return number, f"Excel shows {day:%d-%b-%Y}; this is the number {number} with a date format"
    return number, f"{day:%Y-%m-%d} is a date"


def from_text(cell: str, expected: str, percent: bool) -> tuple[float, str, str, Literal["error", "warning"]]:
    """The number a text holds (NaN where there is a doubt), what to say about it, how to mend it, and how severe it is.

    percent: whether `12%` is a number here, 0.12.
    """
    found = NUMBER.fullmatch(INNER_SPACE.sub("", cell.strip()))
    if found and (percent or not found[3]):
        value = float(found[0].rstrip("%")) / (100 if found[3] else 1)
        if math.isfinite(value):
            problem = f'the text "{cell}" was read as the number {shown(value)}.'
            return value, problem, "Convert it to a number (green corner of the cell).", "warning"
    what, fix = _doubt(cell.strip())
    return math.nan, f"{what}, expected {expected}.", fix, "error"


def _doubt(text: str) -> tuple[str, str]:
    """What keeps a text from being a number, and how to mend it."""
    said, bare = f'"{text}"', re.sub(r"\s", "", text)

    def like(pattern: str) -> re.Match[str] | None:
        return re.fullmatch(pattern, bare, re.ASCII | re.IGNORECASE)

    if fold(bare) in NOT_FINITE:
        return f"{said} is not a number", "Enter the figure, or leave the cell blank for the default."
    if any(c.isdigit() and not c.isascii() for c in text):
        return f"{said} uses non-Latin digits", "Retype it with the digits 0-9."
    if bare[:1] in DASHES and re.fullmatch(r"[\d.,]+", bare[1:], re.ASCII):
        return f"the minus sign in {said} is a typographic dash", f"Retype -{bare[1:]}."
    if like(r"\([\d.,]+\)"):
        return f"{said} is text", f"Type -{bare[1:-1]}."
    if like(r"[+-]?\d{1,3},\d{3}"):
        return f"{said} could be {bare.replace(',', '')} or {bare.replace(',', '.')}", "Retype it as a number."
    if like(r"[+-]?[\d.]*,\d+"):
        return f"{said} is text", f"Retype it as {bare.replace('.', '').replace(',', '.')}."
    if like(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?|[+-]?\d[\d_]*(\.\d+)?"):
        return f"{said} is text", f"Retype {re.sub('[,_]', '', bare)}."
    if like(rf"\d[\d.]*[-{DASHES}]\d[\d.]*"):
        return f"{said} is a range", ESTIMATE
    if like(r"(~|<|>|≈|≤|≥|ca\.?|approx\.?|about)\d.*"):
        return f"{said} is approximate", ESTIMATE
    if unit := like(r"([+-]?\d+(?:\.\d+)?)([^\d].*)"):
        other = "a percent sign" if unit[2] == "%" else "a unit"
        return f"{said} mixes a number and {other}", f"Type {unit[1]} in the unit of the column."
    return f"{said} is text", "Type a number, or leave the cell blank for the default."

"""Numbers that stand in a cell as text or as a date: read where no doubt is left, else told how to mend."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Final, Literal

from planner.names import cut, fold

YEARS: Final = (1900, 2200)  # what can be a year

NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?(%?)", re.ASCII)
UNSURE: Final = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)  # sixty thousand here is sixty elsewhere
GROUPED: Final = re.compile(r"([+-]?\d{1,3}(?:([.,'’])\d{3})(?:\2\d{3})*)(?:([.,])(\d+))?", re.ASCII)
INNER_SPACE: Final = re.compile("(?<=[0-9])[\u00a0\u2009\u202f](?=[0-9])")
DASHES: Final = "\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d"
WITH_UNIT: Final = re.compile(rf"([+-]?(?:[\d.,'’_]*\d))([^\d.,'’_+*/:^{DASHES}-].*)", re.ASCII)
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


def from_text(
    cell: str, expected: str, percent: bool, instead: str
) -> tuple[float, str, str, Literal["error", "warning"]]:
    """The number a text holds (NaN where there is a doubt), what to say about it, how to mend it, and how severe it is.

    percent: whether `12%` is a number here, 0.12. instead: what else may be done than to type a number, or "".
    """
    text = INNER_SPACE.sub("", re.sub(r"\s+%$", "%", cell.strip()))
    found = NUMBER.fullmatch(text)
    if found and (percent or not found[3]) and not UNSURE.fullmatch(text):
        value = float(found[0].rstrip("%")) / (100 if found[3] else 1)
        if math.isfinite(value):
            problem = f'the text "{cut(cell)}" was read as the number {shown(value)}.'
            return value, problem, "Convert it to a number (green corner of the cell).", "warning"
    what, fix = _doubt(cell.strip(), percent, instead)
    return math.nan, f"{what}, expected {expected}.", fix, "error"


def _doubt(text: str, percent: bool, instead: str) -> tuple[str, str]:
    """What keeps a text from being a number, and how to mend it."""
    said, bare = f'"{cut(text)}"', re.sub(r"\s", "", text)

    def like(pattern: str) -> re.Match[str] | None:
        return re.fullmatch(pattern, bare, re.ASCII | re.IGNORECASE)

    if fold(bare) in NOT_FINITE:
        return f"{said} is not a number", f"Enter the figure{instead}."
    if any(c.isdigit() and not c.isascii() for c in text):
        return f"{said} uses non-Latin digits", "Retype it with the digits 0-9."
    what, number = f"{said} is text", bare
    if bare[0] in DASHES:
        what, number = f"the minus sign in {said} is a typographic dash", f"-{bare[1:]}"
    elif bare[0] == "(" and bare[-1] == ")":
        number = f"-{bare[1:-1]}"
    if meant := _readings(number):
        if len(meant) > 1:
            return f"{said} could be {meant[0]} or {float(meant[1]):g}", "Retype it as a number."
        return what, f"Retype it as {meant[0]}."
    if like(rf"\d[\d.]*[-{DASHES}]\d[\d.]*"):
        return f"{said} is a range", ESTIMATE
    if like(r"(~|<|>|≈|≤|≥|ca\.?|approx\.?|about)\d.*"):
        return f"{said} is approximate", ESTIMATE
    if (unit := WITH_UNIT.fullmatch(bare)) and (meant := _readings(unit[1])):
        if unit[2] == "%" and percent:
            return f"{said} is text", f"Retype it as {' or '.join(f'{one}%' for one in meant)}."
        other = "a percent sign" if unit[2] == "%" else "a unit"
        return f"{said} mixes a number and {other}", f"Type {' or '.join(meant)} in the unit of the column."
    return f"{said} is text", f"Type a number{instead}."


def _readings(text: str) -> list[str]:
    """The number, or the two numbers, that digits with any separators may mean; none where nobody writes so."""
    if UNSURE.fullmatch(text):
        return [re.sub("[.,]", "", text), text.replace(",", ".")]
    if (plain := NUMBER.fullmatch(text)) and not plain[3]:
        return [text]
    if re.fullmatch(r"[+-]?\d*,\d+", text, re.ASCII):
        return [text.replace(",", ".")]
    if re.fullmatch(r"[+-]?\d[\d_]*(\.\d+)?", text, re.ASCII):
        return [text.replace("_", "")]
    if (found := GROUPED.fullmatch(text)) and found[2] != found[3]:
        return [found[1].replace(found[2], "") + (f".{found[4]}" if found[3] else "")]
    return []

"""Numbers as a reader says them: `USD 12.3 billion`, `1,240 t`, `77%`, `a, b and c`."""

from __future__ import annotations

import math
from collections.abc import Sequence

_SIZES = ((1e12, " trillion"), (1e9, " billion"), (1e6, " million"))


def significant(value: float, digits: int = 3) -> str:
    """About three significant digits, thousands separated, never in powers of ten."""
    if not value or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    places = digits - 1 - math.floor(math.log10(abs(value)))
    text = f"{round(value, places):,.{max(0, min(places, 8))}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(value: float, currency: str) -> str:
    """An amount in words, the sign before the currency."""
    sign = "-" if value < 0 else ""
    size = abs(value)
    for one, word in _SIZES:
        if size >= 0.9995 * one:
            return f"{sign}{currency} {significant(size / one)}{word}"
    return f"{sign}{currency} {significant(size)}"


def quantity(value: float, unit: str) -> str:
    """A quantity with its unit."""
    return f"{significant(value)} {unit}".rstrip()


def percent(share: float) -> str:
    """A share; never rounded to none or to all of it when it is not."""
    if 0 < share < 0.001:
        return "under 0.1%"
    if 0.999 < share < 1:
        return "over 99.9%"
    decimals = 1 if abs(share) < 0.0995 or 0.985 <= share < 1 else 0
    return f"{share * 100:.{decimals}f}%".replace(".0%", "%")


def listed(parts: Sequence[str], separator: str = ", ") -> str:
    """`a, b and c`; with a longer separator where the parts have commas of their own."""
    if len(parts) < 2:
        return "".join(parts)
    last = " and " if separator == ", " else f"{separator}and "
    return separator.join(parts[:-1]) + last + parts[-1]


def counted(count: int, one: str, many: str = "") -> str:
    """`1 limit`, `3 limits`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def span(years: Sequence[int]) -> str:
    """`2027`, `2026-2027`, or `2024 and 2027` where years between are missing."""
    distinct = sorted(set(years))
    if len(distinct) < 2:
        return "".join(map(str, distinct))
    if distinct[-1] - distinct[0] == len(distinct) - 1:
        return f"{distinct[0]}–{distinct[-1]}"
    return listed([str(y) for y in distinct]) if len(distinct) < 4 else f"{distinct[0]}–{distinct[-1]}"


def short(name: str, most: int = 26) -> str:
    """A name for a legend or a narrow cell: without what stands in brackets, cut between words."""
    text = name.split(" (")[0] or name
    if len(text) <= most:
        return text
    return text[: most - 1].rsplit(" ", 1)[0].rstrip(",") + "…"


def capital(text: str) -> str:
    """The first letter of a sentence large; the rest as it was."""
    return text[:1].upper() + text[1:]

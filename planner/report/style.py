"""How a report looks: ink, fonts, number formats and the colour each country keeps in every chart."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from xlsxwriter import Workbook
from xlsxwriter.format import Format

FONT: Final = "Arial"
INK: Final = "#1F2933"
NAVY: Final = "#1B3A57"
MUTED: Final = "#66727F"
LINE: Final = "#C9D1D9"
WASH: Final = "#F2F5F8"
AMBER: Final = "#9A5B00"
PALE_AMBER: Final = "#FDF3E1"
GREEN: Final = "#2C6E49"
RED: Final = "#A4262C"
TINT: Final = "#A9C3DC"

TABLE_STYLE: Final = "Table Style Light 1"
OTHER: Final = "#B8C0C8"

# Muted, far enough apart on a projector and in grey print; the big producers always wear the same one.
_COUNTRIES: Final = {
    "CHN": "#B5483A", "USA": "#2F5D8C", "COD": "#6B4C8A", "AUS": "#D69A2D", "CHL": "#3F8F86", "IDN": "#7C9A3E",
    "ZAF": "#8C6D46", "JPN": "#C77F9B", "KOR": "#5AA0C8", "DEU": "#4A4F57", "RUS": "#8F2D4F", "CAN": "#E0785A",
    "IND": "#A58BC9", "BRA": "#2C7A4B", "ARG": "#86BBD8", "ZWE": "#B9A44C", "EU27": "#23408E", "NOR": "#556B8D",
}  # fmt: skip
_SPARE: Final = (
    "#2F5D8C", "#D69A2D", "#3F8F86", "#6B4C8A", "#7C9A3E", "#C77F9B", "#8C6D46", "#5AA0C8", "#E0785A", "#A58BC9",
    "#2C7A4B", "#8F2D4F", "#86BBD8", "#B9A44C", "#4A4F57", "#556B8D",
)  # fmt: skip
# For all the rest: none of them is worn by a country above.
_TINTS: Final = (
    "#9DBFA6", "#C9B37E", "#7A6F9B", "#D8A79A", "#4F7F86", "#E3C25B", "#BFA5B8", "#6E8B6B", "#A0703C", "#B5CF8F",
    "#7F9BB3", "#5E4B3C",
)  # fmt: skip
SERIES: Final = ("#1B3A57", "#4F86B5", "#9DBAD3", "#3F8F86", "#8FC1A9", "#D69A2D", "#8C6D46", "#B8C0C8")
LINES: Final = ("#1B3A57", "#B5483A", "#D69A2D", "#3F8F86", "#6B4C8A")  # commodities, told apart as lines


def country_colors(codes: Iterable[str]) -> dict[str, str]:
    """A colour for every code: its own for the well known, for the others the first nobody else wears, while they last."""
    wanted = list(dict.fromkeys(codes))
    colors = {code: _COUNTRIES[code] for code in wanted if code in _COUNTRIES}
    free = [*(color for color in _SPARE if color not in colors.values()), *_TINTS]
    rest = [code for code in wanted if code not in colors]
    return colors | {code: free[i % len(free)] for i, code in enumerate(rest)}


def told_apart(codes: Sequence[str], palette: Mapping[str, str]) -> list[str]:
    """The colours of one chart's countries: a palette of many repeats itself, and the later of two alike changes."""
    worn = {palette[code] for code in codes if code in _COUNTRIES}
    wanted = {palette[code] for code in codes}
    free = iter([color for color in (*_TINTS, *_SPARE) if color not in wanted])
    colors = []
    for code in codes:
        color = palette[code]
        if code not in _COUNTRIES and color in worn:
            color = next(free, color)
        worn.add(color)
        colors.append(color)
    return colors


def clean(text: str) -> str:
    """Text as Excel can hold it: no control characters, at most 32,767 UTF-16 units."""
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", text)
    if len(text) > 16_383:
        text = text.encode("utf-16-le")[: 2 * 32_767].decode("utf-16-le", errors="ignore")
    # XlsxWriter takes such a string for the XML of a rich text and writes it unescaped: a way to break the file.
    return text[:-1] + " >" if text.startswith("<r>") and text.endswith("</r>") else text


def decimals(values: NDArray[np.float64], most: int = 6) -> int:
    """Decimals that leave about three significant digits of the typical value."""
    sizes = np.abs(values[np.isfinite(values) & (values != 0)])
    if not len(sizes):
        return 0
    return min(max(0, 2 - math.floor(math.log10(np.median(sizes)))), most)


def _unit(text: str) -> str:
    """A unit as it may stand in quotes inside a number format."""
    return re.sub(r"[^\w /%().,$€£¥-]", "", text)[:16]


def number_format(places: int, unit: str = "") -> str:
    """Thousands separated, zero as a dash, the unit behind the number and never part of it."""
    suffix = f'" {_unit(unit)}"' if unit else ""
    digits = "#,##0" + ("." + "0" * places if places else "") + suffix
    return f'{digits};-{digits};"–"'


def short_format(largest: float, per: str) -> str:
    """An amount per something, in thousands, m or bn, for narrow cells."""
    suffix = f" /{_unit(per)}" if per else ""
    for one, commas, letter in ((1e9, ",,,", "bn"), (1e6, ",,", "m")):
        if abs(largest) >= 0.9995 * one:
            return f'#,##0.0{commas}"{letter}{suffix}"'
    return f'#,##0"{suffix}"'


def scale(largest: float) -> tuple[float, str, str]:
    """Divisor, word and Excel number format in which an amount of that size reads best."""
    size = abs(largest)
    if size >= 2e9:
        return 1e9, "billion", '#,##0.00,,,;-#,##0.00,,,;"–"'
    if size >= 2e6:
        return 1e6, "million", '#,##0.0,,;-#,##0.0,,;"–"'
    return 1.0, "", '#,##0;-#,##0;"–"'


SHORT: Final = {"billion": "bn", "million": "m", "": ""}


def money_format(values: NDArray[np.float64]) -> tuple[str, float]:
    """Number format for a column of money: as it is, in m or in bn, as its typical value has it; and the divisor.

    A dash is nothing at all, 0.0m is too little to see. The cell keeps the whole amount.
    """
    sizes = np.abs(values[np.isfinite(values) & (values != 0)])
    typical = float(np.median(sizes)) if len(sizes) else 0.0
    for one, commas, letter in ((1e9, ",,,", "bn"), (1e6, ",,", "m")):
        if typical >= 2 * one:
            digits = (
                "#,##0." + "0" * (2 if letter == "bn" else max(1, decimals(sizes / one, 2))) + f'{commas}"{letter}"'
            )
            return f'{digits};-{digits};"–"', one
    return number_format(decimals(values, 2)), 1.0


def axis_format(largest: float) -> str:
    """Number format of an axis that reaches so far, in the scale its words name."""
    divisor = scale(largest)[0]
    return "#,##0" + (".0" if abs(largest) < 6 * divisor and divisor > 1 else "") + "," * round(math.log10(divisor) / 3)


class Style:
    """The formats of one workbook, each made once."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def __call__(self, **properties: Any) -> Format:
        """The format with these properties, in ink and centred in its row unless they say otherwise."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._workbook.add_format({"font_color": INK, "valign": "vcenter", **properties})
        return self._made[key]

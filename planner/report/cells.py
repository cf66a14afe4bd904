"""Columns of values into cells, and live formulas over them with the value they will show."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from planner.report.style import clean

UNLIMITED = "unlimited"
Keys = dict[str, tuple[str, object]]  # column -> the cell that holds its key, and the key


@dataclass(frozen=True)
class Placed:
    """Where a table landed: rows as Excel counts them, and the letters of every column."""

    sheet: str
    first: int
    last: int
    letters: dict[str, str]
    frame: pd.DataFrame

    def ref(self, column: str, outside: bool = True) -> str:
        """The column's cells as an absolute reference, with the sheet's name unless the formula stands beside them."""
        letter = self.letters[column]
        sheet = "'" + self.sheet.replace("'", "''") + "'!" if outside else ""
        return f"{sheet}${letter}${self.first}:${letter}${self.last}"


def floats(values: pd.Series) -> NDArray[np.float64]:
    """The numbers of a column; NaN where there is none."""
    return pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def total(values: Iterable[float]) -> float:
    """The sum Excel shows: blanks and words count nothing."""
    return math.fsum(value for value in values if math.isfinite(value))


def write_numbers(
    sheet: Worksheet, top: int, col: int, values: Sequence[float], formats: Format | Sequence[Format]
) -> None:
    """Numbers down a column; NaN stays blank, infinity becomes a word."""
    each = formats if isinstance(formats, list) else repeat(formats, len(values))
    write = sheet.write_number
    for row, (value, form) in enumerate(zip(values, each, strict=True), top):
        if value - value == 0:  # finite
            write(row, col, value, form)
        elif value == math.inf:
            sheet.write_string(row, col, UNLIMITED, form)


def write_texts(sheet: Worksheet, top: int, col: int, values: pd.Series, form: Format) -> None:
    """Anything but numbers down a column: text stays text whatever it begins with, a missing value stays blank."""
    if pd.api.types.infer_dtype(values) in ("string", "categorical"):
        codes, uniques = pd.factorize(values)
        distinct = [*(plain(value) for value in uniques), ""]  # the last one for the missing, whose code is -1
        words = [distinct[code] for code in codes.tolist()]
    else:  # factorize would take True for 1
        words = [plain(value) for value in values]
    write = sheet.write_string
    for row, word in enumerate(words, top):
        if isinstance(word, float):
            sheet.write_number(row, col, word, form)
        elif word:
            write(row, col, word, form)


def plain(value: Any) -> str | float:
    """A value as a cell takes it: clean text, or a finite number."""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | float | np.integer | np.floating):
        return float(value) if math.isfinite(value) else UNLIMITED if value > 0 else ""
    return "" if value is None or value is pd.NA else clean(str(value))


def is_plain_key(key: object) -> bool:
    """Whether SUMIFS matches exactly this key: its criteria know wildcards, comparison signs, and 255 characters."""
    text = str(key)
    return bool(re.fullmatch(r"[^\W_][\w .,;:()&/'+-]{0,249}", text)) and text.upper() not in ("TRUE", "FALSE")


def sum_where(placed: Placed, value: str, keys: Keys) -> str:
    """Formula: the sum of `value` over the rows whose keys equal the given cells (column -> cell, its content)."""
    if all(is_plain_key(content) for _, content in keys.values()):
        pairs = ",".join(f"{placed.ref(column)},{cell}" for column, (cell, _) in keys.items())
        return f"=SUMIFS({placed.ref(value)},{pairs})"
    # SUMPRODUCT compares literally: no wildcards, no comparison signs, and a blank equals a blank.
    tests = "*".join(f"({placed.ref(column)}={cell})" for column, (cell, _) in keys.items())
    return f"=SUMPRODUCT(1*{tests},{placed.ref(value)})"


def mean_where(placed: Placed, value: str, keys: Keys, but: tuple[str, str] | None = None) -> str:
    """Formula: the mean of `value` over such rows, but for those marked; the caller knows that some are left."""
    if all(is_plain_key(content) for _, content in keys.values()):
        pairs = ",".join(f"{placed.ref(column)},{cell}" for column, (cell, _) in keys.items())
        return f"=AVERAGEIFS({placed.ref(value)},{pairs}" + (f',{placed.ref(but[0])},"<>{but[1]}")' if but else ")")
    tests = "*".join(f"({placed.ref(column)}={cell})" for column, (cell, _) in keys.items())
    tests += f'*({placed.ref(but[0])}<>"{but[1]}")' if but else ""
    # A blank or a word among the values counts in neither sum.
    return f"=SUMPRODUCT(1*{tests},{placed.ref(value)})/SUMPRODUCT({tests}*ISNUMBER({placed.ref(value)}))"


def letters_of(columns: Iterable[str], left: int = 0) -> dict[str, str]:
    """Column names -> letters, from the given zero-based column on."""
    return {name: xl_col_to_name(left + i) for i, name in enumerate(columns)}

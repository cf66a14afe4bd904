"""One result table as one sheet: title, purpose, live totals, an Excel Table that filters, widths that fit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from planner.report import style as s
from planner.report.book import Book, Field, fields
from planner.report.cells import Placed, floats, letters_of, total, write_numbers, write_texts
from planner.report.facts import measures

Floats = NDArray[np.float64]

LAST_ROW: Final = 1_048_576  # of a sheet
TITLE, PURPOSE, LINK, TOTALS, HEADER = range(5)
FIRST: Final = HEADER + 1

# Quantities that may be added up, as long as they are in one unit. Money always may.
ADDS_UP: Final = frozenset(
    (
        *("quantity", "activity", "capacity", "demand", "unmet"),
        *("made", "returned", "shipped", "arrived", "used", "served", "stocked", "surplus", "in", "out", "emissions"),
    )
)
LIMITED: Final = frozenset(("value", "bound", "slack"))  # columns of Limits, whose unit differs by line
UNITS: Final = ("unit", "unit/y", "cur/unit")
MONEY: Final = ("cur", "cur/pp", "cur/point")
PERCENT: Final = '0.0%;-0.0%;"–"'


def sheet_name(name: str, taken: Iterable[str]) -> str:
    """A name Excel accepts: at most 31 characters, none of []:*?/\\, unique whatever the case."""
    base = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", name).strip(" '")[:31] or "Sheet"
    if base.lower() == "history":  # reserved by Excel
        base = "History of plan"
    used, result, count = {t.lower() for t in taken}, base, 1
    while result.lower() in used:
        count += 1
        result = f"{base[: 31 - len(str(count)) - 3]} ({count})"
    return result


def table_name(sheet: str) -> str:
    """The name of a sheet's Excel Table: the sheet's own as far as that goes, and never that of a cell."""
    name = re.sub(r"\W", "_", sheet)
    return f"t_{name}" if re.fullmatch(r"\d.*|[A-Za-z]{1,3}\d+|[rRcC](\d.*)?", name) else name


def write_sheet(workbook: Workbook, style: s.Style, book: Book, name: str) -> tuple[Placed, str]:
    """Writes a table to a sheet of its own; returns where it stands, and a note when it had to be cut."""
    sheet = workbook.add_worksheet(sheet_name(name, [w.name for w in workbook.worksheets()]))
    whole = book.tables[name]
    frame = whole.iloc[: LAST_ROW - FIRST]
    note = ""
    if len(frame) < len(whole):
        note = f"{name}: only the first {len(frame):,} of {len(whole):,} rows fit on an Excel sheet."
    columns = fields(book, name)
    placed = Placed(sheet.name, FIRST + 1, FIRST + max(1, len(frame)), letters_of(c.name for c in columns), frame)
    _head(sheet, style, book, name, note)
    _body(sheet, style, book, columns, frame)
    _totals(sheet, style, book, columns, placed)
    _table(sheet, style, columns, placed)
    _highlights(sheet, style, columns, placed)
    _paper(sheet, columns)
    return placed, note


def _head(sheet: Worksheet, style: s.Style, book: Book, name: str, note: str) -> None:
    sheet.hide_gridlines(2)
    sheet.set_row_pixels(TITLE, 30)
    sheet.write_string(TITLE, 0, name, style(bold=True, font_size=16, font_color=s.NAVY))
    words = [book.docs.get(name, ""), "" if len(book.tables[name]) else "No rows in this plan.", note]
    sheet.write_string(PURPOSE, 0, s.clean(" ".join(filter(None, words))), style(font_color=s.RED if note else s.MUTED))
    link = style(font_color=s.NAVY, underline=1, font_size=9)
    sheet.write_url(LINK, 0, "internal:'Summary'!A1", link, "‹ Summary", "Back to the Summary")
    sheet.set_row_pixels(HEADER, 24)


def _body(sheet: Worksheet, style: s.Style, book: Book, columns: list[Field], frame: pd.DataFrame) -> None:
    for col, column in enumerate(columns):
        values = frame[column.name]
        if column.kind == "year" or column.numeric:
            numbers = floats(values)
            if np.isnan(numbers).sum() == pd.isna(values).sum():
                forms, width = _formats(style, book, column, numbers, frame)
                write_numbers(sheet, FIRST, col, numbers.tolist(), forms)
                sheet.set_column(col, col, max(width, len(column.header) + 4))
                continue
        # Text, or a number's column that holds words too: written value by value.
        write_texts(sheet, FIRST, col, values, style(indent=1) if col else style())
        longest = max((len(str(v)) for v in values.drop_duplicates()), default=0)
        sheet.set_column(col, col, min(70, max(longest + 3, len(column.header) + 4)))


def _formats(
    style: s.Style, book: Book, column: Field, numbers: Floats, frame: pd.DataFrame
) -> tuple[Format | list[Format], int]:
    """The number format of a column, or of each of its cells where rows differ in unit, and the width they need."""
    if column.kind == "year":
        return style(num_format="0", align="center"), 8
    if column.kind in ("share", "rate"):
        return style(num_format=PERCENT), 9
    largest = np.abs(numbers[np.isfinite(numbers)]).max(initial=1)
    if column.unit in MONEY:
        form, divisor = s.money_format(numbers)
        return style(num_format=form), int(len(f"{largest / divisor:,.0f}") * 1.1) + 7
    width = int(len(f"{largest:,.0f}") * 1.1) + 5
    per_unit = column.unit == "cur/unit"
    limited = column.name in LIMITED and set(frame.columns) >= LIMITED
    has_unit = column.unit in UNITS or limited or (not column.unit and column.name in ADDS_UP)
    what, known = ("commodity", book.units) if "commodity" in frame.columns else ("process", book.activities)
    if what not in frame.columns or not has_unit:
        places = s.decimals(numbers, 6 if column.unit or not column.doc else 3)  # a declared ratio needs no more
        return style(num_format=s.number_format(places)), width
    units = frame[what].map(lambda code: known.get(str(code), "")).astype(object)
    if limited:
        measure = measures(frame)
        units = units.where(measure == "quantity", measure)
    groups, keys = pd.factorize(pd.MultiIndex.from_arrays([frame[what].astype(str), units]))
    forms = []
    for i, (_, unit) in enumerate(keys):
        plain = s.number_format(s.decimals(numbers[groups == i]), f"/{unit}" if per_unit and unit else unit)
        forms.append(style(num_format=PERCENT if unit == "share" else plain))
    return [forms[group] for group in groups.tolist()], width + max((len(unit) for unit in set(units)), default=0)


def _totals(sheet: Worksheet, style: s.Style, book: Book, columns: list[Field], placed: Placed) -> None:
    label = style(font_size=9, font_color=s.MUTED)
    first = placed.ref(columns[0].name, outside=False)
    count = int(placed.frame[columns[0].name].notna().sum())
    several = columns[0].name == "scenario"
    words = " rows shown" + ("; scenarios are not added up" if several else "")
    sheet.write_formula(TOTALS, 0, f'=SUBTOTAL(103,{first})&"{words}"', label, f"{count}{words}")
    if several:
        return
    for col, column in enumerate(columns[1:], 1):
        money = column.unit == "cur"
        if not column.numeric or not (money or column.name in ADDS_UP):
            continue
        numbers = floats(placed.frame[column.name])
        unit = "" if money or column.unit not in ("", *UNITS) else one_unit(book, placed.frame)
        if unit is None:
            faint = style(font_size=9, font_color=s.MUTED, italic=True, align="right")
            sheet.write_string(TOTALS, col, "mixed units", faint)
            continue
        whole = total(numbers.tolist())
        plain = s.number_format(s.decimals(numbers, 2), unit)
        form = style(num_format=s.money_format(np.array([whole]))[0] if money else plain, bold=True, font_color=s.NAVY)
        sheet.write_formula(TOTALS, col, f"=SUBTOTAL(109,{placed.ref(column.name, outside=False)})", form, whole)


def one_unit(book: Book, frame: pd.DataFrame) -> str | None:
    """The unit all rows share; None where they differ or nobody says, so that tonnes never meet megawatts."""
    if not len(frame):
        return ""
    what, known = ("commodity", book.units) if "commodity" in frame.columns else ("process", book.activities)
    if what not in frame.columns:
        return None
    units = {known.get(str(code)) for code in frame[what].unique()}
    alone = what == "process" and len(frame[what].unique()) == 1
    return (units.pop() or ("" if alone else None)) if len(units) == 1 else None


def _table(sheet: Worksheet, style: s.Style, columns: list[Field], placed: Placed) -> None:
    head = {"bold": True, "font_color": s.NAVY, "bg_color": s.WASH, "bottom": 2, "bottom_color": s.NAVY}
    looks = {"year": style(**head, align="center"), "number": style(**head, align="right"), "first": style(**head)}
    looks |= {"share": looks["number"], "rate": looks["number"]}
    text = style(**head, indent=1)
    options: dict[str, Any] = {
        "name": table_name(placed.sheet),
        "style": s.TABLE_STYLE,
        "columns": [
            {"header": s.clean(c.header), "header_format": looks.get(c.kind if i else "first", text)}
            for i, c in enumerate(columns)
        ],
    }
    sheet.add_table(HEADER, 0, placed.last - 1, len(columns) - 1, options)
    for col, column in enumerate(columns):
        if column.doc:  # a message on the header, which needs no red triangle and can be had by keyboard
            message = {"validate": "any", "input_title": column.name[:32], "input_message": s.clean(column.doc)[:255]}
            sheet.data_validation(HEADER, col, HEADER, col, message)
    keys = 0
    while keys < min(3, len(columns) - 1) and not columns[keys].numeric:
        keys += 1
    sheet.freeze_panes(FIRST, keys)


def _highlights(sheet: Worksheet, style: s.Style, columns: list[Field], placed: Placed) -> None:
    """Shares tinted by their size; what an analyst looks for first in amber: caps, binding limits, demand given up."""
    amber = {"font_color": s.AMBER, "bg_color": s.PALE_AMBER}
    for column in columns:
        letter = placed.letters[column.name]
        area = f"{letter}{placed.first}:{letter}{placed.last}"
        if column.kind == "share":
            # A scale rather than bars: bars need an extension that other readers warn of, or begin at a tenth.
            ends = {"min_type": "num", "max_type": "num", "min_value": 0, "max_value": 1}
            tint = {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": s.TINT}
            sheet.conditional_format(area, tint | ends)
        elif column.name == "at cap":
            rule = {"type": "cell", "criteria": "==", "value": '"yes"', "format": style(**amber)}
            sheet.conditional_format(area, rule)
        elif column.name == "naive plan nearer":  # a miss
            rule = {"type": "text", "criteria": "begins with", "value": "by ", "format": style(**amber)}
            sheet.conditional_format(area, rule)
        elif column.name == "unmet" and placed.sheet == "Unmet":
            sheet.conditional_format(area, {"type": "cell", "criteria": ">", "value": 0, "format": style(**amber)})


def _paper(sheet: Worksheet, columns: list[Field]) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADER)
    sheet.set_margins(left=0.5, right=0.5, top=0.5, bottom=0.6)
    sheet.set_footer("&L&8&F&C&8&A&R&8&P / &N")

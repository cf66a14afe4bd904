"""What a report says, before anyone decides what it looks like."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pandas as pd

from models.schema import Column


@dataclass(frozen=True)
class Book:
    """One solved scenario as tables and a few headline figures; `write_report` turns it into a workbook.

    Columns of `tables` carry no units. `columns` declares them (kind, unit, doc) in the same order; a sheet nobody
    declared is written with what its dtypes tell. Money is in `currency`, quantities in workbook units.
    """

    title: str
    scenario: str
    status: str
    currency: str
    price_year: str
    focus: str  # a place, or "world"
    objective: float  # discounted, like the three that add up to it
    system_cost: float
    unmet_value: float
    excess_value: float
    tables: dict[str, pd.DataFrame]
    columns: dict[str, tuple[Column, ...]] = field(default_factory=dict)
    docs: dict[str, str] = field(default_factory=dict)  # one sentence per sheet
    names: dict[str, str] = field(default_factory=dict)  # codes of countries and commodities -> readable names
    units: dict[str, str] = field(default_factory=dict)  # commodity -> unit
    activities: dict[str, str] = field(default_factory=dict)  # process -> unit of its activity
    run: list[tuple[str, object]] = field(default_factory=list)  # lines of the Run sheet
    notes: list[str] = field(default_factory=list)  # warnings
    whole: dict[str, pd.DataFrame] = field(
        default_factory=dict
    )  # of a comparison: its tables before they were shortened

    def table(self, sheet: str, *columns: str) -> pd.DataFrame:
        """The sheet's table; an empty one with the given columns where the plan has none or lacks one of them."""
        frame = self.tables.get(sheet)
        if frame is None or not set(columns) <= set(frame.columns):
            return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})
        return frame

    def name(self, code: object) -> str:
        """The readable name of a code; `*` is the world."""
        text = str(code)
        return "world" if text == "*" else self.names.get(text) or text


@dataclass(frozen=True)
class Field:
    """One column as the report writes it: its name in the table, its header, and what kind of value it holds."""

    name: str
    header: str
    kind: str
    unit: str
    doc: str

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers other than years."""
        return self.kind in ("number", "share", "rate")


def fields(book: Book, sheet: str) -> list[Field]:
    """The columns of a sheet with their headers: the declared unit in brackets, the currency in the place of `cur`."""
    frame = book.tables[sheet]
    declared = book.columns.get(sheet, ())
    if len(declared) == len(frame.columns):
        pairs = list(zip(map(str, frame.columns), declared, strict=True))
    else:  # by name, so that one undeclared column does not cost the others their units
        known = {column.name: column for column in declared}
        pairs = [(name, known.get(name) or _guess(name, frame[name])) for name in map(str, frame.columns)]
    return [_field(name, column, book.currency) for name, column in pairs]


def _field(name: str, column: Column, currency: str) -> Field:
    # `price` stands twice on Limits, told apart by its unit alone, so the table calls the second one `price pp`.
    words = name.removesuffix(" pp") if column.unit.endswith("/pp") else name
    unit = re.sub(r"\bcur\b", lambda _: currency, column.unit)
    return Field(name, f"{words} [{unit}]" if unit else words, column.kind, column.unit, column.doc)


def _guess(name: str, values: pd.Series) -> Column:
    if name == "year":
        return Column(name, "year", "")
    is_number = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    return Column(name, "number" if is_number else "text", "")

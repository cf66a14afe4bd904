"""What a check finds in a typed table, and the problem it becomes, with the address Excel gives the cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
import pandas as pd

from models.schema import Problem, Tables
from planner.numbers import shown

T = TypeVar("T")


class Found(NamedTuple):
    """Something wrong with the value at a position of a typed table."""

    sheet: str
    at: int
    column: str
    problem: str
    fix: str
    severity: Literal["error", "warning", "hint"] = "error"

    def told(self, tables: Tables) -> Problem:
        """The problem, with its cell and what stands there."""
        return tables.told(
            self.sheet, self.at, self.column, self.problem, self.fix, self.severity, lambda value: shown(value)[:80]
        )


def other(tables: Tables, sheet: str, at: int, column: str, here: int) -> str:
    """The cell of a value as a problem of the same column at the position `here` names it: its sheet where it differs."""
    return tables.named(sheet, at, column).removeprefix(f"{tables.origin(sheet, here, column)[0]}!")


def among(values: pd.Series[Any], said: Mapping[str, T]) -> Iterator[tuple[int, T]]:
    """Position of every value that something is said of, and what."""
    if said:
        yield from ((at, said[text]) for at, text in enumerate(values.tolist()) if text in said)


def where(mask: Any) -> list[int]:
    """Positions at which a mask is set."""
    return [int(at) for at in np.flatnonzero(np.asarray(mask, dtype=bool))]

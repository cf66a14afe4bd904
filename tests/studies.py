"""Studies as text: short tables, so that a test shows its whole input.

    Commodities
      commodity  unit  price
      ore        t     100
    Demand
      commodity  country  2025  2030
      ore        DEU      10    20

A sheet's name stands further left than its rows. Columns are parted by two or more spaces, or by ` | `; a lone `-` (or
nothing between two bars) is a blank cell. Settings, Years (2025) and Countries (every place that is named) are added
where absent.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field

from models.schema import Problem, Tables
from planner.workbook import parse

PLACES = ("country", "from", "to", "market", "source country", "place", "of place", "territory", "owner", "partner")
WORDS = ("*", "each", "world", "")


@dataclass(frozen=True)
class Sheet:
    """A sheet's cells, as `planner.cells.Grid` has them."""

    name: str
    rows: list[list[object]]
    faults: dict[tuple[int, int], str] = field(default_factory=dict)
    header_row: int = 0
    last_row: int = 0
    tables: tuple[tuple[str, str], ...] = ()
    merged: tuple[str, ...] = ()
    hidden: bool = False


def study(text: str) -> Tables:
    """Typed tables of a study written as text; ValueError names its errors, missing sheets apart."""
    tables, problems = read(text)
    errors = [p for p in problems if p.severity == "error" and not _absent(p)]
    if errors:
        raise ValueError("\n".join(map(str, errors)))
    return tables


def read(text: str) -> tuple[Tables, list[Problem]]:
    """Typed tables of a study written as text, with all its problems."""
    return parse(with_defaults(sheets(text)))  # type: ignore[arg-type]


def sheets(text: str) -> list[Sheet]:
    """The sheets a text pictures, nothing added."""
    found: list[Sheet] = []
    for line in textwrap.dedent(text).splitlines():
        if not line.strip():
            continue
        if not line[0].isspace():
            found.append(Sheet(line.strip(), []))
            continue
        bars = re.split(r"\s\|(?=\s|$)", line)
        cells = [_cell(part) for part in (bars if bars[1:] else re.split(r"\s{2,}", line.strip()))]
        rows = found[-1].rows
        if rows and len(cells) != len(rows[0]):
            raise ValueError(f"{found[-1].name}: {len(cells)} cells under {len(rows[0])} headers in: {line.strip()}")
        rows.append(cells)
    return found


def with_defaults(found: list[Sheet]) -> list[Sheet]:
    """The sheets with Settings, Years and Countries where absent."""
    names = {sheet.name for sheet in found}
    more = []
    if "Settings" not in names:
        more.append(Sheet("Settings", [["setting", "value"], ["format", 1.0]]))
    if "Years" not in names:
        more.append(Sheet("Years", [["year"], [2025.0]]))
    if "Countries" not in names:
        groups = {row[0] for sheet in found if sheet.name == "Groups" for row in sheet.rows[1:]}
        places: dict[str, object] = {}  # by the spelling that ignores case
        for sheet in found:
            for at, header in enumerate(sheet.rows[0] if sheet.rows else []):
                for row in sheet.rows[1:] if header in PLACES else ():
                    if at < len(row) and row[at] not in (*WORDS, *groups):
                        places.setdefault(str(row[at]).casefold(), row[at])
        more.append(Sheet("Countries", [["country"], *([place] for place in places.values())]))
    return [*more, *found]


def _cell(text: str) -> object:
    text = text.strip()
    if text == "-":
        return ""
    try:
        return float(text) if re.fullmatch(r"[+-]?[\d.]+(e[+-]?\d+)?", text) else text
    except ValueError:
        return text


def _absent(problem: Problem) -> bool:
    return not problem.cell and ("is missing" in problem.problem or "no data rows" in problem.problem)

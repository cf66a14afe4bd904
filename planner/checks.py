"""Checks that span rows and sheets and need no model: what no single cell shows to be wrong."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import models
from models.schema import Problem, Tables
from planner import check_places, check_rules, reach
from planner.check_bundles import passed_by
from planner.names import listed
from planner.numbers import shown
from planner.say import Found, where
from planner.scenarios import scenario_names
from planner.validate import QUALITIES

SPAN = 1e9  # beyond it the smallest figures drown in the solver's tolerance


def check(tables: Tables) -> list[Problem]:
    """Problems across the sheets of tables that `validate` has seen (as those of `parse` and `apply` have)."""
    looks = (_years, check_places.look, check_rules.look, scenario_names)
    problems = [found.told(tables) for look in looks for found in look(tables)]
    problems += [*_firm(tables), *_spread(tables)]
    if not any(p.severity == "error" for p in problems):
        world = reach.World(tables)
        for reaches in (reach.sources, reach.outlets, reach.caps, reach.ceilings, passed_by):
            problems += [found.told(tables) for found in reaches(world)]
    for component in models.COMPONENTS:
        if component.checks is not None:
            problems += component.checks(tables)
    return list(dict.fromkeys(problems))


def grades(tables: Tables) -> dict[str, int]:
    """How many figures the study gives, by the quality of their row: A, B, C, D, and those without a grade."""
    counts = dict.fromkeys((*QUALITIES, "ungraded"), 0)
    for table in models.TABLES:
        frame = tables[table.name]
        given = np.full(len(frame), int(table.series is not None))
        for column in table.columns:
            if column.numeric:
                values = frame[column.name].to_numpy(np.float64)
                default = np.nan if column.required or table.rule == "one" else column.default
                given += ~np.isnan(values) & (values != default)
        for quality, figures in zip(frame["quality"], given.tolist(), strict=True):
            counts[quality if quality in counts else "ungraded"] += figures
    return counts


def _years(tables: Tables) -> Iterator[Found]:
    """A model year stands for whole years and never reaches beyond the next one."""
    frame = tables["Years"]
    years, length = frame["year"].to_numpy(np.int64), frame["length"].to_numpy(np.float64)
    for at in where(~np.isnan(length)):
        most = int(years[years > years[at]].min(initial=9999) - years[at])
        if length[at] != np.floor(length[at]):
            yield Found("Years", at, "length", f"length is {shown(length[at])}, expected whole years.", "Correct it.")
        elif length[at] > most:
            problem = f"{shown(length[at])} years from {years[at]} reach beyond the next model year {years[at] + most}."
            yield Found("Years", at, "length", problem, f"Give at most {most}, or leave it blank.")
    last = int(years.max(initial=0))
    for at in where(tables["Sites"]["build from"] > last):
        problem = f"builds may begin only after the last model year {last}, so never."
        yield Found("Sites", at, "build from", problem, "Correct the year.", "warning")


def _firm(tables: Tables) -> Iterator[Problem]:
    """Demand without an unmet cost is firm."""
    firm = reach.firm(tables)
    hard = [name for name in tables["Demand"].query("value > 0")["commodity"].unique() if name in firm]
    if hard:
        problem = f"demand for {listed(hard)} is firm: it has no unmet cost, so it must be met in full."
        fix = "To see what is scarce, give an unmet cost, or a price and the setting unmet cost factor."
        yield Problem("Commodities", "", "", problem, fix, "hint")


def _spread(tables: Tables) -> Iterator[Problem]:
    """Figures so far apart that the smallest are noise."""
    seen: list[tuple[float, str, int, str]] = []
    for table in models.TABLES:
        for name in [c.name for c in table.columns if c.numeric] + (["value"] if table.series else []):
            sizes = np.abs(tables[table.name][name].to_numpy(np.float64))
            counted = np.flatnonzero(np.isfinite(sizes) & (sizes > 0))
            if len(counted):
                ends = (counted[sizes[counted].argmin()], counted[sizes[counted].argmax()])
                seen += [(float(sizes[at]), table.name, int(at), name) for at in ends]
    if seen and max(seen)[0] > SPAN * min(seen)[0]:
        ends_ = [f"{tables.named(sheet, at, name)} {size:g}" for size, sheet, at, name in (max(seen), min(seen))]
        orders = np.log10(max(seen)[0] / min(seen)[0])
        problem = f"figures span {orders:.0f} orders of magnitude ({' ... '.join(ends_)})."
        yield Problem("", "", "", problem, "Check the units of both.", "hint")

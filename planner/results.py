"""A solved plan: its decisions, prices and reported quantities, decoded to the names of the workbook."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import models
from models.symbolic import Index, Model
from planner.certificate import Certificate
from planner.compile import Compiled
from planner.cones import CUT, Cones, prices
from planner.linear import Labels, Solution

Floats = NDArray[np.float64]


@dataclass
class Plan:
    """One scenario's answer. `plan["Shipments"]` is a result table; `plan.objective` is in discounted currency."""

    data: models.Data
    model: Model
    compiled: Compiled
    solution: Solution
    certificate: Certificate | None
    cones: Cones | None = None
    scenario: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    source: str = ""
    sha256: str = ""
    report: str = ""

    @property
    def status(self) -> str:
        """ "optimal" only for a solution whose certificate holds."""
        if self.solution.status == "optimal" and self.certificate is not None and not self.certificate.ok:
            return "certificate failed"
        return self.solution.status

    @property
    def objective(self) -> float:
        """System cost + value of unmet demand + cost of broken soft limits [cur, discounted]."""
        return self.solution.objective

    @cached_property
    def totals(self) -> dict[str, float]:
        """Discounted sum of every cost term [cur]."""
        factor = self.data.network.factor
        return {t.name: float(factor[i.key("year")] @ v) for t in self.model.costs for i, v in (self.cost(t.name),)}

    @property
    def unmet_value(self) -> float:
        """Value of unmet demand [cur, discounted]."""
        return self.totals["unmet demand"]

    @property
    def excess_value(self) -> float:
        """Cost of broken soft limits [cur, discounted]."""
        return sum(v for t, v in self.totals.items() if t.startswith("excess"))

    @property
    def system_cost(self) -> float:
        """All but the two penalties [cur, discounted]."""
        return sum(self.totals.values()) - self.unmet_value - self.excess_value

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every result table by sheet name."""
        return {report.name: report.rows(self)[[c.name for c in report.columns]] for report in models.REPORTS}

    def __getitem__(self, sheet: str) -> pd.DataFrame:
        return self.tables[sheet]

    def values(self, name: str) -> tuple[Index, Floats]:
        """A decision such as "trade.ship": its index table and its values."""
        labels = _named(self.compiled.lp.columns, name)
        index = next(i for n, _, i in self.model.variables if n == name)
        return index, self.solution.x[labels.start : labels.stop]

    def duals(self, name: str) -> tuple[Index, Floats]:
        """A row such as "balance.use": its index table and its price, i.e. what a tighter side costs [cur, discounted].

        Rows read `left <= right` or `left = right` as written; one more on the left costs this much.
        """
        labels = _named(self.compiled.lp.rows, name)
        index = self.model.data[id(next(over for n, over, _ in self.model.rows if n == name))]
        return index, -self.solution.row_dual[labels.start : labels.stop]

    def amount(self, name: str) -> tuple[Index, Floats]:
        """A reported quantity such as "balance.arrived": M x."""
        index, linear = self.compiled.report(name)
        return index, linear.value(self.solution.x)

    def cost(self, term: str) -> tuple[Index, Floats]:
        """A cost term by (country, year) [cur/y, undiscounted]."""
        index: Index = self.model.data[id(self.model.network.place_years)]
        return index, self.compiled.costs[term].value(self.solution.x)

    def hhi(self) -> tuple[Floats, Floats]:
        """HHI and price [cur/point, discounted] of every cone of the data, NaN where its ceiling can never bind."""
        x = self.data.concentration
        binding = x.ceiling < 10_000
        value, price = np.full(len(x.ceiling), np.nan), np.zeros(len(x.ceiling))
        if self.cones is not None:
            value[binding] = self.cones.index(self.solution.x)
            price[binding] = prices(self.cones, self.compiled.lp, self.solution)
        return value, price

    @property
    def cuts(self) -> int:
        """Tangent rows that the HHI ceilings needed."""
        return sum(len(part.codes[0]) for part in self.compiled.lp.rows if part.name == CUT)

    def frame(self, index: Index, **columns: Any) -> pd.DataFrame:
        """Index table with its codes as names, and further columns."""
        names = self.data.network.names
        keys: dict[str, Any] = {}
        for name, codes in zip(index.names, index.keys, strict=True):
            keys[name] = (
                self.data.network.years[codes]
                if name in ("year", "decided", "before")
                else np.array(names[name], object)[codes]
            )
        return pd.DataFrame({**keys, **columns})

    @cached_property
    def unmet(self) -> dict[str, float]:
        """Unmet demand by commodity: the sum over years of unit/y times length."""
        index, x = self.values("demand.unmet")
        amount = x * self.data.network.length[index.key("year")]
        total = np.bincount(index.key("commodity"), weights=amount, minlength=len(self.data.network.commodities))
        return {self.data.network.commodities[c]: float(total[c]) for c in np.flatnonzero(total > 1e-9)}


def _named(labels: tuple[Labels, ...], name: str) -> Labels:
    return next(part for part in labels if part.name == name)

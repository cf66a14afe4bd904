"""Linear programs for the tests of the solver's door, small enough to solve by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from planner.linear import Labels, LinearProgram

INF = np.inf
NAMES = {"commodity": ["bauxite", "iridium", "electrolyser"], "from": ["GN", "AU", "ZA", "RU"]}
Side = tuple[float, float]


def program(
    cost: Sequence[float],
    matrix: Sequence[Sequence[float]],
    rows: Sequence[Side],
    columns: Sequence[Side] | None = None,
    offset: float = 0.0,
) -> LinearProgram:
    """min cost.x + offset, one (lower, upper) per row and per column (default: 0 and unlimited)."""
    sides = np.array(rows, float).reshape(-1, 2)
    bounds = np.array(columns if columns is not None else [(0.0, INF)] * len(cost), float).reshape(-1, 2)
    shape = len(sides), len(bounds)
    return LinearProgram(
        cost=np.array(cost, float),
        offset=offset,
        matrix=sp.csc_array(np.array(matrix, float).reshape(shape)),
        row_lower=sides[:, 0].copy(),
        row_upper=sides[:, 1].copy(),
        col_lower=bounds[:, 0].copy(),
        col_upper=bounds[:, 1].copy(),
        rows=(Labels("row", 0, ("number",), (np.arange(shape[0]),)),),
        columns=(Labels("column", 0, ("number",), (np.arange(shape[1]),)),),
    )


def minerals(bauxite: float = 4e8, power: float = 0.5) -> LinearProgram:
    """4e8 t of bauxite beside 10 kg of iridium for 0.5 GW of electrolysers.

    Bauxite: 2.5e8 t from GN at 30 USD/t (all it can), the rest from AU at 45. Iridium, 20 kg/GW: 6 kg from ZA at
    150,000 USD/kg (all it can), the rest from RU at 180,000. An electrolyser costs 8e8 USD/GW beside its iridium.
    Prices: bauxite 45 USD/t, iridium 180,000 USD/kg, electrolyser 8e8 + 20 x 180,000 USD/GW.
    Cost: 2.5e8 x 30 + 1.5e8 x 45 + 6 x 150,000 + 4 x 180,000 + 0.5 x 8e8 = 14,651,620,000 USD.
    """
    lp = program(
        cost=[30, 45, 150_000, 180_000, 8e8],
        matrix=[[1, 1, 0, 0, 0], [0, 0, 1, 1, -20], [0, 0, 0, 0, 1]],
        rows=[(bauxite, INF), (0, INF), (power, INF)],
        columns=[(0, 2.5e8), (0, INF), (0, 6), (0, INF), (0, INF)],
    )
    ship = Labels("trade.ship", 0, ("commodity", "from"), (np.array([0, 0, 1, 1]), np.arange(4)))
    build = Labels("capacity.build", 4, ("commodity",), (np.array([2]),))
    pool = Labels("balance.use", 0, ("commodity",), (np.arange(3),))
    return LinearProgram(**{**vars(lp), "rows": (pool,), "columns": (ship, build)})


def network(size: int = 30, seed: int = 1) -> LinearProgram:
    """A transport problem of size x size lanes: takes the simplex some iterations, and has a degenerate optimum."""
    draw = np.random.default_rng(seed)
    lanes = np.arange(size * size)
    matrix = np.zeros((2 * size, size * size))
    matrix[lanes // size, lanes] = 1.0  # leaves
    matrix[size + lanes % size, lanes] = 1.0  # arrives
    demand = draw.integers(1, 9, size).astype(float)
    supply = np.full(size, demand.sum() / size * 1.25)
    sides = [(0.0, s) for s in supply] + [(d, INF) for d in demand]
    return program(draw.uniform(1, 9, size * size).tolist(), matrix.tolist(), sides)

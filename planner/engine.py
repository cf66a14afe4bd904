"""HiGHS behind one door: every answer is in workbook units, every refusal an exception, only "optimal" has values.

The solver runs in a thread of its own, so that Ctrl-C stops it at its next iteration; `progress` is called from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any

import highspy
import numpy as np

from planner.guard import SOLVER, guard
from planner.lean import sparse as sp
from planner.linear import Basis, Floats, Labels, LinearProgram, Solution
from planner.scale import Scaling, scaling

STRATEGIES: dict[str, dict[str, str | int]] = {
    "dual": {"solver": "simplex", "simplex_strategy": 1},  # cold starts, and changed sides and bounds
    "primal": {"solver": "simplex", "simplex_strategy": 4},  # changed costs from a given basis
    "interior": {"solver": "ipm", "run_crossover": "on"},  # slower here, but not troubled by degeneracy
}
OPTIONS: dict[str, bool | int | float | str] = {
    "random_seed": 0,
    "small_matrix_value": 1e-12,  # below it HiGHS drops a coefficient; this is the least it accepts
    "dual_feasibility_tolerance": 1e-9,  # scaled costs spread wider than scaled values; costs no time (measured)
}
# Devex takes a tenth more steps than steepest edge; they are cheaper by more than that until rows are many (measured).
DEVEX, STEEPEST, MANY = 1, 2, 60_000
WORDS = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnbounded: "unbounded",
    highspy.HighsModelStatus.kTimeLimit: "time limit",
}
# HiGHS perturbs costs and bounds against degeneracy. From a basis that is nearly optimal, taking that back costs ten
# times the steps of the way itself (measured); so it is off there, and a limit of steps stands in for it.
PERTURBATIONS = "dual_simplex_cost_perturbation_multiplier", "primal_simplex_bound_perturbation_multiplier"
STEPS = 1000  # from a given basis, and one for each row: about what a cold solve needs
NOTHING = np.zeros(0)
INTERRUPTS = highspy.cb.HighsCallbackType.kCallbackSimplexInterrupt, highspy.cb.HighsCallbackType.kCallbackIpmInterrupt
STATUSES = [highspy.HighsBasisStatus(code) for code in range(5)]


class SolverError(RuntimeError):
    """HiGHS refused a call; the message holds its own words."""


class _Highs(highspy.Highs):  # type: ignore[misc]
    """HiGHS without its banner, which highspy prints to the console as soon as it switches callbacks on."""

    def enableCallbacks(self) -> None:
        self.setOptionValue("log_to_console", False)
        super().enableCallbacks()


def solve(
    lp: LinearProgram,
    *,
    basis: Basis | None = None,
    strategy: str = "dual",
    time_limit: float | None = None,
    threads: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> Solution:
    """Solve once. `basis` starts the simplex there, without presolve or perturbation; `time_limit` in seconds."""
    return Engine(lp, threads=threads, progress=progress).solve(basis=basis, strategy=strategy, time_limit=time_limit)


class Engine:
    """One LP inside HiGHS, to be changed and solved again from where the last solve ended."""

    def __init__(
        self,
        lp: LinearProgram,
        *,
        threads: int | None = None,
        progress: Callable[[str], None] | None = None,
        factors: Scaling | None = None,
    ) -> None:
        """`factors`: those of another LP with the same matrix, instead of this one's own."""
        guard(lp)
        self.lp = lp  # always what the solver holds, in workbook units: what a certificate is to be made of
        self._scaling = factors or scaling(lp)
        self._wire = _Wire(progress)
        self._highs: Any = _Highs()  # Any: highspy's stubs miss methods
        weights = DEVEX if lp.matrix.shape[0] < MANY else STEEPEST
        for name, value in (OPTIONS | {"threads": threads or 1, "simplex_dual_edge_weight_strategy": weights}).items():
            self._set(name, value)
        self._highs.cbLogging += self._wire.listen
        self._highs.cbSimplexInterrupt += self._wire.interrupt
        self._highs.cbIpmInterrupt += self._wire.interrupt
        scaled = self._scaling.scale(lp)
        guard(scaled, limits=SOLVER)
        matrix = scaled.matrix
        rows, columns = matrix.shape
        # Arrays, not a HighsLp: five times as fast. The last one, "continuous", is read even when it is empty.
        self._check(
            self._highs.passModel(
                columns, rows, matrix.nnz, int(highspy.MatrixFormat.kColwise), int(highspy.ObjSense.kMinimize), 0.0,
                scaled.cost, scaled.col_lower, scaled.col_upper, scaled.row_lower, scaled.row_upper,
                matrix.indptr, matrix.indices, matrix.data, np.zeros(columns, np.int32),
            )
        )  # fmt: skip
        self._count()

    def tighten(self, tolerance: float) -> None:
        """How far sides and bounds may be broken, in solver units; as a rule 1e-7."""
        self._set("primal_feasibility_tolerance", tolerance)

    def update(
        self,
        *,
        cost: Floats | None = None,
        row_lower: Floats | None = None,
        row_upper: Floats | None = None,
        col_lower: Floats | None = None,
        col_upper: Floats | None = None,
    ) -> None:
        """Replace whole arrays of the LP (workbook units); the next solve starts from the last basis."""
        old = self.lp
        self.change(
            replace(
                old,
                cost=old.cost if cost is None else cost,
                row_lower=old.row_lower if row_lower is None else row_lower,
                row_upper=old.row_upper if row_upper is None else row_upper,
                col_lower=old.col_lower if col_lower is None else col_lower,
                col_upper=old.col_upper if col_upper is None else col_upper,
            )
        )

    def change(self, lp: LinearProgram) -> None:
        """Go over to another LP with the same matrix and labels; the next solve starts from the last basis."""
        guard(lp)
        new, old = self._scaling.scale(lp), self.lp
        guard(new, limits=SOLVER)
        rows, columns = (np.arange(count, dtype=np.int32) for count in lp.matrix.shape)
        if not np.array_equal(lp.cost, old.cost):
            self._check(self._highs.changeColsCost(len(columns), columns, new.cost))
        if not (np.array_equal(lp.col_lower, old.col_lower) and np.array_equal(lp.col_upper, old.col_upper)):
            self._check(self._highs.changeColsBounds(len(columns), columns, new.col_lower, new.col_upper))
        if not (np.array_equal(lp.row_lower, old.row_lower) and np.array_equal(lp.row_upper, old.row_upper)):
            self._check(self._highs.changeRowsBounds(len(rows), rows, new.row_lower, new.row_upper))
        self.lp = lp

    def add_rows(self, matrix: sp.csr_array, lower: Floats, upper: Floats, labels: Labels) -> None:
        """Add rows such as cutting planes (workbook units); the next solve starts from the last basis, these basic."""
        old = self.lp
        lp = replace(
            old,
            matrix=sp.csc_array(sp.vstack([old.matrix, matrix], format="csc")),
            row_lower=np.concatenate([old.row_lower, lower]),
            row_upper=np.concatenate([old.row_upper, upper]),
            rows=(*old.rows, labels),
        )
        guard(lp)
        # Columns keep their factors; each new row gets the one that brings its largest term near 1.
        part = sp.csr_array(matrix @ sp.diags_array(self._scaling.columns))
        largest = abs(part).max(axis=1).toarray().ravel()
        factors = np.exp2(-np.rint(np.log2(np.where(largest > 0, largest, 1.0))))
        part = sp.csr_array(sp.diags_array(factors) @ part)
        both = replace(self._scaling, rows=np.concatenate([self._scaling.rows, factors]))
        guard(both.scale(lp), limits=SOLVER)
        starts, indices = part.indptr.astype(np.int32), part.indices.astype(np.int32)
        sides = lower * factors, upper * factors
        self._check(self._highs.addRows(len(lower), *sides, part.nnz, starts, indices, part.data))
        self.lp, self._scaling = lp, both
        self._count()

    def solve(
        self,
        *,
        basis: Basis | None = None,
        strategy: str = "dual",
        time_limit: float | None = None,
        with_basis: bool = True,
    ) -> Solution:
        """Solve from `basis`, else the last one, else cold; from a basis that does not lead there soon, cold after all.

        Reading the basis back costs 0.4 s per million columns.
        """
        self._wire.log.clear()
        start = time.perf_counter()
        if self.lp.matrix.shape[1] == 0:
            return self._empty()
        for name, value in STRATEGIES[strategy].items():
            self._set(name, value)
        # HiGHS counts the seconds of all runs of one object, so the limit is set from what its clock shows.
        self._set("time_limit", np.inf if time_limit is None else self._highs.getRunTime() + time_limit)
        iterations = 0
        if basis is not None:
            self._start_from(basis)
            self._gently(True)
            try:
                iterations = self._run()
                lost = self._highs.getModelStatus() == highspy.HighsModelStatus.kIterationLimit
            except SolverError:  # such as "excessive dual values": a way through a bad corner
                lost = True
            self._gently(False)
            if lost:
                self._check(self._highs.clearSolver())
                self._wire.log.clear()
        if basis is None or lost:
            iterations += self._run()
        if self._highs.getModelStatus() == highspy.HighsModelStatus.kUnboundedOrInfeasible:
            self._set("presolve", "off")  # presolve cannot tell the two apart, the simplex can
            self._set("allow_unbounded_or_infeasible", False)
            iterations += self._run()
            self._set("presolve", "choose")
        status = self._highs.getModelStatus()
        word = WORDS.get(status) or str(self._highs.modelStatusToString(status)).lower()
        seconds = time.perf_counter() - start
        if word != "optimal":  # HiGHS hands out arrays all the same, marked valid even at a time limit
            ray = self._ray() if word == "unbounded" else NOTHING
            return Solution(
                word, np.nan, NOTHING, NOTHING, NOTHING, None, iterations, seconds, tuple(self._wire.log), ray
            )
        answer = self._highs.getSolution()
        scaled = (np.asarray(part, np.float64) for part in (answer.col_value, answer.row_dual, answer.col_dual))
        x, row_dual, col_dual = self._scaling.unscale(*scaled)
        objective = float((self.lp.cost * x).sum()) + self.lp.offset  # not @: the same on any number of cores
        found = self._basis() if with_basis else None
        return Solution(word, objective, x, row_dual, col_dual, found, iterations, seconds, tuple(self._wire.log))

    def _ray(self) -> Floats:
        """A direction in which the cost falls without end, where the solver finds one."""
        status, found, ray = self._highs.getPrimalRay()
        if status != highspy.HighsStatus.kOk or not found:
            return NOTHING
        return np.asarray(ray, np.float64) * self._scaling.columns

    def _heed(self, on: bool) -> None:
        """Whether HiGHS asks at every step if it is to stop: asking takes up to 4 % of its time, so it asks only when it is."""
        for kind in INTERRUPTS:
            self._check((self._highs.startCallback if on else self._highs.stopCallback)(kind))

    def _run(self) -> int:
        self._wire.stop = False
        self._heed(False)
        with ThreadPoolExecutor(1) as pool:  # its end waits for the solver
            try:
                running = pool.submit(_run, self._highs)
                while not running.done():
                    wait([running], timeout=0.2)  # Windows delivers no Ctrl-C to a wait without end
            except KeyboardInterrupt:
                self._wire.stop = True
                self._heed(True)
                raise
        status = running.result()
        self._check(status, fine=(highspy.HighsStatus.kOk, highspy.HighsStatus.kWarning))  # warning: limit reached
        info = self._highs.getInfo()  # -1 where a method was not used
        counts = info.simplex_iteration_count, info.ipm_iteration_count, info.crossover_iteration_count
        return sum(max(0, count) for count in counts)

    def _gently(self, on: bool) -> None:
        """Whether to go in few steps from where the solver stands, without perturbing the program."""
        for name in PERTURBATIONS:
            self._set(name, 0.0 if on else 1.0)
        self._set("simplex_iteration_limit", self.lp.matrix.shape[0] + STEPS if on else np.iinfo(np.int32).max)

    def _start_from(self, basis: Basis) -> None:
        start = highspy.HighsBasis()
        start.col_status = [STATUSES[code] for code in basis.columns.tolist()]
        start.row_status = [STATUSES[code] for code in basis.rows.tolist()]
        start.valid = start.alien = True  # alien: HiGHS repairs a basis of the wrong size, as labels match it
        self._check(self._highs.setBasis(start))

    def _basis(self) -> Basis:
        basis = self._highs.getBasis()
        codes = [np.fromiter(map(int, part), np.int8, len(part)) for part in (basis.col_status, basis.row_status)]
        return Basis(*codes)

    def _empty(self) -> Solution:
        """HiGHS calls an LP without columns "empty" whatever its rows ask for."""
        met = bool(np.all((self.lp.row_lower <= 0) & (self.lp.row_upper >= 0)))
        if not met:
            return Solution("infeasible", np.nan, NOTHING, NOTHING, NOTHING, None, 0, 0.0, ())
        rows = self.lp.matrix.shape[0]
        basis = Basis(np.zeros(0, np.int8), np.ones(rows, np.int8))
        return Solution("optimal", self.lp.offset, NOTHING, np.zeros(rows), NOTHING, basis, 0, 0.0, ())

    def _set(self, name: str, value: bool | int | float | str) -> None:
        self._check(self._highs.setOptionValue(name, value))

    def _check(self, status: Any, fine: tuple[Any, ...] = (highspy.HighsStatus.kOk,)) -> None:
        if status not in fine:
            raise SolverError("; ".join(self._wire.log) or f"HiGHS answered {status.name} without a reason")

    def _count(self) -> None:
        found = self._highs.getNumRow(), self._highs.getNumCol(), self._highs.getNumNz()
        passed = (*self.lp.matrix.shape, self.lp.matrix.nnz)
        if found != passed:
            raise SolverError(f"HiGHS holds {found} rows, columns and nonzeros, but was given {passed}")


class _Wire:
    """What the solver and its engine tell each other while it runs; apart, so that no cycle keeps a solved LP alive."""

    def __init__(self, progress: Callable[[str], None] | None) -> None:
        self.progress = progress
        self.log: list[str] = []
        self.stop = False

    def listen(self, event: Any) -> None:
        message = event.message.strip()
        if event.data_out.log_type in (highspy.HighsLogType.kWarning, highspy.HighsLogType.kError):
            if "non-empty integrality" not in message:  # about the zeros given with passModel
                self.log.append(message)
        elif self.progress is not None:
            self.progress(message)

    def interrupt(self, event: Any) -> None:
        event.data_in.user_interrupt = self.stop  # in both directions: HiGHS remembers the last word


def _run(highs: Any) -> Any:
    try:
        return highs.run()
    finally:
        highspy.Highs.resetThreadScheduler(False)  # it belongs to this thread; Windows can hang on a later one

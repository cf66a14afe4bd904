"""Two processes for tests that solve many studies."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


def spread(task: Callable[[A], B], items: Iterable[A]) -> list[tuple[A, B]]:
    """Each item with what the task makes of it, in order; the task is a function of a module."""
    every = list(items)
    return list(zip(every, _pool().map(task, every), strict=True))


@cache
def _pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(2, multiprocessing.get_context("spawn"))

"""Readable names of numbered rows, such as those of a limit: made when somebody asks, which a solved plan rarely does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, overload

import pandas as pd


class Titles(Sequence[str]):
    """The cells of every row one after the other; a repeated name is numbered: a, b, a (2)."""

    def __init__(self, rows: Callable[[], pd.DataFrame]) -> None:
        self._rows = rows

    @cached_property
    def texts(self) -> list[str]:
        """All of them: (rows,)."""
        columns = [list(map(str, column.to_list())) for _, column in self._rows().items()]
        text = pd.Series(list(map(" ".join, zip(*columns, strict=True))), dtype=object)
        turn = text.groupby(text).cumcount()
        return list(text.where(turn == 0, text + " (" + (turn + 1).astype(str) + ")"))

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: Any) -> Any:
        return self.texts[at]

    def __len__(self) -> int:
        return len(self.texts)

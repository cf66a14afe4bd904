"""Imports without what nobody asked for.

Pyomo watches for the import of scipy and answers with one of scipy.stats and more: 0.4 s of every command, for nothing.
It does without until it needs them itself.
"""

from __future__ import annotations

import sys


def import_scipy() -> None:
    """Import scipy.sparse while Pyomo, if it is there already, does not look."""
    watching = sys.meta_path.copy()
    sys.meta_path[:] = [finder for finder in watching if type(finder).__module__ != "pyomo.common.dependencies"]
    try:
        import scipy.sparse  # noqa: F401
    finally:
        sys.meta_path[:] = watching

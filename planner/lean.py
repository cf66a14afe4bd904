"""scipy's sparse matrices, without what nobody asked for.

Pyomo watches for the first import of scipy and answers with one of scipy.stats and more: 0.4 s of every command, for
nothing. So Pyomo comes first, and scipy while Pyomo does not look. Whoever needs sparse matrices takes them from here.
"""

from __future__ import annotations

import sys

import pyomo.environ  # noqa: F401

_watching = sys.meta_path.copy()
sys.meta_path[:] = [finder for finder in _watching if type(finder).__module__ != "pyomo.common.dependencies"]
try:
    from scipy import sparse
finally:
    sys.meta_path[:] = _watching

__all__ = ["sparse"]

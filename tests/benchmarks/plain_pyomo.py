"""The same rules on filled Sets and Params, and Pyomo's own compiler of standard forms: what our compiler replaces."""

from __future__ import annotations

from typing import Any

from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

import models


def build(data: models.Data) -> Any:
    """Pyomo's matrix form of a study, from its index tables."""
    model = models.build(data, full=True).pyomo
    return LinearStandardFormCompiler().write(model, mixed_form=True)

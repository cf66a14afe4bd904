"""Production: what a site runs turns the inputs of its recipe into its outputs, at most as its capacity allows."""

from __future__ import annotations

from models import columns
from models.schema import BLANK, LAST, NO_LIMIT, Column, Table

WHO = "Who and what"
CAPACITY_UNIT = "cur/(unit/y)"


def site_choices(default: float) -> tuple[Column, ...]:
    """Columns that a process declares and a site may override (blank: as the process says)."""
    say = (lambda value: value) if default == 0 else (lambda value: BLANK)
    return (
        Column("lifetime", "number", "Years a build works.", unit="y", default=say(20.0), above=0),
        Column("lead time", "number", "Years from decision to first operation.", unit="y", default=say(1.0), low=0),
        Column("ramp", "number", "Years until a build reaches its full capacity.", unit="y", default=say(0.0), low=0),
        Column("max use", "share", "Largest share of the capacity that can run.", default=say(1.0)),
        Column("min use", "share", "Smallest share of the installed capacity that must run.", default=say(0.0)),
        Column("emissions", "number", "Emissions per unit of activity.", unit="tCO2/unit", default=say(0.0)),
    )


PROCESSES = Table(
    "Processes", "What a site can do: mining, refining, assembly.", WHO, template=True, required=True,
    columns=(
        Column("process", "code", "Name of the process.", key=True),
        Column("name", "text", "Readable name.", default=""),
        Column("chain", "text", "Supply chain it belongs to.", default=""),
        Column("stage", "text", "Stage of the chain.", default=""),
        Column("unit", "text", "Unit of its activity."),
        *site_choices(0),
    ),
)  # fmt: skip
RECIPES = Table(
    "Recipes", "What one unit of activity takes in and gives out.", WHO, template=True, required=True, constant=True,
    columns=(
        columns.process(),
        columns.commodity(),
        Column("direction", "word", "in: used; out: made.", choices=("in", "out"), key=True),
    ),
    series=Column("quantity", "number", "Quantity per unit of activity, the same in all years or by year.", unit="unit/activity", low=0),
)  # fmt: skip
SITES = Table(
    "Sites", "Where each process runs: capacity, costs and what may be built.", WHO, template=True, required=True,
    columns=(
        Column("site", "code", "Name of the site.", key=True),
        Column("process", "code", "Its process.", refers="Processes"),
        Column("country", "place", "Its country; a group or * makes one such site in each country.", words=("*",)),
        Column("capacity", "number", "Capacity that stands; or the word unlimited.", unit="unit/y", default=0.0, low=0, words=("unlimited",)),
        Column("last year", "year", "Last year of operation without new builds; blank: the whole horizon.", default=LAST),
        Column("variable cost", "number", "Cost per unit of activity; may be negative.", unit="cur/unit"),
        Column("fixed cost", "number", "Cost per unit of capacity and year.", unit="cur/(unit/y)/y", default=0.0, low=0),
        Column("capex", "number", "Investment per unit of new capacity; blank: it cannot grow.", unit=CAPACITY_UNIT, default=BLANK, low=0),
        Column("build from", "year", "First year in which a build may be decided.", default=0),
        Column("max build", "number", "Most that can be decided per year.", unit="unit/y/y", default=NO_LIMIT, low=0),
        Column("max capacity", "number", "Most that may stand; below what stands it only forbids builds.", unit="unit/y", default=NO_LIMIT, low=0),
        Column("resource", "number", "Total activity over the horizon.", unit="unit", default=NO_LIMIT, low=0),
        *site_choices(1),
    ),
)  # fmt: skip
SITE_YEARS = Table(
    "Site years", "Site figures that change by year: announced projects, closures, outages, learning.", WHO, rule="one",
    columns=(
        Column("site", "code", "A site, one of its copies as site@country, or *.", refers="Sites", words=("*",), default="*", key=True),
        columns.process("*", default="*"),
        columns.place("country", "Where; a country, a group or *.", "*", default="*"),
        Column("item", "word", "The figure that changes.", key=True, choices=(
            "capacity", "variable cost", "fixed cost", "capex", "max build", "max use", "min use",
        )),
        Column("operation", "word", "set the figure, or multiply it.", default="set", choices=("set", "multiply"), key=True),
        Column("last year", "year", "Last year in which the row speaks; blank: to the end.", default=LAST),
    ),
    series=Column("value", "number", "The figure or factor by year, in the item's own unit.", low=-1e12),
)  # fmt: skip

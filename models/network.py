"""Who and what: years, places, commodities, processes; who can supply and who can use each commodity."""

from __future__ import annotations

from models import columns
from models.schema import BLANK, Column, Table

WHO = "Who and what"

SETTINGS = Table(
    "Settings", "Choices that hold for the whole study.", WHO, template=True, required=True,
    columns=(
        Column("setting", "word", "Name of the setting.", key=True, choices=(
            "format", "title", "currency", "price year", "discount rate", "base year", "unmet cost factor", "focus", "time limit [s]", "threads",
        )),
        Column("value", "text", "Its value."),
    ),
)  # fmt: skip
YEARS = Table(
    "Years", "The model years; each stands for the years up to the next one.", WHO, template=True, required=True,
    columns=(
        Column("year", "year", "A model year.", key=True, low=1900, high=2200),
        Column("length", "number", "Years it stands for, itself the first; blank: up to the next model year, the last one 1.", unit="y", default=BLANK, low=1),
    ),
)  # fmt: skip
COUNTRIES = Table(
    "Countries", "Every place that can make, use or trade something.", WHO, template=True, required=True,
    columns=(
        Column("country", "code", "Code of the place, such as COD, or COD.CN for foreign-owned plants there.", key=True),
        Column("name", "text", "Readable name.", default=""),
        Column("region", "text", "Region; it is a group of that name.", default=""),
        Column("territory", "code", "Country on whose soil the place lies; blank: itself.", refers="Countries", default=""),
        Column("owner", "code", "Country that owns the plants there; blank: itself.", refers="Countries", default=""),
        Column("capital rate", "rate", "Real interest rate for investments there; blank: the discount rate.", unit="1/y", default=BLANK, low=0),
        Column("risk", "share", "Supply risk from 0 (none) to 1.", default=BLANK),
        Column("aggregate", "word", "yes: a bundle of small countries, neither source nor market under `each`.", default="no", choices=("no", "yes")),
    ),
)  # fmt: skip
GROUPS = Table(
    "Groups", "Groups of places that rules and data may name.", WHO, template=True,
    columns=(
        Column("group", "code", "Name of the group.", key=True),
        Column("country", "code", "A member.", refers="Countries", key=True),
        Column("weight", "number", "Its weight where Demand, Scrap or Observed given for the group are split.", default=1.0, low=0),
    ),
)  # fmt: skip
COMMODITIES = Table(
    "Commodities", "What is made, shipped and used.", WHO, template=True, required=True,
    columns=(
        Column("commodity", "code", "Name of the commodity.", key=True),
        Column("name", "text", "Readable name.", default=""),
        Column("chain", "text", "Supply chain it belongs to.", default=""),
        Column("stage", "text", "Stage of the chain, such as mine, refine, component.", default=""),
        Column("unit", "text", "Unit of its quantities: t, kg, MW, MWh ..."),
        Column("material", "text", "Material it contains, for limits on `material/stage`.", default=""),
        Column("content", "number", "Tonnes of the material in one unit.", unit="t/unit", default=BLANK, above=0),
        Column("price", "number", "Reference price, on which duties and unmet cost stand.", unit="cur/unit", default=BLANK, low=0),
        Column("mass", "number", "Mass of one unit; blank: 1 where the unit is t.", unit="t/unit", default=BLANK, above=0),
        Column("unmet cost", "number", "What a unit of unmet demand costs; blank: the unmet cost factor times the price.", unit="cur/unit", default=BLANK, low=0),
        Column("disposable", "word", "yes: surplus may be dumped at no cost; no: it must be used.", default="yes", choices=("yes", "no")),
    ),
)  # fmt: skip
PRICES = Table(
    "Reference prices", "Reference prices that change by year.", WHO,
    columns=(columns.commodity(),),
    series=Column("value", "number", "Reference price of the year.", unit="cur/unit", low=0),
)  # fmt: skip

"""Small random studies from one integer: overlapping rules, unequal years, every sheet now and then.

A study is a dictionary of sheets, each a list of rows under a header, so that a test can change it before it is read.
Figures have several digits, so that plans rarely tie; demand may nearly always be given up, so most are feasible.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from models.schema import Problem, Tables
from planner.workbook import parse
from tests.studies import Sheet

Sheets = dict[str, list[list[object]]]
BLANK = ""
BASES = ("supply", "imports", "production", "capacity")
GOODS = {  # commodity: unit, stage, content, price
    "ore": ("kt", "mine", 0.4, 20.0),
    "slag": ("kt", "mine", 0.1, 3.0),
    "metal": ("t", "metal", 1.0, 150.0),
    "cell": ("GWh", "", 2.0, 700.0),
}
RECIPES = {  # process: its inputs and outputs
    "dig": ({}, {"ore": 1.0}),
    "sift": ({"slag": 1.3}, {"ore": 1.0}),
    "melt": ({"ore": 1.6}, {"metal": 1.0, "slag": 0.3}),
    "leach": ({"ore": 1.4}, {"metal": 0.9}),
    "forward": ({"metal": 1.0}, {"metal": 1.0}),
    "make": ({"metal": 0.8}, {"cell": 0.5}),
}
PLACES = {  # place: territory, owner, region
    "COD": (BLANK, BLANK, "Africa"),
    "COD.CN": ("COD", "CHN", BLANK),
    "CHN": (BLANK, BLANK, BLANK),
    "DEU": (BLANK, BLANK, "Europe"),
    "FRA": (BLANK, BLANK, "Europe"),
    "REST": (BLANK, BLANK, "Africa"),
    "ZMB": (BLANK, "CHN", "Africa"),
}
GROUPS = {"EU": ("DEU", "FRA"), "EAST": ("CHN", "COD"), "CAMP": ("COD.CN", "CHN", "REST")}


def random_study(seed: int, ceilings: bool = False) -> Sheets:
    """The study of a seed; with ceilings, Concentration may be among its sheets."""
    maker = Maker(random.Random(seed))
    made = maker.frame()
    for sheet, most, row in maker.lists():
        if sheet == "Concentration" and not ceilings:
            continue
        drawn = [row() for _ in range(maker.count(most, at_least=int(sheet in ("Sites", "Demand"))))]
        made[sheet] += maker.apart(sheet, drawn)
    return {sheet: rows for sheet, rows in made.items() if len(rows) > 1}


def typed(sheets: Sheets) -> tuple[Tables, list[Problem]]:
    """The study as typed tables, with what is wrong with it (missing sheets apart)."""
    tables, problems = parse([Sheet(name, rows) for name, rows in sheets.items()])  # type: ignore[list-item]
    return tables, [p for p in problems if p.severity == "error" and p.cell]


def picture(sheets: Sheets) -> str:
    """The study as text, as tests.studies reads it."""
    text = ""
    for name, rows in sheets.items():
        cells = [[str(cell) if cell != BLANK else "-" for cell in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        text += f"{name}\n"
        text += "".join(
            "  " + "  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() + "\n" for r in cells
        )
    return text


class Maker:
    """Random cells and rows of one study."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.places = self._some(list(PLACES), 3, 6)
        if "COD.CN" in self.places:
            self.places = list(dict.fromkeys([*self.places, "COD", "CHN"]))
        if "ZMB" in self.places and "CHN" not in self.places:
            self.places.append("CHN")
        self.goods = ["ore", "metal", *self._some(["slag", "cell"], 0, 2)]
        wanted = {p: {*take, *give} for p, (take, give) in RECIPES.items()}
        self.processes = [
            p for p, goods in wanted.items() if goods <= {*self.goods, *(["slag"] if p == "melt" else [])}
        ]
        self.processes = [p for p in self.processes if p in ("dig", "melt") or rng.random() < 0.6]
        groups = {g: [p for p in listed if p in self.places] for g, listed in GROUPS.items()}
        self.listed = {g: listed for g, listed in groups.items() if listed and rng.random() < 0.8}
        self.regions = sorted({PLACES[p][2] for p in self.places if PLACES[p][2]})
        self.groups = [*self.listed, *self.regions]
        start = 2025
        self.years = [start]
        for _ in range(rng.randint(1, 3)):
            self.years.append(self.years[-1] + rng.choice([1, 1, 2, 3, 5]))
        self.names = 0
        self.unlimited = rng.random() < 0.5  # some sites are; then no row counts capacity
        self.sites: list[str] = []

    # Cells --------------------------------------------------------------------------------------------------------

    def _some(self, items: list[str], least: int, most: int) -> list[str]:
        return sorted(self.rng.sample(items, self.rng.randint(least, min(most, len(items)))), key=items.index)

    def count(self, most: int, at_least: int = 0) -> int:
        """How many rows a sheet gets: none half of the time, unless it needs some."""
        if not at_least and self.rng.random() < 0.5:
            return 0
        return self.rng.randint(max(1, most // 2), most)

    def amount(self, low: float, high: float) -> float:
        return round(self.rng.uniform(low, high), 3)

    def now_and_then(self, value: object, often: float = 0.3, otherwise: object = BLANK) -> object:
        return value if self.rng.random() < often else otherwise

    def pick(self, *values: object) -> object:
        return self.rng.choice(values)

    def place(self) -> object:
        return self.rng.choice(self.places)

    def spot(self, *words: object) -> object:
        """A place, a group or one of the words."""
        return self.rng.choice([*self.places, *self.places, *self.groups, *self.groups, *words])

    def good(self, *words: object) -> object:
        return self.rng.choice([*self.goods, *self.goods, *words])

    def basis(self) -> object:
        return self.pick(*(basis for basis in BASES if basis != "capacity" or not self.unlimited))

    def first(self) -> object:
        return self.now_and_then(self.rng.randint(self.years[0] - 1, self.years[-1]), 0.3)

    def last(self) -> object:
        return self.now_and_then(self.rng.randint(self.years[0], self.years[-1] + 1), 0.15)

    def span(self, first: float = 0.3, last: float = 0.3) -> list[object]:
        """First and last year."""
        begin = self.rng.randint(self.years[0] - 1, self.years[-1])
        return [self.now_and_then(begin, first), self.now_and_then(self.rng.randint(begin, self.years[-1] + 1), last)]

    def apart(self, sheet: str, rows: list[list[object]]) -> list[list[object]]:
        """The rows without those that say again what another one says."""
        kept, seen = [], set()
        for row in rows:
            cells = row[: UNIQUE.get(sheet, 0)]
            keys = {tuple(cells)}
            if sheet in ("Demand", "Stockpiles", "Scrap"):
                keys = {(cells[0], place, *cells[2:]) for place in self.members(str(cells[1]))}
            if not cells or not keys & seen:
                seen |= keys
                kept.append(row)
        return kept

    def members(self, cell: str) -> list[str]:
        """The places of a cell of a data sheet."""
        return self.listed.get(cell) or [p for p in self.places if PLACES[p][2] == cell] or [cell]

    def name(self, start: str) -> str:
        self.names += 1
        return f"{start}{self.names}"

    def by_year(self, low: float, high: float) -> list[object]:
        """A cell per model year: the first one filled, the others now and then."""
        return [self.amount(low, high), *(self.now_and_then(self.amount(low, high), 0.5) for _ in self.years[1:])]

    # Who and what -------------------------------------------------------------------------------------------------

    def frame(self) -> Sheets:
        """The sheets every study has, and the headers of the others."""
        rng = self.rng
        made: Sheets = {sheet: [list(header)] for sheet, header in HEADERS.items()}
        for sheet in ("Demand", "Scrap", "Carbon", "Site years", "Recipes", "Reference prices"):
            made[sheet][0] += [str(year) for year in self.years]
        made["Settings"] += [["format", 1.0], ["discount rate", self.pick(0.0, 0.05, 0.11)]]
        made["Settings"] += [["base year", self.pick(2023.0, 2025.0, 2027.0)]] if rng.random() < 0.3 else []
        made["Settings"] += [["unmet cost factor", self.amount(4, 12)]] if rng.random() < 0.98 else []
        gaps = [*(b - a for a, b in zip(self.years, self.years[1:], strict=False)), 3]
        for year, gap in zip(self.years, gaps, strict=True):
            made["Years"].append([float(year), self.now_and_then(float(rng.randint(1, gap)), 0.3)])
        for place in self.places:
            territory, owner, region = PLACES[place]
            rate, rest = self.now_and_then(self.pick(0.0, 0.04, 0.12)), "yes" if place == "REST" else "no"
            made["Countries"].append([place, region, territory, owner, rate, self.amount(0, 1), rest])
        for group, listed in self.listed.items():
            made["Groups"] += [[group, place, self.pick(1.0, 2.0, 0.5)] for place in listed]
        for good in [*self.goods, *(["slag"] if "slag" not in self.goods else [])]:
            made["Commodities"].append(self._commodity(good))
        for process in self.processes:
            made["Processes"].append(self._process(process))
            for direction, goods in zip(("in", "out"), RECIPES[process], strict=True):
                for good, quantity in goods.items():
                    values = [
                        quantity,
                        *(self.now_and_then(quantity * self.amount(0.8, 1.1), 0.2) for _ in self.years[1:]),
                    ]
                    made["Recipes"].append([process, good, direction, *values])
        made["Sites"].append(self._site("dig", "*"))
        if rng.random() < 0.9:
            made["Lanes"].append(["*", "*", "*", self.amount(1, 4), BLANK, BLANK, BLANK, BLANK, BLANK, BLANK])
        return made

    def _commodity(self, good: str) -> list[object]:
        unit, stage, content, price = GOODS[good]
        material = "m" if stage else BLANK
        mass = BLANK if unit == "t" else self.amount(1, 3)
        cost = self.now_and_then(self.amount(4, 9) * price, 0.3)
        disposable = self.now_and_then("no", 0.06, "yes") if good == "ore" else "yes"
        return [good, unit, material, stage, content, round(price * self.amount(0.8, 1.2), 3), mass, cost, disposable]

    def _process(self, process: str) -> list[object]:
        unit = GOODS[next(iter(RECIPES[process][1]))][0]
        life, lead, ramp = (
            self.pick(2.0, 4.0, 8.0, 20.0),
            self.pick(0.0, 0.5, 1.0, 1.0, 2.0),
            self.pick(0.0, 0.0, 1.0, 2.5),
        )
        least = self.now_and_then(self.amount(0.02, 0.2), 0.1)
        return [process, unit, life, lead, ramp, self.amount(0.7, 1), least, self.pick(0.0, self.amount(0, 3))]

    def _site(self, process: object, country: object) -> list[object]:
        unlimited, grows = self.unlimited and self.rng.random() < 0.2, self.rng.random() < 0.6
        name = self.name("s")
        copies = [] if country in self.places else self.places if country == "*" else self.members(str(country))
        self.sites += [name, *(f"{name}@{place}" for place in copies)]
        worth = GOODS[next(iter(RECIPES[str(process)][1]))][3]
        return [
            name,
            process,
            country,
            "unlimited" if unlimited else self.now_and_then(self.amount(0, 2 if grows else 8), 0.8),
            self.last(),
            round(self.amount(-0.02, 0.5) * worth, 3),
            BLANK if unlimited else self.now_and_then(self.amount(0, 0.1 * worth)),
            BLANK if unlimited or not grows else round(self.amount(0.2, 2) * worth, 3),
            self.first(),
            self.now_and_then(self.amount(0.5, 4)),
            BLANK if unlimited else self.now_and_then(self.amount(2, 12)),
            self.now_and_then(self.amount(5, 60), 0.15),
            self.now_and_then(self.pick(1.0, 3.0, 6.0), 0.15),
            self.now_and_then(self.pick(0.0, 1.5, 3.0), 0.15),
            self.now_and_then(self.pick(0.0, 2.0), 0.1),
            self.now_and_then(self.amount(0.5, 1), 0.15),
            self.now_and_then(self.amount(0, 0.2), 0.05),
            self.now_and_then(self.amount(-1, 3), 0.15),
        ]

    # Lists of rows ------------------------------------------------------------------------------------------------

    def lists(self) -> list[tuple[str, int, Callable[[], list[object]]]]:
        """Sheets that take any number of rows: their name, how many at most and a row of them."""
        return [
            ("Sites", 6, lambda: self._site(self.pick(*self.processes), self.spot("*"))),
            ("Site years", 5, self._site_year),
            ("Reference prices", 2, lambda: [self.good(), *self.by_year(10, 300)]),
            ("Demand", 5, lambda: [self.good(), self.spot(), self.pick("all", "x"), *self.by_year(0.5, 6)]),
            ("Demand steps", 4, self._step),
            ("Scrap", 2, lambda: [self.good(), self.spot(), *self.by_year(0, 1.5)]),
            ("Returns", 2, self._return),
            ("Stockpiles", 3, self._stockpile),
            ("Lanes", 6, self._lane),
            ("Tariffs", 6, self._tariff),
            ("Trade measures", 6, self._measure),
            ("Limits", 3, self._limit),
            ("Concentration", 1, self._ceiling),
            ("Benchmarks", 2, self._benchmark),
            ("Mix", 2, self._mix),
            ("Growth", 2, self._growth),
            ("Subsidies", 3, self._subsidy),
            ("Carbon", 3, lambda: [self.spot("*"), *self._carbon()]),
        ]

    def _site_year(self) -> list[object]:
        item = str(
            self.pick("capacity", "capacity", "variable cost", "fixed cost", "capex", "max build", "max use", "min use")
        )
        operation = "set" if self.rng.random() < 0.5 else "multiply"
        low, high = (
            (0.6, 1.3) if operation == "multiply" else {"max use": (0.6, 1), "min use": (0, 0.1)}.get(item, (0, 9))
        )
        high = 1.0 if item == "max use" else high
        values = [self.now_and_then(self.amount(low, high), 0.6) for _ in self.years]
        values[-1] = values[-1] if any(v != BLANK for v in values) else self.amount(low, high)
        site = self.now_and_then(self.pick(*self.sites), 0.5, "*")
        process = self.now_and_then(self.pick(*self.processes), 0.4, "*")
        return [site, process, self.now_and_then(self.spot(), 0.4, "*"), item, operation, self.last(), *values]

    def _step(self) -> list[object]:
        place, use = self.now_and_then(self.spot(), 0.5, "*"), self.pick("*", "*", "x", "all")
        return [self.good("*"), place, use, self.name("step"), self.amount(0, 0.5), self.amount(20, 500)]

    def _return(self) -> list[object]:
        place, use, delay = self.spot("*", "*"), self.pick("*", "*", "x"), self.pick(1.0, 1.5, 2.0, 4.0)
        return [self.good(), place, use, self.good(), self.amount(0.05, 0.5), delay, self.now_and_then(0.7)]

    def _stockpile(self) -> list[object]:
        initial = self.amount(0, 1) if self.rng.random() < 0.5 else 0.0
        capacity = self.pick(
            "unlimited", round(initial + self.amount(0.1, 2), 3), round(initial + self.amount(0.1, 2), 3)
        )
        final, cover = self.now_and_then(self.amount(0, 1.5)), self.now_and_then(self.amount(5, 60))
        kept = [initial, capacity, self.amount(0, 3), self.now_and_then(0.07, 0.4)]
        return [
            self.good(),
            self.spot(),
            self.pick("user", "producer"),
            *kept,
            final,
            cover,
            self.now_and_then(self.amount(5, 200), 0.8),
        ]

    def _ends(self) -> list[object]:
        return [self.good("*"), self.spot("*", "*"), self.spot("*", "*")]

    def _lane(self) -> list[object]:
        freight = [self.now_and_then(self.amount(0, 9), 0.6), self.now_and_then(self.amount(0, 5), 0.3)]
        bounds = [
            self.now_and_then(self.amount(0.01, 0.1), 0.05),
            self.now_and_then(self.pick("none", self.amount(0, 2)), 0.4),
        ]
        return [*self._ends(), *freight, self.now_and_then(self.amount(0, 0.2), 0.4), *bounds, *self.span()]

    def _tariff(self) -> list[object]:
        duty = [self.now_and_then(self.amount(-0.1, 0.6), 0.7), self.now_and_then(self.amount(0, 9), 0.3)]
        return [self.pick("duty", "levy"), *self._ends(), *duty, *self.span()]

    def _measure(self) -> list[object]:
        kind = self.pick("ban", "quota", "tariff quota", "tax", "share")
        good, start, end = self._ends()
        good = self.good() if kind == "tariff quota" else good
        value = {"ban": BLANK, "tax": self.amount(0, 0.5), "share": self.amount(0, 1)}.get(str(kind), self.amount(0, 6))
        years = self.span()
        if kind == "ban" and self.rng.random() < 0.8:
            years = [self.pick(*self.years[1:]), BLANK]
        rate, begins = (
            self.amount(0, 0.8) if kind == "tariff quota" else BLANK,
            self.amount(0, 1) if kind == "ban" else BLANK,
        )
        return [self.name("measure"), good, start, end, kind, value, rate, *years, self.now_and_then(begins, 0.8)]

    def _counted(self, *words: object) -> object:
        return self.good(*words, "m/mine", "m/metal")

    def _bounds(self, amounts: bool) -> list[object]:
        """max share, min share, max, min: one of them, sometimes two."""
        cells: list[object] = [BLANK] * 4
        for _ in range(self.pick(1, 1, 2)):  # type: ignore[call-overload]
            at = self.rng.randrange(4 if amounts else 2)
            cells[at] = [self.amount(0.2, 0.9), self.amount(0, 0.2), self.amount(0.5, 6), self.amount(0, 0.5)][at]
        return cells if amounts else [cells[1], cells[0]]

    def _limit(self) -> list[object]:
        basis = self.basis()
        market = self.spot("*", "each", "each") if basis in ("supply", "imports") else "*"
        source, exempt = self.spot("*", "each", "each"), "no"
        bounds = self._bounds(amounts=True)
        if bounds[3] != BLANK and bounds[2] != BLANK:
            bounds[3] = BLANK
        if source == "each":
            bounds[1] = BLANK
            exempt = self.pick("yes", "no") if market != "*" else "no"
        bounds = bounds if any(b != BLANK for b in bounds) else [self.amount(0.4, 0.9), BLANK, BLANK, BLANK]
        soft = self.now_and_then(self.amount(5, 300), 0.4 if bounds[0] != BLANK or bounds[2] != BLANK else 0.9)
        return [
            self.name("limit"),
            self._counted("each"),
            basis,
            market,
            source,
            self.pick("territory", "owner"),
            exempt,
            *bounds,
            *self.span(),
            soft,
        ]

    def _ceiling(self) -> list[object]:
        basis = self.pick("supply", "production")
        market = self.spot("*", "each") if basis == "supply" else "*"
        return [
            self.name("hhi"),
            self._counted("each"),
            basis,
            market,
            self.pick("territory", "owner"),
            self.pick("none", "risk"),
            self.amount(4000, 9000),
            *self.span(),
        ]

    def _benchmark(self) -> list[object]:
        of = [
            self.now_and_then(self._counted(), 0.5),
            self.pick(self.basis(), "use"),
            self.now_and_then(self.spot("*"), 0.5),
        ]
        place, bounds, soft = self.spot("*"), self._bounds(amounts=False), self.now_and_then(self.amount(5, 300), 0.9)
        return [self.name("benchmark"), self._counted(), self.basis(), place, *bounds, *of, *self.span(), soft]

    def _mix(self) -> list[object]:
        makers = {good: [p for p in self.processes if good in RECIPES[p][1]] for good in self.goods}
        several = [good for good, processes in makers.items() if len(processes) > 1]
        good = self.rng.choice(several or ["ore"])
        share = [self.now_and_then(self.amount(0.05, 0.5), 0.5), self.amount(0.5, 0.95)] if several else [BLANK, 1.0]
        return [good, self.pick(*makers[good]), self.spot("*", "*", "each", "each"), *share, *self.span()]

    def _growth(self) -> list[object]:
        return [self.pick(*self.processes), self.spot("*", "each", "each"), self.amount(0, 0.2), self.amount(0.01, 0.3)]

    def _subsidy(self) -> list[object]:
        kind = self.pick("output", "cost share", "capex share")
        value = self.amount(-4, 4) if kind == "output" else self.amount(-0.3, 0.5)
        return [self.name("aid"), self.pick(*self.processes), self.spot("*"), kind, value, *self.span()]

    def _carbon(self) -> list[object]:
        kind = self.pick("price", "price", "cap")
        return [kind, *(self.by_year(0, 5) if kind == "price" else self.by_year(4, 60))]


UNIQUE = {"Site years": 5, "Reference prices": 1, "Demand": 3, "Scrap": 2, "Stockpiles": 3, "Carbon": 2}
HEADERS: dict[str, Sequence[object]] = {
    "Settings": ["setting", "value"],
    "Years": ["year", "length"],
    "Countries": ["country", "region", "territory", "owner", "capital rate", "risk", "aggregate"],
    "Groups": ["group", "country", "weight"],
    "Commodities": ["commodity", "unit", "material", "stage", "content", "price", "mass", "unmet cost", "disposable"],
    "Reference prices": ["commodity"],
    "Processes": ["process", "unit", "lifetime", "lead time", "ramp", "max use", "min use", "emissions"],
    "Recipes": ["process", "commodity", "direction"],
    "Sites": [
        "site", "process", "country", "capacity", "last year", "variable cost", "fixed cost", "capex", "build from", "max build",
        "max capacity", "resource", "lifetime", "lead time", "ramp", "max use", "min use", "emissions",
    ],
    "Site years": ["site", "process", "country", "item", "operation", "last year"],
    "Demand": ["commodity", "country", "use"],
    "Demand steps": ["commodity", "country", "use", "step", "share", "value"],
    "Scrap": ["commodity", "country"],
    "Returns": ["demand commodity", "country", "use", "scrap commodity", "quantity", "delay", "collected"],
    "Stockpiles": [
        "commodity", "country", "held by", "initial", "capacity", "holding cost", "loss", "min final", "min cover", "soft cost",
    ],
    "Lanes": ["commodity", "from", "to", "freight", "freight per tonne", "loss", "min", "max", "first year", "last year"],
    "Tariffs": ["measure", "commodity", "from", "to", "rate", "specific", "first year", "last year"],
    "Trade measures": [
        "measure", "commodity", "from", "to", "kind", "value", "rate", "first year", "last year", "in first year",
    ],
    "Limits": [
        "limit", "commodity", "basis", "market", "source country", "by", "exempt own", "max share", "min share", "max", "min",
        "first year", "last year", "soft cost",
    ],
    "Concentration": ["limit", "commodity", "basis", "market", "by", "weight", "max hhi", "first year", "last year"],
    "Benchmarks": [
        "limit", "commodity", "basis", "place", "min share", "max share", "of commodity", "of basis", "of place", "first year",
        "last year", "soft cost",
    ],
    "Mix": ["commodity", "process", "country", "min share", "max share", "first year", "last year"],
    "Growth": ["process", "country", "max growth", "seed"],
    "Subsidies": ["measure", "process", "country", "kind", "value", "first year", "last year"],
    "Carbon": ["country", "kind"],
}  # fmt: skip

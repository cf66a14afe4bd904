"""A second reading of the workbook: sites, what stands there, what may be built and when it works."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.second_world import Rank, Series, World, blank, otherwise, winner


@dataclass
class Rule:
    """A row of Site years: its key cells and its series."""

    site: str
    process: str
    country: str
    item: str
    operation: str
    last: int
    values: Series = field(default_factory=Series)

    def speaks_in(self, year: int) -> bool:
        return min(self.values.points) <= year <= self.last

    def value(self, year: int) -> float:
        steps = self.item == "capacity" and self.operation == "set"
        return self.values.step(year) if steps else self.values(year)


@dataclass
class Site:
    """A site in one place. What varies by year is asked of `Sites.item`."""

    name: str
    declared: str
    process: str
    place: str
    line: dict[str, Any]  # its row of Sites
    lead: float
    life: float
    ramp: float
    emissions: float


class Sites:
    """All sites, the rows of Site years that speak of them, and their recipes."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.processes = {line["process"]: line for line in world.lines("Processes")}
        self.sites = {site.name: site for site in self._read()}
        self.rules = self._rules()
        self.recipes = world.series("Recipes", "process", "commodity", "direction")
        self._decisions: dict[str, list[int]] = {}
        self._items: dict[tuple[str, str, int], float] = {}
        self._speaking: dict[tuple[str, str, str], list[tuple[Rank, Rule]]] = {}

    def _read(self) -> Iterator[Site]:
        for line in self.world.lines("Sites"):
            process = self.processes[line["process"]]
            alone = self.world.single(line["country"])
            for place in [line["country"]] if alone else self.world.named(line["country"]):
                yield Site(
                    line["site"] if alone else f"{line['site']}@{place}",
                    line["site"],
                    line["process"],
                    place,
                    line,
                    *(otherwise(line[c], process[c]) for c in ("lead time", "lifetime", "ramp", "emissions")),
                )

    def quantity(self, process: str, good: str, direction: str, year: int) -> float:
        """What a unit of activity takes or gives of a commodity."""
        recipe = self.recipes.get((process, good, direction))
        return recipe(year) if recipe else 0.0

    # What varies by year ------------------------------------------------------------------------------------------

    def _rules(self) -> list[Rule]:
        found: dict[tuple[str, ...], Rule] = {}
        for line in self.world.lines("Site years"):
            key = tuple(line[k] for k in ("site", "process", "country", "item", "operation"))
            rule = found.setdefault(key, Rule(*key, last=line["last year"]))
            if not blank(line["value"]):
                rule.values.points[int(line["year"])] = line["value"]
        return [rule for rule in found.values() if rule.values.points]

    def item(self, name: str, item: str, year: int) -> float:
        """Capacity (installed, inf where unlimited), variable cost and so on, after `set` and `multiply`."""
        key = name, item, year
        if key not in self._items:
            site = self.sites[name]
            value = winner(self._said(site, item, "set", year))
            value = self._plain(site, item, year) if value is None else value
            factor = winner(self._said(site, item, "multiply", year))
            self._items[key] = value if factor is None or math.isinf(value) else value * factor
        return self._items[key]

    def _plain(self, site: Site, item: str, year: int) -> float:
        """What Sites says, or else Processes."""
        if item == "capacity":
            return site.line["capacity"] if year <= site.line["last year"] else 0.0
        if item in ("max use", "min use"):
            return otherwise(site.line[item], self.processes[site.process][item])
        return site.line[item]

    def _said(self, site: Site, item: str, operation: str, year: int) -> list[tuple[Rank, float]]:
        key = site.name, item, operation
        if key not in self._speaking:
            wanted = (rule for rule in self.rules if (rule.item, rule.operation) == (item, operation))
            self._speaking[key] = [(self.rank(rule), rule) for rule in wanted if self.speaks_of(rule, site)]
        return [(rank, rule.value(year)) for rank, rule in self._speaking[key] if rule.speaks_in(year)]

    def speaks_of(self, rule: Rule, site: Site) -> bool:
        return (
            rule.site in ("*", site.name, site.declared)
            and rule.process in ("*", site.process)
            and (rule.country == "*" or site.place in self.world.spoken_of(rule.country))
        )

    def rank(self, rule: Rule) -> Rank:
        """How specific a row is; a named site names its process and country too, one with copies is a group."""
        if rule.site == "*":
            return self.world.rank([(rule.process, False), (rule.country, True)])
        copies = [s for s in self.sites.values() if rule.site in (s.name, s.declared)]
        alone = rule.site in self.sites
        by_site = alone, -len(copies)
        by_cell = by_site
        if rule.country != "*":
            by_cell = self.world.single(rule.country), -self.world.size(rule.country)
        single, minus_size = max(by_site, by_cell)
        return 3, int(alone) + 1 + int(single), -len(copies) - 1 + minus_size

    # Capacity -----------------------------------------------------------------------------------------------------

    def installed(self, name: str, year: int) -> float:
        """Capacity without new builds."""
        return self.item(name, "capacity", year)

    def ever_unlimited(self, name: str) -> bool:
        """Whether capacity is unlimited in some year."""
        return any(math.isinf(self.installed(name, y)) for y in self.world.years)

    def decisions(self, name: str) -> list[int]:
        """Model years in which a build may be decided that works inside the horizon."""
        if name not in self._decisions:
            self._decisions[name] = self._may_build(name)
        return self._decisions[name]

    def _may_build(self, name: str) -> list[int]:
        site, years = self.sites[name], self.world.years
        return [
            v
            for v in years
            if not blank(self.item(name, "capex", v))
            and v >= site.line["build from"]
            and any(self.working(name, v, y) for y in years)
        ]

    def working(self, name: str, decided: int, year: int) -> list[int]:
        """The calendar years of a period in which a build works; none in the first period."""
        site, start = self.sites[name], decided + self.sites[name].lead
        if year == self.world.years[0]:
            return []
        return [j for j in self.world.within(year) if start <= j < start + site.life]

    def at_work(self, name: str, decided: int, year: int) -> float:
        """The share of the period in which a build works, ramp ignored."""
        return len(self.working(name, decided, year)) / self.world.length[year]

    def yields(self, name: str, decided: int, year: int) -> float:
        """The share of a build that counts as capacity in a period, its ramp included."""
        site = self.sites[name]
        first = math.ceil(decided + site.lead)  # its first year at work
        parts = [min(1.0, (j - first + 1) / (site.ramp + 1)) for j in self.working(name, decided, year)]
        return sum(parts) / self.world.length[year]

    def can_work(self, name: str, year: int) -> bool:
        """Whether a site may run at all: capacity stands, or a build decided earlier works."""
        stands = self.installed(name, year) > 0 or any(self.working(name, v, year) for v in self.decisions(name))
        return stands and self.item(name, "max use", year) > 0

    def annuity(self, name: str, decided: int) -> float:
        """What a unit decided in a year costs in each year at work."""
        site = self.sites[name]
        capex, i = self.item(name, "capex", decided), self.world.capital[site.place]
        n = math.ceil(decided + site.lead + site.life) - math.ceil(decided + site.lead)  # years at work
        return capex / n if i == 0 else capex * i / (1 - (1 + i) ** -n) / (1 + i)

    def payments(self, name: str, decided: int, year: int) -> float:
        """The annuities of a unit that fall into a period, discounted."""
        return self.annuity(name, decided) * sum(self.world.discount(j) for j in self.working(name, decided, year))

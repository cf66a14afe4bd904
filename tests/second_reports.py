"""A second reading of the workbook: what the result tables say beside the decisions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from tests.second_algebra import Expr, Key, Told, add, total
from tests.second_model import SMALL, Check
from tests.second_policies import by_source, markets, splits
from tests.second_world import rows_of


def reports(check: Check) -> None:
    """Compare the figures of the result tables."""
    _production(check)
    _builds(check)
    _unmet(check)
    _shipments(check)
    _balance(check)
    _emissions(check)
    _policies(check, "Limits", ("limit", "commodity", "market", "source country", "year"))
    _policies(check, "Benchmarks", ("limit", "commodity", "place", "year"))
    _concentration(check)
    _shares(check)


def _production(check: Check) -> None:
    a = check.algebra
    for row in rows_of(check.plan["Production"]):
        name, year = row["site"], int(row["year"])
        what = "Production", name, year
        capacity = check.value(a.capacity(name, year))
        check.same(what, (row["process"], row["country"]), (a.sites.sites[name].process, a.sites.sites[name].place))
        check.expect((*what, "capacity"), row["capacity"], math.nan if math.isinf(capacity) else capacity)
        used = row["activity"] / capacity if capacity > SMALL and not math.isinf(capacity) else math.nan
        check.expect((*what, "use"), row["use"], used)


def _builds(check: Check) -> None:
    a = check.algebra
    for row in rows_of(check.plan["Builds"]):
        name, year = row["site"], int(row["year"])
        what = "Builds", name, year
        after = a.world.years[0] + a.world.length[a.world.years[0]]  # no build works in the first period
        check.expect((*what, "available"), row["available"], max(math.ceil(year + a.sites.sites[name].lead), after))
        check.expect((*what, "capex"), row["capex"], row["capacity"] * a.sites.item(name, "capex", year))


def _unmet(check: Check) -> None:
    for row in rows_of(check.plan["Unmet"]):
        key = row["commodity"], row["country"], row["use"], int(row["year"])
        check.expect(("Unmet", *key, "demand"), row["demand"], check.algebra.demand.get(key, 0.0))


def _shipments(check: Check) -> None:
    for row in rows_of(check.plan["Shipments"]):
        pair, year = (row["commodity"], row["from"], row["to"]), int(row["year"])
        lane = check.algebra.lanes.get((pair, year))
        if lane:
            what = "Shipments", *pair, year
            check.expect((*what, "freight"), row["freight"], row["quantity"] * lane.freight)
            check.expect((*what, "duty"), row["duty"], row["quantity"] * lane.duty)
            check.same(
                (*what, "measures"), set(filter(None, row["measures"].split(", "))), _measures(check, pair, year)
            )


def _measures(check: Check, pair: tuple[str, str, str], year: int) -> set[str]:
    return {line["measure"] for _, line in check.algebra.trade.speaking("Trade measures", pair, year)}


def _balance(check: Check) -> None:
    a = check.algebra
    told = {(r["commodity"], r["country"], int(r["year"])): r for r in rows_of(check.plan["Balance"])}
    for good in a.world.goods:
        for place in a.world.places:
            for year in a.world.years:
                at = good, place, year
                stocked = add(add({}, a.stocks[good, place, "user", year]), a.stocks[good, place, "producer", year])
                flows = {
                    "made": a.made(*at),
                    "returned": a.back[at],
                    "shipped": a.shipped[at],
                    "arrived": total(expr for _, expr in a.arrivals[at]),
                    "used": a.inputs[at],
                    "served": a.served[at],
                    "stocked": stocked,
                }
                found = {name: check.value(expr) for name, expr in flows.items()}
                out, into = found["shipped"] + found["used"] + found["served"], found["made"] + found["returned"]
                found["surplus"] = into + found["arrived"] - out - found["stocked"]
                size = sum(abs(value) for value in found.values())
                for name, value in found.items():
                    check.expect(("Balance", *at, name), told[at][name] if at in told else 0.0, value, size)


def _emissions(check: Check) -> None:
    a = check.algebra
    told = {(r["country"], r["process"], int(r["year"])): r for r in rows_of(check.plan["Emissions"])}
    found: dict[tuple[str, str, int], Expr] = {}
    for name, site in a.sites.sites.items():
        for y in a.world.years:
            emitted = {("activity", name, y): site.emissions}
            add(found.setdefault((site.place, site.process, y), {}), emitted)
    for key in {*found, *told}:
        expr = found.get(key, {})
        amount = told[key]["emissions"] if key in told else 0.0
        check.expect(("Emissions", *key), amount, check.value(expr), check.size(expr))


def _policies(check: Check, sheet: str, keys: tuple[str, ...]) -> None:
    """Value, bound and slack of every row of a policy; what is not among those that matter has no value."""
    told = [t for t in check.algebra.told if t.sheet == sheet]
    rows = rows_of(check.plan[sheet])
    for row in rows:
        key = *(row[k] for k in keys), row["kind"]
        same = [t for t in told if (*t.key, t.kind) == key and abs(t.bound - row["bound"]) < SMALL]
        if not same:
            check.same((sheet, *key), row["value"] if row["value"] > SMALL else 0, 0)
        elif not any(_fits(check, t, row) for t in same):
            check.say(f"{(sheet, *key)}: reported {row['value']:.9g}, found {[_value(check, t) for t in same]}")
    listed = {(*(row[k] for k in keys), row["kind"]) for row in rows}
    for t in told:
        if sheet == "Limits" and t.kind == "max share" and t.bound >= 1:
            continue  # one country may have all of it: no limit, and none is reported
        if (*t.key, t.kind) not in listed and check.value(t.part) > SMALL:
            check.say(f"{(sheet, *t.key, t.kind)} is not reported")


def _value(check: Check, told: Told) -> float:
    """An amount, or its share; blank where the total is nothing."""
    if told.of is None:
        return check.value(told.part)
    whole = check.value(told.of)
    return check.value(told.part) / whole if abs(whole) > SMALL else math.nan


def _fits(check: Check, told: Told, row: dict[str, Any]) -> bool:
    value = _value(check, told)
    if math.isnan(value) or (told.of is not None and abs(check.value(told.of)) < 1e-3):
        return True  # a share of next to nothing
    room = value - told.bound if told.kind.startswith("min") else told.bound - value
    return not (check.differ(row["value"], value) or check.differ(row["slack"], room))


def _concentration(check: Check) -> None:
    rows = rows_of(check.plan["Concentration"])
    keys = ("limit", "commodity", "basis", "market", "year")
    for c in check.algebra.ceilings:
        whole = check.value(c.total)
        if whole < 1e-3 or c.bound >= 10_000:
            continue  # at 10,000 one country may have everything: no ceiling, and none is reported
        found = math.fsum(w * (check.value(s) / whole) ** 2 for w, s in zip(c.weights, c.squares, strict=True)) * 10000
        told = [r["hhi"] for r in rows if tuple(r[k] for k in keys) == c.name and r["bound"] == c.bound]
        if not any(abs(hhi - found) < 0.01 for hhi in told):
            check.say(f"{('Concentration', *c.name)}: reported {told}, found {found:.9g}")


def _shares(check: Check) -> None:
    """Who makes what share of the world's output, and who supplies every market that a limit speaks of."""
    keys = ("commodity", "basis", "market", "year", "by", "country")
    told: dict[Key, list[tuple[float, float]]] = {}
    for row in rows_of(check.plan["Shares"]):
        told.setdefault(tuple(row[k] for k in keys), []).append((row["share"], row["hhi"]))
    found: dict[Key, list[tuple[float, float]]] = {}
    for market, amounts in _markets(check):
        whole = math.fsum(amounts.values())
        squares = (
            [(v / whole) ** 2 for k, v in amounts.items() if not check.algebra.world.aggregate[k]] if whole else []
        )
        for country, amount in amounts.items() if whole > 1e-3 else []:
            found.setdefault((*market, country), []).append((amount / whole, math.fsum(squares) * 10000))
    for key in found.keys() | (told.keys() if found else set()):
        mine, theirs = found.get(key, []), told.get(key, [])
        for share, hhi in mine:
            if share > 1e-5 and not any(abs(s - share) < 1e-5 and abs(h - hhi) < 0.1 for s, h in theirs):
                check.say(f"Shares {key}: found {share:.6f}, hhi {hhi:.3f}; reported {theirs}")
        for share, hhi in theirs if mine else []:
            if not any(abs(s - share) < 1e-5 and abs(h - hhi) < 0.1 for s, h in mine):
                check.say(f"Shares {key}: reported {share:.6f}, hhi {hhi:.3f}; found {mine}")


def _markets(check: Check) -> Iterator[tuple[Key, dict[str, float]]]:
    """(commodity, basis, market, year, by) and what comes from each country."""
    a, world = check.algebra, check.algebra.world
    asked = [(g, {g: 1.0}, "production", "*", "territory", world.years) for g in world.goods]
    for line in (*world.lines("Limits"), *world.lines("Concentration")):
        for label, goods in splits(world, line["commodity"]):
            for market in markets(world, line["market"]):
                asked.append((label, goods, line["basis"], market, line["by"], world.speaking(line)))
    for label, goods, basis, market, by, years in asked:
        for y in years:
            found = by_source(a, basis, goods, market, y)
            countries = world.countries(by, aggregates=True)
            sums = {k: total(found[p] for p in sorted(places) if p in found) for k, places in countries.items()}
            yield (label, basis, market, y, by), {k: check.value(expr) for k, expr in sums.items()}

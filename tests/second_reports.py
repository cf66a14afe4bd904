"""A second reading of the workbook: what the result tables say beside the decisions."""

from __future__ import annotations

import math

from tests.second_algebra import add, total
from tests.second_model import SMALL, Check
from tests.second_world import rows_of


def reports(check: Check) -> None:
    """Compare the figures of the result tables."""
    _production(check)
    _builds(check)
    _unmet(check)
    _shipments(check)
    _balance(check)


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

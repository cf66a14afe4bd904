"""Growth by hand: how fast capacity may grow from what stood before, from nothing, and beside announced plants."""

from __future__ import annotations

import pytest

from planner.results import Plan
from tests.solving import solved

BASE = """
Settings
  setting        value
  discount rate  0
Commodities
  commodity  unit  unmet cost
  cell       GWh   1000
Processes
  process  unit  lifetime
  plant    GWh   50
  other    GWh   50
Recipes
  process  commodity  direction  quantity
  plant    cell       out        1
  other    cell       out        1
"""
DEMAND = """
Demand
  commodity  country  2025
  cell       DEU      10000
  cell       FRA      10000
"""


def years(*model: int) -> str:
    return "Years\n  year\n" + "".join(f"  {y}\n" for y in model)


def capacity(plan: Plan, *sites: str) -> dict[int, float]:
    """Capacity at work by year, summed over the sites (all of them by default)."""
    frame = plan["Production"]
    frame = frame[frame["site"].isin(sites)] if sites else frame
    return {int(y): round(float(v), 6) for y, v in frame.groupby("year")["capacity"].sum().items()}


def test_from_nothing_capacity_grows_by_its_seed_and_then_by_its_rate() -> None:
    """Half more and 2 GWh each year: 0, 2, 2 x 1.5 + 2 = 5, 9.5, 16.25. A zero start locks nobody out."""
    plan = solved(
        BASE
        + DEMAND
        + years(2025, 2026, 2027, 2028, 2029)
        + """
Sites
  site  process  country  capacity  variable cost  capex
  p     plant    DEU      0         5              100
Growth
  process  max growth  seed
  plant    0.5         2
"""
    )
    assert capacity(plan) == {2026: 2, 2027: 5, 2028: 9.5, 2029: 16.25}
    assert plan.objective == pytest.approx(1000 * (5 * 20_000 - 32.75) + 32.75 * 5 + 32.75 * 100 / 50)


def test_what_stands_grows_by_its_rate_alone_without_a_seed() -> None:
    """10 GWh may become 11, 12.1 and 13.31."""
    plan = solved(
        BASE
        + DEMAND
        + years(2025, 2026, 2027, 2028)
        + """
Sites
  site  process  country  capacity  variable cost  capex
  p     plant    DEU      10        5              100
Growth
  process  max growth  seed
  plant    0.1         0
"""
    )
    assert capacity(plan) == {2025: 10, 2026: 11, 2027: 12.1, 2028: 13.31}


def test_the_limit_is_worth_the_build_that_it_forbids() -> None:
    """In the last year one more GWh of room serves one more at 1000 - 5, for an annuity of 100 / 50."""
    plan = solved(
        BASE
        + DEMAND
        + years(2025, 2026)
        + """
Sites
  site  process  country  capacity  variable cost  capex
  p     plant    DEU      10        5              100
Growth
  process  max growth  seed
  plant    0.1         0
"""
    )
    _, price = plan.duals("growth.growth")
    assert price == pytest.approx([1000 - 5 - 2])
    (line,) = plan["Growth"].itertuples(index=False, name=None)
    assert line[:3] == ("plant", "DEU", 2026)
    assert line[3:] == pytest.approx((0, 1000 - 5 - 2))


def test_an_announced_plant_is_not_limited_and_lets_others_grow_from_it() -> None:
    """10 GWh stand, 90 more are announced for 2027: 11 in 2026; 11 x 1.1 + 90 = 102.1 in 2027; 102.1 x 1.1 in 2028."""
    plan = solved(
        BASE
        + DEMAND
        + years(2025, 2026, 2027, 2028)
        + """
Sites
  site  process  country  capacity  variable cost  capex
  p     plant    DEU      10        5              100
  a     plant    DEU      0         5              -
Site years
  site  item      2025  2027
  a     capacity  0     90
Growth
  process  max growth  seed
  plant    0.1         0
"""
    )
    assert capacity(plan) == {2025: 10, 2026: 11, 2027: pytest.approx(102.1), 2028: pytest.approx(112.31)}


def test_an_announced_plant_alone_is_never_too_much() -> None:
    """From nothing to 500 GWh with neither growth nor seed: no row stands against it, and nothing else is built."""
    plan = solved(
        BASE
        + DEMAND
        + years(2025, 2026)
        + """
Sites
  site  process  country  capacity  variable cost  capex
  a     plant    DEU      0         5              100
Site years
  site  item      2025  2026
  a     capacity  0     500
Growth
  process  max growth  seed
  plant    0           0
"""
    )
    assert capacity(plan) == {2026: 500}
    assert plan["Builds"].empty


def test_a_closure_is_no_negative_announcement() -> None:
    """10 GWh of `old` close after 2025 while 5 are announced: all there is in 2026 is 10 x 1.1 + 5 = 16, of which 11
    may be built to replace what closed. Had the closure counted, 10 x 1.1 + 5 - 10 = 6."""
    plan = solved(
        BASE
        + DEMAND
        + years(2025, 2026)
        + """
Sites
  site  process  country  capacity  variable cost  capex  last year
  old   plant    DEU      10        5              -      2025
  new   plant    DEU      0         5              100    -
  a     plant    DEU      0         5              -      -
Site years
  site  item      2025  2026
  a     capacity  0     5
Growth
  process  max growth  seed
  plant    0.1         0
"""
    )
    assert capacity(plan, "old") == {2025: 10}
    assert capacity(plan, "new") == {2026: 11}
    assert capacity(plan) == {2025: 10, 2026: 16}


def test_after_a_closure_growth_starts_from_what_is_left() -> None:
    """8 of 10 GWh close after 2025 and demand asks for 2 in 2026 only; from these 2 grow 3 in 2027, though 10 once
    stood."""
    plan = solved(
        BASE
        + years(2025, 2026, 2027)
        + """
Demand
  commodity  country  2025  2026  2027
  cell       DEU      10    2     100
Sites
  site  process  country  capacity  variable cost  capex
  p     plant    DEU      10        5              100
  q     plant    DEU      0         5              100
Site years
  site  process  item       2025  2026  2027
  p     *        capacity   10    2     2
  *     plant    max build  0     10000  10000
Growth
  process  max growth  seed
  plant    0.5         0
"""
    )
    assert capacity(plan) == {2025: 10, 2026: 2, 2027: 3}


def test_growth_over_unequal_gaps_compounds_and_seeds_count_for_each_year() -> None:
    """2025, 2028 and 2030: 10 x 1.1^3 + 3 x 2 = 19.31, then 19.31 x 1.1^2 + 2 x 2."""
    plan = solved(
        BASE
        + DEMAND
        + years(2025, 2028, 2030)
        + """
Sites
  site  process  country  capacity  variable cost  capex
  p     plant    DEU      10        5              100
Growth
  process  max growth  seed
  plant    0.1         2
"""
    )
    assert capacity(plan) == {2025: 10, 2028: pytest.approx(19.31), 2030: pytest.approx(19.31 * 1.21 + 4)}


TWO = (
    BASE
    + years(2025, 2026)
    + """
Demand
  commodity  country  2025
  cell       DEU      100
Countries
  country  territory
  DEU      DEU
  DEU.X    DEU
  FRA      FRA
  CHN      CHN
Groups
  group  country
  EU     DEU
  EU     FRA
Sites
  site  process  country  capacity  variable cost  capex
  d     plant    DEU      10        5              100
  x     plant    DEU.X    20        4              100
  f     plant    FRA      30        2.5            100
  c     plant    CHN      5         1              100
  o     other    DEU      10        9              100
Lanes
  commodity  from  to
  *          *     *
Site years
  site  item       2025  2026
  o     max build  0     0
Growth
  process  country    max growth  seed
  plant    {country}  0.2         0
"""
)


@pytest.mark.parametrize(
    ("country", "expected"),
    [
        ("each", {"d": 10, "x": 26, "f": 36, "c": 6}),
        ("-", {"d": 10, "x": 26, "f": 36, "c": 6}),
        ("*", {"d": 10, "x": 20, "f": 30, "c": 18}),
        ("EU", {"d": 10, "x": 20, "f": 30, "c": 70}),
        ("CHN", {"d": 10, "x": 20, "f": 74, "c": 6}),
    ],
)
def test_each_territory_grows_on_its_own_or_a_group_together(country: str, expected: dict[str, float]) -> None:
    """A fifth more of the 60 GWh of DEU, its place DEU.X, and FRA, and of CHN's 5. `each`, also when blank: DEU and
    DEU.X together 6, all in DEU.X which is cheaper, FRA 6, CHN 1. `*`: 13 in all, all in CHN. EU: nothing limits
    CHN, which for 1 and an annuity of 2 replaces all but FRA's 30. CHN alone: 1 there, and FRA, for 2.5 and 2, all
    but DEU.X's 20."""
    plan = solved(TWO.format(country=country))
    at_work = {site: capacity(plan, site)[2026] for site in "dxfc"}
    assert at_work == pytest.approx(expected)


def test_each_process_grows_on_its_own() -> None:
    """The limit speaks of `plant`; `other` may grow as it likes, and serves the rest."""
    plan = solved(TWO.replace("  o     max build  0     0", "  o     max build  100   100").format(country="each"))
    assert capacity(plan, "o")[2026] == pytest.approx(100 - 78)


def test_every_row_holds() -> None:
    """CHN by itself 3 more at most (0.6 of 5), all together 6.5 (0.1 of 65): CHN takes 3, FRA the other 3.5."""
    plan = solved(
        TWO.format(country="*").replace("*  0.2         0", "*  0.1         0")
        + "  plant    CHN        0.6         0\n"
    )
    at_work = {site: capacity(plan, site)[2026] for site in "dxfc"}
    assert at_work == pytest.approx({"d": 10, "x": 20, "f": 33.5, "c": 8})


def test_a_site_that_is_unlimited_takes_no_part() -> None:
    """CHN's unlimited plant neither grows nor lets others grow: DEU's 10 become 12."""
    plan = solved(
        BASE
        + years(2025, 2026)
        + """
Demand
  commodity  country  2025
  cell       DEU      100
Sites
  site  process  country  capacity   variable cost  capex
  d     plant    DEU      10         5              100
  u     plant    DEU      unlimited  50             -
Growth
  process  max growth  seed
  plant    0.2         0
"""
    )
    assert capacity(plan, "d") == {2025: 10, 2026: 12}


def test_a_build_that_ramps_up_counts_with_what_it_can_give() -> None:
    """With a ramp of one year half of a build works in its first year. 10 GWh may be 20 in 2026: 20 are built, of
    which 10 work. In 2027 30 are there by themselves and 40 are allowed: 20 more are built, again half at work."""
    plan = solved(
        BASE
        + DEMAND
        + years(2025, 2026, 2027)
        + """
Sites
  site  process  country  capacity  variable cost  capex  ramp
  p     plant    DEU      10        5              100    1
Growth
  process  max growth  seed
  plant    1           0
"""
    )
    assert capacity(plan) == {2025: 10, 2026: 20, 2027: 40}
    assert dict(zip(plan["Builds"]["year"], plan["Builds"]["capacity"].round(6), strict=True)) == {2025: 20, 2026: 20}

"""Countries and Trade balance by hand: who spends, earns and collects what, and who sells to whom for how much."""

from __future__ import annotations

import math

import pandas as pd
import pytest

import models
from planner.results import Plan
from tests.solving import flows, solved

CHAIN = """
Settings
  setting        value
  discount rate  {rate}
Commodities
  commodity  unit  chain   price  unmet cost
  ore        t     nickel  20     -
  metal      t     nickel  50     1000
Processes
  process  unit  emissions
  mine     t     0
  refine   t     1
Recipes
  process  commodity  direction  quantity
  mine     ore        out        1
  refine   ore        in         2
  refine   metal      out        1
Lanes
  commodity  from  to   freight
  ore        AUS   DEU  3
  metal      CHN   DEU  4
"""
REFINED_AT_HOME = (
    CHAIN
    + """
Sites
  site  process  country  capacity   variable cost  fixed cost
  m     mine     AUS      unlimited  10             -
  r     refine   DEU      60         5              2
  c     refine   CHN      unlimited  9              -
  n     mine     CHN      100        16             -
Demand
  commodity  country  2025
  metal      DEU      100
Tariffs
  measure  commodity  from  to   rate
  duty     metal      *     DEU  0.1
Trade measures
  measure  commodity  from  to  kind  value
  tax      ore        AUS   *   tax   0.05
Subsidies
  measure  process  country  kind    value
  aid      refine   DEU      output  1.5
Carbon
  country  kind   2025
  DEU      price  0.5
"""
)


def money(plan: Plan, sheet: str, column: str) -> dict[object, float]:
    """{(country, year): amount}, blanks left out."""
    frame = plan[sheet].dropna(subset=[column])
    return {
        (k, int(y)): round(float(v), 6) for k, y, v in zip(frame["country"], frame["year"], frame[column], strict=True)
    }


def test_the_accounts_of_a_chain_over_three_countries() -> None:
    """The marginal metal is Chinese: 2 x 16 + 9 = 41 there, 41 + 4 + 0.1 x 50 = 50 in DEU, which spends 100 x 50 on
    it. DEU refines 60 of its 100 t: ore costs it 10 + 3 + 0.05 x 20 = 14 delivered, so value added is 60 x (50 - 2 x
    14) = 1320; rent adds the aid of 90 and takes off 300 running, 120 fixed and 30 carbon: 960. The 40 t from CHN
    are made from ore worth 16 there: rent 0, value added 40 x 41 - 0 (its own ore is its own output). AUS earns 120
    x 10 and no rent. Arrivals of DEU: 120 t of ore at 14 and 40 t of metal at 50 from abroad, 60 t of its own metal
    at 50."""
    plan = solved(REFINED_AT_HOME.format(rate=0))
    assert flows(plan, "Production", "activity", "site") == {"m": 120, "r": 60, "c": 40, "n": 80}
    assert money(plan, "Countries", "spending") == {("AUS", 2025): 0, ("DEU", 2025): 5000, ("CHN", 2025): 0}
    assert money(plan, "Countries", "value added") == {("AUS", 2025): 1200, ("DEU", 2025): 1320, ("CHN", 2025): 1640}
    assert money(plan, "Countries", "producer rent") == {("AUS", 2025): 0, ("DEU", 2025): 960, ("CHN", 2025): 0}
    assert money(plan, "Countries", "duty") == {("AUS", 2025): 0, ("DEU", 2025): 200, ("CHN", 2025): 0}
    assert money(plan, "Countries", "export tax") == {("AUS", 2025): 120, ("DEU", 2025): 0, ("CHN", 2025): 0}
    assert money(plan, "Countries", "subsidy") == {("AUS", 2025): 0, ("DEU", 2025): 90, ("CHN", 2025): 0}
    assert money(plan, "Countries", "import reliance") == {
        ("DEU", 2025): pytest.approx((1680 + 2000) / 6680, abs=1e-6), ("CHN", 2025): 0,
    }  # fmt: skip


def test_what_users_spend_is_what_sites_add_and_what_moving_and_trade_taxes_cost() -> None:
    """Where no rule rations a lane, a delivered price is the producer's price with freight and taxes: 5000 = 4160 of
    value added + 120 x 3 + 40 x 4 of freight + 200 of duty + 120 of export tax."""
    plan = solved(REFINED_AT_HOME.format(rate=0))
    table, freight = plan["Countries"], plan["Shipments"]["freight"].sum()
    assert table["spending"].sum() == pytest.approx(5000)
    assert freight == 520
    assert table["value added"].sum() + freight + table["duty"].sum() + table["export tax"].sum() == pytest.approx(5000)


def test_the_trade_balance_at_reference_and_at_model_prices() -> None:
    """AUS sells 120 t of ore: 20 each at reference prices; 10 and a tax of 1 at model prices. CHN sells 40 t of
    metal: 50 each, or 41. What DEU buys is the sum, before freight and duty, so the balances add up to nothing."""
    plan = solved(REFINED_AT_HOME.format(rate=0))
    key = ("country", "chain", "year")
    assert flows(plan, "Trade balance", "balance", *key) == {
        ("AUS", "nickel", 2025): 2400, ("CHN", "nickel", 2025): 2000, ("DEU", "nickel", 2025): -4400,
    }  # fmt: skip
    assert flows(plan, "Trade balance", "exports", "country") == {"AUS": 2400, "CHN": 2000, "DEU": 0}
    assert flows(plan, "Trade balance", "imports", "country") == {"AUS": 0, "CHN": 0, "DEU": 4400}
    assert flows(plan, "Trade balance", "exports at model prices", "country") == {"AUS": 1320, "CHN": 1640, "DEU": 0}
    assert flows(plan, "Trade balance", "imports at model prices", "country") == {"AUS": 0, "CHN": 0, "DEU": 2960}
    assert flows(plan, "Trade balance", "balance at model prices", "country") == {
        "AUS": 1320,
        "CHN": 1640,
        "DEU": -2960,
    }


def test_discounting_and_the_length_of_a_period_leave_the_money_of_a_year_alone() -> None:
    """Prices and accounts are of one year of the period, in constant money: 2025 stands for four years, at 8 %."""
    years = "Years\n  year  length\n  2025  4\n"
    once, four = solved(REFINED_AT_HOME.format(rate=0)), solved(REFINED_AT_HOME.format(rate=0.08) + years)
    for sheet in ("Countries", "Trade balance"):
        pd.testing.assert_frame_equal(once[sheet], four[sheet], rtol=1e-9, atol=1e-6)


def test_both_directions_of_one_chain_are_told_apart_from_other_chains() -> None:
    """AUS sends ore (nickel) to DEU and gets back metal (nickel) and wheels (transport)."""
    plan = solved("""
    Commodities
      commodity  unit  chain      price  unmet cost
      ore        t     nickel     20     -
      metal      t     nickel     50     1000
      wheels     GW    transport  7      1000
    Processes
      process  unit
      mine     t
      refine   t
      build    GW
    Recipes
      process  commodity  direction  quantity
      mine     ore        out        1
      refine   ore        in         1
      refine   metal      out        1
      build    wheels     out        1
    Sites
      site  process  country  capacity   variable cost
      m     mine     AUS      unlimited  10
      r     refine   DEU      unlimited  6
      b     build    DEU      unlimited  8
    Demand
      commodity  country  2025
      metal      AUS      5
      wheels     AUS      3
    Lanes
      commodity  from  to
      *          *     *
    """)
    key = ("country", "chain", "year")
    assert flows(plan, "Trade balance", "exports", *key) == {
        ("AUS", "nickel", 2025): 100, ("AUS", "transport", 2025): 0, ("DEU", "nickel", 2025): 250, ("DEU", "transport", 2025): 21,
    }  # fmt: skip
    assert flows(plan, "Trade balance", "balance at model prices", *key) == {
        ("AUS", "nickel", 2025): -30, ("AUS", "transport", 2025): -24, ("DEU", "nickel", 2025): 30, ("DEU", "transport", 2025): 24,
    }  # fmt: skip


def test_a_commodity_without_a_price_leaves_its_chain_blank_at_reference_prices() -> None:
    """Wheels have no price: 5 x 50 alone would be too little, so the chain has no figure; model prices are there."""
    plan = solved("""
    Commodities
      commodity  unit  chain   price  unmet cost
      metal      t     nickel  50     1000
      wheels     GW    nickel  -      1000
    Processes
      process  unit
      refine   t
      build    GW
    Recipes
      process  commodity  direction  quantity
      refine   metal      out        1
      build    wheels     out        1
    Sites
      site  process  country  capacity   variable cost
      r     refine   DEU      unlimited  6
      b     build    DEU      unlimited  8
    Demand
      commodity  country  2025
      metal      AUS      5
      wheels     AUS      3
    Lanes
      commodity  from  to
      *          *     *
    """)
    frame = plan["Trade balance"].set_index("country")
    assert math.isnan(frame.loc["DEU", "exports"])
    assert frame["balance"].isna().all()
    assert frame.loc["DEU", "exports at model prices"] == pytest.approx(30 + 24)


PLACES = """
Commodities
  commodity  unit  price  unmet cost
  ore        t     10     100
Countries
  country  territory  owner
  COD      COD        COD
  COD.CN   COD        CHN
  DEU      DEU        DEU
  CHN      CHN        CHN
Processes
  process  unit
  mine     t
Recipes
  process  commodity  direction  quantity
  mine     ore        out        1
Sites
  site  process  country  capacity   variable cost
  a     mine     COD.CN   30         3
  b     mine     COD      unlimited  5
Demand
  commodity  country  2025
  ore        DEU      40
  ore        COD      10
Lanes
  commodity  from  to
  *          *     *
"""


def test_a_territory_trades_as_one_and_its_places_keep_their_own_accounts() -> None:
    """30 t come from COD.CN, 20 t from COD. 40 of them leave the territory, 10 stay: COD exports 400. The price is
    5; the rent of 2 a tonne is that of COD.CN, and COD relies on no import, wherever on its soil its 10 t are from."""
    plan = solved(PLACES)
    assert flows(plan, "Trade balance", "exports", "country") == {"COD": 400, "DEU": 0}
    assert flows(plan, "Countries", "producer rent", "country") == {"COD": 0, "COD.CN": 60, "DEU": 0}
    assert flows(plan, "Countries", "value added", "country") == {"COD": 100, "COD.CN": 150, "DEU": 0}
    reliance = plan["Countries"].set_index("country")["import reliance"]
    assert reliance["DEU"] == 1
    assert reliance["COD"] == 0
    assert math.isnan(reliance["COD.CN"])


def test_what_comes_from_another_place_of_the_territory_is_no_import() -> None:
    """All of COD's ore is from COD.CN's plants on its soil."""
    plan = solved(PLACES.replace("COD.CN   30         3", "COD.CN   50         3"))
    assert flows(plan, "Shipments", "quantity", "from", "to") == {("COD.CN", "COD"): 10, ("COD.CN", "DEU"): 40}
    assert plan["Countries"].set_index("country").loc["COD", "import reliance"] == 0
    assert flows(plan, "Trade balance", "exports", "country") == {"COD": 400, "DEU": 0}


def test_reliance_counts_what_arrives() -> None:
    """Half of what DEU imports is lost: of the 20 t shipped 10 arrive, as many as it makes itself."""
    plan = solved("""
    Commodities
      commodity  unit  price  unmet cost
      ore        t     10     100
    Processes
      process  unit
      mine     t
    Recipes
      process  commodity  direction  quantity
      mine     ore        out        1
    Sites
      site  process  country  capacity   variable cost
      a     mine     AUS      unlimited  3
      d     mine     DEU      10         5
    Demand
      commodity  country  2025
      ore        DEU      20
    Lanes
      commodity  from  to   loss
      ore        AUS   DEU  0.5
    """)
    assert flows(plan, "Shipments", "quantity", "from") == {"AUS": 20, "DEU": 10}
    assert plan["Countries"].set_index("country").loc["DEU", "import reliance"] == pytest.approx(0.5)


def test_the_duty_above_a_tariff_quota_is_nobodys_and_stands_at_the_star() -> None:
    """Of 40 t that DEU imports 15 are above the quota of 25 and pay 20 % of 10: 30 in all, in a row of its own."""
    plan = solved(
        PLACES
        + """
    Trade measures
      measure  commodity  from  to   kind          value  rate
      q        ore        COD   DEU  tariff quota  25     0.2
    """.replace("\n    ", "\n")
    )
    assert flows(plan, "Countries", "duty", "country") == {"COD": 0, "COD.CN": 0, "DEU": 0, "*": 30}


def test_demand_given_up_is_not_spent_on() -> None:
    """12 of 20 t are served at the unmet cost of 100; the mine earns 12 x (100 - 5), and pays a royalty of 1 a
    tonne."""
    plan = solved("""
    Commodities
      commodity  unit  unmet cost
      ore        t     100
    Processes
      process  unit
      mine     t
    Recipes
      process  commodity  direction  quantity
      mine     ore        out        1
    Sites
      site  process  country  capacity  variable cost
      m     mine     AUS      12        5
    Subsidies
      measure  process  kind    value
      royalty  mine     output  -1
    Demand
      commodity  country  2025
      ore        AUS      20
    """)
    assert flows(plan, "Countries", "spending", "country") == {"AUS": 1200}
    assert flows(plan, "Countries", "subsidy", "country") == {"AUS": -12}
    assert flows(plan, "Countries", "producer rent", "country") == {"AUS": 12 * (100 - 5 - 1)}
    assert plan["Trade balance"].empty


def test_a_plant_built_for_its_annuity_earns_no_rent() -> None:
    """Free to build as much as is worth it, the mine sells at 5 + 100 / 20: value added 100, of which 50 is the
    annuity."""
    plan = solved("""
    Settings
      setting        value
      discount rate  0
    Years
      year
      2025
      2026
    Commodities
      commodity  unit  unmet cost
      ore        t     100
    Processes
      process  unit
      mine     t
    Recipes
      process  commodity  direction  quantity
      mine     ore        out        1
    Sites
      site  process  country  capacity  variable cost  capex
      m     mine     AUS      0         5              100
    Demand
      commodity  country  2025  2026
      ore        AUS      0     10
    """)
    assert money(plan, "Countries", "value added") == {("AUS", 2026): 100}
    assert money(plan, "Countries", "producer rent") == {("AUS", 2026): 0}


def test_every_money_column_says_its_unit_and_every_column_what_it_is() -> None:
    for report in models.REPORTS:
        if report.name in ("Countries", "Trade balance"):
            assert all(c.doc for c in report.columns)
            assert all(c.unit == "cur" for c in report.columns if c.kind == "number")

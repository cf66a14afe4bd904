"""Stockpiles by hand: what is put aside, what is lost and paid on the way, what must be left, and who can use it."""

from __future__ import annotations

import pytest

from planner.results import Plan
from tests.solving import flows, solved

BASE = """
Commodities
  commodity  unit  unmet cost
  ore        t     {unmet}
Processes
  process  unit
  mine     t
Recipes
  process  commodity  direction  quantity
  mine     ore        out        1
Settings
  setting        value
  discount rate  {rate}
"""


def planned(text: str, rate: float = 0.0, unmet: float = 100) -> Plan:
    """Studies with one good, ore, that `mine` makes; not discounted unless a rate is given."""
    return solved(BASE.format(rate=rate, unmet=unmet) + text)


def term(plan: Plan, name: str) -> dict[object, float]:
    """A cost term by year [cur/y]; empty where it is zero throughout."""
    frame = plan["Costs"]
    return {int(y): round(float(v), 6) for y, v in frame.loc[frame["term"] == name, ["year", "cost"]].to_numpy()}


YEARS = """
Years
  year
  2025
  2026
  2027
"""
STOPPED = (
    YEARS
    + """
Sites
  site  process  country  capacity  variable cost
  m     mine     AUS      15        5
Site years
  site  item      2025  2026  2027
  m     capacity  15    0     15
Demand
  commodity  country  2025
  ore        AUS      10
Stockpiles
  commodity  country  capacity    holding cost
  ore        AUS      {capacity}  {holding}
"""
)


def test_a_stockpile_bridges_a_year_without_supply() -> None:
    """The mine stands still in 2026. The 5 that 2025 can spare are put aside and serve half of 2026. One more ore in
    2025 or 2026 is one more given up in 2026, worth 100; in 2027 it costs 5: (15 + 10) x 5 + 5 x 100 = 625."""
    plan = planned(STOPPED.format(capacity="unlimited", holding=0))
    assert flows(plan, "Production", "activity", "year") == {2025: 15, 2027: 10}
    assert flows(plan, "Stocks", "stock", "year") == {2025: 5, 2026: 0}
    assert flows(plan, "Stocks", "in", "year") == {2025: 5, 2026: 0}
    assert flows(plan, "Stocks", "out", "year") == {2025: 0, 2026: 5}
    assert flows(plan, "Unmet", "unmet", "year") == {2026: 5}
    assert flows(plan, "Prices", "delivered", "year") == {2025: 100, 2026: 100, 2027: 5}
    assert plan.objective == pytest.approx(625)


def test_a_stockpile_holds_no_more_than_its_capacity() -> None:
    """4 fit in: 2026 is short of 6, and one more ore in 2025 costs 5 again. A unit of room would save 100 - 5."""
    plan = planned(STOPPED.format(capacity=4, holding=0))
    assert flows(plan, "Stocks", "stock", "year") == {2025: 4, 2026: 0}
    assert flows(plan, "Unmet", "unmet", "year") == {2026: 6}
    assert flows(plan, "Prices", "delivered", "year") == {2025: 5, 2026: 100, 2027: 5}
    assert plan.objective == pytest.approx(14 * 5 + 10 * 5 + 600)


def test_a_stockpile_without_room_changes_nothing() -> None:
    plan = planned(STOPPED.format(capacity=0, holding=0))
    assert plan["Stocks"].empty
    assert flows(plan, "Unmet", "unmet", "year") == {2026: 10}


def test_the_stocks_report_names_each_store_and_leaves_out_years_in_which_nothing_is_there() -> None:
    """Filled in 2025 and empty from 2026 on: 2027 has no line; nor has the store in BRA that is never used."""
    plan = planned(STOPPED.format(capacity="unlimited", holding=0) + "  ore        BRA      7           0\n")
    frame = plan["Stocks"]
    assert list(frame.columns) == ["commodity", "country", "held by", "year", "stock", "in", "out"]
    assert frame.to_numpy().tolist() == [["ore", "AUS", "user", 2025, 5, 5, 0], ["ore", "AUS", "user", 2026, 0, 0, 5]]


def test_a_stock_loses_its_share_in_every_year_of_a_period() -> None:
    """Periods of 2, 3 and 1 years, 10 % lost a year. Of the initial 100 t 81 are left after 2025-26, where 4 t/y are
    added for 2 years: 89. After 2027-29 it is 89 x 0.729 = 64.881, of which 0.9 x that = 58.3929 reach 2030: 60 are
    wanted. A tonne a year in 2025 is 2 t, of which 0.9^4 = 0.6561 save 100 each: it is worth 65.61 a tonne."""
    plan = planned("""
Years
  year
  2025
  2027
  2030
Sites
  site  process  country  capacity  variable cost  last year
  m     mine     AUS      4         5              2026
Demand
  commodity  country  2025  2027  2030
  ore        AUS      0     0     60
Stockpiles
  commodity  country  initial  capacity   loss  min final
  ore        AUS      100      unlimited  0.1   0
""")
    assert flows(plan, "Stocks", "stock", "year") == {2025: 89, 2027: pytest.approx(64.881), 2030: 0}
    assert flows(plan, "Stocks", "in", "year") == {2025: 4, 2027: 0, 2030: 0}
    assert flows(plan, "Stocks", "out", "year") == {2025: 0, 2027: 0, 2030: pytest.approx(58.3929)}
    assert flows(plan, "Prices", "producer", "year")[2025] == pytest.approx(65.61)
    assert plan.objective == pytest.approx(2 * 4 * 5 + 1.6071 * 100)


@pytest.mark.parametrize(("rate", "loss"), [(0.0, 0.0), (0.07, 0.0), (0.0, 0.02), (0.07, 0.02)])
def test_the_price_grows_with_interest_holding_cost_and_loss_while_stock_is_held(rate: float, loss: float) -> None:
    """All three years live on what is mined in 2025 at 20. A unit at the end of a year has cost the price and 3 of
    holding; a year later it must be worth that with interest, and 1 / (1 - loss) units were needed: p' = (p + 3)(1 +
    r) / (1 - loss)."""
    plan = planned(
        YEARS
        + f"""
Sites
  site  process  country  capacity   variable cost  last year
  m     mine     AUS      1000       20             2025
Demand
  commodity  country  2025
  ore        AUS      10
Stockpiles
  commodity  country  capacity   holding cost  loss
  ore        AUS      unlimited  3             {loss}
""",
        rate=rate,
        unmet=1000,
    )
    second = (20 + 3) * (1 + rate) / (1 - loss)
    third = (second + 3) * (1 + rate) / (1 - loss)
    ends = {2026: 10 / (1 - loss), 2025: (10 + 10 / (1 - loss)) / (1 - loss)}
    assert flows(plan, "Prices", "delivered", "year") == {
        2025: 20, 2026: pytest.approx(second, abs=1e-5), 2027: pytest.approx(third, abs=1e-5),
    }  # fmt: skip
    assert flows(plan, "Stocks", "stock", "year") == {
        2025: pytest.approx(ends[2025], abs=1e-5), 2026: pytest.approx(ends[2026], abs=1e-5), 2027: 0,
    }  # fmt: skip
    assert term(plan, "holding stock") == {y: pytest.approx(3 * ends[y], abs=1e-5) for y in (2025, 2026)}
    expected = 20 * (10 + ends[2025]) + 3 * ends[2025] + 3 * ends[2026] / (1 + rate)
    assert plan.objective == pytest.approx(expected)


def test_the_level_at_the_end_of_a_period_is_held_in_every_year_of_it() -> None:
    """2025 stands for 2 years, 2027 for 3. 30 t lie at the end of 2025, filled at 15 t/y; they cost 3 in both years:
    180, as if they had been there from the start. The price rises from 20 by 2 x 3."""
    plan = planned("""
Years
  year  length
  2025  2
  2027  3
Sites
  site  process  country  capacity  variable cost  last year
  m     mine     AUS      1000      20             2026
Demand
  commodity  country  2025  2027
  ore        AUS      0     10
Stockpiles
  commodity  country  capacity   holding cost
  ore        AUS      unlimited  3
""")
    assert flows(plan, "Stocks", "in", "year") == {2025: 15, 2027: 0}
    assert flows(plan, "Stocks", "stock", "year") == {2025: 30, 2027: 0}
    assert term(plan, "holding stock") == {2025: 90}
    assert flows(plan, "Prices", "delivered", "year") == {2025: 20, 2027: 26}
    assert plan.objective == pytest.approx(30 * 20 + 180)


@pytest.mark.parametrize(("holding", "kept"), [(94, 5), (96, 0)])
def test_a_stock_is_not_kept_when_holding_costs_more_than_it_saves(holding: float, kept: float) -> None:
    """A tonne in 2026 is worth 100; it costs 5 to mine in 2025 and a year of holding."""
    plan = planned(STOPPED.format(capacity="unlimited", holding=holding))
    assert plan["Stocks"]["stock"].sum() == pytest.approx(kept)
    assert plan.objective == pytest.approx(20 * 5 + 1000 - kept * (100 - 5 - holding))


FINAL = """
Years
  year
  2025
  2026
Demand
  commodity  country  2025
  ore        AUS      60
Stockpiles
  commodity  country  initial  capacity   loss  min final
  ore        AUS      100      unlimited  0.1   {final}
"""


@pytest.mark.parametrize(
    ("final", "early", "late", "left"), [("-", 0, 0, 81), (0, 60, 27, 0), (75, 6 / 0.9, 0, 75), (81, 0, 0, 81)]
)
def test_what_must_be_left_at_the_end(final: object, early: float, late: float, left: float) -> None:
    """100 t lose 10 % a year. Blank asks for the 81 that nobody touched leaves, so nothing may be taken. Zero lets
    all go, the earlier the less is lost: 60, and of the other 30 the 27 that 2026 finds. For 75 a tonne less in 2025
    is only 0.9 less at the end, so all of the 6 that may be missing there are taken in 2025: 6 / 0.9."""
    plan = planned(FINAL.format(final=final))
    assert flows(plan, "Stocks", "out", "year") == {
        2025: pytest.approx(early, abs=1e-6), 2026: pytest.approx(late, abs=1e-6),
    }  # fmt: skip
    assert flows(plan, "Stocks", "stock", "year")[2026] == pytest.approx(left)
    assert plan.objective == pytest.approx((120 - early - late) * 100)


def test_the_default_of_what_must_be_left_counts_every_year_of_every_period() -> None:
    """Periods of 2 and 3 years: 100 x 0.9^5 = 59.049 must be there, and that is what an untouched stock leaves."""
    plan = planned(FINAL.format(final="-").replace("  year\n  2025\n  2026", "  year  length\n  2025  -\n  2027  3"))
    assert flows(plan, "Stocks", "stock", "year") == {2025: 81, 2027: pytest.approx(59.049)}
    assert flows(plan, "Stocks", "out", "year") == {2025: 0, 2027: 0}


@pytest.mark.parametrize(("soft", "taken"), [(40, 30), (120, 0)])
def test_a_soft_final_stock_is_given_up_when_it_is_worth_less_than_what_it_serves(soft: float, taken: float) -> None:
    """No loss, one year: 30 t are wanted at 100 each, and the 50 that lie there shall stay. At 40 a missing tonne 30
    are taken and 30 are missing; at 120 none is."""
    plan = planned(f"""
Demand
  commodity  country  2025
  ore        AUS      30
Stockpiles
  commodity  country  initial  capacity   soft cost
  ore        AUS      50       unlimited  {soft}
""")
    assert flows(plan, "Stocks", "stock", "year") == {2025: 50 - taken}
    assert plan.excess_value == pytest.approx(soft * taken)
    assert plan.objective == pytest.approx(soft * taken + (30 - taken) * 100)
    assert flows(plan, "Prices", "delivered", "year") == {2025: min(soft, 100)}


COVERED = """
Years
  year
  2025
  2026
Commodities
  commodity  unit  unmet cost
  ore        t     1000
  metal      t     1000
Processes
  process  unit
  mine     t
  refine   t
Recipes
  process  commodity  direction  quantity
  mine     ore        out        1
  refine   ore        in         2
  refine   metal      out        1
Settings
  setting        value
  discount rate  0
Sites
  site  process  country  capacity   variable cost
  m     mine     DEU      unlimited  5
  r     refine   DEU      unlimited  0
Demand
  commodity  country  2025
  ore        DEU      10
  metal      DEU      5
Stockpiles
  commodity  country  capacity   min cover  holding cost
  ore        DEU      unlimited  73         10
"""


def test_a_cover_counts_inputs_and_demand() -> None:
    """Refining takes 2 x 5 = 10, demand 10: 73 days are a fifth of 20 = 4 t, put aside in 2025 and kept in 2026."""
    plan = solved(COVERED)
    assert flows(plan, "Stocks", "stock", "commodity", "year") == {("ore", 2025): 4, ("ore", 2026): 4}
    assert flows(plan, "Stocks", "in", "year") == {2025: 4, 2026: 0}
    assert plan.objective == pytest.approx((24 + 20) * 5 + 2 * 40)


def test_a_cover_makes_using_dearer_than_having() -> None:
    """One more ore used in 2025 wants 1.2 mined and 0.2 held for a year, which 2026 need not mine: 6 + 2 - 1 = 7; in
    2026 it is 6 + 2 = 8. Metal takes two of them. One more ore that is just there is worth 5, which is its price;
    demand of one more costs 7, as the next plan shows."""
    plan = solved(COVERED)
    assert flows(plan, "Prices", "delivered", "commodity", "year") == {
        ("ore", 2025): 5, ("ore", 2026): 5, ("metal", 2025): 14, ("metal", 2026): 16,
    }  # fmt: skip
    more = solved(
        COVERED.replace(
            "country  2025\n  ore        DEU      10\n", "country  2025  2026\n  ore        DEU      11  10\n"
        ).replace("metal      DEU      5", "metal      DEU      5  5")
    )
    assert more.objective - plan.objective == pytest.approx(7)


def test_a_cover_counts_served_demand_alone() -> None:
    """10 a year are mined and wanted. In 2025 s are served and 0.2 s put aside: s = 10 / 1.2. In 2026 the cover of
    what is served then must be filled up from what is mined: s' + 0.2 s' - 0.2 s = 10, so s' = (10 + 10 / 6) / 1.2."""
    plan = planned("""
Years
  year
  2025
  2026
Sites
  site  process  country  capacity  variable cost
  m     mine     AUS      10        5
Demand
  commodity  country  2025
  ore        AUS      10
Stockpiles
  commodity  country  capacity   min cover
  ore        AUS      unlimited  73
""")
    first, second = 10 / 1.2, (10 + 10 / 6) / 1.2
    assert flows(plan, "Balance", "served", "year") == {
        2025: pytest.approx(first, abs=1e-6), 2026: pytest.approx(second, abs=1e-6),
    }  # fmt: skip
    assert flows(plan, "Stocks", "stock", "year") == {
        2025: pytest.approx(0.2 * first, abs=1e-6), 2026: pytest.approx(0.2 * second, abs=1e-6),
    }  # fmt: skip
    assert plan.objective == pytest.approx(20 * 5 + (20 - first - second) * 100)


@pytest.mark.parametrize(("soft", "stock"), [(4, 0), (6, 1)])
def test_a_soft_cover_is_kept_only_where_filling_it_costs_less(soft: float, stock: float) -> None:
    """36.5 days of 10 are 1 t. It costs 5 to put aside, and lies there for nothing afterwards."""
    plan = planned(f"""
Sites
  site  process  country  capacity   variable cost
  m     mine     AUS      unlimited  5
Demand
  commodity  country  2025
  ore        AUS      10
Stockpiles
  commodity  country  capacity   min cover  soft cost
  ore        AUS      unlimited  36.5       {soft}
""")
    assert plan["Stocks"]["stock"].sum() == pytest.approx(stock)
    assert plan.excess_value == pytest.approx(0 if stock else soft)
    assert plan.objective == pytest.approx(50 + min(soft, 5))


def test_a_soft_cost_is_paid_for_the_final_stock_and_for_the_cover_each() -> None:
    """Nothing is mined; 3 t lie there and shall stay, 36.5 days of what is served shall be covered, each at 60.
    Serving 3 - z leaves z: 3 - z are missing at the end, and above z = (3 - z) / 10 no cover is. One more tonne
    served there costs 60 + 66, which its 100 do not pay; before it 60, which they do: z = 3 / 11."""
    plan = planned("""
Demand
  commodity  country  2025
  ore        AUS      10
Stockpiles
  commodity  country  initial  capacity   min cover  soft cost
  ore        AUS      3        unlimited  36.5       60
""")
    left = 3 / 11
    assert flows(plan, "Stocks", "stock", "year") == {2025: pytest.approx(left, abs=1e-6)}
    assert plan.excess_value == pytest.approx((3 - left) * 60)
    assert plan.objective == pytest.approx((3 - left) * 60 + (7 + left) * 100)


@pytest.mark.parametrize(("soft", "taken"), [(33, 2), (34, 0)])
def test_a_soft_cost_is_paid_in_every_year_of_the_period(soft: float, taken: float) -> None:
    """The last period stands for 3 years, in which 3 t are wanted at 100 each. A tonne missing at its end costs its
    soft cost three times: less than 100 at 33, more at 34."""
    plan = planned(f"""
Years
  year  length
  2025  3
Demand
  commodity  country  2025
  ore        AUS      1
Stockpiles
  commodity  country  initial  capacity   soft cost
  ore        AUS      2        unlimited  {soft}
""")
    assert flows(plan, "Stocks", "stock", "year").get(2025, 0) == pytest.approx(2 - taken)
    assert plan.excess_value == pytest.approx(3 * taken * soft)
    assert plan.objective == pytest.approx(3 * taken * soft + (3 - taken) * 100)


TWO_ENDS = """
Years
  year
  2025
  2026
Sites
  site  process  country  capacity  variable cost
  m     mine     AUS      {capacity}  5
Site years
  site  item      2025  2026
  m     capacity  {capacity}    {later}
Demand
  commodity  country  2025
  ore        DEU      10
Lanes
  commodity  from  to   freight  {span}
  ore        AUS   DEU  10       {end}
Stockpiles
  commodity  country  held by   capacity
{stores}
"""
BOTH = "  ore        AUS      producer  unlimited\n  ore        DEU      user      unlimited"


def test_only_what_lies_at_the_user_helps_when_the_lane_is_closed() -> None:
    """Nothing can be shipped in 2026: 20 are shipped in 2025 and 10 of them held in DEU: 20 x (5 + 10)."""
    plan = planned(TWO_ENDS.format(capacity=100, later=100, span="last year", end=2025, stores=BOTH))
    assert flows(plan, "Stocks", "stock", "country", "held by", "year") == {
        ("DEU", "user", 2025): 10, ("DEU", "user", 2026): 0,
    }  # fmt: skip
    assert flows(plan, "Shipments", "quantity", "year") == {2025: 20}
    assert plan.objective == pytest.approx(300)


def test_what_can_wait_lies_at_the_producer_and_is_shipped_later() -> None:
    """The mine stops in 2026 while the lane stays open: holding in AUS puts off the freight of 10 x 10 by a year at
    7 %."""
    plan = planned(TWO_ENDS.format(capacity=100, later=0, span="loss", end=0, stores=BOTH), rate=0.07)
    assert flows(plan, "Stocks", "stock", "country", "held by", "year") == {
        ("AUS", "producer", 2025): 10, ("AUS", "producer", 2026): 0,
    }  # fmt: skip
    assert flows(plan, "Shipments", "quantity", "year") == {2025: 10, 2026: 10}
    assert plan.objective == pytest.approx(20 * 5 + 100 + 100 / 1.07)


@pytest.mark.parametrize(
    ("store", "why"), [("AUS      user", "what arrived is not shipped on"), ("DEU      producer", "DEU makes none")]
)
def test_a_store_at_the_wrong_side_of_its_country_stays_empty(store: str, why: str) -> None:
    """A user's stock in AUS serves AUS alone, a producer's in DEU takes DEU's own output alone: 2026 goes unmet."""
    text = TWO_ENDS.format(capacity=100, later=0, span="loss", end=0, stores=f"  ore        {store}  unlimited")
    plan = planned(text)
    assert plan["Stocks"].empty, why
    assert flows(plan, "Unmet", "unmet", "year") == {2026: 10}


def test_a_producers_initial_stock_is_supply_even_where_nothing_is_made() -> None:
    """8 t that lie in AUS are shipped to DEU, where 10 are wanted; 3 of them must stay."""
    plan = planned("""
Demand
  commodity  country  2025
  ore        DEU      10
Lanes
  commodity  from  to
  ore        AUS   DEU
Stockpiles
  commodity  country  held by   initial  capacity  min final
  ore        AUS      producer  8        20        3
""")
    assert flows(plan, "Shipments", "quantity", "from", "to") == {("AUS", "DEU"): 5}
    assert flows(plan, "Stocks", "stock", "country") == {"AUS": 3}
    assert flows(plan, "Prices", "delivered", "country")["DEU"] == 100


def test_a_group_has_a_whole_store_in_each_member() -> None:
    """10 t and a capacity of 10 in DEU and in FRA, not 5 and 5; ITA has none. Weights split amounts, not stores."""
    plan = planned("""
Countries
  country
  DEU
  FRA
  ITA
Groups
  group  country  weight
  EU     DEU      3
  EU     FRA      1
Demand
  commodity  country  2025
  ore        DEU      12
  ore        FRA      12
  ore        ITA      12
Stockpiles
  commodity  country  initial  capacity  min final
  ore        EU       10       10        0
""")
    assert flows(plan, "Stocks", "out", "country") == {"DEU": 10, "FRA": 10}
    assert flows(plan, "Unmet", "unmet", "country") == {"DEU": 2, "FRA": 2, "ITA": 12}


def test_each_holder_has_a_store_of_its_own_in_one_country() -> None:
    """AUS mines for itself, in 2025 alone. Its producers' store takes 4, its users' 3, so 2026 has 7 of the 10 it
    wants."""
    plan = planned("""
Years
  year
  2025
  2026
Sites
  site  process  country  capacity  variable cost  last year
  m     mine     AUS      30        5              2025
Demand
  commodity  country  2025
  ore        AUS      10
Stockpiles
  commodity  country  held by   capacity
  ore        AUS      producer  4
  ore        AUS      user      3
""")
    assert flows(plan, "Stocks", "stock", "held by", "year") == {
        ("producer", 2025): 4, ("producer", 2026): 0, ("user", 2025): 3, ("user", 2026): 0,
    }  # fmt: skip
    assert flows(plan, "Unmet", "unmet", "year") == {2026: 3}
    assert plan.objective == pytest.approx(17 * 5 + 3 * 100)

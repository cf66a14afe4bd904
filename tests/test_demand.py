"""Demand by hand: uses, groups, what is given up first, and what a shortage makes of the price."""

from __future__ import annotations

import pytest

from planner.results import Plan
from planner.study import BadInput
from tests.solving import flows, solved

BASE = """
Processes
  process  unit
  mine     t
Recipes
  process  commodity  direction  quantity
  mine     ore        out        1
"""
FIRM = """
Commodities
  commodity  unit
  ore        t
"""
SOFT = """
Commodities
  commodity  unit  unmet cost
  ore        t     1000
"""


def demanded(*text: str, status: str = "optimal") -> Plan:
    """Studies with one good, ore, that `mine` makes out of nothing."""
    return solved(BASE + "".join(text), status)


def test_the_uses_of_a_country_add_up() -> None:
    """3 for cars and 4 for planes: 7 come, at 5."""
    plan = demanded(
        FIRM,
        """
Sites
  site  process  country  capacity   variable cost
  m     mine     AUS      unlimited  5
Demand
  commodity  country  use     2025
  ore        DEU      cars    3
  ore        DEU      planes  4
Lanes
  commodity  from  to
  *          *     *
""",
    )
    assert flows(plan, "Shipments", "quantity", "from", "to") == {("AUS", "DEU"): 7}
    assert flows(plan, "Balance", "served", "country")["DEU"] == 7
    assert plan.objective == pytest.approx(35)


def test_demand_of_a_group_is_split_by_weight() -> None:
    """10 of the EU by weights 1 and 3; FRA wants 2 more for another use."""
    plan = demanded(
        FIRM,
        """
Groups
  group  country  weight
  EU     DEU      1
  EU     FRA      3
Sites
  site  process  country  capacity   variable cost
  m     mine     AUS      unlimited  5
Demand
  commodity  country  use     2025
  ore        EU       cars    10
  ore        FRA      planes  2
Lanes
  commodity  from  to
  *          *     *
""",
    )
    assert flows(plan, "Shipments", "quantity", "to") == {"DEU": 2.5, "FRA": 9.5}


def test_demand_is_a_straight_line_between_given_years_and_flat_outside() -> None:
    """4 in 2026 and 8 in 2030: 4 in 2025 too, 6 in 2028, 8 in 2032; a blank cell inside is such a gap."""
    plan = demanded(
        FIRM,
        """
Years
  year
  2025
  2026
  2028
  2032
Sites
  site  process  country  capacity   variable cost
  m     mine     AUS      unlimited  5
Demand
  commodity  country  2026  2028  2030
  ore        AUS      4     -     8
""",
    )
    assert flows(plan, "Production", "activity", "year") == {2025: 4, 2026: 4, 2028: 6, 2032: 8}


def test_unmet_demand_costs_the_factor_times_the_price_of_the_year() -> None:
    """10 x 5 in 2025 is less than the 60 that ore costs, so all is given up; 10 x 7 in 2026, between 5 and 9, is more."""
    plan = demanded("""
Settings
  setting            value
  unmet cost factor  10
  discount rate      0
Years
  year
  2025
  2026
Commodities
  commodity  unit
  ore        t
Reference prices
  commodity  2025  2027
  ore        5     9
Sites
  site  process  country  capacity   variable cost
  m     mine     AUS      unlimited  60
Demand
  commodity  country  2025
  ore        AUS      10
""")
    assert flows(plan, "Unmet", "unmet", "year") == {2025: 10}
    assert flows(plan, "Prices", "delivered", "year") == {2025: 50, 2026: 60}
    assert flows_text(plan, "Prices", "at cap", "year") == {2025: "yes", 2026: "no"}
    assert plan.objective == pytest.approx(10 * 50 + 10 * 60)


def flows_text(plan: Plan, sheet: str, value: str, key: str) -> dict[object, str]:
    return dict(zip(plan[sheet][key], plan[sheet][value], strict=True))


def test_an_unmet_cost_of_its_own_goes_before_the_factor() -> None:
    """The factor would say 10 x 5 = 50 and give up all; the commodity says 70 and is served at 60."""
    plan = demanded("""
Settings
  setting            value
  unmet cost factor  10
Commodities
  commodity  unit  price  unmet cost
  ore        t     5      70
Sites
  site  process  country  capacity  variable cost
  m     mine     AUS      8         60
Demand
  commodity  country  2025
  ore        AUS      10
""")
    assert flows(plan, "Unmet", "unmet", "country") == {"AUS": 2}
    assert flows(plan, "Prices", "delivered", "country") == {"AUS": 70}
    assert plan.objective == pytest.approx(8 * 60 + 2 * 70)
    assert plan.unmet_value == pytest.approx(140)
    assert plan.system_cost == pytest.approx(480)


def test_firm_demand_beyond_what_can_be_made_is_infeasible() -> None:
    text = """
Sites
  site  process  country  capacity  variable cost
  m     mine     AUS      8         60
Demand
  commodity  country  2025
  ore        AUS      {}
"""
    demanded(FIRM, text.format("8.1"), status="infeasible")
    assert demanded(FIRM, text.format("7.9")).objective == pytest.approx(7.9 * 60)


def test_with_one_unmet_cost_everywhere_a_shortage_falls_where_freight_is_dearest() -> None:
    """12 for 10 in DEU, freight 1, and 10 in JPN, freight 4: JPN goes short of 8, and ore is worth 1000 there and
    1000 - 4 + 1 = 997 in DEU."""
    plan = demanded(
        SOFT,
        """
Sites
  site  process  country  capacity  variable cost
  m     mine     AUS      12        60
Demand
  commodity  country  2025
  ore        DEU      10
  ore        JPN      10
Lanes
  commodity  from  to   freight
  ore        *     DEU  1
  ore        *     JPN  4
""",
    )
    assert flows(plan, "Unmet", "unmet", "country") == {"JPN": 8}
    prices = plan["Prices"].dropna(subset=["delivered"]).set_index("country")
    assert prices["delivered"].to_dict() == pytest.approx({"DEU": 997, "JPN": 1000})
    assert prices["at cap"].to_dict() == {"DEU": "no", "JPN": "yes"}
    assert plan.objective == pytest.approx(12 * 60 + 10 * 1 + 2 * 4 + 8 * 1000)


STEPS = """
Sites
  site  process  country  capacity  variable cost
  m     mine     AUS      {}        1
Demand
  commodity  country  2025
  ore        DEU      10
  ore        FRA      10
Lanes
  commodity  from  to
  *          *     *
Demand steps
  commodity  country  step     share  value
  ore        *        luxury   0.3    20
  ore        *        comfort  0.2    50
  ore        DEU      taxi     0.5    100
"""


@pytest.mark.parametrize(
    ("supply", "luxury", "comfort", "taxi", "price", "capped"),
    [
        (18, 2, 0, 0, 20, {"DEU": "no", "FRA": "yes"}),
        (16, 3, 1, 0, 50, {"DEU": "no", "FRA": "yes"}),
        (11, 3, 2, 4, 100, {"DEU": "yes", "FRA": "no"}),
    ],
)
def test_steps_give_up_by_their_value_and_the_last_one_to_go_sets_the_price(
    supply: float, luxury: float, comfort: float, taxi: float, price: float, capped: dict[str, str]
) -> None:
    """20 are wanted. FRA gives up 3 at 20, then 2 at 50, DEU (whose own set replaces the general one) 5 at 100; the rest
    is worth 1000. The last one to go sets the price for both, and is marked where it is the buyer's own value."""
    plan = demanded(SOFT, STEPS.format(supply))
    given_up = {("FRA", "luxury"): luxury, ("FRA", "comfort"): comfort, ("DEU", "taxi"): taxi}
    assert flows(plan, "Unmet", "unmet", "country", "step") == {k: v for k, v in given_up.items() if v}
    delivered = plan["Prices"].dropna(subset=["delivered"]).set_index("country")
    assert delivered["delivered"].to_dict() == pytest.approx({"DEU": price, "FRA": price})
    assert delivered["at cap"].to_dict() == capped
    assert plan.unmet_value == pytest.approx(20 * luxury + 50 * comfort + 100 * taxi)
    assert plan.objective == pytest.approx(20 * luxury + 50 * comfort + 100 * taxi + supply)


def test_steps_of_a_more_specific_set_replace_all_others_and_never_add_to_them() -> None:
    """DEU's cars have one step at 100 for half of them. That the world has one at 20 does not concern them: with 4 of
    10 missing all 4 are taxis."""
    plan = demanded(
        SOFT,
        """
Sites
  site  process  country  capacity  variable cost
  m     mine     DEU      6         1
Demand
  commodity  country  use   2025
  ore        DEU      cars  10
Demand steps
  commodity  country  use   step    share  value
  *          *        *     luxury  0.3    20
  ore        DEU      *     hotel   0.3    30
  ore        DEU      cars  taxi    0.5    100
""",
    )
    assert flows(plan, "Unmet", "unmet", "step") == {"taxi": 4}
    assert flows(plan, "Prices", "delivered", "country") == {"DEU": 100}
    assert set(plan["Prices"]["at cap"]) == {"yes"}


def test_a_step_valued_below_cost_is_never_served_however_much_there_is() -> None:
    """Ore costs 25: the 3 valued at 20 give up, those at 30 do not."""
    plan = demanded(
        SOFT,
        """
Sites
  site  process  country  capacity   variable cost
  m     mine     DEU      unlimited  25
Demand
  commodity  country  2025
  ore        DEU      10
Demand steps
  commodity  country  use  step    share  value
  ore        *        *    luxury  0.3    20
  ore        *        *    hotel   0.3    30
""",
    )
    assert flows(plan, "Unmet", "unmet", "step") == {"luxury": 3}
    assert flows(plan, "Prices", "delivered", "country") == {"DEU": 25}
    assert plan.objective == pytest.approx(3 * 20 + 7 * 25)


def test_the_rest_of_demand_with_steps_is_firm_where_there_is_no_unmet_cost() -> None:
    """Half may be given up at 20. Supply of 5 is just enough, 4.9 is not."""
    text = """
Sites
  site  process  country  capacity  variable cost
  m     mine     DEU      {}        1
Demand
  commodity  country  2025
  ore        DEU      10
Demand steps
  commodity  step    share  value
  ore        luxury  0.5    20
"""
    demanded(FIRM, text.format(4.9), status="infeasible")
    assert demanded(FIRM, text.format(5)).objective == pytest.approx(5 * 20 + 5)


def test_a_use_named_all_is_a_label_and_only_the_star_means_every_use() -> None:
    """The step for `all` concerns the line without a use, 4 of whose 10 are missing, and not the planes."""
    plan = demanded(
        SOFT,
        """
Sites
  site  process  country  capacity  variable cost
  m     mine     DEU      6         1
  n     mine     FRA      2         1
Demand
  commodity  country  use     2025
  ore        DEU      -       10
  ore        FRA      planes  6
Demand steps
  commodity  country  use  step    share  value
  ore        *        all  luxury  1      20
""",
    )
    assert flows(plan, "Unmet", "unmet", "country", "use", "step") == {
        ("DEU", "all", "luxury"): 4, ("FRA", "planes", "rest"): 4,
    }  # fmt: skip
    assert plan.objective == pytest.approx(8 + 4 * 20 + 4 * 1000)


def test_equally_specific_sets_of_steps_are_an_error() -> None:
    with pytest.raises(BadInput, match="equally specific and disagree") as found:
        demanded(
            SOFT,
            """
Sites
  site  process  country  capacity  variable cost
  m     mine     DEU      6         1
Demand
  commodity  country  2025
  ore        DEU      10
Demand steps
  commodity  country  step    share  value
  ore        *        luxury  0.3    20
  *          DEU      taxi    0.3    30
""",
        )
    assert "equally specific" in found.value.problems[0].problem


def test_a_year_without_demand_has_no_flow_and_no_price() -> None:
    """Nothing is wanted in 2026: nothing runs, and there is nothing to price."""
    plan = demanded(
        SOFT,
        """
Years
  year
  2025
  2026
  2027
Sites
  site  process  country  capacity   variable cost
  m     mine     DEU      unlimited  25
Demand
  commodity  country  2025  2026  2027
  ore        DEU      10    0     10
""",
    )
    assert flows(plan, "Prices", "delivered", "year") == {2025: 25, 2027: 25}
    assert {k: v for k, v in flows(plan, "Production", "activity", "year").items() if v} == {2025: 10, 2027: 10}
    assert plan["Unmet"].empty


def test_a_study_without_any_demand_costs_what_stands() -> None:
    plan = demanded(
        SOFT,
        """
Sites
  site  process  country  capacity  variable cost  fixed cost
  m     mine     DEU      10        25             3
Demand
  commodity  country  2025
  ore        DEU      0
""",
    )
    assert plan.objective == pytest.approx(30)
    assert plan["Prices"].empty
    assert plan["Shipments"].empty


def test_demand_that_a_stock_serves_alone_has_a_price_too() -> None:
    """6 lie in stock. 4 serve 2025, in which nothing is mined; the other 2 spare mining at 5 in 2026. One more wanted in
    2025 would be mined in 2026 instead: ore is worth 5 in both years."""
    plan = demanded(
        SOFT,
        """
Settings
  setting        value
  discount rate  0
Years
  year
  2025
  2026
Sites
  site  process  country  capacity  variable cost
  m     mine     DEU      0         5
Site years
  site  item      2026
  m     capacity  100
Demand
  commodity  country  2025
  ore        DEU      4
Stockpiles
  commodity  country  initial  capacity  min final
  ore        DEU      6        6         0
""",
    )
    assert flows(plan, "Production", "activity", "year") == {2026: 2}
    assert flows(plan, "Prices", "delivered", "year") == {2025: 5, 2026: 5}
    assert plan.objective == pytest.approx(10)

"""By-products by hand: joint products and their prices, recovery from a host, and what of it limits the supply."""

from __future__ import annotations

import math
from typing import Any

import pytest

from planner.results import Plan
from tests.solving import flows, solved

PGM = """
Settings
  setting        value
  discount rate  0
Commodities
  commodity  unit  price  unmet cost  disposable
  platinum   kg    900    5000        {pt}
  iridium    kg    4000   {iridium}   yes
Processes
  process  unit
  mine     kg
Recipes
  process  commodity  direction  quantity
  mine     platinum   out        1
  mine     iridium    out        0.02
Sites
  site  process  country  capacity   variable cost
  m     mine     ZAF      {capacity}  1000
Demand
  commodity  country  2025
  platinum   ZAF      100
  iridium    ZAF      3
"""


def prices(plan: Plan, column: str = "delivered") -> dict[object, float]:
    return flows(plan, "Prices", column, "commodity")


def limited(plan: Plan) -> dict[object, str]:
    """What limits each by-product, by (commodity, country, year)."""
    frame = plan["By-products"]
    return dict(
        zip(zip(frame["commodity"], frame["country"], frame["year"], strict=True), frame["limited by"], strict=True)
    )


def test_iridium_comes_with_platinum_and_follows_its_demand() -> None:
    """100 kg of platinum bring 2 of the 3 kg of iridium that are wanted. At 20,000 one more kilogram would need 50 more
    of platinum for 50,000: not worth it. So iridium is worth its 20,000 and pays 400 of the 1000 that a kilogram of
    platinum costs with its 0.02 of iridium: platinum costs 600."""
    plan = solved(PGM.format(pt="yes", iridium=20_000, capacity="unlimited"))
    assert flows(plan, "Production", "activity", "site") == {"m": 100}
    assert flows(plan, "Unmet", "unmet", "commodity") == {"iridium": 1}
    assert prices(plan) == {"platinum": 600, "iridium": 20_000}
    assert plan.objective == pytest.approx(100 * 1000 + 20_000)


def test_iridium_that_is_dear_enough_is_mined_for_its_own_sake() -> None:
    """At 60,000 it pays to mine 150 kg for 3 of iridium, at 50,000 a kilogram; the platinum beyond 100 is left and
    is worth nothing. The host still limits: one more kilogram set free is worth 50,000."""
    plan = solved(PGM.format(pt="yes", iridium=60_000, capacity="unlimited"))
    assert flows(plan, "Production", "activity", "site") == {"m": 150}
    assert flows(plan, "Balance", "surplus", "commodity") == {"platinum": 50, "iridium": 0}
    assert prices(plan) == {"platinum": 0, "iridium": 50_000}
    assert plan.objective == pytest.approx(150 * 1000)


def test_platinum_that_must_be_used_holds_iridium_back() -> None:
    """Where platinum cannot be left over, 100 kg are all that may be mined, whatever iridium is worth: a kilogram
    more of platinum demand would let 1000 be spent for 0.02 x 60,000 of iridium, so it earns 200."""
    plan = solved(PGM.format(pt="no", iridium=60_000, capacity="unlimited"))
    assert flows(plan, "Production", "activity", "site") == {"m": 100}
    assert prices(plan) == {"platinum": -200, "iridium": 60_000}


def test_the_report_names_the_host_of_a_metal_without_recovery_plants() -> None:
    """Iridium is the lesser output of the mine by worth (0.02 x 4000 against 900): 2 kg set free and taken, worth
    20,000."""
    plan = solved(PGM.format(pt="yes", iridium=20_000, capacity="unlimited"))
    line = plan["By-products"].iloc[0]
    assert line[["commodity", "country", "year", "host process", "limited by"]].tolist() == [
        "iridium",
        "ZAF",
        2025,
        "mine",
        "host",
    ]
    assert (line["available"], line["recovered"], line["host price"]) == pytest.approx((2, 2, 20_000))
    assert math.isnan(line["recovery price"])
    assert math.isnan(line["refinery price"])
    assert len(plan["By-products"]) == 1


def test_the_main_product_is_the_one_that_is_worth_the_most() -> None:
    """With iridium at 50,000 a kilogram, 0.02 of it is worth more than the platinum: platinum is the by-product."""
    study = PGM.format(pt="yes", iridium=60_000, capacity="unlimited").replace("4000   60000", "50000  60000")
    plan = solved(study)
    assert plan["By-products"]["commodity"].tolist() == ["platinum"]
    line = plan["By-products"].iloc[0]
    assert (line["available"], line["recovered"], line["host price"]) == pytest.approx((150, 100, 0))
    assert line["limited by"] == "demand"


def test_cobalt_and_copper_share_the_cost_of_their_ore() -> None:
    """COD's mine gives 1 t of copper and 0.1 t of cobalt for 6000. Copper has another mine at 5000, which sets its
    price; cobalt is worth the other 1000 / 0.1 = 10,000, while demand for it decides how much of the joint mine
    runs."""
    plan = solved("""
    Commodities
      commodity  unit  price  unmet cost
      copper     t     8000   20000
      cobalt     t     30000  50000
    Processes
      process  unit
      joint    t
      plain    t
    Recipes
      process  commodity  direction  quantity
      joint    copper     out        1
      joint    cobalt     out        0.1
      plain    copper     out        1
    Sites
      site  process  country  capacity   variable cost
      j     joint    COD      unlimited  6000
      p     plain    CHL      unlimited  5000
    Demand
      commodity  country  2025
      copper     CHN      1000
      cobalt     CHN      30
    Lanes
      commodity  from  to  freight
      *          *     *   0
    """)
    assert flows(plan, "Production", "activity", "site") == {"j": 300, "p": 700}
    delivered = flows(plan, "Prices", "delivered", "commodity", "country")
    assert (delivered["copper", "CHN"], delivered["cobalt", "CHN"]) == pytest.approx((5000, 10_000))
    assert limited(plan) == {("cobalt", "COD", 2025): "host"}
    assert plan["By-products"].iloc[0]["host price"] == pytest.approx(10_000)


GALLIUM = """
Settings
  setting        value
  discount rate  0
Countries
  country
  CHN
  GIN
  JPN
Commodities
  commodity     unit  material  price  unmet cost  disposable
  alumina       t     aluminum  400    1000        yes
  liquor        kg    gallium   -      -           {liquor}
  raw gallium   kg    gallium   200    -           yes
  pure gallium  kg    gallium   500    {value}     yes
Processes
  process  unit  lifetime
  bayer    t     20
  recover  kg    10
  purify   kg    10
Recipes
  process  commodity     direction  quantity
  bayer    alumina       out        1
  bayer    liquor        out        0.1
  recover  liquor        in         1.25
  recover  raw gallium   out        1
  purify   raw gallium   in         1.5
  purify   pure gallium  out        1
Demand
  commodity     country  2025
  alumina       CHN      1000
  pure gallium  JPN      {wanted}
Lanes
  commodity    from  to
  liquor       CHN   GIN
  raw gallium  *     JPN
Sites
  site  process  country  capacity  variable cost  capex
  b     bayer    CHN      1000      300            -
  r     recover  CHN      {recovery}
  p     purify   JPN      {purity}
"""


def gallium(
    recovery: str = "1000  50  -",
    purity: str = "1000  60  -",
    wanted: float = 1000,
    value: float = 2000,
    liquor: str = "yes",
    more: str = "",
) -> Plan:
    """1000 t of alumina set 100 kg of gallium free in the liquor; 1.25 of it give 1 raw, 1.5 raw give 1 pure.

    A plant is given as its capacity, running cost and capex.
    """
    return solved(GALLIUM.format(recovery=recovery, purity=purity, wanted=wanted, value=value, liquor=liquor) + more)


# What a kilogram of pure gallium worth 2000 leaves for one of liquor, and what purifying it earns where liquor is plenty.
LIQUOR = ((2000 - 60) / 1.5 - 50) / 1.25
PURIFYING = (2000 - 60 - 1.5 * 50) / 1.5 / 1.25


@pytest.mark.parametrize(
    ("changes", "limit", "recovered", "host", "recovery", "refinery"),
    [
        ({}, "host", 100, LIQUOR, 0, 0),
        ({"recovery": "40  50  -"}, "recovery plant", 50, 0, LIQUOR, 0),
        ({"purity": "20  60  -"}, "refinery", 37.5, 0, 0, PURIFYING),
        ({"wanted": 10}, "demand", 18.75, 0, 0, 0),
        ({"value": 120}, "demand", 0, 0, 0, 0),
    ],
)
def test_what_limits_gallium(
    changes: dict[str, Any], limit: str, recovered: float, host: float, recovery: float, refinery: float
) -> None:
    """As it stands all 100 kg of liquor are taken, for 80 raw and 53.33 pure: a kilogram of liquor is worth LIQUOR.
    A plant for 40 raw takes 50: what a kilogram could earn is the plant's. Purifying 20 takes 30 raw, of 37.5
    liquor, that cost nothing but recovery: PURIFYING is the refinery's. 10 pure want 18.75, and at a value of 120
    purifying and recovery for 60 + 1.5 x 50 are not worth it: nothing is scarce. Prices are all by kilogram of
    liquor."""
    plan = gallium(**changes)
    line = plan["By-products"].iloc[0]
    assert line[["commodity", "country", "host process", "limited by"]].tolist() == ["liquor", "CHN", "bayer", limit]
    assert (line["available"], line["recovered"]) == pytest.approx((100, recovered))
    worth = line[["host price", "recovery price", "refinery price"]].astype(float)
    assert worth.tolist() == pytest.approx([host, recovery, refinery])
    assert flows(plan, "Production", "activity", "site")["p"] == pytest.approx(recovered / 1.25 / 1.5)


def test_one_more_unit_at_the_stage_that_limits_saves_its_price() -> None:
    """1.25 kg of liquor more to recover, or 1.25 x 1.5 more to purify, save 1.25 or 1.875 times what the report
    says."""
    tight = gallium(recovery="40  50  -")
    price = tight["By-products"].iloc[0]["recovery price"]
    assert tight.objective - gallium(recovery="41  50  -").objective == pytest.approx(1.25 * price)
    tight = gallium(purity="20  60  -")
    price = tight["By-products"].iloc[0]["refinery price"]
    assert tight.objective - gallium(purity="21  60  -").objective == pytest.approx(1.25 * 1.5 * price)


def test_without_any_plant_at_work_recovery_is_what_limits() -> None:
    """Nobody takes the liquor in: all that is set free is left, and no worth can be told."""
    plan = gallium(recovery="0  50  -")
    line = plan["By-products"].iloc[0]
    assert (line["limited by"], line["available"], line["recovered"], line["host price"]) == (
        "recovery plant",
        100,
        0,
        0,
    )
    assert math.isnan(line["recovery price"])


def test_plants_do_not_limit_as_long_as_one_in_reach_has_room() -> None:
    """CHN's plant for 40 raw is full, GIN's dearer one at 70 is not: all liquor is taken and host is what limits. A
    kilogram is worth what GIN makes of it."""
    plan = gallium(recovery="40  50  -", more="  g     recover  GIN      1000      70             -\n")
    line = plan["By-products"].iloc[0]
    assert (line["limited by"], line["recovered"]) == ("host", pytest.approx(100))
    assert line["host price"] == pytest.approx(((2000 - 60) / 1.5 - 70) / 1.25)
    assert line["recovery price"] == 0


BUILDS = "\nYears\n  year\n  2025\n  2026\n"


def test_a_plant_that_was_free_to_be_larger_does_not_limit() -> None:
    """10 pure kilograms are wanted in 2026: a plant for 15 raw is built, and its capacity is worth its annuity of
    100 / 10 and no more. What limits is demand."""
    plan = gallium(recovery="0  50  100", wanted=10, more=BUILDS)
    assert flows(plan, "Builds", "capacity", "site") == {"r": pytest.approx(15)}
    frame = plan["By-products"].set_index("year")
    assert frame["limited by"].to_dict() == {2025: "recovery plant", 2026: "demand"}
    assert frame.loc[2026, "recovered"] == pytest.approx(18.75)
    assert frame.loc[2026, "recovery price"] == pytest.approx(0)


def test_a_plant_that_may_not_be_larger_limits_by_what_it_earns_beyond_its_cost() -> None:
    """At most 40 may be built: the plant earns LIQUOR a kilogram, of which 10 / 1.25 are its annuity."""
    plan = gallium(recovery="0  50  100", more=BUILDS + "Site years\n  site  item       2025\n  r     max build  40\n")
    line = plan["By-products"].set_index("year").loc[2026]
    assert (line["limited by"], line["recovered"]) == ("recovery plant", pytest.approx(50))
    assert line["recovery price"] == pytest.approx(LIQUOR - 10 / 1.25)


def test_a_supported_plant_is_counted_with_its_support() -> None:
    """Half of the annuity is paid for: it earns the more beyond its own cost."""
    support = "Subsidies\n  measure  process  kind         value\n  aid      recover  capex share  0.5\n"
    plan = gallium(
        recovery="0  50  100", more=BUILDS + support + "Site years\n  site  item       2025\n  r     max build  40\n"
    )
    line = plan["By-products"].set_index("year").loc[2026]
    assert line["recovery price"] == pytest.approx(LIQUOR - 5 / 1.25)


def test_liquor_that_may_not_be_left_over_holds_its_host_back() -> None:
    """The plant takes in 50 kg of liquor, so 500 t of alumina are made and 500 given up. A kilogram more that had to go
    would cost 10 t of alumina, 700 each; room for one would earn that and LIQUOR."""
    plan = gallium(recovery="40  50  -", liquor="no")
    assert flows(plan, "Production", "activity", "site")["b"] == 500
    assert flows(plan, "Unmet", "unmet", "commodity")["alumina"] == 500
    line = plan["By-products"].iloc[0]
    assert (line["available"], line["recovered"], line["limited by"]) == (50, 50, "recovery plant")
    assert line["host price"] == pytest.approx(-7000)
    assert line["recovery price"] == pytest.approx(LIQUOR + 7000)


def test_hosts_of_one_country_have_a_line_each_and_share_what_is_taken() -> None:
    """A second process sets 20 kg free beside bayer's 100; the plant takes 60 of the 120, half of either's."""
    study = GALLIUM.format(recovery="48  50  -", purity="1000  60  -", wanted=1000, value=2000, liquor="yes")
    for head, line in (
        ("  recover  kg    10\n", "  sinter   t     20\n"),
        (
            "  recover  liquor        in",
            "  sinter   alumina       out        1\n  sinter   liquor        out        0.2\n",
        ),
        ("  r     recover", "  s     sinter   CHN      100       100            -\n"),
    ):
        assert head in study
        study = study.replace(head, line + head)
    plan = solved(study.replace("alumina       CHN      1000", "alumina       CHN      1100"))
    frame = plan["By-products"].set_index("host process")
    assert frame["available"].to_dict() == pytest.approx({"bayer": 100, "sinter": 20})
    assert frame["recovered"].to_dict() == pytest.approx({"bayer": 50, "sinter": 10})


def test_a_user_of_another_material_is_no_recovery_plant() -> None:
    """A fab that makes chips of raw gallium uses it up: its capacity of 10 is no limit of recovery or refining but
    demand."""
    study = GALLIUM.format(recovery="1000  50  -", purity="0  60  -", wanted=0, value=2000, liquor="yes")
    for head, line in (
        ("Processes\n", "  chips         t     silicon   900    5000        yes\n"),
        ("Recipes\n", "  fab      t     10\n"),
        ("Demand\n", "  fab      raw gallium   in         1\n  fab      chips         out        1\n"),
        ("Lanes\n", "  chips         JPN      500\n"),
    ):
        study = study.replace(head, line + head)
    plan = solved(study + "  f     fab      JPN      10        20             -\n")
    line = plan["By-products"].iloc[0]
    assert (line["limited by"], line["recovered"]) == ("demand", pytest.approx(12.5))
    assert math.isnan(line["refinery price"])


def test_carrying_a_by_product_on_is_no_recovery() -> None:
    """A process whose input and output are liquor has room for any amount; the plant for 40 raw still limits."""
    study = GALLIUM.format(recovery="40  50  -", purity="1000  60  -", wanted=1000, value=2000, liquor="yes")
    for head, line in (
        ("Recipes\n", "  carry    kg    10\n"),
        ("Demand\n", "  carry    liquor        in         1\n  carry    liquor        out        1\n"),
    ):
        study = study.replace(head, line + head)
    plan = solved(study + "  c     carry    CHN      1000      1              -\n")
    assert limited(plan) == {("liquor", "CHN", 2025): "recovery plant"}
    assert plan["By-products"].iloc[0]["recovery price"] == pytest.approx(LIQUOR)


def test_thrifting_lowers_the_silver_in_a_cell_by_year() -> None:
    """20 t a GW in 2025 and 12 in 2029: 16 in 2027. 10 GW take 200, 160 and 120 t at 2, and a GW costs 5 and its
    silver."""
    plan = solved("""
    Years
      year
      2025
      2027
      2029
    Commodities
      commodity  unit  unmet cost
      silver     t     -
      cell       GW    1000
    Processes
      process  unit
      mine     t
      cells    GW
    Recipes
      process  commodity  direction  2025  2029
      mine     silver     out        1     1
      cells    silver     in         20    12
      cells    cell       out        1     1
    Sites
      site  process  country  capacity   variable cost
      m     mine     MEX      unlimited  2
      c     cells    CHN      unlimited  5
    Demand
      commodity  country  2025
      cell       CHN      10
    Lanes
      commodity  from  to
      *          *     *
    """)
    assert flows(plan, "Balance", "used", "commodity", "country", "year") == {
        **{("silver", "CHN", y): q for y, q in ((2025, 200), (2027, 160), (2029, 120))},
        **{("silver", "MEX", y): 0 for y in (2025, 2027, 2029)},
        **{("cell", "CHN", y): 0 for y in (2025, 2027, 2029)},
    }  # fmt: skip
    delivered = flows(plan, "Prices", "delivered", "commodity", "country", "year")
    assert [delivered["cell", "CHN", y] for y in (2025, 2027, 2029)] == pytest.approx([45, 37, 29])

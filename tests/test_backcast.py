"""Back-cast by hand: shares of the plan against statistics, the bound, the naive plans, the spread of statistics."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from tests.solving import solved
from tests.studies import read

STUDY = """
Years
  year
  2023
  2024
Countries
  country  territory  owner
  COD      -          -
  COD.CN   COD        CHN
  CHN      -          -
  FIN      -          -
  DEU      -          -
Groups
  group  country  weight
  EU     FIN      1
  EU     DEU      3
Commodities
  commodity  unit  material  stage   content  price
  ore        t     cobalt    mine    0.5      10
  metal      t     cobalt    refine  1        50
  old        t     -         -       -        -
Processes
  process    unit  max use
  mine       t     0.8
  refine     t     1
  recycling  t     1
Recipes
  process    commodity  direction  quantity
  mine       ore        out        1
  refine     ore        in         2
  refine     metal      out        1
  recycling  old        in         1
  recycling  metal      out        1
Sites
  site  process    country  capacity   variable cost
  m     mine       COD      100        10
  n     mine       COD.CN   100        11
  a     mine       CHN      100        16
  c     refine     CHN      unlimited  5
  f     refine     FIN      20         4
  r     recycling  DEU      unlimited  0
Scrap
  commodity  country  2023
  old        DEU      5
Lanes
  commodity  from  to  freight
  ore        *     *   1
  metal      *     *   1
Demand
  commodity  country  2023  2024
  metal      DEU      85    105
"""
OBSERVED = """
Observed
  commodity  country  partner  year  item        value  source
  {}
"""


def table(rows: str, study: str = STUDY) -> pd.DataFrame:
    """The sheet of the solved study with these statistics."""
    frame: pd.DataFrame = solved(study + OBSERVED.format("\n  ".join(rows.strip().splitlines())))["Back-cast"]
    return frame


def cast(rows: str, study: str = STUDY) -> dict[tuple[object, ...], dict[str, float]]:
    """(commodity, item, year, country, partner) -> the numbers of the row, blanks left out."""
    frame = table(rows, study)
    keys = ["commodity", "item", "year", "country", "partner"]
    numbers = [c for c in frame if c not in (*keys, "naive plan nearer")]
    assert not frame.duplicated(keys).any()
    return {
        tuple(row[k] for k in keys): {c: round(float(row[c]), 9) for c in numbers if not math.isnan(row[c])}
        for row in frame.to_dict("records")
    }


def test_shares_by_territory_against_statistics_with_their_bound_and_naive_plans() -> None:
    """Of 85 t of metal 5 come from scrap and 80 from 160 t of ore: m and n run full at 0.8 x 100, which COD's two places
    make together. Observed were 120 and 60 of 180: COD 2/3, CHN 1/3, plan 1 and 0: distance 1/3. Plants can make 160 and
    80, as observed (2/3, 1/3): 0. Idle room is 40 + 20 of 180: 1/3. Last year 90 and 90 were observed: 1/6."""
    found = cast("""
      ore  COD  -  2022  production  90   a
      ore  CHN  -  2022  production  90   a
      ore  COD  -  2023  production  120  a
      ore  CHN  -  2023  production  60   a
    """)
    assert found == {
        ("ore", "production", 2023, "*", ""): {
            "plan": 160, "observed": 180, "utilisation": 0.75, "distance": pytest.approx(1 / 3), "bound": pytest.approx(1 / 3),
            "by capacity": 0, "by last year": pytest.approx(1 / 6),
        },
        ("ore", "production", 2023, "COD", ""): {
            "plan": 160, "observed": 120, "plan share": 1, "observed share": pytest.approx(2 / 3), "utilisation": 0.75,
            "distance": pytest.approx(1 / 6), "by capacity": 0, "by last year": pytest.approx(1 / 12),
        },
        ("ore", "production", 2023, "CHN", ""): {
            "plan": 0, "observed": 60, "plan share": 0, "observed share": pytest.approx(1 / 3), "utilisation": 0.75,
            "distance": pytest.approx(1 / 6), "by capacity": 0, "by last year": pytest.approx(1 / 12),
        },
    }  # fmt: skip


def test_a_distance_of_the_bound_is_possible_and_none_above_it() -> None:
    """Observed: COD 160, CHN 20 of 180, so the room is 0 and 60: another plan may move 60 of 180 from COD to CHN, no more."""
    found = cast("ore  COD  -  2023  production  160  a\nore  CHN  -  2023  production  20  a")
    assert found["ore", "production", 2023, "*", ""]["bound"] == pytest.approx(1 / 3)
    moved = (100 / 180, 80 / 180)
    assert sum(abs(x - o) for x, o in zip(moved, (160 / 180, 20 / 180), strict=True)) / 2 == pytest.approx(1 / 3)


def test_what_the_world_makes_beyond_the_listed_countries_is_one_share() -> None:
    """2024: 105 - 5 t of metal from 200 t of ore: COD 160, CHN 40. Listed is CHN with 50 of a world of 200, so the rest has 150:
    plan 0.2 and 0.8 against 0.25 and 0.75."""
    found = cast("ore  CHN  -  2024  production  50  a\nore  *  -  2024  production  200  a")
    assert found["ore", "production", 2024, "*", ""]["distance"] == pytest.approx(0.05)
    assert found["ore", "production", 2024, "rest", ""]["plan"] == 160
    assert found["ore", "production", 2024, "rest", ""]["observed"] == 150
    assert found["ore", "production", 2024, "rest", ""]["utilisation"] == 0.9375
    assert "by last year" not in found["ore", "production", 2024, "*", ""]


def test_a_second_source_is_a_second_statistic_and_the_first_is_compared() -> None:
    """By b, CHN made 60 and COD, which b does not tell, the 120 of a: 1/3 and 2/3 against 1/4 and 3/4, 1/12 apart."""
    found = cast(
        "ore  COD  -  2023  production  120  a\nore  CHN  -  2023  production  40  a\nore  CHN  -  2023  production  60  b"
    )
    total = found["ore", "production", 2023, "*", ""]
    assert (total["observed"], total["distance"]) == (160, 0.25)
    assert total["spread"] == pytest.approx(1 / 12)


def test_the_same_figure_twice_from_one_source_is_an_error() -> None:
    row = "ore  COD  -  2023  production  120  a"
    _, problems = read(STUDY + OBSERVED.format(f"{row}\n  {row}"))
    assert any(p.sheet == "Observed" and "a second row" in p.problem for p in problems)


def test_output_from_scrap_is_left_out_and_a_stage_counts_tonnes_of_the_material() -> None:
    """Of the 85 t of metal DEU recycles 5, which is not counted; f makes 20 and c 60. The ore of 160 t holds 80 t of cobalt.
    A plant of unlimited capacity leaves the naive plan by capacity, its bound and the utilisation blank."""
    found = cast("""
      metal        CHN  -  2023  production  80  a
      metal        FIN  -  2023  production  20  a
      cobalt/mine  COD  -  2023  production  70  a
      cobalt/mine  CHN  -  2023  production  30  a
    """)
    total = found["metal", "production", 2023, "*", ""]
    assert total == {"plan": 80, "observed": 100, "distance": pytest.approx(0.05)}
    assert found["cobalt/mine", "production", 2023, "COD", ""]["plan"] == 80


def test_a_group_is_split_and_use_has_shares_too() -> None:
    """EU's 80 t of use are 20 in FIN and 60 in DEU; the plan's 85 are all in DEU: 0.25 apart. Nothing is naive about use."""
    found = cast("metal  EU  -  2023  use  80  a")
    assert found["metal", "use", 2023, "*", ""] == {"plan": 85, "observed": 80, "distance": 0.25}
    assert found["metal", "use", 2023, "FIN", ""]["observed"] == 20


def test_flows_between_countries_and_prices_stand_beside_the_plans() -> None:
    """COD ships 160 t of ore, 40 to FIN (which runs 20 t of metal at 4 rather than 5) and 120 to CHN; both places of COD
    count. The last unit of metal in DEU is Chinese: 2 x 16 + 5 + 1 = 38, ore of COD being full."""
    found = cast("""
      ore    COD  CHN  2023  exports  100  a
      ore    FIN  COD  2023  imports  50   a
      ore    COD  -    2023  exports  170  a
      metal  DEU  -    2024  price    31   a
      ore    FIN  -    2030  price    31   a
    """)
    assert found["ore", "exports", 2023, "COD", "CHN"] == {"plan": 120, "observed": 100}
    assert found["ore", "imports", 2023, "FIN", "COD"] == {"plan": 40, "observed": 50}
    assert found["ore", "exports", 2023, "COD", ""] == {"plan": 160, "observed": 170}
    assert found["metal", "price", 2024, "DEU", ""] == {"plan": 38, "observed": 31}
    assert len(found) == 4


def test_a_study_without_statistics_has_no_back_cast() -> None:
    assert solved(STUDY)["Back-cast"].empty


def test_last_years_shares_say_nothing_where_they_miss_much() -> None:
    """CHN, which made a third, was not told the year before; FIN, which made nothing of note, may be missing."""
    rows = "ore  COD  -  2022  production  90  a\nore  COD  -  2023  production  120  a\nore  CHN  -  2023  production  60  a"
    assert "by last year" not in cast(rows)["ore", "production", 2023, "*", ""]
    rows = rows.replace("CHN  -  2023  production  60", "FIN  -  2023  production  6")
    assert cast(rows)["ore", "production", 2023, "*", ""]["by last year"] == pytest.approx(6 / 126)


def test_the_farthest_stages_stand_on_top_with_the_naive_plans_that_are_nearer() -> None:
    """The plan has all ore from COD. Observed in 2023: 2/3, as capacities (distance 1/3 against 0 and 1/6 last year), and of
    metal CHN 60 and FIN 20 as planned (0; a capacity is unlimited, last year 1/4 apart). In 2024 (COD 160, CHN 40) ore is
    0.05 off, last year's shares 1/12, capacities (160 and 80) 1/12. Countries come after the stages, flows last."""
    frame = table("""
      ore    COD  CHN  2023  exports     100  a
      metal  CHN  -    2022  production  40   a
      metal  FIN  -    2022  production  40   a
      metal  CHN  -    2023  production  60   a
      metal  FIN  -    2023  production  20   a
      ore    COD  -    2022  production  90   a
      ore    CHN  -    2022  production  90   a
      ore    COD  -    2023  production  120  a
      ore    CHN  -    2023  production  60   a
      ore    COD  -    2024  production  150  a
      ore    CHN  -    2024  production  50   a
    """)
    top = frame.head(3)
    assert list(zip(top["commodity"], top["year"], top["country"], strict=True)) == [
        ("ore", 2023, "*"), ("metal", 2023, "*"), ("ore", 2024, "*"),
    ]  # fmt: skip
    assert list(top["naive plan nearer"]) == ["by capacity and by last year", "none", "none"]
    rest = frame.iloc[3:]
    assert not (rest["country"] == "*").any() and not rest["naive plan nearer"].any()
    assert list(rest["commodity"]) == ["ore"] * 5 + ["metal"] * 2
    assert list(rest["item"]) == ["production"] * 4 + ["exports"] + ["production"] * 2

"""What a cell that names places speaks of, sentence by sentence of the workbook's rule on places."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.places import Places, Specs, codes

COUNTRIES = """
    country  region  territory  owner  risk  aggregate
    COD      Africa  -          -      0.8   no
    COD.CN   -       COD        CHN    -     no
    ZMB      Africa  -          -      0.5   no
    CHN      Asia    -          -      -     no
    DEU      Europe  -          -      0.1   no
    DEU.CN   Asia    DEU        CHN    -     no
    FRA      Europe  -          -      -     no
    ROW      -       -          -      -     yes
"""
GROUPS = """
    group   country  weight
    EU      DEU      3
    EU      FRA      1
    Chinese COD.CN   1
    Chinese CHN      1
    Europe  FRA      2
    Idle    DEU      0
    Idle    FRA      0
    Half    DEU      0
    Half    FRA      5
"""


def table(text: str) -> pd.DataFrame:
    """A sheet from its picture: the first line is the header, `-` a blank cell."""
    header, *lines = [line.split() for line in text.strip().splitlines()]
    return pd.DataFrame([["" if cell == "-" else cell for cell in line] for line in lines], columns=header)


def places(countries: str = COUNTRIES, groups: str = GROUPS) -> Places:
    sheet, members = table(countries), table(groups)
    sheet["risk"] = pd.to_numeric(sheet["risk"])
    members["weight"] = pd.to_numeric(members["weight"])
    sheet["name"], sheet["capital rate"] = "", np.nan
    return Places(sheet, members)


def spoken(specs: Specs, names: list[str]) -> list[str]:
    """The items each cell speaks of, as text."""
    return [" ".join(np.array(names)[specs.member[spec]]) for spec in specs.code]


def rule(*cells: str) -> list[str]:
    world = places()
    return spoken(world.rule(list(cells)), world.names)


def data(cell: str, split: bool = True) -> dict[str, float]:
    world = places()
    members = world.data([cell], split)
    return {world.names[place]: share for place, share in zip(members.place, members.share, strict=True)}


def test_a_blank_territory_or_owner_is_the_place_itself() -> None:
    world = places()
    assert [world.names[i] for i in world.territory] == ["COD", "COD", "ZMB", "CHN", "DEU", "DEU", "FRA", "ROW"]
    assert [world.names[i] for i in world.owner] == ["COD", "CHN", "ZMB", "CHN", "DEU", "CHN", "FRA", "ROW"]


def test_blank_risk_and_capital_rate_are_nan_and_aggregates_are_known() -> None:
    world = places()
    np.testing.assert_array_equal(world.risk, [0.8, np.nan, 0.5, np.nan, 0.1, np.nan, np.nan, np.nan])
    assert np.isnan(world.capital_rate).all()
    assert world.aggregate.tolist() == [False] * 7 + [True]


def test_a_region_is_a_group_and_groups_overrules_a_region_of_its_name() -> None:
    assert places().groups == ["EU", "Chinese", "Europe", "Idle", "Half", "Africa", "Asia"]
    assert rule("Europe") == ["FRA"]
    assert data("Europe") == {"FRA": 1.0}


def test_a_rule_that_names_a_country_speaks_of_all_places_of_that_territory() -> None:
    assert rule("COD", "FRA") == ["COD COD.CN", "FRA"]


def test_a_place_named_itself_is_always_that_place_alone() -> None:
    assert rule("COD.CN", "Chinese") == ["COD.CN", "COD.CN CHN"]
    assert data("COD.CN") == {"COD.CN": 1.0}


def test_a_place_belongs_to_its_territorys_groups_in_a_rule() -> None:
    assert rule("EU", "Africa") == ["DEU DEU.CN FRA", "COD COD.CN ZMB"]


def test_a_place_with_a_region_of_its_own_belongs_to_that_one_too() -> None:
    assert rule("Asia") == ["CHN DEU.CN"]


def test_any_and_each_speak_of_every_place_and_are_told_apart() -> None:
    world = places()
    specs = world.rule(["*", "each"])
    assert spoken(specs, world.names) == [" ".join(world.names)] * 2
    assert specs.any.tolist() == [True, False]
    assert specs.each.tolist() == [False, True]


def test_a_country_is_a_single_item_of_the_size_of_its_territory() -> None:
    specs = places().rule(["COD", "COD.CN", "EU", "Europe", "*"])
    assert specs.single.tolist() == [True, True, False, False, False]
    assert specs.size.tolist() == [2, 1, 3, 1, 0]


def test_folded_by_owner_a_country_is_what_it_owns() -> None:
    world = places()
    specs = world.rule(["CHN", "COD", "COD.CN", "EU", "Chinese"], by="owner")
    assert spoken(specs, world.names) == ["COD.CN CHN DEU.CN", "COD", "COD.CN", "DEU FRA", "COD.CN CHN DEU.CN"]


def test_a_name_that_is_a_country_and_a_group_is_the_country() -> None:
    world = places(groups=GROUPS + "    FRA DEU 1")
    assert spoken(world.rule(["FRA"]), world.names) == ["FRA"]
    assert world.rule(["FRA"]).single.tolist() == [True]


def test_equal_cells_share_one_spec() -> None:
    specs = places().rule(["COD", "EU", "COD"])
    assert specs.code.tolist() == [0, 1, 0]
    assert specs.member.shape == (2, 8)


@pytest.mark.parametrize("cell", ["Narnia", "cod"])
def test_an_unknown_name_raises(cell: str) -> None:
    with pytest.raises(KeyError, match=cell):
        places().rule([cell])
    with pytest.raises(KeyError, match=cell):
        places().data([cell])


def test_in_data_a_country_is_that_place_alone_and_a_group_its_listed_countries() -> None:
    assert data("COD") == {"COD": 1.0}
    assert data("Africa") == {"COD": 0.5, "ZMB": 0.5}
    assert data("EU", split=False) == {"DEU": 1.0, "FRA": 1.0}


def test_in_data_any_is_every_place() -> None:
    assert data("*", split=False) == dict.fromkeys(places().names, 1.0)
    assert data("*") == dict.fromkeys(places().names, 1 / 8)


def test_a_group_is_split_by_weight() -> None:
    assert data("EU") == {"DEU": 0.75, "FRA": 0.25}
    assert data("Half") == {"DEU": 0.0, "FRA": 1.0}


def test_a_group_without_any_weight_cannot_be_split() -> None:
    with pytest.raises(ValueError, match="Idle"):
        data("Idle")
    assert data("Idle", split=False) == {"DEU": 1.0, "FRA": 1.0}


def test_members_follow_the_rows() -> None:
    world = places()
    members = world.data(pd.Series(["EU", "COD", "EU"]))
    assert members.row.tolist() == [0, 0, 1, 2, 2]
    assert [world.names[i] for i in members.place] == ["DEU", "FRA", "COD", "DEU", "FRA"]
    assert members.share.tolist() == [0.75, 0.25, 1.0, 0.75, 0.25]


def test_no_rows_no_groups() -> None:
    world = places(groups="group country weight")
    assert world.rule([]).member.shape == (0, 8)
    assert len(world.data([]).row) == 0
    assert world.groups == ["Africa", "Asia", "Europe"]


def test_plain_codes() -> None:
    specs = codes(["nickel", "*", "each", "cobalt"], ["cobalt", "nickel"])
    assert spoken(specs, ["cobalt", "nickel"]) == ["nickel", "cobalt nickel", "cobalt nickel", "cobalt"]
    assert specs.single.tolist() == [True, False, False, True]
    assert specs.size.tolist() == [1, 0, 2, 1]
    with pytest.raises(KeyError, match="tin"):
        codes(["tin"], ["cobalt", "nickel"])

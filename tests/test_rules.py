"""Which rule row matches and which decides: the contract sentence by sentence, and a second reading in plain loops."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.places import Places, Specs, codes
from models.rules import (
    Matches,
    _sorted,
    active,
    add_up,
    match,
    match_trade,
    matched_years,
    pick,
    resolve,
    site_keys,
    specificity,
    within,
)
from tests import plain_rules as plain
from tests.plain_rules import Place, Row, Site, World

GOODS = ["cobalt", "nickel"]
YEARS = [2025, 2030, 2031]
WORLD = World(
    places=(
        Place("COD", "Africa"),
        Place("COD.CN", territory="COD"),
        Place("ZMB", "Africa"),
        Place("CHN"),
        Place("USA"),
        Place("DEU"),
        Place("DEU.CN", territory="DEU"),
        Place("FRA", "Europe"),
    ),
    groups=(("EU", "DEU", 1.0), ("EU", "FRA", 1.0), ("G3", "DEU", 1.0), ("G3", "FRA", 1.0), ("G3", "USA", 1.0)),
)
SITES = [
    Site("tenke", "tenke", "mine", "COD"),
    Site("works@DEU", "works", "refine", "DEU"),
    Site("works@FRA", "works", "refine", "FRA"),
    Site("works@USA", "works", "refine", "USA"),
    Site("plant", "plant", "refine", "DEU"),
]


# The fast road, fed from the plain rows --------------------------------------------------------------------------


def places_of(world: World) -> Places:
    countries = pd.DataFrame(
        [(p.name, "", p.region, p.territory, "", math.nan, math.nan, "no") for p in world.places],
        columns=["country", "name", "region", "territory", "owner", "capital rate", "risk", "aggregate"],
    )
    return Places(countries, pd.DataFrame(list(world.groups), columns=["group", "country", "weight"]))


def cells(rows: Iterable[Row], column: int) -> list[str]:
    return [row.keys[column] for row in rows]


def trade_keys(places: Places, rows: list[Row]) -> tuple[Specs, Specs, Specs]:
    return codes(cells(rows, 0), GOODS), places.rule(cells(rows, 1)), places.rule(cells(rows, 2))


def lane_codes(places: Places, lanes: list[tuple[str, str, str]]) -> tuple[NDArray[np.int64], ...]:
    table = [(GOODS.index(c), places.position[o], places.position[d]) for c, o, d in lanes]
    return tuple(np.array(table, dtype=np.int64).reshape(-1, 3).T)


def all_lanes(world: World) -> list[tuple[str, str, str]]:
    return [(c, o.name, d.name) for c in GOODS for o in world.places for d in world.places]


def in_years(rows: list[Row]) -> NDArray[np.bool_]:
    first, last = (np.array([getattr(row, end) for row in rows], dtype=np.int64) for end in ("first", "last"))
    return active(first, last, np.array(YEARS))


def values_of(rows: list[Row], columns: int) -> list[NDArray[np.float64]]:
    return list(np.array([row.values for row in rows], dtype=float).reshape(-1, columns, len(YEARS)).transpose(1, 0, 2))


def pairs(matches: Matches) -> set[tuple[int, int]]:
    both = list(zip(matches.rule.tolist(), matches.item.tolist(), strict=True))
    assert len(set(both)) == len(both), "a pair stands twice"
    return set(both)


def touched(row: str, home: bool = False) -> set[str]:
    """Lanes `from>to` of cobalt a row `commodity from to` touches, among all pairs of places."""
    places, lanes = places_of(WORLD), all_lanes(WORLD)
    rows = [Row(tuple(row.split()), ())]
    commodity, origin, destination = lane_codes(places, lanes)
    found = match_trade(places, *trade_keys(places, rows), (commodity, origin, destination), home)
    return {f"{lanes[i][1]}>{lanes[i][2]}" for _, i in pairs(found) if lanes[i][0] == "cobalt"}


def foreign() -> set[str]:
    return {f"{o.name}>{d.name}" for o in WORLD.places for d in WORLD.places if o.soil != d.soil}


def rank(*rows: str) -> list[int]:
    """How specific each trade row `commodity from to` is."""
    return list(specificity(trade_keys(places_of(WORLD), [Row(tuple(row.split()), ()) for row in rows])))


def site_rank(*rows: str) -> list[int]:
    """How specific each row `site process country` of Site years is."""
    return list(specificity(site_specs(places_of(WORLD), [Row(tuple(row.split()), ()) for row in rows], SITES)))


def site_specs(places: Places, rows: list[Row], sites: list[Site]) -> tuple[Specs, Specs, Specs]:
    processes = ["mine", "refine"]
    return site_keys(
        cells(rows, 0), codes(cells(rows, 1), processes), places.rule(cells(rows, 2)),
        [s.name for s in sites], [s.declared for s in sites], *site_codes(places, sites),
    )  # fmt: skip


def site_codes(places: Places, sites: list[Site]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    runs = np.array([["mine", "refine"].index(s.process) for s in sites], dtype=np.int64)
    return runs, np.array([places.position[s.place] for s in sites], dtype=np.int64)


def figures(sheet: str, lane: str, column: str, default: float = 0.0) -> tuple[list[float], list[tuple[int, int]]]:
    """What the sheet says of one lane in each year, and the contradictions; columns `a` and `b` are one decision.

    The sheet's picture: commodity from to a b c first last, with `-` for a blank cell.
    """
    lines = [line.split() for line in sheet.strip().splitlines()[1:]]
    rows = [Row(tuple(line[:3]), ()) for line in lines]
    table = np.array([[math.nan if cell == "-" else float(cell) for cell in line[3:]] for line in lines])
    a, b, c, first, last = table.T
    places = places_of(WORLD)
    keys = trade_keys(places, rows)
    commodity, origin, destination = lane_codes(places, [tuple(lane.split())])  # type: ignore[list-item]
    matches = match_trade(places, *keys, (commodity, origin, destination), home=True)
    holds = active(np.nan_to_num(first, nan=0).astype(int), np.nan_to_num(last, nan=9999).astype(int), np.array(YEARS))
    group, defaults = ([c], [default]) if column == "c" else ([a, b], [0.0, 0.0])
    decision = resolve(matches, specificity(keys), holds, group, 1, defaults)
    found = pick(decision, {"a": a, "b": b, "c": c}[column], default)
    return found[0].tolist(), [(int(i), int(j)) for i, j in decision.ties]


# Places in trade rules -------------------------------------------------------------------------------------------


def test_any_to_any_touches_every_foreign_pair() -> None:
    assert touched("* * *") == foreign()
    assert touched("* * *", home=True) == foreign()


def test_any_to_a_country_touches_every_foreign_pair_and_never_the_country_itself() -> None:
    assert touched("* * DEU", home=True) == {pair for pair in foreign() if pair.split(">")[1] in ("DEU", "DEU.CN")}
    assert touched("* COD *", home=True) == {pair for pair in foreign() if pair.split(">")[0] in ("COD", "COD.CN")}


def test_any_opposite_a_group_is_everyone_outside_it() -> None:
    eu = {"DEU", "DEU.CN", "FRA"}
    assert touched("* * EU") == {f"{o.name}>{d}" for o in WORLD.places for d in eu if o.name not in eu}
    assert touched("* EU *") == {f"{o}>{d.name}" for d in WORLD.places for o in eu if d.name not in eu}


def test_groups_that_a_row_does_not_name_play_no_part() -> None:
    assert "FRA>DEU" in touched("* * DEU")
    assert "FRA>DEU" in touched("* FRA EU")


def test_a_group_opposite_itself_touches_trade_between_its_territories() -> None:
    assert touched("* EU EU", home=True) == {"DEU>FRA", "DEU.CN>FRA", "FRA>DEU", "FRA>DEU.CN"}


def test_a_country_speaks_of_its_places_and_a_place_named_itself_is_alone() -> None:
    assert touched("* COD CHN") == {"COD>CHN", "COD.CN>CHN"}
    assert touched("* COD.CN CHN") == {"COD.CN>CHN"}


def test_a_lane_inside_a_territory_is_touched_only_by_a_lane_row_that_names_both_ends() -> None:
    assert touched("* COD COD", home=True) == {"COD>COD", "COD>COD.CN", "COD.CN>COD", "COD.CN>COD.CN"}
    assert touched("* COD.CN COD", home=True) == {"COD.CN>COD", "COD.CN>COD.CN"}
    assert touched("* COD *", home=True).isdisjoint({"COD>COD", "COD>COD.CN"})
    assert touched("* Africa COD", home=True) == {"ZMB>COD", "ZMB>COD.CN"}


def test_a_lane_inside_a_territory_never_bears_a_duty_or_measure() -> None:
    assert touched("* COD COD") == set()
    assert touched("* COD.CN COD") == set()


def test_a_commodity_cell_bars_the_other_commodities() -> None:
    assert touched("nickel * *") == set()
    assert touched("cobalt * *") == foreign()


# Specificity -----------------------------------------------------------------------------------------------------


def test_first_counts_the_number_of_columns_that_are_not_any() -> None:
    ranks = rank("* * *", "cobalt * *", "* EU G3", "cobalt EU G3")
    assert ranks == [0, 1, 2, 3]


def test_then_counts_the_number_of_single_items() -> None:
    ranks = rank("* CHN G3", "* EU G3", "* CHN USA")
    assert ranks[2] > ranks[0] > ranks[1]


def test_then_the_smaller_groups() -> None:
    ranks = rank("cobalt * G3", "cobalt * EU", "* EU G3", "* EU EU")
    assert ranks[1] > ranks[0]
    assert ranks[3] > ranks[2]


def test_a_country_of_several_places_ranks_below_the_place_and_above_any_group() -> None:
    ranks = rank("* COD CHN", "* COD.CN CHN", "* Africa CHN", "* ZMB CHN")
    assert ranks[1] == ranks[3] > ranks[0] > ranks[2]
    assert rank("* DEU CHN", "* Europe CHN") == [1, 0]  # Europe is FRA alone, and yet a group


def test_equals_tie_whichever_columns_they_name() -> None:
    assert rank("cobalt ZMB *", "cobalt * USA", "* ZMB USA") == [0, 0, 0]


def test_a_named_site_names_its_process_and_country_too() -> None:
    assert site_rank("tenke * *", "tenke mine *", "tenke * COD", "tenke mine Africa") == [0, 0, 0, 0]
    ranks = site_rank("tenke * *", "* mine COD", "* mine COD.CN")
    assert ranks[0] > ranks[2] > ranks[1]


def test_a_declared_site_with_copies_counts_as_a_group() -> None:
    ranks = site_rank("works * *", "works@DEU * *", "* refine DEU", "works * FRA", "works * EU", "plant * *")
    assert ranks[1] == ranks[5] > ranks[3] > ranks[0] > ranks[2]
    # Three copies in three places; EU speaks of three places: the cell says no more than the site does.
    assert ranks[4] == ranks[0]


# One winner ------------------------------------------------------------------------------------------------------


def test_the_most_specific_row_wins_cell_by_cell_and_a_blank_takes_the_next() -> None:
    sheet = """
        commodity from to   a  b  c first last
        *         *    *    1  -  5 -     -
        cobalt    *    EU   2  -  - -     -
        cobalt    COD  DEU  3  -  - -     -
    """
    assert figures(sheet, "cobalt COD DEU", "a") == ([3.0] * 3, [])
    assert figures(sheet, "cobalt COD FRA", "a") == ([2.0] * 3, [])
    assert figures(sheet, "nickel COD FRA", "a") == ([1.0] * 3, [])
    assert figures(sheet, "cobalt COD DEU", "c") == ([5.0] * 3, [])


def test_only_then_the_default() -> None:
    sheet = """
        commodity from to   a  b  c first last
        *         *    *    1  -  - -     -
    """
    assert figures(sheet, "cobalt COD DEU", "c", default=math.inf) == ([math.inf] * 3, [])
    assert figures(sheet, "cobalt COD COD", "a") == ([0.0] * 3, [])


def test_none_takes_back_what_a_more_general_row_gave() -> None:
    sheet = """
        commodity from to   a  b  c   first last
        *         *    *    -  -  5   -     -
        *         COD  *    -  -  inf -     -
    """
    assert figures(sheet, "cobalt COD DEU", "c", default=math.inf) == ([math.inf] * 3, [])


def test_two_cells_that_are_one_decision_win_together() -> None:
    sheet = """
        commodity from to   a  b  c first last
        *         *    *    1  9  - -     -
        cobalt    *    *    2  -  - -     -
    """
    assert figures(sheet, "cobalt COD DEU", "a") == ([2.0] * 3, [])
    assert figures(sheet, "cobalt COD DEU", "b") == ([0.0] * 3, [])


def test_a_row_outside_its_years_does_not_match() -> None:
    sheet = """
        commodity from to   a  b  c first last
        *         *    *    1  -  - -     -
        cobalt    *    *    2  -  - 2030  2030
    """
    assert figures(sheet, "cobalt COD DEU", "a") == ([1.0, 2.0, 1.0], [])


def test_equals_that_disagree_are_named_once_and_the_first_stands() -> None:
    sheet = """
        commodity from to   a  b  c first last
        cobalt    ZMB  *    1  -  5 -     -
        *         ZMB  USA  2  -  5 -     -
        cobalt    *    USA  1  -  5 -     -
        *         *    *    7  -  6 -     -
    """
    assert figures(sheet, "cobalt ZMB USA", "a") == ([1.0] * 3, [(0, 1)])
    assert figures(sheet, "cobalt ZMB USA", "c") == ([5.0] * 3, [])


def test_equals_may_disagree_where_they_decide_nothing() -> None:
    sheet = """
        commodity from to   a  b  c first last
        cobalt    ZMB  *    1  -  - -     2025
        *         ZMB  USA  2  -  - 2030  -
        cobalt    *    CHN  3  -  - -     -
        cobalt    ZMB  CHN  4  -  - -     -
    """
    assert figures(sheet, "cobalt ZMB USA", "a") == ([1.0, 2.0, 2.0], [])
    assert figures(sheet, "cobalt ZMB CHN", "a") == ([4.0] * 3, [])


def test_equals_disagree_only_in_the_years_they_decide() -> None:
    """Rows 0 and 1 agree in the first year; from 2030, where they differ, row 2 decides over both."""
    values = np.array([[1.0, 1.0, 1.0], [1.0, 2.0, 3.0], [np.nan, 5.0, 5.0]])
    one_item = Matches(np.array([0, 1, 2]), np.array([0, 0, 0]))
    always = np.ones((3, 3), dtype=bool)
    decision = resolve(one_item, np.array([0, 0, 1]), always, [values], 1)
    assert pick(decision, values, 0.0).tolist() == [[1.0, 5.0, 5.0]]
    assert decision.ties.tolist() == []
    decision = resolve(one_item, np.array([0, 0, 1]), np.array([[1, 1, 1], [1, 1, 1], [1, 1, 0]]) > 0, [values], 1)
    assert decision.ties.tolist() == [[0, 1]]


def test_a_blank_and_its_default_do_not_disagree() -> None:
    sheet = """
        commodity from to   a  b  c first last
        cobalt    ZMB  *    1  -  - -     -
        *         ZMB  USA  1  0  - -     -
        cobalt    *    USA  1  3  - -     -
    """
    assert figures(sheet, "cobalt ZMB USA", "a") == ([1.0] * 3, [(0, 2)])


def test_one_winner_within_each_measure_and_measures_add_up() -> None:
    places = places_of(WORLD)
    rows = [Row(tuple(row.split()), ()) for row in ("* * USA", "* CHN USA", "* * USA")]
    rate, measure = np.array([0.1, 0.3, 0.05]), np.array([0, 0, 1])
    lanes = lane_codes(places, [("cobalt", "CHN", "USA"), ("cobalt", "COD", "USA"), ("cobalt", "CHN", "DEU")])
    keys = trade_keys(places, rows)
    matches, item = within(match_trade(places, *keys, (lanes[0], lanes[1], lanes[2]), home=False), measure)
    decision = resolve(matches, specificity(keys), np.ones((3, 2), dtype=bool), [rate], len(item))
    total = add_up(pick(decision, rate, 0.0), item, 3)
    np.testing.assert_allclose(total, np.array([[0.35, 0.35], [0.15, 0.15], [0, 0]]))


def test_no_rows_and_no_items() -> None:
    places, none = places_of(WORLD), np.zeros(0, dtype=np.int64)
    keys = trade_keys(places, [])
    matches = match_trade(places, *keys, (none, none, none), home=True)
    decision = resolve(matches, specificity(keys), active(none, none, np.array(YEARS)), [np.zeros(0)], 2)
    np.testing.assert_array_equal(decision.winner, np.full((2, 3), -1))
    np.testing.assert_array_equal(pick(decision, np.zeros(0), 4.0), np.full((2, 3), 4.0))
    assert not matched_years(matches, active(none, none, np.array(YEARS)), 2).any()
    assert decision.ties.shape == (0, 2)
    assert len(within(matches, none)[1]) == 0
    assert not pairs(match([(places.rule(["*"]), none)]))


# A second reading ------------------------------------------------------------------------------------------------

NAMES = ["A", "B", "C", "D", "E"]
FIGURES = st.sampled_from([math.nan, 0.0, 1.0, 2.0, math.inf])
GROUPS_OF_COLUMNS = (((0, 1), (0.0, 0.0)), ((2,), (math.inf,)))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    countries = [Place(name, draw(st.sampled_from(["", "R", "G"]))) for name in NAMES[: draw(st.integers(1, 5))]]
    soil = st.sampled_from([place.name for place in countries])
    region = st.sampled_from(["", "R", "S"])
    parts = [Place(f"P{i}", draw(region), draw(soil)) for i in range(draw(st.integers(0, 3)))]
    everyone = draw(st.permutations([*countries, *parts]))
    member = st.tuples(st.sampled_from(["G", "H"]), st.sampled_from([place.name for place in everyone]))
    listed = draw(st.lists(member, unique=True, max_size=6))
    return World(
        tuple(everyone), tuple((group, name, draw(st.sampled_from([0.5, 1.0, 2.0]))) for group, name in listed)
    )


def place_cells(world: World) -> st.SearchStrategy[str]:
    groups = [name for name in ("G", "H", "R", "S") if world.listed(name)]
    return st.sampled_from(["*", *groups, *(place.name for place in world.places)])


def dated() -> st.SearchStrategy[tuple[int, int]]:
    return st.sampled_from([(0, 9999), (0, 9999), (0, 2025), (2030, 9999), (2030, 2030), (2026, 2029)])


@st.composite
def trade_sheets(draw: st.DrawFn) -> tuple[World, list[Row]]:
    world = draw(worlds())
    place = place_cells(world)
    rows = []
    for _ in range(draw(st.integers(0, 9))):
        keys = (draw(st.sampled_from(["*", *GOODS])), draw(place), draw(place))
        values = tuple((draw(FIGURES),) * len(YEARS) for _ in range(3))
        rows.append(Row(keys, values, *draw(dated())))
    return world, rows


@st.composite
def site_sheets(draw: st.DrawFn) -> tuple[World, list[Site], list[Row]]:
    world = draw(worlds())
    sites = []
    for name in ("m", "n", "o"):
        process = draw(st.sampled_from(["mine", "refine"]))
        where = draw(st.lists(st.sampled_from([place.name for place in world.places]), unique=True, max_size=3))
        if len(where) == 1 and draw(st.booleans()):
            sites.append(Site(name, name, process, where[0]))
        else:  # declared for a group, be it of one country
            sites.extend(Site(f"{name}@{place}", name, process, place) for place in where)
    called = st.sampled_from(["*", *(site.name for site in sites), *(site.declared for site in sites)])
    rows = []
    for _ in range(draw(st.integers(0, 8))):
        keys = (draw(called), draw(st.sampled_from(["*", "mine", "refine"])), draw(place_cells(world)))
        rows.append(Row(keys, (tuple(draw(FIGURES) for _ in YEARS),), *draw(dated())))
    return world, sites, rows


def compare(
    rows: list[Row],
    fast: tuple[Matches, NDArray[np.int64]],
    slow: tuple[list[list[int]], list[tuple[int, int, int]]],
    groups: tuple[tuple[tuple[int, ...], tuple[float, ...]], ...],
    constant: bool,
) -> None:
    """The two readings give the same values and contradictions, for each decision group."""
    (matches, ranks), (matching, tuples) = fast, slow
    assert pairs(matches) == {(r, i) for i, candidates in enumerate(matching) for r in candidates}
    levels = sorted(set(tuples))
    assert ranks.tolist() == [levels.index(t) for t in tuples]
    columns = values_of(rows, sum(len(group) for group, _ in groups))
    holds = in_years(rows)
    for group, defaults in groups:
        given_values = [columns[k][:, 0] if constant else columns[k] for k in group]
        decision = resolve(matches, ranks, holds, given_values, len(matching), defaults)
        found = [pick(decision, v, d) for v, d in zip(given_values, defaults, strict=True)]
        outcome = plain.decide(rows, matching, tuples, group, defaults, YEARS)
        for (item, year), values in outcome.values.items():
            assert tuple(float(column[item, year]) for column in found) == values
        assert {(int(a), int(b)) for a, b in decision.ties} == outcome.ties


@settings(deadline=None, max_examples=300)
@given(trade_sheets(), st.integers(0, 10**6))
def test_lanes_decide_as_in_the_second_reading(sheet: tuple[World, list[Row]], seed: int) -> None:
    world, rows = sheet
    places, lanes = places_of(world), all_lanes(world)
    chosen = np.random.default_rng(seed).permutation(len(lanes))[: 1 + seed % len(lanes)]  # some lanes, in any order
    lanes = [lanes[i] for i in chosen]
    keys = trade_keys(places, rows)
    commodity, origin, destination = lane_codes(places, lanes)
    matches = match_trade(places, *keys, (commodity, origin, destination), home=True)
    matching = [[r for r, row in enumerate(rows) if plain.touches(world, row, lane, True)] for lane in lanes]
    slow = matching, [plain.trade_specificity(world, row) for row in rows]
    compare(rows, (matches, specificity(keys)), slow, GROUPS_OF_COLUMNS, constant=True)
    exists = [[any(rows[r].first <= y <= rows[r].last for r in at) for y in YEARS] for at in matching]
    assert matched_years(matches, in_years(rows), len(lanes)).tolist() == exists


@settings(deadline=None, max_examples=200)
@given(trade_sheets())
def test_tariffs_add_up_as_in_the_second_reading(sheet: tuple[World, list[Row]]) -> None:
    world, rows = sheet
    places, lanes = places_of(world), all_lanes(world)
    measure = np.array([sum(map(ord, "".join(row.keys))) % 3 for row in rows], dtype=np.int64)  # any labels will do
    keys = trade_keys(places, rows)
    commodity, origin, destination = lane_codes(places, lanes)
    found = match_trade(places, *keys, (commodity, origin, destination), home=False)
    matches, item = within(found, measure)
    values = [np.where(np.isinf(v), 3.0, v)[:, 0] for v in values_of(rows, 3)[:2]]
    decision = resolve(matches, specificity(keys), in_years(rows), values, len(item), (0.0, 0.0))
    total = [add_up(pick(decision, v, 0.0), item, len(lanes)) for v in values]
    expected, ties = np.zeros((2, len(lanes), len(YEARS))), set()
    finite = [
        Row(r.keys, tuple(tuple(3.0 if math.isinf(v) else v for v in c) for c in r.values), r.first, r.last)
        for r in rows
    ]
    ranks = [plain.trade_specificity(world, row) for row in rows]
    for label in range(3):
        matching = [
            [r for r, row in enumerate(rows) if measure[r] == label and plain.touches(world, row, lane, False)]
            for lane in lanes
        ]
        outcome = plain.decide(finite, matching, ranks, (0, 1), (0.0, 0.0), YEARS)
        ties |= outcome.ties
        for (lane, year), pair in outcome.values.items():
            expected[:, lane, year] += pair
    np.testing.assert_array_equal(total, expected)
    assert {(int(a), int(b)) for a, b in decision.ties} == ties


@settings(deadline=None, max_examples=300)
@given(site_sheets())
def test_site_years_decide_as_in_the_second_reading(sheet: tuple[World, list[Site], list[Row]]) -> None:
    world, sites, rows = sheet
    known = {site.name for site in sites} | {site.declared for site in sites} | {"*"}
    rows = [row for row in rows if row.keys[0] in known]
    places = places_of(world)
    keys = site_specs(places, rows, sites)
    matches = match(list(zip(keys, (np.arange(len(sites)), *site_codes(places, sites)), strict=True)))
    matching = [[r for r, row in enumerate(rows) if plain.speaks_of_site(world, row, site)] for site in sites]
    slow = matching, [plain.site_specificity(world, row, sites) for row in rows]
    compare(rows, (matches, specificity(keys)), slow, (((0,), (7.0,)),), constant=False)


@settings(deadline=None, max_examples=100)
@given(worlds())
def test_data_cells_name_the_same_places_in_the_second_reading(world: World) -> None:
    places = places_of(world)
    names = ["*", *(p.name for p in world.places), *places.groups]
    members = places.data(names)
    for row, name in enumerate(names):
        mine = members.row == row
        found = dict(zip([places.names[i] for i in members.place[mine]], members.share[mine], strict=True))
        assert found == world.shares(name)


@settings(deadline=None, max_examples=100)
@given(trade_sheets())
def test_the_order_of_rows_without_contradiction_changes_nothing(sheet: tuple[World, list[Row]]) -> None:
    world, rows = sheet
    places, lanes = places_of(world), all_lanes(world)
    commodity, origin, destination = lane_codes(places, lanes)

    def freight(sheet: list[Row]) -> tuple[NDArray[np.float64], int]:
        keys = trade_keys(places, sheet)
        matches = match_trade(places, *keys, (commodity, origin, destination), home=True)
        value = values_of(sheet, 3)[0][:, 0]
        decision = resolve(matches, specificity(keys), in_years(sheet), [value], len(lanes), [0.0])
        return pick(decision, value, 0.0), len(decision.ties)

    (one, ties), (other, more) = freight(rows), freight(rows[::-1])
    assert (ties > 0) == (more > 0)
    if not ties:
        np.testing.assert_array_equal(one, other)


def test_a_thousand_rows_meet_a_hundred_thousand_lanes_without_a_loop() -> None:
    """About 0.1 s on a small machine; the bound only catches a loop over rows or lanes."""
    random = np.random.default_rng(1)
    names, goods, rules = [f"C{i}" for i in range(45)], [f"k{i}" for i in range(50)], 1000
    world = World(tuple(Place(name, f"R{i % 6}") for i, name in enumerate(names)))
    places = places_of(world)
    lanes = np.indices((50, 45, 45)).reshape(3, -1)
    start = time.perf_counter()
    ends = np.where(random.random((2, rules)) < 0.4, "*", random.choice([*names, *places.groups], (2, rules)))
    goods_named = codes(random.choice(["*", *goods], rules), goods)
    keys = goods_named, places.rule(ends[0]), places.rule(ends[1])
    matches = match_trade(places, *keys, (lanes[0], lanes[1], lanes[2]), home=True)
    holds = active(random.integers(2020, 2035, rules), random.integers(2035, 2050, rules), np.arange(2025, 2045))
    value = random.random(rules)
    decision = resolve(matches, specificity(keys), holds, [value], lanes.shape[1])
    assert pick(decision, value, 0.0).shape == (lanes.shape[1], 20)
    assert time.perf_counter() - start < 2.0


@given(st.lists(st.tuples(*[st.integers(0, 3)] * 3), max_size=30), st.sampled_from([1, 1 << 20, 1 << 40]))
@settings(deadline=None)
def test_items_are_sorted_by_several_columns_however_large_their_codes(
    rows: list[tuple[int, ...]], factor: int
) -> None:
    """By one packed number as long as that fits; ties stay as they stand."""
    columns = [np.array([row[i] * factor for row in rows], np.int64) for i in range(3)]
    assert _sorted(columns).tolist() == sorted(range(len(rows)), key=lambda i: rows[i])

"""Index tables: keys to rows, and members of sums, against plain Python."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import symbolic
from models.symbolic import Index, Members, Model
from planner.compile import Compiler

HUGE = 1 << 30  # three columns with such codes do not fit one 63-bit integer


def table(rows, width=2, **columns) -> Index:
    """The index table of a list of key tuples; its key columns are a, b, c ..."""
    keys = np.array(rows, np.int64).reshape(-1, width).T
    return Index("abcdefgh"[:width], keys, **columns)


def distinct(width, codes):
    return st.lists(st.tuples(*[codes] * width), unique=True, max_size=12)


codes = st.integers(0, 6) | st.sampled_from([HUGE - 1, HUGE, HUGE + 1])


@given(st.data(), st.integers(1, 4), st.sampled_from([symbolic.DENSE, 0]))
@settings(max_examples=80, deadline=None)
def test_positions_are_those_of_a_dictionary(data, width, dense):
    """As a dense table and sorted, in one integer and re-coded: every key finds its row, no other key finds any."""
    rows = data.draw(distinct(width, codes))
    asked = rows + data.draw(distinct(width, codes | st.sampled_from([-1, 3 * HUGE])))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(symbolic, "DENSE", dense)
        found = table(rows, width).positions(np.array(asked, np.int64).reshape(-1, width).T, missing=-7)
    known = {key: row for row, key in enumerate(rows)}
    assert found.tolist() == [known.get(key, -7) for key in asked]


def test_a_missing_key_raises_and_is_named():
    with pytest.raises(KeyError, match=r"2 keys are not in the index table over .*'a', 'b'.*first a 1, b 0"):
        table([(0, 0), (1, 1)]).positions([np.array([0, 1, 5]), np.array([0, 0, 5])])
    with pytest.raises(KeyError, match="1 keys"):
        table([]).positions([np.array([0]), np.array([0])])


def test_a_key_is_broadcast():
    assert table([(0, 1), (1, 1), (2, 1)]).positions([np.array([2, 0]), 1]).tolist() == [2, 0]


@pytest.mark.parametrize("size", [1, HUGE])
def test_a_key_that_stands_twice_raises(size):
    with pytest.raises(ValueError, match=r"1 keys stand more than once in the index table over .*'a', 'b'"):
        table([(0, size), (1, 0), (0, size)]).positions([0, size])


def test_negative_codes_are_refused():
    with pytest.raises(ValueError, match="negative code"):
        table([(0, -1)])


def test_five_wide_columns_do_not_overflow():
    """5 columns with codes up to 2^20 need 100 bits: a plain product of radices would wrap around silently."""
    top = 1 << 20
    rows = [(top, 0, top, 0, top), (0, top, 0, top, 0), (top, top, top, top, top), (0, 0, 0, 0, 0)]
    index = table(rows, 5)
    assert index.positions(index.keys).tolist() == [0, 1, 2, 3]
    assert index.positions(np.array([(top, 0, top, 0, 0)]).T, missing=-1).tolist() == [-1]


def test_codes_of_more_than_31_bits_are_refused():
    largest = (1 << 31) - 1
    assert table([(0, largest), (1, 0)]).positions([0, largest]) == 0
    with pytest.raises(OverflowError, match=r"code 2147483648 in the keys \('a', 'b'\) does not fit 32 bits"):
        table([(0, 1), (1, largest + 1)])


def test_where_keeps_keys_and_columns_together():
    index = table([(0, 1), (1, 1), (2, 0)], weight=[5, 6, 7], flat=1).where(np.array([True, False, True]))
    assert [k.tolist() for k in index.keys] == [[0, 2], [1, 0]]
    assert index.columns["weight"].tolist() == [5, 7]
    assert index.columns["flat"].tolist() == [1, 1]


@given(st.data(), st.permutations(["a", "b", "c"]), st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_members_are_those_of_a_loop_in_the_order_of_the_table(data, names, split):
    rows = data.draw(distinct(3, codes))
    by, take = names[:split], names[split:]
    members = Members(table(rows, 3), by, take)
    plain = defaultdict(list)
    for at, row in enumerate(rows):
        plain[tuple(row["abc".index(n)] for n in by)].append(at)
    keys = data.draw(st.lists(st.sampled_from([*plain, (1, 2, 3)[:split], (2 * HUGE,) * split]), max_size=8))
    number, row = members.join(np.array(keys, np.int64).reshape(-1, split).T)
    got = defaultdict(list)
    for n, r in zip(number.tolist(), np.arange(len(rows))[row].tolist(), strict=True):
        got[n].append(r)
    assert got == {n: plain[key] for n, key in enumerate(keys) if plain.get(key)}
    assert members.take == tuple("abc".index(n) for n in take)


# Joins: what the compiler makes of a sum over members, against two plain loops.

joins = st.tuples(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), unique=True, max_size=8),  # rows (i, j)
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), unique=True, max_size=10),  # weights (j, k)
)


@given(joins)
@settings(max_examples=60, deadline=None)
def test_a_sum_joins_as_two_loops_do(pairs):
    """Row (i, j): w[j, k] x[k] over all k of j, a sum over two sets at once and constant sums; groups may be empty."""
    rows, weights = pairs
    columns = sorted({k for _, k in weights})
    w = {pair: 1.0 + 10 * pair[0] + pair[1] for pair in weights}
    m = Model()
    b = m.block("t")
    over, of = b.set("rows", table(rows)), b.set("weights", table(weights, w=list(w.values())))
    (weight,) = b.params(of, "w")
    x = b.var("x", b.set("columns", table(columns, 1)))
    ks = b.members("ks", of, ("a",), ("b",))
    lower, upper, terms = Compiler(m).row(
        "t.row",
        over,
        lambda i, j: (
            sum(weight[j, k] * x[k] for k in ks[j]) + sum(x[k] - x[z] / 2 for k in ks[j] for z in ks[i])
            == sum(weight[i, k] for k in ks[i]) + j
        ),
    )
    k_of = {j: [k for jj, k in weights if jj == j] for j in range(4)}
    matrix, side = np.zeros((len(rows), len(columns))), np.zeros(len(rows))
    for row, (i, j) in enumerate(rows):
        side[row] = j + sum(w[i, k] for k in k_of[i])
        for k in k_of[j]:
            matrix[row, columns.index(k)] += w[j, k]
            for z in k_of[i]:
                matrix[row, columns.index(k)] += 1
                matrix[row, columns.index(z)] -= 0.5
    assert lower.tolist() == upper.tolist() == side.tolist()
    made = np.zeros_like(matrix)
    for r, c, v in terms:
        np.add.at(made, (r, c), v)
    np.testing.assert_array_equal(made, matrix)

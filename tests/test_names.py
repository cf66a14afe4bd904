"""Names: when two spellings are one name, and which known name a misspelt one means."""

from __future__ import annotations

import pytest

from planner.names import fold, letters, listed, lookalike, nearest, squeeze, tidy


@pytest.mark.parametrize(
    ("one", "two"),
    [("Nickel", " nickel\u00a0"), ("Cote\u0302 d", "cotê  D"), ("STRASSE", "Straße"), ("ﬁn", "fin"), ("a\n b", "A b")],
)
def test_one_name_in_two_spellings(one: str, two: str) -> None:
    assert fold(one) == fold(two)


def test_what_stays_different() -> None:
    assert fold("first year") != fold("firstyear")
    assert squeeze("First\nyear ") == squeeze("firstyear")
    assert tidy("  Red\u2003 mud ") == "Red mud"


def test_the_nearest_name() -> None:
    assert nearest("Nickle", ["nickel", "silver"]) == "nickel"
    assert nearest("xyz", ["nickel", "silver"]) == ""
    assert nearest("NICKEL", ["Nickel"]) == "Nickel"


@pytest.mark.parametrize(
    ("column", "text"), [(1, "A"), (26, "Z"), (27, "AA"), (52, "AZ"), (703, "AAA"), (16384, "XFD")]
)
def test_letters(column: int, text: str) -> None:
    assert letters(column) == text


def test_lists_end() -> None:
    assert listed([]) == "none"
    assert listed("abc") == "a, b, c"
    assert listed("abcdef", most=2) == "a, b and 4 more"


@pytest.mark.parametrize(
    ("text", "odd"),
    [("China", ""), ("\u0421hina", "contains the Cyrillic letter U+0421"), ("Китай", ""), ("β-spodumene", ""),
     ("C\u039fD", "contains the Greek letter U+039F"), ("Côte", "")],
)  # fmt: skip
def test_letters_of_another_script(text: str, odd: str) -> None:
    assert lookalike(text) == odd

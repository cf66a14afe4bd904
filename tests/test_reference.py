"""The workbook reference says of every column what the reader knows of it."""

from __future__ import annotations

import models
from models.schema import FIRST, Column, Table
from planner.reference import allowed, default_of, reference


def test_every_sheet_and_column_is_there_once_under_its_heading() -> None:
    page = reference()
    for table in models.TABLES:
        assert page.count(f"\n### {table.name}\n") == 1
        section = page.split(f"\n### {table.name}\n")[1].split("\n### ")[0]
        for column in table.columns:
            assert section.count(f"\n| `{column.name}`") == 1, f"{table.name} {column.name}"
    headings = [line for line in page.splitlines() if line.startswith("## ")]
    assert headings == [f"## {heading}" for heading in dict.fromkeys(table.heading for table in models.TABLES)]


def test_a_sheet_as_a_table() -> None:
    lanes = Table(
        "Roads", "Where carts go.", "Trade", rule="one",
        columns=(
            Column("from", "place", "Origin.", words=("*",), key=True),
            Column("toll", "number", "Toll a|b.", unit="cur/t", default=0.0, low=0),
            Column("most", "number", "Most.", default=float("inf"), low=0, high=9, words=("unlimited",)),
            Column("kind", "word", "Kind.", default="mud", choices=("mud", "stone")),
            Column("since", "year", "Since.", default=FIRST),
            Column("owner", "code", "Owner.", refers="Commodities or material/stage", default=""),
            Column("part", "share", "Part."),
            Column("age", "number", "Age.", default=float("nan"), above=0),
        ),
    )  # fmt: skip
    assert reference([lanes]).split("### Roads\n")[1].splitlines() == [
        "",
        "Where carts go. The most specific matching row wins, cell by cell; a blank cell takes the value of the next one.",
        "Key: `from`.",
        "",
        "| column | unit | default | meaning | allowed |",
        "|---|---|---|---|---|",
        "| `from`* | | required | Origin. | a country or group, `*` |",
        "| `toll` | `cur/t` | 0 | Toll a\\|b. | at least 0 |",
        "| `most` | | none | Most. | at least 0, at most 9, `unlimited`, `none` |",
        "| `kind` | | mud | Kind. | `mud`, `stone` |",
        "| `since` | | blank | Since. | a year |",
        "| `owner` | | blank | Owner. | a name of Commodities or `material/stage` |",
        "| `part`* | | required | Part. | 0 to 1 |",
        "| `age` | | blank | Age. | above 0 |",
    ]


def test_the_ways_to_give_values_by_year() -> None:
    page = reference()
    assert "Values by year: the column `quantity` for all years, or one column per year" in page
    assert "Values by year: one column per year, or the columns `year` and `value`." in page


def test_the_settings_are_explained() -> None:
    page = reference()
    settings = page.split("### Settings\n")[1].split("### ")[0]
    assert "| `discount rate` | 0.07 |" in settings
    choices = models.network.SETTINGS.column("setting").choices
    for name in choices:
        assert f"| `{name}` | " in settings


def test_words_for_defaults_and_bounds() -> None:
    assert default_of(Column("x", "code", "", default="*")) == "*"
    assert allowed(Column("x", "number", "", default=1.0)) == ""

"""The tutorial, by hand. Every ton of cobalt is mined in COD for 10,000 USD and shipped once or twice for 500.

Refined in CHN and used there it costs 10,000 + 500 + 3,000 = 13,500; shipped on to FIN 14,000. Refined in FIN it costs
10,000 + 500 + 4,000 and 800 for the plant (8,000 USD per t/y over 10 years, no interest) = 15,300, i.e. 1,300 more.

- Without a limit: 40,000 x 13,500 x 3 + (10,000 + 10,000 + 12,000) x 14,000 = 1,620 + 448 = 2,068 million USD.
- At most 65 % from CHN from 2026: FIN makes 3,500 t in 2026 and 4,200 t in 2027: + 7,700 x 1,300 = 10.01 million.
- No export from CHN to FIN from 2026: FIN makes 10,000 and 12,000 t: + 22,000 x 1,300 = 28.6 million.
"""

from __future__ import annotations

import pandas as pd
import pytest

import planner
from planner.cells import read_cells
from planner.study import Study, solve
from planner.study import read as read_study
from planner.workbook import parse
from tests.solving import flows
from tests.studies import study
from tests.tutorial import PATH, TEXT


@pytest.fixture(scope="module")
def tutorial() -> Study:
    return read_study(PATH)


def test_the_workbook_is_the_one_the_text_describes():
    grids, problems = read_cells(PATH)
    tables, more = parse(grids)
    assert not problems and not [p for p in more if p.severity == "error"]
    said = study(TEXT)
    for sheet, frame in said.items():
        keys = [c for c in frame.columns if c not in ("row", "at")]
        pd.testing.assert_frame_equal(tables[sheet][keys], frame[keys], obj=sheet)


@pytest.mark.parametrize(("scenario", "millions"), [("no limit", 2068.0), ("", 2078.01), ("export ban", 2096.6)])
def test_cost_as_by_hand(tutorial, scenario, millions):
    plan = solve(tutorial, scenario)
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(millions * 1e6, rel=1e-9)
    assert plan.unmet == {}


def test_the_limit_builds_a_refinery_and_has_its_price(tutorial):
    plan = solve(tutorial)
    assert flows(plan, "Builds", "capacity", "site", "year") == {
        ("refinery FIN", 2025): 3500,
        ("refinery FIN", 2026): 700,
    }
    made = flows(plan, "Production", "activity", "site", "year")
    assert (made["refinery FIN", 2026], made["refinery FIN", 2027]) == (3500, 4200)
    sent = flows(plan, "Shipments", "quantity", "commodity", "from", "to", "year")
    assert sent["refined cobalt", "CHN", "FIN", 2026] == 6500
    # One percentage point more is 100 t (2026) or 120 t (2027) that need not be refined in FIN, 1,300 USD each.
    limits = plan["Limits"].query("price > 0")
    assert dict(zip(limits["year"], limits["price pp"].round(6), strict=True)) == {2026: 130_000, 2027: 156_000}
    # A buyer in FIN pays the mix that the limit forces: 0.65 x 14,000 + 0.35 x 15,300.
    delivered = flows(plan, "Prices", "delivered", "commodity", "country", "year")
    assert delivered["refined cobalt", "FIN", 2025] == 14_000
    assert delivered["refined cobalt", "FIN", 2026] == delivered["refined cobalt", "FIN", 2027] == 14_455


def test_the_ban_moves_all_refining_to_finland(tutorial):
    plan = solve(tutorial, "export ban")
    made = flows(plan, "Production", "activity", "site", "year")
    assert (made["refinery FIN", 2026], made["refinery FIN", 2027]) == (10_000, 12_000)
    assert ("refined cobalt", "CHN", "FIN", 2026) not in flows(
        plan, "Shipments", "quantity", "commodity", "from", "to", "year"
    )


def test_from_python_as_the_readme_says():
    plan = planner.solve(PATH, scenario="no limit")
    assert plan.objective == pytest.approx(2068e6)
    assert set(plan["Shipments"]["commodity"]) == {"cobalt ore", "refined cobalt"}
    assert planner.solve(PATH).objective == pytest.approx(2078.01e6)  # still a function once its modules are loaded


def test_a_metal_is_added_with_rows_alone():
    """Thorium from monazite for 50,000 USD/t, 10 t a year for Finland, 500 to ship: 3 x 10 x 50,500 = 1.515 million."""
    text = TEXT
    for sheet, row in (
        ("Commodities", "thorium | t | 600000 | own | D | a made-up example"),
        ("Processes", "monazite separation | t | 20 | 1 | own | D"),
        ("Recipes", "monazite separation | thorium | out | 1 | own | D"),
        ("Sites", "monazite CHN | monazite separation | CHN | 100 | 50000 | - | own | D | a made-up example"),
        ("Demand", "thorium | FIN | 10 | 10 | 10 | own | D"),
    ):
        head = text.index("\n", text.index(f"\n{sheet}\n") + len(sheet) + 2)  # the end of the header row
        text = f"{text[:head]}\n  {row}{text[head:]}"
    with_thorium, without = (solve(Study(PATH, study(told), [], "")) for told in (text, TEXT))
    assert with_thorium.objective - without.objective == pytest.approx(1_515_000)
    shipped = with_thorium["Shipments"]
    shipped = shipped[shipped["commodity"] == "thorium"]
    assert shipped[["from", "to", "quantity"]].to_numpy().tolist() == [["CHN", "FIN", 10.0]] * 3

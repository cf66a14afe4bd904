"""The joints of the program: who imports whom, what the workbook promises, and that every promise is kept."""

from __future__ import annotations

import ast
import dataclasses
import math
import re
import subprocess
import sys
import typing
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import models
from models import columns, schema
from models.schema import Column
from planner.reference import reference
from tests.library import BARE
from tests.solving import solved
from tests.studies import read

ROOT = Path(__file__).parents[1]
BOOKS = {"planner.cells", "planner.template", "planner.template_sheet", "planner.problems", "planner.report"}
EXCEL = ("openpyxl", "xlsxwriter", "python_calamine")
# Only these modules may know the library; a folder stands for all in it.
DOORS: dict[str, set[str]] = {
    "highspy": {"planner.engine"},
    "pyomo": {"planner.compile", "planner.lean"},
    "scipy": {"planner.lean"},
    **dict.fromkeys(EXCEL, BOOKS),
    "planner.cli": {"planner.__main__"},
}


@dataclasses.dataclass(frozen=True)
class Import:
    """One imported module, by full name; typing: under TYPE_CHECKING."""

    module: str
    typing: bool


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the program by its name."""
    paths = [p for folder in ("models", "planner") for p in (ROOT / folder).rglob("*.py")]
    names = {".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): p for p in paths}
    return {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in names.items()}


def imports(name: str) -> set[Import]:
    """All imports of a module, also those inside functions."""
    return set(_imports(modules()[name], False))


def _imports(node: ast.AST, under: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        yield from (Import(alias.name, under) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports name their module in full"
        package = node.module or ""
        for alias in node.names:
            full = f"{package}.{alias.name}"
            yield Import(full if full in modules() else package, under)
    under = under or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    for child in ast.iter_child_nodes(node):
        yield from _imports(child, under)


def declares(name: str, target: str) -> bool:
    """Whether a module assigns a name of its own."""
    body = modules()[name].body
    return any(isinstance(n, ast.Assign) and target in [ast.unparse(t) for t in n.targets] for n in body)


COMPONENTS = {name for name in modules() if declares(name, "component")}
ALGEBRA = {"models", "models.schema", "models.symbolic"}
HELPERS = {name for name in modules() if name.startswith("models.")} - COMPONENTS - ALGEBRA


def allowed(name: str) -> set[str]:
    """What a module of `models` may import besides the standard library."""
    if name == "models.schema":
        return set()
    if name == "models.symbolic":
        return {"numpy", "pyomo", "models.schema"}
    if name in HELPERS:
        return {"numpy", "pandas", "models.schema", "models.symbolic"} | HELPERS
    if name in COMPONENTS:
        return {"numpy", "pandas", "pyomo", "models.schema", "models.symbolic"} | HELPERS
    return COMPONENTS | ALGEBRA


def _is(module: str, names: set[str]) -> bool:
    """Whether a module is one of these, or inside one that is no module of ours (numpy.typing)."""
    parts = module.split(".")
    return any(".".join(parts[: n + 1]) in names for n in range(len(parts))) and (
        module not in modules() or module in names
    )


@pytest.mark.parametrize("name", sorted(n for n in modules() if n.split(".")[0] == "models"))
def test_the_model_imports_only_what_it_is_made_of(name):
    """A component may name the types of another, never import it."""
    typed = COMPONENTS if name in COMPONENTS | HELPERS else set()
    for found in imports(name):
        if found.module.split(".")[0] not in sys.stdlib_module_names:
            assert _is(found.module, allowed(name) | (typed if found.typing else set())), found.module


def test_every_module_of_the_model_has_its_place():
    assert {"models.columns", "models.places", "models.rules", "models.series", "models.amounts"} <= HELPERS
    assert {f"models.{c.name}" for c in models.COMPONENTS} == COMPONENTS


@pytest.mark.parametrize("library", DOORS)
def test_a_library_has_its_doors(library):
    """Those that need not know Excel, the solver or Pyomo do not; the model's own use of Pyomo is held above."""
    knowing = {
        name for name in modules() if name.split(".")[0] == "planner" for i in imports(name) if _is(i.module, {library})
    }
    assert knowing, f"nobody knows {library} any more"
    assert DOORS[library] <= set(modules())
    assert {name for name in knowing if not _inside(name, DOORS[library])} == set()


def _inside(name: str, doors: set[str]) -> bool:
    return any(name == door or name.startswith(f"{door}.") for door in doors)


def test_nothing_is_filled_or_aligned_in_the_model():
    """A key that is missing raises: no fillna, no reindex, no align."""
    forbidden = {"fillna", "reindex", "reindex_like", "align", "ffill", "bfill", "interpolate", "combine_first"}
    for name in modules():
        if name.startswith("models"):
            used = {n.attr for n in ast.walk(modules()[name]) if isinstance(n, ast.Attribute)}
            assert not used & forbidden, name


def test_the_command_line_starts_without_the_heavy_libraries():
    """`planner --help` is instant: what only a solve needs is imported by the solve."""
    heavy = ["pandas", "numpy", "scipy", "pyomo", "highspy", *EXCEL]
    code = f"import sys, planner.cli; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_no_command_imports_what_pyomo_asks_for_at_the_sight_of_scipy(tmp_path):
    """scipy.stats is 0.4 s that nobody needs: scipy comes by way of `planner.lean` alone."""
    code = "import sys; from planner.cli import main\ntry: main()\nfinally: print('scipy.stats' in sys.modules)"
    command = [sys.executable, "-c", code, "solve", "inputs/tutorial.xlsx", "-o", str(tmp_path / "report.xlsx")]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "False"


# The contract of the workbook: sheet -> columns with their units, * where required; W: values by year, 1: one winner,
# +: all rows apply. Futures and Uncertainty come with their analyses.
CONTRACT = {
    "Settings": "setting* | value*",
    "Years": "year* | length [y]",
    "Countries": "country* | name | region | territory | owner | capital rate | risk | aggregate",
    "Groups": "group* | country* | weight",
    "Commodities": "commodity* | name | chain | stage | unit* | material | content [t/unit] | price [cur/unit] | mass [t/unit]"
    " | unmet cost [cur/unit] | disposable",
    "Reference prices W": "commodity* | value [cur/unit]*",
    "Processes": "process* | name | chain | stage | unit* | lifetime [y] | lead time [y] | ramp [y] | max use | min use"
    " | emissions [tCO2/unit]",
    "Recipes W": "process* | commodity* | direction* | quantity [unit/activity]*",
    "Sites": "site* | process* | country* | capacity [unit/y] | last year | variable cost [cur/unit]*"
    " | fixed cost [cur/(unit/y)/y] | capex [cur/(unit/y)] | build from | max build [unit/y/y] | max capacity [unit/y]"
    " | resource [unit] | lifetime [y] | lead time [y] | ramp [y] | max use | min use | emissions [tCO2/unit]",
    "Site years 1 W": "site | process | country | item* | operation | last year | value*",
    "Demand W": "commodity* | country* | use | value [unit/y]*",
    "Demand steps": "commodity* | country | use | step* | share* | value [cur/unit]*",
    "Scrap W": "commodity* | country* | value [unit/y]*",
    "Returns +": "demand commodity* | country | use | scrap commodity* | quantity [unit/unit]* | delay [y]* | collected",
    "Stockpiles": "commodity* | country* | held by | initial [unit] | capacity [unit]* | holding cost [cur/unit/y]"
    " | loss [1/y] | min final [unit] | min cover [days] | soft cost [cur/unit] | cover applies",
    "Lanes 1": "commodity* | from* | to* | freight [cur/unit] | freight per tonne [cur/t] | loss | min [unit/y]"
    " | max [unit/y] | first year | last year",
    "Tariffs 1": "measure* | commodity* | from* | to* | rate | specific [cur/unit] | first year | last year",
    "Trade measures +": "measure* | commodity* | from* | to | kind* | value | rate | first year | last year | in first year"
    " | announced",
    "Limits +": "limit* | commodity* | basis* | market | source country | by | exempt own | max share | min share"
    " | max [unit/y] | min [unit/y] | first year | last year | soft cost [cur/unit] | in shock",
    "Concentration +": "limit* | commodity* | basis* | market | by | weight | max hhi [0-10000]* | first year | last year"
    " | in shock",
    "Benchmarks +": "limit* | commodity* | basis* | place* | min share | max share | of commodity | of basis* | of place"
    " | first year | last year | soft cost [cur/unit] | in shock",
    "Mix +": "commodity* | process* | country | min share | max share | first year | last year",
    "Growth +": "process* | country | max growth [1/y]* | seed [unit/y/y]*",
    "Subsidies +": "measure* | process* | country | kind* | value* | first year | last year",
    "Carbon W": "country* | kind* | value [cur/tCO2 or tCO2/y]*",
    "Scenarios": "scenario* | operation* | sheet | where | column | value | first year | last year",
    "Sources": "source* | citation* | link | licence | accessed",
}


@pytest.mark.parametrize("sheet", CONTRACT)
def test_the_contract_of_the_workbook_holds(sheet):
    name = re.sub(r"( [W1+])+$", "", sheet)
    table = next(t for t in models.TABLES if t.name == name)
    all_ = (*table.columns, *((table.series,) if table.series else ()))
    assert " | ".join(c.header + "*" * c.required for c in all_) == CONTRACT[sheet]
    marks = {"": "", "one": " 1", "all": " +"}[table.rule] + (" W" if table.series else "")
    assert name + marks == sheet


def test_no_sheet_is_beyond_the_contract():
    later = {"Futures", "Uncertainty", "Observed"}
    assert {t.name for t in models.TABLES} - later == {re.sub(r"( [W1+])+$", "", sheet) for sheet in CONTRACT}


# Every attribute of Column has a reader: a cell that goes against it is found, with its address.


def bare(**changes: str) -> str:
    """The bare study with some of its lines replaced: sheet -> its lines."""
    sheets = dict(re.findall(r"    (\S.*)\n((?:      .*\n)+)", BARE))
    for sheet, lines in changes.items():
        sheets[sheet.replace("_", " ")] = "".join(f"      {line.strip()}\n" for line in lines.splitlines())
    return "".join(f"    {name}\n{lines}" for name, lines in sheets.items())


LIMIT = "limit  commodity  basis   max share\n"
AGAINST = {
    "name": (bare(Demand="commodity  country  yield  2025\n ore  AUS  1  5"), r"Demand!C1: .*yield"),
    "unit": (bare(Demand="commodity  country  year  value [kg/y]\n ore  AUS  2025  5"), r"Demand!D1: .*\[kg/y\].*\[unit/y\]"),
    "default": (bare(Sites="site  process  country  variable cost\n pit  mining  AUS  -"), r"Sites!D2: variable cost is empty"),
    "low": (bare(Commodities="commodity  unit  price\n ore  t  -1"), r"Commodities!C2: .*-1, expected at least 0"),
    "high": (bare(Concentration="limit  commodity  basis  max hhi\n h  ore  supply  10001"), r"Concentration!D2: .*at most 10000"),
    "above": (bare(Processes="process  unit  lifetime\n mining  t  0"), r"Processes!C2: .*expected above 0"),
    "least": (bare(Limits=LIMIT + "l  ore  supply  1e-10"), r"Limits!D2: .*expected 0 or at least 1e-09"),
    "left": (bare(Lanes="commodity  from  to  loss\n ore  *  *  0.9999999999"), r"Lanes!D2: .*so near to 1 that it leaves 1e-10"),
    "choices": (bare(Limits=LIMIT + "l  ore  uses  0.5"), r'Limits!C2: .*"uses", expected supply'),
    "refers": (bare(Recipes="process  commodity  direction  quantity\n mining  gold  out  1"), r'Recipes!B2: .*"gold" is not in Commodities'),
    "words": (bare(Limits=LIMIT + "l  *  supply  0.5"), r'Limits!B2: .*"\*" is not allowed here'),
    "key": (bare(Demand="commodity  country  2025\n ore  AUS  5\n ore  AUS  6"), r"Demand!.3: .*commodity ore, country AUS"),
}  # fmt: skip
KINDS = {
    "code": (bare(Sites="site  process  country  variable cost\n pit  minning  AUS  3"), r'Sites!B2: .*"minning" is not in Processes'),
    "place": (bare(Sites="site  process  country  variable cost\n pit  mining  AUT  3", Countries="country\n AUS"), r'Sites!C2: .*"AUT" is not in Countries'),
    "number": (bare(Commodities="commodity  unit  price\n ore  t  dear"), r'Commodities!C2: .*"dear"'),
    "share": (bare(Limits=LIMIT + "l  ore  supply  65"), r"Limits!D2: .*65 % is 0.65"),
    "rate": (bare(Growth="process  max growth  seed\n mining  1.5  0"), r"Growth!B2: .*150 %"),
    "year": (bare(Sites="site  process  country  variable cost  last year\n pit  mining  AUS  3  2025.5"), r"Sites!E2: .*whole year"),
    "word": (bare(Limits=LIMIT + "l  ore  uses  0.5"), r"Limits!C2: "),
}  # fmt: skip
HELD_BELOW = {"kind", "doc", "together"}


def said(text: str) -> list[str]:
    return [str(problem) for problem in read(text)[1]]


def test_every_attribute_of_a_column_is_tried():
    assert {f.name for f in dataclasses.fields(Column)} == set(AGAINST) | HELD_BELOW
    assert set(typing.get_args(schema.Kind)) == set(KINDS) | {"text"}  # a text may say anything
    assert not [line for line in said(bare()) if "missing" not in line]


@pytest.mark.parametrize("what", [*AGAINST, *KINDS])
def test_what_goes_against_a_column_is_found(what):
    text, pattern = (AGAINST | KINDS)[what]
    found = said(text)
    assert any(re.match(pattern, line) for line in found), found


def test_a_blank_cell_means_its_default():
    tables, _ = read(
        bare(
            Limits="limit  commodity  basis  max share  market  min  soft cost  last year\n l  ore  supply  -  -  -  -  -"
        )
    )
    row = tables["Limits"].iloc[0]
    assert (row["market"], row["max share"], row["min"], row["last year"]) == ("*", math.inf, 0.0, schema.LAST)
    assert math.isnan(row["soft cost"])


def test_every_column_is_explained():
    page = reference()
    for table in models.TABLES:
        for column in table.columns:
            assert column.doc.endswith(".") and column.doc.replace("|", "\\|") in page, (table.name, column.name)


TOGETHER = {("Lanes", "freight"): ["freight", "freight per tonne"], ("Tariffs", "duty"): ["rate", "specific"]}


def test_columns_that_are_one_decision_win_together():
    """The more specific row gives one of the two cells: the other, of the general row, no longer counts."""
    found: dict[tuple[str, str], list[str]] = {}
    for table in models.TABLES:
        for column in table.columns:
            if column.together:
                found.setdefault((table.name, column.together), []).append(column.name)
    assert found == TOGETHER
    abroad = bare(
        Demand="commodity  country  2025\n ore  NZL  2",
        Lanes="commodity  from  to  freight  freight per tonne\n *  *  *  7  -\n ore  AUS  NZL  -  5",
        Tariffs="measure  commodity  from  to  rate  specific\n m  *  *  *  -  30\n m  ore  AUS  NZL  0.1  -",
    )
    totals = solved(abroad).totals
    assert totals["freight"] == pytest.approx(2 * 5)
    assert totals["duty"] == pytest.approx(2 * 0.1 * 100)


def test_evidence_is_no_part_of_the_algebra():
    evidence = next(c for c in models.COMPONENTS if c.name == "evidence")
    assert evidence.index is None
    assert evidence.build is None
    assert {t.heading for t in evidence.tables} == {columns.EVIDENCE}

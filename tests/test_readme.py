"""The README's numbers are what the commands print, and its commands are the ones that are tested."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = [
    re.sub(r" in [\d.]+ s ", " in some s ", block).strip().splitlines()
    for block in re.findall(r"```\n(.*?)```", README, re.DOTALL)
]


@pytest.mark.parametrize(
    ("study", "scenarios", "blocks"),
    [
        ("tutorial.xlsx", ["base", "no limit", "export ban"], BLOCKS[:2]),
        ("base.xlsx", ["base", "drc-cobalt-shock", "ga-ge-ban"], BLOCKS[2:3]),
    ],
)
def test_what_the_readme_shows_is_what_the_command_prints(study, scenarios, blocks, tmp_path):
    command = [sys.executable, "-m", "planner", "solve", str(ROOT / "inputs" / study), "-o", str(tmp_path / "r.xlsx")]
    done = subprocess.run([*command, "--scenario", *scenarios], capture_output=True, text=True, check=True, cwd=ROOT)
    printed = re.sub(r" in [\d.]+ s ", " in some s ", done.stdout).splitlines()
    assert blocks
    for line in (line for block in blocks for line in block):
        assert line in printed


def test_ci_runs_the_readmes_test_command():
    commands = [
        line.strip() for line in README.splitlines() if "pip install" in line and line.startswith("    python3")
    ]
    assert len(commands) == 2
    assert commands[1] in (ROOT / ".ci" / "run").read_text(encoding="utf-8")

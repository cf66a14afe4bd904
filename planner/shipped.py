"""The studies that come with the package."""

from __future__ import annotations

from pathlib import Path


def example_path(name: str) -> Path | None:
    """Where the shipped study of this name lies: beside the package in a checkout, inside it in a wheel."""
    here = Path(__file__).resolve().parent
    for folder in (here / "inputs", here.parent / "inputs"):
        if (path := folder / f"{name.lower()}.xlsx").is_file():
            return path
    return None

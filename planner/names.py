"""Names as people type them: compared without regard to case, spacing and Unicode form; the nearest known one."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable


def tidy(text: str) -> str:
    """The text in one Unicode form (NFKC), trimmed, with single spaces."""
    if text.isascii():
        return " ".join(text.split()) if " " in text or "\n" in text or "\t" in text else text
    return " ".join(unicodedata.normalize("NFKC", text).split())


def cut(text: str, most: int = 60) -> str:
    """A text short enough to stand in a sentence."""
    return text if len(text) <= most else f"{text[:most]}…"


def fold(text: str) -> str:
    """What two spellings of one name have in common."""
    return tidy(text).casefold()


def squeeze(text: str) -> str:
    """Like `fold`, without any space: `capacity\\n(per year)` and `Capacity (per year)` are one header."""
    return re.sub(r"\s+", "", fold(text))


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that looks most like this one, or ""."""
    spelled = {fold(k): k for k in known}
    found = difflib.get_close_matches(fold(name), spelled, n=1, cutoff=0.6)
    return spelled[found[0]] if found else ""


def suggestion(name: str, known: Iterable[str]) -> str:
    """`Did you mean "X"?`, or "" where nothing known looks like the name."""
    near = nearest(name, known)
    return f'Did you mean "{near}"?' if near else ""


def listed(names: Iterable[str], most: int = 8) -> str:
    """Some names in a row, the rest counted."""
    names = list(names)
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return (", ".join(names[:most]) + rest) or "none"


def letters(column: int) -> str:
    """Letters of an Excel column, counted from 1."""
    text = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def lookalike(text: str) -> str:
    """What is odd about a name whose Latin letters stand with Cyrillic or Greek ones that look the same, or ""."""
    if not text.isascii() and re.search("[A-Za-z]", text):
        for letter in text:
            script = unicodedata.name(letter, "").split(" ")[0]
            if script == "CYRILLIC" or letter in "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧιονυ":  # α and β are names of phases
                return f"contains the {script.title()} letter U+{ord(letter):04X}"
    return ""

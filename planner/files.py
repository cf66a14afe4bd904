"""Files: results are written whole or not at all; names, copies and fingerprints of files."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import stat
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

MB: Final = 1 << 20
NO_SPACE: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# A name that can be a file name as it is: not too long, not one that Windows keeps, without what looks like a hash.
PLAIN_NAME: Final = re.compile(
    r"(?!(?:con|nul|aux|prn|(?:com|lpt)\d)$)(?!(?:.*-)?[0-9a-f]{6}$)(?=.{1,40}$)[a-z0-9]+(?:-[a-z0-9]+)*"
)


class CannotWrite(Exception):
    """A result cannot be written; the message says why, and what was there before is untouched."""


def write_atomically(path: Path, write: Callable[[Path], object]) -> Path:
    """Let `write` fill a new file, then put it in the place of `path`; returns where it went.

    Whatever fails on the way, the old file stays as it was. A file that Excel holds open cannot be replaced on Windows:
    then the new one stands beside it as `report (2).xlsx`.
    """
    replaceable(path)
    target = path.resolve()  # a link stays a link
    fresh = target.with_name(f".{secrets.token_hex(6)}{target.suffix}")
    try:
        write(fresh)
        with fresh.open("rb+") as stream:
            os.fsync(stream.fileno())
        return _replace(fresh, target, path)
    except Exception as error:
        cause = _system_error(error)
        if cause is None:
            raise
        raise CannotWrite(_why(path, cause, fresh)) from error
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)


def _replace(fresh: Path, target: Path, path: Path) -> Path:
    for wait in (0.2, 0.2, 0.2, 0.0):
        try:
            fresh.replace(target)
            return path
        except PermissionError:
            time.sleep(wait)
    beside = next(p for p in _numbered(path) if not p.exists())
    fresh.replace(beside)
    return beside


def _numbered(path: Path) -> Iterator[Path]:
    number = 2
    while True:
        yield path.with_name(f"{path.stem} ({number}){path.suffix}")
        number += 1


def moved(asked: Path, written: Path) -> str:
    """What to tell the user when a file went elsewhere than asked, or ""."""
    return "" if written == asked else f"{asked.name} is open in another program; saved as {written.name} instead."


def _system_error(error: BaseException | None) -> OSError | None:
    """The operating system's complaint inside an exception: XlsxWriter wraps it in one of its own."""
    while error is not None and not isinstance(error, OSError):
        error = next((inner for inner in error.args if isinstance(inner, OSError)), error.__cause__)
    return error


def _why(path: Path, cause: OSError, fresh: Path) -> str:
    if cause.errno in NO_SPACE:
        size = f" (after {fresh.stat().st_size / MB:.1f} MB)" if fresh.exists() else ""
        kept = "; the old file is untouched" if path.exists() else ""
        return f"not enough space to write {path}{size}{kept}. Fix: free some space or choose another folder."
    if cause.errno == errno.ENAMETOOLONG:
        return f"the name {path.name[:40]}... is too long for a file. Fix: give a shorter one (of a report with -o)."
    return f"cannot write {path}: {cause.strerror or cause}. Fix: choose a folder where you may write."


def make_folder(folder: Path) -> None:
    """Make the folder of a result, unless it is there. CannotWrite if that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        what = "a file, not a folder" if folder.exists() else "a link that leads nowhere"
        raise CannotWrite(f"{folder} is {what}. Fix: move it away, or say with -o where the result goes.") from error
    except OSError as error:
        cause = error.strerror or error
        raise CannotWrite(
            f"cannot make the folder {folder}: {cause}. Fix: say with -o where the result goes."
        ) from error


def writable(path: Path) -> None:
    """Make sure, before any work, that a result can be written at a path. CannotWrite if not."""
    folder = path.parent
    write_probe = folder / f".{secrets.token_hex(6)}"
    try:
        if not folder.is_dir():
            what = "is a file, not a folder" if folder.exists() else "does not exist"
            raise CannotWrite(f"the folder {folder} {what}. Fix: make it, or choose another one.")
        write_probe.write_bytes(b"planner")
    except OSError as error:
        raise CannotWrite(_why(path, error, write_probe)) from error
    finally:
        with suppress(OSError):
            write_probe.unlink(missing_ok=True)
    replaceable(path)


def replaceable(path: Path) -> None:
    """Make sure that a result may take the place of what stands at a path. CannotWrite if not.

    A device or a pipe would be gone, a plain file in its place; and what its reader waits for would never come.
    """
    try:
        found = path.stat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise CannotWrite(_why(path, error, path)) from error
    if stat.S_ISDIR(found):
        raise CannotWrite(f"{path} is a folder. Fix: give the name of a file in it.")
    if not stat.S_ISREG(found):
        raise CannotWrite(f"{path} is a device or a pipe, not an ordinary file. Fix: give another name.")


def same_file(one: Path, other: Path) -> bool:
    """Whether two paths name one file, through links or another spelling too, even one that is not there yet."""
    with suppress(OSError):
        return one.samefile(other)
    return os.path.normcase(os.path.realpath(one)) == os.path.normcase(os.path.realpath(other))


def slug(name: str) -> str:
    """A file name for a name out of a workbook: only a-z, 0-9 and -.

    A name that is one already stays as it is; any other gets the start of its hash, against collisions.
    """
    if PLAIN_NAME.fullmatch(name):
        return name
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")
    return f"{words}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:6]}".lstrip("-")


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

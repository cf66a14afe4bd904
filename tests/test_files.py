"""Writing files: the old one or the new one, whatever fails; names that cannot leave their folder."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import signal
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from planner import files
from planner.files import CannotWrite, make_folder, moved, same_file, sha256, slug, writable, write_atomically

POSIX = pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits are written down, not waited."""
    waits: list[float] = []
    monkeypatch.setattr(files, "time", SimpleNamespace(sleep=waits.append))  # other threads may sleep as they like
    return waits


def report(text: str) -> Callable[[Path], None]:
    """A writer of an Excel workbook with this text in A1."""

    def write(path: Path) -> None:
        with xlsxwriter.Workbook(path) as book:
            book.add_worksheet("Summary").write("A1", text)

    return write


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_and_an_old_file(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    for text in ("first", "second"):
        assert write_atomically(path, report(text)) == path
        assert text.encode() in zipfile.ZipFile(path).read("xl/sharedStrings.xml")
    assert names(tmp_path) == ["report.xlsx"]


def test_the_writer_sees_the_ending_of_the_name(tmp_path: Path) -> None:
    endings = []
    write_atomically(tmp_path / "a.mps", lambda to: endings.append(to.suffix) or to.write_text("NAME"))
    assert endings == [".mps"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    real.write_text("old")
    link.symlink_to(real)
    assert write_atomically(link, lambda to: to.write_text("new")) == link
    assert link.is_symlink()
    assert real.read_text() == "new"


class Nth:
    """Stands in for a function and fails at its n-th call."""

    def __init__(self, n: int, function: Callable[..., object], error: OSError) -> None:
        self.left, self.function, self.error, self.fired = n, function, error, False

    def __call__(self, *arguments: object, **named: object) -> object:
        self.left -= 1
        if self.left == 0:
            self.fired = True
            raise self.error
        return self.function(*arguments, **named)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_failing_at_any_step_leaves_the_old_file(
    step: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first, second, ... write, fsync and replace fail in turn, until none is left to fail."""
    path, failed = tmp_path / "report.txt", 0
    path.write_text("old")
    for n in range(1, 50):
        with monkeypatch.context() as patch:
            error = OSError(code, os.strerror(code))
            chunk = nth = Nth(n, lambda stream, text: stream.write(text), error)
            if step == "fsync":
                nth = Nth(n, os.fsync, error)
                patch.setattr(files.os, "fsync", nth)
            elif step == "replace":
                nth = Nth(n, Path.replace, error)
                patch.setattr(Path, "replace", lambda self, to, nth=nth: nth(self, to))
            fail_writes = step == "write"

            def write(to: Path, chunk: Nth = chunk, fail_writes: bool = fail_writes) -> None:
                with to.open("w") as stream:
                    for word in ("new", "er", "est"):
                        chunk(stream, word) if fail_writes else stream.write(word)

            try:
                write_atomically(path, write)
            except CannotWrite as problem:
                failed += 1
                assert nth.fired
                assert path.read_text() == "old"
                assert ("not enough space" in str(problem)) == (code == errno.ENOSPC)
                assert "Fix:" in str(problem)
            assert names(tmp_path) == ["report.txt"]
            if not nth.fired:
                break
    assert failed == (3 if step == "write" else 1)
    assert path.read_text() == "newerest"


def test_an_error_of_the_writer_itself_goes_up(tmp_path: Path) -> None:
    def broken(to: Path) -> None:
        to.write_text("half")
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        write_atomically(tmp_path / "report.txt", broken)
    assert names(tmp_path) == []


def test_the_complaint_inside_one_of_xlsxwriter(tmp_path: Path) -> None:
    def full(to: Path) -> None:
        raise xlsxwriter.exceptions.FileCreateError(OSError(errno.ENOSPC, "No space left on device"))

    with pytest.raises(CannotWrite, match=r"not enough space to write .*report.xlsx"):
        write_atomically(tmp_path / "report.xlsx", full)


@POSIX
def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    """No file may grow beyond 20 kB here, so XlsxWriter fails in the middle of its zip."""
    path = tmp_path / "report.xlsx"
    write_atomically(path, report("old"))
    before = path.read_bytes()
    program = """
        import resource, signal, sys
        from pathlib import Path
        import xlsxwriter
        from planner.files import CannotWrite, write_atomically
        def write(to):
            with xlsxwriter.Workbook(to, {"in_memory": True}) as book:
                page = book.add_worksheet()
                for row in range(3000):
                    page.write_row(row, 0, [row * 1.1, row * 1.3, f"text {row}"])
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        try:
            write_atomically(Path(sys.argv[1]), write)
        except CannotWrite as problem:
            print(problem)
    """
    done = run(program, path)
    assert "not enough space to write" in done.stdout, done.stderr[-2000:]
    assert path.read_bytes() == before
    assert names(tmp_path) == ["report.xlsx"]


@POSIX
@pytest.mark.parametrize("moment", ["middle", "end"])
def test_killed_while_saving(moment: str, tmp_path: Path) -> None:
    """What is left under the report's name is the old report."""
    path = tmp_path / "report.xlsx"
    write_atomically(path, report("old"))
    program = """
        import os, signal, sys
        from pathlib import Path
        from planner.files import write_atomically
        def write(to):
            with to.open("wb") as stream:
                stream.write(b"PK half a workbook")
                stream.flush()
                if sys.argv[2] == "middle":
                    os.kill(os.getpid(), signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)
        write_atomically(Path(sys.argv[1]), write)
    """
    done = run(program, path, moment)
    assert done.returncode == -signal.SIGKILL
    assert b"old" in zipfile.ZipFile(path).read("xl/sharedStrings.xml")
    assert [name for name in names(tmp_path) if not name.startswith(".")] == ["report.xlsx"]


def run(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)]
    return subprocess.run(
        command, cwd=Path(__file__).parent.parent, capture_output=True, text=True, timeout=60, check=False
    )


def held_open(monkeypatch: pytest.MonkeyPatch, target: Path, times: int = 10**9) -> None:
    """Like Windows while Excel shows the file: it cannot be replaced."""
    replace, left = Path.replace, [times]

    def refuse(self: Path, to: Path) -> Path:
        if to == target and left[0] > 0:
            left[0] -= 1
            raise PermissionError(errno.EACCES, "Access is denied")
        return replace(self, to)

    monkeypatch.setattr(Path, "replace", refuse)


def test_open_in_excel_goes_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_waiting: list[float]) -> None:
    path = tmp_path / "report.xlsx"
    write_atomically(path, report("old"))
    held_open(monkeypatch, path)
    second, third = (write_atomically(path, report(text)) for text in ("new", "newer"))
    assert [second.name, third.name] == ["report (2).xlsx", "report (3).xlsx"]
    assert no_waiting[:3] == [0.2, 0.2, 0.2]
    assert b"old" in zipfile.ZipFile(path).read("xl/sharedStrings.xml")
    assert b"newer" in zipfile.ZipFile(third).read("xl/sharedStrings.xml")
    assert moved(path, second) == "report.xlsx is open in another program; saved as report (2).xlsx instead."
    assert moved(path, path) == ""


def test_closed_again_while_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.xlsx"
    write_atomically(path, report("old"))
    held_open(monkeypatch, path, times=2)
    assert write_atomically(path, report("new")) == path
    assert names(tmp_path) == ["report.xlsx"]


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    path.mkdir()
    with pytest.raises(CannotWrite, match=r"is a folder"):
        write_atomically(path, report("new"))
    assert names(tmp_path) == ["report.xlsx"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes among the files of this system")
@pytest.mark.parametrize("linked", [False, True])
def test_a_device_or_a_pipe_is_not_replaced(linked: bool, tmp_path: Path) -> None:
    path, link = tmp_path / "report.xlsx", tmp_path / "link.xlsx"
    os.mkfifo(path)
    link.symlink_to(path)
    with pytest.raises(CannotWrite, match=r"is a device or a pipe, not an ordinary file. Fix:"):
        write_atomically(link if linked else path, report("new"))
    assert path.is_fifo()
    assert names(tmp_path) == ["link.xlsx", "report.xlsx"]


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match=r"the name a{40}... is too long for a file. Fix:"):
        write_atomically(tmp_path / ("a" * 300 + ".xlsx"), report("new"))


def test_a_link_that_leads_to_itself(tmp_path: Path) -> None:
    link = tmp_path / "link.xlsx"
    link.symlink_to(link)
    with pytest.raises(CannotWrite, match=r"cannot write .*link.xlsx"):
        write_atomically(link, report("new"))


def test_folders_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "absent")
    with pytest.raises(CannotWrite, match=r"file is a file, not a folder. Fix:"):
        make_folder(tmp_path / "file")
    with pytest.raises(CannotWrite, match=r"link is a link that leads nowhere. Fix:"):
        make_folder(tmp_path / "link")

    def refuse(self: Path, parents: bool, exist_ok: bool) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(CannotWrite, match=r"cannot make the folder .*c: Permission denied. Fix: say with -o"):
        make_folder(tmp_path / "c")


def test_no_folder_to_write_in(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match=r"cannot write .*No such file or directory"):
        write_atomically(tmp_path / "absent" / "report.txt", lambda to: to.write_text("new"))


def test_a_writable_folder_is_left_as_it_was(tmp_path: Path) -> None:
    writable(tmp_path / "report.xlsx")
    assert names(tmp_path) == []


def test_folders_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match=r"absent does not exist. Fix:"):
        writable(tmp_path / "absent" / "report.xlsx")
    with pytest.raises(CannotWrite, match=r"file is a file, not a folder. Fix:"):
        writable(tmp_path / "file" / "report.xlsx")

    def read_only(self: Path, data: bytes) -> int:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "write_bytes", read_only)
    with pytest.raises(CannotWrite, match=r"report.xlsx: Read-only file system. Fix: choose a folder"):
        writable(tmp_path / "report.xlsx")


def test_the_same_file_by_another_name(tmp_path: Path) -> None:
    study, other, link = tmp_path / "study.xlsx", tmp_path / "other.xlsx", tmp_path / "link.xlsx"
    study.write_text("x")
    other.write_text("x")
    link.symlink_to(study)
    assert same_file(study, tmp_path / "." / "study.xlsx")
    assert same_file(study, link)
    assert not same_file(study, other)
    assert not same_file(study, tmp_path / "absent.xlsx")
    link.unlink()
    link.symlink_to(tmp_path / "absent.xlsx")
    assert same_file(link, tmp_path / "." / "absent.xlsx")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("DRC cobalt stop", "drc-cobalt-stop"),
        ("../../etc/passwd", "etc-passwd"),
        ("Coût élevé 2030", "cout-eleve-2030"),
        ("CON", "con"),
        ("a" * 300, "a" * 40),
        ("a" * 39 + " b", "a" * 39),
        ("鉱山", ""),
        ("", ""),
        ("dot.", "dot"),
        ("nul\0\n", "nul"),
    ],
)
def test_slug(name: str, words: str) -> None:
    assert re.fullmatch(f"{words}{'-' if words else ''}[0-9a-f]{{6}}", slug(name))


def test_a_name_that_is_a_file_name_stays() -> None:
    assert slug("drc-cobalt-stop") == "drc-cobalt-stop"
    assert slug("drc-c0ffee") != "drc-c0ffee"  # looks like a hashed name, so it gets a hash itself
    assert {slug(name) for name in ("con", "lpt1")}.isdisjoint({"con", "lpt1"})  # Windows keeps them to itself
    assert slug("a" * 40) == "a" * 40
    assert slug("a\n") != "a\n"


@given(st.text(), st.text())
def test_slugs_are_safe_and_tell_names_apart(one: str, other: str) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,46}", slug(one))
    assert (slug(one) == slug(other)) == (one == other)


def test_sha256(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc" * 100_000)
    assert sha256(tmp_path / "a") == hashlib.sha256(b"abc" * 100_000).hexdigest()

"""The parts of a workbook, which is a zip archive: read within limits, and packed anew."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from models.schema import Problem
from planner.names import suggestion

MB: Final = 1 << 20
LARGEST_FILE, LARGEST_PART, LARGEST_WHOLE, LARGEST_INDEX = 50 * MB, 200 * MB, 500 * MB, 20 * MB
MOST_PARTS, MOST_INFLATION = 2_000, 200
SAVE_AGAIN: Final = "Open it in Excel and save it as Excel Workbook (.xlsx)."
MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml."
RELS: Final = "application/vnd.openxmlformats-package.relationships+xml"
# All that may stand before the first element: anything else is an entity definition, or no XML in UTF-8.
PROLOG: Final = re.compile(
    rb"(?i)(?:\xef\xbb\xbf)?(?!<\?xml[^<>]*encoding=.(?!utf-?8|us-ascii))(?:\s+|<\?[^<>]*>|<!--[^<>]*-->)*+<[a-z_]"
)


class Refused(Exception):
    """The file cannot be read as a workbook; `problem` says why and how to mend it."""

    def __init__(self, name: str, problem: str, fix: str, value: str = "") -> None:
        super().__init__(problem)
        self.problem = Problem(name, "", value, problem, fix)


def unpack(path: Path) -> tuple[dict[str, bytes], list[Problem]]:
    """The XML parts of a workbook by name, and what else is worth saying about the file. Refused or BadZipFile."""
    archive = zipfile.ZipFile(io.BytesIO(_content(path)))
    name, entries = path.name, archive.infolist()
    names = {entry.filename for entry in entries}
    if "xl/workbook.bin" in names:
        raise Refused(name, "binary workbooks (.xlsb) are not read.", "Save As > Excel Workbook (.xlsx).")
    if names & {"mimetype", "Index/Document.iwa"}:
        kind = "an OpenDocument" if "mimetype" in names else "a Numbers"
        raise Refused(name, f"this is {kind} file, not an Excel workbook.", "Export it as Excel Workbook (.xlsx).")
    notes = []
    if any(part.endswith("vbaProject.bin") for part in names):
        problem = "read without running its macros; only the values of its cells are used."
        notes.append(Problem(name, "", "", problem, "", "hint"))
    for mark in (f"~${name}", f".~lock.{name}#"):
        if _there(path.with_name(mark)):
            problem = "it looks open in another program (its lock file lies beside it); unsaved edits are not included."
            notes.append(Problem(name, "", mark, problem, "Save it there and run again.", "warning"))
    wanted = [entry for entry in entries if entry.filename.lower().endswith((".xml", ".rels"))]
    sizes = [entry.file_size for entry in wanted]
    swollen = any(e.file_size > max(10 * MB, MOST_INFLATION * e.compress_size) for e in wanted)
    if len(entries) > MOST_PARTS or max(sizes, default=0) > LARGEST_PART or sum(sizes) > LARGEST_WHOLE or swollen:
        problem = f"it would unpack to {len(entries):,} parts of {sum(sizes) / MB:,.0f} MB in all; refused for safety."
        raise Refused(name, problem, "Delete formatted but empty rows and sheets not needed, then save a fresh copy.")
    parts = {}
    for entry in wanted:
        with archive.open(entry) as stream:  # yields what the directory promises, no more, and compares the checksum
            xml = parts[entry.filename] = stream.read(entry.file_size)
        if not PROLOG.match(xml):
            if b"<!DOCTYPE" not in xml:
                raise zipfile.BadZipFile(f"{entry.filename} is no XML")
            problem = "it contains XML entity definitions, which no Excel workbook has; refused for safety."
            raise Refused(name, problem, SAVE_AGAIN, entry.filename)
    return parts, notes


def _there(path: Path) -> bool:
    """Whether there is such a file: none has a name that is too long."""
    try:
        return path.exists()
    except OSError:
        return False


def _content(path: Path) -> bytes:
    """The bytes of a file that starts like a zip archive."""
    name, folder, look = path.name or str(path), path.parent, "Check the name or give the full path."
    if re.match(r"\w\w+:/", str(path)):
        fix = "Sync or download the workbook, then give its path."
        raise Refused(name, "this is an address, not a file.", fix, str(path))
    if path.is_dir():
        raise Refused(name, "this is a folder, expected one .xlsx workbook.", "Give the path of the file inside it.")
    if not folder.is_dir():
        raise Refused(name, f"there is no folder {folder}.", look, str(path))
    if not path.exists():
        near = suggestion(name, sorted(p.name for p in folder.iterdir() if p.suffix.lower().startswith(".xls")))
        raise Refused(name, "there is no such file.", f"{near} {look}".lstrip(), str(path))
    if not path.is_file():
        raise Refused(name, "this is not an ordinary file.", "Give the path of an .xlsx workbook.")
    if name.startswith(("~$", ".~lock.")):
        raise Refused(name, "this file only marks a workbook as open.", "Give the path of the workbook itself.")
    size = path.stat().st_size
    if size > LARGEST_FILE:
        problem = f"the file has {size / MB:.0f} MB; at most {LARGEST_FILE // MB} MB are read."
        raise Refused(name, problem, "Remove pictures and sheets that the study does not need.")
    data = path.read_bytes()
    if not data:
        raise Refused(name, "the file is empty (0 bytes).", "Download or save it again.")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in data:
            fix = "File > Info > Protect Workbook > remove the password, then save."
            raise Refused(name, "the workbook is protected by a password.", fix)
        raise Refused(name, "this is an Excel 97-2003 file.", "In Excel, Save As > Excel Workbook (.xlsx).")
    if not data.startswith(b"PK"):
        text = data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" not in data[:1000]
        kind = "a text file" if text else "another kind of file"
        raise Refused(name, f"this is {kind}, no Excel workbook.", SAVE_AGAIN)
    return data


def tree(xml: bytes) -> ET.Element:
    """A part that lists others, parsed."""
    if len(xml) > LARGEST_INDEX:
        raise zipfile.BadZipFile("a part that lists others is too large")
    return ET.fromstring(xml)


def related(parts: dict[str, bytes], part: str) -> dict[str, tuple[str, str]]:
    """Kind and target of each part that a part refers to, by its id."""
    folder, _, name = part.rpartition("/")
    found = {}
    for relation in tree(parts.get(posixpath.join(folder, "_rels", f"{name}.rels"), b"<none/>")):
        target = relation.get("Target", "")
        if relation.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
        found[relation.get("Id", "")] = (relation.get("Type", "").rpartition("/")[2], target)
    return found


def pack(bodies: Sequence[bytes], support: Mapping[str, bytes], system: str) -> io.BytesIO:
    """A workbook of these cells alone: no links, no second table of contents, nothing that nobody looked at."""
    support = {kind: xml for kind, xml in support.items() if xml}
    sheets = [f"worksheets/sheet{i}" for i, _ in enumerate(bodies, 1)]
    kinds = [("worksheet", part) for part in sheets] + [(kind, kind) for kind in support]
    rels = f'<Relationships xmlns="{PACKAGE}/relationships">'
    relation = f'<Relationship Id="r{{}}" Type="{OFFICE}/{{}}" Target="{{}}.xml"/>'
    index = "".join(f'<sheet name="{i}" sheetId="{i}" r:id="r{i}"/>' for i, _ in enumerate(sheets, 1))
    types = "".join(f'<Override PartName="/xl/{part}.xml" ContentType="{TYPE}{kind}+xml"/>' for kind, part in kinds)
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="{RELS}"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}sheet.main+xml"/>{types}</Types>',
        )
        archive.writestr("_rels/.rels", f"{rels}{relation.format('', 'officeDocument', 'xl/workbook')}</Relationships>")
        related = "".join(relation.format(i, kind, part) for i, (kind, part) in enumerate(kinds, 1))
        archive.writestr("xl/_rels/workbook.xml.rels", f"{rels}{related}</Relationships>")
        head = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><workbookPr date1904="{system}"/>'
        archive.writestr("xl/workbook.xml", f"{head}<sheets>{index}</sheets></workbook>")
        for kind, xml in support.items():
            archive.writestr(f"xl/{kind}.xml", xml)
        for part, body in zip(sheets, bodies, strict=True):
            with archive.open(f"xl/{part}.xml", "w") as stream:
                stream.write(f'<worksheet xmlns="{MAIN}"><sheetData>'.encode())
                stream.write(body)
                stream.write(b"</sheetData></worksheet>")
    package.seek(0)
    return package

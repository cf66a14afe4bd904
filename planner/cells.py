"""Read every sheet of a workbook as cells: the values Excel last saved, and what is wrong where.

The values come from python-calamine. It is fast, but it blanks error cells and formulas without a saved result, and one
stray value in a far cell takes the whole process down. So the XML of each sheet is searched first, and calamine is
handed a fresh package that holds nothing but what was searched.
"""

from __future__ import annotations

import gc
import html
import importlib
import io
import posixpath
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from python_calamine import CalamineWorkbook

from models.schema import Problem
from planner.names import cut, letters
from planner.package import MB, OFFICE, SAVE_AGAIN, Refused, pack, related, tree, unpack

MOST_TEXT, MOST_CELLS = 1_000 * MB, 12_000_000
BLANK_ROWS, BLANK_COLUMNS = 1_000, 100  # a cell behind so many blank ones belongs to no table

# An attribute cannot hold "<", so [^<>]* keeps every search linear.
NOT_NEAR: Final = re.compile(rb'<c(?! r="(?:A?[A-Z](?:[1-9]\d{0,4}|1\d{5})|[A-Z]{2}[1-9]\d{0,3})")')  # AZ199999, ZZ9999
CELL: Final = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"[^<>]*>(?:(?<=/>)|(?:[^<]|<(?!/?c\b))*+</c>)')
VALUED: Final = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"[^<>]*>(?<!/>)(?!</c>)')
F: Final = rb"<f(?=[ />])[^<>]*>(?:(?<=/>)|([^<]*)</f>)"
FORMULA: Final = re.compile(rb'<c r="([A-Z]+)(\d+)"[^<>]*>' + F)
NO_RESULT: Final = re.compile(F + rb"(?!<v>[^<])")
UNCACHED: Final = re.compile(rb'<c r="([A-Z]+)(\d+)"(?![^<>]* t="str")[^<>]*>' + F + rb"(?:<v ?/>|<v></v>)?</c>")
ERROR: Final = re.compile(rb'<c r="([A-Z]+)(\d+)"(?=[^<>]* t="e")[^<>]*>(?:' + F + rb")?<v>([^<]*)</v></c>")
HIDDEN: Final = re.compile(rb'<row(?=[^<>]* hidden="(?:1|true)")[^<>]* r="(\d+)"')
MERGED: Final = re.compile(rb'mergeCell\s+ref\s*=\s*["\']([A-Z0-9:]+)')
TRUE: Final = ("1", "true")
VOLATILE: Final = re.compile(r"\b(?:RAND|RANDBETWEEN|RANDARRAY|NOW|TODAY)\(")


@dataclass
class Grid:
    """The cells of one sheet, as Excel last saved them. A date among them is a number with a date format."""

    name: str  # the tab's name as it stands
    rows: list[list[object]]  # rows[0] is row 1, [0] is column A; "" is blank; str, float, bool, date, datetime, time
    faults: dict[tuple[int, int], str] = field(default_factory=dict)  # (row, column), from 1: what is wrong there
    header_row: int = 0  # of the Excel Table, when the sheet has exactly one
    last_row: int = 0  # the last data row of that Table, its totals row left out
    hidden: bool = False
    tables: tuple[tuple[str, str], ...] = ()  # name and range of every Excel Table
    merged: tuple[str, ...] = ()  # ranges such as A5:A9


@dataclass
class _Sheet:
    name: str
    part: str
    hidden: bool
    body: bytes = b""  # what stands between <sheetData> and </sheetData>
    faults: dict[tuple[int, int], str] = field(default_factory=dict)
    tables: tuple[tuple[str, str, int, int], ...] = ()  # name, range, rows of header and totals
    merged: tuple[str, ...] = ()


def read_cells(path: str | Path) -> tuple[list[Grid], list[Problem]]:
    """The worksheets of a workbook in their order, and every problem met on the way; never an exception."""
    path, problems = Path(path), list[Problem]()
    try:
        return _read(path, problems), problems
    except Refused as refused:
        problems.append(refused.problem)
    except (zipfile.BadZipFile, zlib.error, ET.ParseError, EOFError, ValueError, LookupError) as error:
        fix = "Copy or download it again, or save it again in Excel."
        problems.append(Problem(path.name, "", str(error), "the file is damaged or was cut short.", fix))
    except PermissionError as error:
        fix = "Close it in other programs, or copy it to a folder you own."
        problems.append(Problem(path.name, "", str(error), "there is no permission to read it.", fix))
    except OSError as error:
        said = error.strerror or str(error)
        problems.append(Problem(path.name, "", said, f"it cannot be read: {said}.", "Check the name and the folder."))
    except Exception as error:  # whatever a file may hold, the user gets a sentence and not a traceback
        said = f"{type(error).__name__}: {error}"
        problems.append(Problem(path.name, "", said, f"the workbook cannot be read ({said}).", SAVE_AGAIN))
    return [], problems


def _read(path: Path, problems: list[Problem]) -> list[Grid]:
    name = path.name
    parts, notes = unpack(path)
    problems += notes
    book = next((target for kind, target in related(parts, "").values() if kind == "officeDocument"), "")
    if book not in parts:
        raise Refused(name, "this is a zip archive, but no Excel workbook.", SAVE_AGAIN)
    if b"purl.oclc.org/ooxml" in parts[book]:
        raise Refused(name, "it is saved as Strict Open XML Spreadsheet.", "Save As > Excel Workbook (.xlsx).")
    refers, sheets, links, system = related(parts, book), list[_Sheet](), list[str](), "0"
    for element in tree(parts[book]).iter():
        tag = element.tag.rpartition("}")[2]
        kind, target = refers.get(element.get(f"{{{OFFICE}}}id", ""), ("", ""))
        if tag == "workbookPr":
            system = "1" if element.get("date1904") in TRUE else "0"
        elif tag == "calcPr" and element.get("calcMode") == "manual":
            problem = "calculation is set to Manual, so saved results may be old."
            fix = "Formulas > Calculation Options > Automatic, then save."
            problems.append(Problem(name, "", "manual", problem, fix, "warning"))
        elif tag == "externalReference":
            links.append(next((t for _, t in related(parts, target).values()), "another workbook"))
        elif tag == "sheet" and kind == "worksheet":
            sheets.append(_Sheet(element.get("name", ""), target, element.get("state", "visible") != "visible"))
    if not sheets:
        raise Refused(name, "it has no worksheet.", "Give a workbook that holds the sheets of a study.")
    if len({sheet.part for sheet in sheets} & set(parts)) < len(sheets):
        raise zipfile.BadZipFile("a sheet has no part of its own")
    for sheet in sheets:
        _search(sheet, parts, links, problems)
    support = {kind: parts.get(target, b"") for kind, target in refers.values()}
    values = _values(sheets, support.get("styles", b""), support.get("sharedStrings", b""), system)
    return [_grid(sheet, rows, problems) for sheet, rows in zip(sheets, values, strict=True)]


def _search(sheet: _Sheet, parts: dict[str, bytes], links: list[str], problems: list[Problem]) -> None:
    """Take from a sheet's XML all that calamine would not tell, and what must not reach it."""
    xml = parts.pop(sheet.part)
    sheet.merged = tuple(found.decode() for found in MERGED.findall(xml, max(0, xml.rfind(b"sheetData>"))))
    tables = [tree(parts[t]) for kind, t in related(parts, sheet.part).values() if kind == "table" and t in parts]
    sheet.tables = tuple(
        (t.get("name", ""), t.get("ref", ""), int(t.get("headerRowCount", 1)), int(t.get("totalsRowCount", 0)))
        for t in tables
    )
    sheet.body = _body(sheet.name, xml, problems)
    if b"#" in sheet.body and b'"e"' in sheet.body:  # one byte is found twenty times faster than three
        for column, row, formula, error in ERROR.findall(sheet.body):
            said = f" (formula ={cut(html.unescape(formula.decode()))})" if formula else ""
            sheet.faults[int(row), _number(column)] = error.decode() + said
        sheet.body = ERROR.sub(b"", sheet.body)  # calamine gives up at errors younger than itself
    if NO_RESULT.search(sheet.body):
        for column, row, formula in UNCACHED.findall(sheet.body):
            said = f": ={cut(html.unescape(formula.decode()))}" if formula else ""
            sheet.faults[int(row), _number(column)] = f"formula without a saved result{said}"
    if b"(" in sheet.body and any(word in sheet.body for word in (b"RAND", b"NOW()", b"TODAY()")):
        problem = "changes at every recalculation; the saved value was used, so runs will not repeat."
        found = [(at, f) for at, f in _formulas(sheet) if VOLATILE.search(f)]
        _warn(sheet, found, "={formula} " + problem, "Paste it as a value.", problems)
    if links and b"[" in sheet.body:
        for number, link in enumerate(links, 1):
            found = [(at, f) for at, f in _formulas(sheet) if re.search(rf"(?<!\w)\[{number}\][^\[\]!,+*/(]*!", f)]
            problem = f"takes its value from {posixpath.basename(link)}; the last saved value was used."
            _warn(sheet, found, problem, "Paste it as a value to freeze it.", problems)


def _formulas(sheet: _Sheet) -> Iterable[tuple[str, str]]:
    found = FORMULA.findall(sheet.body)
    return ((f"{column.decode()}{row.decode()}", html.unescape(f.decode())) for column, row, f in found)


def _warn(sheet: _Sheet, found: list[tuple[str, str]], problem: str, fix: str, problems: list[Problem]) -> None:
    """One warning at the first of the cells, which counts the others."""
    if found:
        cell, formula = found[0]
        said = problem.replace("{formula}", cut(formula)) + _others(found)
        problems.append(Problem(sheet.name, cell, f"={formula}"[:80], said, fix, "warning"))


def _others(found: Sequence[object]) -> str:
    more = len(found) - 1
    return f" There {'are' if more > 1 else 'is'} {more} more like it." if more else ""


def _body(name: str, xml: bytes, problems: list[Problem]) -> bytes:
    """What stands between <sheetData> and </sheetData>, in the spelling that the searches know, without stray cells."""
    start, end = xml.find(b"<sheetData"), xml.rfind(b"</sheetData>")
    body = xml[xml.find(b">", start) + 1 : end]
    odd = (
        min(start, end) < 0
        or (b":" in body and b":c" in body and re.search(rb"<\w+:c", body))
        or ((b"!" in body or b"?" in body) and re.search(rb"<[!?]", body))
        or (b"'" in body and re.search(rb" [rst]='", body))
        or (any(space in body for space in (b"\n", b"\r", b"\t")) and re.search(rb">\s+<", body))
    )
    if not odd and not NOT_NEAR.search(body):
        return body
    if odd or body.count(b"<c") != len(re.findall(rb'<c r="[A-Z]{1,3}[1-9]\d{0,6}"', body)):
        body = b"".join(_spell(xml))
    return _near(name, body, problems)


def _spell(xml: bytes) -> Iterable[bytes]:
    """The rows of a sheet without prefixes, comments and spaces, every cell with its address."""
    row = 0
    for _, element in ET.iterparse(io.BytesIO(xml)):
        if element.tag.rpartition("}")[2] != "row":
            continue
        row, column, hidden = int(element.get("r", row + 1)), 0, "1" if element.get("hidden") in TRUE else "0"
        yield f'<row r="{row}" hidden="{hidden}">'.encode()
        for cell in element:
            address = re.fullmatch(r"([A-Z]{1,3})[1-9]\d{0,6}", cell.get("r", f"{letters(column + 1)}{row}").upper())
            if cell.tag.rpartition("}")[2] != "c" or not address:
                raise zipfile.BadZipFile(f"row {row} holds what is no cell")
            column = _number(address[1].encode())
            style, kind = (f'"{html.escape(cell.get(name, other))}"' for name, other in (("s", "0"), ("t", "n")))
            inner = {child.tag.rpartition("}")[2]: child for child in cell}
            said = f'<c r="{address[0]}" s={style} t={kind}>'
            if "f" in inner:
                said += f"<f>{html.escape(inner['f'].text or '', quote=False)}</f>"
            if "v" in inner:
                said += f"<v>{html.escape(inner['v'].text or '', quote=False)}</v>"
            elif "is" in inner:
                runs = [run for run in inner["is"] if not run.tag.endswith("rPh")]
                text = "".join(t.text or "" for run in runs for t in run.iter() if t.tag.rpartition("}")[2] == "t")
                said += f'<is><t xml:space="preserve">{html.escape(text, quote=False)}</t></is>'
            yield f"{said}</c>".encode()
        yield b"</row>"
        element.clear()


@cache
def _number(column: bytes) -> int:
    """The number of an Excel column, counted from 1."""
    number = 0
    for letter in column:
        number = number * 26 + letter - 64
    return number


def _near(name: str, body: bytes, problems: list[Problem]) -> bytes:
    """The cells without strays: a value in XFD1048576 would make a grid of 17 billion cells."""
    columns = set(map(_number, set(re.findall(rb'<c r="([A-Z]+)', body))))
    rows = set(map(int, set(re.findall(rb'<c r="[A-Z]+(\d+)', body))))
    if max(columns, default=0) * max(rows, default=0) <= 20 * body.count(b"<c "):
        return body
    found = VALUED.findall(body)
    valued = [(_number(column), int(row)) for column, row in found]
    right, bottom = _edge({c for c, _ in valued}, BLANK_COLUMNS), _edge({r for _, r in valued}, BLANK_ROWS)
    far = [f"{letters(c)}{r}" for c, r in valued if c > right or r > bottom]
    if right * bottom > max(MOST_CELLS, 20 * len(valued)):
        problem = f"its values are scattered up to cell {letters(right)}{bottom}, too far apart for a table."
        raise Refused(name, problem, "Delete the values that belong to no table.")
    if far:
        problem = f"a stray value far outside the table (last table cell {letters(right)}{bottom}).{_others(far)}"
        problems.append(Problem(name, far[0], "", problem, "Delete its row and column (Ctrl+End finds it), then save."))
    near = CELL.sub(lambda cell: cell[0] if _number(cell[1]) <= right and int(cell[2]) <= bottom else b"", body)
    return re.sub(rb"<row[^<>]*></row>", b"", near) if far else near


def _edge(used: set[int], gap: int) -> int:
    """The last number in use before the first gap."""
    edge = 0
    for number in sorted(used):
        if number - edge > gap:
            break
        edge = number
    return edge


def _values(sheets: list[_Sheet], styles: bytes, strings: bytes, system: str) -> list[list[list[object]]]:
    """The rows of each sheet, by calamine or, where it gives up, by openpyxl."""
    package = pack([sheet.body for sheet in sheets], {"styles": styles, "sharedStrings": strings}, system)
    longest, collecting = max(map(len, strings.split(b"</si>"))), gc.isenabled()
    try:
        # calamine copies a text into each of its cells: a few long ones in a million cells would fill the memory
        if longest * max(len(s.body) for s in sheets) // 20 > MOST_TEXT:
            raise MemoryError
        gc.disable()  # the rows of a sheet are lists of plain values: a search for cycles finds none
        book = CalamineWorkbook.from_filelike(package)
        return [book.get_sheet_by_index(i).to_python(skip_empty_area=False) for i in range(len(sheets))]
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # a panic in Rust is no Exception
        return _slow_values(package)
    finally:
        if collecting:
            gc.enable()


def _slow_values(package: io.BytesIO) -> list[list[list[object]]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = importlib.import_module("openpyxl").load_workbook(package, read_only=True, data_only=True)
        tables = [[list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets]
    for rows in tables:
        width = max(map(len, rows), default=0)
        rows[:] = [["" if v is None else v for v in row] + [""] * (width - len(row)) for row in rows]
    return tables


def _grid(sheet: _Sheet, rows: list[list[object]], problems: list[Problem]) -> Grid:
    """One sheet's values and findings together, with the warnings that need both."""
    height = max([len(rows), *(row for row, _ in sheet.faults)])
    width = max([len(rows[0]) if rows else 0, *(column for _, column in sheet.faults)])
    if rows and width > len(rows[0]):
        rows = [row + [""] * (width - len(row)) for row in rows]
    rows += [[""] * width for _ in range(height - len(rows))]
    last = re.search(rb'<row[^<>]* r="(\d+)"', sheet.body[max(0, sheet.body.rfind(b"<row ")) :])
    if last and int(last[1]) > height + 10_000:
        problem = f"{int(last[1]) - height:,} formatted but empty rows after row {height} were skipped."
        fix = "The file opens faster without them: delete them and save."
        problems.append(Problem(sheet.name, "", "", problem, fix, "warning"))
    if b' hidden="' in sheet.body:
        hidden = [n for n in map(int, HIDDEN.findall(sheet.body)) if n <= height and any(v != "" for v in rows[n - 1])]
        if hidden:
            problem = f"the row is hidden but was read.{_others(hidden)}"
            fix = "Delete rows you do not want; a filter does not exclude them."
            problems.append(Problem(sheet.name, f"A{hidden[0]}", "", problem, fix, "warning"))
    header = last_row = 0
    if len(sheet.tables) == 1:
        first, last_of_all = (int(re.sub(r"\D", "", cell)) for cell in f"{sheet.tables[0][1]}:0".split(":")[:2])
        header = first if sheet.tables[0][2] else 0
        last_row = last_of_all - sheet.tables[0][3]
    tables = tuple((name, where) for name, where, *_ in sheet.tables)
    return Grid(sheet.name, rows, sheet.faults, header, last_row, sheet.hidden, tables, sheet.merged)

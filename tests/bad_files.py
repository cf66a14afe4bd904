"""Workbooks with one fault each, made by taking a good one apart and putting it together again."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import xlsxwriter

Change = Callable[[bytes], bytes]
SHEET, BOOK = "xl/worksheets/sheet1.xml", "xl/workbook.xml"
ENTITIES = b'<!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
FOREIGN = b'<!DOCTYPE worksheet [<!ENTITY r SYSTEM "file:///etc/hostname">]>'


def good(path: Path) -> Path:
    """`Supply` with an Excel Table in rows 4 to 9 (totals in 10), and `Notes` with text."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Supply")
        sheet.write("A1", "Supply of the study")
        columns = [{"header": "site"}, {"header": "capacity", "total_function": "sum"}, {"header": "note"}]
        data = [
            ["Kamoa", 100, "ö"],
            ["Escondida", 2.5, "<&>"],
            ["Olympic", -3, ""],
            ["Antamina", 0, "x"],
            ["Grasberg", 7, "y"],
        ]
        sheet.add_table("A4:C10", {"columns": columns, "data": data, "total_row": True, "name": "tblSupply"})
        book.add_worksheet("Notes").write("B2", "nothing")
    return path


def with_cells(path: Path, cells: dict[str, object], sheet: str = "Supply") -> Path:
    """A workbook by XlsxWriter: text that starts with = is a formula, a pair a formula with its saved result."""
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet(sheet)
        for address, value in cells.items():
            if isinstance(value, tuple):
                page.write_formula(address, value[0], None, value[1])
            else:
                page.write(address, value)
    return path


def change(path: Path, part: str, how: Change, everywhere: bool = False) -> Path:
    """The workbook with one part (or all) rewritten; a new part starts from nothing."""
    parts = unzip(path)
    for name in parts if everywhere else [part]:
        parts[name] = how(parts.get(name, b""))
    return zipped(path, parts)


def unzip(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def put(path: Path, old: bytes, new: bytes, part: str = SHEET) -> Path:
    """The workbook with one text in one part replaced."""
    assert old in unzip(path)[part]
    return change(path, part, lambda xml: xml.replace(old, new, 1))


def content(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def folder(path: Path) -> Path:
    path.mkdir()
    return path


def misspelt(path: Path) -> Path:
    good(path.with_name("inputs.xlsx"))
    return path


def old_excel(password: bool) -> bytes:
    """The head of an OLE file: Excel 97-2003, or the wrapping of an encrypted workbook."""
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(500)
        + ("EncryptedPackage" if password else "Workbook").encode("utf-16-le")
    )


def locked(path: Path) -> Path:
    content(path.with_name(f"~${path.name}"), b"somebody")
    return good(path)


def bomb(path: Path) -> Path:
    """40 MB of spaces in the place of a sheet, 40 kB in the file."""
    return change(good(path), SHEET, lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + b" " * (40 << 20)))


def liar(path: Path) -> Path:
    """A zip directory that promises 100 bytes where 40 MB come out."""
    data = bytearray(bomb(path).read_bytes())
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo(SHEET).file_size
    for at in [m.start() for m in re.finditer(re.escape(size.to_bytes(4, "little")), data)]:
        data[at : at + 4] = (100).to_bytes(4, "little")
    return content(path, bytes(data))


def far(path: Path, cell: str = "XFD1048576") -> Path:
    row = re.sub("[A-Z]", "", cell)
    return put(good(path), b"</sheetData>", f'<row r="{row}"><c r="{cell}"><v>1</v></c></row></sheetData>'.encode())


def blank_rows(path: Path) -> Path:
    rows = b"".join(b'<row r="%d" ht="20"/>' % n for n in range(1_000_000, 1_048_577))
    return put(good(path), b"</sheetData>", rows + b"</sheetData>")


def linked(path: Path) -> Path:
    """C5 and C6 take their values from other.xlsx."""
    book = openpyxl.Workbook()
    book.active.title = "Supply"
    book.save(path)
    cells = b'<row r="5"><c r="C5"><f>[1]Sheet1!A1</f><v>42</v></c><c r="D5"><f>SUM(tbl[1],A1)</f><v>1</v></c></row>'
    cells += b'<row r="6"><c r="C6"><f>SUM(A1,\'[1]Sheet 1\'!A2)</f><v>43</v></c></row>'
    put(path, b"</sheetData>", cells + b"</sheetData>")
    namespace = b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    put(
        path,
        b"</sheets>",
        b"</sheets><externalReferences><externalReference " + namespace + b' r:id="rId99"/></externalReferences>',
        BOOK,
    )
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLink"
    put(
        path,
        b"</Relationships>",
        b'<Relationship Id="rId99" Type="%s" Target="externalLinks/externalLink1.xml"/></Relationships>' % kind,
        "xl/_rels/workbook.xml.rels",
    )
    relation = (
        b'<Relationship Id="rId1" Type="%sPath" Target="file:///elsewhere/other.xlsx" TargetMode="External"/>' % kind
    )
    space = b"http://schemas.openxmlformats.org/package/2006/relationships"
    change(path, "xl/externalLinks/externalLink1.xml", lambda _: b"<externalLink/>")
    return change(
        path,
        "xl/externalLinks/_rels/externalLink1.xml.rels",
        lambda _: b'<Relationships xmlns="%s">%s</Relationships>' % (space, relation),
    )


def chart_sheet(path: Path) -> Path:
    book = openpyxl.Workbook()
    book.active["A1"] = "site"
    book.create_chartsheet("Chart", 0)
    book.save(path)
    return path


def only_chart_sheet(path: Path) -> Path:
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Data")
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Data!$A$1:$A$2"})
        book.add_chartsheet("Chart").set_chart(chart)
    return change(path, BOOK, lambda xml: re.sub(rb'<sheet name="Data"[^>]*/>', b"", xml))


def mac(path: Path) -> Path:
    """The 1904 date system, with 2 January 2025 in B4."""
    with xlsxwriter.Workbook(path, {"date_1904": True}) as book:
        page = book.add_worksheet("Supply")
        page.write_datetime("B4", dt.datetime(2025, 1, 2), book.add_format({"num_format": "yyyy-mm-dd"}))
    return path


def zip_of(path: Path, **parts: bytes) -> Path:
    return zipped(path, {name.replace("__", "/").replace("_dot_", "."): data for name, data in parts.items()})


STRICT = (
    (b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main"),
    (
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
    ),
)


def strict(path: Path) -> Path:
    def respell(xml: bytes) -> bytes:
        for old, new in STRICT:
            xml = xml.replace(old, new)
        return xml

    return change(good(path), "", respell, everywhere=True)


def cut(path: Path, share: float) -> Path:
    data = good(path).read_bytes()
    return content(path, data[: int(len(data) * share)])


# id of the design's list, how to make the file, severity, words of the message
FAULTS: list[tuple[str, Callable[[Path], Path], str, str]] = [
    ("F01 misspelt name", misspelt, "error", 'there is no such file. Did you mean "inputs.xlsx"?'),
    ("F01 missing folder", lambda p: p / "input.xlsx", "error", "there is no folder"),
    ("F02 folder", folder, "error", "this is a folder"),
    ("F03 empty", lambda p: content(p, b""), "error", "the file is empty (0 bytes)"),
    ("F04 cut in half", lambda p: cut(p, 0.5), "error", "damaged or was cut short"),
    ("F04 cut at the end", lambda p: cut(p, 0.99), "error", "damaged or was cut short"),
    ("F04 cut to its first bytes", lambda p: content(p, b"PK\x03\x04"), "error", "damaged or was cut short"),
    ("F05 csv", lambda p: content(p, b"a,b\n1,2"), "error", "this is a text file"),
    ("F05 csv in UTF-16", lambda p: content(p, "a,b\n1,2".encode("utf-16")), "error", "this is a text file"),
    (
        "F05 picture",
        lambda p: content(p, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        "error",
        "another kind of file, no Excel workbook",
    ),
    ("F06 xls", lambda p: content(p, old_excel(False)), "error", "Excel 97-2003"),
    ("F07 password", lambda p: content(p, old_excel(True)), "error", "protected by a password"),
    ("F08 zip of something else", lambda p: zip_of(p, a_dot_txt=b"hello"), "error", "no Excel workbook"),
    ("F08 Word document", lambda p: zip_of(p, word__document_dot_xml=b"<w/>"), "error", "no Excel workbook"),
    ("F09 xlsb", lambda p: zip_of(p, xl__workbook_dot_bin=b"\0"), "error", "(.xlsb) are not read"),
    (
        "F10 ods",
        lambda p: zip_of(p, mimetype=b"application/vnd.oasis", content_dot_xml=b"<a/>"),
        "error",
        "OpenDocument",
    ),
    ("F10 Numbers", lambda p: zip_of(p, Index__Document_dot_iwa=b"\0"), "error", "Numbers"),
    (
        "F11 macros",
        lambda p: change(good(p), "xl/vbaProject.bin", lambda _: b"\0"),
        "hint",
        "without running its macros",
    ),
    (
        "F12 the lock file itself",
        lambda p: content(p.with_name("~$input.xlsx"), b"me"),
        "error",
        "only marks a workbook as open",
    ),
    ("F13 open in Excel", locked, "warning", "unsaved edits are not included"),
    ("F15 strict", strict, "error", "Strict Open XML Spreadsheet"),
    ("F16 bomb", bomb, "error", "refused for safety"),
    ("F16 lying directory", liar, "error", "damaged or was cut short"),
    ("F16 many parts", lambda p: zip_of(p, **{f"p{i}": b"" for i in range(2001)}), "error", "2,001 parts"),
    (
        "F17 entities",
        lambda p: change(good(p), SHEET, lambda x: x.replace(b"<worksheet", ENTITIES + b"<worksheet", 1)),
        "error",
        "entity definitions",
    ),
    (
        "F18 external entity",
        lambda p: change(good(p), "xl/sharedStrings.xml", lambda x: x.replace(b"<sst", FOREIGN + b"<sst", 1)),
        "error",
        "entity definitions",
    ),
    (
        "F18 in a relation",
        lambda p: change(good(p), "_rels/.rels", lambda x: x.replace(b"<Rel", FOREIGN + b"<Rel", 1)),
        "error",
        "entity definitions",
    ),
    (
        "F18 in UTF-16",
        lambda p: change(good(p), SHEET, lambda x: x.replace(b"UTF-8", b"UTF-16").decode().encode("utf-16")),
        "error",
        "damaged",
    ),
    ("Latin-1", lambda p: put(good(p), b'encoding="UTF-8"', b'encoding="latin-1"'), "error", "damaged"),
    ("F19 far cell", far, "error", "Supply!XFD1048576: a stray value far outside the table (last table cell C10)"),
    ("F19 far row", lambda p: far(p, "B1048576"), "error", "Supply!B1048576: a stray value"),
    (
        "F19 far column",
        lambda p: put(far(p, "B250000"), b'<row r="250000">', b'<row r="250000"><c r="XFD250000"><v>2</v></c>'),
        "error",
        "Supply!XFD250000: a stray value",
    ),
    ("F21 blank rows", blank_rows, "warning", "Supply: 1,048,566 formatted but empty rows after row 10 were skipped"),
    (
        "F22 links",
        linked,
        "warning",
        "Supply!C5: takes its value from other.xlsx; the last saved value was used. There is 1 more like it.",
    ),
    ("F24 no worksheet", only_chart_sheet, "error", "it has no worksheet"),
    (
        "F27 address",
        lambda p: Path("https://contoso.sharepoint.com/input.xlsx"),
        "error",
        "this is an address, not a file",
    ),
    (
        "C15 manual",
        lambda p: change(good(p), BOOK, lambda x: x.replace(b"<calcPr", b'<calcPr calcMode="manual"')),
        "warning",
        "set to Manual",
    ),
    (
        "C36 volatile",
        lambda p: with_cells(p, {"F15": ("=RAND()*2", 0.5), "F16": ("=NOW()", 45000)}),
        "warning",
        "Supply!F15: =RAND()*2 changes at every recalculation",
    ),
    (
        "S22 hidden rows",
        lambda p: change(good(p), SHEET, lambda x: x.replace(b'<row r="6"', b'<row hidden="1" r="6"')),
        "warning",
        "Supply!A6: the row is hidden but was read",
    ),
    (
        "two sheets in one part",
        lambda p: change(good(p), BOOK, lambda x: x.replace(b"rId2", b"rId1")),
        "error",
        "damaged",
    ),
    ("part missing", lambda p: zipped(good(p), {k: v for k, v in unzip(p).items() if k != SHEET}), "error", "damaged"),
    ("XML cut", lambda p: change(good(p), SHEET, lambda x: x[: len(x) // 2]), "error", "damaged"),
    (
        "text that is not in the list",
        lambda p: change(good(p), SHEET, lambda x: x.replace(b't="s"><v>0<', b't="s"><v>999<', 1)),
        "error",
        "damaged",
    ),
]

# Nothing is wrong with these.
SILENT: list[tuple[str, Callable[[Path], Path]]] = [
    ("good", good),
    (
        "F20 wrong dimension",
        lambda p: change(good(p), SHEET, lambda x: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', x)),
    ),
    ("F23 chart sheet", chart_sheet),
    ("F25 1904", mac),
]

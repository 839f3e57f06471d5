"""What a submission must keep to: each limit, each trick with a package, in one sentence; and what real programs write passes."""

import io
import os
import re
import stat
import struct
import zipfile
from pathlib import Path

import foreign
import pytest
import strangers
import xlsxwriter
from conftest import run_opsbook

from opsbook import jobs
from opsbook.grammar.grid import UnreadableFile
from opsbook.hosts import file, guards
from opsbook.hosts.guards import NAMED, SUBMITTED

WORKBOOKS = sorted(p for p in (Path(__file__).parents[2] / "workbooks").rglob("*.xlsx"))


def package(parts, how=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as made:
        for name, data in parts:
            made.writestr(name, data)
    return out.getvalue()


def refusal(data, limits=SUBMITTED):
    with pytest.raises(UnreadableFile) as fault:
        guards.checked(data, limits)
    return fault.value


OLE = file.OLE + b"\0" * 22 + struct.pack("<H", 9) + b"\0" * 12 + struct.pack("<I", 10**6) + b"\0" * 4000
BOOK = [("[Content_Types].xml", "<Types/>"), ("xl/workbook.xml", "<workbook/>")]
SMALL = SUBMITTED.but({"file": 1, "part": 1, "whole": 2, "parts": 5})


def altered(data, old, new, first=True):
    """Bytes of a directory or header changed: what an honest program never writes."""
    assert old in data
    at = data.find(old) if first else data.rfind(old)
    return data[:at] + new + data[at + len(old) :]


def locked():
    data = package(BOOK)
    at = data.find(b"PK\x01\x02") + 8
    return data[:at] + struct.pack("<H", struct.unpack_from("<H", data, at)[0] | 1) + data[at + 2 :]


def link():
    info = zipfile.ZipInfo("xl/other.xml")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return package([*BOOK, (info, "/etc/passwd")])


def lying(size):
    """A part whose directory says another size than it has."""
    data = package([*BOOK, ("xl/sheet.xml", b"x" * 5000)])
    return altered(data, struct.pack("<I", 5000), struct.pack("<I", size), first=False)


def damaged():
    data = package([*BOOK, ("xl/aa.xml", "<a/>" * 500)])
    at = data.find(b"xl/aa.xml") + len("xl/aa.xml")
    return data[: at + 2] + b"\xff\xff\xff\xff" + data[at + 6 :]


def same_place():
    data = package([*BOOK, ("xl/aa.xml", "<a/>"), ("xl/bb.xml", "<a/>")])
    directory = [n for n in range(len(data)) if data.startswith(b"PK\x01\x02", n)]
    where = [struct.unpack_from("<I", data, at + 42)[0] for at in directory]
    return data[: directory[3] + 42] + struct.pack("<I", where[2]) + data[directory[3] + 46 :]


@pytest.mark.parametrize(("data", "rule", "said"), [
    (b"PK\x03\x04" + b"x" * (2 << 20), "FIL-003", "it has 2 MB, 1 MB are allowed"),
    (package([*BOOK, *((f"xl/p{n}.xml", "<a/>") for n in range(5))]), "FIL-003", "it has 7 parts, 5 are allowed"),
    (package([*BOOK, ("xl/big.bin", os.urandom(600_000) * 2)]), "FIL-003", "MB"),
    (package([*BOOK, ("xl/bomb.xml", b"0" * (3 << 20))]), "FIL-003", "the part xl/bomb.xml has more than 1 MB"),
    (package([*BOOK, *((f"xl/p{n}.bin", b"0" * (900 << 10)) for n in range(3))]), "FIL-003", "unpacked it has more than 2 MB"),
    (package([*BOOK, ("xl/../../evil.xml", "<a/>")]), "FIL-003", "leads out of the file"),
    (package([*BOOK, ("/etc/evil.xml", "<a/>")]), "FIL-003", "leads out of the file"),
    (package([*BOOK, ("C:\\evil.xml", "<a/>")]), "FIL-003", "leads out of the file"),
    (package([*BOOK, ("XL/Workbook.xml", "<workbook/>")]), "FIL-003", "two parts are called XL/Workbook.xml"),
    (package([*BOOK, ("xl\\workbook.xml", "<workbook/>")]), "FIL-003", "two parts are called xl/workbook.xml"),
    (link(), "FIL-003", "is a link"),
    (locked(), "FIL-002", ""),
    (lying(6000), "FIL-001", "is not what the file's directory says"),
    (lying(10), "FIL-001", "is not what the file's directory says"),
    (same_place(), "FIL-003", "lie at the same place"),
    (package([*BOOK, ("xl/s.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')]), "FIL-003", "declares a document type"),
    (package([*BOOK, ("xl/s.xml", '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a>'.encode("utf-16"))]), "FIL-003", "declares a document type"),
    (package(BOOK)[:-30], "FIL-001", ""),
    (altered(package(BOOK, zipfile.ZIP_STORED), b"<workbook/>", b"<workbooc/>"), "FIL-001", "is not what the file's directory says"),
    (package(BOOK, zipfile.ZIP_LZMA), "FIL-001", "packed in a way that workbooks do not use"),
    (damaged(), "FIL-001", "is damaged"),
    (OLE, "FIL-003", "more sectors"),
    (OLE[:600], "FIL-001", "ends within its header"),
])  # fmt: skip
def test_it_is_refused_with_a_sentence_in_both_languages(data, rule, said):
    fault = refusal(data, SMALL)
    assert fault.rule == rule
    assert said in str(fault)
    if fault.reason and not isinstance(fault.reason, str):
        assert fault.reason.zh


def test_what_is_packed_too_tightly_is_refused_long_before_it_is_unpacked():
    bomb = package([*BOOK, ("xl/sheet.xml", b"0" * (64 << 20))])
    assert len(bomb) < 200_000
    assert "is packed more than 250 to 1" in str(refusal(bomb))
    guards.checked(bomb, NAMED)


def test_a_part_that_says_nothing_of_its_size_is_counted_all_the_same():
    """A bomb may state any size in the directory: what comes out is what counts."""
    data = package([*BOOK, ("xl/sheet.xml", b"0" * (8 << 20))])
    lies = altered(data, struct.pack("<I", 8 << 20), struct.pack("<I", 100), first=False)
    assert "more than 1 MB" in str(refusal(lies, SMALL))


@pytest.mark.parametrize("path", WORKBOOKS, ids=lambda p: p.name)
def test_workbooks_that_opsbook_makes_pass(path):
    guards.checked(path.read_bytes(), SUBMITTED)


@pytest.mark.parametrize("change", [foreign.backslashes, foreign.other_case, foreign.with_folders, foreign.of_64_bits, foreign.openpyxl_saved, foreign.indented,
                                    foreign.declared_late, foreign.marked_bytes], ids=lambda f: f.__name__)  # fmt: skip
def test_packages_of_other_programs_pass(change):
    guards.checked(change(strangers.workbook()), SUBMITTED)


def test_limits_by_name():
    assert SUBMITTED.but({"part": 1, "parts": 3}).part == 1 << 20
    assert SUBMITTED.but({"parts": 3}).parts == 3
    with pytest.raises(ValueError, match="there is no limit size"):
        SUBMITTED.but({"size": 1})


# ------------------------------------------------------------------------------------------------- on disk


def test_a_link_is_read_where_a_user_names_it_and_refused_as_a_submission(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(package(BOOK))
    (tmp_path / "link.xlsx").symlink_to(tmp_path / "a.xlsx")
    assert file.read(tmp_path / "link.xlsx") == package(BOOK)
    with pytest.raises(UnreadableFile, match="it is a link"):
        file.read(tmp_path / "link.xlsx", SUBMITTED)


def test_a_pipe_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe.xlsx")
    with pytest.raises(UnreadableFile, match="no file but a device or pipe"):
        file.read(tmp_path / "pipe.xlsx")


def run(*args):
    return run_opsbook(*args)


def test_a_folder_gets_the_limits_of_submissions_and_a_named_file_its_own(tmp_path):
    data = foreign.registers("risks")
    bulky = io.BytesIO(data)
    with zipfile.ZipFile(bulky, "a", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/media/image1.bmp", b"\0" * (8 << 20))
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.xlsx").write_bytes(bulky.getvalue())
    (tmp_path / "in/b.xlsx").write_bytes(data)
    folder = run("validate", tmp_path / "in", "--lang", "en")
    assert folder.returncode == 2
    assert "FIL-003" in folder.stdout
    assert "the part xl/media/image1.bmp is packed more than 250 to 1" in folder.stdout
    assert "FIL-003" not in run("validate", tmp_path / "in/a.xlsx", "--lang", "en").stdout
    assert "FIL-003" not in run("validate", tmp_path / "in", "--limit", "ratio=5000", "--lang", "en").stdout
    for wrong, said in (("ratio", "--limit wants NAME=N"), ("ratio=x", "--limit wants NAME=N"), ("size=3", "there is no limit size")):
        done = run("validate", tmp_path / "in", "--limit", wrong)
        assert done.returncode == 2
        assert said in done.stderr


def test_a_file_that_was_refused_is_named_by_its_digest(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(package([*BOOK, ("xl/../x.xml", "<a/>")]))
    assert len(jobs.fingerprint(tmp_path / "a.xlsx")) == 64


def spread(*cells, after=""):
    """A package whose sheet holds cells, in this order, and something after them."""
    book = xlsxwriter.Workbook(out := io.BytesIO())
    book.add_worksheet("S").write(0, 0, 1)
    book.close()
    source, made = zipfile.ZipFile(out), io.BytesIO()
    rows = "".join(f'<row r="{re.sub("[A-Z]", "", cell)}"><c r="{cell}"{rest}</row>' for cell, rest in cells).encode()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith("sheet1.xml"):
                data = re.sub(b"<sheetData>.*</sheetData>", b"<sheetData>" + rows + b"</sheetData>" + after.encode(), data)
            package.writestr(name, data)
    return made.getvalue()


FULL, BARE = "><v>1</v></c>", ' s="0"/>'


@pytest.mark.parametrize("cells", [
    (("A1", FULL), ("XFD1048576", FULL)),
    (("XFD1048576", FULL), ("A1", FULL)),
    (("A1048576", FULL), ("XFD1", FULL)),
    (("ZZ1", FULL), ("A1048576", FULL), ("B2", FULL)),
    (("a1", FULL), ("xfd300000", FULL)),
    (("A1", FULL), ("XFD0000300000", FULL)),
])  # fmt: skip
@pytest.mark.parametrize("after", ["", "<!-- " + "x" * 300_000 + " -->"])
def test_a_sheet_that_spans_too_much_is_refused_before_it_is_read(cells, after):
    with pytest.raises(UnreadableFile, match="spans"):
        list(file.grids(spread(*cells, after=after)))


@pytest.mark.parametrize("cells", [
    (("A1", FULL), ("XFD1", BARE), ("A1048576", BARE)),  # formats to the end of the sheet are no cells
    (("XFD1048575", FULL), ("XFD1048576", FULL)),
    (("A1", FULL), ("A1048576", FULL)),
    (("A1", "><f>COUNTA(A2:XFD1048576)</f><v>1</v></c>"),),
])  # fmt: skip
def test_a_sheet_with_little_in_it_is_read_wherever_that_stands(cells):
    (grid,) = file.grids(spread(*cells))
    assert sum(cell == 1 for row in grid.rows for cell in row) == sum(rest != BARE for _, rest in cells)


@pytest.mark.parametrize("rows", [
    '<row r="1">' + "<c><v>1</v></c>" * 16_000 + '</row><row r="300000"><c><v>1</v></c></row>',
    '<row r="1"><c r = "A1"><v>1</v></c></row><row r="300000"><c r = "XFD300000"><v>1</v></c></row>',
    '<row r="1"><c r="A1"><v>1</v></c></row><row r="300000"><c foo=">" r="XFD300000"><v>1</v></c></row>',
])  # fmt: skip
def test_however_a_far_cell_is_written(rows):
    data = spread(("A1", FULL))
    source, made = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for name in source.namelist():
            part = source.read(name)
            package.writestr(name, re.sub(b"<sheetData>.*</sheetData>", f"<sheetData>{rows}</sheetData>".encode(), part) if name.endswith("sheet1.xml") else part)
    with pytest.raises(UnreadableFile, match="spans"):
        list(file.grids(made.getvalue()))

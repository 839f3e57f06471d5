"""Refresh, more closely: encodings, calendars and ways to zip; what Excel insists on, part by part; and what users do to sheets of ours."""

import io
import re
import signal
import warnings
import zipfile
from collections import Counter
from datetime import date, datetime
from types import SimpleNamespace
from xml.etree import ElementTree

import foreign
import openpyxl
import pytest
import strangers
from conftest import converted, demo_in

from opsbook import jobs
from opsbook.demo import operations
from opsbook.grammar.finding import letters
from opsbook.grammar.grid import UnreadableFile
from opsbook.hosts import file
from opsbook.hosts.fill import fill
from opsbook.hosts.graft import Workbook
from opsbook.hosts.package import Package, rels_of
from opsbook.jobs import refreshing
from opsbook.sheets import catalog

NOW = datetime(2026, 9, 30, 18)
KEYS = ("customers", "tickets", "risks")
TICKETS, RISKS = foreign.tab("tickets"), foreign.tab("risks")
BOOK = foreign.BOOK


def everything(data):
    return strangers.with_everything(foreign.busy_register(data, TICKETS))


#: name → (a base, what another program made of it).
VARIANTS = {
    "registers as tables": lambda: foreign.registers(),
    "registers as tables, single quotes": lambda: strangers.single_quoted(foreign.registers()),
    "registers as tables, prefixed": lambda: strangers.prefixed(foreign.registers()),
    "registers as tables, strict": lambda: strangers.strict(foreign.registers()),
    "everything at once": lambda: everything(strangers.workbook()),
    "everything, on tables": lambda: foreign.busy_register(foreign.registers(), TICKETS),
    "saved by openpyxl": lambda: foreign.openpyxl_saved(strangers.workbook()),
    "prefix declared late": lambda: foreign.declared_late(strangers.workbook()),
    "another prefix": lambda: foreign.two_prefixes(strangers.workbook()),
    "numeric references": lambda: foreign.references(strangers.workbook()),
    "declared as ASCII": lambda: foreign.declared_ascii(strangers.workbook()),
    "indented": lambda: foreign.indented(foreign.registers()),
    "blanks in tags": lambda: foreign.spaced(foreign.registers()),
    "byte order marks": lambda: foreign.marked_bytes(foreign.registers()),
    "remarks": lambda: foreign.with_remarks(strangers.workbook()),
    "since 1904": lambda: foreign.since_1904(strangers.workbook()),
    "no names, no views": lambda: foreign.unnamed(strangers.workbook()),
    "bare styles": lambda: foreign.bare_styles(strangers.workbook()),
    "empty styles": lambda: foreign.empty_styles(strangers.workbook()),
    "backslashes": lambda: foreign.backslashes(strangers.workbook()),
    "targets in another case": lambda: foreign.other_case(strangers.workbook()),
    "folders and a comment": lambda: foreign.with_folders(strangers.workbook()),
    "64-bit sizes": lambda: foreign.of_64_bits(strangers.workbook()),
    "two windows": lambda: foreign.views(strangers.workbook()),
    "rows closed with a blank": lambda: foreign.rows_closed_with_a_blank(strangers.workbook(), TICKETS),
}  # fmt: skip
#: openpyxl reads no strict package ("… does not contain any worksheets"), none with backslashes, no targets in another case, no comments among sheets.
UNKNOWN_TO_OPENPYXL = {"registers as tables, strict", "backslashes", "targets in another case", "remarks"}


def parts(data):
    package = zipfile.ZipFile(io.BytesIO(data))
    return {n.replace("\\", "/"): package.read(n) for n in package.namelist()}


def refreshed(data, folder, name="c.xlsx", **more):
    path = folder / name
    path.write_bytes(data)
    before = path.read_bytes()
    done = jobs.refresh(path, now=NOW, complete=False, **more)
    assert path.read_bytes() == before
    assert done.failed == ()
    return done


def cells(data):
    """Sheet → (row, column) → value, by calamine."""
    return {g.name: {(g.start[0] + r + 1, g.start[1] + c + 1): v for r, row in enumerate(g.rows) for c, v in enumerate(row) if v != ""} for g in file.grids(data)}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A workbook that was refreshed once, nothing foreign in it."""
    return refreshed(strangers.workbook(), tmp_path_factory.mktemp("plain")).package


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Each variant and its refresh, made once, so that what fails fails in every test that asks."""
    kept = {}

    def of(name):
        if name not in kept:
            data = VARIANTS[name]()
            kept[name] = data, refreshed(data, tmp_path_factory.mktemp("variant"))
        return kept[name]

    return of


every = pytest.mark.parametrize("name", list(VARIANTS))

# ---------------------------------------------------------------------------------------------- what Excel insists on

_ORDER = {
    "workbook": "fileVersion fileSharing workbookPr AlternateContent revisionPtr absPath workbookProtection bookViews sheets functionGroups externalReferences "
    "definedNames calcPr oleSize customWorkbookViews pivotCaches smartTagPr smartTagTypes webPublishing fileRecoveryPr webPublishObjects extLst",
    "styleSheet": "numFmts fonts fills borders cellStyleXfs cellXfs cellStyles dxfs tableStyles colors extLst",
    "worksheet": "sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection protectedRanges scenarios autoFilter sortState "
    "dataConsolidate customSheetViews mergeCells phoneticPr conditionalFormatting dataValidations hyperlinks printOptions pageMargins pageSetup headerFooter "
    "rowBreaks colBreaks customProperties cellWatches ignoredErrors smartTags drawing legacyDrawing legacyDrawingHF picture oleObjects controls AlternateContent "
    "webPublishItems tableParts extLst",
}
_COUNTED = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "mergeCells", "tableParts", "dataValidations", "tableColumns")
_RELATED = ("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}", "{http://purl.oclc.org/ooxml/officeDocument/relationships}")


def local(node):
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def kids(node, name):
    """The children of a name."""
    return [child for child in node if local(child) == name]


def all_of(node, name):
    return [n for n in node.iter() if local(n) == name]


def column_of(said):
    number = 0
    for letter in said:
        number = number * 26 + ord(letter) - 64
    return number


class Listed:
    """The sheets of a workbook as ElementTree reads them, which is none of ours."""

    def __init__(self, package, trees):
        self.part = next(r.target for r in package.relations("") if r.kind == "officeDocument")
        targets = {r.id: r.target for r in package.relations(self.part)}
        self.sheets = []
        for node in all_of(trees[self.part], "sheet"):
            relation = next((node.get(f"{ns}id") for ns in _RELATED if node.get(f"{ns}id")), "")
            self.sheets.append(SimpleNamespace(name=node.get("name"), id=int(node.get("sheetId")), relation=relation, part=targets.get(relation, "")))


class Sound:
    """What Excel insists on, part by part; every broken promise is a sentence."""

    def __init__(self, data):
        self.package, self.parts = Package(data), parts(data)
        self.parts = {n: b for n, b in self.parts.items() if not n.endswith("/")}
        self.trees, self.faults = {}, []
        assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None
        self.well_formed()
        if not self.faults:
            self.book = Listed(self.package, self.trees)
            for check in (self.typed, self.related, self.ordered, self.listed, self.named, self.styled, self.filled, self.tabled, self.referred):
                check()

    def say(self, broken, said):
        if broken:
            self.faults.append(said)

    def well_formed(self):
        """With prefixes bound: expat by itself would not tell."""
        for name, body in self.parts.items():
            if name.endswith((".xml", ".rels")):
                try:
                    self.trees[name] = ElementTree.fromstring(body)
                except ElementTree.ParseError as fault:
                    self.say(True, f"{name} is not XML: {fault}")

    def typed(self):
        top = self.trees["[Content_Types].xml"]
        overridden = [n.get("PartName", "").lstrip("/").lower() for n in kids(top, "Override")]
        defaults = [n.get("Extension", "").lower() for n in kids(top, "Default")]
        self.say(len(set(overridden)) < len(overridden), "a part is given two content types")
        self.say(len(set(defaults)) < len(defaults), "an extension is given two content types")
        present = {n.lower() for n in self.parts}
        self.say(set(overridden) - present, f"content types of no part: {set(overridden) - present}")
        for name in present - set(overridden) - {"[content_types].xml"}:
            self.say(name.rpartition(".")[2] not in defaults, f"{name} has no content type")
        sheets = [n for n in kids(top, "Override") if n.get("ContentType", "").endswith(".worksheet+xml")]
        self.say(len(sheets) != len([s for s in self.book.sheets if "worksheets/" in s.part.lower()]), "a worksheet is no sheet of the workbook")

    def related(self):
        reached, waiting = {"[content_types].xml", "_rels/.rels"}, [""]
        while waiting:
            owner = waiting.pop()
            if rels_of(owner) not in self.package:
                continue
            reached.add(rels_of(owner).lower())
            ids = [n.get("Id") for n in self.trees[next(n for n in self.parts if n.lower() == rels_of(owner).lower())]]
            self.say(len(set(ids)) < len(ids), f"{owner}: two relationships of one id")
            for relation in self.package.relations(owner):
                if relation.external or "#" in relation.target:
                    continue
                self.say(relation.target not in self.package, f"{owner} → {relation.target}, which is not there")
                if relation.target in self.package and relation.target.lower() not in reached:
                    reached.add(relation.target.lower())
                    waiting.append(relation.target)
        self.orphans = {n for n in self.parts if n.lower() not in reached}
        for name, tree in self.trees.items():
            ids = {r.id for r in self.package.relations(name)} if not name.endswith(".rels") else set()
            asked = {v for node in tree.iter() for k, v in node.attrib.items() if k.startswith(_RELATED) and v}
            self.say(asked - ids, f"{name} asks for relationships that it does not have: {asked - ids}")

    def ordered(self):
        for name, tree in self.trees.items():
            order = _ORDER.get(local(tree), "").split()
            if order:
                said = [local(n) for n in tree if local(n) in order]
                self.say(said != sorted(said, key=order.index), f"{name}: elements in the order {said}")
                once = [n for n, times in Counter(said).items() if times > 1 and n not in ("conditionalFormatting", "AlternateContent", "controls")]
                self.say(once, f"{name}: more than one {once}")
            for node in tree.iter():
                if local(node) in _COUNTED and node.get("count") is not None and name.startswith("xl/") and "drawings" not in name:
                    self.say(int(node.get("count")) != len(list(node)), f"{name}: {local(node)} counts {node.get('count')}, holds {len(list(node))}")

    def listed(self):
        sheets = self.book.sheets
        for what, said in (("name", [s.name.casefold() for s in sheets]), ("sheetId", [s.id for s in sheets]), ("r:id", [s.relation for s in sheets]),
                           ("part", [s.part.lower() for s in sheets])):  # fmt: skip
            self.say(len(set(said)) < len(said), f"two sheets of one {what}: {said}")
        for sheet in sheets:
            self.say(not 0 < len(sheet.name) <= 31 or set(sheet.name) & set("[]:*?/\\"), f"no name for a sheet: {sheet.name}")
            self.say(sheet.part not in self.package, f"{sheet.name} has no part")
        selected = [n for n, s in enumerate(sheets) if any(v.get("tabSelected") in ("1", "true") for v in all_of(self.trees[s.part], "sheetView"))]
        windows = all_of(self.trees[self.book.part], "workbookView")
        for window in windows:
            self.say(int(window.get("activeTab", 0)) >= len(sheets), "no sheet is active")
        self.selected = [sheets[n].name for n in selected]
        self.active = [sheets[int(w.get("activeTab", 0))].name for w in windows if int(w.get("activeTab", 0)) < len(sheets)]

    def named(self):
        names = all_of(self.trees[self.book.part], "definedName")
        scoped = Counter((n.get("name", "").casefold(), n.get("localSheetId")) for n in names)
        self.say([k for k, times in scoped.items() if times > 1], f"names defined twice: {[k for k, t in scoped.items() if t > 1]}")
        known = {s.name.casefold() for s in self.book.sheets}
        for node in names:
            self.say(int(node.get("localSheetId", 0)) >= len(known), f"{node.get('name')} belongs to no sheet")
            for sheet in sheets_in(node.text or ""):
                self.say(sheet.casefold() not in known, f"{node.get('name')} stands for cells of {sheet}, which is not there")

    def styled(self):
        part = next(r.target for r in self.package.relations(self.book.part) if r.kind == "styles")
        self.styles = top = self.trees[part]
        size = {name: sum(len(list(n)) for n in kids(top, name)) for name in _COUNTED}
        self.size = size
        formats = {n.get("numFmtId") for s in kids(top, "numFmts") for n in s}
        self.say(len(formats) < size["numFmts"], "two number formats of one id")
        for section in ("cellStyleXfs", "cellXfs"):
            for n, xf in enumerate(x for s in kids(top, section) for x in s):
                for attribute, of in (("fontId", "fonts"), ("fillId", "fills"), ("borderId", "borders")):
                    self.say(int(xf.get(attribute, 0)) >= max(size[of], 1), f"{section} {n}: {attribute} {xf.get(attribute)} of {size[of]}")
                number = int(xf.get("numFmtId", 0))
                self.say(number >= 164 and str(number) not in formats, f"{section} {n}: number format {number} is not there")
                if section == "cellXfs" and xf.get("xfId") is not None and size["cellStyleXfs"]:
                    self.say(int(xf.get("xfId")) >= size["cellStyleXfs"], f"cellXfs {n}: xfId {xf.get('xfId')}")

    def filled(self):
        for sheet in self.book.sheets:
            top = self.trees[sheet.part]
            row_before = 0
            for row in all_of(top, "row"):
                if not kids(row, "c") and row.get("r") is None and len(row) == 0 and not row.attrib and row.text and row.text.isdigit():
                    continue  # an anchor's row
                at = int(row.get("r", row_before + 1))
                self.say(at <= row_before, f"{sheet.name}: row {at} after row {row_before}")
                row_before, before = at, 0
                for cell in kids(row, "c"):
                    if said := re.fullmatch(r"([A-Z]+)(\d+)", cell.get("r", "")):
                        self.say(int(said[2]) != at, f"{sheet.name}: cell {cell.get('r')} in row {at}")
                    column = column_of(said[1]) if said else before + 1
                    self.say(column <= before, f"{sheet.name}: cell {cell.get('r')} after column {before} in row {at}")
                    before = column
                    self.say(int(cell.get("s", 0)) >= max(self.size["cellXfs"], 1), f"{sheet.name}: style {cell.get('s')} of {self.size['cellXfs']}")
            for node in top.iter():
                if node.get("dxfId") is not None:
                    self.say(int(node.get("dxfId")) >= self.size["dxfs"], f"{sheet.name}: dxfId {node.get('dxfId')} of {self.size['dxfs']}")
                if local(node) in ("f", "formula", "formula1", "formula2") and node.text:
                    self.say(len(node.text) > 8192, f"{sheet.name}: a formula of {len(node.text)} characters")
                    self.say(any(len(t.replace('""', '"')) > 255 for t in re.findall(r'"((?:[^"]|"")*)"', node.text)), f"{sheet.name}: a text of over 255 in a formula")
            for node in all_of(top, "dataValidation"):
                for attribute, most in (("promptTitle", 32), ("errorTitle", 32), ("prompt", 255), ("error", 255)):
                    self.say(len(node.get(attribute, "")) > most, f"{sheet.name}: {attribute} of {len(node.get(attribute, ''))} characters")

    def tabled(self):
        values, found = None, []
        names = {n.get("name", "").casefold() for n in all_of(self.trees[self.book.part], "definedName")}
        for sheet in self.book.sheets:
            spans = []
            for relation in self.package.relations(sheet.part):
                if relation.kind != "table":
                    continue
                top = self.trees[relation.target]
                found.append((top.get("id"), top.get("displayName", "").casefold()))
                self.say(top.get("displayName", "").casefold() in names, f"{top.get('displayName')} is a table and a name")
                left, first, right, last = re.fullmatch(r"([A-Z]+)(\d+):([A-Z]+)(\d+)", top.get("ref", "")).groups()
                spans.append((column_of(left), int(first), column_of(right), int(last)))
                columns = [n.get("name") for n in all_of(top, "tableColumn")]
                ids = [n.get("id") for n in all_of(top, "tableColumn")]
                self.say(len({n.casefold() for n in columns}) < len(columns) or len(set(ids)) < len(ids), f"{top.get('displayName')}: two columns alike")
                self.say(len(columns) != column_of(right) - column_of(left) + 1, f"{top.get('displayName')}: {len(columns)} columns in {top.get('ref')}")
                values = values or cells(self.package.to_bytes())
                shown = [values.get(sheet.name, {}).get((int(first), column_of(left) + n)) for n in range(len(columns))]
                self.say(shown != [re.sub("_x([0-9A-F]{4})_", lambda m: chr(int(m[1], 16)), n) for n in columns],
                         f"{top.get('displayName')}: headers {shown} of columns {columns}")  # fmt: skip
            for n, (a, b, c, d) in enumerate(spans):
                for e, f, g, h in spans[:n]:
                    self.say(a <= g and e <= c and b <= h and f <= d, f"{sheet.name}: two tables overlap")
        for which, said in (("id", [n[0] for n in found]), ("name", [n[1] for n in found])):
            self.say(len(set(said)) < len(said), f"two tables of one {which}: {sorted(said)}")
        self.tables = {n[0] for n in found}

    def referred(self):
        """Charts, pivot tables and slicers name what is there."""
        known = {s.name.casefold() for s in self.book.sheets}
        for name, tree in self.trees.items():
            if name in self.orphans:
                continue
            if "/charts/" in name:
                for node in all_of(tree, "f"):
                    for sheet in sheets_in(node.text or ""):
                        self.say(sheet.casefold() not in known, f"{name} draws {sheet}, which is not there")
            for node in all_of(tree, "tableSlicerCache"):
                self.say(node.get("tableId") not in self.tables, f"{name} filters table {node.get('tableId')}, which is not there")
            if local(tree) == "calcChain":
                ids = {str(s.id): s for s in self.book.sheets}
                for node in kids(tree, "c"):
                    self.say(node.get("i") is not None and node.get("i") not in ids, f"the calculation chain names sheet {node.get('i')}")


def sheets_in(formula):
    """The sheets that a reference names."""
    said = re.findall(r"(?:'((?:[^']|'')+)'|(?<!#)\b([^\s'!,()=<>+*/&\-\"#]+))!", formula)
    return [(quoted.replace("''", "'") or bare) for quoted, bare in said]


def faults(data):
    return Sound(data).faults


# ----------------------------------------------------------------------------------------------------- every variant


@every
def test_it_is_sound_before(name):
    """Else what follows would say nothing of us."""
    assert faults(VARIANTS[name]()) == []


@every
def test_it_is_sound_after(name, made):
    data, done = made(name)
    sound = Sound(done.package)
    assert sound.faults == []
    assert sound.orphans == Sound(data).orphans


#: What has to change for new sheets to be listed and computed cells to be filled.
LISTS = {"[Content_Types].xml", BOOK, "xl/_rels/workbook.xml.rels"}


@every
def test_all_else_stays_byte_for_byte(name, made):
    data, done = made(name)
    before, after = parts(data), parts(done.package)
    book = Workbook(Package(data))
    registers = {s.part for s in book.sheets if s.name in {foreign.tab(k) for k in KEYS}}
    styles = {r.target for r in Package(data).relations(book.part) if r.kind == "styles"}
    assert {n for n in before if before[n] != after.get(n)} <= LISTS | registers | styles
    new = set(after) - set(before)
    assert all(re.fullmatch(r"xl/(worksheets|drawings|charts|tables)/(_rels/)?\w+\.xml(\.rels)?", n) for n in new), new


@every
def test_a_register_changes_only_in_computed_cells(name, made):
    data, done = made(name)
    one, other = cells(data), cells(done.package)
    filled = 0
    for key in KEYS:
        sheet = catalog().sheets[key]
        computed = {n for n, c in enumerate(sheet.columns.values(), 1) if c.computed}
        was, now = one[sheet.tab.zh], other[sheet.tab.zh]
        changed = {at for at in {*was, *now} if was.get(at) != now.get(at)}
        assert {column for _, column in changed} <= computed
        filled += len(changed)
    assert filled >= done.filled > 0


@every
def test_the_bytes_between_changed_cells_stay(name, made):
    """What stands before, between and after the cells of a register is as it was: the rest of both parts is the same, cells and hints aside."""
    data, done = made(name)
    book = Workbook(Package(data))
    for sheet in book.sheets:
        if sheet.name in {foreign.tab(k) for k in KEYS}:
            one, other = (re.sub(rb"<(?:\w+:)?c(?=[\s/>])[^>]*?(?:/>|>.*?</(?:\w+:)?c>)|\sspans\s*=\s*[\"'][^\"']*[\"']", b"", Package(d).read(sheet.part),
                                 flags=re.DOTALL)
                          for d in (data, done.package))  # fmt: skip
            assert one == other


@pytest.mark.parametrize("name", [n for n in VARIANTS if n not in UNKNOWN_TO_OPENPYXL])  # openpyxl cannot read those before the refresh either
def test_openpyxl_opens_it(name, made):
    data, done = made(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before, after = (openpyxl.load_workbook(io.BytesIO(d)) for d in (data, done.package))
    assert after.sheetnames[0] == "总览"
    assert [n for n in after.sheetnames if n in before.sheetnames] == before.sheetnames
    for key in KEYS:
        was, now = before[foreign.tab(key)], after[foreign.tab(key)]
        assert now.freeze_panes == was.freeze_panes
        assert set(now.tables) == set(was.tables)
        for row in was.iter_rows():
            for cell in row:
                same = now.cell(cell.row, cell.column)
                assert (same.number_format, same.font.b, same.fill.fgColor.rgb) == (cell.number_format, cell.font.b, cell.fill.fgColor.rgb) or cell.value is None


OF_THE_SAME_RECORDS = [n for n in VARIANTS if not re.search("registers|tables|styles", n) and n not in ("indented", "blanks in tags", "byte order marks")]


@pytest.mark.parametrize("name", OF_THE_SAME_RECORDS)  # without styles a day reads as a number
def test_the_figures_are_those_of_the_plain_workbook(name, made, plain):
    """However it is written, the same records give the same figures on the same days."""
    _, done = made(name)
    for sheet in (TICKETS, RISKS, "服务汇总", "风险汇总", "校验结果"):
        ours, theirs = cells(plain)[sheet], cells(done.package)[sheet]
        differ = {at: (ours.get(at), theirs.get(at)) for at in {*ours, *theirs} if not alike(ours.get(at), theirs.get(at))}
        assert differ == {}, sheet


def alike(one, other):
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, abs=1e-9)
    if isinstance(one, (date, datetime)) and isinstance(other, (date, datetime)):
        one, other = (d if isinstance(d, datetime) else datetime(d.year, d.month, d.day) for d in (one, other))
        return abs((one - other).total_seconds()) < 2
    return one == other or str(one).startswith("c.xlsx") or ("行" in str(one) and "c.xlsx" in str(one))


@every
def test_validation_says_the_same_but_for_what_was_typed_over(name, made, tmp_path):
    data, done = made(name)
    said = []
    for at, whole in (("a.xlsx", data), ("b.xlsx", done.package)):
        (tmp_path / at).write_bytes(whole)
        said.append(Counter((f.rule, f.sheet, f.cell, f.message.zh) for f in jobs.validate(tmp_path / at).findings if f.rule != "GEN-019"))
    assert said[0] == said[1]
    assert not any(f.rule == "GEN-019" for f in jobs.validate(tmp_path / "b.xlsx").findings)


@every
def test_a_second_and_a_third_refresh_are_stable(name, made, tmp_path):
    _, done = made(name)
    second = refreshed(done.package, tmp_path)
    third = refreshed(second.package, tmp_path)
    assert (second.filled, third.filled) == (0, 0)
    one, two, three = (parts(d.package) for d in (done, second, third))
    assert set(one) - {"xl/calcChain.xml"} == set(two) == set(three)
    assert len(one["xl/styles.xml"]) == len(two["xl/styles.xml"]) == len(three["xl/styles.xml"])
    assert [s.name for s in Workbook(Package(done.package)).sheets] == [s.name for s in Workbook(Package(third.package)).sheets]
    assert {n: b for n, b in two.items() if three[n] != b and n not in LISTS and "xl/tables/" not in n}.keys() <= generated(third.package)
    assert faults(third.package) == []


def generated(data):
    return {s.part for s in Workbook(Package(data)).marked().values()}


def test_a_third_refresh_gives_the_same_bytes_as_the_second(plain, tmp_path):
    """At the same time of the same records nothing is different: not even the ids of tables."""
    second = refreshed(plain, tmp_path).package
    third = refreshed(second, tmp_path).package
    one, other = parts(second), parts(third)
    assert [n for n in one if one[n] != other[n]] == []


# ---------------------------------------------------------------------------------------------------- names and views


@pytest.mark.parametrize("name", ["everything at once", "two windows", "registers as tables", "registers as tables, single quotes"])
def test_local_names_still_belong_to_their_sheets(name, made):
    data, done = made(name)
    said = []
    for whole in (data, done.package):
        book = Workbook(Package(whole))
        said.append({(e.attributes["name"], book.sheets[int(e.attributes["localSheetId"])].name, book.data[e.inside : e.close])
                     for e in book.names if "localSheetId" in e.attributes})  # fmt: skip
    assert said[0]
    assert said[0] <= said[1]


def test_every_window_shows_the_sheet_that_it_showed(made):
    data, done = made("two windows")
    said = []
    for whole in (data, done.package):
        book = Workbook(Package(whole))
        said.append([[book.sheets[int(n)].name for n in re.findall(rf'{a}="(\d+)"', book.data.decode())] for a in ("activeTab", "firstSheet")])
    assert said[0] == said[1]


@pytest.mark.parametrize("name", ["registers as tables", "everything at once", "two windows"])
def test_only_the_sheet_that_was_selected_is_selected(name, made):
    """Excel groups sheets that are selected together: what is typed into one goes into all."""
    data, done = made(name)
    assert Sound(data).selected
    assert Sound(done.package).selected == Sound(data).selected
    assert Sound(done.package).active == Sound(data).active


def test_only_the_users_sheet_is_selected_after_a_second_refresh_too(plain, tmp_path):
    overview = next(s.part for s in Workbook(Package(plain)).sheets if s.name == "总览")
    saved = foreign.edited(plain, overview, lambda s: s.replace(' tabSelected="1"', ""))  # as Excel saves it with another sheet in front
    assert faults(saved) == []
    again = Sound(refreshed(saved, tmp_path).package)
    assert again.selected == [strangers.OWN]


@pytest.mark.parametrize("mine", ["sel_project", "Sel_Project", "opsbook_own"])
def test_a_name_of_the_users_own_stays(mine, tmp_path):
    records = operations.records()
    data = strangers.workbook(keys=("projects", "plans"), records=records) if mine != "opsbook_own" else strangers.workbook()
    said = f'<definedNames><definedName name="{mine}">\'{strangers.OWN}\'!$A$2</definedName>'
    data = foreign.edited(data, BOOK, lambda s: s.replace("<definedNames>", said))
    done = refreshed(data, tmp_path)
    assert faults(done.package) == []
    book = Workbook(Package(done.package))
    assert [book.data[e.inside : e.close].decode() for e in book.names if e.attributes["name"] == mine] == [f"'{strangers.OWN}'!$A$2"]


# ------------------------------------------------------------------------------------------------ cells of computed columns


@pytest.mark.parametrize("cell", ['<c r="{}"><f>1+1</f><v>2</v></c>', '<c r="{}" t="str"><f>"a"</f><v>a</v></c>', '<c r="{}"><f t="shared" si="0"/><v>2</v></c>',
                                  '<c r="{}" cm="1"><f t="array" ref="{}">1+1</f><v>2</v></c>', '<c t="n" r=\'{}\'\n><f ca="1" >NOW()</f ><v>2</v></c>'])  # fmt: skip
def test_a_formula_of_the_users_own_stays(cell, tmp_path):
    at = foreign.computed_at("tickets", "resolve_hours") + "3"
    said = cell.replace("{}", at)
    data = foreign.with_cell(strangers.workbook(), TICKETS, at, said)
    done = refreshed(data, tmp_path)
    assert done.formulas == 1
    assert said.encode() in parts(done.package)[foreign.part_of(data, TICKETS)]


def test_cells_that_an_array_formula_fills_are_left_alone(tmp_path):
    """The formula stands in the first cell of its range alone; the others are its results."""
    column = foreign.computed_at("tickets", "resolve_hours")
    data = strangers.workbook()
    for row in (2, 3, 4):
        formula = f'<f t="array" ref="{column}2:{column}4">B2:B4</f>' if row == 2 else ""
        data = foreign.with_cell(data, TICKETS, f"{column}{row}", f'<c r="{column}{row}">{formula}<v>7</v></c>')
    done = refreshed(data, tmp_path)
    body = parts(done.package)[foreign.part_of(data, TICKETS)].decode()
    assert [re.search(rf'<c r="{column}{row}".*?<v>(.*?)</v>', body)[1] for row in (2, 3, 4)] == ["7", "7", "7"]
    assert done.formulas == 3


def test_an_array_formula_of_one_cell_is_left_alone_and_its_neighbours_are_filled():
    """XLOOKUP and its like are saved so, one in every row."""
    rows = 100
    body = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c><c r="B{n}" cm="1"><f t="array" ref="B{n}">1+1</f><v>2</v></c></row>' for n in range(1, rows + 1))
    package = Package(strangers.workbook())
    package.write("xl/worksheets/sheet1.xml", f'<worksheet xmlns="{strangers.MAIN}"><sheetData>{body}</sheetData></worksheet>'.encode())
    done = fill(package, "xl/worksheets/sheet1.xml", {n: {1: 5.0, 2: 5.0} for n in range(1, rows + 1)}, {})
    assert (done.changed, done.formulas) == (rows, rows)


@pytest.mark.parametrize("said", ["坏\x07值", "坏_x0007_值", "坏\x0b\x1f值", "坏_x0041_值", " 坏 <&> \"值\" '", "坏\u2028值\U0001f600", "x\ry\nz"])
def test_what_users_typed_comes_back_as_they_typed_it(said, tmp_path):
    """A finding quotes the cell: what stands in the flag is XML, and reads as it was typed."""
    records = operations.records()
    records["tickets"][0]["ticket_type"] = said
    data = strangers.workbook(records=records)
    typed = cells(data)[TICKETS][2, list(catalog().sheets["tickets"].columns).index("ticket_type") + 1]
    done = refreshed(data, tmp_path)
    assert faults(done.package) == []
    flag = cells(done.package)[TICKETS][2, list(catalog().sheets["tickets"].columns).index("check_flag") + 1]
    assert "GEN-003" in flag
    visible = re.sub(r"\s+", " ", "".join(c for c in typed if c.isprintable() or c.isspace())).strip()
    assert visible in re.sub(r"\s+", " ", "".join(c for c in flag if c.isprintable() or c.isspace()))
    refreshed(done.package, tmp_path)


def test_days_in_computed_columns_of_a_1904_workbook(made):
    """A day is written as the workbook counts days."""
    _, done = made("since 1904")
    sheet = catalog().sheets["tickets"]
    days = [c.name for c in sheet.columns.values() if c.computed and c.kind.name in ("day", "date", "moment", "datetime")]
    values = cells(done.package)[TICKETS]
    columns = {list(sheet.columns).index(n) + 1 for n in days}
    found = [v for (_, column), v in values.items() if column in columns and isinstance(v, (date, datetime))]
    shown = [v for v in cells(done.package)["校验结果"].values() if isinstance(v, (date, datetime))]
    assert {v.year for v in [*found, *shown]} == {2026}


def test_a_sheet_in_another_encoding_is_refused_or_stays_readable(tmp_path):
    """Chinese written into it as UTF-8 would be something else to every reader that believes its declaration."""
    data = foreign.of_another_encoding(strangers.workbook(), TICKETS)
    try:
        done = refreshed(data, tmp_path)
    except UnreadableFile as refused:
        assert "UTF-8" in str(refused.reason)
        return
    body = parts(done.package)[foreign.part_of(data, TICKETS)]
    assert body.decode("gbk")


# --------------------------------------------------------------------------------------------- what users do to our sheets


def board(data, sheet):
    """A generated sheet's cells by calamine, and where the header of notes stands: row, column."""
    values = cells(data)[sheet]
    return values, next(at for at, v in sorted(values.items()) if v == "备注")


def noted(data, sheet, row, note, style=None):
    """A note typed beside the line so many rows below the first header of notes."""
    _, (header, column) = board(data, sheet)
    package = Package(data)
    fill(package, next(s.part for s in Workbook(package).sheets if s.name == sheet), {header + row: {column: note}}, {})
    return package.to_bytes()


def test_a_note_is_kept_when_its_sheet_is_renamed(plain, tmp_path):
    data = foreign.renamed(noted(plain, RISKS_SUMMARY, 2, "已约谈"), RISKS_SUMMARY, "我的 风险&看板's")
    done = refreshed(data, tmp_path)
    names = [s.name for s in Workbook(Package(done.package)).sheets]
    assert "我的 风险&看板's" in names
    assert RISKS_SUMMARY not in names
    assert faults(done.package) == []
    assert "已约谈" in cells(done.package)["我的 风险&看板's"].values()
    assert Counter(cells(refreshed(done.package, tmp_path).package)["我的 风险&看板's"].values())["已约谈"] == 1


RISKS_SUMMARY = "风险汇总"


@pytest.mark.parametrize(("typed", "shown"), [(5.0, (5.0, "5")), (0.25, (0.25, "0.25")), (True, (True, "TRUE", "True", "是"))])
def test_a_note_that_is_no_text_reads_as_it_was_typed(typed, shown, plain, tmp_path):
    done = refreshed(noted(plain, RISKS_SUMMARY, 1, typed), tmp_path)
    values, (row, column) = board(done.package, RISKS_SUMMARY)
    assert values[row + 1, column] in shown


def test_a_day_typed_as_a_note_stays_a_day(plain, tmp_path):
    """Excel gives the cell a day's format when a day is typed."""
    _, (header, column) = board(plain, RISKS_SUMMARY)
    package = Package(plain)
    part = next(s.part for s in Workbook(package).sheets if s.name == RISKS_SUMMARY)
    fill(package, part, {header + 1: {column: date(2026, 10, 8)}}, {})
    style = next(n for n, xf in enumerate(re.findall(r"<xf [^>]*?(?:/>|>.*?</xf>)", re.search(r"<cellXfs.*?</cellXfs>", package.read("xl/styles.xml").decode(),
                                                                                              re.DOTALL)[0]))
                 if f'numFmtId="{day_format(package)}"' in xf)  # fmt: skip
    address = f"{letters(column)}{header + 1}"
    package.write(part, re.sub(rf'(<c r="{address}" s=")\d+', rf"\g<1>{style}", package.read(part).decode()).encode())
    assert isinstance(cells(package.to_bytes())[RISKS_SUMMARY][header + 1, column], date)
    values, (row, column) = board(refreshed(package.to_bytes(), tmp_path).package, RISKS_SUMMARY)
    assert str(values[row + 1, column]).startswith("2026-10-08")
    assert "00:00" not in str(values[row + 1, column]) or isinstance(values[row + 1, column], datetime)


def day_format(package):
    return re.search(r'<numFmt numFmtId="(\d+)" formatCode="yyyy-mm-dd"', package.read("xl/styles.xml").decode())[1]


def test_a_note_beside_one_of_two_findings_of_one_key_is_kept(tmp_path):
    """Two columns that no register knows, on one sheet: both findings have the same key."""
    data = foreign.with_cell(foreign.with_cell(strangers.workbook(), TICKETS, "BB1", '<c r="BB1" t="inlineStr"><is><t>我的列</t></is></c>'),
                             TICKETS, "BC1", '<c r="BC1" t="inlineStr"><is><t>我的另一列</t></is></c>')  # fmt: skip
    first = refreshed(data, tmp_path).package
    values, (header, column) = board(first, "校验结果")
    keys = {row: v for (row, c), v in values.items() if c == column + 1 and row > header}
    twice = [row for row, key in sorted(keys.items()) if Counter(keys.values())[key] == 2]
    assert len(twice) >= 2
    again = refreshed(noted(first, "校验结果", twice[0] - header, "这是有意增加的"), tmp_path).package
    assert "这是有意增加的" in cells(again)["校验结果"].values()
    both = noted(noted(first, "校验结果", twice[0] - header, "第一条"), "校验结果", twice[1] - header, "第二条")
    shown = cells(refreshed(both, tmp_path).package)["校验结果"].values()
    assert {"第一条", "第二条"} <= {v for note in shown if isinstance(note, str) for v in ("第一条", "第二条") if v in note}


def test_a_note_beside_what_is_no_more_is_kept_through_three_refreshes(plain, tmp_path):
    values, (header, _) = board(plain, RISKS_SUMMARY)
    data = noted(plain, RISKS_SUMMARY, 1, "待跟进")
    risk = next(v for (row, c), v in sorted(values.items()) if row == header + 1 and re.match(r"RSK-", str(v)))
    register = next(s.part for s in Workbook(Package(data)).sheets if s.name == RISKS)
    row = next(r for (r, c), v in cells(data)[RISKS].items() if c == 1 and v == risk)
    gone = foreign.edited(data, register, lambda s: re.sub(rf'<row r="{row}"[^>]*>.*?</row>', "", s, flags=re.DOTALL))
    for _ in range(3):
        gone = refreshed(gone, tmp_path).package
        shown = Counter(v for v in cells(gone)[RISKS_SUMMARY].values())
        assert shown["待跟进"] == 1
        assert shown[risk] == 1
    assert faults(gone) == []


@pytest.mark.parametrize("said", ["'风险汇总'!#REF!", "风险汇总!#REF!", "风险汇总!$A$3", "'风险汇总'!$C$1"])
def test_a_sheet_is_found_again_when_its_first_row_or_column_was_deleted(said, plain, tmp_path):
    """Deleting row 1 or column A, an empty margin, takes the cell that the mark stands for; the sheet is still there."""
    data = foreign.edited(plain, BOOK, lambda s: s.replace("'风险汇总'!$A$1<", f"{said}<"))
    names = [s.name for s in Workbook(Package(refreshed(data, tmp_path).package)).sheets]
    assert [n for n in names if n.startswith("风险汇总")] == ["风险汇总"]


@pytest.mark.parametrize("name", ["总览", RISKS_SUMMARY, "校验结果", "_opsbook_charts"])
def test_a_deleted_sheet_comes_back(name, plain, tmp_path):
    data = foreign.deleted(plain, name)
    assert faults(data) == [] or name == "_opsbook_charts"  # its charts would have nothing to draw
    done = refreshed(data, tmp_path).package
    assert faults(done) == []
    names = [s.name for s in Workbook(Package(done)).sheets]
    assert name in names
    assert len(names) == len(Workbook(Package(plain)).sheets)
    assert names[0] == "总览"


def test_a_users_own_sheet_in_place_of_a_deleted_one_is_never_overwritten(plain, tmp_path):
    """Deleted by Excel, the mark is void; then the user calls a sheet of their own as ours was called."""
    data = foreign.renamed(foreign.deleted(plain, "总览"), strangers.OWN, "总览")
    own = foreign.part_of(data, "总览")
    done = refreshed(data, tmp_path).package
    assert parts(done)[own] == parts(data)[own]
    assert faults(done) == []
    assert "总览 opsbook" in [s.name for s in Workbook(Package(done)).sheets]


def test_a_users_own_sheet_is_not_overwritten_though_openpyxl_left_the_mark(plain, tmp_path):
    """openpyxl leaves defined names as they were when a sheet is deleted: the mark then stands for a sheet of somebody else's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book, out = openpyxl.load_workbook(io.BytesIO(plain)), io.BytesIO()
    del book["总览"]
    book.create_sheet("总览")["A1"] = "我自己的总览"
    book.save(out)
    done = refreshed(out.getvalue(), tmp_path).package
    assert "我自己的总览" in {v for sheet in cells(done).values() for v in sheet.values()}


def test_a_sheet_renamed_to_the_name_of_one_that_was_deleted(plain, tmp_path):
    data = foreign.renamed(foreign.deleted(plain, "服务汇总"), RISKS_SUMMARY, "服务汇总")
    done = refreshed(data, tmp_path).package
    names = [s.name for s in Workbook(Package(done)).sheets]
    assert len({n.casefold() for n in names}) == len(names) == len(Workbook(Package(plain)).sheets)
    assert faults(done) == []


def test_two_sheets_that_swapped_their_names(plain, tmp_path):
    data = foreign.renamed(foreign.renamed(foreign.renamed(plain, RISKS_SUMMARY, "临时"), "服务汇总", RISKS_SUMMARY), "临时", "服务汇总")
    done = refreshed(data, tmp_path).package
    assert faults(done) == []
    assert any("风险" in str(v) for v in cells(done)["服务汇总"].values())
    assert [s.name for s in Workbook(Package(done)).sheets] == [s.name for s in Workbook(Package(data)).sheets]


def test_every_name_that_could_be_ours_is_taken(tmp_path):
    """The user's sheets bear the name of ours, and the name that ours then takes."""
    data = strangers.workbook()
    data = foreign.renamed(data, strangers.OWN, "总览")
    data = foreign.renamed(data, "图表页", "总览 OPSBOOK")
    done = refreshed(data, tmp_path).package
    assert faults(done) == []
    names = [s.name for s in Workbook(Package(done)).sheets]
    assert len(names) == len(Workbook(Package(data)).sheets) + 7
    assert parts(done)[foreign.part_of(data, "总览")] == parts(data)[foreign.part_of(data, "总览")]


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="nothing ends an endless loop here")
def test_a_name_is_found_though_every_shortened_one_is_taken():
    """Long names are cut to make room for a suffix: that too comes to an end."""
    data = strangers.workbook()
    for old, new in ((strangers.OWN, "Control & Security Summary"), ("图表页", "Control & Security Sum opsbook"), (RISKS, "Control & Security Sum opsboo 2")):
        data = foreign.renamed(data, old, new)

    def late(*_):
        raise TimeoutError("no name was found in 5 seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(5)
    try:
        name = refreshing.named([s.name for s in Workbook(Package(data)).sheets], {}, "en")["control_summary"]
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert len(name) <= 31
    assert name.casefold() not in {s.name.casefold() for s in Workbook(Package(data)).sheets}


def with_choice(data, project):
    """Another project chosen for the S-curve, in the cell that the name stands for."""
    said = next(target for name, target in Workbook(Package(data)).globals if name.startswith("sel_project") and target.sheet)
    part = foreign.part_of(data, said.sheet)
    return foreign.edited(data, part, lambda s: re.sub(rf'(<c r="{said.cells.replace("$", "")}"[^>]*>).*?</c>', rf"\1<is><t>{project}</t></is></c>", s))


@pytest.mark.long
@pytest.mark.parametrize("mine", ["sel_project", "Sel_Project"])
def test_a_name_of_the_users_own_that_ours_would_take(mine, tmp_path):
    """Names do not differ by case, and a name of somebody else's is not ours to delete."""
    path = demo_in(tmp_path)[0]
    data = foreign.edited(path.read_bytes(), BOOK, lambda s: s.replace("<definedNames>", f'<definedNames><definedName name="{mine}">42</definedName>'))
    assert "sel_project" not in zipfile.ZipFile(path).read(BOOK).decode()
    done = refreshed(data, tmp_path).package
    sheet, (row, column) = next((s, at) for s, found in cells(done).items() for at, v in found.items() if v == "项目（可选）")
    other = next(v for v in cells(done)["_opsbook_charts"].values() if str(v).startswith("PRJ-2026-003 "))
    for data in (done, refreshed(with_choice(done, other), tmp_path).package):
        assert faults(data) == []
        assert f'name="{mine}">42<' in parts(data)[BOOK].decode()
        assert parts(data)[BOOK].decode().count('name="sel_project_2"') == 1
    assert cells(data)[sheet][row, column + 1] == other


def test_a_table_of_the_users_own_that_is_named_as_one_of_ours(tmp_path):
    data = foreign.registers()
    part = next(r.target for r in Package(data).relations(foreign.part_of(data, RISKS)) if r.kind == "table")
    data = foreign.edited(data, part, lambda s: s.replace("t_risks", "opsbook_findings"))
    assert faults(data) == []
    assert faults(refreshed(data, tmp_path).package) == []


def test_a_note_beside_a_table_that_had_to_take_another_name_is_kept(tmp_path):
    data = foreign.registers()
    part = next(r.target for r in Package(data).relations(foreign.part_of(data, RISKS)) if r.kind == "table")
    once = refreshed(foreign.edited(data, part, lambda s: s.replace("t_risks", "OPSBOOK_top_risks")), tmp_path).package
    assert "opsbook_top_risks_2" in {t for p, d in parts(once).items() if p.startswith("xl/tables/") for t in re.findall('displayName="([^"]+)"', d.decode())}
    again = refreshed(noted(once, RISKS_SUMMARY, 1, "已复核"), tmp_path).package
    assert "已复核" in cells(again)[RISKS_SUMMARY].values()
    assert faults(again) == []


def test_local_names_of_ours_stand_by_their_sheet_though_a_users_sheet_bears_a_key(tmp_path):
    """A user's sheet may be called ``findings``, which is also how we call a sheet of ours among ourselves."""
    once = refreshed(foreign.renamed(strangers.workbook(), strangers.OWN, "findings"), tmp_path).package
    for data in (once, refreshed(once, tmp_path).package):
        book = Workbook(Package(data))
        ours = {s.name: s.place for s in book.sheets}
        local = [(int(e.attributes["localSheetId"]), book.target(e).sheet) for e in book.names if e.attributes["name"].startswith("_xlnm.Print_")]
        assert len(local) >= 10
        assert all(ours[sheet] == place for place, sheet in local)


def test_a_slicer_on_a_generated_table_leaves_nothing_dangling(plain, tmp_path):
    data = foreign.sliced(plain, RISKS_SUMMARY)
    assert faults(data) == []
    assert faults(refreshed(data, tmp_path).package) == []


def test_what_libreoffice_saves_is_refreshed_in_place(plain, tmp_path):
    """LibreOffice writes the marks in another way, and very hidden sheets as hidden ones."""
    (tmp_path / "r.xlsx").write_bytes(plain)
    (tmp_path / "out").mkdir()
    saved = converted(tmp_path / "r.xlsx", "xlsx:Calc MS Excel 2007 XML", tmp_path / "out").read_bytes()
    done = refreshed(saved, tmp_path)
    assert [s.name for s in Workbook(Package(done.package)).sheets] == [s.name for s in Workbook(Package(plain)).sheets]
    assert faults(done.package) == []


def test_libreoffice_opens_a_workbook_with_every_foreign_part(tmp_path):
    """And saves it with the figures that we wrote: every formula is worked out anew."""
    done = refreshed(everything(strangers.workbook()), tmp_path)
    (tmp_path / "r.xlsx").write_bytes(done.package)
    (tmp_path / "out").mkdir()
    theirs = cells(converted(tmp_path / "r.xlsx", "xlsx:Calc MS Excel 2007 XML", tmp_path / "out").read_bytes())
    ours = cells(done.package)
    assert list(theirs) == list(ours)
    for sheet in (TICKETS, RISKS, RISKS_SUMMARY, "服务汇总"):
        differ = {at: (v, theirs[sheet].get(at)) for at, v in ours[sheet].items() if isinstance(v, float) and not alike(v, theirs[sheet].get(at))}
        assert differ == {}, sheet


# --------------------------------------------------------------------------------------------------------- macros


def test_macros_forms_and_the_ribbon_stay_in_a_macro_workbook(tmp_path):
    data = everything(strangers.workbook(macros=True))
    done = refreshed(data, tmp_path, "c.xlsm").package
    before, after = parts(data), parts(done)
    for name in ("xl/vbaProject.bin", "customUI/customUI14.xml", "_rels/.rels", "xl/ctrlProps/ctrlProp71.xml", "xl/drawings/vmlDrawing71.vml", "customXml/item1.xml"):
        assert before[name] == after[name]
    assert faults(done) == []
    second = parts(refreshed(done, tmp_path, "c.xlsm").package)
    assert "xl/calcChain.xml" in after
    assert "xl/calcChain.xml" not in second  # formulas of ours that it might name are gone
    assert {n for n in before if n not in second} == {"xl/calcChain.xml"}


# ------------------------------------------------------------------------------------------------------ refusals


def lines_to(kind, target):
    return f'<Relationship Id="rIdR" Type="{strangers.RELATED}/{kind}" Target="{target}"/></Relationships>'.encode()


REFUSED = {
    "encrypted member": (foreign.encrypted, ""),
    "two members of one name": (foreign.doubled, "two parts are called"),
    "a signature": (lambda d: strangers.rezipped(d, more={"_xmlsignatures/sig1.xml": b"<x/>", "_xmlsignatures/origin.sigs": b""}), "signed"),
    "a marked section among cells": (lambda d: foreign.edited(d, foreign.part_of(d, TICKETS), lambda s: s.replace("<sheetData>", "<sheetData><![CDATA[ ]]>")), "CDATA"),
    "comments among cells": (lambda d: foreign.edited(d, foreign.part_of(d, TICKETS), lambda s: s.replace("</row>", "</row><!-- x -->", 1)), "comments"),
    "structure locked": (lambda d: foreign.edited(d, BOOK, lambda s: s.replace("<bookViews>", "<workbookProtection lockStructure = 'true' /><bookViews>")), "locks"),
    "shared": (lambda d: strangers.rezipped(d, lambda n, b: b.replace(b"</Relationships>", lines_to("usernames", "revisions/userNames.xml"))
                                            if n == "xl/_rels/workbook.xml.rels" else b, {"xl/revisions/userNames.xml": b"<users/>"}), "shared"),
    "a compression nobody knows": (lambda d: d.replace(b"PK\x01\x02", b"PK\x01\x02", 1)[: d.find(b"PK\x01\x02") + 10] + b"\x09"
                                   + d[d.find(b"PK\x01\x02") + 11 :], ""),
    "a compression that Excel does not know": (lambda d: strangers.rezipped(d, compression=zipfile.ZIP_LZMA), ""),
    "cut off": (lambda d: d[: len(d) // 2], ""),
    "a part that is broken": (lambda d: d[:3000] + b"\0" * 400 + d[3400:], ""),
    "no workbook part": (lambda d: strangers.rezipped(d, lambda n, b: b.replace(b"xl/workbook.xml", b"xl/nowhere.xml") if n == "_rels/.rels" else b), ""),
}  # fmt: skip


@pytest.mark.parametrize("name", list(REFUSED))
def test_it_is_refused_with_a_sentence(name, tmp_path):
    how, said = REFUSED[name]
    path = tmp_path / "c.xlsx"
    path.write_bytes(how(strangers.workbook()))
    before = path.read_bytes()
    with pytest.raises(UnreadableFile) as refused:
        jobs.refresh(path, now=NOW)
    assert said in str(refused.value.reason)
    if said:
        assert re.search("[\u4e00-\u9fff]", str(refused.value.reason))
    assert path.read_bytes() == before


def test_a_locked_structure_matters_only_where_sheets_are_added(plain, tmp_path):
    locked = foreign.edited(plain, BOOK, lambda s: s.replace("<bookViews>", '<workbookProtection lockStructure="1"/><bookViews>'))
    assert faults(refreshed(locked, tmp_path).package) == []


# -------------------------------------------------------------------------------------------------------- the demo


@pytest.mark.long
def test_the_demo_is_sound_and_stable(tmp_path):
    demo = demo_in(tmp_path)[0]
    before = demo.read_bytes()
    done = jobs.refresh(demo, now=NOW, complete=True)
    sound = Sound(done.package)
    assert sound.faults == []
    assert sound.orphans == set()
    (tmp_path / "again.xlsx").write_bytes(done.package)
    again = jobs.refresh(tmp_path / "again.xlsx", now=NOW, complete=True)
    assert faults(again.package) == []
    assert again.filled == 0
    one, other = parts(done.package), parts(again.package)
    assert set(one) == set(other)
    assert len(one["xl/styles.xml"]) == len(other["xl/styles.xml"])
    assert demo.read_bytes() == before

"""The same rows for every producer: twenty of each register of a claims workbook, and in some of them what people and programs leave.

A cell is a text, a number or nothing; what else it can be is said by a letter: ``{"d": day}``, ``{"dt": moment}``, ``{"e": error}``, ``{"b": yes or no}``,
``{"n": a number where none is due}``, ``{"rich": [bold, plain]}``, ``{"ph": [text, how it is read]}``. So JSON can say it to any program.
"""

import json
import re
import zipfile
from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from opsbook.demo import operations
from opsbook.grammar.finding import letters
from opsbook.sheets import catalog

REGISTERS = ("employees", "plans", "projects", "budget", "expenses")
FIRST = 6  # the row below the template's header
#: Expense line (from 0) → its column, and what is put there.
ODD: dict[int, tuple[str, Any]] = {
    3: ("invoice_no", "26116301030936272655"),  # of line 4, too
    4: ("seller_uscc", "913100006000000027"),  # its check digit is another
    5: ("tax_rate", 9.0),
    6: ("claim_amount", 162.07),  # more than the voucher
    7: ("exp_type", None),
    8: ("tax_amount", {"e": "#N/A"}),
    9: ("attachments", {"b": True}),
    10: ("invoice_no", {"n": 2.6114193810122363e19}),  # digits beyond the fifteenth are lost
    11: ("invoice_date", "2026年3月5日"),
    12: ("submitted_on", {"dt": "2026-03-05T14:30:00"}),
    13: ("invoice_code", "001100"),
    14: ("purpose", "  第一行\n第二行 & <b> \u3000尾  "),
    15: ("total_amount", "￥1,234.50"),
    16: ("remarks", {"rich": ["红字", "普通"]}),
    17: ("remarks", {"ph": ["東京都", "トウキョウト"]}),
    18: ("start_on", {"n": 46047.0}),
    19: ("remarks", "0012"),
}
Filling = dict[str, dict[str, Any]]  # tab → its ``cols``, its ``rows`` as header → cell


def filling(without: Collection[str] = ()) -> Filling:
    """The rows, by tab; ``without`` what is odd in some columns of the claims, for a program that cannot write it."""
    records, filled = operations.records(), {}
    for key in REGISTERS:
        sheet = catalog().sheets[key]
        rows = []
        for number, record in enumerate(records[key][:20]):
            odd, put = ODD.get(number, ("", None)) if key == "expenses" else ("", None)
            odd = "" if odd in without else odd
            cells = {c.header.zh: put if c.name == odd else _cell(c, record.get(c.name)) for c in sheet.columns.values() if not c.computed}
            rows.append({header: cell for header, cell in cells.items() if cell is not None})
        filled[sheet.tab.zh] = {"key": key, "cols": [c.header.zh for c in sheet.columns.values()], "rows": rows}
    return filled


def _cell(column: Any, value: Any) -> Any:
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return {"dt": value.isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    return column.kind.write(value, "zh") if isinstance(value, str) and hasattr(column.kind, "choices") else value


def lines(filled: Filling, top: int) -> list[tuple[str, int, int, str, str]]:
    """All cells as tab, row, column, letter and text, for programs that read no JSON; ``top`` is the first row."""
    found = []
    for tab, sheet in filled.items():
        for row, cells in enumerate(sheet["rows"], top):
            for column, header in enumerate(sheet["cols"], 1):
                if header in cells:
                    cell = cells[header]
                    kind, said = next(iter(cell.items())) if isinstance(cell, dict) else ("s" if isinstance(cell, str) else "n", cell)
                    said = "".join(said) if kind == "rich" else said[0] if kind == "ph" else said
                    kind = {"rich": "s", "ph": "s", "dt": "d"}.get(kind, kind)
                    found.append((tab, row, column, kind, str(said).replace("\n", "\\n")))
    return found


def dumped(filled: Filling, folder: Path) -> Path:
    """The rows as JSON."""
    path = folder / "rows.json"
    path.write_text(json.dumps(filled, ensure_ascii=False), encoding="utf-8")
    return path


def as_excel(template: Path, filled: Filling, out: Path) -> Path:
    """The template filled as Excel does it: shared texts, the formats of the columns, each table grown to its last row."""
    package = zipfile.ZipFile(template)
    parts = {name: package.read(name) for name in package.namelist()}
    book, rels = parts["xl/workbook.xml"].decode(), parts["xl/_rels/workbook.xml.rels"].decode()
    texts = _Texts(parts["xl/sharedStrings.xml"].decode())
    for tab, sheet in filled.items():
        rel = _one(rf'name="{tab}"[^>]*r:id="([^"]+)"', book)
        part = "xl/" + _one(rf'Id="{rel}"[^>]*Target="([^"]+)"', rels)
        markup = parts[part].decode()
        columns = re.findall(r'<col min="(\d+)" max="(\d+)"[^>]*?style="(\d+)"', markup)
        formats = {place: style for first, last, style in columns for place in range(int(first), int(last) + 1)}
        rows = "".join(f'<row r="{n}">{_row(n, cells, sheet["cols"], formats, texts)}</row>' for n, cells in enumerate(sheet["rows"], FIRST))
        markup = re.sub(rf'<row r="{FIRST}"[^>]*?(/>|>.*?</row>)', "", markup, flags=re.DOTALL)  # the template's own first row
        parts[part] = markup.replace("</sheetData>", f"{rows}</sheetData>").encode()
        table = "xl/tables/" + _one(r"tables/(table\d+\.xml)", parts[part.replace("worksheets/", "worksheets/_rels/") + ".rels"].decode())
        grown = rf'ref="A{FIRST - 1}:\g<1>{FIRST - 1 + len(sheet["rows"])}"'
        parts[table] = re.sub(rf'ref="A{FIRST - 1}:([A-Z]+){FIRST}"', grown, parts[table].decode()).encode()
    parts["xl/sharedStrings.xml"] = texts.part().encode()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in parts.items():
            made.writestr(name, data)
    return out


def _one(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, f"the template has no {pattern}"
    return found[1].removeprefix("/xl/")


class _Texts:
    """The shared texts of a workbook, and those that are added."""

    def __init__(self, part: str) -> None:
        self._part, self._before, self._added = part, part.count("<si>"), list[str]()

    def add(self, item: str) -> int:
        self._added.append(f"<si>{item}</si>")
        return self._before + len(self._added) - 1

    def part(self) -> str:
        counted = re.sub(r' (count|uniqueCount)="\d+"', lambda found: f' {found[1]}="{self._before + len(self._added)}"', self._part)
        return counted.replace("</sst>", "".join(self._added) + "</sst>")


def _row(number: int, cells: dict[str, Any], headers: list[str], formats: dict[int, str], texts: _Texts) -> str:
    return "".join(_written(f'r="{letters(place)}{number}" s="{formats.get(place, 0)}"', cells[header], texts)
                   for place, header in enumerate(headers, 1) if header in cells)  # fmt: skip


def _written(head: str, cell: Any, texts: _Texts) -> str:
    kind, said = next(iter(cell.items())) if isinstance(cell, dict) else ("", cell)
    match kind:
        case "d" | "dt":
            days = (datetime.fromisoformat(said) - datetime(1899, 12, 30)).total_seconds() / 86400
            return f"<c {head}><v>{int(days) if days == int(days) else repr(days)}</v></c>"
        case "e":
            return f'<c {head} t="e"><f>NA()</f><v>{said}</v></c>'
        case "b":
            return f'<c {head} t="b"><v>{int(said)}</v></c>'
        case "rich":
            item = f"<r><rPr><b/></rPr><t>{said[0]}</t></r><r><t>{said[1]}</t></r>"
        case "ph":
            item = f'<t>{said[0]}</t><rPh sb="0" eb="3"><t>{said[1]}</t></rPh><phoneticPr fontId="1"/>'
        case _ if isinstance(said, str):
            item = f'<t xml:space="preserve">{escape(said)}</t>'
        case _:
            return f"<c {head}><v>{repr(float(said)).replace('e+', 'E+').removesuffix('.0')}</v></c>"
    return f'<c {head} t="s"><v>{texts.add(item)}</v></c>'

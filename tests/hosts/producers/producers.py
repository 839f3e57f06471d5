"""Programs that fill workbooks: how each is told to fill the template, or to write a workbook of its own, with the same rows."""

import atexit
import os
import re
import shutil
import subprocess
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from filling import FIRST, Filling, as_excel, dumped, lines

PROGRAMS = Path(__file__).parent / "programs"
Fill = Callable[[Path, Filling, Path], Path]  # the template, the rows, the file that is to be written → the file


@dataclass(frozen=True)
class Producer:
    """A program. ``missing`` says in a sentence why it cannot be run here, '' where it can. ``whole``: it fills the template; else it writes its headers
    into row 1 of a workbook of its own. ``without``: the columns whose odd cells it cannot write. ``lightly``: installed with the tests or by .ci/run.
    ``otherwise``: why it is judged otherwise, where what it writes is something else."""

    name: str
    fill: Fill
    missing: Callable[[], str] = lambda: ""
    whole: bool = True
    without: tuple[str, ...] = ()
    suffix: str = ".xlsx"
    lightly: bool = False
    otherwise: str = ""


    @property
    def folder(self) -> str:
        """Its name as that of a folder."""
        return re.sub(r"\W+", "_", self.name)


def _module(name: str) -> Callable[[], str]:
    return lambda: "" if find_spec(name) else f"{name} is not installed: pip install {name}"


def _program(name: str, package: str) -> Callable[[], str]:
    return lambda: "" if shutil.which(name) else f"{name} is not installed: apt-get install {package}"


def value(cell: Any, *, error: Any = None) -> Any:
    """A cell as Python's libraries take it."""
    if not isinstance(cell, dict):
        return cell
    kind, said = next(iter(cell.items()))
    match kind:
        case "d":
            return date.fromisoformat(said)
        case "dt":
            return datetime.fromisoformat(said)
        case "e":
            return error
        case "rich":
            return "".join(said)
        case "ph":
            return said[0]
    return said


def _table(sheet: dict[str, Any]) -> list[list[Any]]:
    return [[value(row.get(header)) for header in sheet["cols"]] for row in sheet["rows"]]


# ------------------------------------------------------------------------------------------------------ Python


def by_openpyxl(template: Path, filled: Filling, out: Path) -> Path:
    """Cell by cell into the template; it stores no results of formulas."""
    import openpyxl
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(template)
    for tab, sheet in filled.items():
        for number, row in enumerate(sheet["rows"], FIRST):
            for place, header in enumerate(sheet["cols"], 1):
                cell = row.get(header)
                put = value(cell, error="#N/A")
                if isinstance(cell, dict) and "rich" in cell:
                    put = CellRichText([TextBlock(InlineFont(b=True), cell["rich"][0]), cell["rich"][1]])
                if put is not None:
                    book[tab].cell(number, place).value = put
    book.save(out)
    return out


def by_pandas(_: Path, filled: Filling, out: Path) -> Path:
    """A frame a sheet, by openpyxl."""
    import pandas as pd

    with pd.ExcelWriter(out, engine="openpyxl") as writer:
        for tab, sheet in filled.items():
            pd.DataFrame(_table(sheet), columns=sheet["cols"]).to_excel(writer, sheet_name=tab, index=False)
    return out


def by_polars(_: Path, filled: Filling, out: Path) -> Path:
    """A frame a sheet, by XlsxWriter. A column has one type: what is of another is written into its cell afterwards."""
    import polars as pl
    import xlsxwriter

    book = xlsxwriter.Workbook(str(out))
    for tab, sheet in filled.items():
        columns, others = {}, []
        table = _table(sheet)
        for place, header in enumerate(sheet["cols"]):
            cells = [row[place] for row in table]
            types = [type(cell) for cell in cells if cell is not None]
            usual = max(set(types), key=types.count, default=str)
            columns[header] = pl.Series(header, [cell if type(cell) is usual else None for cell in cells], dtype={str: pl.String, date: pl.Date}.get(usual))
            others += [(row, place, cell) for row, cell in enumerate(cells, 1) if cell is not None and type(cell) is not usual]
        page = book.add_worksheet(tab)
        pl.DataFrame(columns).write_excel(book, worksheet=tab, table_name=f"t_{sheet['key']}")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for row, place, cell in others:
            page.write_datetime(row, place, cell, day) if isinstance(cell, date) else page.write(row, place, cell)
        for row, cells in enumerate(sheet["rows"], 1):
            for place, header in enumerate(sheet["cols"]):
                if isinstance(cell := cells.get(header), dict) and "e" in cell:
                    page.write_formula(row, place, "=NA()", None, cell["e"])
    book.close()
    return out


def by_pyexcelerate(_: Path, filled: Filling, out: Path) -> Path:
    """Cell by cell: what is given as rows has no formats, and days are numbers then. It writes neither results of formulas nor errors."""
    from pyexcelerate import Workbook

    book = Workbook()
    for tab, sheet in filled.items():
        page = book.new_sheet(tab)
        for row, cells in enumerate([sheet["cols"], *_table(sheet)], 1):
            for column, cell in enumerate(cells, 1):
                if cell is not None:
                    page.set_cell_value(row, column, cell)
    book.save(str(out))
    return out


# ------------------------------------------------------------------------------------------- office programs


def by_libreoffice(form: str) -> Fill:
    """The workbook as Excel fills it, opened and saved in another format."""

    def fill(template: Path, filled: Filling, out: Path) -> Path:
        source = as_excel(template, filled, out.with_name("as_excel.xlsx"))
        folder = out.parent / "converted"
        profile = f"-env:UserInstallation={(out.parent / 'profile').as_uri()}"
        subprocess.run(["soffice", profile, "--headless", "--convert-to", form, "--outdir", str(folder), str(source)], check=True, capture_output=True, timeout=120)
        return (folder / f"as_excel.{form.partition(':')[0]}").replace(out)

    return fill


def by_gnumeric(form: str) -> Fill:
    """The workbook as Excel fills it, converted."""

    def fill(template: Path, filled: Filling, out: Path) -> Path:
        source = as_excel(template, filled, out.with_name("as_excel.xlsx"))
        subprocess.run(["ssconvert", "-T", form, str(source), str(out)], check=True, capture_output=True, timeout=120)
        return out

    return fill


# -------------------------------------------------------------------------------------------- JavaScript & co.

NPM = {"exceljs": "4.4.0", "xlsx": "0.18.5", "xlsx-populate": "1.21.0"}


@cache
def _npm() -> tuple[str, str]:
    """The folder of the packages of npm, and why there is none: they are installed once a process, into OPSBOOK_NPM or a folder that goes with it."""
    if not (shutil.which("node") and shutil.which("npm")):
        return "", "node and npm are not installed: apt-get install nodejs npm"
    folder = os.environ.get("OPSBOOK_NPM", "")
    if not folder:
        folder = tempfile.mkdtemp(prefix="opsbook_npm")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    wanted = [f"{name}@{version}" for name, version in NPM.items() if not Path(folder, "node_modules", name).is_dir()]
    command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", folder, *wanted]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300) if wanted else None
    return folder, f"npm could not install {' '.join(wanted)}: {done.stderr.strip()[-200:]}" if done and done.returncode else ""


def by_node(script: str, *more: str) -> Fill:
    """A script that runs on node."""

    def fill(template: Path, filled: Filling, out: Path) -> Path:
        command = ["node", str(PROGRAMS / script), str(template), str(dumped(filled, out.parent)), str(out), *more]
        subprocess.run(command, check=True, capture_output=True, timeout=120, env=os.environ | {"NODE_PATH": f"{_npm()[0]}/node_modules", "TZ": "UTC"})
        return out

    return fill


def _tables(filled: Filling, folder: Path, top: int) -> tuple[str, str]:
    """Headers and cells as tab-separated texts."""
    heads, cells = folder / "heads.tsv", folder / "cells.tsv"
    heads.write_text("".join("\t".join([tab, *sheet["cols"]]) + "\n" for tab, sheet in filled.items()), encoding="utf-8")
    cells.write_text("".join("\t".join(map(str, line)) + "\n" for line in lines(filled, top)), encoding="utf-8")
    return str(heads), str(cells)


def by_perl(_: Path, filled: Filling, out: Path) -> Path:
    """Excel::Writer::XLSX."""
    subprocess.run(["perl", str(PROGRAMS / "writer.pl"), *_tables(filled, out.parent, 2), str(out)], check=True, capture_output=True, timeout=120)
    return out


def by_r(template: Path, filled: Filling, out: Path) -> Path:
    """openxlsx2."""
    subprocess.run(["Rscript", str(PROGRAMS / "fill.R"), str(template), str(dumped(filled, out.parent)), str(out)], check=True, capture_output=True, timeout=300)
    return out


def by_poi(template: Path, filled: Filling, out: Path) -> Path:
    """Apache POI."""
    classes = out.parent / "classes"
    path = os.pathsep.join(sorted(str(jar) for jar in _JARS.glob("*.jar")))
    subprocess.run(["javac", "-cp", path, "-d", str(classes), str(PROGRAMS / "Fill.java")], check=True, capture_output=True, timeout=300)
    _, cells = _tables(filled, out.parent, FIRST)
    command = ["java", "-Duser.timezone=UTC", "-cp", f"{path}{os.pathsep}{classes}", "Fill", str(template), cells, str(out)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return out


def _perl() -> str:
    if not shutil.which("perl") or subprocess.run(["perl", "-MExcel::Writer::XLSX", "-e", "1"], capture_output=True).returncode:
        return "Excel::Writer::XLSX is not installed: apt-get install libexcel-writer-xlsx-perl"
    return ""


def _r() -> str:
    said = 'quit(status = !all(c("openxlsx2", "jsonlite") %in% rownames(installed.packages())))'
    if not shutil.which("Rscript") or subprocess.run(["Rscript", "-e", said], capture_output=True).returncode:
        return 'openxlsx2 is not installed: install.packages(c("openxlsx2", "jsonlite")) in R'
    return ""


_JARS = Path(os.environ.get("OPSBOOK_POI", "/usr/share/java"))


def _poi() -> str:
    way = "put the jars of its own distribution, and those that it wants, into a folder and name that in OPSBOOK_POI"
    if not shutil.which("javac") or not (jars := list(_JARS.glob("poi-ooxml*.jar"))):
        return f"Apache POI is not installed: apt-get install default-jdk-headless, {way}"
    if not any("TypeSystemHolder" in name for jar in jars for name in zipfile.ZipFile(jar).namelist()):
        return f"Apache POI opens no workbook here, because it was packed without its schemas (as in Debian): {way}"
    return ""


_LIBREOFFICE, _GNUMERIC, _NODE = _program("soffice", "libreoffice-calc"), _program("ssconvert", "gnumeric"), lambda: _npm()[1]
#: A number in a column of days: it takes the column's format from the template in Excel, and none in a program that writes cells alone.
_DAY = ("start_on",)
_NO_ERROR = ("tax_amount",)
#: LibreOffice has no cells that are yes or no: a format shows the number so, and the template's is another.
_NO_YES = ("attachments",)
_BLANKS = ("purpose",)  # blanks at the ends of a text are not marked as wanted
PRODUCERS = (
    Producer("openpyxl", by_openpyxl, without=_DAY, lightly=True),
    Producer("pandas", by_pandas, whole=False, without=_DAY + _NO_ERROR, lightly=True),
    Producer("polars", by_polars, _module("polars"), whole=False, without=_DAY, lightly=True),
    Producer("PyExcelerate", by_pyexcelerate, _module("pyexcelerate"), whole=False, without=_DAY + _NO_ERROR, lightly=True),
    Producer("LibreOffice xlsx", by_libreoffice("xlsx:Calc MS Excel 2007 XML"), _LIBREOFFICE, without=_NO_YES, lightly=True),
    Producer("LibreOffice ods", by_libreoffice("ods"), _LIBREOFFICE, without=_NO_YES, suffix=".ods", lightly=True),
    Producer("LibreOffice xls", by_libreoffice("xls"), _LIBREOFFICE, without=_NO_YES, suffix=".xls", lightly=True),
    Producer("ExcelJS", by_node("exceljs.js"), _NODE),
    Producer("SheetJS xlsx", by_node("sheetjs.js", "xlsx"), _NODE, without=_DAY),
    Producer("SheetJS ods", by_node("sheetjs.js", "ods"), _NODE, without=_DAY + _NO_ERROR, suffix=".ods"),
    Producer("SheetJS xls", by_node("sheetjs.js", "biff8"), _NODE, without=_DAY, suffix=".xls",
             otherwise="its days are bare numbers: the free edition writes no formats"),
    Producer("SheetJS xlsb", by_node("sheetjs.js", "xlsb"), _NODE, suffix=".xlsb", otherwise="refused in one sentence: its cells are not read whole"),
    Producer("xlsx-populate", by_node("populate.js"), _NODE, without=_NO_ERROR),
    Producer("openxlsx2", by_r, _r),
    Producer("Excel::Writer::XLSX", by_perl, _perl, whole=False, without=_DAY),
    Producer("Gnumeric xlsx", by_gnumeric("Gnumeric_Excel:xlsx"), _GNUMERIC, without=_BLANKS),
    Producer("Gnumeric ods", by_gnumeric("Gnumeric_OpenCalc:odf"), _GNUMERIC, suffix=".ods"),
    Producer("Gnumeric xls", by_gnumeric("Gnumeric_Excel:excel_biff8"), _GNUMERIC, suffix=".xls"),
    Producer("Apache POI", by_poi, _poi),
)

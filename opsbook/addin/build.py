"""Build: the add-in for Excel (``opsbook.xlam``) and the extension for LibreOffice (``opsbook.oxt``), made from texts."""

import io
import re
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import xlwings

from opsbook import __version__
from opsbook.addin import functions
from opsbook.addin.machine import PROJECT
from opsbook.addin.texts import labels, stamped, text

RIBBON = "customUI/customUI14.xml"
IDENTIFIER = "org.opsbook.addin"
BAR = "org.opsbook.bar"
_RELATION = "http://schemas.microsoft.com/office/2007/relationships/ui/extensibility"
_MOMENT = (2026, 1, 1, 0, 0, 0)  # the same texts give the same bytes
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def xlam() -> bytes:
    """The add-in for Excel: xlwings' own, with our modules and our ribbon in it, and nothing of the quick start it is made from."""
    from pyopenvba import ExcelFile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "opsbook.xlam"
        path.write_bytes((Path(xlwings.__file__).parent / "quickstart_addin_ribbon.xlam").read_bytes())
        with ExcelFile(str(path)) as book:
            project = book.vba_project()
            project.delete_module("RibbonMyAddin")
            book.set_module("xlwings", ours(book.vba_modules()["xlwings"], text("excel.bas")))
            project.add_module("OpsBook", stamped(text("opsbook.bas")))
            project.add_module("OpsBookFunctions", functions.bas())
            book.save(str(path))
        return _packed(path.read_bytes(), text("ribbon.xml").encode())


def ours(module: str, replacements: str) -> str:
    """The module of xlwings, with the name of our project, our functions in the place of those of the same name, and no path of a workbook
    in the command of its server; a ValueError if it has no such place (xlwings has changed: read it anew)."""
    for pattern, new in (
        (r'(?m)^Public Const PROJECT_NAME As String = "myaddin"', f'Public Const PROJECT_NAME As String = "{PROJECT}"'),
        (r"(?m)^( *)PYTHONPATH = AddExcelDir & [^\n]*(?=\n(?s:.)*?^Private Sub XLPyLoadDLL)", r'\1PYTHONPATH = "false;;;;;"'),
    ):
        module, places = re.subn(pattern, new, module)
        if places == 0:
            raise ValueError(f"xlwings {xlwings.__version__} has no {pattern}")
    for name, function in procedures(replacements).items():
        if name in (there := procedures(module)):
            module = module.replace(there[name], function)
        elif name.startswith("Ops"):
            module += f"\n{function}\n"
        else:
            raise ValueError(f"xlwings {xlwings.__version__} has no {name}")
    return module


def procedures(source: str) -> dict[str, str]:
    """The functions and Subs of a module: name → text."""
    found = re.finditer(r"(?ms)^(?:Public |Private )?(Function|Sub) (\w+)\(.*?^End \1", source)
    return {each[2]: each[0] for each in found}


def _packed(package: bytes, ribbon: bytes) -> bytes:
    """The package with this ribbon and no other, under our name, and the relationship that makes Excel look at the ribbon."""
    relation = f'<Relationship Id="rIdOpsBook" Type="{_RELATION}" Target="{RIBBON}"/>'.encode()
    mends: dict[str, Callable[[bytes], bytes]] = {
        "_rels/.rels": lambda data: re.sub(rb"<Relationship [^>]*ui/extensibility[^>]*/>", b"", data).replace(b"</Relationships>", relation + b"</Relationships>"),
        "xl/vbaProject.bin": _renamed,
        "xl/workbook.xml": lambda data: re.sub(rb"<mc:AlternateContent.*?</mc:AlternateContent>", b"", data).replace(b"_myaddin.conf", b"OpsBook"),
        "xl/worksheets/sheet1.xml": lambda data: re.sub(rb"<sheetData>.*</sheetData>", b"<sheetData/>", data).replace(b"A1:B13", b"A1"),
        "docProps/core.xml": lambda data: re.sub(rb">[^<>]*Felix[^<>]*<", b">opsbook<", data),
    }  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in source.namelist():
            if not name.startswith("customUI/"):
                made.writestr(zipfile.ZipInfo(name, _MOMENT), mends.get(name, bytes)(source.read(name)), zipfile.ZIP_DEFLATED)
        made.writestr(zipfile.ZipInfo(RIBBON, _MOMENT), ribbon, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _renamed(project: bytes) -> bytes:
    """The VBA project under our name, without that of whoever made the quick start; each is as long as the one before it."""
    from pyopenvba.cfb import CFB
    from pyopenvba.vba import compress, decompress

    book = CFB.from_bytes(project)
    names = decompress(book.get_stream_in_storage("VBA", "dir"))
    for former, ours in (("MyAddin", "OpsBook"), ("felix", "owner")):
        for coding in ("ascii", "utf-16-le"):
            names = names.replace(former.encode(coding), ours.encode(coding))
    book.write_stream_in_storage("VBA", "dir", compress(names))
    book.write_stream("PROJECT", book.get_stream("PROJECT").replace(b'Name="MyAddin"', b'Name="OpsBook"'))
    return bytes(book.to_bytes())


def oxt(python: str, pipe: str) -> bytes:
    """The extension for LibreOffice: the same Subs, a menu and a tool bar; ``python`` is what runs behind them, ``pipe`` the secret name of
    the pipe over which it comes back."""
    run = text("libreoffice/run_python.basic").replace("%PYTHON%", python.replace('"', '""')).replace("%PIPE%", pipe)
    modules = {"OpsBook": stamped(text("opsbook.bas")), "OpsRunPython": run}
    parts = {
        "META-INF/manifest.xml": _manifest({"OpsBook/": "application/vnd.sun.star.basic-library", "Addons.xcu": "application/vnd.sun.star.configuration-data",
                                            "Setup.xcu": "application/vnd.sun.star.configuration-data",
                                            "CalcWindowState.xcu": "application/vnd.sun.star.configuration-data"}),
        "description.xml": f'{_XML}<description xmlns="http://openoffice.org/extensions/description/2006"><identifier value="{IDENTIFIER}"/>'
                           f'<version value="{__version__}"/><display-name><name lang="en">opsbook</name></display-name></description>',
        "OpsBook/script.xlb": _library("library", modules), "OpsBook/dialog.xlb": _library("library", {}),
        "Addons.xcu": _addons(), "Setup.xcu": _setup(pipe), "CalcWindowState.xcu": _docked(),
        **{f"OpsBook/{name}.xba": _module(name, source) for name, source in modules.items()},
    }  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, said in parts.items():
            made.writestr(zipfile.ZipInfo(name, _MOMENT), said.encode(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _manifest(entries: Mapping[str, str]) -> str:
    lines = "".join(f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{kind}"/>' for path, kind in entries.items())
    return f'{_XML}<manifest:manifest xmlns:manifest="http://openoffice.org/2001/manifest">{lines}</manifest:manifest>'


def _library(kind: str, modules: Mapping[str, str]) -> str:
    lines = "".join(f'<library:element library:name="{name}"/>' for name in modules)
    return (f'{_XML}<!DOCTYPE library:{kind} PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">\n'
            f'<library:{kind} xmlns:library="http://openoffice.org/2000/library" library:name="OpsBook" library:readonly="false" '
            f'library:passwordprotected="false">{lines}</library:{kind}>')  # fmt: skip


def _module(name: str, source: str) -> str:
    """A module of Basic that reads VBA; the line with its name in Excel is of no use there."""
    body = re.sub(r"(?m)^Attribute .*\n", "", source)
    body = body if "Option VBASupport" in body else f"Option VBASupport 1\n{body}"
    return (f'{_XML}<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">\n'
            f'<script:module xmlns:script="http://openoffice.org/2000/script" script:name="{name}" script:language="StarBasic">{escape(body)}</script:module>')


def _node(name: str, inner: str) -> str:
    return f'<node oor:name={quoteattr(name)} oor:op="replace">{inner}</node>'


def _prop(name: str, value: str, chinese: str = "", kind: str = "string") -> str:
    if chinese:
        value = f'<value xml:lang="en">{escape(value)}</value><value xml:lang="zh-CN">{escape(chinese)}</value>'
    else:
        value = f"<value>{escape(value)}</value>"
    return f'<prop oor:name="{name}" oor:type="xs:{kind}">{value}</prop>'


def _layer(package: str, component: str, inner: str) -> str:
    return (f'{_XML}<oor:component-data xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" '
            f'oor:name="{component}" oor:package="{package}">{inner}</oor:component-data>')  # fmt: skip


def _addons() -> str:
    calc = _prop("Context", "com.sun.star.sheet.SpreadsheetDocument")

    def goes(sub: str) -> str:
        return _prop("URL", f"vnd.sun.star.script:OpsBook.OpsBook.{sub}?language=Basic&location=application") + _prop("Target", "_self") + calc

    items = "".join(_node(f"m{n:02}", goes(sub) + _prop("Title", label)) for n, (sub, label) in enumerate(labels().items()))
    short = "".join(_node(f"b{n:02}", goes(sub) + _prop("Title", *_parts(label))) for n, (sub, label) in enumerate(labels().items()))
    menu = _node("org.opsbook.menu", _prop("Title", "OpsBook 运营台账") + _prop("Target", "_self") + calc + f'<node oor:name="Submenu">{items}</node>')
    bar = _node(BAR, short)
    return _layer("org.openoffice.Office", "Addons", f'<node oor:name="AddonUI"><node oor:name="OfficeMenuBar">{menu}</node>'
                                                     f'<node oor:name="OfficeToolBar">{bar}</node></node>')  # fmt: skip


def _parts(label: str) -> tuple[str, str]:
    """A label in English and in Chinese."""
    english, _, chinese = label.rpartition(" ")
    return english, chinese


def _docked() -> str:
    """The tool bar has a name, and a place below the others: else it floats over the cells as "Add-On 1"."""
    state = _prop("UIName", "OpsBook", "运营台账") + _prop("Docked", "true", kind="boolean") + _prop("DockingArea", "0", kind="int") + _prop("DockPos", "0,4")
    bar = f'<node oor:name="private:resource/toolbar/addon_{BAR}" oor:op="replace">{state}{_prop("Visible", "true", kind="boolean")}</node>'
    return _layer("org.openoffice.Office.UI", "CalcWindowState", f'<node oor:name="UIElements"><node oor:name="States">{bar}</node></node>')


def _setup(pipe: str) -> str:
    """Where the program listens from its start on: a pipe that only its user may open, under a name that nobody guesses."""
    return _layer("org.openoffice", "Setup", f'<node oor:name="Office"><prop oor:name="ooSetupConnectionURL" oor:op="fuse">'
                                             f"<value>pipe,name={pipe};urp;</value></prop></node>")  # fmt: skip

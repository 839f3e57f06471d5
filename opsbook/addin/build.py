"""Build: the add-in for Excel (``opsbook.xlam``) and the extension for LibreOffice (``opsbook.oxt``), made from texts."""

import io
import re
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import xlwings

from opsbook import __version__
from opsbook.addin import functions
from opsbook.addin.texts import labels, stamped, text

RIBBON = "customUI/customUI14.xml"
IDENTIFIER = "org.opsbook.addin"
_RELATION = "http://schemas.microsoft.com/office/2007/relationships/ui/extensibility"
_MOMENT = (2026, 1, 1, 0, 0, 0)  # the same texts give the same bytes
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def xlam() -> bytes:
    """The add-in for Excel: xlwings' own, with our modules and our ribbon in it."""
    from pyopenvba import ExcelFile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "opsbook.xlam"
        path.write_bytes((Path(xlwings.__file__).parent / "quickstart_addin_ribbon.xlam").read_bytes())
        with ExcelFile(str(path)) as book:
            for name, source in (("OpsBook", stamped(text("opsbook.bas"))), ("OpsBookFunctions", functions.bas())):
                if name in book.module_names():
                    book.set_module(name, source)
                else:
                    book.vba_project().add_module(name, source)
            book.save(str(path))
        return _with_ribbon(path.read_bytes(), text("ribbon.xml").encode())


def _with_ribbon(package: bytes, ribbon: bytes) -> bytes:
    """The package with this ribbon and no other, and the relationship that makes Excel look at it."""
    relation = f'<Relationship Id="rIdOpsBook" Type="{_RELATION}" Target="{RIBBON}"/>'.encode()
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in source.namelist():
            if name.startswith("customUI/"):
                continue
            data = source.read(name)
            if name == "_rels/.rels":
                data = re.sub(rb"<Relationship [^>]*ui/extensibility[^>]*/>", b"", data).replace(b"</Relationships>", relation + b"</Relationships>")
            made.writestr(zipfile.ZipInfo(name, _MOMENT), data, zipfile.ZIP_DEFLATED)
        made.writestr(zipfile.ZipInfo(RIBBON, _MOMENT), ribbon, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def oxt(python: str, pipe: str) -> bytes:
    """The extension for LibreOffice: the same Subs, a menu and a tool bar; ``python`` is what runs behind them, ``pipe`` the secret name of
    the pipe over which it comes back."""
    modules = {"OpsBook": stamped(text("opsbook.bas")), "OpsRunPython": text("libreoffice/run_python.basic").replace("%PYTHON%", python).replace("%PIPE%", pipe)}
    parts = {
        "META-INF/manifest.xml": _manifest({"OpsBook/": "application/vnd.sun.star.basic-library", "Addons.xcu": "application/vnd.sun.star.configuration-data",
                                            "Setup.xcu": "application/vnd.sun.star.configuration-data"}),
        "description.xml": f'{_XML}<description xmlns="http://openoffice.org/extensions/description/2006"><identifier value="{IDENTIFIER}"/>'
                           f'<version value="{__version__}"/><display-name><name lang="en">opsbook</name></display-name></description>',
        "OpsBook/script.xlb": _library("library", modules), "OpsBook/dialog.xlb": _library("library", {}),
        "Addons.xcu": _addons(), "Setup.xcu": _setup(pipe),
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


def _prop(name: str, value: str) -> str:
    return f'<prop oor:name="{name}" oor:type="xs:string"><value>{escape(value)}</value></prop>'


def _layer(package: str, component: str, inner: str) -> str:
    return (f'{_XML}<oor:component-data xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" '
            f'oor:name="{component}" oor:package="{package}">{inner}</oor:component-data>')  # fmt: skip


def _addons() -> str:
    calc = _prop("Context", "com.sun.star.sheet.SpreadsheetDocument")
    entries = [
        _prop("URL", f"vnd.sun.star.script:OpsBook.OpsBook.{sub}?language=Basic&location=application") + _prop("Title", label) + _prop("Target", "_self") + calc
        for sub, label in labels().items()
    ]
    items = "".join(_node(f"m{n:02}", entry) for n, entry in enumerate(entries))
    menu = _node("org.opsbook.menu", _prop("Title", "OpsBook 运营台账") + _prop("Target", "_self") + calc + f'<node oor:name="Submenu">{items}</node>')
    bar = _node("org.opsbook.bar", items)
    return _layer("org.openoffice.Office", "Addons", f'<node oor:name="AddonUI"><node oor:name="OfficeMenuBar">{menu}</node>'
                                                     f'<node oor:name="OfficeToolBar">{bar}</node></node>')  # fmt: skip


def _setup(pipe: str) -> str:
    """Where the program listens from its start on: a pipe that only its user may open, under a name that nobody guesses."""
    return _layer("org.openoffice", "Setup", f'<node oor:name="Office"><prop oor:name="ooSetupConnectionURL" oor:op="fuse">'
                                             f"<value>pipe,name={pipe};urp;</value></prop></node>")  # fmt: skip

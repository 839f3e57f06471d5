"""Texts: the sources of the add-in as they lie in ``macros/``, and what is in them."""

import re
from pathlib import Path
from xml.etree import ElementTree

from opsbook import __version__

_INSTALLED, _CHECKOUT = Path(__file__).parents[1] / "_macros", Path(__file__).parents[2] / "macros"
SPACE = "{http://schemas.microsoft.com/office/2009/07/customui}"
CALLBACK = re.compile(r"(?im)^Public Sub (OnOps\w+)\(control As IRibbonControl\)\s*\n\s*(\w+)\s*\nEnd Sub")
_BUTTON = re.compile(r"(?ims)^Public Sub (Ops\w+)\(\)\s*\n(.*?)End Sub")
_PRESSES = re.compile(r"opsbook\.click\.press\('(\w+)'\)")


def text(name: str) -> str:
    """A source by its name below ``macros/``."""
    home = _CHECKOUT if _CHECKOUT.exists() else _INSTALLED
    return (home / name).read_text("utf-8")


def stamped(source: str) -> str:
    """A module with the version of opsbook in it."""
    return source.replace('OpsBookVersion As String = "0.0.0"', f'OpsBookVersion As String = "{__version__}"')


def buttons() -> dict[str, str]:
    """The Subs of ``opsbook.bas`` that are buttons → what each presses."""
    found: dict[str, str] = {}
    for name, body in _BUTTON.findall(text("opsbook.bas")):
        if pressed := _PRESSES.search(body):
            found[name] = pressed[1]
    return found


def labels() -> dict[str, str]:
    """The buttons of ``ribbon.xml`` in their order: Sub → label."""
    calls = dict(CALLBACK.findall(text("opsbook.bas")))
    found: dict[str, str] = {}
    for button in ElementTree.fromstring(text("ribbon.xml")).iter(f"{SPACE}button"):
        found.setdefault(calls[button.attrib["onAction"]], button.attrib["label"])
    return found

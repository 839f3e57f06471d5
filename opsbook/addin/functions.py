"""Functions: the worksheet functions as texts for the programs that call them: VBA for Excel on Windows, an entry file for xlwings Lite."""

import re

from opsbook import udfs


def bas() -> str:
    """``macros/udfs.bas``: each function hands its arguments to xlwings' server, and shows what comes back."""
    head = ['Attribute VB_Name = "OpsBookFunctions"', "' Made by opsbook (addin build) from opsbook/udfs.py: do not edit.", "Option Explicit", ""]
    return "\n".join([*head, *(_vba(f) for f in udfs.REGISTRY.values())])


def _vba(f: udfs.Function) -> str:
    asked = ", ".join(f"Optional {_safe(name)}" if optional else _safe(name) for name, _, optional in f.parameters)
    given = ", ".join(_safe(name) for name, _, _ in f.parameters)
    return "\n".join([
        f"' {re.sub('[^ -~].*', '', f.about.splitlines()[0]).strip()}",  # a module holds letters of one code page only
        f"Public Function {f.name}({asked})",
        "    If TypeOf Application.Caller Is Range Then On Error GoTo failed",
        f'    {f.name} = XLPy.CallUDF("opsbook.udfs", "{f.name.lower()}", Array({given}), ActiveWorkbook, Application.Caller)',
        "    Exit Function",
        "failed:",
        f'    {f.name} = "#OPS: " & Err.Description',
        "End Function", "",
    ])  # fmt: skip


def _safe(name: str) -> str:
    """A parameter's name that VBA takes."""
    return f"{name}_" if name in ("method", "id", "no", "rate", "date", "type") else name


def lite() -> str:
    """``macros/lite.py``: the same functions for xlwings Lite, where Python runs inside Excel without a process of its own."""
    lines = ['"""The worksheet functions of opsbook for xlwings Lite: put this into its main.py, and opsbook into requirements.txt. Made by opsbook."""', "",
             "from xlwings import arg, func", "", "from opsbook.udfs import REGISTRY", ""]  # fmt: skip
    for f in udfs.REGISTRY.values():
        asked = ", ".join(f"{name}=None" if optional else name for name, _, optional in f.parameters)
        given = ", ".join(name for name, _, _ in f.parameters)
        whole = [f'@arg("{name}", ndim=2)' for name, _, _ in f.parameters]  # a column stays a column, a row a row
        lines += ["", "@func", *whole, f"def {f.name.lower()}({asked}):", f'    """{f.about.splitlines()[0]}"""', f'    return REGISTRY["{f.name}"].call({given})', ""]
    return "\n".join(lines)

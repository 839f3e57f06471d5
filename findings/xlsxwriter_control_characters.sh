#!/usr/bin/env bash
# XlsxWriter 3.3.1: a vertical tab (as Word and ERP exports leave it) is escaped in the text of a cell (_x000B_), and written raw where the same
# text is the stored result of a formula or the message of an input hint: the sheet is no XML then, and no reader opens it.
# Guessed before the run: all three are escaped alike, for all three go through the same writer.
# Seen: cell _x000B_ · result not well-formed · hint not well-formed
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check XlsxWriter==3.3.1
cat > "$folder/run.py" <<'PY'
import io
import zipfile
from xml.parsers import expat

import xlsxwriter

TEXT = "line one\x0bline two"


def sheet(write):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        write(book.add_worksheet())
    package = zipfile.ZipFile(io.BytesIO(out.getvalue()))
    parts = [package.read(name) for name in package.namelist() if name.endswith((".xml", ".rels"))]
    for part in parts:
        try:
            expat.ParserCreate().Parse(part, True)
        except expat.ExpatError:
            return "not well-formed"
    return "_x000B_" if any(b"_x000B_" in part for part in parts) else "gone"


said = " · ".join(
    f"{what} {sheet(write)}"
    for what, write in {
        "cell": lambda s: s.write_string("A1", TEXT),
        "result": lambda s: s.write_formula("A1", "=B1", None, TEXT),
        "hint": lambda s: s.data_validation("A1", {"validate": "any", "input_title": "note", "input_message": TEXT}),
    }.items()
)
print(said)
assert said == "cell _x000B_ · result not well-formed · hint not well-formed", said
PY
"$folder/venv/bin/python" "$folder/run.py"

#!/usr/bin/env bash
# python-calamine 0.9.1: a single cell with an error that Excel has known since 2018 (#SPILL!, #CALC! …), or since ever (#GETTING_DATA), and no
# cell of its sheet is read: the sheet is refused with the error as the reason, and neither cell nor row is named. #N/A beside it is a blank.
# Guessed before the run: unknown errors read as blanks or as their text, as #N/A does.
# Seen: #N/A [['kept', '']] · #SPILL! "Unsupported cell error value '#SPILL!'" · #GETTING_DATA "Unsupported cell error value '#GETTING_DATA'"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check python-calamine==0.9.1 XlsxWriter==3.3.1
cat > "$folder/run.py" <<'PY'
import io
import zipfile

import python_calamine
import xlsxwriter


def read(error):
    whole = io.BytesIO()
    with xlsxwriter.Workbook(whole) as book:
        sheet = book.add_worksheet("t")
        sheet.write_string("A1", "kept")
        sheet.write_formula("B1", "=NA()", None, "#N/A")
    changed = io.BytesIO()
    with zipfile.ZipFile(whole) as package, zipfile.ZipFile(changed, "w") as copy:
        for name in package.namelist():
            copy.writestr(name, package.read(name).replace(b"<v>#N/A</v>", f"<v>{error}</v>".encode()))
    try:
        return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(changed.getvalue())).get_sheet_by_name("t").to_python()
    except python_calamine.CalamineError as fault:
        return f'"{fault}"'


said = " · ".join(f"{error} {read(error)}" for error in ("#N/A", "#SPILL!", "#GETTING_DATA"))
print(said)
assert said == (
    "#N/A [['kept', '']] · #SPILL! \"Unsupported cell error value '#SPILL!'\" · #GETTING_DATA \"Unsupported cell error value '#GETTING_DATA'\""
), said
PY
"$folder/venv/bin/python" "$folder/run.py"

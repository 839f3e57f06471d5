#!/usr/bin/env bash
# openpyxl 3.1.5 writes a formula that names a Chinese sheet as UTF-8 by itself, and as numeric character references where lxml 6.1.3 happens to be
# installed: et_xmlfile takes lxml's writer then. The same script gives other bytes on another machine, and who looks for a sheet's name in the bytes
# of a part finds it on one of them only. Both forget the stored result of a formula that nobody touched.
# Guessed before the run: UTF-8 in both cases, as Excel and XlsxWriter write it.
# Seen: alone <f>'参数'!$A$1</f>, result gone · with lxml <f>'&#21442;&#25968;'!$A$1</f>, result gone
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
pip=("$folder/venv/bin/pip" install -q --disable-pip-version-check)
"${pip[@]}" openpyxl==3.1.5 et_xmlfile==2.0.0 XlsxWriter==3.3.1
cat > "$folder/run.py" <<'PY'
import io
import re
import zipfile

import openpyxl
import xlsxwriter

made, saved = io.BytesIO(), io.BytesIO()
with xlsxwriter.Workbook(made) as book:
    book.add_worksheet("参数").write_number("A1", 5000)
    book.add_worksheet("制度").write_formula("B2", "='参数'!$A$1", None, 5000)
openpyxl.load_workbook(io.BytesIO(made.getvalue())).save(saved)


def cell(package):
    return re.search(rb'<c r="B2".*?</c>', zipfile.ZipFile(io.BytesIO(package.getvalue())).read("xl/worksheets/sheet2.xml"))[0].decode()


assert "<f>'参数'!$A$1</f><v>5000</v>" in cell(made), cell(made)
print(f"{re.search('<f>.*</f>', cell(saved))[0]}, result {'kept' if '5000' in cell(saved) else 'gone'}")
PY
alone=$("$folder/venv/bin/python" "$folder/run.py")
"${pip[@]}" lxml==6.1.3
with_lxml=$("$folder/venv/bin/python" "$folder/run.py")
echo "alone $alone · with lxml $with_lxml"
[ "$alone" = "<f>'参数'!\$A\$1</f>, result gone" ]
[ "$with_lxml" = "<f>'&#21442;&#25968;'!\$A\$1</f>, result gone" ]

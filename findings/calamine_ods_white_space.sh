#!/usr/bin/env bash
# python-calamine 0.9.1: one line break between two cells of a row of a valid .ods, as pretty-printing writers leave it, and the whole file is
# refused with a sentence about its format; the same line break between two rows is skipped. Between the elements of a table white space means
# nothing by the OpenDocument schema.
# Guessed before the run: white space between rows and between cells alike refuses the file.
# Seen: plain [['a', 'b'], ['a', 'b']] · rows [['a', 'b'], ['a', 'b']] · cells "Cannot detect file format"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check python-calamine==0.9.1
cat > "$folder/run.py" <<'PY'
import io
import zipfile

import python_calamine

KIND = "application/vnd.oasis.opendocument.spreadsheet"
NAMES = " ".join(f'xmlns:{p}="urn:oasis:names:tc:opendocument:xmlns:{p}:1.0"' for p in ("office", "table", "text"))
CELL = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'


def read(rows="", cells=""):
    row = f"<table:table-row>{cells.join(CELL.format(said) for said in 'ab')}</table:table-row>"
    rows = f"{row}{rows}{row}"
    content = (f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {NAMES} office:version="1.3"><office:body><office:spreadsheet>'
               f'<table:table table:name="t">{rows}</table:table></office:spreadsheet></office:body></office:document-content>')
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("mimetype", KIND)
        package.writestr("META-INF/manifest.xml", '<?xml version="1.0"?><m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
                         f'<m:file-entry m:full-path="/" m:media-type="{KIND}"/><m:file-entry m:full-path="content.xml" m:media-type="text/xml"/></m:manifest>')
        package.writestr("content.xml", content)
    try:
        return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(out.getvalue())).get_sheet_by_name("t").to_python()
    except python_calamine.CalamineError as fault:
        return f'"{fault}"'


said = f"plain {read()} · rows {read(rows=chr(10))} · cells {read(cells=chr(10))}"
print(said)
whole = "[['a', 'b'], ['a', 'b']]"
assert said == f'plain {whole} · rows {whole} · cells "Cannot detect file format"', said
PY
"$folder/venv/bin/python" "$folder/run.py"

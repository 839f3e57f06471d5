"""What is found in a workbook, said so that two workbooks can be compared whose headers stand in other rows."""

import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from opsbook import jobs

AS_OF = date(2026, 9, 30)


def found(path: Path) -> Counter[tuple[Any, ...]]:
    """Each finding by rule, sheet, row below the header, column and sentence, with what it shows."""
    result = jobs.validate(path, as_of=AS_OF)
    header = {tab.sheet.key: tab.header_row for tab in result.book.tabs.values()}

    def below(key: str, row: int) -> int:
        return row - header.get(key, 0)

    def sentence(f: Any) -> str:
        return re.sub("第([0-9]+)行", lambda row: f"第{below(f.key, int(row[1]))}行", f.message.zh)

    return Counter((f.rule, f.key, below(f.key, f.row) if f.row else None, f.column_no, sentence(f), f.value) for f in result.findings)

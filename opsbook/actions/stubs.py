"""Stubs: a protocol a sheet, so that mypy knows the columns that a rule may name (opsbook/columns.pyi)."""

from collections.abc import Iterator

from opsbook.grammar import Catalog


def text(catalog: Catalog) -> str:
    """The whole of columns.pyi."""
    return "\n".join(_lines(catalog)) + "\n"


def _lines(catalog: Catalog) -> Iterator[str]:
    yield '"""The columns of every sheet, for mypy. Made from the catalog by `python -m opsbook.jobs`; not to be edited."""'
    yield ""
    yield "import pandas as pd"
    yield ""
    yield "from opsbook.grammar import Frame"
    for key, sheet in catalog.sheets.items():
        figures = [f.column for f in catalog.figures if f.sheet == key]
        yield ""
        yield f"class {''.join(part.capitalize() for part in key.split('_'))}(Frame):"
        yield from (f"    {name}: pd.Series" for name in dict.fromkeys([*sheet.columns, *figures]))

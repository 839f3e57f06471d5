"""Write opsbook/columns.pyi anew, so that mypy knows the columns of today: ``python -m opsbook.jobs``."""

from pathlib import Path

from opsbook.actions import stubs
from opsbook.sheets import catalog

if __name__ == "__main__":
    (Path(__file__).parents[1] / "columns.pyi").write_text(stubs.text(catalog()), encoding="utf-8")

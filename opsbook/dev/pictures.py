"""Pictures: those of the guide and the README, drawn from today's workbooks by LibreOffice, poppler and Chromium."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from opsbook import jobs
from opsbook.actions.changing import PAGES
from opsbook.dev.renewing import ROOT
from opsbook.grammar import LANGS
from opsbook.hosts import libreoffice
from opsbook.hosts.libreoffice import bridge
from opsbook.sheets import catalog
from opsbook.summaries import OVERVIEW, OWN_TABLES, TABLES

WIDTH, GUIDE, PAGE, REPORT = 1080, 420, 745, (1280, 980)  # pixels: wide, and high at most
BESIDE = 10  # rows and columns
_WHITE = 250  # from here on a pixel is paper


def draw() -> Iterator[Path]:
    """Draw all of them; each as it is written. A :class:`libreoffice.NoUno` or a FileNotFoundError names what is missing."""
    app = libreoffice.started()
    try:
        with tempfile.TemporaryDirectory(prefix="opsbook-") as name:
            folder = Path(name)
            for lang in LANGS:
                book = app.books.open(str(jobs.second(folder / f"second_{lang}.xlsx", lang)))
                tabs = {key: sheet.tab for key, sheet in catalog().sheets.items()} | {"own_tables": OWN_TABLES.tab, "policy_tables": TABLES}
                for key in ("policy_tables", "switches", "lists", "columns", "rules", "figures", "own_tables"):
                    yield _sheet(book, book.sheets(tabs[key][lang]), PAGES / f"pictures/{key}_{lang}.png", PAGE if key == "policy_tables" else GUIDE)
                book.close()
            jobs.demo(folder / "demo", "en", refreshed=True)
            book = app.books.open(str(folder / "demo/demo_refreshed.xlsx"))
            yield _sheet(book, book.sheets(OVERVIEW.tab.en), ROOT / "docs/overview_en.png", PAGE)
            book.close()
            yield _report(folder)
    finally:
        app.quit()


def _sheet(book: Any, sheet: Any, target: Path, most: int) -> Path:
    """The cells in use of a sheet as they print, without what stands in the margins."""
    style = book.doc.StyleFamilies.getByName("PageStyles").getByName(sheet.api.PageStyle)
    style.HeaderIsOn = style.FooterIsOn = False
    pdf = target.with_suffix(".pdf")
    try:
        rows, columns = sheet.used_range.shape
        cells = sheet.range((1, 1), (rows + BESIDE, columns + BESIDE)).api  # charts reach beyond the last cell
        data = bridge.uno().Any("[]com.sun.star.beans.PropertyValue", (bridge.value("Selection", cells),))
        book.doc.storeToURL(pdf.as_uri(), (bridge.value("FilterName", "calc_pdf_Export"), bridge.value("FilterData", data)))
        left, top, right, bottom = _ink(_pixels(pdf, 50))
        dots = 50 * WIDTH / (right - left)
        x, y, wide, high = (round(n * dots / 50) for n in (left, top, right - left, bottom - top))
        box = ["-x", str(x), "-y", str(y), "-W", str(wide), "-H", str(min(high, most))]
        subprocess.run(["pdftoppm", "-png", "-singlefile", "-r", f"{dots:.2f}", *box, str(pdf), str(target.with_suffix(""))], check=True, stderr=subprocess.DEVNULL)
    finally:
        pdf.unlink(missing_ok=True)
    return target


def _pixels(pdf: Path, dots: int) -> Any:
    drawn = subprocess.run(["pdftoppm", "-gray", "-singlefile", "-r", str(dots), str(pdf)], check=True, capture_output=True).stdout
    _, size, _, data = drawn.split(b"\n", 3)
    wide, high = map(int, size.split())
    return np.frombuffer(data, dtype=np.uint8).reshape(high, wide)


def _ink(page: Any) -> tuple[int, int, int, int]:
    """Where a page has something on it: left, top, right, bottom."""
    rows, columns = np.flatnonzero((page < _WHITE).any(axis=1)), np.flatnonzero((page < _WHITE).any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _report(folder: Path) -> Path:
    target, page = ROOT / "docs/report_en.png", folder / "report.html"
    words = ["validate", str(folder / "demo/demo.xlsx"), "--complete", "--format", "html", "--lang", "en", "-o", str(page)]
    subprocess.run([sys.executable, "-m", "opsbook", *words], check=False)  # exit code 1: there are findings
    browser = shutil.which("chromium") or shutil.which("google-chrome") or "chromium"
    subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder / 'profile'}",
                    f"--window-size={REPORT[0]},{REPORT[1]}", f"--screenshot={target}", page.as_uri()], check=True, capture_output=True)  # fmt: skip
    return target

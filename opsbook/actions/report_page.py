"""Report as one HTML page that holds all it needs: search, filters, both languages, print. Nothing in it is fetched, and no cell's text can run."""

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files as parts
from typing import Any

from opsbook.actions.report import COLOUR, GLYPH, FileReport, Sum
from opsbook.grammar import Lang, Rule, Severity

MOST = 20_000  # findings on the page: more no browser scrolls through
RULES = 12  # in the chart
_GRAVITY = {severity: n for n, severity in enumerate(Severity)}


def as_page(files: Sequence[FileReport], version: str, as_of: str, lang: Lang, rules: Mapping[str, Rule]) -> str:
    """All files; it opens in ``lang`` and switches to the other. ``rules`` say what each asks for."""
    whole = Sum()
    for file in files:
        whole.add(file)
    found = [(n, f) for n, file in enumerate(files) for f in file.findings]
    found.sort(key=lambda each: (each[1].waived, _GRAVITY[each[1].severity]))  # the gravest first, else as they stand
    counts = Counter(f.rule for _, f in found if not f.waived).most_common()
    top = max([n for _, n in counts[:RULES]], default=1)
    said: dict[str, Any] = {
        "lang": lang, "version": version, "as_of": as_of, "whole": whole, "files": files, "found": found[:MOST], "more": max(0, len(found) - MOST),
        "severities": list(Severity), "glyph": GLYPH, "colour": COLOUR, "counts": {s: getattr(whole, f"{s.value}s") for s in Severity},
        "rules": [(rules[rule], n, round(100 * n / top)) for rule, n in counts[:RULES]], "all_rules": [rules[rule] for rule in sorted(rule for rule, _ in counts)],
        "style": _part("report.css"), "script": _part("report.js"), "style_hash": _hash("report.css"), "script_hash": _hash("report.js"),
    }  # fmt: skip
    return str(_template().render(said)).rstrip()


@cache
def _template() -> Any:
    from jinja2 import Environment

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_part("report.html"))


@cache
def _part(name: str) -> str:
    return (parts("opsbook.actions") / "page" / name).read_text(encoding="utf-8")


def _hash(name: str) -> str:
    """The digest by which the page's own policy lets a style or script through, and no other."""
    return base64.b64encode(hashlib.sha256(_part(name).encode()).digest()).decode()

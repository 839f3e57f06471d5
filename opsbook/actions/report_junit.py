"""Report as JUnit XML, which build servers read: a suite a file, a failed case an error, a passed case a register without one."""

import re
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as Xml

from opsbook.actions.report import FileReport, as_text
from opsbook.grammar import Lang

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(files: Sequence[FileReport], version: str, as_of: str, lang: Lang) -> str:
    """All files; warnings and notes stand in the output of their suite."""
    top = Xml.Element("testsuites")
    for n, file in enumerate(files):
        suite = Xml.SubElement(top, "testsuite")
        properties = Xml.SubElement(suite, "properties")
        for name, value in (("opsbook", version), ("sha256", file.sha256), ("as_of", file.as_of or as_of)):
            Xml.SubElement(properties, "property", name=name, value=value or "-")
        cases = list(_cases(file, lang))
        suite.extend(cases)
        Xml.SubElement(suite, "system-out").text = _plain("\n".join(line for line, _ in as_text(file, lang)))
        Xml.SubElement(suite, "system-err")
        failed, broken = (sum(case.find(kind) is not None for case in cases) for kind in ("failure", "error"))
        day = file.as_of or as_of or "1970-01-01"
        suite.attrib.update({
            "name": _plain(file.path), "id": str(n), "package": "opsbook", "hostname": "localhost", "timestamp": f"{day}T00:00:00", "time": "0.000",
            "tests": str(len(cases)), "failures": str(failed), "errors": str(broken),
        })  # fmt: skip
    Xml.indent(top, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(top, encoding="unicode")


def _cases(file: FileReport, lang: Lang) -> Iterator[Xml.Element]:
    errors = file.findings.errors
    for f in errors:
        name = f"{f.rule} {f.sheet}!{f.cell} {f.record}".strip() if f.row else f.rule
        case = Xml.Element("testcase", classname=_plain(f"{file.path}.{f.key}".strip(".")), name=_plain(name), time="0.000")
        kind = "error" if file.status == "unreadable" else "failure"
        Xml.SubElement(case, kind, type=f.rule, message=_plain(f.message[lang])).text = _plain(f"{f.message[lang]}\n→ {f.fix[lang]}\n{f.clause}")
        yield case
    wrong = {f.sheet for f in errors}
    for sheet in file.sheets:
        if sheet["name"] not in wrong:
            yield Xml.Element("testcase", classname=_plain(f"{file.path}.{sheet['key']}"), name=_plain(sheet["name"]), time="0.000")


def _plain(said: str) -> str:
    """A text that XML can hold."""
    return _NOT_XML.sub("\ufffd", said)

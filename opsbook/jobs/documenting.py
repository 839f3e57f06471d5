"""Documenting: printable papers about one record, from templates that users may restyle; all summaries as one file to print."""

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from opsbook.actions.blocks import Told, cell
from opsbook.actions.boards import boards
from opsbook.grammar import Lang, Text
from opsbook.grammar.form import Form
from opsbook.grammar.text import LANGS, did_you_mean
from opsbook.hosts import docx_file, file, form_file, form_template, new_file, office
from opsbook.jobs.judging import Reference, Result, validate
from opsbook.jobs.refreshing import history
from opsbook.sheets import catalog


@dataclass(frozen=True)
class Document:
    """A document as bytes, and the name it is proposed to bear."""

    data: bytes = field(repr=False)
    name: str


def document(kind: str, path: Path, record: str, *, suffix: str = ".xlsx", template: Path | None = None, as_of: date | None = None,
             reference: Reference | None = None, lang: Lang | None = None) -> Document:  # fmt: skip
    """A printable paper of a kind about a record of a workbook: xlsx, docx or pdf by ``suffix``.

    ``template`` is a restyled copy of the shipped one (:func:`forms`). A LookupError says in both languages what there is no record
    of; :class:`opsbook.hosts.form_file.TemplateFault`, :class:`opsbook.hosts.office.NoOffice` and
    :class:`opsbook.hosts.docx_file.NoDocx` what else is in the way.
    """
    form = catalog().forms[kind]
    as_of = _end_of(record) if form.monthly else as_of
    result = validate(path, as_of=as_of, reference=reference, complete=True, select=lambda rule: form.judged)
    return documented(form, result, path, record, suffix=suffix, template=template, lang=lang)


def documented(form: Form, result: Result, path: Path, record: str, *, suffix: str = ".xlsx", template: Path | None = None, lang: Lang | None = None) -> Document:
    """A printable paper about a record of a workbook that was read already. As :func:`document` else."""
    workings = result.workings
    workings.findings, workings.past = result.findings, result.store.figures(path.name)
    said: Lang = lang or workings.policy("org.language")
    absent = workings.absent(form.function)
    if absent:
        names = [workings.catalog.sheets[key].tab for key in absent]
        en, zh = ", ".join(n.en for n in names), "、".join(n.zh for n in names)
        raise LookupError(f"{path} has no {en}, which the {form.title.en} needs. 缺少{zh}，无法生成{form.title.zh}。")
    values = workings.call(form.function, form.of, record=record)
    if values is None:
        raise LookupError(_unknown(form, record, result))
    shown = _in_words(form, values, said, workings.book.lists)
    shown |= {"org_name": workings.policy("org.name"), "status_date": datetime(workings.today.year, workings.today.month, workings.today.day)}
    made = form_file.filled(file.read(template) if template else form_template.template(form, said), form, shown, said)
    name = re.sub(r'[\\/:*?"<>|\s]+', "_", f"{form.title[said]}_{record}")
    return Document(_in_format(made, suffix, name), f"{name}{suffix}")


def _in_format(made: bytes, suffix: str, name: str) -> bytes:
    return office.as_pdf(made, name) if suffix == ".pdf" else docx_file.as_docx(made) if suffix == ".docx" else made


def _end_of(month: str) -> date:
    if not re.fullmatch("[0-9]{4}-(0[1-9]|1[0-2])", month):
        raise LookupError(f"{month} is not a month, as 2026-09. 月份应为 2026-09 的形式。")
    year, number = (int(part) for part in month.split("-"))
    return date(year, number, calendar.monthrange(year, number)[1])


def _unknown(form: Form, record: str, result: Result) -> str:
    tab = result.book.tabs.get(form.of)
    hint = did_you_mean(record, map(str, tab.cells.get(form.by or tab.sheet.id, ()) if tab else ()))
    return (f"there is no {record}: the {form.title.en} is about {form.asks.en}.{hint.en} "
            f"没有 {record}：{form.title.zh}须指明{form.asks.zh}。{hint.zh}")  # fmt: skip


def _in_words(form: Form, values: Mapping[str, Any], lang: Lang, lists: Mapping[str, Any]) -> dict[str, Any]:
    """The values as cells hold them, in one language."""
    kinds = form.fields()

    def one(name: str, value: Any) -> Any:
        if isinstance(value, Text):
            return value[lang]
        shown = cell(kinds[name], value, lang, lists) if name in kinds else value
        return None if isinstance(shown, str) and not shown else shown

    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, list):
            found[name] = [{k: one(f"{name}.{k}", v) for k, v in line.items()} if isinstance(line, Mapping) else one(name, line) for line in value]
        else:
            found[name] = one(name, value)
    return found


def forms(folder: Path) -> list[Path]:
    """Write the shipped templates of all forms in both languages into a folder, to be restyled; those that are there stay."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for key, form in catalog().forms.items():
        for lang in LANGS:
            path = folder / f"{key.replace('-', '_')}_{lang}.xlsx"
            if not path.exists():
                file.write(path, form_template.template(form, lang))
            made.append(path)
    return made


def summaries(path: Path, *, suffix: str = ".pdf", as_of: date | None = None, reference: Reference | None = None, now: datetime | None = None) -> Document:
    """All summary sheets of a workbook as one file to print."""
    result = validate(path, as_of=as_of, reference=reference, complete=True)
    lang: Lang = result.policy("org.language")
    told = Told(lang, path.name, now or result.policy.now, history=history(result.store, path.name))
    drawn, *_ = boards(result.workings, result.findings, told)
    name = Text("summaries", "汇总表")[lang]
    return Document(_in_format(new_file.drawn(drawn), suffix, name), f"{path.stem}_{name}{suffix}")

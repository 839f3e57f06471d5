"""Sheet and column: one pydantic row model is one sheet of the workbook.

Everything that reads, checks, draws or documents a sheet is driven by this one declaration.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, cast

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from opsbook.grammar.constraint import Bound, bounds
from opsbook.grammar.expression import Expression, ExpressionError, parse
from opsbook.grammar.kinds import Kind, Line, PatternKind, Prose, kind_of
from opsbook.grammar.text import Text

#: Who needs a column: what everybody types · what approvers fill · what Finance fills · the rest, and what is computed.
View = Literal["entry", "review", "finance", "detail"]


@dataclass(frozen=True)
class Column:
    """One declared column of a sheet."""

    name: str
    header: Text
    kind: Kind
    required: bool
    computed: bool = False
    required_when: Expression | None = None  # blank is GEN-014 where this holds
    required_by: str | None = None  # the rule that asks for it instead
    check: Expression | None = None  # what must hold beside other columns of the row
    unique: bool = False
    ref: str | None = None  # "employees.employee_id"
    ref_or: tuple[str, ...] = ()  # words that may stand in place of a reference
    view: View = "entry"
    aliases: tuple[str, ...] = ()
    help: Text | None = None
    example: Any = None
    width: float = 0  # of its own, where the kind's does not fit
    bounds: tuple[Bound, ...] = ()
    metadata: tuple[Any, ...] = ()

    @property
    def demand(self) -> Literal["R", "Q", "O", "C"]:
        """Required, required in some situations, optional, computed."""
        if self.computed:
            return "C"
        if self.required:
            return "R"
        return "Q" if self.required_when or self.required_by else "O"

    @property
    def names(self) -> tuple[str, ...]:
        """Everything a header row may call it."""
        return (self.name, self.header.en, self.header.zh, *self.aliases)


@dataclass(frozen=True)
class _Declared:
    """What :func:`column` notes until the whole sheet is known."""

    header: Text
    form: str
    options: dict[str, Any]


def column(
    en: str,
    zh: str,
    *,
    form: str = "",
    computed: bool = False,
    required_when: str | None = None,
    required_by: str | None = None,
    check: str | None = None,
    unique: bool = False,
    ref: str | None = None,
    ref_or: tuple[str, ...] = (),
    view: View = "entry",
    aliases: tuple[str, ...] = (),
    help: Text | None = None,
    example: Any = None,
    width: float = 0,
    gt: float | None = None,
    ge: float | None = None,
    lt: float | None = None,
    le: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
) -> Any:
    """Declare a column: header in both languages and what it promises.

    ``form`` is an identifier's form as people write it (``EXP-yyyy-nnnnn``; a department segment before the number is
    allowed). ``required_when`` and ``check`` are conditions in the rule language over the sheet's columns; ``ref`` is
    ``sheet.column``. Bounds are pydantic's.
    """
    declared = _Declared(
        Text(en, zh),
        form,
        {
            "computed": computed, "required_when": required_when, "required_by": required_by, "check": check, "unique": unique,
            "ref": ref, "ref_or": ref_or, "view": view, "aliases": aliases, "help": help, "example": example,
            "width": width,
        },
    )  # fmt: skip
    return Field(
        gt=gt, ge=ge, lt=lt, le=le, min_length=min_length, max_length=max_length,
        json_schema_extra=cast(Any, {"column": declared}),
    )  # fmt: skip


#: Whom a step may name beside the columns of its row.
ROLES = ("director", "deputy")
DEPARTMENTS = ("ops", "data", "service", "finance")


@dataclass(frozen=True)
class Step:
    """One step of a workflow: ``Step("draft returned", "submitted", Text("the claimant", "报销人"), by="employee_id")``.

    ``by`` names who may take it: columns of the row that hold a person, roles (director, deputy), or the departments that
    Policy ``org.dept.*`` names (ops, data, service, finance); nothing where anybody may.
    """

    before: str
    after: str
    who: Text
    by: str = ""


@dataclass(frozen=True)
class Actor:
    """A person column and, where the act is dated, the date column beside it."""

    column: str
    on: str | None = None


@dataclass(frozen=True)
class Workflow:
    """How a row moves: its steps, who makes and who checks it, and on which dates."""

    steps: tuple[Step, ...]
    status: str = "status"
    makers: tuple[Actor, ...] = ()  # submit, request, own
    checkers: tuple[Actor, ...] = ()  # review, approve, verify: never a maker of the same row
    others: tuple[Actor, ...] = ()  # whoever else acted, on a day
    dates: tuple[str, ...] = ()  # in the order they are written; none lies in the future
    submitted: str | None = None  # approvals are not before this date
    waiting: tuple[str, ...] = ()  # statuses in which somebody else has to act
    approved: tuple[str, ...] = ()  # statuses in which only `living` columns change (GEN-009) and no row vanishes (GEN-022)
    done: tuple[str, ...] = ()  # statuses after which nothing is open
    void: tuple[str, ...] = ()  # statuses in which a row no longer counts
    living: tuple[str, ...] = ()  # columns that go on changing after approval

    def leads(self, before: str, after: str) -> tuple[Step, ...]:
        """The steps that may come last on a path from one status to another; none where no path leads there.

        Submissions skip steps: any path counts, since what lies between was done elsewhere.
        """
        reached, waiting = {before}, [before]
        while waiting:
            here = waiting.pop()
            onward = {status for step in self.steps if here in step.before.split() for status in step.after.split()} - reached
            reached |= onward
            waiting += onward
        return tuple(step for step in self.steps if after in step.after.split() and reached.intersection(step.before.split()))

    def columns(self) -> tuple[str, ...]:
        """Every column the workflow names."""
        steps = [name for step in self.steps for name in step.by.split() if name not in (*ROLES, *DEPARTMENTS)]
        actors = [name for a in (*self.makers, *self.checkers, *self.others) for name in (a.column, a.on) if name]
        return tuple(dict.fromkeys([self.status, *steps, *actors, *self.dates, *filter(None, [self.submitted]), *self.living]))


def both(docstring: str | None) -> Text:
    """A docstring that says a thing in English, then in Chinese, as Text."""
    words = " ".join((docstring or "").split())
    chinese = re.search(r"[\u4e00-\u9fff]", words)
    start = chinese.start() if chinese else len(words)
    start = words.rfind(". ", 0, start) + 2 if words.rfind(". ", 0, start) >= 0 else start
    return Text(words[:start].strip(), words[start:].strip())


class Sheet(BaseModel):
    """The base of all sheets; its two columns stand at the far right of every register."""

    model_config = ConfigDict(defer_build=True, strict=True, ignored_types=(Text, Workflow))

    key: ClassVar[str]
    id: ClassVar[str]
    tab: ClassVar[Text]  # the name on its tab
    about: ClassVar[Text]
    clauses: ClassVar[tuple[str, ...]] = ()  # of the regulation, that the sheet answers
    workflow: ClassVar[Workflow | None] = None
    dated_by: ClassVar[str | None] = None  # the row's date: which version of a policy value judges it
    scoped_by: ClassVar[tuple[str, ...]] = ()  # columns whose values "Applies to" may name
    names: ClassVar[tuple[str, ...]] = ()  # other names its tab may bear
    governs: ClassVar[bool] = False  # it says what other sheets are judged by: a submission's own has no force
    columns: ClassVar[Mapping[str, Column]] = {}

    remarks: Prose | None = column("Remarks", "备注", view="detail", help=Text("Free text.", "自由填写。"))
    check_flag: Line | None = column(
        "Check Flag", "校验标记", computed=True, view="detail", help=Text("Written by opsbook.", "由 opsbook 填写。")
    )

    def __init_subclass__(cls, **declared: Any) -> None:
        super().__init_subclass__()

    @classmethod
    def __pydantic_init_subclass__(cls, **declared: Any) -> None:
        for name, value in declared.items():
            setattr(cls, name, value)
        cls.about = both(cls.__doc__)
        own = [name for name in cls.model_fields if name not in Sheet.model_fields]
        found = {name: _column(f"{cls.__name__}.{name}", cls.model_fields[name]) for name in (*own, *Sheet.model_fields)}
        cls.columns = {name: _bind(cls, name, columns, found) for name, columns in found.items()}
        named = (cls.id, *filter(None, [cls.dated_by]), *cls.scoped_by, *(cls.workflow.columns() if cls.workflow else ()))
        for name in named:
            if name not in cls.columns:
                raise TypeError(f"{cls.__name__} names a column {name!r} that it does not declare")


def _column(where: str, info: FieldInfo) -> tuple[Column, dict[str, Any]]:
    name = where.rpartition(".")[2]
    extra = cast(dict[str, Any], info.json_schema_extra or {})
    declared = extra.get("column")
    if not isinstance(declared, _Declared):
        raise TypeError(f"{where}: declare a column with column(...)")
    annotation = info.annotation
    kinds = [m for m in info.metadata if isinstance(m, Kind)]
    try:
        kind, optional = (kinds[-1], False) if kinds else kind_of(annotation)
    except TypeError as fault:
        raise TypeError(f"{where}: {fault}; import its type into the room, from opsbook.lists or opsbook.grammar") from None
    if declared.form:
        kind = replace(cast(PatternKind, kind), pattern=form_pattern(declared.form), form=declared.form)
    metadata = tuple(m for m in info.metadata if not isinstance(m, Kind))
    try:
        said = tuple(bounds(metadata))
    except TypeError as fault:
        raise TypeError(f"{where}: {fault}") from None
    options = dict(declared.options)
    conditions = {k: options.pop(k) for k in ("required_when", "check")}
    required = not optional and not options["computed"]
    return Column(name, declared.header, kind, required, bounds=said, metadata=metadata, **options), conditions


def form_pattern(form: str) -> str:
    """``EXP-yyyy-nnnnn`` as a pattern; before the running number a department segment (``-KF``) may stand."""
    head, number = form.rsplit("-", 1)
    head = head.replace("yyyymm", "[0-9]{4}(?:0[1-9]|1[0-2])").replace("yyyy", "[0-9]{4}").replace("cls", "[A-Z]{3}")
    head = head.replace("cycle", "[0-9]{4}(?:-(?:H[12]|Q[1-4]|0[1-9]|1[0-2]))?")
    return rf"{head}-(?:[A-Z]{{2,4}}-)?[0-9]{{{len(number)}}}"


def _bind(sheet: type[Sheet], name: str, found: tuple[Column, dict[str, Any]],
          columns: Mapping[str, tuple[Column, Any]]) -> Column:  # fmt: skip
    bound, conditions = found
    known = {n: c for n, (c, _) in columns.items()}
    try:
        parsed: dict[str, Any] = {k: parse(text, known) for k, text in conditions.items() if text}
    except ExpressionError as fault:
        raise TypeError(f"{sheet.__name__}.{name}: {fault}") from None
    return replace(bound, **parsed) if parsed else bound



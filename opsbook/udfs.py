"""Udfs: the door from a cell, ``=OPS_SPI(B2,C2)``. Every function takes cells or ranges and gives an array of the shape that they span.

They are pure and never volatile. What policy decides takes a range of the Policy sheet as its last argument; without one the shipped
values govern. Figures that registers hold come from the very functions that fill the registers. A wrong input gives a text that begins
with ``#OPS:`` and says why, in its own cell; a blank one gives a blank.
"""

import functools
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

import numpy as np
import pandas as pd

from opsbook.actions import check, governing, load
from opsbook.formulas import depreciation, earned_value, identifiers, pay, scoring
from opsbook.formulas.lookup import cents
from opsbook.grammar import Lang, Policy, Tab, Text, dirt
from opsbook.grammar.grid import Grid
from opsbook.grammar.judge import Judge
from opsbook.grammar.kinds import ChoicesKind, DayKind
from opsbook.grammar.workings import Workings
from opsbook.sheets import catalog

#: What a parameter takes; whole: a range as it stands; ``sheet.column``: what that column of a register takes.
Number = Annotated[Any, "number"]
Day = Annotated[Any, "day"]
Said = Annotated[Any, "text"]
Whole = Annotated[Any, "whole"]
Scale = Annotated[Any, "scale"]
Forecast = Annotated[Any, "forecast"]
Method = Annotated[Any, "assets.depr_method"]
Rate = Annotated[Any, "assets.residual_rate"]
Months = Annotated[Any, "assets.life_months"]
Measured = Annotated[Any, "kpi_data.actual"]
Points = Annotated[Any, "appraisals.perf_score"]


@dataclass(frozen=True)
class Function:
    """A worksheet function as the registry knows it."""

    name: str
    parameters: tuple[tuple[str, str, bool], ...]  # name, what it takes, whether it may be left out
    about: str
    call: Callable[..., Any]


REGISTRY: dict[str, Function] = {}


class Wrong(ValueError):  # noqa: N818  (an input, in a sentence)
    """An input that cannot be; both languages."""


def function(work: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function over whole columns one over cells and ranges, and put it into the registry.

    Its parameters are annotated with what they take; it gets a column for each (numbers as float64, days as datetime64, texts as str),
    blanks as NaN, NaT and ``''``, and gives a column of numbers or texts, or several as a tuple.
    """
    parameters = tuple((p.name, p.annotation.__metadata__[0], p.default is not p.empty) for p in inspect.signature(work).parameters.values())

    @functools.wraps(work)
    def call(*given: Any) -> Any:
        said = [None if _missing(v) else v for v in given] + [None] * (len(parameters) - len(given))
        try:
            if any(v is not None for v in said[len(parameters) :]):
                raise Wrong(f"more than {len(parameters)} arguments 参数多于 {len(parameters)} 个")
            said = said[: len(parameters)]
            return _answer(work, parameters, said)
        except Wrong as fault:
            return f"#OPS: {fault}"
        except Exception as fault:  # a worksheet shows a text, never a traceback
            return f"#OPS: {type(fault).__name__} {fault}"[:250]

    call.__signature__ = inspect.Signature([  # type: ignore[attr-defined]
        inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None if optional else inspect.Parameter.empty)
        for name, _, optional in parameters
    ])
    call.__annotations__ = {}
    REGISTRY[work.__name__.upper()] = Function(work.__name__.upper(), parameters, inspect.getdoc(work) or "", call)
    return call


def _missing(value: Any) -> bool:
    return value is None or value.__class__.__name__ in ("Missing", "Empty")  # what is left out, as some programs hand it over


def _answer(work: Callable[..., Any], parameters: Sequence[tuple[str, str, bool]], given: Sequence[Any]) -> Any:
    for (name, _, optional), value in zip(parameters, given, strict=True):
        if value is None and not optional:
            raise Wrong(f"{name} is missing 缺少参数 {name}")
    tables = {name: _table(value) for (name, takes, _), value in zip(parameters, given, strict=True) if takes != "whole" and value is not None}
    try:
        shape = np.broadcast_shapes(*(t.shape for t in tables.values())) if tables else (1, 1)
    except ValueError:
        raise Wrong("the ranges differ in size 区域大小不一致") from None
    faults = np.full(shape[0] * shape[1], "", dtype=object)
    columns: dict[str, Any] = {}
    for (name, takes, _), value in zip(parameters, given, strict=True):
        if takes == "whole":
            columns[name] = _table(value) if value is not None else None
        elif name in tables:
            cells = np.broadcast_to(tables[name], shape).ravel()
            columns[name], wrong = _column(name, takes, cells)
            faults = np.where((faults == "") & (wrong != ""), wrong, faults)
        else:
            columns[name] = None
    with np.errstate(all="ignore"):
        found = work(**columns)
    parts = [_shown(part, faults) for part in (found if isinstance(found, tuple) else (found,))]
    if len(parts) > 1:  # several columns, one beside the other
        return [list(row) for row in zip(*parts, strict=True)] if shape != (1, 1) else [[part[0] for part in parts]]
    table = parts[0].reshape(shape) if parts[0].size == faults.size else parts[0].reshape(-1, 1)
    return table[0, 0] if table.shape == (1, 1) else [list(row) for row in table]


def _table(value: Any) -> Any:
    rows = value if isinstance(value, (list, tuple)) else [[value]]
    rows = [row if isinstance(row, (list, tuple)) else [row] for row in rows] if any(isinstance(r, (list, tuple)) for r in rows) else [rows]
    table = np.empty((len(rows), max(1, *map(len, rows))), dtype=object)
    for r, row in enumerate(rows):
        table[r, : len(row)] = row
    return table


def _column(name: str, takes: str, cells: Any) -> tuple[Any, Any]:
    """The cells as a column of their kind, and what is wrong with each."""
    read, wanted, blank, dtype = _reading(takes)
    values, wrong = [], np.full(len(cells), "", dtype=object)
    for n, cell in enumerate(cells):
        try:
            values.append(blank if _is_blank(cell) else read(cell))
        except (ValueError, TypeError, OverflowError, dirt.Unreadable):
            values.append(blank)
            wrong[n] = f"#OPS: {name} is {cell!r:.40}, not {wanted.en} 参数 {name} 不是{wanted.zh}"
    return np.array(values, dtype=dtype), wrong


def _is_blank(cell: Any) -> bool:
    return dirt.is_blank(cell) or (isinstance(cell, float) and cell != cell)


_LIKE = {"number": "assets.original_cost", "day": "assets.in_service_on", "text": "expenses.invoice_no", "scale": "risks.likelihood"}
_WANTED = {"number": Text("a number", "数字"), "day": Text("a day", "日期"), "text": Text("a text (long numbers are kept as text)", "文本（长号码须按文本存放）"),
           "scale": Text("a whole number from 1 to 5", "1至5的整数"),
           "forecast": Text(f"one of {', '.join(earned_value.METHODS)}", f"{'、'.join(earned_value.METHODS)}之一")}  # fmt: skip


@functools.cache
def _reading(takes: str) -> tuple[Callable[[Any], Any], Text, Any, Any]:
    """How a filled cell is read, what it should be, what a blank one becomes, and the type of the column."""
    if takes == "forecast":
        return _forecast, _WANTED[takes], "", object
    sheet, name = _LIKE.get(takes, takes).split(".")
    column, lists = catalog().sheets[sheet].columns[name], catalog().lists
    kind, judge = column.kind, Judge(column, lists)
    spelled = kind.spellings(lists) if isinstance(kind, ChoicesKind) else {}

    def read(cell: Any) -> Any:
        if isinstance(cell, str) and cell in spelled:
            return spelled[cell]
        if isinstance(cell, date):
            cell = datetime(cell.year, cell.month, cell.day)
        plain = isinstance(cell, (str, bool, date))
        value = dirt.read(column, cell if plain else float(cell), lists).value
        if value == "" or isinstance(value, dirt.Yearless) or value in (np.inf, -np.inf):
            raise ValueError
        if (takes == "scale" and value not in (1, 2, 3, 4, 5)) or (takes not in _LIKE and not judge.keeps_bounds(value)):
            raise ValueError
        return value

    if isinstance(kind, DayKind):
        return read, _WANTED[takes], np.datetime64("NaT"), "datetime64[D]"
    return read, _WANTED.get(takes) or _promised(takes), np.nan if kind.numeric else "", float if kind.numeric else object


def _promised(takes: str) -> Text:
    """What a column of a register takes, in words."""
    sheet, name = takes.split(".")
    column = catalog().sheets[sheet].columns[name]
    if isinstance(column.kind, ChoicesKind):
        labels = column.kind.labels(catalog().lists)
        return Text(f"one of {', '.join(labels)}", f"{'、'.join(t.zh for t in labels.values())}之一")
    said = [column.kind.title, *(bound.sentence() for bound in column.bounds)]
    return Text("a " + ", ".join(t.en for t in said), "，".join(t.zh for t in said))


def _forecast(cell: Any) -> str:
    if (said := dirt.plain(cell).casefold() if isinstance(cell, str) else "") not in earned_value.METHODS:
        raise ValueError
    return said


def _shown(column: Any, faults: Any) -> Any:
    """A column as cells hold it: blanks for what is not defined; what is wrong in its own cell."""
    values = np.asarray(column.astype(object) if isinstance(column, pd.Series) else column, dtype=object).ravel()
    shown = np.array(["" if v is None or v is pd.NA or v is pd.NaT or (isinstance(v, float) and not np.isfinite(v)) else v for v in values] or [""], dtype=object)
    shown = np.array([float(v) if isinstance(v, (np.floating, np.integer)) else bool(v) if isinstance(v, np.bool_) else v for v in shown], dtype=object)
    return np.where(faults != "", faults, shown) if shown.size == faults.size else shown


# ------------------------------------------------------------------------------------ registers behind the figures


def _book(sheets: Mapping[str, Mapping[str, Any]], policy: Any = None) -> Workings:
    """A book of a few columns, that figures can be asked of; under the values of a Policy range, or the shipped ones."""
    grids = []
    for key, columns in sheets.items():
        sheet = catalog().sheets[key]
        heads = [sheet.columns[name].header.en for name in columns]
        rows = [[_cell(v) for v in row] for row in zip(*(np.asarray(c, dtype=object) for c in columns.values()), strict=True)]
        grids.append(Grid(sheet.tab.en, [heads, *rows]))
    in_force = _policy(policy)
    return Workings(load.book(grids, catalog()).book, catalog(), in_force, in_force.today)


def _cell(value: Any) -> Any:
    if isinstance(value, np.datetime64):
        return "" if np.isnat(value) else value.astype(object)
    return "" if value is None or (isinstance(value, float) and np.isnan(value)) else value


def _policy(table: Any) -> Policy:
    """The values of a range of the Policy sheet, its header the first row; the shipped ones without a range."""
    if table is None:
        return _in_force(None)
    rows = [["" if v is None else v for v in row] for row in table]
    tab = load.book([Grid(catalog().sheets["policy"].tab.en, rows)], catalog()).book.tabs.get("policy")
    if tab is None:
        raise Wrong("policy is no range of the Policy sheet with its header 参数 policy 应为制度参数表的区域（含表头）")
    return _in_force(tab)


def _in_force(tab: Tab | None) -> Policy:
    policy = governing.policy_of(tab, catalog(), date.today())
    policy.today = governing.status_date(policy, policy.today)
    return policy


def _ids(form: str, like: Any) -> list[str]:
    return [form.format(n) for n in range(1, len(like) + 1)]


def _labels(codes: Any, sheet: str, column: str, policy: Policy) -> Any:
    """Codes as the labels of a column, in the language of the policy."""
    kind = catalog().sheets[sheet].columns[column].kind
    assert isinstance(kind, ChoicesKind)
    labels, lang = kind.choices.labels(), policy("org.language")
    return [labels[code][lang] if code in labels else None for code in np.asarray(pd.Series(codes).astype(object), dtype=object)]


def _zero(column: Any, like: Any) -> Any:
    return np.zeros(len(like)) if column is None else np.nan_to_num(column)


# ------------------------------------------------------------------------------------------------- depreciation


def _charge(method: Any, cost: Any, residual_rate: Any, life_months: Any, in_service_on: Any, as_of: Any, opening: Any,
            policy: Any) -> depreciation.Charge:  # fmt: skip
    months = (as_of.astype("datetime64[M]") - in_service_on.astype("datetime64[M]")).astype(float)
    used = np.clip(np.nan_to_num(months), 0, np.nan_to_num(life_months))
    known = (method != "") & ~(np.isnan(cost) | np.isnan(residual_rate) | np.isnan(life_months) | np.isnat(in_service_on) | np.isnat(as_of))
    price, rate, life, before = (np.where(known, np.nan_to_num(v), fill) for v, fill in ((cost, 0), (residual_rate, 0), (life_months, 1), (opening, 0)))
    whole = depreciation.charge(np.where(known, method, "none").astype(str), price, rate, life, before, used, _policy(policy)("depr.ddb"))
    bears = (months > 0) & (months <= life_months)
    return depreciation.Charge(np.where(known, np.where(bears, whole.month, 0.0), np.nan), np.where(known, whole.accumulated, np.nan))


@function
def ops_depreciation(method: Method, cost: Number, residual_rate: Rate, life_months: Months, in_service_on: Day, as_of: Day, total_units: Number = None,
                     units_this_month: Number = None, opening_depr: Number = None, policy: Whole = None) -> Any:  # fmt: skip
    """What the month of as_of bears, in CNY: from the month after in_service_on on, the last month takes the remainder. 当月折旧额（次月起提）。"""
    opening = _zero(opening_depr, cost)
    charge = _charge(method, cost, residual_rate, life_months, in_service_on, as_of, opening, policy)
    counted = np.zeros(len(cost), dtype=bool) if total_units is None else total_units > 0
    by_use = depreciation.by_units(cost, residual_rate, _zero(total_units, cost), _zero(units_this_month, cost), opening)
    return np.where((method == "units") & ~np.isnan(charge.month), np.where(counted, by_use, np.nan), charge.month)


@function
def ops_accum_depreciation(method: Method, cost: Number, residual_rate: Rate, life_months: Months, in_service_on: Day, as_of: Day,
                           opening_depr: Number = None, policy: Whole = None) -> Any:  # fmt: skip
    """What has been charged up to the end of the month of as_of, in CNY. 截至当月末的累计折旧。"""
    return _charge(method, cost, residual_rate, life_months, in_service_on, as_of, _zero(opening_depr, cost), policy).accumulated


@function
def ops_net_value(method: Method, cost: Number, residual_rate: Rate, life_months: Months, in_service_on: Day, as_of: Day,
                  opening_depr: Number = None, policy: Whole = None) -> Any:  # fmt: skip
    """Cost less what has been charged, in CNY. 资产净值。"""
    return cents(cost - _charge(method, cost, residual_rate, life_months, in_service_on, as_of, _zero(opening_depr, cost), policy).accumulated)


@function
def ops_sln(cost: Number, salvage: Number, life: Number, period: Number) -> Any:
    """Straight-line depreciation of a period, as Excel's SLN. 年限平均法。"""
    return np.where((period < 1) | (period > life), np.nan, (cost - salvage) / life)


@function
def ops_syd(cost: Number, salvage: Number, life: Number, period: Number) -> Any:
    """Depreciation of a period by sum of years' digits, as Excel's SYD. 年数总和法。"""
    return np.where((period < 1) | (period > life), np.nan, (cost - salvage) * (life - period + 1) * 2 / (life * (life + 1)))


@function
def ops_ddb(cost: Number, salvage: Number, life: Number, period: Number) -> Any:
    """Depreciation of a period by double declining balance, as Excel's DDB. 双倍余额递减法。"""
    rate = np.minimum(2 / life, 1)
    before = np.where((rate >= 1) & (period > 1), 0.0, cost * (1 - rate) ** (period - 1))
    charge = before - np.maximum(cost * (1 - rate) ** period, salvage)
    return np.where((period < 1) | (period > life), np.nan, np.maximum(charge, 0))


# ------------------------------------------------------------------------------------------------- earned value


@function
def ops_spi(ev: Number, pv: Number) -> Any:
    """Schedule performance index EV / PV. 进度绩效指数。"""
    return earned_value.index(ev, pv)


@function
def ops_cpi(ev: Number, ac: Number) -> Any:
    """Cost performance index EV / AC. 成本绩效指数。"""
    return earned_value.index(ev, ac)


def _eac(bac: Any, ev: Any, ac: Any, pv: Any, method: Any, policy: Any) -> Any:
    usual = _policy(policy)("evm.eac")
    methods = np.full(len(bac), usual, dtype=object) if method is None else np.where(method == "", usual, method)
    planned = np.full(len(bac), np.nan) if pv is None else pv
    found = {m: earned_value.estimate_at_completion(bac, ev, ac, planned, m) for m in earned_value.METHODS}
    return np.select([methods == m for m in ("atypical", "combined")], [found["atypical"], found["combined"]], found["typical"])


@function
def ops_eac(bac: Number, ev: Number, ac: Number, pv: Number = None, method: Forecast = None, policy: Whole = None) -> Any:
    """Estimate at completion; method typical (BAC / CPI), atypical, combined (needs PV); else that of policy. 完工估算。"""
    return _eac(bac, ev, ac, pv, method, policy)


@function
def ops_etc(bac: Number, ev: Number, ac: Number, pv: Number = None, method: Forecast = None, policy: Whole = None) -> Any:
    """Estimate to complete: EAC - AC. 完工尚需估算。"""
    return _eac(bac, ev, ac, pv, method, policy) - ac


@function
def ops_vac(bac: Number, ev: Number, ac: Number, pv: Number = None, method: Forecast = None, policy: Whole = None) -> Any:
    """Variance at completion: BAC - EAC. 完工偏差。"""
    return bac - _eac(bac, ev, ac, pv, method, policy)


@function
def ops_tcpi(bac: Number, ev: Number, ac: Number, eac: Number = None) -> Any:
    """To-complete performance index against BAC, or against EAC. 完工尚需绩效指数。"""
    return earned_value.to_complete(bac, ev, ac, eac)


@function
def ops_earned_schedule(pv_by_period: Whole, ev: Number) -> Any:
    """Earned schedule in periods; pv_by_period is cumulative, one row a project, or one range for all. 挣得进度（期数）。"""
    planned, wrong = (v.reshape(pv_by_period.shape) for v in _column("pv_by_period", "number", pv_by_period.ravel()))
    if len(planned) != len(ev):
        if 1 not in planned.shape:
            raise Wrong("the ranges differ in size 区域大小不一致")
        planned, wrong = (np.broadcast_to(v.reshape(1, -1), (len(ev), v.size)) for v in (planned, wrong))
    known = ~np.isnan(ev) & ~np.isnan(planned).all(axis=1)
    found = earned_value.earned_schedule(pd.DataFrame(planned).ffill(axis=1).fillna(0.0).to_numpy(), np.nan_to_num(ev))
    told = [next(filter(None, row), "") for row in wrong]
    return [fault or (value if here else None) for fault, value, here in zip(told, found, known, strict=True)]


# --------------------------------------------------------------------------------------------------------- risk


@function
def ops_risk_score(likelihood: Scale, impact: Scale) -> Any:
    """Likelihood x impact, 1..25. 风险值。"""
    book = _book({"risks": {"risk_id": _ids("RSK-{}", impact), "likelihood": likelihood, "impact": impact}})
    return book.frame("risks").column("score")


@function
def ops_risk_level(likelihood: Scale, impact: Scale, policy: Whole = None) -> Any:
    """The level by the matrix of policy, or by bands of the product. 风险等级。"""
    book = _book({"risks": {"risk_id": _ids("RSK-{}", impact), "likelihood": likelihood, "impact": impact}}, policy)
    return _labels(book.frame("risks").column("level"), "risks", "level", book.policy)


# ------------------------------------------------------------------------------------------------ performance


@function
def ops_kpi_score(actual: Measured, target: Measured, direction: Annotated[Any, "kpis.direction"], floor: Measured = None, tolerance: Measured = None,
                  policy: Whole = None) -> Any:  # fmt: skip
    """A KPI's score from 0 to the cap; direction higher, lower or target. 指标得分。"""
    ids, none = _ids("KPI-{}", actual), np.full(len(actual), np.nan)
    book = _book({
        "kpis": {"kpi_id": ids, "direction": direction, "target": target, "floor": none if floor is None else floor,
                 "tolerance": none if tolerance is None else tolerance},
        "kpi_data": {"data_id": _ids("KD-{}", actual), "kpi_id": ids, "actual": actual, "target": target},
    }, policy)  # fmt: skip
    return book.frame("kpi_data").column("score")


@function
def ops_appraisal(perf: Points, ability: Points, attitude: Points, post_class: Annotated[Any, "employees.post_class"],
                  bonus: Annotated[Any, "appraisals.bonus_points"] = None, deduct: Annotated[Any, "appraisals.deduct_points"] = None,
                  policy: Whole = None) -> Any:  # fmt: skip
    """The raw score of an appraisal by the weights of the post class. 考核得分。"""
    who = _ids("EMP-{}", perf)
    book = _book({
        "employees": {"employee_id": who, "post_class": post_class},
        "appraisals": {"appraisal_id": _ids("APR-{}", perf), "employee_id": who, "perf_score": perf, "ability_score": ability, "attitude_score": attitude,
                       "bonus_points": _zero(bonus, perf), "deduct_points": _zero(deduct, perf)},
    }, policy)  # fmt: skip
    return book.frame("appraisals").column("raw_score")


@function
def ops_grade(score: Number, policy: Whole = None) -> Any:
    """The grade A to E that a final score reaches. 考核等级。"""
    in_force = _policy(policy)
    reached = [score >= in_force(f"apr.band.{grade}") for grade in "ABCD"]
    return np.where(np.isnan(score), "", np.select(reached, list("ABCD"), "E"))


@function
def ops_acceptance(goal: Points, quality: Points, cost: Points, docs: Points, policy: Whole = None) -> Any:
    """The total of an acceptance by the weights of its four aspects. 验收总分。"""
    in_force = _policy(policy)
    parts = {"goal": goal, "quality": quality, "cost": cost, "docs": docs}
    return scoring.weighted([pd.Series(v) for v in parts.values()], [in_force(f"accept.w.{aspect}") for aspect in parts])


@function
def ops_effect(baseline: Number, target: Number, result: Number, policy: Whole = None) -> Any:
    """What an improvement reached: effective, partly effective or ineffective. 优化效果。"""
    in_force = _policy(policy)
    said: Any = scoring.effect_of(scoring.gain(baseline, target, result), in_force("imp.effective"), in_force("imp.partial"), pd.RangeIndex(len(baseline)))
    return _labels(said, "improvements", "effect", in_force)


# ------------------------------------------------------------------------------------------------------- money


@function
def ops_budget_available(adjusted: Number, committed: Number, actual: Number) -> Any:
    """What a budget line has left: adjusted - committed - actual. 预算可用余额。"""
    return cents(adjusted - np.nan_to_num(committed) - np.nan_to_num(actual))


@function
def ops_expense_standard(exp_type: Annotated[Any, "expenses.exp_type"], city_tier: Annotated[Any, "expenses.city_tier"],
                         post_level: Annotated[Any, "employees.post_level"], days: Annotated[Any, "expenses.days"],
                         persons: Annotated[Any, "expenses.persons"] = None, policy: Whole = None) -> Any:  # fmt: skip
    """What a line may claim at most, in CNY; blank where there is no limit. 报销标准。"""
    who, day = _ids("EMP-{}", days), np.full(len(days), np.datetime64("2026-01-01"))
    book = _book({
        "employees": {"employee_id": who, "post_level": post_level},
        "expenses": {"expense_id": _ids("EXP-{}", days), "employee_id": who, "exp_type": exp_type, "city_tier": city_tier, "days": days,
                     "persons": np.ones(len(days)) if persons is None else persons, "start_on": day, "end_on": day},
    }, policy)  # fmt: skip
    return book.frame("expenses").column("standard")


@function
def ops_vat_split(total: Number, rate: Annotated[Any, "expenses.tax_rate"], nontax: Number = None) -> Any:
    """Net and tax of a total at a rate (0.06): two cells side by side. 价税分离：不含税金额、税额。"""
    other = _zero(nontax, total)
    tax = cents((total - other) / (1 + rate) * rate)
    return cents(total - other - tax), tax


@function
def ops_leave_days(first_work: Day, hired: Day, as_of: Day) -> Any:
    """Days of annual leave of the year of as_of. 年休假天数。"""
    year_end = pd.Series([pd.Timestamp(d.astype(object).year, 12, 31) if not np.isnat(d) else pd.NaT for d in as_of])
    return pay.leave_days(pd.Series(pd.to_datetime(first_work)), pd.Series(pd.to_datetime(hired)), year_end)


# ------------------------------------------------------------------------------------------------- identifiers


def _ok(texts: Any, right: Callable[[str], bool]) -> Any:
    return [right(said) if said else None for said in texts]


@function
def ops_uscc_ok(code: Said) -> Any:
    """Whether a unified social credit code passes GB 32100-2015. 统一社会信用代码校验。"""
    return _ok(code, identifiers.uscc_ok)


@function
def ops_idno_ok(id: Said) -> Any:
    """Whether a resident ID number passes GB 11643 (GA 2102-2023); its birth date is no day to come. 身份证号校验。"""
    today = date.today()
    return _ok(id, lambda number: identifiers.resident_id_ok(number, today))


@function
def ops_card_ok(no: Said) -> Any:
    """Whether a bank card number passes Luhn. 银行卡号校验。"""
    return _ok(no, identifiers.card_ok)


@function
def ops_invoice_ok(voucher_type: Annotated[Any, "expenses.voucher_type"], invoice_no: Said, invoice_code: Said = None, invoice_date: Day = None,
                   policy: Whole = None) -> Any:  # fmt: skip
    """Whether an invoice number has the form of its kind of voucher (rule EXP-005). 发票号码格式校验。"""
    blank = [""] * len(invoice_no)
    book = _book({"expenses": {"expense_id": _ids("EXP-{}", invoice_no), "voucher_type": voucher_type, "invoice_no": invoice_no,
                               "invoice_code": blank if invoice_code is None else invoice_code,
                               "invoice_date": blank if invoice_date is None else invoice_date}}, policy)  # fmt: skip
    broken = {f.row for f in check.findings(book, select="EXP-005".__eq__)}
    return [None if not said else n not in broken for n, said in enumerate(invoice_no, 2)]


@function
def ops_check(sheet: Said, headers: Whole, row: Whole, policy: Whole = None) -> Any:
    """The faults of one row of a register as text, blank if there is none; what other rows decide is not asked. 单行校验结果。"""
    if len(sheet) > 1:
        raise Wrong("sheet names several registers; write one 参数 sheet 只能写一张登记表")
    in_force = _policy(policy)
    lang: Lang = in_force("org.language")
    grid = Grid(sheet[0], [["" if v is None else v for v in headers[0]], ["" if v is None else v for v in row[0]]])
    loaded = load.book([grid], catalog())
    if not loaded.book.tabs:
        raise Wrong(f"there is no register {sheet[0]} with these headers 没有表头相符的登记表“{sheet[0]}”")
    book = Workings(loaded.book, catalog(), in_force, in_force.today)
    found = check.findings(book, loaded.faults, select=lambda rule: catalog().rules[rule].scope == "row")
    return ["; ".join(f"{f.rule} {f.message[lang]}" for f in found if f.row == 2)]


if sys.platform == "win32":  # elsewhere xlwings' marks mean nothing: there the registry serves
    import xlwings as xw

    for _each in REGISTRY.values():
        globals()[_each.name.lower()] = xw.func(_each.call)
        for _name, _, _ in _each.parameters:  # a column stays a column, a row a row
            xw.arg(_name, ndim=2)(_each.call)

"""Control & Security Summary 内控与安全汇总: the five elements, what was not checked, what was found, what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.grammar import Chart, Count, Percent, Policy, Score, Text, block, groups, head, records
from opsbook.grammar.block import SOURCE
from opsbook.summaries import CONTROLS

if TYPE_CHECKING:
    from opsbook.columns import Checks, Controls

_SECURITY = ("security_check", "security_incident")


@block("elements", CONTROLS, of="controls", en="Five elements of internal control", zh="内控五要素", figures="F-32", clause="六(三)2", totals="count key checked",
       heads={"count": head("Controls", "控制数", Count), "key": head("Key Controls", "关键控制", Count), "checked": head("Checked", "已检查", Count),
              "coverage": head("Coverage", "检查覆盖率", Percent), "mark": head("Score", "得分", Score), "bad": head("Not Effective", "非有效", Count)},
       charts=(Chart("radar", "element", ("mark",), title=Text("Score of the elements", "要素得分"), least=0, most=100),))  # fmt: skip
def elements(controls: Controls) -> pd.DataFrame:
    """Active controls by element; the score is the mean operating rate of those that were checked within a year.
    各要素生效控制；得分为近一年已检查控制的平均执行有效率。"""
    rows = controls[controls.status == "active"]
    rate = rows.op_rate
    table = groups(rows, "element", count=1, key=(rows.is_key == "Y").astype(float), checked=rate.notna().astype(float), rates=rate.fillna(0.0),
                   bad=rows.rating.isin(["partial", "ineffective"]).astype(float))  # fmt: skip
    if not len(rows):
        return table
    table = table.set_index("element").reindex(pd.Index(rows.element.cat.categories, name="element")).reset_index()  # all five, in order
    table[SOURCE] = [rows if isinstance(rows, tuple) else () for rows in table[SOURCE]]
    table = table.fillna(dict.fromkeys(("count", "key", "checked", "rates", "bad"), 0.0))
    table.insert(4, "coverage", table["checked"] / table["count"].where(table["count"] > 0))
    table.insert(5, "mark", (100 * table.pop("rates") / table["checked"].where(table["checked"] > 0)).round(1))
    return table


@block("not_checked", CONTROLS, of="controls", en="Key controls not checked in time", zh="未按期检查的关键控制", key="control_id", figures="F-38", clause="六(三)3",
       heads={"since": head("Days Since the Last Check", "距上次检查天数", Count)})  # fmt: skip
def not_checked(controls: Controls, policy: Policy, today: pd.Timestamp) -> pd.DataFrame:
    """Active key controls whose last check lies longer back than Policy ic.check_days, or that never were. 超过参数 ic.check_days 未检查的关键控制。"""
    rows = controls[(controls.status == "active") & (controls.is_key == "Y")]
    since = (today - rows.last_check).dt.days.astype(float)
    late = rows.assign(since=since)[since.isna() | (since > policy("ic.check_days", rows))]
    return records(late, "control_id name element owner_id frequency", last_check=late.last_check, since=late.column("since")).sort_values("since", ascending=False)


@block("open_findings", CONTROLS, of="checks", en="Open issues by severity and age", zh="未整改问题（按严重程度与账龄）", clause="六(三)3",
       totals="count new month quarter older overdue",
       heads={"count": head("Open", "未结", Count), "new": head("Up to 30 Days", "30天内", Count), "month": head("31 to 90", "31至90天", Count),
              "quarter": head("91 to 180", "91至180天", Count), "older": head("Over 180", "180天以上", Count), "overdue": head("Overdue", "已逾期", Count)},
       charts=(Chart("stacked", "severity", ("new", "month", "quarter", "older")),))  # fmt: skip
def open_findings(checks: Checks, today: pd.Timestamp) -> pd.DataFrame:
    """Issues of meetings, inspections and checks that are not put right, by the days since they were found. 会议、检查发现的未整改问题，按发现至今天数。"""
    rows = checks[checks.status.isin(["open", "in_progress"])]
    age = (today - rows.check_on).dt.days
    bands = {"new": (-np.inf, 30), "month": (30, 90), "quarter": (90, 180), "older": (180, np.inf)}
    return groups(rows, "severity", count=1, **{n: ((age > low) & (age <= high)).astype(float) for n, (low, high) in bands.items()},
                  overdue=(rows.rectify_due < today).astype(float))  # fmt: skip


@block("issues", CONTROLS, of="checks", en="Issues to be put right", zh="待整改问题", key="check_id", clause="六(三)3", heads={"late": head("Days Late", "逾期天数",
                                                                                                                                            Count)})
def issues(checks: Checks, today: pd.Timestamp) -> pd.DataFrame:
    """Open issues, the most overdue first. 未整改问题，逾期最久的在前。"""
    rows = checks[checks.status.isin(["open", "in_progress"])]
    late = (today - rows.rectify_due).dt.days.clip(lower=0).astype(float)
    return records(rows, "check_id record_type severity issue rectify_owner", rectify_due=rows.rectify_due, late=late,
                   status=rows.status).sort_values("late", ascending=False).head(40)  # fmt: skip


@block("security", CONTROLS, of="checks", en="Information security", zh="信息安全", clause="七(三)1", totals="count open",
       heads={"count": head("Records", "记录数", Count), "open": head("Open", "未结", Count), "late": head("Put Right Late", "超期整改", Count)})  # fmt: skip
def security(checks: Checks, policy: Policy, today: pd.Timestamp) -> pd.DataFrame:
    """Security checks and incidents of the last year by severity; late: beyond Policy sec.fix_days. 近一年安全检查与事件；超期指超过参数 sec.fix_days。"""
    rows = checks[checks.record_type.isin(_SECURITY) & (checks.check_on > today - pd.Timedelta(days=365))]
    limit = policy("sec.fix_days", rows, rows.severity)
    taken = (rows.rectify_done.fillna(today) - rows.check_on).dt.days
    return groups(rows, "record_type severity", count=1, open=rows.status.isin(["open", "in_progress"]).astype(float), late=(taken > limit).astype(float))


@block("ratings", CONTROLS, of="controls", en="Ratings by process", zh="各流程评价", figures="F-32", clause="六(三)3", totals="count effective partial ineffective none",
       heads={"count": head("Controls", "控制数", Count), "effective": head("Effective", "有效", Count), "partial": head("Partly", "部分有效", Count),
              "ineffective": head("Ineffective", "无效", Count), "none": head("Not Rated", "未评价", Count)},
       charts=(Chart("stacked", "process", ("effective", "partial", "ineffective", "none")),))  # fmt: skip
def ratings(controls: Controls) -> pd.DataFrame:
    """Active controls of each process by their rating. 各流程生效控制的评价结果。"""
    rows = controls[controls.status == "active"]
    found = {r: (rows.rating == r).astype(float) for r in ("effective", "partial", "ineffective")}
    return groups(rows, "process", count=1, **found, none=rows.rating.isna().astype(float))



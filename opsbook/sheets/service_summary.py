"""Service Summary 服务汇总: tickets and their times, what customers say, and who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.formulas.lookup import xlookup
from opsbook.grammar import Chart, Count, Line, Percent, Quantity, Score, Text, block, groups, head, records
from opsbook.summaries import SERVICE

if TYPE_CHECKING:
    from opsbook.columns import Customers, Tickets


@block("ticket_types", SERVICE, of="tickets", en="Tickets by type", zh="工单类型", figures="F-33 F-34", clause="二(二)5①", totals="count open late reopened",
       heads={"count": head("Tickets", "工单数", Count), "open": head("Open", "未关闭", Count), "late": head("Beyond Limit", "超时限", Count),
              "sla": head("Within Limit", "时限达标率", Percent), "reply": head("Mean Reply (h)", "平均答复（小时）", Quantity),
              "resolve": head("Mean Resolution (h)", "平均解决（小时）", Quantity), "csat": head("Satisfied (4-5)", "满意率(4-5分)", Percent),
              "mean": head("Mean Mark", "平均分", Score), "reopened": head("Reopened", "重开", Count)},
       charts=(Chart("column", "ticket_type", ("count", "late")),))  # fmt: skip
def ticket_types(tickets: Tickets) -> pd.DataFrame:
    """Times, limits and satisfaction of each type; marks of 0 are no answer and left out. 各类工单的时限与满意度；0分为未评价，不计。"""
    judged, answered = tickets.sla_ok.notna(), tickets.satisfaction >= 1
    table = groups(
        tickets, "ticket_type", count=1, open=(tickets.status != "closed").astype(float), late=(tickets.sla_ok == "N").astype(float), judged=judged.astype(float),
        reply=tickets.reply_hours.fillna(0.0), replied=tickets.reply_hours.notna().astype(float), resolve=tickets.resolve_hours.fillna(0.0),
        resolved=tickets.resolve_hours.notna().astype(float), good=(tickets.satisfaction >= 4).astype(float), answered=answered.astype(float),
        mean=tickets.satisfaction.where(answered, 0.0), reopened=(tickets.reopen_count > 0).astype(float),
    )  # fmt: skip
    return _rates(table, "ticket_type")


def _rates(table: pd.DataFrame, *by: str) -> pd.DataFrame:
    def over(part: str, whole: str) -> pd.Series:
        return table[part] / table[whole].where(table[whole] > 0)

    table["sla"] = 1 - over("late", "judged")
    for name, whole in (("reply", "replied"), ("resolve", "resolved"), ("mean", "answered")):
        table[name] = over(name, whole).round(2)
    table["csat"] = over("good", "answered")
    return table[[*by, "count", "open", "late", "sla", "reply", "resolve", "csat", "mean", "reopened", "_rows"]]


@block("ticket_months", SERVICE, of="tickets", en="Tickets by month", zh="各月工单", figures="F-33 F-34", clause="二(二)5①", totals="count",
       heads={"month": head("Month", "月份", Line), "count": head("Tickets", "工单数", Count), "complaints": head("Complaints", "投诉", Count),
              "sla": head("Within Limit", "时限达标率", Percent), "csat": head("Satisfied (4-5)", "满意率(4-5分)", Percent)},
       charts=(Chart("column", "month", ("count", "complaints"), title=Text("Tickets", "工单数")),
               Chart("line", "month", ("csat", "sla"), title=Text("Satisfaction and limits kept", "满意率与时限达标率"), most=1)))  # fmt: skip
def ticket_months(tickets: Tickets) -> pd.DataFrame:
    """The last twelve months in which tickets were received. 最近十二个月的工单。"""
    month = tickets.received_at.dt.strftime("%Y-%m")
    answered = tickets.satisfaction >= 1
    table = groups(tickets, {"month": month}, count=1, complaints=(tickets.ticket_type == "complaint").astype(float), met=(tickets.sla_ok == "Y").astype(float),
                   judged=tickets.sla_ok.notna().astype(float), good=(tickets.satisfaction >= 4).astype(float), answered=answered.astype(float))  # fmt: skip
    table["sla"] = table["met"] / table["judged"].where(table["judged"] > 0)
    table["csat"] = table["good"] / table["answered"].where(table["answered"] > 0)
    return table[["month", "count", "complaints", "sla", "csat", "_rows"]].tail(12)


@block("ticket_open", SERVICE, of="tickets", en="Tickets not closed", zh="未关闭工单", key="ticket_id", figures="F-33", clause="二(二)5①",
       heads={"hours": head("Hours Open", "已等待（小时）", Quantity)})  # fmt: skip
def ticket_open(tickets: Tickets, today: pd.Timestamp) -> pd.DataFrame:
    """Open tickets, urgent and old ones first; hours run to the end of the status day. 未关闭工单，紧急与久候的在前。"""
    rows = tickets.open
    hours = ((today + pd.Timedelta(days=1) - rows.received_at).dt.total_seconds() / 3600).round(1)
    table = records(rows, "ticket_id customer_id ticket_type priority handler_id", received_at=rows.received_at, hours=hours, status=rows.status)
    return table.sort_values(["priority", "hours"], ascending=False).head(40)


@block("customer_segments", SERVICE, of="customers", en="Customers", zh="客户", clause="二(二)5②", totals="count active silent lost tickets complaints",
       heads={"count": head("Customers", "客户数", Count), "active": head("Active", "活跃", Count), "silent": head("Silent", "沉默", Count), "lost": head("Lost",
                                                                                                                                                          "流失", Count),
              "tickets": head("Tickets", "工单数", Count), "complaints": head("Complaints", "投诉", Count), "rate": head("Complaints per Active Customer",
                                                                                                                         "活跃客户投诉率", Quantity)},
       figures="F-34", charts=(Chart("stacked", "segment", ("active", "silent", "lost")),))  # fmt: skip
def customer_segments(customers: Customers, tickets: Tickets) -> pd.DataFrame:
    """Customers by segment and status, with their tickets. 各类客户的状态与工单。"""
    table = groups(customers, "segment", count=1, **{s: (customers.status == s).astype(float) for s in ("active", "silent", "lost")})
    segment = xlookup(tickets.customer_id, customers.customer_id, customers.segment).astype(object)
    named = table["segment"].astype(object)
    table.insert(5, "tickets", named.map(segment.value_counts()).fillna(0.0))
    table.insert(6, "complaints", named.map(segment[tickets.ticket_type == "complaint"].value_counts()).fillna(0.0))
    table.insert(7, "rate", (table["complaints"] / table["active"].where(table["active"] > 0)).round(3))
    return table


@block("follow_ups", SERVICE, of="customers", en="Follow-ups due", zh="应回访客户", key="customer_id", clause="二(二)5②")
def follow_ups(customers: Customers, today: pd.Timestamp) -> pd.DataFrame:
    """Customers who are not lost and whose next follow-up has come. 下次回访日期已到的未流失客户。"""
    rows = customers.open
    rows = rows[rows.next_follow <= today]
    return records(rows, "customer_id name segment service_owner", last_on=rows.last_on, next_follow=rows.next_follow).sort_values("next_follow").head(40)

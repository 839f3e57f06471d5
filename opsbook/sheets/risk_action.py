"""Risk responses 风险应对: measures, special plans for high risks, and what they achieved."""

from __future__ import annotations

from enum import nonmember
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.formulas.lookup import blank, days_between, differ, same, xlookup
from opsbook.formulas.scoring import effect_of
from opsbook.grammar import (
    WARNING,
    Actor,
    Breach,
    Breaches,
    Choices,
    Code,
    Count,
    Day,
    Money,
    Percent,
    Policy,
    Prose,
    Rows,
    Sheet,
    Step,
    Text,
    Token,
    Workflow,
    column,
    figure,
    rule,
    unfilled,
)  # fmt: skip
from opsbook.lists import Effect, Response

if TYPE_CHECKING:
    from opsbook.columns import RiskActions, Risks


class Adjust(Choices):
    """What follows from an evaluation."""

    KEEP = "keep", "Keep", "维持"
    STRENGTHEN = "strengthen", "Strengthen", "加强"
    CHANGE = "change", "Change strategy", "更换策略"
    CLOSE = "close", "Close", "关闭"


class ActStatus(Choices):
    """Where a measure stands."""

    PLANNED = "planned", "Planned", "计划中"
    IN_PROGRESS = "in_progress", "In progress", "进行中"
    DONE = "done", "Done", "已完成"
    EVALUATED = "evaluated", "Evaluated", "已评价"
    CANCELLED = "cancelled", "Cancelled", "已取消"
    OFF_PATH = nonmember(frozenset({"cancelled"}))


RESPONSIBLE = Text("the responsible person", "责任人")


class RiskAction(Sheet, key="risk_actions", id="action_id", dated_by="start_on"):
    """Response measures, special plans for high risks and effectiveness re-evaluation. 应对措施、高风险专项方案与效果评估。"""

    clauses = ("六(二)1", "六(二)2", "六(二)3")
    tab = Text("Risk Responses", "风险应对")
    workflow = Workflow(
        steps=(
            Step("planned", "in_progress", RESPONSIBLE, by="owner_id"),
            Step("in_progress", "done", RESPONSIBLE, by="owner_id"),
            Step("done", "evaluated", Text("Operations Management or a deputy, not the responsible person", "运营管理部或副主任（非责任人）"), by="ops deputy"),
            Step("planned in_progress", "cancelled", Text("the director", "中心主任"), by="director"),
        ),
        others=(Actor("owner_id"), Actor("eval_by", "eval_on")),
        dates=("done_on", "eval_on"),
        approved=("evaluated",),
        done=("evaluated", "cancelled"),
        void=("cancelled",),
    )

    action_id: Code = column("Action ID", "措施编号", form="RAC-yyyy-nnn", unique=True, example="RAC-2026-001")
    risk_id: Code = column("Risk", "风险", ref="risks.risk_id", example="RSK-2026-001")
    response: Response = column("Response", "应对方式", example="reduce")
    special_plan: Token | None = column("Special Plan No", "专项方案编号", required_by="RSK-006", view="review")
    measure: Prose = column("Measure", "应对措施", example="建设备用机房")
    owner_id: Code = column("Responsible", "责任人", ref="employees.employee_id", example="EMP-0013")
    start_on: Day = column("Start", "开始时间", example="2026-07-01")
    due_on: Day = column("Due", "时间节点", example="2026-12-31")
    done_on: Day | None = column(
        "Done", "完成时间", required_when='FROM([status], "done")', check="[done_on] >= [start_on]",
        example="2026-09-01",
    )  # fmt: skip
    cost: Money | None = column("Cost", "投入", ge=0)
    progress: Percent = column("Progress", "进度", example=0.5)
    eval_on: Day | None = column(
        "Evaluated On", "效果评估日期", required_by="RAC-003", view="review", example="2026-09-20"
    )
    eval_by: Code | None = column(
        "Evaluated By", "评估人", ref="employees.employee_id", required_by="RAC-003", view="review",
        example="EMP-0004",
    )  # fmt: skip
    likelihood_after: Count | None = column(
        "Likelihood After", "应对后可能性", required_by="RAC-003", ge=1, le=5, view="review", example=2.0
    )
    impact_after: Count | None = column(
        "Impact After", "应对后影响", required_by="RAC-003", ge=1, le=5, view="review", example=2.0
    )
    effect: Effect | None = column(
        "Effectiveness", "实施效果", required_by="RAC-003", view="review", example="effective"
    )
    reduction: Percent | None = column("Score Reduction", "风险降幅", computed=True, view="review")
    adjust: Adjust | None = column(
        "Adjustment", "策略调整", required_when='[status] = "evaluated"', view="review", example="keep"
    )
    status: ActStatus = column("Status", "状态", example="in_progress")


@rule("RAC-001", at="risk_actions.due_on", clause="六(二)1",
      en="A response needs its {column}", zh="应对措施须填写“{column}”",
      fix=Text("Say what is done, by whom and by when.", "填写措施、责任人和时间节点。"))  # fmt: skip
def responses_are_assigned(risk_actions: RiskActions) -> Breaches:
    """A response has a measure, a responsible person and a due date that is not before its start. 措施、责任人、时间节点齐全，节点不早于开始。"""
    yield from unfilled(risk_actions, "measure", "owner_id", "due_on")
    yield Breach(risk_actions[risk_actions.due_on < risk_actions.start_on],
                 message=Text("Due on {due_on}, before the start on {start_on}", "时间节点 {due_on} 早于开始时间 {start_on}"))  # fmt: skip


@rule("RAC-002", at="risk_actions.due_on", clause="六(二)1", severity=WARNING,
      en="The response is overdue by {days} days, due on {due_on}", zh="应对措施逾期 {days} 天，时间节点 {due_on}",
      fix=Text("Finish the measure, or report why it is late.", "尽快完成，或说明逾期原因。"))  # fmt: skip
def responses_are_in_time(risk_actions: RiskActions, today: pd.Timestamp) -> Rows:
    """A measure that is not done is not past its due date. 未完成的措施不超过时间节点。"""
    waiting = risk_actions[risk_actions.status.isin(["planned", "in_progress"])]
    return waiting.assign(days=days_between(waiting.due_on, today))[waiting.due_on < today]


@rule("RAC-003", at="risk_actions.eval_by", clause="六(二)3",
      en="The effect was not evaluated by another person than {owner_id}", zh="实施效果未由责任人 {owner_id} 以外的人评估",
      fix=Text("Let another person evaluate, with day, effect and the grades afterwards.", "由他人评估，填写日期、效果和应对后的可能性、影响。"))  # fmt: skip
def effects_are_evaluated(risk_actions: RiskActions) -> Breaches:
    """An evaluated measure was evaluated after its completion by another person, with effect, likelihood and impact afterwards.
    已评价的措施由责任人以外的人在完成后评估，有效果和应对后的可能性、影响。"""
    rows = risk_actions[risk_actions.status == "evaluated"]
    yield rows[blank(rows.eval_by) | same(rows.eval_by, rows.owner_id)]
    yield from unfilled(rows, "eval_on", "effect", "likelihood_after", "impact_after",
                         message=Text("The evaluation lacks its {column}", "评估缺少“{column}”"))  # fmt: skip
    yield Breach(rows[rows.eval_on < rows.done_on], at="eval_on",
                 message=Text("Evaluated on {eval_on}, before the completion on {done_on}", "评估日期 {eval_on} 早于完成时间 {done_on}"))  # fmt: skip


@rule("RAC-004", at="risk_actions.adjust", clause="六(二)3", scope="book",
      en="The effect is {effect}: the strategy is to be strengthened or changed", zh="效果{effect}，须加强或更换策略",
      fix=Text("Choose to strengthen or change, and open a new measure for the risk.", "选择加强或更换策略，并为该风险登记新措施。"))  # fmt: skip
def weak_responses_are_replaced(risk_actions: RiskActions) -> Breaches:
    """A measure that was partly or not effective is strengthened or changed, and a new one was begun since its evaluation.
    部分有效或无效的措施须加强或更换策略，并在评估后启动新措施。"""
    live = risk_actions.live
    weak = live[live.effect.isin(["partial", "ineffective"])]
    yield weak[~weak.adjust.isin(["strengthen", "change"])]
    begun = live.to_frame("risk_id", "start_on").astype({"risk_id": object}).sort_values("start_on", na_position="first")
    newest = begun.drop_duplicates("risk_id", keep="last")
    before = begun.drop(newest.index).drop_duplicates("risk_id", keep="last")
    asked = weak.risk_id.astype(object).to_numpy()
    last, earlier = (b.set_index("risk_id")["start_on"].reindex(asked).to_numpy() for b in (newest, before))
    last = np.where(weak.index.isin(newest.index), earlier, last)  # a measure is no successor of its own
    adjusted = weak[weak.adjust.isin(["strengthen", "change"]) & ~blank(weak.risk_id, weak.eval_on) & ~(last >= weak.eval_on.to_numpy())]
    yield Breach(adjusted, at="risk_id", message=Text("No new measure for {risk_id} was begun since {eval_on}", "{eval_on} 评估后未为 {risk_id} 启动新措施"))


@rule("RAC-005", at="risk_actions.response", clause="六(二)2", severity=WARNING, scope="book",
      en="{response} is not the risk's main response, {main}", zh="应对方式“{response}”与登记的“{main}”不一致",
      fix=Text("Choose the risk's response, or say in the remarks why not.", "与风险登记保持一致，或在备注中说明。"))  # fmt: skip
def responses_agree_with_the_risk(risk_actions: RiskActions, risks: Risks) -> Rows:
    """The response is the risk's main one, or the remarks explain. 应对方式与风险登记一致，或在备注中说明。"""
    live = risk_actions.live
    main = xlookup(live.risk_id, risks.risk_id, risks.response)
    shown = risks.sheet.columns["response"].kind.show
    said = [shown(v) if isinstance(v, str) else "" for v in main]
    return live.assign(main=said)[differ(live.response, main) & blank(live.remarks)]


# Not in DOMAIN.md: DECISIONS 5.2: the typed effect is compared with the figure.
@rule("RAC-006", at="risk_actions.effect", clause="六(二)3", severity=WARNING, scope="book",
      en="The effect is called {effect}; a reduction of {rate:pct} is {worked}", zh="实施效果为{effect}，按风险降幅 {rate:pct} 应为{worked}",
      fix=Text("Check the effect against the grades afterwards.", "按应对后的分级核对效果。"))  # fmt: skip
def effects_fit_the_reduction(risk_actions: RiskActions, policy: Policy) -> Rows:
    """The effect that was entered is that of the reduction reached. 实施效果与风险降幅相符。"""
    rows = risk_actions[~blank(risk_actions.effect) & risk_actions.reduction.notna()]
    labels = Effect.labels()
    worked = effect_of(rows.reduction, policy("risk.eff", rows), 0.0, rows.index, beyond=True)
    return rows.assign(rate=rows.reduction, worked=[labels[w] for w in worked])[differ(rows.effect, worked)]


@figure("F-31", at="risk_actions.reduction", en="Risk reduction", zh="风险降幅", kind=Percent, clause="六(二)3", source="ISO 31000 monitoring")
def reduction(risk_actions: RiskActions, risks: Risks) -> pd.Series:
    """1 - (likelihood x impact afterwards) / the risk's inherent score. 1-应对后可能性×影响÷固有风险值。"""
    before = xlookup(risk_actions.risk_id, risks.risk_id, risks.score)
    return np.round(1 - risk_actions.likelihood_after * risk_actions.impact_after / before.where(before > 0), 4)

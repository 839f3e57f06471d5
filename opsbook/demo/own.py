"""What the centre of the demo has added itself: rules, a figure and tables, as managers write them."""

from typing import Any

Records = dict[str, list[dict[str, Any]]]


def records() -> Records:
    """The rows of the sheets Columns, Rules, Figures and Tables."""
    return {
        "columns": [],
        "rules": [
            {"rule_id": "USR-001", "is_on": "Y", "on_sheet": "费用报销", "at_column": "附件索引", "weight": "warning",
             "only_when": 'AND([价税合计] > 20000, [状态] <> "草稿")', "must_be": '[附件索引] <> ""',
             "message_en": "{Voucher Total (incl. tax)} without an attachment reference", "message_zh": "价税合计 {价税合计}，未填附件索引"},
            {"rule_id": "USR-002", "is_on": "Y", "on_sheet": "客服工单", "at_column": "ticket_id", "weight": "note", "judged_on": "centre",
             "only_when": '[status] = "closed"', "must_be": "XLOOKUP([customer_id], customers[customer_id], customers[customer_id]) = [customer_id]",
             "message_en": "{ticket_id} is of a customer without a file", "message_zh": "{ticket_id} 的客户未建档"},
            {"rule_id": "USR-003", "is_on": "N", "on_sheet": "费用报销", "at_column": "报销金额", "weight": "warning",
             "only_when": "", "must_be": '[报销金额] <= POLICY("exp.limit.deputy", [部门]) * 4',
             "message_en": "{Claimed Amount} is four times what a deputy may approve", "message_zh": "报销金额 {报销金额} 超过副主任审批上限的4倍"},
        ],
        "figures": [
            {"on_sheet": "费用报销", "field": "net_share", "header_en": "Net Share", "header_zh": "净额占比", "holds": "percent",
             "formula": "IF([价税合计] = 0, 0, [不含税金额] / [价税合计])"},
        ],
        "tables": [
            {"table_id": "T-001", "title_en": "Claims by department", "title_zh": "各部门报销", "on_sheet": "费用报销", "down": "部门",
             "values": "SUM([报销金额]); COUNT([报销金额]); Average claim/平均每笔: SUM([报销金额]) / COUNT([报销金额])", "only_when": '[状态] <> "cancelled"',
             "chart": "bar", "order": "largest"},
            {"table_id": "T-002", "title_en": "Tickets by month and type", "title_zh": "各月各类工单", "on_sheet": "客服工单", "down": "received_at",
             "across": "ticket_type", "values": "COUNTA([ticket_id])", "chart": "stacked"},
        ],
    }  # fmt: skip

"""The generated sheets of a workbook, in their order (DOMAIN §8). Rooms declare the blocks that stand on them."""

from opsbook.grammar.block import Summary
from opsbook.grammar.text import Text

OVERVIEW = Summary("overview", 0, Text("Overview", "总览"),
                   Text("The centre on one page: how it stands, what waits, what is wrong.", "一页看全局：现状、待办与问题。"))  # fmt: skip
PROJECTS = Summary("projects_summary", 1, Text("Projects Summary", "项目汇总"),
                   Text("Every project: value planned, earned and spent, forecasts, health, what is open.",
                        "各项目的计划价值、挣值、实际成本、预测、健康度与未结事项。"))  # fmt: skip
KPIS = Summary("kpi_summary", 2, Text("KPI Summary", "指标汇总"),
               Text("Every indicator against its target, trends and forecasts, improvements and their effect.",
                    "各指标的目标、实际、得分、趋势与预测，优化措施及效果。"))  # fmt: skip
PEOPLE = Summary("people_summary", 3, Text("People Summary", "人员汇总"),
                 Text("Headcount, recruitment, onboarding, training, careers and leave.", "人员编制、招聘、入职、培训、职业发展与休假。"))  # fmt: skip
APPRAISALS = Summary("appraisal_summary", 4, Text("Appraisal Summary", "绩效汇总"),
                     Text("Ranking, grades against policy, how strictly each appraiser scores, the effect on pay.",
                          "排名、等级分布与制度限制、评分宽严、薪酬影响。"))  # fmt: skip
MONEY = Summary("budget_summary", 5, Text("Budget & Expense Summary", "预算与费用汇总"),
                Text("What was budgeted, committed, spent and is left; claims by type, month and state.",
                     "预算、占用、实际与可用；报销按类型、月份与状态。"))  # fmt: skip
ASSETS = Summary("assets_summary", 6, Text("Assets Summary", "资产汇总"),
                 Text("Assets by class, depreciation and its forecast, events, stock-takes, disposals.", "资产分类、折旧与预测、变动、盘点与处置。"))  # fmt: skip
RISKS = Summary("risk_summary", 7, Text("Risk Summary", "风险汇总"),
                Text("Where risks stand before and after control, the largest, what is overdue.", "风险的固有与剩余水平、主要风险与逾期事项。"))  # fmt: skip
CONTROLS = Summary("control_summary", 8, Text("Control & Security Summary", "内控与安全汇总"),
                   Text("The five elements of control, what was not checked, findings and incidents.", "内控五要素、未检查的关键控制、问题与安全事件。"))  # fmt: skip
SERVICE = Summary("service_summary", 9, Text("Service Summary", "服务汇总"),
                  Text("Tickets, times against their limits, satisfaction, customers.", "工单、时限达标、满意度与客户。"))  # fmt: skip
INFORMATION = Summary("information_summary", 10, Text("Information Summary", "信息汇总"),
                      Text("What was collected, from where, how far it was used.", "信息的收集、来源与利用。"))  # fmt: skip
OWN_TABLES = Summary("own_tables", 11, Text("Own Tables", "自定义汇总表"),
                     Text("The tables that this centre has set up itself, on the sheet Tables.", "本中心在“自定义汇总”中设置的汇总表。"))  # fmt: skip
FINDINGS = Summary("findings", 12, Text("Findings", "校验结果"),
                   Text("Every finding of validation, with the way out; select a cell address to go to the record.",
                        "校验发现的全部问题与处理办法；点击位置可跳转到该记录。"))  # fmt: skip
AUDIT = Summary("audit_log", 13, Text("Audit Log", "流转日志"),
                Text("What became of every record from one accepted state to the next.", "各记录在历次接受状态之间的变化。"))  # fmt: skip
#: Pages of a template that hold no records: the tables of policy values, and the index.
TABLES = Text("Policy Tables", "参数表格")
INDEX = Text("Operations centre workbook  opsbook", "运营中心工作簿  opsbook")
ALL = (OVERVIEW, PROJECTS, KPIS, PEOPLE, APPRAISALS, MONEY, ASSETS, RISKS, CONTROLS, SERVICE, INFORMATION, OWN_TABLES, FINDINGS, AUDIT)

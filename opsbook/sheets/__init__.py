"""The catalog: the rooms in tab order."""

from functools import cache
from importlib import import_module
from types import ModuleType

from opsbook.grammar import Catalog, Rule

#: What stands in a workbook from left to right.
ROOMS = (
    "general", "people", "plan", "project", "project_summary", "project_value", "check", "change", "acceptance", "kpi", "kpi_data", "improvement",
    "recruitment", "training", "appraisal", "payroll", "career", "budget", "expense", "expense_rules", "asset_summary", "asset", "asset_event",
    "stocktake", "risk", "risk_action", "control", "information", "customer", "ticket", "waiver", "policy", "own",
    "kpi_summary", "people_summary", "appraisal_summary", "budget_summary", "expense_summary",
    "risk_summary", "control_summary", "service_summary", "information_summary", "overview",
    "project_forms", "expense_forms", "asset_forms", "operations_report",
)  # fmt: skip


@cache
def catalog() -> Catalog:
    """Our sheets with their rules and figures; built at the first call, since rooms bring pandas along."""
    return Catalog.of(*(import_module(f"opsbook.sheets.{room}") for room in ROOMS))


@cache
def roster_catalog() -> Catalog:
    """The roster alone, with what holds on every sheet: it stands in a workbook of its own."""
    general, own = (import_module(f"opsbook.sheets.{room}") for room in ("general", "roster"))
    alone = ModuleType("general")
    alone.__dict__.update({n: v for n, v in vars(general).items() if not isinstance(v, Rule) or {*v.reads} <= {"rows", "policy", "today"}})
    alone.__dict__["ListValue"] = import_module("opsbook.sheets.own").ListValue  # its dropdowns
    return Catalog.of(alone, own)

"""The words in which a sheet is declared. Nothing here knows an operations centre."""

from opsbook.grammar.block import Block, Chart, Head, Light, Summary, block, first, groups, head, in_order, records
from opsbook.grammar.book import Book, Frame, Tab
from opsbook.grammar.catalog import Catalog, CatalogError
from opsbook.grammar.figure import Figure, figure
from opsbook.grammar.finding import Finding, Findings, Severity
from opsbook.grammar.kinds import (
    BankCard,
    Change,
    Choices,
    Code,
    Codes,
    Count,
    Day,
    Line,
    Moment,
    Money,
    Path,
    Percent,
    Period,
    Phone,
    Prose,
    Quantity,
    ResidentId,
    Score,
    Several,
    Suggested,
    TaxRate,
    Token,
    Uscc,
    Year,
)  # fmt: skip
from opsbook.grammar.policy import Key, Policy, Value
from opsbook.grammar.rule import ERROR, NOTE, WARNING, Breach, Breaches, Rows, Rule, rule, sheet_finding, told, unfilled
from opsbook.grammar.sheet import Actor, Column, Sheet, Step, Workflow, column
from opsbook.grammar.text import LANGS, Lang, Text

__all__ = [
    "ERROR", "LANGS", "NOTE", "WARNING", "Actor", "BankCard", "Block", "Book", "Breach", "Breaches", "Catalog", "CatalogError",
    "Change", "Chart", "Choices", "Code", "Codes", "Column", "Count", "Day", "Figure", "Finding", "Findings", "Frame", "Head", "Key",
    "Lang", "Light", "Line", "Moment", "Money", "Path", "Percent", "Period", "Phone", "Policy", "Prose", "Quantity",
    "ResidentId", "Rows", "Rule", "Score", "Several", "Severity", "Sheet", "Step", "Suggested", "Summary", "Tab", "TaxRate", "Text", "Token", "Uscc",
    "Value", "Workflow", "Year", "block", "column", "figure", "first", "groups", "head", "in_order", "records", "rule", "sheet_finding", "told", "unfilled",
]  # fmt: skip

"""What no table in cases/ can show of a rule: records of other workbooks, weights and sentences. A test's name begins with its rule's."""

import pandas as pd
from conftest import case_of

from opsbook.grammar import Severity
from opsbook.grammar.former import Former


def beside(text, key, columns, records):
    """A book of tables beside the records that other accepted workbooks have of a sheet: (record, *columns)."""
    case = case_of(text)
    table = pd.DataFrame([r[1:] for r in records], columns=columns, index=pd.Index([r[0] for r in records], dtype=object), dtype=object)
    case.workings.former = Former(others={key: table})
    return case


def test_exp_004_an_invoice_of_another_workbook_is_taken_unless_its_claim_was_rejected_or_cancelled():
    ours = """
|   | expenses       | voucher_type   | invoice_code | invoice_no           | status   |
|---|----------------|----------------|--------------|----------------------|----------|
|   | EXP-2026-00001 | einvoice_plain |              | 26112000000012345601 | draft    |
|   | EXP-2026-00002 | einvoice_plain |              | 26112000000012345602 | draft    |
|   | EXP-2026-00003 | rail_eticket   |              | 26112000000012345603 | draft    |
|   | EXP-2026-00004 | einvoice_plain |              | 26112000000012345604 | draft    |
|   | EXP-2026-00005 | einvoice_plain |              | 26112000000012345601 | rejected |
|   | EXP-2026-00006 | einvoice_plain |              |                      | draft    |
|   | EXP-2026-00007 | einvoice_plain |              | 00001235             | draft    |
|   | EXP-2026-00011 | vat_plain      | 1100224130   | 00001234             | draft    |
|   | EXP-2026-00012 | vat_plain      | 1100224131   | 00001234             | draft    |
|   | EXP-2026-00013 | vat_plain      |              | 00001234             | draft    |
|   | EXP-2026-00014 | vat_plain      | 1100224132   | 00001234             | draft    |
|   | EXP-2026-00015 | vat_plain      | 1100224130   |                      | draft    |
"""
    theirs = [
        ("EXP-2026-00101", "26112000000012345601", "", "submitted", "b.xlsx"),
        ("EXP-2026-00102", "26112000000012345602", "", "rejected", "b.xlsx"),
        ("EXP-2026-00103", "26112000000012345603", "", "cancelled", "b.xlsx"),
        ("EXP-2026-00104", "26112000000012345602", "", "cancelled", "c.xlsx"),
        ("EXP-2026-00105", "26112000000012345604", "1100224130", "paid", "c.xlsx"),  # whatever stands beside the 20 digits
        ("EXP-2026-00106", "", "", "paid", "c.xlsx"),
        ("EXP-2026-00107", "00001235", "", "paid", "c.xlsx"),  # no 20 digits: it proves nothing
        ("EXP-2026-00111", "00001234", "1100224130", "returned", "d.xlsx"),
        ("EXP-2026-00112", "00001234", "1100224132", "rejected", "d.xlsx"),
        ("EXP-2026-00113", "00001234", "", "paid", "d.xlsx"),
        ("EXP-2026-00114", "", "1100224130", "paid", "d.xlsx"),
    ]
    found = beside(ours, "expenses", ["invoice_no", "invoice_code", "status", "source"], theirs).findings("EXP-004", "RUN-001")
    assert [(f.rule, f.record, f.column, f.message.en) for f in found] == [
        ("EXP-004", "EXP-2026-00001", "invoice_no", "Invoice 26112000000012345601 already claimed on EXP-2026-00101 in b.xlsx"),
        ("EXP-004", "EXP-2026-00004", "invoice_no", "Invoice 26112000000012345604 already claimed on EXP-2026-00105 in c.xlsx"),
        ("EXP-004", "EXP-2026-00011", "invoice_no", "Invoice 00001234 already claimed on EXP-2026-00111 in d.xlsx"),
    ]


def test_exp_004_the_centres_own_claims_but_not_the_same_record_nor_one_that_was_rejected():
    case = case_of("""
|   | expenses       | voucher_type   | invoice_no           |
|---|----------------|----------------|----------------------|
|   | EXP-2026-00001 | einvoice_plain | 26112000000012345601 |
|   | EXP-2026-00002 | einvoice_plain | 26112000000012345602 |
|   | EXP-2026-00003 | einvoice_plain | 26112000000012345603 |
|   | EXP-2026-00004 | einvoice_plain | 26112000000012345604 |
""")
    centre = case_of("""
|   | expenses       | voucher_type   | invoice_no           | status   |
|---|----------------|----------------|----------------------|----------|
|   | EXP-2026-00103 | einvoice_plain | 26112000000012345603 | rejected |
|   | EXP-2026-00001 | einvoice_plain | 26112000000012345601 | paid     |
|   | EXP-2026-00102 | einvoice_plain | 26112000000012345602 | paid     |
""")
    case.workings.book.reference["expenses"] = centre.workings.book.tabs["expenses"]
    assert [(f.record, f.message.en, f.message.zh) for f in case.findings("EXP-004", "RUN-001")] == [
        ("EXP-2026-00002", "Invoice 26112000000012345602 already claimed on EXP-2026-00102 in the centre's workbook",
         "发票 26112000000012345602 已在 中心工作簿 的 EXP-2026-00102 报销"),
    ]  # fmt: skip


def test_exp_004_an_invoice_of_an_asset_elsewhere_is_told_once_where_a_claim_has_it_too():
    case = case_of("""
|   | expenses       | voucher_type   | invoice_code | invoice_no           |
|---|----------------|----------------|--------------|----------------------|
|   | EXP-2026-00001 | einvoice_plain |              | 26112000000012345601 |
|   | EXP-2026-00002 | einvoice_plain |              | 26112000000012345602 |
|   | EXP-2026-00003 | vat_plain      | 1100224130   | 00001234             |
""")
    one, two = "26112000000012345601", "26112000000012345602"
    claims = pd.DataFrame({"invoice_no": [one], "invoice_code": [""], "status": ["paid"], "source": ["b.xlsx"]}, index=["EXP-2026-00101"], dtype=object)
    claims = claims.reindex(columns=[*claims, "voucher_type", "seller_name", "invoice_date", "total_amount", "employee_id", "exp_type", "start_on"], fill_value="")
    assets = pd.DataFrame({"invoice_no": [one, two, "00001234"], "source": ["c.xlsx"] * 3}, index=["AST-ELE-0001", "AST-ELE-0002", "AST-ELE-0003"], dtype=object)
    case.workings.former = Former(others={"expenses": claims, "assets": assets})
    assert [(f.record, f.message.en) for f in case.findings("EXP-004", "RUN-001")] == [
        ("EXP-2026-00001", f"Invoice {one} already claimed on EXP-2026-00101 in b.xlsx"),
        ("EXP-2026-00002", f"Invoice {two} is also that of asset AST-ELE-0002 in c.xlsx: the money would count twice"),
    ]


def test_exp_004_vouchers_without_a_whole_number_beside_those_of_other_workbooks():
    names = ["invoice_no", "voucher_type", "invoice_code", "seller_name", "invoice_date", "total_amount", "employee_id", "exp_type", "start_on", "status", "source"]
    ours = """
|   | expenses       | voucher_type | invoice_code | invoice_no | seller_name | invoice_date | total_amount | employee_id | exp_type     | start_on   |
|---|----------------|--------------|--------------|------------|-------------|--------------|--------------|-------------|--------------|------------|
|   | EXP-2026-00001 | receipt      |              |            | 便民文具店  | 2026-08-03   | 58.50        | EMP-0012    | office       | 2026-08-03 |
|   | EXP-2026-00002 | receipt      |              |            | 便民文具店  | 2026-08-03   | 58.51        | EMP-0012    | office       | 2026-08-03 |
|   | EXP-2026-00003 | ticket       |              |            |             | 2026-08-04   | 38.00        | EMP-0012    | travel_local | 2026-08-04 |
|   | EXP-2026-00004 | ticket       |              |            |             | 2026-08-04   | 38.00        | EMP-0013    | travel_local | 2026-08-04 |
|   | EXP-2026-00005 | receipt      |              |            | 乙商行      | 2026-08-03   | 70.00        | EMP-0012    | office       | 2026-08-03 |
"""
    theirs = [
        ("EXP-2026-00101", "", "receipt", "", "便民文具店", "2026-08-03", "58.5", "EMP-0015", "office", "2026-08-03", "paid", "b.xlsx"),
        ("EXP-2026-00102", "", "receipt", "", "便民文具店", "2026-08-03", "58.51", "EMP-0015", "office", "2026-08-03", "rejected", "b.xlsx"),
        ("EXP-2026-00103", "", "ticket", "", "", "2026-08-04", "38", "EMP-0012", "travel_local", "2026-08-04", "paid", "b.xlsx"),
        ("EXP-2026-00104", "00001234", "fiscal", "1100224130", "乙商行", "2026-08-03", "70", "EMP-0015", "office", "2026-08-03", "paid", "b.xlsx"),  # known by number
    ]
    found = beside(ours, "expenses", names, theirs).findings("EXP-004", "RUN-001")
    assert [(f.record, f.column, f.severity, f.message.en.partition(",")[0]) for f in found] == [
        ("EXP-2026-00001", "seller_name", Severity.WARNING, "The same seller"),
        ("EXP-2026-00003", "total_amount", Severity.WARNING, "The same person"),
    ]


def test_gen_004_a_number_of_another_workbook_is_taken_and_one_that_stands_twice_here_is_told_as_that():
    ours = """
|   | risks        |
|---|--------------|
|   | RSK-2026-001 |
|   | RSK-2026-002 |
|   | RSK-2026-003 |
|   | RSK-2026-003 |
|   | RSK-2026-004 |
"""
    theirs = [("RSK-2026-002", "b.xlsx"), ("RSK-2026-003", "b.xlsx"), ("RSK-2026-004", "c.xlsx"), ("RSK-2026-004", "d.xlsx"), ("RSK-2026-009", "d.xlsx")]
    found = beside(ours, "risks", ["source"], theirs).findings("GEN-004", "RUN-001")
    assert [(f.row, f.message.en) for f in found] == [
        (3, "ID RSK-2026-002 stands in b.xlsx already"),
        (4, "Duplicate or malformed ID RSK-2026-003"),
        (5, "Duplicate or malformed ID RSK-2026-003"),
        (6, "ID RSK-2026-004 stands in c.xlsx already"),
    ]


def test_gen_005_the_hint_names_who_bears_the_name_those_of_the_department_first_or_the_nearest_number():
    found = case_of("""
|   | assets       | department   | custodian_id |
|---|--------------|--------------|--------------|
|   | AST-ELE-0001 | ops_mgmt     | 李明         |
|   | AST-ELE-0002 | cust_service | 李明         |
|   | AST-ELE-0003 | ops_mgmt     | 王芳         |
|   | AST-ELE-0004 | ops_mgmt     | EMP-00001    |
|   | AST-ELE-0005 | ops_mgmt     | 赵六         |

|   | employees | name | department |
|---|-----------|------|------------|
|   | EMP-0012  | 李明 | ops_mgmt   |
|   | EMP-0013  | 李明 | finance    |
|   | EMP-0001  | 王芳 | finance    |
""").findings("GEN-005", "RUN-001")
    assert {f.record: f.fix.en for f in found if f.column == "custodian_id"} == {
        "AST-ELE-0001": "Did you mean EMP-0012? Choose from the list.",
        "AST-ELE-0002": "Did you mean EMP-0012 or EMP-0013? Choose from the list.",
        "AST-ELE-0003": "Did you mean EMP-0001? Choose from the list.",
        "AST-ELE-0004": "Did you mean EMP-0001? Choose from the list.",
        "AST-ELE-0005": "Choose from the list, or enter the record there first.",
    }


def test_emp_005_a_bank_account_need_not_be_a_card():
    found = case_of("""
|   | employees | id_no              | bank_card        | phone      |
|---|-----------|--------------------|------------------|------------|
|   | EMP-0001  | 110108198001010011 | 6222020200011111 | 1380000000 |
""").findings("EMP-005", "RUN-001")
    assert {f.column: f.severity for f in found} == {"id_no": Severity.ERROR, "bank_card": Severity.WARNING, "phone": Severity.ERROR}


def not_counted(number, rule):
    """What a rule says where one asset was counted and so many were not."""
    rows = "".join(f"|   | AST-ELE-{n:04} | 2020-03-05    | in_use |\n" for n in range(1, number + 2))
    (found,) = case_of(f"""
|   | stocktakes    | round   | asset_id     | count_on   |
|---|---------------|---------|--------------|------------|
|   | STK-2026-0001 | 2026-H1 | AST-ELE-0001 | 2026-06-25 |

|   | assets       | in_service_on | status |
|---|--------------|---------------|--------|
{rows}""").findings(rule, "RUN-001")
    return found.message.en


def test_stk_001_five_assets_are_named_and_more_are_hinted_at():
    five = "AST-ELE-0002, AST-ELE-0003, AST-ELE-0004, AST-ELE-0005, AST-ELE-0006"
    assert not_counted(5, "STK-001") == f"5 assets were not counted in 2026-H1: {five}"
    assert not_counted(6, "STK-001") == f"6 assets were not counted in 2026-H1: {five} …"


def test_stk_002_five_assets_are_named_and_more_are_hinted_at():
    five = "AST-ELE-0002, AST-ELE-0003, AST-ELE-0004, AST-ELE-0005, AST-ELE-0006"
    assert not_counted(5, "STK-002") == f"5 assets were not counted for 12 months: {five}"
    assert not_counted(6, "STK-002") == f"6 assets were not counted for 12 months: {five} …"

"""One workbook of all accepted rows: where each comes from, the summaries over all of them, what is masked and what is left out."""

import openpyxl
import pytest
from books import RECORDS, claim, command
from conftest import submitted

from opsbook import jobs


@pytest.fixture(scope="module")
def made(tmp_path_factory, centre_file):
    folder = tmp_path_factory.mktemp("consolidate")
    submitted(folder / "in/kf/claims.xlsx", expenses=[claim(1), claim(2)])
    submitted(folder / "in/sj/claims.xlsx", expenses=[claim(3)], assets=[dict(a) for a in RECORDS["assets"][:5]])
    submitted(folder / "in/wrong.xlsx", expenses=[claim(4, claim_amount=1e6), claim(5)])
    submitted(folder / "in/people.xlsx", employees=[dict(p) for p in RECORDS["employees"]])
    (folder / "in/bad.xlsx").write_text("no workbook")
    return folder


def consolidated(made, centre_file, *more):
    out = made / f"out{len(more)}.xlsx"
    done = command("consolidate", made / "in", "-o", out, "--reference", centre_file, "--as-of", "2026-09-30", "--lang", "en", *more)
    assert done.returncode == 0, done.stderr
    return done, openpyxl.load_workbook(out)


def lines(book, name):
    sheet = book[name]
    heads = [c.value for c in sheet[5]]
    return [dict(zip(heads, (c.value for c in row), strict=True)) for row in sheet.iter_rows(min_row=6) if row[0].value is not None]


def test_every_accepted_row_with_its_origin(made, centre_file):
    done, book = consolidated(made, centre_file)
    assert [(r["Claim Line"] if "Claim Line" in r else next(iter(r.values())), r["Origin"], r["Row of Origin"]) for r in lines(book, "Expense Claims")] == [
        ("EXP-2026-00001", "kf/claims.xlsx", 6), ("EXP-2026-00002", "kf/claims.xlsx", 7), ("EXP-2026-00003", "sj/claims.xlsx", 6)]  # fmt: skip
    assert len(lines(book, "Assets")) == 5
    assert "of 3 accepted workbooks (2 not accepted)" in done.stdout
    assert "bad.xlsx" in done.stderr
    assert "wrong.xlsx: 2 errors" in done.stderr
    assert book.sheetnames[0] == "Overview"
    assert "Expense Summary" in book.sheetnames or "Budget & Expense Summary" in book.sheetnames


def test_the_rows_without_errors_of_the_others_too(made, centre_file):
    done, book = consolidated(made, centre_file, "--rows")
    assert [next(iter(r.values())) for r in lines(book, "Expense Claims")] == [f"EXP-2026-0000{n}" for n in (1, 2, 3, 5)]
    assert "and of the rows without errors of the others" in done.stdout


def test_numbers_of_people_and_cards_are_masked(made, centre_file):
    _, book = consolidated(made, centre_file)
    people = lines(book, "Employees")
    numbers = [v for r in people for h, v in r.items() if h in ("ID No.", "Resident ID", "Bank Card", "Phone", "ID Number") and v]
    assert len(people) == len(RECORDS["employees"])
    raw = {str(p[k]) for p in RECORDS["employees"] for k in ("id_no", "bank_card") if p.get(k)}
    assert raw
    assert not raw & {str(v) for r in people for v in r.values()}
    assert all("*" in str(v) for v in numbers)


def test_figures_are_worked_out_over_all(made, centre_file):
    _, book = consolidated(made, centre_file)
    whole = lines(book, "Assets")
    (name,) = [h for h in whole[0] if h in ("Net Value", "Net Book Value")]
    assert all(isinstance(r[name], (int, float)) for r in whole)


def test_the_same_again_is_the_same(made, centre_file):
    consolidated(made, centre_file)
    first = (made / "out0.xlsx").read_bytes()
    consolidated(made, centre_file)
    assert len((made / "out0.xlsx").read_bytes()) == pytest.approx(len(first), abs=64)  # but for the minute in its head


def test_what_cannot_be_consolidated(made, centre_file, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/bad.xlsx").write_text("no workbook")
    before = centre_file.read_bytes()
    for wrong in ((tmp_path / "in", "-o", tmp_path / "o.xlsx"), (tmp_path / "in", "-o", tmp_path / "o.xlsx", "--rows"), (made / "in", "-o", tmp_path / "o.xls"),
                  (made / "in", "-o", centre_file, "--reference", centre_file), (made / "in", "-o", made / "in/wrong.xlsx")):  # fmt: skip
        done = command("consolidate", *wrong)
        assert done.returncode == 2, wrong
        assert "。" in done.stderr
    assert centre_file.read_bytes() == before
    assert not (tmp_path / "o.xlsx").exists()


def test_more_rows_than_a_sheet_holds(monkeypatch, made):
    from opsbook.hosts.guards import NAMED
    from opsbook.jobs import consolidating

    monkeypatch.setattr(consolidating, "MOST", 2)
    parts = [("a", key, cells) for key, cells in jobs.rows_of(made / "in/kf/claims.xlsx", NAMED, {})] * 2
    with pytest.raises(ValueError, match="more than 2 rows"):
        consolidating.consolidated(parts, "o.xlsx")

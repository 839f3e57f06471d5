"""The add-in: its texts agree, it is built from them, installed and removed, and its buttons reach a live workbook through VBA."""

import io
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import require

from opsbook import __version__, click, jobs, ribbon
from opsbook.addin import Machine, build, checks, functions, install, remove, settings, texts

ROOT = Path(__file__).parents[1]
CONTRACT = ["Validate 校验", "Refresh summaries 刷新汇总", "Next finding 下一问题", "Clear marks 清除标记", "Undo last 撤销上次", "New rows 新增行", "Task letter 任务书",
            "Acceptance report 验收报告", "Policy 制度参数", "Change from a day on 自某日起变更", "Help 帮助", "Explain this finding 解释此问题"]  # fmt: skip
#: What a ribbon may hold (Microsoft's customUI14 schema), as far as ours does.
ALLOWED = {
    "customUI": {"xmlns"}, "ribbon": set(), "tabs": set(), "tab": {"id", "label", "insertAfterMso"}, "group": {"id", "label"}, "contextMenus": set(),
    "contextMenu": {"idMso"}, "button": {"id", "label", "size", "imageMso", "onAction", "screentip", "supertip", "insertBeforeMso"},
}  # fmt: skip


# ------------------------------------------------------------------------------------------------ the texts


def test_every_button_of_the_contract_is_on_the_ribbon():
    assert sorted(texts.labels().values()) == sorted(CONTRACT)


def test_every_callback_exists_and_calls_its_sub_and_every_sub_presses_a_button_that_there_is():
    calls = dict(texts.CALLBACK.findall(texts.text("opsbook.bas")))
    asked = {b.attrib["onAction"] for b in ElementTree.fromstring(texts.text("ribbon.xml")).iter(f"{texts.SPACE}button")}
    assert asked == set(calls)
    assert {name.removeprefix("On") for name in calls} == set(calls.values()) == set(texts.buttons())
    assert set(texts.buttons().values()) == set(ribbon.BUTTONS)


def test_the_ribbon_holds_nothing_that_excel_does_not_know():
    seen = set()
    for each in ElementTree.fromstring(texts.text("ribbon.xml")).iter():
        name = each.tag.removeprefix(texts.SPACE)
        assert set(each.attrib) <= ALLOWED[name], name
        if "id" in each.attrib:
            assert each.attrib["id"] not in seen
            seen.add(each.attrib["id"])
        assert len(each.attrib.get("supertip", "")) <= 1024


@pytest.mark.parametrize("name", ["opsbook.bas", "udfs.bas"])
def test_a_module_has_no_fault_of_syntax(name):
    from pyvbaanalysis import analyze_loose_file

    assert analyze_loose_file(str(ROOT / "macros" / name)) == []


def test_the_analyser_finds_a_fault_of_syntax(tmp_path):
    from pyvbaanalysis import analyze_loose_file

    broken = tmp_path / "broken.bas"
    broken.write_text(texts.text("opsbook.bas").replace("Option Explicit", "Option Explicitly"), "utf-8")
    assert analyze_loose_file(str(broken))


def test_generated_texts_are_those_of_today():
    assert texts.text("udfs.bas") == functions.bas()
    assert texts.text("lite.py") == functions.lite()


# ------------------------------------------------------------------------------------------------- built


def test_the_add_in_holds_our_source_our_ribbon_and_its_relationship():
    data = build.xlam()
    assert data == build.xlam()
    package = zipfile.ZipFile(io.BytesIO(data))
    assert package.testzip() is None
    assert package.read(build.RIBBON).decode() == texts.text("ribbon.xml")
    relations = package.read("_rels/.rels").decode()
    assert relations.count("ui/extensibility") == 1
    assert f'Target="{build.RIBBON}"' in relations
    assert [n for n in package.namelist() if n.startswith("customUI/")] == [build.RIBBON]


def test_olevba_reads_our_source_in_the_add_in(tmp_path):
    from oletools.olevba import VBA_Parser

    (tmp_path / "opsbook.xlam").write_bytes(build.xlam())
    found = {name: code for _, _, name, code in VBA_Parser(str(tmp_path / "opsbook.xlam")).extract_macros()}
    whole = "\n".join(found.values())
    assert f'OpsBookVersion As String = "{__version__}"' in whole
    for name in [*texts.buttons(), *dict(texts.CALLBACK.findall(texts.text("opsbook.bas")))]:
        assert f"Sub {name}(" in whole
    assert "Function OPS_SPI(ev, pv)" in whole
    assert "Public Function RunPython" in whole


def test_its_project_is_whole(tmp_path):
    from pyopenvba import ExcelFile

    (tmp_path / "opsbook.xlam").write_bytes(build.xlam())
    with ExcelFile(str(tmp_path / "opsbook.xlam")) as book:
        assert {"OpsBook", "OpsBookFunctions", "xlwings"} <= set(book.module_names())
        assert not book.validate()


# --------------------------------------------------------------------------------------------- installed


@pytest.fixture(params=["win32", "darwin"])
def machine(request, tmp_path):
    return Machine(request.param, tmp_path, {"APPDATA": str(tmp_path / "AppData/Roaming")}, "/opt/ops/bin/python")


def test_it_is_installed_where_excel_looks_and_removed_without_a_trace(machine):
    before = {"OTHER": "1", machine.interpreter_key: "C:\\old\\python.exe"}
    settings.write(machine.settings, before)
    done = install(machine)
    assert machine.xlam.read_bytes() == build.xlam()
    assert settings.read(machine.settings) == before | {machine.interpreter_key: machine.python}
    assert any("it was C:\\old\\python.exe" in said.en for said in done)
    assert install(machine)
    states = {c.what.en: c.state for c in checks.doctor(machine)}
    assert not [what for what, state in states.items() if state == "bad" and "LibreOffice" not in what]
    remove(machine)
    assert not machine.xlam.exists()
    assert settings.read(machine.settings) == before
    assert remove(machine) == []


def test_settings_without_a_python_lose_ours_again(machine):
    install(machine)
    remove(machine)
    assert settings.read(machine.settings) == {}


def said(machine, state="bad"):
    return "\n".join(f"{c.what.en} → {c.way_out.en if c.way_out else ''}" for c in checks.doctor(machine) if c.state == state)


def test_the_doctor_finds_what_goes_wrong(machine):
    assert "Excel has no add-in" in said(machine)
    install(machine)
    machine.settings.write_text(f'"A","1"\n\n"{machine.interpreter_key}","{machine.python}"\n', "utf-8")
    assert "line 2 is blank" in said(machine)
    settings.write(machine.settings, {machine.interpreter_key: "C:\\other.exe"})
    assert "names C:\\other.exe" in said(machine)
    from pyopenvba import ExcelFile

    with ExcelFile(str(machine.xlam)) as book:
        book.set_module("OpsBook", texts.text("opsbook.bas"))
        book.save(str(machine.xlam))
    assert f"the add-in is of opsbook 0.0.0, this is {__version__}" in said(machine)


def test_the_doctor_knows_stores_wps_conda_and_names(tmp_path):
    home = tmp_path / "用户"
    store = Machine("win32", home, {"LOCALAPPDATA": str(home / "AppData/Local"), "ProgramFiles": str(home / "PF")}, r"C:\Users\x\WindowsApps\python.exe")
    (home / "AppData/Local/Packages/Microsoft.Office.Desktop_8wekyb").mkdir(parents=True)
    (home / "PF/Kingsoft/WPS Office").mkdir(parents=True)
    assert "Python is that of the Microsoft Store" in said(store)
    assert "Office is that of the Microsoft Store" in said(store)
    assert "WPS is here" in said(store, "note")
    assert "is not all ASCII" in said(store, "note")
    (home / "conda/conda-meta").mkdir(parents=True)
    assert "conda's" in said(Machine("win32", home, {}, str(home / "conda/python.exe")), "note")
    licensed = Machine("win32", home, {"XLWINGS_LICENSE_KEY": "x"}, "python")
    assert "XLWINGS_LICENSE_KEY" in said(licensed, "note")
    mac = Machine("darwin", home, {}, "python")
    assert "RunPython is missing" in said(mac)


# ------------------------------------------------------------------------------------- behind the buttons


def test_who_does_not_know_the_secret_is_not_served(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    from multiprocessing import AuthenticationError
    from multiprocessing.connection import Client

    place = click.meeting_place(["--uno=pipe,name=nobody"])
    process = subprocess.Popen([sys.executable, "-m", "opsbook.warm", str(place), "--uno=pipe,name=nobody"])
    try:
        waited(place.exists)
        met = json.loads(place.read_text())
        with pytest.raises((AuthenticationError, EOFError, ConnectionError)):
            Client(met["address"], authkey=b"guessed")
        with Client(met["address"], authkey=bytes.fromhex(met["secret"])) as line:
            line.send_bytes(json.dumps({"action": "validate", "argv": ["--uno=pipe,name=nobody"], "version": click.version()}).encode())
            assert json.loads(line.recv_bytes()) == {"begun": True}
            assert json.loads(line.recv_bytes()) == {"well": False}
        with Client(met["address"], authkey=bytes.fromhex(met["secret"])) as line:
            line.send_bytes(json.dumps({"action": "validate", "argv": [], "version": "other"}).encode())
            assert json.loads(line.recv_bytes()) == {"other_version": True}
        process.wait(20)
        assert not place.exists()
    finally:
        process.kill()
        process.wait()


def test_a_folder_that_is_open_to_others_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    click.folder().chmod(0o755)
    with pytest.raises(PermissionError, match="belongs to somebody else"):
        click.folder()


def test_a_click_imports_next_to_nothing():
    code = "import sys, opsbook.click; print([m for m in ('pandas', 'numpy', 'xlwings', 'openpyxl', 'pydantic') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_no_workbook_calls():
    with pytest.raises(LookupError, match="press the button in a workbook"):
        ribbon.calling_book([])

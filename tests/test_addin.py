"""The add-in: its texts agree, it is built from them, installed and removed, and its buttons reach a live workbook through VBA."""

import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
import xlwings
from conftest import waited

from opsbook import __version__, click, ribbon
from opsbook.addin import Machine, build, checks, functions, install, remove, settings, texts, trial
from opsbook.addin.install import Busy

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


@pytest.mark.parametrize("name", ["opsbook.bas", "udfs.bas", "excel.bas"])
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


PEOPLE = {"plain": "san", "with blanks": "San Zhang", "Chinese": "张 三"}


def made_up(platform, home, **more):
    """A machine: Windows with a Chinese code page, or a Mac."""
    python = {"win32": r"C:\Users\%s\ops 环境\Scripts\python.exe", "darwin": "/Users/%s/ops 环境/bin/python"}[platform] % home.name
    given = {"python": python, "ansi": "gbk" if platform == "win32" else "ascii", "registry": lambda hive, key: {}} | more
    return Machine(platform, home, {"APPDATA": str(home / "AppData/Roaming")}, **given)


@pytest.fixture(params=[(platform, name) for platform in ("win32", "darwin") for name in PEOPLE], ids=lambda p: f"{p[0]}, {p[1]}")
def machine(request, tmp_path):
    platform, name = request.param
    if platform == "darwin" and name == "Chinese":
        name = "with blanks"  # a Mac's short names are plain letters
    return made_up(platform, tmp_path / PEOPLE[name])


def macros(data):
    """The modules of a built add-in, as olevba reads them."""
    from oletools.olevba import VBA_Parser

    with io.BytesIO(data) as package:
        parser = VBA_Parser("opsbook.xlam", data=package.read())
    return {name.partition(".")[0]: code for _, _, name, code in parser.extract_macros()}


def settings_path(source, platform, home):
    """Where the macros look for their settings: GetConfigFilePath of the built module, worked out for a platform and a home."""
    body = build.procedures(source)["GetConfigFilePath"]
    mac, windows = re.search(r"#If Mac Then(.*?)#Else(.*?)#End If", body, re.DOTALL).groups()
    (expression,) = re.findall(r"GetConfigFilePath = (.+)", mac if platform == "darwin" else windows)
    known = {'GetMacDir("$HOME", False)': f"{home}/Library/Containers/com.microsoft.Excel/Data/", 'Environ("USERPROFILE")': str(home),
             "PROJECT_NAME": re.search(r'Public Const PROJECT_NAME As String = "(\w+)"', source)[1]}  # fmt: skip
    said = "".join(known[piece] if piece in known else piece.strip('"') for piece in re.split(r" & ", expression.strip()))
    return Path(said.replace("\\", "/").replace("//", "/"))


def input_hash(data, encoding):
    """What ``Input #`` of VBA reads from a file of pairs: letters by the code page, quotes around each."""
    return dict(re.findall(r'"([^"]*)","([^"]*)"', data.decode(encoding)))


def test_the_macros_read_the_file_that_install_writes(machine):
    """Each path that the VBA of the built add-in takes leads to what install wrote, and to nothing that a stranger could write."""
    install(machine)
    modules = macros(machine.xlam.read_bytes())
    path = settings_path(modules["xlwings"], machine.platform, machine.home)
    assert path == machine.settings
    read = input_hash(path.read_bytes(), machine.ansi)
    assert read["ADD_WORKBOOK_TO_PYTHONPATH"] == "False"
    named = read[machine.interpreter_key]
    if machine.platform == "win32":
        assert named == machine.python
    else:  # a path that macros may misread is started by a script of plain letters
        assert named.isascii()
        assert Path(named).read_text("utf-8").endswith(f'exec \'{machine.python}\' "$@"\n')
        assert machine.script.read_text("utf-8") == texts.text("opsbook.applescript")
        assert 'AppleScriptTask("opsbook.applescript", "VbaHandler"' in modules["xlwings"]
    assert checks.named_python(machine) == machine.python


def test_a_path_that_macros_cannot_read_is_refused_with_the_way_out(tmp_path):
    with pytest.raises(Busy, match=r"cannot read the path .*环境.*code page cp1252.*C:\\opsbook"):
        install(made_up("win32", tmp_path / "san", ansi="cp1252"))
    assert not list(tmp_path.rglob("*.xlam"))


def test_nothing_beside_a_workbook_says_which_program_runs():
    """xlwings asks a sheet and a file beside the workbook first, and puts its folder on Python's path."""
    source = macros(build.xlam())["xlwings"]
    there = build.procedures(source)
    for name in ("RunPython", "GetConfig"):
        assert not re.search(r"SheetExists|GetConfigFromSheet|GetDirectoryConfigFilePath|FullName", there[name]), name
    assert 'PYTHONPATH = "false;;;;;"' in there["XLPyCommand"]
    assert not re.search(r"ActiveWorkbook|ThisWorkbook", there["XLPyCommand"])
    assert there["RunPython"].index("ActiveWorkbook Is Nothing") < there["RunPython"].index("GetConfig")
    assert 'ExecuteWindows(False, PythonCommand, interpreter, "false;;;;;")' in there["RunPython"]
    before = list(sys.path)
    import xlwings.utils

    xlwings.utils.prepare_sys_path("false;;;;;")
    assert sys.path == before


def test_nothing_of_the_quick_start_is_left():
    data = build.xlam()
    package = zipfile.ZipFile(io.BytesIO(data))
    whole = b"".join(map(package.read, package.namelist())) + "".join(macros(data).values()).encode()
    for left in (b"myaddin", b"MyAddin", b"felix", b"Felix", "myaddin".encode("utf-16-le"), "MyAddin".encode("utf-16-le")):
        assert left not in whole, left
    assert "RibbonMyAddin" not in macros(data)
    from pyopenvba.cfb import CFB

    book = CFB.from_bytes(package.read("xl/vbaProject.bin"))
    assert b'Name="OpsBook"' in book.get_stream("PROJECT")


def test_sources_of_macros_are_of_one_code_page():
    for path in (ROOT / "macros").glob("*.bas"):
        assert path.read_text("utf-8").isascii(), path.name
    assert (ROOT / "macros/opsbook.applescript").read_text("utf-8").isascii()


def test_what_a_box_says_in_chinese_is_chinese():
    said = {bytes.fromhex(word).decode("utf-16-be") for word in re.findall(r'"([0-9A-F]{20,})"', texts.text("excel.bas"))}
    assert "请先打开一个工作簿。" in said
    assert len(said) == 4
    assert all(re.fullmatch(r"[\u4e00-\u9fff，：。 a-zA-Z]+", each) for each in said)


#: Pictures of Office seen in public add-ins; a name that Office does not know gives a button without a picture.
PICTURES = {"AcceptInvitation", "FindDialog", "ClearFormats", "Undo", "RefreshAll", "TableRowsInsertBelowWord", "FileNew", "FileCheckIn", "PropertySheet",
            "CalendarInsert", "Help", "Info"}  # fmt: skip


def test_every_button_has_a_picture_that_office_knows():
    asked = {b.attrib["imageMso"] for b in ElementTree.fromstring(texts.text("ribbon.xml")).iter(f"{texts.SPACE}button")}
    assert asked <= PICTURES


def test_another_xlwings_is_refused_while_building():
    with pytest.raises(ValueError, match="has no RunPython"):
        build.ours('Public Const PROJECT_NAME As String = "myaddin"\n        PYTHONPATH = AddExcelDir & x\nPrivate Sub XLPyLoadDLL\n', texts.text("excel.bas"))
    with pytest.raises(ValueError, match="PROJECT_NAME"):
        build.ours("", texts.text("excel.bas"))


def test_it_is_installed_where_excel_looks_and_removed_without_a_trace(machine):
    before = sorted(machine.home.rglob("*")) if machine.home.exists() else []
    install(machine)
    assert machine.xlam.read_bytes() == build.xlam()
    assert install(machine)
    bad = [c.what.en for c in checks.doctor(machine) if c.state == "bad" and "LibreOffice" not in c.what.en]
    assert not bad
    remove(machine)
    assert [p for p in sorted(machine.home.rglob("*")) if p.is_file()] == [p for p in before if p.is_file()]
    assert remove(machine) == []


def test_what_the_user_wrote_into_our_settings_stays(machine):
    settings.write(machine.settings, {"SHOW CONSOLE": "True"}, machine.ansi)
    install(machine)
    assert settings.read(machine.settings, machine.ansi)["SHOW CONSOLE"] == "True"
    remove(machine)
    assert settings.read(machine.settings, machine.ansi) == {"SHOW CONSOLE": "True"}


def test_what_an_older_version_wrote_into_the_settings_of_xlwings_is_given_back(machine):
    settings.write(machine.xlwings_settings, {"OTHER": "1", machine.interpreter_key: machine.python}, "utf-8")
    memory = machine.xlwings_settings.with_name("opsbook-before.json")
    memory.write_text(json.dumps({machine.interpreter_key: "C:\\old\\python.exe"}), "utf-8")
    install(machine)
    assert settings.read(machine.xlwings_settings, "utf-8") == {"OTHER": "1", machine.interpreter_key: "C:\\old\\python.exe"}
    assert not memory.exists()


def said(machine, state="bad"):
    return "\n".join(f"{c.what.en} → {c.way_out.en if c.way_out else ''}" for c in checks.doctor(machine) if c.state == state)


def test_the_doctor_finds_what_goes_wrong(machine):
    assert "Excel has no add-in" in said(machine)
    install(machine)
    whole = machine.settings.read_bytes()
    machine.settings.write_bytes(b'"A","1"\n\n' + whole)
    assert "line 2 is blank" in said(machine)
    settings.write(machine.settings, {machine.interpreter_key: "C:\\other.exe"}, machine.ansi)
    assert "names C:\\other.exe" in said(machine)
    machine.settings.write_bytes(whole)
    from pyopenvba import ExcelFile

    good = machine.xlam.read_bytes()
    for module, old, new, told in (
        ("OpsBook", f'"{__version__}"', '"0.0.0"', f"the add-in is of opsbook 0.0.0, this is {__version__}"),
        ("xlwings", 'PROJECT_NAME As String = "opsbook"', 'PROJECT_NAME As String = "myaddin"', "reads the settings of myaddin"),
        ("xlwings", 'XLWINGS_VERSION As String = "', 'XLWINGS_VERSION As String = "9', "the add-in was built with xlwings 9"),
    ):
        machine.xlam.write_bytes(good)
        with ExcelFile(str(machine.xlam)) as book:
            book.set_module(module, book.vba_modules()[module].replace(old, new))
            book.save(str(machine.xlam))
        assert told in said(machine)
    machine.xlam.unlink()
    assert "was installed and is gone" in said(machine)
    assert "antivirus" in said(machine)


SECURITY, EXCEL = r"Software\Policies\Microsoft\Office\16.0\Excel\Security", r"Software\Microsoft\Office\16.0\Excel"


@pytest.mark.parametrize(
    ("key", "values", "state", "told"),
    [
        (SECURITY, {"VBAWarnings": 4}, "note", "macros are off but for trusted folders (VBAWarnings 4)"),
        (SECURITY, {"RequireAddinSig": 1}, "bad", "signed add-ins only"),
        (SECURITY, {"DisableAllAddins": 1}, "bad", "load no add-in"),
        (rf"{SECURITY}\Trusted Locations", {"AllLocationsDisabled": 1}, "bad", "trusted locations are switched off"),
        (r"Software\Policies\Microsoft\Office\16.0\Common", {"vbaoff": 1}, "bad", "macros are switched off for all of Office"),
        (rf"{EXCEL}\Resiliency\DisabledItems", {"1A2B": "\x01\x00C:\\Users\\san\\opsbook.xlam".encode("utf-16-le")}, "bad", "disabled items"),
        (rf"{EXCEL}\Options", {"OPEN": '"C:/Users/san/xlwings.xlam"'}, "note", "Excel opens C:/Users/san/xlwings.xlam too"),
        (r"SOFTWARE\Microsoft\Office\ClickToRun\Configuration", {"Platform": "x86"}, "note", "in Excel of 32 bits, xlwings32-"),
    ],
    ids=lambda v: v if isinstance(v, str) and len(v) < 50 else "",
)
def test_the_doctor_reads_what_windows_and_the_company_forbid(tmp_path, key, values, state, told):
    machine = made_up("win32", tmp_path / "san", registry=lambda hive, asked: values if asked == key else {})
    install(machine)
    found = [c for c in checks.doctor(machine) if c.state == state and told in c.what.en]
    assert found
    assert all(c.way_out for c in found)
    assert not [c for c in checks.doctor(made_up("win32", tmp_path / "san")) if told in c.what.en]


def test_the_doctor_looks_beside_what_it_installed(tmp_path, monkeypatch):
    machine = made_up("win32", tmp_path / "san", python=str(tmp_path / "venv/Scripts/python.exe"))
    install(machine)
    (machine.startup / "tools.xlam").write_bytes((Path(xlwings.__file__).parent / "quickstart_addin.xlam").read_bytes())
    assert "tools.xlam too" in said(machine, "note")
    Path(f"{machine.xlam}:Zone.Identifier").write_text("[ZoneTransfer]\nZoneId=3\n")
    assert "marked as coming from the internet" in said(machine)
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv/xlwings64-0.1.dll").touch()
    assert "is not beside this Python (xlwings64-0.1.dll is there)" in said(machine, "note")
    (tmp_path / f"venv/xlwings64-{xlwings.__version__}.dll").touch()
    assert "library for worksheet functions" not in said(machine, "note")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "opsbook.conf").write_text('"INTERPRETER_WIN","C:\\evil.exe"')
    assert "opsbook.conf is not read by the buttons" in said(machine, "note")
    monkeypatch.setitem(machine.env, "OneDriveCommercial", "C:\\OneDrive")
    assert "OneDrive or SharePoint is in use" in said(machine, "note")


def test_the_doctor_finds_a_script_of_another_version_on_a_mac(tmp_path):
    machine = made_up("darwin", tmp_path / "san")
    install(machine)
    machine.script.write_text("-- older", "utf-8")
    assert "is of another version" in said(machine)


def test_the_doctor_knows_stores_wps_conda_and_names(tmp_path):
    home = tmp_path / "用户"
    store = Machine("win32", home, {"LOCALAPPDATA": str(home / "AppData/Local"), "ProgramFiles": str(home / "PF")}, r"C:\Users\x\WindowsApps\python.exe", "gbk")
    (home / "AppData/Local/Packages/Microsoft.Office.Desktop_8wekyb").mkdir(parents=True)
    (home / "PF/Kingsoft/WPS Office").mkdir(parents=True)
    assert "Python is that of the Microsoft Store" in said(store)
    assert "Office is that of the Microsoft Store" in said(store)
    assert "WPS is here" in said(store, "note")
    assert "is not all ASCII" in said(store, "note")
    (home / "conda/conda-meta").mkdir(parents=True)
    assert "conda's" in said(Machine("win32", home, {}, str(home / "conda/python.exe"), "gbk"), "note")
    licensed = Machine("win32", home, {"XLWINGS_LICENSE_KEY": "x"}, "python", "gbk")
    assert "XLWINGS_LICENSE_KEY" in said(licensed, "note")
    mac = Machine("darwin", home, {}, "python")
    assert "the script behind the buttons is missing" in said(mac)


# ------------------------------------------------------------------------------------------------- tried


def test_the_command_of_a_button_in_excel_is_that_of_its_macros(tmp_path):
    windows = made_up("win32", tmp_path / "张 三")
    install(windows)
    ((program, line),) = trial.commands(windows, tmp_path / "none")
    assert program == "Excel"
    assert line == (r'cmd.exe /C C: & cd "C:\Users\张 三\ops 环境\Scripts" & "C:\Users\张 三\ops 环境\Scripts\python.exe" -B -c '
                    r'"import xlwings.utils;xlwings.utils.prepare_sys_path(\"false;;;;;\"); import opsbook.click; opsbook.click.press(' + "'try')\""
                    '  --wb="doctor" --from_xl=1 --app="doctor" --hwnd="0"')  # fmt: skip
    assert r'" -B -c ""import xlwings.utils;xlwings.utils.prepare_sys_path(\""" & PYTHONPATH & "\""); " & PythonCommand' in macros(windows.xlam.read_bytes())["xlwings"]


def test_trying_runs_the_command_and_says_what_came(tmp_path, monkeypatch):
    """As a Mac's buttons run it: the Python that the settings name, started for real."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    machine = made_up("darwin", tmp_path / "San Zhang", python=sys.executable)
    install(machine)
    (check,) = trial.tried(machine, tmp_path / "none")
    assert check.state == "good"
    assert check.what.en.startswith(f"a button in Excel is answered by opsbook {__version__}, xlwings {xlwings.__version__}, Python 3.")
    gone = made_up("darwin", tmp_path / "San Zhang", python=str(tmp_path / "no/python"))
    install(gone)
    (check,) = trial.tried(gone, tmp_path / "none")
    assert check.state == "bad"
    assert str(gone.python) in check.what.en
    assert check.way_out
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    other = made_up("darwin", tmp_path / "San Zhang", python=str(bare / "bin/python"))
    install(other)
    (check,) = trial.tried(other, tmp_path / "none")
    assert "No module named 'opsbook'" in check.what.en
    (check,) = trial.tried(made_up("darwin", tmp_path / "nobody"), tmp_path / "none")
    assert "no button whose command could be run" in check.what.en


def test_a_file_beside_the_workbook_is_not_run(tmp_path, monkeypatch):
    """Started in a folder that a stranger filled, as a program opened by a click on a workbook there would be."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    (tmp_path / "run").mkdir(mode=0o700)
    (tmp_path / "inbox").mkdir()
    for name in ("json.py", "opsbook.py", "contextlib.py"):
        (tmp_path / "inbox" / name).write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n", "utf-8")
    command = [sys.executable, "-P", "-m", "opsbook.click", click.TRY, "--uno=pipe,name=nobody", "--uid=1"]
    assert "-P -m opsbook.click " in texts.text("libreoffice/run_python.basic")
    done = subprocess.run(command, cwd=tmp_path / "inbox", capture_output=True, text=True)
    assert done.stdout.startswith("opsbook ")
    assert not (tmp_path / "ran").exists()


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

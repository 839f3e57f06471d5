"""Trial: the very command that a button runs, as the installed macros would put it together, run from here; ``opsbook doctor --try``."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from opsbook import __version__
from opsbook.addin.checks import Check
from opsbook.addin.install import named_python, office_pipe, office_python
from opsbook.addin.machine import Machine
from opsbook.click import TRY
from opsbook.grammar import Text

_SECONDS = 90  # the first click imports everything
_PRESS = f"import opsbook.click; opsbook.click.press('{TRY}')"


def commands(machine: Machine, profile: Path) -> Iterator[tuple[str, list[str] | str]]:
    """The program whose buttons run it, and the command: one line for a shell of Windows, words elsewhere."""
    if python := named_python(machine) if machine.has_excel else "":
        if machine.platform == "win32":  # ExecuteWindows of xlwings' module
            folder = python.rpartition("\\")[0]
            change = f'{python[:2]} & cd "{folder}" & ' if python[1:2] == ":" else f'pushd "{folder}" & ' if python.startswith("\\\\") else ""
            paths = "import xlwings.utils;xlwings.utils.prepare_sys_path(\\\"false;;;;;\\\")"
            yield "Excel", f'cmd.exe /C {change}"{python}" -B -c "{paths}; {_PRESS}"  --wb="doctor" --from_xl=1 --app="doctor" --hwnd="0"'
        else:  # opsbook.applescript
            yield "Excel", [python, "-P", "-B", "-u", "-W", "ignore", "-c", _PRESS, "--wb=doctor", "--from_xl=1", "--app=doctor"]
    if python := office_python(profile):  # run_python.basic
        yield "LibreOffice", [python, "-P", "-m", "opsbook.click", TRY, f"--uno={office_pipe(profile)}", "--uid=doctor"]


def tried(machine: Machine, profile: Path | None = None) -> list[Check]:
    """Run the commands; what came of each, with the way out where nothing good did."""
    found = [_tried(program, command) for program, command in commands(machine, profile or machine.office_profile)]
    if not found:
        return [Check("bad", Text("there is no button whose command could be run", "没有可试运行的按钮命令"),
                      Text("opsbook addin install", "运行 opsbook addin install"))]  # fmt: skip
    return found


def _tried(program: str, command: list[str] | str) -> Check:
    line = command if isinstance(command, str) else subprocess.list2cmdline(command)
    again = Text("opsbook addin install, with the Python that has opsbook", "请用装有 opsbook 的 Python 运行 opsbook addin install")
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, env=os.environ | {"PYTHONIOENCODING": "utf-8"}, cwd=Path(sys.prefix))
    except subprocess.TimeoutExpired:
        return Check("bad", Text(f"a button in {program} gets no answer within {_SECONDS} s: {line}", f"{program} 按钮 {_SECONDS} 秒内无响应：{line}"), again)
    except OSError as fault:
        said = Text(f"a button in {program} cannot start its command ({fault.strerror}): {line}", f"{program} 按钮的命令无法启动（{fault.strerror}）：{line}")
        return Check("bad", said, again)
    answer, complaint = (out.decode("utf-8", "replace").strip() for out in (done.stdout, done.stderr))
    if done.returncode == 0 and answer.startswith(f"opsbook {__version__},"):
        return Check("good", Text(f"a button in {program} is answered by {answer}", f"{program} 按钮可用，应答：{answer}"))
    reason = (complaint or answer or f"exit code {done.returncode}").splitlines()[-1]
    return Check("bad", Text(f"a button in {program} fails: {reason}; it runs {line}", f"{program} 按钮失败：{reason}；其命令为 {line}"), again)

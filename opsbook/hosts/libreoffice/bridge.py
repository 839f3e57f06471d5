"""Bridge: from Python to a running LibreOffice, over a pipe that only its user may open."""

import importlib
import queue
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

#: Where the Python part of UNO lies if it is not on the path: Debian's package, the program's own folders.
_HOMES = ("/usr/lib/python3/dist-packages", "/usr/lib/libreoffice/program", "/usr/lib64/libreoffice/program", "/opt/libreoffice/program",
          "/Applications/LibreOffice.app/Contents/Resources", "C:/Program Files/LibreOffice/program")  # fmt: skip


class NoUno(RuntimeError):  # noqa: N818  (what is missing, in a sentence)
    """UNO cannot be loaded, or LibreOffice does not answer; the message says the way out, in both languages."""


@contextmanager
def _on_path(folder: str) -> Iterator[None]:
    """A folder at the end of the path for a moment: what else lies there is nobody's business."""
    before = list(sys.path)
    sys.path.append(folder)
    try:
        yield
    finally:
        sys.path[:] = before


def uno() -> Any:
    """The module ``uno``; :class:`NoUno` if it cannot be loaded."""
    reason: Exception | None = None
    for home in ("", *_HOMES):
        if home and not Path(home, "uno.py").exists():
            continue
        try:
            with _on_path(home):
                return _mended(importlib.import_module("uno"))
        except ImportError as fault:  # not there, or made for another Python
            reason = fault
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    raise NoUno(f"the bridge to LibreOffice (python3-uno) is not there for Python {version}: install it, or run opsbook with the Python it was made for ({reason}). "
                f"未找到适用于 Python {version} 的 LibreOffice 接口（python3-uno）：请安装，或改用与之相应的 Python 运行。")  # fmt: skip


def _mended(module: Any) -> Any:
    """Python notes on every exception where it was raised; UNO's own take no such note, and ``with`` blocks break on them."""
    theirs = module._uno_struct__setattr__
    if theirs.__name__ != "noting":

        def noting(self: Any, name: str, said: Any) -> None:
            if name.startswith("__") or name == "args":
                BaseException.__setattr__(self, name, said)
            else:
                theirs(self, name, said)

        module._uno_struct__setattr__ = noting
    return module


def context(url: str, seconds: float = 30) -> Any:
    """The component context of the LibreOffice that listens at ``pipe,name=…``; :class:`NoUno` if none answers in time."""
    bridge = uno()
    local = bridge.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    until = time.monotonic() + seconds
    while True:
        try:
            return resolver.resolve(f"uno:{url};urp;StarOffice.ComponentContext")
        except Exception as fault:  # UNO's own, whose class is made at run time
            if time.monotonic() > until:
                raise NoUno(f"LibreOffice does not answer at {url}: start it anew ({fault}). LibreOffice 没有响应，请重新启动。") from None
        time.sleep(0.05)


def program(soffice: str, profile: Path, *more: str) -> tuple["subprocess.Popen[bytes]", str]:
    """Start a LibreOffice of one's own on a profile, without a window; the process, and where it listens."""
    with tempfile.NamedTemporaryFile(prefix="uno") as unique:
        url = f"pipe,name={Path(unique.name).name}"
    command = [soffice, "--headless", "--norestore", "--nologo", "--nodefault", "--nolockcheck", f"-env:UserInstallation={profile.resolve().as_uri()}",
               f"--accept={url};urp;", *more]  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True), url


def on_main_thread(component_context: Any, work: Callable[[], Any], seconds: float = 120) -> Any:
    """Do something while the program's main thread attends to nothing else: calls that come from there are carried out by it.

    What is carried out by another thread may meet the main one at work on the same things, whatever lock is held (LibreOffice 7.4 dies of
    it now and then when sheets are imported).
    """
    module = uno()
    base = helper()
    came = queue.SimpleQueue[tuple[Any, BaseException | None]]()

    class Call(base.Base, module.getClass("com.sun.star.awt.XCallback")):  # type: ignore[misc,name-defined]
        def notify(self, _: Any) -> None:
            try:
                came.put((work(), None))
            except BaseException as fault:  # raised where it is waited for
                came.put((None, fault))

    service = component_context.ServiceManager.createInstanceWithContext("com.sun.star.awt.AsyncCallback", component_context)
    service.addCallback(Call(), None)
    try:
        result, fault = came.get(timeout=seconds)
    except queue.Empty:
        raise NoUno(f"LibreOffice is busy and did not answer for {seconds:.0f} s. LibreOffice 正忙，{seconds:.0f} 秒内没有响应。") from None
    if fault is not None:
        raise fault
    return result


def helper() -> Any:
    """The module ``unohelper``: what a Python class needs to be called from the program."""
    for home in ("", *_HOMES):
        with suppress(ImportError), _on_path(home):
            return importlib.import_module("unohelper")
    raise NoUno("the module unohelper is missing: install python3-uno. 缺少 unohelper 模块，请安装 python3-uno。")


def value(name: str, said: Any) -> Any:
    """A named value, as UNO's services take them."""
    made = uno().createUnoStruct("com.sun.star.beans.PropertyValue")
    made.Name, made.Value = name, said
    return made


def struct(name: str, **fields: Any) -> Any:
    """A struct of UNO (``table.CellAddress``) with its fields set."""
    made = uno().createUnoStruct(f"com.sun.star.{name}")
    for key, said in fields.items():
        setattr(made, key, said)
    return made


def enum(name: str, member: str) -> Any:
    """A member of one of UNO's enumerations."""
    return uno().Enum(f"com.sun.star.{name}", member)

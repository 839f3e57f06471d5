"""App: the program, the books open in it, and the engine that hands them to xlwings."""

import datetime as dt
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import xlwings as xw
from xlwings import base_classes

from opsbook.hosts.libreoffice import bridge
from opsbook.hosts.libreoffice.bridge import NoUno, value
from opsbook.hosts.libreoffice.cells import Range
from opsbook.hosts.libreoffice.objects import Names
from opsbook.hosts.libreoffice.sheet import Sheets
from opsbook.hosts.libreoffice.syntax import span
from opsbook.hosts.libreoffice.values import cleaned, prepared

FILTERS = {".xlsx": "Calc MS Excel 2007 XML", ".xlsm": "Calc MS Excel 2007 VBA XML", ".xltx": "Calc MS Excel 2007 XML Template", ".xls": "MS Excel 97",
           ".ods": "calc8", ".csv": "Text - txt - csv (StarCalc)", ".pdf": "calc_pdf_Export"}  # fmt: skip
_ALL = 1  # com.sun.star.awt.InvalidateStyle.CHILDREN
_WITH_MACROS = 4  # com.sun.star.document.MacroExecMode.ALWAYS_EXECUTE_NO_WARN: for books that this process opens itself


class ProtectedBook(PermissionError):  # noqa: N818  (what is the case)
    """The sheets of a book whose structure is protected cannot be added, removed, named or shown."""


class Engine:
    """What xlwings asks of an engine."""

    name, type = "libreoffice", "desktop"
    clean_value_data = staticmethod(cleaned)
    prepare_xl_data_element = staticmethod(prepared)

    def __init__(self) -> None:
        self.apps = Apps(self)


class Apps(base_classes.Apps):
    """The programs this process is connected to."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._apps: dict[int, App] = {}

    def keys(self) -> list[int]:
        """Their process numbers, the one used last first."""
        return [key for key, app in reversed(self._apps.items()) if app.alive]

    def add(self, spec: Any = None, add_book: Any = None, xl: Any = None, visible: Any = None) -> "App":
        """Start a program."""
        app = started(spec=spec)
        if add_book is not False:
            app.books.add()
        return app

    def adopt(self, app: "App") -> "App":
        """An app to be found from now on."""
        self._apps[app.pid] = app
        return app

    def to_front(self, app: "App") -> None:
        """The app used last is the active one."""
        self._apps[app.pid] = self._apps.pop(app.pid)

    def __iter__(self) -> Iterator["App"]:
        return iter([self._apps[key] for key in self.keys()])

    def __len__(self) -> int:
        return len(self.keys())

    def __getitem__(self, pid: int) -> "App":
        if pid not in self.keys():
            raise KeyError(f"no LibreOffice of number {pid} is connected")
        return self._apps[pid]

    @staticmethod
    def cleanup() -> None:
        """Nothing is left behind that would need it."""


class App(base_classes.App):
    """A running LibreOffice; ``process`` and ``profile`` are there if it was started from here, and end with it."""

    books: "Books" = None  # type: ignore[assignment]  # the base class has properties that only read
    pid: int = 0

    def __init__(self, engine: Engine, url: str, context: Any, process: "subprocess.Popen[bytes] | None" = None, profile: Path | None = None) -> None:
        self.engine, self.url, self.context, self._process, self._profile = engine, url, context, process, profile
        self.desktop = self.service("frame.Desktop")
        self.books = Books(self)
        self.clip: Range | None = None  # what was copied and not yet pasted
        self._alerts, self._events, self._said = True, True, ""
        self._indicator: Any = None
        self.pid = process.pid if process else -id(self)

    def service(self, name: str) -> Any:
        """A service of the program."""
        return self.context.ServiceManager.createInstanceWithContext(f"com.sun.star.{name}", self.context)

    @property
    def api(self) -> Any:
        """The desktop."""
        return self.desktop

    xl = api

    @property
    def own(self) -> bool:
        """Whether it was started from here, without a window."""
        return self._process is not None

    @property
    def alive(self) -> bool:
        """Whether the program still answers."""
        if self._process and self._process.poll() is not None:
            return False
        try:
            return self.desktop.Frames is not None
        except Exception:  # the bridge was disposed: UNO makes the class at run time
            return False

    @property
    def version(self) -> str:
        """The version of LibreOffice, as 7.4."""
        setup = self.service("configuration.ConfigurationProvider").createInstanceWithArguments(
            "com.sun.star.configuration.ConfigurationAccess", (value("nodepath", "/org.openoffice.Setup/Product"),))  # fmt: skip
        return str(setup.ooSetupVersion)

    @property
    def path(self) -> str:
        """Where the program lies."""
        substitute = self.service("util.PathSubstitution")
        return str(bridge.uno().fileUrlToSystemPath(substitute.getSubstituteVariableValue("$(prog)")))

    @property
    def startup_path(self) -> str:
        """The folder of the user's own macros."""
        substitute = self.service("util.PathSubstitution")
        return str(bridge.uno().fileUrlToSystemPath(substitute.getSubstituteVariableValue("$(user)")))

    hwnd = None

    @property
    def selection(self) -> Range | None:
        """The cells selected in the active book."""
        book = self.books.active
        return book.selection if book else None

    def activate(self, steal_focus: bool = False) -> None:
        """Make it the app that xlwings takes when none is named."""
        self.engine.apps.to_front(self)

    @property
    def visible(self) -> bool:
        """Whether windows are shown."""
        return any(book.window.isVisible() for book in self.books)

    @visible.setter
    def visible(self, visible: bool) -> None:
        for book in self.books:
            book.window.setVisible(bool(visible))

    @property
    def screen_updating(self) -> bool:
        """Whether windows follow what is done to their books."""
        return all(book.screen_updating for book in self.books)

    @screen_updating.setter
    def screen_updating(self, updating: bool) -> None:
        for book in self.books:
            book.screen_updating = updating

    @property
    def display_alerts(self) -> bool:
        """Kept for its caller: the program asks nothing while it is driven from outside."""
        return self._alerts

    @display_alerts.setter
    def display_alerts(self, shown: bool) -> None:
        self._alerts = bool(shown)

    @property
    def enable_events(self) -> bool:
        """Kept for its caller."""
        return self._events

    @enable_events.setter
    def enable_events(self, enabled: bool) -> None:
        self._events = bool(enabled)

    @property
    def calculation(self) -> str:
        """``automatic`` or ``manual``."""
        return "automatic" if all(book.calculation == "automatic" for book in self.books) else "manual"

    @calculation.setter
    def calculation(self, mode: str) -> None:
        for book in self.books:
            book.calculation = mode

    def calculate(self) -> None:
        """Work all formulas out."""
        for book in self.books:
            book.calculate()

    @property
    def status_bar(self) -> str | bool:
        """What the status bar says; False if it is the program's own."""
        return self._said or False

    @status_bar.setter
    def status_bar(self, said: str | bool) -> None:
        if self._indicator is not None:
            self._indicator.end()
            self._indicator = None
        self._said = said if isinstance(said, str) else ""
        if self._said and (book := self.books.active):
            self._indicator = book.doc.CurrentController.Frame.createStatusIndicator()
            self._indicator.start(self._said, 0)

    @property
    def cut_copy_mode(self) -> str | None:
        """``copy`` if something was copied and not yet pasted."""
        return "copy" if self.clip else None

    @cut_copy_mode.setter
    def cut_copy_mode(self, mode: bool) -> None:
        self.clip = None

    def run(self, macro: str, args: Iterable[Any]) -> Any:
        """Run a macro of a book, or of the user's own library, and give what it returns."""
        book_name, _, name = macro.rpartition("!")
        book = self.books(book_name.strip("'").replace("''", "'")) if book_name else self.books.active
        given = tuple(float(a) if isinstance(a, int) and not isinstance(a, bool) else a for a in args)
        if book and (found := _script(book.doc.BasicLibraries, name, "document")):
            provider = book.doc.getScriptProvider()
        elif found := _script(self.service("script.ApplicationScriptLibraryContainer"), name, "application"):
            provider = self.service("script.provider.MasterScriptProviderFactory").createScriptProvider("user")
        else:
            raise xw.XlwingsError(f"there is no macro {macro}")
        return provider.getScript(found).invoke(given, (), ())[0]

    def alert(self, prompt: str, title: str, buttons: str, mode: str, callback: str) -> str | None:
        """A box with a message; which button was pressed."""
        book = self.books.active
        if book is None or self._process is not None:  # a program of our own has no window to show it in
            return "ok"
        kinds = {"info": "INFOBOX", "critical": "ERRORBOX", None: "MESSAGEBOX"}
        choice = {"ok": 1, "ok_cancel": 2, "yes_no": 3, "yes_no_cancel": 4}[buttons or "ok"]
        kind = bridge.enum("awt.MessageBoxType", kinds.get(mode, "MESSAGEBOX"))
        box = self.service("awt.Toolkit").createMessageBox(book.window, kind, choice, title or "", prompt)
        return {0: "cancel", 1: "ok", 2: "yes", 3: "no"}.get(box.execute())

    def quit(self) -> None:
        """Close all books unsaved, and end a program that was started from here."""
        if self._process is None:
            self.engine.apps._apps.pop(self.pid, None)
            return
        try:
            for book in list(self.books):
                book.close()
            self.desktop.terminate()
            self._process.wait(10)
        except Exception:  # a program that is gone already, or does not go by itself
            self.kill()
        self._swept()

    def kill(self) -> None:
        """End a program that was started from here, whatever it is doing."""
        if self._process is not None:
            if self._process.poll() is None:
                try:
                    os.killpg(self._process.pid, 9)  # soffice is a script that starts the program
                except (AttributeError, ProcessLookupError, PermissionError):
                    self._process.kill()
                self._process.wait()
            self._swept()

    def _swept(self) -> None:
        self.engine.apps._apps.pop(self.pid, None)
        if self._profile is not None:
            shutil.rmtree(self._profile, ignore_errors=True)


def _script(libraries: Any, name: str, location: str) -> str:
    """Where a macro stands among libraries of Basic, as an address; '' if it does not."""
    module, _, sub = name.rpartition(".")
    wanted = re.compile(rf"(?im)^\s*(?:public\s+)?(?:sub|function)\s+{re.escape(sub)}\b")
    for library in libraries.ElementNames:
        libraries.loadLibrary(library)
        held = libraries.getByName(library)
        for each in held.ElementNames:
            if (not module or module == each) and wanted.search(held.getByName(each)):
                return f"vnd.sun.star.script:{library}.{each}.{sub}?language=Basic&location={location}"
    return ""


class Books(base_classes.Books):
    """The books open in a program."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._books: dict[str, Book] = {}

    @property
    def api(self) -> Any:
        """The documents of the desktop."""
        return self.app.desktop.Components

    def _all(self) -> list["Book"]:
        found: dict[str, Book] = {}
        documents = self.api.createEnumeration()
        while documents.hasMoreElements():
            doc = documents.nextElement()
            if getattr(doc, "RuntimeUID", "") and doc.supportsService("com.sun.star.sheet.SpreadsheetDocument"):
                found[doc.RuntimeUID] = self._books.get(doc.RuntimeUID) or Book(self.app, doc)
        self._books = {uid: found[uid] for uid in [*(u for u in self._books if u in found), *(u for u in found if u not in self._books)]}
        return list(self._books.values())

    @property
    def active(self) -> "Book | None":
        """The book that was activated last from here, else the one in front."""
        books = self._all()
        component = self.app.desktop.getCurrentComponent() if not any(b.fronted for b in books) else None
        front = next((b for b in books if component is not None and b.doc.RuntimeUID == getattr(component, "RuntimeUID", "")), None)
        return next((b for b in books if b.fronted), front or (books[-1] if books else None))

    def __call__(self, name_or_index: int | str) -> "Book":
        books = self._all()
        if isinstance(name_or_index, int):
            return books[name_or_index - 1]
        said = name_or_index.casefold()
        for book in books:
            if said in (book.name.casefold(), book.fullname.casefold()):
                return book
        raise KeyError(name_or_index)

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator["Book"]:
        return iter(self._all())

    def add(self) -> "Book":
        """A new book."""
        return self._loaded("private:factory/scalc", ())

    def open(self, fullname: str, update_links: Any = None, read_only: Any = None, format: Any = None, password: Any = None, *ignored: Any) -> "Book":
        """Open a book from disk."""
        if not Path(fullname).exists():
            raise FileNotFoundError(f"No such file: '{fullname}'")
        said = [value("ReadOnly", True)] if read_only else []
        said += [value("Password", password)] if password else []
        return self._loaded(Path(fullname).resolve().as_uri(), tuple(said))

    def _loaded(self, url: str, said: tuple[Any, ...]) -> "Book":
        hidden = self.app.own or not self.app.screen_updating  # a screen that is held still shows no new window
        doc = self.app.desktop.loadComponentFromURL(url, "_blank", 0, (value("Hidden", hidden), value("MacroExecutionMode", _WITH_MACROS), *said))
        if doc is None:
            raise OSError(f"LibreOffice could not open {url}: is it a spreadsheet, and not locked by another program?")
        book = Book(self.app, doc)
        self._books[doc.RuntimeUID] = book
        book.activate()
        return book


class Book(base_classes.Book):
    """A spreadsheet document."""

    app: App = None  # type: ignore[assignment]
    sheets: Sheets = None  # type: ignore[assignment]

    def __init__(self, app: App, doc: Any) -> None:
        self.app, self.doc = app, doc
        self.fronted = False
        self.sheets = Sheets(self)
        self.locale = bridge.struct("lang.Locale", Language="en", Country="US")
        self._kinds: dict[int, int] = {}
        self.shifts = 0  # how often cells were moved about
        null = doc.NullDate
        self.epoch = dt.datetime(null.Year, null.Month, null.Day)

    @property
    def api(self) -> Any:
        """The document."""
        return self.doc

    @property
    def uid(self) -> str:
        """What the program knows it by as long as it is open."""
        return str(self.doc.RuntimeUID)

    @property
    def window(self) -> Any:
        """The window it is shown in."""
        return self.doc.CurrentController.Frame.ContainerWindow

    @property
    def fullname(self) -> str:
        """Its path; its title, if it was never saved."""
        return str(bridge.uno().fileUrlToSystemPath(self.doc.URL)) if self.doc.URL else self.name

    @property
    def name(self) -> str:
        """Its name with the suffix."""
        return Path(bridge.uno().fileUrlToSystemPath(self.doc.URL)).name if self.doc.URL else str(self.doc.Title)

    @property
    def read_only(self) -> bool:
        """Whether it was opened to be read only: Calc lets nothing in it be changed then."""
        return bool(self.doc.isReadonly())

    @property
    def screen_updating(self) -> bool:
        """Whether its windows follow what is done to it: Calc holds each book still by itself."""
        return not self.doc.hasControllersLocked()

    @screen_updating.setter
    def screen_updating(self, updating: bool) -> None:
        if updating:
            while self.doc.hasControllersLocked():
                self.doc.unlockControllers()
            self.repaint()
        elif not self.doc.hasControllersLocked():
            self.doc.lockControllers()

    @property
    def calculation(self) -> str:
        """``automatic`` or ``manual``, of this book alone."""
        return "automatic" if self.doc.isAutomaticCalculationEnabled() else "manual"

    @calculation.setter
    def calculation(self, mode: str) -> None:
        self.doc.enableAutomaticCalculation(mode != "manual")

    def calculate(self) -> None:
        """Work its formulas out."""
        self.doc.calculateAll()

    def repaint(self) -> None:
        """Draw its window anew: Calc does not by itself where a rule about formats has come."""
        self.window.invalidate(_ALL)

    def _changeable(self) -> None:
        """Its sheets may be added, removed, named and shown; Calc's interface does it past a protection, which no user could."""
        if self.doc.isProtected():
            raise ProtectedBook(f"the structure of {self.name} is protected")

    @property
    def names(self) -> Names:
        """The defined names of the whole book."""
        return Names(self, self.doc.NamedRanges)

    @property
    def selection(self) -> Range | None:
        """The cells selected in it."""
        chosen = self.doc.CurrentController.getSelection()
        if chosen is None or not hasattr(chosen, "getRangeAddress"):
            return None
        a = chosen.getRangeAddress()
        return Range(self.sheets(a.Sheet + 1), *span(a))

    def activate(self) -> None:
        """Bring it to the front, and make it the one that xlwings takes when none is named."""
        if not self.app.own and self.window.isVisible():
            self.doc.CurrentController.Frame.activate()
        for book in self.app.books._books.values():
            book.fronted = False
        self.fronted = True
        self.app.books._books[self.doc.RuntimeUID] = self

    def close(self) -> None:
        """Close it, unsaved."""
        self.doc.close(True)

    def save(self, path: Any = None, password: Any = None) -> None:
        """Save it under its own or another name."""
        if path is None and self.doc.URL and not password:
            self.doc.store()
            return
        target = Path(path or f"{self.name}.xlsx").resolve()
        form = FILTERS.get(target.suffix.lower())
        if form is None:
            raise ValueError(f"LibreOffice does not save as {target.suffix}")
        said = [value("FilterName", form), value("Overwrite", True)] + ([value("Password", password)] if password else [])
        self.doc.storeAsURL(target.as_uri(), tuple(said))

    def to_pdf(self, path: str, quality: Any = None) -> None:
        """Print it into a PDF."""
        self.doc.storeToURL(Path(path).resolve().as_uri(), (value("FilterName", FILTERS[".pdf"]),))

    @cached_property
    def size(self) -> tuple[int, int]:
        """The rows and columns of its sheets."""
        first = self.doc.Sheets.getByIndex(0)
        return int(first.Rows.Count), int(first.Columns.Count)

    # ------------------------------------------------------------------------------------- number formats

    def format_key(self, code: str) -> int:
        """The document's number for a number format."""
        formats = self.doc.NumberFormats
        key = int(formats.queryKey(code, self.locale, False))
        return key if key != -1 else int(formats.addNew(code, self.locale))

    def format_code(self, key: int) -> str:
        """The number format behind a number, as Excel writes it."""
        code = str(self.doc.NumberFormats.getByKey(key).FormatString)
        if self.format_kind(key) & 2 and not re.search('["\\[]', code):
            return code.lower()
        return code

    def format_kind(self, key: int) -> int:
        """What a number format shows: bits of ``com.sun.star.util.NumberFormat`` (2 a date, 4 a time, 256 text, 1024 a logical value)."""
        if key not in self._kinds:
            self._kinds[key] = int(self.doc.NumberFormats.getByKey(key).Type)
        return self._kinds[key]


def engine() -> xw.Engine:
    """Our engine among those of xlwings, and the active one."""
    for each in xw.engines:
        if each.name == Engine.name:
            each.activate()
            return each
    made = xw.Engine(impl=Engine())
    xw.engines.add(made)
    made.activate()
    return made


def started(profile: Path | None = None, spec: str | None = None, seconds: float = 60) -> App:
    """Start a LibreOffice of one's own, on a profile (a throw-away one if none is named); it is quit with :meth:`App.quit`."""
    soffice = spec or shutil.which("soffice") or shutil.which("libreoffice")
    if soffice is None:
        raise NoUno("LibreOffice was not found on this machine: install it. 本机未找到 LibreOffice，请先安装。")
    home = profile or Path(tempfile.mkdtemp(prefix="libreoffice-"))
    bridge.uno()  # before anything is started
    process, url = bridge.program(soffice, home)
    try:
        return engine().impl.apps.adopt(App(engine().impl, url, bridge.context(url, seconds), process, None if profile else home))  # type: ignore[no-any-return]
    except BaseException:
        os.killpg(process.pid, 9)
        raise


def attached(url: str, seconds: float = 5) -> App:
    """The LibreOffice that listens at ``pipe,name=…``, with the books that are open in it."""
    return engine().impl.apps.adopt(App(engine().impl, url, bridge.context(url, seconds)))  # type: ignore[no-any-return]

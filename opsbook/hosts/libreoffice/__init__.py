"""LibreOffice: an xlwings engine for LibreOffice Calc, over UNO. It knows nothing of opsbook, and could be a package of its own.

    engine = libreoffice.engine()                # on the engines of xlwings, and active
    app = libreoffice.started(profile)           # a LibreOffice of one's own; or
    app = libreoffice.attached("pipe,name=x")    # one that somebody works in

after which ``xw.Book(path)``, ``xw.books.active``, ``sheet["A1"].value`` and so on do in Calc what they do in Excel. What is not there
raises ``NotImplementedError`` with its name.
"""

from opsbook.hosts.libreoffice import app, cells, conditions, objects, sheet
from opsbook.hosts.libreoffice.app import App, attached, engine, started
from opsbook.hosts.libreoffice.bridge import NoUno
from opsbook.hosts.libreoffice.missing import missing, named

__all__ = ["App", "NoUno", "attached", "engine", "started"]

named(*(each for module in (app, sheet, cells, objects, conditions) for each in vars(module).values() if isinstance(each, type) and each.__module__ == module.__name__))
for _cls, _name, _is_property in ((sheet.Sheet, "pivot_tables", True), (objects.Picture, "update", False)):  # not in the base classes of xlwings
    setattr(_cls, _name, missing(_cls, _name, _is_property))

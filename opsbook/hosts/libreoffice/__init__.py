"""LibreOffice: an xlwings engine for LibreOffice Calc, over UNO. It knows nothing of opsbook, and could be a package of its own.

    engine = libreoffice.engine()                # on the engines of xlwings, and active
    app = libreoffice.started(profile)           # a LibreOffice of one's own; or
    app = libreoffice.attached("pipe,name=x")    # one that somebody works in

after which ``xw.Book(path)``, ``xw.books.active``, ``sheet["A1"].value`` and so on do in Calc what they do in Excel. What is not there
raises ``NotImplementedError`` with its name.
"""

from opsbook.hosts.libreoffice.app import App, attached, engine, started
from opsbook.hosts.libreoffice.bridge import NoUno

__all__ = ["App", "NoUno", "attached", "engine", "started"]

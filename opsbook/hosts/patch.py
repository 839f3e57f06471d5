"""Patch: what must be known of a user's package before it is changed: whether it can be, and the generated sheets that stand in it."""

from collections.abc import Collection

from opsbook.grammar.grid import Grid, UnreadableFile
from opsbook.grammar.text import Text
from opsbook.hosts import file
from opsbook.hosts.graft import OURS, Workbook
from opsbook.hosts.package import Package


def patchable(data: bytes) -> Package:
    """The package of a workbook; an :class:`UnreadableFile` for one that cannot be changed without harm, with the way out."""
    other = _refused("only .xlsx and .xlsm can be changed safely: save it as one of these", "只能安全修改 .xlsx 与 .xlsm，请另存为其中一种")
    if data[:8] == file.OLE:
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise UnreadableFile("FIL-002")
        raise other
    package = Package(data)
    if not any(r.kind == "officeDocument" and r.target.endswith(".xml") for r in package.relations("")):
        raise other
    if any(name.lower().startswith("_xmlsignatures/") for name in package.names):
        raise _refused("it is signed, and a change would void the signature: use a copy without it", "文件带有数字签名，修改会使签名失效：请使用未签名的副本")
    if any(r.kind in ("revisionHeaders", "usernames") for r in package.relations(package.workbook)):
        raise _refused("it is a shared workbook with tracked changes: stop sharing it first", "这是启用修订的共享工作簿：请先取消共享")
    return package


def _refused(en: str, zh: str) -> UnreadableFile:
    return UnreadableFile("FIL-001", Text(en, zh))


def marked(data: bytes, book: Workbook, keys: Collection[str]) -> dict[str, Grid]:
    """The cells of the sheets that are marked as generated, by key."""
    names = {sheet.name: key for key, sheet in book.marked().items() if key in keys and not key.startswith(OURS)}
    return {names[grid.name]: Grid(grid.name, list(grid.rows), grid.start) for grid in file.grids(data, only=names.__contains__)} if names else {}

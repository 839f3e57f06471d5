"""Missing: what an engine of xlwings may have and this one has not raises ``NotImplementedError`` with its name."""

import inspect
from typing import Any


def named(*classes: type) -> None:
    """Where a class takes over a blank member of its base in xlwings, let it say what is not there."""
    for cls in classes:
        for name in dir(cls):
            member = inspect.getattr_static(cls, name)
            function = member.fget if isinstance(member, property) else member
            if not name.startswith("_") and inspect.isfunction(function) and _blank(function):
                setattr(cls, name, missing(cls, name, isinstance(member, property)))


def missing(cls: type, name: str, is_property: bool) -> Any:
    """A member that says it is not there."""

    def said(*_: Any, **__: Any) -> Any:
        raise NotImplementedError(f"{cls.__name__}.{name} is not there in LibreOffice")

    return property(said, said) if is_property else said


def _blank(function: Any) -> bool:
    return function.__module__ == "xlwings.base_classes" and "NotImplementedError" in function.__code__.co_names and not inspect.iscoroutinefunction(function)

"""Extensions: what a user of LibreOffice has added to it, on a profile."""

from pathlib import Path
from typing import Any

from opsbook.hosts.libreoffice import bridge
from opsbook.hosts.libreoffice.app import App


def installed(app: App) -> dict[str, str]:
    """The extensions of the user: identifier → version."""
    manager, channel = _manager(app)
    return {p.getIdentifier().Value: str(p.getVersion()) for p in manager.getDeployedExtensions("user", channel, None)}


def add(app: App, path: Path) -> None:
    """Add an extension, or put it in the place of the same one; it works from the next start of the program on."""
    manager, channel = _manager(app)
    manager.addExtension(path.resolve().as_uri(), (), "user", channel, _consent())


def remove(app: App, identifier: str) -> bool:
    """Take an extension away; whether it was there."""
    manager, channel = _manager(app)
    for each in manager.getDeployedExtensions("user", channel, None):
        if each.getIdentifier().Value == identifier:
            manager.removeExtension(identifier, each.getName(), "user", channel, _consent())
            return True
    return False


def _manager(app: App) -> tuple[Any, Any]:
    manager = app.context.getValueByName("/singletons/com.sun.star.deployment.ExtensionManager")
    return manager, manager.createAbortChannel()


def _consent() -> Any:
    """Somebody who says yes when asked whether the extension is to be installed: its user has said so already."""
    uno, helper = bridge.uno(), bridge.helper()
    approve = uno.getTypeByName("com.sun.star.task.XInteractionApprove")

    class Handler(helper.Base, uno.getClass("com.sun.star.task.XInteractionHandler")):  # type: ignore[misc,name-defined]
        def handle(self, request: Any) -> None:
            for choice in request.getContinuations():
                if choice.queryInterface(approve) is not None:
                    choice.select()

    class Environment(helper.Base, uno.getClass("com.sun.star.ucb.XCommandEnvironment")):  # type: ignore[misc,name-defined]
        def getInteractionHandler(self) -> Any:  # noqa: N802
            return Handler()

        def getProgressHandler(self) -> Any:  # noqa: N802
            return None

    return Environment()

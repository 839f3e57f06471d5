"""Addin: the buttons brought into Excel and LibreOffice, from texts in ``macros/``; what is wrong with a machine, and the way out."""

from opsbook.addin.build import oxt, xlam
from opsbook.addin.checks import Check, doctor
from opsbook.addin.install import install, installed_version, remove
from opsbook.addin.machine import Machine

__all__ = ["Check", "Machine", "doctor", "install", "installed_version", "oxt", "remove", "xlam"]

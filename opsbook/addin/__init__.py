"""Addin: the buttons brought into Excel and LibreOffice, from texts in ``macros/``; what is wrong with a machine, and the way out."""

from opsbook.addin.build import oxt, xlam
from opsbook.addin.checks import Check, doctor
from opsbook.addin.install import install, installed, remove
from opsbook.addin.machine import Machine
from opsbook.addin.trial import tried

__all__ = ["Check", "Machine", "doctor", "install", "installed", "oxt", "remove", "tried", "xlam"]

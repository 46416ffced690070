"""A private mail service on this machine, made of real servers, for tests, demos and practice.

up() starts Dovecot, Postfix, NSD, unbound, nginx and a small OAuth issuer as private
processes with one folder, on loopback addresses and high ports (or in network namespaces
with delay and loss), and returns a Lab that says how to reach them; down() ends them and
removes the folder. Nothing is installed, enabled or changed on the machine: programs that
are missing are unpacked from Debian packages into a cache folder. Where even that is not
possible, Python stand-ins take over, and status() says so.

The domains, each found in another way, and the accounts are the table in `plan`.
Problems are raised as core.Problem("lab.…"); progress is told as plain values.
"""

from __future__ import annotations

from mailwright.lab.build import default_dir, down, up
from mailwright.lab.options import Options, Progress, silent
from mailwright.lab.plan import Account, Expected
from mailwright.lab.report import LabStatus, ServerStatus, command, environment, running, status
from mailwright.lab.state import Lab, Server

__all__ = [
    "Account",
    "Expected",
    "Lab",
    "LabStatus",
    "Options",
    "Progress",
    "Server",
    "ServerStatus",
    "command",
    "default_dir",
    "down",
    "environment",
    "running",
    "silent",
    "status",
    "up",
]

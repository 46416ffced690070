"""A private mail service on this machine, made of real servers, for tests, demos and practice.

up() starts Dovecot, Postfix, NSD, unbound, nginx and a small OAuth issuer as private
processes with one folder, on loopback addresses and high ports (or in network namespaces
with delay and loss), and returns a Lab that says how to reach them; down() ends them and
removes the folder. Nothing is installed, enabled or changed on the machine: programs that
are missing are unpacked from Debian packages into a cache folder. Where even that is not
possible, Python stand-ins take over, and status() says so.

With options.faults it is a lab in which things are wrong, and nothing else: FAULTS lists them
with their true causes, diagnose() gives the command that examines one.

The domains, each found in another way, and the accounts are the table in `plan`.
Problems are raised as core.Problem("lab.…"); progress is told as plain values.
"""

from __future__ import annotations

from mailwright.lab.build import default_dir, down, up
from mailwright.lab.faults.fault import Fault
from mailwright.lab.faults.table import FAULTS
from mailwright.lab.faults.table import find as find_fault
from mailwright.lab.options import Options, Progress, silent
from mailwright.lab.plan import Account, Expected
from mailwright.lab.report import LabStatus, ServerStatus, command, diagnose, environment, running, status
from mailwright.lab.state import Lab, Server, Staged

__all__ = [
    "FAULTS",
    "Account",
    "Expected",
    "Fault",
    "Lab",
    "LabStatus",
    "Options",
    "Progress",
    "Server",
    "ServerStatus",
    "Staged",
    "command",
    "default_dir",
    "diagnose",
    "down",
    "environment",
    "find_fault",
    "running",
    "silent",
    "status",
    "up",
]

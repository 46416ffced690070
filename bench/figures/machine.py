"""The machine, in the words that matter for a figure: never its name or where it stands."""

from __future__ import annotations

import os
import platform
import re
import ssl
from pathlib import Path


def described() -> str:
    """CPU, cores, kernel, Python, OpenSSL and how busy the machine is, in one line."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg()[:2])
    return " · ".join(
        (
            f"{_cpu()}, {os.cpu_count()} cores",
            f"{platform.system()} {platform.release().split('-')[0]}",
            f"Python {platform.python_version()}",
            ssl.OPENSSL_VERSION.rsplit(" ", 3)[0],
            f"load before: {load}",
        )
    )


def _cpu() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    return found[1].strip() if found else platform.machine()

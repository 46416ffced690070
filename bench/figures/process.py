"""A whole process and how long it took, from its start to its end."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Sequence

MOST_SECONDS = 120


def python(arguments: Sequence[str], typed: str = "") -> float:
    """Seconds of this Python with these arguments. Raises CalledProcessError, also when it takes two minutes."""
    argv = [sys.executable, *arguments]
    begun = time.perf_counter()
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        # subprocess's own timeout looks only every 50 ms whether a process has ended.
        limit = threading.Timer(MOST_SECONDS, process.kill)
        limit.start()
        try:
            assert process.stdin is not None
            process.stdin.write(typed.encode())
            process.stdin.close()
            code = process.wait()
        finally:
            limit.cancel()
    taken = time.perf_counter() - begun
    if code:
        raise subprocess.CalledProcessError(code, argv)
    return taken

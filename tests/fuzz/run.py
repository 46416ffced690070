"""Runs one fuzz target in a process of its own, on seeds in a folder that is gone afterwards.

The seeds are the server's side of tests/dialogues and the files of seeds/. What stopped the
fuzzer is left in the current folder as `crash-…`, as libFuzzer does.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
DIALOGUES = HERE.parent / "dialogues"
MAX_INPUT = 4096
NAMES = ("imap", "pop3", "smtp", "autoconfig", "address")


def main(name: str = "", *words: str) -> int:
    """The exit code of the fuzzer; `words` are libFuzzer's."""
    if name not in NAMES:
        sys.stdout.write(f"targets: {' '.join(NAMES)}\n")
        return 2 if name else 0
    with tempfile.TemporaryDirectory(prefix="mw-fuzz-") as folder:
        for seed, data in seeds(name).items():
            (Path(folder) / seed).write_bytes(data)
        fuzzer = [sys.executable, str(HERE / "target.py"), name]
        return subprocess.run([*fuzzer, f"-max_len={MAX_INPUT}", *words, folder], check=False).returncode


def seeds(name: str) -> dict[str, bytes]:
    """By name: the files of seeds/NAME and what the server says in each dialogue."""
    found = {path.name: path.read_bytes() for path in sorted((HERE / "seeds" / name).glob("*"))}
    for path in sorted(DIALOGUES.glob(f"{name}_*.txt")):
        said = re.findall(r"^S: (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        found[path.stem] = ("p" + "".join(f"{line}\r\n" for line in said)).encode()
    return found


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

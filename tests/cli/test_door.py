"""What importing the room costs, and that both ways to start it are the same."""

from __future__ import annotations

import subprocess
import sys

from tests.cli.program import Program

HEAVY = {"asyncio", "ssl", "dns", "httpcore2", "cryptography", "keyring", "rich", "idna", "subprocess", "getpass"}
COUNT = "import sys; import mailwright.cli; print(*sorted(name for name in sys.modules if '.' not in name))"


def test_nothing_heavy_is_imported(program: Program) -> None:
    """`import mailwright.cli` brings in nothing that speaks to the network or takes long."""
    done = subprocess.run([sys.executable, "-c", COUNT], env=program.variables, capture_output=True, check=True)
    assert not HEAVY & set(done.stdout.decode().split())


def test_help_is_as_light(program: Program) -> None:
    """--help of a verb imports nothing heavy either."""
    code = "import sys; from mailwright.cli import main; main(['setup', '-h']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], env=program.variables, capture_output=True, check=True)
    assert not HEAVY & set(done.stderr.decode().split())


def test_an_offline_answer_needs_no_network(program: Program) -> None:
    """--offline opens no socket: it does not even import what could."""
    code = (
        "import sys; from mailwright.cli import main; main(['setup', 'li@qq.com', '--offline']);"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], env=program.variables, capture_output=True, check=True)
    assert not {"asyncio", "ssl", "dns", "httpcore2"} & set(done.stderr.decode().split())


def test_both_modules_start_it(program: Program) -> None:
    """`python -m mailwright` and `python -m mailwright.cli` are the same program."""
    runs = [
        subprocess.run([sys.executable, "-m", name], env=program.variables, capture_output=True, check=True).stdout
        for name in ("mailwright", "mailwright.cli")
    ]
    assert runs[0] == runs[1] != b""

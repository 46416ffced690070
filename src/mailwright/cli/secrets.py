"""Where secrets come from: a prompt, the first line of stdin, or of what a command prints."""

from __future__ import annotations

import getpass
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from mailwright.cli.parser import Arguments
from mailwright.core import BadInput, EmailAddress, Secret

NOTHING = Secret("")
MAX_SECRET = 16 * 1024
MAX_OUTPUT = 64 * 1024
COMMAND_SECONDS = 120


def ready(arguments: Arguments, address: EmailAddress) -> Secret | None:
    """The secret that stdin or a command gives; None when a person has to be asked. Raises BadInput."""
    if arguments.password_stdin:
        return from_stdin()
    given = (arguments.password_command, arguments.token_command)
    command = next((command for command in given if command is not None), None)
    return None if command is None else from_command(command, address)


def from_stdin() -> Secret:
    """The first line of stdin. Raises BadInput."""
    try:
        return _checked(sys.stdin.buffer.readline(MAX_SECRET + 2))
    except OSError as error:  # a folder, or a terminal that has gone
        raise BadInput("input.no_password") from error


def from_command(command: str, address: EmailAddress | None = None) -> Secret:
    """The first line a command prints; it finds the address in MAILWRIGHT_ADDRESS. Raises BadInput."""
    name = (command.split() or [""])[0]
    environment = {**os.environ, "MAILWRIGHT_ADDRESS": str(address or "")}
    if not name:
        raise BadInput("input.command", command=name, code=-1)
    try:
        process = subprocess.Popen(  # noqa: S602  # the person's own command line, as their shell would run it
            command, shell=True, stdout=subprocess.PIPE, env=environment
        )
    except (OSError, ValueError) as error:
        raise BadInput("input.command", command=name, code=-1) from error
    with process:
        raw = _output(process)
        if raw is not None and len(raw) > MAX_OUTPUT:
            raise BadInput("input.password_long", limit=MAX_SECRET)
        if raw is None or process.wait() != 0 or not raw.strip(b"\r\n"):
            code = -1 if raw is None else process.returncode
            raise BadInput("input.command", command=name, code=code)
    return _checked(raw)


def _output(process: subprocess.Popen[bytes]) -> bytes | None:
    """Everything the command prints, one byte over the limit at most; None: it does not come to an end."""
    assert process.stdout is not None
    pipe, got = process.stdout, bytearray()
    reader = threading.Thread(target=lambda: got.extend(pipe.read(MAX_OUTPUT + 1)), daemon=True)
    reader.start()
    reader.join(COMMAND_SECONDS)
    if not reader.is_alive() and len(got) <= MAX_OUTPUT:
        return bytes(got)
    process.kill()
    return None if reader.is_alive() else bytes(got)


def from_prompt(question: str) -> Secret:
    """Asked on the terminal, nothing shown. Raises BadInput("input.no_terminal")."""
    if not sys.stdin.isatty():
        raise BadInput("input.no_terminal")
    # With stderr in a file nobody would see the question there; getpass then asks on the terminal itself.
    stream = sys.stderr if sys.stderr.isatty() else None
    try:
        with interruptible():
            return _checked(getpass.getpass(question, stream=stream).encode("utf-8", "surrogateescape"))
    except (EOFError, UnicodeError) as error:
        sys.stderr.write("\n")
        raise BadInput("input.no_password") from error
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        raise


def from_person(question: str) -> str:
    """A line typed at the terminal, the question on stderr; "" at the end of input."""
    line = ""
    try:
        with interruptible():
            sys.stderr.write(question)
            sys.stderr.flush()
            line = sys.stdin.readline()
    finally:
        if not line.endswith("\n"):
            sys.stderr.write("\n")
    return line.strip()


@contextmanager
def interruptible() -> Iterator[None]:
    """Let ^C end a question at once: asyncio would only take note of it and wait for the answer."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _checked(raw: bytes) -> Secret:
    line = raw.partition(b"\n")[0].removesuffix(b"\r")
    if len(line) > MAX_SECRET:
        raise BadInput("input.password_long", limit=MAX_SECRET)
    if not line:
        raise BadInput("input.no_password")
    return Secret(line.decode("utf-8", "replace"))

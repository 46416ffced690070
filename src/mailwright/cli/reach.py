"""From options, environment and configuration to wire settings, and to secrets."""

from __future__ import annotations

import getpass
import os
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailwright.cli.parser import Arguments
from mailwright.core import BadInput, EmailAddress, Secret

if TYPE_CHECKING:
    from mailwright import discover, wire

NOTHING = Secret("")
MAX_SECRET = 16 * 1024
COMMAND_SECONDS = 120


def settings(arguments: Arguments) -> wire.Settings:
    """How to reach the world. Raises BadInput for anything that does not parse."""
    from mailwright import wire

    environment = os.environ
    resolvers = arguments.resolver or environment.get("MAILWRIGHT_RESOLVER", "").split()
    reroutes = arguments.connect_to or environment.get("MAILWRIGHT_CONNECT_TO", "").split()
    ca_file = arguments.ca or environment.get("MAILWRIGHT_CA")
    seconds = max(0.1, min(arguments.timeout, 120.0))
    return wire.Settings(
        resolvers=tuple(wire.Resolver.parse(text) for text in resolvers),
        proxy=_proxy(arguments),
        ca_file=Path(ca_file) if ca_file else None,
        reroutes=tuple(wire.Reroute.parse(text) for text in reroutes),
        connect_seconds=seconds,
        http_seconds=seconds,
        dns_seconds=min(seconds, 5.0),
    )


def _proxy(arguments: Arguments) -> wire.Proxy | None:
    from mailwright import wire

    typed = arguments.proxy
    text = typed or os.environ.get("MAILWRIGHT_PROXY")
    if not text:
        return None
    proxy = wire.Proxy.parse(text)
    if typed and proxy.password is not None:
        raise BadInput("input.proxy_password")
    if arguments.proxy_password_command:
        proxy = replace(proxy, password=from_command(arguments.proxy_password_command))
    return proxy


def own_book(arguments: Arguments) -> Path | None:
    """The person's own folder of provider files. Raises BadInput("book.no_folder") if one is named that is none."""
    named = arguments.book or os.environ.get("MAILWRIGHT_BOOK")
    folder = Path(named) if named else config_folder() / "book"
    if named and not folder.is_dir():
        raise BadInput("book.no_folder", folder=str(folder))
    return folder


def config_folder() -> Path:
    """Where a person's configuration lives."""
    named = os.environ.get("MAILWRIGHT_CONFIG")
    if named:
        return Path(named)
    import platformdirs

    return Path(platformdirs.user_config_dir("mailwright"))


def config() -> dict[str, Any]:
    """The configuration file, {} if there is none. Raises BadInput("input.config")."""
    path = config_folder() / "config.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput("input.config", file=str(path)) from error


def from_stdin() -> Secret:
    """The first line of stdin. Raises BadInput."""
    return _checked(sys.stdin.buffer.read(MAX_SECRET + 2))


def from_command(command: str, address: EmailAddress | None = None) -> Secret:
    """The first line a command prints; it finds the address in MAILWRIGHT_ADDRESS. Raises BadInput("input.command")."""
    environment = {**os.environ, "MAILWRIGHT_ADDRESS": str(address or "")}
    name = (command.split() or [""])[0]
    try:
        done = subprocess.run(  # noqa: S602  # the person's own command line, as their shell would run it
            command, shell=True, stdout=subprocess.PIPE, timeout=COMMAND_SECONDS, env=environment, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise BadInput("input.command", command=name, code=-1) from error
    if done.returncode != 0 or not done.stdout.strip(b"\r\n"):
        raise BadInput("input.command", command=name, code=done.returncode)
    return _checked(done.stdout)


def from_prompt(question: str) -> Secret:
    """Asked on the terminal, nothing shown. Raises BadInput("input.no_terminal")."""
    if not sys.stdin.isatty():
        raise BadInput("input.no_terminal")
    try:
        return _checked(getpass.getpass(question, stream=sys.stderr).encode())
    except EOFError as error:
        raise BadInput("input.no_password") from error


def _checked(raw: bytes) -> Secret:
    line = raw.partition(b"\n")[0].removesuffix(b"\r")
    if len(line) > MAX_SECRET:
        raise BadInput("input.password_long", limit=MAX_SECRET)
    if not line:
        raise BadInput("input.no_password")
    return Secret(line.decode("utf-8", "replace"))


def ready_secret(arguments: Arguments, address: EmailAddress) -> Secret | None:
    """The secret that stdin or a command gives; None when a person has to be asked."""
    if arguments.password_stdin:
        return from_stdin()
    command = arguments.password_command or arguments.token_command
    return from_command(command, address) if command else None


def discovery(arguments: Arguments) -> discover.Options:
    """What the search for settings may do."""
    from mailwright import discover

    database = arguments.isp_database or os.environ.get("MAILWRIGHT_ISPDB")
    chosen = discover.Options(send_address=arguments.send_address)
    return replace(chosen, isp_database=database) if database else chosen

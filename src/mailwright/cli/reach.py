"""From options, environment and configuration to wire settings."""

from __future__ import annotations

import os
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailwright.cli import secrets
from mailwright.cli.parser import Arguments
from mailwright.core import BadInput

if TYPE_CHECKING:
    from mailwright import discover, wire


def settings(arguments: Arguments) -> wire.Settings:
    """How to reach the world. Raises BadInput for anything that does not parse."""
    from mailwright import wire

    environment = os.environ
    resolvers = arguments.resolver or environment.get("MAILWRIGHT_RESOLVER", "").split()
    reroutes = arguments.connect_to or environment.get("MAILWRIGHT_CONNECT_TO", "").split()
    ca_file = arguments.ca or environment.get("MAILWRIGHT_CA")
    return wire.Settings(
        resolvers=tuple(wire.Resolver.parse(text) for text in resolvers),
        proxy=_proxy(arguments),
        trust_ad=arguments.trust_ad or environment.get("MAILWRIGHT_TRUST_AD") == "1",
        ca_file=Path(ca_file) if ca_file else None,
        reroutes=tuple(wire.Reroute.parse(text) for text in reroutes),
        connect_seconds=arguments.timeout or 10.0,
        http_seconds=arguments.timeout or 10.0,
        # Some servers take 20 seconds over a refused login; who names a time means it for this too.
        reply_seconds=arguments.timeout or 30.0,
        dns_seconds=min(arguments.timeout or 5.0, 5.0),
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
    if arguments.proxy_password_command is not None:
        proxy = replace(proxy, password=secrets.from_command(arguments.proxy_password_command))
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


def client(issuer: str) -> dict[str, str]:
    """What the configuration says of our client at an issuer. Raises BadInput("input.config")."""
    row = _table(_table(_config(), "oauth"), issuer)
    if not all(isinstance(value, str) for value in row.values()):
        raise _unreadable()
    return row


def _config() -> dict[str, Any]:
    """The configuration file, {} if there is none. Raises BadInput("input.config")."""
    try:
        return tomllib.loads((config_folder() / "config.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        raise _unreadable() from error


def _table(table: dict[str, Any], name: str) -> dict[str, Any]:
    found = table.get(name, {})
    if not isinstance(found, dict):
        raise _unreadable()
    return found


def _unreadable() -> BadInput:
    return BadInput("input.config", file=str(config_folder() / "config.toml"))


def discovery(arguments: Arguments) -> discover.Options:
    """What the search for settings may do."""
    from mailwright import discover

    return discover.Options(isp_database=database(arguments), send_address=arguments.send_address)


def database(arguments: Arguments) -> str:
    """Where the ISPDB is."""
    from mailwright import discover

    return arguments.isp_database or os.environ.get("MAILWRIGHT_ISPDB") or discover.Options().isp_database

"""`mailwright serve`: the pages, the API, and the answers mail programs ask a domain for."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import ipaddress
import json
import logging
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mailwright import book, setup
from mailwright.cli import reach
from mailwright.cli.main import Exit
from mailwright.cli.parser import Arguments
from mailwright.cli.screen import Screen
from mailwright.core import BadInput, Problem

if TYPE_CHECKING:
    from mailwright import export, web

LISTEN = "127.0.0.1:8080"
PACKAGES = ("starlette", "uvicorn", "jinja2")


def run(arguments: Arguments, screen: Screen) -> int:
    """The verb. Raises BadInput."""
    missing = next((name for name in PACKAGES if importlib.util.find_spec(name) is None), None)
    if missing is not None:
        raise BadInput("serve.extra", package=missing)
    _check(arguments)
    from mailwright import web

    file = Path(arguments.config) if arguments.config is not None else None
    config = web.autoconf.read(file) if file is not None else None
    if arguments.print_dns:
        assert config is not None
        return _print_dns(arguments, screen, web.autoconf.records(config))
    own = web.autoconf.Autoconf(config) if config is not None else None
    app = web.app(_options(arguments, screen, own))
    _log(arguments)
    _as_many_files_as_allowed()
    sockets = web.running.listen(tuple(arguments.listen or [LISTEN]))
    web.running.run(
        web.running.Running(
            app,
            sockets,
            _certificate(arguments),
            _Reload(screen, own, file),
            lambda places: _tell(arguments, screen, places),
            lambda problem: _troubled(screen, problem),
        )
    )
    screen.note("serve.ended")
    return Exit.WORKS


def _check(arguments: Arguments) -> None:
    """Refuse what would be ignored. Raises BadInput."""
    if (arguments.tls_cert is None) is not (arguments.tls_key is None):
        given, other = ("--tls-cert", "--tls-key") if arguments.tls_key is None else ("--tls-key", "--tls-cert")
        raise BadInput("serve.pair", option=given, other=other)
    if arguments.tls_cert is not None and arguments.behind_https:
        raise BadInput("input.together", first="--tls-cert", second="--behind-https")
    if arguments.print_dns and arguments.config is None:
        raise BadInput("serve.pair", option="--print-dns", other="--config")
    if arguments.keep_days is not None and arguments.keep is None:
        raise BadInput("serve.pair", option="--keep-days", other="--keep")


def _options(arguments: Arguments, screen: Screen, own: web.autoconf.Autoconf | None) -> web.Options:
    from mailwright import web, wire

    made = web.Options(
        reach.settings(arguments),
        setup.Shelf(book.Book(reach.own_book(arguments)), book.Replies.load()),
        discovery=reach.discovery(arguments),
        second=tuple(wire.Resolver.parse(text) for text in arguments.second_resolver),
        autoconf=own,
        base_url=own.base_url if own is not None else str,
        loopback=all(map(_only_here, arguments.listen or [LISTEN])),
        https=arguments.behind_https or arguments.tls_cert is not None,
        trusted_proxies=tuple(_network(text) for text in arguments.trusted_proxy),
        private_targets=arguments.private_targets,
        keep=_kept(arguments.keep) if arguments.keep is not None else None,
        language=screen.words.language,
    )
    return replace(
        made,
        concurrent=arguments.concurrent or made.concurrent,
        keep_days=arguments.keep_days or made.keep_days,
    )


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise BadInput("serve.network", text=text[:80]) from error


def _kept(text: str) -> Path:
    path = Path(text)
    if not path.absolute().parent.is_dir():
        raise BadInput("input.output", file=text)
    return path


def _certificate(arguments: Arguments) -> web.running.Certificate | None:
    from mailwright import web

    if arguments.tls_cert is None:
        return None
    return web.running.Certificate(Path(arguments.tls_cert), Path(arguments.tls_key))


def _log(arguments: Arguments) -> None:
    """Lines of JSON for requests, and what an operator should know, to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    house = logging.getLogger("mailwright")
    house.addHandler(handler)
    house.setLevel(logging.WARNING if arguments.quiet else logging.INFO)
    house.propagate = False


def _as_many_files_as_allowed() -> None:
    """Every connection is a file, and the usual 1024 are fewer than the clients we take."""
    if importlib.util.find_spec("resource") is None:  # Windows, which has no such limit
        return
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS takes no "unlimited" here
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _tell(arguments: Arguments, screen: Screen, places: tuple[str, ...]) -> None:
    scheme = "https" if arguments.tls_cert is not None else "http"
    for place in places:
        screen.note("serve.listening", url=place if place.startswith("unix:") else f"{scheme}://{place}/")
    if scheme == "http" and not arguments.behind_https and not all(map(_only_here, places)):
        screen.note("serve.no_https")


def _only_here(place: str) -> bool:
    """True for what this machine alone can reach, as far as its name says it."""
    host = place.rpartition(":")[0].strip("[]")
    try:
        return place.startswith("unix:") or host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _troubled(screen: Screen, problem: Problem) -> None:
    screen.problem(problem)
    screen.note("serve.kept")


class _Reload:
    """Reads the file of one's own domains again, in a thread: thousands of them take seconds."""

    def __init__(self, screen: Screen, own: web.autoconf.Autoconf | None, file: Path | None) -> None:
        self._screen, self._own, self._file = screen, own, file
        self._turn = asyncio.Lock()
        self._going: set[asyncio.Task[None]] = set()

    def __call__(self) -> None:
        """Begin; more than one wait for each other."""
        task = asyncio.get_running_loop().create_task(self._read())
        self._going.add(task)
        task.add_done_callback(self._going.discard)

    async def _read(self) -> None:
        from mailwright import web

        async with self._turn:
            try:
                if (own := self._own) is not None and (file := self._file) is not None:
                    take = await asyncio.to_thread(lambda: own.proved(web.autoconf.read(file)))
                    take()
            except Problem as problem:
                _troubled(self._screen, problem)
            else:
                self._screen.note("serve.reloaded")


def _print_dns(arguments: Arguments, screen: Screen, records: dict[str, tuple[export.Record, ...]]) -> int:
    if arguments.json:
        rows = [
            {"domain": name, "name": one.name, "type": one.type, "data": one.data}
            for name, found in records.items()
            for one in found
        ]
        screen.document(json.dumps(rows, ensure_ascii=False, indent=2))
        return Exit.WORKS
    for name, found in records.items():
        screen.data("\n".join([f"$ORIGIN {name}.", *map(str, found), ""]))
    screen.note("serve.dns")
    return Exit.WORKS

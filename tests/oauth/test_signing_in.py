"""What the command line does around the flows: whose client id, and the keyring beside the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mailwright import texts, wire
from mailwright.cli import oauth as cli
from mailwright.cli.parser import Arguments
from mailwright.cli.screen import Screen
from mailwright.core import (
    BadInput,
    Candidate,
    Channel,
    EmailAddress,
    OAuth,
    Problem,
    Provenance,
    Secret,
    Source,
    Sourced,
    Trust,
)
from tests.oauth.small_issuer import ACCESS, ISSUER, OAUTH, REFRESH, SmallIssuer, tokens

ANNA = EmailAddress.parse("anna@issuer.test")
SAID = Provenance(Source.BOOK, "book:mine", Channel.BOOK, Trust.TRUSTED)
OWN = OAuth(ISSUER, client_id="from-book")


def arguments(**given: Any) -> Arguments:
    unset = {"oauth": "", "oauth_flow": "browser", "oauth_issuer": None, "oauth_secret_command": None}
    return Arguments("setup", "", {**unset, **given})


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Writes what stands in config.toml under our issuer."""
    monkeypatch.setenv("MAILWRIGHT_CONFIG", str(tmp_path))

    def write(lines: str) -> None:
        (tmp_path / "config.toml").write_text(f'[oauth."{ISSUER}"]\n{lines}\n', encoding="utf-8")

    return write


@pytest.mark.parametrize(
    ("typed", "config", "facts", "id", "secret"),
    [
        ("typed", 'client_id = "from-config"', OWN, "typed", None),
        ("", 'client_id = "from-config"', OWN, "from-config", None),
        ("", 'client_id = "from-config"\nclient_secret_command = "echo c"', OWN, "from-config", "c"),
        ("", "", OWN, "from-book", None),
        ("", 'client_id = "from-config"', OAuth(ISSUER), "from-config", None),
        ("typed", 'client_secret_command = "echo c"', OAuth(ISSUER), "typed", "c"),
        ("typed", "", OWN, "typed", None),
    ],
)
def test_whose_client(
    configured: Callable[[str], None], typed: str, config: str, facts: OAuth, id: str, secret: str | None
) -> None:
    """The client id is the typed one, else the configuration's, else the own book's; each with its own secret."""
    configured(config)
    found = cli._client(arguments(oauth=typed), facts)
    assert (found.id, found.secret) == (id, None if secret is None else Secret(secret))


def test_no_client(configured: Callable[[str], None]) -> None:
    """Nobody has a client id: the person is told where one can be written."""
    configured("")
    with pytest.raises(BadInput, match="input.config_readable"):
        cli._client(arguments(), OAuth(ISSUER))


async def sign_in(world: wire.World, screen: Screen) -> Secret:
    """With the client of an own book, by what the keyring holds."""
    facts = Sourced(OAuth(ISSUER, OAUTH.authorization_endpoint, OAUTH.token_endpoint, client_id="mine"), SAID)
    return await cli.token(arguments(), screen, world, (ANNA, Candidate((), oauth=facts)))


@pytest.fixture
def slow_keyring(monkeypatch: pytest.MonkeyPatch, configured: Callable[[str], None]) -> threading.Event:
    """A keyring that answers when the event is set, with a refresh token."""
    configured("")
    unlocked = threading.Event()

    def load(*_: object) -> Secret:
        unlocked.wait(10)
        return Secret(REFRESH)

    monkeypatch.setattr(wire.keep, "load", load)
    monkeypatch.setattr(wire.keep, "store", lambda *_: None)
    return unlocked


async def test_the_loop_goes_on(issuer: SmallIssuer, world: wire.World, slow_keyring: threading.Event) -> None:
    """While the keyring waits to be unlocked everything else goes on."""
    issuer.answers["/token"] = 200, tokens()
    task = asyncio.create_task(sign_in(world, Screen(texts.Words("en"))))
    for _ in range(3):
        await asyncio.sleep(0.01)
    assert not task.done()
    slow_keyring.set()
    assert await task == Secret(ACCESS)
    assert issuer.forms("/token")[0]["client_id"] == "mine"


async def test_nobody_waits_for_a_locked_keyring(world: wire.World, slow_keyring: threading.Event) -> None:
    """Who gives up is let go at once, and no thread keeps the program from ending."""
    before = threading.enumerate()
    task = asyncio.create_task(sign_in(world, Screen(texts.Words("en"))))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [thread.daemon for thread in threading.enumerate() if thread not in before] == [True]
    slow_keyring.set()


async def test_too_long_to_keep(
    issuer: SmallIssuer, world: wire.World, slow_keyring: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that the keyring cannot keep is remarked on, and the sign-in goes on."""

    def store(*_: object) -> None:
        raise Problem("keyring.too_long")

    screen, remarks = Screen(texts.Words("en")), list[Problem]()
    monkeypatch.setattr(wire.keep, "store", store)
    monkeypatch.setattr(screen, "remark", remarks.append)
    slow_keyring.set()
    issuer.answers["/token"] = 200, tokens(refresh_token="another-refresh-token")
    assert await sign_in(world, screen) == Secret(ACCESS)
    assert [problem.id for problem in remarks] == ["keyring.too_long"]

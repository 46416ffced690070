"""Refresh tokens live in the system's keyring or nowhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keyring.backends.chainer
import keyring.backends.fail
import keyring.backends.null
import keyring.core
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

from mailwright.core import EmailAddress, Problem, Secret
from mailwright.wire import keep

ANNA = EmailAddress.parse("anna@例子.test")
PLACE = (ANNA, "https://issuer.test", "client one")
TOKEN = "refresh-canary-Sv15"


class Memory(KeyringBackend):
    """A good keyring, in memory."""

    priority = 5.0

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError


class Weak(Memory):
    priority = 0.5


class Alternative(Memory):
    """As if it came from the package of plaintext files."""


Alternative.__module__ = "keyrings.alt.file"


class Derived(Alternative):
    pass


class Broken(Memory):
    """Everything fails, with the token in the error."""

    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError(TOKEN)

    def set_password(self, service: str, username: str, password: str) -> None:
        raise OSError(password)

    def delete_password(self, service: str, username: str) -> None:
        raise RuntimeError(TOKEN)


class NoPriority(Memory):
    @property
    def priority(self) -> float:  # type: ignore[override]  # a class property there
        raise RuntimeError


class Chain(keyring.backends.chainer.ChainerBackend):
    backends: Any = ()


class Windows(Memory):
    """As if it were the Credential Manager."""


Windows.__module__ = "keyring.backends.Windows"


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    backend = Memory()
    use(monkeypatch, backend)
    return backend


def use(monkeypatch: pytest.MonkeyPatch, backend: KeyringBackend | None) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", backend)


def test_kept(memory: Memory) -> None:
    """What was stored is there again, under a name a person can read in their keyring."""
    keep.store(*PLACE, Secret(TOKEN))
    assert keep.load(*PLACE) == Secret(TOKEN)
    assert memory.kept == {("Mailwright https://issuer.test", "anna@xn--fsqu00a.test client%20one"): TOKEN}


def test_apart(memory: Memory) -> None:
    """Each mailbox, issuer and client has its own token."""
    keep.store(*PLACE, Secret(TOKEN))
    assert keep.load(EmailAddress.parse("anne@例子.test"), *PLACE[1:]) is None
    assert keep.load(ANNA, "https://other.test", PLACE[2]) is None
    assert keep.load(*PLACE[:2], "client two") is None


def test_replaced(memory: Memory) -> None:
    """A newer token takes the place of the older one."""
    keep.store(*PLACE, Secret("old"))
    keep.store(*PLACE, Secret(TOKEN))
    assert keep.load(*PLACE) == Secret(TOKEN)
    assert len(memory.kept) == 1


def test_forgotten(memory: Memory) -> None:
    """A forgotten token is gone, and forgetting nothing is fine."""
    keep.store(*PLACE, Secret(TOKEN))
    keep.forget(*PLACE)
    keep.forget(*PLACE)
    assert keep.load(*PLACE) is None
    assert not memory.kept


@pytest.mark.parametrize(
    "kind",
    [keyring.backends.fail.Keyring, keyring.backends.null.Keyring, Weak, Alternative, Derived, NoPriority, Chain],
)
def test_no_safe_keyring(monkeypatch: pytest.MonkeyPatch, kind: type[KeyringBackend]) -> None:
    """Where the system has no keyring, or one that writes plaintext, nothing is kept and store() says so."""
    make: Callable[[], KeyringBackend] = kind  # the library's own have no types
    backend = make()
    use(monkeypatch, backend)
    assert keep.load(*PLACE) is None
    with pytest.raises(Problem, match="keyring.none"):
        keep.store(*PLACE, Secret(TOKEN))
    keep.forget(*PLACE)
    assert not getattr(backend, "kept", None)


def test_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several keyrings the first safe one is used, and no other."""
    members = [Alternative(), Weak(), Memory(), Memory()]
    monkeypatch.setattr(Chain, "backends", members)
    make: Callable[[], KeyringBackend] = Chain
    use(monkeypatch, make())
    keep.store(*PLACE, Secret(TOKEN))
    assert [len(member.kept) for member in members] == [0, 0, 1, 0]
    assert keep.load(*PLACE) == Secret(TOKEN)


@pytest.mark.parametrize(("kind", "length", "kept"), [(Windows, 1280, 1), (Windows, 1281, 0), (Memory, 16_000, 1)])
def test_too_long(monkeypatch: pytest.MonkeyPatch, kind: type[Memory], length: int, kept: int) -> None:
    """Windows keeps 2560 bytes of UTF-16 in one entry; a longer token is not tried, and store() says why."""
    backend = kind()
    use(monkeypatch, backend)
    if kept:
        keep.store(*PLACE, Secret("t" * length))
    else:
        with pytest.raises(Problem, match="keyring.too_long"):
            keep.store(*PLACE, Secret("t" * length))
    assert len(backend.kept) == kept


def test_broken_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """A keyring that fails is told of without its words, which may hold the token."""
    use(monkeypatch, Broken())
    assert keep.load(*PLACE) is None
    acts: list[Callable[[], None]] = [lambda: keep.store(*PLACE, Secret(TOKEN)), lambda: keep.forget(*PLACE)]
    for act in acts:
        with pytest.raises(Problem, match="keyring.failed") as caught:
            act()
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None


def test_no_backend_to_load(monkeypatch: pytest.MonkeyPatch) -> None:
    """A keyring that is configured but not installed is none."""
    use(monkeypatch, None)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "not.there.Keyring")
    assert keep.load(*PLACE) is None
    with pytest.raises(Problem, match="keyring.none"):
        keep.store(*PLACE, Secret(TOKEN))


def test_real_chain_without_desktop(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine without a desktop the library's own choice ends in no keyring, not in an error."""
    use(monkeypatch, None)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
    monkeypatch.setattr(KeyringBackend, "_classes", {keyring.backends.fail.Keyring, keyring.backends.null.Keyring})
    assert keep.load(*PLACE) is None

"""What a format is, what may be chosen, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from mailwright.core import Param, Security
from mailwright.core import Protocol as MailProtocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailwright.core import Profile, Secret
    from mailwright.export.formats.cms import Signer

IMAP, POP3, SMTP = MailProtocol.IMAP, MailProtocol.POP3, MailProtocol.SMTP


class Say(Protocol):
    """Whoever knows the sentences: the text of a key in the person's language."""

    def __call__(self, key: str, /, **params: Param) -> str:
        """The text."""


class Group(StrEnum):
    """What a format is for."""

    PHONE = "phone"
    DESKTOP = "desktop"
    TERMINAL = "terminal"
    MOVER = "mover"
    SHEET = "sheet"
    SERVER = "server"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class File:
    """One file: `name` may hold folders (with /). `private`: nobody else may read it (mode 600)."""

    name: str
    data: bytes
    media: str = "text/plain; charset=utf-8"
    private: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know. `stops`: nothing was made because of it. `id` is the key of its texts ("note.…")."""

    id: str
    params: tuple[tuple[str, Param], ...] = ()
    stops: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """What came out. No files: a note says why."""

    format: str
    files: tuple[File, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Signing:
    """Certificate, key and further certificates, each PEM. `password`: of a key that is locked.

    `files`: the names of certificate, key and further certificates, for what is wrong with one.
    """

    certificate: bytes
    key: bytes = field(repr=False)
    chain: tuple[bytes, ...] = ()
    password: Secret | None = None
    files: tuple[str, ...] = ()

    def file(self, number: int) -> str:
        """The name of one of them, in the order of `files`."""
        return self.files[number] if number < len(self.files) else ("certificate", "key", "chain")[min(number, 2)]


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy the mail program has to go through; `kind`: socks5 or http."""

    kind: str
    host: str
    port: int


def _silent(key: str, /, **params: Param) -> str:
    """For formats that say nothing."""
    return key


@dataclass(frozen=True, slots=True)
class Choice:
    """What the person chose.

    `secret`: to be written into the file. `command`: a shell command that prints the secret; "": the usual one.
    `token_command`: the same for an OAuth 2.0 access token. `language`: zh or en. `ca_file`: certificates the program
    shall trust besides the system's, "" for none. `languages`: who says it in each language, for files that speak
    several.
    """

    say: Say = _silent
    language: str = "en"
    secret: Secret | None = None
    command: str = ""
    token_command: str = ""
    signing: Signer | None = None
    ca_file: str = ""
    proxy: Proxy | None = None
    languages: dict[str, Say] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Format:
    """One format. `make` gives its files; `protocols` and `securities`: what it can express.

    `secret`: it has a place for a secret. `oauth`: it can sign in by OAuth 2.0. `sends_id` False: the program
    does not say who it is (RFC 2971), which some providers insist on. `sends` and `reads`: the sides it is about.
    `place`: the one file in which the program looks for its settings, "" where there is none such.
    """

    id: str
    group: Group
    make: Callable[[Profile, Choice], tuple[File, ...]]
    protocols: tuple[MailProtocol, ...] = (IMAP, POP3, SMTP)
    securities: tuple[Security, ...] = tuple(Security)
    secret: bool = False
    oauth: bool = False
    sends_id: bool = True
    reads: bool = True
    sends: bool = True
    notes: Callable[[Profile, Choice], tuple[Note, ...]] | None = None
    place: str = ""

"""What a Dovecot instance of the lab is to be, before it is put into one version's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from mailwright.lab import plan


MOST_SIGNING_IN = 300
"""Sign-ins at a time: by default it is 100, and of more the server drops each without a word."""


@dataclass(frozen=True, slots=True)
class Listener:
    """One listening socket: `service` is imap, pop3, lmtp or sasl."""

    service: str
    address: str
    port: int
    tls: bool

    @property
    def name(self) -> str:
        """A name that no other listener of the instance has."""
        return f"{self.service}_{self.port}_" + "".join(c if c.isalnum() else "_" for c in self.address)


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything a renderer needs. `unprivileged`: it runs as an ordinary user.

    `passdb`: takes the place of the usual one; `extra`: settings at the end, which win. Both
    are in the language of `version`.
    """

    instance: plan.Instance
    folder: Path
    mail: Path
    certificate: Path
    key: Path
    jwk: Path
    listeners: tuple[Listener, ...]
    internal_user: str
    internal_group: str
    login_user: str
    mail_uid: int
    unprivileged: bool
    version: str
    passdb: str = ""
    extra: str = ""

    def of(self, service: str) -> tuple[Listener, ...]:
        """The listeners of one service."""
        return tuple(listener for listener in self.listeners if listener.service == service)

    @property
    def oauth(self) -> bool:
        """Whether this instance takes tokens instead of passwords."""
        return "oauthbearer" in self.instance.mechanisms

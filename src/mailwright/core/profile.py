"""An account as a mail program is told of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from mailwright.core.candidate import Auth

if TYPE_CHECKING:
    from mailwright.core.address import EmailAddress
    from mailwright.core.candidate import OAuth, SecretHelp, SwitchOn
    from mailwright.core.endpoint import Endpoint


class Proof(StrEnum):
    """How we know that the settings are right: somebody signed in with them, or they were only found."""

    VERIFIED = "verified"
    FOUND = "found"


@dataclass(frozen=True, slots=True)
class Login:
    """One service: where it is, who signs in and how."""

    endpoint: Endpoint
    username: str
    auth: Auth = Auth.PASSWORD


@dataclass(frozen=True, slots=True)
class Profile:
    """What is written into the settings of a mail program. It holds no secret.

    `outgoing` None: nobody knows how to send. `others`: more ways in and out, the preferred first.
    `name`: the person's, as recipients see it. `provider`, `provider_name`: "" and {} where unknown.
    """

    address: EmailAddress
    incoming: Login
    outgoing: Login | None
    name: str = ""
    others: tuple[Login, ...] = ()
    proof: Proof = Proof.FOUND
    provider: str = ""
    provider_name: dict[str, str] = field(default_factory=dict)
    secret: SecretHelp | None = None
    oauth: OAuth | None = None
    needs_id: bool = False
    switch_on: tuple[SwitchOn, ...] = ()

    @property
    def logins(self) -> tuple[Login, ...]:
        """The preferred service of each side, then the others."""
        return (self.incoming, *((self.outgoing,) if self.outgoing is not None else ()), *self.others)

    @property
    def only_oauth(self) -> bool:
        """True when no password is taken."""
        return self.incoming.auth is Auth.OAUTH2

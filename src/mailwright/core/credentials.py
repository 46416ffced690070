"""Who signs in, and with what."""

from __future__ import annotations

from dataclasses import dataclass

from mailwright.core.address import EmailAddress
from mailwright.core.secret import Secret


@dataclass(frozen=True, slots=True)
class Credentials:
    """An address with its secret. `username` overrides what the settings say; `token`: an OAuth 2.0 access token."""

    address: EmailAddress
    secret: Secret
    token: bool = False
    username: str | None = None

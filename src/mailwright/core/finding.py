"""Judgements: what is wrong, how bad, who can fix it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from mailwright.core.problem import Param

if TYPE_CHECKING:
    from mailwright.core.address import EmailAddress
    from mailwright.core.candidate import Service
    from mailwright.core.endpoint import Protocol


class Severity(StrEnum):
    """`UNKNOWN`: we could not tell, which is not the same as broken."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    UNKNOWN = "unknown"


class Fixer(StrEnum):
    """Who can fix it."""

    YOU = "you"
    PROVIDER = "provider"
    NETWORK = "network"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Finding:
    """`id` is the key of its rule, texts, page and tests. `proof`: the steps it rests on."""

    id: str
    severity: Severity
    who: Fixer
    params: tuple[tuple[str, Param], ...] = ()
    protocol: Protocol | None = None
    proof: tuple[str, ...] = ()

    def param(self, key: str) -> Param | None:
        """The parameter named `key`, or None."""
        return next((value for name, value in self.params if name == key), None)


@dataclass(frozen=True, slots=True)
class Verified:
    """A service that worked and the user name it accepted."""

    service: Service
    username: str
    mechanism: str


@dataclass(frozen=True, slots=True)
class Account:
    """An address with the services and user names that were verified."""

    address: EmailAddress
    incoming: Verified
    outgoing: Verified

"""Who stands between a journey and the people at a page: events as they come, and a secret that is spent once."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from mailwright.core import (
    Candidate,
    Credentials,
    Discovery,
    Outcome,
    Probe,
    Problem,
    Secret,
    Service,
    ServiceEvidence,
    SourceAnswer,
    Wanted,
    expand,
    registrable_domain,
)
from mailwright.web.limits import SET_ASIDE

if TYPE_CHECKING:
    from mailwright.web.jobs import Ask
    from mailwright.web.limits import SignIns


@dataclass(frozen=True, slots=True)
class Probed:
    """A service was looked at."""

    service: Service
    probe: Probe


@dataclass(frozen=True, slots=True)
class Looking:
    """We look further."""

    wanted: tuple[Wanted, ...]


Event: TypeAlias = SourceAnswer | Discovery | Probed | ServiceEvidence | Looking


class WebFace:
    """An Examiner that answers by what came with the request. `problem`: why the secret was not spent."""

    def __init__(self, tell: Callable[[Event], None], ask: Ask, secret: Secret | None, sign_ins: SignIns) -> None:
        self._tell, self._ask, self._secret, self._sign_ins = tell, ask, secret, sign_ins
        self._names: tuple[str, ...] = ()
        self._refused = 0
        self.problem: Problem | None = None

    def answered(self, answer: SourceAnswer) -> None:
        """A source of settings has answered."""
        self._tell(answer)

    def settings(self, discovery: Discovery) -> None:
        """The search is over."""
        self._tell(discovery)

    def probed(self, service: Service, probe: Probe) -> None:
        """A service was looked at."""
        self._tell(Probed(service, probe))

    def seen(self, evidence: ServiceEvidence) -> None:
        """A service has greeted us, or is done."""
        self._refused += sum(tried.outcome is not Outcome.OK for tried in evidence.logins)
        self._tell(evidence)

    def looking(self, wanted: tuple[Wanted, ...]) -> None:
        """We look further."""
        self._tell(Looking(wanted))

    async def confirm(self, services: tuple[Service, ...]) -> bool:
        """Yes, if the person ticked each of these hosts."""
        return {service.endpoint.value.host for service in services} <= self._ask.confirmed

    async def credentials(self, candidate: Candidate) -> Credentials | None:
        """The secret; None when there is none, or when the mailbox was tried too often."""
        secret, self._secret = self._secret, None
        if secret is None:
            return None
        names = _names(candidate, self._ask)
        wait = self._sign_ins.begin(names)
        if wait > 0:
            self.problem = Problem("web.sign_ins", minutes=max(1, round(wait / 60)))
            return None
        self._names = names
        return Credentials(self._ask.address, secret, username=self._ask.username)

    def close(self, *, whole: bool) -> None:
        """It is over: what was refused counts. Not `whole`: it was cut off, and nobody saw how the attempts ended."""
        self._secret = None
        if self._names:
            self._sign_ins.end(self._names, self._refused if whole else SET_ASIDE)
            self._names = ()


def _names(candidate: Candidate, ask: Ask) -> tuple[str, ...]:
    """By all of these a mailbox is known: a stranger's domain may lead to it under a user name of its own choice."""
    names = [f"{_folded(ask.address.local)}@{ask.address.domain}"]
    for service in candidate.services:
        host = service.endpoint.value.host
        user = ask.username or expand(service.username.value, ask.address)
        names.append(f"{_folded(user)} {registrable_domain(host) or host}")
    return tuple(dict.fromkeys(names))


def _folded(user: str) -> str:
    """One for all spellings that servers take for the same mailbox: a domain before or behind, dots, tags."""
    name = unicodedata.normalize("NFKC", user).casefold().strip()
    bare = name.rpartition("\\")[2].partition("@")[0].partition("+")[0].replace(".", "").strip()
    return bare or name

"""One cause of the model: what speaks for it and against it, who can mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailwright.core import Fixer, Severity

BASE_PARAMS = ("host", "port", "username", "reply", "provider", "typed", "meant")
"""What every cause is told with; "" where it is not known."""
OWN_REPLY = 28.0
"""A server that says so, in words known from that server."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A cause. Weights and `prior` are decibans: 10 × log10 of a likelihood ratio.

    5 is a hint, 10 speaks for it (ten to one), 20 is strong, 25 and more the thing itself. `supports`
    and `against` are added, times the strength of the sign; a sign in `excludes` rules the cause out.
    `needs`: one of these must have been seen for the cause to be shown; empty: any that supports it.
    `reply`: weight of a server's words that mean this cause; `sister`: of such words from the other
    protocol, for causes that lie in the account. `published`: who can mend it where the settings came
    from the provider and not from the person. `whole`: the same for every protocol, told once.
    `usual`: a cause people think of first, so that its exclusion is worth telling. `decided_by`: looks
    (LookKind values) or questions ("ask.…") that tell it from its neighbours.
    """

    id: str
    who: Fixer
    severity: Severity
    supports: Mapping[str, float] = field(default_factory=dict)
    against: Mapping[str, float] = field(default_factory=dict)
    prior: float = 0.0
    excludes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    decided_by: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    published: Fixer | None = None
    reply: float = OWN_REPLY
    sister: float = 0.0
    whole: bool = False
    usual: bool = False

    def weight(self, sign: str) -> float:
        """What the sign adds to the score at full strength; 0 for one that does not matter here."""
        if sign == f"reply.{self.id}":
            return self.reply
        if sign == f"sister.{self.id}":
            return self.sister
        return self.supports.get(sign, 0.0) - self.against.get(sign, 0.0)

    def counts(self, sign: str) -> bool:
        """True for a sign that lets the cause be shown."""
        own = (f"reply.{self.id}", f"sister.{self.id}")
        return (sign in own and self.weight(sign) > 0) or sign in (self.needs or self.supports)

    @property
    def all_params(self) -> tuple[str, ...]:
        """The names of all parameters it is told with."""
        return (*BASE_PARAMS, *self.params)

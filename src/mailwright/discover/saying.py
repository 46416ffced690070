"""Who says so, over what, and how far each host it names can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailwright.core import Channel, Provenance, Source, Trust

if TYPE_CHECKING:
    from mailwright.discover.query import Query


@dataclass(frozen=True, slots=True)
class Saying:
    """A source's word. `own`: the domain itself said it over a channel nobody else can write to.

    Then it may name any host; else a host must lie in the domain or stand in the book.
    """

    query: Query
    source: Source
    where: str
    channel: Channel
    own: bool = False

    def of(self, host: str) -> Provenance:
        """The provenance of what is said about a host."""
        return Provenance(self.source, self.where, self.channel, self._trust(host))

    def _trust(self, host: str) -> Trust:
        if self.channel is Channel.HTTP:
            return Trust.LOW
        return Trust.TRUSTED if self.own or self.query.vouched(host) else Trust.CONFIRM


def over_dns(*, signed: bool) -> Channel:
    """The channel of a DNS answer."""
    return Channel.DNSSEC if signed else Channel.DNS

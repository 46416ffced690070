"""The domain's own autoconfig file, over HTTPS (draft-ietf-mailmaint-autoconfig-06)."""

from __future__ import annotations

from urllib.parse import quote

from mailwright.core import Source, SourceAnswer
from mailwright.discover import fetch
from mailwright.discover.query import Query

SOURCE = Source.AUTOCONFIG
PATH = "/mail/config-v1.1.xml"


async def ask(query: Query) -> SourceAnswer:
    """Both places at once, the autoconfig host ranks higher."""
    return await fetch.first(query, SOURCE, urls(query), own=True)


def urls(query: Query) -> list[str]:
    """Where the file can be."""
    hosts = [*query.below("autoconfig"), f"{query.domain}/.well-known/autoconfig"]
    return [f"https://{host}{PATH}{address(query)}" for host in hosts]


def address(query: Query) -> str:
    """The query of the URL: empty unless the person allowed to send the address."""
    # Some servers answer with the user name as it was encoded here: the dots must stay dots.
    return f"?emailaddress={quote(query.address.wire, safe='.')}" if query.options.send_address else ""

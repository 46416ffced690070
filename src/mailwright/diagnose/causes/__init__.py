"""The cause model: one literal table per family, one entry per cause.

`entry(id)` gives who can mend a cause, how bad it is and what speaks for it; `TABLE` is all of them in
their order. Nothing here looks at anything: the signs are read in `signs`, the scores added in `weighing`.
"""

from __future__ import annotations

from mailwright.diagnose.causes import encryption, network, servers, settings, signing_in
from mailwright.diagnose.causes.entry import BASE_PARAMS, Entry

TABLE: tuple[Entry, ...] = (
    *settings.TYPED,
    *settings.PROTOCOL,
    *settings.PUBLISHED,
    *network.NAMES,
    *network.WAYS,
    *encryption.CERTIFICATES,
    *encryption.HANDSHAKES,
    *signing_in.SECRETS,
    *signing_in.ACCOUNTS,
    *signing_in.CLIENTS,
    *servers.LIMITS,
    *servers.SERVERS,
    *servers.POLICIES,
)
_BY_ID = {entry.id: entry for entry in TABLE}


def entry(id: str) -> Entry:
    """The entry of a cause. Raises KeyError for an id that is none."""
    return _BY_ID[id]


def known(id: str) -> bool:
    """True when there is such a cause."""
    return id in _BY_ID


__all__ = ["BASE_PARAMS", "TABLE", "Entry", "entry", "known"]

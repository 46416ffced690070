"""What words alone can mean, as causes: who can mend them, how bad they are, and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mailwright.core import Cause, Meaning, Param, Protocol
from mailwright.diagnose import causes, wants

if TYPE_CHECKING:
    from mailwright import book
    from mailwright.core import Candidate

_LACKING = {"authcode": "auth.authcode", "app_password": "auth.app_password", "oauth": "auth.oauth_only"}


def explain(
    meaning: Meaning,
    *,
    protocol: Protocol | None = None,
    provider: book.Provider | None = None,
    host: str = "",
    text: str = "",
) -> tuple[Cause, ...]:
    """The causes a text can mean, best first. `text`: itself, with nothing secret left in it; `host`: who said it.

    Each has all parameters of its entry, "" where they are not known, and what was read out of the text.
    """
    known: dict[str, Param] = {"reply": text, "host": host, "provider": provider.id if provider is not None else ""}
    known |= dict(meaning.params)
    return tuple(_cause(causes.entry(id), share, known, protocol) for id, share in meaning.causes if causes.known(id))


def _cause(entry: causes.Entry, share: float, known: Mapping[str, Param], protocol: Protocol | None) -> Cause:
    params: dict[str, Param] = {**dict.fromkeys(entry.all_params, ""), **known}
    return Cause(entry.id, entry.who, entry.severity, share, protocol, tuple(params.items()))


def bare_refusal(candidate: Candidate | None) -> str:
    """The cause a refusal without a reason mostly has at a provider, "" where the password itself is wanted."""
    secret = wants.of(candidate)
    if secret is None or secret.when != "always":
        return ""
    return _LACKING.get(wants.KINDS.get(secret.kind, ""), "")

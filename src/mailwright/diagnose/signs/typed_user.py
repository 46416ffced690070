"""The user name as typed, beside the form the server wants."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from mailwright.core import EmailAddress, Reason, ServiceEvidence, Sign, expand
from mailwright.diagnose import spelling
from mailwright.diagnose.case import Case
from mailwright.diagnose.signs.flaws import flaws, mended
from mailwright.diagnose.signs.logins import refused
from mailwright.diagnose.signs.making import sign


def read(case: Case) -> Iterator[Sign]:
    """A flaw counts where a sign-in was refused, or could not even be tried with it, and for the whole."""
    raw = case.examination.typed.username
    if raw is None or not (case.seen is None or refused(case.seen) or _unspeakable(case.seen, raw)):
        return
    meant = mended(raw)
    for flaw in flaws(raw):
        yield sign(case, f"typed.user.{flaw}", typed=raw, meant=meant)
    address = case.examination.address
    if not meant:
        yield sign(case, "typed.user.empty", typed=raw, meant=str(address or ""))
    elif address is not None and case.seen is not None:
        yield from _form(case, address, meant)


def _unspeakable(seen: ServiceEvidence, name: str) -> bool:
    """True where no way to sign in was left, and the name holds what none of them can send."""
    return seen.reason is Reason.NO_MECHANISM and any(unicodedata.category(c) == "Cc" for c in name)


def _form(case: Case, address: EmailAddress, name: str) -> Iterator[Sign]:
    """With or without the domain, cut, or of another mailbox."""
    assert case.seen is not None
    template = case.seen.service.username.value
    wanted = expand(template, address) if "%" in template else ""
    if name.lower() in (wanted.lower(), address.wire.lower(), str(address).lower()) and not _surplus(wanted, name):
        return
    if "@" not in name:
        yield from _bare(case, address, name, wanted)
        return
    if _surplus(wanted, name):
        yield sign(case, "typed.user.surplus_domain", typed=name, meant=wanted)
        return
    local, _, domain = name.rpartition("@")
    if domain.lower() in (address.domain, address.unicode_domain):
        cut = address.local.lower().startswith(local.lower()) and local
        yield sign(case, "typed.user.cut" if cut else "typed.user.other_domain", typed=name, meant=address.wire)
    elif spelling.distance(domain.lower(), address.domain) <= 2:
        yield sign(case, "typed.user.near_domain", typed=name, meant=address.wire)
    else:
        yield sign(case, "typed.user.other_domain", typed=name, meant=wanted or address.wire)


def _bare(case: Case, address: EmailAddress, name: str, wanted: str) -> Iterator[Sign]:
    own = name.lower() == address.local.lower()
    if wanted and "@" not in wanted:
        return
    if own or not wanted:
        yield sign(case, "typed.user.no_domain", 1.0 if wanted else 0.7, typed=name, meant=wanted or address.wire)
    elif address.local.lower().startswith(name.lower()):
        yield sign(case, "typed.user.cut", typed=name, meant=wanted)
    else:
        yield sign(case, "typed.user.no_domain", 0.8, typed=name, meant=wanted)


def _surplus(wanted: str, name: str) -> bool:
    return bool(wanted) and "@" not in wanted and "@" in name

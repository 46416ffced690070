"""What can be seen in an examination, in a fixed vocabulary: pure readers, one file a subject.

A sign is a fact in a few words. The first word says where it was seen:

    typed.host.*  typed.user.*  typed.port.*  typed.security.*  typed.domain.*   what the person typed
    shape.*         of the secret, without saying it: exact, special (as the provider makes them), ordinary, …
    provider.*      what the book knows: wants.app_password|authcode|oauth, off, off_admin, only_token, closed
    domain.* settings.*          what the search for settings told
    dns.* names.*   look-ups; names.second_answers, .second_agrees, .differ, .private, .denied, .invented;
                    .proved, .unproved: the certificate at the address that another resolver gives
    tcp.* addresses.* reason.*   how connecting ended; addresses.ipv6_broken, .instant_no, .all_refused
    bytes.*         what the port said first, beside what was expected: plain, tls, right, hello, http, other_mail, …
    cert.* issuer.* chain.* clock.*   certificates; chain.completed, .sent_elsewhere, clock.explains, issuer.interceptor
    tls.* alert.* handshake.* ladder.* small.*   handshakes; alert.version, ladder.weak_suite
    port.* path.* portal.* blocklist.* owner.*   further looks
    cap.*           what the server offers: disabled, only_tokens, disabled_over_tls
    login.* tried.* helped.*     sign-ins: refused, temporary, same_elsewhere, token, worked; repairs
    greeting.* select.* look.* sender.*   a no elsewhere
    code.* status.*              response codes (RFC 5530 §3) and three digits (RFC 4954 §6)
    reply.CAUSE sister.CAUSE     what the words mean, here and at the other protocol; strength = share
    reply.known reply.address    the words are known; an address in them
    seen.*          how far it went well: connected, tls, verified, greeted
    time.*          slow, penalty
    home.* host.* together.*     a program on this machine; a host the book knows; the same at every server
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mailwright.core import Sign
from mailwright.diagnose.case import Case
from mailwright.diagnose.signs import (
    address_lists,
    beside,
    certificates,
    connecting,
    first_bytes,
    handshakes,
    logins,
    names,
    progress,
    provider,
    refusals,
    replies,
    search,
    secret,
    typed_host,
    typed_port,
    typed_user,
)

Reader = Callable[[Case], Iterator[Sign]]
READERS: tuple[Reader, ...] = (
    search.read,
    typed_host.read,
    typed_user.read,
    typed_port.read,
    secret.read,
    provider.read,
    names.read,
    connecting.read,
    first_bytes.read,
    certificates.read,
    handshakes.read,
    logins.read,
    refusals.read,
    replies.read,
    address_lists.read,
    beside.read,
    progress.read,
)


def read(case: Case) -> dict[str, Sign]:
    """All signs of a case by id; of several with one id the strongest."""
    found: dict[str, Sign] = {}
    for reader in READERS:
        for sign in reader(case):
            before = found.get(sign.id)
            if before is None or sign.strength > before.strength:
                found[sign.id] = sign
    return replies.explained(found)

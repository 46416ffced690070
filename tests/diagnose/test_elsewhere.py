"""What another server or another call shows of this one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailwright.core import Endpoint, LookKind, Outcome, Reason, Stage, TlsFacts
from tests.diagnose import situations
from tests.diagnose.examined import POP3, TLS, beside, examined, first, let_in, look, seen
from tests.diagnose.situations import FOUND, HERE, OUT, paper


def test_who_was_waited_for_is_no_firewall() -> None:
    """A no that comes at once may be the end of a wait that began earlier: another call shows it."""
    at_once = (situations.dialled("EHOSTUNREACH", 0.07),)
    waited = look(
        LookKind.ADDRESS, "192.0.2.1", Outcome.NO, took=3.07, host="imap.example.org", port=993, errno="EHOSTUNREACH"
    )
    assert first(situations.stopped(Reason.CONNECT_UNREACHABLE, steps=at_once)) == ["net.firewall"]
    assert first(situations.stopped(Reason.CONNECT_UNREACHABLE, steps=at_once, looks=(waited,))) == ["net.unreachable"]
    again = replace(waited, took=0.01)
    assert first(situations.stopped(Reason.CONNECT_UNREACHABLE, steps=at_once, looks=(again,))) == ["net.firewall"]


@pytest.mark.parametrize(
    ("verified", "issuer", "id"),
    [
        (True, "CN=R11,O=Let's Encrypt,C=US", "tls.intermediate"),
        (False, "CN=R11,O=Let's Encrypt,C=US", "tls.unknown_ca"),
        (True, "CN=R12,O=Let's Encrypt,C=US", "tls.unknown_ca"),
    ],
)
def test_what_another_server_sends_is_missing_here(issuer: str, id: str, *, verified: bool) -> None:
    """A certificate that a proved server sends, and that signed this one's, is no unknown authority."""
    chain = (paper(issuer, subject="CN=pop.example.org"), paper("CN=Root", subject=issuer))
    facts = TlsFacts("TLSv1.3", verified=verified, chain=chain)
    nothing = beside(HERE, LookKind.CHAIN, completed=False, aia="")
    pop = Endpoint(POP3, "imap.example.org", 995, TLS)
    asked = look(LookKind.PORT, str(pop), endpoint=pop, tls=facts)
    assert first(situations.bad(20, paper(), looks=(nothing, asked)))[0] == id
    here = seen(HERE, Reason.TLS_CERTIFICATE, Stage.TLS, tls=TlsFacts(verify_code=20, chain=(paper(),)))
    sent = replace(let_in(OUT), tls=facts)
    assert first(examined(here, sent, found=FOUND, looks=(nothing,)))[0] == id

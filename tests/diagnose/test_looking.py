"""Only looks that can still tell the leading causes apart are wanted, the most telling first, none of them twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailwright import diagnose
from mailwright.core import DomainFacts, Examination, Look, LookKind, Outcome, Reason, Stage, TlsFacts, Trace, Wanted
from tests.diagnose import cases, situations
from tests.diagnose.examined import examined, judged, let_in, look, refused, seen, step
from tests.diagnose.situations import FOUND, HERE, OUT, bad, login, shaken, speaking, stopped

K = LookKind


def wanted(examination: Examination) -> list[Wanted]:
    return list(diagnose.wanted(examination, judged(examination)))


def kinds(examination: Examination) -> list[LookKind]:
    return [one.kind for one in wanted(examination)]


WHENEVER = [
    # what was seen, looks that must be wanted, looks that must not
    (stopped(Reason.DNS_NXDOMAIN, Stage.RESOLVE), {K.NAMES}, {K.ADDRESS, K.BYTES, K.LADDER, K.PORT}),
    (stopped(Reason.DNS_SERVFAIL, Stage.RESOLVE), {K.NAMES}, {K.ADDRESS, K.BYTES}),
    (stopped(Reason.CONNECT_REFUSED), {K.ADDRESS, K.PORT}, {K.BYTES, K.LADDER, K.CHAIN}),
    (stopped(Reason.CONNECT_TIMEOUT), {K.ADDRESS, K.PORT, K.NAMES}, {K.BYTES, K.LADDER}),
    (stopped(Reason.CONNECT_RESET, Stage.TLS), {K.BYTES}, {K.CHAIN, K.CLOCK}),
    (stopped(Reason.TLS_NOT_SPOKEN, Stage.TLS), {K.BYTES, K.PORT}, {K.CHAIN, K.CLOCK, K.LADDER}),
    (stopped(Reason.NOT_THE_PROTOCOL, Stage.GREETING), {K.BYTES}, {K.CHAIN, K.LADDER}),
    (stopped(Reason.READ_TIMEOUT, Stage.TLS), {K.BYTES, K.SMALL}, {K.CHAIN, K.CLOCK}),
    (stopped(Reason.READ_TIMEOUT, Stage.GREETING), {K.BYTES, K.PORT}, {K.CHAIN, K.SMALL}),
    (stopped(Reason.TLS_HANDSHAKE, Stage.TLS, tls=TlsFacts(alert="")), {K.LADDER, K.BYTES}, {K.CHAIN, K.PORT}),
    (bad(20), {K.CHAIN}, {K.LADDER, K.PORT, K.CLOCK}),
    (bad(21), {K.CHAIN}, {K.LADDER, K.PORT, K.CLOCK}),
    (bad(9), {K.CLOCK}, {K.LADDER, K.PORT, K.BYTES}),
    (bad(10), {K.CLOCK}, {K.LADDER, K.PORT, K.BYTES}),
    (speaking("http"), {K.PORTAL}, {K.PORT, K.LADDER}),
    (login(), set(), set(K)),
    (login("535 5.7.8 no"), set(), set(K)),
    (situations.HEALTHY, set(), set(K)),
    (situations.REPAIRED, set(), set(K)),
    (stopped(Reason.PROXY_AUTH, Stage.PROXY), set(), set(K)),
    (stopped(Reason.PLAINTEXT, Stage.RESOLVE), set(), set(K)),
]


@pytest.mark.parametrize(("examination", "must", "must_not"), WHENEVER)
def test_what_is_looked_at(examination: Examination, must: set[LookKind], must_not: set[LookKind]) -> None:
    """Each failure asks for the looks that separate its causes, and for no others."""
    found = set(kinds(examination))
    assert must <= found
    assert not must_not & found


def test_a_blocked_address() -> None:
    """Block lists are asked only when a reply names a block and the address is known, and then about that address."""
    words = "554 5.7.1 Client host [198.51.100.7] blocked using zen.example"
    found = wanted(examined(let_in(HERE), refused(OUT, words, stage=Stage.GREETING), found=FOUND))
    assert {(one.kind, one.about) for one in found} == {(K.BLOCKLIST, "198.51.100.7"), (K.OWNER, "198.51.100.7")}
    connected = step("connect", address="198.51.100.7")
    its_own = replace(refused(OUT, words, stage=Stage.GREETING), trace=Trace("x", (connected,)))
    assert wanted(examined(let_in(HERE), its_own, found=FOUND)) == []
    no_address = "554 5.7.1 Client host blocked using zen.example"
    assert wanted(examined(let_in(HERE), refused(OUT, no_address, stage=Stage.GREETING), found=FOUND)) == []


NAMES = situations.names("8.8.4.4", "1.1.1.1")


@pytest.mark.parametrize(
    ("examination", "about"),
    [
        (bad(62), ""),
        (replace(bad(62), looks=NAMES), "8.8.4.4"),
        (replace(bad(18, situations.paper(own=True)), looks=NAMES), "8.8.4.4"),
        (replace(bad(62), looks=situations.names("2001:db8::1 8.8.4.4", "10.0.0.1")), "8.8.4.4"),
        (replace(bad(62), looks=situations.names("8.8.4.4", "8.8.4.4")), ""),
        (replace(bad(10), looks=NAMES), ""),
        (replace(stopped(Reason.CONNECT_TIMEOUT), looks=NAMES), ""),
    ],
)
def test_another_address_of_the_name(examination: Examination, about: str) -> None:
    """Where resolvers differ and the certificate is not the server's, the other address is asked for its own."""
    found = [one for one in wanted(examination) if one.kind is K.PROOF]
    assert found == ([Wanted(K.PROOF, HERE.endpoint.value, about)] if about else [])


def test_a_domain_without_mail_servers() -> None:
    """Whether it has an address instead is asked of the domain itself, once."""
    bare = examined(domain=DomainFacts(exists=True))
    assert wanted(bare) == [Wanted(K.NAMES, None, "example.org")]
    answered = look(K.NAMES, "example.org", resolver="system", a="nodata", aaaa="nodata")
    assert wanted(replace(bare, looks=(answered,))) == []


def taken(one: Wanted) -> Look:
    """The look, without any result."""
    subject = str(one.endpoint) if one.endpoint is not None else one.about or "x"
    if one.kind is K.NAMES and one.endpoint is not None:
        return Look(one.kind, one.endpoint.host, Outcome.TIMEOUT)
    if one.kind is K.ADDRESS and one.endpoint is not None:
        return Look(one.kind, "192.0.2.1", Outcome.TIMEOUT, facts=(("host", one.endpoint.host),))
    return Look(one.kind, subject, Outcome.TIMEOUT, one.endpoint)


@pytest.mark.parametrize("id", list(cases.ALL))
def test_it_comes_to_an_end(id: str) -> None:
    """Nothing is wanted twice: after a few rounds there is nothing left to look at."""
    for examination in cases.ALL[id]:
        looks = examination.looks
        for _ in range(4):
            more = wanted(replace(examination, looks=looks))
            assert not {(one.kind, one.subject) for one in looks} & {(one.kind, str(one.endpoint)) for one in more}
            assert len(more) <= 12
            looks = (*looks, *map(taken, more))
        assert wanted(replace(examination, looks=looks)) == []


def test_the_most_telling_first() -> None:
    """What separates causes that are level comes before what could only surprise."""
    first_look = wanted(bad(9))[0]
    assert first_look == Wanted(K.CLOCK)
    assert wanted(stopped(Reason.TLS_NOT_SPOKEN, Stage.TLS))[0].kind is K.BYTES


def test_two_servers_two_looks() -> None:
    """Each failing server is looked at, what is not about a server once."""
    tls = TlsFacts(verify_code=9, chain=(situations.paper(),))
    both = examined(*(seen(where, Reason.TLS_CERTIFICATE, Stage.TLS, tls=tls) for where in (HERE, OUT)), found=FOUND)
    assert kinds(both) == [K.CLOCK]
    both = examined(*(seen(where, Reason.TLS_NOT_SPOKEN, Stage.TLS) for where in (HERE, OUT)), found=FOUND)
    assert {one.endpoint for one in wanted(both) if one.kind is K.BYTES} == {HERE.endpoint.value, OUT.endpoint.value}


def test_another_service_may_send_what_is_missing() -> None:
    """Where nothing closes a chain, the other services of the host are asked once."""
    here = HERE.endpoint.value
    open_ = bad(20, situations.LEAF, looks=(look(K.CHAIN, str(here), endpoint=here, completed=False, aia=""),))
    assert Wanted(K.PORT, here, "services") in wanted(open_)
    assert K.PORT not in kinds(replace(open_, looks=(*open_.looks, taken(Wanted(K.PORT, here)))))


def test_a_look_that_settles_it() -> None:
    """The looks change the judgement, and then no more are wanted for it."""
    asked = shaken("SSLV3_ALERT_HANDSHAKE_FAILURE")
    assert K.LADDER in kinds(asked)
    told = shaken("SSLV3_ALERT_HANDSHAKE_FAILURE", "seclevel0")
    assert judged(told)[0].causes[0].id == "tls.cipher"
    assert K.LADDER not in kinds(told)

"""Looks at the real servers of the lab: Dovecot and Postfix, by name and port."""

from __future__ import annotations

import pytest

from mailwright import lab as room
from mailwright import verify, wire
from mailwright.core import Candidate, Endpoint, Look, LookKind, Outcome, Protocol, Security, Source, Wanted
from mailwright.verify.run import MOST_REFUSALS
from tests.verify import at

ENDPOINTS = [
    ("anna@auto.test", "imap", "tls", "server_hello"),
    ("anna@auto.test", "smtp", "tls", "server_hello"),
    ("anna@starttls.test", "imap", "plain", "plain"),
    ("anna@starttls.test", "smtp", "plain", "plain"),
]


def place(lab: room.Lab, address: str, protocol: str) -> Endpoint:
    """Where the account's service is."""
    row = next(e for e in lab.account(address).expect if e.service == protocol)
    return Endpoint(Protocol(protocol), row.host, row.port, Security(row.security))


async def looked(lab: room.Lab, here: Endpoint, kind: LookKind) -> tuple[Look, ...]:
    async with wire.World(at.settings(lab)) as world:
        return await verify.looks([Wanted(kind, here)], world, endpoints=[here])


@pytest.mark.parametrize(("address", "protocol", "how", "hello"), ENDPOINTS)
async def test_first_bytes(lab: room.Lab, address: str, protocol: str, how: str, hello: str) -> None:
    """Real servers are told by their greeting, or by their TLS; nothing is logged as an attempt to sign in."""
    log = at.Log(lab)
    (look,) = await looked(lab, place(lab, address, protocol), LookKind.BYTES)
    assert look.fact("speaks") == ("tls" if how == "tls" else protocol)
    assert look.fact("hello") == hello
    assert bool(look.fact("banner")) is (how == "plain")
    assert not log.refused()


@pytest.mark.parametrize(("address", "protocol", "how", "hello"), ENDPOINTS)
async def test_handshakes(lab: room.Lab, address: str, protocol: str, how: str, hello: str) -> None:
    """A good server of today: no old version, nothing loosened that is needed, a whole chain, small segments too."""
    del how, hello
    here = place(lab, address, protocol)
    rungs = {look.fact("with"): look.outcome for look in await looked(lab, here, LookKind.LADDER)}
    assert {name for name, outcome in rungs.items() if outcome is Outcome.OK} >= {"tls1.2_max", "legacy", "no_sni"}
    assert {rungs["tls1.0"], rungs["tls1.1"]} == {Outcome.FAILED}
    (chain,) = await looked(lab, here, LookKind.CHAIN)
    assert (chain.outcome, chain.fact("completed")) == (Outcome.OK, None)
    assert chain.tls is not None
    assert here.host in chain.tls.chain[0].names
    (small,) = await looked(lab, here, LookKind.SMALL)
    assert small.outcome is Outcome.OK


@pytest.mark.parametrize(("typed", "security", "works"), [(143, "tls", "993 tls"), (465, "starttls", "465 tls")])
async def test_another_port_works(lab: room.Lab, typed: int, security: str, works: str) -> None:
    """Where the port or the mode was mistaken, the right pair is found."""
    protocol = "imap" if typed == 143 else "smtp"
    here = Endpoint(Protocol(protocol), place(lab, "anna@auto.test", protocol).host, typed, Security(security))
    looks = await looked(lab, here, LookKind.PORT)
    good = [look.endpoint for look in looks if look.outcome is Outcome.OK]
    assert works in {f"{found.port} {found.security.value}" for found in good if found is not None}


async def test_names_and_addresses(lab: room.Lab) -> None:
    """Names come from the lab's own resolver, and each address connects."""
    here = place(lab, "anna@auto.test", "imap")
    (names,) = await looked(lab, here, LookKind.NAMES)
    assert (names.outcome, names.fact("a")) == (Outcome.OK, "ok")
    looks = await looked(lab, here, LookKind.ADDRESS)
    assert [look.subject for look in looks] == str(names.fact("addresses")).split()
    assert {look.outcome for look in looks} == {Outcome.OK}


@pytest.mark.parametrize("incoming", ["imap", "pop3"])
async def test_what_was_typed_can_be_tried(lab: room.Lab, incoming: str) -> None:
    """Settings that a person typed are a candidate like any other; two refusals are the most they cost."""
    account = lab.account("anna@auto.test")
    typed = at.candidate(account, source=Source.USER)
    assert isinstance(typed, Candidate)
    evidence = await at.signed_in(lab, typed, at.credentials(account), incoming)
    assert [seen.works for seen in evidence.services] == [True, True]
    log = at.Log(lab)
    evidence = await at.signed_in(lab, typed, at.credentials(account, "wrong "), incoming)
    assert not any(seen.works for seen in evidence.services)
    assert sum(len(seen.logins) for seen in evidence.services) == MOST_REFUSALS
    assert at.settled(lambda: log.refused().total(), 2) == 2

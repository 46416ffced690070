"""Every domain of the lab is found in its way, with what it expects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mailwright import discover, wire
from mailwright.core import Discovery, EmailAddress, Protocol, Source, Told, Trust, expand
from mailwright.lab import plan
from tests.discover.scripted import SHELF

if TYPE_CHECKING:
    from mailwright.lab import Lab

SOURCES = {"wellknown": "autoconfig"}


def settings(lab: Lab) -> wire.Settings:
    return wire.Settings(
        resolvers=(wire.Resolver.parse(lab.resolver),),
        trust_ad=True,
        ca_file=lab.ca,
        reroutes=tuple(wire.Reroute.parse(rule) for rule in lab.connect_to),
    )


async def find(lab: Lab, address: str) -> Discovery:
    options = discover.Options(isp_database=lab.ispdb)
    async with wire.World(settings(lab)) as world:
        return await discover.find(EmailAddress.parse(address), world, SHELF, options=options)


@pytest.mark.parametrize("account", plan.ACCOUNTS, ids=lambda account: account.address)
async def test_each_domain_is_found_its_own_way(lab: Lab, account: plan.Account) -> None:
    """The best service per protocol is the one the lab expects, from the source it was published in."""
    result = await find(lab, account.address)
    if not account.expect:
        assert result.candidate is None
        return
    assert result.candidate is not None
    for expected in account.expect:
        best = result.candidate.best(Protocol(expected.service))
        assert best is not None
        where = best.endpoint.value
        user = expand(best.username.value, result.address)
        if expected.host == "a.srv.test":
            assert where.host in ("a.srv.test", "b.srv.test")
        else:
            assert where.host == expected.host
        assert (where.port, where.security, user) == (expected.port, expected.security, expected.username)
        assert best.endpoint.provenance.source == SOURCES.get(account.how, account.how)


@pytest.mark.parametrize(
    ("address", "trust"),
    [
        ("anna@auto.test", Trust.TRUSTED),
        ("anna@http.test", Trust.LOW),
        ("anna@srv.test", Trust.TRUSTED),
        ("anna@srvout.test", Trust.CONFIRM),
        ("anna@hosted.test", Trust.CONFIRM),
        ("anna@signed.test", Trust.TRUSTED),
        ("anna@guess.test", Trust.TRUSTED),
    ],
)
async def test_how_far_each_way_is_trusted(lab: Lab, address: str, trust: Trust) -> None:
    """Trust follows the way a host was found."""
    result = await find(lab, address)
    assert result.candidate is not None
    assert {service.trust for service in result.candidate.services} == {trust}


@pytest.mark.parametrize(
    ("address", "source", "told"),
    [
        ("anna@paccbad.test", Source.PACC, Told.STOPPED),
        ("anna@bogus.test", Source.SRV, Told.UNKNOWN),
        ("anna@nothing.test", Source.GUESS, Told.NOTHING),
        ("anna@nullmx.test", Source.GUESS, Told.NOTHING),
    ],
)
async def test_why_nothing_was_found(lab: Lab, address: str, source: Source, told: Told) -> None:
    """A wrong digest, broken signatures, no mail servers and a null MX are told apart."""
    result = await find(lab, address)
    assert next(answer.told for answer in result.answers if answer.source is source) is told
    assert result.domain.null_mx == (address == "anna@nullmx.test")


async def test_signed_records_say_so(lab: Lab) -> None:
    """Through a validating resolver the channel of signed records is DNSSEC."""
    result = await find(lab, "anna@signed.test")
    assert result.candidate is not None
    assert {service.endpoint.provenance.channel.value for service in result.candidate.services} == {"dnssec"}


async def test_the_issuer_comes_along(lab: Lab) -> None:
    """A domain that wants OAuth 2.0 names its issuer."""
    result = await find(lab, "anna@oauth.test")
    assert result.candidate is not None
    assert result.candidate.oauth is not None
    assert result.candidate.oauth.value.issuer == plan.ISSUER

"""SRV records: order, chance, and what is not offered."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.core import Channel, DnsStatus, Reason, Security, Srv, Told
from mailwright.discover.sources import srv
from tests.discover.scripted import broken, hosts, query, world

IMAPS, POP3S, SUBMISSION = (f"SRV {name}._tcp.example.org" for name in ("_imaps", "_pop3s", "_submission"))


def test_priority_before_weight() -> None:
    """A lower priority always comes first, whatever the weights say (RFC 2782)."""
    records = [Srv(20, 900, 993, "b."), Srv(10, 0, 993, "a."), Srv(10, 0, 993, "c.")]
    for seed in range(50):
        targets = [r.target for r in srv.ordered(records, random.Random(seed))]
        assert targets[2] == "b."


def test_weights_are_chances() -> None:
    """Over many draws the first place follows the weights, zero being small but not never."""
    records = [Srv(0, 60, 993, "a."), Srv(0, 40, 993, "b."), Srv(0, 0, 993, "c.")]
    chance = random.Random(7)
    firsts = Counter(srv.ordered(records, chance)[0].target for _ in range(5000))
    assert 0.55 < firsts["a."] / 5000 < 0.65
    assert 0.35 < firsts["b."] / 5000 < 0.45
    assert 0 < firsts["c."] < 150


@given(
    st.lists(st.builds(Srv, st.integers(0, 3), st.integers(0, 9), st.just(993), st.sampled_from("abcd")), max_size=8),
    st.integers(),
)
def test_ordering_loses_nothing(records: list[Srv], seed: int) -> None:
    """The order is a permutation, sorted by priority, and the same for the same seed."""
    result = srv.ordered(records, random.Random(seed))
    assert Counter(result) == Counter(records)
    assert [r.priority for r in result] == sorted(r.priority for r in records)
    assert result == srv.ordered(records, random.Random(seed))


async def test_what_is_offered() -> None:
    """Implicit TLS before STARTTLS, reading before sending, "." is no offer, nothing is said of signing in."""
    made = world(
        {
            IMAPS: [Srv(5, 1, 993, "i.example.org")],
            "SRV _imap._tcp.example.org": [Srv(1, 1, 143, "i.example.org")],
            POP3S: [Srv(0, 0, 0, ".")],
            SUBMISSION: [Srv(0, 1, 587, "s.example.org")],
            "SRV _submissions._tcp.example.org": [Srv(9, 1, 465, "s.example.org")],
        }
    )
    answer = await srv.ask(query(made))
    assert hosts(answer.candidate) == [
        "imap i.example.org:993",
        "imap i.example.org:143",
        "smtp s.example.org:465",
        "smtp s.example.org:587",
    ]
    assert answer.candidate is not None
    first = answer.candidate.services[0]
    assert (first.username.value, first.auth.value) == ("", ())
    assert first.endpoint.provenance.channel is Channel.DNS


async def test_submission_on_465_means_implicit_tls() -> None:
    """`_submission` with port 465 is a widespread mistake: STARTTLS is never spoken there."""
    answer = await srv.ask(query(world({SUBMISSION: [Srv(0, 1, 465, "s.example.org")]})))
    assert answer.candidate is not None
    assert answer.candidate.services[0].endpoint.value.security is Security.TLS


async def test_the_priorities_choose_between_imap_and_pop3() -> None:
    """A domain that prefers POP3 says so by its priorities (RFC 6186 §3.4)."""
    made = world({IMAPS: [Srv(20, 1, 993, "i.example.org")], POP3S: [Srv(10, 1, 995, "p.example.org")]})
    answer = await srv.ask(query(made))
    assert hosts(answer.candidate) == ["pop3 p.example.org:995", "imap i.example.org:993"]


@pytest.mark.parametrize(
    ("status", "told", "reason"),
    [
        (DnsStatus.NXDOMAIN, Told.NOTHING, Reason.DNS_NXDOMAIN),
        (DnsStatus.NODATA, Told.NOTHING, Reason.DNS_NODATA),
        (DnsStatus.SERVFAIL, Told.UNKNOWN, Reason.DNS_SERVFAIL),
        (DnsStatus.TIMEOUT, Told.UNKNOWN, Reason.DNS_TIMEOUT),
    ],
)
async def test_no_and_could_not_tell(status: DnsStatus, told: Told, reason: Reason) -> None:
    """A DNS that fails for one name makes the whole answer unknown, not "no"."""
    made = world()
    for _, name in [("SRV", f"{label}.example.org") for label, _, _ in srv.NAMES]:
        broken(made, f"SRV {name}", DnsStatus.NODATA if told is Told.UNKNOWN else status)
    broken(made, IMAPS, status)
    answer = await srv.ask(query(made))
    assert (answer.told, answer.reason) == (told, reason)


@pytest.mark.parametrize("target", ["1.2.3.4", "a b.example.org", "a\\013.example.org", "localhost"])
async def test_targets_that_are_no_host_names(target: str) -> None:
    """A target with blanks, escapes or a single label is no offer."""
    answer = await srv.ask(query(world({IMAPS: [Srv(0, 1, 993, target)]})))
    assert (answer.told is Told.FOUND) == (target == "1.2.3.4")

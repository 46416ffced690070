"""All at once, the highest rank wins, and nobody is waited for in vain."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from mailwright import discover, wire
from mailwright.core import Discovery, DnsStatus, EmailAddress, Mx, Reason, Source, SourceAnswer, Told
from mailwright.discover import Options, exchangers, registry, search
from mailwright.discover.query import Query
from tests.discover.scripted import ANNA, SHELF, World, both, broken, found, hosts, service, timed_out, usual, world

Script = dict[Source, tuple[float, SourceAnswer]]


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Callable[[Script], list[Source]]:
    """Replace the sources by a script of (seconds, answer); what it returns notes who was cut short."""

    def install(script: Script) -> list[Source]:
        cut: list[Source] = []

        def asker(source: Source, seconds: float, answer: SourceAnswer) -> registry.Ask:
            async def ask(query: Query) -> SourceAnswer:
                try:
                    await asyncio.sleep(seconds)
                except asyncio.CancelledError:
                    cut.append(source)
                    raise
                return answer

            return ask

        table = {source: asker(source, *row) for source, row in script.items()}
        monkeypatch.setattr(registry, "SOURCES", table)
        return cut

    return install


def nothing(source: Source) -> SourceAnswer:
    return SourceAnswer(source, Told.NOTHING)


async def find(made: World | None = None, address: EmailAddress = ANNA, *, guess: bool = True) -> Discovery:
    return await discover.find(address, (made or world()).wire, SHELF, options=Options(guess=guess))


def told(result: Discovery) -> dict[Source, Told]:
    return {answer.source: answer.told for answer in result.answers}


async def test_the_highest_rank_wins_not_the_first(scripted: Callable[[Script], list[Source]]) -> None:
    """A slow source of higher rank beats a quick one."""
    scripted(
        {
            Source.AUTOCONFIG: (0.05, both(Source.AUTOCONFIG, "slow.example.org")),
            Source.SRV: (0, both(Source.SRV, "quick.example.org")),
        }
    )
    result = await find()
    assert hosts(result.candidate)[0] == "imap slow.example.org:993"
    assert told(result) == {Source.BOOK: Told.NOTHING, Source.AUTOCONFIG: Told.FOUND, Source.SRV: Told.FOUND}


async def test_a_better_source_is_waited_for_only_so_long(
    scripted: Callable[[Script], list[Source]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once settings are known, one that ranks higher and does not answer is given up, and counts as not known."""
    monkeypatch.setattr(search, "BETTER_SECONDS", 0.1)
    cut = scripted(
        {
            Source.AUTOCONFIG: (30, both(Source.AUTOCONFIG, "slow.example.org")),
            Source.SRV: (0, both(Source.SRV, "quick.example.org")),
        }
    )
    async with asyncio.timeout(5):
        result = await find()
    assert hosts(result.candidate)[0] == "imap quick.example.org:993"
    assert told(result)[Source.AUTOCONFIG] is Told.UNKNOWN
    assert cut == [Source.AUTOCONFIG]


async def test_nobody_of_lower_rank_is_waited_for(scripted: Callable[[Script], list[Source]]) -> None:
    """Once nothing better is outstanding the rest is cut short and listed as skipped."""
    cut = scripted(
        {
            Source.PACC: (0.02, nothing(Source.PACC)),
            Source.AUTOCONFIG: (0.01, both(Source.AUTOCONFIG, "m.example.org")),
            Source.SRV: (60, nothing(Source.SRV)),
            Source.GUESS: (60, nothing(Source.GUESS)),
        }
    )
    began = time.monotonic()
    result = await find()
    assert time.monotonic() - began < 1
    assert sorted(cut) == sorted([Source.SRV, Source.GUESS])
    assert told(result)[Source.SRV] is Told.SKIPPED


async def test_those_that_cannot_win_are_cut_while_a_better_one_is_awaited(
    scripted: Callable[[Script], list[Source]],
) -> None:
    """A guess does not go on looking at servers when it can no longer matter."""
    cut = scripted(
        {
            Source.PACC: (0.2, nothing(Source.PACC)),
            Source.ISPDB: (0, both(Source.ISPDB, "m.example.org")),
            Source.GUESS: (0.1, both(Source.GUESS, "g.example.org")),
        }
    )
    result = await find()
    assert cut == [Source.GUESS]
    assert told(result)[Source.GUESS] is Told.SKIPPED


async def test_half_an_answer_waits_for_the_other_half(scripted: Callable[[Script], list[Source]]) -> None:
    """A source that knows only where mail is read does not end the search."""
    scripted(
        {
            Source.PACC: (0, found(Source.PACC, service("imap", "i.example.org", source=Source.PACC))),
            Source.GUESS: (0.05, both(Source.GUESS, "g.example.org")),
        }
    )
    assert hosts((await find()).candidate) == ["imap i.example.org:993", "smtp g.example.org:993"]


async def test_a_source_that_never_ends_is_unknown(
    scripted: Callable[[Script], list[Source]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every source has its time; after that we could not tell."""
    monkeypatch.setattr(search, "SOURCE_SECONDS", 0.05)
    scripted({Source.ISPDB: (60, nothing(Source.ISPDB))})
    answer = (await find()).answers[1]
    assert (answer.source, answer.told, answer.reason) == (Source.ISPDB, Told.UNKNOWN, Reason.READ_TIMEOUT)


async def test_a_provider_of_the_book_asks_nobody() -> None:
    """What the book is sure of is told at once; no server hears of it."""
    made = world()
    result = await find(made, EmailAddress.parse("anna@qq.com"))
    assert hosts(result.candidate)[0] == "imap imap.qq.com:993"
    assert made.dns.asked == []
    assert made.http.asked == []
    assert set(told(result).values()) == {Told.FOUND, Told.SKIPPED}
    assert set(told(result)) == set(registry.SOURCES)


async def test_a_closed_provider_is_not_guessed() -> None:
    """A provider without mail programs is an answer: nobody is asked for another."""
    made = world()
    result = await find(made, EmailAddress.parse("anna@tuta.com"))
    assert result.candidate is not None
    assert result.candidate.services == ()
    assert made.probed == []


async def test_every_answer_is_heard_and_listed() -> None:
    """The listener hears each source once; all are listed by rank, with the trace of all questions."""
    heard: list[Source] = []
    made = world({}, {"https://autoconfig.example.org/mail/config-v1.1.xml": usual("m.example.org")})
    result = await discover.find(ANNA, made.wire, SHELF, on_answer=lambda answer: heard.append(answer.source))
    assert sorted(heard) == sorted(registry.SOURCES)
    assert {answer.source for answer in result.answers} == set(registry.SOURCES)
    assert result.online
    assert result.trace.last("dns") is not None
    assert all(answer.took >= 0 for answer in result.answers)


@pytest.mark.parametrize(
    ("status", "exists"),
    [(DnsStatus.NXDOMAIN, False), (DnsStatus.TIMEOUT, None), (DnsStatus.SERVFAIL, None), (DnsStatus.NODATA, True)],
)
async def test_whether_the_domain_exists(status: DnsStatus, exists: bool | None) -> None:  # noqa: FBT001  # from the table
    """ "Does not exist" is said only when the DNS says so."""
    made = world()
    broken(made, "MX example.org", status)
    result = await find(made)
    assert result.candidate is None
    assert result.domain.exists is exists


async def test_a_domain_that_takes_no_mail() -> None:
    """A null MX is a fact of the domain, and nobody knocks at its hosts (RFC 7505)."""
    made = world(
        {"MX example.org": [Mx(0, ".")], "A mail.example.org": ["192.0.2.1"]}, probes=["mail.example.org:993/tls"]
    )
    result = await find(made)
    assert (result.domain.exists, result.domain.null_mx, result.domain.mx) == (True, True, ())
    assert result.candidate is None
    assert made.probed == []


async def test_not_guessing() -> None:
    """Guessing can be switched off."""
    made = world({"A imap.example.org": ["192.0.2.1"]}, probes=["imap.example.org:993/tls"])
    result = await find(made, guess=False)
    assert result.candidate is None
    assert told(result)[Source.GUESS] is Told.SKIPPED


async def test_guessing_waits_for_better_answers() -> None:
    """No connection is opened while a better source is about to answer."""
    url = "https://autoconfig.example.org/mail/config-v1.1.xml"
    made = world({"A imap.example.org": ["192.0.2.1"]}, {url: usual("m.example.org")}, ["imap.example.org:993/tls"])
    made.http.slow[url] = 0.1
    result = await find(made)
    assert hosts(result.candidate)[0] == "imap m.example.org:993"
    assert made.probed == []


async def test_guessing_does_not_wait_when_alone() -> None:
    """With nothing better outstanding the guess begins at once."""
    made = world({"A imap.example.org": ["192.0.2.1"]}, probes=["imap.example.org:993/tls"])
    began = time.monotonic()
    result = await find(made)
    assert hosts(result.candidate) == ["imap imap.example.org:993"]
    assert time.monotonic() - began < 0.29


async def test_giving_up_ends_all_questions(scripted: Callable[[Script], list[Source]]) -> None:
    """When the caller stops waiting, every source is cut short."""
    cut = scripted({Source.PACC: (60, nothing(Source.PACC)), Source.SRV: (60, nothing(Source.SRV))})
    task = asyncio.create_task(find())
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(cut) == sorted([Source.PACC, Source.SRV])


async def test_unknown_is_listed_beside_a_guess() -> None:
    """A time-out of the domain's own source stays visible when something lower answers."""
    made = world({"A imap.example.org": ["192.0.2.1"]}, probes=["imap.example.org:993/tls"])
    for url in (
        "https://autoconfig.example.org/mail/config-v1.1.xml",
        "https://example.org/.well-known/autoconfig/mail/config-v1.1.xml",
    ):
        made.http.pages[url] = timed_out(url)
    result = await find(made)
    assert told(result)[Source.AUTOCONFIG] is Told.UNKNOWN
    assert told(result)[Source.GUESS] is Told.FOUND


def test_the_registry_names_each_source_once() -> None:
    """Every source but the person is in the table, under its own name."""
    assert set(registry.SOURCES) == set(Source) - {Source.USER}


def test_facts_of_the_domain() -> None:
    """MX hosts are told best first."""
    made = world({"MX example.org": [Mx(20, "b.example.org"), Mx(10, "a.example.org")]})
    facts = exchangers.facts(made.dns.records["example.org", "MX"])
    assert facts.mx == ("a.example.org", "b.example.org")


def test_the_real_world_type_is_what_the_script_stands_for() -> None:
    """The scripted world has what the sources use of wire.World."""
    assert {"service", "probe"} <= set(dir(wire.World))
    assert {"get", "post"} <= set(dir(wire.World().http))

"""Which answer wins, and when no better one can come."""

from __future__ import annotations

import random

import pytest

from mailwright.core import Candidate, Security, Source, SourceAnswer, Told, Trust
from mailwright.discover import booked, ranking
from tests.discover.scripted import SHELF, both, found, service


def test_the_order_of_the_sources_is_the_rank() -> None:
    """However the answers come in, they are ranked in the order of core.Source."""
    sources = [s for s in Source if s not in (Source.USER, Source.AUTOCONFIG_HTTP)]
    answers = [both(source, "m.example.org") for source in sources]
    random.Random(3).shuffle(answers)
    assert [a.source for a in ranking.found(answers)] == sources


def test_what_anyone_could_have_written_comes_last_but_for_guesses() -> None:
    """An answer of low trust ranks behind all others except a guess, whatever its source."""
    low = both(Source.AUTOCONFIG, "m.example.org", Trust.LOW)
    others = [both(Source.GUESS, "m.example.org"), both(Source.HINT, "m.example.org"), low]
    assert [a.source for a in ranking.found(others)] == [Source.HINT, Source.AUTOCONFIG, Source.GUESS]
    assert ranking.best_rank(Source.HINT) < ranking.best_rank(Source.AUTOCONFIG_HTTP)
    assert ranking.best_rank(Source.AUTOCONFIG_HTTP) < ranking.best_rank(Source.GUESS)


def test_a_book_that_is_not_sure_ranks_behind_the_ispdb() -> None:
    """An incoming server the book has with low confidence yields to the ISPDB, not to DNS."""
    provider = SHELF.get("hinet")
    assert provider is not None
    from tests.discover.scripted import ANNA

    candidate = provider.candidate(ANNA, Source.BOOK)
    assert booked.doubtful(candidate)
    answers = [
        SourceAnswer(Source.BOOK, Told.FOUND, candidate=candidate),
        both(Source.ISPDB, "m.example.org"),
        both(Source.SRV, "m.example.org"),
    ]
    assert [a.source for a in ranking.found(answers)] == [Source.ISPDB, Source.BOOK, Source.SRV]


IMAP_ONLY, SMTP_ONLY = service("imap", "i.example.org"), service("smtp", "s.example.org")
PLAIN = service("imap", "i.example.org", Security.NONE)


@pytest.mark.parametrize(
    ("answers", "enough"),
    [
        pytest.param([], None, id="nobody knows"),
        pytest.param([both(Source.ISPDB, "m.example.org")], Source.ISPDB, id="one knows all"),
        pytest.param([found(Source.PACC, IMAP_ONLY)], None, id="sending is missing"),
        pytest.param([found(Source.PACC, IMAP_ONLY), found(Source.SRV, SMTP_ONLY)], Source.SRV, id="two together"),
        pytest.param([found(Source.PACC, PLAIN, SMTP_ONLY)], None, id="plaintext is not enough"),
        pytest.param([found(Source.PACC, service("pop3", "p.example.org"), SMTP_ONLY)], Source.PACC, id="POP3 reads"),
        pytest.param([SourceAnswer(Source.BOOK, Told.FOUND, candidate=Candidate(()))], Source.BOOK, id="none exist"),
    ],
)
def test_enough(answers: list[SourceAnswer], enough: Source | None) -> None:
    """The search is over at the rank where both reading and sending are known."""
    expected = float("inf") if enough is None else ranking.best_rank(enough)
    assert ranking.enough(answers) == expected

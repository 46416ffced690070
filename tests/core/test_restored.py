"""Saved values come back as they were, and nothing else does."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from mailwright import core
from mailwright.core import (
    Auth,
    Candidate,
    Certificate,
    Channel,
    Discovery,
    EmailAddress,
    Endpoint,
    Evidence,
    Examination,
    LoginTry,
    Look,
    LookKind,
    Outcome,
    Protocol,
    Provenance,
    Reason,
    Repair,
    Reply,
    Security,
    Service,
    ServiceEvidence,
    Shape,
    Source,
    Sourced,
    Stage,
    Step,
    TlsFacts,
    Trace,
    Trust,
    Typed,
    plain,
    restored,
)
from mailwright.core.trace import Line

DAY = datetime(2026, 11, 24, tzinfo=UTC)


def whole() -> Examination:
    address = EmailAddress.parse("li@例子.test")
    endpoint = Endpoint(Protocol.IMAP, "imap.example.org", 993, Security.TLS)
    origin = Provenance(Source.BOOK, "book", Channel.BOOK, Trust.TRUSTED, DAY.date())
    service = Service(
        Sourced(endpoint, origin), Sourced("%EMAILADDRESS%", origin), Sourced((Auth.PASSWORD, Auth.OAUTH2), origin)
    )
    tls = TlsFacts("TLSv1.3", chain=(Certificate("a", "b", ("c",), DAY, DAY, "00", "RSA 2048", self_signed=False),))
    reply = Reply("NO", "AUTHENTICATIONFAILED", "no", ("alert",))
    step = Step("login", 0.5, 0.25, Outcome.NO, (("bytes", 3), ("ok", True), ("none", None)), (Line(0.1, "C", "x"),))
    seen = ServiceEvidence(
        service,
        Stage.LOGIN,
        Outcome.NO,
        reply,
        (LoginTry("li", "PLAIN", (Repair.BLANKS,), Outcome.NO, reply),),
        tls,
        reason=Reason.REFUSED,
        trace=Trace("imap", (step,)),
    )
    return Examination(
        address,
        Typed(Protocol.IMAP, " imap.example.org", 993, Security.TLS, "li"),
        (Shape.BLANKS,),
        Discovery(address, Candidate((service,), name={"zh": "甲", "en": "A"}), ()),
        Evidence((seen,)),
        (Look(LookKind.BYTES, "imap.example.org:993", Outcome.OK, endpoint, 0.1, (("speaks", "imap"),), tls),),
    )


def test_all_of_it_comes_back() -> None:
    """An examination that was written as JSON is the same when it is read."""
    before = whole()
    assert restored(Examination, json.loads(json.dumps(plain(before))), vars(core)) == before


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("typed", "port"), "993"),
        (("typed", "security"), "ssl"),
        (("evidence", "services", 0, "stage"), 7),
        (("looks", 0, "endpoint", "port"), True),
        (("looks",), {}),
        (("discovery",), []),
        (("evidence", "services", 0, "tls", "chain", 0, "not_after"), "soon"),
    ],
)
def test_a_wrong_value_is_refused(path: tuple[str | int, ...], value: object) -> None:
    """What plain() would not have written is a ValueError and never a half-right value."""
    written = json.loads(json.dumps(plain(whole())))
    place = written
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(ValueError, match="Examination|union|"):
        restored(Examination, written, vars(core))


def test_a_missing_field_is_refused() -> None:
    """A field that is not there is not made up."""
    written = json.loads(json.dumps(plain(whole())))
    del written["typed"]["host"]
    with pytest.raises(ValueError, match="Examination"):
        restored(Examination, written, vars(core))

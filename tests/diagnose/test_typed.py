"""What was typed into the fields is read as evidence: how it is spelt, and whether it goes together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailwright import diagnose
from mailwright.core import (
    Candidate,
    EmailAddress,
    Endpoint,
    LookKind,
    Reason,
    Security,
    ServiceEvidence,
    Severity,
    Source,
    Stage,
    Trust,
    Typed,
    named_protocol,
)
from mailwright.diagnose import spelling
from mailwright.diagnose.case import Case
from mailwright.diagnose.signs import flaws, read
from tests.diagnose import situations
from tests.diagnose.examined import (
    IMAP,
    SHELF,
    SMTP,
    STARTTLS,
    TLS,
    at,
    examined,
    first,
    judged,
    let_in,
    look,
    of_provider,
    param,
    refused,
    seen,
)
from tests.diagnose.situations import FOUND, HERE, OUT, SEND, own

FLAWS = [
    # typed host, what is wrong with it, the host that was meant
    (" imap.example.org", "blank", "imap.example.org"),
    ("imap.example.org\u00a0", "blank", "imap.example.org"),
    ("imap.example.org\u3000", "blank", "imap.example.org"),
    ("imap. example.org", "blank", "imap.example.org"),
    ("ｉｍａｐ.example.org", "fullwidth", "imap.example.org"),
    ("imap。example。org", "fullwidth", "imap.example.org"),
    ("\ufeffimap.example.org", "invisible", "imap.example.org"),
    ("imap.example.org\r\n", "invisible", "imap.example.org"),
    ("imap.example\u200b.org", "invisible", "imap.example.org"),
    ('"imap.example.org"', "quotes", "imap.example.org"),
    ("“imap.example.org”", "quotes", "imap.example.org"),
    ("<imap.example.org>", "quotes", "imap.example.org"),
    ("imaps://imap.example.org", "scheme", "imap.example.org"),
    ("https://imap.example.org/", "scheme", "imap.example.org"),
    ("imap.example.org:993", "port", "imap.example.org"),
    ("imap%2Eexample.org", "percent", "imap.example.org"),
    ("imap.example.org,", "punctuation", "imap.example.org"),
    ("imap.example.org;", "punctuation", "imap.example.org"),
    ("imap.example.org，", "punctuation", "imap.example.org"),
    ("imap.example.org.", "trailing_dot", "imap.example.org"),
    ("li@example.org", "address", "imap.example.org"),
]


def signs_of(host: str, **more: object) -> dict[str, dict[str, object]]:
    examination = examined(found=FOUND, typed=Typed(IMAP, host, **more))  # type: ignore[arg-type]  # handed on
    return {id: dict(sign.params) for id, sign in read(Case(examination, shelf=SHELF)).items()}


@pytest.mark.parametrize(("host", "flaw", "meant"), FLAWS)
def test_flaws_of_a_host(host: str, flaw: str, meant: str) -> None:
    """Each slip of keyboard and clipboard has its sign, with the words as typed and as meant."""
    found = signs_of(host)
    assert found[f"typed.host.{flaw}"] == {"typed": host, "meant": meant}


@pytest.mark.parametrize("host", ["[::1]:993", "::1", "[2001:db8::1]", "192.0.2.1", "127.0.0.1:993"])
def test_an_address_is_no_misspelt_name(host: str) -> None:
    """An address has no dots to be missed, and is not almost another."""
    assert not {"typed.host.no_dot", "typed.host.near", "typed.host.ending"} & set(signs_of(host))


@pytest.mark.parametrize(
    "host", ["imap.example.org", "IMAP.Example.ORG", "mail.elsewhere.test", "192.0.2.1", "xn--fsqu00a.cn"]
)
def test_a_clean_host(host: str) -> None:
    """A name without any slip has no sign of one."""
    assert not [id for id in signs_of(host) if id.startswith("typed.host.") and not id.endswith(("near", "no_dot"))]


WHICH = [
    # domain, field, typed host, sign, meant
    ("qq.com", IMAP, "imap.exmail.qq.com", "known_mistake", "imap.qq.com"),
    ("gmail.com", IMAP, "imap.mail.yahoo.com", "other_provider", "imap.gmail.com"),
    ("163.com", IMAP, "imap.qiye.163.com", "known_mistake", "imap.163.com"),
    ("gmail.com", IMAP, "imap.google.com", "unknown_mistake", "imap.gmail.com"),
    ("qq.com", IMAP, "smtp.qq.com", "other_kind", "imap.qq.com"),
    ("qq.com", SMTP, "imap.qq.com", "other_kind", "smtp.qq.com"),
    ("qq.com", IMAP, "imap.qq.con", "ending", "imap.qq.com"),
    ("qq.com", IMAP, "imap.q.com", "near", "imap.qq.com"),
    ("163.com", IMAP, "imap.136.com", "near", "imap.163.com"),
    ("gmail.com", IMAP, "imap.gmial.com", "near", "imap.gmail.com"),
    ("gmail.com", IMAP, "imapgmail.com", "near", "imap.gmail.com"),
    ("gmail.com", IMAP, "iamp.gmail.com", "near", "imap.gmail.com"),
    ("gmail.com", IMAP, "imap.gmail", "near", ""),
    ("gmail.com", IMAP, "imap.gmail.com", "", ""),
    ("outlook.com", SMTP, "smtp.office365.com", "", ""),
    ("gmail.com", IMAP, "mail.my-own.example", "", ""),
]


@pytest.mark.parametrize(("domain", "field", "host", "which", "meant"), WHICH)
def test_which_host_it_is(domain: str, field: object, host: str, which: str, meant: str) -> None:
    """Another kind of server, another provider's, a misspelt one; a right or a strange one is none of them."""
    address, found = of_provider(domain)
    examination = examined(found=found, address=address, typed=Typed(field, host))  # type: ignore[arg-type]  # a protocol
    seen_ = {
        id: dict(sign.params)
        for id, sign in read(Case(examination, shelf=SHELF)).items()
        if id.startswith("typed.host.")
    }
    if not which:
        assert seen_ == {}
    elif meant:
        assert seen_[f"typed.host.{which}"]["meant"] == meant


USERS = [
    # typed name, form the server wants, sign
    ("li", "%EMAILADDRESS%", "no_domain"),
    ("li@example.org", "%EMAILADDRESS%", ""),
    ("LI@EXAMPLE.ORG", "%EMAILADDRESS%", ""),
    ("l@example.org", "%EMAILADDRESS%", "cut"),
    ("li@example.net", "%EMAILADDRESS%", "other_domain"),
    ("li@exmaple.org", "%EMAILADDRESS%", "near_domain"),
    ("li@elsewhere.com", "%EMAILADDRESS%", "other_domain"),
    ("wang@example.org", "%EMAILADDRESS%", "other_domain"),
    ("li@example.org", "%EMAILLOCALPART%", "surplus_domain"),
    ("li", "%EMAILLOCALPART%", ""),
    ("", "%EMAILADDRESS%", "empty"),
    ("  ", "%EMAILADDRESS%", "empty"),
    ("li@example.org\u00a0", "%EMAILADDRESS%", "blank"),
    ("ｌｉ@example.org", "%EMAILADDRESS%", "fullwidth"),
    ("li%40example.org", "%EMAILADDRESS%", "percent"),
    ("'li@example.org'", "%EMAILADDRESS%", "quotes"),
    ("mailto:li@example.org", "%EMAILADDRESS%", "scheme"),
    ("li@example.org\ufeff", "%EMAILADDRESS%", "invisible"),
]


@pytest.mark.parametrize(("name", "form", "sign"), USERS)
def test_user_names(name: str, form: str, sign: str) -> None:
    """A user name is held against the form the server wants and the address."""
    service = at(IMAP, "imap.example.org", name=form)
    examination = examined(refused(service), found=FOUND, typed=Typed(IMAP, username=name))
    assert examination.evidence is not None
    case = Case(examination, examination.evidence.services[0], shelf=SHELF)
    found = {id.removeprefix("typed.user.") for id in read(case) if id.startswith("typed.user.")}
    assert found == (
        {sign} if sign and not (sign == "empty" and name) else {"empty", "blank"} if name and sign else set()
    )


PORTS = [
    # field, port, encryption, sign
    (IMAP, 993, TLS, ""),
    (IMAP, 143, STARTTLS, ""),
    (IMAP, 993, STARTTLS, "mode"),
    (IMAP, 143, TLS, "mode"),
    (IMAP, 995, TLS, "other_protocol"),
    (IMAP, 465, TLS, "other_protocol"),
    (IMAP, 994, TLS, "unusual"),
    (SMTP, 465, TLS, ""),
    (SMTP, 587, STARTTLS, ""),
    (SMTP, 465, STARTTLS, "mode"),
    (SMTP, 587, TLS, "mode"),
    (SMTP, 25, STARTTLS, "mx"),
    (SMTP, 993, TLS, "other_protocol"),
    (SMTP, 2525, STARTTLS, ""),
    (IMAP, None, TLS, ""),
]


@pytest.mark.parametrize(("field", "port", "security", "sign"), PORTS)
def test_ports(field: object, port: int | None, security: Security, sign: str) -> None:
    """Port, encryption and protocol are held against each other."""
    examination = examined(found=FOUND, typed=Typed(field, None, port, security))  # type: ignore[arg-type]  # a protocol
    found = [id for id in read(Case(examination, shelf=SHELF)) if id.startswith("typed.port.")]
    assert found == ([f"typed.port.{sign}"] if sign else [])


def test_what_should_stand_there() -> None:
    """A wrong pair is told with the one that was published."""
    examination = examined(
        seen(at(IMAP, "imap.example.org", 143, TLS, typed=True), Reason.TLS_NOT_SPOKEN, Stage.TLS), SEND,
        found=FOUND, typed=Typed(IMAP, "imap.example.org", 143, TLS),
    )  # fmt: skip
    assert first(examination) == ["proto.tls_mode"]
    assert (param(examination, "typed"), param(examination, "meant")) == ("143 tls", "993 tls")
    assert (param(examination, "right_port"), param(examination, "right_security")) == (993, "tls")


def test_a_published_odd_port() -> None:
    """What the provider itself publishes is no mistake, however odd."""
    odd = Candidate((at(IMAP, "imap.example.org", 9993), OUT))
    examination = examined(found=odd, typed=Typed(IMAP, "imap.example.org", 9993, TLS))
    assert first(examination) == []


GOT_ON = [
    # what the servers did with the host as it was meant; severity of the flaw
    ((let_in(at(IMAP, "imap.example.org", typed=True)), SEND), Severity.WARNING),
    ((refused(at(IMAP, "imap.example.org", typed=True)), SEND), Severity.WARNING),
    ((), Severity.ERROR),
]


@pytest.mark.parametrize(("services", "severity"), GOT_ON)
def test_a_flaw_that_was_got_round(services: tuple[ServiceEvidence, ...], severity: Severity) -> None:
    """Where we got on in spite of it, it is a warning beside the rest; where it is all there is, it is the fault."""
    found = judged(examined(*services, found=FOUND, typed=Typed(IMAP, " imap.example.org ")))
    flaw = next(d for d in found if d.causes[0].id == "input.blank")
    assert flaw.causes[0].severity is severity


@pytest.mark.parametrize(
    ("name", "cause"), [("li@example.org\n", "input.paste"), ("li@example.org\u200b", "auth.mechanism")]
)
def test_a_name_that_nothing_can_send(name: str, cause: str) -> None:
    """A line end in the name leaves no way to sign in: the paste is the cause, unless all ways could have sent it."""
    stuck = [seen(where, Reason.NO_MECHANISM, Stage.LOGIN) for where in (HERE, OUT)]
    found = judged(examined(*stuck, found=FOUND, typed=Typed(IMAP, username=name)))
    assert found[0].causes[0].id == cause


def test_a_repair_is_told_once() -> None:
    """What both protocols needed is one warning about the whole, and a healthy account has none."""
    (found,) = judged(situations.REPAIRED)
    assert (found.protocol, found.causes[0].id, found.causes[0].severity) == (None, "input.blank", Severity.WARNING)
    assert judged(situations.HEALTHY) == ()


def test_a_typed_host_that_works() -> None:
    """A server of one's own, unknown to the world and almost spelt like another, is left in peace when it works."""
    near = at(IMAP, "imap.exmple.org", typed=True)
    assert first(examined(let_in(near), SEND, found=FOUND, typed=Typed(IMAP, "imap.exmple.org"))) == []
    assert first(examined(own("imap.exmple.org"), SEND, found=FOUND, typed=Typed(IMAP, "imap.exmple.org"))) == [
        "host.typo"
    ]


@pytest.mark.parametrize(
    ("domain", "meant"), [("qq.con", "qq.com"), ("gmial.com", "gmail.com"), ("no-such.example", "")]
)
def test_a_misspelt_domain(domain: str, meant: str) -> None:
    """A domain without settings that is almost a known one is a slip; any other is not."""
    found = judged(examined(address=EmailAddress("li", domain)))
    assert found[0].protocol is None
    assert (found[0].causes[0].id == "host.typo") is bool(meant)
    if meant:
        assert dict(found[0].causes[0].params)["meant"] == meant


DISTANCES = [
    ("imap", "imap", 0),
    ("imap", "iamp", 1),
    ("imap", "imp", 1),
    ("imap", "imaap", 1),
    ("imap", "smtp", 2),
    ("a", "abcd", 3),
]


@pytest.mark.parametrize(("one", "other", "far"), DISTANCES)
def test_distance(one: str, other: str, far: int) -> None:
    """Letters changed, left out, added or swapped are counted, up to two."""
    assert spelling.distance(one, other) == spelling.distance(other, one) == far


KINDS = [
    ("smtp.qq.com", SMTP), ("imap.qq.com", IMAP), ("hwsmtp.exmail.qq.com", None), ("imap-mail.outlook.com", IMAP),
    ("mail.example.org", None), ("imaps.example.org", IMAP), ("smtp2.example.org", SMTP), ("www.example.org", None),
]  # fmt: skip


@pytest.mark.parametrize(("host", "kind"), KINDS)
def test_kinds_of_host(host: str, kind: object) -> None:
    """A name says what it serves by a word of its own."""
    assert named_protocol(host) is kind


@pytest.mark.parametrize("text", ["", "a", "li@example.org", "a-b.c", "p%ssword", "100%"])
def test_nothing_wrong(text: str) -> None:
    """Plain words have no flaw."""
    assert list(flaws.flaws(text)) == []


ELSEWHERE = at(IMAP, "mx.example.org", 143, TLS, typed=True)


def test_the_published_server_is_advised() -> None:
    """Where the typed host would answer on its right port and a published one let us in, that one is told."""
    wrong = seen(ELSEWHERE, Reason.TLS_NOT_SPOKEN, Stage.TLS)
    port = Endpoint(IMAP, "mx.example.org", 993, TLS)
    looks = (look(LookKind.PORT, str(port), endpoint=port),)
    entered = Typed(IMAP, "mx.example.org", 143, TLS)
    both = examined(wrong, let_in(HERE), SEND, found=FOUND, typed=entered, looks=looks)
    assert (param(both, "right_host"), param(both, "right_port")) == ("imap.example.org", 993)
    assert param(both, "meant") == "imap.example.org 993 tls"
    alone = examined(wrong, SEND, typed=entered, looks=looks)
    assert param(alone, "right_host") == "mx.example.org"


def said_by(source: Source, trust: Trust) -> Candidate:
    """The same servers, said by somebody else."""
    origin = replace(HERE.endpoint.provenance, source=source, trust=trust)
    return Candidate((replace(HERE, endpoint=replace(HERE.endpoint, provenance=origin)), OUT), None)


@pytest.mark.parametrize(
    ("host", "found", "told"),
    [
        ("mx.example.org", FOUND, True),
        ("imap.example.org", FOUND, False),
        ("pop.example.org", FOUND, True),
        ("mx.example.org", None, False),
        ("mx.example.org", said_by(Source.SRV, Trust.CONFIRM), False),
        ("mx.example.org", said_by(Source.GUESS, Trust.TRUSTED), False),
    ],
)
def test_a_name_that_nobody_publishes(host: str, found: Candidate | None, *, told: bool) -> None:
    """It works, and that is said; beside it stands the published name, which will move along with the servers."""
    both = examined(let_in(at(IMAP, host, typed=True)), SEND, found=found, typed=Typed(IMAP, host))
    findings = diagnose.findings_of(both, judged(both))
    about = [one for one in findings if one.id == "settings.other_name"]
    assert bool(about) is told
    assert all(one.severity is Severity.INFO for one in findings if one in about)
    if told:
        assert (about[0].param("typed"), about[0].param("meant")) == (host, "imap.example.org")
        assert diagnose.verdict(findings, both.evidence, has_settings=True) is diagnose.Verdict.WORKS

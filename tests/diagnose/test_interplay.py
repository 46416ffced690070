"""Pieces of evidence together say what none of them says alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailwright.core import (
    Certificate,
    Diagnosis,
    Endpoint,
    LoginTry,
    LookKind,
    Outcome,
    Reason,
    Repair,
    SecretKind,
    Security,
    ServiceEvidence,
    Shape,
    Stage,
    TlsFacts,
    Trace,
    Typed,
)
from mailwright.diagnose import causes
from tests.diagnose import cases, situations
from tests.diagnose.examined import (
    GOOD,
    IMAP,
    NONE,
    SMTP,
    STARTTLS,
    TLS,
    at,
    beside,
    examined,
    first,
    judged,
    let_in,
    look,
    of_provider,
    param,
    refused,
    said,
    seen,
)
from tests.diagnose.situations import (
    FOUND,
    HERE,
    OUT,
    QQ,
    QQ_FOUND,
    QUALIFIED,
    SEND,
    bad,
    login,
    paper,
    stopped,
    wanting,
)

READ, OUTGOING = QQ_FOUND.best(IMAP), QQ_FOUND.best(SMTP)
PLAIN = "NO [AUTHENTICATIONFAILED] Authentication failed."


def top(found: tuple[Diagnosis, ...]) -> dict[str, float]:
    return {cause.id: cause.confidence for cause in found[0].causes}


def test_one_text_for_five_causes() -> None:
    """A vague refusal is sharpened by what the other protocol says to the same account."""
    assert READ is not None
    assert OUTGOING is not None
    vague = refused(READ, QUALIFIED, name="li@qq.com")
    clear = refused(OUTGOING, "535 Login Fail. Please enter your authorization code to login.", name="li@qq.com")
    alone = judged(examined(vague, found=QQ_FOUND, address=QQ))
    both = judged(examined(vague, clear, found=QQ_FOUND, address=QQ))
    assert [d.causes[0].id for d in both] == ["auth.authcode"] * 2
    assert top(both)["auth.authcode"] > top(alone)["auth.authcode"]
    assert any(sign.id == "sister.auth.authcode" for sign in both[0].causes[0].speaks_for)
    other = refused(OUTGOING, "550 account has been disabled", name="li@qq.com")
    assert top(judged(examined(vague, other, found=QQ_FOUND, address=QQ)))["auth.locked"] > top(alone).get(
        "auth.locked", 0.0
    )


# Dovecot 2.3 gives one refusal for all of these: only what was typed separates them.
DOVECOT = [
    ({"typed": Typed(username="li@example.org")}, "auth.bad_credentials"),
    ({"typed": Typed(username="li"), "name": "li"}, "auth.username_form"),
    ({"typed": Typed(username="l@example.org"), "name": "l@example.org"}, "auth.username_form"),
    ({"typed": Typed(username="ｌi@example.org")}, "input.fullwidth"),
    ({"typed": Typed(username="li%40example.org")}, "input.percent"),
    ({"typed": Typed(username="li@example.org\u00a0")}, "input.blank"),
    ({"typed": Typed(username="“li@example.org”")}, "input.paste"),
    ({"shapes": (Shape.FULL_WIDTH,)}, "input.fullwidth"),
    ({"shapes": (Shape.BLANKS,)}, "input.blank"),
    ({"shapes": (Shape.NEWLINE,)}, "input.paste"),
    ({"shapes": (Shape.BOM,)}, "input.paste"),
    ({"shapes": (Shape.PERCENT,)}, "auth.bad_credentials"),
    ({"shapes": (Shape.BLANKS,), "repairs": (Repair.BLANKS,)}, "auth.bad_credentials"),
    ({"shapes": (Shape.FULL_WIDTH,), "repairs": (Repair.FULL_WIDTH,)}, "auth.bad_credentials"),
]


@pytest.mark.parametrize(("more", "id"), DOVECOT)
def test_one_refusal_for_eight_causes(more: dict[str, object], id: str) -> None:
    """The same words from the server are told apart by what was typed, unless the mended form was refused as well."""
    assert first(login(PLAIN, **more)) == [id]


SECRETS = [
    # kind of secret, shape of what was given, cause
    (SecretKind.APP_PASSWORD, (), "auth.app_password"),
    (SecretKind.APP_PASSWORD, (Shape.LETTERS_16,), "auth.bad_credentials"),
    (SecretKind.APP_PASSWORD, (Shape.GROUPED,), "auth.bad_credentials"),
    (SecretKind.AUTHORIZATION_CODE, (), "auth.authcode"),
    (SecretKind.OAUTH2, (), "auth.oauth_only"),
    (SecretKind.PASSWORD, (Shape.LETTERS_16,), "auth.bad_credentials"),
]


@pytest.mark.parametrize(("kind", "shapes", "id"), SECRETS)
def test_what_the_provider_wants_and_what_was_given(kind: SecretKind, shapes: tuple[Shape, ...], id: str) -> None:
    """Who gave something that looks like an app password has most likely not mistaken the web password for one."""
    assert first(login(PLAIN, found=wanting(kind), shapes=shapes)) == [id]


def test_a_token_is_no_password() -> None:
    """No refused token is called a wrong password, and that is said."""
    (found,) = judged(login("NO AUTHENTICATE failed", mechanism="XOAUTH2"))
    assert found.causes[0].id == "auth.oauth_expired"
    assert ("auth.bad_credentials", "login.token") in {(out.id, out.by.id) for out in found.ruled_out}


def test_what_is_ruled_out() -> None:
    """Whoever was answered by the right server need not look at network, certificate or mode."""
    (found,) = judged(login())
    out = {one.id: one.by.id for one in found.ruled_out}
    assert out["net.refused"] == out["net.timeout"] == "seen.connected"
    assert out["tls.expired"] == "seen.verified"
    assert out["proto.tls_mode"] == "seen.greeted"
    assert not set(out) & {cause.id for cause in found.causes}


@pytest.mark.parametrize(
    "reason", [Reason.DNS_TIMEOUT, Reason.CONNECT_UNREACHABLE, Reason.PROXY_UNREACHABLE, Reason.PROXY_AUTH]
)
def test_no_network_at_all(reason: Reason) -> None:
    """What every server shows alike is told once, of the whole."""
    (found,) = judged(examined(seen(HERE, reason), seen(OUT, reason), found=FOUND))
    assert found.protocol is None
    assert {cause.protocol for cause in found.causes} == {None}
    apart = judged(examined(seen(HERE, Reason.CONNECT_REFUSED), seen(OUT, Reason.CONNECT_REFUSED), found=FOUND))
    assert [d.protocol for d in apart] == [IMAP, SMTP]


def test_the_same_words_were_let_in_elsewhere() -> None:
    """Then they are right, and this protocol is switched off; explicit words say by whom."""
    user = judged(examined(refused(HERE), let_in(OUT), found=FOUND))
    assert (user[0].causes[0].id, user[0].ruled_out[0].id) == ("auth.protocol_off_user", "auth.bad_credentials")
    words = "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."
    assert first(examined(let_in(HERE), refused(OUT, words), found=FOUND)) == ["auth.protocol_off_admin"]
    words = "535 5.7.139 user is locked by your organization's security defaults policy."
    assert first(examined(let_in(HERE), refused(OUT, words), found=FOUND)) == ["auth.policy_admin"]


CHAINS = [
    # verify code, chain, look, cause, who
    (20, (paper(),), {}, "tls.intermediate", "provider"),
    (20, (paper(),), {"completed": True}, "tls.intermediate", "provider"),
    (20, (paper(),), {"completed": False}, "tls.unknown_ca", "provider"),
    (20, (paper(), paper()), {"completed": True}, "tls.intermediate", "provider"),
    (19, (paper(situations.AVAST), paper(situations.AVAST, own=True)), {}, "tls.interception", "you"),
    (19, (paper(situations.FORTI), paper(situations.FORTI, own=True)), {}, "tls.interception", "network"),
    (18, (paper("CN=localhost", own=True),), {}, "tls.self_signed", "provider"),
    (62, (paper(),), {"sni_differs": False}, "tls.name", "provider"),
]


@pytest.mark.parametrize(("code", "chain", "facts", "id", "who"), CHAINS)
def test_the_same_number_for_four_chains(
    code: int, chain: tuple[Certificate, ...], facts: dict[str, bool], id: str, who: str
) -> None:
    """OpenSSL's number alone does not tell a lost intermediate from a stranger: chain, issuer and a look do."""
    looks = (replace(beside(HERE, LookKind.CHAIN), facts=tuple(facts.items())),) if facts else ()
    (found,) = judged(bad(code, *chain, looks=looks))
    assert (found.causes[0].id, found.causes[0].who) == (id, who)


def test_which_certificate_has_expired() -> None:
    """Of a chain the one that ended is named, though the server's own is good."""
    examination = bad(10, paper(until=(2027, 1)), paper("CN=Old Root", until=(2026, 3), subject="CN=Old Intermediate"))
    assert first(examination) == ["tls.expired"]
    assert (param(examination, "until"), param(examination, "subject")) == ("2026-03-01", "CN=Old Intermediate")


CLOCKS = [
    (9, -3e7, "tls.clock"),
    (9, 3e7, "tls.not_yet_valid"),
    (9, 1.0, "tls.not_yet_valid"),
    (10, 3e7, "tls.clock"),
    (10, -3e7, "tls.expired"),
]


@pytest.mark.parametrize(("code", "ahead", "id"), CLOCKS)
def test_clocks(code: int, ahead: float, id: str) -> None:
    """A clock that is wrong the right way explains a date; one that is right, or wrong the other way, does not."""
    assert first(bad(code, looks=(look(LookKind.CLOCK, "http date", ahead=ahead),))) == [id]


def test_a_clock_that_nobody_looked_at() -> None:
    """Where dates of all servers are wrong at once the two are level, and what decides is a look at another clock."""
    tls = TlsFacts(verify_code=9, chain=(paper(),))
    found = judged(
        examined(*(seen(where, Reason.TLS_CERTIFICATE, Stage.TLS, tls=tls) for where in (HERE, OUT)), found=FOUND)
    )
    assert {(d.tied, d.decider) for d in found} == {(2, "clock")}


BYTES = [
    # encryption, what spoke, cause
    (TLS, "imap", "proto.tls_mode"),
    (TLS, "smtp", "proto.wrong_service"),
    (TLS, "ssh", "proto.wrong_service"),
    (STARTTLS, "tls", "proto.tls_mode"),
    (STARTTLS, "pop3", "proto.wrong_service"),
]


@pytest.mark.parametrize(("security", "speaks", "id"), BYTES)
def test_only_the_first_bytes_tell(security: Security, speaks: str, id: str) -> None:
    """The same failure is told apart by who spoke."""
    service = at(IMAP, "imap.example.org", 4993, security)
    reason, stage = (Reason.TLS_NOT_SPOKEN, Stage.TLS) if security is TLS else (Reason.READ_TIMEOUT, Stage.GREETING)
    looks = (beside(service, LookKind.BYTES, speaks=speaks),)
    assert first(examined(seen(service, reason, stage), SEND, found=FOUND, looks=looks)) == [id]


def test_another_port_that_works() -> None:
    """A closed port beside an open one is the wrong port; one without encryption is no way out."""
    open_one = Endpoint(IMAP, "imap.example.org", 143, STARTTLS)
    found = stopped(Reason.CONNECT_REFUSED, looks=(look(LookKind.PORT, open_one, endpoint=open_one, speaks="imap"),))
    assert first(found) == ["proto.wrong_port"]
    assert (param(found, "right_port"), param(found, "right_security")) == (143, "starttls")
    naked = replace(open_one, security=NONE)
    assert first(stopped(Reason.CONNECT_REFUSED, looks=(look(LookKind.PORT, naked, endpoint=naked),))) == [
        "net.refused"
    ]


def test_a_host_of_another_endpoint() -> None:
    """A look at one host says nothing of another."""
    other = at(IMAP, "other.example.org")
    looks = (
        beside(other, LookKind.BYTES, speaks="smtp"),
        look(LookKind.NAMES, "other.example.org", addresses="8.8.8.8", a="ok"),
    )
    plain = stopped(Reason.TLS_NOT_SPOKEN, Stage.TLS)
    assert judged(replace(plain, looks=looks)) == judged(plain)


def test_ipv6_that_only_costs_time() -> None:
    """Where mail works by IPv4 alone, broken IPv6 is a warning; a machine without any is not worth a word."""
    broken = replace(let_in(HERE), trace=Trace("", situations.V6_BROKEN))
    assert first(examined(broken, SEND, found=FOUND)) == ["net.ipv6_broken"]
    none = (situations.dialled("ENETUNREACH", 0.0001, "2001:db8::1"), situations.dialled(""))
    quiet = replace(let_in(HERE), trace=Trace("", none))
    assert first(examined(quiet, SEND, found=FOUND)) == []


def test_who_can_mend_it() -> None:
    """The same fault is the provider's where they published it, and one's own where it was typed."""
    published = judged(stopped(Reason.TLS_NOT_SPOKEN, Stage.TLS))
    service = at(IMAP, "imap.example.org", typed=True)
    own = judged(
        examined(
            seen(service, Reason.TLS_NOT_SPOKEN, Stage.TLS), SEND, found=FOUND, typed=Typed(IMAP, "imap.example.org")
        )
    )
    assert [d.causes[0].who for d in (*published, *own)] == ["provider", "you"]


def test_both_forms_refused() -> None:
    """When the name was refused with its domain and without, its form is not the likeliest any more."""
    tries = tuple(
        LoginTry(name, "PLAIN", repairs, Outcome.NO, said(PLAIN))
        for name, repairs in (("li", ()), ("li@example.org", (Repair.DOMAIN_ADDED,)))
    )
    both = ServiceEvidence(HERE, Stage.LOGIN, Outcome.NO, said(PLAIN), tries, GOOD, reason=Reason.REFUSED)
    assert first(examined(both, found=FOUND, typed=Typed(username="li"))) == ["auth.bad_credentials"]
    assert first(examined(replace(both, logins=tries[:1]), found=FOUND, typed=Typed(username="li"))) == [
        "auth.username_form"
    ]


@pytest.mark.parametrize(
    ("typed", "repair", "name"),
    [("li@example.org", Repair.DOMAIN_REMOVED, "li"), ("li", Repair.DOMAIN_ADDED, "li@example.org")],
)
def test_the_form_that_was_let_in(typed: str, repair: Repair, name: str) -> None:
    """The user name to type is the one the server took, whatever the settings say of its form."""
    both = (let_in(HERE, repair, name=name), let_in(OUT, repair, name=name))
    found = examined(*both, found=FOUND, typed=Typed(username=typed))
    assert first(found) == ["auth.username_form"]
    assert (param(found, "typed"), param(found, "meant")) == (typed, name)


def test_who_is_turned_away_from_where() -> None:
    """The address a reply names, the list it is on and its owner are told."""
    words = "554 5.7.1 Service unavailable; Client host [198.51.100.7] blocked using zen.example"
    looks = (
        look(LookKind.BLOCKLIST, "198.51.100.7", list="zen.example", codes="127.0.0.4"),
        look(LookKind.OWNER, "198.51.100.7", name="Home Cable", country="CN"),
    )
    found = examined(let_in(HERE), refused(OUT, words, stage=Stage.GREETING), found=FOUND, looks=looks)
    assert first(found) == ["policy.ip_blocked"]
    assert [param(found, key) for key in ("address", "list", "owner")] == ["198.51.100.7", "zen.example", "Home Cable"]
    # A list that refuses to answer has listed nobody.
    refuses = look(LookKind.BLOCKLIST, "198.51.100.7", list="zen.example", codes="127.255.255.254")
    cause = judged(replace(found, looks=(refuses,)))[0].causes[0]
    assert "blocklist.listed" not in {sign.id for sign in cause.speaks_for}


def test_without_any_table_of_replies() -> None:
    """The model judges without the table, by codes and by what was typed."""
    from mailwright import diagnose

    for examination, _ in cases.ALL.values():
        assert diagnose.judge(examination, None, None) is not None
    coded = diagnose.judge(login("NO [EXPIRED] x"), None, None)
    assert coded[0].causes[0].id == "auth.password_expired"


def test_providers_that_belong_together() -> None:
    """A server of the same house is not called another cluster."""
    address, found = of_provider("outlook.com")
    office = at(IMAP, "outlook.office365.com", typed=True)
    words = refused(office, "NO LOGIN failed.", name="li@outlook.com")
    assert first(examined(words, found=found, address=address, typed=Typed(IMAP, "outlook.office365.com"))) == [
        "auth.oauth_only"
    ]


def test_every_cause_is_told_with_the_same_parameters() -> None:
    """Texts can rely on them: what is not known is an empty text."""
    for id, (examination, _) in cases.ALL.items():
        for diagnosis in judged(examination):
            for cause in diagnosis.causes:
                assert [key for key, _ in cause.params] == list(causes.entry(cause.id).all_params), id


@pytest.mark.parametrize(
    ("code", "there", "cause"),
    [
        (62, None, "tls.name"),
        (62, Outcome.OK, "dns.hijack"),
        (62, Outcome.NO, "tls.name"),
        (62, Outcome.TIMEOUT, "tls.name"),
        (18, Outcome.OK, "dns.hijack"),
        (18, Outcome.NO, "tls.self_signed"),
        (19, Outcome.OK, "dns.hijack"),
    ],
)
def test_two_addresses_and_one_certificate(code: int, there: Outcome | None, cause: str) -> None:
    """That resolvers differ is no lie of the DNS by itself; that only the other address proves its name is one."""
    looks = situations.names("8.8.4.4", "1.1.1.1")
    if there is not None:
        looks += (beside(HERE, LookKind.PROOF, there, address="8.8.4.4"),)
    (found,) = judged(replace(bad(code, paper(own=True)), looks=looks))
    assert found.causes[0].id == cause
    assert (cause == "dns.hijack") == (found.causes[0].confidence > 0.95 and there is Outcome.OK)


def test_a_look_of_a_shared_host() -> None:
    """What is found of a name holds for all its services; what is found at a port only for that one."""
    reading, writing = at(IMAP, "mail.example.org"), at(SMTP, "mail.example.org")
    both = (seen(reading, Reason.TLS_NOT_SPOKEN, Stage.TLS), seen(writing, Reason.TLS_NOT_SPOKEN, Stage.TLS))
    at_port = beside(reading, LookKind.BYTES, speaks="smtp")
    assert first(examined(*both, found=FOUND, looks=(at_port,))) == ["proto.wrong_service", "proto.tls_mode"]
    private = tuple(
        look(
            LookKind.NAMES, "mail.example.org", endpoint=reading.endpoint.value, resolver=who, a="ok", addresses=address
        )
        for who, address in (("system", "10.0.0.1"), ("9.9.9.9", "8.8.8.8"))
    )
    tls = TlsFacts(verify_code=18, chain=(paper(own=True),))
    bad_ones = (seen(where, Reason.TLS_CERTIFICATE, Stage.TLS, tls=tls) for where in (reading, writing))
    assert first(examined(*bad_ones, found=FOUND, looks=private)) == ["dns.hijack"]

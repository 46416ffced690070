"""Examinations of all kinds, put together from plausible pieces."""

from __future__ import annotations

from hypothesis import strategies as st

from mailwright.core import (
    DomainFacts,
    EmailAddress,
    Examination,
    LoginTry,
    Look,
    LookKind,
    Outcome,
    Protocol,
    Reason,
    Repair,
    Reply,
    Security,
    ServiceEvidence,
    Shape,
    Stage,
    TlsFacts,
    Trace,
    Typed,
)
from tests.diagnose import made, situations
from tests.diagnose.examined import WORDS, at, examined, login_words, of_provider, said, step

HOSTS = [
    "imap.example.org",
    "imap.exmaple.org",
    "smtp.example.org",
    "imap.exmail.qq.com",
    "imap.qq.com",
    "192.0.2.1",
    "127.0.0.1",
]
TYPED_HOSTS = [
    *HOSTS,
    " imap.example.org,",
    "ｉｍａｐ.example.org",
    "imaps://x:99999/",
    "",
    "\ufeff",
    "li@example.org",
    "[::1",
    "a" * 300,
    "imap.exa\x00mple.org",
    "%00%zz",
]
NAMES = st.sampled_from(
    ["", "li", "li@example.org", "li%40example.org", "ｌｉ@example.org", "@", "a@b@c", "\u00a0", "l\x00i"]
)
SERVICES = st.builds(
    at,
    st.sampled_from(Protocol),
    st.sampled_from(HOSTS),
    st.sampled_from([25, 143, 993, 995, 465, 587, 110, 2525]),
    st.sampled_from(Security),
    typed=st.booleans(),
    name=st.sampled_from(["%EMAILADDRESS%", "%EMAILLOCALPART%", "fixed"]),
)
SAID = st.sampled_from([text for text, _, _ in WORDS]).map(lambda text: said(login_words(text))) | st.builds(
    Reply,
    st.sampled_from(["NO", "BAD", "BYE", "-ERR", "421", "454", "530", "535", "550", "554", "", "5"]),
    st.sampled_from(["", "AUTHENTICATIONFAILED", "UNAVAILABLE", "REFERRAL imap://x/", "5.7.8", "5.2.2", "ALERT"]),
    st.text(max_size=30) | st.just("blocked [198.51.100.7] 999.1.1.1"),
    st.lists(st.sampled_from(["[WEBALERT https://x] Web login required", "x"]), max_size=1).map(tuple),
)
LOGINS = st.builds(
    LoginTry,
    NAMES,
    st.sampled_from(["PLAIN", "XOAUTH2", ""]),
    st.lists(st.sampled_from(Repair), max_size=2).map(tuple),
    st.sampled_from(Outcome),
    st.none() | SAID,
)
PAPERS = st.builds(
    situations.paper, st.sampled_from([situations.AVAST, situations.FORTI, "", "CN=R11"]), own=st.booleans()
)
HANDSHAKES = st.builds(
    TlsFacts,
    version=st.sampled_from(["", "TLSv1.3"]),
    verified=st.booleans(),
    verify_code=st.sampled_from([0, 9, 10, 18, 19, 20, 23, 62, 66]),
    alert=st.sampled_from(
        ["", "TLSV1_ALERT_PROTOCOL_VERSION", "SSLV3_ALERT_HANDSHAKE_FAILURE", "TLSV1_UNRECOGNIZED_NAME", "ODD"]
    ),
    chain=st.lists(PAPERS, max_size=3).map(tuple),
)
STEPS = st.builds(
    step,
    st.sampled_from(["resolve", "connect", "tls", "greeting", "login", "proxy"]),
    st.floats(0, 40),
    st.sampled_from(Outcome),
    address=st.sampled_from(["192.0.2.1", "2001:db8::1", ""]),
    errno=st.sampled_from(["", "EHOSTUNREACH", "ECONNREFUSED", "ENETUNREACH"]),
    name=st.sampled_from(HOSTS),
    addresses=st.sampled_from(["", "192.0.2.1 10.0.0.1", "nonsense"]),
)
SEEN = st.builds(
    ServiceEvidence,
    service=SERVICES,
    stage=st.sampled_from(Stage),
    outcome=st.sampled_from(Outcome),
    reply=st.none() | SAID,
    logins=st.lists(LOGINS, max_size=2).map(tuple),
    tls=st.none() | HANDSHAKES,
    mechanisms=st.sampled_from([(), ("XOAUTH2",), ("PLAIN",)]),
    reason=st.sampled_from(Reason),
    trace=st.lists(STEPS, max_size=3).map(lambda steps: Trace("", tuple(steps))),
)
FACTS = st.dictionaries(
    st.sampled_from(
        [
            "speaks",
            "hello",
            "alert",
            "banner",
            "with",
            "completed",
            "sni_differs",
            "ahead",
            "resolver",
            "a",
            "aaaa",
            "addresses",
            "host",
            "errno",
            "same",
            "via",
            "status",
            "location",
            "body_is_html",
            "list",
            "codes",
            "name",
        ]
    ),
    st.sampled_from(
        [
            None,
            True,
            False,
            0,
            70,
            302,
            511,
            -1e9,
            1e9,
            "",
            "imap",
            "http",
            "tls",
            "server_hello",
            "alert",
            "system",
            "nodata",
            "nxdomain",
            "8.8.8.8 10.0.0.1",
            "imap.example.org",
            "tls1.0",
            "HTTP/1.1 302 Found",
            "EHOSTUNREACH",
        ]
    ),
    max_size=6,
)
ENDPOINTS = SERVICES.map(lambda service: service.endpoint.value)
LOOKS = st.builds(
    Look,
    st.sampled_from(LookKind),
    st.sampled_from([*HOSTS, "imap.example.org:993", "2001:db8::1", ""]),
    st.sampled_from(Outcome),
    st.none() | ENDPOINTS,
    st.floats(0, 10),
    FACTS.map(lambda facts: tuple(facts.items())),
    st.none() | HANDSHAKES,
)
TYPED = st.builds(
    Typed,
    st.none() | st.sampled_from(Protocol),
    st.none() | st.sampled_from(TYPED_HOSTS) | st.text(max_size=20),
    st.none() | st.sampled_from([25, 143, 993, 995, 465, 587, 4444]),
    st.none() | st.sampled_from(Security),
    st.none() | NAMES,
)
QQ = of_provider("qq.com")
FOUND = st.sampled_from(
    [
        (made.LI, None),
        (made.LI, situations.FOUND),
        QQ,
        of_provider("gmail.com"),
        (EmailAddress("li", "gmial.com"), None),
    ]
)
DOMAINS = st.builds(DomainFacts, st.none() | st.booleans(), st.booleans(), st.sampled_from([(), ("mx.example.org",)]))


@st.composite
def examinations(draw: st.DrawFn) -> Examination:
    address, found = draw(FOUND)
    made_ = examined(
        *draw(st.lists(SEEN, max_size=4)),
        found=found,
        typed=draw(TYPED),
        shapes=tuple(draw(st.lists(st.sampled_from(Shape), max_size=3))),
        looks=tuple(draw(st.lists(LOOKS, max_size=5))),
        address=address,
        domain=draw(DOMAINS),
        online=draw(st.booleans()),
    )
    return made_ if draw(st.booleans()) else Examination(typed=made_.typed, evidence=made_.evidence, looks=made_.looks)

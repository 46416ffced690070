"""Causes in what was typed or published: what yields each, and one much like it that must not."""

from __future__ import annotations

from dataclasses import replace

from mailwright.core import (
    Candidate,
    DomainFacts,
    LookKind,
    Reason,
    Shape,
    Source,
    SourceAnswer,
    Stage,
    TlsFacts,
    Told,
    Typed,
)
from tests.diagnose import made
from tests.diagnose.examined import (
    GOOD,
    IMAP,
    SMTP,
    STARTTLS,
    at,
    examined,
    greeted,
    let_in,
    look,
    refused,
    seen,
)
from tests.diagnose.situations import (
    EXMAIL,
    FOUND,
    HERE,
    NO_MX,
    OUT,
    QQ,
    QQ_FOUND,
    QUALIFIED,
    SEND,
    Pair,
    login,
    own,
    speaking,
    stopped,
    typed,
)

TYPED: dict[str, Pair] = {
    "input.fullwidth": (
        login(typed=Typed(IMAP, username="ｌｉ@example.org")),
        login(typed=Typed(IMAP, username="li@example.org")),
    ),
    "input.blank": (
        examined(own(), SEND, found=FOUND, typed=typed(" imap.example.org ")),
        examined(
            seen(at(IMAP, "imap.example.org", typed=True), Reason.TLS_NOT_SPOKEN, Stage.TLS),
            SEND,
            found=FOUND,
            typed=typed("imap.example.org"),
        ),
    ),
    "input.percent": (
        login(typed=Typed(IMAP, username="li%40example.org")),
        login(shapes=(Shape.PERCENT,)),
    ),
    "input.paste": (
        examined(own(), SEND, found=FOUND, typed=typed("imaps://imap.example.org:993")),
        examined(own("imap.other.test"), SEND, found=FOUND, typed=typed("imap.other.test")),
    ),
    "host.typo": (
        examined(own("imap.exmaple.org"), SEND, found=FOUND, typed=typed("imap.exmaple.org")),
        examined(own("imap.elsewhere.org"), SEND, found=FOUND, typed=typed("imap.elsewhere.org")),
    ),
    "host.wrong_cluster": (
        examined(
            refused(EXMAIL, QUALIFIED, name="li@qq.com"),
            found=QQ_FOUND,
            address=QQ,
            typed=typed("imap.exmail.qq.com"),
            shapes=(Shape.LETTERS_16,),
        ),
        examined(
            refused(at(IMAP, "imap.qq.com", typed=True), QUALIFIED, name="li@qq.com"),
            found=QQ_FOUND,
            address=QQ,
            typed=typed("imap.qq.com"),
        ),
    ),
}

PROTOCOLS: dict[str, Pair] = {
    "proto.wrong_service": (
        examined(
            seen(at(IMAP, "smtp.example.org", typed=True), Reason.CONNECT_TIMEOUT),
            SEND,
            found=FOUND,
            typed=typed("smtp.example.org"),
        ),
        stopped(Reason.CONNECT_TIMEOUT),
    ),
    "proto.wrong_port": (
        examined(
            let_in(HERE),
            seen(at(SMTP, "smtp.example.org", 25, STARTTLS, typed=True), Reason.CONNECT_TIMEOUT),
            found=FOUND,
            typed=Typed(SMTP, "smtp.example.org", 25),
        ),
        examined(
            let_in(HERE),
            seen(at(SMTP, "smtp.example.org", 587, STARTTLS, typed=True), Reason.CONNECT_TIMEOUT),
            found=FOUND,
            typed=Typed(SMTP, "smtp.example.org", 587),
        ),
    ),
    "proto.tls_mode": (speaking("imap"), speaking("http", Reason.NOT_THE_PROTOCOL)),
    "proto.tls_required": (
        stopped(Reason.LOGIN_DISABLED, Stage.LOGIN),
        stopped(Reason.LOGIN_DISABLED, Stage.LOGIN, tls=GOOD),
    ),
    "proto.too_much": (stopped(Reason.TOO_MUCH), stopped(Reason.CLOSED)),
    "tls.starttls_missing": (stopped(Reason.STARTTLS_MISSING), stopped(Reason.STARTTLS_REFUSED)),
    "tls.starttls_refused": (stopped(Reason.STARTTLS_REFUSED), stopped(Reason.STARTTLS_MISSING)),
    "tls.starttls_injection": (stopped(Reason.STARTTLS_INJECTION), stopped(Reason.STARTTLS_MISSING)),
}

PUBLISHED: dict[str, Pair] = {
    "domain.nxdomain": (examined(domain=DomainFacts(exists=False)), examined(domain=DomainFacts(exists=None))),
    "domain.null_mx": (examined(domain=DomainFacts(exists=True, null_mx=True)), examined()),
    "dns.no_mx": (
        examined(
            domain=NO_MX, looks=(look(LookKind.NAMES, "example.org", resolver="system", a="nodata", aaaa="nodata"),)
        ),
        examined(domain=NO_MX, looks=(look(LookKind.NAMES, "example.org", resolver="system", a="ok", aaaa="nodata"),)),
    ),
    "provider.closed": (examined(found=Candidate((), "tuta")), examined(greeted(HERE), greeted(OUT), found=FOUND)),
    "settings.offline": (examined(online=False), examined()),
    "settings.unknown": (
        replace(
            examined(), discovery=replace(made.discovery(None), answers=(SourceAnswer(Source.PACC, Told.UNKNOWN),))
        ),
        examined(),
    ),
    "settings.not_found": (examined(), examined(greeted(HERE))),
    "settings.plaintext": (stopped(Reason.PLAINTEXT, Stage.RESOLVE), stopped(Reason.NOT_CONFIRMED, Stage.RESOLVE)),
    "trust.not_confirmed": (stopped(Reason.NOT_CONFIRMED, Stage.RESOLVE), stopped(Reason.PLAINTEXT, Stage.RESOLVE)),
    "bridge.not_running": (
        examined(seen(at(IMAP, "127.0.0.1", 1143), Reason.CONNECT_REFUSED), SEND),
        examined(seen(at(IMAP, "192.168.0.9", 1143), Reason.CONNECT_REFUSED), SEND),
    ),
    "bridge.certificate": (
        examined(
            seen(at(IMAP, "localhost", 1143), Reason.TLS_CERTIFICATE, Stage.TLS, tls=TlsFacts(verify_code=18)), SEND
        ),
        examined(seen(at(IMAP, "localhost", 1143), Reason.CLOSED, Stage.TLS), SEND),
    ),
}

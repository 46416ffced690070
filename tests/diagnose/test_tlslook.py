"""What a close look means: each finding has a look that brings it and a near miss that does not."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from mailwright import diagnose, texts
from mailwright.core import (
    Certificate,
    ChainFault,
    ChainLink,
    ChainProblem,
    Finding,
    KeyExchange,
    Outcome,
    Protocol,
    Reason,
    Severity,
    Stage,
    Staple,
    StapleState,
    TlsFacts,
    TlsHabits,
    TlsLook,
    TlsTarget,
    TlsVersion,
    VersionLook,
)

DAY = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
GOOD = ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384")
MODERN = ("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256")
TODAY = {TlsVersion.TLS12: GOOD, TlsVersion.TLS13: MODERN}


def link(**changes: Any) -> ChainLink:
    certificate = Certificate(
        "CN=mail.test", "CN=CA", ("mail.test",), DAY, DAY, "00" * 32, "RSA 2048", self_signed=False
    )
    return replace(ChainLink(certificate, 60, 2048, "sha256 RSA", "1"), **changes)


def versions(offered: Mapping[TlsVersion, tuple[str, ...]], *, ordered: bool | None = None) -> tuple[VersionLook, ...]:
    return tuple(
        VersionLook(v, v in offered, offered.get(v, ()), ordered if v in offered else None) for v in TlsVersion
    )


def look(**changes: Any) -> TlsLook:
    """A good server, but for the changes."""
    base = TlsLook(
        TlsTarget("mail.test", 993),
        Outcome.OK,
        versions=versions(TODAY),
        negotiated=TlsFacts("TLSv1.3", MODERN[0], "X25519MLKEM768"),
        chain=(link(), link()),
        exchange=KeyExchange(("X25519MLKEM768", "x25519"), sha1=False, dh_bits=0),
        habits=TlsHabits(
            compression=False,
            secure_renegotiation=True,
            extended_master_secret=True,
            fallback_refused=True,
            client_certificate=False,
        ),
    )
    return replace(base, **changes)


def found(seen: TlsLook) -> dict[str, Finding]:
    return {finding.id: finding for finding in diagnose.tls_findings(seen)}


def test_nothing_to_say_of_a_good_server() -> None:
    """A server that keeps to Mozilla's intermediate configuration has no finding."""
    assert found(look()) == {}
    assert diagnose.tls_profile(look()) is diagnose.Profile.INTERMEDIATE
    assert diagnose.tls_grade(look()) is diagnose.Grade.GOOD


E, W, N = Severity.ERROR, Severity.WARNING, Severity.INFO
EXCHANGE = look().exchange
HABITS = look().habits
STATIC = ("TLS_RSA_WITH_AES_128_GCM_SHA256",)
# What is different, what comes of it, how bad; then the near miss.
TABLE: list[tuple[dict[str, Any], str, Severity, dict[str, Any]]] = [
    ({"versions": versions({**TODAY, TlsVersion.TLS11: ()})}, "tls.look.old_version", W, {}),
    ({"versions": versions({**TODAY, TlsVersion.SSL3: ()})}, "tls.look.broken_version", E, {}),
    ({"versions": versions({TlsVersion.TLS11: ()})}, "tls.look.only_old", E,
     {"versions": (VersionLook(TlsVersion.TLS11, offered=True), VersionLook(TlsVersion.TLS12, None))}),
    ({"versions": versions({TlsVersion.TLS12: GOOD})}, "tls.look.no_tls13", N, {}),
    ({"versions": versions({TlsVersion.TLS12: STATIC})}, "tls.look.only_static", E,
     {"versions": versions({TlsVersion.TLS12: (*GOOD, *STATIC)})}),
    ({"versions": versions({**TODAY, TlsVersion.TLS12: (*GOOD, *STATIC)})}, "tls.look.weak_cipher", W, {}),
    ({"versions": versions({**TODAY, TlsVersion.TLS12: (*GOOD, "TLS_ECDHE_RSA_WITH_RC4_128_SHA")})},
     "tls.look.broken_cipher", E, {"versions": versions({**TODAY, TlsVersion.TLS12: (*GOOD, *STATIC)})}),
    ({"versions": versions({**TODAY, TlsVersion.TLS12: (*GOOD, *STATIC)}, ordered=False)}, "tls.look.no_order", N,
     {"versions": versions(TODAY, ordered=False)}),
    ({"versions": versions({**TODAY, TlsVersion.TLS12: (*STATIC, *GOOD)}, ordered=True)}, "tls.look.bad_order", W,
     {"versions": versions({**TODAY, TlsVersion.TLS12: (*GOOD, *STATIC)}, ordered=True)}),
    ({"exchange": replace(EXCHANGE, dh_bits=1024)}, "tls.look.short_dh", E,
     {"exchange": replace(EXCHANGE, dh_bits=2048)}),
    ({"exchange": replace(EXCHANGE, dh_bits=1536)}, "tls.look.short_dh", W, {}),
    ({"exchange": replace(EXCHANGE, weak_groups=("secp192r1",))}, "tls.look.weak_groups", W, {}),
    ({"exchange": replace(EXCHANGE, sha1=True)}, "tls.look.sha1", W, {"exchange": replace(EXCHANGE, sha1=None)}),
    ({"exchange": replace(EXCHANGE, groups=("x25519",))}, "tls.look.no_pqc", N,
     {"exchange": replace(EXCHANGE, groups=("x25519",), complete=False)}),
    ({"habits": replace(HABITS, compression=True)}, "tls.look.compression", W, {}),
    ({"habits": replace(HABITS, secure_renegotiation=False)}, "tls.look.renegotiation", W,
     {"habits": replace(HABITS, secure_renegotiation=None)}),
    ({"habits": replace(HABITS, secure_renegotiation=False), "versions": versions({TlsVersion.TLS12: GOOD})},
     "tls.look.renegotiation", E, {}),
    ({"habits": replace(HABITS, fallback_refused=False)}, "tls.look.fallback", N,
     {"habits": replace(HABITS, fallback_refused=None)}),
    ({"habits": replace(HABITS, extended_master_secret=False)}, "tls.look.master_secret", N, {}),
    ({"habits": replace(HABITS, client_certificate=True)}, "tls.look.client_certificate", N, {}),
    ({"chain": (link(days_left=13),)}, "tls.look.expires_soon", W, {"chain": (link(days_left=14),)}),
    ({"staple": Staple(StapleState.REVOKED)}, "tls.look.revoked", E, {"staple": Staple(StapleState.GOOD)}),
    ({"staple": Staple(StapleState.STALE)}, "tls.look.staple", W, {"staple": Staple(StapleState.NONE)}),
    ({"chain": (link(must_staple=True),)}, "tls.look.must_staple", E,
     {"chain": (link(must_staple=True),), "staple": Staple(StapleState.GOOD)}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "id", "severity", "miss"), TABLE, ids=[f"{n}-{row[1]}" for n, row in enumerate(TABLE)]
)
def test_each_finding(changes: dict[str, Any], id: str, severity: Severity, miss: dict[str, Any]) -> None:
    """It comes with what it is about, as bad as it is, and not with the near miss."""
    assert found(look(**changes))[id].severity is severity
    assert id not in found(look(**miss))


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize("fault", ChainFault)
def test_each_fault_of_the_chain(fault: ChainFault, at: int) -> None:
    """Every fault, at the server's own certificate or above, has a finding with texts that find all they mention."""
    [finding] = found(look(chain_problems=(ChainProblem(fault, at),))).values()
    for language in texts.LANGUAGES:
        shown = texts.Words(language).finding(finding)
        assert shown.title
        assert shown.why
        assert shown.fix
        assert "{" not in f"{shown.title}{shown.why}{shown.fix}"
    mild = (ChainFault.ORDER, ChainFault.NO_NAME)
    assert (finding.severity is Severity.ERROR) == (fault not in mild)


@pytest.mark.parametrize(
    "fault", [ChainFault.EXPIRED, ChainFault.WEAK_KEY, ChainFault.WEAK_SIGNATURE, ChainFault.OTHER]
)
@pytest.mark.parametrize("chain", [(link(), link(), link()), (link(), link(), ChainLink())])
def test_what_nobody_needs_is_a_warning(fault: ChainFault, chain: tuple[ChainLink, ...]) -> None:
    """A bad certificate beside the way to a trusted root is worth a word and breaks nothing."""
    seen = look(chain=chain, chain_problems=(ChainProblem(fault, 2, needed=False),))
    [finding] = found(seen).values()
    assert (finding.id, finding.severity) == ("tls.look.chain_superfluous", Severity.WARNING)
    assert diagnose.tls_grade(seen) == diagnose.tls_grade(look())
    for language in texts.LANGUAGES:
        assert texts.Words(language).finding(finding).why


def test_a_leaf_that_cannot_be_read() -> None:
    """It is an error with texts, and nothing is said of what would have stood in it."""
    [finding] = found(look(chain=(ChainLink(),), chain_problems=(ChainProblem(ChainFault.OTHER, 0),))).values()
    assert (finding.id, finding.severity) == ("tls.certificate", Severity.ERROR)


REASONS = [
    (Reason.DNS_NXDOMAIN, Stage.RESOLVE, "", None, "dns.nxdomain", Severity.UNKNOWN),
    (Reason.CONNECT_REFUSED, Stage.CONNECT, "", None, "net.refused", Severity.UNKNOWN),
    (Reason.CONNECT_TIMEOUT, Stage.CONNECT, "", None, "net.timeout", Severity.UNKNOWN),
    (Reason.NO_SOCKETS, Stage.CONNECT, "", None, "net.no_sockets", Severity.UNKNOWN),
    (Reason.PROXY_REFUSED, Stage.PROXY, "", None, "net.proxy_refused", Severity.UNKNOWN),
    (Reason.TLS_NOT_SPOKEN, Stage.TLS, "imap", None, "tls.look.starttls_wanted", Severity.UNKNOWN),
    (Reason.TLS_NOT_SPOKEN, Stage.TLS, "http", None, "tls.look.other_service", Severity.UNKNOWN),
    (Reason.TLS_NOT_SPOKEN, Stage.TLS, "", None, "tls.look.silent", Severity.UNKNOWN),
    (Reason.NOT_THE_PROTOCOL, Stage.GREETING, "tls", Protocol.IMAP, "tls.look.begins_with_tls", Severity.UNKNOWN),
    (Reason.NOT_THE_PROTOCOL, Stage.GREETING, "pop3", Protocol.IMAP, "tls.look.starttls_wanted", Severity.UNKNOWN),
    (Reason.STARTTLS_MISSING, Stage.STARTTLS, "imap", Protocol.IMAP, "tls.starttls_missing", Severity.ERROR),
]


@pytest.mark.parametrize(("reason", "stage", "speaks", "starttls", "id", "severity"), REASONS)
def test_no_tls(
    reason: Reason, stage: Stage, speaks: str, starttls: Protocol | None, id: str, severity: Severity
) -> None:
    """Where no TLS was spoken one finding says why; only a missing STARTTLS is a verdict about the server."""
    target = TlsTarget("mail.test", 993, starttls)
    [finding] = diagnose.tls_findings(TlsLook(target, Outcome.FAILED, stage, reason, speaks))
    assert (finding.id, finding.severity) == (id, severity)
    for language in texts.LANGUAGES:
        assert texts.Words(language).finding(finding).why


GRADES = [
    ("TLS_AES_128_GCM_SHA256", "good"),
    ("TLS_AES_128_CCM_8_SHA256", "sufficient"),
    ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "good"),
    ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "sufficient"),
    ("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "sufficient"),
    ("TLS_RSA_WITH_AES_128_GCM_SHA256", "phase_out"),
    ("TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256", "phase_out"),
    ("TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", "phase_out"),
    ("TLS_ECDHE_RSA_WITH_RC4_128_SHA", "insufficient"),
    ("TLS_DH_anon_WITH_AES_256_GCM_SHA384", "insufficient"),
    ("TLS_ECDHE_RSA_WITH_NULL_SHA", "insufficient"),
    ("TLS_RSA_EXPORT_WITH_DES40_CBC_SHA", "insufficient"),
    ("TLS_RSA_WITH_DES_CBC_SHA", "insufficient"),
    ("0xcafe", "insufficient"),
]


@pytest.mark.parametrize(("name", "grade"), GRADES)
def test_grades(name: str, grade: str) -> None:
    """Each kind of cipher has its grade."""
    assert diagnose.tls_cipher(name) == grade


def test_profiles() -> None:
    """Modern is TLS 1.3 alone; one cipher, group or version too much and it is none."""
    only = look(versions=versions({TlsVersion.TLS13: MODERN}))
    assert diagnose.tls_profile(only) is diagnose.Profile.MODERN
    more = look(versions=versions({**TODAY, TlsVersion.TLS12: (*GOOD, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256")}))
    odd = look(exchange=replace(EXCHANGE, groups=("x25519", "secp521r1")))
    for seen in (more, odd, look(partial=True), look(versions=versions({TlsVersion.TLS12: GOOD}))):
        assert diagnose.tls_profile(seen) is diagnose.Profile.NONE


def test_worst_first() -> None:
    """Errors stand before warnings, and these before remarks."""
    seen = look(
        versions=versions({TlsVersion.TLS12: GOOD, TlsVersion.TLS11: ()}),
        chain_problems=(ChainProblem(ChainFault.EXPIRED, 0),),
    )
    assert [f.severity for f in diagnose.tls_findings(seen)] == [E, W, N]

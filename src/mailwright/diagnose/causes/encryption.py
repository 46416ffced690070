"""Causes in TLS: certificates and handshakes."""

from __future__ import annotations

from mailwright.core import Fixer, Severity
from mailwright.diagnose.causes.entry import Entry

_YOU, _PROVIDER, _NETWORK, _ADMIN, _ERROR = Fixer.YOU, Fixer.PROVIDER, Fixer.NETWORK, Fixer.ADMIN, Severity.ERROR
_PAPER = ("names", "issuer", "until", "since", "subject")
_GOOD = ("seen.verified",)

CERTIFICATES: tuple[Entry, ...] = (
    Entry(
        "tls.expired",
        _PROVIDER,
        _ERROR,
        supports={"cert.expired": 22},
        against={"clock.explains": 16},
        excludes=_GOOD,
        decided_by=("clock",),
        params=_PAPER,
        usual=True,
    ),
    Entry(
        "tls.not_yet_valid",
        _PROVIDER,
        _ERROR,
        supports={"cert.not_yet_valid": 22},
        against={"clock.explains": 16},
        excludes=_GOOD,
        decided_by=("clock",),
        params=_PAPER,
    ),
    Entry(
        "tls.clock",
        _YOU,
        _ERROR,
        supports={"cert.not_yet_valid": 15, "cert.expired": 6, "clock.explains": 24, "together.dates": 6},
        excludes=("clock.right", *_GOOD),
        needs=("cert.not_yet_valid", "clock.explains"),
        decided_by=("clock",),
        params=("ahead", *_PAPER),
        whole=True,
    ),
    Entry(
        "tls.name",
        _PROVIDER,
        _ERROR,
        supports={"cert.name": 22, "typed.host.trailing_dot": 3},
        against={"names.private": 8, "issuer.interceptor": 8, "portal.redirected": 10},
        excludes=_GOOD,
        needs=("cert.name",),
        decided_by=("names", "chain"),
        params=(*_PAPER, "right_host"),
        usual=True,
    ),
    Entry(
        "tls.self_signed",
        _PROVIDER,
        _ERROR,
        supports={"cert.self_signed": 22},
        against={"issuer.interceptor": 8, "names.private": 8},
        excludes=_GOOD,
        decided_by=("path",),
        params=_PAPER,
    ),
    Entry(
        "tls.unknown_ca",
        _PROVIDER,
        _ERROR,
        supports={"cert.no_issuer": 20, "cert.root_untrusted": 22, "chain.open": 8},
        against={"chain.completed": 20, "issuer.interceptor": 10},
        excludes=_GOOD,
        needs=("cert.no_issuer", "cert.root_untrusted"),
        decided_by=("chain", "path"),
        params=_PAPER,
    ),
    Entry(
        "tls.intermediate",
        _PROVIDER,
        _ERROR,
        supports={"cert.leaf_alone": 26, "chain.completed": 32},
        against={"chain.open": 14, "issuer.interceptor": 12},
        excludes=_GOOD,
        decided_by=("chain",),
        params=_PAPER,
    ),
    Entry(
        "tls.interception",
        _NETWORK,
        _ERROR,
        supports={"issuer.interceptor": 24, "cert.untrusted": 7, "path.differs": 22, "handshake.bad_record": 6},
        excludes=_GOOD,
        needs=("issuer.interceptor", "path.differs"),
        decided_by=("path",),
        params=(*_PAPER, "via"),
        whole=True,
    ),
    Entry(
        "tls.weak_key",
        _PROVIDER,
        _ERROR,
        supports={"cert.weak": 25, "handshake.weak_key": 22},
        excludes=_GOOD,
        params=_PAPER,
    ),
    Entry("tls.certificate", _PROVIDER, _ERROR, supports={"cert.other": 20}, excludes=_GOOD, params=_PAPER),
)

HANDSHAKES: tuple[Entry, ...] = (
    Entry(
        "tls.version",
        _PROVIDER,
        _ERROR,
        supports={
            "tls.handshake": 15,
            "alert.version": 16,
            "tls.handshake_closed": 6,
            "ladder.old_version": 28,
            "ladder.newest_hurts": 20,
        },
        against={"alert.other": 3},
        excludes=_GOOD,
        needs=("tls.handshake", "alert.version", "ladder.old_version", "ladder.newest_hurts", "tls.handshake_closed"),
        decided_by=("ladder", "bytes"),
    ),
    Entry(
        "tls.cipher",
        _PROVIDER,
        _ERROR,
        supports={"tls.handshake": 8, "alert.failure": 16, "ladder.weak_suite": 27, "handshake.no_suite": 24},
        excludes=_GOOD,
        decided_by=("ladder",),
    ),
    Entry(
        "tls.client_cert",
        _ADMIN,
        _ERROR,
        supports={"alert.certificate_required": 34, "alert.failure": 6, "alert.bad_certificate": 24},
        against={"ladder.weak_suite": 10, "ladder.old_version": 10},
        needs=("alert.certificate_required", "alert.bad_certificate", "alert.failure"),
        decided_by=("ladder",),
    ),
    Entry(
        "tls.sni",
        _PROVIDER,
        _ERROR,
        supports={"alert.name": 30, "ladder.no_sni": 30, "chain.sni_differs": 9, "cert.name": 3},
        excludes=_GOOD,
        needs=("alert.name", "ladder.no_sni", "chain.sni_differs"),
        decided_by=("ladder", "chain"),
        params=("names",),
    ),
)

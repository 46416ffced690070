"""Handshakes that failed: the alert, and what loosening or tightening changed."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import LookKind, Outcome, Reason, Sign, Stage
from mailwright.diagnose.case import Case
from mailwright.diagnose.signs.making import sign

# Reason names of OpenSSL (ssl.h), longest part first; the numbers are those of RFC 8446 §6.2.
_ALERTS = (
    ("CERTIFICATE_REQUIRED", "alert.certificate_required"),
    ("ALERT_BAD_CERTIFICATE", "alert.bad_certificate"),
    ("ALERT_UNKNOWN_CA", "alert.bad_certificate"),
    ("ALERT_CERTIFICATE_UNKNOWN", "alert.bad_certificate"),
    ("UNRECOGNIZED_NAME", "alert.name"),
    ("PROTOCOL_VERSION", "alert.version"),
    ("UNSUPPORTED_PROTOCOL", "alert.version"),
    ("NO_PROTOCOLS_AVAILABLE", "alert.version"),
    ("WRONG_SSL_VERSION", "alert.version"),
    ("WRONG_VERSION_NUMBER", "alert.version"),
    ("HANDSHAKE_FAILURE", "alert.failure"),
    ("DH_KEY_TOO_SMALL", "handshake.weak_key"),
    ("KEY_TOO_SMALL", "handshake.weak_key"),
    ("MD_TOO_WEAK", "handshake.weak_key"),
    ("INSUFFICIENT_SECURITY", "handshake.no_suite"),
    ("NO_SHARED_CIPHER", "handshake.no_suite"),
    ("NO_CIPHERS_AVAILABLE", "handshake.no_suite"),
    ("LEGACY_RENEGOTIATION", "handshake.no_suite"),
    ("LEGACY_SIGALG", "handshake.no_suite"),
    ("WRONG_SIGNATURE_TYPE", "handshake.no_suite"),
    ("BAD_ECPOINT", "handshake.no_suite"),
    ("BAD_RECORD_MAC", "handshake.bad_record"),
    ("INTERNAL_ERROR", "handshake.internal"),
)
_LADDER = {
    "tls1.0": "ladder.old_version",
    "tls1.1": "ladder.old_version",
    "seclevel0": "ladder.weak_suite",
    "legacy": "ladder.weak_suite",
    "tls1.2_max": "ladder.newest_hurts",
    "no_sni": "ladder.no_sni",
}
_OLD = ("TLSv1", "TLSv1.1", "SSLv3")
_HUNG_UP = frozenset({Reason.CLOSED, Reason.CONNECT_RESET})
_HARMLESS = frozenset({"seclevel0", "legacy", "tls1.2_max", "no_sni"})


def read(case: Case) -> Iterator[Sign]:
    """The alert of the handshake, the rungs that held, and small segments."""
    seen = case.seen
    if seen is None:
        return
    if seen.reason is Reason.TLS_HANDSHAKE:
        yield sign(case, "tls.handshake")
        alert = seen.tls.alert.upper() if seen.tls is not None else ""
        named = next((id for part, id in _ALERTS if part in alert), "")
        if alert:
            yield sign(case, named or "alert.other")
    held = {str(look.fact("with") or ""): look for look in case.looks(LookKind.LADDER) if look.outcome is Outcome.OK}
    if seen.reason in _HUNG_UP and held.keys() >= _HARMLESS:
        # Each of these loosens something else: where all hold, nothing had to be loosened.
        yield sign(case, "ladder.all")
        held = {}
    for name, look in held.items():
        rung = _LADDER.get(name)
        if rung is not None:
            # What is loosened may let an old version through: then that is what is missing.
            old = rung == "ladder.weak_suite" and str(look.fact("version") or "") in _OLD
            yield sign(case, "ladder.old_version" if old else rung)
    if seen.stage in (Stage.TLS, Stage.STARTTLS) or seen.reason is Reason.READ_TIMEOUT:
        for look in case.looks(LookKind.SMALL):
            yield sign(case, "small.works" if look.outcome is Outcome.OK else "small.fails")

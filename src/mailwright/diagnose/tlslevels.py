"""How good a way to encrypt is, by two published scales.

`Grade`: internet.nl's words, by the TLS guidelines of the Dutch NCSC. `Profile`: Mozilla's Server Side TLS 6.0, which
knows "modern" and "intermediate" and no "old" any more.
"""

from __future__ import annotations

import re
from enum import StrEnum

from mailwright.core import ChainFault, TlsLook, TlsVersion


class Grade(StrEnum):
    """From best to worst."""

    GOOD = "good"
    SUFFICIENT = "sufficient"
    PHASE_OUT = "phase_out"
    INSUFFICIENT = "insufficient"


class Profile(StrEnum):
    """Which of Mozilla's configurations it is, or none."""

    MODERN = "modern"
    INTERMEDIATE = "intermediate"
    NONE = "none"


VERSIONS = {
    TlsVersion.SSL2: Grade.INSUFFICIENT,
    TlsVersion.SSL3: Grade.INSUFFICIENT,
    TlsVersion.TLS10: Grade.PHASE_OUT,
    TlsVersion.TLS11: Grade.PHASE_OUT,
    TlsVersion.TLS12: Grade.SUFFICIENT,
    TlsVersion.TLS13: Grade.GOOD,
}
_BROKEN = re.compile(
    "NULL|anon|EXPORT|RC4|RC2|DES40|_DES_|IDEA|MD5|KRB5|FORTEZZA|GOST|SRP|PSK|_DSS_|OLD|CECPQ1|^SSL_|^0x"
)
# Static keys: who gets the key once reads everything that was ever recorded.
_STATIC = re.compile("^TLS_(RSA|ECDH|DH)_")
_SLOW = re.compile("3DES|SEED")
_AEAD = re.compile("AES_\\d+_GCM|CHACHA20_POLY1305|AES_\\d+_CCM")
_SHORT_TAG = re.compile("CCM_8")
PROFILE_CIPHERS = frozenset(
    f"TLS_ECDHE_{key}_WITH_{cipher}"
    for key in ("ECDSA", "RSA")
    for cipher in ("AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256")
)
PROFILE_SUITES = frozenset({"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"})
PROFILE_GROUPS = frozenset({"X25519MLKEM768", "x25519", "secp256r1", "secp384r1"})
_ORDER = list(Grade)


def cipher(name: str) -> Grade:
    """The grade of one cipher by its IANA name."""
    if _BROKEN.search(name):
        return Grade.INSUFFICIENT
    if _STATIC.search(name) or _SLOW.search(name):
        return Grade.PHASE_OUT
    good = _AEAD.search(name) and not _SHORT_TAG.search(name)
    return Grade.GOOD if good and ("ECDHE" in name or "_WITH_" not in name) else Grade.SUFFICIENT


def grade(look: TlsLook) -> Grade:
    """The worst of what is offered."""
    offered = [one for one in look.versions if one.offered]
    grades = [VERSIONS[one.version] for one in offered if VERSIONS[one.version] is not Grade.SUFFICIENT]
    grades += [cipher(name) for one in offered for name in one.ciphers]
    if look.exchange.weak_groups or 0 < look.exchange.dh_bits < 2048:
        grades.append(Grade.INSUFFICIENT)
    weak = (ChainFault.WEAK_KEY, ChainFault.WEAK_SIGNATURE)
    if look.habits.compression or any(p.fault in weak and p.needed for p in look.chain_problems):
        grades.append(Grade.INSUFFICIENT)
    return max(grades, key=_ORDER.index, default=Grade.INSUFFICIENT)


def worst(names: tuple[str, ...]) -> Grade:
    """Of several ciphers."""
    return max(map(cipher, names), key=_ORDER.index, default=Grade.GOOD)


def rising(names: tuple[str, ...]) -> bool:
    """True when in the server's order something worse never stands before something better."""
    ranks = [_ORDER.index(cipher(name)) for name in names if cipher(name) is not Grade.SUFFICIENT]
    return ranks == sorted(ranks)


def profile(look: TlsLook) -> Profile:
    """The strictest of Mozilla's configurations that the versions, ciphers and groups keep to."""
    offered = {one.version for one in look.versions if one.offered}
    older = look.version(TlsVersion.TLS12)
    groups = set(look.exchange.groups) | set(look.exchange.weak_groups)
    fits = (
        TlsVersion.TLS13 in offered
        and set(look.version(TlsVersion.TLS13).ciphers) <= PROFILE_SUITES
        and groups <= PROFILE_GROUPS
        and not look.partial
    )
    if fits and offered == {TlsVersion.TLS13}:
        return Profile.MODERN
    intermediate = offered == {TlsVersion.TLS12, TlsVersion.TLS13} and set(older.ciphers) <= PROFILE_CIPHERS
    return Profile.INTERMEDIATE if fits and intermediate else Profile.NONE

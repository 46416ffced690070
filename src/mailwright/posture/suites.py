"""Numbers and names of ciphers and groups, and which of them are asked for together."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

# Servers of some makers stop reading behind this many.
MOST_OFFERED = 128
TLS13_CIPHERS = (0x1301, 0x1302, 0x1303, 0x1304, 0x1305)
# What servers have if nobody chose.
TLS13_USUAL = TLS13_CIPHERS[:3]
# RFC 8446 §4.2.7, RFC 8734, RFC 8998, draft-ietf-tls-ecdhe-mlkem, draft-ietf-tls-mlkem: OpenSSL's names.
POST_QUANTUM = {
    0x11EC: "X25519MLKEM768",
    0x11EB: "SecP256r1MLKEM768",
    0x11ED: "SecP384r1MLKEM1024",
    0x0200: "MLKEM512",
    0x0201: "MLKEM768",
    0x0202: "MLKEM1024",
    0x6399: "X25519Kyber768Draft00",
}
CURVES = {
    **POST_QUANTUM,
    0x001D: "x25519",
    0x0017: "secp256r1",
    0x001E: "x448",
    0x0018: "secp384r1",
    0x0019: "secp521r1",
}
OTHERS = {
    0x0100: "ffdhe2048",
    0x0101: "ffdhe3072",
    0x0102: "ffdhe4096",
    0x0103: "ffdhe6144",
    0x0104: "ffdhe8192",
    0x001F: "brainpoolP256r1tls13",
    0x0020: "brainpoolP384r1tls13",
    0x0021: "brainpoolP512r1tls13",
    0x0029: "curveSM2",
}
OLDER = {0x001A: "brainpoolP256r1", 0x001B: "brainpoolP384r1", 0x001C: "brainpoolP512r1"}
# RFC 8422 §5.1.1 took them out; below 224 bits, or of a kind nobody uses any more.
WEAK = {
    0x0001: "sect163k1",
    0x0002: "sect163r1",
    0x0003: "sect163r2",
    0x0004: "sect193r1",
    0x0005: "sect193r2",
    0x0006: "sect233k1",
    0x0007: "sect233r1",
    0x0008: "sect239k1",
    0x0009: "sect283k1",
    0x000A: "sect283r1",
    0x000B: "sect409k1",
    0x000C: "sect409r1",
    0x000D: "sect571k1",
    0x000E: "sect571r1",
    0x000F: "secp160k1",
    0x0010: "secp160r1",
    0x0011: "secp160r2",
    0x0012: "secp192k1",
    0x0013: "secp192r1",
    0x0014: "secp224k1",
    0x0015: "secp224r1",
    0x0016: "secp256k1",
}
GROUPS = {**CURVES, **OTHERS, **OLDER, **WEAK}
# RFC 8446 §4.2.3.
SIGNATURES = {
    0x0201: "rsa_pkcs1_sha1",
    0x0202: "dsa_sha1",
    0x0203: "ecdsa_sha1",
    0x0301: "rsa_pkcs1_sha224",
    0x0401: "rsa_pkcs1_sha256",
    0x0403: "ecdsa_secp256r1_sha256",
    0x0501: "rsa_pkcs1_sha384",
    0x0503: "ecdsa_secp384r1_sha384",
    0x0601: "rsa_pkcs1_sha512",
    0x0603: "ecdsa_secp521r1_sha512",
    0x0804: "rsa_pss_rsae_sha256",
    0x0805: "rsa_pss_rsae_sha384",
    0x0806: "rsa_pss_rsae_sha512",
    0x0807: "ed25519",
    0x0808: "ed448",
    0x0809: "rsa_pss_pss_sha256",
    0x080A: "rsa_pss_pss_sha384",
    0x080B: "rsa_pss_pss_sha512",
}
_ODD = re.compile("anon|NULL|EXPORT|GOST|FORTEZZA|RC2|DES40|_DES_|IDEA|DSS|OLD|SM4|CECPQ1|_FIPS|TLS_(EC)?DH_|STREEBOG")
# These need a key, a password or a ticket that both sides have beforehand: no stranger can use them.
_SHARED = re.compile("PSK|SRP|KRB5")
# What came with TLS 1.2 (RFC 5246 app. A.5 and later).
_NEWER = re.compile("GCM|CCM|POLY1305|SHA256|SHA384|STREEBOG")


@cache
def _table() -> dict[int, tuple[str, str]]:
    lines = Path(__file__).with_name("suites.txt").read_text(encoding="ascii").splitlines()
    rows = [line.split() for line in lines if line[:1] != "#"]
    return {int(number, 16): (name, other[0] if other else name) for number, name, *other in rows}


def name(number: int) -> str:
    """The IANA name of a cipher, or its number."""
    return _table().get(number, (f"0x{number:04x}",))[0]


def openssl_name(iana: str) -> str:
    """What a server's configuration calls it."""
    return _openssl().get(iana, iana)


@cache
def _openssl() -> dict[str, str]:
    return dict(_table().values())


def iana_name(openssl: str) -> str:
    """The IANA name of a cipher that OpenSSL names."""
    return next((ours for ours, theirs in _table().values() if theirs == openssl), openssl)


def numbers13(openssl: str) -> list[int]:
    """The number of a cipher of TLS 1.3, if it is one."""
    return [number for number in TLS13_CIPHERS if name(number) == openssl]


def kind(number: int) -> str:
    """How keys are agreed on, and who signs: "TLS_ECDHE_RSA"."""
    return name(number).partition("_WITH_")[0]


def group(number: int) -> str:
    """The name of a group, or its number."""
    return GROUPS.get(number, f"0x{number:04x}")


def group_name(openssl: str) -> str:
    """One spelling for one group: OpenSSL has changed its mind about some."""
    aliases = {"prime256v1": "secp256r1", "p-256": "secp256r1", "p-384": "secp384r1", "p-521": "secp521r1"}
    spelt = {ours.lower(): ours for ours in GROUPS.values()}
    return aliases.get(openssl.lower(), spelt.get(openssl.lower(), openssl))


def groups(openssl: str) -> list[int]:
    """The number of a group, if it is known."""
    return [number for number, ours in GROUPS.items() if ours == group_name(openssl)]


@cache
def lists(*, newer: bool) -> tuple[tuple[int, ...], ...]:
    """What to offer up to TLS 1.2, each list on its own: first what mail servers have, behind it what none should have.

    `newer`: with what came with TLS 1.2.
    """
    up_to_12 = (number for number in _table() if number >> 8 != 0x13 and not _SHARED.search(name(number)))
    wanted = [number for number in up_to_12 if newer or not _NEWER.search(name(number))]
    usual = sorted((number for number in wanted if not _ODD.search(name(number))), key=_rank)
    odd = [number for number in wanted if _ODD.search(name(number))]
    every = (*usual, *odd)
    return tuple(every[at : at + MOST_OFFERED] for at in range(0, len(every), MOST_OFFERED))


def ephemeral(kind: str) -> tuple[int, ...]:
    """What mail servers have of that kind of key exchange ("DHE" is in "ECDHE" too)."""
    return tuple(number for number in lists(newer=True)[0] if f"{kind}_" in name(number))


def _rank(number: int) -> tuple[bool, bool, bool, int]:
    """Best first: a server that leaves the choice to the client makes the same one."""
    text = name(number)
    good = bool(re.search("GCM|POLY1305", text)) and "ARIA" not in text and "CAMELLIA" not in text
    return "ECDHE" not in text, not good, "DHE" not in text, number

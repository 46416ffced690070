"""TLS: contexts, and what a handshake showed (version, cipher, group, chain)."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from mailwright.core import BadInput, Certificate, TlsFacts

if TYPE_CHECKING:
    from cryptography import x509

MAX_CHAIN = 12
# Forward secrecy, no more: some old servers have no suite with AEAD.
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!AESCCM"
# RFC 8446 §4.2.7, RFC 8422 §5.1.1, draft-ietf-tls-ecdhe-mlkem, draft-ietf-tls-mlkem: the names OpenSSL uses.
GROUPS = {
    0x0017: "secp256r1",
    0x0018: "secp384r1",
    0x0019: "secp521r1",
    0x001D: "x25519",
    0x001E: "x448",
    0x0100: "ffdhe2048",
    0x0101: "ffdhe3072",
    0x0102: "ffdhe4096",
    0x0200: "MLKEM512",
    0x0201: "MLKEM768",
    0x0202: "MLKEM1024",
    0x11EB: "SecP256r1MLKEM768",
    0x11EC: "X25519MLKEM768",
    0x11ED: "SecP384r1MLKEM1024",
}
_HANDSHAKE, _SERVER_HELLO, _SERVER_KEY_EXCHANGE, _KEY_SHARE = 22, 2, 12, 51


def verifying(ca_file: Path | None, *protocols: str) -> ssl.SSLContext:
    """A client context that checks chain and name, with `ca_file` added to the system's CAs.

    `protocols`: what is asked for by ALPN (RFC 7301); nothing, unless it is said.

    Raises BadInput("input.ca") when the file cannot be read as PEM certificates.
    """
    context = ssl.create_default_context()
    # Builds of Python differ; the same server must look the same everywhere (RFC 8996, RFC 9325 §4.1).
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    if ca_file is not None:
        _add(context, ca_file)
    if protocols:
        context.set_alpn_protocols(protocols)
    return context


def check(ca_file: Path | None) -> None:
    """Raises BadInput("input.ca") as verifying() would, without reading the system's CAs, which takes 20 ms."""
    if ca_file is not None:
        _add(looking(), ca_file)


def _add(context: ssl.SSLContext, ca_file: Path) -> None:
    try:
        context.load_verify_locations(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as error:
        raise BadInput("input.ca", file=str(ca_file)) from error


def looking() -> ssl.SSLContext:
    """A context that checks nothing: only for a second handshake that sends nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def facts(tls: ssl.SSLObject, seen: bytes, *, verified: bool) -> TlsFacts:
    """What a finished handshake negotiated. `seen`: the bytes the server sent during it."""
    cipher = tls.cipher()
    return TlsFacts(
        version=tls.version() or "",
        cipher=cipher[0] if cipher else "",
        group=group(seen),
        verified=verified,
        chain=certificates(der_chain(tls)),
    )


def der_chain(tls: ssl.SSLObject) -> list[bytes]:
    """The certificates as sent, leaf first."""
    if hasattr(tls, "get_unverified_chain"):  # public since Python 3.13
        return list(tls.get_unverified_chain())[:MAX_CHAIN]
    inner = getattr(tls, "_sslobj", None)  # there since 3.10, not yet public in 3.11 and 3.12
    chain = inner.get_unverified_chain() if inner is not None else None
    if chain:
        # _ssl.ENCODING_DER is 2; PEM would be 1.
        return [certificate.public_bytes(2) for certificate in chain[:MAX_CHAIN]]
    leaf = tls.getpeercert(binary_form=True)
    return [leaf] if leaf else []


def certificates(chain: list[bytes]) -> tuple[Certificate, ...]:
    """DER certificates as core values; one that does not parse is left out."""
    parsed = (_certificate(der) for der in chain)
    return tuple(c for c in parsed if c is not None)


def _certificate(der: bytes) -> Certificate | None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    try:
        cert = x509.load_der_x509_certificate(der)
        return Certificate(
            subject=cert.subject.rfc4514_string(),
            issuer=cert.issuer.rfc4514_string(),
            names=_names(cert),
            not_before=cert.not_valid_before_utc,
            not_after=cert.not_valid_after_utc,
            sha256=cert.fingerprint(hashes.SHA256()).hex(),
            key=_key(cert),
            self_signed=cert.subject == cert.issuer,
        )
    except unreadable():
        return None


def unreadable() -> tuple[type[Exception], ...]:
    """What is raised for a certificate that cannot be read, or a part of one that cannot be or is not there."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    parts = (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)
    return (ValueError, TypeError, x509.InvalidVersion, UnsupportedAlgorithm, *parts)


def _names(cert: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509

    try:
        san = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except unreadable():
        return ()
    ips = [str(ip) for ip in san.get_values_for_type(x509.IPAddress)]
    return (*san.get_values_for_type(x509.DNSName), *ips)


def _key(cert: x509.Certificate) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    try:
        key = cert.public_key()
    except (UnsupportedAlgorithm, ValueError):
        return "unknown"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.curve.name}"
    return type(key).__name__.removesuffix("PublicKey").lstrip("_")


def group(seen: bytes) -> str:
    """The key-exchange group, read from the clear part of the server's handshake ("" if none).

    Python's ssl does not tell it before 3.15. RFC 8446 §4.2.8 (key_share of the ServerHello),
    RFC 8422 §5.4 (named curve of the ServerKeyExchange).
    """
    try:
        for kind, body in _handshakes(seen):
            number = _hello_group(body) if kind == _SERVER_HELLO else _exchange_group(kind, body)
            if number:
                return GROUPS.get(number, f"0x{number:04x}")
    except IndexError:
        pass
    return ""


def _handshakes(seen: bytes) -> list[tuple[int, bytes]]:
    stream, at = b"", 0
    while at + 5 <= len(seen) and seen[at] == _HANDSHAKE:
        size = int.from_bytes(seen[at + 3 : at + 5])
        stream += seen[at + 5 : at + 5 + size]
        at += 5 + size
    messages, at = [], 0
    while at + 4 <= len(stream):
        size = int.from_bytes(stream[at + 1 : at + 4])
        messages.append((stream[at], stream[at + 4 : at + 4 + size]))
        at += 4 + size
    return messages


def _hello_group(body: bytes) -> int:
    at = 34 + 1 + body[34] + 3  # version, random, session id, cipher suite, compression
    end = at + 2 + int.from_bytes(body[at : at + 2])
    at += 2
    while at + 4 <= min(end, len(body)):
        kind, size = int.from_bytes(body[at : at + 2]), int.from_bytes(body[at + 2 : at + 4])
        # A HelloRetryRequest names the group in the same place; the second ServerHello agrees.
        if kind == _KEY_SHARE:
            return int.from_bytes(body[at + 4 : at + 6])
        at += 4 + size
    return 0


def _exchange_group(kind: int, body: bytes) -> int:
    named_curve = 3
    if kind == _SERVER_KEY_EXCHANGE and body[0] == named_curve:
        return int.from_bytes(body[1:3])
    return 0

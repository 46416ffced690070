"""Certificates of our own making: a root, one between, and a server's, with whatever is wrong with them."""

from __future__ import annotations

import datetime
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Paper:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


def paper(name: str, signer: Paper | None = None, *, ca: bool = False, aia: str = "") -> Paper:
    """A certificate for `name`, signed by `signer` or itself; `aia`: where it says its issuer's can be had."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer = signer.certificate.subject if signer is not None else subject
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - DAY).not_valid_after(now + 30 * DAY)
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    if not ca:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    if aia:
        place = x509.UniformResourceIdentifier(aia)
        told = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, place)
        builder = builder.add_extension(x509.AuthorityInformationAccess([told]), critical=False)
    return Paper(builder.sign(signer.key if signer is not None else key, hashes.SHA256()), key)


def context(folder: Path, leaf: Paper, *sent: Paper) -> ssl.SSLContext:
    """A server's context that sends `leaf` and then `sent`."""
    file = folder / f"{leaf.certificate.serial_number:x}.pem"
    secret = leaf.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + leaf.pem + b"".join(one.pem for one in sent))
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(file)
    return made

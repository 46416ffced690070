"""Certificates with something wrong on purpose, and the authorities that sign them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from mailwright.lab.pki import store

if TYPE_CHECKING:
    from pathlib import Path

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
_DAY = datetime.timedelta(days=1)
# The second Oakley group, of 1024 bits (RFC 2409 §6.2).
_SMALL_GROUP = b"""-----BEGIN DH PARAMETERS-----
MIGHAoGBAP//////////yQ/aoiFowjTExmKLgNwc0SkCTgiKZ8x0Agu+pjsTmyJR
Sgh5jjQE3e+VGbPNOkMbMCsKbfJfFDdP4TVtbVHCReSFtXZiXn7G9ExC6aY37WsL
/1y29Aa37e44a/taiZ+lrp8kEXxLH+ZJKGZR7OZTgf//////////AgEC
-----END DH PARAMETERS-----
"""


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate that signs others."""

    certificate: x509.Certificate
    key: Key


@dataclass(frozen=True, slots=True)
class Paper:
    """What a certificate is to be.

    `signer` None: itself. `days`: valid from and to, counted from now. `key`: ec, or rsa with a
    size. `sent`: what is sent after it. `aia`: where its issuer can be fetched (RFC 5280 §4.2.2.1).
    """

    hosts: tuple[str, ...]
    signer: Authority | None = None
    days: tuple[float, float] = (-30, 60)
    key: str = "ec"
    sent: tuple[Authority, ...] = ()
    aia: str = ""


class Office:
    """The authorities of one lab; each is made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    @cached_property
    def root(self) -> Authority:
        """The one that clients of the lab trust."""
        made = _authority("Mailwright lab root", None)
        store(self.folder / "ca.pem", _pem(made.certificate))
        return made

    @cached_property
    def middle(self) -> Authority:
        """Below the root, as sent by servers that are set up well."""
        return _authority("Mailwright lab intermediate", self.root)

    @cached_property
    def old_middle(self) -> Authority:
        """Below the root, and past its time."""
        return _authority("Mailwright lab old intermediate", self.root, days=(-700, -3))

    @cached_property
    def unknown(self) -> Authority:
        """A root that nobody trusts."""
        return _authority("Unheard-of Root CA", None)

    def stranger(self, name: str, owner: str) -> Authority:
        """A root of somebody who reads along."""
        return _authority(name, None, owner=owner)

    def publish(self, authority: Authority) -> str:
        """Put its certificate where the lab's web servers find it; the name of the file."""
        self.count += 1
        name = f"issuer{self.count}.der"
        store(self.folder / name, authority.certificate.public_bytes(serialization.Encoding.DER))
        return name

    def write(self, paper: Paper) -> str:
        """Issue it; the name of the pair NAME.pem and NAME.key."""
        self.count += 1
        name = f"pair{self.count}"
        key = _key(paper.key)
        made = _leaf(paper, key)
        store(self.folder / f"{name}.pem", b"".join(map(_pem, (made, *(one.certificate for one in paper.sent)))))
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        store(self.folder / f"{name}.key", private)
        return name

    def small_group(self) -> None:
        """Write the parameters of a group that is too small."""
        store(self.folder / "small.dh", _SMALL_GROUP)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key(kind: str) -> Key:
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, int(kind.removeprefix("rsa")))


def _name(common: str, owner: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    return x509.Name([*([x509.NameAttribute(NameOID.ORGANIZATION_NAME, owner)] if owner else []), *parts])


def _builder(
    subject: x509.Name, key: Key, signer: Authority | None, days: tuple[float, float]
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer.certificate.subject if signer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + days[0] * _DAY)
        .not_valid_after(now + days[1] * _DAY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _authority(
    name: str, signer: Authority | None, *, days: tuple[float, float] = (-700, 700), owner: str = ""
) -> Authority:
    key = _key("ec")
    made = _builder(_name(name, owner), key, signer, days).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    return Authority(made.sign(signer.key if signer else key, hashes.SHA256()), key)


def _leaf(paper: Paper, key: Key) -> x509.Certificate:
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in paper.hosts])
    made = (
        _builder(_name(paper.hosts[0]), key, paper.signer, paper.days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(names, critical=False)
    )
    if paper.aia:
        place = x509.UniformResourceIdentifier(paper.aia)
        where = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, place)
        made = made.add_extension(x509.AuthorityInformationAccess([where]), critical=False)
    return made.sign(paper.signer.key if paper.signer else key, hashes.SHA256())

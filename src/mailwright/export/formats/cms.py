"""Signed data: a file inside a signature, as RFC 5652 §5 has it, in DER."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailwright.core import BadInput
from mailwright.export.placing import key_password

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.x509 import Certificate

    from mailwright.export.form import Signing

_LOCKED = b"ENCRYPTED"  # stands in the file of a key that is locked, in the old form and in that of PKCS #8


@dataclass(frozen=True, slots=True)
class Signer:
    """What signs: a certificate, its key, and the certificates that go with it."""

    certificate: Certificate
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    more: tuple[Certificate, ...]


def signed(data: bytes, by: Signer) -> bytes:
    """The data with its signature (SHA-256) and all certificates.

    There are no signed attributes, so no time of signing either: RFC 5652 §5.3 wants them for other content only. With
    an RSA key the same data gives the same bytes.
    """
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.serialization import pkcs7

    builder = pkcs7.PKCS7SignatureBuilder().set_data(data).add_signer(by.certificate, by.key, hashes.SHA256())
    for other in by.more:
        builder = builder.add_certificate(other)
    options = [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoAttributes]
    return builder.sign(serialization.Encoding.DER, options)


def signer(signing: Signing) -> Signer:
    """Certificates and key as they can be used. To read and prove a key takes a hundred times as long as to sign.

    Raises BadInput: export.sign_certificate, export.sign_key (the file holds none), export.sign_password (it needs a
    password), export.sign_wrong_password, export.sign_kind (a key that Apple does not know), export.sign_other (the
    key of another certificate).
    """
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    certificate, *more = _certificates(signing)
    key = _key(signing)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise BadInput("export.sign_kind", file=signing.file(1))
    if key.public_key() != certificate.public_key():
        raise BadInput("export.sign_other", file=signing.file(1), certificate=signing.file(0))
    return Signer(certificate, key, tuple(more))


def _certificates(signing: Signing) -> list[Certificate]:
    """All of them, each once; a file may hold the chain behind the certificate."""
    from cryptography.x509 import load_pem_x509_certificates

    made: list[Certificate] = []
    for number, pem in enumerate((signing.certificate, *signing.chain)):
        try:
            made += load_pem_x509_certificates(pem)
        except ValueError as error:
            # `files` has the key behind the first.
            raise BadInput("export.sign_certificate", file=signing.file(number and number + 1)) from error
    return list(dict.fromkeys(made))


def _key(signing: Signing) -> object:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    locked = _LOCKED in signing.key
    if locked and signing.password is None:
        raise BadInput("export.sign_password", file=signing.file(1))
    try:
        return serialization.load_pem_private_key(signing.key, key_password(signing) if locked else None)
    except UnsupportedAlgorithm as error:
        raise BadInput("export.sign_kind", file=signing.file(1)) from error
    except (ValueError, TypeError) as error:
        if locked:
            raise BadInput("export.sign_wrong_password", file=signing.file(1)) from error
        raise BadInput("export.sign_key", file=signing.file(1)) from error

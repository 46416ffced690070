"""Signed data: a file inside a signature, as RFC 5652 §5 has it, in DER."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailwright.core import BadInput
from mailwright.export.placing import key_password

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from mailwright.export.form import Signing


def signed(data: bytes, signing: Signing, *, form: str) -> bytes:
    """The data with its signature (SHA-256) and all certificates.

    There are no signed attributes, so no time of signing either: RFC 5652 §5.3 wants them for other content only. With
    an RSA key the same data gives the same bytes. Raises BadInput("export.cannot_hold") for a certificate or key that
    is none, or a key that is not the certificate's.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import pkcs7

    refused = BadInput("export.cannot_hold", format=form, field="signing")
    try:
        certificate, *more = _certificates((signing.certificate, *signing.chain))
        key = serialization.load_pem_private_key(signing.key, key_password(signing))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise refused from error
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise refused
    if key.public_key() != certificate.public_key():
        raise refused
    builder = pkcs7.PKCS7SignatureBuilder().set_data(data).add_signer(certificate, key, hashes.SHA256())
    for other in more:
        builder = builder.add_certificate(other)
    options = [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoAttributes]
    return builder.sign(serialization.Encoding.DER, options)


def _certificates(pems: tuple[bytes, ...]) -> list[Certificate]:
    """All of them, each once; a file may hold the chain behind the certificate. Raises ValueError."""
    from cryptography.x509 import load_pem_x509_certificates

    return list(dict.fromkeys(made for pem in pems for made in load_pem_x509_certificates(pem)))

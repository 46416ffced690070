"""The OCSP response that a server stapled to its certificate (RFC 6960 §4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailwright.core import Staple, StapleState
from mailwright.wire import lookchain, tls

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509
    from cryptography.x509 import ocsp


def read(staple: bytes, chain: tuple[bytes, ...], now: datetime) -> Staple:
    """What it says of the first certificate of `chain`; its issuer has to have signed it, or vouch for who did.

    Without the issuer among the others nobody can tell.
    """
    if not staple:
        return Staple()
    from cryptography.x509 import ocsp

    try:
        response = ocsp.load_der_ocsp_response(staple)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return Staple(StapleState.UNREADABLE)
        certificates = [lookchain.parsed(der) for der in chain]
        if not certificates or certificates[0] is None:
            return Staple(StapleState.UNCHECKED)
        leaf = certificates[0]
        single = next((one for one in response.responses if one.serial_number == leaf.serial_number), None)
        issuers = [one for one in certificates if one is not None and one.subject == leaf.issuer]
        if single is None or (issuers and not any(_signed(response, issuer) for issuer in issuers)):
            return Staple(StapleState.UNREADABLE)
        if not issuers:
            return Staple(StapleState.UNCHECKED)
    except tls.unreadable():
        return Staple(StapleState.UNREADABLE)
    said = StapleState(single.certificate_status.name.lower())
    until = single.next_update_utc
    stale = said is StapleState.GOOD and until is not None and until < now
    return Staple(StapleState.STALE if stale else said, single.this_update_utc, until)


def _signed(response: ocsp.OCSPResponse, issuer: x509.Certificate) -> bool:
    """RFC 6960 §4.2.2.2: by the issuer itself, or by somebody with a certificate from it for just that."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    if _verifies(response, issuer):
        return True
    useless = (*tls.unreadable(), _invalid())
    for delegate in response.certificates:
        try:
            delegate.verify_directly_issued_by(issuer)
            usages = delegate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except useless:
            continue
        if ExtendedKeyUsageOID.OCSP_SIGNING in usages and _verifies(response, delegate):
            return True
    return False


def _verifies(response: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

    key, used = signer.public_key(), response.signature_hash_algorithm
    try:
        if isinstance(key, rsa.RSAPublicKey) and used is not None:
            key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), used)
        elif isinstance(key, ec.EllipticCurvePublicKey) and used is not None:
            key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(used))
        elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            key.verify(response.signature, response.tbs_response_bytes)
        else:
            return False
    except _invalid():
        return False
    return True


def _invalid() -> type[Exception]:
    from cryptography.exceptions import InvalidSignature

    return InvalidSignature

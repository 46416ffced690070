"""Certificates of issuers as they are really served: DER, PEM, bundles, and whatever else comes."""

from __future__ import annotations

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from hypothesis import given
from hypothesis import strategies as st

from mailwright import wire
from mailwright.wire import issuers
from tests.wire.peers import serving, web_page

ROOT = x509.load_pem_x509_certificate(trustme.CA().cert_pem.bytes())
OTHER = x509.load_pem_x509_certificate(trustme.CA().cert_pem.bytes())
DER = ROOT.public_bytes(Encoding.DER)
BOTH = {DER, OTHER.public_bytes(Encoding.DER)}


@pytest.mark.parametrize(
    ("body", "count"),
    [(DER, 1), (ROOT.public_bytes(Encoding.PEM), 1), (b"\n" + ROOT.public_bytes(Encoding.PEM), 1),
     (ROOT.public_bytes(Encoding.PEM) + OTHER.public_bytes(Encoding.PEM), 2),
     (pkcs7.serialize_certificates([ROOT, OTHER], Encoding.DER), 2),
     (pkcs7.serialize_certificates([ROOT, OTHER], Encoding.PEM), 2), (DER + bytes(issuers.MAX_BODY), 0),
     (b"", 0), (b"-----BEGIN CERTIFICATE-----\n", 0), (b"<html>404</html>", 0), (DER[:-1], 0)],
    ids=("der", "pem", "blank", "pem-two", "p7", "p7-pem", "too-long", "empty", "no-end", "page", "cut"),
)  # fmt: skip
def test_forms(body: bytes, count: int) -> None:
    """Every form that is in use is read; nothing else is a certificate."""
    found = issuers.read(body)
    assert len(found) == count
    assert set(found) <= BOTH


@pytest.mark.parametrize(
    ("server", "asked"), [("127.0.0.1", True), ("::1", True), ("192.168.1.2", True), ("9.9.9.9", False), ("", False)]
)
async def test_what_a_stranger_names_stays_outside(server: str, *, asked: bool) -> None:
    """A certificate from anywhere else sends nobody into the person's own network."""
    async with serving(web_page(DER)) as peer, wire.World(wire.Settings()) as world:
        found = await issuers.fetched(world, f"http://127.0.0.1:{peer.port}/ca.der", "x", server=server)
    assert (found, bool(peer.everything)) == (((DER,), True) if asked else (None, False))


@given(st.binary(max_size=300), st.integers(0, len(DER)), st.sampled_from([DER, ROOT.public_bytes(Encoding.PEM)]))
def test_anything_may_come(noise: bytes, at: int, good: bytes) -> None:
    """Rubbish, cut and changed certificates raise nothing."""
    assert isinstance(issuers.read(noise), tuple)
    assert isinstance(issuers.read(good[:at] + noise + good[at + len(noise) :]), tuple)

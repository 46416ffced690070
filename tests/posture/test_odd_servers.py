"""Servers and certificates that break the rules: a look comes to an end, and claims nothing that it has not seen."""

from __future__ import annotations

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID

from mailwright import diagnose
from mailwright.core import ChainFault, Outcome, Severity, TlsVersion
from tests.posture.servers import NAME, Byhand, Chains, Made, look, make, s_server, serving

CIPHERS = (0xC02B, 0xC02F, 0xC013, 0x002F)
# A GeneralName of the one kind that nobody reads (x400Address, RFC 5280 §4.2.1.6), and then a host.
X400 = b"\xa3\x00\x82" + bytes((len(NAME),)) + NAME.encode()


async def test_a_version_nobody_asked_for(chains: Chains) -> None:
    """A server that answers every hello with TLS 1.2 is asked a few times, and its old versions stay open."""
    server = Byhand((0x303,), CIPHERS, (chains.leaf().der,), stubborn=True)
    async with serving(server) as port:
        seen = await look(chains, port, seconds=10.0)
    assert (seen.outcome, seen.partial) == (Outcome.OK, True)
    assert seen.took < 5
    assert seen.version(TlsVersion.TLS12).offered
    assert seen.version(TlsVersion.TLS11).offered is None
    assert server.accepted < 60


@pytest.mark.parametrize(("says", "offered"), [(None, None), (False, False), (True, True)])
async def test_silence_is_no_answer(chains: Chains, *, says: bool | None, offered: bool | None) -> None:
    """That a server says nothing to a hello of SSL 2 does not mean that it has none."""
    async with serving(Byhand((0x303,), CIPHERS, (chains.leaf().der,), ssl2=says)) as port:
        seen = await look(chains, port, reply_seconds=1.0)
    assert seen.version(TlsVersion.SSL2).offered is offered


def _odd(chains: Chains, kind: str) -> Made:
    """A leaf with the host's name that is odd in one way."""
    if kind == "x400":
        san = x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, bytes((0x30, len(X400))) + X400)
        return make(NAME, chains.middle, more=[san])
    leaf = chains.leaf(key=rsa.generate_private_key(65537, 2048))
    if kind == "last day":
        end = datetime.datetime(9999, 12, 31, 23, 59, 30, tzinfo=datetime.UTC)
        builder = x509.CertificateBuilder(leaf.cert.issuer, leaf.cert.subject, leaf.key.public_key(), 7)
        builder = builder.not_valid_before(end).not_valid_after(end + datetime.timedelta(seconds=9))
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        return Made(builder.sign(chains.middle.key, hashes.SHA256()), leaf.key)
    return leaf


@pytest.mark.parametrize(("kind", "fault"), [("x400", ChainFault.OTHER), ("last day", ChainFault.NOT_YET_VALID)])
async def test_certificates_nobody_expects(chains: Chains, kind: str, fault: ChainFault) -> None:
    """A name that cannot be read, and a day behind all others: told, and no end of the look."""
    with s_server(*chains.files(_odd(chains, kind), chains.middle)) as port:
        seen = await look(chains, port)
    assert [(problem.fault, problem.at) for problem in seen.chain_problems] == [(fault, 0)]
    assert len(seen.chain) == 2


async def test_a_version_of_certificates_that_there_is_not(chains: Chains) -> None:
    """OpenSSL shakes hands over it, others cannot read it: it keeps its place and is an error."""
    with s_server(*chains.eighth()) as port:
        seen = await look(chains, port)
    assert seen.library
    assert [link.certificate is None for link in seen.chain] == [True, False]
    assert [(problem.fault, problem.at) for problem in seen.chain_problems] == [(ChainFault.OTHER, 0)]
    assert Severity.ERROR in {finding.severity for finding in diagnose.tls_findings(seen)}


@pytest.mark.parametrize("nothing", [(), (b"",), (b"nonsense",)])
async def test_no_certificate(chains: Chains, nothing: tuple[bytes, ...]) -> None:
    """Who shows no certificate, or none that is one, proves nothing: that is an error."""
    async with serving(Byhand((0x303,), CIPHERS, nothing)) as port:
        seen = await look(chains, port)
    assert seen.outcome is Outcome.OK
    assert [(problem.fault, problem.at) for problem in seen.chain_problems] == [(ChainFault.OTHER, 0)]
    assert "tls.certificate" in {finding.id for finding in diagnose.tls_findings(seen)}


async def test_an_authority_of_openssls_own_form(chains: Chains) -> None:
    """--ca takes what OpenSSL takes: also a certificate that it has written down as trusted."""
    file = chains.folder / "trusted.pem"
    file.write_bytes(chains.root.cert.public_bytes(Encoding.PEM).replace(b" CERTIFICATE-", b" TRUSTED CERTIFICATE-"))
    with s_server(*chains.good()) as port:
        seen = await look(chains, port, ca_file=file)
    assert seen.chain_problems == ()

"""Certificates and what is stapled to them: all that is wrong, and at which."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from mailwright.core import ChainFault, StapleState
from mailwright.wire import lookchain, lookstaple
from tests.posture.servers import DAY, NAME, NOW, Chains, Made, make


@pytest.fixture(scope="module")
def chains(tmp_path_factory: pytest.TempPathFactory) -> Chains:
    return Chains(tmp_path_factory.mktemp("chains"))


def faults(
    chains: Chains, *sent: Made, name: str = NAME, file: Path | None = None, extra: Made | None = None
) -> set[tuple[str, int]]:
    chain = lookchain.Chain([one.der for one in sent], file or chains.file, NOW)
    return {(p.fault.value, p.at) for p in chain.problems(name, [extra.der] if extra else [])}


@pytest.mark.parametrize(
    ("pattern", "name", "good"),
    [
        ("mail.example.org", "MAIL.example.org.", True),
        ("*.example.org", "mail.example.org", True),
        ("*.example.org", "a.mail.example.org", False),
        ("*.example.org", "example.org", False),
        ("*.org", "example.org", False),
        ("m*.example.org", "mail.example.org", False),
        ("*", "mail", False),
    ],
)
def test_names(*, pattern: str, name: str, good: bool) -> None:
    """A star stands for the first label alone, and never above a domain."""
    assert lookchain.fits(pattern, name) is good


def test_good(chains: Chains) -> None:
    """Nothing is wrong with a good chain, nor with one whose root is sent too."""
    leaf = chains.leaf()
    assert faults(chains, leaf, chains.middle) == set()
    assert faults(chains, leaf, chains.middle, chains.root) == set()


def test_which_one_has_expired(chains: Chains) -> None:
    """An expired intermediate is told apart from an expired leaf."""
    old = make("Test intermediate", chains.root, ca=True, key=chains.middle.key, days=(-90, -3))
    assert faults(chains, chains.leaf(), old) == {("expired", 1)}
    assert faults(chains, chains.leaf(days=(-30, -3)), chains.middle) == {("expired", 0)}
    assert faults(chains, chains.leaf(days=(3, 30)), chains.middle) == {("not_yet_valid", 0)}


def test_two_things_at_once(chains: Chains) -> None:
    """Expired, for another name and from a stranger: all three are told."""
    stranger = make("Stranger", ca=True, days=(-400, 400))
    bad = make("x", stranger, names=("other.test",), days=(-300, -200))
    assert faults(chains, bad, stranger) == {("expired", 0), ("name", 0), ("unknown_ca", 1)}


def test_missing_and_fetched(chains: Chains) -> None:
    """A leaf alone misses its intermediate; with that from elsewhere nothing is missing."""
    leaf = chains.leaf()
    assert faults(chains, leaf) == {("intermediate", 0)}
    assert faults(chains, leaf, extra=chains.middle) == set()
    assert faults(chains, make(NAME, names=(NAME,))) == {("self_signed", 0)}


def test_names_in_certificates(chains: Chains) -> None:
    """Another name, an address, and no subjectAltName at all."""
    assert faults(chains, chains.leaf(), chains.middle, name="other.test") == {("name", 0)}
    assert faults(chains, chains.leaf(), chains.middle, name="127.0.0.1") == {("name", 0)}
    assert faults(chains, chains.leaf(names=()), chains.middle) == {("no_name", 0)}


def test_order(chains: Chains) -> None:
    """Root before intermediate is out of order, and trusted all the same."""
    assert faults(chains, chains.leaf(), chains.root, chains.middle) == {("order", 1), ("order", 2)}


def test_nonsense_keeps_its_place(chains: Chains) -> None:
    """What is no certificate is told where it stands; nobody takes the next one for the server's own."""
    nonsense = [b"", b"nonsense", b"\x30\x03\x02\x01\x00"]
    chain = lookchain.Chain([*nonsense, chains.middle.der], chains.file, NOW)
    assert [link.certificate is None for link in chain.links()] == [True, True, True, False]
    assert [(p.fault.value, p.at, p.needed) for p in chain.problems(NAME)] == [("other", at, True) for at in range(3)]
    good = lookchain.Chain([chains.leaf().der, chains.middle.der, b"nonsense"], chains.file, NOW)
    assert [(p.fault.value, p.at, p.needed) for p in good.problems(NAME)] == [("other", 2, False)]


def test_what_nobody_needs(chains: Chains) -> None:
    """An expired certificate is an error only where the way to a trusted root leads over it."""
    older = make("Older root", ca=True, days=(-900, -3))
    crossed = make("Test root", older, ca=True, key=chains.root.key, days=(-900, -3))
    weak = make("Weak root", ca=True, key=rsa.generate_private_key(65537, 1024))
    for leaf, more in ((chains.leaf(), crossed), (chains.leaf(), older), (chains.leaf(), weak)):
        chain = lookchain.Chain([leaf.der, chains.middle.der, more.der], chains.file, NOW)
        own = [p for p in chain.problems(NAME) if p.fault is not ChainFault.ORDER]
        assert [(p.fault.value, p.at, p.needed) for p in own] == [("weak_key" if more is weak else "expired", 2, False)]
    old = make("Test intermediate", chains.root, ca=True, key=chains.middle.key, days=(-90, -3))
    chain = lookchain.Chain([chains.leaf().der, old.der, crossed.der], chains.file, NOW)
    assert [(p.fault.value, p.at, p.needed) for p in chain.problems(NAME)] == [
        ("expired", 1, True),
        ("expired", 2, False),
    ]


def test_what_a_link_says(chains: Chains) -> None:
    """Key, signature, days, must-staple and addresses."""
    access = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(kind, x509.UniformResourceIdentifier(url))
            for kind, url in (
                (AuthorityInformationAccessOID.OCSP, "http://ocsp.test/"),
                (AuthorityInformationAccessOID.CA_ISSUERS, "http://ca.test/i.der"),
            )
        ]
    )
    leaf = chains.leaf(more=[access, x509.TLSFeature([x509.TLSFeatureType.status_request])])
    link, *_ = lookchain.Chain([leaf.der], chains.file, NOW).links()
    assert (link.ocsp, link.issuers, link.must_staple) == ("http://ocsp.test/", "http://ca.test/i.der", True)
    assert (link.bits, link.signature, link.days_left) == (256, "sha256 ECDSA", 89)


def response(
    leaf: Made, issuer: Made, signer: Made, *, revoked: bool = False, until: int = 3, more: tuple[Made, ...] = ()
) -> bytes:
    status = ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD
    builder = ocsp.OCSPResponseBuilder().add_response(
        leaf.cert, issuer.cert, hashes.SHA256(), status, NOW - 5 * DAY, NOW + until * DAY,
        NOW - DAY if revoked else None, None,
    )  # fmt: skip
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.cert)
    if more:
        builder = builder.certificates([one.cert for one in more])
    signed: ocsp.OCSPResponse = builder.sign(signer.key, hashes.SHA256())
    from cryptography.hazmat.primitives.serialization import Encoding

    return signed.public_bytes(Encoding.DER)


def state(staple: bytes, *chain: Made) -> StapleState:
    return lookstaple.read(staple, tuple(one.der for one in chain), NOW).state


def test_staples(chains: Chains) -> None:
    """Good, revoked, too old, for another certificate, forged, unreadable and none."""
    leaf, middle = chains.leaf(), chains.middle
    assert state(response(leaf, middle, middle), leaf, middle) is StapleState.GOOD
    assert state(response(leaf, middle, middle, revoked=True), leaf, middle) is StapleState.REVOKED
    assert state(response(leaf, middle, middle, until=-1), leaf, middle) is StapleState.STALE
    assert state(response(chains.leaf(), middle, middle), leaf, middle) is StapleState.UNREADABLE
    assert state(response(leaf, middle, make("Forger", ca=True)), leaf, middle) is StapleState.UNREADABLE
    assert state(b"nonsense", leaf, middle) is StapleState.UNREADABLE
    assert state(b"", leaf, middle) is StapleState.NONE


def test_the_issuer_need_not_be_the_second(chains: Chains) -> None:
    """Who signed is looked for among all that were sent; where the issuer is missing nobody can tell."""
    leaf, middle = chains.leaf(), chains.middle
    staple = response(leaf, middle, middle)
    assert state(staple, leaf, chains.root, middle) is StapleState.GOOD
    assert state(staple, leaf, make("Test intermediate", ca=True), middle) is StapleState.GOOD
    assert state(staple, leaf) is StapleState.UNCHECKED
    assert state(staple, leaf, chains.root) is StapleState.UNCHECKED
    assert lookstaple.read(staple, (b"nonsense", middle.der), NOW).state is StapleState.UNCHECKED


def test_a_delegate_may_sign(chains: Chains) -> None:
    """Somebody with a certificate from the issuer for just that; without that purpose it does not count."""
    leaf, middle = chains.leaf(), chains.middle
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
    good, bad = make("Responder", middle, more=[purpose]), make("Anybody", middle)
    assert state(response(leaf, middle, good, more=(good,)), leaf, middle) is StapleState.GOOD
    assert state(response(leaf, middle, bad, more=(bad,)), leaf, middle) is StapleState.UNREADABLE

"""Certificates as they were sent: what each says, and everything that is wrong with them, not only the first thing."""

from __future__ import annotations

import ipaddress
import itertools
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailwright.core import ChainFault, ChainLink, ChainProblem
from mailwright.wire import tls

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cryptography import x509

# X509_V_ERR_* of OpenSSL (x509_vfy.h): nobody known stands behind it.
_SELF_SIGNED, _ROOT_SENT, _NO_ISSUER = 18, 19, (2, 20, 21)
_DATES = (9, 10)
_WEAK_HASHES = ("md2", "md5", "sha1")
LEAST_RSA, LEAST_EC = 2048, 224
# A certificate may begin to be valid at the end of all days.
_LAST_DAY = datetime(9999, 12, 30, tzinfo=UTC)


class Chain:
    """The certificates of a server, the server's own first."""

    def __init__(self, sent: Iterable[bytes], ca_file: Path | None, now: datetime) -> None:
        self._ca_file = ca_file
        self._now = now
        self._certificates = [parsed(der) for der in sent]

    def links(self) -> tuple[ChainLink, ...]:
        """What each of them says."""
        return tuple(_link(one, self._now) if one is not None else ChainLink() for one in self._certificates)

    def problems(self, name: str, extra: Sequence[bytes] = ()) -> tuple[ChainProblem, ...]:
        """All that is wrong, for a server that should be `name`; `extra`: certificates fetched from elsewhere."""
        certificates = self._certificates
        found = [problem for at, one in enumerate(certificates) for problem in self._own(at, one)]
        if not certificates or certificates[0] is None:
            return tuple(found)
        leaf, fetched = certificates[0], map(parsed, extra)
        untrusted, way = self._trust(leaf, [one for one in (*certificates[1:], *fetched) if one is not None])
        found = [replace(one, needed=not way or certificates[one.at] in way) for one in found]
        found += [*_names(leaf, name), *(one for one in untrusted if one not in found)]
        pairs = itertools.pairwise(certificates)
        found += [ChainProblem(ChainFault.ORDER, at) for at, (a, b) in enumerate(pairs, 1) if _apart(a, b)]
        return tuple(found)

    def issuers_address(self) -> str:
        """Where the last certificate says that its issuer's can be had, "" if nowhere."""
        links = self.links()
        return links[-1].issuers if links else ""

    def _own(self, at: int, one: x509.Certificate | None) -> list[ChainProblem]:
        if one is None:
            return [ChainProblem(ChainFault.OTHER, at)]
        found = []
        if one.not_valid_after_utc < self._now:
            found.append(ChainProblem(ChainFault.EXPIRED, at, 10))
        if one.not_valid_before_utc > self._now:
            found.append(ChainProblem(ChainFault.NOT_YET_VALID, at, 9))
        kind, bits = _key(one)
        if bits and bits < (LEAST_RSA if kind in ("RSA", "DSA") else LEAST_EC):
            found.append(ChainProblem(ChainFault.WEAK_KEY, at, 66 if at == 0 else 67))
        # What a root says of itself proves nothing, so that its hash does not matter.
        if _hash(one) in _WEAK_HASHES and one.subject != one.issuer:
            found.append(ChainProblem(ChainFault.WEAK_SIGNATURE, at, 68))
        return found

    def _trust(
        self, leaf: x509.Certificate, others: list[x509.Certificate]
    ) -> tuple[list[ChainProblem], list[x509.Certificate]]:
        """Does a way lead to a trusted root, today or on a day on which all of it was valid? And which certificates."""
        from OpenSSL import crypto

        days = [self._now]
        if any(one.not_valid_after_utc < self._now for one in (leaf, *others)) or leaf.not_valid_before_utc > self._now:
            latest = max(one.not_valid_before_utc for one in (leaf, *others))
            days.append(min(latest, _LAST_DAY) + timedelta(minutes=1))
        wrapped = [crypto.X509.from_cryptography(one) for one in others]
        code = depth = 0
        for day in days:
            store = _store(self._ca_file)  # a store keeps the first time that it is told
            store.set_time(day)
            context = crypto.X509StoreContext(store, crypto.X509.from_cryptography(leaf), wrapped)
            try:
                way = {crypto.dump_certificate(crypto.FILETYPE_ASN1, one) for one in context.get_verified_chain()}
            except crypto.X509StoreContextError as error:
                code, depth = int(error.errors[0]), int(error.errors[1])
            else:
                return [], [one for one in (leaf, *others) if _der(one) in way]
        if len(days) > 1 and code in _DATES:
            return [], []  # no day fits all of them, and which are out of date is known without
        return [ChainProblem(self._fault(code, others), min(depth, len(others)), code)], []

    def _fault(self, code: int, others: list[x509.Certificate]) -> ChainFault:
        if code == _SELF_SIGNED:
            return ChainFault.SELF_SIGNED
        if code == _ROOT_SENT:
            return ChainFault.UNKNOWN_CA
        if code in _NO_ISSUER:
            # Whether its issuer is one that is known cannot be seen from a leaf alone; that nothing came with it can.
            return ChainFault.UNKNOWN_CA if others else ChainFault.INTERMEDIATE
        known = {9: ChainFault.NOT_YET_VALID, 10: ChainFault.EXPIRED, 66: ChainFault.WEAK_KEY, 67: ChainFault.WEAK_KEY}
        return known.get(code, ChainFault.OTHER)


def parsed(der: bytes) -> x509.Certificate | None:
    """A certificate, None if it cannot be read."""
    from cryptography import x509

    try:
        one = x509.load_der_x509_certificate(der)
        _ = (one.subject, one.issuer)
    except tls.unreadable():
        return None
    return one


def _apart(one: x509.Certificate | None, above: x509.Certificate | None) -> bool:
    return one is not None and above is not None and one.issuer != above.subject


def _store(ca_file: Path | None) -> Any:  # noqa: ANN401  # OpenSSL.crypto.X509Store, imported only when it is needed
    """The same roots as for every other connection."""
    from cryptography import x509
    from OpenSSL import crypto

    store = crypto.X509Store()
    paths = ssl.get_default_verify_paths()
    file = paths.cafile if paths.cafile and Path(paths.cafile).is_file() else None
    folder = paths.capath if paths.capath and Path(paths.capath).is_dir() else None
    if file or folder:
        store.load_locations(file, folder)
    # On Windows the roots are in the system's own store.
    roots = [] if file or folder else tls.verifying(None).get_ca_certs(binary_form=True)
    for der in roots:
        store.add_cert(crypto.X509.from_cryptography(x509.load_der_x509_certificate(der)))
    if ca_file is not None:
        store.load_locations(ca_file)
    return store


def _names(leaf: x509.Certificate, name: str) -> list[ChainProblem]:
    from cryptography import x509

    try:
        san = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return [ChainProblem(ChainFault.NO_NAME, 0)]
    except tls.unreadable():
        return [ChainProblem(ChainFault.OTHER, 0)]
    try:
        good = ipaddress.ip_address(name) in san.get_values_for_type(x509.IPAddress)
        return [] if good else [ChainProblem(ChainFault.NAME, 0, 64)]
    except ValueError:
        good = any(fits(pattern, name) for pattern in san.get_values_for_type(x509.DNSName))
        return [] if good else [ChainProblem(ChainFault.NAME, 0, 62)]


def fits(pattern: str, name: str) -> bool:
    """RFC 9525 §6.3: the same name, or a star for its whole first label."""
    pattern, name = pattern.lower().rstrip("."), name.lower().rstrip(".")
    if pattern == name:
        return True
    star, _, rest = pattern.partition(".")
    return star == "*" and "." in rest and name.partition(".")[2] == rest


def _link(one: x509.Certificate, now: datetime) -> ChainLink:
    shown = tls.certificates([_der(one)])
    kind, bits = _key(one)
    ocsp, issuers = _addresses(one)
    return ChainLink(
        certificate=shown[0] if shown else None,
        days_left=(one.not_valid_after_utc - now).days,
        bits=bits,
        signature=f"{_hash(one)} {_signer(one)}".strip() or kind,
        serial=f"{one.serial_number:x}",
        ocsp=ocsp,
        issuers=issuers,
        must_staple=_must_staple(one),
    )


def _der(one: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return one.public_bytes(Encoding.DER)


def _key(one: x509.Certificate) -> tuple[str, int]:
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

    try:
        key = one.public_key()
    except tls.unreadable():
        return "", 0
    if isinstance(key, rsa.RSAPublicKey | dsa.DSAPublicKey):
        return "RSA" if isinstance(key, rsa.RSAPublicKey) else "DSA", key.key_size
    return ("EC", key.key_size) if isinstance(key, ec.EllipticCurvePublicKey) else ("", 0)


def _hash(one: x509.Certificate) -> str:
    try:
        used = one.signature_hash_algorithm
    except tls.unreadable():
        return ""
    return used.name if used is not None else ""


def _signer(one: x509.Certificate) -> str:
    """Of the signature's name ("ecdsa-with-SHA256") the kind of key."""
    name = str(getattr(one.signature_algorithm_oid, "_name", "")).lower()
    return next((kind for kind in ("RSA", "ECDSA", "DSA", "Ed25519", "Ed448") if kind.lower() in name.lower()), "")


def _addresses(one: x509.Certificate) -> tuple[str, str]:
    """Where OCSP and the issuer's certificate can be asked for (RFC 5280 §4.2.2.1)."""
    from cryptography import x509
    from cryptography.x509.oid import AuthorityInformationAccessOID as Access

    try:
        told = one.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except tls.unreadable():
        return "", ""
    urls = [(row.access_method, row.access_location.value) for row in told]
    ocsp = next((str(url) for kind, url in urls if kind == Access.OCSP), "")
    return ocsp, next((str(url) for kind, url in urls if kind == Access.CA_ISSUERS), "")


def _must_staple(one: x509.Certificate) -> bool:
    from cryptography import x509

    try:
        features = one.extensions.get_extension_for_class(x509.TLSFeature).value
    except tls.unreadable():
        return False
    return x509.TLSFeatureType.status_request in features


def today() -> datetime:
    """The time to judge by."""
    return datetime.now(UTC)

"""Certificates of issuers, fetched from where a certificate says they are (RFC 5280 §4.2.2.1)."""

from __future__ import annotations

import ipaddress
import warnings
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mailwright.core import ChainFault
from mailwright.wire import lookchain
from mailwright.wire.dial import is_public
from mailwright.wire.http import Http
from mailwright.wire.record import Recorder

if TYPE_CHECKING:
    from mailwright.wire.world import World

MAX_BODY = 64 * 1024
MOST = 8
# A certificate may be the third below one that is known.
_MOST_FETCHES = 3
# What is wrong with the way, not with a certificate on it.
_NO_WAY = (ChainFault.SELF_SIGNED, ChainFault.UNKNOWN_CA, ChainFault.INTERMEDIATE, ChainFault.OTHER)
_PEM = b"-----BEGIN "


@dataclass(frozen=True, slots=True)
class Completed:
    """What became of a chain. `whole` True: with `fetched`, DER, it leads to a known root; False: nothing does.

    None: nothing was missing, or it could not be had. `url`: where the last one that was sent says its issuer is.
    """

    whole: bool | None
    url: str
    fetched: tuple[bytes, ...] = field(default=(), repr=False)


async def completed(world: World, sent: tuple[bytes, ...], name: str, *, server: str) -> Completed:
    """Whether issuers that are fetched close the gap of a chain for `name`, which came from the address `server`.

    Where none says where its issuer is, nothing leads there: authorities that programs know all say so.
    """
    ca_file, now = world.settings.ca_file, lookchain.today()
    chain = lookchain.Chain(sent, ca_file, now)
    url = chain.issuers_address()
    if _whole(chain, name, ()):
        return Completed(whole=None, url=url)
    got: tuple[bytes, ...] = ()
    following = url
    for _ in range(_MOST_FETCHES):
        if not following:
            break
        more = await fetched(world, following, name, server=server)
        if more is None:
            return Completed(whole=None, url=url)
        got += more
        if _whole(chain, name, got):
            return Completed(whole=True, url=url, fetched=got)
        above = lookchain.Chain(more, ca_file, now).issuers_address()
        following = above if above != following else ""
    return Completed(whole=False, url=url)


def _whole(chain: lookchain.Chain, name: str, extra: tuple[bytes, ...]) -> bool:
    """Only what OpenSSL said counts: a certificate that cannot be read says nothing of the way."""
    return not any(problem.fault in _NO_WAY and problem.code for problem in chain.problems(name, extra))


async def fetched(world: World, url: str, subject: str, *, server: str) -> tuple[bytes, ...] | None:
    """The certificates there, DER; None when we could not tell. Without TLS too: what vouches is the signature.

    `server`: the address the certificate came from, "" if unknown. Nobody has vouched for what it names, so that it
    leads into a private network only from inside one.
    """
    if not url.lower().startswith(("http://", "https://")):
        return None
    inside = server != "" and not is_public(ipaddress.ip_address(server))
    http = Http(replace(world.settings, public_only=world.settings.public_only or not inside), world.dns)
    try:
        answer = await http.get(url, Recorder(subject))
    finally:
        await http.close()
    return read(answer.body) if answer.ok else None


def read(body: bytes) -> tuple[bytes, ...]:
    """One certificate, or a bundle (PKCS #7) of them; as PEM too, which is against the rules and common."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

    if len(body) > MAX_BODY:
        return ()
    pem = body.lstrip().startswith(_PEM)
    readers = (
        (x509.load_pem_x509_certificates, pkcs7.load_pem_pkcs7_certificates)
        if pem
        else (lambda der: [x509.load_der_x509_certificate(der)], pkcs7.load_der_pkcs7_certificates)
    )
    for reader in readers:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of BER, where DER should be
                found = reader(body)
                return tuple(one.public_bytes(Encoding.DER) for one in found[:MOST])
        except (ValueError, TypeError, x509.InvalidVersion, UnsupportedAlgorithm):
            continue
    return ()

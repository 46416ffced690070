"""A whole handshake by pyOpenSSL: it brings an OpenSSL of its own, newer than many a system's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mailwright.core import Outcome, Reason, Stage
from mailwright.wire.errors import WireError
from mailwright.wire.tls import MAX_CHAIN

if TYPE_CHECKING:
    from mailwright.wire.stream import Stream

MOST_ROUNDS = 64


@dataclass(frozen=True, slots=True)
class Shake:
    """`version`, `cipher`, `group` by OpenSSL's names; `library`: who spoke; `chain`: DER, the server's own first."""

    version: str
    cipher: str
    group: str
    library: str
    chain: tuple[bytes, ...] = field(repr=False)
    staple: bytes = field(repr=False)
    wants_certificate: bool


def library() -> str:
    """Who spoke: pyOpenSSL and the OpenSSL inside."""
    from OpenSSL import SSL, __version__

    return f"pyOpenSSL {__version__}, {SSL.OpenSSL_version(SSL.OPENSSL_VERSION).decode()}"


async def shake(stream: Stream, name: str) -> Shake:
    """Shake hands, whatever the certificate; nothing is sent over it. Raises WireError(TLS_HANDSHAKE | CLOSED)."""
    from OpenSSL import SSL

    seen: dict[str, Any] = {"staple": b"", "wanted": False}
    connection = SSL.Connection(_context(seen), None)
    if name:
        connection.set_tlsext_host_name(name.encode())
    connection.request_ocsp()
    connection.set_connect_state()
    for _ in range(MOST_ROUNDS):
        try:
            connection.do_handshake()
        except SSL.WantReadError:
            await _sent(stream, connection)
            data = await stream.read_some()
            if not data:
                raise WireError(Outcome.FAILED, Reason.CLOSED, stage=Stage.TLS) from None
            connection.bio_write(data)
        except SSL.Error as error:
            raise WireError(Outcome.FAILED, Reason.TLS_HANDSHAKE, stage=Stage.TLS) from error
        else:
            await _sent(stream, connection)
            return _shaken(connection, seen)
    raise WireError(Outcome.STOPPED, Reason.TOO_MUCH, stage=Stage.TLS)


def _context(seen: dict[str, Any]) -> Any:  # noqa: ANN401  # OpenSSL.SSL.Context, imported only when it is needed
    from OpenSSL import SSL

    def stapled(connection: object, data: bytes, more: object) -> bool:
        seen["staple"] = data or b""
        return True

    def state(connection: SSL.Connection, where: int, value: int) -> None:
        seen["wanted"] = seen["wanted"] or b"certificate request" in connection.get_state_string()

    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_verify(SSL.VERIFY_NONE)
    # To look at a weak certificate, not to trust it.
    context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")
    context.set_options(SSL.OP_LEGACY_SERVER_CONNECT)
    context.set_ocsp_client_callback(stapled)
    context.set_info_callback(state)
    return context


async def _sent(stream: Stream, connection: Any) -> None:  # noqa: ANN401  # OpenSSL.SSL.Connection
    from OpenSSL import SSL

    while True:
        try:
            data = connection.bio_read(65536)
        except SSL.WantReadError:
            return
        await stream.write(data)


def _shaken(connection: Any, seen: dict[str, Any]) -> Shake:  # noqa: ANN401  # OpenSSL.SSL.Connection
    from OpenSSL import crypto

    # As they are: not every certificate that OpenSSL takes can be read by others.
    sent = connection.get_peer_cert_chain() or []
    return Shake(
        version=connection.get_protocol_version_name(),
        cipher=connection.get_cipher_name() or "",
        group=connection.get_group_name() or "",
        library=library(),
        chain=tuple(crypto.dump_certificate(crypto.FILETYPE_ASN1, one) for one in sent[:MAX_CHAIN]),
        staple=seen["staple"],
        wants_certificate=seen["wanted"],
    )

"""The embedded submission server (aiosmtpd) that stands in for Postfix, run as a process (main).

Same addresses, ports, certificates and mechanisms; what it takes it files in the
receiver's Maildir.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import os
import ssl
import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import MISSING, SMTP, AuthResult

from mailwright.lab import issuer, mailboxes, plan, sasl
from mailwright.lab.state import load

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from aiosmtpd.smtp import Envelope, Session

    from mailwright.lab.state import Lab

_COUNT = count()
_SIZE = 26214400


def users(lab: Lab, instance: str) -> sasl.Users:
    """Who may sign in at an instance."""
    accounts = plan.instance_accounts(instance)
    key = issuer.read_key(lab.dir / "pki" / "issuer.key").public_key()
    return sasl.Users({account.username.lower(): account.password for account in accounts}, key)


class _Box:
    """What aiosmtpd asks: who may sign in (the auth_… methods set below), and where mail goes."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        found = [account for account in plan.ACCOUNTS if account.expect]
        self.boxes = {f"{account.local}@{account.domain}".lower(): account for account in found}
        self.boxes |= {account.address.lower(): account for account in found}

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, *rest: Any) -> str:  # noqa: N802, ANN401  # aiosmtpd's names
        """Mail for the lab only. `rest`: the address and the ESMTP options."""
        address: str = rest[0]
        if address.lower() not in self.boxes:
            known = address.rpartition("@")[2].lower() in {box.rpartition("@")[2] for box in self.boxes}
            return "550 5.1.1 User unknown" if known else "554 5.7.1 Relay access denied"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        """File it in every receiver's new mail."""
        name = f"{int(time.time())}.M{next(_COUNT)}P{os.getpid()}.lab"
        for address in envelope.rcpt_tos:
            maildir = mailboxes.home(self.lab.dir / "mail", self.boxes[address.lower()]) / "Maildir"
            (maildir / "tmp" / name).write_bytes(envelope.content if isinstance(envelope.content, bytes) else b"")
            owner = maildir.stat()
            os.chown(maildir / "tmp" / name, owner.st_uid, owner.st_gid)
            (maildir / "tmp" / name).rename(maildir / "new" / name)
        return f"250 2.0.0 Ok: queued as {name}"


def _auth(mechanism: str, who: sasl.Users) -> Callable[..., Coroutine[Any, Any, AuthResult]]:
    async def auth(_: object, server: SMTP, arguments: list[str]) -> AuthResult:
        conversation = sasl.MECHANISMS[mechanism](who)
        challenge = next(conversation)
        response = _initial(arguments) if len(arguments) > 1 else await server.challenge_auth(challenge)
        while True:
            if not isinstance(response, bytes):
                return AuthResult(success=False, handled=response is MISSING)
            try:
                challenge = conversation.send(response)
            except StopIteration as done:
                return AuthResult(success=done.value is not None, handled=False, auth_data=done.value)
            response = await server.challenge_auth(challenge)

    return auth


def _initial(arguments: list[str]) -> bytes | None:
    """The initial response of RFC 4954 §4; "=" says it is empty."""
    try:
        return b"" if arguments[1] == "=" else base64.b64decode(arguments[1], validate=True)
    except binascii.Error:
        return None


def _handler(lab: Lab, instance: plan.Instance) -> _Box:
    # aiosmtpd finds mechanisms by their method names; "__" stands for a hyphen.
    who = users(lab, instance.name)
    methods = {f"auth_{name.upper().replace('-', '__')}": _auth(name, who) for name in instance.mechanisms}
    kind: type[_Box] = type("Box", (_Box,), methods)
    return kind(lab)


def _factory(lab: Lab, site: plan.Site, port: int) -> Callable[[], SMTP]:
    instance = next(entry for entry in plan.INSTANCES if entry.name == site.instance)
    handler = _handler(lab, instance) if port != 25 else _Box(lab)
    context = tls(lab, instance.name)
    # The two that aiosmtpd has by itself must go where the instance does not offer them.
    hidden = [name for name in ("LOGIN", "PLAIN") if name.lower() not in instance.mechanisms or port == 25]
    return lambda: SMTP(
        handler,
        data_size_limit=_SIZE,
        enable_SMTPUTF8=True,
        hostname="mx.auto.test",
        ident="Mailwright lab submission",
        tls_context=context if port != 465 else None,
        auth_required=port != 25,
        auth_require_tls=port != 465,
        auth_exclude_mechanism=hidden,
    )


def tls(lab: Lab, name: str) -> ssl.SSLContext:
    """A server's context with one of the lab's certificates."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(lab.dir / "pki" / f"{name}.pem", lab.dir / "pki" / f"{name}.key")
    return context


async def _serve(lab: Lab) -> None:
    loop = asyncio.get_running_loop()
    servers = [
        await loop.create_server(
            _factory(lab, site, port),
            lab.network.address(site.octet),
            lab.network.port(site, port),
            ssl=tls(lab, site.instance) if port == 465 else None,
        )
        for site in lab.network.sites()
        for port in site.ports
        if port in plan.SUBMISSION_PORTS
    ]
    await asyncio.gather(*(server.serve_forever() for server in servers))


def main(dir: str) -> None:
    """Serve the lab of that folder until ended."""
    lab = load(Path(dir))
    if lab is not None:
        asyncio.run(_serve(lab))

"""What is known about one service while the conversation with it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mailwright.core import Endpoint, LoginTry, Mailboxes, Reply, Secret
from mailwright.wire import sasl
from mailwright.wire.redact import Redactor


@dataclass(slots=True)
class Session:
    """Filled in by the conversations; read afterwards, also when they broke off.

    `attempted`: credentials have left, and whatever comes of it counts as a login. `hidden`: what no
    reply may show, shared with the recorder of the trace; `ours`: the mechanisms we speak.
    """

    endpoint: Endpoint
    greeting: str = ""
    capabilities: tuple[str, ...] = ()
    mechanisms: tuple[str, ...] = ()
    logins: list[LoginTry] = field(default_factory=list)
    mailboxes: Mailboxes | None = None
    last_reply: Reply | None = None
    tags: int = 0
    attempted: bool = False
    hidden: Redactor = field(default_factory=Redactor, repr=False)
    ours: Mapping[str, sasl.Mechanism] = field(default_factory=lambda: sasl.MECHANISMS, repr=False)

    def has(self, capability: str) -> bool:
        """True when the server offers it."""
        return capability in self.capabilities

    def tag(self) -> str:
        """The next IMAP command tag."""
        self.tags += 1
        return f"a{self.tags}"

    def go_on(self, earlier: Session) -> None:
        """Know what another session learned on the same connection before anyone signed in."""
        self.greeting, self.tags, self.last_reply = earlier.greeting, earlier.tags, earlier.last_reply
        self.capabilities, self.mechanisms = earlier.capabilities, earlier.mechanisms

    def client(self, mechanism: str, username: str, secret: Secret) -> sasl.Client:
        """Our side of a sign-in by `mechanism`."""
        return sasl.Client(mechanism, self.ours[mechanism], username, secret)

    def said(self, reply: Reply) -> Reply:
        """`reply` as the last one; a secret that was echoed in it is gone."""
        redact = self.hidden.redact
        self.last_reply = replace(
            reply, code=redact(reply.code), text=redact(reply.text), alerts=tuple(redact(a) for a in reply.alerts)
        )
        return self.last_reply

"""What is known about one service while the conversation with it goes on."""

from __future__ import annotations

from dataclasses import dataclass, field

from mailwright.core import Endpoint, LoginTry, Mailboxes, Reply


@dataclass(slots=True)
class Session:
    """Filled in by the conversations; read afterwards, also when they broke off."""

    endpoint: Endpoint
    greeting: str = ""
    capabilities: tuple[str, ...] = ()
    mechanisms: tuple[str, ...] = ()
    logins: list[LoginTry] = field(default_factory=list)
    mailboxes: Mailboxes | None = None
    last_reply: Reply | None = None
    tags: int = 0

    def has(self, capability: str) -> bool:
        """True when the server offers it."""
        return capability in self.capabilities

    def tag(self) -> str:
        """The next IMAP command tag."""
        self.tags += 1
        return f"a{self.tags}"

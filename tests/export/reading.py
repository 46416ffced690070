"""Our own readers of what domains publish, for the way back; and profiles that say everything."""

from __future__ import annotations

from mailwright.core import (
    Auth,
    Candidate,
    Channel,
    EmailAddress,
    Endpoint,
    Login,
    OAuth,
    Profile,
    Protocol,
    SecretHelp,
    SecretKind,
    Security,
    Source,
    expand,
)
from mailwright.discover.saying import Saying
from tests.discover.scripted import query, world

ANNA = EmailAddress.parse("anna@example.org")


def saying(address: EmailAddress, source: Source) -> Saying:
    """The word of the domain itself."""
    return Saying(query(world(), address), source, "https://x", Channel.HTTPS, own=True)


def services(candidate: Candidate | None, address: EmailAddress) -> list[tuple[Endpoint, str, tuple[Auth, ...]]]:
    """What was read, with the placeholders filled in."""
    assert candidate is not None
    return [(s.endpoint.value, expand(s.username.value, address), s.auth.value) for s in candidate.services]


def login(
    protocol: Protocol, port: int, security: Security, *, user: str = "anna@example.org", auth: Auth = Auth.PASSWORD
) -> Login:
    return Login(Endpoint(protocol, f"{protocol}.example.org", port, security), user, auth)


def full() -> Profile:
    """All protocols, all kinds of protection, three forms of user names, two ways to sign in."""
    return Profile(
        ANNA,
        login(Protocol.IMAP, 993, Security.TLS, auth=Auth.OAUTH2),
        login(Protocol.SMTP, 465, Security.TLS),
        name="李雷 “Lee” 😀",
        others=(
            login(Protocol.IMAP, 993, Security.TLS),
            login(Protocol.IMAP, 143, Security.STARTTLS, user="anna", auth=Auth.ENCRYPTED_PASSWORD),
            login(Protocol.POP3, 995, Security.TLS, user="u-1234"),
            login(Protocol.POP3, 110, Security.NONE, user="anna@example.net"),
            login(Protocol.SMTP, 587, Security.STARTTLS),
        ),
        provider_name={"zh": "示例邮箱", "en": "Example Mail & Sons <the good>"},
        secret=SecretHelp(
            SecretKind.APP_PASSWORD,
            {"zh": "授权码", "en": "app password"},
            page="https://example.org/help?a=1&b=2",
        ),
        oauth=OAuth(
            "https://login.example.org",
            "https://login.example.org/auth",
            "https://login.example.org/token",
            scopes=("mail", "offline_access"),
            client_id="ours",
        ),
    )


def plain() -> Profile:
    """One way in, one way out, with passwords, at the usual ports."""
    return Profile(ANNA, login(Protocol.IMAP, 993, Security.TLS), login(Protocol.SMTP, 465, Security.TLS), name="Anna")

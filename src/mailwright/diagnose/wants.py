"""What a provider wants as the password, and how sure that is."""

from __future__ import annotations

from mailwright.core import Candidate, SecretHelp, SecretKind

# How much "with two-step sign-in only" and "if you like" weigh beside "always".
CERTAINTY = {"always": 1.0, "two_factor": 0.4, "optional": 0.2}
KINDS = {
    SecretKind.AUTHORIZATION_CODE: "authcode",
    SecretKind.APP_PASSWORD: "app_password",
    SecretKind.SEPARATE_PASSWORD: "app_password",
    SecretKind.BRIDGE_PASSWORD: "app_password",
    SecretKind.OAUTH2: "oauth",
}


def of(candidate: Candidate | None) -> SecretHelp | None:
    """What the book or another source says of the secret."""
    return candidate.secret.value if candidate is not None and candidate.secret is not None else None


def token(candidate: Candidate) -> bool:
    """True when the provider lets nobody in by any kind of password: asking for one would be of no use."""
    secret = of(candidate)
    return secret is not None and secret.kind is SecretKind.OAUTH2 and secret.when == "always"

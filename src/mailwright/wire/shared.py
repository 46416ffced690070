"""What the three protocols do alike: the upgrade to TLS, sending credentials, and noting how a login went."""

from __future__ import annotations

from mailwright.core import LoginTry, Outcome, Reason, Reply, Stage
from mailwright.wire.errors import WireError
from mailwright.wire.session import Session
from mailwright.wire.talk import Begin, End, StartTls, Talk, send

CREDENTIALS = "‹credentials›"


def upgrade(session: Session, offer: str, asking: Talk[Reply], good: str) -> Talk[None]:
    """STARTTLS: `asking` goes on the wire only if `offer` is among the capabilities; `good` is the status of a yes.

    What was known before counts no more afterwards (RFC 3207 §4.2, RFC 9051 §6.2.1): ask again.
    """
    yield Begin(Stage.STARTTLS)
    if not session.has(offer):
        raise WireError(Outcome.STOPPED, Reason.STARTTLS_MISSING, stage=Stage.STARTTLS)
    answer = yield from asking
    if answer.status != good:
        raise WireError(Outcome.NO, Reason.STARTTLS_REFUSED, stage=Stage.STARTTLS, reply=answer)
    session.capabilities = session.mechanisms = ()
    yield End()
    yield Begin(Stage.TLS)
    yield StartTls()
    yield End()


def send_credentials(session: Session, text: str, *, shown: str = CREDENTIALS) -> Talk[None]:
    """Send a line with a name or a password in it; `shown` stands in the trace."""
    session.attempted = True
    yield from send(text, shown=shown)


def signed_in(session: Session, tried: LoginTry) -> Talk[LoginTry]:
    """Note a login in the session and in the trace, and end its step."""
    session.logins.append(tried)
    yield End(
        tried.outcome,
        (("mechanism", tried.mechanism), ("user", tried.username), ("reply", str(tried.reply or ""))),
    )
    return tried

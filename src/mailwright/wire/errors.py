"""How a conversation can break off. Raised here, caught by the rooms above, never shown as text."""

from __future__ import annotations

from mailwright.core import Outcome, Reason, Reply, Stage, TlsFacts


class WireError(Exception):
    """The conversation cannot go on.

    `stage`: where (filled in by the driver when the raiser cannot know), `outcome`: how,
    `reason`: a fixed word, `reply`: the server's answer if it gave one, `tls`: what the
    handshake showed.
    """

    def __init__(
        self,
        outcome: Outcome,
        reason: Reason,
        *,
        stage: Stage | None = None,
        reply: Reply | None = None,
        tls: TlsFacts | None = None,
    ) -> None:
        self.outcome = outcome
        self.reason = reason
        self.stage = stage
        self.reply = reply
        self.tls = tls
        super().__init__(f"{stage or ''}:{reason}")


def refused(stage: Stage, reply: Reply) -> WireError:
    """The server said no at `stage`."""
    return WireError(Outcome.NO, Reason.REFUSED, stage=stage, reply=reply)

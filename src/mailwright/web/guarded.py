"""What a server may be made to reach: public addresses, and only ports of mail and of the web."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from mailwright import wire
from mailwright.core import Outcome, Reason, Stage

if TYPE_CHECKING:
    from mailwright.web.options import Options

MAIL_PORTS = frozenset({25, 110, 143, 465, 587, 993, 995, 2525})
WEB_PORTS = frozenset({80, 443})
MOST_OPEN = 512
# Less patient than the command line's setup: silence is told from slowness by further looks.
CONNECT_SECONDS, GREETING_SECONDS, LOGIN_SECONDS = 3.0, 4.0, 20.0


@dataclasses.dataclass(frozen=True, slots=True)
class Guarded(wire.Settings):
    """Settings that lead to no other port, whatever a stranger's domain says."""

    def route(self, host: str, port: int) -> tuple[str, int]:
        """As in Settings. Raises WireError for a port that is none of mail or the web."""
        if port not in MAIL_PORTS | WEB_PORTS:
            raise wire.WireError(Outcome.STOPPED, Reason.PORT_NOT_ALLOWED, stage=Stage.CONNECT)
        return wire.Settings.route(self, host, port)


def settings(options: Options) -> wire.Settings:
    """The operator's settings, as patient as somebody at a page is, and guarded unless private targets are allowed."""
    made = dataclasses.replace(
        options.settings,
        connect_seconds=min(options.settings.connect_seconds, CONNECT_SECONDS),
        greeting_seconds=GREETING_SECONDS,
        reply_seconds=min(options.settings.reply_seconds, LOGIN_SECONDS),
        most_open=max(options.settings.most_open, MOST_OPEN),
    )
    if options.private_targets:
        return made
    fields = {field.name: getattr(made, field.name) for field in dataclasses.fields(wire.Settings)}
    return Guarded(**{**fields, "public_only": True})

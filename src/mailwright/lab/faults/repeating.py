"""A mail domain whose server says one row of the reply table, and whose other servers agree with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailwright.lab import replay

if TYPE_CHECKING:
    from typing import Any

    from mailwright.lab.faults.scene import Scene
    from mailwright.lab.replay import Row

_FIELDS = {"greeting": "greeting", "login": "login", "any": "login", "after_login": "after", "sender": "sender"}


# What is so at one server says nothing of the account: the others let it in.
_OF_ONE = ("auth.mechanism", "auth.required", "auth.protocol_off_user", "auth.protocol_off_admin", "auth.client_id")


def repeated(scene: Scene, *, row: Row) -> None:
    """The row where it belongs; elsewhere what the same vendor says for the same reason.

    Where the table has nothing of that kind, a sign-in that was refused here is refused there
    too, without a word about why; what comes after a sign-in concerns one protocol only.
    """
    among = replay.rows()
    plays: dict[str, dict[str, Any]] = {}
    for protocol in ("imap", "pop3", "smtp"):
        said = row if row.fits(protocol) else replay.sister(row, protocol, among)
        if said is not None:
            plays[protocol] = {_FIELDS[_stage(said, protocol)]: said.say, "encoding": _encoding(said)}
        elif row.stage == "login" and row.causes[0].startswith("auth.") and row.causes[0] not in _OF_ONE:
            plays[protocol] = {"users": (("nobody", ""),)}
    scene.mail(plays=plays, ports=(993, 995, 465))


def _stage(row: Row, protocol: str) -> str:
    """A sender exists in SMTP only; the other protocols know no such stage."""
    return "login" if row.stage == "sender" and protocol != "smtp" else row.stage


def _encoding(row: Row) -> str:
    """Tencent's servers speak Chinese in GB18030, the others in UTF-8."""
    return "gb18030" if row.vendor in ("tencent", "qq", "exmail") else "utf-8"

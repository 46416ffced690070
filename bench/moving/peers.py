"""Other tools, set up so as to be as fast as they can be; each run has files of its own and leaves no state."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from moving.ground import PASSWORD, Ground
from moving.running import timed

Ports = tuple[int, int]
Argv = list[str | Path]


@dataclass(frozen=True, slots=True)
class Run:
    """From `user` at the source to `fresh` at the destination, whose server has `settings`; `folder` is the run's."""

    folder: Path
    user: str
    fresh: str
    ports: Ports
    settings: Path


def mbsync(run: Run) -> Argv:
    """isync, with arrival dates: a move without them is none."""
    sides = "".join(
        f"""IMAPStore {name}
Host 127.0.0.1
Port {port}
User {who}
PassCmd "printf %s '{PASSWORD}'"
SSLType None
AuthMechs LOGIN

"""
        for name, port, who in (("far", run.ports[0], run.user), ("near", run.ports[1], run.fresh))
    )
    channel = f"""Channel all
Far :far:
Near :near:
Patterns *
Create Near
Sync Pull
CopyArrivalDate yes
SyncState {run.folder}/state/
"""
    (run.folder / "state").mkdir()
    (run.folder / "mbsyncrc").write_text(sides + channel, encoding="utf-8")
    return ["mbsync", "-q", "-c", run.folder / "mbsyncrc", "all"]


def imapcopy(run: Run) -> Argv:
    """It reads its settings from where it is run."""
    text = f"""SourceServer 127.0.0.1
SourcePort {run.ports[0]}
DestServer 127.0.0.1
DestPort {run.ports[1]}
DenyFlags "\\Recent"
Copy "{run.user}" "{PASSWORD}" "{run.fresh}" "{PASSWORD}"
"""
    (run.folder / "ImapCopy.cfg").write_text(text, encoding="utf-8")
    return ["imapcopy"]


def offlineimap(run: Run) -> Argv:
    """Two connections a side, which is where it is fastest."""
    sides = "".join(
        f"""[Repository {name}]
type = IMAP
remotehost = 127.0.0.1
remoteport = {port}
remoteuser = {who}
remotepass = {PASSWORD}
ssl = no
starttls = no
maxconnections = 2
{more}
"""
        for name, port, who, more in (
            ("there", run.ports[0], run.user, "readonly = True"),
            ("here", run.ports[1], run.fresh, ""),
        )
    )
    text = f"""[general]
accounts = one
metadata = {run.folder}/state
[Account one]
localrepository = here
remoterepository = there
{sides}"""
    (run.folder / "offlineimaprc").write_text(text, encoding="utf-8")
    return ["offlineimap", "-o", "-u", "quiet", "-c", run.folder / "offlineimaprc"]


def doveadm(run: Run) -> Argv:
    """`doveadm backup` reads over IMAP and writes the destination's files itself: there is no second leg."""
    text = f"""!include {run.settings}
imapc_host = 127.0.0.1
imapc_port = {run.ports[0]}
imapc_user = {run.user}
imapc_password = {PASSWORD}
imapc_features = rfc822.size fetch-headers
mail_prefetch_count = 50
"""
    (run.folder / "imapc.conf").write_text(text, encoding="utf-8")
    return ["doveadm", "-c", run.folder / "imapc.conf", "backup", "-R", "-u", run.fresh, "imapc:"]


PEERS: dict[str, tuple[str, Callable[[Run], Argv]]] = {
    "doveadm imapc (tuned)": ("doveadm", doveadm),
    "mbsync": ("mbsync", mbsync),
    "imapcopy": ("imapcopy", imapcopy),
    "offlineimap3": ("offlineimap", offlineimap),
}


def there(*names: str) -> tuple[list[str], list[str]]:
    """Of these peers those that are installed, and those that are not."""
    found = [name for name in names if shutil.which(PEERS[name][0])]
    return found, [name for name in names if name not in found]


def copied(place: Ground, name: str, user: str, ports: Ports | None = None) -> float:
    """Seconds of a first copy of a user's mailbox by a peer; it must have brought every message."""
    fresh = place.fresh()
    folder = place.folder / f"{name.split(maxsplit=1)[0]}-{fresh}"
    folder.mkdir()
    settings = place.destination.path(fresh).parents[2] / "dovecot/dovecot.conf"
    run = Run(folder, user, fresh, ports or (place.source.port, place.destination.port), settings)
    taken, said = timed(PEERS[name][1](run), folder=folder)
    arrived = sum(1 for path in place.destination.path(fresh).rglob("*") if path.parent.name in ("cur", "new"))
    assert arrived == place.written[user].messages, (name, arrived, said[-1000:])
    return taken

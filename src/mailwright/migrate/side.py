"""One side of a move: connections that are signed in, and what folders there are."""

from __future__ import annotations

import functools
import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mailwright import wire
from mailwright.core import Outcome, Reason, Stage
from mailwright.migrate.namespaces import Namespaces, namespaces

STORE_AT_ONCE = 500
WANTED = ("MESSAGES", "UIDNEXT", "UIDVALIDITY")
NOT_OPENED = frozenset({"\\NOSELECT", "\\NONEXISTENT"})


@dataclass(frozen=True, slots=True)
class Status:
    """What STATUS says (RFC 9051 §6.3.11); `modseq` is HIGHESTMODSEQ, 0 where the server counts no changes."""

    messages: int
    next: int
    validity: int
    modseq: int = 0


@dataclass(frozen=True, slots=True)
class Listed:
    """A folder as LIST shows it. `name`: the bytes as the server spells them, as Latin-1."""

    name: str
    separator: str | None
    attributes: frozenset[str]
    subscribed: bool
    status: Status | None = None

    @property
    def opens(self) -> bool:
        """True when it can hold messages."""
        return not self.attributes & NOT_OPENED


@dataclass(frozen=True, slots=True)
class Opened:
    """What SELECT says of a folder; `flags`: those that are stored for good, None where it does not say."""

    messages: int
    next: int
    validity: int
    modseq: int
    flags: frozenset[str] | None


class Side:
    """The source or the destination, as `who` sees it."""

    def __init__(self, settings: wire.Settings, who: wire.bulk.SignIn) -> None:
        self.settings = settings
        self.who = who

    def open(self) -> wire.bulk.Line:
        """One more connection. Raises WireError."""
        return wire.bulk.open_line(
            self.settings, self.who, wire.Recorder(str(self.who.endpoint)), context=_context(self.settings.ca_file)
        )


@functools.lru_cache
def _context(ca_file: Path | None) -> ssl.SSLContext:
    """One for all mailboxes: to read the system's CAs takes 20 ms, and room for each of them."""
    return wire.tls.verifying(ca_file)


def mailbox(name: str) -> str:
    """A folder's name as a command takes it. Raises WireError for what cannot be sent."""
    text = wire.imap_parse.quoted(name)
    if text is None:
        raise wire.WireError(Outcome.STOPPED, Reason.TOO_MUCH, stage=Stage.SELECT)
    return text


def listed(line: wire.bulk.Line) -> list[Listed]:
    """All folders of one's own, with their status, in as few turns as the server allows. Raises WireError."""
    if line.session.has("LIST-EXTENDED") and line.session.has("LIST-STATUS"):
        status = f"STATUS ({' '.join(_wanted(line))})"
        use = " SPECIAL-USE" if line.session.has("SPECIAL-USE") else ""
        _, rows = line.command(f'LIST "" "*" RETURN (SUBSCRIBED{use} {status})')
        known = {name: seen for name, seen in map(_status, rows) if name is not None and seen is not None}
        return [
            Listed(one.name, one.separator, one.attributes, "\\SUBSCRIBED" in one.attributes, known.get(one.name))
            for one in _rows(rows, "LIST")
        ]
    _, rows = line.command('LIST "" "*"')
    _, subscriptions = line.command('LSUB "" "*"')
    subscribed = {one.name for one in _rows(subscriptions, "LSUB")}
    found = list(_rows(rows, "LIST"))
    seen = _statuses(line, [one.name for one in found if one.opens])
    return [Listed(f.name, f.separator, f.attributes, f.name in subscribed, seen.get(f.name)) for f in found]


def _wanted(line: wire.bulk.Line) -> tuple[str, ...]:
    return (*WANTED, "HIGHESTMODSEQ") if line.session.has("CONDSTORE") or line.session.has("QRESYNC") else WANTED


def _statuses(line: wire.bulk.Line, names: list[str]) -> dict[str, Status]:
    """STATUS of many folders, all asked for at once (RFC 9051 §5.5)."""
    wanted, found = " ".join(_wanted(line)), dict[str, Status]()
    tags = []
    for name in names:
        tags.append(line.session.tag())
        line.pipe.write(f"{tags[-1]} STATUS {mailbox(name)} ({wanted})\r\n".encode())
    line.pipe.flush()
    for tag, asked in zip(tags, names, strict=True):
        _, rows = line.run(wire.imap.finish(line.session, tag))
        # Some servers spell INBOX as they like: what was asked is what was answered.
        seen = next((status for _, status in map(_status, rows) if status is not None), None)
        if seen is not None:
            found[asked] = seen
    return found


def _rows(rows: Iterable[wire.imap_parse.Response], kind: str) -> Iterable[Listed]:
    for row in rows:
        if row.kind != kind or len(row.tokens) < 3 or not isinstance(row.tokens[0], list):
            continue
        attributes, separator, name = row.tokens[:3]
        if isinstance(name, bytes) and isinstance(attributes, list) and isinstance(separator, bytes):
            words = frozenset(word.decode("latin-1").upper() for word in attributes if isinstance(word, bytes))
            mark = None if separator.upper() == b"NIL" else separator.decode("latin-1")
            yield Listed(name.decode("latin-1"), mark, words, subscribed=False)


def _status(row: wire.imap_parse.Response) -> tuple[str | None, Status | None]:
    if row.kind != "STATUS" or len(row.tokens) < 2:
        return None, None
    name, values = row.tokens[:2]
    if not isinstance(name, bytes) or not isinstance(values, list):
        return None, None
    found = dict(zip(values[::2], map(_number, values[1::2]), strict=False)) if _flat(values) else {}
    numbers = [found.get(key, 0) for key in (b"MESSAGES", b"UIDNEXT", b"UIDVALIDITY", b"HIGHESTMODSEQ")]
    return name.decode("latin-1"), Status(*numbers)


def _flat(values: list[wire.imap_parse.Token]) -> bool:
    return all(isinstance(value, bytes) for value in values)


def _number(value: wire.imap_parse.Token) -> int:
    return int(value) if isinstance(value, bytes) and value.isdigit() and len(value) < 20 else 0


def select(line: wire.bulk.Line, name: str, *, readonly: bool) -> Opened:
    """Open a folder. Raises WireError(NO) when that is refused."""
    condstore = " (CONDSTORE)" if line.session.has("CONDSTORE") else ""
    _, rows = line.command(f"{'EXAMINE' if readonly else 'SELECT'} {mailbox(name)}{condstore}")
    codes = {row.code: row.code_args for row in rows if row.code}
    exists = next((row.tokens[0] for row in rows if row.kind == "EXISTS" and row.tokens), b"0")
    told = codes.get("PERMANENTFLAGS")
    flags = None if told is None else frozenset(told.strip("()").split())
    next_, validity, modseq = (
        _number(codes.get(code, "0").encode()) for code in ("UIDNEXT", "UIDVALIDITY", "HIGHESTMODSEQ")
    )
    return Opened(_number(exists), next_, validity, modseq, flags)


def unselect(line: wire.bulk.Line, name: str) -> None:
    """Leave the folder as it is: a server that writes to a folder which is open looks at all of it each time."""
    if line.session.has("UNSELECT") or line.session.has("IMAP4REV2"):
        line.command("UNSELECT")
    else:
        # CLOSE removes what is marked as deleted, unless the folder is only looked at (RFC 9051 §6.4.1).
        line.command(f"EXAMINE {mailbox(name)}")
        line.command("CLOSE")


def create(line: wire.bulk.Line, name: str) -> bool:
    """Make a folder and those above it; False when it was there. Raises WireError(NO)."""
    answer, _ = line.run(wire.imap.command(line.session, f"CREATE {mailbox(name)}"))
    if answer.kind == "OK":
        return True
    if answer.code == "ALREADYEXISTS" or "exist" in answer.text.lower():
        return False
    raise wire.WireError(Outcome.NO, Reason.REFUSED, stage=Stage.SELECT, reply=line.session.said(answer.reply()))


def store(line: wire.bulk.Line, uids: Sequence[int], flags: tuple[str, ...]) -> None:
    """Set the flags of messages in the folder that is open. Raises WireError."""
    for at in range(0, len(uids), STORE_AT_ONCE):
        some = sequence_set(uids[at : at + STORE_AT_ONCE])
        line.command(f"UID STORE {some} FLAGS.SILENT ({' '.join(flags)})")


def append_limit(line: wire.bulk.Line) -> int:
    """The largest message that the server takes (RFC 7889), in bytes; 0 where it does not say."""
    told = next((name for name in line.session.capabilities if name.startswith("APPENDLIMIT=")), "")
    return _number(told.partition("=")[2].encode())


def sequence_set(uids: Iterable[int]) -> str:
    """UIDs as IMAP writes them (RFC 9051 §9), runs as ranges."""
    runs: list[list[int]] = []
    for uid in sorted(uids):
        if runs and uid == runs[-1][1] + 1:
            runs[-1][1] = uid
        else:
            runs.append([uid, uid])
    return ",".join(f"{first}:{last}" if last > first else f"{first}" for first, last in runs)


def spaces(line: wire.bulk.Line) -> Namespaces:
    """The server's namespaces, all empty where it does not tell. Raises WireError."""
    if not line.session.has("NAMESPACE") and not line.session.has("IMAP4REV2"):
        return Namespaces()
    _, rows = line.command("NAMESPACE")
    told = next((row.tokens for row in rows if row.kind == "NAMESPACE"), ())
    return namespaces(told)

"""Mailboxes that have broken some migration: each is one thing that a server, or whoever filled it, once did.

What Maildir cannot hold (a line end without CR, as a server may send it) is no matter of files but of dialogues.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.migrate.servers import maildir
from tests.migrate.servers.rereading import signed_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_DATE = 1700000000
_HEAD = b"From: a@mail.test\nTo: b@mail.test\nSubject: odd\nMessage-ID: <odd@mail.test>\n"
_PLAIN = _HEAD + b"\nHello\n"
_LARGE = 40 * 1024 * 1024
_NAMES = (
    "Entwürfe", "项目", "Übersicht/Größe/straße", "R&D", "&", 'say "hi"', "back\\slash", "at end ", " at start",
    "100%", "star*", "brace{5}", "(paren)", "#hash", "caf\u00e9", "cafe\u0301", "INBOX/INBOX", "NIL", "a]b", "'",
)  # fmt: skip
_MANY = 2000
_DEEP = 30


@dataclass(frozen=True, slots=True)
class Oddity:
    """A mailbox at `root`; `finish` does over IMAP what files cannot say, once it is served."""

    name: str
    root: Path
    finish: Callable[[int, str, str], None]


def hostile(folder: Path, *names: str) -> tuple[Oddity, ...]:
    """Write them all below `folder`, or those that are named; their names are good for users."""
    found = []
    for name in names or HOSTILE:
        root = folder / name
        maildir.folder(root)
        HOSTILE[name](root)
        found.append(Oddity(name, root, _FINISHED.get(name, lambda port, user, password: None)))
    return tuple(found)


def _one(body: bytes) -> Callable[[Path], None]:
    return lambda root: _messages(root, [body])


def _messages(folder: Path, bodies: list[bytes], flags: str = "S") -> None:
    for at, body in enumerate(bodies):
        maildir.write(folder, f"{_DATE + at}.M{at}P1.odd{maildir.sizes(body)}:2,{flags}", body, _DATE + at)


def _lying(*wrong: str) -> Callable[[Path], None]:
    """A good message, one with each of those sizes in its name, and a good one."""

    def write(root: Path) -> None:
        for at, sizes in enumerate(("", *wrong, "")):
            maildir.write(root, f"{_DATE + at}.M{at}P1.odd{sizes}:2,S", _PLAIN, _DATE + at)

    return write


def _dates(root: Path) -> None:
    # Before 1970, its first second, 2038 and 2106 at their edges, a leap day.
    for at, date in enumerate((-86400, -1, 0, 1, 2**31 - 1, 2**31, 2**32 - 2, 951782400)):
        maildir.write(root, f"{_DATE + at}.M{at}P1.odd:2,S", _PLAIN, date)


def _all_flags(root: Path) -> None:
    for at, flags in enumerate(("", "D", "F", "R", "S", "T", "DFRST", "DFRSTabcdefghijklmnopqrstuvwxyz")):
        maildir.write(root, f"{_DATE + at}.M{at}P1.odd:2,{flags}", _PLAIN, _DATE)
    maildir.keywords(root, [f"word{at}" for at in range(26)])
    (root / "new" / f"{_DATE}.new").write_bytes(_PLAIN)


def _duplicates(root: Path) -> None:
    """The same bytes five times, and again elsewhere; and other bytes under the same headers."""
    other = maildir.folder(root, "Copy")
    for place in (root, other):
        _messages(place, [_PLAIN] * 5 + [_HEAD + b"\nOther\n"])


def _named(*names: str) -> Callable[[Path], None]:
    def write(root: Path) -> None:
        for name in names:
            _messages(maildir.folder(root, name), [_HEAD + b"\n" + name.encode() + b"\n"])
        maildir.subscriptions(root, names)

    return write


def _many_folders(root: Path) -> None:
    for at in range(_MANY):
        maildir.folder(root, f"f{at:04d}")


def _numbered(validity: int, uids: list[int], following: int) -> Callable[[Path], None]:
    """Messages under those UIDs, for Dovecot."""

    def write(root: Path) -> None:
        names = [f"{_DATE + at}.M{at}P1.odd" for at in range(len(uids))]
        for at, name in enumerate(names):
            maildir.write(root, f"{name}:2,S", _HEAD + b"\n%d\n" % at, _DATE + at)
        lines = "".join(f"{uid} :{name}\n" for uid, name in zip(uids, names, strict=True))
        head = f"3 V{validity} N{following} G{'ab' * 16}\n"
        (root / "dovecot-uidlist").write_text(head + lines, encoding="utf-8")

    return write


def _unsubscribed(root: Path) -> None:
    """Subscriptions to what is not there."""
    _messages(maildir.folder(root, "There"), [_PLAIN])
    maildir.subscriptions(root, ["There", "Gone", "Gone/Too"])


def _hundred_keywords(port: int, user: str, password: str) -> None:
    """More than the letters of a file name: Dovecot keeps those in its index."""
    with signed_in(port, user, password) as client:
        client.select()
        for at in range(0, 100, 20):
            words = " ".join(f"word{number}" for number in range(at, at + 20))
            kind, answer = client.store("1:*", "+FLAGS", f"({words})")
            assert kind == "OK", answer


HOSTILE: dict[str, Callable[[Path], None]] = {
    "bare_cr": _one(_HEAD + b"\none\rtwo\r\rthree\n"),
    "mixed_line_ends": _one(_HEAD.replace(b"\n", b"\r\n") + b"\none\r\ntwo\nthree\r\n\r\n\n"),
    "no_line_end": _one(_HEAD + b"\nno end"),
    "nul": _one(_HEAD + b"\na\0b\0\0c\n"),
    "eight_bit_headers": _one("From: Jürgen <a@mail.test>\nSubject: 你好\n".encode() + b"X-Latin: caf\xe9\n\nb\xff\n"),
    "empty": lambda root: _messages(root, [b"", b"\n", b"\n\n"]),
    "long_line": _one(_HEAD + b"\n" + b"x" * 1024 * 1024 + b"\n"),
    "long_header": _one(b"X-Long: " + b"y" * 1024 * 1024 + b"\n" + _PLAIN),
    "header_only": _one(_HEAD),
    "no_header": lambda root: _messages(root, [b"\njust text\n", b"just text\nwithout headers\n"]),
    "no_message_id": _one(b"Subject: none\n\nbody\n"),
    "mbox_from": _one(b"From a@mail.test Thu Jan  1 00:00:00 1970\n" + _HEAD + b"\nFrom here\n>From there\n.\n"),
    "literal_look": _one(_HEAD + b"\n{5}\n* 1 FETCH (UID 1 BODY[] {3}\nabc)\nA1 OK done\n+ go\n"),
    # W is believed: Dovecot's RFC822.SIZE and the body end there.
    "short_size": _lying(f",S={len(_PLAIN)},W=50", ",S=0,W=0"),
    # Found out while reading: Dovecot hangs up, and the next time all is well.
    "healing_size": _lying(",W=9999999"),
    # Never mended: RFC822.SIZE is told, but Dovecot refuses to read the message, each time, and hangs up over some.
    "unreadable": _lying(f",S={len(_PLAIN) + 7}", ",S=10,W=20"),
    "all_flags": _all_flags,
    "hundred_keywords": lambda root: _messages(root, [_PLAIN, _HEAD + b"\nsecond\n"]),
    "dates": _dates,
    "duplicates": _duplicates,
    "names": _named(*_NAMES),
    # Listed by Dovecot, which then refuses to open it.
    "unopenable": _named("~tilde", "After"),
    # Courier 5 ends the connection at LIST.
    "emoji": _named("🎉 party"),
    "long_names": _named("x" * 250, "项" * 60, "/".join(["y" * 30] * 7)),
    "deep": _named("/".join(f"d{at}" for at in range(_DEEP))),
    "many_folders": _many_folders,
    "large": _one(_HEAD + b"\n" + (b"0123456789abcde" * 5 + b"\n") * (_LARGE // 76)),
    "uid_validity": _numbered(2**32 - 1, [1, 2, 3], 4),
    "uid_gap": _numbered(1700000000, [1, 2**31, 2**32 - 10], 2**32 - 5),
    "unsubscribed": _unsubscribed,
}
_FINISHED = {"hundred_keywords": _hundred_keywords}

"""Mailboxes to migrate: a usual one of any size, the same for the same seed."""

from __future__ import annotations

import base64
import email.utils
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.migrate.servers import maildir

if TYPE_CHECKING:
    from pathlib import Path

# Folder → its share of the messages.
FOLDERS = {
    "": 30, "Sent": 12, "Drafts": 1, "Trash": 3, "Junk": 3, "Archive": 5, "Archive/2022": 6, "Archive/2023": 6,
    "Archive/2024": 6, "Archive/2025": 6, "Work": 4, "Work/Projects": 3, "Work/Projects/Alpha": 3, "Work/HR": 1,
    "Lists": 2, "Lists/debian-devel": 6, "Family": 1, "Entwürfe": 1, "项目": 1, "Bills & receipts": 0.5,
}  # fmt: skip
KEYWORDS = ("$Label1", "$Forwarded")
_HOST = "mail.test"
_BEGAN = 1640995200
_SMALLEST, _LARGEST = 900, 10_000_000
# Median e^9.616 = 15 KB, mean about 46 KB: what people's mailboxes look like.
_MU, _SIGMA = 9.616, 1.5
_TEXT = """the of and to in is that for it as was with be by on not he his but at are this have from or had an they
which one you were all her she there would their we him been has when who will no more if out so up said what its about
than into them can only other time new some could these two may first then do any like my now over such our man"""
_WORDS = tuple(_TEXT.split())
# Chances of a flag, in the letters of Maildir; a and b are the keywords.
_FLAGS = {"F": 0.05, "R": 0.1, "S": 0.8, "a": 0.05, "b": 0.02}


@dataclass(frozen=True, slots=True)
class Written:
    """What a corpus has come to, bytes as IMAP counts them."""

    messages: int
    bytes: int


def corpus(root: Path, messages: int, seed: int) -> Written:
    """Write a Maildir++ at `root`, which is made."""
    chance = random.Random(seed)
    paths = {name: maildir.folder(root, name) for name in FOLDERS}
    names, shares = list(FOLDERS), list(FOLDERS.values())
    material = _Material(chance)
    total = 0
    for number in range(messages):
        name = chance.choices(names, shares)[0]
        date = _BEGAN + number * 7000 + chance.randrange(3600)
        body = material.message(number, date)
        flags = ("D" if name == "Drafts" else "") + "".join(
            letter for letter, part in _FLAGS.items() if chance.random() < part
        )
        sizes = maildir.sizes(body)
        total += int(sizes.rpartition("=")[2])
        maildir.write(paths[name], f"{date}.M{number}P1.{_HOST}{sizes}:2,{flags}", body, date)
    for path in paths.values():
        maildir.keywords(path, KEYWORDS)
    maildir.subscriptions(root, [name for name in FOLDERS if name not in ("", "Junk")])
    return Written(messages, total)


class _Material:
    """Text and attachments are cut from two long pieces, so that a corpus is quickly written."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        text = " ".join(chance.choices(_WORDS, k=100_000))
        self.lines = "\n".join(text[at : at + 72] for at in range(0, len(text), 72)).encode()
        self.attachment = base64.encodebytes(chance.randbytes(8 << 20))

    def message(self, number: int, date: int) -> bytes:
        """A message as Maildir keeps it, with LF."""
        size = min(_LARGEST, max(_SMALLEST, int(self.chance.lognormvariate(_MU, _SIGMA))))
        head = "\n".join(self._headers(number, date)).encode()
        rest = size - len(head)
        if rest < 12_000:
            return head + b"\nContent-Type: text/plain; charset=utf-8\n\n" + self._text(max(50, rest)) + b"\n"
        mark = f"b{self.chance.getrandbits(64):016x}"
        parts = f"""
Content-Type: multipart/mixed; boundary="{mark}"

--{mark}
Content-Type: text/plain; charset=utf-8

{self._text(2000).decode()}
--{mark}
Content-Type: application/octet-stream; name="f{number}.bin"
Content-Transfer-Encoding: base64
Content-Disposition: attachment

"""
        lines = (rest - 2600) // 77
        at = self.chance.randrange(len(self.attachment) // 77 - lines) * 77
        return head + parts.encode() + self.attachment[at : at + lines * 77] + f"\n--{mark}--\n".encode()

    def _text(self, size: int) -> bytes:
        at = self.chance.randrange(len(self.lines) - size)
        return self.lines[at : at + size].strip()

    def _headers(self, number: int, date: int) -> list[str]:
        chance = self.chance
        found = [
            f"Received: from mx{hop}.{_HOST} (mx{hop}.{_HOST} [192.0.2.{hop + 1}])\n"
            f"\tby mail{hop}.{_HOST} (Postfix) with ESMTPS id {chance.getrandbits(40):010X}\n"
            f"\tfor <user@{_HOST}>; {email.utils.formatdate(date - hop)}"
            for hop in range(chance.randrange(1, 6))
        ]
        signature = base64.b64encode(chance.randbytes(192)).decode("ascii")
        found.append(f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={_HOST}; s=s1;\n\tb={signature}")
        found.append(f"From: =?utf-8?q?J=C3=BCrgen_{number % 97}?= <sender{number % 97}@{_HOST}>\nTo: <user@{_HOST}>")
        found.append(f"Subject: {' '.join(chance.choices(_WORDS, k=chance.randrange(2, 10)))}")
        found.append(f"Date: {email.utils.formatdate(date)}")
        lot = chance.random()
        # Some have no Message-ID, and some share one: neither says which message is which.
        if lot > 0.008:
            found.append(f"Message-ID: <{number:06d}.{chance.getrandbits(64):016x}@{_HOST}>")
        elif lot > 0.005:
            found.append(f"Message-ID: <dup.0001@{_HOST}>")
        return [*found, "MIME-Version: 1.0"]

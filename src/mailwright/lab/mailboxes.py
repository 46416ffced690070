"""Mailboxes with real mail: a dozen messages in two languages, written as Maildir files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTPUTF8
from email.utils import format_datetime
from typing import TYPE_CHECKING

from mailwright.lab import plan

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_FIRST = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FOLDERS = ("Drafts", "Sent", "Junk", "Trash", "项目")
# Maildir++ wants modified UTF-7 (RFC 3501 §5.1.3) on disk, and so does Dovecot.
_ENCODED = {"项目": "&mHl27g-"}


@dataclass(frozen=True, slots=True)
class _Letter:
    """One message: who wrote it, what it says, and what hangs on it."""

    name: str
    sender: str
    subject: str
    text: str
    html: str = ""
    attachment: tuple[str, str, bytes] | None = None
    folder: str = ""
    flags: str = ""


_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
_LETTERS = (
    _Letter("王芳", "wang.fang@auto.test", "欢迎使用信匠", "您好：\n\n这是一封测试邮件。\n\n王芳\n", flags="S"),
    _Letter("Bert Brown", "bert@auto.test", "Lunch on Thursday?", "Hi,\n\nnoon at the usual place?\n\nBert\n"),
    _Letter("李明", "li.ming@srv.test", "季度报表", "附件是本季度报表，请查收。\n",
            attachment=("季度报表.csv", "text/csv", "月份,金额\n一月,100\n二月,230\n".encode())),
    _Letter("Clara Nowak", "clara@provider.test", "The picture you asked for", "See attached.\n",
            attachment=("picture.png", "image/png", _PIXEL)),
    _Letter("Newsletter", "news@bigmail.test", "Monthly news", "Plain version of the news.\n",
            html="<h1>Monthly news</h1><p>With <b>bold</b> words and an ä.</p>"),
    _Letter("通知中心", "notice@auto.test", "系统维护通知：本周六 22:00 至次日 02:00 服务暂停",
            "请提前保存工作。\n", html="<p>请<b>提前保存</b>工作。</p>", flags="S"),
    _Letter("Dörte Müller", "doerte@pacc.test", "Grüße aus Köln", "Viele Grüße\nDörte\n", flags="RS"),
    _Letter("Erik", "erik@ispdb.test", "Re: minutes of the meeting", "> As agreed.\n\nThanks, that is right.\n"),
    _Letter("赵强", "zhao@mailconf.test", "项目进度", "第一阶段已完成。\n", folder="项目", flags="S"),
    _Letter("Robot", "robot@srv.test", "Log file", "The log of the night run.\n",
            attachment=("night.log", "text/plain", b"line of a log file\n" * 800)),
    _Letter("Anna", "anna@auto.test", "Draft: plan for spring", "To do:\n- write\n", folder="Drafts", flags="DS"),
    _Letter("Anna", "anna@auto.test", "Thank you", "Thank you for the book.\n", folder="Sent", flags="S"),
)  # fmt: skip
COUNT = len(_LETTERS)
INBOX_COUNT = sum(not letter.folder for letter in _LETTERS)


def messages(account: plan.Account) -> list[tuple[str, str, bytes]]:
    """(folder, Maildir flags, message with CRLF line ends) of each letter to that account."""
    return [
        (letter.folder, letter.flags, _message(letter, account, number).as_bytes(policy=SMTPUTF8))
        for number, letter in enumerate(_LETTERS)
    ]


def _message(letter: _Letter, account: plan.Account, number: int) -> EmailMessage:
    message = EmailMessage(policy=SMTPUTF8)
    message["From"] = Address(letter.name, addr_spec=letter.sender)
    message["To"] = Address(username=account.local, domain=account.domain)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(_FIRST + timedelta(hours=7 * number))
    message["Message-ID"] = f"<{number}.{account.domain}@lab.test>"
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    if letter.attachment:
        name, kind, body = letter.attachment
        main, _, sub = kind.partition("/")
        message.add_attachment(body, maintype=main, subtype=sub, filename=name)
    return message


def home(root: Path, account: plan.Account) -> Path:
    """The home folder of an account below the folder of all mail."""
    return root / account.domain / account.local


def write(root: Path, accounts: Iterable[plan.Account], *, owner: int | None, encoded: bool) -> None:
    """Write every account's Maildir.

    `owner`: the numeric user that Dovecot reads mail as (None: whoever we are). `encoded`:
    folder names in modified UTF-7 as Dovecot wants them, else as they are (pymap).
    """
    root.mkdir()
    names = {folder: _ENCODED.get(folder, folder) if encoded else folder for folder in FOLDERS}
    for account in accounts:
        maildir = home(root, account) / "Maildir"
        places = {"": maildir} | {folder: maildir / f".{name}" for folder, name in names.items()}
        for place in places.values():
            _maildir(place)
        (maildir / "subscriptions").write_text("".join(f"{name}\n" for name in names.values()), encoding="utf-8")
        for number, (folder, flags, body) in enumerate(messages(account)):
            stamp = int((_FIRST + timedelta(hours=7 * number)).timestamp())
            (places[folder] / "cur" / f"{stamp}.M{number}.lab:2,{flags}").write_bytes(body)
    if owner is not None:
        _give(root, owner)


def _maildir(path: Path) -> None:
    for part in ("cur", "new", "tmp"):
        (path / part).mkdir(parents=True)


def _give(root: Path, owner: int) -> None:
    for path in (root, *root.rglob("*")):
        os.chown(path, owner, owner)

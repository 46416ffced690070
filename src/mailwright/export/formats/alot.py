"""The settings of alot and notmuch, for mail that mbsync fetches and msmtp sends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailwright.core import BadInput
from mailwright.export.form import File
from mailwright.export.formats.keyfile import value
from mailwright.export.formats.label import label
from mailwright.export.formats.remark import remark

if TYPE_CHECKING:
    from mailwright.core import Profile
    from mailwright.export.form import Choice

ALOT = """\
{head}
[accounts]
    [[{label}]]
        realname = {name}
        address = {address}
        sendmail_command = msmtp --account={label} -t
        sent_box = maildir://~/Mail/{label}/Sent
        draft_box = maildir://~/Mail/{label}/Drafts
"""
NOTMUCH = """\
{head}
[database]
path=Mail

[user]
name={name}
primary_email={address}

[new]
tags=unread;inbox;
ignore=.mbsyncstate;.uidvalidity;

[maildir]
synchronize_flags=true
"""


def make(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """The files config (of alot) and notmuch-config; neither holds a secret."""
    name = label(profile.address)
    alot = ALOT.format(
        head=remark(choice, "file.alot.head", address=str(profile.address)),
        label=name,
        name=quoted(profile.name, "name"),
        address=quoted(profile.address.wire, "address"),
    )
    notmuch = NOTMUCH.format(
        head=remark(choice, "file.alot.notmuch"),
        name=value(profile.name),
        address=value(profile.address.wire),
    )
    return File("alot/config", alot.encode()), File("notmuch-config", notmuch.encode())


def quoted(text: str, field: str) -> str:
    """ConfigObj, "The Config File Format": quotes of one kind around those of the other, or three where it has both.

    Nothing is escaped in them; but %(x)s is the value of x, and there is no way around that.
    """
    for quotes in ('"', "'", '"""', "'''"):
        if quotes not in text and not text.endswith(quotes[0]) and not re.search(r"%\([^)]*\)s", text):
            return f"{quotes}{text}{quotes}"
    raise BadInput("export.cannot_hold", format="alot", field=field)

"""How the secret gets into a store, so that the commands in the other formats find it there: one shell script."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from mailwright.export.form import File
from mailwright.export.formats.remark import remark
from mailwright.export.placing import DEFAULT_COMMANDS, STORING_COMMANDS, secret_command

if TYPE_CHECKING:
    from mailwright.core import Profile
    from mailwright.export.form import Choice

SKELETON = """\
#!/bin/sh
{head}
set -eu

case "${{1-}}" in
{stores}
*)
    printf '%s\\n' {usage} >&2
    exit 2
    ;;
esac
"""
STORE = """\
{about}
{name})
    {put}
{get}
    ;;
"""
# For the last one this script asks itself: older systems have no other way to hide what is typed.
_PUT = {
    **STORING_COMMANDS,
    "systemd-creds": "printf '%s' {ask} >&2\n"
    "    trap 'stty echo 2>/dev/null || true' EXIT\n"
    "    stty -echo 2>/dev/null || true\n"
    "    IFS= read -r secret\n"
    "    printf '\\n' >&2\n"
    '    printf %s "$secret" | systemd-creds --user encrypt - {file}',
}


def make(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """A script with one way for each store; it holds no secret."""
    text = SKELETON.format(
        head=remark(choice, "file.secrets.head"),
        stores="".join(_store(name, profile, choice) for name in DEFAULT_COMMANDS).rstrip(),
        usage=shlex.quote(choice.say("file.secrets.usage", stores=" | ".join(DEFAULT_COMMANDS))),
    )
    return (File("mail-secret.sh", text.encode(), "text/x-shellscript; charset=utf-8"),)


def _store(name: str, profile: Profile, choice: Choice) -> str:
    # POSIX.1-2017, Shell Command Language 2.2.2: nothing is special between single quotes.
    address = str(profile.address)
    put = _PUT[name].format(
        entry=shlex.quote(f"mail/{address}"),
        address=shlex.quote(address),
        label=shlex.quote(f"Mail {address}"),
        file=f"~/{shlex.quote(f'mail-{address}.cred')}",
        ask=shlex.quote(choice.say("file.secrets.ask")),
    )
    get = secret_command(profile, replace(choice, command=name))
    about = remark(choice, f"file.secrets.{name}")
    return STORE.format(about=about, name=name, put=put, get=f"    # {choice.say('file.secrets.get')} {get}")

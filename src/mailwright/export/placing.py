"""Where a secret goes in a file: in the clear if the person wants that, else a command that prints it."""

from __future__ import annotations

import shlex
import unicodedata
from typing import TYPE_CHECKING

from mailwright.core import BadInput

if TYPE_CHECKING:
    from mailwright.core import Profile
    from mailwright.export.form import Choice, Signing

DEFAULT_COMMANDS = {
    "pass": "pass show {entry}",
    "secret-tool": "secret-tool lookup -- service mail address {address}",
    "security": "security find-generic-password -w -s mail -a {address}",
    "systemd-creds": "systemd-creds --user decrypt {file} -",
}
"""Well-known stores of secrets and how each prints one; {entry}, {address}, {file} are quoted for a shell."""
STORING_COMMANDS = {
    # "--": an address may begin with a dash.
    "pass": "pass insert -- {entry}",
    "secret-tool": "secret-tool store --label={label} -- service mail address {address}",
    "security": "security add-generic-password -U -s mail -a {address} -w",
    "systemd-creds": "systemd-ask-password -n | systemd-creds --user encrypt - {file}",
}
"""How each takes one: it asks for the secret itself, so that it is never a word of a command line."""


def secret_command(profile: Profile, choice: Choice) -> str:
    """A shell command that prints the secret of the account: the chosen one, by the name of a store, or `pass`."""
    template = DEFAULT_COMMANDS.get(choice.command or "pass")
    return choice.command if template is None else _filled(template, profile)


def store_command(profile: Profile, choice: Choice) -> str:
    """A shell command that puts the secret where `secret_command` looks, "" where the person has one of their own."""
    return _filled(STORING_COMMANDS.get(choice.command or "pass", ""), profile)


def _filled(template: str, profile: Profile) -> str:
    address = str(profile.address)
    return template.format(
        entry=shlex.quote(f"mail/{address}"),
        address=shlex.quote(address),
        label=shlex.quote(f"Mail {address}"),
        file=f"~/{shlex.quote(f'mail-{address}.cred')}",
    )


def token_command(profile: Profile, choice: Choice) -> str:
    """A shell command that prints an OAuth 2.0 access token."""
    return choice.token_command or f"oama access {shlex.quote(str(profile.address))}"


def key_password(signing: Signing) -> bytes | None:
    """What opens the key to sign with, None if it is open."""
    return None if signing.password is None else signing.password.reveal().encode()


def secret(choice: Choice) -> str:
    """The secret as it is written into a file, "" if none shall be.

    Raises BadInput("export.control") for one that would end the line it stands in.
    """
    if choice.secret is None:
        return ""
    text = choice.secret.reveal()
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in text):
        raise BadInput("export.control", field="secret")
    return text

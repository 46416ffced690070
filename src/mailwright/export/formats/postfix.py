"""The lines that make a Postfix hand all its mail to the account's server, and the map with the password."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from mailwright.core import BadInput, Security
from mailwright.export.form import File
from mailwright.export.formats.remark import remark
from mailwright.export.placing import secret, secret_command

if TYPE_CHECKING:
    from mailwright.core import Endpoint, Profile
    from mailwright.export.form import Choice

# postconf(5). relayhost in brackets: no look-up of MX records. "secure": TLS is a must, and so is a certificate for
# the name of the relay host.
MAIN = """\
{head}
relayhost = {relay}
smtp_sasl_auth_enable = yes
smtp_sasl_password_maps = texthash:/etc/postfix/sasl_passwd
smtp_sasl_security_options = noanonymous
smtp_sasl_tls_security_options = noanonymous
{tls}

{sender}
# sender_canonical_classes = envelope_sender, header_sender
# sender_canonical_maps = static:{{ {address} }}
"""
# A command may end in a comment, which would swallow the bracket. A file that is there keeps its rights when it is
# written to, so a new one takes its place.
SCRIPT = """\
#!/bin/sh
{head}
set -eu
umask 077
secret=$({command}
)
file="${{1:-/etc/postfix/sasl_passwd}}"
new=$(mktemp -- "$file.XXXXXX")
trap 'rm -f -- "$new"' EXIT
printf '%s %s:%s\\n' {relay} {user} "$secret" > "$new"
mv -f -- "$new" "$file"
"""
_TRUSTED = "/etc/ssl/certs/ca-certificates.crt"


def make(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """Lines for main.cf; and sasl_passwd, or without the secret a script that writes it."""
    login = profile.outgoing
    assert login is not None  # rendering stops without one
    text = MAIN.format(
        head=remark(choice, "file.postfix.head", address=str(profile.address)),
        relay=relay(login.endpoint),
        tls="\n".join(_tls(login.endpoint, choice)),
        sender=remark(choice, "file.postfix.sender"),
        address=value(profile.address.wire),
    )
    return (File("main.cf", text.encode()), _password(profile, choice))


def relay(endpoint: Endpoint) -> str:
    """postconf(5), "relayhost": an IPv6 address is in the same brackets."""
    return f"[{endpoint.host}]:{endpoint.port}"


def value(text: str) -> str:
    """postconf(5), "PARAMETER VALUES": $$ is one $; all else up to the end of the line is what it is."""
    return text.replace("$", "$$")


def _tls(endpoint: Endpoint, choice: Choice) -> list[str]:
    if endpoint.security is Security.NONE:
        return ["smtp_tls_security_level = none"]
    lines = [
        "smtp_tls_security_level = secure",
        f"smtp_tls_CAfile = {value(choice.ca_file or _TRUSTED)}",
    ]
    return ["smtp_tls_wrappermode = yes", *lines] if endpoint.security is Security.TLS else lines


def _password(profile: Profile, choice: Choice) -> File:
    login = profile.outgoing
    assert login is not None
    user = _user(login.username)
    written = secret(choice)
    if written:
        # DATABASE_README, texthash: the key, blanks, and the rest of the line without the blanks at its end.
        if written != written.rstrip():
            raise BadInput("export.cannot_hold", format="postfix", field="secret")
        return File("sasl_passwd", f"{relay(login.endpoint)} {user}:{written}\n".encode(), private=True)
    text = SCRIPT.format(
        head=remark(choice, "file.postfix.script"),
        command=secret_command(profile, choice),
        relay=shlex.quote(relay(login.endpoint)),
        user=shlex.quote(user),
    )
    return File("make-sasl_passwd.sh", text.encode(), "text/x-shellscript; charset=utf-8")


def _user(name: str) -> str:
    """SASL_README: what stands before the first : is the user name."""
    if ":" in name or name != name.strip():
        raise BadInput("export.cannot_hold", format="postfix", field="username")
    return name

"""The settings of fetchmail, which hands mail on to a local mail system."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailwright.core import Security
from mailwright.export import placing
from mailwright.export.form import File, Note
from mailwright.export.formats.remark import remark

if TYPE_CHECKING:
    from mailwright.core import Profile
    from mailwright.export.form import Choice

SKELETON = """\
{head}
poll {host} protocol {protocol} port {port}
  user {user}{secret}
  {tls}
{keep}
  keep
{mda}
  # mda "/usr/bin/procmail -d %T"
"""
_TLS = {
    # fetchmail(1), "--sslcertck": requires TLS, and a certificate that is right.
    Security.TLS: "ssl sslcertck",
    # "--sslproto": with auto and without "ssl" STARTTLS is a must.
    Security.STARTTLS: "sslproto 'auto' sslcertck",
    Security.NONE: "no ssl sslproto '' no sslcertck",
}


def make(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """fetchmailrc, which fetchmail reads only if nobody else may."""
    login = profile.incoming
    tls = _TLS[login.endpoint.security]
    if choice.ca_file and login.endpoint.security is not Security.NONE:
        tls += f" sslcertfile {quoted(choice.ca_file)}"
    text = SKELETON.format(
        head=remark(choice, "file.fetchmail.head", address=str(profile.address)),
        host=quoted(login.endpoint.host),
        protocol=login.endpoint.protocol.value.upper(),
        port=login.endpoint.port,
        user=quoted(login.username),
        secret="" if choice.secret is None else f" password {quoted(placing.secret(choice))}",
        tls=tls,
        keep=remark(choice, "file.fetchmail.keep"),
        mda=remark(choice, "file.fetchmail.mda"),
    )
    return (File("fetchmailrc", text.encode(), private=True),)


def notes(profile: Profile, choice: Choice) -> tuple[Note, ...]:
    """It runs no command for the secret."""
    return (Note("fetchmail_asks", (("host", profile.incoming.endpoint.host),)),) if choice.secret is None else ()


def quoted(text: str) -> str:
    r"""fetchmail(1), "THE RUN CONTROL FILE": in double quotes; \xhh for the delimiter and the backslash itself."""
    return '"' + re.sub(r'["\\]', lambda sign: f"\\x{ord(sign[0]):02x}", text) + '"'

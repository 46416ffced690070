"""The account of IMAPFilter, in Lua. It uses STARTTLS only where the server offers it: no format for that."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from mailwright.core import Auth, Security
from mailwright.export import placing
from mailwright.export.form import File, Note
from mailwright.export.formats.remark import remark

if TYPE_CHECKING:
    from mailwright.core import Login, Profile
    from mailwright.export.form import Choice

SKELETON = """\
{head}
options.certificates = true
options.hostnames = true
options.starttls = false

local function output(command)
  local pipe = io.popen(command)
  local line = pipe:read("*l")
  pipe:close()
  return line and (line:gsub("\\\\", "\\\\\\\\"))
end

account = IMAP {{
  server = {host},
  port = {port},
  username = {user},
{lines}
}}

{rules}
-- account.INBOX:is_unseen()
"""


def make(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """config.lua."""
    login = profile.incoming
    lines = _secret(login, profile, choice)
    if login.endpoint.security is Security.TLS:
        lines.append('ssl = "auto",')
    text = SKELETON.format(
        head=remark(choice, "file.imapfilter.head", "--", address=str(profile.address)),
        host=quoted(login.endpoint.host),
        port=login.endpoint.port,
        # RFC 9051 §9 quoted: it puts the name between quotes and leaves the rest to us.
        user=quoted(re.sub(r'(["\\])', r"\\\1", login.username)),
        lines="\n".join(f"  {line}" for line in lines),
        rules=remark(choice, "file.imapfilter.rules", "--"),
    )
    return (File("config.lua", text.encode(), private=choice.secret is not None),)


def notes(profile: Profile, choice: Choice) -> tuple[Note, ...]:
    """The file with authorities is an option of the command only."""
    del profile
    return (Note("imapfilter_ca", (("path", choice.ca_file),)),) if choice.ca_file else ()


def quoted(text: str) -> str:
    r"""Lua manual §3.1: between double quotes all but " and \ is itself."""
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def _secret(login: Login, profile: Profile, choice: Choice) -> list[str]:
    if login.auth is Auth.OAUTH2:
        return [f"oauth2 = output({quoted(_xoauth2(login, profile, choice))}),"]
    # IMAPFilter puts a backslash before each " of a password, and leaves backslashes as they are.
    if choice.secret is not None:
        return [f"password = {quoted(placing.secret(choice).replace(chr(92), chr(92) * 2))},"]
    return [f"password = output({quoted(placing.secret_command(profile, choice))}),"]


def _xoauth2(login: Login, profile: Profile, choice: Choice) -> str:
    """imapfilter_config(5), "oauth2": the string of the mechanism, in Base64; made by the shell from the token."""
    token = f'"$(sh -c {shlex.quote(placing.token_command(profile, choice))})"'
    made = rf"printf 'user=%s\001auth=Bearer %s\001\001' {shlex.quote(login.username)} {token}"
    return rf"{made} | base64 | tr -d '\n'"

"""The account of Himalaya: the layout of version 2, and that of version 1."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mailwright.core import Auth, Security
from mailwright.export import placing
from mailwright.export.form import File
from mailwright.export.formats.label import label
from mailwright.export.formats.remark import remark

if TYPE_CHECKING:
    from mailwright.core import Login, Profile
    from mailwright.export.form import Choice

SKELETON = """\
{head}
[accounts.{label}]
default = true
{lines}
"""
_ENCRYPTION = {Security.TLS: "tls", Security.STARTTLS: "start-tls", Security.NONE: "none"}


def make(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """config.toml of version 2 (himalaya, config.sample.toml)."""
    outgoing = profile.outgoing
    assert outgoing is not None  # rendering stops without one
    lines = [*_new(profile.incoming, profile, choice)]
    if profile.needs_id:
        lines.append("imap.id.auto = true")  # RFC 2971
    lines += ["", *_new(outgoing, profile, choice)]
    return _file("himalaya", lines, profile, choice)


def make_old(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """config.toml of version 1."""
    outgoing = profile.outgoing
    assert outgoing is not None  # rendering stops without one
    lines = [f"email = {quoted(profile.address.wire)}"]
    if profile.name:
        lines.append(f"display-name = {quoted(profile.name)}")
    lines += ["", *_old("backend", profile.incoming, profile, choice)]
    lines += ["", *_old("message.send.backend", outgoing, profile, choice)]
    return _file("himalaya-1", lines, profile, choice)


def quoted(text: str) -> str:
    """TOML 1.0, "Basic strings": the escapes of JSON are among its own."""
    return json.dumps(text, ensure_ascii=False)


def _file(form: str, lines: list[str], profile: Profile, choice: Choice) -> tuple[File, ...]:
    text = SKELETON.format(
        head=remark(choice, f"file.{form}.head", address=str(profile.address)),
        label=quoted(label(profile.address)),
        lines="\n".join(lines),
    )
    return (File("config.toml", text.encode(), private=choice.secret is not None),)


def _new(login: Login, profile: Profile, choice: Choice) -> list[str]:
    endpoint = login.endpoint
    kind = endpoint.protocol.value
    scheme = kind + ("s" if endpoint.security is Security.TLS else "")
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    lines = [f"{kind}.server = {quoted(f'{scheme}://{host}:{endpoint.port}')}"]
    if endpoint.security is Security.STARTTLS:
        lines.append(f"{kind}.starttls = true")
    if choice.ca_file:
        lines.append(f"{kind}.tls.cert = {quoted(choice.ca_file)}")
    mechanism, secret = ("xoauth2", "token") if login.auth is Auth.OAUTH2 else ("plain", "password")
    lines.append(f"{kind}.sasl.{mechanism}.username = {quoted(login.username)}")
    if choice.secret is not None and login.auth is not Auth.OAUTH2:
        return [*lines, f"{kind}.sasl.{mechanism}.{secret}.raw = {quoted(placing.secret(choice))}"]
    # A list is run as it is: no rule of Himalaya's own about quotes comes between.
    command = f"['sh', '-c', {quoted(_command(login, profile, choice))}]"
    return [*lines, f"{kind}.sasl.{mechanism}.{secret}.command = {command}"]


def _old(place: str, login: Login, profile: Profile, choice: Choice) -> list[str]:
    endpoint = login.endpoint
    lines = [
        f'{place}.type = "{endpoint.protocol.value}"',
        f"{place}.host = {quoted(endpoint.host)}",
        f"{place}.port = {endpoint.port}",
        f'{place}.encryption.type = "{_ENCRYPTION[endpoint.security]}"',
    ]
    if choice.ca_file and endpoint.security is not Security.NONE:
        lines.append(f"{place}.encryption.cert = {quoted(choice.ca_file)}")
    lines += [f"{place}.login = {quoted(login.username)}", f'{place}.auth.type = "password"']
    if choice.secret is not None:
        return [*lines, f"{place}.auth.raw = {quoted(placing.secret(choice))}"]
    return [*lines, f"{place}.auth.cmd = {quoted(_command(login, profile, choice))}"]


def _command(login: Login, profile: Profile, choice: Choice) -> str:
    take = placing.token_command if login.auth is Auth.OAUTH2 else placing.secret_command
    return take(profile, choice)

"""The configuration language of Dovecot 2.3 (Debian 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailwright.lab import plan
from mailwright.lab.dovecot_setup import MOST_SIGNING_IN

if TYPE_CHECKING:
    from mailwright.lab.dovecot_setup import Listener, Setup

_ALWAYS_CHROOTED = ("imap-urlauth-login", "anvil", "stats")


def render(setup: Setup) -> dict[str, str]:
    """File name → text."""
    files = {"dovecot.conf": _main(setup)}
    if setup.oauth:
        files["oauth2.conf"] = _oauth2(setup)
    return files


def _main(setup: Setup) -> str:
    parts = [_general(setup), _passdb(setup), _userdb(setup), _FOLDERS]
    for service, protocol in (("imap-login", "imap"), ("pop3-login", "pop3")):
        parts.append(_login_service(setup, service, protocol))
    parts.append(_service("lmtp", [_listener(entry) for entry in setup.of("lmtp")]))
    parts.append(_service("auth", [_listener(entry) for entry in setup.of("sasl")]))
    # Failed logins must not make the next test wait: no penalty socket, no penalty.
    penalty = "  unix_listener anvil-auth-penalty {\n    mode = 0\n  }\n"
    parts.append(_service("anvil", [penalty], unchroot=setup.unprivileged))
    if setup.unprivileged:
        parts += [_service(name, [], unchroot=True) for name in _ALWAYS_CHROOTED if name != "anvil"]
    return "".join([*parts, setup.extra])


def _general(setup: Setup) -> str:
    group = f"default_internal_group = {setup.internal_group}\n"
    return f"""base_dir = {setup.folder}/run
state_dir = {setup.folder}/state
instance_name = lab-{setup.instance.name}
protocols = imap pop3 lmtp
listen = {setup.listeners[0].address}
log_path = /dev/stderr
auth_verbose = yes
default_internal_user = {setup.internal_user}
{group}default_login_user = {setup.login_user}
mail_location = maildir:~/Maildir
mail_uid = {setup.mail_uid}
mail_gid = {setup.mail_uid}
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 200
ssl = required
ssl_min_protocol = TLSv1.2
ssl_cert = <{setup.certificate}
ssl_key = <{setup.key}
ssl_dh =
disable_plaintext_auth = yes
auth_mechanisms = {" ".join(setup.instance.mechanisms)}
auth_username_chars =
auth_failure_delay = 0
auth_cache_size = 0
"""


def _passdb(setup: Setup) -> str:
    if setup.passdb:
        return setup.passdb
    if setup.oauth:
        args = f"  mechanisms = xoauth2 oauthbearer\n  args = {setup.folder}/oauth2.conf\n"
        return f"passdb {{\n  driver = oauth2\n{args}}}\n"
    return f"passdb {{\n  driver = passwd-file\n  args = username_format=%Lu {setup.folder}/users\n}}\n"


def _userdb(setup: Setup) -> str:
    return f"userdb {{\n  driver = passwd-file\n  args = username_format=%Lu {setup.folder}/homes\n}}\n"


def _oauth2(setup: Setup) -> str:
    return f"""introspection_mode = local
local_validation_key_dict = fs:posix:prefix={setup.jwk}/
issuers = {plan.ISSUER}
username_attribute = email
scope = {plan.ISSUER_SCOPE}
"""


def _login_service(setup: Setup, name: str, protocol: str) -> str:
    # Listeners that exist by default must be switched off by port 0.
    bodies = [f"  inet_listener {word} {{\n    port = 0\n  }}\n" for word in (protocol, f"{protocol}s")]
    bodies += [_listener(entry) for entry in setup.of(protocol)]
    bodies.append(f"  process_limit = {MOST_SIGNING_IN}\n")
    return _service(name, bodies, unchroot=setup.unprivileged)


def _listener(entry: Listener) -> str:
    tls = "    ssl = yes\n" if entry.tls else ""
    return f"  inet_listener {entry.name} {{\n    address = {entry.address}\n    port = {entry.port}\n{tls}  }}\n"


def _service(name: str, bodies: list[str], *, unchroot: bool = False) -> str:
    # Only root may chroot.
    chroot = "  chroot =\n" if unchroot else ""
    return f"service {name} {{\n{chroot}{''.join(bodies)}}}\n"


_FOLDERS = "namespace inbox {\n  inbox = yes\n" + "".join(
    f"  mailbox {name} {{\n    special_use = \\{name}\n    auto = subscribe\n  }}\n"
    for name in ("Drafts", "Sent", "Junk", "Trash")
) + "}\n"  # fmt: skip

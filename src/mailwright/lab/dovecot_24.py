"""The configuration language of Dovecot 2.4 (Debian 13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailwright.lab import plan
from mailwright.lab.dovecot_setup import MOST_SIGNING_IN

if TYPE_CHECKING:
    from mailwright.lab.dovecot_setup import Listener, Setup


def render(setup: Setup) -> dict[str, str]:
    """File name → text."""
    return {"dovecot.conf": _main(setup)}


def _main(setup: Setup) -> str:
    parts = [_general(setup), _passdb(setup), _userdb(setup), _FOLDERS]
    for service, protocol in (("imap-login", "imap"), ("pop3-login", "pop3")):
        parts.append(_login_service(setup, service, protocol))
    parts.append(_service("lmtp", [_listener(entry) for entry in setup.of("lmtp")]))
    parts.append(_service("auth", [_listener(entry) for entry in setup.of("sasl")]))
    if setup.unprivileged:
        parts += [_service(name, [], unchroot=True) for name in ("anvil", "stats", "imap-urlauth-login")]
    return "".join([*parts, setup.extra])


def _general(setup: Setup) -> str:
    version = ".".join(setup.version.split(".")[:3])
    # The version lines must come first. A list given with "=" replaces the default; with
    # braces it would add to it, and plain would stay on offer.
    return f"""dovecot_config_version = {version}
dovecot_storage_version = {version}
base_dir = {setup.folder}/run
state_dir = {setup.folder}/state
instance_name = lab-{setup.instance.name}
protocols {{
  imap = yes
  pop3 = yes
  lmtp = yes
}}
listen = {setup.listeners[0].address}
log_path = /dev/stderr
default_internal_user = {setup.internal_user}
default_internal_group = {setup.internal_group}
default_login_user = {setup.login_user}
mail_driver = maildir
mail_path = ~/Maildir
mail_uid = {setup.mail_uid}
mail_gid = {setup.mail_uid}
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 200
ssl = required
ssl_min_protocol = TLSv1.2
ssl_server_cert_file = {setup.certificate}
ssl_server_key_file = {setup.key}
auth_allow_cleartext = no
auth_mechanisms = {" ".join(setup.instance.mechanisms)}
auth_username_chars =
auth_failure_delay = 0
auth_cache_size = 0
"""


def _passdb(setup: Setup) -> str:
    if setup.passdb:
        return setup.passdb
    if not setup.oauth:
        return f"""passdb passwd-file {{
  passwd_file_path = {setup.folder}/users
  auth_username_format = %{{user | lower}}
}}
"""
    return f"""oauth2 {{
  introspection_mode = local
  issuers = {plan.ISSUER}
  username_attribute = email
  scope = {plan.ISSUER_SCOPE}
  oauth2_local_validation {{
    dict fs {{
      fs posix {{
        prefix = {setup.jwk}/
      }}
    }}
  }}
}}
passdb oauth2 {{
  mechanisms_filter = xoauth2 oauthbearer
}}
"""


def _userdb(setup: Setup) -> str:
    return f"""userdb passwd-file {{
  passwd_file_path = {setup.folder}/homes
  auth_username_format = %{{user | lower}}
}}
"""


def _login_service(setup: Setup, name: str, protocol: str) -> str:
    # Listeners that exist by default must be switched off by port 0.
    bodies = [f"  inet_listener {word} {{\n    port = 0\n  }}\n" for word in (protocol, f"{protocol}s")]
    bodies += [_listener(entry) for entry in setup.of(protocol)]
    bodies.append(f"  process_limit = {MOST_SIGNING_IN}\n")
    return _service(name, bodies, unchroot=setup.unprivileged)


def _listener(entry: Listener) -> str:
    tls = "    ssl = yes\n" if entry.tls else ""
    return f"  inet_listener {entry.name} {{\n    listen = {entry.address}\n    port = {entry.port}\n{tls}  }}\n"


def _service(name: str, bodies: list[str], *, unchroot: bool = False) -> str:
    # Only root may chroot.
    chroot = "  chroot =\n" if unchroot else ""
    return f"service {name} {{\n{chroot}{''.join(bodies)}}}\n"


_FOLDERS = "namespace inbox {\n  inbox = yes\n" + "".join(
    f"  mailbox {name} {{\n    special_use = \\{name}\n    auto = subscribe\n  }}\n"
    for name in ("Drafts", "Sent", "Junk", "Trash")
) + "}\n"  # fmt: skip

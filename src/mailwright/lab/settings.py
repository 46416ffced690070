"""The files by which a domain says its settings: autoconfig, PACC and Autodiscover."""

from __future__ import annotations

import base64
import hashlib
import json
from xml.sax.saxutils import escape

from mailwright.lab import plan

_SECURITY = {"tls": "SSL", "starttls": "STARTTLS"}
_AUTH = {"scram": "password-encrypted", "cram": "password-encrypted", "oauth": "OAuth2"}


def _account(domain: str) -> plan.Account:
    return next(account for account in plan.ACCOUNTS if account.domain == domain)


def autoconfig(domain: str) -> str:
    """The clientConfig 1.1 file of a domain, from what its first account expects."""
    account = _account(domain)
    template = "%EMAILADDRESS%" if "@" in account.username else "%EMAILLOCALPART%"
    servers = "".join(_server(entry, template, _AUTH.get(account.instance, "password-cleartext"))
                      for entry in account.expect)  # fmt: skip
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
 <emailProvider id="{domain}">
  <domain>{domain}</domain>
  <displayName>Mailwright lab {domain}</displayName>
  <displayShortName>lab</displayShortName>
{servers} </emailProvider>
</clientConfig>
"""


def _server(entry: plan.Expected, username: str, auth: str) -> str:
    tag = "outgoingServer" if entry.service == "smtp" else "incomingServer"
    return f"""  <{tag} type="{entry.service}">
   <hostname>{escape(entry.host)}</hostname>
   <port>{entry.port}</port>
   <socketType>{_SECURITY[entry.security]}</socketType>
   <authentication>{auth}</authentication>
   <username>{username}</username>
  </{tag}>
"""


def pacc(domain: str) -> bytes:
    """The user-agent-configuration.json of a domain (draft-ietf-mailmaint-pacc)."""
    issuer = {"oauth-public": {"issuer": plan.ISSUER}} if domain == "oauth.test" else {"password": True}
    body = {
        "protocols": {name: {"host": f"box.{domain}"} for name in ("imap", "pop3", "smtp")},
        "authentication": issuer,
        "info": {"provider": {"name": f"Mailwright lab {domain}", "shortName": "lab"}},
    }
    return json.dumps(body, indent=1).encode()


def digests() -> dict[str, str]:
    """Domain → text of the TXT record at _ua-auto-config; wrong where the plan wants it wrong."""
    return {domain: _digest(pacc(domain) if right else b"other") for domain, right in plan.PACC.items()}


def _digest(body: bytes) -> str:
    return f"v=UAAC1; a=sha256; d={base64.b64encode(hashlib.sha256(body).digest()).decode()}"


_POX_PORTS = {"imap": "IMAP", "pop3": "POP3", "smtp": "SMTP"}


def autodiscover(domain: str) -> str:
    """The Autodiscover (POX) answer of a domain."""
    protocols = "".join(
        f"""   <Protocol>
    <Type>{_POX_PORTS[entry.service]}</Type>
    <Server>{entry.host}</Server>
    <Port>{entry.port}</Port>
    <SSL>on</SSL>
    <SPA>off</SPA>
    <AuthRequired>on</AuthRequired>
   </Protocol>
"""
        for entry in _account(domain).expect
    )
    return f"""<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">
 <Response xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a">
  <Account>
   <AccountType>email</AccountType>
   <Action>settings</Action>
{protocols}  </Account>
 </Response>
</Autodiscover>
"""

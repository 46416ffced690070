"""The settings file of Thunderbird for Android and K-9 Mail, which both import.

The layout is what SettingsFileParser.kt of Thunderbird for Android reads.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from mailwright.core import Auth, BadInput, Protocol, Security
from mailwright.export import placing
from mailwright.export.form import File
from mailwright.export.formats import naming, xmltext

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element  # only the type

    from mailwright.core import Login, Profile
    from mailwright.export.form import Choice

# The skeleton: k9settings > accounts > account > name, settings, incoming-server, outgoing-server, identities.
FORM = "k9"
# The version of the settings inside, which newer programs bring up to date.
VERSION = "99"
FILE_FORMAT = "1"
_IDS = uuid.UUID("5d9c5b43-1f0f-5e58-9d51-6f7d3ad0c2e4")
_TYPES = {Protocol.IMAP: "IMAP", Protocol.POP3: "POP3", Protocol.SMTP: "SMTP"}
_SECURITY = {Security.TLS: "SSL_TLS_REQUIRED", Security.STARTTLS: "STARTTLS_REQUIRED", Security.NONE: "NONE"}
_WAYS = {Auth.PASSWORD: "PLAIN", Auth.ENCRYPTED_PASSWORD: "CRAM_MD5", Auth.OAUTH2: "XOAUTH2"}
# What is deleted on the phone: with IMAP on the server too, with POP3 the other programs shall still find it.
_DELETES = {Protocol.IMAP: "DELETE", Protocol.POP3: "NEVER"}


def make(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """The file with one account."""
    outgoing = profile.outgoing
    assert outgoing is not None  # rendering stops without one
    address = profile.address.wire
    top = xmltext.root("k9settings", version=VERSION, format=FILE_FORMAT)
    accounts = xmltext.below(top, "accounts")
    account = xmltext.below(accounts, "account", uuid=str(uuid.uuid5(_IDS, address)))
    xmltext.below(account, "name", address)
    settings = xmltext.below(account, "settings")
    xmltext.below(settings, "value", _DELETES[profile.incoming.endpoint.protocol], key="deletePolicy")
    written = xmltext.held(FORM, "secret", placing.secret(choice))
    _server(account, "incoming-server", profile.incoming, written)
    _server(account, "outgoing-server", outgoing, written)
    identity = xmltext.below(xmltext.below(account, "identities"), "identity")
    xmltext.below(identity, "name", xmltext.held(FORM, "name", profile.name))
    xmltext.below(identity, "email", address)
    private = choice.secret is not None
    return (File(f"{naming.stem(profile.address)}.k9s", xmltext.document(top), xmltext.MEDIA, private=private),)


def _server(account: Element, tag: str, login: Login, written: str) -> None:
    if login.auth not in _WAYS:
        raise BadInput("export.cannot_hold", format=FORM, field="auth")
    endpoint = login.endpoint
    server = xmltext.below(account, tag, type=_TYPES[endpoint.protocol])
    xmltext.below(server, "host", endpoint.host)
    xmltext.below(server, "port", str(endpoint.port))
    xmltext.below(server, "connection-security", _SECURITY[endpoint.security])
    xmltext.below(server, "authentication-type", _WAYS[login.auth])
    xmltext.below(server, "username", xmltext.held(FORM, "username", login.username))
    if written:
        xmltext.below(server, "password", written)

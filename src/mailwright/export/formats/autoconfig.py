"""The clientConfig file that a domain publishes for mail programs, 1.1 and 1.2 (draft-ietf-mailmaint-autoconfig-06)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mailwright.core import Auth, BadInput, Protocol, Security
from mailwright.export.form import File
from mailwright.export.formats import xmltext

if TYPE_CHECKING:
    from collections.abc import Iterable
    from xml.etree.ElementTree import Element  # only the type

    from mailwright.core import EmailAddress, Endpoint, Login, Profile
    from mailwright.export.form import Choice

# The skeleton: clientConfig > emailProvider > domain, displayName, displayShortName, incomingServer…, outgoingServer…,
# documentation; beside emailProvider: oAuth2.
FORMS = {"1.1": "autoconfig", "1.2": "autoconfig-1.2"}
MAX_NAME = 60
MAX_SHORT_NAME = 20
_TYPES = {Protocol.IMAP: "imap", Protocol.POP3: "pop3", Protocol.SMTP: "smtp"}
_SOCKETS = {Security.TLS: "SSL", Security.STARTTLS: "STARTTLS", Security.NONE: "plain"}
# Auth.OTHER is left out: nobody told us which way it is. The draft says OAuth too, Thunderbird reads OAuth2 only.
_WAYS = {
    Auth.PASSWORD: "password-cleartext",
    Auth.ENCRYPTED_PASSWORD: "password-encrypted",
    Auth.OAUTH2: "OAuth2",
}
# draft-ietf-mailmaint-autoconfig-06, "Placeholders"; there is no way to write one that shall not be filled in. Some
# readers fill in those that lack one of the percent signs, too.
_NAMES = "(EMAILADDRESS|EMAILLOCALPART|EMAILDOMAIN|REALNAME)"
_PLACEHOLDER = re.compile(f"%{_NAMES}|{_NAMES}%", re.IGNORECASE)


def make(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """The file of the domain in format 1.1, which all programs read."""
    return _file(profile, choice, "1.1")


def make_new(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """The same in format 1.2."""
    return _file(profile, choice, "1.2")


def _file(profile: Profile, choice: Choice, version: str) -> tuple[File, ...]:
    data = config(profile, template=True, version=version, language=choice.language)
    return (File(f"config-v{version}.xml", data, xmltext.MEDIA),)


def config(profile: Profile, *, template: bool, version: str = "1.1", language: str = "en", short: str = "") -> bytes:
    """The document. `template`: for everyone of the domain, with placeholders for what belongs to the address.

    `short`: the name where there is little room, "" for the beginning of the name.

    Raises BadInput("export.cannot_hold") for a user name that a reader would take for a placeholder.
    """
    form = FORMS[version]
    top = xmltext.root("clientConfig", version=version)
    provider = xmltext.below(top, "emailProvider", id=profile.address.domain)
    xmltext.below(provider, "domain", profile.address.domain)
    name = _literal(form, "provider", _name(profile, language))
    xmltext.below(provider, "displayName", name[:MAX_NAME].rstrip())
    xmltext.below(provider, "displayShortName", (_literal(form, "provider", short) or name)[:MAX_SHORT_NAME].rstrip())
    for (endpoint, username), ways in _grouped(profile.logins).items():
        shown = placeholder(username, profile.address) if template else ""
        _server(provider, endpoint, shown or _literal(form, "username", username), ways)
    _documentation(provider, profile)
    _oauth(top, profile)
    return xmltext.document(top)


def placeholder(username: str, address: EmailAddress) -> str:
    """The user name as a template where it is made of the address, "" where it is not."""
    if username in (address.wire, str(address)):
        return "%EMAILADDRESS%"
    if username == address.local:
        return "%EMAILLOCALPART%"
    local, at, domain = username.rpartition("@")
    other = bool(at) and local == address.local and not _PLACEHOLDER.search(domain) and domain == domain.strip()
    return f"%EMAILLOCALPART%@{domain}" if other else ""


def _literal(form: str, field: str, text: str) -> str:
    if _PLACEHOLDER.search(text):
        raise BadInput("export.cannot_hold", format=form, field=field)
    return xmltext.trimmed(form, field, text)


def _name(profile: Profile, language: str) -> str:
    names = profile.provider_name
    return (names.get(language) or next(iter(names.values()), "") or profile.address.unicode_domain).strip()


def _grouped(logins: Iterable[Login]) -> dict[tuple[Endpoint, str], list[Auth]]:
    """The ways to sign in at each service, the preferred first; services in their order."""
    found: dict[tuple[Endpoint, str], list[Auth]] = {}
    for login in logins:
        ways = found.setdefault((login.endpoint, login.username), [])
        if login.auth not in ways:
            ways.append(login.auth)
    return found


def _server(provider: Element, endpoint: Endpoint, username: str, ways: list[Auth]) -> None:
    side = "incomingServer" if endpoint.protocol.incoming else "outgoingServer"
    server = xmltext.below(provider, side, type=_TYPES[endpoint.protocol])
    xmltext.below(server, "hostname", endpoint.host)
    xmltext.below(server, "port", str(endpoint.port))
    xmltext.below(server, "socketType", _SOCKETS[endpoint.security])
    for way in ways:
        if way in _WAYS:
            xmltext.below(server, "authentication", _WAYS[way])
    xmltext.below(server, "username", username)


def _documentation(provider: Element, profile: Profile) -> None:
    """The provider's page about the secret, in all languages it is called something."""
    help = profile.secret
    if help is None or not help.page.startswith("https://"):
        return
    page = xmltext.below(provider, "documentation", url=help.page)
    for language, name in help.name.items():
        xmltext.below(page, "descr", name, lang=language)


def _oauth(top: Element, profile: Profile) -> None:
    """Where tokens are given. Never a client id: it belongs to a program, not to a domain."""
    oauth = profile.oauth
    if oauth is None or not (oauth.authorization_endpoint and oauth.token_endpoint):
        return
    section = xmltext.below(top, "oAuth2")
    xmltext.below(section, "authURL", oauth.authorization_endpoint)
    xmltext.below(section, "tokenURL", oauth.token_endpoint)
    # By its host name only, as in the example of the draft and in Thunderbird.
    xmltext.below(section, "issuer", urlsplit(oauth.issuer).hostname or oauth.issuer)
    xmltext.below(section, "scope", " ".join(oauth.scopes))

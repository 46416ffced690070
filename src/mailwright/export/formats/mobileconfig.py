"""Apple's configuration profile: a property list with one mail account, signed if there is something to sign with.

Keys and values: https://github.com/apple/device-management, mdm/profiles: TopLevel.yaml, CommonPayloadKeys.yaml,
com.apple.mail.managed.yaml. Plistlib quotes for XML.
"""

from __future__ import annotations

import plistlib
import uuid
from typing import TYPE_CHECKING, Any

from mailwright.core import Auth, Protocol, Security
from mailwright.export import placing
from mailwright.export.form import File
from mailwright.export.formats import cms, naming, xmltext

if TYPE_CHECKING:
    from mailwright.core import Login, Profile
    from mailwright.export.form import Choice

FORM = "mobileconfig"
MEDIA = "application/x-apple-aspen-config"
# The same account gets the same ids, so that a profile made again replaces the one before.
_IDS = uuid.UUID("0f0f6d83-9a55-5a0c-8f2e-3f5f1e1c7a10")
_TYPES = {Protocol.IMAP: "EmailTypeIMAP", Protocol.POP3: "EmailTypePOP"}
_WAYS = {Auth.ENCRYPTED_PASSWORD: "EmailAuthCRAMMD5"}
_LANGUAGES = {"zh": "zh-Hans", "en": "en"}


def make(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """The profile, signed if a certificate was chosen."""
    data = plistlib.dumps(_configuration(profile, choice), sort_keys=True)
    if choice.signing is not None:
        data = cms.signed(data, choice.signing)
    return (File(f"{naming.stem(profile.address)}.mobileconfig", data, MEDIA, private=choice.secret is not None),)


def _configuration(profile: Profile, choice: Choice) -> dict[str, Any]:
    address = str(profile.address)
    organization = _organization(profile, choice)
    made: dict[str, Any] = {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": _identifier(profile),
        "PayloadUUID": _id(profile, "profile"),
        "PayloadDisplayName": choice.say("file.mobileconfig.name", address=address),
        "PayloadDescription": choice.say("file.mobileconfig.description", address=address),
        "PayloadScope": "User",
        "ConsentText": _consent(profile, choice),
        "PayloadContent": [_account(profile, choice)],
    }
    return made | ({"PayloadOrganization": organization} if organization else {})


def _account(profile: Profile, choice: Choice) -> dict[str, Any]:
    address = str(profile.address)
    assert profile.outgoing is not None  # rendering stops without one
    made: dict[str, Any] = {
        "PayloadType": "com.apple.mail.managed",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{_identifier(profile)}.account",
        "PayloadUUID": _id(profile, "account"),
        "PayloadDisplayName": choice.say("file.mobileconfig.name", address=address),
        "EmailAccountType": _TYPES[profile.incoming.endpoint.protocol],
        "EmailAccountDescription": _organization(profile, choice) or address,
        "EmailAddress": profile.address.wire,
        "OutgoingPasswordSameAsIncomingPassword": True,
        **_server("Incoming", profile.incoming),
        **_server("Outgoing", profile.outgoing),
    }
    if profile.name:
        made["EmailAccountName"] = xmltext.held(FORM, "name", profile.name)
    written = placing.secret(choice)
    if written:
        made["IncomingPassword"] = made["OutgoingPassword"] = xmltext.held(FORM, "secret", written)
    return made


def _server(side: str, login: Login) -> dict[str, Any]:
    return {
        f"{side}MailServerHostName": login.endpoint.host,
        # Without a port for sending, Apple tries 25 first.
        f"{side}MailServerPortNumber": login.endpoint.port,
        # For both, TLS from the first byte and STARTTLS: the program finds out which.
        f"{side}MailServerUseSSL": login.endpoint.security is not Security.NONE,
        f"{side}MailServerUsername": xmltext.held(FORM, "username", login.username),
        f"{side}MailServerAuthentication": _WAYS.get(login.auth, "EmailAuthPassword"),
    }


def _consent(profile: Profile, choice: Choice) -> dict[str, str]:
    """What the person agrees to, in every language there is."""
    key = "file.mobileconfig.consent" if choice.secret is None else "file.mobileconfig.consent_secret"
    voices = choice.languages or {choice.language: choice.say}
    made = {
        _LANGUAGES.get(language, language): say(key, address=str(profile.address)) for language, say in voices.items()
    }
    return {"default": made.get("en") or next(iter(made.values())), **made}


def _organization(profile: Profile, choice: Choice) -> str:
    names = profile.provider_name
    name = names.get(choice.language) or next(iter(names.values()), "")
    return xmltext.held(FORM, "provider", name)


def _identifier(profile: Profile) -> str:
    """In reverse DNS style, one for each address."""
    below = ".".join(reversed(profile.address.domain.split(".")))
    return f"{below}.mailwright.{_id(profile, 'identifier').lower()}"


def _id(profile: Profile, part: str) -> str:
    return str(uuid.uuid5(_IDS, f"{part}:{profile.address.wire}")).upper()

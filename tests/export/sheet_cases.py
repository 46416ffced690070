"""Accounts as sheets tell them: the least there can be, and more than any provider has."""

from __future__ import annotations

from dataclasses import replace

from mailwright import export
from mailwright.core import (
    EmailAddress,
    Endpoint,
    Login,
    Profile,
    Proof,
    Protocol,
    Secret,
    SecretHelp,
    SecretKind,
    Security,
    SwitchOn,
)
from mailwright.texts import Words

SHEETS = tuple(form.id for form in export.FORMATS if form.group is export.Group.SHEET)
PLAIN = Profile(
    EmailAddress.parse("lilei@example.org"),
    Login(Endpoint(Protocol.IMAP, "imap.example.org", 993, Security.TLS), "lilei@example.org"),
    Login(Endpoint(Protocol.SMTP, "smtp.example.org", 587, Security.STARTTLS), "lilei@example.org"),
    name="李雷",
    proof=Proof.VERIFIED,
)
STEP = {
    "en": "Open the settings of the web mail and look for the part about mail programs",
    "zh": "打开网页邮箱的设置，找到客户端那一栏，按提示用手机验证",
}
FULL = replace(
    PLAIN,
    proof=Proof.FOUND,
    provider_name={"zh": "例子邮箱", "en": "Example Mail"},
    secret=SecretHelp(
        SecretKind.AUTHORIZATION_CODE,
        {"zh": "授权码", "en": "authorization code"},
        "two_factor",
        "https://mail.example.org/settings",
        {language: (text,) * 7 for language, text in STEP.items()},
    ),
    switch_on=(
        SwitchOn((Protocol.IMAP, Protocol.SMTP), "off", "https://example.org/on",
                 {language: (text,) * 3 for language, text in STEP.items()}),
    ),
)  # fmt: skip


def chosen(language: str = "en", secret: str = "") -> export.Choice:
    return export.Choice(Words(language).client, language, Secret(secret) if secret else None)


def made(id: str, profile: Profile, choice: export.Choice) -> str:
    (file,) = export.render(export.get(id), profile, choice).files
    assert file.name == f"{id}.html"
    return file.data.decode()

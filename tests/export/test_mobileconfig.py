"""Apple's profile: by Apple's own schema, the same ids each time, signed so that OpenSSL agrees."""

from __future__ import annotations

import datetime
import plistlib
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwright import export
from mailwright.core import Auth, BadInput, Endpoint, Login, Profile, Protocol, Secret, Security
from mailwright.texts import Words
from tests.export import reading
from tests.export.conftest import NASTY, nasty, password_of, profile_of

SCHEMAS = Path(__file__).parents[2].parent / "shared" / "schemas"
KINDS = {"string": str, "integer": int, "boolean": bool, "array": list, "dictionary": dict}
CHOICE = export.Choice(Words("en").client, "en", languages={name: Words(name).client for name in ("zh", "en")})
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def made(profile: Profile, choice: export.Choice = CHOICE) -> dict[str, Any]:
    (file,) = export.render(export.get("mobileconfig"), profile, choice).files
    loaded: dict[str, Any] = plistlib.loads(file.data)
    return loaded


def account(profile: Profile, choice: export.Choice = CHOICE) -> dict[str, Any]:
    (payload,) = made(profile, choice)["PayloadContent"]
    assert isinstance(payload, dict)
    return payload


@dataclass
class Rule:
    """What Apple says of a key."""

    kind: str = ""
    required: bool = False
    among: list[str] = field(default_factory=list)


def schema(*names: str) -> dict[str, Rule]:
    """The keys of the first level of Apple's schemas, read by the few forms of lines they have."""
    rules: dict[str, Rule] = {}
    for name in names:
        path = SCHEMAS / f"{name}.yaml"
        if not path.exists():
            pytest.skip("Apple's schemas are not here")
        for part in re.split(
            r"^- key: ", path.read_text(encoding="utf-8").split("payloadkeys:\n")[1], flags=re.MULTILINE
        )[1:]:
            rule = rules[part.split("\n", 1)[0]] = Rule()
            rule.kind = re.search(r"^  type: <(\w+)>$", part, re.MULTILINE)[1]  # type: ignore[index]  # every key has a type
            rule.required = "\n  presence: required\n" in part
            if ranged := re.search(r"^  rangelist:\n((?:  - .*\n)+)", part, re.MULTILINE):
                rule.among = re.findall(r"- (.*)", ranged[1])
    return rules


def check(payload: dict[str, Any], rules: dict[str, Rule]) -> None:
    assert set(payload) <= set(rules)
    assert {key for key, rule in rules.items() if rule.required} <= set(payload)
    for key, value in payload.items():
        assert type(value) is KINDS[rules[key].kind], key
        assert not rules[key].among or str(value) in rules[key].among, key


@pytest.mark.parametrize(
    "choice", [CHOICE, replace(CHOICE, secret=Secret("s3cret")), replace(CHOICE, language="zh", say=Words("zh").client)]
)
def test_as_apple_wants_it(choice: export.Choice) -> None:
    """Only keys that Apple knows, with the right types and values, and all that it requires."""
    top, mail = schema("TopLevel"), schema("CommonPayloadKeys", "com.apple.mail.managed")
    for profile in (named(), reading.plain(), profile_of("anna@starttls.test")):
        whole = made(profile, choice)
        check(whole, top)
        (payload,) = whole["PayloadContent"]
        check(payload, mail)


def named() -> Profile:
    """With a provider's name, by passwords."""
    full = reading.full()
    return replace(full, incoming=replace(full.incoming, auth=Auth.PASSWORD))


def test_every_value() -> None:
    """Servers, ports, protection, names; one password for both; and no secret unless it is wanted."""
    found = account(named())
    assert {key: value for key, value in found.items() if not key.startswith("Payload")} == {
        "EmailAccountType": "EmailTypeIMAP",
        "EmailAccountDescription": "Example Mail & Sons <the good>",
        "EmailAccountName": "李雷 “Lee” 😀",
        "EmailAddress": "anna@example.org",
        "IncomingMailServerHostName": "imap.example.org",
        "IncomingMailServerPortNumber": 993,
        "IncomingMailServerUseSSL": True,
        "IncomingMailServerUsername": "anna@example.org",
        "IncomingMailServerAuthentication": "EmailAuthPassword",
        "OutgoingMailServerHostName": "smtp.example.org",
        "OutgoingMailServerPortNumber": 465,
        "OutgoingMailServerUseSSL": True,
        "OutgoingMailServerUsername": "anna@example.org",
        "OutgoingMailServerAuthentication": "EmailAuthPassword",
        "OutgoingPasswordSameAsIncomingPassword": True,
    }


def test_secret_in_the_clear() -> None:
    """The secret stands there twice, in a file that nobody else may read, and the person agrees to that."""
    choice = replace(CHOICE, secret=Secret(NASTY))
    exported = export.render(export.get("mobileconfig"), reading.plain(), choice)
    assert exported.files[0].private
    found = account(reading.plain(), choice)
    assert (found["IncomingPassword"], found["OutgoingPassword"]) == (NASTY, NASTY)
    assert "password is in it" in made(reading.plain(), choice)["ConsentText"]["en"]
    assert "password is not in it" in made(reading.plain())["ConsentText"]["en"]


def test_consent_in_both_languages() -> None:
    """People agree in their own language; what is for all others is English."""
    text = made(reading.plain())["ConsentText"]
    assert set(text) == {"default", "en", "zh-Hans"}
    assert text["default"] == text["en"]
    assert "密码" in text["zh-Hans"]
    alone = made(reading.plain(), export.Choice(Words("zh").client, "zh"))["ConsentText"]
    assert set(alone) == {"default", "zh-Hans"}


@pytest.mark.parametrize(
    ("security", "auth", "protocol", "expected"),
    [
        (Security.TLS, Auth.PASSWORD, Protocol.IMAP, (True, "EmailAuthPassword", "EmailTypeIMAP")),
        (Security.STARTTLS, Auth.ENCRYPTED_PASSWORD, Protocol.POP3, (True, "EmailAuthCRAMMD5", "EmailTypePOP")),
        (Security.NONE, Auth.PASSWORD, Protocol.IMAP, (False, "EmailAuthPassword", "EmailTypeIMAP")),
    ],
)
def test_ways_in(security: Security, auth: Auth, protocol: Protocol, expected: tuple[bool, str, str]) -> None:
    """Each protection, way to sign in and protocol has its value."""
    login = Login(Endpoint(protocol, "2001:db8::1", 4711, security), "u", auth)
    found = account(replace(reading.plain(), incoming=login))
    shown = (
        found["IncomingMailServerUseSSL"],
        found["IncomingMailServerAuthentication"],
        found["EmailAccountType"],
    )
    assert shown == expected
    assert (found["IncomingMailServerHostName"], found["IncomingMailServerPortNumber"]) == ("2001:db8::1", 4711)


def test_made_again_it_replaces() -> None:
    """The same account has the same ids whatever changed, another account has others."""
    first, again = made(reading.plain()), made(replace(reading.plain(), name="New Name"))
    other = made(profile_of("anna@wellknown.test"))
    for key in ("PayloadIdentifier", "PayloadUUID"):
        assert first[key] == again[key] != other[key]
        assert first["PayloadContent"][0][key] == again["PayloadContent"][0][key] != first[key]
    assert first["PayloadIdentifier"].startswith("org.example.mailwright.")
    form = export.get("mobileconfig")
    assert export.render(form, named(), CHOICE) == export.render(form, named(), CHOICE)


def test_every_sign_arrives() -> None:
    """Names and user names full of signs are read back as they were."""
    profile = nasty(profile_of("anna@wellknown.test"))
    found = account(profile)
    assert found["EmailAccountName"] == NASTY
    assert found["IncomingMailServerUsername"] == found["OutgoingMailServerUsername"] == profile.incoming.username


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=60))
def test_any_name(name: str) -> None:
    """Any name arrives as it is, blanks around it too, or is refused because XML cannot hold it."""
    if set(name) & {"\ufffe", "\uffff"}:
        with pytest.raises(BadInput, match="export.cannot_hold"):
            made(replace(reading.plain(), name=name))
        return
    assert account(replace(reading.plain(), name=name)).get("EmailAccountName", "") == name


def test_the_file_has_a_harmless_name() -> None:
    """A local part with signs of the file system does not lead out of the folder."""
    address = replace(reading.ANNA, local="../../etc/x")
    (file,) = export.render(export.get("mobileconfig"), replace(reading.plain(), address=address), CHOICE).files
    assert file.name == "_.._etc_x@example.org.mobileconfig"


def test_a_token_cannot_be_expressed() -> None:
    """An account that takes no password gets no profile but a note."""
    exported = export.render(export.get("mobileconfig"), reading.full(), CHOICE)
    assert (exported.files, [note.id for note in exported.notes]) == ((), ["oauth"])


@pytest.mark.parametrize("format", ["mobileconfig", "claws", "autodiscover", "postfix"])
def test_a_token_for_sending_alone_cannot_be_expressed(format: str) -> None:
    """Where a password reads mail but does not send it, no profile says that it does."""
    profile = reading.plain()
    assert profile.outgoing is not None
    profile = replace(profile, outgoing=replace(profile.outgoing, auth=Auth.OAUTH2))
    exported = export.render(export.get(format), profile, CHOICE)
    assert (exported.files, [(note.id, note.stops) for note in exported.notes]) == ((), [("oauth_sending", True)])
    assert export.render(export.get("fetchmail"), profile, CHOICE).files


def certificate(name: str, key: Key, issuer: x509.Certificate | None, by: Key) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer is not None else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca="CA" in name, path_length=None), critical=True)
    )
    return builder.sign(by, None if isinstance(by, ed25519.Ed25519PrivateKey) else hashes.SHA256())


def pem(thing: x509.Certificate | Key) -> bytes:
    if isinstance(thing, x509.Certificate):
        return thing.public_bytes(serialization.Encoding.PEM)
    plain = serialization.NoEncryption()
    return thing.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)


def rsa_key() -> Key:
    return rsa.generate_private_key(65537, 2048)


def ec_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass
class Signers:
    """A root, an authority below it, and a certificate with its key."""

    root: bytes
    signing: export.Signing


def signers(key: Key) -> Signers:
    root_key, middle_key = ec_key(), ec_key()
    root = certificate("Root CA", root_key, None, root_key)
    middle = certificate("Middle CA", middle_key, root, root_key)
    leaf = certificate("Signer", key, middle, middle_key)
    return Signers(pem(root), export.Signing(pem(leaf), pem(key), (pem(middle),)))


@pytest.mark.parametrize("make", [rsa_key, ec_key])
@pytest.mark.parametrize("tool", ["smime", "cms"])
def test_signed(program: Callable[[str], str], tmp_path: Path, tool: str, make: Callable[[], Key]) -> None:
    """OpenSSL verifies the signature by the root alone and finds the unsigned profile in it; a changed byte fails."""
    signed_by = signers(make())
    choice = replace(
        CHOICE, signing=export.signer(signed_by.signing), secret=Secret(password_of("anna@wellknown.test"))
    )
    form = export.get("mobileconfig")
    (file,) = export.render(form, reading.plain(), choice).files
    (bare,) = export.render(form, reading.plain(), replace(choice, signing=None)).files
    assert file.private
    (tmp_path / "root.pem").write_bytes(signed_by.root)
    command = [program("openssl"), tool, "-verify", "-inform", "der", "-CAfile", "root.pem", "-purpose", "any"]

    def verify(data: bytes) -> subprocess.CompletedProcess[bytes]:
        (tmp_path / "signed").write_bytes(data)
        return subprocess.run(
            [*command, "-binary", "-in", "signed"], cwd=tmp_path, capture_output=True, timeout=60, check=False
        )

    good = verify(file.data)
    assert good.returncode == 0, good.stderr
    assert good.stdout == bare.data
    bad = verify(file.data.replace(b"Anna", b"Eve!"))
    assert bad.returncode != 0


def test_signing_does_not_change() -> None:
    """With an RSA key the same profile is the same file."""
    choice = replace(CHOICE, signing=export.signer(signers(rsa_key()).signing))
    form = export.get("mobileconfig")
    assert export.render(form, reading.plain(), choice) == export.render(form, reading.plain(), choice)


def test_unusable_to_sign_with() -> None:
    """A certificate that is none, another's key, a locked key and a key of another kind are refused."""
    good = signers(ec_key()).signing
    key = ed25519.Ed25519PrivateKey.generate()
    locked = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )
    good = replace(good, files=("c.pem", "k.pem", "chain.pem"))
    wrong = (
        (replace(good, certificate=b"no certificate"), "certificate", "c.pem"),
        (replace(good, chain=(b"no certificate",)), "certificate", "chain.pem"),
        (replace(good, key=b"no key"), "key", "k.pem"),
        (replace(good, key=pem(ec_key())), "other", "k.pem"),
        (replace(good, key=locked), "password", "k.pem"),
        (replace(good, key=locked, password=Secret("y")), "wrong_password", "k.pem"),
        (export.Signing(pem(certificate("Signer", key, None, key)), pem(key)), "kind", "key"),
    )
    for signing, what, file in wrong:
        with pytest.raises(BadInput) as caught:
            export.signer(signing)
        assert (caught.value.id, caught.value.params["file"]) == (f"export.sign_{what}", file)

"""The book that ships: complete, sourced, in both languages, and free of what does not belong there."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mailwright import book
from mailwright.book import index, lint

FILES = sorted(book.FOLDER.glob("*.toml"))
FACTS = Path(__file__).parents[3] / "shared" / "facts" / "discovery.md"
Place = tuple[str | int, ...]


@pytest.fixture(scope="module")
def shelf() -> book.Book:
    return book.Book()


@lru_cache(maxsize=1000)
def table_of(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def strings(value: object, path: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every text of a table, with where it stands."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if isinstance(value, str):
        yield path, value
    for key, item in pairs:
        yield from strings(item, (*path, key))


def texts(language: str) -> Iterator[tuple[str, str]]:
    """Every text in one language, with its file."""
    for file in FILES:
        for path, text in strings(table_of(file)):
            if language in path and path[0] != "sources":
                yield file.name, text


def test_the_linter_is_content() -> None:
    """No shipped file has a mistake."""
    assert [f"{p.params['file']}: {p.id}" for p in book.problems()] == []


def test_the_index_is_fresh() -> None:
    """index.json is what the files say; else run `./mw book-index`."""
    assert index.text(index.build()) == index.FILE.read_text(encoding="utf-8")


def test_there_is_enough_of_it(shelf: book.Book) -> None:
    """Most addresses people have are in the book."""
    known = [provider for id in shelf.ids() if (provider := shelf.get(id)) is not None]
    assert len(known) == len(FILES) >= 150
    assert sum(len(provider.domains) for provider in known) >= 1200


def test_the_schema_is_content_too() -> None:
    """Another implementation of JSON Schema reads the files as the linter's does."""
    validator = jsonschema.Draft7Validator(json.loads(lint.SCHEMA.read_text(encoding="utf-8")))
    for file in FILES:
        table = json.loads(json.dumps(table_of(file), default=date.isoformat))
        assert [f"{file.name}: {error.message}" for error in validator.iter_errors(table)] == []


def test_the_schema_is_a_schema() -> None:
    """The schema itself follows the draft it names."""
    jsonschema.Draft7Validator.check_schema(json.loads(lint.SCHEMA.read_text(encoding="utf-8")))


def test_every_provider_gives_services_for_its_own_domains(shelf: book.Book) -> None:
    """An open provider lets people read and send; a closed one names no server at all."""
    for provider in (shelf.get(id) for id in shelf.ids()):
        assert provider is not None
        protocols = {entry.protocol for entry in provider.endpoints}
        if provider.status in ("closed", "retired"):
            assert not protocols, provider.id
        else:
            assert "smtp" in protocols, provider.id
            assert protocols & {"imap", "pop3"}, provider.id


# Two that offer TLS from the first byte on the port of STARTTLS, as their own pages say.
ODD_PORTS = {"bbox-fr", "spectrum"}
TLS_PORTS, STARTTLS_PORTS = {465, 993, 994, 995}, {25, 110, 143, 587, 1025, 1143}


def test_encryption_comes_first(shelf: book.Book) -> None:
    """TLS and STARTTLS stand at ports that fit, and an endpoint without either is never preferred to one with."""
    for provider in (shelf.get(id) for id in shelf.ids()):
        assert provider is not None
        for entry in provider.endpoints if provider.id not in ODD_PORTS else ():
            assert entry.port not in {"tls": STARTTLS_PORTS, "starttls": TLS_PORTS}.get(entry.security, ()), provider.id
        for protocol in ("imap", "pop3", "smtp"):
            plain = [entry.security == "none" for entry in provider.endpoints if entry.protocol == protocol]
            assert plain == sorted(plain), provider.id


def test_what_is_said_is_said_in_both_languages() -> None:
    """Whatever has words in one language has some in the other."""
    for file in FILES:
        said: dict[str, set[Place]] = {"zh": set(), "en": set()}
        for path, _ in strings(table_of(file)):
            for language in {"zh", "en"} & set(path):
                said[language].add(path[: path.index(language)])
        assert said["zh"] == said["en"], file.name


def test_no_text_is_blank_or_ragged() -> None:
    """No text is empty, begins or ends with a blank, or has two in a row."""
    for language in ("zh", "en"):
        bad = [f"{name}: {text}" for name, text in texts(language) if not text or re.search(r"^\s|\s$|\s\s", text)]
        assert bad == []


HAN = "[\u3400-\u9fff]"
HALF = re.compile(f"{HAN}[,;:!?()]|[,;:!?()]{HAN}|{HAN}\\.(?:\\s|$)|{HAN}[\"']{HAN}|[「」]")
DOUBLED = re.compile("[，。；：？！、]{2}")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("点设置,然后", True),
        ("用 IMAP(推荐)", True),
        ("完成.", True),
        ("点「完成」", True),
        ("“好”，完成。", False),
        ("WOW! 邮箱", False),
    ],
)
def test_the_rule_of_chinese_punctuation(text: str, *, wrong: bool) -> None:
    """The check below finds what it is for, and lets names pass."""
    assert bool(HALF.search(text)) is wrong


def test_chinese_has_chinese_punctuation() -> None:
    """Beside a Chinese character stands a full-width mark, and one at a time."""
    assert [f"{name}: {text}" for name, text in texts("zh") if HALF.search(text) or DOUBLED.search(text)] == []


def test_english_has_no_chinese_punctuation() -> None:
    """English sentences keep to their own marks; only names of buttons may be Chinese."""
    assert [f"{name}: {text}" for name, text in texts("en") if re.search("[，。；：？！（）]", text)] == []


SECRETS = re.compile(
    r"client_?(?:id|secret)\s*=|googleusercontent|GOCSPX-|AIza|\beyJ[\w-]{10}|"
    r"[?&](?:client_id|key|token|password)=|-----BEGIN",
    re.IGNORECASE,
)


def test_no_client_id_and_no_secret() -> None:
    """OAuth client ids and anything secret belong to people's own configuration, not to the book."""
    assert not SECRETS.search("[client_id]\nrequired = true")
    assert SECRETS.search('client_id = "x"')
    assert [file.name for file in FILES if SECRETS.search(file.read_text(encoding="utf-8"))] == []


def test_oauth_endpoints_are_https() -> None:
    """A sign-in page is never an unencrypted one."""
    for file in FILES:
        oauth = table_of(file).get("oauth", {})
        urls = [oauth[key] for key in oauth if key == "issuer" or key.endswith("_endpoint")]
        assert all(url.startswith("https://") for url in urls), file.name


MICROSOFT = {"outlook", "microsoft365", "microsoft365-us-gov", "m365-cn", "mit"}


def test_what_providers_of_tokens_are_like(shelf: book.Book) -> None:
    """Microsoft wants the redirect by name, Google gives no mail by device, Yahoo's issuer is that of its metadata."""
    offers = {id: p.oauth.value for id in shelf.ids() if (p := shelf.get(id)) is not None and p.oauth is not None}
    assert {id for id, oauth in offers.items() if oauth.redirect_host == "localhost"} == MICROSOFT
    assert {id for id, oauth in offers.items() if not oauth.device} == {"gmail", "google-workspace"}
    assert {id for id, oauth in offers.items() if oauth.issuer == "https://api.login.yahoo.com"} == {
        "att",
        "cox",
        "yahoo",
    }
    assert {id for id, oauth in offers.items() if oauth.issuer == "https://api.login.aol.com"} == {"aol", "verizon"}
    assert {oauth.client_id for oauth in offers.values()} == {""}


def test_icloud_takes_either_user_name(shelf: book.Book) -> None:
    """One row for iCloud's IMAP, not so sure that the other form of the user name would not be tried."""
    icloud = shelf.get("icloud")
    assert icloud is not None
    (reading,) = [entry for entry in icloud.endpoints if entry.protocol == "imap"]
    assert (reading.username, reading.origin.confidence) == ("%EMAILLOCALPART%", "medium")


def rows(section: str) -> list[list[str]]:
    text = FACTS.read_text(encoding="utf-8")
    part = text[text.index(f"### {section} ") :].split("\n### ")[0]
    return [line.strip("|").split("|") for line in part.splitlines() if line.startswith("| ") and " IMAP " not in line]


# Cells that are no host: a prefix for "the same with pop", a part of a pattern, hosts long gone.
NOT_HOSTS = {"pop.vip", "smtp.vip", "imap.mail", "awsapps.com", "pop3.qiye.aliyun.com", "pop.263xmail.com"}
HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")


@pytest.mark.skipif(not FACTS.exists(), reason="the collected facts are not shipped with the repository")
@pytest.mark.parametrize("section", ["4.1", "4.2"])
def test_every_provider_of_the_facts_is_there(shelf: book.Book, section: str) -> None:
    """Each host in the tables of China and of the world is one the book sends people to."""
    known = rows(section)
    assert len(known) > 20
    missing = [
        f"{row[0].strip()}: {host}"
        for row in known
        for cell in row[1:4]
        for host in HOST.findall(re.sub(r"\([^)]*\)", "", cell))
        if host not in NOT_HOSTS and shelf.by_host(host) is None
    ]
    assert missing == []

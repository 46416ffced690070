"""The operator's file: what is not understood is refused, with its line and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailwright.core import Auth, BadInput, Endpoint, Protocol, Security
from mailwright.texts import LANGUAGES, Words
from mailwright.web import autoconf
from mailwright.web.autoconf.values import Ldap, Sqlite
from tests.web.autoconf.served import DOMAIN, PLAIN, made, read

EXAMPLE = Path(__file__).parents[3] / "docs" / "serve" / "serve.toml"


def test_the_example() -> None:
    """The file in docs/serve is good, and what is commented out in it too."""
    assert [domain.names[0] for domain in autoconf.read(EXAMPLE).domains] == [
        "example.org", "staff.example.org", "university.example"]  # fmt: skip


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "ldap"])
def test_the_example_with_another_look_up(kind: str, tmp_path: Path) -> None:
    """Each look-up of the example can take the place of the one in use."""
    text, seen = "", False
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        seen = line.startswith(f"# {kind} = ") or (seen and line.startswith("# "))
        text += ("" if line.startswith("table = ") else line.removeprefix("# ") if seen else line) + "\n"
    config = read(tmp_path, text)
    assert config.domains[1].lookup is not None
    assert type(config.domains[1].lookup.way).__name__.lower() == kind


def test_usual_values(tmp_path: Path) -> None:
    """What is left out is as usual: TLS, its port, the address as user name, a password."""
    (domain,) = read(tmp_path, PLAIN).domains
    assert domain.servers == (
        Endpoint(Protocol.IMAP, "imap.plain.test", 993, Security.TLS),
        Endpoint(Protocol.SMTP, "smtp.plain.test", 465, Security.TLS),
    )
    assert (domain.username, domain.auths, domain.lookup, domain.mta_sts) == (
        "%EMAILADDRESS%", (Auth.PASSWORD,), None, None)  # fmt: skip


def test_files_are_beside_it(tmp_path: Path) -> None:
    """A relative path begins at the folder of the file."""
    more = 'lookup = { sqlite = "mail.db", query = "SELECT 1 WHERE 1 = :address" }\n'
    lookup = read(tmp_path, PLAIN + more).domains[0].lookup
    assert lookup is not None
    assert isinstance(lookup.way, Sqlite)
    assert lookup.way.file == tmp_path / "mail.db"


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    """What connects to a database is in no representation; a directory's password stays in its file."""
    more = 'lookup = { postgresql = "password=canary", query = "SELECT 1 WHERE 1 = :address" }\n'
    assert "canary" not in repr(read(tmp_path, PLAIN + more))
    assert not any("password" in name and not name.endswith("_file") for name in Ldap.__dataclass_fields__)


LOOKUP = "\n[domain.lookup]\n"
# What is put behind the domain of PLAIN (five lines, the first is empty), the problem, its line and key.
BEHIND = [
    ('usernam = "address"', "serve.unknown_key_near", 6, "domain[1].usernam"),
    ("colour = 1", "serve.unknown_key", 6, "domain[1].colour"),
    ('username = "%EMAIL%"', "serve.username", 6, "domain[1].username"),
    ('username = "admin"', "serve.username", 6, "domain[1].username"),
    ("username = 5", "serve.type", 6, "domain[1].username"),
    ('name = "two\\nlines"', "serve.text", 6, "domain[1].name"),
    ('short_name = "this is more than twenty"', "serve.long", 6, "domain[1].short_name"),
    ('documentation = "http://example.org"', "serve.url", 6, "domain[1].documentation"),
    ('documentation = "https://[x"', "serve.url", 6, "domain[1].documentation"),
    ('pop3 = "pop.plain.test"', "serve.type", 6, "domain[1].pop3"),
    ('pop3 = ["pop.plain.test"]', "serve.type", 6, "domain[1].pop3"),
    ("pop3 = [{}]", "serve.missing", 6, "domain[1].pop3[1].host"),
    ('pop3 = [{ host = "https://x" }]', "serve.name", 6, "domain[1].pop3[1].host"),
    ('pop3 = [\n{ host = "a.test" },\n{ host = "b.test", port = 0 }]', "serve.range", 8, "domain[1].pop3[2].port"),
    ('pop3 = [{ host = "a.test", port = true }]', "serve.type", 6, "domain[1].pop3[1].port"),
    ('pop3 = [{ host = "a.test", security = "ssl" }]', "serve.choice", 6, "domain[1].pop3[1].security"),
    ('pop3 = [{ host = "a.test", user = "x" }]', "serve.unknown_key", 6, "domain[1].pop3[1].user"),
    ('[[domain.pop3]]\nhost = "a.test"\n[[domain.pop3]]\nhost = "a b"', "serve.name", 9, "domain[1].pop3[2].host"),
    ('auth = ["oauth2"]', "serve.no_oauth", 6, "domain[1].auth"),
    ('auth = ["magic"]', "serve.choice", 6, "domain[1].auth"),
    ("auth = []", "serve.empty", 6, "domain[1].auth"),
    ("[domain.oauth]", "serve.missing", 6, "domain[1].oauth.issuer"),
    ('mta_sts = { mode = "enforce" }', "serve.missing", 6, "domain[1].mta_sts.mx"),
    ('mta_sts = { mode = "none", max_age = -1 }', "serve.range", 6, "domain[1].mta_sts.max_age"),
    ('mta_sts = { mode = "testing", mx = ["*"] }', "serve.name", 6, "domain[1].mta_sts.mx"),
    (LOOKUP, "serve.lookup", 7, "domain[1].lookup"),
    (f'{LOOKUP}sqlite = "a"\nldap = "ldap://x"', "serve.lookup", 7, "domain[1].lookup"),
    (f'{LOOKUP}sqlite = "a"\nquery = "SELECT 1"', "serve.query", 9, "domain[1].lookup.query"),
    (f'{LOOKUP}sqlite = "a"\nquery = "SELECT 1::address"', "serve.query", 9, "domain[1].lookup.query"),
    (f'{LOOKUP}ldap = "https://x"\nbase = "dc=x"', "serve.url", 8, "domain[1].lookup.ldap"),
    (f'{LOOKUP}ldap = "ldap://x"\nbase = "dc=x"\nfilter = "(mail=x)"', "serve.filter", 10, "domain[1].lookup.filter"),
    (f"{LOOKUP}seconds = 0\ntable = {{}}", "serve.range", 8, "domain[1].lookup.seconds"),
    (f'{LOOKUP}table = {{ "nobody" = "x" }}', "serve.address", 8, "domain[1].lookup.table.nobody"),
    (f'{LOOKUP}table = {{ "a@b.test" = 1 }}', "serve.type", 8, "domain[1].lookup.table.a@b.test"),
    ('[[domain]]\nnames = ["plain.test"]\nimap = [{ host = "a.test" }]\nsmtp = [{ host = "a.test" }]',
     "serve.twice", 7, "domain[2].names"),
    ('[[domain]]\nnames = ["b.test"]\nimap = [{ host = "a.test" }]', "serve.no_server", 6, "domain[2]"),
    ('[[domain]]\nnames = ["b.test"]\nsmtp = [{ host = "a.test" }]', "serve.no_server", 6, "domain[2]"),
    ("[[domain]]", "serve.missing", 6, "domain[2].names"),
    ("[[domain]]\nnames = []", "serve.empty", 7, "domain[2].names"),
    ('[[domain]]\nnames = ["localhost"]', "serve.name", 7, "domain[2].names"),
    ('[[domain]]\nnames = ["a b.test"]', "serve.name", 7, "domain[2].names"),
    ("[domian]", "serve.unknown_key_near", 6, "domian"),
    ('[signing]\ncertificate = "c.pem"', "serve.missing", 6, "signing.key"),
]  # fmt: skip


@pytest.mark.parametrize(("more", "id", "line", "key"), BEHIND, ids=[f"{row[1]}-{row[3]}" for row in BEHIND])
def test_mistakes(tmp_path: Path, more: str, id: str, line: int, key: str) -> None:
    """Each mistake has its problem, its line and its key, and a sentence in both languages."""
    with pytest.raises(BadInput) as caught:
        read(tmp_path, f"{PLAIN}{more}\n")
    problem = caught.value
    assert (problem.id, problem.params["line"], problem.params["key"]) == (id, line, key)
    for language in LANGUAGES:
        assert key in Words(language).problem(problem).say


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("", "serve.no_domain"),
        ('web = "a.test"', "serve.no_domain"),
        ("[[domain", "serve.toml"),
        ("a = 1\na = 2", "serve.toml"),
        ("a = " + "[" * 5000, "serve.unreadable"),
    ],
)
def test_files_that_are_none(tmp_path: Path, text: str, id: str) -> None:
    """An empty file, one that is no TOML, one that is nested without end."""
    with pytest.raises(BadInput, match=id):
        read(tmp_path, text)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A folder, nothing at all, and what is not UTF-8."""
    (tmp_path / "latin.toml").write_bytes(b'web = "\xe4"')
    for file in (tmp_path, tmp_path / "none.toml", tmp_path / "latin.toml"):
        with pytest.raises(BadInput, match="serve.unreadable"):
            autoconf.read(file)


@pytest.mark.parametrize(
    ("more", "id"),
    [
        ('[signing]\ncertificate = "none.pem"\nkey = "none.pem"', "input.file"),
        ('[signing]\ncertificate = "serve.toml"\nkey = "serve.toml"', "export.sign_certificate"),
        ('name = "%EMAILADDRESS%"', "export.cannot_hold"),
    ],
)
def test_what_no_answer_can_be_made_of(tmp_path: Path, more: str, id: str) -> None:
    """It shows when the server starts, and not when the first person asks."""
    with pytest.raises(BadInput, match=id):
        made(tmp_path, f"{PLAIN}{more}\n")


def test_mistakes_in_the_second_of_two(tmp_path: Path) -> None:
    """Lines are counted in the right table."""
    with pytest.raises(BadInput) as caught:
        read(tmp_path, DOMAIN + PLAIN + "port = 3\n")
    lines = (tmp_path / "serve.toml").read_text(encoding="utf-8").splitlines()
    assert lines[int(caught.value.params["line"]) - 1] == "port = 3"

"""The linter finds each kind of mistake, and says in which file."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailwright import book, texts
from mailwright.book import lint
from mailwright.core import BadInput

FACT = 'source = "me"\nchecked = 2026-11-24\nconfidence = "high"\n'
GOOD = f"""id = "mine"
name = {{ zh = "我的", en = "Mine" }}
country = "CN"
status = "open"

[sources]
me = "I run it"

[domains]
names = ["mine.example", "例子.中国"]
{FACT}
[mx]
patterns = ["mx*.mine.example"]
{FACT}
[[imap]]
host = "imap.mine.example"
port = 993
security = "tls"
username = "%EMAILADDRESS%"
{FACT}
[[smtp]]
host = "smtp.%EMAILDOMAIN%"
port = 465
security = "tls"
username = "%EMAILLOCALPART%"
note = {{ zh = "好", en = "good" }}
{FACT}
[secret]
kind = "password"
name = {{ zh = "密码", en = "password" }}
when = "always"
page = "https://mine.example"
zh = ["登录"]
en = ["Sign in"]
{FACT}
[[wrong_host]]
typed = ["mail.mine.example"]
meant = "imap.mine.example"
{FACT}"""


SMTP = GOOD[GOOD.index("[[smtp]]") : GOOD.index("[secret]")]
OAUTH = f"""[oauth]
issuer = "https://login.mine.example"
scopes = ["mail"]
{FACT}"""


def complaints(folder: Path, **files: str) -> list[tuple[str, str]]:
    """File and id of each problem of a folder with these files."""
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    found = book.problems(folder)
    for language in texts.LANGUAGES:
        assert all(texts.Words(language).problem(problem).say for problem in found)
    return [(str(problem.params["file"]), problem.id.removeprefix("book.lint.")) for problem in found]


def test_a_good_file(tmp_path: Path) -> None:
    """A file with nothing wrong passes, and reads as a provider."""
    assert complaints(tmp_path, mine=GOOD) == []
    assert book.Book(tmp_path).get("mine") is not None


MISTAKES = [
    # rule, what is replaced, by what
    ("toml", 'id = "mine"', 'id = "mine'),
    ("schema", 'status = "open"', 'status = "great"'),
    ("schema", 'country = "CN"', 'country = "China"'),
    ("schema", 'country = "CN"\n', ""),
    ("schema", 'status = "open"', 'status = "open"\ncolour = "red"'),
    ("schema", 'name = { zh = "我的", en = "Mine" }', 'name = { zh = "我的" }'),
    ("schema", "port = 993", 'port = "993"'),
    ("schema", "port = 993", "port = 65536"),
    ("schema", 'security = "tls"', 'security = "ssl"'),
    ("schema", "checked = 2026-11-24", 'checked = "lately"'),
    ("schema", 'confidence = "high"', 'confidence = "sure"'),
    ("schema", 'source = "me"\n', ""),
    ("schema", 'zh = ["登录"]', "zh = []"),
    ("schema", 'page = "https://mine.example"', 'page = "mine.example"'),
    ("schema", 'kind = "password"', 'kind = "secret"'),
    ("id", 'id = "mine"', 'id = "yours"'),
    ("source_unknown", 'source = "me"', 'source = "you"'),
    ("source_unused", 'me = "I run it"', 'me = "I run it"\nyou = "You run it"'),
    ("host", 'host = "imap.mine.example"', 'host = "imap.mine.example:993"'),
    ("host", 'host = "imap.mine.example"', 'host = "imap"'),
    ("host", 'host = "imap.mine.example"', 'host = "imap.mine.example."'),
    ("host", 'host = "imap.mine.example"', 'host = "imap.%DOMAIN%"'),
    ("host", 'meant = "imap.mine.example"', 'meant = "https://imap.mine.example"'),
    ("port_25", "port = 465", "port = 25"),
    ("mx", '"mx*.mine.example"', '"*"'),
    ("mx", '"mx*.mine.example"', '"*.com"'),
    ("mx", '"mx*.mine.example"', '"*.co.uk"'),
    ("mx", '"mx*.mine.example"', '"*mine.co.uk"'),
    ("mx", '"mx*.mine.example"', '"mx.*.com"'),
    ("mx", '"mx*.mine.example"', '"MX.mine.example"'),
    ("domain", '"mine.example"', '"Mine.example"'),
    ("domain", '"mine.example"', '"@mine.example"'),
    ("domain", '"mine.example"', '"mine"'),
    ("username", '"%EMAILLOCALPART%"', '"%USER%"'),
    ("username", '"%EMAILLOCALPART%"', '"me"'),
    ("username", '"%EMAILLOCALPART%"', '"%EMAILLOCALPART%%"'),
    ("overlap", '"mine.example"', '"mine.example", "mine.example"'),
    ("overlap", '"mine.example"', '"xn--fsqu00a.xn--fiqs8s"'),
    ("same_endpoint", SMTP, SMTP + SMTP.replace("%EMAILLOCALPART%", "%EMAILADDRESS%")),
    ("same_endpoint", SMTP, SMTP + SMTP.replace("smtp.", "SMTP.")),
    ("schema", "[secret]\n", OAUTH + 'redirect_host = "evil.example"\n[secret]\n'),
    ("schema", "[secret]\n", OAUTH + 'device = "no"\n[secret]\n'),
    ("schema", "[secret]\n", OAUTH + "client_id = 7\n[secret]\n"),
    ("missing", GOOD[GOOD.index("[secret]") : GOOD.index("[[wrong_host]]")], ""),
    ("missing", GOOD[GOOD.index("[[imap]]") : GOOD.index("[[smtp]]")], ""),
    ("missing", GOOD[GOOD.index("[[smtp]]") : GOOD.index("[secret]")], ""),
]


@pytest.mark.parametrize(("rule", "old", "new"), MISTAKES, ids=[f"{row[0]}-{row[2][:30]!a}" for row in MISTAKES])
def test_each_mistake(tmp_path: Path, rule: str, old: str, new: str) -> None:
    """One mistake gives complaints of one rule, with texts in both languages."""
    assert old in GOOD
    found = complaints(tmp_path, mine=GOOD.replace(old, new, 1) if rule != "source_unused" else GOOD.replace(old, new))
    assert {id for _, id in found} == {rule}
    assert {file for file, _ in found} == {"mine.toml"}


def test_general_knowledge_is_not_much(tmp_path: Path) -> None:
    """What rests on general knowledge alone is of low confidence, or it is a mistake."""
    sources = GOOD.replace('me = "I run it"', 'me = "I run it"\ngeneral = "general knowledge"')
    high = sources.replace('source = "me"', 'source = "general"', 1)
    low = high.replace('source = "general"\nchecked = 2026-11-24\nconfidence = "high"',
                       'source = "general"\nchecked = 2026-11-24\nconfidence = "low"')  # fmt: skip
    assert complaints(tmp_path, mine=high) == [("mine.toml", "general_not_low")]
    assert complaints(tmp_path, mine=low) == []


@pytest.mark.parametrize("change", [("465", "587"), ('"tls"', '"starttls"'), ("smtp.%", "mail.%")])
def test_alike_is_not_the_same(tmp_path: Path, change: tuple[str, str]) -> None:
    """Another port, protection or host is another endpoint."""
    assert complaints(tmp_path, mine=GOOD.replace(SMTP, SMTP + SMTP.replace(*change))) == []


def test_a_client_id(tmp_path: Path) -> None:
    """A client id is fine in a file of one's own, and a mistake in the book that everybody gets."""
    text = GOOD.replace("[secret]\n", f'{OAUTH}client_id = "mine"\n[secret]\n')
    assert complaints(tmp_path, mine=text) == []
    shipped = book.problems(tmp_path, shipped=True)
    assert [(problem.id, problem.params["key"]) for problem in shipped] == [("book.lint.client_id", "client_id")]


def test_two_providers_with_one_domain(tmp_path: Path) -> None:
    """A domain and an MX pattern belong to one provider; the second file is told."""
    found = complaints(tmp_path, mine=GOOD, other=GOOD.replace('id = "mine"', 'id = "other"'))
    assert found == [("other.toml", "overlap")] * 3


def test_closed_providers_need_no_servers(tmp_path: Path) -> None:
    """What lets nobody in has nothing to list."""
    closed = GOOD[: GOOD.index("[mx]")].replace('"open"', '"closed"')
    assert complaints(tmp_path, mine=closed) == []


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    """A file that is not UTF-8 is not TOML."""
    (tmp_path / "mine.toml").write_bytes(b'id = "\xff"')
    assert complaints(tmp_path) == [("mine.toml", "toml")]


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line per problem and exit code 1; nothing and 0 when all is well."""
    complaints(tmp_path, mine=GOOD.replace("port = 465", "port = 25"))
    assert lint.main([str(tmp_path)]) == 1
    assert capsys.readouterr().out == "mine.toml: book.lint.port_25 host=smtp.%EMAILDOMAIN%\n"
    complaints(tmp_path, mine=GOOD)
    assert lint.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == ""


BROKEN = [
    ('id = "mine"', "id = mine"),
    ('name = { zh = "我的", en = "Mine" }', 'name = "Mine"'),
    ('name = { zh = "我的", en = "Mine" }', 'name = { zh = 1, en = "Mine" }'),
    ("port = 993", 'port = "993"'),
    ("port = 993", "port = 0"),
    ('host = "imap.mine.example"', 'host = "https://imap.mine.example"'),
    ('host = "imap.mine.example"', "host = 1"),
    ('username = "%EMAILADDRESS%"', "username = 1"),
    ('security = "tls"', 'security = "ssl"'),
    ("checked = 2026-11-24", 'checked = "2026-11-24"'),
    ("checked = 2026-11-24", "checked = 2026-11-24T00:00:00"),
    ('confidence = "high"', 'confidence = "sure"'),
    ('source = "me"', 'source = "you"'),
    ('kind = "password"', 'kind = "secret"'),
    ('names = ["mine.example", "例子.中国"]', 'names = ["mine example"]'),
    ('note = { zh = "好", en = "good" }', 'note = "good"'),
    ("[sources]", "[origins]"),
]


@pytest.mark.parametrize(("old", "new"), BROKEN, ids=[f"{row[1]!a}" for row in BROKEN])
def test_broken_files_of_ones_own(tmp_path: Path, old: str, new: str) -> None:
    """An own file that cannot be used is named at once, as the person's to mend; it fails nowhere later."""
    assert old in GOOD
    (tmp_path / "mine.toml").write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(BadInput) as raised:
        book.Book(tmp_path)
    assert (raised.value.id, raised.value.params) == ("book.file", {"file": str(tmp_path / "mine.toml")})

"""Login names from the file, SQLite, PostgreSQL and LDAP: real servers, also when they are gone or slow."""

from __future__ import annotations

import asyncio
import logging
import plistlib
import re
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailwright.core import BadInput, EmailAddress
from mailwright.web import autoconf
from mailwright.web.autoconf import lookups
from mailwright.web.autoconf.lookups import finder, in_ldap, kept, threads
from mailwright.web.autoconf.values import Ldap, Lookup, Postgresql, Sqlite, Table
from tests.web.autoconf import databases
from tests.web.autoconf.served import PLAIN, got, made, request

NASTY = ["x' OR '1'='1", "*", "x)(uid=*", "a\\b", "%", "_____", "o'neil"]
POX = "/autodiscover/autodiscover.xml"
# What ldap3 does of its own accord: an old name of the standard library, and sockets it forgets after a failure.
as_ldap3_is = pytest.mark.filterwarnings(
    "ignore:ssl.match_hostname:DeprecationWarning", "ignore:unclosed:ResourceWarning"
)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Counting:
    """A way that counts how often it is asked, and can be made to fail or to wait."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fails = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def find(self, address: str) -> object:
        self.asked.append(address)
        await self.gate.wait()
        if self.fails:
            raise lookups.UnavailableError from ConnectionError(address)
        return f"u-{address.partition('@')[0]}"

    def close(self) -> None:
        """Nothing is open."""


def address(local: str, domain: str = "plain.test") -> EmailAddress:
    return EmailAddress(local, domain)


def counted(monkeypatch: pytest.MonkeyPatch, **more: int) -> tuple[lookups.Lookups, Counting, Clock]:
    counting, clock = Counting(), Clock()
    monkeypatch.setattr(kept, "finder", lambda way: counting)
    return lookups.Lookups(Lookup(Table({}), **more), clock), counting, clock


def table(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE mailbox (address TEXT, login)")
        rows = [
            ("anna@plain.test", "u1001"),
            ("number@plain.test", 7),
            ("null@plain.test", None),
            ("bad@plain.test", "two\nlines"),
            ("template@plain.test", "%EMAILADDRESS%"),
            ("long@plain.test", "x" * 300),
            ("blob@plain.test", b"\xff"),
            ("o'neil@plain.test", "u1003"),
        ]
        connection.executemany("INSERT INTO mailbox VALUES (?, ?)", rows)
    connection.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Sqlite:
    table(tmp_path / "mail.db")
    return Sqlite(tmp_path / "mail.db", "SELECT login FROM mailbox WHERE address = :address")


@pytest.fixture(scope="module")
def postgresql() -> Iterator[databases.Postgresql]:
    with tempfile.TemporaryDirectory(prefix="mw-pg-") as folder:
        Path(folder).chmod(0o755)
        database = databases.postgresql(Path(folder))
        with database.up():
            database.sql(
                "CREATE TABLE mailbox (address text, login text);"
                "INSERT INTO mailbox VALUES ('anna@plain.test', 'u1001'), ('o''neil@plain.test', 'u1003');"
                "CREATE USER reader; GRANT SELECT ON mailbox TO reader"
            )
        yield database


@pytest.fixture(scope="module")
def directory() -> Iterator[databases.Directory]:
    with tempfile.TemporaryDirectory(prefix="mw-ldap-") as folder:
        made_ = databases.directory(Path(folder))
        (made_.folder / "password").write_text("canary-directory\n", encoding="utf-8")
        yield made_


def ldap(directory: databases.Directory, url: str) -> Ldap:
    folder = directory.folder
    return Ldap(url, databases.BASE, "(mail={address})", "uid", databases.ADMIN, folder / "password", folder / "ca.pem")


async def test_in_the_file() -> None:
    """Addresses are compared without case."""
    found = lookups.Lookups(Lookup(Table({"anna@plain.test": "u1001"})))
    assert await found.find(address("Anna")) == "u1001"
    assert await found.find(address("bert")) is None


async def test_in_sqlite(sqlite: Sqlite) -> None:
    """The first column of the first row; what cannot be a user name counts as nothing."""
    found = lookups.Lookups(Lookup(sqlite))
    assert await found.find(address("anna")) == "u1001"
    assert await found.find(address("number")) == "7"
    assert await found.find(address("o'neil")) == "u1003"
    for local in ("null", "bad", "template", "long", "blob", "nobody", *NASTY[:-1]):
        assert await found.find(address(local)) is None
    found.close()


async def test_sqlite_is_only_read(tmp_path: Path, sqlite: Sqlite) -> None:
    """A query that writes writes nothing, and a database that is not there is not made."""
    for way in (
        Sqlite(sqlite.file, "INSERT INTO mailbox VALUES (:address, 'x') RETURNING login"),
        Sqlite(tmp_path / "none.db", sqlite.query),
        Sqlite(sqlite.file, "SELECT nothing FROM mailbox WHERE address = :address"),
    ):
        found = lookups.Lookups(Lookup(way))
        with pytest.raises(lookups.UnavailableError):
            await found.find(address("x"))
        found.close()
    assert not (tmp_path / "none.db").exists()


async def test_a_query_without_end(sqlite: Sqlite, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is stopped after some seconds, in its thread too."""
    for module in ("kept", "in_sqlite"):
        monkeypatch.setattr(f"mailwright.web.autoconf.lookups.{module}.SECONDS", 0.3)
    endless = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n WHERE 'x' <> :address"
    )
    found = lookups.Lookups(Lookup(Sqlite(sqlite.file, endless)))
    with pytest.raises(lookups.UnavailableError):
        await found.find(address("x"))
    found.close()


async def test_in_postgresql(postgresql: databases.Postgresql) -> None:
    """With the sign of any database for a parameter, and whatever stands in an address."""
    way = Postgresql(postgresql.connection, "SELECT login::text FROM mailbox WHERE address = :address AND 7 % 4 = 3")
    with postgresql.up():
        found = lookups.Lookups(Lookup(way))
        assert await found.find(address("anna")) == "u1001"
        assert await found.find(address("o'neil")) == "u1003"
        names = await asyncio.gather(*(found.find(address(local)) for local in (*NASTY[:-1], *map(str, range(30)))))
        assert set(names) == {None}
        found.close()


async def test_postgresql_comes_back(postgresql: databases.Postgresql) -> None:
    """A server that was started anew is asked anew; while it is gone an old answer is given, and no other."""
    clock = Clock()
    way = Postgresql(postgresql.connection, "SELECT login FROM mailbox WHERE address = :address")
    found = lookups.Lookups(Lookup(way, seconds=5), clock)
    with postgresql.up():
        assert await found.find(address("anna")) == "u1001"
    clock.now = 10
    assert await found.find(address("anna")) == "u1001"
    with pytest.raises(lookups.UnavailableError):
        await found.find(address("bert"))
    with postgresql.up():
        assert await found.find(address("o'neil")) == "u1003"
        assert await found.find(address("bert")) is None
    found.close()


async def test_postgresql_is_only_read_and_not_for_long(
    postgresql: databases.Postgresql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writing is refused, waiting is stopped, and neither spoils what comes next."""
    monkeypatch.setattr("mailwright.web.autoconf.lookups.in_postgresql.SECONDS", 1)
    with postgresql.up():
        postgresql.sql("GRANT INSERT ON mailbox TO reader")
        for query in (
            "INSERT INTO mailbox VALUES (:address, 'x') RETURNING login",
            "SELECT pg_sleep(30)::text || :address",
            "SELECT nothing FROM mailbox WHERE address = :address",
        ):
            found = lookups.Lookups(Lookup(Postgresql(postgresql.connection, query)))
            with pytest.raises(lookups.UnavailableError):
                await found.find(address("x"))
            found.close()


@as_ldap3_is
@pytest.mark.parametrize("scheme", ["ldap", "ldaps"])
async def test_in_a_directory(directory: databases.Directory, scheme: str) -> None:
    """Over TLS or on this machine; an address is never read as a filter."""
    url = f"ldap://127.0.0.1:{directory.plain}" if scheme == "ldap" else f"ldaps://localhost:{directory.tls}"
    with directory.up():
        found = lookups.Lookups(Lookup(ldap(directory, url)))
        assert await found.find(address("anna")) == "u1001"
        assert await found.find(address("INFO")) == "u1001"
        assert await found.find(address("*")) == "u1002"
        for local in ("nobody", "x)(uid=*", "a\\b", "an*"):
            assert await found.find(address(local)) is None
        found.close()


@as_ldap3_is
async def test_a_directory_that_is_left_while_it_is_asked(directory: databases.Directory) -> None:
    """Whoever waits is answered still, and no connection stays open behind."""
    found = in_ldap.InLdap(ldap(directory, f"ldap://127.0.0.1:{directory.plain}"))
    with directory.up():
        waiting = asyncio.ensure_future(found.find("anna@plain.test"))
        await asyncio.sleep(0)
        found.close()
        assert await waiting == "u1001"
        assert found._idle == []  # nobody else could tell


@as_ldap3_is
async def test_a_directory_that_comes_back(directory: databases.Directory) -> None:
    """Connections that have died are made anew."""
    found = lookups.Lookups(Lookup(ldap(directory, f"ldap://127.0.0.1:{directory.plain}")))
    with directory.up():
        assert await found.find(address("anna")) == "u1001"
    with pytest.raises(lookups.UnavailableError):
        await found.find(address("nobody"))
    with directory.up():
        assert await found.find(address("info")) == "u1001"
    found.close()


@as_ldap3_is
async def test_a_directory_that_cannot_be_trusted(directory: databases.Directory, tmp_path: Path) -> None:
    """A certificate nobody vouches for, a wrong password, a base that is not there: nobody could tell."""
    (tmp_path / "wrong").write_text("wrong", encoding="utf-8")
    base = ldap(directory, f"ldaps://localhost:{directory.tls}")
    ways = [
        Ldap(base.url, base.base, base.filter, "uid", base.user, base.password_file),
        Ldap(base.url, base.base, base.filter, "uid", base.user, tmp_path / "wrong", base.ca_file),
        Ldap(base.url, "dc=none", base.filter, "uid", base.user, base.password_file, base.ca_file),
        Ldap(base.url, base.base, base.filter, "uid", base.user, tmp_path / "none", base.ca_file),
    ]
    with directory.up():
        for way in ways:
            found = lookups.Lookups(Lookup(way))
            with pytest.raises(lookups.UnavailableError):
                await found.find(address("anna"))
            found.close()


async def test_answers_are_kept_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each address is asked once within its time, and no more are kept than allowed."""
    found, counting, clock = counted(monkeypatch, seconds=10, entries=2)
    for _ in range(3):
        assert await found.find(address("a")) == "u-a"
    clock.now = 11
    await found.find(address("a"))
    assert len(counting.asked) == 2
    for local in ("b", "c", "a"):
        await found.find(address(local))
    assert counting.asked[2:] == ["b@plain.test", "c@plain.test", "a@plain.test"]


async def test_many_who_ask_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """They wait for one answer; one of them who goes away takes it from nobody."""
    found, counting, _ = counted(monkeypatch)
    counting.gate.clear()
    tasks = [asyncio.create_task(found.find(address("a"))) for _ in range(20)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    await asyncio.sleep(0)
    counting.gate.set()
    assert await asyncio.gather(*tasks[1:]) == ["u-a"] * 19
    assert counting.asked == ["a@plain.test"]


async def test_not_too_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not answer does not fill our memory with those who wait."""
    found, counting, _ = counted(monkeypatch)
    counting.gate.clear()
    tasks = [asyncio.create_task(found.find(address(str(number)))) for number in range(kept.MOST_WAITING)]
    await asyncio.sleep(0.01)
    with pytest.raises(lookups.UnavailableError):
        await found.find(address("x"))
    counting.gate.set()
    await asyncio.gather(*tasks)


async def test_the_log_names_nobody(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A failure is logged by its kind."""
    found, counting, _ = counted(monkeypatch)
    counting.fails = True
    with caplog.at_level(logging.INFO), pytest.raises(lookups.UnavailableError):
        await found.find(address("canary"))
    assert caplog.messages == ["look-up: ConnectionError"]
    assert "canary" not in caplog.text


def with_table(folder: Path, rule: str = "address") -> autoconf.Autoconf:
    more = f'username = "{rule}"\nlookup = {{ table = {{ "Anna@plain.test" = "u<1>" }} }}\n'
    return made(folder, PLAIN + more)


@pytest.mark.parametrize("rule", ["address", "localpart"])
async def test_answers_with_a_look_up(tmp_path: Path, rule: str) -> None:
    """Who is known gets the login name, all others the rule, and nothing else is different."""
    own = with_table(tmp_path, rule)
    known = [await _told(own, "anna"), await _told(own, "ANNA")]
    assert [re.findall("<(?:username|LoginName)>([^<]*)<", text) for text in known[0][:2]] == [["u&lt;1&gt;"] * 2] * 2
    stranger = await _told(own, "bert")
    name = "bert@plain.test" if rule == "address" else "bert"
    assert [re.findall("<(?:username|LoginName)>([^<]*)<", text) for text in stranger[:2]] == [[name] * 2] * 2
    assert known[0][2] == known[1][2] == "u<1>"
    assert stranger[2] == name
    alike = [re.sub("(<(?:username|LoginName|DisplayName)>)[^<]*", r"\1", text) for text in (known[0][1], stranger[1])]
    assert alike[0] == alike[1]
    general = await got(own, "/mail/config-v1.1.xml", host="plain.test")
    assert b"<username>%EMAIL" in general.body


async def _told(own: autoconf.Autoconf, local: str) -> tuple[str, str, str]:
    config = await got(own, f"/mail/config-v1.1.xml?emailaddress={local}@plain.test")
    pox = await got(own, POX, method="POST", body=request(f"{local}@plain.test"))
    profile = plistlib.loads((await got(own, f"/mobileconfig?address={local}@plain.test")).body)
    return config.text, pox.text, profile["PayloadContent"][0]["IncomingMailServerUsername"]


async def test_nobody_could_tell(tmp_path: Path) -> None:
    """While the look-up is out of reach nobody gets settings that may be wrong: 503, and when to come back."""
    own = made(tmp_path, f'{PLAIN}lookup = {{ sqlite = "none.db", query = "SELECT 1 WHERE 1 = :address" }}\n')
    for target, body in (
        ("/mail/config-v1.1.xml?emailaddress=li@plain.test", b""),
        ("/mobileconfig?address=li@plain.test", b""),
        (POX, request("li@plain.test")),
    ):
        answer = await got(own, target, method="POST" if body else "GET", body=body)
        assert (answer.status, answer.headers["retry-after"]) == (503, "30")
    assert (await got(own, "/mail/config-v1.1.xml", host="plain.test")).status == 200


def test_a_driver_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, with how to install it."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for way, package in ((Postgresql("", ""), "psycopg[binary]"), (Ldap("", "", "", ""), "ldap3")):
        with pytest.raises(Exception, match="serve.package") as caught:
            finder.finder(way)
        assert caught.value.params == {"package": package}  # type: ignore[attr-defined]  # BadInput has them


async def test_a_reload_that_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A configuration whose look-up cannot be made leaves all as it was."""
    own = with_table(tmp_path, "address")
    before = dict(vars(own))

    def missing(*_: object) -> None:
        raise BadInput("serve.driver")

    monkeypatch.setattr(kept, "finder", missing)
    with pytest.raises(BadInput):
        own.use(autoconf.read(tmp_path / "serve.toml"))
    assert all(vars(own)[name] is value for name, value in before.items())


async def test_a_reload_while_somebody_waits() -> None:
    """Whoever waits for a thread when the look-ups are closed is answered still."""
    pool = threads.Threads()
    waiting = [asyncio.ensure_future(pool.run(lambda: time.sleep(0.05))) for _ in range(finder.AT_ONCE * 2)]
    await asyncio.sleep(0)
    pool.close()
    assert await asyncio.gather(*waiting) == [None] * len(waiting)

"""Names on real servers: whatever the source's folders are called, the destination makes each one."""

from __future__ import annotations

import dataclasses
import imaplib
from typing import TYPE_CHECKING

import pytest

from mailwright.migrate import legal
from mailwright.migrate.names import plan
from mailwright.migrate.namespaces import View, namespaces
from mailwright.wire.imap_parse import parse, quoted
from tests.migrate import servers
from tests.migrate.listing import Row, view

if TYPE_CHECKING:
    from collections.abc import Callable

USERS = {"anna": "secret"}
HOSTILE = view(
    [
        "INBOX",
        "INBOX/INBOX",
        "INBOX/x",
        "Inbox/x/y",
        "a.b",
        "a_b",
        "a.b/c",
        "a|b",
        "a\\b",
        'a"b',
        "50%",
        "*",
        "~me",
        "#news",
        "..",
        ".hidden",
        " ",
        " a ",
        "a//b",
        "Fish & Chips",
        "Fish &- Chips",
        "Entw&APw-rfe",
        "&2D3eAA-",
        "&AAk-",
        "&AGE-",
        "Entw\xc3\xbcrfe",
        "Entw\xfcrfe",
        "Foo",
        "foo",
        "foo/x",
        "e&AwE-",
        "&AOk-",
        "x" * 255,
        "&AOk-x" * 60,
        "x" * 5000,
        "/".join("d" * 200),
        "/".join(["deep"] * 40),
        "cur",
        "tmp/new",
        "user",
        "user/bob",
        "Other Users",
        "Shared Folders/x",
        "{5}",
        "[x]",
        "(a)",
        "a'b",
        "a;b<c>d?e^f`g|h",
        "Trash/x",
        "Drafts",
        "Sent/2019/\xe4",
    ]
)


def seen(client: imaplib.IMAP4) -> View:
    """What a server says of its folders."""
    spaces = parse(b"* NAMESPACE " + client.namespace()[1][0])
    rows = []
    for line in client.list()[1]:
        assert line is not None
        # imaplib gives a literal apart from the line that announces it.
        text = line[0] + b"\r\n" + line[1] if isinstance(line, tuple) else line
        if text == b"":
            continue
        attributes, separator, name = parse(b"* LIST " + text).tokens
        assert isinstance(attributes, list)
        assert isinstance(separator, bytes)
        assert isinstance(name, bytes)
        words = frozenset(word.decode().upper() for word in attributes if isinstance(word, bytes))
        rows.append(Row(name.decode("latin-1"), None if separator == b"NIL" else separator.decode(), words))
    return View(rows, namespaces(spaces.tokens))


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        pytest.param(servers.dovecot, "Dovecot", id="dovecot"),
        pytest.param(servers.dovecot, "", id="unknown"),
        pytest.param(servers.courier, "Courier-IMAP", id="courier"),
        pytest.param(servers.cyrus, "Cyrus IMAP", id="cyrus"),
    ],
)
def test_every_name_can_be_made(serve: Callable[..., servers.Server], kind: Callable[..., object], said: str) -> None:
    """CREATE takes every place that was found, no two are one, and all are there afterwards."""
    server = serve(kind, users=USERS)
    with imaplib.IMAP4("127.0.0.1", server.port, timeout=30) as client:
        client.login("anna", "secret")
        before = dataclasses.replace(seen(client), refused=legal.refused(said), folds=legal.folds(said))
        made = [one for one in plan(HOSTILE, before).folders if one.destination not in {None, "INBOX"}]
        assert len(made) == len(HOSTILE.folders) - 1
        refusals = {}
        for one in made:
            name = quoted(str(one.destination))
            assert name is not None
            answer, why = client.create(name)
            if answer != "OK" and one.destination not in {row.name for row in before.folders}:
                refusals[one.destination] = why
        assert not refusals
        after = {row.name for row in seen(client).folders}
        assert {one.destination for one in made} <= after

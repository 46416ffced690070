"""Which folder becomes which."""

from __future__ import annotations

import dataclasses
import random
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwright.migrate import mutf7
from mailwright.migrate.legal import LONGEST, Note, folds, refused
from mailwright.migrate.names import Choices, Mapped, Plan, Why, plan
from mailwright.migrate.namespaces import Namespace, Namespaces, View, namespaces
from tests.migrate.listing import Row, places, same_to, view

WORDS = """INBOX inbox ınbox a A a.b a_b a/b ä a\u0308 ~x #x 100% .. Sent [Gmail] user Shared é& \\ \""""
PARTS = st.sampled_from([*WORDS.split(), "", " ", "\t", "x" * 120])
NAME = st.lists(PARTS | st.text(max_size=4), min_size=1, max_size=4)
ATTRIBUTES = st.sampled_from(["", "\\NOSELECT", "\\SENT", "\\ALL", "\\HASCHILDREN", "\\TRASH", "\\NOINFERIORS"])
SEPARATOR = st.sampled_from(["/", ".", "\\", "|", None])


@st.composite
def servers(draw: st.DrawFn) -> View:
    """Any server: separators, prefixes, namespaces, names in both spellings, broken ones too."""
    separator = draw(SEPARATOR)
    prefix = draw(st.sampled_from([None, "", f"INBOX{separator}" if separator else ""]))
    rows: list[tuple[str, str]] = []
    for parts, attribute, exact in draw(st.lists(st.tuples(NAME, ATTRIBUTES, st.booleans()), max_size=12)):
        text = (prefix or "") + (separator or " ").join(parts)
        rows.append(((mutf7.encode(text) if exact else text.encode("utf-8", "replace")).decode("latin-1"), attribute))
    spaces = (
        {"others": ["user" + separator], "shared": ["Shared" + separator]} if separator and draw(st.booleans()) else {}
    )
    listed = [("INBOX", ""), *rows] if draw(st.booleans()) else rows
    return view(
        listed,
        separator,
        prefix,
        folds=draw(st.booleans()),
        refused=draw(st.sampled_from(["", refused("Cyrus IMAP"), refused("Courier-IMAP")])),
        **spaces,
    )


@settings(deadline=None)
@given(servers(), servers(), st.randoms(use_true_random=False), st.sampled_from(["", "Old", "INBOX"]))
def test_every_folder_has_a_place_of_its_own(
    source: View, destination: View, chance: random.Random, below: str
) -> None:
    """Each folder once, legal, no two in one place, and the same however the servers list them."""
    choices = Choices(below=below)
    made = plan(source, destination, choices)
    assert sorted({row.name for row in source.folders}) == [one.source for one in made.folders]
    going = [one.destination for one in made.folders if one.destination is not None]
    assert len({same_to(destination, name) for name in going}) == len(going)
    there = {row.name for row in destination.folders}
    for name in going:
        # What lies below a folder that is there already need be no better than that.
        paths = (destination.path(destination.text(row).text, destination.separator)[0] for row in there)
        above = tuple(f"{destination.name(path)}{destination.separator or '_'}".lower() for path in paths if path)
        assert name in there or legal(destination, name) or destination.text(name).text.lower().startswith(above), name
    shuffled = [
        dataclasses.replace(one, folders=chance.sample(one.folders, len(one.folders))) for one in (source, destination)
    ]
    assert plan(shuffled[0], shuffled[1], choices) == made


def legal(destination: View, name: str) -> bool:
    """True for what every server takes."""
    text, mark = destination.text(name).text, destination.separator
    parts = text.removeprefix(destination.prefix).split(mark) if mark else [text]
    return (
        name.isascii()
        and len(name) <= LONGEST
        and not any(
            ord(char) < 32 or re.match(f"[*%{destination.refused}]", char) or (char == "/" != mark)
            for char in "".join(parts)
        )
        and all(part and part not in {".", ".."} and part[0] != "~" for part in parts)
        and (text.lower().split(mark)[0] if mark else text.lower()) not in destination.foreign
    )


@settings(deadline=None)
@given(servers(), servers())
def test_a_second_pass_changes_nothing(source: View, destination: View) -> None:
    """With what was made there now, and what was decided kept, old folders stay and new ones avoid them."""
    old = set(sorted({row.name for row in source.folders})[::2])
    half = dataclasses.replace(source, folders=[row for row in source.folders if row.name in old])
    first = {name: place for name, place in places(half, destination).items() if place is not None}
    made = [Row(name, destination.separator) for name in sorted(set(first.values()))]
    later = dataclasses.replace(destination, folders=[*destination.folders, *made])
    second = places(source, later, Choices(earlier=first))
    known = {row.name for row in source.folders}
    assert all(second.get(name) in {place, None} for name, place in first.items())
    going = [place for name, place in second.items() if place is not None and name in known]
    assert len(set(going)) == len(going)


def mapped(source: View, destination: View, choices: Choices | None = None) -> dict[str, Mapped]:
    return {one.source: one for one in plan(source, destination, choices).folders}


SLASH = view(["INBOX"], "/", "")
DOT = view(["INBOX"], ".", "INBOX.")


@pytest.mark.parametrize(
    ("source", "destination", "wanted"),
    [
        # Courier and Cyrus have all below the inbox, others beside it, and either way leads to the other.
        (
            view(["INBOX", "INBOX.a", "INBOX.a.b"], ".", "INBOX."),
            SLASH,
            {"INBOX": "INBOX", "INBOX.a": "a", "INBOX.a.b": "a/b"},
        ),
        (
            view(["Inbox", "a", "a/b", "Inbox/c"]),
            DOT,
            {"Inbox": "INBOX", "a": "INBOX.a", "a/b": "INBOX.a.b", "Inbox/c": "INBOX.c"},
        ),
        (view(["INBOX", "INBOX.a"], "."), SLASH, {"INBOX": "INBOX", "INBOX.a": "a"}),
        (view(["INBOX", "INBOX.a", "b"], "."), SLASH, {"INBOX": "INBOX", "INBOX.a": "INBOX/a", "b": "b"}),
        (view(["inbox.a", "INBOX.b"], ".", "INBOX."), SLASH, {"inbox.a": "a", "INBOX.b": "b"}),
        # A folder of one's own called INBOX.
        (view(["INBOX", "INBOX.INBOX"], ".", "INBOX."), DOT, {"INBOX": "INBOX", "INBOX.INBOX": "INBOX.INBOX"}),
        (view(["INBOX", "INBOX.INBOX"], ".", "INBOX."), SLASH, {"INBOX": "INBOX", "INBOX.INBOX": "INBOX-85ce6b"}),
        # Separators: another, one that stands in a name, none.
        (view(["a|b"], "|"), SLASH, {"a|b": "a/b"}),
        (view(["a.b", "a_b"]), DOT, {"a.b": "INBOX.a_b-2e7336", "a_b": "INBOX.a_b"}),
        (view(["a/b"], None), SLASH, {"a/b": "a_b"}),
        (view(["a/b", "INBOX/c"]), view(["INBOX"], None), {"a/b": "a_b", "INBOX/c": "INBOX_c"}),
        # What may not stand in a name, unless the destination has it already.
        (
            view(["50%", "~me", "#a/#b", "a//b", "..", "a\tb", "x/"]),
            SLASH,
            {"50%": "50_", "~me": "_me", "#a/#b": "_a/#b", "a//b": "a/b", "..": "_", "a\tb": "a_b", "x/": "x"},
        ),
        (view(["50%"]), view(["50%"], "/", ""), {"50%": "50%"}),
        (view(["a(b)!"]), view([], "/", "", refused=refused("Cyrus")), {"a(b)!": "a_b__"}),
        # Capitals, where they count and where not.
        (view(["Foo", "foo", "foo/x"]), SLASH, {"Foo": "Foo", "foo": "foo", "foo/x": "foo/x"}),
        (
            view(["Foo", "foo", "foo/x"]),
            view(["INBOX"], "/", "", folds=True),
            {"Foo": "Foo", "foo": "foo-2c26b4", "foo/x": "foo-2c26b4/x"},
        ),
        (view(["Foo", "foo"]), view(["Bar", "bar"], "/", "", folds=True), {"Foo": "Foo", "foo": "foo"}),
        (view(["foo"]), view(["FOO"], "/", "", folds=True), {"foo": "FOO"}),
        # Spelling.
        (
            view(["Fish & Chips", "Entw&APw-rfe", "&AGE-"]),
            SLASH,
            {"Fish & Chips": "Fish &- Chips", "Entw&APw-rfe": "Entw&APw-rfe", "&AGE-": "&-AGE-"},
        ),
        # Special folders, and what lies below them.
        (
            view(["Sent Items", "Sent Items/2019", "Gesendet", "Projects/Sent"]),
            view([("Sent", "\\Sent")], "/", ""),
            {
                "Sent Items": "Sent",
                "Sent Items/2019": "Sent/2019",
                "Gesendet": "Gesendet",
                "Projects/Sent": "Projects/Sent",
            },
        ),
        (
            view([("&XfJT0ZAB-", "\\Sent"), "Sent"]),
            view(["Sent Messages"], "/", ""),
            {"&XfJT0ZAB-": "Sent Messages", "Sent": "Sent"},
        ),
        (
            view([("Gesendet", "\\Sent"), "Sent"]),
            view([("Sent", "\\Sent")], "/", ""),
            {"Gesendet": "Sent", "Sent": "Sent-c16bc8"},
        ),
        (view(["Verzonden items"]), SLASH, {"Verzonden items": "Verzonden items"}),
        # Gmail's own folders.
        (
            view(
                [
                    ("[Gmail]", "\\NoSelect"),
                    ("[Gmail]/All Mail", "\\All"),
                    ("[Gmail]/Trash", "\\Trash"),
                    "[Gmail]/Starred",
                    "Important",
                ]
            ),
            view([("Bin", "\\Trash")], "/", ""),
            {
                "[Gmail]": None,
                "[Gmail]/All Mail": None,
                "[Gmail]/Trash": "Bin",
                "[Gmail]/Starred": None,
                "Important": "Important",
            },
        ),
        (view(["[Gmail]/Sent Mail"]), SLASH, {"[Gmail]/Sent Mail": "Sent Mail"}),
        # Containers are named for what lies below them and not moved.
        (view([("a%", "\\Noselect"), "a%/b", "c%/d"]), SLASH, {"a%": None, "a%/b": "a_/b", "c%/d": "c_/d"}),
        # Other people's folders stay, and the place of theirs is not for one's own.
        (
            view(["a", "user/bob", "user/bob/x", "Shared/y"], "/", "", others=["user/"], shared=["Shared/"]),
            SLASH,
            {"a": "a", "user/bob": None, "user/bob/x": None, "Shared/y": None},
        ),
        (view(["INBOX.a", "a"], ".", "INBOX.", others=["user."], shared=[""]), SLASH, {"INBOX.a": "a", "a": None}),
        (
            view(["Shared", "shared/x"]),
            view([], "/", "", shared=["Shared/"]),
            {"Shared": "Shared_", "shared/x": "shared_/x"},
        ),
        # A folder that can have none below it.
        (
            view(["INBOX/a", "b/c"]),
            view([("INBOX", "\\NoInferiors"), ("b", "\\NoInferiors")], "/", ""),
            {"INBOX/a": "INBOX_a", "b/c": "b_c"},
        ),
    ],
)
def test_places(source: View, destination: View, wanted: dict[str, str | None]) -> None:
    """Servers as they are met, and each name's place."""
    assert places(source, destination) == wanted


def test_what_is_changed_is_told() -> None:
    """Each change of a name has its reason, and each folder why it goes where it goes, or nowhere."""
    source = view(
        [
            *("INBOX", "Inbox", "Sent Items", "Gesendet", "a.b", "a_b", "50%", "x//y", "&", "z" * 300),
            ("All", "\\All"),
            ("c", "\\NonExistent"),
            "user/x",
        ],
        others=["user/"],
        prefix="",
    )
    found = mapped(source, view([("INBOX.Sent", "\\Sent")], ".", "INBOX."), Choices(excluded=("A_*",)))
    assert {name: (one.why, list(one.notes)) for name, one in found.items()} == {
        "INBOX": (Why.INBOX, []),
        "Inbox": (Why.TWICE, []),
        "Sent Items": (Why.SPECIAL, []),
        "Gesendet": (Why.SAME, [Note.SECOND]),
        "a.b": (Why.SAME, [Note.SEPARATOR]),
        "a_b": (Why.EXCLUDED, []),
        "50%": (Why.SAME, [Note.CHARACTERS]),
        "x//y": (Why.SAME, [Note.EMPTY]),
        "&": (Why.SAME, [Note.UNDECODABLE]),
        "z" * 300: (Why.SAME, [Note.SHORTENED]),
        "All": (Why.VIEW, []),
        "c": (Why.CONTAINER, []),
        "user/x": (Why.SHARED, []),
    }
    assert all(set(one.notes) <= {Note.FLAT} for one in plan(view(["a/b"]), view([], None)).folders)


def test_what_the_person_wants() -> None:
    """Renamed with all below it, together with another if so wanted; into a folder; views and shared ones too."""
    source = view(
        ["INBOX", "Projekte", "Projekte/x", "Alt", ("[Gmail]/All Mail", "\\All"), "user/b"], others=["user/"], prefix=""
    )
    renamed = Choices(
        renamed={"Projekte": "Work.Old", "Alt": "inbox", "Nope": "x", "[Gmail]/All Mail": "."}, views=True, shared=True
    )
    made = plan(source, DOT, renamed)
    assert made.unused == ("Nope", "[Gmail]/All Mail")
    assert {one.source: (one.destination, one.why) for one in made.folders} == {
        "INBOX": ("INBOX", Why.INBOX),
        "Projekte": ("INBOX.Work.Old", Why.ASKED),
        "Projekte/x": ("INBOX.Work.Old.x", Why.SAME),
        "Alt": ("INBOX", Why.ASKED),
        "[Gmail]/All Mail": ("INBOX.All Mail", Why.SAME),
        "user/b": ("INBOX.user.b", Why.SAME),
    }
    below = places(
        view(["INBOX", "INBOX/a", "Sent"]), view([("Sent", "\\Sent")], "/", ""), Choices(below="Import/2026")
    )
    assert below == {"INBOX": "Import/2026/INBOX", "INBOX/a": "Import/2026/INBOX/a", "Sent": "Import/2026/Sent"}


def test_utf8_names_where_that_was_agreed_on() -> None:
    """From modified UTF-7 to UTF-8 and back; names are bytes as Latin-1."""
    modified = view(["Entw&APw-rfe", "A&-B"])
    modern = dataclasses.replace(view([]), utf8=True)
    there = places(modified, modern)
    assert there == {"Entw&APw-rfe": "Entwürfe".encode().decode("latin-1"), "A&-B": "A&B"}
    back = dataclasses.replace(view([name for name in there.values() if name]), utf8=True)
    assert sorted(filter(None, places(back, modified).values())) == sorted(there)


def test_servers_are_known_by_what_they_say() -> None:
    """Where nothing is known, capitals are supposed not to count."""
    assert [folds(said) for said in ("Dovecot (Debian) ready.", "Courier-IMAP", "Cyrus IMAP 3.6", "Exchange", "")] == [
        False,
        False,
        False,
        True,
        True,
    ]
    assert refused("* OK Dovecot") == ""


def test_namespaces_are_read() -> None:
    """RFC 2342 §5, with what does not belong there."""
    tokens = [[[b"INBOX.", b"."], [b"#mh/", b"/", b"X-PARAM", [b"A"]], [b"odd"]], b"NIL", [[b"", b"NIL"]]]
    assert namespaces(tokens) == Namespaces(
        (Namespace("INBOX.", "."), Namespace("#mh/", "/")), (), (Namespace("", None),)
    )
    assert namespaces([]) == Namespaces()


def test_hostile_mailboxes_take_no_time() -> None:
    """50,000 folders; names of 64 kB; a thousand levels."""
    many = view([f"Projekte/{number % 100}/Ordner {number} &AOk-" for number in range(50_000)])
    long = view(
        [f"{'x' * 64_000}{number}" for number in range(50)]
        + ["/".join("a" * 1000) + str(number) for number in range(200)]
    )
    for source in (many, long):
        began = time.process_time()
        made: Plan = plan(source, DOT)
        # Two seconds on a machine of these days; what grows with the square takes minutes.
        assert time.process_time() - began < 30
        assert len({one.destination for one in made.folders}) == len(source.folders)

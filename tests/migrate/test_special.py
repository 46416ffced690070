"""What folders are for."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.migrate import special
from mailwright.migrate.special import Use, chosen, folded, told

TABLE = tomllib.loads(Path(special.__file__).with_name("special.toml").read_text(encoding="utf-8"))
USES = {"sent": Use.SENT, "drafts": Use.DRAFTS, "trash": Use.TRASH, "junk": Use.JUNK, "archive": Use.ARCHIVE}
# One name each of what a mailbox has in these languages, and what providers call it.
LANGUAGES = {
    "en": ("Sent Items", "Drafts", "Deleted Items", "Junk E-mail"),
    "zh-CN": ("已发送", "草稿箱", "已删除", "垃圾邮件"),
    "zh-TW": ("寄件備份", "草稿匣", "垃圾桶", "垃圾郵件"),
    "de": ("Gesendete Elemente", "Entwürfe", "Papierkorb", "Spamverdacht"),
    "fr": ("Éléments envoyés", "Brouillons", "Corbeille", "Courrier indésirable"),
    "es": ("Elementos enviados", "Borradores", "Papelera", "Correo no deseado"),
    "it": ("Posta inviata", "Bozze", "Cestino", "Posta indesiderata"),
    "pt": ("Itens Enviados", "Rascunhos", "Lixeira", "Lixo Eletrônico"),
    "ja": ("送信済みアイテム", "下書き", "ゴミ箱", "迷惑メール"),
    "ko": ("보낸 편지함", "임시 보관함", "지운 편지함", "스팸 편지함"),
    "ru": ("Отправленные", "Черновики", "Корзина", "Спам"),
    "nl": ("Verzonden items", "Concepten", "Prullenbak", "Ongewenst"),
    "pl": ("Wysłane", "Kopie robocze", "Kosz", "Spam"),
    "tr": ("Gönderilmiş", "Taslaklar", "Çöp Kutusu", "Önemsiz"),
    "cs": ("Odeslané", "Koncepty", "Koš", "Nevyžádaná pošta"),
    "sv": ("Skickat", "Utkast", "Papperskorgen", "Skräppost"),
    "uk": ("Надіслані", "Чернетки", "Кошик", "Спам"),
    "QQ": ("Sent Messages", "Drafts", "Deleted Messages", "Junk"),
    "Gmail": ("Sent Mail", "Drafts", "Bin", "Spam"),
    "GroupWise": ("Sent Items", "Work In Progress", "Trash", "Junk Mail"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_in_many_languages(language: str) -> None:
    """Sent, drafts, trash and junk are known by their names, in capitals or not."""
    wanted = (Use.SENT, Use.DRAFTS, Use.TRASH, Use.JUNK)
    for name, use in zip(LANGUAGES[language], wanted, strict=True):
        for spelled in (name, name.lower(), f" {name}"):
            found = told(spelled, ())
            assert found is not None, spelled
            assert found.use is use


def test_no_name_means_two_things_and_each_has_a_source() -> None:
    """A name for sent mail here and for trash there would move mail to the wrong place."""
    for kind in ("names", "views"):
        meanings = defaultdict(set)
        for row in TABLE[kind]:
            assert row["source"]
            for name, use in ((name, key) for key in row.keys() - {"source"} for name in row[key]):
                meanings[folded(name)].add(use)
        assert not {name: uses for name, uses in meanings.items() if len(uses) > 1}


def test_the_attribute_is_worth_more_than_the_name() -> None:
    """A folder that the server calls \\Trash is that, whatever its name; XLIST's older words are known."""
    found = told("Sent", {"\\HASNOCHILDREN", "\\TRASH"})
    assert found is not None
    assert found.use is Use.TRASH
    assert {
        attribute: getattr(told("x", {attribute}), "use", None) for attribute in ("\\Spam", "\\AllMail", "\\Starred")
    } == {
        "\\Spam": Use.JUNK,
        "\\AllMail": Use.ALL,
        "\\Starred": Use.FLAGGED,
    }


def test_views_are_known_by_name_in_gmail_only() -> None:
    """Elsewhere a folder called Important is somebody's own."""
    assert told("Important", ()) is None
    found = told("重要", (), gmail=True)
    assert found is not None
    assert found.use is Use.IMPORTANT
    assert found.use.is_view


def test_of_several_one_is_chosen() -> None:
    """By attribute first, then in the order of the table; of equals the first."""
    names = [
        ("a", told("Sent Items", ())),
        ("b", told("Sent", ())),
        ("c", told("Gesendet", ())),
        ("d", told("Junk", ())),
    ]
    found = [(key, one) for key, one in names if one]
    assert chosen(found) == {Use.SENT: "b", Use.JUNK: "d"}
    marked = told("Whatever", {"\\SENT"})
    assert marked is not None
    assert chosen([*found, ("e", marked), ("f", marked)])[Use.SENT] == "e"


@given(st.text(), st.lists(st.text(max_size=8)))
def test_any_name_has_an_answer(name: str, attributes: list[str]) -> None:
    """Hostile names and attributes are no trouble."""
    assert told(name, attributes) is None or told(name, attributes) == told(name, attributes[::-1])

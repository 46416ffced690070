"""What a job found, as files for mail programs: the list of formats, and the file behind a link."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailwright import answers, export, texts
from mailwright.core import BadInput, Json

if TYPE_CHECKING:
    from mailwright import setup
    from mailwright.core import Profile

SCHEMA = 1
LONGEST_NAME = 120
# A day in 1980: the earliest a ZIP can hold, so that the same settings give the same bytes.
_ZIP_DAY = (1980, 1, 1, 0, 0, 0)
_ON_THE_PAGE = frozenset({"qr", "qr-text"})
"""Shown by itself, or for terminals."""
_SHOWN = ("sheet", "qr")
"""Beginnings of the formats that a browser shows by itself."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One format in the list. `stop`: why it cannot be made, "" if it can; `shown`: opens in the browser."""

    id: str
    name: str
    stop: str
    shown: bool
    steps: tuple[str, ...]
    notes: tuple[str, ...]


def profile_of(result: setup.Result, name: str) -> Profile:
    """The account as formats want it. Raises BadInput("export.nothing")."""
    return answers.profiles.of_result(result, name=" ".join(name.split())[:LONGEST_NAME])


def offers(
    words: texts.Words, profile: Profile, beside: frozenset[str] = frozenset()
) -> tuple[tuple[str, tuple[Offer, ...]], ...]:
    """Every format by its group, in the order of the table, but for those of `beside`."""
    groups: dict[str, list[Offer]] = {}
    for form in (form for form in export.FORMATS if form.id not in _ON_THE_PAGE | beside):
        groups.setdefault(form.group.value, []).append(offer(words, profile, form))
    return tuple((group, tuple(some)) for group, some in groups.items())


def offer(words: texts.Words, profile: Profile, form: export.Format) -> Offer:
    """One format."""
    steps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    try:
        made = export.render(form, profile, _choice(words))
    except BadInput as problem:
        stop = words.problem(problem).say
    else:
        stop, notes = _noted(words, made)
        steps = answers.using.steps(words, profile, made, choice=_choice(words))
    return Offer(form.id, words.client(f"name.{form.id}"), stop, form.id.startswith(_SHOWN), steps, notes)


def made(words: texts.Words, profile: Profile, format: str) -> export.Exported:
    """The files of a format. Raises BadInput for an unknown one and for fields it cannot hold."""
    return export.render(export.get(format), profile, _choice(words))


def single(one: export.Exported) -> export.File:
    """One file to download: several are put into a ZIP. Raises BadInput("export.stopped") when there is none."""
    if not one.files:
        raise BadInput("web.no_file", format=one.format)
    if len(one.files) == 1:
        return one.files[0]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in one.files:
            info = zipfile.ZipInfo(file.name, _ZIP_DAY)
            info.external_attr = (0o600 if file.private else 0o644) << 16
            archive.writestr(info, file.data)
    return export.File(f"{one.format}.zip", packed.getvalue(), "application/zip")


def document(profile: Profile, one: export.Exported) -> dict[str, Json]:
    """The document that `export --json` gives, with the contents in it."""
    spoken = {code: texts.Words(code) for code in texts.LANGUAGES}
    notes: list[Json] = [
        {"id": n.id, "stops": n.stops, "text": {code: _note(words, one.format, n) for code, words in spoken.items()}}
        for n in one.notes
    ]
    files: list[Json] = [dict(_file(file)) for file in one.files]
    return {
        "schema": SCHEMA,
        "address": str(profile.address),
        "proof": profile.proof.value,
        "exports": [{"format": one.format, "files": files, "notes": notes}],
    }


def listed() -> list[Json]:
    """Every format there is, for GET /formats."""
    told = {code: texts.Words(code) for code in texts.LANGUAGES}
    return [
        {
            "id": form.id,
            "group": form.group.value,
            "protocols": [protocol.value for protocol in form.protocols],
            "oauth": form.oauth,
            "name": {code: words.client(f"name.{form.id}") for code, words in told.items()},
        }
        for form in export.FORMATS
    ]


def _file(file: export.File) -> Iterator[tuple[str, Json]]:
    yield "name", file.name
    yield "media", file.media
    yield "private", file.private
    try:
        text = file.data.decode("utf-8")
    except UnicodeDecodeError:
        yield "base64", base64.b64encode(file.data).decode()
    else:
        yield "text", text


def _choice(words: texts.Words) -> export.Choice:
    return export.Choice(say=words.client, language=words.language)


def _note(words: texts.Words, format: str, note: export.Note) -> str:
    params = dict(note.params)
    if "format" in params:
        params["format"] = words.client(f"name.{format}")
    return words.client(f"note.{note.id}", **params)


def _noted(words: texts.Words, one: export.Exported) -> tuple[str, tuple[str, ...]]:
    stops = [_note(words, one.format, note) for note in one.notes if note.stops]
    return (stops[0] if stops else ""), tuple(_note(words, one.format, note) for note in one.notes if not note.stops)


def check(format: str) -> None:
    """Raises BadInput for a format there is none of."""
    export.get(format)

"""What was exported, told to people and to programs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailwright import answers, export, texts
from mailwright.cli import placed
from mailwright.core import BadInput, Profile, Proof

if TYPE_CHECKING:
    from mailwright.cli.screen import Screen
    from mailwright.core import Json

SCHEMA = 1
Paths = dict[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Written:
    """What was made, and the path of each file by format and name. `dry`: where it would be."""

    made: tuple[export.Exported, ...]
    paths: Paths
    dry: bool = False

    def of(self, one: export.Exported) -> list[str]:
        """The paths of the files of one format; none for stdout."""
        return [self.paths[one.format, file.name] for file in one.files if (one.format, file.name) in self.paths]


def told(screen: Screen, profile: Profile, choice: export.Choice, written: Written) -> None:
    """What was written, what it lacks, and how it is put to use: to stderr, the file itself went to stdout."""
    if profile.proof is Proof.FOUND:
        screen.note("export.found", address=str(profile.address))
    several = len(written.made) > 1
    for one in written.made:
        for path in written.of(one):
            screen.note("export.would_write" if written.dry else "export.written", file=path)
        for note in one.notes:
            key = "export.left_out" if note.stops and several else "export.note"
            screen.note(key, format=one.format, text=_note(screen.words, note))
        if not several:
            steps = answers.using.steps(screen.words, profile, one, choice=choice, paths=written.of(one))
            for number, step in enumerate(steps, start=1):
                screen.note("ask.step", number=number, step=step)


def _note(words: texts.Words, note: export.Note) -> str:
    """What is to be known, and what to do instead."""
    params = dict(note.params)
    if note.id.startswith("export."):  # the problem that kept one of several formats from being made
        problem = words.problem(BadInput(note.id, **params))
        return words.listed((problem.say, problem.next))
    between = "" if words.language == "zh" else " "
    return between.join((words.client(f"note.{note.id}", **params), words.client(f"note.{note.id}.instead", **params)))


def as_json(profile: Profile, made: tuple[export.Exported, ...], paths: Paths) -> str:
    """The document of export.schema.json."""
    spoken = {code: texts.Words(code) for code in texts.LANGUAGES}
    document: dict[str, Json] = {
        "schema": SCHEMA,
        "address": str(profile.address),
        "proof": profile.proof.value,
        "exports": [
            {
                "format": one.format,
                "files": [placed.document(file, paths.get((one.format, file.name))) for file in one.files],
                "notes": [
                    {"id": n.id, "stops": n.stops, "text": {code: _note(words, n) for code, words in spoken.items()}}
                    for n in one.notes
                ],
            }
            for one in made
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)

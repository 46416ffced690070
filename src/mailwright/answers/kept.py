"""An examination as a file: what a help desk judges that was seen elsewhere."""

from __future__ import annotations

import json
import re
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from mailwright import core
from mailwright.core import BadInput, Examination, Json, Line, Step, Trace, plain, restored

FORM = 1
MAX_FILE = 32 << 20
# The page that --report writes carries the same document.
_LISTED = re.compile(
    r'(\* (?:LIST|LSUB)\b(?: \([^)]*\))?(?: (?:NIL|"(?:\\.|[^"\\])*"))? ?)(.*)', re.IGNORECASE | re.DOTALL
)
_REPLY = re.compile(r"(?:[*+]|a\d+) ")
_FOLDER = "‹folder›"
_IN_PAGE = re.compile(r'<script type="application/json" id="examination">(.*?)</script>', re.DOTALL)


def packed(examination: Examination) -> dict[str, Json]:
    """As it is written, with the number of its form."""
    return {"form": FORM, **_object(plain(examination))}


def read(path: Path, stdin: BinaryIO | None = None) -> Examination:
    """From the JSON of `diagnose --json --trace`, or the page of `--report`; "-" is `stdin`.

    Raises BadInput: input.file, input.trace_cut (no whole JSON), input.trace_other (not ours), input.trace_form.
    """
    document = _parsed(_text(path, stdin), path)
    kept = document.get("examination") if isinstance(document.get("examination"), dict) else document
    assert isinstance(kept, dict)
    if "form" not in kept:
        raise BadInput("input.trace_other", file=str(path))
    form = kept["form"]
    if form != FORM:
        raise BadInput("input.trace_form", file=str(path), form=str(form)[:20], ours=FORM)
    try:
        examination = restored(Examination, {k: v for k, v in kept.items() if k != "form"}, vars(core))
    except (ValueError, BadInput) as error:
        raise BadInput("input.trace_other", file=str(path)) from error
    if examination.address is None:
        raise BadInput("input.trace_other", file=str(path))
    return examination


def folderless(examination: Examination) -> Examination:
    """The same without the names of the person's folders, which say much of a life and nothing of a cause."""
    evidence = examination.evidence
    if evidence is None:
        return examination
    made = (replace(seen, trace=_without_folders(seen.trace)) for seen in evidence.services)
    return replace(examination, evidence=replace(evidence, services=tuple(made)))


def _without_folders(trace: Trace) -> Trace:
    steps = (replace(step, lines=tuple(_masked(step, line) for line in step.lines)) for step in trace.steps)
    return replace(trace, steps=tuple(steps))


def _masked(step: Step, line: Line) -> Line:
    if line.who != "S":
        return line
    listed = _LISTED.match(line.text)
    if listed is not None:
        known = listed[2].strip('"').upper() == "INBOX"
        return line if known else replace(line, text=f"{listed[1]}{_FOLDER}")
    # A name that came as a literal stands alone.
    own = step.kind != "list" or _REPLY.match(line.text)
    return line if own else replace(line, text=_FOLDER)


def _text(path: Path, stdin: BinaryIO | None) -> str:
    try:
        with nullcontext(stdin) if stdin is not None and str(path) == "-" else path.open("rb") as file:
            raw = file.read(MAX_FILE + 1)
    except OSError as error:
        raise BadInput("input.file", file=str(path)) from error
    if len(raw) > MAX_FILE:
        raise BadInput("input.trace_other", file=str(path))
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text = raw.decode(encoding, errors="replace")
    found = _IN_PAGE.search(text)
    return found[1] if found else text


def _parsed(text: str, path: Path) -> dict[str, object]:
    if not text.lstrip().startswith("{"):
        raise BadInput("input.trace_other", file=str(path))
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput("input.trace_cut", file=str(path)) from error
    return document if isinstance(document, dict) else {}


def _object(value: Json) -> dict[str, Json]:
    assert isinstance(value, dict)
    return value

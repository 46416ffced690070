"""The real program as a child process, and what is true of every answer of it."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import jsonschema

import mailwright
from mailwright import lab as room
from mailwright.lab import plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mailwright.lab import Lab

SOURCE = Path(mailwright.__file__).parents[1]
SCHEMA = SOURCE / "mailwright" / "answers" / "setup.schema.json"
SECONDS = 60
LANGUAGES = ("zh", "en")
HAN = re.compile("[\u4e00-\u9fff]")
ESCAPE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Ran:
    """How it ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def both(self) -> str:
        return self.out + self.err


def environment(home: Path, *more: Mapping[str, str]) -> dict[str, str]:
    """Nothing of the person who runs the tests gets in."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR") if name in os.environ}
    base = {"PYTHONPATH": str(SOURCE), "LANG": "C.UTF-8", "HOME": str(home), "MAILWRIGHT_CONFIG": str(home / "config")}
    made = {**kept, **base}
    for variables in more:
        made |= variables
    return made


def command(*arguments: str | bytes) -> list[str | bytes]:
    return [sys.executable, "-m", "mailwright", *arguments]


@dataclass(frozen=True)
class Program:
    """Runs it with these variables; looks into every answer for passwords and tracebacks."""

    variables: dict[str, str]

    def __call__(
        self,
        *arguments: str | bytes,
        stdin: str | bytes = "",
        hidden: Iterable[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> Ran:
        done = subprocess.run(
            command(*arguments),
            input=stdin if isinstance(stdin, bytes) else stdin.encode(),
            capture_output=True,
            env={**self.variables, **(env or {})},
            timeout=SECONDS,
            check=False,
        )
        ran = Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
        check(ran, hidden)
        return ran

    def json(self, *arguments: str, stdin: str = "", hidden: Iterable[str] = ()) -> tuple[int, dict[str, Any]]:
        """The document of `setup --json`: valid, and all there is on stdout."""
        ran = self("setup", *arguments, "--json", stdin=stdin, hidden=hidden)
        return ran.code, valid(ran.out)

    def inside(self, lab: Lab) -> Program:
        """The same, led into the lab."""
        return Program({**self.variables, **room.environment(lab)})


def check(ran: Ran, hidden: Iterable[str] = ()) -> None:
    """No traceback, nothing a terminal would obey, and no secret in any form that goes over the wire."""
    assert "Traceback" not in ran.both
    assert not ESCAPE.search(ran.both.replace("\r\n", "\n"))
    assert not leaks(ran.both, hidden)


def leaks(text: str, hidden: Iterable[str] = ()) -> list[str]:
    """The secrets that `text` gives away: the lab's passwords and `hidden`, plain or in base64."""
    secrets = [*(account.password for account in plan.ACCOUNTS), *hidden]
    return [secret for secret in secrets if any(form in text for form in _forms(secret))]


def _forms(secret: str) -> list[str]:
    """As it is, and inside base64 whatever stands before it."""
    raw = secret.encode()
    shifted = (base64.b64encode(bytes(before) + raw).decode() for before in range(3))
    # The first and last group of four hold bits of what is around.
    written = (secret, quote(secret, safe=""), json.dumps(secret)[1:-1])
    return [*written, *(form[4:-4] for form in shifted if len(form) > 16)]


@lru_cache(maxsize=1)
def _validator() -> Any:
    return jsonschema.Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def valid(text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text)
    _validator().validate(document)
    return document


def ids(document: Mapping[str, Any]) -> set[str]:
    return {finding["id"] for finding in document["findings"]}


def answered(ran: Ran, code: int, *parts: str) -> None:
    """It ended so, and said all of that on stdout."""
    assert ran.code == code, ran
    missing = [part for part in parts if part not in ran.out]
    assert not missing, ran.out


def refused(ran: Ran, language: str, *parts: str) -> None:
    """Exit code 2, nothing on stdout, and a sentence with a next step in the right language."""
    assert not ran.out
    hindered(ran, language, *parts)


def hindered(ran: Ran, language: str, *parts: str) -> None:
    """Exit code 2 and that sentence, whatever was found before."""
    assert ran.code == 2, ran
    first, hint, *_ = ran.err.splitlines()[-2:]
    assert first.startswith("mailwright: ")
    assert hint.startswith({"zh": "提示：", "en": "hint: "}[language])
    assert bool(HAN.search(first + hint.partition("邮箱")[0])) == (language == "zh") or "邮箱" in hint
    assert all(part in ran.err for part in parts), ran.err


def rows(ran: Ran, separator: str = ",") -> list[Sequence[str]]:
    return [line.split(separator) for line in ran.out.splitlines()]

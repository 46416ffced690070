"""Reports that people wanted kept: in SQLite, each behind a link, with the consent, gone by itself after a while."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

from mailwright import answers, core, setup
from mailwright.core import BadInput, EmailAddress, Examination, Json, restored

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SOMEONE = "someone"
PATIENCE_SECONDS = 5.0
SWEEP_SECONDS = 3600.0
_Names: TypeAlias = tuple[re.Pattern[str], dict[str, str]]
_TABLE = """
CREATE TABLE IF NOT EXISTS report (
  id TEXT PRIMARY KEY, deletion TEXT NOT NULL, expires TEXT NOT NULL, examination TEXT NOT NULL,
  consent TEXT NOT NULL, consented TEXT NOT NULL, whole INTEGER NOT NULL
) WITHOUT ROWID"""
_INSERT = (
    "INSERT INTO report (id, deletion, expires, examination, consent, consented, whole) VALUES (?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class Report:
    """One kept report."""

    examination: Examination
    expires: datetime


class Kept:
    """The store. Every call opens the file anew, so that other programs may look at it or move it away.

    Raises BadInput("serve.store") for a file that cannot hold reports; later, all may raise sqlite3.Error.
    """

    def __init__(self, path: Path, days: int, clock: Callable[[], datetime]) -> None:
        self._path, self._days, self._clock = path, days, clock
        try:
            with closing(self._opened()) as store, store:
                store.execute(_TABLE)
                # Only writing shows that it can be written, and that the table is ours.
                store.execute(_INSERT, ("", "", "", "", "", "", 0))
                store.execute("DELETE FROM report WHERE id = ''")
            self.sweep()
        except sqlite3.Error as error:
            raise BadInput("serve.store", file=str(path), reason=str(error)) from error

    def add(self, examination: Examination, *, consent: str, whole: bool) -> tuple[str, str]:
        """Keep it: its id, and what deletes it. `consent`: the text that was agreed to; `whole`: with the address."""
        id, deletion = secrets.token_urlsafe(18), secrets.token_urlsafe(18)
        now = self._clock()
        packed = answers.kept.packed(answers.kept.folderless(examination if whole else anonymous(examination)))
        expires = (now + timedelta(days=self._days)).isoformat()
        row = (id, _hashed(deletion), expires, json.dumps(packed), consent, now.isoformat(), whole)
        self.sweep()
        with closing(self._opened()) as store, store:
            store.execute(_INSERT, row)
        return id, deletion

    def get(self, id: str) -> Report | None:
        """The report, unless its time is over."""
        with closing(self._opened()) as store:
            row = store.execute("SELECT examination, expires FROM report WHERE id = ?", (id,)).fetchone()
        if row is None or datetime.fromisoformat(row[1]) <= self._clock():
            return None
        packed = {key: value for key, value in json.loads(row[0]).items() if key != "form"}
        return Report(restored(Examination, packed, vars(core)), datetime.fromisoformat(row[1]))

    def delete(self, id: str, deletion: str) -> bool:
        """True when it was there and the link was the right one."""
        with closing(self._opened()) as store, store:
            done = store.execute("DELETE FROM report WHERE id = ? AND deletion = ?", (id, _hashed(deletion)))
            return done.rowcount > 0

    def sweep(self) -> None:
        """Forget what has expired."""
        with closing(self._opened()) as store, store:
            store.execute("DELETE FROM report WHERE expires <= ?", (self._clock().isoformat(),))

    def _opened(self) -> sqlite3.Connection:
        store = sqlite3.connect(self._path, timeout=PATIENCE_SECONDS)
        # What is deleted shall be gone from the disk, too.
        store.execute("PRAGMA secure_delete = ON")
        return store


def _hashed(deletion: str) -> str:
    return hashlib.sha256(deletion.encode()).hexdigest()


def anonymous(examination: Examination) -> Examination:
    """Without the address and the user names, wherever a server or a source repeated them."""
    address = examination.address
    assert address is not None
    typed = examination.typed
    if "@" in (typed.host or ""):
        typed = replace(typed, host=f"{SOMEONE}@{str(typed.host).rpartition('@')[2]}")
        examination = replace(examination, typed=typed)
    users = {typed.username or "", *_users(examination)}
    names = _names(address, users)
    nobody = EmailAddress(SOMEONE, address.domain)
    made = restored(Examination, _hidden(core.plain(examination), names), vars(core))
    found = made.discovery
    return replace(made, address=nobody, discovery=replace(found, address=nobody) if found is not None else None)


def _users(examination: Examination) -> set[str]:
    evidence = examination.evidence.services if examination.evidence is not None else ()
    tried = {login.username for seen in evidence for login in seen.logins}
    candidate = examination.discovery.candidate if examination.discovery is not None else None
    services = [*(seen.service for seen in evidence), *(candidate.services if candidate is not None else ())]
    assert examination.address is not None
    return tried | {core.expand(service.username.value, examination.address) for service in services}


def _names(address: EmailAddress, users: set[str]) -> _Names:
    """What to look for, and what to put there."""
    whole = {str(address), address.wire, f"{address.local}@{address.domain}", *(user for user in users if "@" in user)}
    alone = {address.local, *(user for user in users if "@" not in user)}
    forms = {form: f"{SOMEONE}@{address.domain}" for text in whole if text for form in _forms(text)}
    forms |= {form: SOMEONE for text in alone if text for form in _forms(text)}
    forms = {form.lower(): instead for form, instead in forms.items()}
    longest = "|".join(map(re.escape, sorted(forms, key=lambda form: (-len(form), form))))
    # In one pass: what was put there is not looked at again.
    return re.compile(rf"(?<![^\W_])(?:{longest})(?![^\W_])", re.IGNORECASE), forms


def _forms(text: str) -> set[str]:
    raw = text.encode("utf-8", "surrogatepass")
    return {text, quote(text, safe="", errors="replace"), base64.b64encode(raw).decode().rstrip("="), raw.hex()}


# Names of servers and our own words: a local part such as "imap" must not turn them into something else.
_FIXED = ("kind", "domain")
_WORDS = frozenset(
    str(word) for kind in vars(core).values() if isinstance(kind, type) and issubclass(kind, StrEnum) for word in kind
)


def _hidden(value: Json, names: _Names, key: str = "") -> Json:
    if isinstance(value, dict):
        return {name: _hidden(below, names, name) for name, below in value.items()}
    if isinstance(value, list):
        return [_hidden(below, names, key) for below in value]
    if isinstance(value, str) and key not in _FIXED and value not in _WORDS and not (key == "host" and _host(value)):
        pattern, instead = names
        return pattern.sub(lambda found: instead.get(found[0].lower(), SOMEONE), value)
    return value


def _host(text: str) -> bool:
    """A name of a server, and not an address that was typed where a server belongs."""
    try:
        return bool(core.check_host(text))
    except BadInput:
        return False


def judged(report: Report, shelf: setup.Shelf) -> setup.Examined:
    """What it means, by today's judgement."""
    return setup.judged(report.examination, shelf)

"""Finding the right sentence and filling in what was seen."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from mailwright.core import Finding, Look, Param, Problem, Sign, to_unicode
from mailwright.texts import filling

LANGUAGES = ("zh", "en")
FOLDER = Path(__file__).parent
# Seconds of a minute, an hour and a day; each is used from two of them on.
_SPANS = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))


@dataclass(frozen=True, slots=True)
class FindingText:
    """What it is, why, and what to do about it. `fix`: in a sentence; `steps`: one by one.

    `minutes`: what it takes whoever can mend it; `wait`: what has to be waited for besides, "" if
    nothing; `ask`: the question that tells this cause from its neighbours, "" if there is none.
    """

    title: str
    why: str
    fix: str
    steps: tuple[str, ...] = ()
    minutes: int = 0
    wait: str = ""
    ask: str = ""


@dataclass(frozen=True, slots=True)
class ProblemText:
    """What is wrong with the input, and the next step."""

    say: str
    next: str


class Words:
    """The sentences of one language ("zh" or "en"). `on_page`: for somebody who has no command line before them."""

    def __init__(self, language: str, *, on_page: bool = False) -> None:
        self.language = language
        self._on_page = on_page

    def say(self, key: str, **params: Param) -> str:
        """A phrase of a face. Raises KeyError for an unknown key: a mistake of ours, caught by the tests."""
        phrase: str = family(self.language, "face")[key]
        return filling.filled(phrase, params)

    def move(self, key: str, /, **params: Param) -> str:
        """A phrase about a mailbox that is moved. Raises KeyError as `say`."""
        phrase: str = family(self.language, "migrate")[key]
        return filling.filled(phrase, params)

    def fault(self, id: str) -> str:
        """What is wrong in a lab with that fault."""
        text: str = family(self.language, "faults")[id]
        return text

    def finding(self, finding: Finding, **more: Param) -> FindingText:
        """The texts of a finding; `more` adds to or replaces its parameters. Raises KeyError as `say`."""
        row = entry(self.language, finding.id)
        own = self._instead(finding.id)
        protocol = finding.protocol.value.upper() if finding.protocol is not None else ""
        facts = self.facts({"protocol": protocol, **dict(finding.params), **more})
        read = {name: _readable(value) for name, value in facts.items()}
        between = " " if self.language == "en" else ""
        return FindingText(
            filling.said(row["title"], read),
            between.join(filling.all_said(row["why"], read)),
            filling.said(own.get("fix", row["fix"]), facts),
            filling.all_said([own.get(str(at), step) for at, step in enumerate(row.get("steps", []))], facts),
            row.get("minutes", 0),
            filling.said(row.get("wait", ""), facts),
            filling.said(row.get("ask", ""), facts),
        )

    def problem(self, problem: Problem) -> ProblemText:
        """The texts of a problem."""
        row = family(self.language, "problems")[problem.id]
        return ProblemText(*(filling.filled(row[part], problem.params) for part in ("say", "next")))

    def cause(self, id: str) -> str:
        """A cause in a few words, without parameters."""
        name: str = family(self.language, "causes")[id]
        return name

    def first_cause(self, ids: Iterable[str]) -> str:
        """The first of these findings that is a cause, in a few words; "" where none is."""
        return next((name for id in ids if (name := family(self.language, "causes").get(id))), "")

    def sign(self, sign: Sign) -> str:
        """What was seen, in a phrase. A sign without a text of its own has that of its family ("reply.*")."""
        rows = family(self.language, "signs")
        head, _, tail = sign.id.partition(".")
        facts = self.facts({"what": self._named(head, tail), **dict(sign.params)})
        return filling.said(rows[sign.id] if sign.id in rows else rows[f"{head}.*"], facts)

    def listed(self, parts: Iterable[str]) -> str:
        """Phrases one after the other, each once."""
        return ("；" if self.language == "zh" else "; ").join(dict.fromkeys(parts))

    def decider(self, id: str) -> str:
        """The question ("ask.…") or the look (a LookKind value) that would decide between causes."""
        question: str = family(self.language, "diagnosis")[f"decide.{id}"]
        return question

    def look(self, look: Look) -> str:
        """What a further look showed, in a phrase."""
        rows = family(self.language, "diagnosis")
        given = {key: value for key, value in look.facts if isinstance(value, str | int | float)}
        for key in {"resolver", "a", "aaaa"} & given.keys():
            given[key] = rows.get(f"word.dns.{given[key]}", given[key])
        speaks, security = str(given.get("speaks", "")), given.get("security", "")
        modes = family(self.language, "face")
        given |= {"subject": look.subject, "speaks": speaks.upper()}
        given["security"] = modes.get(f"security.{security}", security)
        key = f"seen.{look.kind.value}.{look.outcome.value}"
        return filling.said(rows.get(f"seen.{look.kind.value}.{speaks}", rows[key]), self.facts(given))

    def facts(self, params: Mapping[str, Param]) -> dict[str, Param]:
        """Parameters as a person reads them: spans of time, modes of encryption and counts in words."""
        made = dict(params)
        if made.get("right_security"):
            made["right_security"] = self.say(f"security.{made['right_security']}")
        if self.language == "zh" and (name := str(made.get("provider", ""))) and name[-1].isascii():
            made["provider"] = f"{name} "  # Latin letters keep their distance from Chinese ones
        if made.get("differs"):
            made["differs"] = family(self.language, "face").get(f"differs.{made['differs']}", made["differs"])
        if (seconds := _number(made.get("ahead"))) is not None:
            way = "ahead" if seconds > 0 else "behind"
            made["ahead"] = self.phrase(f"clock.{way}", span=self.span(abs(seconds)))
        if (seconds := _number(made.get("wait"))) is not None:
            made["wait"] = self.span(seconds)
        return made

    def span(self, seconds: float) -> str:
        """A length of time in a unit that suits it."""
        unit, size = next((pair for pair in _SPANS if seconds >= 2 * pair[1]), _SPANS[-1])
        return self.phrase(f"span.{unit}", count=round(seconds / size))

    def phrase(self, key: str, **params: Param) -> str:
        """A phrase of the family "diagnosis"."""
        return filling.said(family(self.language, "diagnosis")[key], params)

    def client(self, key: str, /, **params: Param) -> str:
        """A phrase about the profiles of mail programs. Raises KeyError as `say`."""
        phrase: str = profiles(self.language)[key]
        return filling.filled(phrase, params)

    def page(self, key: str, /, **params: Param) -> str:
        """A phrase of the pages. Raises KeyError as `say`."""
        phrase: str = family(self.language, "page")[key]
        return filling.filled(phrase, params)

    def steps(self, format: str, /, **facts: Param) -> tuple[str, ...]:
        """How the profile of a format is put to use, step by step; what the facts do not suffice for is left out."""
        key = f"use.{format}"
        own = self._instead(key)
        steps = enumerate(profiles(self.language)[key])
        return filling.all_said([own.get(str(at), step) for at, step in steps], facts)

    def _instead(self, id: str) -> dict[str, filling.Piece]:
        """What is said on a page in place of steps that name commands."""
        own: dict[str, filling.Piece] = family(self.language, "instead").get(id, {}) if self._on_page else {}
        return own

    def _named(self, head: str, tail: str) -> str:
        """What stands behind the first word of a sign, in words where there are any."""
        if head == "reason":
            return self.say(f"reason.{tail}")
        named: str = family(self.language, "causes").get(tail, tail)
        return named


def entry(language: str, id: str) -> dict[str, Any]:
    """The texts of one finding. The file named like the beginning of its id is looked at first. Raises KeyError."""
    likely = sorted(families(language), key=lambda name: (not id.startswith(f"{name}."), -len(name), name))
    rows = (family(language, f"findings/{name}") for name in likely)
    row: dict[str, Any] | None = next((rows_of[id] for rows_of in rows if id in rows_of), None)
    if row is None:
        raise KeyError(id)
    return row


@lru_cache(maxsize=2)
def families(language: str) -> tuple[str, ...]:
    """The families of findings: a file is one."""
    return tuple(sorted(path.stem for path in (FOLDER / language / "findings").glob("*.toml")))


@lru_cache(maxsize=2)
def profiles(language: str) -> dict[str, Any]:
    """All texts about the profiles of mail programs."""
    files = sorted((FOLDER / language / "export").glob("*.toml"))
    return {key: text for path in files for key, text in family(language, f"export/{path.stem}").items()}


def finding_ids(language: str = "en") -> tuple[str, ...]:
    """Every finding that has texts, family by family."""
    return tuple(id for name in families(language) for id in family(language, f"findings/{name}"))


@lru_cache(maxsize=64)
def family(language: str, name: str) -> dict[str, Any]:
    """One file of texts."""
    return tomllib.loads((FOLDER / language / f"{name}.toml").read_text(encoding="utf-8"))


def language(chosen: str | None, environment: Mapping[str, str]) -> str:
    """The language to speak: as chosen, MAILWRIGHT_LANG, the locale, else English."""
    for wish in (chosen, environment.get("MAILWRIGHT_LANG"), _locale(environment)):
        code = (wish or "").lower().replace("_", "-").partition("-")[0].partition(".")[0]
        if code in LANGUAGES:
            return code
    return "en"


def headers() -> tuple[str, ...]:
    """What a column of addresses is called in any language, as `setup.rows.read` takes it."""
    keys = ("bulk.headers", "bulk.headers.vague")
    return tuple(name for key in keys for code in LANGUAGES for name in family(code, "face")[key].split())


def _locale(environment: Mapping[str, str]) -> str:
    # POSIX: the first that is set and not empty decides.
    return next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environment.get(name))), "")


def _readable(value: Param) -> Param:
    """What is told, not typed: names of hosts in their own letters; in an address the domain may be what is wrong."""
    return to_unicode(value) if isinstance(value, str) and "@" not in value else value


def _number(value: Param | None) -> float | None:
    if isinstance(value, str):
        return float(value) if value.isascii() and value.isdigit() else None
    return None if value is None else float(value)

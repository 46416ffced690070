"""Finding the right sentence and filling in what was seen."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from mailwright.core import Finding, Param, Problem

LANGUAGES = ("zh", "en")
FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class FindingText:
    """What it is, why, and what to do about it."""

    title: str
    why: str
    fix: str


@dataclass(frozen=True, slots=True)
class ProblemText:
    """What is wrong with the input, and the next step."""

    say: str
    next: str


class Words:
    """The sentences of one language ("zh" or "en")."""

    def __init__(self, language: str) -> None:
        self.language = language

    def say(self, key: str, **params: Param) -> str:
        """A phrase of a face. Raises KeyError for an unknown key: a mistake of ours, caught by the tests."""
        phrase: str = family(self.language, "face")[key]
        return phrase.format_map(params)

    def finding(self, finding: Finding, **more: Param) -> FindingText:
        """The texts of a finding; `more` adds to or replaces its parameters."""
        row = family(self.language, "findings")[finding.id]
        params: Mapping[str, Param] = {**dict(finding.params), **more}
        return FindingText(*(row[part].format_map(params) for part in ("title", "why", "fix")))

    def problem(self, problem: Problem) -> ProblemText:
        """The texts of a problem."""
        row = family(self.language, "problems")[problem.id]
        return ProblemText(*(row[part].format_map(problem.params) for part in ("say", "next")))


@lru_cache(maxsize=16)
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


def _locale(environment: Mapping[str, str]) -> str:
    # POSIX: the first that is set and not empty decides.
    return next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environment.get(name))), "")

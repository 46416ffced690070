"""Templates, and what all of them are given: words, the person's language, the safe ways to show foreign text."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import jinja2
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from mailwright import texts
from mailwright.core import Problem, to_unicode
from mailwright.web import glossary

if TYPE_CHECKING:
    from starlette.requests import Request

    from mailwright.web.options import Options

FOLDER = Path(__file__).parent
MARKS = {"ok": "✓", "bad": "✗", "unknown": "?", "none": "–", "warn": "!", "wait": "…"}
COOKIE = "lang"
YEAR = 365 * 24 * 3600
# What moves the cursor or turns the reading direction.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_PAGE = re.compile(r"(https://[A-Za-z0-9./_~?=&;%#-]*[A-Za-z0-9/])")
_COMMAND = re.compile(r"mailwright\s|--[a-z]")


@lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    """All templates; a name that is not given is a mistake of ours."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(safe_text=shown, linked=linked, readable=to_unicode)
    made.globals.update(marks=MARKS, terms=glossary.TERMS)
    return made


def shown(text: object) -> str:
    """Foreign text without what nobody can see."""
    return _UNSAFE.sub("\ufffd", str(text))


def linked(text: object) -> Markup:
    """Text of our own, its web pages as links; markup stays as it is."""
    safe = text if isinstance(text, Markup) else escape(shown(text))
    return Markup(_PAGE.sub(r'<a href="\1" rel="noreferrer">\1</a>', str(safe)))  # noqa: S704  # escaped


def render(template: str, words: texts.Words, /, **given: Any) -> str:  # noqa: ANN401  # whatever the template shows
    """A template, or a part of a page."""
    return (
        environment()
        .get_template(template)
        .render(
            words=words,
            t=words.page,
            say=words.say,
            marked=lambda text: glossary.marked(words, shown(text)),
            tongue="zh-CN" if words.language == "zh" else "en",
            **given,
        )
    )


def page(request: Request, options: Options, template: str, /, *, status: int = 200, **given: Any) -> HTMLResponse:  # noqa: ANN401  # as above
    """A whole page in the person's language, which is remembered when it was chosen."""
    words = spoken(request, options)
    keep = [(key, value) for key, value in request.query_params.multi_items() if key != "lang"][:8]
    made = HTMLResponse(
        render(
            template,
            words,
            path=request.url.path,
            kept=options.keep is not None,
            other={code: "?" + urlencode([*keep, ("lang", code)]) for code in texts.LANGUAGES},
            **given,
        ),
        status_code=status,
        headers={"Vary": "Accept-Language, Cookie", "Content-Language": words.language},
    )
    if request.query_params.get("lang") in texts.LANGUAGES:
        made.set_cookie(COOKIE, words.language, max_age=YEAR, httponly=True, samesite="lax", secure=options.https)
    return made


def spoken(request: Request, options: Options) -> texts.Words:
    """?lang, else the cookie, else Accept-Language, else the operator's choice."""
    wishes = [request.query_params.get("lang", ""), request.cookies.get(COOKIE, "")]
    wishes += _accepted(request.headers.get("accept-language", ""))
    codes = (wish.lower().partition("-")[0] for wish in wishes)
    return texts.Words(next((code for code in codes if code in texts.LANGUAGES), options.language), on_page=True)


def _accepted(header: str) -> list[str]:
    """RFC 9110 §12.5.4: the languages, the most wanted first."""
    ranked = []
    for at, part in enumerate(header[:500].split(",")[:20]):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        if weight > 0:
            ranked.append((-weight, at, tag.strip()))
    return [tag for _, _, tag in sorted(ranked)]


def problem_text(words: texts.Words, problem: Problem) -> str:
    """What is wrong, and the next step where it is none for a command line."""
    text = words.problem(problem)
    if _COMMAND.search(text.next):
        return text.say
    between, stop = ("", "。") if words.language == "zh" else (" ", ".")
    say = text.say if text.say.endswith(tuple("。.！!？?")) else text.say + stop
    return f"{say}{between}{text.next}"

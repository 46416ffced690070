"""`--report`: one self-contained page for the help desk, without secrets; `--from-trace` reads it, too."""

from __future__ import annotations

import html
import json
from dataclasses import replace
from pathlib import Path

from mailwright import setup, texts
from mailwright.answers import kept, said
from mailwright.answers.branches import Branch, grown
from mailwright.answers.told import Told, headline, told
from mailwright.core import UNSAFE

_STYLE = (Path(__file__).parent / "report.css").read_text
_MARKS = {"ok": "✓", "bad": "✗", "unknown": "?", "none": "–", "warn": "!"}


def page(words: texts.Words, examined: setup.Examined) -> str:
    """The page; of the conversation the names of folders are left out."""
    examination = kept.folderless(examined.examination)
    title = _text(headline(words, examined))
    data = json.dumps(kept.packed(examination), ensure_ascii=True).replace("<", "\\u003c")
    trace = said.trace_text(said.traces(replace(examined.result, evidence=examination.evidence)))
    body = "\n".join(
        [
            f"<h1>{title}</h1>",
            *(_cause(words, one) for one in told(words, examined)),
            f"<h2>{_text(words.say('report.seen'))}</h2>",
            f"<ul class=tree>{''.join(map(_branch, grown(words, examined)))}</ul>",
            f"<details><summary>{_text(words.say('report.trace'))}</summary><pre>{_text(trace)}</pre></details>",
            f"<p class=dim>{_text(words.say('report.foot'))}</p>",
        ]
    )
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{_STYLE(encoding='utf-8')}</style>"
    )
    language = "zh-CN" if words.language == "zh" else "en"
    saved = f'<script type="application/json" id="examination">{data}</script>'
    whole = f"<head>{head}</head>\n<body><main>\n{body}\n</main>\n{saved}</body>"
    return f'<!doctype html>\n<html lang="{language}">{whole}</html>\n'


def _cause(words: texts.Words, one: Told) -> str:
    rows = "".join(
        f"<dt>{_text(words.say(f'label.{label}'))}</dt><dd>{_text(line)}</dd>"
        for label, line in (*one.lines, ("who", one.who))
    )
    steps = "".join(f"<li>{_text(step)}</li>" for step in one.steps)
    return (
        f'<section class="{one.sign}"><h2>{_MARKS[one.sign]} {_text(one.title)}</h2><dl>{rows}</dl>'
        f"{f'<ol>{steps}</ol>' if steps else ''}<p class=dim>id: {_text(one.id)}</p></section>"
    )


def _branch(branch: Branch) -> str:
    below = f"<ul>{''.join(map(_branch, branch.below))}</ul>" if branch.below else ""
    return (
        f'<li class="{branch.sign}"><span class=mark>{_MARKS[branch.sign]}</span> <b>{_text(branch.label)}</b> '
        f"{_text(branch.text)}{below}</li>"
    )


def _text(text: str) -> str:
    return html.escape(UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text))

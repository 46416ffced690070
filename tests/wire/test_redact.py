"""Secrets stay out of text in every form."""

from __future__ import annotations

import base64
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.core import Outcome, Secret, plain
from mailwright.wire import Recorder
from mailwright.wire.redact import HIDDEN, Redactor

SECRET = 'Tr0ub4dor&"3\\ ñ'


def hidden(text: str, *secrets: str) -> str:
    redactor = Redactor()
    for secret in secrets:
        redactor.hide(Secret(secret))
    return redactor.redact(text)


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        SECRET.replace("\\", "\\\\").replace('"', '\\"'),
        quote(SECRET, safe=""),
        quote(SECRET, safe="").lower(),
        quote(SECRET),
        SECRET.encode().hex(),
        SECRET.encode().hex().upper(),
        base64.b64encode(SECRET.encode()).decode(),
    ],
)
def test_every_form_is_hidden(form: str) -> None:
    """Clear, escaped, percent, hex and base64 leave nothing behind."""
    assert hidden(f"<{form}>", SECRET) == f"<{HIDDEN}>"


def test_form_encoding_is_hidden() -> None:
    """A blank as a plus is a form as well."""
    assert hidden(quote_plus("correct horse"), "correct horse") == HIDDEN


@given(st.text(min_size=8, max_size=40), st.binary(max_size=9), st.binary(max_size=9))
def test_longer_base64_does_not_give_it_away(secret: str, before: bytes, after: bytes) -> None:
    """A secret within any base64 is cut out but for the characters it shares with its neighbours."""
    text = hidden(base64.b64encode(before + secret.encode() + after).decode(), secret)
    assert HIDDEN in text


def test_a_secret_inside_another_leaves_nothing() -> None:
    """The longer secret goes first, in whatever order they were told."""
    for order in (("wonder", "wonderland"), ("wonderland", "wonder")):
        assert hidden("wonderland wonder", *order) == f"{HIDDEN} {HIDDEN}"


def test_very_short_secrets_are_not_spelled_out_by_holes() -> None:
    """A secret of three characters is not cut out of every word."""
    assert hidden("OK the cat", "cat") == "OK the cat"


def test_recorder_bounds_lines_and_hides_in_facts() -> None:
    """A trace holds no more than so many lines of so many characters, none with the secret."""
    recorder = Recorder("wonderland.example")
    recorder.hide(Secret("wonderland"))
    step = recorder.step("login", user="wonderland")
    for _ in range(5000):
        step.line("S", "x" * 3000 + "wonderland")
    step.end(Outcome.NO, reply="no wonderland")
    trace = recorder.trace()
    assert len(trace.steps[0].lines) == 4000
    assert max(len(line.text) for line in trace.steps[0].lines) == 2000
    assert "wonderland" not in str(plain(trace))


def test_a_step_keeps_its_first_outcome() -> None:
    """Ending a step twice changes facts but not the outcome; an open step counts as cancelled."""
    recorder = Recorder("s")
    step = recorder.step("tls")
    assert recorder.trace().steps[0].outcome is Outcome.CANCELLED
    step.end(Outcome.NO)
    step.end(Outcome.OK, late=1)
    assert (recorder.trace().steps[0].outcome, recorder.trace().steps[0].fact("late")) == (Outcome.NO, 1)

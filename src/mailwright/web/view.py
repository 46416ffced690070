"""A finished check as a page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailwright import answers, diagnose, setup
from mailwright.core import Auth, Candidate, Outcome, Reason, SecretKind, Source, Trust
from mailwright.web import compared

if TYPE_CHECKING:
    from mailwright import texts
    from mailwright.core import Service, ServiceEvidence

_SIGNS = {"works": "ok", "found": "ok", "broken": "bad", "unknown": "unknown"}


@dataclass(frozen=True, slots=True)
class Filled:
    """What is typed into a mail program for one service."""

    protocol: str
    kind: str
    host: str
    port: int
    security: str
    username: str
    source: str


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A host nobody vouches for, and who named it."""

    host: str
    source: str


@dataclass(frozen=True, slots=True)
class Step:
    """What to do before: a heading, its steps."""

    head: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """All of it. `secret`: what the password is called there; `sign_in`: trying a password makes sense.

    `typed`: what was typed, beside what belongs there where that is known; `typed_protocol`: on which side;
    `refused`: a password was; `proved`: reading and sending were, whatever was typed.
    """

    verdict: str
    sign: str
    headline: str
    near: str
    causes: tuple[answers.told.Told, ...]
    ruled_out: str
    filled: tuple[Filled, ...]
    secret: str
    other_secret: bool
    how: tuple[Step, ...]
    tree: tuple[answers.branches.Branch, ...]
    trace: str
    doubtful: tuple[Doubtful, ...]
    sign_in: bool
    token: bool
    typed: tuple[compared.Compared, ...]
    typed_protocol: str
    refused: bool
    proved: bool


def view(words: texts.Words, examined: setup.Examined) -> View:
    """Of one examination, in one language."""
    result = examined.result
    candidate = result.discovery.candidate
    token = candidate is not None and _only_tokens(candidate)
    ruled = tuple(dict.fromkeys(out for one in examined.diagnoses for out in one.ruled_out))[:6]
    filled = tuple(_filled(words, result, service) for service in answers.said.services(result))
    secret = candidate.secret.value if candidate is not None and candidate.secret is not None else None
    return View(
        verdict=result.verdict.value,
        sign=_SIGNS[result.verdict.value],
        headline=answers.told.headline(words, examined),
        near=result.near or "",
        causes=answers.told.told(words, examined),
        ruled_out=words.listed(words.say("tree.ruled", cause=words.cause(r.id), sign=words.sign(r.by)) for r in ruled),
        filled=filled,
        secret=answers.said.secret_name(words, candidate) if candidate is not None else words.say("fill.password"),
        other_secret=secret is not None and secret.kind is not SecretKind.PASSWORD and secret.when == "always",
        how=_how(words, examined, candidate),
        tree=answers.branches.grown(words, examined),
        trace=answers.said.trace_text(answers.said.traces(result)),
        doubtful=_doubtful(words, examined),
        sign_in=not token and _reachable(examined),
        token=token,
        typed=compared.compared(words, examined),
        typed_protocol=setup.protocol_of(examined.examination.typed).value,
        refused=any(login.outcome is Outcome.NO for seen in _seen(examined) for login in seen.logins),
        proved=result.account is not None,
    )


def _seen(examined: setup.Examined) -> tuple[ServiceEvidence, ...]:
    evidence = examined.result.evidence
    return evidence.services if evidence is not None else ()


def _only_tokens(candidate: Candidate) -> bool:
    """No password is taken: the book says so, or every service names other ways only."""
    ways = [service.auth.value for service in candidate.services]
    others = bool(ways) and all(way and not {Auth.PASSWORD, Auth.ENCRYPTED_PASSWORD} & set(way) for way in ways)
    return bool(ways) and (others or diagnose.needs_token(candidate))


def _filled(words: texts.Words, result: setup.Result, service: Service) -> Filled:
    endpoint, origin = service.endpoint.value, service.endpoint.provenance
    return Filled(
        service.protocol.value,
        words.say(f"fill.{service.protocol.value}"),
        endpoint.host,
        endpoint.port,
        words.say(f"security.{endpoint.security.value}"),
        answers.said.username(result, service),
        words.say(f"source.{origin.source.value}"),
    )


def _how(words: texts.Words, examined: setup.Examined, candidate: Candidate | None) -> tuple[Step, ...]:
    """How to switch a protocol on and how to get the secret, unless a cause says it already."""
    if candidate is None or examined.result.account is not None:
        return ()
    ids, made = {finding.id for finding in examined.result.findings}, []
    if not ids & set(answers.remedy.CURED_BY_SWITCH):
        for row in candidate.switch_on:
            steps = row.value.steps.get(words.language, ())
            if row.value.default != "on" and steps:
                names = "/".join(protocol.value.upper() for protocol in row.value.protocols)
                made.append(
                    Step(words.page("how.switch_on", protocols=names), _with_page(words, steps, row.value.page))
                )
    help_ = candidate.secret.value if candidate.secret is not None else None
    if help_ is not None and help_.kind is not SecretKind.PASSWORD and not ids & set(answers.remedy.CURED_BY_SECRET):
        steps = help_.steps.get(words.language, ())
        if steps or help_.page:
            head = words.say(f"howto.secret.{help_.when}", what=answers.said.secret_name(words, candidate))
            made.append(Step(head, _with_page(words, steps, help_.page)))
    return tuple(made[:3])


def _with_page(words: texts.Words, steps: tuple[str, ...], page: str) -> tuple[str, ...]:
    return (*steps, *((words.say("steps.page", page=page),) if page else ()))


def _doubtful(words: texts.Words, examined: setup.Examined) -> tuple[Doubtful, ...]:
    """Hosts that get a password only after a yes; of one that does not exist nobody is asked."""
    missing = answers.said.missing_hosts(examined.result)
    found = {
        seen.service.endpoint.value.host: seen.service.endpoint.provenance.source
        for seen in _seen(examined)
        if seen.service.trust is not Trust.TRUSTED and seen.service.endpoint.value.host not in missing
    }
    return tuple(
        Doubtful(host, words.page("typed_by_you") if source is Source.USER else words.say(f"source.{source.value}"))
        for host, source in found.items()
    )


def _reachable(examined: setup.Examined) -> bool:
    """Somebody answered who could be given a password, or only a yes is missing; not when all is proved already."""
    return examined.result.account is None and any(
        seen.outcome is Outcome.OK or seen.reason is Reason.NOT_CONFIRMED or seen.logins for seen in _seen(examined)
    )

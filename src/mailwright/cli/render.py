"""Results as rows for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailwright import answers, texts
from mailwright.cli.screen import Screen, pad
from mailwright.core import (
    Candidate,
    Discovery,
    Finding,
    Fixer,
    Outcome,
    Probe,
    Protocol,
    Provenance,
    Service,
    ServiceEvidence,
    Severity,
    Source,
    Stage,
)

if TYPE_CHECKING:
    from mailwright import setup


def settings(screen: Screen, discovery: Discovery) -> None:
    """The row that says where the settings come from."""
    words = screen.words
    best = _first_service(discovery.candidate)
    if best is None:
        closed = discovery.candidate is not None
        screen.row(
            "bad" if closed else "unknown", words.say("row.settings"), words.say(f"row.{_absent(closed=closed)}")
        )
        return
    origin = best.endpoint.provenance
    checked = words.say("row.checked", date=origin.checked.isoformat()) if origin.checked else ""
    where = f"{origin.where} {checked}".strip() if checked else origin.where
    screen.row("ok", words.say("row.settings"), words.say(f"source.{origin.source.value}"), where)


def _absent(*, closed: bool) -> str:
    return "closed" if closed else "none"


def probed(screen: Screen, service: Service, probe: Probe) -> None:
    """A row for a service that was looked at but not signed in to."""
    words, endpoint = screen.words, service.endpoint.value
    good = probe.outcome is Outcome.OK
    told = answers.said.tls_text(words, probe.tls) if good else words.say(f"reason.{probe.reason.value}")
    screen.row(_sign(probe.outcome), words.say(f"row.{service.protocol.value}"), endpoint.shown, told)


def seen(screen: Screen, evidence: ServiceEvidence, *, before: bool) -> None:
    """Rows for a service. `before`: nothing was probed earlier, so the greeting has its own row."""
    words, protocol = screen.words, evidence.service.protocol
    endpoint = evidence.service.endpoint.value.shown
    if evidence.stage is Stage.CAPABILITY and evidence.outcome is Outcome.OK:
        # For sending one row is enough: it comes at the end and says "accepted".
        if before and protocol.incoming:
            screen.row("ok", words.say(f"row.{protocol.value}"), endpoint, answers.said.tls_text(words, evidence.tls))
    elif evidence.works:
        screen.row("ok", words.say(f"row.login.{protocol.value}"), *_success(words, evidence))
    else:
        signing_in = list(Stage).index(evidence.stage) >= list(Stage).index(Stage.LOGIN)
        label = words.say(f"row.login.{protocol.value}" if signing_in else f"row.{protocol.value}")
        told = str(evidence.reply) if evidence.reply else words.say(f"reason.{evidence.reason.value}")
        screen.row(_sign(evidence.outcome), label, endpoint, told)


def _sign(outcome: Outcome) -> str:
    """A time-out is not a "no", and what was left alone is neither."""
    signs = {Outcome.OK: "ok", Outcome.TIMEOUT: "unknown", Outcome.CANCELLED: "none"}
    return signs.get(outcome, "bad")


def _success(words: texts.Words, evidence: ServiceEvidence) -> tuple[str, str]:
    boxes = evidence.mailboxes
    if boxes is None or boxes.messages is None:
        key = "row.signed_in" if evidence.service.protocol.incoming else "row.accepted"
        return evidence.service.endpoint.value.shown, words.say(key)
    key = "row.messages" if boxes.folders is None else "row.messages_folders"
    return words.say(key, messages=boxes.messages, folders=boxes.folders or 0), ""


def conclusion(screen: Screen, result: setup.Result, *, trace: bool, further: bool = True) -> None:
    """The answer: verdict, findings with their fixes, what to fill in, the next step."""
    words, candidate = screen.words, result.discovery.candidate
    screen.data("")
    screen.data(screen.paint(words.say(f"verdict.{result.verdict}", address=str(result.discovery.address)), "bold"))
    if result.near is not None:
        screen.data(screen.paint(words.say("near", address=result.near), "bold"))
    for finding in answers.said.findings(result):  # the JSON has all of them
        _finding(screen, finding, answers.remedy.text(words, finding, candidate, result.discovery.address))
    if candidate is not None and candidate.services:
        _fill_in(screen, result)
    if candidate is not None and result.account is None:
        _how_to(screen, candidate, result.findings)
    if trace:
        screen.data("")
        screen.data(answers.said.trace_text(answers.said.traces(result)))
    if further:  # what to do next, where that is `setup` again
        screen.data("")
        screen.data(words.say(f"next.{_next(result)}", address=str(result.discovery.address)))


def _next(result: setup.Result) -> str:
    """Which next step: trying again is no use where the person has to do something first."""
    if any(f.id == "provider.closed" for f in result.findings):
        return "closed"
    yours = any(f.who is Fixer.YOU and f.severity is not Severity.INFO for f in result.findings)
    return "broken" if result.verdict.value == "unknown" and yours else result.verdict.value


def _finding(screen: Screen, finding: Finding, text: texts.FindingText) -> None:
    words = screen.words
    sign = {Severity.ERROR: "bad", Severity.UNKNOWN: "unknown", Severity.WARNING: "warn", Severity.INFO: "none"}
    screen.data("")
    screen.headline(sign[finding.severity], text.title)
    screen.paragraph(f"  {pad(words.say('label.why'), 6)}", text.why)
    if finding.param("reply"):
        screen.paragraph(f"  {pad(words.say('label.said'), 6)}", f"{finding.param('host')}: {finding.param('reply')}")
    screen.paragraph(f"  {pad(words.say('label.fix'), 6)}", text.fix)
    # A single step says what the sentence has just answers.said.
    for number, step in enumerate(text.steps if len(text.steps) > 1 else (), start=1):
        screen.paragraph(f"        {number}. ", step)
    who = words.phrase("who.minutes", who=words.say(f"who.{finding.who.value}"), minutes=text.minutes)
    proof = words.say("label.proof", steps=" ".join(finding.proof)) if finding.proof else ""
    screen.data(screen.paint(f"  {pad(words.say('label.who'), 6)}{who}   {proof}   id: {finding.id}", "dim"))


def _fill_in(screen: Screen, result: setup.Result) -> None:
    """What a person types into a mail program, with where each line comes from."""
    words, discovery = screen.words, result.discovery
    screen.data("")
    for service in answers.said.services(result):
        endpoint = service.endpoint.value
        user = answers.said.username(result, service)
        kind = words.say(f"fill.{service.protocol.value}")
        secure = words.say(f"security.{endpoint.security.value}")
        line = f"{pad(endpoint.host, 30)}{pad(str(endpoint.port), 7)}{pad(secure, 12)}{user}"
        origin = words.say(f"source.{service.endpoint.provenance.source.value}")
        screen.data(f"  {pad(kind, 18)}{line}  {screen.paint(f'[{origin}]', 'dim')}")
    candidate = discovery.candidate
    if candidate is not None and candidate.secret is not None:
        screen.data(f"  {pad(words.say('fill.secret'), 18)}{answers.said.secret_name(words, candidate)}")


def _how_to(screen: Screen, candidate: Candidate, findings: tuple[Finding, ...]) -> None:
    """What has to be done at the provider first, unless a finding has just said it."""
    words, language = screen.words, screen.words.language
    switched = any(f.id in answers.remedy.CURED_BY_SWITCH for f in findings)
    for switch in (row.value for row in candidate.switch_on if row.value.default != "on" and not switched):
        protocols = "/".join(p.value.upper() for p in switch.protocols)
        # Where IMAP is open already, POP3 concerns only those who want it.
        key = "howto.switch_pop3" if switch.protocols == (Protocol.POP3,) else "howto.switch_on"
        _numbered(screen, words.say(key, protocols=protocols), switch.steps[language], switch.page)
    told = any(f.id in answers.remedy.CURED_BY_SECRET for f in findings)
    if candidate.secret is not None and candidate.secret.value.kind != "password" and not told:
        help_ = candidate.secret.value
        title = words.say(f"howto.secret.{help_.when}", what=answers.said.secret_name(words, candidate))
        _numbered(screen, title, help_.steps[language], help_.page)
    for note in candidate.notes:
        screen.data("")
        screen.paragraph("  ", words.say("howto.note", note=note[language]))


def _numbered(screen: Screen, title: str, steps: tuple[str, ...], page: str) -> None:
    screen.data("")
    screen.data(f"  {title}" + (f"  {page}" if page else ""))
    for number, step in enumerate(steps, start=1):
        screen.paragraph(f"    {number}. ", step)


def secret_hint(screen: Screen, candidate: Candidate) -> None:
    """Before asking: where to get the authorization code or app password, if it needs one."""
    words = screen.words
    if candidate.secret is None or candidate.secret.value.kind == "password":
        return
    help_ = candidate.secret.value
    screen.say("ask.hint", what=answers.said.secret_name(words, candidate))
    for number, step in enumerate(help_.steps.get(words.language, ()), start=1):
        screen.say("ask.step", number=number, step=step)


def doubtful(screen: Screen, services: tuple[Service, ...]) -> None:
    """The hosts nobody vouches for, in full, before the question."""
    hosts: dict[str, Provenance] = {}
    for service in services:
        hosts.setdefault(service.endpoint.value.host, service.endpoint.provenance)
    for host, origin in hosts.items():
        screen.say("ask.doubt_typed" if origin.source is Source.USER else "ask.doubt", host=host, where=origin.where)


def _first_service(candidate: Candidate | None) -> Service | None:
    return candidate.services[0] if candidate is not None and candidate.services else None

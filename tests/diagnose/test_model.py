"""The model as a whole: its tables fit together, and whatever is examined is judged soberly."""

from __future__ import annotations

import ast
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwright import diagnose
from mailwright.core import (
    Diagnosis,
    Evidence,
    Examination,
    LookKind,
    Outcome,
    Reason,
    ServiceEvidence,
    Severity,
    Stage,
)
from mailwright.diagnose import causes, interceptors, weighing
from tests.diagnose import cases, situations
from tests.diagnose.examined import REPLIES, SHELF, examined, judged
from tests.diagnose.strategies import examinations

LABELS = [
    "auth.bad_credentials",
    "auth.username_form",
    "auth.app_password",
    "auth.authcode",
    "auth.oauth_only",
    "auth.oauth_expired",
    "auth.wrong_mailbox",
    "auth.protocol_off_user",
    "auth.protocol_off_admin",
    "auth.policy_admin",
    "auth.web_login",
    "auth.locked",
    "auth.too_many_attempts",
    "auth.password_expired",
    "auth.password_policy",
    "auth.client_id",
    "auth.mechanism",
    "auth.required",
    "client.syntax",
    "proto.tls_required",
    "proto.tls_mode",
    "proto.wrong_port",
    "proto.wrong_service",
    "host.wrong_cluster",
    "host.typo",
    "input.blank",
    "input.fullwidth",
    "input.percent",
    "input.paste",
    "limit.connections",
    "limit.rate",
    "limit.bandwidth",
    "limit.quota",
    "limit.locked_mailbox",
    "server.overload",
    "server.maintenance",
    "server.misconfig",
    "server.disk_full",
    "policy.sender",
    "policy.sending_banned",
    "policy.ip_blocked",
    "policy.geo_blocked",
    "dns.nxdomain",
    "dns.servfail",
    "dns.timeout",
    "dns.nodata",
    "dns.hijack",
    "net.refused",
    "net.timeout",
    "net.reset",
    "net.unreachable",
    "net.portal",
    "net.proxy",
    "net.ipv6_broken",
    "net.mtu",
    "net.slow",
    "tls.version",
    "tls.cipher",
    "tls.expired",
    "tls.not_yet_valid",
    "tls.clock",
    "tls.name",
    "tls.self_signed",
    "tls.unknown_ca",
    "tls.intermediate",
    "tls.interception",
    "tls.weak_key",
    "tls.client_cert",
    "tls.sni",
]


def test_every_label_is_a_cause() -> None:
    """All causes that have a name can be concluded, each once."""
    ids = [entry.id for entry in causes.TABLE]
    assert len(ids) == len(set(ids))
    assert set(LABELS) <= set(ids)


def _read_somewhere() -> tuple[set[str], list[str]]:
    """The signs that the readers name, whole or by their beginning."""
    folder = Path(diagnose.__file__).parent / "signs"
    whole: set[str] = set()
    beginnings: list[str] = []
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                beginnings.append(str(node.values[0].value))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
    return whole, [text for text in beginnings if re.fullmatch(r"[a-z_]+\.[a-z_.]*", text)]


@pytest.mark.parametrize("entry", causes.TABLE, ids=lambda entry: entry.id)
def test_every_sign_is_read_somewhere(entry: causes.Entry) -> None:
    """No cause waits for a sign that nobody reads."""
    whole, beginnings = _read_somewhere()
    for sign in {*entry.supports, *entry.against, *entry.excludes, *entry.needs} - {f"reply.{entry.id}"}:
        assert sign in whole or sign.startswith(tuple(beginnings)), sign
    assert set(entry.needs) <= {*entry.supports, f"reply.{entry.id}"}
    looks = {kind.value for kind in LookKind}
    assert all(way in looks or way.startswith("ask.") for way in entry.decided_by)
    assert all(weight > 0 for weight in (*entry.supports.values(), *entry.against.values()))
    assert len(set(entry.all_params)) == len(entry.all_params)


def test_an_unknown_cause() -> None:
    """An id that is no cause is a mistake of ours and says so."""
    assert causes.known("auth.authcode")
    assert not causes.known("auth.nonsense")
    with pytest.raises(KeyError):
        causes.entry("auth.nonsense")


ISSUERS = [
    (situations.AVAST, "Avast / AVG"),
    ("CN=AVG Web/Mail Shield Root", "Avast / AVG"),
    ("CN=Kaspersky Anti-Virus Personal Root Certificate,O=AO Kaspersky Lab", "Kaspersky"),
    ("CN=ESET SSL Filter CA,O=ESET\\, spol. s r. o.", "ESET"),
    ("CN=Bitdefender Personal CA.avfree000,OU=IDS,O=Bitdefender", "Bitdefender"),
    ("CN=Norton Web/Mail Shield Root", "Norton"),
    (situations.FORTI, "FortiGate"),
    ("CN=Zscaler Intermediate Root CA (zscaler.net)", "Zscaler"),
    ("CN=mitmproxy,O=mitmproxy", "mitmproxy"),
    ("CN=DO_NOT_TRUST_FiddlerRoot", "Fiddler"),
    ("CN=R11,O=Let's Encrypt,C=US", ""),
    ("CN=Avalanche Mail CA", ""),
    ("CN=Sophosticated CA", ""),
    ("CN=DigiCert Global G2 TLS RSA SHA256 2020 CA1,O=DigiCert Inc,C=US", ""),
    ("", ""),
]


@pytest.mark.parametrize(("issuer", "name"), ISSUERS)
def test_interceptors(issuer: str, name: str) -> None:
    """Those who sign certificates of their own are known by whole words of their names."""
    found = interceptors.behind(issuer)
    assert (found.name if found is not None else "") == name


SCORES = st.lists(st.floats(-200, 400), max_size=12)


@given(SCORES)
def test_confidences(scores: list[float]) -> None:
    """They lie between 0 and 1, add up to at most 1 and keep the order of the scores."""
    sure = weighing.confidences(scores)
    assert all(0 <= one <= 1 for one in sure)
    assert sum(sure) <= 1
    pairs = sorted(zip(scores, sure, strict=True))
    assert [one for _, one in pairs] == sorted(sure)


def check(diagnosis: Diagnosis) -> None:
    """What holds of every diagnosis."""
    sure = [cause.confidence for cause in diagnosis.causes]
    assert diagnosis.causes
    assert all(0 <= one <= 1 for one in sure)
    assert sum(sure) <= 1 + 1e-9
    assert sure == sorted(sure, reverse=True)
    assert 1 <= diagnosis.tied <= max(1, len(causes.TABLE))
    for cause in diagnosis.causes:
        assert {key for key, _ in cause.params} == set(causes.entry(cause.id).all_params)
        assert cause.speaks_for


@settings(max_examples=150, deadline=None)
@given(examinations())
def test_any_examination(examination: Examination) -> None:
    """Whatever was typed and seen is judged without a stumble, the same each time, and soberly."""
    found = diagnose.judge(examination, REPLIES, SHELF)
    assert found == diagnose.judge(examination, REPLIES, SHELF)
    for diagnosis in found:
        check(diagnosis)
    protocols = [d.protocol for d in found if d.causes[0].severity is not Severity.WARNING and d.protocol is not None]
    assert len(protocols) <= len(set(protocols)) + 1
    wanted = diagnose.wanted(examination, found)
    assert len(set(wanted)) == len(wanted)
    findings = diagnose.findings_of(examination, found)
    assert {d.causes[0].id for d in found} <= {finding.id for finding in findings}


@settings(max_examples=100, deadline=None)
@given(examinations())
def test_what_is_excluded_is_not_shown(examination: Examination) -> None:
    """A cause that a sign rules out is never named beside those that are left."""
    for diagnosis in diagnose.judge(examination, REPLIES, SHELF):
        out = {one.id for one in diagnosis.ruled_out}
        # Where nothing at all would be left, the likeliest is named in spite of it.
        assert not out & {cause.id for cause in diagnosis.causes} or out >= {cause.id for cause in diagnosis.causes}


def test_works_and_fails() -> None:
    """Every protocol that was tried and does not work has a diagnosis of its own or of the whole."""
    for reason in Reason:
        if reason in (Reason.NONE, Reason.NOT_TRIED):
            continue
        for stage in Stage:
            seen = ServiceEvidence(situations.HERE, stage, Outcome.FAILED, reason=reason)
            assert judged(examined(seen, situations.SEND, found=situations.FOUND)), (reason, stage)


def test_it_is_quick() -> None:
    """A judgement takes a few milliseconds, so that a face may ask for it after each look."""
    for examination, _ in cases.ALL.values():
        judged(examination)
    began = time.perf_counter()
    for examination, _ in cases.ALL.values():
        judged(examination)
    each = (time.perf_counter() - began) / len(cases.ALL)
    assert each < 0.005, each


def test_an_examination_of_nothing() -> None:
    """Nothing examined, nothing wrong."""
    assert diagnose.judge(Examination(), REPLIES, SHELF) == ()
    assert diagnose.judge(Examination(evidence=Evidence(())), None, None) == ()
    assert diagnose.wanted(Examination(), ()) == ()

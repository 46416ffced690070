"""Findings made from a rule and what was seen."""

from __future__ import annotations

from collections.abc import Mapping

from mailwright.core import Finding, Param, ServiceEvidence
from mailwright.diagnose.rules import Rule


def finding(rule: Rule, params: Mapping[str, Param], seen: ServiceEvidence | None = None) -> Finding:
    """`params` fill the placeholders of the texts; what was seen adds host, port, reply and user names."""
    if seen is None:
        return Finding(rule.id, rule.severity, rule.who, tuple(params.items()))
    endpoint = seen.service.endpoint.value
    about: dict[str, Param] = {
        "host": endpoint.host,
        "port": endpoint.port,
        "reply": str(seen.reply) if seen.reply else "",
        "username": ", ".join(dict.fromkeys(login.username for login in seen.logins)),
        **params,
    }
    return Finding(rule.id, rule.severity, rule.who, tuple(about.items()), endpoint.protocol, (seen.stage.value,))

"""A diagnosis as JSON: the document of diagnose.schema.json."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mailwright.answers import document as base
from mailwright.answers import kept
from mailwright.core import plain

if TYPE_CHECKING:
    from mailwright import setup
    from mailwright.core import Cause, Diagnosis, Json, Sign


def as_json(examined: setup.Examined, *, trace: bool) -> str:
    """The document of diagnose.schema.json."""
    return json.dumps(document(examined, trace=trace), ensure_ascii=False, indent=2)


def document(examined: setup.Examined, *, trace: bool) -> dict[str, Json]:
    """As plain JSON types. `trace`: with the whole examination, which `--from-trace` reads again."""
    made: dict[str, Json] = {
        **base.document(examined.result, trace=False),
        "causes": [_cause(cause) for cause in examined.causes],
        "diagnoses": [_diagnosis(one) for one in examined.diagnoses],
        "ruled_out": [
            {"id": out.id, "protocol": out.protocol, "by": _sign(out.by)}
            for one in examined.diagnoses
            for out in one.ruled_out
        ],
        "typed": plain(examined.examination.typed),
        "looks": [plain(look) for look in examined.examination.looks],
    }
    if trace:
        made["examination"] = kept.packed(examined.examination)
    return made


def _cause(cause: Cause) -> dict[str, Json]:
    return {
        "id": cause.id,
        "confidence": round(cause.confidence, 3),
        "who": cause.who.value,
        "severity": cause.severity.value,
        "protocol": cause.protocol.value if cause.protocol else None,
        "params": dict(cause.params),
        "for": [_sign(sign) for sign in cause.speaks_for],
        "against": [_sign(sign) for sign in cause.speaks_against],
    }


def _sign(sign: Sign) -> Json:
    return {"id": sign.id, "params": dict(sign.params), "strength": round(sign.strength, 3)}


def _diagnosis(one: Diagnosis) -> Json:
    return {
        "protocol": one.protocol.value if one.protocol else None,
        "causes": [cause.id for cause in one.causes],
        "tied": one.tied,
        "decider": one.decider,
    }

"""The HTTP API under /api/v1: the same documents as the command line, at once or as a job to be watched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from mailwright import answers, book, setup, texts
from mailwright.core import BadInput, Discovery, Json, Problem, Protocol, ServiceEvidence, SourceAnswer, meant_place
from mailwright.web import asking, explaining, exports, openapi, stream, templating
from mailwright.web.client import client
from mailwright.web.face import Event, Looking, Probed
from mailwright.web.refusal import Refusal

if TYPE_CHECKING:
    from starlette.requests import Request

    from mailwright.core import Service
    from mailwright.web.jobs import Job
    from mailwright.web.shop import Shop

PREFIX = "/api/v1"
SCHEMA = 1
MEDIA = "application/json"
_EXPORT_FIELDS = ("format", "address", "setup", "name", "protocol", "lang")
_EXPLAIN_FIELDS = ("text", "protocol", "host", "provider")


class Api:
    """Handlers for Starlette; each method is a route, named in the access log."""

    def __init__(self, shop: Shop) -> None:
        self._shop, self._options = shop, shop.options

    async def setup(self, request: Request) -> Response:
        """As `mailwright setup --json`."""
        return await self._checked(request, whole=False)

    async def diagnose(self, request: Request) -> Response:
        """As `mailwright diagnose --json`."""
        return await self._checked(request, whole=True)

    async def api_job(self, request: Request) -> Response:
        """How a job stands, and its document once it is there."""
        job = self._job(request)
        if job.over:
            self._shop.look(request.scope)
        return answer(_stand(job))

    async def api_events(self, request: Request) -> Response:
        """What a job sees, as it sees it."""

        def told(number: int, event: stream.Happened) -> list[stream.Sent]:
            if event is None:
                return [stream.Sent("over", _text(_stand(job)), number)]
            name, value = _event(event)
            return [stream.Sent(name, _text(value), number)]

        job = self._job(request)
        return stream.response(job, request, told, self._shop.streamed(request.scope, job.id))

    async def api_explain(self, request: Request) -> Response:
        """As `mailwright explain --json`."""
        made = await _body(request, _EXPLAIN_FIELDS)
        self._shop.charge(request.scope)
        text = _string(made, "text", 64 * 1024)[: explaining.MOST_PASTED]
        shelf = self._options.shelf.providers
        if not book.unwrapped(text).strip():
            raise BadInput("web.nothing_pasted")
        host = meant_place(_string(made, "host").rpartition("@")[2])[0] if made.get("host") else ""
        provider = self._provider(_string(made, "provider"), host)
        protocol = _protocol(made)
        one = answers.explaining.understood(text, shelf, protocol=protocol, host=host, provider=provider)
        return answer(answers.explaining.document(one))

    async def formats(self, request: Request) -> Response:
        """Every format of `export`."""
        return answer({"schema": SCHEMA, "formats": exports.listed()})

    async def api_export(self, request: Request) -> Response:
        """As `mailwright export`: from an address, or from the document of a setup."""
        made = await _body(request, _EXPORT_FIELDS)
        words = _words(made) or templating.spoken(request, self._options)
        form, name = _string(made, "format"), _string(made, "name")
        given = made.get("setup")
        if (given is None) is ("address" not in made):
            raise BadInput("web.field", field="setup")
        exports.check(form)
        if given is not None:
            if not isinstance(given, dict):
                raise BadInput("web.field", field="setup")
            self._shop.look(request.scope)
            raw = json.dumps(given).encode()
            profile = answers.profiles.saved(Path("setup"), raw, name=name, incoming=_incoming(made))
        else:
            profile = await self._found(request, made, name)
        return answer(exports.document(profile, exports.made(words, profile, form)))

    async def openapi(self, request: Request) -> Response:
        """What this API takes and gives."""
        return answer(openapi.document(self._options.base_url()))

    async def _found(self, request: Request, made: dict[str, Any], name: str) -> Any:  # noqa: ANN401  # core.Profile
        asked = asking.from_document({"address": made["address"]}, self._options, safe=False, whole=False)
        job = self._shop.start(request.scope, asked)
        await job.wait()
        return answers.profiles.of_result(_result(job), name=name[: exports.LONGEST_NAME], incoming=_incoming(made))

    async def _checked(self, request: Request, *, whole: bool) -> Response:
        """RFC 7240 §4.1: with `Prefer: respond-async` the job is named at once, else the document is waited for."""
        made = await _body(request, asking.FIELDS)
        asker = client(request.scope, self._options)
        job = self._shop.start(request.scope, asking.from_document(made, self._options, safe=asker.safe, whole=whole))
        if "respond-async" in request.headers.get("prefer", "").lower():
            place = f"{PREFIX}/jobs/{job.id}"
            named = {"Location": place, "Preference-Applied": "respond-async"}
            return answer({**_stand(job), "events": f"{place}/events"}, 202, named)
        await job.wait()
        _result(job)
        return answer(_document(job))

    def _job(self, request: Request) -> Job:
        job = self._shop.jobs.get(request.path_params["id"])
        if job is None:
            raise Refusal(404, Problem("web.gone"))
        return job

    def _provider(self, typed: str, host: str) -> book.Provider | None:
        shelf = self._options.shelf.providers
        if not typed:
            return shelf.by_host(host) if host else None
        name = typed.strip().lower().rpartition("@")[2]
        found = shelf.get(name) or shelf.by_domain(name)
        if found is None:
            raise BadInput("book.unknown", id=typed[:80])
        return found


def answer(document: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON document; a lone surrogate in foreign text is escaped."""
    return Response(_text(document).encode("utf-8", "replace"), status, headers, media_type=MEDIA)


def _text(document: object) -> str:
    return json.dumps(document, ensure_ascii=False)


async def _body(request: Request, fields: tuple[str, ...]) -> dict[str, Any]:
    """The JSON object of a request with no other fields. Raises Refusal(415), BadInput."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA:
        raise Refusal(415, Problem("web.type"))
    made = asking.document(await request.body())
    unknown = next((name for name in made if name not in fields), None)
    if unknown is not None:
        raise BadInput("web.unknown_field", field=unknown[:80])
    return made


def _string(made: dict[str, Any], field: str, most: int = asking.MOST_TEXT) -> str:
    value = made.get(field, "")
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > most:
        raise BadInput("web.field", field=field)
    return value


def _words(made: dict[str, Any]) -> texts.Words | None:
    """In the language that is asked for, None when none is."""
    code = _string(made, "lang")
    if code and code not in texts.LANGUAGES:
        raise BadInput("web.field", field="lang")
    return texts.Words(code, on_page=True) if code else None


def _protocol(made: dict[str, Any]) -> Protocol | None:
    value = _string(made, "protocol")
    if value and value not in tuple(Protocol):
        raise BadInput("web.field", field="protocol")
    return Protocol(value) if value else None


def _incoming(made: dict[str, Any]) -> Protocol | None:
    """By which protocol mail is to be read."""
    protocol = _protocol(made)
    if protocol is not None and not protocol.incoming:
        raise BadInput("web.field", field="protocol")
    return protocol


def _result(job: Job) -> setup.Result:
    """Raises Refusal for a job that came to nothing."""
    if job.problem is not None and job.problem.id == "web.sign_ins":
        raise Refusal(429, job.problem, retry=600)
    if job.result is None:
        raise Refusal(503, job.problem or Problem("web.stopped"), retry=10)
    return job.result


def _document(job: Job) -> dict[str, Json]:
    if job.examined is not None:
        return answers.diagnosed.document(job.examined, trace=False)
    assert job.result is not None
    return answers.document.document(job.result, trace=False)


def _stand(job: Job) -> dict[str, Json]:
    made: dict[str, Json] = {"schema": SCHEMA, "id": job.id, "state": job.state, "document": None, "problem": None}
    if job.result is not None:
        made["document"] = _document(job)
    if job.problem is not None:
        made["problem"] = openapi.problem(job.problem)
    return made


def _event(event: Event) -> tuple[str, Json]:
    """Its name and its facts."""
    if isinstance(event, SourceAnswer):
        return "source", {"source": event.source.value, "told": event.told.value, "where": event.where}
    if isinstance(event, Discovery):
        services = event.candidate.services if event.candidate is not None else ()
        return "settings", {"services": [_place(service) for service in services]}
    if isinstance(event, Probed):
        probe = event.probe
        seen: dict[str, Json] = {
            "stage": probe.stage.value,
            "outcome": probe.outcome.value,
            "reason": probe.reason.value,
        }
        return "probed", {**_place(event.service), **seen}
    if isinstance(event, ServiceEvidence):
        return "service", {
            **_place(event.service),
            "stage": event.stage.value,
            "outcome": event.outcome.value,
            "reason": event.reason.value,
            "reply": str(event.reply) if event.reply is not None else None,
        }
    assert isinstance(event, Looking)
    return "looking", {"looks": [wanted.kind.value for wanted in event.wanted]}


def _place(service: Service) -> dict[str, Json]:
    one = service.endpoint.value
    return {"protocol": one.protocol.value, "host": one.host, "port": one.port, "security": one.security.value}

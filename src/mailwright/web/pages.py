"""The pages of the main way: an address, what is seen as it is seen, the verdict, and what it is used in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from mailwright import answers
from mailwright.core import BadInput, Problem, Protocol, Security
from mailwright.web import asking, exports, headers, picks, rows, stream, templating, view
from mailwright.web.client import client
from mailwright.web.jobs import Ask
from mailwright.web.refusal import Refusal

if TYPE_CHECKING:
    from starlette.requests import Request

    from mailwright import export, setup, texts
    from mailwright.web.jobs import Job
    from mailwright.web.shop import Shop

_TYPED = ("protocol", "host", "port", "security", "username")


class Pages:
    """Handlers for Starlette; each method is a route, named in the access log."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._options = shop.options

    async def home(self, request: Request) -> Response:
        """The form."""
        return self._form(request, {name: request.query_params.get(name, "") for name in ("address", *_TYPED)})

    async def check(self, request: Request) -> Response:
        """Begin, and lead to the page of the job; a form that cannot be read is shown again, with what is wrong."""
        fields = asking.form(await request.body())
        given = {name: fields.get(name, [""])[0] for name in ("address", *_TYPED)}
        try:
            return self._started(request, fields)
        except BadInput as problem:
            return self._form(request, given, problem)

    async def job(self, request: Request) -> Response:
        """What is seen so far, or the whole report."""
        job = self._job(request)
        if job.over:
            self._shop.look(request.scope)
        else:
            shown = rows.rows(self._words(request), job.events)
            return templating.page(request, self._options, "waiting.html", job=job, rows=shown)
        return templating.page(request, self._options, "report.html", **self._report(request, job))

    async def events(self, request: Request) -> Response:
        """The rows as they finish, then the report, as pieces of HTML."""
        job, words = self._job(request), self._words(request)

        def told(number: int, event: stream.Happened) -> list[stream.Sent]:
            if event is None:
                body = templating.render("report_body.html", words, kept=self._kept, **self._report(request, job))
                return [stream.Sent("report", body, number)]
            row, progress = rows.of(words, event), rows.progress(words, event)
            made = [stream.Sent("row", templating.render("row.html", words, row=row), number)] if row else []
            return [*made, *([stream.Sent("progress", templating.shown(progress), number)] if progress else [])]

        return stream.response(job, request, told, self._shop.streamed(request.scope, job.id))

    async def sign_in(self, request: Request) -> Response:
        """Once more, with a password."""
        fields = asking.form(await request.body())
        ask = self._job(request).ask
        given = {"address": [str(ask.address)], **_typed_again(ask), **{k: fields[k] for k in fields if k in _AGAIN}}
        if not given.get("password", [""])[0]:
            raise BadInput("web.no_password")
        return self._started(request, given)

    async def again(self, request: Request) -> Response:
        """Once more, the same."""
        ask = self._job(request).ask
        return self._started(request, {"address": [str(ask.address)], **_typed_again(ask)})

    async def file(self, request: Request) -> Response:
        """What was found, in one format; `?show` opens it in the browser where that is safe."""
        job, words = self._job(request), self._words(request)
        self._shop.look(request.scope)
        profile = exports.profile_of(_result(job), request.query_params.get("name", ""))
        form = request.path_params["format"]
        one = exports.single(exports.made(words, profile, form))
        inline = "show" in request.query_params and form.startswith(("sheet", "qr"))
        return _file(one, inline=inline)

    async def saved(self, request: Request) -> Response:
        """The report as one file for the help desk."""
        job, words = self._job(request), self._words(request)
        if job.examined is None:
            raise Refusal(404, Problem("web.not_found"))
        self._shop.look(request.scope)
        body = answers.report.page(words, job.examined).encode("utf-8", "replace")
        return Response(body, media_type="text/html; charset=utf-8", headers=_named("report.html"))

    def _started(self, request: Request, fields: asking.Form) -> Response:
        asked = asking.from_form(fields, self._options, safe=client(request.scope, self._options).safe)
        job = self._shop.start(request.scope, asked)
        return RedirectResponse(f"/jobs/{job.id}", status_code=303)

    def _form(self, request: Request, given: dict[str, str], problem: BadInput | None = None) -> Response:
        words = self._words(request)
        return templating.page(
            request,
            self._options,
            "home.html",
            status=200 if problem is None else 400,
            given={name: templating.shown(text)[:400] for name, text in given.items()},
            problem=templating.problem_text(words, _named_field(words, problem)) if problem is not None else "",
            wrong=_wrong_field(problem, given) if problem is not None else "",
            protocols=tuple(Protocol),
            securities=tuple(Security),
        )

    def _report(self, request: Request, job: Job) -> dict[str, Any]:
        """What the template of a finished job is given."""
        words, name = self._words(request), request.query_params.get("name", "")[: exports.LONGEST_NAME]
        shown = view.view(words, job.examined) if job.examined is not None else None
        return {
            "job": job,
            "view": shown,
            **_used(words, job, name),
            "own_profile": self._own_profile(job),
            "name": name,
            "name_query": f"?name={quote(name)}" if name else "",
            "safe": client(request.scope, self._options).safe,
            "problem": templating.problem_text(words, job.problem) if job.problem is not None else "",
            "keep_days": self._options.keep_days,
        }

    def _own_profile(self, job: Job) -> str:
        """The profile that the operator offers people of this domain, "" for other domains."""
        own = self._options.autoconf
        return own.profile_place(job.ask.address) if own is not None else ""

    def _job(self, request: Request) -> Job:
        job = self._shop.jobs.get(request.path_params["id"])
        if job is None:
            raise Refusal(404, Problem("web.gone"))
        return job

    def _words(self, request: Request) -> texts.Words:
        return templating.spoken(request, self._options)

    @property
    def _kept(self) -> bool:
        return self._options.keep is not None


_FIELD_OF = {"input.host": "host", "web.port": "port"}


def _wrong_field(problem: BadInput, given: dict[str, str]) -> str:
    """The field of the form that a problem is about."""
    if problem.id == "input.port":
        return "port" if given["port"].strip() else "host"
    named = str(problem.params.get("field", ""))
    return named if problem.id == "web.field" and named in _TYPED else _FIELD_OF.get(problem.id, "address")


def _named_field(words: texts.Words, problem: BadInput) -> BadInput:
    """The same, with the name that the form gives the field."""
    named = str(problem.params.get("field", ""))
    return BadInput(problem.id, field=words.page(f"form.{named}")) if named in _TYPED else problem


_AGAIN = ("password", "confirm", "username")


def _typed_again(ask: Ask) -> dict[str, list[str]]:
    typed = ask.typed
    protocol = typed.protocol or ask.incoming
    port = typed.port_text or typed.port
    values = {"protocol": protocol, "host": typed.host, "port": port, "security": typed.security}
    made = {name: [str(value)] for name, value in values.items() if value is not None}
    return {**made, **({"username": [ask.username]} if ask.username else {})}


def _result(job: Job) -> setup.Result:
    if job.result is None:
        raise Refusal(404, Problem("web.gone"))
    return job.result


def _used(words: texts.Words, job: Job, name: str) -> dict[str, Any]:
    """As `_use`; made once for all who give no name."""
    if name:
        return _use(words, job, name)
    if words.language not in job.uses:
        job.uses[words.language] = _use(words, job, "")
    return job.uses[words.language]


def _use(words: texts.Words, job: Job, name: str) -> dict[str, Any]:
    """What the settings can be used in, where there are any to trust."""
    nothing: dict[str, Any] = {"picks": (), "offers": ()}
    trusted = job.result is not None and (job.result.account or job.result.verdict.value in ("works", "found"))
    if job.result is None or not trusted:
        return nothing
    try:
        profile = exports.profile_of(job.result, name)
    except BadInput:
        return nothing
    return {"picks": picks.picks(words, profile), "offers": exports.offers(words, profile, picks.FORMATS)}


def _file(file: export.File, *, inline: bool) -> Response:
    given = {} if inline else _named(file.name)
    if file.media.startswith(("text/html", "image/svg")):
        given["Content-Security-Policy"] = headers.SHEET_CSP
    return Response(file.data, media_type=file.media, headers=given)


def _named(name: str) -> dict[str, str]:
    """RFC 6266: to be saved under that name."""
    plain = name.rpartition("/")[2].encode("ascii", "replace").decode().replace('"', "_").replace("\\", "_")
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name.rpartition('/')[2])}"
    }

"""The pages beside the main way: a pasted error, the help desk's list, kept reports, privacy, and what machines ask."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.responses import PlainTextResponse, RedirectResponse, Response

from mailwright import answers, book
from mailwright.core import BadInput, Problem, Protocol
from mailwright.web import asking, desk, explaining, kept, metrics, mishap, stream, templating, view
from mailwright.web.refusal import Refusal

if TYPE_CHECKING:
    from starlette.requests import Request

    from mailwright import texts
    from mailwright.web.shop import Shop

TELL_EVERY = 0.4
RETRY_SECONDS = 30.0
_Found = TypeVar("_Found")


class Extras:
    """Handlers for Starlette; each method is a route, named in the access log."""

    def __init__(self, shop: Shop) -> None:
        self._shop, self._options = shop, shop.options

    async def explain(self, request: Request) -> Response:
        """What a pasted error means; the box alone when nothing was pasted."""
        fields = asking.form(await request.body()) if request.method == "POST" else {}
        text = fields.get("text", [""])[0][: explaining.MOST_PASTED]
        told, problem = None, ""
        words = self._words(request)
        if request.method == "POST":
            self._shop.charge(request.scope)
            try:
                one = _understood(text, fields, self._options.shelf.providers)
                # A page may be left open: of the box only what is harmless comes back.
                told, text = explaining.told(words, one), one.text
            except BadInput as bad:
                problem = templating.problem_text(words, bad)
        status = 400 if problem else 200
        given = {"text": templating.shown(text), "told": told, "problem": problem, "protocols": tuple(Protocol)}
        return templating.page(request, self._options, "explain.html", status=status, **given)

    async def privacy(self, request: Request) -> Response:
        """What is processed, and what is kept."""
        return templating.page(request, self._options, "privacy.html", keep_days=self._options.keep_days)

    async def help_desk(self, request: Request) -> Response:
        """The help desk's form; with a list, the beginning of the work."""
        problem = ""
        if request.method == "POST":
            self._shop.charge(request.scope, 4)
            try:
                raw = desk.uploaded(await request.body(), request.headers.get("content-type", ""))
                listed = self._shop.start_list(request.scope, raw)
                return RedirectResponse(f"/desk/{listed.id}", status_code=303)
            except BadInput as bad:
                problem = templating.problem_text(self._words(request), bad)
        given = {"problem": problem, "most": desk.MOST_ROWS}
        return templating.page(request, self._options, "desk.html", status=400 if problem else 200, **given)

    async def listed(self, request: Request) -> Response:
        """The table, as far as it has come."""
        listed, words = self._list(request), self._words(request)
        self._shop.look(request.scope)
        return templating.page(request, self._options, "listed.html", listed=listed, rows=_rows(words, listed, 0))

    async def listed_events(self, request: Request) -> Response:
        """New rows of the table as pieces of HTML."""
        listed, words, seen = self._list(request), self._words(request), stream.last_seen(request)
        place = self._shop.streamed(request.scope, listed.id)

        async def sent() -> AsyncIterator[str]:
            done, over = seen, False
            while not over:
                bell, over = listed.bell, listed.over
                before, done = done, max(done, len(listed.records))
                if done > before:
                    yield stream.Sent("rows", _rows(words, listed, before), done).encoded()
                    count = templating.render("listed_count.html", words, listed=listed)
                    yield stream.Sent("progress", count, done).encoded()
                if not over and not await _rung(bell):
                    yield stream.BEAT
            end = words.page("desk.over", all=len(listed.rows))
            if listed.problem is not None:
                end = templating.problem_text(words, listed.problem)
            yield stream.Sent("over", end, done).encoded()

        return stream.flowing(sent(), place)

    async def listed_csv(self, request: Request) -> Response:
        """The table for a spreadsheet."""
        given = {"Content-Disposition": 'attachment; filename="settings.csv"'}
        listed = self._list(request)
        self._shop.look(request.scope)
        return Response(desk.as_csv(listed), media_type="text/csv; charset=utf-8", headers=given)

    async def keep(self, request: Request) -> Response:
        """Keep a report, if the person said yes to it."""
        job = self._shop.jobs.get(request.path_params["id"])
        if job is None or job.examined is None:
            raise Refusal(404, Problem("web.gone"))
        fields, words = asking.form(await request.body()), self._words(request)
        if fields.get("consent", [""])[0] != "yes":
            raise BadInput("web.no_consent")
        whole = fields.get("whole", [""])[0] == "yes"
        consent = words.page("keep.consent", days=self._options.keep_days)
        self._shop.charge(request.scope)
        examination = job.examined.examination
        async with job.keeping:
            at = job.kept[0] if job.kept is not None else ""
            if job.kept is None or await self._stored(lambda store: store.get(at)) is None:
                job.kept = await self._stored(lambda store: store.add(examination, consent=consent, whole=whole))
        id, deletion = job.kept
        link = f"{self._base(request)}/r/{id}"
        given: dict[str, Any] = {"link": link, "deletion": f"{link}/delete/{deletion}"}
        return templating.page(request, self._options, "kept.html", days=self._options.keep_days, **given)

    async def report(self, request: Request) -> Response:
        """A kept report."""
        self._shop.look(request.scope)
        found = await self._stored(lambda store: store.get(request.path_params["id"]))
        if found is None:
            raise Refusal(404, Problem("web.gone"))
        shown = view.view(self._words(request), kept.judged(found, self._options.shelf))
        expires = found.expires.date().isoformat()
        return templating.page(request, self._options, "kept_report.html", view=shown, expires=expires)

    async def delete(self, request: Request) -> Response:
        """Delete a kept report by its link: a question first, so that no preview of a link deletes anything."""
        id, deletion = request.path_params["id"], request.path_params["deletion"]
        done = request.method == "POST"
        if done and not await self._stored(lambda store: store.delete(id, deletion)):
            raise Refusal(404, Problem("web.gone"))
        return templating.page(request, self._options, "deleted.html", done=done)

    async def healthz(self, request: Request) -> Response:
        """We are here."""
        return PlainTextResponse("ok\n")

    async def measured(self, request: Request) -> Response:
        """The counters."""
        return PlainTextResponse(self._shop.metrics.text(), media_type=metrics.MEDIA)

    def _list(self, request: Request) -> desk.Listed:
        listed = self._shop.desk.get(request.path_params["id"])
        if listed is None:
            raise Refusal(404, Problem("web.gone"))
        return listed

    async def _stored(self, act: Callable[[kept.Kept], _Found]) -> _Found:
        """What the store of reports says, asked beside the loop. Raises Refusal when there is none, or it is broken."""
        store = self._shop.kept
        if store is None:
            raise Refusal(404, Problem("web.not_found"))
        try:
            return await asyncio.to_thread(act, store)
        except sqlite3.Error as error:
            mishap.noted(error)
            raise Refusal(503, Problem("web.store"), retry=RETRY_SECONDS) from error

    def _base(self, request: Request) -> str:
        scheme = "https" if self._options.https else request.url.scheme
        return (self._options.base_url() or f"{scheme}://{request.url.netloc}").rstrip("/")

    def _words(self, request: Request) -> texts.Words:
        return templating.spoken(request, self._options)


def _rows(words: texts.Words, listed: desk.Listed, start: int) -> str:
    """The rows of the table behind number `start`."""
    made = listed.looks[words.language]
    made += [templating.render("listed_row.html", words, one=one) for one in listed.records[len(made) :]]
    return "".join(made[start:])


async def _rung(bell: asyncio.Event) -> bool:
    """True when something is new, which is told together with what comes right behind it; False after a while."""
    try:
        async with asyncio.timeout(stream.PAUSE):
            await bell.wait()
    except TimeoutError:
        return False
    await asyncio.sleep(TELL_EVERY)
    return True


def _understood(text: str, fields: asking.Form, shelf: book.Book) -> answers.explaining.Explained:
    """Raises BadInput("explain.blank") for nothing."""
    if not book.unwrapped(text).strip():
        raise BadInput("web.nothing_pasted")
    named = fields.get("protocol", [""])[0]
    protocol = Protocol(named) if named in tuple(Protocol) else None
    return answers.explaining.understood(text, shelf, protocol=protocol)

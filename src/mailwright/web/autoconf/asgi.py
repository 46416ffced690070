"""The answers as an ASGI application that leaves other requests alone: no framework between, bytes that are ready."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

from mailwright import export, texts
from mailwright.core import BadInput, EmailAddress, to_ascii
from mailwright.web import bounds, client
from mailwright.web.autoconf import filled, request
from mailwright.web.autoconf.filled import JSON, PLAIN, XML, Answers
from mailwright.web.autoconf.lookups import Lookups, UnavailableError
from mailwright.web.autoconf.request import MOST_BYTES
from mailwright.web.limits import Places

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mailwright.web.autoconf.values import Config
    from mailwright.web.options import Receive, Scope, Send, Sent

BODY_SECONDS = 10.0
LONGEST_QUERY = 4096
RETRY_SECONDS = b"30"
APPLE = b"application/x-apple-aspen-config"
LABELS = ("autoconfig", "autodiscover", "ua-auto-config", "mta-sts")
MOBILE_PATH = "/mobileconfig/"
_JSON_PATH = "/autodiscover/autodiscover.json"
# A profile takes milliseconds of arithmetic, signed or not: not more at once than would leave nothing for others.
_AT_ONCE = 2
MOST_PROFILES = 40
MOST_OF_ONE = 10
"""Profiles that are made or waited for; of one client, so that there is room for everybody else."""
Answer = tuple[int, bytes, bytes]
EMPTY = b""


class Autoconf:
    """Answers for the domains of a Config; `use` takes another one while requests go on.

    Raises BadInput("export.…") for a domain that a format cannot hold.
    """

    def __init__(self, config: Config) -> None:
        words = texts.Words("en")
        self._invalid = export.pox_error(export.INVALID_REQUEST, words.say("serve.pox.invalid"))
        self._nobody = export.pox_error(export.NO_PROVIDER, words.say("serve.pox.nobody"))
        self._other = export.json_answer("", url="", message=words.client("file.autodiscover-json.error"))
        self._making, self._places = asyncio.Semaphore(_AT_ONCE), Places()
        self._lookups: dict[int, Lookups] = {}
        self.use(config)
        self._get: dict[str, Callable[[Scope], Awaitable[Answer]]] = {
            "/mail/config-v1.1.xml": self.autoconfig,
            "/.well-known/autoconfig/mail/config-v1.1.xml": self.autoconfig,
            "/.well-known/user-agent-configuration.json": self.pacc,
            "/.well-known/mta-sts.txt": self.mta_sts,
            # With the slash as others offer it, and as `check autoconfig` asks.
            "/mobileconfig": self.mobileconfig,
            MOBILE_PATH: self.mobileconfig,
            _JSON_PATH: self.autodiscover_json,
        }

    def use(self, config: Config) -> None:
        """From now on."""
        self.proved(config)()

    def proved(self, config: Config) -> Callable[[], None]:
        """All that can be refused and takes its time, in any thread; what it gives takes the config from now on."""
        for domain in config.domains:
            filled.answers(domain, domain.names[0])
        if config.signing is not None:
            probe = EmailAddress("probe", config.domains[0].names[0])
            filled.mobileconfig(config, config.domains[0], (probe, probe.wire), "en")
        # All that can be refused comes before the first of it is taken.
        lookups_of = {id(one): Lookups(one.lookup) for one in config.domains if one.lookup is not None}
        domains = {name: domain for domain in config.domains for name in domain.names}

        def take() -> None:
            old, self._config, self._domains, self._lookups = self._lookups, config, domains, lookups_of
            self._ready: dict[str, Answers] = {}
            self._hosts: dict[bytes, str] = {}
            for lookups in old.values():
                lookups.close()

        return take

    def profile_place(self, address: EmailAddress) -> str:
        """See First."""
        domain = self._domains.get(address.domain)
        if domain is None or not filled.by_password(domain):
            return ""
        return f"{MOBILE_PATH}?emailaddress={quote(address.wire, safe='@')}"

    def base_url(self) -> str:
        """How people reach us, "" where the file does not say it."""
        return f"https://{self._config.web}" if self._config.web else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Sent | None:
        """Answer it, or give None."""
        path = scope["path"].lower()
        if path == "/autodiscover/autodiscover.xml":
            scope["endpoint"] = self.autodiscover
            return await _send(send, await self.autodiscover(scope, receive))
        found = self._get.get(path) or (self.autodiscover_json if path.startswith(f"{_JSON_PATH}/") else None)
        if found is None:
            return None
        scope["endpoint"] = found  # where Starlette says it, too: for the access log
        if scope["method"] not in ("GET", "HEAD"):
            return await _send(send, (405, PLAIN, EMPTY))
        if len(scope["query_string"]) > LONGEST_QUERY:
            return await _send(send, (414, PLAIN, EMPTY))
        return await _send(send, await found(scope))

    async def autoconfig(self, scope: Scope) -> Answer:
        """The file of Thunderbird and many others."""
        typed = _asked(scope, "emailaddress") if scope["query_string"] else ""
        name = self._name_of(typed) or self._host(scope)
        if not name:
            return 404, PLAIN, EMPTY
        answers, domain = self._answers(name), self._domains[name]
        if not typed or domain.lookup is None:
            return 200, XML, answers.autoconfig
        try:
            address = request.checked(EmailAddress.parse(typed))
            known = await self._looked_up(scope, address) if address.domain == name else None
        except BadInput:
            return 200, XML, answers.autoconfig
        except UnavailableError:
            return 503, PLAIN, EMPTY
        # Written out for strangers too: who is known must not show.
        return 200, XML, answers.autoconfig_for.filled(address.wire, known or filled.username(domain, address))

    async def autodiscover(self, scope: Scope, receive: Receive) -> Answer:
        """Outlook's older question, in XML."""
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 405, PLAIN, EMPTY
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await bounds.read(receive, MOST_BYTES)
        except TimeoutError:
            return 408, XML, self._invalid
        if body is None or len(body) > MOST_BYTES:
            return 413, XML, self._invalid
        try:
            address = request.address(body)
        except request.MalformedError:
            return 200, XML, self._invalid
        except request.OtherSchemaError:
            return 200, XML, self._nobody
        domain = self._domains.get(address.domain)
        pox = self._answers(address.domain).pox if domain is not None else None
        if domain is None or pox is None:
            return 200, XML, self._nobody
        try:
            known = await self._looked_up(scope, address)
        except UnavailableError:
            return 503, XML, self._invalid
        return 200, XML, pox.filled(address.wire, known or filled.username(domain, address))

    async def autodiscover_json(self, scope: Scope) -> Answer:
        """Where Autodiscover is, for Outlook."""
        typed = scope["path"][len(_JSON_PATH) + 1 :].rpartition("/")[2] or _asked(scope, "email")
        name = self._name_of(typed) or self._host(scope)
        if not name:
            return 404, PLAIN, EMPTY
        if _asked(scope, "protocol").lower() == "autodiscoverv1":
            return 200, JSON, self._answers(name).json
        return 400, JSON, self._other

    async def pacc(self, scope: Scope) -> Answer:
        """The file of PACC."""
        name = self._host(scope)
        data = self._answers(name).pacc if name else None
        return (404, PLAIN, EMPTY) if data is None else (200, JSON, data)

    async def mta_sts(self, scope: Scope) -> Answer:
        """The policy for those who send mail."""
        name = self._host(scope)
        data = self._answers(name).mta_sts if name else None
        return (404, PLAIN, EMPTY) if data is None else (200, PLAIN, data)

    async def mobileconfig(self, scope: Scope) -> Answer:
        """A profile for Apple's devices."""
        language = "zh" if _header(scope, b"accept-language").strip().lower().startswith(b"zh") else "en"
        try:
            address = request.checked(EmailAddress.parse(_asked(scope, "emailaddress") or _asked(scope, "address")))
        except BadInput as problem:
            text = texts.Words(language).problem(problem)
            return 400, PLAIN, f"{text.say}\n".encode()
        domain, config = self._domains.get(address.domain), self._config
        if domain is None:
            return 404, PLAIN, EMPTY
        try:
            known = await self._looked_up(scope, address)
        except UnavailableError:
            return 503, PLAIN, EMPTY
        mailbox = (address, known or filled.username(domain, address))
        asker = client.asker(scope)
        held = self._places.take({"": MOST_PROFILES, **({asker: MOST_OF_ONE} if asker else {})})
        if held is None:
            return 503, PLAIN, EMPTY
        try:
            with held:
                async with self._making:
                    data = await asyncio.to_thread(filled.mobileconfig, config, domain, mailbox, language)
        except BadInput as problem:
            text = texts.Words(language).problem(problem)
            return 400, PLAIN, f"{text.say}\n".encode()
        return (404, PLAIN, EMPTY) if data is None else (200, APPLE, data)

    async def _looked_up(self, scope: Scope, address: EmailAddress) -> str | None:
        """The login name of an address of ours, None where it is not known. Raises UnavailableError."""
        lookups = self._lookups.get(id(self._domains[address.domain]))
        if lookups is None:
            return None
        return await lookups.find(address, client.asker(scope))

    def _answers(self, name: str) -> Answers:
        made = self._ready.get(name)
        if made is None:
            made = self._ready[name] = filled.answers(self._domains[name], name)
        return made

    def _name_of(self, typed: str) -> str:
        """The domain of an address, "" if it is none of ours."""
        name = typed.rpartition("@")[2].lower()
        if name in self._domains:
            return name
        try:
            return name if not name.isascii() and (name := to_ascii(name)) in self._domains else ""
        except BadInput:
            return ""

    def _host(self, scope: Scope) -> str:
        """The domain by whose name we were asked, "" if it is none of ours."""
        host = _header(scope, b"host")
        found = self._hosts.get(host)
        if found is not None:
            return found
        name = host.decode("latin-1").lower().partition(":")[0].removesuffix(".")
        label, _, below = name.partition(".")
        known = name if name in self._domains else below if label in LABELS and below in self._domains else ""
        if known and len(self._hosts) < len(self._domains) * 16:
            self._hosts[host] = known
        return known


def _header(scope: Scope, name: bytes) -> bytes:
    return next((value for key, value in scope["headers"] if key == name), b"")


def _asked(scope: Scope, name: str) -> str:
    """A parameter of the query, "" if it is not there."""
    try:
        given = parse_qsl(scope["query_string"].decode("latin-1"), max_num_fields=20)
    except ValueError:
        return ""
    return next((value for key, value in given if key.lower() == name), "")


async def _send(send: Send, answer: Answer) -> Sent:
    status, media, data = answer
    headers = [
        (b"content-type", media),
        (b"content-length", str(len(data)).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
    ]
    if media == APPLE:
        headers.append((b"content-disposition", b'attachment; filename="mail.mobileconfig"'))
    if status == 405:
        headers.append((b"allow", b"GET, HEAD"))
    if status == 503:
        headers.append((b"retry-after", RETRY_SECONDS))
    if status in (408, 413):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})
    return status, len(data)

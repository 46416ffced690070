"""From serve.toml to Config."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from mailwright import export
from mailwright.core import DEFAULT_PORTS, Auth, BadInput, Endpoint, OAuth, Protocol, Security
from mailwright.web.autoconf import asking
from mailwright.web.autoconf.part import Part, Text
from mailwright.web.autoconf.values import RULES, Config, Domain, MtaSts

MAX_FILE = 16 * 1024 * 1024
MAX_SHORT_NAME = 20
_MODES = ("enforce", "testing", "none")
_AUTHS = (Auth.PASSWORD, Auth.ENCRYPTED_PASSWORD, Auth.OAUTH2)
_PLACEHOLDER = re.compile("%EMAIL(?:ADDRESS|LOCALPART|DOMAIN)%")
# RFC 8461 §4.1: a pattern has its star alone in the first label.
_STAR = "*."
# RFC 8461 §3.2.
MOST_AGE, USUAL_AGE = 31_557_600, 604_800


def read(file: Path) -> Config:
    """The file, checked. Raises BadInput("serve.…") with file, line, key and cause."""
    try:
        with file.open("rb") as opened:
            raw = opened.read(MAX_FILE + 1)
        text = raw.decode("utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise BadInput("serve.unreadable", file=str(file)) from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput("serve.toml", file=str(file), detail=str(error)) from error
    except RecursionError as error:
        raise BadInput("serve.unreadable", file=str(file)) from error
    whole = Part(Text(file, text), table)
    domains = tuple(_domain(part) for part in whole.parts("domain"))
    if not domains:
        raise BadInput("serve.no_domain", file=str(file))
    web = whole.name("web", whole.text("web")) if whole.has("web") else ""
    signing = _signing(whole.part("signing")) if whole.has("signing") else None
    whole.done()
    _each_once(whole, domains)
    return Config(domains, web, signing)


def _each_once(whole: Part, domains: tuple[Domain, ...]) -> None:
    seen: set[str] = set()
    for at, domain in enumerate(domains):
        for name in domain.names:
            if name in seen:
                line, key = Part(whole.whole, {}, ("domain", at)).place("names")
                raise BadInput("serve.twice", file=str(whole.whole.file), line=line, key=key, value=name)
            seen.add(name)


def _domain(part: Part) -> Domain:
    names = tuple(dict.fromkeys(part.name("names", name) for name in part.texts("names")))
    title = part.text("name", "")
    oauth = _oauth(part.part("oauth")) if part.has("oauth") else None
    made = Domain(
        names=names,
        servers=_servers(part),
        username=_rule(part),
        title=title,
        short=_short(part),
        documentation=part.url("documentation", default=""),
        auths=_auths(part, oauth),
        oauth=oauth,
        lookup=asking.read(part.part("lookup")) if part.has("lookup") else None,
        mta_sts=_mta_sts(part.part("mta_sts")) if part.has("mta_sts") else None,
    )
    part.done()
    return made


def _short(part: Part) -> str:
    short = part.text("short_name", "")
    if len(short) > MAX_SHORT_NAME:
        line, key = part.place("short_name")
        raise BadInput("serve.long", file=str(part.whole.file), line=line, key=key, most=MAX_SHORT_NAME)
    return short


def _servers(part: Part) -> tuple[Endpoint, ...]:
    found = {protocol: [_server(one, protocol) for one in part.parts(protocol)] for protocol in Protocol}
    if not (found[Protocol.IMAP] or found[Protocol.POP3]) or not found[Protocol.SMTP]:
        line, key = part.place()
        need = "smtp" if not found[Protocol.SMTP] else "imap"
        raise BadInput("serve.no_server", file=str(part.whole.file), line=line, key=key, need=need)
    return tuple(dict.fromkeys(endpoint for protocol in Protocol for endpoint in found[protocol]))


def _server(part: Part, protocol: Protocol) -> Endpoint:
    host = part.host("host")
    security = Security(part.choice("security", tuple(Security), Security.TLS))
    port = part.number("port", DEFAULT_PORTS[protocol, security], 1, 65535)
    part.done()
    return Endpoint(protocol, host, port, security)


def _rule(part: Part) -> str:
    typed = part.text("username", "address")
    rule = RULES.get(typed, typed)
    if not _PLACEHOLDER.search(rule) or "%" in _PLACEHOLDER.sub("", rule):
        line, key = part.place("username")
        raise BadInput("serve.username", file=str(part.whole.file), line=line, key=key, value=typed[:80])
    return rule


def _auths(part: Part, oauth: OAuth | None) -> tuple[Auth, ...]:
    usual = (Auth.PASSWORD,) if oauth is None else (Auth.OAUTH2, Auth.PASSWORD)
    if not part.has("auth"):
        return usual
    chosen = tuple(Auth(one) for one in part.choices("auth", _AUTHS))
    if Auth.OAUTH2 in chosen and oauth is None:
        line, key = part.place("auth")
        raise BadInput("serve.no_oauth", file=str(part.whole.file), line=line, key=key)
    return chosen


def _oauth(part: Part) -> OAuth:
    made = OAuth(
        issuer=part.url("issuer"),
        authorization_endpoint=part.url("authorization", default=""),
        token_endpoint=part.url("token", default=""),
        scopes=part.texts("scopes") if part.has("scopes") else (),
    )
    part.done()
    return made


def _mta_sts(part: Part) -> MtaSts:
    mode = part.choice("mode", _MODES)
    patterns = part.texts("mx") if part.has("mx") or mode != "none" else ()
    hosts = tuple(_pattern(part, one) for one in patterns)
    made = MtaSts(mode, hosts, part.number("max_age", USUAL_AGE, 0, MOST_AGE))
    part.done()
    return made


def _pattern(part: Part, text: str) -> str:
    star = _STAR if text.startswith(_STAR) else ""
    return star + part.name("mx", text.removeprefix(_STAR))


def _signing(part: Part) -> export.Signer:
    files = [part.file("certificate"), part.file("key")]
    names = part.texts("chain") if part.has("chain") else ()
    files += [part.whole.file.parent / name for name in names]
    part.done()
    data = []
    for file in files:
        try:
            data.append(file.read_bytes())
        except OSError as error:
            raise BadInput("input.file", file=str(file)) from error
    return export.signer(export.Signing(data[0], data[1], tuple(data[2:]), files=tuple(map(str, files))))

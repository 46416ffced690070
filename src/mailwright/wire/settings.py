"""How we reach the world: resolvers, proxy, extra CA, re-routed names, limits."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mailwright.core import BadInput, Secret, check_host


@dataclass(frozen=True, slots=True)
class Proxy:
    """A SOCKS5 or HTTP CONNECT proxy (RFC 1928/1929, RFC 9110 §9.3.6)."""

    kind: str
    host: str
    port: int
    username: str = ""
    password: Secret | None = None

    @classmethod
    def parse(cls, url: str) -> Proxy:
        """From socks5://user:password@host:port or http://…; raises BadInput("input.proxy")."""
        try:
            parts = urlsplit(url)
            port = {"socks5": 1080, "socks5h": 1080, "http": 8080}[parts.scheme]
            port = parts.port or port
            host = check_host(parts.hostname or "")
        except (ValueError, KeyError, BadInput):
            pass
        else:
            password = Secret(unquote(parts.password)) if parts.password else None
            return cls(parts.scheme.removesuffix("h"), host, port, unquote(parts.username or ""), password)
        # Outside the handler: the library's own words quote the password.
        raise BadInput("input.proxy", url=url.rpartition("@")[2][:120])

    def __str__(self) -> str:
        return f"{self.kind}://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Reroute:
    """Connect somewhere else than the name says, like curl's --connect-to. "" and 0: any, same."""

    host: str
    port: int
    to_host: str
    to_port: int

    @classmethod
    def parse(cls, text: str) -> Reroute:
        """From HOST1:PORT1:HOST2:PORT2 (IPv6 in brackets); raises BadInput("input.connect_to")."""
        try:
            host, port, to_host, to_port = _split(text)
            return cls(host.lower(), _port(port), to_host, _port(to_port))
        except ValueError as error:
            raise BadInput("input.connect_to", text=text[:120]) from error

    def fits(self, host: str, port: int) -> bool:
        """True when a connection to host:port is to be re-routed."""
        return self.host in ("", host) and self.port in (0, port)


def _port(text: str) -> int:
    number = int(text or 0)
    if not 0 <= number <= 65535:
        raise ValueError(text)
    return number


def _split(text: str) -> list[str]:
    fields: list[str] = []
    rest = text + ":"
    while rest:
        if rest.startswith("["):
            field, _, rest = rest[1:].partition("]:")
        else:
            field, _, rest = rest.partition(":")
        fields.append(field)
    return fields


@dataclass(frozen=True, slots=True)
class Resolver:
    """A DNS server: IP address and port."""

    address: str
    port: int = 53

    @classmethod
    def parse(cls, text: str) -> Resolver:
        """From IP, IP:PORT or [IPV6]:PORT; raises BadInput("input.resolver")."""
        try:
            parts = urlsplit(f"//{text}" if text.count(":") < 2 or text.startswith("[") else f"//[{text}]")
            return cls(str(ipaddress.ip_address(parts.hostname or "")), parts.port or 53)
        except ValueError as error:
            raise BadInput("input.resolver", text=text[:120]) from error


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it. Times in seconds.

    `trust_ad`: the person vouches for the path to the resolvers, so that their AD bit counts (RFC 4035 §4.9.3);
    `public_only`: never connect to private addresses (a server's rule); `greeting_seconds`: for every
    answer before a login, None: `reply_seconds` as for the others; `blocklists` (RFC 5782) and `rdap` (RFC 9082)
    are asked about our own address when a server says that it is blocked.
    """

    resolvers: tuple[Resolver, ...] = ()
    trust_ad: bool = False
    proxy: Proxy | None = None
    ca_file: Path | None = None
    reroutes: tuple[Reroute, ...] = ()
    public_only: bool = False
    dns_seconds: float = 5.0
    connect_seconds: float = 10.0
    http_seconds: float = 10.0
    reply_seconds: float = 30.0
    greeting_seconds: float | None = None
    most_open: int = 64
    blocklists: tuple[str, ...] = ("zen.spamhaus.org", "bl.spamcop.net", "b.barracudacentral.org")
    rdap: str = "https://rdap.org/"

    @property
    def before_login(self) -> float:
        """Seconds to wait for an answer while nobody has signed in."""
        return self.reply_seconds if self.greeting_seconds is None else self.greeting_seconds

    def route(self, host: str, port: int) -> tuple[str, int]:
        """Where to connect for host:port."""
        for rule in self.reroutes:
            if rule.fits(host, port):
                return rule.to_host or host, rule.to_port or port
        return host, port


# Asked when the first resolver is doubted, and only for a server's name: one abroad, one in mainland China.
SECOND_RESOLVERS = (Resolver("9.9.9.9"), Resolver("223.5.5.5"))

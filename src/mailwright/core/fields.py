"""Reading a document that somebody may have edited: what is wrong is named by the place where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from mailwright.core.endpoint import Endpoint, Protocol, Security
from mailwright.core.problem import BadInput

_WRONG = (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, BadInput)


class WrongField(ValueError):
    """The value there is missing or is none that belongs there; `field` like `services[0].port`."""

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(field)


@contextmanager
def field(name: str) -> Iterator[None]:
    """Whatever goes wrong inside is wrong in that field, or in one below it. Raises WrongField."""
    try:
        yield
    except WrongField as error:
        raise WrongField(f"{name}.{error.field}") from error
    except _WRONG as error:
        raise WrongField(name) from error


def schema(document: Mapping[str, Any], ours: int) -> None:
    """It is of our kind, and not of a later version. Raises WrongField, BadInput("export.newer")."""
    with field("schema"):
        number = document["schema"]
        if type(number) is not int or number < ours:
            raise ValueError(number)
    if number > ours:
        raise BadInput("export.newer", schema=number)


def text(row: Mapping[str, Any], name: str) -> str:
    """The text of that field. Raises WrongField."""
    with field(name):
        value = row[name]
        if not isinstance(value, str):
            raise TypeError(name)
        return writable(value)


def writable(text: str) -> str:
    """The same. JSON can hold half a character, a lone surrogate, which no file can: that raises ValueError."""
    text.encode()
    return text


def texts(row: Mapping[str, Any], name: str) -> dict[str, str]:
    """The texts of that field by language. Raises WrongField."""
    with field(name):
        table = row[name]
        if not isinstance(table, dict):
            raise TypeError(name)
        return {writable(language): text(table, language) for language in table}


def endpoint(row: Mapping[str, Any]) -> Endpoint:
    """Where a service listens: protocol, host, port, security. Raises WrongField."""
    with field("protocol"):
        protocol = Protocol(row["protocol"])
    with field("security"):
        security = Security(row["security"])
    with field("port"):
        port = row["port"]
        # True is an int, and 993.5 no port.
        if type(port) is not int or not 1 <= port <= 65535:
            raise ValueError(port)
    host = text(row, "host")
    with field("host"):
        return Endpoint(protocol, host, port, security)

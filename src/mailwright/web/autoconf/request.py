"""Autodiscover's request (MS-OXDSCLI §2.2.3): whose settings are wanted, read from XML of strangers."""

from __future__ import annotations

from xml.etree.ElementTree import ParseError  # only the error

import defusedxml.ElementTree

from mailwright.core import BadInput, EmailAddress

_WANTED = ("emailaddress", "acceptableresponseschema")
_OURS = "/outlook/responseschema/2006a"
# Whatever else is in it, a request is that short.
MOST_BYTES = 16 * 1024
MOST_ELEMENTS = 200


class MalformedError(Exception):
    """It is no request."""


class OtherSchemaError(Exception):
    """It asks for answers of a kind that we do not give."""


def address(body: bytes) -> EmailAddress:
    """The address in a request. Raises MalformedError or OtherSchemaError."""
    found = _Found()
    parser = defusedxml.ElementTree.DefusedXMLParser(target=found, forbid_dtd=True)
    try:
        parser.feed(body)
        parser.close()
    # Beside errors of XML: an encoding that is unknown, or one of several bytes.
    except (ParseError, ValueError, LookupError) as error:
        raise MalformedError from error
    schema = found.text.get("acceptableresponseschema", _OURS)
    if not schema.strip().lower().endswith(_OURS):
        raise OtherSchemaError
    try:
        return checked(EmailAddress.parse(found.text.get("emailaddress", "")))
    except BadInput as problem:
        raise MalformedError from problem


class _Found:
    """Keeps the text of the first element of each name, and makes no tree."""

    def __init__(self) -> None:
        self.text: dict[str, str] = {}
        self._name = ""
        self._elements = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins. Raises MalformedError for the one too many."""
        self._elements += 1
        if self._elements > MOST_ELEMENTS:
            raise MalformedError
        name = tag.rpartition("}")[2].lower()
        self._name = name if name in _WANTED and name not in self.text else ""
        if self._name:
            self.text[name] = ""

    def data(self, text: str) -> None:
        """Some of its text."""
        if self._name:
            self.text[self._name] += text

    def end(self, tag: str) -> None:
        """It is over."""
        self._name = ""

    def close(self) -> None:
        """So is the document."""


def checked(address: EmailAddress) -> EmailAddress:
    """The address, which XML can hold. Raises BadInput."""
    if "\ufffe" in address.local or "\uffff" in address.local:
        raise BadInput("input.address.character", text=address.domain, character="\N{REPLACEMENT CHARACTER}")
    return address

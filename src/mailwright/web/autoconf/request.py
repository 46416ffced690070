"""Autodiscover's request (MS-OXDSCLI §2.2.3): whose settings are wanted, read from XML of strangers."""

from __future__ import annotations

from xml.etree.ElementTree import ParseError  # only the error

import defusedxml.ElementTree

from mailwright.core import BadInput, EmailAddress

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
    try:
        root = defusedxml.ElementTree.fromstring(body, forbid_dtd=True)
    # Beside errors of XML: an encoding that is unknown, or one of several bytes.
    except (ParseError, ValueError, LookupError) as error:
        raise MalformedError from error
    found: dict[str, str] = {}
    for count, element in enumerate(root.iter()):
        if count > MOST_ELEMENTS:
            raise MalformedError
        name = element.tag.rpartition("}")[2].lower()
        found.setdefault(name, (element.text or "").strip())
    schema = found.get("acceptableresponseschema", _OURS)
    if not schema.lower().endswith(_OURS):
        raise OtherSchemaError
    try:
        return checked(EmailAddress.parse(found.get("emailaddress", "")))
    except BadInput as problem:
        raise MalformedError from problem


def checked(address: EmailAddress) -> EmailAddress:
    """The address, which XML can hold. Raises BadInput."""
    if "\ufffe" in address.local or "\uffff" in address.local:
        raise BadInput("input.address.character", text=address.domain, character="\N{REPLACEMENT CHARACTER}")
    return address

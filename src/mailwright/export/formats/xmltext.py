"""XML for other programs: one element below the other. What XML cannot hold is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailwright.core import BadInput

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element  # only the type

# XML 1.0, 2.2 Characters: control characters apart, which are refused for all formats, only these are no Char.
_NO_CHAR = re.compile("[\ufffe\uffff]")
MEDIA = "text/xml; charset=utf-8"


def held(form: str, field: str, text: str) -> str:
    """The text, which XML can hold. Raises BadInput("export.cannot_hold")."""
    if _NO_CHAR.search(text):
        raise BadInput("export.cannot_hold", format=form, field=field)
    return text


def trimmed(form: str, field: str, text: str) -> str:
    """The text, which XML can hold and which stays the same in a reader that trims. Raises as `held`."""
    if text != text.strip():
        raise BadInput("export.cannot_hold", format=form, field=field)
    return held(form, field, text)


def root(tag: str, **attributes: str) -> Element:
    """The element around all others."""
    from xml.etree.ElementTree import Element  # nothing is parsed here

    return Element(tag, attributes)


def below(parent: Element, tag: str, text: str = "", /, **attributes: str) -> Element:
    """A new last child."""
    from xml.etree.ElementTree import SubElement  # nothing is parsed here

    made = SubElement(parent, tag, attributes)
    made.text = text or None
    return made


def document(top: Element) -> bytes:
    """The whole as UTF-8 without a byte order mark. ElementTree escapes & < > and, in attributes, quotes too."""
    from xml.etree.ElementTree import indent, tostring  # nothing is parsed here

    indent(top)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(top, encoding="unicode")}\n'.encode()

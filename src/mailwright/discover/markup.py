"""XML from strangers: no DTD, no entities, bounded in size, depth and number of elements."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element  # only the type; parsing is defusedxml's

MAX_BYTES = 256 * 1024
MAX_DEPTH = 24
MAX_ELEMENTS = 4000
_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{2,40})["']""")
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
# Text encodings only: Python knows more under the name of "encoding" than a document may use.
_ENCODINGS = re.compile(
    r"(utf-?(8|16(-?[lb]e)?)|us-ascii|ascii|iso-?8859-\d{1,2}|latin-?1|windows-\d{3,4}|cp\d{3,4}"
    r"|gb2312|gbk|gb18030|big5|euc-?(jp|kr|cn)|shift_jis|koi8-[ru])\Z"
)
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class HostileError(Exception):
    """A document made to harm: a DTD or entities, or beyond the limits."""


class NotMarkupError(Exception):
    """No XML at all, or broken."""


def parse(body: bytes) -> Element:
    """The root element; names are without their namespaces. Raises HostileError or NotMarkupError."""
    from xml.etree.ElementTree import ParseError, TreeBuilder

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    if len(body) > MAX_BYTES:
        raise HostileError
    text = decoded(body)
    parser = DefusedXMLParser(target=_Bounded(TreeBuilder()), forbid_dtd=True)
    try:
        parser.feed(text)
        root: Element = parser.close()
    except DefusedXmlException as error:
        raise HostileError from error
    except (ParseError, ValueError, AssertionError) as error:
        raise NotMarkupError from error
    return root


def decoded(body: bytes) -> str:
    """The document as text, by its byte order mark or declaration, else UTF-8. Raises NotMarkupError."""
    declared = _DECLARED.match(body)
    named = declared[1].decode("ascii").lower() if declared else "utf-8"
    encoding = next((name for mark, name in _MARKS if body.startswith(mark)), named)
    if encoding != "utf-8-sig" and not _ENCODINGS.match(encoding):
        raise NotMarkupError
    try:
        text = body.decode(encoding)
    except (UnicodeError, LookupError) as error:
        raise NotMarkupError from error
    # The text is no longer in the encoding its declaration names.
    return _DECLARATION.sub("", text, count=1).lstrip()


class _Bounded:
    """Builds the tree and counts while it does."""

    def __init__(self, builder: Any) -> None:  # noqa: ANN401  # TreeBuilder's methods are typed loosely
        self._builder = builder
        self._depth = 0
        self._elements = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH or self._elements > MAX_ELEMENTS:
            raise HostileError
        self._builder.start(tag.rpartition("}")[2], attributes)

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._builder.end(tag.rpartition("}")[2])

    def data(self, text: str) -> None:
        self._builder.data(text)

    def close(self) -> Element:
        root: Element = self._builder.close()
        return root


def text(element: Element, name: str) -> str:
    """The text of the first child of that name, "" if there is none."""
    return next(texts(element, name), "")


def texts(element: Element, name: str) -> Iterator[str]:
    """The texts of all children of that name that have one."""
    for child in element:
        if child.tag == name and child.text and child.text.strip():
            yield child.text.strip()

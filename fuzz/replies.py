"""No reply of any server, however odd, makes a parser raise."""

import sys

import atheris

with atheris.instrument_imports(include=["mailwright"]):
    from mailwright.wire import imap_parse, pop3, smtp


def one(data: bytes) -> None:
    """The same bytes as a reply in each protocol."""
    imap_parse.parse(data)
    imap_parse.literal_size(data)
    pop3.parse_reply(data)
    smtp.join_lines([smtp.parse_line(line) for line in data.split(b"\n")])


atheris.Setup(sys.argv, one)
atheris.Fuzz()

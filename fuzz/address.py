"""Whatever is typed as an address is read or refused, and what was read can be read again."""

import contextlib
import sys

import atheris

with atheris.instrument_imports(include=["mailwright", "idna"]):
    import idna  # noqa: F401 - core imports it only when it is used, too late to be watched

    from mailwright.core import BadInput, EmailAddress


def one(data: bytes) -> None:
    """Text as a terminal would give it: whole, as the local part, as the domain."""
    text = atheris.FuzzedDataProvider(data).ConsumeUnicodeNoSurrogates(64)
    for typed in (text, f"{text}@example.org", f"li@{text}"):
        with contextlib.suppress(BadInput):
            address = EmailAddress.parse(typed)
            assert EmailAddress.parse(str(address)) == address, address


atheris.Setup(sys.argv, one)
atheris.Fuzz()

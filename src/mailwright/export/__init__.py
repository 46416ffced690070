"""A known account as files for mail programs: takes a Profile, gives Exported. Pure.

    made = export.render(export.get("neomutt"), profile, choice)
    profile = export.read(document)                  # of the format `json`
    data = export.autoconfig(profile, template=True) # as are pox, pacc, records: for who answers for a domain

Each format is one file in `formats`, and one row of the table. Whatever is written into a file is
escaped for the program that reads it; what cannot be written for it (a line break in a name)
is refused before. What a format cannot express is a Note, with what to do instead.

A secret is placed only when `choice.secret` is given and the format has a place for it; otherwise
the file names a command that prints the secret, or lets the program ask. This room opens no file and
no socket, and knows no sentence: what people read comes through `choice.say`.
"""

from mailwright.export.form import Choice, Exported, File, Format, Group, Note, Proxy, Say, Signing
from mailwright.export.formats.autoconfig import config as autoconfig
from mailwright.export.formats.autodiscover import INVALID_REQUEST, NO_PROVIDER, json_answer, pox, pox_error
from mailwright.export.formats.autodiscover import url as autodiscover_url
from mailwright.export.formats.cms import Signer, signer
from mailwright.export.formats.data import read
from mailwright.export.formats.dns import Record, records
from mailwright.export.formats.emacs import string as lisp_string
from mailwright.export.formats.neomutt import quoted as mutt_string
from mailwright.export.formats.pacc import document as pacc
from mailwright.export.placing import DEFAULT_COMMANDS, secret_command, store_command, token_command
from mailwright.export.rendering import render
from mailwright.export.table import FORMATS, get

__all__ = [
    "DEFAULT_COMMANDS",
    "FORMATS",
    "INVALID_REQUEST",
    "NO_PROVIDER",
    "Choice",
    "Exported",
    "File",
    "Format",
    "Group",
    "Note",
    "Proxy",
    "Record",
    "Say",
    "Signer",
    "Signing",
    "autoconfig",
    "autodiscover_url",
    "get",
    "json_answer",
    "lisp_string",
    "mutt_string",
    "pacc",
    "pox",
    "pox_error",
    "read",
    "records",
    "render",
    "secret_command",
    "signer",
    "store_command",
    "token_command",
]

"""The command line: parse, call one journey or room, render.

    mailwright setup ADDRESS      from an address to verified settings
    mailwright serve              pages, an API, and the answers mail programs ask a domain for
    mailwright book  show|search|lint
    mailwright lab   up|down|status|run

Data goes to stdout, everything else to stderr. Exit codes: 0 works, 1 does not work, 2 wrong
usage or input, 3 could not tell, 130 stopped. Secrets come from a prompt, from stdin or from
a command, never as an argument. Imports nothing heavy until a verb needs it.
"""

from mailwright.cli.main import main

__all__ = ["main"]

"""Mailboxes moved from one IMAP server to another: what is copied is as it was, and a move that broke off goes on.

Takes two servers with somebody signed in to each, a journal and choices; gives what became of each folder and
each message. What is read goes to the destination as it comes; what the destination has acknowledged is written down,
so that a move that was cut off goes on where it stood.

Never deletes or changes anything at the source. Adds no header and keeps every byte, flag, date and the order. The
parts that only think (names, special uses, flags, dates) touch no network.
"""

from mailwright.migrate import compare, counting, fetch, journal, keeping, mailbox, mutf7, names, namespaces, pump, side

__all__ = [
    "compare",
    "counting",
    "fetch",
    "journal",
    "keeping",
    "mailbox",
    "mutf7",
    "names",
    "namespaces",
    "pump",
    "side",
]

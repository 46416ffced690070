"""What we know of the world: providers, each fact with its source and the day it was checked.

    shelf = book.Book(own_folder)
    shelf.by_domain("qq.com")            # Provider or None
    shelf.by_mx("mx1.qq.com")            # by the patterns of the MX hosts
    shelf.meant_host("imap.google.com")  # known mistakes
    book.problems(folder)                # the linter's complaints

One TOML file per provider in providers/, written against provider.schema.json; index.json is
made from them. A person's own folder adds entries and overrides shipped ones of the same id.
Pure: reads its own files, never the network. It never holds an OAuth client id or a secret.
"""

from mailwright.book.entry import BookEndpoint, Provider, WrongHost
from mailwright.book.index import FOLDER
from mailwright.book.lint import problems
from mailwright.book.replies import Replies, Row, hidden, places, said, unwrapped
from mailwright.book.shelf import Book

__all__ = [
    "FOLDER",
    "Book",
    "BookEndpoint",
    "Provider",
    "Replies",
    "Row",
    "WrongHost",
    "hidden",
    "places",
    "problems",
    "said",
    "unwrapped",
]

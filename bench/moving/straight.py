"""What a sweep cannot do without: each mailbox signed in to, its folders' states asked for, and good-bye.

    python -m moving.straight PORT AT_ONCE < USERS

The first line is the password, and each other one a user.
"""

from __future__ import annotations

import socket
import sys
from concurrent.futures import ThreadPoolExecutor

LIST = 'LIST "" "*" RETURN (SUBSCRIBED SPECIAL-USE STATUS (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ))'


def main(port: str, at_once: str) -> None:
    """Do it; what the servers say is not looked at."""
    password, *users = sys.stdin.read().splitlines()
    with ThreadPoolExecutor(int(at_once)) as pool:
        list(pool.map(lambda user: _asked(int(port), user, password), users))


def _asked(port: int, user: str, password: str) -> None:
    with socket.create_connection(("127.0.0.1", port)) as sock:
        answers = sock.makefile("rb")
        answers.readline()
        for tag, command in ((b"a", f'LOGIN {user} "{password}"'), (b"b", LIST), (b"c", "LOGOUT")):
            sock.sendall(tag + f" {command}\r\n".encode())
            while not (line := answers.readline()).startswith(tag):
                assert line, "hung up"
            assert line.startswith(tag + b" OK"), line


if __name__ == "__main__":
    main(*sys.argv[1:])

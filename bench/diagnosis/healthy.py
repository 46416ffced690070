"""Mail that works, in thirty shapes: nothing above a remark may be said about it."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from figures.table import Table

from diagnosis.asking import Answer, asked
from mailwright import lab as room

if TYPE_CHECKING:
    from mailwright.lab import Account, Lab

WANTED = 30
# Signs in with tokens only; its settings differ from their digest; it has no mail. Something is the matter with these.
_NOT_WELL = ("oauth.test", "paccbad.test", "bogus.test", "nothing.test", "nullmx.test")
_SHAPES = (("imap", "imap"), ("pop3", "pop"), ("smtp", "smtp"))


def shapes(lab: Lab) -> list[tuple[str, Account, tuple[str, ...]]]:
    """(what it is, account, options): found by each source, and typed in as a mail program has it."""
    well = [one for one in lab.accounts if one.domain not in _NOT_WELL and (one.domain != "v6.test" or lab.network.six)]
    found = [(f"found: {account.how}", account, ()) for account in well]
    typed = [
        (f"typed: {service.service}", account, _fields(service.service, service.host, service.port, service.security))
        for account in well
        for service in account.expect
        if account.username == account.address
    ]
    # One of each account first, then as many typed ones as it takes, of all three protocols in turn.
    turns = sorted(range(len(typed)), key=lambda at: (at % len(_SHAPES), at))
    return [*found, *(typed[at] for at in turns)][:WANTED]


def _fields(protocol: str, host: str, port: int, security: str) -> tuple[str, ...]:
    return ("--protocol", protocol, "--host", host, "--port", str(port), "--security", security)


def _vouched(account: Account) -> tuple[str, ...]:
    """The person says yes to the hosts that only an unsigned answer names."""
    return tuple(sorted(f"--trust-host={service.host}" for service in account.expect))


def measured(jobs: int) -> Table:
    """Examine them all."""
    table = Table("Mail that works: is anything said against it?", ("account", "shape", "said", "s"))
    with tempfile.TemporaryDirectory(prefix="mwb-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with room.running(Path(folder) / "lab") as lab, ThreadPoolExecutor(jobs) as pool:
            cases = shapes(lab)
            answers = list(pool.map(lambda case: _answer(lab, case[1], (*case[2], *_vouched(case[1]))), cases))
    false = 0
    for (what, account, _), answer in zip(cases, answers, strict=True):
        said = [*answer.above, *([answer.broken] if answer.broken else [])]
        said += [f"verdict {answer.verdict}"] if answer.verdict not in ("works", "") else []
        if said:
            false += 1
            table.row(account.address, what, ", ".join(said), answer.seconds)
    table.bar(f"no false alarm among {len(cases)} accounts", str(false), reached=not false and len(cases) >= WANTED)
    return table


def _answer(lab: Lab, account: Account, options: tuple[str, ...]) -> Answer:
    # Who looks at mail that works has said yes to its hosts before.
    yes = [word for host in dict.fromkeys(one.host for one in account.expect) for word in ("--trust-host", host)]
    argv = room.command(lab, ("mailwright", "diagnose", account.address, "--password-stdin", *yes, *options))
    return asked(argv, room.environment(lab), account.password)

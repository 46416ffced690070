"""A fault as a value: what goes wrong, how it shows, and what it takes to make it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailwright.lab.faults.scene import Scene

PASSWORD = "right-as-rain-7"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    `cause`: the id of the true cause; `also`: ids that mean the same here. `options`: for
    `mailwright diagnose`; a word in braces is filled in when the lab is up. `needs`: "", root,
    nft (root, in a network namespace) or faketime. `prefix`: a command in front of mailwright.
    `password` "": none is given. `far`: its servers are in a second namespace, far away.
    """

    id: str
    cause: str
    address: str
    make: Callable[[Scene], None]
    options: tuple[str, ...] = ()
    password: str = PASSWORD
    needs: str = ""
    also: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()
    far: bool = False

    @property
    def domain(self) -> str:
        """The domain of the address."""
        return self.address.rpartition("@")[2]

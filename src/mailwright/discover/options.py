"""What a person may choose about the search."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """`isp_database`: base URL of the ISPDB, the domain is appended. `guess`: try usual host names.

    `send_address`: put the address into autoconfig and Autodiscover questions; without it servers
    that are asked learn the domain only. `seed`: for the weighted choice of RFC 2782.
    """

    isp_database: str = "https://live.thunderbird.net/autoconfig/v1.1/"
    send_address: bool = False
    guess: bool = True
    seed: int | None = None

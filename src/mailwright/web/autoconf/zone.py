"""The DNS records by which mail programs find the answers."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from mailwright import export
from mailwright.core import EmailAddress
from mailwright.web.autoconf import filled

if TYPE_CHECKING:
    from mailwright.web.autoconf.values import Config, Domain


def records(config: Config) -> dict[str, tuple[export.Record, ...]]:
    """All records of each domain. Raises BadInput("export.…") for a server without a name."""
    return {name: _records(config, domain, name) for domain in config.domains for name in domain.names}


def _records(config: Config, domain: Domain, name: str) -> tuple[export.Record, ...]:
    address = EmailAddress("postmaster", name)
    profile = filled.profile(domain, address, address.wire)
    made = export.records(profile, web=config.web, file=filled.pacc(domain, name))
    if domain.mta_sts is None:
        return made
    # RFC 8461 §3.1: another id says that the policy has changed, so it is made of it.
    id = hashlib.sha256(filled.policy(domain.mta_sts).encode()).hexdigest()[:32]
    web = config.web or name
    alias = export.Record("mta-sts", "CNAME", f"{web}.")
    return (
        *made,
        *(() if alias.circular(name) else (alias,)),
        export.Record("_mta-sts", "TXT", f'"v=STSv1; id={id}"'),
    )

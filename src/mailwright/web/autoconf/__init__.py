"""The answers that mail programs ask a domain for: autoconfig, Autodiscover, PACC, mobileconfig, MTA-STS.

    own = autoconf.Autoconf(autoconf.read(Path("serve.toml")))
    web.Options(…, autoconf=own)

What an operator says of their domains stands in one TOML file. The answers are made once for each domain; only
what belongs to an address is filled in when somebody asks.
"""

from mailwright.web.autoconf.asgi import Autoconf
from mailwright.web.autoconf.reading import read
from mailwright.web.autoconf.values import Config, Domain
from mailwright.web.autoconf.zone import records

__all__ = ["Autoconf", "Config", "Domain", "read", "records"]

"""For every cause an examination that yields it first, and one much like it that must not."""

from __future__ import annotations

from tests.diagnose.cases_account import SERVERS, SIGNING_IN
from tests.diagnose.cases_network import ENCRYPTION, NETWORK
from tests.diagnose.cases_settings import PROTOCOLS, PUBLISHED, TYPED
from tests.diagnose.situations import Pair

ALL: dict[str, Pair] = TYPED | PROTOCOLS | PUBLISHED | NETWORK | ENCRYPTION | SIGNING_IN | SERVERS

"""Whatever strangers send, there is an answer, and never a failure of ours."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from xml.sax.saxutils import escape

import defusedxml.ElementTree
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailwright.web import autoconf
from tests.web.autoconf.served import DOMAIN, ask, got, made, request

POX = "/autodiscover/autodiscover.xml"
WHOLE = request("li@example.org")
MARKUP = st.sampled_from(
    [
        "<",
        ">",
        "&",
        "&lt;",
        "&#0;",
        "&x;",
        "<!DOCTYPE a>",
        "<![CDATA[",
        "]]>",
        "<?x?>",
        "<a>",
        "</a>",
        '<?xml version="1.0" encoding="utf-16"?>',
        "\x00",
        "\ufeff",
        "\ud800",
        "EMailAddress",
    ]
)
PATHS = st.sampled_from(
    [
        "/mail/config-v1.1.xml",
        "/.well-known/user-agent-configuration.json",
        "/mobileconfig",
        "/autodiscover/autodiscover.json",
        "/autodiscover/autodiscover.json/v1.0/",
        POX,
    ]
)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> autoconf.Autoconf:
    return made(tmp_path_factory.mktemp("own"), DOMAIN)


def damaged() -> st.SearchStrategy[bytes]:
    cut = st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 40), st.binary(max_size=40))
    return st.lists(cut, min_size=1, max_size=4).map(_damage)


def _damage(cuts: list[tuple[int, int, bytes]]) -> bytes:
    data = WHOLE
    for at, length, put in cuts:
        data = data[:at] + put + data[at + length :]
    return data


def bodies() -> st.SearchStrategy[bytes]:
    pasted = st.lists(st.one_of(MARKUP, st.text(max_size=20)), max_size=30).map("".join)
    addresses = st.one_of(st.text(max_size=80), st.emails()).map(lambda text: f"{text.partition('@')[0]}@example.org")
    return st.one_of(
        st.binary(max_size=3000),
        damaged(),
        pasted.map(lambda text: text.encode("utf-8", "surrogatepass")),
        pasted.map(lambda text: text.encode("utf-16", "surrogatepass")),
        addresses.map(lambda text: request(escape(text.encode("utf-8", "ignore").decode()))),
    )


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=bodies())
async def test_requests_of_autodiscover(own: autoconf.Autoconf, body: bytes) -> None:
    """Every body gets well-formed XML: settings or an error, and none of the 500s."""
    answer = await got(own, POX, method="POST", body=body)
    assert answer.status in (200, 413)
    root = defusedxml.ElementTree.fromstring(answer.body)
    assert root.tag.endswith("Autodiscover")
    assert b"ErrorCode" in answer.body or b"<Action>settings</Action>" in answer.body


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=PATHS, tail=st.text(max_size=60), query=st.text(max_size=200), host=st.text(max_size=60))
async def test_everything_else(own: autoconf.Autoconf, path: str, tail: str, query: str, host: str) -> None:
    """Any path, query and host."""
    target = f"{path}{tail.replace('?', '')}?{query}".encode("utf-8", "replace").decode()
    answer = await ask(own, target, host=host.encode("utf-8", "replace").decode())
    assert answer is None or answer.status < 500


async def test_memory_is_bounded(own: autoconf.Autoconf) -> None:
    """Hosts, addresses and bodies of strangers leave nothing behind."""

    async def strangers(count: int) -> None:
        for number in range(count):
            await got(own, "/mail/config-v1.1.xml", host=f"{number}.example.org")
            await got(
                own,
                f"/mail/config-v1.1.xml?emailaddress=a{number}@example.org",
                host=f"autoconfig.example.org:{number}",
            )
            await got(own, POX, method="POST", body=request(f"a{number}@example.org"))
            await got(own, POX, method="POST", body=b"<a>" * 5000)
            await asyncio.sleep(0)  # in which the loop throws timers away

    await strangers(50)
    tracemalloc.start()
    try:
        left = []
        for _ in range(3):
            await strangers(150)
            gc.collect()
            left.append(tracemalloc.get_traced_memory()[0])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # What others have left for the collector may go meanwhile; ours must not grow with each round.
    assert min(left[1] - left[0], left[2] - left[1]) < 50_000
    assert peak < 20_000_000

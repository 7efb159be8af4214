"""A real Asterisk for the clients' tests, empty before and after each of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import pytest

from ntpd112.pbx.ami import AmiClient
from ntpd112.pbx.ari import AriClient
from ntpd112.pbx.ari.errors import NotFoundError
from tests.pbx.bare_asterisk import ADDRESS, SECRET, USER, BareAsterisk, bare_asterisk

TIMEOUT_S = 3.0


@pytest.fixture(scope="session")
def one_asterisk() -> Iterator[BareAsterisk]:
    with bare_asterisk() as asterisk:
        yield asterisk


@pytest.fixture
def asterisk(one_asterisk: BareAsterisk) -> BareAsterisk:
    """A running Asterisk; the test may kill or freeze it."""
    one_asterisk.ensure_running()
    return one_asterisk


@pytest.fixture(params=["HTTP", "WebSocket"])
def way(request: pytest.FixtureRequest) -> str:
    """How commands travel."""
    return str(request.param)


@pytest.fixture
async def ari(asterisk: BareAsterisk, way: str) -> AsyncIterator[AriClient]:
    """An open client; whatever the test left behind is gone afterwards."""
    async with AriClient(asterisk.ari_url, USER, SECRET, timeout_s=TIMEOUT_S) as client:
        assert way == "HTTP" or await client.prefer_sockets()
        yield client
        if asterisk.answers:
            async with asyncio.timeout(TIMEOUT_S):
                await empty(client)


async def empty(ari: AriClient) -> None:
    """End every channel and bridge, and return when Asterisk knows none of them any more."""
    while (channels := await ari.channels_list()) or await ari.bridges_list():
        for channel in channels:
            # A Local channel's other half goes with the first.
            with contextlib.suppress(NotFoundError):
                await ari.channels_hangup(channel_id=channel.id)
        for bridge in await ari.bridges_list():
            with contextlib.suppress(NotFoundError):
                await ari.bridges_destroy(bridge_id=bridge.id)
        await asyncio.sleep(0.02)


@pytest.fixture
def ami(asterisk: BareAsterisk) -> AmiClient:
    """A client that is not connected yet."""
    return ami_client(asterisk)


def ami_client(
    asterisk: BareAsterisk, *, user: str = USER, secret: str = SECRET, events: tuple[str, ...] = ()
) -> AmiClient:
    return AmiClient(ADDRESS, asterisk.ami_port, user, secret, timeout_s=TIMEOUT_S, events=events, keepalive_s=0.5)

"""What commands by WebSocket do that those by HTTP do not; all else they have in common is tested of both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from ntpd112.pbx.ari import AriClient
from ntpd112.pbx.ari.base import EventSocket, Operation
from ntpd112.pbx.ari.command_sockets import CommandSockets
from ntpd112.pbx.ari.errors import AriTimeoutError, NotFoundError
from ntpd112.pbx.ari.transport import HttpTransport
from tests.pbx.bare_asterisk import ADDRESS, SECRET, USER, BareAsterisk
from tests.pbx.cutting_proxy import CuttingProxy


@pytest.fixture
async def proxy(asterisk: BareAsterisk) -> AsyncIterator[CuttingProxy]:
    async with CuttingProxy(ADDRESS, ADDRESS, asterisk.ari_port) as between:
        yield between


async def test_given_an_asterisk_that_was_started_again_then_commands_go_on_over_new_sockets(
    asterisk: BareAsterisk,
) -> None:
    async with AriClient(asterisk.ari_url, USER, SECRET, timeout_s=5) as ari:
        assert await ari.prefer_sockets()
        await asyncio.gather(*(ari.asterisk_set_global_var(variable="X", value=str(n)) for n in range(5)))
        await asyncio.to_thread(asterisk.kill)
        asterisk.ensure_running()  # in a thread it would die with that
        await ari.asterisk_set_global_var(variable="X", value="again")
        assert (await ari.asterisk_get_global_var(variable="X")).value == "again"


async def test_more_commands_at_once_than_there_may_be_sockets_are_all_done(asterisk: BareAsterisk) -> None:
    async with AriClient(asterisk.ari_url, USER, SECRET, timeout_s=5, connections=2) as ari:
        assert await ari.prefer_sockets()
        names = [f"b{n}" for n in range(20)]
        await asyncio.gather(*(ari.bridges_create_with_id(bridge_id=name, type="mixing") for name in names))
        assert sorted(bridge.id for bridge in await ari.bridges_list()) == sorted(names)
        await asyncio.gather(*(ari.bridges_destroy(bridge_id=name) for name in names))


async def test_a_hundred_commands_in_one_moment_do_not_knock_at_asterisk_all_at_once(asterisk: BareAsterisk) -> None:
    """The eleventh would be forgotten for a second."""
    opening: set[str] = set()
    most, opened = 0, 0

    async with HttpTransport(asterisk.ari_url, USER, SECRET) as transport:

        async def open_socket(app: str) -> EventSocket:
            nonlocal most, opened
            opening.add(app)
            most, opened = max(most, len(opening)), opened + 1
            await asyncio.sleep(0.3)  # so slow that nobody waits for a turn any longer
            try:
                return await transport.upgrade(Operation("socket", "GET", "events", {"app": app}), heartbeat_s=5)
            finally:
                opening.remove(app)

        sockets = CommandSockets(open_socket, 40)
        told = await asyncio.gather(*(sockets.request("ping", "GET", "asterisk/ping", None) for _ in range(100)))
        sockets.close()
    assert [answer and answer[0] for answer in told] == [200] * 100
    assert 1 < most <= 10
    assert opened <= 40


async def test_given_commands_that_wait_for_the_end_of_a_prompt_then_the_others_are_done_before(
    asterisk: BareAsterisk,
) -> None:
    async with AriClient(asterisk.ari_url, USER, SECRET, timeout_s=10) as ari:
        socket = await ari.open_events("waiting", heartbeat_s=5)
        await ari.channels_originate_with_id(channel_id="c1", endpoint="Local/wait@test", app="waiting")
        async with asyncio.timeout(5):
            while b"StasisStart" not in (await socket.receive()).data:
                pass
        await ari.channels_play_with_id(channel_id="c1", playback_id="p1", media=["tone:1004"])
        answering = [ari.channels_set_channel_var(channel_id="c1", variable="X", value=str(n)) for n in range(12)]
        slow = [asyncio.ensure_future(one) for one in answering]
        await ari.asterisk_set_global_var(variable="X", value="meanwhile")
        assert not any(one.done() for one in slow)
        await ari.playbacks_stop(playback_id="p1")
        await asyncio.gather(*slow)
        await ari.channels_hangup(channel_id="c1")
        await socket.close()


async def test_ids_with_anything_in_them_are_the_same_by_both_ways(asterisk: BareAsterisk, ari: AriClient) -> None:
    made = await ari.bridges_create_with_id(bridge_id="a/b c\u00e9?&", type="mixing")
    assert (await ari.bridges_get(bridge_id=made.id)).id == "a/b c\u00e9?&"
    await ari.bridges_destroy(bridge_id=made.id)
    with pytest.raises(NotFoundError):
        await ari.bridges_get(bridge_id=made.id)


async def test_given_a_command_without_an_answer_then_only_it_is_late_and_its_socket_is_not_used_again(
    asterisk: BareAsterisk, proxy: CuttingProxy
) -> None:
    async with AriClient(f"http://{ADDRESS}:{proxy.port}/ari", USER, SECRET, timeout_s=1) as ari:
        assert await ari.prefer_sockets()
        asterisk.freeze()
        with pytest.raises(AriTimeoutError):
            await ari.asterisk_set_global_var(variable="X", value="late")
        asterisk.thaw()
        await ari.asterisk_set_global_var(variable="X", value="now")
        assert (await ari.asterisk_get_global_var(variable="X")).value == "now"
        assert sum("/events?" in line for line in proxy.requests) == 2


async def test_an_asterisk_that_takes_no_commands_by_websocket_gets_them_by_http() -> None:
    """As one before 22.4: it opens the socket, and reads nothing from it."""
    done: list[str] = []

    async def deaf(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await asyncio.sleep(60)
        return socket

    async def command(request: web.Request) -> web.Response:
        done.append(f"{request.method} {request.path}")
        return web.Response(status=204)

    app = web.Application()
    app.router.add_get("/ari/events", deaf)
    app.router.add_route("*", "/{rest:.*}", command)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, ADDRESS, 0)
    await site.start()
    try:
        async with HttpTransport(f"http://{ADDRESS}:{runner.addresses[0][1]}/ari", USER, SECRET) as transport:
            assert not await transport.look_for_sockets()
            assert await transport.request(Operation("mute", "POST", "channels/c1/mute", {"direction": "in"})) == b""
    finally:
        await runner.cleanup()
    assert done == ["POST /ari/channels/c1/mute"]

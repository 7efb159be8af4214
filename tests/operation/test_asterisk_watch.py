"""An Asterisk that lives and does nothing is ended and started again; one that is only slow is left alone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal

from ntpd112.settings import Settings
from ntpd112.supervise.asterisk_watch import Silence, hangs
from ntpd112.web.link import Link
from tests.operation.people import calls as calls_in
from tests.operation.people import citizen, outcomes, phone
from tests.operation.room import Room
from tests.stories.city import city_text


def test_only_silence_without_a_break_counts() -> None:
    silence = Silence(20.0)
    assert not silence.judge(100.0, answered=False, fair=True)
    assert not silence.judge(119.0, answered=False, fair=True)
    assert not silence.judge(120.0, answered=True, fair=True)
    assert not silence.judge(121.0, answered=False, fair=True)
    assert not silence.judge(140.0, answered=False, fair=True)
    assert silence.judge(141.0, answered=False, fair=True)


def test_silence_on_a_machine_that_is_slow_itself_does_not_count() -> None:
    silence = Silence(20.0)
    assert not silence.judge(100.0, answered=False, fair=True)
    assert not silence.judge(130.0, answered=False, fair=False)
    assert not silence.judge(131.0, answered=False, fair=True)


async def test_an_asterisk_that_serves_or_is_gone_does_not_hang(room: Room) -> None:
    serves = room.settings.model_copy(update={"asterisk_hung_s": 0.1})
    gone = serves.model_copy(update={"ari_port": 9, "ami_port": 9})
    found: list[Settings] = []

    async def look(settings: Settings) -> None:
        await hangs(settings)
        found.append(settings)

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
            tasks.create_task(look(serves))
            tasks.create_task(look(gone))
    assert found == []


def test_given_an_asterisk_that_hangs_when_time_passes_then_it_is_killed_and_calls_are_served_again(
    own_room: Room,
) -> None:
    own_room.folder.mkdir()
    (own_room.folder / "city.yaml").write_text(city_text(own_room.network), encoding="utf-8")
    own_room.more["NTPD112_ASTERISK_HUNG_S"] = "4"
    own_room.up()
    hung = own_room.asterisk()
    os.kill(hung, signal.SIGSTOP)
    own_room.said(f"Asterisk (pid {hung}) has answered nothing for long, and is killed")
    own_room.said("Asterisk runs again")
    assert own_room.asterisk() != hung

    async def serves() -> list[str]:
        await _controller_is_back(own_room)
        async with phone(own_room) as operator:
            await operator.dial_and_wait("*11")
            async with citizen(own_room, 11) as caller:
                [(call_id, _)] = await calls_in(own_room, "talking")
                caller.hang_up()
                return await outcomes(own_room, [call_id])

    assert asyncio.run(serves()) == ["answered"]


async def _controller_is_back(room: Room) -> None:
    """Return once it serves: until then the exchange's own queue does."""
    async with Link(room.settings) as link, asyncio.timeout(15):
        while not (await link.state()).health.ari:  # noqa: ASYNC110  the other process tells when asked
            await asyncio.sleep(0.1)

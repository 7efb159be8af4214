"""A whole room as `make run` keeps it, with a standby on another machine."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from ipaddress import ip_address
from pathlib import Path

from tests.exchange.desk import hears_an_operator
from tests.far.centre import NETWORK, PORT, Machine
from tests.operation.people import calls, citizen, phone
from tests.operation.room import Room
from tests.postgres import PostgresServer
from tests.stories.city import city_text


async def test_given_a_room_whose_controllers_hang_then_another_machine_serves_and_they_stand_by_until_it_hands_over(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    room = Room(tmp_path / "state", NETWORK)
    room.folder.mkdir()
    (room.folder / "city.yaml").write_text(city_text(NETWORK), encoding="utf-8")
    room.more |= {
        "NTPD112_DATABASE_URL": postgres.url(),
        "NTPD112_LIFEBOAT_AFTER_S": "20",
        "NTPD112_JOURNAL_ADDRESS": f"{NETWORK}.1",
        "NTPD112_JOURNAL_PORT": str(PORT),
    }
    try:
        await asyncio.to_thread(room.up)
        shared = room.settings.model_copy(update={"journal_port": PORT})
        here = Machine(shared.model_copy(update={"journal_address": ip_address(f"{NETWORK}.1")}))
        there = Machine(
            shared.model_copy(
                update={
                    "state_dir": tmp_path / "there",
                    "asterisk": "elsewhere",
                    "asterisk_state_dir": str(room.folder),
                    "journal_address": ip_address(f"{NETWORK}.2"),
                }
            )
        )
        there.settings.state_dir.mkdir()
        for name in ("secrets.json", "city.yaml"):
            shutil.copy(room.folder / name, there.settings.state_dir)
        there.start()
        try:
            await _goes_there_and_back(room, here, there)
        finally:
            there.remove()
        assert await asyncio.to_thread(room.interrupt) == 0
    finally:
        room.clear_up()


async def _goes_there_and_back(room: Room, here: Machine, there: Machine) -> None:
    await there.stands_by_for(here)
    async with phone(room) as operator:
        await operator.dial_and_wait("*11")
        async with citizen(room, 11) as first:
            await hears_an_operator(first)
            async with citizen(room, 12) as second:
                before = await calls(room, "talking", "waiting")
                pids = [int((room.folder / "run" / f"{name}.pid").read_text()) for name in ("standby", "controller")]
                for pid in pids:
                    os.kill(pid, signal.SIGSTOP)
                now = await there.has("talking", "waiting")
                assert [(call.call_id, call.turn) for call in now.values()] == before
                for pid in pids:
                    os.kill(pid, signal.SIGCONT)
                await asyncio.to_thread(room.said, "here they stand by")
                await here.stands_by_for(there)

                there.signal(signal.SIGUSR1)
                assert await there.ended() == 0
                now = await here.has("talking", "waiting")
                assert [(call.call_id, call.turn) for call in now.values()] == before
                there.start()
                await there.stands_by_for(here)
                await hears_an_operator(first)
                first.hang_up()
                await first.ended()
                await hears_an_operator(second)
                second.hang_up()
                await second.ended()

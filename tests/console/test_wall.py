"""What the wall is told of a real room, and what it is told while records or controller are away."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from ntpd112.console.accounts import Accounts
from ntpd112.console.watching import SIGNED_OUT
from ntpd112.core.messages import IncidentEdited
from ntpd112.core.records import IncidentNoted, IncidentTypeSet
from ntpd112.settings import Settings
from ntpd112.simulate import Answer
from ntpd112.store.migrate import migrate
from tests.console.office import (
    NETWORK,
    Browser,
    Office,
    console,
    give_accounts,
    inbox,
    lately,
    office,
    settings_of_console,
)
from tests.stories.exchange_world import HARMLESS
from tests.stories.world import PATIENCE_S

ANI = "081234567890"


class Seen:
    """What one browser has been told."""

    def __init__(self, messages: asyncio.Queue[dict[str, Any]]) -> None:
        self._messages = messages
        self.seq = -1
        self.told: list[dict[str, Any]] = []
        self.at: list[float] = []

    async def until(self, what: Any) -> dict[str, Any]:
        """Read on until this is true of what is shown; return that."""
        async with asyncio.timeout(PATIENCE_S):
            while not self.told or not what(self.told[-1]):
                message = await self._messages.get()
                assert message["is"] == "snapshot"
                assert message["seq"] > self.seq
                self.seq = message["seq"]
                self.told.append(message)
                self.at.append(time.monotonic())
        return self.told[-1]


@asynccontextmanager
async def watching(browser: Browser) -> AsyncIterator[Seen]:
    async with browser.session.ws_connect(browser.url("/wall")) as socket, inbox(socket) as messages:
        yield Seen(messages)


async def one_answered_one_given_up(place: Office, wall: Seen) -> None:
    """Let one citizen be answered and another give up."""
    await place.world.operator("201", Answer(0.3, talk_s=1.0))
    await wall.until(lambda now: now["operators"]["free"] == 1)
    first = await place.world.citizen("mobile", ani=ANI)
    await wall.until(lambda now: now["operators"]["talking"] == 1)
    await place.world.is_over(first)
    second = await place.world.citizen(ani="0215550101")
    waits = await wall.until(lambda now: now["waiting"] == 1)
    assert lately(waits["waiting_since"])
    await place.world.hang_up(second)
    await place.world.is_over(second)


async def test_given_an_answered_and_an_abandoned_call_then_the_wall_counts_what_the_records_do(
    tmp_path: Path,
) -> None:
    async with office(tmp_path) as place, place.browser() as siti:
        await siti.sign_in("siti")
        async with watching(siti) as wall:
            await one_answered_one_given_up(place, wall)
            now = await wall.until(lambda now: now["today"]["arrived"] == 2 and not now["waiting"])
            async with place.world.database() as records:
                answering = await records.answering(now["today"]["begins_at"])
            today, (within_15_s, within_20_s) = now["today"], now["today"]["goals"]
            assert (today["arrived"], today["abandoned"]) == (answering.arrived, answering.abandoned) == (2, 1)
            for clock, reading in (("from_invite", answering.from_invite), ("from_queue", answering.from_queue)):
                assert (within_15_s[clock], within_20_s[clock]) == (reading.within_15_s, reading.within_20_s)
                of = clock.replace("from", "of")
                assert (within_15_s[of], within_20_s[of]) == (reading.of_15_s, reading.of_20_s)
            assert today["answered"] == answering.from_invite.answered == 1
            assert sum(one["calls"] for one in today["types"]) == 2
            assert sum(one["arrived"] for one in today["hours"]) == 2
            (incident,) = now["incidents"]
            assert lately(incident["at"])
            assert (now["city"], now["timezone"]) == ("Kota Cerita", "Asia/Jakarta")
            assert len(wall.at) <= wall.at[-1] - wall.at[0] + 2
        for name, number in (("Siti", ANI.removeprefix("0")), ("201", "2155501")):
            assert name not in json.dumps(now["incidents"])
            assert number not in json.dumps(wall.told)


async def test_given_a_console_that_is_started_again_then_it_counts_the_same_and_nothing_twice(tmp_path: Path) -> None:
    async with office(tmp_path) as place:
        async with place.browser() as siti:
            await siti.sign_in("siti")
            async with watching(siti) as wall:
                await one_answered_one_given_up(place, wall)
                before = await wall.until(lambda now: now["today"]["arrived"] == 2)
        settings = place.settings.model_copy(update={"console_port": 8113})
        async with console(settings), Browser(settings.console_url) as rina:
            await rina.sign_in("rina")
            async with watching(rina) as wall:
                after = await wall.until(lambda now: now["records_read"] and now["serves"])
                assert (after["today"], after["incidents"]) == (before["today"], before["incidents"])
                third = await place.world.citizen()
                await place.world.is_over(third)
                third_counted = await wall.until(lambda now: now["today"]["arrived"] == 3)
                assert len(third_counted["incidents"]) == 2


async def test_given_a_controller_that_ends_and_comes_back_then_the_wall_says_so_and_goes_on_counting(
    tmp_path: Path,
) -> None:
    async with office(tmp_path) as place, place.browser() as siti:
        place.world.harmless = (*HARMLESS, "res_http_websocket", "utils.c", "ari_websockets")
        await siti.sign_in("siti")
        async with watching(siti) as wall:
            await one_answered_one_given_up(place, wall)
            await place.world.stop_controller()
            away = await wall.until(lambda now: not now["serves"])
            assert away["today"]["arrived"] == 2
            await place.world.start_controller(place.tasks)
            await wall.until(lambda now: now["serves"])
            third = await place.world.citizen()
            await place.world.is_over(third)
            now = await wall.until(lambda now: now["today"]["arrived"] >= 3)
            assert (now["today"]["arrived"], now["records_read"]) == (3, True)


async def test_what_is_said_of_an_incident_later_changes_its_type_and_shows_nothing_else(tmp_path: Path) -> None:
    async with office(tmp_path) as place, place.browser() as siti:
        await siti.sign_in("siti")
        async with watching(siti) as wall:
            await one_answered_one_given_up(place, wall)
            assert place.world.controller is not None
            submit = place.world.controller.engine.submit
            (incident,) = (await wall.until(lambda now: now["incidents"]))["incidents"]
            async with place.world.database() as records:
                (known,) = await records.open_incidents()
            submit(IncidentEdited(IncidentNoted(known.incident_id, time.time(), "201", "Jalan Merdeka 1")))
            submit(IncidentEdited(IncidentTypeSet(known.incident_id, time.time(), "201", "fire")))
            now = await wall.until(lambda now: now["incidents"][0]["type"] == "fire")
            assert now["incidents"] == [{**incident, "type": "fire", "label": "Kebakaran"}]


async def test_without_records_and_controller_the_wall_is_there_and_says_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ntpd112.console.wall_records._RETRY_S", 0.1)
    settings = settings_of_console(Settings(state_dir=tmp_path), NETWORK)
    give_accounts(tmp_path)
    async with console(settings), Browser(settings.console_url) as siti:
        assert (await siti.ask("GET", "/wall/now"))[0] == 401
        await siti.sign_in("siti")
        status, now = await siti.ask("GET", "/wall/now")
        assert (status, now["serves"], now["records_read"], now["waiting"]) == (200, False, False, 0)
        assert not (tmp_path / "ntpd112.db").exists()
        async with watching(siti) as wall:
            await wall.until(lambda now: not now["records_read"])
            await migrate(settings.database)
            await wall.until(lambda now: now["records_read"])


async def test_who_is_signed_out_sees_the_wall_no_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ntpd112.console.wall._LATEST_S", 0.1)
    settings = settings_of_console(Settings(state_dir=tmp_path), NETWORK)
    give_accounts(tmp_path)
    async with console(settings), Browser(settings.console_url) as siti:
        async with siti.session.ws_connect(siti.url("/wall")) as socket:
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
            assert socket.close_code == SIGNED_OUT
        await siti.sign_in("siti")
        async with siti.session.ws_connect(siti.url("/wall")) as socket:
            first, second = await socket.receive_json(), await socket.receive_json()
            assert (first["is"], second["seq"] > first["seq"]) == ("snapshot", True)
            Accounts(tmp_path).remove("siti")
            while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
            assert socket.close_code == SIGNED_OUT

"""The wall in a real browser, with a day behind it: what can be read there, and that all of it is to be seen."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser as Engine

from ntpd112.core.records import IncidentFieldSet, IncidentOpened
from ntpd112.simulate import Answer
from ntpd112.store.engine import open_database
from ntpd112.store.transaction import close_database
from tests.console.chrome import Desk, chrome, desk
from tests.console.office import Office, office
from tests.console.test_form_in_page import text_of_city
from tests.console.test_forms import put_into_force
from tests.store.records import a_call
from tests.store.writing import write_all
from tests.stories.exchange_world import HARMLESS

_TYPES = ("medical", "fire", None, "accident", None, "crime", "medical", "ambulance", None, None)
_DISTRICTS = ("Karangtengah", "Benda", "Jatiuwung")
_CUT_OFF = """
() => [...document.querySelectorAll("html, .wall, .wall-main, .wall .panel, .wall h1, .wall h2, .wall h3, .banner")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 3)
  .map((one) => `${one.className} ${one.textContent.slice(0, 40)}`)
"""
_HEIGHT_OF_FRONT = """
() => {
  const figure = document.querySelector(".front .figure")
  const context = document.createElement("canvas").getContext("2d")
  const style = getComputedStyle(figure)
  context.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`
  return context.measureText("0").actualBoundingBoxAscent / innerHeight
}
"""


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    async with chrome(tmp_path) as running:
        yield running


async def write_a_day(place: Office, folder: Path) -> None:
    """Write the records of a day like those of a real city: few emergencies, and many who give up."""
    midnight = datetime.now(ZoneInfo("Asia/Jakarta")).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    records: list[object] = []
    for n in range(400):
        at = midnight + (n * 997 % 86_400)
        if at > time.time() - 300:
            continue
        took_s = 4 + n * 7 % 13 if n % 14 else 26
        answered = {"connected_at": at + took_s, "outcome": "answered"}
        gave_up = {"connected_at": None, "outcome": "abandoned"}
        kind, end = _TYPES[n % len(_TYPES)], answered if n % 4 else gave_up
        record = a_call(f"day-{n}", arrived_at=at, queued_at=at + 3, ended_at=at + 90, type=kind, offers=(), **end)
        records.append(record)
        if n % 9 == 1:
            records.append(IncidentOpened(f"i-{n}", record.call_id, at + took_s, kind, "201"))
            if n % 4:
                where = _DISTRICTS[n // 9 % len(_DISTRICTS)]
                records.append(IncidentFieldSet(f"i-{n}", at + took_s + 20, "201", "district", where))
    database = open_database(place.settings.database)
    try:
        await write_all(database, folder, *records)
    finally:
        await close_database(database)


async def choose(wall: Desk, *texts: str) -> None:
    """Choose something at the wall."""
    await wall.page.locator(".wall-head button").first.click()
    for text in texts:
        await wall.page.locator(".sheet .choice label", has_text=text).click()
    await wall.press("Escape")
    await wall.page.locator(".sheet").wait_for(state="detached")


async def is_all_to_be_seen(wall: Desk) -> None:
    for width, height in ((1366, 768), (1920, 1080)):
        await wall.page.set_viewport_size({"width": width, "height": height})
        assert await wall.page.evaluate(_CUT_OFF) == []
        assert await wall.page.evaluate(_HEIGHT_OF_FRONT) >= 0.12


async def test_the_wall_shows_who_waits_and_what_today_was_like(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_SETTLED_S", "_EVERY_S"):
        monkeypatch.setattr(f"ntpd112.console.wall_records.{name}", 0.5)
    async with office(tmp_path) as place:
        place.world.harmless = (*HARMLESS, "res_http_websocket", "utils.c", "ari_websockets")
        await write_a_day(place, tmp_path / "written")
        await put_into_force(place, text_of_city())
        await place.world.operator("201", Answer(0.1, talk_s=90.0))
        talks = await place.world.citizen("mobile", ani="081234567890")
        await place.world.speaks(talks, "201")
        async with desk(engine, place.settings.console_url, width=1920, height=1080) as wall:
            await wall.sign_in("layar")
            await wall.says(".front .state", "Tidak ada yang menunggu")
            await wall.says(".tile.busy", "Bicara")
            await wall.says(".shares", "Sasaran 90%")
            await wall.says(".wall-head", "WIB")
            await wall.says(".latest", "Karangtengah")
            await wall.page.locator(".chart canvas").wait_for()
            await wall.picture("wall-dark")
            await is_all_to_be_seen(wall)

            waits = await place.world.citizen()
            await wall.says(".front .state", "Ada yang menunggu")
            await wall.says(".front.amber .state", "Lewat 15 dtk", 30)
            await wall.picture("wall-amber")
            await choose(wall, "English", "Light")
            await wall.says(".front.red .state", "Over 20 s", 30)
            await wall.picture("wall-light-red")
            await is_all_to_be_seen(wall)
            await wall.page.set_viewport_size({"width": 1366, "height": 768})
            await wall.picture("wall-light-1366")
            await place.world.hang_up(waits)
            await place.world.is_over(waits)
            await wall.says(".front.calm .state", "Nobody is waiting")
            await wall.picture("wall-light")
            await choose(wall, "Indonesia", "Gelap")

            await place.world.operator_hangs_up("201")
            await place.world.is_over(talks)
            await wall.page.set_viewport_size({"width": 1920, "height": 1080})
            await place.world.stop_controller()
            await wall.says(".banner", "Pengendali sedang tidak aktif")
            await wall.says(".front .state", "Tidak diketahui")
            await wall.picture("wall-away")
            await is_all_to_be_seen(wall)
            assert "7890" not in await wall.page.content()
            await place.world.start_controller(place.tasks)
            await wall.says(".front .state", "Tidak ada yang menunggu")

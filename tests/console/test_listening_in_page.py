"""A supervisor with nothing but a browser: listens with a closed microphone, whispers, and takes the call over."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import Browser as Engine

from ntpd112.simulate import Answer, Citizen
from ntpd112.simulate.phone import PhoneCall
from ntpd112.simulate.tone import strength
from tests.console.axe import source, violations
from tests.console.chrome import HELD_MS, MICROPHONE_HZ, desk
from tests.console.office import office
from tests.stories.world import PATIENCE_S

CITIZEN_HZ = 900.0
CARD = ".card:has-text('Sari')"


async def test_a_supervisor_listens_without_a_microphone_whispers_and_takes_over(
    tmp_path: Path, engine: Engine
) -> None:
    async with office(tmp_path) as place, desk(engine, place.settings.console_url) as dewi:
        await dewi.sign_in("dewi")
        await dewi.says(".softphone", "Siap")
        assert not await dewi.has_open_microphone()
        await place.world.operator("201", Answer(0.1))
        caller = await place.world.citizen("mobile", ani="081234567890", tone_hz=CITIZEN_HZ)
        await place.world.speaks(caller, "201")

        await dewi.page.click(f"{CARD} button:has-text('Dengar')")
        await dewi.says(".softphone", "Anda mendengar Sari (201). Mikrofon tertutup.")
        await dewi.hears(CITIZEN_HZ)
        assert not await dewi.has_open_microphone()
        await dewi.picture("supervisor-listens")
        axe = await asyncio.to_thread(source, place.settings.cache_dir)
        assert await violations(dewi.page, axe) == []

        await dewi.page.click(f"{CARD} button:has-text('Bisik')")
        await dewi.says(".softphone", "Sari (201) mendengar Anda, penelepon tidak.")
        await _hears(place.world.phones["201"].calls[-1], MICROPHONE_HZ)
        assert await dewi.has_open_microphone()

        await dewi.page.click(f"{CARD} button:has-text('Dengar')")
        await dewi.says(".softphone", "Mikrofon tertutup.")
        assert not await dewi.has_open_microphone()

        await dewi.page.click(f"{CARD} button:has-text('Gabung')")
        await _hears(caller.party, MICROPHONE_HZ)
        await dewi.page.click(f"{CARD} button:has-text('Ambil alih')", delay=HELD_MS)
        await place.world.speaks(caller, "203")
        await _hears(caller.party, MICROPHONE_HZ)
        await dewi.page.click("nav a:has-text('Meja')")
        await dewi.says(".own .stage", "Bicara")
        await dewi.hold("F9")
        record = await place.world.is_over(caller)
        assert record.side == "operator"
        assert {(one.target, one.kind) for one in record.offers} == {("201", "operator"), ("203", "take_over")}
        await dewi.says(".softphone", "Siap")
        assert not await dewi.has_open_microphone()


async def _hears(who: Citizen | PhoneCall, hz: float) -> None:
    """Wait until this tone is in what somebody hears, alone or with another."""
    async with asyncio.timeout(PATIENCE_S):
        while strength(who.audio.latest(2000), hz) < 0.1:  # noqa: ASYNC110  sound tells nobody
            await asyncio.sleep(0.1)

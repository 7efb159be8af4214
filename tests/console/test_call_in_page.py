"""An operator with nothing but a browser: a citizen's call from its ring to its record, with a reload in its middle."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser as Engine

from tests.console.chrome import MICROPHONE_HZ, chrome, desk
from tests.console.office import office
from tests.exchange.desk import hears_an_operator

CITIZEN_HZ = 900.0


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    async with chrome(tmp_path) as running:
        yield running


async def test_a_call_is_answered_by_a_key_heard_both_ways_and_goes_on_after_a_reload(
    tmp_path: Path, engine: Engine
) -> None:
    async with office(tmp_path) as place, desk(engine, place.settings.console_url) as siti:
        await siti.sign_in("siti")
        await siti.says(".softphone", "Siap")
        await siti.press("s")
        await siti.says(".presence [role=status]", "Siap")
        caller = await place.world.citizen("mobile", ani="081234567890", tone_hz=CITIZEN_HZ)
        await siti.says(".own .huge", "7890")
        await siti.says(".own button", "Jawab")
        await siti.picture("operator-rings")
        await siti.press("j")
        await siti.says(".own .stage", "Bicara")
        await siti.hears(CITIZEN_HZ)
        await hears_an_operator(caller.party, hz=MICROPHONE_HZ)
        await siti.says(".softphone", "Suara")
        await siti.picture("operator-talks")

        await siti.page.reload()
        await siti.says(".own .stage", "Bicara")
        await siti.says(".own button", "Akhiri")
        await siti.hears(CITIZEN_HZ)
        await hears_an_operator(caller.party, hz=MICROPHONE_HZ)

        await siti.press("e", "e")
        record = await place.world.is_over(caller)
        assert (record.outcome, record.operator, record.side) == ("answered", "201", "operator")
        assert [(offer.kind, offer.result) for offer in record.offers] == [
            ("operator", "answered"),
            ("take_up", "answered"),
        ]
        await siti.says(".own", "Waktu mencatat")
        await siti.picture("operator-notes")

"""Two operators who answer one call in the same moment: one has it, the other is told who."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import Browser as Engine

from tests.console.chrome import Desk, desk
from tests.console.office import office


async def ready(operator: Desk, name: str) -> None:
    await operator.sign_in(name)
    await operator.says(".softphone", "Siap")
    await operator.press("Shift+F2")
    await operator.says(".presence [role=status]", "Siap")


async def test_given_one_call_that_rings_two_pages_then_one_has_it_and_the_other_is_told(
    tmp_path: Path, engine: Engine
) -> None:
    async with office(tmp_path) as place:
        await place.world.reload(ring_s=20)
        url = place.settings.console_url
        async with desk(engine, url) as siti, desk(engine, url) as budi:
            await ready(siti, "siti")
            await ready(budi, "budi")
            caller = await place.world.citizen("mobile", ani="081234567890")
            await siti.says(".own button", "Jawab")
            await budi.says(".own button", "Jawab", within_s=20)
            await asyncio.gather(siti.press("F2"), budi.press("F2"))
            await place.world.until(lambda: place.world.room.calls[caller.call_id].state == "talking")
            main = place.world.room.calls[caller.call_id].main
            assert main is not None
            winner, loser, name = (siti, budi, "Sari") if main.operator == "201" else (budi, siti, "Budi")
            await winner.says(".own .stage", "Bicara")
            await loser.says(".banner", f"diangkat oleh {name}")
            await loser.picture("operator-too-late")
            await winner.hold("F9")
            record = await place.world.is_over(caller)
            assert record.outcome == "answered"

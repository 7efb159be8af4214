"""A console that ends and starts again while an operator speaks in its page: the call does not mind."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser as Engine

from tests.console.chrome import MICROPHONE_HZ, desk
from tests.console.office import NETWORK, console, give_accounts, settings_of_console
from tests.console.test_call_in_page import CITIZEN_HZ
from tests.console.test_two_pages import ready
from tests.exchange.desk import hears_an_operator
from tests.stories.exchange_world import exchange_world


async def test_who_speaks_speaks_on_and_the_end_of_the_call_reaches_the_page(tmp_path: Path, engine: Engine) -> None:
    async with exchange_world(tmp_path, NETWORK) as world:
        settings = settings_of_console(world.instance.settings, NETWORK)
        give_accounts(settings.state_dir)
        async with desk(engine, settings.console_url, opened=False) as siti:
            async with console(settings):
                await siti.open()
                await ready(siti, "siti")
                caller = await world.citizen("mobile", ani="081234567890", tone_hz=CITIZEN_HZ)
                await siti.says(".own button", "Jawab")
                await siti.press("F2")
                await siti.hears(CITIZEN_HZ)
            await siti.says(".banner", "Tidak tersambung")
            await siti.hears(CITIZEN_HZ)
            await hears_an_operator(caller.party, hz=MICROPHONE_HZ)
            async with console(settings):
                await siti.says(".softphone", "Suara", within_s=30)
                await siti.page.locator(".banner").wait_for(state="detached", timeout=30_000)
                await siti.hears(CITIZEN_HZ)
                await hears_an_operator(caller.party, hz=MICROPHONE_HZ)
                await world.hang_up(caller)
                record = await world.is_over(caller)
                assert (record.outcome, record.side) == ("answered", "caller")
                assert [offer.kind for offer in record.offers] == ["operator"]
                await siti.says(".classify", "Panggilan apa ini?")
                await siti.page.locator(".own button", has_text="Akhiri").wait_for(state="detached")
            siti.errors.clear()  # the browser's own words about a server that was not there

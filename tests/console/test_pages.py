"""Every page, in both sizes of an operator's screen, light and dark: pictures to look at, and what axe-core finds."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser as Engine

from ntpd112.settings import Settings
from tests.console import axe
from tests.console.chrome import Desk, desk
from tests.console.office import office
from tests.console.test_two_pages import ready

SIZES = ((1920, 1080), (1366, 768))
_OVERFLOW = "[document.documentElement.scrollHeight - innerHeight, document.documentElement.scrollWidth - innerWidth]"


class Judge:
    """Looks at pages, and keeps what they look like."""

    def __init__(self, program: str) -> None:
        self._program = program
        self.found: list[str] = []

    async def look(self, at: Desk, name: str) -> None:
        for scheme in ("light", "dark"):
            await at.page.emulate_media(color_scheme=scheme)
            for width, height in SIZES:
                await at.page.set_viewport_size({"width": width, "height": height})
                await at.picture(f"{name}-{width}-{scheme}")
                overflow = await at.page.evaluate(_OVERFLOW)
                if max(overflow) > 0:
                    self.found.append(f"{name} at {width}x{height} is {overflow} pixels too large")
            self.found += [f"{name}, {scheme}: {one}" for one in await axe.violations(at.page, self._program)]


async def test_every_page_fits_its_screen_and_axe_finds_nothing(tmp_path: Path, engine: Engine) -> None:
    judge = Judge(axe.source(Settings().cache_dir))
    async with office(tmp_path) as place:
        url = place.settings.console_url
        async with desk(engine, url) as siti, desk(engine, url) as rina:
            await judge.look(siti, "sign-in")
            await ready(siti, "siti")
            await judge.look(siti, "operator-ready")
            await rina.sign_in("rina")
            await siti.page.click(".settings button")
            await judge.look(siti, "settings")
            await siti.press("Escape")
            await siti.page.click(".softphone .devices")
            await judge.look(siti, "devices")
            await siti.press("Escape")
            caller = await place.world.citizen("mobile", ani="081234567890")
            await siti.says(".own button", "Jawab")
            await siti.press("F2")
            await siti.says(".own .stage", "Bicara")
            await siti.page.fill("#field-what", "Asap tebal dari lantai dua")
            await siti.press("F8")
            waits = await place.world.citizen("landline", ani="0215550102")
            await siti.says(".queue", "landline")
            await judge.look(siti, "operator-speaks")
            await judge.look(rina, "supervisor")
            await place.world.hang_up(waits)
            await siti.hold("F9")
            await place.world.is_over(caller)
            await place.world.is_over(waits)
            await siti.says(".classify", "Panggilan apa ini?")
            await judge.look(siti, "operator-notes")
    assert judge.found == []

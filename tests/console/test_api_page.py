"""The page that shows the API, in a real browser: every operation, nothing from elsewhere, nothing inline."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ntpd112.console.build import build
from ntpd112.settings import Settings
from tests.console import axe
from tests.console.chrome import PICTURES, chrome
from tests.console.office import NETWORK, console, give_accounts, settings_of_console


async def test_the_page_shows_every_operation_and_asks_nobody_else(tmp_path: Path) -> None:
    settings = settings_of_console(Settings(state_dir=tmp_path, cache_dir=tmp_path / "cache"), NETWORK)
    await asyncio.to_thread(build, settings.cache_dir)
    give_accounts(tmp_path)
    asked, said = list[str](), list[str]()
    async with console(settings) as made, chrome(tmp_path) as engine:
        page = await engine.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda line: said.append(line.text) if line.type in {"error", "warning"} else None)
        await page.goto(f"{settings.console_url}api")
        shown = page.locator(".opblock")
        await shown.first.wait_for()
        assert await shown.count() == len(made.endpoints)
        summary = page.locator(".opblock", has_text="Set an operator's presence")
        await summary.locator(".opblock-summary-control").first.click()
        await summary.locator(".responses-table", has_text="There is no such operator").wait_for()
        program = await asyncio.to_thread(axe.source, settings.cache_dir)
        found = await axe.violations(page, program)
        assert [one for one in found if one[1] in {"serious", "critical"}] == []
        await page.screenshot(path=PICTURES / "api.png", full_page=True)
    assert said == []
    assert all(url.startswith((settings.console_url, "data:", "blob:")) for url in asked), asked

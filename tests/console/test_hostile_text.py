"""Whatever callers, operators and accounts say is text on every page: nothing of it runs, and nothing is fetched."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser as Engine

from ntpd112.console.accounts import Account, Accounts, hash_password
from ntpd112.simulate import Identity
from ntpd112.store.engine import open_database
from ntpd112.store.transaction import close_database
from tests.console.chrome import Desk, desk
from tests.console.office import PASSWORD, Office, office
from tests.console.test_two_pages import ready
from tests.store.records import a_call, an_offer
from tests.store.writing import write_all

IMAGE = "<img src=x onerror=pwn()>"
SCRIPT = '"><script>pwn()</script>'
TEMPLATE = "${pwn()}{{pwn()}}<%=pwn()%>"
TURNED = "\u202e<svg onload=pwn()>\u2066"
LINK = "javascript:pwn()"
ALL = f"{IMAGE}{SCRIPT}{TEMPLATE}{TURNED}{LINK}"
WHO = ALL[:100]
"""As long as a name may be."""
MARK = {"mark": f"{IMAGE}{TURNED}", "days": 1}
IN_SIP = "%3Cimg%20src%3Dx%20onerror%3Dpwn()%3E"
_WATCH = """
window.harmed = []
window.pwn = () => window.harmed.push("a script ran")
addEventListener("securitypolicyviolation", (event) => window.harmed.push(event.violatedDirective))
"""
_STRANGE = """
() => [...document.querySelectorAll("img, svg:not(.icon), iframe, script:not([src]), a[href^='javascript'], [onerror]")]
  .map((one) => one.outerHTML)
"""
_ISOLATED = "(one) => getComputedStyle(one).unicodeBidi"


@asynccontextmanager
async def watched(engine: Engine, url: str) -> AsyncIterator[Desk]:
    """Open a page; at the end nothing strange may have come up in it."""
    async with desk(engine, url, opened=False) as made:
        dialogs: list[str] = []
        made.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        await made.context.add_init_script(_WATCH)
        await made.open()
        yield made
        await is_harmless(made)
        assert dialogs == []
        # Nothing is known of a caller without a number, and to be told so is no error.
        made.errors[:] = [error for error in made.errors if "status of 409" not in error]


async def is_harmless(at: Desk) -> None:
    assert await at.page.evaluate("window.harmed") == []
    assert await at.page.evaluate(_STRANGE) == []
    assert await at.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def write_hostile_call(place: Office, folder: Path) -> None:
    call = a_call(
        "hostile",
        arrived_at=time.time() - 100,
        ended_at=time.time() - 40,
        connected_at=None,
        ani=None,
        ani_raw=SCRIPT,
        ani_kind="unparsable",
        caller_name=ALL,
        type=IMAGE,
        digits=SCRIPT,
        cause=IMAGE,
        destination=IMAGE,
        recording=SCRIPT,
        incident_id=None,
        notes=(ALL,),
        offers=(an_offer("hostile", target=IMAGE, cause=SCRIPT),),
    )
    database = open_database(place.settings.database)
    try:
        await write_all(database, folder, call)
    finally:
        await close_database(database)


async def test_hostile_text_is_text_on_every_page(tmp_path: Path, engine: Engine) -> None:
    async with office(tmp_path) as place:
        url = place.settings.console_url
        Accounts(place.settings.state_dir).add(
            Account(
                name="eve",
                full_name=WHO,
                role="supervisor",
                password_hash=hash_password("eve", PASSWORD),
                changed_at=1.0,
            )
        )
        await write_hostile_call(place, tmp_path / "written")
        async with watched(engine, url) as siti, watched(engine, url) as eve, place.browser() as api:
            await api.sign_in("siti")
            await eve.sign_in("eve")
            await eve.says(".who", WHO)

            first = await place.world.citizen("mobile", ani="081234567890")
            assert (await api.ask("PUT", f"/calls/{first.call_id}/mark", MARK))[0] == 204
            await place.world.hang_up(first)
            await place.world.is_over(first)

            await ready(siti, "siti")
            who = Identity(ani="081234567890", name=f"{IMAGE}{TEMPLATE}")
            named = await place.world.citizen("mobile", identity=who)
            await siti.says(".own button", "Jawab")
            await siti.says(".known", IMAGE)
            await siti.press("F2")
            await siti.says(".own .stage", "Bicara")
            incident = f"/incidents/i-{named.call_id}"
            for field in ("address", "district", "what", "notes"):
                assert (await api.ask("PUT", f"{incident}/fields", {"field": field, "text": ALL}))[0] == 204
            assert (await api.ask("POST", f"{incident}/notes", {"text": ALL}))[0] == 204
            await siti.page.fill("#field-what", SCRIPT)
            await siti.says(".saved", "Tersimpan")
            waits = await place.world.citizen("mobile", identity=Identity(ani=IN_SIP, name=TURNED))
            await eve.says(".calls tbody", IMAGE)
            await siti.hold("F9")
            record = await place.world.is_over(named)
            assert record.caller_name.startswith(IMAGE)
            await siti.says(".own .huge", IMAGE, within_s=30)
            await siti.picture("hostile-desk")
            await eve.picture("hostile-overview")
            await place.world.hang_up(waits)
            assert (await place.world.is_over(waits)).ani_raw == IMAGE

            await look_at_records(eve)
            await eve.page.goto(f"{url}wall")
            await eve.says(".wall-head", "WIB")
            await eve.says(".wall", "Kejadian terakhir")
            await eve.picture("hostile-wall")


async def look_at_records(eve: Desk) -> None:
    """Open every call and the incident."""
    await eve.page.click("nav a[href='#records']")
    await eve.says(".found tbody", IMAGE)
    for name in (ALL, TURNED):
        row = eve.page.locator(".found tbody tr", has_text=name).first
        assert await row.locator("bdi").first.evaluate(_ISOLATED) == "isolate"
        await row.click()
        await eve.says(".detail .facts", name)
        await is_harmless(eve)
    await eve.page.locator(".found tbody tr", has_text=SCRIPT).first.click()
    await eve.says(".detail li", ALL)
    await eve.says(".detail table", SCRIPT)
    await eve.picture("hostile-call")
    await eve.page.click(".shelf button:has-text('Kejadian')")
    await eve.page.locator(".found tbody tr", has_text=ALL).first.click()
    await eve.says(".detail .notes", ALL)
    async with asyncio.timeout(15):
        while await eve.page.input_value("#field-address") != ALL:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await eve.picture("hostile-incident")

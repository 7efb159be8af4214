"""The form that the city made for a kind of emergency, filled without a mouse; and what of it the wall shows."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from playwright.async_api import Browser as Engine

from ntpd112.config.load import DEFAULT_CITY
from ntpd112.settings import Settings
from ntpd112.simulate import Answer
from tests.console import axe
from tests.console.chrome import Desk, desk
from tests.console.office import NETWORK, office
from tests.console.test_forms import put_into_force
from tests.console.test_pages import Judge
from tests.console.test_two_pages import ready
from tests.stories.city import city_text

FILLED = {
    "address": "Jl. Mawar 12",
    "landmark": "Masjid Raya",
    "district": "Cipondoh",
    "what": "Ayah jatuh di kamar mandi",
    "conscious": "yes",
    "breathing": "no",
    "bleeding": "",
    "age": "sekitar 60",
    "hurt": "1",
}
"""In the order of the fields; of what is chosen, what is saved."""
PRESSED = {"district": "cip", "conscious": "y", "breathing": "t", "bleeding": ""}


def text_of_city() -> str:
    """Write the city of the stories with the districts and types of the default city."""
    default = DEFAULT_CITY.read_text(encoding="utf-8")
    districts = default[default.index("\ndistricts:") : default.index("# Lines to the telephone")]
    types = default[default.index("\ntypes:") : default.index("# What the keys mean")]
    types = re.sub(r"\n    agency: .*", "", types)
    own = city_text(NETWORK).replace("mobile: {kind: mobile,", "mobile: {kind: mobile, area: Barat,")
    return own[: own.index("types:")] + districts + types + own[own.index("menu:") :]


async def fill(at: Desk) -> None:
    """Choose the type with the keyboard, then go through the fields with Tab."""
    await at.is_in("address")
    await at.press("Shift+Tab")
    await at.page.keyboard.type("med")
    await at.page.locator("#field-conscious").wait_for()
    for field, text in FILLED.items():
        await at.press("Tab")
        assert await at.page.evaluate("document.activeElement.id") == f"field-{field}"
        await at.page.keyboard.type(PRESSED.get(field, text))
    await at.press("Escape")
    await at.says(".saved", "Tersimpan")


async def ring_elsewhere(at: Desk) -> None:
    """Let calls ring at a phone of the operator's own: a page that is loaded again is no matter for the call then."""
    await at.page.click(".softphone .devices")
    await at.page.check("label:has-text('Telepon lain') input")
    await at.says(".softphone", "Mati")
    await at.press("Escape")


async def shown_in(at: Desk) -> dict[str, str]:
    return {field: await at.page.input_value(f"#field-{field}") for field in FILLED}


async def test_a_types_form_is_filled_by_keyboard_outlives_type_and_page_and_the_wall_shows_the_district(
    tmp_path: Path, engine: Engine
) -> None:
    judge = Judge(axe.source(Settings().cache_dir))
    async with office(tmp_path) as place:
        await put_into_force(place, text_of_city())
        url = place.settings.console_url
        async with desk(engine, url) as siti, desk(engine, f"{url}wall") as wall:
            await siti.sign_in("siti")
            await ring_elsewhere(siti)
            await wall.sign_in("rina")
            await place.world.operator("201", Answer(2.0, talk_s=300.0))
            caller = await place.world.citizen("mobile", ani="081234567890")
            await siti.says(".own dl", "Barat")
            await siti.says(".own .stage", "Bicara")
            await fill(siti)
            await siti.says(".cards", "Sadar? Bernapas normal?")
            assert await shown_in(siti) == FILLED
            await judge.look(siti, "form-medical")

            await siti.page.focus("#field-type")
            await siti.page.keyboard.type("keb")
            await siti.page.locator("#field-burning").wait_for()
            await siti.says(".cards", "Di lantai berapa?")
            await siti.press("Escape")
            await siti.page.reload()
            await siti.says(".own .stage", "Bicara")
            await siti.page.locator("#field-conscious").wait_for()
            await siti.page.locator("#field-burning").wait_for()
            kept = {field: text for field, text in FILLED.items() if text}
            assert {field: await siti.page.input_value(f"#field-{field}") for field in kept} == kept
            await judge.look(siti, "form-of-another-type")

            await wall.says(".latest", "Cipondoh")
            await judge.look(wall, "wall-district")
            content = await wall.page.content()
            assert not [
                text for field, text in FILLED.items() if field != "district" and len(text) > 3 and text in content
            ]

            await place.world.operator_hangs_up("201")
            await place.world.is_over(caller)
            async with place.world.database() as records, asyncio.timeout(15):
                incident = f"i-{caller.call_id}"
                while (found := await records.incident(incident)) is None or len(found.fields) < len(kept):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            assert {one.field: one.text for one in found.fields} == kept
    assert judge.found == []


async def test_what_the_city_no_longer_lets_choose_stays_in_the_browser_and_is_told_of(
    tmp_path: Path, engine: Engine
) -> None:
    async with office(tmp_path) as place:
        await put_into_force(place, text_of_city())
        async with desk(engine, place.settings.console_url) as siti:
            await ready(siti, "siti")
            caller = await place.world.citizen("mobile", ani="081234567890")
            await siti.says(".own button", "Jawab")
            await siti.press("F2")
            await siti.page.locator("select#field-district").wait_for()
            await siti.page.route("**/fields", lambda route: route.abort())
            await siti.page.select_option("#field-district", "Cipondoh")
            await siti.says(".saved", "Belum tersimpan")
            await put_into_force(place, text_of_city().replace("Cipondoh, ", ""))
            await siti.page.unroute("**/fields")
            await siti.says(".saved", "Satu isian tidak diterima")
            assert await siti.page.input_value("#field-district") == "Cipondoh"
            await siti.picture("form-refused")
            await siti.page.select_option("#field-district", "Ciledug")
            await siti.says(".saved", "Tersimpan")
            assert [text for text in siti.errors if "ERR_FAILED" not in text and "status of 422" not in text] == []
            siti.errors.clear()
            await siti.hold("F9")
            await place.world.is_over(caller)

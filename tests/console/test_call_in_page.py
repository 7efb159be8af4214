"""An operator with nothing but a browser: a citizen's call from its ring to its record, with a reload in its middle."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import Browser as Engine
from sqlalchemy import select

from ntpd112.simulate import Address, Answer
from ntpd112.simulate.real_phone import RealPhone
from ntpd112.store.engine import open_database
from ntpd112.store.tables import call_classes
from ntpd112.store.transaction import close_database
from tests.console.chrome import MICROPHONE_HZ, desk
from tests.console.office import NETWORK, Office, office
from tests.exchange.desk import hears_an_operator
from tests.stories.world import Caller

CITIZEN_HZ = 900.0
BARESIP_HZ = 620.0


async def test_a_call_is_answered_by_a_key_heard_both_ways_and_goes_on_after_a_reload(
    tmp_path: Path, engine: Engine
) -> None:
    async with office(tmp_path) as place, desk(engine, place.settings.console_url) as siti:
        await siti.sign_in("siti")
        await siti.says(".softphone", "Siap")
        await siti.press("Shift+F2")
        await siti.says(".presence [role=status]", "Siap")
        caller = await place.world.citizen("mobile", ani="081234567890", tone_hz=CITIZEN_HZ)
        await siti.says(".own .huge", "7890")
        await siti.says(".own button", "Jawab")
        await siti.picture("operator-rings")
        await siti.press("F2")
        await siti.says(".own .stage", "Bicara")
        await siti.hears(CITIZEN_HZ)
        await hears_an_operator(caller.party, hz=MICROPHONE_HZ)
        await siti.says(".softphone", "Suara")
        await siti.is_in("address")
        await siti.page.keyboard.type("Jl. Mawar 12")
        await siti.picture("operator-talks")

        await siti.page.reload()
        await siti.says(".own .stage", "Bicara")
        await siti.says(".own button", "Akhiri")
        assert await siti.page.input_value("#field-address") == "Jl. Mawar 12"
        await siti.hears(CITIZEN_HZ)
        await hears_an_operator(caller.party, hz=MICROPHONE_HZ)

        await siti.hold("F9")
        record = await place.world.is_over(caller)
        assert (record.outcome, record.operator, record.side) == ("answered", "201", "operator")
        assert [(offer.kind, offer.result) for offer in record.offers] == [
            ("operator", "answered"),
            ("take_up", "answered"),
        ]
        await siti.says(".own", "Waktu mencatat")
        await siti.says(".classify", "Panggilan apa ini?")
        await siti.picture("operator-notes")
        await siti.classes("F2")
        await siti.says(".classify", "Apa tindak lanjutnya?")
        await siti.classes("F2")
        await siti.page.locator(".incident").wait_for(state="detached")
        async with place.world.database() as records, asyncio.timeout(15):
            while not (known := await said_of(place, caller)):  # noqa: ASYNC110  the database tells nobody
                await asyncio.sleep(0.1)
            incident = await records.incident(f"i-{caller.call_id}")
        assert known == ("normal", "forwarded")
        assert incident is not None
        assert {one.field: one.text for one in incident.fields} == {"address": "Jl. Mawar 12"}


async def said_of(place: Office, caller: Caller) -> tuple[str, str] | None:
    """Return what the records say a call was, and what came of it."""
    engine = open_database(place.settings.database)
    try:
        async with engine.connect() as connection:
            asked = select(call_classes).where(call_classes.c.call_id == caller.call_id)
            found = (await connection.execute(asked)).mappings().first()
    finally:
        await close_database(engine)
    return (found["call_class"], found["disposition"]) if found is not None else None


async def test_with_a_softphone_of_their_own_the_pages_buttons_act_on_it(tmp_path: Path, engine: Engine) -> None:
    async with office(tmp_path) as place, desk(engine, place.settings.console_url) as siti:
        await siti.sign_in("siti")
        await siti.page.click(".softphone .devices")
        await siti.page.check("label:has-text('Telepon lain') input")
        await siti.says(".softphone", "Mati")
        await siti.press("Escape")
        password = place.world.instance.secrets.sip_passwords["201"]
        target = Address(str(place.settings.sip_address))
        async with RealPhone(target, f"{NETWORK}.27", "201", password, tone_hz=BARESIP_HZ):
            await siti.press("Shift+F2")
            await siti.says(".presence [role=status]", "Siap")
            caller = await place.world.citizen("mobile", ani="081234567890", tone_hz=CITIZEN_HZ)
            await siti.says(".own .stage", "Bicara")
            await hears_an_operator(caller.party, hz=BARESIP_HZ)
            await siti.press("F4")
            await siti.says(".own .stage", "Ditahan")
            await siti.press("F4")
            await siti.says(".own .stage", "Bicara")
            await hears_an_operator(caller.party, hz=BARESIP_HZ)
            await siti.page.fill("#field-address", "Jl. Melati 3")
            await siti.page.locator("#field-address").blur()
            await siti.hold("F9")
            record = await place.world.is_over(caller)
            assert (record.outcome, record.operator, record.side) == ("answered", "201", "operator")
            await siti.says(".classify", "Panggilan apa ini?")
            await siti.classes("F4")
            await siti.says(".classify", "Apa tindak lanjutnya?")
            await siti.classes("F9")
            await siti.page.locator(".incident").wait_for(state="detached")


async def test_a_page_that_is_gone_for_good_leaves_its_caller_first_in_line(tmp_path: Path, engine: Engine) -> None:
    async with office(tmp_path) as place:
        async with desk(engine, place.settings.console_url) as siti:
            await siti.sign_in("siti")
            await siti.says(".softphone", "Siap")
            await siti.press("Shift+F2")
            await siti.says(".presence [role=status]", "Siap")
            caller = await place.world.citizen("mobile", ani="081234567890", tone_hz=CITIZEN_HZ)
            await siti.says(".own button", "Jawab")
            await siti.press("F2")
            await siti.hears(CITIZEN_HZ)
        await place.world.is_in(caller, "waiting", "ringing", within_s=30)
        await place.world.operator("202", Answer(0.1, talk_s=1.0))
        record = await place.world.is_over(caller, within_s=30)
        assert record.outcome == "answered"
        assert [offer.target for offer in record.offers if offer.result == "answered"] == ["201", "202"]

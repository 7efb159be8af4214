"""The records in a real browser: what a supervisor finds there, opens, corrects and says."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from playwright.async_api import Browser as Engine

from ntpd112.core.records import CallClassified, IncidentFieldSet, IncidentStatusSet
from ntpd112.settings import Settings
from ntpd112.simulate import Answer
from ntpd112.store.engine import open_database
from ntpd112.store.transaction import close_database
from tests.console import axe
from tests.console.chrome import Desk, desk
from tests.console.office import Office, office
from tests.console.test_pages import Judge
from tests.store.records import a_call, an_offer, noted, opened
from tests.store.writing import write_all

NOW = time.time()
_TYPES = ("medical", "fire", None, "accident", "crime")


async def write_some_days(place: Office, folder: Path) -> None:
    """Write three days' records like a city's: some answered, many who give up."""
    records: list[object] = [noted("Tetangga melapor juga", "i-r3", at=NOW - 5000)]
    for n in range(120):
        records += gave_up(n) if n % 3 else answered(n)
    database = open_database(place.settings.database)
    try:
        await write_all(database, folder, *records)
    finally:
        await close_database(database)


def answered(n: int) -> list[object]:
    name, at = f"r{n}", arrival(n)
    offers = (
        replace(
            an_offer(name, 1, target="202", offered_at=at + 3, ended_at=at + 6), result="no_answer", answered_at=None
        ),
        an_offer(name, 2, offered_at=at + 6, answered_at=at + 7 + n % 9, ended_at=at + 95),
    )
    incident = f"i-{name}"
    call = a_call(name, **said_by_trunk(n), connected_at=at + 7 + n % 9, ended_at=at + 95, incident_id=incident)
    facts: list[object] = [
        opened(incident, name, at=at + 8),
        IncidentFieldSet(incident, at + 20, "siti", "address", f"Jl. Mawar {n}, RT 02/RW 05"),
        IncidentFieldSet(incident, at + 21, "siti", "what", "Asap tebal dari lantai dua"),
    ]
    if n and n % 9 == 0:
        facts.append(CallClassified(incident, name, at + 99, "siti", "normal", "forwarded"))
        facts.append(IncidentStatusSet(incident, at + 900, "siti", "closed"))
    return [replace(call, offers=offers), *facts]


def gave_up(n: int) -> list[object]:
    name, at = f"r{n}", arrival(n)
    offer = replace(an_offer(name, offered_at=at + 5, ended_at=at + 14), result="caller_gone", answered_at=None)
    ended = {"ended_at": at + 14, "outcome": "abandoned", "operator": None, "incident_id": None, "connected_at": None}
    return [a_call(name, **said_by_trunk(n), **ended, offers=(offer,))]


def arrival(n: int) -> float:
    return NOW - 60 - n * 2000


def said_by_trunk(n: int) -> dict[str, Any]:
    number, at = f"+6281234567{n:03}" if n % 10 else None, arrival(n)
    who = {"ani": number, "ani_raw": number or "anonymous", "caller_name": "" if n % 4 else "Warung Bu Tini"}
    how = {"trunk_kind": "mobile" if n % 4 else "landline", "type": _TYPES[n % 5], "notes": ()}
    return who | how | {"arrived_at": at, "answered_at": at + 1, "queued_at": at + 3}


async def rows(at: Desk) -> list[str]:
    return await at.page.locator(".found tbody tr").all_inner_texts()


async def has_rows(at: Desk, number: int) -> None:
    await at.page.locator(".found:not([aria-busy=true])").wait_for()
    async with asyncio.timeout(15):
        while len(await rows(at)) != number:  # noqa: ASYNC110  a list that is drawn tells nobody
            await asyncio.sleep(0.05)


async def test_a_supervisor_looks_calls_up_and_says_what_they_were(tmp_path: Path, engine: Engine) -> None:
    judge = Judge(axe.source(Settings().cache_dir))
    async with office(tmp_path) as place:
        await write_some_days(place, tmp_path / "written")
        async with desk(engine, place.settings.console_url) as rina:
            await rina.sign_in("rina")
            await rina.page.click("nav a[href='#records']")
            await has_rows(rina, 50)
            await judge.look(rina, "records-calls")
            await rina.page.click(".found .more")
            await has_rows(rina, 100)

            await rina.page.fill("#filter-number", "0812 3456 7012")
            await has_rows(rina, 1)
            await rina.page.fill("#filter-number", "")
            await rina.page.select_option("#filter-outcome", "answered")
            await has_rows(rina, 40)
            await rina.page.select_option("#filter-outcome", "")
            await has_rows(rina, 50)

            await rina.page.locator("button.open").nth(2).focus()
            await rina.press("ArrowDown", "Enter")
            await rina.says(".detail", "Siapa yang dihubungi")
            await judge.look(rina, "records-call")

            await rina.page.click(".shelf button:has-text('Belum dinilai')")
            await has_rows(rina, 27)
            await rina.page.locator("button.open").first.click()
            await rina.says(".detail", "Panggilan apa ini?")
            await rina.classes("F8")
            await rina.says(".detail", "Apa tindak lanjutnya?")
            await rina.classes("F9")
            await rina.says(".found tbody tr:nth-child(1)", "Iseng")
            await rina.says(".found tbody tr.opened", "belum dinilai")
            await judge.look(rina, "records-unclassified")
            await rina.page.click(".shelf button:has-text('Belum dinilai')")
            await has_rows(rina, 26)
    assert judge.found == []


async def test_a_supervisor_looks_an_incident_up_corrects_and_closes_it(tmp_path: Path, engine: Engine) -> None:
    judge = Judge(axe.source(Settings().cache_dir))
    async with office(tmp_path) as place:
        await write_some_days(place, tmp_path / "written")
        async with desk(engine, place.settings.console_url + "#records") as rina:
            await rina.sign_in("rina")
            await rina.page.click(".shelf button:has-text('Kejadian')")
            await has_rows(rina, 40)
            await rina.page.fill("#filter-text", "tetangga")
            await has_rows(rina, 1)
            await rina.page.locator("button.open").first.click()
            await rina.says(".detail", "Tetangga melapor juga")
            assert await rina.page.input_value("#field-address") == "Jl. Mawar 3, RT 02/RW 05"
            await judge.look(rina, "records-incident")
            await rina.page.fill("#field-address", "Jl. Mawar 33")
            await rina.says(".saved", "Tersimpan")
            await rina.page.fill("#new-note", "Damkar sudah di lokasi")
            await rina.press("Enter")
            await rina.says(".detail .notes", "Damkar sudah di lokasi")
            await rina.page.click(".detail button:has-text('Tutup kejadian')")
            await rina.says(".found tbody tr", "Ditutup")
            await rina.press("Escape")
            await rina.page.locator(".detail").wait_for(state="detached")
            async with place.world.database() as records, asyncio.timeout(15):
                while (found := await records.incident("i-r3")) is None or found.status != "closed":  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            assert {one.field: one.text for one in found.fields}["address"] == "Jl. Mawar 33"
            assert [(one.by, one.text) for one in found.notes][-1] == ("rina", "Damkar sudah di lokasi")
    assert judge.found == []


async def test_a_supervisor_with_a_phone_looks_at_an_incident_beside_the_own_work(
    tmp_path: Path, engine: Engine
) -> None:
    async with office(tmp_path) as place:
        await write_some_days(place, tmp_path / "written")
        async with desk(engine, place.settings.console_url + "#records") as dewi:
            await dewi.sign_in("dewi")
            await dewi.page.click(".shelf button:has-text('Kejadian')")
            await has_rows(dewi, 40)
            await dewi.page.locator("button.open").nth(2).click()
            await dewi.says(".detail", "Tutup kejadian")
            looked_at = await dewi.page.input_value("#field-address")
            assert looked_at.startswith("Jl. Mawar")
            await dewi.page.click("nav a[href='#desk']")
            await dewi.says("main.desk:not(.works)", "Panggilan saya")

            await dewi.says(".softphone", "Siap")
            await dewi.press("Shift+F2")
            caller = await place.world.citizen("mobile", ani="081234567890")
            await dewi.says(".own button", "Jawab")
            await dewi.press("F2")
            await dewi.says(".own .stage", "Bicara")
            await dewi.page.fill("#field-address", "Jl. Melati 1")
            await dewi.page.click("nav a[href='#records']")
            await dewi.says(".detail", "Tutup kejadian")
            assert await dewi.page.input_value("#field-address") == looked_at
            await dewi.page.click("nav a[href='#desk']")
            await dewi.says(".incident .saved", "Tersimpan")
            assert await dewi.page.input_value("#field-address") == "Jl. Melati 1"
            await dewi.hold("F9")
            await place.world.is_over(caller)


async def test_the_table_that_is_downloaded_has_what_is_filtered(tmp_path: Path, engine: Engine) -> None:
    async with office(tmp_path) as place:
        await write_some_days(place, tmp_path / "written")
        async with desk(engine, place.settings.console_url + "#records") as admin:
            await admin.sign_in("admin")
            await has_rows(admin, 50)
            await admin.page.select_option("#filter-class", "normal")
            await has_rows(admin, 13)
            async with admin.page.expect_download() as downloading:
                await admin.page.click(".found a")
            download = await downloading.value
            text = await asyncio.to_thread((await download.path()).read_text, encoding="utf-8-sig")
            assert download.suggested_filename == "112.csv"
            assert text.startswith('"ID panggilan";"Masuk";')
            assert len(text.splitlines()) == 14


async def test_the_records_in_english_fit_their_screen_too(tmp_path: Path, engine: Engine) -> None:
    judge = Judge(axe.source(Settings().cache_dir))
    async with office(tmp_path) as place:
        await write_some_days(place, tmp_path / "written")
        async with desk(engine, place.settings.console_url + "#records", opened=False) as admin:
            await admin.context.add_init_script("localStorage.setItem('ntpd112.language', 'en')")
            await admin.open()
            await admin.sign_in("admin")
            await has_rows(admin, 50)
            await admin.page.locator("button.open").first.click()
            await admin.says(".detail", "What was this call?")
            await judge.look(admin, "records-english")
    assert judge.found == []


async def test_records_that_cannot_be_read_are_told_and_asked_for_again(tmp_path: Path, engine: Engine) -> None:
    async with office(tmp_path) as place:
        await write_some_days(place, tmp_path / "written")
        async with desk(engine, place.settings.console_url + "#records") as rina:
            await rina.sign_in("rina")
            await has_rows(rina, 50)
            await rina.page.route("**/api/v1/calls?*", lambda route: route.abort())
            await rina.page.select_option("#filter-outcome", "failed")
            await rina.says(".found .failed", "Server tidak menjawab")
            await rina.page.unroute("**/api/v1/calls?*")
            await rina.page.click(".failed button")
            await rina.says(".found", "Tidak ada yang cocok")
            rina.errors.clear()  # the request that was cut


async def test_a_supervisor_moves_a_call_and_gives_a_break_for_a_reason(tmp_path: Path, engine: Engine) -> None:
    judge = Judge(axe.source(Settings().cache_dir))
    async with office(tmp_path) as place:
        await place.world.operator("201", Answer(0.1, talk_s=60.0))
        caller = await place.world.citizen("mobile", ani="081234567890")
        await place.world.speaks(caller, "201")
        await place.world.operator("202", Answer(0.1, talk_s=60.0))
        async with desk(engine, place.settings.console_url) as rina:
            await rina.sign_in("rina")
            await rina.page.click(".calls button:has-text('Pindahkan')")
            await rina.says("dialog", "Budi")
            await judge.look(rina, "supervisor-moves")
            await rina.press("Escape")
            await rina.page.locator("dialog").wait_for(state="detached")
            await rina.page.click(".calls button:has-text('Pindahkan')")
            await rina.page.click("dialog li:has-text('Budi')")
            await rina.says("dialog", "Alihkan penelepon ke Budi (202)?")
            await judge.look(rina, "supervisor-moves-to")
            await rina.page.click("dialog button.primary")
            await place.world.speaks(caller, "202")
            await rina.says(".calls tbody", "Budi (202)")
            card = rina.page.locator(".card", has_text="Sari")
            await card.get_by_role("button", name="Istirahat").click()
            await judge.look(rina, "supervisor-break")
            await card.get_by_role("button", name="sholat").click()
            await place.world.until(lambda: place.world.seat("201").reason == "sholat")
            await rina.says(".card", "Istirahat: sholat")
            await place.world.hang_up(caller)
            await place.world.is_over(caller)
    assert judge.found == []

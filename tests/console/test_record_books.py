"""Supervisors look into the records by the API; and what a table for spreadsheets holds."""

from __future__ import annotations

import asyncio
import csv
import io
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from ntpd112.console.record_books import written_number
from ntpd112.console.record_table import COLUMNS, Table, harmless
from ntpd112.console.record_words import CELLS, HEADING
from ntpd112.console.tokens import Tokens
from ntpd112.core.records import (
    CallClass,
    CallClassified,
    Disposition,
    IncidentFieldSet,
    IncidentStatusSet,
    Outcome,
    TrunkKind,
)
from ntpd112.settings import Settings
from ntpd112.store.engine import database_url, open_database, sqlite_file
from ntpd112.store.migrate import migrate
from ntpd112.store.search import FoundCall, Said
from ntpd112.store.transaction import close_database
from tests.console.office import NETWORK, Browser, Place, console, give_accounts, settings_of_console
from tests.store.records import a_call, an_offer, noted, opened
from tests.store.writing import write_all
from tests.stories.city import city_text

NOW = time.time()
WITHHELD: dict[str, Any] = {"ani": None, "ani_raw": "anonymous", "ani_kind": "withheld", "caller_name": ""}
TABLE = Table(ZoneInfo("Asia/Jakarta"))
HOSTILE = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", "  =1")


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    """A console over three calls and an incident, of one of which nobody has said what it was."""
    settings = settings_of_console(Settings(state_dir=tmp_path), NETWORK)
    give_accounts(tmp_path)
    await migrate(settings.database)
    await write(
        settings,
        tmp_path,
        a_call("c1", arrived_at=NOW - 300, connected_at=NOW - 288, ended_at=NOW - 200),
        a_call("c2", arrived_at=NOW - 200, ended_at=NOW - 100, incident_id="i2", operator="202"),
        a_call(
            "c3",
            **WITHHELD,
            arrived_at=NOW - 90,
            ended_at=NOW - 60,
            connected_at=None,
            outcome="abandoned",
            operator=None,
            incident_id=None,
        ),
        a_call("old", arrived_at=NOW - 40 * 86_400, ended_at=NOW - 40 * 86_400 + 9),
        opened("i1", "c1", at=NOW - 288),
        opened("i2", "c2", at=NOW - 190),
        IncidentFieldSet("i1", NOW - 250, "siti", "address", "Jl. Mawar 12"),
        IncidentFieldSet("i1", NOW - 250, "siti", "what", "<b>asap</b>"),
        IncidentStatusSet("i2", NOW - 10, "siti", "closed"),
        noted("api besar", "i1", at=NOW - 240),
        CallClassified("i1", "c1", NOW - 100, "siti", "normal", "forwarded"),
    )
    async with console(settings) as made:
        yield Place(settings, made)


async def write(settings: Settings, folder: Path, *records: object) -> None:
    engine = open_database(settings.database)
    try:
        await write_all(engine, folder / "written", *records)
    finally:
        await close_database(engine)


async def lose_calls(settings: Settings) -> None:
    """Take the table of calls away."""

    def rename() -> None:
        with closing(sqlite3.connect(sqlite_file(database_url(settings.database)), timeout=10)) as connection:
            connection.execute("ALTER TABLE calls RENAME TO gone")

    await asyncio.to_thread(rename)


async def calls(browser: Browser, asked: str = "") -> list[str]:
    status, answer = await browser.ask("GET", f"/calls{asked}")
    assert status == 200, answer
    return [one["call"] for one in answer["calls"]]


async def test_a_supervisor_sees_the_calls_of_a_month_latest_first_and_what_each_was(place: Place) -> None:
    async with place.browser() as rina:
        await rina.sign_in("rina")
        status, answer = await rina.ask("GET", "/calls")
        assert (status, answer["more"]) == (200, False)
        third, second, first = answer["calls"]
        assert (third["number"], third["number_raw"], third["reached"]) == (None, "anonymous", False)
        assert third["waited_s"] == third["duration_s"] == pytest.approx(30)
        assert (second["call_class"], second["incident"]) == (None, "i2")
        assert (first["call"], first["number"], first["caller_name"]) == ("c1", "+6281234567890", "Budi")
        assert (first["operator"], first["outcome"], first["type"]) == ("201", "answered", "fire")
        assert (first["call_class"], first["disposition"], first["incident"]) == ("normal", "forwarded", "i1")
        assert (first["waited_s"], first["duration_s"]) == (pytest.approx(12), pytest.approx(100))
        assert await calls(rina, "?since=0") == ["c3", "c2", "c1", "old"]


async def test_filters_and_pages(place: Place) -> None:
    async with place.browser() as rina:
        await rina.sign_in("rina")
        assert await calls(rina, "?class=none") == ["c2"]
        assert await calls(rina, "?class=normal") == ["c1"]
        assert await calls(rina, "?outcome=abandoned") == ["c3"]
        assert await calls(rina, "?operator=202&type=fire") == ["c2"]
        assert await calls(rina, "?number=0812%203456") == ["c2", "c1"]
        assert await calls(rina, "?number=%2B62%20812") == ["c2", "c1"]
        assert await calls(rina, "?number=7890") == ["c2", "c1"]
        assert await calls(rina, "?number=0813") == []
        assert await calls(rina, f"?until={NOW - 250}") == ["c1"]
        status, page = await rina.ask("GET", "/calls?limit=2")
        assert (status, [one["call"] for one in page["calls"]], page["more"]) == (200, ["c3", "c2"], True)
        assert await calls(rina, "?before=c2&limit=2") == ["c1"]


@pytest.mark.parametrize(
    "asked",
    [
        "limit=0",
        "limit=201",
        "since=yesterday",
        "since=nan",
        "number=abc",
        "class=odd",
        "x=1",
        "limit=1&limit=2",
        "type=",
    ],
)
async def test_a_question_that_makes_no_sense_is_told_so(place: Place, asked: str) -> None:
    async with place.browser() as rina:
        await rina.sign_in("rina")
        for path in ("/calls", "/calls.csv"):
            status, answer = await rina.ask("GET", f"{path}?{asked}")
            assert (status, answer["error"]) == (400, "bad_request")
            assert answer["message"]


async def test_one_call_whole(place: Place, tmp_path: Path) -> None:
    rang = an_offer("c9", 1, target="202", result="no_answer", answered_at=None)
    moved = an_offer("c9", 2, kind="transfer", target="damkar")
    await write(place.settings, tmp_path, a_call("c9", arrived_at=NOW, offers=(rang, moved), notes=("<i>a</i>",)))
    async with place.browser() as rina:
        await rina.sign_in("rina")
        status, call = await rina.ask("GET", "/calls/c9")
        assert status == 200, call
        assert [(one["kind"], one["target"], one["result"]) for one in call["offers"]] == [
            ("operator", "202", "no_answer"),
            ("transfer", "damkar", "answered"),
        ]
        assert (call["notes"], call["classified"], call["side"]) == (["<i>a</i>"], None, "caller")
        _, said = await rina.ask("GET", "/calls/c1")
        assert (said["call_class"], said["classified"]["by"]) == ("normal", "siti")
        status, answer = await rina.ask("GET", "/calls/nobody")
        assert (status, answer["error"]) == (404, "not_found")


async def test_incidents_with_where_what_and_how_many_calls(place: Place) -> None:
    async with place.browser() as rina:
        await rina.sign_in("rina")
        _, answer = await rina.ask("GET", "/incidents")
        assert [one["incident"] for one in answer["incidents"]] == ["i2", "i1"]
        first = answer["incidents"][1]
        assert (first["address"], first["what"], first["district"]) == ("Jl. Mawar 12", "<b>asap</b>", "")
        assert (first["calls"], first["status"], first["operator"]) == (1, "open", "201")
        for asked, found in (("status=closed", ["i2"]), ("text=MAWAR", ["i1"]), ("text=api", ["i1"]), ("type=x", [])):
            _, answer = await rina.ask("GET", f"/incidents?{asked}")
            assert [one["incident"] for one in answer["incidents"]] == found
        _, answer = await rina.ask("GET", "/incidents?limit=1")
        assert ([one["incident"] for one in answer["incidents"]], answer["more"]) == (["i2"], True)
        _, answer = await rina.ask("GET", "/incidents?limit=1&before=i2")
        assert ([one["incident"] for one in answer["incidents"]], answer["more"]) == (["i1"], False)


async def test_records_are_for_supervisors_and_tokens_that_may_read(place: Place) -> None:
    tokens = Tokens(place.settings.state_dir)
    may = tokens.add("cad", ["read"], 1.0)
    may_not = tokens.add("prometheus", ["metrics"], 1.0)
    async with place.browser() as nobody, place.browser() as siti, place.browser() as admin:
        await siti.sign_in("siti")
        await admin.sign_in("admin")
        for path in ("/calls", "/calls/c1", "/incidents", "/calls.csv"):
            assert (await nobody.session.get(nobody.url(path))).status == 401
            assert (await siti.session.get(siti.url(path))).status == 403
            assert (await admin.session.get(admin.url(path))).status == 200
            for secret, status in ((may, 200), (may_not, 403)):
                headers = {"Authorization": f"Bearer {secret}"}
                assert (await nobody.session.get(nobody.url(path), headers=headers)).status == status


async def test_records_that_cannot_be_read_are_an_answer_with_a_cure(place: Place) -> None:
    await lose_calls(place.settings)
    async with place.browser() as rina:
        await rina.sign_in("rina")
        for path in ("/calls", "/calls.csv", "/calls/c1"):
            status, answer = await rina.ask("GET", path)
            assert (status, answer["error"]) == (503, "database_away")
            assert "try again" in answer["cure"]


async def test_a_table_has_every_call_that_is_asked_for_and_opens_in_a_spreadsheet(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ntpd112.console.record_books._ROWS_AT_ONCE", 2)
    hostile = a_call("c9", arrived_at=NOW, caller_name=HOSTILE[0], ani=None, ani_raw="+1;2", notes=("-1\n", '"; =2'))
    await write(place.settings, tmp_path, hostile)
    async with place.browser() as rina:
        await rina.sign_in("rina")
        async with rina.session.get(rina.url("/calls.csv?since=0")) as response:
            raw = await response.read()
            assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
            assert response.headers["Content-Disposition"] == 'attachment; filename="112.csv"'
        head, *table = read(raw)
        assert head == [*COLUMNS]
        by_name = [dict(zip(head, row, strict=True)) for row in table]
        assert [one["call"] for one in by_name] == ["c9", "c3", "c2", "c1", "old"]
        assert by_name[0]["caller_name"] == "'" + HOSTILE[0]
        assert (by_name[0]["number_raw"], by_name[0]["notes"]) == ("'+1;2", "'-1\n | \"; =2")
        assert (by_name[3]["number"], by_name[3]["class"]) == ("'+6281234567890", "normal")
        assert (by_name[3]["waited_s"], by_name[3]["duration_s"]) == ("12,0", "100,0")
        async with rina.session.get(rina.url("/calls.csv?class=none&number=0812")) as response:
            assert [row[0] for row in read(await response.read())[1:]] == ["c2"]


def read(raw: bytes) -> list[list[str]]:
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.endswith(b"\r\n")
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=";"))


async def test_a_table_whose_records_fail_in_its_middle_is_no_whole_one(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ntpd112.console.record_books._ROWS_AT_ONCE", 1)
    many = [a_call(f"n{n}", arrived_at=NOW - n, notes=("x" * 60_000,), offers=()) for n in range(200)]
    await write(place.settings, tmp_path, *many)
    async with place.browser() as rina:
        await rina.sign_in("rina")
        async with rina.session.get(rina.url("/calls.csv")) as response:
            await response.content.readany()
            await lose_calls(place.settings)
            with pytest.raises(aiohttp.ClientError):
                await response.read()


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_spreadsheet_would_compute_is_made_text(text: str) -> None:
    assert harmless(text) == "'" + text
    found = FoundCall(a_call(ani=None, ani_raw=text, caller_name=text, notes=(text,)), Said("prank", "known", 1, "x"))
    (row,) = read(TABLE.heading() + TABLE.rows([found]))[1:]
    assert not [cell for cell in row if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"))]


def test_plain_cells_stay_as_they_are_and_instants_are_the_citys() -> None:
    for text in ("Budi", "", "0812 3456", "a=b", "é 火", 'say "hi"'):
        assert harmless(text) == text
    found = FoundCall(a_call(arrived_at=1_790_000_000.0), None)
    (row,) = read(TABLE.heading() + TABLE.rows([found]))[1:]
    assert row[1] == "2026-09-21 21:13:20"


def test_the_indonesian_words_are_of_columns_and_values_that_there_are() -> None:
    assert list(HEADING) == list(COLUMNS)
    literals = {"trunk_kind": TrunkKind, "outcome": Outcome, "class": CallClass, "disposition": Disposition}
    for column, literal in literals.items():
        assert {*CELLS[column]} == {*get_args(literal)} - {"selftest"}


async def test_a_table_in_indonesian(place: Place) -> None:
    await asyncio.to_thread(place.settings.city_file.write_text, city_text(), encoding="utf-8")
    async with place.browser() as rina:
        await rina.sign_in("rina")
        async with rina.session.get(rina.url("/calls.csv?language=id&class=normal")) as response:
            head, row = read(await response.read())
    assert (head[1], head[9]) == ("Masuk", "Menunggu (detik)")
    assert (row[7], row[8], row[11], row[14], row[15]) == (
        "seluler",
        "Kebakaran",
        "Dijawab",
        "Darurat",
        "Diteruskan ke instansi",
    )


@pytest.mark.parametrize(
    ("text", "begins", "has"),
    [
        ("0812 3456-7890", "+6281234567890", None),
        ("+62 812", "+62812", None),
        ("(+62) 812", "+62812", None),
        ("0065 9000", "+659000", None),
        ("7890", None, "7890"),
        ("112", None, "112"),
    ],
)
def test_a_number_is_understood_as_people_write_it(text: str, begins: str | None, has: str | None) -> None:
    assert written_number(text, "62") == (begins, has)

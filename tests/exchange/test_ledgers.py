"""Two ledgers: calls served while no controller was there get their records, and every difference is named."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from ntpd112 import app
from ntpd112.cli.commands import build
from ntpd112.core.cdr import OUT_OF_SIGHT
from ntpd112.host import ledger
from ntpd112.host.layout import Layout
from ntpd112.host.ledger import Entry, LatestEntries, entries
from ntpd112.ledgers import IMPORTED, REFUSALS, SecondLedger, alarms_of, compare, imported, missing
from ntpd112.simulate import Answer, HangUp
from ntpd112.store.engine import open_database
from ntpd112.store.migrate import migrate
from ntpd112.store.queries import Records
from ntpd112.store.transaction import close_database
from tests.exchange.desk import Desk, desk, hears_an_operator
from tests.store.databases import SqliteDatabase
from tests.store.records import a_call
from tests.store.writing import write_all
from tests.stories.city import city_file
from tests.stories.exchange_world import HARMLESS

ENTRY = Entry("1.1", "mobile", "112", "081234567890", "Sari", 100.0, 100.0, 130.0, True, 110.0, "203")


def reconciled(world: Desk) -> tuple[int, list[list[str]]]:
    settings = world.instance.settings
    environment = {"NTPD112_STATE_DIR": str(settings.state_dir)}
    result = CliRunner().invoke(build(["reconcile"]), ["reconcile"], env=environment)
    return result.exit_code, [line.split("\t") for line in result.stdout.splitlines()]


async def test_given_calls_in_a_gap_when_the_controller_is_back_then_they_have_records_and_the_ledgers_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_LEDGERS_EVERY_S", 0.5)
    async with desk(tmp_path) as world:
        world.harmless = (*HARMLESS, "not claimed within")
        await world.speaking_operator("201", Answer(0.2))
        await world.crash()
        answered = await world.dials("081234567890", 12, ddi="0211500293")
        await hears_an_operator(answered)
        answered.hang_up()
        await answered.ended()
        await world.phones["201"].unregister()
        gave_up = await world.dials("0215550102", 11, steps=[HangUp(1.0)])
        await gave_up.ended()
        code, found = await asyncio.to_thread(reconciled, world)
        assert (code, [row[2] for row in found]) == (1, ["not recorded", "not recorded"])
        await world.phones["201"].register()
        await world.restart()
        first, second = await world.records(2)
        assert (first.outcome, first.stage, first.operator, first.ani, first.ddi, first.trunk) == (
            "answered",
            "fallback",
            "201",
            "+6281234567890",
            "0211500293",
            "mobile",
        )
        assert first.connected_at is not None
        assert (second.outcome, second.operator, second.notes) == ("abandoned", None, (IMPORTED,))
        assert await asyncio.to_thread(reconciled, world) == (0, [])


def test_a_row_that_is_torn_or_no_citizens_is_passed_over(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    assert entries(layout) == []
    layout.ledger.parent.mkdir(parents=True)
    good = (
        '"mobile","0812","112","from-trunk","""A, ""B"""" <0812>","PJSIP/mobile-1","PJSIP/203-00000005","Queue","x",'
        '"2026-11-24 19:39:50","2026-11-24 19:39:51","2026-11-24 19:40:11",20,20,"ANSWERED","DOCUMENTATION",'
        '"17.3","mobile:112:fallback","","17.3",3\n'
    )
    internal = good.replace("mobile:112:fallback", "")
    layout.ledger.write_text(internal + '"torn","08\n' + good + good.replace("2026-11-24 19:39:50", "yesterday"))
    (layout.log / "queue_log").write_text(
        "1|NONE|NONE|NONE|QUEUESTART|\n1795549209|17.3|all|203|CONNECT|0|x|0\ntorn|17"
    )
    found = entries(layout)
    assert [(one.call_id, one.spoke_with, one.connected_at) for one in found] == [("17.3", "203", 1795549209.0)]
    assert found[0].arrived_at == 1795549190.0


def test_a_number_with_line_ends_costs_neither_its_row_nor_the_next_one(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.ledger.parent.mkdir(parents=True)
    odd = _ROW.format(call="17.1", name="Sari").replace('"0812"', '"08\n\r""12\n"').replace("<0812>", "<08\n12>")
    rows = (_ROW.format(call="17.0", name="x"), odd, _ROW.format(call="17.2", name="y"))
    for torn in ("", '"torn","08\n', 'torn"\n', odd[:20] + "\n", "\r,\r\n"):
        layout.ledger.write_text(torn.join(("", *rows)), newline="")
        assert [entry.call_id for entry in entries(layout)] in (["17.0", "17.1", "17.2"], ["17.0", "17.2"])
    layout.ledger.write_text("".join(rows), newline="")
    assert [entry.ani_raw for entry in entries(layout)] == ["0812", '08\n\r"12\n', "0812"]


def test_the_marks_facts_are_read_however_they_are_cut(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.ledger.parent.mkdir(parents=True)
    mark = "mobile:112:fallback:dialled=112%0D:ani=08%F"
    layout.ledger.write_text(_ROW.format(call="17.1", name="x").replace("mobile:112:fallback", mark))
    (entry,) = entries(layout)
    assert (entry.in_fallback, entry.more) == (True, {"dialled": "112%0D", "ani": "08%F"})


def test_the_rows_of_every_phone_that_rang_are_one_call_that_spoke_with_whom_answered(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.ledger.parent.mkdir(parents=True)
    row = (
        '"mobile","0812","s","fallback","x <0812>","PJSIP/mobile-5","PJSIP/{}-6","Queue","x","2026-11-24 20:17:{}",'
        '"2026-11-24 20:17:{}","2026-11-24 20:17:{}",1,1,"{}","DOC","17.5","mobile:112:fallback","","17.5",6\n'
    )
    rows = (("203", 28, 28, 30, "ANSWERED"), ("201", 27, 28, 29, "NO ANSWER"))
    layout.ledger.write_text("".join(row.format(*values) for values in rows))
    (one,) = entries(layout)
    assert (one.spoke_with, one.ended_at - one.arrived_at) == ("203", 3.0)
    layout.ledger.write_text(row.format(*rows[1]))
    assert entries(layout)[0].spoke_with == ""


def test_who_took_the_call_outside_is_known_unless_the_caller_went_on_waiting(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.ledger.parent.mkdir(parents=True)
    waits = (
        '"mobile","0812","s","fallback","x <0812>","PJSIP/mobile-5","","Queue","x","2026-11-24 20:17:00",'
        '"2026-11-24 20:17:01","2026-11-24 20:17:{}",1,1,"ANSWERED","DOC","17.5","mobile:112:fallback","","17.5",6\n'
    )
    outside = (
        '"","0812","key","fallback-outside","x <0812>","PJSIP/landline-6","{}","Bridge","x","2026-11-24 20:17:05",'
        '"2026-11-24 20:17:06","2026-11-24 20:17:20",1,1,"ANSWERED","DOC","17.6","{}","mobile","{}",7\n'
    )
    took = outside.format("PJSIP/mobile-5", ";mobile:112:fallback", "17.5")
    for rows in ((took, waits.format("08")), (waits.format("08"), took)):
        layout.ledger.write_text("".join(rows))
        (one,) = entries(layout)
        assert (one.call_id, one.trunk, one.party, one.in_fallback) == ("17.5", "mobile", "landline", True)
    layout.ledger.write_text(took + waits.format("08") + waits.format("40"))
    assert [entry.party for entry in entries(layout)] == [""], "ended within seconds: the next number was rung"
    layout.ledger.write_text(outside.format("", "", "17.6") + waits.format("40"))
    assert [(entry.call_id, entry.party) for entry in entries(layout)] == [("17.5", "")], "a mailbox is no call"


async def test_given_a_mailbox_and_a_human_outside_without_a_controller_then_only_the_human_is_on_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_LEDGERS_EVERY_S", 0.5)
    async with desk(tmp_path) as world:
        world.harmless = (*HARMLESS, "not claimed within")
        await world.crash()
        await world.agency("mobile", Answer(0.2))
        await world.agency("landline", Answer(0.2, talk_s=0.5))
        caller = await world.dials("0215550103", 11, speaks=True)
        desk_outside = await world.agencies["landline"].call(within_s=60)
        await desk_outside.ended()
        mobile = await world.agencies["mobile"].call(within_s=60)
        await mobile.answered()
        assert caller.result().ended_by == "nobody"
        mobile.press("1")
        await asyncio.sleep(2.0)
        caller.hang_up()
        await caller.ended()
        await world.restart()
        assert world.controller is not None
        await world.controller.migrated.wait()
        (record,) = await world.records(1)
        assert (record.outcome, record.ani) == ("overflowed", "+62215550103")
        assert "spoke with mobile" in record.notes
        assert await asyncio.to_thread(reconciled, world) == (0, [])


_ROW = (
    '"mobile","0812","s","fallback","{name} <0812>","PJSIP/mobile-5","PJSIP/203-6","Queue","x","2026-11-24 20:17:28",'
    '"2026-11-24 20:17:28","2026-11-24 20:17:30",1,1,"ANSWERED","DOC","{call}","mobile:112:fallback","","{call}",6\n'
)


def test_the_latest_entries_are_read_once_whatever_becomes_of_the_files(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    latest, calls = LatestEntries(layout), dict[str, Entry]()
    latest.add_to(calls)
    layout.ledger.parent.mkdir(parents=True)
    queue_log = layout.log / "queue_log"
    queue_log.write_text("1795549209|17.2|all|203|CONNECT|0|x|0\n")
    first, second = _ROW.format(call="17.1", name="x"), _ROW.format(call="17.2", name="x")
    layout.ledger.write_text(first + second[:50])
    latest.add_to(calls)
    assert calls.keys() == {"17.1"}, "a row that is being written is read when it is whole"
    calls.clear()
    with layout.ledger.open("a") as file:
        file.write(second[50:])
    latest.add_to(calls)
    assert [(one.call_id, one.connected_at) for one in calls.values()] == [("17.2", 1795549209.0)]
    with queue_log.open("a") as file:
        file.write("1795549210|17.2|all|203|CONNECT|0|x|0\n")
    latest.add_to(calls)
    assert calls["17.2"].connected_at == 1795549210.0, "the answer may be heard of after the end"
    calls.clear()
    layout.ledger.rename(layout.ledger.with_suffix(".old"))
    layout.ledger.write_text(_ROW.format(call="17.3", name="x"))
    latest.add_to(calls)
    assert calls.keys() == {"17.3"}


def test_as_much_of_the_ledger_is_read_as_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "_TAIL_BYTES", 300)
    layout = Layout(tmp_path)
    layout.ledger.parent.mkdir(parents=True)
    layout.ledger.write_text("".join(_ROW.format(call=f"17.{number}", name="x") for number in range(50)))
    ended_at = entries(layout)[0].ended_at
    assert len(entries(layout)) == 50
    assert len(entries(layout, ended_at)) == 50
    assert len(entries(layout, ended_at + 3 * 3600)) == 1


def test_a_callers_name_cannot_break_a_row_in_two(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.ledger.parent.mkdir(parents=True)
    layout.ledger.write_text(_ROW.format(call="17.1", name="Sari\u2028\x0b\x85Budi"), encoding="utf-8")
    assert [one.caller_name for one in entries(layout)] == ["Sari\u2028\x0b\x85Budi"]


async def test_the_second_ledger_tells_what_has_no_record_until_it_has_one(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.ledger.parent.mkdir(parents=True)
    layout.ledger.write_text("".join(_ROW.format(call=call, name="x") for call in ("seen", "recorded", "unknown")))
    database = SqliteDatabase(tmp_path)
    await migrate(database.url)
    engine = open_database(database.url)
    await write_all(engine, tmp_path / "spill", a_call("recorded"))
    second = SecondLedger(layout)
    told = [await second.unknown(city_file(), {"seen"}, Records(engine)) for _ in range(2)]
    assert [[record.call_id for record in found] for found in told] == [["unknown"], ["unknown"]]
    await write_all(engine, tmp_path / "spill", *told[0])
    assert await second.unknown(city_file(), (), Records(engine)) == []
    await close_database(engine)


def test_who_spoke_with_a_number_outside_has_overflowed() -> None:
    outside = Entry("1.1", "mobile", "112", "0812", "", 100.0, 100.0, 130.0, True, None, "landline")
    record = imported(city_file(), outside)
    assert (record.outcome, record.operator, record.notes) == ("overflowed", None, (IMPORTED, "spoke with landline"))


def test_only_what_has_settled_and_is_unknown_is_missing() -> None:
    now = time.time()
    assert missing([ENTRY], [], now) == [ENTRY]
    assert missing([ENTRY], ["1.1"], now) == []
    assert missing([ENTRY], [], ENTRY.ended_at + 1) == []


def test_every_difference_is_named_and_only_asterisks_own_death_explains_one() -> None:
    record = a_call("both")
    lost, ghost = a_call("lost", notes=(OUT_OF_SIGHT,)), a_call("ghost")
    both = Entry("both", *(getattr(ENTRY, name) for name in Entry.__struct_fields__[1:]))
    found = compare([both, ENTRY], [record, lost, ghost], {"seen": 1.0, "live": 2.0}, {"live"})
    assert {(one.call_id, one.kind, one.explained) for one in found} == {
        ("1.1", "not recorded", False),
        ("seen", "not recorded", False),
        ("lost", "lost by Asterisk", True),
        ("ghost", "not in Asterisk's ledger", False),
    }


def test_each_kind_of_refusal_has_its_cause_on_record_and_its_alarm() -> None:
    refused = [replace(ENTRY, call_id=why or "full", refused=True, refused_why=why) for why in REFUSALS]
    records = [imported(city_file(), entry) for entry in refused]
    assert [record.cause for record in records] == list(REFUSALS.values())
    assert {(record.outcome, record.stage, record.side) for record in records} == {("failed", "arriving", "us")}
    alarms = alarms_of(records)
    kinds = ["calls_refused", "calls_refused", "caller_repeats", "overflow_loop"]
    assert [kind for kind, _ in alarms] == kinds
    assert alarms[0][1] == "1 calls were refused with 503: the room was full"
    assert f"trunk {ENTRY.trunk} " in alarms[1][1]
    assert "taken its share" in alarms[1][1]
    assert alarms_of([imported(city_file(), ENTRY)]) == []


def test_the_ledger_tells_why_a_call_was_not_taken(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.ledger.parent.mkdir(parents=True)
    marks = ("mobile:112:refused", "mobile:112:crowded", "mobile:112:repeated:ani=x", "mobile:112:looped", "mobile:112")
    rows = [
        _ROW.format(call=f"17.{number}", name="x").replace("mobile:112:fallback", mark)
        for number, mark in enumerate(marks)
    ]
    layout.ledger.write_text("".join(rows))
    found = [(entry.refused, entry.refused_why) for entry in entries(layout)]
    assert found == [(True, ""), (True, "crowded"), (True, "repeated"), (True, "looped"), (False, "")]

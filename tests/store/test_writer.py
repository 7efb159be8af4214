"""The writer under every failure that can be made for real."""

from __future__ import annotations

import asyncio
import signal
import threading
from pathlib import Path
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine

from ntpd112.core.cdr import OUT_OF_SIGHT
from ntpd112.core.records import CallRecord, IncidentNoted
from ntpd112.store.engine import open_database
from ntpd112.store.migrate import migrate
from ntpd112.store.queries import Records
from ntpd112.store.rejected import read_rejected
from ntpd112.store.transaction import close_database
from ntpd112.store.writer import RecordWriter, WriterLimits
from tests.postgres import PostgresServer
from tests.store.conftest import LIMITS
from tests.store.databases import Database, create_database
from tests.store.records import a_call, noted, opened
from tests.store.small_disk import small_disk
from tests.store.writing import QUICK, Alarms, at_work, until_spilled, write_all


async def _texts(engine: AsyncEngine, incident_id: str = "i1") -> list[str]:
    facts = await Records(engine, limit_s=20).incident_facts(incident_id)
    return [fact.text for fact in facts if isinstance(fact, IncidentNoted)]


def _open_files() -> list[str]:
    return [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]


def _numbers(count: int, start: int = 0) -> list[str]:
    return [str(number) for number in range(start, start + count)]


async def test_facts_arrive_once_and_in_order(engine: AsyncEngine, tmp_path: Path) -> None:
    alarms = Alarms()
    writer = RecordWriter(engine, tmp_path / "spill", alarms, WriterLimits(batch=7))
    async with at_work(writer):
        for number in _numbers(100):
            writer.put(noted(number))
    assert await _texts(engine) == _numbers(100)
    assert writer.status.safe == 100
    assert alarms.said == []
    assert list((tmp_path / "spill").glob("*.spill")) == []


async def test_a_drained_writer_leaves_no_thread_and_no_file_open(engine: AsyncEngine, tmp_path: Path) -> None:
    before = set(threading.enumerate())  # writers that another test has let die
    await write_all(engine, tmp_path, noted("0"))
    new = set(threading.enumerate()) - before
    assert [thread.name for thread in new if thread.name.startswith("records-disk")] == []
    assert [name for name in await asyncio.to_thread(_open_files) if "spill" in name or "rejected" in name] == []


async def test_the_same_fact_put_twice_is_one(engine: AsyncEngine, tmp_path: Path) -> None:
    first = await write_all(engine, tmp_path, a_call(), opened(), noted("x"), a_call(), noted("x"))
    again = await write_all(engine, tmp_path, a_call(), opened(), noted("x"))
    assert await _texts(engine) == ["x"]
    assert await Records(engine).calls_since(0) == [a_call()]
    assert first.said + again.said == []


async def test_a_second_record_of_a_call_that_ends_differently_is_set_aside_and_the_first_stays(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    other = a_call(outcome="abandoned")
    alarms = await write_all(engine, tmp_path, a_call(), other)
    alarms_later = await write_all(engine, tmp_path, other)
    assert await Records(engine).calls_since(0) == [a_call()]
    assert (alarms.kinds, alarms_later.kinds) == (["record_rejected"], [])
    (entry,) = read_rejected(tmp_path / "spill" / "rejected.log")
    assert "recorded already with another ending" in entry.reason


async def test_what_was_set_aside_is_not_set_aside_again_by_every_later_start(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    first, other = a_call(call_id="1.1", ended_at=100.0), a_call(call_id="1.1", ended_at=200.0)
    alarms = await write_all(engine, tmp_path, first, other)
    assert alarms.kinds == ["record_rejected"]
    for _ in range(3):  # starts that find the same facts in the journal
        assert (await write_all(engine, tmp_path, other, first)).kinds == []
    assert len(read_rejected(tmp_path / "spill" / "rejected.log")) == 1


async def test_a_call_whose_end_a_power_cut_took_from_the_journal_keeps_the_end_that_is_recorded(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    known = a_call(call_id="1.1", ended_at=100.0)
    lost = a_call(call_id="1.1", ended_at=200.0, outcome="failed", notes=(OUT_OF_SIGHT,))
    assert (await write_all(engine, tmp_path, known, lost)).kinds == []
    assert await Records(engine).call("1.1") == known


async def test_given_the_database_is_down_when_it_returns_then_everything_follows_once(
    database: Database, engine: AsyncEngine, tmp_path: Path
) -> None:
    alarms = Alarms()
    writer = RecordWriter(engine, tmp_path / "spill", alarms, QUICK)
    async with at_work(writer):
        await database.break_down()
        writer.put(noted("0"))
        text = await alarms.heard("records_database_down")
        for number in _numbers(20, 1):
            writer.put(noted(number))
        await until_spilled(writer)
        assert writer.status.safe == 21
        assert writer.status.spilled == 21
        assert writer.status.database_is_down
        await database.mend()
        await alarms.heard("records_database_back")
        writer.put(noted("21"))
    assert await _texts(engine) == _numbers(22)
    assert alarms.kinds == ["records_database_down", "records_database_back"]
    assert "Calls go on" in text


async def test_given_the_database_is_down_when_draining_then_the_rest_is_left_to_the_next_writer(
    database: Database, engine: AsyncEngine, tmp_path: Path
) -> None:
    await database.break_down()
    writer = RecordWriter(engine, tmp_path / "spill", Alarms(), QUICK)
    for number in _numbers(10):
        writer.put(noted(number))
    async with asyncio.TaskGroup() as group:
        group.create_task(writer.run())
        await asyncio.sleep(0)
        assert await writer.drain(5) == 10
    await database.mend()
    await write_all(engine, tmp_path, noted("10"))
    assert await _texts(engine) == _numbers(11)


async def test_given_the_writer_is_cancelled_when_the_next_one_runs_then_nothing_is_missing(
    database: Database, engine: AsyncEngine, tmp_path: Path
) -> None:
    await database.break_down()
    alarms = Alarms()
    writer = RecordWriter(engine, tmp_path / "spill", alarms, QUICK)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(writer.run())
        for number in _numbers(10):
            writer.put(noted(number))
        await alarms.heard("records_database_down")
        task.cancel()
    await writer.drain(1)
    await database.mend()
    await write_all(engine, tmp_path)
    assert await _texts(engine) == _numbers(10)


async def test_a_writer_that_never_ran_leaves_its_facts_on_disk(engine: AsyncEngine, tmp_path: Path) -> None:
    writer = RecordWriter(engine, tmp_path / "spill", Alarms(), QUICK)
    writer.put(noted("0"))
    assert await writer.drain(1) == 1
    await write_all(engine, tmp_path)
    assert await _texts(engine) == ["0"]


async def test_a_fact_put_after_the_end_is_counted_and_alarmed(engine: AsyncEngine, tmp_path: Path) -> None:
    alarms = Alarms()
    writer = RecordWriter(engine, tmp_path / "spill", alarms, QUICK)
    async with at_work(writer):
        pass
    writer.put(noted("late"))
    assert writer.status.lost == 1
    assert alarms.kinds == ["records_lost"]
    assert "the writer has ended" in alarms.said[0][1]


async def test_given_a_fact_the_database_refuses_then_it_is_set_aside_and_the_others_arrive(
    database: Database, engine: AsyncEngine, tmp_path: Path
) -> None:
    await database.refuse_callers_named("poison")
    poison = [a_call(f"bad{number}", caller_name="poison") for number in range(2)]
    good = [a_call(f"c{number}", arrived_at=number) for number in range(20)]
    alarms = await write_all(engine, tmp_path, *good[:5], poison[0], *good[5:12], poison[1], *good[12:], noted("n"))
    assert await Records(engine).calls_since(0) == good
    assert await _texts(engine) == ["n"]
    assert alarms.kinds == ["record_rejected", "record_rejected"]
    kept = read_rejected(tmp_path / "spill" / "rejected.log")
    assert ["bad0" in entry.fact for entry in kept] == [True, False]
    assert all("poison" in entry.fact for entry in kept)
    assert "poison" not in alarms.said[0][1]


async def test_given_what_is_no_record_then_it_is_set_aside_in_its_turn(engine: AsyncEngine, tmp_path: Path) -> None:
    alarms = await write_all(
        engine,
        tmp_path,
        noted("0"),
        replace(a_call(), cause=object()),
        a_call(arrived_at=float("nan")),
        replace(noted("x"), text=7),
        noted("1"),
    )
    assert await _texts(engine) == ["0", "1"]
    assert await Records(engine).calls_since(0) == []
    assert alarms.kinds == ["record_rejected"] * 3


async def test_given_memory_disk_and_database_are_full_then_what_is_lost_is_counted_and_the_rest_arrives(
    database: Database, engine: AsyncEngine, tmp_path: Path
) -> None:
    alarms = Alarms()
    limits = replace(QUICK, memory_bytes=100_000)
    (tmp_path / "spill").write_text("no folder")  # no spill can be made here
    await database.break_down()
    writer = RecordWriter(engine, tmp_path / "spill", alarms, limits)
    async with at_work(writer):
        await alarms.heard("records_spill_failed")
        for number in range(50):
            writer.put(noted(f"{number} {'x' * 4000}"))
        await alarms.heard("records_database_down")
        status = writer.status
        assert status.in_memory + status.lost == 50
        assert status.safe == 0
        assert alarms.kinds.count("records_lost") == 1
        await database.mend()
    assert await _texts(engine) == [f"{number} {'x' * 4000}" for number in range(50 - status.lost)]
    assert 20 < status.in_memory < 25


async def test_given_the_spill_disk_is_full_when_there_is_room_again_then_everything_follows(
    database: Database, engine: AsyncEngine, tmp_path: Path
) -> None:
    alarms = Alarms()
    with small_disk(tmp_path) as disk:
        writer = RecordWriter(engine, disk.folder / "spill", alarms, QUICK)
        async with at_work(writer):
            await database.break_down()
            writer.put(noted("0"))
            await until_spilled(writer)
            disk.fill()
            for number in _numbers(100, 1):
                writer.put(noted(f"{number} {'x' * 5000}"))
            await alarms.heard("records_spill_failed")
            assert writer.status.in_memory == 100
            disk.make_room()
            await until_spilled(writer)
            await database.mend()
    assert [text.split()[0] for text in await _texts(engine)] == _numbers(101)
    assert writer.status.lost == 0


async def test_given_a_full_database_disk_when_there_is_room_again_then_everything_follows(tmp_path: Path) -> None:
    alarms = Alarms()
    with small_disk(tmp_path) as disk:
        url = f"sqlite:///{disk.folder}/records.db"
        await migrate(url)
        engine = open_database(url, LIMITS)
        writer = RecordWriter(engine, tmp_path / "spill", alarms, QUICK)
        async with at_work(writer):
            disk.fill()
            for number in _numbers(50):
                writer.put(noted(f"{number} {'x' * 5000}"))
            text = await alarms.heard("records_database_down")
            await until_spilled(writer)
            disk.make_room()
            await alarms.heard("records_database_back")
        assert [note.split()[0] for note in await _texts(engine)] == _numbers(50)
        await close_database(engine)
    assert "full" in text or "I/O" in text


async def test_given_postgresql_crashes_and_returns_again_and_again_then_every_fact_is_there_once(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    database = await create_database(postgres, "crashes")
    await migrate(database.url)
    engine = open_database(database.url, LIMITS)
    alarms = Alarms()
    writer = RecordWriter(engine, tmp_path / "spill", alarms, replace(QUICK, batch=10))
    async with at_work(writer):
        for crash, how in enumerate([signal.SIGQUIT, signal.SIGINT, signal.SIGQUIT]):
            for number in _numbers(40, crash * 100):
                writer.put(noted(number))
            await asyncio.to_thread(postgres.stop, how)
            for number in _numbers(60, crash * 100 + 40):
                writer.put(noted(number))
            await alarms.heard("records_database_down", crash + 1)
            postgres.start()  # not in a thread: the server stops with the thread that started it
            await alarms.heard("records_database_back", crash + 1)
    assert await _texts(engine) == _numbers(300)
    await close_database(engine)


async def test_given_the_database_hangs_then_facts_are_on_disk_in_no_time_and_arrive_once(
    database: Database, engine: AsyncEngine, tmp_path: Path
) -> None:
    """A table lock of somebody else: the connection lives, the answer does not come."""
    alarms = Alarms()
    writer = RecordWriter(engine, tmp_path / "spill", alarms, QUICK)
    holder = open_database(database.url)
    async with at_work(writer), holder.execution_options(writes=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            await connection.exec_driver_sql("LOCK TABLE incident_facts IN ACCESS EXCLUSIVE MODE")
        for number in _numbers(20):
            writer.put(noted(number))
        await until_spilled(writer)
        await alarms.heard("records_database_down")
    await close_database(holder)
    assert await _texts(engine) == _numbers(20)


STEPS = st.lists(
    st.sampled_from(["put", "put", "put", "call", "down", "up", "settle", "restart", "cancel"]), min_size=3, max_size=25
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS)
async def test_whatever_happens_every_fact_ends_in_the_database_once_and_in_order(
    database: Database, engine: AsyncEngine, tmp_path: Path, steps: list[str]
) -> None:
    example = uuid4()
    folder = tmp_path / str(example)
    notes: list[str] = []
    made: list[CallRecord] = []
    async with asyncio.TaskGroup() as group:
        writer = RecordWriter(engine, folder, Alarms(), replace(QUICK, batch=3))
        task = group.create_task(writer.run())
        await asyncio.sleep(0)
        for place, step in enumerate([*steps, "up"]):
            match step:
                case "put":
                    notes.append(str(place))
                    writer.put(noted(str(place), incident_id=str(example)))
                case "call":
                    made.append(a_call(f"{example}-{place}", arrived_at=place, offers=()))
                    writer.put(made[-1])
                case "down":
                    await database.break_down()
                case "up":
                    await database.mend()
                case "settle":
                    await until_spilled(writer)
                case _:
                    if step == "cancel":
                        task.cancel()
                        await asyncio.wait([task])
                    await writer.drain(0.01)
                    writer = RecordWriter(engine, folder, Alarms(), replace(QUICK, batch=3))
                    task = group.create_task(writer.run())
                    await asyncio.sleep(0)
        for _ in range(10):  # what a failing database leaves is for the next start
            if await writer.drain(20) == 0:
                break
            writer = RecordWriter(engine, folder, Alarms(), QUICK)
            group.create_task(writer.run())
            await asyncio.sleep(0)
    assert await _texts(engine, str(example)) == notes
    stored = await Records(engine, limit_s=20).calls_since(0)
    assert [call for call in stored if call.call_id.startswith(str(example))] == made

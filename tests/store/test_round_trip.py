"""What goes in comes out, on both databases."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine

from ntpd112.core.records import (
    CallRecord,
    IncidentCallLinked,
    IncidentFact,
    IncidentFieldSet,
    IncidentNoted,
    IncidentOpened,
)
from ntpd112.store.envelope import seal, unseal
from ntpd112.store.fold import fold
from ntpd112.store.queries import Records
from ntpd112.store.save import save
from ntpd112.store.tables import metadata
from ntpd112.store.text import clean, clean_key, clean_text
from tests.store.records import ANY_CALL, ANY_FACT, ANY_TEXT, a_call, an_offer, noted
from tests.store.writing import write_all

_LINKING = (IncidentOpened, IncidentCallLinked)
EACH_DATABASE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


async def test_a_call_comes_back_with_its_offers_and_notes_bit_for_bit(engine: AsyncEngine, tmp_path: Path) -> None:
    call = a_call(
        arrived_at=1_790_000_000.123456717,
        offers=(an_offer(number=1, result="no_answer", answered_at=None), an_offer(number=2)),
    )
    await write_all(engine, tmp_path, call)
    assert await Records(engine).call("c1") == call


@EACH_DATABASE
@given(call=ANY_CALL)
async def test_any_call_comes_back_as_it_was_made_storable(engine: AsyncEngine, call: CallRecord) -> None:
    envelope = unseal(seal(call, 1))
    await _empty(engine)
    async with engine.execution_options(writes=True).begin() as connection:
        assert await save(connection, [envelope]) == []
        assert await save(connection, [envelope]) == []
    assert await Records(engine).call(clean_key(call.call_id)) == clean(call)


@EACH_DATABASE
@given(facts=st.lists(ANY_FACT, max_size=12, unique=True), cut=st.integers(0, 12))
async def test_any_facts_come_back_in_order_and_the_incident_is_their_fold(
    engine: AsyncEngine, facts: list[IncidentFact], cut: int
) -> None:
    envelopes = [unseal(seal(fact, number)) for number, fact in enumerate(facts)]
    await _empty(engine)
    for batch in (envelopes[cut:], envelopes[:cut], envelopes):  # late ones, then all of them again
        async with engine.execution_options(writes=True).begin() as connection:
            await save(connection, batch)
    records = Records(engine)
    for incident_id in ("i1", "i2"):
        said = [clean(fact) for fact in facts if fact.incident_id == incident_id]
        incident = await records.incident(incident_id)
        assert await records.incident_facts(incident_id) == said
        assert (incident is None) == (said == [])
        if incident is not None:
            standing = fold(said, incident.opened_at)
            assert (incident.status, incident.type, incident.closed_at) == (
                standing.status,
                standing.type,
                standing.closed_at,
            )
            assert (incident.opened_at, incident.operator) == (standing.opened_at, standing.operator)
            assert [note.text for note in incident.notes] == [
                fact.text for fact in said if isinstance(fact, IncidentNoted)
            ]
            linked = dict.fromkeys(fact.call_id for fact in said if isinstance(fact, _LINKING))
            assert [call.call_id for call in incident.calls] == list(linked)
            written = {fact.field: fact.text for fact in said if isinstance(fact, IncidentFieldSet)}
            assert {one.field: one.text for one in incident.fields} == written


@given(text=ANY_TEXT)
def test_any_text_is_made_storable_once_and_for_all(text: str) -> None:
    cleaned = clean_text(text)
    assert "\0" not in cleaned
    assert clean_text(cleaned) == cleaned
    assert len(cleaned.encode()) >= len(text)
    assert len(clean_key(text)) <= 300


def test_what_a_database_refuses_stays_visible() -> None:
    assert clean_text("a\0b\udcffc") == "a␀b\\udcffc"
    assert clean_text("Ibu Sari 🚒 '; DROP TABLE calls") == "Ibu Sari 🚒 '; DROP TABLE calls"


def test_two_long_names_that_differ_at_their_ends_stay_two() -> None:
    assert clean_key("x" * 1000 + "a") != clean_key("x" * 1000 + "b")


async def test_a_caller_name_of_ten_thousand_letters_is_kept_whole(engine: AsyncEngine, tmp_path: Path) -> None:
    name = "".join(chr(0x10000 + number) for number in range(10_000))
    alarms = await write_all(
        engine, tmp_path, a_call(caller_name=name), a_call("c2", ani=name), noted(name, incident_id=name)
    )
    records = Records(engine)
    assert (await records.call("c1")) == a_call(caller_name=name)
    assert (await records.call("c2")) == replace(a_call("c2"), ani=clean_key(name))
    assert [len(incident.notes[0].text) for incident in await records.open_incidents()] == [10_000]
    assert alarms.said == []


async def _empty(engine: AsyncEngine) -> None:
    async with engine.execution_options(writes=True).begin() as connection:
        for table in reversed(metadata.sorted_tables):
            await connection.execute(delete(table))

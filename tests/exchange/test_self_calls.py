"""The centre calls itself on a real Asterisk, over real SIP, and says which part of it does not work."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from ntpd112 import selfcall
from ntpd112.core.records import CallRecord
from ntpd112.core.selfcall import OPERATOR
from ntpd112.pbx.citizen import Told
from ntpd112.selfcall import SelfCalls, judge
from ntpd112.simulate import Answer
from ntpd112.web.control import SelfCall
from tests.exchange.desk import NETWORK, Desk, desk
from tests.exchange.test_ledgers import reconciled
from tests.store.records import a_call, an_offer
from tests.stories.city import city_text
from tests.stories.exchange_world import HARMLESS, exchange_world

# The address of Asterisk itself lies in a trunk's network: its calls to itself must be told from that trunk's.
CITY = city_text(NETWORK, self_call_s=3600).replace(f"[{NETWORK}.12]", f"[{NETWORK}.12, {NETWORK}.0/29]")
WITHIN_S = 90.0
PATIENCE_S = 20.0
CLAIM_MS = 3000
"""On a busy machine a controller may be slow to claim a call."""


async def verdict(world: Desk) -> SelfCall:
    """Wait until the first self-call has ended."""
    assert world.controller is not None
    return await _after(world.controller.self_calls, None)


async def next_verdict(world: Desk) -> SelfCall:
    """Call once more, and wait until that has ended."""
    assert world.controller is not None
    calls = world.controller.self_calls
    before = calls.latest
    calls.routing_changed()
    return await _after(calls, before.at if before is not None else None)


async def _after(calls: SelfCalls, at: float | None) -> SelfCall:
    async with asyncio.timeout(WITHIN_S):
        while (latest := calls.latest) is None or latest.at == at:  # noqa: ASYNC110  it is told to nobody
            await asyncio.sleep(0.05)
    return latest


async def own_records(world: Desk, number: int) -> list[CallRecord]:
    """Return the records of the self-calls, once there are so many."""
    async with world.database() as records, asyncio.timeout(WITHIN_S):
        while len(found := await records.calls_since(0.0, self_calls=True)) < number:  # noqa: ASYNC110  as above
            await asyncio.sleep(0.05)
    return found


async def dialplan(world: Desk, before: str, after: str) -> None:
    """Change the dialplan of the self-calls, from the line that begins with ``before`` to the next empty one."""
    file = world.instance.layout.etc / "dialplan" / "selfcall.conf"
    text = file.read_text()
    start = text.index(before)
    file.write_text(text[:start] + after + text[text.index("\n\n", start) :])
    await world.instance.asterisk.rx("dialplan reload")


def alarms(world: Desk) -> list[tuple[str, str]]:
    assert world.controller is not None
    return [(alarm.kind, alarm.text) for alarm in world.controller._kept_alarms()]


async def test_given_a_room_that_works_then_the_operators_voice_is_heard_and_nobody_is_rung(tmp_path: Path) -> None:
    async with desk(tmp_path, city=CITY, start=False, broadcast_claim_ms=CLAIM_MS) as world:
        await world.start_controller(world.tasks)
        await world.phone("203", Answer(0.2))
        await world.dial("203", "*11")
        silent = await verdict(world)
        pressed = await next_verdict(world)
        assert (silent.stage, silent.text, pressed.stage, pressed.text) == ("ok", "", "ok", "")
        assert silent.at is not None
        assert time.time() - silent.at < WITHIN_S
        first, second, *_ = await own_records(world, 2)
        assert (first.trunk, first.trunk_kind, first.ddi, first.outcome) == ("selfcall", "selftest", "112", "answered")
        assert (first.operator, first.type, first.incident_id, first.notes) == (OPERATOR, None, None, ())
        assert (second.type, second.digits[0]) == ("fire", "1")
        for record, one in ((first, silent), (second, pressed)):
            assert record.connected_at is not None
            assert one.voice_s is not None
            assert one.voice_s > record.connected_at - record.arrived_at
        assert await world.records(0) == []
        assert world.phones["203"].calls == []
        assert world.room.calls == {}
        assert alarms(world) == []
        found = await asyncio.to_thread(reconciled, world)
        assert found == (0, [])


async def test_given_prompts_that_are_missing_then_the_operator_is_reached_all_the_same_and_it_is_told_once(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, city=CITY, start=False, broadcast_claim_ms=CLAIM_MS) as world:
        world.harmless = (*HARMLESS, "does not exist in any format", "Unable to open")
        menu = world.instance.layout.sounds / "id" / "menu.alaw"
        menu.rename(menu.with_suffix(".away"))
        await world.start_controller(world.tasks)
        found = await verdict(world)
        assert (found.stage, found.text) == ("ok", "a prompt could not be played")
        menu.with_suffix(".away").rename(menu)
        assert (await next_verdict(world)).stage == "ok"
        assert [kind for kind, _ in alarms(world)] == ["self_call_noted", "self_call_works"]


async def test_given_no_controller_that_takes_the_call_then_the_fallback_is_named_and_rings_nobody(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, city=CITY, start=False, broadcast_claim_ms=CLAIM_MS) as world:
        world.harmless = (*HARMLESS, "not claimed within")
        world.ari.spoil("POST events/claim/.*", "500")
        world.ari.spoil("POST asterisk/variable", "500", times=10_000)  # who shows life is asked again
        await world.start_controller(world.tasks)
        await world.phone("203", Answer(0.2))
        await world.dial("203", "*11")
        found = await verdict(world)
        assert (found.stage, found.text) == (
            "fallback",
            "no controller took the call in time; a citizen would be with the dialplan's own queue",
        )
        assert (await next_verdict(world)).stage == "ok"
        assert [kind for kind, _ in alarms(world)] == ["call_not_claimed", "self_call_failed", "self_call_works"]
        assert world.phones["203"].calls == []
        missed = (await own_records(world, 2))[0]
        assert (missed.trunk_kind, missed.stage, missed.operator) == ("selftest", "fallback", None)


async def test_given_a_controller_that_cannot_answer_then_the_fallback_is_named(tmp_path: Path) -> None:
    async with desk(tmp_path, city=CITY, start=False, broadcast_claim_ms=CLAIM_MS) as world:
        world.ari.spoil("POST channels/[0-9.]+/answer", "500")
        await world.start_controller(world.tasks)
        found = await verdict(world)
        assert found.stage == "fallback"
        assert found.text.startswith("could not be answered: ")
        assert (await next_verdict(world)).stage == "ok"


async def test_given_an_asterisk_that_cannot_be_asked_then_that_is_the_finding(tmp_path: Path) -> None:
    async with desk(tmp_path, city=CITY, start=False, broadcast_claim_ms=CLAIM_MS) as world:
        world.ari.spoil("POST channels/selfcall-.*", "500")
        await world.start_controller(world.tasks)
        found = await verdict(world)
        assert found.stage == "not_made"
        assert "spoiled on the way" in found.text
        assert (await next_verdict(world)).stage == "ok"


async def test_given_a_self_call_that_comes_to_no_end_then_that_is_the_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selfcall, "_ROUND_S", 1.0)
    async with desk(tmp_path, city=CITY, start=False, broadcast_claim_ms=CLAIM_MS) as world:
        await world.start_controller(world.tasks)
        found = await verdict(world)
        assert (found.stage, found.text) == ("not_made", "the self-call broke off: TimeoutError: ")
        assert [kind for kind, _ in alarms(world)] == ["self_call_failed"]


BEHAVIOURS = {
    "not_rung": "exten => nowhere,1,Hangup()",
    "not_picked_up": "exten => phone,1,Ringing()\n same => n,Wait(60)",
    "no_audio": "exten => phone,1,Answer()\n same => n,Wait(60)",
    "one_way": "exten => phone,1,Answer()\n same => n,Wait(2)\n same => n,SendDTMF(${CALLERID(num):-4})\n"
    " same => n,Wait(60)",
}


@pytest.mark.parametrize("stage", BEHAVIOURS)
async def test_given_an_operators_phone_that_does_not_do_its_part_then_the_stage_is_named_and_the_end_of_it_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    monkeypatch.setattr(selfcall, "_PATIENCE_S", PATIENCE_S)
    async with desk(tmp_path, city=CITY, start=False, broadcast_claim_ms=CLAIM_MS) as world:
        file = world.instance.layout.etc / "dialplan" / "selfcall.conf"
        good = file.read_text()
        await dialplan(world, "exten => phone", BEHAVIOURS[stage])
        await world.start_controller(world.tasks)
        found = await verdict(world)
        assert found.stage == stage
        file.write_text(good)
        await world.instance.asterisk.rx("dialplan reload")
        assert (await next_verdict(world)).stage == "ok"
        assert [kind for kind, _ in alarms(world)] == ["self_call_failed", "self_call_works"]
        assert alarms(world)[0][1].startswith(stage.replace("_", " "))


async def test_given_a_line_that_is_refused_then_nobody_answers_112(tmp_path: Path) -> None:
    async with desk(tmp_path, city=CITY, start=False, broadcast_claim_ms=CLAIM_MS) as world:
        await dialplan(world, "exten => 112", "exten => 112,1,Hangup(34)")
        await world.start_controller(world.tasks)
        found = await verdict(world)
        assert (found.stage, found.text) == ("not_answered", "nobody answers 112, Q.850 34")


async def test_given_a_controller_that_dies_in_a_self_call_then_the_next_one_clears_up_and_calls_again(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, city=CITY, start=False, broadcast_claim_ms=CLAIM_MS) as world:
        await world.start_controller(world.tasks)
        assert world.controller is not None
        await world.until(lambda: bool(world.room.all_calls()))
        world.ari.spoil("DELETE channels/selfcall-.*", "reset", times=5)
        await world.crash()
        await world.restart()
        assert (await verdict(world)).stage == "ok"
        lost, good, *_ = await own_records(world, 2)
        assert (lost.trunk_kind, good.outcome) == ("selftest", "answered")
        assert await asyncio.to_thread(reconciled, world) == (0, [])


async def test_given_a_file_without_self_calls_then_there_are_none_until_it_has_them(tmp_path: Path) -> None:
    async with exchange_world(tmp_path, NETWORK) as world:
        assert world.controller is not None
        calls = world.controller.self_calls
        config = world.instance.layout.etc / "pjsip.conf"
        assert calls.latest is None
        assert "selfcall" not in config.read_text()
        await world.reload(self_call_s=3600)
        found = await _after(calls, None)
        assert (found.stage, found.text, found.every_s) == ("ok", "", 3600)
        await world.until(lambda: not world.room.all_legs())
        await world.reload(self_call_s=0)
        assert calls.latest is None
        assert "selfcall" not in config.read_text()


def test_a_verdict_names_what_was_missing() -> None:
    told = Told("1234", answered=True)
    good = a_call("s", notes=(), offers=())
    half = a_call("s", queued_at=1.0, first_rang_at=None, connected_at=None, notes=("why",), offers=())
    assert judge(Told("1", trouble="refused"), None) == ("not_made", "Asterisk cannot be asked to call: refused")
    assert judge(Told("1"), None) == ("not_answered", "nobody answers 112")
    assert judge(told, None)[0] == "no_record"
    assert judge(told, a_call("s", queued_at=None, connected_at=None, notes=("why",))) == (
        "no_menu",
        "the menu led nowhere; why",
    )
    assert judge(told, half) == ("not_rung", "the operator's phone does not ring: nobody; why")
    assert judge(told, a_call("s", first_rang_at=None, connected_at=None, notes=(), offers=(an_offer(), an_offer())))[
        1
    ].startswith("the operator's phone does not ring: ")
    assert judge(told, good)[0] == "no_audio"
    told.understood, told.voice_s = True, 5.0
    assert judge(told, good) == ("ok", "")
    assert judge(told, None)[0] == "no_record"

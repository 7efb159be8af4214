"""More calls than the room takes: each is answered by 503, recorded and told; who waits already keeps the place."""

from __future__ import annotations

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from pathlib import Path

from ntpd112.ledgers import CROWDED, REFUSED
from ntpd112.pbx.hearing import backlog
from ntpd112.simulate import Answer
from tests.exchange.desk import NETWORK, desk, hears_an_operator
from tests.stories.exchange_world import HARMLESS

SCENARIOS = Path(__file__).parents[2] / "sipp-scenarios"
_CALLS = 200
_RATE = 100
_MOST = 20
_BUSY = ("not claimed within", "web socket", "Connection reset by peer")
"""Asterisk's words when this machine is too slow for so many."""


async def _flood(folder: Path) -> tuple[int, list[str]]:
    """Let many call at once; return SIPp's exit code, and what became of each call that got an answer."""
    shutil.copytree(SCENARIOS, folder / "scenarios")
    data = folder / "scenarios" / "152-flood" / "data.csv"
    data.write_text(data.read_text().replace("127.0.0.", f"{NETWORK}."))
    log = folder / "fates"
    command = [
        *("sipp", f"{NETWORK}.1:5060", "-nostdin", "-inf", "data.csv", "-i", f"{NETWORK}.12", "-nr"),
        *("-m", str(_CALLS), "-r", str(_RATE), "-l", str(_CALLS), "-trace_logs", "-log_file", str(log)),
        *("-sf", "../shared/flood.xml"),
    ]
    sipp = await asyncio.create_subprocess_exec(
        *command, cwd=data.parent, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, env={"PATH": os.environ["PATH"]}
    )
    async with asyncio.timeout(120):
        await sipp.communicate()
    assert sipp.returncode is not None
    return sipp.returncode, log.read_text().split()


async def test_given_far_more_calls_than_the_room_takes_then_each_has_an_answer_and_a_record(tmp_path: Path) -> None:
    async with desk(tmp_path, most_calls=_MOST, broadcast_claim_ms=5000) as world:
        world.harmless = (*HARMLESS, *_BUSY)
        first = await world.citizen(ani="0215550199")
        code, fates = await _flood(tmp_path)
        assert code == 0
        assert len(fates) == _CALLS
        assert 0 < fates.count("refused") < _CALLS
        assert world.call(first) is not None
        await world.soon("room_nearly_full")
        await world.soon("calls_refused", within_s=40)
        await world.speaking_operator("201", Answer(0.1, talk_s=1.0))
        await hears_an_operator(first.party)
        await world.until(lambda: not world.room.calls)
        found = await world.records(_CALLS + 1)
        assert len(found) == _CALLS + 1
        refused = [record for record in found if record.cause in {CROWDED, REFUSED}]
        assert len(refused) == fates.count("refused")
        assert {(one.outcome, one.stage, one.side) for one in refused} == {("failed", "arriving", "us")}
        assert "refused" not in {record.outcome for record in found}


async def test_given_more_who_wait_than_hear_music_then_the_others_wait_without_and_reach_an_operator_too(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, music_a_cpu=0) as world:
        caller = await world.citizen()
        await world.soon("music_left_out")
        await world.speaking_operator("201", Answer(0.1))
        await hears_an_operator(caller.party)
        await world.operator_hangs_up("201")
        (record,) = await world.records(1)
        assert record.outcome == "answered"
        assert not [command for command in world.ari.commands if command.endswith("/moh")]


async def test_the_backlog_is_what_stands_beyond_asterisks_own_mark(tmp_path: Path) -> None:
    async with desk(tmp_path) as world:
        assert world.controller is not None
        exchange = world.controller.exchange
        await world.until(lambda: exchange.ami_is_up)
        text = await exchange.ami.command("core show taskprocessors like pjsip/")
        assert "pjsip/distributor" in text
        assert backlog(text) == 0
        name = next(line.split()[0] for line in text.splitlines() if "pjsip/distributor" in line)
        assert backlog(text + f"\n{name} 9000 501 700 450 500\n{name} 9000 500 700 450 500\n") == 501


async def test_given_a_busy_controller_when_it_claims_late_then_it_serves_the_call_all_the_same(tmp_path: Path) -> None:
    async with desk(tmp_path, broadcast_claim_ms=500) as world:
        world.harmless = (*HARMLESS, "not claimed within")
        await world.speaking_operator("201", Answer(0.1))
        late = world.ari.spoil("POST events/claim/.*", "late")
        caller = await world.citizen()
        await hears_an_operator(caller.party)
        await world.operator_hangs_up("201")
        (record,) = await world.records(1)
        assert (late.happened, record.stage, record.outcome) == (1, "talking", "answered")

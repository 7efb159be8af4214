"""What callers and trunks may send: broken, absurd, hostile. Everybody is served, and the record keeps what came."""

from __future__ import annotations

from pathlib import Path

import pytest

from ntpd112.simulate import Address, Answer, Identity
from ntpd112.simulate.citizen import DtmfMethod
from ntpd112.simulate.malformed import send_malformed
from tests.exchange.desk import NETWORK, desk
from tests.stories.exchange_world import HARMLESS

_HOSTILE_NAME = '"); DROP TABLE calls; $(reboot) ${SHELL(id)} `reboot` <b>Sari</b> %s'
_KEPT = 79
"""Asterisk keeps no more of a number or a name."""


@pytest.mark.parametrize(
    ("identity", "ani_raw", "caller_name"),
    [
        (Identity(ani="rumah'--$(reboot)", name=_HOSTILE_NAME), "rumah'--$(reboot)", "\\" + _HOSTILE_NAME),
        (Identity(ani="1;DROP=calls", name="=1+1"), "1", "=1+1"),
        (Identity(name="x" * 10_240), "0215550101", "x" * _KEPT),
        (Identity(ani="9" * 300), "9" * _KEPT, ""),
        (Identity(name="\U0001f525 kebakaran é 火"), "0215550101", "\U0001f525 kebakaran é 火"),
    ],
    ids=["sql and shell", "semicolon", "ten thousand letters", "long number", "other scripts"],
)
async def test_given_a_hostile_caller_then_an_operator_answers_and_the_record_keeps_the_words(
    identity: Identity, ani_raw: str, caller_name: str, tmp_path: Path
) -> None:
    async with desk(tmp_path) as world:
        world.harmless = (
            *HARMLESS,
            "CallerID Name",
            "hdr_print_on",
        )  # too long to be shown; its line swallows the next one
        await world.operator("201")
        caller = await world.citizen(identity=identity)
        await world.speaks(caller, "201")
        await world.hang_up(caller)
        record = await world.is_over(caller)
        assert (record.outcome, record.ani_raw, record.caller_name) == ("answered", ani_raw, caller_name)


@pytest.mark.parametrize("method", ["info", "rfc4733"])
async def test_given_a_flood_of_keys_then_the_caller_reaches_an_operator_and_the_record_has_an_end(
    method: DtmfMethod, tmp_path: Path
) -> None:
    async with desk(tmp_path) as world:
        world.harmless = (*HARMLESS, "Exceptionally long queue length")  # it says that they are many
        await world.operator("203", Answer(after_s=2.0))
        caller = await world.citizen()
        await world.is_in(caller, "greeting", "menu")
        for _ in range(16):
            await world.press(caller, "7890#*AB", method)
        call = await world.is_in(caller, "waiting", "ringing", "talking")
        await world.until(lambda: "more than 64 keys pressed" in call.notes, within_s=40)
        await world.speaks(caller, "203")
        await world.hang_up(caller)
        record = await world.is_over(caller)
        assert (record.outcome, len(record.digits)) == ("answered", 64)


async def test_given_malformed_messages_then_good_calls_are_served_and_every_invite_has_one_record(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        await world.operator("201", Answer(after_s=0))
        world.harmless = (*HARMLESS, "pjproject: ", "res_pjsip")  # it says what it could not read
        seen: set[str] = set()
        assert world.controller is not None
        world.controller.engine.watchers.add(lambda: seen.update(world.room.calls))
        await send_malformed(Address(f"{NETWORK}.1"), f"{NETWORK}.11", listen_s=0.05)
        odd = frozenset(seen)
        assert odd
        await world.instance.asterisk.rx("channel request hangup all")  # nobody acknowledges them: 32 s by itself
        await world.until(lambda: not world.room.calls)
        caller = await world.citizen("mobile")
        await world.speaks(caller, "201")
        await world.hang_up(caller)
        assert (await world.is_over(caller)).outcome == "answered"
        assert sorted(record.call_id for record in await world.records(len(seen))) == sorted(seen)

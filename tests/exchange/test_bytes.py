"""Whatever bytes stand in a number, a name or an address: the controller takes the call, and the record can be read."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from ntpd112 import app
from ntpd112.simulate import Answer
from ntpd112.simulate.gateway import Invite
from tests.exchange.desk import Desk, desk
from tests.exchange.gateways import arrives, gateway
from tests.exchange.test_ledgers import reconciled
from tests.stories.exchange_world import HARMLESS

_COMPLAINTS = (*HARMLESS, "invalid UTF-8", "CallerID Name", "pjsip_hdr_print_on", "json.c", "backtrace records")
"""Asterisk's words about names that are no UTF-8 or too long, and about headers longer than it cares to read; and about
a look at all channels in the milliseconds before the dialplan has taken such bytes out of a new one."""
_ESCAPED = {
    b"021555%0d%0a0101": "021555%0D%0A0101",
    b"0215550101%0aEvent%3a%20Reload": "0215550101%0AEvent: Reload",
    b"021%00555": "021",
    b"caf%e9": "caf%E9",
    b"0215550101%ff": "0215550101%FF",
    b"%c3": "%C3",
    b"%c0%80%ed%a0%80%f5%80%80%80": "%C0%80%ED%A0%80%F5%80%80%80",
    b"%f0%9f%94%a5112": "\U0001f525112",
    b"%e2%80%ae112": "%E2%80%AE112",
    b"%c2%85%e2%80%a8": "%C2%85%E2%80%A8",
    b"%01%1b%7f112": "%01%1B%7F112",
    b"%22%20%7c%20%221": '" | "1',
    b"%7b%22a%22%3a%5b%7d": '{"a":[}',
    b"%24%7bSHELL%28id%29%7d%ff": "${SHELL_id_}%FF",
}
"""What stands in an address, and how the record shows it."""
_OF_A_CALL_ID = b"abc-._'`!%*+~()<>:\\/[]?{}\""
"""RFC 3261 25.1: a word."""


@pytest.mark.parametrize("place", ["the calling number", "the dialled number"])
async def test_given_a_number_that_nobody_can_read_then_the_room_has_the_call_and_the_record_shows_it_escaped(
    place: str, tmp_path: Path
) -> None:
    shown: dict[str, str] = {}
    async with desk(tmp_path) as world:
        world.harmless = _COMPLAINTS
        for user, expected in _ESCAPED.items():
            caller = place == "the calling number"
            invite = Invite(caller=b"<sip:" + user + b"@{ip}>") if caller else Invite(user=user)
            party, call = await arrives(world, invite)
            await party.answered()
            party.hang_up()
            record = await world.is_over(call)
            shown[expected] = record.ani_raw if caller else record.ddi_raw
        assert shown == {text: text for text in _ESCAPED.values()}
        await _agree(world, len(_ESCAPED))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"Sari\xff", "Sari\ufffd"),
        (b"caf\xe9", "caf\ufffd"),
        (b"Sa\x01ri\x7f", "Sa%01ri%7F"),
        (b"Sari (rumah): 5)", "Sari (rumah): 5)"),
        (b'\\\\Sari, \\"Budi\\"', '\\\\Sari, \\"Budi\\"'),
        ("\U0001f525 kebakaran \u706b".encode(), "\U0001f525 kebakaran \u706b"),
        (b"${SHELL(reboot)} $[1+1] %s %n |`id`", "${SHELL(reboot)} $[1+1] %s %n |`id`"),
        (b"x" * 2000, "x" * 79),
        (("\xe9" * 60).encode(), "\xe9" * 39),
    ],
)
async def test_given_a_name_of_any_bytes_then_the_room_has_the_call_and_the_record_the_name(
    name: bytes, shown: str, tmp_path: Path
) -> None:
    async with desk(tmp_path) as world:
        world.harmless = _COMPLAINTS
        party, call = await arrives(world, Invite(caller=b'"' + name + b'" <sip:0215550101@{ip}>'))
        await party.answered()
        party.hang_up()
        record = await world.is_over(call)
        await _agree(world, 1)
    assert (record.ani_raw, record.caller_name) == ("0215550101", shown)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_given_random_bytes_everywhere_then_each_call_is_taken_and_recorded_and_the_ledgers_agree(
    seed: int, tmp_path: Path
) -> None:
    chance = random.Random(seed)  # noqa: S311  not for secrecy
    async with desk(tmp_path) as world:
        world.harmless = _COMPLAINTS
        for _ in range(25):
            party, call = await arrives(world, _any_invite(chance), trunk=chance.choice(("landline", "mobile")))
            await party.answered()
            party.hang_up()
            record = await world.is_over(call)
            texts = (
                record.ani_raw,
                record.ddi_raw,
                record.ddi,
                record.caller_name.replace("\ufffd", ""),
                *record.notes,
            )
            assert all(text.isprintable() or text == record.caller_name for text in texts), texts
        await _agree(world, 25)


async def test_given_no_controller_then_a_number_with_line_ends_rings_a_phone_and_gets_its_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_LEDGERS_EVERY_S", 0.5)
    async with desk(tmp_path) as world:
        world.harmless = (*_COMPLAINTS, "not claimed within")
        await world.speaking_operator("201", Answer(0.2))
        await world.crash()
        odd = Invite(user=b"112%0d%0a", caller=b'"Sari" <sip:021555%0d%0a0101%ff@{ip}>')
        party = await gateway(world, odd)
        await party.answered()
        await (await world.phones["201"].call()).answered()
        party.hang_up()
        await world.instance.empty()
        await world.restart()
        (record,) = await world.records(1)
        await _agree(world, 1)
    assert (record.ani_raw, record.ddi_raw) == ("021555%0D%0A0101%FF", "112%0D%0A")
    assert record.ddi == "112"


async def test_given_an_operator_who_dials_any_bytes_then_the_controller_hears_of_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as world:
        world.harmless = _COMPLAINTS
        await world.speaking_operator("201", Answer())
        await world.until(lambda: world.seat("201").presence == "available")
        call = world.phones["201"].dial("*12%ff%0d%0a")
        await call.answered()
        await world.until(lambda: world.seat("201").presence == "logged_out")


def _any_invite(chance: random.Random) -> Invite:
    def escaped() -> bytes:
        data = bytes(chance.randrange(256) for _ in range(chance.choice((0, 1, 3, 10, 40))))
        return b"".join(b"%%%02x" % byte for byte in data) + bytes(chance.choice(b"0123456789") for _ in range(3))

    def raw() -> bytes:
        data = bytes(byte for byte in (chance.randrange(1, 256) for _ in range(chance.randrange(60))))
        return data.translate(None, b'\r\n"\\')

    user = chance.choice((b"112", b"0211500293", escaped()))
    return Invite(
        user=user,
        caller=b'"' + raw() + b'" <sip:' + escaped() + b"@{ip}>",
        to=b'"' + raw() + b'" <sip:' + escaped() + b"@{ip}>",
        headers=[
            b"Subject: " + raw(),
            b"Diversion: <sip:" + escaped() + b"@{ip}>;reason=unconditional",
            b"History-Info: <sip:" + escaped() + b"@{ip}>;index=1",
            b"P-Asserted-Identity: <sip:" + escaped() + b"@{ip}>",
            b"X-" + b"%d" % chance.randrange(10) + b": " + raw(),
        ][: chance.randrange(6)],
        call_id=bytes(chance.choice(b"abc-._'`!%*+~()<>:\\/[]?{}\"") for _ in range(20))
        + b"%d" % chance.randrange(10**9),
    )


async def _agree(world: Desk, calls: int) -> None:
    """Find so many records and no difference between the two ledgers."""
    await world.records(calls)
    async with asyncio.timeout(20):
        while (found := (await asyncio.to_thread(reconciled, world))[1]) != []:  # noqa: ASYNC110  files tell nobody
            await asyncio.sleep(0.5)
    assert found == []

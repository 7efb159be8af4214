"""Strangers' RTP at the ports of callers who send none: the kernel keeps it out where a trunk has ``media``.

The rules are loaded into this machine's own kernel (as root), for the addresses of this test alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ntpd112 import firewall_watch
from ntpd112.host import firewall
from ntpd112.host.asterisk_root import find_asterisk
from ntpd112.host.voice_ports import PortRange, voice_ports
from ntpd112.simulate import Address, Answer
from ntpd112.simulate.media import RtpPort
from ntpd112.simulate.tone import hears
from tests.exchange.agent import Agent, Dialog
from tests.exchange.desk import CITIZEN_HZ, NETWORK, OPERATOR_HZ, Desk, desk
from tests.stories.city import city_text
from tests.stories.world import PATIENCE_S

_CENTRE = Address(f"{NETWORK}.1")
_STRANGER_HZ = 2500.0
_LATE_S = 8.0
"""Later than Asterisk prefers the address of the SDP."""
_BESIDE_S = 3.0
_LISTED = f"{NETWORK}.70"
_UNLISTED = f"{NETWORK}.77"


class _Gateway(Agent):
    """A gateway whose voice comes from where it is told, and whose SDP names what it is told."""

    names: str = ""

    def sdp(self, direction: str) -> str:
        """An offer or an answer."""
        return super().sdp(direction).replace(f"IN IP4 {self.ip}", f"IN IP4 {self.names or self.ip}")


def _with_media() -> str:
    addresses = f"addresses: [{NETWORK}.11]"
    return city_text(NETWORK).replace(addresses, f"{addresses}, media: [{NETWORK}.64/29]")


@asynccontextmanager
async def _guarded(tmp_path: Path) -> AsyncIterator[tuple[Desk, PortRange]]:
    """Given a room that filters the voice of its landline trunk, and 201, who speaks."""
    async with desk(tmp_path, city=_with_media()) as world:
        settings = world.instance.settings
        install = find_asterisk(settings.asterisk, settings.cache_dir)
        assert install is not None
        ports = voice_ports(world.instance.city, settings, install).filtered
        assert ports is not None
        ruleset = firewall.rules(world.instance.city, settings, ports)
        firewall.load(settings, ruleset)
        try:
            assert firewall.is_loaded(settings, ruleset)
            await world.speaking_operator("201", Answer(0.1))
            yield world, ports
        finally:
            firewall.unload(settings)


@asynccontextmanager
async def _caller(
    world: Desk, *, host: int = 11, voice: str = "", names: str = "", speaks: bool = True
) -> AsyncIterator[tuple[_Gateway, Dialog, tuple[str, int]]]:
    """Given a call that was answered, and where its voice is wanted."""
    gateway = _Gateway(_CENTRE, f"{NETWORK}.{host}")
    gateway.names = names
    gateway.audio = RtpPort(voice or gateway.ip, tone_hz=CITIZEN_HZ, speaks=speaks)
    async with gateway:
        caller = gateway.invites("112", caller="0215550101")
        answer = await caller.wait(lambda message: message.status == 200)
        place = answer.media()
        assert place is not None
        yield gateway, caller, place
        caller.hang_up()
        await world.until(lambda: not world.room.calls)


async def _heard(audio: RtpPort, hz: float, within_s: float = PATIENCE_S) -> None:
    async with asyncio.timeout(within_s):
        while hears(audio.latest(4000), hz) < 0.2:  # noqa: ASYNC110  sound tells nobody
            await asyncio.sleep(0.05)


async def _true(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(2 * PATIENCE_S):
        while not condition():  # noqa: ASYNC110  the watch of the voices tells nobody
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("after_s", [0.0, _LATE_S], ids=["at once", "late"])
async def test_given_a_caller_who_sends_nothing_when_a_stranger_does_then_nobody_hears_it_and_the_line_stays_theirs(
    tmp_path: Path, after_s: float
) -> None:
    async with _guarded(tmp_path) as (world, ports), _caller(world, speaks=False) as (gateway, _, place):
        assert ports.first <= place[1] <= ports.last
        await asyncio.sleep(after_s)
        async with RtpPort(_UNLISTED, tone_hz=_STRANGER_HZ) as stranger:
            stranger.connect(*place)
            stranger.press("1")
            await _heard(gateway.audio, OPERATOR_HZ)
            await asyncio.sleep(_BESIDE_S)
            (call,) = world.room.calls.values()
            assert call.type is None  # the key of the stranger chose nothing
            phone = world.phones["201"].audio
            assert (stranger.received_packets, hears(phone.heard, _STRANGER_HZ)) == (0, 0.0)
            assert firewall.refused(world.instance.settings) >= _BESIDE_S * 25
            gateway.audio.speak()
            await _heard(phone, CITIZEN_HZ)
            await _heard(gateway.audio, OPERATOR_HZ)
            assert stranger.received_packets == 0


@pytest.mark.parametrize(
    ("voice", "names"),
    [
        ("", ""),
        (_LISTED, "127.99.9.9"),
        ("", "127.99.9.9"),
        (_UNLISTED, _UNLISTED),
    ],
    ids=["as named", "from its network behind a NAT", "from the signalling address", "as named and not listed"],
)
async def test_given_rules_when_voice_comes_from_the_trunk_or_from_where_its_sdp_says_then_both_hear_each_other(
    tmp_path: Path, voice: str, names: str
) -> None:
    async with _guarded(tmp_path) as (world, _), _caller(world, voice=voice, names=names) as (gateway, _, _):
        await _heard(world.phones["201"].audio, CITIZEN_HZ)
        await _heard(gateway.audio, OPERATOR_HZ)


async def test_given_rules_when_voice_comes_from_anywhere_else_then_it_is_dropped_counted_and_alarmed(
    tmp_path: Path,
) -> None:
    async with _guarded(tmp_path) as (world, _), _caller(world, voice=_UNLISTED) as (_, _, _):
        await world.soon("one_way_audio", within_s=2 * PATIENCE_S)
        assert firewall.refused(world.instance.settings) > 0
        assert hears(world.phones["201"].audio.heard, CITIZEN_HZ) == 0.0
        assert world.controller is not None
        (text,) = [alarm.text for alarm in world.controller._kept_alarms() if alarm.kind == "one_way_audio"]
        assert "`media`" in text


async def test_given_rules_then_a_trunk_without_media_is_served_as_ever_wherever_its_voice_comes_from(
    tmp_path: Path,
) -> None:
    async with _guarded(tmp_path) as (world, ports):
        async with _caller(world, host=12, voice=_UNLISTED, names="127.99.9.9") as (gateway, _, place):
            assert not ports.first <= place[1] <= ports.last
            await _heard(world.phones["201"].audio, CITIZEN_HZ)
            await _heard(gateway.audio, OPERATOR_HZ)
        assert firewall.refused(world.instance.settings) == 0


async def test_given_calls_when_the_rules_are_loaded_anew_then_nobody_loses_the_voice(tmp_path: Path) -> None:
    async with (
        _guarded(tmp_path) as (world, ports),
        _caller(world, voice=_UNLISTED, names=_UNLISTED) as (gateway, _, _),
    ):
        phone, settings = world.phones["201"].audio, world.instance.settings
        await _heard(phone, CITIZEN_HZ)
        for _ in range(5):
            firewall.load(settings, firewall.rules(world.instance.city, settings, ports))
        await asyncio.sleep(1.0)
        phone.forget()
        await _heard(phone, CITIZEN_HZ)
        await _heard(gateway.audio, OPERATOR_HZ)


async def test_given_a_room_with_media_and_without_its_rules_then_an_alarm_says_how_to_load_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firewall_watch, "FIRST_S", 0.1)
    async with desk(tmp_path, city=_with_media()) as world:
        await world.soon("firewall_not_loaded")
        assert world.controller is not None
        (text,) = [alarm.text for alarm in world.controller._kept_alarms() if alarm.kind == "firewall_not_loaded"]
        assert "ntpd112 firewall --load" in text


@pytest.mark.parametrize(
    ("host", "voice", "names", "is_strange"),
    [
        (12, _UNLISTED, "", True),
        (12, _UNLISTED, "127.99.9.9", True),
        (12, "", "", False),
        (12, "", "127.99.9.9", False),
        (11, _LISTED, "127.99.9.9", False),
        (12, _UNLISTED, _UNLISTED, False),
    ],
    ids=["stranger", "stranger, NAT", "as named", "NAT", "listed, NAT", "as named, not listed"],
)
async def test_given_no_rules_and_a_silent_caller_when_sound_begins_then_one_from_elsewhere_is_alarmed_and_noted(
    tmp_path: Path, host: int, voice: str, names: str, is_strange: bool
) -> None:
    async with desk(tmp_path, city=_with_media()) as world:
        await world.speaking_operator("201", Answer(0.1))
        async with _caller(world, host=host, voice=voice, names=names, speaks=False) as (gateway, _, _):
            (call_id,) = world.room.calls
            assert world.controller is not None
            watch = world.controller.exchange._voices
            await _true(lambda: call_id in watch._strange._named)
            gateway.audio.speak()
            await _heard(world.phones["201"].audio, CITIZEN_HZ)
            await _true(lambda: watch._voices[call_id].received > 0 and not watch._strange._named)
            if is_strange:
                await world.soon("strangers_voice")
            else:  # the answer about it is there when the next look is
                looked_at = watch._voices[call_id].looked_at
                await _true(lambda: watch._voices[call_id].looked_at > looked_at)
            alarms = [alarm for alarm in world.controller._kept_alarms() if alarm.kind == "strangers_voice"]
        (record,) = await world.records(1)
        noted = [note for note in record.notes if "perhaps a stranger's" in note]
        assert (len(alarms), len(noted)) == ((1, 1) if is_strange else (0, 0))
        assert all(_UNLISTED in text for text in (*noted, *(alarm.text for alarm in alarms)))

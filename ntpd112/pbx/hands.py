"""From the core's actions to Asterisk's operations: one method for each action, one lane for each line and each leg.

What Asterisk refuses comes back as an event: a prompt that cannot be played has ended, a phone that cannot be rung is
gone, and everything else is an :class:`~ntpd112.core.messages.ActionFailed`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import structlog

from ntpd112.core import messages as m
from ntpd112.pbx.ari.client import AriClient
from ntpd112.pbx.ari.errors import AriError, NoAnswerError, NotFoundError
from ntpd112.pbx.ari.generated import Channel
from ntpd112.pbx.confirming import Confirming
from ntpd112.pbx.consulting import Consulting
from ntpd112.pbx.hearing import call_of_leg
from ntpd112.pbx.lanes import Lanes
from ntpd112.pbx.line import LegLine, Line
from ntpd112.pbx.outward import before_dialling, caller_id, variables
from ntpd112.pbx.overhear import Overhear

log = structlog.get_logger(__name__)

APP = "ntpd112"
_PLAY_ENDS_S = 1.0
"""How long a prompt that was told to stop may take to do so before the parties are joined all the same."""
_SUBSCRIBER_ABSENT = 20
_TOO_LATE: dict[m.CancelReason, str] = {"answered_elsewhere": "taken", "caller_gone": "caller_gone"}
"""What a human hears who picked up at the very moment when that was no longer wanted."""
_SAME_MOMENT_S = 0.1
"""A phone rings on for so long after another was answered: whoever picks up just now is told why, not cut off."""
_BRIDGE_TYPE = "mixing,dtmf_events"
"""Keys pressed in mid-call must reach us, so no short cut of the media around Asterisk."""

Submit = Callable[[m.Event], None]
Alarm = Callable[[str, str, str], None]
"""(kind, text, call id)."""
Sound = Callable[[str, str], str]
"""(prompt, language) -> path of the sound without its ending."""


class Hands:
    """Carries out actions."""

    def __init__(
        self,
        ari: AriClient,
        lanes: Lanes,
        lines: dict[str, Line],
        submit: Submit,
        sound: Sound,
        alarm: Alarm,
        phone_of: Callable[[str], str],
        most_music: int,
    ) -> None:
        """``most_music``: so many callers hear music at once, the others only what is said to them."""
        self._ari = ari
        self._lanes = lanes
        self._lines = lines
        self._submit = submit
        self._sound = sound
        self._alarm = alarm
        self._phone_of = phone_of
        self._most_music = most_music
        self._is_quiet = False
        """Somebody waits without music."""
        self.legs: dict[str, LegLine] = {}
        """Every leg that Asterisk was asked for, until its channel is gone."""
        self.overhear = Overhear(ari, APP, self._bridge_of, self.hang_up, self.destroy_bridge)
        self.consulting = Consulting(ari, APP, lanes, lines, self.hang_up)
        self.confirming = Confirming(ari, sound, alarm)
        self._how: dict[type[m.Action], Callable[[Any], Awaitable[None]]] = {
            m.Answer: self._answer,
            m.Play: self._play,
            m.StopPlay: self._stop_play,
            m.StartMusic: self._start_music,
            m.Ring: self._ring,
            m.CancelRing: self._cancel_ring,
            m.DropLeg: self._drop_leg,
            m.SetParties: self._set_parties,
            m.AskToConfirm: self._ask_to_confirm,
            m.MuteLeg: self._mute_leg,
            m.Listen: self._listen,
            m.GiveBack: self._give_back,
            m.EndCall: self._end_call,
        }

    def carry_out(self, action: m.Action) -> bool:
        """Put an action into the lane of its line or leg; False when it is none of the exchange's."""
        how = self._how.get(type(action))
        if how is None:
            return False
        match action:
            case m.Ring(leg_id=leg_id, operator=operator, number=number):
                phone = self._phone_of(operator) if operator else ""
                self.legs[leg_id] = LegLine(operator, phone, number, is_dialled=bool(action.heard_by))
            case m.CancelRing(leg_id=leg_id) | m.DropLeg(leg_id=leg_id) if leg_id in self.legs:
                self.legs[leg_id].wanted = False
                self.consulting.cancelled(leg_id)
            case m.EndCall(call_id=call_id) if call_id in self._lines:
                self._lines[call_id].ended = True
        # A phone that is slow to stop ringing must not keep the caller from the operator who answered.
        # But a leg that listens, or is asked, is told so in the order in which the parties are told to hear each other.
        own_lane = getattr(action, "leg_id", "") if not isinstance(action, m.Listen | m.AskToConfirm) else ""
        lane: str = own_lane or getattr(action, "call_id")  # noqa: B009  the table's have one
        self._lanes.add(lane, partial(self._try, how, action), partial(self._failed, action))
        return True

    async def _try(self, how: Callable[[Any], Awaitable[None]], action: m.Action) -> None:
        try:
            await how(action)
        except AriError as error:
            self._failed(action, str(error), gone=isinstance(error, NotFoundError))

    def _failed(self, action: m.Action, reason: str, *, gone: bool = False) -> None:
        match action:
            case m.Play() | m.StopPlay() if gone:
                pass  # the caller has hung up, or the prompt had ended: either is told by an event of its own
            case m.Play(call_id=call_id, play_id=play_id):
                self._submit(m.PlayEnded(call_id, play_id, failed=True))
            case m.Ring(leg_id=leg_id):
                self.legs.pop(leg_id, None)
                self._submit(m.LegEnded(leg_id, _SUBSCRIBER_ABSENT, 0))
            case m.CancelRing(leg_id=leg_id) | m.DropLeg(leg_id=leg_id) if gone:
                self.legs.pop(leg_id, None)
                self._submit(m.LegEnded(leg_id, 0, 0))
            case m.Listen() | m.AskToConfirm() if gone:
                pass  # one of them has hung up
            case m.EndCall(call_id=call_id) | m.GiveBack(call_id=call_id) if gone:
                self._submit(m.CallEnded(call_id, 0, 0))
            case _:
                leg_id = getattr(action, "leg_id", "")
                self._submit(m.ActionFailed(getattr(action, "call_id", ""), leg_id, type(action).__name__, reason))

    async def _answer(self, action: m.Answer) -> None:
        await self._ari.channels_answer(channel_id=action.call_id)
        if action.call_id in self._lines:
            self._lines[action.call_id].is_up = True
        self._submit(m.CallAnswered(action.call_id))

    async def _play(self, action: m.Play) -> None:
        line = self._lines.get(action.call_id)
        if line is None:
            return
        await self._quiet(line, wait=False)
        line.playing[action.play_id] = asyncio.Event()
        media = [f"sound:{self._sound(prompt, action.language)}" for prompt in action.prompts]
        try:
            await self._ari.channels_play_with_id(channel_id=action.call_id, playback_id=action.play_id, media=media)
        except AriError:
            line.finished(action.play_id)
            raise

    async def _stop_play(self, action: m.StopPlay) -> None:
        await self._ari.playbacks_stop(playback_id=action.play_id)
        line = self._lines.get(action.call_id)
        if line is not None and action.play_id in line.playing:
            line.stopping.add(action.play_id)

    async def _quiet(self, line: Line, *, wait: bool) -> None:
        """End prompts and music. Asterisk adds no channel to a bridge before its prompt has really ended."""
        for play_id, finished in list(line.playing.items()):
            try:
                if play_id not in line.stopping:
                    await self._ari.playbacks_stop(playback_id=play_id)
                    line.stopping.add(play_id)
            except NotFoundError:
                line.finished(play_id)
            except AriError as error:  # then it ends by itself
                log.warning("prompt_not_stopped", call=line.call_id, reason=str(error))
            if wait:
                try:
                    async with asyncio.timeout(_PLAY_ENDS_S):
                        await finished.wait()
                except TimeoutError:
                    line.finished(play_id)
        if line.music:
            await self._stop_music(line)

    async def _stop_music(self, line: Line) -> None:
        """End the music, which would drown the operator: once more when that failed."""
        line.music = False
        for last in (False, True):
            try:
                await self._ari.channels_stop_moh(channel_id=line.call_id)
            except AriError as error:
                if last and not line.hanging_up:
                    log.warning("music_not_stopped", call=line.call_id, reason=str(error))
            else:
                return

    async def _start_music(self, action: m.StartMusic) -> None:
        line = self._lines.get(action.call_id)
        if line is not None:
            await self._play_music(line)

    async def _play_music(self, line: Line) -> None:
        """Start the music, unless so many hear some that Asterisk could not serve more: better quiet than lost."""
        if sum(other.music for other in self._lines.values()) >= self._most_music:
            if not self._is_quiet:
                self._is_quiet = True
                self._alarm(
                    "music_left_out",
                    f"{self._most_music} callers hear music, which is as many as are good for this machine; others "
                    "wait without. More processors, or a higher music_a_cpu if they are idle",
                    "",
                )
            return
        self._is_quiet = False
        line.music = True  # perhaps, even when the answer is an error
        await self._ari.channels_start_moh(channel_id=line.call_id)

    async def _ring(self, action: m.Ring) -> None:
        leg = self.legs.get(action.leg_id)
        phone = leg.phone if leg is not None else action.operator
        endpoint = f"PJSIP/{phone}" if action.operator else f"PJSIP/{action.number}@{action.trunk}"
        originator = action.call_id if action.call_id in self._lines else None
        try:
            if action.heard_by:
                await self.consulting.ring(action, endpoint, before_dialling(action), originator)
            else:
                await self._originate(action, endpoint, originator)
        except NoAnswerError:
            # It may ring all the same, and is none of ours from now on.
            self._lanes.add(action.leg_id, partial(self.hang_up, action.leg_id))
            raise
        if action.leg_id in self.legs:
            self.legs[action.leg_id].on_its_way = False

    async def _originate(self, action: m.Ring, endpoint: str, originator: str | None) -> None:
        await self._ari.channels_originate_with_id(
            channel_id=action.leg_id,
            endpoint=endpoint,
            app=APP,
            app_args="leg",
            caller_id=caller_id(action.caller_number, action.caller_name),
            timeout=int(action.ring_s) + 10,
            originator=originator,
            variables=variables(action),
        )

    def is_picked_up(self, channel: Channel) -> bool:
        """Tell whether this is a leg that was in our application before somebody picked up, as they have now."""
        leg = self.legs.get(channel.id)
        return leg is not None and leg.is_dialled and channel.state == "Up"

    def leg_gone(self, leg_id: str) -> None:
        """Clear up after a leg whose channel is gone."""
        self.confirming.forget(leg_id)
        self._lanes.add(call_of_leg(leg_id), partial(self.overhear.end, leg_id))
        if leg_id in self.consulting:
            self._lanes.add(call_of_leg(leg_id), partial(self.consulting.over, leg_id))

    def remembered(self) -> int:
        """Return how many legs there are, and what is about them: none when nobody calls."""
        return len(self.legs) + len(self.overhear) + len(self.confirming) + len(self.consulting)

    async def _cancel_ring(self, action: m.CancelRing) -> None:
        leg, why = self.legs.get(action.leg_id), _TOO_LATE.get(action.reason)
        if action.reason == "answered_elsewhere":
            await asyncio.sleep(_SAME_MOMENT_S)
        if leg is not None and why and (leg.entered or await self._is_up(action.leg_id)):
            leg.why = why
            if leg.entered:
                await self.tell_why(action.leg_id, why)
            return
        if action.reason == "answered_elsewhere":
            await self._ari.channels_hangup(channel_id=action.leg_id, reason="answered_elsewhere")
        else:
            await self._ari.channels_hangup(channel_id=action.leg_id)

    async def _is_up(self, leg_id: str) -> bool:
        return (await self._ari.channels_get(channel_id=leg_id)).state == "Up"

    async def tell_why(self, leg_id: str, why: str) -> None:
        """Say to whoever picked up too late what has happened; the end of the prompt is the end of the leg."""
        await self.confirming.stop(leg_id)
        media = [f"sound:{self._sound(why, '')}"]
        try:
            await self._ari.channels_play_with_id(channel_id=leg_id, playback_id=f"{leg_id}.p1", media=media)
        except AriError:
            await self.hang_up(leg_id)

    async def _drop_leg(self, action: m.DropLeg) -> None:
        self.confirming.complain(action)
        await self._ari.channels_hangup(channel_id=action.leg_id)

    async def _set_parties(self, action: m.SetParties) -> None:
        line = self._lines.get(action.call_id)
        if line is None:
            return
        # A leg of whose end the core is yet to hear must not keep the others apart.
        there = [leg_id for leg_id in action.legs if leg_id not in self.legs or not self.legs[leg_id].gone]
        wanted = {*there, action.call_id} if action.caller else set(there)
        for leg_id in there:
            await self.overhear.leave(leg_id)
            await self.confirming.stop(leg_id)
        await self.consulting.rearrange(action, line)
        if action.caller:
            await self._quiet(line, wait=True)
        await self._leave_bridge(line, line.members - wanted)
        try:
            await self._join_bridge(line, wanted)
        except AriError as error:
            if line.hanging_up:
                return
            # Nobody can tell what became of that bridge. Asterisk moves who is in it into another one.
            log.warning("joined_again", call=line.call_id, reason=str(error))
            line.bridge_id, line.filled = "", False
            line.members.clear()
            await self._join_bridge(line, wanted)
        if not action.caller and not line.music and not line.playing:
            await self._play_music(line)

    def _bridge_of(self, call_id: str) -> str:
        line = self._lines.get(call_id)
        return line.bridge_id if line is not None else ""

    async def _join_bridge(self, line: Line, wanted: set[str]) -> None:
        joining = wanted - line.members
        if not joining:
            return
        if not line.bridge_id:
            line.bridges += 1
            bridge_id = f"{line.call_id}.b{line.bridges}"
            await self._ari.bridges_create_with_id(bridge_id=bridge_id, type=_BRIDGE_TYPE, name=line.call_id)
            line.bridge_id = bridge_id
        await self._ari.bridges_add_channel(bridge_id=line.bridge_id, channel=sorted(joining))
        line.members |= joining

    async def _leave_bridge(self, line: Line, leaving: set[str]) -> None:
        for channel_id in sorted(leaving):
            line.members.discard(channel_id)
            try:
                await self._ari.bridges_remove_channel(bridge_id=line.bridge_id, channel=[channel_id])
            except AriError:
                # It has hung up, which is as good; whether it still lives, its ChannelDestroyed will tell.
                continue

    async def _mute_leg(self, action: m.MuteLeg) -> None:
        if action.on:
            await self._ari.channels_mute(channel_id=action.leg_id, direction="in")
        else:
            await self._ari.channels_unmute(channel_id=action.leg_id, direction="in")

    async def _ask_to_confirm(self, action: m.AskToConfirm) -> None:
        leg = self.legs.get(action.leg_id)
        if leg is not None and leg.wanted:
            await self.confirming.ask(action)

    async def _listen(self, action: m.Listen) -> None:
        if action.leg_id in self.legs:
            await self.overhear.listen(action)

    async def _give_back(self, action: m.GiveBack) -> None:
        await self.to_fallback(action.call_id)

    async def _end_call(self, action: m.EndCall) -> None:
        await self._ari.channels_hangup(channel_id=action.call_id, reason="busy" if action.busy else None)

    async def rescue(self, channel_id: str) -> None:
        """Send a caller whom nobody serves to the dialplan's fallback, unless that has happened already."""
        await self._at_last(self.to_fallback(channel_id))

    async def to_fallback(self, channel_id: str) -> None:
        """Send a caller to the dialplan's fallback. Raises what :mod:`ntpd112.pbx.ari.errors` lists."""
        await self._ari.channels_continue_in_dialplan(
            channel_id=channel_id, context="fallback", extension="s", priority=1
        )

    async def hang_up(self, channel_id: str) -> None:
        """End a channel that may be gone already."""
        await self._at_last(self._ari.channels_hangup(channel_id=channel_id))

    async def destroy_bridge(self, bridge_id: str) -> None:
        """Delete a bridge that may be gone already."""
        await self._at_last(self._ari.bridges_destroy(bridge_id=bridge_id))

    @staticmethod
    async def _at_last(command: Awaitable[None]) -> None:
        try:
            await command
        except NotFoundError:
            pass
        except AriError as error:  # the lookout finds what is left
            log.warning("left_behind", reason=str(error))

    async def clear_up(self, line: Line) -> None:
        """Delete what a call that is over has left."""
        if line.filled and line.bridge_id:
            await self._at_last(self._ari.bridges_stop_moh(bridge_id=line.bridge_id))
        for number in range(1, line.bridges + 1):
            await self.destroy_bridge(f"{line.call_id}.b{number}")

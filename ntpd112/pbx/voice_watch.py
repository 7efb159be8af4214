"""Whether voice still flows: from callers and phones to us, and from us to phones.

Asterisk tells nobody that a stream has stopped, so the packets of everybody who speaks are counted every few seconds:
0.5 requests a second for a conversation, at most ten a second for all who wait, 0.3 ms of processor each. What is done
about silence:

- Both ends get a steady stream of silence (:meth:`VoiceWatch._fill`), so that no softphone leaves by its RTP timer.
- The silent end is asked by a re-INVITE whether it is there (:mod:`ntpd112.pbx.asking`). A living one answers, and if
  its voice has moved, says where to; behind a line from which nothing at all comes is nobody, and it is ended.
- After ten seconds the core is told, which tells the people.
- A phone that hangs up after such silence may have been ended by a machine, and the core hears that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import structlog
from msgspec.structs import replace

from ntpd112.core.messages import Event, LegEnded, VoiceChanged
from ntpd112.core.phone_events import LegHeld
from ntpd112.pbx.ami.client import AmiClient
from ntpd112.pbx.ari.client import AriClient
from ntpd112.pbx.ari.errors import AriError, ConflictError, NotFoundError
from ntpd112.pbx.ari.generated import RTPstat
from ntpd112.pbx.asking import Asking
from ntpd112.pbx.hands import Hands
from ntpd112.pbx.hearing import NORMAL_CLEARING, call_of_leg, cause_beside, is_leg, is_refusal
from ntpd112.pbx.lanes import Lanes
from ntpd112.pbx.line import LegLine, Line
from ntpd112.pbx.strange_voices import StrangeVoices
from ntpd112.pbx.vanished import VANISHED, VanishedPhones

log = structlog.get_logger(__name__)

_TICK_S = 1.0
_CALLER_EVERY_S = 3.0
_PHONE_EVERY_S = 5.0
_WAITING_EVERY_S = 15.0
_WAITING_A_TICK = 10
_NEW_PHONE_S = 1.0
"""A phone is looked at twice at first, this long after it came and then again: a re-INVITE at the moment in which two
lines are brought together may have told it a port at which nobody listens. To be asked puts it right: Asterisk aligns
the media lines of two that it joins directly, and counts them wrong for a caller who offered fax before the voice."""
_FILLED_AFTER_S = 3.0
"""So long a silence is no slip of a moment. To fill it joins the two anew, and once more when it is over."""
_FILLS_WITHIN_S = 0.5
"""Until the silence flows."""
_SOME_SOUND = 25
"""Packets: half a second, as most send them, and more than a key."""
_DOUBTFUL = 0.5
"""When less than this part of the usual packets has come, a second look follows in a second."""
TOLD_AFTER_S = 10.0
_SOFT_AFTER_S = 5.0
_ASKED_AGAIN_S = 60.0
"""Longer than a transaction (32 s): a second question in the first would give a dead line another 32 s."""
_UNREGISTERS_WITHIN_S = 0.3
"""A softphone that is closed hangs up first and takes its registration back at once."""
_OURSELVES = "PJSIP/selfcall-"
_SILENCE = "silence"
"""Class of music (``musiconhold.conf.j2``) that says nothing."""


@dataclass(slots=True)
class _Voice:
    """One party's sound, when it was looked at last."""

    looked_at: float
    due_at: float
    received: int = -1
    sent: int = -1
    pace: float = 0.0
    """Packets a second that came when they came."""
    heard_at: float = 0.0
    """They still came then."""
    reached_at: float = 0.0
    """We still sent some then."""
    began_at: float = 0.0
    """What was counted last, was counted from then on."""
    soon: bool = False
    """Is looked at once more soon after the next time: that began before the two were joined anew."""
    is_silent: bool = False
    is_cut_off: bool = False
    """Nothing was sent to it."""
    asked_at: float | None = None
    told: bool = False


class VoiceWatch:
    """Counts packets, and does what is to be done when none come."""

    def __init__(
        self,
        ari: AriClient,
        ami: AmiClient,
        lanes: Lanes,
        aside: Lanes,
        lines: Mapping[str, Line],
        hands: Hands,
        submit: Callable[[Event], None],
        vanished: VanishedPhones,
        is_watched: Callable[[], bool],
        strange: StrangeVoices,
    ) -> None:
        """Begin with nobody known. ``is_watched``: as in :class:`~ntpd112.pbx.asking.Asking`."""
        self._ari = ari
        self.asking = Asking(ari, ami, aside, lines, hands.legs, submit, is_watched)
        self._lanes = lanes
        self._aside = aside
        self._lines = lines
        self._legs: Mapping[str, LegLine] = hands.legs
        self._submit = submit
        self._has_unregistered = vanished.has_unregistered
        self._strange = strange
        self._voices: dict[str, _Voice] = {}

    async def run(self) -> None:
        """Watch until cancelled."""
        now = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(_TICK_S)
            talking, waiting = self._parties(now())
            for channel_id in (*talking, *waiting[:_WAITING_A_TICK]):
                try:
                    await self._look(channel_id, now)
                except AriError as error:  # it has hung up, or is looked at again
                    log.debug("voice_not_looked_at", channel=channel_id, reason=str(error))
            for line in list(self._lines.values()):
                self._keep_filled(line, now())

    def _parties(self, now: float) -> tuple[list[str], list[str]]:
        """Return who is to be looked at now: those in a conversation, and those who wait, the longest unseen first."""
        lines = {
            call_id: line
            for call_id, line in self._lines.items()
            if line.is_up and not line.hanging_up and not line.channel_name.startswith(_OURSELVES)
        }
        talking = {member for line in lines.values() for member in line.members}
        there = lines.keys() | talking
        self._voices = {channel_id: voice for channel_id, voice in self._voices.items() if channel_id in there}
        for channel_id in there - self._voices.keys():
            self._voices[channel_id] = _Voice(now, now + _at_first(channel_id), -1, -1, 0.0, now, now)
        for channel_id in talking:  # who has waited is looked at as often as others who speak from now on
            voice = self._voices[channel_id]
            voice.due_at = min(voice.due_at, now + _PHONE_EVERY_S)
        due = sorted((voice.due_at, channel_id) for channel_id, voice in self._voices.items() if voice.due_at <= now)
        return [one for _, one in due if one in talking], [one for _, one in due if one not in talking]

    async def _look(self, channel_id: str, clock: Callable[[], float]) -> None:
        voice = self._voices[channel_id]
        is_talking = self._is_talking(channel_id)
        voice.due_at = clock() + (_every(channel_id, is_talking=is_talking) if not voice.soon else _NEW_PHONE_S)
        voice.soon = False
        stats = await self._ari.channels_rtpstatistics(channel_id=channel_id)
        now = clock()
        came, went, passed = stats.rxcount - voice.received, stats.txcount - voice.sent, now - voice.looked_at
        voice.began_at = voice.looked_at
        is_first, begins = voice.received < 0, voice.received == 0 and came > 0
        voice.received, voice.sent, voice.looked_at = stats.rxcount, stats.txcount, now
        if is_first:
            voice.heard_at = voice.reached_at = now
            voice.due_at = now + _at_first(channel_id)
            if voice.received == 0 and not is_leg(channel_id):
                await self._strange.is_silent(channel_id)
            return
        voice.is_silent, voice.is_cut_off = came <= 0, went <= 0
        if went > 0:
            voice.reached_at = now
        if came > 0:
            if came / passed < _DOUBTFUL * voice.pace:
                voice.due_at = now + _TICK_S
            else:
                voice.heard_at = now
            voice.pace = came / passed
        if voice.is_cut_off and not voice.is_silent:
            voice.due_at = min(voice.due_at, now + _TICK_S)
        self._weigh_silence(channel_id, voice, stats, now, is_talking=is_talking)
        if begins and not is_leg(channel_id):
            await self._strange.speaks(channel_id)

    def _weigh_silence(self, channel_id: str, voice: _Voice, stats: RTPstat, now: float, *, is_talking: bool) -> None:
        call_id, leg_id = (call_of_leg(channel_id), channel_id) if is_leg(channel_id) else (channel_id, "")
        silent_s = now - voice.heard_at
        if self._holds(channel_id):  # silent on purpose; and a re-INVITE would take some phones off hold
            voice.heard_at = now
            return
        if not voice.is_silent:
            voice.asked_at = None  # the question has been answered
            if voice.told:
                voice.told = False
                self._submit(VoiceChanged(call_id, leg_id, 0.0))
            return
        voice.due_at = min(voice.due_at, now + _CALLER_EVERY_S)
        if is_talking and not voice.told and silent_s >= TOLD_AFTER_S:
            voice.told = True
            self._submit(VoiceChanged(call_id, leg_id, round(silent_s, 1)))
        again = voice.asked_at is None or now - voice.asked_at >= _ASKED_AGAIN_S or self.asking.was_not_sent(channel_id)
        # Who speaks with somebody and was never heard has no voice that could have moved, and is not put to the test,
        # unless it is a phone: it may have been told a dead port before its first packet was counted.
        is_due = silent_s >= _WAITING_EVERY_S
        if is_talking:
            is_due = voice.received > 0
            if leg_id and not is_due:
                self._count_first(channel_id)
                is_due = self._is_spoken_to(channel_id)
        if again and is_due and self.asking.may_ask(channel_id):
            voice.asked_at = now
            voice.due_at = now + _NEW_PHONE_S  # with the answer, the voice may be back
            self.asking.ask(channel_id, stats)

    def _holds(self, channel_id: str) -> bool:
        leg = self._legs.get(channel_id)
        return leg is not None and leg.holds

    def _is_talking(self, channel_id: str) -> bool:
        line = self._lines.get(call_of_leg(channel_id))
        return line is not None and channel_id in line.members and len(line.members) > 1

    def _who_speaks_with(self, leg_id: str) -> list[_Voice]:
        line = self._lines.get(call_of_leg(leg_id))
        others = line.members - {leg_id} if line is not None else set()
        return [self._voices[other] for other in others if other in self._voices]

    def _is_spoken_to(self, leg_id: str) -> bool:
        """Tell whether more than keys has come from somebody who speaks with this leg, and still comes."""
        return any(voice.received > _SOME_SOUND and not voice.is_silent for voice in self._who_speaks_with(leg_id))

    def _count_first(self, leg_id: str) -> None:
        """Count who speaks with this leg on the next tick, and the leg again after it, where nobody was counted yet."""
        for voice in self._who_speaks_with(leg_id):
            if voice.received < 0:
                voice.due_at = voice.looked_at
                self._voices[leg_id].due_at = voice.looked_at

    # a steady stream

    def _keep_filled(self, line: Line, now: float) -> None:
        """Let silence flow in a bridge in which somebody is silent or alone, and only there.

        Asterisk passes nothing on to a caller who offered fax before the voice while a third is in the bridge. What
        does not reach somebody who speaks is taken away again, for good.
        """
        voices = [self._voices[member] for member in line.members if member in self._voices]
        if not line.bridge_id or not voices or line.hanging_up:
            return
        holds = any(self._holds(member) for member in line.members)  # the caller hears Asterisk's music then
        if line.filled and any(_is_not_reached(voice, line.filled_at) for voice in voices):
            line.can_be_filled = wanted = False
            log.info("silence_does_not_reach", call=line.call_id)
        elif line.can_be_filled and not line.filled and not holds and any(map(_lacks_sound, voices)):
            wanted = True
        elif line.filled and (holds or (len(voices) > 1 and not any(map(_is_quiet, voices)))):
            wanted = False
        else:
            return
        line.filled, line.filled_at = wanted, now + _FILLS_WITHIN_S
        for voice in voices:
            voice.due_at, voice.soon = min(voice.due_at, now + _NEW_PHONE_S), True
        self._lanes.add(line.call_id, partial(self._fill, line, line.bridge_id, wanted))

    async def _fill(self, line: Line, bridge_id: str, wanted: bool) -> None:
        """Silence becomes a further party of the bridge, so real sound is heard beside it at once."""
        try:
            if wanted and not line.gone:
                await self._ari.bridges_start_moh(bridge_id=bridge_id, moh_class=_SILENCE)
            elif not wanted:
                await self._ari.bridges_stop_moh(bridge_id=bridge_id)
        except (NotFoundError, ConflictError):
            pass
        except AriError as error:
            line.filled = not wanted
            log.warning("silence_not_changed", call=line.call_id, reason=str(error))

    # ends

    def weigh(self, event: Event | None) -> Event | None:
        """Return the event, with what is known of an end of a leg that no human need have meant.

        None: an end that is told a moment later, when it is known whether the phone takes its registration back too.
        """
        leg = self._legs.get(event.leg_id) if isinstance(event, LegEnded | LegHeld) else None
        if leg is not None and isinstance(event, LegHeld):
            leg.holds = event.on
        if leg is None or not isinstance(event, LegEnded):
            return event
        if leg.was_asked and is_refusal(event.sip_status):
            cause = event.cause if event.cause == VANISHED else cause_beside(event.sip_status, event.cause)
            event = LegEnded(event.leg_id, cause, 0)
        if event.cause != NORMAL_CLEARING or not (leg.operator and leg.wanted and leg.entered):
            return event
        if soft := self._soft(event.leg_id, leg):
            return replace(event, soft=soft)
        voice = self._voices.get(event.leg_id)
        if voice is None or voice.received < 0 or self._lanes.is_busy(call_of_leg(event.leg_id)):
            return event  # they have hardly been brought together: what fails of that must not be heard first
        self._aside.add(f"end/{event.leg_id}", partial(self._tell_end, event, leg))
        return None

    def _soft(self, leg_id: str, leg: LegLine) -> str:
        if self._has_unregistered(leg.phone):
            return "its registration had ended"
        voice = self._voices.get(leg_id)
        if voice is None:
            return ""
        now = asyncio.get_running_loop().time()
        if voice.is_silent and now - voice.heard_at >= _SOFT_AFTER_S:
            return f"no sound had come from it for {now - voice.heard_at:.0f} s"
        if voice.is_cut_off and now - voice.reached_at >= _SOFT_AFTER_S:
            return f"no sound had reached it for {now - voice.reached_at:.0f} s"
        return ""

    async def _tell_end(self, event: LegEnded, leg: LegLine) -> None:
        await asyncio.sleep(_UNREGISTERS_WITHIN_S)
        self._submit(replace(event, soft=self._soft(event.leg_id, leg)))


def _every(channel_id: str, *, is_talking: bool) -> float:
    if not is_talking:
        return _WAITING_EVERY_S
    return _PHONE_EVERY_S if is_leg(channel_id) else _CALLER_EVERY_S


def _is_long_silent(voice: _Voice) -> bool:
    """Tell whether the last look found a silence that has lasted for a while."""
    return voice.is_silent and voice.looked_at - voice.heard_at >= _FILLED_AFTER_S


def _lacks_sound(voice: _Voice) -> bool:
    return voice.is_cut_off or _is_long_silent(voice)


def _is_not_reached(voice: _Voice, filled_at: float) -> bool:
    return voice.is_cut_off and not voice.is_silent and voice.began_at > filled_at


def _is_quiet(voice: _Voice) -> bool:
    return voice.is_silent or voice.is_cut_off


def _at_first(channel_id: str) -> float:
    return _NEW_PHONE_S if is_leg(channel_id) else _CALLER_EVERY_S

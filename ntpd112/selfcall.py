"""The centre calls its own 112, again and again, and tells when that does not work, and when it works again.

A machine is the citizen (:mod:`ntpd112.pbx.citizen`), another one the operator; everything between them is what a
citizen's call goes through: SIP, the trunk's dialplan, the claim, answer, menu, queue, the ring of a phone, the bridge.
Only the waiting line is their own (:mod:`ntpd112.core.selfcall`).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

import structlog

from ntpd112.config.load import CityFile
from ntpd112.core.reasons import NETWORK_SAID
from ntpd112.core.records import CallRecord
from ntpd112.pbx.citizen import Citizen, Told
from ntpd112.pbx.lanes import Lanes
from ntpd112.web.control import SelfCall, SelfCallStage

log = structlog.get_logger(__name__)

_PATIENCE_S = 45.0
"""A caller who says nothing hears a phone ring after 30 s at most (``menu.ring_within_s``)."""
_RECORD_WITHIN_S = 5.0
_ROUND_S = 57.0
"""A self-call that has not come to an end by then has failed: with the pause before it, less than two minutes."""
_READY_WITHIN_S = 30.0
_LANE = "self-call"


class SelfCalls:
    """Makes self-calls, and knows how the last one went."""

    def __init__(
        self,
        citizen: Citizen,
        city: Callable[[], CityFile],
        clock: Callable[[], float],
        alarm: Callable[[str, str, str], None],
    ) -> None:
        """``alarm``: takes kind, text and call."""
        self._citizen = citizen
        self._city = city
        self._clock = clock
        self._alarm = alarm
        self._made = 0
        self._records: asyncio.Queue[CallRecord] = asyncio.Queue()
        self._look_again = asyncio.Event()
        self._next_at = 0.0
        """When the next one is due, by the monotonic clock."""
        self._last: SelfCall | None = None

    @property
    def latest(self) -> SelfCall | None:
        """How the last one went; None when there are none."""
        every_s = self._every_s
        return (self._last or SelfCall(every_s)) if every_s else None

    def recorded(self, record: CallRecord) -> None:
        """Take the record of a self-call."""
        self._records.put_nowait(record)

    def routing_changed(self) -> None:
        """Go by the city's new file, and find out at once whether 112 can be reached with it."""
        self._next_at = 0.0
        self._look_again.set()

    async def run(self, ready: asyncio.Event) -> None:
        """Call until cancelled, first when the exchange is ``ready``, or should be."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_READY_WITHIN_S):
                await ready.wait()
        async with asyncio.TaskGroup() as tasks:
            lanes = Lanes(tasks, _ROUND_S)
            while True:
                every_s = self._every_s
                if every_s and self._next_at <= time.monotonic():
                    self._next_at = time.monotonic() + every_s
                    lanes.add(_LANE, self._make, self._broke)
                    await lanes.empty()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(max(0.0, self._next_at - time.monotonic()) if every_s else None):
                        await self._look_again.wait()
                self._look_again.clear()

    @property
    def _every_s(self) -> float:
        return self._city().city.self_call.every_s

    async def _make(self) -> None:
        keys = ("", *self._city().plan.menu.keys)
        key = keys[self._made % len(keys)]
        self._made += 1
        while not self._records.empty():
            self._records.get_nowait()
        told = await self._citizen.call(key, _PATIENCE_S)
        record = await self._record(told) if told.answered else None
        stage, text = judge(told, record)
        self._tell(stage, text, told.voice_s, record.call_id if record is not None else "")

    async def _record(self, told: Told) -> CallRecord | None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.0 if told.fell_back else _RECORD_WITHIN_S):
                while True:
                    record = await self._records.get()
                    if record.ani_raw.endswith(told.said):
                        return record
        return None

    def _broke(self, why: str) -> None:
        self._tell("not_made", f"the self-call broke off: {why}", None, "")

    def _tell(self, stage: SelfCallStage, text: str, voice_s: float | None, call_id: str) -> None:
        before = (self._last.stage, self._last.text) if self._last is not None else ("ok", "")
        self._last = SelfCall(self._every_s, self._clock(), stage, text, voice_s)
        log.info("self_call", stage=stage, reason=text, voice_s=voice_s, call=call_id)
        if (stage, text) == before:
            return
        if stage != "ok":
            self._alarm("self_call_failed", f"{stage.replace('_', ' ')}: {text}", call_id)
        elif text:
            self._alarm("self_call_noted", text, call_id)
        else:
            self._alarm("self_call_works", "112 can be reached again", call_id)


def judge(told: Told, record: CallRecord | None) -> tuple[SelfCallStage, str]:
    """Say how far a self-call came and what was wrong. ``ok`` may have a text, too: what was not as it should."""
    if told.trouble:
        return "not_made", f"Asterisk cannot be asked to call: {told.trouble}"
    if told.fell_back:
        why = record.cause if record is not None else "no controller took the call in time"
        return "fallback", f"{why}; a citizen would be with the dialplan's own queue"
    if not told.answered:
        return "not_answered", "nobody answers 112" + ("" if told.cause is None else f", Q.850 {told.cause}")
    if told.understood and record is not None:
        return "ok", "; ".join(note for note in record.notes if not note.startswith(NETWORK_SAID))
    if record is None:
        return "no_record", "the call was answered, and has no record"
    if told.voice_s is not None:
        return "one_way", "the operator does not hear the caller"
    return _where_it_ended(record)


def _where_it_ended(record: CallRecord) -> tuple[SelfCallStage, str]:
    if record.connected_at is not None:
        return "no_audio", "caller and operator were brought together, and the caller hears nothing"
    said = "".join(f"; {note}" for note in record.notes)
    if record.queued_at is None:
        return "no_menu", f"the menu led nowhere{said}"
    if record.first_rang_at is None:
        rung = ", ".join(dict.fromkeys(f"{offer.result} {offer.cause}".strip() for offer in record.offers)) or "nobody"
        return "not_rung", f"the operator's phone does not ring: {rung}{said}"
    return "not_picked_up", f"the operator's phone rings and cannot be picked up{said}"

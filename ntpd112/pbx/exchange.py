"""The exchange: hears Asterisk, tells the core, and carries out what it decides.

One task reads the events and never awaits a command; commands run in lanes. After every (re)connection the truth is
read from Asterisk: calls that ended meanwhile are closed, and callers whom nobody serves go to the dialplan's fallback.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog

from ntpd112.core import messages as m
from ntpd112.pbx.ami.client import AmiClient, AmiConnected, AmiDisconnected, AmiItem
from ntpd112.pbx.ami.wire import AmiEvent
from ntpd112.pbx.ari import generated as ari
from ntpd112.pbx.ari.client import AriClient
from ntpd112.pbx.ari.errors import AriError, ConflictError, NotFoundError
from ntpd112.pbx.ari.events import Connected, Disconnected, EventStream, StreamItem
from ntpd112.pbx.ari.parse import Unreadable
from ntpd112.pbx.hands import APP, Hands, Sound, Submit
from ntpd112.pbx.hearing import HEARD, NORMAL_CLEARING, call_of_leg, call_of_play, is_leg, understand
from ntpd112.pbx.lanes import Lanes
from ntpd112.pbx.line import Line
from ntpd112.pbx.phones import DEVICE_EVENTS, Phones
from ntpd112.pbx.recorder import Recorder

log = structlog.get_logger(__name__)

_HEARTBEAT_S = 1.0
_HEARTBEAT_VARIABLE = "NTPD_HB"


@dataclass(frozen=True)
class Arrival:
    """What Asterisk says of a new call."""

    call_id: str
    trunk: str
    ddi_raw: str
    ani_raw: str
    caller_name: str


@dataclass(frozen=True)
class ExchangeSettings:
    """Where Asterisk is and how long it may take."""

    ari_url: str
    ari_user: str
    ari_password: str
    ari_timeout_s: float
    ami_host: str
    ami_port: int
    ami_user: str
    ami_password: str
    ami_timeout_s: float
    recordings: Path
    job_timeout_s: float = 30.0


class Exchange:
    """One Asterisk, seen from the controller."""

    def __init__(
        self,
        settings: ExchangeSettings,
        submit: Submit,
        arrive: Callable[[Arrival], m.CallArrived],
        sound: Sound,
        clock: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._submit = submit
        self._arrive = arrive
        self._sound = sound
        self._clock = clock
        self._lines: dict[str, Line] = {}
        self._dials: set[str] = set()
        self.ready = asyncio.Event()
        """Calls are served from now on."""
        self.ari_is_up = self.ami_is_up = False
        self.serving = True
        """New calls are taken."""

    async def run(self) -> None:
        """Serve until cancelled, or until ARI or AMI refuse us for good."""
        settings = self._settings
        async with (
            AriClient(
                settings.ari_url, settings.ari_user, settings.ari_password, timeout_s=settings.ari_timeout_s
            ) as self._ari,
            AmiClient(
                settings.ami_host,
                settings.ami_port,
                settings.ami_user,
                settings.ami_password,
                timeout_s=settings.ami_timeout_s,
                events=DEVICE_EVENTS,
            ) as self.ami,
            EventStream(self._ari, APP, events=HEARD) as stream,
            asyncio.TaskGroup() as tasks,
        ):
            self._lanes = Lanes(tasks, settings.job_timeout_s)
            self._hands = Hands(self._ari, self._lanes, self._lines, self._submit, self._sound)
            self._recorder = Recorder(self.ami, settings.recordings, self._submit)
            self._phones = Phones(self.ami, self._submit)
            tasks.create_task(self.ami.run(self._heard_ami), name="ami")
            tasks.create_task(self._beat(), name="heartbeat")
            async for item in stream:
                self._heard(item)

    def perform(self, action: m.Action) -> None:
        """Carry out one action of the core, in time; never blocks."""
        match action:
            case m.StartRecording(call_id=call_id, name=name):
                line = self._lines.get(call_id)
                if line is not None:
                    job = partial(self._recorder.start, call_id, line.channel_name, name)
                    self._lanes.add(f"{call_id}/recording", job)
            case m.Confirm(dial_id=dial_id, prompts=prompts):
                self._lanes.add(dial_id, partial(self._confirm, dial_id, prompts))
            case m.ShowPresence(operator=operator):
                self._lanes.add(f"presence/{operator}", partial(self._phones.show, action))
            case _:
                self._hands.carry_out(action)

    # hearing

    def _heard(self, item: StreamItem) -> None:
        match item:
            case Connected():
                self._lanes.add("sync", self._sync)
            case Disconnected(why=why):
                self.ari_is_up = False
                log.error("ari_lost", reason=why)
            case ari.ApplicationReplaced():
                log.error("replaced", reason="another controller serves this Asterisk now")
            case ari.CallBroadcast(channel=channel) if self.serving:
                self._lanes.add(channel.id, partial(self._claim, channel.id))
            case ari.StasisStart(channel=channel, args=args):
                self._entered(channel, ":".join(args).split(":"))
            case ari.StasisEnd(channel=channel):
                self._left(channel.id)
            case ari.ChannelHangupRequest():
                self._hangs_up(item)
            case Unreadable():
                log.warning("event_unreadable", reason=str(item))
            case _:
                self._heard_of_call(item)

    def _heard_of_call(self, item: ari.Event) -> None:
        if isinstance(item, ari.PlaybackFinished):
            owner = call_of_play(item.playback.id)
            line = self._lines.get(owner)
            if line is not None:
                line.finished(item.playback.id)
                if line.hanging_up:
                    return  # it "failed" because the caller is going, and StasisEnd is next
            elif owner in self._dials:
                self._lanes.add(owner, partial(self._end_dial, owner))
        event = understand(item)
        if event is not None:
            self._submit(event)
        if isinstance(item, ari.ChannelDestroyed):
            self._gone(item.channel.id)

    def _entered(self, channel: ari.Channel, args: list[str]) -> None:
        match args:
            case ["in", trunk, *rest]:
                self._lines[channel.id] = Line(channel.id, channel.name)
                ddi_raw = ":".join(rest)
                arrival = Arrival(channel.id, trunk, ddi_raw, channel.caller.number, channel.caller.name)
                self._submit(self._arrive(arrival))
            case ["dial", operator, *rest]:
                self._dialled(channel.id, operator, ":".join(rest))
            case ["leg", *_]:
                self._submit(m.LegAnswered(channel.id))
            case _:
                log.error("unknown_arguments", channel=channel.id, args=args)
                self._lanes.add(channel.id, partial(self._to_fallback, channel.id))

    def _dialled(self, dial_id: str, operator: str, digits: str) -> None:
        if digits.startswith("*"):
            self._dials.add(dial_id)
            self._submit(m.FeatureDialled(dial_id, operator, digits))
        else:
            self._lanes.add(dial_id, partial(self._direct, dial_id, digits))

    def _hangs_up(self, request: ari.ChannelHangupRequest) -> None:
        """Take note of a line's end and its cause; a "soft" one is no cause but a flag of Asterisk's own."""
        line = self._lines.get(request.channel.id)
        if line is not None and not line.hanging_up:
            line.hanging_up = True
            line.cause = 0 if request.soft else request.cause or NORMAL_CLEARING
            line.sip_status = request.tech_cause or 0

    def _left(self, channel_id: str) -> None:
        """Tell that a caller has left the application: by hanging up, or else to the dialplan.

        Asterisk tells no more of the channel from here on, as nobody subscribed to it by name.
        """
        line = self._lines.get(channel_id)
        if line is not None and line.hanging_up:
            self._submit(m.CallEnded(channel_id, line.cause, line.sip_status))
        elif line is not None:
            self._submit(m.CallGivenBack(channel_id))
        self._gone(channel_id)

    def _gone(self, channel_id: str) -> None:
        self._dials.discard(channel_id)
        line = self._lines.pop(channel_id, None)
        if line is not None:
            self._lanes.add(channel_id, partial(self._hands.clear_up, line))
        elif is_leg(channel_id):
            owner = self._lines.get(call_of_leg(channel_id))
            if owner is not None:
                owner.members.discard(channel_id)

    def _heard_ami(self, item: AmiItem) -> None:
        match item:
            case AmiConnected():
                self.ami_is_up = True
                self._lanes.add("phones", self._phones.look)
            case AmiDisconnected(why=why):
                self.ami_is_up = False
                log.error("ami_lost", reason=why)
            case AmiEvent(fields=fields):
                self._phones.heard(fields)

    # doing

    async def _claim(self, channel_id: str) -> None:
        try:
            await self._ari.events_claim_channel(channel_id=channel_id, application=APP)
        except (ConflictError, NotFoundError):
            log.info("call_not_claimed", call=channel_id, reason="another controller was faster, or the caller left")

    async def _confirm(self, dial_id: str, prompts: tuple[str, ...]) -> None:
        try:
            await self._ari.channels_answer(channel_id=dial_id)
            media = [f"sound:{self._sound(prompt, '')}" for prompt in prompts]
            await self._ari.channels_play_with_id(channel_id=dial_id, playback_id=f"{dial_id}.p1", media=media)
        except AriError as error:
            log.warning("feature_code_not_confirmed", dial=dial_id, reason=str(error))
            await self._end_dial(dial_id)

    async def _end_dial(self, dial_id: str) -> None:
        with contextlib.suppress(NotFoundError):
            await self._ari.channels_hangup(channel_id=dial_id)

    async def _direct(self, dial_id: str, digits: str) -> None:
        """An operator dials another operator or a number outside: the dialplan knows how."""
        await self._ari.channels_continue_in_dialplan(
            channel_id=dial_id, context="operator-alone", extension=digits, priority=1
        )

    async def _to_fallback(self, channel_id: str) -> None:
        await self._ari.channels_continue_in_dialplan(
            channel_id=channel_id, context="fallback", extension="s", priority=1
        )

    async def _beat(self) -> None:
        """Show the dialplan of an Asterisk without StasisBroadcast that somebody is here."""
        while True:
            if self.ari_is_up:
                try:
                    await self._ari.asterisk_set_global_var(variable=_HEARTBEAT_VARIABLE, value=str(int(self._clock())))
                except AriError as error:
                    log.warning("heartbeat_failed", reason=str(error))
            await asyncio.sleep(_HEARTBEAT_S)

    async def _sync(self) -> None:
        """Read from Asterisk what is still alive, and let nobody stay whom we do not know."""
        try:
            channels = {channel.id for channel in await self._ari.channels_list()}
            ours = set((await self._ari.applications_get(application_name=APP)).channel_ids)
            paired = {
                channel_id
                for bridge in await self._ari.bridges_list()
                if len(bridge.channels) > 1
                for channel_id in bridge.channels
            }
        except AriError as error:
            log.error("sync_failed", reason=str(error))
            return
        legs = {channel_id for channel_id in channels if is_leg(channel_id)} | self._hands.legs_on_their_way
        self._submit(m.LineSynced(tuple(sorted(channels & self._lines.keys())), tuple(sorted(legs))))
        for call_id in self._lines.keys() - channels:
            self._gone(call_id)
        for channel_id in ours & channels - self._lines.keys() - self._dials - paired:
            if not is_leg(channel_id):
                log.error("orphan_to_fallback", call=channel_id)
                self._lanes.add(channel_id, partial(self._to_fallback, channel_id))
            elif call_of_leg(channel_id) not in self._lines:
                self._lanes.add(channel_id, partial(self._end_dial, channel_id))
        self.ari_is_up = True
        self.ready.set()

"""The exchange: hears Asterisk, tells the core, and carries out what it decides.

One task reads the events and never awaits a command; commands run in lanes. After every gap in the events, and every
few seconds, the truth is read from Asterisk (:mod:`ntpd112.pbx.lookout`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

import structlog

from ntpd112.config.arguments import Offered, offered
from ntpd112.core import messages as m
from ntpd112.core.room import Room
from ntpd112.pbx import consulting
from ntpd112.pbx.adoption import find
from ntpd112.pbx.ami.client import AmiConnected, AmiDisconnected, AmiItem
from ntpd112.pbx.ami.errors import AmiError, AmiUnavailableError
from ntpd112.pbx.ami.wire import AmiEvent
from ntpd112.pbx.ari import generated as ari
from ntpd112.pbx.ari.errors import AriError
from ntpd112.pbx.ari.events import Connected, Disconnected, EventStream, StreamItem
from ntpd112.pbx.ari.parse import Unreadable
from ntpd112.pbx.citizen import Citizen
from ntpd112.pbx.connections import ami_client, ari_client
from ntpd112.pbx.contract import Arrival, ExchangeSettings, FellBack, ReplacedError
from ntpd112.pbx.dials import Dials
from ntpd112.pbx.hands import APP, Alarm, Hands, Sound, Submit
from ntpd112.pbx.hearing import HEARD, backlog, call_of_leg, call_of_play, is_leg, understand, why
from ntpd112.pbx.heartbeat import Heartbeat
from ntpd112.pbx.intruders import SECURITY_EVENTS, Intruders
from ntpd112.pbx.keys import Keys
from ntpd112.pbx.lanes import Lanes
from ntpd112.pbx.line import Line
from ntpd112.pbx.line_ends import LineEnds
from ntpd112.pbx.locating import Locator
from ntpd112.pbx.lookout import Lookout
from ntpd112.pbx.newcomer import claim, learn_all, learn_leg, offered_earlier
from ntpd112.pbx.phone_news import NEWS, NEWS_ONLY, PhoneNews
from ntpd112.pbx.phones import Phones
from ntpd112.pbx.recorder import Recorder, recording_file
from ntpd112.pbx.registrations import REGISTRY_EVENTS, Registrations
from ntpd112.pbx.strange_voices import StrangeVoices
from ntpd112.pbx.voice_watch import VoiceWatch

log = structlog.get_logger(__name__)

_LOOK_AGAIN_S = 0.5
"""When a look failed after a gap in the events, another follows this soon."""
_AMI_AGAIN_S = 10.0


class Exchange:
    """One Asterisk, seen from the controller."""

    def __init__(
        self,
        settings: ExchangeSettings,
        submit: Submit,
        arrive: Callable[[Arrival], m.CallArrived],
        sound: Sound,
        clock: Callable[[], float],
        alarm: Alarm,
        fell_back: FellBack,
        citizen: Citizen,
        location_headers: Callable[[str], Sequence[str]],
        ends: LineEnds,
    ) -> None:
        """Begin with nothing known.

        ``fell_back``: tells which of the calls that are gone ended in the dialplan's own queue. ``location_headers``:
        the SIP headers of a trunk's calls that say where the caller is. ``ends``: what the ear hears of lines' ends.
        """
        self._location_headers = location_headers
        self._citizen = citizen
        self._ends = ends
        self._settings = settings
        self._fell_back = fell_back
        self._submit = submit
        self._arrive = arrive
        self._sound = sound
        self._clock = clock
        self._alarm = alarm
        self._lines: dict[str, Line] = {}
        self._dials: set[str] = set()
        self._keys = Keys()
        self._hears = False
        """The event socket stands."""
        self._gaps = 0
        """How often events may have been lost so far, and how many of these gaps have been looked into."""
        self._gaps_closed = 0
        self._look_now = asyncio.Event()
        self.ready = asyncio.Event()
        """Calls are served from now on."""
        self.ari_is_up = self.ami_is_up = False
        self.serving = True
        """New calls are taken."""
        self._room: Room | None = None
        """What another controller left, until it has been taken up."""

    async def run(self, room: Room) -> None:
        """Serve until cancelled, or until ARI or AMI refuse us for good; first take up the calls of a ``room``."""
        settings = self._settings
        self._room = room
        async with (
            ari_client(settings) as self._ari,
            ami_client(settings, (*NEWS, *REGISTRY_EVENTS, *SECURITY_EVENTS), NEWS_ONLY) as self.ami,
            EventStream(self._ari, APP, events=HEARD) as stream,
            asyncio.TaskGroup() as tasks,
        ):
            self._lanes = Lanes(tasks, settings.job_timeout_s)
            self._aside = Lanes(tasks, settings.job_timeout_s)
            self._phones = Phones(self.ami, self._submit)
            of, most = self._phones.of, settings.most_music
            self._hands = Hands(self._ari, self._lanes, self._lines, self._submit, self._sound, self._alarm, of, most)
            self._operators_dials = Dials(self._ari, self._lanes, self._hands, self._dials, self._submit, self._sound)
            self._locator = Locator(self._ari, self._submit)
            self._recorder = Recorder(self.ami, settings.recordings, self._submit, is_here=settings.is_here)
            self._phone_news = PhoneNews(self._ari, self.ami, self._aside, self._phones, self._hands.legs, self._submit)
            strange = StrangeVoices(self._ari, self._lines, self._submit, self._alarm, settings.is_of_trunk)
            submit, gone, hears = self._submit, self._phone_news.vanished, self._ends.is_alive
            self._voices = VoiceWatch(
                self._ari, self.ami, self._lanes, self._aside, self._lines, self._hands, submit, gone, hears, strange
            )
            learn = partial(learn_leg, self._ari, self._aside, self._ends)
            self._ends.watch(self._hands.legs, learn, self._voices.asking.unanswered)
            self._heartbeat = Heartbeat(self._ari, lambda: self._hears and self.serving, is_here=settings.is_here)
            self._lookout = Lookout(
                self._ari, self._lanes, self._hands, self._lines, self._dials, self._submit, self._gone, self._alarm
            )
            doors = dict.fromkeys(SECURITY_EVENTS, Intruders(self._alarm).heard)
            self._ears = (
                self._phone_news.ears | dict.fromkeys(REGISTRY_EVENTS, Registrations(self._alarm).heard) | doors
            )
            tasks.create_task(self._keep_ami(), name="ami")
            tasks.create_task(self._heartbeat.run(), name="heartbeat")
            tasks.create_task(self._keep_looking(), name="lookout")
            tasks.create_task(self._phone_news.run(), name="phones")
            tasks.create_task(self._voices.run(), name="voices")
            tasks.create_task(self._recorder.run(), name="recordings")
            async for item in stream:
                self._heard(item)

    async def alive(self) -> set[str]:
        """Return every channel that Asterisk has. Raises what :mod:`ntpd112.pbx.ari.errors` lists."""
        return {channel.id for channel in await self._ari.channels_list()}

    async def sip_backlog(self) -> int:
        """Return how many SIP requests wait beyond what Asterisk finds normal; 0 when nobody can tell."""
        try:
            return backlog(await self.ami.command("core show taskprocessors like pjsip/")) if self.ami_is_up else 0
        except AmiError:
            return 0

    async def settled(self) -> None:
        """Return when everything that was asked for so far has been done; set a timeout of your own."""
        await self._lanes.empty()

    def release(self, call_id: str) -> None:
        """Take note that the core has done with a call. Should its caller still be here, somebody must see to that."""
        line = self._lines.get(call_id)
        if line is not None:
            line.released = True

    def remembered(self) -> tuple[int, int, int, int]:
        """Return how many lines, legs, dials and lanes there are: none when nobody calls."""
        return len(self._lines), self._hands.remembered(), len(self._dials), len(self._lanes) + len(self._aside)

    def perform(self, action: m.Action) -> None:
        """Carry out one action of the core, in time; never blocks."""
        match action:
            case m.StartRecording(call_id=call_id, name=name):
                line = self._lines.get(call_id)
                if line is not None:
                    line.recording = recording_file(name)
                    self._aside.add(call_id, partial(self._recorder.start, line))
            case m.Confirm():
                self._operators_dials.confirm(action)
            case m.ShowPresence(operator=operator):
                self._aside.add(f"presence/{operator}", partial(self._phones.show, action))
            case _:
                self._hands.carry_out(action)

    # hearing

    def _heard(self, item: StreamItem) -> None:
        if self._citizen.heard(item):
            return
        match item:
            case Connected():
                self._hears = True
                self._lanes.add("heartbeat", self._heartbeat.beat)
                self._missed_something()
            case Disconnected(why=why):
                self._hears = self.ari_is_up = False
                self._alarm("ari_lost", why, "")
            case ari.ApplicationReplaced():
                raise ReplacedError("another controller serves this Asterisk now")
            case ari.CallBroadcast(channel=channel) if self.serving:
                self._lanes.add(channel.id, partial(claim, self._ari, channel.id, self._alarm))
            case ari.StasisStart(channel=channel, args=args):
                self._entered(channel, args)
            case ari.StasisEnd(channel=channel):
                self._left(channel.id)
            case ari.ChannelHangupRequest():
                self._hangs_up(item)
            case Unreadable():
                log.warning("event_unreadable", reason=str(item)[:200])
                self._missed_something()
            case _:
                self._heard_of_call(item)

    def _sound_ended(self, item: ari.PlaybackFinished) -> bool:
        """Take note that a sound has ended; True when the core may want to know."""
        if self._hands.confirming.finished(item.playback.id, failed=item.playback.state == "failed"):
            return False
        owner = call_of_play(item.playback.id)
        line = self._lines.get(owner)
        if line is not None:
            line.finished(item.playback.id)
            return not line.hanging_up  # it "failed" because the caller is going, and StasisEnd is next
        if owner in self._dials or is_leg(owner):
            self._lanes.add(owner, partial(self._hands.hang_up, owner))
        return True

    def _heard_of_call(self, item: ari.Event) -> None:
        if self._keys.is_repeated(item) or (isinstance(item, ari.PlaybackFinished) and not self._sound_ended(item)):
            return
        if isinstance(item, ari.ChannelStateChange) and self._hands.is_picked_up(item.channel):
            self._leg_entered(item.channel.id)
        gone = item.channel.id if isinstance(item, ari.ChannelDestroyed) else ""
        if (leg := self._hands.legs.get(gone)) is not None:
            leg.gone = True
        if gone and self._ends.waits(gone, partial(self._heard_of_call, item)):
            return
        event = self._voices.weigh(understand(item))
        if event is not None:
            self._submit(event)
        if gone:
            self._gone(gone)

    def _called(self, channel: ari.Channel, call: Offered) -> None:
        """Take a new call."""
        self._lines[channel.id] = Line(channel.id, channel.name)
        self._ends.began(channel.id, call.more.get("sip", ""))
        number, name = channel.caller.number, channel.caller.name
        self._submit(self._arrive(Arrival(channel.id, call.trunk, call.dialled, number, name, call.more)))
        headers = self._location_headers(call.trunk)
        if headers:
            self._aside.add(f"location/{channel.id}", partial(self._locator.look, channel.id, headers))

    def _entered(self, channel: ari.Channel, args: list[str]) -> None:
        call = offered(args)
        if call is not None:
            self._called(channel, call)
            return
        match ":".join(args).split(":"):
            case ["dial", operator, *rest]:
                self._operators_dials.came(channel.id, operator, ":".join(rest))
            case [consulting.ARGUMENT]:
                self._hands.consulting.entered(channel.id)
            case ["leg", *_]:
                self._leg_entered(channel.id)
            case ["snoop"]:
                self._hands.overhear.entered(channel.id)
            case ["citizen"]:  # who has given up already
                self._lanes.add(channel.id, partial(self._hands.hang_up, channel.id))
            case _:
                log.error("unknown_arguments", channel=channel.id, args=args)
                self._lanes.add(channel.id, partial(self._hands.rescue, channel.id))

    def _leg_entered(self, leg_id: str) -> None:
        leg = self._hands.legs.get(leg_id)
        if leg is not None:
            leg.entered = True
            if leg.why:
                self._lanes.add(leg_id, partial(self._hands.tell_why, leg_id, leg.why))
            self._submit(m.LegAnswered(leg_id))
        else:  # given up already, as nobody could tell whether it rings
            self._lanes.add(leg_id, partial(self._hands.hang_up, leg_id))

    def _hangs_up(self, request: ari.ChannelHangupRequest) -> None:
        """Take note of a line's end and its cause; a "soft" one is no cause but a flag of Asterisk's own."""
        if (line := self._lines.get(request.channel.id)) is not None:
            line.hangs_up(*why(request, was_asked=line.was_asked))

    def _left(self, channel_id: str) -> None:
        """Tell that a caller has left the application: by hanging up, or else to the dialplan.

        Asterisk tells no more of the channel from here on, as nobody subscribed to it by name. A leg we did subscribe
        to, by ringing it: its end is yet to be told.
        """
        if is_leg(channel_id):
            self._left_bridge(channel_id)
            return
        line = self._lines.get(channel_id)
        if line is not None and line.hanging_up:
            if line.cause and self._ends.waits(channel_id, partial(self._left, channel_id)):
                return
            self._submit(m.CallEnded(channel_id, line.cause, line.sip_status))
        elif line is not None:
            self._submit(m.CallGivenBack(channel_id))
        self._gone(channel_id)

    def _gone(self, channel_id: str) -> None:
        self._dials.discard(channel_id)
        self._ends.gone(channel_id)
        line = self._lines.pop(channel_id, None)
        if line is not None:
            line.gone = True
            self._lanes.add(channel_id, partial(self._hands.clear_up, line))
        elif is_leg(channel_id):
            self._left_bridge(channel_id)
            self._hands.leg_gone(channel_id)
            if self._hands.legs.pop(channel_id, None) is None:
                self._look_now.set()  # it spoke with somebody whom nobody here serves

    def _left_bridge(self, leg_id: str) -> None:
        if (owner := self._lines.get(call_of_leg(leg_id))) is not None:
            owner.members.discard(leg_id)

    def _heard_ami(self, item: AmiItem) -> None:
        match item:
            case AmiConnected():
                self.ami_is_up = True
                self._phone_news.connected()
                for line in self._lines.values():
                    if line.recording and not line.is_recorded:
                        self._aside.add(line.call_id, partial(self._recorder.start, line))
            case AmiDisconnected(why=why):
                self.ami_is_up = False
                self._phone_news.lost()
                self._alarm("ami_lost", why, "")
            case AmiEvent(name=name, fields=fields):
                self._ears[name](fields)

    # doing

    async def _keep_ami(self) -> None:
        """Stay connected to AMI. Calls need it not: however it fails, they are served."""
        while True:
            try:
                await self.ami.run(self._heard_ami)
            except AmiUnavailableError as error:
                self._alarm("ami_refused", str(error), "")
            await asyncio.sleep(_AMI_AGAIN_S)

    def _missed_something(self) -> None:
        self._gaps += 1
        self._look_now.set()

    async def _keep_looking(self) -> None:
        while True:
            unsure = self._gaps_closed < self._gaps
            try:
                async with asyncio.timeout(_LOOK_AGAIN_S if unsure else self._settings.look_every_s):
                    await self._look_now.wait()
            except TimeoutError:
                pass
            self._look_now.clear()
            if self._hears and not self._lanes.is_busy("look"):
                self._lanes.add("look", self._look)

    async def _look(self) -> None:
        gaps = self._gaps
        try:
            if self._room is not None:
                await self._take_up(self._room)
                self._room = None
            first = await self._lookout.read()
            if self._hears:
                self.ari_is_up = True
                self.ready.set()
            await self._lookout.look(first, gap=gaps > self._gaps_closed)
        except AriError as error:
            log.warning("look_failed", reason=str(error))
        else:
            self._gaps_closed = gaps

    async def _take_up(self, room: Room) -> None:
        """Go on where another controller stopped. What it had claimed and never told is a new call."""
        channels = await self._ari.channels_list()
        ours = (await self._ari.applications_get(application_name=APP)).channel_ids
        bridges = await self._ari.bridges_list()
        gone = room.all_calls().keys() - {channel.id for channel in channels}
        found = find(room, channels, ours, bridges, await self._fell_back(gone) if gone else ())
        self._lines.update((line.call_id, line) for line in found.lines)
        self._hands.legs.update(found.legs)
        self._submit(found.resumed)
        learn_all(self._ari, self._aside, self._ends, found.lines)
        for channel in found.newcomers:
            self._called(channel, await offered_earlier(self._ari, channel))
        for channel_id in found.strays:
            self._lanes.add(channel_id, partial(self._hands.hang_up, channel_id))
        log.info("taken_up", calls=len(found.lines), legs=len(found.legs), newcomers=len(found.newcomers))

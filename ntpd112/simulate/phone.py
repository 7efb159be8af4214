"""Phones and gateways that take calls: an operator's softphone, an agency's switchboard on a trunk's address."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Self

from ntpd112.simulate import scenario
from ntpd112.simulate.behaviour import Answer, Behaviour, Busy, EarlyMedia, Mute, NoAnswer, Refuse
from ntpd112.simulate.citizen import PATIENCE_S, DtmfMethod, Press
from ntpd112.simulate.media import RtpPort
from ntpd112.simulate.sipp import Address, Event, SippProcess

REGISTER_FOR_S = 300
"""A phone registers again at half of that."""
_EVENTS_KEPT = 500
ANSWERED = 200


class PhoneCall:
    """One call at a phone, in either direction, from its first message on."""

    def __init__(self, phone: Phone, call_id: str, audio: RtpPort) -> None:
        self.call_id = call_id
        self.audio = audio
        """What this phone says and hears. One port for all calls of a phone: a person has one ear."""
        self._phone = phone
        self._number = 1

    @property
    def caller(self) -> str:
        """The From header of a call that came in."""
        return self._detail(2)

    @property
    def dialled(self) -> str:
        """The request-URI of a call that came in."""
        return self._detail(3)

    @property
    def identity(self) -> str:
        """The P-Asserted-Identity header of a call that came in; empty without one."""
        return self._detail(4)

    @property
    def events(self) -> list[Event]:
        """What happened to this call so far."""
        return [e for e in self._phone.sipp.events.events if e.call_id == self.call_id]

    @property
    def is_answered(self) -> bool:
        """It was answered, and may be over."""
        return any(e.name == "answered" for e in self.events)

    @property
    def is_over(self) -> bool:
        """It has ended or was refused, cancelled."""
        return any(e.name in {"ended", "hung_up", "refused", "cancelled"} for e in self.events)

    async def wait(self, *names: str, within_s: float = PATIENCE_S) -> Event:
        """Return the first event of this call with one of these names."""
        return await self._phone.sipp.events.wait(*names, call_id=self.call_id, within_s=within_s)

    async def answered(self, within_s: float = PATIENCE_S) -> None:
        """Return once it is answered."""
        await self.wait("answered", within_s=within_s)

    async def ended(self, within_s: float = 60.0) -> str:
        """Return how it ended: ``ended`` by the other side, ``hung_up`` by us, ``cancelled`` or ``refused``."""
        return (await self.wait("ended", "hung_up", "cancelled", "refused", within_s=within_s)).name

    def ring(self) -> None:
        """Send 180 Ringing."""
        self._order("RING")

    def speak_early(self) -> None:
        """Send 183 with a description of media, and be heard from now on."""
        self._order("PROGRESS")
        invited = next(e for e in self.events if e.name == "invited")
        if all(invited.details[:2]):
            self.audio.connect(invited.details[0], int(invited.details[1]))

    def answer(self) -> None:
        """Send 200 OK."""
        self._order("ANSWER")

    def refuse(self, status: int = 603) -> None:
        """Refuse it with one of :data:`ntpd112.simulate.scenario.REFUSAL_STATUS`."""
        if status not in scenario.REFUSAL_STATUS:
            raise ValueError(f"no way to refuse with {status}: choose one of {sorted(scenario.REFUSAL_STATUS)}")
        self._order(f"REFUSE-{status}")

    def hang_up(self) -> None:
        """Send BYE, or CANCEL to a call of ours that is not answered yet."""
        self._order("HANGUP")

    def press(self, digits: str, method: DtmfMethod = "rfc4733") -> None:
        """Press keys during the call."""
        if method == "rfc4733":
            self.audio.press(digits)
        elif method == "inband":
            self.audio.whistle(digits)
        else:
            for digit in digits:
                relay = method == "info"
                self._order(
                    "INFO",
                    info_type="application/dtmf-relay" if relay else "application/dtmf",
                    info_body=f"Signal={digit}" if relay else digit,
                )

    async def hold(self, within_s: float = PATIENCE_S) -> None:
        """Send a re-INVITE with ``sendonly`` and return when it is answered."""
        await self._reinvite("sendonly", within_s)

    async def resume(self, within_s: float = PATIENCE_S) -> None:
        """Send a re-INVITE with ``sendrecv`` and return when it is answered."""
        await self._reinvite("sendrecv", within_s)

    def refer(self, number: str) -> None:
        """Transfer the call blindly with REFER, as the phone's own transfer key does."""
        self._order("REFER", refer_to=f"<sip:{number}@{self._phone.target}>")

    async def _reinvite(self, direction: str, within_s: float) -> None:
        so_far = len(self._phone.sipp.events.events)
        self._order("REINVITE", direction=direction)
        wait = self._phone.sipp.events.wait
        event = await wait("reinvited", "ended", within_s=within_s, after=so_far, call_id=self.call_id)
        if event.details != ("200",):
            raise self._phone.sipp.error("the re-INVITE was not accepted")

    def _order(self, order: str, **headers: str) -> None:
        self._number += 1
        self._phone.sipp.order(order, self.call_id, number=str(self._number + 1), **headers)

    def _detail(self, position: int) -> str:
        invited = next((e for e in self.events if e.name == "invited"), None)
        return invited.details[position] if invited else ""


class Phone:
    """A party at ``local_ip:local_port`` that takes calls as its ``behaviour`` says, and counts them.

    Without registration it is a gateway: an agency or a neighbour centre on a trunk's address. The behaviour may be
    changed at any time and holds for calls from then on. Calls beyond the first are taken as well, or without
    ``call_waiting`` refused as busy (486).
    """

    def __init__(
        self,
        target: Address,
        local_ip: str,
        *,
        local_port: int = 0,
        user: str = "gateway",
        password: str = "",
        behaviour: Behaviour | None = None,
        tone_hz: float = 0.0,
        inband_only: bool = False,
        call_waiting: bool = True,
        on_call: Callable[[PhoneCall], None] | None = None,
    ) -> None:
        self.target = target
        self.user = user
        self.behaviour: Behaviour = behaviour or Answer()
        self.calls: list[PhoneCall] = []
        """Calls that came in, in order."""
        self.audio = RtpPort(local_ip, tone_hz=tone_hz)
        self._local_ip = local_ip
        self._local_port = local_port
        self._password = password
        self._inband_only = inband_only
        self._call_waiting = call_waiting
        self._on_call = on_call
        self._stack = AsyncExitStack()
        self._timers: list[asyncio.TimerHandle] = []
        self._ids = itertools.count(1)
        self._sipp: SippProcess | None = None

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.audio)
            media = self.audio.sdp(telephone_events=not self._inband_only)
            ip = self._local_ip
            offer = f"v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n{media}\r\na=sendrecv\r\n"
            keys = {"user": self.user, "media": media, "offer": offer, "ack_headers": "", "ack_body": ""}
            keys["invite_headers"] = "\r\nContent-Type: application/sdp"
            sipp = SippProcess(
                self.target,
                ip,
                scenario.party(),
                keys=keys,
                options=("-au", self.user, "-ap", self._password) if self._password else (),
                local_port=self._local_port,
                on_event=self._happened,
            )
            self._sipp = await stack.enter_async_context(sipp)
            await sipp.listening(PATIENCE_S)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc: object) -> None:
        if exc[0] is not None:
            self.sipp.keep_folder = True
        for timer in self._timers:
            timer.cancel()
        await self._stack.aclose()

    @property
    def sipp(self) -> SippProcess:
        """The SIPp process; its ``events`` tell everything that happened."""
        if self._sipp is None:
            raise RuntimeError("the phone is not switched on yet: use 'async with'")
        return self._sipp

    async def call(self, number: int = 1, within_s: float = PATIENCE_S) -> PhoneCall:
        """Return the first (second ...) call that comes in, as soon as it does."""
        try:
            async with asyncio.timeout(within_s):
                while len(self.calls) < number:
                    await self.sipp.events.changed()
        except TimeoutError:
            raise self.sipp.error(f"call {number} to {self.user} did not come within {within_s} s") from None
        return self.calls[number - 1]

    def dial(self, number: str) -> PhoneCall:
        """Call a number, such as a feature code, and return the call at once."""
        call = PhoneCall(self, self._new_id("dial"), self.audio)
        self.sipp.order("DIAL", call.call_id, to=f"sip:{number.replace('#', '%23')}@{self.target}")
        return call

    def vanish(self) -> None:
        """Lose the network: no answer to anything, no audio, nobody is told."""
        self.audio.hush()
        self.sipp.pause()

    def come_back(self) -> None:
        """Undo :meth:`vanish`."""
        self.sipp.resume()

    def forget(self) -> None:
        """Drop what is over: calls, most of what happened in them, what was heard. For phones that work for hours."""
        self.calls = [call for call in self.calls if not call.is_over]
        del self.sipp.events.events[:-_EVENTS_KEPT]
        now = asyncio.get_running_loop().time()
        self._timers = [timer for timer in self._timers if timer.when() > now]
        self.audio.forget()

    async def _register(self, expires_s: int, within_s: float) -> None:
        call_id = self._order_registration(expires_s)
        wait = self.sipp.events.wait
        event = await wait("registered", "register_refused", call_id=call_id, within_s=within_s)
        if event.name == "register_refused":
            cure = "compare its extension and password with the city file and secrets.json"
            raise self.sipp.error(f"{self.user} could not register ({event.details[0]}): {cure}")

    def _order_registration(self, expires_s: int) -> str:
        call_id = self._new_id("register")
        self.sipp.order("REGISTER", call_id, expires=str(expires_s))
        return call_id

    def _new_id(self, purpose: str) -> str:
        return f"{purpose}-{next(self._ids)}-{self.sipp.local.port}@{self._local_ip}"

    def _happened(self, event: Event) -> None:
        if event.name == "invited":
            call = PhoneCall(self, event.call_id, self.audio)
            is_free = self._call_waiting or all(other.is_over for other in self.calls)
            self.calls.append(call)
            self._treat(call, self.behaviour if is_free else Busy())
            if self._on_call is not None:
                self._on_call(call)
        elif event.name in {"answered", "progress", "media"} and all(event.details[:2]):
            self.audio.connect(event.details[0], int(event.details[1]))
            behaviour = self.behaviour
            talking = next((c for c in self.calls if c.call_id == event.call_id), None)
            if event.name == "answered" and isinstance(behaviour, Answer) and talking is not None:
                if behaviour.presses is not None:
                    self._press_later(behaviour.presses, talking)
                if behaviour.talk_s:
                    self._later(behaviour.talk_s, talking, talking.hang_up)

    def _treat(self, call: PhoneCall, behaviour: Behaviour) -> None:
        match behaviour:
            case Answer(after_s=after_s):
                if after_s:
                    call.ring()
                self._later(after_s, call, call.answer)
            case Refuse(status=status, after_s=after_s, rings=rings):
                if rings:
                    call.ring()
                self._later(after_s, call, lambda: call.refuse(status))
            case NoAnswer():
                call.ring()
            case EarlyMedia(status=status, then_s=then_s):
                call.speak_early()
                if then_s:
                    self._later(then_s, call, call.answer if status == ANSWERED else lambda: call.refuse(status))
            case Mute():
                pass

    def _press_later(self, keys: Press, call: PhoneCall) -> None:
        self._later(keys.after_s, call, lambda: call.press(keys.digits, keys.method))

    def _later(self, after_s: float, call: PhoneCall, act: Callable[[], None]) -> None:
        def unless_over() -> None:
            if not call.is_over:
                act()

        if after_s:
            self._timers.append(asyncio.get_running_loop().call_later(after_s, unless_over))
        else:
            unless_over()


class SoftPhone(Phone):
    """An operator's phone: registered with its extension and password from entering until leaving the context.

    It takes one call at a time.
    """

    _renewal: asyncio.TimerHandle | None = None

    def __init__(
        self,
        target: Address,
        local_ip: str,
        extension: str,
        password: str,
        *,
        behaviour: Behaviour | None = None,
        tone_hz: float = 0.0,
        on_call: Callable[[PhoneCall], None] | None = None,
    ) -> None:
        super().__init__(
            target,
            local_ip,
            user=extension,
            password=password,
            behaviour=behaviour,
            tone_hz=tone_hz,
            call_waiting=False,
            on_call=on_call,
        )

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        try:
            await self.register()
        except BaseException as error:
            self._no_renewal()
            await super().__aexit__(type(error), error, error.__traceback__)
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._no_renewal()
        try:
            if exc[0] is None and not self.sipp.is_paused:
                await self.unregister()
        finally:
            await super().__aexit__(*exc)

    async def register(self, within_s: float = PATIENCE_S) -> None:
        """Register, or refresh the registration. Raises :class:`SimulationError` when refused."""
        self._register_later()
        await self._register(REGISTER_FOR_S, within_s)

    async def unregister(self, within_s: float = PATIENCE_S) -> None:
        """Take the registration back; the phone stays reachable for calls under way."""
        self._no_renewal()
        await self._register(0, within_s)

    def _register_later(self) -> None:
        self._no_renewal()
        self._renewal = asyncio.get_running_loop().call_later(REGISTER_FOR_S / 2, self._register_again)

    def _register_again(self) -> None:
        if not self.sipp.is_paused:
            self._order_registration(REGISTER_FOR_S)
        self._register_later()

    def _no_renewal(self) -> None:
        if self._renewal is not None:
            self._renewal.cancel()

    async def dial_and_wait(self, number: str, within_s: float = PATIENCE_S) -> str:
        """Call a feature code and return how the call ended."""
        return await self.dial(number).ended(within_s)

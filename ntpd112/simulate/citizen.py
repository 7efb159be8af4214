"""A citizen who calls 112 through a trunk: dials, presses keys, talks, gives up."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Literal, Self

from ntpd112.simulate import scenario
from ntpd112.simulate.media import RtpPort
from ntpd112.simulate.sipp import Address, Event, SippProcess

ORDER_AGAIN_S = 0.1

DtmfMethod = Literal["rfc4733", "inband", "info", "info-dtmf"]
"""How a key reaches the other side: telephone event in RTP, tones in the audio, SIP INFO as ``application/dtmf-relay``
or as ``application/dtmf``."""

PATIENCE_S = 10.0
"""How long the awaits of a simulated party wait unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Press:
    """Press keys some time after the answer."""

    digits: str
    after_s: float = 0.5
    method: DtmfMethod = "rfc4733"


@dataclass(frozen=True, slots=True)
class HangUp:
    """Hang up some time after the answer, or after dialling (a CANCEL when not answered by then)."""

    after_s: float
    since: Literal["answered", "dialled"] = "answered"


Step = Press | HangUp


@dataclass(frozen=True, slots=True)
class CitizenResult:
    """How a call went, seen from the caller's side."""

    final_status: int
    """200 answered, else the refusal's SIP status; 0 when there was none."""
    reason: str
    ended_by: Literal["centre", "caller", "refused", "nobody"]
    """Who hung up; ``refused`` when it was not answered; ``nobody`` when it had not ended."""
    ring_s: float
    """From dialling to the answer or its refusal."""
    talk_s: float
    """From the answer to the end."""
    heard_packets: int
    """RTP packets that arrived."""


@dataclass(frozen=True)
class Identity:
    """What a call says of its caller and of whom it calls; odd and hostile values are sent as they are.

    ``ani=""`` leaves the user part out. ``asserted`` adds a P-Asserted-Identity with that number; ``privacy`` adds
    ``Privacy: id`` and makes From anonymous. ``headers`` are complete further header lines.
    """

    ani: str = "0215550101"
    name: str = ""
    ddi: str = "112"
    asserted: str = ""
    privacy: bool = False
    headers: Sequence[str] = field(default=())

    def from_header(self, host: str) -> str:
        """Return From without its tag."""
        if self.privacy:
            return '"Anonymous" <sip:anonymous@anonymous.invalid>'
        name = re.sub(r'(["\\])', r"\\\1", self.name)
        user = f"{self.ani}@" if self.ani else ""
        return (f'"{name}" ' if name else "") + f"<sip:{user}{host}>"

    def further_headers(self, host: str) -> list[str]:
        """Return the header lines beyond those of every INVITE."""
        asserted = [f"P-Asserted-Identity: <sip:{self.asserted}@{host}>"] if self.asserted else []
        return [*asserted, *(["Privacy: id"] if self.privacy else []), *self.headers]


class Citizen:
    """One call into a trunk of the centre at ``target``, from ``local_ip``.

    Entering the context dials; leaving it hangs up if need be and ends SIPp. ``tone_hz`` is what the caller says,
    all the time; 0 is silence. ``late_offer`` leaves the SDP out of the INVITE and answers in the ACK.
    ``inband_only`` offers no telephone events; ``acknowledges``, ``retransmits``: see
    :func:`ntpd112.simulate.scenario.caller`.

    >>> async with Citizen(Address("127.0.0.1"), "127.0.0.11", steps=[Press("1")]) as citizen:
    ...     await citizen.answered()
    ...     result = await citizen.ended()
    """

    def __init__(
        self,
        target: Address,
        local_ip: str,
        *,
        identity: Identity | None = None,
        ani: str = "0215550101",
        name: str = "",
        ddi: str = "112",
        steps: Sequence[Step] = (),
        tone_hz: float = 0.0,
        speaks: bool = True,
        inband_only: bool = False,
        late_offer: bool = False,
        transport: Literal["udp", "tcp"] = "udp",
        acknowledges: bool = True,
        retransmits: bool = True,
    ) -> None:
        self.identity = identity or Identity(ani=ani, name=name, ddi=ddi)
        self.audio = RtpPort(local_ip, tone_hz=tone_hz, speaks=speaks)
        self._target = target
        self._local_ip = local_ip
        self._steps = steps
        self._inband_only = inband_only
        self._late_offer = late_offer
        self._transport = transport
        self._scenario = scenario.caller(acknowledges=acknowledges, retransmits=retransmits)
        self._stack = AsyncExitStack()
        self._timers: list[asyncio.TimerHandle] = []
        self._number = 1
        self._entered_at = 0.0
        self._sipp: SippProcess | None = None

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.audio)
            sipp = SippProcess(
                self._target,
                self._local_ip,
                self._scenario,
                keys=self._keys(),
                options=("-m", "1", "-r", "1000"),  # the first call comes after 1/rate seconds
                transport=self._transport,
                on_event=self._happened,
            )
            self._sipp = await stack.enter_async_context(sipp)
            await sipp.events.wait("calling", within_s=PATIENCE_S)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc: object) -> None:
        if exc[0] is not None:
            self.sipp.keep_folder = True
        try:
            # Before any sign of life from the centre there is nothing to cancel (RFC 3261 9.1).
            if not self._over() and self.sipp.events.first("trying", "ringing", "progress", "answered"):
                self.hang_up()
                await self.sipp.events.wait("hung_up", "ended", "refused", within_s=PATIENCE_S)
                await self.sipp.finished(PATIENCE_S)
        finally:
            for timer in self._timers:
                timer.cancel()
            await self._stack.aclose()

    @property
    def sipp(self) -> SippProcess:
        """The SIPp process; its ``events`` tell everything that happened."""
        if self._sipp is None:
            raise RuntimeError("the citizen has not dialled yet: use 'async with Citizen(...)'")
        return self._sipp

    @property
    def call_id(self) -> str:
        """The SIP Call-ID."""
        event = self.sipp.events.first("calling")
        return event.call_id if event else ""

    async def ringing(self, within_s: float = PATIENCE_S) -> None:
        """Return once the centre rings (180) or plays something early (183)."""
        await self.sipp.events.wait("ringing", "progress", within_s=within_s)

    async def answered(self, within_s: float = PATIENCE_S) -> None:
        """Return once the call is answered."""
        event = await self.sipp.events.wait("answered", "refused", within_s=within_s)
        if event.name == "refused":
            raise self.sipp.error(f"wanted an answer, was refused with {' '.join(event.details)}")

    async def refused(self, within_s: float = PATIENCE_S) -> int:
        """Return the SIP status of the refusal (487 after our own CANCEL)."""
        event = await self.sipp.events.wait("refused", "answered", within_s=within_s)
        if event.name == "answered":
            raise self.sipp.error("wanted a refusal, was answered")
        return int(event.details[0])

    async def ended(self, within_s: float = 60.0) -> CitizenResult:
        """Return once the call is over, whoever ended it, and SIPp has gone."""
        await self.sipp.events.wait("hung_up", "ended", "refused", within_s=within_s)
        await self.sipp.finished(PATIENCE_S)
        return self.result()

    def result(self) -> CitizenResult:
        """Return how the call went so far."""
        first = self.sipp.events.first
        answer, refusal, end = first("answered"), first("refused"), first("ended", "hung_up")
        now = asyncio.get_running_loop().time()
        decided = answer or refusal
        by: Literal["centre", "caller", "refused", "nobody"] = "refused" if refusal and not answer else "nobody"
        if end is not None:
            by = "centre" if end.name == "ended" else "caller"
        return CitizenResult(
            final_status=200 if answer else int(refusal.details[0]) if refusal else 0,
            reason=refusal.details[1] if refusal and not answer else "",
            ended_by=by,
            ring_s=(decided.at if decided else now) - self._entered_at,
            talk_s=(end.at if end else now) - answer.at if answer else 0.0,
            heard_packets=self.audio.received_packets,
        )

    def press(self, digits: str, method: DtmfMethod = "rfc4733") -> None:
        """Press keys now. The call must be answered, or early media must have come."""
        if method == "rfc4733":
            self.audio.press(digits)
        elif method == "inband":
            self.audio.whistle(digits)
        else:
            for digit in digits:
                self._info(digit, method)

    def hang_up(self) -> None:
        """Hang up now: BYE, or CANCEL while not answered."""
        if not self._over():
            self._order("HANGUP")
            # SIPp drops an order that meets it between two steps; until it says so, tell it again.
            self._timers.append(asyncio.get_running_loop().call_later(ORDER_AGAIN_S, self._hang_up_again))

    async def hold(self, within_s: float = PATIENCE_S) -> None:
        """Send a re-INVITE with ``sendonly`` and return when it is answered."""
        await self._reinvite("sendonly", within_s)

    async def resume(self, within_s: float = PATIENCE_S) -> None:
        """Send a re-INVITE with ``sendrecv`` and return when it is answered."""
        await self._reinvite("sendrecv", within_s)

    def repeat_invite(self) -> None:
        """Send the INVITE once more, as a network does that duplicates or delays packets.

        Before the answer only with ``retransmits=False``. After it, Asterisk 22 takes it for a second call.
        """
        self.sipp.order("REPEAT", self.call_id, number="1")

    def vanish(self) -> None:
        """Lose the network: no more signalling and no more audio, nobody hangs up."""
        self.audio.hush()
        self.sipp.pause()

    def _hang_up_again(self) -> None:
        if not self.sipp.events.first("cancelling"):
            self.hang_up()

    def _over(self) -> bool:
        events = self.sipp.events
        return bool(events.closed) or events.first("hung_up", "ended", "refused", "hanging_up") is not None

    def _info(self, digit: str, method: DtmfMethod) -> None:
        if method == "info":
            # One line for the order; the scenario sends it as the body.
            self._order("INFO", info_type="application/dtmf-relay", info_body=f"Signal={digit}")
        else:
            self._order("INFO", info_type="application/dtmf", info_body=digit)

    async def _reinvite(self, direction: str, within_s: float) -> None:
        so_far = len(self.sipp.events.events)
        self._order("REINVITE", direction=direction)
        event = await self.sipp.events.wait("reinvited", "ended", within_s=within_s, after=so_far)
        if event.details != ("200",):
            raise self.sipp.error("the re-INVITE was not accepted")

    def _order(self, order: str, **headers: str) -> None:
        self._number += 1
        self.sipp.order(order, self.call_id, number=str(self._number), **headers)

    def _keys(self) -> dict[str, str]:
        ip, host = self._local_ip, str(self._target)
        media = self.audio.sdp(telephone_events=not self._inband_only)
        sdp = f"v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n{media}\r\na=sendrecv\r\n"
        content_type = "Content-Type: application/sdp"
        early = "" if self._late_offer else sdp
        headers = [*self.identity.further_headers(ip), *([content_type] if early else [])]
        return {
            "request_uri": f"sip:{self.identity.ddi}@{host}",
            "from": self.identity.from_header(ip),
            "to": f"<sip:{self.identity.ddi}@{host}>",
            "invite_headers": "".join(f"\r\n{line}" for line in headers),
            "offer": early,
            "ack_headers": f"\r\n{content_type}" if self._late_offer else "",
            "ack_body": sdp if self._late_offer else "",
            "media": media,
        }

    def _happened(self, event: Event) -> None:
        if event.name == "calling":
            self._entered_at = event.at
            self._plan("dialled")
        elif event.name in {"answered", "progress", "media"} and all(event.details):
            self.audio.connect(event.details[0], int(event.details[1]))
        if event.name == "answered":
            self._plan("answered")

    def _plan(self, since: Literal["answered", "dialled"]) -> None:
        loop = asyncio.get_running_loop()
        for step in self._steps:
            if isinstance(step, HangUp):
                if step.since == since:
                    self._timers.append(loop.call_later(step.after_s, self.hang_up))
            elif since == "answered":
                self._timers.append(loop.call_later(step.after_s, self.press, step.digits, step.method))

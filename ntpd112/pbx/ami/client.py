"""The AMI client: actions that are answered or fail in time, and a stream of chosen events that reconnects."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType, TracebackType
from typing import Self

import structlog
from panoramisk.message import Message

from ntpd112.pbx.ami.errors import (
    AmiConnectionLostError,
    AmiError,
    AmiNotConnectedError,
    AmiRefusedError,
    AmiTimeoutError,
    AmiUnavailableError,
)
from ntpd112.pbx.ami.wire import AmiEvent, AmiWire, PendingAction, fields_of
from ntpd112.pbx.backoff import Failure, GiveUp, Pace, after_failure
from ntpd112.pbx.gate import Gate, always_open

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AmiConnected:
    """Logged in, and Asterisk is fully booted. ``generation`` counts from 1; each one demands a fresh look."""

    generation: int


@dataclass(frozen=True, slots=True)
class AmiDisconnected:
    """The connection of this ``generation`` is gone, or could not be made; another attempt follows by itself."""

    generation: int
    why: str


AmiItem = AmiEvent | AmiConnected | AmiDisconnected


class AmiClient:
    """Iterate over it, within ``async with``, to be connected; send actions meanwhile from anywhere.

    ::

        async with AmiClient(..., events=["DeviceStateChange"]) as ami, asyncio.TaskGroup() as tasks:
            tasks.create_task(ami.run(on_item))
            answer = await ami.action("MixMonitor", Channel=name, File="call.wav")

    The iterator connects, waits and reconnects while it is awaited; there is no task behind it. It ends only by
    :class:`~ntpd112.pbx.ami.errors.AmiUnavailableError`, when waiting cannot help, with the cure in its text. The AMI
    user needs ``read=system`` and the classes of its events, ``write=system`` and the classes of its actions.
    """

    def __init__(
        self,
        host: str,
        port: int,
        username: str,
        secret: str,
        *,
        timeout_s: float,
        events: Iterable[str] = (),
        only: Mapping[str, tuple[str, str]] = MappingProxyType({}),
        pace: Pace | None = None,
        keepalive_s: float = 3.0,
        jitter: Callable[[], float] = random.random,
        gate: Gate = always_open,
    ) -> None:
        """``events``: names of the events to be told; ``only``: of some, just those with a header that begins so.

        An empty beginning asks for the header alone.

        A frozen Asterisk is noticed after keepalive_s + timeout_s.
        ``gate``: passed by every action that somebody asks for.
        """
        self._host, self._port = host, port
        self._username, self._secret = username, secret
        self._timeout_s = timeout_s
        self._keepalive_s = keepalive_s
        self._events = tuple(events)
        self._only = only
        self._pace = pace or Pace()
        self._jitter = jitter
        self._gate = gate
        self._wire: AmiWire | None = None
        self._ready = asyncio.Event()
        self._failed = 0
        self._wait_s = 0.0
        self.generation = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> AmiItem:
        while self._wire is None or not self._ready.is_set():
            await self._close()  # what a cancelled attempt left open
            await asyncio.sleep(self._wait_s)
            try:
                return await self._connect()
            except (OSError, AmiError) as error:
                await self._close()
                failure = _failure(error, self._username)
                self._plan_next(failure)
                if self._failed == 1:  # nobody has been told yet
                    return AmiDisconnected(self.generation, failure.what)
        return await self._next(self._wire)

    async def run(self, on_item: Callable[[AmiItem], None]) -> None:
        """Stay connected for ever and hand every item to ``on_item``."""
        async for item in self:
            on_item(item)

    async def connected(self) -> None:
        """Wait until actions can be sent; set a timeout of your own."""
        await self._ready.wait()

    async def action(self, name: str, /, **headers: str | Sequence[str]) -> dict[str, str]:
        """Send an action and return the headers of its answer: ``await ami.action("Ping")``.

        Nothing is ever sent twice. Raises what :mod:`ntpd112.pbx.ami.errors` lists.
        """
        await self._pass(name)
        messages = await self._ask(self._connection(name), PendingAction(name, headers))
        return fields_of(messages[0])

    async def list_action(self, name: str, /, **headers: str | Sequence[str]) -> list[dict[str, str]]:
        """Send an action that answers with a list, such as ``CoreShowChannels``, and return its items."""
        try:
            messages = await self._ask(self._connection(name), PendingAction(name, headers))
        except AmiRefusedError as error:
            # "No Contacts found": for some actions of Asterisk an empty list is an error.
            if error.reason.startswith("No ") and error.reason.endswith(" found"):
                return []
            raise
        if messages[-1].eventlist.lower() == "cancelled":
            raise AmiRefusedError(name, f"the list broke off after {len(messages) - 2} items")
        return [fields_of(message) for message in messages[1:-1]]

    async def command(self, line: str) -> str:
        """Run a line of Asterisk's command line and return what it prints."""
        return (await self.action("Command", Command=line)).get("Output", "")

    async def _pass(self, action: str) -> None:
        """Wait until we may act; set a timeout of your own."""
        if not await self._gate():
            raise AmiNotConnectedError(action, "not sent: another controller serves now")

    def _connection(self, action: str) -> AmiWire:
        if self._wire is None or not self._ready.is_set():
            raise AmiNotConnectedError(action, f"not connected to AMI at {self._host}:{self._port}")
        return self._wire

    async def _ask(self, wire: AmiWire, action: PendingAction) -> list[Message]:
        try:
            async with asyncio.timeout(self._timeout_s):
                messages = await wire.submit(action)
        except TimeoutError as error:
            raise AmiTimeoutError(action["action"], f"no answer within {self._timeout_s:g} s") from error
        finally:
            wire.forget(action)
        if not messages[0].success:
            raise AmiRefusedError(action["action"], messages[0].message or messages[0].response)
        return messages

    async def _connect(self) -> AmiConnected:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._timeout_s):
            _, wire = await loop.create_connection(lambda: AmiWire(self._events), self._host, self._port)
        self._wire = wire
        # With Events at least "system", Asterisk says FullyBooted at once, or as soon as it is.
        await self._ask(
            wire, PendingAction("Login", {"Username": self._username, "Secret": self._secret, "Events": "system"})
        )
        async with asyncio.timeout(self._timeout_s):
            await wire.booted.wait()
        await self._choose_events(wire)
        self.generation += 1
        self._failed = 0
        self._ready.set()
        log.info("ami_connected", host=self._host, port=self._port, generation=self.generation)
        return AmiConnected(self.generation)

    async def _choose_events(self, wire: AmiWire) -> None:
        for name in self._events:
            criteria = f"action(include),name({name})"
            begins = {}
            if name in self._only:
                header, begin = self._only[name]
                criteria += f",header({header}),method({'starts_with' if begin else 'regex'})"
                begins = {"Filter": begin or "."}
            try:
                await self._ask(
                    wire, PendingAction("Filter", {"Operation": "Add", "MatchCriteria": criteria, **begins})
                )
            except AmiRefusedError as error:
                # Slower, not wrong: what is not wanted is dropped here.
                log.warning("ami_filter_refused", why=error.reason, cure="give the AMI user write=system")
                break
        await self._ask(wire, PendingAction("Events", {"EventMask": "on" if self._events else "off"}))

    async def _next(self, wire: AmiWire) -> AmiItem:
        while True:
            if wire.inbox:
                return wire.inbox.popleft()
            if wire.why_lost is not None:
                return await self._lost(wire.why_lost)
            wire.news.clear()
            try:
                async with asyncio.timeout(self._keepalive_s):
                    await wire.news.wait()
            except TimeoutError:
                await self._ping(wire)

    async def _ping(self, wire: AmiWire) -> None:
        try:
            await self._ask(wire, PendingAction("Ping", {}))
        except AmiError as error:
            wire.fail(str(error))

    async def _lost(self, why: str) -> AmiDisconnected:
        await self._close()
        self._plan_next(Failure(why))
        return AmiDisconnected(self.generation, why)

    def _plan_next(self, failure: Failure) -> None:
        decision = after_failure(failure, self._failed, self._jitter(), self._pace)
        if isinstance(decision, GiveUp):
            raise AmiUnavailableError("", decision.why)
        if self._failed == 0:
            log.warning(
                "ami_unavailable", host=self._host, port=self._port, generation=self.generation, why=failure.what
            )
        self._failed += 1
        self._wait_s = decision.after_s

    async def _close(self) -> None:
        self._ready.clear()
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.end(self._timeout_s)


def _failure(error: OSError | AmiError, username: str) -> Failure:
    if isinstance(error, AmiRefusedError):
        return Failure(
            f"Asterisk refuses {username} on AMI: {error}",
            "Make user, secret and permit in manager.conf the ones of this instance, then reload manager",
        )
    if isinstance(error, AmiConnectionLostError):
        return Failure(str(error))
    return Failure(f"AMI does not answer: {error!r}")

"""One SIPp process under command: started, told what to do, heard, stopped and reaped.

SIPp facts (3.6.1): ``-log_file`` accepts ``/dev/fd/N``, so that log actions arrive through a pipe at once; ``-sf`` must
be the last option; ``-nostdin`` and a closed standard input keep it from eating the terminal's keys; the exit code is
0 all calls good, 1 a call failed, 99 no call, 254 a port was taken, 255 fatal. ``-bg`` forks and loses the pid: unused.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import tempfile
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

STOP_WITHIN_S = 2.0
"""A SIPp process that has not ended this long after being told is killed."""


class SimulationError(Exception):
    """A simulated party could not do what was asked. The message holds SIPp's own words and where its logs are."""


@dataclass(frozen=True, slots=True)
class Address:
    """An IPv4 address and port."""

    ip: str
    port: int = 5060

    def __str__(self) -> str:
        return f"{self.ip}:{self.port}"


@dataclass(frozen=True, slots=True)
class Event:
    """One stage that SIPp reported."""

    name: str
    call_id: str
    details: tuple[str, ...]
    at: float
    """The loop's clock, seconds."""


class EventLog:
    """What happened to one party, in order. Waiting wakes at the event itself; nothing is polled."""

    def __init__(self, error: Callable[[str], SimulationError]) -> None:
        self._error = error
        self.events: list[Event] = []
        self.closed = ""
        """Why no further events come, once none do."""
        self._waiters: list[asyncio.Future[None]] = []

    def add(self, event: Event) -> None:
        """Append an event and wake who waits."""
        self.events.append(event)
        self._wake()

    def close(self, why: str) -> None:
        """Note that no further event can come."""
        self.closed = self.closed or why
        self._wake()

    def first(self, *names: str, call_id: str = "", after: int = 0) -> Event | None:
        """Return the first event with one of these names, from position ``after`` on."""
        wanted = (e for e in self.events[after:] if e.name in names and (not call_id or e.call_id == call_id))
        return next(wanted, None)

    async def wait(self, *names: str, within_s: float, call_id: str = "", after: int = 0) -> Event:
        """Return the first such event. Raises :class:`SimulationError` after ``within_s`` or when none can come."""
        try:
            async with asyncio.timeout(within_s):
                while (event := self.first(*names, call_id=call_id, after=after)) is None:
                    if self.closed:
                        raise self._error(f"'{' or '.join(names)}' cannot come any more: {self.closed}")
                    await self.changed()
                return event
        except TimeoutError:
            raise self._error(f"'{' or '.join(names)}' did not happen within {within_s} s") from None

    async def changed(self) -> None:
        """Return at the next event."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def __str__(self) -> str:
        return "happened so far: " + (", ".join(" ".join((e.name, *e.details)) for e in self.events) or "nothing")


class _Lines(asyncio.Protocol):
    """Cuts what arrives into lines."""

    def __init__(self, on_line: Callable[[str], None], on_end: Callable[[], None]) -> None:
        self._on_line = on_line
        self._on_end = on_end
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._on_line(line.decode(errors="replace"))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._on_end()


class SippProcess:
    """One SIPp process that runs a scenario of :mod:`ntpd112.simulate.scenario`.

    Use it as a context manager: leaving it ends the process. Its folder with SIP messages and errors is removed when
    all was well and kept, and named in the error, when not.
    """

    def __init__(
        self,
        target: Address,
        local_ip: str,
        scenario: str,
        *,
        keys: dict[str, str],
        options: Sequence[str] = (),
        local_port: int = 0,
        transport: str = "udp",
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        self.target = target
        self.local = Address(local_ip, local_port or free_port(local_ip))
        self.events = EventLog(self.error)
        self.transport = transport
        self.keep_folder = False
        self.is_paused = False
        self._scenario = scenario
        self._keys = keys
        self._options = options
        self._on_event = on_event
        self._orders = 0
        self._process: Process | None = None
        self._order_socket: socket.socket | None = None
        self._pipe: asyncio.ReadTransport | None = None
        self.folder = Path()

    async def __aenter__(self) -> Self:
        program = shutil.which("sipp")
        if program is None:
            raise SimulationError("SIPp is missing: install the Debian/Ubuntu package sip-tester")
        self.folder = Path(tempfile.mkdtemp(prefix="sipp-"))
        (self.folder / "scenario.xml").write_text(self._scenario)
        loop = asyncio.get_running_loop()
        read_fd, write_fd = os.pipe()
        try:
            self._process = await asyncio.create_subprocess_exec(
                program,
                *self._arguments(write_fd),
                cwd=self.folder,
                stdin=DEVNULL,
                stdout=DEVNULL,
                stderr=DEVNULL,
                pass_fds=[write_fd],
                # A Ctrl-C at the terminal is for us; SIPp's calls are still to be ended in good order.
                process_group=0,
            )
        finally:
            os.close(write_fd)
        self._pipe, _ = await loop.connect_read_pipe(
            lambda: _Lines(self._told, self._silent), os.fdopen(read_fd, "rb", buffering=0)
        )
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """End the process if it has not ended, and reap it."""
        if self._order_socket is not None:
            self._order_socket.close()
            self._order_socket = None
        if self._process is None:
            return
        process, self._process = self._process, None
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_WITHIN_S)
        except TimeoutError:
            process.kill()
            await process.wait()
        if self._pipe is not None:
            self._pipe.close()
        if not self.keep_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    async def listening(self, within_s: float) -> None:
        """Return once SIPp has its port: an order that nobody hears is refused by the kernel, so it is repeated."""
        try:
            async with asyncio.timeout(within_s):
                while not self.events.first("ready"):
                    if self.events.closed:
                        raise self.error("SIPp did not start")
                    with suppress(ConnectionRefusedError):
                        self.order("REPORT", f"report-{self._orders}@{self.local.ip}")
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self.events.changed(), 0.01)
        except TimeoutError:
            raise self.error(f"SIPp did not listen within {within_s} s") from None

    async def finished(self, within_s: float) -> int:
        """Return SIPp's exit code once it has ended by itself."""
        if self._process is None:
            raise SimulationError("this SIPp process has been stopped")
        try:
            return await asyncio.wait_for(self._process.wait(), within_s)
        except TimeoutError:
            raise self.error(f"SIPp did not end within {within_s} s") from None

    def pause(self) -> None:
        """Freeze the process: its port swallows everything, as a phone that lost its network does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)
            self.is_paused = True

    def resume(self) -> None:
        """Undo :meth:`pause`; what arrived meanwhile is handled now."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self.is_paused = False

    def order(self, order: str, call_id: str, **headers: str) -> None:
        """Tell the scenario of one call to do something; ``headers`` are its parameters."""
        self._orders += 1
        lines = [
            f"ORDER-{order} sip:{self.local} SIP/2.0",
            f"Via: SIP/2.0/{self.transport.upper()} {self.local};branch=z9hG4bK-order-{self._orders}",
            "From: <sip:runner@localhost>;tag=runner",
            f"To: {headers.pop('to', '<sip:sipp@localhost>')}",
            f"Call-ID: {call_id}",
            f"CSeq: 0 ORDER-{order}",
            *(f"{name.replace('_', '-').title()}: {value}" for name, value in headers.items()),
            "Content-Length: 0",
        ]
        data = ("\r\n".join(lines) + "\r\n\r\n").encode()
        if self._order_socket is None:
            kind = socket.SOCK_DGRAM if self.transport == "udp" else socket.SOCK_STREAM
            self._order_socket = socket.socket(socket.AF_INET, kind)
            self._order_socket.connect((self.local.ip, self.local.port))
        self._order_socket.send(data)

    def error(self, what: str) -> SimulationError:
        """Return an error that says what SIPp said and where its logs are, which are then kept."""
        self.keep_folder = True
        log = self.folder / "errors.log"
        said = log.read_text(errors="replace").strip()[-2000:] if log.exists() else ""
        kept = f"its messages are in {self.folder}" if self.folder.name else "it was never started"
        return SimulationError(f"{what}; {self.events}; {kept}" + (f"; SIPp said: {said}" if said else ""))

    def _arguments(self, log_fd: int) -> list[str]:
        keys = [word for name, value in self._keys.items() for word in ("-key", name, value)]
        mode = "u1" if self.transport == "udp" else "t1"
        return [
            str(self.target),
            *("-i", self.local.ip, "-p", str(self.local.port), "-t", mode, "-nostdin", "-timer_resol", "1"),
            *("-trace_logs", "-log_file", f"/dev/fd/{log_fd}", "-trace_err", "-error_file", "errors.log"),
            *("-trace_msg", "-message_file", "messages.log", "-deadcall_wait", "5000"),
            *("-default_behaviors", "all,-abortunexp"),
            *keys,
            *self._options,
            *("-sf", "scenario.xml"),
        ]

    def _told(self, line: str) -> None:
        name, call_id, *details = [*line.split("\t"), ""]
        event = Event(name, call_id, tuple(d for d in details[:-1]), asyncio.get_running_loop().time())
        self.events.add(event)
        if self._on_event is not None:
            self._on_event(event)

    def _silent(self) -> None:
        self.events.close("the SIPp process has ended")


def free_port(ip: str, kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    """Return a UDP (or TCP) port of ``ip`` that is free now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((ip, 0))
        port: int = probe.getsockname()[1]
    return port

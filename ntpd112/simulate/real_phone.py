"""A real softphone, baresip, as an operator's phone: it registers, answers by itself, speaks a tone and records.

SIPp proves what this project believes about SIP; a phone that others wrote proves that the belief is right. baresip
1.0 needs no sound card: ``aufile`` is its microphone, ``aubridge`` its loudspeaker, ``sndfile`` writes both directions
to wav files, and ``ctrl_tcp`` takes commands and tells events as netstrings of JSON.
Its name resolver opens two UDP ports on all addresses; everything else stays on ``local_ip``.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import tempfile
from array import array
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from ntpd112.simulate.citizen import PATIENCE_S
from ntpd112.simulate.sipp import STOP_WITHIN_S, Address, Event, EventLog, SimulationError, free_port
from ntpd112.simulate.tone import read_wav, tone, write_wav

_MODULES = Path("/usr/lib/baresip/modules")
_CONNECT_AGAIN_S = 0.02


class RealPhone:
    """baresip as the phone of ``extension``, from entering until leaving the context.

    ``tone_hz`` is what its microphone hears. Events carry baresip's names: ``CALL_INCOMING``, ``CALL_ESTABLISHED``,
    ``CALL_CLOSED``, ``REGISTER_OK`` ...
    """

    def __init__(
        self,
        target: Address,
        local_ip: str,
        extension: str,
        password: str,
        *,
        tone_hz: float = 620.0,
        answers: bool = True,
        codec: str = "PCMA",
        rtp_timeout_s: int = 0,
        registers: bool = True,
        encryption: str = "",
    ) -> None:
        """``rtp_timeout_s``: it hangs up by itself when no audio has come for so long; 0: never.

        ``registers``: False for a gateway, which is known by its address. ``encryption``: baresip's ``mediaenc``.
        """
        self.events = EventLog(self._error)
        self.folder = Path()
        self._target = target
        self._local_ip = local_ip
        self._extension = extension
        self._password = password
        self._tone_hz = tone_hz
        self._answers = answers
        self._codec = codec
        self._rtp_timeout_s = rtp_timeout_s
        self._registers = registers
        self._encryption = encryption
        self._process: Process | None = None
        self._control: asyncio.Transport | None = None

    async def __aenter__(self) -> Self:
        program = shutil.which("baresip")
        if program is None:
            raise SimulationError("baresip is missing: install the Debian/Ubuntu package baresip-core")
        self.folder = Path(tempfile.mkdtemp(prefix="baresip-"))
        port = free_port(self._local_ip, socket.SOCK_STREAM)
        self._write_configuration(port)
        with (self.folder / "baresip.log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                program, "-4", "-f", str(self.folder), stdin=DEVNULL, stdout=log, stderr=STDOUT
            )
        try:
            await self._connect(port)
            self.command("uanew", self._account())
            if not self._registers:
                return self
            event = await self.events.wait("REGISTER_OK", "REGISTER_FAIL", within_s=PATIENCE_S)
            if event.name != "REGISTER_OK":
                cure = "compare its extension and password with the city file and secrets.json"
                raise self._error(f"{self._extension} could not register: {cure}")
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stop()
        if exc[0] is None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def command(self, command: str, parameters: str = "") -> None:
        """Give baresip a command of its menu, such as ``hangup``."""
        if self._control is None:
            raise RuntimeError("the phone is not switched on: use 'async with'")
        text = json.dumps({"command": command, "params": parameters})
        self._control.write(f"{len(text)}:{text},".encode())

    def dial(self, number: str) -> None:
        """Call a number."""
        self.command("dial", f"sip:{number.replace('#', '%23')}@{self._target}")

    def accept(self) -> None:
        """Answer the call that rings."""
        self.command("accept")

    def hang_up(self) -> None:
        """End the call, or decline the one that rings."""
        self.command("hangup")

    def press(self, digits: str) -> None:
        """Press keys during the call (RFC 4733)."""
        for digit in digits:
            self.command("sndcode", digit)

    def hold(self) -> None:
        """Put the call on hold by re-INVITE."""
        self.command("hold")

    def resume(self) -> None:
        """Take the call back."""
        self.command("resume")

    def transfer(self, number: str) -> None:
        """Transfer the call blindly with REFER."""
        self.command("transfer", f"sip:{number}@{self._target}")

    async def established(self, within_s: float = PATIENCE_S, *, after: int = 0) -> Event:
        """Return once a call is up."""
        return await self.events.wait("CALL_ESTABLISHED", within_s=within_s, after=after)

    async def closed(self, within_s: float = 60.0, *, after: int = 0) -> Event:
        """Return once a call is over; its sound is written by then."""
        return await self.events.wait("CALL_CLOSED", within_s=within_s, after=after)

    def heard(self, call: int = 0) -> array[int]:
        """Return what this phone heard in its first (second ...) call, which must be over."""
        files = sorted((self.folder / "sound").glob("*-dec.wav"))
        if call >= len(files):
            raise self._error(f"no sound of call {call + 1}")
        return read_wav(files[call])

    def _write_configuration(self, port: int) -> None:
        (self.folder / "sound").mkdir()
        (self.folder / "contacts").touch()
        write_wav(self.folder / "microphone.wav", tone([self._tone_hz], 1.0) * 60)
        lines = [
            f"sip_listen {self._local_ip}:{free_port(self._local_ip)}",
            f"net_interface {self._local_ip}",
            f"audio_source aufile,{self.folder / 'microphone.wav'}",
            "audio_player aubridge,ear",
            "audio_alert aubridge,bell",
            f"snd_path {self.folder / 'sound'}",
            f"module_path {_MODULES}",
            *(
                f"module {name}.so"
                for name in (
                    "g711",
                    "g722",
                    "g726",
                    "gsm",
                    "amr",
                    "codec2",
                    "l16",
                    "opus",
                    "srtp",
                    "aufile",
                    "aubridge",
                    "sndfile",
                )
            ),
            "module_tmp uuid.so",
            "module_tmp account.so",
            "module_app menu.so",
            "module_app ctrl_tcp.so",
            f"ctrl_tcp_listen {self._local_ip}:{port}",
            "call_max_calls 2",
            f"rtp_timeout {self._rtp_timeout_s}",
        ]
        (self.folder / "config").write_text("\n".join(lines) + "\n")
        # None yet: it would register before anybody listens to its events.
        (self.folder / "accounts").touch()

    def _account(self) -> str:
        mode = "auto" if self._answers else "manual"
        account = f"<sip:{self._extension}@{self._target}>;auth_user={self._extension};auth_pass={self._password}"
        encryption = f";mediaenc={self._encryption}" if self._encryption else ""
        interval = 60 if self._registers else 0
        return f"{account};answermode={mode};regint={interval};audio_codecs={self._codec}{encryption}"

    async def _connect(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(PATIENCE_S):
                while self._control is None:
                    if self._process is not None and self._process.returncode is not None:
                        raise self._error(f"baresip ended with code {self._process.returncode}")
                    with suppress(ConnectionRefusedError):
                        transport, _ = await loop.create_connection(
                            lambda: _Netstrings(self._told), self._local_ip, port
                        )
                        self._control = transport
                        return
                    await asyncio.sleep(_CONNECT_AGAIN_S)
        except TimeoutError:
            raise self._error(f"baresip was not ready within {PATIENCE_S} s") from None

    async def _stop(self) -> None:
        if self._control is not None:
            self.command("quit")
        process, self._process = self._process, None
        if process is not None:
            try:
                await asyncio.wait_for(process.wait(), STOP_WITHIN_S if self._control else 0)
            except TimeoutError:
                process.kill()
                await process.wait()
        if self._control is not None:
            self._control.close()
            self._control = None
            await asyncio.sleep(0)

    def _told(self, message: dict[str, Any]) -> None:
        if message.get("event"):
            details = (str(message.get("param", "")), str(message.get("peeruri", "")))
            call_id, now = str(message.get("id", "")), asyncio.get_running_loop().time()
            self.events.add(Event(str(message["type"]), call_id, details, now))

    def _error(self, what: str) -> SimulationError:
        log = self.folder / "baresip.log"
        said = log.read_text(errors="replace")[-1500:] if log.exists() else ""
        return SimulationError(f"{what}; {self.events}; its files are in {self.folder}; baresip said: {said}")


class _Netstrings(asyncio.Protocol):
    """``213:{...},`` one after the other."""

    def __init__(self, on_message: Callable[[dict[str, Any]], None]) -> None:
        self._on_message = on_message
        self._data = b""

    def data_received(self, data: bytes) -> None:
        self._data += data
        while b":" in self._data:
            length, _, rest = self._data.partition(b":")
            end = int(length)
            if len(rest) <= end:
                return
            self._data = rest[end + 1 :]
            self._on_message(json.loads(rest[:end]))

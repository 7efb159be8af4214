"""Linphone as an operator's phone: it registers, answers by itself, and does what its own console is told."""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import PIPE, STDOUT, Process
from pathlib import Path
from typing import Self

from ntpd112.simulate import Address
from ntpd112.simulate.sipp import free_port

_ENDS_WITHIN_S = 10.0


class Linphone:
    """``linphonec`` (Debian's linphone-cli), from entering until leaving the context. ``folder`` is its home."""

    def __init__(self, centre: Address, extension: str, password: str, folder: Path) -> None:
        self._centre = centre
        self._extension = extension
        self._password = password
        self._folder = folder
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self.lines: list[str] = []
        """What it said."""

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._write)
        self._process = await asyncio.create_subprocess_exec(
            *("linphonec", "-a", "-c", str(self._folder / "linphonerc")),
            env={**os.environ, "HOME": str(self._folder)},
            stdin=PIPE,
            stdout=PIPE,
            stderr=STDOUT,
        )
        self._reader = asyncio.create_task(self._read(self._process))
        self.command("soundcard use files")
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._process is not None
        assert self._reader is not None
        if self._process.returncode is None:
            self.command("quit")
            try:
                await asyncio.wait_for(self._process.wait(), _ENDS_WITHIN_S)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        await self._reader

    def command(self, line: str) -> None:
        """Type a line into its console, such as ``pause`` or ``transfer sip:...``."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())

    async def says(self, words: str, within_s: float = 60.0) -> None:
        """Return once it has said so."""
        async with asyncio.timeout(within_s):
            while not any(words in line for line in self.lines):  # noqa: ASYNC110  the reader tells nobody
                await asyncio.sleep(0.05)

    async def _read(self, process: Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            self.lines.append(line.decode(errors="replace").rstrip())

    def _write(self) -> None:
        (self._folder / ".local" / "share" / "linphone").mkdir(parents=True)
        ip = self._centre.ip
        (self._folder / "linphonerc").write_text(
            f"""[sip]
sip_port={free_port(ip)}
sip_tcp_port=0
sip_tls_port=0
default_proxy=0
guess_hostname=0

[proxy_0]
reg_proxy=<sip:{self._centre};transport=udp>
reg_identity=sip:{self._extension}@{ip}
reg_expires=300
reg_sendregister=1
publish=0

[auth_info_0]
username={self._extension}
passwd={self._password}
realm=ntpd112
domain={ip}
""",
            encoding="utf-8",
        )

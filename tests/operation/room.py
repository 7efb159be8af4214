"""A whole room as a newcomer starts it: `ntpd112 up` as a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from ipaddress import ip_address
from pathlib import Path

from typer.testing import CliRunner, Result

from ntpd112.cli.commands import build
from ntpd112.host.asterisk_process import running_pid
from ntpd112.host.layout import Layout
from ntpd112.host.secrets import load_secrets
from ntpd112.settings import Settings

WITHIN_S = 60.0


class Room:
    """`ntpd112` in an instance folder and on an address of its own."""

    def __init__(self, folder: Path, network: str) -> None:
        self.folder = folder
        self.network = network
        self.output = folder.parent / "up.out"
        self.more: dict[str, str] = {}
        """Further settings, as environment variables."""
        self.prefix: list[str] = []
        """The command that runs `up`, should there be one around it."""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        own = {key: value for key, value in os.environ.items() if not key.startswith("NTPD112_")}
        address = f"{self.network}.1"
        return own | {
            "NTPD112_STATE_DIR": str(self.folder),
            "NTPD112_SIP_ADDRESS": address,
            "NTPD112_MANAGE_ADDRESS": address,
            "NTPD112_CONSOLE_ADDRESS": address,
            **self.more,
        }

    def command(self, *arguments: str, within_s: float = WITHIN_S, **more: str) -> subprocess.CompletedProcess[str]:
        """Run one command and return how it ended."""
        return subprocess.run(
            [sys.executable, "-m", "ntpd112", *arguments],
            env=self.environment | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=within_s,
            check=False,
        )

    def ask(self, *arguments: str, **more: str) -> Result:
        """Run one command in this process: faster, and just as real where only its words matter."""
        others = dict.fromkeys((key for key in os.environ if key.startswith("NTPD112_")), None)
        return CliRunner().invoke(build(arguments), arguments, env=others | self.environment | more)

    def up(self) -> None:
        """Start the room and return once it has said that it is open."""
        self.start()
        self.said("is open")

    def start(self) -> None:
        """Start the room."""
        with self.output.open("wb") as output:
            self._process = subprocess.Popen(
                [*self.prefix, sys.executable, "-m", "ntpd112", "up", "--drain", "2"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def said(self, what: str, times: int = 1) -> str:
        """Return all that `up` has said, once it has said this."""
        deadline = time.monotonic() + WITHIN_S
        while (text := self.output.read_text(errors="replace")).count(what) < times:
            ended = self.process.poll() is not None
            assert not ended, f"it ended without saying {what!r}:\n{text}"
            assert time.monotonic() < deadline, f"it did not say {what!r}:\n{text}"
            time.sleep(0.05)
        return text

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> int:
        """Press Ctrl-C, and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(WITHIN_S)

    def pids(self) -> list[int]:
        """Return the processes that have anything to do with this instance's folder."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            except OSError:
                continue
            if str(self.folder).encode() in words and int(process.name) != os.getpid():
                found.append(int(process.name))
        return found

    @property
    def settings(self) -> Settings:
        """Return the settings as its processes have them."""
        address = ip_address(f"{self.network}.1")
        own = Settings(state_dir=self.folder, sip_address=address, manage_address=address, console_address=address)
        return own.model_copy(update={"database_url": self.more.get("NTPD112_DATABASE_URL", own.database_url)})

    def password(self, operator: str) -> str:
        """Return an operator's password."""
        return load_secrets(self.folder).sip_passwords[operator]

    def controller(self) -> int:
        """Return the controller's pid, as `status` tells it."""
        found = re.search(r"pid=(\d+)", self.ask("status").stdout)
        return int(found[1]) if found else 0

    def asterisk(self) -> int:
        """Return Asterisk's pid."""
        pid = running_pid(Layout.of(self.settings))
        assert pid, "Asterisk does not run"
        return pid

    def made(self, kind: str) -> list[Path]:
        """Return the files that set-up made: ``sounds`` or ``music``."""
        return [file for file in (self.folder / kind).rglob("*") if file.is_file()]

    def clear_up(self) -> None:
        """Leave nothing behind, whatever a test did."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for pid in self.pids():
            os.kill(pid, signal.SIGKILL)

"""Units started as systemd would: their commands, environment, order, notifications and signals; no sandbox."""

from __future__ import annotations

import os
import re
import select
import shlex
import signal
import socket
import subprocess
import time
from pathlib import Path
from string import Template

WITHIN_S = 60.0


class Unit:
    """One service of a folder of rendered units. ``instance``: of a template."""

    def __init__(self, directory: Path, name: str, instance: str = "") -> None:
        self.file = directory / f"{name}{'@' if instance else ''}.service"
        lines = re.findall(r"^(\w+)=(.*)$", self.file.read_text(encoding="utf-8"), re.MULTILINE)
        self.setting = dict(lines)
        """The last value of every key."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = directory / f"{name}{instance}.sock"
        path.unlink(missing_ok=True)
        self._socket.bind(str(path))
        self._environment = {
            "PATH": os.environ["PATH"],
            "NOTIFY_SOCKET": str(path),
            "WATCHDOG_USEC": str(int(float(self.setting["WatchdogSec"].removesuffix("s")) * 1e6)),
            **dict(
                shlex.split(line)[0].split("=", 1)
                for line in Path(self.setting["EnvironmentFile"]).read_text(encoding="utf-8").splitlines()
            ),
        }
        self.process: subprocess.Popen[bytes]

    def start(self) -> None:
        """Start it, and return once it has said that it is ready."""
        self.said()  # what the one before it has said
        command = [Template(word).substitute(self._environment) for word in shlex.split(self.setting["ExecStart"])]
        self.process = subprocess.Popen(
            command, env=self._environment, stdin=subprocess.DEVNULL, start_new_session=True, cwd="/"
        )
        self.hear("READY=1")

    def hear(self, wanted: str) -> None:
        """Wait until it says something."""
        deadline = time.monotonic() + WITHIN_S
        while wanted not in self._next(1.0).splitlines():
            assert time.monotonic() < deadline, f"{self.file.name} did not say {wanted}"
            assert self.process.poll() is None, f"{self.file.name} ended with {self.process.returncode}"

    def said(self) -> list[str]:
        """Return what it has said and nobody has heard, without waiting."""
        return list(iter(lambda: self._next(0.0), ""))

    def end(self, key: str = "KillSignal") -> int:
        """Stop it by the signal of a stop (or, ``RestartKillSignal``, of a restart) and return how it ended."""
        self.process.send_signal(signal.Signals[self.setting.get(key, "SIGTERM")])
        return self.process.wait(WITHIN_S)

    def clear_up(self) -> None:
        """Leave nothing behind."""
        self._socket.close()

    def _next(self, within_s: float) -> str:
        readable, _, _ = select.select([self._socket], [], [], within_s)
        return self._socket.recv(4096).decode() if readable else ""

"""A machine within this machine, with a real systemd as its process 1: root, cgroup v2 and namespaces are needed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import ntpd112
from ntpd112.settings import Settings

PROJECT = Path(ntpd112.__file__).parents[1]
WITHIN_S = 60.0
USER = "ntpd112"
FOLDER = Path("/srv/ntpd112")
"""The instance's folder, as the machine sees it."""


class Machine:
    """Started by ``with``; its network is this machine's."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = {"NTPD112_STATE_DIR": str(FOLDER), "NTPD112_CACHE_DIR": str(Settings().cache_dir.absolute())}
        self.environment |= environment

    def __enter__(self) -> Self:
        self._scratch = Path(tempfile.mkdtemp(prefix="ntpd112-machine-", dir="/var/tmp"))
        self._group = _cgroups() / self._scratch.name
        self._group.mkdir()
        readable = (PROJECT, sys.base_prefix, self.environment["NTPD112_CACHE_DIR"])
        boot = ["sh", str(Path(__file__).with_name("boot.sh")), *map(str, readable)]
        enter = 'echo $$ >"$0/cgroup.procs" && exec unshare --mount --pid --fork --kill-child --cgroup --uts --ipc "$@"'
        self.said = (self._scratch / "systemd.log").open("wb")
        self._process = subprocess.Popen(
            ["sh", "-c", enter, str(self._group), *boot], stdout=self.said, stderr=subprocess.STDOUT
        )
        deadline = time.monotonic() + WITHIN_S
        while not self._pid() or self.run("systemctl", "is-active", "multi-user.target", check=False) != "active":
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.1)
        return self

    def __exit__(self, *error: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid(), signal.SIGKILL)
        self._process.wait()
        self.said.close()
        deadline = time.monotonic() + WITHIN_S
        while "populated 1" in (self._group / "cgroup.events").read_text() and time.monotonic() < deadline:
            time.sleep(0.1)
        for folder, _, _ in os.walk(self._group, topdown=False):
            Path(folder).rmdir()
        shutil.rmtree(self._scratch)

    @property
    def folder(self) -> Path:
        """The instance's folder, as we see it."""
        return self.seen(FOLDER)

    def seen(self, path: Path) -> Path:
        """Return a path of the machine as we see it."""
        return Path(f"/proc/{self._pid()}/root") / path.relative_to("/")

    def run(self, *command: str, user: str = "root", check: bool = True, within_s: float = WITHIN_S) -> str:
        """Run a command in the machine and return what it says."""
        become = [] if user == "root" else ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        enter = ["nsenter", f"--target={self._pid()}", "--mount", "--pid", "--cgroup", "--uts", "--ipc", "--wd=/"]
        own = {key: value for key, value in os.environ.items() if not key.startswith(("NTPD112_", "XDG_"))}
        done = subprocess.run(
            [*enter, *become, *command],
            env=own | self.environment | ({} if user == "root" else {"HOME": str(FOLDER)}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=within_s,
            check=False,
        )
        assert done.returncode == 0 or not check, f"{command}: {done.stdout}\n{self.log()}"
        return done.stdout.strip()

    def ntpd112(self, *command: str, user: str = USER, check: bool = True) -> str:
        """Run one of our commands in the machine."""
        return self.run(str(Path(sys.executable).with_name("ntpd112")), *command, user=user, check=check)

    def show(self, unit: str, what: str) -> str:
        """Return a property of a unit."""
        return self.run("systemctl", "show", "--value", f"--property={what}", unit)

    def log(self) -> str:
        """Return what systemd and the units have said."""
        texts = [(self._scratch / "systemd.log").read_text(errors="replace")]
        with contextlib.suppress(OSError):
            texts += [f"{path.name}: {path.read_text()}" for path in self.seen(Path("/srv/log")).iterdir()]
        return "\n".join(texts)

    def _pid(self) -> int:
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        return int(children[0]) if children else 0


def _cgroups() -> Path:
    """Return where cgroup v2 is to be seen."""
    for line in Path("/proc/mounts").read_text().splitlines():
        _, where, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(where)
    raise AssertionError("this machine has no cgroup v2")

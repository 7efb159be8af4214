"""The running Asterisk of one instance: start, adopt, watch, command, stop.

Asterisk outlives whoever started it: callers hang on it. It runs in a session of its own, writes to files rather than
to a pipe of ours, and a later start of ours adopts it by its pid file. Only :meth:`AsteriskProcess.stop` ends it
(and, where asked for, the death of its parent: tests).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import time
from pathlib import Path

from ntpd112.host.asterisk_root import AsteriskInstall
from ntpd112.host.errors import AsteriskError, BootError
from ntpd112.host.layout import Layout
from ntpd112.host.ports import check_ports
from ntpd112.host.sandbox import sandboxed, write_private_etc
from ntpd112.settings import Settings

POLL_S = 0.03
KILL_WAIT_S = 5.0
_BOOTED = "fully booted"
_DESCRIPTORS = 65_536
"""A call takes about ten."""


class AsteriskProcess:
    """Asterisk of one instance, running after :meth:`start` or :meth:`adopt`."""

    def __init__(
        self,
        settings: Settings,
        install: AsteriskInstall,
        *,
        boot_timeout_s: float = 30.0,
        command_timeout_s: float = 10.0,
    ) -> None:
        self._settings = settings
        self._install = install
        self._boot_timeout_s = boot_timeout_s
        self._command_timeout_s = command_timeout_s
        self.layout = Layout.of(settings)
        self.adopted = False
        """Whether it ran already when we came."""
        self._pid = 0
        self._spawned = 0

    @property
    def pid(self) -> int:
        """Asterisk's own process id, 0 before it runs."""
        return self._pid

    def command(self, *arguments: str, die_with_parent: bool = False) -> list[str]:
        """Return the command line that runs this instance's Asterisk program with these arguments."""
        line = [self._install.program, "-C", str(self.layout.etc / "asterisk.conf"), *arguments]
        if self._install.root is None:
            return line
        folders = [self.layout.state]
        if not self.layout.run.is_relative_to(self.layout.state):
            folders.append(self.layout.run)
        return sandboxed(
            self._install.root,
            line,
            etc=self.layout.private_etc,
            writable=folders,
            die_with_parent=die_with_parent,
        )

    async def start(self, *, die_with_parent: bool = False) -> None:
        """Start Asterisk, or adopt the one that runs already, and wait until it has fully booted.

        Raises:
            BootError: it ended at once, or did not boot in time; the text has its own last words.
        AsteriskError: it cannot have its ports, and was not started.
        OSError: the disk refuses what it needs.
        """
        if await self.adopt():
            return
        await asyncio.to_thread(self._prepare)
        self._spawned = _spawn(self.command("-f", die_with_parent=die_with_parent), self.layout.output)
        deadline = time.monotonic() + self._boot_timeout_s
        try:
            await self._booted(deadline)
        except BaseException:
            await self._kill()
            raise

    async def adopt(self) -> bool:
        """Take over the Asterisk that already runs for this instance; tell whether there is one.

        Raises:
            AsteriskError: there is one, but it does not answer.
        """
        pid = running_pid(self.layout)
        if not pid:
            return False
        self._pid, self.adopted = pid, True
        await self.rx("core waitfullybooted")
        return True

    async def rx(self, command: str) -> str:
        """Run one command of Asterisk's console and return its answer.

        Raises:
            AsteriskError: Asterisk cannot be reached or does not answer in time.
        """
        process = await asyncio.create_subprocess_exec(
            # With us, lest a console that got no answer keeps our pipe open.
            *self.command("-rx", command, die_with_parent=True),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(self._command_timeout_s):
                output, _ = await process.communicate()
        except TimeoutError as error:
            raise AsteriskError(
                f"Asterisk did not answer `{command}` within {self._command_timeout_s:g} s; "
                f"see {self.layout.messages}, and `ntpd112 stop --force` when it hangs"
            ) from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        text = output.decode(errors="replace")
        if process.returncode:
            raise AsteriskError(f"Asterisk refused `{command}`: {text.strip() or 'it does not run'}")
        return text

    async def reload(self, *modules: str) -> None:
        """Let Asterisk read its changed configuration; calls in progress are not touched."""
        for module in modules:
            await self.rx(reload_command(module))

    async def wait(self) -> None:
        """Return when Asterisk has ended, for whatever reason."""
        await _wait_for_end(self._pid)
        self._reap()

    async def stop(self, timeout_s: float = 10.0) -> None:
        """End Asterisk and every call in it; by force when it does not end in time."""
        if not self._pid:
            return
        with contextlib.suppress(AsteriskError):
            await self.rx("core stop now")
        try:
            async with asyncio.timeout(timeout_s):
                await self.wait()
        except TimeoutError:
            await self._kill()
        self._pid = 0
        self._tidy()

    def _tidy(self) -> None:
        """Leave nothing behind in a folder that others use as well."""
        run = self.layout.run
        if not run.is_relative_to(self.layout.state):
            for name in (self.layout.socket, self.layout.pid_file):
                name.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                run.rmdir()

    def _prepare(self) -> None:
        self.layout.create()
        for stale in (self.layout.socket, self.layout.pid_file):
            stale.unlink(missing_ok=True)
        write_private_etc(self.layout.private_etc, str(self._settings.sip_address))
        check_ports(self._settings)

    async def _booted(self, deadline: float) -> None:
        while not self.layout.socket.exists() or not (pid := running_pid(self.layout)):
            self._check_alive(deadline)
            await asyncio.sleep(POLL_S)
        self._pid = pid
        while True:
            # One that ends while it loads its modules leaves us an empty answer, and no error.
            with contextlib.suppress(AsteriskError):
                if _BOOTED in await self.rx("core waitfullybooted"):
                    return
            self._check_alive(deadline)
            await asyncio.sleep(POLL_S)

    def _check_alive(self, deadline: float) -> None:
        if self._reap():
            raise BootError(f"Asterisk ended while it started:\n{last_words(self.layout)}")
        if time.monotonic() > deadline:
            raise BootError(f"Asterisk did not boot within {self._boot_timeout_s:g} s:\n{last_words(self.layout)}")

    def _reap(self) -> bool:
        """Collect the process we started; tell whether it has ended."""
        if not self._spawned:
            return not self._pid
        try:
            done, _ = os.waitpid(self._spawned, os.WNOHANG)
        except ChildProcessError:
            done = self._spawned
        if done:
            self._spawned = 0
        return bool(done)

    async def _kill(self) -> None:
        for pid in {self._pid, self._spawned} - {0}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(KILL_WAIT_S):
            for pid in (self._pid, self._spawned):
                await _wait_for_end(pid)
        self._reap()
        self._pid = 0


def reload_command(module: str) -> str:
    """Return the line of Asterisk's console that makes it read a module's configuration again."""
    return "logger reload" if module == "logger" else f"module reload {module}"


def running_pid(layout: Layout) -> int:
    """Return the pid of this instance's Asterisk; 0 when none runs, or a foreign process has its old pid."""
    try:
        pid = int(layout.pid_file.read_text(encoding="ascii"))
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (OSError, ValueError, IndexError):
        return 0
    ours = str(layout.etc / "asterisk.conf").encode() in words and b"-f" in words
    return pid if ours and state != "Z" else 0


def last_words(layout: Layout, lines: int = 15) -> str:
    """Return the end of what Asterisk wrote."""
    words: list[str] = []
    for path in (layout.output, layout.messages):
        with contextlib.suppress(OSError):
            words += path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
    return "\n".join(words) or f"(it wrote nothing to {layout.log})"


def _spawn(command: list[str], output: Path) -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, enough), hard))  # inherited; a shell allows 1024
    try:
        return _spawn_with(command, output)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _spawn_with(command: list[str], output: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    try:
        return os.posix_spawnp(
            command[0],
            command,
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(output), flags, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
            setsigmask=[],
        )
    except OSError as error:
        raise BootError(f"cannot start {command[0]}: {error.strerror}; install it, or its rights are wrong") from error


async def _wait_for_end(pid: int) -> None:
    """Wait until a process has ended, whoever its parent is."""
    try:
        descriptor = os.pidfd_open(pid) if pid else -1
    except ProcessLookupError:
        return
    if descriptor < 0:
        return
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()
    try:
        loop.add_reader(descriptor, _settle, ended)
        await ended
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)

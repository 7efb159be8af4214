"""A private PostgreSQL server for tests: its own data folder, one loopback port, stopped by its process id."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_FOLDERS = (*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), Path("/usr/local/bin"), Path("/usr/bin"))
_START_LIMIT_S = 60.0
_STOP_LIMIT_S = 30.0


class PostgresServer:
    """One server. :meth:`stop` and :meth:`start` may be called again and again; the data stay.

    PostgreSQL refuses to run as root; then it runs as ``postgres``, or ``nobody``. Should this process be killed, the
    kernel tells the server to stop; strictly, when the *thread* ends that called :meth:`start`, so call it from the
    main one.
    """

    def __init__(self, parent: Path | None = None) -> None:
        """``parent``: folder, open to everybody, to make its own in; else that of temporary files."""
        self._folder = Path(tempfile.mkdtemp(prefix="ntpd112-pg-", dir=parent))
        self._user = _unprivileged()
        if self._user is not None:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        self._log = self._folder / "log"
        options = ["--username=ntpd112", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        made = subprocess.run(
            [*self._as_user(), _binary("initdb"), "-D", self._data, *options],
            capture_output=True,
            text=True,
            check=False,
            cwd=self._folder,
        )
        if made.returncode != 0:
            shutil.rmtree(self._folder)
            raise RuntimeError(f"initdb failed: {made.stderr}")

    def url(self, database: str = "postgres") -> str:
        """Address of one of its databases."""
        return f"postgresql://ntpd112@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it and wait until it answers. Raises RuntimeError with the end of its log."""
        # fsync=off: a killed server keeps everything all the same; only a machine that loses power would not.
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self._folder,
            "fsync": "off",
            "shared_buffers": "16MB",
            "max_connections": 40,
        }
        given = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._as_user(), _binary("postgres"), "-D", self._data, *given],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=self._folder,
            )
        deadline = time.monotonic() + _START_LIMIT_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"PostgreSQL did not start: {self._log.read_text()[-2000:]}")
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Stop it: SIGQUIT at once, as in a crash; SIGINT in order."""
        if self._process is not None:
            if self._process.poll() is None:
                self._process.send_signal(how)
            self._process.wait(_STOP_LIMIT_S)
            self._process = None

    def remove(self) -> None:
        """Stop it and delete everything it had."""
        try:
            self.stop()
        finally:
            shutil.rmtree(self._folder)

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def _answers(self) -> bool:
        asked = [_binary("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(asked, check=False).returncode == 0

    def _as_user(self) -> list[str]:
        user = self._user
        drop = [] if user is None else ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
        return ["setpriv", *drop, "--pdeathsig", "QUIT", "--"]


@contextlib.contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A running server, gone without a trace afterwards."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


def _binary(name: str) -> str:
    for folder in _FOLDERS:
        if (folder / name).exists():
            return str(folder / name)
    raise RuntimeError(f"{name} is missing. The tests start a PostgreSQL of their own: apt-get install postgresql")


def _unprivileged() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

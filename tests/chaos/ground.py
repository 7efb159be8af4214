"""What the room of the drills stands on, made to be broken: database, disks, names, time."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.city import drill_city
from tests.operation.room import Room
from tests.postgres import PostgresServer
from tests.store.small_disk import SmallDisk, small_disk

_PRELOAD = "faketime/libfaketime.so.1"
_NAMES = Path("/etc/resolv.conf")


@dataclass
class Ground:
    """One room and what it stands on."""

    room: Room
    database: PostgresServer
    database_disk: SmallDisk
    recordings_disk: SmallDisk
    names: NameService
    clock: SteppedClock


class SteppedClock:
    """The clock of the room's controllers, by libfaketime: never the machine's.

    Of nobody else's, as that library (0.9.10) breaks `time.sleep`: Python starts a controller once more, with it.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.step(0)
        (library,) = Path("/usr/lib").glob(f"*/{_PRELOAD}")
        settings = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_CACHE_DURATION": "1",
        }
        (folder / "sitecustomize.py").write_text(
            "import os, sys\n"
            'if "--standby" in sys.orig_argv and "LD_PRELOAD" not in os.environ:\n'
            f"    os.execve(sys.executable, sys.orig_argv, os.environ | {settings!r})\n"
        )
        self.environment = {"PYTHONPATH": str(folder)}

    def step(self, seconds: int) -> None:
        """Let it be so far from the machine's clock."""
        self._file.write_text(f"{seconds:+d}")


class NameService:
    """The file that says where names are asked for, of the machine as the room sees it and of Asterisk's own root."""

    def __init__(self, folder: Path, room: Room) -> None:
        self._room = room
        self._file = folder / "resolv.conf"
        self._alive = _NAMES.read_text()
        self._file.write_text(self._alive)
        self._silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._silent.bind((f"{room.network}.53", 53))
        room.prefix = ["unshare", "--mount", "sh", "-c", f'mount --bind {self._file} {_NAMES} && exec "$@"', "sh"]

    def close(self) -> None:
        """Give the port back."""
        self._silent.close()

    def die(self) -> None:
        """Let every question go to somebody who takes it and never answers."""
        silent = f"nameserver {self._room.network}.53\n"
        self._file.write_text(silent)
        for file in self._room.folder.glob("asterisk/**/resolv.conf"):
            file.write_text(silent)

    def revive(self) -> None:
        """Undo :meth:`die`."""
        self._file.write_text(self._alive)
        for file in self._room.folder.glob("asterisk/**/resolv.conf"):
            file.write_text("")


@contextmanager
def open_ground(folder: Path, network: str) -> Iterator[Ground]:
    """Run a room in the city of the drills, as `make run` does, on ground that can be broken. Needs root."""
    if os.geteuid() != 0:
        raise PermissionError("the drills mount small disks and take a resolver's port: run them as root")
    with ExitStack() as stack:
        room = Room(folder / "state", network)
        room.folder.mkdir(parents=True)
        (room.folder / "city.yaml").write_text(drill_city(network), encoding="utf-8")
        place = Path(tempfile.mkdtemp(prefix="ntpd112-ground-"))
        stack.callback(shutil.rmtree, place)
        place.chmod(0o755)
        database_disk = stack.enter_context(small_disk(place, size_mb=256))
        recordings_disk = stack.enter_context(small_disk(room.folder, name="recordings", size_mb=64))
        database = PostgresServer(database_disk.folder)
        stack.callback(database.remove)
        database.start()
        clock = SteppedClock(place)
        names = NameService(place, room)
        stack.callback(names.close)
        room.more |= clock.environment | {"NTPD112_DATABASE_URL": database.url(), "NTPD112_DISK_ALARM_MB": "1"}
        stack.callback(room.clear_up)
        room.up()
        yield Ground(room, database, database_disk, recordings_disk, names, clock)

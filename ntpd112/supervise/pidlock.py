"""One process of a kind for each instance folder: a locked file that holds the owner's pid."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import Final

from ntpd112.host.aside import make_room
from ntpd112.host.errors import HostError
from ntpd112.settings import Settings

_PATIENCE_S: Final = 0.3
"""Somebody who only asks holds the lock for an instant."""


class PidLock:
    """A lock that ends with its process, however it dies."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = -1

    @classmethod
    def of_room(cls, settings: Settings) -> PidLock:
        """Return the lock of whoever keeps the whole instance alive."""
        return cls(settings.state_dir / "run" / "up.pid")

    @classmethod
    def of_asterisk(cls, settings: Settings) -> PidLock:
        """Return the lock of whoever keeps Asterisk alone alive, for a service manager that keeps the others."""
        return cls(settings.state_dir / "run" / "asterisk-keeper.pid")

    @classmethod
    def of_controller(cls, settings: Settings) -> PidLock:
        """Return the lock of the controller."""
        return cls(settings.state_dir / "run" / "controller.pid")

    @classmethod
    def of_standby(cls, settings: Settings) -> PidLock:
        """Return the lock of the controller that stands by."""
        return cls(settings.state_dir / "run" / "standby.pid")

    @classmethod
    def of_lifeboat(cls, settings: Settings) -> PidLock:
        """Return the lock that :mod:`ntpd112.lifeboat` takes."""
        return cls(settings.state_dir / "run" / "lifeboat.pid")

    @classmethod
    def of_ear(cls, settings: Settings) -> PidLock:
        """Return the lock that :mod:`ntpd112.siptrace` takes."""
        return cls(settings.state_dir / "run" / "ear.pid")

    @classmethod
    def of_console(cls, settings: Settings) -> PidLock:
        """Return the lock of the console."""
        return cls(settings.state_dir / "run" / "console.pid")

    def take(self) -> int:
        """Take the lock and return 0, or return the pid of its owner (-1 when unknown).

        Raises:
            HostError: the folder cannot be written.
        """
        deadline = time.monotonic() + _PATIENCE_S
        while not self.try_take():
            if time.monotonic() > deadline:
                return self._pid() or -1
            time.sleep(_PATIENCE_S / 10)
        return 0

    def try_take(self) -> bool:
        """Take the lock if nobody has it now. Raises like :meth:`take`."""
        try:
            make_room(self.path)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise HostError(
                f"cannot write {self.path}: {error.strerror}; set NTPD112_STATE_DIR to a folder you may write to"
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._fd = descriptor
        return True

    def release(self) -> None:
        """Give it back; harmless when not taken."""
        if self._fd >= 0:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = -1

    def owner(self) -> int:
        """Return the pid of whoever holds it; 0 when nobody does."""
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return 0
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return self._pid()
        finally:
            os.close(descriptor)
        return 0

    def _pid(self) -> int:
        try:
            return int(self.path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0

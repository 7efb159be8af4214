"""A disk that loses power: every file under a folder is cut to what a sync had confirmed before.

The syncs are real; only what each of them had confirmed is written down, by the size of the file when it began. That is
the least a disk may keep: a real one would often keep more.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest


class Disk:
    """Watches ``os.fdatasync`` and ``os.fsync`` for the files of one folder."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._sizes: dict[int, int] = {}
        """By the file's number (inode)."""
        self._names: set[str] = set()
        """Files whose name is on the disk."""
        self.syncs = 0
        self.refused = 0
        self.refuses = 0
        """An error number: what each sync ends with."""
        self.gate: threading.Event | None = None
        """Holds up every sync."""
        self._sync, self._datasync = os.fsync, os.fdatasync
        monkeypatch.setattr(os, "fdatasync", self._of_data)
        monkeypatch.setattr(os, "fsync", self._of_all)

    def _of_data(self, descriptor: int) -> None:
        status = os.fstat(descriptor)
        if self.gate is not None:
            self.gate.wait()
        if self.refuses:
            self.refused += 1
            raise OSError(self.refuses, os.strerror(self.refuses))
        self._datasync(descriptor)
        self.syncs += 1
        self._sizes[status.st_ino] = status.st_size

    def _of_all(self, descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").resolve()
        names = {str(file) for file in path.iterdir()} if path.is_dir() else set()
        self._sync(descriptor)
        self._names |= names

    def has(self, file: Path) -> int:
        """Return how much of a file is on the disk for sure."""
        return self._sizes.get(file.stat().st_ino, 0)

    def lose_power(self) -> None:
        """Cut every journal of the folder to what is on the disk; remove those whose name is not there."""
        for file in self._folder.rglob("*.journal"):
            if str(file) not in self._names:
                file.unlink()
            else:
                os.truncate(file, self.has(file))

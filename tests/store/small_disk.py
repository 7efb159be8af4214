"""A disk that is really full: a small tmpfs as root, else a limit on the size of files."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path


class SmallDisk:
    """A folder whose disk can be filled and emptied."""

    def __init__(self, folder: Path, size_mb: int) -> None:
        self.folder = folder
        self._is_mounted = os.geteuid() == 0
        folder.mkdir()
        if self._is_mounted:
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", str(folder)], check=True)

    def fill(self) -> None:
        """Leave no room for more than a few bytes."""
        if not self._is_mounted:
            largest = max((file.stat().st_size for file in self.folder.rglob("*") if file.is_file()), default=0)
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
            return
        with (self.folder / "ballast").open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
            while True:
                ballast.write(bytes(4096))

    def make_room(self) -> None:
        """Take the ballast away."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        (self.folder / "ballast").unlink(missing_ok=True)

    def remove(self) -> None:
        """Give the disk back."""
        self.make_room()
        if self._is_mounted:
            subprocess.run(["umount", str(self.folder)], check=True)


@contextlib.contextmanager
def small_disk(parent: Path, *, name: str = "disk", size_mb: int = 4) -> Iterator[SmallDisk]:
    """A small disk, gone afterwards."""
    disk = SmallDisk(parent / name, size_mb)
    try:
        yield disk
    finally:
        disk.remove()

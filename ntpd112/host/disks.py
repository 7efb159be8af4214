"""An eye on the disks: what is about to be full is told while there is time, for calls go on and recordings do not."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

_MIB = 1 << 20


class DiskWatch:
    """Tells when a folder's disk has less than ``least_mb`` MiB left, and when it has more again; each disk once."""

    def __init__(
        self, folders: Iterable[Path], least_mb: int, alarm: Callable[[str, str], None], *, every_s: float = 5.0
    ) -> None:
        self._folders = tuple(folders)
        self._least_mb = least_mb
        self._alarm = alarm
        self._every_s = every_s
        self._short: set[int] = set()
        """Disks, by their device."""

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            disks = {}
            for folder in reversed(self._folders):
                with contextlib.suppress(OSError):  # whoever writes there tells
                    disks[folder.stat().st_dev] = (folder, await asyncio.to_thread(_free_mb, folder))
            for device, (folder, free_mb) in disks.items():
                self._judge(device, folder, free_mb)
            await asyncio.sleep(self._every_s)

    def _judge(self, device: int, folder: Path, free_mb: int) -> None:
        if free_mb < self._least_mb and device not in self._short:
            self._short.add(device)
            self._alarm(
                "disk_nearly_full",
                f"{folder} has {free_mb} MiB left; when it is full, calls go on and are neither recorded nor "
                "journalled. Move old recordings away, or give it a larger disk",
            )
        elif free_mb >= self._least_mb and device in self._short:
            self._short.discard(device)
            self._alarm("disk_has_room", f"{folder} has {free_mb} MiB left again")


def _free_mb(folder: Path) -> int:
    return shutil.disk_usage(folder).free // _MIB

"""An eye on the disks: what is about to be full is told while there is time, for calls go on and recordings do not."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

_MIB = 1 << 20


class DiskWatch:
    """Tells when a folder's disk has less than ``least_mb`` MiB left, and when it has more again."""

    def __init__(
        self, folders: Iterable[Path], least_mb: int, alarm: Callable[[str, str], None], *, every_s: float = 5.0
    ) -> None:
        self._folders = tuple(folders)
        self._least_mb = least_mb
        self._alarm = alarm
        self._every_s = every_s
        self._short: set[Path] = set()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            for folder in self._folders:
                self._judge(folder, await asyncio.to_thread(_free_mb, folder))
            await asyncio.sleep(self._every_s)

    def _judge(self, folder: Path, free_mb: int | None) -> None:
        if free_mb is None:
            return  # whoever writes there tells
        if free_mb < self._least_mb and folder not in self._short:
            self._short.add(folder)
            self._alarm(
                "disk_nearly_full",
                f"{folder} has {free_mb} MiB left; when it is full, calls go on and are neither recorded nor "
                "journalled. Move old recordings away, or give it a larger disk",
            )
        elif free_mb >= self._least_mb and folder in self._short:
            self._short.discard(folder)
            self._alarm("disk_has_room", f"{folder} has {free_mb} MiB left again")


def _free_mb(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free // _MIB
    except OSError:
        return None

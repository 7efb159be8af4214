"""A disk that is nearly full is told once, and so is its end; what cannot be looked at is nobody's alarm."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ntpd112.host.disks import DiskWatch
from tests.store.small_disk import small_disk


async def test_given_a_disk_when_it_fills_and_empties_then_each_is_told_once(tmp_path: Path) -> None:
    heard: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
    with small_disk(tmp_path) as disk:
        (within := disk.folder / "within").mkdir()
        watch = DiskWatch(
            [disk.folder, within, tmp_path / "missing"],
            least_mb=2,
            alarm=lambda *told: heard.put_nowait(told),
            every_s=0.05,
        )
        looking = asyncio.create_task(watch.run())
        await asyncio.sleep(0.2)
        assert heard.empty()
        disk.fill()
        kind, text = await asyncio.wait_for(heard.get(), 10)
        assert (kind, text.split(" has ")[0]) == ("disk_nearly_full", str(disk.folder))
        await asyncio.sleep(0.2)
        assert heard.empty()
        disk.make_room()
        assert (await asyncio.wait_for(heard.get(), 10))[0] == "disk_has_room"
        looking.cancel()
        await asyncio.wait([looking])

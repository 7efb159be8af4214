"""Keeping Asterisk's logs from filling the disk, and Asterisk from filling the memory."""

from __future__ import annotations

import re

from ntpd112.host.asterisk_process import AsteriskProcess

LIMIT_BYTES = 20_000_000
KEEP = 10


async def give_back_memory(asterisk: AsteriskProcess) -> None:
    """Let Asterisk return to the machine what is free in its heaps.

    Its C library keeps a heap for each few of its many threads, and by itself returns next to nothing: after 4,000
    calls 18 of 89 MiB were free (measured with 22.10.1 and glibc's ``malloc_trim``). Raises AsteriskError.
    """
    await asterisk.rx("malloc trim")


async def rotate_logs(asterisk: AsteriskProcess, limit_bytes: int = LIMIT_BYTES, keep: int = KEEP) -> bool:
    """Begin new log files when one of them is too long, drop the oldest, and tell whether it was done.

    Call it about every hour. The second ledger (``Master.csv``) is never shortened: it is evidence.
    Raises AsteriskError.
    """
    folder = asterisk.layout.log
    present = [folder / name for name in ("messages", "security")]
    rotated = any(log.is_file() and log.stat().st_size > limit_bytes for log in present)
    if rotated:
        await asterisk.rx("logger rotate")
    for old in folder.iterdir():
        number = re.fullmatch(r"(?:messages|security)\.(\d+)", old.name)
        if number and int(number[1]) >= keep:
            old.unlink()
    return rotated

"""Keeping Asterisk's logs from filling the disk, and Asterisk from filling the memory."""

from __future__ import annotations

import re

from ntpd112.host.asterisk_process import AsteriskProcess

LIMIT_BYTES = 20_000_000
KEEP = 5


async def give_back_memory(asterisk: AsteriskProcess) -> None:
    """Let Asterisk return to the machine what is free in its heaps.

    Its C library keeps a heap for each few of its many threads, and by itself returns next to nothing: after 4,000
    calls 18 of 89 MiB were free (measured with 22.10.1 and glibc's ``malloc_trim``). Raises AsteriskError.
    """
    await asterisk.rx("malloc trim")


async def rotate_logs(asterisk: AsteriskProcess, limit_bytes: int = LIMIT_BYTES, keep: int = KEEP) -> bool:
    """Begin a new log file when the present one is too long, drop the oldest, and tell whether it was done.

    Call it every few seconds: it looks at one file's length. Strangers can make Asterisk write megabytes a second, by
    messages that pjproject cannot read, and the sum of the files stays below 300 MB all the same.

    The files are renamed here, as ``logger rotate`` would rename ``queue_log`` as well, which the second ledger is
    still reading. The second ledger itself (``Master.csv``) is never shortened: it is evidence.
    Raises AsteriskError, OSError.
    """
    messages = asterisk.layout.messages
    first = messages.with_name(f"{messages.name}.0")
    if not messages.exists() and first.is_file():
        await asterisk.rx(
            "logger reload"
        )  # the last time it did not hear: it still writes to what is longer and longer
        return True
    if not messages.is_file() or messages.stat().st_size <= limit_bytes:
        return False
    numbered = sorted(
        (int(found[1]), old)
        for old in messages.parent.iterdir()
        if (found := re.fullmatch(rf"{messages.name}\.(\d+)", old.name))
    )
    for number, old in reversed(numbered):
        if number + 1 < keep:
            old.rename(messages.with_name(f"{messages.name}.{number + 1}"))
        else:
            old.unlink()
    messages.rename(first)
    await asterisk.rx("logger reload")  # until then it writes to the file by its new name
    return True

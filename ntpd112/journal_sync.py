"""Brings the journal to the disk, so that a power cut takes no caller whose arrival is older than a moment.

All that was written is synced together, at most five times a second, and only while there is something new: an idle
room costs nothing, a busy one a few writes of some kilobytes. It is done in a thread, and nothing waits for it: a call
does not depend on how fast the disk is. That thread is a daemon, so that a disk that hangs keeps nobody from ending.

A disk that has refused a sync has perhaps lost what it was given, and says that all is well the next time
(https://wiki.postgresql.org/wiki/Fsync_Errors). So another file is begun then, with the whole room in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from ntpd112.journal import Journal

EVERY_S: Final = 0.2
"""How often at most, and thereby how old a line is at most when its way to the disk begins."""
SLOW_S: Final = 5.0


class JournalSync:
    """Syncs one journal. ``on_failure`` hears what is wrong with the disk, and when it is well again."""

    def __init__(self, journal: Journal, on_failure: Callable[[str], None], *, slow_s: float = SLOW_S) -> None:
        self._journal = journal
        self._on_failure = on_failure
        self._slow_s = slow_s
        self._written = asyncio.Event()
        self._written.set()  # the beginning of the file
        self._named: Path | None = None
        """The file whose name is on the disk."""
        self._fails = False
        self.syncs = 0
        """How often it was done."""

    async def run(self) -> None:
        """Sync until cancelled."""
        loop = asyncio.get_running_loop()
        self._journal.on_written = self._written.set
        while True:
            await self._written.wait()
            self._written.clear()
            began = loop.time()
            await self._sync()
            await asyncio.sleep(max(0.0, began + EVERY_S - loop.time()))

    async def _sync(self) -> None:
        file = self._journal.file
        try:
            descriptors = self._journal.unsynced()
        except OSError as error:  # too many open files
            self._failed(error)
            return
        done = _in_thread(descriptors, file, is_new=file != self._named)
        if not (await asyncio.wait([done], timeout=self._slow_s))[0]:
            self._on_failure(
                f"the disk has not taken the journal {file} for {self._slow_s:g} s: a power cut now would lose the "
                "latest callers; look at the disk (dmesg, iostat), or move the instance to another"
            )
        try:
            await done
        except OSError as error:
            self._failed(error)
            return
        self.syncs += 1
        self._named = file
        if self._fails:
            self._fails = False
            self._journal.distrust()
            self._on_failure(f"journal {file} is brought to the disk again")

    def _failed(self, error: OSError) -> None:
        self._written.set()
        if not self._fails:
            self._fails = True
            self._journal.distrust()
            self._on_failure(
                f"journal {self._journal.file} is not on the disk ({error.strerror}): a power cut would lose the "
                "latest callers; look at the disk (dmesg), or move the instance to another"
            )


def _in_thread(descriptors: Sequence[int], file: Path, *, is_new: bool) -> asyncio.Future[None]:
    """Sync the files that are open, of which ``file`` is the latest, and close them."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def work() -> None:
        failure = _failure(descriptors, file, is_new=is_new)
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(_settle, done, failure)

    threading.Thread(target=work, name="journal to disk", daemon=True).start()
    return done


def _failure(descriptors: Sequence[int], file: Path, *, is_new: bool) -> OSError | None:
    """Do it all, whatever fails; return what did."""
    failure = None
    for descriptor in descriptors:
        try:
            os.fdatasync(descriptor)
            if descriptor == descriptors[-1] and not os.path.samestat(os.fstat(descriptor), file.stat()):
                raise FileNotFoundError(errno.ENOENT, "somebody has put another file in its place")
        except OSError as error:
            failure = error
        finally:
            os.close(descriptor)
    if is_new and failure is None:
        try:
            _sync_folder(file.parent)
        except OSError as error:
            failure = error
    return failure


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _settle(done: asyncio.Future[None], failure: OSError | None) -> None:
    if done.cancelled():
        return
    if failure is None:
        done.set_result(None)
    else:
        done.set_exception(failure)

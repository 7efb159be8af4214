"""Who decides has the processor first, and who waits for it is known to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ntpd112.host.priority import waited_s

_ASK = "import os; from ntpd112.host.priority import go_first; go_first(); print(os.sched_getscheduler(0))"
_BUSY = "while True: pass"


def may_be_first() -> bool:
    """Tell whether this user may, by the kernel's own word."""
    ask = "import os; os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))"
    return subprocess.run([sys.executable, "-c", ask], stderr=subprocess.DEVNULL, check=False).returncode == 0


def test_who_may_go_first_does_and_nobody_else_is_harmed() -> None:
    said = subprocess.run([sys.executable, "-c", _ASK], capture_output=True, text=True, check=True).stdout
    policy = os.SCHED_RR | os.SCHED_RESET_ON_FORK if may_be_first() else os.SCHED_OTHER
    assert int(said) == policy


@contextmanager
def rivals(number: int) -> Iterator[list[int]]:
    """Let so many processes want one processor."""
    cpu = min(os.sched_getaffinity(0))
    started = [subprocess.Popen([sys.executable, "-c", _BUSY]) for _ in range(number)]
    try:
        for process in started:
            os.sched_setaffinity(process.pid, {cpu})
        yield [process.pid for process in started]
    finally:
        for process in started:
            process.kill()
            process.wait()


def test_who_wants_the_processor_in_vain_is_seen_to_wait() -> None:
    with rivals(3) as pids:
        before = sum(map(waited_s, pids))
        time.sleep(0.6)
        assert sum(map(waited_s, pids)) - before > 0.3


def test_who_hangs_does_not_wait() -> None:
    with rivals(1) as (pid,):
        os.kill(pid, signal.SIGSTOP)
        time.sleep(0.05)
        before = waited_s(pid)
        time.sleep(0.3)
        assert waited_s(pid) == before
    assert waited_s(2**22 + 1) == 0.0

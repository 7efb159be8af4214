"""What a trial used: CPU and memory of each process, and what else the machine did."""

from __future__ import annotations

import contextlib

from tests.bench.measure import Figures
from tests.bench.processes import cpu_s, memory_mib
from tests.bench.sides import Side


class Used:
    """Counts from its making on."""

    def __init__(self, side: Side) -> None:
        self.length_s = 0.0
        self.machine_s = 0.0
        """CPU seconds of the whole machine."""
        self._before = {name: cpu_s(pid) for name, pid in side.pids.items()}
        self._cpu_s = dict(self._before)
        self._sipp_s: dict[str, float] = {}
        self._most = dict.fromkeys(side.pids, 0.0)

    def look(self, side: Side, sipp: dict[str, int]) -> None:
        """Read everything; what has ended keeps its last reading."""
        for name, pid in side.pids.items():
            with contextlib.suppress(OSError):
                self._cpu_s[name] = cpu_s(pid)
                self._most[name] = max(self._most[name], memory_mib(pid))
        for name, pid in sipp.items():
            with contextlib.suppress(OSError):
                self._sipp_s[name] = cpu_s(pid)

    def enter(self, told: Figures) -> None:
        """Write it into the figures."""
        own_s = {name: after - self._before[name] for name, after in self._cpu_s.items()}
        sipp_s = sum(self._sipp_s.values())
        told.cpu_ms = {name: used * 1000 / told.calls for name, used in own_s.items()}
        told.memory_mib = self._most
        told.sipp_cpu_ms = sipp_s * 1000 / told.calls
        told.others_cores = max(0.0, self.machine_s - sum(own_s.values()) - sipp_s) / self.length_s

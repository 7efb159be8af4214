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
        self._before: dict[tuple[str, int], float] = {}
        self._latest: dict[tuple[str, int], float] = {}
        self._sipp_s: dict[str, float] = {}
        self._most: dict[str, float] = {}
        self.look(side, {})
        self._before = dict(self._latest)

    def look(self, side: Side, sipp: dict[str, int]) -> None:
        """Read everything; what has ended keeps its last reading, what was started in its place counts from nothing."""
        for name, pid in side.pids().items():
            with contextlib.suppress(OSError):
                self._latest[name, pid] = cpu_s(pid)
                self._most[name] = max(self._most.get(name, 0.0), memory_mib(pid))
        for name, pid in sipp.items():
            with contextlib.suppress(OSError):
                self._sipp_s[name] = cpu_s(pid)

    def enter(self, told: Figures) -> None:
        """Write it into the figures."""
        own_s: dict[str, float] = dict.fromkeys(self._most, 0.0)
        for (name, pid), used in self._latest.items():
            own_s[name] += used - self._before.get((name, pid), 0.0)
        sipp_s = sum(self._sipp_s.values())
        told.cpu_ms = {name: used * 1000 / told.calls for name, used in own_s.items()}
        told.memory_mib = self._most
        told.sipp_cpu_ms = sipp_s * 1000 / told.calls
        told.others_cores = max(0.0, self.machine_s - sum(own_s.values()) - sipp_s) / self.length_s
        told.replaced = len({pid for _, pid in self._latest} - {pid for _, pid in self._before})

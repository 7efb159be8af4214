"""Lanes: the jobs of one call run one after the other, those of different calls side by side.

A lane exists while it has jobs. Whatever goes wrong in a job stays in it: the next job of the call runs all the same.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger(__name__)

Job = Callable[[], Awaitable[None]]
OnFailure = Callable[[str], None]


class Lanes:
    """Runs jobs in the tasks of a group. ``timeout_s`` bounds each job."""

    def __init__(self, tasks: asyncio.TaskGroup, timeout_s: float) -> None:
        self._tasks = tasks
        self._timeout_s = timeout_s
        self._lanes: dict[str, deque[tuple[Job, OnFailure | None]]] = {}
        self._none = asyncio.Event()
        self._none.set()

    def __len__(self) -> int:
        return len(self._lanes)

    def is_busy(self, lane: str) -> bool:
        """Tell whether a lane has jobs."""
        return lane in self._lanes

    async def empty(self) -> None:
        """Return when no lane has a job."""
        await self._none.wait()

    def add(self, lane: str, job: Job, on_failure: OnFailure | None = None) -> None:
        """Let a job run after all earlier ones of its lane; ``on_failure`` hears why one broke."""
        jobs = self._lanes.get(lane)
        if jobs is None:
            self._lanes[lane] = deque([(job, on_failure)])
            self._none.clear()
            self._tasks.create_task(self._run(lane), name=f"lane {lane}")
        else:
            jobs.append((job, on_failure))

    async def _run(self, lane: str) -> None:
        jobs = self._lanes[lane]
        try:
            while jobs:
                await self._run_job(lane, *jobs.popleft())
        finally:
            del self._lanes[lane]
            if not self._lanes:
                self._none.set()

    async def _run_job(self, lane: str, job: Job, on_failure: OnFailure | None) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                await job()
        except Exception as error:  # one of the two places: a defect in one job must not take the call with it
            log.exception("lane_job_failed", call=lane)
            if on_failure is not None:
                on_failure(f"{type(error).__name__}: {error}")

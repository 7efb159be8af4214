"""The process's clock: it notices when the machine's is set, once, and nothing else."""

from __future__ import annotations

import time

import pytest

from ntpd112 import clock as module
from ntpd112.clock import AWAY_S, SMALL_S, Clock, ClockWatch, at_start

_real = time.time
NOW = 1_795_000_000.0


class Watched:
    """A clock with its watch, the machine's set by the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._away_s = 0.0
        monkeypatch.setattr(module, "wall", lambda: _real() + self._away_s)
        self.clock = Clock()
        self.steps: list[float] = []
        self.alarms: list[tuple[str, str]] = []
        self.watch = ClockWatch(self.clock, self.steps.append, lambda *alarm: self.alarms.append(alarm))

    def set(self, away_s: float) -> None:
        self._away_s = away_s
        self.watch.look()


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(monkeypatch)


@pytest.mark.parametrize("by_s", [-3600.0, 3600.0, -315_360_000.0, 1.0, -1.0])
def test_a_clock_that_is_set_is_noticed_once_and_alarmed(watched: Watched, by_s: float) -> None:
    watched.set(0.0)
    watched.set(by_s)
    watched.set(by_s)
    (step,) = watched.steps
    assert abs(step - by_s) < 0.1
    ((kind, text),) = watched.alarms
    assert kind == "clock_jumped"
    assert f"was set {'forward' if by_s > 0 else 'back'} by {abs(by_s):.1f} s" in text
    assert "timedatectl" in text
    watched.clock.step(step)
    assert abs(watched.clock() - _real() - by_s) < 0.1


def test_a_clock_that_is_set_twice_before_anybody_has_heard_ends_where_the_machines_is(watched: Watched) -> None:
    for away_s in (315_360_000.0, 315_363_600.0, -60.0):
        watched.set(away_s)
    watched.clock.step(sum(watched.steps))
    assert abs(watched.clock() - _real() + 60.0) < 0.1


@pytest.mark.parametrize("by_s", [0.0, 0.01, -0.2, 0.4])
def test_what_ntp_slews_is_no_step(watched: Watched, by_s: float) -> None:
    watched.set(by_s)
    assert (watched.steps, watched.alarms) == ([], [])


@pytest.mark.parametrize(
    ("left_at", "moved_s", "said"),
    [
        (NOW - 60, 0.0, ""),
        (NOW + SMALL_S / 2, 0.0, ""),
        (NOW + 3600, -3600.0, "set back by 3600.0 s"),
        (NOW + 315_360_000, -315_360_000.0, "set back by"),
        (NOW - 2 * AWAY_S, 0.0, "The last controller served until 2026-11-"),
        (NOW - 315_360_000, 0.0, "The last controller served until 2016-11-"),
        (1e30, NOW - 1e30, "set back by"),
    ],
)
def test_a_room_that_was_left_in_the_future_is_moved_to_today(left_at: float, moved_s: float, said: str) -> None:
    by_s, text = at_start(left_at, NOW)
    assert by_s == moved_s
    assert said in text
    assert bool(said) == bool(text)

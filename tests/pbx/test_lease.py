"""The lease: judged by its changes alone, and never two who may act, whoever sleeps how long, whoever claims when."""

from __future__ import annotations

import asyncio
import contextlib
import selectors
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntpd112.pbx.ari.errors import AriTimeoutError
from ntpd112.pbx.contract import ExchangeSettings, ReplacedError
from ntpd112.pbx.lease import (
    FENCED_AFTER_S,
    LEASE_S,
    LOOK_EVERY_S,
    RENEW_EVERY_S,
    SETTLE_S,
    Fence,
    Lease,
    LeaseWatch,
    parse,
)
from ntpd112.pbx.leaseholder import Leaseholder

HERE, THERE = "10.0.0.1:5112", "10.0.0.2:5112"


@pytest.mark.parametrize(
    "lease", [Lease("a1", HERE, 17), Lease("b2", "fd00::1:5112", 0, released=True, journal=f"a1@{HERE}")]
)
def test_a_lease_is_read_as_it_was_written(lease: Lease) -> None:
    assert parse(str(lease)) == lease


@pytest.mark.parametrize(
    "text",
    ["", "17", "17 a1", "17 a1 nowhere -", "x a1 10.0.0.1:5112 -", "17 a1 10.0.0.1:5112", "17 a1 10.0.0.1:5112 - more"],
)
def test_anything_else_says_nothing(text: str) -> None:
    assert parse(text) is None


def looks(watch: LeaseWatch, texts: Callable[[float], str], until: float) -> float | None:
    """Return when a lease was found free, looking again and again."""
    now = 0.0
    while now < until:
        if watch.is_free(now, now + 0.01, texts(now)):
            return now
        now += LOOK_EVERY_S
    return None


def test_a_lease_that_is_renewed_is_never_free() -> None:
    assert looks(LeaseWatch(THERE, "b"), lambda now: str(Lease("a", HERE, int(now / RENEW_EVERY_S))), 60.0) is None


def test_a_lease_that_stands_still_is_free_after_its_time_whatever_it_says() -> None:
    for text in (str(Lease("a", HERE, 17)), "", "nonsense"):
        found = looks(LeaseWatch(THERE, "b"), lambda _, text=text: text, 60.0)  # type: ignore[misc]
        assert found is not None
        assert LEASE_S <= found < LEASE_S + 2 * LOOK_EVERY_S


def test_a_lease_that_was_given_up_or_is_of_our_own_former_controller_is_free_at_once() -> None:
    assert LeaseWatch(THERE, "b").is_free(0.0, 0.1, str(Lease("a", HERE, 0, released=True)))
    assert LeaseWatch(THERE, "b").is_free(0.0, 0.1, str(Lease("a", THERE, 17)))


def test_a_lease_that_we_wrote_too_late_is_no_more_free_than_another() -> None:
    text = str(Lease("b", THERE, 1))
    assert not LeaseWatch(THERE, "b").is_free(0.0, 0.1, text)
    found = looks(LeaseWatch(THERE, "b"), lambda _: text, 60.0)
    assert found is not None
    assert found >= LEASE_S


def test_time_in_which_nobody_could_look_does_not_count() -> None:
    watch = LeaseWatch(THERE, "b")
    text = str(Lease("a", HERE, 17))
    assert not watch.is_free(0.0, 0.1, text)
    assert not watch.is_free(60.0, 60.1, text)
    assert not watch.is_free(60.5, 60.6, text)
    assert looks(watch, lambda _: text, 1.0) is None


def test_a_fence_is_open_for_less_than_a_lease_from_the_moment_in_which_the_renewal_was_asked_for() -> None:
    fence = Fence()
    assert not fence.is_open(0.0)
    fence.renewed(10.0)
    fence.renewed(5.0)
    assert fence.is_open(10.0 + FENCED_AFTER_S - 0.01)
    assert not fence.is_open(10.0 + FENCED_AFTER_S)
    assert FENCED_AFTER_S + SETTLE_S < LEASE_S
    fence.renewed(20.0)
    fence.shut()
    assert not fence.is_open(20.0)


class WarpLoop(asyncio.SelectorEventLoop):
    """Time passes when everybody waits for it."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(_WarpSelector(self))

    def time(self) -> float:
        return self.now


class _WarpSelector(selectors.SelectSelector):
    def __init__(self, loop: WarpLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everybody waits for ever"
        self._loop.now += timeout
        return super().select(0)


class Variable:
    """Asterisk's variable, seen through a network and by processes that both take their time."""

    def __init__(self) -> None:
        self.value = ""


class SlowAri:
    """What one controller sees of it. ``delays``: before and after each request does something."""

    def __init__(self, variable: Variable, delays: Iterator[float]) -> None:
        self._variable = variable
        self._delays = delays

    async def asterisk_get_global_var(self, *, variable: str) -> Any:
        await asyncio.sleep(next(self._delays))
        value = self._variable.value
        await asyncio.sleep(next(self._delays))
        return Variable_(value)

    async def asterisk_set_global_var(self, *, variable: str, value: str) -> None:
        await asyncio.sleep(next(self._delays))
        self._variable.value = value
        after_s = next(self._delays)
        await asyncio.sleep(after_s)
        if after_s > 0.5:
            raise AriTimeoutError("set", "no answer")


class Variable_:  # noqa: N801  the model's place
    def __init__(self, value: str) -> None:
        self.value = value


NOWHERE = ExchangeSettings("http://127.0.0.1:1/ari", "", "", 1.0, "", 1, "", "", 1.0, Path())


def holder(variable: Variable, name: str, loop: WarpLoop, delays: Iterator[float], skew: float = 0.0) -> Leaseholder:
    made = Leaseholder(NOWHERE, name, clock=lambda: loop.now + skew)
    made._ari = SlowAri(variable, delays)  # type: ignore[assignment]
    return made


async def serve_again_and_again(own: Leaseholder, loop: WarpLoop, served: list[str]) -> None:
    """Do as a controller does: stand by, serve until replaced, and stand by again under another name."""
    watch = LeaseWatch(own.instance, own.process)
    while True:
        asked_at = own.clock()
        text = await own.look()
        if watch.is_free(asked_at, own.clock(), text) and await own.claim(text):
            served.append(own.instance)
            try:
                await own.keep()
            except ReplacedError:
                return
        await asyncio.sleep(LOOK_EVERY_S)


def run(scene: Callable[[WarpLoop], Coroutine[Any, Any, None]]) -> None:
    loop = WarpLoop()
    try:
        loop.run_until_complete(scene(loop))
    finally:
        loop.close()


quick = st.floats(0.0, 0.02)
slow = st.one_of(quick, quick, quick, st.floats(0.0, 0.5), st.floats(0.5, 6.0))
"""Now and then a process sleeps, or a request takes its time, in the middle of anything."""


@given(st.lists(slow, min_size=5, max_size=40), st.lists(slow, min_size=5, max_size=40), st.floats(-1e6, 1e6))
def test_two_controllers_may_never_act_at_the_same_time(
    here_takes: list[float], there_takes: list[float], skew: float
) -> None:
    async def scene(loop: WarpLoop) -> None:
        variable, served = Variable(), list[str]()
        holders = [
            holder(variable, HERE, loop, _repeated(here_takes)),
            holder(variable, THERE, loop, _repeated(there_takes), skew),
        ]

        async def live(place: int) -> None:
            names = (HERE, THERE)
            takes = (here_takes, there_takes)[place]
            while True:
                with contextlib.suppress(AriTimeoutError):
                    await serve_again_and_again(holders[place], loop, served)
                skewed = skew if place else 0.0
                holders[place] = holder(variable, names[place], loop, _repeated(takes), skewed)
                await asyncio.sleep(0.1)

        async def look() -> None:
            while loop.now < 20.0:
                acting = [own.instance for own in holders if own.may_act()]
                assert len(acting) < 2, f"at {loop.now}: {variable.value}, {served}"
                await asyncio.sleep(0.02)

        lives = [asyncio.create_task(live(place)) for place in range(2)]
        try:
            await look()
        finally:
            for life in lives:
                life.cancel()
            await asyncio.gather(*lives, return_exceptions=True)

    run(scene)


def _repeated(delays: list[float]) -> Iterator[float]:
    while True:
        yield from delays
        yield from [0.001] * 20


def test_of_many_that_claim_at_once_one_gets_it() -> None:
    async def scene(loop: WarpLoop) -> None:
        variable = Variable()
        variable.value = free = str(Lease("gone", HERE, 17))
        many = [holder(variable, f"10.0.0.{n}:5112", loop, _repeated([n / 1000])) for n in range(1, 9)]
        won = await asyncio.gather(*(own.claim(free) for own in many))
        assert sum(won) == 1
        assert [own.may_act() for own in many] == won

    run(scene)


def test_who_sleeps_while_nobody_else_is_there_goes_on_after_a_look() -> None:
    async def scene(loop: WarpLoop) -> None:
        variable = Variable()
        told: list[float] = []
        own = holder(variable, HERE, loop, _repeated([0.001]))
        own.on_opened = lambda: told.append(loop.now)
        assert await own.claim("")
        assert own.may_act()
        await asyncio.sleep(5.0)
        assert not own.may_act()
        keeping = asyncio.create_task(own.keep())
        assert await own.gate()
        assert len(told) == 2
        await asyncio.sleep(30.0)
        assert own.may_act()
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)

    run(scene)


def test_who_wakes_when_somebody_else_has_taken_over_passes_no_gate_and_is_told() -> None:
    async def scene(loop: WarpLoop) -> None:
        variable = Variable()
        own = holder(variable, HERE, loop, _repeated([0.001]))
        assert await own.claim("")
        await asyncio.sleep(5.0)
        for text in (str(Lease("b", THERE, 1)), str(Lease("b", THERE, 1, released=True))):
            variable.value = text
            gate = asyncio.create_task(own.gate())
            with pytest.raises(ReplacedError):
                await own.keep()
            assert await gate is False
            assert variable.value == text
            await own.release()
            assert variable.value == text

    run(scene)


def test_who_lets_go_says_so_and_may_not_act_any_more() -> None:
    async def scene(loop: WarpLoop) -> None:
        variable = Variable()
        own = holder(variable, HERE, loop, _repeated([0.001]))
        assert await own.claim("")
        await own.release()
        assert not own.may_act()
        assert LeaseWatch(THERE, "b").is_free(0.0, 0.1, variable.value)

    run(scene)

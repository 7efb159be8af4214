"""The part of `make soak` that fits into every test run: the books of a whole room are balanced, nothing is left over.

So short a run tells nothing about leaks: their verdict is tested in `test_trend.py`.
"""

from __future__ import annotations

import asyncio
import io
import os
from collections import Counter
from dataclasses import replace
from itertools import groupby, islice
from pathlib import Path
from random import Random

from rich.console import Console

from ntpd112.demo.mix import Crowd
from tests.networks import network
from tests.soak.__main__ import open_room
from tests.soak.books import Books, balance
from tests.soak.processes import Reading, read
from tests.soak.soak import CROWD, Watched, soak
from tests.soak.table import tables


def test_given_citizens_and_operators_when_all_have_gone_home_then_every_ledger_agrees_and_nothing_is_left(
    tmp_path: Path,
) -> None:
    crowd = replace(CROWD, rate=1.5, burst=4, burst_every_s=5.0)
    with open_room(tmp_path, network(90)) as room:
        told = asyncio.run(soak(room, 12.0, crowd, 112, lambda _: None))
        wrong = asyncio.run(balance(room, Counter({"0210000000": told.books.sent})))
    assert told.failures == []
    assert told.books.sent == told.books.records == told.books.cdr > 10
    assert told.books.outcomes["answered"] > 0
    assert all(len(one.samples) > 1 for one in told.watched.values())
    drawn = io.StringIO()
    Console(file=drawn, width=80).print(tables(told))
    assert "controller" in drawn.getvalue()
    assert "…" not in drawn.getvalue()
    assert "number '0210000000' has another number of records than calls" in wrong.failures


def _watched(**leak_per_sample: float) -> Watched:
    """A process of whose readings some grow; its descriptors are many and restless, as Asterisk's are."""
    random = Random(112)  # noqa: S311  no secret
    one = Watched(1, Reading(70.0, 90.0, 60, 100))
    for number in range(360):
        memory = 70.0 + number * leak_per_sample.get("memory", 0.0)
        descriptors = random.randrange(150, 350) + int(number * leak_per_sample.get("descriptors", 0.0))
        one.samples.append((number * 5.0, 20, Reading(memory, 90.0, descriptors, 137)))
    one.after = Reading(70.0, 90.0, 62 + int(360 * leak_per_sample.get("descriptors", 0.0)), 101)
    return one


def test_a_process_that_holds_at_rest_what_it_held_before_is_flat() -> None:
    one = _watched()
    assert one.trends(600.0)["descriptors"].verdict == "too short to tell"
    assert one.verdicts(600.0) == []


def test_one_descriptor_forgotten_in_thirty_calls_is_found_at_rest() -> None:
    found = _watched(descriptors=0.5).verdicts(600.0)
    assert "182 more descriptors at rest" in found


def test_a_process_whose_memory_grows_is_not_flat() -> None:
    assert _watched(memory=0.02).verdicts(600.0) == ["memory grows"]


def test_books_that_differ_say_so() -> None:
    books = Books(sent=3, records=2, cdr=3, left=["channel x"], unexplained="1.1 not recorded")
    assert books.failures == [
        "3 calls sent, 2 records, 3 in Asterisk's ledger",
        "not explained: 1.1 not recorded",
        "left over: channel x",
    ]


def test_what_a_process_holds_is_read(tmp_path: Path) -> None:
    before = read(os.getpid())
    held, file = bytearray(b"x") * (32 << 20), (tmp_path / "open").open("w")
    after = read(os.getpid())
    file.close()
    assert after.memory_mib - before.memory_mib > 30, len(held)
    assert after.rss_mib > after.memory_mib
    assert after.descriptors == before.descriptors + 1


def test_a_crowd_comes_in_bursts() -> None:
    waits = islice(Crowd(2.0, burst=5, burst_every_s=10.0).waits(Random(1)), 500)  # noqa: S311  no secret
    at_once = [len(list(some)) for is_burst, some in groupby(waits, lambda wait_s: wait_s == 0) if is_burst]
    assert set(at_once) == {5}
    assert len(at_once) > 10

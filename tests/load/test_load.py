"""The part of `make load` that fits into every test run: as many records as INVITEs, and nothing left over."""

from __future__ import annotations

import asyncio
import io
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

from rich.console import Console

from ntpd112.demo.mix import Crowd
from tests.load.citizens import crowd_of, row
from tests.load.load import load
from tests.load.table import table
from tests.networks import network
from tests.soak.__main__ import open_room
from tests.soak.soak import CROWD


def test_given_a_load_when_all_have_gone_home_then_there_are_as_many_records_as_calls(tmp_path: Path) -> None:
    crowd = replace(CROWD, rate=2.0, burst=4, burst_every_s=4.0)
    with open_room(tmp_path, network(90)) as room:
        told = asyncio.run(load(room, 8.0, crowd, 112, lambda _: None, consoles=3))
    assert told.failures == []
    assert told.books.sent == told.books.records == told.books.cdr == 24
    drawn = io.StringIO()
    Console(file=drawn, width=80).print(table(told))
    assert told.seen.changes > 24
    assert told.seen.contexts_s
    assert "3 saw" in drawn.getvalue()
    assert "24 sent, 24 records, 24 in Asterisk's ledger" in drawn.getvalue()


def test_who_dials_again_calls_twice_and_no_more() -> None:
    coming = crowd_of(400, Crowd(1.0), Random(112))  # noqa: S311  no secret
    assert len(coming) == 400
    calls = Counter(map(id, coming))
    assert set(calls.values()) == {1, 2}
    again = {id(caller) for caller in coming[:350] if caller.dials_again}
    assert again == {id(caller) for caller in coming[:350] if calls[id(caller)] == 2}


def test_a_call_is_a_line_of_the_scenarios_data() -> None:
    for caller in crowd_of(200, Crowd(1.0), Random(1)):  # noqa: S311  as above
        fields = row(caller, "127.0.0").split(";")
        assert len(fields) == 10
        assert fields[0].endswith(f"@127.0.0.{caller.host}>") == bool(caller.identity.ani)
        assert int(fields[5]) == len(fields[2])
        assert int(fields[6]) >= 500

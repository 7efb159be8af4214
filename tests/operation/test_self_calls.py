"""A room that runs calls itself, whichever controller serves, and says so in `status`; nobody counts it."""

from __future__ import annotations

import os
import re
import signal
import time
from itertools import pairwise

import pytest

from ntpd112.host.layout import Layout
from ntpd112.host.ledger import Entry, entries
from tests.operation.room import Room
from tests.stories.city import city_text

EVERY_S = 10
WITHIN_S = 60.0


@pytest.fixture
def calling_room(own_room: Room) -> Room:
    own_room.folder.mkdir()
    text = city_text(own_room.network, self_call_s=EVERY_S)
    (own_room.folder / "city.yaml").write_text(text, encoding="utf-8")
    own_room.more["NTPD112_BROADCAST_CLAIM_MS"] = "3000"  # on a busy machine a controller may be slow
    own_room.up()
    return own_room


def status_when(room: Room, pattern: str) -> str:
    """Return what `status` says of the self-calls, once it says this."""
    deadline = time.monotonic() + WITHIN_S
    while not (found := re.search(rf"^self_call\t.*{pattern}.*$", said := room.ask("status").stdout, re.MULTILINE)):
        assert time.monotonic() < deadline, said
        time.sleep(0.2)
    return found[0]


def ended(room: Room, number: int) -> list[Entry]:
    """Return the self-calls in Asterisk's ledger, once there are so many."""
    deadline = time.monotonic() + WITHIN_S
    while len(found := entries(Layout.of(room.settings))) < number:
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
    return sorted(found, key=lambda entry: entry.arrived_at)


def test_the_controller_that_serves_calls_and_the_one_that_takes_over_goes_on(calling_room: Room) -> None:
    room = calling_room
    assert re.fullmatch(r"self_call\tstage=ok\tage_s=\d+\.\d\tvoice_s=\d+\.\d\ttext=-", status_when(room, "stage=ok"))
    before = ended(room, 3)
    assert {entry.trunk for entry in before} == {"selfcall"}
    starts = [entry.arrived_at for entry in before]
    # The ledger counts in whole seconds. The standby, which runs too, makes none of its own.
    assert all(later - earlier >= EVERY_S - 1 for earlier, later in pairwise(starts))
    os.kill(room.controller(), signal.SIGKILL)
    room.said("serves calls again")  # by another one, who knows of no self-call but its own
    status_when(room, "stage=ok")
    assert "selfcall" not in room.ask("calls").stdout
    deadline = time.monotonic() + WITHIN_S
    while len(all_of_them := room.ask("calls", "--self-calls").stdout.splitlines()) <= len(before):
        assert time.monotonic() < deadline, all_of_them
        time.sleep(0.5)
    assert all("\tselfcall\t" in line for line in all_of_them)
    while (reconciled := room.ask("reconcile")).exit_code:
        assert time.monotonic() < deadline, reconciled.stdout
        time.sleep(0.5)

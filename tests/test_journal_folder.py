"""The journal's folder: whatever lies about in it, and whatever the clock says, the latest journal is gone on with."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ntpd112.core import messages as m
from ntpd112.core.snapshot import take
from ntpd112.journal import Journal, journals, recover
from tests.core.plans import make_plan
from tests.test_journal import ENDED, NOW, write


def stray_empty(file: Path) -> None:
    file.write_bytes(b"")


def stray_random(file: Path) -> None:
    file.write_bytes(bytes(range(256)) * 16)


def stray_zeros(file: Path) -> None:
    file.write_bytes(bytes(8192))


def stray_folder(file: Path) -> None:
    file.mkdir()


def stray_pipe(file: Path) -> None:
    os.mkfifo(file)


def stray_link(file: Path) -> None:
    file.symlink_to("nowhere")


def stray_device(file: Path) -> None:
    file.symlink_to("/dev/zero")


NAMES = ["x.journal", "nan.journal", "-1.journal", "inf.journal", "1e400.journal", f"{NOW + 9:.6f}.journal", ".journal"]
STRAYS = [stray_empty, stray_random, stray_zeros, stray_folder, stray_pipe, stray_link, stray_device]


@pytest.mark.parametrize("make", STRAYS)
@pytest.mark.parametrize("name", NAMES)
def test_whatever_lies_about_in_the_folder_the_latest_journal_is_gone_on_with_and_followed_by_another(
    tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    write(tmp_path, m.PresenceSet("201", "available", "", "201"))
    make(tmp_path / name)
    make(tmp_path / f"{name}.aside")
    left = recover(tmp_path)
    assert left is not None
    assert left.board.room.operators["201"].presence == "available"
    with Journal(tmp_path, NOW + 1, take(left.board.room), pytest.fail, kept_bytes=0) as journal:
        journal.anew(NOW + 2, take(left.board.room))
        journal.append(NOW + 2, ENDED)
    again = recover(tmp_path)
    assert again is not None
    assert again.now == NOW + 2


def test_after_a_clock_that_has_gone_back_the_latest_journal_is_still_the_one_that_began_last(tmp_path: Path) -> None:
    plan = make_plan()
    years = 10 * 365 * 86_400.0
    for number, now in enumerate((NOW, NOW + years, NOW + 60, NOW + 120, NOW - 3600)):
        with Journal(tmp_path, now, plan, pytest.fail) as journal:
            journal.append(now, m.PresenceSet("201", "on_break", f"break {number}", "201"))
        left = recover(tmp_path)
        assert left is not None
        assert left.board.room.operators["201"].reason == f"break {number}"
    assert len(journals(tmp_path)) == 5

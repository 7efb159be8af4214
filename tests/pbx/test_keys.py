"""Which reports of a key are repetitions. What Asterisk reports is played by ``tests/host/test_doubled_keys.py``."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntpd112.pbx.keys import Keys

_Report = tuple[str, float, int]


def _once(*reports: _Report, line: str = "line", keys: Keys | None = None) -> str:
    counted = keys or Keys()
    return "".join(digit for digit, at, length in reports if not counted.counts_again(line, digit, length, at))


def test_keys_that_come_all_at_once_count_once() -> None:
    measured = "* 0, 2 1, 2 45, 1 48, 1 193, 1 193, 1 338, 3 338, 3 483, # 484, # 628"
    assert _once(*((one.split()[0], float(one.split()[1]), 100) for one in measured.split(", "))) == "*2113#"


def test_short_keys_with_short_pauses_count_once() -> None:
    measured = "* 0, 2 80, 1 160, 1 205, 1 240, 1 330, 3 331, 3 456, # 456, # 581"
    assert _once(*((one.split()[0], float(one.split()[1]), 60) for one in measured.split(", "))) == "*2113#"


@pytest.mark.parametrize(
    ("measured", "length_ms", "pressed"),
    [
        ("* 0, 2 81, 2 106, 1 161, 1 231, 1 244, 1 356, 3 356, 3 481, # 481, # 606", 40, "*2113#"),
        ("* 0, 2 1, 2 45, 1 147, 1 191, 1 348, 3 548, # 747", 100, "*2113#"),
        ("* 0, 2 45, 1 245, 1 445, 3 645, # 845", 100, "*2113#"),
        ("* 0, 2 0, 2 45, 1 45, 1 190, 1 244, 1 335, 3 444, 3 480, # 644", 100, "*2113#"),
        ("1 0, 1 0, 1 714, 1 714, 1 870, 1 870, 1 1021", 100, "1111"),
    ],
    ids=["shortest", "stuck for 0.3 s", "stuck for 0.2 s", "stuck for 0.4 s", "starved"],
)
def test_what_was_measured_counts_once(measured: str, length_ms: int, pressed: str) -> None:
    reports = [(one.split()[0], float(one.split()[1]), length_ms) for one in measured.split(", ")]
    assert _once(*reports) == pressed


def test_a_key_of_sip_info_that_is_put_off_counts_once() -> None:
    assert _once(("1", 0, 250), ("1", 150, 250), ("1", 295, 250)) == "11"


def test_a_key_without_a_length_counts_once() -> None:
    assert _once(("1", 0, 0), ("1", 20, 0), ("1", 145, 0)) == "11"


def test_a_key_after_a_long_time_is_another_key() -> None:
    assert _once(("1", 0, 100), ("2", 1, 100), ("2", 9000, 100)) == "122"


def test_a_clock_that_goes_back_loses_no_key() -> None:
    assert _once(("1", 9000, 100), ("1", 9001, 100), ("1", 3000, 100)) == "111"


def test_lines_do_not_count_for_each_other() -> None:
    keys = Keys()
    assert _once(("1", 0, 100), line="a", keys=keys) + _once(("1", 1, 100), line="b", keys=keys) == "11"
    assert _once(("2", 9000, 100), line="c", keys=keys) == "2"
    assert list(keys._lines) == ["c"]


def test_long_keys_with_short_pauses_all_count() -> None:
    assert _once(("1", 0, 200), ("1", 243, 200), ("1", 484, 200), ("1", 720, 200)) == "1111"


def test_a_busy_exchange_that_takes_keys_up_late_counts_them_once() -> None:
    reports = [("1", at, 100) for at in (0, 0, 156, 157, 375, 376, 527)]
    assert _once(*reports) == "1111"


@pytest.mark.parametrize("apart_ms", [130, 150, 200, 300])
def test_the_same_key_again_and_again_is_no_repetition(apart_ms: int) -> None:
    assert _once(*(("0", n * apart_ms, 80) for n in range(6))) == "000000"


@given(st.lists(st.tuples(st.sampled_from("12*#"), st.integers(80, 1500), st.integers(50, 1500)), max_size=12))
def test_keys_at_a_humans_pace_all_count(pressed: list[tuple[str, int, int]]) -> None:
    at, reports = 0, []
    for digit, length, pause in pressed:
        at += pause + length
        reports.append((digit, float(at), length))
    assert _once(*reports) == "".join(digit for digit, _, _ in pressed)

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntpd112.pbx.backoff import Failure, GiveUp, Pace, Retry, after_failure

GONE = Failure("connection refused")
REFUSED = Failure("wrong password", "Make the passwords equal")


def test_waits_double_from_the_first_to_the_longest() -> None:
    waits = [after_failure(GONE, failed, 0.0, Pace(0.1, 2.0)) for failed in range(7)]

    assert waits == [Retry(0.1), Retry(0.2), Retry(0.4), Retry(0.8), Retry(1.6), Retry(2.0), Retry(2.0)]


def test_jitter_shortens_a_wait_by_up_to_a_half() -> None:
    assert after_failure(GONE, 10, 0.5, Pace(0.1, 2.0)) == Retry(1.5)
    assert after_failure(GONE, 10, 1.0, Pace(0.1, 2.0)) == Retry(1.0)


@given(failed=st.integers(0, 10**9), jitter=st.floats(0, 1))
def test_every_wait_lies_within_its_bounds(failed: int, jitter: float) -> None:
    decision = after_failure(GONE, failed, jitter, Pace(0.1, 2.0))

    assert isinstance(decision, Retry)
    assert 0.05 <= decision.after_s <= 2.0


def test_a_failure_with_a_cure_is_final_and_names_it() -> None:
    assert after_failure(REFUSED, 0, 0.0, Pace()) == GiveUp("wrong password. Make the passwords equal")


def test_a_failure_that_may_pass_while_asterisk_starts_is_final_only_when_it_persists() -> None:
    loading = Failure("404", "Load res_ari.so", tries=3)

    decisions = [after_failure(loading, failed, 0.0, Pace()) for failed in range(3)]

    assert decisions == [Retry(0.1), Retry(0.2), GiveUp("404. Load res_ari.so")]


@pytest.mark.parametrize(("first_s", "longest_s"), [(0, 1), (-1, 1), (2, 1)])
def test_a_pace_that_would_spin_is_refused(first_s: float, longest_s: float) -> None:
    with pytest.raises(ValueError, match="first_s <= longest_s"):
        Pace(first_s, longest_s)

"""What a silent line is asked with, and which answers are no reason of its end."""

from __future__ import annotations

import pytest

from ntpd112.pbx.asking import offer_for
from ntpd112.pbx.hearing import cause_beside, is_refusal


@pytest.mark.parametrize(
    ("in_use", "offer"),
    [
        ("(alaw)", "alaw,ulaw"),
        ("(ulaw)", "ulaw,alaw"),
        ("(g722)", "g722,alaw"),
        ("(alaw|ulaw)", "alaw"),
        ("(opus|alaw|ulaw)", "opus"),
        ("", "alaw"),
    ],
)
def test_the_offer_is_never_what_is_in_use_so_that_it_is_sent_and_begins_with_it(in_use: str, offer: str) -> None:
    assert offer_for(in_use) == offer


@pytest.mark.parametrize("status", [400, 403, 405, 488, 491, 500, 501, 603])
def test_a_refused_question_is_no_reason_of_an_end(status: int) -> None:
    assert is_refusal(status)


@pytest.mark.parametrize("status", [0, 200, 408, 481])
def test_no_answer_and_no_such_call_are(status: int) -> None:
    assert not is_refusal(status)


@pytest.mark.parametrize(
    ("status", "cause"), [(488, 58), (405, 127), (500, 38), (501, 29), (503, 34), (480, 19), (488, 0)]
)
def test_a_refused_question_alone_is_an_end_by_a_human(status: int, cause: int) -> None:
    assert cause_beside(status, cause) == 16


@pytest.mark.parametrize(("status", "cause"), [(488, 38), (405, 41), (501, 102), (503, 27), (599, 38)])
def test_what_the_network_says_at_the_end_counts_also_after_a_refused_question(status: int, cause: int) -> None:
    assert cause_beside(status, cause) == cause

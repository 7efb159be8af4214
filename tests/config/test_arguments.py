"""What the dialplan hands over with a call is read whatever it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntpd112.config.arguments import Offered, more, offered, readable


@pytest.mark.parametrize(
    ("arguments", "call"),
    [
        (["in", "landline", "112"], Offered("landline", "112")),
        (["in:landline:112"], Offered("landline", "112")),
        (["in", "landline", ""], Offered("landline", "")),
        (["in", "landline"], Offered("landline", "")),
        (["in"], Offered("", "")),
        (["in", "mobile", "112", "ani=%FF", "seen=2"], Offered("mobile", "112", {"ani": "%FF", "seen": "2"})),
        (["in", "mobile", "112", "nothing", "=x", "", "a=", "a=2"], Offered("mobile", "112", {"a": ""})),
        (["dial", "201", "112"], None),
        (["leg", "c1.l1"], None),
        ([], None),
    ],
)
def test_a_call_is_read_with_whatever_facts_stand_behind_it(arguments: list[str], call: Offered | None) -> None:
    assert offered(arguments) == call


@pytest.mark.parametrize(
    ("encoded", "shown"),
    [
        ("Budi%20%28rumah%29", "Budi (rumah)"),
        ("021555%0D%0A01", "021555%0D%0A01"),
        ("%FF%FE", "%FF%FE"),
        ("caf%E9", "caf%E9"),
        ("%F0%9F%94%A5", "\U0001f525"),
        ("%E2%80%AE112", "%E2%80%AE112"),
        ("%00%7F", "%00%7F"),
        ("%C2%85%E2%80%A8", "%C2%85%E2%80%A8"),
        ("100%", "100%"),
        ("%zz", "%zz"),
    ],
)
def test_what_nobody_can_read_is_shown_byte_by_byte(encoded: str, shown: str) -> None:
    assert readable(encoded) == shown


@given(st.lists(st.text()))
def test_any_arguments_are_read(arguments: list[str]) -> None:
    call = offered(arguments)
    shown = {**more(arguments), **(call.more if call is not None else {})}
    assert all(text.isprintable() for text in shown.values())

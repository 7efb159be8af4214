"""Numbers as networks deliver them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntpd112.config.load import DEFAULT_CITY, load_city
from ntpd112.config.numbers import caller_number, canonical, dialled_number, mask

CITY = load_city(DEFAULT_CITY).city
KINDS = {"national", "international", "withheld", "missing", "pseudo", "unparsable"}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("0812 3456-7890", "+6281234567890"),
        ("+6281234567890", "+6281234567890"),
        ("6281234567890", "+6281234567890"),
        ("006281234567890", "+6281234567890"),
        ("81234567890", "+6281234567890"),
        ("+62 0812 3456 7890", "+6281234567890"),
        ("%2B6281234567890", "+6281234567890"),
        ("tel:+62-812-3456-7890;phone-context=x", "+6281234567890"),
        ('"Budi" <sip:+6281234567890@10.0.0.1;user=phone>', "+6281234567890"),
        ("٠٨١٢٣٤٥٦٧٨٩٠", "+6281234567890"),
        ("5582144", "+62215582144"),
        ("(021) 558.2144", "+62215582144"),
        ("0061212345678", "+61212345678"),
        ("+60123456789", "+60123456789"),
        ("60123456789", "+60123456789"),
    ],
)
def test_a_number_that_can_be_called_back_comes_out_as_e164(raw: str, expected: str) -> None:
    number, kind = caller_number(raw, CITY)
    assert number == expected
    assert kind == ("national" if expected.startswith("+62") else "international")


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("", "missing"),
        ("  \t", "missing"),
        ('""', "missing"),
        ("anonymous", "withheld"),
        ("ANONYMOUS", "withheld"),
        ('"Anonymous" <sip:anonymous@anonymous.invalid>', "withheld"),
        ("Restricted", "withheld"),
        ("Caller ID unavailable", "withheld"),
        ("not-available", "withheld"),
        ("nomor pribadi", "withheld"),
        ("9111234567", "pseudo"),
        ("0000000000", "pseudo"),
        ("0", "pseudo"),
        ("112", "pseudo"),
        ("08123456789012345678", "pseudo"),
        ("510101234567890", "pseudo"),
        ("490154203237518", "pseudo"),
        ("+999123456789", "pseudo"),
        ("budi", "unparsable"),
        ("0812x3456789", "unparsable"),
        ("📞", "unparsable"),
        ("\x00\x01", "unparsable"),
        ("++62", "unparsable"),
    ],
)
def test_a_number_that_nobody_can_call_back_says_why(raw: str, kind: str) -> None:
    assert caller_number(raw, CITY) == (None, kind)


def test_without_an_area_code_a_bare_subscriber_number_is_not_guessed() -> None:
    bare = CITY.model_copy(update={"area_code": ""})
    assert caller_number("5582144", bare)[0] != "+62215582144"


@pytest.mark.parametrize("spelling", ["112", " 112 ", "021112", "112021", "11221", "+62112", "62112", "0062112",
                                      "+6221112", "sip:112@10.0.0.1", "tel:112;phone-context=+62", "1-1-2",
                                      "urn:service:sos", "URN:service:sos.fire", "sos"])  # fmt: skip
def test_112_is_known_however_citizens_dial_it(spelling: str) -> None:
    assert dialled_number(spelling, CITY) == ("112", True)


@pytest.mark.parametrize("spelling", ["0211500293", "02115 00293", "1500293", "211500293", "+62 21 1500293",
                                      "62211500293", "0062 21 1500293", "+62 (0)21 1500293",
                                      "tel:+62-21-1500293"])  # fmt: skip
def test_the_old_landline_number_is_known_in_every_spelling(spelling: str) -> None:
    assert dialled_number(spelling, CITY) == ("0211500293", True)


@pytest.mark.parametrize("spelling", ["08111500293", "+628111500293", "8111500293", "628111500293"])
def test_the_old_mobile_number_is_known_in_every_spelling(spelling: str) -> None:
    assert dialled_number(spelling, CITY) == ("08111500293", True)


@pytest.mark.parametrize(
    ("raw", "digits"),
    [
        ("022112", "022112"),
        ("113", "113"),
        ("", ""),
        ("s", "s"),
        ("0812\r\nInjected: x", "0812InjectedX"),
        ("9" * 99, "9" * 32),
    ],
)
def test_any_other_number_is_kept_and_not_known(raw: str, digits: str) -> None:
    number, known = dialled_number(raw, CITY)
    assert number.lower() == digits.lower()
    assert not known


def test_112_is_known_even_when_the_file_does_not_name_it() -> None:
    other = CITY.model_copy(update={"numbers": CITY.numbers[1:]})
    assert dialled_number("112", other) == ("112", True)


@pytest.mark.parametrize(
    ("number", "name"),
    [("021 1500293", "0211500293"), ("+62 21 1500293", "0211500293"), ("112", "112"), ("+6591234567", "+6591234567")],
)
def test_a_number_has_one_canonical_spelling(number: str, name: str) -> None:
    assert canonical(number, "62") == name


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+6281234567890", "+6281*******90"),
        ("0215582144", "02155***44"),
        ("5582144", "*****44"),
        ("112", "112"),
        ("201", "201"),
        ("", "-"),
        (None, "-"),
        ("Anonymous", "anonymous"),
        ("Budi Santoso", "(12 characters)"),
    ],
)
def test_a_masked_number_shows_network_and_end_only(number: str | None, shown: str) -> None:
    assert mask(number) == shown


ANYTHING = st.one_of(
    st.text(max_size=200),
    st.text(alphabet="+0123456789 -()*#;@<>%", max_size=40),
    st.binary(max_size=60).map(lambda raw: raw.decode("utf-8", "surrogateescape")),
    st.sampled_from(
        ["9" * 10_000, "\x00" * 10_000, "📞" * 3_000, "%" * 10_000, "<" * 10_000, "(" * 10_000, "٣" * 500, "²³¼Ⅷ፩"]
    ),
)


@given(ANYTHING)
def test_no_text_whatever_breaks_a_number(raw: str) -> None:
    number, kind = caller_number(raw, CITY)
    assert kind in KINDS
    assert (number is not None) == (kind in {"national", "international"})
    assert number is None or (number[0] == "+" and number[1:].isdecimal() and number.isascii() and len(number) <= 18)
    ddi, known = dialled_number(raw, CITY)
    assert ddi.isascii()
    assert ddi.isprintable()
    assert len(ddi) <= 32
    assert not known or ddi in {"112", "0211500293", "08111500293"}
    assert len(mask(raw)) <= 40


@given(st.text(alphabet="0123456789", min_size=8, max_size=15))
def test_a_masked_number_hides_most_of_it(digits: str) -> None:
    shown = mask(f"+{digits}")
    assert digits not in shown
    assert sum(c.isdigit() for c in shown) <= 6


@given(st.text(alphabet="0123456789+ ", max_size=20))
def test_reading_a_number_again_gives_the_same(raw: str) -> None:
    number, kind = caller_number(raw, CITY)
    if number is not None:
        assert caller_number(number, CITY) == (number, kind)

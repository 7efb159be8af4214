"""Broken files give every mistake with its line and cure; good files give a city."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from ntpd112.config.load import DEFAULT_CITY, load_city, read_city
from ntpd112.config.problem import CityError, Problem

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yaml"))
MINIMAL = 'city: Kota\ntrunks: {mobile: {kind: mobile, addresses: [10.1.1.1]}}\noperators: {"201": {name: Sari}}\n'


def problems(file: Path | bytes | str) -> tuple[Problem, ...]:
    try:
        return (load_city(file) if isinstance(file, Path) else read_city(file)).warnings
    except CityError as error:
        return error.problems


@pytest.mark.parametrize("file", BROKEN, ids=[file.stem for file in BROKEN])
def test_a_broken_file_gives_exactly_the_problems_written_next_to_it(file: Path) -> None:
    expected = file.with_suffix(".txt").read_text().splitlines()
    assert [str(problem) for problem in problems(file)] == expected
    assert expected


def test_every_expectation_belongs_to_a_broken_file() -> None:
    assert {file.stem for file in BROKEN[0].parent.glob("*.txt")} == {file.stem for file in BROKEN}


def test_every_problem_says_what_would_be_right() -> None:
    assert all(problem.cure and problem.message for file in BROKEN for problem in problems(file))


def test_the_example_has_not_even_a_warning() -> None:
    assert load_city(DEFAULT_CITY).warnings == ()


def test_a_minimal_file_is_three_lines() -> None:
    city = read_city(MINIMAL).city
    assert list(city.types) == ["fire", "crime", "accident", "ambulance", "medical"]
    assert list(city.menu.keys) == ["1", "2", "3", "4", "5", "9", "0"]
    assert city.default_queue == "main"
    assert city.trunks["mobile"].gateway == "10.1.1.1:5060"


def test_own_types_and_languages_get_their_own_keys_and_menu() -> None:
    city = read_city(
        MINIMAL + "languages: [en, id]\n"
        "types: {flood: {label: {en: Flood, id: Banjir}}, quake: {label: {en: Earthquake, id: Gempa}}}\n"
    ).city
    assert (
        city.prompts["menu"]["en"]
        == "Flood, press one, earthquake two, or just wait. Bahasa Indonesia, tekan sembilan."
    )
    assert city.prompts["menu"]["id"] == "Banjir tekan satu, gempa dua, atau tunggu."


def test_a_text_given_in_one_language_leaves_the_built_in_text_of_the_other() -> None:
    prompts = read_city(MINIMAL + "prompts: {wait: {id: Sabar.}}\n").city.prompts["wait"]
    assert prompts["id"] == "Sabar."
    assert prompts["en"].startswith("All operators are busy")


def test_types_ask_for_what_the_city_wants_to_know_and_may_share_a_field() -> None:
    field = "{name: breathing, label: {id: Bernapas}, kind: yes_no}"
    choice = "{name: from, label: {id: Dari, en: From}, kind: choice, options: {sea: {id: Laut}, river: {id: Sungai}}}"
    file = read_city(
        MINIMAL + "districts: [Utara, Tanjung Baru]\n"
        "types:\n"
        f"  medical: {{label: {{id: Medis}}, form: [{field}]}}\n"
        f'  flood: {{label: {{id: Banjir}}, form: [{field}, {choice}], questions: {{id: ["Di mana?", Berapa?]}}}}\n'
    )
    flood = file.city.types["flood"]
    assert [(one.name, one.values()) for one in flood.form] == [
        ("breathing", ("yes", "no")),
        ("from", ("sea", "river")),
    ]
    assert flood.form[0] == file.city.types["medical"].form[0]
    assert flood.questions == {"id": ("Di mana?", "Berapa?")}
    assert file.city.districts == ("Utara", "Tanjung Baru")


def test_what_is_asked_of_an_emergency_is_no_business_of_the_plan() -> None:
    asks = MINIMAL + "types: {flood: {label: {id: Banjir}, form: [{name: depth, label: {id: Dalam}}]}}\n"
    asks_nothing = read_city(MINIMAL + "types: {flood: {label: {id: Banjir}}}\n").plan
    assert read_city(asks).plan == replace(asks_nothing, version=read_city(asks).digest)


def test_a_file_that_is_not_there_is_a_problem_like_any_other(tmp_path: Path) -> None:
    with pytest.raises(CityError) as caught:
        load_city(tmp_path / "city.yaml")
    assert [problem.line for problem in caught.value.problems] == [0]
    assert "No such file" in str(caught.value)
    with pytest.raises(CityError):
        load_city(tmp_path)


@pytest.mark.parametrize(
    ("raw", "sign"),
    [
        (b"city: Kota\nname: \xff\n", "2:7: error: byte 0xff is no UTF-8"),
        (b"city: Kota\nname: \x00\n", "2:7: error: character '\\x00' may not stand in a YAML file"),
        (b"[" * 100_000, "RecursionError"),
        (b"city: '" + b"x" * 1_100_000 + b"'", "larger than a million"),
        (b"a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
         b"d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n", "too many values"),
        (b"<<: {city: Kota}", "merging with << is not supported"),
        (b"city: !!python/object:os.system x", "the tag"),
        (b"? [a]\n: b", "used as a key"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_yaml_to_us_is_refused_with_its_reason(raw: bytes, sign: str) -> None:
    assert sign in "\n".join(str(problem) for problem in problems(raw))


def test_a_byte_order_mark_and_windows_line_ends_are_fine() -> None:
    assert read_city(b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode()).city.city == "Kota"


def test_the_digest_changes_with_the_file() -> None:
    one, other = read_city(MINIMAL), read_city(MINIMAL + "# comment\n")
    assert one.digest != other.digest
    assert one.plan.version == one.digest


def test_lines_are_known_for_what_stands_in_the_file_and_for_what_contains_the_rest() -> None:
    file = read_city(MINIMAL)
    assert file.line("operators", "201", "name") == 3
    assert file.line("trunks", "mobile", "codecs") == 2
    assert file.line("menu", "keys") == 1


def test_the_address_of_a_network_or_host_is_written_as_usual() -> None:
    text = MINIMAL.replace("[10.1.1.1]", '[10.1.1.1/32, 10.2.0.0/255.255.255.0, "fd00:0::1"]')
    trunk = read_city(text).city.trunks["mobile"]
    assert trunk.addresses == ("10.1.1.1", "10.2.0.0/24", "fd00::1")
    assert read_city(MINIMAL.replace("10.1.1.1", '"fd00::1"')).city.trunks["mobile"].gateway == "[fd00::1]:5060"

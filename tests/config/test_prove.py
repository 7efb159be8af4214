"""No accepted file keeps a caller from a human: found by mutation, and judged by the real core."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ntpd112.config.document import Document
from ntpd112.config.load import DEFAULT_CITY, CityFile, read_city
from ntpd112.config.problem import CityError, Problem
from ntpd112.config.prove import cases, counter_example, humans
from ntpd112.core import messages as m
from ntpd112.core.plan import Plan
from ntpd112.core.switchboard import Switchboard
from tests.config.test_load import MINIMAL

TEXT = DEFAULT_CITY.read_text()
DATA = Document(TEXT).data
FOUND_S = 700.0


def test_the_example_is_tried_in_every_way() -> None:
    file = read_city(TEXT)
    tried = list(cases(file.city, file.plan))
    # 2 trunks x (3 numbers + any other) x 2 staffings x 2 languages x (nothing, wrong key, 5 types, operator)
    assert len(tried) == 2 * 4 * 2 * 2 * 8
    assert all(humans(case, file.city, file.plan) for case in tried)


def test_without_operators_and_without_a_number_outside_the_file_is_refused_in_words() -> None:
    with pytest.raises(CityError, match=r"a caller on trunk mobile who dials 112 .* reaches nobody"):
        read_city(MINIMAL.replace('{"201": {name: Sari}}', "{}"))


def test_a_type_whose_own_queue_has_no_way_out_is_named() -> None:
    text = (
        MINIMAL + 'destinations: {n: {name: N, number: "0212345678", trunk: mobile}}\n'
        "queues: {main: {overflow: [{after_s: 60, to: n}]}, slow: {overflow: []}}\n"
        "types: {fire: {label: {id: Api}}, flood: {label: {id: Banjir}, queue: slow}}\n"
    )
    file = read_city(text)
    case = counter_example(file.city, file.plan, staffed=False)
    assert case is not None
    assert (case.queue, case.type, case.keys) == ("slow", "flood", ("2",))
    assert any("presses 2 (flood) while nobody is logged in" in problem.message for problem in file.warnings)


def rings_a_phone(plan: Plan, keys: tuple[str, ...], *, staffed: bool) -> bool:
    """Whether the core rings anybody for a caller who presses these keys. Knows nothing of ``prove``."""
    board = Switchboard(plan)
    now = 0.0
    if staffed:
        for operator in plan.operators:
            board.step(now, m.PresenceSet(operator, "available", "", operator))
    actions = board.step(now, m.CallArrived("c", "t", "mobile", "112", "112", True, None, "", "missing", ""))
    actions += board.step(now, m.CallAnswered("c"))
    for key in keys:
        now += 1
        actions += board.step(now, m.DigitPressed("c", key))
    while not any(isinstance(action, m.Ring) for action in actions):
        due = board.next_deadline()
        if due is None or due > FOUND_S:
            return False
        now = max(now, due)
        actions = board.step(now, m.TimePassed())
    return True


def check(file: CityFile) -> None:
    """Try every key, and every key after a change of language."""
    alone = {problem.path for problem in file.warnings if "can only wait" in problem.message}
    languages = [()] + [
        (key,) for key, meaning in file.plan.menu.keys.items() if type(meaning).__name__ == "ChooseLanguage"
    ]
    wrong = next(key for key in "*#012345678" if key not in file.plan.menu.keys)
    for before in languages:
        for keys in [before, (*before, wrong), *((*before, key) for key in file.plan.menu.keys)]:
            assert not file.plan.operators or rings_a_phone(file.plan, keys, staffed=True)
            assert alone or rings_a_phone(file.plan, keys, staffed=False)


def accepted(raw: bytes | str) -> CityFile | None:
    """Read; anything but a city or its problems fails the test."""
    problems: tuple[Problem, ...] = ()
    try:
        return read_city(raw)
    except CityError as error:
        problems = error.problems
    assert all(problem.message and problem.cure for problem in problems)
    assert any(problem.severity == "error" for problem in problems)
    assert "\n".join(str(problem) for problem in problems).encode()
    return None


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path] * bool(path) + [deeper for key, value in items for deeper in places(value, (*path, key))]


PLACES = places(DATA)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 200),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        ["main", "neighbour", "ring_all", "any_operator", "112", "id", "en", "fire", "operator", "*1", "10.0.0.1"]
    ),
    st.text(max_size=10),
    st.lists(st.sampled_from(["fire", "id", 1]), max_size=2),
    st.dictionaries(st.sampled_from(["type", "language", "to", "x"]), st.sampled_from(["fire", "en", 5]), max_size=2),
)


def mutated(data: Any, path: tuple[Any, ...], how: str, value: Any) -> Any:
    copy = json.loads(json.dumps(data))
    here = copy
    for part in path[:-1]:
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            return copy
    try:
        if how == "delete":
            del here[path[-1]]
        elif how == "replace":
            here[path[-1]] = value
        elif isinstance(here, dict) and isinstance(value, str):
            here[value] = here.pop(path[-1])
    except (KeyError, IndexError, TypeError):
        pass
    return copy


MUTATION = st.tuples(st.sampled_from(PLACES), st.sampled_from(["delete", "replace", "rename"]), VALUES)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(MUTATION, min_size=1, max_size=4))
def test_whatever_is_changed_in_the_example_an_accepted_plan_rings_a_human(
    mutations: list[tuple[tuple[Any, ...], str, Any]],
) -> None:
    data = DATA
    for path, how, value in mutations:
        data = mutated(data, path, how, value)
    file = accepted(json.dumps(data))
    if file is not None:
        check(file)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    at=st.integers(0, len(TEXT)),
    cut=st.integers(0, 30),
    put=st.one_of(
        st.text(max_size=5), st.sampled_from(['"', "{", "]", "\t", ": ", "- ", "\n", "&a ", "*a", "!x ", "%", "|", "'"])
    ),
)
def test_whatever_is_typed_into_the_example_it_is_read_or_refused(at: int, cut: int, put: str) -> None:
    file = accepted(TEXT[:at] + put + TEXT[at + cut :])
    if file is not None:
        check(file)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    assert accepted(raw) is None

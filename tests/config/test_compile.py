"""The compiled plan says what the file says."""

from __future__ import annotations

import pytest

from ntpd112.config.compile import compile_plan
from ntpd112.config.load import DEFAULT_CITY, load_city, read_city
from ntpd112.core.plan import (
    AnyOperator,
    AskOperator,
    CallDestination,
    ChooseLanguage,
    ChooseType,
    FeatureCodes,
    Menu,
    Plan,
    QueuePolicy,
    RingAll,
)
from tests.config.test_load import MINIMAL

PLAN = load_city(DEFAULT_CITY).plan


def test_the_menu_keeps_every_key() -> None:
    assert PLAN.menu.keys["1"] == ChooseType("fire")
    assert PLAN.menu.keys["9"] == ChooseLanguage("en")
    assert PLAN.menu.keys["0"] == AskOperator()
    assert len(PLAN.menu.keys) == 7


def test_the_overflow_chain_is_taken_over_in_the_order_of_its_times() -> None:
    targets = [step.target for step in PLAN.queues["main"].overflow]
    assert targets == [AnyOperator(), RingAll(), CallDestination("neighbour"), CallDestination("supervisor")]
    text = MINIMAL + "queues: {main: {overflow: [{after_s: 40, to: ring_all}, {after_s: 20, to: any_operator}]}}\n"
    assert [step.after_s for step in read_city(text).plan.queues["main"].overflow] == [20, 40]


def test_destinations_are_dialled_without_what_people_write_between_digits() -> None:
    assert PLAN.destinations["neighbour"].number == "0211120002"
    assert PLAN.destinations["damkar"].trunk == "landline"


def test_a_type_without_a_queue_waits_in_the_default_queue() -> None:
    text = MINIMAL + "queues: {main: {}, slow: {}}\ntypes: {a: {label: {id: A}}, b: {label: {id: B}, queue: slow}}\n"
    plan = read_city(text).plan
    assert (plan.types["a"].queue, plan.types["b"].queue) == ("main", "slow")


def test_the_defaults_of_the_file_are_the_defaults_of_the_core() -> None:
    plan: Plan = read_city(MINIMAL).plan
    assert plan.codes == FeatureCodes(break_reasons=plan.codes.break_reasons)
    assert plan.menu == Menu(keys=plan.menu.keys)
    assert plan.queues["main"] == QueuePolicy("main", overflow=plan.queues["main"].overflow)
    core = Plan("", "id", plan.menu, "main", 3, {}, {}, {}, {}, plan.codes)
    assert (plan.decline_pause_s, plan.unreachable_pause_s) == (core.decline_pause_s, core.unreachable_pause_s)


def test_compiling_twice_gives_the_same_plan() -> None:
    city = load_city(DEFAULT_CITY).city
    assert compile_plan(city, "x") == compile_plan(city, "x")


@pytest.mark.parametrize(
    ("number", "trunk", "withheld", "hides"),
    [
        ("0810 1120003", "mobile", "", True),
        ("0812 3456789", "landline", "", True),
        ("+62 812-3456-789", "landline", "", True),
        ("113", "landline", "", False),
        ("021 1120002", "landline", "", False),
        ("113", "mobile", "", True),
        ("0812 3456789", "mobile", ", withheld: show", False),
        ("113", "landline", ", withheld: hide", True),
    ],
)
def test_mobiles_do_not_learn_a_withheld_number_and_agencies_do(
    number: str, trunk: str, withheld: str, hides: bool
) -> None:
    text = (
        "city: Kota\ntrunks: {mobile: {kind: mobile, addresses: [10.1.1.1]}, "
        "landline: {kind: landline, addresses: [10.1.1.2]}}\noperators: {'201': {name: Sari}}\n"
        f"destinations: {{there: {{name: Sana, number: '{number}', trunk: {trunk}{withheld}}}}}\n"
    )
    assert read_city(text).plan.destinations["there"].hides_withheld is hides


def test_a_trunks_identity_goes_with_each_of_its_destinations() -> None:
    text = (
        "city: Kota\ntrunks: {landline: {kind: landline, addresses: [10.1.1.2], outward: "
        "{own_number: 021 55112, show: own, send_diversion: true}}}\noperators: {'201': {name: Sari}}\n"
        "destinations: {there: {name: Sana, number: '113', trunk: landline}}\n"
    )
    there = read_city(text).plan.destinations["there"]
    assert (there.shows_own, there.own_number, there.diverted_by) == (True, "02155112", "sip:02155112@10.1.1.2")

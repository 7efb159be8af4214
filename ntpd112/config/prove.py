"""Proof that every call reaches a human, or the first call that does not, in words.

The plan is finite: every trunk x number x what the caller does x who is logged in is tried. A call reaches a human
when an operator is logged in (any operator is rung in the end: skills only order them) or when its queue's overflow
chain names a destination outside that can be dialled and does not lead back here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ntpd112.config.numbers import canonical
from ntpd112.config.problem import Finding
from ntpd112.config.prompts import CALLER_PROMPTS, PROMPT_NAMES, PromptName, keys_said
from ntpd112.config.schema import City, TypeKey
from ntpd112.core.plan import AskOperator, CallDestination, ChooseLanguage, ChooseType, Plan

LONGEST_GREETING_S = 12.0
SHORTEST_RING_S = 5.0
_CHARACTERS_A_SECOND = 13.0
"""Measured with ``espeak-ng`` at its ordinary speed: 13.2 in Indonesian, 15.0 in English."""


@dataclass(frozen=True)
class Case:
    """One call to try."""

    trunk: str
    number: str
    keys: tuple[str, ...]
    """Pressed in the menu; a key without a meaning is shown as ``wrong``, none at all is silence."""
    language: str
    type: str | None
    queue: str
    staffed: bool

    def __str__(self) -> str:
        """Return the call in words."""
        pressed = f"presses {' then '.join(self.keys)}" if self.keys else "presses nothing"
        about = f" ({self.type})" if self.type else ""
        who = "every operator is logged in" if self.staffed else "nobody is logged in"
        return f"a caller on trunk {self.trunk} who dials {self.number} and {pressed}{about} while {who}"


def cases(city: City, plan: Plan) -> Iterator[Case]:
    """Yield every call that differs in anything the plan decides by."""
    paths = list(_menu_paths(plan))
    for staffed in (True, False):
        for trunk in city.trunks:
            for number in [*(service.number for service in city.numbers), "any other number"]:
                for keys, language, kind in paths:
                    queue = plan.types[kind].queue if kind else plan.default_queue
                    yield Case(trunk, number, keys, language, kind, queue, staffed)


def _menu_paths(plan: Plan) -> Iterator[tuple[tuple[str, ...], str, str | None]]:
    """Yield keys pressed, language and type: in the first language, and after each change of language."""
    switches = [
        (key, meaning.language) for key, meaning in plan.menu.keys.items() if isinstance(meaning, ChooseLanguage)
    ]
    for before, language in [((), plan.language), *(((key,), language) for key, language in switches)]:
        yield before, language, None
        yield (*before, "wrong"), language, None
        for key, meaning in plan.menu.keys.items():
            if isinstance(meaning, ChooseType):
                yield (*before, key), language, meaning.type
            elif isinstance(meaning, AskOperator):
                yield (*before, key), language, None


def humans(case: Case, city: City, plan: Plan) -> tuple[str, ...]:
    """Return who can answer this call in the end: operators, or destinations outside. Empty: nobody."""
    if case.staffed and plan.operators:
        return tuple(plan.operators)
    return tuple(
        step.target.destination
        for step in plan.queues[case.queue].overflow
        if isinstance(step.target, CallDestination) and _can_be_rung(step.target.destination, city, plan)
    )


def _can_be_rung(name: str, city: City, plan: Plan) -> bool:
    outside = plan.destinations.get(name)
    trunk = city.trunks.get(outside.trunk) if outside else None
    if outside is None or trunk is None or not trunk.gateway:
        return False
    own = {canonical(service.number, city.country_code) for service in city.numbers} | {"112"}
    return canonical(outside.number, city.country_code) not in own


def counter_example(city: City, plan: Plan, *, staffed: bool) -> Case | None:
    """Return the first call that would reach nobody."""
    return next((case for case in cases(city, plan) if case.staffed == staffed and not humans(case, city, plan)), None)


def prove(city: City, plan: Plan) -> Iterator[Finding]:
    """Yield what keeps a call from a human, and what would keep callers needlessly."""
    nobody = counter_example(city, plan, staffed=False)
    if (case := counter_example(city, plan, staffed=True)) is not None:
        message = f"no human could ever answer: {case} reaches nobody"
        yield Finding(("operators",), message, "add an operator, or end the overflow with a destination outside")
    elif nobody is not None:
        path = ("queues", nobody.queue, "overflow")
        message = f"{nobody} can only wait: the chain of queue {nobody.queue} rings nobody outside"
        cure = "end it with a destination outside, such as {after_s: 60, to: neighbour}"
        yield Finding(path, message, cure, "warning")
    if not plan.operators and case is None:
        yield Finding(
            ("operators",), "there is no operator: every call goes outside at once", "add operators", "warning"
        )
    yield from _long_words(city)
    yield from _menu_and_keys(city)
    yield from _short_rings(city)


def _long_words(city: City) -> Iterator[Finding]:
    for language in city.languages:
        seconds = spoken_s(city, language, "greeting", "menu")
        if seconds > LONGEST_GREETING_S:
            message = f"greeting and menu take about {seconds:.0f} s to say in {language}"
            cure = f"shorten them: after {LONGEST_GREETING_S:.0f} s callers in fear hang up"
            yield Finding(("prompts", "menu", language), message, cure, "warning")


def spoken_s(city: City, language: str, *names: PromptName) -> float:
    """Return about how long prompts take to say."""
    said = [city.prompts[name].get(language, "") for name in names]
    return len(" ".join(said)) / _CHARACTERS_A_SECOND


def _short_rings(city: City) -> Iterator[Finding]:
    for name, queue in city.queues.items():
        for key, seconds in (("ring_s", queue.ring_s), ("overflow_ring_s", queue.overflow_ring_s)):
            if seconds < SHORTEST_RING_S:
                cure = f"let it ring for {SHORTEST_RING_S:.0f} s or longer"
                message = f"nobody picks up a phone within {seconds:g} s"
                yield Finding(("queues", name, key), message, cure, "warning")


def _menu_and_keys(city: City) -> Iterator[Finding]:
    """Compare what the menu says with what the keys do."""
    for language in city.languages:
        said = keys_said(language, city.prompts["menu"].get(language, ""))
        if said is None:
            continue
        path = ("prompts", "menu", language)
        types = {key for key, meaning in city.menu.keys.items() if isinstance(meaning, TypeKey)}
        for key in sorted(types - said):
            cure = "say it, or leave the text out: then it is built from the keys"
            yield Finding(path, f"the menu in {language} does not say key {key}", cure, "warning")
        for key in sorted(said - city.menu.keys.keys()):
            message = f"the menu in {language} says key {key}, which has no meaning"
            yield Finding(path, message, "add it to menu.keys, or do not say it", "warning")


def missing_prompts(city: City) -> list[tuple[str, str]]:
    """Return prompt and language of every text that nobody wrote; recordings may stand in for them."""
    return [
        (name, language)
        for name in PROMPT_NAMES
        for language in (city.languages if name in CALLER_PROMPTS else city.languages[:1])
        if language not in city.prompts[name]
    ]

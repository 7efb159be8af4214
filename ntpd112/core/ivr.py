"""What a key means, as a table lookup; what silence means; and how often the menu is said."""

from __future__ import annotations

from ntpd112.core.call import Call
from ntpd112.core.plan import AskOperator, ChooseLanguage, ChooseType, EmergencyType

_MOST_LANGUAGE_CHANGES = 3


def meaning(call: Call, digit: str) -> ChooseType | ChooseLanguage | AskOperator | None:
    """Return what the menu says about a key; None for a key that means nothing (any more)."""
    key = call.plan.menu.keys.get(digit)
    if isinstance(key, ChooseLanguage) and call.menu_languages >= _MOST_LANGUAGE_CHANGES:
        return None
    return key


def may_repeat(call: Call) -> bool:
    """Whether the menu may be said (again) to a caller who pressed nothing or a wrong key."""
    return call.menu_said <= call.plan.menu.repeats


def wanted_skills(call: Call) -> frozenset[str]:
    """Return the skills this caller's type and language ask for."""
    skills = set(call.plan.types[call.type].skills) if call.type is not None else set()
    spoken = call.plan.language_skills.get(call.language)
    if spoken is not None and call.language != call.plan.language:
        skills.add(spoken)
    return frozenset(skills)


def choose(call: Call, chosen: EmergencyType) -> None:
    """Take the caller's word for the kind of emergency."""
    call.type = chosen.name
    call.priority = chosen.priority if call.owed is None else min(chosen.priority, call.owed)
    call.queue = call.plan.queues[chosen.queue]
    call.skills = wanted_skills(call)

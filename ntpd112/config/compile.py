"""From the city file to the core's plan: total, and without decisions of its own."""

from __future__ import annotations

from ntpd112.config import schema
from ntpd112.config.fields import dialable
from ntpd112.config.outward import diverted_by, hides_withheld
from ntpd112.core import plan


def compile_plan(city: schema.City, digest: str) -> plan.Plan:
    """Compile a city into the plan of ``version`` ``digest``. Never fails on a valid :class:`City`."""
    return plan.Plan(
        version=digest,
        language=city.languages[0],
        menu=_menu(city.menu),
        default_queue=city.default_queue,
        default_priority=city.default_priority,
        types={
            name: plan.EmergencyType(
                name=name,
                queue=kind.queue or city.default_queue,
                priority=kind.priority,
                skills=kind.skills,
                label=kind.label.get(city.languages[0], ""),
            )
            for name, kind in city.types.items()
        },
        queues={name: _queue(name, queue) for name, queue in city.queues.items()},
        operators={
            extension: plan.OperatorPlan(
                operator=extension, name=operator.name, skills=operator.skills, wrap_up_s=operator.wrap_up_s
            )
            for extension, operator in city.operators.items()
        },
        destinations={name: _destination(name, outside, city) for name, outside in city.destinations.items()},
        codes=plan.FeatureCodes(**city.codes.model_dump()),
        language_skills=dict(city.language_skills),
        decline_pause_s=city.pauses.decline_s,
        unreachable_pause_s=city.pauses.unreachable_s,
        redial_s=city.redial_s,
        calls_per_number=city.per_caller.max,
        refuse_repeated=city.per_caller.then == "refuse",
        languages=city.languages,
        confirm_s=city.confirm_s,
    )


def _destination(name: str, outside: schema.Destination, city: schema.City) -> plan.Destination:
    trunk = city.trunks[outside.trunk]
    own = trunk.outward
    return plan.Destination(
        destination=name,
        name=outside.name,
        number=dialable(outside.number),
        trunk=outside.trunk,
        confirm=outside.confirm,
        shows_own=own.show == "own",
        own_number=dialable(own.own_number or ""),
        diverted_by=diverted_by(own, trunk.gateway),
        hides_withheld=hides_withheld(outside.withheld, outside.number, trunk.kind, city.country_code),
    )


def _menu(menu: schema.Menu) -> plan.Menu:
    return plan.Menu(
        keys={key: _menu_key(meaning) for key, meaning in menu.keys.items()},
        digit_wait_s=menu.digit_wait_s,
        repeats=menu.repeats,
        ring_within_s=menu.ring_within_s,
    )


def _menu_key(meaning: schema.KeyMeaning) -> plan.MenuKey:
    match meaning:
        case schema.TypeKey():
            return plan.ChooseType(type=meaning.type)
        case schema.LanguageKey():
            return plan.ChooseLanguage(language=meaning.language)
        case _:
            return plan.AskOperator()


def _queue(name: str, queue: schema.Queue) -> plan.QueuePolicy:
    # Sorted, because the core takes the links in their order; sorting is stable, so equal times keep the file's order.
    links = sorted(queue.overflow, key=lambda step: step.after_s)
    return plan.QueuePolicy(
        name=name,
        strategy=queue.strategy,
        ring_s=queue.ring_s,
        skill_wait_s=queue.skill_wait_s,
        max_waiting=queue.max_waiting,
        comfort_every_s=queue.comfort_every_s,
        overflow=tuple(plan.OverflowStep(after_s=step.after_s, target=_target(step.to)) for step in links),
        overflow_ring_s=queue.overflow_ring_s,
        overflow_retry_s=queue.overflow_retry_s,
    )


def _target(to: str) -> plan.OverflowTarget:
    if to == schema.ANY_OPERATOR:
        return plan.AnyOperator()
    if to == schema.RING_ALL:
        return plan.RingAll()
    return plan.CallDestination(destination=to)

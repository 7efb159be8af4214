"""Plans for the core's tests."""

from __future__ import annotations

from typing import Any

from ntpd112.core.plan import (
    AnyOperator,
    AskOperator,
    CallDestination,
    ChooseLanguage,
    ChooseType,
    Destination,
    EmergencyType,
    FeatureCodes,
    Menu,
    OperatorPlan,
    OverflowStep,
    Plan,
    QueuePolicy,
    RingAll,
)

OPERATORS = ("201", "202", "203")


def make_plan(operators: tuple[str, ...] = OPERATORS, queue: dict[str, Any] | None = None, **changes: Any) -> Plan:
    """Build a small city's plan; ``queue`` changes its only queue, the rest the plan."""
    fields: dict[str, Any] = {
        "version": "test",
        "language": "id",
        "menu": Menu(
            {
                "1": ChooseType("fire"),
                "4": ChooseType("ambulance"),
                "5": ChooseType("medical"),
                "0": AskOperator(),
                "9": ChooseLanguage("en"),
            }
        ),
        "default_queue": "main",
        "default_priority": 3,
        "types": {
            "fire": EmergencyType("fire", "main", 1, ("fire",)),
            "ambulance": EmergencyType("ambulance", "main", 2),
            "medical": EmergencyType("medical", "main", 0, ("medical",)),
        },
        "queues": {
            "main": QueuePolicy(
                "main",
                **{
                    "overflow": (
                        OverflowStep(20.0, AnyOperator()),
                        OverflowStep(40.0, RingAll()),
                        OverflowStep(60.0, CallDestination("neighbour")),
                        OverflowStep(90.0, CallDestination("mobile")),
                    ),
                    "skill_wait_s": 5.0,
                    **(queue or {}),
                },
            )
        },
        "operators": {
            name: OperatorPlan(
                name, f"Operator {name}", {"201": ("fire",), "202": ("medical", "english")}.get(name, ())
            )
            for name in operators
        },
        "destinations": {
            "neighbour": Destination("neighbour", "Neighbour", "0212345678", "landline", "none"),
            "mobile": Destination("mobile", "Head of the room", "081234567890", "mobile"),
            "damkar": Destination("damkar", "Fire brigade", "113", "landline", "none"),
            "police": Destination("police", "Police on duty", "110", "landline"),
        },
        "codes": FeatureCodes(break_reasons={"1": "istirahat", "2": "sholat"}),
        "language_skills": {"en": "english"},
    }
    return Plan(**{**fields, **changes})

"""Kinds of emergencies in the city file: how urgent each is, and what operators are to ask and write down about it."""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from ntpd112.config.fields import Label, Language, Name, Part, Priority, Question, refuse, shown

OfEveryForm = Literal["address", "landmark", "district", "what", "hurt", "dangers", "notes"]
"""The fields that the form has for every type."""
EVERY_FORM: Final[tuple[OfEveryForm, ...]] = get_args(OfEveryForm)
FieldKind = Literal["text", "number", "yes_no", "choice"]
YES_NO: Final = ("yes", "no")
"""What a field of that kind is saved as, in whichever language it was chosen."""


def _further(name: str) -> str:
    if name in EVERY_FORM:
        raise refuse(f"{shown(name)} is a field of every form already", "choose another name, or leave it out")
    return name


class FormField(Part):
    """A further field of the form."""

    name: Annotated[Name, AfterValidator(_further)] = Field(
        description="What records call it. Several types may have the same field."
    )
    label: dict[Language, Label] = Field(min_length=1, description="What operators see, per language.")
    kind: FieldKind = Field(
        default="text",
        description="What is written there. A `number` is kept as it is typed, `2-3` as well; nothing is lost.",
    )
    options: dict[Name, dict[Language, Label]] = Field(
        default_factory=dict,
        validate_default=True,
        description="Of a `choice`: name -> what operators see, per language. Records have the name.",
    )

    @field_validator("options", mode="after")
    @classmethod
    def _fit_the_kind(cls, value: dict[str, dict[str, str]], info: ValidationInfo) -> dict[str, dict[str, str]]:
        is_choice = info.data.get("kind", "choice" if value else "text") == "choice"
        if is_choice and not value:
            raise refuse("there is nothing to choose from", "add options: {name: {id: ...}, other: {id: ...}}")
        if value and not is_choice:
            raise refuse(
                f"a field of the kind {info.data['kind']} has no options", "write kind: choice, or remove them"
            )
        return value

    def values(self) -> tuple[str, ...]:
        """Return what may be chosen; empty: anything may be written."""
        return YES_NO if self.kind == "yes_no" else tuple(self.options)


class EmergencyType(Part):
    """What a call can be about."""

    label: dict[Language, Label] = Field(
        min_length=1, description="What operators see and the menu says, per language."
    )
    priority: Priority = Field(default=3, description="0 is the most urgent, 9 the least.")
    skills: tuple[Name, ...] = Field(
        default=(), description="Skills wanted; operators who have them are rung first, others when there is none."
    )
    queue: Name | None = Field(default=None, description="Queue it waits in. Left out: `default_queue`.")
    agency: Name | None = Field(
        default=None, description="The destination that operators usually ask first; they can ask every other one."
    )
    form: tuple[FormField, ...] = Field(
        default=(), description="Further fields of the incident's form, in the order in which they are shown."
    )
    questions: dict[Language, tuple[Question, ...]] = Field(
        default_factory=dict,
        description="What the operator's page tells to ask, per language. Left out: its own questions.",
    )

    @field_validator("questions", mode="after")
    @classmethod
    def _not_empty(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for language, questions in value.items():
            if not questions:
                raise refuse(f"there is no question in {language}", "write one, or leave questions out")
        return value


def default_types() -> dict[str, EmergencyType]:
    """Return the types of a file that names none."""
    labels = {
        "fire": ("Kebakaran", "Fire"),
        "crime": ("Kejahatan", "Crime"),
        "accident": ("Kecelakaan", "Accident"),
        "ambulance": ("Ambulans", "Ambulance"),
        "medical": ("Medis", "Medical"),
    }
    urgency = {"fire": 1, "medical": 0}
    return {
        name: EmergencyType(label={"id": indonesian, "en": english}, priority=urgency.get(name, 2))
        for name, (indonesian, english) in labels.items()
    }


def label_of(kind: EmergencyType, language: str) -> str:
    """Return the type's label in a language, or in the first one it has."""
    return kind.label.get(language) or next(iter(kind.label.values()))

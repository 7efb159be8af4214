"""What may stand in the city file: every key, its type, its default and its meaning.

The descriptions are the table of keys in the README (:mod:`ntpd112.config.reference`). Everything but ``city``,
``trunks`` and ``operators`` may be left out. What one value alone cannot tell (references between parts, numbers used
twice) is checked by :mod:`ntpd112.config.check`; whether every call reaches a human, by :mod:`ntpd112.config.prove`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator

from ntpd112.config.emergencies import EmergencyType, default_types, label_of
from ntpd112.config.fairness import PerCaller
from ntpd112.config.fields import (
    HOUR_S,
    VOICE,
    Address,
    AreaCode,
    BreakDigit,
    CountryCode,
    DialCode,
    Digit,
    Extension,
    Gateway,
    HeaderName,
    KeyCode,
    Label,
    Language,
    Name,
    Number,
    Part,
    Priority,
    Seconds,
    Speech,
    Timezone,
    join_gateway,
    refuse,
)
from ntpd112.config.outward import Outward, Withheld
from ntpd112.config.prompts import BUILT_IN, PROMPT_NAMES, PromptName, confirm_texts, menu_text
from ntpd112.core.plan import Confirmation, Strategy

ANY_OPERATOR = "any_operator"
RING_ALL = "ring_all"
ASK_OPERATOR = "operator"
SHORTEST_SELF_CALL_S = 10


class ServiceNumber(Part):
    """A number that citizens dial to reach this room."""

    number: Number = Field(description='As dialled, in any spelling: "112", "021 1500293", "+62 811 1500 293".')
    name: Label = Field(description="What operators and reports call it.")


class Trunk(Part):
    """A line to a telephone provider."""

    kind: Literal["landline", "mobile"] = Field(description="Which network it comes from; shown to operators.")
    addresses: tuple[Address, ...] = Field(
        min_length=1,
        description="Where calls come from: IP addresses or networks (no names: a dead DNS would keep callers out).",
    )
    media: tuple[Address, ...] = Field(
        default=(),
        description="Where voice comes from besides `addresses`. Given: `ntpd112 firewall` keeps all else out, but for "
        "what a call's own SDP names. Left out: not filtered.",
    )
    transports: tuple[Literal["udp", "tcp"], ...] = Field(
        default=("udp", "tcp"), min_length=1, description="SIP transports; the first is used for calls outward."
    )
    codecs: tuple[Literal["alaw", "ulaw", "g722"], ...] = Field(
        default=("alaw", "ulaw"), min_length=1, description="Audio formats, the preferred one first."
    )
    voice: Literal["plain", "any"] = Field(default="plain", description=VOICE)
    dtmf: Literal["auto", "rfc4733", "inband", "info", "auto_info"] = Field(
        default="auto", description="How the provider sends keys; `auto`: RFC 4733 when offered, else as audible tones."
    )
    area: Label | None = Field(
        default=None, description="Which part of the city, or whose network; shown to operators beside the kind."
    )
    location_headers: tuple[HeaderName, ...] = Field(
        default=(),
        max_length=4,
        description="SIP headers in which it says where a caller is, such as `Geolocation`, `P-Access-Network-Info`.",
    )
    gateway: Gateway = Field(
        default="",
        validate_default=True,
        description="Where calls outward go, `address:port`. Left out: the first single address above, port 5060.",
    )
    outward: Outward = Field(default_factory=Outward, description="How the centre shows itself to the provider.")

    @field_validator("gateway", mode="after")
    @classmethod
    def _default_gateway(cls, value: str, info: ValidationInfo) -> str:
        single = [address for address in info.data.get("addresses", ()) if "/" not in address]
        return value or (join_gateway(single[0], 5060) if single else "")


class TypeKey(Part):
    """The key names the emergency."""

    type: Name = Field(description="One of `types`.")


class LanguageKey(Part):
    """The key changes the language and says the menu again."""

    language: Language = Field(description="One of `languages`.")


def _key_kind(value: Any) -> str:
    if isinstance(value, LanguageKey) or (isinstance(value, dict) and "language" in value and "type" not in value):
        return "(language)"
    return "(type)" if isinstance(value, TypeKey | dict) else "(operator)"


KeyMeaning = Annotated[
    Annotated[Literal["operator"], Tag("(operator)")]
    | Annotated[TypeKey, Tag("(type)")]
    | Annotated[LanguageKey, Tag("(language)")],
    Discriminator(_key_kind),
]


class Menu(Part):
    """The spoken menu. No key, and any wrong key, also lead to an operator."""

    digit_wait_s: Seconds = Field(default=4.0, ge=0, le=15, description="Silence after the menu before it is left.")
    repeats: Annotated[int, Field(strict=True, ge=0, le=1)] = Field(
        default=1, description="How often the menu is said again when no key, or a wrong one, was pressed: 0 or 1."
    )
    ring_within_s: Seconds = Field(
        default=8.0,
        le=30,
        ge=0,
        description="With an operator free, a phone rings at the latest this long after the call came, menu or not.",
    )
    keys: dict[Digit, KeyMeaning] = Field(
        default_factory=dict,
        description="Key -> `{type: ...}`, `{language: ...}` or `operator`. Left out: the types on 1 to 8 in "
        "their order, the second language on 9, an operator on 0.",
    )


class OverflowStep(Part):
    """One link of the overflow chain."""

    after_s: Seconds = Field(
        ge=0,
        le=HOUR_S,
        description="Taken after this much waiting, or at once when nobody is logged in or the queue is full.",
    )
    to: Name = Field(
        description="`any_operator` (skills no longer matter), `ring_all` (every free phone at once) or a destination."
    )


class Queue(Part):
    """How callers wait and are offered to operators."""

    strategy: Strategy = Field(default="longest_idle", description="Whom to ring first.")
    ring_s: Seconds = Field(
        default=15.0, ge=1, le=60, description="How long one phone rings before the next operator is tried."
    )
    skill_wait_s: Seconds = Field(
        default=0.0,
        le=60,
        ge=0,
        description="For this long only operators with all wanted skills are rung, if one is logged in.",
    )
    max_waiting: Annotated[int, Field(strict=True, ge=1, le=100_000)] = Field(
        default=500,
        description="With more callers waiting, a new one takes the overflow chain at once, keeping the turn.",
    )
    comfort_every_s: Seconds = Field(
        default=30.0, ge=0, le=HOUR_S, description="Pause between two `still_waiting` prompts; 0: music only."
    )
    overflow_ring_s: Seconds = Field(
        default=30.0, ge=1, le=120, description="How long a destination outside rings before the next is tried."
    )
    overflow_retry_s: Seconds = Field(
        default=30.0,
        ge=1,
        le=HOUR_S,
        description="After the last destination failed, they are tried again this much later.",
    )
    overflow: tuple[OverflowStep, ...] = Field(
        default=(OverflowStep(after_s=20.0, to=ANY_OPERATOR), OverflowStep(after_s=40.0, to=RING_ALL)),
        description="The overflow chain, in the order of `after_s`. End it with a destination outside.",
    )

    @field_validator("comfort_every_s", mode="after")
    @classmethod
    def _not_all_the_time(cls, value: float) -> float:
        if 0 < value < 1:
            raise refuse(f"{value:g} is too often", "write 0 for music only, or at least 1")
        return value


class Operator(Part):
    """Somebody who answers calls; the key is the extension and the name to log in with."""

    name: Label = Field(description="Shown to colleagues and on records.")
    skills: tuple[Name, ...] = Field(default=(), description="What this operator can do, such as `fire` or `english`.")
    wrap_up_s: Seconds = Field(
        default=30.0, ge=0, le=HOUR_S, description="Time to write after a call, before the next one rings."
    )


class Destination(Part):
    """A number outside the room: an agency, a neighbour centre, a mobile."""

    name: Label = Field(description="Shown to operators and on records.")
    number: Number = Field(description="As the trunk's provider wants it dialled.")
    trunk: Name = Field(description="The trunk to dial it through.")
    confirm: Confirmation = Field(
        default="key",
        description="`key`: whatever answers counts as a human once it presses 1, which no mailbox does; `none`: at "
        "once, for a desk where somebody always sits.",
    )
    withheld: Withheld | None = Field(
        default=None,
        description="Whether a number that its caller withholds is shown there. Left out: `hide` at mobiles, else "
        "`show`.",
    )


def _default_breaks() -> dict[str, str]:
    return {"1": "istirahat", "2": "sholat", "3": "toilet", "4": "pelatihan"}


class Codes(Part):
    """What operators dial, and press during a call."""

    log_in: DialCode = Field(default="*11", description="Dial: log in.")
    log_out: DialCode = Field(default="*12", description="Dial: log out.")
    ready: DialCode = Field(default="*13", description="Dial: ready for calls; also ends wrap-up and a break.")
    on_break: DialCode = Field(default="*14", description="Dial, with the digit of a reason: take a break.")
    break_reasons: dict[BreakDigit, Label] = Field(
        default_factory=_default_breaks,
        min_length=1,
        description="Digit -> reason; without a digit the first is meant.",
    )
    hold: KeyCode = Field(default="*4", description="In a call: hold the caller, and take back.")
    mute: KeyCode = Field(default="*5", description="In a call: mute yourself, and speak again.")
    blind: KeyCode = Field(default="*1", description="In a call, with a number and #: transfer without asking.")
    warm: KeyCode = Field(default="*2", description="In a call, with a number and #: ask there first.")
    conference: KeyCode = Field(default="*3", description="In a call: all three together.")
    complete: KeyCode = Field(default="*8", description="In a call: leave the caller with the third party.")
    cancel: KeyCode = Field(default="*0", description="In a call: drop the third party, back to the caller.")


class Pauses(Part):
    """How long a phone is left alone after it failed."""

    decline_s: Seconds = Field(
        default=10.0, ge=0, le=HOUR_S, description="After an operator declined or was busy; unless nobody else is left."
    )
    unreachable_s: Seconds = Field(
        default=30.0, ge=0, le=HOUR_S, description="After a phone could not be reached, or until it registers."
    )


class SelfCall(Part):
    """How often the centre calls itself to find out whether it can be reached."""

    every_s: Seconds = Field(
        default=60.0,
        ge=0,
        le=HOUR_S,
        description="From one call to the next; 0: none. Failing is told less than a minute after the next one began.",
    )

    @field_validator("every_s", mode="after")
    @classmethod
    def _not_all_the_time(cls, value: float) -> float:
        if 0 < value < SHORTEST_SELF_CALL_S:
            raise refuse(f"{value:g} is too often", f"write 0 for no self-calls, or at least {SHORTEST_SELF_CALL_S}")
        return value


class City(Part):
    """The whole file."""

    city: Label = Field(description="Name of the city, shown on top of everything.")
    timezone: Timezone = Field(default="Asia/Jakarta", description="Time zone of displays and reports.")
    country_code: CountryCode = Field(
        default="62", description="Numbers without a country code are read as of this country."
    )
    area_code: AreaCode = Field(
        default="",
        description="Landline numbers that come without an area code are read as of this one; without its 0.",
    )
    languages: tuple[Language, ...] = Field(
        default=("id", "en"), min_length=1, description="Languages of the prompts; the first is the default."
    )
    numbers: tuple[ServiceNumber, ...] = Field(
        default=(ServiceNumber(number="112", name="112"),),
        min_length=1,
        description="Numbers of this service. Any other number dialled on a trunk is answered as a 112 call too.",
    )
    districts: tuple[Label, ...] = Field(
        default=(),
        description="Districts to choose from in an incident's form. The wall shows no other; left out: it shows none.",
    )
    trunks: dict[Name, Trunk] = Field(min_length=1, description="Lines to telephone providers, by name.")
    types: dict[Name, EmergencyType] = Field(
        default_factory=default_types,
        min_length=1,
        description="Kinds of emergencies, by name. Left out: fire, crime, accident, ambulance, medical.",
    )
    menu: Menu = Field(default_factory=Menu, validate_default=True, description="The spoken menu.")
    queues: dict[Name, Queue] = Field(
        default_factory=lambda: {"main": Queue()}, min_length=1, description="Queues, by name. Left out: one, `main`."
    )
    default_queue: Name = Field(
        default="",
        validate_default=True,
        description="Queue of callers who chose nothing, and of types without one. Left out: the first queue.",
    )
    default_priority: Priority = Field(default=3, description="Priority of callers who chose nothing.")
    operators: dict[Extension, Operator] = Field(description="Who answers, by extension.")
    language_skills: dict[Language, Name] = Field(
        default_factory=dict, description="Language -> skill of the operators who speak it."
    )
    destinations: dict[Name, Destination] = Field(
        default_factory=dict, description="Numbers outside, for transfers and overflow, by name."
    )
    codes: Codes = Field(default_factory=Codes, description="Feature codes of the operators' phones.")
    pauses: Pauses = Field(default_factory=Pauses, description="How long a phone is left alone after it failed.")
    confirm_s: Seconds = Field(
        default=20.0, ge=5, le=120, description="A destination that has to confirm is let go when it does not so long."
    )
    redial_s: Seconds = Field(default=900.0, ge=0, le=HOUR_S, description="Who lost the line keeps the turn so long.")
    per_caller: PerCaller = Field(default_factory=PerCaller, description="What one number may take of the room.")
    self_call: SelfCall = Field(default_factory=SelfCall, description="Machines call the centre's own 112 and answer.")
    prompts: dict[PromptName, dict[Language, Speech]] = Field(
        default_factory=dict,
        validate_default=True,
        description="Prompt -> language -> text. Left out: the built-in texts in Indonesian (`id`) and English (`en`).",
    )

    @field_validator("languages", "districts", mode="after")
    @classmethod
    def _each_once(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        twice = sorted({one for one in value if value.count(one) > 1})
        if twice:
            what = str(info.field_name).removesuffix("s")
            raise refuse(f"the {what} {twice[0]} stands here twice", "remove one of them")
        return value

    @field_validator("menu", mode="after")
    @classmethod
    def _default_keys(cls, menu: Menu, info: ValidationInfo) -> Menu:
        if "keys" in menu.model_fields_set:
            return menu
        keys: dict[str, Any] = {
            str(n): TypeKey(type=name) for n, name in enumerate(list(info.data.get("types", ()))[:8], start=1)
        }
        if len(languages := info.data.get("languages", ())) > 1:
            keys["9"] = LanguageKey(language=languages[1])
        return menu.model_copy(update={"keys": keys | {"0": ASK_OPERATOR}})

    @field_validator("default_queue", mode="before")
    @classmethod
    def _first_queue(cls, value: object, info: ValidationInfo) -> object:
        return next(iter(info.data.get("queues", ())), "main") if value == "" else value

    @field_validator("prompts", mode="after")
    @classmethod
    def _complete_prompts(
        cls, given: dict[PromptName, dict[str, str]], info: ValidationInfo
    ) -> dict[PromptName, dict[str, str]]:
        languages = info.data.get("languages", ())
        menu = _menu_texts(languages, info.data.get("types", {}), info.data.get("menu"))
        built_in = BUILT_IN | {"menu": menu, "confirm": confirm_texts(info.data.get("city", "112"))}
        return {
            name: {
                language: text
                for language in languages
                if (text := given.get(name, {}).get(language) or built_in[name].get(language))
            }
            for name in PROMPT_NAMES
        }


def _menu_texts(languages: tuple[str, ...], types: dict[str, EmergencyType], menu: Menu | None) -> dict[str, str]:
    keys = menu.keys if menu else {}
    of_types = {key: meaning.type for key, meaning in keys.items() if isinstance(meaning, TypeKey)}
    of_languages = {key: meaning.language for key, meaning in keys.items() if isinstance(meaning, LanguageKey)}
    texts = {}
    for language in languages:
        labels = {key: label_of(types[name], language) for key, name in of_types.items() if name in types}
        if text := menu_text(language, labels, of_languages):
            texts[language] = text
    return texts

"""Checks of the city file between its parts: names that do not exist, numbers used twice, codes that collide.

They work on the data as it stands in the file, so that they also report when other parts are wrong. Defaults of parts
that are left out fit together by construction (:mod:`ntpd112.config.schema`) and need no check.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import combinations
from typing import Any, Final

from ntpd112.config.document import Document
from ntpd112.config.fields import dialable, shown
from ntpd112.config.numbers import EMERGENCY, canonical
from ntpd112.config.problem import Finding, PathInFile, written
from ntpd112.config.prompts import BUILT_IN, CALLER_PROMPTS, LATER_PROMPTS, PROMPT_NAMES
from ntpd112.config.schema import ANY_OPERATOR, RING_ALL, City, Codes
from ntpd112.config.wording import one_of, similar
from ntpd112.core.selfcall import OPERATOR, TRUNK

Findings = Iterator[Finding]
_DIALLED: Final = ("log_in", "log_out", "ready", "on_break")
_PRESSED: Final = ("hold", "mute", "blind", "warm", "conference", "complete", "cancel")
_OF_LANGUAGES: Final[dict[tuple[str, ...], str]] = {
    ("types", "*", "label"): "label",
    ("types", "*", "questions"): "questions",
    ("types", "*", "form", "*", "label"): "label",
    ("types", "*", "form", "*", "options", "*"): "option",
}
"""Where texts stand by language -> what they are called."""
_STATE_NUMBERS: Final = {
    "110": "police",
    "112": "emergency",
    "113": "fire brigade",
    "115": "rescue",
    "119": "ambulance",
}


def cross_check(document: Document) -> Findings:
    """Yield every mistake between parts of the file."""
    for check in _CHECKS:
        yield from check(document)


def _default(key: str) -> Any:
    field = City.model_fields[key]
    return () if field.is_required() else field.get_default(call_default_factory=True)


def _names(document: Document, key: str) -> list[str]:
    return document.names(key) if document.at((key,)) is not None else list(_default(key))


def _languages(document: Document) -> list[str]:
    given = [text for _, text in document.texts("languages", "*") if re.fullmatch("[a-z]{2,3}", text)]
    return list(dict.fromkeys(given)) or list(_default("languages"))


def _unknown(path: PathInFile, name: str, kind: str, known: list[str]) -> Finding:
    return Finding(path, f"there is no {kind} {shown(name)}", one_of(known, name))


def _addresses(document: Document) -> Findings:
    seen: list[tuple[PathInFile, IPv4Network | IPv6Network]] = []
    for path, text in document.texts("trunks", "*", "addresses", "*"):
        try:
            network = ip_network(text)
        except ValueError:
            continue
        if network.prefixlen:  # 0: everything, which is refused for itself
            seen.append((path, network))
    for (first, one), (second, other) in combinations(seen, 2):
        if not (one.version == other.version and one.overlaps(other)):
            continue
        line, _ = document.place(first)
        if one == other:
            message = f"{document.raw[second]} stands in line {line} already, for trunk {first[1]}"
        else:
            message = f"{document.raw[second]} overlaps {document.raw[first]} of trunk {first[1]} in line {line}"
        yield Finding(second, message, "give each address to one trunk: a call's address tells its trunk")


def _own_trunk(document: Document) -> Findings:
    for name in document.names("trunks"):
        if name in {TRUNK, OPERATOR}:
            yield Finding(("trunks", name), f"{name} is the name of the centre's own line", "choose another name")


def _service_numbers(document: Document) -> Findings:
    first: dict[str, PathInFile] = {}
    for path, text in document.texts("numbers", "*", "number"):
        number = _canonical(document, text)
        if number in first:
            line, _ = document.place(first[number])
            yield Finding(path, f"{text} is the number of line {line} in another spelling", "remove one of them")
        first.setdefault(number, path)


def _canonical(document: Document, number: str) -> str:
    country = document.at(("country_code",))
    return canonical(number, country if isinstance(country, str) else str(_default("country_code")))


def _own_numbers(document: Document) -> dict[str, str]:
    own = {_canonical(document, text): text for _, text in document.texts("numbers", "*", "number")}
    return {EMERGENCY: EMERGENCY, **own}


def _extensions(document: Document) -> Findings:
    own = _own_numbers(document)
    codes = {code: name for name, code in _codes(document, _DIALLED).items()}
    outside = {
        dialable(text): str(path[1]) for path, text in document.texts("destinations", "*", "number") if len(path) > 1
    }
    for extension in _names(document, "operators"):
        what = ""
        if extension in own:
            what = "is a number of this service"
        elif extension in codes:
            what = f"is the feature code {codes[extension]}"
        elif extension in outside:
            what = f"is the number of the destination {outside[extension]}"
        elif extension in _STATE_NUMBERS:
            what = f"is the state's number of the {_STATE_NUMBERS[extension]}"
        if what:
            cure = "choose another extension, such as 201: a transfer would reach the wrong one"
            yield Finding(("operators", extension), f"the extension {extension} {what}", cure)


def _codes(document: Document, names: tuple[str, ...]) -> dict[str, str]:
    defaults = {name: str(Codes.model_fields[name].default) for name in names}
    given = {str(path[1]): text for path, text in document.texts("codes", "*") if path[1] in names}
    return {name: given.get(name, defaults[name]) for name in names}


def _ambiguous_codes(document: Document) -> Findings:
    for group in (_DIALLED, _PRESSED):
        for (first, one), (second, other) in combinations(_codes(document, group).items(), 2):
            if not (one.startswith(other) or other.startswith(one)):
                continue
            path = ("codes", second) if ("codes", second) in document.values else ("codes", first)
            if one == other:
                message = f"{first} and {second} have the same code {one}"
            else:
                short, long = sorted((one, other), key=len)
                message = f"{first} {one} and {second} {other}: {short} is the beginning of {long}"
            yield Finding(path, message, "choose codes of which none begins with another, such as *11 and *12")


def _references(document: Document) -> Findings:
    queues, destinations = _names(document, "queues"), _names(document, "destinations")
    trunks, types, languages = _names(document, "trunks"), _names(document, "types"), _languages(document)
    targets = [ANY_OPERATOR, RING_ALL, *destinations]
    for pattern, kind, known in (
        (("default_queue",), "queue", queues),
        (("types", "*", "queue"), "queue", queues),
        (("types", "*", "agency"), "destination", destinations),
        (("queues", "*", "overflow", "*", "to"), "destination", targets),
        (("destinations", "*", "trunk"), "trunk", trunks),
        (("menu", "keys", "*", "type"), "type", types),
        (("menu", "keys", "*", "language"), "language", languages),
    ):
        for path, name in document.texts(*pattern):
            if name not in known:
                yield _unknown(path, name, kind, known)
    for language in document.names("language_skills"):
        if language not in languages:
            yield _unknown(("language_skills", language), language, "language", languages)
    for name in (ANY_OPERATOR, RING_ALL):
        if name in destinations:
            yield Finding(("destinations", name), f"{name} has a meaning of its own", "choose another name")


def _destinations(document: Document) -> Findings:
    own = _own_numbers(document)
    for path, number in document.texts("destinations", "*", "number"):
        if (mine := _canonical(document, number)) in own:
            message = f"{number} is this service's own number {own[mine]}: the call would come back here"
            yield Finding(path, message, "write the number of somebody else, such as the neighbour's direct line")
    for path, trunk in document.texts("destinations", "*", "trunk"):
        addresses = document.at(("trunks", trunk, "addresses"))
        if not isinstance(addresses, list) or document.at(("trunks", trunk, "gateway")):
            continue
        if all("/" in str(address) for address in addresses):
            message = f"nothing can be dialled through trunk {trunk}: it has networks only, and no gateway"
            yield Finding(path, message, f'add gateway: "address:port" to trunk {trunk}')
    for path, confirm in document.texts("destinations", "*", "confirm"):
        trunk = document.at((*path[:-1], "trunk"))
        if confirm == "none" and document.at(("trunks", str(trunk), "kind")) == "mobile":
            message = f"{path[1]} is a mobile that need not confirm: its mailbox would count as a human"
            yield Finding(path, message, "write confirm: key", "warning")


def _outward(document: Document) -> Findings:
    """What a trunk shows must be known, and what it dials must not come back here."""
    own = {}
    for name in document.names("trunks"):
        number = document.at(("trunks", name, "outward", "own_number"))
        if isinstance(number, str):
            own[_canonical(document, number)] = name
        shows = document.at(("trunks", name, "outward", "show")) == "own"
        if number is None and (shows or document.at(("trunks", name, "outward", "send_diversion"))):
            what = ("trunks", name, "outward", "show" if shows else "send_diversion")
            yield Finding(what, f"trunk {name} has no number of its own to show", "add own_number beside it")
        registers = document.at(("trunks", name, "outward", "registers"))
        if registers and document.at(("trunks", name, "outward", "username")) is None:
            where = ("trunks", name, "outward", "registers")
            yield Finding(where, f"trunk {name} registers without a user name", "add username beside it")
    for path, number in document.texts("destinations", "*", "number"):
        if (trunk := own.get(_canonical(document, number))) is not None:
            message = f"{number} is the centre's own number on trunk {trunk}: the call would come back here"
            yield Finding(path, message, "write the number of somebody else, such as the neighbour's direct line")


def _skills(document: Document) -> Findings:
    offered = {skill for _, skill in document.texts("operators", "*", "skills", "*")}
    wanted = [*document.texts("types", "*", "skills", "*"), *document.texts("language_skills", "*")]
    for path, skill in wanted:
        if skill not in offered:
            guess = similar(skill, offered)
            cure = f"did you mean {guess}?" if guess else "give it to an operator, or leave it out"
            yield Finding(path, f"no operator has the skill {skill}: it will be ignored", cure, "warning")
    known = {skill for _, skill in wanted}
    for path, skill in document.texts("operators", "*", "skills", "*"):
        if skill not in known and (guess := similar(skill, known)):
            yield Finding(path, f"nothing asks for the skill {skill}", f"did you mean {guess}?", "warning")


def _unused(document: Document) -> Findings:
    if document.at(("menu", "keys")) is not None:
        chosen = {text for _, text in document.texts("menu", "keys", "*", "type")}
        for name in _names(document, "types"):
            if name not in chosen and ("types", name) in document.values:
                cure = f"add a key to menu.keys: {{type: {name}}}, or leave it to the operators"
                yield Finding(("types", name), f"no key leads to the type {name}", cure, "warning")
        offered = {text for _, text in document.texts("menu", "keys", "*", "language")}
        for language in _languages(document)[1:]:
            if language not in offered:
                cure = f'add a key to menu.keys, such as "9": {{language: {language}}}'
                yield Finding(("languages",), f"no key leads to the language {language}", cure, "warning")
    queues = document.names("queues")
    default = document.at(("default_queue",)) or next(iter(queues), "")
    used = [default, *(text for _, text in document.texts("types", "*", "queue"))]
    for name in queues if default in queues else ():
        if name not in used:
            cure = "name it in a type's queue, or remove it"
            yield Finding(("queues", name), f"no call ever waits in the queue {name}", cure, "warning")


def _overflow_order(document: Document) -> Findings:
    for path, chain in document.find("queues", "*", "overflow"):
        steps = chain if isinstance(chain, list) else []
        given = [step.get("after_s") for step in steps if isinstance(step, dict)]
        times = [time for time in given if isinstance(time, int | float)]
        if len(times) != len(steps):
            continue
        if times != sorted(times):
            yield Finding(
                path, "the steps do not stand in the order of after_s", "sort them: they are taken so", "warning"
            )
        targets = [step.get("to") for step in steps]
        for n, target in enumerate(targets):
            if target in targets[:n]:
                where = (*path, n, "to")
                yield Finding(where, f"{target} stands in this chain twice", "remove one of them", "warning")


def _prompts(document: Document) -> Findings:
    languages = _languages(document)
    for language in languages:
        first = language == languages[0]
        silent = [
            name
            for name in (PROMPT_NAMES if first else CALLER_PROMPTS)
            if name not in LATER_PROMPTS
            and language not in BUILT_IN.get(name, BUILT_IN["greeting"])
            and not document.at(("prompts", name, language))
        ]
        if silent:
            message = f"callers would hear nothing in {language}: these prompts have no text in it: {', '.join(silent)}"
            cure = "add the texts" if first else f"add the texts, or recordings recorded/{language}/<prompt>.wav"
            path: PathInFile = ("prompts",) if "prompts" in document.names() else ("languages",)
            yield Finding(path, message, cure, "error" if first else "warning")
        for name in sorted(LATER_PROMPTS) if language not in BUILT_IN["greeting"] else ():
            if not document.at(("prompts", name, language)):
                message = f"the prompt {name} has no text in {language}, and is spoken in another language"
                yield Finding(("languages",), message, f"write prompts.{name}.{language}", "warning")
    for pattern in (("prompts", "*"), *_OF_LANGUAGES):
        for path, texts in document.find(*pattern):
            for language in texts if isinstance(texts, dict) else ():
                if language not in languages:
                    message = f"{written(path)} has a text in {language}, which is none of the languages"
                    yield Finding((*path, language), message, one_of(languages, language), "warning")


def _labels(document: Document) -> Findings:
    default = _languages(document)[0]
    for pattern, what in _OF_LANGUAGES.items():
        for path, label in document.find(*pattern):
            if isinstance(label, dict) and label and default not in label:
                verb = "lack" if what.endswith("s") else "lacks"
                yield Finding(path, f"the {what} {verb} the first language, {default}", f"add {default}: and a text")


def _forms(document: Document) -> Findings:
    """A field's name tells what was written there, whatever the incident's type became later."""
    first: dict[str, PathInFile] = {}
    own: dict[PathInFile, PathInFile] = {}
    for path, field in document.find("types", "*", "form", "*"):
        name = field.get("name") if isinstance(field, dict) else None
        if not isinstance(name, str):
            continue
        here = (*path, "name")
        if own.setdefault((path[1], name), here) != here:
            line, _ = document.place(own[path[1], name])
            yield Finding(here, f"the field {name} stands in line {line} already", "remove one of them")
        elif _written_there(field) != _written_there(document.at(first.setdefault(name, path))):
            line, _ = document.place((*first[name], "name"))
            message = f"the field {name} is not that of line {line}: kind or options differ"
            yield Finding(here, message, "make them the same, or choose another name")


def _written_there(field: dict[str, Any]) -> tuple[Any, set[Any]]:
    options = field.get("options")
    return field.get("kind", "text"), set(options) if isinstance(options, dict) else set()


_CHECKS: tuple[Callable[[Document], Findings], ...] = (
    _addresses,
    _own_trunk,
    _service_numbers,
    _extensions,
    _ambiguous_codes,
    _references,
    _destinations,
    _outward,
    _skills,
    _unused,
    _overflow_order,
    _prompts,
    _labels,
    _forms,
)

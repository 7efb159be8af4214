"""What would happen to a call, step by step, each with the line of the file that decides it.

The story is not told from the file: the real :class:`~ntpd112.core.switchboard.Switchboard` runs the call in a made-up
world (:mod:`ntpd112.config.rehearsal`), so that the explanation and the behaviour cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ntpd112.config.load import CityFile
from ntpd112.config.numbers import EMERGENCY, caller_number, canonical, dialled_number
from ntpd112.config.problem import PathInFile
from ntpd112.config.rehearsal import Rehearsal, Told
from ntpd112.core.messages import CallArrived
from ntpd112.core.records import AniKind

Staff = Literal["everybody", "nobody"]

_ANI_WORDS: dict[AniKind, str] = {
    "national": "a number of this country",
    "international": "a number from abroad",
    "withheld": "a hidden number: answered all the same",
    "missing": "no number at all: answered all the same",
    "pseudo": "no number that can be called back (no SIM, perhaps): answered all the same",
    "unparsable": "no telephone number: answered all the same",
}


@dataclass(frozen=True)
class Step:
    """One thing that happens. ``line`` is 0 when no line of the file decides it."""

    at_s: float
    """Seconds since the INVITE."""
    what: str
    text: str
    line: int


def explain(
    file: CityFile,
    from_: str,
    to: str = EMERGENCY,
    trunk: str = "",
    at: str = "",
    digits: str = "",
    staff: Staff | tuple[str, ...] = "everybody",
) -> list[Step]:
    """Tell what happens to a call while these operators are logged in and free, and nobody picks up.

    ``from_`` and ``to`` as the trunk delivers them; ``trunk``: a name of the file, empty: the first; ``at``: a time of
    day, only to be told that it does not matter; ``digits``: the keys pressed in the menu, one a menu.
    Raises ValueError for an unknown trunk or operator.
    """
    city = file.city
    name = trunk or next(iter(city.trunks))
    if name not in city.trunks:
        raise ValueError(f"there is no trunk {name}; the file has {', '.join(city.trunks)}")
    working = _working(file, staff)
    ani, kind = caller_number(from_, city)
    ddi, known = dialled_number(to, city)
    arrived = CallArrived(
        call_id="call",
        trunk=name,
        trunk_kind=city.trunks[name].kind,
        ddi=ddi,
        ddi_raw=to,
        ddi_known=known,
        ani=ani,
        ani_raw=from_,
        ani_kind=kind,
        caller_name="",
    )
    told = [*_arrival(file, arrived, at), *Rehearsal(city, file.plan, arrived, digits, working).run()]
    told.append(_fallback(told[-1].at_s))
    return [Step(one.at_s, one.what, one.text, file.line(*one.path) if one.path else 0) for one in told]


def _working(file: CityFile, staff: Staff | tuple[str, ...]) -> tuple[str, ...]:
    if staff == "everybody":
        return tuple(file.plan.operators)
    if staff == "nobody":
        return ()
    for operator in staff:
        if operator not in file.plan.operators:
            raise ValueError(f"there is no operator {operator}; the file has {', '.join(file.plan.operators)}")
    return tuple(staff)


def _arrival(file: CityFile, arrived: CallArrived, at: str) -> Iterator[Told]:
    if at:
        yield Told(0, "time", f"{at} {file.city.timezone}: routing is the same at every hour", ("timezone",))
    shown = f"{arrived.ani}, " if arrived.ani else ""
    yield Told(0, "caller", f'"{arrived.ani_raw}" is {shown}{_ANI_WORDS[arrived.ani_kind]}', ("country_code",))
    yield Told(0, "trunk", f"{arrived.trunk} ({arrived.trunk_kind})", ("trunks", arrived.trunk))
    yield _dialled(file, arrived)


def _dialled(file: CityFile, arrived: CallArrived) -> Told:
    if not arrived.ddi_known:
        text = f'"{arrived.ddi_raw}" is none of our numbers: treated as a 112 call, and noted on the record'
        return Told(0, "dialled", text, ("numbers",))
    for n, service in enumerate(file.city.numbers):
        if canonical(service.number, file.city.country_code) == arrived.ddi:
            path: PathInFile = ("numbers", n)
            return Told(0, "dialled", f'"{arrived.ddi_raw}" is {arrived.ddi} ({service.name})', path)
    return Told(0, "dialled", f'"{arrived.ddi_raw}" is {arrived.ddi}', ("numbers",))


def _fallback(at_s: float) -> Told:
    text = "should the controller die at any moment, the exchange itself says `fallback` and rings who is logged in"
    return Told(at_s, "fallback", text, ("prompts", "fallback"))

"""What the console takes of the city file itself: names, districts, and what is asked about each kind of emergency.

Calls are decided by the plan, which knows nothing of all this.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec import Struct, field

from ntpd112.config.emergencies import EVERY_FORM, EmergencyType, FieldKind
from ntpd112.config.load import CityFile, load_city
from ntpd112.config.problem import CityError
from ntpd112.console.endpoint import Refusal
from ntpd112.core.plan import Plan

Texts = dict[str, str]
"""Language -> text; the city's first language is always among them."""


class Field(Struct, frozen=True):
    """A further field of the form. ``options``: of a choice, by what is saved."""

    name: str
    label: Texts
    kind: FieldKind
    options: dict[str, Texts]


class TypeForm(Struct, frozen=True):
    """What is written down and asked about one kind of emergency, and whom.

    ``questions``: by language; empty: the page's own. ``agency``: the destination that is usually asked; empty: none.
    """

    form: tuple[Field, ...] = ()
    questions: dict[str, tuple[str, ...]] = {}
    agency: str = ""


class CityTold(Struct, frozen=True):
    """A city file, as far as pages show it. ``areas``: of trunks that have one; ``forms``: by type."""

    version: str = ""
    city: str = ""
    districts: tuple[str, ...] = ()
    areas: dict[str, str] = {}
    forms: dict[str, TypeForm] = {}
    values: dict[str, tuple[str, ...]] = field(default_factory=lambda: dict.fromkeys(EVERY_FORM, ()))
    """Every field of every form -> what may be written there; empty: anything."""

    def check(self, name: str, text: str) -> None:
        """Raise :class:`Refusal` for what cannot be written in a field. To take something away is always right."""
        values = self.values.get(name)
        if values is None:
            known = ", ".join(self.values)
            raise Refusal(404, "no_such_field", f"There is no such field; there are: {known}", "The city file has them")
        if values and text and text not in values:
            known = ", ".join(values)
            raise Refusal(422, "not_a_choice", f"{name} is one of these, or empty: {known}", "Choose one of them")


_NOTHING: Final = CityTold()


class CityInForce:
    """Reads the city file again with every plan.

    Whoever edits the file changes nothing here before it is put into force. While the plan's own file cannot be read
    (it was edited since, or has a mistake), what was read last stays; with nothing read yet, any good file is taken.
    """

    def __init__(self, city_file: Path, plan: Callable[[], Plan | None]) -> None:
        self._file = city_file
        self._plan = plan
        self._told = _NOTHING
        self._looked_at: tuple[str, int, int] | None = None
        """Plan, time and inode of the file that was looked at last."""

    def told(self) -> CityTold:
        """Return what is in force."""
        plan = self._plan()
        version = plan.version if plan is not None else ""
        if version != self._told.version or self._told is _NOTHING:
            self._look(version)
        return self._told

    def _look(self, version: str) -> None:
        try:
            status = self._file.stat()
            looked_at = version, status.st_mtime_ns, status.st_ino
            if looked_at == self._looked_at:
                return
            self._looked_at = looked_at
            file = load_city(self._file)
        except (OSError, CityError):
            return
        if file.digest == version or self._told is _NOTHING:
            self._told = told_of(file)


def told_of(file: CityFile) -> CityTold:
    """Return what pages show of a city file."""
    city = file.city
    values = {one.name: one.values() for kind in city.types.values() for one in kind.form}
    return CityTold(
        version=file.digest,
        city=city.city,
        districts=city.districts,
        areas={name: trunk.area for name, trunk in city.trunks.items() if trunk.area is not None},
        forms={name: _form(kind) for name, kind in city.types.items()},
        values={**dict.fromkeys(EVERY_FORM, ()), "district": city.districts, **values},
    )


def _form(kind: EmergencyType) -> TypeForm:
    fields = (Field(one.name, one.label, one.kind, one.options) for one in kind.form)
    return TypeForm(tuple(fields), kind.questions, kind.agency or "")

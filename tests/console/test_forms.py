"""What the city file has for forms: read with the plan in force, shown to pages, and checked when it is written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from msgspec.structs import replace

from ntpd112.config.load import load_city
from ntpd112.console.endpoint import Refusal
from ntpd112.console.forms import CityInForce
from ntpd112.core.plan import Plan
from tests.console.office import NETWORK, Office, office
from tests.console.test_incidents import answered, until
from tests.console.test_wall import watching
from tests.stories.city import city_text
from tests.stories.world import PATIENCE_S

DISTRICTS = "districts: [Benda, Karang Tengah]\n"
BREATHING = "{name: breathing, label: {id: Bernapas, en: Breathing}, kind: yes_no}"
AGE = "{name: age, label: {id: Umur}, kind: number}"
BURNING = "{name: burning, label: {id: Terbakar}, kind: choice, options: {house: {id: Rumah}, car: {id: Mobil}}}"


def text_with_forms(network: str = NETWORK, medical: str = f"{BREATHING}, {AGE}", fire: str = BURNING) -> str:
    """Write the city of the stories with districts, a trunk's area, and forms of two types."""
    changes = (
        ("timezone:", f"{DISTRICTS}timezone:"),
        ("mobile: {kind: mobile,", "mobile: {kind: mobile, area: Barat,"),
        ("skills: [medical]}", f'skills: [medical], form: [{medical}], questions: {{id: ["Bernapas?"]}}}}'),
        ("priority: 1, skills: [fire]}", f"priority: 1, skills: [fire], form: [{fire}]}}"),
    )
    text = city_text(network)
    for known, new in changes:
        assert known in text
        text = text.replace(known, new, 1)
    return text


async def put_into_force(place: Office, text: str) -> None:
    """Edit the city file and reload, as an admin does."""
    assert place.world.controller is not None
    await asyncio.to_thread(place.settings.city_file.write_text, text, encoding="utf-8")
    assert await place.world.controller.reload() == []


class Edited:
    """A city file that is edited, and the plan that is in force."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "city.yaml"
        self.plan: Plan | None = None
        self.city = CityInForce(self.file, lambda: self.plan)

    def write(self, text: str, *, in_force: bool) -> None:
        new = self.file.with_suffix(".new")
        new.write_text(text)
        new.rename(self.file)
        if in_force:
            self.plan = load_city(self.file).plan

    def districts(self) -> tuple[str, ...]:
        return self.city.told().districts


def test_what_is_edited_counts_from_when_it_is_in_force(tmp_path: Path) -> None:
    edited = Edited(tmp_path)
    assert edited.city.told().city == ""
    edited.write(city_text(), in_force=False)
    assert edited.city.told().city == "Kota Cerita"
    edited.write(text_with_forms(), in_force=True)
    assert edited.districts() == ("Benda", "Karang Tengah")
    edited.write(text_with_forms().replace(DISTRICTS, "districts: [Pinang]\n"), in_force=False)
    assert edited.districts() == ("Benda", "Karang Tengah")
    edited.write(text_with_forms().replace(DISTRICTS, "districts: [Pinang]\n"), in_force=True)
    assert edited.districts() == ("Pinang",)


def test_while_the_file_has_a_mistake_what_was_read_last_stays(tmp_path: Path) -> None:
    edited = Edited(tmp_path)
    edited.write("city: [", in_force=False)
    assert edited.districts() == ()
    edited.city.told().check("address", "Jl. Mawar 12")
    edited.write(text_with_forms(), in_force=True)
    assert edited.districts() == ("Benda", "Karang Tengah")
    edited.write("city: [", in_force=False)
    assert edited.plan is not None
    edited.plan = replace(edited.plan, version="another")
    assert edited.districts() == ("Benda", "Karang Tengah")


WRITTEN = [
    ("address", "Jl. Mawar 12"),
    ("district", "Benda"),
    ("district", ""),
    ("breathing", "no"),
    ("breathing", ""),
    ("burning", "car"),
    ("age", "about 60"),
]
REFUSED = [
    ("district", "benda", 422),
    ("breathing", "tidak", 422),
    ("burning", "Mobil", 422),
    ("rank", "colonel", 404),
]


@pytest.mark.parametrize(("field", "text"), WRITTEN)
def test_an_option_nothing_and_whatever_is_no_choice_may_be_written(tmp_path: Path, field: str, text: str) -> None:
    edited = Edited(tmp_path)
    edited.write(text_with_forms(), in_force=True)
    edited.city.told().check(field, text)


@pytest.mark.parametrize(("field", "text", "status"), REFUSED)
def test_what_is_no_option_is_refused_without_being_repeated(
    tmp_path: Path, field: str, text: str, status: int
) -> None:
    edited = Edited(tmp_path)
    edited.write(text_with_forms(), in_force=True)
    with pytest.raises(Refusal) as caught:
        edited.city.told().check(field, text)
    answer = caught.value.answer
    assert (caught.value.status, bool(answer.cure), text in answer.message) == (status, True, False)


def test_without_districts_they_are_written_as_people_like(tmp_path: Path) -> None:
    edited = Edited(tmp_path)
    edited.write(city_text(), in_force=True)
    edited.city.told().check("district", "Benda, dekat bandara")


async def snapshot(socket: aiohttp.ClientWebSocketResponse, what: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Read on until a snapshot of the room is what is wanted; return it."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            message: dict[str, Any] = await socket.receive_json()
            if message["is"] == "snapshot" and what(message):
                return message


async def test_given_a_form_of_the_city_then_pages_know_it_and_what_was_written_outlives_it(tmp_path: Path) -> None:
    async with (
        office(tmp_path) as place,
        place.browser() as siti,
        place.browser() as rina,
    ):
        await siti.sign_in("siti")
        await rina.sign_in("rina")
        socket = await siti.session.ws_connect(siti.url("/live"))
        await snapshot(socket, lambda told: not told["districts"])
        await put_into_force(place, text_with_forms())
        told = await snapshot(socket, lambda told: bool(told["districts"]))
        assert (told["districts"], told["areas"]) == (["Benda", "Karang Tengah"], {"mobile": "Barat"})
        fire, *_, medical = told["types"]
        assert fire["form"][0]["options"] == {"house": {"id": "Rumah"}, "car": {"id": "Mobil"}}
        assert [one["name"] for one in medical["form"]] == ["breathing", "age"]
        assert (medical["questions"], fire["questions"]) == ({"id": ["Bernapas?"]}, {})

        caller = await answered(place)
        fields = f"/incidents/i-{caller.call_id}/fields"
        written = {"district": "Karang Tengah", "breathing": "yes", "burning": "car", "age": "2-3"}
        for who, (field, text) in zip((siti, rina, siti, rina), written.items(), strict=True):
            assert await who.ask("PUT", fields, {"field": field, "text": text}) == (204, None)
        for field, text, refused in (
            ("district", "Pak Budi 0812", (422, "not_a_choice")),
            ("breathing", "maybe", (422, "not_a_choice")),
            ("colour", "red", (404, "no_such_field")),
            ("Colour!", "red", (400, "bad_request")),
        ):
            status, answer = await siti.ask("PUT", fields, {"field": field, "text": text})
            assert (status, answer["error"]) == refused
        async with place.browser() as nobody:
            assert (await nobody.ask("PUT", fields, {"field": "age", "text": "4"}))[0] == 401

        await put_into_force(place, text_with_forms(medical=AGE, fire=BURNING.replace("car", "bus")))
        await snapshot(socket, lambda told: len(told["types"][-1]["form"]) == 1)
        assert (await siti.ask("PUT", fields, {"field": "breathing", "text": "no"}))[0] == 404
        assert (await siti.ask("PUT", fields, {"field": "burning", "text": "car"}))[0] == 422
        assert (await until(siti, f"/incidents/i-{caller.call_id}", bool))["fields"] == written
        await socket.close()
        await place.world.operator_hangs_up("201")
        await place.world.is_over(caller)


async def test_of_all_that_is_written_down_the_wall_is_told_the_district_alone(tmp_path: Path) -> None:
    async with office(tmp_path) as place, place.browser() as siti:
        await siti.sign_in("siti")
        await put_into_force(place, text_with_forms())
        caller = await answered(place)
        async with watching(siti) as wall:
            await wall.until(lambda now: now["incidents"])
            fields = f"/incidents/i-{caller.call_id}/fields"
            secret = {"address": "Rahasia 1", "landmark": "Rahasia 2", "notes": "Rahasia 3", "age": "Rahasia 4"}
            for field, text in (*secret.items(), ("district", "Karang Tengah")):
                assert (await siti.ask("PUT", fields, {"field": field, "text": text}))[0] == 204
            await wall.until(lambda now: now["incidents"][0]["district"] == "Karang Tengah")
            assert "Rahasia" not in repr(wall.told)
            assert (await siti.ask("PUT", fields, {"field": "district", "text": ""}))[0] == 204
            await wall.until(lambda now: now["incidents"][0]["district"] is None)
        await place.world.operator_hangs_up("201")
        await place.world.is_over(caller)

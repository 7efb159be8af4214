"""Prompts and music are made once, from recordings where the city has some."""

from __future__ import annotations

from pathlib import Path

import pytest

from ntpd112.config.load import read_city
from ntpd112.config.schema import City
from ntpd112.host.commands import run
from ntpd112.host.errors import PromptError
from ntpd112.host.layout import Layout
from ntpd112.host.music import build_music
from ntpd112.host.prompts import build_prompts
from tests.asterisk import city_text

RATE_HZ = 8000


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path / "state")
    made.create()
    return made


def _city(languages: tuple[str, ...] = ("id", "en"), **prompts: dict[str, str]) -> City:
    texts = prompts or {"greeting": {"id": "Darurat satu satu dua.", "en": "Emergency."}}
    return read_city(city_text("127.0.1")).city.model_copy(update={"languages": languages, "prompts": texts})


def _record(path: Path, *effects: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    run(["sox", "-n", "-r", "44100", "-c", "2", str(path), *effects], timeout_s=10)


def test_prompts_are_made_once_and_again_when_the_text_changes(layout: Layout) -> None:
    first = build_prompts(_city(), layout)
    again = build_prompts(_city(), layout)
    changed = build_prompts(_city(greeting={"id": "Halo.", "en": "Emergency."}), layout)

    assert set(first) == {"id/greeting", "en/greeting"}
    assert again == ()
    assert changed == ("id/greeting",)


def test_a_prompt_begins_and_ends_at_once_and_is_loud_enough(layout: Layout) -> None:
    build_prompts(_city(), layout)
    samples = (layout.sounds / "id" / "greeting.alaw").read_bytes()

    assert 0.5 * RATE_HZ < len(samples) < 4 * RATE_HZ
    # A-law (G.711): with the alternate bits undone, the segment grows with the loudness; 7 is the loudest.
    loudness = [((byte ^ 0x55) & 0x70) >> 4 for byte in samples]
    assert max(loudness) >= 6
    assert max(loudness[: RATE_HZ // 4]) >= 4
    assert max(loudness[-RATE_HZ // 2 :]) >= 4


def test_a_recording_replaces_the_synthesiser_and_leaving_it_out_brings_it_back(layout: Layout) -> None:
    build_prompts(_city(), layout)
    spoken = (layout.sounds / "id" / "greeting.alaw").read_bytes()
    recording = layout.recorded / "id" / "greeting.flac"
    _record(recording, "synth", "1", "sine", "440")

    with_recording = build_prompts(_city(), layout)
    recorded = (layout.sounds / "id" / "greeting.alaw").read_bytes()
    recording.unlink()
    build_prompts(_city(), layout)

    assert with_recording == ("id/greeting",)
    assert recorded != spoken
    assert (layout.sounds / "id" / "greeting.alaw").read_bytes() == spoken


def test_a_language_without_a_voice_is_named_with_its_cure(layout: Layout) -> None:
    with pytest.raises(PromptError, match=r"no voice for language xx; .*recorded/xx/greeting\.wav"):
        build_prompts(_city(("xx",), greeting={"xx": "Halo"}), layout)


def test_a_language_without_a_voice_works_when_all_is_recorded(layout: Layout) -> None:
    _record(layout.recorded / "xx" / "greeting.wav", "synth", "1", "sine", "440")

    assert build_prompts(_city(("xx",), greeting={}), layout) == ("xx/greeting",)


def test_a_damaged_recording_is_named_and_the_old_sound_stays(layout: Layout) -> None:
    build_prompts(_city(), layout)
    before = (layout.sounds / "id" / "greeting.alaw").read_bytes()
    (layout.recorded / "id").mkdir()
    (layout.recorded / "id" / "greeting.wav").write_bytes(b"no sound")

    with pytest.raises(PromptError, match=r"greeting\.wav"):
        build_prompts(_city(), layout)
    assert (layout.sounds / "id" / "greeting.alaw").read_bytes() == before


def test_music_is_made_once_and_replaced_by_the_citys_own(layout: Layout) -> None:
    assert build_music(layout)
    assert not build_music(layout)
    _record(layout.recorded / "music" / "kota.wav", "synth", "2", "sine", "440")
    assert build_music(layout)

    assert [path.name for path in layout.music.glob("*.alaw")] == ["kota.alaw"]


def test_a_prompt_that_came_later_is_spoken_in_another_language_where_it_has_no_text(layout: Layout) -> None:
    _record(layout.recorded / "xx" / "greeting.wav", "synth", "1", "sine", "440")
    for texts in ({}, {"en": "Press one."}):
        assert "xx/confirm" in build_prompts(_city(("xx",), greeting={}, confirm=texts), layout)
        assert (layout.sounds / "xx" / "confirm.alaw").stat().st_size > RATE_HZ // 2


def test_a_language_without_texts_keeps_no_other_one_from_its_sounds(layout: Layout) -> None:
    for languages in (("id", "su"), ("su", "id")):
        with pytest.raises(PromptError, match="has no text in language su"):
            build_prompts(_city(languages), layout)
        assert (layout.sounds / "id" / "greeting.alaw").is_file()
        (layout.sounds / "id" / "greeting.alaw").unlink()

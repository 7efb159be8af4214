"""Audio arithmetic: what the other tests measure with."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest

from ntpd112.simulate.tone import (
    ALAW_SILENCE,
    DTMF_HZ,
    from_alaw,
    hears,
    loudness,
    read_wav,
    silence,
    strength,
    to_alaw,
    tone,
    write_wav,
)


def test_every_alaw_code_survives_the_way_there_and_back() -> None:
    codes = bytes(range(256))
    assert to_alaw(from_alaw(codes)) == codes


def test_silence_is_the_silent_code() -> None:
    assert set(to_alaw(silence(0.1))) == {ALAW_SILENCE}


@pytest.mark.parametrize("hz", [300, 440, 1004, 3000])
def test_a_tone_is_found_where_it_is_and_nowhere_else(hz: int) -> None:
    heard = from_alaw(to_alaw(tone([hz], 0.2)))
    assert strength(heard, hz) > 0.95
    assert strength(heard, hz + 150) < 0.05


def test_both_tones_of_a_key_are_found() -> None:
    low, high = DTMF_HZ["5"]
    heard = tone([low, high], 0.2)
    assert strength(heard, low) == pytest.approx(0.5, abs=0.05)
    assert strength(heard, high) == pytest.approx(0.5, abs=0.05)


def test_seconds_of_a_tone_are_counted_and_silence_is_none() -> None:
    assert hears(silence(0.5) + tone([440], 1.0) + silence(0.5), 440) == pytest.approx(1.0, abs=0.1)
    assert hears(silence(1.0), 440) == 0
    assert loudness(array("h")) == 0


def test_wav_is_read_as_written_and_another_format_is_refused_with_the_cure(tmp_path: Path) -> None:
    samples = tone([440], 0.1)
    write_wav(tmp_path / "a.wav", samples)
    assert read_wav(tmp_path / "a.wav") == samples
    data = bytearray((tmp_path / "a.wav").read_bytes())
    data[24:28] = (16000).to_bytes(4, "little")
    (tmp_path / "b.wav").write_bytes(data)
    with pytest.raises(ValueError, match="16000 Hz; wanted 16 bits, 8000 Hz: convert it with sox"):
        read_wav(tmp_path / "b.wav")

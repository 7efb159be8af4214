"""Telephone audio without any dependency: A-law, tones, DTMF, and how much of a frequency is in a sound.

Audio is 8,000 samples a second, one channel: signed 16-bit integers, or A-law bytes (ITU-T G.711).
"""

from __future__ import annotations

import math
import wave
from array import array
from collections.abc import Sequence
from pathlib import Path

RATE = 8000
"""Samples a second."""

DTMF_HZ = {
    key: (low, high)
    for low, row in zip((697, 770, 852, 941), ("123A", "456B", "789C", "*0#D"), strict=True)
    for key, high in zip(row, (1209, 1336, 1477, 1633), strict=True)
}
"""Key -> its two frequencies (ITU-T Q.23)."""


def tone(hz: Sequence[float], seconds: float, level: float = 0.25) -> array[int]:
    """Return the sum of sines; ``level`` is each one's share of full scale."""
    steps = [2 * math.pi * f / RATE for f in hz]
    return array("h", (int(32767 * level * sum(math.sin(s * i) for s in steps)) for i in range(int(seconds * RATE))))


def silence(seconds: float) -> array[int]:
    """Return nothing to hear."""
    return array("h", bytes(2 * int(seconds * RATE)))


def strength(samples: Sequence[int], hz: float) -> float:
    """Return the share (0..1) of the sound's power that lies at ``hz``, by Goertzel's algorithm."""
    total = sum(s * s for s in samples)
    if not total:
        return 0.0
    factor = 2 * math.cos(2 * math.pi * hz / RATE)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + factor * last - before
    power = last * last + before * before - factor * last * before
    return min(1.0, 2 * power / (len(samples) * total))


def hears(samples: Sequence[int], hz: float, *, at_least: float = 0.5, window_s: float = 0.1) -> float:
    """Return for how many seconds ``hz`` dominates: windows in which its share is ``at_least`` that much."""
    size = int(window_s * RATE)
    windows = (samples[i : i + size] for i in range(0, len(samples) - size + 1, size))
    return window_s * sum(_loud(w) and strength(w, hz) >= at_least for w in windows)


def loudness(samples: Sequence[int]) -> float:
    """Return the root mean square, 0..1 of full scale."""
    return math.sqrt(sum(s * s for s in samples) / len(samples)) / 32768 if samples else 0.0


_AUDIBLE = 0.005


def _loud(samples: Sequence[int]) -> bool:
    return loudness(samples) > _AUDIBLE


def _compress(sample: int) -> int:
    sign = 0x80 if sample >= 0 else 0
    magnitude = min(sample if sample >= 0 else -sample - 1, 32767) >> 3
    if magnitude < 32:  # noqa: PLR2004 - the first, linear segment of G.711
        return (sign | magnitude >> 1) ^ 0x55
    exponent = magnitude.bit_length() - 5
    return (sign | exponent << 4 | magnitude >> exponent & 0x0F) ^ 0x55


def _expand(code: int) -> int:
    code ^= 0x55
    exponent, mantissa = code >> 4 & 7, code & 0x0F
    magnitude = (mantissa << 4) + 8 if exponent == 0 else (mantissa << 4) + 0x108 << exponent - 1
    return magnitude if code & 0x80 else -magnitude


_ALAW = bytes(_compress(s) for s in range(-32768, 32768, 16))
_LINEAR = [_expand(code) for code in range(256)]

ALAW_SILENCE = 0xD5
"""The A-law code of zero."""


def to_alaw(samples: Sequence[int]) -> bytes:
    """Return the sound in A-law."""
    return bytes(_ALAW[(s + 32768) >> 4] for s in samples)


def from_alaw(data: bytes) -> array[int]:
    """Return the sound of A-law bytes."""
    return array("h", (_LINEAR[code] for code in data))


def write_wav(path: Path, samples: array[int]) -> None:
    """Write a wav file."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(samples.tobytes())


def read_wav(path: Path) -> array[int]:
    """Return a wav file's first channel.

    Raises :class:`ValueError` unless it has 16 bits and 8,000 samples a second.
    """
    with wave.open(str(path), "rb") as file:
        if file.getsampwidth() != 2 or file.getframerate() != RATE:  # noqa: PLR2004
            found = f"{8 * file.getsampwidth()} bits, {file.getframerate()} Hz"
            raise ValueError(
                f"{path} has {found}; wanted 16 bits, {RATE} Hz: convert it with sox FILE -r 8000 -b 16 OUT"
            )
        samples = array("h", file.readframes(file.getnframes()))
        return samples[:: file.getnchannels()]

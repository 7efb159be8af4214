"""Telephone audio by sox: 8 kHz, one channel, A-law, as trunks in Indonesia speak it."""

from __future__ import annotations

from pathlib import Path

from ntpd112.host.commands import CommandError, run
from ntpd112.host.errors import PromptError

RATE_HZ = 8000
SOX_TIMEOUT_S = 120.0
AUDIO_ENDINGS = ("wav", "flac", "ogg", "mp3", "aiff", "alaw", "gsm")
"""What a recording may be."""

SPEECH = (
    "highpass 120 "
    # Cut the silence at both ends: a caller in distress shall not wait for it ...
    "silence 1 0.02 0.3% reverse silence 1 0.02 0.3% reverse "
    # ... speak evenly loud, without clipping, and let the last letter fade.
    "compand 0.02,0.2 6:-60,-60,-30,-18,0,-8 -4 -90 0.1 norm -3 pad 0.05 0.15"
)
MUSIC = "highpass 120 lowpass 3200 norm -12"


def to_telephone(source: Path, target: Path, effects: str) -> None:
    """Convert an audio file to raw A-law at ``target``, which appears whole or not at all.

    ``effects``: as sox is typed.

    Raises:
        PromptError: sox cannot read the file.
    """
    begun = target.with_name(f".{target.name}.part")
    form = ["-t", "raw"] if source.suffix in {".alaw", ".al"} else []
    given = [*form, *(["-r", str(RATE_HZ), "-c", "1", "-e", "a-law"] if form else []), str(source)]
    wanted = ["-t", "raw", "-r", str(RATE_HZ), "-c", "1", "-e", "a-law", str(begun)]
    try:
        run(["sox", "-V1", "-D", *given, *wanted, *effects.split()], timeout_s=SOX_TIMEOUT_S)
    except CommandError as error:
        begun.unlink(missing_ok=True)
        raise PromptError(
            f"sox cannot use {source} ({error.output or error}); give a sound as .wav"
            + (", or install libsox-fmt-mp3" if source.suffix == ".mp3" else "")
        ) from error
    if begun.stat().st_size < RATE_HZ // 10:
        begun.unlink()
        raise PromptError(f"{source} is silent or shorter than 0.1 s; record it again")
    begun.rename(target)

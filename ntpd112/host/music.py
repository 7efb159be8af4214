"""Music for waiting callers: calm, quiet, and our own, so that no rights are due.

Sounds in ``recorded/music/`` replace it.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ntpd112.host.audio import AUDIO_ENDINGS, MUSIC, RATE_HZ, SOX_TIMEOUT_S, to_telephone
from ntpd112.host.commands import CommandError, run
from ntpd112.host.errors import Progress, PromptError, silent
from ntpd112.host.files import write_atomically
from ntpd112.host.layout import Layout

BAR_S = 5.0
OVERLAP_S = 1.2
BARS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("F3", "A3", "C4"), ("C5", "A4", "F4", "A4")),
    (("D3", "A3", "F4"), ("D5", "A4", "F4", "D4")),
    (("A#3", "D4", "F4"), ("F5", "D5", "A#4", "D5")),
    (("C3", "G3", "E4"), ("E5", "C5", "G4", "C5")),
    (("F3", "C4", "A4"), ("A4", "C5", "F5", "C5")),
    (("G3", "D4", "A#4"), ("D5", "A#4", "G4", "A#4")),
    (("A#3", "F4", "D5"), ("D5", "F5", "D5", "A#4")),
    (("C3", "G3", "C4"), ("G4", "E4", "C4", "G4")),
)
"""Per bar: a held chord, and four plucked notes."""
RECIPE = f"1 {BARS} {BAR_S} {OVERLAP_S} {MUSIC}"
DIGEST = "digest"
_NOTHING = 0xD5
"""Zero in A-law."""
_SILENCE_S = 10


def build_music(layout: Layout, progress: Progress = silent) -> bool:
    """Make the waiting music when it is missing or its sources changed; tell whether something was made.

    Raises:
        PromptError: a sound of the city cannot be read, or sox is missing.
    """
    layout.music.mkdir(parents=True, exist_ok=True)
    write_atomically(layout.silence.with_suffix(".alaw"), bytes([_NOTHING]) * RATE_HZ * _SILENCE_S)
    own = sorted(path for ending in AUDIO_ENDINGS for path in (layout.recorded / "music").glob(f"*.{ending}"))
    digest = hashlib.sha256(RECIPE.encode())
    for path in own:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    wanted = digest.hexdigest()
    marker = layout.music / DIGEST
    there = list(layout.music.glob("*.alaw"))
    if there and marker.is_file() and marker.read_bytes() == f"{wanted} {_content(there)}".encode():
        return False
    progress("making the music for waiting callers")
    made = {layout.music / f"{path.stem}.alaw": path for path in own}
    for target, path in made.items():
        to_telephone(path, target, MUSIC)
    if not own:
        made = {layout.music / "calm.alaw": layout.music}
        _compose(layout.music / "calm.alaw")
    for old in set(there) - set(made):
        old.unlink()
    write_atomically(marker, f"{wanted} {_content(made)}".encode())
    return True


def _content(files: Iterable[Path]) -> str:
    """Return a digest of what was made: a damaged file is made again."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _compose(target: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        bars = [_bar(Path(scratch) / f"{number}.wav", *bar) for number, bar in enumerate(BARS)]
        whole = Path(scratch) / "whole.wav"
        starts = ",".join(str(round(number * (BAR_S - OVERLAP_S), 3)) for number in range(len(bars))).split(",")
        _sox("-M", *map(str, bars), str(whole), "delay", *starts, "remix", "-", "reverb", "40", "gain", "-n", "-6")
        to_telephone(whole, target, MUSIC)


def _bar(path: Path, chord: tuple[str, ...], melody: tuple[str, ...]) -> Path:
    voices = [word for note in chord for word in ("sine", _pitch(note))]
    plucks = [word for note in melody for word in ("pluck", note)]
    pad, notes = path.with_suffix(".pad.wav"), path.with_suffix(".notes.wav")
    fresh = ("-n", "-r", str(2 * RATE_HZ), "-b", "16")
    length = str(BAR_S)
    _sox(
        *fresh, str(pad), "synth", length, *voices, "remix", "-", "tremolo", "0.4", "25",
        "fade", "h", "1.5", length, "1.8", "gain", "-n", "-9",
    )  # fmt: skip
    beats = [str(round(beat * BAR_S / 4.6, 3)) for beat in range(len(melody))]
    _sox(
        *fresh, str(notes), "synth", length, *plucks, "delay", *beats, "remix", "-",
        "fade", "h", "0.02", length, "1.5", "lowpass", "1800", "gain", "-n", "-14",
    )  # fmt: skip
    _sox("-m", str(pad), str(notes), str(path))
    return path


def _pitch(note: str) -> str:
    """Return the frequency of a note such as ``A#3`` in Hz, equally tempered from A4 = 440 Hz."""
    step = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B").index(note[:-1])
    return f"{440 * 2 ** ((step - 9) / 12 + int(note[-1]) - 4):.3f}"


def _sox(*arguments: str) -> None:
    try:
        run(["sox", "-V1", *arguments], timeout_s=SOX_TIMEOUT_S)
    except CommandError as error:
        raise PromptError(f"the waiting music could not be made: {error}; install the package sox") from error

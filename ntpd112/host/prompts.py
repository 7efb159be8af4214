"""What callers and operators hear: recordings of the city where there are some, else a synthesiser's voice.

``recorded/<language>/<prompt>.wav`` (or flac, ogg, mp3 ...) replaces one prompt. Built files are
``sounds/<language>/<prompt>.alaw``; each is made again only when its text, voice or recording changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ntpd112.config.schema import City
from ntpd112.host.audio import AUDIO_ENDINGS, SPEECH, to_telephone
from ntpd112.host.commands import CommandError, run
from ntpd112.host.errors import Progress, PromptError, silent
from ntpd112.host.files import write_atomically
from ntpd112.host.layout import Layout

WORDS_PER_MINUTE = 150
ESPEAK_TIMEOUT_S = 60.0
RECIPE = f"1 espeak-ng {WORDS_PER_MINUTE} sox {SPEECH}"
"""Part of each digest: a change of how prompts are made makes all of them anew."""
DIGESTS = "digests.json"


@dataclass(frozen=True)
class Job:
    """One prompt in one language, made from a recording or from its text."""

    language: str
    prompt: str
    text: str
    recording: Path | None

    @property
    def digest(self) -> str:
        """What the built file depends on."""
        source = self.recording.read_bytes() if self.recording else f"{self.language}\n{self.text}".encode()
        return hashlib.sha256(RECIPE.encode() + b"\n" + source).hexdigest()


def build_prompts(city: City, layout: Layout, progress: Progress = silent) -> tuple[str, ...]:
    """Make every prompt that is missing or changed, and return these as ``<language>/<prompt>``.

    Raises:
        PromptError: a language has no voice, a prompt no text, or a recording cannot be read.
    """
    built: list[str] = []
    jobs = list(_jobs(city, layout))
    for language in city.languages:
        folder = layout.sounds / language
        folder.mkdir(parents=True, exist_ok=True)
        wanted = {job: job.digest for job in jobs if job.language == language}
        known = _known(folder)
        todo = [job for job, digest in wanted.items() if known.get(job.prompt) != _state(digest, folder, job.prompt)]
        if not todo:
            continue
        _check_voice(language, todo)
        progress(f"making {len(todo)} prompts in language {language}")
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as workers:
            list(workers.map(lambda job, folder=folder: _build(job, folder), todo))
        content = json.dumps(
            {job.prompt: _state(digest, folder, job.prompt) for job, digest in wanted.items()}, indent=1
        )
        write_atomically(folder / DIGESTS, content.encode())
        built += [f"{language}/{job.prompt}" for job in todo]
    return tuple(built)


def find_recording(layout: Layout, language: str, prompt: str) -> Path | None:
    """Return the city's own recording of a prompt."""
    candidates = (layout.recorded / language / f"{prompt}.{ending}" for ending in AUDIO_ENDINGS)
    return next((path for path in candidates if path.is_file()), None)


def _jobs(city: City, layout: Layout) -> Iterator[Job]:
    for prompt, texts in city.prompts.items():
        for language in city.languages:
            recording = find_recording(layout, language, prompt)
            text = texts.get(language, "")
            if not text and recording is None:
                raise PromptError(
                    f"the prompt {prompt} has no text in language {language}; write prompts.{prompt}.{language} in "
                    f"the city file, or record {layout.recorded / language / prompt}.wav"
                )
            yield Job(language, prompt, text, recording)


def _check_voice(language: str, todo: list[Job]) -> None:
    spoken = [job.prompt for job in todo if job.recording is None]
    if spoken and not has_voice(language):
        raise PromptError(
            f"the synthesiser espeak-ng has no voice for language {language}; remove it from `languages`, or record "
            + ", ".join(f"recorded/{language}/{prompt}.wav" for prompt in spoken)
        )


def has_voice(language: str) -> bool:
    """Tell whether the synthesiser speaks a language."""
    try:
        listed = run(["espeak-ng", f"--voices={language}"], timeout_s=ESPEAK_TIMEOUT_S).splitlines()[1:]
    except CommandError as error:
        raise PromptError(f"the synthesiser does not work: {error}; install the package espeak-ng") from error
    return any(line.split()[1].split("-")[0] == language for line in listed if len(line.split()) > 1)


def _build(job: Job, folder: Path) -> None:
    target = folder / f"{job.prompt}.alaw"
    if job.recording:
        to_telephone(job.recording, target, SPEECH)
        return
    with tempfile.TemporaryDirectory() as scratch:
        spoken = Path(scratch) / "spoken.wav"
        command = ["espeak-ng", "-v", job.language, "-s", str(WORDS_PER_MINUTE), "-w", str(spoken), "--stdin"]
        try:
            run(command, timeout_s=ESPEAK_TIMEOUT_S, text=job.text)
        except CommandError as error:
            raise PromptError(f"the synthesiser cannot speak prompt {job.prompt} ({job.language}): {error}") from error
        to_telephone(spoken, target, SPEECH)


def _state(digest: str, folder: Path, prompt: str) -> str:
    """Return a digest of the source and of what was made of it: a damaged file is made again."""
    try:
        return f"{digest} {hashlib.sha256((folder / f'{prompt}.alaw').read_bytes()).hexdigest()}"
    except OSError:
        return ""


def _known(folder: Path) -> dict[str, str]:
    try:
        known = json.loads((folder / DIGESTS).read_bytes())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}

"""What callers and operators hear: recordings of the city where there are some, else a synthesiser's voice.

``recorded/<language>/<prompt>.wav`` (or flac, ogg, mp3 ...) replaces one prompt. Built files are
``sounds/<language>/<prompt>.alaw``; each is made again only when its text, voice or recording changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ntpd112.config.prompts import LATER_PROMPTS, confirm_texts
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
    voice: str
    """The language of the text: another one where this language has none."""

    @property
    def digest(self) -> str:
        """What the built file depends on."""
        source = self.recording.read_bytes() if self.recording else f"{self.voice}\n{self.text}".encode()
        return hashlib.sha256(RECIPE.encode() + b"\n" + source).hexdigest()


def build_prompts(city: City, layout: Layout, progress: Progress = silent) -> tuple[str, ...]:
    """Make every prompt that is missing or changed, and return these as ``<language>/<prompt>``.

    Raises:
        PromptError: a language has no voice, a prompt no text, or a recording cannot be read.
    """
    built: list[str] = []
    failures: list[PromptError] = []
    for language in city.languages:
        try:
            built += _build_language(city, layout, language, progress)
        except PromptError as error:  # the other languages have their sounds all the same
            failures.append(error)
    if failures:
        raise failures[0]
    return tuple(built)


def _build_language(city: City, layout: Layout, language: str, progress: Progress) -> list[str]:
    folder = layout.sounds / language
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {job: job.digest for job in _jobs(city, layout, language)}
    known = _known(folder)
    todo = [job for job, digest in wanted.items() if known.get(job.prompt) != _state(digest, folder, job.prompt)]
    if not todo:
        return []
    for voice in {job.voice for job in todo}:
        _check_voice(voice, [job for job in todo if job.voice == voice])
    progress(f"making {len(todo)} prompts in language {language}")
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as workers:
        list(workers.map(lambda job: _build(job, folder), todo))
    content = json.dumps({job.prompt: _state(digest, folder, job.prompt) for job, digest in wanted.items()}, indent=1)
    write_atomically(folder / DIGESTS, content.encode())
    return [f"{language}/{job.prompt}" for job in todo]


def find_recording(layout: Layout, language: str, prompt: str) -> Path | None:
    """Return the city's own recording of a prompt."""
    candidates = (layout.recorded / language / f"{prompt}.{ending}" for ending in AUDIO_ENDINGS)
    return next((path for path in candidates if path.is_file()), None)


def _jobs(city: City, layout: Layout, language: str) -> Iterator[Job]:
    for prompt, texts in city.prompts.items():
        recording = find_recording(layout, language, prompt)
        text, voice = texts.get(language, ""), language
        if not text and recording is None and prompt in LATER_PROMPTS:
            voice, text = _in_another(texts, city)
        if not text and recording is None:
            raise PromptError(
                f"the prompt {prompt} has no text in language {language}; write prompts.{prompt}.{language} in "
                f"the city file, or record {layout.recorded / language / prompt}.wav"
            )
        yield Job(language, prompt, text, recording, voice)


def _in_another(texts: Mapping[str, str], city: City) -> tuple[str, str]:
    """Return a language and its words for a prompt that is no reason to refuse a city which does not know it."""
    return next(iter({**texts, **confirm_texts(city.city)}.items()))


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
        command = ["espeak-ng", "-v", job.voice, "-s", str(WORDS_PER_MINUTE), "-w", str(spoken), "--stdin"]
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

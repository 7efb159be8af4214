"""The verdict of a soak: no leak passes, no noise fails."""

from __future__ import annotations

import math
from collections import Counter
from random import Random

import pytest

from tests.soak.trend import Sample, trend

ALLOWED = 4.0
HALF_HOUR = 20 * 60.0
SEEDS = range(40)


def _noisy(seed: int, leak_per_h: float, length_s: float = HALF_HOUR) -> list[Sample]:
    """Memory as it is: readings that differ a little, and now and then one that is far off."""
    random = Random(seed)  # noqa: S311  no secret
    samples = []
    for number in range(int(length_s / 5)):
        at = number * 5.0
        outlier = random.uniform(5, 20) if random.random() < 0.03 else 0.0
        samples.append(Sample(at, 20.0, 80.0 + leak_per_h * at / 3600 + random.gauss(0, 0.15) + outlier))
    return samples


@pytest.mark.parametrize("seed", SEEDS)
def test_a_leak_in_noise_is_found(seed: int) -> None:
    assert trend(_noisy(seed, 12.0), ALLOWED).verdict == "grows"


def test_noise_without_a_leak_is_flat() -> None:
    verdicts = Counter(trend(_noisy(seed, 0.0), ALLOWED).verdict for seed in SEEDS)
    assert verdicts["flat"] >= 0.9 * len(SEEDS), verdicts
    assert verdicts["grows"] == 0
    assert trend(_noisy(1, 0.0, 7200), ALLOWED).verdict == "flat"


def test_a_leak_never_passes_however_short_the_run_and_however_loud_the_noise() -> None:
    verdicts = Counter(
        trend(_noisy(seed, 2 * ALLOWED, minutes * 60), ALLOWED).verdict
        for seed in SEEDS
        for minutes in (1, 3, 5, 10, 20, 60)
    )
    assert verdicts["flat"] <= 2, verdicts  # the interval of confidence holds in 97.5 of 100 cases
    assert trend(_noisy(1, 2 * ALLOWED, 7200), ALLOWED).verdict == "grows"


def test_one_step_is_not_called_a_leak() -> None:
    """As when an allocator takes another arena."""
    samples = [Sample(n * 5.0, 20.0, 80.0 + 3.0 * (n > 100)) for n in range(240)]
    assert trend(samples, ALLOWED).verdict == "too short to tell"
    longer = [Sample(n * 5.0, 20.0, 80.0 + 3.0 * (n > 400)) for n in range(12 * 240)]
    assert trend(longer, ALLOWED).verdict == "flat"


def test_a_walk_without_a_direction_is_seldom_called_a_leak() -> None:
    verdicts = Counter[str]()
    for seed in range(200):
        random, value = Random(seed), 80.0  # noqa: S311  no secret
        samples = []
        for number in range(240):
            value += random.gauss(0, 0.1)
            samples.append(Sample(number * 5.0, 20.0, value))
        verdicts[trend(samples, ALLOWED).verdict] += 1
    assert verdicts["grows"] <= 8, verdicts


def test_what_many_callers_need_is_no_growth_and_calls_never_ended_are() -> None:
    def descriptors(leak_per_h: float) -> list[Sample]:
        random = Random(112)  # noqa: S311  no secret
        load = [20 + 15 * math.sin(n / 40) + random.randrange(5) for n in range(240)]
        return [Sample(n * 5.0, load[n], 50 + 4 * load[n] + leak_per_h * n * 5 / 3600) for n in range(240)]

    assert trend(descriptors(0), 20.0).verdict == "flat"
    grows = trend(descriptors(60), 20.0)
    assert grows.verdict == "grows"
    assert grows.per_h == pytest.approx(60, rel=0.05)


def test_the_slope_and_its_error_are_those_of_the_line() -> None:
    exact = trend([Sample(n * 5.0, 20.0, 80 + n * 5 / 3600) for n in range(240)], ALLOWED)
    assert exact.per_h == pytest.approx(1.0)
    assert exact.error_per_h == pytest.approx(0.0, abs=1e-6)
    assert exact.last - exact.first == pytest.approx(1 / 3 * 11 / 12, rel=0.02)


def test_a_handful_of_samples_tells_nothing() -> None:
    assert trend([Sample(n, 1.0, 1.0) for n in range(23)], ALLOWED).verdict == "too short to tell"

"""How far a stage has come, and what depends on it: its end and the learning rate."""

import time

from motion_transfer.config import StageSettings
from motion_transfer.training.state import TrainingState


class Clock:
    """How far a stage has come, by steps, by epochs or by the minutes it has trained for.

    Args:
        state: counters; `began` are steps and seconds at the stage's start, `samples` those drawn since then.
        settings: the stage's bounds.
        epoch: samples in an epoch.
    """

    def __init__(self, state: TrainingState, settings: StageSettings, *, epoch: int = 1) -> None:
        self.state = state
        self.settings = settings
        self.epoch = epoch
        self._last = time.monotonic()

    def tick(self) -> None:
        """Count the time since the last call as training."""
        now = time.monotonic()
        self.state.seconds += now - self._last
        self._last = now

    @property
    def epochs(self) -> float:
        """Passes over the samples so far."""
        return self.state.samples / self.epoch

    @property
    def progress(self) -> float:
        """Share of the stage that is done, in [0, 1]."""
        steps, seconds = self.state.step - self.state.began["step"], self.state.seconds - self.state.began["seconds"]
        bounds = self.settings
        shares = [
            steps / bounds.steps if bounds.steps else 0.0,
            seconds / (60 * bounds.minutes) if bounds.minutes else 0.0,
            self.epochs / bounds.epochs if bounds.epochs else 0.0,
        ]
        return min(1.0, max(shares))

    @property
    def finished(self) -> bool:
        """Whether a bound is reached."""
        return self.progress >= 1

    @property
    def steps(self) -> tuple[int, int]:
        """Steps of the stage done, and an estimate of the steps in all."""
        steps = int(self.state.step - self.state.began["step"])
        return steps, max(steps, round(steps / max(self.progress, 1e-9)))


class Timer:
    """Whether so many minutes have passed since the last time; never for 0 minutes."""

    def __init__(self, minutes: float) -> None:
        self.seconds = 60 * minutes
        self._last = time.monotonic()

    @property
    def due(self) -> bool:
        """Whether it is time again."""
        return self.seconds > 0 and time.monotonic() - self._last >= self.seconds

    def reset(self) -> None:
        """Count from here."""
        self._last = time.monotonic()


class Waiting:
    """What share of the time goes by while the loop waits for data."""

    def __init__(self) -> None:
        self._waited = 0.0
        self._since = self._entered = time.monotonic()

    def __enter__(self) -> None:
        self._entered = time.monotonic()

    def __exit__(self, *error: object) -> None:
        self._waited += time.monotonic() - self._entered

    def share(self) -> float:
        """Share in [0, 1] since the last time it was asked for."""
        now = time.monotonic()
        share = self._waited / max(now - self._since, 1e-9)
        self._waited, self._since = 0.0, now
        return round(share, 4)


def decay(progress: float, share: float = 0.5) -> float:
    """Factor of the learning rate: 1, then over the last `share` of the stage linearly to 0 (as pix2pix, half)."""
    return min(1.0, (1 - progress) / share) if share else 1.0

"""Checkpoints on the disk: the newest, as many before it as are wanted, and the best."""

import math
import os
import shutil
from pathlib import Path

from motion_transfer.training.distributed import rank
from motion_transfer.training.state import TrainingState, read_checkpoint

NEWEST, BEST = "checkpoint.pt", "best.pt"


class Checkpoints:
    """The checkpoints of a run: while it lasts at most `keep` and the best one, afterwards the newest.

    `checkpoint.pt` is always the newest; the ones before it carry their step in their name.
    """

    def __init__(self, folder: Path, keep: int) -> None:
        self.folder = folder
        self.keep = keep
        self._best: tuple[str, float] | None = None
        for left_behind in folder.glob(".*.part*") if rank() == 0 else ():  # by a run that was killed while it wrote
            left_behind.unlink()
        if (folder / BEST).exists():
            best = read_checkpoint(folder / BEST)
            self._best = (best["stage"], best["held_out"] or -math.inf)

    @property
    def newest(self) -> Path | None:
        """What to go on from: the newest, or the one before where a user has deleted a damaged one."""
        path = self.folder / NEWEST
        return path if path.exists() else next(reversed(self._earlier()), None)

    def save(self, state: TrainingState) -> None:
        """Write the state, and delete the oldest of those that are too many."""
        newest = self.folder / NEWEST
        if self.keep > 1 and newest.exists():
            step = read_checkpoint(newest)["step"]
            if step != state.step:
                _copy(newest, self.folder / f"checkpoint-{step:08d}.pt")
        state.save(newest)
        for old in self._earlier()[: -(self.keep - 1) or None]:
            old.unlink()

    def keep_if_best(self, state: TrainingState) -> None:
        """Keep the newest checkpoint, which holds this state, if nothing in its stage did better on held-out frames."""
        if state.held_out is None:
            return
        if self._best is None or self._best[0] != state.stage.name or state.held_out > self._best[1]:
            _copy(self.folder / NEWEST, self.folder / BEST)
            self._best = (state.stage.name, state.held_out)

    def load_best(self, state: TrainingState) -> None:
        """Give a finished state the averaged generator that did best in its stage, if there is one."""
        if self._best is not None and self._best[0] == state.stage.name:
            state.load_average(self.folder / BEST)

    def prune(self, *, best: bool) -> None:
        """Keep of a finished run what a longer one goes on from: the newest, and the best where that is the result."""
        for old in [*self._earlier(), *([] if best else [self.folder / BEST])]:
            old.unlink(missing_ok=True)

    def _earlier(self) -> list[Path]:
        return sorted(self.folder.glob("checkpoint-*.pt"))


def _copy(source: Path, place: Path) -> None:
    """A second name for a file, which costs no space; a copy where the file system has no such thing."""
    temporary = place.with_name(f".{place.stem}.part{place.suffix}")
    temporary.unlink(missing_ok=True)
    try:
        os.link(source, temporary)
    except OSError:
        shutil.copyfile(source, temporary)
    os.replace(temporary, place)

"""Whom the comparison of presets is made on: rendered people whose transfer is known, and filmed ones."""

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from benchmarks.pair import Pair
from benchmarks.pair_scores import true_poses
from motion_transfer.config import PoseSettings
from motion_transfer.pose import PoseSequence, estimate_poses, load_poses, save_poses
from motion_transfer.progress import ProgressCallback, track
from motion_transfer.video import VideoReader
from samples.dancer.characters import CHARACTERS
from samples.dancer.clip import Clip, load_truth, write

TRAINED = "amara"
"""The sample subject: everybody's settings were looked at on her, so that she is no target here."""

ROOMS = ("parlour", "studio", "gym", "stage", "terrace", "loft")

FOOTAGE_SEED = 1000
"""Added to the seed of the dance: the footage is another choreography with other noise."""


@dataclass(frozen=True)
class Person:
    """Somebody who is learned by every preset."""

    name: str
    footage: Path
    pair: Pair | None = None
    """The clips, of a rendered person; None of a filmed one, who is measured on the footage's held-out end."""


def rendered_pairs(number: int, size: int, fps: Fraction, seconds: float, footage_seconds: float) -> list[Pair]:
    """So many pairs, every target another one, each in a room of its own."""
    names = [TRAINED, *(name for name in CHARACTERS if name != TRAINED)]
    pairs = []
    for i in range(number):
        source, target = names[i % len(names)], names[i % (len(names) - 1) + 1]
        dance = Clip(source, "dance", ROOMS[(i - 1) % len(ROOMS)], (size, size), fps, seconds, seed=i)
        truth = replace(dance, character=target, scene=ROOMS[i % len(ROOMS)])
        footage = replace(truth, choreography="footage", seconds=footage_seconds, seed=i + FOOTAGE_SEED)
        pairs.append(Pair(dance, truth, footage))
    return pairs


class Library:
    """Rendered clips and what the detector found in them and in others: made once, then only read.

    Args:
        folder: where they are kept.
        settings: of the detector.
        workers: processes that render.
        progress: called with (stage, done, total).
    """

    def __init__(self, folder: Path, settings: PoseSettings, workers: int, progress: ProgressCallback) -> None:
        self.folder, self.settings, self.workers, self.progress = folder, settings, workers, progress
        (folder / "poses").mkdir(parents=True, exist_ok=True)

    def clip(self, clip: Clip) -> Path:
        """The video of a clip, its truth beside it."""
        size, fps = "{}x{}".format(*clip.size), f"{float(clip.fps):g}"
        name = f"{clip.character}-{clip.choreography}-{clip.scene}-{size}-{fps}-{clip.seconds:g}-s{clip.seed}"
        name += f"-detail{clip.detail:g}" if clip.detail != 1 else ""
        video = self.folder / f"{name}.mp4"
        if not video.with_suffix(".npz").exists():  # it appears last
            write(clip, video, self.workers, progress=self.progress)
        return video

    def poses(self, video: Path) -> PoseSequence:
        """The raw poses detected on a video."""
        kept = self.folder / "poses" / f"{video.stem}.npz"
        if not kept.exists():
            with VideoReader(video) as reader:
                frames = track(reader, f"poses of {video.name}", len(reader), self.progress)
                found = estimate_poses(
                    frames, size=reader.size, fps=reader.fps, settings=self.settings, name=str(video)
                )
            save_poses(kept, found)
        return load_poses(kept)

    def true_poses(self, video: Path) -> PoseSequence:
        """The true joints of a rendered clip."""
        return true_poses(load_truth(video.with_suffix(".npz")))

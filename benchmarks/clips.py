"""Rendered clips with their truth, and the poses detected in videos: made once, then read."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError
from motion_transfer.pose import PoseSequence, empty, estimate_poses, load_poses, save_poses
from motion_transfer.progress import ProgressCallback, no_progress, track
from motion_transfer.types import FloatArray, Frame
from motion_transfer.video import VideoReader
from samples.dancer.clip import Clip, Truth, load_truth, write
from samples.make import DANCE, FOOTAGE, HERE, TRUTH

SAMPLES = {DANCE: HERE / "dance.mp4", TRUTH: HERE / "truth.mp4", FOOTAGE: HERE / "footage.mp4"}
"""The clips that the repository holds."""
SUBJECT = HERE / "subjects" / "amara"  # the subject that the repository holds
HIDDEN = 0.25  # score of a true joint that cannot be seen: known, but no metric counts it


class Library:
    """A folder of rendered clips and detected poses.

    Args:
        folder: made if it does not exist.
        settings: of the pose detector.
        workers: processes that render.
        progress: called with (stage, done, total).
    """

    def __init__(
        self,
        folder: Path,
        settings: PoseSettings = PoseSettings(),
        workers: int = 1,
        progress: ProgressCallback = no_progress,
    ) -> None:
        self.folder, self.settings, self.workers, self.progress = folder, settings, workers, progress
        folder.mkdir(parents=True, exist_ok=True)

    def video(self, clip: Clip) -> Path:
        """The video of a clip: a sample, or rendered into the folder with its truth beside it."""
        return SAMPLES.get(clip) or self._rendered(clip)

    def truth(self, clip: Clip) -> Truth:
        """The truth of a rendered clip, its masks and background included."""
        return load_truth(self._rendered(clip).with_suffix(".npz"))

    def poses(self, video: Path, *, end: float | None = None, name: str = "") -> PoseSequence:
        """The raw poses detected in a video; all missing where no person is found.

        Args:
            video: any video.
            end: seconds of it that are read; all of it if not given.
            name: under which they are kept; the video's own if not given.
        """
        kept = self.folder / f"{name or video.stem}-poses{f'-{end:g}s' if end else ''}.npz"
        if not kept.exists():
            with VideoReader(video, end=end) as reader:
                size, fps, count = reader.size, reader.fps, len(reader)
                frames = track(reader, f"poses of {video.name}", count, self.progress)
                try:
                    poses = estimate_poses(frames, size=size, fps=fps, settings=self.settings, name=str(video))
                except PoseError:
                    poses = empty(count, size, fps)
            save_poses(kept, poses)
        return load_poses(kept)

    def _rendered(self, clip: Clip) -> Path:
        size, extra = "{}x{}".format(*clip.size), ""
        extra += f"-zoom{clip.zoom:g}" if clip.zoom != 1 else ""
        extra += f"-detail{clip.detail:g}" if clip.detail != 1 else ""
        stem = f"{clip.character}-{clip.choreography}-{clip.scene}-{size}-{float(clip.fps):g}-{clip.seconds:g}"
        video = self.folder / f"{stem}-s{clip.seed}{extra}.mp4"
        if not video.with_suffix(".npz").exists():  # it appears last
            write(clip, video, self.workers, progress=self.progress)
        return video


def true_poses(clip: Clip) -> tuple[PoseSequence, FloatArray]:
    """The true joints of a clip, computed without rendering it.

    Returns:
        Poses, their score 1 inside the frame and `HIDDEN` outside it; and the joints in metres (T, 137, 3).
    """
    space = clip.joints()
    xy = clip.room().camera.project(space)[..., :2]
    inside = ((xy >= 0) & (xy < np.array(clip.size))).all(axis=2)
    score = np.where(inside, 1, HIDDEN).astype(np.float32)
    score[np.isnan(xy).any(axis=2)] = 0
    return PoseSequence(xy.astype(np.float32), score, clip.size, clip.fps), space


def frames_of(video: Path) -> Iterator[Frame]:
    """All frames of a video."""
    with VideoReader(video) as reader:
        yield from reader

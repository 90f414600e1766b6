"""How well each backend finds body, hands and face: the table under "Detection" in docs/pose.md.

    python -m benchmarks.pose_detection --clips FOLDER

Compares what is detected in rendered clips with their truth. Clips that are not in the folder yet are rendered into it,
which takes about twenty minutes on one core; the rest takes three.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.config import PoseSettings
from motion_transfer.pose import OPENPOSE_137, Detection
from motion_transfer.pose.detection.landmarks import FACE
from motion_transfer.pose.detection.mediapipe import HolisticEstimator
from motion_transfer.pose.detection.mediapipe.graph import landmarks_from
from motion_transfer.pose.detection.native_stderr import suppress_native_stderr
from motion_transfer.pose.detection.parts import Parts, join_parts
from motion_transfer.pose.detection.refine import Part
from motion_transfer.video import VideoReader
from samples.dancer.clip import Clip, Truth, load_truth, write

Array = npt.NDArray[Any]
Estimate = Callable[[npt.NDArray[np.uint8]], list[Detection]]
Open = Callable[[tuple[int, int], Fraction], AbstractContextManager[Estimate]]

FAR = 0.513
"""The zoom at which a standing dancer takes up 35% (34.0 to 35.5, by scene) of the frame's height."""

FOOTAGE = [("bruno", "parlour"), ("amara", "loft"), ("chen", "studio"), ("dalia", "gym"), ("emil", "stage")]


@dataclass(frozen=True)
class Group:
    """Clips that are measured together."""

    clips: list[Clip]
    reduce: int = 1
    """Frames are reduced by this factor before anything is detected in them."""


_FAR = [
    Clip(who, "footage", scene, (1280, 720), Fraction(15), 3, seed=seed, zoom=FAR)
    for seed, (who, scene) in enumerate(FOOTAGE)
]
GROUPS = {
    "far, 1280 × 720": Group(_FAR),
    "far, 640 × 360": Group(_FAR, reduce=2),
    "near, 384 px wide": Group(
        [
            Clip("freya", "travel", "gym", (384, 640), Fraction(30), 8, seed=6),
            Clip("hana", "dance", "stage", (384, 384), Fraction(60), 4, seed=8),
        ]
    ),
    "turning, 384 × 384": Group(
        [
            Clip("chen", "turns", "gym", (384, 384), Fraction(15), 15, seed=5),
            Clip("dalia", "turns", "studio", (384, 384), Fraction(15), 15, seed=6),
            Clip("goran", "turns", "terrace", (384, 384), Fraction(15), 15, seed=7),
        ]
    ),
}
BODY = [
    OPENPOSE_137.index(name)
    for name in ("nose", *(f"{side}_{joint}" for side in ("left", "right")
                           for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")))
]  # fmt: skip
FACE_TRUE = list(range(25, 93))  # the dancers' pupils are not modelled
HANDS = [list(range(95, 116)), list(range(116, 137))]


@contextmanager
def plain_holistic(size: tuple[int, int], fps: Fraction) -> Iterator[Estimate]:
    """MediaPipe Holistic by itself, for comparison."""
    from mediapipe.python.solutions.holistic import Holistic

    def part(found: Any) -> Part | None:
        points = [(p.x * size[0], p.y * size[1]) for p in found.landmark] if found else []
        return (
            Part(np.array(points, np.float32)[list(FACE) if len(points) > 21 else slice(None)], 1.0) if found else None
        )

    with (
        suppress_native_stderr(),
        Holistic(model_complexity=1, smooth_landmarks=False, refine_face_landmarks=True) as holistic,
    ):

        def estimate(frame: npt.NDArray[np.uint8]) -> list[Detection]:
            found = holistic.process(frame)
            people = [landmarks_from(found.pose_landmarks.landmark, size)] if found.pose_landmarks else []
            hands = part(found.left_hand_landmarks), part(found.right_hand_landmarks)
            return join_parts(people, [Parts(part(found.face_landmarks), *hands)][: len(people)], size)

        yield estimate


BACKENDS: dict[str, Open] = {
    "MediaPipe Holistic by itself": plain_holistic,
    "holistic": lambda size, fps: HolisticEstimator(PoseSettings(), size),
}


@dataclass
class Seen:
    """What was seen of the same joints in many frames."""

    errors: list[Array] = field(default_factory=list)
    """(joints,) of a frame: distance from the truth in torsos; NaN where missing."""

    @property
    def found(self) -> float:
        """Share of frames, in percent."""
        return 100 * float(np.mean([np.isfinite(e).any() for e in self.errors])) if self.errors else np.nan

    @property
    def mean(self) -> float:
        """Over the joints that were found, in percent of the torso."""
        return 100 * float(np.nanmean(self.errors)) if self.found > 0 else np.nan

    def within(self, distance: float) -> float:
        """PCK: share of joints nearer to the truth than this, in percent; missing ones are not."""
        return 100 * float(np.mean(np.array(self.errors) < distance)) if self.errors else np.nan


@dataclass
class Score:
    """What a backend saw of a group of clips."""

    body: Seen = field(default_factory=Seen)
    face: Seen = field(default_factory=Seen)
    """In frames seen from the front."""
    hands: Seen = field(default_factory=Seen)
    """In frames seen from the front; a frame counts twice."""
    backs: Seen = field(default_factory=Seen)
    """The face in frames seen from behind."""
    other_hands: Seen = field(default_factory=Seen)
    """Hands that are mostly visible in frames seen from the side or from behind."""
    seconds: float = 0.0


def measure(open_backend: Open, frames: list[Array], truth: Truth, score: Score) -> None:
    torso = float(np.median(np.linalg.norm(truth.xy[:, 1] - truth.xy[:, 8], axis=1)))
    with open_backend(truth.size, truth.fps) as estimate:
        estimate(frames[0])  # the first call is slow
        for i, frame in enumerate(frames):
            begin = time.process_time()
            people = estimate(frame)
            score.seconds += time.process_time() - begin
            xy = np.full((137, 2), np.nan)
            if people:
                xy = max(people, key=lambda one: float(np.ptp(one.xy[BODY, 1]))).xy
            errors = np.linalg.norm(xy - truth.xy[i], axis=1) / torso
            score.body.errors.append(errors[BODY])
            across = truth.xyz[i, 5] - truth.xyz[i, 2]  # from the right shoulder to the left one
            turned = abs(np.degrees(np.arctan2(-across[2], across[0])))
            if turned > 135:
                score.backs.errors.append(errors[FACE_TRUE])
            if turned < 45:
                score.face.errors.append(errors[FACE_TRUE])
            for hand in HANDS:
                if turned < 45:
                    score.hands.errors.append(errors[hand])
                elif truth.occluded[i, hand].mean() < 0.5:
                    score.other_hands.errors.append(errors[hand])


def read(path: Path, reduce: int, most: int) -> tuple[list[Array], Truth]:
    """The clip's first frames, and what is true of them, both reduced."""
    truth = load_truth(path.with_suffix(".npz"))
    size = truth.size[0] // reduce, truth.size[1] // reduce
    with VideoReader(path) as reader:
        frames = [cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in islice(reader, most)]
    return frames, replace(truth, xy=truth.xy / reduce, size=size)


def path_of(clip: Clip, folder: Path) -> Path:
    """Where a clip is kept."""
    (width, height), zoom = clip.size, "" if clip.zoom == 1 else f"-zoom{1000 * clip.zoom:.0f}"
    name = f"{clip.character}-{clip.choreography}-{clip.scene}-{width}x{height}-{clip.fps}-{clip.seconds:g}"
    return folder / f"{name}-s{clip.seed}{zoom}.mp4"


HEADER = (
    "| clips | backend | frames (front) | body error | PCK@0.1 | face found | error | PCK@0.05 | hands found | error "
    "| PCK@0.05 | PCK@0.1 | hands, side and back: found | error | faces on backs | CPU a frame |"
)


def row(name: str, backend: str, s: Score) -> str:
    frames = len(s.body.errors)
    cells = [
        *(name, backend, f"{frames} ({len(s.face.errors)})"),
        *(f"{s.body.mean:.1f}", f"{s.body.within(0.1):.1f}"),
        *(f"{s.face.found:.1f}", f"{s.face.mean:.1f}", f"{s.face.within(0.05):.1f}"),
        *(f"{s.hands.found:.1f}", f"{s.hands.mean:.1f}", f"{s.hands.within(0.05):.1f}", f"{s.hands.within(0.1):.1f}"),
        *(f"{s.other_hands.found:.1f}", f"{s.other_hands.mean:.1f}", f"{s.backs.found:.1f}"),
        f"{1000 * s.seconds / frames:.0f} ms",
    ]
    return f"| {' | '.join(cells)} |".replace("nan", "–")


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--clips", type=Path, required=True, help="folder of rendered clips")
    p.add_argument("--workers", type=int, default=1, help="processes that render")
    p.add_argument("--frames", type=int, default=45, help="of each clip, at most")
    p.add_argument("--groups", nargs="*", choices=GROUPS, default=list(GROUPS), help="which rows")
    a = p.parse_args()
    print(HEADER, "|" + "---|" * HEADER.count(" |"), sep="\n")
    for name in a.groups:
        group = GROUPS[name]
        scores = {backend: Score() for backend in BACKENDS}
        for clip in group.clips:
            path = path_of(clip, a.clips)
            if not path.exists():
                write(clip, path, a.workers)
            frames, truth = read(path, group.reduce, a.frames)
            for backend, open_backend in BACKENDS.items():
                measure(open_backend, frames, truth, scores[backend])
        for backend, score in scores.items():
            print(row(name, backend, score), flush=True)


if __name__ == "__main__":
    main()

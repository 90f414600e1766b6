"""How well body, hands and face are found in rendered clips: far, near, turning, and each character for itself.

The characters tell too whether rendered dancers stand for filmed people. Clips that are not kept yet are rendered
first, which takes about half an hour on one core.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from typing import Any

import cv2
import numpy as np

from benchmarks.clips import Library, frames_of
from benchmarks.harness import Column, Row, Table, Workspace
from benchmarks.pose.truth import BODY, FREYA, FRONT, HANA, SIDE, TURNS, degrees_from_camera
from motion_transfer.config import PoseSettings
from motion_transfer.pose import OPENPOSE_137
from motion_transfer.pose.detection.landmarks import FACE, Landmarks
from motion_transfer.pose.detection.mediapipe import HolisticEstimator
from motion_transfer.pose.detection.native_stderr import suppress_native_stderr
from motion_transfer.types import FloatArray, Frame, Numbers, Size
from samples.dancer.characters import CHARACTERS
from samples.dancer.clip import Clip
from samples.dancer.scene import SCENES

Estimate = Callable[[Frame], FloatArray | None]
"""The (137, 2) joints found in the next frame, NaN where missing; None where no person is found."""
Open = Callable[[Size], AbstractContextManager[Estimate]]

FAR = 0.513  # the zoom at which a standing dancer takes up 35% (34.0 to 35.5, by scene) of the frame's height
FAR_CLIPS = [
    Clip(who, "footage", scene, (1280, 720), Fraction(15), 3.0, seed=seed, zoom=FAR)
    for seed, (who, scene) in enumerate(
        [("bruno", "parlour"), ("amara", "loft"), ("chen", "studio"), ("dalia", "gym"), ("emil", "stage")]
    )
]
GROUPS: dict[str, tuple[Sequence[Clip], int]] = {
    "far, 1280 × 720": (FAR_CLIPS, 1),
    "far, 640 × 360": (FAR_CLIPS, 2),
    "near, 384 px wide": ((FREYA, HANA), 1),
    "turning, 384 × 384": (TURNS, 1),
} | {
    f"{who}, 256 × 256": ([Clip(who, "footage", scene, (256, 256), Fraction(15), 10.0, seed=seed)], 1)
    for seed, (who, scene) in enumerate(zip(CHARACTERS, [*SCENES, *SCENES], strict=False))
}
"""Clips that are measured together, and the factor by which their frames are reduced before detection."""
FACE_TRUE = list(range(25, 93))  # the dancers' pupils are not modelled
HANDS = [list(range(95, 116)), list(range(116, 137))]
COLUMNS = (
    Column("clips", "clips"),
    Column("detector", "detector"),
    Column("frames", "frames", "d"),
    Column("front", "from the front", "d"),
    Column("body_found", "body found", ".1%", "higher"),
    Column("body_error", "body error", ".1f", "lower"),
    Column("body_pck", "PCK@0.1", ".1%", "higher"),
    Column("face_found", "face found", ".1%", "higher"),
    Column("face_error", "face error", ".1f", "lower"),
    Column("hands_found", "hands found", ".1%", "higher"),
    Column("hands_error", "hands error", ".1f", "lower"),
    Column("hands_pck", "PCK@0.1", ".1%", "higher"),
    Column("other_hands_found", "hands from side and back: found", ".1%", "higher"),
    Column("other_hands_error", "error", ".1f", "lower"),
    Column("backs_found", "faces found on backs", ".1%", "lower"),
)
NOTE = """\
Errors in % of the torso, of the joints that were found; PCK@x: share of joints within x torsos of the truth, missing
ones included. Face and hands in frames seen from the front, but for the columns that say otherwise."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--frames", type=int, default=150, help="of each clip, at most")
    parser.add_argument("--groups", nargs="*", choices=GROUPS, default=list(GROUPS), help="which rows")


def run(options: argparse.Namespace, work: Workspace) -> Sequence[Table]:
    library = Library(work.folder, workers=options.workers, progress=work.progress)
    rows = []
    for group in options.groups:
        for name, detector in DETECTORS.items():
            score = Score()
            for clip in GROUPS[group][0]:
                measure(detector, library, clip, GROUPS[group][1], options.frames, score)
            rows.append({"clips": group, "detector": name, **score.row()})
    return [Table("Detectors", COLUMNS, rows, NOTE)]


class Part(list[Numbers]):
    """The same joints in many frames: of each (joints,) distances from the truth in torsos, NaN where missing."""

    @property
    def found(self) -> float:
        """Share of frames in which some of the joints were found."""
        return float(np.isfinite(self).any(axis=1).mean()) if self else np.nan

    @property
    def mean(self) -> float:
        """Mean distance of the joints that were found, in percent of the torso."""
        return 100 * float(np.nanmean(self)) if self.found > 0 else np.nan

    def within(self, distance: float) -> float:
        """PCK: share of joints nearer to the truth than this; missing ones are not."""
        return float((np.array(self) < distance).mean()) if self else np.nan


@dataclass
class Score:
    """What a detector found in a group of clips."""

    body: Part = field(default_factory=Part)
    face: Part = field(default_factory=Part)  # in frames seen from the front
    hands: Part = field(default_factory=Part)  # in frames seen from the front; a frame counts twice
    backs: Part = field(default_factory=Part)  # the face in frames seen from behind
    other_hands: Part = field(default_factory=Part)
    """Hands that are mostly visible in frames seen from the side or from behind."""

    def row(self) -> Row:
        """The values of the table's columns."""
        values: Row = {"frames": len(self.body), "front": len(self.face)}
        for name in ("body", "face", "hands", "other_hands", "backs"):
            part: Part = getattr(self, name)
            values |= {f"{name}_found": part.found, f"{name}_error": part.mean, f"{name}_pck": part.within(0.1)}
        return values


@contextmanager
def plain_holistic(size: Size) -> Iterator[Estimate]:
    """MediaPipe Holistic by itself, for comparison."""
    from mediapipe.python.solutions.holistic import Holistic

    def points(landmarks: Any) -> FloatArray:
        return np.array([(p.x * size[0], p.y * size[1]) for p in landmarks.landmark], np.float32)

    with (
        suppress_native_stderr(),
        Holistic(model_complexity=1, smooth_landmarks=False, refine_face_landmarks=True) as holistic,
    ):

        def estimate(frame: Frame) -> FloatArray | None:
            found = holistic.process(frame)
            if not found.pose_landmarks:
                return None
            body, xy = points(found.pose_landmarks), np.full((len(OPENPOSE_137), 2), np.nan, np.float32)
            xy[OPENPOSE_137.body] = Landmarks(
                body, np.zeros(len(body), np.float32), np.ones(len(body), np.float32)
            ).joints
            if found.face_landmarks:
                xy[OPENPOSE_137.face] = points(found.face_landmarks)[list(FACE)]
            for side in ("left", "right"):
                if hand := getattr(found, f"{side}_hand_landmarks"):
                    xy[getattr(OPENPOSE_137, f"{side}_hand")] = points(hand)
            return xy

        yield estimate


@contextmanager
def own_holistic(size: Size) -> Iterator[Estimate]:
    """The detector of the package."""
    with HolisticEstimator(PoseSettings(), size) as estimate:
        yield lambda frame: next((person.xy for person in estimate(frame)), None)


DETECTORS: dict[str, Open] = {"MediaPipe Holistic by itself": plain_holistic, "motion_transfer": own_holistic}


def measure(detector: Open, library: Library, clip: Clip, reduction: int, most: int, score: Score) -> None:
    """Add what a detector finds in a clip to its score."""
    truth, (width, height) = library.truth(clip), clip.size
    size = width // reduction, height // reduction
    frames = [cv2.resize(f, size, interpolation=cv2.INTER_AREA) for f in islice(frames_of(library.video(clip)), most)]
    torso = float(np.median(np.linalg.norm(truth.xy[:, 1] - truth.xy[:, 8], axis=1)))
    turned = degrees_from_camera(truth.xyz)
    with detector(size) as estimate:
        for i, frame in enumerate(frames):
            found = estimate(frame)
            xy = np.full((137, 2), np.nan) if found is None else found * reduction
            errors = np.linalg.norm(xy - truth.xy[i], axis=1) / torso
            score.body.append(errors[BODY])
            if turned[i] > SIDE:
                score.backs.append(errors[FACE_TRUE])
            if turned[i] < FRONT:
                score.face.append(errors[FACE_TRUE])
            for hand in HANDS:
                if turned[i] < FRONT:
                    score.hands.append(errors[hand])
                elif truth.occluded[i, hand].mean() < 0.5:
                    score.other_hands.append(errors[hand])

"""`PoseSequence`: the poses of one person over a clip, the form in which every stage takes and gives them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from motion_transfer.errors import PoseError
from motion_transfer.pose.layouts import LAYOUTS, layouts_of, mediapipe_points, skeleton_points
from motion_transfer.pose.sequence_check import check_clip, checked_arrays
from motion_transfer.pose.skeleton import OPENPOSE_137, Skeleton
from motion_transfer.types import FloatArray, Mask, Numbers, Size


@dataclass(frozen=True, eq=False)
class PoseSequence:
    """One person's keypoints, one row for every frame of the clip; a frame without the person is a row of NaN.

    Attributes:
        xy: (T, K, 2) float32, pixels from the frame's upper left corner (the first pixel's centre is 0.5, 0.5);
            NaN where a joint is missing. Joints may lie outside the frame.
        score: (T, K) float32 in [0, 1], how sure the detector is; 0 where a joint is missing.
        size: (width, height) of the frames.
        fps: frames a second, exact.
        skeleton: the order of the K joints.
        depth: (T, B) float32, for the B joints of the body how far behind the middle of the hips each lies, in
            pixels at the person's size (negative: nearer to the camera); NaN where unknown. None where the poses'
            origin knows no depth.
        origin: the file that they were read from, which messages name; empty if they were made here.

    The arrays are read-only: writeable ones are copied. A joint with a NaN coordinate or with score 0 becomes missing.

    Raises:
        PoseError: shapes, size, fps or values that cannot be poses.
    """

    xy: FloatArray
    score: FloatArray
    size: Size
    fps: Fraction
    skeleton: Skeleton = OPENPOSE_137
    depth: FloatArray | None = None
    origin: str = ""

    def __post_init__(self) -> None:
        check_clip(self.size, self.fps)
        xy, score, depth = checked_arrays(self.xy, self.score, self.depth, self.skeleton)
        missing = np.isnan(xy).any(axis=2) | (score == 0)
        if not np.isnan(xy[missing]).all():
            xy = xy.copy()
            xy[missing] = np.nan
        if score[missing].any():
            score = np.where(missing, np.float32(0), score)
        object.__setattr__(self, "xy", frozen(xy))
        object.__setattr__(self, "score", frozen(score))
        object.__setattr__(self, "depth", None if depth is None else frozen(depth))

    @property
    def name(self) -> str:
        """What to call the poses in a message: the file that they were read from, if they were."""
        return self.origin or "the poses"

    @classmethod
    def from_openpose(
        cls,
        body: Numbers,
        *,
        face: Numbers | None = None,
        left_hand: Numbers | None = None,
        right_hand: Numbers | None = None,
        size: Size,
        fps: Fraction,
        layout: str | None = None,
    ) -> "PoseSequence":
        """Convert one person's keypoints as OpenPose, ControlNet and AlphaPose give them: x and y in pixels, score.

        A point with the score 0 is missing; scores above 1 count as 1.

        Args:
            body: (T, N, 3) of `layout`. What it lacks of neck and mid-hip is put between shoulders or hips.
            face: (T, 70, 3), or (T, 68, 3): the pupils are put in the middle of the eyes.
            left_hand: (T, 21, 3).
            right_hand: (T, 21, 3).
            size: (width, height) of the frames.
            fps: frames a second.
            layout: a name in `LAYOUTS`; the usual one with so many points if not given: BODY_25 for 25.

        Raises:
            PoseError: another shape, or values that cannot be poses.
        """
        names = layouts_of((0, *np.shape(body))[-2]) if layout is None else [layout]
        order = LAYOUTS.get((*names, "body_25")[0])
        if order is None:
            raise PoseError(f"there is no layout {layout!r}; expected one of {', '.join(LAYOUTS)}")
        return cls._from_points(skeleton_points(order, body, face, left_hand, right_hand), size, fps)

    @classmethod
    def from_coco_wholebody(cls, keypoints: Numbers, *, size: Size, fps: Fraction) -> "PoseSequence":
        """Convert one person's keypoints in the order of COCO-WholeBody, as MMPose, RTMPose and DWPose give them.

        Neck and mid-hip are put between shoulders and hips, the pupils in the middle of the eyes' outlines, each as
        sure as the least sure of these. A point with the score 0 is missing; scores above 1 count as 1.

        Args:
            keypoints: (T, 133, 3) x and y in pixels, score.
            size: (width, height) of the frames.
            fps: frames a second.

        Raises:
            PoseError: another shape, or values that cannot be poses.

        Source: Jin et al., "Whole-Body Human Pose Estimation in the Wild", ECCV 2020.
        """
        return cls._from_points(skeleton_points(LAYOUTS["coco_wholebody"], keypoints), size, fps)

    @classmethod
    def from_mediapipe(
        cls,
        pose: Numbers,
        visibility: Numbers,
        *,
        face: Numbers | None = None,
        left_hand: Numbers | None = None,
        right_hand: Numbers | None = None,
        size: Size,
        fps: Fraction,
    ) -> "PoseSequence":
        """Convert one person's landmarks as MediaPipe gives them, with depth.

        x and y are shares of the frame's width and height, z is a share of its width. A landmark with a NaN is
        missing. Small toes are missing; neck and mid-hip are put between shoulders and hips; body joints outside the
        frame, which MediaPipe guesses, get a low score. Points of face and hands have the score 1.

        Args:
            pose: (T, 33, 3).
            visibility: (T, 33) in [0, 1].
            face: (T, 478, 3), the mesh with irises.
            left_hand: (T, 21, 3).
            right_hand: (T, 21, 3).
            size: (width, height) of the frames.
            fps: frames a second.

        Raises:
            PoseError: another shape, or values that cannot be poses.
        """
        points, depth = mediapipe_points(pose, visibility, face, left_hand, right_hand, size)
        return cls._from_points(points, size, fps, depth)

    @classmethod
    def _from_points(
        cls, points: FloatArray, size: Size, fps: Fraction, depth: FloatArray | None = None
    ) -> "PoseSequence":
        return cls(points[..., :2], np.clip(points[..., 2], 0, 1), size, fps, depth=depth)

    def __len__(self) -> int:
        return len(self.xy)

    def __getitem__(self, frames: slice) -> "PoseSequence":
        """The frames of a slice, in steps of one: `poses[24:48]`."""
        if frames.step not in (None, 1):
            raise PoseError(f"poses cut in steps of {frames.step}; expected 1: other steps would change the fps")
        depth = None if self.depth is None else self.depth[frames]
        return replace(self, xy=self.xy[frames], score=self.score[frames], depth=depth)

    def copies(self) -> tuple[FloatArray, FloatArray, FloatArray | None]:
        """Writeable copies of `xy`, `score` and `depth`."""
        return self.xy.copy(), self.score.copy(), None if self.depth is None else self.depth.copy()

    def with_values(
        self, xy: FloatArray, score: FloatArray, depth: FloatArray | None, size: Size | None = None
    ) -> "PoseSequence":
        """The clip with other values. The arrays are taken over without a copy and become read-only."""
        depth = None if depth is None else frozen(depth)
        return replace(self, xy=frozen(xy), score=frozen(score), depth=depth, size=size or self.size)

    @property
    def present(self) -> Mask:
        """(T,) whether anything of the person was found in a frame."""
        found: Mask = (self.score > 0).any(axis=1)
        return found

    def joint(self, name: str, least: float = 0.0) -> FloatArray:
        """(T, 2) places of a joint; NaN where it is missing or its score is below `least`."""
        index = self.skeleton.index(name)
        return np.where(self.score[:, index, None] >= least, self.xy[:, index], np.float32(np.nan))

    def scaled_to(self, size: Size) -> "PoseSequence":
        """The poses as they lie when the frame is fitted into one of `size`, centred, its aspect kept."""
        scale = min(size[0] / self.size[0], size[1] / self.size[1])
        shift = (np.array(size) - scale * np.array(self.size)) / 2
        depth = None if self.depth is None else self.depth * np.float32(scale)
        return replace(self, xy=self.xy * np.float32(scale) + shift.astype(np.float32), size=size, depth=depth)

    def boxes(self, margin: float = 0.0) -> FloatArray:
        """The person's box in each frame.

        Args:
            margin: added on all four sides, as a share of the box's longer side.

        Returns:
            (T, 4) left, top, right, bottom in pixels, cut at the frame's borders; NaN where the person is missing.
        """
        missing = np.isnan(self.xy)
        low = np.where(missing, np.inf, self.xy).min(axis=1)
        high = np.where(missing, -np.inf, self.xy).max(axis=1)
        low[~self.present] = high[~self.present] = np.nan
        pad = np.float32(margin) * (high - low).max(axis=1, keepdims=True)
        frame = np.array(self.size, np.float32)
        return np.concatenate([np.clip(low - pad, 0, frame), np.clip(high + pad, 0, frame)], axis=1)


def empty(frames: int, size: Size, fps: Fraction, skeleton: Skeleton = OPENPOSE_137) -> PoseSequence:
    """Poses of a clip without a person."""
    shape = (frames, len(skeleton))
    return PoseSequence(np.full((*shape, 2), np.nan, np.float32), np.zeros(shape, np.float32), size, fps, skeleton)


Result = TypeVar("Result")


def once(measure: Callable[[PoseSequence], Result]) -> Callable[[PoseSequence], Result]:
    """Compute a measure once for each `PoseSequence`, which cannot change, and keep it while the poses live."""
    kept: WeakKeyDictionary[PoseSequence, Result] = WeakKeyDictionary()

    @wraps(measure)
    def measured(poses: PoseSequence) -> Result:
        if poses not in kept:
            kept[poses] = measure(poses)
        return kept[poses]

    return measured


def frozen(array: FloatArray) -> FloatArray:
    """Make an array read-only, so that a `PoseSequence` takes it as it is, without a copy."""
    array.flags.writeable = False
    return array

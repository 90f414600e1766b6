"""`PoseSequence`: the poses of one person over a clip, the form in which every stage takes and gives them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from motion_transfer.errors import PoseError
from motion_transfer.pose.skeleton import OPENPOSE_137, Skeleton
from motion_transfer.types import FloatArray, Mask


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

    The arrays are read-only: writeable ones are copied. A joint with a NaN coordinate or with score 0 becomes missing.

    Raises:
        PoseError: shapes, size, fps or values that cannot be poses.
    """

    xy: FloatArray
    score: FloatArray
    size: tuple[int, int]
    fps: Fraction
    skeleton: Skeleton = OPENPOSE_137
    depth: FloatArray | None = None

    def __post_init__(self) -> None:
        xy, score = _as_float32(self.xy, "xy"), _as_float32(self.score, "score")
        joints = len(self.skeleton)
        if xy.ndim != 3 or xy.shape[1:] != (joints, 2):
            raise PoseError(f"keypoints of shape {xy.shape}; expected (frames, {joints}, 2) for {self.skeleton.name}")
        if score.shape != xy.shape[:2]:
            raise PoseError(f"scores of shape {score.shape}; expected {xy.shape[:2]}, one for each keypoint")
        if len(self.size) != 2 or not all(isinstance(side, int) and side > 0 for side in self.size):
            raise PoseError(f"a frame size of {self.size}; expected (width, height) in whole pixels above 0")
        if not isinstance(self.fps, Fraction) or self.fps <= 0:
            raise PoseError(f"fps of {self.fps!r}; expected a Fraction above 0, like Fraction(30000, 1001)")

        if np.isinf(xy).any():
            raise PoseError("keypoints at infinity; expected pixels, or NaN where a joint is missing")
        if not ((score >= 0) & (score <= 1)).all():
            low, high = score.min(), score.max()
            raise PoseError(f"scores from {low:g} to {high:g}; expected numbers from 0 to 1, without NaN")
        missing = np.isnan(xy).any(axis=2) | (score == 0)
        if not np.isnan(xy[missing]).all():
            xy = xy.copy()
            xy[missing] = np.nan
        if score[missing].any():
            score = np.where(missing, np.float32(0), score)
        object.__setattr__(self, "xy", frozen(xy))
        object.__setattr__(self, "score", frozen(score))
        if self.depth is not None:
            depth = _as_float32(self.depth, "depth")
            body = self.skeleton.body.stop - self.skeleton.body.start
            if depth.shape != (len(xy), body):
                raise PoseError(f"depths of shape {depth.shape}; expected {(len(xy), body)}, one for each body joint")
            if np.isinf(depth).any():
                raise PoseError("depths at infinity; expected pixels, or NaN where unknown")
            object.__setattr__(self, "depth", frozen(depth))

    def __len__(self) -> int:
        return len(self.xy)

    def __getitem__(self, frames: slice) -> "PoseSequence":
        """The frames of a slice, in steps of one: `poses[24:48]`."""
        if frames.step not in (None, 1):
            raise PoseError(f"poses cut in steps of {frames.step}; expected 1: other steps would change the fps")
        depth = None if self.depth is None else self.depth[frames]
        return replace(self, xy=self.xy[frames], score=self.score[frames], depth=depth)

    @property
    def present(self) -> Mask:
        """(T,) whether anything of the person was found in a frame."""
        found: Mask = (self.score > 0).any(axis=1)
        return found

    def scaled_to(self, size: tuple[int, int]) -> "PoseSequence":
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
            (T, 4) left, top, right, bottom in pixels, cut at the frame's borders; NaN where nobody was found.
        """
        missing = np.isnan(self.xy)
        low = np.where(missing, np.inf, self.xy).min(axis=1)
        high = np.where(missing, -np.inf, self.xy).max(axis=1)
        low[~self.present] = high[~self.present] = np.nan
        pad = np.float32(margin) * (high - low).max(axis=1, keepdims=True)
        frame = np.array(self.size, np.float32)
        return np.concatenate([np.clip(low - pad, 0, frame), np.clip(high + pad, 0, frame)], axis=1)


def empty(frames: int, size: tuple[int, int], fps: Fraction, skeleton: Skeleton = OPENPOSE_137) -> PoseSequence:
    """Poses of a clip in which nobody is."""
    shape = (frames, len(skeleton))
    return PoseSequence(np.full((*shape, 2), np.nan, np.float32), np.zeros(shape, np.float32), size, fps, skeleton)


def concatenate(parts: Sequence[PoseSequence]) -> PoseSequence:
    """Join the poses of consecutive parts of one clip.

    Raises:
        PoseError: no parts, or parts that differ in size, fps or skeleton.

    Depth is kept where all parts have it.
    """
    if not parts:
        raise PoseError("no poses to join; expected at least one part")
    first = parts[0]
    for part in parts[1:]:
        if (part.size, part.fps, part.skeleton) != (first.size, first.fps, first.skeleton):
            raise PoseError(
                f"poses at {part.size}, {part.fps} fps, {part.skeleton.name} cannot follow poses at "
                f"{first.size}, {first.fps} fps, {first.skeleton.name}; expected parts of one clip"
            )
    depths = [part.depth for part in parts if part.depth is not None]
    return replace(
        first,
        xy=np.concatenate([part.xy for part in parts]),
        score=np.concatenate([part.score for part in parts]),
        depth=np.concatenate(depths) if len(depths) == len(parts) else None,
    )


def frozen(array: FloatArray) -> FloatArray:
    """Make an array read-only, so that a `PoseSequence` takes it as it is, without a copy."""
    array.flags.writeable = False
    return array


def _as_float32(values: object, name: str) -> FloatArray:
    """`values` as float32: themselves if they cannot change any more, else a copy."""
    try:
        array = np.asarray(values, np.float32)
    except (TypeError, ValueError) as error:
        raise PoseError(f"{name} of poses is not an array of numbers ({error})") from None
    return array.copy() if array.flags.writeable else array

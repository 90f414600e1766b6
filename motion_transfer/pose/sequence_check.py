"""Checks of what a `PoseSequence` is made of."""

from fractions import Fraction

import numpy as np

from motion_transfer.errors import PoseError
from motion_transfer.limits import COORDINATE, LEAST_FPS, MOST_FPS, PIXELS, SIDE
from motion_transfer.loading import shown
from motion_transfer.pose.skeleton import Skeleton
from motion_transfer.types import FloatArray, Size


def check_clip(size: Size, fps: Fraction) -> None:
    """Refuse a size and a rate that no video has."""
    sides = size if isinstance(size, tuple) and len(size) == 2 else (0, 0)
    if not all(isinstance(side, int) and 0 < side <= SIDE for side in sides) or sides[0] * sides[1] > PIXELS:
        raise PoseError(
            f"a frame size of {repr(size)[:60]}; expected (width, height) in pixels: integers above 0, at "
            f"most {SIDE:,} each and {PIXELS:,} multiplied"
        )
    if not isinstance(fps, Fraction):
        raise PoseError(f"an fps of {repr(fps)[:60]}; expected a Fraction above 0, such as Fraction(30000, 1001)")
    if not LEAST_FPS <= fps <= MOST_FPS:
        found = f"{float(fps):g}" if abs(fps) < 10**300 else shown(fps)  # which no float can be
        raise PoseError(f"{found} frames a second; expected {LEAST_FPS} to {MOST_FPS:,}")


def checked_arrays(
    xy: FloatArray, score: FloatArray, depth: FloatArray | None, skeleton: Skeleton
) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    """`xy`, `score` and `depth` as float32, of the right shapes and with values that can be."""
    shape, joints = np.shape(xy), len(skeleton)
    if len(shape) != 3 or shape[1:] != (joints, 2):
        raise PoseError(f"keypoints of shape {shape}; expected (frames, {joints}, 2) for {skeleton.name}")
    if np.shape(score) != shape[:2]:
        raise PoseError(f"scores of shape {np.shape(score)}; expected {shape[:2]}, one for each keypoint")
    right = (shape[0], skeleton.body.stop - skeleton.body.start)
    if depth is not None and np.shape(depth) != right:
        raise PoseError(f"depths of shape {np.shape(depth)}; expected {right}, one for each body joint")
    xy, score = _as_float32(xy, "keypoints"), _as_float32(score, "scores")
    depth = None if depth is None else _as_float32(depth, "depths")
    _check_pixels(xy, "keypoints", "where a joint is missing")
    if not ((score >= 0) & (score <= 1)).all():
        raise PoseError(f"scores from {score.min():g} to {score.max():g}; expected numbers from 0 to 1, without NaN")
    if depth is not None:
        _check_pixels(depth, "depths", "where unknown")
    return xy, score, depth


def _as_float32(values: object, name: str) -> FloatArray:
    """`values` as float32: themselves if they cannot change any more, else a copy."""
    try:
        array = np.asarray(values)
        if array.dtype.kind not in "iuf":
            raise ValueError(f"they are {array.dtype}")
        with np.errstate(over="ignore"):  # what is too large becomes infinite, which is refused
            array = np.asarray(array, np.float32)
    except (TypeError, ValueError) as error:
        raise PoseError(f"{name} of poses are not an array of numbers ({error})") from None
    return array.copy() if array.flags.writeable else array


def _check_pixels(values: FloatArray, name: str, nan: str) -> None:
    """Refuse places that are no pixels, infinity too; NaN is allowed."""
    largest = max(np.fmax.reduce(values, axis=None, initial=0), -np.fmin.reduce(values, axis=None, initial=0))
    if largest > COORDINATE:
        raise PoseError(f"{name} of up to {largest:g} pixels; expected at most {COORDINATE:,}, or NaN {nan}")

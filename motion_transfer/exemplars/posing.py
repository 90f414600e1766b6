"""The pose in which exemplars are rendered: the detector's, but where it differs from theirs by its errors alone."""

import cv2
import numpy as np

from motion_transfer.exemplars.axes import Axes, axes_of, map_back
from motion_transfer.exemplars.parts.labels import LAYERS
from motion_transfer.pose.geometry.segments import HEAD_SEGMENT, SEGMENTS, TRUNK, Segments
from motion_transfer.types import Numbers

NOISE = 0.025  # heights of the head by which a joint that rests is found elsewhere from frame to frame
JOINED = [part for part, each in enumerate(SEGMENTS) if each.start.endswith(("hip", "shoulder"))]
SLACK = np.array([[0.1 if SEGMENTS[part].start.endswith("hip") else 0.2] for part in JOINED])
"""Heights of the head by which each of these begins beside its joint on the trunk at most: shoulders rise with arms."""


def fit_pose(pose: Segments, known: Segments, axes: Axes, layers: list[int]) -> Segments:
    """The pose of one frame, fitted to the exemplars that are shown in it.

    A joint that lies nearly as in its exemplar lies as in it, so that nothing trembles that rests. Thighs and upper
    arms begin where the trunk that is shown has its joints, or nearly: how far hips and shoulders lie apart differs
    from dancer to dancer, and by the detector's errors; clothes would be stretched by that, or torn off.

    Args:
        pose: segments of one frame.
        known: segments of K exemplars.
        axes: of these.
        layers: an exemplar for each of `LAYERS`; -1 for none.
    """
    if not pose.head[0] > 0:
        return pose
    fitted = pose._replace(axes=pose.axes.copy())
    for k, parts in zip(layers, LAYERS, strict=True):
        if k >= 0:
            there = fitted.axes[0, parts]
            own = known.axes[k, parts] * (pose.head[0] / known.head[k])
            # The trunk's layer is compared around its middle, an arm around its shoulder.
            moved = there - own
            seen = moved[np.isfinite(moved).all(axis=2)]
            if len(seen):
                moved -= seen.mean(axis=0) if parts == LAYERS[0] else seen[0]
            settled = there - _small(moved, NOISE * pose.head[0])
            fitted.axes[0, parts] = np.where(np.isfinite(settled), settled, there)
    fitted.axes[0, HEAD_SEGMENT] = pose.axes[0, HEAD_SEGMENT]  # it is rigid, and placed by its own rule
    if layers[0] >= 0 and axes.length[layers[0], TRUNK] > 0 and np.isfinite(fitted.axes[0, TRUNK]).all():
        trunk = map_back(known, axes, layers[0], fitted, axes_of(fitted), TRUNK)
        # Not NumPy's inverse: after it LAPACK's threads spin for as long as a frame takes, one on every other core.
        back = cv2.invertAffineTransform(trunk)
        joints = known.axes[layers[0], JOINED, 0] @ back[:, :2].T + back[:, 2]
        gaps = joints - fitted.axes[0, JOINED, 0]
        fitted.axes[0, JOINED, 0] += np.nan_to_num(gaps - _within(gaps, SLACK * pose.head[0]))
    return fitted


def _small(moved: Numbers, noise: float) -> Numbers:
    """(..., 2) what of movements is noise: nearly all of small ones, nearly nothing of large ones."""
    return np.asarray(moved * (noise**2 / ((moved**2).sum(axis=-1, keepdims=True) + noise**2)))


def _within(gaps: Numbers, most: Numbers) -> Numbers:
    """(..., 2) gaps, shortened to lengths (..., 1)."""
    return np.asarray(gaps * np.minimum(1, most / np.maximum(np.linalg.norm(gaps, axis=-1, keepdims=True), 1e-6)))

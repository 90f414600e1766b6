"""Measurements of a clip's poses as footage: where the person is, and which movements are covered."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from motion_transfer.errors import PoseError
from motion_transfer.footage_check.views import measure_views
from motion_transfer.pose import PoseSequence, body_orientation, measure_body
from motion_transfer.pose.normalisation.body import measure_feet, steady_track
from motion_transfer.types import Mask, Numbers, Size

# The side of the person that the camera sees, in eighths of a turn from 0 degrees of `body_orientation` on.
DIRECTIONS = ("front", "front left", "left", "back left", "back", "back right", "right", "front right")
HEIGHTS = ("down", "level", "up")  # where an arm points: below 60 degrees from hanging, up to 120, and above
DEPTHS, SIDES = ("far", "middle", "near"), ("left", "middle", "right")
STEP_BACK, STEP_ASIDE = 0.03, 0.1  # a step: the size changes by this share; this share of the height sideways
ENOUGH_SECONDS = 1.0  # a bin of the space of poses is covered from this long on
SEEN = 0.1  # least score of a joint that counts as seen
EXTREMITIES = {"head": ("neck",), "hands": ("right_wrist", "left_wrist"), "feet": ("right_ankle", "left_ankle")}
MAP = (36, 48)  # rows and columns of the heat map


@dataclass(frozen=True, eq=False)
class PoseMeasurements:
    """What was measured on T poses.

    Attributes:
        size: (width, height) of the frames.
        present: (T,) whether the person was found.
        outside: for "head", "hands" and "feet" (T,) whether they are cut off by the frame or not found.
        body_orientation: (T,) degrees, see `motion_transfer.pose.geometry.orientation`.
        height: (T,) of the person's box as a share of the frame's height; NaN where no person was found.
        directions: (8,) seconds in each of `DIRECTIONS`.
        arms: (3, 3) seconds with the right arm (rows) and the left one (columns) at each of `HEIGHTS`.
        parts: (S,) seconds in which each of the body's `SEGMENTS` is seen.
        raised: (4,) seconds in which a raised arm is seen from near every second of `DIRECTIONS`.
        places: (3, 3) seconds at each of `DEPTHS` (rows) and `SIDES` (columns).
        heat: (36, 48) share of the frames in which a joint of the body lies in each cell of the frame.
    """

    size: Size
    present: Mask
    outside: dict[str, Mask]
    body_orientation: Numbers
    height: Numbers
    directions: Numbers
    arms: Numbers
    parts: Numbers
    raised: Numbers
    places: Numbers
    heat: Numbers

    @property
    def cut_off(self) -> dict[str, float]:
        """For "head", "hands" and "feet" the share of the person's frames in which they are outside."""
        present = max(int(self.present.sum()), 1)
        return {part: float(cut.sum() / present) for part, cut in self.outside.items()}


def measure_poses(poses: PoseSequence) -> PoseMeasurements:
    """Measure the poses of a clip: one row for every frame, or for every so many frames, `poses.fps` a second."""
    second = float(poses.fps)
    boxes = poses.boxes()
    directions = body_orientation(poses)
    known = np.isfinite(directions)
    parts, raised = measure_views(poses)
    sectors = np.rint(directions[known] / 45).astype(int) % len(DIRECTIONS)
    return PoseMeasurements(
        size=poses.size,
        present=poses.present,
        outside={part: _outside(poses, joints) for part, joints in EXTREMITIES.items()},
        body_orientation=directions,
        height=(boxes[:, 3] - boxes[:, 1]) / poses.size[1],
        directions=np.bincount(sectors, minlength=len(DIRECTIONS)) / second,
        arms=_grid(_arm(poses, "right"), _arm(poses, "left")) / second,
        parts=parts,
        raised=raised,
        places=_grid(*_place(poses)) / second,
        heat=_heat(poses),
    )


def covered(seconds: Numbers) -> float:
    """Share of the bins in which the person is seen for long enough."""
    return float((seconds >= ENOUGH_SECONDS).mean())


def _joint(poses: PoseSequence, name: str) -> Numbers:
    joint = poses.skeleton.index(name)
    return np.where(poses.score[:, joint, None] >= SEEN, poses.xy[:, joint], np.nan)


def _outside(poses: PoseSequence, joints: Iterable[str]) -> Mask:
    """(T,) whether any of the joints lies outside the frame.

    What the detector did not find at all counts as outside too, but for the wrists, which the body often hides.
    """
    outside = np.zeros(len(poses), bool)
    for name in joints:
        xy = poses.xy[:, poses.skeleton.index(name)]
        beyond = ((xy < 0) | (xy > np.array(poses.size))).any(axis=1)
        outside |= beyond if "wrist" in name else beyond | np.isnan(xy[:, 0])
    return outside & poses.present


def _arm(poses: PoseSequence, side: str) -> Numbers:
    """(T,) 0 down, 1 level, 2 up by the line from shoulder to wrist; NaN where unknown."""
    line = _joint(poses, f"{side}_wrist") - _joint(poses, f"{side}_shoulder")
    angle = np.degrees(np.arctan2(np.abs(line[:, 0]), line[:, 1]))
    level: Numbers = np.where(np.isnan(angle), np.nan, np.digitize(angle, (60, 120)))
    return level


def _place(poses: PoseSequence) -> tuple[Numbers, Numbers]:
    """(T,) places in `DEPTHS` and in `SIDES`; NaN where unknown."""
    unknown = np.full(len(poses), np.nan)
    try:
        x, floor, _ = measure_feet(poses)
        height = measure_body(poses).height_at(steady_track(floor, poses.fps))
    except PoseError:
        return unknown, unknown
    size = height / np.median(height)
    depth = np.where(poses.present, np.digitize(size, (1 - STEP_BACK, 1 + STEP_BACK)), np.nan)
    step = STEP_ASIDE * height
    aside = x - np.nanmedian(x)
    side = np.where(np.isnan(x), np.nan, 1 + (aside > step).astype(int) - (aside < -step).astype(int))
    return depth, side


def _grid(rows: Numbers, columns: Numbers) -> Numbers:
    """(3, 3) frames in each cell."""
    known = np.isfinite(rows) & np.isfinite(columns)
    cells: Numbers = np.histogram2d(rows[known], columns[known], bins=3, range=((0, 3), (0, 3)))[0]
    return cells


def _heat(poses: PoseSequence) -> Numbers:
    seen = poses.score[:, poses.skeleton.body] >= SEEN
    places = poses.xy[:, poses.skeleton.body][seen] / np.array(poses.size)
    counts, _, _ = np.histogram2d(places[:, 1], places[:, 0], bins=MAP, range=((0, 1), (0, 1)))
    heat: Numbers = counts / max(len(poses), 1)
    return heat

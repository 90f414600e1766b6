"""Where a normalised person leaves the subject's frame, and what keeps them in: a smaller person or a larger frame."""

import warnings
from dataclasses import dataclass, replace

import numpy as np

from motion_transfer.pose.normalisation.body import BodyStats, measure_feet
from motion_transfer.pose.normalisation.bones import MEASURED
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.pose.skeleton import OPENPOSE_137 as SKELETON
from motion_transfer.types import FloatArray, Numbers

Padding = tuple[int, int, int, int]  # pixels that a frame grows by on its left, upper, right and lower side

_HEAD = [SKELETON.index(joint) for joint in ("nose", "right_eye", "left_eye", "right_ear", "left_ear")]
_FEET = [i for i, joint in enumerate(SKELETON.joints) if joint.endswith(("ankle", "toe", "heel"))]
_HANDS = {
    f"{side} hand": (SKELETON.index(f"{side}_elbow"), [SKELETON.index(f"{side}_wrist"), *range(hand.start, hand.stop)])
    for side, hand in (("left", SKELETON.left_hand), ("right", SKELETON.right_hand))
}
"""The elbow that a hand's direction is known by, and the hand's joints."""
_BODY = sorted({*range(SKELETON.body.stop)} - {*_HEAD, *_FEET, *(hand[0] for _, hand in _HANDS.values())})
_PARTS = {
    "head": (_HEAD, 0.1),
    **{name: (joints, 0.02) for name, (_, joints) in _HANDS.items()},
    "feet": (_FEET, 0.02),
    "body": (_BODY, 0.05),
}
"""The joints of each part, and how far crown, fingertips, shoes, clothes lie beyond them, in heights of the person."""
FINGERS = 0.75  # length of a hand whose fingers were not found, in lengths of the forearm in the picture
CROWN, TOES = 0.12, 0.08  # how far an upright person's crown is above the nose, and toes below the ankles, in heights
UPRIGHT = 90  # percentile of the heights in a clip that is the height of the upright person
TOLERANCE = 0.5  # pixels outside the frame that are not seen
MOST = (
    0.5  # share of its longer side by which a frame grows on a side at most: what is farther out is a wrong detection
)


@dataclass(frozen=True)
class Overflow:
    """How far a person leaves the frame.

    Attributes:
        frames: in how many frames each part leaves it, by name; without the parts that never do.
        total: how many frames there are.
        beyond: how far it goes, (4,) pixels beyond the left, upper, right and lower side, at least 0.
        size: (width, height) of the frame.
    """

    frames: dict[str, int]
    total: int
    beyond: Numbers
    size: tuple[int, int]

    def __bool__(self) -> bool:
        return bool(self.frames)

    def __str__(self) -> str:
        parts = ", ".join(f"{part} in {count}" for part, count in self.frames.items())
        return f"the frame cuts off up to {max(self.beyond):.0f} pixels of the person ({parts} of {self.total} frames)"

    @property
    def padding(self) -> Padding:
        """What the frame has to grow by to show all of the person: even numbers, at most `MOST` of its longer side."""
        most = MOST * max(self.size)
        left, top, right, bottom = (2 * int(np.ceil(min(side, most) / 2)) for side in self.beyond)
        return left, top, right, bottom


def measure_overflow(poses: PoseSequence, body: BodyStats) -> Overflow:
    """How often and how far a person leaves the subject's frame.

    What lies outside it also of the subject standing upright, such as feet that their footage cuts off, does not
    count: no frame can show it.

    Args:
        poses: T frames, normalised for the subject.
        body: the subject's.
    """
    low, high = _shown(body)
    frames, beyond = {}, np.zeros(4)
    for part, reach in _reach(poses).items():
        outside = np.concatenate([low - reach[:, :2], reach[:, 2:] - high], axis=1)  # (T, 4)
        count = int((outside > TOLERANCE).any(axis=1).sum())
        if count:
            frames[part] = count
            beyond = np.fmax(beyond, np.fmax.reduce(outside))
    return Overflow(frames, len(poses), beyond, poses.size)


def fit_poses(poses: PoseSequence, body: BodyStats, *, smaller: bool) -> PoseSequence:
    """Warn of a person who leaves the subject's frame, and if it is to be `smaller`, see `make_smaller`."""
    overflow = measure_overflow(poses, body)
    if not overflow:
        return poses
    done = "`fit` smaller makes the person smaller; a transfer's `fit` extend makes the frame larger"
    if smaller:
        poses, factor = make_smaller(poses, body)
        done = f"made {factor:.2f} times as large, they are inside" if factor < 1 else "moved, they are inside"
    warnings.warn(f"{overflow}; {done}.", stacklevel=2)
    return poses


def make_smaller(poses: PoseSequence, body: BodyStats) -> tuple[PoseSequence, float]:
    """Bring a person into the subject's frame: moved sideways where that is enough, else also scaled, the clip as one.

    Travel is scaled too, so that feet do not slide, about a point of the floor under them. They stay on that floor:
    only a person whose feet are below the frame is moved up.

    Args:
        poses: T frames, normalised for the subject.
        body: the subject's.

    Returns:
        The same frames with all of the person inside, and how much larger they are: 1 where moving is enough or
        nothing leaves the frame.
    """
    reach = np.concatenate(list(_reach(poses).values()))
    feet_x, toe, _ = measure_feet(poses)
    low, high = _shown(body)
    ground = np.clip([np.nanmedian(feet_x), np.nanmedian(toe)], (low[0], (low + high)[1] / 2), high)
    least, most = np.fmin.reduce(reach[:, :2]) - ground, np.fmax.reduce(reach[:, 2:]) - ground
    needed = np.maximum([*(most - least), -least[1]], 1e-6)
    factor = min(1.0, *([*(high - low), ground[1] - low[1]] / needed))
    place = np.clip(ground, low - factor * least, high - factor * most)
    xy = (poses.xy - ground.astype(np.float32)) * np.float32(factor) + place.astype(np.float32)
    depth = None if poses.depth is None else poses.depth * np.float32(factor)
    return poses.with_values(xy, poses.score, depth), float(factor)


def pad_poses(poses: PoseSequence, padding: Padding) -> PoseSequence:
    """The poses in the pixels of a frame that has grown."""
    left, top, right, bottom = padding
    xy = poses.xy + np.array([left, top], np.float32)
    return replace(poses, xy=xy, size=(poses.size[0] + left + right, poses.size[1] + top + bottom))


def pad_body(body: BodyStats, padding: Padding) -> BodyStats:
    """The subject's body in the pixels of a frame that has grown."""
    left, top, right, bottom = padding
    return replace(
        body,
        close=body.close + top,
        far=body.far + top,
        centre_x=body.centre_x + left,
        size=(body.size[0] + left + right, body.size[1] + top + bottom),
    )


def _shown(body: BodyStats) -> tuple[Numbers, Numbers]:
    """The upper left and lower right corner of the frame, moved out where the subject upright goes beyond it."""
    width, height = body.size
    crown, toes = body.far - (1 + CROWN) * body.height_far, body.close + TOES * body.height_close
    return np.array([0, min(0, crown)]), np.array([width, max(height, toes)])


def _reach(poses: PoseSequence) -> dict[str, FloatArray]:
    """The box of each part in each frame, (T, 4) left, top, right, bottom; NaN where it is not seen."""
    points = np.where(poses.score[..., None] >= MEASURED, poses.xy, np.float32(np.nan))
    for elbow, (wrist, *fingers) in _HANDS.values():
        tip = points[:, wrist] + FINGERS * (points[:, wrist] - points[:, elbow])
        unseen = np.isnan(points[:, fingers]).all(axis=(1, 2))
        points[:, fingers[0]] = np.where(unseen[:, None], tip, points[:, fingers[0]])
    tall = np.nanpercentile(measure_feet(poses)[2], UPRIGHT)
    return {
        part: np.concatenate(
            [
                np.fmin.reduce(points[:, joints], axis=1) - beyond * tall,
                np.fmax.reduce(points[:, joints], axis=1) + beyond * tall,
            ],
            axis=1,
        )
        for part, (joints, beyond) in _PARTS.items()
    }

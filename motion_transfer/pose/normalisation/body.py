"""Where a person stands in the frame, how tall they are there and how long their bones are: for normalisation."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from fractions import Fraction
from operator import index
from typing import Any

import numpy as np

from motion_transfer.errors import PoseError
from motion_transfer.limits import LEAST_SIDE, SIDE
from motion_transfer.loading import shown
from motion_transfer.pose.filters import running_median
from motion_transfer.pose.normalisation.bones import MEASURED, measure_bones
from motion_transfer.pose.sequence import PoseSequence, once
from motion_transfer.types import Numbers

STEADY_SECONDS = 1.0  # time over which the ground under a person is taken to stay the same: about twice a jump's flight
ENOUGH = 0.05  # share of the person's frames that must show feet; below it, feet are guessed from the trunk
LEG, HEIGHT = 1.5, 2.9
"""Hip to ankle, and nose to ankle, in lengths of the trunk from neck to mid-hip: usual proportions of an adult
as MediaPipe places the joints."""
STEEPEST = 3.0
"""Most that a person's height can change over a step in depth, in pixels a pixel of floor. In perspective it is
person's height / camera's height, so this is a camera at knee height, or half a metre."""
SMALLEST = 0.25  # least height at the far end, as a share of that at the close end
UPRIGHT = 0.9  # share of the frames in which a person is at most as tall as when upright; the rest are bad detections
TAIL = 2.0  # percentile that stands for an extreme, so that no single detection decides
FARTHEST, LONGEST = 10.0 * SIDE, 10.0
"""Pixels from the frame, and a bone's length in heights of the person, beyond which no person is."""


@dataclass(frozen=True)
class BodyStats:
    """A person's range of places and heights in a clip, in pixels of its frames.

    Attributes:
        close, far: y of the floor under the ankles where the person is nearest to the camera, and farthest.
        height_close, height_far: nose to ankles of the person when upright there.
        centre_x: x of the usual place, the median of the ankles' middle.
        left, right: how far the person goes from there to either side, in heights of the person where they are.
        size: (width, height) of the frames.
        bones: lengths as shares of the height, see `measure_bones`.
    """

    close: float
    far: float
    height_close: float
    height_far: float
    centre_x: float
    left: float
    right: float
    size: tuple[int, int]
    bones: dict[str, float]

    def __post_init__(self) -> None:
        numbers = {name: getattr(self, name) for name in _NUMBERS}
        bones = {f"bones.{name}": length for name, length in self.bones.items()}
        for name, value in (numbers | bones).items():
            least, most = (1e-6 if name.startswith("height") else -FARTHEST), FARTHEST
            if name in bones:
                least, most = 1e-6, LONGEST
            if not least <= value <= most:
                raise PoseError(f"{name} of a person is {value:g}; expected a number from {least:g} to {most:g}")
        if self.close < self.far:
            raise PoseError(f"far of a person is {self.far:g}, below close, {self.close:g}; expected it above")
        if not all(LEAST_SIDE <= side <= SIDE for side in self.size):
            width, height = map(shown, self.size)
            raise PoseError(f"a person's frames are {width} x {height}; expected {LEAST_SIDE} to {SIDE} pixels a side")

    def to_dict(self) -> dict[str, Any]:
        """As plain values for JSON."""
        return asdict(self) | {"size": list(self.size)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "BodyStats":
        """The opposite of `to_dict`; what is missing or no number is a `PoseError`."""
        try:
            width, height = map(index, values["size"])
            numbers = {name: _number(values[name]) for name in _NUMBERS}
            bones = {str(name): _number(length) for name, length in values["bones"].items()}
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise PoseError(f"body statistics cannot be read ({error!r}); expected those of a person") from None
        return cls(**numbers, size=(width, height), bones=bones)

    def height_at(self, floor: Numbers) -> Numbers:
        """Height of the person upright at each floor y from far to close: linear in y, as in perspective."""
        return np.asarray(np.interp(floor, [self.far, self.close], [self.height_far, self.height_close]))


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{shown(value)} is no number")
    return float(value)


_NUMBERS = [each.name for each in fields(BodyStats) if each.name not in ("size", "bones")]


def measure_body(poses: PoseSequence, alpha: float = 0.5) -> BodyStats:
    """Measure where a person stands, how tall they are there and how long their bones are.

    Args:
        poses: a cleaned track of the person.
        alpha: how far behind the usual place a foot still counts as a step back, as a share of the way
            from there to the closest place.

    Raises:
        PoseError: neither feet nor trunk are ever seen.

    Source: Everybody Dance Now (Chan et al. 2019), section "Global pose normalization". Here places are
    those of the smoothed floor (a jump is not a step back) and extremes are percentiles.
    """
    x, toe, height = measure_feet(poses)
    floor = steady_track(toe, poses.fps)
    standing = np.isfinite(toe)
    ground = floor[standing]
    close, middle = np.percentile(ground, 100 - TAIL), np.median(ground)
    behind = ground[(ground < middle) & (middle - ground < alpha * (close - middle))]
    far = np.percentile(behind, TAIL) if len(behind) else middle

    height_far, height_close = _upright_height(floor, height, far, close)
    ground_x = steady_track(x, poses.fps)[standing]
    centre_x = np.median(ground_x)
    place = BodyStats(float(close), float(far), height_close, height_far, float(centre_x), 0.0, 0.0, poses.size, {})
    travel = (ground_x - centre_x) / place.height_at(ground)
    left, right = np.percentile(travel, [TAIL, 100 - TAIL])
    bones = measure_bones(poses, place.height_at(floor), height)
    return replace(place, left=float(-left), right=float(right), bones=bones)


def gather_bodies(bodies: Sequence[BodyStats]) -> BodyStats:
    """The range of places of several people of one clip, as if of one person of their mean height, without bones."""
    if not bodies:
        raise PoseError("no bodies to gather; expected at least one person")
    close, far = max(body.close for body in bodies), min(body.far for body in bodies)
    height_close, height_far = (float(np.mean([body.height_at(np.array(y)) for body in bodies])) for y in (close, far))
    height = (height_close + height_far) / 2
    left = min(body.centre_x - body.left * body.height_close for body in bodies)
    right = max(body.centre_x + body.right * body.height_close for body in bodies)
    centre = float(np.mean([body.centre_x for body in bodies]))
    left, right = (centre - left) / height, (right - centre) / height
    return BodyStats(close, far, height_close, height_far, centre, left, right, bodies[0].size, {})


@once
def measure_feet(poses: PoseSequence) -> tuple[Numbers, Numbers, Numbers]:
    """Each frame's (T,) x of the feet's middle, y of the lower ankle, and height from nose to ankles; NaN if unseen.

    In a clip that hardly ever shows the feet, they are put below the hips at the usual length of a leg.

    Raises:
        PoseError: neither feet nor trunk are ever seen.
    """
    right, left, right_ear, left_ear, nose = (
        poses.joint(name, MEASURED).astype(np.float64)
        for name in ("right_ankle", "left_ankle", "right_ear", "left_ear", "nose")
    )
    feet, ears = _mean(right, left), _mean(right_ear, left_ear)
    height = np.hypot(*(np.where(np.isnan(nose), ears, nose) - feet).T)
    if np.isfinite(height).sum() > ENOUGH * poses.present.sum():
        return feet[:, 0], np.fmax(right[:, 1], left[:, 1]), height

    neck, hip = (poses.joint(name).astype(np.float64) for name in ("neck", "mid_hip"))
    trunk = np.hypot(*(neck - hip).T)
    if not np.isfinite(trunk).any():
        raise PoseError(
            f"{poses.name} show neither feet nor trunk of the person in any of {len(poses)} frames; expected at least "
            "the body from neck to hips, to know the person's size. Use a clip that shows more of the body."
        )
    usual = np.nanpercentile(trunk, 75)  # bending forward only ever shortens it
    return hip[:, 0], hip[:, 1] + LEG * usual, HEIGHT * trunk


def steady_track(track: Numbers, fps: Fraction) -> Numbers:
    """Where the ground under a person's feet is, in every frame, (T,), from where the feet are.

    The median over `STEADY_SECONDS` excludes the time in the air; a running mean makes it smooth; frames
    far from any feet lie between those before and after.
    """
    half = round(STEADY_SECONDS * fps / 2)
    level = running_median(track, 2 * half + 1)
    seen = np.flatnonzero(np.isfinite(level))
    level = np.interp(np.arange(len(track)), seen, level[seen])
    weights = np.hanning(2 * half + 3)[1:-1]
    return np.convolve(np.pad(level, half, mode="edge"), weights / weights.sum(), mode="valid")


def _upright_height(floor: Numbers, height: Numbers, far: float, close: float) -> tuple[float, float]:
    """How tall the person is when upright at the far and at the close end of their range.

    In perspective, height is linear in the floor's y. So a line is put along the upper edge of all heights
    (quantile regression, its slope found by trying): crouching frames lie under it and do not matter, and
    neither do a few bad detections, nor a place where the person happened never to stand upright.
    """
    seen = np.isfinite(height)
    floor, height = floor[seen], height[seen]
    best = (np.inf, 0.0, 0.0)
    for slope in np.linspace(0, STEEPEST, 61):
        rest = height - slope * floor
        base = np.quantile(rest, UPRIGHT)
        loss = np.maximum(UPRIGHT * (rest - base), (UPRIGHT - 1) * (rest - base)).mean()
        best = min(best, (loss, slope, base))
    _, slope, base = best
    height_close = base + slope * close
    return float(max(base + slope * far, SMALLEST * height_close)), float(height_close)


def _mean(first: Numbers, second: Numbers) -> Numbers:
    """Mean of two joints (T, 2), or the one that is there."""
    return np.asarray((np.where(np.isnan(first), second, first) + np.where(np.isnan(second), first, second)) / 2)

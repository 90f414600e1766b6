"""Removal of joints that cannot be where they were found. The gaps can be filled like others."""

import numpy as np

from motion_transfer.pose.cleaning.swaps import correct_swaps
from motion_transfer.pose.filters import row_median, running_median
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.pose.skeleton import Skeleton
from motion_transfer.types import FloatArray, Mask, Numbers

TELEPORT = 0.25
"""A joint that is off the line between its neighbours in time by less than this many trunk lengths stays."""
ACCELERATION = 600.0  # trunk lengths a second squared (about 300 m/s**2): more than any dancer's hand
UNUSUAL = 5.0  # and it must be off the line so many times farther than it usually does around
ELONGATION = 0.3  # a limb longer than its usual longest by more than this share of it has jumped,
ELONGATION_TRUNK = 0.1  # if that is also more than so many trunk lengths
LONGEST = 95.0
"""Percentile of a limb's lengths that is its usual longest. It may be shorter at will: that is foreshortening."""
AROUND = 0.5  # seconds to either side that are "around"
FEW = 10  # a limb seen in fewer frames has no usual length
PART_LOST = 1 / 3  # a face or hand that loses more than this share of its points is lost completely


def remove_outliers(
    xy: FloatArray, score: FloatArray, depth: FloatArray | None, skeleton: Skeleton, fps: float, unit: float
) -> None:
    """Correct exchanges of left and right, and remove joints that jump, in place.

    Removed are joints that jump off their path for a single frame, ends of limbs (fingers too) that are suddenly
    farther away than ever, and faces and hands that do so as one, or separate from nose or wrist.

    Args:
        xy: (T, K, 2) as in `PoseSequence`; writeable, like the next two.
        score: (T, K).
        depth: (T, B), or None.
        skeleton: the order of the joints.
        fps: frames a second.
        unit: the trunk's length in pixels, see `trunk_length`.
    """
    if len(xy) == 0:
        return
    half = max(2, round(AROUND * fps))
    sizes = _sizes(xy, skeleton, unit, half)
    correct_swaps(xy, score, depth, skeleton, fps, sizes)
    bad = np.zeros(score.shape, np.bool_)
    for joint in range(len(skeleton)):
        bad[:, joint] = _teleports(xy[:, joint], fps, sizes, half)
    for bone in _limbs(skeleton):
        too_long = _too_long(_length(xy, bone) / sizes, half)
        if too_long.any():  # the end that is farther from its usual way is the wrong one
            strays = [_stray(xy[:, joint], half) for joint in bone]
            worse = strays[0] > strays[1]
            bad[:, bone[0]] |= too_long & worse
            bad[:, bone[1]] |= too_long & ~worse
    for part, root in ((skeleton.face, 30), (skeleton.left_hand, 0), (skeleton.right_hand, 0)):
        bad[:, part] |= _lost(xy[:, part], bad[:, part], root, fps, sizes, half)[:, None]
    xy[bad] = np.nan
    score[bad] = 0
    if depth is not None:
        depth[bad[:, skeleton.body]] = np.nan


def trunk_length(poses: PoseSequence) -> float:
    """Neck to mid-hip in pixels, the unit of all thresholds; a quarter of the frame's height if never seen."""
    length = np.hypot(*(poses.joint("neck") - poses.joint("mid_hip")).T)
    length = length[np.isfinite(length)]
    usual = float(np.percentile(length, 75)) if len(length) else 0.0  # bending forward only ever shortens it
    return usual if usual > 0 else poses.size[1] / 4


def _sizes(xy: FloatArray, skeleton: Skeleton, unit: float, half: int) -> Numbers:
    """(T,) the trunk's length in pixels if it were upright, by how large the person is in the frames around.

    A frame's size is the median over the bones of their lengths, each as a share of what it usually is.
    """
    lengths = np.stack([_length(xy, bone) for bone in skeleton.body_bones], axis=1)
    usual = row_median(lengths.T.copy())
    size = running_median(row_median(lengths / np.where(usual > 0, usual, np.nan)), 2 * half + 1)
    known = np.flatnonzero(np.isfinite(size) & (size > 0))
    if len(known) == 0:
        return np.full(len(xy), unit)
    return unit * np.interp(np.arange(len(xy)), known, size[known])


def _length(xy: FloatArray, bone: tuple[int, int]) -> Numbers:
    length: Numbers = np.hypot(*(xy[:, bone[0]] - xy[:, bone[1]]).T)
    return length


def _limbs(skeleton: Skeleton) -> tuple[tuple[int, int], ...]:
    """The bones, and what holds face and hands to the body."""
    return (
        *skeleton.body_bones,
        *skeleton.left_hand_bones,
        *skeleton.right_hand_bones,
        (skeleton.index("nose"), skeleton.face.start + 30),
        (skeleton.index("left_wrist"), skeleton.left_hand.start),
        (skeleton.index("right_wrist"), skeleton.right_hand.start),
    )


def _teleports(track: Numbers, fps: float, sizes: Numbers, half: int) -> Mask:
    """(T,) frames in which a joint (T, 2) is far off the line between the frames before and after."""
    bad = np.zeros(len(track), np.bool_)
    if len(track) < 3:
        return bad
    before, now, after = track[:-2], track[1:-1], track[2:]
    off = np.hypot(*(now - (before + after) / 2).T)
    back = np.hypot(*(after - before).T)
    least = max(TELEPORT, ACCELERATION / fps**2 / 2) * sizes[1:-1]
    bad[1:-1] = off > np.maximum(least, back)  # False where one of the three is missing
    if bad.any():
        bad[1:-1] &= off > UNUSUAL * running_median(off, 2 * half + 1)
    return bad


def _too_long(length: Numbers, half: int) -> Mask:
    """(T,) frames in which a limb's length (T,), in trunk lengths, is suddenly more than ever."""
    known = length[np.isfinite(length)]
    if len(known) < FEW:
        return np.zeros(len(length), np.bool_)
    longest = np.percentile(known, LONGEST)
    bound = longest + max(ELONGATION * longest, ELONGATION_TRUNK)
    too_long: Mask = length > bound
    if too_long.any():
        too_long &= running_median(length, 2 * half + 1) < bound
    return too_long


def _stray(track: Numbers, half: int) -> Numbers:
    """(T,) how far a joint (T, 2) is from the median of its places around; infinite where it is missing."""
    usual = np.stack([running_median(track[:, axis], 2 * half + 1) for axis in range(2)], axis=1)
    stray: Numbers = np.nan_to_num(np.hypot(*(track - usual).T), nan=np.inf)
    return stray


def _lost(part: Numbers, bad: Mask, root: int, fps: float, sizes: Numbers, half: int) -> Mask:
    """(T,) frames in which a face or hand (T, N, 2) is wrong in all its points."""
    count, total, square = np.zeros(len(part)), np.zeros((len(part), 2)), np.zeros(len(part))
    for point in part.swapaxes(0, 1):  # one by one, to save memory
        count += np.isfinite(point[:, 0])
        total += np.nan_to_num(point)
    with np.errstate(invalid="ignore"):  # 0 / 0 where nothing was found
        centre = total / count[:, None]
        for point in part.swapaxes(0, 1):
            square += np.nan_to_num(((point - centre) ** 2).sum(axis=1))
        extent = np.sqrt(square / count)
    lost: Mask = _teleports(centre, fps, sizes, half) | _too_long(extent / sizes, half)
    lost |= bad[:, root] | (bad.sum(axis=1) > PART_LOST * count)
    return lost

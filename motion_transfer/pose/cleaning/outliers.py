"""Joints that cannot be where they were found, taken out of a track. What is taken out can be filled like a gap."""

from dataclasses import replace

import numpy as np

from motion_transfer.pose.cleaning.swaps import mend_swaps
from motion_transfer.pose.filters import Track, row_median, running_median
from motion_transfer.pose.sequence import PoseSequence, frozen
from motion_transfer.pose.skeleton import Skeleton
from motion_transfer.types import FloatArray, Mask

TELEPORT = 0.25
"""A joint that leaves the line between its neighbours in time by less than this many trunk lengths stays."""
ACCELERATION = 600.0
"""Trunk lengths a second squared (about 300 m/s**2): more than any dancer's hand."""
UNUSUAL = 5.0
"""And it must leave the line so many times farther than it usually does around."""
STRETCH = 0.3
"""A limb longer than its usual longest by more than this share of it has jumped,"""
STRETCH_TRUNK = 0.1
"""if that is also more than so many trunk lengths."""
LONGEST = 95.0
"""Percentile of a limb's lengths that is its usual longest. It may be shorter at will: that is foreshortening."""
AROUND = 0.5
"""Seconds to either side that are "around"."""
FEW = 10
"""A limb seen in fewer frames has no usual length."""
PART_LOST = 1 / 3
"""A face or hand that loses more than this share of its points is lost as a whole."""


def reject_outliers(poses: PoseSequence) -> PoseSequence:
    """Mend exchanges of left and right, and take out what jumps.

    Taken out are joints that leave their way for a single frame, ends of limbs (fingers too) that are suddenly longer
    than ever, and faces and hands that do so as a whole, or come off nose or wrist.

    Args:
        poses: T raw frames.

    Returns:
        T frames; what was taken out is missing.
    """
    xy, score = poses.xy.copy(), poses.score.copy()
    depth = None if poses.depth is None else poses.depth.copy()
    reject(xy, score, depth, poses.skeleton, float(poses.fps), trunk_length(poses))
    return replace(poses, xy=frozen(xy), score=frozen(score), depth=None if depth is None else frozen(depth))


def trunk_length(poses: PoseSequence) -> float:
    """Neck to mid-hip in pixels, the unit of all thresholds; a quarter of the frame's height if never seen."""
    neck, hip = (poses.xy[:, poses.skeleton.index(name)] for name in ("neck", "mid_hip"))
    length = np.hypot(*(neck - hip).T)
    length = length[np.isfinite(length)]
    usual = float(np.percentile(length, 75)) if len(length) else 0.0  # bending forward only ever shortens it
    return usual if usual > 0 else poses.size[1] / 4


def reject(
    xy: FloatArray, score: FloatArray, depth: FloatArray | None, skeleton: Skeleton, fps: float, unit: float
) -> None:
    """The work of `reject_outliers`, in place."""
    if len(xy) == 0:
        return
    half = max(2, round(AROUND * fps))
    sizes = _sizes(xy, skeleton, unit, half)
    mend_swaps(xy, score, depth, skeleton, fps, sizes)
    bad = np.zeros(score.shape, np.bool_)
    for joint in range(len(skeleton)):
        bad[:, joint] = _teleports(xy[:, joint], fps, sizes, half)
    for bone in _limbs(skeleton):
        stretched = _stretched(_length(xy, bone) / sizes, half)
        if stretched.any():  # the end that is farther from its usual way is the wrong one
            strays = [_stray(xy[:, joint], half) for joint in bone]
            worse = strays[0] > strays[1]
            bad[:, bone[0]] |= stretched & worse
            bad[:, bone[1]] |= stretched & ~worse
    for part, root in ((skeleton.face, 30), (skeleton.left_hand, 0), (skeleton.right_hand, 0)):
        bad[:, part] |= _lost(xy[:, part], bad[:, part], root, fps, sizes, half)[:, None]
    xy[bad] = np.nan
    score[bad] = 0
    if depth is not None:
        depth[bad[:, skeleton.body]] = np.nan


def _sizes(xy: FloatArray, skeleton: Skeleton, unit: float, half: int) -> Track:
    """(T,) the trunk's length in pixels if it were upright, by how large the whole person is in the frames around.

    A frame's size is the median over the bones of their lengths, each as a share of what it usually is.
    """
    lengths = np.stack([_length(xy, bone) for bone in skeleton.body_bones], axis=1)
    usual = row_median(lengths.T.copy())
    size = running_median(row_median(lengths / np.where(usual > 0, usual, np.nan)), 2 * half + 1)
    known = np.flatnonzero(np.isfinite(size) & (size > 0))
    if len(known) == 0:
        return np.full(len(xy), unit)
    return unit * np.interp(np.arange(len(xy)), known, size[known])


def _length(xy: FloatArray, bone: tuple[int, int]) -> Track:
    length: Track = np.hypot(*(xy[:, bone[0]] - xy[:, bone[1]]).T)
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


def _teleports(track: Track, fps: float, sizes: Track, half: int) -> Mask:
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


def _stretched(length: Track, half: int) -> Mask:
    """(T,) frames in which a limb's length (T,), in trunk lengths, is suddenly more than ever."""
    known = length[np.isfinite(length)]
    if len(known) < FEW:
        return np.zeros(len(length), np.bool_)
    longest = np.percentile(known, LONGEST)
    bound = longest + max(STRETCH * longest, STRETCH_TRUNK)
    stretched: Mask = length > bound
    if stretched.any():
        stretched &= running_median(length, 2 * half + 1) < bound
    return stretched


def _stray(track: Track, half: int) -> Track:
    """(T,) how far a joint (T, 2) is from the median of its places around; infinite where it is missing."""
    usual = np.stack([running_median(track[:, axis], 2 * half + 1) for axis in range(2)], axis=1)
    stray: Track = np.nan_to_num(np.hypot(*(track - usual).T), nan=np.inf)
    return stray


def _lost(part: Track, bad: Mask, root: int, fps: float, sizes: Track, half: int) -> Mask:
    """(T,) frames in which a face or hand (T, N, 2) is wrong as a whole."""
    count, total, square = np.zeros(len(part)), np.zeros((len(part), 2)), np.zeros(len(part))
    for point in part.swapaxes(0, 1):  # one by one, for the memory
        count += np.isfinite(point[:, 0])
        total += np.nan_to_num(point)
    with np.errstate(invalid="ignore"):  # 0 / 0 where nothing was found
        centre = total / count[:, None]
        for point in part.swapaxes(0, 1):
            square += np.nan_to_num(((point - centre) ** 2).sum(axis=1))
        extent = np.sqrt(square / count)
    lost: Mask = _teleports(centre, fps, sizes, half) | _stretched(extent / sizes, half)
    lost |= bad[:, root] | (bad.sum(axis=1) > PART_LOST * count)
    return lost

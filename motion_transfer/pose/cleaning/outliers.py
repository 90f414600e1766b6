"""Removal of joints that cannot be where they were found. The gaps can be filled like others."""

import numpy as np

from motion_transfer.pose.cleaning.swaps import correct_swaps
from motion_transfer.pose.filters import row_median, running_median
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.pose.skeleton import OPENPOSE_137 as SKELETON
from motion_transfer.types import FloatArray, Mask, Numbers

TELEPORT = 0.25  # trunk lengths; a joint that is less far off the line between its neighbours in time stays
ACCELERATION = 600.0  # trunk lengths a second squared (about 300 m/s**2): more than any dancer's hand
UNUSUAL = 5.0  # and it must be off the line so many times farther than it usually is around
LONGEST = 95.0  # percentile of a limb's lengths that is its usual longest; any shorter length is foreshortening
ELONGATION = 0.3  # a limb longer than its usual longest by more than this share of it has jumped,
ELONGATION_TRUNK = 0.1  # if that is also more than so many trunk lengths
WIDE = 0.2  # trunk lengths from left to right, mean of shoulders and hips, of who turns a front or a back
WAVERING = 0.12  # the same by which it differs from what is usual around where the detector wavers between both
TURNED_FOR = 0.17  # seconds: nobody turns round and back again as fast, not even in a pirouette
AROUND = 0.5  # seconds to either side that are "around"
FEW = 10  # a limb seen in fewer frames has no usual length
PART_LOST = 1 / 3  # a face or hand that loses more than this share of its points is lost completely

PARTS = (("nose", SKELETON.face, 30), ("left_wrist", SKELETON.left_hand, 0), ("right_wrist", SKELETON.right_hand, 0))
"""The joints of the body that carry face and hands, what they carry, and which point of it lies at the joint."""
_LIMBS = (*SKELETON.bones, *((SKELETON.index(joint), part.start + root) for joint, part, root in PARTS))


def remove_outliers(xy: FloatArray, score: FloatArray, depth: FloatArray | None, fps: float, unit: float) -> None:
    """Correct exchanges of left and right, and remove joints that jump, in place.

    Removed are all joints of a body that turns its other side to the camera for a moment, joints that jump off their
    path for a single frame, ends of limbs (fingers too) that are suddenly farther away than ever, and faces and hands
    that do so as one, or separate from nose or wrist.

    The arrays are as in `PoseSequence`, but writeable; `unit` is the trunk's length in pixels, see `trunk_length`.
    """
    if len(xy) == 0:
        return
    around = 2 * max(2, round(AROUND * fps)) + 1
    sizes = _sizes(xy, unit, around)
    correct_swaps(xy, score, depth, fps, sizes)
    least = max(TELEPORT, ACCELERATION / fps**2 / 2) * sizes
    bad = np.zeros(score.shape, np.bool_)
    for joint in range(len(SKELETON)):
        bad[:, joint] = _teleports(xy[:, joint], least, around)
    bad |= _turned(xy, sizes, around, max(1, int(TURNED_FOR * fps)))[:, None]
    for bone in _LIMBS:
        too_long = _too_long(_length(xy, bone) / sizes, around)
        if too_long.any():  # the end that is farther from its usual way is the wrong one
            strays = [_stray(xy[:, joint], around) for joint in bone]
            worse = strays[0] > strays[1]
            bad[:, bone[0]] |= too_long & worse
            bad[:, bone[1]] |= too_long & ~worse
    for carrier, part, root in PARTS:
        lost = _lost(xy[:, part], bad[:, part], root, sizes, least, around) | bad[:, SKELETON.index(carrier)]
        bad[:, part] |= lost[:, None]  # where a wrist is wrong, the hand was sought there
    xy[bad] = np.nan
    score[bad] = 0
    if depth is not None:
        depth[bad[:, SKELETON.body]] = np.nan


def trunk_length(poses: PoseSequence) -> float:
    """Neck to mid-hip in pixels, the unit of all thresholds; a quarter of the frame's height if never seen."""
    length = np.hypot(*(poses.joint("neck") - poses.joint("mid_hip")).T)
    length = length[np.isfinite(length)]
    usual = float(np.percentile(length, 75)) if len(length) else 0.0  # bending forward only ever shortens it
    return usual if usual > 0 else poses.size[1] / 4


def _sizes(xy: FloatArray, unit: float, around: int) -> Numbers:
    """(T,) the trunk's length in pixels if it were upright, by how large the person is in the frames around.

    A frame's size is the median over the bones of their lengths, each as a share of what it usually is.
    """
    lengths = np.stack([_length(xy, bone) for bone in SKELETON.body_bones], axis=1)
    usual = row_median(lengths.T.copy())
    size = running_median(row_median(lengths / np.where(usual > 0, usual, np.nan)), around)
    known = np.flatnonzero(np.isfinite(size) & (size > 0))
    if len(known) == 0:
        return np.full(len(xy), unit)
    return unit * np.interp(np.arange(len(xy)), known, size[known])


def _length(xy: FloatArray, bone: tuple[int, int]) -> Numbers:
    return np.asarray(np.hypot(*(xy[:, bone[0]] - xy[:, bone[1]]).T))


def _teleports(track: Numbers, least: Numbers, around: int) -> Mask:
    """(T,) frames in which a joint (T, 2) is off the line between the frames before and after, at least so far."""
    bad = np.zeros(len(track), np.bool_)
    if len(track) < 3:
        return bad
    before, now, after = track[:-2], track[1:-1], track[2:]
    off = np.hypot(*(now - (before + after) / 2).T)
    back = np.hypot(*(after - before).T)
    bad[1:-1] = off > np.maximum(least[1:-1], back)  # False where one of the three is missing
    if bad.any():
        bad[1:-1] &= off > UNUSUAL * running_median(off, around)
    return bad


def _turned(xy: FloatArray, sizes: Numbers, around: int, longest: int) -> Mask:
    """(T,) frames in which a back is taken for a front, or the other way round, for at most so many frames.

    Those before and after, in which the detector wavers between both, are among them.
    """
    columns = [[SKELETON.index(f"{side}_{joint}") for joint in ("shoulder", "hip")] for side in ("right", "left")]
    width = (xy[:, columns[0], 0] - xy[:, columns[1], 0]).mean(axis=1) / sizes
    usual = running_median(width, around)
    off = np.abs(width - usual) > WAVERING
    turned = off & (width * usual < 0) & (np.abs(usual) > WIDE)
    bad = np.zeros(len(xy), np.bool_)
    edges = np.flatnonzero(np.diff(np.pad(off.astype(np.int8), 1)))
    for first, stop in edges.reshape(-1, 2).tolist():
        bad[first:stop] = stop - first <= longest and turned[first:stop].any()
    return bad


def _too_long(length: Numbers, around: int) -> Mask:
    """(T,) frames in which a limb's length (T,), in trunk lengths, is suddenly more than ever."""
    known = length[np.isfinite(length)]
    if len(known) < FEW:
        return np.zeros(len(length), np.bool_)
    longest = np.percentile(known, LONGEST)
    bound = longest + max(ELONGATION * longest, ELONGATION_TRUNK)
    too_long: Mask = length > bound
    if too_long.any():
        too_long &= running_median(length, around) < bound
    return too_long


def _stray(track: Numbers, around: int) -> Numbers:
    """(T,) how far a joint (T, 2) is from the median of its places around; infinite where it is missing."""
    usual = np.stack([running_median(column, around) for column in track.T], axis=1)
    return np.asarray(np.nan_to_num(np.hypot(*(track - usual).T), nan=np.inf))


def _lost(part: Numbers, bad: Mask, root: int, sizes: Numbers, least: Numbers, around: int) -> Mask:
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
    lost: Mask = _teleports(centre, least, around) | _too_long(extent / sizes, around)
    lost |= bad[:, root] | (bad.sum(axis=1) > PART_LOST * count)
    return lost

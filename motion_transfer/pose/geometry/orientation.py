"""Which way a person faces, and which parts of the head that hides from the camera.

Detectors give nose, eyes and ears also of a person seen from behind; drawn, they would ask a generator for a face on
the back of the head.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from motion_transfer.pose.filters import running_median
from motion_transfer.pose.sequence import PoseSequence, frozen, once
from motion_transfer.pose.skeleton import OPENPOSE_137 as SKELETON
from motion_transfer.types import FloatArray, Mask, Numbers

SEEN = 0.1  # least score of a joint that tells a direction
TURN = 900.0
"""Most degrees a second that a person turns: two and a half turns. What changes faster is a detector's error."""
STEP = 5  # degrees between the directions that are distinguished
_DIRECTIONS = np.arange(-180, 180, STEP)
_COS, _SIN = np.cos(np.radians(_DIRECTIONS)), np.sin(np.radians(_DIRECTIONS))
_SWAY = 0.01  # cost of a degree's turn; a cue that is off by its usual error costs 0.5
_WORST = 4.5  # most that one cue can cost in a frame, so that one bad joint does not decide
_DEPTH = 3.0  # how much longer than across the image MediaPipe makes things in depth (measured on the samples)

FRONT, FAR_EAR, BACK, FAR_EYE = 112.0, 30.0, 155.0, 60.0
"""Degrees to either side: beyond `FRONT` the face is turned away; from `FAR_EAR` to `BACK` the head hides its far ear,
from `FAR_EYE` on the far eye and half of the face. So it is in the rendered samples, whose truth knows what is hidden;
their ear is hidden from 20 on, where the direction is not yet known that well."""


class _Cue(NamedTuple):
    """What a joint pair, or the nose, says about the direction, in lengths of the trunk."""

    values: Numbers  # (T,); NaN where it says nothing
    expected: Numbers  # what it would be in each of `_DIRECTIONS`
    error: float  # how far it is usually off


@once
def body_orientation(poses: PoseSequence) -> FloatArray:
    """Which way a person's body faces in each frame.

    Shoulders, hips and ears tell front from back by the order of left and right; the nose beside the ears, and
    depth where it is known, tell which side turns to the camera. The most likely course through all frames is
    taken in which the person never turns faster than `TURN` (Viterbi's algorithm). Poses may be raw or cleaned; the
    result is computed once for each `PoseSequence`.

    Returns:
        (T,) float32 degrees in [-180, 180), in steps of `STEP`, read-only: 0 towards the camera, +90 with the left
        side to it, -90 with the right side, -180 away. NaN where nothing of the trunk is seen.
    """
    cues = [_across(poses, "shoulder", 0.65, 0.12), _across(poses, "hip", 0.37, 0.1), _across(poses, "ear", 0.22, 0.12)]
    cues += [_nose(poses, 0.08), _nearer(poses, "shoulder", 0.65, 0.25), _one_ear(poses, 0.5)]
    return _most_likely(poses, cues)


@once
def head_orientation(poses: PoseSequence) -> FloatArray:
    """Which way the head faces, (T,) degrees as of `body_orientation`, with which it mostly agrees."""
    cues = [_across(poses, "ear", 0.22, 0.05), _across(poses, "eye", 0.12, 0.04), _across(poses, "shoulder", 0.65, 0.4)]
    cues += [_nose(poses, 0.05), _nearer(poses, "ear", 0.28, 0.1), _one_ear(poses, 0.5)]
    return _most_likely(poses, cues)


@once
def occluded_face(poses: PoseSequence) -> Mask:
    """Which joints a turned head hides, (T, 137): the face from behind; far ear, eye and half of the face in profile.

    Where the direction is unknown nothing is hidden. Computed once for each `PoseSequence`.
    """
    head = head_orientation(poses)
    aside = np.abs(head)
    hidden = np.zeros(poses.score.shape, bool)

    def hide(frames: Mask, joints: Sequence[int]) -> None:
        hidden[np.flatnonzero(frames)[:, None], joints] = True

    hide(aside > FRONT, [*_joints("nose", "right_eye", "left_eye"), *range(*SKELETON.face.indices(len(SKELETON)))])
    for far, shown in (("right", head > 0), ("left", head < 0)):
        hide(shown & (aside > FAR_EAR) & (aside < BACK), _joints(f"{far}_ear"))
        hide(shown & (aside > FAR_EYE), [*_joints(f"{far}_eye"), *_HALF_FACES[far]])
    hidden.flags.writeable = False
    return hidden


def _most_likely(poses: PoseSequence, cues: Sequence[_Cue]) -> FloatArray:
    """The course of directions that fits the cues best among those slow enough (Viterbi 1967)."""
    cost = np.zeros((len(poses), len(_DIRECTIONS)), np.float32)
    for cue in cues:
        known = np.isfinite(cue.values)
        off = (cue.values[known, None] - cue.expected) / cue.error
        cost[known] += np.minimum(off * off / 2, _WORST)
    turn = np.abs((_DIRECTIONS[:, None] - _DIRECTIONS + 180) % 360 - 180)
    turning = np.where(turn <= max(TURN / poses.fps, STEP), _SWAY * turn, np.inf).astype(np.float32)

    before = np.empty(cost.shape, np.uint8)  # the best direction before each
    everywhere = np.arange(len(_DIRECTIONS))
    total = np.zeros(len(_DIRECTIONS), np.float32)
    for t in range(len(poses)):
        ways = total + turning
        before[t] = ways.argmin(axis=1)
        total = ways[everywhere, before[t]] + cost[t]
        total -= total.min()
    course = np.empty(len(poses), int)
    best = int(total.argmin())
    for t in reversed(range(len(poses))):
        course[t] = best
        best = before[t, best]
    angles: FloatArray = _DIRECTIONS[course].astype(np.float32)
    angles[~np.isfinite([cue.values for cue in cues]).any(axis=0)] = np.nan
    return frozen(angles)


def _across(poses: PoseSequence, pair: str, length: float, error: float) -> _Cue:
    """How far the left joint of a pair lies right of the right one: the pair's length from the front."""
    gap = _joint(poses, f"left_{pair}") - _joint(poses, f"right_{pair}")
    return _Cue(gap[:, 0] / _trunk(poses), length * _COS, error)


def _nearer(poses: PoseSequence, pair: str, length: float, error: float) -> _Cue:
    """How much nearer the left joint of a pair is than the right one."""
    if poses.depth is None:
        return _Cue(np.full(len(poses), np.nan), length * _SIN, error)
    right, left = _joints(f"right_{pair}", f"left_{pair}")
    nearer = (poses.depth[:, right] - poses.depth[:, left]) / (_DEPTH * _trunk(poses))
    seen = (poses.score[:, [right, left]] >= SEEN).all(axis=1)
    return _Cue(np.where(seen, nearer, np.nan), length * _SIN, error)


def _nose(poses: PoseSequence, error: float) -> _Cue:
    """How far the nose lies left of the ears' middle."""
    middle = (_joint(poses, "right_ear") + _joint(poses, "left_ear")) / 2
    return _Cue((middle - _joint(poses, "nose"))[:, 0] / _trunk(poses), 0.14 * _SIN, error)


def _one_ear(poses: PoseSequence, error: float) -> _Cue:
    """Which ear alone is seen; says nothing where both are, or none."""
    right, left = (poses.score[:, joint] >= SEEN for joint in _joints("right_ear", "left_ear"))
    return _Cue(np.where(right == left, np.nan, left.astype(float) - right), _SIN, error)


def _trunk(poses: PoseSequence) -> Numbers:
    """Length of the trunk, steadied over a second, for it shortens when the person bends."""
    length = np.hypot(*(_joint(poses, "neck") - _joint(poses, "mid_hip")).T)
    return np.maximum(running_median(length, 2 * round(poses.fps / 2) + 1), 1e-6)


def _joint(poses: PoseSequence, name: str) -> Numbers:
    return poses.joint(name, SEEN).astype(np.float64)


def _joints(*names: str) -> list[int]:
    return [SKELETON.index(name) for name in names]


def _half(*places: int | range) -> list[int]:
    flat = [i for place in places for i in (place if isinstance(place, range) else [place])]
    return [SKELETON.index(f"face_{i}") for i in flat]


_HALF_FACES = {
    "right": _half(range(8), range(17, 22), 31, 32, range(36, 42), range(48, 51), 58, 59, 60, 61, 67, 68),
    "left": _half(range(9, 17), range(22, 27), 34, 35, range(42, 48), range(52, 57), 63, 64, 65, 69),
}
"""The face's points on one side of its middle: jaw, brow, nostril, eye, mouth, pupil."""

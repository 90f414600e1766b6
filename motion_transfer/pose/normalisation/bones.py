"""Bones: how long a person's are, and poses whose bones take another person's lengths.

Everything is two-dimensional. A bone that points at the camera is short in the picture of both people, so the source's
foreshortening is kept when the bone is made longer by the ratio of the two people's full lengths.
"""

from collections.abc import Mapping

import numpy as np

from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.pose.skeleton import OPENPOSE_137 as SKELETON
from motion_transfer.types import FloatArray, Numbers

MEASURED = 0.3  # least score of a joint that a measurement may rest on
ENOUGH = 0.05  # share of the person's frames in which a bone must be seen to have a length
MARGIN = 0.03
"""By so much do two clips of one person differ in a measured length: only what a ratio has beyond it counts."""
UPRIGHT_MARGIN = 0.05
"""The same of legs and trunk, whose border, the hips, a detector does not place alike in two clips."""
SEEN_IN_FULL = 0.8
"""Share of an adult's usual length below which a clip never showed the bone in full: a person who is only seen from the
side has no narrow shoulders."""
MOST = 1.4  # largest ratio of two people's bones that is believed; beyond it a measurement is wrong

_SIDES = ("right", "left")
_PAIRS = {
    "hips": (85, 0.065, [("mid_hip", f"{side}_hip") for side in _SIDES]),
    "shoulders": (90, 0.112, [("neck", f"{side}_shoulder") for side in _SIDES]),
    "upper_arm": (95, 0.185, [(f"{side}_shoulder", f"{side}_elbow") for side in _SIDES]),
    "forearm": (95, 0.175, [(f"{side}_elbow", f"{side}_wrist") for side in _SIDES]),
    "hand": (90, 0.060, [(f"{side}_hand_wrist", f"{side}_hand_middle_1") for side in _SIDES]),
    "head": (95, 0.087, [("face_8", "face_27")]),
}
"""Bones measured between two joints, left and right together: the percentile of a clip's lengths that stands for the
full one (turned away they are only ever shorter, and wrong detections are few), and an adult's usual length."""
_CHAINS = (
    ("mid_hip", "trunk", "neck"),
    ("neck", "trunk", "nose"),
    *(("mid_hip", "hips", f"{side}_hip") for side in _SIDES),
    *(("neck", "shoulders", f"{side}_shoulder") for side in _SIDES),
    *((f"{side}_shoulder", "upper_arm", f"{side}_elbow") for side in _SIDES),
    *((f"{side}_elbow", "forearm", f"{side}_wrist") for side in _SIDES),
    *(("nose", "head", f"{side}_{part}") for side in _SIDES for part in ("eye", "ear")),
)
"""From the hips outwards: what each joint hangs from, and by which bone."""
_CARRIED = (
    ("nose", "head", SKELETON.face),
    ("left_wrist", "hand", SKELETON.left_hand),
    ("right_wrist", "hand", SKELETON.right_hand),
)
"""What the head and the wrists carry with them."""


def measure_bones(poses: PoseSequence, upright: Numbers, height: Numbers) -> dict[str, float]:
    """How long a person's bones are.

    Args:
        poses: T frames.
        upright: (T,) how tall the person would be upright at each frame's place, from nose to ankles, in pixels.
        height: (T,) how tall they are in that frame; NaN where unknown.

    Returns:
        Lengths by name, as shares of the upright height; a bone that is hardly ever seen, or never in full, has
        none. "legs" is the hips' height above the ankles and "trunk" the nose's above the hips, as shares of the
        height of the same frame: the median over the more upright half of the frames. That is much steadier than
        lengths along bent knees.
    """
    least = max(1, ENOUGH * poses.present.sum())
    bones = {}
    for name, (percentile, usual, pairs) in _PAIRS.items():
        lengths = np.concatenate(
            [np.hypot(*(poses.joint(a, MEASURED) - poses.joint(b, MEASURED)).T) / upright for a, b in pairs]
        )
        lengths = lengths[np.isfinite(lengths)]
        length = float(np.percentile(lengths, percentile)) if len(lengths) >= least else 0.0
        if length > SEEN_IN_FULL * usual:
            bones[name] = length
    legs = _legs(poses, height / upright)
    if len(legs) >= least / 2:
        bones["legs"] = float(np.median(legs))
        bones["trunk"] = 1 - bones["legs"]
    return bones


def bone_ratios(source: Mapping[str, float], target: Mapping[str, float]) -> dict[str, float]:
    """How much longer the target's bones are than the source's, people of one height; 1 where either is unknown.

    Only what is beyond a margin counts, so that the same person in another clip keeps their proportions.
    """
    ratios = {}
    for name in (*_PAIRS, "legs", "trunk"):
        known = name in source and name in target
        ratio = np.log(target[name] / source[name]) if known else 0.0
        margin = MARGIN if name in _PAIRS else UPRIGHT_MARGIN
        ratio = np.sign(ratio) * max(abs(ratio) - np.log1p(margin), 0)
        ratios[name] = float(np.exp(np.clip(ratio, -np.log(MOST), np.log(MOST))))
    return ratios


def lengthen_bones(xy: FloatArray, depth: FloatArray | None, ratios: Mapping[str, float]) -> None:
    """Make every bone but the legs' longer, in place; what hangs from it goes along.

    The legs stay as they are, and with them the feet: scale the pose by the ratio of the legs before. Wider hips
    lean the legs. Face and hands are carried by nose and wrist, as they are but for their size. A
    bone with a missing end keeps its length.

    Args:
        xy: (T, 137, 2) pixels.
        depth: (T, 25) of the body's joints in the same pixels, or None.
        ratios: of the bones' lengths to the legs', see `bone_ratios`.
    """
    index = SKELETON.index
    for root, bone, part in _CARRIED:
        xy[:, part] += _gain(xy[:, part] - xy[:, [index(root)]], ratios[bone])
    body = xy[:, SKELETON.body]
    if depth is not None:
        body = np.concatenate([body, depth[..., None]], axis=2)
    shift = np.zeros_like(body)
    for parent, bone, joint in _CHAINS:
        a, b = index(parent), index(joint)
        shift[:, b] = shift[:, a] + _gain(body[:, b] - body[:, a], ratios[bone])
    for side in _SIDES:
        shift[:, index(f"{side}_knee")] = shift[:, index(f"{side}_hip")] / 2
    for root, _, part in _CARRIED:
        xy[:, part] += shift[:, [index(root)], :2]
    xy[:, SKELETON.body] += shift[..., :2]
    if depth is not None:
        depth += shift[..., 2]


def _gain(bone: FloatArray, ratio: float) -> FloatArray:
    """What a bone gains when it becomes `ratio` times as long; nothing where it is unknown."""
    return np.asarray(np.nan_to_num(bone) * np.float32(ratio - 1))


def _legs(poses: PoseSequence, upright: Numbers) -> Numbers:
    """The hips' height above the ankles as a share of the nose's, in the more upright half of the frames."""
    joints = ("nose", "mid_hip", "right_ankle", "left_ankle")
    nose, hip, right, left = (poses.joint(name, MEASURED)[:, 1] for name in joints)
    feet = (right + left) / 2
    share = (feet - hip) / (feet - nose)
    share = np.where((share > 0) & (share < 1) & np.isfinite(upright), share, np.nan)  # neither bent double nor fallen
    known = np.isfinite(share)
    if known.any():
        known &= upright >= np.median(upright[known])
    return np.asarray(share[known])

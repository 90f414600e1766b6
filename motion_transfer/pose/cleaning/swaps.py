"""Left and right exchanged: detected by how a joint would have to jump, and corrected.

A detector that takes the left leg for the right one makes both jump to the other's place and back. The other
labelling moves on smoothly. Of all ways to label the frames of a clip the likeliest is taken (Viterbi's algorithm).
"""

import numpy as np

from motion_transfer.pose.skeleton import OPENPOSE_137 as SKELETON
from motion_transfer.types import FloatArray, Mask, Numbers

GROUPS = (
    ("shoulder", "elbow", "wrist", "hip", "knee", "ankle"),  # the person turned round
    ("elbow", "wrist"),
    ("knee", "ankle"),
)
"""Joints that are exchanged together and show it by their motion."""
HELD_BY = {"elbow": "shoulder", "knee": "hip"}  # what the first joint of an arm or leg hangs on
ATTACHED = {"shoulder": ("eye", "ear"), "ankle": ("big_toe", "small_toe", "heel")}
"""Joints that go with another one; hands go with the wrists."""

# Costs are mean changes of velocity of a group's joints from frame to frame, in trunk lengths.
MOST = 1.0  # a joint that jumps farther counts no more than this: it is more likely lost than exchanged
TOGGLE = 0.3
"""Cost of exchanging, and of changing back. A jump of d costs 2 d at either end, so limbs closer together than
about 0.15 are left as they are: there the mistake is small, and it is hard to tell."""
SWAPPED_SECOND = 4.0
"""Cost of a second in which the labels are not the detector's. What lasts longer than about a third of a second is
taken for the truth: a dancer who turns fast seems exchanged from one frame to the next."""
HELD = 0.5
"""Cost of a frame for every trunk length by which the exchange takes a limb farther from what it hangs on: an arm
seldom grows from the other shoulder. The opposite is no gain, for limbs do cross."""


def correct_swaps(xy: FloatArray, score: FloatArray, depth: FloatArray | None, fps: float, sizes: Numbers) -> None:
    """Exchange left and right, in place, in the frames in which the detector confused them.

    The arrays are as in `PoseSequence`, but writeable; `sizes` (T,) is the trunk's length in pixels.
    """
    if len(xy) < 3:
        return
    for group in GROUPS:
        left, right = ([SKELETON.index(f"{side}_{joint}") for joint in group] for side in ("left", "right"))
        labels = np.tile([0.0, SWAPPED_SECOND / fps], (len(xy), 1))
        if group[0] in HELD_BY:
            holders = [SKELETON.index(f"{side}_{HELD_BY[group[0]]}") for side in ("left", "right")]
            labels[:, 1] += HELD * _farther(xy[:, holders], xy[:, [left[0], right[0]]], sizes)
        swapped = np.flatnonzero(_likeliest(_costs(xy[:, left], xy[:, right], sizes), labels))
        sides = [np.array(_exchanged(group, side)) for side in ("left", "right")]
        for values in (xy, score) if depth is None else (xy, score, depth):
            one, other = (np.ix_(swapped, joints[joints < values.shape[1]]) for joints in sides)
            values[one], values[other] = values[other], values[one]


def _exchanged(group: tuple[str, ...], side: str) -> list[int]:
    """All joints of a side that change places with a group."""
    names = [name for joint in group for name in (joint, *ATTACHED.get(joint, ()))]
    hand = SKELETON.left_hand if side == "left" else SKELETON.right_hand
    hands = range(hand.start, hand.stop) if "wrist" in group else ()
    return [*(SKELETON.index(f"{side}_{name}") for name in names), *hands]


def _costs(left: FloatArray, right: FloatArray, sizes: Numbers) -> Numbers:
    """(T, 2, 2, 2): how much the velocity changes at each frame if the two before it and it are exchanged (1) or not.

    Joints that are missing in one of the three frames count as unchanged: without evidence nothing is exchanged.
    """
    both = np.stack([np.concatenate([left, right], axis=1), np.concatenate([right, left], axis=1)])
    costs = np.zeros((left.shape[0], 2, 2, 2))
    for a, b, c in np.ndindex(2, 2, 2):
        change = both[a, :-2] - 2 * both[b, 1:-1] + both[c, 2:]
        jump = np.hypot(change[..., 0], change[..., 1]) / sizes[2:, None]
        costs[2:, a, b, c] = np.minimum(np.nan_to_num(jump, nan=0.0), MOST).mean(axis=1)
    return costs


def _farther(holders: FloatArray, limbs: FloatArray, sizes: Numbers) -> Numbers:
    """(T,) how much farther from what holds them left and right limb are when exchanged; 0 where unknown."""
    gaps = holders[:, None] - np.stack([limbs, limbs[:, ::-1]], axis=1)
    reach = np.hypot(gaps[..., 0], gaps[..., 1]).mean(axis=2)
    return np.asarray(np.nan_to_num(np.maximum(reach[:, 1] - reach[:, 0], 0) / sizes, nan=0.0))


def _likeliest(costs: Numbers, labels_cost: Numbers) -> Mask:
    """(T,) the labelling of least cost; `labels_cost` (T, 2) is that of a frame's own label.

    Its state is the labels of two neighbouring frames.
    """
    change = TOGGLE * (1 - np.eye(2))
    steps = costs + change + labels_cost[:, None, None]
    total = labels_cost[0][:, None] + labels_cost[1] + change
    came_from = np.zeros((len(costs), 2, 2), np.int8)
    for t in range(2, len(costs)):
        ways = total[:, :, None] + steps[t]
        came_from[t] = ways.argmin(axis=0)
        total = ways.min(axis=0)
    before, now = np.unravel_index(total.argmin(), (2, 2))
    labels = np.zeros(len(costs), np.bool_)
    for t in range(len(costs) - 1, 0, -1):
        labels[t] = now
        before, now = came_from[t, before, now], before
    labels[0] = now
    return labels

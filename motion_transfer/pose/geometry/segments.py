"""The segments of a body: what moves as one piece, where it lies in each frame and from which side it is seen."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from motion_transfer.pose.cleaning.clean import Track
from motion_transfer.pose.filters import running_median
from motion_transfer.pose.geometry.boxes import HEAD, STEADY_SECONDS, head_height, mean_seen
from motion_transfer.pose.geometry.orientation import body_orientation, head_orientation
from motion_transfer.pose.normalisation.bones import MEASURED
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.pose.skeleton import OPENPOSE_137 as SKELETON


class Segment(NamedTuple):
    """One piece of the body, along an axis from joint to joint; lengths in heights of the head, chin to crown."""

    start: str
    end: str
    length: float
    """Of the axis, as an adult's is, seen from the side."""
    before: float
    """How far the piece reaches beyond the axis's start."""
    beyond: float
    """And beyond its end."""
    radius: float
    """Half of its width, with loose clothes."""
    rigid: bool = False
    """Whether its shape stays what it is, however long the axis: a longer neck makes no longer head."""


HEAD_CENTRE = "head"
"""Stands for the middle of what is seen of nose, eyes and ears."""


def _both(*segments: Segment) -> tuple[Segment, ...]:
    return tuple(
        each._replace(start=f"{side}_{each.start}", end=f"{side}_{each.end}")
        for side in ("right", "left")
        for each in segments
    )


SEGMENTS = (
    *_both(
        Segment("ankle", "big_toe", 0.8, 0.25, 0.25, 0.4),
        Segment("knee", "ankle", 1.8, 0.2, 0.25, 0.45),
        Segment("hip", "knee", 1.9, 0.35, 0.2, 0.6),
    ),
    Segment("neck", "mid_hip", 2.5, 0.15, 0.45, 0.95),
    Segment("neck", HEAD_CENTRE, 1.0, 0.0, 0.85, 0.75, rigid=True),
    *_both(
        Segment("shoulder", "elbow", 1.3, 0.3, 0.15, 0.42),
        Segment("elbow", "wrist", 1.1, 0.15, 0.15, 0.38),
        Segment("wrist", "hand_middle_1", 0.45, 0.1, 0.6, 0.42),
    ),
)
"""In the order in which they hide each other where depth is unknown: legs, trunk, head, arms."""


def _ends(segment: Segment) -> bool:
    return segment.end.endswith(("elbow", "knee"))


_HEAD_SEGMENT = next(i for i, each in enumerate(SEGMENTS) if each.end == HEAD_CENTRE)
TRUNK = _HEAD_SEGMENT - 1
ARMS = [i for i, each in enumerate(SEGMENTS) if each.start.endswith(("shoulder", "elbow", "wrist"))]
_LONG = [i for i, each in enumerate(SEGMENTS) if i == TRUNK or each.end.endswith(("knee", "ankle"))]
_TURN, _TURN_OF_THE_WHOLE = 1.0, 1.5
"""How much the direction that the body faces tells of how a limb looks, and of how trunk and head do."""
_COVERED = 1.0
"""How much it tells whether something else is seen in a segment's place: a folded limb, or the trunk behind an arm."""
_FOREARMS = [i for i, each in enumerate(SEGMENTS) if each.end.endswith(("wrist", "hand_middle_1"))]
_FOLDS = [
    (i, j)
    for i, upper in enumerate(SEGMENTS)
    for j, lower in enumerate(SEGMENTS)
    if _ends(upper) and upper.end == lower.start
]


class Segments(NamedTuple):
    """The S segments of a body in T frames; NaN where one is not seen."""

    axes: Track
    """(T, S, 2, 2) start and end of each, in pixels."""
    head: Track
    """(T,) height of the head that suits the trunk and the legs, in pixels."""
    views: Track
    """(T, S, 5) from which side each is seen; the nearer two of them, the more alike it looks."""
    depth: Track
    """(T, S) how far behind the middle of the hips; zeros where depth is unknown."""

    def at(self, frames: npt.NDArray[np.int64]) -> "Segments":
        """The segments of some of the frames."""
        return Segments(*(each[frames] for each in self))


def segments_of(poses: PoseSequence) -> Segments:
    """Where the segments of a body lie in T frames, in pixels of the frame."""
    seen = np.where((poses.score >= MEASURED)[..., None], poses.xy, np.nan).astype(np.float64)
    points = {name: seen[:, SKELETON.index(name)] for name in _JOINTS}
    points[HEAD_CENTRE] = mean_seen(np.stack([points[name] for name in HEAD], axis=1))
    axes = np.stack([np.stack([points[each.start], points[each.end]], axis=1) for each in SEGMENTS], axis=1)
    head = _head_height(poses, axes)
    return Segments(axes, head, _views(poses, axes, head), _depth(poses))


_JOINTS = sorted(
    ({each.start for each in SEGMENTS} | {each.end for each in SEGMENTS} | {*HEAD, "nose"}) - {HEAD_CENTRE}
)


def _head_height(poses: PoseSequence, axes: Track) -> Track:
    """(T,) as the longest of trunk, thighs and shins suggests, and of that the median over a second.

    Another dancer's poses are given the bones of the person who is shown, but keep wide shoulders or long necks, by
    which `head_height` would make all of them larger. It stands in where neither trunk nor legs are seen.
    """
    lengths = np.linalg.norm(axes[:, _LONG, 1] - axes[:, _LONG, 0], axis=2)
    longest = np.fmax.reduce(lengths / np.array([SEGMENTS[i].length for i in _LONG]), axis=1)
    steady = running_median(longest, 2 * round(STEADY_SECONDS * float(poses.fps) / 2) + 1)
    height: Track = np.where(np.isnan(steady), head_height(poses), steady)
    return height


def _views(poses: PoseSequence, axes: Track, head: Track) -> Track:
    turned = np.nan_to_num(np.radians(body_orientation(poses)).astype(np.float64))
    turned_head = np.nan_to_num(np.radians(head_orientation(poses)).astype(np.float64))
    directions = (axes[:, :, 1] - axes[:, :, 0]) / head[:, None, None]
    directions = directions / np.array([each.length for each in SEGMENTS])[:, None]
    angles = np.repeat(turned[:, None], len(SEGMENTS), axis=1)
    angles[:, _HEAD_SEGMENT] = turned_head
    weights = np.full(len(SEGMENTS), _TURN)
    weights[[TRUNK, _HEAD_SEGMENT]] = _TURN_OF_THE_WHOLE
    turns = np.stack([weights * np.cos(angles), weights * np.sin(angles)], axis=2)
    views: Track = np.concatenate([directions, turns, _COVERED * _covered(axes, head)[..., None]], axis=2)
    return views


def _covered(axes: Track, head: Track) -> Track:
    """(T, S) in [0, 1]: how far arms lie before the trunk or behind it, upper arms and thighs are folded."""
    covered = np.zeros(axes.shape[:2])
    start, along = axes[:, TRUNK, 0], axes[:, TRUNK, 1] - axes[:, TRUNK, 0]
    for arm in _FOREARMS:
        middle = axes[:, arm].mean(axis=1)
        share = ((middle - start) * along).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1e-6)
        aside = np.linalg.norm(middle - start - np.clip(share, 0, 1)[:, None] * along, axis=1)
        covered[:, arm] = np.clip(1.5 - aside / (SEGMENTS[TRUNK].radius * head), 0, 1)
    for upper, lower in _FOLDS:
        ends = [axes[:, segment, 1] - axes[:, segment, 0] for segment in (upper, lower)]
        product = np.linalg.norm(ends[0], axis=1) * np.linalg.norm(ends[1], axis=1)
        covered[:, upper] = np.clip(-(ends[0] * ends[1]).sum(axis=1) / np.maximum(product, 1e-6), 0, 1)
    return np.nan_to_num(covered)


def _depth(poses: PoseSequence) -> Track:
    if poses.depth is None:
        return np.zeros((len(poses), len(SEGMENTS)))
    ends = [[SKELETON.index(_in_body(name)) for name in (each.start, each.end)] for each in SEGMENTS]
    depth: Track = np.nan_to_num(poses.depth.astype(np.float64))[:, np.array(ends)].mean(axis=2)
    return depth


def _in_body(joint: str) -> str:
    """The joint of the body whose depth a segment's end has: the nose's for the head, the wrist's for a hand."""
    if joint == HEAD_CENTRE:
        return "nose"
    return joint.split("_")[0] + "_wrist" if "_hand_" in joint else joint

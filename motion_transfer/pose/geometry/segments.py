"""The rigid segments of a body: where each lies in a frame, and from which side it is seen."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from motion_transfer.pose.geometry.boxes import HEAD, head_height, mean_seen, measured, steady
from motion_transfer.pose.geometry.orientation import body_orientation, head_orientation
from motion_transfer.pose.geometry.viewport import Viewport
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.pose.skeleton import OPENPOSE_137 as SKELETON
from motion_transfer.types import Mask, Numbers


class Segment(NamedTuple):
    """A segment along an axis from joint to joint; lengths in heights of the head, chin to crown."""

    name: str
    start: str
    end: str
    length: float  # of the axis: an adult's, seen from the side
    before: float  # how far the segment reaches beyond the axis's start
    beyond: float  # how far it reaches beyond the axis's end
    radius: float  # half of its width, with loose clothes
    rigid: bool = False  # whether it keeps its shape however long the axis is: a longer neck makes no longer head


HEAD_CENTRE = "head"  # stands for the mean of those of nose, eyes and ears that are measured


def _both(*segments: Segment) -> tuple[Segment, ...]:
    return tuple(
        each._replace(name=f"{side} {each.name}", start=f"{side}_{each.start}", end=f"{side}_{each.end}")
        for side in ("right", "left")
        for each in segments
    )


SEGMENTS = (
    *_both(
        Segment("foot", "ankle", "big_toe", 0.8, 0.25, 0.25, 0.4),
        Segment("shin", "knee", "ankle", 1.8, 0.2, 0.25, 0.45),
        Segment("thigh", "hip", "knee", 1.9, 0.35, 0.2, 0.6),
    ),
    Segment("trunk", "neck", "mid_hip", 2.5, 0.15, 0.45, 0.95),
    Segment("head", "neck", HEAD_CENTRE, 1.0, 0.0, 0.85, 0.75, rigid=True),
    *_both(
        Segment("upper arm", "shoulder", "elbow", 1.3, 0.3, 0.15, 0.42),
        Segment("forearm", "elbow", "wrist", 1.1, 0.15, 0.15, 0.38),
        Segment("hand", "wrist", "hand_middle_1", 0.45, 0.1, 0.6, 0.42),
    ),
)
"""In the order in which they occlude each other where depth is unknown: legs, trunk, head, arms."""


HEAD_SEGMENT = next(i for i, each in enumerate(SEGMENTS) if each.end == HEAD_CENTRE)
TRUNK = HEAD_SEGMENT - 1
ARMS = [i for i, each in enumerate(SEGMENTS) if each.start.endswith(("shoulder", "elbow", "wrist"))]
LEGS = tuple(
    [i for i, each in enumerate(SEGMENTS) if each.name.startswith(side) and i not in ARMS] for side in ("right", "left")
)
"""Foot, shin and thigh of the right leg, and of the left one."""
_FOREARMS = [i for i in ARMS if not SEGMENTS[i].start.endswith("shoulder")]
_LONG = [i for i, each in enumerate(SEGMENTS) if i == TRUNK or each.end.endswith(("knee", "ankle"))]
FOLDS = [
    (i, j)
    for i, upper in enumerate(SEGMENTS)
    for j, lower in enumerate(SEGMENTS)
    if upper.end == lower.start and upper.end.endswith(("elbow", "knee"))
]
"""Upper arms and thighs, each with the segment that goes on from it."""

_HANDS = [(hand - 1, hand) for hand in ARMS if SEGMENTS[hand].start.endswith("wrist")]
"""Each forearm and its hand."""

_JOINTS = [*HEAD, *sorted({name for each in SEGMENTS for name in (each.start, each.end)} - {HEAD_CENTRE, *HEAD})]
_COLUMNS = [SKELETON.index(name) for name in _JOINTS]
_GUESSED = np.array([not name.endswith(("elbow", "hand_middle_1")) and name not in HEAD for name in _JOINTS])
"""Joints that are used wherever a detector puts them: one shoulder beyond the frame's border takes no body away, an arm
that goes to the elbow goes on, and legs end at feet."""
_HEAD = np.array([name in HEAD for name in _JOINTS])
_ELBOWS = [tuple(_JOINTS.index(f"{side}_{name}") for name in ("elbow", "wrist")) for side in ("right", "left")]
_ENDS = np.array([[[*_JOINTS, HEAD_CENTRE].index(name) for name in (each.start, each.end)] for each in SEGMENTS])
_DEPTH_OF = {HEAD_CENTRE: "nose"} | {f"{side}_hand_middle_1": f"{side}_wrist" for side in ("right", "left")}
_BODY_ENDS = np.array(
    [[SKELETON.index(_DEPTH_OF.get(name, name)) for name in (each.start, each.end)] for each in SEGMENTS]
)
"""The joints of the body whose depth a segment's ends have: the nose's for the head, the wrist's for a hand."""

_LENGTHS = np.array([each.length for each in SEGMENTS])
_TURNS = np.array([1.5 if i in (TRUNK, HEAD_SEGMENT) else 1.0 for i in range(len(SEGMENTS))])
"""Weights of the body's orientation in a segment's view, beside the direction of its axis and what occludes it."""


_ROTATED = np.array([[0.5 if i in ARMS else 1.0] for i in range(len(SEGMENTS))])
_FORESHORTENED = np.array([[1.0 if i in (TRUNK, HEAD_SEGMENT) else 3.0] for i in range(len(SEGMENTS))])
"""Weights of a rotation of an axis in the image and of its length: a limb is easily rotated, an arm above all, but one
that points at the camera cannot be stretched into one that does not."""
VIEW, OCCLUSION = 7, [4, 5]  # numbers that tell from which side a segment is seen; which of them tell what occludes it
LONGEST_HAND = 1.8  # lengths of an adult's: what is found farther away is none
APART = 0.7  # heights of the head: legs that end farther apart do not cross


class Segments(NamedTuple):
    """The S segments of a body in T frames; NaN where one is not measured."""

    axes: Numbers  # (T, S, 2, 2) start and end of each, in pixels
    head: Numbers  # (T,) height of the head that suits the trunk and the legs, in pixels
    views: Numbers  # (T, S, VIEW) from which side each is seen; the nearer two views, the more similar the images
    depth: Numbers  # (T, S) how far behind the middle of the hips, in pixels; zeros where unknown

    def at(self, frames: npt.NDArray[np.int64]) -> "Segments":
        """The segments of some of the frames."""
        return Segments(*(each[frames] for each in self))


class SegmentTrack:
    """The segments of a body over a clip, computed when they are asked for: a table of all would grow with the clip.

    Args:
        poses: T frames.
        viewport: of the T frames; axes and head are in pixels of its canvas, without it in pixels of the frame.
    """

    def __init__(self, poses: PoseSequence, viewport: Viewport | None = None) -> None:
        self._poses = poses
        self._viewport = viewport
        lengths = np.linalg.norm(np.diff(self._axes(slice(None), _LONG), axis=2)[:, :, 0], axis=2)
        longest = np.fmax.reduce(lengths / _LENGTHS[_LONG], axis=1)
        height = steady(longest, poses.fps)
        # Another dancer's poses get the bones of the person who is shown, but keep wide shoulders or long necks, by
        # which `head_height` would make all of them larger. It is used where neither trunk nor legs are measured.
        self._head: Numbers = np.where(np.isnan(height), head_height(poses), height)

    def at(self, frames: npt.NDArray[np.int64]) -> Segments:
        """The segments of some of the frames."""
        axes, head = self._axes(frames), self._head[frames]
        _attach_hands(axes, head)
        views, depth = self._views(frames, axes, head), np.zeros((len(frames), len(SEGMENTS)))
        if self._poses.depth is not None:
            ends = np.nan_to_num(self._poses.depth[frames].astype(np.float64))[:, _BODY_ENDS]
            depth = np.asarray(ends.mean(axis=2))
        if self._viewport is None:
            return Segments(axes, head, views, depth)
        part = self._viewport[frames]
        scale = part.canvas[1] / (part.boxes[:, 3] - part.boxes[:, 1])
        return Segments(part.points(axes), head * scale, views, depth * scale[:, None])

    def measured(self, frames: npt.NDArray[np.int64]) -> Mask:
        """(T, S) whether both ends of each segment are measured, and none of them is guessed, in some of the frames."""
        return np.asarray(~np.isnan(_axes_between(measured(self._poses, _COLUMNS, frames))).any(axis=(2, 3)))

    def _axes(self, frames: slice | npt.NDArray[np.int64], segments: list[int] | slice = slice(None)) -> Numbers:
        points = measured(self._poses, _COLUMNS, frames)
        guesses = self._poses.xy[frames][:, _COLUMNS]
        for elbow, wrist in _ELBOWS:  # of a wrist that is seen
            seen = ~np.isnan(points[:, wrist, 0])
            points[seen, elbow] = guesses[seen, elbow]
        unseen = np.isnan(points[:, _HEAD, 0]).all(axis=1)
        guessed = _GUESSED | unseen[:, None] & _HEAD
        points[guessed] = guesses[guessed]
        return np.asarray(_axes_between(points)[:, segments])

    def _views(self, frames: npt.NDArray[np.int64], axes: Numbers, head: Numbers) -> Numbers:
        body, face = (
            np.nan_to_num(np.radians(measure(self._poses)[frames]).astype(np.float64))
            for measure in (body_orientation, head_orientation)
        )
        directions = (axes[:, :, 1] - axes[:, :, 0]) / head[:, None, None] / _LENGTHS[:, None]
        angles = np.repeat(body[:, None], len(SEGMENTS), axis=1)
        angles[:, HEAD_SEGMENT] = face
        return as_views(directions, angles, np.stack([_covered(axes, head), _crossed(axes, head)], axis=2))


def _attach_hands(axes: Numbers, head: Numbers) -> None:
    """Leave out hands without a forearm, in place; one that is not found, or far away, goes on where that points."""
    for forearm, hand in _HANDS:
        axes[np.isnan(axes[:, forearm]).any(axis=(1, 2)), hand] = np.nan
        length = np.linalg.norm(axes[:, hand, 1] - axes[:, hand, 0], axis=1)
        found = length < LONGEST_HAND * _LENGTHS[hand] * head
        on = (axes[:, forearm, 1] - axes[:, forearm, 0]) * (_LENGTHS[hand] / _LENGTHS[forearm])
        axes[~found, hand, 1] = (axes[:, forearm, 1] + on)[~found]


def as_views(directions: Numbers, angles: Numbers, occlusion: Numbers) -> Numbers:
    """The (T, S, VIEW) views of segments.

    Args:
        directions: (T, S, 2) of their axes, 1 long where an adult's is seen from the side.
        angles: (T, S) the body's orientation, for the head its own, in radians.
        occlusion: (T, S, 2) how far each is occluded or folded, in [0, 1], and how far to the right of the
            other leg's it ends; the columns `OCCLUSION` of the views.
    """
    lengths = np.linalg.norm(directions, axis=2, keepdims=True)
    rotated, foreshortened = np.sqrt(_ROTATED) * directions, np.sqrt(_FORESHORTENED - _ROTATED) * lengths
    turns = np.stack([_TURNS * np.cos(angles), _TURNS * np.sin(angles)], axis=2)
    return np.concatenate([rotated, turns, occlusion, foreshortened], axis=2)


def _axes_between(points: Numbers) -> Numbers:
    """(T, S, 2, 2) from the places of joints, (T, J, 2)."""
    centre = mean_seen(points[:, : len(HEAD)])
    return np.asarray(np.concatenate([points, centre[:, None]], axis=1)[:, _ENDS])


def _covered(axes: Numbers, head: Numbers) -> Numbers:
    """(T, S) in [0, 1]: how far arms lie over the trunk, a trunk is covered, upper arms and thighs are folded."""
    covered = np.zeros(axes.shape[:2])
    start, along = axes[:, TRUNK, 0], axes[:, TRUNK, 1] - axes[:, TRUNK, 0]
    for arm in _FOREARMS:
        middle = axes[:, arm].mean(axis=1)
        share = ((middle - start) * along).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1e-6)
        aside = np.linalg.norm(middle - start - np.clip(share, 0, 1)[:, None] * along, axis=1)
        covered[:, arm] = np.clip(1.5 - aside / (SEGMENTS[TRUNK].radius * head), 0, 1)
    covered[:, TRUNK] = np.nan_to_num(covered[:, _FOREARMS]).mean(axis=1)
    for upper, lower in FOLDS:
        ends = [axes[:, segment, 1] - axes[:, segment, 0] for segment in (upper, lower)]
        product = np.linalg.norm(ends[0], axis=1) * np.linalg.norm(ends[1], axis=1)
        covered[:, upper] = np.clip(-(ends[0] * ends[1]).sum(axis=1) / np.maximum(product, 1e-6), 0, 1)
    return np.nan_to_num(covered)


def _crossed(axes: Numbers, head: Numbers) -> Numbers:
    """(T, S) how far to the right of the other leg's thighs and shins end: crossed legs look otherwise than others."""
    crossed = np.zeros(axes.shape[:2])
    for one, other in zip(*(leg[1:] for leg in LEGS), strict=True):
        apart = (axes[:, one, 1, 0] - axes[:, other, 1, 0]) / head
        crossed[:, one] = np.clip(apart, -APART, APART)
        crossed[:, other] = -crossed[:, one]
    return np.nan_to_num(crossed)

"""People in JSON, with the fields of OpenPose: read as the numbers that are there, and written."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from motion_transfer import limits
from motion_transfer.errors import PoseError
from motion_transfer.pose.layouts import LAYOUTS, Layout, layout_points
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.pose.skeleton import OPENPOSE_137
from motion_transfer.types import FloatArray

BODY = "pose_keypoints_2d"
PARTS = {
    BODY: "body",
    "face_keypoints_2d": "face",
    "hand_left_keypoints_2d": "left_hand",
    "hand_right_keypoints_2d": "right_hand",
}
COUNTS = {"body": tuple(sorted({len(layout) for layout in LAYOUTS.values()})), "face": (68, 70)}
"""How many points a part may have; hands have 21."""
UNUSED = ("pose_keypoints_3d", "face_keypoints_3d", "hand_left_keypoints_3d", "hand_right_keypoints_3d")
DEPTH = "motion_transfer_depth"

LARGEST = 3.4e38  # what float32 can hold
HIGHEST = 1.5  # OpenPose's scores of hands and face reach a little above 1; a higher number is no score


@dataclass(frozen=True, eq=False)
class Person:
    """A person in a frame as a file has them: parts (N, 3) of x, y, score, missing points with the score 0."""

    identity: int  # -1 where unknown
    parts: dict[str, FloatArray]
    depth: FloatArray | None = None


def read_people(frame: object, where: str) -> list[Person]:
    """The people of a frame; the message of an error begins with `where`."""
    people = frame.get("people") if isinstance(frame, dict) else None
    if not isinstance(people, list) or not all(isinstance(person, dict) for person in people):
        raise PoseError(f'{where} has no list of "people"; expected a frame of OpenPose JSON')
    if len(people) > limits.PEOPLE:
        raise PoseError(f"{where} has {len(people):,} people; expected at most {limits.PEOPLE}")
    return [_person(person, where) for person in people]


def _person(person: dict[str, Any], where: str) -> Person:
    if BODY not in person:
        raise PoseError(f"{where}: a person without {BODY} (found: {', '.join(person)[:80] or 'nothing'})")
    found = {part: read_points(person.get(key), where, key, part) for key, part in PARTS.items()}
    parts = {part: points for part, points in found.items() if points is not None}
    depth = None
    if DEPTH in person:
        values = person[DEPTH]
        values = [np.nan if n is None else n for n in values] if isinstance(values, list) else values
        depth = _numbers(values, where, DEPTH, (OPENPOSE_137.body.stop,))
    return Person(_identity(person.get("person_id", -1), where), parts, depth)


def read_points(values: Any, where: str, key: str, part: str) -> FloatArray | None:
    """(N, 3) of a part; None if it is missing. A point that has a NaN is missing."""
    if values is None or values == []:
        return None
    counts = COUNTS.get(part, (21,))
    points = _numbers(values, where, key, tuple(3 * count for count in counts)).reshape(-1, 3)
    if np.isnan(points.sum()):
        points[np.isnan(points).any(axis=1)] = 0
    if (highest := points[:, 2].max()) > HIGHEST:
        raise PoseError(f"{where}: a score of {highest:g} in {key}; expected 0 to 1")
    if np.abs(points).max() > limits.COORDINATE:
        points[points[:, 2] <= 0] = 0
        if (largest := np.abs(points).max()) > limits.COORDINATE:
            raise PoseError(f"{where}: {key} holds {largest:g}; expected pixels, at most {limits.COORDINATE:,}")
    return points


def _identity(number: Any, where: str) -> int:
    number = number[0] if isinstance(number, list) and len(number) == 1 else number
    if number in ([], None):
        return -1
    if type(number) is not int or abs(number) > 2**62:
        raise PoseError(f"{where}: a person_id of {repr(number)[:40]}; expected an integer")
    return number


def _numbers(values: Any, where: str, key: str, counts: tuple[int, ...]) -> FloatArray:
    """A list of one of `counts` numbers as float32."""
    expected = f"{', '.join(map(str, counts[:-1]))} or {counts[-1]}" if len(counts) > 1 else str(counts[0])
    if not isinstance(values, list) or len(values) not in counts:
        found = f"{len(values):,} numbers" if isinstance(values, list) else repr(values)[:40]
        raise PoseError(f"{where}: {key} has {found}; expected {expected}, or no {key}")
    if not set(map(type, values)) <= {int, float}:
        wrong = next(value for value in values if type(value) not in (int, float))
        raise PoseError(f"{where}: {key} holds {repr(wrong)[:40]}; expected {expected} numbers")
    try:
        numbers = np.array(values, np.float64)
        largest = np.abs(numbers).max()
    except OverflowError:  # an integer of hundreds of digits
        numbers, largest = np.zeros(0), np.float64(np.inf)
    if largest > LARGEST or (np.isnan(largest) and np.nanmax(np.abs(numbers), initial=0) > LARGEST):
        raise PoseError(f"{where}: {key} holds {repr(max(values, key=abs))[:20]}; expected pixels and scores")
    return numbers.astype(np.float32)


def write_people(people: Sequence[PoseSequence], frame: int, layout: Layout) -> str:
    """The people of a frame in JSON; those who are not in the frame are left out."""
    found = [_text(number, poses, frame, layout) for number, poses in enumerate(people, start=1)]
    return f'"people":[{",".join(filter(None, found))}]'


def _text(number: int, poses: PoseSequence, frame: int, layout: Layout) -> str:
    """A person in JSON; nothing if they are not in the frame. Nine digits give a float32 back exactly."""
    score = poses.score[frame]
    depth = None if poses.depth is None else poses.depth[frame]
    if not score.any() and (depth is None or np.isnan(depth).all()):
        return ""
    points = np.concatenate([np.nan_to_num(poses.xy[frame]), score[:, None]], axis=1)
    fields = {BODY: layout_points(layout, points)}
    # A layout may hold hands and face itself.
    fields |= {
        key: points[getattr(OPENPOSE_137, part)] for key, part in PARTS.items() if part != "body" and len(layout) < 100
    }
    lists = {key: ",".join([f"{n:.9g}" for n in values.ravel().tolist()]) for key, values in fields.items()}
    if depth is not None:
        lists[DEPTH] = ",".join(["null" if np.isnan(n) else f"{n:.9g}" for n in depth.tolist()])
    lists |= dict.fromkeys(UNUSED, "")
    return f'{{"person_id":[{number}],{",".join(f"{json.dumps(k)}:[{v}]" for k, v in lists.items())}}}'

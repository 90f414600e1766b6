"""A frame in YAML, a file a part, as OpenPose's `--write_keypoint` makes it and Everybody Dance Now keeps its poses.

    FOLDER/NAME_000000000000_pose.yml, ..._face.yml, ..._hand_left.yml, ..._hand_right.yml

    %YAML:1.0
    pose_0: !!opencv-nd-matrix
       sizes: [ 1, 25, 3 ]
       dt: f
       data: [ 980.5, 247.25, 0.75, ... ]

People, points, and x, y, score of each. The numbers are the only thing that is read; it is no YAML that parsers take.
"""

import os
import re
from pathlib import Path
from typing import Any

from motion_transfer.errors import PoseError
from motion_transfer.loading import Expected, read_text
from motion_transfer.pose.formats.people_json import BODY

YAML_ENDING = "_pose.yml"

_FIELDS = {
    "pose": BODY,
    "face": "face_keypoints_2d",
    "hand_left": "hand_left_keypoints_2d",
    "hand_right": "hand_right_keypoints_2d",
}
_EXPECTED = Expected("a matrix of people, points and 3 numbers, as OpenPose writes it in YAML", PoseError)
_MATRIX = re.compile(r"sizes:\s*\[\s*(\d{1,9}),\s*(\d{1,9}),\s*3\s*\]\s*dt:\s*[fd]\s*data:\s*\[([^\]]*)\]", re.ASCII)
_NOBODY = re.compile(r"rows:\s*0\s*cols:\s*0\s", re.ASCII)


def read_yaml_frame(path: Path) -> dict[str, Any]:
    """A frame in the form of OpenPose JSON.

    Args:
        path: the file of the bodies; those of faces and hands lie beside it, or are absent.

    Raises:
        PoseError: a file is missing, damaged, or of other people than the bodies.
    """
    parts = {}
    for part, field in _FIELDS.items():
        file = path.with_name(f"{path.name.removesuffix(YAML_ENDING)}_{part}.yml")
        if part == "pose" or os.path.lexists(file):
            parts[field] = _read_people(file)
            if parts[field] and len(parts[field]) != len(parts[BODY]):
                _EXPECTED.refuse(file, f"has {len(parts[field])} people where {path.name} has {len(parts[BODY])}")
    people = range(len(parts[BODY]))
    return {"people": [{field: found[number] for field, found in parts.items() if found} for number in people]}


def _read_people(file: Path) -> list[list[float]]:
    """The numbers of each person."""
    text = read_text(file, _EXPECTED)
    if _NOBODY.search(text):
        return []
    found = _MATRIX.search(text)
    if found is None:
        _EXPECTED.refuse(file, "holds something else")
    people, points = int(found[1]), int(found[2])
    values = found[3].split(",") if found[3].strip() else []
    try:
        numbers = [float(value.strip().lower().replace(".nan", "nan")) for value in values]
    except ValueError as error:
        _EXPECTED.refuse(file, f"holds something else ({error})"[:200], error)
    if len(numbers) != people * points * 3 or points == 0:
        _EXPECTED.refuse(file, f"has {len(numbers):,} numbers for {people:,} people with {points:,} points")
    return [numbers[start : start + 3 * points] for start in range(0, len(numbers), 3 * points)]

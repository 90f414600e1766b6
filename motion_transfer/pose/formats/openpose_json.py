"""Poses as a folder of OpenPose JSON: one file a frame, as OpenPose's `--write_json` and many other tools write it.

    FOLDER/NAME_000000000000_keypoints.json     {"people": [{"pose_keypoints_2d": [x, y, score, ...], ...}, ...]}
    FOLDER/clip.json                            {"size": [1280, 720], "fps": "30000/1001", "frames": 250}

The format knows neither the frames' size nor their rate. We add `clip.json`; other tools do not need it. It knows no
depth either: we add the field `motion_transfer_depth` to every person, which other tools pass over.
"""

import json
import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from motion_transfer.errors import PoseError
from motion_transfer.files import atomic_folder
from motion_transfer.loading import Expected, read_json
from motion_transfer.pose.detection.detection import Detection
from motion_transfer.pose.formats.openpose_people import join_people
from motion_transfer.pose.layouts import openpose_points
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.pose.skeleton import OPENPOSE_137
from motion_transfer.types import FloatArray, Size, StrPath

CLIP = "clip.json"
BODY = "pose_keypoints_2d"
PARTS = {
    BODY: OPENPOSE_137.body,
    "face_keypoints_2d": OPENPOSE_137.face,
    "hand_left_keypoints_2d": OPENPOSE_137.left_hand,
    "hand_right_keypoints_2d": OPENPOSE_137.right_hand,
}
UNUSED = ("pose_keypoints_3d", "face_keypoints_3d", "hand_left_keypoints_3d", "hand_right_keypoints_3d")
DEPTH = "motion_transfer_depth"

HIGHEST = 1.5
"""OpenPose's scores of hands and face reach a little above 1; a higher number is no score."""
LARGEST = 3.4028235e38
"""What float32 can hold."""

_NAME = re.compile(r"(?P<clip>.*?)_?(?P<number>\d+)_keypoints\.json")


def save_openpose(folder: StrPath, people: PoseSequence | Sequence[PoseSequence]) -> None:
    """Write poses as OpenPose JSON, all or nothing. An earlier export in `folder` is replaced.

    All numbers come back exactly. A missing joint is 0, 0, 0; a frame without a person has `"people": []`.

    Args:
        folder: its name becomes that of the files.
        people: one person, or several over the same frames; their `person_id` counts from 1.

    Raises:
        PoseError: no people, or people of different clips.
        OutputError: `folder` holds other things, or the disk is full.
    """
    folder, people = Path(folder), [people] if isinstance(people, PoseSequence) else list(people)
    if len({(len(poses), poses.size, poses.fps) for poses in people}) != 1:
        raise PoseError(f"{folder}: expected at least one person, and all over the same frames")
    clip = people[0]
    with atomic_folder(folder, ours=is_ours) as unfinished:
        for frame in range(len(clip)):
            seen = [_person(number, poses, frame) for number, poses in enumerate(people, start=1)]
            text = json.dumps({"version": 1.3, "people": ["PERSON"]}).replace('"PERSON"', ",".join(filter(None, seen)))
            (unfinished / f"{folder.name}_{frame:012d}_keypoints.json").write_text(text, encoding="utf-8")
        facts = {"size": list(clip.size), "fps": str(clip.fps), "frames": len(clip), "people": len(people)}
        facts["depth"] = [poses.depth is not None for poses in people]
        (unfinished / CLIP).write_text(json.dumps(facts), encoding="utf-8")


def is_ours(path: Path) -> bool:
    """Whether a file may belong to an earlier export, and so may be replaced."""
    return path.name == CLIP or path.name.endswith("_keypoints.json")


def _person(number: int, poses: PoseSequence, frame: int) -> str:
    """A person in JSON; nothing if they are not in the frame. Nine digits give a float32 back exactly."""
    score = poses.score[frame]
    depth = None if poses.depth is None else poses.depth[frame]
    if not score.any() and (depth is None or np.isnan(depth).all()):
        return ""
    points = np.concatenate([np.nan_to_num(poses.xy[frame]), score[:, None]], axis=1)
    fields = {key: ",".join([f"{n:.9g}" for n in points[part].ravel().tolist()]) for key, part in PARTS.items()}
    if depth is not None:
        fields[DEPTH] = ",".join(["null" if np.isnan(n) else f"{n:.9g}" for n in depth.tolist()])
    fields |= dict.fromkeys(UNUSED, "")
    return f'{{"person_id":[{number}],{",".join(f"{json.dumps(k)}:[{v}]" for k, v in fields.items())}}}'


def load_openpose(folder: StrPath, *, size: Size | None = None, fps: Fraction | None = None) -> list[PoseSequence]:
    """Read a folder of OpenPose JSON, made here or elsewhere.

    Bodies have 25 points (BODY_25) or 18 (COCO; mid-hip is put between the hips, feet are missing). A part that is
    absent, null, or an empty list is missing; so is a point whose score is 0.

    Args:
        folder: one file for every frame, numbered without a hole; the first number may be any.
        size: (width, height) of the frames, where the folder has no `clip.json`.
        fps: frames a second, where the folder has no `clip.json`.

    Returns:
        The people, T frames each, the largest first. They are identified by `person_id` where all have one of 0 or
        more, else followed by `track_people`. At least one, even if no frame has a person.

    Raises:
        PoseError: a missing frame, a wrong count, text in place of numbers and the like, with the file's name.
    """
    folder = Path(folder)
    files = _frame_files(folder)
    facts = _read(folder / CLIP) if (folder / CLIP).exists() else {}
    try:
        size = tuple(int(side) for side in facts["size"]) if "size" in facts else size  # type: ignore[assignment]
        fps = Fraction(str(facts["fps"])) if "fps" in facts else fps
        frames, depths = int(facts.get("frames", len(files))), list(facts.get("depth", []))
    except (TypeError, ValueError, ZeroDivisionError) as error:
        raise PoseError(f'{folder / CLIP}: {error}; expected like {{"size": [1280, 720], "fps": "30"}}') from None
    if frames != len(files):
        raise PoseError(f"{folder} has {len(files)} frames, but its {CLIP} says {frames}. Export the poses again.")
    if not files and not facts:
        raise PoseError(f"{folder} is a folder without *_keypoints.json; expected a .npz, or a folder of OpenPose JSON")
    if size is None or fps is None:
        raise PoseError(
            f"{folder} does not say the frames' size and rate, which OpenPose JSON lacks. "
            f'Write {{"size": [1280, 720], "fps": "30"}} with the right numbers into {folder / CLIP}.'
        )
    found = [_frame(path) for path in files]
    if not facts:
        _check_pixels(folder, found)
    try:
        return join_people(found, size, fps, depths)
    except PoseError as error:
        raise PoseError(f"{folder}: {error}") from None


def _frame_files(folder: Path) -> list[Path]:
    """The files of a folder in the order of their frames."""
    numbered: dict[int, Path] = {}
    clips = set()
    for path in sorted(folder.glob("*_keypoints.json")):
        name = _NAME.fullmatch(path.name)
        if name is None:
            raise PoseError(f"{path} has no frame number; expected a name like dance_000000000012_keypoints.json")
        clips.add(name["clip"])
        if len(clips) > 1 or int(name["number"]) in numbered:
            raise PoseError(f"{path}: the folder holds frames of more than one clip. Give each a folder of its own.")
        numbered[int(name["number"])] = path
    for number in sorted(numbered)[1:]:
        if number - 1 not in numbered:
            last = max(n for n in numbered if n < number)
            raise PoseError(
                f"{folder}: frame {last + 1} is missing between {numbered[last].name} and {numbered[number].name}. "
                'A frame without people needs a file too, with "people": [].'
            )
    return [numbered[number] for number in sorted(numbered)]


def _read(path: Path) -> dict[str, Any]:
    """A JSON file that holds an object."""
    content = read_json(path, Expected("OpenPose JSON: numbers, 0 where a joint is missing", PoseError))
    if not isinstance(content, dict):
        raise PoseError(f"{path} holds a {type(content).__name__}; expected an object")
    return content


def _frame(path: Path) -> list[tuple[int, Detection]]:
    """The people of a frame with their `person_id`, -1 where they have none."""
    people = _read(path).get("people")
    if not isinstance(people, list) or not all(isinstance(person, dict) for person in people):
        raise PoseError(f'{path} has no list of "people"; expected a frame of OpenPose JSON')
    return [(_identity(person, path), _detection(person, path)) for person in people]


def _identity(person: dict[str, Any], path: Path) -> int:
    number = person.get("person_id", -1)
    number = number[0] if isinstance(number, list) and len(number) == 1 else number
    if number == []:
        return -1
    if type(number) is not int:
        raise PoseError(f"{path}: a person_id of {number!r}; expected an integer")
    return number


def _detection(person: dict[str, Any], path: Path) -> Detection:
    if BODY not in person:
        raise PoseError(f"{path}: a person without {BODY} (found: {', '.join(person) or 'nothing'})")
    parts = [_points(person.get(key), path, key, part.stop - part.start) for key, part in PARTS.items()]
    points = openpose_points(np.zeros((25, 3), np.float32) if parts[0] is None else parts[0], *parts[1:])
    xy, score = points[:, :2], points[:, 2]
    if score.max() > HIGHEST:
        raise PoseError(f"{path}: a score of {score.max():g}; expected 0 to 1")
    depth = person.get(DEPTH, [None] * 25)
    if isinstance(depth, list):
        depth = [np.nan if n is None else n for n in depth]
    xy = np.where(score[:, None] > 0, xy, np.float32(np.nan))
    return Detection(xy, np.clip(score, 0, 1), _numbers(depth, path, DEPTH, (25,)))


def _points(values: Any, path: Path, key: str, count: int) -> FloatArray | None:
    """(N, 3) of a part; None if it is missing. A body may have 18 points."""
    if values is None or values == []:
        return None
    return _numbers(values, path, key, (54, 75) if key == BODY else (3 * count,)).reshape(-1, 3)


def _numbers(values: Any, path: Path, key: str, counts: tuple[int, ...]) -> FloatArray:
    """A list of one of `counts` numbers as float32."""
    expected = " or ".join(map(str, counts))
    if not isinstance(values, list) or len(values) not in counts:
        found = f"{len(values)} numbers" if isinstance(values, list) else repr(values)[:40]
        raise PoseError(f"{path}: {key} has {found}; expected {expected}, or no {key}")
    if wrong := [value for value in values if type(value) not in (int, float)]:
        raise PoseError(f"{path}: {key} holds {wrong[0]!r}; expected {expected} numbers")
    if huge := [value for value in values if abs(value) > LARGEST]:
        raise PoseError(f"{path}: {key} holds {repr(huge[0])[:20]}; expected pixels and scores")
    return np.array(values, np.float32)


def _check_pixels(folder: Path, frames: list[list[tuple[int, Detection]]]) -> None:
    """Refuse coordinates that are shares of the frame."""
    largest = [np.abs(person.xy[person.score > 0]).max(initial=0) for people in frames for _, person in people]
    if max(largest, default=0) > 0 and max(largest) <= 1:
        raise PoseError(
            f"{folder}: all coordinates lie between -1 and 1, so they are shares of the frame; expected pixels. "
            "Run OpenPose with its keypoint_scale 0."
        )

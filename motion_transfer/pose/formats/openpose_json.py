"""Poses as a folder of OpenPose JSON: one file a frame, as OpenPose's `--write_json` and many other tools write it.

    FOLDER/NAME_000000000000_keypoints.json     {"people": [{"pose_keypoints_2d": [x, y, score, ...], ...}, ...]}
    FOLDER/clip.json                            {"size": [1280, 720], "fps": "30000/1001", "frames": 250}

The format knows neither the frames' size nor their rate. We add `clip.json`; other tools do not need it. It knows no
depth either: we add the field `motion_transfer_depth` to every person, which other tools pass over.
"""

import json
import os
import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from motion_transfer import limits
from motion_transfer.errors import PoseError
from motion_transfer.files import atomic_folder
from motion_transfer.loading import Expected, parse_rate, read_json
from motion_transfer.pose.formats.openpose_people import join_people
from motion_transfer.pose.formats.openpose_yaml import YAML_ENDING, read_yaml_frame
from motion_transfer.pose.formats.people_json import Person, read_people, write_people
from motion_transfer.pose.formats.pose_format import PIXELS, PoseFormat
from motion_transfer.pose.layouts import LAYOUTS
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.types import Size, StrPath

CLIP = "clip.json"
ENDING = "_keypoints.json"
NAME_BYTES = 200  # of a clip's name in the names of its files, which may have 255 in all

_NAME = re.compile(r"(?P<clip>.*?)_?(?P<number>\d{1,18})_(keypoints\.json|pose\.yml)", re.ASCII | re.DOTALL)


def save_openpose(
    folder: StrPath, people: PoseSequence | Sequence[PoseSequence], format: PoseFormat = PoseFormat()
) -> None:
    """Write poses as OpenPose JSON, all or nothing. An earlier export in `folder` is replaced.

    In the layout of BODY_25 all numbers come back exactly. A missing joint is 0, 0, 0; a frame without a person has
    `"people": []`.

    Args:
        folder: its name becomes that of the files.
        people: one person, or several over the same frames; their `person_id` counts from 1.
        format: its layout is that of the bodies; BODY_25 if it has none.

    Raises:
        PoseError: no people, or people of different clips.
        OutputError: `folder` holds other things, or the disk is full.
    """
    folder, people = Path(folder), one_clip(people, folder)
    clip, layout = people[0], format.layout or "body_25"
    name = os.fsdecode(os.fsencode(folder.name)[:NAME_BYTES])
    with atomic_folder(folder, ours=is_ours) as unfinished:
        for frame in range(len(clip)):
            text = f'{{"version":1.3,{write_people(people, frame, LAYOUTS[layout])}}}'
            (unfinished / f"{name}_{frame:012d}{ENDING}").write_text(text, encoding="utf-8")
        facts = {"size": list(clip.size), "fps": str(clip.fps), "frames": len(clip), "people": len(people)}
        facts |= {"layout": layout, "units": PIXELS, "depth": [poses.depth is not None for poses in people]}
        (unfinished / CLIP).write_text(json.dumps(facts), encoding="utf-8")


def one_clip(people: PoseSequence | Sequence[PoseSequence], path: Path) -> list[PoseSequence]:
    """People who can go into one file: at least one, and all over the same frames."""
    people = [people] if isinstance(people, PoseSequence) else list(people)
    if len({(len(poses), poses.size, poses.fps) for poses in people}) != 1:
        raise PoseError(f"{path}: expected at least one person, and all over the same frames")
    return people


def is_ours(path: Path) -> bool:
    """Whether a file may belong to an earlier export, and so may be replaced."""
    return path.name == CLIP or path.name.endswith(ENDING)


def load_openpose(
    folder: StrPath,
    *,
    size: Size | None = None,
    fps: Fraction | None = None,
    frames: int | None = None,
    format: PoseFormat = PoseFormat(),
) -> list[PoseSequence]:
    """Read a folder of OpenPose JSON, made here or elsewhere, or of its YAML (see `openpose_yaml`).

    A part that is absent, null, or an empty list is missing; so is a point whose score is 0, or that has a NaN.

    Args:
        folder: one file for every frame, numbered without a hole; the first number may be any. Files that begin with a
            dot are passed over, as those that macOS puts beside others ("._x_keypoints.json").
        size: (width, height) of the frames, where the folder has no `clip.json`.
        fps: frames a second, where the folder has no `clip.json`.
        frames: how many there are, compared before any is read; any number if not given.
        format: what the numbers mean, as far as it is known; else it is guessed and shown in a warning.

    Returns:
        The people, T frames each, the largest first. They are identified by `person_id` where all have one of 0 or
        more, else followed by `track_people`. At least one, even if no frame has a person.

    Raises:
        PoseError: a missing frame, a wrong count, text in place of numbers and the like, with the file's name.
    """
    folder = Path(folder)
    files = _frame_files(folder)
    facts = _read(folder / CLIP) if os.path.lexists(folder / CLIP) else {}
    found = _frames_of(folder, files, facts, format.gaps)
    if not files and not facts:
        raise PoseError(
            f"{folder} is a folder without *{ENDING} or *{YAML_ENDING}; expected a .npz, or a folder of OpenPose JSON"
        )
    if frames not in (None, found):
        raise PoseError(
            f"{folder} has {found:,} frames, but the clip has {frames:,}. Give the poses of this very clip, with the "
            "same `start` and `end`."
        )
    size, fps = clip_of(facts, folder / CLIP, size, fps)
    if size is None or fps is None:
        raise PoseError(
            f"{folder} does not say the frames' size and rate, which OpenPose JSON lacks. "
            f'Write {{"size": [1280, 720], "fps": "30"}} with the right numbers into {folder / CLIP}.'
        )
    depths = depths_of(facts, folder / CLIP)
    people: list[list[Person]] = [[] for _ in range(found)]
    count = 0
    for number, path in files.items():
        frame = _read(path) if path.name.endswith(ENDING) else read_yaml_frame(path)
        people[number] = read_people(frame, str(path))
        count = check_count(count + len(people[number]), folder)
    format = format.or_else(facts.get("layout"), facts.get("units"))
    return join_people(format.read(people, size, str(folder)), size, fps, depths, origin=str(folder))


def check_count(rows: int, path: Path) -> int:
    """`rows`, poses in all frames, if they are not too many to be held."""
    if rows > limits.POSE_FRAMES:
        raise PoseError(
            f"{path} has poses in {rows:,} frames or more; expected at most {limits.POSE_FRAMES:,}. Cut it."
        )
    return rows


def clip_of(
    facts: dict[str, Any], path: Path, size: Size | None, fps: Fraction | None
) -> tuple[Size | None, Fraction | None]:
    """Size and rate of the frames, as a file says them, else as they are known from elsewhere."""
    if "size" in facts:
        sides = facts["size"]
        if not isinstance(sides, list) or len(sides) != 2 or not all(type(side) is int for side in sides):
            raise PoseError(
                f'{path} has a size of {repr(sides)[:40]}; expected like {{"size": [1280, 720], "fps": "30"}}'
            )
        size = (sides[0], sides[1])
    try:
        fps = parse_rate(facts["fps"]) if "fps" in facts else fps
    except ValueError as error:
        raise PoseError(f"{path} has {error}") from None
    return size, fps


def depths_of(facts: dict[str, Any], path: Path) -> list[Any]:
    """For each person whether they have depth, as we write it although none may be known."""
    depths = facts.get("depth", [])
    if not isinstance(depths, list) or len(depths) > limits.PEOPLE:
        raise PoseError(f"{path} has a depth that is no list for at most {limits.PEOPLE} people; leave it out")
    return depths


def _frame_files(folder: Path) -> dict[int, Path]:
    """The files of a folder by their frames, from 0, in order."""
    numbered: dict[int, Path] = {}
    clip = None
    try:
        listed = sorted(name for name in os.listdir(folder) if name[0] != ".")
    except OSError as error:
        raise PoseError(f"{folder} cannot be read ({error.strerror}); expected a folder of OpenPose JSON") from None
    names = [name for name in listed if name.endswith(ENDING)]
    names = names or [name for name in listed if name.endswith(YAML_ENDING)]
    check_count(len(names), folder)
    for file in names:
        name = _NAME.fullmatch(file)
        if name is None:
            raise PoseError(f"{folder / file} has no frame number; expected a name like dance_000000000012{ENDING}")
        if name["clip"] != (clip := name["clip"] if clip is None else clip) or int(name["number"]) in numbered:
            raise PoseError(
                f"{folder / file}: the folder holds frames of more than one clip. Give each its own folder."
            )
        numbered[int(name["number"])] = folder / file
    first = min(numbered, default=0)
    return {number - first: numbered[number] for number in sorted(numbered)}


def _frames_of(folder: Path, files: dict[int, Path], facts: dict[str, Any], gaps: bool) -> int:
    """How many frames the clip has. Refuses holes in the numbering, unless they are frames without people."""
    frames = check_count(max(files, default=-1) + 1, folder)
    if not gaps and frames > len(files):
        hole = next(number for number in range(frames) if number not in files)
        before, after = files[hole - 1], next(files[number] for number in range(hole, frames) if number in files)
        raise PoseError(
            f"{folder} has no file for {frames - len(files):,} of its frames, the first between {before.name} and "
            f'{after.name}. A frame without people needs a file too, with "people": []; or add gaps to `poses_format`, '
            "so that missing files are such frames."
        )
    declared = facts.get("frames", frames)
    if type(declared) is not int or declared < 0 or (declared != frames and not (gaps and declared > frames)):
        raise PoseError(
            f"{folder} has {frames} frames, but its {CLIP} says {repr(declared)[:20]}. Export the poses again."
        )
    return check_count(declared, folder)


def _read(path: Path) -> dict[str, Any]:
    """A JSON file that holds an object."""
    content = read_json(path, Expected("OpenPose JSON: numbers, 0 where a joint is missing", PoseError), nan=True)
    if not isinstance(content, dict):
        raise PoseError(f"{path} holds a {type(content).__name__}; expected an object")
    return content

"""Poses in one JSON file: a list of frames, as pose editors and ControlNet tools write it, or COCO-WholeBody.

    [{"people": [{"pose_keypoints_2d": [x, y, score, ...], ...}], "canvas_width": 512, "canvas_height": 768}, ...]

    {"images": [{"id": 0, "width": 512, "height": 768}, ...],
     "annotations": [{"image_id": 0, "keypoints": [...], "foot_kpts": [...], "face_kpts": [...], ...}, ...]}

The frames' rate is in neither; we write it as "fps" into each frame, and into "info" of COCO.

Sources: `POSE_KEYPOINT` of ComfyUI's ControlNet nodes; the data format of COCO-WholeBody, Jin et al., ECCV 2020.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from motion_transfer import limits
from motion_transfer.errors import PoseError
from motion_transfer.files import atomic_path
from motion_transfer.loading import Expected, read_json
from motion_transfer.pose.formats.openpose_json import check_count, clip_of, depths_of, one_clip
from motion_transfer.pose.formats.openpose_people import join_people
from motion_transfer.pose.formats.people_json import PARTS, Person, read_people, write_people
from motion_transfer.pose.formats.pose_format import PIXELS, PoseFormat
from motion_transfer.pose.layouts import LAYOUTS, layout_points
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.types import Size, StrPath

COCO_ENDING = ".coco.json"
ASPECT = 0.02  # a canvas whose sides are in proportion to the video's up to this is the video's at another size
_COCO = (
    ("keypoints", 0, 17),
    ("foot_kpts", 17, 23),
    ("face_kpts", 23, 91),
    ("lefthand_kpts", 91, 112),
    ("righthand_kpts", 112, 133),
)
"""The parts of COCO-WholeBody's 133 points."""
_KIND = 'a list of frames like {"people": [], "canvas_width": 512, "canvas_height": 768}, or COCO-WholeBody'


def save_json(path: StrPath, people: PoseSequence | Sequence[PoseSequence], format: PoseFormat = PoseFormat()) -> None:
    """Write poses as a list of frames, all or nothing.

    The numbers are those that `save_openpose` writes, as are the errors.
    """
    people, layout = one_clip(people, Path(path)), format.layout or "body_25"
    (width, height), clip = people[0].size, people[0]
    facts = f'"canvas_width":{width},"canvas_height":{height},"fps":"{clip.fps}","layout":"{layout}","units":"{PIXELS}"'
    facts += f',"depth":{json.dumps([poses.depth is not None for poses in people])}'
    with atomic_path(Path(path)) as temporary, temporary.open("w", encoding="utf-8") as file:
        for frame in range(len(clip)):
            file.write(f"{',' if frame else '['}\n{{{write_people(people, frame, LAYOUTS[layout])},{facts}}}")
        file.write("]\n" if len(clip) else "[]\n")


def save_coco(path: StrPath, people: PoseSequence | Sequence[PoseSequence]) -> None:
    """Write poses as annotations of COCO-WholeBody, all or nothing. Neck, mid-hip, pupils and depth are left out.

    The third number of each point is our score, above 0 where it is known, as that format allows. Errors as of
    `save_openpose`.
    """
    people = one_clip(people, Path(path))
    size, frames = people[0].size, len(people[0])
    stem = Path(path).name.removesuffix(COCO_ENDING)
    images = [
        {"id": i, "file_name": f"{stem}_{i:012d}.png", "width": size[0], "height": size[1]} for i in range(frames)
    ]
    found = [
        _annotation(poses, frame, number)
        for frame in range(frames)
        for number, poses in enumerate(people, start=1)
        if poses.score[frame].any()
    ]
    annotations = [{"id": i, **annotation} for i, annotation in enumerate(found, start=1)]
    content = {"info": {"fps": str(people[0].fps)}, "images": images, "annotations": annotations}
    content["categories"] = [{"id": 1, "name": "person", "supercategory": "person"}]
    with atomic_path(Path(path)) as temporary:
        temporary.write_text(json.dumps(content), encoding="utf-8")


def _annotation(poses: PoseSequence, frame: int, number: int) -> dict[str, Any]:
    points = np.concatenate([np.nan_to_num(poses.xy[frame]), poses.score[frame, :, None]], axis=1)
    points = layout_points(LAYOUTS["coco_wholebody"], points)
    left, top, right, bottom = np.nan_to_num(poses[frame : frame + 1].boxes()[0]).tolist()
    parts = {key: [float(f"{n:.9g}") for n in points[first:stop].ravel().tolist()] for key, first, stop in _COCO}
    valid = {f"{key.removesuffix('_kpts')}_valid": bool(points[first:stop, 2].any()) for key, first, stop in _COCO[1:]}
    box = [left, top, right - left, bottom - top]
    known = int((points[:17, 2] > 0).sum())
    facts = {"image_id": frame, "category_id": 1, "person_id": number, "iscrowd": 0, "num_keypoints": known}
    return facts | {"bbox": box, "area": box[2] * box[3]} | parts | valid


def load_json(
    path: StrPath, *, size: Size | None = None, fps: Fraction | None = None, format: PoseFormat = PoseFormat()
) -> list[PoseSequence]:
    """Read poses in one JSON file: a list of frames, a frame alone, or COCO's annotations.

    Args:
        path: the file.
        size: (width, height) of the video. A file's canvas of the same proportions is brought to this size.
        fps: frames a second, where the file does not say so.
        format: what the numbers mean, as far as it is known; else it is guessed and shown in a warning.

    Returns:
        The people, as `load_openpose`.

    Raises:
        PoseError: the file is missing or damaged, or its content cannot be poses, with the frame's number.
    """
    path = Path(path)
    content = read_json(path, Expected(_KIND, PoseError), limits.JSON_BYTES, nan=True)
    if isinstance(content, dict) and isinstance(content.get("annotations"), list):
        frames, facts, layout = _coco_frames(content, path)
        format = format.or_else(layout, None)
    else:
        frames, facts = _listed_frames(content, path)
        format = format.or_else(facts.get("layout"), facts.get("units"))
    canvas, fps = clip_of(facts, path, size, fps)
    if canvas is None or fps is None:
        missing, remedy = ("size", '"canvas_width" and "canvas_height"') if canvas is None else ("rate", '"fps": "30"')
        raise PoseError(
            f"{path} does not say the frames' {missing}. Write {remedy} into its first frame, or give its video."
        )
    people = join_people(format.read(frames, canvas, str(path)), canvas, fps, depths_of(facts, path), str(path))
    if size is None or size == canvas or abs(size[0] * canvas[1] / (size[1] * canvas[0]) - 1) > ASPECT:
        return people
    scale = np.array(size, np.float32) / np.array(canvas, np.float32)
    depth = scale.mean()
    return [
        replace(poses, xy=poses.xy * scale, size=size, depth=None if poses.depth is None else poses.depth * depth)
        for poses in people
    ]


def _listed_frames(content: Any, path: Path) -> tuple[list[list[Person]], dict[str, Any]]:
    """The people of each frame, and what the first one says of all."""
    if isinstance(content, dict):
        content = content.get("frames", [content])
    if not isinstance(content, list) or not content:
        found = "an empty list" if content == [] else f"a {type(content).__name__}"
        raise PoseError(f"{path} holds {found}; expected {_KIND}")
    frames, canvases, rows = [], [], 0
    for number, frame in enumerate(content):
        frames.append(read_people(frame, f"{path}, frame {number}"))
        rows = check_count(rows + max(1, len(frames[-1])), path)
        canvases.append([frame.get("canvas_width"), frame.get("canvas_height")])
        if canvases[-1] != canvases[0]:
            raise PoseError(
                f"{path}, frame {number}: another canvas than the first frame's; expected one for all frames"
            )
    facts = {key: content[0][key] for key in ("fps", "layout", "units", "depth") if key in content[0]}
    if canvases[0] != [None, None]:
        facts["size"] = canvases[0]
    return frames, facts


def _coco_frames(content: dict[str, Any], path: Path) -> tuple[list[list[Person]], dict[str, Any], str | None]:
    """The people of each image, what the file says of all, and the layout of bodies with feet."""
    images = content.get("images")
    rows = [*(images if isinstance(images, list) else [None]), *content["annotations"]]
    if not all(isinstance(row, dict) for row in rows) or not images:
        raise PoseError(f'{path} has "annotations" without a list of "images"; expected {_KIND}')
    check_count(len(rows), path)
    # In the order of their names, where each has a number there, else of their identities.
    order = sorted(images, key=lambda image: (_number(image.get("file_name")), _number(image.get("id"))))
    place = {str(image.get("id")): index for index, image in enumerate(order)}
    frames: list[list[Person]] = [[] for _ in order]
    feet = any("foot_kpts" in annotation for annotation in content["annotations"])
    for annotation in content["annotations"]:
        image = str(annotation.get("image_id"))
        if image not in place:
            raise PoseError(f'{path} has an annotation of the image {image[:40]}, which is not among its "images"')
        frames[place[image]] += read_people({"people": [_coco_person(annotation, feet)]}, f"{path}, image {image[:40]}")
    sizes = {(image.get("width"), image.get("height")) for image in images if isinstance(image.get("width"), int)}
    if len(sizes) > 1:
        raise PoseError(f"{path} has images of {len(sizes)} sizes; expected one for all frames")
    info = content.get("info")
    facts = {"fps": info["fps"]} if isinstance(info, dict) and "fps" in info else {}
    facts |= {"size": list(sizes.pop())} if sizes else {}
    return frames, facts, "coco_23" if feet else None


def _coco_person(annotation: dict[str, Any], feet: bool) -> dict[str, Any]:
    """A person with OpenPose's fields. COCO's third number says how well a point is seen, 2 at most."""
    lists = {key: annotation.get(key) for key, _, _ in _COCO}
    lists = {key: _visible(values) for key, values in lists.items() if values}
    body, toes = lists.get("keypoints"), lists.get("foot_kpts") or [0] * 18
    if feet and isinstance(body, list) and isinstance(toes, list):
        body = body + toes
    person = dict(zip(PARTS, (body, *(lists.get(key) for key, _, _ in _COCO[2:])), strict=True))
    return person | {"person_id": annotation.get("person_id", annotation.get("track_id", -1))}


def _visible(values: Any) -> Any:
    """A list of points with the third number of each at most 1."""
    if not isinstance(values, list) or not all(type(value) in (int, float) for value in values[2::3]):
        return values
    return [min(value, 1) if index % 3 == 2 else value for index, value in enumerate(values)]


def _number(name: Any) -> int:
    found = re.findall(r"\d{1,18}", str(name)[-60:])
    return int(found[-1]) if found else 0

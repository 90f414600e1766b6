"""COCO-WholeBody: annotations of images in one JSON file, and lists of results, which are annotations without images.

    {"images": [{"id": 0, "width": 512, "height": 768}, ...],
     "annotations": [{"image_id": 0, "keypoints": [...], "foot_kpts": [...], "face_kpts": [...], ...}, ...]}

    [{"image_id": 0, "keypoints": [...], ...}, ...]

The rate is in neither; we write it as "fps" into "info".

Source: the data format of COCO-WholeBody, Jin et al., ECCV 2020; results as COCO's evaluation and AlphaPose take them.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from motion_transfer.errors import PoseError
from motion_transfer.files import atomic_path
from motion_transfer.pose.formats.openpose_json import check_count, one_clip
from motion_transfer.pose.formats.people_json import PARTS, Person, read_people
from motion_transfer.pose.layouts import LAYOUTS, layout_points
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.types import StrPath

COCO_ENDING = ".coco.json"
_COCO = (
    ("keypoints", 0, 17),
    ("foot_kpts", 17, 23),
    ("face_kpts", 23, 91),
    ("lefthand_kpts", 91, 112),
    ("righthand_kpts", 112, 133),
)
"""The parts of COCO-WholeBody's 133 points."""
_KIND = 'COCO-WholeBody, {"images": [{"id": 0, ...}, ...], "annotations": [{"image_id": 0, ...}, ...]}'


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


def coco_frames(
    content: dict[str, Any], path: Path, gaps: bool, count: int | None
) -> tuple[list[list[Person]], dict[str, Any], str | None]:
    """The people of each image, what the file says of all, and the layout of bodies with feet."""
    annotations, images = content["annotations"], content.get("images", [])
    if not isinstance(images, list) or not all(isinstance(row, dict) for row in (*images, *annotations)):
        raise PoseError(f'{path} has "images" or "annotations" that are no lists of objects; expected {_KIND}')
    check_count(len(images) + len(annotations), path)
    images = images or _images_of(annotations, path, gaps, count)
    # In the order of their names, where each has a number there, else of their identities.
    order = sorted(images, key=lambda image: (_number(image.get("file_name")), _number(image.get("id"))))
    place = {str(image.get("id")): index for index, image in enumerate(order)}
    found: list[list[dict[str, Any]]] = [[] for _ in order]
    feet = any("foot_kpts" in annotation for annotation in annotations)
    for annotation in annotations:
        image = str(annotation.get("image_id"))
        if image not in place:
            raise PoseError(f'{path} has an annotation of the image {image[:40]}, which is not among its "images"')
        found[place[image]].append(_coco_person(annotation, feet))
    frames = [
        read_people({"people": people}, f"{path}, image {str(image.get('id'))[:40]}")
        for image, people in zip(order, found, strict=True)
    ]
    sizes = [[image["width"], image.get("height")] for image in images if isinstance(image.get("width"), int)]
    if any(size != sizes[0] for size in sizes):
        raise PoseError(f"{path} has images of more than one size; expected one for all frames")
    info = content.get("info")
    facts = {"fps": info["fps"]} if isinstance(info, dict) and "fps" in info else {}
    facts |= {"size": sizes[0]} if sizes else {}
    return frames, facts, "coco_23" if feet else None


def _images_of(annotations: list[dict[str, Any]], path: Path, gaps: bool, count: int | None) -> list[dict[str, Any]]:
    """The images of annotations without a list of them, by their numbers, of a clip of `count` frames, if known.

    With `gaps` numbers may be missing, of images without people. Else the first number may be any.
    """
    numbers = {_number(annotation.get("image_id")): annotation.get("image_id") for annotation in annotations}
    if not numbers:
        raise PoseError(f'{path} has neither "images" nor annotations; expected {_KIND}')
    first, stop = min(numbers), max(numbers) + 1
    if gaps and count is not None:
        first = 0 if stop <= count else first
        stop = max(stop, first + count)
    check_count(stop - first, path)
    if not gaps and stop - first > len(numbers):
        raise PoseError(
            f"{path} has no list of images, and its annotations have none of {stop - first - len(numbers):,} of the "
            f"images {first} to {stop - 1}. Add gaps to `poses_format` if these are frames without people."
        )
    return [{"id": numbers.get(number, number)} for number in range(first, stop)]


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

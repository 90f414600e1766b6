"""Poses in one JSON file: a list of frames, as pose editors and ControlNet tools write it.

    [{"people": [{"pose_keypoints_2d": [x, y, score, ...], ...}], "canvas_width": 512, "canvas_height": 768}, ...]

The frames' rate is not in it; we write it as "fps" into each frame.

Source: `POSE_KEYPOINT` of ComfyUI's ControlNet nodes.
"""

import json
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
from motion_transfer.pose.formats.coco_json import coco_frames
from motion_transfer.pose.formats.openpose_json import check_count, clip_of, depths_of, one_clip
from motion_transfer.pose.formats.openpose_people import join_people
from motion_transfer.pose.formats.people_json import Person, read_people, write_people
from motion_transfer.pose.formats.pose_format import PIXELS, PoseFormat
from motion_transfer.pose.layouts import LAYOUTS
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.types import Size, StrPath

ASPECT = 0.02  # a canvas whose sides are in proportion to the video's up to this is the video's at another size
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


def load_json(
    path: StrPath,
    *,
    size: Size | None = None,
    fps: Fraction | None = None,
    frames: int | None = None,
    format: PoseFormat = PoseFormat(),
) -> list[PoseSequence]:
    """Read poses in one JSON file: a list of frames, a frame alone, or COCO's annotations.

    Arguments, result and errors are those of `load_openpose`. A canvas in the proportions of `size`, that of the video,
    is brought to this size; `frames`, how many the clip has, is of use where annotations come without images and people
    are not in every frame.
    """
    path = Path(path)
    content = read_json(path, Expected(_KIND, PoseError), limits.JSON_BYTES, nan=True)
    if isinstance(content, list) and content and isinstance(content[0], dict) and "image_id" in content[0]:
        content = {"annotations": content}  # results, as AlphaPose and others write them
    if isinstance(content, dict) and isinstance(content.get("annotations"), list):
        people_of, facts, layout = coco_frames(content, path, format.gaps, frames)
        format = format.or_else(layout, None)
    else:
        people_of, facts = _listed_frames(content, path)
        format = format.or_else(facts.get("layout"), facts.get("units"))
    canvas, fps = clip_of(facts, path, size, fps)
    if canvas is None or fps is None:
        missing, remedy = ("size", '"canvas_width" and "canvas_height"') if canvas is None else ("rate", '"fps": "30"')
        raise PoseError(
            f"{path} does not say the frames' {missing}. Write {remedy} into its first frame, or give its video."
        )
    people = join_people(format.read(people_of, canvas, str(path)), canvas, fps, depths_of(facts, path), str(path))
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

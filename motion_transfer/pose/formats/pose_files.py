"""Pose files of every kind: a `.npz`, a `.json`, or a folder of OpenPose JSON."""

import os
from fractions import Fraction
from pathlib import Path

from motion_transfer.config.options import AUTO_FORMAT
from motion_transfer.errors import PoseError
from motion_transfer.files import Inputs, check_folder, check_output
from motion_transfer.pose.formats.coco_json import COCO_ENDING, save_coco
from motion_transfer.pose.formats.json_files import load_json, save_json
from motion_transfer.pose.formats.npz import load_npz, save_npz
from motion_transfer.pose.formats.openpose_json import is_ours, load_openpose, save_openpose
from motion_transfer.pose.formats.pose_format import PoseFormat
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.pose.tracking.selection import choose_person
from motion_transfer.types import Size, StrPath


def save_poses(path: StrPath, poses: PoseSequence, format: str = AUTO_FORMAT) -> None:
    """Write poses, all or nothing, in the form that the name says.

    Args:
        path: `.npz`; `.coco.json` for COCO-WholeBody; another `.json` for a list of frames; a name without an ending
            for a folder of OpenPose JSON.
        poses: of one person.
        format: the layout of bodies in a folder or a list of frames, see `PoseFormat`; BODY_25 if it is "auto".

    Raises:
        PoseError: the name has another ending.
        ConfigError: there is no such layout.
        OutputError: the disk is full, or the folder holds other things.
    """
    path, declared = Path(path), PoseFormat.parse(format)
    if _is_folder(path):
        save_openpose(path, poses, declared)
    elif path.name.lower().endswith(COCO_ENDING):
        save_coco(path, poses)
    elif path.suffix == ".json":
        save_json(path, poses, declared)
    else:
        save_npz(path, poses)


def load_poses(
    path: StrPath,
    *,
    size: Size | None = None,
    fps: Fraction | None = None,
    frames: int | None = None,
    person: str = "largest",
    format: str = AUTO_FORMAT,
) -> PoseSequence:
    """Read the poses of one person that `save_poses` wrote, or that were made elsewhere in one of these forms.

    Args:
        path: a `.npz`, a `.json`, or a folder of OpenPose JSON.
        size: (width, height) of the frames, where a folder or a `.json` does not say so.
        fps: frames a second, where a folder or a `.json` does not say so.
        frames: how many the clip has; a folder of more or fewer is then refused before it is read.
        person: whom to take of several people, see `choose_person`.
        format: what is known of a folder or a `.json`, in words with commas between: a layout, pixels or shares, gaps;
            see `PoseFormat`. What is not declared is guessed, and shown in a warning.

    Raises:
        PoseError: it is missing, damaged, of another kind or version, or its content cannot be poses.
        ConfigError: `format` says something else.
    """
    declared = PoseFormat.parse(format)
    if os.path.isdir(path):  # Path.is_dir raises where a name is too long
        people = load_openpose(path, size=size, fps=fps, frames=frames, format=declared)
    elif Path(path).suffix.lower() == ".json":
        people = load_json(path, size=size, fps=fps, frames=frames, format=declared)
    else:
        people = [load_npz(path)]
    return choose_person(people, person, name=str(path))


def check_pose_output(path: StrPath, inputs: Inputs = (), format: str = AUTO_FORMAT) -> None:
    """Refuse a place where poses cannot be saved, before the work of finding them.

    Raises:
        PoseError: the name ends neither in `.npz`, in `.json` nor in nothing.
        OutputError: nothing can be written there, or it is one of `inputs`.
        ConfigError: there is no such `format`.
    """
    PoseFormat.parse(format)
    path = Path(path)
    if _is_folder(path):
        check_folder(path, is_ours, inputs)
    else:
        check_output(path, inputs)


def _is_folder(path: Path) -> bool:
    if path.suffix not in ("", ".npz", ".json") and not os.path.isdir(path):
        raise PoseError(
            f"{path}: poses are saved as .npz, as .json or as a folder of OpenPose JSON; give a name that ends in "
            ".npz, in .json (a list of frames), in .coco.json (COCO-WholeBody), or one without an ending"
        )
    return path.suffix not in (".npz", ".json")


def check_fit(poses: PoseSequence, frames: int, size: Size, fps: Fraction, name: str) -> None:
    """Refuse poses that differ from a clip, called `name`, in number of frames, size (width, height) or rate."""
    of_poses, of_clip = (len(poses), poses.size, poses.fps), (frames, size, fps)
    if of_poses != of_clip:
        found, right = (f"{n} frames of {w} x {h} pixels at {rate} fps" for n, (w, h), rate in (of_poses, of_clip))
        raise PoseError(
            f"{poses.name} {'has' if poses.origin else 'are'} {found}, but {name} has {right}. "
            "Give the poses of this very clip, with the same `start` and `end`."
        )

"""Pose files of either kind: a `.npz`, or a folder of OpenPose JSON."""

from fractions import Fraction
from pathlib import Path

from motion_transfer.errors import PoseError
from motion_transfer.files import Inputs, check_folder, check_output
from motion_transfer.pose.formats.npz import load_npz, save_npz
from motion_transfer.pose.formats.openpose_json import is_ours, load_openpose, save_openpose
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.pose.tracking.selection import choose_person
from motion_transfer.types import Size, StrPath


def save_poses(path: StrPath, poses: PoseSequence) -> None:
    """Write poses, all or nothing: to a `.npz` if that is how the name ends, else to a folder of OpenPose JSON.

    Raises:
        PoseError: the name has another ending.
        OutputError: the disk is full, or the folder holds other things.
    """
    save = save_openpose if _is_folder(Path(path)) else save_npz
    save(path, poses)


def load_poses(
    path: StrPath, *, size: Size | None = None, fps: Fraction | None = None, person: str = "largest"
) -> PoseSequence:
    """Read the poses of one person that `save_poses` wrote, or that were made elsewhere in the same form.

    Args:
        path: a `.npz`, or a folder of OpenPose JSON.
        size: (width, height) of the frames, where a folder does not say so.
        fps: frames a second, where a folder does not say so.
        person: whom to take of several people in a folder, see `choose_person`.

    Raises:
        PoseError: it is missing, damaged, of another kind or version, or its content cannot be poses.
    """
    if Path(path).is_dir():
        return choose_person(load_openpose(path, size=size, fps=fps), person, name=str(path))
    return load_npz(path)


def check_pose_output(path: StrPath, inputs: Inputs = ()) -> None:
    """Refuse a place where poses cannot be saved, before the work of finding them.

    Raises:
        PoseError: the name ends neither in `.npz` nor in nothing.
        OutputError: nothing can be written there, or it is one of `inputs`.
    """
    path = Path(path)
    if _is_folder(path):
        check_folder(path, is_ours, inputs)
    else:
        check_output(path, inputs)


def _is_folder(path: Path) -> bool:
    if path.suffix not in ("", ".npz") and not path.is_dir():
        raise PoseError(
            f"{path}: poses are saved as .npz or as a folder of OpenPose JSON; give a name that ends in .npz, or one "
            "without an ending"
        )
    return path.suffix != ".npz"


def check_fit(poses: PoseSequence, frames: int, size: Size, fps: Fraction, name: str) -> None:
    """Refuse poses that are not of this very clip.

    Args:
        poses: made elsewhere.
        frames: of the clip.
        size: (width, height) of its frames.
        fps: its frames a second.
        name: what to call it in an error.

    Raises:
        PoseError: they differ in number of frames, size or rate.
    """
    if (len(poses), poses.size, poses.fps) != (frames, size, fps):
        raise PoseError(
            f"the poses are {len(poses)} frames of {poses.size[0]} x {poses.size[1]} pixels at {poses.fps} fps, but "
            f"{name} has {frames} of {size[0]} x {size[1]} at {fps}. Give the poses of this very clip, with the "
            "same `start` and `end`."
        )

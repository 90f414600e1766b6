"""`motion-transfer check`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tyro.conf import Positional

from motion_transfer.cli.arguments import Cached, Common, parse_command
from motion_transfer.config import PoseSettings
from motion_transfer.config.options import PosesFormat
from motion_transfer.errors import OutputError
from motion_transfer.files import atomic_path, check_output

if TYPE_CHECKING:
    from motion_transfer.footage_check.check import FootageCheck


@dataclass(frozen=True, kw_only=True)
class Check(Cached, PosesFormat, Common):
    """Check whether footage of a target person is good enough to train on, and list what to improve in it.

    The estimated poses are kept in the cache, where `train` finds them; with --cache off only some frames are read.
    """

    footage: Positional[Path]
    """Video of the target person."""
    out: Path | None = None
    """Picture (.png) to write: when and where the person is seen, and which poses the footage covers."""
    poses: Path | None = None
    """Raw poses of the footage (.npz, .json, or a folder of OpenPose JSON), instead of estimating them."""
    pose: PoseSettings = field(default_factory=PoseSettings)
    """Pose estimation."""


def check(arguments: Sequence[str]) -> None:
    """Check footage, print the result and draw it."""
    command, pipeline = parse_command(Check, arguments)
    if command.out is not None:
        check_output(command.out, (command.footage, command.poses))
        if command.out.suffix.lower() != ".png":
            raise OutputError(f"{command.out}: the picture is a PNG; give a name that ends in .png")
    from motion_transfer.footage_check.check import check_footage
    from motion_transfer.pose import clean_poses
    from motion_transfer.pose_cache import given_poses, open_cache

    poses = given_poses(command.poses, command.poses_format, command.footage)
    with command.progress() as progress:
        if poses is not None:
            poses = clean_poses(poses, pipeline.pose)
        cache = open_cache(command.cache)
        check = check_footage(command.footage, poses=poses, settings=pipeline.pose, cache=cache, progress=progress)
    if command.out is not None:
        write_picture(command.out, check)
    command.print(check.to_dict(), check.summary)


def write_picture(path: Path, check: "FootageCheck") -> None:
    """Save the check as a picture."""
    import cv2

    from motion_transfer.footage_check.picture import draw_check

    with atomic_path(path) as temporary:
        temporary.write_bytes(cv2.imencode(".png", draw_check(check)[..., ::-1])[1].tobytes())

"""`motion-transfer check`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tyro.conf import Positional

from motion_transfer.cli.arguments import CachePlace, Common, File, existing_poses, named_pipeline, parse, with_settings
from motion_transfer.cli.console import show_progress, tell
from motion_transfer.config import PoseSettings
from motion_transfer.errors import OutputError
from motion_transfer.files import atomic_path, check_output

if TYPE_CHECKING:
    from motion_transfer.footage_check.check import FootageCheck


@dataclass(frozen=True, kw_only=True)
class Check(Common):
    """Tell whether footage of a target person is good enough to learn from, and what to film better."""

    footage: Positional[Path]
    """Video of the target person."""
    out: File = None
    """Picture (.png) to write: when and where the person is seen, and which poses the footage covers."""
    poses: File = None
    """Raw poses of the footage (.npz, or a folder of OpenPose JSON), instead of finding them."""
    cache: CachePlace = None
    """Where poses are kept once they were found; $MOTION_TRANSFER_CACHE or the user's cache folder if not given.
    `train` takes them from there. With off they are found in some frames only."""
    pose: PoseSettings = field(default_factory=PoseSettings)
    """Finding the person."""


def main(arguments: Sequence[str]) -> None:
    """Check footage; print the result, and draw it."""
    command = parse(Check, arguments, named_pipeline(arguments))
    settings = with_settings(named_pipeline(arguments), command).pose
    if command.out is not None:
        check_output(command.out, inputs=(command.footage,))
        if command.out.suffix.lower() != ".png":
            raise OutputError(f"{command.out}: the picture is a PNG; give a name that ends in .png")
    poses = existing_poses(command.poses, command.footage)
    from motion_transfer.footage_check.check import check_footage
    from motion_transfer.pose import clean_poses
    from motion_transfer.pose_cache import open_cache

    with show_progress(command.quiet) as progress:
        if poses is not None:
            poses = clean_poses(poses, settings)
        cache = open_cache(command.cache)
        check = check_footage(command.footage, poses=poses, settings=settings, cache=cache, progress=progress)
    if command.out is not None:
        write_picture(command.out, check)
    tell(check.to_dict(), check.summary, as_json=command.json, quiet=command.quiet)


def write_picture(path: Path, check: "FootageCheck") -> None:
    """Save the check as a picture."""
    import cv2

    from motion_transfer.footage_check.picture import draw_check

    with atomic_path(path) as temporary:
        temporary.write_bytes(cv2.imencode(".png", draw_check(check)[..., ::-1])[1].tobytes())

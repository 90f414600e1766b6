"""`motion-transfer normalise`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tyro.conf import Positional

from motion_transfer.cli.arguments import Common, Placement, parse_command, subject_pipeline
from motion_transfer.config import NormaliseSettings, PoseSettings
from motion_transfer.config.options import PosesFormat


@dataclass(frozen=True, kw_only=True)
class Normalise(Placement, PosesFormat, Common):
    """Clean a dancer's poses and move them to a subject's place, size and proportions."""

    poses: Positional[Path]
    """Raw poses (.npz, .json, or a folder of OpenPose JSON), as `motion-transfer pose` writes them."""
    subject: Path
    """Folder of the subject."""
    out: Path
    """Pose file (.npz), or folder of OpenPose JSON, to write, in pixels of the subject's footage."""
    pose: PoseSettings = field(default_factory=PoseSettings)
    """Cleaning."""
    normalise: NormaliseSettings = field(default_factory=NormaliseSettings)
    """Moving the dancer to the subject's place, size and proportions."""


def main(arguments: Sequence[str]) -> None:
    """Clean and normalise poses from file to file."""
    command, pipeline = parse_command(Normalise, arguments, subject_pipeline(arguments))
    from motion_transfer.pose import clean_poses, load_poses, measure_body, normalise_poses, save_poses
    from motion_transfer.pose.formats.pose_files import check_pose_output
    from motion_transfer.subject import load_subject

    check_pose_output(command.out, (command.poses, command.subject))
    target = load_subject(command.subject).body
    poses = clean_poses(load_poses(command.poses, format=command.poses_format), pipeline.pose)
    source = measure_body(poses, pipeline.normalise.depth_margin)
    save_poses(command.out, normalise_poses(poses, source, target, pipeline.normalise))
    result = {"output": str(command.out), "frames": len(poses), "source": asdict(source), "target": asdict(target)}
    text = (
        f"{command.out}: {len(poses)} frames; the dancer, {source.height_close:.0f} px tall in front, "
        f"becomes {target.height_close:.0f} px tall"
    )
    if pipeline.normalise.method == "limbs" and not target.bones:
        text += "\nthe subject has no bone lengths: the person was scaled as a unit"
    command.print(result, text)

"""`motion-transfer import-edn`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field

from motion_transfer.cli.arguments import Common, parse_command
from motion_transfer.config import PoseSettings
from motion_transfer.config.options import Device, PosesFormat
from motion_transfer.limits import SIDE

Side = Annotated[int, Field(ge=1, le=SIDE)]


@dataclass(frozen=True, kw_only=True)
class ImportEdn(PosesFormat, Device, Common):
    """Make a subject of checkpoints of Everybody Dance Now or pix2pixHD.

    Only tensors are read of the files; code in them is refused.
    """

    generator: Path
    """State dictionary of the generator, global or local (such as latest_net_G.pth)."""
    footage: Path
    """Video of the person it was trained on, to measure the body and the background."""
    out: Path
    """Folder of the subject."""
    face: Path | None = None
    """State dictionary of the face generator that goes with it."""
    canvas: tuple[Side, Side] | None = None
    """Size that the generator was trained at; 512 256 for a global one and 1024 512 for a local one if not given."""
    half: bool = False
    """Keep the weights in half precision: half the space, differences below what can be seen."""
    poses: Path | None = None
    """Raw poses of the footage (.npz, .json, or a folder of OpenPose JSON), instead of estimating them."""
    person: str = "largest"
    """Which of several people in the footage: largest, centre, left, right, or a number."""
    pipeline: str = "default"
    """Name of a pipeline, or a TOML file."""
    pose: PoseSettings = field(default_factory=PoseSettings)
    """Pose estimation."""


def import_edn(arguments: Sequence[str]) -> None:
    """Import, and print what was read."""
    command, pipeline = parse_command(ImportEdn, arguments)
    from motion_transfer.pose.tracking.selection import check_person
    from motion_transfer.pose_cache import given_poses
    from motion_transfer.workflows.import_edn import import_subject

    person = check_person(command.person)
    poses = given_poses(command.poses, command.poses_format, command.footage, person)

    with command.progress() as progress:
        subject = import_subject(
            command.generator,
            command.footage,
            command.out,
            face=command.face,
            canvas=command.canvas,
            half=command.half,
            pipeline=pipeline,
            poses=poses,
            person=person,
            device=command.device,
            progress=progress,
        )
    model = subject.pipeline.model
    parameters = sum(parameter.numel() for parameter in subject.generator.parameters())
    sizes = f"width {model.width}, {model.downsamplings} downsamplings, {model.blocks} blocks"
    lines = [
        f"{command.out}: a {model.network} generator ({sizes}){' with a face generator' if model.face else ''}, "
        f"{parameters / 1e6:.1f} million parameters, at {subject.canvas[0]} x {subject.canvas[1]}",
        f"look at {command.out / 'preview.png'} (pose, truth, result); use it with",
        f"  motion-transfer transfer DANCE --subject {command.out} --out OUT.mp4",
    ]
    command.print({"subject": str(command.out), **subject.record}, "\n".join(lines))

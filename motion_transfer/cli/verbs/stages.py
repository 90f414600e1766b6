"""The verbs that do one stage from file to file: `normalise`, `draw`, `synthesise`, `encode`."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tyro.conf import Positional

from motion_transfer.cli.arguments import Common, Placement, options_of, parse_command, subject_pipeline
from motion_transfer.config import DrawSettings, EncodeSettings, NormaliseSettings, PoseSettings
from motion_transfer.config.options import Device, MarkingOptions, PosesFormat
from motion_transfer.files import check_output
from motion_transfer.progress import track
from motion_transfer.types import Frame

if TYPE_CHECKING:
    from motion_transfer.video import VideoWriter


@dataclass(frozen=True, kw_only=True)
class Normalise(Placement, PosesFormat, Common):
    """Clean a dancer's poses and move them to a subject's place, size and proportions."""

    poses: Positional[Path]
    """Raw poses (.npz, .json, or a folder of OpenPose JSON), as `motion-transfer pose` writes them."""
    subject: Path
    """Folder of the subject."""
    out: Path
    """Pose file (.npz), or folder of OpenPose JSON, to write, in pixels of the subject's footage."""
    fit: Literal["none", "smaller"] = "none"
    """What is done where the person would leave the subject's frame: "none" only says so, "smaller" moves them inside
    and makes them smaller as far as that is needed. A frame is extended by `transfer`."""
    pose: PoseSettings = field(default_factory=PoseSettings)
    """Cleaning."""
    normalise: NormaliseSettings = field(default_factory=NormaliseSettings)
    """Moving the dancer to the subject's place, size and proportions."""


@dataclass(frozen=True, kw_only=True)
class Draw(PosesFormat, Common):
    """Draw poses as the generator sees them."""

    poses: Positional[Path]
    """Poses (.npz, .json, or a folder of OpenPose JSON)."""
    out: Path
    """Video to write, at the poses' frame size."""
    draw: DrawSettings = field(default_factory=DrawSettings)
    """The pose image."""
    encode: EncodeSettings = field(default_factory=EncodeSettings)
    """The output video."""


@dataclass(frozen=True, kw_only=True)
class Synthesise(PosesFormat, Device, MarkingOptions, Common):
    """Generate the subject's frames from normalised poses; the video has no sound (see `encode`)."""

    poses: Positional[Path]
    """Normalised poses (.npz, .json, or a folder of OpenPose JSON), as `motion-transfer normalise` writes them."""
    subject: Path
    """Folder of the subject."""
    out: Path
    """Video to write."""
    encode: EncodeSettings = field(default_factory=EncodeSettings)
    """The output video."""


@dataclass(frozen=True, kw_only=True)
class Encode(Common):
    """Encode a video again, with its own sound or that of another."""

    video: Positional[Path]
    """The video whose frames to encode."""
    out: Path
    """Video to write."""
    audio_from: Path | None = None
    """The video whose sound to carry; that of the video itself if not given."""
    encode: EncodeSettings = field(default_factory=EncodeSettings)
    """The output video."""


def normalise(arguments: Sequence[str]) -> None:
    """Clean and normalise poses."""
    command, pipeline = parse_command(Normalise, arguments, subject_pipeline(arguments))
    from motion_transfer.pose import clean_poses, load_poses, measure_body, save_poses
    from motion_transfer.pose.formats.pose_files import check_pose_output
    from motion_transfer.pose.normalisation.fit import fit_poses
    from motion_transfer.subject import load_subject
    from motion_transfer.workflows.placing import place_poses

    check_pose_output(command.out, (command.poses, command.subject))
    subject = load_subject(command.subject)
    target = subject.body
    poses = clean_poses(load_poses(command.poses, format=command.poses_format), pipeline.pose)
    source = measure_body(poses, pipeline.normalise.depth_margin)
    placed = place_poses(poses, subject, pipeline.normalise)
    save_poses(command.out, fit_poses(placed, target, smaller=command.fit == "smaller"))
    result = {"output": str(command.out), "frames": len(poses), "source": asdict(source), "target": asdict(target)}
    text = (
        f"{command.out}: {len(poses)} frames; the dancer, {source.height_close:.0f} px tall in front, "
        f"becomes {target.height_close:.0f} px tall"
    )
    if pipeline.normalise.method == "limbs" and not target.bones:
        text += "\nthe subject has no bone lengths: the person was scaled as a unit"
    command.print(result, text)


def draw(arguments: Sequence[str]) -> None:
    """Write the pose images as a video."""
    command, pipeline = parse_command(Draw, arguments)
    check_output(command.out, (command.poses,))
    from motion_transfer.pose import draw_poses, load_poses
    from motion_transfer.video import VideoWriter

    poses = load_poses(command.poses, format=command.poses_format)
    writer = VideoWriter(command.out, size=poses.size, fps=poses.fps, settings=pipeline.encode)
    _write(command, writer, draw_poses(poses, poses.size, pipeline.draw), "drawing", len(poses))
    command.print({"output": str(command.out), "frames": len(poses)}, f"{command.out}: {len(poses)} pose images")


def synthesise(arguments: Sequence[str]) -> None:
    """Run the generator over a pose file."""
    command, pipeline = parse_command(Synthesise, arguments, subject_pipeline(arguments))
    from motion_transfer.marking.consent import warn_without_consent
    from motion_transfer.marking.identity import signing_file

    check_output(command.out, (command.poses, command.subject, signing_file(command.sign_with)))
    from motion_transfer.pose import load_poses
    from motion_transfer.subject import load_subject
    from motion_transfer.synthesis.frames import synthesise
    from motion_transfer.video import VideoWriter
    from motion_transfer.workflows.marks import mark

    poses = load_poses(command.poses, format=command.poses_format)
    subject = load_subject(command.subject)
    warn_without_consent(subject.title, subject.record)
    frames = synthesise(subject, poses, command.device)
    sources = {"poses": command.poses} if command.poses.is_file() else {}
    marks = mark(subject, sources, options_of(command, MarkingOptions))
    writer = VideoWriter(command.out, size=subject.size, fps=poses.fps, settings=pipeline.encode, marks=marks)
    _write(command, writer, frames, "dancing", len(poses))
    result = {"output": str(command.out), "frames": len(poses), "size": list(subject.size)}
    command.print(result, f"{command.out}: {len(poses)} frames")


def encode(arguments: Sequence[str]) -> None:
    """Read, encode, add the sound."""
    command, pipeline = parse_command(Encode, arguments)
    sound = command.audio_from or command.video
    check_output(command.out, (command.video, sound))
    from motion_transfer.video import VideoReader, VideoWriter

    with VideoReader(command.video) as reader:
        writer = VideoWriter(command.out, size=reader.size, fps=reader.fps, settings=pipeline.encode, audio_from=sound)
        _write(command, writer, reader, "encoding", len(reader))
    result = {"output": str(command.out), "frames": writer.frames, "fps": str(reader.fps)}
    command.print(result, f"{command.out}: {writer.frames} frames")


def _write(command: Common, writer: "VideoWriter", frames: Iterable[Frame], stage: str, total: int) -> None:
    with command.progress() as progress, writer:
        for frame in track(frames, stage, total, progress):
            writer.write(frame)

"""`motion-transfer pose`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tyro.conf import Positional

from motion_transfer.cli.arguments import Common, parse_command
from motion_transfer.config import PoseSettings
from motion_transfer.config.options import AUTO_FORMAT, Seconds
from motion_transfer.files import check_different, check_output

if TYPE_CHECKING:
    from motion_transfer.pose import PoseSequence


@dataclass(frozen=True, kw_only=True)
class Pose(Common):
    """Find the person in every frame of a video, or each of several people.

    The poses are raw, as detected: `normalise` and `transfer` clean them.
    """

    video: Positional[Path]
    """Video of one or more people."""
    out: Path | None = None
    """Poses to write: .npz, .json (a list of frames), .coco.json (COCO-WholeBody), or a folder of OpenPose JSON (a name
    without an ending). Of all people: NAME-1, NAME-2, and so on."""
    poses_format: str = AUTO_FORMAT
    """Layout of bodies in a folder or a .json to write, such as coco_18 for ControlNet's tools; auto is body_25."""
    preview: Path | None = None
    """Video to write that shows the poses over the frames, each person's with a number."""
    masks: Path | None = None
    """Folder to write the person's masks to, a grey PNG picture for every frame. Of all people: NAME-1, NAME-2, and so
    on."""
    person: str = "largest"
    """Which of several people: largest, centre, left, right, a number, or all."""
    start: Seconds | None = None
    """Seconds to begin at."""
    end: Seconds | None = None
    """Seconds to end at."""
    pose: PoseSettings = field(default_factory=PoseSettings)
    """Pose estimation."""


def pose(arguments: Sequence[str]) -> None:
    """Estimate poses and write them, a preview and masks."""
    command, pipeline = parse_command(Pose, arguments)
    if command.preview is not None:
        check_output(command.preview, (command.video,))
    from motion_transfer.pose import estimate_people, estimate_poses, save_poses
    from motion_transfer.pose.drawing.preview import draw_preview
    from motion_transfer.pose.formats.mask_files import check_masks_output, save_masks
    from motion_transfer.pose.formats.pose_files import check_pose_output
    from motion_transfer.pose.tracking.selection import ALL, check_person
    from motion_transfer.progress import track
    from motion_transfer.video import VideoReader, VideoWriter

    person = check_person(command.person, all_too=True)
    if command.out is not None:
        check_pose_output(command.out, inputs=(command.video,), format=command.poses_format)
    if command.masks is not None:
        check_masks_output(command.masks, (command.video,))
    check_different(command.out, command.preview, command.masks)
    with (
        command.progress() as progress,
        VideoReader(command.video, start=command.start, end=command.end) as reader,
    ):
        preview = None  # not opened yet: a bad path is refused before the long work
        if command.preview is not None:
            sound: dict[str, Any] = {"audio_from": reader.info, "audio_start": reader.start, "audio_end": reader.end}
            preview = VideoWriter(command.preview, size=reader.size, fps=reader.fps, **sound)
        clip: dict[str, Any] = {"size": reader.size, "fps": reader.fps, "settings": pipeline.pose}
        clip |= {"name": str(command.video), "progress": progress}
        people = estimate_people(reader, **clip) if person == ALL else [estimate_poses(reader, person=person, **clip)]
        files = _paths(command.out, len(people), person == ALL)
        folders = _paths(command.masks, len(people), person == ALL)
        for file in files:  # which may have other names than what was checked before
            check_pose_output(file, inputs=(command.video,))
        for folder in folders:
            check_masks_output(folder, (command.video,))
        for file, poses in zip(files, people, strict=bool(files)):
            save_poses(file, poses, command.poses_format)
        for folder, poses in zip(folders, people, strict=bool(folders)):
            save_masks(folder, track(reader, "finding masks", len(reader), progress), poses, pipeline.pose)
        if preview is not None:
            with preview as writer:
                for index, frame in enumerate(track(reader, "writing preview", len(reader), progress)):
                    writer.write(draw_preview(frame, people, index))
    _print(people, files, command)


def _paths(path: Path | None, people: int, every: bool) -> list[Path]:
    """The path of each person's result: "dance-2.npz" for the second of all people, none without a path."""
    if path is None:
        return []
    ending = ".coco.json" if path.name.endswith(".coco.json") else path.suffix
    name = path.name.removesuffix(ending)
    return [path.with_name(f"{name}-{n}{ending}") for n in range(1, people + 1)] if every else [path]


def _print(people: "Sequence[PoseSequence]", files: Sequence[Path], command: Pose) -> None:
    found = [int(poses.present.sum()) for poses in people]
    clip = people[0]
    result: dict[str, Any] = {"frames": len(clip), "fps": str(clip.fps), "size": list(clip.size)}
    every = command.person == "all"
    result["frames_with_person"] = found if every else found[0]
    names = [f"person {number}" for number in range(1, len(people) + 1)] if every else ["a person"]
    lines = [f"{who} in {n} of {len(clip)} frames ({n / len(clip):.0%})" for who, n in zip(names, found, strict=True)]
    result["files"] = [str(file) for file in files]
    lines = [f"{line}: {file}" for line, file in zip(lines, files, strict=True)] if len(files) > 1 else lines
    command.print(result, "\n".join(lines))

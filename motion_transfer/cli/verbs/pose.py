"""`motion-transfer pose`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tyro.conf import Positional

from motion_transfer.cli.arguments import Common, File, Folder, Person, Seconds, named_pipeline, parse, with_settings
from motion_transfer.cli.console import show_progress, tell
from motion_transfer.config import PoseSettings
from motion_transfer.files import check_output

if TYPE_CHECKING:
    from motion_transfer.pose import PoseSequence
    from motion_transfer.video import VideoReader, VideoWriter


@dataclass(frozen=True, kw_only=True)
class Pose(Common):
    """Find the person in every frame of a video, or each of several people.

    The poses are raw, as detected: `normalise` and `run` clean them.
    """

    video: Positional[Path]
    """A video of somebody."""
    out: File = None
    """Pose file (.npz), or folder of OpenPose JSON (a name without an ending), to write.
    Of all people: NAME-1, NAME-2, and so on."""
    preview: File = None
    """Video to write that shows the poses over the frames, everybody's with a number."""
    masks: Folder = None
    """Folder to write the person's masks to, a grey PNG picture for every frame. Of all people: NAME-1, NAME-2, and so
    on."""
    person: Person = "largest"
    """Who of several people: largest, centre, left, right, a number, or all."""
    start: Seconds = None
    """Seconds to begin at."""
    end: Seconds = None
    """Seconds to end at."""
    pose: PoseSettings = field(default_factory=PoseSettings)
    """Finding the person."""


def main(arguments: Sequence[str]) -> None:
    """Estimate poses; write them, a preview, or both."""
    command = parse(Pose, arguments, named_pipeline(arguments))
    settings = with_settings(named_pipeline(arguments), command)
    if command.preview is not None:
        check_output(command.preview, inputs=(command.video,))
    from motion_transfer.pose import check_pose_output, draw_preview, estimate_people, estimate_poses, save_poses
    from motion_transfer.pose.formats.mask_files import check_masks_output, save_masks
    from motion_transfer.pose.tracking.selection import ALL, check_person
    from motion_transfer.progress import track
    from motion_transfer.video import VideoReader

    person = check_person(command.person, all_too=True)
    if command.out is not None:
        check_pose_output(command.out, inputs=(command.video,))
    if command.masks is not None:
        check_masks_output(command.masks)
    with (
        show_progress(command.quiet) as progress,
        VideoReader(command.video, start=command.start, end=command.end) as reader,
    ):
        preview = None if command.preview is None else _preview(command.preview, reader)
        clip: dict[str, Any] = {"size": reader.size, "fps": reader.fps, "settings": settings.pose}
        clip |= {"name": str(command.video), "progress": progress}
        people = estimate_people(reader, **clip) if person == ALL else [estimate_poses(reader, person=person, **clip)]
        files = _places(command.out, len(people), person == ALL)
        for file, poses in zip(files, people, strict=bool(files)):
            save_poses(file, poses)
        folders = _places(command.masks, len(people), person == ALL)
        for folder, poses in zip(folders, people, strict=bool(folders)):
            save_masks(folder, track(reader, "finding masks", len(reader), progress), poses, settings.pose)
        if preview is not None:
            with preview as writer:
                for index, frame in enumerate(track(reader, "writing preview", len(reader), progress)):
                    writer.write(draw_preview(frame, people, index))
    _tell(people, files, command)


def _places(path: Path | None, people: int, every: bool) -> list[Path]:
    """Where each person's result goes: there, or of everybody's to names with numbers; nowhere if not wanted."""
    if path is None:
        return []
    return [_numbered(path, number) for number in range(1, people + 1)] if every else [path]


def _numbered(path: Path, number: int) -> Path:
    """Where the poses of the person with a number go: "dance.npz" becomes "dance-2.npz"."""
    return path.with_name(f"{path.stem}-{number}{path.suffix}")


def _tell(people: "Sequence[PoseSequence]", files: Sequence[Path], command: Pose) -> None:
    found = [int(poses.present.sum()) for poses in people]
    clip = people[0]
    result: dict[str, Any] = {"frames": len(clip), "fps": str(clip.fps), "size": list(clip.size)}
    if command.person == "all":
        result["frames_with_person"] = found
        names = [f"person {number}" for number in range(1, len(people) + 1)]
    else:
        result["frames_with_person"] = found[0]
        names = ["a person"]
    lines = [f"{who} in {n} of {len(clip)} frames ({n / len(clip):.0%})" for who, n in zip(names, found, strict=True)]
    result["files"] = [str(file) for file in files]
    lines = [f"{line}: {file}" for line, file in zip(lines, files, strict=True)] if len(files) > 1 else lines
    tell(result, "\n".join(lines), as_json=command.json, quiet=command.quiet)


def _preview(path: Path, reader: "VideoReader") -> "VideoWriter":
    """The video of frames and poses, not begun yet: what cannot be written is refused before the long work."""
    from motion_transfer.video import VideoWriter

    return VideoWriter(
        path,
        size=reader.size,
        fps=reader.fps,
        audio_from=reader.path,
        audio_start=reader.start,
        audio_end=reader.end,
    )

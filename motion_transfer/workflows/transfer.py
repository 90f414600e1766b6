"""The main job, end to end: the stages' calls in a row, nothing hidden."""

import ctypes
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from motion_transfer.config import EncodeSettings, Pipeline
from motion_transfer.errors import ConfigError
from motion_transfer.files import check_output
from motion_transfer.models import choose_device
from motion_transfer.pose import (
    LARGEST,
    PoseSequence,
    check_fit,
    clean_poses,
    draw_poses,
    measure_body,
    normalise_poses,
)
from motion_transfer.pose_cache import PoseCache, find_poses
from motion_transfer.progress import ProgressCallback, no_progress, track
from motion_transfer.subject import Subject, load_subject
from motion_transfer.synthesis import SUBJECT, TRANSPARENT, Clip, backdrop, check_backdrop, synthesise_together
from motion_transfer.types import Frame
from motion_transfer.video import VideoReader, VideoWriter, join_videos

Sides = Iterator[tuple[Frame, Frame]]
"""Source and pose image to show beside each frame."""

WARM_UP = 16
"""Frames generated before a part and not shown: the first frame is made without a previous one, and what that changes
is to have faded by then. `benchmarks.batch_parts` shows how fast it does."""


@dataclass(frozen=True)
class Transfer:
    """What a transfer made."""

    output: Path
    frames: int
    fps: Fraction
    size: tuple[int, int]
    """(width, height) of the output."""
    missing: int
    """Frames in which nobody was found; they show the empty background."""
    seconds_pose: float
    """Wall time of decoding and pose estimation."""
    seconds_synthesis: float
    """Wall time of drawing, synthesis and encoding."""


def transfer(
    dance: Path,
    subject: Subject | Path,
    out: Path,
    *,
    pipeline: Pipeline | None = None,
    poses: PoseSequence | None = None,
    person: str = LARGEST,
    start: float | None = None,
    end: float | None = None,
    side_by_side: bool = False,
    background: str = SUBJECT,
    device: str | None = None,
    cache: PoseCache | None = None,
    progress: ProgressCallback = no_progress,
) -> Transfer:
    """Make a video of the subject performing a dance.

    Args:
        dance: the source video.
        subject: a learned subject, or its folder.
        out: the video to write; it has the source's frames, frame rate and sound, and the subject's frame size.
        pipeline: settings of the pose, normalise and encode stages; the subject's own if not given. Drawing
            and networks are always the subject's.
        poses: raw poses of the dance, from `start` to `end`, if they come from elsewhere.
        person: who of several dancers, see `choose_person`; of use where the poses are found here.
        start: seconds from which the dance is taken, the beginning if not given.
        end: seconds up to which it is taken, the end if not given.
        side_by_side: write source | pose | result instead of the result alone.
        background: what stands behind the person: "subject" for the footage's own room, "source" for the dance's
            without the dancer, "transparent" for nothing (into .webm or .mov), a colour "#rrggbb", a picture or a
            video file.
        device: "cpu", "cuda", ...; the fastest there is if not given.
        cache: where poses that were found before are kept, see `open_cache`; without it they are found anew.
        progress: called with (stage, done, total).

    Raises:
        VideoError, PoseError, SubjectError, ConfigError, OutputError: see their messages.
    """
    with prepare_transfer(
        dance,
        subject,
        out,
        pipeline=pipeline,
        poses=poses,
        person=person,
        start=start,
        end=end,
        side_by_side=side_by_side,
        background=background,
        device=device,
        cache=cache,
        progress=progress,
    ) as session:
        for (frame,) in track(synthesise_together([session.clip]), "dancing", len(session.clip.frames), progress):
            assert frame is not None  # there is no longer clip
            session.write(frame)
    return session.result


class TransferSession:
    """A transfer that is under way: its poses are found, what is left is to generate its frames and to write them."""

    def __init__(
        self,
        clip: Clip,
        poses: PoseSequence,
        writer: VideoWriter,
        warm_up: int,
        seconds_pose: float,
        sides: Sides | None,
    ) -> None:
        self.clip = clip
        """What is to be generated."""
        self._poses = poses
        self._writer = writer
        self._warm_up = warm_up
        self._seconds_pose = seconds_pose
        self._sides = sides
        self._began = time.monotonic()

    def write(self, frame: Frame) -> None:
        """Take the clip's next frame; those of the warm-up do not show."""
        if self._warm_up:
            self._warm_up -= 1
            return
        if self._sides is not None:
            frame = np.concatenate([*next(self._sides), frame], axis=1)
        self._writer.write(frame)

    @property
    def result(self) -> Transfer:
        """What was made, after the last frame."""
        shown = self.clip.frames[len(self.clip.frames) - self._writer.frames :]
        missing = int((~self._poses.present[shown.start : shown.stop]).sum())
        return Transfer(
            self._writer.path,
            self._writer.frames,
            self._poses.fps,
            self._writer.size,
            missing,
            self._seconds_pose,
            time.monotonic() - self._began,
        )


@contextmanager
def prepare_transfer(
    dance: Path,
    subject: Subject | Path,
    out: Path,
    *,
    pipeline: Pipeline | None = None,
    poses: PoseSequence | None = None,
    person: str = LARGEST,
    start: float | None = None,
    end: float | None = None,
    side_by_side: bool = False,
    background: str = SUBJECT,
    part: tuple[int, int] | None = None,
    device: str | None = None,
    cache: PoseCache | None = None,
    progress: ProgressCallback = no_progress,
) -> Iterator[TransferSession]:
    """Do all of a transfer but generating the frames, so that those of several dances can be generated together.

    The output is complete when the block ends well; else there is none.

    The arguments are those of `transfer`, and `part`: only these frames of the dance, from the first up to,
    without, the second, and no sound, for `join_parts`. Some frames before them are generated too (`WARM_UP`) and
    not shown. A part has nothing beside it.

    Raises:
        VideoError, PoseError, SubjectError, ConfigError, OutputError: see their messages.
    """
    check_output(out, inputs=(dance,))
    if not isinstance(subject, Subject):
        subject = load_subject(subject)
    pipeline = pipeline or subject.pipeline
    processor = choose_device(device)
    check_backdrop(background, subject)
    transparent = background == TRANSPARENT
    if transparent and side_by_side:
        raise ConfigError("a transparent result has nothing beside it: leave out --side-by-side or --background.")
    with ExitStack() as stack:
        reader = stack.enter_context(VideoReader(dance, start=start, end=end))
        panel = _panel(reader.size, subject.size) if side_by_side else None
        # Made before the long work, so that a name or an encoder that cannot do is refused at once.
        writer = VideoWriter(
            out,
            size=(panel[0] + 2 * subject.size[0], subject.size[1]) if panel else subject.size,
            fps=reader.fps,
            settings=pipeline.encode,
            audio_from=dance if part is None else None,
            audio_start=reader.start,
            audio_end=reader.end,
            alpha=transparent,
        )
        began = time.monotonic()
        if poses is None:
            poses = find_poses(reader, pipeline.pose, person=person, cache=cache, progress=progress)
        else:
            check_fit(poses, len(reader), reader.size, reader.fps, str(dance))
        poses = clean_poses(poses, pipeline.pose)
        first, stop = part or (0, len(poses))
        warm_up = min(first, WARM_UP)
        behind = None
        if background not in (SUBJECT, TRANSPARENT):
            behind = backdrop(background, subject.size, reader.fps, first - warm_up, reader, poses)
        poses = normalise_poses(
            poses, measure_body(poses, pipeline.normalise.depth_margin), subject.body, pipeline.normalise
        )
        _release_memory()
        seconds_pose = time.monotonic() - began
        frames = range(first - warm_up, stop)
        clip = Clip(subject, poses, processor, frames, backdrop=behind, transparent=transparent)
        sides = None
        if panel:
            source = stack.enter_context(VideoReader(dance, start=start, end=end, size=panel))
            sides = zip(source, draw_poses(poses, subject.size, subject.pipeline.draw), strict=True)
        stack.enter_context(writer)
        yield TransferSession(clip, poses, writer, warm_up, seconds_pose, sides)


def join_parts(
    parts: Sequence[Path],
    dance: Path,
    out: Path,
    *,
    start: float | None = None,
    end: float | None = None,
    settings: EncodeSettings = EncodeSettings(),
) -> None:
    """Join the parts of a transfer, each from `prepare_transfer`, and lay the dance's sound under them.

    Args:
        parts: .mp4 videos of the parts in their order; together they show every frame of the dance.
        dance: the source video.
        out: the video to write. The parts' pictures are copied, not encoded anew.
        start: seconds of the dance at which the parts begin.
        end: seconds at which they end.
        settings: whether there is sound.

    Raises:
        VideoError, OutputError: see their messages.
    """
    with VideoReader(dance, start=start, end=end) as reader:
        sound = reader.info if settings.audio == "source" else None
        join_videos(parts, out, fps=reader.fps, sound=sound, begin=reader.start, end=reader.end)


def _release_memory() -> None:
    """Give memory that was freed back to the system, which glibc does not do by itself for large arrays."""
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _panel(source: tuple[int, int], result: tuple[int, int]) -> tuple[int, int]:
    """The source's size when it stands beside the result, as high as it, with an even width."""
    return max(2, 2 * round(source[0] * result[1] / source[1] / 2)), result[1]

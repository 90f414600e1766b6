"""The main job, end to end: the stages' calls in a row, nothing hidden."""

import ctypes
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from motion_transfer.config import Pipeline
from motion_transfer.config.options import TransferOptions
from motion_transfer.errors import ConfigError
from motion_transfer.files import check_output
from motion_transfer.marking.consent import warn_without_consent
from motion_transfer.marking.identity import signing_file
from motion_transfer.pose import PoseSequence, check_fit, clean_poses, draw_poses, load_poses
from motion_transfer.pose_cache import PoseCache, find_poses
from motion_transfer.progress import ProgressCallback, no_progress, track
from motion_transfer.subject import Subject
from motion_transfer.synthesis.backdrop import TRANSPARENT, background_file
from motion_transfer.synthesis.clip import Clip
from motion_transfer.synthesis.frames import synthesise_clip
from motion_transfer.types import Frame, Size, StrPath
from motion_transfer.video import VideoReader, VideoWriter
from motion_transfer.workflows.marks import mark_transfer
from motion_transfer.workflows.placing import open_subject, place_clip

WARM_UP = 16
"""Frames generated before a part and not shown: the first frame is made without a previous one, and what that changes
is to have faded by then. `benchmarks.parts` shows how fast it does."""


@dataclass(frozen=True)
class Transfer:
    """The result of a transfer."""

    output: Path
    frames: int
    fps: Fraction
    size: Size  # (width, height) of the output
    missing: int  # frames without a detected person; they show the empty background
    seconds_pose: float  # wall time of decoding and pose estimation
    seconds_synthesis: float  # wall time of drawing, synthesis and encoding


def transfer(
    dance: StrPath,
    subject: Subject | StrPath,
    out: StrPath,
    options: TransferOptions = TransferOptions(),
    *,
    pipeline: Pipeline | None = None,
    poses: PoseSequence | StrPath | None = None,
    cache: PoseCache | None = None,
    progress: ProgressCallback = no_progress,
) -> Transfer:
    """Make a video of the subject performing a dance.

    Args:
        dance: the source video.
        subject: a trained subject, or its folder.
        out: the video to write; it has the source's frames, frame rate and sound, and the subject's frame size
            (a larger one where `options.fit` extends it).
        options: which dancer, from when to when, what stands behind the subject, how it fits into its frame, and where
            to compute.
        pipeline: settings of the pose, normalise and encode stages; the subject's own if not given. Drawing
            and networks are always the subject's.
        poses: raw poses of the dance, from `options.start` to `options.end`, instead of estimating them; or the
            file or folder to load them from, see `load_poses`.
        cache: where estimated poses are kept from call to call, see `open_cache`.
        progress: called with (stage, done, total).

    Raises:
        VideoError, PoseError, SubjectError, ConfigError, OutputError: see their messages.
    """
    with prepare_transfer(
        dance, subject, out, options, pipeline=pipeline, poses=poses, cache=cache, progress=progress
    ) as session:
        for frame in track(synthesise_clip(session.clip), "dancing", len(session.clip.frames), progress):
            session.write(frame)
    return session.result


@dataclass
class TransferSession:
    """A prepared transfer: its poses are known; its frames are to be generated and written in order."""

    clip: Clip  # the clip to generate
    _writer: VideoWriter
    _warm_up: int
    _seconds_pose: float
    _sides: Iterator[tuple[Frame, Frame]] | None  # source and pose image to show beside each frame
    _began: float = field(default_factory=time.monotonic)

    def write(self, frame: Frame) -> None:
        """Take the clip's next generated frame; those of the warm-up are not written."""
        if self._warm_up:
            self._warm_up -= 1
            return
        if self._sides is not None:
            frame = np.concatenate([*next(self._sides), frame], axis=1)
        self._writer.write(frame)

    @property
    def result(self) -> Transfer:
        """What was written, after the last frame."""
        shown = self.clip.frames[len(self.clip.frames) - self._writer.frames :]
        return Transfer(
            self._writer.path,
            self._writer.frames,
            self._writer.fps,
            self._writer.size,
            missing=int((~self.clip.poses.present[shown.start : shown.stop]).sum()),
            seconds_pose=self._seconds_pose,
            seconds_synthesis=time.monotonic() - self._began,
        )


@contextmanager
def prepare_transfer(
    dance: StrPath,
    subject: Subject | StrPath,
    out: StrPath,
    options: TransferOptions = TransferOptions(),
    *,
    pipeline: Pipeline | None = None,
    poses: PoseSequence | StrPath | None = None,
    part: tuple[int, int] | None = None,
    cache: PoseCache | None = None,
    progress: ProgressCallback = no_progress,
) -> Iterator[TransferSession]:
    """Do all of a transfer but generating the frames, so that those of several dances can be generated together.

    The output is complete when the block ends without an error; else there is none. Errors as of `transfer`.

    The arguments are those of `transfer`, and `part`: only these frames of the dance, from the first up to,
    without, the second, and no sound, for `join_videos`. Some frames before them are generated too (`WARM_UP`) and
    not written. A part has nothing beside it.
    """
    given = [one for one in (subject, poses) if isinstance(one, str | os.PathLike)]
    subject = open_subject(subject, options)
    pipeline = pipeline or subject.pipeline
    with ExitStack() as stack:
        reader, writer = open_files(dance, out, options, pipeline, given, sound=part is None)
        stack.enter_context(reader)
        if part is None or part[0] == 0:
            warn_without_consent(subject.title, subject.record)
        marks = mark_transfer(subject, dance, options)
        writer.marks = marks if part is None else replace(marks, credentials=False)
        began = time.monotonic()
        if poses is None:
            poses = find_poses(reader, pipeline.pose, person=options.person, cache=cache, progress=progress)
        else:
            poses = _given_poses(poses, reader, options)
        first, stop = part or (0, len(poses))
        warm_up = min(first, WARM_UP)
        poses = clean_poses(poses, pipeline.pose)
        clip = place_clip(reader, poses, subject, options, pipeline, range(first - warm_up, stop))
        poses = clip.poses  # those of the dance are large and no longer needed
        _release_memory()
        seconds_pose = time.monotonic() - began
        sides, width, height = None, *clip.subject.size
        if options.side_by_side:
            panel = _panel(reader.size, clip.subject.size)
            source = stack.enter_context(VideoReader(reader.info, start=options.start, end=options.end, size=panel))
            sides = zip(source, draw_poses(clip.poses, clip.subject.size, subject.pipeline.draw), strict=True)
            width = panel[0] + 2 * width
        writer.size = width, height  # known only now, with the poses
        stack.enter_context(writer)
        yield TransferSession(clip, writer, warm_up, seconds_pose, sides)


def open_files(
    dance: StrPath,
    out: StrPath,
    options: TransferOptions,
    pipeline: Pipeline,
    inputs: Iterable[StrPath] = (),
    *,
    sound: bool = True,
) -> tuple[VideoReader, VideoWriter]:
    """The dance, and the video to write, whose size and marks are not known yet.

    Both are made before the long work, so that a name or an encoder that does not work is refused at once.

    The arguments are those of `transfer`, and `inputs`: what else the result is made from and must not replace;
    `sound`: whether it has the dance's. Errors as of `transfer`.
    """
    dance, out = Path(dance), Path(out)
    check_output(out, (dance, background_file(options.background), signing_file(options.sign_with), *inputs))
    transparent = options.background == TRANSPARENT
    if transparent and options.side_by_side:
        raise ConfigError("a transparent result has nothing beside it: leave out `side_by_side` or `background`.")
    reader = VideoReader(dance, start=options.start, end=options.end)
    writer = VideoWriter(
        out,
        size=reader.size,
        fps=reader.fps,
        settings=pipeline.encode,
        audio_from=reader.info if sound else None,
        audio_start=reader.start,
        audio_end=reader.end,
        alpha=transparent,
    )
    return reader, writer


def _given_poses(poses: PoseSequence | StrPath, dance: VideoReader, options: TransferOptions) -> PoseSequence:
    """Poses of the dance, loaded if they are a file or folder; refused if they are of another clip."""
    size, fps, frames = dance.size, dance.fps, len(dance)
    if not isinstance(poses, PoseSequence):
        how = {"person": options.person, "format": options.poses_format}
        poses = load_poses(poses, size=size, fps=fps, frames=frames, **how)
    check_fit(poses, frames, size, fps, str(dance.path))
    return poses


def _release_memory() -> None:
    """Return freed memory to the system, which glibc does not do by itself for large arrays."""
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _panel(source: Size, result: Size) -> Size:
    """The source's size when it stands beside the result, as high as it, with an even width."""
    return max(2, 2 * round(source[0] * result[1] / source[1] / 2)), result[1]

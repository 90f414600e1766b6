"""The main job, end to end: the stages' calls in a row, nothing hidden."""

import ctypes
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from motion_transfer.cache import PoseCache, find_poses
from motion_transfer.config import Pipeline
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
from motion_transfer.progress import Report, silent, track
from motion_transfer.subject import Subject, load_subject
from motion_transfer.synthesis import synthesise
from motion_transfer.video import VideoReader, VideoWriter

Frame = npt.NDArray[np.uint8]


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


def transfer_dance(
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
    device: str | None = None,
    cache: PoseCache | None = None,
    report: Report = silent,
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
        device: "cpu", "cuda", ...; the fastest there is if not given.
        cache: where poses that were found before are kept, see `open_cache`; without it they are found anew.
        report: told about the progress.

    Raises:
        VideoError, PoseError, SubjectError, ConfigError, OutputError: see their messages.
    """
    check_output(out, inputs=(dance,))
    if not isinstance(subject, Subject):
        subject = load_subject(subject)
    pipeline = pipeline or subject.pipeline
    processor = choose_device(device)

    with ExitStack() as stack:
        reader = stack.enter_context(VideoReader(dance, start=start, end=end))
        panel = _panel(reader.size, subject.size) if side_by_side else None
        size = (panel[0] + 2 * subject.size[0], subject.size[1]) if panel else subject.size
        # Made before the long work, so that a name or an encoder that cannot do is refused at once.
        writer = VideoWriter(
            out,
            size=size,
            fps=reader.fps,
            settings=pipeline.encode,
            audio_from=dance,
            audio_start=reader.start,
            audio_end=reader.end,
        )
        began = time.monotonic()
        if poses is None:
            poses = find_poses(reader, pipeline.pose, person=person, cache=cache, report=report)
        else:
            check_fit(poses, len(reader), reader.size, reader.fps, str(dance))
        poses = clean_poses(poses, pipeline.pose)
        poses = normalise_poses(
            poses, measure_body(poses, pipeline.normalise.depth_margin), subject.body, pipeline.normalise
        )
        _release_memory()
        found = time.monotonic()

        results = synthesise(subject, poses, processor)
        if panel:
            source = stack.enter_context(VideoReader(dance, start=start, end=end, size=panel))
            results = _side_by_side(source, poses, results, subject)
        stack.enter_context(writer)
        for frame in track(results, "dancing", len(poses), report):
            writer.write(frame)
    missing = int((~poses.present).sum())
    return Transfer(out, len(poses), poses.fps, size, missing, found - began, time.monotonic() - found)


def _release_memory() -> None:
    """Give memory that was freed back to the system, which glibc does not do by itself for large arrays."""
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _panel(source: tuple[int, int], result: tuple[int, int]) -> tuple[int, int]:
    """The source's size when it stands beside the result, as high as it, with an even width."""
    return max(2, 2 * round(source[0] * result[1] / source[1] / 2)), result[1]


def _side_by_side(
    source: VideoReader, poses: PoseSequence, results: Iterator[Frame], subject: Subject
) -> Iterator[Frame]:
    drawn = draw_poses(poses, subject.size, subject.pipeline.draw)
    for frame, pose, result in zip(source, drawn, results, strict=True):
        yield np.concatenate([frame, pose, result], axis=1)

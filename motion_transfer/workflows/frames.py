"""A transfer of frames that are in memory."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import islice

from motion_transfer.config import Pipeline
from motion_transfer.config.options import TransferOptions
from motion_transfer.errors import ConfigError, PoseError
from motion_transfer.marking.consent import warn_without_consent
from motion_transfer.marking.label import Label
from motion_transfer.pose import PoseSequence, check_fit, clean_poses, estimate_poses
from motion_transfer.progress import ProgressCallback, no_progress, track
from motion_transfer.subject import Subject
from motion_transfer.synthesis.frames import synthesise_clip
from motion_transfer.types import Frame, StrPath
from motion_transfer.workflows.placing import open_subject, place_clip


def transfer_frames(
    frames: Iterable[Frame],
    fps: float | Fraction,
    subject: Subject | StrPath,
    options: TransferOptions = TransferOptions(),
    *,
    pipeline: Pipeline | None = None,
    poses: PoseSequence | None = None,
    progress: ProgressCallback = no_progress,
) -> Iterator[Frame]:
    """Make frames of the subject performing a dance whose frames are in memory; for a file see `transfer`.

        for frame in transfer_frames(frames, 25, "me"):
            show(frame)

    Args:
        frames: T consecutive uint8 RGB arrays (H, W, 3) of one size. An iterator is first read into a list.
        fps: frames a second.
        subject: a trained subject, or its folder.
        options: as of `transfer`; `side_by_side` and signatures are for videos.
        pipeline: settings of the pose and normalise stages; the subject's own if not given.
        poses: raw poses of the frames from `options.start` to `options.end`, instead of estimating them.
        progress: called with (stage, done, total).

    Returns:
        An iterator over one uint8 frame for each from `options.start` to `options.end`: RGB (H, W, 3) of the
        subject's size, or RGBA (H, W, 4) with a transparent background. Poses are estimated by the call, since
        cleaning and normalising them needs the entire clip; frames are generated a few before they are asked for.

    Raises:
        PoseError, SubjectError, ConfigError, VideoError: see their messages.
    """
    if options.side_by_side:
        raise ConfigError("`side_by_side` is for videos that are written; frames are yielded alone.")
    subject = open_subject(subject, options)
    warn_without_consent(subject.title, subject.record)
    pipeline = pipeline or subject.pipeline
    rate = fps if isinstance(fps, Fraction) else Fraction(fps).limit_denominator(100_000)
    first = round((options.start or 0) * rate)
    stop = None if options.end is None else round(options.end * rate)
    chosen = list(islice(frames, first, stop))
    if not chosen:
        raise PoseError("there are no frames from `start` to `end`; expected at least one.")
    size = chosen[0].shape[1], chosen[0].shape[0]
    if poses is None:
        poses = estimate_poses(
            chosen, size=size, fps=rate, settings=pipeline.pose, person=options.person, progress=progress
        )
    else:
        check_fit(poses, len(chosen), size, rate, "the clip")
    clip = place_clip(chosen, clean_poses(poses, pipeline.pose), subject, options, pipeline)
    made = synthesise_clip(clip)
    if options.label is not None:
        made = map(Label(options.label, options.label_corner).draw, made)
    return track(made, "dancing", len(chosen), progress)

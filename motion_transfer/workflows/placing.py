"""From the clean poses of a dance to the clip of a subject that is to be generated."""

from collections.abc import Iterable
from pathlib import Path

from motion_transfer.config import NormaliseSettings, Pipeline
from motion_transfer.config.options import TransferOptions
from motion_transfer.models.device import choose_device
from motion_transfer.pose import PoseSequence, keep_to_shown_sides, measure_body, normalise_poses
from motion_transfer.subject import Subject, load_subject
from motion_transfer.synthesis.backdrop import SUBJECT, TRANSPARENT, backdrop, check_backdrop
from motion_transfer.synthesis.clip import Clip
from motion_transfer.synthesis.fit import check_fit_option, fit_person
from motion_transfer.types import Frame, StrPath


def open_subject(subject: Subject | StrPath, options: TransferOptions) -> Subject:
    """The subject, loaded if it is a folder. Refuses options that do not fit it before any long work."""
    if not isinstance(subject, Subject):
        subject = load_subject(Path(subject))
    choose_device(options.device)
    check_backdrop(options.background, subject)
    check_fit_option(options.fit, subject)
    return subject


def place_poses(poses: PoseSequence, subject: Subject, settings: NormaliseSettings | None = None) -> PoseSequence:
    """Clean poses of a dance as the subject takes them: on sides that its footage shows, and normalised.

    Args:
        poses: T frames, in pixels of the dance.
        subject: the person to show.
        settings: see `normalise_poses`; the subject's own if not given.

    Raises:
        PoseError: see `normalise_poses`.
    """
    settings = settings or subject.pipeline.normalise
    if settings.sides == "shown" and subject.exemplars is not None:
        poses = keep_to_shown_sides(poses, subject.exemplars.orientations)
    return normalise_poses(poses, measure_body(poses, settings.depth_margin), subject.body, settings)


def place_clip(
    dance: Iterable[Frame],
    poses: PoseSequence,
    subject: Subject,
    options: TransferOptions,
    pipeline: Pipeline,
    frames: range | None = None,
) -> Clip:
    """The clip to generate, all of it or `frames`, of T clean poses in pixels of the dance."""
    placed, subject = fit_person(place_poses(poses, subject, pipeline.normalise), subject, options.fit)
    behind = None
    if options.background not in (SUBJECT, TRANSPARENT):
        first = frames.start if frames is not None else 0
        behind = backdrop(options.background, subject.size, poses.fps, first, dance, poses)
    transparent = options.background == TRANSPARENT
    clip = Clip(subject, placed, choose_device(options.device), frames, backdrop=behind, transparent=transparent)
    clip.warn_of_unseen()
    clip.choose_exemplars()  # now, while what that leaves behind is given back to the system
    return clip

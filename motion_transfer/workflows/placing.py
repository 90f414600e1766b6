"""From the clean poses of a dance to the clip of a subject that is to be generated."""

from collections.abc import Iterable
from pathlib import Path

from motion_transfer.config import Pipeline
from motion_transfer.config.options import TransferOptions
from motion_transfer.models.device import choose_device
from motion_transfer.pose import PoseSequence, measure_body, normalise_poses
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


def place_clip(
    dance: Iterable[Frame],
    poses: PoseSequence,
    subject: Subject,
    options: TransferOptions,
    pipeline: Pipeline,
    frames: range | None = None,
) -> Clip:
    """The clip to generate, all of it or `frames`, of T clean poses in pixels of the dance."""
    body = measure_body(poses, pipeline.normalise.depth_margin)
    placed, subject = fit_person(normalise_poses(poses, body, subject.body, pipeline.normalise), subject, options.fit)
    behind = None
    if options.background not in (SUBJECT, TRANSPARENT):
        first = frames.start if frames is not None else 0
        behind = backdrop(options.background, subject.size, poses.fps, first, dance, poses)
    transparent = options.background == TRANSPARENT
    clip = Clip(subject, placed, choose_device(options.device), frames, backdrop=behind, transparent=transparent)
    clip.warn_of_unseen()
    clip.choose_exemplars()  # now, while what that leaves behind is given back to the system
    return clip
